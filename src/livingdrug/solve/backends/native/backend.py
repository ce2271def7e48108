"""The native backend: prepare once, then run chunks of subjects in compiled lanes."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

import numpy as np

from livingdrug.core.status import STATUS_MESSAGES, Status
from livingdrug.solve.backends.base import LogEntry, Plan, Progress, SubjectResult, SubjectTask
from livingdrug.solve.backends.chunks import run_in_chunks
from livingdrug.solve.backends.native.kernel import NativeKernel
from livingdrug.solve.backends.native.loop.tables import DELAY_OF, FULL, LOGGED, Job
from livingdrug.solve.backends.native.prepare import MAX_LOG, Rooms, make_job
from livingdrug.system.system import System

__all__ = ["NativeBackend", "collect"]

CHUNK = 512
"""Subjects run between two reports of progress."""

_ROOMS = (Rooms(8, 16), Rooms(64, 256), Rooms(1100, 2048), Rooms(MAX_LOG, 16_384))
"""A chunk that fills its room runs again with the next: what one subject logs or keeps pending
must not depend on its neighbours."""


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
        return run_in_chunks(
            lambda chunk: _run_chunk(native, chunk), tasks, CHUNK, native.plan.threads, progress
        )


def _run_chunk(kernel: NativeKernel, tasks: list[SubjectTask]) -> list[SubjectResult]:
    from livingdrug.solve.backends.native.loop.driver import run_lanes

    loop: Callable[[Job], None] = run_lanes
    for rooms in _ROOMS:
        job, refusals = make_job(kernel, tasks, rooms)
        loop(job)
        if not job.counts[FULL]:
            break
    return collect(kernel, job, refusals)


def collect(kernel: NativeKernel, job: Job, refusals: list[str]) -> list[SubjectResult]:
    """Turn what the loop has filled into results.

    Parameters
    ----------
    kernel : NativeKernel
    job : Job
    refusals : list of str

    Returns
    -------
    list of SubjectResult
    """
    collected = []
    first = job.subjects["value_start"].tolist()
    n_times = (job.subjects["output_end"] - job.subjects["output_start"]).tolist()
    for row, (code, steps) in enumerate(
        zip(job.rows["status"].tolist(), job.rows["steps"].tolist(), strict=True)
    ):
        size = job.n_outputs * n_times[row]
        values = job.values[first[row] : first[row] + size].reshape(job.n_outputs, n_times[row])
        status, message, tracked = Status.OK, "", job.tracked[row]
        if code:
            status = Status(code)
            message = f"day {job.rows['end'][row]:.6g}: {STATUS_MESSAGES[status]}"
            place, value = int(job.rows["detail"][row]), float(job.rows["value"][row])
            message += refusals[row] or _detail(kernel, status, place, value)
            tracked = np.full_like(tracked, np.nan)
        collected.append(SubjectResult(values, status, message, n_steps=steps, tracked=tracked))
    log = job.log[: int(job.counts[LOGGED])]
    for row, time, name in zip(
        log["row"].tolist(), log["time"].tolist(), log["name"].tolist(), strict=True
    ):
        collected[row].log.append(LogEntry(time, kernel.names[name]))
    return collected


def _detail(kernel: NativeKernel, status: Status, place: int, value: float) -> str:
    """Say which state, condition or event a failure is about."""
    system = kernel.system
    if place == -1:
        return ""
    if place <= DELAY_OF:
        return f" (delay {value:g} of event {system.events[DELAY_OF - place].name})"
    if status is Status.CHATTER:
        return f" (condition `{system.switches[place].text}`)"
    if status is Status.EVENT_CASCADE:
        return f" (event {system.events[place].name})"
    name = system.layout.states[place].name
    return f" ({name} {'starts at' if status is Status.BAD_INITIAL else 'became'} {value:g})"
