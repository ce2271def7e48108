"""Neutropenia (ICAHT) and low platelets after engineered cells, each on its own.

UNCONFIRMED: the limits of ICAHT (EHA/EBMT 2023, Blood 142:865) and of the platelet scale (CTCAE)
were not read in a source, so the names of the functions end in ``_unconfirmed``.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from livingdrug.core.errors import Issue, OptionError, raise_issues

__all__ = ["Icaht", "days_at_most", "icaht_unconfirmed", "platelet_grade_unconfirmed"]

_EARLY = 30.0
_LATE_LIMITS = (1500.0, 1000.0, 500.0, 100.0)
"""Cells/uL; at or below each one grade more."""
_PLATELET_LIMITS = (75e3, 50e3, 25e3)
"""Cells/uL; below each one grade more, from grade 1 on."""
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Icaht:
    """Early and late grade.

    Attributes
    ----------
    early : int or None
        Of day 0 to 30; None when that time was not followed to its end.
    late : int or None
        Worst after day 30; None when nothing was measured then.
    days_500, days_100 : float
        Longest time with neutrophils at or below that many cells/uL until day 30.
    """

    early: int | None
    late: int | None
    days_500: float
    days_100: float


def _series(days: ArrayLike, values: ArrayLike, what: str) -> tuple[Floats, Floats]:
    t, v = np.asarray(days, dtype=np.float64), np.asarray(values, dtype=np.float64)
    issues = []
    if t.ndim != 1 or t.shape != v.shape or t.size == 0:
        issues.append(Issue("error", what, f"{t.shape} days and {v.shape} values", "as many"))
    elif not (np.isfinite(t).all() and np.isfinite(v).all() and (v >= 0).all()):
        issues.append(Issue("error", what, "days and values must be finite, values 0 or more"))
    elif (np.diff(t) <= 0).any():
        issues.append(Issue("error", what, "days must increase", "sort them, each once"))
    raise_issues(issues, OptionError)
    return t, v


def days_at_most(days: ArrayLike, values: ArrayLike, limit: float) -> float:
    """Return the longest time during which a count was at or below a limit.

    Parameters
    ----------
    days : array_like, shape (n,), day
        Increasing.
    values : array_like, shape (n,)
    limit : float

    Returns
    -------
    float
        A value holds until the next measurement; the last one until itself.

    Examples
    --------
    >>> days_at_most([0, 2, 9, 12], [900, 400, 300, 800], 500)
    10.0
    """
    t, v = _series(days, values, "count")
    longest = since = 0.0
    below = False
    for day, value in zip(t.tolist(), v.tolist(), strict=True):
        if below:
            longest = max(longest, day - since)
        if value <= limit and not below:
            since = day
        below = value <= limit
    return longest


def icaht_unconfirmed(days: ArrayLike, neutrophils: ArrayLike) -> Icaht:
    """Grade haematotoxicity by neutrophils.

    Parameters
    ----------
    days : array_like, shape (n,), day
        From the infusion, increasing.
    neutrophils : array_like, shape (n,), cell/uL

    Returns
    -------
    Icaht

    Examples
    --------
    >>> icaht_unconfirmed([0, 3, 12, 30], [2000, 400, 600, 1200]).early
    2
    """
    t, v = _series(days, neutrophils, "neutrophils")
    soon = (t >= 0) & (t <= _EARLY)
    early: int | None = None
    long_500 = long_100 = math.nan
    # graded by durations, so a month that was not followed to its end has no grade
    if soon.any() and t[soon][0] <= 1 and t.max() >= _EARLY:
        long_500, long_100 = (days_at_most(t[soon], v[soon], x) for x in (500.0, 100.0))
        early = _early(v[soon], long_500, long_100)
    after = v[t > _EARLY]
    late = int(sum(after.min() <= limit for limit in _LATE_LIMITS)) if after.size else None
    return Icaht(early, late, long_500, long_100)


def _early(values: Floats, long_500: float, long_100: float) -> int:
    if (values <= 500).all() or long_100 >= 14:
        return 4
    if long_500 >= 14 or long_100 >= 7:
        return 3
    if long_500 >= 7:
        return 2
    return 1 if (values <= 500).any() else 0


def platelet_grade_unconfirmed(
    platelets: ArrayLike, lower_limit: float = 150e3
) -> NDArray[np.int64]:
    """Grade platelets.

    Parameters
    ----------
    platelets : array_like, cell/uL
    lower_limit : float, optional, cell/uL
        Of the normal range of the laboratory.

    Returns
    -------
    ndarray of int
        0 to 4. A value at a limit has the milder grade.

    Examples
    --------
    >>> platelet_grade_unconfirmed([200e3, 75e3, 74e3, 25e3, 10e3]).tolist()
    [0, 1, 2, 3, 4]
    """
    v = np.asarray(platelets, dtype=np.float64)
    if not (np.isfinite(v).all() and (v >= 0).all()):
        raise OptionError("platelets must be finite and 0 or more")
    limits = np.array([lower_limit, *_PLATELET_LIMITS])
    return np.asarray((v[..., None] < limits).sum(axis=-1), dtype=np.int64)
