"""Where a condition or an extinction threshold is crossed inside the steps of the lanes."""

from __future__ import annotations

from livingdrug.solve.backends.native.call import call_block
from livingdrug.solve.backends.native.compiled import hot, inner
from livingdrug.solve.backends.native.places import block, group

__all__ = ["scan"]

_PLACE, _ROOTS, _CONDITIONS = block("rodas_place"), block("roots"), block("conditions")
_T, _Y, _S, _R, _C, _PART = (group(name) for name in ("t", "y", "s", "r", "c", "part"))
_WATCHED = 2
_SAMPLES = 4


@hot
def scan(machine, model, subjects, lanes):
    """Set `found` of every accepted lane to the time of its first crossing, if there is one."""
    width, k, n = machine.width, model.switch_kind.size, model.is_log.size
    some = False
    for lane in range(width):
        lanes.hit[lane] = 0
        some = some or _searched(lanes, lane)
    if not some:
        return
    if model.n_extinct > 0:
        _note_above(machine, subjects, lanes, n)
    for sample in range(1, _SAMPLES + 1):
        part = 1.0 if sample == _SAMPLES else sample / _SAMPLES
        for lane in range(width):
            last = sample == _SAMPLES
            time = lanes.end[lane] if last else lanes.t[lane] + part * lanes.taken[lane]
            _set(machine, lane, time, part)
        call_block(machine.address[_PLACE], machine.pointer)
        call_block(machine.address[_CONDITIONS], machine.pointer)
        for lane in range(width):
            if not _searched(lanes, lane) or lanes.hit[lane] != 0:
                continue
            if _violated(machine, model, subjects, lanes, lane):
                lanes.hit[lane] = sample
            else:
                for i in range(k):
                    lanes.fresh[lane, i] = lanes.fresh[lane, i] and lanes.seen[i]
    for lane in range(width):
        if lanes.hit[lane] > 0:
            _bisect(machine, model, subjects, lanes, lane)
        elif _searched(lanes, lane):
            _turn_back(machine, model, lanes, lane)


@hot
def _searched(lanes, lane):
    return lanes.judged[lane] and not lanes.crossing[lane]


@hot
def _set(machine, lane, time, part):
    ws, off, width = machine.ws, machine.off, machine.width
    ws[off[_T] * width + lane], ws[off[_PART] * width + lane] = time, part


@hot
def _note_above(machine, subjects, lanes, n):
    """Note which populations are at or above their threshold at the start of the step."""
    ws, off, width = machine.ws, machine.off, machine.width
    for lane in range(width):
        _set(machine, lane, lanes.t[lane], 0.0)
    call_block(machine.address[_PLACE], machine.pointer)
    for lane in range(width):
        row = lanes.subject[lane]
        if row >= 0:
            for i in range(n):
                value = ws[(off[_Y] + i) * width + lane]
                lanes.above[lane, i] = value >= subjects.extinction[row, i]


@hot
def _violated(machine, model, subjects, lanes, lane):
    """Mark in `seen` what is crossed in the workspace, switches then states; say if anything is."""
    ws, off, width = machine.ws, machine.off, machine.width
    k, some = model.switch_kind.size, False
    for i in range(k):
        lanes.seen[i] = False
        if model.switch_kind[i] == _WATCHED:
            now = ws[(off[_C] + i) * width + lane] != 0.0
            lanes.seen[i] = now != (ws[(off[_S] + i) * width + lane] != 0.0)
            some = some or (lanes.seen[i] and not lanes.fresh[lane, i])
    if model.n_extinct > 0:
        row = lanes.subject[lane]
        for i in range(model.is_log.size):
            below = ws[(off[_Y] + i) * width + lane] < subjects.extinction[row, i]
            lanes.seen[k + i] = lanes.above[lane, i] and below
            some = some or lanes.seen[k + i]
    return some


@inner
def _look_at(machine, model, subjects, lanes, lane, time, part):
    """Evaluate one lane at a part of its step."""
    _set(machine, lane, time, part)
    call_block(machine.address[_PLACE], machine.pointer)
    call_block(machine.address[_CONDITIONS], machine.pointer)
    return _violated(machine, model, subjects, lanes, lane)


@inner
def _look(machine, model, subjects, lanes, lane, time):
    """Evaluate one lane at a time inside its step."""
    part = (time - lanes.t[lane]) / lanes.taken[lane]
    return _look_at(machine, model, subjects, lanes, lane, time, part)


@inner
def _bisect(machine, model, subjects, lanes, lane):
    """Close in on the first crossing between two samples."""
    k, size = model.switch_kind.size, lanes.kept.size
    start, taken, sample = lanes.t[lane], lanes.taken[lane], lanes.hit[lane]
    low = start + (sample - 1) / _SAMPLES * taken
    high = lanes.end[lane] if sample == _SAMPLES else start + sample / _SAMPLES * taken
    # by the part of the step: a step shorter than a rounding of the time has no times inside
    _look_at(machine, model, subjects, lanes, lane, high, sample / _SAMPLES)
    for i in range(size):
        lanes.kept[i] = lanes.seen[i] and not (i < k and lanes.fresh[lane, i])
    while True:
        middle = 0.5 * (low + high)
        if not (low < middle < high):
            break
        _look(machine, model, subjects, lanes, lane, middle)
        some = False
        for i in range(size):
            some = some or (lanes.kept[i] and lanes.seen[i])
        if some:
            high = middle
            for i in range(size):
                lanes.kept[i] = lanes.kept[i] and lanes.seen[i]
        else:
            low = middle
    for i in range(size):
        lanes.crossed[lane, i] = lanes.kept[i]
    lanes.found[lane] = high


@inner
def _turn_back(machine, model, lanes, lane):
    """Find switches that have just turned and move away from their new truth: they turn back."""
    ws, off, width = machine.ws, machine.off, machine.width
    k, some = model.switch_kind.size, False
    for i in range(k):
        some = some or lanes.fresh[lane, i]
    if not some:
        return
    _set(machine, lane, lanes.t[lane], 0.0)
    call_block(machine.address[_PLACE], machine.pointer)
    call_block(machine.address[_ROOTS], machine.pointer)
    for i in range(k):
        lanes.before[i] = abs(ws[(off[_R] + i) * width + lane])
    _set(machine, lane, lanes.end[lane], 1.0)
    call_block(machine.address[_PLACE], machine.pointer)
    call_block(machine.address[_ROOTS], machine.pointer)
    for i in range(k):
        away = abs(ws[(off[_R] + i) * width + lane]) > lanes.before[i]
        if lanes.fresh[lane, i] and away:
            lanes.crossed[lane, i] = True
            lanes.found[lane] = lanes.t[lane]
