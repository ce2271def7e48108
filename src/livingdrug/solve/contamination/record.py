"""How many masked leukaemic cells a product brings."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from livingdrug.core.errors import Issue, OptionError, raise_issues
from livingdrug.core.random import Purpose, uniforms

__all__ = ["Contamination"]


@dataclass(frozen=True, slots=True)
class Contamination:
    """Transduced, epitope-masked leukaemic cells in a product.

    Either exactly `cells` of them, or a Poisson number about
    ``dose * (1 - purity) * transduced * engrafting``.

    Attributes
    ----------
    cells : int or None
    dose : float or None
        Cells infused, engineered or not.
    purity : float or None
        Part of them that is not leukaemic.
    transduced : float
        Part of the leukaemic cells that carries the receptor, which hides their antigen.
    engrafting : float
        Part of these that survives the infusion.

    Examples
    --------
    >>> Contamination(dose=1e8, purity=1 - 1e-6, transduced=0.3, engrafting=0.1).expected
    3.0
    """

    cells: int | None = None
    dose: float | None = None
    purity: float | None = None
    transduced: float = 1.0
    engrafting: float = 1.0

    def __post_init__(self) -> None:
        issues = []
        if (self.cells is None) == (self.dose is None or self.purity is None):
            text = "give either cells, or dose and purity"
            issues.append(Issue("error", "contamination", text))
        elif self.cells is not None and (self.dose is not None or self.purity is not None):
            text = "cells are given: dose and purity say the same again"
            issues.append(Issue("error", "contamination", text))
        if self.cells is not None and (
            isinstance(self.cells, bool) or not isinstance(self.cells, int) or self.cells < 0
        ):
            issues.append(_wrong("cells", self.cells, "a whole number, 0 or more"))
        if self.dose is not None and not (math.isfinite(self.dose) and self.dose > 0.0):
            issues.append(_wrong("dose", self.dose, "more than 0 cells"))
        for name in ("purity", "transduced", "engrafting"):
            value = getattr(self, name)
            if value is not None and not 0.0 <= value <= 1.0:
                issues.append(_wrong(name, value, "0 to 1"))
        raise_issues(issues, OptionError)

    @property
    def expected(self) -> float:
        """Mean number of masked cells."""
        if self.cells is not None:
            return float(self.cells)
        part = round(1.0 - (self.purity or 0.0), 15)  # purities are written in decimal
        return (self.dose or 0.0) * part * self.transduced * self.engrafting

    def draw(self, n: int, seed: int = 0, name: str = "contamination") -> NDArray[np.float64]:
        """Draw the numbers of masked cells of some products.

        Parameters
        ----------
        n : int
        seed : int, optional
        name : str, optional
            Of the stream of random numbers.

        Returns
        -------
        ndarray, shape (n,)
            Whole numbers.
        """
        if self.cells is not None:
            return np.full(n, float(self.cells))
        from scipy import stats

        levels = uniforms(seed=seed, purpose=Purpose.STOCHASTIC, subjects=np.arange(n), name=name)
        drawn: NDArray[np.float64] = stats.poisson.ppf(levels[:, 0], self.expected)
        return drawn


def _wrong(name: str, value: object, allowed: str) -> Issue:
    return Issue("error", f"contamination, {name}", f"is {value!r}", f"allowed: {allowed}")
