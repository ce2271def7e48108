"""The expression graph: immutable nodes that are shared where they are equal.

A node is known by the digest of its content, so equal expressions are one node and equality costs
nothing. Constructors apply only rewrites that change no value beyond rounding (flattening,
neutral elements, numerator before denominator).
"""

from __future__ import annotations

import enum
import hashlib
import math
import weakref

__all__ = [
    "FALSE", "ONE", "TIME", "TRUE", "ZERO", "Kind", "Node", "add", "call", "delay", "divide",
    "hill", "logic", "make_node", "multiply", "negate", "number", "piecewise", "power", "rate_of",
    "relation", "safe_ratio", "subtract", "symbol",
]  # fmt: skip


class Kind(enum.Enum):
    """The kinds of node."""

    NUMBER = "number"
    SYMBOL = "symbol"
    TIME = "time"
    ADD = "add"
    MULTIPLY = "multiply"
    POWER = "power"
    HILL = "hill"
    SAFE_RATIO = "safe_ratio"
    RELATION = "relation"
    LOGIC = "logic"
    PIECEWISE = "piecewise"
    RATE_OF = "rate_of"
    DELAY = "delay"
    CALL = "call"


class Node:
    """One node of an expression graph. Build it with the constructors of this module.

    Attributes
    ----------
    kind : Kind
    name : str
        Symbol, function, relational or logical operator; a number's unit; else empty.
    value : float
        Of a number; NaN otherwise.
    args : tuple of Node
    key : bytes
        Digest of the content. Equal keys mean equal expressions.
    depth : int
        Levels of arguments below.
    """

    __slots__ = ("__weakref__", "args", "depth", "key", "kind", "name", "value")

    kind: Kind
    name: str
    value: float
    args: tuple[Node, ...]
    key: bytes
    depth: int

    def __init__(self) -> None:
        raise TypeError("build nodes with number(), symbol(), add(), ... of this module")

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError("expression nodes cannot be changed")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Node) and self.key == other.key

    def __hash__(self) -> int:
        return hash(self.key)

    def __reduce__(self) -> tuple[object, ...]:
        from livingdrug.model.expression.walk import flatten, restore

        if self.depth > 50:  # pickle recurses
            return restore, (flatten(self),)
        return make_node, (self.kind, self.name, self.value, self.args)

    def __repr__(self) -> str:
        from livingdrug.model.expression.text import to_text

        return f"Node({to_text(self)!r})"

    def is_number(self, value: float | None = None) -> bool:
        """Tell whether this is a number, with or without a unit; or `value` without a unit."""
        same = value is None or (self.value == value and not self.name)
        return self.kind is Kind.NUMBER and same


_pool: weakref.WeakValueDictionary[bytes, Node] = weakref.WeakValueDictionary()


def make_node(kind: Kind, name: str, value: float, args: tuple[Node, ...]) -> Node:
    """Return the one node of this content; the constructors below are what to call."""
    digest = hashlib.blake2b(f"{kind.value}\0{name}\0".encode(), digest_size=16)
    if kind is Kind.NUMBER:
        digest.update(value.hex().encode())
    for arg in args:
        digest.update(arg.key)
    key = digest.digest()
    known = _pool.get(key)
    if known is not None:
        return known
    node = object.__new__(Node)
    depth = 1 + max((arg.depth for arg in args), default=-1)
    contents = (args, depth, key, kind, name, value)
    for attribute, content in zip(Node.__slots__[1:], contents, strict=True):
        object.__setattr__(node, attribute, content)
    return _pool.setdefault(key, node)


def number(value: float, unit: str = "") -> Node:
    """Return a number.

    Parameters
    ----------
    value : float
    unit : str, optional
        A literal with a unit; dimensionless when empty.

    Returns
    -------
    Node
    """
    return make_node(Kind.NUMBER, unit, float(value), ())


ZERO, ONE = number(0.0), number(1.0)
TIME = make_node(Kind.TIME, "", math.nan, ())
TRUE, FALSE = (make_node(Kind.LOGIC, name, math.nan, ()) for name in ("true", "false"))

RELATIONS = ("<", "<=", ">", ">=", "==", "!=")
LOGIC = ("and", "or", "not", "xor", "true", "false")


def symbol(name: str) -> Node:
    """Return a named quantity.

    Parameters
    ----------
    name : str

    Returns
    -------
    Node
    """
    return make_node(Kind.SYMBOL, name, math.nan, ())


def add(*terms: Node) -> Node:
    """Return a sum, flattened, with plain numbers folded into the first.

    Parameters
    ----------
    *terms : Node

    Returns
    -------
    Node
    """
    flat, plain, place = _flatten(Kind.ADD, terms)
    constant = 0.0
    for value in plain:  # sum() rounds differently from Python 3.12 on
        constant += value
    if constant != 0.0:
        flat.insert(place, number(constant))
    if not flat:
        return ZERO
    return flat[0] if len(flat) == 1 else make_node(Kind.ADD, "", math.nan, tuple(flat))


