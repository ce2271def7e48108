"""Records of drugs: lymphodepletion, treatments by day, and policies that react to the state."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from livingdrug.core.errors import Issue
from livingdrug.core.source import Origin

__all__ = ["Given", "Lymphodepletion", "Policy", "Rule", "Treatment", "check_policy"]


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
    origin : Origin
    at : str
    """

    drug: str
    amount: float
    unit: str
    days: tuple[float, ...] = ()
    per: Literal["", "kg", "m2"] = ""
    cap: float = math.inf
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
        issues.append(Issue("error", "every", f"is {policy.every:g}", "0 to 7 days"))
    drugs: list[str] = []
    for place, rule in enumerate(policy.rules):
        where = f"rules[{place}]"
        for name in ("crs_at_least", "icans_at_least"):
            if not 0 <= getattr(rule, name) <= 4:
                given = getattr(rule, name)
                issues.append(Issue("error", f"{where}.{name}", f"is {given}", "grades are 1 to 4"))
        if not (rule.crs_at_least or rule.icans_at_least) and math.isnan(rule.fever_longer_than):
            fix = "give crs_at_least, icans_at_least or fever_longer_than"
            issues.append(Issue("error", where, "states no condition", fix))
        if not rule.amount > 0:
            issues.append(Issue("error", f"{where}.amount", f"is {rule.amount:g}", "must be > 0"))
        if not rule.interval > 0:
            issues.append(Issue("error", f"{where}.interval", f"is {rule.interval:g}", "days > 0"))
        if rule.after_doses_of and rule.after_doses_of not in drugs:
            fix = f"drugs of earlier rules: {', '.join(drugs) or 'none'}"
            given = repr(rule.after_doses_of)
            issues.append(Issue("error", f"{where}.after_doses_of", f"is {given}", fix))
        drugs.append(rule.drug)
    return issues
