"""How good a prediction was: scores of its interval and of its distribution, coverage.

A proportion is scored in percentage points and everything else, which is positive, in natural
logarithms, so that days and copies can be averaged.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

from livingdrug.core.errors import OptionError

__all__ = [
    "LEVEL",
    "Prediction",
    "Scores",
    "crps",
    "interval_score",
    "ranked_score",
    "score",
    "score_all",
]

LEVEL = 0.90
"""Of every interval of a virtual trial."""


@dataclass(frozen=True, slots=True)
class Prediction:
    """A number that is predicted for one trial, with its 90 % interval.

    Attributes
    ----------
    median, lower, upper : float
        NaN when there is no prediction.
    sd : float
        Of the prediction, on the scale on which it is scored; NaN where unknown.
    why : str
        Why there is none; empty when there is one.
    values : tuple of float
        The distribution: values that are equally likely. Infinite where a time is not reached.
    """

    median: float = math.nan
    lower: float = math.nan
    upper: float = math.nan
    sd: float = math.nan
    why: str = ""
    values: tuple[float, ...] = field(default=(), repr=False)

    @property
    def exists(self) -> bool:
        """There is a number and an interval."""
        return not self.why


@dataclass(frozen=True, slots=True)
class Scores:
    """Coverage and mean scores over read-outs.

    Attributes
    ----------
    n : int
        Read-outs with a prediction.
    covered : int
        Of these, inside the 90 % interval.
    n_rates, n_others : int
        Proportions, and all else, that have a score. What has none, for an interval that the
        follow-up does not end, counts for the coverage only.
    rates, others : float
        Mean interval score of proportions, percentage points, and of the others, natural
        logarithms; NaN where there are none.
    n_crps_rates, n_crps_others : int
        Read-outs whose whole distribution has a score: no value of it is infinite.
    crps_rates, crps_others : float
        Their mean ranked probability score, in the same units.
    """

    n: int
    covered: int
    n_rates: int
    rates: float
    n_others: int
    others: float
    n_crps_rates: int = 0
    crps_rates: float = math.nan
    n_crps_others: int = 0
    crps_others: float = math.nan

    @property
    def coverage(self) -> float:
        """Share inside the interval; NaN when there are none."""
        return self.covered / self.n if self.n else math.nan


def interval_score(
    lower: ArrayLike, upper: ArrayLike, value: ArrayLike, *, level: float = LEVEL
) -> NDArray[np.float64]:
    """Score central intervals: the width, and a penalty for each miss. Smaller is better.

    Equation 43 of Gneiting and Raftery 2007, doi:10.1198/016214506000001437.

    Parameters
    ----------
    lower, upper : array_like
    value : array_like
        What was observed.
    level : float, optional
        Nominal coverage of the intervals.

    Returns
    -------
    ndarray

    Raises
    ------
    OptionError
        When `level` is not between 0 and 1.

    Examples
    --------
    >>> interval_score([40, 40], [60, 60], [50, 70]).round(6).tolist()
    [20.0, 220.0]
    """
    if not 0 < level < 1:
        raise OptionError(f"level = {level:g}; allowed are numbers between 0 and 1")
    low, high, seen = (np.asarray(item, dtype=np.float64) for item in (lower, upper, value))
    missed = np.maximum(low - seen, 0.0) + np.maximum(seen - high, 0.0)
    scores: NDArray[np.float64] = high - low + missed * 2.0 / (1.0 - level)
    return scores


def crps(values: ArrayLike, value: float) -> float:
    """Score a distribution by the continuous ranked probability score. Smaller is better.

    The mean distance from the observed value less half the mean distance between two draws:
    equations 20 and 21 of Gneiting and Raftery 2007, doi:10.1198/016214506000001437, with the
    sign that makes it a loss. It has the unit of the value, and of one number it is the distance.

    Parameters
    ----------
    values : array_like, shape (n,)
        Equally likely; two draws from them are with replacement.
    value : float
        What was observed.

    Returns
    -------
    float

    Raises
    ------
    OptionError
        When there are no values.

    Examples
    --------
    >>> crps([40.0, 60.0], 50.0)
    5.0
    """
    ordered = np.sort(np.asarray(values, dtype=np.float64))
    n = ordered.size
    if n == 0:
        raise OptionError("values: none given; a distribution has at least one")
    # sum over pairs of |x_i - x_j| = 2 sum of (2 i - n - 1) x_(i), i from 1
    between = 2.0 * float(((2.0 * np.arange(1, n + 1) - n - 1) * ordered).sum()) / n**2
    return float(np.abs(ordered - value).mean()) - 0.5 * between


def score(prediction: Prediction, value: float, unit: str) -> float:
    """Score one prediction on the scale of its unit.

    Parameters
    ----------
    prediction : Prediction
    value : float
    unit : str
        ``"%"`` for a proportion.

    Returns
    -------
    float
        NaN without a prediction, and where a logarithm does not exist: an upper limit that the
        follow-up does not reach.
    """
    if not prediction.exists:
        return math.nan
    numbers = np.array([prediction.lower, prediction.upper, value])
    if unit != "%":
        if not (numbers > 0).all() or not np.isfinite(numbers).all():
            return math.nan
        numbers = np.log(numbers)
    return float(interval_score(*numbers))


def ranked_score(prediction: Prediction, value: float, unit: str) -> float:
    """Score the distribution of one prediction on the scale of its unit.

    Parameters
    ----------
    prediction, value, unit
        As for `score`.

    Returns
    -------
    float
        NaN as for `score`, and where a value of the distribution is infinite.
    """
    if not prediction.exists or not prediction.values:
        return math.nan
    numbers = np.array([value, *prediction.values])
    if not np.isfinite(numbers).all():
        return math.nan
    if unit != "%":
        if not (numbers > 0).all():
            return math.nan
        numbers = np.log(numbers)
    return crps(numbers[1:], float(numbers[0]))


def score_all(
    rows: Sequence[tuple[Prediction, float, str]],
    beside: Sequence[tuple[Prediction, float, str]] | None = None,
) -> Scores:
    """Summarise predictions over read-outs.

    Parameters
    ----------
    rows : sequence of (Prediction, float, str)
        Prediction, published value, unit.
    beside : sequence of (Prediction, float, str), optional
        Other predictions of the same read-outs: a mean is over those that have a score in both,
        so that nobody gains by having none where it is hard.

    Returns
    -------
    Scores
    """
    others = rows if beside is None else beside
    both = [pair for pair in zip(rows, others, strict=True) if pair[0][0].exists]
    found = [row for row, _ in both]
    inside = sum(item.lower <= value <= item.upper for item, value, _ in found)

    def mean(rule: Callable[[Prediction, float, str], float], rates: bool) -> tuple[int, float]:
        known = [
            own
            for own, other in ((rule(*row), rule(*second)) for row, second in both
                               if (row[2] == "%") == rates)
            if math.isfinite(own) and math.isfinite(other)
        ]  # fmt: skip
        return len(known), float(np.mean(known)) if known else math.nan

    n_rates, rates = mean(score, True)
    n_others, rest = mean(score, False)
    n_crps_rates, crps_rates = mean(ranked_score, True)
    n_crps_others, crps_others = mean(ranked_score, False)
    return Scores(
        n=len(found),
        covered=inside,
        n_rates=n_rates,
        rates=rates,
        n_others=n_others,
        others=rest,
        n_crps_rates=n_crps_rates,
        crps_rates=crps_rates,
        n_crps_others=n_crps_others,
        crps_others=crps_others,
    )
