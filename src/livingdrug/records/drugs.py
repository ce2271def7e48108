"""Records of drugs: lymphodepletion, treatments by day, and policies that react to the state."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from livingdrug.core.errors import Issue
from livingdrug.core.source import Origin
from livingdrug.records.read import Number, number_issues

__all__ = [
    "Given",
    "Lymphodepletion",
    "Policy",
    "Rule",
    "Treatment",
    "check_lymphodepletion",
    "check_policy",
    "check_treatment",
]


@dataclass(frozen=True, slots=True)
class Given:
    """Doses of one drug.

    Attributes
    ----------
    drug : str
        Dose of the model.
    amount : float
        Each time, in `unit`, per kilogram or square metre when `per` says so.
    unit : str
    days : tuple of float
    per : {"", "kg", "m2"}
    cap : float
        Largest amount, in `unit`.
    step : Number, optional
        Concentration that a dose of `step_of` makes at once, for a drug of which the model knows
        the concentration only. Other amounts make a step in proportion: assumed.
    step_of : float
        In the unit of `amount`, per kilogram or square metre as that is.
    origin : Origin
        Of amount and days.
    at : str
    """

    drug: str
    amount: float
    unit: str
    days: tuple[float, ...] = ()
    per: Literal["", "kg", "m2"] = ""
    cap: float = math.inf
    step: Number | None = None
    step_of: float = math.nan
    origin: Origin = Origin.ASSUMED
    at: str = ""


@dataclass(frozen=True, slots=True)
class Lymphodepletion:
    """Drugs before the cells.

    Attributes
    ----------
    title : str
    given : tuple of Given
        With days below 0.
    notes : str
    """

    title: str
    given: tuple[Given, ...] = ()
    notes: str = ""


@dataclass(frozen=True, slots=True)
class Treatment:
    """A drug with the cells or after them, on days that are known beforehand.

    Attributes
    ----------
    title : str
    given : tuple of Given
    unsupported : str
        Why the model has no such drug; empty where it has.
    notes : str
    """

    title: str
    given: tuple[Given, ...] = ()
    unsupported: str = ""
    notes: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """When a drug is given, and how often at most.

    All conditions that a rule states must hold, but of a grade of cytokine release syndrome and a
    lasting fever one is enough. Interval and largest numbers count every dose of the drug,
    whatever rule or regimen gave it; an interval ends at the next decision.

    Attributes
    ----------
    drug : str
        Dose of the model.
    amount : float
    unit : str
    per : {"", "kg", "m2"}
    cap : float
    crs_at_least : int
        Grade of cytokine release syndrome on `scale`; 0 for none asked.
    icans_at_least : int
        Grade of neurotoxicity; 0 for none asked.
    fever_longer_than : float
        day of fever in this episode; NaN for none asked.
    after_doses_of : str
        Another drug; empty for none.
    doses_before : int
        So many doses of it must have been given in this episode, at decisions before this one,
    not_better_for : float
        and the grade has not fallen for so many days since the last.
    interval : float
        day between two doses.
    most_in_24h : int
    most : int
        In all.
    origin : Origin
    at : str
    """

    drug: str
    amount: float
    unit: str
    per: Literal["", "kg", "m2"] = ""
    cap: float = math.inf
    crs_at_least: int = 0
    icans_at_least: int = 0
    fever_longer_than: float = math.nan
    after_doses_of: str = ""
    doses_before: int = 0
    not_better_for: float = 0.0
    interval: float = 0.25
    most_in_24h: int = 1_000
    most: int = 1_000
    origin: Origin = Origin.ASSUMED
    at: str = ""


@dataclass(frozen=True, slots=True)
class Policy:
    """Who gets which drug when, looked at anew at each decision.

    Attributes
    ----------
    title : str
    scale : str
        Of the grades of cytokine release syndrome.
    rules : tuple of Rule
        Looked at in this order.
    every : float
        day between two decisions.
    until : float
        Last day of decisions.
    notes : str
    """

    title: str
    scale: Literal["astct", "lee", "penn"]
    rules: tuple[Rule, ...] = ()
    every: float = 0.25
    until: float = 45.0
    notes: str = ""


def check_lymphodepletion(record: Lymphodepletion) -> list[Issue]:
    """Find doses that cannot be, and those on day 0 or later.

    Parameters
    ----------
    record : Lymphodepletion

    Returns
    -------
    list of Issue
    """
    issues = []
    for place, item in enumerate(record.given):
        issues += _given_issues(item, f"given[{place}]")
        late = [day for day in item.days if day >= 0]
        if late:
            fix = "let it be before day 0, the first infusion, or write a treatment"
            issues.append(Issue("error", f"given[{place}].days", f"holds day {late[0]:g}", fix))
    return issues


def check_treatment(record: Treatment) -> list[Issue]:
    """Find doses that cannot be, and a treatment that holds nothing.

    Parameters
    ----------
    record : Treatment

    Returns
    -------
    list of Issue
    """
    issues = []
    if not record.given and not record.unsupported:
        fix = "add [[given]], or say with unsupported= why the model cannot have it"
        issues.append(Issue("error", "given", "holds nothing", fix))
    for place, item in enumerate(record.given):
        issues += _given_issues(item, f"given[{place}]")
    return issues


def _given_issues(item: Given, where: str) -> list[Issue]:
    issues = []
    if not item.days:
        issues.append(Issue("error", f"{where}.days", "holds no day", "name the days of dosing"))
    if item.amount < 0:
        given = f"is {item.amount:g}"
        issues.append(Issue("error", f"{where}.amount", given, "allowed: 0 or more"))
    if not item.cap > 0:
        issues.append(Issue("error", f"{where}.cap", f"is {item.cap:g}", "allowed: more than 0"))
    if item.step is None:
        if not math.isnan(item.step_of):
            issues.append(Issue("error", f"{where}.step_of", "stands without step", "give both"))
        return issues
    issues += number_issues(item.step, f"{where}.step", "mg/L", above=True)
    if not item.step_of > 0:
        fix = f"say which dose in {item.unit}{'/' + item.per if item.per else ''} makes that step"
        issues.append(Issue("error", f"{where}.step_of", "is missing or not above 0", fix))
    if math.isfinite(item.cap):
        fix = "leave it out: a step does not know how much a person gets in all"
        issues.append(Issue("error", f"{where}.cap", "stands beside step", fix))
    return issues


def check_policy(policy: Policy) -> list[Issue]:
    """Find rules that cannot work.

    Parameters
    ----------
    policy : Policy

    Returns
    -------
    list of Issue
    """
    issues = []
    if not 0.0 < policy.every <= 7.0:
        given = f"is {policy.every:g}"
        issues.append(Issue("error", "every", given, "allowed: more than 0 and up to 7 days"))
    if not policy.until > 0:
        issues.append(Issue("error", "until", f"is {policy.until:g}", "allowed: days after 0"))
    drugs: list[str] = []
    for place, rule in enumerate(policy.rules):
        where = f"rules[{place}]"
        for name, lowest, highest, fix in _LIMITS:
            given = getattr(rule, name)
            if not (lowest <= given <= highest or math.isnan(given)):
                issues.append(Issue("error", f"{where}.{name}", f"is {given:g}", fix))
        if not (rule.crs_at_least or rule.icans_at_least) and math.isnan(rule.fever_longer_than):
            fix = "give crs_at_least, icans_at_least or fever_longer_than"
            issues.append(Issue("error", where, "states no condition", fix))
        for name in ("amount", "cap", "interval"):
            given = getattr(rule, name)
            if not given > 0:
                issues.append(Issue("error", f"{where}.{name}", f"is {given:g}", "must be > 0"))
        if rule.after_doses_of and rule.after_doses_of not in drugs:
            fix = f"drugs of earlier rules: {', '.join(drugs) or 'none'}"
            given = repr(rule.after_doses_of)
            issues.append(Issue("error", f"{where}.after_doses_of", f"is {given}", fix))
        if bool(rule.after_doses_of) != bool(rule.doses_before):
            fix = "a rule that follows another drug names it and its number of doses"
            said = "needs both or neither of after_doses_of and doses_before"
            issues.append(Issue("error", where, said, fix))
        drugs.append(rule.drug)
    return issues


_LIMITS = (
    ("crs_at_least", 0, 4, "grades are 1 to 4"),
    ("icans_at_least", 0, 4, "grades are 1 to 4"),
    ("fever_longer_than", 0, math.inf, "days from 0"),
    ("doses_before", 0, math.inf, "doses from 0"),
    ("not_better_for", 0, math.inf, "days from 0"),
    ("most_in_24h", 1, math.inf, "doses from 1"),
    ("most", 1, math.inf, "doses from 1"),
)
"""Numbers of a rule: lowest and highest that mean something, and what is allowed in words."""
