"""The loop over lanes: each lane holds one subject with its own clock, and is refilled.

Everything here is independent of the model. What all lanes do alike is done by functions of
the compiled module; a lane is touched one by one only when its flag says so: an output is due,
a stop or crossing has been reached, it failed or finished.
"""

from __future__ import annotations

import numpy as np

from livingdrug.core.status import Status
from livingdrug.solve.backends.native.call import call_block
from livingdrug.solve.backends.native.compiled import compiled, hot, inner
from livingdrug.solve.backends.native.crossing import scan
from livingdrug.solve.backends.native.landing import clear, land
from livingdrug.solve.backends.native.places import block, group

__all__ = ["run_lanes"]

_INIT, _OUTPUTS = block("init"), block("outputs")
_STEP, _DENSE, _PLACE = block("rodas_step"), block("rodas_dense"), block("rodas_place")
_ADVANCE, _START = block("rodas_advance"), block("rodas_start")
_T, _Y, _P, _S, _GUARD, _O = (group(name) for name in ("t", "y", "p", "s", "guard", "o"))
_T0, _H, _FIRST, _BASE, _NEW, _INF, _LIVE, _PART = (
    group(name) for name in ("t0", "h", "first", "base", "new", "inf", "live", "part")
)
_ATOL, _RTOL, _CONTROLLED = group("atol"), group("rtol"), group("controlled")
_ERROR, _BEFORE, _GROW, _SHRINK, _ACCEPT = (
    group(name) for name in ("error", "before", "grow", "shrink", "accept")
)
_OK, _NOT_FINITE, _SMALL, _MANY, _BAD, _PIVOT = (
    int(Status.OK),
    int(Status.NOT_FINITE),
    int(Status.STEP_TOO_SMALL),
    int(Status.TOO_MANY_STEPS),
    int(Status.BAD_INITIAL),
    int(Status.PIVOT),
)
_EPSILON = float(np.finfo(np.float64).eps)
_STILL_STEPS = 100
_MOST_LOG = float(np.log(np.finfo(np.float64).max))  # beyond it a value is no number
_PIVOT_LIMIT, _MULTIPLIER_LIMIT = 1e-10, 1e8


@compiled
def run_lanes(machine, model, tol, subjects, records, outputs, results, lanes):
    """Run every subject of a chunk.

    The arguments are the named tuples of `livingdrug.solve.backends.native.tables`.
    """
    address, pointer, width = machine.address, machine.pointer, machine.width
    n_subjects = subjects.constants.shape[0]
    following, active = np.int64(0), np.int64(0)
    _prepare(machine, tol)
    for lane in range(width):
        _empty(machine, model, lanes, lane)
        if following < n_subjects:
            following, active = _fill(
                machine, model, subjects, records, outputs, results, lanes, lane, following, active
            )
    while active > 0:
        _choose_steps(machine, lanes)
        call_block(address[_STEP], pointer)
        _judge(machine, model, tol, subjects, records, outputs, results, lanes)
        dense = False
        if model.n_watched > 0:
            call_block(address[_DENSE], pointer)
            dense = True
            scan(machine, model, subjects, lanes)
            _redo_crossed(width, lanes)
        _report_inside(machine, outputs, results, lanes, dense)
        for lane in range(width):
            at = machine.off[_ACCEPT] * width + lane
            machine.ws[at] = 1.0 if lanes.moved[lane] else 0.0
        call_block(address[_ADVANCE], pointer)
        for lane in range(width):
            row = lanes.subject[lane]
            if row < 0:
                continue
            if lanes.judged[lane]:
                at = machine.off[_ERROR] * width + lane
                machine.ws[machine.off[_BEFORE] * width + lane] = max(machine.ws[at], 1e-4)
                lanes.t[lane] = lanes.end[lane]
                arrives = lanes.landing[lane] or lanes.found[lane] == lanes.t[lane]
                if arrives and lanes.status[lane] == _OK:
                    _arrive(machine, model, records, subjects, outputs, results, lanes, lane, row)
            status = lanes.status[lane]
            if status == _OK and lanes.steps[lane] > tol.max_steps:
                status = _MANY
            if status != _OK or lanes.t[lane] >= outputs.end:
                results.status[row] = status
                results.end[row] = lanes.t[lane]
                results.steps[row] = lanes.steps[lane]
                active -= 1
                _empty(machine, model, lanes, lane)
                if following < n_subjects:
                    following, active = _fill(
                        machine, model, subjects, records, outputs, results, lanes, lane,
                        following, active,
                    )  # fmt: skip


@inner
def _prepare(machine, tol):
    """Put the tolerances into the workspace, for all lanes."""
    ws, off, width = machine.ws, machine.off, machine.width
    for i in range(tol.rtol.size):
        for lane in range(width):
            ws[(off[_ATOL] + i) * width + lane] = tol.atol[i]
            ws[(off[_RTOL] + i) * width + lane] = tol.rtol[i]
            ws[(off[_CONTROLLED] + i) * width + lane] = 1.0 if tol.controlled[i] else 0.0


