"""Draw the people of a virtual trial: parameters, weight, dose level, waiting time."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from livingdrug.cohort.cohort import add_records, cohort_from_arrays
from livingdrug.cohort.regimen import add_regimen
from livingdrug.cohort.sample import draw_cohort
from livingdrug.core.errors import DataError
from livingdrug.core.random import Purpose, normals, uniforms
from livingdrug.core.units import conversion_factor
from livingdrug.data.published_readouts import readouts_of

if TYPE_CHECKING:
    import xarray as xr

    from livingdrug.model.model import Model
    from livingdrug.model.regimen import Regimen
    from livingdrug.records.cells import Lot
    from livingdrug.records.read import Number
    from livingdrug.records.trial import Arm, Trial

__all__ = ["Drawn", "draw_people"]

Floats = NDArray[np.float64]

_WEIGHTS = (3.0, 250.0)
"""Body weights that a draw may give, kg."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """People of a virtual trial, before they are simulated.

    Attributes
    ----------
    cohort : xarray.Dataset
        With covariate ``weight`` and all doses that are known beforehand.
    dose : ndarray, shape (n_subjects,), cell
        Infused in all, as the trial planned it; what differs in the count is a parameter.
    weight : ndarray, shape (n_subjects,), kg
    wait : ndarray, shape (n_subjects,), day
        From enrolment to infusion.
    """

    cohort: xr.Dataset
    dose: Floats
    weight: Floats
    wait: Floats


def draw_people(
    model: Model,
    trial: Trial,
    regimen: Regimen,
    n: int,
    *,
    seed: int,
    first_subject: int = 0,
    values: dict[str, float] | None = None,
    typical: bool = False,
    lot: Lot | None = None,
) -> Drawn:
    """Draw people that are infused in a trial.

    Every random number is keyed by seed, person and purpose: the same person has the same
    parameters and weight in every arm and under every policy.

    Parameters
    ----------
    model : Model
        With the values of the trial's setting.
    trial : Trial
    regimen : Regimen
        Lymphodepletion and treatments on known days.
    n : int
    seed : int
    first_subject : int, optional
    values : dict from str to float, optional
        Population values in place of the model's, from a draw of their uncertainty.
    typical : bool, optional
        Everybody has the values of the model and the median weight.
    lot : Lot, optional
        Of a product from donors. The first of its people share a lot, the next another one.

    Returns
    -------
    Drawn
    """
    labels = np.arange(first_subject, first_subject + n)
    weight = np.clip(_spread(trial.people.weight, labels, seed, "weight"), *_WEIGHTS)
    wait = _spread(trial.people.wait, labels, seed, "wait")
    if typical:
        weight, wait = np.full(n, trial.people.weight.value), np.full(n, trial.people.wait.value)
        cohort = cohort_from_arrays(
            model, {**(values or {}), "weight": weight}, subjects=labels.tolist()
        )
    else:
        cohort = draw_cohort(
            model, n, seed=seed, first_subject=first_subject, values=values,
            covariates={"weight": weight},
        )  # fmt: skip
        cohort = _of_lots(cohort, model, lot, labels, seed, values or {})
    cohort = add_regimen(cohort, model, regimen)
    arms = _arms(trial, weight, labels, seed)
    amount = _amounts(trial, arms, weight, labels, seed)
    return Drawn(_infused(cohort, trial, arms, amount), amount, weight, wait)


def _of_lots(
    cohort: xr.Dataset,
    model: Model,
    lot: Lot | None,
    labels: NDArray[np.int64],
    seed: int,
    values: dict[str, float],
) -> xr.Dataset:
    """Shift what people of one lot share; what differs between people stays around it."""
    if lot is None:
        return cohort
    known = {item.name: item for item in model.parameters}
    shifted = {}
    for name, sd in lot.sd.items():
        z = normals(
            seed=seed, purpose=Purpose.TRIAL, subjects=labels // lot.people, name=f"lot {name}"
        )[:, 0]
        own = cohort[name].values if name in cohort else values.get(name, known[name].value)
        moved = np.clip(own * np.exp(sd * z), known[name].lower, known[name].upper)
        shifted[name] = ("subject", moved, {"units": known[name].unit, "role": "parameter"})
    return cohort.assign(shifted)


def _spread(number: Number, labels: NDArray[np.int64], seed: int, name: str) -> Floats:
    """Draw a log-normal covariate around its median; the same for all where no spread is given."""
    width = 0.0 if math.isnan(number.sd) else number.sd
    z = normals(seed=seed, purpose=Purpose.COVARIATE, subjects=labels, name=name)[:, 0]
    return np.asarray(number.value * np.exp(width * z))


def _arms(trial: Trial, weight: Floats, labels: NDArray[np.int64], seed: int) -> NDArray[np.int64]:
    """Choose the dose level of each person among those that hold for the weight."""
    limits = np.array([arm.up_to_weight for arm in trial.arms])
    fits = weight[:, np.newaxis] <= limits
    # the narrowest limit that holds: "up to 50 kg" goes before "any weight"
    narrowest = np.where(fits, limits, np.inf).min(axis=1)
    fits &= limits == narrowest[:, np.newaxis]
    if not fits.any(axis=1).all():
        heavy = float(weight[~fits.any(axis=1)][0])
        raise DataError(f"{trial.title}: no dose level holds for a weight of {heavy:.0f} kg")
    shares = np.array([arm.share for arm in trial.arms]) * fits
    # where a weight leaves only levels without a share, they are equally likely
    shares = np.where(shares.sum(axis=1, keepdims=True) > 0, shares, fits)
    steps = np.cumsum(shares / shares.sum(axis=1, keepdims=True), axis=1)
    level = uniforms(seed=seed, purpose=Purpose.TRIAL, subjects=labels, name="arm")
    return np.asarray((level > steps[:, :-1]).sum(axis=1))


def _amounts(
    trial: Trial, arms: NDArray[np.int64], weight: Floats, labels: NDArray[np.int64], seed: int
) -> Floats:
    level = uniforms(seed=seed, purpose=Purpose.TRIAL, subjects=labels, name="dose")[:, 0]
    amount = np.zeros(labels.size)
    for place, arm in enumerate(trial.arms):
        here = arms == place
        top = arm.amount if math.isnan(arm.highest) else arm.highest
        chosen = arm.amount * (top / arm.amount) ** (level ** _bend(trial, arm, top))
        if arm.per == "kg":
            chosen = chosen * weight
        cells = np.minimum(chosen, arm.cap) * conversion_factor(arm.unit, "cell")
        amount = np.where(here, cells, amount)
    return amount


def _bend(trial: Trial, arm: Arm, top: float) -> float:
    """Return the power of a uniform number that puts the median dose where the trial had it.

    1 spreads a range of doses evenly on the log scale, which holds where no median is published.
    """
    unit = "cells/kg" if arm.per == "kg" else "cells"
    known = readouts_of(trial.readouts) if trial.readouts and top > arm.amount else ()
    for row in known:
        inside = arm.amount < row.value < top
        if row.endpoint == "dose_median" and row.unit == unit and inside and arm.unit == "cell":
            share = math.log(row.value / arm.amount) / math.log(top / arm.amount)
            return math.log(share) / math.log(0.5)
    return 1.0


def _infused(
    cohort: xr.Dataset, trial: Trial, arms: NDArray[np.int64], amount: Floats
) -> xr.Dataset:
    subjects = cohort["subject"].values
    for place, arm in enumerate(trial.arms):
        here = arms == place
        for day, fraction in zip(arm.days, arm.fractions, strict=True):
            cohort = _one_dose(cohort, arm, subjects[here], amount[here] * fraction, day)
    return cohort


def _one_dose(
    cohort: xr.Dataset, arm: Arm, subjects: NDArray[np.generic], amount: Floats, day: float
) -> xr.Dataset:
    count = len(subjects)
    return add_records(
        cohort,
        "dose",
        {
            "subject": subjects,
            "name": np.full(count, "infusion"),
            "time": np.full(count, day),
            "amount": amount,
            "unit": np.full(count, "cell"),
            "duration": np.zeros(count),
        },
    )
