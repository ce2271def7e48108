"""Outgrowth of few cells in closed form: whether, and on which day.

Cells that divide at rate b and die at rate d each, whatever else there is: the line of one lives
with probability ``1 - d/b``. Its size is soon ``W exp((b - d) t)``, where W is exponential with
mean ``b / (b - d)``; so the day on which S lines that live reach a level L follows from a gamma
distribution of shape S (Kendall 1948, doi:10.1214/aoms/1177730285).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from livingdrug.core.errors import Issue, OptionError, raise_issues
from livingdrug.solve.contamination.record import Contamination

__all__ = ["Outgrowth"]

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Outgrowth:
    """The law of masked cells that only divide and die.

    Attributes
    ----------
    contamination : Contamination
    birth, death : float, 1/day
        Of each cell; birth above death.
    level : float
        Cells at which the outgrowth is seen; many more than are seeded.

    Examples
    --------
    >>> law = Outgrowth(Contamination(cells=1), birth=0.2, death=0.1, level=1e12)
    >>> round(law.probability, 3), round(float(law.day(0.5)), 1)
    (0.5, 273.0)
    """

    contamination: Contamination
    birth: float
    death: float
    level: float

    def __post_init__(self) -> None:
        issues = []
        if not (math.isfinite(self.birth) and 0.0 <= self.death < self.birth):
            text = f"birth {self.birth!r} and death {self.death!r}"
            fix = "allowed: 0 or more, birth above death"
            issues.append(Issue("error", "outgrowth", text, fix))
        if not (math.isfinite(self.level) and self.level > 1.0):
            issues.append(Issue("error", "outgrowth, level", f"is {self.level!r}", "more than 1"))
        raise_issues(issues, OptionError)

    @property
    def probability(self) -> float:
        """That one line lives: ``1 - (d/b)**k``, or ``1 - exp(-m (1 - d/b))`` for a mean of m."""
        lives = 1.0 - self.death / self.birth
        if self.contamination.cells is None:
            return -math.expm1(-self.contamination.expected * lives)
        return 1.0 - (self.death / self.birth) ** self.contamination.cells

    def reached(self, day: ArrayLike) -> FloatArray:
        """Return the probability that the level is reached by a day, given that a line lives.

        Parameters
        ----------
        day : array_like

        Returns
        -------
        ndarray, the shape of `day`
        """
        from scipy import stats

        net = self.birth - self.death
        lines, weights = self._lines()
        least = self.level * np.exp(-net * np.asarray(day, dtype=np.float64)) * net / self.birth
        tails = stats.gamma.sf(least[..., np.newaxis], lines)
        found: FloatArray = tails @ weights
        return found

    def day(self, quantile: ArrayLike) -> FloatArray:
        """Return quantiles of the day on which the level is reached, given that a line lives.

        Parameters
        ----------
        quantile : array_like
            Between 0 and 1.

        Returns
        -------
        ndarray, the shape of `quantile`, day
        """
        from scipy.optimize import brentq

        levels = np.asarray(quantile, dtype=np.float64)
        net = self.birth - self.death
        typical = math.log(self.level) / net
        low, high = -60.0 / net, typical + 60.0 / net
        days = [brentq(lambda t, q=q: float(self.reached(t)) - q, low, high) for q in levels.flat]
        return np.array(days).reshape(levels.shape)

    def _lines(self) -> tuple[FloatArray, FloatArray]:
        """Return how many lines live, and how likely each number is where one does."""
        from scipy import stats

        lives = 1.0 - self.death / self.birth
        cells = self.contamination.cells
        mean = self.contamination.expected * lives
        # far beyond what a binomial or Poisson number reaches
        far = 12.0 * math.sqrt(mean) + 60.0
        lines = np.arange(max(math.floor(mean - far), 1), math.ceil(mean + far) + 1.0)
        if cells is None:
            weights = stats.poisson.pmf(lines, mean)
        else:
            weights = stats.binom.pmf(lines, cells, lives)
        total = float(weights.sum())
        if not total > 0.0:
            raise OptionError("outgrowth: without a masked cell nothing grows out")
        return lines, weights / total
