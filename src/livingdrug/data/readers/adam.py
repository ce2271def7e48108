"""Read a study from frames in the manner of CDISC ADaM: ADSL, ADPC, ADTTE, ADAE, ``define``.

The day of a value is NFRLT, in the unit that NFRLTU (or FRLTU) states; without it ADY, which the
standard defines as a study day: the first infusion is on day 1, and there is no day 0.
"""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from livingdrug.core.delimited import RawTable, RowCells, read_raw_table
from livingdrug.core.errors import DataError, Issue, LivingDrugError, UnitError, raise_issues
from livingdrug.core.units import convert, parse_unit
from livingdrug.data.persons import PersonVariable
from livingdrug.data.readers.adam_events import (
    NO_DAY_0,
    TIME_UNITS,
    adverse_events,
    person_of,
    times_to_events,
)
from livingdrug.data.readers.first_day import elapsed_days
from livingdrug.data.readers.people import PersonRule, person_values, rule_issues
from livingdrug.data.study import UNKNOWN_ASSAY, Observation, build_study
from livingdrug.data.table_lines import keep_tables

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["adam_files", "open_adam", "read_adam"]

_FRAMES = ("adsl", "adpc", "adtte", "adae", "define")
_SUFFIXES = (".csv", ".parquet")
_READ = {
    "SUBJID", "USUBJID", "PARAMCD", "PARAM", "AVAL", "AVALU", "ADY", "NFRLT", "NFRLTU", "FRLTU",
    "BLQFL", "ALLOQ", "ALQFL", "AULOQ", "ANMETH",
}  # fmt: skip
_FOLLOWS = {"STUDYID", "USUBJID", "SUBJID", "ASEQ", "TRT01P"}
"""Columns that are known, and that a frame is written with anew."""
_DEFINE = ("VARIABLE", "NAME", "LABEL", "TYPE", "ROLE", "UNIT", "TERM", "LEVELS")


def adam_files(folder: Path) -> dict[str, Path]:
    """Return the frames that lie in a folder.

    Parameters
    ----------
    folder : Path

    Returns
    -------
    dict of str to Path
        By name (``adsl``, ``adpc``, ...); empty unless ADPC or ADSL is among them.
    """
    if not folder.is_dir():
        return {}
    found = dict(_frames(folder))
    return found if {"adpc", "adsl"} & set(found) else {}


def read_adam(folder: Path) -> xr.Dataset:
    """Read a study from ADaM frames, as `livingdrug.interop.adam.write_adam` writes them.

    Parameters
    ----------
    folder : Path
        With ADPC, and, if there are any, ADSL and ``define`` for the types of its columns.

    Returns
    -------
    xarray.Dataset
        Schema ``livingdrug.study``, with the lines of frames in CSV.

    Raises
    ------
    DataError
        With every problem; each names file, row (header = row 1) and column.
    """
    study, _, issues = open_adam(Path(folder))
    raise_issues(issues, DataError)
    if study is None:  # pragma: no cover - a study is missing only beside an error
        raise DataError(f"{folder}: the study cannot be built")
    return study


