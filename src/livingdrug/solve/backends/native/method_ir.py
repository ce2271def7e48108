"""Print the parts of Rodas5P that all lanes do together, as functions of the model's module.

They read and write the workspace only, so that LLVM sees one array with constant offsets. Loops
run over states; sums are fused where written, so the bits do not depend on the lane width.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from livingdrug.solve.backends.native import rodas5p
from livingdrug.solve.backends.native.places import METHOD_BLOCKS, METHOD_GROUPS
from livingdrug.solve.backends.native.stage import Shape
from livingdrug.system.printers.ir_text import Body
from livingdrug.system.program import Workspace

__all__ = ["method_groups", "print_method"]

_PER_STATE = {"base": 1, "new": 1, "inf": 1, "live": 1, "k": 8, "dense": 3, "atol": 1, "rtol": 1,
              "controlled": 1, "mass": 1}  # fmt: skip


def method_groups(n_states: int) -> list[tuple[str, int]]:
    """Return the slots that the method needs beside those of the model."""
    return [(name, _PER_STATE.get(name, 0) * n_states or 1) for name in METHOD_GROUPS]


def print_method(
    workspace: Workspace, shape: Shape, width: int
) -> tuple[list[str], set[str], set[str]]:
    """Print the functions of the method for the module that holds the model's blocks.

    Parameters
    ----------
    workspace : Workspace
    shape : Shape
        Of the model.
    width : int
        Lanes.

    Returns
    -------
    definitions : list of str
    calls : set of str
        Elementary functions that they use.
    intrinsics : set of str
        Declarations that they need.
    """
    writers = {
        "solve": _solve,
        **dict(zip(METHOD_BLOCKS, [_step, _dense, _place, _advance, _start], strict=True)),
    }
    texts: list[str] = []
    intrinsics: set[str] = set()
    calls: set[str] = set()
    for name, write in writers.items():
        code = _Code(workspace, shape, width)
        write(code)
        lines = "\n".join(code.b.lines)
        texts.append(
            f"define void @{name}(ptr noalias align 64 %ws) #0 {{\nstart:\n{lines}\n  ret void\n}}"
        )
        intrinsics |= code.b.intrinsics
        calls |= code.b.calls
    return texts, calls, intrinsics


class _Code:
    """A function body with loops over states."""

    def __init__(self, workspace: Workspace, shape: Shape, width: int) -> None:
        self.workspace, self.shape, self.n = workspace, shape, shape.n_states
        self.b = Body(width)
        self.align = 8 * min(width, 8)
        self.label = "start"

    def _address(self, group: str, index: str | int, part: int) -> str:
        b, first = self.b, self.workspace.offsets[group] + part * self.n
        if isinstance(index, int):
            place = (first + index) * b.width * 8
            return b.emit(f"getelementptr inbounds i8, ptr %ws, i64 {place}")
        slot = b.emit(f"add i64 {index}, {first}")
        return b.emit(f"getelementptr inbounds {b.real}, ptr %ws, i64 {slot}")

    def load(self, group: str, index: str | int = 0, part: int = 0) -> str:
        """Load a slot; `part` counts groups of n slots."""
        return self.b.emit(
            f"load {self.b.real}, ptr {self._address(group, index, part)}, align {self.align}"
        )

    def store(self, value: str, group: str, index: str | int = 0, part: int = 0) -> None:
        """Store a slot."""
        address = self._address(group, index, part)
        self.b.lines.append(f"  store {self.b.real} {value}, ptr {address}, align {self.align}")

    def call(self, *names: str) -> None:
        """Call blocks on the workspace."""
        skipped = () if any(self.shape.is_log) else ("natural",)  # `z` and `y` are the same slots
        self.b.lines += [f"  call void @{name}(ptr %ws)" for name in names if name not in skipped]

    def end_stage(self, stage: int) -> None:
        """Complete the right side of a stage, which is in its `k`, and solve.

        The rates of the first stage have come with the matrix.
        """
        name, place = "stage" if stage else "first_stage", self._address("k", 0, stage)
        self.b.lines.append(f"  call void @{name}(ptr %ws, ptr {place})")

    def loop(self, write: Callable[[str, list[str]], Sequence[str]], *starts: str) -> list[str]:
        """Write a loop over states; `write` gets the index and the running values."""
        b, number = self.b, len(self.b.lines)
        label, index = f"loop{number}", f"%i{number}"
        names = [f"%a{number}.{place}" for place in range(len(starts))]
        b.lines += [f"  br label %{label}", f"{label}:"]
        phi = len(b.lines)
        b.lines += [""] * (1 + len(starts))
        values = list(write(index, names))
        b.lines.append(f"  {index}.next = add i64 {index}, 1")
        b.lines.append(f"  {index}.more = icmp ult i64 {index}.next, {self.n}")
        b.lines.append(f"  br i1 {index}.more, label %{label}, label %{label}.end")
        b.lines.append(f"{label}.end:")
        before = f"%{self.label}"
        b.lines[phi] = f"  {index} = phi i64 [ 0, {before} ], [ {index}.next, %{label} ]"
        for place, (name, start, value) in enumerate(zip(names, starts, values, strict=True)):
            b.lines[phi + 1 + place] = (
                f"  {name} = phi {b.real} [ {start}, {before} ], [ {value}, %{label} ]"
            )
        self.label = f"{label}.end"
        return values


def _larger(b: Body, x: str, y: str) -> str:
    return b.select(b.compare("ogt", y, x), y, x)


def _smaller(b: Body, x: str, y: str) -> str:
    return b.select(b.compare("olt", y, x), y, x)


def _is(b: Body, flag: str) -> str:
    return b.compare("une", flag, b.number(0.0))


def _power(b: Body, x: str, exponent: float) -> str:
    return b.call("exp", b.mul(b.number(exponent), b.call("log", x)))


def _derivative(c: _Code, index: str) -> str:
    """Return the right-hand side with infusions; zero where a population is gone."""
    b = c.b
    return b.select(
        _is(b, c.load("live", index)),
        b.add(c.load("f", index), c.load("inf", index)),
        b.number(0.0),
    )


def _solve(c: _Code) -> None:
    c.end_stage(0)


def _step(c: _Code) -> None:
    b, has_time = c.b, c.shape.has_time
    h, start = c.load("h"), c.load("t0")
    inverse = b.div(b.number(1.0), h)
    c.store(b.div(b.number(1.0), b.mul(h, b.number(rodas5p.GAMMA))), "w")
    c.store(start, "t")
    c.loop(partial(_first_argument, c))
    c.call("natural", "jaclu")  # and the first rates
    if has_time:
        c.call("dfdt")
        c.loop(partial(_first_slope, c, b.mul(b.number(float(rodas5p.D[0])), h)))
    c.end_stage(0)
    for stage in range(1, 8):
        slope = b.mul(b.number(float(rodas5p.D[stage])), h)
        c.store(b.fma(b.number(float(rodas5p.NODES[stage])), h, start), "t")
        c.loop(partial(_argument, c, stage, inverse, slope))
        c.call("natural")
        c.end_stage(stage)
    _norm(c)


def _loop_copy(c: _Code, source: str, target: str) -> None:
    def copy(i: str, _: list[str]) -> list[str]:
        c.store(c.load(source, i), target, i)
        return []

    c.loop(copy)


def _first_argument(c: _Code, i: str, _: list[str]) -> list[str]:
    c.store(c.load("base", i), "z", i)
    c.store(c.b.number(0.0), "k", i, 0)
    return []


def _first_slope(c: _Code, slope: str, i: str, _: list[str]) -> list[str]:
    c.store(c.b.mul(slope, c.load("dt", i)), "k", i, 0)
    return []


def _argument(c: _Code, stage: int, inverse: str, slope: str, i: str, _: list[str]) -> list[str]:
    """Fill the stage argument, and its `k` with all of the right side but the rates."""
    b = c.b
    stages = [c.load("k", i, part) for part in range(stage)]
    if stage >= 6:  # the argument of the stage before, and its result
        value = b.add(c.load("z", i), stages[-1])
    else:
        value = c.load("base", i)
        for k, weight in zip(stages, rodas5p.A[stage], strict=False):
            value = b.fma(b.number(float(weight)), k, value)
    c.store(value, "z", i)
    total = b.mul(b.number(float(rodas5p.C[stage, 0])), stages[0])
    for k, weight in zip(stages[1:], rodas5p.C[stage, 1:], strict=False):
        total = b.fma(b.number(float(weight)), k, total)
    total = b.mul(total, inverse)
    if any(c.shape.is_algebraic):  # the sum stands for a mass times a rate
        total = b.mul(total, c.load("mass", i))
    if c.shape.has_time and rodas5p.D[stage] != 0.0:
        total = b.fma(slope, c.load("dt", i), total)
    c.store(total, "k", i, stage)
    return []


def _norm(c: _Code) -> None:
    """Fill `error`, infinite where a value is not finite, and the factors of the next step."""
    b, zero, one = c.b, c.b.number(0.0), c.b.number(1.0)

    def add(i: str, running: list[str]) -> list[str]:
        total, count, lost = running
        old, last = c.load("base", i), c.load("k", i, 7)
        new = b.add(c.load("z", i), last)
        c.store(new, "new", i)
        live = _is(b, c.load("live", i))
        size = _larger(b, b.abs(old), b.abs(new))
        scale = b.fma(c.load("rtol", i), size, c.load("atol", i))
        part = b.div(last, scale)
        counts = b.logic("and", live, _is(b, c.load("controlled", i)))
        total = b.select(counts, b.fma(part, part, total), total)
        count = b.select(counts, b.add(count, one), count)
        bad = b.logic("and", live, b.compare("uno", b.sub(new, new), zero))
        return [total, count, b.select(bad, one, lost)]

    total, count, lost = c.loop(add, zero, zero, zero)
    error = b.sqrt(b.div(total, _larger(b, one, count)))
    error = b.select(_is(b, lost), b.number(float("inf")), error)
    c.store(error, "error")
    small = _larger(b, b.number(1e-10), error)
    sum_ = b.mul(b.number(-0.14), b.call("log", small))
    sum_ = b.fma(b.number(0.08), b.call("log", c.load("before")), sum_)
    grow = b.mul(b.number(0.9), b.call("exp", sum_))
    c.store(_larger(b, b.number(0.2), _smaller(b, b.number(8.0), grow)), "grow")
    shrink = _larger(b, b.number(0.2), b.mul(b.number(0.9), _power(b, small, -0.2)))
    usual = b.logic(
        "and", b.compare("ogt", error, one), b.compare("olt", error, b.number(float("inf")))
    )
    c.store(b.select(usual, shrink, b.number(0.5)), "shrink")


def _dense(c: _Code) -> None:

    def combine(i: str, _: list[str]) -> list[str]:
        stages = [c.load("k", i, part) for part in range(8)]
        for row in range(3):
            total = c.b.mul(c.b.number(float(rodas5p.H[row, 0])), stages[0])
            for k, weight in zip(stages[1:], rodas5p.H[row, 1:], strict=True):
                total = c.b.fma(c.b.number(float(weight)), k, total)
            c.store(total, "dense", i, row)
        return []

    c.loop(combine)


def _place(c: _Code) -> None:
    """Fill `z` and `y` with the state at the fraction `part` of the step."""
    b, part = c.b, c.load("part")
    rest = b.sub(b.number(1.0), part)

    def value(i: str, _: list[str]) -> list[str]:
        k1, k2, k3 = (c.load("dense", i, row) for row in range(3))
        inside = b.fma(part, b.fma(part, k3, k2), k1)
        base = c.load("base", i)
        # written so that what does not change is reported without a rounding
        way = b.fma(rest, inside, b.sub(c.load("new", i), base))
        z = b.fma(part, way, base)
        gone = b.number(float("-inf"))
        c.store(b.select(_is(b, c.load("live", i)), z, gone), "z", i)
        return []

    c.loop(value)
    c.call("natural")


def _advance(c: _Code) -> None:
    accept = _is(c.b, c.load("accept"))

    def blend(i: str, _: list[str]) -> list[str]:
        c.store(c.b.select(accept, c.load("new", i), c.load("base", i)), "base", i)
        return []

    c.loop(blend)


def _rms(c: _Code, get: Callable[[str], str]) -> str:
    b, zero, one = c.b, c.b.number(0.0), c.b.number(1.0)

    def add(i: str, running: list[str]) -> list[str]:
        base = c.load("base", i)
        scale = b.fma(c.load("rtol", i), b.abs(base), c.load("atol", i))
        part = b.div(get(i), scale)
        counts = b.logic("and", _is(b, c.load("live", i)), _is(b, c.load("controlled", i)))
        total = b.select(counts, b.fma(part, part, running[0]), running[0])
        return [total, b.select(counts, b.add(running[1], one), running[1])]

    total, count = c.loop(add, zero, zero)
    return b.sqrt(b.div(total, _larger(b, one, count)))


def _start(c: _Code) -> None:
    """Fill `first` with a first step (Hairer, Norsett and Wanner, II.4)."""
    b, time = c.b, c.load("t0")
    c.store(time, "t")
    _loop_copy(c, "base", "z")
    c.call("natural", "rhs")

    def keep(i: str, _: list[str]) -> list[str]:
        c.store(_derivative(c, i), "k", i, 0)
        return []

    c.loop(keep)
    d0 = _rms(c, lambda i: c.load("base", i))
    d1 = _rms(c, lambda i: c.load("k", i, 0))
    tiny = b.number(1e-5)
    flat = b.logic("or", b.compare("olt", d0, tiny), b.compare("olt", d1, tiny))
    size = b.select(flat, b.number(1e-6), b.div(b.mul(b.number(0.01), d0), d1))
    size = _smaller(b, b.number(1.0), size)
    c.store(b.add(time, size), "t")

    def move(i: str, _: list[str]) -> list[str]:
        c.store(b.fma(size, c.load("k", i, 0), c.load("base", i)), "z", i)
        return []

    c.loop(move)
    c.call("natural", "rhs")
    d2 = b.div(_rms(c, lambda i: b.sub(_derivative(c, i), c.load("k", i, 0))), size)
    steepest = _larger(b, d1, d2)
    none = b.compare("ole", steepest, b.number(1e-15))
    second = b.select(
        none,
        _larger(b, b.number(1e-6), b.mul(b.number(1e-3), size)),
        _power(b, b.div(b.number(0.01), steepest), 0.2),
    )
    size = _smaller(b, second, b.mul(b.number(100.0), size))
    c.store(b.select(b.compare("ogt", size, b.number(0.0)), size, b.number(1e-6)), "first")
