"""iRECIST: RECIST for immunotherapy, where progression must be confirmed."""

from __future__ import annotations

from dataclasses import dataclass

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
from livingdrug.clinical.response.recist import (
    CONFIRMATION_DAYS,
    STABLE_FROM,
    overall,
    progresses,
    target_responses,
)

__all__ = ["RULES", "irecist"]

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

_FURTHER = 5.0
_TABLES = "Seymour 2017, doi:10.1016/S1470-2045(17)30074-8, Tables 2 and 3 (PMC5648544)"
_FAQ = "recist.eortc.org, questions on iRECIST"

RULES = (
    Rule("what is progression in RECIST 1.1 is first unconfirmed (iUPD)", _TABLES),
    Rule(
        "confirmed (iCPD) by the sum of targets 5 mm or more above that of iUPD, by any further "
        "growth of non-target lesions, by new lesions that grew (5 mm in sum, or at all if not "
        "measured) or became more",
        _TABLES,
    ),
    Rule("confirmed also by progression in a kind of lesion that had none before", _FAQ),
    Rule("scans less than 4 weeks after iUPD do not confirm; small increases add up", _FAQ),
    Rule("neither confirmed nor better: it stays iUPD", _TABLES),
    Rule("iSD, iPR or iCR after iUPD: progression has to be found anew", _TABLES),
    Rule(
        "new lesions that do not change: it stays iUPD, but iPR is possible when the targets "
        "shrink further, iCR is not",
        f"{_TABLES}; {_FAQ}",
    ),
    Rule("best response: iCR, iPR or iSD before iCPD; else iCPD, else iUPD", f"{_TABLES}, Table 3"),
)


@dataclass(slots=True)
class _Pending:
    """An unconfirmed progression of each person, as it stood when it was found."""

    on: Flags
    day: Floats
    total: Floats
    new_sum: Floats
    new_count: Floats
    by_target: Flags
    by_other: Flags
    by_new: Flags

    @classmethod
    def none(cls, n: int) -> _Pending:
        no = np.zeros(n, dtype=np.bool_)
        nan = np.full(n, np.nan)
        return cls(no, nan, nan, nan, nan, no, no, no)


def irecist(
    assessments: Assessments, *, confirm: bool = False, stable_from: float = STABLE_FROM
) -> Assessed:
    """Classify every visit by iRECIST.

    Parameters
    ----------
    assessments : Assessments
        The columns of `recist`, where ``new_lesions`` is how many there are, and if there is
        something to say ``new_sum`` (mm; of the measured new lesions), ``new_growth`` (new
        lesions that are not measured grew) and ``nontarget_growth`` (non-target lesions grew
        further).
    confirm : bool, optional
        Responses, too, must be confirmed 4 weeks later: response is the primary endpoint of a
        single arm.
    stable_from : float, day, optional

    Returns
    -------
    Assessed
        `Response.PROGRESSIVE` is confirmed progression; ``extra["first_unconfirmed"]`` is the
        day of the iUPD that was confirmed, which is the day of progression.

    Raises
    ------
    DataError
        When someone has neither ``sum`` nor ``nontarget`` at baseline.
    """
    need_baseline(assessments, ["sum", "nontarget"], "iRECIST")
    category, day = _walk(assessments, CONFIRMATION_DAYS if confirm else None)
    category = ended(category, assessments.visited())
    plain = _best(category, best_response(category))
    best = plain
    if confirm:
        best = _best(
            category,
            best_confirmed(category, assessments.day, CONFIRMATION_DAYS, stable_from=stable_from),
        )
    words = f"progression after {CONFIRMATION_DAYS:g} days or more"
    return Assessed(
        criterion="iRECIST",
        category=category,
        best=best,
        best_unconfirmed=plain,
        confirmation=f"{words}, and responses likewise" if confirm else words,
        rules=RULES,
        extra={"first_unconfirmed": day},
    )


