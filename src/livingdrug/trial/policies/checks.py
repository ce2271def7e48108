"""What a policy needs of a model, a ladder and a cohort, and how much of a drug people get."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from livingdrug.clinical.grading.rungs import CRS_TABLES
from livingdrug.clinical.severity import Ladder
from livingdrug.cohort.regimen import DOSE_SCALES
from livingdrug.core.errors import (
    CapabilityError,
    DataError,
    Issue,
    OptionError,
    raise_issues,
    unknown_name,
)
from livingdrug.core.units import conversion_factor, same_dimension
from livingdrug.records.drugs import Policy, Rule
from livingdrug.system.system import System

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["amounts_of", "check_policy_fits", "decision_days"]

FloatArray = NDArray[np.float64]


def check_policy_fits(
    system: System,
    policy: Policy,
    ladder: Ladder,
    cohort: xr.Dataset | None,
    drugs: Mapping[str, str],
) -> None:
    """Refuse a policy that this model, ladder or cohort cannot serve.

    Parameters
    ----------
    system : System
    policy : Policy
    ladder : Ladder
    cohort : xarray.Dataset or None
    drugs : mapping from str to str
        Drug of the policy to dose of the model, where they differ.

    Raises
    ------
    CapabilityError
        Listing every drug, unit, quantity, scale and covariate that is missing.
    """
    outputs = [slot.name for slot in system.outputs]
    issues = [
        unknown_name("quantity", name, outputs, where=f"ladder for {system.model.id}")
        for name in (ladder.severity, ladder.temperature, ladder.nervous)
        if name and name not in outputs
    ]
    if policy.scale not in CRS_TABLES:
        issues.append(unknown_name("scale", policy.scale, CRS_TABLES, where="policy"))
    named = {rule.drug for rule in policy.rules}
    issues += [
        unknown_name("drug", name, named, where="drugs") for name in drugs if name not in named
    ]
    for place, rule in enumerate(policy.rules):
        issues += _rule_issues(system, rule, f"policy, rules[{place}]", ladder, cohort, drugs)
    raise_issues(issues, CapabilityError)


def _rule_issues(
    system: System,
    rule: Rule,
    where: str,
    ladder: Ladder,
    cohort: xr.Dataset | None,
    drugs: Mapping[str, str],
) -> list[Issue]:
    issues = []
    dose, model = drugs.get(rule.drug, rule.drug), system.model
    if dose not in system.doses:
        issue = unknown_name("dose", dose, system.doses, where=where)
        if dose == rule.drug:
            other = f"; where {model.id} calls it otherwise say so with drugs="
            issue = Issue(issue.level, issue.where, issue.message, issue.fix + other)
        issues.append(issue)
    elif not same_dimension(rule.unit, model.dose(dose).unit):
        fix = f"{model.id} takes it in {model.dose(dose).unit}"
        issues.append(Issue("error", where, f"{rule.drug} in {rule.unit!r}", fix))
    if rule.icans_at_least and not ladder.nervous:
        fix = "leave the rule out, or give a ladder with a nervous severity"
        given = "asks for a grade of neurotoxicity, which this ladder does not produce"
        issues.append(Issue("error", where, given, fix))
    covariate = DOSE_SCALES[rule.per][0] if rule.per else ""
    if covariate and (cohort is None or covariate not in cohort):
        given = f"an amount per {rule.per} needs the covariate {covariate!r}"
        issues.append(Issue("error", where, given, "give it to the cohort"))
    return issues


def amounts_of(
    rule: Rule, system: System, cohort: xr.Dataset | None, n: int, drugs: Mapping[str, str]
) -> FloatArray:
    """Return how much of its drug a rule gives to each subject.

    Parameters
    ----------
    rule : Rule
    system : System
    cohort : xarray.Dataset or None
    n : int
        Number of subjects.
    drugs : mapping from str to str
        As for `check_policy_fits`.

    Returns
    -------
    ndarray, shape (n,)
        In the unit of the model's dose.

    Raises
    ------
    DataError
        When a weight or body surface is not a positive number.
    """
    amounts = np.full(n, rule.amount)
    if rule.per and cohort is not None:
        name, unit = DOSE_SCALES[rule.per]
        size = cohort[name].values * conversion_factor(
            str(cohort[name].attrs.get("units") or unit), unit, where=f"cohort, {name}"
        )
        bad = ~(np.isfinite(size) & (size > 0))
        if bad.any():
            raise DataError(
                f"cohort, {name}: {bad.sum()} values are not positive numbers, the first is "
                f"{size[bad][0]:g}; a policy doses per {rule.per}"
            )
        amounts = amounts * size
    unit = system.model.dose(drugs.get(rule.drug, rule.drug)).unit
    return np.asarray(np.minimum(amounts, rule.cap) * conversion_factor(rule.unit, unit))


def decision_days(policy: Policy, start: float, first: float, end: float) -> FloatArray:
    """Return the days on which people are looked at.

    Parameters
    ----------
    policy : Policy
    start : float
        First decision.
    first, end : float
        Day on which the last subject starts, and the end of the simulation. On that day nobody
        is treated any more.

    Returns
    -------
    ndarray, shape (n_decisions,), day

    Raises
    ------
    OptionError
        When there is none at or after day 0, or one before the simulation.
    """
    if start < first:
        raise OptionError(
            f"start = {start:g}: the simulation starts on day {first:g}; decide from then on"
        )
    days = start + policy.every * np.arange(
        np.floor((policy.until - start) / policy.every + 1e-9) + 1
    )
    days = days[days < end]
    if not (days >= 0).any():
        raise OptionError(
            f"no decision falls into the simulation: decisions are from day {start:g} to "
            f"{policy.until:g}, the simulation ends on day {end:g}"
        )
    return np.asarray(days, dtype=np.float64)
