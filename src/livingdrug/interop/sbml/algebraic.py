"""Which quantity each algebraic rule determines: SBML leaves that to the reader."""

from __future__ import annotations

from collections.abc import Iterable

import libsbml

from livingdrug.interop.sbml.context import Context
from livingdrug.interop.sbml.math import as_number, identifiers

__all__ = ["add_algebraic_rules"]

Rank = tuple[bool, bool, bool]


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
    ranks = _free_quantities(context)
    held = [_mentioned(context, rule.getMath()) & set(ranks) for rule in rules]
    taken = _matched(ranks, held)
    for place, rule in enumerate(rules):
        if place not in taken.values():
            context.refuse(
                _place(rule, place),
                "no quantity that is determined by nothing else is left for it to determine",
            )
    for name, place in sorted(taken.items(), key=lambda item: item[1]):
        other = _as_good(name, taken, ranks, held)
        if other:
            context.refuse(
                _place(rules[place], place),
                f"may determine {name!r} or {other!r}: nothing else does, and the file does not "
                "say which",
                "make the one that does not change constant",
            )
        node = as_number(context.read(rules[place].getMath(), f"algebraic rule for {name}"))
        context.builder.algebraic(node, context.names[name])
    return set(taken)


def _place(rule: libsbml.Rule, place: int) -> str:
    return f"algebraic rule {rule.getIdAttribute() or place + 1}"


def _matched(names: Iterable[str], held: list[set[str]]) -> dict[str, int]:
    """Match rules with quantities, of which an earlier one is taken wherever that is possible."""
    taken: dict[int, str] = {}
    for name in names:
        _augment(name, held, taken, set())
    return {name: place for place, name in taken.items()}


def _augment(name: str, held: list[set[str]], taken: dict[int, str], seen: set[int]) -> bool:
    """Give a quantity a rule, moving other quantities to other rules where that is needed."""
    for place, names in enumerate(held):
        if name in names and place not in seen:
            seen.add(place)
            if place not in taken or _augment(taken[place], held, taken, seen):
                taken[place] = name
                return True
    return False


def _as_good(name: str, taken: dict[str, int], ranks: dict[str, Rank], held: list[set[str]]) -> str:
    """Return a quantity of the same rank that could be determined instead; empty for none."""
    kept = [key for key in taken if key != name]
    for other, rank in ranks.items():
        free = other not in taken and rank == ranks[name]
        if free and len(_matched([*kept, other], held)) == len(taken):
            return other
    return ""


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


def _free_quantities(context: Context) -> dict[str, Rank]:
    """Return what nothing else determines, first what is most likely meant to follow a rule.

    That is what has no value of its own, then what has one, then boundary species, which are held
    from outside, and last what events change.
    """
    model = context.model
    reactions = [model.getReaction(k) for k in range(model.getNumReactions())]
    references = [
        listing.get(k)
        for reaction in reactions
        for listing in (reaction.getListOfReactants(), reaction.getListOfProducts())
        for k in range(listing.size())
    ]
    reacting = {reference.getSpecies() for reference in references}
    free: dict[str, Rank] = {}
    for listing in (
        model.getListOfCompartments(),
        model.getListOfParameters(),
        model.getListOfSpecies(),
        references if model.getLevel() >= 3 else [],
    ):
        for item in listing:
            name, kind = item.getId(), item.getElementName()
            outside = kind == "species" and item.getBoundaryCondition()
            if not name or item.getConstant() or name in context.assigned or name in context.rated:
                continue
            if kind == "species" and name in reacting and not outside:
                continue
            valued = name in context.initial or _has_value(item)
            free[name] = name in context.events, outside, valued
    return dict(sorted(free.items(), key=lambda item: item[1]))


def _has_value(item: libsbml.SBase) -> bool:
    kinds = ("Value", "Size", "InitialAmount", "InitialConcentration", "Stoichiometry")
    return any(getattr(item, f"isSet{kind}", bool)() for kind in kinds)
