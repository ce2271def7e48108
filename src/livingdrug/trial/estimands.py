"""What a published endpoint means for simulated people, or why it has no simulated counterpart."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Literal

from livingdrug.data.published_readouts import PublishedReadout, published_trials

__all__ = ["DAYS_PER_MONTH", "Measure", "Statistic", "measure_of"]

DAYS_PER_MONTH = 30.4375

Statistic = Literal[
    "rate", "event-free", "median time", "median", "mean", "geometric mean", "ratio"
]


@dataclass(frozen=True, slots=True)
class Measure:
    """A statistic of one column of the person read-outs.

    Attributes
    ----------
    column : str
        Of the dataset that `livingdrug.trial.person_readouts` makes.
    statistic : str
        ``"rate"``: percent of the people for whom it is true; ``"event-free"``: percent without
        the event by `day`; ``"median time"``: median of days to an event, in months;
        ``"ratio"``: of the geometric mean or median in responders to that in the others.
    day : float
        For ``"event-free"``, and how long people have to be followed.
    among : str
        Column that a person must have true to be counted; empty: everybody.
    ratio_of : {"median", "geometric mean"}
    from_enrolment : bool
        Those who were never infused count, as people without the event that is hoped for.
    dose : float
        Only people with this dose; 0: everybody.
    """

    column: str
    statistic: Statistic
    day: float = 0.0
    among: str = ""
    ratio_of: Literal["median", "geometric mean"] = "median"
    from_enrolment: bool = False
    dose: float = 0.0


_RATES = {
    "ORR": "response",
    "CR": "complete",
    "CR_or_CRi": "complete",
    "PR": "partial",
    "DCR": "controlled",
    "MRD_negative": "residual_negative",
    "CRS_any": "crs_any",
    "CRS_ge3": "crs_ge3",
    "ICANS_any": "icans_any",
    "ICANS_ge3": "icans_ge3",
    "neuro_any": "icans_any",
    "neuro_ge3": "icans_ge3",
    "tocilizumab_use": "tocilizumab",
    "steroid_use": "steroid",
}
_MEDIANS = {
    "CRS_onset_median": "crs_onset",
    "CRS_duration_median": "crs_duration",
    "ICANS_onset_median": "icans_onset",
    "ICANS_duration_median": "icans_duration",
    "Tlast_median": "tlast",
}
_KINETICS = {
    "Cmax": "cmax",
    "Cpeak": "cmax",
    "Tmax": "tmax",
    "AUC0_28": "auc_0_28d",
    "half_life": "half_life_terminal",
}
_WORDS: dict[str, Statistic] = {
    "geomean": "geometric mean",
    "median": "median",
    "mean": "mean",
}
_EVENTS = {
    "PFS": ("event_day", ""),
    "EFS": ("failure_day", ""),
    "DOR": ("response_duration", "response"),
    "DOCR": ("complete_duration", "complete"),
    "RFS": ("response_duration", "response"),
}
_TYPICAL = re.compile(
    r".*_typical|doubling_time|lag_time|decay_(alpha|beta)|fraction_persisting|half_life_(initial|terminal)"
)
_BEFORE = re.compile(
    r"enrolled|leukapheresed|infused.*|mfg_.*|manufactured_not_received|not_infused_total|"
    r"(non)?conforming_product|leuk_to_.*|vein_to_.*|V2V_median|enrolment_to_.*|screening_to_.*|"
    r"apheresis_.*|transduction_.*|bridging_use|dose_median|dose_ratio_.*|NRM_.*|death_.*"
)
_REASONS: tuple[tuple[str, str], ...] = (
    (r"OS_.*|DSS_.*", "deaths from the disease and treatment after relapse are not simulated"),
    (r"persistence_m(ax|in)", "an extreme over people follows from how long they were watched"),
    (r"persistence_.*|Tbql_.*|detectable_.*", "needs the limit of detection, which is not stated"),
    (r"sCR", "a stringent response is not told from a complete one"),
    (r"PD_week6", "growth before the infusion is not simulated"),
    (r"Tmax_range_.*", "a range over people, not a statistic"),
    (r"AUC0_6mo_.*", "only the area to day 28 is computed"),
    (r".*_age_.*|.*_blasts", "needs people grouped by a covariate that is not drawn"),
    (r"progression_free_ge60mo|ongoing_response_.*", "counted at a data cut-off"),
    (r"tocilizumab_and_steroid_use|.*_for_neuro", "the reason for a drug is not kept"),
)

_PARTS = {
    "independent review": "the investigators' reading is the one simulated",
    "not censored at transplant": "transplants after the response are not simulated",
}


def measure_of(row: PublishedReadout) -> Measure | str:
    """Find the statistic of simulated people that estimates the same thing as a published row.

    Parameters
    ----------
    row : PublishedReadout

    Returns
    -------
    Measure or str
        A text says why there is none.

    Examples
    --------
    >>> from livingdrug.data.published_readouts import published_readouts
    >>> row = next(r for r in published_readouts("zuma1") if r.endpoint == "ORR")
    >>> measure_of(row).column
    'response'
    """
    if row.people in ("control arm", "both arms"):
        return "no comparator is simulated"
    if _BEFORE.fullmatch(row.endpoint):
        return "an input of the virtual trial"
    found = _endpoint(row)
    if isinstance(found, str):
        return found
    return _people(row, found)


def _endpoint(row: PublishedReadout) -> Measure | str:
    name = row.endpoint
    if name == "CR" and published_trials()[row.trial].disease_group == "B-ALL":
        return "blood counts are not simulated: CR is not told from CRi"
    if name in _RATES:
        return Measure(_RATES[name], "rate")
    if name in _MEDIANS:
        return Measure(_MEDIANS[name], "median")
    if _TYPICAL.fullmatch(name):
        return "a typical value of a population model, no statistic over people"
    for rule in (_timed, _kinetic, _special):
        found = rule(row)
        if found is not None:
            return found
    for pattern, why in _REASONS:
        if re.fullmatch(pattern, name):
            return why
    return "not simulated"


def _timed(row: PublishedReadout) -> Measure | None:
    match = re.fullmatch(r"(PFS|EFS|DOR|DOCR|RFS)_(?:(\d+)mo|median)", row.endpoint)
    if match is None:
        return None
    column, among = _EVENTS[match[1]]
    if match[2]:
        return Measure(column, "event-free", int(match[2]) * DAYS_PER_MONTH, among)
    return Measure(column, "median time", row.value * DAYS_PER_MONTH, among)


def _kinetic(row: PublishedReadout) -> Measure | None:
    match = re.fullmatch(r"(Cmax|Cpeak|Tmax|AUC0_28|half_life)_(geomean|median|mean)", row.endpoint)
    if match is not None:
        return Measure(_KINETICS[match[1]], _WORDS[match[2]])
    match = re.fullmatch(r"(Cmax|AUC0_28)_ratio_responder_to_nonresponder", row.endpoint)
    if match is not None:
        of: Literal["median", "geometric mean"] = (
            "geometric mean" if "geomean" in row.note else "median"
        )
        return Measure(_KINETICS[match[1]], "ratio", ratio_of=of)
    return None


def _special(row: PublishedReadout) -> Measure | None:
    match = re.fullmatch(r"CAR_T_median_day(\d+)", row.endpoint)
    if match is not None:
        return Measure(f"car_day_{match[1]}", "median", float(match[1]))
    if row.endpoint == "MRD_negative_among_CR":
        return Measure("residual_negative", "rate", among="complete")
    if row.endpoint == "CD19_negative_relapse":
        return Measure("antigen_negative", "rate", among="relapse")
    return None


def _people(row: PublishedReadout, found: Measure) -> Measure | str:
    if row.people == "responders" and not found.among:
        found = replace(found, among="response")
    elif row.people == "non-responders":
        found = replace(found, among="no_response")
    elif row.people in ("enrolled", "randomized"):
        if found.statistic not in ("rate", "event-free", "median time"):
            return "measured only in people who were infused"
        found = replace(found, from_enrolment=True)
    return _part(row, found)


def _part(row: PublishedReadout, found: Measure) -> Measure | str:
    part = row.part
    if not part or part == "censored at transplant":  # nobody is transplanted in the simulation
        return found
    dose = re.fullmatch(r"(\d+(?:\.\d+)?e\d+) cells", part)
    if dose is not None:
        return replace(found, dose=float(dose[1]))
    return _PARTS.get(part, f"only a part of the people: {part}")
