"""IMWG response criteria of 2016 for multiple myeloma."""

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

__all__ = ["MEASURABLE", "RULES", "imwg"]

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

MEASURABLE = {"m_serum": 1.0, "m_urine": 200.0, "flc_involved": 10.0, "marrow": 30.0}
"""Least value at baseline that a measure needs: g/dL, mg/24 h, mg/dL, %."""

_PAPER = "Kumar 2016, doi:10.1016/S1470-2045(16)30206-6, as tabulated in"
_TABLE = (
    f"{_PAPER} PMC9954856 Table 1; earlier PMC2627786 Table 5, ashpublications.net/view-large/"
    "7148891"
)
_MANUAL = "CIBMTR Forms Instruction Manual, multiple myeloma response criteria"

RULES = (
    Rule(
        "complete: immunofixation of serum and urine negative, no plasmacytoma, less than 5 % "
        "plasma cells in marrow; the free-light-chain ratio normal where only light chains are "
        "measurable",
        f"{_TABLE}; {_MANUAL}",
    ),
    Rule("stringent: complete, ratio of free light chains normal, no clonal plasma cells", _TABLE),
    Rule(
        "very good partial: M-protein only by immunofixation, or serum down by 90 % or more and "
        "urine below 100 mg/24 h",
        _TABLE,
    ),
    Rule(
        "partial: serum down by 50 % or more and urine by 90 % or to less than 200 mg/24 h; else "
        "the difference of free light chains down by 50 %; else plasma cells of marrow, 30 % or "
        "more before, down by 50 %; plasmacytomas down by 50 %",
        _TABLE,
    ),
    Rule("minimal: serum down by 25 to 49 % and urine by 50 to 89 %", _TABLE),
    Rule("light chains down by 90 % as a very good partial response", "PMC7873074 Table 1, note c"),
    Rule(
        "progressive: up by 25 % from the lowest value in serum (0.5 g/dL or more; 1 g/dL from 5 "
        "g/dL on), urine (200 mg/24 h), difference of light chains (more than 10 mg/dL) or, where "
        "nothing else is measurable, marrow (10 %); new lesions; plasmacytomas up by 50 %",
        f"{_TABLE}; droracle.ai on relapse criteria",
    ),
    Rule(
        "every category but those of imaging and marrow needs two consecutive assessments; the "
        "marrow is not repeated",
        f"doi:10.1038/sj.leu.2404284 Table 5 note a; {_MANUAL}",
    ),
    Rule("what meets some rules of a category only is the next lower one", _MANUAL),
    Rule("relapse from complete response alone is not progression", _TABLE, confirmed=False),
)


@dataclass(frozen=True, slots=True)
class _Path:
    """What is measurable in each person, and how the measures stand against the baseline."""

    serum: Flags
    urine: Flags
    chains: Flags
    marrow: Flags


def imwg(assessments: Assessments) -> Assessed:
    """Classify every visit by the IMWG criteria.

    Parameters
    ----------
    assessments : Assessments
        ``m_serum`` (g/dL), ``m_urine`` (mg/24 h), ``flc_involved``, ``flc_uninvolved`` (mg/dL) and
        ``marrow`` (% plasma cells), at baseline too; ``immunofixation`` (1 positive, 0 negative in
        serum and urine), ``flc_ratio_normal``, ``clonal`` (clonal plasma cells found),
        ``plasmacytoma`` (mm2, sum of products), ``new_lesions`` (bone or soft tissue).

    Returns
    -------
    Assessed
        ``extra["measured_by"]`` says what each person's response rests on.

    Raises
    ------
    DataError
        When someone has no measure at baseline.
    """
    need_baseline(assessments, [*MEASURABLE], "IMWG")
    path = _path(assessments)
    depth = _depth(assessments, path)
    imaging = _imaging(assessments)
    biochemical = _twice(_biochemical(assessments, path), depth)
    category = np.where(imaging | biochemical, np.int8(Response.PROGRESSIVE), depth)
    category = ended(category, assessments.visited())
    best = best_confirmed(category, assessments.day, 0.0, least=Response.MINIMAL, consecutive=True)
    return Assessed(
        criterion="IMWG 2016",
        category=category,
        best=best,
        best_unconfirmed=best_response(category),
        confirmation="two consecutive assessments",
        rules=RULES,
        extra={"measured_by": _words(path)},
    )


def _path(a: Assessments) -> _Path:
    serum = a.start("m_serum") >= MEASURABLE["m_serum"]
    urine = a.start("m_urine") >= MEASURABLE["m_urine"]
    chains = (a.start("flc_involved") >= MEASURABLE["flc_involved"]) & ~serum & ~urine
    marrow = (a.start("marrow") >= MEASURABLE["marrow"]) & ~serum & ~urine & ~chains
    return _Path(serum, urine, chains, marrow)


def _words(path: _Path) -> NDArray[np.generic]:
    return np.select(
        [path.serum & path.urine, path.serum, path.urine, path.chains, path.marrow],
        ["serum and urine", "serum", "urine", "light chains", "marrow"],
        "nothing measurable",
    )


def _left(a: Assessments, name: str) -> Floats:
    """Return what is left of the baseline, as a fraction."""
    with np.errstate(divide="ignore", invalid="ignore"):
        share: Floats = a.at(name) / a.start(name)[:, None]
    return share


