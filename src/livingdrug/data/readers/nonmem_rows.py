"""Rows of a NONMEM-type table as dose and observation records, each checked on its own."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from livingdrug.core.censoring import ABOVE, BELOW, MEASURED
from livingdrug.core.delimited import RawTable, RowCells, column_issues
from livingdrug.core.errors import Issue

__all__ = ["COLUMNS", "Dose", "Record", "Rows", "parse_rows"]

_REQUIRED = ("ID", "TIME", "DV")
_OPTIONAL = ("AMT", "RATE", "DUR", "EVID", "CMT", "DOSE", "MDV", "CENS", "LIMIT", "ADDL", "II")
_REFUSED_IF_USED = {
    "SS": "steady-state dosing",
    "C": "rows commented out by a column C",
    "DATE": "calendar dates",
}
COLUMNS: tuple[str, ...] = (*_REQUIRED, *_OPTIONAL, *_REFUSED_IF_USED, "DVID")
"""Columns that mean something to this reader."""

_EVENTS = {2: "other event (EVID 2)", 3: "reset (EVID 3)", 4: "reset and dose (EVID 4)"}


@dataclass(frozen=True, slots=True)
class Dose:
    """One dose row; times in the unit of the table.

    Attributes
    ----------
    cells : RowCells
    subject : str
    time, amount, duration : float
    name : str
    additional : int
        Further doses (ADDL), `interval` apart.
    interval : float
    """

    cells: RowCells
    subject: str
    time: float
    amount: float
    duration: float
    name: str
    additional: int = 0
    interval: float = 0.0


@dataclass(frozen=True, slots=True)
class Record:
    """One observation row; time in the unit of the table.

    Attributes
    ----------
    cells : RowCells
    subject : str
    time : float
    value : float or None
        DV; None where MDV is 1: a time at which only a prediction is wanted.
    cens : int
        CENS: 1 where the truth is below `value`, -1 where it is above, else 0.
    limit : float or None
        LIMIT: other end of the censoring interval.
    """

    cells: RowCells
    subject: str
    time: float
    value: float | None
    cens: int = MEASURED
    limit: float | None = None


@dataclass(slots=True)
class Rows:
    """Everything that was found in the table.

    Attributes
    ----------
    dose_names : str or mapping
        Name of the dose, or of the dose into each compartment (CMT as written in the table).
    events : list of Dose or Record
        In the order of the rows.
    issues : list of Issue
        All problems.
    refused : list of Issue
        Those of `issues` that are valid NONMEM but not handled here.
    """

    dose_names: str | Mapping[str, str]
    events: list[Dose | Record] = field(default_factory=list)
    issues: list[Issue] = field(default_factory=list)
    refused: list[Issue] = field(default_factory=list)

    def refuse(self, cells: RowCells, column: str, what: str, fix: str = "") -> None:
        """Record something that this reader does not handle.

        Parameters
        ----------
        cells : RowCells
        column : str
        what, fix : str
        """
        cells.complain(column, f"{what} is not handled by this reader", fix)
        self.refused.append(self.issues[-1])


def parse_rows(table: RawTable, rows: Rows) -> None:
    """Parse every row; events and problems go to `rows`.

    Parameters
    ----------
    table : RawTable
    rows : Rows
        Its ``issues`` must be the list the table was read with.
    """
    table = dataclasses.replace(table, columns=tuple(name.upper() for name in table.columns))
    optional = (*_OPTIONAL, *_REFUSED_IF_USED, "DVID")
    found = column_issues(table, _REQUIRED, optional)
    rows.issues.extend(found)
    if any(issue.level == "error" for issue in found):
        return
    for line, row in table.rows:
        _parse_row(RowCells(table, line, row, rows.issues), rows)
    _check_subjects(rows.events)
    _check_compartments(rows, isinstance(rows.dose_names, str) and "DOSE" not in table.columns)


def _parse_row(cells: RowCells, rows: Rows) -> None:
    for column, what in _REFUSED_IF_USED.items():
        if cells.has(column) and cells.text(column) not in {"0", "0.0"}:
            rows.refuse(cells, column, what, "remove or rewrite these rows")
    subject = cells.text("ID")
    if not subject:
        cells.complain("ID", "the subject is missing", "give the person's ID in every row")
    time = _time(cells, rows)
    amount = cells.number("AMT") or 0.0
    if amount < 0:
        cells.complain("AMT", f"the amount {cells.text('AMT')} is negative")
        return
    evid = cells.whole("EVID") if cells.has("EVID") else int(amount > 0)
    if evid in _EVENTS:
        rows.refuse(cells, "EVID", _EVENTS[evid], "only 0 (observation) and 1 (dose) are")
    elif evid is not None and evid > 4:
        cells.complain("EVID", f"{evid} is not an event type", "allowed: 0 and 1")
    elif evid == 1:
        dose = _dose(cells, rows, subject, time, amount)
        if dose is not None:
            rows.events.append(dose)
    elif evid == 0:
        if amount > 0:
            cells.complain("AMT", "an observation row with an amount", "a dose has EVID 1")
        record = _record(cells, rows, subject, time)
        if record is not None:
            rows.events.append(record)


def _time(cells: RowCells, rows: Rows) -> float | None:
    if not cells.has("TIME"):
        cells.complain("TIME", "the time is missing", "give the time since the first infusion")
    elif ":" in cells.text("TIME"):
        rows.refuse(cells, "TIME", f"the clock time {cells.text('TIME')!r}", "give a number")
        return None
    return cells.number("TIME")


def _dose(
    cells: RowCells, rows: Rows, subject: str, time: float | None, amount: float
) -> Dose | None:
    if amount == 0:
        cells.complain("AMT", "a dose row without an amount", "an observation has EVID 0")
    additional = _count(cells, "ADDL")
    interval = cells.number("II") or 0.0
    if additional > 0 and interval <= 0:
        cells.complain("II", f"ADDL is {additional} and II is {interval:g}", "give II above 0")
    duration = _duration(cells, rows, amount)
    name = _dose_name(cells, rows.dose_names)
    if not subject or time is None or amount == 0 or not name:
        return None
    return Dose(cells, subject, time, amount, duration, name, additional, interval)


def _count(cells: RowCells, column: str) -> int:
    return cells.whole(column) or 0


def _duration(cells: RowCells, rows: Rows, amount: float) -> float:
    rate, duration = cells.number("RATE") or 0.0, cells.number("DUR") or 0.0
    if rate < 0:
        rows.refuse(
            cells, "RATE", f"RATE {rate:g} (rate or duration from the model)", "give a rate"
        )
        return 0.0
    if duration < 0:
        cells.complain("DUR", f"the duration {duration:g} is negative")
        return 0.0
    if rate > 0 and duration > 0:
        cells.complain("DUR", "RATE and DUR are both given", "keep one of them")
    return amount / rate if rate > 0 else duration


def _dose_name(cells: RowCells, dose_names: str | Mapping[str, str]) -> str:
    if cells.has("DOSE"):
        return cells.text("DOSE")
    if isinstance(dose_names, str):
        return dose_names
    compartment = cells.text("CMT", "1")
    if compartment not in dose_names:
        known = ", ".join(repr(key) for key in dose_names)
        message = f"no dose name for compartment {compartment!r}"
        cells.complain("CMT", message, f"dose_names has {known}")
        return ""
    return dose_names[compartment]


def _record(cells: RowCells, rows: Rows, subject: str, time: float | None) -> Record | None:
    missing = _zero_or_one(cells, "MDV")
    cens = _cens(cells)
    limit = cells.number("LIMIT")
    value = cells.number("DV")
    if missing:
        return None if not subject or time is None else Record(cells, subject, time, None)
    if not cells.has("DV"):
        cells.complain("DV", f"the value is missing ({cells.raw('DV')!r})", "or set MDV to 1")
    elif value is not None and value < 0:
        cells.complain(
            "DV", f"{value:g} is negative", "give the quantity itself, not its logarithm"
        )
    elif cens and value == 0:
        message = f"CENS is {cens} and DV is 0"
        cells.complain("DV", message, "DV must hold the limit of quantification")
    if limit is not None and cens and value is not None and (value - limit) * cens <= 0:
        side = "below" if cens == BELOW else "above"
        message = f"{limit:g} is not {side} DV {value:g}"
        cells.complain("LIMIT", message, "the truth lies between")
    if not subject or time is None or value is None:
        return None
    return Record(cells, subject, time, value, cens, limit if cens else None)


def _cens(cells: RowCells) -> int:
    code = cells.number("CENS")
    if code is None:
        return MEASURED
    if code not in {BELOW, MEASURED, ABOVE}:
        cells.complain("CENS", f"{cells.text('CENS')!r} is not allowed", "allowed: -1, 0, 1")
    return int(code)


def _zero_or_one(cells: RowCells, column: str) -> bool:
    number = cells.whole(column)
    if number not in {None, 0, 1}:
        cells.complain(column, f"{cells.text(column)!r} is not allowed", "write 0 or 1")
    return number == 1


def _check_subjects(events: Sequence[Dose | Record]) -> None:
    """Each person is one block of rows in which time does not fall."""
    seen: set[str] = set()
    before: Dose | Record | None = None
    for event in events:
        if before is None or event.subject != before.subject:
            if event.subject in seen:
                message = f"subject {event.subject!r} appears in two separate blocks of rows"
                event.cells.complain("ID", message, "put all rows of a person together")
            seen.add(event.subject)
        elif event.time < before.time:
            message = f"time {event.time:g} comes after {before.time:g} in row {before.cells.line}"
            event.cells.complain("TIME", message, "sort the rows of a person by time")
        before = event


def _check_compartments(rows: Rows, one_dose_name: bool) -> None:
    """Refuse tables in which one name would stand for several things."""
    first: dict[str, str] = {}
    for event in rows.events:
        kind = "dosed" if isinstance(event, Dose) else "observed"
        for column in ("CMT",) if isinstance(event, Dose) else ("CMT", "DVID"):
            if kind == "dosed" and not one_dose_name:
                continue
            given = event.cells.text(column, "1")
            expected = first.setdefault(f"{kind} {column}", given)
            if given != expected:
                fix = "give dose_names as {CMT: name}" if kind == "dosed" else "read one at a time"
                what = f"more than one {kind} {column} ({expected!r} and {given!r})"
                rows.refuse(event.cells, column, what, fix)
