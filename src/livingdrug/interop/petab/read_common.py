"""What the tables of both versions of PEtab have in common."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from livingdrug.core.errors import Issue
from livingdrug.interop.petab.math import RESERVED, is_identifier
from livingdrug.interop.petab.records import Measurement, Observable, Parameter, Period
from livingdrug.interop.petab.tables import Row, read_rows

__all__ = ["Tables", "begin_tables", "place_id", "read_id", "read_measurement", "read_numbers",
           "read_parameter"]  # fmt: skip


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


def place_id(row: Row, kind: str, tables: Tables) -> str:
    """Return the id of a record, and note where it stands.

    Parameters
    ----------
    row : Row
    kind : str
        Of record; its column is ``kindId``.
    tables : Tables

    Returns
    -------
    str
    """
    name = read_id(row, f"{kind}Id", [key for other, key in tables.places if other == kind])
    tables.places[kind, name] = f"{row.file}, row {row.line}"
    return name


def begin_tables(
    paths: Mapping[str, Sequence[Path]],
    issues: list[Issue],
    parameter: Callable[[Row, Tables, list[Issue]], Parameter],
    observable: Callable[[Row, Tables], Observable],
) -> Tables:
    """Read the tables of parameters and of observables.

    Parameters
    ----------
    paths : mapping from str to sequence of Path
        By kind of table.
    issues : list of Issue
        Receives problems.
    parameter, observable : callable
        Read a row.

    Returns
    -------
    Tables
    """
    tables = Tables()
    rows = read_rows(paths["parameter"], ("parameterId", "estimate"), issues)
    tables.parameters = tuple(parameter(row, tables, issues) for row in rows)
    needed = ("observableId", "observableFormula", "noiseFormula")
    rows = read_rows(paths["observable"], needed, issues)
    tables.observables = tuple(observable(row, tables) for row in rows)
    return tables


def read_parameter(
    row: Row,
    name: str,
    *,
    estimate: bool,
    scale: Literal["lin", "log", "log10"],
    prior: str,
    numbers: tuple[float, ...],
    known: Sequence[str],
) -> Parameter:
    """Read what both versions say of a parameter in the same columns.

    Parameters
    ----------
    row : Row
    name : str
    estimate : bool
    scale, prior : str
    numbers : tuple of float
        Of the prior.
    known : sequence of str
        Columns of the version; others are kept as they are.

    Returns
    -------
    Parameter
    """
    return Parameter(
        name,
        row.number("nominalValue", optional=True),
        row.number("lowerBound", optional=not estimate, infinite=True),
        row.number("upperBound", optional=not estimate, infinite=True),
        estimate,
        scale,
        row.text("parameterName"),
        prior,
        numbers,
        row.rest(known),
    )


def read_measurement(
    row: Row, place: int, tables: Tables, experiment: str, known: Sequence[str]
) -> Measurement:
    """Read what both versions say of a measurement in the same columns.

    Parameters
    ----------
    row : Row
    place : int
        Among all measurements.
    tables : Tables
    experiment : str
    known : sequence of str
        Columns of the version; others are kept as they are.

    Returns
    -------
    Measurement
    """
    tables.places["measurement", str(place)] = f"{row.file}, row {row.line}"
    return Measurement(
        row.need("observableId"),
        experiment,
        row.number("time", infinite=True),
        row.number("measurement"),
        row.items("observableParameters"),
        row.items("noiseParameters"),
        row.rest(known),
    )


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
