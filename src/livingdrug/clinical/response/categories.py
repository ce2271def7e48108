"""Categories of response that all criteria share, and what follows from a row of them.

A category is a number so that a whole trial fits in one array; a larger number is a better result.
"""

from __future__ import annotations

from enum import IntEnum

import numpy as np
from numpy.typing import ArrayLike, NDArray

from livingdrug.core.errors import OptionError

__all__ = [
    "RESPONDERS",
    "Categories",
    "Response",
    "best_confirmed",
    "best_response",
    "first_day",
    "progression_visit",
    "response_text",
]

Categories = NDArray[np.int8]
Floats = NDArray[np.float64]


class Response(IntEnum):
    """Result of one assessment, the worst first."""

    NOT_EVALUABLE = 0
    PROGRESSIVE = 1
    """Progression, or relapse after a response; iRECIST: confirmed."""
    UNCONFIRMED_PROGRESSIVE = 2
    """Only iRECIST."""
    STABLE = 3
    NOT_COMPLETE_NOT_PROGRESSIVE = 4
    """RECIST, where there are no target lesions."""
    MINIMAL = 5
    """Only myeloma."""
    PARTIAL = 6
    VERY_GOOD_PARTIAL = 7
    """Only myeloma."""
    COMPLETE_INCOMPLETE_COUNTS = 8
    """Leukaemia: complete, without recovery of neutrophils or platelets."""
    COMPLETE_PARTIAL_COUNTS = 9
    """Leukaemia: complete, neutrophils and platelets partly recovered."""
    COMPLETE = 10
    STRINGENT_COMPLETE = 11
    """Only myeloma."""


_SHORT = {
    Response.NOT_EVALUABLE: "NE",
    Response.PROGRESSIVE: "PD",
    Response.UNCONFIRMED_PROGRESSIVE: "UPD",
    Response.STABLE: "SD",
    Response.NOT_COMPLETE_NOT_PROGRESSIVE: "non-CR/non-PD",
    Response.MINIMAL: "MR",
    Response.PARTIAL: "PR",
    Response.VERY_GOOD_PARTIAL: "VGPR",
    Response.COMPLETE_INCOMPLETE_COUNTS: "CRi",
    Response.COMPLETE_PARTIAL_COUNTS: "CRh",
    Response.COMPLETE: "CR",
    Response.STRINGENT_COMPLETE: "sCR",
}

RESPONDERS = Response.PARTIAL
"""From here on a person counts as a responder (a minimal response does not)."""


def response_text(category: int, *, immune: bool = False) -> str:
    """Return the usual short name of a category.

    Parameters
    ----------
    category : int
    immune : bool, optional
        As iRECIST writes it, with an ``i`` in front.

    Returns
    -------
    str

    Examples
    --------
    >>> response_text(Response.COMPLETE), response_text(1, immune=True)
    ('CR', 'iCPD')
    """
    value = Response(int(category))
    short = _SHORT[value]
    if not immune or value is Response.NOT_EVALUABLE:
        return short
    return "iCPD" if value is Response.PROGRESSIVE else f"i{short}"


def progression_visit(categories: ArrayLike) -> NDArray[np.int64]:
    """Return the index of the first visit with progression, and -1 where there is none.

    Parameters
    ----------
    categories : array_like of Response, shape (n_subjects, n_visits)

    Returns
    -------
    ndarray of int, shape (n_subjects,)
    """
    hit = np.asarray(categories) == Response.PROGRESSIVE
    if hit.shape[1] == 0:
        return np.full(hit.shape[0], -1)
    return np.where(hit.any(axis=1), hit.argmax(axis=1), -1)


def best_response(categories: ArrayLike) -> Categories:
    """Return the best category of each person up to progression, without confirmation.

    Parameters
    ----------
    categories : array_like of Response, shape (n_subjects, n_visits)

    Returns
    -------
    ndarray of Response, shape (n_subjects,)
    """
    given = np.asarray(categories, dtype=np.int8)
    best: Categories = _before_progression(given).max(axis=1, initial=Response.NOT_EVALUABLE)
    return best


def best_confirmed(
    categories: ArrayLike,
    visits: ArrayLike,
    gap: float,
    *,
    least: Response = RESPONDERS,
    consecutive: bool = False,
    stable_from: float = 0.0,
) -> Categories:
    """Return the best category that a later assessment confirms.

    A category from `least` upwards counts as far as another assessment, `gap` or more days later
    and before progression, reaches it too; what is only seen once falls back to `STABLE`.

    Parameters
    ----------
    categories : array_like of Response, shape (n_subjects, n_visits)
    visits : array_like, shape (n_visits,) or (n_subjects, n_visits), day
        Increasing.
    gap : float, day
        0 for any two assessments.
    least : Response, optional
        The least category that needs to be confirmed.
    consecutive : bool, optional
        No evaluable assessment may lie between the two that is worse than what they confirm.
    stable_from : float, day, optional
        Day from which on an assessment can make a person stable.

    Returns
    -------
    ndarray of Response, shape (n_subjects,)

    Examples
    --------
    >>> seen = [[Response.STABLE, Response.PARTIAL, Response.COMPLETE]]
    >>> best_confirmed(seen, [28.0, 56.0, 84.0], 28.0).tolist()
    [6]
    """
    if not gap >= 0:
        raise OptionError(f"gap: {gap} days given; it must be 0 or more")
    seen = _before_progression(np.asarray(categories, dtype=np.int8))
    days = np.broadcast_to(np.asarray(visits, dtype=np.float64), seen.shape)
    alone = np.where(seen < least, seen, Response.STABLE)
    early = (alone >= Response.STABLE) & (days < stable_from)
    best = np.where(early, Response.NOT_EVALUABLE, alone).max(
        axis=1, initial=Response.NOT_EVALUABLE
    )
    for i in range(seen.shape[1]):  # over pairs of visits, never over people
        between = seen[:, i].copy()
        for j in range(i + 1, seen.shape[1]):
            far = days[:, j] - days[:, i] >= gap
            level = np.minimum(between, seen[:, j])
            best = np.where(far & (level >= least), np.maximum(best, level), best)
            if consecutive:
                evaluable = seen[:, j] != Response.NOT_EVALUABLE
                between = np.where(evaluable, np.minimum(between, seen[:, j]), between)
    confirmed: Categories = best.astype(np.int8)
    return confirmed


def first_day(hits: ArrayLike, visits: ArrayLike) -> Floats:
    """Return the day of the first visit that is marked; NaN where none is.

    Parameters
    ----------
    hits : array_like of bool, shape (n_subjects, n_visits)
    visits : array_like, shape (n_visits,) or (n_subjects, n_visits), day

    Returns
    -------
    ndarray, shape (n_subjects,), day
    """
    marked = np.asarray(hits, dtype=np.bool_)
    days = np.broadcast_to(np.asarray(visits, dtype=np.float64), marked.shape)
    # not by position: a row may hold its visits in any order, or pad with NaN
    found = np.where(marked, days, np.inf).min(axis=1, initial=np.inf)
    return np.where(np.isfinite(found), found, np.nan)


def _before_progression(categories: Categories) -> Categories:
    """Blank what comes after progression: it can no longer make a best response."""
    past = np.cumsum(categories == Response.PROGRESSIVE, axis=1)
    later = np.concatenate([np.zeros((len(past), 1), dtype=np.bool_), past[:, :-1] > 0], axis=1)
    kept: Categories = np.where(
        later[:, : categories.shape[1]], np.int8(Response.NOT_EVALUABLE), categories
    ).astype(np.int8)
    return kept
