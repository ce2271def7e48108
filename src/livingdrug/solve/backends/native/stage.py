"""What the method knows of a model, and the block that ends each of its stages."""

from __future__ import annotations

from dataclasses import dataclass

from livingdrug.system.lower.economy import economise
from livingdrug.system.lower.flatten import Flattener
from livingdrug.system.program import Instruction, Program
from livingdrug.system.system import System

__all__ = ["RIGHT", "Shape", "stage_program"]

RIGHT = "right"
"""Slots of the right side and result of a stage; the block gets their place when it is called."""


@dataclass(frozen=True, slots=True)
class Shape:
    """What the printed method depends on.

    Attributes
    ----------
    has_time : bool
        The right-hand side depends on time itself.
    is_log : tuple of bool
        For each state: it is integrated as its logarithm, and may be gone.
    is_infused : tuple of bool
        A dose may flow into it over time.
    is_controlled : tuple of bool
        It counts in the error norm.
    is_algebraic : tuple of bool
        Its equation is no rate but has to be zero.
    """

    has_time: bool
    is_log: tuple[bool, ...]
    is_infused: tuple[bool, ...]
    is_controlled: tuple[bool, ...]
    is_algebraic: tuple[bool, ...]

    @classmethod
    def of(cls, system: System, *, has_time: bool) -> Shape:
        """Return the shape of a system."""
        states = system.layout.states
        dosed = {target.state for targets in system.doses.values() for target in targets}
        return cls(
            has_time,
            tuple(slot.log_state for slot in states),
            tuple(place in dosed for place in range(len(states))),
            tuple(slot.controlled for slot in states),
            tuple(slot.algebraic for slot in states),
        )

    @property
    def mass(self) -> tuple[float, ...]:
        """1 for a differential, 0 for an algebraic equation."""
        return tuple(0.0 if algebraic else 1.0 for algebraic in self.is_algebraic)

    @property
    def n_states(self) -> int:
        """Number of states."""
        return len(self.is_log)


def stage_program(name: str, solve: Program, shape: Shape, rates: Program | None = None) -> Program:
    """Return a block that ends a stage: complete its right side, then solve.

    Parameters
    ----------
    name : str
    solve : Program
        Solves for ``b`` in place.
    shape : Shape
    rates : Program, optional
        Computes ``f``; when it is not given, ``f`` is loaded.

    Returns
    -------
    Program
        Adds the rates and infusions to the slots `RIGHT` and leaves the solution there. Where a
        population is gone, the right side is 0.

    Notes
    -----
    A rate is computed where the substitution needs it: rates keep the divider busy, substitution
    waits for its own results, and side by side they take less time than one after the other.
    """
    flat = Flattener({})
    source = _Rates(flat, rates)
    names: dict[str, str] = {}
    for step in solve.instructions:
        slot = str(step.args[0])
        if step.op == "load" and slot.startswith("b["):
            place = int(slot[2:-1])
            names[step.target] = _right_side(flat, shape, place, source.value(f"f[{place}]"))
        else:
            names[step.target] = _copied(flat, step, names)
    stores = tuple((RIGHT + slot[1:], names[value]) for slot, value in solve.stores)
    return economise(Program(name, tuple(flat.instructions), stores))


class _Rates:
    """Write the steps of a program into another one as they are needed."""

    def __init__(self, flat: Flattener, program: Program | None) -> None:
        self.flat = flat
        self.steps = {} if program is None else {s.target: s for s in program.instructions}
        self.stores = {} if program is None else dict(program.stores)
        self.names: dict[str, str] = {}

    def value(self, slot: str) -> str:
        """Return the value of a slot: loaded where no program computes it."""
        if not self.steps:
            return self.flat.load(slot)
        root = self.stores[slot]
        waiting = [root]
        while waiting:
            step = self.steps[waiting[-1]]
            args = () if step.op in ("load", "constant") else map(str, step.args)
            missing = [arg for arg in args if arg not in self.names]
            if missing:
                waiting += reversed(missing)
            else:
                self.names[waiting.pop()] = _copied(self.flat, step, self.names)
        return self.names[root]


def _copied(flat: Flattener, step: Instruction, names: dict[str, str]) -> str:
    if step.op in ("load", "constant"):
        return flat.emit(step.op, *step.args)
    return flat.emit(step.op, *(names[str(arg)] for arg in step.args))


def _right_side(flat: Flattener, shape: Shape, place: int, rate: str) -> str:
    if shape.is_infused[place]:
        rate = flat.emit("add", rate, flat.load(f"inf[{place}]"))
    total = flat.emit("add", rate, flat.load(f"{RIGHT}[{place}]"))
    if not shape.is_log[place]:
        return total
    live = flat.emit("truth", flat.load(f"live[{place}]"))
    return flat.emit("select", live, total, flat.emit("constant", 0.0))
