"""The truth of the conditions of one lane: at the start, after writing, at a crossing, by time."""

from __future__ import annotations

import numpy as np

from livingdrug.core.status import Status
from livingdrug.solve.backends.native.loop.call import call_block, stay_apart
from livingdrug.solve.backends.native.loop.compiled import inner
from livingdrug.solve.backends.native.loop.tables import BEFORE, CROSSED, FRESH
from livingdrug.solve.backends.native.loop.writing import load, note, put
from livingdrug.solve.backends.native.places import CONSTANT, TIMED, WATCHED, block, group

__all__ = ["clear", "cross", "next_switch", "refresh", "roots", "set_exact", "set_timed", "settle"]

_ROOTS, _CONDITIONS, _TIMES = block("roots"), block("conditions"), block("switch_times")
_S, _R, _C, _ST, _SL = (group(name) for name in ("s", "r", "c", "st", "sl"))
_CHATTER = int(Status.CHATTER)
_CHATTER_FLIPS, _CHATTER_WINDOW = 100, 1e-9  # day


@inner
def clear(job, mark, i):
    """Take back all marks of one kind of a lane."""
    for k in range(job.marks.shape[2]):
        job.marks[mark, i, k] = False


@inner
def roots(job, i):
    """Note the roots as they are before something is written."""
    stay_apart()
    if job.switches.size > 0:
        call_block(job.address[_ROOTS], job.pointer)
        for k in range(job.switches.size):
            job.scratch[BEFORE, k] = job.ws[(job.off[_R] + k) * job.width + i]


@inner
def set_timed(job, i):
    """From its time on, a condition on time has the truth that holds just after it."""
    stay_apart()
    ws, off, width = job.ws, job.off, job.width
    if job.n_timed == 0:
        return
    call_block(job.address[_TIMES], job.pointer)
    call_block(job.address[_CONDITIONS], job.pointer)
    place = 0
    for k in range(job.switches.size):
        if job.switches[k].kind != TIMED:
            continue
        time = ws[(off[_ST] + place) * width + i]
        slope = ws[(off[_SL] + place) * width + i]
        place += 1
        truth = ws[(off[_C] + k) * width + i]
        if slope != 0.0 and np.isfinite(time):
            way = slope if job.lanes[i].t >= time else -slope
            operator = job.switches[k].operator
            holds = way > 0.0 if operator == 1 else way < 0.0 if operator == -1 else operator == 2
            truth = 1.0 if holds else 0.0
        ws[(off[_S] + k) * width + i] = truth


@inner
def set_exact(job, i):
    """Give conditions on time the truth of this time itself, until `set_timed` takes it back."""
    stay_apart()
    if job.n_timed > 0:
        call_block(job.address[_CONDITIONS], job.pointer)
        for k in range(job.switches.size):
            if job.switches[k].kind == TIMED:
                job.ws[(job.off[_S] + k) * job.width + i] = job.ws[
                    (job.off[_C] + k) * job.width + i
                ]


@inner
def next_switch(job, i):
    """Return the next time at which a condition on time changes."""
    stay_apart()
    soonest = np.inf
    if job.n_timed > 0:
        call_block(job.address[_TIMES], job.pointer)
        for place in range(job.n_timed):
            time = job.ws[(job.off[_ST] + place) * job.width + i]
            if job.lanes[i].t < time < soonest:
                soonest = time
    return soonest


@inner
def settle(job, i):
    """Set the conditions of a subject that starts."""
    stay_apart()
    ws, off, width, size = job.ws, job.off, job.width, job.switches.size
    for k in range(size):
        ws[(off[_S] + k) * width + i] = 0.0
    for _ in range(size):  # a condition may stand inside another one
        call_block(job.address[_CONDITIONS], job.pointer)
        for k in range(size):
            ws[(off[_S] + k) * width + i] = ws[(off[_C] + k) * width + i]
        if job.n_algebraic > 0:
            load(job, i)
    set_timed(job, i)


@inner
def refresh(job, i):
    """Look at every condition again after values may have been written.

    A condition whose root did not move keeps its truth: at a crossing just reached the root is
    zero up to rounding, and its sign says nothing.
    """
    stay_apart()
    if job.switches.size == 0:
        return
    _look_again(job, i)
    if job.n_algebraic > 0:  # a rule may hold the conditions, and they what it determines
        load(job, i)
        _look_again(job, i)
        load(job, i)


@inner
def _look_again(job, i):
    stay_apart()
    ws, off, width = job.ws, job.off, job.width
    set_timed(job, i)
    call_block(job.address[_CONDITIONS], job.pointer)
    for k in range(job.switches.size):
        if job.switches[k].kind == CONSTANT:
            ws[(off[_S] + k) * width + i] = ws[(off[_C] + k) * width + i]
    call_block(job.address[_ROOTS], job.pointer)
    call_block(job.address[_CONDITIONS], job.pointer)
    for k in range(job.switches.size):
        moved = ws[(off[_R] + k) * width + i] != job.scratch[BEFORE, k]
        if job.switches[k].kind == WATCHED and moved:
            ws[(off[_S] + k) * width + i] = ws[(off[_C] + k) * width + i]
            job.marks[FRESH, i, k] = False


@inner
def cross(job, i):
    """Flip the switches and end the populations that were crossed; return a status."""
    stay_apart()
    ws, off, width, size = job.ws, job.off, job.width, job.switches.size
    lane = job.lanes[i]
    for k in range(size):
        if job.marks[CROSSED, i, k]:
            slot = (off[_S] + k) * width + i
            ws[slot] = 0.0 if ws[slot] != 0.0 else 1.0
            job.marks[FRESH, i, k] = True
            # a jump draws numbers: jumps may be many in any time and are no chatter
            if lane.t - lane.chatter_start > _CHATTER_WINDOW or lane.drawn != lane.drawn_then:
                lane.chatter_start, lane.flips, lane.drawn_then = lane.t, 0, lane.drawn
            lane.flips += 1
            if lane.flips > _CHATTER_FLIPS:
                job.rows[lane.subject].detail = k
                return _CHATTER
    for k in range(job.states.size):
        if job.marks[CROSSED, i, size + k]:
            put(job, i, k, 0.0)
            status = note(job, i, job.states[k].name)
            if status != 0:
                return status
    return 0
