"""From what was seen at decisions to grades and drugs of each person, as a trial reports them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from livingdrug.clinical.grading.episodes import CrsCourse, crs_episodes
from livingdrug.core.errors import DataError

if TYPE_CHECKING:
    from livingdrug.trial.policies.watched import Watched

__all__ = ["grade_columns", "syndrome_of", "toxicity"]

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


def syndrome_of(scale: str, watched: Watched) -> CrsCourse:
    """Grade cytokine release syndrome at the decisions of a policy.

    Parameters
    ----------
    scale : {"astct", "lee", "penn"}
    watched : Watched

    Returns
    -------
    CrsCourse
    """
    return crs_episodes(
        watched.days, watched.fever, watched.pressure, watched.oxygen,
        scales=(scale,), treated=watched.treated,
    )  # fmt: skip


def toxicity(scale: str, watched: Watched) -> tuple[CrsCourse, Columns]:
    """Grade what was seen of people at the decisions of a policy.

    Parameters
    ----------
    scale : {"astct", "lee", "penn"}
        Of the trial, which may differ from that of its policy.
    watched : Watched

    Returns
    -------
    CrsCourse
    dict from str to ndarray, shape (n_subjects,)
        Grades with their days, and for ``tocilizumab`` and ``steroid`` whether it was given,
        ``_doses`` and ``_day`` of the first.
    """
    syndrome = syndrome_of(scale, watched)
    columns = grade_columns(watched.days, syndrome.grade[scale].astype(np.int64), "crs")
    columns |= grade_columns(watched.days, watched.icans.astype(np.int64), "icans")
    n = watched.fever.shape[0]
    for name, drug in (("tocilizumab", "tocilizumab"), ("steroid", "dexamethasone")):
        doses = watched.doses.get(drug, np.zeros(n, np.int64))
        columns |= {
            name: doses > 0,
            f"{name}_doses": doses,
            f"{name}_day": watched.first.get(drug, np.full(n, np.nan)),
        }
    return syndrome, columns
