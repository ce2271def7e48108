"""What happens at a stop or crossing of one lane."""

from __future__ import annotations

import numpy as np

from livingdrug.core.status import Status
from livingdrug.solve.backends.native import places
from livingdrug.solve.backends.native.call import call_block
from livingdrug.solve.backends.native.compiled import inner
from livingdrug.solve.backends.native.places import block, group

__all__ = ["clear", "land"]

_NATURAL, _ROOTS, _CONDITIONS, _TRIGGERS, _OUTPUTS, _ACTIONS = (
    block(name) for name in ("natural", "roots", "conditions", "triggers", "outputs", "actions")
)
_T, _Z, _Y, _P, _S, _R, _C, _TR, _O, _V = (
    group(name) for name in ("t", "z", "y", "p", "s", "r", "c", "tr", "o", "v")
)
_BASE, _INF, _LIVE = group("base"), group("inf"), group("live")
_SET_CONSTANT, _ADD_CONSTANT = places.SET_CONSTANT, places.ADD_CONSTANT
_SET_STATE, _ADD_STATE = places.SET_STATE, places.ADD_STATE
_INFUSE, _SWITCH, _EVENT = places.INFUSE, places.SWITCH, places.EVENT
_OK, _NOT_FINITE, _CHATTER, _CASCADE, _OVERFLOW = (
    int(Status.OK),
    int(Status.NOT_FINITE),
    int(Status.CHATTER),
    int(Status.EVENT_CASCADE),
    int(Status.QUEUE_OVERFLOW),
)
_WATCHED, _CONSTANT = 2, 1
_CASCADE_LIMIT = 1000


@inner
def clear(flags, lane):
    """Take back all flags of a lane."""
    for i in range(flags.shape[1]):
        flags[lane, i] = False


@inner
def _load(machine, model, lanes, lane):
    """Put the state of a lane into the workspace and read its natural values."""
    ws, off, width = machine.ws, machine.off, machine.width
    n = model.is_log.size
    ws[off[_T] * width + lane] = lanes.t[lane]
    for i in range(n):
        ws[(off[_Z] + i) * width + lane] = ws[(off[_BASE] + i) * width + lane]
    call_block(machine.address[_NATURAL], machine.pointer)
    for i in range(n):
        lanes.lane_y[i] = ws[(off[_Y] + i) * width + lane]


@inner
def _put(machine, model, lanes, lane, i, value):
    """Write a natural value of one state; return whether it is allowed."""
    ws, off, width = machine.ws, machine.off, machine.width
    at = (off[_BASE] + i) * width + lane
    lanes.lane_y[i] = value
    if model.is_log[i]:
        ws[(off[_LIVE] + i) * width + lane] = 0.0 if value == 0.0 else 1.0
        ws[at] = np.log(value) if value > 0.0 else -np.inf
        return value >= 0.0 and np.isfinite(value)
    ws[at] = value
    return np.isfinite(value)


@inner
def _find_spoilt(model, lane_y, row, results):
    """Note the first state that an event or dose has spoilt."""
    for i in range(lane_y.size):
        if not np.isfinite(lane_y[i]) or (model.is_log[i] and lane_y[i] < 0.0):
            results.detail[row], results.value[row] = i, lane_y[i]
            return


@inner
def _report(machine, outputs, results, lanes, lane, row, left):
    """Store the outputs of a stop that are due on this side."""
    ws, width, output = machine.ws, machine.width, lanes.output
    time = lanes.t[lane]
    while output[lane] < outputs.times.size and outputs.times[output[lane]] <= time:
        if outputs.left[output[lane]] != left:
            return
        call_block(machine.address[_OUTPUTS], machine.pointer)
        first = machine.off[_O] * width + lane
        for i in range(results.values.shape[1]):
            results.values[row, i, output[lane]] = ws[first + i * width]
        output[lane] += 1


@inner
def _note(results, row, time, name):
    """Add to the event log; return whether there is room."""
    place = results.log_count[0]
    if place >= results.log_time.size:
        return False
    results.log_row[place], results.log_time[place], results.log_name[place] = row, time, name
    results.log_count[0] = place + 1
    return True


@inner
def _refresh(machine, model, lanes, lane):
    """Look at every condition again after values may have been written."""
    ws, off, width = machine.ws, machine.off, machine.width
    k = model.switch_kind.size
    if k == 0:
        return
    call_block(machine.address[_ROOTS], machine.pointer)
    call_block(machine.address[_CONDITIONS], machine.pointer)
    for i in range(k):
        kind = model.switch_kind[i]
        moved = ws[(off[_R] + i) * width + lane] != lanes.before[i]
        if kind == _CONSTANT or (kind == _WATCHED and moved):
            ws[(off[_S] + i) * width + lane] = ws[(off[_C] + i) * width + lane]
            lanes.fresh[lane, i] = False


@inner
def _roots(machine, model, lanes, lane):
    """Note the roots as they are before something is written."""
    if model.switch_kind.size == 0:
        return
    call_block(machine.address[_ROOTS], machine.pointer)
    for i in range(model.switch_kind.size):
        lanes.before[i] = machine.ws[(machine.off[_R] + i) * machine.width + lane]


@inner
def _jump(machine, model, records, place, lanes, lane):
    """Perform one record that needs no expression; return whether its value is allowed."""
    ws, off, width = machine.ws, machine.off, machine.width
    kind, index, value = records.kind[place], records.index[place], records.value[place]
    if kind == _SET_CONSTANT:
        ws[(off[_P] + index) * width + lane] = value
    elif kind == _ADD_CONSTANT:
        ws[(off[_P] + index) * width + lane] += value
    elif kind == _SET_STATE:
        return _put(machine, model, lanes, lane, index, value)
    elif kind == _ADD_STATE:
        return _put(machine, model, lanes, lane, index, lanes.lane_y[index] + value)
    elif kind == _INFUSE:
        ws[(off[_INF] + index) * width + lane] = value
    elif kind == _SWITCH:
        ws[(off[_S] + index) * width + lane] = value
    return True


