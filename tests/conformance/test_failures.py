"""Subjects that cannot be simulated are marked, and nobody beside them notices."""

import warnings

import numpy as np
import pytest

from livingdrug.cohort.cohort import cohort_from_arrays
from livingdrug.core.errors import SubjectFailureWarning
from livingdrug.core.status import Status
from livingdrug.model.builder import ModelBuilder
from livingdrug.solve.methods import DEFAULT_METHODS, METHODS
from livingdrug.solve.simulate import simulate

from .engines import course_bits, states_of
from .shapes import builder, decaying, give


def explosion():
    """x' = k x^2 from 1 leaves to infinity on day 1 / k."""
    m = builder(x=1.0)
    m.parameter("k", 0.1, "1")
    m.rate("x", "k * x**2")
    return m.build(), "k", [0.1, 0.3], [1.0, 0.7, 40.0], {Status.NOT_FINITE, Status.STEP_TOO_SMALL}


def faster_explosion():
    m = builder(x=0.0)
    m.parameter("k", 0.1, "1")
    m.rate("x", "k * exp(x)")  # leaves on day 1 / k
    return m.build(), "k", [0.1, 0.3], [1.0, 5.0], {Status.NOT_FINITE, Status.STEP_TOO_SMALL}


def explosion_of_a_logarithm():
    m = ModelBuilder("shape", dimensions="off")
    m.species("x", initial=1.0, unit="1", log_state=True)
    m.parameter("k", 0.1, "1")
    m.rate("x", "k * x**2")
    return m.build(), "k", [0.1, 0.3], [1.0, 0.7], {Status.NOT_FINITE, Status.STEP_TOO_SMALL}


def rate_that_is_no_number():
    m = decaying()
    m.parameter("p", 1.0, "1")
    m.species("B", initial=1.0, unit="1")
    m.rate("B", "log(p)")
    return m.build(), "p", [1.0, 2.0], [-1.0], {Status.NOT_FINITE}


def rate_that_ceases_to_be_a_number():
    m = builder(x=1.0)
    m.parameter("p", 1.0, "1")
    m.rate("x", "-1 - sqrt(x - p)")
    return m.build(), "p", [-90.0, -30.0], [0.5, 0.9], {Status.NOT_FINITE, Status.STEP_TOO_SMALL}


def start_that_is_negative():
    m = decaying(initial=1.0)
    m.parameter("p", 1.0, "1")
    m.initial("A", "p - 2")
    return m.build(), "p", [2.0, 3.0], [1.0, -1e9], {Status.BAD_INITIAL}


def chatter():
    m = builder(A=1.0)
    m.parameter("day", 1.0, "1")
    m.rate("A", "piecewise(-day, A > 0, 1)")
    return m.build(), "day", [0.1, 0.3], [1.0, 3.0], {Status.CHATTER}


def step_limit():
    m = builder(x=1.0, y=0.0)
    m.parameter("w", 1.0, "1")
    m.rate("x", "w * y")
    m.rate("y", "-w * x")
    return m.build(), "w", [0.1, 1.0], [3000.0, 9000.0], {Status.TOO_MANY_STEPS}


def cascade():
    m = builder(n=0.0)
    m.parameter("p", 1.0, "day")
    m.event("e", {"n": "n + 1"}, at_time=1.0, every="p", count=1500)
    return m.build(), "p", [0.5, 1.0], [0.0], {Status.EVENT_CASCADE}


def infinite_value_by_an_event():
    m = decaying(initial=1.0)
    m.parameter("p", 1.0, "1")
    m.event("e", {"A": "1 / p"}, at_time=1.0)
    return m.build(), "p", [1.0, 2.0], [0.0], {Status.NOT_FINITE}


def negative_logarithm_by_an_event():
    m = decaying(initial=1.0, log_state=True)
    m.parameter("p", 1.0, "1")
    m.event("e", {"A": "p"}, at_time=1.0)
    return m.build(), "p", [1.0, 0.0], [-1.0], {Status.NOT_FINITE}


