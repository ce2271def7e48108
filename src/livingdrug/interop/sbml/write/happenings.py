"""Events: those of the model, thresholds of extinction, and the doses of a regimen."""

from __future__ import annotations

import dataclasses
import math
from typing import TYPE_CHECKING

import libsbml

from livingdrug.core.errors import Issue
from livingdrug.core.units import conversion_factor
from livingdrug.model.event import Event
from livingdrug.model.expression.nodes import (
    TIME,
    ZERO,
    Node,
    add,
    logic,
    multiply,
    number,
    relation,
    symbol,
)
from livingdrug.model.expression.walk import substitute
from livingdrug.model.regimen import Dose, Regimen

if TYPE_CHECKING:
    from livingdrug.interop.sbml.write.document import Writing

__all__ = ["add_events"]

_MOST_REPEATS = 1000


def add_events(out: Writing, regimen: Regimen | None) -> None:
    """Add every event of a document.

    Parameters
    ----------
    out : Writing
    regimen : Regimen or None
    """
    for item in out.model.species:
        if item.extinction is not None:
            below = relation("<", symbol(item.name), number(item.extinction.below))
            gone = Event(f"extinct_{item.name}", ((item.name, ZERO),), below)
            _add(out, gone, below)
    for event in out.model.events:
        if event.trigger is not None:
            _add(out, event, event.trigger)
        else:
            _add_scheduled(out, event)
    if regimen is not None:
        for place, dose in enumerate(regimen.doses):
            _add_dose(out, dose, place + 1)


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


def _add_dose(out: Writing, dose: Dose, place: int) -> None:
    """Write a dose as an event that adds to its targets, or puts them in place."""
    definition = out.model.dose(dose.name)
    where = f"dose {place} of the regimen ({dose.name})"
    problem = _problem(dose)
    if problem:
        out.issues.append(Issue("error", where, problem))
        return
    unit = dose.unit or definition.unit
    amount = number(dose.amount * conversion_factor(unit, definition.unit))
    assignments = []
    for target in definition.targets:
        value = substitute([target.amount], {symbol("dose"): amount})[0]
        old = symbol(target.quantity)
        assignments.append((target.quantity, add(old, value) if target.mode == "add" else value))
    time = add(number(dose.time), definition.lag or ZERO)
    event = Event(
        f"dose_{place}_{dose.name}",
        tuple(assignments),
        initial_value=False,
        values_from_trigger=False,
    )
    _add(out, event, _reached(time))


def _problem(dose: Dose) -> str:
    if dose.duration:
        return f"flows in over {dose.duration:g} day; only boluses can be written as events"
    if dose.per:
        return f"is per {dose.per}; give the amount of one subject"
    if not math.isfinite(dose.time) or dose.time < 0:
        return f"is given on day {dose.time:g}; an event fires from day 0 on"
    return ""
