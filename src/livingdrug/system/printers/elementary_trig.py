"""Circular functions and their inverses, as LLVM IR.

The argument is reduced by pi/2 in three parts of full length, which leaves a pair of doubles
that is right to its last bit for ``abs(x) <= 2**40``; beyond, the result is NaN rather than wrong.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from livingdrug.system.printers.coefficients import ASIN, ATAN, COS, HALF_PI, SIN
from livingdrug.system.printers.elementary_exp import WHOLE
from livingdrug.system.printers.ir_text import Body

__all__ = ["FARTHEST", "acos", "asin", "atan", "cos", "sin", "tan"]

FARTHEST = 2.0**40
"""Circular functions of larger arguments are NaN."""

_SMALL = 2.0**-28

Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class _Reduced:
    """``x = k pi/2 + r``: sine and cosine of r as sums of two, k in the low bits."""

    sine: Pair
    cosine: Pair
    k_bits: str


def _reduce(b: Body, x: str) -> _Reduced:
    far = b.compare("ule", b.abs(x), b.number(FARTHEST))
    x = b.select(far, x, b.number(math.nan))
    shifted = b.fma(x, b.number(2.0 / math.pi), b.number(WHOLE))
    k = b.sub(shifted, b.number(WHOLE))
    minus_k = b.neg(k)
    coarse = b.fma(minus_k, b.number(HALF_PI[0]), x)  # exact
    product, rest = b.two_product(minus_k, b.number(HALF_PI[1]))
    high, low = b.two_sum(coarse, product)
    low = b.fma(minus_k, b.number(HALF_PI[2]), b.add(low, rest))
    high, low = b.fast_two_sum(high, low)
    square, lost = b.two_product(high, high)
    return _Reduced(
        _sine(b, high, low, square), _cosine(b, high, low, square, lost), b.to_bits(shifted)
    )


def _sine(b: Body, high: str, low: str, square: str) -> Pair:
    half = b.mul(b.number(-0.5), square)
    rest = b.fma(half, low, low)
    return high, b.fma(b.mul(square, high), b.polynomial(SIN, square), rest)


def _cosine(b: Body, high: str, low: str, square: str, lost: str) -> Pair:
    half = b.mul(b.number(-0.5), square)
    total, rest = b.fast_two_sum(b.number(1.0), half)
    rest = b.fma(b.number(-0.5), lost, rest)
    rest = b.fma(b.neg(high), low, rest)
    return total, b.fma(b.mul(square, square), b.polynomial(COS, square), rest)


def _quadrant(b: Body, parts: _Reduced, shift: int) -> str:
    """Sine of ``x + shift * pi/2``."""
    k = b.word_op("add", parts.k_bits, b.bits(shift))
    even = b.word_is(b.word_op("and", k, b.bits(1)), 0)
    value = b.select(even, b.add(*parts.sine), b.add(*parts.cosine))
    sign = b.word_op("shl", b.word_op("and", k, b.bits(2)), b.bits(62))
    return b.from_bits(b.word_op("xor", b.to_bits(value), sign))


def sin(b: Body, x: str) -> str:
    """Sine."""
    result = _quadrant(b, _reduce(b, x), 0)
    return b.select(b.compare("olt", b.abs(x), b.number(_SMALL)), x, result)


def cos(b: Body, x: str) -> str:
    """Cosine."""
    return _quadrant(b, _reduce(b, x), 1)


def tan(b: Body, x: str) -> str:
    """Tangent: the ratio of the two pairs."""
    parts = _reduce(b, x)
    even = b.word_is(b.word_op("and", parts.k_bits, b.bits(1)), 0)
    s, c = b.fast_two_sum(*parts.sine), b.fast_two_sum(*parts.cosine)
    above = (b.select(even, s[0], b.neg(c[0])), b.select(even, s[1], b.neg(c[1])))
    below = (b.select(even, c[0], s[0]), b.select(even, c[1], s[1]))
    result = b.add(*b.pair_ratio(above, below))
    return b.select(b.compare("olt", b.abs(x), b.number(_SMALL)), x, result)


def atan(b: Body, x: str) -> str:
    """Inverse tangent: ``atan(n / d)`` plus 0, pi/4 or pi/2."""
    size, one, zero = b.abs(x), b.number(1.0), b.number(0.0)
    # the result does not change beyond, and 1/inf would spoil the remainder
    size = b.select(b.compare("ogt", size, b.number(2.0**60)), b.number(2.0**60), size)
    near = b.compare("olt", size, b.number(math.tan(math.pi / 8)))
    far = b.compare("ogt", size, b.number(math.tan(3 * math.pi / 8)))
    minus, plus = b.two_sum(size, b.number(-1.0)), b.two_sum(size, one)

    def choose(at_near: str, between: str, at_far: str) -> str:
        return b.select(near, at_near, b.select(far, at_far, between))

    above = (choose(size, minus[0], b.number(-1.0)), choose(zero, minus[1], zero))
    below = (choose(one, plus[0], size), choose(zero, plus[1], zero))
    s, low = b.pair_ratio(above, below)
    offsets = [choose(zero, b.number(part / 2), b.number(part)) for part in HALF_PI[:2]]
    square = b.mul(s, s)
    series = b.fma(b.mul(s, square), b.polynomial(ATAN, square), b.add(low, offsets[1]))
    total, rest = b.fast_two_sum(offsets[0], s)
    return b.copysign(b.add(total, b.add(rest, series)), x)


def _near_one(b: Body, size: str) -> tuple[str, Pair, str]:
    """Return z and its root as a pair, where ``asin(1 - 2 z) = pi/2 - 2 asin(sqrt(z))``."""
    z = b.mul(b.sub(b.number(1.0), size), b.number(0.5))
    root = b.sqrt(z)
    rest = b.div(b.fma(b.neg(root), root, z), b.add(root, root))
    rest = b.select(b.compare("oeq", root, b.number(0.0)), b.number(0.0), rest)
    outer = b.compare("ogt", size, b.number(0.5))
    z = b.select(outer, z, b.mul(size, size))
    return outer, (root, rest), b.mul(z, b.polynomial(ASIN, z))


def asin(b: Body, x: str) -> str:
    """Inverse sine; NaN beyond 1."""
    size = b.abs(x)
    outer, root, series = _near_one(b, size)
    inner = b.fma(size, series, size)
    two = b.number(-2.0)
    total, rest = b.fast_two_sum(b.number(HALF_PI[0]), b.mul(two, root[0]))
    low = b.fma(two, b.fma(root[0], series, root[1]), b.add(rest, b.number(HALF_PI[1])))
    return b.copysign(b.select(outer, b.add(total, low), inner), x)


def acos(b: Body, x: str) -> str:
    """Inverse cosine; NaN beyond 1."""
    outer, root, series = _near_one(b, b.abs(x))
    # inside: pi/2 - (x + x series); near 1: 2 (root + root series); near -1: pi minus that
    negative = b.compare("olt", x, b.number(0.0))
    factor = b.select(negative, b.number(-2.0), b.number(2.0))
    high = b.select(outer, b.mul(factor, root[0]), b.neg(x))
    low = b.select(outer, b.mul(factor, root[1]), b.number(0.0))
    start = [
        b.select(
            outer,
            b.select(negative, b.number(2.0 * part), b.number(0.0)),
            b.number(part),
        )
        for part in HALF_PI[:2]
    ]
    total, rest = b.fast_two_sum(start[0], high)
    low = b.fma(high, series, b.add(low, start[1]))
    return b.add(total, b.add(rest, low))
