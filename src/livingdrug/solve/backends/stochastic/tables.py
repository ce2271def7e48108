"""The arrays that cross from Python into the compiled loop of the direct method."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "CLOCK", "COUNTS", "DAY", "DOSED", "DRAW", "DRAWN", "ENDED", "ENTRIES", "FRESH", "FULL",
    "GIVEN", "KEY_0", "KEY_1", "LABEL", "LANE", "LEAPS", "LEAPT", "LOG", "LOGGED", "NEXT",
    "OUTPUT", "PAUSED", "REPLICATE", "SINCE", "TARGET", "TASK", "TOUCHED", "TRACK", "Clocks",
    "Job", "Leap",
]  # fmt: skip

Floats = NDArray[np.float64]
Records = NDArray[np.void]


def _record(**fields: str) -> np.dtype[Any]:
    kinds = {"f": np.float64, "i": np.int64, "u": np.uint64}
    names = [(name, kinds[kind]) for kind, text in fields.items() for name in text.split()]
    return np.dtype(names)


LANE = _record(f="since", i="task output dose logged paused")
"""What is noted of a lane: from when the counts hold, what comes next, whether it pauses."""

TASK = _record(
    f="start end ended",
    i="first_output last_output first_dose last_dose first_value status events",
    u="key_0 key_1 label replicate",
)
"""One replicate of one subject, and how it ended."""

DOSED = _record(f="time amount", i="dose")
"""A dose that is due."""

TARGET = _record(f="entity", i="index is_state adds")
"""Where a dose writes; states in entities."""

TRACK = _record(f="start end level", i="place")
"""A quantity that is followed."""

LOG = _record(f="time", i="task name")

CLOCK = _record(f="left since rate due")
"""The clock of a jump: what is left of its exponential time and from when, the propensity that it
runs at, and the day on which it rings."""

FRESH, PAUSED, ENDED = range(3)
"""Phases of a task."""

DAY, DRAWN, LEAPT, OUTPUT, GIVEN, ENTRIES, SINCE, TOUCHED, COUNTS = range(9)
"""Places in what is saved of a paused task; counts follow, constants, what lives, what is held.

`TOUCHED` says that somebody has changed it at the pause.
"""

NEXT, LOGGED, FULL = range(3)
"""Places of the counters: the next task, entries of the log, whether the log was too small."""

KEY_0, KEY_1, LABEL, REPLICATE, DRAW, LEAPS = range(6)
"""Rows of the words that each lane draws its random numbers from."""


class Job(NamedTuple):
    """One chunk.

    Attributes
    ----------
    ws : ndarray, shape (n_slots * width,)
        The workspace.
    pointer, event, outputs : int
        Addresses of the workspace and of the programs.
    doses : ndarray of int
        Addresses of the programs of the doses.
    off : ndarray of int
        First slot of each group of `programs.GROUPS`.
    stream : int
        The word that names what is drawn.
    max_events, max_log : int
        Of one task.
    whole_doses : int
        Whether a dose that is no whole number of entities is refused.
    lanes, tasks, dosed, targets, tracks, log : ndarray
        Records.
    first_target : ndarray of int, shape (n_doses + 1,)
    words : ndarray of uint64, shape (6, width)
    constants : ndarray, shape (n_tasks, n_constants)
    counts : ndarray, shape (n_tasks, n_states)
        At the start.
    absorbing : ndarray of bool, shape (n_states,)
        No jump brings the population back from zero.
    alive : ndarray of bool, shape (width, n_states)
    times, left : ndarray
        Output times of all tasks, and whether the value before a dose of that time is meant.
    values : ndarray
        What is reported, task by task, ``[output, time]``.
    held : ndarray, shape (width, n_tracks)
        The present value of what is followed.
    before : ndarray, shape (n_tracks,)
        Scratch.
    tracked : ndarray, shape (n_tasks, n_tracks, len(TRACKED))
    counters : ndarray of int, shape (3,)
    until : float
        Where tasks pause; infinite for none.
    phase : ndarray of int, shape (n_tasks,)
    saved : ndarray, shape (n_tasks, COUNTS + 2 n_states + n_constants + n_tracks)
        Paused tasks; no rows where nothing pauses.
    """

    ws: Floats
    pointer: int
    event: int
    outputs: int
    doses: NDArray[np.int64]
    off: NDArray[np.int64]
    width: int
    n_outputs: int
    stream: np.uint64
    max_events: int
    max_log: int
    whole_doses: int
    lanes: Records
    tasks: Records
    dosed: Records
    targets: Records
    tracks: Records
    log: Records
    first_target: NDArray[np.int64]
    words: NDArray[np.uint64]
    constants: Floats
    counts: Floats
    absorbing: NDArray[np.bool_]
    alive: NDArray[np.bool_]
    times: Floats
    left: NDArray[np.bool_]
    values: Floats
    held: Floats
    before: Floats
    tracked: Floats
    counters: NDArray[np.int64]
    until: float
    phase: NDArray[np.int64]
    saved: Floats


class Leap(NamedTuple):
    """What leaps need beside a job.

    Attributes
    ----------
    rates : int
        Address of the program of the propensities.
    langevin : int
        Whether to diffuse rather than to leap.
    epsilon : float
    changes : ndarray, shape (n_jumps, n_states)
    order : ndarray, shape (n_states,)
        Highest order of a law that reads the species; 0 where none does.
    own : ndarray, shape (n_states,)
        How often the species is taken by one jump of that order.
    rate, is_critical, trial, sums : ndarray
        Scratch.
    kept : ndarray, shape (n_states + 1, width)
        Counts and time at the beginning of each lane's last leap.
    pending : ndarray of bool, shape (width,)
        Whether that leap is still to be judged by the propensities where it ends.
    share : ndarray, shape (width,)
        Part of the longest leap that the next one may be.
    """

    rates: int
    langevin: int
    epsilon: float
    changes: Floats
    order: Floats
    own: Floats
    rate: Floats
    is_critical: NDArray[np.bool_]
    trial: Floats
    sums: Floats
    kept: Floats
    pending: NDArray[np.bool_]
    share: Floats


class Clocks(NamedTuple):
    """What the next-reaction method needs beside a job.

    Attributes
    ----------
    rates : int
        Address of the program of all propensities.
    fires : ndarray of int, shape (n_jumps,)
        Addresses of the programs of the jumps.
    first_seen, seen : ndarray of int
        The dependency graph: jump j is seen by ``seen[first_seen[j]:first_seen[j + 1]]``.
    first_changed, changed : ndarray of int
        The states that each jump changes.
    clocks : ndarray
        Records of `CLOCK`.
    heap, where : ndarray of int, shape (n_jumps,)
        Jumps as a binary heap by the day on which they are due, and the place of each in it.
    saved : ndarray, shape (n_tasks, 3, n_jumps)
        Of paused tasks: what is left, since when, at which propensity.
    """

    rates: int
    fires: NDArray[np.int64]
    first_seen: NDArray[np.int64]
    seen: NDArray[np.int64]
    first_changed: NDArray[np.int64]
    changed: NDArray[np.int64]
    clocks: Records
    heap: NDArray[np.int64]
    where: NDArray[np.int64]
    saved: NDArray[np.float64]
