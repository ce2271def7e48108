"""Turn a table of observations into records, and check what only several rows can show."""

from __future__ import annotations

import functools
import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from livingdrug.core.delimited import RawTable, RowCells, column_issues
from livingdrug.core.errors import Issue, UnitError, nearest_names
from livingdrug.core.schema import STATISTICS
from livingdrug.core.units import convert, dimension_text, parse_unit
from livingdrug.data.readers.first_day import elapsed_of_cell
from livingdrug.data.readers.limits import Limits, check_side, not_negative, read_limits
from livingdrug.data.study import INDIVIDUAL, UNKNOWN_ASSAY, Observation

__all__ = ["OPTIONAL_COLUMNS", "REQUIRED_COLUMNS", "check_unit", "parse_observations"]

REQUIRED_COLUMNS: tuple[str, ...] = ("time", "term", "value", "unit")
OPTIONAL_COLUMNS: tuple[str, ...] = (
    "statistic",
    "subject",
    "n",
    "lower",
    "upper",
    "lloq",
    "blq",
    "uloq",
    "alq",
    "cens",
    "assay",
    "time_unit",
)
STUDY_DAY = "study_day"
"""Column in place of ``time``: the first infusion is on day 1, and there is no day 0."""
_TIME_HEADER = re.compile(r"time\s*\[([^\]]+)\]")
_ONLY_SUBJECT = "1"
"""Label of the one person of a table without a subject column."""


@dataclass(frozen=True, slots=True)
class _Located:
    cells: RowCells
    observation: Observation


def parse_observations(
    table: RawTable,
    issues: list[Issue],
    *,
    time_unit: str = "day",
    assay: str = UNKNOWN_ASSAY,
    signed: Sequence[str] = (),
    day_one: bool = False,
) -> list[Observation]:
    """Parse observations and append every problem to the issues.

    Parameters
    ----------
    table : RawTable
    issues : list of Issue
        Receives problems; the result is complete only when none is an error.
    time_unit : str, optional
        Unit of ``time`` where neither the row nor the header gives one.
    assay : str, optional
        Assay of rows that name none.
    signed : sequence of str, optional
        Terms whose values may be negative.
    day_one : bool, optional
        The times are study days: the first infusion is on day 1, and there is no day 0. A column
        ``study_day`` in place of ``time`` says so by itself.

    Returns
    -------
    list of Observation
        In the order of the rows, times in days.
    """
    table, time_unit, study_days = _header_time_unit(table, time_unit)
    fix = "or name the column 'time'" if study_days else "or write day_one = false"
    days = functools.partial(elapsed_of_cell, day_one=day_one or study_days, fix=fix)
    found = column_issues(table, REQUIRED_COLUMNS, OPTIONAL_COLUMNS)
    issues.extend(found)
    if any(issue.level == "error" for issue in found):
        return []
    has_subject = "subject" in table.columns
    parsed = []
    for line, row in table.rows:
        cells = RowCells(table, line, row, issues)
        observation = _parse_row(cells, time_unit, assay, has_subject, signed, days)
        if observation is not None:
            parsed.append(_Located(cells, observation))
    _check_dimensions(parsed)
    _check_order(parsed)
    return [entry.observation for entry in parsed]


def _header_time_unit(table: RawTable, default: str) -> tuple[RawTable, str, bool]:
    """Take the unit out of a header such as ``time [hour]``; names in any case are accepted.

    Whether there is a column ``study_day`` in its place is returned too.
    """
    columns = []
    study_days = False
    unit = default
    for name in table.columns:
        match = _TIME_HEADER.fullmatch(name.lower())
        if match:
            unit = name[name.index("[") + 1 : -1].strip()
        if name.lower() == STUDY_DAY:
            unit, study_days = "day", True
        columns.append("time" if match or name.lower() == STUDY_DAY else name.lower())
    return table.renamed(columns), unit, study_days


def check_unit(cells: RowCells, column: str) -> str | None:
    """Return the unit in a cell; None, with the reason in the issues, when it is not one.

    Parameters
    ----------
    cells : RowCells
    column : str

    Returns
    -------
    str or None
    """
    if not cells.has(column):
        cells.complain(column, "the unit is missing", "write '1' for a number without a unit")
        return None
    text = cells.text(column)
    try:
        parse_unit(text)
    except UnitError as error:
        cells.complain(column, str(error))
        return None
    return text


def _parse_row(
    cells: RowCells,
    time_unit: str,
    assay: str,
    has_subject: bool,
    signed: Sequence[str],
    days: Callable[[RowCells, str, float], float],
) -> Observation | None:
    time = _time(cells, time_unit)
    if time is not None:
        time = days(cells, "time", time)
    term = cells.text("term")
    if not term:
        cells.complain("term", "the term is missing", "write a name such as 'car_t_blood'")
    unit = check_unit(cells, "unit")
    statistic = _statistic(cells)
    subject = cells.text("subject")
    if statistic == INDIVIDUAL and not subject:
        if has_subject:
            fix = "label the person, or give the statistic of a pooled value"
            cells.complain("subject", "an individual value without a subject", fix)
        subject = _ONLY_SUBJECT
    elif statistic != INDIVIDUAL and statistic in STATISTICS and subject:
        message = f"a {statistic} belongs to no single person, and {subject!r} was given"
        cells.complain("subject", message, "leave the cell empty")
    n = _people(cells, statistic)
    limits = read_limits(cells)
    value = _value(cells, limits, signed=term in signed)
    lower, upper = _bounds(cells, statistic, value)
    if time is None or not term or unit is None or value is None:
        return None
    return Observation(
        time=time,
        term=term,
        value=value,
        unit=unit,
        statistic=statistic,
        subject=subject,
        n=n,
        lower=lower,
        upper=upper,
        lloq=limits.lloq,
        blq=limits.blq,
        assay=cells.text("assay", assay),
        uloq=limits.uloq,
        alq=limits.alq,
    )


