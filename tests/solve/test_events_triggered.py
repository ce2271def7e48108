"""Events that a condition sets off."""

import numpy as np
import pytest

from livingdrug.cohort.cohort import cohort_from_arrays
from livingdrug.core.errors import SubjectFailureWarning
from livingdrug.core.status import Status
from livingdrug.solve.methods import METHODS

from .small import CLOSE, builder, curve, decay, dosed, happenings, run


def ramp(*, start=0.0, rate=1.0):
    """x grows by `rate` a day; events write n."""
    m = builder("ramp")
    m.species("x", initial=start, unit="1", non_negative=False)
    m.species("n", initial=0.0, unit="1", non_negative=False)
    m.rate("x", rate)
    return m


def test_an_event_fires_when_its_condition_turns_true_and_not_while_it_stays():
    m = ramp()
    m.event("e", {"n": "n + 1"}, when="x > 1.5")
    course = run(m.build(), times=[1.4, 1.6, 9.0])
    assert course["n"].values[0].tolist() == [0.0, 1.0, 1.0]
    assert course["event_time"].values == pytest.approx([1.5], abs=1e-10)


def test_a_falling_condition_does_nothing():
    m = ramp()
    m.event("e", {"n": "n + 1"}, when="x < 1.5")
    assert curve(m.build(), name="n", times=[0.0, 9.0]).tolist() == [0.0, 0.0]


def test_it_fires_again_after_it_has_been_false():
    m = builder()
    m.species("x", initial=0.0, unit="1", non_negative=False)
    m.species("v", initial=1.0, unit="1", non_negative=False)
    m.rate("x", "v")
    m.rate("v", "-x")  # x = sin t
    m.event("up", {}, when="x > 0.5")
    times = run(m.build(), times=[14.0])["event_time"].values
    expected = np.arcsin(0.5) + 2 * np.pi * np.arange(3)
    assert times == pytest.approx(expected[expected < 14], abs=1e-7)  # global error at rtol 1e-10


@pytest.mark.parametrize(("initial_value", "expected"), [(True, 0.0), (False, 1.0)])
def test_a_condition_true_at_the_start_fires_if_declared_false_before(initial_value, expected):
    m = ramp(start=5.0)
    m.event("e", {"n": "n + 1"}, when="x > 1", initial_value=initial_value)
    assert curve(m.build(), name="n", times=[0.0, 1.0]).tolist() == [expected, expected]


def test_a_dose_at_the_start_makes_a_rising_edge():
    m = decay()
    m.species("n", initial=0.0, unit="1")
    m.event("e", {"n": "n + 1"}, when="A > 5")
    model = m.build()
    cohort = dosed(model, ("d", 0.0, 10.0))
    assert curve(model, cohort, "n", times=[0.0, 0.1]).tolist() == [1.0, 1.0]
    assert curve(model, cohort, "n", times=[-1.0, 0.0]).tolist() == [0.0, 1.0]


def test_a_delay_postpones_execution():
    m = ramp()
    m.parameter("wait", 0.25, "day")
    m.event("e", {"n": 1.0}, when="x > 1", delay="2 * wait")
    course = run(m.build(), times=[1.49, 1.51])
    assert course["n"].values[0].tolist() == [0.0, 1.0]
    assert course["event_time"].values == pytest.approx([1.5], abs=1e-10)


def pulse(persistent):
    """The condition is true from day 1 to day 2; the event is due on day 2.5."""
    m = ramp()
    m.event("e", {"n": 1.0}, when="x > 1 and x < 2", delay=1.5, persistent=persistent)
    return m.build()


@pytest.mark.parametrize(("persistent", "expected"), [(True, 1.0), (False, 0.0)])
def test_only_a_persistent_event_survives_the_fall_of_its_condition(persistent, expected):
    assert curve(pulse(persistent), name="n", times=[3.0])[0] == expected


@pytest.mark.parametrize(("from_trigger", "expected"), [(True, 1.0), (False, 1.5)])
def test_values_are_those_of_the_trigger_time_or_of_the_execution(from_trigger, expected):
    m = ramp()
    m.event("e", {"n": "x"}, when="x > 1", delay=0.5, values_from_trigger=from_trigger)
    assert curve(m.build(), name="n", times=[2.0])[0] == pytest.approx(expected, abs=1e-9)


def test_the_highest_priority_goes_first_and_none_goes_last():
    m = ramp()
    m.parameter("p", 2.0, "1")
    m.event("none", {}, when="x > 1")
    m.event("low", {}, when="x > 1", priority="p - 1")
    m.event("high", {}, when="x > 1", priority="p")
    names = [name for name, _ in happenings(run(m.build(), times=[2.0]))]
    assert names == ["high", "low", "none"]


def tied():
    m = ramp()
    m.event("first", {"n": 1.0}, when="x > 1")
    m.event("second", {"n": 2.0}, when="x > 1")
    return m.build()


def outcomes(subjects, seed):
    model = tied()
    n = len(subjects)
    cohort = cohort_from_arrays(model, {"n": np.zeros(n)}, subjects=subjects)
    return run(model, cohort, times=[2.0], seed=seed)["n"].values[:, 0].tolist()


def test_ties_are_drawn_at_random_by_seed_and_subject():
    subjects = list(range(40))
    one = outcomes(subjects, 1)
    assert outcomes(subjects, 1) == one
    assert outcomes(subjects, 2) != one  # by chance with probability 2**-40
    # a fair coin leaves 6..34 of 40 but once in 1e5 cases
    assert 6 <= one.count(1.0) <= 34


