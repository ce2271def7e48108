"""Subjects that are set back: one run from each reset to the next, joined to one result.

A reset is the start of the model at that time, as EVID 3 and 4 of NONMEM are: the states have the
initial values of the model, evaluated anew with the subject's own parameters; running infusions
end, doses whose lag has not passed never arrive, and pending events are dropped. Inputs that are
curves in time go on. So nothing but the subject passes from one stretch to the next, each stretch
has its own clock, and an engine needs to know nothing about resets.

References
----------
Beal SL, Boeckmann AJ, Sheiner LB. NONMEM Users Guide, Part VI (PREDPP), chapter V, section B.
"""

from __future__ import annotations

import dataclasses
import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from livingdrug.core.errors import CapabilityError, Issue, raise_issues
from livingdrug.core.status import Status
from livingdrug.solve.backends.base import (
    AbstractBackend,
    LogEntry,
    OutputRequest,
    Plan,
    Progress,
    Stretch,
    SubjectResult,
    SubjectTask,
)
from livingdrug.system.system import System

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["RESET", "Resets", "StartingAnew", "check_resets", "refuse_resets", "resets_of",
           "with_stretches"]  # fmt: skip

RESET = "reset"
"""Name of a reset in the event log."""


@dataclass(frozen=True, slots=True)
class Resets:
    """When one subject is set back, and how often before each of its records.

    Attributes
    ----------
    times : list of float, day
        In order; time may fall.
    doses : list of int
        Resets before each dose of the subject.
    outputs : ndarray of int, shape (n_times,)
        Resets before each output of the subject; it does not fall.
    """

    times: list[float]
    doses: list[int]
    outputs: NDArray[np.int64]


def resets_of(
    cohort: xr.Dataset | None,
    labels: NDArray[np.generic],
    requests: Sequence[OutputRequest],
    issues: list[Issue],
    *,
    at_records: bool,
) -> list[Resets | None]:
    """Return the resets of every subject; None where there are none.

    Parameters
    ----------
    cohort : xarray.Dataset or None
    labels : ndarray, shape (n,)
    requests : sequence of OutputRequest
        Of each subject.
    issues : list of Issue
        Receives problems.
    at_records : bool
        The requests are the records of the cohort, between two resets in the order of time.

    Returns
    -------
    list of Resets or None
    """
    if cohort is None or not cohort.sizes.get("reset", 0):
        return [None] * len(labels)
    times = _by_subject(cohort, "reset", "time")
    doses, records = (_by_subject(cohort, kind, "resets") for kind in ("dose", "record"))
    days = {kind: _by_subject(cohort, kind, "time") for kind in ("dose", "record")}
    knots = _by_subject(cohort, "knot", "time")
    found: list[Resets | None] = []
    for label, request in zip(labels.tolist(), requests, strict=True):
        resets = times.get(label, [])
        own = {"dose": doses.get(label, []), "record": records.get(label, [])}
        where = f"cohort, subject {label}"
        most = max([0, *own["dose"], *own["record"]])
        if most > len(resets):
            what = f"{int(most)} resets before a record, and {len(resets)} resets"
            issues.append(Issue("error", where, what, "give every reset"))
        if not resets or most > len(resets):
            found.append(None)
            continue
        seen: list[tuple[int, float]] = []
        for kind, counts in own.items():
            seen += zip(map(int, counts), days[kind].get(label, []), strict=True)
        if falls := _falls(resets, seen):
            for wrong, fix in (
                (not at_records, "ask for times='records'"),
                (label in knots, "give the rows from the reset on an ID of their own"),
            ):
                if wrong:
                    what = "an input in time" if label in knots else "a day of the course"
                    what = f"time falls at {falls}, so {what} may be before or after it"
                    issues.append(Issue("error", where, what, fix))
        places = np.array(sorted(own["record"])) if at_records else _on_grid(resets, request)
        found.append(Resets(resets, [int(count) for count in own["dose"]], places.astype(np.int64)))
    return found


def _by_subject(cohort: xr.Dataset, kind: str, column: str) -> dict[object, list[float]]:
    """Return a column of a record table, subject by subject."""
    found: dict[object, list[float]] = {}
    if f"{kind}_{column}" in cohort:
        labels = cohort[f"{kind}_subject"].values.tolist()
        for label, value in zip(labels, cohort[f"{kind}_{column}"].values.tolist(), strict=True):
            found.setdefault(label, []).append(value)
    return found


def _falls(resets: Sequence[float], seen: Sequence[tuple[int, float]]) -> str:
    """Name a reset at which the clock of the subject goes back; ``""`` when there is none."""
    for place, time in enumerate(resets):
        before = [day for count, day in seen if count <= place] + list(resets[:place])
        if max(before, default=time) > time:
            return f"reset {place + 1} to day {time:g}"
    return ""


def _on_grid(resets: Sequence[float], request: OutputRequest) -> NDArray[np.int64]:
    """Return how many resets come before each time of a grid, or before its left side."""
    before, after = (
        np.searchsorted(np.array(resets), request.times, side=side) for side in ("left", "right")
    )
    return np.where(request.left, before, after).astype(np.int64)


