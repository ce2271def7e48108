"""Compile a system to machine code, and say what this engine cannot run."""

from __future__ import annotations

import copy
from collections.abc import Sequence

import numpy as np

from livingdrug.core.errors import CapabilityError
from livingdrug.model.expression.nodes import Node
from livingdrug.solve.backends.base import Plan
from livingdrug.solve.backends.native.capability import missing_capability
from livingdrug.solve.backends.native.modules import kept_module, system_key
from livingdrug.solve.backends.native.places import (
    BLOCKS,
    GROUPS,
    METHOD_BLOCKS,
    METHOD_GROUPS,
)
from livingdrug.solve.backends.native.programs import (
    action_names,
    native_workspace,
    print_system,
)
from livingdrug.solve.backends.native.stage import Shape
from livingdrug.system.blocks import Block
from livingdrug.system.printers.python import BlockFunction, load_block
from livingdrug.system.system import EventProgram, System

__all__ = ["NativeKernel"]

_MOST_KEPT = 32
_KEPT: dict[str, NativeKernel] = {}
"""Kernels by the hash of the model: a second run of one model prepares nothing."""


class NativeKernel:
    """Compiled blocks of one system, with the small host functions that prepare subjects.

    Parameters
    ----------
    system : System
    plan : Plan
    width : int, optional
        Lanes of one workspace; by default what suits the processor and the model.
    """

    def __init__(self, system: System, plan: Plan, width: int | None = None) -> None:
        missing = missing_capability(system)
        if missing:
            raise CapabilityError(
                f"{system.model.id}: the native backend has no {missing}; use backend='reference'"
            )
        self.system, self.plan = system, plan
        self.names = [event.name for event in system.events] + list(system.doses)
        self.names += [f"extinct({slot.name})" for slot in system.layout.states]
        self._hosts = self._host_functions()
        self.module, facts = kept_module(
            system_key(system, width), lambda: print_system(system, width)
        )
        self.width, self.has_time = facts.width, facts.has_time
        shape = Shape.of(system, has_time=facts.has_time)
        self.workspace = native_workspace(system, shape, facts.n_entries)
        actions = action_names(system)
        names = [*BLOCKS, *METHOD_BLOCKS, *(name for name, _ in actions)]
        names += [name for _, name in actions]
        self.addresses = np.array([self.module.address(name) for name in names], dtype=np.int64)
        self.offsets = np.array(
            [self.workspace.offset(f"{g}[0]") for g in (*GROUPS, *METHOD_GROUPS)], dtype=np.int64
        )

    @classmethod
    def kept(cls, system: System, plan: Plan) -> NativeKernel:
        """Return the kernel of a system, made once for a model.

        Parameters
        ----------
        system : System
        plan : Plan

        Returns
        -------
        NativeKernel
        """
        key = system.model.evidence_hash
        if key not in _KEPT:
            while len(_KEPT) >= _MOST_KEPT:
                _KEPT.pop(next(iter(_KEPT)))
            _KEPT[key] = cls(system, plan)
        kernel = copy.copy(_KEPT[key])
        kernel.system, kernel.plan = system, plan
        return kernel

    # -- host functions: prepare one subject --------------------------------------------------

    def _load(self, name: str, nodes: Sequence[Node]) -> BlockFunction:
        labels = tuple(str(place) for place in range(len(nodes)))
        return load_block(Block(name, labels, tuple(nodes)), self.system.layout)

    def _host_functions(self) -> dict[str, BlockFunction]:
        system = self.system
        hosts = {f"lag {name}": self._load(name, [n]) for name, n in system.dose_lags.items()}
        hosts |= {
            f"event {event.name}": self._load("times", event.time_nodes) for event in system.events
        }
        hosts["init"] = load_block(system.blocks["init"], system.layout)
        return hosts

    @property
    def has_scheduled_events(self) -> bool:
        """Whether any event has times of its own."""
        return any(event.times for event in self.system.events)

    @property
    def computes_constants(self) -> bool:
        """Whether constants depend on inputs or on expressions at the start."""
        labels = self.system.blocks["init"].labels[self.system.n_states :]
        return bool(self.system.layout.inputs or labels)

    def compute_constants(self, start: float, p: list[float]) -> None:
        """Fill in the constants whose value at the start is an expression."""
        labels = self.system.blocks["init"].labels[self.system.n_states :]
        if not labels:
            return
        values = self._hosts["init"](start, [], p, [])[self.system.n_states :]
        for label, value in zip(labels, values, strict=True):
            p[self.system.layout.constant_index[label.removeprefix("constant ")]] = value

    def initial_states(self, start: float, p: Sequence[float]) -> list[float]:
        """Return the natural values of the states at the start."""
        return self._hosts["init"](start, [], p, [])[: self.system.n_states]

    def lag(self, name: str, time: float, y: Sequence[float], p: Sequence[float]) -> float:
        """Return the delay of a dose."""
        block = self._hosts.get(f"lag {name}")
        return block(time, y, p, [])[0] if block else 0.0

    def event_times(
        self, event: EventProgram, start: float, y: Sequence[float], p: Sequence[float]
    ) -> list[float]:
        """Return the times of a scheduled event."""
        return event.occurrences(self._hosts[f"event {event.name}"](start, y, p, []))
