"""People and interventions of a public data set whose columns are known."""

from __future__ import annotations

import dataclasses
import itertools
import math
from collections.abc import Sequence
from pathlib import Path

from livingdrug.core.delimited import RawTable, RowCells, column_issues, read_raw_table
from livingdrug.core.errors import Issue
from livingdrug.data.interventions import DAY_UNKNOWN, GIVEN, NOT_GIVEN, PLANNED, Intervention
from livingdrug.data.persons import PersonVariable
from livingdrug.data.readers.known_record import KnownIntervention, KnownSet
from livingdrug.data.readers.people import PersonRule, person_values

__all__ = ["braces", "read_known_interventions", "read_known_people"]


def braces(template: str) -> list[str]:
    """Return the columns that a template names in braces.

    Parameters
    ----------
    template : str
        As ``"{mouse} {arm}"``.

    Returns
    -------
    list of str
    """
    return [piece.split("}")[0] for piece in template.split("{")[1:]]


def read_known_people(
    folder: Path, record: KnownSet, issues: list[Issue]
) -> tuple[list[str], list[PersonVariable]]:
    """Read the people of a set; problems are appended to the issues.

    Parameters
    ----------
    folder : Path
    record : KnownSet
    issues : list of Issue

    Returns
    -------
    subjects : list of str
        In order of appearance; empty when the set has no people.
    persons : list of PersonVariable
    """
    subjects: dict[str, None] = {}
    rules: dict[str, PersonRule] = {}
    found: dict[str, dict[str, float | str]] = {}
    for people in record.people:
        columns = [*braces(people.subject), *(rule.header for rule in people.variables)]
        opened = _rows(folder, people.file, columns, issues)
        if opened is None:
            continue
        table, rows = opened
        names = [people.subject.format_map(_texts(table, cells)) for cells in rows]
        first: dict[str, int] = {}
        for place, name in enumerate(names):
            first.setdefault(name, place)
        subjects |= dict.fromkeys(first)
        chosen = [rows[place] for place in first.values()]
        for rule in people.variables:
            _same(rule, names, rows, first, issues)
            full = _with_levels(rule, chosen)
            known = rules.get(rule.name, full)
            levels = tuple(dict.fromkeys([*known.levels, *full.levels]))
            rules[rule.name] = dataclasses.replace(known, levels=levels)
            values = person_values(full, chosen)
            found.setdefault(rule.name, {}).update(zip(first, values, strict=True))
    persons = []
    for name, rule in rules.items():
        if rule.type == "category" and not rule.levels:
            continue  # no level is declared, and the file gives none
        gap: float | str = "" if rule.type == "category" else math.nan
        column = [found[name].get(subject, gap) for subject in subjects]
        persons.append(rule.variable(column))  # type: ignore[arg-type]  # one type by its rule
    return list(subjects), persons


def _with_levels(rule: PersonRule, rows: Sequence[RowCells]) -> PersonRule:
    """Take the levels of a category that declares none from the file."""
    if rule.type != "category" or rule.levels:
        return rule
    given = {cells.text(rule.header) for cells in rows if cells.has(rule.header)}
    levels = tuple(sorted({rule.codes.get(text, text) for text in given}))
    return dataclasses.replace(rule, levels=levels)


def _same(
    rule: PersonRule, names: Sequence[str], rows: Sequence[RowCells], first: dict[str, int],
    issues: list[Issue],
) -> None:  # fmt: skip
    """Refuse a person whose rows differ."""
    for name, cells in zip(names, rows, strict=True):
        before = rows[first[name]]
        if cells.text(rule.header) != before.text(rule.header):
            message = f"{cells.text(rule.header)!r}, while row {before.line} of {name!r} has "
            message += repr(before.text(rule.header))
            cells.complain(rule.header, message, "use the original file")
            return


def read_known_interventions(
    folder: Path, record: KnownSet, issues: list[Issue]
) -> list[Intervention]:
    """Read the interventions of a set; problems are appended to the issues.

    Parameters
    ----------
    folder : Path
    record : KnownSet
    issues : list of Issue

    Returns
    -------
    list of Intervention
        Equal rows of a person count once.
    """
    found: dict[Intervention, None] = {}
    for rule in record.interventions:
        if not rule.file:
            found |= dict.fromkeys(_stated(rule))
            continue
        columns = [*braces(rule.subject), *rule.columns]
        opened = _rows(folder, rule.file, columns, issues)
        if opened is None:
            continue
        table, rows = opened
        for cells in rows:
            subject = rule.subject.format_map(_texts(table, cells))
            found |= dict.fromkeys(_of_row(rule, subject, cells))
    return list(found)


def _stated(rule: KnownIntervention) -> list[Intervention]:
    """Return what the record itself says, for each arm and day."""
    base = Intervention(
        rule.name, rule.kind, amount=rule.amount, unit=rule.unit, route=rule.route, note=rule.note
    )
    return [
        dataclasses.replace(base, group=group, start=day, status=_status(rule, day))
        for group, day in itertools.product(rule.groups or ("",), rule.days or (math.nan,))
    ]


def _status(rule: KnownIntervention, day: float) -> str:
    if rule.planned:
        return PLANNED
    return DAY_UNKNOWN if math.isnan(day) else GIVEN


def _of_row(rule: KnownIntervention, subject: str, cells: RowCells) -> list[Intervention]:
    """Return what one row says; nothing where it is unknown."""
    numbers = {column: cells.number(column) for column in rule.columns}
    refused = Intervention(rule.name, rule.kind, subject, status=NOT_GIVEN, note=rule.note)
    for column in (rule.flag, rule.count):
        if column and numbers[column] is None:
            return []  # the source does not know
    zero = [c for c in (rule.flag, rule.count, rule.amount_of) if c and numbers[c] == 0]
    if zero or (rule.start and numbers[rule.start] is None):
        return [refused]
    amount = numbers[rule.amount_of] if rule.amount_of else rule.amount
    if rule.start:
        days: tuple[float, ...] = (numbers[rule.start] or 0.0,)
    else:
        days = rule.days or (math.nan,)
    count = numbers[rule.count] if rule.count else None
    return [
        Intervention(
            rule.name, rule.kind, subject, status=_status(rule, day), start=day,
            amount=math.nan if amount is None else amount,
            unit="" if amount is None or math.isnan(amount) else rule.unit,
            count=int(count or 0), route=rule.route, note=rule.note,
        )
        for day in days
    ]  # fmt: skip


def _rows(
    folder: Path, file: str, columns: Sequence[str], issues: list[Issue]
) -> tuple[RawTable, list[RowCells]] | None:
    columns = tuple(dict.fromkeys(columns))
    table = read_raw_table(folder / file, file, columns, issues)
    if table is None:
        return None
    found = [one for one in column_issues(table, columns, ()) if one.level == "error"]
    issues += found
    if found:
        return None
    return table, [RowCells(table, line, content, issues) for line, content in table.rows]


def _texts(table: RawTable, cells: RowCells) -> dict[str, str]:
    return {column: cells.raw(column).strip() for column in table.columns}