@inner
def _settle(machine, model, lanes, lane):
    """Set the conditions and triggers of a subject that starts."""
    ws, off, width, k = machine.ws, machine.off, machine.width, model.switch_kind.size
    for _ in range(k):  # a condition may stand inside another one
        call_block(machine.address[_CONDITIONS], machine.pointer)
        for i in range(k):
            if model.switch_kind[i] != 0:
                ws[(off[_S] + i) * width + lane] = ws[(off[_C] + i) * width + lane]
    call_block(machine.address[_TRIGGERS], machine.pointer)
    for i in range(model.n_triggers):
        is_true = ws[(off[_TR] + i) * width + lane] != 0.0
        lanes.was_true[lane, i] = lanes.was_true[lane, i] and is_true


@inner
def _cross(machine, model, results, lanes, lane, row):
    """Flip the switches and end the populations that were crossed."""
    ws, off, width, k = machine.ws, machine.off, machine.width, model.switch_kind.size
    time, chatter = lanes.t[lane], lanes.chatter
    for i in range(k):
        if lanes.crossed[lane, i]:
            slot = (off[_S] + i) * width + lane
            ws[slot] = 0.0 if ws[slot] != 0.0 else 1.0
            lanes.fresh[lane, i] = True
            if time - chatter[lane, 0] > 1e-9:
                chatter[lane, 0], chatter[lane, 1] = time, 0.0
            chatter[lane, 1] += 1.0
            if chatter[lane, 1] > 100.0:
                results.detail[row] = i
                return _CHATTER
    for i in range(model.is_log.size):
        if lanes.crossed[lane, k + i]:
            _put(machine, model, lanes, lane, i, 0.0)
            if not _note(results, row, time, model.extinct_name[i]):
                return _OVERFLOW
    return _OK


@inner
def land(machine, model, records, subjects, outputs, results, lanes, lane, row):
    """Do everything that is due at the time a lane has reached; return its status."""
    time, record = lanes.t[lane], lanes.record
    _load(machine, model, lanes, lane)
    if lanes.steps[lane] == 0 and model.switch_kind.size > 0:
        _settle(machine, model, lanes, lane)
    _report(machine, outputs, results, lanes, lane, row, True)
    _roots(machine, model, lanes, lane)
    status = _cross(machine, model, results, lanes, lane, row)
    if status != _OK:
        return status
    good = True
    for i in range(model.n_events):
        lanes.due[i] = 0
    while record[lane] < subjects.record_end[row] and records.time[record[lane]] <= time:
        place = record[lane]
        record[lane] += 1
        if records.name[place] >= 0 and not _note(results, row, time, records.name[place]):
            return _OVERFLOW
        if records.kind[place] == _EVENT:
            lanes.due[records.index[place]] += 1
        else:
            good = _jump(machine, model, records, place, lanes, lane) and good
    if not good:
        _find_spoilt(model, lanes.lane_y, row, results)
        return _NOT_FINITE
    _load(machine, model, lanes, lane)
    _refresh(machine, model, lanes, lane)
    status = _events(machine, model, results, lanes, lane, row)
    if status == _OK:
        _report(machine, outputs, results, lanes, lane, row, False)
    return status


@inner
def _events(machine, model, results, lanes, lane, row):
    """Execute scheduled and triggered events until none is left."""
    ws, off, width, due = machine.ws, machine.off, machine.width, lanes.due
    executed = 0
    while True:
        if model.n_triggers > 0:
            call_block(machine.address[_TRIGGERS], machine.pointer)
            for i in range(model.n_triggers):
                is_true = ws[(off[_TR] + i) * width + lane] != 0.0
                if is_true and not lanes.was_true[lane, i]:
                    due[model.trigger_event[i]] += 1
                lanes.was_true[lane, i] = is_true
        chosen = -1
        for i in range(model.n_events):
            if due[i] > 0:
                chosen = i
                break
        if chosen < 0:
            return _OK
        # occurrences at one time whose values come from trigger time all write the same
        times = due[chosen] if model.early_values[chosen] else 1
        due[chosen] -= times
        executed += times
        if executed > _CASCADE_LIMIT:
            return _CASCADE
        for _ in range(times):
            if not _note(results, row, lanes.t[lane], model.event_name[chosen]):
                return _OVERFLOW
        _roots(machine, model, lanes, lane)
        if not _act(machine, model, lanes, lane, chosen):
            _find_spoilt(model, lanes.lane_y, row, results)
            return _NOT_FINITE
        _refresh(machine, model, lanes, lane)


@inner
def _act(machine, model, lanes, lane, chosen):
    """Write the values of one event; return whether they are allowed."""
    ws, off, width = machine.ws, machine.off, machine.width
    first, last = model.action_start[chosen], model.action_start[chosen + 1]
    if last <= first:
        return True
    call_block(machine.address[_ACTIONS + chosen], machine.pointer)
    for i in range(last - first):
        lanes.values[i] = ws[(off[_V] + i) * width + lane]
    good = True
    for i in range(last - first):
        index = model.action_index[first + i]
        if model.action_is_state[first + i]:
            good = _put(machine, model, lanes, lane, index, lanes.values[i]) and good
        else:
            ws[(off[_P] + index) * width + lane] = lanes.values[i]
    if good:
        _load(machine, model, lanes, lane)
    return good
