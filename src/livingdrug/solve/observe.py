"""Simulated observations: residual error and limits of quantification on top of a course."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from livingdrug.core.errors import OptionError, raise_issues, unknown_name
from livingdrug.core.random import Purpose, normals
from livingdrug.model.model import Model
from livingdrug.model.variability import ResidualError

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["add_observations"]

FloatArray = NDArray[np.float64]


def add_observations(
    course: xr.Dataset, model: Model, *, seed: int, lloq: Mapping[str, float] | None = None
) -> xr.Dataset:
    """Add what an assay would report: `observed`, `blq` and `lloq`.

    The random number of an observation is keyed by seed, subject, observable and time, so that
    asking for one visit more changes no other observation.

    Parameters
    ----------
    course : xarray.Dataset
    model : Model
    seed : int
    lloq : mapping from observable to float, optional
        Limits in place of the model's.

    Returns
    -------
    xarray.Dataset
        The course, unchanged when no observable has a residual error or a limit.

    Raises
    ------
    OptionError
        When `lloq` names what is not an observable, or is not positive.
    """
    given = dict(lloq or {})
    names = [item.name for item in model.observables]
    raise_issues(
        [unknown_name("observable", n, names, where="lloq") for n in given if n not in names],
        OptionError,
    )
    if any(not value > 0 for value in given.values()):
        raise OptionError(f"lloq {given} must be > 0")
    limits = {item.name: given.get(item.name, item.lloq) for item in model.observables}
    chosen = [o for o in model.observables if o.residual or limits[o.name] is not None]
    if not chosen:
        return course
    values, below = [], []
    for observable in chosen:
        value = course[observable.name].values
        if observable.residual is not None:
            value = _scatter(course, observable.name, observable.residual, seed)
        limit = limits[observable.name]
        is_below = np.zeros(value.shape, bool) if limit is None else value < limit
        values.append(np.where(is_below, np.nan, value))
        below.append(is_below)
    dims = ("observable", *course[chosen[0].name].dims)
    return course.assign(
        observed=(dims, np.stack(values), {"long_name": "simulated observation"}),
        blq=(dims, np.stack(below), {"long_name": "below the limit of quantification"}),
        lloq=(
            ("observable",),
            np.array([np.nan if limits[o.name] is None else limits[o.name] for o in chosen], float),
            {"long_name": "lower limit of quantification, in the unit of the observable"},
        ),
    ).assign_coords(observable=("observable", [o.name for o in chosen]))


def _scatter(course: xr.Dataset, name: str, residual: ResidualError, seed: int) -> FloatArray:
    value: FloatArray = course[name].values
    repeats = course.sizes.get("replicate", 1)
    subjects = np.repeat(course["subject"].values, repeats)
    replicates = np.tile(np.arange(repeats), course.sizes["subject"])
    columns = [
        normals(
            seed=seed,
            purpose=Purpose.RESIDUAL,
            subjects=subjects,
            name=f"{name}@{float(time).hex()}",
            replicate=replicates,
        )[:, 0]
        for time in course["time"].values
    ]
    standard = np.stack(columns, axis=1).reshape(value.shape)
    if residual.kind == "combined":
        return value + np.hypot(residual.sd * value, residual.sd_additive) * standard
    e = residual.sd * standard
    if residual.kind == "log_additive":
        return value * np.exp(e)
    if residual.kind == "proportional":
        return value * (1.0 + e)
    return value + e
