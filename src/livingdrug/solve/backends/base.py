"""What a backend receives and gives back: plain arrays and records, no xarray, no names."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from livingdrug.core.errors import CapabilityError
from livingdrug.core.status import Status
from livingdrug.solve.clones.history import Seen
from livingdrug.solve.clones.record import Clones
from livingdrug.solve.methods import Method
from livingdrug.solve.stochastic import Stochastic
from livingdrug.system.system import System

__all__ = [
    "TRACKED",
    "AbstractBackend",
    "DoseRecord",
    "KnotRecord",
    "LogEntry",
    "OtherEngineError",
    "OutputRequest",
    "Plan",
    "Progress",
    "Stretch",
    "SubjectResult",
    "SubjectTask",
    "Tracker",
]

FloatArray = NDArray[np.float64]
Progress = Callable[[int], None]
"""Called with the number of subjects finished since the last call."""


@dataclass(frozen=True, slots=True)
class DoseRecord:
    """One administration.

    Attributes
    ----------
    name : str
        Of a dose definition of the model.
    time : float
        day
    amount : float
        In the unit of the dose definition.
    duration : float
        day; 0 is a bolus.
    """

    name: str
    time: float
    amount: float
    duration: float = 0.0


@dataclass(frozen=True, slots=True)
class KnotRecord:
    """From `time` on the input numbered `place` follows ``level + slope * (t - time)``."""

    place: int
    time: float
    level: float
    slope: float


@dataclass(frozen=True, slots=True)
class OutputRequest:
    """Times at which values are wanted.

    Attributes
    ----------
    times : ndarray, shape (n_times,), day
        Increasing, equal times allowed.
    left : ndarray of bool, shape (n_times,)
        The value before inputs and events at that time, rather than after.
    """

    times: FloatArray
    left: NDArray[np.bool_]


TRACKED = (
    "maximum", "day of maximum", "minimum", "day of minimum", "auc", "first day above",
    "first day below", "first day back above",
)  # fmt: skip
"""What an engine keeps for every tracker, in this order.

The last one is minus infinity from the first value below the level until the return to it.
"""


@dataclass(frozen=True, slots=True)
class Tracker:
    """A quantity to follow along the interpolant of every step.

    Attributes
    ----------
    place : int
        Position among the outputs.
    start, end : float
        Period in days, both ends included. A jump inside it counts with both its values.
    level : float
        For the first day at or above it, at or below it, and at or above it after a value below
        it; in the unit of the quantity.
    """

    place: int
    start: float
    end: float
    level: float


@dataclass(frozen=True, slots=True)
class SubjectTask:
    """Everything about one subject.

    Attributes
    ----------
    label : int or str
    constants : ndarray, shape (n_constants,)
    start : float
        day
    doses : tuple of DoseRecord
        In record order.
    knots : tuple of KnotRecord
    outputs : OutputRequest
    replicate : int
    stretches : tuple of Stretch
        Of a subject that is set back; see `livingdrug.solve.stretches`. An engine runs each of
        them in place of the task and never sees this.
    """

    label: int | str
    constants: FloatArray
    start: float
    doses: tuple[DoseRecord, ...]
    knots: tuple[KnotRecord, ...]
    outputs: OutputRequest
    replicate: int = 0
    stretches: tuple[Stretch, ...] = ()


@dataclass(frozen=True, slots=True)
class Stretch:
    """What happens to a subject between two resets.

    Attributes
    ----------
    task : SubjectTask
        On the clock of the stretch.
    n_outputs : int
        How many of its outputs are asked for; one more may only bring it to its end.
    begin, end : float
        Days of the reset that begins it and of the one that ends it, infinite where there is none
        or, at the end, where time falls at it.
    """

    task: SubjectTask
    n_outputs: int
    begin: float
    end: float


@dataclass(frozen=True, slots=True)
class Plan:
    """How to integrate.

    Attributes
    ----------
    method : Method
    rtol : float
    atol : ndarray, shape (n_states,)
        In the unit of each state; of the logarithm for log states.
    extinction : ndarray, shape (n_states,)
        Threshold in the unit of the state's symbol; NaN where there is none.
    seed : int
        Orders simultaneous events of equal priority.
    max_steps : int
        Per subject.
    threads : int
    trackers : tuple of Tracker
    stochastic : Stochastic
        Of the methods that simulate jumps.
    clones : Clones or None
        Of the method that simulates clones.
    """

    method: Method
    rtol: float
    atol: FloatArray
    extinction: FloatArray
    seed: int
    max_steps: int
    threads: int = 1
    trackers: tuple[Tracker, ...] = ()
    stochastic: Stochastic = field(default_factory=Stochastic)
    clones: Clones | None = None


@dataclass(frozen=True, slots=True)
class LogEntry:
    """Something that happened: an event, a dose or an extinction."""

    time: float
    name: str


@dataclass(slots=True)
class SubjectResult:
    """What came out for one subject.

    Attributes
    ----------
    values : ndarray, shape (n_outputs, n_times)
        NaN after a failure.
    status : Status
    message : str
    log : list of LogEntry
    n_steps : int
    tracked : ndarray, shape (n_trackers, len(TRACKED))
        NaN after a failure, and not finite for a day that never came.
    clones : Seen or None
        What the method that simulates clones has seen of them.
    """

    values: FloatArray
    status: Status = Status.OK
    message: str = ""
    log: list[LogEntry] = field(default_factory=list)
    n_steps: int = 0
    tracked: FloatArray = field(default_factory=lambda: np.empty((0, len(TRACKED))))
    clones: Seen | None = None


class OtherEngineError(CapabilityError):
    """An engine cannot run a system by a method, and names another that can.

    Parameters
    ----------
    message : str
    engine : str
        The other one.
    """

    def __init__(self, message: str, engine: str) -> None:
        super().__init__(message)
        self.engine = engine


class AbstractBackend(Protocol):
    """An engine.

    A backend keeps no state between runs; `prepare` may cache what depends on the system alone.
    """

    name: str

    def prepare(self, system: System, plan: Plan) -> object:
        """Compile what does not depend on a subject."""
        ...

    def run(
        self, kernel: object, tasks: list[SubjectTask], progress: Progress | None = None
    ) -> list[SubjectResult]:
        """Run every subject; a failed one is marked, never raised."""
        ...
