"""Published read-outs of trials: the table, its checks, and which row stands for an estimand.

The columns are described in ``data/readouts/README.md``.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib import resources
from importlib.resources.abc import Traversable

from livingdrug.core.delimited import RawTable, RowCells, column_issues, read_raw_table
from livingdrug.core.errors import DataError, Issue, UnknownNameError, raise_issues, unknown_name

__all__ = [
    "PEOPLE",
    "PublishedReadout",
    "PublishedTrial",
    "choose",
    "from_memory",
    "published_readouts",
    "published_trial",
    "published_trials",
    "read_readouts",
    "readouts_of",
]

PEOPLE = (
    "infused",
    "enrolled",
    "randomized",
    "responders",
    "non-responders",
    "control arm",
    "both arms",
)
"""Over whom a number is given."""

UNITS = (
    "%", "d", "mo", "1/d", "HR", "ratio", "fraction", "patients", "cells", "cells/kg", "cells/uL",
    "cells/uL*d", "copies/ug", "copies/ug*d",
)  # fmt: skip

_TRIAL_COLUMNS = (
    "id", "title", "product", "cells", "class", "costimulation", "disease_group", "disease", "dose",
    "pool_of",
)  # fmt: skip
_COLUMNS = (
    "trial", "endpoint", "people", "part", "n", "value", "lower95", "upper95", "unit", "dose",
    "confirmed", "suspect", "citation", "doi", "note",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class PublishedTrial:
    """What one trial, registry or pooled report tested.

    Attributes
    ----------
    id, title, product : str
    cells : {"CAR-T", "CAR-NK"}
    product_class : str
        ``"autologous T"``, ``"donor T"`` or ``"donor NK"``.
    costimulation : str
        ``"CD28"``, ``"4-1BB"``, ``"mixed"``; empty where unknown.
    disease_group, disease, dose : str
    pool_of : tuple of str
        Trials that a pooled report joins.
    """

    id: str
    title: str
    product: str
    cells: str
    product_class: str
    costimulation: str
    disease_group: str
    disease: str
    dose: str
    pool_of: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PublishedReadout:
    """One published number.

    Attributes
    ----------
    trial, endpoint, people, part, unit, dose, citation, doi, note : str
    n : int
        0 when not stated.
    value, lower, upper : float
        95 % limits; NaN where there are none.
    confirmed : bool
        The number was read in a text of the source.
    suspect : str
        Why the row is not trusted; empty when it is.
    """

    trial: str
    endpoint: str
    people: str
    part: str
    n: int
    value: float
    lower: float
    upper: float
    unit: str
    dose: str
    confirmed: bool
    suspect: str
    citation: str
    doi: str
    note: str

    @property
    def usable(self) -> bool:
        """The number may be compared with a prediction."""
        return self.confirmed and not self.suspect

    @property
    def estimand(self) -> tuple[str, str, str, str]:
        """Trial, endpoint, over whom, and which part of them."""
        return self.trial, self.endpoint, self.people, self.part


def _folder() -> Traversable:
    return resources.files("livingdrug.data") / "readouts"


@functools.cache
def _tables() -> tuple[dict[str, PublishedTrial], tuple[PublishedReadout, ...]]:
    return read_readouts(_folder() / "trials.csv", _folder() / "readouts.csv")


def published_trials() -> dict[str, PublishedTrial]:
    """Return the trials of the bundled table.

    Returns
    -------
    dict from str to PublishedTrial

    Examples
    --------
    >>> published_trials()["zuma1"].costimulation
    'CD28'
    """
    return dict(_tables()[0])


def published_readouts(trial: str | None = None) -> tuple[PublishedReadout, ...]:
    """Return the rows of the bundled table.

    Parameters
    ----------
    trial : str, optional
        Only of this trial, and of the pooled reports that it is part of.

    Returns
    -------
    tuple of PublishedReadout
        In order of the table.

    Raises
    ------
    UnknownNameError
        When there is no such trial.

    Examples
    --------
    >>> [row.value for row in published_readouts("eliana") if row.endpoint == "CRS_any"]
    [77.0]
    """
    trials, rows = _tables()
    if trial is None:
        return rows
    own = published_trial(trial).id
    names = {own} | {item.id for item in trials.values() if own in item.pool_of}
    return tuple(row for row in rows if row.trial in names)


def published_trial(name: str) -> PublishedTrial:
    """Find a trial of the bundled table.

    Parameters
    ----------
    name : str
        Id or title; hyphens and case do not matter.

    Returns
    -------
    PublishedTrial

    Raises
    ------
    UnknownNameError
        When there is no such trial.

    Examples
    --------
    >>> published_trial("ZUMA-1").id
    'zuma1'
    """
    trials = _tables()[0]
    for item in trials.values():
        if _plain(name) in (_plain(item.id), _plain(item.title)):
            return item
    raise UnknownNameError([unknown_name("published trial", name, trials)])


def _plain(name: str) -> str:
    return "".join(letter for letter in name.lower() if letter.isalnum())


def choose(rows: Iterable[PublishedReadout]) -> tuple[PublishedReadout, ...]:
    """Take one row for each estimand: no number counts twice.

    Rows that are not confirmed or are suspect are never taken. Among several cut-offs the row
    with the most people stands for the estimand, being nearest to all that were treated; then one
    with confidence limits; then the one that the table lists first, which is the primary report.

    Parameters
    ----------
    rows : iterable of PublishedReadout

    Returns
    -------
    tuple of PublishedReadout
        In order of first appearance of the estimand.
    """
    best: dict[tuple[str, str, str, str], PublishedReadout] = {}
    for row in rows:
        if not row.usable:
            continue
        held = best.get(row.estimand)
        if held is None or _rank(row) > _rank(held):
            best[row.estimand] = row
    return tuple(best.values())


def readouts_of(trial: str) -> tuple[PublishedReadout, ...]:
    """Return one usable row for each estimand of a trial and of the pools that it is part of.

    A pooled number is left out where the trial's own is there: the same people would count twice.

    Parameters
    ----------
    trial : str
        Id or title.

    Returns
    -------
    tuple of PublishedReadout
    """
    own = published_trial(trial).id
    rows = choose(published_readouts(trial))
    given = {row.estimand[1:] for row in rows if row.trial == own}
    return tuple(row for row in rows if row.trial == own or row.estimand[1:] not in given)


def from_memory(trial: str) -> tuple[PublishedReadout, ...]:
    """Return the rows of a trial that nobody has confirmed, where no usable row stands for them.

    They are for orientation and never compared.

    Parameters
    ----------
    trial : str
        Id or title.

    Returns
    -------
    tuple of PublishedReadout
    """
    given = {row.estimand[1:] for row in readouts_of(trial)}
    rows = (row for row in published_readouts(trial) if not row.confirmed and not row.suspect)
    return tuple(row for row in rows if row.estimand[1:] not in given)


def _rank(row: PublishedReadout) -> tuple[int, bool]:
    return row.n, math.isfinite(row.lower)


def read_readouts(
    trials: Traversable, readouts: Traversable
) -> tuple[dict[str, PublishedTrial], tuple[PublishedReadout, ...]]:
    """Read and check a table of trials and one of their read-outs.

    Parameters
    ----------
    trials, readouts : Traversable
        Files with the columns that ``data/readouts/README.md`` describes.

    Returns
    -------
    trials : dict from str to PublishedTrial
    readouts : tuple of PublishedReadout

    Raises
    ------
    DataError
        Listing every problem with its row and column.
    """
    issues: list[Issue] = []
    known = {item.id: item for item in _read_trials(trials, issues)}
    table = _table(readouts, _COLUMNS, issues)
    rows = []
    first: dict[tuple[object, ...], int] = {}
    for line, cells in table.rows:
        row = _readout(RowCells(table, line, cells, issues), known)
        key = (*row.estimand, row.n, row.citation)
        if key in first:
            issues.append(
                Issue("error", f"{table.label}, row {line}", f"repeats row {first[key]}: the same "
                      "estimand, people and source", "keep one of them, or say which part it is")
            )  # fmt: skip
        first.setdefault(key, line)
        rows.append(row)
    raise_issues(issues, DataError)
    return known, tuple(rows)


def _table(source: Traversable, columns: Sequence[str], issues: list[Issue]) -> RawTable:
    found = read_raw_table(source, source.name, columns, issues)
    if found is None:
        raise_issues(issues, DataError)
        raise DataError(f"{source.name}: cannot be read")
    problems = [issue for issue in column_issues(found, columns, ()) if issue.level == "error"]
    raise_issues(problems, DataError)
    return found


def _read_trials(source: Traversable, issues: list[Issue]) -> list[PublishedTrial]:
    table = _table(source, _TRIAL_COLUMNS, issues)
    found: list[PublishedTrial] = []
    cells_of = [RowCells(table, line, cells, issues) for line, cells in table.rows]
    ids = [cells.text("id") for cells in cells_of]
    for cells in cells_of:
        if ids.count(cells.text("id")) > 1:
            cells.complain("id", f"{cells.text('id')!r} is given twice")
        for name in ("id", "title", "product", "class", "disease_group"):
            if not cells.has(name):
                cells.complain(name, "is empty", "every trial needs it")
        if cells.text("cells") not in ("CAR-T", "CAR-NK"):
            cells.complain("cells", f"{cells.text('cells')!r}; allowed: CAR-T, CAR-NK")
        fields = {name: cells.text(name) for name in _TRIAL_COLUMNS[:-1] if name != "class"}
        joined = tuple(cells.text("pool_of").split())
        found.append(PublishedTrial(**fields, product_class=cells.text("class"), pool_of=joined))
    return found


def _readout(cells: RowCells, trials: dict[str, PublishedTrial]) -> PublishedReadout:
    if cells.text("trial") not in trials:
        cells.complain("trial", f"{cells.text('trial')!r} is not in trials.csv")
    if cells.text("people") not in PEOPLE:
        cells.complain("people", f"{cells.text('people')!r}; allowed: {', '.join(PEOPLE)}")
    if cells.text("unit") not in UNITS:
        cells.complain("unit", f"{cells.text('unit')!r}; allowed: {', '.join(UNITS)}")
    for name in ("value", "confirmed", "endpoint", "citation"):
        if not cells.has(name):
            cells.complain(name, "is empty", "every row needs it")
    numbers = [cells.number(name) for name in ("value", "lower95", "upper95")]
    value, lower, upper = (math.nan if number is None else number for number in numbers)
    if cells.text("unit") == "%" and not 0 <= value <= 100:
        cells.complain("value", f"{value:g} %; a proportion lies between 0 and 100")
    if lower > value or upper < value:
        cells.complain("value", f"{value:g} lies outside its limits, {lower:g} to {upper:g}")
    return PublishedReadout(
        **{name: cells.text(name) for name in ("trial", "endpoint", "people", "part")},
        n=cells.whole("n") or 0,
        value=value,
        lower=lower,
        upper=upper,
        confirmed=cells.flag("confirmed"),
        **{name: cells.text(name) for name in ("unit", "dose", "suspect", "citation", "doi")},
        note=cells.text("note"),
    )
