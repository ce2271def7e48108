"""Initial values, events, doses and outputs over slots."""

from __future__ import annotations

import math
from collections.abc import Sequence

from livingdrug.core.errors import CapabilityError
from livingdrug.model.event import Event
from livingdrug.model.expression.nodes import (
    ONE,
    ZERO,
    Kind,
    Node,
    add,
    call,
    multiply,
    number,
    piecewise,
    relation,
    subtract,
    symbol,
)
from livingdrug.model.expression.walk import free_symbols, postorder, substitute
from livingdrug.model.model import Model, Role
from livingdrug.model.parameter import Input, Parameter
from livingdrug.model.reaction import Assignment, Integral
from livingdrug.model.species import Compartment
from livingdrug.system.blocks import Block
from livingdrug.system.layout import Layout, initial_name
from livingdrug.system.lower.delays import DelayTable, at_start
from livingdrug.system.lower.symbols import Level, SwitchTable
from livingdrug.system.system import EventProgram, OutputSlot, TargetProgram

__all__ = ["level_events", "lower_doses", "lower_events", "lower_initial", "lower_outputs"]


def lower_initial(
    model: Model,
    layout: Layout,
    rates_of: dict[Node, Node],
    delays: DelayTable,
    levels: Sequence[Level] = (),
) -> Block:
    """Return the block that computes the state vector and dependent constants at the start.

    Parameters
    ----------
    model : Model
    layout : Layout
    rates_of : dict from Node to Node
        What each ``rate_of`` is over slots.
    delays : DelayTable
        Learns what delayed values are before the start.
    levels : sequence of Level, optional
        Floors that are kept in constants.

    Returns
    -------
    Block
        Labels ``state NAME`` and ``constant NAME``, over constants alone.
    """
    integrals = {integral.name for integral in model.integrals}
    values: dict[Node, Node] = {
        symbol(slot.name): symbol(initial_name(slot.name))
        for slot in layout.states
        if initial_name(slot.name) in layout.constant_index
    }
    values |= {symbol(i.name): substitute([symbol(i.name)], layout.views)[0] for i in model.inputs}
    values |= {symbol(integral.name): ZERO for integral in model.integrals}
    definitions = {symbol(item.name): item.expression for item in model.assignments}
    definitions |= {symbol(name): node for name, node in model.initial_assignments}
    now = rates_of | delays.symbols
    definitions = dict(zip(definitions, substitute(definitions.values(), now), strict=True))
    definitions |= delays.definitions()
    definitions |= {
        symbol(slot.symbol): multiply(symbol(slot.name), symbol(slot.compartment))
        for slot in layout.states
        if slot.compartment
    }
    for key in definitions:
        values.pop(key, None)
    pending = dict(definitions)
    while pending:
        done = [key for key, node in pending.items() if not _uses(node, pending)]
        if not done:
            names = ", ".join(node.name for node in pending)
            raise CapabilityError(f"{model.id}: initial values depend on each other: {names}")
        for key in done:
            values[key] = at_start(pending.pop(key), values)
    delays.look_back(values)
    labels, outputs = [], []
    for slot in layout.states:
        labels.append(f"state {slot.name}")
        value = None if slot.name in integrals else values.get(symbol(slot.name))
        if value is None:
            outputs.append(ZERO)
        elif slot.compartment:
            size = values.get(symbol(slot.compartment), symbol(slot.compartment))
            outputs.append(multiply(value, size))
        else:
            outputs.append(value)
    for name, _ in model.initial_assignments:
        if model.roles[name] in (Role.CONSTANT, Role.HELD):
            labels.append(f"constant {name}")
            outputs.append(values[symbol(name)])
    for level in levels:
        labels.append(f"constant {level.name}")
        values[symbol(level.name)] = substitute([call("floor", level.inner)], values)[0]
        outputs.append(values[symbol(level.name)])
    return Block("init", tuple(labels), tuple(outputs))


def _uses(node: Node, pending: dict[Node, Node]) -> bool:
    return any(symbol(name) in pending for name in free_symbols([node]))


def lower_events(
    model: Model, layout: Layout, known: dict[Node, Node], table: SwitchTable
) -> tuple[EventProgram, ...]:
    """Return the events over slots.

    Parameters
    ----------
    model : Model
    layout : Layout
    known : dict from Node to Node
    table : SwitchTable
        Receives the conditions of the triggers.

    Returns
    -------
    tuple of EventProgram
    """
    return tuple(_event(event, model, layout, known, table) for event in model.events)


def _event(
    event: Event, model: Model, layout: Layout, known: dict[Node, Node], table: SwitchTable
) -> EventProgram:
    def lower(node: Node | None) -> Node | None:
        return None if node is None else substitute([node], known)[0]

    trigger = lower(event.trigger)
    times = substitute(event.times, known)
    every = lower(event.every)
    for time in [*times, *([every] if every is not None else [])]:
        _only_constants(event.name, time, layout)
    return EventProgram(
        event.name,
        tuple(
            _target(model, layout, known, name, node, "assign") for name, node in event.assignments
        ),
        None if trigger is None else table.freeze(trigger, "trigger"),
        tuple(times),
        every,
        event.count,
        lower(event.delay),
        lower(event.priority),
        event.persistent,
        event.initial_value,
        event.values_from_trigger,
    )


