"""The criteria by name, with the columns that each reads."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from livingdrug.clinical.response.assessments import Assessed, Assessments
from livingdrug.clinical.response.imwg import imwg
from livingdrug.clinical.response.irecist import irecist
from livingdrug.clinical.response.leukaemia import leukaemia
from livingdrug.clinical.response.lugano import lugano
from livingdrug.clinical.response.recist import recist

__all__ = ["COLUMNS", "CRITERIA", "Criterion", "Measure"]


@dataclass(frozen=True, slots=True)
class Measure:
    """A column of a table of assessments.

    Attributes
    ----------
    unit : str
        Empty for codes and flags.
    low, high : float
        Allowed values.
    codes : mapping of str to float
        Words that stand for numbers; a column with codes holds nothing else. ``yes`` and ``no``
        are always understood where the codes are those of a flag.
    about : str
    """

    unit: str
    low: float
    high: float
    about: str
    codes: Mapping[str, float] = field(default_factory=dict)


_YES = MappingProxyType({"yes": 1.0, "no": 0.0, "true": 1.0, "false": 0.0, "1": 1.0, "0": 0.0})
_LEFT = MappingProxyType({"absent": 0.0, "present": 1.0, "progressive": 2.0})
_UPTAKE = MappingProxyType({"reduced": -1.0, "same": 0.0, "increased": 1.0})


def _flag(about: str) -> Measure:
    return Measure("", 0.0, 1.0, about, _YES)


COLUMNS: Mapping[str, Measure] = MappingProxyType(
    {
        "sum": Measure("mm", 0, 5000, "sum of diameters of the target lesions"),
        "targets_gone": _flag("all targets gone, lymph nodes that are left below 10 mm"),
        "nontarget": Measure("", 0, 2, "non-target lesions", _LEFT),
        "nontarget_growth": _flag("non-target lesions grew further"),
        "new_lesions": Measure("", 0, 1000, "new lesions since the baseline, how many"),
        "new_sum": Measure("mm", 0, 5000, "sum of diameters of measured new lesions"),
        "new_growth": _flag("new lesions that are not measured grew"),
        "deauville": Measure("", 1, 5, "score of PET"),
        "uptake": Measure("", -1, 1, "uptake against the baseline, for scores 4 and 5", _UPTAKE),
        "spd": Measure("mm2", 0, 1e6, "sum of products of up to six targets"),
        "longest": Measure("mm", 0, 1000, "longest diameter of the largest target"),
        "node_progression": _flag("a single node progressed"),
        "nonmeasured": Measure("", 0, 2, "non-measured lesions", _LEFT),
        "extranodal": _flag("an extralymphatic site"),
        "spleen": Measure("mm", 10, 500, "length of the spleen"),
        "marrow_involved": _flag("marrow involved by lymphoma"),
        "m_serum": Measure("g/dL", 0, 20, "M-protein in serum"),
        "m_urine": Measure("mg/24 h", 0, 50_000, "M-protein in urine"),
        "flc_involved": Measure("mg/dL", 0, 10_000, "involved free light chain"),
        "flc_uninvolved": Measure("mg/dL", 0, 10_000, "uninvolved free light chain"),
        "flc_ratio_normal": _flag("ratio of free light chains normal"),
        "immunofixation": _flag("positive in serum or urine"),
        "marrow": Measure("percent", 0, 100, "plasma cells or blasts of marrow"),
        "clonal": _flag("clonal plasma cells found in marrow"),
        "plasmacytoma": Measure("mm2", 0, 1e6, "sum of products of plasmacytomas"),
        "blood_blasts": Measure("percent", 0, 100, "blasts of blood"),
        "extramedullary": _flag("extramedullary disease found"),
        "neutrophils": Measure("cell/uL", 0, 1e6, "absolute neutrophil count"),
        "platelets": Measure("cell/uL", 0, 1e7, "platelets"),
        "mrd": Measure("1", 0, 1, "leukaemic cells among nucleated cells of marrow"),
    }
)
"""Every column that a criterion may read."""

Classify = Callable[..., Assessed]


@dataclass(frozen=True, slots=True)
class Criterion:
    """A criterion of response.

    Attributes
    ----------
    classify : callable
        Takes `Assessments`, gives `Assessed`.
    one_of : tuple of str
        Columns of which a table needs one.
    columns : tuple of str
        All that it reads.
    """

    classify: Classify
    one_of: tuple[str, ...]
    columns: tuple[str, ...]


def _by_pet(assessments: Assessments) -> Assessed:
    return lugano(assessments, "pet")


def _by_ct(assessments: Assessments) -> Assessed:
    return lugano(assessments, "ct")


_RECIST = ("sum", "targets_gone", "nontarget", "new_lesions")

CRITERIA: Mapping[str, Criterion] = MappingProxyType(
    {
        "lugano-pet": Criterion(_by_pet, ("deauville",), ("deauville", "uptake", "new_lesions")),
        "lugano-ct": Criterion(
            _by_ct,
            ("spd",),
            (
                "spd", "longest", "node_progression", "nonmeasured", "extranodal", "spleen",
                "marrow_involved", "new_lesions",
            ),
        ),
        "recist": Criterion(recist, ("sum", "nontarget"), _RECIST),
        "irecist": Criterion(
            irecist,
            ("sum", "nontarget"),
            (*_RECIST, "nontarget_growth", "new_sum", "new_growth"),
        ),
        "imwg": Criterion(
            imwg,
            ("m_serum", "m_urine", "flc_involved", "marrow"),
            (
                "m_serum", "m_urine", "flc_involved", "flc_uninvolved", "flc_ratio_normal",
                "immunofixation", "marrow", "clonal", "plasmacytoma", "new_lesions",
            ),
        ),
        "all": Criterion(
            leukaemia,
            ("marrow", "extramedullary"),
            ("marrow", "blood_blasts", "extramedullary", "neutrophils", "platelets", "mrd"),
        ),
    }
)  # fmt: skip
"""Criteria by the name that the command line knows."""
