"""The chance of an outcome: error of the simulation and spread between people, kept apart."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from livingdrug.clinical.outcomes.classify import FAILED
from livingdrug.clinical.outcomes.rules import CURE
from livingdrug.core.errors import DataError, OptionError, UnknownNameError, unknown_name

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["Probability", "cure_probability", "outcome_probability", "person_probabilities"]

Floats = NDArray[np.float64]

_ENOUGH = 20
"""Runs of a person from which on quantiles between people are given: steps of 5 % or less."""
_FEW = 5
"""People unlike the others, below which a variance between people says little."""


@dataclass(frozen=True, slots=True)
class Probability:
    """The chance of an outcome for a person drawn at random.

    Attributes
    ----------
    value : float
        Mean over people of the share of their runs.
    simulation_lower, simulation_upper : float
        Where the mean over *these* people lies, had each been simulated without end: the
        Monte-Carlo error. More replicates shrink it.
    spread : float
        Standard deviation of the chance between people, without the Monte-Carlo error. NaN where
        the runs cannot tell.
    spread_lower, spread_upper : float
        5 and 95 % quantile of the chance between people; NaN below 20 runs a person.
    lower, upper : float
        Where the mean over *all* people lies: both errors. More people shrink it.
    n_subjects, n_runs, n_failed : int
        People with a run that did not fail, such runs, and runs that failed.
    lowest, highest : float
        The mean had no failed run, or every failed run, had the outcome.
    level : float
    notes : tuple of str
        Why something is NaN, and what else to know.
    """

    value: float
    simulation_lower: float
    simulation_upper: float
    spread: float
    spread_lower: float
    spread_upper: float
    lower: float
    upper: float
    n_subjects: int
    n_runs: int
    n_failed: int
    lowest: float
    highest: float
    level: float
    notes: tuple[str, ...]


def cure_probability(
    found: xr.Dataset, *, day: float | None = None, level: float = 0.95
) -> Probability:
    """Estimate the probability of cure.

    Parameters
    ----------
    found : xarray.Dataset
        From `outcomes`.
    day : float, optional
        Cure by this day; by the horizon when not given.
    level : float, optional
        Of both intervals.

    Returns
    -------
    Probability

    Raises
    ------
    DataError
        When every run failed.
    OptionError
    """
    return outcome_probability(found, CURE, day=day, level=level)


def outcome_probability(
    found: xr.Dataset, outcome: str, *, day: float | None = None, level: float = 0.95
) -> Probability:
    """Estimate the probability of an outcome.

    The Monte-Carlo variance of the mean is ``sum(p (1 - p) / (R - 1)) / n**2`` over people with the
    share p of R runs; its interval is Wilson's for the number of independent runs with that
    variance, never fewer than were made. The variance between people is that of the shares less
    the mean of their own. The interval for all people is Wilson's for the variance of the shares,
    with the quantile of Student's t.

    Parameters
    ----------
    found : xarray.Dataset
        From `outcomes`.
    outcome : str
        One of its classes.
    day : float, optional
        By this day; by the horizon when not given.
    level : float, optional

    Returns
    -------
    Probability

    Raises
    ------
    UnknownNameError
        When there is no such class.
    DataError
        When every run failed.
    OptionError
        When the day lies after the horizon, or the level outside 0 to 1.

    References
    ----------
    .. [1] Wilson EB. J Am Stat Assoc 1927;22:209-212. doi:10.1080/01621459.1927.10502953
    .. [2] Searle SR, Casella G, McCulloch CE. Variance Components (1992), chapter 3.
    """
    if not 0.0 < level < 1.0:
        raise OptionError(f"level: {level} given; it must lie between 0 and 1, as 0.95")
    hits, runs, failed = person_probabilities(found, outcome, day=day)
    some = runs > 0
    if not some.any():
        raise DataError("every run failed; there is no outcome to count")
    k, r, n = hits[some].astype(float), runs[some].astype(float), int(some.sum())
    p = k / r
    value = float(p.mean())
    notes: list[str] = []
    inside = _own_variance(k, r, notes)
    low, high = _simulation_interval(value, inside, r, level)
    spread, shares = _between(p, inside, notes)
    quantiles = (math.nan, math.nan)
    if r.min() >= _ENOUGH and n >= _ENOUGH and math.isfinite(spread):
        quantiles = tuple(np.quantile(shares, (0.05, 0.95)).tolist())
    lower, upper = _population_interval(p, level, notes)
    total = runs + failed
    known = total > 0
    if failed.any():
        notes.append(
            f"{int(failed.sum()):,} of {int(total.sum()):,} runs failed and are left out; the "
            "bounds count them as without and as with the outcome"
        )
    return Probability(
        value, low, high, spread, *quantiles, lower, upper,
        n, int(runs.sum()), int(failed.sum()),
        float((hits[known] / total[known]).mean()),
        float(((hits + failed)[known] / total[known]).mean()),
        level, tuple(notes),
    )  # fmt: skip


def person_probabilities(
    found: xr.Dataset, outcome: str, *, day: float | None = None
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Count the runs of each person that have an outcome.

    Parameters
    ----------
    found : xarray.Dataset
        From `outcomes`.
    outcome : str
    day : float, optional
        By this day.

    Returns
    -------
    hits, runs, failed : ndarray of int, shape (n_subjects,)
        Runs with the outcome, runs that did not fail, and runs that did.

    Raises
    ------
    UnknownNameError, OptionError
    """
    classes = json.loads(str(found["outcome"].attrs["classes"]))
    if outcome not in classes:
        raise UnknownNameError([unknown_name("outcome", outcome, classes)])
    horizon = float(found.attrs["horizon"])
    if day is not None and not day <= horizon:
        raise OptionError(f"day = {day:g}: the horizon is day {horizon:g}")
    code = found["outcome"].transpose("subject", "replicate").values
    hit = code == classes.index(outcome)
    if day is not None:
        hit = hit & (found["outcome_day"].transpose("subject", "replicate").values <= day)
    used = code != FAILED
    return hit.sum(axis=1), used.sum(axis=1), (~used).sum(axis=1)


