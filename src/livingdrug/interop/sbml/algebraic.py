"""Which quantity each algebraic rule determines: SBML leaves that to the reader."""

from __future__ import annotations

import libsbml

from livingdrug.interop.sbml.context import Context
from livingdrug.interop.sbml.math import as_number, identifiers

__all__ = ["add_algebraic_rules"]


def add_algebraic_rules(context: Context) -> set[str]:
    """Match algebraic rules with quantities that nothing else determines.

    Parameters
    ----------
    context : Context

    Returns
    -------
    set of str
        Ids of these quantities.
    """
    model = context.model
    rules = [model.getRule(k) for k in range(model.getNumRules())]
    rules = [rule for rule in rules if rule.isAlgebraic() and rule.isSetMath()]
    if not rules:
        return set()
    free = _free_quantities(context)
    # what an event changes as well comes last, so that it is taken only where nothing else is left
    held = [
        sorted(_mentioned(context, rule.getMath()) & free, key=lambda name: name in context.events)
        for rule in rules
    ]
    taken: dict[str, int] = {}
    for place, rule in enumerate(rules):
        where = f"algebraic rule {rule.getIdAttribute() or place + 1}"
        if not _augment(place, held, taken, set()):
            context.refuse(
                where,
                "no quantity that is determined by nothing else is left for it to determine",
            )
    for name, place in sorted(taken.items(), key=lambda item: item[1]):
        where = f"algebraic rule for {name}"
        node = as_number(context.read(rules[place].getMath(), where))
        context.builder.algebraic(node, context.names[name])
    return set(taken)


def _mentioned(context: Context, tree: libsbml.ASTNode) -> set[str]:
    """Return the ids in a rule; assigned quantities stand for what they are computed from."""
    found: set[str] = set()
    waiting = [tree]
    while waiting:
        for name in identifiers(waiting.pop()) - found:
            found.add(name)
            rule = context.model.getRuleByVariable(name)
            if rule is not None and rule.isAssignment() and rule.isSetMath():
                waiting.append(rule.getMath())
            reaction = context.model.getReaction(name)
            if reaction is not None and reaction.getKineticLaw() is not None:
                waiting.append(reaction.getKineticLaw().getMath())
    return found


def _free_quantities(context: Context) -> set[str]:
    model = context.model
    reacting = {
        reference.getSpecies()
        for k in range(model.getNumReactions())
        for listing in (
            model.getReaction(k).getListOfReactants(),
            model.getReaction(k).getListOfProducts(),
        )
        for reference in (listing.get(j) for j in range(listing.size()))
    }
    free = set()
    for listing in (
        model.getListOfCompartments(),
        model.getListOfParameters(),
        model.getListOfSpecies(),
    ):
        for item in (listing.get(k) for k in range(listing.size())):
            if not item.getConstant():
                free.add(item.getId())
    for k in range(model.getNumSpecies()):
        species = model.getSpecies(k)
        if species.getId() in reacting and not species.getBoundaryCondition():
            free.discard(species.getId())
    if model.getLevel() >= 3:
        for k in range(model.getNumReactions()):
            reaction = model.getReaction(k)
            for listing in (reaction.getListOfReactants(), reaction.getListOfProducts()):
                for item in (listing.get(j) for j in range(listing.size())):
                    if item.getId() and not item.getConstant():
                        free.add(item.getId())
    return free - set(context.assigned) - set(context.rated)


def _augment(place: int, held: list[list[str]], taken: dict[str, int], seen: set[str]) -> bool:
    """Give a rule a quantity, moving other rules to other quantities where that is needed."""
    for name in held[place]:
        if name in seen:
            continue
        seen.add(name)
        if name not in taken or _augment(taken[name], held, taken, seen):
            taken[name] = place
            return True
    return False
