"""Checks of units and dimensions of a whole model."""

from __future__ import annotations

from collections.abc import Iterator

from livingdrug.core.errors import Issue, UnitError
from livingdrug.core.units import parse_unit
from livingdrug.model.expression.dimensions import Measure, check_dimensions, measure_of_unit
from livingdrug.model.model import Model
from livingdrug.model.usage import Use, expressions_of

__all__ = ["check_dimensions_of_model", "check_units"]


def check_units(model: Model) -> Iterator[Issue]:
    """Every unit can be parsed, unless the model's dimensions are not looked at."""
    if model.dimension_policy == "off":
        return
    named = [(f"{name}", unit) for name, unit in model.units.items()]
    named += [(f"observable {item.name}", item.unit) for item in model.observables]
    named += [(f"dose {item.name}", item.unit) for item in model.doses]
    named += [(f"covariate {item.name}", item.unit) for item in model.covariates]
    named.append(("time", model.time_unit))
    for where, unit in named:
        try:
            parse_unit(unit)
        except UnitError as error:
            yield Issue("error", where, str(error))


def check_dimensions_of_model(model: Model) -> list[Issue]:
    """Find every term whose dimension or scale does not fit.

    Parameters
    ----------
    model : Model
        With units that parse.

    Returns
    -------
    list of Issue
        Errors in a strict model, warnings where the policy says ``"warn"``.
    """
    if model.dimension_policy == "off":
        return []
    level = "error" if model.dimension_policy == "strict" else "warning"
    units: dict[str, Measure | None] = {
        name: measure_of_unit(unit) for name, unit in model.units.items()
    }
    time = measure_of_unit(model.time_unit)
    issues = []
    for use in expressions_of(model):
        scope = dict(units)
        if use.kind == "dose":
            name = use.where.removeprefix("dose ")
            scope["dose"] = measure_of_unit(model.dose(name).unit)
        expected = _expected(model, use, units, time)
        _, problems = check_dimensions(use.node, scope, time, expected)
        issues += [Issue(level, use.where, problem) for problem in problems]  # type: ignore[arg-type]
    issues += [
        Issue(level, f"reaction {name}", text)  # type: ignore[arg-type]
        for name, text in _mixed_reactions(model, units)
    ]
    return issues


def _expected(
    model: Model, use: Use, units: dict[str, Measure | None], time: Measure
) -> Measure | None:
    if use.kind in ("assignment", "initial", "value", "dose"):
        return units.get(use.target)
    if use.kind in ("rate", "integral"):
        measure = units.get(use.target)
        return measure.times(time, -1) if measure else None
    if use.kind == "observable":
        return measure_of_unit(next(o.unit for o in model.observables if o.name == use.target))
    if use.kind == "time":
        return time
    if use.kind in ("stoichiometry", "priority"):
        return measure_of_unit("1")
    if use.kind == "reaction":
        extent = _extent(model, use.target, units)
        return extent.times(time, -1) if extent else None
    return None


def _extent(model: Model, reaction: str, units: dict[str, Measure | None]) -> Measure | None:
    """Return the measure of a reaction's extent: that of its first species without conversion."""
    found = next(item for item in model.reactions if item.name == reaction)
    for name, _ in (*found.reactants, *found.products):
        measure = _amount(model, name, units)
        if measure is not None:
            return measure
    return None


def _amount(model: Model, name: str, units: dict[str, Measure | None]) -> Measure | None:
    species = model.species_named(name)
    measure = units.get(name)
    if measure is None or species.conversion_factor:
        return None
    size = units.get(species.compartment) if species.is_concentration else None
    return measure.times(size) if size else measure


def _mixed_reactions(model: Model, units: dict[str, Measure | None]) -> Iterator[tuple[str, str]]:
    """Find reactions between species counted in different units without a conversion."""
    from livingdrug.model.expression.dimensions import describe, same_measure

    for reaction in model.reactions:
        extent = _extent(model, reaction.name, units)
        for name, _ in (*reaction.reactants, *reaction.products):
            measure = _amount(model, name, units)
            if extent and measure and not same_measure(measure, extent):
                yield (
                    reaction.name,
                    f"species {name!r} is {describe(measure, extent)}, the reaction's extent is "
                    f"{describe(extent)}; give {name!r} a conversion factor or split the reaction",
                )
