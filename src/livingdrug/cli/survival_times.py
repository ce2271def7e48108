"""Read people's times or days of events, from a table or from a study."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from livingdrug.cli.study_place import origin_note, study_at
from livingdrug.clinical.survival import ESTIMANDS, Estimand, observe
from livingdrug.core.delimited import read_raw_table
from livingdrug.core.errors import (
    DataError,
    Issue,
    OptionError,
    UnknownNameError,
    raise_issues,
    unknown_name,
)
from livingdrug.data.readers.columns import ColumnRule, ColumnTable, read_columns
from livingdrug.data.readers.person_columns import person_columns

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["Times", "read_times"]

Floats = NDArray[np.float64]

_YES = {"yes": 1.0, "no": 0.0, "true": 1.0, "false": 0.0, "1": 1.0, "0": 0.0}
_DAYS = (
    "start", "last_assessment", "last_contact", "previous_assessment", "progression", "response",
    "death", "new_therapy",
)  # fmt: skip
_NAMES = ("time", "event", "until", "cause", "group", "lower", "upper", *_DAYS)


@dataclass(frozen=True, slots=True)
class Times:
    """Times of people, and what they are times of.

    Attributes
    ----------
    time, event : ndarray, shape (n_subjects,)
    group : tuple of str
        Empty without groups.
    cause : ndarray of int, shape (n_subjects,)
        Place in `causes`, -1 for censored.
    causes : tuple of str
        Fewer than two when there are no competing events.
    lower, upper : ndarray or None
        Of interval-censored events.
    covariates : dict of str to ndarray
    definition : str
    name : str
        Of the axis of a figure.
    left_out : int
        People outside the population.
    warnings : tuple of Issue
    notes : tuple of str
        Whose times they are, for a figure.
    """

    time: Floats
    event: NDArray[np.bool_]
    group: tuple[str, ...]
    cause: NDArray[np.int64]
    causes: tuple[str, ...]
    lower: Floats | None
    upper: Floats | None
    covariates: dict[str, Floats]
    definition: str
    name: str
    left_out: int
    warnings: tuple[Issue, ...]
    notes: tuple[str, ...] = ()


def read_times(
    file: str,
    estimand: str,
    *,
    visits: tuple[float, ...],
    population: str,
    covariates: Sequence[str],
    renamed: Sequence[str],
) -> Times:
    """Read a table of people.

    Parameters
    ----------
    file : str
    estimand : str
        A name in `ESTIMANDS`, or empty.
    visits : tuple of float, day
    population : str
    covariates : sequence of str
        Headers of numbers.
    renamed : sequence of str
        As ``"time=os_days"``.

    Returns
    -------
    Times

    Raises
    ------
    DataError, OptionError, UnknownNameError
    """
    from livingdrug.cli.people import parse_columns

    if estimand and estimand not in ESTIMANDS:
        raise UnknownNameError([unknown_name("estimand", estimand, ESTIMANDS, where="--estimand")])
    if not estimand and (visits or population):
        raise OptionError("--visits and --population describe an estimand; give --estimand too")
    header = parse_columns(renamed, _NAMES)
    study = study_at(file)
    notes = () if study is None else (origin_note(study),)
    table = _read(file, study, header, covariates)
    days = {name: table.numbers[header[name]] for name in _DAYS if header[name] in table.numbers}
    definition = ESTIMANDS[estimand].on(visits, population) if estimand else None
    if header["time"] in table.numbers:
        return replace(_plain(table, header, covariates, definition), notes=notes)
    if definition is None or "last_contact" not in days:
        raise DataError(
            f"{_header(table, study)} time; give time and event, or --estimand and days "
            "of what happened (last_contact, last_assessment, progression, response, death, "
            "new_therapy)"
        )
    return replace(_defined(table, header, covariates, definition, days), notes=notes)


def _read(
    file: str, study: xr.Dataset | None, header: dict[str, str], covariates: Sequence[str]
) -> ColumnTable:
    """Read the columns that are there; a covariate, and a header that was given, must be."""
    required = [*covariates, *(given for name, given in header.items() if given != name)]
    number = ColumnRule("number")
    rules = {header[name]: number for name in _DAYS}
    rules |= {header[name]: ColumnRule("number", low=0.0) for name in ("lower", "upper")}
    # a time may be missing only where the file says until when a person was followed
    followed = study is not None or header["until"] in _headers(file)
    rules[header["time"]] = ColumnRule("number", needed=not followed, low=0.0)
    rules[header["until"]] = ColumnRule("number", low=0.0)
    rules[header["event"]] = ColumnRule("code", needed=True, codes=_YES)
    rules |= {header[name]: ColumnRule("text") for name in ("cause", "group")}
    rules |= {name: ColumnRule("number", needed=True) for name in covariates}
    if study is not None:
        return person_columns(study, rules, required=required)
    return read_columns(file, rules, required=required, quiet=True)


def _header(table: ColumnTable, study: xr.Dataset | None) -> str:
    if study is None:
        return f"{table.label}, row 1: no column"
    return f"study {table.label}: no variable of people that is called"


def _headers(file: str) -> tuple[str, ...]:
    table = read_raw_table(Path(file), file, _NAMES, [])  # its faults are named by the reader
    return () if table is None else table.columns


def _plain(
    table: ColumnTable,
    header: dict[str, str],
    covariates: Sequence[str],
    definition: Estimand | None,
) -> Times:
    """Take times as they are given."""
    words = table.text.get(header["cause"], ())
    time, event = _followed(table, header, words)
    causes, cause = _causes(words, event, table)
    lower, upper = (table.numbers.get(header[name]) for name in ("lower", "upper"))
    if upper is not None:
        upper = np.where(np.isnan(upper), np.inf, upper)
    stated = definition.text() if definition else "The definition of the times was not stated."
    return Times(
        time=time,
        event=event,
        group=table.text.get(header["group"], ()),
        cause=cause,
        causes=causes,
        lower=lower,
        upper=upper if lower is not None else None,
        covariates={name: table.numbers[name] for name in covariates},
        definition=stated,
        name=definition.name.capitalize() if definition else "Share without an event",
        left_out=0,
        warnings=table.warnings,
    )


def _followed(
    table: ColumnTable, header: dict[str, str], words: Sequence[str]
) -> tuple[Floats, NDArray[np.bool_]]:
    """Return times and events; who has no time had none until the day they were followed to."""
    time = table.numbers[header["time"]]
    until = table.numbers.get(header["until"])
    unknown = np.isnan(time)
    if until is not None:
        time = np.where(unknown, until, time)
    given = table.numbers.get(header["event"])
    if given is None and not words and until is None:
        raise DataError(
            f"{table.label}, row 1: no column event (yes or no), no column cause, and no column "
            "until, the day to which people without the event were followed"
        )
    if given is not None:
        event = (given > 0) & ~(unknown & (until is not None))
    elif words:
        event = np.array([bool(word) for word in words]) & ~unknown
    else:
        event = ~unknown
    fix = "every row needs one, or a column until"
    issues = [
        Issue("error", f"{place}, column {header['time']}", "the time is missing", fix)
        for place, gap in zip(table.places, np.isnan(time), strict=True)
        if gap
    ]
    raise_issues(issues, DataError)
    return time, event


def _causes(
    words: Sequence[str], event: NDArray[np.bool_], table: ColumnTable
) -> tuple[tuple[str, ...], NDArray[np.int64]]:
    if not words:
        return ("event",), np.where(event, 0, -1)
    issues = [
        Issue("error", f"{place}, column cause", "an event needs a cause", "write it, or event no")
        for place, word, hit in zip(table.places, words, event, strict=True)
        if hit and not word
    ]
    raise_issues(issues, DataError)
    names = tuple(sorted({word for word, hit in zip(words, event, strict=True) if hit}))
    place = {name: i for i, name in enumerate(names)}
    found = [place[w] if hit else -1 for w, hit in zip(words, event, strict=True)]
    return names, np.array(found, dtype=np.int64)


def _defined(
    table: ColumnTable,
    header: dict[str, str],
    covariates: Sequence[str],
    definition: Estimand,
    days: dict[str, Floats],
) -> Times:
    """Apply an estimand to days of what happened."""
    contact = days.pop("last_contact")
    seen = days.pop("last_assessment", np.full(contact.size, np.nan))
    start = days.pop("start", np.zeros(contact.size))
    found = observe(definition, last_assessment=seen, last_contact=contact, start=start, **days)
    kept = found.included
    groups = table.text.get(header["group"], ())
    return Times(
        time=found.time[kept],
        event=found.event[kept],
        group=tuple(word for word, keep in zip(groups, kept, strict=False) if keep),
        cause=found.cause[kept],
        causes=tuple(event.value for event in definition.events),
        lower=found.lower[kept],
        upper=found.upper[kept],
        covariates={name: table.numbers[name][kept] for name in covariates},
        definition=definition.text(),
        name=definition.name.capitalize(),
        left_out=int((~kept).sum()),
        warnings=table.warnings,
    )
