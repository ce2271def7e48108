"""Fast reactions: what the search for their equilibrium needs.

With the rates ``w`` of the fast reactions and the matrix ``C`` of what one extent of each does to
the states, ``dy/dt = s(t, y) + C w(t, y) / epsilon`` for ever smaller epsilon: the states are where
``C w`` leads and vanishes, and what ``C`` leaves alone moves by ``s``.
"""

from __future__ import annotations

from collections.abc import Iterator

from livingdrug.core.errors import CapabilityError, Issue, raise_issues
from livingdrug.model.expression.differentiate import differentiate
from livingdrug.model.expression.nodes import TIME, Kind, Node, add, multiply, negate, symbol
from livingdrug.model.expression.text import to_text
from livingdrug.model.expression.walk import free_symbols, postorder, substitute
from livingdrug.model.model import Model
from livingdrug.model.reaction import Reaction
from livingdrug.model.usage import expressions_of
from livingdrug.system.blocks import Block
from livingdrug.system.layout import Layout
from livingdrug.system.lower.symbols import SwitchTable, expand_assignments

__all__ = ["check_fast", "fast_species", "lower_fast"]

_EDGES = {"floor", "ceil", "sign", "factorial", "min", "max"}


def fast_species(model: Model) -> frozenset[str]:
    """Return the species that fast reactions change.

    Parameters
    ----------
    model : Model

    Returns
    -------
    frozenset of str
    """
    boundary = {item.name for item in model.species if item.boundary}
    return frozenset(
        name
        for reaction in _fast(model)
        for name, _ in (*reaction.reactants, *reaction.products)
        if name not in boundary
    )


def _fast(model: Model) -> list[Reaction]:
    return [reaction for reaction in model.reactions if reaction.fast]


def check_fast(model: Model) -> None:
    """Refuse what has no meaning, or is not computed, beside fast reactions.

    Parameters
    ----------
    model : Model
        After `solve_algebraic`.

    Raises
    ------
    CapabilityError
        Naming every place.
    """
    fast = _fast(model)
    if not fast:
        return
    moved, known = fast_species(model), expand_assignments(model, {})
    issues = [
        Issue("error", f"{model.id}, {where}", message)
        for where, message in _refused(model, moved, known)
    ]
    raise_issues(issues, CapabilityError)


def _refused(
    model: Model, moved: frozenset[str], known: dict[Node, Node]
) -> Iterator[tuple[str, str]]:
    def holds(node: Node) -> bool:
        return bool(moved.intersection(free_symbols(substitute([node], known))))

    if model.algebraic:
        names = ", ".join(model.algebraic_variables)
        yield (
            f"algebraic rules for {names}",
            "are solved for beside the rates, which is not done together with fast reactions",
        )
    for item in model.species:
        if item.log_state and item.name in moved:
            yield f"species {item.name}", "is a log state, which a fast reaction cannot change"
    for reaction in _fast(model):
        for name, count in (*reaction.reactants, *reaction.products):
            if holds(count):
                yield (
                    f"reaction {reaction.name}",
                    f"is fast, and the stoichiometry of {name} depends on what it changes",
                )
        for part in postorder([substitute([reaction.rate], known)[0]]):
            if part.kind is Kind.DELAY:
                yield (
                    f"reaction {reaction.name}",
                    f"is fast, and its rate reads a delayed value: `{to_text(part)}`",
                )
            edge = part.kind is Kind.RELATION or (part.kind is Kind.CALL and part.name in _EDGES)
            if edge and any(holds(arg) for arg in part.args):
                yield (
                    f"reaction {reaction.name}",
                    f"is fast, and its rate has an edge in what it changes: `{to_text(part)}`",
                )
    for use in expressions_of(model):
        for part in postorder([use.node]):
            if part.kind is Kind.RATE_OF and holds(part.args[0]):
                yield (
                    use.where,
                    f"`{to_text(part)}` is the rate of change of what a fast reaction changes, "
                    "which is not computed",
                )


def lower_fast(
    model: Model, layout: Layout, known: dict[Node, Node], table: SwitchTable
) -> dict[str, Block]:
    """Return the blocks of the fast reactions; none for a model without any.

    Parameters
    ----------
    model : Model
    layout : Layout
    known : dict from Node to Node
        What each symbol is over slots.
    table : SwitchTable

    Returns
    -------
    dict from str to Block
        ``fast rates``; ``fast slopes``, their derivatives with respect to each state, reaction by
        reaction; ``fast drift``, those with respect to time; ``fast changes``, what one extent of
        each reaction adds to each state, state by state.
    """
    fast = _fast(model)
    if not fast:
        return {}
    names, states = tuple(item.name for item in fast), [slot.symbol for slot in layout.states]
    rates = [table.freeze(node, "rate") for node in substitute([item.rate for item in fast], known)]
    changes = [_change(model, item, slot.name) for slot in layout.states for item in fast]
    frozen = [table.freeze(node, "rate") for node in substitute(changes, known)]
    slopes = tuple(differentiate(rate, symbol(state)) for rate in rates for state in states)
    return {
        "fast rates": Block("fast rates", names, tuple(rates)),
        "fast slopes": Block(
            "fast slopes", tuple(f"d {n}/d {s}" for n in names for s in states), slopes
        ),
        "fast drift": Block("fast drift", names, tuple(differentiate(r, TIME) for r in rates)),
        "fast changes": Block(
            "fast changes", tuple(f"{s} by {n}" for s in states for n in names), tuple(frozen)
        ),
    }


def _change(model: Model, reaction: Reaction, state: str) -> Node:
    """Return what one extent of a reaction adds to a state."""
    species = next((item for item in model.species if item.name == state), None)
    if species is None or species.boundary:
        return add()
    parts = [negate(count) for name, count in reaction.reactants if name == state]
    parts += [count for name, count in reaction.products if name == state]
    total = add(*parts)
    return (
        multiply(symbol(species.conversion_factor), total) if species.conversion_factor else total
    )
