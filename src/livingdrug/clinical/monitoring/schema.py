"""The items of a monitoring record, their units and what their values may be.

``docs/reference/monitoring.md`` shows the same list. An item is a measurement, a support that runs
for some time, a treatment at one time, or a fact about the person.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

__all__ = [
    "ALIASES",
    "ATTRIBUTIONS",
    "CANNOT",
    "COAGULATION_PRODUCTS",
    "DETAILS",
    "DEVICES",
    "INDICATIONS",
    "ITEMS",
    "METHODS",
    "PRESSORS",
    "RATE_HIGH",
    "RATE_LOW",
    "RECORD_GROUPS",
    "WAIVERS",
    "Item",
]

Kind = Literal["measurement", "support", "treatment", "fact"]


@dataclass(frozen=True, slots=True)
class Item:
    """One kind of entry.

    Attributes
    ----------
    kind : {"measurement", "support", "treatment", "fact"}
        A measurement is unknown where it was not taken; a support is off where it is not recorded;
        a treatment has one time; a fact has none.
    text : str
        What it is.
    unit : str
        In which values are kept; empty for a number without one, and where there is no number.
    low, high : float
        Values outside are impossible.
    words : mapping of str to float
        Words that may be given instead of a number, and the number that they stand for.
    needs_value : bool
        A row without a value is refused.
    whole : bool
        Only whole numbers.
    """

    kind: Kind
    text: str
    unit: str = ""
    low: float = 0.0
    high: float = 1e9
    words: Mapping[str, float] = field(default_factory=dict)
    needs_value: bool = True
    whole: bool = False


def _words(**numbers: float) -> Mapping[str, float]:
    return MappingProxyType(numbers)


_YES = _words(no=0.0, false=0.0, yes=1.0, true=1.0)
_CONSCIOUSNESS = _words(spontaneous=0.0, voice=1.0, touch=2.0, unarousable=3.0)
_SEIZURE = _words(none=0.0, brief=1.0, nonconvulsive=1.0, prolonged=2.0, repetitive=2.0)
CANNOT = 99.0
"""A CAPD that cannot be done."""
RATE_LOW, RATE_HIGH = -1.0, -2.0
"""Rates of a vasopressor that were stated in words."""


def _flag(kind: Kind, text: str) -> Item:
    return Item(kind, text, "", 0, 1, _YES, whole=True)


def _dose(text: str) -> Item:
    return Item("treatment", text, needs_value=False)


def _graded(text: str, unit: str, high: float) -> Item:
    return Item("support", text, unit, 0, high, needs_value=False)


def _lab(text: str, unit: str, high: float) -> Item:
    return Item("measurement", text, unit, 0, high)


def _points(text: str, most: int, words: Mapping[str, float] = _words()) -> Item:
    return Item("measurement", text, "", 0, most, words, whole=True)


def _finding(text: str, most: int, words: Mapping[str, float]) -> Item:
    return Item("support", text, "", 0, most, words, whole=True)


_FACTS = {
    "age": Item("fact", "age", "year", 0, 120),
    "weight": Item("fact", "body weight", "kg", 0.5, 400),
    "sbp_limit": Item("fact", "systolic pressure below which it is low here", "mmHg", 30, 140),
    "capd_baseline": Item("fact", "CAPD before the infusion", "", 0, 32, whole=True),
    "infusion": Item("fact", "start of the infusion: day 0", needs_value=False),
    "lymphodepletion": Item("fact", "start of lymphodepletion", needs_value=False),
    "ferritin_uln": Item("fact", "upper limit of normal of ferritin", "ug/L", 1, 1e5),
    "alt_uln": Item("fact", "upper limit of normal of ALT", "U/L", 1, 1000),
    "ast_uln": Item("fact", "upper limit of normal of AST", "U/L", 1, 1000),
    "fibrinogen_lln": Item("fact", "lower limit of normal of fibrinogen", "mg/dL", 1, 1000),
}
_CIRCULATION = {
    "temperature": Item("measurement", "body temperature", "degC", 25, 45),
    "sbp": Item("measurement", "systolic blood pressure", "mmHg", 20, 300),
    "map": Item("measurement", "mean arterial pressure", "mmHg", 10, 250),
    "hypotension": _flag("measurement", "low blood pressure, judged by the clinician"),
    "fluid_bolus": _graded("fluid given for low blood pressure", "mL", 20000),
    "vasopressor": Item("support", "rate", "ug/min", 0, 1e5, _words(low=RATE_LOW, high=RATE_HIGH)),
}
_BREATHING = {
    "oxygen": _graded("flow of oxygen through a device", "L/min", 120),
    "fio2": Item("measurement", "inspired fraction of oxygen", "%", 21, 100),
}
_ORGANS = {
    "creatinine": _graded("creatinine", "mg/dL", 50),
    "alt": _graded("alanine transaminase", "U/L", 1e5),
    "ast": _graded("aspartate transaminase", "U/L", 1e5),
    "organ": _graded("toxicity of another organ, by its CTCAE grade", "", 1e9),
    "inr": _lab("international normalised ratio", "", 50),
    "fibrinogen": _lab("fibrinogen", "mg/dL", 3000),
    "ferritin": _lab("ferritin", "ug/L", 2e6),
    "crp": _lab("C-reactive protein", "mg/L", 3000),
    "ldh": _lab("lactate dehydrogenase", "U/L", 1e5),
    "platelets": _lab("platelets", "1/uL", 3e6),
    "anc": _lab("neutrophils", "1/uL", 5e5),
    "hemoglobin": _lab("haemoglobin", "g/dL", 30),
    "blood_product": _graded("a blood product", "", 1e9),
}
_CARE = {
    "iv_therapy": _flag("support", "treatment by vein for the syndrome or neutropenic fever"),
    "hospitalised": _flag("support", "in hospital for the syndrome or neutropenic fever"),
    "antipyretic": _dose("antipyretic"),
    "tocilizumab": _dose("tocilizumab"),
    "siltuximab": _dose("siltuximab"),
    "steroid": _dose("corticosteroid"),
    "anakinra": _dose("anakinra"),
    "death": _dose("death"),
}
_INFLAMMATION = {
    "ferritin_rising": _flag("support", "ferritin rises rapidly, judged by the clinician"),
    "after_crs": _flag("measurement", "worse while CRS resolves, after it, or after improving"),
    "haemophagocytosis": _flag("support", "seen in marrow or tissue"),
    "new_cytopenia": _flag("support", "a cytopenia that is new, judged by the clinician"),
}
_NEUROLOGY = {
    "ice": _points("ICE score", 10),
    "ice_orientation": _points("ICE: year, month, city, hospital", 4),
    "ice_naming": _points("ICE: naming three objects", 3),
    "ice_command": _points("ICE: following a command", 1),
    "ice_writing": _points("ICE: writing a sentence", 1),
    "ice_attention": _points("ICE: counting back from 100 by tens", 1),
    "capd": _points("CAPD, or that it cannot be done", 32, _words(cannot=CANNOT)),
    "consciousness": _points("what it takes to awaken", 3, _CONSCIOUSNESS),
    "seizure": _finding("seizure", 2, _SEIZURE),
    "motor": _finding("deep focal weakness", 1, _words(none=0.0, focal_weakness=1.0)),
    "oedema": _finding(
        "oedema on imaging; signs of raised pressure count as diffuse",
        2,
        _words(none=0.0, focal=1.0, diffuse=2.0),
    ),
    "icans_recorded": Item("measurement", "ICANS grade as graders recorded it", "", 0, 5),
}

ITEMS: Mapping[str, Item] = MappingProxyType(
    {**_FACTS, **_CIRCULATION, **_BREATHING, **_ORGANS, **_CARE, **_INFLAMMATION, **_NEUROLOGY}
)

PRESSORS: tuple[str, ...] = (
    "norepinephrine", "epinephrine", "dopamine", "phenylephrine", "vasopressin", "other_pressor",
)  # fmt: skip
"""Agents of `vasopressor`."""
DEVICES: tuple[str, ...] = (
    "room_air", "nasal_cannula", "blow_by", "high_flow_cannula", "face_mask", "venturi_mask",
    "non_rebreather", "cpap", "bipap", "ventilator",
)  # fmt: skip
"""Devices of `oxygen`."""
COAGULATION_PRODUCTS: tuple[str, ...] = ("ffp", "cryoprecipitate", "fibrinogen_concentrate")
"""Products of `blood_product` that Penn counts; ``platelets`` and ``red_cells`` are kept too."""

DETAILS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "vasopressor": PRESSORS,
        "oxygen": DEVICES,
        "blood_product": (*COAGULATION_PRODUCTS, "platelets", "red_cells"),
    }
)
"""Items whose column ``detail`` must hold one of these."""

ALIASES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        **{name: ("vasopressor", name) for name in PRESSORS},
        **{name: ("oxygen", name) for name in DEVICES},
        "noradrenaline": ("vasopressor", "norepinephrine"),
        "adrenaline": ("vasopressor", "epinephrine"),
        "hospitalized": ("hospitalised", ""),
        "edema": ("oedema", ""),
        "haemoglobin": ("hemoglobin", ""),
        "hemophagocytosis": ("haemophagocytosis", ""),
    }
)
"""Other names that a row or a column may have, and what they stand for."""

ATTRIBUTIONS: tuple[str, ...] = ("crs", "icans", "infection", "other", "unknown")
INDICATIONS: tuple[str, ...] = ("hypoxia", "hypotension", "sleep_apnoea", "other")
METHODS: tuple[str, ...] = ("oral", "axillary", "tympanic", "rectal", "temporal", "core", "other")

WAIVERS: tuple[str, ...] = ("antipyretic", "tocilizumab", "steroid", "siltuximab", "anakinra")
"""Treatments after which fever is no longer needed."""

RECORD_GROUPS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "fluid_bolus": ("fluid_bolus",),
        "vasopressor": ("vasopressor",),
        "oxygen": ("oxygen",),
        "treatment": ("antipyretic", "tocilizumab", "steroid"),
        "creatinine": ("creatinine",),
        "transaminases": ("alt", "ast"),
        "organ": ("organ",),
        "blood_product": ("blood_product",),
        "iv_therapy": ("iv_therapy",),
        "hospitalised": ("hospitalised",),
        "seizure": ("seizure",),
        "motor": ("motor",),
        "oedema": ("oedema",),
        "ferritin_rising": ("ferritin_rising",),
        "haemophagocytosis": ("haemophagocytosis",),
        "new_cytopenia": ("new_cytopenia",),
    }
)
"""What may be declared as recorded: where a file has no row of it, nothing was given or found."""
