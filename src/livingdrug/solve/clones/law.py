"""The law of clones over one step: division, death, change and budding of their cells.

Over a step in which a cell divides at rate b and dies at rate d, a clone of n cells keeps a
binomial number of them with a living line, and each such line has a geometric number of cells
(Kendall 1948, doi:10.1214/aoms/1177730285): with ``A = int b``, ``D = int d``, ``r = A - D`` and
``g = A (exp(r) - 1) / r``

    P(line lives) = exp(r) / (1 + g),        cells of a line: geometric with mean 1 + g.

The mean ``exp(A - D)`` holds for any rates; the spread assumes that their ratio stays the same over
the step. Sizes are drawn exactly from this law, whatever they are: nothing is rounded to a normal.
Cells that change meanwhile go by the exponential of the matrix of their rates. The parts of a step
are put together symmetrically (Strang 1968, doi:10.1137/0705041).
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from livingdrug.system.clonal import Channel

__all__ = ["StepLaw", "branch", "line_law", "mean_fitness", "transition"]

_JUMPS = 20
"""Of a Poisson law with a mean of 1 or less, beyond which lies less than 1e-18."""

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


def line_law(births: ArrayLike, deaths: ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Return the law of the line of one cell over a step.

    Parameters
    ----------
    births, deaths : array_like
        Rates per cell, integrated over the step.

    Returns
    -------
    alive : ndarray
        Probability that the line has a cell at the end.
    success : ndarray
        Parameter of the geometric number of cells of a line that lives; its mean is the inverse.
    """
    a = np.asarray(births, dtype=np.float64)
    net = a - np.asarray(deaths, dtype=np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        ratio = np.where(net == 0.0, 1.0, np.expm1(net) / net)  # to the last bit near 0
    success = 1.0 / (1.0 + a * ratio)
    # both forms are the same number; the second cannot pass 1
    alive = np.minimum(np.exp(net) * success, 1.0)
    return alive, success


def branch(
    rng: np.random.Generator, cells: IntArray, births: ArrayLike, deaths: ArrayLike
) -> IntArray:
    """Draw the sizes of clones after a step.

    Parameters
    ----------
    rng : numpy.random.Generator
    cells : ndarray of int, shape (n_clones,)
    births, deaths : array_like, broadcast to (n_clones,)
        Rates per cell, integrated over the step.

    Returns
    -------
    ndarray of int, shape (n_clones,)
        0 where there was none.
    """
    alive, success = line_law(births, deaths)
    lines = rng.binomial(cells, np.broadcast_to(alive, cells.shape))
    some = lines > 0
    chance = np.broadcast_to(success, cells.shape)[some]
    lines[some] += rng.negative_binomial(lines[some], chance)
    return lines


def mean_fitness(sizes: IntArray, fitness: FloatArray, births: float) -> float:
    """Return the factor that makes a mean rate of division of unlike clones right over a step.

    Clones that divide faster gain share within the step: ``log(mean(exp(f A))) / A``, the plain
    mean where A is 0.

    Parameters
    ----------
    sizes : ndarray of int, shape (n_clones,)
    fitness : ndarray, shape (n_clones,)
    births : float
        Divisions per cell that are expected in the step, of fitness 1.

    Returns
    -------
    float
    """
    total = float(sizes.sum())
    if total == 0.0:
        return 1.0
    mean = float(sizes @ fitness) / total
    if births < 1e-8:  # the correction is below the last digits
        return mean
    # beside the mean, so that nothing overflows and nothing cancels
    gain = np.expm1((fitness - mean) * births)
    return mean + float(np.log1p(float(sizes @ gain) / total)) / births


def transition(generator: FloatArray) -> FloatArray:
    """Return the exponential of the generator of a Markov chain.

    By uniformisation (Jensen 1953): a Poisson number of jumps of a chain in discrete time. No term
    is negative, so nothing cancels. It solves no linear system, for which a library of threads
    waits a hundred times longer than such small matrices take.

    Parameters
    ----------
    generator : ndarray, shape (n, n)
        Rates integrated over the time; rows sum to 0.

    Returns
    -------
    ndarray, shape (n, n)
        Probabilities.
    """
    fastest = float(-generator.diagonal().min())
    halvings = max(math.ceil(math.log2(fastest)), 0) if fastest > 0.0 else 0
    rate = fastest / 2**halvings  # at most 1
    if rate == 0.0:
        return np.eye(len(generator))
    chain = np.eye(len(generator)) + generator / fastest
    term = np.eye(len(generator)) * math.exp(-rate)
    found = term.copy()
    for k in range(1, _JUMPS):
        term = term @ chain * (rate / k)
        found += term
    for _ in range(halvings):
        found = found @ found
    return np.minimum(found, 1.0)


class StepLaw:
    """One step of clones in several species.

    Parameters
    ----------
    channels : sequence of Channel
    n_species : int
    """

    def __init__(self, channels: Sequence[Channel], n_species: int) -> None:
        self.channels, self.n_species = tuple(channels), n_species
        self.divides = sorted({c.source for c in channels if c.kind == "division"})
        # what makes cells of another species while the matrix of changes keeps their number
        self._makes = [
            k
            for k, c in enumerate(channels)
            if c.kind == "budding" or (c.kind == "change" and c.gives > 1)
        ]
        self._moves = any(
            (c.kind == "change" and c.gives == 1)
            or (c.kind == "death" and c.source not in self.divides)
            for c in channels
        )

    def of_kind(self, kind: str, rates: FloatArray) -> FloatArray:
        """Return the integrated rate of all channels of a kind.

        Parameters
        ----------
        kind : str
        rates : ndarray, shape (n_channels,)

        Returns
        -------
        ndarray, shape (n_species,)
        """
        found = np.zeros(self.n_species)
        for channel, rate in zip(self.channels, rates.tolist(), strict=True):
            if channel.kind == kind:
                found[channel.source] += rate
        return found

    def draw(
        self, rng: np.random.Generator, cells: IntArray, fitness: FloatArray, rates: FloatArray
    ) -> IntArray:
        """Draw the sizes after a step.

        Parameters
        ----------
        rng : numpy.random.Generator
        cells : ndarray of int, shape (n_species, n_clones)
        fitness : ndarray, shape (n_clones,)
        rates : ndarray, shape (n_channels,)
            Per cell, integrated over the step.

        Returns
        -------
        ndarray of int, shape (n_species, n_clones)
        """
        cells = cells.copy()
        births, deaths = self.of_kind("division", rates), self.of_kind("death", rates)
        parts = 2 if self._moves or self._makes else 1
        self._divide(rng, cells, fitness, births / parts, deaths / parts)
        if parts == 1:
            return cells
        self._make(rng, cells, fitness, rates / parts, self._makes)
        if self._moves:
            cells = self._move(rng, cells, self._ways(rates, deaths))
        self._make(rng, cells, fitness, rates / parts, self._makes[::-1])
        self._divide(rng, cells, fitness, births / parts, deaths / parts)
        return cells

    def _divide(
        self,
        rng: np.random.Generator,
        cells: IntArray,
        fitness: FloatArray,
        births: FloatArray,
        deaths: FloatArray,
    ) -> None:
        for k in self.divides:
            if cells[k].any():
                cells[k] = branch(rng, cells[k], fitness * births[k], deaths[k])

    def _make(
        self,
        rng: np.random.Generator,
        cells: IntArray,
        fitness: FloatArray,
        rates: FloatArray,
        order: Sequence[int],
    ) -> None:
        for k in order:
            channel = self.channels[k]
            source = cells[channel.source]
            if not source.any():
                continue
            if channel.kind == "budding":
                new = rng.poisson(source * fitness * rates[k])
            else:
                new = rng.binomial(source, -np.expm1(-rates[k]))
                cells[channel.source] = source - new
            cells[channel.target] += channel.gives * new

    def _ways(self, rates: FloatArray, deaths: FloatArray) -> FloatArray:
        """Return where a cell of each species is after a step, by probability."""
        gone = self.n_species
        generator = np.zeros((gone + 1, gone + 1))
        for channel, rate in zip(self.channels, rates.tolist(), strict=True):
            if channel.kind == "change" and channel.gives == 1:
                generator[channel.source, channel.target] += rate
                generator[channel.source, channel.source] -= rate
        for k in range(gone):
            if k not in self.divides:  # where cells divide, death is part of their branching
                generator[k, gone] += deaths[k]
                generator[k, k] -= deaths[k]
        return transition(generator)

    def _move(self, rng: np.random.Generator, cells: IntArray, ways: FloatArray) -> IntArray:
        gone = self.n_species
        moved = np.zeros((gone + 1, cells.shape[1]), dtype=np.int64)
        for source in range(gone):
            left, room = cells[source], 1.0
            if not left.any():
                continue
            for target in range(gone + 1):
                part = ways[source, target]
                if target == source or part == 0.0:
                    continue
                share = min(part / room, 1.0) if room > 0.0 else 0.0
                went = rng.binomial(left, share)
                moved[target] += went
                left, room = left - went, room - part
            moved[source] += left
        return moved[:gone]
