"""Random networks with random happenings: the native engine against the reference."""

import functools
import warnings

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, event, given, settings
from hypothesis import strategies as st

from livingdrug.cohort.cohort import cohort_from_arrays
from livingdrug.core.errors import SubjectFailureWarning
from livingdrug.core.status import Status
from livingdrug.model.builder import ModelBuilder
from livingdrug.solve.backends.native import backend as native
from livingdrug.solve.backends.native.kernel import NativeKernel
from livingdrug.solve.simulate import simulate

from .engines import course_bits, happenings, states_of
from .networks import networks

DAYS = np.linspace(0.0, 6.0, 25)
SHIFT = 1e-3
SEARCH = settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def run(network, method, rtol):
    model = network.model()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SubjectFailureWarning)
        return simulate(model, network.cohort(model), times=DAYS, method=method, rtol=rtol)


def names(course):
    return [name for name, _ in happenings(course)]


def days(course):
    return np.array([day for _, day in happenings(course)])


@SEARCH
@given(network=networks())
def test_a_random_network_is_as_the_reference_has_it(network):
    truth = run(network, "lsoda", 1e-10)
    course = run(network, "rodas5p", 1e-9)
    assert course["status"].item() == truth["status"].item(), course["status_message"].item()
    if truth["status"].item() != Status.OK:
        event("the reference failed")
        return
    # a threshold that is only just reached, or not, says nothing: every threshold is moved by
    # a thousandth, which also says how far values and times move with it
    low = high = truth
    if network.has_thresholds:
        low, high = (run(network.shifted(part), "lsoda", 1e-8) for part in (-SHIFT, SHIFT))
    assume(names(low) == names(truth) == names(high))
    assert names(course) == names(truth)
    event(f"{len(names(truth))} happenings")
    # times: 1e-6 day, and as much as a threshold moved by 1e-5 of itself would move them
    slack = 1e-6 + 1e-2 * np.abs(days(high) - days(low))
    assert (np.abs(days(course) - days(truth)) <= slack).all()
    crowded = happenings_at_outputs(truth, low, high)
    for name in states_of(truth):
        got, expected = (c[name].values[0][~crowded] for c in (course, truth))
        moved = np.abs(high[name].values[0] - low[name].values[0])[~crowded]
        scale = 1.0 + np.abs(expected).max(initial=0.0)
        # values of order 1, rtol 1e-9: 1e-6 leaves room for growth by a thousand
        assert (np.abs(got - expected) <= 1e-6 * scale + 1e-2 * moved).all(), name


def happenings_at_outputs(truth, low, high):
    """Mark output times so near to a triggered happening that its side is a matter of rounding."""
    first, last = np.minimum(days(low), days(high)), np.maximum(days(low), days(high))
    moving = first != last
    first, last = first[moving] - 1e-6, last[moving] + 1e-6
    return ((DAYS[:, None] >= first) & (DAYS[:, None] <= last)).any(axis=1)


@settings(SEARCH, max_examples=8)
@given(network=networks(), chunk=st.integers(1, 6))
def test_the_bits_of_a_random_network_are_its_subjects_own(network, chunk):
    model = network.model()
    cohort = network.cohort(model)
    gains = np.array([1.0, 0.1, 30.0, np.inf, 2.0, -50.0])
    crowd = cohort_from_arrays(model, {"gain": gains})
    # only subject 0 has doses and knots: the others come and go beside it at other times
    records = [cohort[name] for name in cohort.data_vars if name.startswith(("dose_", "knot_"))]
    crowd = crowd.assign({record.name: record for record in records})
    courses = []
    for width, size in ((8, 512), (1, chunk)):
        with pytest.MonkeyPatch.context() as patch, warnings.catch_warnings():
            warnings.simplefilter("ignore", SubjectFailureWarning)
            patch.setattr(native, "CHUNK", size)
            patch.setattr(NativeKernel, "kept", functools.partial(NativeKernel, width=width))
            courses.append(simulate(model, crowd, times=DAYS, method="rodas5p", max_steps=2000))
    event(f"{int((courses[0]['status'] != 0).sum())} of 6 subjects fail")
    assert course_bits(courses[0]) == course_bits(courses[1])


@settings(max_examples=25, deadline=None)
@given(
    rates=st.lists(st.floats(0.0, 3.0), min_size=9, max_size=9),
    start=st.lists(st.floats(0.0, 10.0), min_size=3, max_size=3),
)
def test_a_closed_network_conserves_its_mass(rates, start):
    m = ModelBuilder("closed", dimensions="off")
    for i, value in enumerate(start):
        m.species(f"X{i}", initial=value, unit="1", nominal=1.0)
    for place, k in enumerate(rates):
        i, j = divmod(place, 3)
        m.parameter(f"k{place}", k, "1/day")
        if i != j:
            m.reaction(f"r{place}", f"X{i} -> X{j}", rate=f"k{place} * X{i} / (1 + X{i} / 3)")
    model = m.build()
    course = simulate(model, cohort_from_arrays(model, {}), times=DAYS, method="rodas5p", rtol=1e-4)
    total = sum(course[f"X{i}"].values[0] for i in range(3))
    # a Rosenbrock method keeps linear invariants to rounding, whatever its tolerance
    assert (np.abs(total - sum(start)) <= 1e-12 * (1.0 + sum(start))).all()
