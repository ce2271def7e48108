"""A survival curve from events that are only known to lie between two visits."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from livingdrug.core.errors import DataError, SolveError

__all__ = ["IntervalCurve", "turnbull"]

Floats = NDArray[np.float64]
_EXACT = 1e-9


@dataclass(frozen=True, slots=True)
class IntervalCurve:
    """The maximum-likelihood curve: where inside a gap it falls is not known.

    Attributes
    ----------
    left, right : ndarray, shape (n_gaps,), day
        Events fall after `left` and at `right` or before; `right` may be infinite.
    mass : ndarray, shape (n_gaps,)
        Share of people whose event lies in each gap.
    n : int
    """

    left: Floats
    right: Floats
    mass: Floats
    n: int

    def at(self, times: ArrayLike) -> tuple[Floats, Floats]:
        """Return the lowest and the highest survival that the data allow at any times.

        Parameters
        ----------
        times : array_like, day

        Returns
        -------
        lowest, highest : ndarray
            Equal outside the gaps.
        """
        asked = np.asarray(times, dtype=np.float64)[..., None]
        lowest = 1.0 - (self.mass * (self.left < asked)).sum(axis=-1)
        highest = 1.0 - (self.mass * (self.right <= asked)).sum(axis=-1)
        return lowest, highest


def turnbull(
    lower: ArrayLike, upper: ArrayLike, *, tolerance: float = 1e-8, iterations: int = 20_000
) -> IntervalCurve:
    """Estimate a curve from intervals (Turnbull 1976).

    Parameters
    ----------
    lower, upper : array_like, shape (n_subjects,), day
        The event lies after `lower` and at `upper` or before, as in `Observed`; equal where the
        day is known, `upper` infinite where censored.
    tolerance : float, optional
        The gaps' shares change by less than this in one step.
    iterations : int, optional

    Returns
    -------
    IntervalCurve

    Raises
    ------
    DataError
        When an interval is missing or turned around.
    SolveError
        When the steps do not settle.

    Examples
    --------
    >>> curve = turnbull([0, 0, 28, 90], [28, 90, 90, float("inf")])
    >>> curve.mass.round(3).tolist()
    [0.375, 0.375, 0.25]
    """
    low, high = np.asarray(lower, dtype=np.float64), np.asarray(upper, dtype=np.float64)
    if low.ndim != 1 or low.shape != high.shape or not low.size:
        raise DataError("one lower and one upper limit are needed for each person")
    if not np.isfinite(low).all() or np.isnan(high).any() or (low > high).any() or (low < 0).any():
        raise DataError("limits must be numbers from 0 on, the lower one finite and not the larger")
    # a known day is an interval of no width: open it a little to the left
    width = _EXACT * max(1.0, float(low.max()))
    low = np.where(low == high, low - width, low)
    left, right = _gaps(low, high)
    inside = (low[:, None] <= left) & (right <= high[:, None])
    mass = np.full(left.size, 1.0 / left.size)
    for _ in range(iterations):
        weight = inside * mass
        weight /= weight.sum(axis=1, keepdims=True)
        new = weight.mean(axis=0)
        step = float(np.abs(new - mass).max())
        mass = new
        if step < tolerance:
            return IntervalCurve(np.maximum(left, 0.0), right, mass, low.size)
    raise SolveError(
        f"the curve did not settle in {iterations} steps (last change {step:.2g}); "
        "give a larger tolerance"
    )


def _gaps(low: Floats, high: Floats) -> tuple[Floats, Floats]:
    """Return the innermost intervals: a lower limit followed at once by an upper one."""
    ends = np.concatenate([low, high])
    is_high = np.concatenate([np.zeros(low.size), np.ones(high.size)])
    # an interval is open on its left: at one day, upper limits come first
    order = np.lexsort((1 - is_high, ends))
    ends, is_high = ends[order], is_high[order]
    place = np.flatnonzero((is_high[:-1] == 0) & (is_high[1:] == 1))
    return ends[place], ends[place + 1]
