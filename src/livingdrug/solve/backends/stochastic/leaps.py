"""Tau-leaping and the chemical Langevin equation over lanes.

One call of the rates serves all lanes, then each lane makes one leap. The leap is the longest
within which no propensity is expected to change by more than a share epsilon (Cao 2006). In
tau-leaping, jumps that may use up what they take are critical: at most one of them is made in a
leap, after an exact wait; where a leap would hold few jumps they are made one by one.

Two things are added. A leap takes at most a share 2 epsilon of a species, whatever comes in at the
same time: near rest nets are small, leaps would be long, and Euler's method at step h spreads a
number that relaxes at rate d by 1 / (1 - h d / 2) too far (Cao Y, Petzold LR, Rathinam M, Gillespie
DT. J Chem Phys 2004;121:12169. doi:10.1063/1.1823412). And a leap is taken back, and made half as
long, if a propensity is negative where it ends: a bound that only a law knows was passed.
"""

from __future__ import annotations

import math

import numpy as np

from livingdrug.core.status import Status
from livingdrug.solve.backends.native.loop.call import call_block, stay_apart
from livingdrug.solve.backends.native.loop.compiled import compiled, inner
from livingdrug.solve.backends.stochastic.loop import end_task, fill_lane, follow, note_gone, stop
from livingdrug.solve.backends.stochastic.programs import GROUPS
from livingdrug.solve.backends.stochastic.tables import LEAPS
from livingdrug.solve.backends.stochastic.variates import (
    draw_normal,
    draw_poisson,
    draw_uniform,
)

__all__ = ["run_leaps"]

_T, _STOP = GROUPS.index("t"), GROUPS.index("stop")
_N, _A = GROUPS.index("n"), GROUPS.index("a")
_NOT_FINITE, _MANY = int(Status.NOT_FINITE), int(Status.TOO_MANY_EVENTS)
_FEW = 10.0
"""Firings left below which a jump is critical; jumps in a leap below which it is not worth it."""
_HALVINGS = 200
_SHORTEST = 2.0**-60
"""Share of a leap below which it is no longer taken back."""
_TOTAL, _CRITICAL = 0, 1
_ONE = np.uint64(1)


@compiled
def run_leaps(job, leap):
    """Run all tasks of a chunk; `leap` holds what leaps need beside."""
    left = 0
    for i in range(job.width):
        left += fill_lane(job, i)
    while left > 0:
        call_block(leap.rates, job.pointer)
        for i in range(job.width):
            lane = job.lanes[i]
            if lane.task < 0:
                continue
            status = _step(job, leap, i)
            if status == 0 and np.int64(job.words[LEAPS, i]) > job.max_events:
                status = _MANY
            if status != 0:
                leap.pending[i], leap.share[i] = False, 1.0
                task = job.tasks[lane.task]
                task.status = max(status, 0)
                leaps = np.int64(job.words[LEAPS, i])
                left -= end_task(job, i)
                task.events = leaps


@inner
def _step(job, leap, i):
    """Judge the last leap and make the next, or handle a stop.

    Returns 0, a status, or -1 at the end of the task.
    """
    stay_apart()
    ws, off, width = job.ws, job.off, job.width
    if not leap.pending[i] and ws[off[_T] * width + i] >= ws[off[_STOP] * width + i]:
        return stop(job, i)
    total = _rates(job, leap, i)
    sound = total >= 0.0 and np.isfinite(total)
    if leap.pending[i]:
        leap.pending[i] = False
        if not sound and leap.share[i] > _SHORTEST:
            _take_back(job, leap, i)
            return 0
        leap.share[i] = 1.0
        stops = ws[off[_T] * width + i] >= ws[off[_STOP] * width + i]
        status = _arrive(job, i)
        if stops or status != 0:
            return status
    if not sound:
        return _NOT_FINITE
    job.words[LEAPS, i] += _ONE
    now, until = ws[off[_T] * width + i], ws[off[_STOP] * width + i]
    reach = until
    if total > 0.0:
        span = _span(job, leap, i) * leap.share[i]
        if leap.langevin == 0 and span < _FEW / total:
            reach = _one_by_one(job, leap, i, now, until, total)
        else:
            _keep(job, leap, i, now)
            if leap.langevin != 0:
                reach = _diffuse(job, leap, i, now, min(now + span, until))
            else:
                reach = _leap(job, leap, i, now, until, span)
    ws[off[_T] * width + i] = reach
    return 0 if leap.pending[i] else _arrive(job, i)


@inner
def _arrive(job, i):
    """Look at what a leap or a jump has led to; return 0, a status, or -1 at the end."""
    reach = job.ws[job.off[_T] * job.width + i]
    status = note_gone(job, i)
    if job.tracks.size > 0:
        follow(job, i, reach, 1)
    if status == 0 and reach >= job.ws[job.off[_STOP] * job.width + i]:
        status = stop(job, i)
    return status


@inner
def _keep(job, leap, i, now):
    """Remember where a leap begins."""
    n = leap.changes.shape[1]
    for k in range(n):
        leap.kept[k, i] = job.ws[(job.off[_N] + k) * job.width + i]
    leap.kept[n, i] = now
    leap.pending[i] = True


