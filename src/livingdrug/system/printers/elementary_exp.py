"""exp and what is made of it, as LLVM IR.

``x = k ln 2 + r`` with ln 2 in two parts; ``exp(r) - 1`` as a pair of doubles from a polynomial
of degree 12; ``2**k`` in two factors, so that overflow and gradual underflow are those of one
rounding. Whole numbers are found by adding 1.5 * 2**52, whose low bits then hold them: this
needs no conversion instruction, which processors without AVX-512 lack.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from livingdrug.system.printers.coefficients import EXP, LN2
from livingdrug.system.printers.ir_text import Body, bits_of

__all__ = ["cosh", "exp", "exp_of_pair", "expm1", "sinh", "tanh"]

WHOLE = 1.5 * 2.0**52
"""A number plus this is rounded to a whole number, kept in the low bits."""

HIGHEST, LOWEST = 710.0, -746.0  # exp overflows, and rounds to zero, before them


@dataclass(frozen=True, slots=True)
class _Reduced:
    """``exp(x) = (1 + high + low) * 2**k``; `k_bits` holds k in its low bits."""

    high: str
    low: str
    k: str
    k_bits: str


def _reduce(b: Body, x: str, low: str | None = None) -> _Reduced:
    shifted = b.fma(x, b.number(1.0 / math.log(2.0)), b.number(WHOLE))
    k = b.sub(shifted, b.number(WHOLE))
    minus_k = b.neg(k)
    coarse = b.fma(minus_k, b.number(LN2[0]), x)  # exact
    fine = b.mul(minus_k, b.number(LN2[1]))
    if low is not None:
        fine = b.add(fine, low)
    r, rest = b.fast_two_sum(coarse, fine)
    square = b.mul(r, r)
    tail = b.fma(square, b.polynomial(EXP, r, square), b.fma(rest, r, rest))
    high, last = b.fast_two_sum(r, tail)
    return _Reduced(high, last, k, b.to_bits(shifted))


def _power_of_two(b: Body, k_bits: str) -> str:
    """``2**k`` for -1023 < k < 1024."""
    exponent = b.word_op("shl", k_bits, b.bits(52))
    return b.from_bits(b.word_op("add", exponent, b.bits(bits_of(1.0))))


def _scale(b: Body, m: str, k: str) -> str:
    """``m * 2**k``, rounded once, for -2044 < k < 2046."""
    half = b.fma(k, b.number(0.5), b.number(WHOLE))
    rest = b.add(b.sub(k, b.sub(half, b.number(WHOLE))), b.number(WHOLE))
    once = b.mul(m, _power_of_two(b, b.to_bits(half)))
    return b.mul(once, _power_of_two(b, b.to_bits(rest)))


def _clamp(b: Body, x: str, low: float, high: float) -> str:
    """Bring into an interval; NaN stays."""
    x = b.select(b.compare("ogt", x, b.number(high)), b.number(high), x)
    return b.select(b.compare("olt", x, b.number(low)), b.number(low), x)


def _mantissa(b: Body, parts: _Reduced) -> str:
    """``1 + high + low``, rounded once."""
    total, rest = b.fast_two_sum(b.number(1.0), parts.high)
    return b.add(total, b.add(rest, parts.low))


def exp(b: Body, x: str) -> str:
    """``exp(x)``."""
    parts = _reduce(b, _clamp(b, x, LOWEST, HIGHEST))
    return _scale(b, _mantissa(b, parts), parts.k)


def exp_of_pair(b: Body, high: str, low: str) -> str:
    """``exp(high + low)``; where `high` is beyond overflow or underflow, `low` does not count."""
    inside = b.compare("olt", b.abs(high), b.number(-LOWEST))
    low = b.select(inside, low, b.number(0.0))
    parts = _reduce(b, _clamp(b, high, LOWEST, -LOWEST), low)
    return _scale(b, _mantissa(b, parts), parts.k)


def _minus_one(b: Body, parts: _Reduced) -> tuple[str, str]:
    """``(exp(x) - 1) / 2**k`` as a pair."""
    inverse = b.word_op("shl", parts.k_bits, b.bits(52))
    inverse = b.from_bits(b.word_op("sub", b.bits(bits_of(1.0)), inverse))
    inverse = b.select(b.compare("ogt", parts.k, b.number(200.0)), b.number(0.0), inverse)
    whole = b.sub(b.number(1.0), inverse)
    # `whole` is 0, or not smaller than 1/2
    total, rest = b.fast_two_sum(whole, parts.high)
    return b.fast_two_sum(total, b.add(rest, parts.low))


def expm1(b: Body, x: str) -> str:
    """``exp(x) - 1``."""
    parts = _reduce(b, _clamp(b, x, -60.0, HIGHEST))
    high, low = _minus_one(b, parts)
    result = _scale(b, b.add(high, low), parts.k)
    return b.select(b.compare("oeq", x, b.number(0.0)), x, result)


def tanh(b: Body, x: str) -> str:
    """``E / (E + 2)`` with ``E = exp(2 abs(x)) - 1`` as a pair."""
    parts = _reduce(b, _clamp(b, b.mul(b.abs(x), b.number(2.0)), 0.0, 50.0))
    scale = _power_of_two(b, parts.k_bits)
    high, low = (b.mul(part, scale) for part in _minus_one(b, parts))
    total, rest = b.two_sum(b.number(2.0), high)
    ratio, correction = b.pair_ratio((high, low), (total, b.add(rest, low)))
    return b.copysign(b.add(ratio, correction), x)


def sinh(b: Body, x: str) -> str:
    """``E/2 + E/2 / (E + 1)`` with ``E = exp(abs(x)) - 1``."""
    size = b.abs(x)
    parts = _reduce(b, _clamp(b, size, 0.0, 712.0))
    high, low = _minus_one(b, parts)
    k = b.sub(parts.k, b.number(1.0))
    half, rest = _scale(b, high, k), _scale(b, low, k)
    ratio = b.div(half, b.add(b.add(half, half), b.number(1.0)))
    result = b.select(
        b.compare("oeq", half, b.number(math.inf)), half, b.add(half, b.add(ratio, rest))
    )
    # half of a subnormal number would lose its last bit
    small = b.compare("olt", size, b.number(2.0**-28))
    return b.copysign(b.select(small, size, result), x)


def cosh(b: Body, x: str) -> str:
    """``e/2 + 1/(2 e)`` with ``e = exp(abs(x))``."""
    parts = _reduce(b, _clamp(b, b.abs(x), 0.0, 712.0))
    half = _scale(b, _mantissa(b, parts), b.sub(parts.k, b.number(1.0)))
    return b.add(half, b.div(b.number(0.25), half))
