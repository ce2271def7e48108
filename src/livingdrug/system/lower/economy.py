"""Rewrite programs so that they cost less: shared reciprocals, fused products, joined programs.

Results change by roundings, so this is for what is integrated, not for conditions, events and
outputs. What is written is still what is computed: every fusion is an operation of the program.
"""

from __future__ import annotations

import math
import sys
from collections import Counter
from collections.abc import Sequence

from livingdrug.system.program import Instruction, Program

__all__ = ["economise", "joined"]

Args = tuple[str | float, ...]


def economise(program: Program) -> Program:
    """Return a program that computes the same but for roundings, in fewer and cheaper operations.

    Parameters
    ----------
    program : Program

    Returns
    -------
    Program

    Notes
    -----
    A division occupies the processor as long as eight multiplications (measured with AVX-512 of
    Zen 5), so quotients with the same denominator share its reciprocal, and a constant denominator
    becomes a factor. A product that only sums take in is fused with them (``fma``, ``fms``,
    ``fnma``).

    A reciprocal overflows where a denominator is below 5.6e-309 in size; the quotient of two
    numbers as small as that is lost. `safe_ratio` keeps a division of its own.
    """
    plain = _share_reciprocals(_without_signs(program)).without_dead()
    return _fuse(plain).without_dead()


def joined(name: str, first: Program, second: Program) -> Program:
    """Return one program that does what two do, with what they share computed once.

    Parameters
    ----------
    name : str
    first, second : Program
        Neither loads what the other one stores.

    Returns
    -------
    Program

    Notes
    -----
    What `second` stores is computed as soon as `first` has computed what they share, so that
    nothing waits for its use until the end.
    """
    out = _Writer()
    stores = []
    for program in (first, second):
        names: dict[str, str] = {}
        for step in program.instructions:
            names[step.target] = out.emit(step.op, *_renamed(step, names))
        stores.append([(slot, names[value]) for slot, value in program.stores])
        if program is first:
            n_first = len(out.instructions)
    places = {step.target: place for place, step in enumerate(out.instructions)}
    due: dict[int, list[int]] = {}
    seen: set[int] = set()
    parts = [_own_parts(out.instructions, places, places[v], n_first) for _, v in stores[1]]
    for last, more in sorted(parts):  # what two of them need comes with the one due first
        due.setdefault(last, []).extend(place for place in more if place not in seen)
        seen.update(more)
    order = list(due.get(-1, ()))
    for place in range(n_first):
        order += [place, *due.get(place, ())]
    written = tuple(out.instructions[place] for place in order)
    return Program(name, written, (*stores[0], *stores[1])).without_dead()


def _own_parts(
    steps: Sequence[Instruction], places: dict[str, int], root: int, n_first: int
) -> tuple[int, list[int]]:
    """Return the last of the first `n_first` steps that a value needs, and its later steps."""
    last, found, waiting = -1, set(), [root]
    while waiting:
        place = waiting.pop()
        if place < n_first:
            last = max(last, place)
        elif place not in found:
            found.add(place)
            step = steps[place]
            if step.op not in ("load", "constant"):
                waiting += [places[str(arg)] for arg in step.args]
    return last, sorted(found)


class _Writer:
    """A list of instructions, each distinct one once."""

    def __init__(self) -> None:
        self.instructions: list[Instruction] = []
        self._known: dict[tuple[str, Args], str] = {}

    def emit(self, op: str, *args: str | float) -> str:
        if op in ("add", "mul"):  # the same either way round, to the bit
            args = tuple(sorted(args, key=str))
        # 0.0 == -0.0, but they are different constants
        key = (op, tuple(arg.hex() if isinstance(arg, float) else arg for arg in args))
        if key not in self._known:
            self._known[key] = f"v{len(self.instructions)}"
            self.instructions.append(Instruction(self._known[key], op, args))
        return self._known[key]


def _renamed(step: Instruction, names: dict[str, str]) -> Args:
    if step.op in ("load", "constant"):
        return step.args
    return tuple(names[str(arg)] for arg in step.args)


def _without_signs(program: Program) -> Program:
    """Write sums with an opposite as differences: the same value, and products come to light."""
    out = _Writer()
    names: dict[str, str] = {}
    opposites: dict[str, str] = {}
    for step in program.instructions:
        args = _renamed(step, names)
        op = step.op
        if op in ("add", "sub") and args[1] in opposites:
            op, args = ("sub" if op == "add" else "add"), (args[0], opposites[str(args[1])])
        elif op == "add" and args[0] in opposites:
            op, args = "sub", (args[1], opposites[str(args[0])])
        names[step.target] = out.emit(op, *args)
        if op == "neg":
            opposites[names[step.target]] = str(args[0])
    stores = tuple((slot, names[value]) for slot, value in program.stores)
    return Program(program.name, tuple(out.instructions), stores)