@inner
def _take_back(job, leap, i):
    """Go back to where a leap began; the next one is half as long."""
    n = leap.changes.shape[1]
    for k in range(n):
        job.ws[(job.off[_N] + k) * job.width + i] = leap.kept[k, i]
    job.ws[job.off[_T] * job.width + i] = leap.kept[n, i]
    leap.share[i] *= 0.5


@inner
def _rates(job, leap, i):
    """Take the propensities, and tell which jumps are critical; return their sum."""
    total, critical = 0.0, 0.0
    for j in range(leap.changes.shape[0]):
        rate = job.ws[(job.off[_A] + j) * job.width + i]
        if not rate >= 0.0:
            return np.nan
        leap.rate[j] = rate
        total += rate
        leap.is_critical[j] = False
        if leap.langevin == 0 and rate > 0.0:
            for k in range(leap.changes.shape[1]):
                lost = -leap.changes[j, k]
                if lost > 0.0 and job.ws[(job.off[_N] + k) * job.width + i] < _FEW * lost:
                    leap.is_critical[j] = True
            if leap.is_critical[j]:
                critical += rate
    leap.sums[_TOTAL], leap.sums[_CRITICAL] = total, critical
    return total


@inner
def _span(job, leap, i):
    """Return the longest leap (Cao 2006, eq. 33; and no species loses more than twice its room)."""
    span = np.inf
    for k in range(leap.changes.shape[1]):
        if leap.order[k] <= 0.0:
            continue
        mean, variance, lost = 0.0, 0.0, 0.0
        for j in range(leap.changes.shape[0]):
            if not leap.is_critical[j]:
                change = leap.changes[j, k]
                mean += change * leap.rate[j]
                variance += change * change * leap.rate[j]
                lost += max(-change, 0.0) * leap.rate[j]
        count = job.ws[(job.off[_N] + k) * job.width + i]
        order = leap.order[k]
        if leap.own[k] >= 2.0 and count > 1.0:
            order += 1.0 / (count - 1.0)
        if leap.own[k] >= 3.0 and count > 2.0:
            order += 2.0 / (count - 2.0)
        room = max(leap.epsilon * count / order, 1.0)
        if mean != 0.0:
            span = min(span, room / abs(mean))
        if variance != 0.0:
            span = min(span, room * room / variance)
        if lost > 0.0:
            span = min(span, 2.0 * room / lost)
    return span


@inner
def _one_by_one(job, leap, i, now, until, total):
    """Make one jump, unless the stop comes first; return the time reached."""
    reach = now - math.log(draw_uniform(job, i)) / total
    if reach >= until:
        return until
    aim, j = draw_uniform(job, i) * total, 0
    part = leap.rate[0]
    while part <= aim and j < leap.changes.shape[0] - 1:
        j += 1
        part += leap.rate[j]
    for k in range(leap.changes.shape[1]):
        job.ws[(job.off[_N] + k) * job.width + i] += leap.changes[j, k]
    return reach


@inner
def _leap(job, leap, i, now, until, span):
    """Make a leap of many jumps, shorter where something would be used up."""
    stay_apart()
    n, width = leap.changes.shape[1], job.width
    for _ in range(_HALVINGS):
        wait = np.inf
        if leap.sums[_CRITICAL] > 0.0:
            wait = -math.log(draw_uniform(job, i)) / leap.sums[_CRITICAL]
        length = min(span, wait, until - now)
        for k in range(n):
            leap.trial[k] = job.ws[(job.off[_N] + k) * width + i]
        for j in range(leap.changes.shape[0]):
            if not leap.is_critical[j] and leap.rate[j] > 0.0:
                count = draw_poisson(job, i, leap.rate[j] * length)
                for k in range(n):
                    leap.trial[k] += count * leap.changes[j, k]
        if length == wait:
            _critical(job, leap, i)
        enough = True
        for k in range(n):
            enough = enough and leap.trial[k] >= 0.0
        if enough:
            for k in range(n):
                job.ws[(job.off[_N] + k) * width + i] = leap.trial[k]
            return until if length == until - now else now + length
        span *= 0.5
    return now


@inner
def _critical(job, leap, i):
    """Make one of the critical jumps."""
    aim, part, chosen = draw_uniform(job, i) * leap.sums[_CRITICAL], 0.0, -1
    for j in range(leap.changes.shape[0]):
        if leap.is_critical[j] and leap.rate[j] > 0.0 and (chosen < 0 or part <= aim):
            part += leap.rate[j]
            chosen = j
    for k in range(leap.changes.shape[1]):
        leap.trial[k] += leap.changes[chosen, k]


@inner
def _diffuse(job, leap, i, now, reach):
    """Make a step of the Langevin equation; counts are real numbers and end at zero."""
    length = reach - now
    for j in range(leap.changes.shape[0]):
        mean = leap.rate[j] * length
        if mean > 0.0:
            extent = mean + math.sqrt(mean) * draw_normal(job, i)
            for k in range(leap.changes.shape[1]):
                job.ws[(job.off[_N] + k) * job.width + i] += extent * leap.changes[j, k]
    for k in range(leap.changes.shape[1]):
        at = (job.off[_N] + k) * job.width + i
        job.ws[at] = max(job.ws[at], 0.0)
    return reach
