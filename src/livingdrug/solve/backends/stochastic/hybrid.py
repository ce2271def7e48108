"""The hybrid method: few entities are counted, many are continuous, on the native engine."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from typing import cast

import numpy as np
from numpy.typing import NDArray

from livingdrug.core.errors import CapabilityError
from livingdrug.core.status import STATUS_MESSAGES, Status
from livingdrug.solve.backends.base import TRACKED, Plan, Progress, SubjectResult, SubjectTask
from livingdrug.solve.backends.native.backend import NativeBackend
from livingdrug.solve.backends.stochastic.kernel import check_names
from livingdrug.solve.backends.stochastic.starts import Starts, part_of_entity, slow_infusion
from livingdrug.solve.plan import default_atol
from livingdrug.system.compile import compile_model
from livingdrug.system.hybrid import HAZARD, LEVEL, HybridModel, hybrid_model
from livingdrug.system.lower.jumps import entity_amounts, lower_jumps
from livingdrug.system.lower.ratios import check_ratios
from livingdrug.system.system import System

__all__ = ["HybridBackend"]


@dataclass(frozen=True, slots=True)
class HybridKernel:
    """The model with counting built in, compiled, and its way back to the model itself.

    Attributes
    ----------
    system : System
        The model itself.
    kernel : object
        Of the native engine.
    hybrid : HybridModel
    places : ndarray of int
        Of each output of the model among those of the hybrid one.
    constants : ndarray of int
        The same of constants.
    n_constants : int
        Of the hybrid model.
    entities : tuple of float
        Amount of one entity of each state; 0 where it is not counted from the start to the end.
    whole : bool
        Whether parts of such entities are refused.
    n_tracks : int
        Quantities that are followed.
    """

    system: System
    kernel: object
    hybrid: HybridModel
    places: NDArray[np.int64]
    constants: NDArray[np.int64]
    n_constants: int
    entities: tuple[float, ...]
    whole: bool
    n_tracks: int


class HybridBackend:
    """Piecewise-deterministic Markov processes in the lanes of the native engine."""

    name = "hybrid"

    def prepare(self, system: System, plan: Plan) -> object:
        """Build counting into a system, and compile it.

        Parameters
        ----------
        system : System
        plan : Plan

        Returns
        -------
        HybridKernel

        Raises
        ------
        CapabilityError
            When nothing can be counted, naming every term.
        UnknownNameError
            When an option names a species that is not there.
        """
        options, layout = plan.stochastic, system.layout
        check_names(system, options)
        exact = plan.method.name == "ssa"
        if exact:  # everything, or a refusal by name
            lower_jumps(system.model, layout, options.species, options.turnover)
        hybrid = hybrid_model(
            system.model,
            species=options.species,
            turnover=options.turnover,
            threshold=math.inf if exact else options.threshold,
            release=options.release,
        )
        inner = compile_model(hybrid.model)
        names = [slot.name for slot in inner.outputs]
        atol, extinction = _room(system, plan, inner, hybrid)
        trackers = tuple(
            dataclasses.replace(t, place=names.index(system.outputs[t.place].name))
            for t in plan.trackers
        )
        native = dataclasses.replace(
            plan,
            atol=atol,
            extinction=extinction,
            trackers=trackers,
            # every jump ends a step
            max_steps=max(plan.max_steps, 2 * options.max_events),
        )
        amounts = entity_amounts(system.model, layout)
        always = hybrid.species if exact or math.isinf(options.threshold) else ()
        return HybridKernel(
            system,
            NativeBackend().prepare(inner, native),
            hybrid,
            np.array([names.index(slot.name) for slot in system.outputs]),
            np.array([inner.layout.constant_index[name] for name in layout.constants], dtype=int),
            len(inner.layout.constants),
            tuple(amounts[s.name] if s.name in always else 0.0 for s in layout.states),
            exact and options.initial == "whole",
            len(trackers),
        )

    def run(
        self, kernel: object, tasks: list[SubjectTask], progress: Progress | None = None
    ) -> list[SubjectResult]:
        """Run every replicate of every subject.

        Parameters
        ----------
        kernel : HybridKernel
        tasks : list of SubjectTask
        progress : callable, optional

        Returns
        -------
        list of SubjectResult

        Raises
        ------
        CapabilityError
            When a subject's stoichiometry does not move whole entities.
        """
        made = cast("HybridKernel", kernel)
        refusals = _refusals(made, tasks)
        wider: dict[int, NDArray[np.float64]] = {}
        inner = []
        for task, refusal in zip(tasks, refusals, strict=True):
            if refusal:
                continue
            key = id(task.constants)
            if key not in wider:
                if made.hybrid.ratios:
                    constants = dict(
                        zip(made.system.layout.constants, task.constants.tolist(), strict=True)
                    )
                    check_ratios(made.hybrid.ratios, constants, task.label, made.system.model.id)
                wider[key] = np.zeros(made.n_constants)
                wider[key][made.constants] = task.constants
            inner.append(dataclasses.replace(task, constants=wider[key]))
        ran = iter(NativeBackend().run(made.kernel, inner, progress))
        results = [
            _refused(made, task, text) if text else next(ran)
            for task, text in zip(tasks, refusals, strict=True)
        ]
        for task, result, refusal in zip(tasks, results, refusals, strict=True):
            if refusal:
                continue
            result.values = result.values[made.places]
            # a population that is not there at the start is not lost there
            result.log = [
                entry
                for entry in result.log
                if entry.time > task.start or not entry.name.startswith("extinct(")
            ]
            if result.status is Status.TOO_MANY_STEPS:
                result.status = Status.TOO_MANY_EVENTS
        return results


def _refusals(kernel: HybridKernel, tasks: list[SubjectTask]) -> list[str]:
    """Say of each task what keeps it from starting: parts of entities, or what flows in."""
    if not any(kernel.entities):
        return [""] * len(tasks)
    refusals = Starts(kernel.system, kernel.entities, kernel.whole, tasks).refusals
    for row, task in enumerate(tasks):
        refusals[row] = (
            refusals[row]
            or (part_of_entity(kernel.system, kernel.entities, task) if kernel.whole else "")
            or slow_infusion(kernel.system, kernel.entities, task)
        )
    return refusals


def _refused(kernel: HybridKernel, task: SubjectTask, text: str) -> SubjectResult:
    n_outputs, n_times = len(kernel.system.outputs), task.outputs.times.size
    status = Status.BAD_INITIAL
    return SubjectResult(
        np.full((n_outputs, n_times), np.nan),
        status,
        f"day {task.start:.6g}: {STATUS_MESSAGES[status]}{text}",
        tracked=np.full((kernel.n_tracks, len(TRACKED)), np.nan),
    )


def _room(
    system: System, plan: Plan, inner: System, hybrid: HybridModel
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return tolerances and extinction thresholds of the states of the hybrid model."""
    index = system.layout.state_index
    atol = np.empty(inner.n_states)
    extinction = np.full(inner.n_states, np.nan)
    for place, slot in enumerate(inner.layout.states):
        if slot.name in index:
            atol[place] = plan.atol[index[slot.name]]
            if slot.name not in hybrid.species:
                extinction[place] = plan.extinction[index[slot.name]]
        elif slot.name in (HAZARD, LEVEL):
            atol[place] = plan.rtol  # levels are about 1
        else:
            atol[place] = default_atol(inner, place, plan.rtol)
    if inner.n_states != system.n_states + 1:
        raise CapabilityError(f"{system.model.id}: the hybrid model has other states")
    return atol, extinction
