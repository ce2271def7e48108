"""The numbers that a first look at a course needs: peak, day of peak, exposure, tumour outcome."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from livingdrug.clinical.kinetics import KineticsRules, kinetics

if TYPE_CHECKING:
    import xarray as xr

__all__ = [
    "Metric",
    "end_values",
    "has_kinetics",
    "headline",
    "primary_kinetics",
    "primary_variable",
    "time_unit",
    "tumor_variable",
]

_ROUNDING = 1e-9
"""A curve of an amount may dip below zero by this part of its largest value, never by more."""

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Metric:
    """One number over people.

    Attributes
    ----------
    name : str
        Key for machines.
    label : str
        For people.
    unit : str
    values : ndarray, shape (n_subjects,)
        One per person; NaN where there is none.
    note : str
        How it is defined, or why some people have none.
    """

    name: str
    label: str
    unit: str
    values: FloatArray
    note: str = ""

    def quantile(self, probability: float) -> float:
        """Return a quantile over the people that have a value.

        Parameters
        ----------
        probability : float

        Returns
        -------
        float
            NaN when nobody has.
        """
        used = self.values[np.isfinite(self.values)]
        return float(np.quantile(used, probability)) if used.size else math.nan

    @property
    def n_missing(self) -> int:
        """People without a value."""
        return int(np.sum(~np.isfinite(self.values)))


def primary_variable(course: xr.Dataset) -> str:
    """Return the variable whose kinetics come first: the one whose term names CAR cells.

    Parameters
    ----------
    course : xarray.Dataset

    Returns
    -------
    str
    """
    curves = [str(name) for name, v in course.data_vars.items() if v.dims == ("subject", "time")]
    for name in curves:
        if str(course[name].attrs.get("term", "")).startswith("car_"):
            return name
    observables = [name for name in curves if course[name].attrs.get("kind") == "observable"]
    return (observables or curves)[0]


def tumor_variable(course: xr.Dataset) -> str | None:
    """Return the variable that is the tumour; None when the course has none.

    Parameters
    ----------
    course : xarray.Dataset

    Returns
    -------
    str or None
    """
    for kind in ("observable", "species"):
        for name, variable in course.data_vars.items():
            term = str(variable.attrs.get("term", ""))
            if term.startswith("tumor_") and variable.attrs.get("kind") == kind:
                return str(name)
    return None


def has_kinetics(course: xr.Dataset) -> bool:
    """Tell whether the primary variable is an amount, which has a peak and an area.

    Parameters
    ----------
    course : xarray.Dataset

    Returns
    -------
    bool
        False where a curve falls below zero, as a state of any other model may, and without curves.
    """
    if not any(variable.dims == ("subject", "time") for variable in course.data_vars.values()):
        return False
    values = course[primary_variable(course)].sel(time=course["time"] >= 0).values
    largest = np.fmax.reduce(values, axis=-1, initial=0.0, keepdims=True)
    return not bool((values < -_ROUNDING * largest).any())


def primary_kinetics(course: xr.Dataset) -> xr.Dataset:
    """Return the kinetic endpoints of the primary variable, from the model's curve.

    Parameters
    ----------
    course : xarray.Dataset
        Failed subjects have no value.

    Returns
    -------
    xarray.Dataset
    """
    rules = KineticsRules(negative_tolerance=_ROUNDING)
    after = course.sel(time=course["time"] >= 0)
    return kinetics(after, primary_variable(course), rules=rules, failures="exclude")


def headline(course: xr.Dataset, found: xr.Dataset) -> list[Metric]:
    """Take the headline numbers from the model's curves.

    Parameters
    ----------
    course : xarray.Dataset
        Failed subjects have no value in any metric.
    found : xarray.Dataset
        Of `primary_kinetics`.

    Returns
    -------
    list of Metric
    """
    return [*_kinetics(course, found), *_tumor(course)]


def end_values(course: xr.Dataset) -> list[Metric]:
    """Take the value of every species at the end, of a course without kinetics in days.

    Parameters
    ----------
    course : xarray.Dataset

    Returns
    -------
    list of Metric
        Of the first 20 species; without species, of whatever the model reports.
    """
    end, unit = float(course["time"].values[-1]), time_unit(course)
    curves = [str(name) for name, v in course.data_vars.items() if v.dims == ("subject", "time")]
    species = [name for name in curves if course[name].attrs.get("kind") == "species"]
    return [
        Metric(
            f"{name}_end",
            f"{name} at {end:g} {unit}".rstrip(),
            str(course[name].attrs.get("units", "")),
            course[name].values[:, -1],
        )
        for name in (species or curves)[:20]
    ]


def time_unit(course: xr.Dataset) -> str:
    """Return the unit of time of a course for people to read.

    Parameters
    ----------
    course : xarray.Dataset

    Returns
    -------
    str
        Empty where the model does not say.
    """
    unit = str(course["time"].attrs.get("units", "day"))
    return "" if unit == "1" else unit


def _kinetics(course: xr.Dataset, found: xr.Dataset) -> Iterator[Metric]:
    name = primary_variable(course)
    unit = str(course[name].attrs.get("units", ""))
    what = str(course[name].attrs.get("long_name", name))
    yield Metric(
        "peak", f"peak of {what}", unit, found["cmax"].values, "after day 2, from the model curve"
    )
    yield Metric("day_of_peak", "day of peak", "day", found["tmax"].values)
    flags = set(found["auc_flag"].values.tolist())
    note = "partly extrapolated to day 28" if "extrapolated" in flags else ""
    yield Metric("auc_0_28d", "AUC to day 28", f"{unit}*day", found["auc_0_28d"].values, note)


def _tumor(course: xr.Dataset) -> Iterator[Metric]:
    name = tumor_variable(course)
    if name is None:
        return
    end = float(course["time"].values[-1])
    curve = course[name].values
    unit = str(course[name].attrs.get("units", ""))
    with np.errstate(all="ignore"):
        yield Metric("tumor_nadir", "smallest tumour", unit, _nanmin(curve), f"until day {end:g}")
    if "cure_probability" in course:
        yield Metric(
            "cure_probability",
            f"probability of cure by day {end:g}",
            "1",
            course["cure_probability"].values[:, -1],
            "each person's; the mean is the expected cured fraction",
        )
    names = course["event_name"].values
    if course.attrs.get("events", "").find("progression") >= 0:
        yield _progression(course, names, end)


def _progression(course: xr.Dataset, names: NDArray[np.generic], end: float) -> Metric:
    days = np.full(course.sizes["subject"], np.nan)
    place = {label: i for i, label in enumerate(course["subject"].values.tolist())}
    chosen = names == "progression"
    failed = course["status"].values != 0
    for label, day in zip(
        course["event_subject"].values[chosen].tolist(),
        course["event_time"].values[chosen].tolist(),
        strict=True,
    ):
        row = place[label]
        if failed[row]:
            continue
        days[row] = day if math.isnan(days[row]) else min(days[row], day)
    n = int(np.isfinite(days).sum())
    return Metric(
        "day_of_progression",
        "day of progression unless cured",
        "day",
        days,
        f"{n} of {days.size} runs by day {end:g}"
        if "runs" in course.attrs
        else f"deterministic curve; {n} of {days.size} people by day {end:g}",
    )


def _nanmin(curve: FloatArray) -> FloatArray:
    result = np.full(curve.shape[0], np.nan)
    some = np.isfinite(curve).any(axis=1)
    result[some] = np.nanmin(curve[some], axis=1)
    return result
