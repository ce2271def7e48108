"""Simulate people who are looked at again and again, and treated by rule."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, cast

import numpy as np
from numpy.typing import NDArray

from livingdrug.clinical.grading.episodes import waives_fever
from livingdrug.clinical.severity import Ladder, Offsets, icans_grade, support
from livingdrug.core.errors import OptionError
from livingdrug.core.provenance import Manifest
from livingdrug.core.source import Origin
from livingdrug.model.model import Model
from livingdrug.records.drugs import Policy, Rule
from livingdrug.solve.backends.base import Progress, SubjectResult, SubjectTask
from livingdrug.solve.backends.native.kernel import NativeKernel
from livingdrug.solve.backends.native.session import NativeSession
from livingdrug.solve.reductions import Reduction
from livingdrug.solve.simulate import prepare_simulation
from livingdrug.solve.stretches import refuse_resets
from livingdrug.trial.policies.checks import amounts_of, check_policy_fits, decision_days
from livingdrug.trial.policies.decide import Decisions, Seen
from livingdrug.trial.policies.watched import (
    GIVEN,
    Watched,
    add_watched,
    policy_names,
    watched_room,
)

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["Watched", "simulate_with_policy"]

FloatArray = NDArray[np.float64]

CHUNK = 512
"""Most subjects that pause together; results do not depend on it."""


def simulate_with_policy(
    model: Model,
    cohort: xr.Dataset | None,
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
    drugs: Mapping[str, str] | None = None,
    threads: int = 1,
    on_failure: Literal["mark", "raise"] = "mark",
    progress: Progress | None = None,
) -> tuple[xr.Dataset, Watched]:
    """Simulate every subject of a cohort, treating each as a policy says.

    From `start` to the last day of the policy the run pauses at every decision. Fever, rungs of
    support and neurotoxicity are read off the severity of the model, graded, and the rules of
    the policy decide. Doses enter the model at that moment, and the event log. Doses of the
    policy's drugs that a cohort has anyway count for its intervals and largest numbers.

    Parameters
    ----------
    model : Model
    cohort : xarray.Dataset or None
        With the covariate ``weight`` (kg) where a rule doses per kilogram. None is one subject at
        the values of the model.
    policy : Policy
    ladder : Ladder
        From the model's severity to support.
    times, seed, side, rtol, atol, reduce, threads, on_failure, progress
        As for `livingdrug.simulate`. The seed also draws what each person needs of support.
    start : float, optional, day
        Of the first decision.
    drugs : mapping from str to str, optional
        Drug of the policy to dose of the model, where they differ.

    Returns
    -------
    xarray.Dataset
        A course, or its reductions, with what `livingdrug.trial.policies.watched.add_watched`
        adds.
    Watched
        What was seen at the decisions.

    Raises
    ------
    DataError, CapabilityError
        When the policy needs a drug, a covariate or a severity that is not there; every problem
        is listed.
    OptionError
        When no decision falls into the simulation.
    """
    if on_failure not in ("mark", "raise"):
        raise OptionError(f"on_failure = {on_failure!r}: allowed are 'mark' and 'raise'")
    simulation = prepare_simulation(
        model, cohort, times=times, seed=seed, side=side, rtol=rtol, atol=atol, reduce=reduce,
        threads=threads, backend="native",
    )  # fmt: skip
    system, tasks, named = simulation.system, simulation.bound.tasks, dict(drugs or {})
    refuse_resets(tasks, ["a policy decides about one course, from its start"])
    check_policy_fits(system, policy, ladder, cohort, named)
    _check_names([slot.name for slot in system.outputs], reduce or {}, policy)
    days = decision_days(
        policy, start, max(task.start for task in tasks), float(tasks[0].outputs.times[-1])
    )
    ward = _Ward(
        cast("NativeKernel", simulation.kernel),
        tasks,
        policy,
        ladder,
        Offsets.draw(ladder, simulation.bound.labels, simulation.plan.seed),
        [amounts_of(rule, system, cohort, len(tasks), named) for rule in policy.rules],
        {rule.drug: named.get(rule.drug, rule.drug) for rule in policy.rules},
        watched_room(len(tasks), days, policy),
    )
    results = list(_run(ward, threads, progress))
    units = [system.model.dose(ward.doses[rule.drug]).unit for rule in policy.rules]
    made = simulation.finish(results, on_failure)
    made = add_watched(made, policy, ward.watched, units, nervous=bool(ladder.nervous))
    return made.assign_attrs(_said(made, policy, ladder)), ward.watched


def _check_names(outputs: Sequence[str], reduce: Mapping[str, Reduction], policy: Policy) -> None:
    added = policy_names(policy)
    for whose, given in (("reduce", reduce), ("the model", outputs)):
        taken = [name for name in given if name in added]
        if taken:
            raise OptionError(
                f"{whose} names {taken[0]!r}, which the policy adds itself: rename it"
            )


def _said(course: xr.Dataset, policy: Policy, ladder: Ladder) -> dict[str, str]:
    """Return what a course says of how its people were treated."""
    manifest = Manifest.from_json(str(course.attrs["provenance"]))
    assumed = [f"ladder: {ladder.at}"] if ladder.at else []
    assumed += [
        f"policy, {rule.drug}: {rule.at}" for rule in policy.rules if rule.origin is Origin.ASSUMED
    ]
    manifest = dataclasses.replace(
        manifest,
        command=("livingdrug.trial.simulate_with_policy", *manifest.command[1:]),
        assumptions=(*manifest.assumptions, *assumed),
    )
    return {
        "policy": json.dumps(_stated(policy)),
        "ladder": json.dumps(_stated(ladder)),
        "provenance": manifest.to_json(),
    }


def _stated(record: Policy | Rule | Ladder) -> dict[str, object]:
    """Return what a record states, without what it leaves at the default."""
    stated: dict[str, object] = {}
    for item in dataclasses.fields(record):
        value = getattr(record, item.name)
        if item.name == "rules":
            stated["rules"] = [_stated(rule) for rule in value]
        elif isinstance(value, Origin):
            stated[item.name] = value.value
        elif repr(value) != repr(item.default):  # as text, because NaN is not equal to itself
            stated[item.name] = value
    return stated


@dataclass(frozen=True, slots=True)
class _Ward:
    """Everybody, and everything that decisions need to know of them.

    `amounts` are those of each rule, and `doses` the model's doses of the drugs.
    """

    kernel: NativeKernel
    tasks: list[SubjectTask]
    policy: Policy
    ladder: Ladder
    offsets: Offsets
    amounts: list[FloatArray]
    doses: dict[str, str]
    watched: Watched


def _run(ward: _Ward, threads: int, progress: Progress | None) -> Iterator[SubjectResult]:
    n = len(ward.tasks)
    size = max(1, min(CHUNK, -(-n // threads)))
    given = []
    with ThreadPoolExecutor(max_workers=threads) as pool:
        parts = [slice(first, min(first + size, n)) for first in range(0, n, size)]
        for results, log in pool.map(lambda part: _chunk(ward, part), parts):
            yield from results
            given.append(log)
            if progress is not None:
                progress(len(results))
    ward.watched.given = np.concatenate(given)


def _chunk(ward: _Ward, part: slice) -> tuple[list[SubjectResult], NDArray[np.void]]:
    """Run some subjects from decision to decision; return their doses too, subject by subject."""
    tasks, watched, policy = ward.tasks[part], ward.watched, ward.policy
    offsets = Offsets(*(getattr(ward.offsets, name)[part] for name in Offsets.__slots__))
    session = NativeSession(ward.kernel, tasks)
    decisions = Decisions(policy, len(tasks))
    otherwise = _given_otherwise(tasks, ward.doses)
    logs = [np.zeros(0, dtype=GIVEN)]
    for k, day in enumerate(watched.days.tolist()):
        session.advance(day)
        while otherwise and otherwise[0][0] <= day:
            since, drug, rows = otherwise.pop(0)
            decisions.given_otherwise(since, drug, rows)
            watched.treated[rows + part.start, k] |= waives_fever(drug)
        seen = _look(session, ward.ladder, offsets)
        for name in ("fever", "pressure", "oxygen", "icans"):
            getattr(watched, name)[part, k] = getattr(seen, name)
        for decision in decisions.at(day, seen):
            drug = policy.rules[decision.rule].drug
            everyone = decision.rows + part.start
            amounts = ward.amounts[decision.rule][everyone]
            session.give(decision.rows, ward.doses[drug], amounts)
            watched.treated[everyone, k + 1 : k + 2] |= waives_fever(drug)  # from the next decision
            watched.doses[drug][everyone] += 1
            fresh = everyone[np.isnan(watched.first[drug][everyone])]
            watched.first[drug][fresh] = day
            log = np.zeros(everyone.size, dtype=GIVEN)
            log["day"], log["amount"], log["row"] = day, amounts, everyone
            log["rule"], log["why"], log["grade"] = decision.rule, decision.why, decision.grade
            log["icans"] = seen.icans[decision.rows]
            logs.append(log)
    together = np.concatenate(logs)
    return session.finish(), together[np.argsort(together["row"], kind="stable")]


def _look(session: NativeSession, ladder: Ladder, offsets: Offsets) -> Seen:
    severity = session.now(ladder.severity)
    temperature = session.now(ladder.temperature) if ladder.temperature else None
    fever, pressure, oxygen = support(ladder, offsets, severity, temperature)
    icans = np.zeros(severity.size, np.int64)
    if ladder.nervous:
        icans = icans_grade(ladder, offsets, session.now(ladder.nervous))
    return Seen(fever, pressure, oxygen, icans)


def _given_otherwise(
    tasks: Sequence[SubjectTask], doses: Mapping[str, str]
) -> list[tuple[float, str, NDArray[np.int64]]]:
    """Return when which subjects get a drug of the policy by their regimen, in order of time."""
    drugs = {dose: drug for drug, dose in doses.items()}
    found: dict[tuple[float, str], list[int]] = {}
    for row, task in enumerate(tasks):
        for dose in task.doses:
            if dose.name in drugs:
                found.setdefault((dose.time, drugs[dose.name]), []).append(row)
    return [(day, drug, np.unique(rows)) for (day, drug), rows in sorted(found.items())]
