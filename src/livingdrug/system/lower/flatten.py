"""Expressions over slots to straight-line programs."""

from __future__ import annotations

import math
from collections.abc import Mapping

from livingdrug.core.errors import CapabilityError
from livingdrug.model.expression.nodes import Kind, Node
from livingdrug.model.expression.walk import postorder
from livingdrug.system.blocks import Block
from livingdrug.system.layout import Layout
from livingdrug.system.program import Instruction, Program

__all__ = ["DRAWS", "Flattener", "flatten_block", "slot_names"]

_RELATIONS = {"<": "lt", "<=": "le", ">": "gt", ">=": "ge", "==": "eq", "!=": "ne"}
_TRUTHS = (Kind.RELATION, Kind.LOGIC)
_TRUTH_OPS = {*_RELATIONS.values(), "and", "or", "xor", "not", "truth"}
DRAWS = ("draw(0)", "draw(1)")
"""Symbols of uniform random numbers, drawn anew for each execution of an event that reads one."""

_MOST_PRODUCTS = 16  # integer exponents up to this are products


def slot_names(layout: Layout) -> dict[str, str]:
    """Return the slot of every name that a lowered expression may hold.

    Parameters
    ----------
    layout : Layout

    Returns
    -------
    dict from str to str
        ``y[i]`` for states, ``p[i]`` for constants; ``dose``; ``u[i]`` for the random numbers
        that an event draws, named by `DRAWS`.
    """
    slots = {slot.symbol: f"y[{place}]" for place, slot in enumerate(layout.states)}
    slots |= {name: f"p[{place}]" for place, name in enumerate(layout.constants)}
    return slots | {"dose": "dose"} | {name: f"u[{place}]" for place, name in enumerate(DRAWS)}


