"""The curve of Kaplan and Meier with the variance of Greenwood."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

from livingdrug.core.errors import DataError, OptionError, UnknownNameError, unknown_name

__all__ = ["INTERVALS", "SurvivalCurve", "TimeWithInterval", "checked_times", "kaplan_meier"]

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]
Flags = NDArray[np.bool_]

INTERVALS = ("log-log", "log", "plain")
"""Scale on which an interval is symmetric. ``log-log`` stays inside 0 to 1."""


@dataclass(frozen=True, slots=True)
class TimeWithInterval:
    """A quantile of a curve; infinite where the curve, or its limit, never gets there."""

    value: float
    lower: float
    upper: float


@dataclass(frozen=True, slots=True)
class SurvivalCurve:
    """A curve that steps down at the times of events.

    Attributes
    ----------
    times : ndarray, shape (n_times,), day
        Distinct times of events and of censoring.
    at_risk, events, censored : ndarray of int, shape (n_times,)
        Just before, and at each time.
    survival, standard_error, lower, upper : ndarray, shape (n_times,)
        From each time on. The standard error is Greenwood's, of the survival itself.
    n : int
        People.
    level : float
    interval : {"log-log", "log", "plain"}
    """

    times: Floats
    at_risk: Counts
    events: Counts
    censored: Counts
    survival: Floats
    standard_error: Floats
    lower: Floats
    upper: Floats
    n: int
    level: float
    interval: str
    _columns: tuple[str, ...] = field(
        default=("survival", "standard_error", "lower", "upper"), repr=False, compare=False
    )

    def at(self, times: ArrayLike) -> dict[str, Floats]:
        """Return the curve at any times.

        Parameters
        ----------
        times : array_like, day

        Returns
        -------
        dict from str to ndarray
            ``survival``, ``standard_error``, ``lower`` and ``upper``; NaN after the last time,
            where nobody is left, unless the curve has reached 0.
        """
        asked = np.asarray(times, dtype=np.float64)
        place = np.searchsorted(self.times, asked, side="right") - 1
        found = {}
        start = {"survival": 1.0, "standard_error": 0.0, "lower": 1.0, "upper": 1.0}
        last = self.times[-1] if self.times.size else 0.0
        known = (asked <= last) | (self.survival[-1:] == 0.0).any()
        for name in self._columns:
            column = np.concatenate([[start[name]], getattr(self, name)])
            found[name] = np.where(known, column[place + 1], np.nan)
        return found

    def at_risk_at(self, times: ArrayLike) -> Counts:
        """Return how many people are at risk just before any times.

        Parameters
        ----------
        times : array_like, day

        Returns
        -------
        ndarray of int
        """
        place = np.searchsorted(self.times, np.asarray(times, dtype=np.float64), side="left")
        return np.concatenate([self.at_risk, [0]])[place]

    def quantile(self, share: float = 0.5) -> TimeWithInterval:
        """Return the time by which a share of people had the event.

        The interval holds the times at which the interval of the curve contains ``1 - share``
        (Brookmeyer and Crowley 1982).

        Parameters
        ----------
        share : float, optional
            0.5 is the median.

        Returns
        -------
        TimeWithInterval
        """
        level = 1.0 - share
        # a curve that is flat at the level has two answers; the first is taken, as elsewhere
        found = [
            float(self.times[below.argmax()]) if below.any() else math.inf
            for below in (
                column <= level + 1e-12 for column in (self.survival, self.lower, self.upper)
            )
        ]
        return TimeWithInterval(*found)

    def median(self) -> TimeWithInterval:
        """Return the median time with its interval.

        Returns
        -------
        TimeWithInterval
        """
        return self.quantile(0.5)


def kaplan_meier(
    time: ArrayLike,
    event: ArrayLike,
    *,
    level: float = 0.95,
    interval: str = "log-log",
) -> SurvivalCurve:
    """Estimate a survival curve from right-censored times.

    Parameters
    ----------
    time : array_like, shape (n_subjects,), day
        To the event or to censoring.
    event : array_like of bool, shape (n_subjects,)
    level : float, optional
    interval : {"log-log", "log", "plain"}, optional

    Returns
    -------
    SurvivalCurve

    Raises
    ------
    DataError
        When a time is missing, negative or infinite, or the shapes differ.
    OptionError, UnknownNameError

    Examples
    --------
    >>> curve = kaplan_meier([6, 6, 6, 6, 7, 9, 10], [True, True, True, False, True, False, True])
    >>> curve.survival.round(3).tolist()
    [0.571, 0.381, 0.381, 0.0]
    """
    if interval not in INTERVALS:
        raise UnknownNameError([unknown_name("scale of an interval", interval, INTERVALS)])
    if not 0.0 < level < 1.0:
        raise OptionError(f"level: {level} given; it must lie between 0 and 1, as 0.95")
    days, hit = checked_times(time, event)
    times, place = np.unique(days, return_inverse=True)
    events = np.bincount(place, weights=hit, minlength=times.size).astype(np.int64)
    leaving = np.bincount(place, minlength=times.size)
    at_risk = days.size - np.concatenate([[0], np.cumsum(leaving)[:-1]]).astype(np.int64)
    kept = at_risk - events
    survival: Floats = np.cumprod(kept / at_risk, dtype=np.float64)
    with np.errstate(divide="ignore"):  # the last step to 0 has an infinite term, blanked below
        terms = np.cumsum(np.where(events > 0, events / (at_risk * kept), 0.0))
    spread: Floats = np.where(survival > 0, terms, 0.0)  # variance of log survival
    lower, upper = _interval(survival, spread, level, interval)
    return SurvivalCurve(
        times=times,
        at_risk=at_risk,
        events=events,
        censored=leaving - events,
        survival=survival,
        standard_error=survival * np.sqrt(spread),
        lower=lower,
        upper=upper,
        n=days.size,
        level=level,
        interval=interval,
    )


def checked_times(time: ArrayLike, event: ArrayLike) -> tuple[Floats, Flags]:
    """Return times and events as arrays, after checking them.

    Parameters
    ----------
    time : array_like, shape (n_subjects,), day
    event : array_like of bool, shape (n_subjects,)

    Returns
    -------
    time, event : ndarray

    Raises
    ------
    DataError
        When a time is missing, negative or infinite, nobody is there, or the shapes differ.
    """
    days, hit = np.asarray(time, dtype=np.float64), np.asarray(event)
    if days.ndim != 1 or days.shape != hit.shape:
        raise DataError(
            f"times have shape {days.shape} and events {hit.shape}; one of each for every person"
        )
    if not days.size:
        raise DataError("there is nobody to estimate a curve from")
    bad = ~np.isfinite(days) | (days < 0)
    if bad.any():
        first = int(bad.argmax())
        raise DataError(
            f"{int(bad.sum())} of {days.size} times are missing, negative or infinite, the first "
            f"at index {first} ({days[first]}); leave these people out or say when they were "
            "last seen"
        )
    if not np.isin(hit, (0, 1)).all():
        raise DataError("events must be true or false for everyone")
    return days, hit.astype(np.bool_)


def _interval(survival: Floats, spread: Floats, level: float, kind: str) -> tuple[Floats, Floats]:
    """Return the limits of a curve from the variance of its logarithm."""
    from scipy.special import ndtri

    z = float(ndtri(0.5 + level / 2.0))
    error = np.sqrt(spread)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        if kind == "plain":
            lower = survival - z * survival * error
            upper = survival + z * survival * error
        elif kind == "log":
            lower = survival * np.exp(-z * error)
            upper = survival * np.exp(z * error)
        else:
            turn = np.exp(z * error / np.log(survival))  # log S is negative: below 1
            lower = survival ** (1.0 / turn)
            upper = survival**turn
    certain = (survival == 1.0) | (survival == 0.0)
    lower = np.where(certain, survival, np.clip(lower, 0.0, 1.0))
    upper = np.where(certain, survival, np.clip(upper, 0.0, 1.0))
    return lower, upper
