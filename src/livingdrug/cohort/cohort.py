"""Build cohorts from arrays."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from livingdrug.cohort.typical import Typical
from livingdrug.core.errors import DataError, Issue, raise_issues, unknown_name
from livingdrug.core.schema import COHORT_SCHEMA, SCHEMA_VERSION
from livingdrug.model.model import Model, Role
from livingdrug.model.parameter import Parameter
from livingdrug.model.species import Compartment

if TYPE_CHECKING:
    import xarray as xr

    from livingdrug.model.regimen import Regimen

__all__ = ["RECORD_COLUMNS", "add_records", "cohort_from_arrays", "make_cohort", "settable"]

STANDARD_COVARIATES = {"weight": "kg", "body_surface_area": "m**2", "age": "year"}
"""Covariates that any cohort may carry, with their unit."""

_SMALLEST_SIZE = 1e-3  # kg or m2; a weight of nothing is a mistake

RECORD_COLUMNS = {
    "dose": ("subject", "name", "time", "amount", "unit", "duration"),
    "knot": ("subject", "input", "time", "value"),
    "record": ("subject", "time", "side"),
    "reset": ("subject", "time"),
}
"""Columns of the record tables of a cohort, by their dimension."""


def settable(model: Model) -> dict[str, tuple[str, str]]:
    """Return what a cohort may give a value to.

    Parameters
    ----------
    model : Model

    Returns
    -------
    dict
        Name to ``(role, unit)`` with role ``"parameter"``, ``"initial"`` or ``"covariate"``.
    """
    roles = model.roles
    computed = {name for name, _ in model.initial_assignments}
    found: dict[str, tuple[str, str]] = {}
    sized: list[Parameter | Compartment] = [*model.parameters, *model.compartments]
    for item in sized:
        if item.name not in computed and roles[item.name] is not Role.ASSIGNED:
            is_state = roles[item.name] is Role.STATE
            found[item.name] = ("initial" if is_state else "parameter", item.unit)
    for species in model.species:
        if species.name not in computed and roles[species.name] is not Role.ASSIGNED:
            found[species.name] = ("initial", species.unit)
    for name, unit in STANDARD_COVARIATES.items():
        found.setdefault(name, ("covariate", unit))
    for covariate in model.covariates:
        found[covariate.name] = ("covariate", covariate.unit)
    return found


def check_value_names(model: Model, names: Sequence[str], where: str) -> list[Issue]:
    """Check that a model lets these names be set.

    Parameters
    ----------
    model : Model
    names : sequence of str
    where : str

    Returns
    -------
    list of Issue
    """
    known = settable(model)
    computed = dict(model.initial_assignments)
    issues = []
    for name in names:
        if name in known:
            continue
        if name in computed:
            issues.append(
                Issue(
                    "error",
                    where,
                    f"the initial value of {name!r} is computed by the model",
                    "set the parameters that it is computed from",
                )
            )
        else:
            issues.append(unknown_name("parameter or initial value", name, known, where=where))
    return issues


def cohort_from_arrays(
    model: Model,
    values: Mapping[str, ArrayLike],
    *,
    subjects: Sequence[int] | Sequence[str] | None = None,
    regimen: Regimen | None = None,
) -> xr.Dataset:
    """Build a cohort from one array for each quantity that differs from the model.

    Parameters
    ----------
    model : Model
    values : mapping from name to array_like, shape (n,) or ()
        Parameters, initial values of species, and covariates, in the model's units. Scalars
        hold for all subjects. A covariate has the model's effects on parameters that are not
        given; a parameter that is given is the value of the subject, effects included.
    subjects : sequence of int or str, optional
        Labels; 0, 1, ... when not given.
    regimen : Regimen, optional

    Returns
    -------
    xarray.Dataset
        A cohort, dimension ``subject``.

    Raises
    ------
    DataError
        Listing every unknown name, shape and value out of bounds.

    Examples
    --------
    >>> import livingdrug as ld
    >>> model = ld.get_model("kimmel2021")
    >>> cohort = ld.cohort_from_arrays(model, {"r_B": [0.05, 0.1, 0.2]})
    >>> cohort.sizes["subject"]
    3
    """
    issues = check_value_names(model, list(values), "cohort")
    known = settable(model)
    arrays = {name: np.asarray(value) for name, value in values.items() if name in known}
    sizes = {array.shape[0] for array in arrays.values() if array.ndim == 1}
    if subjects is not None:
        sizes.add(len(subjects))
    if len(sizes) > 1:
        shown = ", ".join(f"{name} {array.shape}" for name, array in arrays.items())
        issues.append(Issue("error", "cohort", f"lengths differ: {shown}", "give one per subject"))
    n = max(sizes, default=1)
    for name, array in arrays.items():
        issues += _check_array(model, name, array)
    if n == 0:
        issues.append(Issue("error", "cohort", "there are no subjects"))
    raise_issues(issues, DataError)
    labels = np.asarray(subjects) if subjects is not None else np.arange(n)
    columns = {
        name: np.broadcast_to(array.astype(float), (n,)).copy() for name, array in arrays.items()
    }
    columns |= _shifted(model, columns)
    return make_cohort(model, labels, columns, regimen=regimen)


def _shifted(
    model: Model, columns: Mapping[str, NDArray[np.float64]]
) -> dict[str, NDArray[np.float64]]:
    """Return the parameters that covariates of the subjects shift, where they are not given."""
    typical = Typical(model, {}, columns)
    names = [
        effect.parameter
        for effect in model.covariate_effects
        if effect.covariate in columns and effect.parameter not in columns
    ]
    made = {name: typical(name) for name in dict.fromkeys(names)}
    issues: list[Issue] = []
    for name, values in made.items():
        issues += check_bounds(model, name, values, f"cohort, {name}, after covariate effects")
    raise_issues(issues, DataError)
    return made


def _check_array(model: Model, name: str, array: NDArray[np.generic]) -> list[Issue]:
    where = f"cohort, {name}"
    if array.ndim > 1:
        return [Issue("error", where, f"shape {array.shape}; give one value per subject")]
    if not np.issubdtype(array.dtype, np.number) and array.dtype != np.bool_:
        return [Issue("error", where, f"not numbers: {array.ravel()[:3].tolist()}")]
    return check_bounds(model, name, array.astype(float).ravel(), where)


def check_bounds(model: Model, name: str, values: NDArray[np.float64], where: str) -> list[Issue]:
    """Check that values lie inside the bounds of a parameter or species.

    Parameters
    ----------
    model : Model
    name : str
    values : ndarray, shape (n,)
    where : str

    Returns
    -------
    list of Issue
    """
    low, high = -math.inf, math.inf
    if name in STANDARD_COVARIATES:
        low = 0.0 if name == "age" else _SMALLEST_SIZE
    for parameter in model.parameters:
        if parameter.name == name:
            low, high = parameter.lower, parameter.upper
    for species in model.species:
        if species.name == name and species.non_negative:
            low = 0.0
    bad = np.isnan(values) | (values < low) | (values > high)
    if not bad.any():
        return []
    first = int(np.flatnonzero(bad)[0])
    allowed = f"allowed are {low:g} or more" if high == math.inf else f"{low:g} to {high:g}"
    count = f" and {int(bad.sum()) - 1} more" if bad.sum() > 1 else ""
    at = f" of subject {first}" if values.size > 1 else ""
    return [Issue("error", where, f"value {values[first]:g}{at}{count} is out of bounds", allowed)]


def make_cohort(
    model: Model,
    labels: NDArray[np.generic],
    columns: Mapping[str, NDArray[np.float64]],
    *,
    regimen: Regimen | None = None,
    seed: int | str = "",
    variability: str = "none",
    assumed: Sequence[str] = (),
    source: str = "",
) -> xr.Dataset:
    """Wrap checked arrays as a cohort.

    Parameters
    ----------
    model : Model
    labels : ndarray, shape (n,)
    columns : mapping from name to ndarray, shape (n,)
    regimen : Regimen, optional
    seed : int, optional
    variability : str, optional
        Where the differences between subjects come from, in words.
    assumed : sequence of str, optional
        What was assumed, in words.
    source : str, optional
        Study whose subjects these are, or whose covariates were used.

    Returns
    -------
    xarray.Dataset
    """
    import xarray as xr

    known = settable(model)
    cohort = xr.Dataset(
        {
            name: ("subject", values, {"units": known[name][1], "role": known[name][0]})
            for name, values in columns.items()
        },
        coords={"subject": ("subject", labels)},
        attrs={
            "schema": COHORT_SCHEMA,
            "schema_version": SCHEMA_VERSION,
            "model": model.id,
            "variant": model.variant,
            "organism": model.organism,
            "math_hash": model.math_hash,
            "seed": seed,
            "variability": variability,
            "assumed": json.dumps(list(assumed)),
            "source": source,
        },
    )
    if regimen is not None:
        from livingdrug.cohort.regimen import add_regimen

        cohort = add_regimen(cohort, model, regimen)
    return cohort


def add_records(cohort: xr.Dataset, kind: str, columns: Mapping[str, ArrayLike]) -> xr.Dataset:
    """Append records, keeping their order.

    Parameters
    ----------
    cohort : xarray.Dataset
    kind : {"dose", "knot", "record", "reset"}
    columns : mapping from column to array_like, shape (n_records,)
        The columns of `RECORD_COLUMNS`; of a dose or record also ``resets``, how often its subject
        was set back before it, where the cohort has resets.

    Returns
    -------
    xarray.Dataset
        A new cohort.

    Raises
    ------
    DataError
        When the cohort has resets, and it is not said where among them the records stand.
    """
    added = {}
    counted = ("resets",) if f"{kind}_resets" in cohort or "resets" in columns else ()
    if counted and "resets" not in columns:
        raise DataError(
            f"cohort: people are set back in it, and it is not said where among the resets the "
            f"new {kind} records stand; give the column 'resets', how many of the subject come "
            "before each record"
        )
    for column in (*RECORD_COLUMNS[kind], *counted):
        name = f"{kind}_{column}"
        values = np.asarray(columns[column])
        if (
            values.size == 0
            and values.dtype == float
            and column in ("name", "unit", "side", "input")
        ):
            values = values.astype(str)
        if name in cohort:
            old = cohort[name].values
            values = np.concatenate([old, values]) if old.size else values
        added[name] = (kind, values)
    rest = cohort.drop_vars([name for name in added if name in cohort])
    return rest.assign(added)