class Flattener:
    """Write expressions as instructions, each distinct one once.

    Parameters
    ----------
    slots : mapping from str to str
        Slot of each symbol; ``switch(k)`` is the slot ``s[k]``.
    """

    def __init__(self, slots: Mapping[str, str]) -> None:
        self.slots = slots
        self.instructions: list[Instruction] = []
        self._values: dict[bytes, str] = {}
        self._truths: set[str] = set()
        self._known: dict[tuple[str, tuple[str | float, ...]], str] = {}

    def emit(self, op: str, *args: str | float) -> str:
        """Append an instruction, unless the same one is already there.

        Parameters
        ----------
        op : str
        *args : str or float

        Returns
        -------
        str
            Name of its value.
        """
        # 0.0 == -0.0, but they are different constants
        key = (op, tuple(arg.hex() if isinstance(arg, float) else arg for arg in args))
        if key not in self._known:
            self._known[key] = f"v{len(self.instructions)}"
            self.instructions.append(Instruction(self._known[key], op, args))
            if op in _TRUTH_OPS:
                self._truths.add(self._known[key])
        return self._known[key]

    def load(self, slot: str) -> str:
        """Load a slot once.

        Parameters
        ----------
        slot : str

        Returns
        -------
        str
        """
        return self.emit("load", slot)

    def value(self, root: Node) -> str:
        """Write an expression.

        Parameters
        ----------
        root : Node

        Returns
        -------
        str
            Name of its value; a truth value for a condition.
        """
        for node in postorder([root]):
            if node.key not in self._values:
                args = [self._values[arg.key] for arg in node.args]
                self._values[node.key] = self._node(node, args)
        return self._values[root.key]

    def number(self, root: Node) -> str:
        """Write an expression as a number: a condition becomes 1 or 0.

        Parameters
        ----------
        root : Node

        Returns
        -------
        str
        """
        return self._as_number(self.value(root))

    def _as_number(self, value: str) -> str:
        return self.emit("number", value) if value in self._truths else value

    def _as_truth(self, value: str) -> str:
        return value if value in self._truths else self.emit("truth", value)

    def _node(self, node: Node, given: list[str]) -> str:
        kind = node.kind
        if kind is Kind.LOGIC:
            return self._logic(node, [self._as_truth(arg) for arg in given])
        if kind is Kind.PIECEWISE:
            return self._choice(given)
        args = [self._as_number(arg) for arg in given]
        if kind is Kind.NUMBER:
            return self.emit("constant", node.value)
        if kind is Kind.TIME:
            return self.load("t")
        if kind is Kind.SYMBOL:
            if node.name.startswith("switch("):
                return self.emit("truth", self.load(f"s[{node.name[7:-1]}]"))
            return self.load(self.slots[node.name])
        if kind is Kind.ADD:
            return self._sum(node, args)
        if kind is Kind.MULTIPLY:
            return self._product(node, args)
        if kind is Kind.POWER:
            return self._power(node, args)
        if kind is Kind.RELATION:
            return self.emit(_RELATIONS[node.name], *args)
        if kind in (Kind.HILL, Kind.SAFE_RATIO):
            return self.emit(kind.value, *args)
        if kind is Kind.CALL:
            return self._call(node.name, args)
        raise CapabilityError(f"cannot flatten a {kind.value} expression")

    def _sum(self, node: Node, args: list[str]) -> str:
        total = args[0]
        for part, arg in zip(node.args[1:], args[1:], strict=True):
            first = part.args[0] if part.kind is Kind.MULTIPLY else part
            if first.is_number(-1.0) and part.kind is Kind.MULTIPLY:
                rest = self._negated(part)
                total = self.emit("sub", total, rest)
            else:
                total = self.emit("add", total, arg)
        return total

    def _negated(self, product: Node) -> str:
        """Return a product without its leading -1."""
        factors = [self._as_number(self._values[arg.key]) for arg in product.args[1:]]
        result = factors[0]
        for node, factor in zip(product.args[2:], factors[1:], strict=True):
            result = self._times(result, node, factor)
        return result

    def _product(self, node: Node, args: list[str]) -> str:
        result = args[0]
        if node.args[0].is_number(-1.0):
            return self.emit("neg", self._negated(node))
        for part, arg in zip(node.args[1:], args[1:], strict=True):
            result = self._times(result, part, arg)
        return result

    def _times(self, left: str, node: Node, value: str) -> str:
        if node.kind is Kind.POWER and node.args[1].is_number(-1.0):
            return self.emit("div", left, self._as_number(self._values[node.args[0].key]))
        return self.emit("mul", left, value)

    def _power(self, node: Node, args: list[str]) -> str:
        exponent = node.args[1]
        if exponent.is_number(-1.0):
            return self.emit("div", self.emit("constant", 1.0), args[0])
        count = abs(int(exponent.value)) if _is_whole(exponent) else 0
        if 2 <= count <= _MOST_PRODUCTS:
            result = self._repeated(args[0], count)
            if exponent.value > 0:
                return result
            return self.emit("div", self.emit("constant", 1.0), result)
        if exponent.is_number(0.5):
            return self.emit("sqrt", args[0])
        return self.emit("pow", *args)

    def _repeated(self, base: str, count: int) -> str:
        """Multiply a value by itself, by squaring."""
        if count == 1:
            return base
        half = self._repeated(base, count // 2)
        square = self.emit("mul", half, half)
        return square if count % 2 == 0 else self.emit("mul", square, base)

    def _logic(self, node: Node, args: list[str]) -> str:
        if node.name in ("true", "false"):
            value = self.emit("constant", float(node.name == "true"))
            return self.emit("truth", value)
        if node.name == "not":
            return self.emit("not", args[0])
        result = args[0]
        for arg in args[1:]:
            result = self.emit(node.name, result, arg)
        return result

    def _choice(self, args: list[str]) -> str:
        result = self._as_number(args[-1])
        for place in range(len(args) - 3, -1, -2):
            condition, value = self._as_truth(args[place + 1]), self._as_number(args[place])
            result = self.emit("select", condition, value, result)
        return result

    def _call(self, name: str, args: list[str]) -> str:
        if name in ("min", "max"):
            result = args[0]
            for arg in args[1:]:
                result = self.emit(name, result, arg)
            return result
        return self.emit(name, *args)


def is_truth(node: Node) -> bool:
    """Tell whether an expression is a condition.

    Parameters
    ----------
    node : Node

    Returns
    -------
    bool
    """
    return node.kind in _TRUTHS or (node.kind is Kind.SYMBOL and node.name.startswith("switch("))


def _is_whole(node: Node) -> bool:
    return node.is_number() and math.isfinite(node.value) and node.value == int(node.value)


def flatten_block(block: Block, layout: Layout, output: str) -> Program:
    """Write a block as a program that stores its outputs to ``output[0]``, ``output[1]``, ...

    Parameters
    ----------
    block : Block
    layout : Layout
    output : str
        Group of slots.

    Returns
    -------
    Program
    """
    flat = Flattener(slot_names(layout))
    values = [flat.number(node) for node in block.outputs]
    stores = tuple((f"{output}[{place}]", value) for place, value in enumerate(values))
    return Program(block.name, tuple(flat.instructions), stores).without_dead()
