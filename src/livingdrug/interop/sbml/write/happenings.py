"""Events: those of the model, and thresholds of extinction."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import libsbml

from livingdrug.core.errors import Issue
from livingdrug.model.event import Event
from livingdrug.model.expression.nodes import (
    TIME,
    ZERO,
    Node,
    add,
    logic,
    multiply,
    number,
    piecewise,
    relation,
    symbol,
)

if TYPE_CHECKING:
    from livingdrug.interop.sbml.write.document import Writing

__all__ = ["add_events"]

_MOST_REPEATS = 1000
_FALLEN = 0.99
"""Share of a threshold where a tool that steps to crossings finds what has fallen through it."""


def add_events(out: Writing) -> None:
    """Add every event of a document.

    Parameters
    ----------
    out : Writing
    """
    for item in out.model.species:
        if item.extinction is not None:
            _add_extinction(out, item.name, item.extinction.below)
    for event in out.model.events:
        if event.trigger is not None:
            _add(out, event, event.trigger)
        else:
            _add_scheduled(out, event)


def _add_extinction(out: Writing, name: str, threshold: float) -> None:
    """Write an event that acts where a population falls through its threshold.

    One that an event or dose puts below it is left there, as in the model. It is told by how far
    below it is, because the trigger is the same.
    """
    quantity = symbol(name)
    below = relation("<", quantity, number(threshold))
    at_threshold = relation(">=", quantity, number(_FALLEN * threshold))
    value = piecewise(ZERO, at_threshold, quantity)
    gone = Event(f"extinct_{name}", ((name, value),), below, values_from_trigger=False)
    _add(out, gone, below)


def _add(out: Writing, event: Event, trigger: Node) -> libsbml.Event:
    made = out.target.createEvent()
    made.setId(out.ids.other(event.name))
    made.setName(event.doc or event.name)
    made.setUseValuesFromTriggerTime(event.values_from_trigger)
    start = made.createTrigger()
    start.setInitialValue(event.initial_value)
    start.setPersistent(event.persistent)
    start.setMath(out.math(trigger))
    if event.delay is not None:
        made.createDelay().setMath(out.math(event.delay))
    if event.priority is not None:
        made.createPriority().setMath(out.math(event.priority))
    for name, node in event.assignments:
        assignment = made.createEventAssignment()
        assignment.setVariable(out.ids.of[name])
        assignment.setMath(out.math(node))
    return made


def _add_scheduled(out: Writing, event: Event) -> None:
    """Write an event for each of its times; SBML has none by time."""
    times = list(event.times)
    if event.every is not None:
        if event.count > _MOST_REPEATS:
            out.issues.append(
                Issue(
                    "error",
                    f"event {event.name}",
                    f"is repeated {event.count} times; up to {_MOST_REPEATS} are written out",
                )
            )
            return
        last = times[-1]
        times += [add(last, multiply(number(k), event.every)) for k in range(1, event.count + 1)]
    for time in times:
        _add(out, _at_start(event), _reached(time))


def _at_start(event: Event) -> Event:
    return dataclasses.replace(event, times=(), every=None, count=0, initial_value=False)


def _reached(time: Node) -> Node:
    """Return the trigger of a time; one before the start never comes."""
    if time.is_number():
        return relation(">=", TIME, time)
    return logic("and", relation(">=", TIME, time), relation(">=", time, ZERO))
