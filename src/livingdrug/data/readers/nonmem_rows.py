"""Rows of a NONMEM-type table as dose and observation records, each checked on its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from livingdrug.core.censoring import ABOVE, BELOW, MEASURED
from livingdrug.core.delimited import RawTable, RowCells, column_issues
from livingdrug.core.errors import Issue
from livingdrug.data.interventions import INTERVENTIONS
from livingdrug.data.readers.nonmem_events import CovariateRecord, Dose, Place, Record, Reset, Rows

__all__ = [
    "COLUMNS",
    "MODELLED_DURATION",
    "MODELLED_RATE",
    "event_columns",
    "is_event_header",
    "parse_rows",
]

_REQUIRED = ("ID", "TIME", "DV")
_OPTIONAL = (
    "AMT", "RATE", "DUR", "EVID", "CMT", "DOSE", "MDV", "CENS", "LIMIT", "ADDL", "II", "SS", "OCC",
    "DVID", "C",
)  # fmt: skip
_REFUSED_IF_USED = {
    "DATE": "calendar dates",
    **{f"{what}{number}": f"{words} of the table" for what, words in
       (("ALAG", "a lag"), ("F", "a bioavailability")) for number in range(1, 10)},
}  # fmt: skip
COLUMNS: tuple[str, ...] = (*_REQUIRED, *_OPTIONAL, *_REFUSED_IF_USED, "Y", "YTYPE", "ADM", "TINF")
"""Columns that mean something to this reader."""

_LOG_SCALE = 100.0
"""Largest by smallest value from which a scale is taken to be one of logarithms."""

_MONOLIX = {"Y": "DV", "YTYPE": "DVID", "ADM": "CMT", "TINF": "DUR"}
"""Names of Monolix and ours; a table may use either."""

_MOST_DOSES = 10_000
"""More additional doses of one row are a mistake."""

_OF_DOSES = ("RATE", "DUR", "ADDL", "II", "SS")
"""Columns that only a dose may use."""

MODELLED_RATE, MODELLED_DURATION = -1, -2
"""Codes of RATE: the rate, or the duration, is a parameter of the model."""


def event_columns(columns: Sequence[str]) -> list[str]:
    """Return the names of columns as this reader knows them, whatever their case.

    Parameters
    ----------
    columns : sequence of str
        As written; a name of Monolix counts where ours is not there too.

    Returns
    -------
    list of str
    """
    upper = [name.upper() for name in columns]
    return [_MONOLIX[name] if _MONOLIX.get(name, name) not in upper else name for name in upper]


def is_event_header(columns: Sequence[str]) -> bool:
    """Tell whether a table with these columns holds events: ID, TIME, and DV (Y in Monolix).

    Parameters
    ----------
    columns : sequence of str

    Returns
    -------
    bool
    """
    return set(_REQUIRED) <= set(event_columns(columns))


def parse_rows(table: RawTable, rows: Rows) -> None:
    """Parse every row; events and problems go to `rows`.

    Parameters
    ----------
    table : RawTable
    rows : Rows
        Its ``issues`` must be the list the table was read with.
    """
    if len(table.columns) == 1 and is_event_header(table.columns[0].split()):
        what, fix = "the columns are separated by blanks", "separate columns by comma or tab"
        rows.issues.append(Issue("error", f"{table.label}, row 1", what, fix))
        return
    table = table.renamed(event_columns(table.columns))
    refused = [name for name in _REFUSED_IF_USED if name in table.columns]
    found = [
        *column_issues(table, _REQUIRED, (*_OPTIONAL, *refused, *rows.covariates)),
        *_missing_covariates(table, rows.covariates),
    ]
    rows.issues.extend(found)
    if any(issue.level == "error" for issue in found):
        return
    for line, row in table.rows:
        _parse_row(RowCells(table, line, row, rows.issues), rows)
    _check_subjects(rows.places)
    _check_repeats(rows)
    _check_carry(rows)
    _check_zeros(rows)
    _check_compartments(rows, isinstance(rows.dose_names, str) and "DOSE" not in table.columns)


def _missing_covariates(table: RawTable, covariates: Sequence[str]) -> list[Issue]:
    return [
        Issue("error", f"{table.label}, row 1", f"covariate column {name!r} is missing",
              f"the columns are {', '.join(table.columns)}")
        for name in covariates
        if name not in table.columns
    ]  # fmt: skip


def _parse_row(cells: RowCells, rows: Rows) -> None:
    for column, what in _REFUSED_IF_USED.items():
        if cells.has(column):
            fix = "give the model's dose its lag and bioavailability, and remove the column"
            rows.refuse(cells, column, what, fix if column != "DATE" else "remove the column")
    if cells.has("C") and cells.text("C") not in {"0", "0.0"}:
        rows.refuse(cells, "C", "rows commented out by a column C", "say ignore='C'")
    subject = cells.text("ID")
    if not subject:
        cells.complain("ID", "the subject is missing", "give the person's ID in every row")
    time = _time(cells, rows)
    amount = cells.number("AMT") or 0.0
    for name in rows.covariates:
        value = cells.number(name)
        if value is not None and subject and time is not None:
            rows.values.append(CovariateRecord(cells, subject, name, time, value))
    if amount < 0:
        cells.complain("AMT", f"the amount {cells.text('AMT')} is negative")
    evid = cells.whole("EVID") if cells.has("EVID") else int(amount != 0)
    if subject and time is not None:
        rows.places.append(Place(cells, subject, time, evid in {3, 4}))
    if evid is None or evid > 4:
        if evid is not None:
            cells.complain("EVID", f"{evid} is not an event type", "allowed: 0, 1, 2, 3 and 4")
        return
    if evid in {3, 4} and subject and time is not None:
        rows.resets[subject] = rows.resets.get(subject, 0) + 1
        rows.events.append(Reset(cells, subject, time))
    if evid in {1, 4}:
        dose = _dose(cells, rows, subject, time, amount)
        if dose is not None:
            rows.events.append(dose)
        return
    for column in _OF_DOSES:
        if cells.number(column):
            what = f"{cells.text(column)} in a row that is no dose (EVID {evid})"
            cells.complain(column, what, "leave it empty, or give the dose AMT and EVID 1")
    if amount > 0:
        what = "an observation row" if evid == 0 else f"a row with EVID {evid}"
        cells.complain("AMT", f"{what} with an amount", "a dose has EVID 1 or 4")
    if evid == 3:
        return
    record = _record(cells, rows, subject, time, wanted_only=evid == 2)
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
    if additional > _MOST_DOSES:
        cells.complain("ADDL", f"{additional:,} additional doses", f"{_MOST_DOSES:,} at most")
        additional = 0
    interval = cells.number("II") or 0.0
    if additional > 0 and interval <= 0:
        cells.complain("II", f"ADDL is {additional} and II is {interval:g}", "give II above 0")
    steady = _count(cells, "SS")
    if steady > 2:
        cells.complain("SS", f"{steady} is not allowed", "allowed: 0, 1 and 2")
    elif steady and interval <= 0:
        cells.complain("II", f"SS is {steady} and II is {interval:g}", "give II above 0")
    duration, modelled = _duration(cells, amount)
    name = _dose_name(cells, rows.dose_names)
    if steady and INTERVENTIONS.get(name) == "engineered cells":
        what = f"a steady state of {name}, cells that divide,"
        rows.refuse(cells, "SS", what, "write every dose as a row of its own")
    if not subject or time is None or amount == 0 or not name:
        return None
    return Dose(
        cells, subject, time, amount, duration, name, additional, interval, steady, modelled,
        cells.text("OCC"), rows.resets.get(subject, 0),
    )  # fmt: skip


def _count(cells: RowCells, column: str) -> int:
    return cells.whole(column) or 0


def _duration(cells: RowCells, amount: float) -> tuple[float, int]:
    """Return the duration, and the code of RATE where the model has rate or duration."""
    rate, duration = cells.number("RATE") or 0.0, cells.number("DUR") or 0.0
    if rate < 0:
        if rate not in {MODELLED_RATE, MODELLED_DURATION}:
            allowed = "allowed: a rate above 0, -1 (rate of the model), -2 (duration of the model)"
            cells.complain("RATE", f"{rate:g} is not allowed", allowed)
        elif duration > 0:
            cells.complain("DUR", f"RATE is {rate:g} and DUR is given", "keep one of them")
        return 0.0, int(rate)
    if duration < 0:
        cells.complain("DUR", f"the duration {duration:g} is negative")
        return 0.0, 0
    if rate > 0 and duration > 0:
        cells.complain("DUR", "RATE and DUR are both given", "keep one of them")
    return (amount / rate if rate > 0 else duration), 0


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


def _record(
    cells: RowCells, rows: Rows, subject: str, time: float | None, *, wanted_only: bool
) -> Record | None:
    observed = cells.text("DVID") or cells.text("CMT", "1")
    occasion, resets = cells.text("OCC"), rows.resets.get(subject, 0)
    missing = _zero_or_one(cells, "MDV") or wanted_only
    cens = _cens(cells)
    limit = cells.number("LIMIT")
    value = cells.number("DV")
    if missing:
        if not subject or time is None:
            return None
        return Record(
            cells, subject, time, None, observed=observed, occasion=occasion, resets=resets
        )
    if rows.observed and observed not in rows.observed:
        column = "DVID" if cells.has("DVID") else "CMT"
        known = ", ".join(repr(key) for key in rows.observed)
        cells.complain(column, f"no term for {column} {observed!r}", f"term has {known}")
    if not cells.has("DV"):
        cells.complain("DV", f"the value is missing ({cells.raw('DV')!r})", "or set MDV to 1")
    elif value is not None and value < 0 and not rows.signed:
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
    return Record(
        cells, subject, time, value, cens, limit if cens else None, observed, occasion, resets
    )


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


def _check_subjects(places: Sequence[Place]) -> None:
    """Each person is one block of rows in which time does not fall, but at a reset."""
    seen: set[str] = set()
    before: Place | None = None
    for place in places:
        if before is None or place.subject != before.subject:
            if place.subject in seen:
                message = f"subject {place.subject!r} appears in two separate blocks of rows"
                place.cells.complain("ID", message, "put all rows of a person together")
            seen.add(place.subject)
        elif place.time < before.time and not place.resets:
            message = f"time {place.time:g} comes after {before.time:g} in row {before.cells.line}"
            place.cells.complain("TIME", message, "sort the rows of a person by time")
        before = place


def _check_repeats(rows: Rows) -> None:
    """Warn of a dose that is written twice; a repeated value is found by `studies check`."""
    seen: dict[tuple[object, ...], Dose] = {}
    for event in rows.events:
        if not isinstance(event, Dose):
            continue
        key = (event.subject, event.resets, event.time, event.name, event.amount, event.duration,
               event.modelled, event.steady, event.additional, event.interval)  # fmt: skip
        first = seen.setdefault(key, event)
        if first is not event:
            what = f"the dose of row {first.cells.line} again: it is given twice"
            event.cells.warn("AMT", what, "remove the row unless it was")


def _check_carry(rows: Rows) -> None:
    """Ask for a rule where a covariate changes in a person, and none was declared."""
    first: dict[tuple[str, str], float] = {}
    asked: set[str] = set()
    for one in rows.values if rows.carry is None else ():
        before = first.setdefault((one.subject, one.name), one.value)
        if one.value != before and one.name not in asked:
            asked.add(one.name)
            what = f"{one.name} changes from {before:g} to {one.value:g}, and no rule says what "
            one.cells.complain(one.name, f"{what}holds between two values",
                               "declare carry: 'forward', 'backward' or 'none'")  # fmt: skip


def _check_zeros(rows: Rows) -> None:
    """Warn of zeros where an assay measures logarithms, or a limit of it is known."""
    seen: dict[str, list[Record]] = {}
    limits: dict[str, Record] = {}
    for event in rows.events:
        if not isinstance(event, Record) or event.value is None:
            continue
        if event.cens == MEASURED:
            seen.setdefault(event.observed, []).append(event)
        elif event.cens == BELOW and event.value > 0:
            limits.setdefault(event.observed, event)
    for observed, records in seen.items():
        positive = [one.value for one in records if one.value is not None and one.value > 0]
        if observed in limits:
            known = limits[observed]
            why = f"row {known.cells.line} states the limit {known.value:g}"
        elif rows.log_scale:
            why = "the scale is logarithmic"
        elif positive and max(positive) >= _LOG_SCALE * min(positive):
            why = "the other values span two powers of ten"
        else:
            continue
        for one in records:
            if one.value == 0:
                what = f"0 without CENS, where {why}: probably "
                one.cells.warn("DV", f"{what}below the limit of quantification",
                               "give CENS 1 with the limit in DV")  # fmt: skip


def _check_compartments(rows: Rows, one_dose_name: bool) -> None:
    """Refuse tables in which one name would stand for several things."""
    first: dict[str, str] = {}
    for event in rows.events:
        if isinstance(event, Reset) or (isinstance(event, Record) and rows.observed):
            continue
        kind = "dosed" if isinstance(event, Dose) else "observed"
        for column in ("CMT",) if isinstance(event, Dose) else ("CMT", "DVID"):
            if kind == "dosed" and not one_dose_name:
                continue
            given = event.cells.text(column, "1")
            expected = first.setdefault(f"{kind} {column}", given)
            if given != expected:
                fix = (
                    "give dose_names as {CMT: name}"
                    if kind == "dosed"
                    else f"give term and unit as {{{column}: ...}}"
                )
                message = f"more than one {kind} {column} ({expected!r} and {given!r})"
                event.cells.complain(column, message, fix)
