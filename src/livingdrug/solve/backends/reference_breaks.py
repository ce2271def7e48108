"""When jumps come back: the times at which a delayed value, or a derivative of it, jumps.

A jump of a state at one time is a jump of a rate one delay later, of its derivative two delays
later, and so on; an integrator has to end a step at each, up to its own order. This is known
beforehand for delays that do not change. Where they do, each step is searched for the place at
which the time that is looked back to passes a jump.
"""

from __future__ import annotations

import math
from bisect import bisect_left, insort
from collections.abc import Sequence

from livingdrug.solve.backends.reference_delays import DelayPart, echoes

__all__ = ["Breaks"]

_SMOOTH = 6
"""Derivatives up to which a jump ends a step. The step-size control takes over beyond: the error
of a step across the jump is of the seventh order in its length."""
_ROUGH = 1
"""The same where a delay that varies looks back to it: such places are located step by step, and
each may come back through every such delay, so that higher orders would soon fill the course."""
_LESS = 4
"""By how much smoother the echoes of such places are taken to be, for the same reason."""
_CLOSE = 1e-13  # relative: times that differ by the rounding of sums of lags


class Breaks:
    """The times at which something jumps because something has jumped.

    Parameters
    ----------
    delays : DelayPart
    constants : sequence of float
    tracked : bool
        Whether outputs are followed between the times asked for.
    """

    def __init__(self, delays: DelayPart, constants: Sequence[float], *, tracked: bool) -> None:
        shown = (*delays.seen, *delays.reported) if tracked else delays.seen
        self._rates = sorted({e for item in delays.rates for e in echoes(item, constants)})
        self._seen = sorted(
            {e for item in shown for e in echoes(item, constants)}.difference(self._rates)
        )
        self.passed: list[float] = []
        """Times at which something has jumped, for delays that vary."""
        self._varying = any(item.varies for item in delays.seen)
        self._passed_orders: dict[float, int] = {}
        self._times: list[float] = []
        self._orders: dict[float, int] = {}

    def next_time(self) -> float:
        """Return when the next is due; infinity when none is."""
        return self._times[0] if self._times else math.inf

    def jump(self, t: float) -> None:
        """Take in that something has jumped.

        Parameters
        ----------
        t : float
            day
        """
        self._echo(t, 0)

    def turn(self, t: float, passed: float) -> None:
        """Take in that a delay that varies has looked back to a jump.

        Parameters
        ----------
        t : float
            day
        passed : float
            One of `passed`.
        """
        order = self._passed_orders[passed] + 1
        self._pass(t, order)
        for lag in self._rates:
            self._add(t, t + lag, order + _LESS)

    def reach(self, t: float) -> None:
        """Take in that a time has been reached.

        Parameters
        ----------
        t : float
            day
        """
        while self._times and self._times[0] <= t:
            time = self._times.pop(0)
            order = self._orders.pop(time)
            if order < _SMOOTH:
                self._echo(time, order)

    def _pass(self, t: float, order: int) -> None:
        if self._varying and order <= _ROUGH:
            if t not in self._passed_orders:
                insort(self.passed, t)
            self._passed_orders[t] = min(order, self._passed_orders.get(t, order))

    def _echo(self, t: float, order: int) -> None:
        self._pass(t, order)
        for lag in self._rates:
            self._add(t, t + lag, order + 1)
        if order == 0:
            for lag in self._seen:
                self._add(t, t + lag, _SMOOTH)

    def _add(self, now: float, time: float, order: int) -> None:
        close = _CLOSE * abs(time)
        if not now < time < math.inf:
            return
        place = bisect_left(self._times, time - close)
        if place < len(self._times) and self._times[place] <= time + close:
            known = self._times[place]
            self._orders[known] = min(order, self._orders[known])
            return
        insort(self._times, time)
        self._orders[time] = order