def open_adam(folder: Path) -> tuple[xr.Dataset | None, list[int], list[Issue]]:
    """Read ADaM frames without raising.

    Parameters
    ----------
    folder : Path

    Returns
    -------
    study : xarray.Dataset or None
        None when an issue is an error.
    rows : list of int
        Row of ADPC of each observation (header = row 1).
    issues : list of Issue
    """
    issues: list[Issue] = []
    files = adam_files(folder)
    issues += _doubled(folder)
    tables = {name: _table(files[name], f"{folder}/{files[name].name}", issues)
              for name in _FRAMES if name in files}  # fmt: skip
    if "adpc" not in files:
        issues.append(Issue("error", str(folder), "there is no adpc.csv or adpc.parquet"))
    if "adsl" not in files:
        what = "there is no adsl.csv or adsl.parquet, so nothing is known of people"
        issues.append(Issue("warning", str(folder), what))
    adpc, adsl, define = (tables.get(name) for name in ("adpc", "adsl", "define"))
    labels = _labels([table for table in tables.values() if table is not None])
    observations = [] if adpc is None else _observations(adpc, labels, issues)
    subjects: dict[str, int] = {}
    persons: list[PersonVariable] = []
    if adsl is not None:
        subjects, persons = _people(adsl, define, issues)
    persons = _with_events(tables, labels, subjects, persons, issues)
    if any(one.level == "error" for one in issues):
        return None, [], issues
    named = [_first(table, "STUDYID") for table in (adsl, adpc) if table is not None]
    try:
        study = build_study(
            next((name for name in named if name), folder.name), [one for _, one in observations],
            organism="unknown", product="" if adsl is None else _first(adsl, "TRT01P"),
            subjects=tuple(subjects) if persons else (), persons=persons,
        )  # fmt: skip
    except LivingDrugError as error:
        return None, [], [*issues, *error.issues]
    kept = {path.name: path for path in files.values()}
    return keep_tables(study, kept), [line for line, _ in observations], issues


def _frames(folder: Path) -> Iterator[tuple[str, Path]]:
    for path in sorted(folder.iterdir()):
        name = path.stem.lower()
        if name in _FRAMES and path.suffix.lower() in _SUFFIXES and path.is_file():
            yield name, path


def _doubled(folder: Path) -> list[Issue]:
    """Find frames that lie there twice, as CSV and as Parquet, which need not say the same."""
    by_name: dict[str, list[str]] = {}
    for name, path in _frames(folder):
        by_name.setdefault(name, []).append(path.name)
    return [
        Issue("error", str(folder), f"{name} is there twice: {', '.join(names)}", "keep one")
        for name, names in by_name.items()
        if len(names) > 1
    ]


def _table(path: Path, label: str, issues: list[Issue]) -> RawTable | None:
    """Return a frame as text, so that numbers are read with their row."""
    if path.suffix.lower() == ".csv":
        table = read_raw_table(path, label, {name.lower() for name in _READ}, issues)
    else:
        import pandas as pd

        try:
            frame = pd.read_parquet(path)
        except (OSError, ValueError) as error:
            issues.append(Issue("error", label, f"cannot be read: {error}"))
            return None
        nested = [str(name) for name, column in frame.items()
                  if not column.map(pd.api.types.is_scalar).all()]  # fmt: skip
        if nested:
            what = f"cells hold more than one value: {', '.join(nested)}"
            issues.append(Issue("error", label, what, "write one value in each cell"))
            return None
        cells = frame.map(lambda cell: "" if pd.isna(cell) else
                          repr(float(cell)) if isinstance(cell, float) else str(cell))  # fmt: skip
        rows = tuple((line, tuple(row)) for line, row in enumerate(cells.values.tolist(), start=2))
        table = RawTable(label, tuple(map(str, frame.columns)), rows)
    return None if table is None else table.renamed([name.upper() for name in table.columns])


def _first(table: RawTable, column: str) -> str:
    if column not in table.columns or not table.rows:
        return ""
    return table.rows[0][1][table.columns.index(column)].strip()


def _missing(table: RawTable, choices: Sequence[tuple[str, ...]]) -> list[Issue]:
    where, fix = f"{table.label}, row 1", f"the columns are {', '.join(table.columns)}"
    found = [
        Issue("error", where, f"column {' or '.join(map(repr, names))} is missing", fix)
        for names in choices
        if not set(names) & set(table.columns)
    ]
    twice = {name for name in table.columns if table.columns.count(name) > 1}
    return found + [
        Issue("error", f"{table.label}, row 1", f"column {name!r} appears twice", "keep one")
        for name in sorted(twice)
    ]


def _unread(table: RawTable, known: set[str], fix: str) -> list[Issue]:
    names = [name for name in table.columns if name not in known]
    if not names:
        return []
    what = f"kept but not read: {', '.join(names)}"
    return [Issue("warning", f"{table.label}, row 1", what, fix)]


