"""The tables of a problem in version 2 of PEtab."""

from __future__ import annotations

import math
from typing import Any

from livingdrug.core.errors import CapabilityError, Issue, raise_issues
from livingdrug.interop.petab.problem import PetabProblem
from livingdrug.interop.petab.records import Observable, Parameter
from livingdrug.interop.petab.start import plain_constants
from livingdrug.model.expression.nodes import Kind
from livingdrug.model.model import Role

__all__ = ["as_version_2"]

Rows = list[dict[str, Any]]
_PRIORS = {
    "uniform": "uniform", "normal": "normal", "laplace": "laplace", "logNormal": "log-normal",
    "logLaplace": "log-laplace",
}  # fmt: skip
_PRIORS_OF_SCALE = {
    "parameterScaleUniform": "uniform", "parameterScaleNormal": "normal",
    "parameterScaleLaplace": "laplace",
}  # fmt: skip
_LN_10 = math.log(10.0)


def as_version_2(problem: PetabProblem) -> dict[str, Rows]:
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
        Naming everything that version 2 cannot say.
    """
    issues: list[Issue] = []
    parameters = [_parameter(problem, item, issues) for item in problem.parameters]
    conditions, experiments = _experiments(problem, issues)
    known = {item.id for item in problem.parameters}
    for place, item in enumerate(problem.measurements, start=1):
        for text in (*item.parameters, *item.noise_parameters):
            if text in problem.symbols and text not in known:
                what = f"{text!r} is no parameter of the table, as version 2 asks for"
                issues.append(Issue("error", f"measurement {place}", what, "add it to the table"))
    raise_issues(issues, CapabilityError)
    return {
        "parameters": parameters,
        "observables": [_observable(item) for item in problem.observables],
        "measurements": [
            {
                "observableId": item.observable,
                "experimentId": item.experiment,
                "time": item.time,
                "measurement": item.value,
                "observableParameters": item.parameters,
                "noiseParameters": item.noise_parameters,
                **item.more,
            }
            for item in problem.measurements
        ],
        "conditions": conditions,
        "experiments": experiments,
        "mapping": [
            {"petabEntityId": alias, "modelEntityId": name}
            for alias, name in problem.mapping.items()
        ],
    }


def _parameter(problem: PetabProblem, item: Parameter, issues: list[Issue]) -> dict[str, Any]:
    prior = item.prior
    if problem.version == 1 and prior:
        if prior in _PRIORS_OF_SCALE and item.scale != "lin":
            what = f"the prior {prior} on the scale {item.scale} has no like in version 2"
            issues.append(Issue("error", f"parameter {item.id}", what, "state it for the value"))
        prior = {**_PRIORS, **_PRIORS_OF_SCALE}[prior]
    scale = {"parameterScale": item.scale} if item.scale != "lin" else {}
    return {
        "parameterId": item.id,
        "parameterName": item.name,
        "lowerBound": item.lower,
        "upperBound": item.upper,
        "nominalValue": item.nominal,
        "estimate": item.estimate,
        "priorDistribution": prior,
        "priorParameters": item.prior_parameters if prior else "",
        **item.more,
        **scale,
    }


def _observable(item: Observable) -> dict[str, Any]:
    noise = item.noise_formula
    if item.scale == "log10":  # log10(m / y) / s = ln(m / y) / (s ln 10)
        noise = f"({noise}) * {_LN_10!r}"
    return {
        "observableId": item.id,
        "observableName": item.name,
        "observableFormula": item.formula,
        "observablePlaceholders": item.placeholders,
        "noiseFormula": noise,
        "noisePlaceholders": item.noise_placeholders,
        "noiseDistribution": item.distribution
        if item.scale == "lin"
        else f"log-{item.distribution}",
    }


def _experiments(problem: PetabProblem, issues: list[Issue]) -> tuple[Rows, Rows]:
    """Return the rows of both tables; a condition has its own rows where NaN means a number."""
    written: dict[str, dict[str, str]] = {}
    rows: Rows = []
    for name, periods in problem.experiments.items():
        for place, period in enumerate(periods):
            ids = []
            for condition in period.conditions:
                changes = _changes(problem, condition, place, issues)
                own = condition
                while written.get(own, changes) != changes:
                    own += "_later"
                if changes:
                    written[own] = changes
                    ids.append(own)
            rows += [
                {"experimentId": name, "time": period.start, "conditionId": own}
                for own in ids or [""]
            ]
    conditions = [
        {"conditionId": name, "targetId": target, "targetValue": value}
        for name, changes in written.items()
        for target, value in changes.items()
    ]
    return conditions, rows


def _changes(
    problem: PetabProblem, condition: str, place: int, issues: list[Issue]
) -> dict[str, str]:
    """Return what a condition changes, without the NaN of version 1."""
    changes, model = {}, problem.model
    states = {part.name for part in model.species} | {part.name for part in model.compartments}
    for target, text in problem.conditions.get(condition, {}).items():
        if text.lower() != "nan":
            changes[target] = text
            continue
        node = problem.symbols.get(target)
        name = node.name if node is not None and node.kind is Kind.SYMBOL else target
        if place == 0 or name in states or model.roles.get(name) is Role.STATE:
            continue
        if name in plain_constants(model):
            changes[target] = repr(plain_constants(model)[name])
        elif node is not None:
            what = "NaN after preequilibration, and the model computes it at its start"
            issues.append(Issue("error", f"condition {condition}, {target}", what))
    return changes