def with_stretches(task: SubjectTask, resets: Resets | None) -> SubjectTask:
    """Return a task with one stretch from each reset to the next.

    Parameters
    ----------
    task : SubjectTask
        Of the whole subject.
    resets : Resets or None

    Returns
    -------
    SubjectTask
        The task itself where there are no resets.
    """
    if resets is None:
        return task
    found = []
    for place, (begin, reset) in enumerate(
        itertools.pairwise([-math.inf, *resets.times, math.inf])
    ):
        doses = tuple(dose for dose, count in zip(task.doses, resets.doses, strict=True)
                      if count == place)  # fmt: skip
        mine = resets.outputs == place
        times, left = task.outputs.times[mine], task.outputs.left[mine]
        n_outputs = times.size
        if not n_outputs and (not doses or reset == math.inf):
            continue  # nothing that anybody sees
        # doses that stand for a steady state come before the reset itself
        starts = [dose.time for dose in doses]
        starts += [begin] if place else [0.0, *(knot.time for knot in task.knots), *times[:1]]
        start = min(starts)
        # where time falls at the reset, its day says nothing of this clock
        falls = max([begin, *(dose.time for dose in doses), *times]) > reset
        end = math.inf if falls else reset
        if start < end < math.inf and (not n_outputs or times[-1] < end):
            # up to the reset, so that the event log is whole
            times, left = np.append(times, end), np.append(left, True)
        part = dataclasses.replace(
            task, start=start, doses=doses, outputs=OutputRequest(times, left), stretches=()
        )
        found.append(Stretch(part, n_outputs, begin, end))
    return dataclasses.replace(task, stretches=tuple(found))


def refuse_resets(tasks: Sequence[SubjectTask], reasons: Sequence[str]) -> None:
    """Refuse what is not known of subjects that are set back.

    Parameters
    ----------
    tasks : sequence of SubjectTask
    reasons : sequence of str
        What is asked for beside them; empty when it fits.

    Raises
    ------
    CapabilityError
        Naming the first subject.
    """
    back = next((task.label for task in tasks if task.stretches), None)
    if back is None:
        return
    fix = "give the rows from the reset on an ID of their own, as a person who starts anew"
    raise_issues(
        [Issue("error", f"cohort, subject {back}", f"a reset, and {reason}", fix)
         for reason in reasons],
        CapabilityError,
    )  # fmt: skip


def check_resets(tasks: Sequence[SubjectTask], plan: Plan, *, reduced: bool) -> bool:
    """Refuse a simulation that cannot follow resets.

    Parameters
    ----------
    tasks : sequence of SubjectTask
    plan : Plan
    reduced : bool
        Numbers of each subject are asked for in place of its course.

    Returns
    -------
    bool
        Whether there are any.

    Raises
    ------
    CapabilityError
    """
    against = []
    if plan.method.stochastic:
        against.append(f"method {plan.method.name!r} starts nobody anew")
    if reduced:
        against.append("a maximum or an area (reduce) would be one of several starts")
    refuse_resets(tasks, against)
    return any(task.stretches for task in tasks)


class StartingAnew:
    """An engine that runs the stretches of a subject one by one.

    Parameters
    ----------
    engine : AbstractBackend
        What runs each stretch.
    """

    def __init__(self, engine: AbstractBackend) -> None:
        self.engine = engine
        self.name = engine.name

    def prepare(self, system: System, plan: Plan) -> object:
        """Prepare the engine.

        Parameters
        ----------
        system : System
        plan : Plan

        Returns
        -------
        object
        """
        return self.engine.prepare(system, plan)

    def run(
        self, kernel: object, tasks: list[SubjectTask], progress: Progress | None = None
    ) -> list[SubjectResult]:
        """Run every stretch of every subject, and join them.

        Parameters
        ----------
        kernel : object
        tasks : list of SubjectTask
        progress : callable, optional

        Returns
        -------
        list of SubjectResult
            In the order of the tasks.
        """
        parts = [[one.task for one in task.stretches] or [task] for task in tasks]
        results = iter(self.engine.run(kernel, [part for row in parts for part in row], None))
        joined = []
        for task, row in zip(tasks, parts, strict=True):
            own = [next(results) for _ in row]
            joined.append(_joined(task, own) if task.stretches else own[0])
        if progress is not None:
            progress(len(tasks))
        return joined


def _joined(task: SubjectTask, results: Sequence[SubjectResult]) -> SubjectResult:
    values, log = [], []
    given = {dose.name for dose in task.doses}
    for stretch, result in zip(task.stretches, results, strict=True):
        values.append(result.values[:, : stretch.n_outputs])
        if stretch.begin > -math.inf:
            log.append(LogEntry(stretch.begin, RESET))
        # what a model schedules for the very time of the reset happens after it
        log += [entry for entry in result.log if entry.time < stretch.end or entry.name in given]
    failed = next((one for one in results if one.status is not Status.OK), results[0])
    return SubjectResult(
        np.concatenate(values, axis=1),
        failed.status,
        failed.message,
        log,
        sum(one.n_steps for one in results),
        results[0].tracked,
    )