def level_events(levels: Sequence[Level], layout: Layout) -> tuple[EventProgram, ...]:
    """Return the events that change floors kept in constants; the log leaves them out.

    Parameters
    ----------
    levels : sequence of Level
    layout : Layout
        With the slots of the levels.

    Returns
    -------
    tuple of EventProgram
        First among events at one time.
    """
    return tuple(_level_event(level, layout) for level in levels)


def _level_event(level: Level, layout: Layout) -> EventProgram:
    old, inner = symbol(level.name), level.inner
    found = call("floor", inner)
    # a step lands on a crossing up to rounding, on either side of it
    value = piecewise(
        call("max", add(old, ONE), found),
        relation(">=", inner, add(old, number(0.5))),
        call("min", subtract(old, ONE), found),
    )
    place = layout.constant_index[level.name]
    return EventProgram(
        f".{level.name}",
        (TargetProgram(level.name, -1, place, value, ONE, "assign"),),
        level.trigger,
        times=(),
        every=None,
        count=0,
        delay=None,
        priority=number(math.inf),
        persistent=True,
        initial_value=False,
        values_from_trigger=False,
    )


def _only_constants(event: str, node: Node, layout: Layout) -> None:
    allowed = set(layout.constants)
    timed = any(part.kind is Kind.TIME for part in postorder([node]))
    if timed or not set(free_symbols([node])) <= allowed:
        raise CapabilityError(
            f"event {event}: the times of a scheduled event may depend on parameters only; "
            "use a condition (`when`) for times that depend on the state"
        )


def _target(
    model: Model, layout: Layout, known: dict[Node, Node], name: str, node: Node, mode: str
) -> TargetProgram:
    state = layout.state_index.get(name, -1)
    constant = layout.constant_index.get(name, -1)
    size = layout.states[state].compartment if state >= 0 else ""
    value, scale = substitute([node, symbol(size) if size else ONE], known)
    return TargetProgram(name, state, constant, value, scale, mode)


def lower_doses(
    model: Model, layout: Layout, known: dict[Node, Node]
) -> tuple[dict[str, tuple[TargetProgram, ...]], dict[str, Node]]:
    """Return the doses over slots.

    Parameters
    ----------
    model : Model
    layout : Layout
    known : dict from Node to Node

    Returns
    -------
    dict
        Dose name to targets; the expressions hold the symbol ``dose``.
    dict
        Dose name to lag.
    """
    targets = {
        dose.name: tuple(
            _target(model, layout, known, item.quantity, item.amount, item.mode)
            for item in dose.targets
        )
        for dose in model.doses
    }
    lags = {
        dose.name: substitute([dose.lag], known)[0] for dose in model.doses if dose.lag is not None
    }
    return targets, lags


def lower_outputs(
    model: Model, layout: Layout, known: dict[Node, Node]
) -> tuple[Block, tuple[OutputSlot, ...]]:
    """Return the block of everything that a course reports.

    Parameters
    ----------
    model : Model
    layout : Layout
    known : dict from Node to Node

    Returns
    -------
    Block
    tuple of OutputSlot
    """
    slots: list[OutputSlot] = []
    nodes: list[Node] = []
    roles = model.roles
    shown = {
        Role.STATE: "state",
        Role.HELD: "held",
        Role.ASSIGNED: "assigned",
        Role.ALGEBRAIC: "assigned",
    }
    for species in model.species:
        slots.append(
            OutputSlot(
                species.name,
                "species",
                species.unit,
                species.term,
                species.doc,
                count_per_unit=species.count_per_unit,
            )
        )
        nodes.append(symbol(species.name))
    done = {species.name for species in model.species}
    sized: list[Parameter | Compartment] = [*model.parameters, *model.compartments]
    for item in sized:
        if item.name not in done and roles[item.name] in shown:
            slots.append(OutputSlot(item.name, shown[roles[item.name]], item.unit, "", item.doc))
            nodes.append(symbol(item.name))
            done.add(item.name)
    computed: list[tuple[str, Assignment | Integral | Input]] = [
        *(("assigned", assignment) for assignment in model.assignments),
        *(("integral", integral) for integral in model.integrals),
        *(("input", source) for source in model.inputs),
    ]
    for kind, part in computed:
        if part.name not in done:
            slots.append(OutputSlot(part.name, kind, part.unit, "", part.doc))
            nodes.append(symbol(part.name))
    taken = {slot.name for slot in slots}
    counts = {symbol(item.name): item.count_per_unit for item in model.species}
    for observable in model.observables:
        slot = OutputSlot(
            observable.name,
            "observable",
            observable.unit,
            observable.term,
            observable.doc,
            observable.assay,
            counts.get(observable.expression),
        )
        if observable.name in taken:  # the observable is the species itself, seen by an assay
            place = [s.name for s in slots].index(observable.name)
            slots[place] = slot
            continue
        slots.append(slot)
        nodes.append(observable.expression)
    labels = tuple(slot.name for slot in slots)
    return Block("outputs", labels, tuple(substitute(nodes, known))), tuple(slots)