def _labels(tables: Sequence[RawTable]) -> dict[str, str]:
    """Return SUBJID by USUBJID, from the frames that have both."""
    found: dict[str, str] = {}
    for table in tables:
        if {"SUBJID", "USUBJID"} <= set(table.columns):
            short, unique = (table.columns.index(name) for name in ("SUBJID", "USUBJID"))
            found |= {row[unique].strip(): row[short].strip() for _, row in table.rows}
    return found


def _observations(
    table: RawTable, labels: Mapping[str, str], issues: list[Issue]
) -> list[tuple[int, Observation]]:
    missing = _missing(table, [("SUBJID", "USUBJID"), ("PARAM", "PARAMCD"), ("AVAL",), ("AVALU",),
                               ("NFRLT", "ADY")])  # fmt: skip
    unit_column = next((name for name in ("NFRLTU", "FRLTU") if name in table.columns), "")
    if "NFRLT" in table.columns and not unit_column:
        what = "the unit of NFRLT is not stated"
        missing.append(Issue("error", f"{table.label}, row 1", what, "add a column NFRLTU: DAYS"))
    issues += missing
    if missing:
        return []
    issues += _unread(table, _READ | _FOLLOWS, "the lines of the file hold them")
    found = []
    for line, row in table.rows:
        cells = RowCells(table, line, row, issues)
        one = _observation(cells, labels, unit_column)
        if one is not None:
            found.append((line, one))
    return found


def _observation(
    cells: RowCells, labels: Mapping[str, str], unit_column: str
) -> Observation | None:
    what = "PARAM" if "PARAM" in cells.columns else "PARAMCD"
    subject, term, unit = person_of(cells, labels), cells.text(what), cells.text("AVALU")
    for column, text in ((what, term), ("AVALU", unit)):
        if not text:
            cells.complain(column, "the cell is empty", "every row is a value of a person")
    if unit:
        try:
            parse_unit(unit)
        except UnitError as error:
            cells.complain("AVALU", str(error))
    blq, alq = cells.flag("BLQFL"), cells.flag("ALQFL")
    lloq, uloq, value = (cells.number(name) for name in ("ALLOQ", "AULOQ", "AVAL"))
    for mark, on, column, limit in (("BLQFL", blq, "ALLOQ", lloq), ("ALQFL", alq, "AULOQ", uloq)):
        if on and limit is None:
            cells.complain(column, f"{mark} is Y and there is no limit", f"give {column}")
    if not cells.has("AVAL") and not blq and not alq:
        fix = "or set BLQFL to Y with the limit in ALLOQ"
        cells.complain("AVAL", "the value is missing", fix)
    day = _day(cells, unit_column)
    if day is None or not (subject and term and unit):
        return None
    return Observation(
        day, term, math.nan if value is None else value, unit, subject=subject,
        lloq=math.nan if lloq is None else lloq, blq=blq, assay=cells.text("ANMETH", UNKNOWN_ASSAY),
        uloq=math.nan if uloq is None else uloq, alq=alq,
    )  # fmt: skip


def _day(cells: RowCells, unit_column: str) -> float | None:
    """Return the days since the first infusion."""
    study_day = cells.number("ADY")
    counted: float | None = None
    if study_day is not None:
        try:
            counted = elapsed_days(study_day)
        except ValueError as error:
            cells.complain("ADY", str(error), NO_DAY_0)
            return None
    if "NFRLT" not in cells.columns:
        if not cells.has("ADY"):
            cells.complain("ADY", "the study day is missing", "every value has a day")
        return counted
    if not cells.has("NFRLT"):
        cells.complain("NFRLT", "the time since the first infusion is missing")
        return None
    time = cells.number("NFRLT")
    text = cells.text(unit_column).lower()
    unit = TIME_UNITS.get(text, text)
    try:
        day = convert(0.0 if time is None else time, unit, "day")
    except UnitError:
        cells.complain(unit_column, f"{cells.text(unit_column)!r} is no unit of time",
                       "write DAYS or HOURS")  # fmt: skip
        return None
    if time is None:
        return None
    if counted is not None and math.floor(day) != math.floor(counted):
        fix = "ADY is 1 on the day of the first infusion, and -1 on the day before"
        cells.warn("ADY", f"{study_day:g} is not the study day of NFRLT {time:g}", fix)
    return day


