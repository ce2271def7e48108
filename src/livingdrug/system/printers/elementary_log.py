"""log and what is made of it, as LLVM IR.

``x = m 2**k`` with m from sqrt(1/2) to sqrt(2), subnormal numbers scaled first;
``log m = 2 atanh(s)`` with ``s = (m - 1) / (m + 1)`` by its series; k ln 2 in two parts.
"""

from __future__ import annotations

import math

from livingdrug.system.printers.coefficients import INVERSE_LN10, LN2, LOG, LOG_TAIL, TWO_THIRDS
from livingdrug.system.printers.ir_text import Body, bits_of

__all__ = ["acosh", "asinh", "atanh", "log", "log1p", "log10", "log_of_sum", "log_pair"]

_ROOT_HALF = bits_of(math.sqrt(0.5))
_TINY = 2.0**-1022
_LARGE = 2.0**28  # beyond, the square of a number swallows 1


def _reduce(b: Body, x: str, *, subnormal: bool) -> tuple[str, str, str]:
    """Return ``(m, k, k + 1023 as integer)`` of a positive finite number."""
    bias = b.number(2.0**52 + 1023.0)
    if subnormal:
        tiny = b.compare("olt", x, b.number(_TINY))
        x = b.select(tiny, b.mul(x, b.number(2.0**54)), x)
        bias = b.select(tiny, b.number(2.0**52 + 1023.0 + 54.0), bias)
    shifted = b.word_op("add", b.to_bits(x), b.bits(bits_of(1.0) - _ROOT_HALF))
    exponent = b.word_op("lshr", shifted, b.bits(52))
    k = b.sub(b.from_bits(b.word_op("or", exponent, b.bits(bits_of(2.0**52)))), bias)
    mantissa = b.word_op("and", shifted, b.bits(2**52 - 1))
    m = b.from_bits(b.word_op("add", mantissa, b.bits(_ROOT_HALF)))
    return m, k, exponent


def _series(b: Body, f: str, k: str) -> str:
    """``log(1 + f) + k ln 2``."""
    s = b.div(f, b.add(b.number(2.0), f))
    square = b.mul(s, s)
    series = b.mul(square, b.polynomial(LOG, square))
    half = b.mul(b.mul(b.number(0.5), f), f)
    fine = b.fma(s, b.add(half, series), b.mul(k, b.number(LN2[1])))
    rest = b.sub(b.sub(half, fine), f)
    return b.sub(b.mul(k, b.number(LN2[0])), rest)


def log(b: Body, x: str) -> str:
    """``log(x)``; -inf at 0, NaN below."""
    m, k, _ = _reduce(b, x, subnormal=True)
    return _specials(b, x, _series(b, b.sub(m, b.number(1.0)), k), 0.0)


def _specials(b: Body, x: str, result: str, pole: float) -> str:
    """Put in -inf at the pole, NaN below it and for NaN, inf for inf."""
    other = b.select(b.compare("oeq", x, b.number(pole)), b.number(-math.inf), b.number(math.nan))
    other = b.select(b.compare("oeq", x, b.number(math.inf)), x, other)
    above = b.compare("ogt", x, b.number(pole))
    inside = b.logic("and", above, b.compare("olt", x, b.number(math.inf)))
    return b.select(inside, result, other)


def log_of_sum(b: Body, u: str, c: str, extra: str) -> str:
    """``log(u + c) + extra ln 2``; u is normal and c a correction of about its last bit."""
    m, k, exponent = _reduce(b, u, subnormal=False)
    inverse = b.word_op("shl", b.word_op("sub", b.bits(2046), exponent), b.bits(52))
    huge = b.compare("ogt", u, b.number(2.0**1000))
    inverse = b.select(huge, b.number(0.0), b.from_bits(inverse))
    f = b.fma(c, inverse, b.sub(m, b.number(1.0)))
    return _series(b, f, b.add(k, extra))


def log1p(b: Body, x: str) -> str:
    """``log(1 + x)``."""
    u, c = b.two_sum(b.number(1.0), x)
    result = b.call("log_of_sum", u, c, b.number(0.0))
    result = b.select(b.compare("oeq", x, b.number(0.0)), x, result)
    return _specials(b, x, result, -1.0)


