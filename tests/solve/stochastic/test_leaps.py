"""Tau-leaping and Langevin: Poisson numbers, laws in the limit, and what epsilon promises."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

import livingdrug as ld
from livingdrug.solve.stochastic import Stochastic

from .models import UNIT, birth_death, dimers, immigration


def run(model, method, *, times, replicates, epsilon=0.03, **options):
    return ld.simulate(
        model,
        times=times,
        method=method,
        replicates=replicates,
        stochastic=Stochastic(epsilon=epsilon),
        **options,
    )


def arrivals(mean):
    m = ld.ModelBuilder("arrivals", dimensions="off")
    m.species("A", initial=0.0, **UNIT)
    m.parameter("k", mean, "cell/day")
    m.reaction("arrival", "-> A", rate="k")
    return m.build()


@pytest.mark.parametrize("mean", [0.3, 4.0, 9.9, 10.1, 47.0, 900.0])
def test_a_leap_of_a_constant_rate_is_a_poisson_number(mean):
    # nothing changes the rate, so that one leap reaches the end
    course = run(arrivals(mean), "tau", times=[0.0, 1.0], replicates=8_000)
    values = course["A"].values[0, :, -1].astype(int)
    law = stats.poisson(mean)
    edges = np.unique(law.ppf(np.linspace(0.001, 0.999, 25)).astype(int))
    observed = np.histogram(values, [-0.5, *(edges + 0.5), np.inf])[0]
    expected = np.diff([0.0, *law.cdf(edges), 1.0]) * values.size
    chi2 = float(((observed - expected) ** 2 / expected)[expected > 5].sum())
    assert chi2 < stats.chi2(int((expected > 5).sum()) - 1).ppf(1 - 1e-6)


@pytest.mark.parametrize("method", ["tau", "langevin"])
def test_the_bias_falls_with_epsilon(method):
    b, d, n, t = 0.3, 0.4, 2_000, 5.0
    mean = n * np.exp((b - d) * t)
    error = {}
    for epsilon in (0.1, 0.01):
        course = run(
            birth_death(start=n, birth=b, death=d),
            method,
            times=[0.0, t],
            replicates=3_000,
            epsilon=epsilon,
        )
        error[epsilon] = abs(course["A"].values[0, :, -1].mean() / mean - 1.0)
    # a share epsilon of each leap, as in Euler's method: 0.1 gives 2.5 %; one standard error of
    # the mean is 0.09 %
    assert 0.01 < error[0.1] < 0.04
    assert error[0.01] < 0.25 * error[0.1]


@pytest.mark.parametrize("method", ["tau", "langevin"])
def test_the_spread_is_that_of_the_law(method):
    b, d, n, t = 0.3, 0.4, 2_000, 5.0
    values = run(
        birth_death(start=n, birth=b, death=d), method, times=[0.0, t], replicates=4_000,
        epsilon=0.01,
    )["A"].values[0, :, -1]  # fmt: skip
    growth = np.exp((b - d) * t)
    variance = n * (b + d) / (b - d) * growth * (growth - 1.0)
    assert abs(values.var() / variance - 1) < 5 * np.sqrt(2 / 4_000) + 0.01


def test_few_cells_are_left_to_the_exact_method():
    # below 10 firings everything is critical, so that extinction is exact
    b, d, n, t = 0.3, 0.4, 4_000, 5.0
    course = run(birth_death(start=3, birth=b, death=d), "tau", times=[0.0, t], replicates=n)
    gone = float(np.mean(course["A"].values[0, :, -1] == 0))
    e = np.exp((d - b) * t)
    expected = (d * (e - 1.0) / (d * e - b)) ** 3
    assert abs(gone - expected) < 5 * np.sqrt(expected * (1 - expected) / n)


@pytest.mark.parametrize("make", [immigration, dimers])
def test_small_networks_have_the_law_of_the_exact_method(make):
    mine = run(make(), "tau", times=[0.0, 3.0], replicates=2_000)["A"].values[0, :, -1]
    exact = ld.simulate(make(), times=[0.0, 3.0], method="ssa", replicates=2_000, seed=5)
    assert np.array_equal(mine, np.round(mine))
    assert stats.ks_2samp(mine, exact["A"].values[0, :, -1]).pvalue > 1e-6


@pytest.mark.parametrize("method", ["tau", "langevin"])
def test_nothing_becomes_negative(method):
    course = run(dimers(start=40.0), method, times=list(range(20)), replicates=300, epsilon=0.3)
    assert (course["A"].values >= 0).all()
    assert (course["B"].values >= 0).all()
    if method == "tau":
        assert np.allclose(course["A"].values + 2 * course["B"].values, 40.0)


def test_large_numbers_follow_the_rate_equations():
    model = birth_death(start=1e8)
    smooth = ld.simulate(model, times=[0.0, 2.0])["A"].values[0, -1]
    for method in ("tau", "langevin"):
        values = run(model, method, times=[0.0, 2.0], replicates=3, epsilon=0.001)["A"].values
        # relative spread 1e-4; bias a share of epsilon
        assert values[0, :, -1] == pytest.approx(smooth, rel=1e-3)


def test_a_path_does_not_depend_on_chunks_or_threads(monkeypatch):
    options = {"times": [0.0, 2.0], "replicates": 40}
    whole = run(birth_death(start=500.0), "tau", threads=2, **options)
    monkeypatch.setattr("livingdrug.solve.backends.stochastic.backend.CHUNK", 7)
    pieces = run(birth_death(start=500.0), "tau", **options)
    assert np.array_equal(whole["A"].values, pieces["A"].values)


def test_doses_and_reductions_hold_for_leaps():
    model = birth_death(start=0.0, birth=0.0, death=0.5)
    cohort = ld.cohort_from_arrays(
        model, {"A": [0.0]}, regimen=ld.Regimen.infusion(4_000.0, "cell", time=1.0)
    )
    reduced = run(
        model,
        "tau",
        cohort=cohort,
        times=[0.0, 5.0],
        replicates=200,
        epsilon=0.01,
        reduce={
            "top": ld.Reduction("maximum", "A"),
            "when": ld.Reduction("day of maximum", "A"),
            "area": ld.Reduction("auc", "A"),
        },
    )
    assert (reduced["top"].values == 4_000).all()
    assert (reduced["when"].values == 1.0).all()
    area = 4_000 / 0.5 * (1 - np.exp(-0.5 * 4))
    assert reduced["area"].values.mean() == pytest.approx(area, rel=0.01)
