"""Extremes, areas and first days of quantities, from the interpolant of every step.

A step is covered by panels. The quantity at five equidistant points of a panel gives a quartic:
for a state on its natural scale that is the interpolant itself. Panels are halved until the
fourth difference is so small that the quartic misses the quantity by less than the integration
does: this happens for logarithmic states, which may grow by orders of magnitude in a step.
"""

from __future__ import annotations

import numpy as np

from livingdrug.solve.backends.native.loop.call import call_block, stay_apart
from livingdrug.solve.backends.native.loop.compiled import hot, inner
from livingdrug.solve.backends.native.loop.crossing import place_at
from livingdrug.solve.backends.native.places import block, group

__all__ = ["follow", "glance"]

_PLACE, _OUTPUTS = block("rodas_place"), block("outputs")
_O = group("o")
_POINTS = 5
_SMALLEST = 1.0 / 256.0
_MISSED = 33.0  # the quartic misses an exponential by this part of its fourth difference ** 5/4
_HALVINGS = 60
_WAITS = -np.inf  # it has been below the level and not come back


@hot
def follow(job):
    """Follow the trackers of every lane that has moved over its step."""
    for i in range(job.width):
        job.lanes[i].part, job.lanes[i].span = 0.0, 1.0
    limit = (_MISSED * job.rtol) ** 0.8
    while True:
        some = False
        for i in range(job.width):
            lane = job.lanes[i]
            some = some or (lane.moved != 0 and lane.part < 1.0)
        if not some:
            return
        for point in range(_POINTS):
            for i in range(job.width):
                lane = job.lanes[i]
                part = min(lane.part + lane.span * point / (_POINTS - 1), 1.0)
                time = lane.t + part * lane.taken
                if part == 1.0:
                    time = lane.end
                place_at(job.ws, job.off, job.width, i, time, part)
            call_block(job.address[_PLACE], job.pointer)
            call_block(job.address[_OUTPUTS], job.pointer)
            for k in range(job.trackers.size):
                first = (job.off[_O] + job.trackers[k].place) * job.width
                for i in range(job.width):
                    job.samples[i, k, point] = job.ws[first + i]
        for i in range(job.width):
            lane = job.lanes[i]
            if lane.moved != 0 and lane.part < 1.0:
                _take(job, i, limit)


@inner
def glance(job, i):
    """Compare what holds now, where no step ends or begins: before a start, after the end."""
    stay_apart()
    lane = job.lanes[i]
    call_block(job.address[_OUTPUTS], job.pointer)
    for k in range(job.trackers.size):
        tracker = job.trackers[k]
        if tracker.start <= lane.t <= tracker.end:
            value = job.ws[(job.off[_O] + tracker.place) * job.width + i]
            _compare(job.tracked[lane.subject, k], tracker, lane.t, value)


@inner
def _take(job, i, limit):
    """Halve the panel of a lane, or use it and go on to the next."""
    stay_apart()
    lane = job.lanes[i]
    if lane.span > _SMALLEST:
        for k in range(job.trackers.size):
            v = job.samples[i, k]
            size = max(abs(v[0]), abs(v[2]), abs(v[4]))
            fourth = v[0] - 4.0 * v[1] + 6.0 * v[2] - 4.0 * v[3] + v[4]
            if abs(fourth) > limit * size + 1e-300:
                lane.span *= 0.5
                return
    start = lane.t + lane.part * lane.taken
    length = lane.span * lane.taken
    for k in range(job.trackers.size):
        tracker = job.trackers[k]
        low, high = 0.0, 1.0
        if tracker.start > start:
            low = (tracker.start - start) / length
        if tracker.end < start + length:
            high = (tracker.end - start) / length
        if low <= high:
            _panel(
                job.samples[i, k], job.tracked[lane.subject, k], tracker, start, length, low, high
            )
    lane.part += lane.span
    lane.span = min(2.0 * lane.span, 1.0 - lane.part)


