"""Compute the coefficients of ``livingdrug.system.printers.coefficients``.

Each polynomial is a weighted near-minimax fit in 60 digits: least squares at Chebyshev nodes,
whose weights follow the error (Lawson's iteration). Its coefficients are rounded to double
precision one after the other, lowest degree first, and the rest is fitted again each time, so
that the rounding of one is made up for by the next.

Run ``python tools/elementary_coefficients.py`` to print the table and the error of each fit.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import mpmath
from mpmath import mp, mpf

mp.dps = 60

Real = Callable[[mpf], mpf]


@dataclass(frozen=True)
class Fit:
    """A polynomial to find.

    Attributes
    ----------
    name, doc : str
    target : callable
        Function to approximate.
    weight : callable
        Error of the polynomial times this is the relative error of the whole function.
    low, high : mpf
        Interval.
    degree : int
    degree : int
    """

    name: str
    doc: str
    target: Real
    weight: Real
    low: mpf
    high: mpf
    degree: int


def series(coefficient: Callable[[int], mpf]) -> Real:
    """Return the power series with these coefficients, for small arguments."""

    def value(z: mpf) -> mpf:
        total, power, n = mpf(0), mpf(1), 0
        while True:
            term = coefficient(n) * power
            total += term
            if abs(term) < mpf(10) ** -58:
                return total
            power *= z
            n += 1

    return value


def _horner(coefficients: Sequence[mpf], x: mpf) -> mpf:
    total = mpf(0)
    for c in reversed(coefficients):
        total = total * x + c
    return total


def fit_rest(fit: Fit, fixed: Sequence[mpf], nodes: int = 80, steps: int = 8) -> list[mpf]:
    """Return the free coefficients above the fixed ones."""
    first, count = len(fixed), fit.degree + 1 - len(fixed)
    middle, half = (fit.low + fit.high) / 2, (fit.high - fit.low) / 2
    grid = [middle - half * mpmath.cos(mpmath.pi * (i + 0.5) / nodes) for i in range(nodes)]
    scale = max(abs(fit.low), abs(fit.high))
    weights = [fit.weight(x) for x in grid]
    rows = [
        [w * (x / scale) ** (first + j) for j in range(count)]
        for x, w in zip(grid, weights, strict=True)
    ]
    wanted = [w * (fit.target(x) - _horner(fixed, x)) for x, w in zip(grid, weights, strict=True)]
    lawson = [mpf(1) / nodes] * nodes
    free = mpmath.matrix(count, 1)
    for _ in range(steps):
        matrix, right = mpmath.matrix(count, count), mpmath.matrix(count, 1)
        for i in range(count):
            right[i] = mpmath.fsum(
                v * r[i] * b for v, r, b in zip(lawson, rows, wanted, strict=True)
            )
            for j in range(i + 1):
                matrix[i, j] = mpmath.fsum(
                    v * r[i] * r[j] for v, r in zip(lawson, rows, strict=True)
                )
                matrix[j, i] = matrix[i, j]
        free = mpmath.lu_solve(matrix, right)
        errors = [
            abs(b - mpmath.fsum(r[j] * free[j] for j in range(count)))
            for r, b in zip(rows, wanted, strict=True)
        ]
        lawson = [v * e for v, e in zip(lawson, errors, strict=True)]
        total = mpmath.fsum(lawson)
        lawson = [v / total for v in lawson]
    return [free[j] / scale ** (first + j) for j in range(count)]


def fit_doubles(fit: Fit) -> tuple[list[float], float]:
    """Return double-precision coefficients, lowest degree first, and their largest error."""
    fixed: list[mpf] = []
    for _ in range(fit.degree + 1):
        fixed.append(mpf(float(fit_rest(fit, fixed)[0])))
    grid = [fit.low + (fit.high - fit.low) * i / 2000 for i in range(2001)]
    worst = max(abs((fit.target(x) - _horner(fixed, x)) * fit.weight(x)) for x in grid)
    return [float(c) for c in fixed], float(worst)


HALF_LN2 = mpmath.log(2) / 2 * mpf("1.0001")
LOG_Z = (3 - 2 * mpmath.sqrt(2)) ** 2 * mpf("1.0001")
QUARTER_PI = (mpmath.pi / 4 * mpf("1.01")) ** 2
ATAN_Z = mpmath.tan(mpmath.pi / 8) ** 2 * mpf("1.0001")


def _log_weight(power: int) -> Real:
    # log((1+s)/(1-s)) = 2 s (1 + z/3 + ...): relative to 2 s
    return lambda z: z**power / 2


FITS = (
    Fit(
        "EXP",
        "(exp(r) - 1 - r) / r**2, abs(r) <= ln(2)/2",
        series(lambda n: 1 / mpmath.factorial(n + 2)),
        lambda r: r**2,
        -HALF_LN2,
        HALF_LN2,
        10,
    ),
    Fit(
        "LOG",
        "(2 atanh(s)/s - 2) / s**2 in z = s**2, mantissa in sqrt(1/2) .. sqrt(2)",
        series(lambda n: mpf(2) / (2 * n + 3)),
        _log_weight(1),
        mpf(0),
        LOG_Z,
        6,
    ),
    Fit(
        "LOG_TAIL",
        "(2 atanh(s)/s - 2 - 2/3 s**2) / s**4 in z = s**2",
        series(lambda n: mpf(2) / (2 * n + 5)),
        _log_weight(2),
        mpf(0),
        LOG_Z,
        7,
    ),
    Fit(
        "SIN",
        "(sin(r) - r) / r**3 in z = r**2, abs(r) <= pi/4",
        series(lambda n: (-1) ** (n + 1) / mpmath.factorial(2 * n + 3)),
        lambda z: z,
        mpf(0),
        QUARTER_PI,
        5,
    ),
    Fit(
        "COS",
        "(cos(r) - 1 + r**2/2) / r**4 in z = r**2, abs(r) <= pi/4",
        series(lambda n: (-1) ** n / mpmath.factorial(2 * n + 4)),
        lambda z: z**2,
        mpf(0),
        QUARTER_PI,
        5,
    ),
    Fit(
        "ATAN",
        "(atan(s) - s) / s**3 in z = s**2, abs(s) <= tan(pi/8)",
        series(lambda n: mpf(-1) ** (n + 1) / (2 * n + 3)),
        lambda z: z,
        mpf(0),
        ATAN_Z,
        10,
    ),
    Fit(
        "ASIN",
        "(asin(s) - s) / s**3 in z = s**2, abs(s) <= 1/2",
        series(lambda n: mpmath.binomial(2 * n + 2, n + 1) / (mpf(4) ** (n + 1) * (2 * n + 3))),
        lambda z: z,
        mpf(0),
        mpf("0.2501"),
        12,
    ),
)


def split(value: mpf, *bits: int) -> list[float]:
    """Split a number into doubles: all but the last hold that many bits."""
    parts = []
    for count in bits:
        exponent = int(mpmath.floor(mpmath.log(abs(value), 2)))
        unit = mpf(2) ** (exponent + 1 - count)
        part = mpmath.nint(value / unit) * unit
        parts.append(float(part))
        value -= part
    return [*parts, float(value)]


CONSTANTS = (
    # 42 bits: times an exponent of 11 bits the product is exact
    ("LN2", "ln 2, first part of 42 bits", split(mpmath.log(2), 42)),
    # three full parts: reaches the next double of the smallest remainder for arguments to 1e12
    ("HALF_PI", "pi/2", split(mpmath.pi / 2, 53, 53)),
    ("TWO_THIRDS", "2/3", split(mpf(2) / 3, 53)),
    ("INVERSE_LN10", "1/ln 10", split(1 / mpmath.log(10), 53)),
)


def main() -> None:
    """Print the table."""
    for name, doc, values in CONSTANTS:
        print(f"{name} = (")
        for value in values:
            print(f'    float.fromhex("{value.hex()}"),')
        print(f')\n"""{doc}."""\n')
    for fit in FITS:
        coefficients, worst = fit_doubles(fit)
        print(f"{fit.name} = (")
        for value in coefficients:
            print(f'    float.fromhex("{value.hex()}"),')
        error = float(mpmath.log(worst, 2))
        print(f')\n"""{fit.doc}; error 2**{error:.1f}."""\n')


if __name__ == "__main__":
    main()
