"""The native part of an SBML document: what other tools run."""

from __future__ import annotations

import math
from collections.abc import Sequence

import libsbml

from livingdrug.core.errors import CapabilityError, Issue
from livingdrug.interop.sbml.write.happenings import add_events
from livingdrug.interop.sbml.write.ids import Ids
from livingdrug.interop.sbml.write.mathml import to_mathml
from livingdrug.interop.sbml.write.units import UnitIds
from livingdrug.model.expression.nodes import Node
from livingdrug.model.expression.walk import free_symbols
from livingdrug.model.model import Model, Role
from livingdrug.model.reaction import Reaction
from livingdrug.model.species import Species

__all__ = ["BODY", "Writing", "native_document"]

BODY = "livingdrug_body"
"""Compartment of size 1 for species that have none."""


class Writing:
    """A document on its way.

    Parameters
    ----------
    model : Model

    Attributes
    ----------
    document : libsbml.SBMLDocument
    target : libsbml.Model
    ids : Ids
    units : UnitIds
    issues : list of Issue
        What cannot be written.
    """

    def __init__(self, model: Model) -> None:
        self.model = model
        self.document = libsbml.SBMLDocument(3, 2)
        self.target = self.document.createModel()
        self.ids = Ids()
        self.units = UnitIds(self.target)
        self.issues: list[Issue] = []

    def math(self, node: Node) -> libsbml.ASTNode:
        """Translate an expression.

        Parameters
        ----------
        node : Node

        Returns
        -------
        libsbml.ASTNode
        """
        return to_mathml(node, self.ids.of)


def native_document(model: Model) -> Writing:
    """Write what SBML has elements for.

    Parameters
    ----------
    model : Model

    Returns
    -------
    Writing

    Raises
    ------
    CapabilityError
        Listing everything that cannot be written.
    """
    out = Writing(model)
    target = out.target
    target.setId(out.ids.other(model.id))
    target.setName(model.title or model.id)
    clock = out.units.id(model.time_unit)
    if clock:
        target.setTimeUnits(clock)
    for name in _quantities(model):
        out.ids.quantity(name)
    _add_compartments(out)
    _add_species(out)
    _add_parameters(out)
    _add_rules(out)
    for reaction in model.reactions:
        _add_reaction(out, reaction)
    add_events(out)
    if out.issues:
        raise CapabilityError(out.issues)
    return out


def _quantities(model: Model) -> list[str]:
    groups = (
        model.compartments, model.species, model.parameters, model.inputs, model.assignments,
        model.integrals, model.observables,
    )  # fmt: skip
    return [item.name for group in groups for item in group]


def _add_compartments(out: Writing) -> None:
    roles = out.model.roles
    for item in out.model.compartments:
        made = out.target.createCompartment()
        made.setId(out.ids.of[item.name])
        made.setName(item.doc or item.name)
        made.setSpatialDimensions(3)
        made.setConstant(roles[item.name] is Role.CONSTANT)
        if roles[item.name] is not Role.ASSIGNED:
            made.setSize(item.size)
        _set_units(out, made, item.unit)
    if any(not item.compartment for item in out.model.species):
        body = out.target.createCompartment()
        body.setId(out.ids.quantity(BODY))
        body.setSpatialDimensions(3)
        body.setSize(1.0)
        body.setConstant(True)
        body.setName("stands for no place: species in it are amounts")


def _add_species(out: Writing) -> None:
    roles = out.model.roles
    sizes = {item.name: item.size for item in out.model.compartments}
    for item in out.model.species:
        made = out.target.createSpecies()
        made.setId(out.ids.of[item.name])
        made.setName(item.doc or item.name)
        made.setCompartment(out.ids.of[item.compartment or BODY])
        made.setHasOnlySubstanceUnits(not item.is_concentration)
        made.setBoundaryCondition(item.boundary)
        made.setConstant(item.constant and roles[item.name] is Role.CONSTANT)
        if roles[item.name] is not Role.ASSIGNED:
            if item.is_concentration:
                made.setInitialConcentration(item.initial)
            else:
                made.setInitialAmount(item.initial)
        if item.conversion_factor:
            made.setConversionFactor(out.ids.of[item.conversion_factor])
        unit = _substance(item, sizes)
        found = out.units.id(unit) if unit else ""
        if found:
            made.setSubstanceUnits(found)


def _substance(item: Species, sizes: dict[str, float]) -> str:
    """Return the unit of the amount; nothing where it is not written in the unit itself."""
    if not item.is_concentration:
        return item.unit
    return item.unit.rpartition("/")[0] if "/" in item.unit else ""


