"""Compartments, species, parameters, rules and initial assignments."""

from __future__ import annotations

import math

import libsbml

from livingdrug.interop.sbml.context import Context
from livingdrug.interop.sbml.math import as_number
from livingdrug.model.expression.nodes import Node, divide, multiply, number, symbol

__all__ = [
    "add_compartments",
    "add_parameters",
    "add_rule_parts",
    "add_species",
    "check_starts",
    "name_quantities",
    "read_rules",
]


def name_quantities(context: Context) -> None:
    """Give every id of the one name space of a model its name.

    Parameters
    ----------
    context : Context
    """
    model = context.model
    for listing in (
        model.getListOfCompartments(),
        model.getListOfSpecies(),
        model.getListOfParameters(),
    ):
        for place in range(listing.size()):
            context.name(listing.get(place).getId())


def read_rules(context: Context) -> None:
    """Read assignment and rate rules and initial assignments; one without mathematics is none.

    Parameters
    ----------
    context : Context
    """
    model = context.model
    for place in range(model.getNumRules()):
        rule = model.getRule(place)
        if rule.isAlgebraic() or not rule.isSetMath():
            continue
        variable = rule.getVariable()
        kind = "assignment rule" if rule.isAssignment() else "rate rule"
        node = as_number(context.read(rule.getMath(), f"{kind} of {variable}"))
        (context.assigned if rule.isAssignment() else context.rated)[variable] = node
    for place in range(model.getNumInitialAssignments()):
        item = model.getInitialAssignment(place)
        if item.isSetMath():
            name = item.getSymbol()
            where = f"initial assignment of {name}"
            context.initial[name] = as_number(context.read(item.getMath(), where))


def add_rule_parts(context: Context, sbml_id: str, unit: str, *, initial: bool = True) -> None:
    """Add what rules and initial assignments say about one quantity.

    Parameters
    ----------
    context : Context
    sbml_id : str
    unit : str
    initial : bool, optional
        Also the initial assignment.
    """
    name = context.names[sbml_id]
    if sbml_id in context.assigned:
        context.builder.assign(name, context.assigned[sbml_id], unit)
    elif sbml_id in context.rated:
        context.builder.rate(name, context.rated[sbml_id])
    if initial and sbml_id in context.initial and sbml_id not in context.assigned:
        context.builder.initial(name, context.initial[sbml_id])


def compartment_unit(context: Context, compartment: libsbml.Compartment) -> str:
    """Return the unit of a size.

    Parameters
    ----------
    context : Context
    compartment : libsbml.Compartment

    Returns
    -------
    str
    """
    model, dimensions = context.model, compartment.getSpatialDimensionsAsDouble()
    if compartment.isSetUnits():
        return context.units.text(compartment.getUnits())
    if model.getLevel() < 3:
        default = {3.0: "volume", 2.0: "area", 1.0: "length"}.get(dimensions, "dimensionless")
        return context.units.text(default)
    default = {
        3.0: model.getVolumeUnits(),
        2.0: model.getAreaUnits(),
        1.0: model.getLengthUnits(),
    }.get(dimensions, "")
    return context.units.text(default)


def add_compartments(context: Context) -> None:
    """Add the compartments.

    Parameters
    ----------
    context : Context
    """
    model = context.model
    for place in range(model.getNumCompartments()):
        item = model.getCompartment(place)
        sbml_id, unit = item.getId(), compartment_unit(context, item)
        size = item.getSize() if item.isSetSize() else math.nan
        _add_valued(context, sbml_id, size, unit, item.getName(), is_compartment=True)


def add_parameters(context: Context) -> None:
    """Add the global parameters.

    Parameters
    ----------
    context : Context
    """
    model = context.model
    for place in range(model.getNumParameters()):
        item = model.getParameter(place)
        value = item.getValue() if item.isSetValue() else math.nan
        unit = context.units.text(item.getUnits())
        _add_valued(context, item.getId(), value, unit, item.getName())


def _add_valued(
    context: Context,
    sbml_id: str,
    value: float,
    unit: str,
    doc: str,
    *,
    is_compartment: bool = False,
) -> None:
    """Add a compartment or parameter. A value that is not given is not a number."""
    name = context.names[sbml_id]
    known = math.isfinite(value) if is_compartment else not math.isnan(value)
    add = context.builder.compartment if is_compartment else context.builder.parameter
    # what a rule or an initial assignment gives needs a number in its place
    add(name, value if known else 1.0, unit, doc=_doc(context, sbml_id, doc))
    add_rule_parts(context, sbml_id, unit)
    if not known and not context.is_determined(sbml_id):
        context.builder.initial(name, number(value))


def _doc(context: Context, sbml_id: str, name: str) -> str:
    renamed = context.names[sbml_id] != sbml_id
    return f"{name} (id {sbml_id})".strip() if renamed else name


# -- species ----------------------------------------------------------------------------------


def add_species(context: Context) -> None:
    """Add the species, with their amounts and concentrations as the file means them.

    Parameters
    ----------
    context : Context
    """
    model = context.model
    sizes = {
        model.getCompartment(k).getId(): model.getCompartment(k)
        for k in range(model.getNumCompartments())
    }
    nominal = _nominal(model)
    for place in range(model.getNumSpecies()):
        item = model.getSpecies(place)
        _add_one_species(context, item, sizes[item.getCompartment()], nominal)


