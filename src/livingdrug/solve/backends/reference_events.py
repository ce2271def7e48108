"""Triggered and delayed events of one subject."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from livingdrug.core.random import Purpose, uniforms
from livingdrug.core.status import Status
from livingdrug.solve.backends.reference_switches import SubjectError
from livingdrug.system.system import EventProgram

if TYPE_CHECKING:
    from livingdrug.solve.backends.reference_subject import SubjectRun

__all__ = ["EventQueue"]

_CASCADE_LIMIT = 1000


def just_after(t: float) -> float:
    """Return a time that is later than another one by as good as nothing.

    Parameters
    ----------
    t : float

    Returns
    -------
    float
        Not so near to 0 that a rate over the difference would overflow.
    """
    return max(math.nextafter(t, math.inf), t + 1e-100)


@dataclass(slots=True)
class Pending:
    """An event that has been triggered and waits for its execution."""

    event: EventProgram
    due: float
    values: list[float] | None
    tie: float


class EventQueue:
    """Pending events and the last truth of every trigger.

    Parameters
    ----------
    run : SubjectRun
    """

    def __init__(self, run: SubjectRun) -> None:
        self.run = run
        self.kernel = run.kernel
        self.pending: list[Pending] = []
        self.was_true: list[bool] = []
        self._drawn = 0

    def start(self) -> None:
        """Take the trigger values from before the start, and before doses of the start time.

        A trigger that the model declares true before the start does not fire while it stays true.
        """
        now = self._triggers(exact=True)
        self.was_true = [
            event.initial_value and bool(value)
            for event, value in zip(self.kernel.triggered, now, strict=True)
        ]

    def next_time(self) -> float:
        """Return when the next pending event is due; infinity when none is."""
        return min((item.due for item in self.pending), default=math.inf)

    def process(self, scheduled: list[str], *, first: bool) -> None:
        """Execute what is due now, and everything that this sets off.

        Parameters
        ----------
        scheduled : list of str
            Scheduled events due at this time.
        first : bool
            At the start of the simulation.

        Raises
        ------
        SubjectError
            When more than 1,000 events follow each other at one time.
        """
        events = {event.name: event for event in self.kernel.scheduled}
        for name in scheduled:
            self._enqueue(events[name])
        self._look(exact=first)
        for executed in range(_CASCADE_LIMIT + 1):
            item = self._next_due()
            if item is None:
                if first:  # `time > 0` becomes true just after the start, not at it
                    self._look(later=True)
                return
            if executed == _CASCADE_LIMIT:
                raise SubjectError(Status.EVENT_CASCADE, f"event {item.event.name}")
            self._execute(item)
            self._look(exact=first)

    def _triggers(self, *, exact: bool) -> list[float]:
        run = self.run
        truth = run.switches.exact(run.t, run.y, run.p) if exact else run.switches.truth
        return self.kernel.triggers(run.t, run.y, run.p, truth)

    def _look(self, *, exact: bool = False, later: bool = False) -> None:
        """Compare every trigger with its last truth; enqueue the rising, drop the fallen.

        With `exact`, conditions on time have the truth of this time itself. With `later`, what
        rises does so just after it.
        """
        if not self.kernel.triggered:
            return
        now = self._triggers(exact=exact)
        risen = []
        for place, event in enumerate(self.kernel.triggered):
            is_true = bool(now[place])
            if is_true and not self.was_true[place]:
                risen.append(event)
            elif not is_true and self.was_true[place] and not event.persistent:
                self.pending = [item for item in self.pending if item.event is not event]
            self.was_true[place] = is_true
        for event in risen:
            self._enqueue(event, later=later)

    def _enqueue(self, event: EventProgram, *, later: bool = False) -> None:
        run = self.run
        delay_block, _ = self.kernel.event_extras[event.name]
        delay = 0.0
        if delay_block is not None:
            delay = delay_block(run.t, run.y, run.p, run.switches.truth)[0]
            if not delay >= 0.0:
                raise SubjectError(Status.NOT_FINITE, f"delay {delay:g} of event {event.name}")
        values = None
        if event.values_from_trigger:
            writer = self.kernel.event_writers[event.name]
            values = writer.values(run.t, run.y, run.p, run.switches.truth)
        # without a delay the due time is this time exactly
        due = run.t + delay if delay > 0.0 else run.t
        if later:
            due = max(due, just_after(run.t))
        self.pending.append(Pending(event, due, values, self._tie(event)))

    def _tie(self, event: EventProgram) -> float:
        """Draw the number that orders events of equal priority at one time."""
        if len(self.kernel.system.events) == 1:
            return 0.0
        run, self._drawn = self.run, self._drawn + 1
        draw = uniforms(
            seed=self.kernel.plan.seed,
            purpose=Purpose.EVENT_ORDER,
            subjects=[run.task.label],
            name=self.kernel.event_place[event.name],
            replicate=run.task.replicate,
            draws=self._drawn,
        )
        return float(draw[0, -1])

    def _next_due(self) -> Pending | None:
        run = self.run
        due = [item for item in self.pending if item.due <= run.t]
        if not due:
            return None
        chosen = max(due, key=lambda item: (self._priority(item), item.tie))
        self.pending.remove(chosen)
        return chosen

    def _priority(self, item: Pending) -> float:
        run = self.run
        _, block = self.kernel.event_extras[item.event.name]
        if block is None:
            return -math.inf  # after every event that has a priority
        value = block(run.t, run.y, run.p, run.switches.truth)[0]
        return -math.inf if math.isnan(value) else value

    def _execute(self, item: Pending) -> None:
        run = self.run
        before = run.switches.roots(run.t, run.y, run.p)
        if not item.event.silent:
            run.note(item.event.name)
        run.write(self.kernel.event_writers[item.event.name], values=item.values)
        run.refresh(before)
