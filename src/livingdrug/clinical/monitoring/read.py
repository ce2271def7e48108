"""Read a monitoring record: a long table of rows, or a wide one with a column for each item.

Every problem is listed with its row and column. A problem of the file stops the reading; a problem
of a row leaves out the person of that row, so that the others are graded.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from livingdrug.clinical.monitoring.cells import parse_entry
from livingdrug.clinical.monitoring.check import check_person
from livingdrug.clinical.monitoring.record import Entry, Ward, recorded_groups
from livingdrug.clinical.monitoring.schema import ALIASES, ITEMS
from livingdrug.clinical.monitoring.times import Clock, find_clock
from livingdrug.core.delimited import RawTable, RowCells, read_raw_table
from livingdrug.core.errors import DataError, Issue, nearest_names, raise_issues

__all__ = ["LONG_COLUMNS", "read_monitoring"]

LONG_COLUMNS = (
    "subject", "item", "start", "stop", "value", "unit", "detail", "indication", "method",
    "attribution", "ctcae",
)  # fmt: skip
_NEEDED = ("subject", "item", "start")
_WIDE_COMMON = ("subject", "start", "stop", "method", "attribution")
_HEADER = re.compile(r"(.+?)\s*\[(.*)\]\Z")
_UNITLESS = {name for name, item in ITEMS.items() if not item.unit}


@dataclass(slots=True)
class _Reading:
    """What has been found so far, by person."""

    entries: dict[str, list[Entry]] = field(default_factory=dict)
    issues: dict[str, list[Issue]] = field(default_factory=dict)


def read_monitoring(
    path: str | Path,
    *,
    recorded: Collection[str] = (),
    ignore: Collection[str] = (),
    columns: Mapping[str, str] | None = None,
) -> Ward:
    """Read a monitoring record.

    Parameters
    ----------
    path : str or Path
        A CSV file; ``docs/reference/monitoring.md`` describes both forms.
    recorded : collection of str, optional
        Groups of `schema.RECORD_GROUPS` (or ``"all"``) of which the ward keeps a record although
        the file has no row of them: there was none.
    ignore : collection of str, optional
        Items and columns that are not to be read.
    columns : mapping of str to str, optional
        Of `LONG_COLUMNS` to the headers that stand for them, as ``{"item": "analyte"}``.

    Returns
    -------
    Ward

    Raises
    ------
    DataError
        When the file cannot be read, or a problem concerns all of it.
    OptionError
        When `recorded` names something else.
    """
    source = Path(path)
    label = source.name
    issues: list[Issue] = []
    known = {*LONG_COLUMNS, "time", *ITEMS, *ALIASES}
    table = read_raw_table(source, label, known, issues)
    raise_issues(issues, DataError)
    assert table is not None  # an issue was raised otherwise
    table, time_unit = _plain_header(_renamed(table, columns or {}, issues), issues)
    is_long = "item" in table.columns
    _check_columns(table, issues, is_long=is_long, ignore=ignore)
    raise_issues(issues, DataError)
    clock = find_clock(table, time_unit, issues)
    raise_issues(issues, DataError)
    rows = _split_wide(table, ignore) if not is_long else _long_rows(table)
    reading = _read_rows(rows, table, clock, ignore)
    return _assemble(reading, label, clock, recorded)


def _renamed(table: RawTable, columns: Mapping[str, str], issues: list[Issue]) -> RawTable:
    """Give columns the names of the long form; a unit in a header stays."""
    names = {header.lower(): name for name, header in columns.items() if header != name}
    found, seen = [], set()
    for column in table.columns:
        plain, unit = _split_header(column)
        name = names.get(plain, "")
        if name:
            seen.add(plain)
        found.append((f"{name} [{unit}]" if unit else name) if name else column)
    for header in names.keys() - seen:
        message = f"no column {header!r}, which stands for {names[header]!r}"
        have = f"columns: {', '.join(table.columns)}"
        issues.append(Issue("error", f"{table.label}, row 1", message, have))
    return RawTable(table.label, tuple(found), table.rows)


def _plain_header(table: RawTable, issues: list[Issue]) -> tuple[RawTable, str]:
    """Take the unit of time out of the header; ``time`` is another name of ``start``."""
    columns, units = [], set()
    for name in table.columns:
        plain, unit = _split_header(name)
        if plain == "time":
            plain = "start"
        if plain in ("start", "stop"):
            units.add(unit or "day")
            columns.append(plain)
        else:
            columns.append(f"{plain} [{unit}]" if unit else plain)
    if len(units) > 1:
        message = f"start and stop have different units: {', '.join(sorted(units))}"
        issues.append(Issue("error", f"{table.label}, row 1", message, "use one unit of time"))
    return RawTable(table.label, tuple(columns), table.rows), (units or {"day"}).pop()


def _split_header(name: str) -> tuple[str, str]:
    match = _HEADER.match(name.strip())
    plain, unit = match.groups() if match else (name, "")
    return plain.strip().lower(), unit.strip()


def _check_columns(
    table: RawTable, issues: list[Issue], *, is_long: bool, ignore: Collection[str]
) -> None:
    where = f"{table.label}, row 1"
    allowed = LONG_COLUMNS if is_long else (*_WIDE_COMMON, *ITEMS, *ALIASES)
    for name in _NEEDED if is_long else ("subject", "start"):
        if name not in table.columns:
            fix = f"a long table has {', '.join(_NEEDED)}; a wide one subject, start and items"
            if len(table.columns) == 1:
                fix = "separate columns by comma, semicolon or tab; " + fix
            issues.append(Issue("error", where, f"column {name!r} is missing", fix))
    for name in dict.fromkeys(table.columns):
        plain = _split_header(name)[0]
        if table.columns.count(name) > 1:
            issues.append(Issue("error", where, f"column {name!r} appears twice", "keep one"))
        if plain not in allowed and plain not in ignore:
            issues.append(Issue("error", where, f"unknown column {name!r}", _near(plain, allowed)))


def _near(name: str, allowed: Sequence[str]) -> str:
    near = nearest_names(name, allowed, count=2)
    other = f"leave it out with --ignore {name}"
    return f"did you mean {' or '.join(map(repr, near))}? or {other}" if near else other


_Row = tuple[int, dict[str, str]]


def _long_rows(table: RawTable) -> list[_Row]:
    return [(line, dict(zip(table.columns, cells, strict=True))) for line, cells in table.rows]


def _split_wide(table: RawTable, ignore: Collection[str]) -> list[_Row]:
    """Turn every filled cell of a wide table into a row of a long one."""
    rows: list[_Row] = []
    for line, cells in table.rows:
        named = dict(zip(table.columns, cells, strict=True))
        common = {name: text for name, text in named.items() if name in _WIDE_COMMON}
        for name, text in named.items():
            plain, unit = _split_header(name)
            if name in _WIDE_COMMON or plain in ignore or not text.strip():
                continue
            rows.append((line, {**common, "item": plain, "value": text, "unit": unit}))
        if all(not named[n].strip() for n in named if n not in _WIDE_COMMON):
            rows.append((line, {**common, "item": "", "value": ""}))
    return rows


def _read_rows(
    rows: Sequence[_Row], table: RawTable, clock: Clock, ignore: Collection[str]
) -> _Reading:
    reading = _Reading()
    for line, named in rows:
        subject = named.get("subject", "").strip()
        item = named.get("item", "").strip().lower()
        if item in ignore:
            continue
        problems = reading.issues.setdefault(subject, [])
        columns = tuple(named)
        cells = RowCells(
            RawTable(table.label, columns, ()), line, [named[c] for c in columns], problems
        )
        if not subject:
            cells.complain("subject", "the subject is missing", "label the person")
            continue
        entries = reading.entries.setdefault(subject, [])
        if not item and "item" not in table.columns:
            continue  # a wide row without any value says nothing
        entry = parse_entry(cells, clock)
        if entry is not None:
            entries.append(entry)
    return reading


def _assemble(reading: _Reading, label: str, clock: Clock, recorded: Collection[str]) -> Ward:
    nameless = reading.issues.pop("", [])
    raise_issues(nameless, DataError)  # nobody knows who should be left out
    groups = recorded_groups((e for rows in reading.entries.values() for e in rows), recorded)
    people: dict[str, tuple[Entry, ...]] = {}
    left_out: dict[str, tuple[Issue, ...]] = {}
    warnings: list[Issue] = []
    for subject, entries in reading.entries.items():
        issues = reading.issues.get(subject, [])
        ordered = check_person(entries, label, subject, clock, issues)
        warnings += [issue for issue in issues if issue.level == "warning"]
        errors = tuple(issue for issue in issues if issue.level == "error")
        if errors:
            left_out[subject] = errors
        else:
            people[subject] = ordered
    return Ward(label, people, groups, left_out, tuple(warnings))
