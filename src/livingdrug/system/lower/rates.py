"""Sum reactions and plain rates into the right-hand side of each state."""

from __future__ import annotations

from livingdrug.core.errors import CapabilityError, ModelError
from livingdrug.model.expression.differentiate import time_derivative
from livingdrug.model.expression.nodes import (
    ZERO,
    Kind,
    Node,
    add,
    multiply,
    negate,
    rate_of,
    symbol,
)
from livingdrug.model.expression.walk import divide_out, postorder, substitute
from livingdrug.model.model import Model, Role
from livingdrug.model.usage import expressions_of
from livingdrug.system.layout import Layout, StateSlot
from livingdrug.system.lower.delays import DelayTable

__all__ = ["lower_rates"]


def lower_rates(
    model: Model, layout: Layout, known: dict[Node, Node], delays: DelayTable
) -> tuple[list[Node], dict[Node, Node]]:
    """Return the time derivative of every state, over slots.

    Parameters
    ----------
    model : Model
    layout : Layout
    known : dict from Node to Node
        What each symbol is over slots.
    delays : DelayTable
        Receives the rates of change of delayed values.

    Returns
    -------
    list of Node
        One for each state; for log states the derivative of the logarithm.
    dict from Node to Node
        What each ``rate_of`` is over slots.

    Raises
    ------
    CapabilityError
        For a circle of ``rate_of``.
    """
    raw = [_derivative(model, slot) for slot in layout.states]
    lowered = substitute(raw, known)
    rates_of = _resolve_rates_of(model, layout, known, lowered, delays)
    lowered = substitute(lowered, rates_of)
    result = []
    for slot, node in zip(layout.states, lowered, strict=True):
        relative = divide_out(node, symbol(slot.symbol)) if slot.log_state else node
        if relative is None:
            raise ModelError(
                f"{model.id}: the rate of the log state {slot.name!r} has not the factor "
                f"{slot.name!r}"
            )
        result.append(relative)
    return result, rates_of


def _derivative(model: Model, slot: StateSlot) -> Node:
    """Return the derivative of a slot over the symbols of the model."""
    for integral in model.integrals:
        if integral.name == slot.name:
            return integral.integrand
    if slot.algebraic:
        return model.algebraic[model.algebraic_variables.index(slot.name)]
    own = symbol(slot.name)
    for rate in model.rates:
        if rate.name == slot.name:
            if not slot.compartment:
                return rate.rate
            # the rule gives the concentration's rate; the amount also follows the size
            size = symbol(slot.compartment)
            return add(multiply(rate.rate, size), multiply(own, _size_rate(model, slot)))
    species = next((item for item in model.species if item.name == slot.name), None)
    if species is None or species.boundary:
        return ZERO
    terms = []
    for reaction in model.reactions:
        if reaction.fast:
            continue  # see `lower.fast`
        for sign, side in ((-1, reaction.reactants), (1, reaction.products)):
            for name, count in side:
                if name == slot.name:
                    term = multiply(count, reaction.rate)
                    terms.append(term if sign > 0 else negate(term))
    total = add(*terms) if terms else ZERO
    if species.conversion_factor:
        total = multiply(symbol(species.conversion_factor), total)
    return total


def _size_rate(model: Model, slot: StateSlot) -> Node:
    if model.roles[slot.compartment] is Role.STATE:
        return next(rate.rate for rate in model.rates if rate.name == slot.compartment)
    if model.roles[slot.compartment] is Role.ASSIGNED:
        return rate_of(symbol(slot.compartment))
    return ZERO


def _resolve_rates_of(
    model: Model,
    layout: Layout,
    known: dict[Node, Node],
    lowered: list[Node],
    delays: DelayTable,
) -> dict[Node, Node]:
    """Express every ``rate_of`` over slots."""
    slots = {slot.name: (slot, node) for slot, node in zip(layout.states, lowered, strict=True)}
    resolved: dict[Node, Node] = {}
    used = [
        part
        for node in [
            *lowered,
            *known.values(),
            *_other_expressions(model),
            *delays.expressions,
        ]
        for part in postorder([node])
        if part.kind is Kind.RATE_OF
    ]
    by_symbol = {slot.symbol: node for slot, node in slots.values()}
    for part in used:
        # substitution has already replaced the argument by its slots
        argument = part.args[0]
        inner = substitute([argument], known)[0]
        slopes = delays.slopes(inner, by_symbol)
        resolved[rate_of(inner)] = resolved[part] = time_derivative(inner, by_symbol | slopes)
    for _ in range(len(resolved) + 1):
        values = substitute(resolved.values(), resolved)
        if values == list(resolved.values()):
            return resolved
        resolved = dict(zip(resolved, values, strict=True))
    raise CapabilityError(f"{model.id}: rate_of refers to itself in a circle")


def _other_expressions(model: Model) -> list[Node]:
    return [use.node for use in expressions_of(model)]
