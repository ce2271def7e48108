"""Where in a step a delay that varies looks back to a jump."""

from __future__ import annotations

import itertools
import math
from bisect import bisect_left, bisect_right
from collections.abc import Callable
from typing import TYPE_CHECKING

from livingdrug.solve.backends.reference_past import Past, Piece

if TYPE_CHECKING:
    from livingdrug.solve.backends.reference_segment import Step, Stretch

__all__ = ["find_turn"]

_SAMPLES = (0.0, 0.25, 0.5, 0.75, 1.0)
_ULPS, _CLOSE, _PART = 16, 1e-10, 1e-3
"""A jump so near to an end of the step is at the end: rounding; relative to the time, or days;
but no more than a part of the step."""
_AT = 1e-12
"""Relative, or days: what is looked back to is at a jump, not on one side of it."""


def find_turn(stretch: Stretch, past: Past, step: Step, piece: Piece) -> tuple[float, float] | None:
    """Return the first time inside a step at which a delayed value comes from a jump.

    Parameters
    ----------
    stretch : Stretch
    past : Past
    step : Step
    piece : Piece
        The same, as it will be remembered.

    Returns
    -------
    tuple of float, or None
        That time, and the time of the jump.
    """
    jumps = stretch.run.breaks.passed
    items = tuple(item for item in stretch.kernel.delays.seen if item.varies)
    if not items or not jumps:
        return None
    times = [step.start + part * (step.end - step.start) for part in _SAMPLES[:-1]] + [step.end]

    def back(t: float) -> list[float]:
        y = stretch.outward(t, step.at(t))
        return past.looks_back_to(items, t, y, stretch.p, stretch.s)

    found: list[tuple[float, float]] = []
    with past.trying(piece):
        rows = [back(t) for t in times]
        for k, place in itertools.product(range(len(times) - 1), range(len(rows[0]))):
            low, high = sorted((rows[k][place], rows[k + 1][place]))
            # a delay may leave a jump so slowly that only rounding says where it is
            low, high = low + _AT * max(1.0, abs(low)), high - _AT * max(1.0, abs(high))
            for jump in jumps[bisect_left(jumps, low) : bisect_right(jumps, high)]:

                def ahead(t: float, place: int = place, jump: float = jump) -> bool:
                    return back(t)[place] > jump

                turn = _halve(ahead, times[k], times[k + 1])
                if _inside(turn, step):
                    found.append((turn, jump))
    return min(found, default=None)


def _halve(ahead: Callable[[float], bool], low: float, high: float) -> float:
    """Return where something turns true or false, known to rounding."""
    start = ahead(low)
    while True:
        middle = 0.5 * (low + high)
        if not low < middle < high:
            return high
        if ahead(middle) is start:
            low = middle
        else:
            high = middle


def _inside(t: float, step: Step) -> bool:
    close = min(_CLOSE * max(1.0, abs(t)), _PART * (step.end - step.start))
    close = max(close, _ULPS * math.ulp(t))
    return step.start + close < t < step.end - close
