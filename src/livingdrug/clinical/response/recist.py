"""RECIST 1.1 for solid tumours."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from livingdrug.clinical.response.assessments import (
    Assessed,
    Assessments,
    Rule,
    ended,
    need_baseline,
)
from livingdrug.clinical.response.categories import (
    Categories,
    Response,
    best_confirmed,
    best_response,
)

__all__ = [
    "CONFIRMATION_DAYS",
    "RULES",
    "STABLE_FROM",
    "overall",
    "progresses",
    "recist",
    "target_responses",
]

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

CONFIRMATION_DAYS = 28.0
STABLE_FROM = 42.0

_PAPER = "Eisenhauer 2009, doi:10.1016/j.ejca.2008.10.026"
_TABLES = f"{_PAPER}, as tabulated in PMC2755245 Table 3 and PMC6936240 Table 2"
_FAQ = "recist.eortc.org, questions and clarifications"

RULES = (
    Rule(
        "complete: all target lesions gone, every lymph node below 10 mm in its short axis", _TABLES
    ),
    Rule("partial: sum of diameters down by 30 % or more from the baseline", _TABLES),
    Rule(
        "progressive: sum up by 20 % or more, and 5 mm or more, from the smallest so far", _TABLES
    ),
    Rule("progressive: a new lesion, or unequivocal progression of non-target lesions", _TABLES),
    Rule("targets complete with non-target lesions left: partial", _TABLES),
    Rule(
        "without target lesions: complete, not complete and not progressive, or progressive",
        _TABLES,
    ),
    Rule(
        "a partial response goes on until progression, once it is confirmed if it has to be", _FAQ
    ),
    Rule(
        "complete and partial response confirmed 4 weeks or more later where response is the "
        "primary endpoint of a trial that is not randomised",
        f"{_FAQ}; PMC4671850 Table 1; PMC2755245 Table 3",
    ),
    Rule(
        "stable only from 6 weeks on, unless the protocol says otherwise", _PAPER, confirmed=False
    ),
)


def recist(
    assessments: Assessments, *, confirm: bool = True, stable_from: float = STABLE_FROM
) -> Assessed:
    """Classify every visit by RECIST 1.1.

    Parameters
    ----------
    assessments : Assessments
        ``sum`` (mm; sum of diameters of the target lesions, at baseline too), and if there is
        something to say ``targets_gone`` (nodes that are left are below 10 mm), ``nontarget`` (0
        complete, 1 present, 2 progressive; at baseline 1 where there are any) and
        ``new_lesions``.
    confirm : bool, optional
        Response is the primary endpoint of a single arm: it must be confirmed.
    stable_from : float, day, optional
        Earliest day of stable disease as a best response.

    Returns
    -------
    Assessed

    Raises
    ------
    DataError
        When someone has neither ``sum`` nor ``nontarget`` at baseline.
    """
    need_baseline(assessments, ["sum", "nontarget"], "RECIST 1.1")
    gap = CONFIRMATION_DAYS if confirm else None
    progressed = progresses(assessments.at("sum"), assessments.start("sum"))
    target = target_responses(assessments, progressed, gap)
    category = overall(assessments, target, assessments.marked("new_lesions"))
    category = ended(category, assessments.visited())
    plain = best_response(category)
    best = plain
    if confirm:
        best = best_confirmed(category, assessments.day, CONFIRMATION_DAYS, stable_from=stable_from)
    words = f"complete and partial responses {CONFIRMATION_DAYS:g} days or more later"
    return Assessed(
        criterion="RECIST 1.1",
        category=category,
        best=best,
        best_unconfirmed=plain,
        confirmation=words if confirm else "none",
        rules=RULES,
        extra={},
    )


def progresses(total: Floats, start: Floats) -> Flags:
    """Mark visits at which the sum is 20 % and 5 mm above the smallest before them.

    Parameters
    ----------
    total : ndarray, shape (n_subjects, n_visits), mm
    start : ndarray, shape (n_subjects,), mm

    Returns
    -------
    ndarray of bool, shape (n_subjects, n_visits)
    """
    first = np.where(np.isnan(start), np.inf, start)[:, None]
    known = np.where(np.isnan(total), np.inf, total)
    smallest = np.minimum.accumulate(np.concatenate([first, known], axis=1), axis=1)[:, :-1]
    # 1e-9 mm: a sum of exactly 120 % must count in spite of rounding
    up = (total >= 1.2 * smallest - 1e-9) & (total - smallest >= 5.0 - 1e-9)
    return up & np.isfinite(smallest)


def target_responses(assessments: Assessments, progressed: Flags, gap: float | None) -> Categories:
    """Return the response of the target lesions; 0 where it is not known.

    Parameters
    ----------
    assessments : Assessments
    progressed : ndarray of bool, shape (n_subjects, n_visits)
        Their progression, from `progresses` or from iRECIST.
    gap : float or None, day
        A partial response goes on when it was seen twice this far apart; at once when None.

    Returns
    -------
    ndarray of Response, shape (n_subjects, n_visits)
    """
    total, start, day = assessments.at("sum"), assessments.start("sum")[:, None], assessments.day
    gone = assessments.marked("targets_gone") | (total == 0.0)
    small = (total <= 0.7 * start + 1e-9) | gone
    seen = np.select(
        [progressed, gone, small, np.isfinite(total)],
        [Response.PROGRESSIVE, Response.COMPLETE, Response.PARTIAL, Response.STABLE],
        Response.NOT_EVALUABLE,
    ).astype(np.int8)
    first = np.full(len(seen), np.nan)
    lasting = np.zeros(len(seen), dtype=np.bool_)
    for j in range(seen.shape[1]):  # over visits: what came before decides
        lasting &= seen[:, j] != Response.PROGRESSIVE
        goes_on = lasting & (seen[:, j] == Response.STABLE)
        seen[goes_on, j] = Response.PARTIAL
        far = np.zeros(len(seen), dtype=np.bool_) if gap is None else day[:, j] - first >= gap
        lasting |= small[:, j] & (np.ones_like(far) if gap is None else far)
        first = np.where(small[:, j] & np.isnan(first), day[:, j], first)
    return seen


def overall(assessments: Assessments, target: Categories, new: Flags) -> Categories:
    """Combine target lesions, non-target lesions and new ones into the response of a visit.

    Parameters
    ----------
    assessments : Assessments
    target : ndarray of Response, shape (n_subjects, n_visits)
    new : ndarray of bool, shape (n_subjects, n_visits)

    Returns
    -------
    ndarray of Response, shape (n_subjects, n_visits)
    """
    other = assessments.at("nontarget")
    has_targets = (np.nan_to_num(assessments.start("sum")) > 0)[:, None]
    has_other = (np.nan_to_num(assessments.start("nontarget")) > 0)[:, None]
    other_gone = ~has_other | (other == 0)
    progressive = new | (other == 2) | (target == Response.PROGRESSIVE)
    with_targets = np.where(
        (target == Response.COMPLETE) & ~other_gone, np.int8(Response.PARTIAL), target
    )
    without = np.select(
        [other == 0, other == 1],
        [Response.COMPLETE, Response.NOT_COMPLETE_NOT_PROGRESSIVE],
        Response.NOT_EVALUABLE,
    )
    combined: Categories = np.where(
        progressive, Response.PROGRESSIVE, np.where(has_targets, with_targets, without)
    ).astype(np.int8)
    return combined
