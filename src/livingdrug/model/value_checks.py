"""Checks of values, variability and the origin of numbers."""

from __future__ import annotations

import math
from collections.abc import Iterator

from livingdrug.core.errors import Issue, unknown_name
from livingdrug.core.source import Origin
from livingdrug.model.model import Model
from livingdrug.model.name_checks import error

__all__ = ["check_origins", "check_values", "check_variability"]


def check_values(model: Model) -> Iterator[Issue]:
    """Values are numbers inside their bounds."""
    for parameter in model.parameters:
        where = f"parameter {parameter.name}"
        if math.isnan(parameter.value):
            yield error(where, "the value is not a number")
        elif not parameter.lower <= parameter.value <= parameter.upper:
            yield error(
                where,
                f"value {parameter.value:g} is outside its bounds "
                f"[{parameter.lower:g}, {parameter.upper:g}]",
            )
    for species in model.species:
        where = f"species {species.name}"
        if not math.isfinite(species.initial):
            yield error(where, "the initial value is not finite")
        elif species.initial < 0 and species.non_negative:
            yield error(where, f"negative initial value {species.initial:g}")
        for label, number in (
            ("count_per_unit", species.count_per_unit),
            ("nominal", species.nominal),
            ("extinct_below", species.extinction.below if species.extinction else None),
        ):
            if number is not None and not (math.isfinite(number) and number > 0):
                yield error(where, f"{label} must be > 0, {number!r} given")
        if species.log_state and not species.non_negative:
            yield error(where, "a log state must be non-negative")
    for compartment in model.compartments:
        if not (math.isfinite(compartment.size) and compartment.size > 0):
            yield error(f"compartment {compartment.name}", "the size must be > 0")
    for observable in model.observables:
        where = f"observable {observable.name}"
        if observable.lloq is not None and not observable.lloq > 0:
            yield error(where, "lloq must be > 0")
        if observable.residual is not None and not 0 <= observable.residual.sd < math.inf:
            yield error(where, f"residual sd {observable.residual.sd!r} must be a number >= 0")
        if observable.residual is not None:
            added, kind = observable.residual.sd_additive, observable.residual.kind
            if not 0 <= added < math.inf:
                yield error(where, f"additive residual sd {added!r} must be a number >= 0")
            elif added and kind != "combined":
                yield error(where, f"a {kind} error has one sd; use ResidualError.combined")
    for source in model.inputs:
        if not math.isfinite(source.default):
            yield error(f"input {source.name}", "the default is not a finite number")
    for dose in model.doses:
        if dose.typical is not None and not 0 < dose.typical < math.inf:
            yield error(f"dose {dose.name}", f"typical amount {dose.typical!r} must be > 0")


def check_variability(model: Model) -> Iterator[Issue]:
    """Variability, correlations and covariate effects name what exists and make sense."""
    parameters = {item.name for item in model.parameters} | {item.name for item in model.species}
    varied = {name for name, _ in model.iiv}
    covariates = {item.name: item for item in model.covariates}
    for name, iiv in model.iiv:
        if not iiv.lower <= iiv.upper:
            yield error(f"variability of {name}", f"limits {iiv.lower:g} to {iiv.upper:g}")
    blocked = [name for block in model.correlations for name in block.parameters]
    for name in sorted({name for name in blocked if blocked.count(name) > 1}):
        yield error(f"correlation of {name}", "the parameter is in two blocks", "join them")
    for block in model.correlations:
        where = "correlation of " + ", ".join(block.parameters)
        for name in block.parameters:
            if name not in varied:
                yield error(where, f"{name!r} has no variability to correlate")
        yield from _correlation_matrix(where, block.matrix, len(block.parameters))
    for effect in model.covariate_effects:
        where = f"effect of {effect.covariate} on {effect.parameter}"
        if effect.parameter not in parameters:
            yield unknown_name("parameter", effect.parameter, parameters, where=where)
        if effect.covariate not in covariates:
            yield unknown_name("covariate", effect.covariate, covariates, where=where)
        elif effect.form == "power" and not covariates[effect.covariate].reference > 0:
            yield error(where, "a power effect needs a reference > 0")


def _correlation_matrix(
    where: str, matrix: tuple[tuple[float, ...], ...], size: int
) -> Iterator[Issue]:
    if len(matrix) != size or any(len(row) != size for row in matrix):
        yield error(where, f"the matrix must be {size} x {size}")
        return
    import numpy as np

    array = np.asarray(matrix)
    if not np.allclose(array, array.T) or not np.allclose(np.diag(array), 1.0):
        yield error(where, "the matrix must be symmetric with ones on the diagonal")
    elif np.linalg.eigvalsh(array).min() < -1e-12:  # rounding of a singular matrix
        yield error(where, "the matrix is not positive semi-definite")


def check_origins(model: Model) -> Iterator[Issue]:
    """In a strict model every number has an origin and a locator, or says ASSUMED."""
    if model.dimension_policy != "strict":
        return
    numbers = [(f"parameter {item.name}", item.origin, item.at) for item in model.parameters]
    numbers += [(f"species {item.name}", item.origin, item.at) for item in model.species]
    numbers += [(f"compartment {item.name}", item.origin, item.at) for item in model.compartments]
    numbers += [(f"variability of {name}", iiv.origin, iiv.at) for name, iiv in model.iiv]
    numbers += [
        (f"effect of {effect.covariate} on {effect.parameter}", effect.origin, effect.at)
        for effect in model.covariate_effects
    ]
    numbers += [
        (f"correlation of {', '.join(block.parameters)}", block.origin, block.at)
        for block in model.correlations
    ]
    numbers += [
        (f"residual error of {item.name}", item.residual.origin, item.residual.at)
        for item in model.observables
        if item.residual is not None
    ]
    numbers += [
        (f"extinction of {item.name}", item.extinction.origin, item.extinction.at)
        for item in model.species
        if item.extinction is not None
    ]
    for where, origin, at in numbers:
        if origin is not Origin.ASSUMED and not at:
            yield error(where, f"origin {origin.value!r} needs a locator", "at='Table 1'")
