"""Subjects that stop on the way: checkpoints, and decisions that depend on what is seen."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from livingdrug.solve.backends.base import SubjectResult, SubjectTask
from livingdrug.solve.backends.native import places
from livingdrug.solve.backends.native.backend import collect
from livingdrug.solve.backends.native.kernel import NativeKernel
from livingdrug.solve.backends.native.loop.tables import FOLLOWING, LOG, LOGGED, RECORD, Job
from livingdrug.solve.backends.native.prepare import Rooms, make_job
from livingdrug.solve.backends.pauses import (
    check_fits,
    check_later,
    check_slot,
    dose_place,
    output_place,
    standing_rows,
)

__all__ = ["NativeSession"]

_ROOMS = Rooms(256, 64)
_CURSOR = 1
"""Place of the next record among the numbers of a paused subject; see `loop/filling.py`."""

_GROWING = ("records", "log")
"""Tables that have no size of their own."""
_CHECKPOINT = ("rates", "rows", "values", "tracked", "log", "saved", "now", "counts", "records")


class NativeSession:
    """A run that is advanced piece by piece.

    At a pause every subject stands on the same day. Its outputs can be read, and doses,
    states and constants changed, before the run goes on. What is reported for that day is the
    value after such changes. A pause ends a step; values agree with those of a run without it to
    the tolerance, and to the bit where the day is a stop already (a dose, say).

    Parameters
    ----------
    kernel : NativeKernel
    tasks : sequence of SubjectTask
    checkpoint : mapping from str to ndarray, optional
        What `checkpoint` of a session of the same kernel and tasks returned.

    Examples
    --------
    >>> session = NativeSession(kernel, tasks)  # doctest: +SKIP
    >>> session.advance(7.0)  # doctest: +SKIP
    >>> hot = np.flatnonzero(session.now("temperature") > 38.0)  # doctest: +SKIP
    >>> session.give(hot, "tocilizumab", 560.0)  # doctest: +SKIP
    >>> results = session.finish()  # doctest: +SKIP
    """

    def __init__(
        self,
        kernel: NativeKernel,
        tasks: Sequence[SubjectTask],
        checkpoint: Mapping[str, NDArray[np.generic]] | None = None,
    ) -> None:
        self.kernel = kernel
        self.tasks = list(tasks)
        self._job, self._refusals = make_job(kernel, self.tasks, _ROOMS, until=-math.inf)
        self._added: list[tuple[NDArray[np.int64], NDArray[np.void]]] = []
        if checkpoint is not None:
            self._restore(checkpoint)

    @property
    def day(self) -> float:
        """The day of the pause; minus infinity before the first."""
        return self._job.until

    @property
    def running(self) -> NDArray[np.bool_]:
        """Which subjects have neither failed nor reached their end, shape (n_subjects,)."""
        running: NDArray[np.bool_] = self._job.rows["phase"] != 2
        return running

    def now(self, name: str) -> NDArray[np.float64]:
        """Return an output at the pause, before anything that is added there.

        Parameters
        ----------
        name : str

        Returns
        -------
        ndarray, shape (n_subjects,)
            NaN for subjects that do not run.

        Raises
        ------
        UnknownNameError
            When the model reports no such quantity.
        """
        place = output_place(self.kernel.system, name)
        return np.where(self._job.rows["phase"] == 1, self._job.now[:, place], np.nan)

    def give(self, rows: ArrayLike, dose: str, amount: ArrayLike) -> None:
        """Give boluses at the pause.

        Parameters
        ----------
        rows : int or array_like of int
            Positions of the subjects.
        dose : str
        amount : float or array_like, the shape of `rows`
            In the unit of the dose.

        Raises
        ------
        UnknownNameError, OptionError
            When the model has no such dose, or a subject does not stand at a pause.
        """
        place = dose_place(self.kernel.system, dose)
        name = len(self.kernel.system.events) + place
        self._add(rows, amount, places.BOLUS, place, name)

    def set(self, rows: ArrayLike, name: str, values: ArrayLike) -> None:
        """Set a state, in the unit of its slot, or a constant at the pause.

        Parameters
        ----------
        rows : int or array_like of int
            Positions of the subjects.
        name : str
        values : float or array_like, the shape of `rows`

        Raises
        ------
        UnknownNameError, OptionError
            When there is no such state or constant, or the subject does not stand at a pause.
        """
        layout = self.kernel.system.layout
        check_slot(layout, name)
        if name in layout.state_index:
            kind, index = places.SET_STATE, layout.state_index[name]
        else:
            kind, index = places.SET_CONSTANT, layout.constant_index[name]
        self._add(rows, values, kind, index, -1)

    def _add(self, rows: ArrayLike, values: ArrayLike, kind: int, index: int, name: int) -> None:
        chosen = standing_rows(rows, self._job.rows["phase"] == 1, "subject")
        added = np.zeros(chosen.size, dtype=RECORD)
        added["time"], added["value"] = self.day, values
        added["kind"], added["index"], added["name"] = kind, index, name
        self._added.append((chosen, added))

    def advance(self, until: float) -> None:
        """Run every subject to a day, or to its end where that comes first.

        Parameters
        ----------
        until : float
            Later than the pause; infinity ends the run.

        Raises
        ------
        OptionError
            When the day is not later than the present one.
        """
        check_later(until, self.day)
        from livingdrug.solve.backends.native.loop.driver import run_lanes

        self._merge()
        self._make_room()
        self._job = self._job._replace(until=float(until))
        self._job.counts[FOLLOWING] = 0
        loop: Callable[[Job], None] = run_lanes
        loop(self._job)

    def finish(self) -> list[SubjectResult]:
        """Run to the end and return what came out.

        Returns
        -------
        list of SubjectResult
        """
        self.advance(math.inf)
        return collect(self.kernel, self._job, self._refusals)

    def _merge(self) -> None:
        """Put what was added before the records that are still to come."""
        if not self._added:
            return
        job, table = self._job, self._job.subjects
        rows = np.concatenate([rows for rows, _ in self._added])
        added = np.concatenate([records for _, records in self._added])
        paused = job.rows["phase"] == 1
        first = np.where(paused, job.saved[:, _CURSOR], table["record_start"]).astype(np.int64)
        left = table["record_end"] - first
        more = np.bincount(rows, minlength=len(self.tasks))
        start = np.cumsum(more + left) - (more + left)
        merged = np.zeros(int(more.sum() + left.sum()), dtype=RECORD)
        merged[_runs(start, more)] = added[np.argsort(rows, kind="stable")]
        merged[_runs(start + more, left)] = job.records[_runs(first, left)]
        table["record_start"], table["record_end"] = start, start + more + left
        job.saved[paused, _CURSOR] = start[paused]
        self._job = job._replace(records=merged)
        self._added = []

    def _make_room(self) -> None:
        """Let the event log hold what a stretch may add, however many there were before."""
        job, room = self._job, _ROOMS.log * len(self.tasks)
        if job.log.size - int(job.counts[LOGGED]) < room // 2:
            self._job = job._replace(log=np.concatenate([job.log, np.zeros(room, dtype=LOG)]))

    def checkpoint(self) -> dict[str, NDArray[np.generic]]:
        """Return everything that a session of the same kernel and tasks needs to go on.

        Returns
        -------
        dict from str to ndarray
            Plain arrays, as for `numpy.savez`.
        """
        self._merge()
        kept = {name: np.array(getattr(self._job, name)) for name in _CHECKPOINT}
        kept |= {name: self._job.subjects[name].copy() for name in ("record_start", "record_end")}
        return kept | {"until": np.array(self.day)}

    def _restore(self, checkpoint: Mapping[str, NDArray[np.generic]]) -> None:
        values = {name: np.array(checkpoint[name]) for name in _CHECKPOINT}
        for name, array in values.items():
            if name not in _GROWING:
                check_fits(name, array, getattr(self._job, name))
        for name in ("record_start", "record_end"):
            self._job.subjects[name] = checkpoint[name]
        until = float(np.asarray(checkpoint["until"], dtype=np.float64))
        self._job = Job(**{**self._job._asdict(), **values, "until": until})


def _runs(first: NDArray[np.int64], length: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the places of runs that start at `first`, one run after the other."""
    before = np.cumsum(length) - length
    places: NDArray[np.int64] = np.repeat(first - before, length) + np.arange(int(length.sum()))
    return places
