"""The direct method over lanes: each lane makes its own events and is refilled when it ends.

An event uses two uniform numbers keyed by seed, subject, replicate and the number of the event,
so that a path depends on neither the chunk nor the lane nor the times at which it is looked at.
"""

from __future__ import annotations

import numpy as np

from livingdrug.core.status import Status
from livingdrug.solve.backends.native.loop.call import call_block, stay_apart
from livingdrug.solve.backends.native.loop.compiled import compiled, hot, inner
from livingdrug.solve.backends.stochastic.pausing import exchange
from livingdrug.solve.backends.stochastic.programs import EMPTIED, FIRED, GROUPS, STOPPED, UNSOUND
from livingdrug.solve.backends.stochastic.tables import (
    DAY,
    DRAW,
    ENDED,
    FULL,
    KEY_0,
    KEY_1,
    LABEL,
    LEAPS,
    LOGGED,
    NEXT,
    PAUSED,
    REPLICATE,
    TOUCHED,
)

__all__ = [
    "end_task", "fill_lane", "follow", "note_gone", "note_if_gone", "run_direct", "stop",
]  # fmt: skip

_T, _STOP, _HIT, _U, _N, _P, _S, _O, _V, _DOSE, _A = range(len(GROUPS))
_BAD_INITIAL, _NOT_FINITE = int(Status.BAD_INITIAL), int(Status.NOT_FINITE)
_OVERFLOW, _MANY = int(Status.QUEUE_OVERFLOW), int(Status.TOO_MANY_EVENTS)
_MASK = np.uint64(0xFFFFFFFF)
_32, _20, _12, _1 = np.uint64(32), np.uint64(20), np.uint64(12), np.uint64(1)
_MULTIPLIER_0, _MULTIPLIER_1 = np.uint64(0xD2511F53), np.uint64(0xCD9E8D57)
_WEYL_0, _WEYL_1 = np.uint64(0x9E3779B9), np.uint64(0xBB67AE85)
_WHOLE = 1e-6
_LOOK = 1 << 12
"""Events between two looks at lanes that no stop interrupts."""


@compiled
def run_direct(job):
    """Run all tasks of a chunk."""
    first, left, turn = job.off[_HIT] * job.width, 0, 0
    # rows from their own start: an index that might wrap is gathered, and waits for the block
    hits = job.ws[first : first + job.width].view(np.int64)
    made = job.words[DRAW]
    for i in range(job.width):
        left += fill_lane(job, i)
    while left > 0:
        _draw(job)
        call_block(job.event, job.pointer)
        some = np.int64(0)
        for i in range(job.width):
            hit = hits[i]
            some |= hit
            # 0.0 is all zero bits; a lane that was stopped makes the same event again
            made[i] += _1 if hit == 0 else np.uint64(0)
        turn += 1
        if some != 0 or job.tracks.size > 0 or turn % _LOOK == 0:
            left -= _attend(job)


@hot
def _draw(job):
    """Fill both uniform numbers of every lane: Philox4x32-10, as `core.random` has it."""
    # the masks say that 32 bits are enough, which is what lets all lanes go into one register
    width, words = job.width, job.words
    first = job.off[_U] * width
    pair = job.ws[first : first + 2 * width]  # from its own start, so that no index wraps
    for i in range(width):
        k0, k1 = words[KEY_0, i] & _MASK, words[KEY_1, i] & _MASK
        c0, c1 = words[LABEL, i] & _MASK, words[REPLICATE, i] & _MASK
        c2, c3 = job.stream & _MASK, words[DRAW, i] & _MASK
        for _ in range(10):
            product_0, product_1 = (c0 & _MASK) * _MULTIPLIER_0, (c2 & _MASK) * _MULTIPLIER_1
            c0 = ((product_1 >> _32) ^ c1 ^ k0) & _MASK
            c2 = ((product_0 >> _32) ^ c3 ^ k1) & _MASK
            c1, c3 = product_1 & _MASK, product_0 & _MASK
            k0, k1 = (k0 + _WEYL_0) & _MASK, (k1 + _WEYL_1) & _MASK
        high, low = (c0 << _20) | (c1 >> _12), (c2 << _20) | (c3 >> _12)
        pair[i] = (np.float64(np.int64(high)) + 0.5) * 2.0**-52
        pair[width + i] = (np.float64(np.int64(low)) + 0.5) * 2.0**-52


