"""From expression nodes to MathML, as libSBML holds it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import libsbml

from livingdrug.model.expression.nodes import Kind, Node
from livingdrug.model.expression.walk import postorder

__all__ = ["to_mathml"]

_RELATIONS = {
    "<": libsbml.AST_RELATIONAL_LT,
    "<=": libsbml.AST_RELATIONAL_LEQ,
    ">": libsbml.AST_RELATIONAL_GT,
    ">=": libsbml.AST_RELATIONAL_GEQ,
    "==": libsbml.AST_RELATIONAL_EQ,
    "!=": libsbml.AST_RELATIONAL_NEQ,
}
_LOGIC = {
    "and": libsbml.AST_LOGICAL_AND,
    "or": libsbml.AST_LOGICAL_OR,
    "not": libsbml.AST_LOGICAL_NOT,
    "xor": libsbml.AST_LOGICAL_XOR,
    "true": libsbml.AST_CONSTANT_TRUE,
    "false": libsbml.AST_CONSTANT_FALSE,
}
_CALLS = {
    "abs": libsbml.AST_FUNCTION_ABS,
    "exp": libsbml.AST_FUNCTION_EXP,
    "log": libsbml.AST_FUNCTION_LN,
    "floor": libsbml.AST_FUNCTION_FLOOR,
    "ceil": libsbml.AST_FUNCTION_CEILING,
    "sin": libsbml.AST_FUNCTION_SIN,
    "cos": libsbml.AST_FUNCTION_COS,
    "tan": libsbml.AST_FUNCTION_TAN,
    "asin": libsbml.AST_FUNCTION_ARCSIN,
    "acos": libsbml.AST_FUNCTION_ARCCOS,
    "atan": libsbml.AST_FUNCTION_ARCTAN,
    "sinh": libsbml.AST_FUNCTION_SINH,
    "cosh": libsbml.AST_FUNCTION_COSH,
    "tanh": libsbml.AST_FUNCTION_TANH,
    "asinh": libsbml.AST_FUNCTION_ARCSINH,
    "acosh": libsbml.AST_FUNCTION_ARCCOSH,
    "atanh": libsbml.AST_FUNCTION_ARCTANH,
    "min": libsbml.AST_FUNCTION_MIN,
    "max": libsbml.AST_FUNCTION_MAX,
    "factorial": libsbml.AST_FUNCTION_FACTORIAL,
}


def to_mathml(node: Node, ids: Mapping[str, str]) -> libsbml.ASTNode:
    """Translate an expression.

    Parameters
    ----------
    node : Node
    ids : mapping from str to str
        SBML id of each name of the model.

    Returns
    -------
    libsbml.ASTNode

    Raises
    ------
    KeyError
        For a name without an id; models that were built have none.

    Notes
    -----
    `hill` and `safe_ratio`, which MathML has not, become piecewise.
    """
    done: dict[bytes, libsbml.ASTNode] = {}
    for part in postorder([node]):
        done[part.key] = _one(part, [done[arg.key] for arg in part.args], ids)
    return done[node.key].deepCopy()


def _one(node: Node, args: list[libsbml.ASTNode], ids: Mapping[str, str]) -> libsbml.ASTNode:
    kind = node.kind
    if kind is Kind.NUMBER:
        return _number(node.value)
    if kind is Kind.SYMBOL:
        tree = libsbml.ASTNode(libsbml.AST_NAME)
        tree.setName(ids[node.name])
        return tree
    if kind is Kind.TIME:
        tree = libsbml.ASTNode(libsbml.AST_NAME_TIME)
        tree.setName("time")
        return tree
    if kind is Kind.MULTIPLY:
        return _product(node, args)
    if kind is Kind.POWER:
        if node.args[1].is_number(-1.0):
            return _made(libsbml.AST_DIVIDE, _number(1.0), args[0])
        return _made(libsbml.AST_POWER, *args)
    if kind is Kind.RELATION:
        return _made(_RELATIONS[node.name], *args)
    if kind is Kind.LOGIC:
        return _made(_LOGIC[node.name], *args)
    if kind is Kind.CALL:
        return _call(node.name, args)
    return _OTHERS[kind](args)


def _made(kind: int, *args: libsbml.ASTNode) -> libsbml.ASTNode:
    tree = libsbml.ASTNode(kind)
    for arg in args:
        tree.addChild(arg.deepCopy())
    return tree


def _number(value: float) -> libsbml.ASTNode:
    tree = libsbml.ASTNode(libsbml.AST_REAL)
    if math.isfinite(value) and value == int(value) and abs(value) < 2**31:
        tree = libsbml.ASTNode(libsbml.AST_INTEGER)
        tree.setValue(int(value))
    else:
        tree.setValue(value)
    return tree


def _product(node: Node, args: list[libsbml.ASTNode]) -> libsbml.ASTNode:
    """Write a quotient where factors are inverse."""
    above: list[libsbml.ASTNode] = []
    below: list[libsbml.ASTNode] = []
    for factor, tree in zip(node.args, args, strict=True):
        inverse = factor.kind is Kind.POWER and factor.args[1].is_number(-1.0)
        (below if inverse else above).append(tree.getChild(1) if inverse else tree)
    top = _joined(above)
    return _made(libsbml.AST_DIVIDE, top, _joined(below)) if below else top


def _joined(factors: list[libsbml.ASTNode]) -> libsbml.ASTNode:
    if not factors:
        return _number(1.0)
    return factors[0] if len(factors) == 1 else _made(libsbml.AST_TIMES, *factors)


def _call(name: str, args: list[libsbml.ASTNode]) -> libsbml.ASTNode:
    if name in _CALLS:
        return _made(_CALLS[name], *args)
    x = args[0]
    if name == "sqrt":
        return _made(libsbml.AST_FUNCTION_ROOT, _number(2.0), x)
    if name == "log10":
        return _made(libsbml.AST_FUNCTION_LOG, _number(10.0), x)
    if name == "log1p":  # 2 atanh(x / (2 + x)), which loses no digits near zero
        share = _made(libsbml.AST_DIVIDE, x, _made(libsbml.AST_PLUS, _number(2.0), x))
        return _made(libsbml.AST_TIMES, _number(2.0), _made(libsbml.AST_FUNCTION_ARCTANH, share))
    if name == "expm1":  # tanh(x / 2) (exp(x) + 1), likewise
        half = _made(libsbml.AST_DIVIDE, x, _number(2.0))
        more = _made(libsbml.AST_PLUS, _made(libsbml.AST_FUNCTION_EXP, x), _number(1.0))
        return _made(libsbml.AST_TIMES, _made(libsbml.AST_FUNCTION_TANH, half), more)
    if name == "sign":
        positive = _made(libsbml.AST_RELATIONAL_GT, x, _number(0.0))
        negative = _made(libsbml.AST_RELATIONAL_LT, x, _number(0.0))
        return _choice([_number(1.0), positive, _number(-1.0), negative, _number(0.0)])
    raise KeyError(name)  # derivatives of `hill`, which no model can write


def _choice(args: list[libsbml.ASTNode]) -> libsbml.ASTNode:
    return _made(libsbml.AST_FUNCTION_PIECEWISE, *args)


def _hill(args: list[libsbml.ASTNode]) -> libsbml.ASTNode:
    x, k, n = args
    x_n, k_n = _made(libsbml.AST_POWER, x, n), _made(libsbml.AST_POWER, k, n)
    ratio = _made(libsbml.AST_DIVIDE, x_n, _made(libsbml.AST_PLUS, k_n, x_n))
    return _choice([_number(0.0), _made(libsbml.AST_RELATIONAL_LEQ, x, _number(0.0)), ratio])


def _safe_ratio(args: list[libsbml.ASTNode]) -> libsbml.ASTNode:
    above, below, at_zero = args
    ratio = _made(libsbml.AST_DIVIDE, above, below)
    # not as an equality: readers that locate crossings cannot locate one
    size = _made(libsbml.AST_FUNCTION_ABS, below)
    return _choice([ratio, _made(libsbml.AST_RELATIONAL_GT, size, _number(0.0)), at_zero])


def _rate_of(args: list[libsbml.ASTNode]) -> libsbml.ASTNode:
    tree = _made(libsbml.AST_FUNCTION_RATE_OF, *args)
    tree.setName("rateOf")
    return tree


def _delay(args: list[libsbml.ASTNode]) -> libsbml.ASTNode:
    tree = _made(libsbml.AST_FUNCTION_DELAY, *args)
    tree.setName("delay")
    return tree


_OTHERS: dict[Kind, Callable[[list[libsbml.ASTNode]], libsbml.ASTNode]] = {
    Kind.ADD: lambda args: _made(libsbml.AST_PLUS, *args),
    Kind.HILL: _hill,
    Kind.SAFE_RATIO: _safe_ratio,
    Kind.PIECEWISE: _choice,
    Kind.RATE_OF: _rate_of,
    Kind.DELAY: _delay,
}