@inner
def _empty(machine, model, lanes, lane):
    """Make a lane idle: it steps along, and nothing of it is kept."""
    ws, off, width = machine.ws, machine.off, machine.width
    lanes.subject[lane] = -1
    lanes.moved[lane] = lanes.judged[lane] = lanes.needs_size[lane] = False
    ws[off[_BEFORE] * width + lane] = 1.0
    for i in range(model.is_log.size):
        ws[(off[_BASE] + i) * width + lane] = 0.0
        ws[(off[_INF] + i) * width + lane] = 0.0
        ws[(off[_LIVE] + i) * width + lane] = 1.0


@hot
def _choose_steps(machine, lanes):
    """Set the step of every lane; two steps share what is left before a stop."""
    ws, off, width = machine.ws, machine.off, machine.width
    some = False
    for lane in range(width):
        ws[off[_T0] * width + lane] = lanes.t[lane]
        some = some or lanes.needs_size[lane]
    if some:
        call_block(machine.address[_START], machine.pointer)
        for lane in range(width):
            if lanes.needs_size[lane]:
                lanes.h[lane], lanes.needs_size[lane] = ws[off[_FIRST] * width + lane], False
                lanes.rejected[lane] = False
                ws[off[_BEFORE] * width + lane] = 1.0
    for lane in range(width):
        taken = 1.0
        lanes.landing[lane] = False
        if lanes.subject[lane] >= 0:
            gap = lanes.stop[lane] - lanes.t[lane]
            taken = lanes.h[lane]
            if taken * 1.0000001 >= gap:
                taken, lanes.landing[lane] = gap, True
            elif 2.0 * taken > gap:
                taken = 0.5 * gap
        lanes.taken[lane] = taken
        ws[off[_H] * width + lane] = taken


@hot
def _judge(machine, model, tol, subjects, records, outputs, results, lanes):
    """Accept or reject the step of every lane."""
    ws, off, width = machine.ws, machine.off, machine.width
    for lane in range(width):
        row = lanes.subject[lane]
        lanes.moved[lane] = lanes.judged[lane] = False
        if row < 0:
            continue
        lanes.steps[lane] += 1
        error = ws[off[_ERROR] * width + lane]
        guard = off[_GUARD] * width + lane
        bad_pivot = not (ws[guard] >= _PIVOT_LIMIT and ws[guard + width] <= _MULTIPLIER_LIMIT)
        lanes.status[lane] = _OK
        taken = lanes.taken[lane]
        # over a gap of a few roundings of the time the estimate is all rounding
        tiny = taken <= max(16.0 * _EPSILON * abs(lanes.t[lane]), 1e-14) and error < 1e300
        if (error <= 1.0 or tiny) and not bad_pivot:
            # a transient may fit into a rounding of the time, but not many steps may
            stands = not lanes.landing[lane] and lanes.t[lane] + taken == lanes.t[lane]
            lanes.still[lane] = lanes.still[lane] + 1 if stands else 0
            if lanes.still[lane] > _STILL_STEPS:
                lanes.status[lane] = _SMALL
            for i in range(model.is_log.size):
                if model.is_log[i] and ws[(off[_NEW] + i) * width + lane] > _MOST_LOG:
                    lanes.status[lane] = _NOT_FINITE
                    results.detail[row], results.value[row] = i, np.inf
            grow = ws[off[_GROW] * width + lane]
            lanes.h[lane] = taken * (min(grow, 1.0) if lanes.rejected[lane] else grow)
            lanes.rejected[lane] = False
            lanes.moved[lane] = lanes.judged[lane] = True
            lanes.found[lane] = np.inf
            lanes.end[lane] = lanes.stop[lane] if lanes.landing[lane] else lanes.t[lane] + taken
            continue
        lanes.crossing[lane] = lanes.crossing[lane] and not bad_pivot
        lanes.h[lane] = taken * ws[off[_SHRINK] * width + lane]
        lanes.rejected[lane] = True
        if lanes.crossing[lane]:
            lanes.stop[lane] = _next_stop(subjects, records, row, lanes.record[lane], outputs)
            lanes.crossing[lane] = False
            clear(lanes.crossed, lane)
        finite = error <= 1e300
        least = max(_EPSILON * abs(lanes.t[lane]), 1e-20)
        if not finite:  # before the edge of what can be computed, no need to creep
            least = 1e-13 * max(1e-3, abs(lanes.t[lane]))
        if lanes.h[lane] < least:
            lanes.status[lane] = _SMALL
            if not finite:
                lanes.status[lane] = _NOT_FINITE
                _find_lost(machine, model, lane, row, results)
            elif bad_pivot:
                lanes.status[lane] = _PIVOT