def _set_units(out: Writing, made: libsbml.SBase, text: str) -> None:
    found = out.units.id(text)
    if found:
        made.setUnits(found)


def _add_parameters(out: Writing) -> None:
    roles = out.model.roles
    for item in out.model.parameters:
        value = None if roles[item.name] is Role.ASSIGNED else item.value
        constant = roles[item.name] is Role.CONSTANT
        _parameter(out, out.ids.of[item.name], value, item.unit, item.doc or item.name, constant)
    for source in out.model.inputs:
        _parameter(
            out, out.ids.of[source.name], source.default, source.unit, source.doc, constant=True
        )
    declared = {
        item.name
        for group in (out.model.compartments, out.model.species, out.model.parameters)
        for item in group
    }
    for rule in out.model.assignments:
        if rule.name not in declared:
            _parameter(out, out.ids.of[rule.name], None, rule.unit, rule.doc, constant=False)
            declared.add(rule.name)
    for integral in out.model.integrals:
        _parameter(out, out.ids.of[integral.name], 0.0, integral.unit, integral.doc, constant=False)
        declared.add(integral.name)
    for seen in out.model.observables:
        if seen.name not in declared:
            _parameter(out, out.ids.of[seen.name], None, seen.unit, seen.doc, constant=False)


def _parameter(
    out: Writing, sbml_id: str, value: float | None, unit: str, doc: str, constant: bool
) -> None:
    made = out.target.createParameter()
    made.setId(sbml_id)
    made.setConstant(constant)
    if doc:
        made.setName(doc)
    if value is not None:
        made.setValue(value)
    _set_units(out, made, unit)


def _add_rules(out: Writing) -> None:
    model, target = out.model, out.target
    for name, node in model.initial_assignments:
        made = target.createInitialAssignment()
        made.setSymbol(out.ids.of[name])
        made.setMath(out.math(node))
    rules = [(item.name, item.expression) for item in model.assignments]
    known = {
        item.name
        for group in (model.compartments, model.species, model.parameters, model.assignments)
        for item in group
    }
    rules += [(item.name, item.expression) for item in model.observables if item.name not in known]
    for name, node in rules:
        made = target.createAssignmentRule()
        made.setVariable(out.ids.of[name])
        made.setMath(out.math(node))
    rates = [(item.name, item.rate) for item in model.rates]
    rates += [(item.name, item.integrand) for item in model.integrals]
    for name, node in rates:
        made = target.createRateRule()
        made.setVariable(out.ids.of[name])
        made.setMath(out.math(node))
    for node in model.algebraic:
        made = target.createAlgebraicRule()
        made.setMath(out.math(node))


def _add_reaction(out: Writing, reaction: Reaction) -> None:
    if reaction.fast:
        where = f"reaction {reaction.name}"
        message = "is fast, which SBML Level 3 Version 2 has no word for"
        out.issues.append(Issue("error", where, message))
    made = out.target.createReaction()
    made.setId(out.ids.other(reaction.name))
    made.setName(reaction.doc or reaction.name)
    made.setReversible(reaction.net)
    sides = ((reaction.reactants, made.createReactant), (reaction.products, made.createProduct))
    for side, create in sides:
        for name, count in side:
            reference = create()
            reference.setSpecies(out.ids.of[name])
            if count.is_number() and math.isfinite(count.value):
                reference.setStoichiometry(count.value)
                reference.setConstant(True)
            else:
                _vary(out, reference, count, f"{reaction.name}_{name}")
    _add_modifiers(out, made, reaction)
    law = made.createKineticLaw()
    law.setMath(out.math(reaction.rate))


def _vary(out: Writing, reference: libsbml.SpeciesReference, count: Node, wanted: str) -> None:
    """Give a stoichiometry that is an expression an id and a rule."""
    reference.setId(out.ids.other(f"stoichiometry_{wanted}"))
    reference.setConstant(False)
    rule = out.target.createAssignmentRule()
    rule.setVariable(reference.getId())
    rule.setMath(out.math(count))


def _add_modifiers(out: Writing, made: libsbml.Reaction, reaction: Reaction) -> None:
    species = [item.name for item in out.model.species]
    sides: Sequence[tuple[str, Node]] = (*reaction.reactants, *reaction.products)
    taking = {name for name, _ in sides}
    used = set(free_symbols([reaction.rate]))
    for name in species:
        if name in used and name not in taking:
            made.createModifier().setSpecies(out.ids.of[name])