def _people(
    adsl: RawTable, define: RawTable | None, issues: list[Issue]
) -> tuple[dict[str, int], list[PersonVariable]]:
    missing = _missing(adsl, [("SUBJID", "USUBJID")])
    if define is not None:
        missing += _missing(define, [(name,) for name in _DEFINE])
    issues += missing
    if missing:
        return {}, []
    rules = [] if define is None else _rules(define, adsl, issues)
    fix = "say in define what they are: VARIABLE, NAME, TYPE, ROLE, ..."
    issues += _unread(adsl, _FOLLOWS | {rule.header for rule in rules}, fix)
    rows = [RowCells(adsl, line, row, issues) for line, row in adsl.rows]
    who = "SUBJID" if "SUBJID" in adsl.columns else "USUBJID"
    subjects: dict[str, int] = {}
    for cells in rows:
        subject = cells.text(who)
        if not subject:
            cells.complain(who, "the subject is missing", "every row is a person")
        elif subject in subjects:
            message = f"{subject!r} is also in row {subjects[subject]}"
            cells.complain(who, message, "keep one row for each person")
        subjects.setdefault(subject, cells.line)
    return subjects, [rule.variable(person_values(rule, rows)) for rule in rules]


def _with_events(
    tables: Mapping[str, RawTable | None],
    labels: Mapping[str, str],
    subjects: dict[str, int],
    persons: list[PersonVariable],
    issues: list[Issue],
) -> list[PersonVariable]:
    """Add what ADTTE and ADAE say beyond ADSL; people that are only there are added too."""
    known = {one.name for one in persons}
    made: list[PersonVariable] = []
    for name, what, read in (
        ("adtte", [("PARAM", "PARAMCD"), ("CNSR",), ("ADY",)], times_to_events),
        ("adae", [("AEDECOD", "AETERM")], adverse_events),
    ):
        table = tables.get(name)
        if table is None:
            continue
        missing = _missing(table, [("SUBJID", "USUBJID"), *what])
        issues += missing
        if not missing:
            made += read(table, known, subjects, labels, issues)
    return [_for_everybody(one, len(subjects)) for one in (*persons, *made)]


def _for_everybody(one: PersonVariable, n: int) -> PersonVariable:
    """Let people who are only in a later frame be unknown."""
    gap = ("",) if one.type == "category" else (math.nan,)
    values = (*one.values, *gap * (n - len(one.values)))
    return dataclasses.replace(one, values=values)


def _rules(define: RawTable, adsl: RawTable, issues: list[Issue]) -> list[PersonRule]:
    rules = []
    for line, row in define.rows:
        cells = RowCells(define, line, row, issues)
        column = cells.text("VARIABLE").upper()
        if column not in adsl.columns:
            cells.complain("VARIABLE", f"ADSL has no column {column!r}")
            continue
        try:
            levels = tuple(json.loads(cells.text("LEVELS") or "[]"))
        except (TypeError, ValueError):
            cells.complain("LEVELS", f"{cells.text('LEVELS')!r} is no list", 'write ["a", "b"]')
            continue
        rule = PersonRule(
            name=cells.text("NAME"), type=cells.text("TYPE"), role=cells.text("ROLE", "outcome"),
            unit=cells.text("UNIT"), levels=levels, term=cells.text("TERM"),
            about=cells.text("LABEL"), column=column,
        )  # fmt: skip
        wrong = rule_issues(rule, f"{define.label}, row {line}")
        issues += wrong
        if not wrong:
            rules.append(rule)
    return rules
