"""Two baselines that a model of mechanisms has to beat: they know trials, and nothing of cells.

Both leave out the trial that they predict. The first is the pooled mean of the other trials of
the same product class; the second a logistic regression of proportions on disease and
costimulation. Both add what a trial of that size adds by chance.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from livingdrug.data.published_readouts import PublishedReadout, PublishedTrial
from livingdrug.trial.scores import LEVEL, Prediction

__all__ = ["BASELINES", "class_mean", "others_of", "regression"]

Floats = NDArray[np.float64]

_TAIL = 0.5 * (1 + LEVEL)
_LIKELY = 1000
"""Values that stand for the distribution of a prediction, as many as there are virtual trials."""
_SLOPE_SD = 2.5
"""SD of the prior of a coefficient of the regression on the logit scale: weakly informative, so
that a disease with one trial of 100 % has a finite coefficient (Gelman 2008,
doi:10.1214/08-AOAS191, in normal form)."""


@dataclass(frozen=True, slots=True)
class _Counts:
    """Proportions as counts, half a person added to each side so that 0 and 100 % have a logit."""

    hits: Floats
    n: Floats

    @property
    def logit(self) -> Floats:
        return np.asarray(np.log((self.hits + 0.5) / (self.n - self.hits + 0.5)))

    @property
    def variance(self) -> Floats:
        return np.asarray(1 / (self.hits + 0.5) + 1 / (self.n - self.hits + 0.5))


def others_of(
    row: PublishedReadout, rows: Sequence[PublishedReadout], trials: Mapping[str, PublishedTrial]
) -> list[PublishedReadout]:
    """Return the same read-out in the other trials.

    Parameters
    ----------
    row : PublishedReadout
    rows : sequence of PublishedReadout
        One for each estimand, as `choose` gives them.
    trials : mapping from str to PublishedTrial

    Returns
    -------
    list of PublishedReadout
        Of the same endpoint over the same people, all of them. A pooled report of the trial
        itself is no other trial.
    """
    own = {row.trial, *trials[row.trial].pool_of}
    return [
        other
        for other in rows
        if (other.endpoint, other.people, other.unit) == (row.endpoint, row.people, row.unit)
        and other.n > 0
        and not other.part
        and not own & {other.trial, *trials[other.trial].pool_of}
    ]


def class_mean(
    row: PublishedReadout, rows: Sequence[PublishedReadout], trials: Mapping[str, PublishedTrial]
) -> Prediction:
    """Predict a read-out by the mean of the other trials of its product class.

    Proportions are pooled on the logit scale with a variance between trials (DerSimonian and
    Laird 1986, doi:10.1016/0197-2456(86)90046-2), other numbers as logarithms of equal weight;
    the interval is that of a new trial, with the t quantile of Higgins 2009,
    doi:10.1111/j.1467-985X.2008.00552.x.

    Parameters
    ----------
    row, rows, trials
        As for `others_of`.

    Returns
    -------
    Prediction
    """
    own = trials[row.trial].product_class
    used = [o for o in others_of(row, rows, trials) if trials[o.trial].product_class == own]
    if len(used) < 3:
        return Prediction(why=f"{len(used)} other trials of {own} cells give it; 3 are needed")
    if row.unit == "%":
        counts = _counts(used)
        middle, variance = _pooled(counts.logit, counts.variance)
        return _rate(row, middle, variance, len(used) - 2)
    values = np.array([other.value for other in used])
    if not (values > 0).all():
        return Prediction(why="a value is not positive")
    logs = np.log(values)
    spread = math.sqrt(float(logs.var(ddof=1)) * (1 + 1 / logs.size))
    middle = float(logs.mean())
    low, high = _limits(middle, spread, logs.size - 1)
    likely = np.exp(_spread_out(middle, spread, logs.size - 1))
    return Prediction(
        math.exp(middle), math.exp(low), math.exp(high), spread, values=tuple(likely.tolist())
    )


def regression(
    row: PublishedReadout, rows: Sequence[PublishedReadout], trials: Mapping[str, PublishedTrial]
) -> Prediction:
    """Predict a proportion from disease and costimulation by the other trials.

    Parameters
    ----------
    row, rows, trials
        As for `others_of`.

    Returns
    -------
    Prediction
        None for what is not a proportion, and for a disease that no other trial had.
    """
    if row.unit != "%":
        return Prediction(why="not a proportion")
    target = trials[row.trial]
    used = [
        o
        for o in others_of(row, rows, trials)
        if trials[o.trial].costimulation in ("CD28", "4-1BB")
    ]
    diseases = sorted({trials[o.trial].disease_group for o in used})
    if target.costimulation not in ("CD28", "4-1BB"):
        return Prediction(why="costimulation mixed or unknown")
    if target.disease_group not in diseases:
        return Prediction(why=f"no other trial in {target.disease_group} gives it")

    def coded(trial: PublishedTrial) -> list[float]:
        is_28 = float(trial.costimulation == "CD28")
        return [1.0, is_28, *(float(trial.disease_group == d) for d in diseases[1:])]

    design = np.array([coded(trials[other.trial]) for other in used])
    freedom = len(used) - design.shape[1]
    if freedom < 1:
        return Prediction(why=f"{len(used)} other trials for {design.shape[1]} coefficients")
    weights, covariance, dispersion = _logistic(design, _counts(used), freedom)
    at = np.array(coded(target))
    middle = float(at @ weights)
    # between trials: the excess of the dispersion over that of counting, at the mean size
    share = _inverse(middle)
    typical = float(np.mean([other.n for other in used]))
    between = (dispersion - 1) / (typical * share * (1 - share))
    return _rate(row, middle, float(at @ covariance @ at) + between, freedom)


def _counts(rows: Sequence[PublishedReadout]) -> _Counts:
    sizes = np.array([float(row.n) for row in rows])
    return _Counts(np.array([row.value for row in rows]) / 100 * sizes, sizes)


def _pooled(values: Floats, variance: Floats) -> tuple[float, float]:
    """Return the mean over trials, and the variance of the true value of a new one."""
    weights = 1 / variance
    fixed = float((weights * values).sum() / weights.sum())
    excess = float((weights * (values - fixed) ** 2).sum()) - (values.size - 1)
    scale = float(weights.sum() - (weights**2).sum() / weights.sum())
    between = max(0.0, excess / scale)
    weights = 1 / (variance + between)
    return float((weights * values).sum() / weights.sum()), between + 1 / float(weights.sum())


def _logistic(design: Floats, counts: _Counts, freedom: int) -> tuple[Floats, Floats, float]:
    """Fit by Newton steps with a weak prior; return coefficients, covariance and dispersion."""
    shrink = np.full(design.shape[1], _SLOPE_SD**-2)
    shrink[0] = 1e-6  # the intercept is free
    weights = np.zeros(design.shape[1])
    hessian = np.eye(design.shape[1])
    for _ in range(100):
        share = _inverse_all(design @ weights)
        slope = design.T @ (counts.hits - counts.n * share) - shrink * weights
        hessian = (design.T * (counts.n * share * (1 - share))) @ design + np.diag(shrink)
        step = np.linalg.solve(hessian, slope)
        weights = weights + np.clip(step, -2.0, 2.0)
        if np.abs(step).max() < 1e-10:
            break
    share = _inverse_all(design @ weights)
    pearson = (counts.hits - counts.n * share) ** 2 / (counts.n * share * (1 - share))
    dispersion = max(1.0, float(pearson.sum()) / freedom)
    return weights, np.asarray(np.linalg.inv(hessian) * dispersion), dispersion


def _rate(row: PublishedReadout, middle: float, variance: float, freedom: int) -> Prediction:
    """Turn a logit with its variance into a proportion that a trial of this size may show."""
    share = _inverse(middle)
    by_chance = 1 / (max(row.n, 1) * share * (1 - share))
    low, high = _limits(middle, math.sqrt(variance + by_chance), freedom)
    spread = 100 * share * (1 - share) * math.sqrt(variance + by_chance)
    likely = 100 * _inverse_all(_spread_out(middle, math.sqrt(variance + by_chance), freedom))
    return Prediction(
        100 * share, 100 * _inverse(low), 100 * _inverse(high), spread,
        values=tuple(likely.tolist()),
    )  # fmt: skip


def _limits(middle: float, spread: float, freedom: int) -> tuple[float, float]:
    from scipy.special import stdtrit

    half = float(stdtrit(freedom, _TAIL)) * spread
    return middle - half, middle + half


def _spread_out(middle: float, spread: float, freedom: int) -> Floats:
    """Return equally likely values of the t distribution behind the limits."""
    from scipy.special import stdtrit

    return np.asarray(middle + spread * stdtrit(freedom, (np.arange(_LIKELY) + 0.5) / _LIKELY))


def _inverse(logit: float) -> float:
    return 1 / (1 + math.exp(-logit))


def _inverse_all(logits: Floats) -> Floats:
    from scipy.special import expit  # far tails of few degrees of freedom overflow exp

    return np.asarray(expit(logits))


BASELINES: Mapping[
    str,
    Callable[
        [PublishedReadout, Sequence[PublishedReadout], Mapping[str, PublishedTrial]], Prediction
    ],
] = {"pooled mean of the product class": class_mean, "disease + costimulation": regression}
"""Baselines by name."""
