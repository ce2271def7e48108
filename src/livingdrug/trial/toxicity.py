"""From grades over time and the log of drugs to what a trial reports of each person."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from livingdrug.core.errors import DataError

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["drug_columns", "grade_columns"]

Columns = dict[str, NDArray[np.generic]]


def grade_columns(days: NDArray[np.float64], grades: NDArray[np.int64], name: str) -> Columns:
    """Summarise the grades of a syndrome after the infusion.

    Parameters
    ----------
    days : ndarray, shape (n_times,), day
    grades : ndarray, shape (n_subjects, n_times)
        0 where there is none; what stands before day 0 is no effect of the cells.
    name : str
        As ``"crs"``.

    Returns
    -------
    dict from str to ndarray, shape (n_subjects,)
        ``_grade`` (the worst), ``_any``, ``_ge3``, ``_onset`` (first day) and ``_duration``
        (to the last day, days in between without a grade included); NaN where there was none.

    Raises
    ------
    DataError
        When shapes do not fit.
    """
    if grades.shape[1:] != days.shape:
        raise DataError(f"grades {grades.shape} and days {days.shape} do not fit")
    after = days >= 0
    counted, when = grades[:, after], days[after]
    present = counted > 0
    some = present.any(axis=1)
    first = when[present.argmax(axis=1)]
    last = when[::-1][present[:, ::-1].argmax(axis=1)]
    worst = counted.max(axis=1, initial=0)
    return {
        f"{name}_grade": worst,
        f"{name}_any": some,
        f"{name}_ge3": worst >= 3,
        f"{name}_onset": np.where(some, first, np.nan),
        f"{name}_duration": np.where(some, last - first, np.nan),
    }


def drug_columns(course: xr.Dataset) -> Columns:
    """Count what a policy gave to each person, from the log of a course.

    Parameters
    ----------
    course : xarray.Dataset

    Returns
    -------
    dict from str to ndarray, shape (n_subjects,)
        ``tocilizumab`` and ``steroid`` (given or not), with ``_doses`` and ``_day`` (the first;
        NaN where there was none).
    """
    labels = course["subject"].values
    names = course["event_name"].values.astype(str)
    place = {label: row for row, label in enumerate(labels.tolist())}
    rows = np.array([place[who] for who in course["event_subject"].values.tolist()], dtype=int)
    days = course["event_time"].values.astype(np.float64)
    columns: Columns = {}
    for name, drug in (("tocilizumab", "tocilizumab"), ("steroid", "dexamethasone")):
        mine = names == drug
        count = np.bincount(rows[mine], minlength=labels.size)
        first = np.full(labels.size, np.inf)
        np.minimum.at(first, rows[mine], days[mine])
        columns |= {
            name: count > 0,
            f"{name}_doses": count,
            f"{name}_day": np.where(count > 0, first, np.nan),
        }
    return columns
