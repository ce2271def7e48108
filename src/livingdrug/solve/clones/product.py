"""What a product is made of, and the random numbers of clones."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from livingdrug.core.errors import DataError
from livingdrug.core.random import Purpose, integers_hash, key_words, philox4x32, subject_words
from livingdrug.solve.clones.record import Clones

__all__ = ["Product", "clone_generator"]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


def clone_generator(
    seed: int, subject: int | str, replicate: int, what: str
) -> np.random.Generator:
    """Return the stream of random numbers of one subject and replicate.

    The key of NumPy's Philox is what our own keyed numbers give for the seed, the subject, the
    replicate and the name of what is drawn, so that no stream depends on who else is simulated.

    Parameters
    ----------
    seed : int
    subject : int or str
    replicate : int
    what : str

    Returns
    -------
    numpy.random.Generator
    """
    low, high = subject_words([subject])
    first, second = key_words(seed, Purpose.STOCHASTIC)
    counter = [int(low[0]), replicate, integers_hash(f"clones:{what}"), 0]
    words = philox4x32(counter, [first, second ^ int(high[0])]).astype(np.uint64).tolist()
    key = sum(word << (32 * place) for place, word in enumerate(words))
    return np.random.Generator(np.random.Philox(key=key))


class Product:
    """The clones of the product of one subject: fitness, and sizes once it is given.

    Fitness and expected sizes belong to the subject, so that replicates are fates of one product.

    Parameters
    ----------
    clones : Clones
    seed : int
    subject : int or str
    """

    def __init__(self, clones: Clones, seed: int, subject: int | str) -> None:
        self.clones, self.subject = clones, subject
        rng = clone_generator(seed, subject, 0, "product")
        first = clones.n_outliers
        self.fitness: FloatArray = np.ones(clones.total)
        self.fitness[first:] = _lognormal(rng, clones.n, clones.fitness_cv)
        outliers = clones.each_outlier
        self.fitness[:first] = [item.fitness for item in outliers]
        self._given = np.array([item.cells for item in outliers], dtype=np.int64)
        self._rng = rng
        weights = _lognormal(rng, clones.n, clones.size_cv)
        self._weights = weights / weights.sum()
        self._shares: FloatArray | None = None

    def give(self, rng: np.random.Generator, arrived: IntArray) -> IntArray:
        """Share cells that arrive among the clones.

        What is given first holds every clone; what is given later is drawn from what it was made
        of.

        Parameters
        ----------
        rng : numpy.random.Generator
        arrived : ndarray of int, shape (n_species,)

        Returns
        -------
        ndarray of int, shape (n_species, n_clones)

        Raises
        ------
        DataError
            When fewer cells are given than there are clones.
        """
        total = int(arrived.sum())
        cells = np.zeros((arrived.size, self.clones.total), dtype=np.int64)
        if total == 0:
            return cells
        if self._shares is not None:
            for place, count in enumerate(arrived.tolist()):
                cells[place] = rng.multinomial(count, self._shares)
            return cells
        sizes = self._first(total)
        self._shares = sizes / total
        left, room = sizes, float(total)
        for place, count in enumerate(arrived.tolist()[:-1]):
            cells[place] = rng.binomial(left, min(count / room, 1.0) if room > 0.0 else 0.0)
            left, room = left - cells[place], room - count
        cells[-1] = left
        return cells

    def _first(self, total: int) -> IntArray:
        clones, outliers = self.clones, int(self._given.sum())
        least = outliers + clones.n
        if total < least:
            raise DataError(
                f"subject {self.subject}: the product holds {total:,} cells, fewer than the "
                f"{least:,} that its {clones.total:,} clones need; give more cells or fewer clones"
            )
        spare = total - least
        if clones.size_cv > 0.0:
            more = self._rng.multinomial(spare, self._weights)
        else:
            more = np.full(clones.n, spare // clones.n)
            more[: spare % clones.n] += 1
        return np.concatenate([self._given, 1 + more]).astype(np.int64)


def _lognormal(rng: np.random.Generator, n: int, cv: float) -> FloatArray:
    """Return log-normal numbers with mean 1; they are drawn also where they are all 1."""
    log_variance = math.log1p(cv * cv)
    values = rng.standard_normal(n)
    return np.exp(math.sqrt(log_variance) * values - 0.5 * log_variance)
