"""Print straight-line programs as one LLVM module.

Each program becomes ``void @name(ptr ws)`` on one 64-byte aligned array of doubles
``[slot, lane]``. Nothing but loads, arithmetic, comparisons, selections and stores: no
branches, no fast-math flags, no library calls.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from types import MappingProxyType

from livingdrug.core.errors import CapabilityError, Issue, OptionError
from livingdrug.model.expression.functions import FACTORIALS
from livingdrug.system.printers import elementary_power as by_power
from livingdrug.system.printers.elementary import ELEMENTARY, define_functions
from livingdrug.system.printers.ir_text import Body
from livingdrug.system.program import Instruction, Program, Workspace

__all__ = ["WIDTHS", "print_programs"]

WIDTHS = (1, 2, 4, 8, 16, 32)
"""Lane widths that can be printed."""

# without a frame pointer LLVM cannot align the stack to a vector, and each one that it puts
# there crosses a cache line
_ATTRIBUTES = (
    'attributes #0 = { noinline nounwind "no-builtins" "frame-pointer"="all" }\n'
    'attributes #1 = { nounwind willreturn memory(none) "no-builtins" }'
)

_RELATIONS = {"lt": "olt", "le": "ole", "gt": "ogt", "ge": "oge", "eq": "oeq", "ne": "une"}
_HILLS = {
    "hill": by_power.hill,
    "hill_dx": by_power.hill_dx,
    "hill_dk": by_power.hill_dk,
    "hill_dn": by_power.hill_dn,
}


def print_programs(
    programs: Sequence[Program],
    workspace: Workspace,
    width: int,
    others: Sequence[str] = (),
    other_calls: AbstractSet[str] = frozenset(),
    other_intrinsics: AbstractSet[str] = frozenset(),
    moving: Mapping[str, str] = MappingProxyType({}),
) -> str:
    """Print programs as the text of one module.

    Parameters
    ----------
    programs : sequence of Program
        Their names are distinct identifiers.
    workspace : Workspace
        Place of each slot.
    width : int
        Lanes, one of `WIDTHS`.
    others : sequence of str, optional
        Functions printed elsewhere that call the programs.
    other_calls, other_intrinsics : set of str, optional
        Elementary functions and declarations that those need.
    moving : mapping from str to str, optional
        Program to a group of slots whose place it is given when it is called, as ``%at``, a
        second pointer; the workspace does not hold the group.

    Returns
    -------
    str

    Raises
    ------
    OptionError
        If the width cannot be printed, or a name is not an identifier or used twice.
    CapabilityError
        For operations that have no form in straight-line code.
    """
    _check(programs, width)
    bodies = [
        _print_program(program, workspace, width, moving.get(program.name)) for program in programs
    ]
    calls = {name for body in bodies for name in body.calls} | other_calls
    definitions, intrinsics = define_functions(calls, width)
    intrinsics = intrinsics.union(other_intrinsics, *(body.intrinsics for body in bodies))
    functions = [
        "\n".join(
            [
                f"define void @{program.name}({_parameters(width, program.name in moving)}) #0 {{",
                *body.lines,
                "  ret void",
                "}",
            ]
        )
        for program, body in zip(programs, bodies, strict=True)
    ]
    return "\n\n".join([*functions, *others, *definitions, *sorted(intrinsics), _ATTRIBUTES, ""])


def _check(programs: Sequence[Program], width: int) -> None:
    issues = []
    if width not in WIDTHS:
        issues.append(Issue("error", "width", f"{width} lanes; allowed are {WIDTHS}"))
    names = [program.name for program in programs]
    for name in names:
        if not (name.isidentifier() and name.isascii()):
            issues.append(Issue("error", f"program {name!r}", "the name is not an identifier"))
    for name in sorted({name for name in names if names.count(name) > 1}):
        issues.append(Issue("error", f"program {name!r}", "two programs have this name"))
    if issues:
        raise OptionError(issues)
    unknown = sorted(
        {i.op for program in programs for i in program.instructions if i.op not in OPERATIONS}
    )
    if unknown:
        raise CapabilityError(
            f"no compiled form of {', '.join(unknown)}; run this model with the reference backend"
        )


def _parameters(width: int, moves: bool) -> str:
    pointer = f"ptr noalias align {8 * min(width, 8)}"
    return f"{pointer} %ws, {pointer} %at" if moves else f"{pointer} %ws"


def _print_program(program: Program, workspace: Workspace, width: int, moving: str | None) -> Body:
    writer = _Writer(workspace, width, moving)
    due = _early_stores(program)
    for place, instruction in enumerate(program.instructions):
        writer.write(instruction)
        for slot, value in due.get(place, ()):
            writer.store(slot, value)
    return writer.body


def _early_stores(program: Program) -> dict[int, list[tuple[str, str]]]:
    """Return the stores that follow each instruction.

    A program stores after all its instructions. A store moves up to where its value is known and
    its slot is read no more, so that values do not wait in registers.
    """
    known = {step.target: place for place, step in enumerate(program.instructions)}
    read = {
        str(step.args[0]): place
        for place, step in enumerate(program.instructions)
        if step.op == "load"
    }
    due: dict[int, list[tuple[str, str]]] = {}
    for slot, value in program.stores:
        due.setdefault(max(known[value], read.get(slot, 0)), []).append((slot, value))
    return due


class _Writer:
    """Write the instructions of one program into a body."""

    def __init__(self, workspace: Workspace, width: int, moving: str | None) -> None:
        self.workspace, self.moving = workspace, moving
        self.body = Body(width)
        self.align = 8 * min(width, 8)
        self.values: dict[str, str] = {}
        self.constants: dict[str, float] = {}

    def _address(self, slot: str) -> str:
        base, group, size = "%ws", slot.partition("[")[0], self.body.width * 8
        if group == self.moving:
            base, place = "%at", int(slot[len(group) + 1 : -1])
        else:
            place = self.workspace.offset(slot)
        return self.body.emit(f"getelementptr inbounds i8, ptr {base}, i64 {place * size}")

    def store(self, slot: str, value: str) -> None:
        """Store a value."""
        b = self.body
        address = self._address(slot)
        b.lines.append(f"  store {b.real} {self.values[value]}, ptr {address}, align {self.align}")

    def write(self, instruction: Instruction) -> None:
        """Write one instruction."""
        b, op, target = self.body, instruction.op, instruction.target
        if op == "constant":
            value = float(instruction.args[0])
            self.constants[target], self.values[target] = value, b.number(value)
        elif op == "load":
            address = self._address(str(instruction.args[0]))
            self.values[target] = b.emit(f"load {b.real}, ptr {address}, align {self.align}")
        else:
            names = [str(arg) for arg in instruction.args]
            args = [self.values[name] for name in names]
            exponent = self.constants.get(names[-1])
            if op == "pow":
                base, power = args
                self.values[target] = by_power.raised(b, base, power, exponent)
            elif op in _HILLS:
                x, k, n = args
                self.values[target] = _HILLS[op](b, x, k, n, exponent)
            else:
                self.values[target] = _plain(b, op, args)


def _plain(b: Body, op: str, args: list[str]) -> str:
    if op in _BODY_METHODS:
        return str(getattr(b, op)(*args))
    if op in ELEMENTARY:
        return b.call(op, *args)
    if op in _RELATIONS:
        return b.compare(_RELATIONS[op], *args)
    if op in ("and", "or", "xor"):
        return b.logic(op, *args)
    return _OTHERS[op](b, *args)


def _extreme(b: Body, relation: str, x: str, y: str) -> str:
    """Take `y` where it is strictly beyond `x`; NaN if either is."""
    value = b.select(b.compare(relation, y, x), y, x)
    return b.select(b.compare("uno", x, y), b.number(math.nan), value)


def _sign(b: Body, x: str) -> str:
    zero = b.number(0.0)
    value = b.select(b.compare("olt", x, zero), b.number(-1.0), zero)
    value = b.select(b.compare("ogt", x, zero), b.number(1.0), value)
    return b.select(b.compare("uno", x, x), b.number(math.nan), value)


def _factorial(b: Body, x: str) -> str:
    """Choose from the table: the few models that have one do not ask for speed."""
    whole = b.logic("and", b.compare("oge", x, b.number(0.0)), b.compare("oeq", b.floor(x), x))
    value = b.select(whole, b.number(math.inf), b.number(math.nan))
    for k, factorial in enumerate(FACTORIALS):
        value = b.select(b.compare("oeq", x, b.number(float(k))), b.number(factorial), value)
    return value


def _safe_ratio(b: Body, numerator: str, denominator: str, at_zero: str) -> str:
    ratio = b.div(numerator, denominator)
    return b.select(b.compare("oeq", denominator, b.number(0.0)), at_zero, ratio)


_BODY_METHODS = ("add", "sub", "mul", "div", "neg", "sqrt", "abs", "select")
_OTHERS: dict[str, Callable[..., str]] = {
    "min": lambda b, x, y: _extreme(b, "olt", x, y),
    "max": lambda b, x, y: _extreme(b, "ogt", x, y),
    "sign": _sign,
    "factorial": _factorial,
    # no negative zero, as in the reference
    "floor": lambda b, x: b.add(b.floor(x), b.number(0.0)),
    "ceil": lambda b, x: b.add(b.ceil(x), b.number(0.0)),
    "safe_ratio": _safe_ratio,
    "fma": lambda b, x, y, z: b.fma(x, y, z),
    "fms": lambda b, x, y, z: b.fma(x, y, b.neg(z)),
    "fnma": lambda b, x, y, z: b.fma(b.neg(x), y, z),
    "not": lambda b, c: b.negate(c),
    "truth": lambda b, x: b.compare("une", x, b.number(0.0)),
    "number": lambda b, c: b.select(c, b.number(1.0), b.number(0.0)),
}

OPERATIONS: frozenset[str] = frozenset(
    {
        *("load", "constant", "pow", "and", "or", "xor"),
        *_BODY_METHODS,
        *_OTHERS,
        *_RELATIONS,
        *_HILLS,
        *ELEMENTARY,
    }
)
"""Every operation that can be printed."""
