"""Save a task where it pauses, and bring it back: to the bit as if it had not paused."""

from __future__ import annotations

import numpy as np

from livingdrug.solve.backends.native.loop.call import stay_apart
from livingdrug.solve.backends.native.loop.compiled import inner
from livingdrug.solve.backends.stochastic.programs import GROUPS
from livingdrug.solve.backends.stochastic.tables import (
    COUNTS,
    DAY,
    DRAW,
    DRAWN,
    ENTRIES,
    GIVEN,
    LEAPS,
    LEAPT,
    OUTPUT,
    SINCE,
    TOUCHED,
)

__all__ = ["exchange"]

_T, _N, _P = GROUPS.index("t"), GROUPS.index("n"), GROUPS.index("p")


@inner
def exchange(job, i, out):
    """Copy a lane to its row of `saved`, or back where it resumes; one order for both ways."""
    stay_apart()
    ws, off, width, lane = job.ws, job.off, job.width, job.lanes[i]
    saved, task, slot = job.saved[lane.task], job.tasks[lane.task], off[_T] * width + i
    if out:
        saved[DAY], saved[SINCE], saved[ENTRIES] = ws[slot], lane.since, lane.logged
        saved[DRAWN], saved[LEAPT] = job.words[DRAW, i], job.words[LEAPS, i]
        saved[OUTPUT], saved[GIVEN] = lane.output - task.first_output, lane.dose - task.first_dose
        saved[TOUCHED] = 0.0
    else:
        ws[slot], lane.since, lane.logged = saved[DAY], saved[SINCE], np.int64(saved[ENTRIES])
        job.words[DRAW, i] = np.uint64(saved[DRAWN])
        job.words[LEAPS, i] = np.uint64(saved[LEAPT])
        lane.output = task.first_output + np.int64(saved[OUTPUT])
        lane.dose = task.first_dose + np.int64(saved[GIVEN])
    at, n = np.int64(COUNTS), job.counts.shape[1]
    at = _slots(job, i, at, np.int64(off[_N]), n, out)
    at = _slots(job, i, at, np.int64(off[_P]), job.constants.shape[1], out)
    for k in range(n):
        if out:
            saved[at + k] = 1.0 if job.alive[i, k] else 0.0
        else:
            job.alive[i, k] = saved[at + k] != 0.0
    for k in range(job.tracks.size):
        if out:
            saved[at + n + k] = job.held[i, k]
        else:
            job.held[i, k] = saved[at + n + k]


@inner
def _slots(job, i, at, first, size, out):
    """Copy some slots of the workspace; return the next place in `saved`."""
    saved = job.saved[job.lanes[i].task]
    for k in range(size):
        place = (first + k) * job.width + i
        if out:
            saved[at + k] = job.ws[place]
        else:
            job.ws[place] = saved[at + k]
    return at + size
