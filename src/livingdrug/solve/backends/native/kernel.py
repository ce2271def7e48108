"""Compile a system to machine code, and say what this engine cannot run."""

from __future__ import annotations

import copy
import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from livingdrug.core.errors import CapabilityError
from livingdrug.model.expression.differentiate import differentiate
from livingdrug.model.expression.evaluate import compare
from livingdrug.model.expression.nodes import (
    ONE,
    TIME,
    Kind,
    Node,
    call,
    multiply,
    symbol,
)
from livingdrug.solve.backends.base import Plan
from livingdrug.solve.backends.native.capability import missing_capability
from livingdrug.solve.backends.native.method_ir import method_groups, print_method
from livingdrug.solve.backends.native.modules import module_of
from livingdrug.solve.backends.native.places import (
    BLOCKS,
    GROUPS,
    METHOD_BLOCKS,
    METHOD_GROUPS,
)
from livingdrug.system.blocks import Block
from livingdrug.system.lower.flatten import Flattener, flatten_block, slot_names
from livingdrug.system.lower.linear import lower_linear
from livingdrug.system.machine import CompiledModule
from livingdrug.system.printers.llvm import print_programs
from livingdrug.system.printers.python import BlockFunction, load_block
from livingdrug.system.program import Program, Workspace
from livingdrug.system.system import EventProgram, System, TargetProgram

__all__ = ["NativeKernel"]

