"""Compile the jumps of a system for the direct method, and say what it cannot run."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np

from livingdrug.core.caches import source_hash
from livingdrug.core.errors import CapabilityError, UnknownNameError, unknown_name
from livingdrug.model.expression.nodes import symbol
from livingdrug.model.expression.walk import divide_out
from livingdrug.solve.backends.base import OtherEngineError, Plan
from livingdrug.solve.backends.native.lanes import lane_width
from livingdrug.solve.backends.native.modules import Facts, kept_module
from livingdrug.solve.backends.stochastic import programs as programs_module
from livingdrug.solve.backends.stochastic.programs import (
    GROUPS,
    event_program,
    firing_programs,
    plain_programs,
    rates_program,
    workspace,
)
from livingdrug.solve.stochastic import Stochastic
from livingdrug.system.lower.jumps import Jump, entity_amounts, lower_jumps
from livingdrug.system.machine import target_strings
from livingdrug.system.printers.llvm import print_programs
from livingdrug.system.system import System

__all__ = ["JumpKernel", "check_names", "missing_for_jumps"]

_SOURCES = source_hash([Path(programs_module.__file__)])

MOST_DIRECT = 300
"""Kinds of jumps up to which the direct method is taken where nobody chose. Lanes look at every
propensity so fast that a heap pays only beyond: on a ring with births, deaths and moves a jump
takes 12, 75, 234 ns with 24, 144, 384 kinds, and 97, 133, 208 ns with clocks."""


WIDEST, MOST_WIDE = 32, 12
"""Lanes of short events, and how many kinds of jumps are short. One event waits for its random
numbers, its logarithm and its division in turn; four registers of each give the processor enough
to do meanwhile: 20 % less time than two with 2 to 6 kinds of jumps, 5 % more with 24."""


def missing_for_jumps(system: System, jumps: tuple[Jump, ...]) -> str:
    """Say what keeps a system from being nothing but jumps between doses.

    Parameters
    ----------
    system : System
    jumps : tuple of Jump

    Returns
    -------
    str
        Empty when it is.
    """
    changed = {place for jump in jumps for place, _ in jump.changes}
    still = [s.name for k, s in enumerate(system.layout.states) if k not in changed]
    moving = [name for name in still if _has_rate(system, name)]
    if moving:
        return f"{', '.join(moving)} changing continuously"
    timed = [jump.name for jump in jumps if jump.timed]
    if timed:
        return f"propensities that depend on time ({', '.join(timed)})"
    if system.events:
        return f"events ({', '.join(event.name for event in system.events)})"
    if system.layout.inputs:
        return "time-varying inputs"
    if system.dose_lags:
        return f"lags of doses ({', '.join(system.dose_lags)})"
    return ""


def _has_rate(system: System, name: str) -> bool:
    node = system.blocks["rhs"].outputs[system.layout.state_index[name]]
    return not node.is_number(0.0)


def check_names(system: System, options: Stochastic) -> None:
    """Check the species that options name.

    Parameters
    ----------
    system : System
    options : Stochastic

    Raises
    ------
    UnknownNameError
        Naming each that is not there.
    """
    index = system.layout.state_index
    unknown = [
        unknown_name("species", name, index, where="stochastic")
        for name in (*(options.species or ()), *options.turnover)
        if name not in index
    ]
    if unknown:
        raise UnknownNameError(unknown)


class JumpKernel:
    """Compiled programs of one system.

    Parameters
    ----------
    system : System
    plan : Plan
    width : int, optional
        Lanes of one workspace.

    Raises
    ------
    CapabilityError
        When the system is more than jumps between doses; for exact jumps an `OtherEngineError`
        that names the engine which integrates between them.
    UnknownNameError
        When an option names a species that is not there.
    """

    def __init__(self, system: System, plan: Plan, width: int | None = None) -> None:
        options, layout = plan.stochastic, system.layout
        check_names(system, options)
        self.system, self.plan = system, plan
        self.jumps = lower_jumps(system.model, layout, options.species, options.turnover)
        missing = missing_for_jumps(system, self.jumps)
        if missing or not self.jumps:
            message = (
                f"{system.model.id}: method {plan.method.name!r} simulates jumps between doses and "
                f"nothing else; the model has {missing or 'no jumps'}; use method='hybrid'"
            )
            if self.jumps and plan.method.name == "ssa":
                raise OtherEngineError(message, "hybrid")
            raise CapabilityError(message)
        self.ratios = tuple(dict.fromkeys(ratio for jump in self.jumps for ratio in jump.ratios))
        amounts = entity_amounts(system.model, layout)
        self.entities = [amounts.get(slot.name, 1.0) for slot in layout.states]
        self.absorbing = _absorbing(system, self.jumps)
        self.workspace = workspace(system, len(self.jumps))
        self.by_clocks = plan.method.name == "ssa" and _takes_clocks(options, len(self.jumps))
        self.width = 1 if self.by_clocks else width or self._width()
        self.firing, self.graph = (
            firing_programs(layout, self.jumps, self.entities) if self.by_clocks else ([], [])
        )
        self.module, _ = kept_module(self._key(), self._print)
        self.offsets = np.array([self.workspace.offsets[name] for name in GROUPS], dtype=np.int64)
        self.doses = [self.module.address(f"dose{k}") for k in range(len(system.doses))]

    @property
    def n_slots(self) -> int:
        """Slots of the workspace."""
        return self.workspace.n_slots

    def _width(self) -> int:
        lanes = lane_width(target_strings(), self.n_slots)
        short = self.plan.method.name == "ssa" and len(self.jumps) <= MOST_WIDE
        return WIDEST if lanes * 2 == WIDEST and short else lanes

    def _print(self) -> tuple[str, Facts]:
        absorbing = {k for k, is_absorbing in enumerate(self.absorbing) if is_absorbing}
        layout, jumps, entities = self.system.layout, self.jumps, self.entities
        programs = [
            *(self.firing or [event_program(layout, jumps, entities, absorbing)]),
            rates_program(layout, jumps, entities),
            *plain_programs(self.system, entities),
        ]
        text = print_programs(programs, self.workspace, self.width)
        return text, Facts(self.width, has_time=False, n_entries=0)

    def _key(self) -> str:
        nodes = [jump.propensity for jump in self.jumps]
        nodes += self.system.blocks["outputs"].outputs
        for targets in self.system.doses.values():
            nodes += [node for target in targets for node in (target.value, target.scale)]
        facts = (
            _SOURCES,
            self.by_clocks,
            self.width,
            [slot.symbol for slot in self.system.layout.states],
            self.system.layout.constants,
            self.entities,
            self.absorbing,
            [jump.changes for jump in self.jumps],
            [(t.state, t.constant) for ts in self.system.doses.values() for t in ts],
        )
        digest = hashlib.sha256(repr(facts).encode())
        digest.update(b"".join(node.key for node in nodes))
        return digest.hexdigest()

    def names(self) -> list[str]:
        """Name the entries of the event log: extinctions, then doses."""
        states = [f"extinct({slot.name})" for slot in self.system.layout.states]
        return states + list(self.system.doses)


def _takes_clocks(options: Stochastic, n_jumps: int) -> bool:
    if options.algorithm == "auto":
        return n_jumps > MOST_DIRECT
    return options.algorithm == "next reaction"


def _absorbing(system: System, jumps: tuple[Jump, ...]) -> list[bool]:
    """Tell which populations nothing but a dose can bring back from zero."""
    found = []
    for place, slot in enumerate(system.layout.states):
        gains = [j for j in jumps if dict(j.changes).get(place, 0) > 0]
        losses = [j for j in jumps if dict(j.changes).get(place, 0) < 0]
        own = symbol(slot.symbol)
        found.append(
            bool(losses) and all(divide_out(jump.propensity, own) is not None for jump in gains)
        )
    return found
