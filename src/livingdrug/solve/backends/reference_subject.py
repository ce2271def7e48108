"""One subject from start to end: stops, jumps and the stretches between them.

The order at one time is: extinction of a population that has just fallen through its threshold;
knots of inputs; doses in record order; scheduled events; then triggered events by priority,
with every trigger looked at again after each. A value reported for that time is the one after
all of it, or before all of it for the left side.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from livingdrug.core.status import STATUS_MESSAGES, Status
from livingdrug.solve.backends.base import (
    DoseRecord,
    KnotRecord,
    LogEntry,
    SubjectResult,
    SubjectTask,
)
from livingdrug.solve.backends.reference_advance import advance
from livingdrug.solve.backends.reference_algebraic import AlgebraicPart
from livingdrug.solve.backends.reference_breaks import Breaks
from livingdrug.solve.backends.reference_events import EventQueue
from livingdrug.solve.backends.reference_fast import FastPart
from livingdrug.solve.backends.reference_kernel import ReferenceKernel, Writer
from livingdrug.solve.backends.reference_past import Past
from livingdrug.solve.backends.reference_segment import Landing
from livingdrug.solve.backends.reference_switches import SubjectError, SwitchState
from livingdrug.solve.backends.reference_tracking import Tracking

__all__ = ["SubjectRun"]


@dataclass(frozen=True, slots=True)
class Stop:
    """Something due at a known time."""

    kind: Literal["knot", "dose", "infusion end", "event"]
    knot: KnotRecord | None = None
    dose: DoseRecord | None = None
    event: str = ""


@dataclass(slots=True)
class Infusion:
    """A running infusion and the rate it adds to each state."""

    dose: DoseRecord
    rates: list[float]


class SubjectRun:
    """The state of one subject while it runs.

    Parameters
    ----------
    kernel : ReferenceKernel
    task : SubjectTask
    """

    def __init__(self, kernel: ReferenceKernel, task: SubjectTask) -> None:
        self.past = Past(kernel.delays, task.start) if kernel.delays.all else None
        self.kernel = kernel if self.past is None else kernel.with_past(self.past)
        self.task = task
        self.t = task.start
        self.p: list[float] = [float(value) for value in task.constants]
        self.y: list[float] = []
        self.infusions: list[Infusion] = []
        self.n_steps = 0
        self.log: list[LogEntry] = []
        n_outputs = len(kernel.system.outputs)
        self.values = np.full((n_outputs, task.outputs.times.size), np.nan)
        self.next_output = 0
        self.switches = SwitchState(self.kernel)
        made = FastPart if kernel.system.has_fast else AlgebraicPart
        self.bound = made(self.kernel)
        self.queue = EventQueue(self)
        self.tracking = Tracking(self)
        self._stops: list[tuple[float, int, Stop]] = []
        self._order = 0

    # -- set up -------------------------------------------------------------------------------

    def run(self) -> SubjectResult:
        """Run to the last output time.

        Returns
        -------
        SubjectResult
        """
        status, message = Status.OK, ""
        try:
            self._start()
            self._loop()
        except SubjectError as error:
            status = error.status
            detail = f" ({error.detail})" if error.detail else ""
            message = f"day {self.t:.6g}: {STATUS_MESSAGES[status]}{detail}"
        tracked = self.tracking.kept
        if status is not Status.OK:
            tracked = np.full_like(tracked, np.nan)
        return SubjectResult(self.values, status, message, self.log, self.n_steps, tracked)

    def _start(self) -> None:
        layout = self.kernel.system.layout
        for source in layout.inputs:
            self.p[source.level] = source.default
            self.p[source.slope] = 0.0
            self.p[source.knot] = self.t
        for knot in sorted(self.task.knots, key=lambda item: item.time):
            if knot.time <= self.t:
                self._turn(knot)
        initial = self.kernel.init(self.t, [], self.p, [])
        labels = self.kernel.system.blocks["init"].labels
        self.y = initial[: len(layout.states)]
        for label, value in zip(labels[len(self.y) :], initial[len(self.y) :], strict=True):
            self.p[layout.constant_index[label.removeprefix("constant ")]] = value
        if self.past is not None:
            self.past.begin(self.p, layout.inputs)
        self._check_initial()
        self._collect_stops()

    def _check_initial(self) -> None:
        for slot, value in zip(self.kernel.system.layout.states, self.y, strict=True):
            negative = value < 0 and self.kernel.species_non_negative.get(slot.name, False)
            if not math.isfinite(value) or negative:
                raise SubjectError(Status.BAD_INITIAL, f"{slot.name} starts at {value:g}")

    def _collect_stops(self) -> None:
        for knot in self.task.knots:
            if knot.time > self.t:
                self._push(knot.time, 0, Stop("knot", knot=knot))
        for dose in self.task.doses:
            lag = self.kernel.dose_lags.get(dose.name)
            delay = lag(dose.time, self.y, self.p, [])[0] if lag else 0.0
            if not delay >= 0.0:
                raise SubjectError(Status.BAD_INITIAL, f"lag {delay:g} of dose {dose.name}")
            self._push(dose.time + delay, 1, Stop("dose", dose=dose))
        for event in self.kernel.scheduled:
            values = self.kernel.event_times[event.name](self.t, self.y, self.p, [])
            for time in event.occurrences(values):
                if math.isfinite(time) and time >= self.t:
                    self._push(time, 2, Stop("event", event=event.name))

    def _push(self, time: float, rank: int, stop: Stop) -> None:
        # equal times run by rank (knots, doses, events) and then in record order
        self._order += 1
        heapq.heappush(self._stops, (time, rank * 1_000_000_000 + self._order, stop))

    # -- the loop -----------------------------------------------------------------------------

    def _loop(self) -> None:
        times = self.task.outputs.times
        end = float(times[-1]) if times.size else self.t
        # fast reactions do not come back from where a condition that does not hold leads
        self.switches.start(self.t, self.y, self.p)
        self._settle(Status.BAD_INITIAL)
        self.switches.start(self.t, self.y, self.p)
        if self.bound.active:  # a rule may hold the conditions, and they what it determines
            self._settle()
            self.switches.start(self.t, self.y, self.p)
            self._settle()
        self.breaks = self._find_breaks()
        self.queue.start()
        self._arrive(Landing(self.t, self.y, (), ()), first=True)
        while self.t < end:
            stop = min(end, self._next_stop(), self.queue.next_time(), self.breaks.next_time())
            stop = min(stop, self.switches.next_time(self.t, self.y, self.p))
            self._arrive(advance(self, stop))

    def _find_breaks(self) -> Breaks:
        breaks = Breaks(self.kernel.delays, self.p, tracked=bool(self.kernel.plan.trackers))
        if self.past is not None:
            self.past.check(self.t, self.y, self.p, self.switches.truth)
            turns = self.kernel.switch_times(self.t, self.y, self.p, self.switches.truth)
            for time in turns:
                if time < self.t:  # conditions on time turn before the start as well
                    breaks.jump(time)
        return breaks

    def _next_stop(self) -> float:
        return self._stops[0][0] if self._stops else math.inf

    def _arrive(self, landing: Landing, *, first: bool = False) -> None:
        """Do everything that is due at the time just reached."""
        self.t, self.y = landing.time, landing.y
        before_jump = self._condition()
        self._see_from("left")
        self.tracking.touch(self.t, self.y)
        self.report(self.t, self.y, left=True)
        before = self.switches.roots(self.t, self.y, self.p)
        self._see_from("right")
        self.switches.flip(landing.flipped, self.t)
        for place in landing.extinct:
            self.y[place] = 0.0
            self.note(f"extinct({self.kernel.system.layout.states[place].name})")
        due: list[str] = []
        while self._stops and self._stops[0][0] <= self.t:
            _, _, stop = heapq.heappop(self._stops)
            if stop.kind == "event":
                due.append(stop.event)
            else:
                self._perform(stop)
        self.refresh(before)
        self.queue.process(due, first=first)
        states = self.kernel.system.layout.states
        lost = [s.name for s, v in zip(states, self.y, strict=True) if not math.isfinite(v)]
        if lost:
            raise SubjectError(Status.NOT_FINITE, f"{', '.join(lost)} after an event or dose")
        self.breaks.reach(self.t)
        if first or before_jump != self._condition():
            self.breaks.jump(self.t)
        self.tracking.touch(self.t, self.y)
        self.report(self.t, self.y, left=False)

    def _see_from(self, side: Literal["left", "right"]) -> None:
        """Let delayed values that jump now be those of before, or of after."""
        if self.past is not None:
            self.past.side = side

    def _condition(self) -> tuple[object, ...]:
        """Return all that decides what the rates are, but for delayed values."""
        if self.past is None:
            return ()
        delayed = {item.program.constant for item in self.kernel.delays.all}
        constants = [value for place, value in enumerate(self.p) if place not in delayed]
        return list(self.y), constants, list(self.switches.truth), len(self.infusions)

    def _perform(self, stop: Stop) -> None:
        if stop.knot is not None:
            self._turn(stop.knot)
        elif stop.kind == "infusion end":
            self.infusions = [item for item in self.infusions if item.dose is not stop.dose]
        elif stop.dose is not None:
            self._give(stop.dose)

    def _turn(self, knot: KnotRecord) -> None:
        source = self.kernel.system.layout.inputs[knot.place]
        self.p[source.level] = knot.level
        self.p[source.slope] = knot.slope
        self.p[source.knot] = knot.time

    def _give(self, dose: DoseRecord) -> None:
        writer = self.kernel.dose_writers[dose.name]
        self.note(dose.name)
        end = self.t + dose.duration
        span = end - self.t  # what the duration is in the numbers of the clock
        if span == 0.0:
            self.write(writer, dose.amount)
            return
        s = self.switches.truth
        amounts = writer.values(self.t, self.y, self.p, s, dose.amount)
        scales = writer.scales(self.t, self.y, self.p, s)
        rates = [0.0] * len(self.y)
        for target, amount, scale in zip(writer.targets, amounts, scales, strict=True):
            rates[target.state] += amount * scale / span
        self.infusions.append(Infusion(dose, rates))
        self._push(end, 1, Stop("infusion end", dose=dose))

    # -- small services for the other parts ---------------------------------------------------

    def write(self, writer: Writer, dose: float = 0.0, values: list[float] | None = None) -> None:
        """Write the targets of an event or dose.

        Parameters
        ----------
        writer : Writer
        dose : float, optional
        values : list of float, optional
            Computed at trigger time; computed now when not given.
        """
        s = self.switches.truth
        if values is None:
            values = writer.values(self.t, self.y, self.p, s, dose)
        before = self.switches.roots(self.t, self.y, self.p)
        # a concentration is written as an amount in the compartment as it is before the writing
        scales = writer.scales(self.t, self.y, self.p, s)
        pairs = list(zip(writer.targets, values, strict=True))
        for target, value in pairs:
            if not target.has_size:
                vector, place = (
                    (self.p, target.constant) if target.constant >= 0 else (self.y, target.state)
                )
                vector[place] = value if target.mode == "assign" else vector[place] + value
        for (target, value), scale in zip(pairs, scales, strict=True):
            if target.has_size:
                amount = value * scale
                old = self.y[target.state]
                self.y[target.state] = amount if target.mode == "assign" else old + amount
        self._settle_written(before)

    def refresh(self, before: Sequence[float]) -> None:
        """Look at the conditions again after values may have been written.

        Parameters
        ----------
        before : sequence of float
            Roots before the writing.
        """
        self._settle_written(before)
        self.switches.refresh(before, self.t, self.y, self.p)
        if self.bound.active and self.switches.truth:
            self._settle()
            self.switches.refresh(before, self.t, self.y, self.p)
            self._settle()

    def _settle_written(self, before: Sequence[float]) -> None:
        """Settle under the conditions that hold now; they are looked at for good afterwards.

        What fast reactions have done under another condition could not be undone. Conditions in
        their rates do not depend on what they change, so these are known before.
        """
        if not (self.kernel.system.has_fast and self.switches.truth):
            self._settle()
            return
        with self.switches.tried(before, self.t, self.y, self.p):
            self._settle()

    def _settle(self, failure: Status = Status.NOT_FINITE) -> None:
        self.bound.settle(self.t, self.y, self.p, self.switches.truth, failure)

    def note(self, name: str) -> None:
        """Add an entry to the event log.

        Parameters
        ----------
        name : str
        """
        self.log.append(LogEntry(self.t, name))

    def report(self, t: float, y: list[float], *, left: bool) -> None:
        """Store the values asked for at a time that is a stop.

        Parameters
        ----------
        t : float
        y : list of float
        left : bool
            Before what happens at that time, or after.
        """
        outputs = self.task.outputs
        while self.next_output < outputs.times.size and outputs.times[self.next_output] <= t:
            if bool(outputs.left[self.next_output]) is not left:
                return
            self.store(t, y)

    def store(self, t: float, y: list[float]) -> None:
        """Store the next output.

        Parameters
        ----------
        t : float
        y : list of float
        """
        row = self.kernel.outputs(t, y, self.p, self.switches.truth)
        self.values[:, self.next_output] = row
        self.next_output += 1
