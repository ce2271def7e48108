"""Runs of subjects, one beside the other, as summaries of a course take them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["as_runs"]


def as_runs(course: xr.Dataset) -> xr.Dataset:
    """Return a course in which every run of a subject stands for itself.

    Parameters
    ----------
    course : xarray.Dataset

    Returns
    -------
    xarray.Dataset
        The course itself where it has no replicates. Otherwise ``subject`` numbers the runs, and
        the attribute ``runs`` says how many of each subject there are.
    """
    if "replicate" not in course.dims:
        return course
    people = {label: row for row, label in enumerate(course["subject"].values.tolist())}
    n = course.sizes["replicate"]
    rows = np.array([people[x] for x in course["event_subject"].values.tolist()], dtype=np.int64)
    logged = rows * n + course["event_replicate"].values.astype(np.int64)
    names = [str(name) for name, v in course.data_vars.items() if "replicate" in v.dims]
    shaped = {}
    for name in names:
        variable = course[name].variable
        rest = [str(d) for d in variable.dims if d not in ("subject", "replicate")]
        moved = variable.transpose("subject", "replicate", *rest)
        lead = moved.values.reshape(-1, *moved.shape[2:])
        before = [d for d in rest if d == "observable"]
        values = np.moveaxis(lead, 1, 0) if before else lead
        after = [d for d in rest if d not in before]
        shaped[name] = ((*before, "subject", *after), values, dict(variable.attrs))
    kept = course.drop_vars([*names, "event_replicate", "event_subject", "replicate", "subject"])
    return (
        kept.assign(shaped | {"event_subject": (("event_log",), logged)})
        .assign_coords(subject=np.arange(len(people) * n))
        .assign_attrs(runs=n)
    )
