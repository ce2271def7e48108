"""Turn subject tasks into the flat arrays that the compiled loop reads."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from livingdrug.model.expression.evaluate import compare
from livingdrug.solve.backends.base import SubjectTask
from livingdrug.solve.backends.native import places
from livingdrug.solve.backends.native.kernel import NativeKernel

__all__ = [
    "Lanes",
    "Machine",
    "Model",
    "Outputs",
    "Records",
    "Results",
    "Subjects",
    "Tolerances",
    "empty_results",
    "make_lanes",
    "make_records",
    "model_table",
]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]


class Model(NamedTuple):
    """What the loop knows of a system."""

    is_log: Flags
    positive: Flags
    switch_kind: Integers
    n_watched: int
    n_extinct: int
    n_triggers: int
    trigger_start: Flags
    trigger_event: Integers
    n_events: int
    early_values: Flags
    event_name: Integers
    action_start: Integers
    action_index: Integers
    action_is_state: Flags
    extinct_name: Integers


class Machine(NamedTuple):
    """The compiled blocks and their workspace, ``[slot, lane]``."""

    address: Integers
    off: Integers
    ws: Floats
    pointer: int
    width: int


class Lanes(NamedTuple):
    """What the loop notes of each lane, and room for one lane's values."""

    t: Floats
    h: Floats
    stop: Floats
    taken: Floats
    end: Floats
    found: Floats
    subject: Integers
    steps: Integers
    still: Integers
    record: Integers
    output: Integers
    status: Integers
    hit: Integers
    needs_size: Flags
    landing: Flags
    crossing: Flags
    rejected: Flags
    moved: Flags
    judged: Flags
    pending: Flags
    crossed: Flags
    fresh: Flags
    was_true: Flags
    above: Flags
    chatter: Floats
    lane_y: Floats
    before: Floats
    values: Floats
    seen: Flags
    kept: Flags
    due: Integers


def make_lanes(kernel: NativeKernel) -> Lanes:
    """Return the notes of empty lanes.

    Parameters
    ----------
    kernel : NativeKernel

    Returns
    -------
    Lanes
    """
    system, width = kernel.system, kernel.width
    n, k, events = system.n_states, len(system.switches), len(system.events)
    actions = max((len(event.targets) for event in system.events), default=0)

    def flags(*shape: int) -> Flags:
        return np.zeros(shape, dtype=bool)

    return Lanes(
        t=np.zeros(width),
        h=np.zeros(width),
        stop=np.zeros(width),
        taken=np.zeros(width),
        end=np.zeros(width),
        found=np.zeros(width),
        subject=np.full(width, -1, dtype=np.int64),
        steps=np.zeros(width, dtype=np.int64),
        still=np.zeros(width, dtype=np.int64),
        record=np.zeros(width, dtype=np.int64),
        output=np.zeros(width, dtype=np.int64),
        status=np.zeros(width, dtype=np.int64),
        hit=np.zeros(width, dtype=np.int64),
        needs_size=flags(width),
        landing=flags(width),
        crossing=flags(width),
        rejected=flags(width),
        moved=flags(width),
        judged=flags(width),
        pending=flags(width),
        crossed=flags(width, k + n),
        fresh=flags(width, k),
        was_true=flags(width, events),
        above=flags(width, n),
        chatter=np.zeros((width, 2)),
        lane_y=np.zeros(n),
        before=np.zeros(k),
        values=np.zeros(actions),
        seen=flags(k + n),
        kept=flags(k + n),
        due=np.zeros(events, dtype=np.int64),
    )


class Tolerances(NamedTuple):
    """Error control per state."""

    rtol: Floats
    atol: Floats
    controlled: Flags
    max_steps: int


class Subjects(NamedTuple):
    """One row for each subject; its records lie between `record_start` and `record_end`."""

    constants: Floats
    switches: Floats
    start: Floats
    status: Integers
    record_start: Integers
    record_end: Integers
    extinction: Floats


class Records(NamedTuple):
    """Jumps at known times, sorted within each subject."""

    time: Floats
    kind: Integers
    index: Integers  # type: ignore[assignment]
    value: Floats
    name: Integers


class Outputs(NamedTuple):
    """The times asked for, the same for all subjects."""

    times: Floats
    left: Flags
    end: float


class Results(NamedTuple):
    """What the loop fills."""

    values: Floats
    status: Integers
    end: Floats
    steps: Integers
    detail: Integers
    value: Floats
    log_row: Integers
    log_time: Floats
    log_name: Integers
    log_count: Integers


def empty_results(n: int, n_outputs: int, n_times: int, log_room: int) -> Results:
    """Return results that nobody has filled; values are not a number.

    Parameters
    ----------
    n, n_outputs, n_times : int
    log_room : int
        Entries of the event log of all subjects together.

    Returns
    -------
    Results
    """
    return Results(
        np.full((n, n_outputs, n_times), np.nan),
        np.zeros(n, dtype=np.int64),
        np.zeros(n),
        np.zeros(n, dtype=np.int64),
        np.full(n, -1, dtype=np.int64),
        np.full(n, np.nan),
        np.zeros(log_room, dtype=np.int64),
        np.zeros(log_room),
        np.zeros(log_room, dtype=np.int64),
        np.zeros(1, dtype=np.int64),
    )


