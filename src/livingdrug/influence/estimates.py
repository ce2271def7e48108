"""From the values of one read-out to its indices, intervals and shares."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from livingdrug.core.source import Origin
from livingdrug.influence.outputs import Output
from livingdrug.influence.prcc import bootstrap, rank_correlations
from livingdrug.influence.shares import share
from livingdrug.influence.sobol import MAX_LOST, Scale, scaled, sobol_indices
from livingdrug.influence.space import Factor

__all__ = ["Estimate", "prcc_estimate", "sobol_estimate"]

FloatArray = NDArray[np.float64]

_FLAT = "it does not vary"


@dataclass(frozen=True, slots=True)
class Estimate:
    """What was found of one read-out.

    Attributes
    ----------
    by_factor : mapping from name to ndarray, shape (n_factors,)
    numbers : mapping from name to float
    used : int
        Points that have a value and were used.
    scale : str
        On which the variance is taken apart.
    note : str
        What a reader has to know; empty when there is nothing.
    """

    by_factor: Mapping[str, FloatArray]
    numbers: Mapping[str, float]
    used: int
    scale: str
    note: str


def prcc_estimate(
    x: FloatArray,
    y: FloatArray,
    factors: Sequence[Factor],
    resamples: int,
    seed: int,
    level: float,
) -> Estimate:
    """Estimate partial rank correlations of one read-out.

    Parameters
    ----------
    x : ndarray, shape (n, n_factors)
        Values of the parameters.
    y : ndarray, shape (n,)
        Rows without a value are left out.
    factors : sequence of Factor
    resamples, seed : int
    level : float

    Returns
    -------
    Estimate
    """
    good = np.isfinite(y)
    n, d = int(good.sum()), len(factors)
    missing = len(y) - n
    note = f"{missing:,} of {len(y):,} subjects have no value and are left out" if missing else ""
    if n < max(20, 2 * (d + 1)) or np.ptp(y[good]) == 0:
        note = _FLAT if n and np.ptp(y[good]) == 0 else f"too few subjects have a value: {n:,}"
        nothing = np.full((1, d), np.nan)
        return _estimate(
            {"prcc": nothing, "weight": nothing}, np.array([np.nan]),
            {"prcc": nothing[0], "weight": nothing[0]}, math.nan, "weight", factors, level, n,
            "rank", note,
        )  # fmt: skip
    found = rank_correlations(x[good], y[good])
    again = bootstrap(x[good], y[good], resamples, seed)
    return _estimate(
        {"prcc": again.prcc, "weight": again.weight}, again.explained,
        {"prcc": found.prcc, "weight": found.weight}, float(found.explained), "weight", factors,
        level, n, "rank", note,
    )  # fmt: skip


def sobol_estimate(
    output: Output,
    y: FloatArray,
    factors: Sequence[Factor],
    resamples: int,
    seed: int,
    level: float,
) -> Estimate:
    """Estimate Sobol indices of one read-out.

    Parameters
    ----------
    output : Output
    y : ndarray, shape (n * (n_factors + 2),)
    factors : sequence of Factor
    resamples, seed : int
    level : float

    Returns
    -------
    Estimate
        On the logarithm of an amount that is always above 0, on ranks of one that is not, on
        days as they are.
    """
    d, note = len(factors), ""
    scale = scale_of(output, y)
    lost = int((~np.isfinite(y.reshape(-1, d + 2))).any(axis=1).sum())
    blocks = len(y) // (d + 2)
    indices = sobol_indices(scaled(y, scale), d, resamples, seed) if np.isfinite(y).any() else None
    if lost:
        note = f"{lost:,} of {blocks:,} base points have no value and are left out"
    if indices is None:
        note = _FLAT
        if lost > MAX_LOST * blocks:
            note = (
                f"not given: {lost:,} of {blocks:,} base points are without a value in one or more "
                "of their subjects; use prcc"
            )
        nothing = np.full((1, d), np.nan)
        resampled = {"first": nothing, "total": nothing}
        return _estimate(
            resampled, np.array([np.nan]), {"first": nothing[0], "total": nothing[0]}, math.nan,
            "total", factors, level, blocks - lost, scale, note,
        )  # fmt: skip
    return _estimate(
        {"first": indices.first_resampled, "total": indices.total_resampled},
        indices.first_resampled.sum(axis=1),
        {"first": indices.first, "total": indices.total}, float(indices.first.sum()), "total",
        factors, level, blocks - lost, scale, note,
    )  # fmt: skip


def scale_of(output: Output, y: FloatArray) -> Scale:
    """Return the scale on which the variance of a read-out is taken apart.

    Parameters
    ----------
    output : Output
    y : ndarray

    Returns
    -------
    {"linear", "log", "rank"}
    """
    if output.is_day:
        return "linear"
    return "log" if (y[np.isfinite(y)] > 0).all() else "rank"


def _estimate(
    resampled: Mapping[str, FloatArray],
    explained_again: FloatArray,
    found: Mapping[str, FloatArray],
    explained: float,
    weight: str,
    factors: Sequence[Factor],
    level: float,
    used: int,
    scale: str,
    note: str,
) -> Estimate:
    """Put estimates, their intervals and the shares of what is ASSUMED together."""
    tails = (0.5 - level / 2, 0.5 + level / 2)
    by_factor: dict[str, FloatArray] = {}
    for name, values in found.items():
        by_factor[name] = values
        lower, upper = np.quantile(resampled[name], tails, axis=0)
        by_factor |= {f"{name}_lower": lower, f"{name}_upper": upper}
    numbers = {"explained": explained} | _limits("explained", explained_again, tails)
    flags = {
        "share_assumed": [factor.is_assumed for factor in factors],
        "share_value_assumed": [factor.origin is Origin.ASSUMED for factor in factors],
        "share_spread_assumed": [factor.spread_origin is Origin.ASSUMED for factor in factors],
    }
    for name, chosen in flags.items():
        places = np.array(chosen, dtype=bool)
        numbers[name] = float(share(found[weight], places))
        numbers |= _limits(name, share(resampled[weight], places), tails)
    return Estimate(by_factor, numbers, used, scale, note)


def _limits(name: str, values: FloatArray, tails: tuple[float, float]) -> dict[str, float]:
    lower, upper = np.quantile(values, tails)
    return {f"{name}_lower": float(lower), f"{name}_upper": float(upper)}
