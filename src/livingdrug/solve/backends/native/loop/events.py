"""The queue of pending events of one lane: triggers, delays, priorities, ties, execution."""

from __future__ import annotations

import numpy as np

from livingdrug.core.status import Status
from livingdrug.solve.backends.native.loop.call import call_block, stay_apart
from livingdrug.solve.backends.native.loop.compiled import inner
from livingdrug.solve.backends.native.loop.conditions import (
    refresh,
    roots,
    set_exact,
    set_timed,
)
from livingdrug.solve.backends.native.loop.philox import uniform
from livingdrug.solve.backends.native.loop.tables import BEGUN, DELAY_OF, FULL, VALUES, WAS_TRUE
from livingdrug.solve.backends.native.loop.writing import note, write
from livingdrug.solve.backends.native.places import block, group

__all__ = ["enqueue", "next_pending", "process", "start_triggers"]

_TRIGGERS, _DELAYS, _PRIORITIES, _ACTIONS = (
    block(name) for name in ("triggers", "delays", "priorities", "actions")
)
_TR, _V, _DELAY, _PRIORITY, _U = (group(name) for name in ("tr", "v", "delay", "priority", "u"))
_NOT_FINITE, _CASCADE, _OVERFLOW = (
    int(Status.NOT_FINITE),
    int(Status.EVENT_CASCADE),
    int(Status.QUEUE_OVERFLOW),
)
_CASCADE_LIMIT = 1000
_NOW, _EXACT, _LATER = range(3)


@inner
def _triggers(job, i, when):
    """Evaluate the triggers; at the start conditions on time have the truth of the start itself."""
    if when == _EXACT:
        set_exact(job, i)
    call_block(job.address[_TRIGGERS], job.pointer)
    if when == _EXACT:
        set_timed(job, i)


@inner
def start_triggers(job, i):
    """Take the triggers from before the start, and before doses of the start time.

    A trigger that the model declares true before the start does not fire while it stays true.
    """
    stay_apart()
    if job.n_triggers == 0:
        return
    _triggers(job, i, _EXACT)
    place = 0
    for e in range(job.events.size):
        if job.events[e].triggered != 0:
            is_true = job.ws[(job.off[_TR] + place) * job.width + i] != 0.0
            job.marks[WAS_TRUE, i, e] = is_true and job.events[e].initial != 0
            place += 1


@inner
def next_pending(job, i):
    """Return when the next pending event is due."""
    soonest = np.inf
    for place in range(job.lanes[i].pending):
        soonest = min(soonest, job.queue[i, place].due)
    return soonest


@inner
def enqueue(job, i, e, when=_NOW):
    """Add an event that has been triggered or is due; return a status."""
    stay_apart()
    lane, event = job.lanes[i], job.events[e]
    place = lane.pending
    if place >= job.queue.shape[1]:
        job.counts[FULL] = 1
        return _OVERFLOW
    delay = 0.0
    if event.has_delay != 0:
        call_block(job.address[_DELAYS], job.pointer)
        delay = job.ws[(job.off[_DELAY] + e) * job.width + i]
        if not delay >= 0.0:
            row = job.rows[lane.subject]
            row.detail, row.value = DELAY_OF - e, delay
            return _NOT_FINITE
    if event.early != 0 and event.last > event.first:
        call_block(job.address[_ACTIONS + e], job.pointer)
        for k in range(event.last - event.first):
            job.queued[i, place, k] = job.ws[(job.off[_V] + k) * job.width + i]
    item = job.queue[i, place]
    item.event = e
    # without a delay the due time is this time exactly
    item.due = lane.t + delay if delay > 0.0 else lane.t
    if when == _LATER:  # not so near to 0 that a rate over the difference would overflow
        item.due = max(item.due, np.nextafter(lane.t, np.inf), lane.t + 1e-100)
    item.tie = 0.0
    if job.events.size > 1:
        subject = job.subjects[lane.subject]
        item.tie = uniform(
            subject.seed_low, subject.seed_high, subject.label_low, subject.replicate, e, lane.drawn
        )
        lane.drawn += 1
    lane.pending = place + 1
    return 0


