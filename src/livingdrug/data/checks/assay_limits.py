"""Limits of assays: one value that repeats at the top, at the bottom, or as zero."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from livingdrug.data.checks.finding import Finding, count_text, finding
from livingdrug.data.measured import Measured

__all__ = ["AssayLimit", "check_assay_limits", "find_ceiling", "find_floor"]

_FEWEST_VALUES = 20
"""Fewer values show no repeats worth a word."""
_FEWEST_LEVELS = 10
"""A scale of fewer steps, as a grade, repeats by its nature."""
_SAME = 0.005
"""Relative width of one value: a limit of 400 is also written 401 for 'more than 400'."""
_FEWEST_REPEATS = 3
_CROWD = 0.5
"""Values at a limit for each in the tenth beside it, which is twenty times as wide: a crowd ten
times as dense as its neighbourhood."""
_LOW_DECADES = 2.0
"""A quantity that spans so many powers of ten is never truly zero."""


@dataclass(frozen=True, slots=True)
class AssayLimit:
    """A value at which measurements pile up.

    Attributes
    ----------
    kind : {"ceiling", "floor", "zero"}
    low, high : float
        Smallest and largest of the values that pile up.
    hit : ndarray of bool
        Which values they are.
    """

    kind: Literal["ceiling", "floor", "zero"]
    low: float
    high: float
    hit: NDArray[np.bool_]

    @property
    def text(self) -> str:
        """The value, or both ends of the pile."""
        same = f"{self.low:g}" == f"{self.high:g}"
        return f"{self.low:g}" if same else f"{self.low:g} to {self.high:g}"


def _usable(values: Measured) -> NDArray[np.bool_]:
    known = values.known
    levels = np.unique(values.value[known])
    if known.sum() < _FEWEST_VALUES or levels.size < _FEWEST_LEVELS or values.signed:
        return np.zeros_like(known)
    return known


def find_ceiling(values: Measured) -> AssayLimit | None:
    """Return the largest value, if it repeats more than its neighbourhood explains.

    Parameters
    ----------
    values : Measured

    Returns
    -------
    AssayLimit or None
    """
    known = _usable(values)
    if not known.any():
        return None
    top = float(values.value[known].max())
    if top <= 0 or (values.unit in {"percent", "%"} and top >= 100.0):
        return None  # everything is a natural bound, and no limit of the assay
    hit = known & (values.value >= top * (1.0 - _SAME))
    near = known & (values.value >= top * 0.9) & ~hit
    if hit.sum() < max(_FEWEST_REPEATS, _CROWD * near.sum()):
        return None
    return AssayLimit("ceiling", float(values.value[hit].min()), top, hit)


def find_floor(values: Measured) -> AssayLimit | None:
    """Return zero, or else the smallest value, if it repeats as no measured quantity does.

    Parameters
    ----------
    values : Measured

    Returns
    -------
    AssayLimit or None
    """
    known = _usable(values)
    positive = values.value[known & (values.value > 0)]
    if positive.size < 2:
        return None
    zero = known & (values.value == 0)
    if zero.any():
        if values.unit == "cell":
            return None  # a count of whole cells can be 0
        decades = np.log10(positive.max() / positive.min())
        return AssayLimit("zero", 0.0, 0.0, zero) if decades >= _LOW_DECADES else None
    bottom = float(positive.min())
    hit = known & (values.value <= bottom * (1.0 + _SAME))
    # 0.99 beside 1: "below 1" is often written as one step less, so the pile may have a foot
    wider = known & (values.value <= bottom * 1.02)
    hit = wider if hit.sum() < wider.sum() else hit
    near = known & (values.value <= bottom * 1.1) & ~hit
    if hit.sum() < max(_FEWEST_REPEATS, _CROWD * near.sum(), 0.01 * known.sum()):
        return None
    return AssayLimit("floor", bottom, float(values.value[hit].max()), hit)


def check_assay_limits(values: Measured) -> list[Finding]:
    """Look for values at the limits of the assay that are given as measured.

    Parameters
    ----------
    values : Measured

    Returns
    -------
    list of Finding
        Warnings: the numbers can be used once they are taken as limits.
    """
    found = []
    ceiling, floor = find_ceiling(values), find_floor(values)
    if ceiling is not None:
        found.append(
            finding(
                "assay ceiling", "warning", values, ceiling.hit,
                f"{count_text(values, ceiling.hit)}, are {ceiling.text} {values.unit}, the largest "
                "value: probably the upper limit of the assay",
                "take them as right-censored there; neither a peak nor a mean of them is measured",
            )
        )  # fmt: skip
    if floor is not None and floor.kind == "zero":
        found.append(
            finding(
                "zeros", "warning", values, floor.hit,
                f"{count_text(values, floor.hit)}, are 0, and the others span powers of ten: "
                "probably below a limit that is not given",
                "give the limit in 'lloq' and set 'blq' to true; never take the logarithm of 0",
            )
        )  # fmt: skip
    elif floor is not None:
        found.append(
            finding(
                "assay floor", "warning", values, floor.hit,
                f"{count_text(values, floor.hit)}, are {floor.text} {values.unit}, the smallest "
                "value: probably the lower limit of the assay",
                "give it in 'lloq' and set 'blq' to true for these rows",
            )
        )  # fmt: skip
    return found
