"""Times to events (ADTTE) and adverse events (ADAE) of ADaM frames as variables of people.

What ADSL already says through ``define`` is not read a second time. A day is ADY or ASTDY, a study
day by the standard. AVAL of ADTTE may count the first day as 0 or as 1, so it only adds the part
of a day where it agrees with ADY. Somebody without a row of ADAE is unknown, not free of the event.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from livingdrug.core.delimited import RawTable, RowCells
from livingdrug.core.errors import Issue, UnitError
from livingdrug.core.units import convert
from livingdrug.data.persons import PersonVariable
from livingdrug.data.readers.first_day import elapsed_of_cell

__all__ = [
    "EVENT_WORDS",
    "NO_DAY_0",
    "TIME_UNITS",
    "adverse_events",
    "person_of",
    "times_to_events",
]

EVENT_WORDS = {
    "crs": "cytokine release syndrome",
    "icans": "immune effector cell-associated neurotoxicity syndrome",
}
"""Short names of events, and their names in ADAE."""

TIME_UNITS = {
    "days": "day", "d": "day", "hours": "hour", "h": "hour", "hr": "hour", "minutes": "minute",
    "min": "minute", "weeks": "week",
}  # fmt: skip
"""Words of frames for units of time."""

NO_DAY_0 = "ADaM has no day 0"
_GRADES = (0.0, 1.0, 2.0, 3.0, 4.0, 5.0)
_STEMS = {words: stem for stem, words in EVENT_WORDS.items()}


@dataclass(slots=True)
class _Found:
    """What is known of one event, person by person."""

    about: str
    happened: dict[str, float] = field(default_factory=dict)
    onset: dict[str, float] = field(default_factory=dict)
    until: dict[str, float] = field(default_factory=dict)
    grade: dict[str, float] = field(default_factory=dict)


def _stem(words: str) -> str:
    """Return the short name of an event, as ``"overall_survival"``."""
    plain = words.strip().lower().removeprefix("time to ")
    slug = re.sub(r"[^a-z0-9]+", "_", plain).strip("_")
    return _STEMS.get(plain, slug if slug[:1].isalpha() else f"event_{slug}")


def times_to_events(
    table: RawTable,
    known: set[str],
    subjects: dict[str, int],
    labels: Mapping[str, str],
    issues: list[Issue],
) -> list[PersonVariable]:
    """Read ADTTE: of each event whether it happened, on which day, and until when it had not.

    Parameters
    ----------
    table : RawTable
        With names of columns in capitals.
    known : set of str
        Variables that there are already; those that are made are added.
    subjects : dict of str to int
        People in order; those that are only here are added.
    labels : mapping from str to str
        USUBJID to SUBJID, where a frame has both.
    issues : list of Issue
        Receives problems.

    Returns
    -------
    list of PersonVariable
        ``NAME``, ``NAME_onset_day`` and ``NAME_until`` of each event whose onset is not known.
    """
    found: dict[str, _Found] = {}
    seen: dict[tuple[str, str], int] = {}
    for line, row in table.rows:
        cells = RowCells(table, line, row, issues)
        subject, words, stem = _who_and_what(cells, labels, ("PARAM", "PARAMCD"))
        if not subject or not words:
            continue
        subjects.setdefault(subject, line)
        if f"{stem}_onset_day" in known:
            continue
        before = seen.setdefault((subject, stem), line)
        if before != line:
            cells.complain("PARAM" if "PARAM" in cells.columns else "PARAMCD",
                           f"{words} of {subject} is also in row {before}",
                           "one time for each person")  # fmt: skip
        censored, day = cells.whole("CNSR"), _event_day(cells)
        if not cells.has("CNSR"):
            cells.complain("CNSR", "whether it happened is missing", "0: it did; 1: censored")
        one = found.setdefault(stem, _Found(words))
        if day is not None and censored is not None:
            one.happened[subject] = float(censored == 0)
            (one.until if censored else one.onset)[subject] = day
    return _variables(found, known, subjects)


def adverse_events(
    table: RawTable,
    known: set[str],
    subjects: dict[str, int],
    labels: Mapping[str, str],
    issues: list[Issue],
) -> list[PersonVariable]:
    """Read ADAE: of each event the largest grade and the first day of every person.

    Parameters
    ----------
    table, known, subjects, labels, issues
        As of `times_to_events`.

    Returns
    -------
    list of PersonVariable
        ``NAME``, ``NAME_onset_day`` and ``NAME_grade_max`` of each event whose grade is not known.
    """
    found: dict[str, _Found] = {}
    for line, row in table.rows:
        cells = RowCells(table, line, row, issues)
        subject, words, stem = _who_and_what(cells, labels, ("AEDECOD", "AETERM"))
        if not subject or not words:
            continue
        subjects.setdefault(subject, line)
        if f"{stem}_grade_max" in known:
            continue
        column = "ATOXGR" if "ATOXGR" in cells.columns else "AETOXGR"
        grade = cells.number(column)
        if grade is not None and not 0 <= grade <= _GRADES[-1]:
            cells.complain(column, f"{grade:g} is no grade", "allowed: 0 to 5")
        start = _or_nan(cells.number("ASTDY"))
        day = elapsed_of_cell(cells, "ASTDY", start, day_one=True, fix=NO_DAY_0)
        one = found.setdefault(stem, _Found(words))
        one.happened[subject] = 1.0
        if grade is not None:
            one.grade[subject] = max(grade, one.grade.get(subject, 0.0))
        if not math.isnan(day):
            one.onset[subject] = min(day, one.onset.get(subject, math.inf))
    return _variables(found, known, subjects)


def person_of(cells: RowCells, labels: Mapping[str, str]) -> str:
    """Return whom a row is about: SUBJID, or that of USUBJID in another frame, or USUBJID.

    Parameters
    ----------
    cells : RowCells
    labels : mapping from str to str

    Returns
    -------
    str
        ``""``, with the reason in the issues of the row, where it names nobody.
    """
    unique = cells.text("USUBJID")
    subject = cells.text("SUBJID") or labels.get(unique, unique)
    if not subject:
        column = "SUBJID" if "SUBJID" in cells.columns else "USUBJID"
        cells.complain(column, "the cell is empty", "every row is about a person")
    return subject


def _who_and_what(
    cells: RowCells, labels: Mapping[str, str], names: Sequence[str]
) -> tuple[str, str, str]:
    what = next((name for name in names if name in cells.columns), names[0])
    subject, words = person_of(cells, labels), cells.text(what)
    if not words:
        cells.complain(what, "the cell is empty", "every row is about an event")
    return subject, words, _stem(words)


def _or_nan(value: float | None) -> float:
    return math.nan if value is None else value


def _event_day(cells: RowCells) -> float | None:
    """Return the days since the first infusion; None, with the reason in the issues."""
    if not cells.has("ADY"):
        fix = "AVAL alone may count the first day as 0 or as 1"
        cells.complain("ADY", "the study day is missing", fix)
        return None
    study_day = cells.number("ADY")
    if study_day is None:
        return None
    day = elapsed_of_cell(cells, "ADY", study_day, day_one=True, fix=NO_DAY_0)
    if math.isnan(day):
        return None
    value, text = cells.number("AVAL"), cells.text("AVALU", "days").lower()
    if value is None:
        return day
    try:
        finer = convert(value, TIME_UNITS.get(text, text), "day")
    except UnitError:
        cells.complain("AVALU", f"{cells.text('AVALU')!r} is no unit of time", "write DAYS")
        return None
    return finer if math.floor(finer) == math.floor(day) else day


def _variables(
    found: dict[str, _Found], known: set[str], subjects: dict[str, int]
) -> list[PersonVariable]:
    made = []
    for stem, one in found.items():
        for name, kind, values, levels in (
            (stem, "flag", one.happened, ()),
            (f"{stem}_onset_day", "day", one.onset, ()),
            (f"{stem}_until", "day", one.until, ()),
            (f"{stem}_grade_max", "grade", one.grade, _GRADES),
        ):
            if not values or name in known:
                continue
            known.add(name)
            numbers = tuple(values.get(person, math.nan) for person in subjects)
            unit = "day" if kind == "day" else "1"
            made.append(PersonVariable(name, kind, numbers, "outcome", unit, levels, "", one.about))
    return made
