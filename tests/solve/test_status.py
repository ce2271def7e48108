"""A subject that cannot be simulated is marked; the others are right."""

import numpy as np
import pytest

from livingdrug.cohort.cohort import cohort_from_arrays
from livingdrug.core.errors import SolveError, SubjectFailureWarning
from livingdrug.core.schema import check_course
from livingdrug.core.status import Status
from livingdrug.solve.methods import METHODS

from .small import CLOSE, builder, decay, run


def explosive():
    """x' = k x^2 leaves to infinity on day 1/k."""
    m = builder("explosive")
    m.species("x", initial=1.0, unit="1")
    m.parameter("k", 0.1, "1")
    m.rate("x", "k * x**2")
    return m.build()


@pytest.mark.parametrize("method", METHODS)
def test_a_subject_that_explodes_is_marked_and_changes_no_other(method):
    model = explosive()
    cohort = cohort_from_arrays(model, {"k": [0.1, 1.0, 0.2]})
    with pytest.warns(SubjectFailureWarning, match="1 of 3 subjects.*subject 1"):
        course = run(model, cohort, times=[0.5, 2.0], rtol=1e-6, method=method)
    status = course["status"].values
    assert status[1] in (Status.NOT_FINITE, Status.STEP_TOO_SMALL)
    assert status[[0, 2]].tolist() == [0, 0]
    assert np.isnan(course["x"].values[1]).all()
    assert "day" in course["status_message"].values[1]
    alone = run(model, cohort.isel(subject=[0, 2]), times=[0.5, 2.0], rtol=1e-6, method=method)
    assert course["x"].values[[0, 2]].tolist() == alone["x"].values.tolist()
    assert alone["x"].values[:, 1] == pytest.approx([1 / 0.8, 1 / 0.6], rel=1e-4)


def test_failures_may_be_raised():
    with pytest.raises(SolveError, match="subject 0"):
        run(explosive(), times=[20.0], on_failure="raise")


@pytest.mark.parametrize("expression", ["p - 2", "1 / (p - p)", "log(p - 2)"])
def test_a_start_that_is_negative_or_not_finite_is_a_bad_initial_value(expression):
    m = decay()
    m.parameter("p", 1.0, "1")
    m.initial("A", expression)
    with pytest.warns(SubjectFailureWarning, match="A"):
        course = run(m.build(), times=[1.0])
    assert course["status"].item() == Status.BAD_INITIAL


def test_a_species_that_may_be_negative_may_start_so():
    m = builder()
    m.species("x", initial=-1.0, unit="1", non_negative=False)
    m.rate("x", "-x")
    assert run(m.build(), times=[1.0])["x"].item() == pytest.approx(-np.exp(-1.0), rel=CLOSE)


def test_the_step_limit_stops_a_subject():
    m = builder()
    m.species("x", initial=1.0, unit="1", non_negative=False)
    m.species("y", initial=0.0, unit="1", non_negative=False)
    m.rate("x", "y")
    m.rate("y", "-x")
    with pytest.warns(SubjectFailureWarning):
        course = run(m.build(), times=[100.0], max_steps=50)
    assert course["status"].item() == Status.TOO_MANY_STEPS


def test_a_rate_that_is_no_number_is_marked():
    m = decay(initial=1.0)
    m.parameter("p", 1.0, "1")
    m.species("B", initial=1.0, unit="1")
    m.rate("B", "log(p)")
    model = m.build()
    cohort = cohort_from_arrays(model, {"p": [1.0, -1.0]})
    for method in METHODS:
        with pytest.warns(SubjectFailureWarning):
            course = run(model, cohort, times=[1.0], method=method)
        assert course["status"].values.tolist() == [Status.OK, Status.NOT_FINITE], method


def test_a_division_by_zero_marks_the_subject_and_not_the_run():
    # hill(1, -1, 1) is 1 / (1 - 1)
    m = decay(initial=1.0)
    m.parameter("half", 1.0, "1")
    m.species("B", initial=1.0, unit="1")
    m.rate("B", "hill(1, half, 1)")
    model = m.build()
    cohort = cohort_from_arrays(model, {"half": [1.0, -1.0]})
    with pytest.warns(SubjectFailureWarning):
        course = run(model, cohort, times=[0.0, 1.0])
    assert course["status"].values.tolist() == [Status.OK, Status.NOT_FINITE]


def test_a_log_state_made_negative_marks_the_subject():
    m = decay(initial=1.0, log_state=True)
    m.parameter("p", 1.0, "1")
    m.event("e", {"A": "p"}, at_time=1.0)
    model = m.build()
    with pytest.warns(SubjectFailureWarning, match="A"):
        course = run(model, cohort_from_arrays(model, {"p": [1.0, -1.0]}), times=[2.0])
    assert course["status"].values.tolist() == [Status.OK, Status.NOT_FINITE]


def test_an_infinite_value_written_at_the_last_time_marks_the_subject():
    m = decay(initial=1.0)
    m.event("e", {"A": "1 / (A - A)"}, at_time=1.0)
    with pytest.warns(SubjectFailureWarning, match="A"):
        course = run(m.build(), times=[0.5, 1.0])
    assert course["status"].item() == Status.NOT_FINITE
    assert np.isnan(course["A"].values).all()


def test_progress_counts_every_subject_also_failed_ones():
    model = explosive()
    cohort = cohort_from_arrays(model, {"k": [0.1, 1.0, 0.2]})
    counted = []
    with pytest.warns(SubjectFailureWarning):
        run(model, cohort, times=[2.0], progress=counted.append)
    assert sum(counted) == 3


def test_a_course_fits_its_schema():
    m = decay(initial=1.0)
    m.observable("seen", "A", "1", lloq=0.5)
    m.event("e", {}, when="A < 0.5")
    assert check_course(run(m.build(), times=[0.0, 1.0])) == []


def test_a_course_with_a_failed_subject_fits_its_schema():
    model = explosive()
    cohort = cohort_from_arrays(model, {"k": [0.1, 1.0]})
    with pytest.warns(SubjectFailureWarning):
        assert check_course(run(model, cohort, times=[2.0])) == []


def test_values_out_of_bounds_are_refused():
    m = decay(initial=1.0)
    m.parameter("p", 1.0, "1", lower=0.0, upper=2.0)
    model = m.build()
    cohort = cohort_from_arrays(model, {"p": [1.0, 2.0]})
    cohort["p"][1] = 3.0
    with pytest.raises(ValueError, match=r"p.*3.*bounds"):
        run(model, cohort, times=[1.0])
