"""The tables of PEtab 1."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from livingdrug.core.errors import Issue
from livingdrug.interop.petab.read_common import (
    Tables,
    begin_tables,
    place_id,
    read_measurement,
    read_numbers,
    read_parameter,
)
from livingdrug.interop.petab.records import Measurement, Observable, Parameter, Period
from livingdrug.interop.petab.tables import Row, read_rows

__all__ = ["PRIORS_V1", "read_tables_v1"]

PRIORS_V1 = (
    "uniform", "normal", "laplace", "logNormal", "logLaplace", "parameterScaleUniform",
    "parameterScaleNormal", "parameterScaleLaplace",
)  # fmt: skip
_SCALES = ("lin", "log", "log10")
_PARAMETER = (
    "parameterId", "parameterName", "parameterScale", "lowerBound", "upperBound", "nominalValue",
    "estimate", "objectivePriorType", "objectivePriorParameters",
)  # fmt: skip
_MEASUREMENT = (
    "observableId", "preequilibrationConditionId", "simulationConditionId", "measurement", "time",
    "observableParameters", "noiseParameters",
)  # fmt: skip


def read_tables_v1(paths: Mapping[str, Sequence[Path]], issues: list[Issue]) -> Tables:
    """Read the tables of a problem of version 1.

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
    for row in read_rows(paths["condition"], ("conditionId",), issues):
        name = place_id(row, "condition", tables)
        changes = row.rest(("conditionId", "conditionName"))
        tables.conditions[name] = {
            k: v if not row.missing(k) else "nan" for k, v in changes.items()
        }
        tables.condition_names[name] = row.text("conditionName")
    wanted = ("observableId", "simulationConditionId", "measurement", "time")
    rows = read_rows(paths["measurement"], wanted, issues)
    tables.measurements = tuple(_measurement(row, k, tables) for k, row in enumerate(rows))
    return tables


def _parameter(row: Row, tables: Tables, issues: list[Issue]) -> Parameter:
    name = place_id(row, "parameter", tables)
    estimate = row.choice("estimate", ("0", "1", "0.0", "1.0"), "") in ("1", "1.0")
    prior = ""
    if not row.missing("objectivePriorType"):
        prior = row.choice("objectivePriorType", PRIORS_V1)
    return read_parameter(
        row,
        name,
        estimate=estimate,
        scale=row.choice("parameterScale", _SCALES, "lin"),  # type: ignore[arg-type]
        prior=prior,
        numbers=read_numbers(row, "objectivePriorParameters", issues),
        known=_PARAMETER,
    )


def _observable(row: Row, tables: Tables) -> Observable:
    name = place_id(row, "observable", tables)
    formula, noise = row.need("observableFormula"), row.need("noiseFormula")
    places = _placeholders("observable", name, f"{formula} {noise}")
    return Observable(
        name,
        formula,
        noise,
        row.choice("noiseDistribution", ("normal", "laplace"), "normal"),  # type: ignore[arg-type]
        row.choice("observableTransformation", _SCALES, "lin"),  # type: ignore[arg-type]
        places,
        _placeholders("noise", name, noise),
        row.text("observableName"),
    )


def _placeholders(kind: str, name: str, text: str) -> tuple[str, ...]:
    """Return the placeholders of a formula, numbered from 1 on."""
    found = re.findall(rf"\b{kind}Parameter(\d+)_{re.escape(name)}\b", text, re.ASCII)
    last = max((int(number) for number in found), default=0)
    return tuple(f"{kind}Parameter{k}_{name}" for k in range(1, min(last, 1000) + 1))


def _measurement(row: Row, place: int, tables: Tables) -> Measurement:
    before, condition = row.text("preequilibrationConditionId"), row.need("simulationConditionId")
    experiment = f"{before}__{condition}" if before else condition
    for column, name in (
        ("preequilibrationConditionId", before), ("simulationConditionId", condition),
    ):  # fmt: skip
        if name and name not in tables.conditions:
            row.problem(column, f"there is no condition {name!r}")
    periods = (Period(-float("inf"), (before,)),) if before else ()
    tables.experiments[experiment] = (*periods, Period(0.0, (condition,)))
    return read_measurement(row, place, tables, experiment, _MEASUREMENT)
