"""The stochastic backend: chunks of replicates in compiled lanes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import cast

import numpy as np
from numpy.typing import NDArray

from livingdrug.core.random import Purpose, integers_hash, key_words, subject_words
from livingdrug.core.status import STATUS_MESSAGES, Status
from livingdrug.solve.backends.base import (
    TRACKED,
    LogEntry,
    Plan,
    Progress,
    SubjectResult,
    SubjectTask,
)
from livingdrug.solve.backends.chunks import aligned, run_in_chunks
from livingdrug.solve.backends.stochastic.kernel import JumpKernel
from livingdrug.solve.backends.stochastic.starts import Starts, slow_infusion
from livingdrug.solve.backends.stochastic.tables import (
    CLOCK,
    COUNTS,
    DOSED,
    FULL,
    LANE,
    LOG,
    LOGGED,
    TARGET,
    TASK,
    TRACK,
    Clocks,
    Job,
    Leap,
)
from livingdrug.system.lower.ratios import check_ratios
from livingdrug.system.system import System

__all__ = [
    "STREAM",
    "StochasticBackend",
    "collect",
    "make_clocks",
    "make_job",
    "run_job",
    "starts_of",
]

CHUNK = 512
STREAM = "jumps"
"""Names what is drawn: number 2 e and 2 e + 1 of a replicate are those of its event e."""

_LOGS = (4, 64, 1024, 20_000)
"""Entries of the event log per replicate; a chunk that fills its log runs again with the next."""


class StochasticBackend:
    """Jumps of single entities in vector lanes."""

    name = "stochastic"

    def prepare(self, system: System, plan: Plan) -> object:
        """Compile a system.

        Parameters
        ----------
        system : System
        plan : Plan

        Returns
        -------
        JumpKernel

        Raises
        ------
        CapabilityError
            Naming every term that has no reading as jumps.
        """
        return JumpKernel(system, plan)

    def run(
        self, kernel: object, tasks: list[SubjectTask], progress: Progress | None = None
    ) -> list[SubjectResult]:
        """Run every replicate of every subject.

        Parameters
        ----------
        kernel : JumpKernel
        tasks : list of SubjectTask
        progress : callable, optional

        Returns
        -------
        list of SubjectResult
            In the order of the tasks.

        Raises
        ------
        CapabilityError
            When a subject's stoichiometry does not move whole entities.
        """
        jumps = cast("JumpKernel", kernel)
        if jumps.ratios:
            names = jumps.system.layout.constants
            for task in {id(task.constants): task for task in tasks}.values():
                constants = dict(zip(names, task.constants.tolist(), strict=True))
                check_ratios(jumps.ratios, constants, task.label, jumps.system.model.id)
        return run_in_chunks(
            lambda chunk: _run_chunk(jumps, chunk), tasks, CHUNK, jumps.plan.threads, progress
        )


def _run_chunk(kernel: JumpKernel, tasks: list[SubjectTask]) -> list[SubjectResult]:
    starts = starts_of(kernel, tasks)
    for room in _LOGS:
        job = make_job(kernel, tasks, starts, room)
        run_job(kernel, job)
        if not job.counters[FULL]:
            break
    return collect(kernel, tasks, job, starts)


def starts_of(kernel: JumpKernel, tasks: list[SubjectTask]) -> Starts:
    """Return where tasks start, and what keeps them from starting.

    Parameters
    ----------
    kernel : JumpKernel
    tasks : list of SubjectTask

    Returns
    -------
    Starts
    """
    whole = kernel.plan.stochastic.initial == "whole"
    starts = Starts(kernel.system, kernel.entities, whole, tasks)
    for row, task in enumerate(tasks):
        starts.refusals[row] = starts.refusals[row] or slow_infusion(
            kernel.system, kernel.entities, task
        )
    return starts


def run_job(kernel: JumpKernel, job: Job, clocks: Clocks | None = None) -> None:
    """Run the tasks of a chunk, to their ends or to the pause.

    Parameters
    ----------
    kernel : JumpKernel
    job : Job
    clocks : Clocks, optional
        Of the next-reaction method where tasks pause; made anew when not given.
    """
    if kernel.by_clocks:
        from livingdrug.solve.backends.stochastic.next_reaction import run_next_reaction

        ringing: Callable[[Job, Clocks], None] = run_next_reaction
        ringing(job, clocks or make_clocks(kernel, 0))
    elif kernel.plan.method.name == "ssa":
        from livingdrug.solve.backends.stochastic.loop import run_direct

        exact: Callable[[Job], None] = run_direct
        exact(job)
    else:
        from livingdrug.solve.backends.stochastic.leaps import run_leaps

        leaping: Callable[[Job, Leap], None] = run_leaps
        leaping(job, _leap(kernel))


def make_job(
    kernel: JumpKernel,
    tasks: list[SubjectTask],
    starts: Starts,
    room: int,
    *,
    pauses: bool = False,
) -> Job:
    """Return the arrays of a chunk.

    Parameters
    ----------
    kernel : JumpKernel
    tasks : list of SubjectTask
    starts : Starts
    room : int
        Entries of the event log per task.
    pauses : bool, optional
        Whether tasks may pause.

    Returns
    -------
    Job
    """
    system, plan, width = kernel.system, kernel.plan, kernel.width
    n, n_outputs = len(tasks), len(system.outputs)
    table, dosed = _tasks(kernel, tasks, starts)
    targets, firsts = _targets(kernel)
    times = np.concatenate([task.outputs.times for task in tasks])
    left = np.concatenate([task.outputs.left for task in tasks])
    tracks = np.array([(t.start, t.end, t.level, t.place) for t in plan.trackers], dtype=TRACK)
    tracked = np.full((n, len(plan.trackers), len(TRACKED)), np.nan)
    tracked[:, :, TRACKED.index("auc")] = 0.0
    ws = aligned(kernel.workspace.n_slots * width)
    return Job(
        ws=ws,
        pointer=ws.ctypes.data,
        event=0 if kernel.by_clocks else kernel.module.address("event"),
        outputs=kernel.module.address("outputs"),
        doses=np.array(kernel.doses, dtype=np.int64),
        off=kernel.offsets,
        width=width,
        n_outputs=n_outputs,
        stream=np.uint64(integers_hash(STREAM)),
        max_events=plan.stochastic.max_events,
        max_log=_LOGS[-1],
        whole_doses=int(plan.stochastic.initial == "whole"),
        lanes=np.zeros(width, dtype=LANE),
        tasks=table,
        dosed=dosed,
        targets=targets,
        tracks=tracks,
        log=np.zeros(room * n, dtype=LOG),
        first_target=firsts,
        words=np.zeros((6, width), dtype=np.uint64),
        constants=starts.constants,
        counts=starts.counts,
        absorbing=np.array(kernel.absorbing, dtype=np.bool_),
        alive=np.zeros((width, system.n_states), dtype=np.bool_),
        times=times,
        left=left,
        values=np.full(n_outputs * times.size, np.nan),
        held=np.zeros((width, len(plan.trackers))),
        before=np.zeros(len(plan.trackers)),
        tracked=tracked,
        counters=np.zeros(3, dtype=np.int64),
        until=np.inf,
        phase=np.zeros(n, dtype=np.int64),
        saved=np.zeros((n if pauses else 0, _saved_width(kernel))),
    )


def _saved_width(kernel: JumpKernel) -> int:
    """Return how many numbers a paused task is."""
    layout = kernel.system.layout
    return COUNTS + 2 * len(layout.states) + len(layout.constants) + len(kernel.plan.trackers)


def make_clocks(kernel: JumpKernel, n_saved: int) -> Clocks:
    """Return what clocks need beside a job.

    Parameters
    ----------
    kernel : JumpKernel
    n_saved : int
        Tasks that may pause.

    Returns
    -------
    Clocks
    """
    n = len(kernel.jumps)
    changed = [[place for place, _ in jump.changes] for jump in kernel.jumps]
    first_seen, seen = _joined(kernel.graph)
    first_changed, states = _joined(changed)
    return Clocks(
        rates=kernel.module.address("rates"),
        fires=np.array([kernel.module.address(f"fire{k}") for k in range(n)], dtype=np.int64),
        first_seen=first_seen,
        seen=seen,
        first_changed=first_changed,
        changed=states,
        clocks=np.zeros(n, dtype=CLOCK),
        heap=np.arange(n),
        where=np.arange(n),
        saved=np.zeros((n_saved, 3, n)),
    )


def _joined(rows: Sequence[Sequence[int]]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return rows one after the other, and where each begins."""
    firsts = np.cumsum([0, *(len(row) for row in rows)], dtype=np.int64)
    return firsts, np.array([value for row in rows for value in row], dtype=np.int64)


