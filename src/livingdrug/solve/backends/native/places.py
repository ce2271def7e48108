"""Positions in the arrays that cross from Python into the compiled loop."""

from __future__ import annotations

__all__ = [
    "BLOCKS",
    "BOLUS",
    "CONSTANT",
    "EVENT",
    "GROUPS",
    "INFUSE",
    "INFUSED",
    "METHOD_BLOCKS",
    "METHOD_GROUPS",
    "SET_CONSTANT",
    "SET_STATE",
    "SILENT",
    "TIMED",
    "WATCHED",
    "block",
    "group",
]

BLOCKS = (
    "init",
    "natural",
    "inward",
    "rhs",
    "dfdt",
    "jaclu",
    "solve",
    "roots",
    "conditions",
    "switch_times",
    "triggers",
    "delays",
    "priorities",
    "sizes",
    "outputs",
)
"""Order of the addresses of the model's blocks."""

METHOD_BLOCKS = ("rodas_step", "rodas_dense", "rodas_place", "rodas_advance", "rodas_start")
"""Addresses of the method follow.

Then come the values of every event, the amounts of every dose, and the sizes by which those of
each event and of each dose are multiplied.
"""

GROUPS = (
    "t", "w", "z", "y", "p", "s", "f", "dt", "b", "guard", "r", "c", "st", "sl", "tr", "delay",
    "priority", "size", "o", "v", "scale", "dose", "u",
)  # fmt: skip
"""Order of the workspace offsets of the model."""

METHOD_GROUPS = (
    "t0", "h", "first", "base", "new", "inf", "live", "k", "dense", "part", "atol", "rtol",
    "controlled", "mass", "error", "before", "grow", "shrink", "accept",
)  # fmt: skip
"""Workspace offsets of the method follow."""

SET_CONSTANT, SET_STATE, BOLUS, INFUSE, INFUSED, EVENT = range(6)
"""Kinds of records; `INFUSED` is the end of an infusion."""

SILENT = "."
"""Begins the name of an event that the log leaves out."""

TIMED, CONSTANT, WATCHED = range(3)
"""Kinds of conditions: on time alone, on constants alone, all others."""


def block(name: str) -> int:
    """Return the position of a block's address; ``"actions"`` is that of the first event."""
    return (*BLOCKS, *METHOD_BLOCKS, "actions").index(name)


def group(name: str) -> int:
    """Return the position of a group's offset."""
    return (*GROUPS, *METHOD_GROUPS).index(name)
