"""What the tables of both versions of PEtab have in common."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from livingdrug.core.errors import Issue
from livingdrug.interop.petab.math import RESERVED, is_identifier
from livingdrug.interop.petab.records import Measurement, Observable, Parameter, Period
from livingdrug.interop.petab.tables import Row

__all__ = ["Tables", "read_id", "read_numbers"]


@dataclass(slots=True)
class Tables:
    """The records of all tables.

    Attributes
    ----------
    parameters, observables, measurements, conditions, experiments, mapping, condition_names
        As of `PetabProblem`.
    places : dict from (str, str) to str
        Where each record stands, by kind and id, for messages.
    """

    parameters: tuple[Parameter, ...] = ()
    observables: tuple[Observable, ...] = ()
    measurements: tuple[Measurement, ...] = ()
    conditions: dict[str, dict[str, str]] = field(default_factory=dict)
    experiments: dict[str, tuple[Period, ...]] = field(default_factory=dict)
    mapping: dict[str, str] = field(default_factory=dict)
    condition_names: dict[str, str] = field(default_factory=dict)
    places: dict[tuple[str, str], str] = field(default_factory=dict)


def read_id(row: Row, column: str, seen: Iterable[str] = ()) -> str:
    """Return an id, reported when it is none or stands in the table already.

    Parameters
    ----------
    row : Row
    column : str
    seen : iterable of str, optional

    Returns
    -------
    str
    """
    name = row.need(column)
    if name and not is_identifier(name):
        why = "a reserved word" if name.lower() in RESERVED else "no identifier"
        row.problem(column, f"{name!r} is {why}", "use letters, digits and _, no digit first")
    if name in seen:
        row.problem(column, f"{name!r} stands in the table twice")
    return name


def read_numbers(row: Row, column: str, issues: list[Issue]) -> tuple[float, ...]:
    """Return the numbers that a cell lists.

    Parameters
    ----------
    row : Row
    column : str
    issues : list of Issue

    Returns
    -------
    tuple of float
    """
    found = []
    for text in row.items(column):
        try:
            found.append(float(text))
        except ValueError:
            issues.append(Issue("error", row.where(column), f"{text!r} is no number"))
    return tuple(found)
