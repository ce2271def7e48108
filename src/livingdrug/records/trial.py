"""Records of trials: facts of the design. Published results are kept apart."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from livingdrug.core.errors import Issue
from livingdrug.records.read import Number, number_issues, unit_issues

__all__ = ["FACTS", "Arm", "Assay", "People", "Trial", "check_trial"]

FACTS = (
    "product", "disease", "lymphodepletion", "policy", "crs_scale", "neurotoxicity", "criterion",
    "response_visits", "best_by", "endpoint", "treatments",
)  # fmt: skip
"""Facts of a design that are no numbers with a source of their own: `Trial.sources` names it."""


@dataclass(frozen=True, slots=True)
class Arm:
    """A dose level.

    Attributes
    ----------
    share : float
        Of the people infused; 0 for an arm that only heavier people take.
    amount : float
        In `unit`; a range is drawn evenly on the log scale up to `highest`.
    unit : str
    highest : float
        Equal to `amount` where not given.
    per : {"", "kg"}
    cap : float
        Largest dose in all.
    up_to_weight : float
        kg; heavier people take the next arm.
    days : tuple of float
        Days on which parts are given.
    fractions : tuple of float
    at : str
    """

    share: float
    amount: float
    unit: str
    highest: float = math.nan
    per: Literal["", "kg"] = ""
    cap: float = math.inf
    up_to_weight: float = math.inf
    days: tuple[float, ...] = (0.0,)
    fractions: tuple[float, ...] = (1.0,)
    at: str = ""


@dataclass(frozen=True, slots=True)
class Assay:
    """How cells were counted in blood, and when.

    Attributes
    ----------
    observable : str
        Of the model.
    method : {"qPCR", "flow"}
    visits : tuple of float
        day
    lloq : float
        In the unit of the observable; NaN for none known.
    residual : Number
        Standard deviation of the logarithm.
    at : str
    """

    observable: str
    method: Literal["qPCR", "flow"]
    visits: tuple[float, ...]
    residual: Number
    lloq: float = math.nan
    at: str = ""


@dataclass(frozen=True, slots=True)
class People:
    """Who was enrolled, and who was infused.

    Attributes
    ----------
    enrolled, infused : int
    not_made, not_given : int
        Manufacturing failed; made and not given. 0 where that is not known apart.
    wait : Number
        day from enrolment to infusion, median, with its spread.
    weight : Number
        kg, median, with its spread.
    at : str
    """

    enrolled: int
    infused: int
    wait: Number
    weight: Number
    not_made: int = 0
    not_given: int = 0
    at: str = ""


@dataclass(frozen=True, slots=True)
class NeurologicalBackground:
    """Neurological events other than the neurotoxicity that is simulated.

    Trials before the grades of 2019 counted them all. The simulated neurotoxicity is compared
    with such a count only where this is given.

    Attributes
    ----------
    any, ge3 : Number
        Share of people with one, of any grade and of grade 3 or more: 0 to 1.
    at : str
    """

    any: Number
    ge3: Number
    at: str = ""


@dataclass(frozen=True, slots=True)
class Trial:
    """The design of a trial.

    Attributes
    ----------
    title : str
    readouts : str
        Name of the trial in the table of published read-outs.
    product, disease, lymphodepletion, policy : str
        Names of records.
    people : People
    arms : tuple of Arm
    assay : Assay
    crs_scale : {"astct", "lee", "penn"}
    neurotoxicity : {"ICANS", "neurological events"}
    neurological_background : NeurologicalBackground
        What else "neurological events" held; absent where it is not known.
    criterion : str
        Response criterion, as ``"leukemia"``, ``"lugano"``, ``"imwg"``, ``"recist"``.
    response_visits : tuple of float
        day
    best_by : float
        day until which the best response counts.
    endpoint : {"PFS", "EFS"}
    endpoint_origin : {"infusion", "enrolment"}
    treatments : tuple of str
        Given to all on known days.
    parameters : mapping from parameter to Number
        What this trial's people or product differ in.
    year : int
    doi : str
    sources : mapping from str to str
        Where each of `FACTS` is known from, or that it is assumed.
    notes : str
    """

    title: str
    readouts: str
    product: str
    disease: str
    lymphodepletion: str
    policy: str
    people: People
    arms: tuple[Arm, ...]
    assay: Assay
    crs_scale: Literal["astct", "lee", "penn"]
    criterion: Literal["leukemia", "lugano", "imwg", "recist"]
    response_visits: tuple[float, ...]
    endpoint: Literal["PFS", "EFS"]
    year: int
    doi: str = ""
    neurotoxicity: Literal["ICANS", "neurological events"] = "ICANS"
    neurological_background: NeurologicalBackground | None = None
    best_by: float = math.inf
    endpoint_origin: Literal["infusion", "enrolment"] = "infusion"
    treatments: tuple[str, ...] = ()
    parameters: Mapping[str, Number] = field(default_factory=dict)
    sources: Mapping[str, str] = field(default_factory=dict)
    notes: str = ""


def check_trial(trial: Trial) -> list[Issue]:
    """Find what cannot be in a design.

    Parameters
    ----------
    trial : Trial

    Returns
    -------
    list of Issue
    """
    issues = [
        *_visit_issues("assay.visits", trial.assay.visits),
        *_visit_issues("response_visits", trial.response_visits),
        *_arm_issues(trial.arms),
        *_people_issues(trial.people),
        *number_issues(trial.assay.residual, "assay.residual", "1", exact=True),
    ]
    for name in trial.sources:
        if name not in FACTS:
            fix = f"allowed: {', '.join(FACTS)}"
            issues.append(Issue("error", "sources", f"unknown key {name!r}", fix))
    if trial.assay.lloq < 0:
        given = f"is {trial.assay.lloq:g}"
        issues.append(Issue("error", "assay.lloq", given, "0 or more; leave it out if unknown"))
    if not trial.best_by > 0:
        given = f"is {trial.best_by:g}"
        issues.append(Issue("error", "best_by", given, "a day after day 0"))
    if trial.neurological_background is not None:
        issues += _background_issues(trial.neurological_background)
    return issues


def _visit_issues(name: str, days: tuple[float, ...]) -> list[Issue]:
    if not days:
        return [Issue("error", name, "holds no visit", "name the days after the first infusion")]
    issues = []
    bad = [pair for pair in itertools.pairwise(days) if not pair[0] < pair[1]]
    if bad:
        pair = f"day {bad[0][1]:g} after day {bad[0][0]:g}"
        issues.append(Issue("error", name, f"visits out of order: {pair}", "let them increase"))
    if min(days) < 0:
        given = f"holds day {min(days):g}"
        issues.append(Issue("error", name, given, "visits are from day 0, the first infusion"))
    return issues


def _arm_issues(arms: tuple[Arm, ...]) -> list[Issue]:
    issues = []
    total = sum(arm.share for arm in arms)
    if not math.isclose(total, 1.0, abs_tol=1e-6):
        issues.append(Issue("error", "arms", f"shares add up to {total:g}", "let them add up to 1"))
    for place, arm in enumerate(arms):
        where = f"arms[{place}]"
        issues += unit_issues(arm.unit, f"{where}.unit", "cell")
        if not 0 <= arm.share <= 1:
            issues.append(Issue("error", f"{where}.share", f"is {arm.share:g}", "0 to 1"))
        for name in ("amount", "cap", "up_to_weight"):
            given = getattr(arm, name)
            if not given > 0:
                issues.append(Issue("error", f"{where}.{name}", f"is {given:g}", "must be > 0"))
        if arm.highest < arm.amount:
            given = f"is {arm.highest:g}"
            issues.append(Issue("error", f"{where}.highest", given, f"at least {arm.amount:g}"))
        if len(arm.days) != len(arm.fractions) or not math.isclose(sum(arm.fractions), 1.0):
            fix = "as many fractions as days, adding up to 1"
            issues.append(Issue("error", where, "parts do not fit", fix))
        elif not arm.days or arm.days[0] != 0.0 or sorted(set(arm.days)) != list(arm.days):
            fix = "days of the parts increase from 0, the first infusion"
            issues.append(Issue("error", f"{where}.days", "out of order", fix))
        if any(not 0 < part <= 1 for part in arm.fractions):
            issues.append(Issue("error", f"{where}.fractions", "out of range", "above 0, up to 1"))
    return issues


def _people_issues(people: People) -> list[Issue]:
    issues = [
        *number_issues(people.wait, "people.wait", "day", exact=True),
        *number_issues(people.weight, "people.weight", "kg", exact=True, above=True),
    ]
    for name in ("enrolled", "infused", "not_made", "not_given"):
        if getattr(people, name) < (1 if name in ("enrolled", "infused") else 0):
            given = f"is {getattr(people, name)}"
            issues.append(Issue("error", f"people.{name}", given, "a number of people"))
    if people.infused > people.enrolled:
        given = f"{people.infused} infused of {people.enrolled} enrolled"
        issues.append(Issue("error", "people", given, "infused is at most enrolled"))
    lost = people.enrolled - people.infused
    if people.not_made + people.not_given > lost >= 0:
        given = (
            f"{people.not_made} not made and {people.not_given} not given, of {lost} not infused"
        )
        issues.append(Issue("error", "people", given, "together at most those not infused"))
    return issues


def _background_issues(given: NeurologicalBackground) -> Iterator[Issue]:
    where = "neurological_background"
    for name, number in (("any", given.any), ("ge3", given.ge3)):
        if number.unit not in ("", "1"):
            fix = "a share has the unit '1'"
            yield Issue("error", f"{where}.{name}", f"its unit is {number.unit!r}", fix)
        if not 0 <= number.value <= 1:
            yield Issue("error", f"{where}.{name}", f"is {number.value:g}", "a share is 0 to 1")
    if given.ge3.value > given.any.value:
        text = f"ge3 {given.ge3.value:g} is more than any {given.any.value:g}"
        yield Issue("error", where, text, "any counts all grades")
