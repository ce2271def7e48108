"""Neutropenia (ICAHT) and low platelets after engineered cells, each on its own.

UNCONFIRMED: the limits of ICAHT (EHA/EBMT 2023, Blood 142:865) and of the platelet scale (CTCAE)
were not read in a source, so the names of the functions end in ``_unconfirmed``. The early grade is
one of durations: `days_at_most` bounds them where counts are too far apart to tell.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from livingdrug.clinical.monitoring.intervals import HOLD_DAYS
from livingdrug.core.errors import Issue, OptionError, raise_issues

__all__ = [
    "EARLY_UNTIL",
    "SAME_SIDE_DAYS",
    "Icaht",
    "Run",
    "days_at_most",
    "icaht_unconfirmed",
    "platelet_grade_unconfirmed",
    "runs_at_most",
]

EARLY_UNTIL = 30.0
"""Day that ends the early phase."""
SAME_SIDE_DAYS = 7.0
"""Two counts on one side of a limit that are so many days apart at most leave no doubt about the
time between them: a choice of ours."""
_LIMITS = (500.0, 100.0)
_LATE_LIMITS = (1500.0, 1000.0, 500.0, 100.0)
"""Cells/uL; at or below each one grade more."""
_PLATELET_LIMITS = (75e3, 50e3, 25e3)
"""Cells/uL; below each one grade more, from grade 1 on."""
_WORST = 4
Floats = NDArray[np.float64]
Pair = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Run:
    """A time in which a count is at or below a limit, above it, or not known.

    Attributes
    ----------
    start, stop : float, day
    low : bool or None
        None where it is not known.
    """

    start: float
    stop: float
    low: bool | None


@dataclass(frozen=True, slots=True)
class Icaht:
    """Early and late grade: lowest and highest that the counts allow.

    Attributes
    ----------
    early : tuple of int
        Of day 0 to 30.
    late : tuple of int
        Worst count after day 30; 0 to 4 when nothing was measured then.
    days_500, days_100 : tuple of float
        Whole days of the longest time with neutrophils at or below that many cells/uL until
        day 30, at least and at most.
    early_why, late_why : str
        What is missing, where a grade is not exact.
    """

    early: tuple[int, int]
    late: tuple[int, int]
    days_500: Pair
    days_100: Pair
    early_why: str = ""
    late_why: str = ""


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


def runs_at_most(
    days: ArrayLike, values: ArrayLike, limit: float, *, hold: float = HOLD_DAYS
) -> list[Run]:
    """Divide day 0 to 30 by whether a count is at or below a limit.

    Parameters
    ----------
    days : array_like, shape (n,), day
        From the infusion, increasing.
    values : array_like, shape (n,)
    limit : float
    hold : float, optional, day
        A value holds until the next one, and at most so long; the first one also stands for the
        time before it, if that is not longer. Between two values on one side of the limit that are
        at most `SAME_SIDE_DAYS` apart the count stays there.

    Returns
    -------
    list of Run
        Joined where they are alike; they cover all of the time.
    """
    t, v = _series(days, values, "count")
    below = (v <= limit).tolist()
    points = t.tolist()
    first = points[0]
    found = [Run(-math.inf, first, below[0] if 0 <= first <= hold else None)]
    for k, (day, low) in enumerate(zip(points, below, strict=True)):
        after = points[k + 1] if k + 1 < len(points) else math.inf
        same = k + 1 < len(points) and below[k + 1] == low and after - day <= SAME_SIDE_DAYS
        known = after if same else min(after, day + hold)
        found += [Run(day, known, low), Run(known, after, None)]
    joined: list[Run] = []
    for run in found:
        start, stop = max(run.start, 0.0), min(run.stop, EARLY_UNTIL)
        if stop <= start:
            continue
        if joined and joined[-1].low is run.low:
            joined[-1] = Run(joined[-1].start, stop, run.low)
        else:
            joined.append(Run(start, stop, run.low))
    return joined


def days_at_most(
    days: ArrayLike, values: ArrayLike, limit: float, *, hold: float = HOLD_DAYS
) -> Pair:
    """Return the longest time until day 30 during which a count was at or below a limit.

    Parameters
    ----------
    days, values, limit, hold
        As for `runs_at_most`.

    Returns
    -------
    tuple of float
        At least and at most, in whole days: the hours at which blood was taken do not count.

    Examples
    --------
    >>> days_at_most([2, 3, 4, 5], [900, 400, 300, 800], 500)
    (2.0, 24.0)
    >>> days_at_most([2, 4, 9, 12, 19, 26, 30], [900, 400, 300, 800, 900, 900, 900], 500)
    (6.0, 9.0)
    """
    return _longest(runs_at_most(days, values, limit, hold=hold))


def _longest(runs: list[Run]) -> Pair:
    bounds = []
    for counted in ((True,), (True, None)):
        longest = since = 0.0
        until = -1.0
        for run in runs:
            if run.low not in counted:
                continue
            if run.start != until:
                since = run.start
            until = run.stop
            longest = max(longest, until - since)
        bounds.append(float(round(longest)))
    return bounds[0], bounds[1]


def icaht_unconfirmed(days: ArrayLike, neutrophils: ArrayLike, *, hold: float = HOLD_DAYS) -> Icaht:
    """Grade haematotoxicity by neutrophils.

    Early: by the longest time at or below 500 cells/uL, less than 7 days 1, 7 to 13 days 2, 14 or
    more 3, never above it 4; or at or below 100 cells/uL, 7 days or more 3, 14 or more 4. Late: the
    worst count, at most 1,500 cells/uL 1, 1,000 2, 500 3, 100 4.

    Parameters
    ----------
    days : array_like, shape (n,), day
        From the infusion, increasing; those before it say what holds on day 0.
    neutrophils : array_like, shape (n,), cell/uL
    hold : float, optional, day
        As for `runs_at_most`.

    Returns
    -------
    Icaht

    Examples
    --------
    >>> import numpy as np
    >>> month = np.arange(31.0)
    >>> icaht_unconfirmed(month, np.where((month >= 4) & (month < 12), 400, 2000)).early
    (2, 2)
    """
    t, v = _series(days, neutrophils, "neutrophils")
    runs = {x: runs_at_most(t, v, x, hold=hold) for x in _LIMITS}
    long_500, long_100 = (_longest(runs[x]) for x in _LIMITS)
    soon = v[(t >= 0) & (t <= EARLY_UNTIL)]
    gaps = [run for run in runs[500.0] if run.low is None]
    any_low = bool((soon <= 500).any())
    never_above = not bool((soon > 500).any())
    mild = _early(any_low, never_above and not gaps and soon.size > 0, long_500[0], long_100[0])
    worst = _early(any_low or bool(gaps), never_above, long_500[1], long_100[1])
    why = ""
    if mild < worst:
        open_times = gaps or [run for run in runs[100.0] if run.low is None]
        spans = ", ".join(f"{run.start:.4g} to {run.stop:.4g}" for run in open_times)
        why = f"neutrophils are not known from day {spans}"
    after = v[t > EARLY_UNTIL]
    grade = int(sum(after.min() <= limit for limit in _LATE_LIMITS)) if after.size else 0
    late = (grade, grade) if after.size else (0, _WORST)
    late_why = "" if after.size else "no neutrophil count after day 30"
    return Icaht((mild, worst), late, long_500, long_100, why, late_why)


def _early(any_low: bool, never_above: bool, long_500: float, long_100: float) -> int:
    if never_above or long_100 >= 14:
        return 4
    if long_500 >= 14 or long_100 >= 7:
        return 3
    if long_500 >= 7:
        return 2
    return int(any_low)


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
    if not (math.isfinite(lower_limit) and lower_limit >= _PLATELET_LIMITS[0]):
        fix = f"it is {_PLATELET_LIMITS[0]:g} or more"
        raise OptionError(f"lower limit of platelets: {lower_limit:g} /uL given; {fix}")
    limits = np.array([lower_limit, *_PLATELET_LIMITS])
    return np.asarray((v[..., None] < limits).sum(axis=-1), dtype=np.int64)
