"""Where an axis of values ends, and why.

A deterministic curve may fall to 1e-14 of a millilitre. Such a number is no amount of anything, so
a logarithmic axis ends at the limit of quantification, at one cell, or a fixed number of decades
below the largest value, and the figure says which.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from livingdrug.plot.style import number_text, unit_text

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["AxisRange", "axis_range", "one_cell"]

_LOG_FROM = 100.0
_MOST_DECADES = 8
_BELOW_LIMIT = 3.0
"""The line of a limit stays clear of the lower end by this factor."""


@dataclass(frozen=True, slots=True)
class AxisRange:
    """Scale and ends of an axis of values.

    Attributes
    ----------
    log : bool
    low, high : float
    floor : float
        One cell, where the axis ends there; else NaN.
    cut : str
        What was cut off, in words; empty when nothing was.
    """

    log: bool
    low: float
    high: float
    floor: float = math.nan
    cut: str = ""


def one_cell(course: xr.Dataset, name: str) -> float:
    """Return the value of a variable that corresponds to one cell of the body.

    Parameters
    ----------
    course : xarray.Dataset
    name : str

    Returns
    -------
    float
        NaN when the course does not say (attribute ``count_per_unit``).
    """
    count = course[name].attrs.get("count_per_unit")
    return 1.0 / float(count) if count else math.nan


def axis_range(
    values: NDArray[np.float64], *, unit: str, cell: float = math.nan, lloq: float = math.nan
) -> AxisRange:
    """Choose scale and ends for everything that is drawn in one panel.

    Parameters
    ----------
    values : ndarray
        Curves, bands and points, any shape; what is not finite is ignored.
    unit : str
    cell, lloq : float, optional
        One cell and limit of quantification; NaN when not known.

    Returns
    -------
    AxisRange
    """
    shown = values[np.isfinite(values)]
    if shown.size == 0:
        return AxisRange(False, 0.0, 1.0)
    high = float(shown.max())
    bare = unit_text(unit)
    if not bare and shown.min() >= 0 and high <= 1:
        return AxisRange(False, -0.03, 1.03)
    positive = shown[shown > 0]
    if shown.min() < 0 or positive.size == 0 or high <= _LOG_FROM * positive.min():
        return _linear(shown)
    low = float(positive.min())
    candidates = {
        "limit": lloq / _BELOW_LIMIT,
        "cell": cell if cell < high else math.nan,
        "decades": high * 10.0**-_MOST_DECADES,
    }
    words = {
        "limit": "at a third of the limit of quantification",
        "cell": f"at one cell ({number_text(cell)} {bare})",
        "decades": f"{_MOST_DECADES} decades below its largest value",
    }
    known = [key for key in ("limit", "cell") if math.isfinite(candidates[key])]
    chosen = max(known, key=lambda key: candidates[key]) if known else "decades"
    end = candidates[chosen]
    if low >= end:
        low = min(low / 1.5, lloq / _BELOW_LIMIT) if math.isfinite(lloq) else low / 1.5
        return AxisRange(True, low, _log_top(low, high))
    is_cell = chosen == "cell"
    low = end / 2.0 if is_cell else end
    floor = end if is_cell else math.nan
    return AxisRange(True, low, _log_top(low, high), floor, f"ends {words[chosen]}")


def _log_top(low: float, high: float) -> float:
    return high * max(1.5, float((high / low) ** 0.05))


def _linear(shown: NDArray[np.float64]) -> AxisRange:
    low, high = float(min(shown.min(), 0.0)), float(shown.max())
    room = 0.06 * (high - low) or 0.5
    return AxisRange(False, low - (room if low < 0 else 0.0), high + room)
