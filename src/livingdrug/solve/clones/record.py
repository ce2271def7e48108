"""What a product is made of: clones, their sizes and fitness, and outliers among them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from livingdrug.core.errors import Issue, OptionError, raise_issues

__all__ = ["Clones", "Outlier"]

MOST_CLONES = 10_000_000


@dataclass(frozen=True, slots=True)
class Outlier:
    """Clones that differ from all others.

    Attributes
    ----------
    fitness : float
        Factor of the rate of division; 1 is the typical clone.
    cells : int
        Of each such clone in the first product that is given.
    number : int
        Of such clones.
    """

    fitness: float
    cells: int = 1
    number: int = 1


@dataclass(frozen=True, slots=True)
class Clones:
    """A product of many clones.

    Every cell divides at the rate of the model times the fitness of its clone, and dies and
    changes at the rates of the model. Between two pauses the environment (tumour, competition,
    cytokines) follows from the model with the mean fitness of the clones; at a pause sizes are
    drawn by the law of a branching process, and the model goes on from their sum.

    Attributes
    ----------
    n : int
        Typical clones of the product; each has one cell at least.
    species : str or sequence of str
        Species of the model whose cells belong to clones: all phenotypes that turn into one
        another.
    fitness_cv : float
        Coefficient of variation of fitness: log-normal with mean 1. 0 is neutral. Where fitness
        varies, the fit take over, and the sum grows faster than the model.
    size_cv : float
        The same of the expected sizes of clones in the product; 0 makes them equal.
    outliers : Outlier or sequence of Outlier
        Numbered before the typical clones.
    step : float
        Days between two pauses. Means follow fitness exactly; the spread of a clone and changes
        between species have errors of second order in it.
    keep : int
        Clones whose sizes are reported: all outliers and those that were largest.
    """

    n: int
    species: str | Sequence[str]
    fitness_cv: float = 0.0
    size_cv: float = 0.0
    outliers: Outlier | Sequence[Outlier] = ()
    step: float = 0.25
    keep: int = 20

    def __post_init__(self) -> None:
        names, others = self.species, self.outliers
        names = (names,) if isinstance(names, str) else tuple(names)
        others = (others,) if isinstance(others, Outlier) else tuple(others)
        object.__setattr__(self, "species", names)
        object.__setattr__(self, "outliers", others)
        issues = []
        if not _whole(self.n, 1) or self.n > MOST_CLONES:
            issues.append(_wrong("n", self.n, f"a whole number from 1 to {MOST_CLONES:,}"))
        if not names:
            issues.append(_wrong("species", self.species, "one species of the model or more"))
        repeated = sorted({name for name in names if names.count(name) > 1})
        if repeated:
            issues.append(_wrong("species", repeated[0], "each once"))
        for name in ("fitness_cv", "size_cv"):
            value = getattr(self, name)
            if not (math.isfinite(value) and value >= 0.0):
                issues.append(_wrong(name, value, "0 or more"))
        if not (math.isfinite(self.step) and self.step > 0.0):
            issues.append(_wrong("step", self.step, "more than 0 days"))
        if not _whole(self.keep, 0):
            issues.append(_wrong("keep", self.keep, "a whole number, 0 or more"))
        for place, item in enumerate(others, start=1):
            where = f"outlier {place}, "
            if not (math.isfinite(item.fitness) and item.fitness >= 0.0):
                issues.append(_wrong(f"{where}fitness", item.fitness, "0 or more"))
            if not _whole(item.cells, 1):
                issues.append(_wrong(f"{where}cells", item.cells, "a whole number, 1 or more"))
            if not _whole(item.number, 1):
                issues.append(_wrong(f"{where}number", item.number, "a whole number, 1 or more"))
        raise_issues(issues, OptionError)

    @property
    def each_outlier(self) -> list[Outlier]:
        """Clones that differ from the typical ones, one by one."""
        outliers = [self.outliers] if isinstance(self.outliers, Outlier) else self.outliers
        return [item for item in outliers for _ in range(item.number)]

    @property
    def n_outliers(self) -> int:
        """How many of them there are."""
        return len(self.each_outlier)

    @property
    def total(self) -> int:
        """All clones."""
        return self.n + self.n_outliers

    @property
    def kept(self) -> int:
        """Clones whose sizes are reported."""
        return min(self.total, max(self.keep, self.n_outliers) if self.keep else 0)


def _whole(value: object, least: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= least


def _wrong(name: str, value: object, allowed: str) -> Issue:
    return Issue("error", f"clones, {name}", f"is {value!r}", f"allowed: {allowed}")