def _nominal(model: libsbml.Model) -> float | None:
    """Return a size for species that start at zero: the smallest that one starts with."""
    values = []
    for place in range(model.getNumSpecies()):
        item = model.getSpecies(place)
        for is_set, value in (
            (item.isSetInitialAmount(), item.getInitialAmount()),
            (item.isSetInitialConcentration(), item.getInitialConcentration()),
        ):
            if is_set and math.isfinite(value) and value != 0.0:
                values.append(abs(value))
    return min(values) if values and min(values) < 1.0 else None


def species_unit(
    context: Context, item: libsbml.Species, compartment: libsbml.Compartment, amount: bool
) -> str:
    """Return the unit of the symbol of a species.

    Parameters
    ----------
    context : Context
    item : libsbml.Species
    compartment : libsbml.Compartment
    amount : bool

    Returns
    -------
    str
    """
    model = context.model
    default = "substance" if model.getLevel() < 3 else model.getSubstanceUnits()
    substance = context.units.text(item.getSubstanceUnits() or default)
    size = compartment_unit(context, compartment)
    return substance if amount or size == "1" else f"{substance}/{size}"


def _add_one_species(
    context: Context,
    item: libsbml.Species,
    compartment: libsbml.Compartment,
    nominal: float | None,
) -> None:
    sbml_id, size_id = item.getId(), compartment.getId()
    name, size_name = context.names[sbml_id], context.names[size_id]
    amount = item.getHasOnlySubstanceUnits() or compartment.getSpatialDimensionsAsDouble() == 0.0
    unit = species_unit(context, item, compartment, amount)
    followed = _may_follow_a_rule(context, compartment)
    fixed_size = compartment.isSetSize() and not (context.is_determined(size_id) or followed)
    size = compartment.getSize() if fixed_size else math.nan
    value, given = _initial(item, amount, size, symbol(size_name))
    moves = followed or any(
        size_id in changed for changed in (context.assigned, context.rated, context.events)
    )
    constant = item.getConstant()
    if constant and not amount and moves:
        constant = False  # the amount stays while the concentration follows the size
    factor = item.getConversionFactor() or context.model.getConversionFactor()
    known = math.isfinite(value)
    context.builder.species(
        name,
        initial=value if known else 1.0,
        unit=unit,
        compartment=size_name,
        only_substance=amount,
        boundary=item.getBoundaryCondition() or item.getConstant(),
        constant=constant,
        conversion_factor=context.names.get(factor, factor) if factor else "",
        nominal=None if known and value else nominal,
        non_negative=False,
        symbol=sbml_id if name != sbml_id else "",
        doc=item.getName(),
    )
    add_rule_parts(context, sbml_id, unit)
    if not context.is_determined(sbml_id):
        if given is not None:
            context.builder.initial(name, given)
        elif not known:
            context.builder.initial(name, number(value))


def _may_follow_a_rule(context: Context, compartment: libsbml.Compartment) -> bool:
    """Tell whether an algebraic rule may give a size, which then is another one than the file's."""
    rules = (context.model.getRule(k) for k in range(context.model.getNumRules()))
    free = not compartment.getConstant() and compartment.getId() not in context.rated
    return free and any(rule.isAlgebraic() and rule.isSetMath() for rule in rules)


def check_starts(context: Context, algebraic: set[str]) -> None:
    """Refuse differential equations that start at nothing, or at infinity.

    Parameters
    ----------
    context : Context
    algebraic : set of str
        Ids of quantities that algebraic rules determine.
    """
    model = context.model
    determined = algebraic | set(context.assigned) | set(context.initial)
    for listing in (
        model.getListOfCompartments(),
        model.getListOfSpecies(),
        model.getListOfParameters(),
    ):
        for item in (listing.get(k) for k in range(listing.size())):
            sbml_id, kind = item.getId(), item.getElementName()
            moves = sbml_id in context.rated or (kind == "species" and not item.getConstant())
            if sbml_id not in determined and moves and not math.isfinite(_start(item)):
                given = _start(item)
                context.refuse(
                    f"{kind} {sbml_id}",
                    "has no initial value" if math.isnan(given) else f"starts at {given:g}",
                    "give a finite one, or an initial assignment",
                )


def _start(item: libsbml.SBase) -> float:
    for name in ("Value", "Size", "InitialAmount", "InitialConcentration"):
        is_set = getattr(item, f"isSet{name}", None)
        if is_set is not None and is_set():
            return float(getattr(item, f"get{name}")())
    return math.nan


def _initial(
    item: libsbml.Species, amount: bool, size: float, size_symbol: Node
) -> tuple[float, Node | None]:
    """Return the value at the start in the meaning of the symbol, as a number or else a node."""
    if item.isSetInitialAmount():
        value, other = item.getInitialAmount(), not amount
    elif item.isSetInitialConcentration():
        value, other = item.getInitialConcentration(), amount
    else:
        return math.nan, None
    if not other:
        return value, None
    if math.isnan(size):
        change = multiply if amount else divide
        return math.nan, change(number(value), size_symbol)
    if amount:
        return value * size, None
    return (value / size if size else math.nan), None
