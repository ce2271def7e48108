"""The next-reaction method: every jump has a clock, and the first that rings is made.

For networks of many jumps of which one changes few others: a jump costs the propensities that see
it and a few moves in a heap, however many jumps there are. The clocks run in the time of their own
jump, so that what is left of an exponential time outlives changes of its propensity, doses, and
stretches in which the propensity is zero. One lane, one replicate after the other.
"""

from __future__ import annotations

import math

import numpy as np

from livingdrug.core.status import Status
from livingdrug.solve.backends.native.loop.call import call_block, stay_apart
from livingdrug.solve.backends.native.loop.compiled import compiled, hot, inner
from livingdrug.solve.backends.stochastic.loop import (
    end_task,
    fill_lane,
    follow,
    note_if_gone,
    stop,
)
from livingdrug.solve.backends.stochastic.programs import GROUPS
from livingdrug.solve.backends.stochastic.tables import DAY, LEAPS, PAUSED, TOUCHED
from livingdrug.solve.backends.stochastic.variates import draw_uniform

__all__ = ["run_next_reaction"]

_T, _STOP, _A = GROUPS.index("t"), GROUPS.index("stop"), GROUPS.index("a")
_NOT_FINITE, _MANY = int(Status.NOT_FINITE), int(Status.TOO_MANY_EVENTS)
_ONE = np.uint64(1)


@compiled
def run_next_reaction(job, clocks):
    """Run all tasks of a chunk; `clocks` holds the dependency graph and the heap."""
    left = fill_lane(job, 0)
    status = _wind(job, clocks) if left > 0 else 0
    while left > 0:
        if status == 0:
            status = _step(job, clocks)
        if status == 0 and np.int64(job.words[LEAPS, 0]) > job.max_events:
            status = _MANY
        if status != 0:
            task = job.tasks[job.lanes[0].task]
            task.status = max(status, 0)
            made = np.int64(job.words[LEAPS, 0])
            if job.lanes[0].paused != 0:
                _keep(job, clocks)
            left -= end_task(job, 0)
            task.events = made
            status = _wind(job, clocks) if left > 0 else 0


@hot
def _step(job, clocks):
    """Make the next jump or handle a stop; return 0, a status, or -1 at the end of the task."""
    jump = clocks.heap[0]
    now, until = clocks.clocks[jump].due, job.ws[job.off[_STOP]]
    if not now < until:
        lane = job.lanes[0]
        dosed = lane.dose
        status = stop(job, 0)
        if status == 0 and lane.dose != dosed:
            status = _renew(job, clocks, until)
        return status
    job.words[LEAPS, 0] += _ONE
    job.ws[job.off[_T]] = now
    call_block(clocks.fires[jump], job.pointer)
    own = clocks.clocks[jump]
    own.left, own.since = -math.log(draw_uniform(job, 0)), now
    status = 0
    for place in range(clocks.first_seen[jump], clocks.first_seen[jump + 1]):
        other = clocks.seen[place]
        if other != jump:
            status = min(status, _hear(job, clocks, other, now))
    # last, so that the heap is in order above it; its own propensity may not have changed
    status = min(status, _hear(job, clocks, jump, now))
    if status != 0:
        return _NOT_FINITE
    for place in range(clocks.first_changed[jump], clocks.first_changed[jump + 1]):
        status = max(status, note_if_gone(job, 0, clocks.changed[place]))
    if job.tracks.size > 0:
        follow(job, 0, now, 0)
    return status


@hot
def _hear(job, clocks, jump, now):
    """Let the clock of a jump run at its new propensity; return 0, or -1 if that is no rate."""
    clock, rate = clocks.clocks[jump], job.ws[job.off[_A] + jump]
    clock.left = max(clock.left - clock.rate * (now - clock.since), 0.0)
    clock.since, clock.rate = now, rate
    # a propensity of zero rings never
    clock.due = now + clock.left / rate if rate > 0.0 else np.inf
    _move(clocks, clocks.where[jump])
    return 0 if 0.0 <= rate < np.inf else -1


@inner
def _keep(job, clocks):
    """Save the clocks of a task that pauses."""
    stay_apart()
    saved = clocks.saved[job.lanes[0].task]
    for jump in range(clocks.heap.size):
        clock = clocks.clocks[jump]
        saved[0, jump], saved[1, jump], saved[2, jump] = clock.left, clock.since, clock.rate


@inner
def _wind(job, clocks):
    """Wind every clock, or let those of a paused task go on; return a status."""
    stay_apart()
    place = job.lanes[0].task
    if job.phase[place] != PAUSED:
        return _begin(job, clocks)
    saved = clocks.saved[place]
    for jump in range(clocks.heap.size):
        clocks.clocks[jump].due = np.inf
        clocks.heap[jump] = clocks.where[jump] = jump
    for jump in range(clocks.heap.size):
        clock = clocks.clocks[jump]
        clock.left, clock.since, clock.rate = saved[0, jump], saved[1, jump], saved[2, jump]
        # as when it was set, to the bit
        clock.due = clock.since + clock.left / clock.rate if clock.rate > 0.0 else np.inf
        _move(clocks, clocks.where[jump])
    if job.saved[place, TOUCHED] != 0.0:
        return _renew(job, clocks, job.saved[place, DAY])
    return 0


@inner
def _begin(job, clocks):
    """Wind every clock; return a status."""
    stay_apart()
    now = job.tasks[job.lanes[0].task].start
    for jump in range(clocks.heap.size):
        clock = clocks.clocks[jump]
        clock.left, clock.since, clock.rate = -math.log(draw_uniform(job, 0)), now, 0.0
        clock.due = np.inf
        clocks.heap[jump] = clocks.where[jump] = jump
    return _renew(job, clocks, now)


@inner
def _renew(job, clocks, now):
    """Renew every propensity; return a status."""
    stay_apart()
    call_block(clocks.rates, job.pointer)
    for jump in range(clocks.heap.size):
        if _hear(job, clocks, jump, now) != 0:
            return _NOT_FINITE
    return 0


@hot
def _move(clocks, place):
    """Put what stands at a place of the heap where it belongs."""
    heap, where, clock = clocks.heap, clocks.where, clocks.clocks
    jump = heap[place]
    due = clock[jump].due
    while place > 0:
        above = (place - 1) // 2
        if not due < clock[heap[above]].due:
            break
        heap[place] = heap[above]
        where[heap[place]] = place
        place = above
    while True:
        below = 2 * place + 1
        if below >= heap.size:
            break
        if below + 1 < heap.size and clock[heap[below + 1]].due < clock[heap[below]].due:
            below += 1
        if not clock[heap[below]].due < due:
            break
        heap[place] = heap[below]
        where[heap[place]] = place
        place = below
    heap[place] = jump
    where[jump] = place
