"""Checks on all rows of one person: day 0, duplicates, overlaps, missing baseline."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence

from livingdrug.clinical.monitoring.record import Entry
from livingdrug.clinical.monitoring.schema import ITEMS
from livingdrug.clinical.monitoring.times import Clock
from livingdrug.core.errors import Issue

__all__ = ["check_person", "series_key"]


def series_key(entry: Entry) -> tuple[str, str]:
    """Return what may have only one value at a time.

    Parameters
    ----------
    entry : Entry

    Returns
    -------
    tuple of str
        Item and detail; a person breathes through one device, so oxygen is one series.
    """
    return entry.item, "" if entry.item == "oxygen" else entry.detail


def check_person(
    entries: Sequence[Entry], label: str, subject: str, clock: Clock, issues: list[Issue]
) -> tuple[Entry, ...]:
    """Check and order the rows of one person.

    Parameters
    ----------
    entries : sequence of Entry
    label, subject : str
        Names for messages.
    clock : Clock
    issues : list of Issue
        Receives problems.

    Returns
    -------
    tuple of Entry
        In days from the infusion, in the order of time.
    """

    def complain(entry: Entry, column: str, message: str, fix: str) -> None:
        where = f"{label}, row {entry.row}, column {column}"
        issues.append(Issue("error", where, f"subject {subject!r}: {message}", fix))

    infusions = [entry for entry in entries if entry.item == "infusion"]
    zero = 0.0
    for again in infusions[1:]:
        message = f"a second infusion; the first is in row {infusions[0].row}"
        complain(again, "item", message, "keep the infusion from which days are counted")
    if infusions:
        zero = infusions[0].start
    elif clock.dates and entries:
        message = "no infusion among the rows, so that days cannot be counted"
        complain(entries[0], "item", message, "add a row with the item 'infusion' and its time")
    moved = [
        dataclasses.replace(entry, start=entry.start - zero, stop=entry.stop - zero)
        for entry in entries
        # a treatment of 0 was not given; it only shows that such treatments are recorded
        if not (entry.value == 0 and ITEMS[entry.item].kind == "treatment")
    ]
    moved = _one_device(moved)
    ordered = sorted(moved, key=lambda e: (-math.inf if math.isnan(e.start) else e.start, e.row))
    latest: dict[tuple[str, str], Entry] = {}
    for entry in ordered:
        before = latest.get(series_key(entry))
        latest[series_key(entry)] = entry
        if before is None or ITEMS[entry.item].kind == "treatment":
            continue
        if ITEMS[entry.item].kind == "fact":
            if entry.item == "lymphodepletion":
                message = f"a second start; the first is in row {before.row}"
                complain(entry, "item", message, "keep the start of the one before the infusion")
            elif entry.item != "infusion" and entry.value != before.value:
                message = f"{entry.item} is another in row {before.row}"
                complain(entry, "value", message, "keep one of them")
        elif entry.start == before.start:
            message = f"{_name(entry)} at this time is also in row {before.row}"
            complain(entry, "start", message, "keep one of them")
        elif not math.isnan(before.stop) and before.stop > entry.start:
            message = f"{_name(entry)} starts before {_name(before)} of row {before.row} stops"
            complain(entry, "start", message, "records of one series may not overlap")
    capd = [entry for entry in ordered if entry.item == "capd"]
    if capd and not any(entry.item == "capd_baseline" for entry in entries):
        where = f"{label}, row {capd[0].row}, column item"
        message = f"subject {subject!r}: CAPD without its value before the infusion"
        issues.append(Issue("warning", where, message, "add a row with the item 'capd_baseline'"))
    return tuple(ordered)


def _one_device(entries: Sequence[Entry]) -> list[Entry]:
    """Drop devices without flow at times at which another one has some, as wide tables list them.

    Where all are at 0 there is no oxygen, and one of them says so.
    """
    by_time: dict[float, list[Entry]] = {}
    for entry in entries:
        if entry.item == "oxygen":
            by_time.setdefault(entry.start, []).append(entry)
    dropped = set()
    for rows in by_time.values():
        off = [entry for entry in rows if entry.value == 0]
        dropped |= {id(entry) for entry in (off if len(off) < len(rows) else off[1:])}
    return [entry for entry in entries if id(entry) not in dropped]


def _name(entry: Entry) -> str:
    return entry.detail or entry.item
