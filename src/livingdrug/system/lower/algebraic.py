"""Algebraic rules: those that can be solved beforehand become assignments.

A rule that is affine in what it determines has one solution, written out once; it costs nothing
while the model runs, and holds exactly at starts, doses and events. What is left is a system of
equations that the integrator solves with the differential ones (index 1).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

from livingdrug.core.errors import CapabilityError, Issue, raise_issues
from livingdrug.model.expression.differentiate import differentiate
from livingdrug.model.expression.evaluate import evaluate
from livingdrug.model.expression.nodes import (
    ZERO,
    Kind,
    Node,
    divide,
    negate,
    number,
    symbol,
)
from livingdrug.model.expression.walk import free_symbols, postorder, rebuild, substitute
from livingdrug.model.model import Model
from livingdrug.model.reaction import Assignment
from livingdrug.model.usage import expressions_of
from livingdrug.system.lower.symbols import expand_assignments

__all__ = ["check_algebraic_use", "solve_algebraic"]


def solve_algebraic(model: Model) -> Model:
    """Turn the algebraic rules that are affine in an unknown into assignments.

    Parameters
    ----------
    model : Model

    Returns
    -------
    Model
        With the rules and unknowns that are left; the same model where it has none.

    Raises
    ------
    CapabilityError
        When rules contradict or repeat each other, naming them.
    """
    if not model.algebraic:
        return model
    known = expand_assignments(model, {})
    rules = dict(zip(model.algebraic_variables, model.algebraic, strict=True))
    rules = dict(zip(rules, substitute(rules.values(), known), strict=True))
    unknowns = list(rules)
    solved: dict[str, Node] = {}
    while True:
        found = _next(rules, unknowns)
        if found is None:
            break
        rule, name, value = found
        rules.pop(rule)
        unknowns.remove(name)
        rules = dict(zip(rules, substitute(rules.values(), {symbol(name): value}), strict=True))
        solved[name] = value
    _check_left(model, rules, unknowns)
    units = model.units
    # a solution may hold unknowns that were solved later, which are assignments by then
    assignments = [Assignment(name, value, units[name]) for name, value in solved.items()]
    return dataclasses.replace(
        model,
        assignments=(*model.assignments, *assignments),
        algebraic=tuple(rules.values()),
        algebraic_variables=tuple(unknowns),
        initial_assignments=tuple(
            (name, node) for name, node in model.initial_assignments if name not in solved
        ),
    )


def _next(rules: Mapping[str, Node], unknowns: Sequence[str]) -> tuple[str, str, Node] | None:
    """Return a rule, an unknown in which it is affine, and its value; the simplest first."""
    best: tuple[tuple[int, int, int, int], str, str, Node] | None = None
    for declared, rule in rules.items():
        held = set(free_symbols([rule]))
        for order, name in enumerate(unknowns):
            slope, own = _slope(rule, name), symbol(name)
            if name not in held or slope is None or slope == ZERO or _holds(slope, name):
                continue
            # the unknown that the model names keeps its start, which may choose the solution;
            # a slope that is a number cannot vanish; fewer other unknowns solve more at once
            others = len(held.intersection(unknowns)) - 1
            rank = (int(name != declared), int(not slope.is_number()), others, order)
            if best is None or rank < best[0]:
                rest = _folded(substitute([rule], {own: ZERO})[0])
                best = rank, declared, name, negate(divide(rest, slope))
    return None if best is None else best[1:]


def _holds(node: Node, name: str) -> bool:
    return name in free_symbols([node])


def _slope(rule: Node, name: str) -> Node | None:
    """Return the derivative of a rule; None where it has none or jumps with the unknown."""
    for part in postorder([rule]):
        # a rate of change or a delayed value is a quantity like any other unless it is that of
        # the unknown
        if part.kind in (Kind.RELATION, Kind.RATE_OF, Kind.DELAY) and _holds(part, name):
            return None
    rates = {part: symbol(f"part {part.key.hex()}") for part in _opaque(rule)}
    back = {value: key for key, value in rates.items()}
    slope = differentiate(substitute([rule], rates)[0], symbol(name))
    return substitute([_folded(slope)], back)[0]


def _folded(root: Node) -> Node:
    """Return an expression with its parts that are plain numbers computed.

    A slope that is zero only when it is computed would be divided by.
    """
    done: dict[bytes, Node] = {}
    for node in postorder([root]):
        args = tuple(done[arg.key] for arg in node.args)
        made = rebuild(node, args)
        plain = bool(args) and all(arg.is_number() and not arg.name for arg in args)
        if plain and made.kind in (Kind.ADD, Kind.MULTIPLY, Kind.POWER, Kind.CALL):
            made = number(evaluate(made, {}))
        done[node.key] = made
    return done[root.key]


def _opaque(node: Node) -> list[Node]:
    kinds = (Kind.RATE_OF, Kind.DELAY)
    return [part for part in postorder([node]) if part.kind in kinds]


def _check_left(model: Model, rules: Mapping[str, Node], unknowns: Sequence[str]) -> None:
    issues = []
    for rule in rules.values():
        if all(_slope(rule, name) == ZERO for name in unknowns):
            names = ", ".join(model.algebraic_variables)
            issues.append(
                Issue(
                    "error",
                    f"{model.id}, algebraic rules for {names}",
                    "one of them holds nothing that is not determined by the others",
                    "leave out rules that repeat or contradict each other",
                )
            )
    raise_issues(issues, CapabilityError)


def check_algebraic_use(model: Model) -> None:
    """Refuse what cannot be computed of quantities that the integrator solves for.

    Parameters
    ----------
    model : Model
        After `solve_algebraic`.

    Raises
    ------
    CapabilityError
        Naming every rate of change of such a quantity, and every initial value that reads one.
    """
    unknowns = set(model.algebraic_variables)
    if not unknowns:
        return
    known = expand_assignments(model, {})
    issues = []
    for use in expressions_of(model):
        for part in postorder([use.node]):
            read = set(free_symbols(substitute(part.args, known)))
            if part.kind is Kind.RATE_OF and read & unknowns:
                name = sorted(read & unknowns)[0]
                issues.append(
                    Issue(
                        "error",
                        f"{model.id}, {use.where}",
                        f"the rate of change of {name!r}, which an algebraic rule determines, is "
                        "not computed",
                    )
                )
    for name, node in model.initial_assignments:
        read = set(free_symbols(substitute([node], known))) & unknowns
        if read and name not in unknowns:
            issues.append(
                Issue(
                    "error",
                    f"{model.id}, initial value of {name}",
                    f"reads {sorted(read)[0]!r}, which is solved for only after the start",
                    "write the rule so that it is affine in it, or give a number",
                )
            )
    raise_issues(issues, CapabilityError)
