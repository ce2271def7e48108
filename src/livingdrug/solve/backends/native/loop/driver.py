"""The loop over lanes: each lane holds one subject with its own clock, and is refilled.

Everything here is independent of the model. What all lanes do alike is done by functions of
the compiled module; a lane is touched one by one only when its flag says so: an output is due,
a stop or crossing has been reached, it failed or finished.
"""

from __future__ import annotations

import numpy as np

from livingdrug.core.status import Status
from livingdrug.solve.backends.native.loop.call import call_block, stay_apart
from livingdrug.solve.backends.native.loop.compiled import compiled, hot, inner
from livingdrug.solve.backends.native.loop.crossing import place_at, scan
from livingdrug.solve.backends.native.loop.filling import empty, fill, leave
from livingdrug.solve.backends.native.loop.landing import land, set_stop, store
from livingdrug.solve.backends.native.loop.reference import refer
from livingdrug.solve.backends.native.loop.tables import ARRIVED
from livingdrug.solve.backends.native.loop.tracking import follow
from livingdrug.solve.backends.native.places import block, group

__all__ = ["run_lanes"]

_OUTPUTS, _STEP, _DENSE, _PLACE = (
    block(name) for name in ("outputs", "rodas_step", "rodas_dense", "rodas_place")
)
_ADVANCE, _START = block("rodas_advance"), block("rodas_start")
_GUARD, _T0, _H, _FIRST, _NEW, _LIVE = (
    group(name) for name in ("guard", "t0", "h", "first", "new", "live")
)
_ATOL, _RTOL, _CONTROLLED, _MASS = (group(name) for name in ("atol", "rtol", "controlled", "mass"))
_ERROR, _BEFORE, _GROW, _SHRINK, _ACCEPT = (
    group(name) for name in ("error", "before", "grow", "shrink", "accept")
)
_NOT_FINITE, _SMALL, _MANY, _PIVOT = (
    int(Status.NOT_FINITE),
    int(Status.STEP_TOO_SMALL),
    int(Status.TOO_MANY_STEPS),
    int(Status.PIVOT),
)
_EPSILON = float(np.finfo(np.float64).eps)
_STILL_STEPS = 100
_MOST_LOG = float(np.log(np.finfo(np.float64).max))  # beyond it a value is no number
_PIVOT_LIMIT, _MULTIPLIER_LIMIT = 1e-10, 1e8


@compiled
def run_lanes(job):
    """Run every subject of a chunk, to its end or to the pause of the job.

    `job` is a `livingdrug.solve.backends.native.loop.tables.Job`.
    """
    _run(refer(job))


@hot
def _run(job):
    ws, off, width = job.ws, job.off, job.width
    _prepare(job)
    for i in range(width):
        empty(job, i)
    while _attend(job):
        _choose_steps(job)
        call_block(job.address[_STEP], job.pointer)
        _judge(job)
        dense = False
        if job.n_watched > 0:
            call_block(job.address[_DENSE], job.pointer)
            dense = True
            scan(job)
            _redo_crossed(job)
        dense = _report_inside(job, dense)
        if job.trackers.size > 0:
            if not dense:
                call_block(job.address[_DENSE], job.pointer)
            follow(job)
        for i in range(width):
            ws[off[_ACCEPT] * width + i] = 1.0 if job.lanes[i].moved != 0 else 0.0
        call_block(job.address[_ADVANCE], job.pointer)
        for i in range(width):
            lane = job.lanes[i]
            if lane.subject >= 0 and lane.judged != 0:
                ws[off[_BEFORE] * width + i] = max(ws[off[_ERROR] * width + i], 1e-4)
                lane.t = lane.end
                if (lane.landing != 0 or lane.found == lane.t) and lane.status == 0:
                    lane.mode = ARRIVED


@inner
def _prepare(job):
    """Put the tolerances into the workspace, for all lanes."""
    stay_apart()
    ws, off, width = job.ws, job.off, job.width
    for k in range(job.states.size):
        for i in range(width):
            ws[(off[_RTOL] + k) * width + i] = job.tolerance[0, k]
            ws[(off[_ATOL] + k) * width + i] = job.tolerance[1, k]
            ws[(off[_CONTROLLED] + k) * width + i] = job.tolerance[2, k]
            ws[(off[_MASS] + k) * width + i] = job.tolerance[3, k]


@hot
def _attend(job):
    """Land the lanes that have arrived, and take subjects out and in; tell if any is left."""
    some = False
    for i in range(job.width):
        lane = job.lanes[i]
        while lane.subject >= 0 or fill(job, i):
            if lane.mode != 0 and lane.status == 0:
                lane.status = land(job, i)
            lane.mode = 0
            end = job.subjects[lane.subject].end
            if lane.status == 0 and lane.steps > job.max_steps:
                lane.status = _MANY
            if lane.status == 0 and lane.t < end and lane.t < job.until:
                some = True
                break
            leave(job, i)
    return some


