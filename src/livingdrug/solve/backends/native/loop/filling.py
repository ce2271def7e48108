"""Put subjects into lanes and take them out: fresh ones, and ones that were paused."""

from __future__ import annotations

import numpy as np

from livingdrug.core.status import Status
from livingdrug.solve.backends.native.loop.call import call_block, stay_apart
from livingdrug.solve.backends.native.loop.compiled import inner
from livingdrug.solve.backends.native.loop.conditions import clear
from livingdrug.solve.backends.native.loop.tables import (
    BEGUN,
    CROSSED,
    FOLLOWING,
    FRESH,
    RESUMED,
    WAS_TRUE,
)
from livingdrug.solve.backends.native.loop.writing import load
from livingdrug.solve.backends.native.places import block, group

__all__ = ["empty", "fill", "leave"]

_INIT, _INWARD, _OUTPUTS = block("init"), block("inward"), block("outputs")
_T, _Z, _Y, _P, _S, _O = (group(name) for name in ("t", "z", "y", "p", "s", "o"))
_BASE, _INF, _LIVE, _BEFORE = group("base"), group("inf"), group("live"), group("before")
_BAD = int(Status.BAD_INITIAL)


@inner
def empty(job, i):
    """Make a lane idle: it steps along, and nothing of it is kept."""
    stay_apart()
    ws, off, width = job.ws, job.off, job.width
    lane = job.lanes[i]
    lane.subject = -1
    lane.moved = lane.judged = lane.needs_size = lane.mode = 0
    ws[off[_BEFORE] * width + i] = 1.0
    for k in range(job.states.size):
        ws[(off[_BASE] + k) * width + i] = 0.0
        ws[(off[_INF] + k) * width + i] = 0.0
        ws[(off[_LIVE] + k) * width + i] = 1.0


@inner
def fill(job, i):
    """Put the next subject that has something to do into a lane; tell whether there is one."""
    stay_apart()
    lane = job.lanes[i]
    while job.counts[FOLLOWING] < job.subjects.size:
        row = job.counts[FOLLOWING]
        job.counts[FOLLOWING] += 1
        if job.rows[row].phase == 2:
            continue
        lane.subject = row
        lane.status = 0
        if job.rows[row].phase == 1:
            _restore(job, i)
        else:
            _begin(job, i, row)
        return True
    return False


@inner
def leave(job, i):
    """Take a subject out of its lane: it has ended, or it is paused."""
    stay_apart()
    lane = job.lanes[i]
    row = job.rows[lane.subject]
    row.status, row.end, row.steps = lane.status, lane.t, lane.steps
    row.phase = 2
    if lane.status == 0 and lane.t < job.subjects[lane.subject].end:
        row.phase = 1
        _exchange(job, i)
        load(job, i)
        call_block(job.address[_OUTPUTS], job.pointer)
        for k in range(job.n_outputs):
            job.now[lane.subject, k] = job.ws[(job.off[_O] + k) * job.width + i]
    empty(job, i)


@inner
def _begin(job, i, row):
    """Start a subject at its initial values."""
    stay_apart()
    ws, off, width = job.ws, job.off, job.width
    lane, subject = job.lanes[i], job.subjects[row]
    for k in range(job.constants.shape[1]):
        ws[(off[_P] + k) * width + i] = job.constants[row, k]
    lane.t = subject.start
    ws[off[_T] * width + i] = lane.t
    lane.status = subject.status
    lane.spoilt = 0
    call_block(job.address[_INIT], job.pointer)
    for k in range(job.states.size):
        state = job.states[k]
        value = ws[(off[_Y] + k) * width + i]
        negative = value < 0.0 and (state.is_log != 0 or state.positive != 0)
        if not np.isfinite(value) or negative:
            lane.status = _BAD
            job.rows[row].detail, job.rows[row].value = k, value
        ws[(off[_INF] + k) * width + i] = 0.0
        is_gone = state.is_log != 0 and value == 0.0
        ws[(off[_LIVE] + k) * width + i] = 0.0 if is_gone else 1.0
    call_block(job.address[_INWARD], job.pointer)
    for k in range(job.states.size):
        ws[(off[_BASE] + k) * width + i] = ws[(off[_Z] + k) * width + i]
    lane.record, lane.output = subject.record_start, subject.output_start
    lane.steps = lane.still = lane.pending = lane.drawn = lane.logged = lane.flips = 0
    lane.drawn_then = 0
    lane.chatter_start = -np.inf
    lane.mode = BEGUN
    lane.crossing = 0
    clear(job, CROSSED, i)
    clear(job, FRESH, i)
    clear(job, WAS_TRUE, i)


@inner
def _restore(job, i):
    """Read a paused subject."""
    stay_apart()
    lane = job.lanes[i]
    lane.mode = RESUMED
    _exchange(job, i)
    lane.spoilt = lane.crossing = lane.rejected = 0
    clear(job, CROSSED, i)


@inner
def _exchange(job, i):
    """Copy a lane to its row of `saved`, or back where it resumes; one order for both ways."""
    stay_apart()
    lane, n = job.lanes[i], job.states.size
    saved, out = job.saved[lane.subject], lane.mode != RESUMED
    if out:
        saved[0], saved[1], saved[2], saved[3] = lane.t, lane.record, lane.output, lane.steps
        saved[4], saved[5], saved[6] = lane.pending, lane.drawn, lane.logged
        saved[7], saved[8], saved[9] = lane.chatter_start, lane.flips, lane.still
    else:
        lane.t, lane.record, lane.output = saved[0], int(saved[1]), int(saved[2])
        lane.steps, lane.pending, lane.drawn = int(saved[3]), int(saved[4]), int(saved[5])
        lane.logged, lane.chatter_start, lane.flips = int(saved[6]), saved[7], int(saved[8])
        lane.still, lane.drawn_then = int(saved[9]), lane.drawn
    at = _slots(job, i, np.int64(10), np.int64(_BASE), n, out)
    at = _slots(job, i, at, np.int64(_LIVE), n, out)
    at = _slots(job, i, at, np.int64(_INF), n, out)
    at = _slots(job, i, at, np.int64(_P), job.constants.shape[1], out)
    at = _slots(job, i, at, np.int64(_S), job.switches.size, out)
    at = _slots(job, i, at, np.int64(_BEFORE), np.int64(1), out)
    for mark in (FRESH, WAS_TRUE):
        for k in range(job.marks.shape[2]):
            if out:
                saved[at] = 1.0 if job.marks[mark, i, k] else 0.0
            else:
                job.marks[mark, i, k] = saved[at] != 0.0
            at += 1
    for p in range(lane.pending):
        item = job.queue[i, p]
        if out:
            saved[at], saved[at + 1], saved[at + 2] = item.event, item.due, item.tie
        else:
            item.event, item.due, item.tie = int(saved[at]), saved[at + 1], saved[at + 2]
        at += 3
        for k in range(job.queued.shape[2]):
            if out:
                saved[at] = job.queued[i, p, k]
            else:
                job.queued[i, p, k] = saved[at]
            at += 1


@inner
def _slots(job, i, at, which, size, out):
    """Copy some slots of the workspace; return the next place in `saved`."""
    saved, first = job.saved[job.lanes[i].subject], job.off[which]
    for k in range(size):
        place = (first + k) * job.width + i
        if out:
            saved[at + k] = job.ws[place]
        else:
            job.ws[place] = saved[at + k]
    return at + size