def log_pair(b: Body, x: str) -> tuple[str, str]:
    """``log(x)`` of a positive finite number as a pair, to about 2**-65."""
    m, k, _ = _reduce(b, x, subnormal=True)
    s = b.pair_ratio((b.sub(m, b.number(1.0)), b.number(0.0)), b.two_sum(b.number(1.0), m))
    square = b.pair_product(s, s)
    tail = b.mul(square[0], b.polynomial(LOG_TAIL, square[0]))
    factor, rest = b.fast_two_sum(b.number(TWO_THIRDS[0]), tail)
    factors = (factor, b.add(rest, b.number(TWO_THIRDS[1])))
    cube = b.pair_product(s, b.pair_product(square, factors))
    two = b.number(2.0)
    high, low = b.fast_two_sum(b.mul(two, s[0]), cube[0])
    low = b.add(low, b.fma(two, s[1], cube[1]))
    total, rest = b.fast_two_sum(b.mul(k, b.number(LN2[0])), high)
    low = b.add(rest, b.fma(k, b.number(LN2[1]), low))
    return b.fast_two_sum(total, low)


def log10(b: Body, x: str) -> str:
    """``log10(x)``."""
    inverse = (b.number(INVERSE_LN10[0]), b.number(INVERSE_LN10[1]))
    high, low = b.pair_product(log_pair(b, x), inverse)
    return _specials(b, x, b.add(high, low), 0.0)


def _log_of_one_plus(b: Body, high: str, low: str, large: str, x: str) -> str:
    """``log(1 + high + low)``, or ``log(2 x)`` where `large` holds."""
    u, c = b.two_sum(b.number(1.0), high)
    u = b.select(large, x, u)
    c = b.select(large, b.number(0.0), b.add(c, low))
    extra = b.select(large, b.number(1.0), b.number(0.0))
    return b.call("log_of_sum", u, c, extra)


def asinh(b: Body, x: str) -> str:
    """``log1p(a + a**2 / (1 + sqrt(1 + a**2)))`` with ``a = abs(x)``."""
    size, one = b.abs(x), b.number(1.0)
    square = b.mul(size, size)
    part = b.div(square, b.add(one, b.sqrt(b.add(one, square))))
    high, low = b.fast_two_sum(size, part)
    large = b.compare("ogt", size, b.number(_LARGE))
    result = _log_of_one_plus(b, high, low, large, size)
    plain = b.compare("olt", size, b.number(1.0 / _LARGE))
    result = b.select(plain, size, result)
    finite = b.compare("olt", size, b.number(math.inf))
    return b.copysign(b.select(finite, result, size), x)


def acosh(b: Body, x: str) -> str:
    """``log1p(t + sqrt(2 t + t**2))`` with ``t = x - 1``; NaN below 1."""
    t = b.sub(x, b.number(1.0))
    product, rest = b.two_product(t, t)
    square, low = b.two_sum(b.add(t, t), product)
    root = b.sqrt(square)
    error = b.add(b.fma(b.neg(root), root, square), b.add(low, rest))
    error = b.div(error, b.add(root, root))
    error = b.select(b.compare("oeq", root, b.number(0.0)), b.number(0.0), error)
    high, low = b.two_sum(t, root)
    large = b.compare("ogt", x, b.number(_LARGE))
    result = _log_of_one_plus(b, high, b.add(low, error), large, x)
    result = b.select(b.compare("olt", x, b.number(math.inf)), result, x)
    return b.select(b.compare("oge", x, b.number(1.0)), result, b.number(math.nan))


def atanh(b: Body, x: str) -> str:
    """``log1p(2 a / (1 - a)) / 2`` with ``a = abs(x)``; inf at 1, NaN beyond."""
    size, one = b.abs(x), b.number(1.0)
    below = b.two_sum(one, b.neg(size))
    high, low = b.pair_ratio((b.add(size, size), b.number(0.0)), below)
    u, c = b.two_sum(one, high)
    result = b.mul(b.call("log_of_sum", u, b.add(c, low), b.number(0.0)), b.number(0.5))
    result = b.select(b.compare("olt", size, b.number(1.0 / _LARGE)), size, result)
    edge = b.select(b.compare("oeq", size, one), b.number(math.inf), b.number(math.nan))
    return b.copysign(b.select(b.compare("olt", size, one), result, edge), x)
