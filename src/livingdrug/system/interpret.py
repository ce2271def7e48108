"""Run a straight-line program one instruction after the other: slow, obvious, never raising.

This is what a program means. Tests hold every printer against it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from fractions import Fraction

from livingdrug.core.errors import CapabilityError
from livingdrug.model.expression.functions import (
    FUNCTIONS,
    hill_value,
    ieee_divide,
    ieee_power,
    ratio_value,
)
from livingdrug.system.program import Instruction, Program

__all__ = ["run_program"]

Value = float | bool


def _fused(x: float, y: float, z: float) -> float:
    """``x * y + z``, rounded once."""
    if not (math.isfinite(x) and math.isfinite(y) and math.isfinite(z)):
        if math.isfinite(x) and math.isfinite(y):
            return z  # even where the product of two finite numbers overflows
        return x * y + z
    total = Fraction(x) * Fraction(y) + Fraction(z)
    if total == 0:
        # the sign of zero: that of both terms where they agree
        return x * y + z if x == 0.0 or y == 0.0 else 0.0
    try:
        return float(total)
    except OverflowError:
        return math.inf if total > 0 else -math.inf


_NUMBERS: dict[str, Callable[..., float]] = {
    name: function.value for name, function in FUNCTIONS.items()
} | {
    "add": lambda x, y: x + y,
    "sub": lambda x, y: x - y,
    "mul": lambda x, y: x * y,
    "div": ieee_divide,
    "neg": lambda x: -x,
    "fma": _fused,
    "fms": lambda x, y, z: _fused(x, y, -z),
    "fnma": lambda x, y, z: _fused(-x, y, z),
    "pow": ieee_power,
    "hill": hill_value,
    "safe_ratio": ratio_value,
}
_RELATIONS: dict[str, Callable[[float, float], bool]] = {
    "lt": lambda x, y: x < y,
    "le": lambda x, y: x <= y,
    "gt": lambda x, y: x > y,
    "ge": lambda x, y: x >= y,
    "eq": lambda x, y: x == y,
    "ne": lambda x, y: x != y,
}
_LOGIC: dict[str, Callable[..., bool]] = {
    "and": lambda a, b: a and b,
    "or": lambda a, b: a or b,
    "xor": lambda a, b: a != b,
    "not": lambda a: not a,
}


def run_program(program: Program, slots: Mapping[str, float]) -> dict[str, float]:
    """Run a program on the values of its slots, by the rules of IEEE 754.

    Parameters
    ----------
    program : Program
    slots : mapping from str to float
        Value of every slot that the program loads.

    Returns
    -------
    dict from str to float
        Value of every slot that the program stores.

    Raises
    ------
    CapabilityError
        For an operation without a meaning here.
    TypeError
        When a truth value stands where a number must, or the other way round.

    Examples
    --------
    >>> from livingdrug.system.program import Instruction, Program
    >>> twice = [Instruction("a", "load", ("y[0]",)), Instruction("b", "add", ("a", "a"))]
    >>> run_program(Program("twice", tuple(twice), (("f[0]", "b"),)), {"y[0]": 1.5})
    {'f[0]': 3.0}
    """
    values: dict[str, Value] = {}
    for instruction in program.instructions:
        values[instruction.target] = _run(instruction, values, slots)
    return {slot: _number(values[name], f"store {slot}") for slot, name in program.stores}


def _run(instruction: Instruction, values: dict[str, Value], slots: Mapping[str, float]) -> Value:
    op = instruction.op
    if op == "constant":
        return float(instruction.args[0])
    if op == "load":
        return float(slots[str(instruction.args[0])])
    args = [values[str(arg)] for arg in instruction.args]
    text = str(instruction)
    if op in _NUMBERS:
        return float(_NUMBERS[op](*(_number(arg, text) for arg in args)))
    if op in _RELATIONS:
        left, right = (_number(arg, text) for arg in args)
        return _RELATIONS[op](left, right)
    if op in _LOGIC:
        return _LOGIC[op](*(_truth(arg, text) for arg in args))
    if op == "select":
        yes, no = (_number(arg, text) for arg in args[1:])
        return yes if _truth(args[0], text) else no
    if op == "truth":
        return _number(args[0], text) != 0.0
    if op == "number":
        return 1.0 if _truth(args[0], text) else 0.0
    raise CapabilityError(f"unknown operation {op!r} in `{text}`")


def _number(value: Value, where: str) -> float:
    if isinstance(value, bool):
        raise TypeError(f"`{where}` takes a number, a truth value given")
    return value


def _truth(value: Value, where: str) -> bool:
    if not isinstance(value, bool):
        raise TypeError(f"`{where}` takes a truth value, a number given")
    return value
