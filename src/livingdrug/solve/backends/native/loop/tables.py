"""The arrays that cross from Python into the compiled loop.

Scalars of one kind of thing are the fields of a record, so that the loop takes few arrays: numba
passes each array of an argument as seven numbers, and that was most of the time it compiled for.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "ABOVE",
    "ARRIVED",
    "BEFORE",
    "BEGUN",
    "CROSSED",
    "DELAY_OF",
    "DOSE",
    "EVENT",
    "FOLLOWING",
    "FRESH",
    "FULL",
    "INFUSION",
    "KEPT",
    "LANE",
    "LOG",
    "LOGGED",
    "OUTPUT",
    "QUEUED",
    "RECORD",
    "RESUMED",
    "ROW",
    "SEEN",
    "STATE",
    "SUBJECT",
    "SWITCH",
    "TRACKER",
    "VALUES",
    "WAS_TRUE",
    "WRITE",
    "Job",
    "Y",
]

Floats = NDArray[np.float64]
Records = NDArray[np.void]


def _record(**fields: str) -> np.dtype[Any]:
    kinds = {"f": np.float64, "i": np.int64}
    names = [(name, kinds[kind]) for kind, text in fields.items() for name in text.split()]
    return np.dtype(names)


LANE = _record(
    f="t h stop taken end found chatter_start part span",
    i="subject steps still record output status hit pending drawn logged flips drawn_then "
    "needs_size landing crossing rejected moved judged due spoilt mode",
)
"""What the loop notes of a lane; a truth is 0 or 1, `mode` one of the next three."""

ARRIVED, BEGUN, RESUMED = range(1, 4)
"""Why a lane has to be attended to before it can step: a stop, a start, the end of a pause."""

SUBJECT = _record(
    f="start end",
    i="status record_start record_end output_start output_end value_start "
    "infusion_start infusion_end seed_low seed_high label_low replicate",
)
"""A subject of the chunk: where its records, outputs, values and infusions lie."""

ROW = _record(f="end value", i="status steps detail phase")
"""How a subject ended; `phase` is 0 before it starts, 1 while it is paused, 2 at its end.

`detail` is the state, condition or event that the status is about; `DELAY_OF` less the event for
a delay.
"""
DELAY_OF = -2

STATE = _record(f="threshold", i="is_log positive name is_algebraic")
SWITCH = _record(i="kind operator")
EVENT = _record(
    i="triggered initial persistent early has_delay has_priority name first last has_size "
    "draws silent"
)
DOSE = _record(i="name first last has_size")
WRITE = _record(i="index is_state adds has_size")
"""A target of an event or dose; those of one lie between its `first` and `last`."""

RECORD = _record(f="time value", i="kind index name")
"""Something due at a known time, sorted within each subject."""

OUTPUT = _record(f="time", i="left")
INFUSION = _record(f="start end amount", i="dose")
QUEUED = _record(f="due tie", i="event")
"""An event that waits for its execution."""

LOG = _record(f="time", i="row name")
TRACKER = _record(f="start end level", i="place")

CROSSED, FRESH, WAS_TRUE, ABOVE, SEEN, KEPT = range(6)
"""Rows of the marks of a lane."""

Y, BEFORE, VALUES = range(3)
"""Rows of the scratch numbers, which hold those of one lane at a time."""

FOLLOWING, LOGGED, FULL = range(3)
"""Places among the counts: next subject, entries of the log, log or queue too short."""


class Job(NamedTuple):
    """Everything that the loop reads and writes; it makes no array itself."""

    # the compiled blocks and their workspace, [slot, lane]
    ws: Floats
    off: NDArray[np.int64]
    address: NDArray[np.int64]
    pointer: int
    width: int
    # the system
    states: Records
    switches: Records
    events: Records
    doses: Records
    writes: Records
    n_algebraic: int
    n_log: int
    n_watched: int  # conditions and thresholds that a step may cross
    n_extinct: int
    n_timed: int
    n_triggers: int
    n_sized: int  # thresholds that move with the size of a compartment
    n_outputs: int
    # the plan
    tolerance: Floats  # rtol, atol, controlled, mass; [4, state]
    rtol: float
    max_steps: int
    max_log: int
    trackers: Records
    # the subjects
    subjects: Records
    constants: Floats
    records: Records
    outputs: Records
    infusions: Records
    rates: Floats  # [infusion, target]
    until: float
    # what the loop notes of its lanes
    lanes: Records
    marks: NDArray[np.bool_]  # [mark, lane, switch then state, or event]
    scratch: Floats
    queue: Records  # [lane, place]
    queued: Floats  # values computed at trigger time, [lane, place, target]
    samples: Floats  # [lane, tracker, point]
    counts: NDArray[np.int64]
    # what comes out
    rows: Records
    values: Floats  # [value]: a subject's are [output, time]
    tracked: Floats  # [subject, tracker, number]
    log: Records
    saved: Floats  # [subject, number]: a paused subject
    now: Floats  # [subject, output]: values at a pause, before anything is added there
