"""Sizes, colours and words that every figure shares.

The colours are those of Okabe and Ito, told apart with every common colour vision deficiency and
in grey. Everything is set on the objects of a figure, never in the global state of matplotlib.
"""

from __future__ import annotations

import math
import re
import textwrap
from dataclasses import dataclass

__all__ = ["DISCLAIMER", "STYLE", "Style", "day_step", "number_text", "unit_text", "wrapped"]

DISCLAIMER = "Research simulation, not medical advice."

_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_DAY_STEPS = (1, 2, 7, 14, 30, 60, 90, 180, 365, 730, 1825, 3650)


@dataclass(frozen=True, slots=True)
class Style:
    """Sizes in points or inches, and colours.

    Attributes
    ----------
    width : float
        Of the figure, inch: the double column of most journals (183 mm).
    panel_height, lone_height : float
        Of a row of two panels, and of a panel that stands alone; inch.
    text, small, title : float
        Font sizes, point.
    line, band, inner_band : str
        Median over people, 5-95 % and 25-75 % between them.
    point, trial, limit, ink, faint : str
        Published values, simulated trials, limits, text, and what stays in the background.
    """

    width: float = 7.2
    panel_height: float = 2.3
    lone_height: float = 3.2
    text: float = 8.0
    small: float = 7.0
    title: float = 10.0
    line: str = "#00558c"
    band: str = "#d3e5f1"
    inner_band: str = "#94c1de"
    point: str = "#d55e00"
    trial: str = "#000000"
    limit: str = "#6a4a7c"
    ink: str = "#222222"
    faint: str = "#8a8a8a"


STYLE = Style()


def unit_text(unit: str) -> str:
    """Return a unit as it is printed on an axis.

    Parameters
    ----------
    unit : str

    Returns
    -------
    str

    Examples
    --------
    >>> unit_text("cell/uL"), unit_text("copies/ug"), unit_text("1")
    ('cells/µL', 'copies/µg', '')
    """
    if unit.strip() in {"", "1", "dimensionless"}:
        return ""
    plural = re.sub(r"\bcell\b(?=/|$)", "cells", unit)
    return re.sub(r"\bu(?=[A-Za-z]+\b)", "µ", plural)


def number_text(value: float) -> str:
    """Write a number for a figure, with a power of ten where it is far from one.

    Parameters
    ----------
    value : float

    Returns
    -------
    str

    Examples
    --------
    >>> number_text(1e-9), number_text(0.25), number_text(2.5e6)
    ('10⁻⁹', '0.25', '2.5×10⁶')
    """
    if value == 0 or not math.isfinite(value) or 1e-3 <= abs(value) < 1e5:
        return f"{value:.4g}"
    mantissa, exponent = f"{value:.2e}".split("e")
    factor = "" if float(mantissa) == 1.0 else f"{float(mantissa):g}×"
    return f"{factor}10{str(int(exponent)).translate(_SUPERSCRIPTS)}"


def day_step(span: float) -> float:
    """Return the distance of ticks on an axis of days.

    Parameters
    ----------
    span : float, day

    Returns
    -------
    float
        At most seven ticks fit; weeks and months where possible.
    """
    for step in _DAY_STEPS:
        if span / step <= 6.5:
            return float(step) if span > 3 else max(10.0 ** math.floor(math.log10(span)), 1e-6)
    return 10.0 ** math.ceil(math.log10(span / 6.5))


def wrapped(text: str, width: int) -> str:
    """Break text into lines.

    Parameters
    ----------
    text : str
    width : int
        Characters.

    Returns
    -------
    str
    """
    return "\n".join(textwrap.wrap(text, width, break_long_words=False, break_on_hyphens=False))
