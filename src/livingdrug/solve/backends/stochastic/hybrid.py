"""The hybrid method: few entities are counted, many are continuous, on the native engine."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import cast

import numpy as np
from numpy.typing import NDArray

from livingdrug.core.errors import CapabilityError, UnknownNameError, unknown_name
from livingdrug.core.status import Status
from livingdrug.solve.backends.base import Plan, Progress, SubjectResult, SubjectTask
from livingdrug.solve.backends.native.backend import NativeBackend
from livingdrug.solve.plan import default_atol
from livingdrug.system.compile import compile_model
from livingdrug.system.hybrid import HAZARD, LEVEL, HybridModel, hybrid_model
from livingdrug.system.system import System

__all__ = ["HybridBackend"]


@dataclass(frozen=True, slots=True)
class HybridKernel:
    """The model with counting built in, compiled, and its way back to the model itself.

    Attributes
    ----------
    kernel : object
        Of the native engine.
    hybrid : HybridModel
    places : ndarray of int
        Of each output of the model among those of the hybrid one.
    constants : ndarray of int
        The same of constants.
    n_constants : int
        Of the hybrid model.
    """

    kernel: object
    hybrid: HybridModel
    places: NDArray[np.int64]
    constants: NDArray[np.int64]
    n_constants: int


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
        unknown = [
            unknown_name("species", name, layout.state_index, where="stochastic")
            for name in (*(options.species or ()), *options.turnover)
            if name not in layout.state_index
        ]
        if unknown:
            raise UnknownNameError(unknown)
        hybrid = hybrid_model(
            system.model,
            species=options.species,
            turnover=options.turnover,
            threshold=options.threshold,
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
        return HybridKernel(
            NativeBackend().prepare(inner, native),
            hybrid,
            np.array([names.index(slot.name) for slot in system.outputs]),
            np.array([inner.layout.constant_index[name] for name in layout.constants], dtype=int),
            len(inner.layout.constants),
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
        """
        made = cast("HybridKernel", kernel)
        wider: dict[int, NDArray[np.float64]] = {}
        inner = []
        for task in tasks:
            key = id(task.constants)
            if key not in wider:
                wider[key] = np.zeros(made.n_constants)
                wider[key][made.constants] = task.constants
            inner.append(dataclasses.replace(task, constants=wider[key]))
        results = NativeBackend().run(made.kernel, inner, progress)
        for task, result in zip(tasks, results, strict=True):
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