WIDTH = 8
"""Lanes; results do not depend on it."""


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
        Lanes of one workspace.
    """

    def __init__(self, system: System, plan: Plan, width: int = WIDTH) -> None:
        missing = missing_capability(system)
        if missing:
            raise CapabilityError(
                f"{system.model.id}: the native backend has no {missing}; use backend='reference'"
            )
        self.system, self.plan, self.width = system, plan, width
        self.names = [event.name for event in system.events] + list(system.doses)
        self.names += [f"extinct({slot.name})" for slot in system.layout.states]
        self.timed = [(i, s) for i, s in enumerate(system.switches) if s.at_time is not None]
        self._hosts = self._host_functions()
        dfdt = [differentiate(node, TIME) for node in system.blocks["rhs"].outputs]
        self.has_time = any(node.kind is not Kind.NUMBER or node.value for node in dfdt)
        linear = lower_linear(system)
        self.workspace = self._layout(linear.n_entries)
        programs = self._programs(dfdt, linear.jaclu, linear.solve)
        method = print_method(self.workspace, system.n_states, width, self.has_time)
        text = print_programs(programs, self.workspace, width, *method)
        self.module: CompiledModule = module_of(text)
        actions = [program.name for program in programs[len(BLOCKS) :]]
        names = [*BLOCKS, *METHOD_BLOCKS, *actions]
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

    def _layout(self, n_entries: int) -> Workspace:
        system = self.system
        n, k = len(system.layout.states), len(system.switches)
        actions = max((len(event.targets) for event in system.events), default=0)
        sizes = {
            "t": 1, "w": 1, "z": n, "y": n, "p": len(system.layout.constants), "s": k, "f": n,
            "dt": n, "b": n, "guard": 2, "r": k, "c": k, "tr": len(system.events),
            "o": len(system.outputs), "v": actions, "dose": 1,
        }  # fmt: skip
        groups = [(name, max(sizes[name], 1)) for name in GROUPS]
        return Workspace.of([*groups, *method_groups(n), ("lu", n_entries)])

    def _programs(self, dfdt: list[Node], jaclu: Program, solve: Program) -> list[Program]:
        system, layout = self.system, self.system.layout
        blocks = system.blocks
        labels = tuple(slot.symbol for slot in layout.states)
        made = {
            "init": self._init(),
            "natural": self._natural(),
            "rhs": flatten_block(blocks["rhs"], layout, "f"),
            "dfdt": flatten_block(Block("dfdt", labels, tuple(dfdt)), layout, "dt"),
            "jaclu": Program("jaclu", jaclu.instructions, jaclu.stores),
            "solve": Program("solve", solve.instructions, solve.stores),
            "roots": flatten_block(blocks["roots"], layout, "r"),
            "conditions": flatten_block(blocks["conditions"], layout, "c"),
            "triggers": flatten_block(blocks["triggers"], layout, "tr"),
            "outputs": flatten_block(blocks["outputs"], layout, "o"),
        }
        programs = [made[name] for name in BLOCKS]
        for place, event in enumerate(system.events):
            values = tuple(target.value for target in event.targets)
            quantities = tuple(target.quantity for target in event.targets)
            programs.append(flatten_block(Block(f"action{place}", quantities, values), layout, "v"))
        return programs

    def _init(self) -> Program:
        """Return the block that computes the states at the start, for all lanes alike."""
        block, layout = self.system.blocks["init"], self.system.layout
        flat = Flattener(slot_names(layout))
        n = len(layout.states)
        stores = tuple((f"y[{i}]", flat.number(node)) for i, node in enumerate(block.outputs[:n]))
        return Program("init", tuple(flat.instructions), stores).without_dead()

    def _natural(self) -> Program:
        flat = Flattener({f"z{i}": f"z[{i}]" for i in range(len(self.system.layout.states))})
        stores = []
        for place, slot in enumerate(self.system.layout.states):
            node = symbol(f"z{place}")
            value = flat.number(call("exp", node) if slot.log_state else node)
            stores.append((f"y[{place}]", value))
        return Program("natural", tuple(flat.instructions), tuple(stores))

    # -- host functions: prepare one subject --------------------------------------------------

    def _load(self, name: str, nodes: Sequence[Node]) -> BlockFunction:
        labels = tuple(str(place) for place in range(len(nodes)))
        return load_block(Block(name, labels, tuple(nodes)), self.system.layout)

    def _host_functions(self) -> dict[str, BlockFunction]:
        system = self.system
        hosts = {
            f"dose {name}": self._load(name, [_amount(target) for target in targets])
            for name, targets in system.doses.items()
        }
        hosts |= {f"lag {name}": self._load(name, [n]) for name, n in system.dose_lags.items()}
        hosts |= {
            f"event {event.name}": self._load("times", event.time_nodes) for event in system.events
        }
        hosts["switch times"] = self._load("t", [s.at_time or ONE for _, s in self.timed])
        hosts["switch slopes"] = self._load("r", [s.rising or ONE for _, s in self.timed])
        hosts["init"] = load_block(system.blocks["init"], system.layout)
        hosts["conditions"] = load_block(system.blocks["conditions"], system.layout)
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

    def dose_amounts(self, name: str, dose: float, p: Sequence[float]) -> list[float]:
        """Return what a dose adds to or puts into each of its targets, as amounts."""
        return self._hosts[f"dose {name}"](0.0, [], p, [], dose)

    def lag(self, name: str, time: float, p: Sequence[float]) -> float:
        """Return the delay of a dose."""
        block = self._hosts.get(f"lag {name}")
        return block(time, [], p, [])[0] if block else 0.0

    def event_times(self, event: EventProgram, p: Sequence[float]) -> list[float]:
        """Return the times of a scheduled event."""
        return event.occurrences(self._hosts[f"event {event.name}"](0.0, [], p, []))

    def timed_switches(self, start: float, p: Sequence[float]) -> tuple[list[float], list[float]]:
        """Return when each condition on time changes, and the slope of its root."""
        if not self.timed:
            return [], []
        return (
            self._hosts["switch times"](start, [], p, []),
            self._hosts["switch slopes"](start, [], p, []),
        )

    def switches_at_start(
        self, start: float, p: Sequence[float], times: Sequence[float], slopes: Sequence[float]
    ) -> NDArray[np.float64]:
        """Return the truth of every condition on time at the start; others are set in the loop."""
        truth = np.zeros(len(self.system.switches))
        now = self._hosts["conditions"](
            start, [0.0] * self.system.n_states, p, [False] * truth.size
        )
        for (place, switch), time, slope in zip(self.timed, times, slopes, strict=True):
            if slope == 0.0 or not math.isfinite(time):
                truth[place] = bool(now[place])
            else:
                direction = slope if start >= time else -slope
                truth[place] = compare(switch.operator, direction, 0.0)
        return truth


def _amount(target: TargetProgram) -> Node:
    return multiply(target.value, target.scale)