# -- reciprocals ------------------------------------------------------------------------------


def _share_reciprocals(program: Program) -> Program:
    steps = {step.target: step for step in program.instructions}
    needed = _needed_reciprocals(program, steps)
    out = _Writer()
    names: dict[str, str] = {}

    def reciprocal(value: str) -> str:
        fixed = _number(steps[value])
        if fixed is not None:
            return out.emit("constant", 1.0 / fixed)
        if _is_composed(steps, needed, value):
            left, right = (reciprocal(str(arg)) for arg in steps[value].args)
            return out.emit("mul", left, right)
        return out.emit("div", out.emit("constant", 1.0), names[value])

    def quotient(above: str, below: str) -> str:
        fixed = _number(steps[below])
        shared = needed[below] > 1 or _is_composed(steps, needed, below)
        if fixed is not None:
            shared = _has_reciprocal(fixed)
        if not shared:
            return out.emit("div", names[above], names[below])
        if _number(steps[above]) == 1.0:
            return reciprocal(below)
        return out.emit("mul", names[above], reciprocal(below))

    for step in program.instructions:
        if step.op == "div":
            names[step.target] = quotient(str(step.args[0]), str(step.args[1]))
        else:
            names[step.target] = out.emit(step.op, *_renamed(step, names))
    stores = tuple((slot, names[value]) for slot, value in program.stores)
    return Program(program.name, tuple(out.instructions), stores)


def _needed_reciprocals(program: Program, steps: dict[str, Instruction]) -> Counter[str]:
    """Count how often each value divides, alone or in a product of values that all divide."""
    direct = Counter(str(step.args[1]) for step in program.instructions if step.op == "div")
    needed = Counter(direct)

    def count(value: str, times: int) -> None:
        for arg in map(str, steps[value].args):
            needed[arg] += times
            if _is_composed(steps, direct, arg):
                count(arg, times)

    for value, times in direct.items():
        if _is_composed(steps, direct, value):
            count(value, times)
    return needed


def _is_composed(steps: dict[str, Instruction], divisors: Counter[str], value: str) -> bool:
    """Tell whether a product's reciprocal is one of reciprocals that are needed anyway."""
    step = steps[value]
    if step.op != "mul":
        return False
    for arg in map(str, step.args):
        fixed = _number(steps[arg])
        if fixed is not None:
            if not _has_reciprocal(fixed):
                return False
        elif not (divisors[arg] > 0 or _is_composed(steps, divisors, arg)):
            return False
    return True


def _number(step: Instruction) -> float | None:
    return float(step.args[0]) if step.op == "constant" else None


def _has_reciprocal(value: float) -> bool:
    """Tell whether ``1 / value`` is a normal number."""
    return (
        value != 0.0
        and math.isfinite(value)
        and (sys.float_info.min <= abs(1.0 / value) < math.inf)
    )


# -- fused products ---------------------------------------------------------------------------


def _fuse(program: Program) -> Program:
    """Fuse the products all of whose uses are sums that can take them in."""
    steps = {step.target: step for step in program.instructions}
    taken: dict[str, tuple[str, int]] = {}  # sum -> (product, its place)
    rejected: set[str] = {value for _, value in program.stores}
    while True:
        taken = _choose(program, steps, rejected)
        users = Counter(product for product, _ in taken.values())
        uses = Counter(
            str(arg)
            for step in program.instructions
            if step.op not in ("load", "constant")
            for arg in step.args
        )
        # a product that something else needs as well is there anyway
        wasted = {product for product, count in users.items() if count < uses[product]}
        if not wasted:
            break
        rejected |= wasted
    return Program(program.name, tuple(_fused(program, steps, taken)), program.stores)


def _choose(
    program: Program, steps: dict[str, Instruction], rejected: set[str]
) -> dict[str, tuple[str, int]]:
    taken = {}
    for step in program.instructions:
        if step.op not in ("add", "sub") or step.args[0] == step.args[1]:
            continue
        for place in (1, 0):
            product = str(step.args[place])
            if steps[product].op == "mul" and product not in rejected:
                taken[step.target] = product, place
                break
    return taken


def _fused(
    program: Program, steps: dict[str, Instruction], taken: dict[str, tuple[str, int]]
) -> list[Instruction]:
    written = []
    for step in program.instructions:
        if step.target in taken:
            product, place = taken[step.target]
            op = "fma" if step.op == "add" else ("fms", "fnma")[place]
            args = (*steps[product].args, step.args[1 - place])
            written.append(Instruction(step.target, op, args))
        else:
            written.append(step)
    return written
