"""The tables of PEtab 2."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from livingdrug.core.errors import Issue
from livingdrug.interop.petab.read_common import (
    Tables,
    begin_tables,
    place_id,
    read_id,
    read_measurement,
    read_numbers,
    read_parameter,
)
from livingdrug.interop.petab.records import Measurement, Observable, Parameter, Period
from livingdrug.interop.petab.tables import Row, read_rows

__all__ = ["DISTRIBUTIONS_V2", "PRIORS_V2", "read_tables_v2"]

PRIORS_V2 = {
    "cauchy": 2, "chisquare": 1, "exponential": 1, "gamma": 2, "laplace": 2, "log-laplace": 2,
    "log-normal": 2, "log-uniform": 2, "normal": 2, "rayleigh": 1, "uniform": 2,
}  # fmt: skip
"""Prior distributions and how many parameters they have."""
DISTRIBUTIONS_V2 = {
    "normal": ("normal", "lin"),
    "log-normal": ("normal", "log"),
    "laplace": ("laplace", "lin"),
    "log-laplace": ("laplace", "log"),
}
_PARAMETER = (
    "parameterId", "parameterName", "lowerBound", "upperBound", "nominalValue", "estimate",
    "priorDistribution", "priorParameters",
)  # fmt: skip
_MEASUREMENT = (
    "observableId", "experimentId", "measurement", "time", "observableParameters",
    "noiseParameters", "modelId",
)  # fmt: skip


def read_tables_v2(paths: Mapping[str, Sequence[Path]], issues: list[Issue]) -> Tables:
    """Read the tables of a problem of version 2.

    Parameters
    ----------
    paths : mapping from str to sequence of Path
        By kind of table.
    issues : list of Issue
        Receives problems.

    Returns
    -------
    Tables
    """
    tables = begin_tables(paths, issues, _parameter, _observable)
    needed = ("conditionId", "targetId", "targetValue")
    for row in read_rows(paths["condition"], needed, issues):
        name, target = read_id(row, "conditionId"), read_id(row, "targetId")
        changes = tables.conditions.setdefault(name, {})
        tables.places.setdefault(("condition", name), f"{row.file}, row {row.line}")
        if target in changes:
            row.problem("targetId", f"condition {name!r} changes {target!r} twice")
        changes[target] = row.need("targetValue")
    _experiments(paths["experiment"], tables, issues)
    for row in read_rows(paths["mapping"], ("petabEntityId", "modelEntityId"), issues):
        alias = read_id(row, "petabEntityId", tables.mapping)
        tables.mapping[alias] = row.text("modelEntityId")
    rows = read_rows(paths["measurement"], ("observableId", "measurement", "time"), issues)
    tables.measurements = tuple(_measurement(row, k, tables) for k, row in enumerate(rows))
    return tables


def _parameter(row: Row, tables: Tables, issues: list[Issue]) -> Parameter:
    name = place_id(row, "parameter", tables)
    estimate = row.choice("estimate", ("true", "false"), "") == "true"
    prior = ""
    numbers = read_numbers(row, "priorParameters", issues)
    if not row.missing("priorDistribution"):
        prior = row.choice("priorDistribution", tuple(PRIORS_V2))
        if len(numbers) != PRIORS_V2[prior]:
            what = f"{prior} takes {PRIORS_V2[prior]} numbers, not {len(numbers)}"
            row.problem("priorParameters", what)
    return read_parameter(
        row,
        name,
        estimate=estimate,
        scale="lin",
        prior=prior,
        numbers=numbers,
        known=_PARAMETER,
    )


def _observable(row: Row, tables: Tables) -> Observable:
    name = place_id(row, "observable", tables)
    word = row.choice("noiseDistribution", tuple(DISTRIBUTIONS_V2), "normal")
    distribution, scale = DISTRIBUTIONS_V2[word]
    return Observable(
        name,
        row.need("observableFormula"),
        row.need("noiseFormula"),
        distribution,  # type: ignore[arg-type]
        scale,  # type: ignore[arg-type]
        row.items("observablePlaceholders"),
        row.items("noisePlaceholders"),
        row.text("observableName"),
    )


def _experiments(paths: Sequence[Path], tables: Tables, issues: list[Issue]) -> None:
    found: dict[str, dict[float, list[str]]] = {}
    for row in read_rows(paths, ("experimentId", "time", "conditionId"), issues):
        name, time = read_id(row, "experimentId"), row.number("time", infinite=True)
        tables.places.setdefault(("experiment", name), f"{row.file}, row {row.line}")
        if time == float("inf"):
            row.problem("time", "a period cannot start at inf", "give a number or -inf")
        conditions = found.setdefault(name, {}).setdefault(time, [])
        condition = row.text("conditionId")
        if condition and condition not in tables.conditions:
            row.problem("conditionId", f"there is no condition {condition!r}")
        elif condition:
            conditions.append(condition)
    for name, periods in found.items():
        tables.experiments[name] = tuple(
            Period(time, tuple(periods[time])) for time in sorted(periods)
        )


def _measurement(row: Row, place: int, tables: Tables) -> Measurement:
    experiment = row.text("experimentId")
    if experiment and experiment not in tables.experiments:
        row.problem("experimentId", f"there is no experiment {experiment!r}")
    return read_measurement(row, place, tables, experiment, _MEASUREMENT)