@inner
def _attend(job):
    """Do what is due in every lane; return how many have run out of tasks."""
    stay_apart()
    ended = 0
    for i in range(job.width):
        lane = job.lanes[i]
        if lane.task < 0:
            continue
        hit, status = job.ws[job.off[_HIT] * job.width + i], 0
        fired = hit in (FIRED, EMPTIED)
        if hit == EMPTIED:
            job.words[DRAW, i] += _1
            status = note_gone(job, i)
        if fired and job.tracks.size > 0:
            follow(job, i, job.ws[job.off[_T] * job.width + i], 0)
        if hit == UNSOUND:
            status = _NOT_FINITE
        elif hit == STOPPED:
            status = stop(job, i)
        if status == 0 and np.int64(job.words[DRAW, i]) > job.max_events:
            status = _MANY
        if status != 0:
            job.tasks[lane.task].status = max(status, 0)
            ended += end_task(job, i)
    return ended


@inner
def end_task(job, i):
    """Close a task and take the next one; return 1 when there is none."""
    stay_apart()
    lane = job.lanes[i]
    task = job.tasks[lane.task]
    task.events = np.int64(job.words[DRAW, i])
    task.ended = job.ws[job.off[_T] * job.width + i]
    job.phase[lane.task] = ENDED
    if lane.paused != 0:
        job.phase[lane.task] = PAUSED
        exchange(job, i, True)
    return 1 - fill_lane(job, i)


@inner
def fill_lane(job, i):
    """Give a lane its next task that can start; return 1, or 0 when there is none."""
    stay_apart()
    ws, off, width, lane = job.ws, job.off, job.width, job.lanes[i]
    while True:
        place = job.counters[NEXT]
        if place >= job.tasks.size:
            lane.task = -1
            ws[off[_STOP] * width + i] = -np.inf
            return 0
        job.counters[NEXT] = place + 1
        if job.tasks[place].status == 0 and job.phase[place] != ENDED:
            break
    task = job.tasks[place]
    lane.task, lane.since, lane.logged, lane.paused = place, task.start, 0, 0
    lane.output, lane.dose = task.first_output, task.first_dose
    words = job.words
    words[KEY_0, i], words[KEY_1, i] = task.key_0, task.key_1
    words[LABEL, i], words[REPLICATE, i] = task.label, task.replicate
    words[DRAW, i], words[LEAPS, i] = 0, 0
    ws[off[_T] * width + i] = task.start
    for k in range(job.constants.shape[1]):
        ws[(off[_P] + k) * width + i] = job.constants[place, k]
    for k in range(job.counts.shape[1]):
        ws[(off[_N] + k) * width + i] = job.counts[place, k]
        job.alive[i, k] = job.counts[place, k] > 0.0
    if job.phase[place] == PAUSED:
        exchange(job, i, False)
        if job.tracks.size > 0 and job.saved[place, TOUCHED] != 0.0:
            follow(job, i, job.saved[place, DAY], 0)  # what was held ends where it was changed
    elif job.tracks.size > 0:
        _look(job, i, task.start)
    _set_stop(job, i)
    return 1


@inner
def _set_stop(job, i):
    """Set the next time at which the lane has to be attended to."""
    lane = job.lanes[i]
    task, soonest = job.tasks[lane.task], job.tasks[lane.task].end
    if lane.output < task.last_output:
        soonest = min(soonest, job.times[lane.output])
    if lane.dose < task.last_dose:
        soonest = min(soonest, job.dosed[lane.dose].time)
    if job.until < task.end:
        soonest = min(soonest, job.until)
    # a stop at the very start is reached by no event
    job.ws[job.off[_STOP] * job.width + i] = soonest


@inner
def stop(job, i):
    """Report and dose at a stop; return 0, a status, or -1 at the end of the task."""
    stay_apart()
    lane = job.lanes[i]
    task, now = job.tasks[lane.task], job.ws[job.off[_STOP] * job.width + i]
    _report(job, i, now, True)
    if now >= job.until and now < task.end:
        lane.paused = 1
        return -1
    status = 0
    while status == 0 and lane.dose < task.last_dose and job.dosed[lane.dose].time <= now:
        if job.tracks.size > 0:
            follow(job, i, now, 0)
        status = _give(job, i, now)
        if job.tracks.size > 0:
            follow(job, i, now, 0)
        lane.dose += 1
    if status != 0:
        return status
    _report(job, i, now, False)
    if lane.output >= task.last_output and now >= task.end:
        if job.tracks.size > 0:
            follow(job, i, now, 0)
        job.ws[job.off[_T] * job.width + i] = now
        return -1
    _set_stop(job, i)
    return 0


