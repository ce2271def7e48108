"""Coefficients of the elementary functions.

Printed by ``tools/elementary_coefficients.py``, which fits them; the error of each fit is
relative to the function it serves. In hexadecimal, so that no digit is lost.
"""

from __future__ import annotations

__all__ = [
    "ASIN",
    "ATAN",
    "COS",
    "EXP",
    "HALF_PI",
    "INVERSE_LN10",
    "LN2",
    "LOG",
    "LOG_TAIL",
    "SIN",
    "TWO_THIRDS",
]

LN2 = (
    float.fromhex("0x1.62e42fefa3800p-1"),
    float.fromhex("0x1.ef35793c76730p-45"),
)
"""ln 2, first part of 42 bits."""

HALF_PI = (
    float.fromhex("0x1.921fb54442d18p+0"),
    float.fromhex("0x1.1a62633145c07p-54"),
    float.fromhex("-0x1.f1976b7ed8fbcp-110"),
)
"""pi/2."""

TWO_THIRDS = (
    float.fromhex("0x1.5555555555555p-1"),
    float.fromhex("0x1.5555555555555p-55"),
)
"""2/3."""

INVERSE_LN10 = (
    float.fromhex("0x1.bcb7b1526e50ep-2"),
    float.fromhex("0x1.95355baaafad3p-57"),
)
"""1/ln 10."""

EXP = (
    float.fromhex("0x1.0000000000000p-1"),
    float.fromhex("0x1.555555555555cp-3"),
    float.fromhex("0x1.5555555555557p-5"),
    float.fromhex("0x1.111111110e9d3p-7"),
    float.fromhex("0x1.6c16c16c157cbp-10"),
    float.fromhex("0x1.a01a01b45ad0fp-13"),
    float.fromhex("0x1.a01a01aae64acp-16"),
    float.fromhex("0x1.71ddee3401df6p-19"),
    float.fromhex("0x1.27e4d1ca1e979p-22"),
    float.fromhex("0x1.af6ef32bc6777p-26"),
    float.fromhex("0x1.1f82e5a340734p-29"),
)
"""(exp(r) - 1 - r) / r**2, abs(r) <= ln(2)/2; error 2**-63.8."""

LOG = (
    float.fromhex("0x1.5555555555592p-1"),
    float.fromhex("0x1.999999997ff17p-2"),
    float.fromhex("0x1.24924941e1caap-2"),
    float.fromhex("0x1.c71c5213a1abcp-3"),
    float.fromhex("0x1.74663d219b173p-3"),
    float.fromhex("0x1.39a1e1f7b7802p-3"),
    float.fromhex("0x1.2f040dbb51429p-3"),
)
"""(2 atanh(s)/s - 2) / s**2 in z = s**2, mantissa in sqrt(1/2) .. sqrt(2); error 2**-59.5."""

LOG_TAIL = (
    float.fromhex("0x1.9999999999996p-2"),
    float.fromhex("0x1.2492492492f50p-2"),
    float.fromhex("0x1.c71c71c596b8cp-3"),
    float.fromhex("0x1.745d1829417fap-3"),
    float.fromhex("0x1.3b1364cec55d7p-3"),
    float.fromhex("0x1.11206e6775c75p-3"),
    float.fromhex("0x1.de3d8d948f3d0p-4"),
    float.fromhex("0x1.eac4e30195061p-4"),
)
"""(2 atanh(s)/s - 2 - 2/3 s**2) / s**4 in z = s**2; error 2**-73.5."""

SIN = (
    float.fromhex("-0x1.5555555555547p-3"),
    float.fromhex("0x1.111111110f59bp-7"),
    float.fromhex("-0x1.a01a019bb4a81p-13"),
    float.fromhex("0x1.71de3525ec1adp-19"),
    float.fromhex("-0x1.ae5e25324a24ep-26"),
    float.fromhex("0x1.5d7fddb9b550dp-33"),
)
"""(sin(r) - r) / r**3 in z = r**2, abs(r) <= pi/4; error 2**-57.8."""

COS = (
    float.fromhex("0x1.555555555554ap-5"),
    float.fromhex("-0x1.6c16c16c14defp-10"),
    float.fromhex("0x1.a01a019c58a8cp-16"),
    float.fromhex("-0x1.27e4f7c93a537p-22"),
    float.fromhex("0x1.1ee9bf9a30814p-29"),
    float.fromhex("-0x1.8f977baf4e2a0p-37"),
)
"""(cos(r) - 1 + r**2/2) / r**4 in z = r**2, abs(r) <= pi/4; error 2**-63.9."""

ATAN = (
    float.fromhex("-0x1.555555555553dp-2"),
    float.fromhex("0x1.99999999958b0p-3"),
    float.fromhex("-0x1.24924922afe62p-3"),
    float.fromhex("0x1.c71c70e73694ep-4"),
    float.fromhex("-0x1.745cf9003bd8cp-4"),
    float.fromhex("0x1.3b111bb3e0415p-4"),
    float.fromhex("-0x1.10ebd65d3a8fep-4"),
    float.fromhex("0x1.df1104f5d3c1cp-5"),
    float.fromhex("-0x1.9cda856ee702cp-5"),
    float.fromhex("0x1.37e9554e65485p-5"),
    float.fromhex("-0x1.259521d222ea3p-6"),
)
"""(atan(s) - s) / s**3 in z = s**2, abs(s) <= tan(pi/8); error 2**-59.5."""

ASIN = (
    float.fromhex("0x1.5555555555578p-3"),
    float.fromhex("0x1.333333332df1fp-4"),
    float.fromhex("0x1.6db6db722ac39p-5"),
    float.fromhex("0x1.f1c71a8be4669p-6"),
    float.fromhex("0x1.6e8bdfddec8a3p-6"),
    float.fromhex("0x1.1c49dea657f17p-6"),
    float.fromhex("0x1.ca21344a48364p-7"),
    float.fromhex("0x1.7578134247dbcp-7"),
    float.fromhex("0x1.6187bea0ec36fp-7"),
    float.fromhex("0x1.e188d590724d2p-9"),
    float.fromhex("0x1.64f40c1d018aap-6"),
    float.fromhex("-0x1.59e2ad9c21c22p-6"),
    float.fromhex("0x1.0bde2f44c6611p-5"),
)
"""(asin(s) - s) / s**3 in z = s**2, abs(s) <= 1/2; error 2**-59.8."""
