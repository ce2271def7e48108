"""Half-lives: the log-linear regression window with the best adjusted R2, for many series.

References
----------
Denney et al. (2015), doi:10.1007/s10928-015-9432-2, for the choice of the window.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from livingdrug.clinical.kinetics.rules import Bools, Floats, Ints, last_true

__all__ = ["Decline", "best_window"]

_SPAN_ROUND_OFF = 1e-9
"""Relative shortfall of a span that is round-off: exact halvings must pass at exactly two."""


@dataclass(frozen=True, slots=True)
class Decline:
    """Fitted declines of n series, arrays of shape (n,).

    Attributes
    ----------
    half_life, r2_adjusted : array
        NaN where no window is acceptable.
    n_points : array of int
        Points of the chosen window, 0 where there is none.
    enough : array of bool
        There are enough points for one window.
    declining : array of bool
        Some window has a negative slope, whatever its span.
    long_enough : array of bool
        Some declining window spans the half-lives asked for, whatever its R2.
    """

    half_life: Floats
    r2_adjusted: Floats
    n_points: Ints
    enough: Bools
    declining: Bools
    long_enough: Bools


def best_window(
    times: Floats,
    values: Floats,
    mask: Bools,
    *,
    from_end: bool,
    min_points: int,
    min_half_lives: float,
    min_r2_adjusted: float,
    r2_tolerance: float,
) -> Decline:
    """Fit every window that shares one end point and keep the best.

    Parameters
    ----------
    times : array, shape (n, n_times), day
    values : array, shape (n, n_times)
        Positive where `mask` holds.
    mask : array of bool, shape (n, n_times)
        Points that may enter.
    from_end : bool
        All windows end at the last point (terminal), else all start at the first (initial).
    min_points : int
    min_half_lives : float
        Shortest span of a window in the half-lives fitted to it.
    min_r2_adjusted : float
        The best window must reach it.
    r2_tolerance : float
        Among windows this close to the best adjusted R2 the longest is kept.

    Returns
    -------
    Decline
    """
    if from_end:
        times, values, mask = times[:, ::-1], values[:, ::-1], mask[:, ::-1]
    rows = np.arange(len(times))
    anchor = mask.argmax(axis=1)
    # all windows share the anchor, so sums centred there lose no digits
    x = np.where(mask, times - times[rows, anchor][:, None], 0.0)
    logs = np.log(np.where(mask, values, 1.0))
    y = np.where(mask, logs - logs[rows, anchor][:, None], 0.0)
    n = mask.cumsum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        slope, r2 = _running_fit(x, y, n)
        adjusted = 1.0 - (1.0 - r2) * (n - 1) / (n - 2)
        half_life = -math.log(2.0) / slope
        declining = mask & (n >= min_points) & (slope < 0)
        wide = np.abs(x) >= min_half_lives * half_life * (1.0 - _SPAN_ROUND_OFF)
        long_enough = declining & wide & np.isfinite(adjusted)
    best = np.where(long_enough, adjusted, -np.inf).max(axis=1)
    chosen = last_true(long_enough & (adjusted >= best[:, None] - r2_tolerance))
    found = long_enough[rows, chosen] & (best >= min_r2_adjusted)
    return Decline(
        half_life=np.where(found, half_life[rows, chosen], np.nan),
        r2_adjusted=np.where(found, adjusted[rows, chosen], np.nan),
        n_points=np.where(found, n[rows, chosen], 0),
        enough=n[:, -1] >= min_points,
        declining=np.asarray(declining.any(axis=1)),
        long_enough=np.asarray(long_enough.any(axis=1)),
    )


def _running_fit(x: Floats, y: Floats, n: Ints) -> tuple[Floats, Floats]:
    """Slope and R2 of the regression over columns 0..j, for every j at once."""
    sum_x, sum_y = x.cumsum(axis=1), y.cumsum(axis=1)
    sxx = (x * x).cumsum(axis=1) - sum_x * sum_x / n
    sxy = (x * y).cumsum(axis=1) - sum_x * sum_y / n
    syy = (y * y).cumsum(axis=1) - sum_y * sum_y / n
    return sxy / sxx, np.minimum(sxy * sxy / (sxx * syy), 1.0)