def _own_variance(k: Floats, r: Floats, notes: list[str]) -> Floats:
    """Return the Monte-Carlo variance of each share; NaN for a single run."""
    if (r < 2).any():
        notes.append(
            "a person with one run: the error of the simulation cannot be told from the spread "
            "between people; ask for two or more replicates"
        )
    with np.errstate(divide="ignore", invalid="ignore"):
        own: Floats = np.where(r > 1, k * (r - k) / (r**2 * (r - 1.0)), np.nan)
    return own


def _simulation_interval(value: float, own: Floats, r: Floats, level: float) -> tuple[float, float]:
    from scipy.special import ndtri

    n = r.size
    # runs of people whose chances differ vary less together than as many runs of one mixture
    least = n**2 / float((1.0 / r).sum())
    variance = float(own.sum()) / n**2
    effective = least
    if math.isfinite(variance) and variance > 0.0:
        effective = max(least, value * (1.0 - value) / variance)
    return _wilson(value, effective, float(ndtri(0.5 + level / 2.0)))


def _between(p: Floats, own: Floats, notes: list[str]) -> tuple[float, Floats]:
    """Return the spread between people, and shares shrunk to have it."""
    if p.size < 2:
        notes.append("one person: there is no spread between people to see")
        return math.nan, p
    if not np.isfinite(own).all():
        return math.nan, p
    whole = float(p.var(ddof=1))
    variance = whole - float(own.mean())
    if variance <= 1e-12 * whole:  # none, or a rounding
        variance = 0.0
    shrink = math.sqrt(variance / whole) if whole > 0 else 0.0
    return math.sqrt(variance), p.mean() + shrink * (p - p.mean())


def _population_interval(p: Floats, level: float, notes: list[str]) -> tuple[float, float]:
    from scipy.special import stdtrit

    n, value = p.size, float(p.mean())
    if n < 2:
        return math.nan, math.nan
    variance = float(p.var(ddof=1)) / n
    quantile = float(stdtrit(n - 1, 0.5 + level / 2.0))
    if variance == 0.0:
        notes.append(
            "everybody has the same share; the interval for all people counts each person once"
        )
        return _wilson(value, float(n), quantile)
    usual = max((p == 0.0).sum(), (p == 1.0).sum())
    if n - usual < _FEW and usual > n / 2:
        notes.append(
            f"only {n - usual} of {n} people differ from the rest: the interval for all people may "
            "be too narrow"
        )
    return _wilson(value, value * (1.0 - value) / variance, quantile)


def _wilson(value: float, n: float, z: float) -> tuple[float, float]:
    """Return the interval of Wilson for a share of n independent runs."""
    middle = (value + z * z / (2.0 * n)) / (1.0 + z * z / n)
    half = z / (1.0 + z * z / n) * math.sqrt(value * (1.0 - value) / n + z * z / (4.0 * n * n))
    low = 0.0 if value == 0.0 else max(middle - half, 0.0)
    high = 1.0 if value == 1.0 else min(middle + half, 1.0)
    return low, high
