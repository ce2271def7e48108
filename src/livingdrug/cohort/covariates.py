"""Resample the baseline covariates of a study."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from livingdrug.core.random import Purpose, uniforms
from livingdrug.core.units import conversion_factor
from livingdrug.model.model import Model

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["draw_covariates", "quantile_values"]

FloatArray = NDArray[np.float64]

_PREFIX = "baseline_"


def draw_covariates(
    model: Model, study: xr.Dataset | None, labels: NDArray[np.int64], seed: int
) -> dict[str, FloatArray]:
    """Draw initial values and covariates from the distributions that a study holds.

    Parameters
    ----------
    model : Model
    study : xarray.Dataset or None
    labels : ndarray of int, shape (n,)
    seed : int

    Returns
    -------
    dict
        Quantity of the model to values, shape (n,), in the model's unit.
    """
    if study is None or "covariate" not in study.dims:
        return {}
    columns: dict[str, FloatArray] = {}
    for name in study["covariate"].values.tolist():
        target = _target(model, str(name))
        if target is None:
            continue
        quantity, unit = target
        u = uniforms(seed=seed, purpose=Purpose.COVARIATE, subjects=labels, name=str(name))[:, 0]
        drawn = _draw(study, str(name), u)
        factor = conversion_factor(
            str(study["cov_unit"].sel(covariate=name).item()), unit, where=f"covariate {name}"
        )
        columns[quantity] = drawn * factor
    return columns


def _target(model: Model, covariate: str) -> tuple[str, str] | None:
    """Return the quantity of the model that a study covariate sets, and its unit."""
    for item in model.covariates:
        if item.name == covariate:
            return item.name, item.unit
    for species in model.species:
        if species.term and covariate == _PREFIX + species.term:
            return species.name, species.unit
    return None


def _draw(study: xr.Dataset, name: str, u: FloatArray) -> FloatArray:
    if "cov_values" in study:
        values = study["cov_values"].sel(covariate=name).values
        values = np.sort(values[np.isfinite(values)])
        if values.size:
            return np.asarray(values[np.minimum((u * values.size).astype(int), values.size - 1)])
    probabilities = study["quantile"].values.astype(float)
    quantiles = study["cov_value"].sel(covariate=name).values.astype(float)
    return quantile_values(probabilities, quantiles, u)


def quantile_values(probabilities: FloatArray, quantiles: FloatArray, u: FloatArray) -> FloatArray:
    """Invert a distribution that is known by its quantiles.

    Between two quantiles the logarithm is linear in the probability (the value itself where a
    quantile is not positive); nothing is drawn outside the smallest and largest one.

    Parameters
    ----------
    probabilities : ndarray, shape (k,)
        Increasing, from 0 to 1.
    quantiles : ndarray, shape (k,)
        Not decreasing.
    u : ndarray, shape (n,)
        In (0, 1).

    Returns
    -------
    ndarray, shape (n,)
    """
    if np.all(quantiles > 0):
        return np.exp(np.interp(u, probabilities, np.log(quantiles)))
    return np.interp(u, probabilities, quantiles)