def _time(cells: RowCells, default_unit: str) -> float | None:
    if not cells.has("time"):
        cells.complain("time", "the time is missing", "give the day of the visit")
        return None
    time = cells.number("time")
    column = "time_unit" if cells.has("time_unit") else "time"
    unit = cells.text("time_unit", default_unit)
    try:
        days = convert(0.0 if time is None else time, unit, "day")
    except UnitError as error:
        cells.complain(column, str(error), "use a unit of time, as 'day' or 'hour'")
        return None
    return None if time is None else days


def _statistic(cells: RowCells) -> str:
    given = cells.text("statistic", INDIVIDUAL)
    if given in STATISTICS:
        return given
    near = nearest_names(given, STATISTICS, count=1)
    fix = f"did you mean {near[0]!r}? " if near else ""
    allowed = ", ".join(repr(name) for name in STATISTICS)
    cells.complain("statistic", f"unknown statistic {given!r}", f"{fix}allowed: {allowed}")
    return given


def _people(cells: RowCells, statistic: str) -> int:
    n = cells.whole("n")
    if statistic == INDIVIDUAL:
        if n not in {None, 1}:
            message = f"{n} people behind an individual value"
            cells.complain("n", message, "leave n empty, or give the statistic of a pooled value")
        return 1
    if not cells.has("n"):
        message = f"a {statistic} without the number of people behind it"
        cells.warn("n", message, "give n if the source does")
    return n or 0


def _value(cells: RowCells, limits: Limits, *, signed: bool) -> float | None:
    """Return the value, NaN where none was reported beyond a limit."""
    value = cells.number("value") if signed else not_negative(cells, "value")
    if not cells.has("value"):
        if limits.blq or limits.alq:  # NaN keeps it from being used as a number
            return math.nan
        message = f"the value is missing ({cells.raw('value')!r})"
        fix = "remove the row, or set 'blq' to true and give 'lloq'"
        cells.complain("value", message, fix)
    elif value is not None:
        check_side(cells, value, limits)
    return value


def _bounds(cells: RowCells, statistic: str, value: float | None) -> tuple[float, float]:
    lower, upper = cells.number("lower"), cells.number("upper")
    low = -math.inf if lower is None else lower
    high = math.inf if upper is None else upper
    if low > high:
        cells.complain("lower", f"lower {low:g} is above upper {high:g}", "exchange them")
    # a mean may lie outside quartiles of a skewed sample; a median cannot
    elif statistic == "median" and value is not None and (value < low or value > high):
        message = f"the median {value:g} is not between lower and upper"
        cells.complain("value", message, "correct one of the three")
    return math.nan if lower is None else lower, math.nan if upper is None else upper


def _check_dimensions(parsed: Sequence[_Located]) -> None:
    first: dict[str, _Located] = {}
    for entry in parsed:
        before = first.setdefault(entry.observation.term, entry)
        given, wanted = entry.observation.unit, before.observation.unit
        dimensions = parse_unit(given).dimension, parse_unit(wanted).dimension
        if dimensions[0] != dimensions[1]:
            entry.cells.complain(
                "unit",
                f"{given!r} ({dimension_text(dimensions[0])}), while {entry.observation.term!r} "
                f"has {wanted!r} ({dimension_text(dimensions[1])}) in row {before.cells.line}",
                "use one dimension for a term; another assay is another term",
            )


def _check_order(parsed: Sequence[_Located]) -> None:
    """Find duplicate rows and rows that go back in time."""
    seen: dict[tuple[object, ...], int] = {}
    latest: dict[tuple[object, ...], _Located] = {}
    for entry in parsed:
        row = entry.observation
        series = (row.subject, row.term, row.statistic, row.assay)
        line = seen.setdefault((*series, row.time), entry.cells.line)
        if line != entry.cells.line:
            whose = f"subject {row.subject!r}, " if row.subject else ""
            message = (
                f"{whose}{row.term}, {row.statistic} at day {row.time:g} is also in row {line}"
            )
            fix = "keep one of them; a table of several people needs a column 'subject'"
            entry.cells.complain("time", message, fix)
            continue
        before = latest.get(series)
        if before is not None and row.time < before.observation.time:
            message = (
                f"day {row.time:g} comes after day {before.observation.time:g} in row "
                f"{before.cells.line} of the same series"
            )
            entry.cells.complain("time", message, "sort the rows by time within each series")
        else:
            latest[series] = entry
