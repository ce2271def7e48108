"""Clones on the native engine: the model between pauses, the law of branching at them."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np
from numpy.typing import NDArray

from livingdrug.core.errors import (
    CapabilityError,
    DataError,
    OptionError,
    UnknownNameError,
    unknown_name,
)
from livingdrug.solve.backends.base import (
    OutputRequest,
    Plan,
    Progress,
    SubjectResult,
    SubjectTask,
)
from livingdrug.solve.backends.chunks import run_in_chunks
from livingdrug.solve.backends.native.backend import NativeBackend
from livingdrug.solve.backends.native.kernel import NativeKernel
from livingdrug.solve.backends.native.session import NativeSession
from livingdrug.solve.clones.history import History
from livingdrug.solve.clones.law import StepLaw, mean_fitness
from livingdrug.solve.clones.product import Product, clone_generator
from livingdrug.solve.clones.record import Clones
from livingdrug.solve.plan import default_atol
from livingdrug.system.clonal import ARRIVED, FITNESS, KEPT, ClonalModel, clonal_model
from livingdrug.system.compile import compile_model
from livingdrug.system.system import System

__all__ = ["ClonalBackend"]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

_CHUNK = 512
_CHUNK_BYTES = 2**28
"""Of the sizes that the subjects of one chunk keep; results do not depend on it."""
MOST_BYTES = 2**31
"""Of the sizes of one subject and replicate."""
_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class ClonalKernel:
    """The model with its bookkeeping, compiled, and its way back to the model itself.

    Attributes
    ----------
    kernel : NativeKernel
    clonal : ClonalModel
    law : StepLaw
    clones : Clones
    places : ndarray of int
        Of each output of the model among those of the inner one.
    constants : ndarray of int
        The same of constants.
    start : ndarray
        Constants of the inner model.
    per_unit : ndarray, shape (n_species,)
        Cells of one unit of each species.
    """

    kernel: NativeKernel
    clonal: ClonalModel
    law: StepLaw
    clones: Clones
    places: NDArray[np.int64]
    constants: NDArray[np.int64]
    start: FloatArray
    per_unit: FloatArray


class ClonalBackend:
    """Clones of a product, in the environment that the model makes of them."""

    name = "clonal"

    def prepare(self, system: System, plan: Plan) -> object:
        """Build the bookkeeping of clones into a system, and compile it.

        Parameters
        ----------
        system : System
        plan : Plan

        Returns
        -------
        ClonalKernel

        Raises
        ------
        CapabilityError
            Naming everything that has no reading per cell of a clone.
        UnknownNameError
            When an option names a species that is not there.
        """
        clones, layout = plan.clones, system.layout
        if clones is None:
            raise OptionError("method 'clones' needs to know of which clones: clones=Clones(...)")
        turnover = plan.stochastic.turnover
        unknown = [
            unknown_name("species", name, layout.state_index, where=where)
            for where, names in (("clones", clones.species), ("stochastic", turnover))
            for name in names
            if name not in layout.state_index
        ]
        if unknown:
            raise UnknownNameError(unknown)
        clonal = clonal_model(system.model, tuple(clones.species), turnover)
        inner = compile_model(clonal.model)
        names = [slot.name for slot in inner.outputs]
        start = np.zeros(len(inner.layout.constants))
        for item in clonal.model.parameters:
            if item.name in inner.layout.constant_index:
                start[inner.layout.constant_index[item.name]] = item.value
        native = dataclasses.replace(
            plan, atol=_atol(system, plan, inner, clonal), extinction=_thresholds(
                system, plan, inner, clonal
            ),
        )  # fmt: skip
        return ClonalKernel(
            cast("NativeKernel", NativeBackend().prepare(inner, native)),
            clonal,
            StepLaw(clonal.channels, len(clonal.species)),
            clones,
            np.array([names.index(slot.name) for slot in system.outputs]),
            np.array([inner.layout.constant_index[name] for name in layout.constants], dtype=int),
            start,
            np.array([clonal.model.species_named(s).count_per_unit for s in clonal.species]),
        )

    def run(
        self, kernel: object, tasks: list[SubjectTask], progress: Progress | None = None
    ) -> list[SubjectResult]:
        """Run every replicate of every subject.

        Parameters
        ----------
        kernel : ClonalKernel
        tasks : list of SubjectTask
        progress : callable, optional

        Returns
        -------
        list of SubjectResult
            In the order of the tasks.

        Raises
        ------
        DataError
            When a product holds fewer cells than clones, or a dose makes cells of no clone.
        CapabilityError
            When cells are infused over time.
        OptionError
            When the sizes of all clones at all times do not fit into memory.
        """
        made = cast("ClonalKernel", kernel)
        _check_room(made.clones, tasks)
        _check_doses(made, tasks)
        # all that pause together do so on the same days, whoever else is simulated
        groups: dict[tuple[float, ...], list[int]] = {}
        for row, task in enumerate(tasks):
            groups.setdefault(_days(task, made.clones.step), []).append(row)
        results: list[SubjectResult] = [SubjectResult(np.empty((0, 0)))] * len(tasks)
        for days, rows in groups.items():
            size = 8 * made.clones.total * (len(tasks[rows[0]].outputs.times) + 8)
            chunk = max(1, min(_CHUNK, _CHUNK_BYTES // size))
            found = run_in_chunks(
                lambda part, days=days: _run_chunk(made, part, days),  # type: ignore[misc]
                [tasks[row] for row in rows],
                chunk,
                made.kernel.plan.threads,
                progress,
            )
            for row, result in zip(rows, found, strict=True):
                results[row] = result
        return results


def _days(task: SubjectTask, step: float) -> tuple[float, ...]:
    """Return the days of pauses: a grid, every output, every dose; one more than is reported."""
    times = task.outputs.times
    last = float(times[-1])
    grid = task.start + step * np.arange(1, int(np.ceil((last - task.start) / step)) + 1)
    doses = [dose.time for dose in task.doses if task.start < dose.time <= last]
    days = np.unique(np.concatenate([[task.start], grid[grid < last], doses, times]))
    # a grid and a list of times may name one day in two ways
    far = np.concatenate([[True], np.diff(days) > _ROUNDING])
    exact = np.isin(days, times) | np.isin(days, doses)
    return tuple(days[far | exact].tolist())


def _run_chunk(
    kernel: ClonalKernel, tasks: list[SubjectTask], days: tuple[float, ...]
) -> list[SubjectResult]:
    later = days[-1] + kernel.clones.step  # what has ended cannot be changed any more
    session = NativeSession(kernel.kernel, [_inner(kernel, task, later) for task in tasks])
    runs = [_Run(kernel, row, task) for row, task in enumerate(tasks)]
    before: FloatArray | None = None
    lengths = np.diff([*days, later]).tolist()
    for place, (day, ahead) in enumerate(zip(days, lengths, strict=True)):
        session.advance(day)
        accounts = _accounts(kernel, session)
        running = session.running
        totals = np.stack([session.now(name) for name in kernel.clonal.species], axis=1)
        integrals = np.stack(
            [session.now(channel.integral) for channel in kernel.clonal.channels], axis=1
        ) if kernel.clonal.channels else np.zeros((len(tasks), 0))  # fmt: skip
        for run in runs:
            if not running[run.row]:
                continue
            if before is None:
                run.begin(totals[run.row])
            else:
                run.step(integrals[run.row] - before[run.row], accounts[:, run.row])
            run.note(day)
        # rates per cell of the last step are the best guess of those of the next
        ratio = ahead / lengths[place - 1] if place else 0.0
        _set(kernel, session, [run for run in runs if running[run.row]], accounts, ratio)
        before = integrals
    results = session.finish()
    for run, result, task in zip(runs, results, tasks, strict=True):
        result.values = result.values[kernel.places][:, : task.outputs.times.size]
        result.log = [entry for entry in result.log if entry.time <= days[-1]]
        if not result.status:
            result.clones = run.history.seen(run.product.fitness)
    return results


def _inner(kernel: ClonalKernel, task: SubjectTask, later: float) -> SubjectTask:
    constants = kernel.start.copy()
    constants[kernel.constants] = task.constants
    request = OutputRequest(
        np.append(task.outputs.times, later), np.append(task.outputs.left, False)
    )
    return dataclasses.replace(task, constants=constants, outputs=request)


def _accounts(kernel: ClonalKernel, session: NativeSession) -> FloatArray:
    """Return what doses left and brought of each species, shape (2, n_tasks, n_species)."""
    n, species = len(session.tasks), kernel.clonal.species
    found = np.empty((2, n, len(species)))
    for which, (form, nothing) in enumerate(((KEPT, 1.0), (ARRIVED, 0.0))):
        for place, name in enumerate(species):
            account = form.format(name)
            known = account in kernel.clonal.accounts
            found[which, :, place] = session.now(account) if known else nothing
    return found


def _set(
    kernel: ClonalKernel,
    session: NativeSession,
    runs: Sequence[_Run],
    accounts: FloatArray,
    ratio: float,
) -> None:
    """Let the model go on from the sums and the mean fitness of the clones.

    `ratio` is the length of the next step by that of the last.
    """
    if not runs:
        return
    clonal, rows = kernel.clonal, np.array([run.row for run in runs])
    totals = np.stack([run.cells.sum(axis=1) for run in runs]).astype(np.float64)
    fitness = np.array([run.fitness(ratio) for run in runs])
    for place, name in enumerate(clonal.species):
        session.set(rows, name, totals[:, place] * clonal.entities[place])
        session.set(rows, FITNESS.format(name), fitness[:, place])
        for account, form, nothing in zip(accounts, (KEPT, ARRIVED), (1.0, 0.0), strict=True):
            changed = rows[account[rows, place] != nothing]
            if changed.size:
                session.set(changed, form.format(name), np.full(changed.size, nothing))


class _Run:
    """The clones of one subject and replicate."""

    def __init__(self, kernel: ClonalKernel, row: int, task: SubjectTask) -> None:
        self.kernel, self.row, self.task = kernel, row, task
        self.product = Product(kernel.clones, kernel.kernel.plan.seed, task.label)
        self.rng = clone_generator(kernel.kernel.plan.seed, task.label, task.replicate, "fate")
        self.cells = np.zeros((len(kernel.clonal.species), kernel.clones.total), dtype=np.int64)
        self.history = History(kernel.clones, task.outputs.times.size)
        self._expected = np.zeros(len(kernel.clonal.species))

    def begin(self, totals: FloatArray) -> None:
        """Share out the cells that are there at the start."""
        self._give(totals)

    def step(self, rates: FloatArray, accounts: FloatArray) -> None:
        """Draw what has become of every clone, then do what doses of the day have done."""
        rates = np.maximum(rates, 0.0)  # an integral may end a rounding below where it was
        self.cells = self.kernel.law.draw(self.rng, self.cells, self.product.fitness, rates)
        self._expected = self.kernel.law.of_kind("division", rates)
        kept, arrived = accounts
        if (kept != 1.0).any():
            self._thin(kept)
        if (arrived != 0.0).any():
            self._give(arrived)

    def _thin(self, kept: FloatArray) -> None:
        if (kept > 1.0 + _ROUNDING).any():
            raise DataError(
                f"subject {self.task.label}: a dose sets "
                f"{self.kernel.clonal.species[int(np.argmax(kept))]} to more than there was; which "
                "clones these cells are of is not known"
            )
        for place, part in enumerate(kept.tolist()):
            if part != 1.0:
                self.cells[place] = self.rng.binomial(self.cells[place], min(part, 1.0))

    def _give(self, amounts: FloatArray) -> None:
        arrived = np.rint(np.maximum(amounts, 0.0) * self.kernel.per_unit).astype(np.int64)
        self.cells += self.product.give(self.rng, arrived)

    def note(self, day: float) -> None:
        """Keep the sizes where the course reports them."""
        for place in np.flatnonzero(self.task.outputs.times == day).tolist():
            self.history.note(place, self.cells.sum(axis=0))

    def fitness(self, ratio: float) -> list[float]:
        """Return the mean fitness of each species over the next step."""
        found = []
        for cells, births in zip(self.cells, self._expected.tolist(), strict=True):
            # cells that a species has not yet got will come from the others
            sizes = cells if cells.any() else self.cells.sum(axis=0)
            found.append(mean_fitness(sizes, self.product.fitness, births * ratio))
        return found


def _check_room(clones: Clones, tasks: Sequence[SubjectTask]) -> None:
    n_times = max(task.outputs.times.size for task in tasks)
    size = 8 * clones.total * n_times
    if size > MOST_BYTES:
        raise OptionError(
            f"{clones.total:,} clones x {n_times} times need {size / 2**30:.3g} GiB, more than "
            f"{MOST_BYTES / 2**30:.0f} GiB; ask for fewer clones or times"
        )


def _check_doses(kernel: ClonalKernel, tasks: Sequence[SubjectTask]) -> None:
    for task in tasks:
        for dose in task.doses:
            if dose.duration > 0.0 and dose.name in kernel.clonal.product_doses:
                raise CapabilityError(
                    f"subject {task.label}: dose {dose.name!r} brings cells over {dose.duration:g} "
                    "days; with clones they come at once: give a duration of 0"
                )


def _atol(system: System, plan: Plan, inner: System, clonal: ClonalModel) -> FloatArray:
    index, atol = system.layout.state_index, np.empty(inner.n_states)
    for place, slot in enumerate(inner.layout.states):
        if slot.name in index and slot.name not in clonal.species:
            atol[place] = plan.atol[index[slot.name]]
        elif slot.name in index:
            given = plan.atol[index[slot.name]]
            was_log = system.layout.states[index[slot.name]].log_state
            atol[place] = default_atol(inner, place, plan.rtol) if was_log else given
        else:
            atol[place] = plan.rtol  # integrals of rates per cell are about 1
    return atol


def _thresholds(system: System, plan: Plan, inner: System, clonal: ClonalModel) -> FloatArray:
    index, below = system.layout.state_index, np.full(inner.n_states, np.nan)
    for place, slot in enumerate(inner.layout.states):
        if slot.name in index and slot.name not in clonal.species:
            below[place] = plan.extinction[index[slot.name]]
    return below
