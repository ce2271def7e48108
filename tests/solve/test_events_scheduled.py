"""Events at times that are known in advance."""

import numpy as np
import pytest

from livingdrug.cohort.cohort import cohort_from_arrays
from livingdrug.core.errors import CapabilityError
from livingdrug.solve.simulate import simulate

from .small import CLOSE, builder, curve, decay, dosed, happenings, run


def test_times_may_be_expressions_of_each_subjects_parameters():
    m = decay(initial=1.0)
    m.parameter("t0", 1.0, "day")
    m.event("refill", {"A": 1.0}, at_time="2 * t0")
    model = m.build()
    course = run(model, cohort_from_arrays(model, {"t0": [0.5, 1.0]}), times=[3.0])
    assert course["A"].values[:, 0] == pytest.approx(np.exp([-2.0, -1.0]), rel=CLOSE)
    assert course["event_time"].values.tolist() == [1.0, 2.0]


def test_every_and_count_repeat_after_the_last_time():
    m = decay()
    m.parameter("gap", 0.5, "day")
    m.event("e", {"A": "A + 1"}, at_time=[1.0, 2.0], every="gap", count=3)
    course = run(m.build(), times=[10.0])
    assert course["event_time"].values.tolist() == [1.0, 2.0, 2.5, 3.0, 3.5]
    expected = np.exp(np.array([1.0, 2.0, 2.5, 3.0, 3.5]) - 10.0).sum()
    assert course["A"].item() == pytest.approx(expected, rel=CLOSE)


def test_an_event_acts_after_the_doses_of_its_time():
    m = decay(k=0.0)
    m.event("double", {"A": "2 * A"}, at_time=1.0)
    model = m.build()
    assert curve(model, dosed(model, ("d", 1.0, 3.0)), times=[1.0])[0] == 6.0


def test_an_infinite_time_never_happens():
    m = decay(initial=1.0)
    m.parameter("never", np.inf, "day")
    m.event("e", {"A": 5.0}, at_time="never")
    m.event("f", {"A": 5.0}, at_time=["1 + never", 2.0])
    course = run(m.build(), times=[3.0])
    assert happenings(course) == [("f", 2.0)]


def test_a_subject_may_have_an_infinite_time():
    m = decay(initial=1.0, k=0.0)
    m.parameter("t1", 1.0, "day")
    m.event("e", {"A": 5.0}, at_time="t1")
    model = m.build()
    course = run(model, cohort_from_arrays(model, {"t1": [1.0, np.inf]}), times=[2.0])
    assert course["A"].values[:, 0].tolist() == [5.0, 1.0]


def test_a_time_before_the_start_never_happens():
    m = decay(initial=1.0, k=0.0)
    m.event("e", {"A": 5.0}, at_time=-1.0)
    model = m.build()
    assert curve(model, times=[0.0, 1.0]).tolist() == [1.0, 1.0]
    assert curve(model, times=[-2.0, 1.0]).tolist() == [1.0, 5.0]


def test_an_event_at_the_start_happens():
    m = decay(initial=1.0, k=0.0)
    m.event("e", {"A": 5.0}, at_time=0.0)
    assert curve(m.build(), times=[0.0]).tolist() == [5.0]


def test_all_values_are_computed_before_any_is_written():
    m = builder()
    m.species("x", initial=1.0, unit="1")
    m.species("y", initial=2.0, unit="1")
    m.event("swap", {"x": "y", "y": "x"}, at_time=1.0)
    course = run(m.build(), times=[1.0])
    assert (course["x"].item(), course["y"].item()) == (2.0, 1.0)


def test_a_scheduled_event_may_be_delayed():
    m = decay(initial=1.0, k=0.0)
    m.event("e", {"A": 5.0}, at_time=1.0, delay=0.5)
    assert curve(m.build(), times=[1.0, 1.49, 1.5]).tolist() == [1.0, 1.0, 5.0]


def test_a_held_parameter_keeps_its_new_value():
    m = builder()
    m.species("A", initial=0.0, unit="1")
    m.parameter("p", 1.0, "1")
    m.rate("A", "p")
    m.event("e", {"p": 3.0}, at_time=2.0)
    course = run(m.build(), times=[1.0, 2.0, 4.0])
    assert course["p"].values[0].tolist() == [1.0, 3.0, 3.0]
    assert course["A"].values[0] == pytest.approx([1.0, 2.0, 8.0], rel=CLOSE)


def test_a_held_parameter_starts_anew_for_every_subject_and_run():
    m = builder()
    m.species("A", initial=0.0, unit="1")
    m.parameter("p", 1.0, "1")
    m.event("e", {"p": "p + 1"}, at_time=1.0)
    model = m.build()
    cohort = cohort_from_arrays(model, {"A": [0.0, 0.0, 0.0]})
    for _ in range(2):
        assert run(model, cohort, times=[2.0])["p"].values[:, 0].tolist() == [2.0, 2.0, 2.0]


def test_a_time_that_depends_on_the_state_is_refused():
    m = decay()
    m.event("e", {"A": 1.0}, at_time="A + 1")
    with pytest.raises(CapabilityError, match="`when`"):
        simulate(m.build(), times=[1.0])


def test_scheduled_events_at_one_time_go_by_priority():
    m = builder()
    m.species("x", initial=0.0, unit="1")
    for name, priority in (("low", 1), ("high", 3), ("middle", 2)):
        m.event(name, {"x": "x"}, at_time=1.0, priority=priority)
    assert [name for name, _ in happenings(run(m.build(), times=[2.0]))] == [
        "high",
        "middle",
        "low",
    ]
