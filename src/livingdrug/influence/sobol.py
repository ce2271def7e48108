"""Sobol indices of read-outs with bootstrap intervals, by SALib.

References
----------
Saltelli, Annoni, Azzini, Campolongo, Ratto, Tarantola (2010), Variance based sensitivity analysis
of model output. Design and estimator for the total sensitivity index.
doi:10.1016/j.cpc.2009.09.018.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from livingdrug.core.optional import require

__all__ = ["MAX_LOST", "Indices", "Scale", "saltelli_points", "scaled", "sobol_indices"]

FloatArray = NDArray[np.float64]
Scale = Literal["linear", "log", "rank"]

MAX_LOST = 0.1
"""Share of the base points that may be without a value: the rest is not the sample any more."""

_SMALLEST = 2.0**-31
"""Half of the step of the Sobol points, which may be 0, where a normal quantile is infinite."""
_AT_ONCE = 4_000_000
"""Numbers of one block of resamples."""


@dataclass(frozen=True, slots=True)
class Indices:
    """Sobol indices of one read-out.

    Attributes
    ----------
    first, total : ndarray, shape (n_factors,)
    first_resampled, total_resampled : ndarray, shape (resamples, n_factors)
    """

    first: FloatArray
    total: FloatArray
    first_resampled: FloatArray
    total_resampled: FloatArray


def saltelli_points(names: Sequence[str], n: int, seed: int) -> FloatArray:
    """Return the points of Saltelli's scheme.

    Parameters
    ----------
    names : sequence of str
    n : int
        Base points; a power of two.
    seed : int

    Returns
    -------
    ndarray, shape (n * (n_factors + 2), n_factors)
        In (0, 1); `n` blocks of ``n_factors + 2`` rows.

    Raises
    ------
    CapabilityError
        When SALib is not installed.
    """
    sample = require("SALib.sample.sobol", "stats", "compute Sobol indices")
    points = sample.sample(_problem(len(names), names), n, calc_second_order=False, seed=seed)
    u: FloatArray = np.clip(np.asarray(points, dtype=float), _SMALLEST, 1.0 - _SMALLEST)
    return u


def scaled(values: FloatArray, scale: Scale) -> FloatArray:
    """Bring a read-out to the scale on which its variance is taken apart.

    Parameters
    ----------
    values : ndarray
        NaN stays.
    scale : {"linear", "log", "rank"}
        ``"rank"`` is the share of the values that are smaller, ties shared evenly.

    Returns
    -------
    ndarray
    """
    if scale == "log":
        return np.log10(values)
    if scale == "rank":
        from scipy.stats import rankdata

        ranks = rankdata(values, nan_policy="omit")
        return np.asarray((ranks - 0.5) / np.isfinite(values).sum())
    return values


def sobol_indices(y: FloatArray, n_factors: int, resamples: int, seed: int) -> Indices | None:
    """Compute Sobol indices of one read-out.

    Parameters
    ----------
    y : ndarray, shape (n * (n_factors + 2),)
        At the points of `saltelli_points`. A block of ``n_factors + 2`` rows in which one is NaN
        is left out.
    n_factors, resamples, seed : int

    Returns
    -------
    Indices or None
        None when `y` does not vary, or when more than `MAX_LOST` of the blocks are left out.
    """
    analyze = require("SALib.analyze.sobol", "stats", "compute Sobol indices")
    blocks = y.reshape(-1, n_factors + 2)
    whole = blocks[np.isfinite(blocks).all(axis=1)]
    if len(whole) < max(2.0, (1.0 - MAX_LOST) * len(blocks)):
        return None
    if np.ptp(whole) <= 1e-12 * max(np.abs(whole).max(), 1e-300):
        return None  # nothing but rounding
    # the variance of a resample is of its own two independent samples
    at_once = max(2, min(resamples, _AT_ONCE // len(whole)))
    parts = []
    for start in range(0, resamples, at_once):
        parts.append(
            analyze.analyze(
                _problem(n_factors),
                whole.ravel(),
                calc_second_order=False,
                num_resamples=max(2, min(at_once, resamples - start)),
                keep_resamples=True,
                seed=seed + 1 + start,  # SALib takes 0 for no seed
            )
        )
    return Indices(
        np.asarray(parts[0]["S1"]),
        np.asarray(parts[0]["ST"]),
        np.concatenate([part["S1_conf_all"] for part in parts]),
        np.concatenate([part["ST_conf_all"] for part in parts]),
    )


def _problem(n: int, names: Sequence[str] | None = None) -> dict[str, object]:
    names = list(names) if names is not None else [f"x{i}" for i in range(n)]
    return {"num_vars": n, "names": names, "bounds": [[0.0, 1.0]] * n}
