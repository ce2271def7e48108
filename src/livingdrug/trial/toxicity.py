"""From what was seen at decisions to grades and drugs of each person, as a trial reports them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from livingdrug.clinical.grading.episodes import CrsCourse, crs_episodes
from livingdrug.core.errors import DataError
from livingdrug.core.random import Purpose, uniforms

if TYPE_CHECKING:
    from livingdrug.records.trial import NeurologicalBackground
    from livingdrug.trial.policies.watched import Watched

__all__ = [
    "HYPERINFLAMED",
    "HYPERINFLAMED_FOR",
    "grade_columns",
    "hyperinflammation",
    "neurological_events",
    "syndrome_of",
    "toxicity",
]

Columns = dict[str, NDArray[np.generic]]
Floats = NDArray[np.float64]

HYPERINFLAMED = 0.8
"""Share of activated monocytes above which people count as hyperinflamed, ASSUMED."""
HYPERINFLAMED_FOR = 3.0
"""Days of it, without a break, that make the syndrome, ASSUMED."""


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


def hyperinflammation(days: Floats, activated: Floats, resolution: Floats) -> Columns:
    """Find the haemophagocytic syndrome that follows cytokine release syndrome (IEC-HS).

    Its definition here is ASSUMED: activated monocytes above `HYPERINFLAMED` for more than
    `HYPERINFLAMED_FOR` days after cytokine release syndrome has ended. Ferritin, cell counts and
    clotting, by which patients are graded, are not simulated.

    Parameters
    ----------
    days : ndarray, shape (n_times,), day
        Increasing.
    activated : ndarray, shape (n_subjects, n_times)
        Share of monocytes that are active, a straight line between two times.
    resolution : ndarray, shape (n_subjects,), day
        End of cytokine release syndrome; NaN for who had none, or still has it.

    Returns
    -------
    dict from str to ndarray, shape (n_subjects,)
        ``iechs_any``, and ``iechs_onset``: the day on which such a time begins, NaN without.

    Raises
    ------
    DataError
        When shapes do not fit.
    """
    if activated.shape != (resolution.size, days.size):
        raise DataError(
            f"activated {activated.shape}, resolution {resolution.shape} and days {days.shape} do "
            "not fit"
        )
    n = resolution.size
    since, onset = np.full(n, np.nan), np.full(n, np.nan)
    previous, before = activated[:, 0], float(days[0])
    for day, now in zip(days.tolist(), activated.T, strict=True):
        with np.errstate(divide="ignore", invalid="ignore"):
            crossed = before + (HYPERINFLAMED - previous) / (now - previous) * (day - before)
        begins = np.where(previous > HYPERINFLAMED, before, crossed)
        ends = np.where(now > HYPERINFLAMED, day, crossed)
        some = (now > HYPERINFLAMED) | (previous > HYPERINFLAMED)
        begins = np.fmax(begins, resolution)
        counted = some & (ends > begins) & ~np.isnan(resolution)
        since = np.where(counted, np.where(np.isnan(since), begins, since), np.nan)
        long = counted & (ends - since > HYPERINFLAMED_FOR) & np.isnan(onset)
        onset[long] = since[long]
        since[now <= HYPERINFLAMED] = np.nan
        previous, before = now, day
    return {"iechs_any": ~np.isnan(onset), "iechs_onset": onset}


def neurological_events(
    columns: Columns, background: NeurologicalBackground, subjects: NDArray[np.int64], seed: int
) -> Columns:
    """Add what trials before 2019 counted beside neurotoxicity: headache, tremor, delirium.

    Parameters
    ----------
    columns : dict from str to ndarray
        With ``icans_any`` and ``icans_ge3``.
    background : NeurologicalBackground
        Share of people with another event, whether or not they have neurotoxicity.
    subjects : ndarray of int
    seed : int

    Returns
    -------
    dict from str to ndarray
        ``neuro_any`` and ``neuro_ge3``: one of both. When the others happen is not known.
    """
    level = uniforms(
        seed=seed, purpose=Purpose.TRIAL, subjects=subjects, name="other neurological event"
    )[:, 0]
    return {
        "neuro_any": columns["icans_any"].astype(bool) | (level < background.any.value),
        "neuro_ge3": columns["icans_ge3"].astype(bool) | (level < background.ge3.value),
    }
