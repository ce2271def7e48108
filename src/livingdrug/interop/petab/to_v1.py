"""The tables of a problem in version 1 of PEtab."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

from livingdrug.core.errors import CapabilityError, Issue, raise_issues
from livingdrug.interop.petab.math import is_identifier
from livingdrug.interop.petab.problem import PetabProblem
from livingdrug.interop.petab.records import Observable, Parameter, Period
from livingdrug.model.expression.nodes import Kind
from livingdrug.model.model import Role

__all__ = ["as_version_1"]

Rows = list[dict[str, Any]]
_PRIORS = {
    "uniform": "uniform", "normal": "normal", "laplace": "laplace", "log-normal": "logNormal",
    "log-laplace": "logLaplace",
}  # fmt: skip
_PLAIN = "as_it_is"
"""Condition of measurements without an experiment: nothing is changed."""


def as_version_1(problem: PetabProblem) -> dict[str, Rows]:
    """Return the rows of each table.

    Parameters
    ----------
    problem : PetabProblem

    Returns
    -------
    dict from str to list of dict

    Raises
    ------
    CapabilityError
        Naming everything that version 1 cannot say.
    """
    issues: list[Issue] = []
    for alias, name in problem.mapping.items():
        if name:
            what = f"{alias!r} stands for {name!r} of the model, and version 1 has no such table"
            issues.append(Issue("error", "mapping", what))
    conditions: dict[str, dict[str, str]] = {}
    used = {item.experiment for item in problem.measurements}
    pairs = {
        name: _pair(problem, name, conditions, issues)
        for name in [*problem.experiments, *([""] if "" in used else [])]
    }
    parameters = [_parameter(problem, item, issues) for item in problem.parameters]
    raise_issues(issues, CapabilityError)
    columns = list(dict.fromkeys(key for row in conditions.values() for key in row))
    names = problem.condition_names
    return {
        "parameters": parameters,
        "observables": [_observable(item) for item in problem.observables],
        "measurements": [
            {
                "observableId": item.observable,
                "preequilibrationConditionId": pairs[item.experiment][0],
                "simulationConditionId": pairs[item.experiment][1],
                "measurement": item.value,
                "time": item.time,
                "observableParameters": item.parameters,
                "noiseParameters": item.noise_parameters,
                **item.more,
            }
            for item in problem.measurements
        ],
        "conditions": [
            {"conditionId": name, "conditionName": names.get(name, "")}
            | {key: "NaN" if (text := row.get(key, "nan")) == "nan" else text for key in columns}
            for name, row in conditions.items()
        ],
    }


def _parameter(problem: PetabProblem, item: Parameter, issues: list[Issue]) -> dict[str, Any]:
    prior, more = item.prior, dict(item.more)
    if problem.version == 2 and prior:
        if prior not in _PRIORS:
            what = f"the prior {prior} is not among those of version 1: {', '.join(_PRIORS)}"
            issues.append(Issue("error", f"parameter {item.id}", what))
        prior = _PRIORS.get(prior, "")
    scale = more.pop("parameterScale", "")
    return {
        "parameterId": item.id,
        "parameterName": item.name,
        "parameterScale": scale if scale in ("log", "log10") else item.scale,
        "lowerBound": item.lower,
        "upperBound": item.upper,
        "nominalValue": item.nominal,
        "estimate": int(item.estimate),
        "objectivePriorType": prior,
        "objectivePriorParameters": item.prior_parameters if prior else "",
        **more,
    }


def _observable(item: Observable) -> dict[str, Any]:
    names = {
        old: f"{kind}Parameter{k}_{item.id}"
        for kind, places in (("observable", item.placeholders), ("noise", item.noise_placeholders))
        for k, old in enumerate(places, start=1)
    }
    formula = _replaced(item.formula, names)
    return {
        "observableId": item.id,
        "observableName": item.name,
        "observableFormula": formula,
        "observableTransformation": item.scale,
        "noiseFormula": _replaced(item.noise_formula, {**names, item.id: f"({formula})"}),
        "noiseDistribution": item.distribution,
    }


def _replaced(text: str, names: Mapping[str, str]) -> str:
    return re.sub(r"[A-Za-z_]\w*", lambda m: names.get(m[0], m[0]), text, flags=re.ASCII)


def _pair(
    problem: PetabProblem, name: str, conditions: dict[str, dict[str, str]], issues: list[Issue]
) -> tuple[str, str]:
    """Return the conditions of preequilibration and simulation, and add their rows."""
    periods = problem.experiments.get(name, ()) or (Period(0.0),)
    if periods[-1].start == -math.inf:
        periods = (*periods, Period(0.0))
    starts = [period.start for period in periods]
    if starts not in ([0.0], [-math.inf, 0.0]):
        shown = ", ".join(f"{start:g}" for start in starts)
        what = f"periods start at {shown}; version 1 has one that starts at 0, and preequilibration"
        issues.append(Issue("error", f"experiment {name}", what))
        return "", ""
    rows = [_row(problem, period, issues) for period in periods]
    for target, text in rows[0].items() if len(rows) == 2 else ():
        if target not in rows[1] and not _is_state(problem, target):
            rows[1][target] = text  # version 1 would put the number of the model in its place
    ids = [
        _named(period, name, place, row, conditions)
        for place, (period, row) in enumerate(zip(periods, rows, strict=True))
    ]
    return (ids[0], ids[1]) if len(ids) == 2 else ("", ids[0])


def _row(problem: PetabProblem, period: Period, issues: list[Issue]) -> dict[str, str]:
    row: dict[str, str] = {}
    for condition in period.conditions:
        for target, text in problem.conditions.get(condition, {}).items():
            if not (is_identifier(text) or text == "nan" or _is_number(text)):
                what = f"{text!r}: version 1 takes a number or the id of a parameter"
                issues.append(Issue("error", f"condition {condition}, {target}", what))
            row[target] = text
    return row


def _is_state(problem: PetabProblem, target: str) -> bool:
    node, model = problem.symbols.get(target), problem.model
    if node is None or node.kind is not Kind.SYMBOL:
        return False
    sizes = {part.name for part in model.species} | {part.name for part in model.compartments}
    return node.name in sizes or model.roles.get(node.name) in (Role.STATE, Role.HELD)


def _named(
    period: Period,
    experiment: str,
    place: int,
    row: dict[str, str],
    conditions: dict[str, dict[str, str]],
) -> str:
    """Return the id of a condition with these changes: the old one where that is the same."""
    name = period.conditions[0] if len(period.conditions) == 1 else experiment or _PLAIN
    if len(period.conditions) != 1 and place == 0 and period.start == -math.inf:
        name += "_before"
    while name in conditions and conditions[name] != row:
        name += "_"
    conditions[name] = row
    return name


def _is_number(text: str) -> bool:
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False
