"""Grades of immune effector cell-associated neurotoxicity syndrome (ASTCT 2019).

The worst row decides: ICE or CAPD, consciousness, seizure, motor weakness, oedema. Lee 2019,
doi:10.1016/j.bbmt.2018.12.758; the adult table as in PMC9327779, Table 2.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from livingdrug.clinical.grading.circulation import counts
from livingdrug.clinical.grading.point import Point, bounds
from livingdrug.clinical.monitoring.intervals import HOLD_DAYS, PersonRecord
from livingdrug.clinical.monitoring.record import Entry, Ward
from livingdrug.clinical.monitoring.schema import CANNOT
from livingdrug.core.errors import Issue

__all__ = [
    "CHILD_YEARS",
    "IcansGrades",
    "WardIcans",
    "capd_grade",
    "grade_icans",
    "icans_worst",
    "ice_grade",
]

CHILD_YEARS = 12.0
"""Below this age CAPD takes the place of ICE."""
_CAPD_LIMIT = 9
_UNAROUSABLE = 3
_AWAKE_GRADES = (0, 2, 3, 4)
"""Of awakening spontaneously, to voice, only to touch, not at all. What awakens spontaneously is
grade 1 only together with an ICE or CAPD of grade 1."""
_SEIZURE_GRADES = (0, 3, 4)
_MOTOR_GRADES = (0, 4)
_OEDEMA_GRADES = (0, 3, 4)
_TABLES: Mapping[str, tuple[int, ...]] = {
    "consciousness": _AWAKE_GRADES, "seizure": _SEIZURE_GRADES, "motor": _MOTOR_GRADES,
    "oedema": _OEDEMA_GRADES,
}  # fmt: skip
_RULES = {
    "assessed": "ICE or CAPD", "consciousness": "awakening", "seizure": "seizure",
    "motor": "focal weakness", "oedema": "oedema", "death": "death",
}  # fmt: skip
_DEATH = 5
_PARTS = ("ice_orientation", "ice_naming", "ice_command", "ice_writing", "ice_attention")
_PART_POINTS = (4, 3, 1, 1, 1)
_ITEMS = (
    "ice", *_PARTS, "capd", "consciousness", "seizure", "motor", "oedema", "icans_recorded",
    "death",
)  # fmt: skip
Ints = NDArray[np.int64]


def ice_grade(ice: ArrayLike, *, unarousable: ArrayLike = False) -> Ints:
    """Grade an ICE score alone.

    Parameters
    ----------
    ice : array_like
        0 to 10.
    unarousable : array_like of bool, optional
        The patient cannot be tested; an awake patient with a score of 0 has grade 3.

    Returns
    -------
    ndarray of int

    Examples
    --------
    >>> ice_grade([10, 9, 7, 6, 3, 2, 0]).tolist()
    [0, 1, 1, 2, 2, 3, 3]
    """
    score = np.asarray(ice, dtype=np.float64)
    grade = np.select([score >= 10, score >= 7, score >= 3], [0, 1, 2], 3)
    return np.asarray(np.where(np.asarray(unarousable), 4, grade), dtype=np.int64)


def capd_grade(capd: ArrayLike, consciousness: ArrayLike = 0) -> Ints:
    """Grade CAPD and awakening of a child together.

    Parameters
    ----------
    capd : array_like
        0 to 32; `CANNOT` when it cannot be done.
    consciousness : array_like of int, optional
        Awakens spontaneously (0), to voice (1), only to touch (2), unarousable (3).

    Returns
    -------
    ndarray of int

    Examples
    --------
    >>> capd_grade([8, 8, 9, 8, 99], [0, 1, 0, 2, 0]).tolist()
    [1, 2, 3, 3, 4]
    """
    score, awake = np.asarray(capd), np.asarray(consciousness)
    by_score = np.select([score >= CANNOT, score >= _CAPD_LIMIT], [4, 3], 1)
    worst = np.maximum(by_score, np.array(_AWAKE_GRADES)[awake])
    return np.asarray(worst, dtype=np.int64)


def icans_worst(
    assessed: ArrayLike,
    consciousness: ArrayLike = 0,
    seizure: ArrayLike = 0,
    motor: ArrayLike = 0,
    oedema: ArrayLike = 0,
) -> Ints:
    """Return the grade of all rows of the table: the worst decides.

    Parameters
    ----------
    assessed : array_like of int
        Grade of ICE (`ice_grade`) or CAPD (`capd_grade`).
    consciousness : array_like of int, optional
        Awakens spontaneously (0), to voice (1), only to touch (2), unarousable (3).
    seizure : array_like of int, optional
        None (0); brief, or non-convulsive on EEG (1); longer than 5 min, or repetitive (2).
    motor : array_like of int, optional
        Deep focal weakness (1).
    oedema : array_like of int, optional
        None (0), focal (1); diffuse, posturing, palsy of the sixth nerve, papilloedema or
        Cushing's triad (2).

    Returns
    -------
    ndarray of int

    Examples
    --------
    >>> icans_worst(1, seizure=1).item(), icans_worst(0, motor=1).item()
    (3, 4)
    """
    parts = [
        np.asarray(assessed),
        np.array(_AWAKE_GRADES)[np.asarray(consciousness)],
        np.array(_SEIZURE_GRADES)[np.asarray(seizure)],
        np.array(_MOTOR_GRADES)[np.asarray(motor)],
        np.array(_OEDEMA_GRADES)[np.asarray(oedema)],
    ]
    worst = parts[0]
    for part in parts[1:]:
        worst = np.maximum(worst, part)
    return np.asarray(worst, dtype=np.int64)


@dataclass(frozen=True, slots=True)
class IcansGrades:
    """Grades of one person.

    Attributes
    ----------
    subject : str
    times : tuple of float, day
    grades : array of int, shape (2, n_times)
        Lowest and highest.
    recorded : tuple of float
        Grade that graders recorded, NaN where there is none; it is shown and decides nothing.
    axes : mapping of str to tuple of Point
        ``assessed`` (ICE or CAPD) and the other rows of the table.
    """

    subject: str
    times: tuple[float, ...]
    grades: Ints
    recorded: tuple[float, ...]
    axes: Mapping[str, tuple[Point, ...]]

    def reasons(self, place: int) -> str:
        """Return what is missing for the grade of a time, empty when it is exact."""
        if self.grades[0, place] == self.grades[1, place]:
            return ""
        low = int(self.grades[0, place])
        found = []
        for name, points in self.axes.items():
            point = points[place]
            most = _TABLES[name][point.high] if name in _TABLES else point.high
            if point.why and (most > low or name == "death"):
                found.append(point.why)
        return "; ".join(found)

    def rule(self, place: int) -> str:
        """Return which rows of the table have a grade at a time, each with it."""
        found = []
        for name, points in self.axes.items():
            point, table = points[place], _TABLES.get(name)
            low, high = (b if table is None else table[b] for b in (point.low, point.high))
            if name == "death":
                low, high = _DEATH * low, _DEATH * high
            if high:
                found.append(f"{_RULES[name]} {low}" + (f"-{high}" if low != high else ""))
        return "; ".join(found) or "no sign of the syndrome"

    def course(self, which: int) -> tuple[float, float, float]:
        """Return onset, day of the peak and resolution.

        Parameters
        ----------
        which : {0, 1}
            Of the lowest grades, or of the highest.

        Returns
        -------
        tuple of float, day
            NaN where there is no grade; the resolution is NaN where the last grade is not 0.
        """
        row = self.grades[which]
        if not row.any():
            return math.nan, math.nan, math.nan
        graded = np.flatnonzero(row > 0)
        first, last = int(graded[0]), int(graded[-1])
        over = self.times[last + 1] if last + 1 < len(self.times) else math.nan
        return self.times[first], self.times[int(row.argmax())], over


@dataclass(frozen=True, slots=True)
class WardIcans:
    """Grades of a ward; attributes as those of `crs.WardCrs`."""

    people: tuple[IcansGrades, ...]
    left_out: Mapping[str, tuple[Issue, ...]]
    warnings: tuple[Issue, ...]


def grade_icans(ward: Ward, *, hold: float = HOLD_DAYS) -> WardIcans:
    """Grade everybody of a ward.

    Parameters
    ----------
    ward : Ward
    hold : float, optional, day
        For which a row without a stop holds at most.

    Returns
    -------
    WardIcans
    """
    left_out = dict(ward.left_out)
    people = []
    for subject, entries in ward.people.items():
        person = PersonRecord(entries, ward.recorded, hold=hold)
        times = person.changes(_ITEMS)
        if not times:
            message = f"subject {subject!r}: no ICE, CAPD, consciousness or other neurological row"
            left_out[subject] = (Issue("error", ward.label, message, "ICANS is graded from these"),)
            continue
        people.append(_grade_person(subject, person, times))
    return WardIcans(tuple(people), left_out, ward.warnings)


def _grade_person(subject: str, person: PersonRecord, times: Sequence[float]) -> IcansGrades:
    axes = {
        "assessed": tuple(_assessed(person, t) for t in times),
        "consciousness": tuple(_consciousness(person, t) for t in times),
        "seizure": tuple(_finding(person, t, "seizure", 2) for t in times),
        "motor": tuple(_finding(person, t, "motor", 1) for t in times),
        "oedema": tuple(_finding(person, t, "oedema", 2) for t in times),
    }
    each = [bounds(points) for points in axes.values()]
    axes["death"] = tuple(_death(person, t) for t in times)
    grades = np.where(bounds(axes["death"]) > 0, _DEATH, icans_worst(*each))
    held = [person.at(t, "icans_recorded") for t in times]
    recorded = tuple(h.row().value if h.state == "on" else math.nan for h in held)
    return IcansGrades(subject, tuple(times), grades, recorded, axes)


def _assessed(person: PersonRecord, time: float) -> Point:
    """Return the grade of ICE, or of CAPD in a child or where only CAPD is recorded."""
    point, entry = _score(person, time)
    surely, perhaps = (1, 1) if entry is None else counts(entry, "icans")
    if surely:
        return point
    why = "a score of unknown attribution" if perhaps and point.high else ""
    return Point(0, point.high * perhaps, point.text, point.rows, why)


def _score(person: PersonRecord, time: float) -> tuple[Point, Entry | None]:
    """Return the grade of the score, and the row whose attribution counts."""
    age = person.fact("age")
    by_capd = age < CHILD_YEARS or (not person.has(("ice", *_PARTS)) and person.has(("capd",)))
    held = person.at(time, "capd" if by_capd else "ice")
    entry = held.entry if held.state == "on" else None
    return (_capd(person, time) if by_capd else _ice(person, time)), entry


def _ice(person: PersonRecord, time: float) -> Point:
    awake = _consciousness(person, time)
    if awake.low == _UNAROUSABLE:
        return Point(4, 4, "unarousable, cannot be tested", awake.rows)
    held = person.at(time, "ice")
    if held.state == "on":
        entry = held.row()
        low = high = entry.value
        rows: tuple[int, ...] = (entry.row,)
        missing = 0
    else:
        parts = [person.at(time, name) for name in _PARTS]
        known = [h.row() for h in parts if h.state == "on"]
        if not known:
            return Point(0, 4, "ICE not known", why="no ICE score")
        low = sum(e.value for e in known)
        high = low + sum(n for n, h in zip(_PART_POINTS, parts, strict=True) if h.state != "on")
        rows, missing = tuple(e.row for e in known), len(parts) - len(known)
    text = f"ICE {low:g}" if low == high else f"ICE {low:g}-{high:g}"
    mild, worst = int(ice_grade(high)), int(ice_grade(low))
    why = f"{missing} of 5 parts of the ICE score are missing" if missing else ""
    return Point(mild, worst, text, rows, why if mild < worst else "")


def _capd(person: PersonRecord, time: float) -> Point:
    held = person.at(time, "capd")
    if held.state != "on":
        return Point(0, 4, "CAPD not known", why="no CAPD")
    entry, before = held.row(), person.fact("capd_baseline")
    if entry.value == CANNOT:
        return Point(4, 4, "CAPD cannot be done", (entry.row,))
    grade = int(capd_grade(entry.value))
    text = f"CAPD {entry.value:g}" + ("" if math.isnan(before) else f" ({before:g} before)")
    if grade == 1 and (entry.value == 0 or entry.value <= before):
        why = "the text has no grade 0 for children, and CAPD is not above its baseline"
        return Point(0, 1, text, (entry.row,), why)
    return Point(grade, grade, text, (entry.row,))


def _consciousness(person: PersonRecord, time: float) -> Point:
    held = person.at(time, "consciousness")
    if held.state != "on":
        return Point(0, _UNAROUSABLE, "", why="consciousness is not recorded")
    entry = held.row()
    surely, perhaps = counts(entry, "icans")
    level = int(entry.value)
    words = ("awakens spontaneously", "awakens to voice", "awakens only to touch", "unarousable")
    why = "consciousness of unknown attribution" if perhaps and not surely and level else ""
    return Point(level * surely, level * perhaps, words[level], (entry.row,), why)


def _finding(person: PersonRecord, time: float, item: str, most: int) -> Point:
    held = person.at(time, item)
    if held.state in ("never", "off"):
        why = "" if item in person.recorded else f"{item} is not recorded"
        return Point(0, most if why else 0, why=why)
    entry = held.row()
    surely, perhaps = counts(entry, "icans")
    level = int(entry.value)
    if level == 0:
        return Point(0, 0)
    why = "" if surely else f"{item} of unknown attribution"
    if held.state == "lapsed":
        surely, why = 0, f"the stop of {item} in row {entry.row} is missing"
    return Point(level * surely, level * perhaps, f"{item} {level}", (entry.row,), why)


def _death(person: PersonRecord, time: float) -> Point:
    for entry in person.rows("death"):
        if entry.start > time:
            continue
        if entry.attribution == "icans":
            return Point(1, 1, "death from the syndrome", (entry.row,))
        if entry.attribution in ("", "unknown"):
            return Point(0, 1, "death", (entry.row,), "the attribution of the death is missing")
    return Point(0, 0)
