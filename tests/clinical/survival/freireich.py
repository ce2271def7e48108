"""Weeks in remission and relapse of the 42 children of Freireich 1963, Blood 21:699-716."""

from __future__ import annotations

_RELAPSED = [6, 6, 6, 7, 10, 13, 16, 22, 23]
_STILL = [6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35]

MERCAPTOPURINE: tuple[list[float], list[bool]] = (
    [float(week) for week in (*_RELAPSED, *_STILL)],
    [True] * len(_RELAPSED) + [False] * len(_STILL),
)
PLACEBO: tuple[list[float], list[bool]] = (
    [1.0, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23],
    [True] * 21,
)
