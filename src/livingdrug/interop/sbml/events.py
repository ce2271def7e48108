"""Events and constraints."""

from __future__ import annotations

import libsbml

from livingdrug.interop.sbml.context import Context
from livingdrug.interop.sbml.math import as_number, as_truth
from livingdrug.model.expression.nodes import Node, logic

__all__ = ["add_constraints", "add_events"]


def add_events(context: Context) -> None:
    """Add the events; one without a trigger never fires and is left out.

    Parameters
    ----------
    context : Context
    """
    for place in range(context.model.getNumEvents()):
        event = context.model.getEvent(place)
        trigger = event.getTrigger()
        if trigger is None or not trigger.isSetMath():
            continue
        _add_event(context, event, event.getId() or f"event_{place + 1}")


def _add_event(context: Context, event: libsbml.Event, sbml_id: str) -> None:
    where = f"event {sbml_id}"
    trigger = event.getTrigger()
    assignments = {}
    for place in range(event.getNumEventAssignments()):
        item = event.getEventAssignment(place)
        if not item.isSetMath():
            continue
        variable = item.getVariable()
        name = context.names.get(variable)
        if name is None:
            context.refuse(where, f"assigns {variable!r}, which the file does not define")
            continue
        assignments[name] = as_number(context.read(item.getMath(), f"{where}, {variable}"))
    level = context.model.getLevel()
    if level < 3 and event.isSetTimeUnits():
        context.refuse(where, "gives units of time of its own (timeUnits)")
    context.builder.event(
        context.free_name(sbml_id),
        assignments,
        when=as_truth(context.read(trigger.getMath(), f"{where}, trigger")),
        delay=_optional(context, event.getDelay(), f"{where}, delay"),
        priority=_optional(context, event.getPriority(), f"{where}, priority"),
        persistent=trigger.getPersistent() if level >= 3 else True,
        initial_value=trigger.getInitialValue() if level >= 3 else True,
        values_from_trigger=event.getUseValuesFromTriggerTime(),
        doc=event.getName(),
    )


def _optional(
    context: Context, holder: libsbml.Delay | libsbml.Priority | None, where: str
) -> Node | None:
    if holder is None or not holder.isSetMath():
        return None
    return as_number(context.read(holder.getMath(), where))


def add_constraints(context: Context) -> None:
    """Add each constraint as an event that shows its violation in the event log.

    Parameters
    ----------
    context : Context
    """
    for place in range(context.model.getNumConstraints()):
        item = context.model.getConstraint(place)
        if not item.isSetMath():
            continue
        name = context.free_name(f"constraint_{place + 1}")
        condition = as_truth(context.read(item.getMath(), f"constraint {place + 1}"))
        message = " ".join(libsbml.XMLNode.convertXMLNodeToString(item.getMessage()).split())
        context.builder.event(
            name, {}, when=logic("not", condition), initial_value=False, doc=message
        )
