"""Neutropenia (ICAHT) and low platelets of a ward, with the rows and the rule of each grade.

UNCONFIRMED: see `livingdrug.clinical.grading.haematology`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from livingdrug.clinical.grading.haematology import (
    EARLY_UNTIL,
    Icaht,
    Run,
    icaht_unconfirmed,
    platelet_grade_unconfirmed,
    runs_at_most,
)
from livingdrug.clinical.monitoring.intervals import HOLD_DAYS
from livingdrug.clinical.monitoring.record import Entry, Ward
from livingdrug.core.errors import Issue

__all__ = ["COUNT_COLUMNS", "CountGrade", "CountGrades", "WardCounts", "grade_counts"]

COUNT_COLUMNS: tuple[str, ...] = (
    "icaht_early_unconfirmed", "icaht_late_unconfirmed", "platelets_unconfirmed",
)  # fmt: skip
"""The three grades; the scale of platelets is no part of ICAHT."""
_OPEN = (0, 4)


@dataclass(frozen=True, slots=True)
class CountGrade:
    """One grade and what decided it.

    Attributes
    ----------
    grade : tuple of int
        Lowest and highest that the counts allow.
    rule : str
        What the scale says about what was found.
    found : str
    rows : tuple of int
        Lines of the file.
    missing : str
        Why the grade is not exact.
    """

    grade: tuple[int, int]
    rule: str
    found: str
    rows: tuple[int, ...]
    missing: str


@dataclass(frozen=True, slots=True)
class CountGrades:
    """Grades of one person.

    Attributes
    ----------
    subject : str
    grades : mapping of str to CountGrade
        By `COUNT_COLUMNS`.
    days_500, days_100 : tuple of float
        Whole days at or below so many neutrophils per uL until day 30, at least and at most; NaN
        without any count until then.
    nadirs : mapping of str to tuple of float
        Lowest count (cells/uL) of ``anc`` and ``platelets`` and its day, from day 0 on; NaN
        without any.
    """

    subject: str
    grades: Mapping[str, CountGrade]
    days_500: tuple[float, float]
    days_100: tuple[float, float]
    nadirs: Mapping[str, tuple[float, float]]


@dataclass(frozen=True, slots=True)
class WardCounts:
    """Grades of a ward; attributes as those of `crs.WardCrs`."""

    people: tuple[CountGrades, ...]
    left_out: Mapping[str, tuple[Issue, ...]]
    warnings: tuple[Issue, ...]


def grade_counts(
    ward: Ward, *, hold: float = HOLD_DAYS, platelet_limit: float = 150e3
) -> WardCounts:
    """Grade everybody of a ward.

    Parameters
    ----------
    ward : Ward
        Of its rows ``anc`` and ``platelets`` are read; attributions are not.
    hold : float, optional, day
        For which a neutrophil count holds at most, as for `haematology.runs_at_most`.
    platelet_limit : float, optional, cell/uL
        Lower limit of the normal range of platelets.

    Returns
    -------
    WardCounts
        People without any count from day 0 on are left out.
    """
    left_out = dict(ward.left_out)
    people = []
    for subject, entries in ward.people.items():
        if not any(e.item in ("anc", "platelets") and e.start >= 0 for e in entries):
            message = f"subject {subject!r}: no neutrophils and no platelets from day 0 on"
            fix = "give rows with the items 'anc' and 'platelets'"
            left_out[subject] = (Issue("error", ward.label, message, fix),)
            continue
        people.append(_grade_person(subject, entries, hold, platelet_limit))
    return WardCounts(tuple(people), left_out, ward.warnings)


def _grade_person(
    subject: str, entries: Sequence[Entry], hold: float, platelet_limit: float
) -> CountGrades:
    anc = [e for e in entries if e.item == "anc"]
    platelets = [e for e in entries if e.item == "platelets" and e.start >= 0]
    late = [e for e in anc if e.start > EARLY_UNTIL]
    unknown = (math.nan, math.nan)
    days_500 = days_100 = unknown
    if anc:
        days, values = [e.start for e in anc], [e.value for e in anc]
        found = icaht_unconfirmed(days, values, hold=hold)
        early = _early(found, anc, runs_at_most(days, values, 500, hold=hold))
        if any(0 <= day <= EARLY_UNTIL for day in days):
            days_500, days_100 = found.days_500, found.days_100
        worst = _worst(late, "neutrophils", found.late, found.late_why)
    else:
        early = CountGrade(_OPEN, "", "", (), "no neutrophil count")
        worst = CountGrade(_OPEN, "", "", (), "no neutrophil count")
    if platelets:
        grade = int(platelet_grade_unconfirmed([e.value for e in platelets], platelet_limit).max())
        thrombocytopenia = _worst(platelets, "platelets", (grade, grade), "")
    else:
        thrombocytopenia = CountGrade(_OPEN, "", "", (), "no platelet count from day 0 on")
    grades = dict(zip(COUNT_COLUMNS, (early, worst, thrombocytopenia), strict=True))
    nadirs = {
        "anc": _nadir([e for e in anc if e.start >= 0]),
        "platelets": _nadir(platelets),
    }
    return CountGrades(subject, grades, days_500, days_100, nadirs)


def _nadir(rows: Sequence[Entry]) -> tuple[float, float]:
    if not rows:
        return math.nan, math.nan
    lowest = min(rows, key=lambda e: e.value)
    return lowest.value, lowest.start


def _early(found: Icaht, anc: Sequence[Entry], runs: Sequence[Run]) -> CountGrade:
    """Return the early grade with the rows of the time that decided it."""
    low_runs = [run for run in runs if run.low]
    rows = [
        e
        for e in anc
        if 0 <= e.start <= EARLY_UNTIL
        and (e.value <= 500 or any(r.start <= e.start <= r.stop for r in low_runs))
    ]
    if not rows:
        rows = [e for e in anc if 0 <= e.start <= EARLY_UNTIL]
    spans = ", ".join(f"day {r.start:.4g} to {r.stop:.4g}" for r in low_runs)
    where = f"at or below 500/uL {spans}" if spans else "never known at or below 500/uL"
    rule = (
        f"longest time at or below 500/uL {_days(found.days_500)}, "
        f"at or below 100/uL {_days(found.days_100)}"
    )
    if found.early[0] == 4 and found.days_100[0] < 14:
        rule = "never above 500/uL"
    return CountGrade(found.early, rule, where, tuple(e.row for e in rows), found.early_why)


def _days(bounds: tuple[float, float]) -> str:
    low, high = bounds
    return f"{low:g} d" if low == high else f"{low:g} to {high:g} d"


def _worst(rows: Sequence[Entry], what: str, grade: tuple[int, int], missing: str) -> CountGrade:
    if not rows:
        return CountGrade(grade, "", "", (), missing)
    lowest = rows[int(np.argmin([e.value for e in rows]))]
    rule = f"lowest {what} {lowest.value:g}/uL"
    return CountGrade(grade, rule, f"on day {lowest.start:.4g}", (lowest.row,), missing)
