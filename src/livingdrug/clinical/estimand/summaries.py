"""Peak, day of peak and area of individual curves, summarised over people."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from livingdrug.clinical.estimand.statistics import PersonSummary, person_summary
from livingdrug.clinical.kinetics import KineticsRules
from livingdrug.core.errors import DataError, UnknownNameError, unknown_name

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["MetricSummary", "summaries"]


@dataclass(frozen=True, slots=True)
class MetricSummary:
    """One endpoint of individual curves over people: median, and 5-95 % between people.

    Attributes
    ----------
    metric : str
        Name in the kinetics dataset: ``"cmax"``, ``"tmax"``, ``"auc_0_28d"``.
    label : str
        In words.
    unit : str
    people : PersonSummary
    note : str
        What to know about it.
    """

    metric: str
    label: str
    unit: str
    people: PersonSummary
    note: str = ""


def summaries(
    course: xr.Dataset, variable: str, kinetics_dataset: xr.Dataset
) -> tuple[MetricSummary, ...]:
    """Summarise peak, day of peak and area of one variable over people.

    They come from the whole model curve, not from the visits of a study, so no value at a visit
    is an estimate of the same thing.

    Parameters
    ----------
    course : xarray.Dataset
    variable : str
    kinetics_dataset : xarray.Dataset
        ``kinetics(course, variable)``; subjects excluded there count as missing.

    Returns
    -------
    tuple of MetricSummary
        Peak, day of peak, area under the curve.

    Raises
    ------
    UnknownNameError
        When the course has no such variable.
    DataError
        When the endpoints are of another variable, or of observations.
    """
    if variable not in course:
        names = [str(name) for name in course.data_vars if "time" in course[name].dims]
        raise UnknownNameError([unknown_name("variable", variable, names, where="course")])
    given = kinetics_dataset.attrs.get("variable")
    if given != variable or kinetics_dataset.attrs.get("observed", 0):
        kind = "observations of " if kinetics_dataset.attrs.get("observed", 0) else ""
        raise DataError(
            f"the endpoints were computed from {kind}{given!r}; compute them with "
            f"kinetics(course, {variable!r})"
        )
    rules = KineticsRules(**json.loads(kinetics_dataset.attrs["rules"]))
    what = str(course[variable].attrs.get("long_name", variable))
    until, end = rules.excluded_until, rules.auc_end
    labels = {
        "cmax": f"peak of {what}",
        "tmax": f"day of the peak of {what}",
        rules.auc_name: f"area under the curve of {what}, day {rules.first_day:g} to {end:g}",
    }
    after = "" if until is None else f"after day {until:g}"
    flags = kinetics_dataset["auc_flag"].values.ravel()
    beyond = int((flags == "extrapolated").sum())
    notes = {
        "cmax": after,
        "tmax": "; ".join(part for part in (after, _grid(course)) if part),
        rules.auc_name: f"extrapolated to day {end:g} for {beyond} people" if beyond else "",
    }
    return tuple(
        MetricSummary(
            metric=name,
            label=label,
            unit=str(kinetics_dataset[name].attrs["units"]),
            people=person_summary(kinetics_dataset[name].values),
            note=notes[name],
        )
        for name, label in labels.items()
    )


def _grid(course: xr.Dataset) -> str:
    """Say how finely the day of a peak can be told in the first four weeks."""
    times = course["time"].values
    early = times[(times >= 0) & (times <= 28)]
    return f"times {np.diff(early).max():.3g} day apart or less" if early.size > 1 else ""
