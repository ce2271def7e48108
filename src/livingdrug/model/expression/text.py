"""Print expressions as text that can be read back, and as LaTeX."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence

from livingdrug.model.expression.functions import FUNCTIONS
from livingdrug.model.expression.nodes import Kind, Node, number
from livingdrug.model.expression.walk import postorder

__all__ = ["format_number", "symbol_latex", "to_latex", "to_text"]

_SUM, _PRODUCT, _UNARY, _POWER, _ATOM = 40, 50, 60, 70, 100
_LOGIC_LEVEL = {"or": 10, "and": 15, "not": 20}
_COMPARE_LEVEL = 30

_GREEK = {
    "alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "kappa", "lambda",
    "mu", "nu", "xi", "pi", "rho", "sigma", "tau", "phi", "chi", "psi", "omega",
}  # fmt: skip
_SHORT_EXPONENT = 24  # characters; a longer exponent is too small to read
_LATEX_RELATION = {"<": "<", "<=": r"\le", ">": ">", ">=": r"\ge", "==": "=", "!=": r"\ne"}

Printed = tuple[str, int]


def format_number(value: float) -> str:
    """Write a number with the fewest digits that read back to the same value.

    Parameters
    ----------
    value : float

    Returns
    -------
    str
    """
    if math.isfinite(value) and abs(value) < 1e6 and value == int(value):
        return "-0" if value == 0 and math.copysign(1.0, value) < 0 else str(int(value))
    return repr(value)


def to_text(root: Node) -> str:
    """Print an expression in the syntax that `parse` reads.

    Parameters
    ----------
    root : Node

    Returns
    -------
    str
    """
    done: dict[bytes, Printed] = {}
    for node in postorder([root]):
        done[node.key] = _text(node, done)
    return done[root.key][0]


def _text(node: Node, done: dict[bytes, Printed]) -> Printed:
    args = [done[arg.key] for arg in node.args]
    kind = node.kind
    if kind is Kind.NUMBER:
        if node.name:
            return f"quantity({format_number(node.value)}, {node.name!r})", _ATOM
        return format_number(node.value), _ATOM if node.value >= 0 else _UNARY
    if kind is Kind.SYMBOL:
        return node.name, _ATOM
    if kind is Kind.TIME:
        return "time", _ATOM
    if kind is Kind.ADD:
        return _join_sum(args), _SUM
    if kind is Kind.MULTIPLY or (kind is Kind.POWER and _is_negative(node.args[1])):
        return _text_product(node, done)
    if kind is Kind.POWER:
        return f"{_wrap(args[0], _POWER + 1)}**{_wrap(args[1], _POWER + 1)}", _POWER
    if kind is Kind.RELATION:
        left, right = (_wrap(arg, _COMPARE_LEVEL + 1) for arg in args)
        return f"{left} {node.name} {right}", _COMPARE_LEVEL
    if kind is Kind.LOGIC:
        return _text_logic(node, args)
    name = node.name if kind is Kind.CALL else kind.value
    return f"{name}({', '.join(text for text, _ in args)})", _ATOM


def _text_logic(node: Node, args: list[Printed]) -> Printed:
    if node.name in ("true", "false"):
        return node.name.capitalize(), _ATOM
    if node.name == "xor":
        return f"xor({', '.join(text for text, _ in args)})", _ATOM
    level = _LOGIC_LEVEL[node.name]
    if node.name == "not":
        return f"not {_wrap(args[0], level)}", level
    return f" {node.name} ".join(_wrap(arg, level + 1) for arg in args), level


def _join_sum(args: Sequence[Printed]) -> str:
    text = _wrap(args[0], _SUM)
    for arg in args[1:]:
        piece = _wrap(arg, _SUM)
        text += f" - {piece[1:]}" if piece.startswith("-") else f" + {piece}"
    return text


def _wrap(printed: Printed, level: int) -> str:
    return printed[0] if printed[1] >= level else f"({printed[0]})"


Factor = tuple[Node, float]
"""A base and its exponent; the exponent 1 stands for the node itself, whatever it is."""


def split_fraction(node: Node) -> tuple[bool, list[Factor], list[Factor]]:
    """Sort the factors of a product into sign, numerator and denominator.

    Parameters
    ----------
    node : Node
        A product or any other node.

    Returns
    -------
    tuple of bool, list of Factor, list of Factor
        Whether there is a minus sign, the numerator, the denominator.
    """
    negative = False
    over: list[Factor] = []
    under: list[Factor] = []
    for factor in node.args if node.kind is Kind.MULTIPLY else (node,):
        if factor.kind is Kind.NUMBER and not factor.name and factor.value < 0:
            negative = not negative
            if factor.value != -1.0:
                over.append((number(-factor.value), 1.0))
        elif factor.kind is Kind.POWER and _is_negative(factor.args[1]):
            under.append((factor.args[0], -factor.args[1].value))
        else:
            over.append((factor, 1.0))
    return negative, over, under


def _is_negative(node: Node) -> bool:
    return node.kind is Kind.NUMBER and not node.name and node.value < 0


def _printed(node: Node, done: dict[bytes, Printed]) -> Printed:
    # a number whose sign was taken out is not part of the expression
    known = done.get(node.key)
    return known if known is not None else (format_number(node.value), _ATOM)


def _text_product(node: Node, done: dict[bytes, Printed]) -> Printed:
    def show(factor: Factor) -> str:
        base, exponent = factor
        if exponent == 1.0:
            return _wrap(_printed(base, done), _PRODUCT + 1)
        return f"{_wrap(_printed(base, done), _POWER + 1)}**{format_number(exponent)}"

    negative, over, under = split_fraction(node)
    text = " * ".join(show(factor) for factor in over) if over else "1"
    if len(under) == 1 or any(base.is_number() for base, _ in under):
        # plain numbers in brackets would be multiplied when they are read back
        text += "".join(f" / {show(factor)}" for factor in under)
    elif under:
        text += " / (" + " * ".join(show(factor) for factor in under) + ")"
    return (f"-{text}" if negative else text), _PRODUCT


def symbol_latex(name: str) -> str:
    r"""Write a name as LaTeX: Greek letters and subscripts where the name suggests them.

    Parameters
    ----------
    name : str

    Returns
    -------
    str

    Examples
    --------
    >>> symbol_latex("gamma_B")
    '\\gamma_{B}'
    """
    head, *rest = name.split("_")
    base = f"\\{head}" if head in _GREEK else head
    if len(head) > 1 and head not in _GREEK:
        base = rf"\mathrm{{{head}}}"
    if not rest:
        return base
    sub = ", ".join(f"\\{part}" if part in _GREEK else part for part in rest)
    return f"{base}_{{{sub}}}" if len(sub) == 1 else f"{base}_{{\\mathrm{{{sub}}}}}"


def _escape(text: str) -> str:
    return re.sub(r"([%#&$_{}])", r"\\\1", text)


def _latex_number(value: float) -> str:
    text = format_number(value)
    found = re.fullmatch(r"(-?[\d.]+)e([+-]?)0*(\d+)", text)
    if not found:
        return text
    sign = "-" if found[2] == "-" else ""
    return rf"{found[1]} \times 10^{{{sign}{found[3]}}}"


def to_latex(root: Node, symbols: Mapping[str, str] | None = None) -> str:
    """Print an expression as LaTeX.

    Parameters
    ----------
    root : Node
    symbols : mapping from name to LaTeX, optional
        Names not listed go through `symbol_latex`.

    Returns
    -------
    str
    """
    done: dict[bytes, Printed] = {}
    for node in postorder([root]):
        done[node.key] = _latex(node, done, symbols or {})
    return done[root.key][0]


def _latex(node: Node, done: dict[bytes, Printed], symbols: Mapping[str, str]) -> Printed:
    args = [done[arg.key] for arg in node.args]
    kind = node.kind
    if kind is Kind.NUMBER:
        unit = rf"\,\mathrm{{{_escape(node.name)}}}" if node.name else ""
        return _latex_number(node.value) + unit, _ATOM if node.value >= 0 else _UNARY
    if kind is Kind.SYMBOL:
        return symbols.get(node.name, symbol_latex(node.name)), _ATOM
    if kind is Kind.TIME:
        return "t", _ATOM
    if kind is Kind.ADD:
        return _join_sum(args), _SUM
    if kind is Kind.MULTIPLY or (kind is Kind.POWER and _is_negative(node.args[1])):
        return _latex_product(node, done)
    if kind is Kind.POWER:
        return f"{{{_latex_wrap(args[0], _POWER + 1)}}}^{{{args[1][0]}}}", _POWER
    if kind is Kind.RELATION:
        return f"{args[0][0]} {_LATEX_RELATION[node.name]} {args[1][0]}", _COMPARE_LEVEL
    return _latex_other(node, args)


def _latex_wrap(printed: Printed, level: int) -> str:
    return printed[0] if printed[1] >= level else rf"\left({printed[0]}\right)"


def _latex_product(node: Node, done: dict[bytes, Printed]) -> Printed:
    def show(factor: Factor, *, alone: bool) -> str:
        base, exponent = factor
        printed = _printed(base, done)
        if exponent != 1.0:
            return f"{{{_latex_wrap(printed, _POWER + 1)}}}^{{{format_number(exponent)}}}"
        return printed[0] if alone else _latex_wrap(printed, _PRODUCT + 1)

    def side(factors: list[Factor], *, in_fraction: bool) -> str:
        alone = in_fraction and len(factors) == 1
        return r" \, ".join(show(factor, alone=alone) for factor in factors)

    negative, over, under = split_fraction(node)
    if under:
        top = side(over, in_fraction=True) if over else "1"
        text = rf"\frac{{{top}}}{{{side(under, in_fraction=True)}}}"
    else:
        text = side(over, in_fraction=False)
    return (f"-{text}" if negative else text), _PRODUCT


def _latex_other(node: Node, args: list[Printed]) -> Printed:
    kind = node.kind
    texts = [text for text, _ in args]
    if kind is Kind.HILL:
        x, k = (_latex_wrap(arg, _POWER + 1) for arg in args[:2])
        n = texts[2]
        return rf"\frac{{{{{x}}}^{{{n}}}}}{{{{{k}}}^{{{n}}} + {{{x}}}^{{{n}}}}}", _PRODUCT
    if kind is Kind.SAFE_RATIO:
        return rf"\frac{{{texts[0]}}}{{{texts[1]}}}", _PRODUCT
    if kind is Kind.PIECEWISE:
        rows = [rf"{texts[i]} & {texts[i + 1]}" for i in range(0, len(texts) - 1, 2)]
        rows.append(rf"{texts[-1]} & \text{{otherwise}}")
        return r"\begin{cases} " + r" \\ ".join(rows) + r" \end{cases}", _ATOM
    if kind is Kind.RATE_OF:
        return rf"\frac{{d{texts[0]}}}{{dt}}", _PRODUCT
    if kind is Kind.LOGIC:
        return _latex_logic(node, args)
    if kind is Kind.CALL and node.name == "sqrt":
        return rf"\sqrt{{{texts[0]}}}", _ATOM
    if kind is Kind.CALL and node.name == "exp" and len(texts[0]) <= _SHORT_EXPONENT:
        return rf"e^{{{texts[0]}}}", _POWER
    name = node.name if kind is Kind.CALL else kind.value
    known = FUNCTIONS.get(name)
    shown = known.latex if known and known.latex else rf"\mathrm{{{name}}}"
    return rf"{shown}\left({', '.join(texts)}\right)", _ATOM


def _latex_logic(node: Node, args: list[Printed]) -> Printed:
    if node.name in ("true", "false"):
        return rf"\text{{{node.name}}}", _ATOM
    if node.name == "not":
        return rf"\lnot {_latex_wrap(args[0], _ATOM)}", _LOGIC_LEVEL["not"]
    joiner = {"and": r" \land ", "or": r" \lor ", "xor": r" \oplus "}[node.name]
    return joiner.join(_latex_wrap(arg, _COMPARE_LEVEL) for arg in args), 10
