"""Rates that jump: conditions are frozen inside a step and their crossings located."""

import numpy as np
import pytest

from livingdrug.cohort.cohort import cohort_from_arrays
from livingdrug.core.errors import CapabilityError, SubjectFailureWarning
from livingdrug.core.status import Status
from livingdrug.solve.methods import METHODS
from livingdrug.system.compile import compile_model

from .small import CLOSE, builder, curve, dosed, happenings, knots, run


def driven(rate, **parameters):
    """A' = rate, with everything else at hand that a rate here may use."""
    m = builder("driven")
    m.species("A", initial=0.0, unit="1", non_negative=False)
    for name, value in parameters.items():
        m.parameter(name, value, "1")
    m.rate("A", rate)
    return m


def test_a_rate_jumps_at_a_time_given_by_a_parameter():
    model = driven("piecewise(2, time < T, -1)", T=1.3).build()
    cohort = cohort_from_arrays(model, {"T": [1.3, 0.7, -5.0]})
    course = run(model, cohort, times=[1.0, 2.0])
    expected = [[2.0, 1.9], [1.1, 0.1], [-1.0, -2.0]]
    # constant rates are integrated to rounding, and the jump is a stop
    assert course["A"].values == pytest.approx(np.array(expected), rel=1e-12)


def test_the_time_of_a_jump_may_be_affine_in_time():
    model = driven("piecewise(1, a * time + b > 3, 0)", a=2.0, b=-1.0).build()
    assert curve(model, times=[2.0, 4.0]) == pytest.approx([0.0, 2.0], abs=1e-12)


def test_a_condition_on_time_without_a_slope_is_read_as_it_stands():
    model = driven("piecewise(1, k * time < 3, 0)", k=0.0).build()
    assert curve(model, times=[1.0])[0] == pytest.approx(1.0, rel=1e-12)


def test_a_time_that_is_infinite_is_never_reached():
    model = driven("piecewise(1, time > T, 0) + piecewise(0, time > T, 2)", T=np.inf).build()
    assert curve(model, times=[3.0])[0] == pytest.approx(6.0, rel=1e-12)


def test_a_rate_jumps_where_a_state_crosses():
    model = driven("piecewise(1, A < 1, 0.5)").build()
    times = np.array([0.5, 1.0, 1.5, 3.0])
    assert curve(model, times=times) == pytest.approx(
        np.where(times < 1, times, 1 + 0.5 * (times - 1)), rel=CLOSE
    )


def test_a_jump_of_the_rate_of_another_state():
    m = driven("1")
    m.species("B", initial=0.0, unit="1")
    m.rate("B", "piecewise(3, A > 0.4 and A < 0.9, 0)")
    got = curve(m.build(), name="B", times=[0.4, 0.65, 2.0])
    assert got == pytest.approx([0.0, 0.75, 1.5], abs=CLOSE)


def test_a_relay_with_hysteresis_swings_with_its_period():
    m = driven("on - A", on=1.0)
    m.event("off", {"on": 0.0}, when="A > 0.8")
    m.event("back", {"on": 1.0}, when="A < 0.2")
    model = m.build()
    course = run(model, cohort_from_arrays(model, {"A": 0.2}), times=[10.0])
    # up from 0.2: 1 - 0.8 exp(-t) = 0.8; down: 0.8 exp(-t) = 0.2; both take ln 4
    swings = np.log(4.0) * np.arange(1, 8)
    assert course["event_time"].values == pytest.approx(swings[swings < 10], rel=1e-7)
    assert [name for name, _ in happenings(course)][:3] == ["off", "back", "off"]


def test_a_condition_on_constants_follows_the_event_that_changes_them():
    m = driven("piecewise(1, p > 0.5, -1)", p=1.0)
    m.event("e", {"p": 0.0}, at_time=2.0)
    assert curve(m.build(), times=[2.0, 3.0]) == pytest.approx([2.0, 1.0], rel=1e-12)


def test_a_condition_on_constants_may_ask_for_equality():
    m = driven("piecewise(1, p == 1, -1)", p=1.0)
    m.event("e", {"p": 2.0}, at_time=2.0)
    assert curve(m.build(), times=[2.0, 3.0]) == pytest.approx([2.0, 1.0], rel=1e-12)


def test_equality_of_what_varies_is_refused():
    with pytest.raises(CapabilityError, match="equality"):
        compile_model(driven("piecewise(1, A == 1, 0)").build())


def test_an_event_that_jumps_across_a_threshold_turns_the_condition():
    m = driven("piecewise(1, A < 10, -1)")
    m.event("e", {"A": 20.0}, at_time=1.0)
    assert curve(m.build(), times=[0.5, 1.0, 2.0]) == pytest.approx([0.5, 20.0, 19.0], rel=1e-12)


def test_a_dose_that_jumps_across_a_threshold_turns_the_condition():
    m = driven("piecewise(1, A < 10, -1)")
    m.dose("d", "1", {"A": "dose"})
    model = m.build()
    got = curve(model, dosed(model, ("d", 1.0, 19.0)), times=[0.5, 1.0, 2.0])
    assert got == pytest.approx([0.5, 20.0, 19.0], rel=1e-12)


def test_a_condition_inside_another_is_followed():
    m = driven("1")
    m.species("Q", initial=0.0, unit="1")
    m.rate("Q", "piecewise(1, A > piecewise(2, time > 1, 5), 0)")
    got = curve(m.build(), name="Q", times=[1.0, 2.0, 3.0, 4.0])
    assert got == pytest.approx([0.0, 0.0, 1.0, 2.0], abs=CLOSE)


