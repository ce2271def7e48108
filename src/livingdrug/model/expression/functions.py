"""The functions that an expression may call: arity, derivative, value.

The scalar implementations follow IEEE 754 (``1/0`` is inf, ``log(-1)`` is NaN) and never raise,
so that a bad subject can be marked instead of ending a run.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from livingdrug.core.errors import CapabilityError
from livingdrug.model.expression.nodes import (
    ONE,
    ZERO,
    Node,
    add,
    call,
    divide,
    negate,
    number,
    piecewise,
    power,
    relation,
    subtract,
)

__all__ = [
    "FACTORIALS",
    "FUNCTIONS",
    "Function",
    "hill_value",
    "ieee_divide",
    "ieee_power",
    "ratio_value",
]

Partials = Callable[[Sequence[Node]], list[Node]]


@dataclass(frozen=True, slots=True)
class Function:
    """A function that expressions may call.

    Attributes
    ----------
    name : str
    arity : int or None
        None for one or more arguments.
    value : callable
        Scalar implementation; never raises.
    partials : callable
        From the arguments to one derivative each.
    dimension : {"dimensionless", "same", "any"}
        What the arguments must be: plain numbers; all the same, which is also the result's;
        or anything, with a plain number as result.
    latex : str
    """

    name: str
    arity: int | None
    value: Callable[..., float]
    partials: Partials
    dimension: str = "dimensionless"
    latex: str = ""


def _guard(function: Callable[[float], float], overflow: float = math.inf) -> Callable[..., float]:
    def guarded(x: float) -> float:
        try:
            return function(x)
        except OverflowError:
            return overflow
        except ValueError:
            return math.nan

    return guarded


def _sinh(x: float) -> float:
    try:
        return math.sinh(x)
    except OverflowError:
        return math.copysign(math.inf, x)


def _atanh(x: float) -> float:
    if abs(x) == 1.0:
        return math.copysign(math.inf, x)
    return math.atanh(x) if abs(x) < 1.0 else math.nan


def _whole(rounding: Callable[[float], int]) -> Callable[..., float]:
    return lambda x: float(rounding(x)) if math.isfinite(x) else x


def _log(x: float) -> float:
    if x > 0.0:
        return math.log(x)
    return -math.inf if x == 0.0 else math.nan


def _log1p(x: float) -> float:
    if x > -1.0:
        return math.log1p(x)
    return -math.inf if x == -1.0 else math.nan


def _log10(x: float) -> float:
    if x > 0.0:
        return math.log10(x)
    return -math.inf if x == 0.0 else math.nan


def ieee_divide(x: float, y: float) -> float:
    """Divide as the processor does.

    Parameters
    ----------
    x, y : float

    Returns
    -------
    float
    """
    if y != 0.0:
        return x / y
    if x == 0.0 or math.isnan(x):
        return math.nan
    return math.copysign(math.inf, x) * math.copysign(1.0, y)


def ieee_power(x: float, y: float) -> float:
    """Raise to a power; NaN for a negative base under a non-integer exponent.

    Parameters
    ----------
    x, y : float

    Returns
    -------
    float
    """
    try:
        return math.pow(x, y)
    except OverflowError:
        odd = y == math.floor(y) and math.fmod(y, 2.0) != 0.0
        return -math.inf if x < 0.0 and odd else math.inf
    except ValueError:
        if x != 0.0:
            return math.nan
        odd = y == math.floor(y) and math.fmod(y, 2.0) != 0.0
        return math.copysign(math.inf, x) if odd else math.inf


def hill_value(x: float, k: float, n: float) -> float:
    """Return ``x**n / (k**n + x**n)`` without overflow; 0 for ``x <= 0``.

    Parameters
    ----------
    x, k, n : float

    Returns
    -------
    float
    """
    if x <= 0.0:
        return 0.0
    ratio = ieee_power(ieee_divide(k, x), n)
    return ieee_divide(1.0, 1.0 + ratio)


def ratio_value(numerator: float, denominator: float, at_zero: float) -> float:
    """Return the ratio, or `at_zero` where the denominator is 0.

    Parameters
    ----------
    numerator, denominator, at_zero : float

    Returns
    -------
    float
    """
    return at_zero if denominator == 0.0 else numerator / denominator


def _hill_dx(x: float, k: float, n: float) -> float:
    if x <= 0.0:
        return 0.0
    h = hill_value(x, k, n)
    return n * h * (1.0 - h) / x


def _hill_dk(x: float, k: float, n: float) -> float:
    if x <= 0.0 or k <= 0.0:
        return 0.0
    h = hill_value(x, k, n)
    return -n * h * (1.0 - h) / k


def _hill_dn(x: float, k: float, n: float) -> float:
    if x <= 0.0 or k <= 0.0:
        return 0.0
    h = hill_value(x, k, n)
    return h * (1.0 - h) * (math.log(x) - math.log(k))


def _sign(x: float) -> float:
    return math.nan if math.isnan(x) else float((x > 0.0) - (x < 0.0))


def _factorial(x: float) -> float:
    if x == math.inf:
        return x
    if not (x >= 0.0 and x == math.floor(x)):
        return math.nan
    return FACTORIALS[int(x)] if x < len(FACTORIALS) else math.inf


FACTORIALS: tuple[float, ...] = tuple(float(math.factorial(k)) for k in range(171))
"""Every factorial that a double can hold, each correctly rounded."""


def _extreme(pick: Callable[..., float]) -> Callable[..., float]:
    def extreme(*args: float) -> float:
        return math.nan if any(math.isnan(arg) for arg in args) else pick(args)

    return extreme


def _extreme_partials(name: str) -> Partials:
    def partials(args: Sequence[Node]) -> list[Node]:
        whole = call(name, *args)
        # a tie gives the derivative to the first argument that attains it
        found: list[Node] = []
        result: list[Node] = []
        for arg in args:
            here = relation("==", arg, whole)
            value: Node = piecewise(ONE, here, ZERO)
            for earlier in found:
                value = piecewise(ZERO, earlier, value)
            found.append(here)
            result.append(value)
        return result

    return partials


def _one(derivative: Callable[[Node], Node]) -> Partials:
    return lambda args: [derivative(args[0])]


def _not_differentiable(args: Sequence[Node]) -> list[Node]:
    return [ZERO for _ in args]


def _square(x: Node) -> Node:
    return power(x, number(2.0))


def _root(x: Node) -> Node:
    return call("sqrt", x)


def _root_slope(x: Node) -> Node:
    # as for powers below one: 0 rather than infinity where biology starts
    return piecewise(ZERO, relation("==", x, ZERO), divide(number(0.5), _root(x)))


_TABLE = (
    Function("exp", 1, _guard(math.exp), _one(lambda x: call("exp", x)), latex=r"\exp"),
    Function(
        "expm1", 1, _guard(math.expm1), _one(lambda x: call("exp", x)), latex=r"\mathrm{expm1}"
    ),
    Function("log", 1, _log, _one(lambda x: divide(ONE, x)), latex=r"\ln"),
    Function("log1p", 1, _log1p, _one(lambda x: divide(ONE, add(ONE, x))), latex=r"\mathrm{log1p}"),
    Function(
        "log10",
        1,
        _log10,
        _one(lambda x: divide(number(1 / math.log(10.0)), x)),
        latex=r"\log_{10}",
    ),
    Function("sqrt", 1, _guard(math.sqrt), _one(_root_slope), "any"),
    Function("sin", 1, _guard(math.sin), _one(lambda x: call("cos", x)), latex=r"\sin"),
    Function("cos", 1, _guard(math.cos), _one(lambda x: negate(call("sin", x))), latex=r"\cos"),
    Function(
        "tan", 1, _guard(math.tan), _one(lambda x: add(ONE, _square(call("tan", x)))), latex=r"\tan"
    ),
    Function(
        "asin", 1, _guard(math.asin), _one(lambda x: divide(ONE, _root(subtract(ONE, _square(x)))))
    ),
    Function(
        "acos",
        1,
        _guard(math.acos),
        _one(lambda x: divide(number(-1.0), _root(subtract(ONE, _square(x))))),
    ),
    Function("atan", 1, _guard(math.atan), _one(lambda x: divide(ONE, add(ONE, _square(x))))),
    Function("sinh", 1, _sinh, _one(lambda x: call("cosh", x)), latex=r"\sinh"),
    Function("cosh", 1, _guard(math.cosh), _one(lambda x: call("sinh", x)), latex=r"\cosh"),
    Function(
        "tanh",
        1,
        _guard(math.tanh),
        _one(lambda x: subtract(ONE, _square(call("tanh", x)))),
        latex=r"\tanh",
    ),
    Function(
        "asinh", 1, _guard(math.asinh), _one(lambda x: divide(ONE, _root(add(ONE, _square(x)))))
    ),
    Function(
        "acosh",
        1,
        _guard(math.acosh),
        _one(lambda x: divide(ONE, _root(subtract(_square(x), ONE)))),
    ),
    Function("atanh", 1, _atanh, _one(lambda x: divide(ONE, subtract(ONE, _square(x))))),
    Function("abs", 1, abs, _one(lambda x: call("sign", x)), "same"),
    Function("sign", 1, _sign, _not_differentiable, "any"),
    Function("floor", 1, _whole(math.floor), _not_differentiable, "same"),
    Function("ceil", 1, _whole(math.ceil), _not_differentiable, "same"),
    Function("factorial", 1, _factorial, _not_differentiable, latex=r"\mathrm{fac}"),
    Function("min", None, _extreme(min), _extreme_partials("min"), "same", r"\min"),
    Function("max", None, _extreme(max), _extreme_partials("max"), "same", r"\max"),
    Function("hill_dx", 3, _hill_dx, lambda args: _no_second("hill_dx", args)),
    Function("hill_dk", 3, _hill_dk, lambda args: _no_second("hill_dk", args)),
    Function("hill_dn", 3, _hill_dn, lambda args: _no_second("hill_dn", args)),
)


def _no_second(name: str, args: Sequence[Node]) -> list[Node]:
    raise CapabilityError(
        f"{name} is the derivative of hill, for the engine's own use, and second derivatives are "
        "not defined: write the rate with hill(x, k, n) or with powers"
    )


FUNCTIONS: dict[str, Function] = {function.name: function for function in _TABLE}
"""Every function by name. The parser, the differentiator and the printers loop over this table."""


def hill_partials(x: Node, k: Node, n: Node) -> list[Node]:
    """Return the derivatives of ``hill(x, k, n)`` with respect to its arguments.

    Parameters
    ----------
    x, k, n : Node

    Returns
    -------
    list of Node
    """
    return [call("hill_dx", x, k, n), call("hill_dk", x, k, n), call("hill_dn", x, k, n)]
