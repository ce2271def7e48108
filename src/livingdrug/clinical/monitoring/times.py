"""Times of a record: days from the infusion, or dates with a clock time."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, datetime

from livingdrug.core.delimited import RawTable, RowCells, is_missing
from livingdrug.core.errors import Issue, UnitError
from livingdrug.core.units import convert

__all__ = ["Clock", "find_clock", "read_time"]

_DAY_SECONDS = 86400.0
_EPOCH = datetime(2000, 1, 1)
_EPOCH_UTC = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Clock:
    """How times of a file are written.

    Attributes
    ----------
    dates : bool
        Dates with a clock time; else numbers, counted from the infusion.
    zoned : bool
        Every date has an offset from UTC.
    factor : float
        Days in one unit of a number.
    """

    dates: bool
    zoned: bool
    factor: float = 1.0


def _date(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text.strip())
    except ValueError:
        return None


def find_clock(table: RawTable, unit: str, issues: list[Issue]) -> Clock:
    """Find out how the times of a table are written; all of them in one way.

    Parameters
    ----------
    table : RawTable
        With the columns ``start`` and perhaps ``stop``.
    unit : str
        Of numbers.
    issues : list of Issue
        Receives problems.

    Returns
    -------
    Clock
    """
    places = [(i, name) for i, name in enumerate(table.columns) if name in ("start", "stop")]
    kinds: dict[str, tuple[int, str, str]] = {}
    for line, cells in table.rows:
        for place, name in places:
            text = cells[place]
            if is_missing(text):
                continue
            found = None if _is_number(text) else _date(text)
            if found is None:
                kind = "numbers"
            else:
                kind = "dates without an offset" if found.tzinfo is None else "dates with an offset"
            kinds.setdefault(kind, (line, name, text.strip()))
    dated = {kind for kind in kinds if kind != "numbers"}
    # a text that is neither is reported where its row is read
    if len(dated) > 1 or (dated and "numbers" in kinds and _is_number(kinds["numbers"][2])):
        shown = "; ".join(f"{kind}, as {t!r} in row {n}" for kind, (n, _, t) in kinds.items())
        line, name, _ = list(kinds.values())[1]
        issues.append(
            Issue(
                "error",
                f"{table.label}, row {line}, column {name}",
                f"times are written in several ways: {shown}",
                "write all times as days from the infusion, or all as dates that all have an "
                "offset from UTC (2024-03-01T08:00+01:00) or all have none",
            )
        )
    try:
        factor = convert(1.0, unit, "day")
    except UnitError as error:
        fix = "use a unit of time in the header, as start [hour]"
        issues.append(Issue("error", f"{table.label}, row 1, column start", str(error), fix))
        factor = 1.0
    return Clock(bool(dated), "dates with an offset" in dated, factor)


def _is_number(text: str) -> bool:
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False


def read_time(cells: RowCells, column: str, clock: Clock) -> float | None:
    """Read a time in days; None when it is missing or not one.

    Parameters
    ----------
    cells : RowCells
    column : str
    clock : Clock

    Returns
    -------
    float or None
        From the infusion for numbers, from any fixed day for dates.
    """
    if not cells.has(column):
        return None
    text = cells.text(column)
    if not clock.dates:
        number = cells.number(column)
        return None if number is None else number * clock.factor
    date = _date(text)
    if date is None:
        cells.complain(column, f"{text!r} is not a date", "as 2024-03-01T08:00")
        return None
    origin = _EPOCH if date.tzinfo is None else _EPOCH_UTC
    return (date - origin).total_seconds() / _DAY_SECONDS
