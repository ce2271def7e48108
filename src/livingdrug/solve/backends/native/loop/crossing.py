"""Where a condition or an extinction threshold is crossed inside the steps of the lanes."""

from __future__ import annotations

import numpy as np

from livingdrug.solve.backends.native.loop.call import call_block, stay_apart
from livingdrug.solve.backends.native.loop.compiled import hot, inner
from livingdrug.solve.backends.native.loop.tables import (
    ABOVE,
    BEFORE,
    CROSSED,
    FRESH,
    KEPT,
    SEEN,
)
from livingdrug.solve.backends.native.places import WATCHED, block, group

__all__ = ["place_at", "scan"]

_PLACE, _ROOTS, _CONDITIONS, _SIZES = (
    block(name) for name in ("rodas_place", "roots", "conditions", "sizes")
)
_T, _Y, _S, _R, _C, _PART, _SIZE = (
    group(name) for name in ("t", "y", "s", "r", "c", "part", "size")
)
_SAMPLES = 4
_NEAREST = 1e-20
"""A crossing this close behind the start of a step is not told from it: at time 0 numbers are so
dense that halving would end at steps whose inverse is infinite."""


@hot
def scan(job):
    """Set `found` of every accepted lane to the time of its first crossing, if there is one."""
    some = False
    for i in range(job.width):
        lane = job.lanes[i]
        lane.hit = 0
        some = some or _searched(lane)
    if not some:
        return
    _note_above(job)
    for sample in range(1, _SAMPLES + 1):
        part = 1.0 if sample == _SAMPLES else sample / _SAMPLES
        for i in range(job.width):
            lane = job.lanes[i]
            time = lane.end if sample == _SAMPLES else lane.t + part * lane.taken
            place_at(job.ws, job.off, job.width, i, time, part)
        _evaluate(job)
        for i in range(job.width):
            lane = job.lanes[i]
            if not _searched(lane) or lane.hit != 0:
                continue
            if _violated(job, i):
                lane.hit = sample
            else:
                for k in range(job.switches.size):
                    job.marks[FRESH, i, k] = job.marks[FRESH, i, k] and job.marks[SEEN, i, k]
    for i in range(job.width):
        lane = job.lanes[i]
        if lane.hit > 0:
            _bisect(job, i)
        elif _searched(lane) and _any_fresh(job, i):
            _turn_back(job, i)


@hot
def _searched(lane):
    return lane.judged != 0 and lane.crossing == 0


@hot
def _any_fresh(job, i):
    some = False
    for k in range(job.switches.size):
        some = some or job.marks[FRESH, i, k]
    return some


@hot
def place_at(ws, off, width, i, time, part):
    """Ask for a lane's state at a part of its step; `rodas_place` fills it in."""
    ws[off[_T] * width + i] = time
    ws[off[_PART] * width + i] = part


@hot
def _evaluate(job):
    """Evaluate the states, conditions and sizes of all lanes at their parts."""
    call_block(job.address[_PLACE], job.pointer)
    call_block(job.address[_CONDITIONS], job.pointer)
    if job.n_sized > 0:
        call_block(job.address[_SIZES], job.pointer)


@hot
def _threshold(job, i, k):
    """Return below which a population is gone; thresholds of concentrations move with the size."""
    threshold = job.states[k].threshold
    if job.n_sized > 0:
        threshold *= job.ws[(job.off[_SIZE] + k) * job.width + i]
    return threshold


@hot
def _note_above(job):
    """Note which populations are at or above their threshold at the start of the step."""
    if job.n_extinct == 0:
        return
    for i in range(job.width):
        place_at(job.ws, job.off, job.width, i, job.lanes[i].t, 0.0)
    call_block(job.address[_PLACE], job.pointer)
    if job.n_sized > 0:
        call_block(job.address[_SIZES], job.pointer)
    for i in range(job.width):
        if job.lanes[i].subject >= 0:
            for k in range(job.states.size):
                value = job.ws[(job.off[_Y] + k) * job.width + i]
                job.marks[ABOVE, i, k] = value >= _threshold(job, i, k)


@hot
def _violated(job, i):
    """Mark what is crossed in the workspace, switches then states; tell if anything is."""
    ws, off, width, size = job.ws, job.off, job.width, job.switches.size
    some = False
    for k in range(size):
        job.marks[SEEN, i, k] = False
        if job.switches[k].kind == WATCHED:
            now = ws[(off[_C] + k) * width + i] != 0.0
            seen = now != (ws[(off[_S] + k) * width + i] != 0.0)
            job.marks[SEEN, i, k] = seen
            some = some or (seen and not job.marks[FRESH, i, k])
    if job.n_extinct > 0:
        for k in range(job.states.size):
            seen = False
            if job.marks[ABOVE, i, k]:
                seen = ws[(off[_Y] + k) * width + i] < _threshold(job, i, k)
            job.marks[SEEN, i, size + k] = seen
            some = some or seen
    return some


@inner
def _look_at(job, i, time, part):
    """Evaluate one lane at a part of its step."""
    place_at(job.ws, job.off, job.width, i, time, part)
    _evaluate(job)
    return _violated(job, i)


@inner
def _bisect(job, i):
    """Close in on the first crossing between two samples."""
    stay_apart()
    lane, size, n_marks = job.lanes[i], job.switches.size, job.marks.shape[2]
    start, taken, sample = lane.t, lane.taken, lane.hit
    low = start + (sample - 1) / _SAMPLES * taken
    high = lane.end if sample == _SAMPLES else start + sample / _SAMPLES * taken
    # by the part of the step: a step shorter than a rounding of the time has no times inside
    _look_at(job, i, high, sample / _SAMPLES)
    for k in range(n_marks):
        fresh = k < size and job.marks[FRESH, i, k]
        job.marks[KEPT, i, k] = job.marks[SEEN, i, k] and not fresh
    while True:
        middle = 0.5 * (low + high)
        if not (low < middle < high) or high - start < _NEAREST:
            break
        _look_at(job, i, middle, (middle - start) / taken)
        some = False
        for k in range(n_marks):
            some = some or (job.marks[KEPT, i, k] and job.marks[SEEN, i, k])
        if some:
            high = middle
            for k in range(n_marks):
                job.marks[KEPT, i, k] = job.marks[KEPT, i, k] and job.marks[SEEN, i, k]
        else:
            low = middle
    for k in range(n_marks):
        job.marks[CROSSED, i, k] = job.marks[KEPT, i, k]
    lane.found = high


@inner
def _turn_back(job, i):
    """Find switches that have just turned and move away from their new truth: they turn back."""
    stay_apart()
    ws, off, width, size = job.ws, job.off, job.width, job.switches.size
    lane = job.lanes[i]
    place_at(ws, off, width, i, lane.t, 0.0)
    call_block(job.address[_PLACE], job.pointer)
    call_block(job.address[_ROOTS], job.pointer)
    for k in range(size):
        job.scratch[BEFORE, k] = np.abs(ws[(off[_R] + k) * width + i])
    place_at(ws, off, width, i, lane.end, 1.0)
    call_block(job.address[_PLACE], job.pointer)
    call_block(job.address[_ROOTS], job.pointer)
    for k in range(size):
        away = np.abs(ws[(off[_R] + k) * width + i]) > job.scratch[BEFORE, k]
        if job.marks[FRESH, i, k] and away:
            job.marks[CROSSED, i, k] = True
            lane.found = lane.t
