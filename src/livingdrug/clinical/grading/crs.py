"""Grades of cytokine release syndrome of a ward, with bounds where the record leaves them open.

The rungs of each person at each time come from the rows of the record; the same table and the same
episodes as for simulated courses turn them into grades, once with everything at its lowest and once
at its highest.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from livingdrug.clinical.grading.breathing import device_at, fraction_at
from livingdrug.clinical.grading.circulation import fever_at, pressor_day_at, pressure_at
from livingdrug.clinical.grading.episodes import CrsCourse, crs_episodes
from livingdrug.clinical.grading.organs import care_at, organ_floor_at
from livingdrug.clinical.grading.point import Point, bounds
from livingdrug.clinical.grading.rules import HIGH_DOSE_HOURS, MASK_HOURS, GradingRules
from livingdrug.clinical.grading.rungs import CRS_TABLES, CRS_UPPER, UNCONFIRMED
from livingdrug.clinical.monitoring.intervals import HOLD_DAYS, PersonRecord
from livingdrug.clinical.monitoring.record import Entry, Ward
from livingdrug.clinical.monitoring.schema import WAIVERS
from livingdrug.core.errors import Issue, OptionError, raise_issues, unknown_name

__all__ = ["SCALES", "UNCONFIRMED_SCALES", "CrsGrades", "WardCrs", "grade_crs"]

SCALES: tuple[str, ...] = ("astct", "lee", "penn", "mskcc")
"""Scales whose text was confirmed."""
UNCONFIRMED_SCALES: tuple[str, ...] = (
    "lee_unconfirmed", "penn_unconfirmed", "mskcc_unconfirmed", "ctcae5_unconfirmed",
)  # fmt: skip
"""Lee, Penn and MSKCC with the definition of a high dose that was not confirmed; CTCAE 5.0."""

_BY_FRACTION = ("lee", "mskcc", "ctcae5_unconfirmed")
_SIGNS = (
    "temperature", "sbp", "map", "hypotension", "fluid_bolus", "vasopressor", "oxygen", "fio2",
)  # fmt: skip
_OTHERS = (
    "creatinine", "alt", "ast", "organ", "blood_product", "iv_therapy", "hospitalised",
)  # fmt: skip
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class CrsGrades:
    """Grades of one person.

    Attributes
    ----------
    subject : str
    times : tuple of float, day
        A grade holds from its time until the next.
    grades : mapping of str to array of int, shape (2, n_times)
        Lowest and highest grade of each time, by scale.
    certain, possible : CrsCourse
        Episodes with every open question answered in the mildest and in the worst way.
    axes : mapping of str to tuple of Point
        ``fever``, ``waiver``, ``pressure``, ``device``, ``fraction`` and others, at each time.
    treatments : tuple of Entry
        Rows of treatments, in the order of time.
    """

    subject: str
    times: tuple[float, ...]
    grades: Mapping[str, Ints]
    certain: CrsCourse
    possible: CrsCourse
    axes: Mapping[str, tuple[Point, ...]]
    treatments: tuple[Entry, ...]

    def reasons(self, scale: str, place: int) -> str:
        """Return what is missing for one grade at a time, empty when it is exact."""
        low, high = self.grades[scale][:, place]
        if low == high:
            return ""
        # a gap that could not raise the grade is not worth filling
        matter = ["fever", "waiver", "death"]
        matter += [name for name, most in self._highest(scale, place).items() if most > low]
        found = [self.axes[name][place].why for name in matter]
        if base_scale(scale) in CRS_UPPER and not any(found):
            found = ["the text of the scale leaves this open"]
        return "; ".join(dict.fromkeys(text for text in found if text))

    def _highest(self, scale: str, place: int) -> dict[str, int]:
        """Return the highest grade that each axis alone may give."""
        base = base_scale(scale)
        by_pressure, by_oxygen = CRS_UPPER.get(base, CRS_TABLES[base])
        pressure, oxygen = pressure_axis(scale), oxygen_axis(scale)
        highest = {
            pressure: by_pressure[self.axes[pressure][place].high],
            oxygen: by_oxygen[self.axes[oxygen][place].high],
        }
        if base in ("lee", "penn"):
            highest[f"organs_{base}"] = self.axes[f"organs_{base}"][place].high
        if base == "penn":
            highest["care"] = 2 * self.axes["care"][place].high
        if base == "mskcc":
            highest["pressor_day"] = 3 * self.axes["pressor_day"][place].high
        return highest


@dataclass(frozen=True, slots=True)
class WardCrs:
    """Grades of a ward.

    Attributes
    ----------
    scales : tuple of str
    people : tuple of CrsGrades
    left_out : mapping of str to tuple of Issue
        Who was not graded, and why.
    warnings : tuple of Issue
    """

    scales: tuple[str, ...]
    people: tuple[CrsGrades, ...]
    left_out: Mapping[str, tuple[Issue, ...]]
    warnings: tuple[Issue, ...]


def base_scale(scale: str) -> str:
    """Return the table that a scale is read from.

    Parameters
    ----------
    scale : str

    Returns
    -------
    str
    """
    return scale if scale in CRS_TABLES else scale.removesuffix(UNCONFIRMED)


def pressure_axis(scale: str) -> str:
    """Return the axis of pressure that a scale reads.

    Parameters
    ----------
    scale : str

    Returns
    -------
    str
    """
    return "pressure_defined" if scale.endswith(UNCONFIRMED) else "pressure"


def oxygen_axis(scale: str) -> str:
    """Return the axis of oxygen that a scale reads.

    Parameters
    ----------
    scale : str

    Returns
    -------
    str
    """
    return "fraction" if base_scale(scale) in _BY_FRACTION else "device"


def grade_crs(
    ward: Ward,
    scales: Sequence[str] = ("astct", "lee", "penn"),
    *,
    rules: GradingRules | None = None,
    hold: float = HOLD_DAYS,
) -> WardCrs:
    """Grade everybody of a ward.

    Parameters
    ----------
    ward : Ward
    scales : sequence of str, optional
        From `SCALES` and `UNCONFIRMED_SCALES`.
    rules : GradingRules, optional
    hold : float, optional, day
        For which a row without a stop holds at most.

    Returns
    -------
    WardCrs

    Raises
    ------
    OptionError
        When a scale is not known.
    """
    chosen = tuple(dict.fromkeys(scales))
    known = (*SCALES, *UNCONFIRMED_SCALES)
    raise_issues([unknown_name("scale", s, known) for s in chosen if s not in known], OptionError)
    left_out = dict(ward.left_out)
    people = []
    for subject, entries in ward.people.items():
        person = PersonRecord(entries, ward.recorded, hold=hold)
        if not any(e.item in _SIGNS and max(e.start, e.stop) >= 0 for e in entries):
            message = f"subject {subject!r}: no temperature, pressure or oxygen from day 0 on"
            left_out[subject] = (Issue("error", ward.label, message, "CRS is graded from these"),)
            continue
        people.append(_grade_person(subject, person, chosen, rules or GradingRules()))
    return WardCrs(chosen, tuple(people), left_out, ward.warnings)


def _grade_person(
    subject: str, person: PersonRecord, scales: tuple[str, ...], rules: GradingRules
) -> CrsGrades:
    times = _times(person)
    axes = _axes(person, times, rules, scales)
    treated, masked = _treated(person, times)
    death = bounds(axes["death"])
    courses: dict[tuple[str, bool], CrsCourse] = {}
    grades: dict[str, Ints] = {}
    for scale in scales:
        base = base_scale(scale)
        rows = []
        for upper in (False, True):
            k = int(upper)
            course = crs_episodes(
                times,
                bounds(axes["fever"])[[k]] > 0,
                bounds(axes[pressure_axis(scale)])[[k]],
                bounds(axes[oxygen_axis(scale)])[[k]],
                scales=(base,),
                treated=treated[[k]],
                masked=masked[[k]],
                intravenous=bounds(axes["care"])[[k]] > 0,
                pressor_day=bounds(axes["pressor_day"])[[k]] > 0,
                death=death[[k]] > 0,
                upper=upper,
                quiet=rules.quiet,
            )
            courses[scale, upper] = course
            rows.append(_with_organs(course, base, axes, k))
        grades[scale] = np.array(rows, dtype=np.int64)
    first = scales[0]
    certain, possible = courses[first, False], courses[first, True]
    axes["waiver"] = _waiver_points(person, times, certain, possible)
    treatments = tuple(e for e in person.entries if e.item in (*WAIVERS, "vasopressor", "oxygen"))
    return CrsGrades(subject, tuple(times), grades, certain, possible, axes, treatments)


def _with_organs(
    course: CrsCourse, base: str, axes: Mapping[str, tuple[Point, ...]], k: int
) -> NDArray[np.int8]:
    """Raise the grades of an episode to what organ toxicity alone would give."""
    graded: NDArray[np.int8] = course.grade[base][0]
    if f"organs_{base}" not in axes:
        return graded
    floor = bounds(axes[f"organs_{base}"])[k]
    counts = (course.episode[0] > 0) & (course.waived[0] | (bounds(axes["fever"])[k] > 0))
    return np.asarray(np.where(counts, np.maximum(graded, floor), graded), dtype=np.int8)


def _times(person: PersonRecord) -> list[float]:
    extra = [e.start for e in person.entries if e.item in WAIVERS]
    extra += [start + MASK_HOURS / 24 for start in extra]
    pressors = [e.start for e in person.rows("vasopressor")]
    extra += [s + hours / 24 for s in pressors for hours in (HIGH_DOSE_HOURS, 24.0)]
    # laboratory values of days without any sign say nothing about the syndrome of those days
    extra += person.changes(_OTHERS)
    return person.changes((*_SIGNS, "death"), extra)


def _axes(
    person: PersonRecord, times: Sequence[float], rules: GradingRules, scales: Sequence[str]
) -> dict[str, tuple[Point, ...]]:
    by_duration = any(base_scale(scale) == "mskcc" for scale in scales)
    return {
        "fever": tuple(fever_at(person, t) for t in times),
        "pressure": tuple(pressure_at(person, t, rules) for t in times),
        "pressure_defined": tuple(pressure_at(person, t, rules, define_high=True) for t in times),
        "device": tuple(device_at(person, t) for t in times),
        "fraction": tuple(fraction_at(person, t) for t in times),
        "care": tuple(care_at(person, t) for t in times),
        "pressor_day": tuple(
            pressor_day_at(person, t) if by_duration else Point(0, 0) for t in times
        ),
        "organs_lee": tuple(organ_floor_at(person, t, "lee") for t in times),
        "organs_penn": tuple(organ_floor_at(person, t, "penn") for t in times),
        "death": tuple(_death_at(person, t) for t in times),
    }


def _death_at(person: PersonRecord, time: float) -> Point:
    for entry in person.rows("death"):
        if entry.start <= time:
            if entry.attribution == "crs":
                return Point(1, 1, "death from the syndrome", (entry.row,))
            perhaps = int(entry.attribution in ("", "unknown"))
            why = "the attribution of the death is missing" if perhaps else ""
            return Point(0, perhaps, "death", (entry.row,), why)
    return Point(0, 0)


def _treated(person: PersonRecord, times: Sequence[float]) -> tuple[NDArray[np.bool_], ...]:
    """Return "treated" and "masked" as two rows each: surely, and possibly."""
    given = [e.start for e in person.entries if e.item in WAIVERS]
    day, mask = np.array(times), MASK_HOURS / 24
    surely = np.isin(day, given)
    # the first reading is that of the record, which may have begun before the infusion
    readings = [e.start for e in person.rows("temperature")] or times
    first = readings[0] if readings else 0.0
    before = [s for s in given if first - mask <= s < first]
    hidden = np.zeros(len(day), dtype=bool)
    for start in before:
        hidden |= day < start + mask
    if "treatment" in person.recorded:
        return np.array([surely, surely]), np.array([hidden, hidden])
    return np.array([surely, surely | True]), np.array([hidden, hidden | (day < first + mask)])


def _waiver_points(
    person: PersonRecord, times: Sequence[float], certain: CrsCourse, possible: CrsCourse
) -> tuple[Point, ...]:
    given = [e for e in person.entries if e.item in WAIVERS]
    points = []
    for k, time in enumerate(times):
        low, high = int(certain.waived[0, k]), int(possible.waived[0, k])
        last = [e for e in given if e.start <= time][-1:]
        text = ""
        if low:
            text = f"fever not needed after {last[0].item}" if last else "fever not needed"
            if certain.unseen[0, k]:
                text += ", fever itself not seen (treated before the first reading)"
        why = ""
        if low < high and "treatment" not in person.recorded:
            why = "antipyretic, tocilizumab and steroid are not all recorded"
        points.append(Point(low, max(low, high), text, tuple(e.row for e in last if low), why))
    return tuple(points)