def test_ties_do_not_depend_on_which_other_subjects_run():
    subjects = list(range(12))
    one = outcomes(subjects, 5)
    assert outcomes(subjects[:5], 5) + outcomes(subjects[5:], 5) == one
    assert outcomes(subjects[::-1], 5) == one[::-1]


def test_an_event_can_set_off_another_at_the_same_time():
    m = ramp()
    m.species("k", initial=0.0, unit="1")
    m.event("one", {"n": 1.0}, when="x > 1")
    m.event("two", {"k": "n + 1"}, when="n > 0.5")
    course = run(m.build(), times=[0.9, 1.1])
    assert course["k"].values[0].tolist() == [0.0, 2.0]
    times = course["event_time"].values
    assert times[0] == times[1]


def test_an_event_takes_the_ground_from_under_one_that_is_not_persistent():
    m = ramp()
    m.event("first", {"n": -5.0}, when="x > 1", priority=2)
    m.event("second", {"n": 7.0}, when="x > 1 and n > -1", priority=1, persistent=False)
    assert curve(m.build(), name="n", times=[2.0])[0] == -5.0


def test_events_without_end_at_one_time_stop_the_subject():
    m = ramp()
    m.event("up", {"n": 1.0}, when="x > 1 and n < 0.5")
    m.event("down", {"n": 0.0}, when="n > 0.5")
    model = m.build()
    cohort = cohort_from_arrays(model, {"x": [0.0, -9.0]})
    with pytest.warns(SubjectFailureWarning, match="event"):
        course = run(model, cohort, times=[2.0])
    assert course["status"].values.tolist() == [Status.EVENT_CASCADE, Status.OK]


@pytest.mark.parametrize(
    ("condition", "day"),
    [
        ("x > 1 and x > 2", 2.0),
        ("x > 1 or x > 2", 1.0),
        ("not x < 3", 3.0),
        ("xor(x > -1, x > 1.25)", None),  # true, then false: no rising edge
        ("xor(x > 1.25, x > 9)", 1.25),
        ("xor(x > -1, x > 1.25, x > 1.5)", 1.5),
        ("(x > 1 and time > 1.75) or x > 7", 1.75),
        ("x > 1 and not (x > 0.5 and time < 4)", 4.0),
        ("True and x >= 1.5", 1.5),
    ],
)
def test_conditions_combine(condition, day):
    m = ramp()
    m.event("e", {}, when=condition)
    got = run(m.build(), times=[6.0])["event_time"].values
    assert got == pytest.approx([] if day is None else [day], abs=1e-9)


def test_a_condition_on_time_fires_exactly_then():
    m = ramp()
    m.parameter("T", 1.1, "day")
    m.event("e", {"n": 1.0}, when="time >= T")
    course = run(m.build(), times=[1.0999999, 1.1])
    assert course["event_time"].values.tolist() == [1.1]
    assert course["n"].values[0].tolist() == [0.0, 1.0]


def test_the_error_of_an_event_time_falls_with_rtol():
    m = decay(initial=1.0)
    m.event("e", {}, when="A < 0.1")
    model = m.build()
    errors = []
    for rtol in (1e-4, 1e-6, 1e-8, 1e-10):
        (found,) = run(model, times=[5.0], rtol=rtol)["event_time"].values
        errors.append(abs(found - np.log(10.0)))
        # dt = dA / A: the relative global error of some 50 steps
        assert errors[-1] < 100 * rtol
    assert errors[-1] < 1e-4 * errors[0]


@pytest.mark.parametrize("method", METHODS)
def test_a_crossing_early_in_the_first_step_is_located(method):
    m = builder()
    m.species("A", initial=100.0, unit="1")
    m.parameter("k", 1e-3, "1/day")
    m.rate("A", "-k * A")
    m.event("e", {}, when="A < 99.999")
    (found,) = run(m.build(), times=[100.0], rtol=1e-6, method=method)["event_time"].values
    # A changes by 1e-5 of itself until then, with a relative error below 1e-8 at rtol 1e-6
    assert found == pytest.approx(np.log(100 / 99.999) / 1e-3, rel=1e-3)


def test_a_crossing_early_in_the_first_step_after_a_dose_is_located():
    m = decay(k=1e-3)
    m.event("e", {}, when="A < 99.999")
    model = m.build()
    course = run(model, dosed(model, ("d", 3.0, 100.0)), times=[100.0], rtol=1e-6)
    (day,) = [day for name, day in happenings(course) if name == "e"]
    assert day - 3.0 == pytest.approx(np.log(100 / 99.999) / 1e-3, rel=1e-3)


def test_x_and_y_swap_at_a_trigger():
    m = ramp()
    m.species("y", initial=-3.0, unit="1", non_negative=False)
    m.event("swap", {"x": "y", "y": "x"}, when="x >= 1")
    course = run(m.build(), times=[1.5])
    assert course["x"].item() == pytest.approx(-2.5, abs=CLOSE)
    assert course["y"].item() == pytest.approx(1.0, abs=CLOSE)


def test_every_subject_has_its_own_events():
    m = ramp()
    m.parameter("threshold", 1.0, "1")
    m.event("e", {"n": "n + 1"}, when="x > threshold")
    model = m.build()
    cohort = cohort_from_arrays(model, {"threshold": [3.0, 1.0, 99.0]}, subjects=["a", "b", "c"])
    course = run(model, cohort, times=[5.0])
    assert course["event_subject"].values.tolist() == ["a", "b"]
    assert course["event_time"].values == pytest.approx([3.0, 1.0], abs=1e-9)