def _difference(a: Assessments) -> tuple[Floats, Floats]:
    return (
        a.at("flc_involved") - a.at("flc_uninvolved"),
        a.start("flc_involved") - a.start("flc_uninvolved"),
    )


def _depth(a: Assessments, path: _Path) -> Categories:
    """Return how deep each visit is, progression left aside."""
    known, (vgpr, partial, minimal) = _levels(a, path)
    marrow = a.latest("marrow")
    before = np.nan_to_num(a.start("plasmacytoma"))[:, None]
    mass = np.where(before > 0, a.latest("plasmacytoma") / np.where(before > 0, before, 1.0), 0.0)
    # a plasmacytoma that was not looked at again counts as it was
    mass = np.where(np.isnan(mass), 1.0, mass)
    negative = a.at("immunofixation") == 0
    ratio = a.marked("flc_ratio_normal")
    complete = negative & (marrow < 5.0) & (mass == 0.0) & (ratio | ~path.chains[:, None])
    stringent = complete & ratio & (a.latest("clonal") == 0)
    halved = mass <= 0.5
    return np.select(
        [
            ~(known | np.isfinite(a.at("immunofixation"))),
            stringent,
            complete,
            (vgpr | negative) & halved,
            partial & halved,
            minimal & halved,
        ],
        [
            Response.NOT_EVALUABLE,
            Response.STRINGENT_COMPLETE,
            Response.COMPLETE,
            Response.VERY_GOOD_PARTIAL,
            Response.PARTIAL,
            Response.MINIMAL,
        ],
        Response.STABLE,
    ).astype(np.int8)


def _levels(a: Assessments, path: _Path) -> tuple[Flags, tuple[Flags, Flags, Flags]]:
    """Return where the measures are known, and where each level is reached."""
    serum, urine, urine_now = _left(a, "m_serum"), _left(a, "m_urine"), a.at("m_urine")
    s, u = path.serum[:, None], path.urine[:, None]
    c, m = path.chains[:, None], path.marrow[:, None]
    protein = s | u
    known_protein = (np.isfinite(serum) | ~s) & (np.isfinite(urine) | ~u) & protein
    traces = (urine_now < 100.0) | (np.isnan(urine_now) & ~u)
    gone = (a.at("m_serum") == 0) & ((urine_now == 0) | (np.isnan(urine_now) & ~u))
    vgpr = ((serum <= 0.1) | ~s) & traces | gone
    partial = ((serum <= 0.5) | ~s) & ((urine <= 0.1) | (urine_now < 200.0) | ~u)
    minimal = ((serum <= 0.75) | ~s) & ((urine <= 0.5) | ~u)
    now, then = _difference(a)
    with np.errstate(divide="ignore", invalid="ignore"):
        chains = now / then[:, None]
    cells = _left(a, "marrow")
    known = known_protein | (c & np.isfinite(chains)) | (m & np.isfinite(cells))
    return known, (
        (known_protein & vgpr) | (c & (chains <= 0.1)),
        (known_protein & partial) | (c & (chains <= 0.5)) | (m & (cells <= 0.5)),
        known_protein & minimal,
    )


def _rise(values: Floats, start: Floats, least: Floats | float, *, more: bool = False) -> Flags:
    """Mark visits 25 % and an absolute step above the lowest value before."""
    first = np.where(np.isnan(start), np.inf, start)[:, None]
    known = np.where(np.isnan(values), np.inf, values)
    lowest = np.minimum.accumulate(np.concatenate([first, known], axis=1), axis=1)[:, :-1]
    if isinstance(least, np.ndarray):
        least = np.where(lowest >= 5.0, least[1], least[0])
    with np.errstate(invalid="ignore"):
        step = values - lowest
        enough = step > least if more else step >= least - 1e-9
        up: Flags = (values >= 1.25 * lowest - 1e-9) & enough & np.isfinite(lowest)
    return up


def _biochemical(a: Assessments, path: _Path) -> Flags:
    nothing = ~(path.serum | path.urine)[:, None]
    now, then = _difference(a)
    serum = _rise(a.at("m_serum"), a.start("m_serum"), np.array([0.5, 1.0]))
    urine = _rise(a.at("m_urine"), a.start("m_urine"), 200.0)
    chains = _rise(now, then, 10.0, more=True) & nothing
    marrow = _rise(a.at("marrow"), a.start("marrow"), 10.0) & nothing & ~path.chains[:, None]
    return serum | urine | chains | marrow


def _imaging(a: Assessments) -> Flags:
    mass, start = a.at("plasmacytoma"), a.start("plasmacytoma")
    first = np.where(np.isnan(start), np.inf, start)[:, None]
    known = np.where(np.isnan(mass), np.inf, mass)
    lowest = np.minimum.accumulate(np.concatenate([first, known], axis=1), axis=1)[:, :-1]
    with np.errstate(invalid="ignore"):
        grown = (mass >= 1.5 * lowest) & (mass > 0) & np.isfinite(lowest)
    marked: Flags = a.marked("new_lesions") | grown
    return marked


def _twice(found: Flags, depth: Categories) -> Flags:
    """Keep what the next evaluable visit finds again."""
    again = np.zeros(len(found), dtype=np.bool_)
    kept = np.zeros_like(found)
    for j in range(found.shape[1] - 1, -1, -1):  # backwards: `again` is the next evaluable visit
        kept[:, j] = found[:, j] & again
        evaluable = depth[:, j] != Response.NOT_EVALUABLE
        again = np.where(evaluable, found[:, j], again)
    return kept