@inner
def _drop(job, i, place):
    """Take an entry out of the queue; the others keep their order."""
    stay_apart()
    lane = job.lanes[i]
    lane.pending -= 1
    for p in range(place, lane.pending):
        item, later = job.queue[i, p], job.queue[i, p + 1]
        item.event, item.due, item.tie = later.event, later.due, later.tie
        for k in range(job.queued.shape[2]):
            job.queued[i, p, k] = job.queued[i, p + 1, k]


@inner
def _look(job, i, when):
    """Compare every trigger with its last truth: drop the fallen, add the risen; return a status.

    A mark of a trigger that rises is set by a second pass, so that what falls goes first.
    """
    stay_apart()
    if job.n_triggers == 0:
        return 0
    _triggers(job, i, when)
    place, risen = 0, False
    for e in range(job.events.size):
        event = job.events[e]
        if event.triggered == 0:
            continue
        is_true = job.ws[(job.off[_TR] + place) * job.width + i] != 0.0
        place += 1
        if is_true and not job.marks[WAS_TRUE, i, e]:
            risen = True
        elif job.marks[WAS_TRUE, i, e] and not is_true:
            job.marks[WAS_TRUE, i, e] = False
            if event.persistent == 0:
                for p in range(job.lanes[i].pending - 1, -1, -1):
                    if job.queue[i, p].event == e:
                        _drop(job, i, p)
    if not risen:
        return 0
    place = 0
    for e in range(job.events.size):
        if job.events[e].triggered != 0:
            is_true = job.ws[(job.off[_TR] + place) * job.width + i] != 0.0
            place += 1
            if is_true and not job.marks[WAS_TRUE, i, e]:
                job.marks[WAS_TRUE, i, e] = True
                status = enqueue(job, i, e, when)
                if status != 0:
                    return status
    return 0


@inner
def _next_due(job, i):
    """Return the place of the entry to execute next; -1 when nothing is due."""
    stay_apart()
    lane = job.lanes[i]
    chosen, asked = -1, False
    best, best_tie = -np.inf, -np.inf
    for p in range(lane.pending):
        item = job.queue[i, p]
        if item.due > lane.t:
            continue
        priority = -np.inf  # after every event that has a priority
        if job.events[item.event].has_priority != 0:
            if not asked:
                call_block(job.address[_PRIORITIES], job.pointer)
                asked = True
            priority = job.ws[(job.off[_PRIORITY] + item.event) * job.width + i]
            if np.isnan(priority):
                priority = -np.inf
        if chosen < 0 or priority > best or (priority == best and item.tie > best_tie):
            chosen, best, best_tie = p, priority, item.tie
    return chosen


@inner
def _draw(job, i, e):
    """Draw the random numbers that the values of an event read."""
    stay_apart()
    lane, subject = job.lanes[i], job.subjects[job.lanes[i].subject]
    for k in range(2):
        job.ws[(job.off[_U] + k) * job.width + i] = uniform(
            subject.seed_low, subject.seed_high, subject.label_low, subject.replicate, e, lane.drawn
        )
        lane.drawn += 1


@inner
def process(job, i):
    """Execute what is due now, and everything that this sets off; return a status."""
    stay_apart()
    lane = job.lanes[i]
    executed = 0
    when = _EXACT if lane.mode == BEGUN and job.n_timed > 0 else _NOW
    while True:
        status = _look(job, i, when)
        if status != 0:
            return status
        place = _next_due(job, i)
        if place < 0:
            # `time > 0` becomes true just after the start, not at it
            return _look(job, i, _LATER) if when == _EXACT else 0
        e = job.queue[i, place].event
        if executed == _CASCADE_LIMIT:
            job.rows[lane.subject].detail = e
            return _CASCADE
        executed += 1
        event = job.events[e]
        n_values = event.last - event.first
        for k in range(n_values):
            job.scratch[VALUES, k] = job.queued[i, place, k]
        _drop(job, i, place)
        roots(job, i)
        if event.silent == 0:
            status = note(job, i, event.name)
            if status != 0:
                return status
        if n_values > 0:
            if event.early == 0:
                if event.draws != 0:
                    _draw(job, i, e)
                call_block(job.address[_ACTIONS + e], job.pointer)
                for k in range(n_values):
                    job.scratch[VALUES, k] = job.ws[(job.off[_V] + k) * job.width + i]
            write(job, i, e, event.first, event.last, event.has_size)
            if lane.spoilt != 0:
                return _NOT_FINITE
        refresh(job, i)