def _leap(kernel: JumpKernel) -> Leap:
    """Return what leaps need beside a job."""
    n, options = kernel.system.n_states, kernel.plan.stochastic
    changes = np.zeros((len(kernel.jumps), n))
    order, own = np.zeros(n), np.zeros(n)
    for row, jump in enumerate(kernel.jumps):
        for place, count in jump.changes:
            changes[row, place] = count
        taken = {place: max(1, -dict(jump.changes).get(place, 0)) for place in jump.reads}
        total = sum(taken.values())
        for place, times in taken.items():
            if total > order[place] or (total == order[place] and times > own[place]):
                order[place], own[place] = total, times
    return Leap(
        rates=kernel.module.address("rates"),
        langevin=int(kernel.plan.method.name == "langevin"),
        epsilon=options.epsilon,
        changes=changes,
        order=order,
        own=own,
        rate=np.zeros(len(kernel.jumps)),
        is_critical=np.zeros(len(kernel.jumps), dtype=np.bool_),
        trial=np.zeros(n),
        sums=np.zeros(2),
        kept=np.zeros((n + 1, kernel.width)),
        pending=np.zeros(kernel.width, dtype=np.bool_),
        share=np.ones(kernel.width),
    )


def _tasks(
    kernel: JumpKernel, tasks: list[SubjectTask], starts: Starts
) -> tuple[NDArray[np.void], NDArray[np.void]]:
    names = list(kernel.system.doses)
    table = np.zeros(len(tasks), dtype=TASK)
    rows: list[tuple[float, float, int]] = []
    first_dose, last_dose = [], []
    for task in tasks:
        first_dose.append(len(rows))
        rows += sorted(
            ((d.time, d.amount, names.index(d.name)) for d in task.doses), key=lambda row: row[0]
        )
        last_dose.append(len(rows))
    sizes = np.array([task.outputs.times.size for task in tasks])
    ends = np.cumsum(sizes)
    low, high = subject_words(np.array([task.label for task in tasks]))
    key_0, key_1 = key_words(kernel.plan.seed, Purpose.STOCHASTIC)
    table["start"] = [task.start for task in tasks]
    table["end"] = [
        task.outputs.times[-1] if task.outputs.times.size else task.start for task in tasks
    ]
    table["first_output"], table["last_output"] = ends - sizes, ends
    table["first_value"] = (ends - sizes) * len(kernel.system.outputs)
    table["first_dose"], table["last_dose"] = first_dose, last_dose
    table["key_0"], table["key_1"] = key_0, np.uint64(key_1) ^ high.astype(np.uint64)
    table["label"] = low
    table["replicate"] = [task.replicate for task in tasks]
    table["status"] = [int(Status.BAD_INITIAL) if text else 0 for text in starts.refusals]
    return table, np.array(rows, dtype=DOSED)


