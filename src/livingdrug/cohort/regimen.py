"""Turn a regimen into the dose records of each subject."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from livingdrug.core.errors import DataError, Issue, UnitError, raise_issues, unknown_name
from livingdrug.core.units import conversion_factor
from livingdrug.model.model import Model

if TYPE_CHECKING:
    import xarray as xr

    from livingdrug.model.regimen import Dose, Regimen

__all__ = ["DOSE_SCALES", "add_regimen"]

DOSE_SCALES = {"kg": ("weight", "kg"), "m2": ("body_surface_area", "m**2")}
"""Covariate, and its unit, by which an amount per kg or m2 is multiplied."""


def add_regimen(cohort: xr.Dataset, model: Model, regimen: Regimen) -> xr.Dataset:
    """Give every subject of a cohort the doses of a regimen.

    Amounts per kilogram or per square metre use the covariates ``weight`` and
    ``body_surface_area`` of the cohort, and the cap of the dose.

    Parameters
    ----------
    cohort : xarray.Dataset
    model : Model
    regimen : Regimen

    Returns
    -------
    xarray.Dataset
        A new cohort, with the records appended in the order subject by subject, dose by dose.

    Raises
    ------
    DataError
        When the model does not declare a dose, a unit does not fit, or a covariate is missing.
    """
    from livingdrug.cohort.cohort import add_records

    n = cohort.sizes["subject"]
    issues: list[Issue] = []
    amounts = [_amounts(cohort, model, dose, issues) for dose in regimen.doses]
    raise_issues(issues, DataError)
    k = len(regimen.doses)
    subjects = np.repeat(cohort["subject"].values, k)
    table = np.stack(amounts, axis=1).ravel() if amounts else np.empty(0)
    return add_records(
        cohort,
        "dose",
        {
            "subject": subjects,
            "name": np.tile(np.array([dose.name for dose in regimen.doses], dtype=str), n),
            "time": np.tile(np.array([dose.time for dose in regimen.doses], dtype=float), n),
            "amount": table,
            "unit": np.tile(np.array([_unit(model, dose) for dose in regimen.doses], dtype=str), n),
            "duration": np.tile(np.array([d.duration for d in regimen.doses], dtype=float), n),
        },
    )


def _unit(model: Model, dose: Dose) -> str:
    return model.dose(dose.name).unit


def _amounts(
    cohort: xr.Dataset, model: Model, dose: Dose, issues: list[Issue]
) -> NDArray[np.float64]:
    """Return the total amount for each subject in the unit that the model declares."""
    n = cohort.sizes["subject"]
    where = f"regimen, dose {dose.name} on day {dose.time:g}"
    known = {item.name: item for item in model.doses}
    if dose.name not in known:
        issues.append(missing_dose(model, dose.name, where))
        return np.zeros(n)
    amounts: NDArray[np.float64] = np.full(n, dose.amount)
    if dose.per:
        covariate, unit = DOSE_SCALES[dose.per]
        if covariate not in cohort:
            issues.append(
                Issue(
                    "error",
                    where,
                    f"an amount per {dose.per} needs the covariate {covariate!r} ({unit})",
                    "give it to the cohort",
                )
            )
            return np.zeros(n)
        amounts = amounts * cohort[covariate].values
    amounts = np.minimum(amounts, dose.cap)
    try:
        factor = conversion_factor(dose.unit or known[dose.name].unit, known[dose.name].unit)
    except UnitError as error:
        issues.append(Issue("error", where, str(error)))
        factor = 0.0
    return amounts * factor


def missing_dose(model: Model, name: str, where: str) -> Issue:
    """Say that a model has no such dose, and what stands for it.

    Parameters
    ----------
    model : Model
    name : str
    where : str

    Returns
    -------
    Issue
    """
    stand_in = model.dose_stand_in
    if stand_in is not None and name == "infusion":
        return Issue(
            "error",
            where,
            f"{model.id} has no dose: {stand_in.reason}",
            f"{stand_in.quantity!r} stands for it; set that instead",
        )
    return unknown_name("dose", name, [dose.name for dose in model.doses], where=where)
