"""Turn subject tasks into the arrays of the compiled loop."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from livingdrug.core.random import Purpose, key_words, subject_words
from livingdrug.core.status import Status
from livingdrug.solve.backends.base import TRACKED, SubjectTask
from livingdrug.solve.backends.chunks import aligned
from livingdrug.solve.backends.native import places
from livingdrug.solve.backends.native.kernel import NativeKernel
from livingdrug.solve.backends.native.loop.tables import (
    DOSE,
    EVENT,
    INFUSION,
    LANE,
    LOG,
    OUTPUT,
    QUEUED,
    RECORD,
    ROW,
    STATE,
    SUBJECT,
    SWITCH,
    TRACKER,
    WRITE,
    Job,
)
from livingdrug.system.system import System, TargetProgram

__all__ = ["Rooms", "make_job"]

Records = NDArray[np.void]
_OPERATORS = {"<": -1, "<=": -1, ">": 1, ">=": 1, "==": 0, "!=": 2}
MAX_LOG = 20_000
"""Entries of the event log that one subject may fill."""

Row = tuple[float, int, int, int, int, float, int]
"""Time, rank, order, kind, index, value, name."""


class Rooms:
    """How much room a chunk has for what nobody can know beforehand.

    Parameters
    ----------
    log : int
        Entries of the event log, for each subject.
    queue : int
        Pending events of one subject.
    """

    def __init__(self, log: int, queue: int) -> None:
        self.log, self.queue = log, queue


def _table(dtype: np.dtype[Any], rows: Sequence[tuple[Any, ...]]) -> Records:
    return np.array(list(rows), dtype=dtype)


def _fields(dtype: np.dtype[Any], **columns: Any) -> Records:  # noqa: ANN401 - any column
    size = max(np.size(column) for column in columns.values())
    table = np.zeros(size, dtype=dtype)
    for name, column in columns.items():
        table[name] = column
    return table


# -- the system --------------------------------------------------------------------------------


def _states(kernel: NativeKernel) -> Records:
    system, plan = kernel.system, kernel.plan
    slots = system.layout.states
    positive = {species.name: species.non_negative for species in system.model.species}
    return _fields(
        STATE,
        threshold=plan.extinction,
        is_log=[slot.log_state for slot in slots],
        positive=[positive.get(slot.name, False) for slot in slots],
        is_algebraic=[slot.algebraic for slot in slots],
        name=[kernel.names.index(f"extinct({slot.name})") for slot in slots],
    )


def _switches(system: System) -> Records:
    rows = [
        (
            places.TIMED if s.at_time is not None else places.CONSTANT if s.constant
            else places.WATCHED,
            _OPERATORS[s.operator],
        )
        for s in system.switches
    ]  # fmt: skip
    return _table(SWITCH, rows)


def _targets(written: Sequence[tuple[TargetProgram, ...]]) -> tuple[Records, list[int]]:
    rows = [
        (t.state if t.state >= 0 else t.constant, t.state >= 0, t.mode != "assign", t.has_size)
        for targets in written
        for t in targets
    ]
    return _table(WRITE, rows), np.cumsum([0, *(len(targets) for targets in written)]).tolist()


def _events(kernel: NativeKernel, starts: Sequence[int]) -> Records:
    rows = [
        (
            event.trigger is not None,
            event.initial_value,
            event.persistent,
            event.values_from_trigger,
            event.delay is not None,
            event.priority is not None,
            place,
            starts[place],
            starts[place + 1],
            any(target.has_size for target in event.targets),
            event.draws,
            event.name.startswith(places.SILENT),
        )
        for place, event in enumerate(kernel.system.events)
    ]
    return _table(EVENT, rows)


def _doses(kernel: NativeKernel, starts: Sequence[int]) -> Records:
    first = len(kernel.system.events)
    rows = [
        (
            first + place,
            starts[first + place],
            starts[first + place + 1],
            any(target.has_size for target in targets),
        )
        for place, targets in enumerate(kernel.system.doses.values())
    ]
    return _table(DOSE, rows)


# -- the subjects ------------------------------------------------------------------------------


class _Subjects:
    """Records, infusions and outputs of the subjects of a chunk, one after the other."""

    def __init__(self, kernel: NativeKernel, tasks: Sequence[SubjectTask]) -> None:
        self.kernel, self.tasks = kernel, tasks
        self.refusals = [""] * len(tasks)
        self.records: list[Row] = []
        self.infusions: list[tuple[float, float, float, int]] = []
        self.table = np.zeros(len(tasks), dtype=SUBJECT)
        self.constants = self._constants()
        self.dose_place = {name: place for place, name in enumerate(kernel.system.doses)}
        self._schedule()
        self.outputs = self._outputs()
        self._keys()

    def _constants(self) -> NDArray[np.float64]:
        kernel, tasks = self.kernel, self.tasks
        width = len(kernel.system.layout.constants)
        if not kernel.computes_constants:
            return np.array([task.constants for task in tasks]).reshape(len(tasks), width)
        return np.array([_start_constants(kernel, task) for task in tasks]).reshape(
            len(tasks), width
        )

    def _schedule(self) -> None:
        scheduled, table = self.kernel.has_scheduled_events, self.table
        table["start"] = [task.start for task in self.tasks]
        for place, task in enumerate(self.tasks):
            table["record_start"][place] = len(self.records)
            table["infusion_start"][place] = len(self.infusions)
            if scheduled or task.doses or task.knots:
                self.records += sorted(self._rows(place, task), key=lambda row: row[:3])
            table["record_end"][place] = len(self.records)
            table["infusion_end"][place] = len(self.infusions)
        table["status"] = [int(Status.BAD_INITIAL) if text else 0 for text in self.refusals]

    def _rows(self, place: int, task: SubjectTask) -> list[Row]:
        """Return the records of one subject; equal times go by rank, then by order."""
        system, p = self.kernel.system, self.constants[place].tolist()
        rows: list[Row] = []
        for order, knot in enumerate(task.knots):
            slot = system.layout.inputs[knot.place]
            if knot.time > task.start:
                for slot_place, value in (
                    (slot.level, knot.level), (slot.slope, knot.slope), (slot.knot, knot.time),
                ):  # fmt: skip
                    kind = places.SET_CONSTANT
                    rows.append((knot.time, 0, order, kind, slot_place, value, -1))
        needs_states = bool(system.dose_lags) or self.kernel.has_scheduled_events
        y = self.kernel.initial_states(task.start, p) if needs_states else []
        rows += self._dose_rows(place, task, y, p)
        for index, event in enumerate(system.events):
            for time in self.kernel.event_times(event, task.start, y, p) if event.times else ():
                if math.isfinite(time) and time >= task.start:
                    rows.append((time, 2, index, places.EVENT, index, 0.0, -1))
        return rows

    def _dose_rows(
        self, place: int, task: SubjectTask, y: list[float], p: list[float]
    ) -> list[Row]:
        rows: list[Row] = []
        for order, dose in enumerate(task.doses):
            lag = self.kernel.lag(dose.name, dose.time, y, p)
            if not lag >= 0.0:
                self.refusals[place] = f" (lag {lag:g} of dose {dose.name})"
                continue
            time, which = dose.time + lag, self.dose_place[dose.name]
            end, name = time + dose.duration, len(self.kernel.system.events) + which
            if end > time:
                rows.append((time, 1, order, places.INFUSE, len(self.infusions), 0.0, name))
                last = len(task.doses) + order
                rows.append((end, 1, last, places.INFUSED, 0, 0.0, -1))
                self.infusions.append((time, end, dose.amount, which))
            else:
                rows.append((time, 1, order, places.BOLUS, which, dose.amount, name))
        return rows

    def _outputs(self) -> Records:
        """Return the times of output; subjects that share a request share them."""
        table, n_outputs = self.table, len(self.kernel.system.outputs)
        parts: list[Records] = []
        known: dict[int, tuple[int, int]] = {}
        size = values = 0
        for place, task in enumerate(self.tasks):
            request = task.outputs
            if id(request) not in known:
                known[id(request)] = (size, size + request.times.size)
                if request.times.size:
                    parts.append(_fields(OUTPUT, time=request.times, left=request.left))
                size += request.times.size
            first, last = known[id(request)]
            table["output_start"][place], table["output_end"][place] = first, last
            table["value_start"][place] = values
            table["end"][place] = request.times[-1] if request.times.size else task.start
            values += n_outputs * (last - first)
        self.n_values = values
        return np.concatenate(parts) if parts else np.zeros(0, dtype=OUTPUT)

    def _keys(self) -> None:
        """Set the words of the random numbers that order simultaneous events."""
        if len(self.kernel.system.events) < 2:
            return
        table = self.table
        low, high = subject_words([task.label for task in self.tasks])
        key = key_words(self.kernel.plan.seed, Purpose.EVENT_ORDER)
        table["seed_low"], table["label_low"] = key[0], low
        table["seed_high"] = key[1] ^ high.astype(np.int64)
        table["replicate"] = [task.replicate for task in self.tasks]


def _start_constants(kernel: NativeKernel, task: SubjectTask) -> list[float]:
    """Return the constants of a subject with its inputs as they are at the start."""
    p: list[float] = task.constants.tolist()
    for source in kernel.system.layout.inputs:
        p[source.level], p[source.slope], p[source.knot] = source.default, 0.0, task.start
    for knot in sorted(task.knots, key=lambda item: item.time):
        if knot.time <= task.start:
            source = kernel.system.layout.inputs[knot.place]
            p[source.level], p[source.slope], p[source.knot] = knot.level, knot.slope, knot.time
    kernel.compute_constants(task.start, p)
    return p


# -- the job -----------------------------------------------------------------------------------


def make_job(
    kernel: NativeKernel, tasks: Sequence[SubjectTask], rooms: Rooms, *, until: float = math.inf
) -> tuple[Job, list[str]]:
    """Lay out everything that the loop needs for some subjects.

    Parameters
    ----------
    kernel : NativeKernel
    tasks : sequence of SubjectTask
    rooms : Rooms
    until : float, optional
        Day on which every subject is paused.

    Returns
    -------
    Job
    list of str
        For each subject why it cannot start; empty where it can.
    """
    subjects, system = _Subjects(kernel, tasks), _system_tables(kernel)
    n, n_marks, targets = len(tasks), *_sizes(kernel)
    rows = np.zeros(n, dtype=ROW)
    rows["detail"], rows["value"] = -1, np.nan
    paused = n if until < math.inf else 0  # a pause is possible
    job = Job(
        **system,
        **_lane_tables(kernel, rooms),
        subjects=subjects.table,
        constants=subjects.constants,
        records=_table(
            RECORD,
            [(time, value, kind, index, name) for time, _, _, kind, index, value, name in
             subjects.records],
        ),
        outputs=subjects.outputs,
        infusions=_table(INFUSION, subjects.infusions),
        rates=np.zeros((len(subjects.infusions), targets)),
        until=until,
        counts=np.zeros(3, dtype=np.int64),
        rows=rows,
        values=np.full(subjects.n_values, np.nan),
        tracked=np.full((n, system["trackers"].size, len(TRACKED)), np.nan),
        log=np.zeros(rooms.log * n, dtype=LOG),
        saved=np.zeros((paused, _saved_width(kernel, rooms, n_marks, targets))),
        now=np.full((paused, len(kernel.system.outputs)), np.nan),
    )  # fmt: skip
    return job, subjects.refusals


def _sizes(kernel: NativeKernel) -> tuple[int, int]:
    """Return the marks of a lane, and the most targets of one event or dose."""
    system = kernel.system
    n_marks = max(len(system.switches) + system.n_states, len(system.events))
    targets = max((len(event.targets) for event in system.events), default=0)
    return n_marks, max(targets, max((len(item) for item in system.doses.values()), default=0))


def _system_tables(kernel: NativeKernel) -> dict[str, Any]:
    """Describe the system and the plan to the loop."""
    system, plan, slots = kernel.system, kernel.plan, kernel.system.layout.states
    written = [event.targets for event in system.events] + list(system.doses.values())
    writes, starts = _targets(written)
    switches, events = _switches(system), _events(kernel, starts)
    n_extinct = int(np.sum(~np.isnan(plan.extinction)))
    tolerance = [
        [0.0 if slot.log_state else plan.rtol for slot in slots],
        plan.atol,
        [slot.controlled for slot in slots],
        [not slot.algebraic for slot in slots],
    ]
    return {
        "off": kernel.offsets,
        "address": kernel.addresses,
        "width": kernel.width,
        "states": _states(kernel),
        "switches": switches,
        "events": events,
        "doses": _doses(kernel, starts),
        "writes": writes,
        "n_algebraic": sum(slot.algebraic for slot in slots),
        "n_log": sum(slot.log_state for slot in slots),
        "n_watched": int(np.sum(switches["kind"] == places.WATCHED)) + n_extinct,
        "n_extinct": n_extinct,
        "n_timed": int(np.sum(switches["kind"] == places.TIMED)),
        "n_triggers": int(np.sum(events["triggered"])),
        "n_sized": int(n_extinct > 0 and any(slot.compartment for slot in slots)),
        "n_outputs": len(system.outputs),
        "tolerance": np.array(tolerance, dtype=np.float64),
        "rtol": plan.rtol,
        "max_steps": plan.max_steps,
        "max_log": MAX_LOG,
        "trackers": _table(TRACKER, [(t.start, t.end, t.level, t.place) for t in plan.trackers]),
    }


def _lane_tables(kernel: NativeKernel, rooms: Rooms) -> dict[str, Any]:
    """Return the workspace, and what the loop notes of its lanes."""
    system, width = kernel.system, kernel.width
    n_marks, targets = _sizes(kernel)
    queue = rooms.queue if system.events else 0
    lanes = np.zeros(width, dtype=LANE)
    lanes["subject"] = -1
    ws = aligned(kernel.workspace.n_slots * width)
    return {
        "ws": ws,
        "pointer": ws.ctypes.data,
        "lanes": lanes,
        "marks": np.zeros((6, width, n_marks), dtype=np.bool_),
        "scratch": np.zeros((3, max(system.n_states, len(system.switches), targets))),
        "queue": np.zeros((width, queue), dtype=QUEUED),
        "queued": np.zeros((width, queue, targets)),
        "samples": np.zeros((width, len(kernel.plan.trackers), 5)),
    }


def _saved_width(kernel: NativeKernel, rooms: Rooms, n_marks: int, targets: int) -> int:
    """Return how many numbers a paused subject is: the order is that of `loop/filling.py`."""
    system = kernel.system
    slots = 3 * system.n_states + len(system.layout.constants) + len(system.switches) + 1
    return 10 + slots + 2 * n_marks + (rooms.queue if system.events else 0) * (3 + targets)
