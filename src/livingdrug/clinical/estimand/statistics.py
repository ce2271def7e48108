"""Statistics over people and over simulated trials.

A value below the limit of quantification counts as half the limit. It is then smaller than every
quantified value, so the rank of a median or quantile is right however small the value really is. A
value above the upper limit counts as that limit, which no quantified value exceeds: a statistic
that reaches it is a lower bound.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from livingdrug.core.errors import DataError, Issue, OptionError, raise_issues

__all__ = [
    "Estimate",
    "PersonSummary",
    "above_limit",
    "below_limit",
    "between_people",
    "over_trials",
    "person_summary",
    "statistic_of",
    "trial_groups",
]

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Indices = NDArray[np.intp]

_LOW, _HIGH = 0.05, 0.95


@dataclass(frozen=True, slots=True)
class PersonSummary:
    """One number per person, summarised over people.

    Attributes
    ----------
    median, p05, p95 : float
        Over the people that have a value. NaN when nobody has; the quantiles also for one person.
    n_used, n_missing : int
        People with a finite value, and without.
    """

    median: float
    p05: float
    p95: float
    n_used: int
    n_missing: int


@dataclass(frozen=True, slots=True)
class Estimate:
    """A statistic with its interval, and how many people (or trials) it rests on.

    Attributes
    ----------
    value, lower, upper : float
    n : str
        People in each trial, a range when they differ; people in all when there are no trials.
    trials : int
        0 when there are none.
    n_people : int
        People used in all.
    """

    value: float
    lower: float
    upper: float
    n: str
    trials: int
    n_people: int


def person_summary(values: ArrayLike) -> PersonSummary:
    """Summarise one number per person by median, 5 % and 95 % quantile.

    Parameters
    ----------
    values : array_like, shape (n_people,)
        Not finite: this person has no value.

    Returns
    -------
    PersonSummary

    Raises
    ------
    DataError
        When the values are not one number per person.

    Examples
    --------
    >>> person_summary([1.0, 2.0, 3.0, float("nan")])
    PersonSummary(median=2.0, p05=1.1, p95=2.9, n_used=3, n_missing=1)
    """
    numbers = np.asarray(values, dtype=np.float64)
    if numbers.ndim != 1:
        raise DataError(f"values have the shape {numbers.shape}; give one number per person, (n,)")
    used = numbers[np.isfinite(numbers)]
    median = float(np.median(used)) if used.size else math.nan
    low, high = _interval(used)
    return PersonSummary(median, low, high, used.size, numbers.size - used.size)


def _interval(values: Floats) -> tuple[float, float]:
    if values.size < 2:
        return math.nan, math.nan
    low, high = np.quantile(values, [_LOW, _HIGH])
    return float(low), float(high)


def statistic_of(values: Floats, statistic: str) -> float:
    """Return a statistic over people.

    Parameters
    ----------
    values : ndarray, shape (n,)
        Finite.
    statistic : str
        ``"median"``, ``"mean"`` or ``"geometric mean"``.

    Returns
    -------
    float
        NaN when there are no values, and for the geometric mean when one is not positive.

    Raises
    ------
    OptionError
        When there is no such statistic.
    """
    if statistic not in ("median", "mean", "geometric mean"):
        raise OptionError(
            f"statistic is {statistic!r}; allowed: 'median', 'mean', 'geometric mean'"
        )
    if values.size == 0:
        return math.nan
    if statistic == "median":
        return float(np.median(values))
    if statistic == "mean":
        return float(np.mean(values))
    return float(np.exp(np.mean(np.log(values)))) if (values > 0).all() else math.nan


def below_limit(values: Floats, marks: Bools, limit: float) -> tuple[Floats, int]:
    """Replace values below the limit by half of it.

    Parameters
    ----------
    values : ndarray, shape (n,)
    marks : ndarray of bool, shape (n,)
        Values known to be below the limit, whatever number stands there.
    limit : float
        NaN when there is none.

    Returns
    -------
    values : ndarray, shape (n,)
    n_below : int
    """
    if math.isnan(limit):
        return values, 0
    below = marks | (values < limit)
    return np.where(below, 0.5 * limit, values), int(below.sum())


def above_limit(values: Floats, marks: Bools, limit: float) -> tuple[Floats, int]:
    """Replace values above the upper limit by the limit.

    Parameters
    ----------
    values : ndarray, shape (n,)
    marks : ndarray of bool, shape (n,)
        Values known to be above the limit, whatever number stands there.
    limit : float
        NaN when there is none.

    Returns
    -------
    values : ndarray, shape (n,)
    n_above : int
    """
    if math.isnan(limit):
        return values, 0
    above = marks | (values > limit)
    return np.where(above, limit, values), int(above.sum())


def trial_groups(trials: ArrayLike, n_subjects: int) -> list[Indices]:
    """Return the positions of the subjects of each trial.

    Parameters
    ----------
    trials : array_like of int, shape (n_subjects,)
        Number of the trial of each subject.
    n_subjects : int

    Returns
    -------
    list of ndarray
        In the order of the trial numbers; each in the order of the subjects.

    Raises
    ------
    OptionError
        When the shape does not fit, the numbers are not whole, or there are fewer than two trials.
    """
    numbers = np.asarray(trials)
    issues = []
    if numbers.shape != (n_subjects,):
        issues.append(
            Issue(
                "error", "trials", f"shape {numbers.shape}; give one per subject, ({n_subjects},)"
            )
        )
    if numbers.dtype.kind not in "iu":
        issues.append(Issue("error", "trials", f"dtype {numbers.dtype}; give whole numbers"))
    raise_issues(issues, OptionError)
    names, place = np.unique(numbers, return_inverse=True)
    if names.size < 2:
        raise OptionError(f"trials: {names.size} given; an interval over trials needs two or more")
    order = np.argsort(place, kind="stable")
    return np.split(order, np.cumsum(np.bincount(place))[:-1])


def between_people(values: Floats, statistic: str) -> Estimate:
    """Return the statistic over all people and the 5-95 % interval between them.

    Parameters
    ----------
    values : ndarray, shape (n_people,)
        NaN: this person is left out.
    statistic : str

    Returns
    -------
    Estimate
    """
    used = values[np.isfinite(values)]
    low, high = _interval(used)
    return Estimate(statistic_of(used, statistic), low, high, str(used.size), 0, used.size)


def over_trials(values: Floats, statistic: str, groups: Sequence[Indices], n: int) -> Estimate:
    """Return median and 5-95 % interval of a statistic computed in each of many trials.

    Parameters
    ----------
    values : ndarray, shape (n_subjects,)
        NaN: this subject is left out.
    statistic : str
    groups : sequence of ndarray
        Subjects of each trial.
    n : int
        The first `n` subjects of each trial that have a value are used; 0 uses all.

    Returns
    -------
    Estimate
        NaN when a trial has no statistic.
    """
    results, sizes = [], []
    for group in groups:
        found = values[group]
        found = found[np.isfinite(found)]
        used = found[:n] if n else found
        results.append(statistic_of(used, statistic))
        sizes.append(used.size)
    numbers = np.asarray(results)
    size = str(min(sizes)) if min(sizes) == max(sizes) else f"{min(sizes)} to {max(sizes)}"
    if np.isnan(numbers).any():
        return Estimate(math.nan, math.nan, math.nan, size, len(groups), sum(sizes))
    low, high = _interval(numbers)
    return Estimate(float(np.median(numbers)), low, high, size, len(groups), sum(sizes))
