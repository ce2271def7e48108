"""Read an expression from text in Python syntax.

The parser is one front end of the constructors in `nodes`; nothing depends on it. ``time`` is
the independent variable. Functions are those of `functions.FUNCTIONS` plus ``hill``,
``safe_ratio``, ``piecewise``, ``rate_of``, ``delay`` and ``quantity(value, "unit")``.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Mapping
from dataclasses import dataclass

from livingdrug.core.errors import ModelError, nearest_names
from livingdrug.model.expression.functions import FUNCTIONS
from livingdrug.model.expression.nodes import (
    FALSE,
    TIME,
    TRUE,
    Kind,
    Node,
    add,
    call,
    delay,
    divide,
    hill,
    logic,
    multiply,
    negate,
    number,
    piecewise,
    power,
    rate_of,
    relation,
    safe_ratio,
    symbol,
)
from livingdrug.model.expression.walk import substitute

__all__ = ["FunctionDefinition", "parse"]

_COMPARE: dict[type[ast.cmpop], str] = {
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.Eq: "==",
    ast.NotEq: "!=",
}
_CONSTANTS = {"inf": math.inf, "nan": math.nan}
_SPECIAL = {
    "hill": 3,
    "safe_ratio": 3,
    "rate_of": 1,
    "delay": 2,
    "quantity": 2,
    "piecewise": None,
    "xor": None,
}


@dataclass(frozen=True, slots=True)
class FunctionDefinition:
    """A function that a model defines; it is expanded where it is called.

    Attributes
    ----------
    name : str
    parameters : tuple of str
    body : Node
    """

    name: str
    parameters: tuple[str, ...]
    body: Node

    def apply(self, args: list[Node]) -> Node:
        """Put arguments in the place of the parameters.

        Parameters
        ----------
        args : list of Node

        Returns
        -------
        Node
        """
        mapping = {symbol(name): arg for name, arg in zip(self.parameters, args, strict=True)}
        return substitute([self.body], mapping)[0]


def parse(
    text: str | float | Node,
    *,
    where: str = "expression",
    functions: Mapping[str, FunctionDefinition] | None = None,
) -> Node:
    """Read an expression.

    Parameters
    ----------
    text : str, float or Node
        A node is returned as it is.
    where : str, optional
        Place named in the message of a failure.
    functions : mapping, optional
        Functions that the model defines, by name.

    Returns
    -------
    Node

    Raises
    ------
    ModelError
        With the text, the place in it and what is allowed.

    Examples
    --------
    >>> from livingdrug.model.expression.text import to_text
    >>> to_text(parse("k_B - a*C/(k_B + C)"))
    'k_B - a * C / (k_B + C)'
    """
    if isinstance(text, Node):
        return text
    if isinstance(text, (int, float)):
        return number(float(text))
    try:
        tree = ast.parse(text.strip(), mode="eval")
        return _Reader(text.strip(), where, functions or {}).read(tree.body)
    except SyntaxError as error:
        column = f", column {error.offset}" if error.offset else ""
        raise ModelError(f"{where}: cannot read {text!r}: {error.msg}{column}") from error
    except (RecursionError, MemoryError) as error:
        raise ModelError(
            f"{where}: the expression is nested too deeply for the text reader; "
            "build it with the constructors of livingdrug.model.expression.nodes"
        ) from error


class _Reader:
    def __init__(self, text: str, where: str, functions: Mapping[str, FunctionDefinition]) -> None:
        self.text = text
        self.where = where
        self.functions = functions

    def fail(self, node: ast.AST, message: str) -> ModelError:
        piece = ast.get_source_segment(self.text, node) or self.text
        return ModelError(f"{self.where}: {message} at {piece!r} in {self.text!r}")

    def read(self, node: ast.expr) -> Node:
        if isinstance(node, ast.BinOp):
            return self.binary(node)
        if isinstance(node, ast.Constant):
            return self.constant(node)
        if isinstance(node, ast.Name):
            if node.id in _CONSTANTS:
                return number(_CONSTANTS[node.id])
            return TIME if node.id == "time" else symbol(node.id)
        if isinstance(node, ast.UnaryOp):
            return self.unary(node)
        if isinstance(node, ast.Call):
            return self.function(node)
        if isinstance(node, ast.Compare):
            return self.comparison(node)
        if isinstance(node, ast.BoolOp):
            operator = "and" if isinstance(node.op, ast.And) else "or"
            return logic(operator, *(self.read(value) for value in node.values))
        if isinstance(node, ast.IfExp):
            return piecewise(self.read(node.body), self.read(node.test), self.read(node.orelse))
        raise self.fail(node, f"{type(node).__name__} is not part of an expression")

    def constant(self, node: ast.Constant) -> Node:
        if isinstance(node.value, bool):
            return TRUE if node.value else FALSE
        if isinstance(node.value, (int, float)):
            return number(float(node.value))
        raise self.fail(node, "only numbers are allowed")

    def unary(self, node: ast.UnaryOp) -> Node:
        inner = self.read(node.operand)
        if isinstance(node.op, ast.USub):
            return negate(inner)
        if isinstance(node.op, ast.UAdd):
            return inner
        if isinstance(node.op, ast.Not):
            return logic("not", inner)
        raise self.fail(node, "this operator is not allowed")

    def binary(self, node: ast.BinOp) -> Node:
        # a long sum is a left-deep chain; walk down it in a loop
        chain: list[ast.BinOp] = []
        left: ast.expr = node
        while isinstance(left, ast.BinOp):
            chain.append(left)
            left = left.left
        result = self.read(left)
        terms = [result]
        for link in reversed(chain):
            right = self.read(link.right)
            if isinstance(link.op, (ast.Add, ast.Sub)):
                terms.append(right if isinstance(link.op, ast.Add) else negate(right))
                continue
            result = add(*terms)
            if isinstance(link.op, ast.Mult):
                result = multiply(result, right)
            elif isinstance(link.op, ast.Div):
                result = divide(result, right)
            elif isinstance(link.op, ast.Pow):
                result = power(result, right)
            else:
                raise self.fail(link, "use + - * / **;")
            terms = [result]
        return add(*terms)

    def comparison(self, node: ast.Compare) -> Node:
        parts = []
        left = self.read(node.left)
        for operator, comparator in zip(node.ops, node.comparators, strict=True):
            name = _COMPARE.get(type(operator))
            if name is None:
                raise self.fail(node, "use < <= > >= == !=;")
            right = self.read(comparator)
            parts.append(relation(name, left, right))
            left = right
        return parts[0] if len(parts) == 1 else logic("and", *parts)

    def function(self, node: ast.Call) -> Node:
        if not isinstance(node.func, ast.Name) or node.keywords:
            raise self.fail(node, "call a function by its name, with plain arguments;")
        name = node.func.id
        if name == "quantity":
            return self.quantity(node)
        args = [self.read(arg) for arg in node.args]
        defined = self.functions.get(name)
        if defined is not None:
            self.check_count(node, name, len(args), len(defined.parameters))
            return defined.apply(args)
        if name in _SPECIAL:
            return self.special(node, name, args)
        known = FUNCTIONS.get(name)
        if known is None:
            near = nearest_names(name, [*FUNCTIONS, *_SPECIAL, *self.functions])
            hint = f" (did you mean {' or '.join(near)}?)" if near else ""
            raise self.fail(node, f"unknown function {name!r}{hint}")
        self.check_count(node, name, len(args), known.arity)
        return call(name, *args)

    def special(self, node: ast.Call, name: str, args: list[Node]) -> Node:
        self.check_count(node, name, len(args), _SPECIAL[name])
        if name == "piecewise":
            if len(args) % 2 == 0:
                raise self.fail(node, "piecewise needs value, condition, ..., otherwise;")
            return piecewise(*args)
        if name == "xor":
            return logic("xor", *args)
        if name == "rate_of":
            if not isinstance(node.args[0], ast.Name):
                raise self.fail(node, "rate_of takes the name of a quantity;")
            return rate_of(args[0])
        if name == "delay":
            return delay(args[0], args[1])
        build = hill if name == "hill" else safe_ratio
        return build(args[0], args[1], args[2])

    def quantity(self, node: ast.Call) -> Node:
        unit = node.args[1] if len(node.args) == 2 else None
        if not (isinstance(unit, ast.Constant) and isinstance(unit.value, str)):
            raise self.fail(node, "write quantity(number, 'unit');")
        value = self.read(node.args[0])
        if value.kind is not Kind.NUMBER or value.name:
            raise self.fail(node, "write quantity(number, 'unit');")
        return number(value.value, unit.value)

    def check_count(self, node: ast.Call, name: str, given: int, allowed: int | None) -> None:
        if allowed is None:
            if given < 1:
                raise self.fail(node, f"{name} needs arguments;")
        elif given != allowed:
            raise self.fail(node, f"{name} takes {allowed} arguments, {given} given;")