def test_a_condition_on_a_constant_input_follows_its_records():
    m = driven("piecewise(1, u > 3, 0)")
    m.input("u", "1", default=5.0)
    model = m.build()
    cohort = knots(cohort_from_arrays(model, {}), "u", [1.0, 2.0], [0.0, 4.0])
    assert curve(model, times=[2.0])[0] == pytest.approx(2.0, rel=1e-12)
    assert curve(model, cohort, times=[1.0, 2.0, 3.0]) == pytest.approx([1.0, 1.0, 2.0], rel=1e-12)


def test_a_condition_on_a_linear_input_holds_where_the_input_is_flat():
    m = driven("piecewise(1, u > 3, 0)")
    m.input("u", "1", default=5.0, interpolation="linear")
    model = m.build()
    # 0 to 6 within two days: above 3 from day 1 on, and flat after day 2
    cohort = knots(cohort_from_arrays(model, {}), "u", [0.0, 2.0], [0.0, 6.0])
    assert curve(model, times=[1.0])[0] == pytest.approx(1.0, rel=1e-12)
    got = curve(model, cohort, times=[1.0, 2.0, 4.0])
    assert got == pytest.approx([0.0, 1.0, 3.0], abs=1e-12)


@pytest.mark.parametrize("method", METHODS)
def test_a_crossing_early_in_the_first_step_turns_the_rate(method):
    m = builder()
    m.species("A", initial=100.0, unit="1")
    m.species("x", initial=0.0, unit="1")
    m.rate("A", "-1e-6")
    m.rate("x", "piecewise(1, 1000 * time + A > 200.5, 0)")
    got = curve(m.build(), name="x", times=[100.0], rtol=1e-6, method=method)[0]
    assert got == pytest.approx(100.0 - 0.1005, abs=1e-4)  # rtol times 100


def test_a_slide_along_a_threshold_is_marked_as_chatter():
    model = driven("piecewise(-1, A > 0, 1)").build()
    cohort = cohort_from_arrays(model, {"A": [1.0, 5.0]})
    with pytest.warns(SubjectFailureWarning, match="A > 0"):
        course = run(model, cohort, times=[0.5, 3.0])
    assert course["status"].values.tolist() == [Status.CHATTER, Status.OK]
    assert np.isnan(course["A"].values[0]).all()
    assert course["A"].values[1] == pytest.approx([4.5, 2.0], rel=CLOSE)


def test_many_flips_far_apart_are_no_chatter():
    m = driven("on - 0.5", on=1.0)
    m.event("off", {"on": 0.0}, when="A > 0.01")
    m.event("back", {"on": 1.0}, when="A < -0.01")
    course = run(m.build(), times=[6.0], rtol=1e-6)
    assert course.sizes["event_log"] == 150  # at 0.02, then every 0.04 day up to 5.98


@pytest.mark.parametrize("kink", ["max(A, 1)", "min(A, 1)", "abs(A - 1)"])
def test_kinks_are_no_switches(kink):
    assert compile_model(driven(kink).build()).switches == ()


def test_kinks_are_integrated_right():
    # slope 2 until A = 1, then A' = A + 1
    got = curve(driven("1 + max(A, 1)").build(), times=[0.5, 1.5])
    assert got == pytest.approx([1.0, 2.0 * np.exp(1.0) - 1.0], rel=1e-6)


def test_each_condition_is_one_switch_with_its_uses():
    m = driven("piecewise(1, A < 2, 0)")
    m.event("e", {}, when="A < 2")
    m.event("f", {}, when="time > 3")
    switches = compile_model(m.build()).switches
    assert [(s.text, set(s.uses)) for s in switches] == [
        ("A < 2", {"rate", "trigger"}),
        ("time > 3", {"trigger"}),
    ]


@pytest.mark.parametrize(
    ("condition", "expected"),
    [("sin(6 * time) > 0", np.pi / 3), ("time**2 > 4", 1.0), ("time**2 + 0 * A > 4", 1.0)],
)
def test_a_condition_on_a_curve_of_time_limits_the_steps(condition, expected):
    # nothing else limits them: A grows by the time for which the condition holds, until day 3
    m = driven(f"piecewise(1, {condition}, 0)")
    if condition.startswith("sin"):  # positive for half of 2 pi / 3
        assert curve(m.build(), times=[2 * np.pi / 3]) == pytest.approx([expected], rel=1e-9)
    else:
        assert curve(m.build(), times=[3.0]) == pytest.approx([expected], rel=1e-9)


@pytest.mark.parametrize(
    ("jump", "expected"),
    [("1 + floor(time)", 1.0 + 2.0 + 0.5 * 3.0), ("1 + ceil(A)", np.nan), ("2 + sign(A - 1)", 4.5)],
)
def test_a_function_that_jumps_is_located(jump, expected):
    if np.isnan(expected):  # A = 0 for no time, then slope 2 for 1/2, 3 for 1/3, 4 for 1/4 ...
        ends = np.cumsum([1 / k for k in range(2, 40)])
        whole = int(np.searchsorted(ends, 2.5))
        expected = whole + (2.5 - ends[whole - 1]) * (whole + 2)
    # sign: slope 1 until A = 1 at day 1, then 3
    expected = 1.0 + 3.0 * 1.5 if "sign" in jump else expected
    assert curve(driven(jump).build(), times=[2.5]) == pytest.approx([expected], rel=1e-8)


def test_the_factorial_of_what_varies_is_refused():
    with pytest.raises(CapabilityError, match="whole numbers"):
        compile_model(driven("factorial(A)").build())
