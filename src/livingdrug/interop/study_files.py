"""Make a study of a simulated course."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from livingdrug.core.errors import DataError
from livingdrug.data.study import Observation, build_study

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["study_of_course"]


def study_of_course(course: xr.Dataset) -> xr.Dataset:
    """Return the simulated observations of a course as a study, of the simulated people.

    Parameters
    ----------
    course : xarray.Dataset
        Schema ``livingdrug.course``, over subject and time.

    Returns
    -------
    xarray.Dataset
        Schema ``livingdrug.study``: values with residual error where the course has them, else the
        observables (without any, the species).

    Raises
    ------
    DataError
        For a course with replicates, or over records.
    """
    if "replicate" in course.dims or "time" not in course.dims:
        raise DataError("a study is made of a course over subject and time, without replicates")
    days = course["time"].values.tolist()
    people = [str(name) for name in course["subject"].values.tolist()]
    with_error = "observed" in course
    curves = {str(name): one for name, one in course.data_vars.items()
              if one.dims == ("subject", "time")}  # fmt: skip
    seen = {name for name, one in curves.items() if one.attrs.get("kind") == "observable"}
    names = course["observable"].values.tolist() if with_error else sorted(seen or curves)
    observations = []
    for name in names:
        curve = curves[name]
        term, unit = curve.attrs.get("term") or name, str(curve.attrs.get("units", "")) or "1"
        part = course.sel(observable=name) if with_error else course
        values = part["observed"].values if with_error else curve.values
        below = part["blq"].values if with_error else np.zeros(values.shape, bool)
        limit = float(part["lloq"]) if with_error else math.nan
        observations += [
            Observation(
                float(day), term, math.nan if below[row, at] else float(values[row, at]), unit,
                subject=person, lloq=limit, blq=bool(below[row, at]), assay="simulation",
            )
            for row, person in enumerate(people)
            for at, day in enumerate(days)
            if below[row, at] or math.isfinite(values[row, at])
        ]  # fmt: skip
    model = str(course.attrs["model"])
    return build_study(f"{model}_simulated", observations, title=f"Simulated with {model}",
                       organism=str(course.attrs["organism"]), assay="simulation",
                       note="Simulated; no person was measured.")  # fmt: skip
