"""Print blocks as Python functions.

Each block comes in two forms. The fast one uses the operators of the language, which raise on
division by zero and overflow; the careful one follows IEEE 754 everywhere and never raises.
A caller runs the fast one and repeats with the careful one when it raised.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Protocol

from livingdrug.core.errors import CapabilityError
from livingdrug.model.expression.functions import (
    FUNCTIONS,
    hill_value,
    ieee_divide,
    ieee_power,
    ratio_value,
)
from livingdrug.model.expression.nodes import Kind, Node
from livingdrug.model.expression.walk import postorder
from livingdrug.system.blocks import Block
from livingdrug.system.layout import Layout

__all__ = ["BlockFunction", "load_block", "print_block"]


class BlockFunction(Protocol):
    """A block as a function of time, states, constants, switches and administered dose."""

    def __call__(
        self,
        t: float,
        y: Sequence[float],
        p: Sequence[float],
        s: Sequence[bool],
        dose: float = 0.0,
    ) -> list[float]:
        """Return one number for each output."""
        ...


def print_block(block: Block, layout: Layout, *, careful: bool) -> str:
    """Print a block as the source of a Python function.

    Parameters
    ----------
    block : Block
    layout : Layout
    careful : bool
        Follow IEEE 754 rather than raise.

    Returns
    -------
    str
    """
    slots = {slot.symbol: f"y[{place}]" for place, slot in enumerate(layout.states)}
    slots |= {name: f"p[{place}]" for place, name in enumerate(layout.constants)}
    slots["dose"] = "dose"
    uses: dict[bytes, int] = {}
    order = list(postorder(block.outputs))
    for node in order:
        for arg in node.args:
            uses[arg.key] = uses.get(arg.key, 0) + 1
    for node in block.outputs:
        uses[node.key] = uses.get(node.key, 0) + 1
    lines = ["def block(t, y, p, s, dose=0.0):"]
    text: dict[bytes, str] = {}
    depth: dict[bytes, int] = {}
    for node in order:
        args = [text[arg.key] for arg in node.args]
        if len(args) > _LONG and node.kind in _JOINERS:
            text[node.key], depth[node.key] = _print_long(node.kind, args, lines), 1
            continue
        printed = _print(node, args, slots, careful)
        deep = 1 + max((depth[arg.key] for arg in node.args), default=0)
        # name what is used twice, and what would nest too deeply for the language
        if node.args and (uses[node.key] > 1 or deep > 30):
            name = f"v{len(lines)}"
            lines.append(f"    {name} = {printed}")
            printed, deep = name, 1
        text[node.key], depth[node.key] = printed, deep
    results = ", ".join(text[node.key] for node in block.outputs)
    lines.append(f"    return [{results}]")
    return "\n".join(lines) + "\n"


def _print_long(kind: Kind, args: list[str], lines: list[str]) -> str:
    """Write a sum or product of very many parts in pieces, in the same order of operations."""
    joiner, name = _JOINERS[kind], f"v{len(lines)}"
    lines.append(f"    {name} = {joiner.join(args[:_LONG])}")
    for start in range(_LONG, len(args), _LONG):
        piece = joiner.join([name, *args[start : start + _LONG]])
        lines.append(f"    {name} = {piece}")
    return name


def load_block(block: Block, layout: Layout) -> BlockFunction:
    """Compile a block to a function that never raises on numbers.

    Parameters
    ----------
    block : Block
    layout : Layout

    Returns
    -------
    callable
        ``f(t, y, p, s, dose=0.0)``, a list of floats, one for each output.
    """
    fast = _load(print_block(block, layout, careful=False), block.name)
    slow: list[BlockFunction] = []

    def run(
        t: float,
        y: Sequence[float],
        p: Sequence[float],
        s: Sequence[bool],
        dose: float = 0.0,
    ) -> list[float]:
        try:
            return fast(t, y, p, s, dose)
        except (ZeroDivisionError, OverflowError, ValueError):
            if not slow:
                slow.append(_load(print_block(block, layout, careful=True), block.name))
            return slow[0](t, y, p, s, dose)

    return run


def _load(source: str, name: str) -> BlockFunction:
    scope: dict[str, object] = {f"f_{key}": f.value for key, f in FUNCTIONS.items()}
    scope |= {
        "f_hill": hill_value,
        "f_ratio": ratio_value,
        "f_divide": ieee_divide,
        "f_power": ieee_power,
        "m_exp": math.exp,
        "m_log": math.log,
        "m_pow": math.pow,
        "m_sqrt": math.sqrt,
        "inf": math.inf,
        "nan": math.nan,
    }
    exec(compile(source, f"<block {name}>", "exec"), scope)
    return scope["block"]  # type: ignore[return-value]


_LONG = 50  # parts in one line; the parser of the language has a limit
_JOINERS = {Kind.ADD: " + ", Kind.MULTIPLY: " * "}
_FAST_CALLS = {"exp": "m_exp", "log": "m_log", "sqrt": "m_sqrt"}


def _print(node: Node, args: list[str], slots: dict[str, str], careful: bool) -> str:
    kind = node.kind
    if kind is Kind.NUMBER:
        return f"({node.value!r})"
    if kind is Kind.SYMBOL:
        if node.name.startswith("switch("):
            return f"s[{node.name[7:-1]}]"
        return slots[node.name]
    if kind is Kind.TIME:
        return "t"
    if kind is Kind.ADD:
        return "(" + " + ".join(args) + ")"
    if kind is Kind.MULTIPLY:
        return "(" + " * ".join(args) + ")"
    if kind is Kind.POWER:
        return _power(node, args, careful)
    if kind is Kind.RELATION:
        return f"({args[0]} {node.name} {args[1]})"
    if kind is Kind.LOGIC:
        return _logic(node, args)
    if kind is Kind.PIECEWISE:
        text = args[-1]
        for place in range(len(args) - 3, -1, -2):
            text = f"({args[place]} if {args[place + 1]} else {text})"
        return text
    if kind is Kind.HILL:
        return f"f_hill({', '.join(args)})"
    if kind is Kind.SAFE_RATIO:
        return f"f_ratio({', '.join(args)})"
    if kind is Kind.CALL:
        name = f"f_{node.name}" if careful else _FAST_CALLS.get(node.name, f"f_{node.name}")
        return f"{name}({', '.join(args)})"
    raise CapabilityError(f"cannot print a {kind.value} expression")


def _power(node: Node, args: list[str], careful: bool) -> str:
    exponent = node.args[1]
    if exponent.is_number(-1.0):
        return f"f_divide(1.0, {args[0]})" if careful else f"(1.0 / {args[0]})"
    if exponent.is_number(2.0) and node.args[0].kind is Kind.SYMBOL:
        return f"({args[0]} * {args[0]})"
    return f"{'f_power' if careful else 'm_pow'}({args[0]}, {args[1]})"


def _logic(node: Node, args: list[str]) -> str:
    if node.name in ("true", "false"):
        return node.name.capitalize()
    if node.name == "not":
        return f"(not {args[0]})"
    if node.name == "xor":
        return "(sum(map(bool, [" + ", ".join(args) + "])) % 2 == 1)"
    return "(" + f" {node.name} ".join(args) + ")"
