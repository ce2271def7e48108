"""Delay differential equations: closed forms, orders, and a second integrator."""

from __future__ import annotations

import math
from math import factorial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import lambertw

from livingdrug.solve.backends.reference_past import Past

from .small import builder, curve, run

METHODS = ("lsoda", "bdf", "dop853", "rk45")


def errors(model, exact, times, method, *rtols, name="y"):
    """Return the largest error at each tolerance."""
    found = []
    for rtol in rtols:
        got = curve(model, name=name, times=times, rtol=rtol, atol=rtol / 100, method=method)
        found.append(float(np.max(np.abs(got - [exact(t) for t in times]))))
    return found


def scalar(rate, initial=1.0, **parameters):
    m = builder()
    m.species("y", initial=initial, unit="1", non_negative=False)
    for name, value in parameters.items():
        m.parameter(name, value, "1")
    m.rate("y", rate)
    return m


def steps_of_one(t):
    """Solve y' = -y(t-1), y = 1 up to 0: a polynomial on each interval of length one."""
    return sum((-1) ** k * (t - (k - 1)) ** k / factorial(k) for k in range(math.floor(t) + 2))


# -- delays that do not change ------------------------------------------------------------------


@pytest.mark.parametrize("method", METHODS)
def test_polynomials_of_the_method_of_steps(method):
    model = scalar("-delay(y, 1)").build()
    times = [0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 3.3, 4.7, 8.2]
    loose, middle, tight = errors(model, steps_of_one, times, method, 1e-4, 1e-7, 1e-10)
    # the error of a course may be a few times what is asked of a step
    assert loose < 1e-3
    assert middle < 2e-6
    assert tight < 1e-9


def test_explicit_methods_are_exact_where_the_solution_is_a_polynomial_of_their_order():
    model = scalar("-delay(y, 1)").build()
    times = [0.5, 1.0, 2.5, 3.9]  # up to degree five; order 5, and every jump ends a step
    assert errors(model, steps_of_one, times, "rk45", 1e-3)[0] < 1e-13
    times.append(6.9)
    assert errors(model, steps_of_one, times, "dop853", 1e-3)[0] < 1e-13


def test_an_exponential_history_goes_on_with_the_root_of_lambert():
    # y' = a y(t - tau) has the solutions exp(s t), s = W(a tau) / tau
    a, tau = -0.3, 0.8
    s = float(lambertw(a * tau).real) / tau
    m = scalar("a * delay(y, tau)", a=a, tau=tau, s=s)
    m.initial("y", "exp(s * time)")  # holds at all times up to the start
    times = np.linspace(0.0, 9.0, 19)
    loose, tight = errors(m.build(), lambda t: math.exp(s * t), times, "lsoda", 1e-5, 1e-9)
    assert loose < 2e-4
    assert tight < 2e-8


def test_a_parameter_of_each_subject_may_be_the_delay():
    from livingdrug.cohort.cohort import cohort_from_arrays

    model = scalar("-delay(y, tau)", tau=1.0).build()
    cohort = cohort_from_arrays(model, {"tau": np.array([0.0, 0.5, 1.0])})
    got = run(model, cohort, times=[0.5, 2.5], rtol=1e-9)["y"].values
    # y(t; tau) of y' = -y(t - tau) for tau = 1/2: the series with steps of a half
    half = [
        sum((-1) ** k * (t - (k - 1) / 2) ** k / factorial(k) for k in range(int(2 * t) + 2))
        for t in (0.5, 2.5)
    ]
    assert got[0] == pytest.approx(np.exp([-0.5, -2.5]), rel=1e-7)
    assert got[1] == pytest.approx(half, abs=1e-7)
    assert got[2] == pytest.approx([steps_of_one(0.5), steps_of_one(2.5)], abs=1e-7)


def test_delays_inside_delays_add_up():
    model = scalar("-delay(delay(y, 0.25), tau)", tau=0.75).build()
    times = [0.5, 1.0, 2.2, 4.0]
    assert errors(model, steps_of_one, times, "lsoda", 1e-9)[0] < 1e-7


def test_the_past_of_a_concentration_is_taken_with_the_volume_of_then():
    m = builder()
    m.compartment("V", size=2.0, unit="L")
    m.species("C", initial=3.0, unit="mmol/L", compartment="V")
    m.rate("V", "1")
    m.rate("C", "-C * rate_of(V) / V")  # the amount 6 stays
    m.assign("before", "delay(C, 1)", "mmol/L")
    got = curve(m.build(), name="before", times=[0.5, 1.0, 3.0], rtol=1e-9)
    assert got == pytest.approx([3.0, 3.0, 6.0 / 4.0], rel=1e-7)


