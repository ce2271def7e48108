"""Run compiled programs from NumPy arrays, and interpret them one number at a time."""

import ctypes
import functools
import math

import numpy as np

from livingdrug.system import machine
from livingdrug.system.interpret import run_program
from livingdrug.system.printers.llvm import print_programs
from livingdrug.system.program import Instruction, Program, Workspace

UNIT = 2.0**-53

TRUTHS = {"and": 2, "or": 2, "xor": 2, "not": 1, "select": 1, "number": 1}
"""How many of the arguments are conditions."""

RELATIONS = ("lt", "le", "gt", "ge", "eq", "ne", "truth", "and", "or", "xor", "not")


def arity(op):
    if op in ("add", "sub", "mul", "div", "pow", "min", "max", *RELATIONS[:6], "and", "or", "xor"):
        return 2
    threes = ("select", "safe_ratio", "fma", "fms", "fnma")
    return 3 if op in threes or op.startswith("hill") else 1


@functools.cache
def program_of(op):
    """A program of one operation: numbers in x[0], x[1], x[2], result in o."""
    steps, args = [], []
    for place in range(arity(op)):
        steps.append(Instruction(f"x{place}", "load", (f"x[{place}]",)))
        args.append(f"x{place}")
        if place < TRUTHS.get(op, 0):
            steps.append(Instruction(f"c{place}", "truth", (args[-1],)))
            args[-1] = f"c{place}"
    steps.append(Instruction("r", op, tuple(args)))
    if op in RELATIONS:
        steps.append(Instruction("n", "number", ("r",)))
    return Program(f"op_{op}", tuple(steps), (("o", steps[-1].target),))


def constant_power_program(exponent, name):
    steps = (
        Instruction("x", "load", ("x[0]",)),
        Instruction("n", "constant", (exponent,)),
        Instruction("r", "pow", ("x", "n")),
    )
    return Program(name, steps, (("o", "r"),))


SPACE = Workspace.of([("x", 3), ("o", 1)])


class Compiled:
    """Programs compiled at one width."""

    def __init__(self, programs, width, space=SPACE, **target):
        self.width, self.space = width, space
        self.module = machine.compile_module(print_programs(programs, space, width), **target)

    def workspaces(self, count):
        """A 64-byte aligned zero array [block, slot, lane]."""
        size = count * self.space.n_slots * self.width
        room = np.zeros(size + 8)
        start = (-room.ctypes.data % 64) // 8
        return room[start : start + size].reshape(count, self.space.n_slots, self.width)

    def run(self, name, array):
        """Run one program on every block of the array."""
        function = ctypes.CFUNCTYPE(None, ctypes.c_void_p)(self.module.address(name))
        stride = self.space.n_slots * self.width * 8
        for place in range(len(array)):
            function(array.ctypes.data + place * stride)

    def __call__(self, name, *columns):
        """Values of a program of `SPACE` for columns of numbers."""
        count = len(columns[0])
        padding = -count % self.width
        array = self.workspaces((count + padding) // self.width)
        for place, column in enumerate(columns):
            array[:, place, :] = np.pad(column, (0, padding)).reshape(-1, self.width)
        self.run(name, array)
        return array[:, 3, :].ravel()[:count].copy()


def bits(values):
    """Bit patterns; every NaN is the same one."""
    values = np.array(values, dtype=float)
    values[np.isnan(values)] = np.nan
    return values.view(np.uint64)


def scalar(op, *args):
    """Value of one operation by the interpreter; conditions as 1 or 0."""
    slots = {f"x[{place}]": float(arg) for place, arg in enumerate(args)}
    return run_program(program_of(op), slots)["o"]


def interpret(program, slots):
    """Values of the stores, and bounds of the error of any evaluation good to 2 ulp a step.

    Each error is carried on by evaluating the operation at both ends of its argument.
    """
    values, errors = {}, {}
    for step in program.instructions:
        errors[step.target] = 0.0
        if step.op in ("load", "constant"):
            values[step.target] = slots[step.args[0]] if step.op == "load" else step.args[0]
            continue
        args = [values[name] for name in step.args]
        value = values[step.target] = scalar(step.op, *args)
        if step.op in (*RELATIONS, "number"):
            continue
        error = 0.0 if step.op == "select" else 4 * UNIT * abs(value)
        for place, name in enumerate(step.args):
            if errors[name] > 0.0:
                ends = (args[place] - errors[name], args[place] + errors[name])
                moved = [scalar(step.op, *args[:place], x, *args[place + 1 :]) for x in ends]
                error += max(abs(m - value) for m in moved)
        errors[step.target] = error
    return [values[v] for _, v in program.stores], [errors[v] for _, v in program.stores]


EDGES = np.array(
    [
        sign * size
        for size in (
            *(0.0, 5e-324, 1e-310, 2.0**-1022, 1e-300, 1e-160, 1e-20, 2.0**-54, 2.0**-28, 1e-5),
            *(0.1, 0.25, 1.0 / 3.0, math.log(2.0) / 2.0, 0.5, math.sqrt(0.5), math.pi / 4.0),
            *(1.0 - UNIT, 1.0, 1.0 + 2.0 * UNIT, math.sqrt(2.0), 1.5, math.pi / 2.0, 2.0, 2.5),
            *(3.0, math.pi, 4.0, 7.0, 10.0, 16.0, 17.0, 22.0, 37.0, 60.0, 100.0, 700.0, 708.4),
            *(709.7827128933841, 710.0, 710.4758600739439, 710.5, 745.1332191019411, 746.0),
            *(1000.0, 1e5, 2.0**28, 2.0**31 + 0.5, 1e10, 2.0**40, 2.0**52 + 1.0, 2.0**53, 1e20),
            *(1e154, 1e155, 1e300, 2.0**1000, 1.7976931348623157e308, math.inf),
        )
        for sign in (1.0, -1.0)
    ]
    + [math.nan]
)
