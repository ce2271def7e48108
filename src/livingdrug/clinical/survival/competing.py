"""Competing risks: the cumulative incidence of Aalen and Johansen."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from livingdrug.clinical.survival.kaplan_meier import checked_times
from livingdrug.core.errors import DataError, OptionError

__all__ = ["Incidence", "cumulative_incidence"]

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Incidence:
    """How many people had each kind of event by each time.

    Attributes
    ----------
    times : ndarray, shape (n_times,), day
        Distinct times of events.
    causes : tuple of int
    incidence, standard_error, lower, upper : ndarray, shape (n_causes, n_times)
        From each time on. The standard error is that of the delta method (Aalen 1978), the
        interval is symmetric on the scale of ``log(-log(1 - F))``.
    free : ndarray, shape (n_times,)
        Share without any event; with the incidences it makes 1.
    """

    times: Floats
    causes: tuple[int, ...]
    incidence: Floats
    standard_error: Floats
    lower: Floats
    upper: Floats
    free: Floats

    def at(self, cause: int, times: ArrayLike) -> Floats:
        """Return the incidence of one cause at any times, up to the last event.

        Parameters
        ----------
        cause : int
        times : array_like, day

        Returns
        -------
        ndarray
        """
        place = np.searchsorted(self.times, np.asarray(times, dtype=np.float64), side="right")
        return np.concatenate([[0.0], self.incidence[self.causes.index(cause)]])[place]


def cumulative_incidence(time: ArrayLike, cause: ArrayLike, *, level: float = 0.95) -> Incidence:
    """Estimate the incidence of each kind of event when each prevents the others.

    One minus the curve of Kaplan and Meier, with the other events censored, is too large.

    Parameters
    ----------
    time : array_like, shape (n_subjects,), day
    cause : array_like of int, shape (n_subjects,)
        -1 for censored, else any number from 0 on: as `Observed.cause`.
    level : float, optional

    Returns
    -------
    Incidence

    Raises
    ------
    DataError, OptionError

    Examples
    --------
    >>> found = cumulative_incidence([1, 2, 3, 4], [0, 1, 0, -1])
    >>> found.incidence.tolist(), found.free.tolist()
    ([[0.25, 0.25, 0.5], [0.0, 0.25, 0.25]], [0.75, 0.5, 0.25])
    """
    kinds = np.asarray(cause)
    if kinds.dtype.kind not in "iu" or (kinds < -1).any():
        raise DataError("causes must be whole numbers, -1 for censored and 0, 1, ... for events")
    days, hit = checked_times(time, kinds >= 0)
    if not 0.0 < level < 1.0:
        raise OptionError(f"level: {level} given; it must lie between 0 and 1, as 0.95")
    if not hit.any():
        raise DataError("nobody had an event; there is no incidence to estimate")
    causes = tuple(int(kind) for kind in np.unique(kinds[hit]))
    times = np.unique(days[hit])
    at_risk = days.size - np.searchsorted(np.sort(days), times, side="left").astype(np.float64)
    counts = np.stack(
        [
            np.bincount(np.searchsorted(times, days[kinds == k]), minlength=times.size)
            for k in causes
        ]
    ).astype(np.float64)
    total = counts.sum(axis=0)
    free: Floats = np.cumprod(1.0 - total / at_risk, dtype=np.float64)
    before = np.concatenate([[1.0], free[:-1]])
    incidence = np.cumsum(before * counts / at_risk, axis=1)
    error = _standard_error(incidence, before, counts, total, at_risk)
    lower, upper = _interval(incidence, error, level)
    return Incidence(times, causes, incidence, error, lower, upper, free)


def _standard_error(
    incidence: Floats, before: Floats, counts: Floats, total: Floats, at_risk: Floats
) -> Floats:
    """Return the error of the delta method, as sums over the times so far."""
    with np.errstate(divide="ignore", invalid="ignore"):  # nobody left: no more spread
        spread = np.where(at_risk > total, total / (at_risk * (at_risk - total)), 0.0)
    own = before**2 * counts * (at_risk - counts) / at_risk**3
    mixed = before * counts / at_risk**2
    variance = np.zeros_like(incidence)
    for row in range(len(incidence)):
        f = incidence[row]
        # sum over t' <= t of (F(t) - F(t'))**2 a(t') = F(t)**2 A - 2 F(t) B + C, by cumulation
        square = f**2 * np.cumsum(spread) - 2 * f * np.cumsum(f * spread) + np.cumsum(f**2 * spread)
        cross = f * np.cumsum(mixed[row]) - np.cumsum(f * mixed[row])
        variance[row] = square + np.cumsum(own[row]) - 2 * cross
    return np.sqrt(np.maximum(variance, 0.0))  # a rounding may make 0 negative


def _interval(value: Floats, error: Floats, level: float) -> tuple[Floats, Floats]:
    from scipy.special import ndtri

    z = float(ndtri(0.5 + level / 2.0))
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        rest = 1.0 - value
        turn = np.exp(z * error / (rest * np.log(rest)))
        low, high = 1.0 - rest**turn, 1.0 - rest ** (1.0 / turn)
    certain = (value <= 0.0) | (value >= 1.0)
    return np.where(certain, value, low), np.where(certain, value, high)
