"""Compare simulated observables with measurements: noise, residuals and log-likelihood."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

from livingdrug.core.errors import DataError, Issue, UnknownNameError, raise_issues
from livingdrug.interop.petab.math import parse_formula
from livingdrug.interop.petab.records import Measurement, Observable
from livingdrug.model.expression.evaluate import evaluate
from livingdrug.model.expression.nodes import Node
from livingdrug.model.expression.walk import substitute

if TYPE_CHECKING:
    import pandas as pd

    from livingdrug.interop.petab.problem import PetabProblem

__all__ = ["compare", "log_density", "standardized"]

_BASE = {"lin": 1.0, "log": 1.0, "log10": math.log(10.0)}


def standardized(observable: Observable, measured: float, simulated: float, sigma: float) -> float:
    """Return the residual over sigma, on the scale of the noise.

    Parameters
    ----------
    observable : Observable
    measured, simulated, sigma : float

    Returns
    -------
    float
        NaN where a logarithm is asked of what is not positive.
    """
    if sigma == 0:
        return math.nan
    if observable.scale == "lin":
        return (measured - simulated) / sigma
    if measured <= 0 or simulated <= 0:
        return math.nan
    return math.log(measured / simulated) / _BASE[observable.scale] / sigma


def log_density(observable: Observable, measured: float, simulated: float, sigma: float) -> float:
    """Return the logarithm of the density of a measurement (PEtab, "Noise distributions").

    Parameters
    ----------
    observable : Observable
    measured, simulated : float
        On the linear scale.
    sigma : float
        Standard deviation of normal noise, scale of Laplace noise; on the scale of the noise.

    Returns
    -------
    float
        Minus infinity where the value is impossible.
    """
    residual = standardized(observable, measured, simulated, sigma)
    if math.isnan(residual) or not sigma > 0:
        return -math.inf
    if observable.distribution == "normal":
        value = -0.5 * residual**2 - 0.5 * math.log(2 * math.pi) - math.log(sigma)
    else:
        value = -abs(residual) - math.log(2 * sigma)
    if observable.scale == "lin":
        return value
    return value - math.log(measured * _BASE[observable.scale])  # density of the value itself


def compare(
    problem: PetabProblem, values: Mapping[str, float], rtol: float, horizon: float, backend: str
) -> pd.DataFrame:
    """Simulate every measurement of a problem.

    Parameters
    ----------
    problem : PetabProblem
    values : mapping from str to float
        Of every parameter of the table.
    rtol, horizon, backend
        As for `PetabProblem.simulate`.

    Returns
    -------
    pandas.DataFrame
        As `PetabProblem.simulate`.

    Raises
    ------
    DataError, CapabilityError, SolveError
    """
    import pandas as pd

    from livingdrug.interop.petab.run import run_experiments

    states = run_experiments(problem, values, rtol, horizon, backend)
    known = {item.id: item for item in problem.observables}
    formulas = {name: _formulas(problem, item) for name, item in known.items()}
    rows: list[tuple[object, ...]] = []
    issues: list[Issue] = []
    for place, item in enumerate(problem.measurements, start=1):
        state = states[item.experiment, item.time]
        observable = known[item.observable]
        try:
            simulated, sigma = _values(observable, formulas[item.observable], item, state, values)
        except UnknownNameError as error:
            issues.append(Issue("error", f"measurement {place}, {item.observable}", str(error)))
            continue
        rows.append(
            (
                item.observable, item.experiment, item.time, item.value, simulated, sigma,
                standardized(observable, item.value, simulated, sigma),
                log_density(observable, item.value, simulated, sigma),
            )
        )  # fmt: skip
    raise_issues(issues, DataError)
    columns = [
        "observableId", "experimentId", "time", "measurement", "simulation", "noise", "residual",
        "logLikelihood",
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=columns)


def _formulas(problem: PetabProblem, observable: Observable) -> tuple[Node, Node]:
    mapping = problem.substitution
    formula, noise = substitute(
        [parse_formula(observable.formula), parse_formula(observable.noise_formula)], mapping
    )
    return formula, noise


def _values(
    observable: Observable,
    formulas: tuple[Node, Node],
    item: Measurement,
    state: Mapping[str, float],
    values: Mapping[str, float],
) -> tuple[float, float]:
    """Return the simulated value and sigma of a measurement."""
    names = {**state}
    given = (*item.parameters, *item.noise_parameters)
    places = (*observable.placeholders, *observable.noise_placeholders)
    for place, text in zip(places, given, strict=True):
        if text in values:
            names[place] = values[text]
        else:  # an entity of the model in version 1, else a number
            names[place] = state[text] if text in state else float(text)
    time = item.time
    simulated = evaluate(formulas[0], names, time)
    names[observable.id] = simulated
    return simulated, evaluate(formulas[1], names, time)
