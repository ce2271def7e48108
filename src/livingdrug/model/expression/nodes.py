"""The expression graph: immutable nodes that are shared where they are equal.

A node is known by the digest of its content, so equal expressions are one node, equality costs
nothing, and the hash of a model needs no second walk. Constructors apply only rewrites that
change no value beyond rounding (flattening, neutral elements, numerator before denominator). Every walk is iterative:
imported models may nest thousands of levels deep.
"""

from __future__ import annotations

import enum
import hashlib
import math
import weakref
from collections.abc import Iterable, Iterator, Mapping

__all__ = [
    "FALSE",
    "ONE",
    "TIME",
    "TRUE",
    "ZERO",
    "Kind",
    "Node",
    "add",
    "call",
    "delay",
    "divide",
    "divide_out",
    "free_symbols",
    "has_factor",
    "hill",
    "logic",
    "multiply",
    "negate",
    "number",
    "piecewise",
    "postorder",
    "power",
    "rate_of",
    "relation",
    "safe_ratio",
    "substitute",
    "subtract",
    "symbol",
]


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
    """

    __slots__ = ("__weakref__", "args", "key", "kind", "name", "value")

    kind: Kind
    name: str
    value: float
    args: tuple[Node, ...]
    key: bytes

    def __init__(self) -> None:
        raise TypeError("build nodes with number(), symbol(), add(), ... of this module")

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError("expression nodes cannot be changed")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Node) and self.key == other.key

    def __hash__(self) -> int:
        return hash(self.key)

    def __reduce__(self) -> tuple[object, ...]:
        return _make, (self.kind, self.name, self.value, self.args)

    def __repr__(self) -> str:
        from livingdrug.model.expression.text import to_text

        return f"Node({to_text(self)!r})"

    def is_number(self, value: float | None = None) -> bool:
        """Tell whether this is a number, or that number, without a unit.

        Parameters
        ----------
        value : float, optional

        Returns
        -------
        bool
        """
        if self.kind is not Kind.NUMBER:
            return False
        return value is None or (self.value == value and not self.name)


_pool: weakref.WeakValueDictionary[bytes, Node] = weakref.WeakValueDictionary()


def _make(kind: Kind, name: str, value: float, args: tuple[Node, ...]) -> Node:
    digest = hashlib.blake2b(digest_size=16)
    digest.update(kind.value.encode())
    digest.update(b"\0" + name.encode() + b"\0")
    if kind is Kind.NUMBER:
        digest.update(value.hex().encode())
    for arg in args:
        digest.update(arg.key)
    key = digest.digest()
    known = _pool.get(key)
    if known is not None:
        return known
    node = object.__new__(Node)
    for attribute, content in (
        ("kind", kind),
        ("name", name),
        ("value", value),
        ("args", args),
        ("key", key),
    ):
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
    return _make(Kind.NUMBER, unit, float(value), ())


ZERO = number(0.0)
ONE = number(1.0)
TIME = _make(Kind.TIME, "", math.nan, ())
TRUE = _make(Kind.LOGIC, "true", math.nan, ())
FALSE = _make(Kind.LOGIC, "false", math.nan, ())

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
    return _make(Kind.SYMBOL, name, math.nan, ())


def add(*terms: Node) -> Node:
    """Return a sum, flattened, with plain numbers folded into one.

    Parameters
    ----------
    *terms : Node

    Returns
    -------
    Node
    """
    flat: list[Node] = []
    constant = 0.0
    for term in terms:
        for part in term.args if term.kind is Kind.ADD else (term,):
            if part.is_number() and not part.name:
                constant += part.value
            else:
                flat.append(part)
    if constant != 0.0:
        flat.append(number(constant))
    if not flat:
        return ZERO
    return flat[0] if len(flat) == 1 else _make(Kind.ADD, "", math.nan, tuple(flat))


def multiply(*factors: Node) -> Node:
    """Return a product, flattened, with plain numbers folded into one in front.

    Parameters
    ----------
    *factors : Node

    Returns
    -------
    Node
    """
    flat: list[Node] = []
    constant = 1.0
    for factor in factors:
        for part in factor.args if factor.kind is Kind.MULTIPLY else (factor,):
            if part.is_number() and not part.name:
                constant *= part.value
            else:
                flat.append(part)
    if constant == 0.0:
        return ZERO
    flat.sort(key=_is_inverse)  # stable: numerator first, then denominator
    if constant != 1.0:
        flat.insert(0, number(constant))
    if not flat:
        return ONE
    return flat[0] if len(flat) == 1 else _make(Kind.MULTIPLY, "", math.nan, tuple(flat))


def _is_inverse(factor: Node) -> bool:
    if factor.kind is not Kind.POWER:
        return False
    exponent = factor.args[1]
    return exponent.kind is Kind.NUMBER and exponent.value < 0.0


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
    return _make(Kind.POWER, "", math.nan, (base, exponent))


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
    return _make(Kind.HILL, "", math.nan, (x, k, n))


def safe_ratio(numerator: Node, denominator: Node, at_zero: Node) -> Node:
    """Return ``numerator / denominator``, or `at_zero` where the denominator is 0.

    Parameters
    ----------
    numerator, denominator, at_zero : Node

    Returns
    -------
    Node
    """
    return _make(Kind.SAFE_RATIO, "", math.nan, (numerator, denominator, at_zero))


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
    return _make(Kind.RELATION, operator, math.nan, (left, right))


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
    return _make(Kind.LOGIC, operator, math.nan, args)


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
    return args[0] if len(args) == 1 else _make(Kind.PIECEWISE, "", math.nan, args)


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
    return _make(Kind.RATE_OF, "", math.nan, (name,))


def delay(node: Node, lag: Node) -> Node:
    """Return the value of an expression a time `lag` ago.

    Parameters
    ----------
    node, lag : Node

    Returns
    -------
    Node
    """
    return _make(Kind.DELAY, "", math.nan, (node, lag))


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
    return _make(Kind.CALL, function, math.nan, args)


def postorder(roots: Iterable[Node]) -> Iterator[Node]:
    """Visit every distinct node below the roots once, arguments first.

    Parameters
    ----------
    roots : iterable of Node

    Yields
    ------
    Node
    """
    seen: set[bytes] = set()
    for root in roots:
        stack: list[tuple[Node, bool]] = [(root, False)]
        while stack:
            node, ready = stack.pop()
            if node.key in seen:
                continue
            if ready:
                seen.add(node.key)
                yield node
            else:
                stack.append((node, True))
                stack.extend((arg, False) for arg in reversed(node.args))


def rebuild(node: Node, args: tuple[Node, ...]) -> Node:
    """Return a node of the same kind over other arguments, through its constructor.

    Parameters
    ----------
    node : Node
    args : tuple of Node

    Returns
    -------
    Node
    """
    if args == node.args:
        return node
    if node.kind is Kind.ADD:
        return add(*args)
    if node.kind is Kind.MULTIPLY:
        return multiply(*args)
    if node.kind is Kind.POWER:
        return power(*args)
    return _make(node.kind, node.name, node.value, args)


def substitute(roots: Iterable[Node], mapping: Mapping[Node, Node]) -> list[Node]:
    """Replace nodes, without looking into the replacements.

    Parameters
    ----------
    roots : iterable of Node
    mapping : mapping from Node to Node

    Returns
    -------
    list of Node
        One for each root.
    """
    roots = list(roots)
    done: dict[bytes, Node] = {}
    for node in postorder(roots):
        replacement = mapping.get(node)
        if replacement is None:
            replacement = rebuild(node, tuple(done[arg.key] for arg in node.args))
        done[node.key] = replacement
    return [done[root.key] for root in roots]


def has_factor(node: Node, factor: Node) -> bool:
    """Tell whether an expression is a product with a given factor, or a sum of such products.

    Parameters
    ----------
    node, factor : Node

    Returns
    -------
    bool
    """
    return divide_out(node, factor) is not None


def divide_out(node: Node, factor: Node) -> Node | None:
    """Divide by a factor that is written out.

    Parameters
    ----------
    node, factor : Node

    Returns
    -------
    Node or None
        The quotient, or None when the factor is not written out in every term.
    """
    if node == ZERO:
        return ZERO
    if node == factor:
        return ONE
    if node.kind is Kind.ADD:
        parts = [divide_out(arg, factor) for arg in node.args]
        kept = [part for part in parts if part is not None]
        return add(*kept) if len(kept) == len(parts) else None
    if node.kind is Kind.MULTIPLY:
        for place, arg in enumerate(node.args):
            quotient = divide_out(arg, factor)
            if quotient is not None:
                return multiply(*node.args[:place], quotient, *node.args[place + 1 :])
    if node.kind is Kind.POWER and node.args[0] == factor and node.args[1].is_number():
        exponent = node.args[1].value
        return power(factor, number(exponent - 1.0)) if exponent >= 1.0 else None
    if node.kind is Kind.PIECEWISE:
        parts = [divide_out(arg, factor) for arg in node.args[::2]]
        kept = [part for part in parts if part is not None]
        if len(kept) == len(parts):
            mixed = [kept[i // 2] if i % 2 == 0 else node.args[i] for i in range(len(node.args))]
            return piecewise(*mixed)
    return None


def free_symbols(roots: Iterable[Node]) -> list[str]:
    """Return the names that occur, each once, in the order of first use.

    Parameters
    ----------
    roots : iterable of Node

    Returns
    -------
    list of str
    """
    return [node.name for node in postorder(roots) if node.kind is Kind.SYMBOL]
