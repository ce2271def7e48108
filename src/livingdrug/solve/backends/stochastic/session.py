"""Jumps that stop on the way: checkpoints, and changes that depend on what is seen."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from livingdrug.core.errors import OptionError
from livingdrug.model.expression.nodes import multiply
from livingdrug.solve.backends.base import SubjectResult, SubjectTask
from livingdrug.solve.backends.pauses import (
    check_fits,
    check_later,
    check_slot,
    dose_place,
    output_place,
    standing_rows,
)
from livingdrug.solve.backends.stochastic.backend import (
    collect,
    make_clocks,
    make_job,
    run_job,
    starts_of,
)
from livingdrug.solve.backends.stochastic.kernel import JumpKernel
from livingdrug.solve.backends.stochastic.starts import whole_entities
from livingdrug.solve.backends.stochastic.tables import (
    COUNTS,
    DAY,
    DRAWN,
    ENDED,
    FULL,
    LOG,
    LOGGED,
    NEXT,
    PAUSED,
    TOUCHED,
)
from livingdrug.system.blocks import Block
from livingdrug.system.printers.python import load_block
from livingdrug.system.system import TargetProgram

__all__ = ["JumpSession"]

_ROOM = 64
"""Entries of the event log per task that an advance starts with; more where they do not do."""
_KEPT = ("tasks", "values", "tracked", "counters", "phase", "saved", "log")


class JumpSession:
    """Replicates that are advanced piece by piece.

    At a pause every task stands on the same day. What it reports can be read, and doses, counts
    and constants changed, before the run goes on. What is reported for that day is the value after
    such changes. Exact methods give the bits of a run without the pause; a pause ends a leap.

    Parameters
    ----------
    kernel : JumpKernel
    tasks : sequence of SubjectTask
        One for each subject and replicate.
    checkpoint : mapping from str to ndarray, optional
        What `checkpoint` of a session of the same kernel and tasks returned.
    """

    def __init__(
        self,
        kernel: JumpKernel,
        tasks: Sequence[SubjectTask],
        checkpoint: Mapping[str, NDArray[np.generic]] | None = None,
    ) -> None:
        self.kernel, self.tasks = kernel, list(tasks)
        self._starts = starts_of(kernel, self.tasks)
        self._job = make_job(kernel, self.tasks, self._starts, _ROOM, pauses=True)
        self._job = self._job._replace(until=-math.inf)
        self._clocks = make_clocks(kernel, len(self.tasks)) if kernel.by_clocks else None
        if checkpoint is not None:
            self._restore(checkpoint)

    @property
    def day(self) -> float:
        """The day of the pause; minus infinity before the first."""
        return self._job.until

    @property
    def running(self) -> NDArray[np.bool_]:
        """Which tasks have neither failed nor reached their end, shape (n_tasks,)."""
        job = self._job
        running: NDArray[np.bool_] = (job.phase != ENDED) & (job.tasks["status"] == 0)
        return running

    def advance(self, until: float) -> None:
        """Run every task to a day, or to its end where that comes first.

        Parameters
        ----------
        until : float
            Later than the pause and than the start of every task; infinity ends the run.

        Raises
        ------
        OptionError
            When the day is not later.
        """
        check_later(until, max([self.day, *(task.start for task in self.tasks)]))
        before = self._state()
        room = _ROOM * len(self.tasks)
        while True:
            job = self._job
            log = np.concatenate([job.log[: int(job.counters[LOGGED])], np.zeros(room, dtype=LOG)])
            job = self._job = job._replace(log=log, until=float(until))
            job.counters[NEXT] = job.counters[FULL] = 0
            run_job(self.kernel, job, self._clocks)
            if not job.counters[FULL]:
                return
            self._put(before)
            room *= 16

    def now(self, name: str) -> NDArray[np.float64]:
        """Return an output at the pause, as it stands.

        Parameters
        ----------
        name : str

        Returns
        -------
        ndarray, shape (n_tasks,)
            NaN for tasks that do not run.

        Raises
        ------
        UnknownNameError
            When the model reports no such quantity.
        """
        system, job = self.kernel.system, self._job
        node = system.blocks["outputs"].outputs[output_place(system, name)]
        value = load_block(Block("now", (name,), (node,)), system.layout)
        found = np.full(len(self.tasks), np.nan)
        for row in np.flatnonzero(job.phase == PAUSED).tolist():
            amounts, constants = self._held(row)
            found[row] = value(self.day, amounts, constants, [])[0]
        return found

    def give(self, rows: ArrayLike, dose: str, amount: ArrayLike) -> None:
        """Give boluses at the pause.

        Parameters
        ----------
        rows : int or array_like of int
            Positions of the tasks.
        dose : str
        amount : float or array_like, the shape of `rows`
            In the unit of the dose.

        Raises
        ------
        UnknownNameError, OptionError
            When the model has no such dose, a task does not stand at a pause, or what is counted
            does not come whole; nothing has been changed then.
        """
        place = dose_place(self.kernel.system, dose)
        chosen, amounts = self._chosen(rows, amount)
        targets = self.kernel.system.doses[dose]
        nodes = tuple(multiply(t.value, t.scale) if t.has_size else t.value for t in targets)
        labels = tuple(target.quantity for target in targets)
        value = load_block(Block(dose, labels, nodes), self.kernel.system.layout)
        written = []
        for row, size in zip(chosen, amounts, strict=True):
            held, constants = self._held(row)
            given = value(self.day, held, constants, [], size)
            pairs = zip(targets, given, strict=True)
            written.append([self._place(row, target, part) for target, part in pairs])
        entries = np.zeros(len(chosen), dtype=LOG)
        entries["task"], entries["time"] = chosen, self.day
        entries["name"] = self.kernel.system.n_states + place
        for row, places in zip(chosen, written, strict=True):
            for at, number in places:
                self._write(row, at, number)
        self._note(entries)

    def set(self, rows: ArrayLike, name: str, values: ArrayLike) -> None:
        """Set a population, in the unit of its slot, or a constant at the pause.

        Parameters
        ----------
        rows : int or array_like of int
            Positions of the tasks.
        name : str
        values : float or array_like, the shape of `rows`

        Raises
        ------
        UnknownNameError, OptionError
            As for `give`.
        """
        layout = self.kernel.system.layout
        check_slot(layout, name)
        chosen, numbers = self._chosen(rows, values)
        state = layout.state_index.get(name, -1)
        written = []
        for row, number in zip(chosen, numbers, strict=True):
            at = COUNTS + len(layout.states) + layout.constant_index.get(name, 0)
            if state >= 0:
                at, number = COUNTS + state, self._counted(row, state, number)  # noqa: PLW2901
            written.append((row, at, number))
        for row, at, number in written:
            self._write(row, at, number)

    def finish(self) -> list[SubjectResult]:
        """Run to the end and return what came out.

        Returns
        -------
        list of SubjectResult
        """
        self.advance(math.inf)
        return collect(self.kernel, self.tasks, self._job, self._starts)

    def checkpoint(self) -> dict[str, NDArray[np.generic]]:
        """Return everything that a session of the same kernel and tasks needs to go on.

        Returns
        -------
        dict from str to ndarray
            Plain arrays, as for `numpy.savez`.
        """
        return self._state() | {"until": np.array(self.day)}

    # -- changes at a pause -----------------------------------------------------------------------

    def _chosen(self, rows: ArrayLike, values: ArrayLike) -> tuple[list[int], list[float]]:
        chosen = standing_rows(rows, self._job.phase == PAUSED, "task")
        numbers = np.broadcast_to(np.asarray(values, dtype=np.float64), chosen.shape)
        return chosen.tolist(), numbers.tolist()

    def _held(self, row: int) -> tuple[list[float], list[float]]:
        """Return the amounts and the constants of a paused task."""
        n, p = self.kernel.system.n_states, len(self.kernel.system.layout.constants)
        saved = self._job.saved[row]
        amounts = saved[COUNTS : COUNTS + n] * np.array(self.kernel.entities)
        return amounts.tolist(), saved[COUNTS + n : COUNTS + n + p].tolist()

    def _counted(self, row: int, state: int, amount: float) -> float:
        whole = self.kernel.plan.stochastic.initial == "whole"
        entities = amount / self.kernel.entities[state]
        count = whole_entities(entities, whole=whole)
        if count is None:
            name = self.kernel.system.layout.states[state].name
            raise OptionError(
                f"task {row}, {name}: {entities:g} entities, which is no whole number of 0 or more"
            )
        return count

    def _place(self, row: int, target: TargetProgram, value: float) -> tuple[int, float]:
        """Return where a part of a dose is written, and the number that is there then."""
        n, saved = self.kernel.system.n_states, self._job.saved[row]
        at = COUNTS + (target.state if target.state >= 0 else n + target.constant)
        if target.state >= 0:
            value = self._counted(row, target.state, value)
        return at, value if target.mode == "assign" else float(saved[at]) + value

    def _write(self, row: int, at: int, number: float) -> None:
        n, p = self.kernel.system.n_states, len(self.kernel.system.layout.constants)
        saved = self._job.saved[row]
        saved[at] = number
        if at < COUNTS + n:
            saved[at + n + p] = float(number > 0.0)
        if saved[TOUCHED] == 0.0:
            # the wait that was drawn belonged to what held before
            saved[TOUCHED], saved[DAY], saved[DRAWN] = 1.0, self.day, saved[DRAWN] + 1.0

    def _note(self, entries: NDArray[np.void]) -> None:
        job = self._job
        log = np.concatenate([job.log[: int(job.counters[LOGGED])], entries])
        job.counters[LOGGED] = log.size
        self._job = job._replace(log=log)

    # -- state ------------------------------------------------------------------------------------

    def _state(self) -> dict[str, NDArray[np.generic]]:
        kept = {name: np.array(getattr(self._job, name)) for name in _KEPT}
        if self._clocks is not None:
            kept["clocks"] = self._clocks.saved.copy()
        return kept

    def _put(self, state: Mapping[str, NDArray[np.generic]]) -> None:
        for name in _KEPT:
            if name == "log":
                self._job = self._job._replace(log=np.array(state[name]))
            else:
                getattr(self._job, name)[...] = state[name]
        if self._clocks is not None:
            self._clocks.saved[...] = state["clocks"]

    def _restore(self, checkpoint: Mapping[str, NDArray[np.generic]]) -> None:
        for name, now in self._state().items():
            found = np.asarray(checkpoint[name]) if name in checkpoint else np.empty(0)
            if name != "log":
                check_fits(name, found, now)
        self._put(checkpoint)
        self._job = self._job._replace(until=float(np.asarray(checkpoint["until"])))
