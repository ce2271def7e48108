"""Read the formulas of PEtab tables (PEtab 2.0, "Math expressions syntax") into expressions."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence

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
    divide,
    logic,
    multiply,
    negate,
    number,
    piecewise,
    power,
    relation,
    subtract,
    symbol,
)

__all__ = ["RESERVED", "is_identifier", "parse_formula"]

_TOKEN = re.compile(
    r"\s*(?:(?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)|(?P<name>[A-Za-z_]\w*)"
    r"|(?P<sign><=|>=|==|!=|&&|\|\||[-+*/^(),<>!]))",
    re.ASCII,
)
_IDENTIFIER = re.compile(r"[A-Za-z_]\w*", re.ASCII)
_LEVEL = {
    "||": 1, "&&": 1, "==": 2, "!=": 2, "<": 2, "<=": 2, ">": 2, ">=": 2,
    "+": 3, "-": 3, "*": 4, "/": 4,
}  # fmt: skip
"""How tightly operators of two sides bind. By the specification ``&&`` and ``||`` bind alike."""
_UNARY_LEVEL, _POWER_LEVEL = 5, 6
_DEEPEST = 200
_PLAIN = {
    "exp": "exp", "sqrt": "sqrt", "ln": "log", "log10": "log10", "abs": "abs", "sign": "sign",
    "sin": "sin", "cos": "cos", "tan": "tan", "arcsin": "asin", "arccos": "acos",
    "arctan": "atan", "sinh": "sinh", "cosh": "cosh", "tanh": "tanh", "arcsinh": "asinh",
    "arccosh": "acosh", "arctanh": "atanh",
}  # fmt: skip
_INVERSE = {
    "cot": "tan", "sec": "cos", "csc": "sin", "coth": "tanh", "sech": "cosh", "csch": "sinh",
}  # fmt: skip
_OF_INVERSE = {
    "arcsec": "acos", "arccsc": "asin", "arccoth": "atanh", "arcsech": "acosh",
    "arccsch": "asinh",
}  # fmt: skip
_OTHER = ("pow", "log", "log2", "arccot", "piecewise", "min", "max")
_FUNCTIONS = (*_PLAIN, *_INVERSE, *_OF_INVERSE, *_OTHER)
RESERVED = frozenset({"true", "false", "inf", "time", "nan", *_FUNCTIONS})
"""Words that are no identifiers, in any case of letters."""


def is_identifier(text: str) -> bool:
    """Tell whether text is an identifier of PEtab: letters, digits and ``_``, no digit first.

    Parameters
    ----------
    text : str

    Returns
    -------
    bool
    """
    return _IDENTIFIER.fullmatch(text) is not None and text.lower() not in RESERVED


def parse_formula(text: str) -> Node:
    """Read a formula.

    Parameters
    ----------
    text : str

    Returns
    -------
    Node
        A number: what is true or false counts as 1 or 0.

    Raises
    ------
    ValueError
        Saying what is wrong and where in the text.

    Examples
    --------
    >>> parse_formula("-2^2 + scale * A")
    Node('-2**2 + scale * A')
    """
    return _as_number(_Parser(text).read())


def _is_truth(node: Node) -> bool:
    return node.kind in (Kind.RELATION, Kind.LOGIC) or node in (TRUE, FALSE)


def _as_number(node: Node) -> Node:
    return piecewise(ONE, node, ZERO) if _is_truth(node) else node


def _as_truth(node: Node) -> Node:
    return node if _is_truth(node) else relation("!=", node, ZERO)


class _Parser:
    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens: list[tuple[str, str, int]] = []
        self.at = 0
        self.depth = 0
        place, end = 0, len(text.rstrip())
        while place < end:
            found = _TOKEN.match(text, place)
            if found is None:
                where = place + len(text[place:]) - len(text[place:].lstrip())
                raise ValueError(f"{text[where]!r} at character {where + 1} is not allowed")
            kind = str(found.lastgroup)
            self.tokens.append((kind, found.group(kind), found.start(kind)))
            place = found.end()
        self.tokens.append(("end", "the end", end))

    def read(self) -> Node:
        node = self.expression(0)
        if self.kind != "end":
            raise self.problem("an operator")
        return node

    @property
    def kind(self) -> str:
        return self.tokens[self.at][0]

    @property
    def word(self) -> str:
        return self.tokens[self.at][1]

    def problem(self, wanted: str) -> ValueError:
        _, word, place = self.tokens[self.at]
        shown = word if self.kind == "end" else repr(word)
        if word == "*" and self.at and self.tokens[self.at - 1][1] == "*":
            wanted += "; powers are written ^"
        return ValueError(f"{shown} at character {place + 1}, expected is {wanted}")

    def take(self, sign: str) -> None:
        if self.kind != "sign" or self.word != sign:
            raise self.problem(repr(sign))
        self.at += 1

    def expression(self, level: int) -> Node:
        self.depth += 1
        if self.depth > _DEEPEST:
            raise ValueError(f"nested deeper than {_DEEPEST} levels")
        left = self.unary()
        while self.kind == "sign" and _LEVEL.get(self.word, -1) > level:
            operator = self.word
            self.at += 1
            left = _binary(operator, left, self.expression(_LEVEL[operator]))
        self.depth -= 1
        return left

    def unary(self) -> Node:
        if self.kind == "sign" and self.word in ("+", "-", "!"):
            self.depth += 1
            if self.depth > _DEEPEST:
                raise ValueError(f"nested deeper than {_DEEPEST} levels")
            operator = self.word
            self.at += 1
            inner = self.unary()
            self.depth -= 1
            if operator == "!":
                return logic("not", _as_truth(inner))
            return negate(_as_number(inner)) if operator == "-" else _as_number(inner)
        base = self.atom()
        if self.kind == "sign" and self.word == "^":
            self.at += 1
            return power(_as_number(base), _as_number(self.unary()))  # from right to left
        return base

    def atom(self) -> Node:
        kind, word = self.kind, self.word
        if kind == "number":
            self.at += 1
            return number(float(word))
        if kind == "name":
            self.at += 1
            if self.kind == "sign" and self.word == "(":
                return self.function(word)
            return _name(word)
        if kind == "sign" and word == "(":
            self.at += 1
            inner = self.expression(0)
            self.take(")")
            return inner
        raise self.problem("a number, a name or '('")

    def function(self, name: str) -> Node:
        if name not in _FUNCTIONS:
            raise ValueError(
                f"{name!r} is no function; allowed are {', '.join(sorted(_FUNCTIONS))}"
            )
        self.take("(")
        args = [self.expression(0)]
        while self.kind == "sign" and self.word == ",":
            self.at += 1
            args.append(self.expression(0))
        self.take(")")
        return _call(name, args)


def _name(word: str) -> Node:
    lower = word.lower()
    if lower == "nan":
        raise ValueError("NaN is not allowed in a formula")
    fixed = {"time": TIME, "true": TRUE, "false": FALSE, "inf": number(math.inf)}
    if word in fixed:
        return fixed[word]
    if lower in fixed or word in _FUNCTIONS:
        raise ValueError(f"{word!r} is a reserved word")
    return symbol(word)


def _binary(operator: str, left: Node, right: Node) -> Node:
    if operator in ("&&", "||"):
        return logic("and" if operator == "&&" else "or", _as_truth(left), _as_truth(right))
    first, second = _as_number(left), _as_number(right)
    plain: dict[str, Callable[[Node, Node], Node]] = {
        "+": add, "-": subtract, "*": multiply, "/": divide,
    }  # fmt: skip
    if operator in plain:
        return plain[operator](first, second)
    return relation(operator, first, second)


def _call(name: str, args: Sequence[Node]) -> Node:
    if name == "piecewise":
        if len(args) < 3 or len(args) % 2 == 0:
            raise ValueError("piecewise takes pairs of value and condition, then a last value")
        return piecewise(*(_as_truth(a) if k % 2 else _as_number(a) for k, a in enumerate(args)))
    given = [_as_number(arg) for arg in args]
    wanted = {"pow": (2,), "min": (2,), "max": (2,), "log": (1, 2)}.get(name, (1,))
    if len(given) not in wanted:
        shown = " or ".join(map(str, wanted))
        raise ValueError(f"{name} takes {shown} arguments, not {len(given)}")
    x = given[0]
    if name in _PLAIN:
        return call(_PLAIN[name], x)
    if name in _INVERSE:
        return divide(ONE, call(_INVERSE[name], x))
    if name in _OF_INVERSE:
        return call(_OF_INVERSE[name], divide(ONE, x))
    if name == "arccot":  # from 0 to pi, as everywhere continuous
        return subtract(number(math.pi / 2), call("atan", x))
    if name == "pow":
        return power(x, given[1])
    if name in ("min", "max"):
        return call(name, *given)
    base = number(2.0) if name == "log2" else given[1] if len(given) == 2 else None
    return call("log", x) if base is None else divide(call("log", x), call("log", base))
