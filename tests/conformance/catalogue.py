"""The models of the catalogue with their typical doses, and with each state or dose taken away."""

from __future__ import annotations

import dataclasses
import functools

import numpy as np
import xarray as xr

from livingdrug.catalogue.index import get_entry, get_model, list_models
from livingdrug.cohort.cohort import cohort_from_arrays
from livingdrug.model.model import Model, Role
from livingdrug.model.regimen import Dose, Regimen
from livingdrug.solve.simulate import simulate

__all__ = ["TIMES", "distinct_models", "emptied", "regimen", "typical", "undosed"]

TIMES = (0.0, 0.5, 1.0, 3.0, 7.0, 14.0, 21.0, 28.0)


def regimen(model: Model, without: str = "") -> Regimen:
    """Give each dose of a model once, on day 0, in its typical amount."""
    doses = [
        Dose(item.name, 1.0 if item.typical is None else item.typical, item.unit)
        for item in model.doses
        if item.name != without
    ]
    return Regimen(tuple(doses))


@functools.cache
def typical(model_id: str, variant: str = "") -> tuple[Model, xr.Dataset]:
    """Return a model and one subject with the typical doses."""
    # whether a model reproduces its source is tested elsewhere; here any status is as good
    model = dataclasses.replace(get_model(model_id, variant), status="reproduced")
    return model, cohort_from_arrays(model, {}, regimen=regimen(model))


def distinct_models() -> list[tuple[str, str]]:
    """Name one variant for each different set of equations."""
    found: dict[tuple[str, str], tuple[str, str]] = {}
    for model_id in list_models():
        for variant in get_entry(model_id).published.variants:
            found.setdefault(
                (model_id, get_model(model_id, variant).math_hash), (model_id, variant)
            )
    return list(found.values())


def emptied(model: Model) -> tuple[Model, xr.Dataset, list[str]]:
    """Return a model and subjects each of which starts with another state at exactly zero.

    Initial values that the model computes are computed once, and then given as numbers.
    """
    states = [item.name for item in model.species if model.roles[item.name] is Role.STATE]
    start = simulate(model, times=[0.0], side="left", backend="reference")
    kept = tuple(pair for pair in model.initial_assignments if pair[0] not in states)
    model = dataclasses.replace(model, initial_assignments=kept)
    values = {
        name: np.where(np.arange(len(states)) == place, 0.0, start[name].item())
        for place, name in enumerate(states)
    }
    return model, cohort_from_arrays(model, values, regimen=regimen(model)), states


def undosed(model: Model) -> list[tuple[str, xr.Dataset]]:
    """Return one subject for each dose that is left out, and one without any."""
    found = [
        (item.name, cohort_from_arrays(model, {}, regimen=regimen(model, item.name)))
        for item in model.doses
    ]
    return [*found, ("all", cohort_from_arrays(model, {}))]
