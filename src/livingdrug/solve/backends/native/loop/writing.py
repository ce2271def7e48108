"""Read and write the state of one lane: natural values, constants, infusions, the event log."""

from __future__ import annotations

import numpy as np

from livingdrug.core.status import Status
from livingdrug.solve.backends.native.loop.call import call_block, stay_apart
from livingdrug.solve.backends.native.loop.compiled import inner
from livingdrug.solve.backends.native.loop.tables import FULL, LOGGED, VALUES, Y
from livingdrug.solve.backends.native.places import block, group

__all__ = ["give", "infuse", "load", "note", "put", "write"]

_NATURAL, _INWARD, _ACTIONS = block("natural"), block("inward"), block("actions")
_T, _Z, _Y, _P, _V, _SCALE, _DOSE = (
    group(name) for name in ("t", "z", "y", "p", "v", "scale", "dose")
)
_JACLU, _SOLVE = block("jaclu"), block("solve")
_BASE, _INF, _LIVE = group("base"), group("inf"), group("live")
_W, _F, _K = group("w"), group("f"), group("k")
_STILL = 1e100  # beyond every rate, and its product with one is still a number
_MOST_NEWTON, _NEWTON_SHARE = 50, 1e-3
_OVERFLOW = int(Status.QUEUE_OVERFLOW)


@inner
def load(job, i):
    """Put the state of a lane into the workspace and read its natural values."""
    stay_apart()
    ws, off, width = job.ws, job.off, job.width
    n = job.states.size
    ws[off[_T] * width + i] = job.lanes[i].t
    for k in range(n):
        ws[(off[_Z] + k) * width + i] = ws[(off[_BASE] + k) * width + i]
    if job.n_algebraic > 0 and job.lanes[i].spoilt == 0:
        _make_consistent(job, i)
    call_block(job.address[_NATURAL], job.pointer)
    for k in range(n):
        job.scratch[Y, k] = ws[(off[_Y] + k) * width + i]


@inner
def _make_consistent(job, i):
    """Solve the algebraic equations of a lane for their unknowns, the others standing still.

    With an infinite `w` the matrix of a step is that of Newton's method: what is differential
    does not move.
    """
    stay_apart()
    ws, off, width = job.ws, job.off, job.width
    ws[off[_W] * width + i] = _STILL
    for turn in range(_MOST_NEWTON):
        call_block(job.address[_NATURAL], job.pointer)
        call_block(job.address[_JACLU], job.pointer)
        for k in range(job.states.size):
            rate = ws[(off[_F] + k) * width + i] + ws[(off[_INF] + k) * width + i]
            ws[(off[_K] + k) * width + i] = 0.0 if job.states[k].is_algebraic != 0 else -rate
        call_block(job.address[_SOLVE], job.pointer)
        settled = True
        for k in range(job.states.size):
            if job.states[k].is_algebraic != 0:
                value = abs(ws[(off[_BASE] + k) * width + i])
                room = _NEWTON_SHARE * (job.tolerance[0, k] * value + job.tolerance[1, k])
                settled = settled and abs(ws[(off[_K] + k) * width + i]) <= room
        if settled and turn == 0:
            return  # what stands stays, to the bit: a condition tells by it that nothing moved
        for k in range(job.states.size):
            if job.states[k].is_algebraic != 0:
                at = (off[_BASE] + k) * width + i
                ws[at] += ws[(off[_K] + k) * width + i]
                ws[(off[_Z] + k) * width + i] = ws[at]
        if settled:
            return
    job.lanes[i].spoilt = 1
    row = job.rows[job.lanes[i].subject]
    for k in range(job.states.size):
        if job.states[k].is_algebraic != 0:
            row.detail, row.value = k, ws[(off[_BASE] + k) * width + i]