def test_rates_of_change_and_delays_in_each_other():
    m = scalar("-y")
    m.assign("outside", "rate_of(later)", "1")
    m.assign("later", "delay(y, 1 + time / 2)", "1")
    m.assign("inside", "delay(rate_of(y), 1)", "1")
    course = run(m.build(), times=[0.5, 1.0, 4.0], rtol=1e-10)
    # nothing moves before the start; at the start it does
    assert course["inside"].values[0] == pytest.approx([0.0, -1.0, -math.exp(-3)], rel=1e-7)
    # y(t/2 - 1) moves with half the speed
    assert course["outside"].values[0] == pytest.approx([0.0, 0.0, -math.exp(-1) / 2], rel=1e-7)


def test_before_the_start_time_goes_on_backwards():
    m = scalar("0 * y")
    m.assign("wave", "sin(time)", "1")
    m.assign("late", "delay(wave, 2)", "1")
    m.assign("slope", "delay(rate_of(wave), 2)", "1")
    course = run(m.build(), times=[0.0, 1.0, 3.0])
    assert course["late"].values[0] == pytest.approx(np.sin([-2.0, -1.0, 1.0]), rel=1e-14)
    assert course["slope"].values[0] == pytest.approx(np.cos([-2.0, -1.0, 1.0]), rel=1e-14)


def test_initial_values_look_back():
    m = scalar("0 * y", tau=1.5)
    m.species("z", initial=0.0, unit="1", non_negative=False)
    m.initial("z", "delay(wave, tau) + delay(y, 1)")
    m.assign("wave", "time**2", "1")
    assert curve(m.build(), name="z", times=[0.0, 1.0]) == pytest.approx([3.25, 3.25], rel=1e-14)


def test_affine_algebraic_rules_with_delays():
    m = scalar("-y")
    m.parameter("z", 0.0, "1")
    m.algebraic("2 * z - delay(y, 1) - 4", "z")
    got = curve(m.build(), name="z", times=[0.5, 3.0], rtol=1e-10)
    assert got == pytest.approx([2.5, 2.0 + math.exp(-2) / 2], rel=1e-8)


def test_log_states_have_a_past():
    m = builder()
    m.species("y", initial=2.0, unit="1", log_state=True)
    m.rate("y", "-y * delay(y, 1)")
    times = [1.0, 2.0]
    # y' = -2 y, then y' = -2 exp(-2 (t - 1)) y
    expected = [2 * math.exp(-2), 2 * math.exp(-2 - (1 - math.exp(-2)))]
    assert curve(m.build(), name="y", times=times, rtol=1e-9) == pytest.approx(expected, rel=1e-7)


def test_conditions_inside_delays_turn_one_delay_later():
    m = scalar("-1", initial=2.0)
    m.species("z", initial=0.0, unit="1")
    m.rate("z", "delay(piecewise(1, y > 1.5, 0), 2)")  # y > 1.5 until 0.5, z' = 1 until 2.5
    got = curve(m.build(), name="z", times=[1.0, 2.5, 4.0], rtol=1e-9)
    assert got == pytest.approx([1.0, 2.5, 2.5], abs=1e-9)


def test_conditions_on_time_turn_before_the_start_as_well():
    m = scalar("delay(w, 2)", initial=0.0)
    m.assign("w", "piecewise(1, time < -1, 5)", "1")
    m.species("z", initial=0.0, unit="1")
    m.rate("z", "delay(piecewise(0, time > 1, 2), 0.5)")
    course = run(m.build(), times=[1.0, 2.0, 3.0], rtol=1e-10)
    assert course["y"].values[0] == pytest.approx([1.0, 6.0, 11.0], rel=1e-12)
    assert course["z"].values[0] == pytest.approx([2.0, 3.0, 3.0], rel=1e-12)


def test_whole_numbers_of_delayed_values():
    m = scalar("1", initial=0.0)
    m.species("a", initial=0.0, unit="1")
    m.rate("a", "floor(delay(y, 0.5))")
    m.species("b", initial=0.0, unit="1")
    m.rate("b", "delay(floor(y), 0.5)")
    course = run(m.build(), times=[1.5, 2.0, 3.5, 4.0], rtol=1e-9)
    expected = [0.0, 0.5, 3.0, 4.5]
    assert course["a"].values[0] == pytest.approx(expected, abs=1e-7)
    assert course["b"].values[0] == pytest.approx(expected, abs=1e-7)


