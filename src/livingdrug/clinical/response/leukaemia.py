"""Response of acute lymphoblastic leukaemia: marrow, blood, counts, extramedullary disease, MRD."""

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

__all__ = ["MRD_LIMIT", "RULES", "leukaemia"]

Flags = NDArray[np.bool_]

MRD_LIMIT = 1e-4
"""Leukaemic cells among nucleated cells of marrow, below which residual disease is negative."""
_NEUTROPHILS = (500.0, 1000.0)
_PLATELETS = (50_000.0, 100_000.0)

_ELN = "ashpublications.net/view-large/12204026, response criteria for ALL"
_CIBMTR = "CIBMTR manual, ALL response criteria; PMC7272718 Table 4a"

RULES = (
    Rule(
        "complete: marrow blasts below 5 %, none in blood, nothing extramedullary, neutrophils "
        "1,000 and platelets 100,000 per uL or more",
        f"{_CIBMTR}; {_ELN} asks for more than these counts",
    ),
    Rule(
        "with incomplete counts (CRi): all but neutrophils or platelets; also taken where the "
        "counts were not measured",
        f"{_CIBMTR}; {_ELN}; the last clause is ours",
    ),
    Rule(
        "with partial counts (CRh): neutrophils above 500 and platelets above 50,000 per uL",
        "ndf.gov.sg/pharmclass/Detail/M01272, response to blinatumomab",
    ),
    Rule(
        "partial: marrow blasts 5 to 25 % and down by 50 % or more, with the counts of a complete "
        "response",
        f"{_ELN}; PMC7272718 Table 4a",
    ),
    Rule(
        "progressive: blasts of marrow up by 25 % or more from the baseline, or new extramedullary "
        "disease",
        "PMC7272718 Table 4a",
    ),
    Rule(
        "relapse after a complete response: marrow blasts of 5 % or more, blasts in blood, or "
        "extramedullary disease (PMC7272718 asks for 25 % in marrow)",
        "common definition of trials",
        confirmed=False,
    ),
    Rule("residual disease negative below 0.01 %", _ELN),
    Rule(
        "remission maintained for 28 days, where a trial asks for it",
        "acemap.info/paper/417588127, primary endpoint of ELIANA",
    ),
)


def leukaemia(
    assessments: Assessments, *, maintained: float = 0.0, relapse_blasts: float = 5.0
) -> Assessed:
    """Classify every visit by the criteria of acute lymphoblastic leukaemia.

    Parameters
    ----------
    assessments : Assessments
        ``marrow`` (% blasts, at baseline too), and if there is something to say
        ``blood_blasts`` (%), ``extramedullary`` (found), ``neutrophils``, ``platelets`` (cells/uL)
        and ``mrd`` (leukaemic cells among nucleated cells).
    maintained : float, day, optional
        A remission counts as best response when it is still there this many days later; 0 for no
        such rule.
    relapse_blasts : float, optional
        Per cent of marrow blasts that is a relapse.

    Returns
    -------
    Assessed
        ``extra["mrd_negative"]``: 1 where a complete response has no residual disease, 0 where it
        has, NaN where it was not measured or there is no complete response.

    Raises
    ------
    DataError
        When someone has no blasts, and no extramedullary disease, at baseline.
    """
    need_baseline(assessments, ["marrow", "extramedullary"], "the criterion of leukaemia")
    depth = _depth(assessments)
    remission = depth >= Response.COMPLETE_INCOMPLETE_COUNTS
    before = np.zeros_like(remission)
    before[:, 1:] = np.logical_or.accumulate(remission, axis=1)[:, :-1]
    found = assessments.marked("extramedullary")
    back = (assessments.at("marrow") >= relapse_blasts) | assessments.marked("blood_blasts") | found
    new_site = _new_site(assessments)
    start = assessments.start("marrow")[:, None]
    grown = (assessments.at("marrow") >= 1.25 * start) & (assessments.at("marrow") >= 5.0)
    category = np.where((before & back) | grown | new_site, np.int8(Response.PROGRESSIVE), depth)
    category = ended(category, assessments.visited())
    plain = best_response(category)
    best = plain
    if maintained:
        best = best_confirmed(
            category,
            assessments.day,
            maintained,
            least=Response.COMPLETE_INCOMPLETE_COUNTS,
        )
    mrd = assessments.at("mrd")
    complete = category >= Response.COMPLETE_INCOMPLETE_COUNTS
    negative = np.where(complete & np.isfinite(mrd), mrd < MRD_LIMIT, np.nan)
    return Assessed(
        criterion="acute lymphoblastic leukaemia",
        category=category,
        best=best,
        best_unconfirmed=plain,
        confirmation=f"remission maintained for {maintained:g} days" if maintained else "none",
        rules=RULES,
        extra={"mrd_negative": negative},
    )


def _new_site(a: Assessments) -> Flags:
    """Mark extramedullary disease of people who had none at baseline."""
    had = np.nan_to_num(a.start("extramedullary"))[:, None] > 0
    found: Flags = a.marked("extramedullary") & ~had
    return found


def _depth(a: Assessments) -> Categories:
    marrow, start = a.at("marrow"), a.start("marrow")[:, None]
    clear = ~a.marked("blood_blasts") & ~a.marked("extramedullary")
    remission = (marrow < 5.0) & clear
    neutrophils, platelets = a.at("neutrophils"), a.at("platelets")
    full = (neutrophils >= _NEUTROPHILS[1]) & (platelets >= _PLATELETS[1])
    some = (neutrophils > _NEUTROPHILS[0]) & (platelets > _PLATELETS[0])
    partial = (marrow <= 25.0) & (marrow <= 0.5 * start) & clear & full
    return np.select(
        [
            np.isnan(marrow) & clear,
            remission & full,
            remission & some,
            remission,
            partial,
        ],
        [
            Response.NOT_EVALUABLE,
            Response.COMPLETE,
            Response.COMPLETE_PARTIAL_COUNTS,
            Response.COMPLETE_INCOMPLETE_COUNTS,
            Response.PARTIAL,
        ],
        Response.STABLE,
    ).astype(np.int8)
