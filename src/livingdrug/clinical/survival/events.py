"""Turn what happened to people, and when they were seen, into times with events and censoring."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from livingdrug.clinical.survival.estimand import Censoring, Estimand, Event, Start
from livingdrug.core.errors import DataError, Issue, raise_issues

__all__ = ["CENSORED", "Observed", "constant_hazard_days", "observe"]

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Codes = NDArray[np.int64]

CENSORED = -1


@dataclass(frozen=True, slots=True)
class Observed:
    """Times of one estimand.

    Attributes
    ----------
    estimand : Estimand
    time : ndarray, shape (n_subjects,), day
        From the start of the estimand; NaN for who is not in its population.
    event : ndarray of bool, shape (n_subjects,)
    cause : ndarray of int, shape (n_subjects,)
        Place in `estimand.events`; `CENSORED` where there was no event.
    lower, upper : ndarray, shape (n_subjects,), day
        The event lies after `lower` and at `upper` or before: a progression happened between two
        visits. Equal where the day is known; `upper` is infinite where censored.
    included : ndarray of bool, shape (n_subjects,)
        In the population.
    """

    estimand: Estimand
    time: Floats
    event: Flags
    cause: Codes
    lower: Floats
    upper: Floats
    included: Flags


def observe(
    estimand: Estimand,
    *,
    last_assessment: ArrayLike,
    last_contact: ArrayLike,
    previous_assessment: ArrayLike | None = None,
    progression: ArrayLike | None = None,
    response: ArrayLike | None = None,
    death: ArrayLike | None = None,
    new_therapy: ArrayLike | None = None,
    start: ArrayLike = 0.0,
) -> Observed:
    """Apply an estimand to many people at once.

    All days are counted from the same day 0, as of the infusion. NaN stands for what did not
    happen or was not seen.

    Parameters
    ----------
    estimand : Estimand
    last_assessment : array_like, shape (n_subjects,), day
        Last visit with an evaluable assessment, before or at which a progression was seen or
        could have been; NaN where there was none.
    last_contact : array_like, shape (n_subjects,), day
        Last day on which the person was seen or known to be alive.
    previous_assessment : array_like, shape (n_subjects,), day, optional
        Last evaluable assessment before the progression; the visit before it in the grid of the
        estimand when not given.
    progression : array_like, shape (n_subjects,), day, optional
        The visit at which it was found.
    response : array_like, shape (n_subjects,), day, optional
        The visit of the first response.
    death, new_therapy : array_like, shape (n_subjects,), day, optional
    start : array_like, shape (n_subjects,), day, optional
        Day of the estimand's start, as a negative day of enrolment; not used with
        `Start.RESPONSE`.

    Returns
    -------
    Observed

    Raises
    ------
    DataError
        When an array that the estimand needs is missing, or shapes or days do not fit.

    Examples
    --------
    >>> from livingdrug.clinical.survival.estimand import ESTIMANDS
    >>> seen = observe(
    ...     ESTIMANDS["pfs"].on((28.0, 90.0, 180.0)),
    ...     last_assessment=[180.0, 90.0],
    ...     last_contact=[200.0, 90.0],
    ...     progression=[np.nan, 90.0],
    ... )
    >>> seen.time.tolist(), seen.event.tolist(), seen.lower.tolist()
    ([180.0, 90.0], [False, True], [180.0, 28.0])
    """
    contact = np.asarray(last_contact, dtype=np.float64)
    n = contact.size
    days = {
        "last_assessment": last_assessment,
        "previous_assessment": previous_assessment,
        "progression": progression,
        "response": response,
        "death": death,
        "new_therapy": new_therapy,
    }
    known = {k: _column(v, n) for k, v in days.items()}
    origin = known["response"] if estimand.start is Start.RESPONSE else _column(start, n)
    _check(estimand, days, known, contact, origin)
    seen = np.where(np.isnan(known["last_assessment"]), origin, known["last_assessment"])
    therapy = known["new_therapy"]
    end = np.fmax(contact, origin)
    if estimand.censoring is Censoring.LAST_ASSESSMENT:
        end = np.fmax(seen, origin)
    cut = np.full(n, np.inf)  # the day after which nothing counts
    if estimand.censored_by_therapy:
        cut = np.where(np.isnan(therapy), np.inf, therapy)
        at_therapy = therapy
        if estimand.censoring is Censoring.LAST_ASSESSMENT:
            at_therapy = _visit_before(estimand.visits, therapy, origin)
        end = np.fmin(end, np.where(np.isnan(therapy), np.inf, at_therapy))
    day, cause = _first_event(estimand, known, cut, seen)
    given = known["previous_assessment"]
    before = _visit_before(estimand.visits, day, origin)
    earlier = np.where(np.isnan(given), before, np.minimum(given, day))
    lower = np.where(_found_at_visits(estimand, cause), earlier, day)
    if estimand.missed_visits:
        last = np.where(seen < day, seen, earlier)
        day, cause, end = _after_gap(estimand, day, cause, end, np.fmax(last, origin))
    event = cause != CENSORED
    # a response may be later than the last contact only in wrong data, which is checked above
    stop = np.where(event, day, np.fmax(end, origin))
    included = np.isfinite(origin)
    blank = np.where(included, 0.0, np.nan)
    return Observed(
        estimand=estimand,
        time=stop - origin + blank,
        event=event & included,
        cause=np.where(included, cause, CENSORED),
        lower=np.where(event, np.fmax(lower, origin), stop) - origin + blank,
        upper=np.where(event, day - origin, np.inf) + blank,
        included=included,
    )


def constant_hazard_days(
    uniform: ArrayLike, hazard: ArrayLike, *, start: ArrayLike = 0.0
) -> Floats:
    """Return days of an event with a constant hazard, as of death without relapse.

    Parameters
    ----------
    uniform : array_like
        Random numbers between 0 and 1, one for each person.
    hazard : array_like, 1/day
        Infinite days come from a hazard of 0.
    start : array_like, day, optional

    Returns
    -------
    ndarray, day
    """
    chance, rate = np.asarray(uniform, dtype=np.float64), np.asarray(hazard, dtype=np.float64)
    if not ((chance >= 0) & (chance < 1)).all() or not (rate >= 0).all():
        raise DataError("random numbers must lie in 0 to 1 (1 excluded), hazards at 0 or above")
    with np.errstate(divide="ignore", invalid="ignore"):
        waited = np.where(rate > 0, -np.log1p(-chance) / rate, np.inf)
    days: Floats = np.asarray(start, dtype=np.float64) + waited
    return days


def _column(given: ArrayLike | None, n: int) -> Floats:
    if given is None:
        return np.full(n, np.nan)
    array = np.asarray(given, dtype=np.float64)
    return np.full(n, float(array)) if array.ndim == 0 else array


def _check(
    estimand: Estimand,
    given: dict[str, ArrayLike | None],
    known: dict[str, Floats],
    contact: Floats,
    origin: Floats,
) -> None:
    issues: list[Issue] = []

    def wrong(what: str, message: str) -> None:
        issues.append(Issue("error", f"{estimand.name}, {what}", message))

    needed = {
        Event.PROGRESSION: "progression",
        Event.DEATH: "death",
        Event.NO_RESPONSE: "response",
        Event.NEW_THERAPY: "new_therapy",
    }
    needs = {needed[e] for e in estimand.events if e not in {Event.DEATH, Event.NEW_THERAPY}}
    if estimand.start is Start.RESPONSE:
        needs.add("response")
    for name in sorted(needs):
        if given[name] is None:
            wrong(name, "is needed by its definition; give one day, or NaN, for each person")
    for name, array in (*known.items(), ("start", origin)):
        if array.shape != contact.shape:
            wrong(name, f"has shape {array.shape}; there are {contact.size} people")
    if not issues:
        if np.isnan(contact).any():
            wrong("last_contact", "is missing for someone; give the last day they were seen")
        late = np.fmax.reduce([known["death"], known["progression"]]) > contact
        if late.any():
            first = int(late.argmax())
            wrong(
                "last_contact",
                f"{contact[first]:g} at index {first} lies before a death or progression",
            )
    raise_issues(issues, DataError)


def _first_event(
    estimand: Estimand, known: dict[str, Floats], cut: Floats, seen: Floats
) -> tuple[Floats, Codes]:
    """Return day and place in the list of the first event that counts; infinite and -1 for none."""
    columns = []
    for event in estimand.events:
        if event is Event.NO_RESPONSE:
            column = _failure(estimand, known, seen)
        else:
            name = {
                Event.PROGRESSION: "progression",
                Event.DEATH: "death",
                Event.NEW_THERAPY: "new_therapy",
            }[event]
            column = known[name]
        counted = np.isfinite(column) & (column <= cut)
        columns.append(np.where(counted, column, np.inf))
    table = np.stack(columns)
    day = table.min(axis=0)
    return day, np.where(np.isfinite(day), table.argmin(axis=0), CENSORED)


def _failure(estimand: Estimand, known: dict[str, Floats], seen: Floats) -> Floats:
    """Return the day on which failure to respond is known: the end of the time to respond."""
    late = estimand.response_by
    responded = known["response"] <= late
    # who was not followed that long did not fail: progression or death count on their own
    return np.where(~responded & (seen >= late), late, np.nan)


def _visit_before(visits: tuple[float, ...], day: Floats, origin: Floats) -> Floats:
    """Return the last visit before a day; the origin where there is none."""
    grid = np.concatenate([[-np.inf], np.asarray(visits, dtype=np.float64)])
    place = np.searchsorted(grid, np.where(np.isfinite(day), day, np.inf), side="left") - 1
    visit: Floats = np.fmax(grid[place], origin)
    return visit


def _found_at_visits(estimand: Estimand, cause: Codes) -> Flags:
    """Mark events that happened at an unknown day before the visit that found them."""
    table = np.array([e is Event.PROGRESSION for e in estimand.events] + [False])
    found: Flags = table[cause]  # the place of CENSORED, -1, is the last
    return found


def _after_gap(
    estimand: Estimand, day: Floats, cause: Codes, end: Floats, last: Floats
) -> tuple[Floats, Codes, Floats]:
    """Censor events that follow too many missed visits after the last assessment."""
    grid = np.asarray(estimand.visits)
    missed = np.searchsorted(grid, np.where(np.isfinite(day), day, -np.inf), side="left")
    missed = missed - np.searchsorted(grid, last, side="right")
    gone = (cause != CENSORED) & (missed > estimand.missed_visits)
    return np.where(gone, np.inf, day), np.where(gone, CENSORED, cause), np.where(gone, last, end)
