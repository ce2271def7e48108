"""Closed forms: extinction, first passages, laws at rest; exact methods exactly, others nearly."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats
from scipy.linalg import expm
from scipy.special import roots_jacobi

import livingdrug as ld
from livingdrug.solve.stochastic import Stochastic

from .laws import birth_death_law, linear_moments
from .models import UNIT, birth_death, dimers, immigration, promoter, schloegl, stages

EXACT = {
    "ssa": {"method": "ssa"},
    "hybrid": {"method": "hybrid", "stochastic": Stochastic(threshold=np.inf)},
}
NEARLY = {
    "tau": {"method": "tau", "stochastic": Stochastic(epsilon=0.01)},
    "langevin": {"method": "langevin", "stochastic": Stochastic(epsilon=0.01)},
}
SURE = 1e-6  # of a test by chance alone; seeds are fixed, so that it never happens again


def run(model, how, *, times, replicates, **options):
    course = ld.simulate(model, times=times, replicates=replicates, threads=2, **how, **options)
    assert (course["status"].values == 0).all()
    return course


def near(values, mean, variance, *, sigmas=5.0, bias=0.0):
    """Tell whether a sample mean is where it must be: standard errors, and a relative bias."""
    return abs(values.mean() - mean) <= sigmas * np.sqrt(variance / values.size) + bias * abs(mean)


def share(observed, expected, size):
    return abs(observed - expected) <= 5 * np.sqrt(expected * (1 - expected) / size)


def fits(values, pmf):
    """Chi-square of whole numbers against a law over 0, 1, ..."""
    cells = pmf * values.size
    observed = np.bincount(values.astype(int), minlength=cells.size)
    assert observed.size == cells.size
    keep = cells > 5
    rest = values.size - observed[keep].sum(), values.size - cells[keep].sum()
    chi2 = float(((observed - cells) ** 2 / np.where(keep, cells, 1))[keep].sum())
    if rest[1] > 5:
        chi2 += float((rest[0] - rest[1]) ** 2 / rest[1])
    return chi2 < stats.chi2(int(keep.sum())).ppf(1 - SURE)


# -- births and deaths ----------------------------------------------------------------------------


@pytest.mark.parametrize("how", EXACT)
def test_the_day_of_extinction_has_its_law(how):
    b, d, n = 0.3, 0.4, 3
    size = 8_000 if how == "ssa" else 2_000
    days = run(
        birth_death(start=n, birth=b, death=d), EXACT[how], times=[0.0, 400.0], replicates=size,
        reduce={"end": ld.Reduction("event day", "extinct(A)")},
    )["end"].values[0]  # fmt: skip
    assert np.isfinite(days).all()  # at 400 days 1e-17 are alive

    def law(x):
        return np.array([birth_death_law(n, b, d, float(t))[2] for t in np.atleast_1d(x)])

    assert stats.kstest(days, law).pvalue > SURE


@pytest.mark.parametrize("how", EXACT)
def test_a_critical_population_dies_out_slowly(how):
    # births as often as deaths: gone by t with (b t / (1 + b t)) ** n, mean n, variance 2 n b t
    b, n, t = 0.5, 4, 6.0
    size = 20_000 if how == "ssa" else 4_000
    values = run(
        birth_death(start=n, birth=b, death=b), EXACT[how], times=[0.0, t], replicates=size
    )["A"].values[0, :, -1]
    assert share(float(np.mean(values == 0)), (b * t / (1 + b * t)) ** n, size)
    assert near(values, n, 2 * n * b * t)


@pytest.mark.parametrize("how", EXACT)
def test_which_end_is_reached_first(how):
    # n cells reach N before 0 with (1 - r^n) / (1 - r^N), r = d / b
    b, d, n, top = 0.4, 0.5, 6, 12
    size = 10_000 if how == "ssa" else 2_000
    course = run(
        birth_death(start=n, birth=b, death=d), EXACT[how], times=[0.0, 200.0], replicates=size,
        reduce={
            "up": ld.Reduction("first day above", "A", level=float(top)),
            "gone": ld.Reduction("event day", "extinct(A)"),
        },
    )  # fmt: skip
    up, gone = course["up"].values[0], course["gone"].values[0]
    first = np.isfinite(up) & ~(gone < up)
    assert (np.isfinite(up) | np.isfinite(gone)).all()
    r = d / b
    assert share(float(first.mean()), (1 - r**n) / (1 - r**top), size)


@pytest.mark.parametrize("how", [*EXACT, "tau"])
def test_the_first_passage_of_a_pure_birth_process(how):
    # the sum of independent exponential times with rates b k
    b, n, top = 0.5, 5, 100
    size = 3_000 if how == "ssa" else 1_500
    # continuous once it has passed by far
    options = {"method": "hybrid", "stochastic": Stochastic(threshold=200.0)}
    days = run(
        birth_death(start=n, birth=b, death=0.0),
        options if how == "hybrid" else {**EXACT, **NEARLY}[how],
        times=[0.0, 16.0], replicates=size,
        reduce={"up": ld.Reduction("first day above", "A", level=float(top))},
    )["up"].values[0]  # fmt: skip
    rates = b * np.arange(n, top)
    mean, variance = (1 / rates).sum(), (1 / rates**2).sum()
    # of a leap the end is known and not the day of a single cell: half of it, 0.01 / b, too late
    assert near(days, mean, variance, bias=0.01 if how == "tau" else 0.0)
    # rare slow starts: the largest of the exponential times has most of the variance, excess 6
    assert abs(days.var() / variance - 1) < 5 * np.sqrt(8 / size)


@pytest.mark.parametrize("how", NEARLY)
def test_the_first_passage_of_a_large_population(how):
    # 20,000 cells that die fall to 2,000: sums of exponential times again
    d, n, low, size = 0.5, 20_000, 2_000, 1_500
    days = run(
        birth_death(start=n, birth=0.0, death=d), NEARLY[how], times=[0.0, 8.0], replicates=size,
        reduce={"low": ld.Reduction("first day below", "A", level=float(low))},
    )["low"].values[0]  # fmt: skip
    rates = d * np.arange(low + 1, n + 1)
    mean, variance = (1 / rates).sum(), (1 / rates**2).sum()
    # Euler's method with steps of epsilon / d: late or early by a share of one step
    assert near(days, mean, variance, bias=0.01)
    assert abs(days.var() / variance - 1) < 5 * np.sqrt(2 / size) + 0.05


# -- networks whose propensities are linear -------------------------------------------------------


@pytest.mark.parametrize("how", EXACT)
def test_cells_that_pass_through_stages_are_multinomial(how):
    a, b, n, t = 0.7, 0.3, 50, 2.0
    size = 10_000 if how == "ssa" else 2_000
    course = run(stages(start=n, a=a, b=b), EXACT[how], times=[0.0, t], replicates=size)
    naive = np.exp(-a * t)
    effector = a / (b - a) * (np.exp(-a * t) - np.exp(-b * t))
    for name, p in {"N": naive, "E": effector, "M": 1 - naive - effector}.items():
        assert fits(course[name].values[0, :, -1], stats.binom(n, p).pmf(np.arange(n + 1))), name
    together = np.cov(course["N"].values[0, :, -1], course["E"].values[0, :, -1])[0, 1]
    spread = n * np.sqrt(naive * (1 - naive) * effector * (1 - effector))
    assert abs(together + n * naive * effector) < 5 * spread * np.sqrt(2 / size)


@pytest.mark.parametrize("how", NEARLY)
def test_means_and_variances_of_stages_hold_for_leaps(how):
    n, t, size = 20_000.0, 2.0, 2_000
    changes = np.array([[-1.0, 0.0], [1.0, -1.0], [0.0, 1.0]])
    slope = np.array([[0.7, 0.0, 0.0], [0.0, 0.3, 0.0]])
    mean, variance = linear_moments(
        changes, slope, np.zeros(2), np.array([n, 0.0, 0.0]), np.array([0.0, t])
    )
    course = run(stages(start=n), NEARLY[how], times=[0.0, t], replicates=size)
    for place, name in enumerate(("N", "E", "M")):
        values = course[name].values[0, :, -1]
        # half a leap of relative size 0.01
        assert near(values, mean[-1, place], variance[-1, place], bias=0.01), name
        assert abs(values.var() / variance[-1, place] - 1) < 5 * np.sqrt(2 / size) + 0.02, name


@pytest.mark.parametrize("how", [*EXACT, "tau"])
def test_a_gene_that_is_switched_has_a_beta_poisson_law(how):
    # at rest: a Poisson number whose mean is make / decay times a beta variable (Peccoud J,
    # Ycart B. Theor Popul Biol 1995;48:222-234. doi:10.1006/tpbi.1995.1027)
    on, off, make = 0.5, 0.8, 12.0
    size = 1_500 if how == "hybrid" else 6_000
    values = run(
        promoter(on=on, off=off, make=make, decay=1.0), {**EXACT, **NEARLY}[how],
        times=[0.0, 20.0], replicates=size,
    )["X"].values[0, :, -1]  # fmt: skip
    nodes, weights = roots_jacobi(80, off - 1, on - 1)
    counts = np.arange(60)
    law = (stats.poisson.pmf(counts, make * (nodes[:, None] + 1) / 2) * weights[:, None]).sum(0)
    assert fits(values, law / weights.sum())


@pytest.mark.parametrize("how", NEARLY)
def test_a_bound_that_only_the_law_knows_is_kept(how):
    # 1,000 receptors, free or bound: a binomial number; a leap may not go beyond all of them
    m = ld.ModelBuilder("receptors", dimensions="off")
    m.species("B", initial=0.0, **UNIT)
    m.reaction("binding", "-> B", rate="3 * (1000 - B)")
    m.reaction("release", "B ->", rate="0.05 * B")
    size = 2_000
    course = run(m.build(), NEARLY[how], times=[0.0, 1.0, 6.0], replicates=size)
    for place, t in ((1, 1.0), (2, 6.0)):
        values = course["B"].values[0, :, place]
        p = 3 / 3.05 * (1 - np.exp(-3.05 * t))
        assert near(values, 1000 * p, 1000 * p * (1 - p), bias=0.005), t
        assert values.max() <= 1000.0
    # free receptors are no species, so that leaps do not see how fast those few come to rest:
    # the spread there is 1.8 times that of the law. With both written as species it is right
    assert 1.0 < values.var() / (1000 * p * (1 - p)) < 2.5


# -- networks whose propensities are not ----------------------------------------------------------


@pytest.mark.parametrize("how", ["ssa", "tau"])
def test_two_stable_numbers_are_visited_as_often_as_they_must(how):
    # one species, steps of one: the chain is tridiagonal, its law exact by a matrix exponential
    t, size = 2.0, 4_000 if how == "ssa" else 1_000
    x = np.arange(901.0)  # 5 standard deviations above the upper one
    up = 0.015 * x * (x - 1) + 200.0
    down = 1e-4 / 6 * x * (x - 1) * (x - 2) + 3.5 * x
    up[-1] = 0.0
    generator = np.diag(up[:-1], -1) + np.diag(down[1:], 1) - np.diag(up + down)
    law = expm(generator * t)[:, 250]
    values = run(schloegl(), {**EXACT, **NEARLY}[how], times=[0.0, t], replicates=size)
    found = values["X"].values[0, :, -1]
    assert share(float(np.mean(found > 300)), law[301:].sum(), size)
    distance = stats.kstest(found + 0.5, lambda v: np.cumsum(law)[np.floor(v).astype(int)])
    # steps of one whole number among hundreds: the law is as good as continuous
    assert distance.pvalue > SURE


@pytest.mark.parametrize("how", NEARLY)
def test_a_large_number_at_rest_has_its_spread(how):
    # Poisson: mean and variance 10,000; Langevin's normal law has the same
    size = 1_500
    values = run(
        immigration(influx=5_000.0, death=0.5), NEARLY[how], times=[0.0, 16.0], replicates=size
    )["A"].values[0, :, -1]
    mean = 10_000 * (1 - np.exp(-8.0))
    assert near(values, mean, mean, bias=1e-3)
    assert abs(values.var() / mean - 1) < 5 * np.sqrt(2 / size) + 0.02


@pytest.mark.parametrize("how", NEARLY)
def test_pairs_at_rest_are_a_normal_number(how):
    # linear noise: k A^2 = r B with A + 2 B = n, variance of the number of pairs
    # r B / (r + 4 k A), relative error one over the number of pairs
    n, k, r, size = 30_000.0, 0.02, 0.3, 800
    model = dimers(start=n)
    values = run(model, NEARLY[how], times=[0.0, 0.2], replicates=size)["B"].values[0, :, -1]
    a = (-r + np.sqrt(r**2 + 8 * k * r * n)) / (4 * k)
    pairs = (n - a) / 2
    variance = r * pairs / (r + 4 * k * a)
    assert near(values, pairs, variance, bias=1e-3)
    assert abs(values.var() / variance - 1) < 5 * np.sqrt(2 / size) + 0.05
