"""Simulate the points of a design and take the read-outs, piece by piece."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from livingdrug.cohort.cohort import make_cohort
from livingdrug.core.errors import DraftModelWarning, SubjectFailureWarning
from livingdrug.influence.outputs import Output
from livingdrug.influence.space import Space
from livingdrug.model.regimen import Regimen
from livingdrug.solve.simulate import simulate
from livingdrug.system.system import System

__all__ = ["Evaluation", "evaluate"]

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Read-outs at the points of a design.

    Attributes
    ----------
    values : ndarray, shape (n, n_outputs)
        NaN where a subject failed or has no such number.
    units : list of str
    failed : ndarray of bool, shape (n,)
    message : str
        Of the first failure.
    method, backend : str
        Of the integration.
    """

    values: FloatArray
    units: list[str]
    failed: NDArray[np.bool_]
    message: str
    method: str
    backend: str


def evaluate(
    system: System,
    space: Space,
    u: FloatArray,
    outputs: Sequence[Output],
    *,
    period: tuple[float, float],
    regimen: Regimen | None,
    seed: int,
    piece: int,
    threads: int = 1,
    method: str | None = None,
    rtol: float = 1e-6,
    atol: float | None = None,
    progress: Callable[[int], None] | None = None,
) -> Evaluation:
    """Simulate every point.

    Parameters
    ----------
    system : System
    space : Space
    u : ndarray, shape (n, n_factors)
        Points of the unit cube.
    outputs : sequence of Output
    period : tuple of float, day
    regimen : Regimen or None
    seed : int
    piece : int
        Points simulated at once; the result does not depend on it.
    threads, method, rtol, atol, progress
        As for `simulate`.

    Returns
    -------
    Evaluation
    """
    reduce = {
        f"{place}_{part}": item
        for place, output in enumerate(outputs)
        for part, item in enumerate(output.reductions)
    }
    n = len(u)
    values, failed = np.full((n, len(outputs)), np.nan), np.zeros(n, dtype=bool)
    units, message, how = [""] * len(outputs), "", ("", "")
    for first in range(0, n, piece):
        part = slice(first, min(first + piece, n))
        labels = np.arange(part.start, part.stop)
        columns = space.columns(u[part])
        cohort = make_cohort(system.model, labels, columns, regimen=regimen, seed=seed)
        with warnings.catch_warnings():
            # failures are counted here, and of a draft the caller is told once
            warnings.simplefilter("ignore", SubjectFailureWarning)
            warnings.simplefilter("ignore", DraftModelWarning)
            found = simulate(
                system, cohort, times=period, reduce=reduce, seed=seed, threads=threads,
                method=method, rtol=rtol, atol=atol, progress=progress,
            )  # fmt: skip
        bad = found["status"].values != 0
        failed[part] = bad
        if bad.any() and not message:
            message = str(found["status_message"].values[bad][0])
        for place, output in enumerate(outputs):
            parts = [found[f"{place}_{i}"] for i in range(len(output.reductions))]
            values[part, place] = output.values([item.values for item in parts])
            units[place] = "day" if output.is_day else str(parts[0].attrs["units"])
        how = str(found.attrs["method"]), str(found.attrs["backend"])
    values[failed] = np.nan
    return Evaluation(values, units, failed, message, *how)
