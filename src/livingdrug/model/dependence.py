"""Which quantities of a model can move which others, read off its expressions."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping

from livingdrug.model.expression.nodes import Node
from livingdrug.model.expression.walk import free_symbols
from livingdrug.model.model import Model

__all__ = ["states_shown", "upstream"]


@functools.lru_cache(maxsize=128)
def _reads(model: Model) -> Mapping[str, frozenset[str]]:
    """Return, for each quantity, the names that its value or rate is written with."""
    found: dict[str, set[str]] = {}

    def note(name: str, *nodes: Node | None) -> None:
        symbols = free_symbols([node for node in nodes if node is not None])
        found.setdefault(name, set()).update(symbols)

    for item in model.assignments:
        note(item.name, item.expression)
    for rate in model.rates:
        note(rate.name, rate.rate)
    for reaction in model.reactions:
        sides: dict[str, list[Node]] = {}
        for name, count in (*reaction.reactants, *reaction.products):
            sides.setdefault(name, []).append(count)
        for name, counts in sides.items():
            # a species on both sides with one count is a catalyst: the reaction leaves it alone
            catalyst = dict(reaction.reactants).get(name) == dict(reaction.products).get(name)
            if not catalyst:
                note(name, reaction.rate, *counts)
    for rule in model.algebraic:
        for name in model.algebraic_variables:
            note(name, rule)
    for integral in model.integrals:
        note(integral.name, integral.integrand)
    for name, node in model.initial_assignments:
        note(name, node)
    for event in model.events:
        for name, node in event.assignments:
            note(name, node, event.trigger, *event.times, event.delay, event.every)
    for dose in model.doses:
        for target in dose.targets:
            note(target.quantity, target.amount, dose.lag)
    for species in model.species:
        if species.compartment:
            found.setdefault(species.name, set()).add(species.compartment)
    return {name: frozenset(names) - {"dose"} for name, names in found.items()}


def upstream(model: Model, names: Iterable[str]) -> frozenset[str]:
    """Return everything that can move the given quantities, themselves included.

    Parameters
    ----------
    model : Model
    names : iterable of str
        Quantities and observables.

    Returns
    -------
    frozenset of str
        Names of quantities. What is not among them has no effect, for any values.

    Examples
    --------
    >>> from livingdrug.model.builder import ModelBuilder
    >>> m = ModelBuilder("chain", dimensions="off")
    >>> for name in "ABC":
    ...     m.species(name, initial=1.0, unit="1")
    >>> m.rate("B", "A - B")
    >>> m.rate("C", "B")
    >>> sorted(upstream(m.build(), ["B"]))
    ['A', 'B']
    """
    reads = _reads(model)
    shown = {item.name: item.expression for item in model.observables}
    todo: list[str] = []
    for name in names:
        todo += [name] if name not in shown else free_symbols([shown[name]])
    seen: set[str] = set()
    while todo:
        name = todo.pop()
        if name not in seen:
            seen.add(name)
            todo += reads.get(name, ())
    return frozenset(seen)


def states_shown(model: Model, name: str) -> frozenset[str]:
    """Return the states that an observable or quantity shows, through its assignments.

    Parameters
    ----------
    model : Model
    name : str

    Returns
    -------
    frozenset of str
        Names of species, and of parameters that have a rate of their own.
    """
    shown = {item.name: item.expression for item in model.observables}
    rules = {item.name: item.expression for item in model.assignments}
    states = {item.name for item in model.species} | {item.name for item in model.rates}
    todo = free_symbols([shown[name]]) if name in shown else [name]
    seen: set[str] = set()
    while todo:
        one = todo.pop()
        if one not in seen:
            seen.add(one)
            todo += free_symbols([rules[one]]) if one in rules else []
    return frozenset(seen & states)