def multiply(*factors: Node) -> Node:
    """Return a product, flattened, with plain numbers folded into one in front.

    Parameters
    ----------
    *factors : Node

    Returns
    -------
    Node
    """
    flat, plain, _ = _flatten(Kind.MULTIPLY, factors)
    constant = math.prod(plain)
    if constant == 0.0:
        return ZERO
    flat.sort(key=_is_inverse)  # stable: numerator first, then denominator
    if constant != 1.0:
        flat.insert(0, number(constant))
    if not flat:
        return ONE
    return flat[0] if len(flat) == 1 else make_node(Kind.MULTIPLY, "", math.nan, tuple(flat))


def _flatten(kind: Kind, nodes: tuple[Node, ...]) -> tuple[list[Node], list[float], int]:
    """Open nested sums or products, split off the plain numbers, say where the first stood."""
    parts = [part for node in nodes for part in (node.args if node.kind is kind else (node,))]
    plain = [part for part in parts if part.is_number() and not part.name]
    flat = [part for part in parts if not part.is_number() or part.name]
    return flat, [part.value for part in plain], parts.index(plain[0]) if plain else 0


def _is_inverse(factor: Node) -> bool:
    return factor.kind is Kind.POWER and factor.args[1].is_number() and factor.args[1].value < 0.0


def power(base: Node, exponent: Node) -> Node:
    """Return `base` to the `exponent`.

    Parameters
    ----------
    base, exponent : Node

    Returns
    -------
    Node
    """
    if exponent.is_number(1.0):
        return base
    if exponent.is_number(0.0) or base.is_number(1.0):
        return ONE
    if exponent.is_number(-1.0):
        # one form for each quotient, so that text reads back to the same node
        if base.kind is Kind.MULTIPLY:
            return multiply(*(power(factor, exponent) for factor in base.args))
        if base.kind is Kind.POWER and base.args[1].is_number():
            return power(base.args[0], number(-base.args[1].value))
    return make_node(Kind.POWER, "", math.nan, (base, exponent))


def negate(node: Node) -> Node:
    """Return ``-node``.

    Parameters
    ----------
    node : Node

    Returns
    -------
    Node
    """
    return multiply(number(-1.0), node)


def subtract(left: Node, right: Node) -> Node:
    """Return ``left - right``.

    Parameters
    ----------
    left, right : Node

    Returns
    -------
    Node
    """
    return add(left, negate(right))


def divide(numerator: Node, denominator: Node) -> Node:
    """Return ``numerator / denominator``.

    Parameters
    ----------
    numerator, denominator : Node

    Returns
    -------
    Node
    """
    return multiply(numerator, power(denominator, number(-1.0)))


def hill(x: Node, k: Node, n: Node) -> Node:
    """Return ``x**n / (k**n + x**n)``, which is 0 with derivative 0 for ``x <= 0``.

    Parameters
    ----------
    x, k, n : Node

    Returns
    -------
    Node
    """
    return make_node(Kind.HILL, "", math.nan, (x, k, n))


def safe_ratio(numerator: Node, denominator: Node, at_zero: Node) -> Node:
    """Return ``numerator / denominator``, or `at_zero` where the denominator is 0.

    Parameters
    ----------
    numerator, denominator, at_zero : Node

    Returns
    -------
    Node
    """
    return make_node(Kind.SAFE_RATIO, "", math.nan, (numerator, denominator, at_zero))


def relation(operator: str, left: Node, right: Node) -> Node:
    """Return a comparison.

    Parameters
    ----------
    operator : {"<", "<=", ">", ">=", "==", "!="}
    left, right : Node

    Returns
    -------
    Node
    """
    if operator not in RELATIONS:
        raise ValueError(f"unknown relation {operator!r}; allowed: {', '.join(RELATIONS)}")
    return make_node(Kind.RELATION, operator, math.nan, (left, right))


def logic(operator: str, *args: Node) -> Node:
    """Return a logical combination.

    Parameters
    ----------
    operator : {"and", "or", "not", "xor", "true", "false"}
    *args : Node

    Returns
    -------
    Node
    """
    if operator not in LOGIC:
        raise ValueError(f"unknown operator {operator!r}; allowed: {', '.join(LOGIC)}")
    return make_node(Kind.LOGIC, operator, math.nan, args)


def piecewise(*args: Node) -> Node:
    """Return a choice: ``value, condition, value, condition, ..., otherwise``.

    Parameters
    ----------
    *args : Node
        An odd number of them; the last is the value when no condition holds.

    Returns
    -------
    Node
    """
    if len(args) % 2 == 0:
        raise ValueError("piecewise needs value, condition pairs and a last value for otherwise")
    return args[0] if len(args) == 1 else make_node(Kind.PIECEWISE, "", math.nan, args)


def rate_of(name: Node) -> Node:
    """Return the time derivative of a quantity, as a quantity.

    Parameters
    ----------
    name : Node
        A symbol.

    Returns
    -------
    Node
    """
    return make_node(Kind.RATE_OF, "", math.nan, (name,))


def delay(node: Node, lag: Node) -> Node:
    """Return the value of an expression a time `lag` ago.

    Parameters
    ----------
    node, lag : Node

    Returns
    -------
    Node
    """
    return make_node(Kind.DELAY, "", math.nan, (node, lag))


def call(function: str, *args: Node) -> Node:
    """Return a function of the table in `livingdrug.model.expression.functions`.

    Parameters
    ----------
    function : str
    *args : Node

    Returns
    -------
    Node
    """
    return make_node(Kind.CALL, function, math.nan, args)