def _targets(kernel: JumpKernel) -> tuple[NDArray[np.void], NDArray[np.int64]]:
    rows, firsts = [], [0]
    for targets in kernel.system.doses.values():
        for target in targets:
            is_state = target.state >= 0
            index = target.state if is_state else target.constant
            entity = kernel.entities[target.state] if is_state else 1.0
            rows.append((entity, index, is_state, target.mode != "assign"))
        firsts.append(len(rows))
    return np.array(rows, dtype=TARGET), np.array(firsts, dtype=np.int64)


def collect(
    kernel: JumpKernel, tasks: list[SubjectTask], job: Job, starts: Starts
) -> list[SubjectResult]:
    """Return what came out, in the order of the tasks."""
    results = []
    for row, task in enumerate(tasks):
        n_times, first = task.outputs.times.size, int(job.tasks["first_value"][row])
        values = job.values[first : first + job.n_outputs * n_times]
        values = values.reshape(job.n_outputs, n_times)
        status, message = Status(int(job.tasks["status"][row])), ""
        tracked = job.tracked[row]
        if status is not Status.OK:
            day = job.tasks["ended"][row] if not starts.refusals[row] else task.start
            message = f"day {day:.6g}: {STATUS_MESSAGES[status]}{starts.refusals[row]}"
            values, tracked = np.full_like(values, np.nan), np.full_like(tracked, np.nan)
        events = int(job.tasks["events"][row])
        results.append(SubjectResult(values, status, message, n_steps=events, tracked=tracked))
    names, log = kernel.names(), job.log[: int(job.counters[LOGGED])]
    for row, time, name in zip(
        log["task"].tolist(), log["time"].tolist(), log["name"].tolist(), strict=True
    ):
        results[row].log.append(LogEntry(time, names[name]))
    return results
