"""Criteria of IEC-HS of a ward over time, and the grades that they leave.

UNCONFIRMED: see `livingdrug.clinical.grading.iechs`. Nothing in the record that is missing is
guessed: such a criterion may be met, and the grade is an interval.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from livingdrug.clinical.grading.crs import CrsGrades, grade_crs
from livingdrug.clinical.grading.iechs import (
    COMMON,
    FERRITIN_TIMES,
    FIBRINOGEN,
    TRANSAMINASE_TIMES,
    Criteria,
    above,
    iechs_bounds_unconfirmed,
)
from livingdrug.clinical.grading.point import Point
from livingdrug.clinical.grading.rules import GradingRules
from livingdrug.clinical.monitoring.intervals import HOLD_DAYS, PersonRecord
from livingdrug.clinical.monitoring.record import Entry, Ward
from livingdrug.core.errors import Issue, OptionError

__all__ = ["IechsGrades", "WardIechs", "grade_iechs"]

_ITEMS = (
    "ferritin", "ferritin_rising", "alt", "ast", "fibrinogen", "haemophagocytosis",
    "new_cytopenia", "after_crs", "death",
)  # fmt: skip
_BASELINE_DAYS, _BASELINE_AFTER = 7.0, 0.5
"""The baseline is the last value of the week before the infusion, else the first of the 12 hours
after it: a choice of ours."""
_TEXT_OPEN = "the text asks for most of the common criteria, and grades 2 to 4 are not known"


@dataclass(frozen=True, slots=True)
class IechsGrades:
    """What was found of one person.

    Attributes
    ----------
    subject : str
    times : tuple of float, day
        At which ferritin is known. What is stated holds until the next, or until ferritin is no
        longer known.
    grades : array of int, shape (2, n_times)
        Lowest and highest that the criteria leave.
    criteria : mapping of str to tuple of Point
        ``ferritin``, which is required, and the common ones: not met 0 to 0, met 1 to 1.
    ferritin : tuple of float
        Highest ferritin from day 0 on, ug/L, and its day.
    """

    subject: str
    times: tuple[float, ...]
    grades: NDArray[np.int64]
    criteria: Mapping[str, tuple[Point, ...]]
    ferritin: tuple[float, float]

    def common(self, place: int) -> tuple[int, int]:
        """Return how many common criteria are met at a time, surely and possibly."""
        points = [self.criteria[name][place] for name in COMMON]
        return sum(p.low for p in points), sum(p.high for p in points)

    def reasons(self, place: int) -> str:
        """Return why the grade of a time is not exact."""
        if self.grades[0, place] == self.grades[1, place]:
            return ""
        found = [points[place].why for points in self.criteria.values()]
        return "; ".join(dict.fromkeys(text for text in (*found, _TEXT_OPEN) if text))


@dataclass(frozen=True, slots=True)
class WardIechs:
    """Of a ward; attributes as those of `crs.WardCrs`."""

    people: tuple[IechsGrades, ...]
    left_out: Mapping[str, tuple[Issue, ...]]
    warnings: tuple[Issue, ...]


def grade_iechs(
    ward: Ward,
    *,
    rules: GradingRules | None = None,
    hold: float = HOLD_DAYS,
    ferritin_limit: float = math.nan,
) -> WardIechs:
    """Say of everybody of a ward which criteria are met, and which grades that leaves.

    Parameters
    ----------
    ward : Ward
        The relation to cytokine release syndrome is taken from its ASTCT grades unless a row of
        ``after_crs`` states it.
    rules : GradingRules, optional
        For the grades of the syndrome.
    hold : float, optional, day
        For which a row without a stop holds at most.
    ferritin_limit : float, optional, ug/L
        Upper limit of normal for people without a row of ``ferritin_uln``.

    Returns
    -------
    WardIechs
        People without a ferritin from day 0 on are left out: it is the criterion that is required.
    """
    if not (math.isnan(ferritin_limit) or 0 < ferritin_limit < math.inf):
        raise OptionError(f"upper limit of ferritin: {ferritin_limit:g} ug/L; it is more than 0")
    left_out = dict(ward.left_out)
    graded = grade_crs(ward, ("astct",), rules=rules, hold=hold)
    syndrome = {person.subject: person for person in graded.people}
    people = []
    for subject, entries in ward.people.items():
        person = PersonRecord(entries, ward.recorded, hold=hold)
        ferritin = [e for e in person.rows("ferritin") if e.start >= 0]
        if not ferritin and not any(e.start >= 0 for e in person.rows("ferritin_rising")):
            message = f"subject {subject!r}: no ferritin from day 0 on"
            left_out[subject] = (Issue("error", ward.label, message, "IEC-HS requires it"),)
            continue
        if math.isnan(person.fact("ferritin_uln")) and not math.isnan(ferritin_limit):
            stated = Entry(0, "ferritin_uln", math.nan, value=ferritin_limit)
            person = PersonRecord((stated, *entries), ward.recorded, hold=hold)
        people.append(_grade_person(subject, person, syndrome.get(subject)))
    return WardIechs(tuple(people), left_out, ward.warnings)


def _grade_person(subject: str, person: PersonRecord, syndrome: CrsGrades | None) -> IechsGrades:
    times = [
        time
        for time in person.changes(_ITEMS, () if syndrome is None else syndrome.times)
        if any(person.at(time, item).state == "on" for item in ("ferritin", "ferritin_rising"))
    ]
    criteria = {
        "ferritin": tuple(_ferritin(person, t) for t in times),
        "after_crs": tuple(_after_crs(person, t, syndrome) for t in times),
        "transaminases": tuple(_transaminases(person, t) for t in times),
        "fibrinogen": tuple(_fibrinogen(person, t) for t in times),
        "haemophagocytosis": tuple(_judged(person, t, "haemophagocytosis") for t in times),
        "cytopenia": tuple(_judged(person, t, "new_cytopenia") for t in times),
    }
    bounds = []
    for k, time in enumerate(times):
        met = Criteria(**{name: _met(points[k]) for name, points in criteria.items()})
        bounds.append(iechs_bounds_unconfirmed(met, dead=_may_have_died(person, time)))
    grades = np.array(bounds, dtype=np.int64).reshape(-1, 2).T
    after = [e for e in person.rows("ferritin") if e.start >= 0]
    most = max(after, key=lambda e: e.value, default=None)
    peak = (math.nan, math.nan) if most is None else (most.value, most.start)
    return IechsGrades(subject, tuple(times), grades, criteria, peak)


def _met(point: Point) -> bool | None:
    return bool(point.low) if point.low == point.high else None


def _may_have_died(person: PersonRecord, time: float) -> bool:
    return any(
        entry.start <= time and entry.attribution in ("", "unknown")
        for entry in person.rows("death")
    )


def _value(person: PersonRecord, time: float, item: str) -> Entry | None:
    held = person.at(time, item)
    return held.row() if held.state == "on" and not math.isnan(held.row().value) else None


def _baseline(person: PersonRecord, item: str) -> tuple[float, tuple[int, ...]]:
    rows = [e for e in person.rows(item) if not math.isnan(e.value)]
    before = [e for e in rows if -_BASELINE_DAYS <= e.start <= 0][-1:]
    found = before or [e for e in rows if 0 < e.start <= _BASELINE_AFTER][:1]
    return (found[0].value, (found[0].row,)) if found else (math.nan, ())


def _raised(person: PersonRecord, entry: Entry, times: float) -> Point:
    """Compare with the upper limit of normal and with the baseline, as far as there are any."""
    base, rows = _baseline(person, entry.item)
    limit = person.fact(f"{entry.item}_uln")
    answers = [
        (name, reference, above(entry.value, times * reference))
        for name, reference in (("limit", limit), ("baseline", base))
        if not math.isnan(reference)
    ]
    against = ", ".join(f"{name} {reference:g}" for name, reference, _ in answers)
    text = f"{entry.item} {entry.value:g}" + (f" ({against})" if against else "")
    known = {bool(answer) for _, _, answer in answers}
    if len(known) == 1:
        met = int(known.pop())
        return Point(met, met, text, (entry.row, *rows))
    why = f"neither upper limit nor baseline of {entry.item} is recorded"
    if known:
        why = f"the text does not say whether limit or baseline of {entry.item} goes first"
    return Point(0, 1, text, (entry.row, *rows), why)


def _ferritin(person: PersonRecord, time: float) -> Point:
    rising = _judged(person, time, "ferritin_rising")
    if rising.low:
        return Point(1, 1, "ferritin judged as rising rapidly", rising.rows)
    entry = _value(person, time, "ferritin")
    if entry is None:
        return Point(0, 1, "ferritin not known", why="no ferritin at this time")
    point = _raised(person, entry, FERRITIN_TIMES)
    before = [e for e in person.rows("ferritin") if e.start < entry.start][-1:]
    if point.high == 0 and rising.high and before and entry.value > before[0].value:
        why = "ferritin rises, and no number says what rapidly is: record 'ferritin_rising'"
        return Point(0, 1, point.text, (*point.rows, before[0].row), why)
    return point


def _transaminases(person: PersonRecord, time: float) -> Point:
    entries = [_value(person, time, item) for item in ("alt", "ast")]
    points = [_raised(person, e, TRANSAMINASE_TIMES) for e in entries if e is not None]
    if not points:
        return Point(0, 1, "", why="no transaminases at this time")
    low, high = max(p.low for p in points), max(p.high for p in points)
    text = ", ".join(p.text for p in points)
    rows = tuple(sorted({row for p in points for row in p.rows}))
    why = "; ".join(p.why for p in points if p.why) if low < high else ""
    return Point(low, high, text, rows, why)


def _fibrinogen(person: PersonRecord, time: float) -> Point:
    entry = _value(person, time, "fibrinogen")
    if entry is None:
        return Point(0, 1, "", why="no fibrinogen at this time")
    limit = person.fact("fibrinogen_lln")
    text = f"fibrinogen {entry.value:g} mg/dL"
    if entry.value < FIBRINOGEN or entry.value < limit:
        return Point(1, 1, text, (entry.row,))
    if math.isnan(limit):
        why = "the lower limit of fibrinogen is not recorded"
        return Point(0, 1, text, (entry.row,), why)
    return Point(0, 0, text, (entry.row,))


def _judged(person: PersonRecord, time: float, item: str) -> Point:
    """Return what a clinician judged; what the ward records and has no row of was not there."""
    held = person.at(time, item)
    words = item.replace("_", " ")
    if held.state == "on":
        met = int(held.row().value)
        return Point(met, met, words if met else f"no {words}", (held.row().row,))
    if held.state == "lapsed":
        row = held.row().row
        return Point(0, 1, words, (row,), f"the stop of {item} in row {row} is missing")
    if item in person.recorded:
        return Point(0, 0, f"no {words}")
    return Point(0, 1, "", why=f"{item} is not recorded")


def _after_crs(person: PersonRecord, time: float, syndrome: CrsGrades | None) -> Point:
    """Tell whether the syndrome is resolving or over, with its bounds."""
    entry = _value(person, time, "after_crs")
    if entry is not None:
        met = int(entry.value)
        return Point(met, met, "judged" if met else "judged as not after CRS", (entry.row,))
    if syndrome is None or not syndrome.times:
        return Point(0, 1, "", why="CRS cannot be graded: record 'after_crs'")
    courses = (syndrome.certain, syndrome.possible)
    answers = [
        _resolving(syndrome.times, row, bool(course.resolved[0]), time)
        for row, course in zip(syndrome.grades["astct"], courses, strict=True)
    ]
    if answers[0] is not None and answers[0] == answers[1]:
        met = int(answers[0])
        return Point(met, met, "CRS resolving or over" if met else "CRS not yet past its peak")
    why = "whether CRS was there and is resolving is not known: record 'after_crs'"
    return Point(0, 1, "", why=why)


def _resolving(
    times: Sequence[float], grades: Sequence[int], over: bool, time: float
) -> bool | None:
    """Tell whether a course of grades is past its peak; None where that is not known."""
    values = [int(g) for g in grades]
    peak = max(values)
    if peak == 0 or (time > times[-1] and not over):
        return None
    place = max((k for k, t in enumerate(times) if t <= time), default=-1)
    now = values[place] if place >= 0 else 0
    return now < peak and max(values[: place + 1], default=0) == peak