@hot
def _redo_crossed(width, lanes):
    """Make lanes that crossed something repeat their step so that it ends there."""
    for lane in range(width):
        if not lanes.judged[lane]:
            continue
        found, start = lanes.found[lane], lanes.t[lane]
        if found < np.inf and found > start:
            lanes.stop[lane], lanes.crossing[lane] = found, True
            lanes.h[lane] = max(found - start, lanes.taken[lane])
            lanes.moved[lane] = lanes.judged[lane] = False
        elif found == start:  # a switch that turned back at once: nothing moves
            lanes.end[lane], lanes.moved[lane] = start, False


@inner
def _arrive(machine, model, records, subjects, outputs, results, lanes, lane, row):
    """Do what is due where a lane has landed."""
    lanes.status[lane] = land(machine, model, records, subjects, outputs, results, lanes, lane, row)
    lanes.crossing[lane] = False
    clear(lanes.crossed, lane)
    lanes.needs_size[lane] = True
    lanes.stop[lane] = _next_stop(subjects, records, row, lanes.record[lane], outputs)


@inner
def _find_lost(machine, model, lane, row, results):
    """Note the first state that is not a number."""
    ws, off, width = machine.ws, machine.off, machine.width
    for i in range(model.is_log.size):
        value = ws[(off[_NEW] + i) * width + lane]
        if ws[(off[_LIVE] + i) * width + lane] != 0.0 and not np.isfinite(value):
            results.detail[row], results.value[row] = i, value
            return


@hot
def _next_stop(subjects, records, row, place, outputs):
    if place < subjects.record_end[row]:
        return min(records.time[place], outputs.end)
    return outputs.end


@hot
def _report_inside(machine, outputs, results, lanes, dense):
    """Store the outputs that lie strictly inside the steps, one of every lane at a time."""
    ws, off, width = machine.ws, machine.off, machine.width
    address, pointer = machine.address, machine.pointer
    n_times, n_outputs = outputs.times.size, results.values.shape[1]
    while True:
        some = False
        for lane in range(width):
            place = lanes.output[lane]
            lanes.pending[lane] = False
            if lanes.moved[lane] and place < n_times and outputs.times[place] < lanes.end[lane]:
                time = outputs.times[place]
                ws[off[_T] * width + lane] = time
                ws[off[_PART] * width + lane] = (time - lanes.t[lane]) / lanes.taken[lane]
                lanes.pending[lane] = some = True
        if not some:
            return
        if not dense:
            call_block(address[_DENSE], pointer)
            dense = True
        call_block(address[_PLACE], pointer)
        call_block(address[_OUTPUTS], pointer)
        for lane in range(width):
            if lanes.pending[lane]:
                row, place, first = lanes.subject[lane], lanes.output[lane], off[_O] * width + lane
                for i in range(n_outputs):
                    results.values[row, i, place] = ws[first + i * width]
                lanes.output[lane] = place + 1


@inner
def _fill(machine, model, subjects, records, outputs, results, lanes, lane, following, active):
    """Put the next subject that starts well into a lane."""
    ws, off, width = machine.ws, machine.off, machine.width
    n = model.is_log.size
    while following < subjects.constants.shape[0]:
        row = following
        following += 1
        for i in range(subjects.constants.shape[1]):
            ws[(off[_P] + i) * width + lane] = subjects.constants[row, i]
        for i in range(model.switch_kind.size):
            ws[(off[_S] + i) * width + lane] = subjects.switches[row, i]
        lanes.t[lane] = subjects.start[row]
        ws[off[_T] * width + lane] = lanes.t[lane]
        call_block(machine.address[_INIT], machine.pointer)
        status = subjects.status[row]
        for i in range(n):
            value = ws[(off[_Y] + i) * width + lane]
            if not np.isfinite(value) or (value < 0.0 and (model.is_log[i] or model.positive[i])):
                status = _BAD
                results.detail[row], results.value[row] = i, value
            if model.is_log[i]:
                ws[(off[_LIVE] + i) * width + lane] = 0.0 if value == 0.0 else 1.0
                value = np.log(value) if value > 0.0 else -np.inf
            ws[(off[_BASE] + i) * width + lane] = value
        lanes.record[lane], lanes.output[lane] = subjects.record_start[row], 0
        clear(lanes.crossed, lane)
        clear(lanes.fresh, lane)
        lanes.chatter[lane, 0], lanes.chatter[lane, 1] = -np.inf, 0.0
        for i in range(model.n_triggers):
            lanes.was_true[lane, i] = model.trigger_start[i]
        lanes.subject[lane], lanes.steps[lane], lanes.crossing[lane] = row, 0, False
        lanes.still[lane] = 0
        if status == _OK:
            status = land(machine, model, records, subjects, outputs, results, lanes, lane, row)
        if status == _OK and lanes.t[lane] < outputs.end:
            lanes.needs_size[lane] = True
            lanes.stop[lane] = _next_stop(subjects, records, row, lanes.record[lane], outputs)
            return following, active + 1
        results.status[row], results.end[row] = status, lanes.t[lane]
        _empty(machine, model, lanes, lane)
    return following, active