def model_table(kernel: NativeKernel) -> Model:
    """Describe a system to the loop.

    Parameters
    ----------
    kernel : NativeKernel

    Returns
    -------
    Model
    """
    system, plan = kernel.system, kernel.plan
    states = system.layout.states
    positive = {species.name: species.non_negative for species in system.model.species}
    kinds = [0 if s.at_time is not None else 1 if s.constant else 2 for s in system.switches]
    triggered = [(place, e) for place, e in enumerate(system.events) if e.trigger is not None]
    actions = [target for event in system.events for target in event.targets]
    starts = np.cumsum([0, *(len(event.targets) for event in system.events)])
    n_extinct = int(np.sum(~np.isnan(plan.extinction)))
    return Model(
        np.array([slot.log_state for slot in states], dtype=bool),
        np.array([positive.get(slot.name, False) for slot in states], dtype=bool),
        np.array(kinds, dtype=np.int64),
        kinds.count(2) + n_extinct,
        n_extinct,
        len(triggered),
        np.array([event.initial_value for _, event in triggered], dtype=bool),
        np.array([place for place, _ in triggered], dtype=np.int64),
        len(system.events),
        np.array([event.values_from_trigger for event in system.events], dtype=bool),
        np.array([kernel.names.index(e.name) for e in system.events], dtype=np.int64),
        starts.astype(np.int64),
        np.array([t.state if t.state >= 0 else t.constant for t in actions], dtype=np.int64),
        np.array([t.state >= 0 for t in actions], dtype=bool),
        np.array([kernel.names.index(f"extinct({s.name})") for s in states], dtype=np.int64),
    )


Row = tuple[float, int, int, int, int, float, int]
"""Time, rank, order, kind, index, value, name."""

Changes = tuple[list[float], list[float]]
"""When the timed switches of a subject change, and the slopes of their roots."""


def make_records(
    kernel: NativeKernel, tasks: Sequence[SubjectTask], changes: Sequence[Changes]
) -> tuple[Records, Integers]:
    """Turn doses, knots, scheduled events and timed switches into records.

    Parameters
    ----------
    kernel : NativeKernel
    tasks : sequence of SubjectTask
    changes : sequence of tuple
        What `NativeKernel.timed_switches` says of each subject.

    Returns
    -------
    Records
    ndarray of int, shape (n_subjects + 1,)
        First record of each subject.
    """
    rows: list[Row] = []
    starts = [0]
    scheduled = bool(kernel.timed or kernel.has_scheduled_events)
    for task, change in zip(tasks, changes, strict=True):
        if scheduled or task.doses or task.knots:
            rows += sorted(_rows(kernel, task, change), key=lambda row: row[:3])
        starts.append(len(rows))
    columns = list(zip(*rows, strict=True)) if rows else [()] * 7
    records = Records(
        np.array(columns[0], dtype=np.float64),
        np.array(columns[3], dtype=np.int64),
        np.array(columns[4], dtype=np.int64),
        np.array(columns[5], dtype=np.float64),
        np.array(columns[6], dtype=np.int64),
    )
    return records, np.array(starts, dtype=np.int64)


def _rows(kernel: NativeKernel, task: SubjectTask, changes: Changes) -> list[Row]:
    """Return the records of one subject; equal times go by rank, then by order."""
    system, p = kernel.system, task.constants.tolist()
    rows: list[Row] = []
    for order, knot in enumerate(task.knots):
        slot = system.layout.inputs[knot.place]
        if knot.time > task.start:
            for place, value in ((slot.level, knot.level), (slot.slope, knot.slope)):
                rows.append((knot.time, 0, order, places.SET_CONSTANT, place, value, -1))
            rows.append((knot.time, 0, order, places.SET_CONSTANT, slot.knot, knot.time, -1))
    rows += _dose_rows(kernel, task, p)
    for place, event in enumerate(system.events):
        for time in kernel.event_times(event, p) if event.times else ():
            if math.isfinite(time) and time >= task.start:
                rows.append((time, 2, place, places.EVENT, place, 0.0, -1))
    for (place, switch), time, slope in zip(kernel.timed, *changes, strict=True):
        if math.isfinite(time) and time > task.start:
            value = float(compare(switch.operator, slope, 0.0))
            rows.append((time, -1, place, places.SWITCH, place, value, -1))
    return rows


def _dose_rows(kernel: NativeKernel, task: SubjectTask, p: list[float]) -> list[Row]:
    rows: list[Row] = []
    infused: list[tuple[float, float, int, float]] = []
    for order, dose in enumerate(task.doses):
        name = kernel.names.index(dose.name)
        time = dose.time + kernel.lag(dose.name, dose.time, p)
        amounts = kernel.dose_amounts(dose.name, dose.amount, p)
        end = time + dose.duration
        targets = kernel.system.doses[dose.name]
        for part, (target, amount) in enumerate(zip(targets, amounts, strict=True)):
            shown = name if part == 0 else -1
            if end > time:
                infused.append((time, end, target.state, amount / (end - time)))
                rows.append((time, 1, order, -1, 0, 0.0, shown))
                continue
            kinds = (
                (places.SET_STATE, places.SET_CONSTANT)
                if target.mode == "assign"
                else (places.ADD_STATE, places.ADD_CONSTANT)
            )
            is_state = target.state >= 0
            index = target.state if is_state else target.constant
            rows.append((time, 1, order, kinds[0 if is_state else 1], index, amount, shown))
    for edge in sorted({time for piece in infused for time in piece[:2]}):
        for state in sorted({piece[2] for piece in infused}):
            rate = sum(r for start, end, s, r in infused if s == state and start <= edge < end)
            rows.append((edge, 1, len(task.doses), places.INFUSE, state, rate, -1))
    return rows
