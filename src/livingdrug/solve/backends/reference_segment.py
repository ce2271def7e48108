"""The equations between two stops, as an integrator takes them, and what is crossed on the way."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import scipy.integrate
from numpy.typing import NDArray

from livingdrug.core.status import Status
from livingdrug.solve.backends.reference_steppers import STEPPERS
from livingdrug.solve.backends.reference_switches import SubjectError

if TYPE_CHECKING:
    from livingdrug.solve.backends.reference_subject import SubjectRun

__all__ = ["Crossing", "Interpolant", "Landing", "Step", "Stretch"]

FloatArray = NDArray[np.float64]
Interpolant = Callable[[float], FloatArray]

_SAMPLES = (0.25, 0.5, 0.75)
_TIGHT = 1e-13  # smallest relative tolerance that SciPy takes without a warning
_GAP_ULP, _GAP_DAY = 16, 1e-14  # stops closer than this are one time up to rounding
_STILL_STEPS = 100  # a few steps without moving are normal in a very short stretch
_UNCONTROLLED = 1e200  # absolute tolerance that takes a state out of the error norm


@dataclass(slots=True)
class Landing:
    """Where a stretch ended.

    Attributes
    ----------
    time : float
    y : list of float
    flipped : sequence of int
        Switches whose crossing was reached.
    extinct : sequence of int
        States that fell through their extinction threshold.
    """

    time: float
    y: list[float]
    flipped: Sequence[int]
    extinct: Sequence[int]


@dataclass(slots=True)
class Crossing:
    """The first crossing in a step: its time, and what is crossed there."""

    time: float
    switches: list[int]
    fallen: list[int]


@dataclass(slots=True)
class Step:
    """One step of an integrator, in what it works on.

    Attributes
    ----------
    start, end : float, day
    z_start, z_end : ndarray
    at : callable
        The interpolant.
    """

    start: float
    end: float
    z_start: FloatArray
    z_end: FloatArray
    at: Interpolant


class Stretch:
    """The equations between two stops: switches, constants and infusions do not change.

    Parameters
    ----------
    run : SubjectRun
    """

    def __init__(self, run: SubjectRun) -> None:
        self.run = run
        self.kernel = run.kernel
        self.p, self.s = run.p, run.switches.truth
        self.bound = run.bound
        self.extinct_logs = [i for i in self.kernel.log_states if run.y[i] == 0.0]
        self.infusion = np.sum([item.rates for item in run.infusions], axis=0, dtype=float)
        thresholds = self.kernel.plan.extinction
        self.watched = [i for i, below in enumerate(thresholds) if not math.isnan(below)]
        self.above: dict[int, bool] = {}
        self.rearm(run.t, run.y)
        self.rtol, self.atol = self._tolerances()
        self.still = 0

    def _tolerances(self) -> tuple[FloatArray, FloatArray]:
        plan, layout = self.kernel.plan, self.kernel.system.layout
        if not layout.states:
            return np.full(1, plan.rtol), np.ones(1)
        rtol = np.full(len(layout.states), max(plan.rtol, _TIGHT))
        atol = np.array(plan.atol, dtype=float)
        for place, slot in enumerate(layout.states):
            if slot.log_state:
                rtol[place] = _TIGHT
            if not slot.controlled:
                atol[place] = _UNCONTROLLED
        return rtol, atol

    def inward(self, y: Sequence[float]) -> FloatArray:
        """Turn values into what the integrator works on."""
        if not y:
            return np.zeros(1)  # the integrators want a state; this one stands still
        z = np.array(y, dtype=float)
        for place in self.kernel.log_states:
            if not y[place] >= 0.0:
                name = self.kernel.system.layout.states[place].name
                raise SubjectError(Status.NOT_FINITE, f"log state {name} became {y[place]:g}")
            z[place] = 0.0 if place in self.extinct_logs else math.log(y[place])
        return z

    def values(self, z: FloatArray) -> list[float]:
        """Turn what the integrator works on into values, but for what rules determine."""
        y: list[float] = z.tolist() if self.run.y else []
        for place in self.kernel.log_states:
            y[place] = 0.0 if place in self.extinct_logs else _exp(y[place])
        return y

    def outward(self, t: float, z: FloatArray) -> list[float]:
        """Turn what the integrator works on into values."""
        y = self.values(z)
        self.bound.settle(t, y, self.p, self.s)
        return y

    def rhs(self, t: float, z: FloatArray) -> list[float]:
        """Return the derivative of what the integrator works on."""
        if not self.run.y:
            return [0.0]
        y = self.outward(t, z)
        rates = self.kernel.rhs(t, y, self.p, self.s)
        if self.run.infusions:
            rates = [rate + extra for rate, extra in zip(rates, self.infusion, strict=True)]
        for place in self.extinct_logs:
            rates[place] = 0.0
        if self.bound.active:
            self.bound.complete(rates, t, y, self.p, self.s)
        return rates

    def jacobian(self, t: float, z: FloatArray) -> FloatArray:
        """Return the matrix of derivatives of `rhs`."""
        y = self.outward(t, z)
        n = len(y)
        if not n:
            return np.zeros((1, 1))
        if self.bound.active:
            return self.bound.reduced(t, y, self.p, self.s)
        values = self.kernel.jacobian(t, y, self.p, self.s)
        matrix: FloatArray = np.array(values, dtype=float).reshape(n, n)
        for place in self.kernel.log_states:
            matrix[:, place] *= y[place]
        for place in self.extinct_logs:
            matrix[place, :] = matrix[:, place] = 0.0
        return matrix

    def solver(
        self,
        t: float,
        z: FloatArray,
        stop: float,
        *,
        longest: float = math.inf,
        tight: float = 1.0,
    ) -> scipy.integrate.OdeSolver:
        """Start an integrator, with a longest step and a part of the tolerances."""
        method = self.kernel.plan.method
        rtol = np.maximum(tight * self.rtol, _TIGHT)
        options: dict[str, object] = {"rtol": rtol, "atol": tight * self.atol}
        if method.implicit:
            options["jac"] = self.jacobian
        if not self.run.y and (self.kernel.plan.trackers or self.kernel.watched_switches):
            longest = min(longest, (stop - t) / 50)  # nothing else limits a step without states
        if longest < math.inf:
            options["max_step"] = longest
        if method.scalar_rtol:
            options["rtol"] = float(rtol.max(initial=_TIGHT))
        rates = np.asarray(self.rhs(t, z))
        if not np.all(np.isfinite(rates)):  # the classes turn this into a step that is no number
            raise SubjectError(Status.NOT_FINITE, self._not_finite(rates, "rate of "))
        stepper = STEPPERS[method.scipy_name]
        try:
            solver: scipy.integrate.OdeSolver = stepper(self.rhs, t, z, stop, **options)
        except (ValueError, ArithmeticError) as error:
            raise SubjectError(Status.NOT_FINITE, str(error)) from error
        if method.scalar_rtol:
            # these classes take one number for their Newton tolerance, then scale errors by this
            solver.rtol = rtol  # type: ignore[attr-defined]
        return solver

    def nudge(self, t: float, z: FloatArray, stop: float) -> FloatArray | None:
        """Cross a gap too small for an integrator; None when it is not.

        Two stops may differ by a rounding of the same time. One explicit step is exact there.
        """
        if stop - t > max(_GAP_ULP * math.ulp(stop), _GAP_DAY):
            return None
        self.run.t = stop
        moved: FloatArray = z + (stop - t) * np.asarray(self.rhs(t, z))
        if not np.all(np.isfinite(moved)):
            raise SubjectError(Status.NOT_FINITE, self._not_finite(moved))
        return moved

    def step(self, solver: scipy.integrate.OdeSolver) -> Step:
        """Take one step; raise what ends this subject."""
        run = self.run
        run.n_steps += 1
        if run.n_steps > self.kernel.plan.max_steps:
            raise SubjectError(Status.TOO_MANY_STEPS, f"{self.kernel.plan.max_steps} steps")
        before, z_before = solver.t, solver.y.copy()
        try:
            solver.step()
        except (ValueError, ArithmeticError, np.linalg.LinAlgError) as error:
            raise SubjectError(Status.NOT_FINITE, str(error)) from error
        run.t = solver.t
        self.still = self.still + 1 if solver.t == before else 0
        if self.still > _STILL_STEPS:
            raise SubjectError(Status.STEP_TOO_SMALL)
        if not np.all(np.isfinite(solver.y)):
            raise SubjectError(Status.NOT_FINITE, self._not_finite(solver.y))
        if solver.status == "failed":
            rates = self.rhs(solver.t, solver.y)
            if not np.all(np.isfinite(rates)):
                raise SubjectError(Status.NOT_FINITE, self._not_finite(np.array(rates), "rate of "))
            raise SubjectError(Status.STEP_TOO_SMALL)
        return Step(before, solver.t, z_before, solver.y.copy(), solver.dense_output())

    def _not_finite(self, values: FloatArray, what: str = "") -> str:
        states = self.kernel.system.layout.states
        bad = [slot.name for slot, v in zip(states, values, strict=True) if not np.isfinite(v)]
        return what + ", ".join(bad)

    # -- crossings ----------------------------------------------------------------------------

    def violations(self, t: float, y: list[float]) -> tuple[list[int], list[int]]:
        """Return the switches and the extinction thresholds that have been crossed."""
        fallen = []
        if self.watched:
            below = self.thresholds(t, y)
            fallen = [i for i in self.watched if self.above[i] and y[i] < below[i]]
        return self.run.switches.inconsistent(t, y, self.p), fallen

    def find_crossing(self, start: float, end: float, at: Interpolant) -> Crossing | None:
        """Return the first crossing in a step."""
        if not self.watched and not self.kernel.watched_switches:
            return None
        fresh = self.run.switches.fresh
        low = start
        for high in self._samples(start, end):
            switches, fallen = self.violations(high, self.outward(high, at(high)))
            # a switch that has just turned may look wrong until rounding is left behind
            settled = [i for i in switches if i not in fresh]
            if settled or fallen:
                return self._bisect(low, high, at, set(settled), set(fallen))
            fresh.intersection_update(switches)
            low = high
        returning = [i for i in fresh if self._moves_away(i, start, end, at)]
        return Crossing(start, returning, []) if returning else None

    def _samples(self, start: float, end: float) -> list[float]:
        """Return the times of a step at which conditions are looked at."""
        times = [start + fraction * (end - start) for fraction in _SAMPLES] + [end]
        past = self.run.past
        if past is not None and self.kernel.delays.watched:
            # what happened within short steps of the past may come back within a long one
            echoes = past.echo_times(self.kernel.delays.watched, start, end, self.p)
            times = sorted({*times, *echoes})
        return times

    def _moves_away(self, place: int, start: float, end: float, at: Interpolant) -> bool:
        roots = self.run.switches.roots
        first = roots(start, self.outward(start, at(start)), self.p)[place]
        last = roots(end, self.outward(end, at(end)), self.p)[place]
        return abs(last) > abs(first)

    def _bisect(
        self, low: float, high: float, at: Interpolant, switches: set[int], fallen: set[int]
    ) -> Crossing:
        """Halve until the time of the crossing is known to rounding."""
        while True:
            middle = 0.5 * (low + high)
            if not low < middle < high:
                return Crossing(high, sorted(switches), sorted(fallen))
            crossed, gone = self.violations(middle, self.outward(middle, at(middle)))
            earlier = switches.intersection(crossed), fallen.intersection(gone)
            if earlier[0] or earlier[1]:
                high = middle
                switches, fallen = earlier
            else:
                low = middle

    def thresholds(self, t: float, y: list[float]) -> list[float]:
        """Return the extinction thresholds as amounts: the size of a compartment may change."""
        sizes = self.kernel.sizes(t, y, self.p, self.s)
        below = self.kernel.plan.extinction
        return [float(low) * size for low, size in zip(below, sizes, strict=True)]

    def rearm(self, t: float, y: list[float]) -> None:
        """A population that has grown above its threshold can fall through it."""
        if not self.watched:
            return
        below = self.thresholds(t, y)
        for place in self.watched:
            self.above[place] = y[place] >= below[place]


def _exp(value: float) -> float:
    try:
        return math.exp(value)
    except OverflowError:
        return math.inf
