"""The native backend: prepare once, then run chunks of subjects in compiled lanes."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import cast

import numpy as np

from livingdrug.core.errors import CapabilityError
from livingdrug.core.status import STATUS_MESSAGES, Status
from livingdrug.solve.backends.base import (
    LogEntry,
    Plan,
    Progress,
    SubjectResult,
    SubjectTask,
)
from livingdrug.solve.backends.native.kernel import NativeKernel
from livingdrug.solve.backends.native.tables import (
    Machine,
    Outputs,
    Results,
    Subjects,
    Tolerances,
    empty_results,
    make_lanes,
    make_records,
    model_table,
)
from livingdrug.system.system import System

__all__ = ["NativeBackend"]

CHUNK = 512
"""Subjects run between two reports of progress."""

_LOG_ROOM = (8, 64, 1100, 20_000)
"""Entries of the event log per subject; a chunk that fills one runs again with the next."""


class NativeBackend:
    """Compiled blocks and Rodas5P in vector lanes."""

    name = "native"

    def prepare(self, system: System, plan: Plan) -> object:
        """Compile a system.

        Parameters
        ----------
        system : System
        plan : Plan

        Returns
        -------
        NativeKernel

        Raises
        ------
        CapabilityError
            When the system has parts that only the reference backend runs.
        """
        return NativeKernel.kept(system, plan)

    def run(
        self, kernel: object, tasks: list[SubjectTask], progress: Progress | None = None
    ) -> list[SubjectResult]:
        """Run every subject.

        Parameters
        ----------
        kernel : NativeKernel
        tasks : list of SubjectTask
        progress : callable, optional

        Returns
        -------
        list of SubjectResult
            In the order of the tasks.
        """
        native = cast("NativeKernel", kernel)
        chunks = [tasks[first : first + CHUNK] for first in range(0, len(tasks), CHUNK)]
        results: list[SubjectResult] = []
        with ThreadPoolExecutor(max_workers=native.plan.threads) as pool:
            for chunk in pool.map(lambda piece: _run_chunk(native, piece), chunks):
                results += chunk
                if progress is not None:
                    progress(len(chunk))
        return results


def _run_chunk(kernel: NativeKernel, tasks: list[SubjectTask]) -> list[SubjectResult]:
    from livingdrug.solve.backends.native.driver import run_lanes

    request = tasks[0].outputs
    if any(task.outputs is not request for task in tasks):
        raise CapabilityError(
            "the native backend reports the same times for all subjects; leave method and backend "
            "out, or use backend='reference'"
        )
    system, plan = kernel.system, kernel.plan
    if kernel.computes_constants:
        rows = [_constants(kernel, task) for task in tasks]
        tasks = [
            dataclasses.replace(task, constants=np.array(row))
            for task, row in zip(tasks, rows, strict=True)
        ]
    constants = np.array([task.constants for task in tasks])
    constants = constants.reshape(len(tasks), len(system.layout.constants))
    changes = [kernel.timed_switches(task.start, task.constants.tolist()) for task in tasks]
    records, starts = make_records(kernel, tasks, changes)
    states = system.layout.states
    rtol = np.array([0.0 if slot.log_state else plan.rtol for slot in states])
    controlled = np.array([slot.controlled for slot in states], dtype=bool)
    refusals = [_refusal(kernel, task) for task in tasks]
    switches = np.zeros((len(tasks), len(system.switches)))
    if kernel.timed:
        for row, (task, change) in enumerate(zip(tasks, changes, strict=True)):
            switches[row] = kernel.switches_at_start(task.start, task.constants.tolist(), *change)
    table = model_table(kernel)
    tolerances = Tolerances(rtol, np.array(plan.atol, dtype=float), controlled, plan.max_steps)
    n = len(tasks)
    subjects = Subjects(
        constants,
        switches,
        np.array([task.start for task in tasks]),
        np.array([int(_refused(text)) for text in refusals], dtype=np.int64),
        starts[:-1].copy(),
        starts[1:].copy(),
        _thresholds(kernel, constants),
    )
    outputs = Outputs(request.times, request.left, float(request.times[-1]))
    for room in _LOG_ROOM:  # what one subject logs must not depend on its neighbours
        results = empty_results(n, len(system.outputs), request.times.size, room * n)
        ws = _workspace(kernel)
        loop: Callable[..., None] = run_lanes
        loop(
            Machine(kernel.addresses, kernel.offsets, ws, ws.ctypes.data, kernel.width),
            table,
            tolerances,
            subjects,
            records,
            outputs,
            results,
            make_lanes(kernel),
        )
        if results.log_count[0] < results.log_time.size:
            break
    return _collect(kernel, results, refusals)


def _workspace(kernel: NativeKernel) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Return a zeroed array that starts at a multiple of 64 bytes."""
    size = kernel.workspace.n_slots * kernel.width
    raw = np.zeros(size + 8)
    shift = (-raw.ctypes.data // 8) % 8
    return raw[shift : shift + size]


def _constants(kernel: NativeKernel, task: SubjectTask) -> list[float]:
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


def _refusal(kernel: NativeKernel, task: SubjectTask) -> str:
    """Say why a subject cannot start: a lag may not be negative."""
    if not kernel.system.dose_lags:
        return ""
    p = task.constants.tolist()
    for dose in task.doses:
        lag = kernel.lag(dose.name, dose.time, p)
        if not lag >= 0.0:
            return f" (lag {lag:g} of dose {dose.name})"
    return ""


def _refused(text: str) -> Status:
    return Status.BAD_INITIAL if text else Status.OK


def _detail(kernel: NativeKernel, status: Status, place: int, value: float) -> str:
    """Say which state or condition a failure is about."""
    if place < 0:
        return ""
    if status is Status.CHATTER:
        return f" (condition `{kernel.system.switches[place].text}`)"
    name = kernel.system.layout.states[place].name
    if status is Status.BAD_INITIAL:
        return f" ({name} starts at {value:g})"
    return f" ({name} became {value:g})"


def _thresholds(
    kernel: NativeKernel, constants: np.ndarray[tuple[int, ...], np.dtype[np.float64]]
) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    """Return extinction thresholds as amounts; NaN where there is none."""
    layout = kernel.system.layout
    below = np.tile(kernel.plan.extinction, (constants.shape[0], 1))
    for place, slot in enumerate(layout.states):
        if slot.compartment:
            below[:, place] *= constants[:, layout.constant_index[slot.compartment]]
    return below


def _collect(kernel: NativeKernel, results: Results, refusals: list[str]) -> list[SubjectResult]:
    collected = []
    for row in range(results.status.size):
        status = Status(int(results.status[row]))
        message = ""
        if status is not Status.OK:
            message = f"day {results.end[row]:.6g}: {STATUS_MESSAGES[status]}"
            place, value = int(results.detail[row]), float(results.value[row])
            message += refusals[row] or _detail(kernel, status, place, value)
        collected.append(
            SubjectResult(results.values[row], status, message, n_steps=int(results.steps[row]))
        )
    count = int(results.log_count[0])
    for row, time, name in zip(
        results.log_row[:count].tolist(),
        results.log_time[:count].tolist(),
        results.log_name[:count].tolist(),
        strict=True,
    ):
        collected[row].log.append(LogEntry(time, kernel.names[name]))
    return collected
