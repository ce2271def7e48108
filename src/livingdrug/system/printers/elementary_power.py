"""Powers and Hill functions, as LLVM IR.

``x**y = exp(y log x)`` with the logarithm as a pair of doubles. A constant exponent that is a
whole number up to 16 in size, or 1/2, 3/2, 5/2, -1/2, -3/2, takes multiplications and a root.
"""

from __future__ import annotations

import math

from livingdrug.system.printers.elementary_exp import exp_of_pair
from livingdrug.system.printers.elementary_log import log_pair
from livingdrug.system.printers.ir_text import Body

__all__ = [
    "constant_power",
    "has_constant_form",
    "hill",
    "hill_dk",
    "hill_dn",
    "hill_dx",
    "log_of_size",
    "power_of_log",
    "raised",
]

_HALVES = (0.5, 1.5, 2.5, -0.5, -1.5)
_LARGEST = 16


def log_of_size(b: Body, x: str) -> tuple[str, str]:
    """``log(abs(x))`` as a pair; powers of one base share it."""
    zero, infinity = b.number(0.0), b.number(math.inf)
    size = b.abs(x)
    high, low = log_pair(b, size)
    regular = b.logic("and", b.compare("ogt", size, zero), b.compare("olt", size, infinity))
    pole = b.select(b.compare("oeq", size, zero), b.number(-math.inf), size)  # NaN stays
    return b.select(regular, high, pole), b.select(regular, low, zero)


def power_of_log(b: Body, x: str, y: str, log: tuple[str, str]) -> str:
    """``x**y`` with the special cases of IEEE 754 (``pow``), given `log_of_size` of x."""
    zero, one, infinity = b.number(0.0), b.number(1.0), b.number(math.inf)
    high, low = log
    product, rest = b.two_product(y, high)
    result = exp_of_pair(b, product, b.fma(y, low, rest))
    # 1**inf: the product is NaN
    unit = b.logic("and", b.compare("oeq", b.abs(x), one), b.compare("oeq", b.abs(y), infinity))
    result = b.select(unit, one, result)
    result = _sign(b, x, y, result)
    certain = b.logic("or", b.compare("oeq", x, one), b.compare("oeq", y, zero))
    return b.select(certain, one, result)


def _sign(b: Body, x: str, y: str, result: str) -> str:
    """Give a power the sign of its base, or NaN if it has none."""
    whole = b.compare("oeq", b.floor(y), y)
    half = b.mul(y, b.number(0.5))
    odd = b.logic("and", whole, b.compare("une", b.floor(half), half))
    result = b.select(odd, b.copysign(result, x), result)
    below = b.logic(
        "and",
        b.compare("olt", x, b.number(0.0)),
        b.compare("ogt", x, b.number(-math.inf)),
    )
    fractional = b.compare("une", b.floor(y), y)
    return b.select(b.logic("and", below, fractional), b.number(math.nan), result)


def has_constant_form(exponent: float) -> bool:
    """Tell whether an exponent needs no logarithm.

    Parameters
    ----------
    exponent : float

    Returns
    -------
    bool
    """
    return exponent in _HALVES or (exponent.is_integer() and abs(exponent) <= _LARGEST)


def constant_power(b: Body, x: str, exponent: float) -> str:
    """``x**exponent`` for an exponent of which `has_constant_form` holds."""
    if exponent in _HALVES:
        return _half_power(b, x, exponent)
    count = abs(int(exponent))
    if count == 0:
        return b.number(1.0)
    if -2 <= exponent <= 4:  # at most three roundings: 1.5 units in the last place
        return _short_power(b, b.div(b.number(1.0), x) if exponent < 0 else x, count)
    base = (x, b.number(0.0))
    if exponent < 0:
        inverse = b.div(b.number(1.0), x)
        # a reciprocal in the subnormal range has lost bits, but then its square is 0
        base = (inverse, b.mul(b.fma(b.neg(inverse), x, b.number(1.0)), inverse))
    return _whole_power(b, base, count)


def _short_power(b: Body, x: str, count: int) -> str:
    if count == 1:
        return x
    square = b.mul(x, x)
    return square if count == 2 else b.mul(square, x if count == 3 else square)


def _whole_power(b: Body, base: tuple[str, str], count: int) -> str:
    """Multiply pairs, the highest bit of the count first."""
    high, low = base
    for bit in f"{count:b}"[1:]:
        high, low = b.pair_product((high, low), (high, low))
        if bit == "1":
            high, low = b.pair_product((high, low), base)
    total = b.add(high, low)
    # the low part of 0 has the wrong sign, that of inf is not a number
    plain = b.logic("or", b.compare("uno", total, total), b.compare("oeq", high, b.number(0.0)))
    return b.select(plain, high, total)


def _half_power(b: Body, x: str, exponent: float) -> str:
    # -inf behaves as inf, -0 as 0
    infinite = b.compare("oeq", x, b.number(-math.inf))
    x = b.select(infinite, b.number(math.inf), x)
    root = b.abs(b.sqrt(x))
    if exponent == 0.5:
        return root
    if exponent < 0.0:
        start = b.number(1.0) if exponent == -0.5 else b.div(b.number(1.0), x)
        return b.abs(b.div(start, root))
    start = x if exponent == 1.5 else b.mul(x, x)
    return b.abs(b.mul(start, root))


def raised(b: Body, x: str, y: str, exponent: float | None) -> str:
    """``x**y``, by multiplication if the exponent is a suitable constant.

    Parameters
    ----------
    b : Body
    x, y : str
    exponent : float or None
        Value of `y`, if it is a constant.

    Returns
    -------
    str
    """
    if exponent is not None and has_constant_form(exponent):
        return constant_power(b, x, exponent)
    return b.call("power_of_log", x, y, *b.call_pair("log_of_size", x))


def hill(b: Body, x: str, k: str, n: str, exponent: float | None) -> str:
    """``1 / (1 + (k/x)**n)``; 0 for ``x <= 0``."""
    one, zero = b.number(1.0), b.number(0.0)
    ratio = raised(b, b.div(k, x), n, exponent)
    value = b.div(one, b.add(one, ratio))
    return b.select(b.compare("ole", x, zero), zero, value)


def _zero_outside(b: Body, x: str, k: str, value: str) -> str:
    zero = b.number(0.0)
    outside = b.logic("or", b.compare("ole", x, zero), b.compare("ole", k, zero))
    return b.select(outside, zero, value)


def hill_dx(b: Body, x: str, k: str, n: str, exponent: float | None) -> str:
    """Derivative of `hill` with respect to x; 0 for ``x <= 0``."""
    h = hill(b, x, k, n, exponent)
    value = b.div(b.mul(b.mul(n, h), b.sub(b.number(1.0), h)), x)
    return b.select(b.compare("ole", x, b.number(0.0)), b.number(0.0), value)


def hill_dk(b: Body, x: str, k: str, n: str, exponent: float | None) -> str:
    """Derivative of `hill` with respect to k; 0 for ``x <= 0`` or ``k <= 0``."""
    h = hill(b, x, k, n, exponent)
    value = b.div(b.mul(b.mul(b.neg(n), h), b.sub(b.number(1.0), h)), k)
    return _zero_outside(b, x, k, value)


def hill_dn(b: Body, x: str, k: str, n: str, exponent: float | None) -> str:
    """Derivative of `hill` with respect to n; 0 for ``x <= 0`` or ``k <= 0``."""
    h = hill(b, x, k, n, exponent)
    slope = b.mul(h, b.sub(b.number(1.0), h))
    return _zero_outside(b, x, k, b.mul(slope, b.sub(b.call("log", x), b.call("log", k))))
