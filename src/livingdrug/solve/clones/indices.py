"""How unequal clones are: diversity, inequality and dominance of their sizes."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from livingdrug.core.errors import DataError

__all__ = ["Clonality", "clonality"]


@dataclass(frozen=True, slots=True)
class Clonality:
    """Numbers of one population of clones.

    Attributes
    ----------
    alive : int
        Clones that have a cell.
    shannon : float
        Entropy of the shares, in nats: ``-sum p log p``. 0 for one clone, ``log(alive)`` for
        equal ones.
    gini : float
        Inequality among the clones that have a cell: half the mean difference of two sizes by
        the mean size. 0 for equal ones, towards 1 where one holds everything.
    dominant : float
        Share of the largest.
    """

    alive: int
    shannon: float
    gini: float
    dominant: float


def clonality(sizes: ArrayLike) -> Clonality:
    """Measure how unequal clones are.

    Parameters
    ----------
    sizes : array_like, shape (n_clones,)
        Cells of each clone; clones without a cell count nowhere.

    Returns
    -------
    Clonality
        All but `alive` are NaN where no clone has a cell.

    Raises
    ------
    DataError
        When a size is negative or not finite.

    References
    ----------
    .. [1] Shannon CE. Bell Syst Tech J 1948;27:379-423. doi:10.1002/j.1538-7305.1948.tb01338.x
    .. [2] Gini C (1912), in the form of Dixon PM et al. Ecology 1987;68:1548-1551, without the
       correction for small samples. doi:10.2307/1939238

    Examples
    --------
    >>> found = clonality([8, 4, 4, 0])
    >>> found.alive, round(found.shannon, 4), round(found.gini, 4), found.dominant
    (3, 1.0397, 0.1667, 0.5)
    """
    given = np.asarray(sizes, dtype=np.float64).ravel()
    if not (np.isfinite(given) & (given >= 0.0)).all():
        raise DataError("sizes of clones must be finite numbers >= 0")
    some = np.sort(given[given > 0.0])
    n = some.size
    if n == 0:
        return Clonality(0, math.nan, math.nan, math.nan)
    shares = some / some.sum()
    ranks = np.arange(1, n + 1)
    gini = 2.0 * float(ranks @ shares) / n - (n + 1.0) / n
    entropy = -float(shares @ np.log(shares))
    # sums of many shares may end a rounding below 0
    return Clonality(n, max(entropy, 0.0), max(gini, 0.0), float(shares[-1]))
