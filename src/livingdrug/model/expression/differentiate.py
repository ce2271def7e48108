"""Symbolic derivatives of expression graphs."""

from __future__ import annotations

from collections.abc import Iterable

from livingdrug.core.errors import CapabilityError
from livingdrug.model.expression.functions import FUNCTIONS, hill_partials
from livingdrug.model.expression.nodes import (
    ONE,
    TIME,
    ZERO,
    Kind,
    Node,
    add,
    call,
    multiply,
    number,
    piecewise,
    power,
    relation,
    safe_ratio,
    subtract,
)
from livingdrug.model.expression.walk import free_symbols, postorder, substitute

__all__ = ["differentiate", "is_affine_in_time", "jacobian", "time_derivative"]


def differentiate(node: Node, variable: Node) -> Node:
    """Return the derivative of an expression.

    Conditions are taken as constant: a rate that jumps is handled by switches, not by its
    derivative.

    Parameters
    ----------
    node : Node
    variable : Node
        A symbol or `TIME`.

    Returns
    -------
    Node

    Raises
    ------
    CapabilityError
        For an expression with a delay or a ``rate_of``.
    """
    return jacobian([node], [variable])[0][0]


def jacobian(rows: Iterable[Node], variables: Iterable[Node]) -> list[list[Node]]:
    """Return the matrix of derivatives.

    Parameters
    ----------
    rows : iterable of Node
    variables : iterable of Node

    Returns
    -------
    list of list of Node
        ``[row][variable]``; structural zeros are the node `ZERO`.

    Raises
    ------
    CapabilityError
        For an expression with a delay or a ``rate_of``.
    """
    rows, variables = list(rows), list(variables)
    columns = []
    for variable, nodes in zip(variables, _with_variable(rows, variables), strict=True):
        known: dict[bytes, Node] = {}
        for node in nodes:
            if node.key == variable.key:
                known[node.key] = ONE
            elif any(arg.key in known for arg in node.args):
                value = _chain(node, [known.get(arg.key, ZERO) for arg in node.args])
                if value != ZERO:
                    known[node.key] = value
        columns.append([known.get(row.key, ZERO) for row in rows])
    return [list(row) for row in zip(*columns, strict=True)] if columns else [[] for _ in rows]


def _with_variable(rows: list[Node], variables: list[Node]) -> list[list[Node]]:
    """Return for each variable the nodes that hold it, arguments before what they are in.

    Most rates depend on few states, so that this takes less time than to look at each node for
    each variable.
    """
    places: dict[bytes, set[int]] = {}
    for place, variable in enumerate(variables):
        places.setdefault(variable.key, set()).add(place)
    found: list[list[Node]] = [[] for _ in variables]
    held: dict[bytes, set[int]] = {}
    for node in postorder(rows):
        here = places.get(node.key, set()).union(*(held[arg.key] for arg in node.args))
        held[node.key] = here
        for place in here:
            found[place].append(node)
    return found


def _chain(node: Node, inner: list[Node]) -> Node:
    """Return the derivative of `node` given those of its arguments."""
    kind, args = node.kind, node.args
    if kind is Kind.ADD:
        return add(*inner)
    if kind is Kind.MULTIPLY:
        return _product(args, inner)
    if kind is Kind.POWER:
        return _power(node, inner)
    if kind is Kind.HILL:
        return add(*(multiply(d, i) for d, i in zip(hill_partials(*args), inner, strict=True)))
    if kind is Kind.SAFE_RATIO:
        return _safe_ratio(args, inner)
    if kind is Kind.PIECEWISE:
        parts = [inner[i] if i % 2 == 0 else args[i] for i in range(len(args) - 1)]
        return ZERO if all(d == ZERO for d in inner[::2]) else piecewise(*parts, inner[-1])
    if kind in (Kind.RELATION, Kind.LOGIC):
        return ZERO
    if kind is Kind.CALL:
        if all(d == ZERO for d in inner):
            return ZERO
        partials = FUNCTIONS[node.name].partials(args)
        return add(*(multiply(d, i) for d, i in zip(partials, inner, strict=True)))
    raise CapabilityError(f"cannot differentiate a {kind.value} expression")


def _product(args: tuple[Node, ...], inner: list[Node]) -> Node:
    terms = []
    for position, derivative in enumerate(inner):
        if derivative != ZERO:
            others = [arg for place, arg in enumerate(args) if place != position]
            terms.append(multiply(derivative, *others))
    return add(*terms)


def _power(node: Node, inner: list[Node]) -> Node:
    base, exponent = node.args
    terms = []
    if inner[0] != ZERO:
        slope = multiply(exponent, power(base, subtract(exponent, ONE)))
        if not exponent.is_number() or 0.0 < exponent.value < 1.0:
            # biology starts at zero, where the slope of a root is infinite
            slope = piecewise(ZERO, relation("==", base, ZERO), slope)
        terms.append(multiply(slope, inner[0]))
    if inner[1] != ZERO:
        # at base 0 the limit of b**n ln b is 0 for n > 0
        log_base = piecewise(ZERO, relation("==", base, ZERO), call("log", base))
        terms.append(multiply(node, log_base, inner[1]))
    return add(*terms)


def _safe_ratio(args: tuple[Node, ...], inner: list[Node]) -> Node:
    numerator, denominator, _ = args
    d_numerator, d_denominator, d_zero = inner
    terms = []
    if d_numerator != ZERO:
        terms.append(safe_ratio(d_numerator, denominator, d_zero))
    elif d_zero != ZERO:
        terms.append(safe_ratio(ZERO, denominator, d_zero))
    if d_denominator != ZERO:
        slope = multiply(number(-1.0), numerator, d_denominator)
        terms.append(safe_ratio(slope, power(denominator, number(2.0)), ZERO))
    return add(*terms)


def time_derivative(node: Node, rates: dict[str, Node]) -> Node:
    """Return the total derivative along a solution.

    Parameters
    ----------
    node : Node
    rates : dict from state name to Node
        The right-hand side of each state.

    Returns
    -------
    Node
    """
    names = [n for n in postorder([node]) if n.kind is Kind.SYMBOL and n.name in rates]
    row = jacobian([node], [*names, TIME])[0]
    terms = [multiply(d, rates[n.name]) for d, n in zip(row, names, strict=False)]
    return add(*terms, row[-1])


def is_affine_in_time(node: Node, states: set[str]) -> tuple[Node, Node] | None:
    """Split ``a + b*time`` with coefficients that do not change between events.

    Parameters
    ----------
    node : Node
    states : set of str
        Names that change with time.

    Returns
    -------
    tuple of Node, or None
        ``(value at time 0, slope)``; None when the expression is not of that form.
    """
    if any(name in states for name in free_symbols([node])):
        return None
    slope = differentiate(node, TIME)
    if slope == ZERO or any(part.kind is Kind.TIME for part in postorder([slope])):
        return None
    at_zero = substitute([node], {TIME: ZERO})[0]
    return at_zero, slope
