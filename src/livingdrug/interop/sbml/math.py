"""From MathML, as libSBML holds it, to expression nodes."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import libsbml

from livingdrug.core.errors import CapabilityError
from livingdrug.model.expression.nodes import (
    FALSE,
    ONE,
    TIME,
    TRUE,
    ZERO,
    Kind,
    Node,
    add,
    call,
    delay,
    divide,
    logic,
    multiply,
    negate,
    number,
    piecewise,
    power,
    rate_of,
    relation,
    subtract,
)

__all__ = ["AVOGADRO", "Functions", "as_number", "as_truth", "identifiers", "translate"]

AVOGADRO = 6.02214179e23
"""The number of the SBML specification (L3V2, section 3.4.6), which is older than today's."""

_RELATIONS = {
    libsbml.AST_RELATIONAL_EQ: "==",
    libsbml.AST_RELATIONAL_NEQ: "!=",
    libsbml.AST_RELATIONAL_LT: "<",
    libsbml.AST_RELATIONAL_LEQ: "<=",
    libsbml.AST_RELATIONAL_GT: ">",
    libsbml.AST_RELATIONAL_GEQ: ">=",
}
_CONSTANTS = {
    libsbml.AST_CONSTANT_E: number(math.e),
    libsbml.AST_CONSTANT_PI: number(math.pi),
    libsbml.AST_CONSTANT_TRUE: TRUE,
    libsbml.AST_CONSTANT_FALSE: FALSE,
    libsbml.AST_NAME_TIME: TIME,
    libsbml.AST_NAME_AVOGADRO: number(AVOGADRO),
}
_CALLS = {
    libsbml.AST_FUNCTION_ABS: "abs",
    libsbml.AST_FUNCTION_EXP: "exp",
    libsbml.AST_FUNCTION_LN: "log",
    libsbml.AST_FUNCTION_FLOOR: "floor",
    libsbml.AST_FUNCTION_CEILING: "ceil",
    libsbml.AST_FUNCTION_SIN: "sin",
    libsbml.AST_FUNCTION_COS: "cos",
    libsbml.AST_FUNCTION_TAN: "tan",
    libsbml.AST_FUNCTION_ARCSIN: "asin",
    libsbml.AST_FUNCTION_ARCCOS: "acos",
    libsbml.AST_FUNCTION_ARCTAN: "atan",
    libsbml.AST_FUNCTION_SINH: "sinh",
    libsbml.AST_FUNCTION_COSH: "cosh",
    libsbml.AST_FUNCTION_TANH: "tanh",
    libsbml.AST_FUNCTION_ARCSINH: "asinh",
    libsbml.AST_FUNCTION_ARCCOSH: "acosh",
    libsbml.AST_FUNCTION_ARCTANH: "atanh",
}
_RECIPROCALS = {
    libsbml.AST_FUNCTION_SEC: "cos",
    libsbml.AST_FUNCTION_CSC: "sin",
    libsbml.AST_FUNCTION_COT: "tan",
    libsbml.AST_FUNCTION_SECH: "cosh",
    libsbml.AST_FUNCTION_CSCH: "sinh",
    libsbml.AST_FUNCTION_COTH: "tanh",
}
_OF_RECIPROCALS = {
    libsbml.AST_FUNCTION_ARCSEC: "acos",
    libsbml.AST_FUNCTION_ARCCSC: "asin",
    libsbml.AST_FUNCTION_ARCCOT: "atan",
    libsbml.AST_FUNCTION_ARCSECH: "acosh",
    libsbml.AST_FUNCTION_ARCCSCH: "asinh",
    libsbml.AST_FUNCTION_ARCCOTH: "atanh",
}
_EXTREMES = {libsbml.AST_FUNCTION_MIN: "min", libsbml.AST_FUNCTION_MAX: "max"}
_LOGIC = {
    libsbml.AST_LOGICAL_AND: "and",
    libsbml.AST_LOGICAL_OR: "or",
    libsbml.AST_LOGICAL_XOR: "xor",
}
_NUMBERS = {
    libsbml.AST_INTEGER,
    libsbml.AST_REAL,
    libsbml.AST_REAL_E,
    libsbml.AST_RATIONAL,
}
Functions = Mapping[str, libsbml.FunctionDefinition]
Symbols = Callable[[str], Node]