@inner
def _report(job, i, now, before):
    """Write the outputs that are due: those before a dose of this time, or all."""
    stay_apart()
    ws, off, width, lane = job.ws, job.off, job.width, job.lanes[i]
    task, slot = job.tasks[lane.task], job.off[_T] * job.width + i
    held = ws[slot]
    while lane.output < task.last_output and job.times[lane.output] <= now:
        if before and not job.left[lane.output]:
            break
        ws[slot] = job.times[lane.output]
        call_block(job.outputs, job.pointer)
        n_times = task.last_output - task.first_output
        column = task.first_value + lane.output - task.first_output
        for k in range(job.n_outputs):
            job.values[column + k * n_times] = ws[(off[_O] + k) * width + i]
        lane.output += 1
    ws[slot] = held


@inner
def _give(job, i, now):
    """Give the next dose; return a status."""
    stay_apart()
    ws, off, width, lane = job.ws, job.off, job.width, job.lanes[i]
    dose = job.dosed[lane.dose]
    ws[off[_T] * width + i] = now
    ws[off[_DOSE] * width + i] = dose.amount
    call_block(job.doses[dose.dose], job.pointer)
    for k in range(job.first_target[dose.dose], job.first_target[dose.dose + 1]):
        target = job.targets[k]
        value = ws[(off[_V] + k - job.first_target[dose.dose]) * width + i]
        if target.is_state == 0:
            at = (off[_P] + target.index) * width + i
            ws[at] = ws[at] + value if target.adds != 0 else value
            continue
        count = np.rint(value / target.entity)
        off_by = abs(value / target.entity - count)
        if job.whole_doses != 0 and not off_by <= _WHOLE * max(1.0, abs(count)):
            return _BAD_INITIAL
        at = (off[_N] + target.index) * width + i
        ws[at] = ws[at] + count if target.adds != 0 else count
        if not ws[at] >= 0.0:
            return _BAD_INITIAL
        job.alive[i, target.index] = ws[at] > 0.0
    job.words[DRAW, i] += _1  # what was drawn to wait for belonged to the state before
    return _note(job, i, job.absorbing.size + dose.dose, now)


@inner
def note_gone(job, i):
    """Log the populations that have just gone for good; return a status."""
    status = 0
    for k in range(job.absorbing.size):
        status = max(status, note_if_gone(job, i, k))
    return status


@inner
def note_if_gone(job, i, k):
    """Log a population if it has just gone for good; return a status."""
    empty = job.ws[(job.off[_N] + k) * job.width + i] <= 0.0
    if job.absorbing[k] and job.alive[i, k] and empty:
        job.alive[i, k] = False
        return _note(job, i, k, job.ws[job.off[_T] * job.width + i])
    return 0


@inner
def _note(job, i, name, time):
    """Add to the event log; return 0, or the status of a log that is full."""
    lane, place = job.lanes[i], job.counters[LOGGED]
    lane.logged += 1
    if place >= job.log.size:
        job.counters[FULL] = 1
    if place >= job.log.size or lane.logged > job.max_log:
        return _OVERFLOW
    entry = job.log[place]
    entry.task, entry.time, entry.name = lane.task, time, name
    job.counters[LOGGED] = place + 1
    return 0


@inner
def follow(job, i, now, sloped):
    """Close the stretch that ends now, then look at what is followed anew.

    Between jumps values hold; within a leap, `sloped`, areas take the mean of both ends.
    """
    stay_apart()
    lane = job.lanes[i]
    since = lane.since
    if sloped != 0:
        for k in range(job.tracks.size):
            job.before[k] = job.held[i, k]
        _look(job, i, now)
    for k in range(job.tracks.size):
        track, kept, value = job.tracks[k], job.tracked[lane.task, k], job.held[i, k]
        start, end = max(since, track.start), min(now, track.end)
        if not start <= end:
            continue
        if sloped == 0:
            kept[4] += value * (end - start)
            _compare(kept, track, value, start)
        else:
            kept[4] += 0.5 * (job.before[k] + value) * (end - start)
            _compare(kept, track, job.before[k], start)
            _compare(kept, track, value, end)
    if sloped == 0:
        _look(job, i, now)


@inner
def _compare(kept, track, value, day):
    """Compare a value with the extremes and the level so far."""
    if not value <= kept[0]:
        kept[0], kept[1] = value, day
    if not value >= kept[2]:
        kept[2], kept[3] = value, day
    if np.isnan(kept[5]) and value >= track.level:
        kept[5] = day
    if np.isnan(kept[6]) and value <= track.level:
        kept[6] = day
    if np.isnan(kept[7]) and value < track.level:
        kept[7] = -np.inf  # until it comes back
    if kept[7] == -np.inf and value >= track.level:
        kept[7] = day


@inner
def _look(job, i, now):
    """Take the present values of what is followed."""
    ws, off, width = job.ws, job.off, job.width
    call_block(job.outputs, job.pointer)
    for k in range(job.tracks.size):
        job.held[i, k] = ws[(off[_O] + job.tracks[k].place) * width + i]
    job.lanes[i].since = now
