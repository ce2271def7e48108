"""Parse ``people.csv``: one row for each person, with the variables that the study declares."""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from livingdrug.core.delimited import RawTable, RowCells, column_issues
from livingdrug.core.errors import Issue, nearest_names
from livingdrug.core.study_people import PERSON_ROLES, PERSON_TYPES
from livingdrug.data.persons import PersonVariable
from livingdrug.data.readers.first_day import elapsed_of_cell

__all__ = ["PersonRule", "parse_people", "person_values", "rule_issues"]

_FLAGS = {"1": 1.0, "yes": 1.0, "true": 1.0, "0": 0.0, "no": 0.0, "false": 0.0}


@dataclass(frozen=True, slots=True)
class PersonRule:
    """What a column of a table of people means.

    Attributes
    ----------
    name : str
        Of the variable; the column is called so too unless `column` says otherwise.
    type : {"number", "day", "grade", "flag", "category"}
    role : {"outcome", "covariate"}
    unit : str
    levels : tuple
        As of `PersonVariable`.
    term, about, column : str
    codes : mapping of str to str
        Words of the file and what they stand for; ``""`` for unknown. Others stay as they are.
    """

    name: str
    type: str
    role: str = "outcome"
    unit: str = ""
    levels: tuple[float, ...] | tuple[str, ...] = ()
    term: str = ""
    about: str = ""
    column: str = ""
    codes: Mapping[str, str] = field(default_factory=dict)

    @property
    def header(self) -> str:
        """Column of the file."""
        return self.column or self.name

    def variable(self, values: Sequence[float] | Sequence[str]) -> PersonVariable:
        """Return the variable with its values.

        Parameters
        ----------
        values : sequence of float or of str

        Returns
        -------
        PersonVariable
        """
        unit = self.unit or ("day" if self.type == "day" else "1")
        return PersonVariable(
            self.name, self.type, tuple(values), self.role, unit, self.levels,  # type: ignore[arg-type]
            self.term, self.about,
        )  # fmt: skip


def rule_issues(rule: PersonRule, where: str) -> list[Issue]:
    """Find what is wrong with a declaration.

    Parameters
    ----------
    rule : PersonRule
    where : str

    Returns
    -------
    list of Issue
    """
    issues = []
    for key, given, allowed in (
        ("type", rule.type, PERSON_TYPES), ("role", rule.role, PERSON_ROLES),
    ):  # fmt: skip
        if given not in allowed:
            near = nearest_names(given, allowed, count=1)
            fix = f"did you mean {near[0]!r}? " if near else ""
            words = ", ".join(repr(one) for one in allowed)
            issues.append(
                Issue(
                    "error", f"{where}, {key}", f"unknown {key} {given!r}", f"{fix}allowed: {words}"
                )
            )
    kinds = {type(level) for level in rule.levels}
    if rule.type == "grade" and (not kinds or not kinds <= {int, float} or len(rule.levels) < 2):
        fix = "write levels = [0, 1, 2, 3, 4], lowest first"
        issues.append(Issue("error", f"{where}, levels", "a grade needs numbers as levels", fix))
    if rule.type == "category" and (kinds != {str}):
        fix = 'write levels = ["PD", "SD", "PR", "CR"]'
        issues.append(Issue("error", f"{where}, levels", "a category needs texts as levels", fix))
    if rule.type in {"number", "day", "flag"} and rule.levels:
        message = f"a {rule.type} has no levels"
        issues.append(Issue("error", f"{where}, levels", message, "leave them out"))
    return issues


def parse_people(
    table: RawTable, rules: Sequence[PersonRule], issues: list[Issue], *, day_one: bool = False
) -> tuple[list[str], list[PersonVariable]]:
    """Parse a table of people; problems are appended to the issues.

    Parameters
    ----------
    table : RawTable
        With a column ``subject``.
    rules : sequence of PersonRule
        A column without a rule is not read, and a warning names it.
    issues : list of Issue
    day_one : bool, optional
        Days are study days: the first infusion is on day 1, and there is no day 0.

    Returns
    -------
    subjects : list of str
    persons : list of PersonVariable
    """
    found = column_issues(table, ["subject", *(rule.header for rule in rules)], ())
    issues.extend(
        dataclasses.replace(issue, fix=f"{issue.fix}; declare it in study.toml as a [[person]]")
        if issue.level == "warning" else issue
        for issue in found
    )  # fmt: skip
    wrong = any(rule_issues(rule, "") for rule in rules)  # named where they are declared
    if wrong or any(issue.level == "error" for issue in found):
        return [], []
    rows = [RowCells(table, line, cells, issues) for line, cells in table.rows]
    subjects: dict[str, int] = {}
    for cells in rows:
        subject = cells.text("subject")
        if not subject:
            cells.complain("subject", "the subject is missing", "every row is a person")
        elif subject in subjects:
            message = f"{subject!r} is also in row {subjects[subject]}"
            cells.complain("subject", message, "keep one row for each person")
        subjects.setdefault(subject, cells.line)
    persons = []
    for rule in rules:
        values = person_values(rule, rows)
        if rule.type == "day":
            values = [
                elapsed_of_cell(cells, rule.header, value, day_one=day_one)
                for cells, value in zip(rows, map(float, values), strict=True)
            ]
        persons.append(rule.variable(values))
    return list(subjects), persons


def person_values(rule: PersonRule, rows: Sequence[RowCells]) -> list[float] | list[str]:
    """Read the values of one variable; problems are appended to the issues of the rows.

    Parameters
    ----------
    rule : PersonRule
    rows : sequence of RowCells

    Returns
    -------
    list of float or of str
        NaN or ``""`` where unknown.
    """
    if rule.type == "category":
        return [_level(rule, cells) for cells in rows]
    read: Callable[[RowCells], float] = {"flag": lambda cells: _flag(rule, cells)}.get(
        rule.type, lambda cells: _number(rule, cells)
    )
    return [read(cells) for cells in rows]


def _text(rule: PersonRule, cells: RowCells) -> str:
    text = cells.text(rule.header)
    return rule.codes.get(text, text)


def _level(rule: PersonRule, cells: RowCells) -> str:
    text = _text(rule, cells)
    raw = cells.raw(rule.header).strip()
    if not text and raw in rule.levels and raw not in rule.codes:
        text = raw  # a level may be called "none" or "NA", which elsewhere is a missing cell
    if text and text not in rule.levels:
        near = nearest_names(text, [str(level) for level in rule.levels], count=1)
        fix = f"did you mean {near[0]!r}? " if near else ""
        allowed = ", ".join(repr(level) for level in rule.levels)
        cells.complain(rule.header, f"{text!r} is no level of {rule.name}",
                       f"{fix}allowed: {allowed}")  # fmt: skip
    return text


def _flag(rule: PersonRule, cells: RowCells) -> float:
    text = _text(rule, cells).lower()
    if not text:
        return math.nan
    text = f"{float(text):g}" if text in {"0.0", "1.0"} else text  # a sheet writes 1 as 1.0
    if text not in _FLAGS:
        cells.complain(rule.header, f"{text!r} is not allowed", "write yes, no or nothing")
    return _FLAGS.get(text, math.nan)


def _number(rule: PersonRule, cells: RowCells) -> float:
    if not _text(rule, cells):
        return math.nan
    value = cells.number(rule.header)
    if value is None:
        return math.nan
    if rule.type == "grade":
        low, high = float(rule.levels[0]), float(rule.levels[-1])
        if not low <= value <= high:
            message = f"{value:g} is outside {rule.name}"
            cells.complain(rule.header, message, f"allowed: {json.dumps(list(rule.levels))}")
    return value