PROBLEMS = [
    explosion,
    faster_explosion,
    explosion_of_a_logarithm,
    rate_that_is_no_number,
    rate_that_ceases_to_be_a_number,
    start_that_is_negative,
    chatter,
    step_limit,
    cascade,
    infinite_value_by_an_event,
    negative_logarithm_by_an_event,
]


def run(model, name, values, method):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SubjectFailureWarning)
        return simulate(
            model,
            cohort_from_arrays(
                model, {name: np.array(values, dtype=float)}, subjects=labels(values)
            ),
            times=[0.25, 3.0],
            method=method,
            max_steps=3000,
        )


def labels(values):
    return [f"{value:g}" for value in values]


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("problem", PROBLEMS)
def test_what_fails_is_marked_and_the_rest_is_as_without_it(problem, method):
    model, name, good, bad, allowed = problem()
    course = run(model, name, [bad[0], *good, *bad[1:]], method)
    status = dict(zip(course["subject"].values.tolist(), course["status"].values, strict=True))
    assert {status[label] for label in labels(bad)} <= {int(item) for item in allowed}
    assert all(status[label] == Status.OK for label in labels(good))
    for row, label in enumerate(course["subject"].values.tolist()):
        block = np.array([course[v].values[row] for v in states_of(course)])
        assert np.isnan(block).all() if label in labels(bad) else np.isfinite(block).all()
        assert ("day" in course["status_message"].values[row]) == (label in labels(bad))
    alone = course_bits(run(model, name, good, method))
    found = course_bits(course)
    assert {label: found[label] for label in labels(good)} == alone


@pytest.mark.parametrize("method", METHODS)
def test_a_negative_lag_marks_its_subject(method):
    m = decaying()
    m.parameter("lag", 1.0, "day")
    m.dose("oral", "1", {"A": "dose"}, lag="lag")
    model = m.build()
    cohort = cohort_from_arrays(model, {"lag": [1.0, -0.5, 0.0]})
    cohort = give(model, *(("oral", 1.0, 1.0, 0.0, row) for row in range(3)), cohort=cohort)
    with pytest.warns(SubjectFailureWarning, match="lag -0.5 of dose oral"):
        course = simulate(model, cohort, times=[3.0], method=method)
    assert course["status"].values.tolist() == [Status.OK, Status.BAD_INITIAL, Status.OK]
    expected = np.exp(-3.0) + np.exp([-1.0, -2.0])
    assert course["A"].values[[0, 2], 0] == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize("method", sorted(DEFAULT_METHODS.values()))
@pytest.mark.parametrize("day", [0.0, 10.0, 365.0])
def test_a_transient_faster_than_the_rounding_of_a_late_day_is_no_failure(day, method):
    # A falls from 5 back to 1 within 1e-11 day; the spacing of floats at day 365 is 6e-14
    m = builder(A=1.0, B=0.0)
    m.rate("A", "-1e12 * (A - 1)")
    m.rate("B", "A - B")
    m.dose("d", "1", {"A": "dose"})
    model = m.build()
    course = simulate(model, give(model, ("d", day, 4.0)), times=[400.0], method=method)
    assert course["status"].item() == Status.OK, course["status_message"].item()
    assert course["A"].item() == pytest.approx(1.0, rel=1e-5)
    assert course["B"].item() == pytest.approx(1.0, rel=1e-5)


@pytest.mark.parametrize("method", METHODS)
def test_the_day_of_the_failure_is_in_the_message(method):
    model, name, _, _, _ = explosion()
    message = run(model, name, [1.0], method)["status_message"].item()
    day = float(message.split("day ")[1].split(":")[0])
    assert day == pytest.approx(1.0, abs=1e-3)  # the pole; the state is 1e3 a thousandth before
