"""A simulation that is ready to run, and what is made of its results."""

from __future__ import annotations

import dataclasses
import json
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from livingdrug.core.errors import SolveError, SubjectFailureWarning
from livingdrug.core.provenance import Citation, Failure, ModelRecord, new_manifest
from livingdrug.core.status import Status
from livingdrug.model.model import Model
from livingdrug.solve.assemble import (
    assemble_course,
    assemble_records,
    assemble_reduced,
    leading,
)
from livingdrug.solve.backends.base import AbstractBackend, Plan, SubjectResult
from livingdrug.solve.bind import Bound
from livingdrug.solve.clones.history import add_clones
from livingdrug.solve.observe import add_observations
from livingdrug.solve.reductions import ReductionPlan
from livingdrug.solve.stochastic import assumed_turnover
from livingdrug.system.system import System

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["Simulation"]


@dataclass(frozen=True, slots=True)
class Simulation:
    """Everything that is fixed before the first step.

    Attributes
    ----------
    system : System
    plan : Plan
    bound : Bound
    engine : AbstractBackend
    kernel : object
        Of the engine.
    reduction : ReductionPlan or None
    cohort : xarray.Dataset or None
    side, extinction, lloq
        As for `livingdrug.simulate`.
    started : str
        When it was asked for.
    """

    system: System
    plan: Plan
    bound: Bound
    engine: AbstractBackend
    kernel: object
    reduction: ReductionPlan | None
    cohort: xr.Dataset | None
    side: str
    extinction: Literal["model", "off"] | Mapping[str, float]
    lloq: Mapping[str, float] | None
    started: str

    def finish(self, results: Sequence[SubjectResult], on_failure: str) -> xr.Dataset:
        """Make a course, or its reductions, of the results.

        Parameters
        ----------
        results : sequence of SubjectResult
            One for each task.
        on_failure : {"mark", "raise"}

        Returns
        -------
        xarray.Dataset

        Raises
        ------
        SolveError
            With ``on_failure="raise"``, naming the subjects.
        """
        system, bound = self.system, self.bound
        _report_failures(bound, results, on_failure)
        attrs = _attributes(
            system, self.plan, self.cohort, results, self.engine.name, self.side, self.extinction
        )
        attrs["provenance"] = _provenance(
            system.model, self.plan, bound, results, attrs, self.started
        )
        if self.reduction is not None:
            return assemble_reduced(system, bound, results, self.reduction, attrs)
        course = _curves(system, bound, results, attrs, self.plan.seed, self.lloq)
        if self.plan.clones is not None:
            seen = [result.clones for result in results]
            course = add_clones(course, seen, self.plan.clones, leading(bound)[1])
        return course


def _curves(
    system: System,
    bound: Bound,
    results: Sequence[SubjectResult],
    attrs: dict[str, str | float | int],
    seed: int,
    lloq: Mapping[str, float] | None,
) -> xr.Dataset:
    if bound.records is not None:
        return assemble_records(system, bound, results, attrs)
    course = assemble_course(system, bound, results, bound.tasks[0].outputs.times, attrs)
    return add_observations(course, system.model, seed=seed, lloq=lloq)


def _attributes(
    system: System,
    plan: Plan,
    cohort: xr.Dataset | None,
    results: Sequence[SubjectResult],
    backend: str,
    side: str,
    extinction: str | Mapping[str, float],
) -> dict[str, str | float | int]:
    """Say in the course how it was made."""
    stated = {} if cohort is None else cohort.attrs
    states = [slot.name for slot in system.layout.states]
    assumed = json.loads(str(stated.get("assumed", "[]")))
    how: dict[str, str] = {}
    if plan.method.stochastic:
        assumed += assumed_turnover(system.model, plan.stochastic)
        how["stochastic"] = plan.stochastic.to_json()
    return {
        **how,
        "method": plan.method.name,
        "backend": backend,
        "rtol": plan.rtol,
        "atol": json.dumps(dict(zip(states, plan.atol.tolist(), strict=True))),
        "extinction": json.dumps(extinction if isinstance(extinction, str) else dict(extinction)),
        "seed": plan.seed,
        "side": side,
        "events": json.dumps([event.name for event in system.events if not event.silent]),
        "n_steps": sum(result.n_steps for result in results),
        "variability": str(stated.get("variability", "none")),
        "assumed": json.dumps(assumed),
        "source": str(stated.get("source", "")),
        **({} if plan.clones is None else {"clones": json.dumps(dataclasses.asdict(plan.clones))}),
        "day_0": _day_0(system.model, results),
    }


def _day_0(model: Model, results: Sequence[SubjectResult]) -> str:
    """Say what day 0 is: an infusion of cells, or only where the model starts."""
    infused = model.dose_stand_in is not None or any(
        entry.name == "infusion" for result in results for entry in result.log
    )
    return "infusion" if infused else "start"


def _provenance(
    model: Model,
    plan: Plan,
    bound: Bound,
    results: Sequence[SubjectResult],
    attrs: Mapping[str, str | float | int],
    started: str,
) -> str:
    """Return the manifest of this call as JSON."""
    manifest = new_manifest(
        command=["livingdrug.simulate", model.id],
        started=started,
        model=ModelRecord(
            model.id, model.variant, model.status, model.math_hash, model.evidence_hash
        ),
        seed=plan.seed,
        method=plan.method.name,
        tolerances={"rtol": plan.rtol}
        | {f"atol:{k}": v for k, v in json.loads(str(attrs["atol"])).items()},
        backend=str(attrs["backend"]),
        failures=[
            Failure(label, result.status.name, result.message)
            for label, result in zip(bound.task_labels, results, strict=True)
            if result.status is not Status.OK
        ],
        citations=[Citation.of(source) for source in model.sources],
        assumptions=json.loads(str(attrs["assumed"])),
        warnings=[model.notice] if model.notice else [],
    )
    return manifest.to_json()


def _report_failures(bound: Bound, results: Sequence[SubjectResult], on_failure: str) -> None:
    failed = [
        (label, result)
        for label, result in zip(bound.task_labels, results, strict=True)
        if result.status is not Status.OK
    ]
    if not failed:
        return
    label, first = failed[0]
    text = (
        f"{len(failed)} of {len(results)} subjects could not be simulated; "
        f"subject {label}: {first.message}"
    )
    if on_failure == "raise":
        raise SolveError(text)
    warnings.warn(text, SubjectFailureWarning, stacklevel=4)
