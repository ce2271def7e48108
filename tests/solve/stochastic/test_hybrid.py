"""The hybrid method: against closed forms and the exact method, and what it can count."""

from __future__ import annotations

import json

import numpy as np
import pytest
from scipy import stats

import livingdrug as ld
from livingdrug.core.errors import CapabilityError
from livingdrug.solve.stochastic import Stochastic

from .models import UNIT, birth_death, dimers, immigration

ALWAYS = Stochastic(threshold=np.inf)


def run(model, *, times, replicates, stochastic=ALWAYS, **options):
    return ld.simulate(
        model, times=times, method="hybrid", replicates=replicates, stochastic=stochastic, **options
    )


def binomial(observed, expected, size):
    """Tell whether a share lies within 5 standard errors of its law."""
    return abs(observed - expected) < 5 * np.sqrt(expected * (1 - expected) / size)


def test_births_and_deaths_die_out_as_often_as_they_must():
    b, d, t, n = 0.3, 0.4, 5.0, 4_000
    course = run(birth_death(start=3, birth=b, death=d), times=[0.0, t], replicates=n)
    gone = float(np.mean(course["A"].values[0, :, -1] == 0))
    e = np.exp((d - b) * t)
    assert binomial(gone, (d * (e - 1.0) / (d * e - b)) ** 3, n)


@pytest.mark.parametrize("make", [immigration, dimers])
def test_the_law_is_that_of_the_exact_method(make):
    n, times = 1_500, [0.0, 3.0]
    name = "A"
    mine = run(make(), times=times, replicates=n)[name].values[0, :, -1]
    exact = ld.simulate(make(), times=times, method="ssa", replicates=n, seed=77)
    theirs = exact[name].values[0, :, -1]
    assert np.array_equal(mine, np.round(mine))
    assert stats.ks_2samp(mine, theirs).pvalue > 1e-6


def test_a_rate_that_changes_in_time_is_not_frozen():
    # arrivals at k (1 + sin(2 t)): a Poisson number with the integral as its mean
    m = ld.ModelBuilder("waves", dimensions="off")
    m.species("A", initial=0.0, **UNIT)
    m.parameter("k", 20.0, "cell/day")
    m.reaction("arrival", "-> A", rate="k * (1 + sin(2 * time))")
    n, t = 2_000, 1.2
    values = run(m.build(), times=[0.0, t], replicates=n)["A"].values[0, :, -1]
    mean = 20.0 * (t + (1 - np.cos(2 * t)) / 2)
    assert abs(values.mean() - mean) < 5 * np.sqrt(mean / n)
    assert abs(values.var() - mean) < 5 * mean * np.sqrt(2 / n)


def test_a_population_is_continuous_while_it_is_large():
    # no chance above the threshold: 1e6 cells dying at 0.5 reach 1e4 on one and the same day
    course = run(
        birth_death(start=1e6, birth=0.0, death=0.5),
        times=[0.0, 5.0, 14.0],
        replicates=50,
        stochastic=Stochastic(threshold=1e4),
    )
    values = course["A"].values[0]
    assert np.ptp(values[:, 1]) == 0.0
    assert values[0, 1] == pytest.approx(1e6 * np.exp(-2.5), rel=1e-5)
    below = values[:, 2]
    assert np.ptp(below) > 0
    assert np.array_equal(below, np.round(below))
    mean = 1e6 * np.exp(-7.0)
    assert abs(below.mean() - mean) < 5 * np.sqrt(mean / 50)


def test_a_population_that_grows_out_is_continuous_again():
    course = run(
        birth_death(start=200.0, birth=1.0, death=0.0),
        times=[0.0, 4.0],
        replicates=20,
        stochastic=Stochastic(threshold=500.0, release=2.0),
    )
    values = course["A"].values[0, :, -1]
    assert (values > 5_000).all()
    assert not np.array_equal(values, np.round(values))  # no longer counted
    # a Yule process: variance n e^t (e^t - 1), frozen when it grows out
    assert abs(values.mean() / 200 - np.exp(4.0)) < 5 * np.sqrt(np.exp(4.0) ** 2 / 200 / 20)


def test_jumps_in_no_time_are_no_chatter():
    # 1e12 cells a day arrive where none is: 100 in 1e-10 day, and then it is continuous
    m = ld.ModelBuilder("arriving", dimensions="off")
    m.species("A", initial=1e9, **UNIT)
    m.species("B", initial=0.0, **UNIT)
    m.reaction("arrival", "A -> B", rate="1000 * A")
    course = run(m.build(), times=[0.0, 1e-3], replicates=2, stochastic=Stochastic(threshold=1e3))
    assert (course["status"].values == 0).all()
    assert course["B"].values[0, :, -1] == pytest.approx(1e9 * (1 - np.exp(-1)), rel=1e-4)


def test_a_dose_brings_a_counted_population_back():
    model = birth_death(start=0.0, birth=0.0, death=0.0)
    cohort = ld.cohort_from_arrays(
        model, {"A": [0.0]}, regimen=ld.Regimen.infusion(7.0, "cell", time=1.0)
    )
    course = run(model, cohort=cohort, times=[0.0, 1.0, 2.0], replicates=3)
    assert course["A"].values[0].tolist() == [[0.0, 7.0, 7.0]] * 3
    assert set(course["event_name"].values.tolist()) == {"infusion"}


def test_the_last_cell_is_logged_once():
    course = run(birth_death(start=3.0, birth=0.0, death=1.0), times=[0.0, 60.0], replicates=40)
    assert course["event_name"].values.tolist() == ["extinct(A)"] * 40
    days = course["event_time"].values
    assert stats.kstest(days, lambda x: (1 - np.exp(-x)) ** 3).pvalue > 1e-6


def test_a_path_does_not_depend_on_threads_or_chunks(monkeypatch):
    whole = run(birth_death(), times=[0.0, 2.0], replicates=40, threads=2)
    monkeypatch.setattr("livingdrug.solve.backends.native.backend.CHUNK", 7)
    pieces = run(birth_death(), times=[0.0, 2.0], replicates=40)
    assert np.array_equal(whole["A"].values, pieces["A"].values)


def test_what_cannot_be_counted_is_named():
    model = ld.get_model("stein2019")
    with pytest.raises(CapabilityError, match=r"stein2019.*E.*count_per_unit"):
        run(model, times=[0.0, 1.0], replicates=1, stochastic=Stochastic(species=("E",)))


def test_a_course_says_how_it_was_counted_and_what_was_assumed():
    model = ld.get_model("kimmel2021")
    options = Stochastic(threshold=100.0, turnover={"N": 0.1})
    course = run(model, times=[0.0, 1.0], replicates=1, stochastic=options)
    assert json.loads(course.attrs["stochastic"])["threshold"] == 100.0
    assert json.loads(course.attrs["assumed"]) == ["turnover of N: 0.1 per day beside its net rate"]
    smooth = ld.simulate(model, times=[0.0, 1.0])
    assert "stochastic" not in smooth.attrs
    assert json.loads(smooth.attrs["assumed"]) == []
