"""What happens where a lane has landed: at a stop, at a crossing, at the start, after a pause.

The order at one time is that of the reference engine: populations that fell below their
threshold, inputs, doses in record order, scheduled events, then what triggers set off.
"""

from __future__ import annotations

import numpy as np

from livingdrug.core.status import Status
from livingdrug.solve.backends.native import places
from livingdrug.solve.backends.native.loop.call import call_block, stay_apart
from livingdrug.solve.backends.native.loop.compiled import hot, inner
from livingdrug.solve.backends.native.loop.conditions import (
    clear,
    cross,
    next_switch,
    refresh,
    roots,
    settle,
)
from livingdrug.solve.backends.native.loop.events import (
    enqueue,
    next_pending,
    process,
    start_triggers,
)
from livingdrug.solve.backends.native.loop.tables import ARRIVED, BEGUN, CROSSED, Y
from livingdrug.solve.backends.native.loop.tracking import glance
from livingdrug.solve.backends.native.loop.writing import give, infuse, load, note, put
from livingdrug.solve.backends.native.places import block, group

__all__ = ["land", "set_stop", "store"]

_OUTPUTS = block("outputs")
_P, _O = group("p"), group("o")
_NOT_FINITE, _BAD_INITIAL = int(Status.NOT_FINITE), int(Status.BAD_INITIAL)
_SET_CONSTANT, _SET_STATE = places.SET_CONSTANT, places.SET_STATE
_EVENT, _BOLUS, _INFUSE, _INFUSED = places.EVENT, places.BOLUS, places.INFUSE, places.INFUSED


@inner
def _report(job, i, left):
    """Store the outputs of a stop that are due on this side."""
    stay_apart()
    lane = job.lanes[i]
    subject = job.subjects[lane.subject]
    while lane.output < subject.output_end and job.outputs[lane.output].time <= lane.t:
        if job.outputs[lane.output].left != left:
            return
        call_block(job.address[_OUTPUTS], job.pointer)
        store(job, i)


@hot
def store(job, i):
    """Store the values of the block of outputs as the next ones of a lane."""
    lane = job.lanes[i]
    subject = job.subjects[lane.subject]
    n_times = subject.output_end - subject.output_start
    at = subject.value_start + lane.output - subject.output_start
    for k in range(job.n_outputs):
        job.values[at + k * n_times] = job.ws[(job.off[_O] + k) * job.width + i]
    lane.output += 1


@inner
def _perform(job, i, record):
    """Do one record that is no event; return a status."""
    stay_apart()
    at = (job.off[_P] + record.index) * job.width + i
    if record.name >= 0:
        status = note(job, i, record.name)
        if status != 0:
            return status
    if record.kind == _SET_CONSTANT:
        job.ws[at] = record.value
    elif record.kind == _BOLUS:
        give(job, i, record.index, record.value)
    elif record.kind == _INFUSE:
        infuse(job, i, record.index)
    elif record.kind == _INFUSED:
        infuse(job, i, -1)
    elif record.kind == _SET_STATE:
        put(job, i, record.index, record.value)
        load(job, i)
    return 0


@inner
def _finite(job, i):
    """Tell whether every state may go on; note the first that may not."""
    lane = job.lanes[i]
    if lane.spoilt != 0:
        return False
    for k in range(job.states.size):
        value = job.scratch[Y, k]
        if not np.isfinite(value):
            row = job.rows[lane.subject]
            row.detail, row.value = k, value
            return False
    return True


@inner
def land(job, i):
    """Do everything that is due at the time a lane has reached; return its status.

    After a pause at this time nothing but the values before it has been reported.
    """
    stay_apart()
    lane = job.lanes[i]
    subject = job.subjects[lane.subject]
    load(job, i)
    if lane.mode == BEGUN and lane.spoilt != 0:
        return _BAD_INITIAL
    if lane.mode == BEGUN and job.switches.size + job.events.size > 0:
        settle(job, i)
        start_triggers(job, i)
    if job.trackers.size > 0 and lane.mode == BEGUN:
        glance(job, i)
    _report(job, i, 1)
    # a call passes the whole job, so nothing is called that has nothing to do
    has_switches = job.switches.size > 0
    if has_switches:
        roots(job, i)
    status = 0
    if lane.mode == ARRIVED and job.n_watched > 0:
        status = cross(job, i)
    begin = lane.record
    while status == 0 and lane.record < subject.record_end:
        record = job.records[lane.record]
        if record.time > lane.t:
            break
        if record.kind != _EVENT:
            status = _perform(job, i, record)
        lane.record += 1
    if status != 0:
        return status
    if job.n_watched > 0 or has_switches:
        load(job, i)
    if has_switches:
        refresh(job, i)
    if job.events.size > 0:
        for place in range(begin, lane.record):
            if job.records[place].kind == _EVENT:
                status = enqueue(job, i, job.records[place].index)
                if status != 0:
                    return status
        status = process(job, i)
        if status != 0:
            return status
    if not _finite(job, i):
        return _NOT_FINITE
    if job.trackers.size > 0 and lane.t >= subject.end:
        glance(job, i)
    if lane.t < job.until or lane.t >= subject.end:  # a pause may still change what holds now
        _report(job, i, 0)
    set_stop(job, i)
    return 0


@inner
def set_stop(job, i):
    """Find where the lane has to land next."""
    lane = job.lanes[i]
    subject = job.subjects[lane.subject]
    stop = min(subject.end, job.until) if lane.t < job.until else subject.end
    if lane.record < subject.record_end:
        stop = min(stop, job.records[lane.record].time)
    if lane.pending > 0:
        stop = min(stop, next_pending(job, i))
    if job.n_timed > 0:
        stop = min(stop, next_switch(job, i))
    lane.stop = stop
    lane.crossing = 0
    lane.needs_size = 1
    clear(job, CROSSED, i)
