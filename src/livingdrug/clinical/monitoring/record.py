"""One row of a monitoring record, and all rows of a ward by person."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from livingdrug.clinical.monitoring.schema import RECORD_GROUPS
from livingdrug.core.errors import Issue, OptionError, unknown_name

__all__ = ["Entry", "Ward"]


@dataclass(frozen=True, slots=True)
class Entry:
    """One row.

    Attributes
    ----------
    row : int
        Line in the file.
    item : str
        A name of `schema.ITEMS`.
    start, stop : float, day
        NaN for a fact without a time; `stop` is NaN where none was given.
    value : float
        In the unit of the item, NaN when there is none.
    per_kg : bool
        The rate is per kilogram.
    detail : str
        Agent, device, product or organ.
    indication, method, attribution : str
        Empty when not given.
    ctcae : float
        CTCAE grade, NaN when not given.
    """

    row: int
    item: str
    start: float
    stop: float = math.nan
    value: float = math.nan
    per_kg: bool = False
    detail: str = ""
    indication: str = ""
    method: str = ""
    attribution: str = ""
    ctcae: float = math.nan


@dataclass(frozen=True, slots=True)
class Ward:
    """The sound rows of a file, by person.

    Attributes
    ----------
    label : str
        The file as messages name it.
    people : mapping of str to tuple of Entry
        In the order of the file; rows in the order of time.
    recorded : frozenset of str
        Names of `schema.RECORD_GROUPS` whose absence means that there was none.
    left_out : mapping of str to tuple of Issue
        People whose rows are not sound, and why.
    warnings : tuple of Issue
    """

    label: str
    people: Mapping[str, tuple[Entry, ...]]
    recorded: frozenset[str]
    left_out: Mapping[str, tuple[Issue, ...]]
    warnings: tuple[Issue, ...] = ()


def recorded_groups(entries: Iterable[Entry], declared: Iterable[str]) -> frozenset[str]:
    """Return the groups that a file records, or that its user says it records.

    Parameters
    ----------
    entries : iterable of Entry
    declared : iterable of str
        Names of groups; ``"all"`` for every one.

    Returns
    -------
    frozenset of str

    Raises
    ------
    OptionError
        When a name is not one of a group.
    """
    names = set(declared)
    if "all" in names:
        return frozenset(RECORD_GROUPS)
    issues = [
        unknown_name("group", name, [*RECORD_GROUPS, "all"], where="--recorded")
        for name in sorted(names - set(RECORD_GROUPS))
    ]
    if issues:
        raise OptionError(issues)
    graded = ("creatinine", "transaminases", "organ")
    found: dict[str, set[str]] = {name: set() for name in RECORD_GROUPS}
    for entry in entries:
        for name, items in RECORD_GROUPS.items():
            # a laboratory value without its CTCAE grade says nothing about toxicity
            if entry.item in items and (name not in graded or not math.isnan(entry.ctcae)):
                found[name].add(entry.item)
    # antipyretics in a file do not show that steroids would be in it: every item must appear,
    # except that one of two transaminases stands for both
    enough = {
        name
        for name, items in RECORD_GROUPS.items()
        if found[name] == set(items) or (name == "transaminases" and found[name])
    }
    return frozenset(names | enough)
