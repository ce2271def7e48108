"""Steps of delay equations: the method of steps, repeated where a delay is shorter than a step.

While every delay that a rate reads is at least as long as the step, a step reads only what is
known, and the equations are ordinary ones. A delay that varies may become shorter, and may vanish
at a moment. Then a stretch is integrated over and over, each time with the course of the time
before in place of what is not known yet, until the course no longer changes.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from livingdrug.core.status import Status
from livingdrug.solve.backends.reference_past import BeyondError, Past, Piece
from livingdrug.solve.backends.reference_switches import SubjectError
from livingdrug.solve.backends.reference_turns import find_turn

if TYPE_CHECKING:
    from livingdrug.solve.backends.reference_segment import Step, Stretch

__all__ = ["delayed_steps"]

FloatArray = NDArray[np.float64]

_SAMPLES = (0.25, 0.5, 0.75, 1.0)
_TRIES = 30  # to end a step where a delay looks back to a jump; each comes closer to it
_PASSES = 16
_FEW = 5  # passes after which the next stretch is twice as long
_TIGHTER = 0.1  # part of the tolerances: the passes have to agree better than they are asked to
_AGREED = 0.5  # of the tolerances; what is left is smaller by the factor between two passes
_SHORTEST = 1e-12  # of the time reached, or days
_FIRST = 0.1  # of the time in which the states would change by their own size
_BLIND = 0.01  # of the stretch, where the states are zero or do not change


def delayed_steps(
    stretch: Stretch, past: Past, t: float, z: FloatArray, stop: float
) -> Iterator[Step]:
    """Integrate to a stop, and add each step to the past before it is handed out.

    The last step ends earlier where a delay that varies looks back to a jump.

    Parameters
    ----------
    stretch : Stretch
    past : Past
    t : float
    z : ndarray
        What the integrator works on.
    stop : float
        day

    Yields
    ------
    Step

    Raises
    ------
    SubjectError
    """
    constants, truth = list(stretch.p), list(stretch.s)
    longest = past.longest_step(constants)
    walk = _walk(stretch, past, t, z, stop, longest)
    passed: float | None = None
    tries = 0
    while True:
        try:
            step = next(walk, None)
        except BeyondError:
            walk = iter(_repeated(stretch, past, t, z, stop))
            continue
        if step is None and t < stop:  # a stretch that was repeated does not go far
            walk = _walk(stretch, past, t, z, stop, longest)
            continue
        if step is None:
            break
        piece = _piece(stretch, step, constants, truth)
        found = find_turn(stretch, past, step, piece)
        if found is not None and tries < _TRIES:
            (stop, passed), tries = found, tries + 1
            walk = _walk(stretch, past, t, z, stop, longest)
            continue
        past.grow(piece)
        _check(stretch, past, step)
        yield step
        t, z, tries = step.end, step.z_end, 0
    if passed is not None:
        stretch.run.breaks.turn(t, passed)


def _walk(
    stretch: Stretch,
    past: Past,
    t: float,
    z: FloatArray,
    stop: float,
    longest: float,
    tight: float = 1.0,
) -> Iterator[Step]:
    with past.trying():
        solver = stretch.solver(t, z, stop, longest=longest, tight=tight)
    while solver.status == "running":
        with past.trying():
            step = stretch.step(solver)
        yield step


def _piece(stretch: Stretch, step: Step, constants: list[float], truth: list[bool]) -> Piece:
    at = step.at
    return Piece(step.start, step.end, lambda t: stretch.values(at(t)), constants, truth)


def _check(stretch: Stretch, past: Past, step: Step) -> None:
    """Refuse a delay that has become negative on the way."""
    if past.varying:
        for fraction in _SAMPLES:
            t = step.start + fraction * (step.end - step.start)
            past.check(t, stretch.outward(t, step.at(t)), stretch.p, stretch.s)


def _repeated(stretch: Stretch, past: Past, t: float, z: FloatArray, stop: float) -> list[Step]:
    """Return the steps of a stretch that reads its own values, as long as it can be."""
    width = min(past.width, _natural(stretch, past, t, z, stop))
    while width > _SHORTEST * max(1.0, abs(t)):
        end = stop if t + 1.1 * width >= stop else t + width
        found, passes = _fixed_point(stretch, past, t, z, end)
        if found:
            past.width = 2.0 * width if passes <= _FEW else width
            return found
        width /= 4.0
    names = ", ".join(item.program.text for item in past.delays.rates)
    raise SubjectError(Status.STEP_TOO_SMALL, f"a delay vanishes: {names}")


def _natural(stretch: Stretch, past: Past, t: float, z: FloatArray, stop: float) -> float:
    with past.trying():
        rates = np.asarray(stretch.rhs(t, z))
    scale = stretch.atol + stretch.rtol * np.abs(z)
    size, speed = np.linalg.norm(z / scale), np.linalg.norm(rates / scale)
    if size < 1.0 or not speed * (stop - t) > size:
        return _BLIND * (stop - t)
    return min(_FIRST * float(size / speed), stop - t)


def _fixed_point(
    stretch: Stretch, past: Past, t: float, z: FloatArray, end: float
) -> tuple[list[Step], int]:
    """Integrate until two passes agree; no steps where they do not."""
    constants, truth = list(stretch.p), list(stretch.s)
    with past.trying():
        rates = np.asarray(stretch.rhs(t, z))
    before: list[Step] = []
    past.guess = [
        Piece(t, math.inf, lambda s: stretch.values(z + (s - t) * rates), constants, truth)
    ]
    try:
        for passes in range(_PASSES):
            steps = list(_walk(stretch, past, t, z, end, math.inf, _TIGHTER))
            if before and _agree(stretch, before, steps):
                return steps, passes
            before = steps
            past.guess = [_piece(stretch, step, constants, truth) for step in steps]
    except SubjectError as error:
        # the values of a pass that is far off may be impossible
        if error.status is Status.TOO_MANY_STEPS:
            raise
    finally:
        past.guess = []
    return [], _PASSES


def _agree(stretch: Stretch, before: list[Step], steps: list[Step]) -> bool:
    place = 0
    for step in steps:
        for t in (0.5 * (step.start + step.end), step.end):
            while before[place].end < t and place < len(before) - 1:
                place += 1
            now, then = step.at(t), before[place].at(t)
            allowed = stretch.atol + stretch.rtol * np.abs(now)
            if not np.all(np.abs(now - then) <= _AGREED * allowed):
                return False
    return True
