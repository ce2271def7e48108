"""Integrate from one stop to the next, watching for crossings on the way."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from livingdrug.solve.backends.reference_segment import (
    Crossing,
    Interpolant,
    Landing,
    Step,
    Stretch,
)
from livingdrug.solve.backends.reference_windows import delayed_steps

if TYPE_CHECKING:
    from livingdrug.solve.backends.reference_subject import SubjectRun

__all__ = ["advance"]

FloatArray = NDArray[np.float64]


def advance(run: SubjectRun, stop: float) -> Landing:
    """Integrate to a stop, or to the first crossing before it, storing outputs on the way.

    Parameters
    ----------
    run : SubjectRun
    stop : float
        day

    Returns
    -------
    Landing

    Raises
    ------
    SubjectError
        When this subject cannot go on.
    """
    stretch = Stretch(run)
    outputs = run.task.outputs.times
    if not run.kernel.plan.method.dense_output and run.next_output < outputs.size:
        stop = min(stop, max(float(outputs[run.next_output]), np.nextafter(run.t, math.inf)))
    if run.past is not None:
        run.past.look(run.t, stop)
    z = stretch.inward(run.y)
    moved = stretch.nudge(run.t, z, stop)
    if moved is not None:
        while run.next_output < outputs.size and outputs[run.next_output] < stop:
            run.store(float(outputs[run.next_output]), stretch.outward(run.t, z))
        if run.past is not None:
            run.past.end_at(stop)
        return Landing(stop, stretch.outward(stop, moved), (), ())
    y = run.y
    for step in _steps(stretch, run.t, z, stop):
        crossing = stretch.find_crossing(step.start, step.end, step.at)
        reached = step.end if crossing is None else crossing.time
        while run.next_output < outputs.size and outputs[run.next_output] < reached:
            time = float(outputs[run.next_output])
            run.store(time, stretch.outward(time, step.at(time)))
        if run.kernel.plan.trackers:
            _follow(stretch, step, reached)
        if crossing is not None:
            return _land(stretch, step, crossing)
        y = stretch.outward(step.end, step.z_end)
        stretch.rearm(step.end, y)
        stop = step.end
    return Landing(stop, y, (), ())


def _steps(stretch: Stretch, t: float, z: FloatArray, stop: float) -> Iterator[Step]:
    past = stretch.run.past
    if past is not None:
        yield from delayed_steps(stretch, past, t, z, stop)
        return
    solver = stretch.solver(t, z, stop)
    while solver.status == "running":
        yield stretch.step(solver)


def _follow(stretch: Stretch, step: Step, reached: float) -> None:
    """Let trackers follow a step, in pieces where the past that outputs read has several."""
    run, cuts = stretch.run, [step.start, reached]
    if run.past is not None:
        reported = run.kernel.delays.reported
        cuts[1:1] = run.past.echo_times(reported, step.start, reached, run.p)
    for low, high in itertools.pairwise(cuts):
        run.tracking.follow(low, high, _curve(stretch, step.at))


def _land(stretch: Stretch, step: Step, crossing: Crossing) -> Landing:
    """Redo the last step so that it ends at the crossing."""
    past = stretch.run.past
    if past is not None:  # the past is what has been interpolated, here as well
        past.end_at(crossing.time)
        z = step.at(crossing.time)
        y = stretch.outward(crossing.time, z)
        return Landing(crossing.time, y, crossing.switches, crossing.fallen)
    moved = stretch.nudge(step.start, step.z_start, crossing.time)
    if moved is None:
        solver = stretch.solver(step.start, step.z_start, crossing.time)
        while solver.status == "running":
            stretch.step(solver)
        moved = solver.y
    y = stretch.outward(crossing.time, moved)
    return Landing(crossing.time, y, crossing.switches, crossing.fallen)


def _curve(stretch: Stretch, at: Interpolant) -> Callable[[float], list[float]]:
    return lambda t: stretch.outward(t, at(t))
