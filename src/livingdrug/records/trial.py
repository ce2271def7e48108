"""Records of trials: facts of the design. Published results are kept apart."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from livingdrug.core.errors import Issue
from livingdrug.records.read import Number

__all__ = ["Arm", "Assay", "NeurologicalBackground", "People", "Trial", "check_trial"]


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
        Manufacturing failed; made and not given.
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
    issues = []
    for name, days in (
        ("assay.visits", trial.assay.visits),
        ("response_visits", trial.response_visits),
    ):
        bad = [pair for pair in itertools.pairwise(days) if not pair[0] < pair[1]]
        if bad:
            pair = f"day {bad[0][1]:g} after day {bad[0][0]:g}"
            issues.append(Issue("error", name, f"visits out of order: {pair}", "let them increase"))
        if not days:
            issues.append(Issue("error", name, "holds no visit"))
    total = sum(arm.share for arm in trial.arms)
    if not math.isclose(total, 1.0, abs_tol=1e-6):
        issues.append(Issue("error", "arms", f"shares add up to {total:g}", "let them add up to 1"))
    for place, arm in enumerate(trial.arms):
        if len(arm.days) != len(arm.fractions) or not math.isclose(sum(arm.fractions), 1.0):
            fix = "as many fractions as days, adding up to 1"
            issues.append(Issue("error", f"arms[{place}]", "parts do not fit", fix))
    people = trial.people
    if people.infused > people.enrolled:
        given = f"{people.infused} infused of {people.enrolled} enrolled"
        issues.append(Issue("error", "people", given, "infused is at most enrolled"))
    if trial.neurological_background is not None:
        issues += _background_issues(trial.neurological_background)
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
