"""Response at a trial's visits, read off a simulated tumour burden.

A simulation knows how many tumour cells there are; a trial sees a scan, a marrow or an M-protein on
its visit days. `BURDEN_RULES` holds the cut-points that turn one into the other, one record for
each kind of disease, each number with where it comes from. They are rules of this software, not
of the clinical criteria, which are in the neighbouring modules and need measurements that a count
of cells does not give.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import ArrayLike, NDArray

from livingdrug.clinical.response.categories import (
    RESPONDERS,
    Categories,
    Response,
    best_response,
    first_day,
)
from livingdrug.core.errors import (
    DataError,
    Issue,
    OptionError,
    UnknownNameError,
    raise_issues,
    unknown_name,
)

__all__ = [
    "BURDEN_RULES",
    "M_PROTEIN_LOSS",
    "BurdenResponse",
    "BurdenRules",
    "m_protein",
    "respond",
]

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

M_PROTEIN_LOSS = 0.117
"""Loss rate of M-protein, 1/day: Singh 2021, the value of the model entry ``singh2021``."""


@dataclass(frozen=True, slots=True)
class BurdenRules:
    """Cut-points of one kind of disease. A limit that is not used is infinite, a depth 0.

    Attributes
    ----------
    name : str
    measure : {"cells", "diameter", "marker"}
        What is compared with its baseline: the burden, its cube root (a diameter), or a marker in
        blood that the caller gives.
    complete, very_good, partial, minimal : float
        Fraction of the baseline below which (for `very_good`, `partial` and `minimal`: to which)
        the measure has to fall.
    complete_cells : float, cell
        A complete response also has fewer cells than this.
    complete_of_capacity, negative_of_capacity : float
        Fraction of the carrying capacity below which a response is complete and residual disease
        is not found.
    growth : float
        Progression: cells (or diameter) exceed this multiple of the baseline,
    regrowth : float
        or this multiple of the lowest value so far,
    regrowth_cells : float, cell
        with more cells than this,
    regrowth_after_response : bool
        which counts only after a response.
    source : str
    """

    name: str
    measure: str = "cells"
    complete: float = 0.0
    very_good: float = 0.0
    partial: float = 0.0
    minimal: float = 0.0
    complete_cells: float = np.inf
    complete_of_capacity: float = np.inf
    negative_of_capacity: float = 0.0
    growth: float = 1.2
    regrowth: float = 2.0
    regrowth_cells: float = 5e9
    regrowth_after_response: bool = True
    source: str = ""


_PROGRESSION = "progression above 1.2 times the baseline: kimmel2021; regrowth: assumed"

BURDEN_RULES: Mapping[str, BurdenRules] = MappingProxyType(
    {
        rule.name: rule
        for rule in (
            BurdenRules(
                "leukaemia",
                complete=np.inf,
                complete_of_capacity=0.05,
                negative_of_capacity=1e-4,
                source="a full marrow holds the carrying capacity: blasts below 5 % of it (CR or "
                f"CRi, counts are not simulated), below 1e-4 no residual disease; {_PROGRESSION}",
            ),
            BurdenRules(
                "lymphoma",
                complete=0.01,
                complete_cells=5e9,
                partial=0.5,
                source=f"depths assumed: 1 % and below 5e9 cells, 50 %; {_PROGRESSION}",
            ),
            BurdenRules(
                "myeloma",
                measure="marker",
                complete=0.01,
                complete_of_capacity=0.05,
                very_good=0.1,
                partial=0.5,
                minimal=0.75,
                source="depths of M-protein: IMWG; immunofixation taken as negative below 1 % of "
                f"the baseline (assumed), plasma cells below 5 % of a full marrow; {_PROGRESSION}",
            ),
            BurdenRules(
                "solid",
                measure="diameter",
                complete=0.01 ** (1 / 3),
                complete_cells=5e9,
                partial=0.7,
                growth=1.2,
                regrowth=1.2,
                regrowth_after_response=False,
                source="RECIST 1.1 on the cube root of the burden: 30 % below the baseline, 20 % "
                "above the smallest; disappearance below 1 % of the cells and 5e9 cells, and no "
                "regrowth below 5e9 cells in place of 5 mm: assumed",
            ),
        )
    }
)
"""Cut-points by kind of disease."""


@dataclass(frozen=True, slots=True)
class BurdenResponse:
    """What a trial would have recorded.

    Attributes
    ----------
    visits : ndarray, shape (n_visits,), day
    category : ndarray of Response, shape (n_subjects, n_visits)
        `PROGRESSIVE` from the visit of progression on; `NOT_EVALUABLE` where there was no value.
    best : ndarray of Response, shape (n_subjects,)
        Up to progression, not confirmed.
    response_day, best_day, progression_day : ndarray, shape (n_subjects,), day
        First visit with a response, with the best category, with progression; NaN where none.
    relapse : ndarray of bool, shape (n_subjects,)
        The progression came after a response.
    antigen_negative : ndarray of bool, shape (n_subjects,)
        More tumour cells without the antigen than with it at the visit of progression.
    residual_negative : ndarray of bool, shape (n_subjects, n_visits)
        A complete response without residual disease.
    """

    visits: Floats
    category: Categories
    best: Categories
    response_day: Floats
    best_day: Floats
    progression_day: Floats
    relapse: Flags
    antigen_negative: Flags
    residual_negative: Flags


def respond(
    burden: ArrayLike,
    visits: ArrayLike,
    rules: str | BurdenRules,
    *,
    baseline: ArrayLike,
    capacity: ArrayLike = np.inf,
    antigen_lost: ArrayLike | None = None,
    marker: ArrayLike | None = None,
) -> BurdenResponse:
    """Read the response at each visit off the burden of many people at once.

    Parameters
    ----------
    burden : array_like, shape (n_subjects, n_visits), cell
        All tumour cells at the visits; NaN where a visit was missed.
    visits : array_like, shape (n_visits,), day
        Increasing; without the baseline assessment.
    rules : str or BurdenRules
        A name in `BURDEN_RULES`.
    baseline : array_like, shape (n_subjects,), cell
        Burden at the baseline assessment.
    capacity : array_like, shape (n_subjects,), cell, optional
        Carrying capacity: the cells of a full marrow. Needed by leukaemia and myeloma.
    antigen_lost : array_like, shape (n_subjects, n_visits), cell, optional
        Tumour cells without the antigen, for the type of relapse.
    marker : array_like, shape (n_subjects, n_visits), optional
        The marker relative to its baseline, from `m_protein`. Needed by myeloma.

    Returns
    -------
    BurdenResponse

    Raises
    ------
    UnknownNameError, OptionError, DataError
        When the rules are not known, an array that they need is missing, or shapes do not fit.

    Examples
    --------
    >>> found = respond([[1e8, 2e11]], [28.0, 90.0], "lymphoma", baseline=[1e11])
    >>> found.best.tolist(), found.progression_day.tolist(), found.relapse.tolist()
    ([10], [90.0], [True])
    """
    rule = _rules(rules)
    cells = np.asarray(burden, dtype=np.float64)
    days = np.asarray(visits, dtype=np.float64)
    start = np.asarray(baseline, dtype=np.float64)
    full = np.broadcast_to(np.asarray(capacity, dtype=np.float64), start.shape)
    level = None if marker is None else np.asarray(marker, dtype=np.float64)
    lost = None if antigen_lost is None else np.asarray(antigen_lost, dtype=np.float64)
    _check(rule, cells, days, start, full, level, lost)
    relative = _relative(rule, cells, start, level)
    depth = _depth(rule, cells, relative, full)
    gone = _progression(rule, _size(rule, cells, start), cells, depth)
    category = np.where(gone, np.int8(Response.PROGRESSIVE), depth).astype(np.int8)
    first = gone & (np.cumsum(gone, axis=1) == 1)
    progression_day = first_day(first, days)
    best = best_response(category)
    response_day = first_day(category >= RESPONDERS, days)
    negative = np.zeros(len(cells), dtype=np.bool_)
    if lost is not None:
        negative = (first & (lost > cells - lost)).any(axis=1)
    complete = category >= Response.COMPLETE
    residual_free = np.zeros_like(complete)
    if rule.negative_of_capacity > 0:
        residual_free = complete & (cells < rule.negative_of_capacity * full[:, None])
    return BurdenResponse(
        visits=days,
        category=category,
        best=best,
        response_day=response_day,
        best_day=np.where(best > 0, first_day(category == best[:, None], days), np.nan),
        progression_day=progression_day,
        relapse=np.isfinite(progression_day) & np.isfinite(response_day),
        antigen_negative=negative,
        residual_negative=residual_free,
    )


def m_protein(
    times: ArrayLike,
    burden: ArrayLike,
    *,
    baseline: ArrayLike,
    rate: float = M_PROTEIN_LOSS,
) -> Floats:
    """Return M-protein relative to its baseline, which follows the burden with its own half-life.

    It is made in proportion to the burden and lost at a constant rate, ``P' = rate (T/T0 - P)``
    with ``P = 1`` at the first time. Between two times the burden is taken as a straight line, for
    which the solution is exact.

    Parameters
    ----------
    times : array_like, shape (n_times,), day
        Increasing, the first at the baseline assessment; close enough that the burden is nearly
        straight between two of them.
    burden : array_like, shape (n_subjects, n_times), cell
    baseline : array_like, shape (n_subjects,), cell
    rate : float, 1/day, optional
        `M_PROTEIN_LOSS`: a half-life of 5.9 days.

    Returns
    -------
    ndarray, shape (n_subjects, n_times)
    """
    day = np.asarray(times, dtype=np.float64)
    source = np.asarray(burden, dtype=np.float64) / np.asarray(baseline, dtype=np.float64)[:, None]
    if not (np.isfinite(rate) and rate > 0):
        raise OptionError(f"rate: {rate} per day given; it must be larger than 0")
    if source.shape[1] != day.size or (np.diff(day) <= 0).any():
        raise DataError("times must increase, one for each column of the burden")
    level = np.ones_like(source)
    for k, step in enumerate(np.diff(day)):
        kept = np.exp(-rate * step)
        slope = (source[:, k + 1] - source[:, k]) / step
        # particular solution a + b t of P' = rate (s - P), s = s0 + slope t
        offset = source[:, k] - slope / rate
        level[:, k + 1] = offset + slope * step + (level[:, k] - offset) * kept
    return level


def _rules(rules: str | BurdenRules) -> BurdenRules:
    if isinstance(rules, BurdenRules):
        return rules
    if rules not in BURDEN_RULES:
        raise UnknownNameError([unknown_name("rules of response", rules, BURDEN_RULES)])
    return BURDEN_RULES[rules]


def _check(
    rule: BurdenRules,
    cells: Floats,
    days: Floats,
    start: Floats,
    full: Floats,
    level: Floats | None,
    lost: Floats | None,
) -> None:
    """Refuse arrays that do not fit together."""
    issues = []

    def wrong(what: str, message: str) -> None:
        issues.append(Issue("error", what, message))

    if days.ndim != 1 or (np.diff(days) <= 0).any() or not np.isfinite(days).all():
        wrong("visits", "must be days that increase")
    shape = (start.size, days.size)
    for name, array in (("burden", cells), ("marker", level), ("antigen_lost", lost)):
        if array is not None and array.shape != shape:
            wrong(name, f"has shape {array.shape}; people and visits make it {shape}")
    if not (np.isfinite(start) & (start > 0)).all():
        wrong("baseline", "must be a number above 0 for everyone: without tumour, no response")
    if np.isfinite(rule.complete_of_capacity) and not (np.isfinite(full) & (full > 0)).all():
        wrong("capacity", f"is needed by the rules {rule.name!r}, a number above 0 for everyone")
    if rule.measure == "marker" and level is None:
        wrong("marker", f"is needed by the rules {rule.name!r}; livingdrug has m_protein for it")
    raise_issues(issues, DataError)


def _size(rule: BurdenRules, cells: Floats, start: Floats) -> Floats:
    """Return cells or diameter over the baseline."""
    ratio = np.maximum(cells, 0.0) / start[:, None]
    return np.cbrt(ratio) if rule.measure == "diameter" else ratio


def _relative(rule: BurdenRules, cells: Floats, start: Floats, level: Floats | None) -> Floats:
    """Return the measure of depth over its baseline."""
    if rule.measure == "marker" and level is not None:
        return np.where(np.isnan(cells), np.nan, level)
    return _size(rule, cells, start)


def _depth(rule: BurdenRules, cells: Floats, relative: Floats, full: Floats) -> Categories:
    """Return how deep each visit is, progression left aside."""
    complete = (relative < rule.complete) & (cells < rule.complete_cells)
    if np.isfinite(rule.complete_of_capacity):
        complete &= cells < rule.complete_of_capacity * full[:, None]
    depth = np.select(
        [
            np.isnan(relative),
            complete,
            relative <= rule.very_good,
            relative <= rule.partial,
            relative <= rule.minimal,
        ],
        [
            Response.NOT_EVALUABLE,
            Response.COMPLETE,
            Response.VERY_GOOD_PARTIAL,
            Response.PARTIAL,
            Response.MINIMAL,
        ],
        Response.STABLE,
    )
    chosen: Categories = depth.astype(np.int8)
    return chosen


def _progression(rule: BurdenRules, size: Floats, cells: Floats, depth: Categories) -> Flags:
    """Mark every visit from the first progression on; a marker lags, so the size decides."""
    n = len(cells)
    known = np.where(np.isnan(size), np.inf, size)
    # the lowest value before each visit, the baseline included
    lowest = np.minimum.accumulate(np.concatenate([np.ones((n, 1)), known], axis=1), axis=1)[:, :-1]
    regrown = (size > rule.regrowth * lowest) & (cells > rule.regrowth_cells)
    if rule.regrowth_after_response:
        never = np.zeros((n, 1), dtype=np.bool_)
        before = np.concatenate([never, depth >= RESPONDERS], axis=1)[:, :-1]
        regrown &= np.logical_or.accumulate(before, axis=1)
    ended: Flags = np.logical_or.accumulate((size > rule.growth) | regrown, axis=1)
    return ended
