"""Evaluate expressions on numbers, one node after the other: slow, obvious, never raising."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

from livingdrug.core.errors import CapabilityError, UnknownNameError, unknown_name
from livingdrug.model.expression.functions import (
    FUNCTIONS,
    hill_value,
    ieee_divide,
    ieee_power,
    ratio_value,
)
from livingdrug.model.expression.nodes import Kind, Node
from livingdrug.model.expression.walk import postorder

__all__ = ["evaluate", "evaluate_all"]


def evaluate(node: Node, values: Mapping[str, float], time: float = math.nan) -> float:
    """Evaluate one expression.

    Parameters
    ----------
    node : Node
    values : mapping from name to float
    time : float, optional

    Returns
    -------
    float
        Booleans are 1.0 and 0.0.

    Raises
    ------
    UnknownNameError
        When a symbol has no value.
    """
    return evaluate_all([node], values, time)[0]


def evaluate_all(
    nodes: Iterable[Node], values: Mapping[str, float], time: float = math.nan
) -> list[float]:
    """Evaluate several expressions that may share parts.

    Parameters
    ----------
    nodes : iterable of Node
    values : mapping from name to float
    time : float, optional

    Returns
    -------
    list of float

    Raises
    ------
    UnknownNameError
        When a symbol has no value.
    """
    roots = list(nodes)
    done: dict[bytes, float] = {}
    for node in postorder(roots):
        done[node.key] = _value(node, [done[arg.key] for arg in node.args], values, time)
    return [done[root.key] for root in roots]


def _value(node: Node, args: list[float], values: Mapping[str, float], time: float) -> float:
    kind = node.kind
    if kind is Kind.NUMBER:
        return node.value
    if kind is Kind.SYMBOL:
        try:
            return values[node.name]
        except KeyError:
            raise UnknownNameError([unknown_name("symbol", node.name, values)]) from None
    if kind is Kind.TIME:
        return time
    if kind is Kind.ADD:
        total = args[0]
        for term in args[1:]:  # the builtin sum compensates from Python 3.12 on
            total += term
        return total
    if kind is Kind.MULTIPLY:
        return math.prod(args)
    if kind is Kind.POWER:
        return ieee_divide(1.0, args[0]) if args[1] == -1.0 else ieee_power(*args)
    if kind is Kind.HILL:
        return hill_value(*args)
    if kind is Kind.SAFE_RATIO:
        return ratio_value(*args)
    if kind is Kind.RELATION:
        return float(compare(node.name, *args))
    if kind is Kind.LOGIC:
        return float(_logic(node.name, args))
    if kind is Kind.PIECEWISE:
        for place in range(0, len(args) - 1, 2):
            if args[place + 1] != 0.0:
                return args[place]
        return args[-1]
    if kind is Kind.CALL:
        return FUNCTIONS[node.name].value(*args)
    raise CapabilityError(f"cannot evaluate a {kind.value} expression outside a simulation")


def compare(operator: str, left: float, right: float) -> bool:
    """Compare two numbers by the name of a relation.

    Parameters
    ----------
    operator : {"<", "<=", ">", ">=", "==", "!="}
    left, right : float

    Returns
    -------
    bool
    """
    if operator == "<":
        return left < right
    if operator == "<=":
        return left <= right
    if operator == ">":
        return left > right
    if operator == ">=":
        return left >= right
    return left == right if operator == "==" else left != right


def _logic(operator: str, args: list[float]) -> bool:
    if operator == "and":
        return all(arg != 0.0 for arg in args)
    if operator == "or":
        return any(arg != 0.0 for arg in args)
    if operator == "xor":
        return sum(arg != 0.0 for arg in args) % 2 == 1
    if operator == "not":
        return args[0] == 0.0
    return operator == "true"
