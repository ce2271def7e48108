"""Walk over expression graphs: visit, rebuild, substitute, take a factor out.

Every walk is iterative: imported models may nest thousands of levels deep.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from livingdrug.model.expression.nodes import (
    ONE,
    ZERO,
    Kind,
    Node,
    add,
    call,
    delay,
    hill,
    logic,
    make_node,
    multiply,
    number,
    piecewise,
    power,
    rate_of,
    relation,
    safe_ratio,
)

__all__ = [
    "divide_out",
    "flatten",
    "free_symbols",
    "has_factor",
    "postorder",
    "rebuild",
    "restore",
    "substitute",
]


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


_CONSTRUCTORS: dict[Kind, Callable[..., Node]] = {
    Kind.ADD: add,
    Kind.MULTIPLY: multiply,
    Kind.POWER: power,
    Kind.HILL: hill,
    Kind.SAFE_RATIO: safe_ratio,
    Kind.PIECEWISE: piecewise,
    Kind.RATE_OF: rate_of,
    Kind.DELAY: delay,
}
_NAMED_CONSTRUCTORS: dict[Kind, Callable[..., Node]] = {
    Kind.RELATION: relation,
    Kind.LOGIC: logic,
    Kind.CALL: call,
}


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
    named = _NAMED_CONSTRUCTORS.get(node.kind)
    return named(node.name, *args) if named else _CONSTRUCTORS[node.kind](*args)


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
    quotients: dict[bytes, Node | None] = {}
    for part in postorder([node]):
        inner = [quotients[arg.key] for arg in part.args]
        quotients[part.key] = _quotient(part, factor, inner)
    return quotients[node.key]


def _quotient(node: Node, factor: Node, inner: list[Node | None]) -> Node | None:
    """Divide a node by a factor, given the quotients of its arguments."""
    if node == ZERO:
        return ZERO
    if node == factor:
        return ONE
    if node.kind is Kind.ADD:
        terms = [part for part in inner if part is not None]
        return add(*terms) if len(terms) == len(inner) else None
    if node.kind is Kind.MULTIPLY:
        for place, quotient in enumerate(inner):
            if quotient is not None:
                return multiply(*node.args[:place], quotient, *node.args[place + 1 :])
    if node.kind is Kind.POWER and node.args[0] == factor and node.args[1].is_number():
        exponent = node.args[1].value
        return power(factor, number(exponent - 1.0)) if exponent >= 1.0 else None
    if node.kind is Kind.PIECEWISE:
        values = [part for part in inner[::2] if part is not None]
        if len(values) == len(inner[::2]):
            conditions = node.args[1::2]
            pairs = [part for pair in zip(values, conditions, strict=False) for part in pair]
            return piecewise(*pairs, values[-1])
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


Record = tuple[Kind, str, float, tuple[int, ...]]


def flatten(root: Node) -> list[Record]:
    """Write an expression as a list, so that pickling needs no recursion.

    Parameters
    ----------
    root : Node

    Returns
    -------
    list of (Kind, str, float, tuple of int)
        Kind, name, value and places of the arguments of each node; the root is the last.
    """
    places: dict[bytes, int] = {}
    records: list[Record] = []
    for node in postorder([root]):
        places[node.key] = len(records)
        arguments = tuple(places[arg.key] for arg in node.args)
        records.append((node.kind, node.name, node.value, arguments))
    return records


def restore(records: list[Record]) -> Node:
    """Build an expression from what `flatten` wrote.

    Parameters
    ----------
    records : list

    Returns
    -------
    Node
    """
    nodes: list[Node] = []
    for kind, name, value, places in records:
        nodes.append(make_node(kind, name, value, tuple(nodes[place] for place in places)))
    return nodes[-1]