def test_an_area_of_a_delayed_value_is_as_exact_as_the_states():
    m = scalar("-200 * (y - exp(-50 * (time - 0.2)**2))", initial=0.0)
    m.integral("late", "delay(y, 10)", "day")
    m.integral("now", "y", "day")
    course = run(m.build(), times=[9.0, 20.0], rtol=1e-8)
    assert course["late"].values[0, 0] == 0.0
    assert course["late"].values[0, 1] == pytest.approx(course["now"].values[0, 1], rel=1e-5)


def test_rates_with_delays_beside_an_algebraic_rule():
    # z + z**3 = y; the rate of y is the past of itself
    m = scalar("-delay(y, 1) + 0 * z")
    m.parameter("z", 0.5, "1")
    m.algebraic("z + z**3 - y", "z")
    times = [0.5, 1.5, 3.0]
    course = run(m.build(), times=times, rtol=1e-9)
    expected = [steps_of_one(t) for t in times]
    assert course["y"].values[0] == pytest.approx(expected, abs=1e-7)
    z = course["z"].values[0]
    assert z + z**3 == pytest.approx(expected, abs=1e-7)


def test_a_stiff_model_with_a_delay():
    # fast (1e5) and slow parts: explicit steps would be 1e-5 long
    m = scalar("-1e5 * (y - delay(x, 1))")
    m.species("x", initial=1.0, unit="1", non_negative=False)
    m.rate("x", "-y")
    course = run(m.build(), times=[0.5, 1.5, 3.0], rtol=1e-8)
    assert course["status"].item() == 0
    # y follows x(t - 1) within 1e-5
    expected = [steps_of_one(t) for t in (0.5, 1.5, 3.0)]
    assert course["x"].values[0] == pytest.approx(expected, abs=5e-5)


# -- delays that change -------------------------------------------------------------------------


def root(t):
    """Solve Paul's equation, which the test below writes with the start at 0."""
    t += 1.0
    return math.sqrt(t) if t <= 2 else t / 4 + 0.5 + (1 - math.sqrt(2) / 2) * math.sqrt(t)


@pytest.mark.parametrize("method", METHODS)
def test_a_delay_that_depends_on_the_state(method):
    # y'(t) = y(y(t) - sqrt(2) + 1) / (2 sqrt(t)), y = 1 up to t = 1: Paul (1994), "A test set of
    # functional differential equations"; checked by inserting it. It has a kink at t = 2.
    model = scalar("delay(y, time + 1 - y + sqrt(2) - 1) / (2 * sqrt(time + 1))").build()
    times = [0.0, 0.5, 0.99, 1.0, 1.01, 2.0, 3.0, 4.0]
    loose, middle, tight = errors(model, root, times, method, 1e-4, 1e-7, 1e-10)
    assert loose < 1e-3
    assert middle < 5e-6
    assert tight < 1e-8
    assert tight < middle < loose


@pytest.mark.parametrize("method", METHODS)
def test_the_pantograph_whose_delay_vanishes_at_the_start(method):
    def exact(t):
        return sum((-t) ** n / (factorial(n) * 2 ** (n * (n - 1) / 2)) for n in range(40))

    model = scalar("-delay(y, time / 2)").build()
    loose, tight = errors(model, exact, [0.1, 0.5, 1.0, 3.0, 5.0], method, 1e-4, 1e-9)
    assert loose < 1e-3
    assert tight < 1e-7


@pytest.mark.parametrize(
    "lag", ["(time - 1)**2 / 4", "abs(sin(time))", "y**2", "0.5 + sin(time)/2"]
)
@pytest.mark.parametrize("method", ["lsoda", "rk45"])
def test_delays_that_vanish_on_the_way(lag, method):
    # made so that the solution is a sine, before the start as well
    m = scalar(f"cos(time) - 2 * delay(y, {lag}) + 2 * delay(sin(time), {lag})", initial=0.0)
    m.initial("y", "sin(time)")
    times = np.linspace(0.0, 5.0, 11)
    loose, tight = errors(m.build(), math.sin, times, method, 1e-4, 1e-8)
    assert loose < 5e-3
    assert tight < 1e-6


# -- a second integrator ------------------------------------------------------------------------