def translate(
    tree: libsbml.ASTNode,
    symbols: Symbols,
    functions: Functions,
    where: str,
    units: Mapping[str, str] | None = None,
) -> Node:
    """Translate one expression. Calls of defined functions are expanded.

    Parameters
    ----------
    tree : libsbml.ASTNode
    symbols : callable
        From an id to what stands for it.
    functions : mapping from str to libsbml.FunctionDefinition
    where : str
        Place named in a failure.
    units : mapping from str to str, optional
        Text of each unit id, for numbers with a unit.

    Returns
    -------
    Node

    Raises
    ------
    CapabilityError
        Naming what cannot be translated.
    """
    # a stack of our own: imported expressions may nest deeper than the interpreter's
    stack = [_Frame(tree, {})]
    result: Node = ZERO
    while stack:
        frame = stack[-1]
        place = len(frame.args)
        if place < frame.tree.getNumChildren():
            stack.append(_Frame(frame.tree.getChild(place), frame.bound))
            continue
        stack.pop()
        kind = frame.tree.getType()
        if kind == libsbml.AST_FUNCTION:
            stack.append(_body(frame, functions, where))
            continue
        if kind == libsbml.AST_NAME:
            name = frame.tree.getName()
            result = frame.bound[name] if name in frame.bound else symbols(name)
        elif kind in _NUMBERS:
            result = _number(frame.tree, units or {})
        elif kind in _CONSTANTS:
            result = _CONSTANTS[kind]
        else:
            result = _combine(kind, frame.args, where, frame.tree.getName() or "")
        if stack:
            stack[-1].args.append(result)
    return result


@dataclass(slots=True)
class _Frame:
    """One node on the way: its arguments so far, and what the names of a function stand for."""

    tree: libsbml.ASTNode
    bound: Mapping[str, Node]
    args: list[Node] = field(default_factory=list)


def _body(frame: _Frame, functions: Functions, where: str) -> _Frame:
    name = frame.tree.getName()
    definition = functions.get(name)
    if definition is None or definition.getBody() is None:
        raise CapabilityError(f"{where}: the function {name!r} has no definition")
    count = definition.getNumArguments()
    if count != len(frame.args):
        raise CapabilityError(
            f"{where}: the function {name!r} takes {count} arguments, {len(frame.args)} given"
        )
    names = [definition.getArgument(k).getName() for k in range(count)]
    return _Frame(definition.getBody(), dict(zip(names, frame.args, strict=True)))


def _number(tree: libsbml.ASTNode, units: Mapping[str, str]) -> Node:
    kind = tree.getType()
    if kind == libsbml.AST_INTEGER:
        value = float(tree.getInteger())
    elif kind == libsbml.AST_REAL_E:
        value = float(f"{tree.getMantissa()!r}e{tree.getExponent()}")
    elif kind == libsbml.AST_RATIONAL:
        value = tree.getNumerator() / tree.getDenominator()
    else:
        value = tree.getReal()
    unit = tree.getUnits()
    return number(value, units.get(unit, unit)) if unit else number(value)


# -- truth and numbers ------------------------------------------------------------------------


def is_truth(node: Node) -> bool:
    """Tell whether an expression is a condition.

    Parameters
    ----------
    node : Node

    Returns
    -------
    bool
    """
    while node.kind is Kind.DELAY:
        node = node.args[0]
    return node.kind in (Kind.RELATION, Kind.LOGIC)


def as_truth(node: Node) -> Node:
    """Return a condition: a number is true where it is not zero.

    Parameters
    ----------
    node : Node

    Returns
    -------
    Node
    """
    if is_truth(node):
        return node
    if node.is_number():
        return TRUE if node.value != 0.0 else FALSE
    return relation("!=", node, ZERO)


def as_number(node: Node) -> Node:
    """Return a number: a condition is 1 or 0.

    Parameters
    ----------
    node : Node

    Returns
    -------
    Node
    """
    if not is_truth(node):
        return node
    if node in (TRUE, FALSE):
        return ONE if node == TRUE else ZERO
    return piecewise(ONE, node, ZERO)


# -- one operator -----------------------------------------------------------------------------


