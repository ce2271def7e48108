"""What is kept of the clones of one run: indices over time, and the sizes of some."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from livingdrug.solve.clones.indices import clonality
from livingdrug.solve.clones.record import Clones

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["INDICES", "History", "Seen", "add_clones"]

INDICES: dict[str, tuple[str, str]] = {
    "clones_alive": ("1", "clones that have a cell"),
    "shannon": ("1", "Shannon entropy of the shares of clones, in nats"),
    "gini": ("1", "Gini coefficient of the sizes of clones that have a cell"),
    "dominant_fraction": ("1", "share of the largest clone"),
    "outlier_fraction": ("1", "share of the outliers"),
}
"""Variables over time, with unit and meaning."""


@dataclass(frozen=True, slots=True)
class Seen:
    """Of one subject and replicate.

    Attributes
    ----------
    indices : ndarray, shape (len(INDICES), n_times)
    sizes : ndarray, shape (n_times, n_kept)
        Cells, the largest clone first.
    numbers : ndarray of int, shape (n_kept,)
        Of these clones in the product; outliers come first there.
    fitness : ndarray, shape (n_kept,)
    """

    indices: NDArray[np.float64]
    sizes: NDArray[np.float64]
    numbers: NDArray[np.int64]
    fitness: NDArray[np.float64]


class History:
    """Collects sizes of all clones at the times of a course.

    Parameters
    ----------
    clones : Clones
    n_times : int
    """

    def __init__(self, clones: Clones, n_times: int) -> None:
        self.clones = clones
        self.indices = np.full((len(INDICES), n_times), math.nan)
        self.sizes = np.zeros((n_times, clones.total))

    def note(self, place: int, sizes: NDArray[np.int64]) -> None:
        """Keep the sizes at one time.

        Parameters
        ----------
        place : int
            Of the time.
        sizes : ndarray of int, shape (n_clones,)
        """
        found = clonality(sizes)
        total = float(sizes.sum())
        outliers = float(sizes[: self.clones.n_outliers].sum())
        self.indices[:, place] = (
            found.alive, found.shannon, found.gini, found.dominant,
            outliers / total if total > 0.0 else math.nan,
        )  # fmt: skip
        self.sizes[place] = sizes

    def seen(self, fitness: NDArray[np.float64]) -> Seen:
        """Return what is kept.

        Parameters
        ----------
        fitness : ndarray, shape (n_clones,)

        Returns
        -------
        Seen
        """
        clones = self.clones
        totals = self.sizes.sum(axis=1, keepdims=True)
        largest = (self.sizes / np.maximum(totals, 1.0)).max(axis=0)
        rest = clones.kept - clones.n_outliers
        order = np.argsort(-largest[clones.n_outliers :], kind="stable")[: max(rest, 0)]
        chosen = np.concatenate([np.arange(clones.n_outliers), order + clones.n_outliers])
        chosen = chosen[: clones.kept].astype(np.int64)
        return Seen(self.indices, self.sizes[:, chosen], chosen, fitness[chosen])


def add_clones(
    course: xr.Dataset, seen: Sequence[Seen | None], clones: Clones, shape: tuple[int, ...]
) -> xr.Dataset:
    """Add what was seen of clones to a course.

    Parameters
    ----------
    course : xarray.Dataset
    seen : sequence of Seen or None
        Of each subject and replicate; None where it failed.
    clones : Clones
    shape : tuple of int
        Subjects, and replicates where there are some.

    Returns
    -------
    xarray.Dataset
    """
    lead = ("subject", "replicate")[: len(shape)]
    n_times, kept = course.sizes["time"], clones.kept
    lost = Seen(
        np.full((len(INDICES), n_times), math.nan),
        np.full((n_times, kept), math.nan),
        np.full(kept, -1),
        np.full(kept, math.nan),
    )
    rows = [lost if item is None else item for item in seen]
    indices = np.stack([item.indices for item in rows]).reshape(*shape, len(INDICES), n_times)
    added: dict[str, object] = {
        name: (
            (*lead, "time"),
            indices[..., place, :],
            {"units": unit, "kind": "observable", "long_name": text},
        )
        for place, (name, (unit, text)) in enumerate(INDICES.items())
    }
    if kept:
        sizes = np.stack([item.sizes for item in rows]).reshape(*shape, n_times, kept)
        numbers = np.stack([item.numbers for item in rows]).reshape(*shape, kept)
        fitness = np.stack([item.fitness for item in rows]).reshape(*shape, kept)
        said = {"units": "cell", "kind": "observable", "long_name": "cells of a clone"}
        added["clone_size"] = ((*lead, "time", "clone"), sizes, said)
        said = {"units": "1", "long_name": "number of a clone in the product, outliers first"}
        added["clone_number"] = ((*lead, "clone"), numbers, said)
        said = {"units": "1", "long_name": "factor of the rate of division"}
        added["clone_fitness"] = ((*lead, "clone"), fitness, said)
    return course.assign(added)
