"""What trackers keep of one subject: extremes, areas and first days along the interpolant.

Between two stops the interpolant of each accepted step is followed, up to a crossing where there
is one; a step that is done again to land there does not count twice. At a stop the values before
and after what happens there count both.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import scipy.optimize
from numpy.typing import NDArray

from livingdrug.solve.backends.base import TRACKED

if TYPE_CHECKING:
    from livingdrug.solve.backends.reference_subject import SubjectRun

__all__ = ["Tracking"]

FloatArray = NDArray[np.float64]
Curve = Callable[[float], float]

_NEAR_END = 1e-3
# beside the ends of a piece, so that an extremum between an end and the first sample shows
_SAMPLES = np.array([0.0, _NEAR_END, *(np.arange(1, 8) / 8), 1.0 - _NEAR_END, 1.0])
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(8)  # exact to degree 15, above any interpolant
_XATOL = 1e-10  # part of the bracket; the search itself stops at about 1.5e-8 of it

_MAXIMUM, _MAXIMUM_DAY, _MINIMUM, _MINIMUM_DAY, _AREA, _ABOVE, _BELOW, _BACK = range(len(TRACKED))


class Tracking:
    """The trackers of a plan for one subject.

    Parameters
    ----------
    run : SubjectRun
    """

    def __init__(self, run: SubjectRun) -> None:
        self.run = run
        self.trackers = run.kernel.plan.trackers
        self.kept = np.full((len(self.trackers), len(TRACKED)), np.nan)
        self.kept[:, _AREA] = 0.0

    def touch(self, t: float, y: list[float]) -> None:
        """Look at the values of one time.

        Parameters
        ----------
        t : float
            day
        y : list of float
        """
        chosen = [i for i, item in enumerate(self.trackers) if item.start <= t <= item.end]
        if chosen:
            row = self._outputs(t, y)
            for i in chosen:
                value = row[self.trackers[i].place]
                level, known = self.trackers[i].level, self.kept[i, _BACK]
                self.kept[i, _BACK] = _day_back([(t, value)], known, level)
                self._see(i, t, value)

    def follow(
        self,
        low: float,
        high: float,
        states: Callable[[float], list[float]],
    ) -> None:
        """Follow the interpolant of a step.

        Parameters
        ----------
        low, high : float, day
            The part of the step that counts.
        states : callable
            Their values at a time.
        """

        def row(t: float) -> list[float]:
            return self._outputs(t, states(t))

        groups: dict[tuple[float, float], list[int]] = {}
        for i, item in enumerate(self.trackers):
            start, end = max(low, item.start), min(high, item.end)
            if start < end:
                groups.setdefault((start, end), []).append(i)
        for (start, end), members in groups.items():
            # the ends as they are: a rounding may not move them out of the step
            days = np.clip(start + _SAMPLES * (end - start), start, end)
            days[-1] = end
            half = 0.5 * (end - start)
            nodes = start + half * (1.0 + _NODES)
            rows = np.array([row(t) for t in days.tolist()])
            inner = np.array([row(t) for t in nodes.tolist()])
            for i in members:
                place = self.trackers[i].place
                self.kept[i, _AREA] += half * float(_WEIGHTS @ inner[:, place])

                def curve(t: float, place: int = place) -> float:
                    return row(t)[place]

                self._follow(i, days, rows[:, place], curve)

    # -- one tracker --------------------------------------------------------------------------

    def _follow(self, i: int, days: FloatArray, values: FloatArray, curve: Curve) -> None:
        points = list(zip(days.tolist(), values.tolist(), strict=True))
        for sign, column in ((1.0, _MAXIMUM), (-1.0, _MINIMUM)):
            points += self._peaks(days, sign * values, sign * self.kept[i, column], sign, curve)
        points.sort()
        level = self.trackers[i].level
        for column, sign in ((_ABOVE, 1.0), (_BELOW, -1.0)):
            if math.isnan(self.kept[i, column]):
                self.kept[i, column] = _first_day(points, sign, level, curve)
        self.kept[i, _BACK] = _day_back(points, self.kept[i, _BACK], level, curve)
        for t, value in points:
            self._see(i, t, value)

    @staticmethod
    def _peaks(
        days: FloatArray, values: FloatArray, best: float, sign: float, curve: Curve
    ) -> list[tuple[float, float]]:
        """Return the maxima of ``sign * curve`` between samples that can matter."""
        found = []
        last = len(days) - 1
        for k in range(1, last):
            if not (values[k] >= values[k - 1] and values[k] >= values[k + 1]):
                continue
            bend = abs(values[k - 1] - 2.0 * values[k] + values[k + 1])
            if bend == 0.0:
                continue  # flat
            # a parabola rises above its middle sample by at most bend / 8; next to an end the
            # samples are too uneven to say
            if 2 < k < last - 2 and values[k] + bend < best:
                continue
            low, high = float(days[k - 1]), float(days[k + 1])
            width = high - low

            def objective(s: float, low: float = low, width: float = width) -> float:
                value = -sign * curve(low + s * width)
                return value if math.isfinite(value) else math.inf

            outcome = scipy.optimize.minimize_scalar(
                objective, bounds=(0.0, 1.0), method="bounded", options={"xatol": _XATOL}
            )
            top = low + float(outcome.x) * width
            found.append((top, curve(top)))
        return found

    def _see(self, i: int, t: float, value: float) -> None:
        """Count one value; of equal extremes the first keeps its day, and NaN is none."""
        kept, level = self.kept[i], self.trackers[i].level
        if value > kept[_MAXIMUM] or (math.isnan(kept[_MAXIMUM]) and not math.isnan(value)):
            kept[_MAXIMUM], kept[_MAXIMUM_DAY] = value, t
        if value < kept[_MINIMUM] or (math.isnan(kept[_MINIMUM]) and not math.isnan(value)):
            kept[_MINIMUM], kept[_MINIMUM_DAY] = value, t
        if math.isnan(kept[_ABOVE]) and value >= level:
            kept[_ABOVE] = t
        if math.isnan(kept[_BELOW]) and value <= level:
            kept[_BELOW] = t

    def _outputs(self, t: float, y: list[float]) -> list[float]:
        run = self.run
        values: list[float] = run.kernel.outputs(t, y, run.p, run.switches.truth)
        return values


def _first_day(points: list[tuple[float, float]], sign: float, level: float, curve: Curve) -> float:
    """Return the first time at which the curve is at or beyond a level; NaN when it is not."""
    before = math.nan
    for t, value in points:
        if sign * value >= sign * level:
            return t if math.isnan(before) else _bisect(before, t, sign, level, curve)
        before = t
    return math.nan


def _day_back(
    points: list[tuple[float, float]], known: float, level: float, curve: Curve | None = None
) -> float:
    """Return the first time at or above a level after a value below it; else what is known."""
    before = math.nan
    for t, value in points:
        if math.isnan(known) and value < level:
            known = -math.inf
        if known == -math.inf and value >= level:
            if math.isnan(before) or curve is None:
                return t
            return _bisect(before, t, 1.0, level, curve)
        before = t
    return known


def _bisect(low: float, high: float, sign: float, level: float, curve: Curve) -> float:
    """Halve until the time is known to rounding."""
    while True:
        middle = 0.5 * (low + high)
        if not low < middle < high:
            return high
        if sign * curve(middle) >= sign * level:
            high = middle
        else:
            low = middle