def runge_kutta(rate, start, lags, end, h, jumps):
    """Integrate with the classical method and Hermite cubics; lags and jumps on the grid.

    ``rate(y, past)`` takes the values ``lags[i]`` steps ago as the columns of `past`; `jumps` adds
    to the states at whole steps.
    """
    n = round(end / h)
    left = np.empty((n + 1, len(start)))
    right, slope_left, slope_right = left.copy(), np.zeros_like(left), np.zeros_like(left)
    left[0] = start
    right[0] = left[0] + jumps.get(0, 0.0)

    def ago(k, part, lag):
        """Return the value at (k + part) h - lag h, part in 0, 1/2, 1."""
        k -= lag
        if k < 0:
            return left[0]
        if part == 0.0:
            return right[k]
        if part == 1.0:
            return left[k + 1]
        middle = (right[k] + left[k + 1]) / 2
        return middle + h * (slope_right[k] - slope_left[k + 1]) / 8

    for k in range(n):

        def f(y, part, k=k):
            return rate(y, np.array([ago(k, part, lag) for lag in lags]))

        y = right[k]
        k1 = slope_right[k] = f(y, 0.0)
        k2 = f(y + h / 2 * k1, 0.5)
        k3 = f(y + h / 2 * k2, 0.5)
        k4 = f(y + h * k3, 1.0)
        left[k + 1] = y + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
        slope_left[k + 1] = f(left[k + 1], 1.0)
        right[k + 1] = left[k + 1] + jumps.get(k + 1, 0.0)
    return right


def test_the_second_integrator_has_order_four():
    def error(h):
        got = runge_kutta(lambda y, past: -past[0], [1.0], [round(1 / h)], 6.5, h, {})
        return abs(got[-1, 0] - steps_of_one(6.5))

    assert error(1 / 8) / error(1 / 16) == pytest.approx(16.0, rel=0.3)


def test_the_logistic_equation_with_a_delay_oscillates_as_it_should():
    # Hutchinson (1948), doi 10.1111/j.1749-6632.1948.tb39854.x; r tau = 2 > pi / 2: a limit cycle
    model = scalar("r * y * (1 - delay(y, 1) / K)", initial=0.5, r=2.0, K=3.0).build()
    h = 1 / 512
    fine = runge_kutta(lambda y, past: 2 * y * (1 - past[0] / 3), [0.5], [512], 30.0, h, {})[:, 0]
    times = np.linspace(0.0, 30.0, 61)
    got = curve(model, name="y", times=times, rtol=1e-9)
    # the fine course is good to about h**4 * 1e3 = 1e-8, and phases drift apart with time
    assert got == pytest.approx(fine[:: 512 // 2], rel=1e-5)
    assert got[20:].max() > 6.0
    assert got[20:].min() < 0.25


parts = st.floats(-1.5, 1.5)
grid = st.integers(8, 200)


@settings(max_examples=12, deadline=None)
@given(
    a=parts, b=parts, c=parts, d1=grid, d2=grid, day=st.integers(0, 400), amount=st.floats(-2, 2),
    method=st.sampled_from(METHODS),
)  # fmt: skip
def test_agrees_with_the_second_integrator(a, b, c, d1, d2, day, amount, method):
    h = 1 / 64
    m = scalar("-y + b * tanh(delay(x, d1)) + c * delay(x, d2)", a=a, b=b, c=c)
    m.parameter("d1", d1 * h, "1")
    m.parameter("d2", d2 * h, "1")
    m.species("x", initial=0.5, unit="1", non_negative=False)
    m.rate("x", "a * delay(y, d1) - x / 2")
    m.event("jump", {"x": f"x + ({amount!r})"}, at_time=[day * h])
    times = np.linspace(0.0, 8.0, 17)
    got = run(m.build(), times=times, rtol=1e-8, atol=1e-9, method=method)

    def rate(y, past):
        return np.array([
            -y[0] + b * np.tanh(past[0, 1]) + c * past[1, 1],
            a * past[0, 0] - y[1] / 2,
        ])  # fmt: skip

    jumps = {day: np.array([0.0, amount])}
    want = runge_kutta(rate, [1.0, 0.5], [d1, d2], 8.0, h, jumps)[:: 64 // 2]
    # order four at h = 1/64: h**4 = 6e-8, times derivatives up to 1.5**5 and growth up to e**4
    assert got["y"].values[0] == pytest.approx(want[:, 0], rel=2e-5, abs=2e-5)
    assert got["x"].values[0] == pytest.approx(want[:, 1], rel=2e-5, abs=2e-5)


# -- memory ---------------------------------------------------------------------------------------


def test_no_more_is_remembered_than_the_longest_delay(monkeypatch):
    sizes = []
    grow = Past.grow

    def watched(self, piece):
        grow(self, piece)
        sizes.append((len(self.pieces), self.pieces[0].end, piece.start))

    monkeypatch.setattr(Past, "grow", watched)
    m = scalar("0.5 * cos(9 * time) - delay(y, 0.5)")
    m.assign("long", "delay(delay(y, 1), 1)", "1")
    curve(m.build(), name="y", times=[40.0], rtol=1e-6)
    # the longest chain reaches back 2 days; what is older goes in batches of half of all
    most = max(n for n, _, _ in sizes)
    assert most < len(sizes) / 4
