"""Every bit of a result is the subject's own: not of chunks, lanes, threads or neighbours."""

import functools

import numpy as np
import pytest

from livingdrug.catalogue.index import list_models
from livingdrug.cohort.cohort import add_records, cohort_from_arrays
from livingdrug.cohort.sample import draw_cohort
from livingdrug.core.status import Status
from livingdrug.model.builder import ModelBuilder
from livingdrug.solve.backends.native import backend as native
from livingdrug.solve.backends.native.kernel import NativeKernel
from livingdrug.solve.simulate import simulate

from .catalogue import TIMES, typical
from .engines import course_bits

WIDTHS = (1, 2, 4, 8, 16)
DAYS = np.linspace(0.0, 6.0, 13)


def everything():
    """Build a model with all that an engine keeps for a subject from one step to the next."""
    m = ModelBuilder("everything", dimensions="off")
    m.species("A", initial=1.0, unit="1", nominal=1.0)
    m.species("B", initial=20.0, unit="1", nominal=1.0, log_state=True, extinct_below=0.05)
    m.species("C", initial=0.0, unit="1", nominal=1.0, non_negative=False)
    m.parameter("k", 1.0, "1/day")
    m.parameter("half", 0.75, "1")
    m.parameter("p", 0.0, "1")
    m.parameter("day", 1.5, "day")
    m.initial("p", "2 * half")
    m.input("u", "1", default=1.0, interpolation="linear")
    m.rate("A", "p + u - k * A * hill(B, 2, 1.7) - A**1.3")
    m.rate("B", "-k * B + 0.1 * exp(-A) * B")
    m.rate(
        "C", "piecewise(1, A > 1.2, -k) + piecewise(2, time < day, 0) - 30 * k * (C - cos(time))"
    )
    m.integral("area", "A * B", "1")
    m.dose("d", "1", {"A": "half * dose"}, lag="half / 2")
    m.event("e", {"p": "p / 2", "A": "A + p"}, when="C > 0.5 * k")
    return m.build()


@functools.cache
def crowd(n=40, *, failing=False):
    """Draw subjects whose step counts differ a hundredfold; every fourth fails where asked."""
    model = everything()
    draw = np.random.default_rng(5)
    values = {
        "k": 10 ** draw.uniform(-1.0, 1.5, n),
        "half": draw.uniform(0.2, 1.5, n),
        "B": 10 ** draw.uniform(-2.0, 2.0, n) * (draw.uniform(size=n) > 0.1),
        "day": draw.uniform(-1.0, 7.0, n),
    }
    if failing:
        values["k"][::4] = np.where(np.arange(n)[::4] % 8 == 0, np.inf, -1e4)
    cohort = cohort_from_arrays(model, values)
    subjects = np.repeat(np.arange(n), 2)
    doses = {
        "subject": subjects,
        "name": np.array(["d"] * (2 * n)),
        "time": draw.uniform(0.0, 5.0, 2 * n),
        "amount": draw.uniform(0.0, 9.0, 2 * n),
        "unit": np.array(["1"] * (2 * n)),
        "duration": np.where(draw.uniform(size=2 * n) < 0.5, 0.0, draw.uniform(0.1, 3.0, 2 * n)),
    }
    records = {
        "subject": subjects,
        "input": np.array(["u"] * (2 * n)),
        "time": np.tile([1.0, 4.0], n) + np.repeat(draw.uniform(0.0, 2.0, n), 2),
        "value": draw.uniform(0.0, 3.0, 2 * n),
    }
    return model, add_records(add_records(cohort, "dose", doses), "knot", records)


def run(model, cohort, **options):
    options = {"times": DAYS, "method": "rodas5p", "rtol": 1e-6} | options
    return simulate(model, cohort, **options)


@pytest.fixture(scope="module")
def expected():
    model, cohort = crowd()
    course = run(model, cohort)
    assert int(course["status"].sum()) == 0
    assert {"e", "d", "extinct(B)"} == set(course["event_name"].values.tolist())
    return course_bits(course)