def _walk(a: Assessments, gap: float | None) -> tuple[Categories, Floats]:
    """Go from visit to visit, all people at once."""
    n, m = a.day.shape
    total, count, new_sum = a.at("sum"), np.nan_to_num(a.at("new_lesions")), a.at("new_sum")
    target_up = progresses(total, a.start("sum"))
    targets = target_responses(a, target_up, gap)
    # what the visit would be without its progression
    plain = overall(
        a, np.where(target_up, np.int8(Response.STABLE), targets), np.zeros_like(target_up)
    )
    plain = np.where(plain == Response.PROGRESSIVE, np.int8(Response.STABLE), plain)
    plain = np.where((count > 0) & (plain == Response.COMPLETE), np.int8(Response.PARTIAL), plain)
    before = np.concatenate([np.zeros((n, 1)), np.maximum.accumulate(count, axis=1)], axis=1)
    more = count > before[:, :m]
    other_up = a.at("nontarget") == 2
    wait, out = _Pending.none(n), np.zeros((n, m), dtype=np.int8)
    confirmed_day = np.full(n, np.nan)
    for j in range(m):
        seen = np.isfinite(a.day[:, j])
        signs = (target_up[:, j], other_up[:, j], more[:, j])
        far = a.day[:, j] - wait.day >= CONFIRMATION_DAYS
        confirmed = wait.on & far & _confirms(a, wait, j, signs) & seen
        still = wait.on & (_persists(wait, total[:, j], signs, plain[:, j]) | ~far)
        fresh = ~wait.on & (signs[0] | signs[1] | signs[2])
        out[:, j] = np.select(
            [~seen, confirmed, still | fresh],
            [Response.NOT_EVALUABLE, Response.PROGRESSIVE, Response.UNCONFIRMED_PROGRESSIVE],
            plain[:, j],
        )
        confirmed_day = np.where(confirmed & np.isnan(confirmed_day), wait.day, confirmed_day)
        resolved = wait.on & seen & ~still & ~confirmed & (plain[:, j] != Response.NOT_EVALUABLE)
        _update(
            wait,
            fresh & seen,
            resolved,
            a.day[:, j],
            total[:, j],
            new_sum[:, j],
            count[:, j],
            signs,
        )
    return out, confirmed_day


def _confirms(a: Assessments, wait: _Pending, j: int, signs: tuple[Flags, Flags, Flags]) -> Flags:
    """Tell whether a visit confirms what is pending."""
    target_up, other_up, more = signs
    grown = a.at("sum")[:, j] - wait.total >= _FURTHER - 1e-9
    new_grown = (
        np.nan_to_num(a.at("new_sum")[:, j]) - np.nan_to_num(wait.new_sum) >= _FURTHER - 1e-9
    )
    by_target = np.where(wait.by_target, grown, target_up)
    by_other = np.where(wait.by_other, a.marked("nontarget_growth")[:, j], other_up)
    by_new = more | (wait.by_new & (new_grown | a.marked("new_growth")[:, j]))
    confirmed: Flags = by_target | by_other | by_new
    return confirmed


def _persists(
    wait: _Pending, total: Floats, signs: tuple[Flags, Flags, Flags], plain: Categories
) -> Flags:
    """Tell whether the finding that is pending is still there, or nothing new is known."""
    target_up, other_up, more = signs
    # the smallest sum does not move while the sum is above it, so the sign itself is kept
    there = (wait.by_target & target_up) | (wait.by_other & other_up) | more
    shrunk = (plain >= Response.PARTIAL) & (total < wait.total)
    only_new = wait.by_new & ~wait.by_target & ~wait.by_other & ~shrunk
    unknown = plain == Response.NOT_EVALUABLE
    kept: Flags = (there | only_new) & ~unknown
    return kept


def _update(
    wait: _Pending,
    fresh: Flags,
    resolved: Flags,
    day: Floats,
    total: Floats,
    new_sum: Floats,
    count: Floats,
    signs: tuple[Flags, Flags, Flags],
) -> None:
    """Begin what is new, and forget what was resolved."""
    wait.on = (wait.on & ~resolved) | fresh
    for name, value in (("day", day), ("total", total), ("new_sum", new_sum), ("new_count", count)):
        setattr(wait, name, np.where(fresh, value, getattr(wait, name)))
    for name, sign in zip(("by_target", "by_other", "by_new"), signs, strict=True):
        setattr(wait, name, np.where(fresh, sign, getattr(wait, name)))


def _best(category: Categories, best: Categories) -> Categories:
    """Put confirmed above unconfirmed progression where neither was better."""
    confirmed = (category == Response.PROGRESSIVE).any(axis=1)
    only = confirmed & (best == Response.UNCONFIRMED_PROGRESSIVE)
    return np.where(only, np.int8(Response.PROGRESSIVE), best).astype(np.int8)
