"""Simulate with a policy: people are looked at again and again, and treated by rule."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, cast

import numpy as np
from numpy.typing import NDArray

from livingdrug.clinical.severity import Ladder, Offsets, icans_grade, support
from livingdrug.core.errors import CapabilityError, Issue, raise_issues, unknown_name
from livingdrug.core.units import conversion_factor, same_dimension
from livingdrug.model.model import Model
from livingdrug.records.drugs import Policy, Rule
from livingdrug.solve.backends.base import Progress, SubjectResult
from livingdrug.solve.backends.native.kernel import NativeKernel
from livingdrug.solve.backends.native.session import NativeSession
from livingdrug.solve.reductions import Reduction
from livingdrug.solve.simulate import prepare_simulation
from livingdrug.trial.policies.decide import Decisions, Seen

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["Watched", "simulate_with_policy"]

FloatArray = NDArray[np.float64]
CHUNK = 512


@dataclass(slots=True)
class Watched:
    """What was seen of people at decisions.

    Attributes
    ----------
    days : ndarray, shape (n_decisions,), day
    fever : ndarray of bool, shape (n, n_decisions)
    pressure, oxygen, icans : ndarray of int8, shape (n, n_decisions)
    treated : ndarray of bool, shape (n, n_decisions)
        A drug was given then.
    doses : dict from drug to ndarray of int, shape (n,)
        Given by the policy.
    first : dict from drug to ndarray, shape (n,), day
        NaN for people who got none.
    """

    days: FloatArray
    fever: NDArray[np.bool_]
    pressure: NDArray[np.int8]
    oxygen: NDArray[np.int8]
    icans: NDArray[np.int8]
    treated: NDArray[np.bool_]
    doses: dict[str, NDArray[np.int64]]
    first: dict[str, FloatArray]


def simulate_with_policy(
    model: Model,
    cohort: xr.Dataset,
    policy: Policy,
    ladder: Ladder,
    *,
    times: Sequence[float],
    start: float = 0.0,
    seed: int | None = None,
    side: Literal["left", "right"] = "right",
    rtol: float = 1e-6,
    atol: float | Mapping[str, float] | None = None,
    reduce: Mapping[str, Reduction] | None = None,
    threads: int = 1,
    on_failure: Literal["mark", "raise"] = "mark",
    progress: Progress | None = None,
) -> tuple[xr.Dataset, Watched]:
    """Simulate every subject of a cohort, treating each as a policy says.

    From `start` to the last day of the policy the run pauses at every decision. Fever, rungs of
    support and neurotoxicity are read off the severity of the model, graded, and the rules of
    the policy decide. Doses enter the model at that moment, and the event log.

    Parameters
    ----------
    model : Model
    cohort : xarray.Dataset
        With the covariate ``weight`` where a rule doses per kilogram.
    policy : Policy
    ladder : Ladder
        From the model's severity to support.
    times, seed, side, rtol, atol, reduce, threads, on_failure, progress
        As for `livingdrug.simulate`.
    start : float, optional, day
        Of the first decision.

    Returns
    -------
    xarray.Dataset
        A course, or its reductions.
    Watched
        What was seen at the decisions.

    Raises
    ------
    DataError, CapabilityError
        When the policy needs a drug, a covariate or a severity that is not there; every problem
        is listed.
    """
    simulation = prepare_simulation(
        model, cohort, times=times, seed=seed, side=side, rtol=rtol, atol=atol, reduce=reduce,
        threads=threads, backend="native",
    )  # fmt: skip
    kernel = cast("NativeKernel", simulation.kernel)
    _check(kernel, policy, ladder, cohort)
    tasks = simulation.bound.tasks
    offsets = Offsets.draw(ladder, simulation.bound.labels, simulation.plan.seed)
    end = float(tasks[0].outputs.times[-1])
    days = np.arange(start, min(policy.until, end) + 1e-9, policy.every)
    amounts = [_amounts(rule, kernel, cohort) for rule in policy.rules]
    watched = _room(len(tasks), days, policy)

    def run(first: int) -> list[SubjectResult]:
        part = slice(first, min(first + CHUNK, len(tasks)))
        mine = Offsets(*(getattr(offsets, name)[part] for name in Offsets.__slots__))
        return _chunk(kernel, tasks[part], policy, ladder, mine, amounts, watched, part)

    results: list[SubjectResult] = []
    with ThreadPoolExecutor(max_workers=threads) as pool:
        for chunk in pool.map(run, range(0, len(tasks), CHUNK)):
            results += chunk
            if progress is not None:
                progress(len(chunk))
    return simulation.finish(results, on_failure), watched


def _room(n: int, days: FloatArray, policy: Policy) -> Watched:
    shape = (n, days.size)
    drugs = list(dict.fromkeys(rule.drug for rule in policy.rules))
    return Watched(
        days,
        np.zeros(shape, bool),
        np.zeros(shape, np.int8),
        np.zeros(shape, np.int8),
        np.zeros(shape, np.int8),
        np.zeros(shape, bool),
        {drug: np.zeros(n, np.int64) for drug in drugs},
        {drug: np.full(n, np.nan) for drug in drugs},
    )


def _check(kernel: NativeKernel, policy: Policy, ladder: Ladder, cohort: xr.Dataset) -> None:
    system = kernel.system
    outputs = [slot.name for slot in system.outputs]
    issues = []
    for name in filter(None, (ladder.severity, ladder.temperature, ladder.nervous)):
        if name not in outputs:
            issues.append(unknown_name("quantity", name, outputs, where="ladder"))
    for place, rule in enumerate(policy.rules):
        where = f"policy, rules[{place}]"
        if rule.drug not in system.doses:
            issues.append(unknown_name("dose", rule.drug, system.doses, where=where))
        elif not same_dimension(rule.unit, system.model.dose(rule.drug).unit):
            unit = system.model.dose(rule.drug).unit
            fix = f"{system.model.id} takes it in {unit}"
            issues.append(Issue("error", where, f"{rule.drug} in {rule.unit!r}", fix))
        if rule.icans_at_least and not ladder.nervous:
            fix = "leave the rule out, or give a ladder with a nervous severity"
            given = "asks for a grade of neurotoxicity, which this ladder does not produce"
            issues.append(Issue("error", where, given, fix))
        if rule.per and _SCALES[rule.per] not in cohort:
            given = f"an amount per {rule.per} needs the covariate {_SCALES[rule.per]!r}"
            issues.append(Issue("error", where, given, "give it to the cohort"))
    raise_issues(issues, CapabilityError)


_SCALES = {"kg": "weight", "m2": "body_surface_area"}


def _amounts(rule: Rule, kernel: NativeKernel, cohort: xr.Dataset) -> FloatArray:
    amounts = np.full(cohort.sizes["subject"], rule.amount)
    if rule.per:
        amounts = amounts * cohort[_SCALES[rule.per]].values
    amounts = np.minimum(amounts, rule.cap)
    factor = conversion_factor(rule.unit, kernel.system.model.dose(rule.drug).unit)
    return np.asarray(amounts * factor, dtype=np.float64)


def _chunk(
    kernel: NativeKernel,
    tasks: Sequence[object],
    policy: Policy,
    ladder: Ladder,
    offsets: Offsets,
    amounts: Sequence[FloatArray],
    watched: Watched,
    part: slice,
) -> list[SubjectResult]:
    from livingdrug.solve.backends.base import SubjectTask

    session = NativeSession(kernel, cast("Sequence[SubjectTask]", tasks))
    decisions = Decisions(policy, len(tasks))
    for k, day in enumerate(watched.days.tolist()):
        session.advance(day)
        severity, temperature = session.now(ladder.severity), session.now(ladder.temperature)
        fever, pressure, oxygen = support(ladder, offsets, severity, temperature)
        icans = np.zeros(len(tasks), np.int64)
        if ladder.nervous:
            icans = icans_grade(ladder, offsets, session.now(ladder.nervous))
        watched.fever[part, k] = fever
        watched.pressure[part, k] = pressure
        watched.oxygen[part, k] = oxygen
        watched.icans[part, k] = icans
        for decision in decisions.at(day, Seen(fever, pressure, oxygen, icans)):
            drug, given = policy.rules[decision.rule].drug, amounts[decision.rule][part]
            for row in decision.rows.tolist():
                session.give(row, drug, float(given[row]))
            everyone = decision.rows + part.start
            watched.treated[everyone, k] = True
            watched.doses[drug][everyone] += 1
            fresh = everyone[np.isnan(watched.first[drug][everyone])]
            watched.first[drug][fresh] = day
    return session.finish()