@pytest.mark.parametrize("chunk", [1, 7, 512])
def test_chunks_change_no_bit(chunk, expected, monkeypatch):
    monkeypatch.setattr(native, "CHUNK", chunk)
    assert course_bits(run(*crowd())) == expected


@pytest.mark.parametrize("width", WIDTHS)
def test_the_lane_width_changes_no_bit(width, expected, monkeypatch):
    monkeypatch.setattr(NativeKernel, "kept", functools.partial(NativeKernel, width=width))
    assert course_bits(run(*crowd())) == expected


@pytest.mark.parametrize("threads", [1, 2])
def test_threads_change_no_bit(threads, expected, monkeypatch):
    monkeypatch.setattr(native, "CHUNK", 3)
    assert course_bits(run(*crowd(), threads=threads)) == expected


@pytest.mark.parametrize("width", [1, 8])
@pytest.mark.parametrize("model_id", list_models())
def test_the_lane_width_changes_no_bit_of_a_published_model(model_id, width, monkeypatch):
    model, alone = typical(model_id)
    cohort = draw_cohort(model, n=11, seed=2) if model.iiv else alone
    expected = course_bits(run(model, cohort, times=TIMES))
    monkeypatch.setattr(native, "CHUNK", 4)
    monkeypatch.setattr(NativeKernel, "kept", functools.partial(NativeKernel, width=width))
    assert course_bits(run(model, cohort, times=TIMES)) == expected


@pytest.mark.parametrize("seed", range(3))
def test_the_order_of_subjects_changes_no_bit(seed, expected):
    model, cohort = crowd()
    order = np.random.default_rng(seed).permutation(cohort.sizes["subject"])
    assert course_bits(run(model, cohort.isel(subject=order))) == expected


def test_a_subject_alone_is_the_subject_in_the_crowd(expected):
    model, cohort = crowd()
    for label in cohort["subject"].values.tolist()[::5]:
        alone = cohort.isel(subject=[label])
        for table, column in (("dose", "dose_subject"), ("knot", "knot_subject")):
            alone = alone.isel({table: np.flatnonzero(cohort[column].values == label)})
        assert course_bits(run(model, alone)) == {label: expected[label]}


@pytest.mark.parametrize("chunk", [5, 512])
def test_neighbours_that_fail_change_no_bit(chunk, expected, monkeypatch):
    monkeypatch.setattr(native, "CHUNK", chunk)
    model, cohort = crowd(failing=True)
    with pytest.warns(match="could not be simulated"):
        course = run(model, cohort)
    failed = course["status"].values != Status.OK
    assert failed[::4].all()
    found = course_bits(course)
    healthy = [label for label in expected if label % 4]
    assert {label: found[label] for label in healthy} == {
        label: expected[label] for label in healthy
    }


def test_a_neighbour_that_takes_a_thousand_times_more_steps_changes_no_bit():
    m = ModelBuilder("swing", dimensions="off")
    for name, value in (("x", 0.0), ("v", 1.0)):
        m.species(name, initial=value, unit="1", nominal=1.0, non_negative=False)
    m.parameter("w", 1.0, "1")
    m.rate("x", "w * v")
    m.rate("v", "-w * x")
    model = m.build()
    slow = np.geomspace(0.01, 1.0, 20)
    alone = run(model, cohort_from_arrays(model, {"w": slow}))
    mixed = run(model, cohort_from_arrays(model, {"w": np.append(slow, 1e4)}), max_steps=10**6)
    assert mixed.attrs["n_steps"] > 1000 * alone.attrs["n_steps"] / 20
    found = course_bits(mixed)
    assert found.pop(20)[1] == Status.OK
    assert found == course_bits(alone)


def test_repeating_a_run_changes_no_bit(expected):
    # a crash of another model in between must leave nothing behind in the engine either
    model, cohort = crowd(failing=True)
    with pytest.warns(match="could not be simulated"):
        run(model, cohort)
    assert course_bits(run(*crowd())) == expected
