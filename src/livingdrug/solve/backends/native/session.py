"""Subjects that stop on the way: checkpoints, and decisions that depend on what is seen."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from livingdrug.core.errors import OptionError, UnknownNameError, unknown_name
from livingdrug.solve.backends.base import SubjectResult, SubjectTask
from livingdrug.solve.backends.native import places
from livingdrug.solve.backends.native.backend import collect
from livingdrug.solve.backends.native.kernel import NativeKernel
from livingdrug.solve.backends.native.loop.tables import FOLLOWING, RECORD, Job
from livingdrug.solve.backends.native.prepare import Rooms, make_job

__all__ = ["NativeSession"]

_ROOMS = Rooms(256, 64)
_CURSOR = 1
"""Place of the next record among the numbers of a paused subject; see `loop/filling.py`."""

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
    >>> for row in np.flatnonzero(session.now("temperature") > 38.0):  # doctest: +SKIP
    ...     session.give(row, "tocilizumab", 560.0)
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
        self._added: dict[int, list[tuple[float, float, int, int, int]]] = {}
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
        names = [slot.name for slot in self.kernel.system.outputs]
        if name not in names:
            raise UnknownNameError([unknown_name("quantity", name, names)])
        return np.where(self._job.rows["phase"] == 1, self._job.now[:, names.index(name)], np.nan)

    def give(self, row: int, dose: str, amount: float) -> None:
        """Give a bolus at the pause.

        Parameters
        ----------
        row : int
            Position of the subject.
        dose : str
        amount : float
            In the unit of the dose.

        Raises
        ------
        UnknownNameError, OptionError
            When the model has no such dose, or the subject does not stand at a pause.
        """
        doses = list(self.kernel.system.doses)
        if dose not in doses:
            raise UnknownNameError([unknown_name("dose", dose, doses)])
        place = doses.index(dose)
        name = len(self.kernel.system.events) + place
        self._add(row, (self.day, float(amount), places.BOLUS, place, name))

    def set(self, row: int, name: str, value: float) -> None:
        """Set a state, in the unit of its slot, or a constant at the pause.

        Parameters
        ----------
        row : int
        name : str
        value : float

        Raises
        ------
        UnknownNameError, OptionError
            When there is no such state or constant, or the subject does not stand at a pause.
        """
        layout = self.kernel.system.layout
        if name in layout.state_index:
            kind, index = places.SET_STATE, layout.state_index[name]
        elif name in layout.constant_index:
            kind, index = places.SET_CONSTANT, layout.constant_index[name]
        else:
            known = [*layout.state_index, *layout.constant_index]
            raise UnknownNameError([unknown_name("state or constant", name, known)])
        self._add(row, (self.day, float(value), kind, index, -1))

    def _add(self, row: int, record: tuple[float, float, int, int, int]) -> None:
        if not (0 <= row < len(self.tasks) and self._job.rows["phase"][row] == 1):
            raise OptionError(f"subject {row} does not stand at a pause: it has ended or failed")
        self._added.setdefault(row, []).append(record)

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
        if not until > self.day:
            raise OptionError(f"until = {until:g} must be later than day {self.day:g}")
        from livingdrug.solve.backends.native.loop.driver import run_lanes

        self._merge()
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
        job, table, parts, size = self._job, self._job.subjects, [], 0
        for row in range(len(self.tasks)):
            paused = job.rows["phase"][row] == 1
            first = int(job.saved[row, _CURSOR]) if paused else int(table["record_start"][row])
            added = np.array(self._added.get(row, []), dtype=RECORD)
            part = np.concatenate([added, job.records[first : int(table["record_end"][row])]])
            table["record_start"][row], table["record_end"][row] = size, size + part.size
            if paused:
                job.saved[row, _CURSOR] = size
            parts.append(part)
            size += part.size
        self._job = job._replace(records=np.concatenate(parts))
        self._added = {}

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
            expected = getattr(self._job, name)
            if name != "records" and (array.shape, array.dtype) != (expected.shape, expected.dtype):
                raise OptionError(
                    f"the checkpoint holds {name} of shape {array.shape}, {expected.shape} "
                    "expected: it belongs to other subjects, another model or another version"
                )
        for name in ("record_start", "record_end"):
            self._job.subjects[name] = checkpoint[name]
        until = float(np.asarray(checkpoint["until"], dtype=np.float64))
        self._job = Job(**{**self._job._asdict(), **values, "until": until})
