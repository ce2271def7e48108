"""Between which numbers an expression stays, and whether a condition can be true at all.

The bounds are safe, not tight: what is said never to happen never happens, while much that never
happens is not recognised.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from livingdrug.model.expression.nodes import Kind, Node
from livingdrug.model.expression.walk import postorder

__all__ = ["ANY", "Bounds", "bounds_of", "truth_of"]

Bounds = tuple[float, float]
ANY: Bounds = (-math.inf, math.inf)
_POSITIVE: Bounds = (0.0, math.inf)
_TINY = math.ulp(0.0)
_SIGNS: dict[int, Bounds] = {-1: (-math.inf, -_TINY), 0: (0.0, 0.0), 1: (_TINY, math.inf)}


def bounds_of(node: Node, known: Mapping[str, Bounds]) -> Bounds:
    """Return bounds of an expression.

    Parameters
    ----------
    node : Node
    known : mapping from symbol to (float, float)
        Bounds of symbols; others may be anything.

    Returns
    -------
    (float, float)

    Examples
    --------
    >>> from livingdrug.model.expression.parse import parse
    >>> bounds_of(parse("1 + 2 * x"), {"x": (0.0, 3.0)})
    (1.0, 7.0)
    """
    bounds, _ = _walk(node, known)
    return bounds.get(node.key, ANY)


def truth_of(node: Node, known: Mapping[str, Bounds]) -> bool | None:
    """Tell whether a condition is always true, always false, or either.

    Parameters
    ----------
    node : Node
    known : mapping from symbol to (float, float)

    Returns
    -------
    bool or None
        None when it may be either.

    Examples
    --------
    >>> from livingdrug.model.expression.parse import parse
    >>> truth_of(parse("x < -1"), {"x": (0.0, 9.0)}), truth_of(parse("x < 1"), {"x": (0.0, 9.0)})
    (False, None)
    """
    return _walk(node, known)[1].get(node.key)


def _walk(
    root: Node, known: Mapping[str, Bounds]
) -> tuple[dict[bytes, Bounds], dict[bytes, bool | None]]:
    bounds: dict[bytes, Bounds] = {}
    truths: dict[bytes, bool | None] = {}
    for node in postorder([root]):
        if node.kind is Kind.RELATION:
            left, right = (bounds.get(arg.key, ANY) for arg in node.args)
            truths[node.key] = _relation(node.name, left, right)
        elif node.kind is Kind.LOGIC:
            truths[node.key] = _logic(node.name, [truths.get(arg.key) for arg in node.args])
        else:
            parts = [bounds.get(arg.key, ANY) for arg in node.args]
            bounds[node.key] = _bounds(node, parts, known)
    return bounds, truths


def _relation(operator: str, left: Bounds, right: Bounds) -> bool | None:
    if operator in (">", ">="):
        return _relation({">": "<", ">=": "<="}[operator], right, left)
    if operator == "<":
        return True if left[1] < right[0] else False if left[0] >= right[1] else None
    if operator == "<=":
        return True if left[1] <= right[0] else False if left[0] > right[1] else None
    apart = left[1] < right[0] or right[1] < left[0]
    same = left[0] == left[1] == right[0] == right[1] and math.isfinite(left[0])
    equal = False if apart else True if same else None
    if operator == "!=":
        return None if equal is None else not equal
    return equal


def _logic(operator: str, parts: list[bool | None]) -> bool | None:
    if operator in ("true", "false"):
        return operator == "true"
    if operator == "and":
        return False if False in parts else None if None in parts else True
    if operator == "or":
        return True if True in parts else None if None in parts else False
    if None in parts:
        return None
    if operator == "not":
        return not parts[0]
    return sum(bool(part) for part in parts) % 2 == 1  # xor


def _bounds(node: Node, parts: list[Bounds], known: Mapping[str, Bounds]) -> Bounds:
    match node.kind:
        case Kind.NUMBER if not node.name:
            return node.value, node.value
        case Kind.NUMBER:  # in a unit of its own: only the sign is the same in every unit
            return _SIGNS[(node.value > 0.0) - (node.value < 0.0)]
        case Kind.SYMBOL:
            return known.get(node.name, ANY)
        case Kind.ADD:
            return _sum(parts)
        case Kind.MULTIPLY:
            return _product(parts)
        case Kind.POWER:
            return _power(*parts)
        case Kind.HILL | Kind.SAFE_RATIO if all(low >= 0 for low, _ in parts):
            return (0.0, 1.0) if node.kind is Kind.HILL else _POSITIVE
        case Kind.PIECEWISE:  # value, condition, value, condition, ..., value
            return _hull(parts[::2])
        case Kind.CALL:
            return _call(node.name, parts)
    return ANY


def _hull(parts: list[Bounds]) -> Bounds:
    return min(low for low, _ in parts), max(high for _, high in parts)


def _sum(parts: list[Bounds]) -> Bounds:
    low, high = sum(part[0] for part in parts), sum(part[1] for part in parts)
    return -math.inf if math.isnan(low) else low, math.inf if math.isnan(high) else high


def _product(parts: list[Bounds]) -> Bounds:
    low, high = 1.0, 1.0
    for part in parts:
        # a bound at infinity is never reached, so that 0 times it is 0
        ends = [0.0 if 0.0 in (a, b) else a * b for a in (low, high) for b in part]
        low, high = min(ends), max(ends)
    return low, high


def _power(base: Bounds, exponent: Bounds) -> Bounds:
    if base[0] < 0.0:
        even = exponent[0] == exponent[1] and exponent[0] % 2.0 == 0.0
        return _POSITIVE if even else ANY
    if exponent[0] != exponent[1]:
        return _POSITIVE
    ends = [_raised(value, exponent[0]) for value in base]
    return min(ends), max(ends)


def _raised(base: float, exponent: float) -> float:
    try:
        return math.pow(base, exponent)
    except (OverflowError, ValueError):  # of 0 to a negative power, too
        return math.inf


def _call(name: str, parts: list[Bounds]) -> Bounds:
    low, high = parts[0]
    if name == "exp":
        return _exp(low), _exp(high)
    if name == "log" and low >= 0.0:
        return tuple(-math.inf if end == 0.0 else math.log(end) for end in (low, high))  # type: ignore[return-value]
    if name == "sqrt" and low >= 0.0:
        return math.sqrt(low), math.sqrt(high)
    if name == "abs":
        return (low, high) if low >= 0.0 else (0.0, max(-low, abs(high)))
    if name == "min":
        return min(p[0] for p in parts), min(p[1] for p in parts)
    if name == "max":
        return max(p[0] for p in parts), max(p[1] for p in parts)
    return ANY


def _exp(value: float) -> float:
    return math.exp(value) if value < 700.0 else math.inf
