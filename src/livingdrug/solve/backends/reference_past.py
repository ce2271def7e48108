"""What one subject has been through: values of earlier times, read by delays.

The course so far is kept as the interpolants of its steps, with the constants and the truth of
conditions under which they were made, so that what is read of a time before a jump is what held
then.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal, cast

from livingdrug.core.status import Status
from livingdrug.solve.backends.reference_delays import DelayPart, LoadedDelay, echoes
from livingdrug.solve.backends.reference_switches import SubjectError
from livingdrug.system.layout import InputSlot
from livingdrug.system.printers.python import BlockFunction

__all__ = ["BeyondError", "Past", "Piece"]

_CLOSE = 4e-13  # relative: times closer than this are one time up to rounding of sums of lags
_UNSURE = 16  # samples of a step where it is not known when delayed values turn

Side = Literal["left", "right", "inside"]


class BeyondError(Exception):
    """A step asks for values of a time that the course has not reached."""


@dataclass(slots=True)
class Piece:
    """The course over one step.

    Attributes
    ----------
    start, end : float, day
    states : callable
        Their values at a time.
    constants : list of float
    truth : list of bool
        Of the conditions.
    """

    start: float
    end: float
    states: Callable[[float], list[float]]
    constants: list[float]
    truth: list[bool]


class Past:
    """The course of a subject so far.

    Parameters
    ----------
    delays : DelayPart
    start : float
        day
    """

    def __init__(self, delays: DelayPart, start: float) -> None:
        self.delays = delays
        self.start = self.end = start
        self.pieces: list[Piece] = []
        self.guess: list[Piece] = []
        self.trial = False
        """While a step is tried; its values may be far from those of the course."""
        self.side: Side = "right"
        self.width = math.inf
        """How far ahead the last iterated stretch went."""
        self.varying = tuple(item for item in delays.all if not item.program.steady)
        self._middle = start
        self._earlier: list[float] = []
        self._longest = math.inf

    def begin(self, constants: Sequence[float], inputs: Sequence[InputSlot]) -> None:
        """Take the constants at the start, which hold before it.

        Parameters
        ----------
        constants : sequence of float
        inputs : sequence of InputSlot
            They have their defaults before their first record.
        """
        self._earlier = list(constants)
        for source in inputs:
            self._earlier[source.level], self._earlier[source.slope] = source.default, 0.0
        if not self.varying:
            lags = [lag for item in self.delays.all for lag in echoes(item, constants)]
            self._longest = max(lags, default=0.0)

    def look(self, start: float, stop: float) -> None:
        """Begin a stretch without jumps.

        Its first half sees jumps at its ends from after them, its second from before.

        Parameters
        ----------
        start, stop : float, day
        """
        self.side, self._middle = "inside", 0.5 * (start + stop)

    def grow(self, piece: Piece) -> None:
        """Add a step.

        Parameters
        ----------
        piece : Piece
        """
        self.pieces.append(piece)
        self.end = piece.end
        # times inside the last step are still to be looked at
        forgotten = piece.start - self._longest - _near(piece.end, self._longest)
        if self.pieces[0].end < forgotten:
            keep = bisect_left(self.pieces, forgotten, key=lambda item: item.end)
            if keep > len(self.pieces) // 2:  # seldom, as it moves all that is kept
                del self.pieces[:keep]

    def end_at(self, t: float) -> None:
        """Let the course end inside its last step, or a rounding later.

        Parameters
        ----------
        t : float
            day
        """
        self.end = t
        if self.pieces:
            self.pieces[-1].end = t

    # -- values -------------------------------------------------------------------------------

    def filled(
        self, function: BlockFunction, items: tuple[LoadedDelay, ...], *, report: bool = False
    ) -> BlockFunction:
        """Let a block have its delayed values computed before it runs.

        Parameters
        ----------
        function : BlockFunction
        items : tuple of LoadedDelay
            Those it reads.
        report : bool, optional
            Inside a stretch it sees every jump from after it.

        Returns
        -------
        BlockFunction
        """
        if not items:
            return function

        def run(
            t: float,
            y: Sequence[float],
            p: Sequence[float],
            s: Sequence[bool],
            dose: float = 0.0,
        ) -> list[float]:
            # the slots belong to whoever runs the block
            constants = cast("list[float]", p)
            left = self.side == "left"
            if self.side == "inside" and not report:
                left = t > self._middle
            self._fill(items, t, y, constants, s, left)
            return function(t, y, p, s, dose)

        return run

    def _fill(
        self,
        items: tuple[LoadedDelay, ...],
        t: float,
        y: Sequence[float],
        p: list[float],
        s: Sequence[bool],
        left: bool,
        near: float = 0.0,
    ) -> None:
        for item in items:
            lag = item.lag(t, y, p, s)[0]
            if not lag >= 0.0 and not self.trial:
                text = f"{item.program.text}: the delay is {lag:g}"
                raise SubjectError(Status.BAD_DELAY, text)
            then, near = t - lag, max(near, _near(t, lag))
            if then >= t or not lag >= 0.0:  # no delay, or none left of it in the numbers
                self._fill(item.inner, t, y, p, s, left, near)
                p[item.program.constant] = item.value(t, y, p, s)[0]
            else:
                p[item.program.constant] = self._value(item, then, near, left)

    def _value(self, item: LoadedDelay, then: float, near: float, left: bool) -> float:
        piece = self._piece(then, near, left)
        if piece is None:
            return item.before(then, [], self._earlier, [])[0]
        then = min(max(then, piece.start), piece.end)
        y = piece.states(then)
        self._fill(item.inner, then, y, piece.constants, piece.truth, left, near)
        return item.value(then, y, piece.constants, piece.truth)[0]

    def _piece(self, then: float, near: float, left: bool) -> Piece | None:
        """Return the step that holds a time; None before the start."""
        pieces = self.pieces
        if then > self.end + near:
            if not self.guess:
                raise BeyondError
            pieces = self.guess
        key = then - near if left else then + near
        place = bisect_right(pieces, key, key=lambda piece: piece.start) - 1
        return pieces[place] if place >= 0 else None

    def check(self, t: float, y: Sequence[float], p: list[float], s: Sequence[bool]) -> None:
        """Refuse a negative delay.

        Parameters
        ----------
        t : float
        y, p : sequence of float
        s : sequence of bool

        Raises
        ------
        SubjectError
        """
        self._fill(self.varying if self.pieces else self.delays.all, t, y, p, s, left=False)

    def looks_back_to(
        self,
        items: Sequence[LoadedDelay],
        t: float,
        y: Sequence[float],
        p: list[float],
        s: Sequence[bool],
    ) -> list[float]:
        """Return the times that delayed values are of, and those inside them.

        Parameters
        ----------
        items : sequence of LoadedDelay
        t : float
        y, p : sequence of float
        s : sequence of bool

        Returns
        -------
        list of float
            Each followed by those of the delayed values inside, and inside these.
        """
        times = []
        for item in items:
            self._fill(item.aside, t, y, p, s, left=False)
            then = t - item.lag(t, y, p, s)[0]
            times.append(then)
            piece = self._piece(then, _near(t, t - then), left=False) if then < t else None
            if piece is not None:
                states = piece.states(then)
                held = piece.constants, piece.truth
                times += self.looks_back_to(item.inner, then, states, *held)
            elif then < t:  # before the start, and so is what is delayed inside
                times += [then] * _count(item.inner)
            else:
                times += self.looks_back_to(item.inner, t, y, p, s)
        return times

    @contextmanager
    def trying(self, *ahead: Piece) -> Iterator[None]:
        """Let values be asked for that need not belong to the course.

        Parameters
        ----------
        *ahead : Piece
            To be read after the end of the course.
        """
        self.trial, guess = True, self.guess
        self.guess = list(ahead) or guess
        try:
            yield
        finally:
            self.trial, self.guess = False, guess

    # -- times --------------------------------------------------------------------------------

    def longest_step(self, constants: Sequence[float]) -> float:
        """Return how far rates can be followed without values of the step itself.

        Parameters
        ----------
        constants : sequence of float

        Returns
        -------
        float
            In days; lags that change are left out.
        """
        return min((_first(item, constants) for item in self.delays.rates), default=math.inf)

    def echo_times(
        self,
        items: Sequence[LoadedDelay],
        start: float,
        stop: float,
        constants: Sequence[float],
    ) -> list[float]:
        """Return when delayed values pass from one step of the past to the next.

        Parameters
        ----------
        items : sequence of LoadedDelay
        start, stop : float, day
        constants : sequence of float

        Returns
        -------
        list of float
            Between the two, in order. Where lags change, or a time before the start shows,
            evenly spaced times.
        """
        found: set[float] = set()
        even = False
        for item in items:
            even |= not item.program.steady
            for lag in echoes(item, constants):
                even |= start - lag < self.start
                first = bisect_right(self.pieces, start - lag, key=lambda piece: piece.start)
                for piece in self.pieces[first:]:
                    if piece.start + lag >= stop:
                        break
                    found.add(piece.start + lag)
        if even:
            found.update(start + (stop - start) * k / _UNSURE for k in range(1, _UNSURE))
        near = _near(stop, 0.0)
        return sorted(time for time in found if start + near < time < stop - near)


def _first(item: LoadedDelay, constants: Sequence[float]) -> float:
    """Return the lag of a delayed value; of those inside where it has none."""
    if not item.program.steady:
        return math.inf
    own = item.lag(0.0, [], constants, [])[0]
    if own > 0.0:
        return own
    return min((_first(part, constants) for part in item.inner), default=math.inf)


def _count(items: Sequence[LoadedDelay]) -> int:
    return sum(1 + _count(item.inner) for item in items)


def _near(t: float, lag: float) -> float:
    return _CLOSE * max(abs(t), lag if math.isfinite(lag) else 0.0)
