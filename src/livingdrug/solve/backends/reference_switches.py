"""The truth of every condition, frozen between the times at which it changes.

Conditions on time alone change at a known time. Conditions on constants change when an event
changes the constant. All others are watched: `inconsistent` says which no longer agree with
their frozen truth.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from livingdrug.core.status import Status
from livingdrug.model.expression.evaluate import compare
from livingdrug.solve.backends.reference_kernel import ReferenceKernel

__all__ = ["SubjectError", "SwitchState"]

_CHATTER_FLIPS = 100
_CHATTER_WINDOW = 1e-9  # day


class SubjectError(Exception):
    """This subject cannot go on.

    Parameters
    ----------
    status : Status
    detail : str, optional
    """

    def __init__(self, status: Status, detail: str = "") -> None:
        super().__init__(status.name)
        self.status = status
        self.detail = detail


class SwitchState:
    """The conditions of one subject.

    Parameters
    ----------
    kernel : ReferenceKernel
    """

    def __init__(self, kernel: ReferenceKernel) -> None:
        self.kernel = kernel
        self.truth: list[bool] = [False] * len(kernel.system.switches)
        self.fresh: set[int] = set()
        self._recent: list[float] = []

    def start(self, t: float, y: Sequence[float], p: Sequence[float]) -> None:
        """Set every condition at the start.

        Parameters
        ----------
        t : float
        y, p : sequence of float
        """
        if not self.truth:
            return
        # a condition inside another one needs the inner truth first; the table is in that order
        for _ in self.truth:
            known = [bool(v) for v in self.kernel.conditions(t, y, p, self.truth)]
            if known == self.truth:
                break
            self.truth = known
        self._set_timed(t, y, p)
        self.fresh = set()

    def roots(self, t: float, y: Sequence[float], p: Sequence[float]) -> list[float]:
        """Return the root function of every condition.

        Parameters
        ----------
        t : float
        y, p : sequence of float

        Returns
        -------
        list of float
        """
        return self.kernel.roots(t, y, p, self.truth) if self.truth else []

    def exact(self, t: float, y: Sequence[float], p: Sequence[float]) -> list[bool]:
        """Return the truth at a time itself, where conditions on time have that just after it.

        Parameters
        ----------
        t : float
        y, p : sequence of float

        Returns
        -------
        list of bool
        """
        truth = list(self.truth)
        if self.kernel.timed_switches:
            now = self.kernel.conditions(t, y, p, truth)
            for place in self.kernel.timed_switches:
                truth[place] = bool(now[place])
        return truth

    def inconsistent(self, t: float, y: Sequence[float], p: Sequence[float]) -> list[int]:
        """Return the watched conditions that differ from their frozen truth.

        Parameters
        ----------
        t : float
        y, p : sequence of float

        Returns
        -------
        list of int
        """
        if not self.kernel.watched_switches:
            return []
        now = self.kernel.conditions(t, y, p, self.truth)
        return [i for i in self.kernel.watched_switches if bool(now[i]) is not self.truth[i]]

    def next_time(self, t: float, y: Sequence[float], p: Sequence[float]) -> float:
        """Return the next time at which a condition on time alone changes.

        Parameters
        ----------
        t : float
        y, p : sequence of float

        Returns
        -------
        float
            Infinity when there is none.
        """
        if not self.kernel.timed_switches:
            return math.inf
        times = self.kernel.switch_times(t, y, p, self.truth)
        return min((time for time in times if time > t), default=math.inf)

    def flip(self, places: Sequence[int], t: float) -> None:
        """Turn conditions whose crossing has been reached.

        Parameters
        ----------
        places : sequence of int
        t : float

        Raises
        ------
        SubjectError
            After more than 100 flips within 1e-9 day.
        """
        for place in places:
            self.truth[place] = not self.truth[place]
            self.fresh.add(place)
            self._recent = [time for time in self._recent if t - time <= _CHATTER_WINDOW] + [t]
            if len(self._recent) > _CHATTER_FLIPS:
                text = self.kernel.system.switches[place].text
                raise SubjectError(Status.CHATTER, f"condition `{text}`")

    def refresh(
        self, before: Sequence[float], t: float, y: Sequence[float], p: Sequence[float]
    ) -> None:
        """Look again after values may have been written.

        A condition whose root did not move keeps its truth: at a crossing just reached the root
        is zero up to rounding, and its sign says nothing.

        Parameters
        ----------
        before : sequence of float
            Roots before the writing.
        t : float
        y, p : sequence of float
        """
        if not self.truth:
            return
        self._set_timed(t, y, p)
        now = self.kernel.conditions(t, y, p, self.truth)
        for place in self.kernel.constant_switches:
            self.truth[place] = bool(now[place])
        after = self.roots(t, y, p)
        now = self.kernel.conditions(t, y, p, self.truth)
        for place in self.kernel.watched_switches:
            if after[place] != before[place]:
                self.truth[place] = bool(now[place])
                self.fresh.discard(place)

    @contextmanager
    def tried(
        self, before: Sequence[float], t: float, y: Sequence[float], p: Sequence[float]
    ) -> Iterator[None]:
        """Let the conditions be as `refresh` would make them, for a while.

        Parameters
        ----------
        before : sequence of float
            Roots before the writing.
        t : float
        y, p : sequence of float
        """
        truth, fresh = list(self.truth), set(self.fresh)
        self.refresh(before, t, y, p)
        try:
            yield
        finally:
            self.truth[:], self.fresh = truth, fresh

    def _set_timed(self, t: float, y: Sequence[float], p: Sequence[float]) -> None:
        """From the change on, a condition on time has the truth that holds just after it."""
        timed = self.kernel.timed_switches
        if not timed:
            return
        times = self.kernel.switch_times(t, y, p, self.truth)
        slopes = self.kernel.switch_slopes(t, y, p, self.truth)
        now = self.kernel.conditions(t, y, p, self.truth)
        for place, time, slope in zip(timed, times, slopes, strict=True):
            if slope == 0.0 or not math.isfinite(time):
                self.truth[place] = bool(now[place])
                continue
            direction = slope if t >= time else -slope
            operator = self.kernel.system.switches[place].operator
            self.truth[place] = compare(operator, direction, 0.0)
