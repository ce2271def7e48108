"""Partial rank correlation of read-outs with parameters, with bootstrap intervals.

References
----------
Marino, Hogue, Ray, Kirschner (2008), A methodology for performing global uncertainty and
sensitivity analysis in systems biology. doi:10.1016/j.jtbi.2008.04.011.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from livingdrug.core.random import Purpose, uniforms

__all__ = ["RankCorrelations", "bootstrap", "latin_hypercube", "rank_correlations"]

FloatArray = NDArray[np.float64]

_ROUNDING = 1e-12
"""Of a squared correlation: far above rounding, far below what any number of points shows."""


@dataclass(frozen=True, slots=True)
class RankCorrelations:
    """How the ranks of a read-out go with the ranks of each factor.

    Attributes
    ----------
    prcc : ndarray, shape (..., n_factors)
        Partial rank correlation coefficient.
    weight : ndarray, shape (..., n_factors)
        Square of the standardised rank regression coefficient.
    explained : ndarray, shape (...,)
        Share of the variance of the ranks that a regression on all factors' ranks explains.
    """

    prcc: FloatArray
    weight: FloatArray
    explained: FloatArray


def latin_hypercube(names: Sequence[str], n: int, seed: int) -> FloatArray:
    """Draw a Latin hypercube: in each column one point in each of `n` equal strata.

    The numbers of a column depend on the seed, `n` and the name alone: one factor more changes
    no other column.

    Parameters
    ----------
    names : sequence of str
    n, seed : int

    Returns
    -------
    ndarray, shape (n, n_factors)
        In (0, 1).
    """
    columns = []
    for name in names:
        u = uniforms(seed=seed, purpose=Purpose.DESIGN, subjects=np.arange(n), name=name, draws=2)
        strata = np.argsort(np.argsort(u[:, 0], kind="stable"), kind="stable")
        columns.append((strata + u[:, 1]) / n)
    return np.stack(columns, axis=1)


def rank_correlations(x: FloatArray, y: FloatArray) -> RankCorrelations:
    """Compute partial rank correlations of one read-out.

    Parameters
    ----------
    x : ndarray, shape (n, n_factors)
    y : ndarray, shape (n,)

    Returns
    -------
    RankCorrelations
        NaN throughout when `y` does not vary.
    """
    ranks = _Ranks(np.column_stack([x, y]))
    return _from_correlation(ranks.correlation(np.ones(len(y))))


def bootstrap(x: FloatArray, y: FloatArray, resamples: int, seed: int) -> RankCorrelations:
    """Repeat `rank_correlations` on rows drawn with replacement.

    Parameters
    ----------
    x : ndarray, shape (n, n_factors)
    y : ndarray, shape (n,)
    resamples, seed : int
        The same seed and number of rows give the same rows, whatever the read-out.

    Returns
    -------
    RankCorrelations
        Leading dimension: resamples.
    """
    n = len(y)
    ranks = _Ranks(np.column_stack([x, y]))
    made = []
    for start in range(0, resamples, 64):  # so that random numbers of a block are in memory
        labels = np.arange(start, min(start + 64, resamples))
        u = uniforms(seed=seed, purpose=Purpose.RESAMPLING, subjects=labels, name="prcc", draws=n)
        for row in u:
            times = np.bincount((row * n).astype(np.int64), minlength=n).astype(float)
            made.append(_from_correlation(ranks.correlation(times)))
    return RankCorrelations(
        np.stack([item.prcc for item in made]),
        np.stack([item.weight for item in made]),
        np.stack([item.explained for item in made]),
    )


class _Ranks:
    """Ranks of columns in which each row counts a number of times, without sorting again."""

    def __init__(self, table: FloatArray) -> None:
        self.places = [np.unique(column, return_inverse=True)[1] for column in table.T]

    def correlation(self, times: FloatArray) -> FloatArray:
        """Return the correlation of the ranks; tied values share their mean rank."""
        columns = []
        for place in self.places:
            size = np.bincount(place, weights=times)
            columns.append((np.cumsum(size) - 0.5 * (size - 1.0))[place])
        ranks = np.stack(columns)
        ranks -= (ranks @ times)[:, np.newaxis] / times.sum()
        covariance = (ranks * times) @ ranks.T
        scale = np.sqrt(np.diag(covariance))
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(covariance / np.outer(scale, scale))


def _from_correlation(matrix: FloatArray) -> RankCorrelations:
    """Take partial correlations with the last variable from a matrix of all correlations."""
    n = len(matrix) - 1
    nothing = np.full(n, np.nan)
    if not np.isfinite(matrix).all():
        return RankCorrelations(nothing, nothing, np.full((), np.nan))
    beta: FloatArray = np.asarray(np.linalg.solve(matrix[:n, :n], matrix[:n, n]), dtype=float)
    explained = min(float(beta @ matrix[:n, n]), 1.0)
    # what is left of y, and of each factor, after a regression on the (other) factors
    left = max(1.0 - explained, 0.0)
    own = 1.0 / np.diag(np.linalg.inv(matrix[:n, :n]))
    # beta_j sqrt(own_j) is what factor j alone adds; its partial correlation compares it with that
    # and with what nobody explains
    added = beta * np.sqrt(own)
    total = added**2 + left
    # where one factor is all of y, the others compare nothing with nothing
    some = total > _ROUNDING
    prcc = np.where(some, added / np.sqrt(np.where(some, total, 1.0)), 0.0)
    return RankCorrelations(prcc, np.square(beta), np.array(explained))
