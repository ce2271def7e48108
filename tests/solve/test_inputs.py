"""Inputs: given functions of time."""

import numpy as np
import pytest

from livingdrug.cohort.cohort import cohort_from_arrays
from livingdrug.core.errors import DataError

from .small import CLOSE, builder, curve, decay, knots, run


def follower(interpolation, default=1.0):
    """A integrates the input."""
    m = builder("follower")
    m.species("A", initial=0.0, unit="1")
    m.input("u", "1", default=default, interpolation=interpolation)
    m.rate("A", "u")
    return m.build()


DAYS, LEVELS = [1.0, 2.0, 4.0], [2.0, 6.0, 0.0]


def test_a_subject_without_records_has_the_default():
    course = run(follower("constant", 3.0), times=[0.0, 2.0])
    assert course["u"].values[0].tolist() == [3.0, 3.0]
    assert course["A"].values[0, 1] == pytest.approx(6.0, rel=CLOSE)


def test_a_constant_input_keeps_each_value_to_the_next_record():
    model = follower("constant")
    cohort = knots(cohort_from_arrays(model, {}), "u", DAYS, LEVELS)
    course = run(model, cohort, times=[0.5, 1.0, 1.5, 2.0, 3.9, 4.0, 9.0])
    assert course["u"].values[0].tolist() == [1.0, 2.0, 2.0, 6.0, 6.0, 0.0, 0.0]
    # 1 day at 1, one at 2, two at 6, then nothing
    assert curve(model, cohort, times=[1.0, 2.0, 4.0, 9.0]) == pytest.approx(
        [1.0, 3.0, 15.0, 15.0], rel=CLOSE
    )


def test_a_linear_input_runs_straight_between_records():
    model = follower("linear")
    cohort = knots(cohort_from_arrays(model, {}), "u", DAYS, LEVELS)
    course = run(model, cohort, times=[0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 9.0])
    assert course["u"].values[0] == pytest.approx([1.0, 2.0, 4.0, 6.0, 3.0, 0.0, 0.0], abs=1e-14)
    assert curve(model, cohort, times=[1.0, 2.0, 4.0, 9.0]) == pytest.approx(
        [1.0, 5.0, 11.0, 11.0], rel=CLOSE
    )


def test_the_last_value_is_kept():
    model = follower("linear")
    cohort = knots(cohort_from_arrays(model, {}), "u", [0.0, 1.0], [0.0, 5.0])
    assert curve(model, cohort, "u", times=[1.0, 100.0]).tolist() == [5.0, 5.0]


def test_the_left_side_of_a_record_is_the_value_before():
    model = follower("constant")
    cohort = knots(cohort_from_arrays(model, {}), "u", DAYS, LEVELS)
    assert curve(model, cohort, "u", times=[1.0, 2.0], side="left").tolist() == [1.0, 2.0]


def test_an_input_may_depend_on_nothing_but_may_drive_everything():
    m = decay(initial=0.0)
    m.input("u", "1", default=0.0)
    m.assign("double", "2 * u", "1")
    m.species("B", initial=0.0, unit="1")
    m.rate("B", "double - B")
    model = m.build()
    cohort = knots(cohort_from_arrays(model, {}), "u", [0.0, 1.0], [1.0, 0.0])
    got = curve(model, cohort, "B", times=[1.0, 2.0])
    expected = 2 * -np.expm1(-1.0) * np.array([1.0, np.exp(-1.0)])
    assert got == pytest.approx(expected, rel=CLOSE)


def test_records_out_of_order_and_unknown_inputs_are_refused():
    model = follower("constant")
    with pytest.raises(DataError, match="increase"):
        run(model, knots(cohort_from_arrays(model, {}), "u", [2.0, 1.0], [0.0, 0.0]), times=[3.0])
    with pytest.raises(DataError, match="'w'"):
        run(model, knots(cohort_from_arrays(model, {}), "w", [1.0], [0.0]), times=[3.0])
