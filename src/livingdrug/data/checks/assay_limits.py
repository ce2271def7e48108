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
_TAIL = 0.8
"""A ceiling lies in the upper fifth of the values."""
_FLOOR_SHARE = (0.01, 0.1)
"""Share of the values in a pile at the smallest value, and in one above it."""
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
    beyond : int
        Values beyond the limit, as of diluted samples.
    """

    kind: Literal["ceiling", "floor", "zero"]
    low: float
    high: float
    hit: NDArray[np.bool_]
    beyond: int

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
    """Return the high value that repeats more than its neighbourhood explains.

    Parameters
    ----------
    values : Measured

    Returns
    -------
    AssayLimit or None
        The largest pile; a few diluted samples may lie above it.
    """
    known = _usable(values)
    if not known.any():
        return None
    found = None
    high = np.quantile(values.value[known], _TAIL)
    for top in np.unique(values.value[known & (values.value >= high)])[::-1].tolist():
        if top <= 0 or (values.unit in {"percent", "%"} and top >= 100.0):
            continue  # everything is a natural bound, and no limit of the assay
        hit = known & (values.value <= top) & (values.value >= top * (1.0 - _SAME))
        near = known & (np.abs(values.value / top - 1.0) <= 0.1) & ~hit
        above = int((known & (values.value > top)).sum())
        # a pile below others must be a large one: the largest value is a limit more easily
        fewest = _FEWEST_REPEATS if above == 0 else max(2 * _FEWEST_REPEATS, above)
        piled = hit.sum() >= max(fewest, _CROWD * near.sum())
        if piled and (found is None or hit.sum() > found.hit.sum()):
            bottom = float(values.value[hit].min())
            found = AssayLimit("ceiling", bottom, top, hit, above)
    return found


def find_floor(values: Measured) -> AssayLimit | None:
    """Return zero, or else the low value that repeats as no measured quantity does.

    Parameters
    ----------
    values : Measured

    Returns
    -------
    AssayLimit or None
        The largest pile; plates with a lower limit may lie below it.
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
        return AssayLimit("zero", 0.0, 0.0, zero, 0) if decades >= _LOW_DECADES else None
    found = None
    middle = np.median(positive)
    for bottom in np.unique(positive[positive <= middle]).tolist():
        # 0.99 beside 1: "below 1" is often written as one step less
        hit = known & (values.value >= bottom) & (values.value <= bottom * 1.02)
        near = known & (np.abs(values.value / bottom - 1.0) <= 0.1) & ~hit
        beyond = int((known & (values.value < bottom)).sum())
        share = _FLOOR_SHARE[beyond > 0] * known.sum()
        piled = hit.sum() >= max(_FEWEST_REPEATS, share, beyond, _CROWD * near.sum())
        if piled and (found is None or hit.sum() > found.hit.sum()):
            found = AssayLimit("floor", bottom, float(values.value[hit].max()), hit, beyond)
    return found


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
                f"{count_text(values, ceiling.hit)}, are {ceiling.text} {values.unit}, "
                f"{_place(ceiling, 'largest', 'above')}: probably the upper limit of the assay",
                _advice(values, ceiling),
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
                f"{count_text(values, floor.hit)}, are {floor.text} {values.unit}, "
                f"{_place(floor, 'smallest', 'below')}: probably the lower limit of the assay",
                "give it in 'lloq' and set 'blq' to true for these rows",
            )
        )  # fmt: skip
    return found


def _advice(values: Measured, ceiling: AssayLimit) -> str:
    """Say how to give the limit, or that the reader of the set has done so."""
    if values.capped is not None and values.capped[ceiling.hit].all():
        return "nothing: the study takes them as right-censored, with the limit in 'uloq'"
    return (
        f"right-censor them: give the limit, as {ceiling.low:g}, in 'uloq' and set 'alq' to true; "
        "neither a peak nor a mean of them is measured"
    )


def _place(limit: AssayLimit, extreme: str, side: str) -> str:
    """Say where the pile lies among the values."""
    if limit.beyond == 0:
        return f"the {extreme} value"
    return f"a pile with {limit.beyond} values {side} it"