@hot
def _choose_steps(job):
    """Set the step of every lane; two steps share what is left before a stop."""
    ws, off, width = job.ws, job.off, job.width
    some = False
    for i in range(width):
        lane = job.lanes[i]
        ws[off[_T0] * width + i] = lane.t
        some = some or lane.needs_size != 0
    if some:
        call_block(job.address[_START], job.pointer)
        for i in range(width):
            lane = job.lanes[i]
            if lane.needs_size != 0:
                lane.h, lane.needs_size = ws[off[_FIRST] * width + i], 0
                lane.rejected = 0
                ws[off[_BEFORE] * width + i] = 1.0
    for i in range(width):
        lane = job.lanes[i]
        taken = 1.0
        lane.landing = 0
        if lane.subject >= 0:
            gap = lane.stop - lane.t
            taken = lane.h
            if taken * 1.0000001 >= gap:
                taken, lane.landing = gap, 1
            elif 2.0 * taken > gap:
                taken = 0.5 * gap
        lane.taken = taken
        ws[off[_H] * width + i] = taken


@hot
def _judge(job):
    """Accept or reject the step of every lane."""
    ws, off, width = job.ws, job.off, job.width
    for i in range(width):
        lane = job.lanes[i]
        lane.moved = lane.judged = 0
        if lane.subject < 0:
            continue
        lane.steps += 1
        error = ws[off[_ERROR] * width + i]
        guard = off[_GUARD] * width + i
        bad_pivot = not (ws[guard] >= _PIVOT_LIMIT and ws[guard + width] <= _MULTIPLIER_LIMIT)
        lane.status = 0
        taken = lane.taken
        # over a gap of a few roundings of the time the estimate is all rounding
        tiny = taken <= max(16.0 * _EPSILON * abs(lane.t), 1e-14) and error < 1e300
        if (error <= 1.0 or tiny) and not bad_pivot:
            # a transient may fit into a rounding of the time, but not many steps may
            stands = lane.landing == 0 and lane.t + taken == lane.t
            lane.still = lane.still + 1 if stands else 0
            if lane.still > _STILL_STEPS:
                lane.status = _SMALL
            if job.n_log > 0:
                _check_logs(job, i)
            grow = ws[off[_GROW] * width + i]
            lane.h = taken * (min(grow, 1.0) if lane.rejected != 0 else grow)
            lane.rejected = 0
            lane.moved = lane.judged = 1
            lane.found = np.inf
            lane.end = lane.stop if lane.landing != 0 else lane.t + taken
        else:
            _reject(job, i, error, bad_pivot)


@hot
def _check_logs(job, i):
    """A logarithm may grow beyond the largest number's."""
    lane = job.lanes[i]
    for k in range(job.states.size):
        at = (job.off[_NEW] + k) * job.width + i
        if job.states[k].is_log != 0 and job.ws[at] > _MOST_LOG:
            lane.status = _NOT_FINITE
            job.rows[lane.subject].detail, job.rows[lane.subject].value = k, np.inf


@inner
def _reject(job, i, error, bad_pivot):
    """Try a shorter step, or give up where none is left."""
    stay_apart()
    lane = job.lanes[i]
    lane.h = lane.taken * job.ws[job.off[_SHRINK] * job.width + i]
    if lane.crossing != 0:
        needs_size = lane.needs_size
        set_stop(job, i)
        lane.needs_size = needs_size
    lane.rejected = 1
    finite = error <= 1e300
    least = max(_EPSILON * abs(lane.t), 1e-20)
    if not finite:  # before the edge of what can be computed, no need to creep
        least = 1e-13 * max(1e-3, abs(lane.t))
    if lane.h < least:
        lane.status = _SMALL
        if not finite:
            lane.status = _NOT_FINITE
            _find_lost(job, i)
        elif bad_pivot:
            lane.status = _PIVOT


@inner
def _find_lost(job, i):
    """Note the first state that is not a number."""
    stay_apart()
    ws, off, width = job.ws, job.off, job.width
    for k in range(job.states.size):
        value = ws[(off[_NEW] + k) * width + i]
        if ws[(off[_LIVE] + k) * width + i] != 0.0 and not np.isfinite(value):
            row = job.rows[job.lanes[i].subject]
            row.detail, row.value = k, value
            return


@hot
def _redo_crossed(job):
    """Make lanes that crossed something repeat their step so that it ends there."""
    for i in range(job.width):
        lane = job.lanes[i]
        if lane.judged == 0:
            continue
        if lane.found < np.inf and lane.found > lane.t:
            lane.stop, lane.crossing = lane.found, 1
            lane.h = max(lane.found - lane.t, lane.taken)
            lane.moved = lane.judged = 0
        elif lane.found == lane.t:  # a switch that turned back at once: nothing moves
            lane.end, lane.moved = lane.t, 0


@hot
def _report_inside(job, dense):
    """Store the outputs strictly inside the steps, one of every lane at a time.

    Return whether the interpolant has been made.
    """
    while True:
        some = False
        for i in range(job.width):
            lane = job.lanes[i]
            lane.due = 0
            if lane.moved != 0 and lane.output < job.subjects[lane.subject].output_end:
                time = job.outputs[lane.output].time
                if time < lane.end:
                    part = (time - lane.t) / lane.taken
                    place_at(job.ws, job.off, job.width, i, time, part)
                    lane.due, some = 1, True
        if not some:
            return dense
        if not dense:
            call_block(job.address[_DENSE], job.pointer)
            dense = True
        call_block(job.address[_PLACE], job.pointer)
        call_block(job.address[_OUTPUTS], job.pointer)
        for i in range(job.width):
            if job.lanes[i].due != 0:
                store(job, i)