@inner
def _panel(v, kept, tracker, start, length, low, high):
    """Update what is kept of one tracker from `low` to `high`, parts of a panel."""
    stay_apart()
    # the quartic c0 + c1 x + ... through the five values, x from 0 to 1
    c0 = v[0]
    c1 = (-25.0 * v[0] + 48.0 * v[1] - 36.0 * v[2] + 16.0 * v[3] - 3.0 * v[4]) / 3.0
    c2 = (70.0 * v[0] - 208.0 * v[1] + 228.0 * v[2] - 112.0 * v[3] + 22.0 * v[4]) / 3.0
    c3 = (-80.0 * v[0] + 288.0 * v[1] - 384.0 * v[2] + 224.0 * v[3] - 48.0 * v[4]) / 3.0
    c4 = (32.0 * v[0] - 128.0 * v[1] + 192.0 * v[2] - 128.0 * v[3] + 32.0 * v[4]) / 3.0
    if low == 0.0 and high == 1.0:
        area = (7.0 * (v[0] + v[4]) + 32.0 * (v[1] + v[3]) + 12.0 * v[2]) / 90.0
    else:
        area = _integral(c0, c1, c2, c3, c4, high) - _integral(c0, c1, c2, c3, c4, low)
    kept[4] = (0.0 if np.isnan(kept[4]) else kept[4]) + area * length
    x = low
    value = _value(c0, c1, c2, c3, c4, low)
    _compare(kept, tracker, start + x * length, value)
    slope = _slope(c1, c2, c3, c4, low)
    for node in range(1, _POINTS + 1):
        following = min(max(node / (_POINTS - 1), low), high)
        if node == _POINTS:
            following = high
        if following <= x:
            continue
        next_slope = _slope(c1, c2, c3, c4, following)
        if slope * next_slope < 0.0:
            turn = _turn(c1, c2, c3, c4, x, following, slope)
            there = _value(c0, c1, c2, c3, c4, turn)
            _first(kept, tracker, c0, c1, c2, c3, c4, x, turn, value, there, start, length)
            _compare(kept, tracker, start + turn * length, there)
            x, value = turn, there
        there = _value(c0, c1, c2, c3, c4, following)
        _first(kept, tracker, c0, c1, c2, c3, c4, x, following, value, there, start, length)
        _compare(kept, tracker, start + following * length, there)
        x, value, slope = following, there, next_slope


@inner
def _value(c0, c1, c2, c3, c4, x):
    return (((c4 * x + c3) * x + c2) * x + c1) * x + c0


@inner
def _slope(c1, c2, c3, c4, x):
    return ((4.0 * c4 * x + 3.0 * c3) * x + 2.0 * c2) * x + c1


@inner
def _integral(c0, c1, c2, c3, c4, x):
    return ((((c4 / 5.0 * x + c3 / 4.0) * x + c2 / 3.0) * x + c1 / 2.0) * x + c0) * x


@inner
def _turn(c1, c2, c3, c4, low, high, slope):
    """Return where the slope changes its sign."""
    stay_apart()
    for _ in range(_HALVINGS):
        middle = 0.5 * (low + high)
        if slope * _slope(c1, c2, c3, c4, middle) > 0.0:
            low = middle
        else:
            high = middle
    return 0.5 * (low + high)


@inner
def _compare(kept, tracker, time, value):
    """Compare one value with the extremes so far, and with the level where it starts beyond it."""
    time = min(max(time, tracker.start), tracker.end)
    if not value <= kept[0]:
        kept[0], kept[1] = value, time
    if not value >= kept[2]:
        kept[2], kept[3] = value, time
    if np.isnan(kept[5]) and value >= tracker.level:
        kept[5] = time
    if np.isnan(kept[6]) and value <= tracker.level:
        kept[6] = time
    if np.isnan(kept[7]) and value < tracker.level:
        kept[7] = _WAITS
    if kept[7] == _WAITS and value >= tracker.level:
        kept[7] = time


@inner
def _first(kept, tracker, c0, c1, c2, c3, c4, low, high, before, after, start, length):
    """Find where the level is reached between two values of a monotone stretch."""
    stay_apart()
    level = tracker.level
    rises = np.isnan(kept[5]) and before < level and after >= level
    falls = np.isnan(kept[6]) and before > level and after <= level
    returns = kept[7] == _WAITS and before < level and after >= level
    if not (rises or falls or returns):
        return
    for _ in range(_HALVINGS):
        middle = 0.5 * (low + high)
        value = _value(c0, c1, c2, c3, c4, middle)
        if (falls and value <= level) or (not falls and value >= level):
            high = middle
        else:
            low = middle
    if rises:
        kept[5] = start + high * length
    if falls:
        kept[6] = start + high * length
    if returns:
        kept[7] = start + high * length
