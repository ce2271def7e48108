"""How much of what is explained is due to ASSUMED numbers."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["share"]

FloatArray = NDArray[np.float64]


def share(weights: FloatArray, chosen: NDArray[np.bool_]) -> FloatArray:
    """Return the share of some factors in the weight of all.

    Parameters
    ----------
    weights : ndarray, shape (..., n_factors)
        Squares of standardised rank regression coefficients, or Sobol indices; an estimate below
        0 counts as 0.
    chosen : ndarray of bool, shape (n_factors,)

    Returns
    -------
    ndarray, shape (...,)
        NaN where no factor has a weight.

    Examples
    --------
    >>> float(share(np.array([0.6, 0.2, -0.01]), np.array([True, False, False])).round(2))
    0.75
    """
    positive = np.clip(weights, 0.0, None)
    total = positive.sum(axis=-1)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(total > 0, positive[..., chosen].sum(axis=-1) / total, np.nan)
