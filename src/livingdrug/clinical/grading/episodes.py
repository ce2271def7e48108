"""Episodes of cytokine release syndrome over time: when a fever counts, and what grade follows.

Fever opens an episode. As long as it lasts, or lasted within the past day, low pressure and want
of oxygen count; once an antipyretic, tocilizumab or a steroid has been given in the episode they
count without fever. The episode ends when neither fever nor support has been there for a day; a
new fever opens the next one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from livingdrug.clinical.grading.rungs import crs_from_rungs
from livingdrug.core.errors import OptionError

__all__ = ["Episodes", "Syndrome", "grade_over_time"]

FloatArray = NDArray[np.float64]
Truths = NDArray[np.bool_]

CLEAR = 1.0
"""Days without fever and support that end an episode."""
MEMORY = 1.0
"""Days that a fever counts after its last reading; fever comes and goes within a day."""

_SLACK = 1e-9


class Episodes:
    """The episodes of many people, advanced from one time to the next.

    Parameters
    ----------
    n : int
        Number of people.

    Attributes
    ----------
    active : ndarray of bool, shape (n,)
        In an episode.
    waived : ndarray of bool
        Grades need no fever any more in this episode.
    number : ndarray of int
        Episodes so far.
    onset : ndarray, day
        Of the present or last episode; NaN before the first.
    fever_since : ndarray, day
        Start of the fever that lasts; NaN without.
    """

    def __init__(self, n: int) -> None:
        self.active = np.zeros(n, dtype=bool)
        self.waived = np.zeros(n, dtype=bool)
        self.number = np.zeros(n, dtype=np.int64)
        self.onset = np.full(n, np.nan)
        self.fever_since = np.full(n, np.nan)
        self._fever_at = np.full(n, -np.inf)
        self._ill_at = np.full(n, -np.inf)

    def advance(self, day: float, fever: Truths, pressure: ArrayLike, oxygen: ArrayLike) -> Truths:
        """Go on to a day, later than the last one.

        Parameters
        ----------
        day : float
        fever : ndarray of bool, shape (n,)
            38.0 degrees Celsius or more, attributed to the syndrome.
        pressure, oxygen : array_like of rungs, shape (n,)

        Returns
        -------
        ndarray of bool, shape (n,)
            Where the syndrome is present: what grades.
        """
        support = (np.asarray(pressure) > 0) | (np.asarray(oxygen) > 0)
        over = self.active & (day - self._ill_at >= CLEAR - _SLACK) & ~fever & ~support
        self.active &= ~over
        self.waived &= ~over
        opens = fever & ~self.active
        self.active |= opens
        self.number += opens
        self.onset[opens] = day
        self.fever_since[fever & np.isnan(self.fever_since)] = day
        self._fever_at[fever] = day
        cool = ~fever & (day - self._fever_at > MEMORY + _SLACK)
        self.fever_since[cool] = np.nan
        ill = self.active & (fever | support)
        self._ill_at[ill] = day
        recent = day - self._fever_at <= MEMORY + _SLACK
        present: Truths = ill & (recent | self.waived)
        return present

    def treat(self, rows: NDArray[np.int64] | Truths) -> None:
        """Note that an antipyretic, tocilizumab or a steroid was given.

        Parameters
        ----------
        rows : ndarray
            Positions of people, or a truth for each.
        """
        self.waived[rows] = self.active[rows]

    def copy(self) -> Self:
        """Return an independent copy."""
        other = type(self)(self.active.size)
        for name, value in vars(self).items():
            setattr(other, name, value.copy())
        return other


@dataclass(frozen=True, slots=True)
class Syndrome:
    """Cytokine release syndrome of many people.

    Attributes
    ----------
    grade : ndarray of int, shape (n, n_times)
        0 where there is none.
    episode : ndarray of int, shape (n, n_times)
        Number of the episode; 0 outside.
    onset : ndarray, shape (n,), day
        Of the first episode; NaN for people who never have one.
    peak : ndarray of int, shape (n,)
        Highest grade.
    peak_day : ndarray, shape (n,), day
        First day of it; NaN without.
    resolution : ndarray, shape (n,), day
        First time after the last grade above 0; NaN where there is none, or it goes on.
    """

    grade: NDArray[np.int64]
    episode: NDArray[np.int64]
    onset: FloatArray
    peak: NDArray[np.int64]
    peak_day: FloatArray
    resolution: FloatArray

    @property
    def duration(self) -> FloatArray:
        """Days from onset to resolution."""
        return self.resolution - self.onset


def grade_over_time(
    scale: str,
    days: ArrayLike,
    fever: ArrayLike,
    pressure: ArrayLike,
    oxygen: ArrayLike,
    *,
    treated: ArrayLike | None = None,
    intravenous: ArrayLike = False,
) -> Syndrome:
    """Grade cytokine release syndrome over time.

    Parameters
    ----------
    scale : {"astct", "lee", "penn"}
    days : array_like, shape (n_times,), day
        Increasing.
    fever : array_like of bool, shape (n, n_times)
    pressure, oxygen : array_like of rungs, shape (n, n_times)
    treated : array_like of bool, shape (n, n_times), optional
        An antipyretic, tocilizumab or a steroid was given at this time.
    intravenous : array_like of bool, optional
        As for `crs_from_rungs`.

    Returns
    -------
    Syndrome

    Raises
    ------
    OptionError
        When the days do not increase, or shapes differ.
    UnknownNameError
        When the scale has no table.

    Examples
    --------
    >>> found = grade_over_time("astct", [0, 1, 2], [[True, True, False]], [[0, 2, 0]], [[0, 0, 0]])
    >>> found.grade.tolist(), found.peak.tolist()
    ([[1, 2, 0]], [2])
    """
    time, hot = np.asarray(days, dtype=float), np.asarray(fever, dtype=bool)
    pressed, breathed = np.asarray(pressure), np.asarray(oxygen)
    given = np.zeros(hot.shape, bool) if treated is None else np.asarray(treated, dtype=bool)
    if not np.all(np.diff(time) > 0):
        raise OptionError("the days of grades must increase")
    shapes = {hot.shape, pressed.shape, breathed.shape, given.shape}
    if len(shapes) != 1 or hot.ndim != 2 or hot.shape[1] != time.size:
        shown = ", ".join(str(shape) for shape in sorted(shapes, key=str))
        raise OptionError(f"shapes {shown}: all must be (people, {time.size} times)")
    n = hot.shape[0]
    present, episode = np.zeros(hot.shape, bool), np.zeros(hot.shape, np.int64)
    episodes = Episodes(n)
    for k, day in enumerate(time.tolist()):
        present[:, k] = episodes.advance(day, hot[:, k], pressed[:, k], breathed[:, k])
        episode[:, k] = np.where(episodes.active, episodes.number, 0)
        episodes.treat(given[:, k])
    grade = crs_from_rungs(scale, present, pressed, breathed, intravenous=intravenous)
    return _summary(time, grade, episode)


def _summary(time: FloatArray, grade: NDArray[np.int64], episode: NDArray[np.int64]) -> Syndrome:
    some = grade > 0
    ever = some.any(axis=1)
    first, top = some.argmax(axis=1), grade.argmax(axis=1)
    last = grade.shape[1] - 1 - some[:, ::-1].argmax(axis=1)
    ended = ever & (last < grade.shape[1] - 1)
    after = np.minimum(last + 1, grade.shape[1] - 1)
    return Syndrome(
        grade,
        episode,
        np.where(ever, time[first], np.nan),
        grade.max(axis=1, initial=0),
        np.where(ever, time[top], np.nan),
        np.where(ended, time[after], np.nan),
    )