def _combine(kind: int, args: list[Node], where: str, name: str) -> Node:
    if kind in _LOGIC:
        return _logic(_LOGIC[kind], [as_truth(arg) for arg in args])
    if kind == libsbml.AST_LOGICAL_NOT:
        return _not(as_truth(args[0]))
    if kind == libsbml.AST_LOGICAL_IMPLIES:
        return logic("or", _not(as_truth(args[0])), as_truth(args[1]))
    if kind in _RELATIONS:
        return _chain(_RELATIONS[kind], args)
    if kind == libsbml.AST_FUNCTION_PIECEWISE:
        return _choice(args)
    if kind == libsbml.AST_FUNCTION_DELAY:
        return delay(args[0], as_number(args[1]))
    values = [as_number(arg) for arg in args]
    if kind == libsbml.AST_PLUS:
        return add(*values)
    if kind == libsbml.AST_TIMES:
        return multiply(*values)
    if kind == libsbml.AST_MINUS:
        return negate(values[0]) if len(values) == 1 else subtract(values[0], values[1])
    if kind == libsbml.AST_DIVIDE:
        return divide(values[0], values[1])
    if kind in (libsbml.AST_POWER, libsbml.AST_FUNCTION_POWER):
        return power(values[0], values[1])
    if kind in _CALLS:
        return call(_CALLS[kind], values[0])
    if kind in _RECIPROCALS:
        return divide(ONE, call(_RECIPROCALS[kind], values[0]))
    if kind in _OF_RECIPROCALS:
        return call(_OF_RECIPROCALS[kind], divide(ONE, values[0]))
    if kind in _EXTREMES:
        return values[0] if len(values) == 1 else call(_EXTREMES[kind], *values)
    return _special(kind, values, where, name)


def _special(kind: int, values: list[Node], where: str, name: str) -> Node:
    if kind == libsbml.AST_FUNCTION_ROOT:
        degree, inner = (number(2.0), values[0]) if len(values) == 1 else values
        if degree.is_number(2.0):
            return call("sqrt", inner)
        return power(inner, divide(ONE, degree) if not degree.is_number() else _inverse(degree))
    if kind == libsbml.AST_FUNCTION_LOG:
        base, inner = (number(10.0), values[0]) if len(values) == 1 else values
        if base.is_number(10.0):
            return call("log10", inner)
        return divide(call("log", inner), call("log", base))
    if kind == libsbml.AST_FUNCTION_QUOTIENT:
        return _quotient(*values)
    if kind == libsbml.AST_FUNCTION_REM:
        return subtract(values[0], multiply(values[1], _quotient(*values)))
    if kind == libsbml.AST_FUNCTION_FACTORIAL:
        return call("factorial", values[0])
    if kind == libsbml.AST_FUNCTION_RATE_OF:
        if values[0].kind is not Kind.SYMBOL:
            raise CapabilityError(f"{where}: rateOf of something that is no changing quantity")
        return rate_of(values[0])
    raise CapabilityError(f"{where}: the mathematical element {name or kind!r} is not translated")


def _inverse(degree: Node) -> Node:
    return number(1.0 / degree.value) if degree.value != 0.0 else number(math.inf)


def _not(node: Node) -> Node:
    if node in (TRUE, FALSE):
        return FALSE if node == TRUE else TRUE
    return logic("not", node)


def _logic(name: str, args: list[Node]) -> Node:
    if not args:
        return TRUE if name == "and" else FALSE
    return args[0] if len(args) == 1 else logic(name, *args)


def _chain(name: str, args: Sequence[Node]) -> Node:
    pairs = [_compare(name, a, b) for a, b in itertools.pairwise(args)]
    return _logic("and", pairs)


def _compare(name: str, left: Node, right: Node) -> Node:
    if is_truth(left) and is_truth(right) and name in ("==", "!="):
        differ = logic("xor", left, right)
        return differ if name == "!=" else _not(differ)
    return relation(name, as_number(left), as_number(right))


def _choice(args: list[Node]) -> Node:
    """Return a piecewise; one between conditions is a condition itself."""
    pairs = [(args[k], as_truth(args[k + 1])) for k in range(0, len(args) - 1, 2)]
    last = args[-1] if len(args) % 2 else None
    values = [value for value, _ in pairs] + ([] if last is None else [last])
    if values and all(is_truth(value) for value in values):
        result = FALSE if last is None else last
        for value, condition in reversed(pairs):
            result = logic(
                "or", logic("and", condition, value), logic("and", _not(condition), result)
            )
        return result
    otherwise = number(math.nan) if last is None else as_number(last)
    flat = [part for value, condition in pairs for part in (as_number(value), condition)]
    return piecewise(*flat, otherwise)


def _quotient(a: Node, b: Node) -> Node:
    ratio = divide(a, b)
    return piecewise(call("floor", ratio), relation(">=", ratio, ZERO), call("ceil", ratio))


def identifiers(tree: libsbml.ASTNode | None) -> set[str]:
    """Return every id that an expression names.

    Parameters
    ----------
    tree : libsbml.ASTNode or None

    Returns
    -------
    set of str
    """
    found: set[str] = set()
    waiting = [] if tree is None else [tree]
    while waiting:
        node = waiting.pop()
        if node.getType() == libsbml.AST_NAME:
            found.add(node.getName())
        waiting += [node.getChild(k) for k in range(node.getNumChildren())]
    return found
