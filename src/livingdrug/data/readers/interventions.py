"""Parse ``interventions.csv``: what was given to whom, when and how much."""

from __future__ import annotations

import math

from livingdrug.core.delimited import RawTable, RowCells, column_issues
from livingdrug.core.errors import Issue, UnitError, nearest_names
from livingdrug.core.study_people import INTERVENTION_KINDS, INTERVENTION_STATUS
from livingdrug.core.units import convert
from livingdrug.data.interventions import DAY_UNKNOWN, GIVEN, INTERVENTIONS, NOT_GIVEN, Intervention
from livingdrug.data.readers.first_day import elapsed_of_cell
from livingdrug.data.readers.limits import not_negative
from livingdrug.data.readers.observations import check_unit

__all__ = ["INTERVENTION_COLUMNS", "intervention_of", "parse_interventions"]

INTERVENTION_COLUMNS: tuple[tuple[str, ...], tuple[str, ...]] = (
    ("subject", "name"),
    ("kind", "group", "status", "start", "stop", "amount", "unit", "count", "route", "note"),
)
"""Required and optional columns of ``interventions.csv``."""


def parse_interventions(
    table: RawTable, issues: list[Issue], *, time_unit: str = "day", day_one: bool = False
) -> list[Intervention]:
    """Parse interventions; problems are appended to the issues.

    Parameters
    ----------
    table : RawTable
    issues : list of Issue
    time_unit : str, optional
        Of ``start`` and ``stop``.
    day_one : bool, optional
        They are study days: the first infusion is on day 1, and there is no day 0.

    Returns
    -------
    list of Intervention
        In the order of the rows, times in days.
    """
    found = column_issues(table, *INTERVENTION_COLUMNS)
    issues.extend(found)
    if any(issue.level == "error" for issue in found):
        return []
    seen: dict[Intervention, int] = {}
    for line, row in table.rows:
        cells = RowCells(table, line, row, issues)
        one = intervention_of(cells, time_unit, day_one=day_one)
        if one is None:
            continue
        if one in seen:
            fix = "keep one of them; several doses at one time are a count"
            cells.complain("name", f"equal to row {seen[one]}", fix)
        seen.setdefault(one, line)
    return list(seen)


def intervention_of(
    cells: RowCells, time_unit: str, *, day_one: bool = False
) -> Intervention | None:
    """Read one row; None, with the reason in its issues, when it cannot be read.

    Parameters
    ----------
    cells : RowCells
        With the columns of `INTERVENTION_COLUMNS`.
    time_unit : str
    day_one : bool, optional

    Returns
    -------
    Intervention or None
    """
    name = cells.text("name")
    if not name:
        cells.complain("name", "the name is missing", "write what was given, as 'tocilizumab'")
    kind = _kind(cells, name)
    start, stop = (
        elapsed_of_cell(cells, name, _day(cells, name, time_unit), day_one=day_one)
        for name in ("start", "stop")
    )
    status = _status(cells, start)
    amount, count = not_negative(cells, "amount"), cells.whole("count")
    unit = check_unit(cells, "unit") if cells.has("amount") or cells.has("unit") else ""
    if not name or kind is None or unit is None:
        return None
    return Intervention(
        name=name,
        kind=kind,
        subject=cells.text("subject"),
        group=cells.text("group"),
        status=status,
        start=start,
        stop=stop,
        amount=math.nan if amount is None else amount,
        unit=unit,
        count=count or 0,
        route=cells.text("route"),
        note=cells.text("note"),
    )


def _kind(cells: RowCells, name: str) -> str | None:
    usual = INTERVENTIONS.get(name, "")
    kind = cells.text("kind", usual)
    if kind in INTERVENTION_KINDS:
        return kind
    if kind:
        near = nearest_names(kind, INTERVENTION_KINDS, count=1)
        fix = f"did you mean {near[0]!r}? " if near else ""
        cells.complain("kind", f"unknown kind {kind!r}", f"{fix}allowed: {_words()}")
    elif name:
        near = nearest_names(name, INTERVENTIONS, count=1)
        fix = f"did you mean {near[0]!r}? " if near else ""
        message = f"{name!r} is not a usual name, and no kind is given"
        cells.complain("kind", message, f"{fix}give its kind: {_words()}")
    return None


def _words() -> str:
    return ", ".join(repr(kind) for kind in INTERVENTION_KINDS)


def _status(cells: RowCells, start: float) -> str:
    dated = cells.has("start")
    status = cells.text("status", GIVEN if dated else DAY_UNKNOWN)
    if status not in INTERVENTION_STATUS:
        near = nearest_names(status, INTERVENTION_STATUS, count=1)
        fix = f"did you mean {near[0]!r}? " if near else ""
        allowed = ", ".join(repr(word) for word in INTERVENTION_STATUS)
        cells.complain("status", f"unknown status {status!r}", f"{fix}allowed: {allowed}")
    elif status == GIVEN and not dated:
        cells.complain("start", "given, and no day", f"give it, or the status {DAY_UNKNOWN!r}")
    elif status in {DAY_UNKNOWN, NOT_GIVEN} and math.isfinite(start):
        cells.complain("start", f"a day beside the status {status!r}", "keep one of them")
    if status == NOT_GIVEN and (cells.number("amount") or cells.number("count")):
        cells.complain("status", "an amount or a count of what was not given", "keep one of them")
    return status


def _day(cells: RowCells, column: str, unit: str) -> float:
    value = cells.number(column)
    if value is None:
        return math.nan
    try:
        day = convert(value, unit, "day")
    except UnitError as error:
        cells.complain(column, str(error), "use a unit of time in the header of the study")
        return math.nan
    if column == "stop":
        first = cells.number("start")
        if first is None:
            cells.complain("stop", "given without start", "give both, or start alone")
        elif value < first:
            cells.complain("stop", f"{value:g} is before start {first:g}", "exchange them")
    return day
