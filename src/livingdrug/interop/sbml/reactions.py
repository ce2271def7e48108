"""Reactions: kinetic laws, local parameters, stoichiometry."""

from __future__ import annotations

import math
from collections.abc import Iterator

import libsbml

from livingdrug.interop.sbml.context import Context
from livingdrug.interop.sbml.math import as_number
from livingdrug.interop.sbml.quantities import add_rule_parts
from livingdrug.model.expression.nodes import Kind, Node, add, multiply, negate, number, symbol
from livingdrug.model.reaction import Reaction, Side

__all__ = ["add_reactions", "name_reactions"]


def name_reactions(context: Context) -> None:
    """Give names to reactions and stoichiometries that expressions or rules mention.

    Parameters
    ----------
    context : Context
    """
    model = context.model
    for place in range(model.getNumReactions()):
        reaction = model.getReaction(place)
        context.name(reaction.getId())
        if model.getLevel() >= 3:
            for reference in _references(reaction):
                sbml_id = reference.getId()
                if sbml_id and _is_variable(context, sbml_id):
                    context.name(sbml_id)


def _is_variable(context: Context, sbml_id: str) -> bool:
    if sbml_id in context.used or sbml_id in context.events:
        return True
    rules = [context.model.getRule(k) for k in range(context.model.getNumRules())]
    return any(rule.getVariable() == sbml_id for rule in rules) or (
        context.model.getInitialAssignmentBySymbol(sbml_id) is not None
    )


def _references(reaction: libsbml.Reaction) -> Iterator[libsbml.SpeciesReference]:
    for place in range(reaction.getNumReactants()):
        yield reaction.getReactant(place)
    for place in range(reaction.getNumProducts()):
        yield reaction.getProduct(place)


def add_reactions(context: Context) -> None:
    """Add the reactions.

    Parameters
    ----------
    context : Context
    """
    for place in range(context.model.getNumReactions()):
        _add_one(context, context.model.getReaction(place))


def _add_one(context: Context, reaction: libsbml.Reaction) -> None:
    sbml_id = reaction.getId()
    where = f"reaction {sbml_id}"
    law = reaction.getKineticLaw()
    if law is None or not law.isSetMath():
        context.refuse(where, "has no kinetic law, so nothing says how fast it is")
        return
    rate = as_number(context.read(law.getMath(), where, _local_parameters(context, reaction)))
    name = context.names[sbml_id]
    if sbml_id in context.used:
        context.builder.assign(name, rate, "1", doc=f"rate of the reaction {sbml_id}")
        rate = symbol(name)
    context.values[sbml_id] = rate
    reactants = _side(context, reaction.getListOfReactants(), where)
    products = _side(context, reaction.getListOfProducts(), where)
    if not reactants and not products:
        return  # it changes nothing; its rate may still be a symbol
    fast, doc = reaction.isSetFast() and reaction.getFast(), reaction.getName()
    for label, left, right, law_node, net in _directions(reaction, name, reactants, products, rate):
        made = Reaction(label, left, right, law_node, net, doc=doc, fast=fast)
        context.builder.add_reaction(made)


def _directions(
    reaction: libsbml.Reaction, name: str, reactants: Side, products: Side, rate: Node
) -> Iterator[tuple[str, Side, Side, Node, bool]]:
    """Yield one reaction, or one for each direction of a law that is written as a difference."""
    forward, backward = _split(rate)
    if backward is None:
        yield name, reactants, products, rate, False
    elif reaction.getReversible() and forward is not None:
        yield f"{name}_forward", reactants, products, forward, False
        yield f"{name}_reverse", products, reactants, backward, False
    else:
        yield name, reactants, products, rate, True


def _split(rate: Node) -> tuple[Node | None, Node | None]:
    """Split a law into what is added and what is subtracted, in a product with one sum as well."""
    factors = rate.args if rate.kind is Kind.MULTIPLY else (rate,)
    sums = [factor for factor in factors if factor.kind is Kind.ADD]
    if len(sums) != 1:
        negative = any(_is_negative(factor) for factor in factors)
        return (None, rate) if negative or len(sums) > 1 else (rate, None)
    others = [factor for factor in factors if factor is not sums[0]]
    if any(_is_negative(factor) for factor in others):
        return None, rate
    minus = [negate(term) for term in sums[0].args if _is_negative(term)]
    plus = [term for term in sums[0].args if not _is_negative(term)]
    if not minus:
        return rate, None
    if not plus:
        return None, rate
    return multiply(*others, add(*plus)), multiply(*others, add(*minus))


def _is_negative(term: Node) -> bool:
    first = term.args[0] if term.kind is Kind.MULTIPLY else term
    return first.is_number() and first.value < 0.0


def _local_parameters(context: Context, reaction: libsbml.Reaction) -> dict[str, str]:
    law = reaction.getKineticLaw()
    local: dict[str, str] = {}
    listing = (
        law.getListOfLocalParameters()
        if context.model.getLevel() >= 3
        else law.getListOfParameters()
    )
    for place in range(listing.size()):
        item = listing.get(place)
        name = context.free_name(f"{context.names[reaction.getId()]}_{item.getId()}")
        local[item.getId()] = name
        value = item.getValue() if item.isSetValue() else math.nan
        known = not math.isnan(value)
        unit = context.units.text(item.getUnits())
        doc = item.getName() or f"{item.getId()} of the reaction {reaction.getId()}"
        context.builder.parameter(name, value if known else 1.0, unit, doc=doc)
        if not known:
            context.builder.initial(name, number(value))
    return local


def _side(context: Context, listing: libsbml.ListOf, where: str) -> Side:
    pairs = []
    for place in range(listing.size()):
        reference = listing.get(place)
        species = context.names.get(reference.getSpecies())
        if species is None:
            context.refuse(where, f"there is no species {reference.getSpecies()!r}")
            continue
        pairs.append((species, _stoichiometry(context, reference, where)))
    return tuple(pairs)


def _stoichiometry(context: Context, reference: libsbml.SpeciesReference, where: str) -> Node:
    sbml_id = reference.getId()
    if reference.isSetStoichiometryMath() and reference.getStoichiometryMath().isSetMath():
        return as_number(context.read(reference.getStoichiometryMath().getMath(), where))
    unset = context.model.getLevel() >= 3 and not reference.isSetStoichiometry()
    value = math.nan if unset else reference.getStoichiometry() / reference.getDenominator()
    if sbml_id in context.names and context.model.getLevel() >= 3:
        name = context.names[sbml_id]
        known = not math.isnan(value)
        context.builder.parameter(
            name, value if known else 1.0, "1", doc=f"stoichiometry in the {where}"
        )
        add_rule_parts(context, sbml_id, "1")
        if not known and not context.is_determined(sbml_id):
            context.builder.initial(name, number(value))
        return symbol(name)
    if unset:
        context.refuse(where, f"the stoichiometry of {reference.getSpecies()!r} is not given")
        return number(1.0)
    if sbml_id:
        context.values[sbml_id] = number(value)
    return number(value)
