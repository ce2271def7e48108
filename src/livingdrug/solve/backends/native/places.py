"""Positions in the arrays that cross from Python into the compiled loop."""

from __future__ import annotations

__all__ = [
    "ADD_CONSTANT",
    "ADD_STATE",
    "BLOCKS",
    "EVENT",
    "GROUPS",
    "INFUSE",
    "METHOD_BLOCKS",
    "METHOD_GROUPS",
    "SET_CONSTANT",
    "SET_STATE",
    "SWITCH",
    "block",
    "group",
]

BLOCKS = (
    "init",
    "natural",
    "rhs",
    "dfdt",
    "jaclu",
    "solve",
    "roots",
    "conditions",
    "triggers",
    "outputs",
)
"""Order of the addresses of the model's blocks."""

METHOD_BLOCKS = ("rodas_step", "rodas_dense", "rodas_place", "rodas_advance", "rodas_start")
"""Addresses of the method follow; then the actions of events."""

GROUPS = ("t", "w", "z", "y", "p", "s", "f", "dt", "b", "guard", "r", "c", "tr", "o", "v", "dose")
"""Order of the workspace offsets of the model."""

METHOD_GROUPS = (
    "t0", "h", "first", "base", "new", "inf", "live", "k", "dense", "part", "atol", "rtol",
    "controlled", "error", "before", "grow", "shrink", "accept",
)  # fmt: skip
"""Workspace offsets of the method follow."""

SET_CONSTANT, ADD_CONSTANT, SET_STATE, ADD_STATE, INFUSE, SWITCH, EVENT = range(7)
"""Kinds of jump records."""


def block(name: str) -> int:
    """Return the position of a block's address; ``"actions"`` is that of the first action."""
    return (*BLOCKS, *METHOD_BLOCKS, "actions").index(name)


def group(name: str) -> int:
    """Return the position of a group's offset."""
    return (*GROUPS, *METHOD_GROUPS).index(name)
