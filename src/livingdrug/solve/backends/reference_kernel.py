"""The blocks of a system, ready to call, with the plan they run under."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from livingdrug.model.expression.nodes import Node
from livingdrug.solve.backends.base import Plan
from livingdrug.solve.backends.reference_delays import DelayPart, LoadedDelay
from livingdrug.system.blocks import Block
from livingdrug.system.printers.python import BlockFunction, load_block
from livingdrug.system.system import EventProgram, System, TargetProgram

if TYPE_CHECKING:
    from livingdrug.solve.backends.reference_past import Past

__all__ = ["ReferenceKernel", "Writer"]


class Writer:
    """Writes the targets of one event or dose: all values are computed before any is written.

    Parameters
    ----------
    system : System
    name : str
    targets : tuple of TargetProgram
    """

    def __init__(self, system: System, name: str, targets: tuple[TargetProgram, ...]) -> None:
        self.targets = targets
        labels = tuple(target.quantity for target in targets)
        values = Block(f"{name} values", labels, tuple(target.value for target in targets))
        scales = Block(f"{name} scales", labels, tuple(target.scale for target in targets))
        self.values: BlockFunction = load_block(values, system.layout)
        self.scales: BlockFunction = load_block(scales, system.layout)

    def filled(self, filled: Callable[..., BlockFunction]) -> Writer:
        """Return a writer whose functions have delayed values computed before they run.

        Parameters
        ----------
        filled : callable
            Takes a function and the expressions in it.

        Returns
        -------
        Writer
        """
        made = copy.copy(self)
        made.values = filled(self.values, *(target.value for target in self.targets))
        made.scales = filled(self.scales, *(target.scale for target in self.targets))
        return made


class ReferenceKernel:
    """What does not depend on a subject.

    Parameters
    ----------
    system : System
    plan : Plan
    """

    def __init__(self, system: System, plan: Plan) -> None:
        layout = system.layout
        self.system = system
        self.plan = plan
        blocks = {name: load_block(block, layout) for name, block in system.blocks.items()}
        self.init = blocks["init"]
        self.rhs = blocks["rhs"]
        self.jacobian = blocks["jacobian"]
        self.roots = blocks["roots"]
        self.conditions = blocks["conditions"]
        self.triggers = blocks["triggers"]
        self.outputs = blocks["outputs"]
        self.sizes = blocks["sizes"]
        self.fast = {name: blocks[name] for name in blocks if name.startswith("fast ")}
        self.log_states = [i for i, slot in enumerate(layout.states) if slot.log_state]
        self.switch_times = self._load(
            "switch times", [s.at_time for s in system.switches if s.at_time is not None]
        )
        self.switch_slopes = self._load(
            "switch slopes", [s.rising for s in system.switches if s.rising is not None]
        )
        self.timed_switches = [i for i, s in enumerate(system.switches) if s.at_time is not None]
        self.constant_switches = [i for i, s in enumerate(system.switches) if s.constant]
        self.watched_switches = [
            i for i, s in enumerate(system.switches) if s.at_time is None and not s.constant
        ]
        self.triggered = [event for event in system.events if event.trigger is not None]
        self.scheduled = [event for event in system.events if event.trigger is None]
        self.event_place = {event.name: i for i, event in enumerate(system.events)}
        self.event_writers = {e.name: Writer(system, e.name, e.targets) for e in system.events}
        self.event_extras = {event.name: self._extras(event) for event in system.events}
        self.event_times = {
            event.name: self._load(f"{event.name} times", event.time_nodes)
            for event in self.scheduled
        }
        self.dose_writers = {
            name: Writer(system, name, targets) for name, targets in system.doses.items()
        }
        self.dose_lags = {
            name: self._load(f"{name} lag", [node]) for name, node in system.dose_lags.items()
        }
        self.delays = DelayPart(system, plan)
        self._readers: dict[BlockFunction, tuple[LoadedDelay, ...]] = {}
        model = system.model
        self.species_non_negative = {s.name: s.non_negative for s in model.species}

    def _load(self, name: str, nodes: Sequence[Node]) -> BlockFunction:
        block = Block(name, tuple(str(i) for i in range(len(nodes))), tuple(nodes))
        return load_block(block, self.system.layout)

    def _extras(self, event: EventProgram) -> tuple[BlockFunction | None, BlockFunction | None]:
        delay = None if event.delay is None else self._load("delay", [event.delay])
        priority = None if event.priority is None else self._load("priority", [event.priority])
        return delay, priority

    def with_past(self, past: Past) -> ReferenceKernel:
        """Return the kernel of one subject, whose blocks find delayed values in its past.

        Parameters
        ----------
        past : Past

        Returns
        -------
        ReferenceKernel
        """
        made, blocks, read = copy.copy(self), self.system.blocks, self.delays.read

        def filled(
            function: BlockFunction, *nodes: Node | None, report: bool = False
        ) -> BlockFunction:
            if function not in self._readers:  # the same for every subject
                self._readers[function] = read([node for node in nodes if node is not None])
            return past.filled(function, self._readers[function], report=report)

        made.rhs = filled(self.rhs, *blocks["rhs"].outputs)
        made.jacobian = filled(self.jacobian, *blocks["jacobian"].outputs)
        made.roots = filled(self.roots, *blocks["roots"].outputs)
        made.conditions = filled(self.conditions, *blocks["conditions"].outputs)
        made.triggers = filled(self.triggers, *blocks["triggers"].outputs)
        made.outputs = filled(self.outputs, *blocks["outputs"].outputs, report=True)
        made.sizes = filled(self.sizes, *blocks["sizes"].outputs)
        made.event_writers = {
            event.name: self.event_writers[event.name].filled(filled)
            for event in self.system.events
        }
        made.dose_writers = {
            name: writer.filled(filled) for name, writer in self.dose_writers.items()
        }
        made.event_extras = {}
        for event in self.system.events:
            delay, priority = self.event_extras[event.name]
            made.event_extras[event.name] = (
                None if delay is None else filled(delay, event.delay),
                None if priority is None else filled(priority, event.priority),
            )
        return made
