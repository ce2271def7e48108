"""What an SBML document says apart from its numbers: the same for any layout, order and texts."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

import libsbml

__all__ = ["initial_formulas", "structure_digest"]

_ASSOCIATIVE = {
    libsbml.AST_PLUS, libsbml.AST_TIMES, libsbml.AST_LOGICAL_AND, libsbml.AST_LOGICAL_OR,
}  # fmt: skip
_NAMED = {libsbml.AST_NAME, libsbml.AST_FUNCTION}


def structure_digest(document: libsbml.SBMLDocument) -> str:
    """Return SHA-256 of the elements, mathematics and units of a document.

    Sizes, initial values and values of parameters are left out, as numbers and as initial
    assignments, and so are names, notes, annotations, layout and the order of elements: another
    tool that only saves a file, or changes a number in it, gives the same digest.

    Parameters
    ----------
    document : libsbml.SBMLDocument

    Returns
    -------
    str
    """
    lines = sorted("\0".join(map(str, line)) for line in _lines(document))
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def initial_formulas(model: libsbml.Model) -> dict[str, str]:
    """Return the initial assignments, as text that depends on nothing but their mathematics.

    Parameters
    ----------
    model : libsbml.Model

    Returns
    -------
    dict from str to str
        By symbol.
    """
    listing = model.getListOfInitialAssignments()
    return {item.getSymbol(): _formula(item) for item in _items(listing)}


def _lines(document: libsbml.SBMLDocument) -> Iterator[tuple[object, ...]]:
    model = document.getModel()
    for place in range(document.getNumPlugins()):
        name = document.getPlugin(place).getPackageName()
        if document.getPackageRequired(name):  # one that changes what the rest means
            yield "package", name
    yield "model", _unit(model, model.getTimeUnits()), model.getConversionFactor()
    for item in _items(model.getListOfFunctionDefinitions()):
        yield "function", item.getId(), _formula(item)
    for item in _items(model.getListOfCompartments()):
        dimensions = item.getSpatialDimensionsAsDouble()
        yield (
            "compartment", item.getId(), item.getConstant(), dimensions,
            _unit(model, item.getUnits()),
        )  # fmt: skip
    for item in _items(model.getListOfSpecies()):
        yield (
            "species", item.getId(), item.getCompartment(), item.getHasOnlySubstanceUnits(),
            item.getBoundaryCondition(), item.getConstant(), item.getConversionFactor(),
            _unit(model, item.getSubstanceUnits()),
        )  # fmt: skip
    for item in _items(model.getListOfParameters()):
        yield "parameter", item.getId(), item.getConstant(), _unit(model, item.getUnits())
    yield from _mathematics(model)


def _mathematics(model: libsbml.Model) -> Iterator[tuple[object, ...]]:
    for item in _items(model.getListOfRules()):
        yield "rule", item.getElementName(), item.getVariable(), _formula(item)
    for item in _items(model.getListOfReactions()):
        law = item.getKineticLaw()
        locals_of = [] if law is None else [
            (part.getId(), part.getValue()) for part in _items(law.getListOfLocalParameters())
        ]  # fmt: skip
        sides = [
            sorted((part.getSpecies(), _number(part.getStoichiometry()), part.getId())
                   for part in _items(side))
            for side in (item.getListOfReactants(), item.getListOfProducts())
        ]  # fmt: skip
        yield "reaction", item.getId(), sides, locals_of, _formula(law)
    for item in _items(model.getListOfEvents()):
        trigger = item.getTrigger()
        assigned = sorted(
            (part.getVariable(), _formula(part))
            for part in _items(item.getListOfEventAssignments())
        )
        yield (
            "event", _formula(trigger),
            trigger is not None and (trigger.getPersistent(), trigger.getInitialValue()),
            _formula(item.getDelay()), _formula(item.getPriority()),
            item.getUseValuesFromTriggerTime(), assigned,
        )  # fmt: skip
    for item in _items(model.getListOfConstraints()):
        yield "constraint", _formula(item)


def _items(listing: libsbml.ListOf) -> Iterator[libsbml.SBase]:
    for place in range(listing.size()):
        yield listing.get(place)


def _formula(holder: libsbml.SBase | None) -> str:
    """Return the mathematics of an element; empty for none."""
    if holder is None or not holder.isSetMath():
        return ""
    return _text(holder.getMath())


def _text(tree: libsbml.ASTNode) -> str:
    kind = tree.getType()
    if tree.isNumber():
        return _number(tree.getValue())
    args = [tree.getChild(place) for place in range(tree.getNumChildren())]
    if kind == libsbml.AST_MINUS and len(args) == 1 and args[0].isNumber():
        return _number(-args[0].getValue())
    if kind in _ASSOCIATIVE:  # written nested or flat, and libSBML changes one into the other
        args = list(_flat(tree, kind))
    name = tree.getName() if kind in _NAMED else ""
    return f"{kind}:{name}({', '.join(map(_text, args))})"


def _flat(tree: libsbml.ASTNode, kind: int) -> Iterator[libsbml.ASTNode]:
    for place in range(tree.getNumChildren()):
        child = tree.getChild(place)
        if child.getType() == kind:
            yield from _flat(child, kind)
        else:
            yield child


def _number(value: float) -> str:
    return f"{value:.14g}"  # a file has 15 digits


def _unit(model: libsbml.Model, name: str) -> str:
    """Return what a unit is made of, whatever it is called."""
    defined = model.getUnitDefinition(name)
    if defined is None:
        return str(name)
    parts = sorted(
        f"{libsbml.UnitKind_toString(part.getKind())} {_number(part.getExponentAsDouble())} "
        f"{part.getScale()} {_number(part.getMultiplier())}"
        for part in _items(defined.getListOfUnits())
    )
    return "; ".join(parts)
