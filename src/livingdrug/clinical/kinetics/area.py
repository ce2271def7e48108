"""Area under the curve over a window of days, linear up and logarithmic down, for many series.

References
----------
Purves (1992), doi:10.1007/BF01062525, for the linear-up log-down rule.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from livingdrug.clinical.kinetics.rules import (
    TIME_TOLERANCE,
    Bools,
    Floats,
    KineticsRules,
    last_true,
)

__all__ = ["Area", "area_under"]


@dataclass(frozen=True, slots=True)
class Area:
    """Areas of n series, arrays of shape (n,).

    Attributes
    ----------
    total : array
        NaN where it cannot be given.
    flag : array of str
        ``"observed"``, ``"interpolated"``, ``"extrapolated"`` or ``"none"``.
    extrapolated_fraction : array
        Part of `total` after the last value; NaN with it.
    start_assumed : array of bool
        0 was taken at the start of the window.
    problems : tuple of (array of bool, str)
        Why `total` is NaN; at most one holds for a series.
    """

    total: Floats
    flag: NDArray[np.str_]
    extrapolated_fraction: Floats
    start_assumed: Bools
    problems: tuple[tuple[Bools, str], ...]


@dataclass(frozen=True, slots=True)
class _Pairs:
    """Neighbouring used points, shape (n, n_times - 1); padding is not `valid`."""

    t1: Floats
    t2: Floats
    v1: Floats
    v2: Floats
    valid: Bools


def area_under(
    times: Floats,
    values: Floats,
    used: Bools,
    *,
    tmax: Floats,
    half_life: Floats,
    rules: KineticsRules,
) -> Area:
    """Integrate each series over the window of the rules.

    Parameters
    ----------
    times, values : array, shape (n, n_times), at least two columns
    used : array of bool, shape (n, n_times)
        Points the curve goes through.
    tmax : array, shape (n,), day
    half_life : array, shape (n,), day
        Terminal half-life, NaN where there is none.
    rules : KineticsRules

    Returns
    -------
    Area
    """
    start, end = rules.first_day, rules.auc_end
    order = np.argsort(~used, axis=1, kind="stable")  # used points to the left, in time order
    t, v = np.take_along_axis(times, order, axis=1), np.take_along_axis(values, order, axis=1)
    count = used.sum(axis=1)
    valid = np.arange(1, t.shape[1]) < count[:, None]
    pairs = _Pairs(t[:, :-1], t[:, 1:], v[:, :-1], v[:, 1:], valid)
    rows = np.arange(len(t))
    t_last, v_last = (array[rows, np.maximum(count - 1, 0)] for array in (t, v))

    gap = (count > 0) & (t[:, 0] > start + TIME_TOLERANCE)
    start_area = np.where(gap, 0.5 * v[:, 0] * (t[:, 0] - start), 0.0)
    inner = _inner_area(pairs, start, end)
    extrapolate = t_last < end - TIME_TOLERANCE
    tail = _tail_area(pairs, tmax, half_life, v_last, np.maximum(end - t_last, 0.0))

    few = count < 2
    late = ~few & (t[:, 0] >= end - TIME_TOLERANCE)
    unknown_start = gap & ~few & ~late & (rules.auc_before_first == "missing")
    no_slope = extrapolate & np.isnan(tail) & ~few & ~late & ~unknown_start
    lacking = few | late | unknown_start | no_slope
    tail = np.where(extrapolate, tail, 0.0)
    total = np.where(lacking, np.nan, start_area + inner + tail)
    sampled = (used & (np.abs(times - end) <= TIME_TOLERANCE)).any(axis=1)
    flag = np.select(
        [lacking, sampled, extrapolate], ["none", "observed", "extrapolated"], "interpolated"
    )
    fraction = np.divide(tail, total, out=np.zeros_like(total), where=total > 0)
    return Area(
        total,
        flag,
        np.where(lacking, np.nan, fraction),
        gap & ~lacking,
        (
            (few, "fewer than two values"),
            (late, f"no value before day {end:g}"),
            (unknown_start, f"no value at day {start:g}, and the rules assume none"),
            (no_slope, f"the values end before day {end:g} and none declines after tmax"),
        ),
    )


def log_ratio(v1: Floats, v2: Floats) -> Floats:
    """Return ln(v1 / v2) for v1 > v2 > 0, exact also when they nearly agree.

    Parameters
    ----------
    v1, v2 : array

    Returns
    -------
    array
    """
    drop = (v1 - v2) / v1
    near = drop < 0.5
    return np.where(near, -np.log1p(-np.where(near, drop, 0.0)), np.log(v1) - np.log(v2))


def _inner_area(pairs: _Pairs, start: float, end: float) -> Floats:
    left, right = np.clip(pairs.t1, start, end), np.clip(pairs.t2, start, end)
    inside = pairs.valid & (right > left)
    v_left, v_right = pairs.v1.copy(), pairs.v2.copy()
    for bound, target in ((left, v_left), (right, v_right)):
        cut = inside & (bound > pairs.t1) & (bound < pairs.t2)
        target[cut] = _interpolate(pairs, cut, bound[cut])
    first, second = np.where(inside, v_left, 1.0), np.where(inside, v_right, 1.0)
    mean = 0.5 * (first + second)
    down = (second < first) & (second > 0)
    mean[down] = (first[down] - second[down]) / log_ratio(first[down], second[down])
    # cumsum adds from left to right, so that padding cannot change the last digit as sum does
    return np.asarray(np.where(inside, mean * (right - left), 0.0).cumsum(axis=1)[:, -1])


def _interpolate(pairs: _Pairs, cut: Bools, at: Floats) -> Floats:
    t1, t2, v1, v2 = (array[cut] for array in (pairs.t1, pairs.t2, pairs.v1, pairs.v2))
    part = (at - t1) / (t2 - t1)
    value = v1 + (v2 - v1) * part
    down = (v2 < v1) & (v2 > 0)
    value[down] = v1[down] * np.exp(-part[down] * log_ratio(v1[down], v2[down]))
    return value


def _tail_area(
    pairs: _Pairs, tmax: Floats, half_life: Floats, v_last: Floats, length: Floats
) -> Floats:
    """Area of the decline that follows the last value; NaN where no slope is known."""
    falls = pairs.valid & (pairs.t1 >= tmax[:, None]) & (pairs.v2 < pairs.v1) & (pairs.v2 > 0)
    found = falls.any(axis=1)
    rows = np.arange(len(falls))
    last = last_true(falls)
    t1, t2, v1, v2 = (
        np.where(found, array[rows, last], other)
        for array, other in ((pairs.t1, 0.0), (pairs.t2, 1.0), (pairs.v1, 2.0), (pairs.v2, 1.0))
    )
    last_rate = np.where(found, log_ratio(v1, v2) / (t2 - t1), np.nan)
    rate = np.where(np.isnan(half_life), last_rate, math.log(2.0) / half_life)
    tail = v_last * -np.expm1(-rate * length) / rate
    return np.where(v_last == 0, 0.0, tail)
