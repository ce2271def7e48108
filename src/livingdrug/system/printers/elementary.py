"""The elementary functions as LLVM IR: one internal function of a module for each.

No call leaves the module, so results do not depend on a mathematical library. Products are
fused with sums only where ``fma`` is written, so the bits are the same at every lane width and
on every processor that has the instruction; `livingdrug.system.machine` refuses the others.

Largest errors in units in the last place, as the tests check them: exp, log, tanh 1;
all others 2; pow 2 for ``abs(y log x) < 700``; sin, cos, tan are NaN beyond 2**40.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from livingdrug.system.printers import elementary_exp as by_exp
from livingdrug.system.printers import elementary_log as by_log
from livingdrug.system.printers import elementary_power as by_power
from livingdrug.system.printers import elementary_trig as by_trig
from livingdrug.system.printers.ir_text import Body

__all__ = ["ELEMENTARY", "define_functions"]

_ONE: dict[str, Callable[[Body, str], str]] = {
    "exp": by_exp.exp,
    "expm1": by_exp.expm1,
    "sinh": by_exp.sinh,
    "cosh": by_exp.cosh,
    "tanh": by_exp.tanh,
    "log": by_log.log,
    "log1p": by_log.log1p,
    "log10": by_log.log10,
    "asinh": by_log.asinh,
    "acosh": by_log.acosh,
    "atanh": by_log.atanh,
    "sin": by_trig.sin,
    "cos": by_trig.cos,
    "tan": by_trig.tan,
    "asin": by_trig.asin,
    "acos": by_trig.acos,
    "atan": by_trig.atan,
}

ELEMENTARY: frozenset[str] = frozenset({*_ONE, "pow"})
"""Operations of a program that are such a function."""


def _write(name: str, b: Body) -> tuple[list[str], str]:
    """Return the arguments of a function written into a body, and its result with its type."""
    if name in _ONE:
        return ["%x"], f"{b.real} {_ONE[name](b, '%x')}"
    # used by others only
    if name == "log_of_size":
        return ["%x"], f"{b.pair} {b.packed(*by_power.log_of_size(b, '%x'))}"
    if name == "power_of_log":
        args = ["%x", "%y", "%high", "%low"]
        return args, f"{b.real} {by_power.power_of_log(b, '%x', '%y', ('%high', '%low'))}"
    if name == "log_of_sum":
        return ["%u", "%c", "%extra"], f"{b.real} {by_log.log_of_sum(b, '%u', '%c', '%extra')}"
    raise KeyError(name)


def define_functions(names: Iterable[str], width: int) -> tuple[list[str], set[str]]:
    """Define functions, and those that they call.

    Parameters
    ----------
    names : iterable of str
        Of `ELEMENTARY`.
    width : int
        Lanes.

    Returns
    -------
    definitions : list of str
        In the order of their names.
    intrinsics : set of str
        Declarations that they need.
    """
    wanted = sorted(names)
    defined: dict[str, str] = {}
    intrinsics: set[str] = set()
    while wanted:
        name = wanted.pop()
        if name in defined:
            continue
        b = Body(width)
        args, result = _write(name, b)
        typed = ", ".join(f"{b.real} {arg}" for arg in args)
        kind = b.pair if result.startswith(b.pair) else b.real
        head = f"define internal fastcc {kind} @elementary.{name}({typed}) #1 {{"
        defined[name] = "\n".join([head, *b.lines, f"  ret {result}", "}"])
        wanted += sorted(b.calls)
        intrinsics |= b.intrinsics
    return [defined[name] for name in sorted(defined)], intrinsics
