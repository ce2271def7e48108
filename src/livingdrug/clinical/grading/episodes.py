"""Episodes of cytokine release syndrome: when it starts, when fever is waived, when it is over.

The rules of the consensus (Lee 2019, doi:10.1016/j.bbmt.2018.12.758), for any number of subjects
at once:

* An episode starts with a fever of 38.0 degC or more that has no other cause.
* Once an antipyretic, tocilizumab or a steroid was given in the episode, fever is no longer
  needed: pressure and oxygen alone decide until the episode is over. Without such a treatment a
  time without fever has grade 0.
* It is over when every sign is gone. A later fever starts another episode, whose waiver must be
  earned anew.

The consensus does not say for how long signs must be gone; that is the argument `quiet`. Waiver and
episode do not depend on the scale, so that all scales grade the same episodes.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from livingdrug.clinical.grading.rungs import crs_from_rungs
from livingdrug.clinical.monitoring.schema import WAIVERS
from livingdrug.core.errors import OptionError

__all__ = ["QUIET_DAYS", "CrsCourse", "EpisodeTracker", "crs_episodes", "waives_fever"]

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]

QUIET_DAYS = 1.0
"""Days without any sign after which an episode is over: a choice of ours, not of the consensus."""
DEATH = 5
_WAIVING = frozenset(
    {
        *WAIVERS, "dexamethasone", "methylprednisolone", "prednisolone", "prednisone",
        "hydrocortisone", "paracetamol", "acetaminophen", "ibuprofen", "metamizole",
    }
)  # fmt: skip


def waives_fever(drug: str) -> bool:
    """Tell whether a drug is an antipyretic, a steroid or acts against cytokines.

    Only such a drug makes fever needless (rule of the consensus); a safety switch or a kinase
    inhibitor does not.

    Parameters
    ----------
    drug : str
        Its name; what follows an underscore, as in ``dexamethasone_iv``, does not matter.

    Returns
    -------
    bool

    Examples
    --------
    >>> waives_fever("tocilizumab"), waives_fever("dexamethasone_iv"), waives_fever("safety_switch")
    (True, True, False)
    """
    name = drug.lower()
    return name in _WAIVING or name.partition("_")[0] in _WAIVING


class EpisodeTracker:
    """Episodes of `n` subjects, followed from one time to the next.

    For a simulation in which the grade decides about treatment. `crs_episodes` does the same for
    a whole course.

    Parameters
    ----------
    n : int
    quiet : float, optional
        Days without any sign after which an episode is over.

    Attributes
    ----------
    number : array of int, shape (n,)
        Episodes so far.
    open : array of bool, shape (n,)
        An episode has begun and is not over.
    waived : array of bool, shape (n,)
        Fever is no longer needed in this episode.
    onset, resolution : array, shape (n,), day
        Of the latest episode; NaN before. Resolution is the first time without signs, known once
        they have been gone for `quiet`.
    fever_since : array, shape (n,), day
        Start of the fever that is there now; NaN without fever.

    Examples
    --------
    >>> tracker = EpisodeTracker(1)
    >>> tracker.advance(1.0, fever=[True], pressure=[0], oxygen=[0])
    array([ True])
    >>> tracker.advance(1.5, fever=[False], pressure=[2], oxygen=[0], treated=[True])
    array([ True])
    """

    def __init__(self, n: int, *, quiet: float = QUIET_DAYS) -> None:
        if not (math.isfinite(quiet) and quiet >= 0):
            raise OptionError(f"quiet is {quiet:g}; it is a number of days, 0 or more")
        self.quiet = quiet
        self.time = -math.inf
        self.number = np.zeros(n, dtype=np.int16)
        self.open: Bools = np.zeros(n, dtype=bool)
        self.waived: Bools = np.zeros(n, dtype=bool)
        self.onset = np.full(n, np.nan)
        self.resolution = np.full(n, np.nan)
        self.fever_since = np.full(n, np.nan)
        self._quiet_since = np.full(n, np.nan)

    def advance(
        self,
        time: float,
        fever: ArrayLike,
        pressure: ArrayLike,
        oxygen: ArrayLike,
        *,
        treated: ArrayLike = False,
        masked: ArrayLike = False,
    ) -> Bools:
        """Go on to a time and say who has the syndrome then.

        Parameters
        ----------
        time : float
            Day, later than the one before.
        fever : array_like of bool
            38.0 degC or more, attributed to the syndrome.
        pressure : array_like of PressureRung
        oxygen : array_like of OxygenRung
        treated : array_like of bool, optional
            An antipyretic, tocilizumab, a steroid or another treatment against cytokines was given
            at this time or since the one before.
        masked : array_like of bool, optional
            Such a treatment was given within 24 hours before the first reading and is less than
            24 hours old, so that signs may start an episode whose fever was not seen.

        Returns
        -------
        array of bool, shape (n,)
            To be given to `crs_from_rungs` as its fever.

        Raises
        ------
        OptionError
            When the time is not later than the one before.
        """
        if not time > self.time:
            raise OptionError(f"times must increase; {time:g} follows {self.time:g}")
        self.time = time
        hot = np.broadcast_to(np.asarray(fever, dtype=bool), self.open.shape)
        supported = (np.asarray(pressure) > 0) | (np.asarray(oxygen) > 0)
        self._close(time)
        starts = ~self.open & (hot | (supported & np.asarray(masked, dtype=bool)))
        self.number += starts
        self.onset[starts] = time
        self.resolution[starts] = np.nan
        self.open |= starts
        # an episode that starts without a fever that was seen starts waived
        self.waived = self.open & (self.waived | np.asarray(treated, dtype=bool) | (starts & ~hot))
        sign = self.open & (hot | supported)
        self._quiet_since[sign] = np.nan
        self._quiet_since[self.open & ~sign & np.isnan(self._quiet_since)] = time
        self._close(time)
        self.fever_since[hot & np.isnan(self.fever_since)] = time
        self.fever_since[~hot] = np.nan
        return self.open & (hot | (self.waived & supported))

    def _close(self, time: float) -> None:
        """End the episodes that have been without signs for long enough."""
        over = self.open & (time - self._quiet_since >= self.quiet)
        self.resolution[over] = self._quiet_since[over]
        self._quiet_since[over] = np.nan
        self.open &= ~over
        self.waived &= ~over


@dataclass(frozen=True, slots=True)
class CrsCourse:
    """Grades and episodes over time; arrays of shape (n_subjects, n_times) or (n_subjects,).

    Attributes
    ----------
    times : array, shape (n_times,), day
    grade : mapping of str to array of int, shape (n_subjects, n_times)
        By scale.
    episode : array of int, shape (n_subjects, n_times)
        Number of the episode from its onset until its resolution, else 0.
    waived : array of bool, shape (n_subjects, n_times)
        Fever is no longer needed.
    unseen : array of bool, shape (n_subjects, n_times)
        The episode started without a fever that was seen.
    resolved : array of bool, shape (n_subjects,)
        The latest episode is over; false where there was none.
    """

    times: Floats
    grade: Mapping[str, NDArray[np.int8]]
    episode: NDArray[np.int16]
    waived: Bools
    unseen: Bools
    resolved: Bools

    def onset(self) -> Floats:
        """Return the day on which the first episode started, NaN where there was none."""
        return _first_time(self.times, self.episode > 0)

    def peak(self, scale: str) -> NDArray[np.int8]:
        """Return the highest grade of each subject."""
        if self.times.size == 0:
            return np.zeros(len(self.episode), dtype=np.int8)
        highest: NDArray[np.int8] = self.grade[scale].max(axis=1)
        return highest

    def peak_day(self, scale: str) -> Floats:
        """Return the first day with the highest grade, NaN where there was no grade."""
        grade = self.grade[scale]
        return _first_time(self.times, (grade > 0) & (grade == self.peak(scale)[:, None]))

    def resolution(self) -> Floats:
        """Return the day on which the last episode was over, NaN where that is not known."""
        within = self.episode > 0
        last = within.shape[1] - 1 - np.argmax(within[:, ::-1], axis=1) if within.size else None
        if last is None:
            return np.full(len(within), np.nan)
        after = self.times[np.minimum(last + 1, self.times.size - 1)]
        return np.where(self.resolved & within.any(axis=1), after, np.nan)

    def count(self) -> NDArray[np.int16]:
        """Return the number of episodes of each subject."""
        if self.times.size == 0:
            return np.zeros(len(self.episode), dtype=np.int16)
        most: NDArray[np.int16] = self.episode.max(axis=1)
        return most


def _first_time(times: Floats, where: Bools) -> Floats:
    if times.size == 0:
        return np.full(len(where), np.nan)
    return np.where(where.any(axis=1), times[np.argmax(where, axis=1)], np.nan)


def crs_episodes(
    times: ArrayLike,
    fever: ArrayLike,
    pressure: ArrayLike,
    oxygen: ArrayLike,
    *,
    scales: Sequence[str] = ("astct",),
    treated: ArrayLike = False,
    masked: ArrayLike = False,
    intravenous: ArrayLike = False,
    pressor_day: ArrayLike = False,
    death: ArrayLike = False,
    upper: bool = False,
    quiet: float = QUIET_DAYS,
) -> CrsCourse:
    """Grade whole courses of rungs, with episodes.

    Parameters
    ----------
    times : array_like, shape (n_times,), day
        Increasing. A state holds from its time until the next.
    fever : array_like of bool, shape (n_subjects, n_times)
        38.0 degC or more, attributed to the syndrome. The arguments below broadcast to this shape.
    pressure : array_like of PressureRung
    oxygen : array_like of OxygenRung
    scales : sequence of str, optional
        Names known to `crs_from_rungs`.
    treated, masked : array_like of bool, optional
        As for `EpisodeTracker.advance`.
    intravenous, pressor_day : array_like of bool, optional
        As for `crs_from_rungs`.
    death : array_like of bool, optional
        Death with the syndrome as its principal cause: grade 5.
    upper : bool, optional
        The highest grade that the text of a scale allows, as for `crs_from_rungs`.
    quiet : float, optional
        Days without any sign after which an episode is over.

    Returns
    -------
    CrsCourse

    Raises
    ------
    OptionError
        When times do not increase or shapes do not fit.
    UnknownNameError
        When a scale has no table.

    Examples
    --------
    Fever, fluids under an antipyretic, nothing, and a second fever two days later:

    >>> course = crs_episodes(
    ...     [1, 2, 3, 5],
    ...     fever=[[True, False, False, True]],
    ...     pressure=[[0, 2, 0, 0]],
    ...     oxygen=0,
    ...     treated=[[False, True, False, False]],
    ... )
    >>> course.grade["astct"].tolist(), course.episode.tolist()
    ([[1, 2, 0, 1]], [[1, 1, 0, 2]])
    """
    days = np.asarray(times, dtype=np.float64)
    hot = np.asarray(fever, dtype=bool)
    if hot.ndim != 2 or days.shape != (hot.shape[1],):
        raise OptionError(
            f"fever has the shape {hot.shape} and times {days.shape}; "
            "fever is (n_subjects, n_times) and times (n_times,)"
        )
    shape = hot.shape
    press, breath, given, cover, vein, daylong, dead = (
        np.broadcast_to(np.asarray(a), shape)
        for a in (pressure, oxygen, treated, masked, intravenous, pressor_day, death)
    )
    grade = {scale: np.zeros(shape, dtype=np.int8) for scale in scales}
    episode = np.zeros(shape, dtype=np.int16)
    waived, sign, unseen = (np.zeros(shape, dtype=bool) for _ in range(3))
    tracker = EpisodeTracker(shape[0], quiet=quiet)
    blind = np.zeros(shape[0], dtype=bool)
    for k, day in enumerate(days.tolist()):
        before = tracker.number.copy()
        syndrome = tracker.advance(
            day, hot[:, k], press[:, k], breath[:, k], treated=given[:, k], masked=cover[:, k]
        )
        blind = np.where(tracker.number > before, ~hot[:, k], blind)
        for scale, rows in grade.items():
            found = crs_from_rungs(
                scale,
                syndrome,
                press[:, k],
                breath[:, k],
                intravenous=vein[:, k],
                pressor_day=daylong[:, k],
                upper=upper,
            )
            rows[:, k] = np.where(dead[:, k], DEATH, found)
        episode[:, k] = np.where(tracker.open, tracker.number, 0)
        waived[:, k] = tracker.waived
        unseen[:, k] = blind & tracker.open
        sign[:, k] = tracker.open & (hot[:, k] | (press[:, k] > 0) | (breath[:, k] > 0))
    _cut_quiet_ends(episode, sign, tracker)
    outside = episode == 0
    waived[outside] = unseen[outside] = False
    return CrsCourse(days, grade, episode, waived, unseen, (tracker.number > 0) & ~tracker.open)


def _cut_quiet_ends(episode: NDArray[np.int16], sign: Bools, tracker: EpisodeTracker) -> None:
    """Set the episode to 0 from its resolution on, which is known only some time later."""
    # what is still open at the end of the record is kept to the end
    lasts = tracker.open.copy()
    following = np.where(tracker.open, tracker.number, 0)
    for k in range(episode.shape[1] - 1, -1, -1):
        lasts = sign[:, k] | (lasts & (episode[:, k] == following))
        following = episode[:, k].copy()
        episode[~lasts, k] = 0
