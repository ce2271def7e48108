"""Lugano classification of 2014 for lymphoma, by PET or by CT; no confirmation."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from livingdrug.clinical.response.assessments import (
    Assessed,
    Assessments,
    Rule,
    ended,
    need_baseline,
)
from livingdrug.clinical.response.categories import Categories, Response, best_response
from livingdrug.core.errors import UnknownNameError, unknown_name

__all__ = ["MODALITIES", "NORMAL_SPLEEN", "RULES", "lugano", "node_progressed"]

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

MODALITIES = ("pet", "ct")
NORMAL_SPLEEN = 130.0
"""Length of a spleen that is not enlarged, mm."""
_SMALL_NODE = 15.0
_GREW = 1.0
_SHRANK = -1.0

_PAPER = "Cheson 2014, doi:10.1200/JCO.2013.54.8800, as tabulated in"
_PET = f"{_PAPER} ashpublications.net/view-large/10674618 and the tables of AJNR 71982, JNM 79263"
_CT = f"{_PAPER} PMC5298348 Table 2 and radiopaedia.org"

RULES = (
    Rule("PET complete: 5-point score 1 to 3, with or without a residual mass; nothing new", _PET),
    Rule("PET partial: score 4 or 5, uptake reduced against the baseline", _PET),
    Rule("PET stable: score 4 or 5, uptake not significantly changed", _PET),
    Rule("PET progressive: score 4 or 5 with more uptake, or new avid foci", _PET),
    Rule(
        "CT complete: every target to 15 mm or less in its longest diameter, no extralymphatic "
        "site, nothing non-measured left, spleen 130 mm or less, marrow normal, nothing new",
        _CT,
    ),
    Rule(
        "CT partial: sum of products of up to six targets down by 50 % or more, enlargement of the "
        "spleen beyond normal down by more than 50 %, non-measured not increased, nothing new",
        _CT,
    ),
    Rule(
        "CT progressive: a node above 15 mm with a product up by 50 % or more from its smallest, "
        "and a diameter up by 5 mm (to 20 mm) or 10 mm (above); an enlarged spleen longer by more "
        "than 50 % of its enlargement, a normal one by 20 mm; non-measured progression; new lesion "
        "or marrow involvement",
        _CT,
    ),
    Rule("no confirmation of a response", _CT, confirmed=False),
)


def lugano(assessments: Assessments, modality: str = "pet") -> Assessed:
    """Classify every visit by the Lugano criteria.

    Parameters
    ----------
    assessments : Assessments
        PET: ``deauville`` (1 to 5), ``uptake`` (change against the baseline: -1 reduced, 0 the
        same, 1 increased; needed for 4 and 5), ``new_lesions``. CT: ``spd`` (mm2, also at
        baseline), ``longest`` (mm, of the largest target), and if there is something to say
        ``node_progression`` (from `node_progressed`), ``nonmeasured`` (0 absent, 1 present, 2
        progressive), ``extranodal``, ``marrow_involved``, ``spleen`` (mm), ``new_lesions``.
    modality : {"pet", "ct"}, optional

    Returns
    -------
    Assessed

    Raises
    ------
    UnknownNameError, DataError
    """
    if modality not in MODALITIES:
        raise UnknownNameError([unknown_name("modality", modality, MODALITIES)])
    if modality == "ct":
        need_baseline(assessments, ["spd"], "Lugano by CT")
    category = (_pet if modality == "pet" else _ct)(assessments)
    category = ended(category, assessments.visited())
    best = best_response(category)
    return Assessed(
        criterion=f"Lugano 2014, {modality.upper()}",
        category=category,
        best=best,
        best_unconfirmed=best,
        confirmation="none required",
        rules=RULES,
        extra={},
    )


def node_progressed(
    long: ArrayLike,
    short: ArrayLike,
    *,
    smallest_product: ArrayLike,
    smallest_long: ArrayLike,
    smallest_short: ArrayLike,
) -> Flags:
    """Tell whether single nodes or lesions progress on CT.

    Parameters
    ----------
    long, short : array_like, mm
        Longest diameter, and the one across it.
    smallest_product : array_like, mm2
        Smallest product of the two so far.
    smallest_long, smallest_short : array_like, mm
        Smallest of each so far.

    Returns
    -------
    ndarray of bool

    Examples
    --------
    >>> node_progressed(18, 12, smallest_product=120, smallest_long=12, smallest_short=10).item()
    True
    """
    a, b = np.asarray(long, dtype=np.float64), np.asarray(short, dtype=np.float64)
    step = np.where(a <= 20.0, 5.0, 10.0)
    longer = (a - np.asarray(smallest_long) >= step) | (b - np.asarray(smallest_short) >= step)
    progressed: Flags = (a > _SMALL_NODE) & (a * b >= 1.5 * np.asarray(smallest_product)) & longer
    return progressed


def _pet(a: Assessments) -> Categories:
    score, uptake = a.at("deauville"), a.at("uptake")
    avid = score >= 4
    return np.select(
        [
            a.marked("new_lesions") | (avid & (uptake >= _GREW)),
            (score >= 1) & (score <= 3),
            avid & (uptake <= _SHRANK),
            avid & (uptake == 0),
        ],
        [Response.PROGRESSIVE, Response.COMPLETE, Response.PARTIAL, Response.STABLE],
        Response.NOT_EVALUABLE,
    ).astype(np.int8)


def _ct(a: Assessments) -> Categories:
    spd, start = a.at("spd"), a.start("spd")[:, None]
    grown, shrunk, normal = _spleen(a)
    left = np.nan_to_num(a.at("nonmeasured"))
    progressive = (
        a.marked("new_lesions")
        | a.marked("node_progression")
        | (left == 2)
        | grown
        | (a.marked("marrow_involved") & (np.nan_to_num(a.start("marrow_involved"))[:, None] == 0))
    )
    complete = (
        (a.at("longest") <= _SMALL_NODE)
        & (left == 0)
        & ~a.marked("extranodal")
        & ~a.marked("marrow_involved")
        & normal
    )
    return np.select(
        [progressive, complete, (spd <= 0.5 * start) & shrunk, np.isfinite(spd)],
        [Response.PROGRESSIVE, Response.COMPLETE, Response.PARTIAL, Response.STABLE],
        Response.NOT_EVALUABLE,
    ).astype(np.int8)


def _spleen(a: Assessments) -> tuple[Flags, Flags, Flags]:
    """Return where the spleen progresses, has shrunk enough, and is normal; unknown counts well."""
    length, start = a.at("spleen"), a.start("spleen")[:, None]
    excess, before = length - NORMAL_SPLEEN, start - NORMAL_SPLEEN
    enlarged = before > 0
    grown = np.where(enlarged, excess > 1.5 * before, (length - start >= 20.0) & (excess > 0))
    shrunk = ~enlarged | ~(excess >= 0.5 * before)
    return grown, shrunk, ~(excess > 0)
