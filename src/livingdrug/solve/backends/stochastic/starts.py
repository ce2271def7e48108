"""Where replicates start, in whole entities, and what keeps one from starting."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from livingdrug.model.expression.nodes import multiply
from livingdrug.model.expression.walk import free_symbols
from livingdrug.solve.backends.base import SubjectTask
from livingdrug.system.blocks import Block
from livingdrug.system.printers.python import load_block
from livingdrug.system.system import System

__all__ = ["Starts", "part_of_entity", "slow_infusion", "whole_entities"]

_WHOLE = 1e-6
"""Relative: what a value may be off a whole number of entities by rounding."""


def whole_entities(entities: float, *, whole: bool) -> float | None:
    """Return a number of entities without its part of one.

    Parameters
    ----------
    entities : float
    whole : bool
        Whether more than a rounding off a whole number is refused.

    Returns
    -------
    float or None
        None where it is refused, negative or not finite.
    """
    count = float(np.rint(entities))
    if not (np.isfinite(entities) and count >= 0):
        return None
    off = abs(entities - count)
    return None if whole and off > _WHOLE * max(1.0, count) else count


class Starts:
    """Where each task starts: computed once for the replicates of a subject.

    Parameters
    ----------
    system : System
    entities : sequence of float
        Amount of one entity of each state; 0 for a state that is not counted.
    whole : bool
        Whether parts of entities are refused.
    tasks : sequence of SubjectTask

    Attributes
    ----------
    counts : ndarray, shape (n_tasks, n_states)
        In entities.
    constants : ndarray, shape (n_tasks, n_constants)
    refusals : list of str
        Empty for a task that can start.
    """

    def __init__(
        self, system: System, entities: Sequence[float], whole: bool, tasks: Sequence[SubjectTask]
    ) -> None:
        self._system, self._entities, self._whole = system, entities, whole
        self._init = load_block(system.blocks["init"], system.layout)
        self.counts = np.zeros((len(tasks), system.n_states))
        self.constants = np.array([task.constants for task in tasks], dtype=np.float64)
        self.refusals = [""] * len(tasks)
        last: SubjectTask | None = None
        for row, task in enumerate(tasks):
            if last is not None and last.constants is task.constants and last.start == task.start:
                self.counts[row] = self.counts[row - 1]
                self.constants[row] = self.constants[row - 1]
                self.refusals[row] = self.refusals[row - 1]
            else:
                self._start(row, task)
            last = task

    def _start(self, row: int, task: SubjectTask) -> None:
        layout = self._system.layout
        values = self._init(task.start, [], self.constants[row].tolist(), [])
        labels = self._system.blocks["init"].labels
        for label, value in zip(
            labels[len(layout.states) :], values[len(layout.states) :], strict=True
        ):
            self.constants[row, layout.constant_index[label.removeprefix("constant ")]] = value
        for place, slot in enumerate(layout.states):
            if not self._entities[place]:
                continue
            entities = values[place] / self._entities[place]
            count = np.rint(entities)
            off = abs(entities - count)
            if not (np.isfinite(entities) and count >= 0):
                self.refusals[row] = f" ({slot.name} starts at {values[place]:g})"
            elif self._whole and off > _WHOLE * max(1.0, count):
                self.refusals[row] = (
                    f" ({slot.name} starts at {entities:g} entities, which is no whole number; "
                    "Stochastic(initial='round') rounds)"
                )
            self.counts[row, place] = count


def slow_infusion(system: System, entities: Sequence[float], task: SubjectTask) -> str:
    """Say which dose flows into a species whose entities are counted.

    Parameters
    ----------
    system : System
    entities : sequence of float
        As for `Starts`.
    task : SubjectTask

    Returns
    -------
    str
        Empty when there is none.
    """
    for dose in task.doses:
        if dose.duration > 0 and any(
            target.state >= 0 and entities[target.state] for target in system.doses[dose.name]
        ):
            return (
                f" ({dose.name} of day {dose.time:g} flows in over {dose.duration:g} day, and "
                "what is counted arrives whole; give it in one or several boluses)"
            )
    return ""


def part_of_entity(system: System, entities: Sequence[float], task: SubjectTask) -> str:
    """Say which bolus is no whole number of entities of a species that is counted.

    Parameters
    ----------
    system : System
    entities : sequence of float
        As for `Starts`.
    task : SubjectTask

    Returns
    -------
    str
        Empty when there is none. A dose whose size depends on the state is not looked at.
    """
    layout = system.layout
    for dose in task.doses:
        for target in system.doses[dose.name]:
            if target.state < 0 or not entities[target.state]:
                continue
            value = multiply(target.value, target.scale) if target.has_size else target.value
            if any(name.startswith("y[") for name in free_symbols([value])):
                continue
            p, block = task.constants.tolist(), load_block(Block("dose", ("v",), (value,)), layout)
            count = block(dose.time, [0.0] * system.n_states, p, [], dose.amount)[0]
            count /= entities[target.state]
            if not abs(count - np.rint(count)) <= _WHOLE * max(1.0, abs(count)):
                return (
                    f" ({dose.name} of day {dose.time:g} brings {count:g} entities of "
                    f"{layout.states[target.state].name}, which is no whole number; "
                    "Stochastic(initial='round') rounds)"
                )
    return ""
