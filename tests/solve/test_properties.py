"""Whole families of models against independent solutions."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.linalg import expm

from livingdrug.cohort.cohort import cohort_from_arrays

from .small import builder, curve, decay, dosed, run

rates = st.floats(0.0, 3.0)


@st.composite
def networks(draw):
    """Square matrix of transfer rates, elimination rates, amounts."""
    n = draw(st.integers(1, 4))
    square = [[draw(rates) for _ in range(n)] for _ in range(n)]
    out = [draw(rates) for _ in range(n)]
    start = [draw(st.floats(0.0, 10.0)) for _ in range(n)]
    return np.array(square), np.array(out), np.array(start)


@settings(max_examples=25, deadline=None)
@given(network=networks(), day=st.floats(0.01, 5.0))
def test_a_linear_network_is_its_matrix_exponential(network, day):
    transfer, out, start = network
    n = start.size
    np.fill_diagonal(transfer, 0.0)
    m = builder("network")
    for i in range(n):
        m.species(f"X{i}", initial=start[i], unit="1", nominal=1.0)
        m.reaction(f"out{i}", f"X{i} ->", rate=f"{float(out[i])!r} * X{i}")
    for i in range(n):
        for j in range(n):
            if i != j:
                m.parameter(f"k{i}{j}", transfer[i, j], "1/day")
                m.reaction(f"move{i}{j}", f"X{i} -> X{j}", rate=f"k{i}{j} * X{i}")
    matrix = transfer.T - np.diag(transfer.sum(axis=1) + out)
    course = run(m.build(), times=[day], rtol=1e-9)
    got = np.array([course[f"X{i}"].item() for i in range(n)])
    # amounts are at most 40; some hundred steps of 1e-9 each, bounded by the total amount
    assert got == pytest.approx(expm(matrix * day) @ start, rel=1e-6, abs=1e-6)


days = st.integers(-3_000, 10_000).map(lambda step: step / 1000)
doses = st.lists(
    st.tuples(
        days,
        st.floats(0.0, 100.0),
        st.one_of(st.just(0.0), st.floats(0.01, 4.0)),
    ),
    max_size=6,
)


def superposition(t, schedule, k):
    """Sum of the closed forms of all doses, the value after a dose at its time."""
    total = 0.0
    for start, amount, duration in schedule:
        if t < start:
            continue
        if duration == 0.0:
            total += amount * np.exp(-k * (t - start))
            continue
        past = max(t - start - duration, 0.0)
        length = min(t - start, duration)
        total += amount / duration / k * -np.expm1(-k * length) * np.exp(-k * past)
    return total


@settings(max_examples=40, deadline=None)
@given(schedule=doses, k=st.floats(0.05, 3.0), times=st.sets(days, min_size=1))
def test_any_schedule_is_the_sum_of_its_doses(schedule, k, times):
    model = decay(k=k).build()
    grid = sorted(times)
    cohort = dosed(model, *(("d", *dose) for dose in schedule)) if schedule else None
    got = curve(model, cohort, times=grid, rtol=1e-9)
    expected = [superposition(t, schedule, k) for t in grid]
    # the largest amount in the body sets the scale of the errors
    assert got == pytest.approx(expected, rel=1e-6, abs=1e-6 * (1 + sum(d[1] for d in schedule)))


@settings(max_examples=15, deadline=None)
@given(order=st.permutations(range(6)), cut=st.integers(1, 5))
def test_subjects_do_not_know_each_other(order, cut):
    m = decay()
    m.event("e", {"A": "A + 1"}, when="A < 0.5")
    model = m.build()
    values = {"A": np.linspace(0.4, 5.0, 6), "k": np.linspace(0.2, 3.0, 6)}
    cohort = cohort_from_arrays(model, values, subjects=list("abcdef"))
    times = [1.0, 4.0]
    whole = run(model, cohort, times=times, rtol=1e-6)
    shuffled = run(model, cohort.isel(subject=list(order)), times=times, rtol=1e-6)
    assert shuffled["A"].values.tolist() == whole["A"].values[list(order)].tolist()
    pieces = [slice(0, cut), slice(cut, None)]
    parts = [run(model, cohort.isel(subject=p), times=times, rtol=1e-6) for p in pieces]
    joined = np.concatenate([part["A"].values for part in parts])
    assert joined.tolist() == whole["A"].values.tolist()
