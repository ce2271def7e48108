"""What a streamed run is asked for, checked and turned into pieces."""

from __future__ import annotations

import dataclasses
import hashlib
import math
import platform
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import ArrayLike

from livingdrug.cohort.sample import draw_cohort
from livingdrug.core.digest import dataset_digest
from livingdrug.core.errors import OptionError
from livingdrug.core.provenance import collect_versions
from livingdrug.interop.tally import PiecePlan
from livingdrug.model.model import Model
from livingdrug.solve.bind import check_times
from livingdrug.solve.reductions import Reduction, describe, plan_reductions
from livingdrug.solve.simulate import simulate
from livingdrug.system.compile import compile_model

if TYPE_CHECKING:
    import xarray as xr

    from livingdrug.model.regimen import Regimen
    from livingdrug.solve.backends.base import Progress

__all__ = ["StreamOptions", "default_piece", "make_plan"]

_PIECE_BYTES = 1 << 24
"""Of course values in a piece: small enough that the copies made of them do not matter."""
_PIECE_MOST, _PIECE_LEAST = 16384, 64

_DECIDING = ("livingdrug", "numpy", "scipy", "numba", "llvmlite")
"""Packages whose version may change the last bit of a result."""


@dataclass(frozen=True, slots=True)
class StreamOptions:
    """What decides a streamed result, as in `simulate_to`."""

    model: Model
    n: int
    times: tuple[float, ...]
    reduce: Mapping[str, Reduction] | None = None
    seed: int = 0
    study: xr.Dataset | None = None
    values: Mapping[str, float] = dataclasses.field(default_factory=dict)
    covariates: Mapping[str, ArrayLike] = dataclasses.field(default_factory=dict)
    assume_cv: Mapping[str, float] = dataclasses.field(default_factory=dict)
    regimen: Regimen | None = None
    method: str | None = None
    backend: str = "auto"
    rtol: float = 1e-6
    atol: float | Mapping[str, float] | None = None
    extinction: Literal["model", "off"] | Mapping[str, float] = "model"
    lloq: Mapping[str, float] | None = None
    max_steps: int = 100_000
    threads: int = 1
    piece: int | None = None


def make_plan(options: StreamOptions) -> PiecePlan:
    """Check options, and turn them into what draws and simulates a piece.

    Parameters
    ----------
    options : StreamOptions

    Returns
    -------
    PiecePlan

    Raises
    ------
    OptionError
    """
    o = options
    for name, value, low in (("n", o.n, 1), ("piece", 1 if o.piece is None else o.piece, 1)):
        if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < low:
            raise OptionError(f"{name} = {value!r}: must be a whole number >= {low}")
    system = compile_model(o.model)
    check_times(list(o.times))
    if o.reduce is not None:
        plan_reductions(system, o.reduce, list(o.times))  # refuses what cannot be reduced
    piece = o.piece or default_piece(len(system.outputs), None if o.reduce else len(o.times))
    arrays = {name: np.asarray(value) for name, value in o.covariates.items()}
    for name, array in arrays.items():
        if array.ndim and array.shape != (o.n,):
            raise OptionError(f"covariate {name}: shape {array.shape}, not ({o.n},) or ()")

    def draw(count: int, first: int) -> xr.Dataset:
        part = {k: v[first : first + count] if v.ndim else v for k, v in arrays.items()}
        return draw_cohort(
            o.model, count, seed=o.seed, first_subject=first, study=o.study, values=o.values,
            covariates=part, assume_cv=o.assume_cv, regimen=o.regimen,
        )  # fmt: skip

    def solve(cohort: xr.Dataset, progress: Progress | None) -> xr.Dataset:
        return simulate(
            system, cohort, times=o.times, method=o.method, backend=o.backend, seed=o.seed,
            rtol=o.rtol, atol=o.atol, extinction=o.extinction, lloq=o.lloq, reduce=o.reduce,
            max_steps=o.max_steps, threads=o.threads, progress=progress,
        )  # fmt: skip

    return PiecePlan(int(o.n), int(piece), draw, solve, _key(o, int(piece)))


def default_piece(n_outputs: int, n_times: int | None) -> int:
    """Return how many subjects a piece has when nobody says.

    Parameters
    ----------
    n_outputs : int
    n_times : int or None
        None for reductions.

    Returns
    -------
    int
        A power of two.
    """
    if n_times is None:
        return _PIECE_MOST
    fitting = _PIECE_BYTES // (8 * n_outputs * n_times)
    power = 1 << max(int(math.log2(fitting)) if fitting else 0, 0)
    return min(max(power, _PIECE_LEAST), _PIECE_MOST)


def _key(o: StreamOptions, piece: int) -> dict[str, object]:
    """Return everything that decides the result, as plain data for the journal."""
    versions = collect_versions()
    reduce = o.reduce
    kept = None if reduce is None else {name: describe(item) for name, item in reduce.items()}
    covariates = {name: _array_digest(value) for name, value in o.covariates.items()}
    return {
        "model": o.model.id,
        "variant": o.model.variant,
        "equations": o.model.math_hash,
        "values of the model": o.model.evidence_hash,
        "subjects": int(o.n),
        "subjects in a piece": piece,
        "days": list(map(float, o.times)),
        "reduce": kept,
        "seed": int(o.seed),
        "study": None if o.study is None else dataset_digest(o.study),
        "values": dict(o.values),
        "covariates": covariates,
        "assume_cv": dict(o.assume_cv),
        "regimen": None if o.regimen is None else repr(o.regimen),
        "method": o.method,
        "backend": o.backend,
        "rtol": o.rtol,
        "atol": dict(o.atol) if isinstance(o.atol, Mapping) else o.atol,
        "extinction": o.extinction if isinstance(o.extinction, str) else dict(o.extinction),
        "lloq": None if o.lloq is None else dict(o.lloq),
        "max_steps": int(o.max_steps),
        **{f"version of {name}": versions[name] for name in _DECIDING if name in versions},
        "system": platform.system(),
        "machine": platform.machine(),
    }


def _array_digest(value: ArrayLike) -> object:
    array = np.asarray(value, dtype=np.float64)
    if not array.ndim:
        return array.item()
    return f"sha256 {hashlib.sha256(array.astype('<f8').tobytes()).hexdigest()}"