@inner
def put(job, i, k, value):
    """Write a natural value of one state; note where it is not allowed."""
    stay_apart()
    ws, off, width = job.ws, job.off, job.width
    job.scratch[Y, k] = value
    good = np.isfinite(value)
    if job.states[k].is_log != 0:
        good = good and value >= 0.0
        ws[(off[_LIVE] + k) * width + i] = 0.0 if value == 0.0 else 1.0
        ws[(off[_Y] + k) * width + i] = value
        call_block(job.address[_INWARD], job.pointer)
        value = ws[(off[_Z] + k) * width + i]
    ws[(off[_BASE] + k) * width + i] = value
    if not good and job.lanes[i].spoilt == 0:
        job.lanes[i].spoilt = 1
        row = job.rows[job.lanes[i].subject]
        row.detail, row.value = k, job.scratch[Y, k]


@inner
def write(job, i, which, first, last, has_size):
    """Write the values in `scratch` to the targets of an event or dose.

    A concentration is written as an amount in the compartment as it is before the writing.
    """
    stay_apart()
    ws, off, width = job.ws, job.off, job.width
    if has_size != 0:
        call_block(job.address[_ACTIONS + job.events.size + job.doses.size + which], job.pointer)
    for k in range(last - first):
        target = job.writes[first + k]
        if target.has_size != 0:
            continue
        value = job.scratch[VALUES, k]
        if target.is_state != 0:
            old = job.scratch[Y, target.index] if target.adds != 0 else 0.0
            put(job, i, target.index, old + value)
        else:
            at = (off[_P] + target.index) * width + i
            ws[at] = ws[at] + value if target.adds != 0 else value
    load(job, i)
    if has_size == 0:
        return
    for k in range(last - first):
        target = job.writes[first + k]
        if target.has_size != 0:
            amount = job.scratch[VALUES, k] * ws[(off[_SCALE] + k) * width + i]
            old = job.scratch[Y, target.index] if target.adds != 0 else 0.0
            put(job, i, target.index, old + amount)
    load(job, i)


@inner
def give(job, i, dose, amount):
    """Give a bolus."""
    stay_apart()
    item = job.doses[dose]
    job.ws[job.off[_DOSE] * job.width + i] = amount
    call_block(job.address[_ACTIONS + job.events.size + dose], job.pointer)
    for k in range(item.last - item.first):
        job.scratch[VALUES, k] = job.ws[(job.off[_V] + k) * job.width + i]
    write(job, i, job.events.size + dose, item.first, item.last, item.has_size)


@inner
def infuse(job, i, started):
    """Fix the rates of an infusion that starts, if one does, and add up those that run."""
    stay_apart()
    ws, off, width = job.ws, job.off, job.width
    lane = job.lanes[i]
    if started >= 0:
        infusion = job.infusions[started]
        item = job.doses[infusion.dose]
        ws[off[_DOSE] * width + i] = infusion.amount
        which = job.events.size + infusion.dose
        call_block(job.address[_ACTIONS + which], job.pointer)
        if item.has_size != 0:
            call_block(
                job.address[_ACTIONS + job.events.size + job.doses.size + which], job.pointer
            )
        for k in range(item.last - item.first):
            amount = ws[(off[_V] + k) * width + i]
            if job.writes[item.first + k].has_size != 0:
                amount *= ws[(off[_SCALE] + k) * width + i]
            job.rates[started, k] = amount / (infusion.end - infusion.start)
    for k in range(job.states.size):
        ws[(off[_INF] + k) * width + i] = 0.0
    subject = job.subjects[lane.subject]
    for place in range(subject.infusion_start, subject.infusion_end):
        infusion = job.infusions[place]
        if infusion.start <= lane.t < infusion.end:
            item = job.doses[infusion.dose]
            for k in range(item.last - item.first):
                at = (off[_INF] + job.writes[item.first + k].index) * width + i
                ws[at] += job.rates[place, k]


@inner
def note(job, i, name):
    """Add to the event log; return 0, or the status of a log that is full."""
    stay_apart()
    lane = job.lanes[i]
    place = job.counts[LOGGED]
    lane.logged += 1
    if place >= job.log.size:
        job.counts[FULL] = 1
    if place >= job.log.size or lane.logged > job.max_log:
        return _OVERFLOW
    entry = job.log[place]
    entry.row, entry.time, entry.name = lane.subject, lane.t, name
    job.counts[LOGGED] = place + 1
    return 0
