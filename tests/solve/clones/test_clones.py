"""Clones in the environment of a model: closed forms, exact jumps, and what must be kept."""

import numpy as np
import pytest
from scipy.integrate import cumulative_trapezoid, trapezoid

import livingdrug as ld
from livingdrug.core.schema import check_course
from livingdrug.solve.backends import clonal
from tests.solve.clones.models import (
    changing_rates,
    in_a_volume,
    one_niche,
    phenotypes,
    rivals,
)
from tests.solve.stochastic.models import birth_death

PHENOTYPES = ("I", "E", "M", "X")


def test_rates_that_change_in_time_give_the_law_of_kendall():
    n, last = 20_000, 3.0
    clones = ld.Clones(n, "A", step=0.1, keep=n)
    course = ld.simulate(changing_rates(start=n), times=[0.0, last], clones=clones, seed=4)
    sizes = course["clone_size"].values[0, -1]
    t = np.linspace(0.0, last, 20_001)
    birth, death = 1.2 * np.exp(-0.5 * t), np.full_like(t, 0.3)
    inverse = np.exp(cumulative_trapezoid(death - birth, t, initial=0))
    mean = 1 / inverse[-1]
    lost = 1 - 1 / (inverse[-1] + trapezoid(birth * inverse, t))
    spread = mean**2 * trapezoid((birth + death) * inverse, t)
    assert abs((sizes == 0).mean() - lost) < 5 * np.sqrt(lost * (1 - lost) / n)
    assert abs(sizes.mean() - mean) < 5 * np.sqrt(spread / n)
    # a nearly geometric number: the variance of its variance is below 24 mean**4
    assert abs(sizes.var() - spread) < 5 * np.sqrt(24 * mean**4 / n)
    assert course["A"].values[0, -1] == sizes.sum()
    assert check_course(course) == []


def test_two_clones_in_one_niche_are_as_in_exact_jumps():
    times, replicates = [0.0, 2.0, 5.0], 1_500
    exact = ld.simulate(rivals(), times=times, method="ssa", replicates=replicates, seed=1)
    course = ld.simulate(
        one_niche(),
        times=times,
        replicates=replicates,
        seed=2,
        clones=ld.Clones(1, "A", outliers=ld.Outlier(1.4, cells=10), step=0.1),
    )
    # clones are reported outliers first: here in the order of their numbers
    for place, name in ((1, "A"), (0, "B")):
        expected, got = exact[name].values[0, :, 1:], course["clone_size"].values[0, :, 1:, place]
        error = np.sqrt((expected.var(axis=0) + got.var(axis=0)) / replicates)
        assert (np.abs(got.mean(axis=0) - expected.mean(axis=0)) < 5 * error).all()
        # kurtosis of these numbers is below 6: so much may two variances differ
        spread = expected.var(axis=0)
        assert (np.abs(got.var(axis=0) / spread - 1) < 5 * np.sqrt(2 * 5 / replicates)).all()
        gone, lost = (expected == 0).mean(axis=0), (got == 0).mean(axis=0)
        allowed = 5 * np.sqrt(2 * np.maximum(gone, 1 / replicates) / replicates)
        assert (np.abs(gone - lost) < allowed).all()


def test_many_cells_of_neutral_clones_follow_the_model():
    model = birth_death(start=1e10, birth=0.8, death=0.5)
    times = [0.0, 1.0, 5.0, 20.0]
    expected = ld.simulate(model, times=times, rtol=1e-9)["A"].values[0]
    course = ld.simulate(model, times=times, clones=ld.Clones(50, "A", step=1.0), rtol=1e-9)
    # one standard deviation of the sum is sqrt(1.3 / 0.3 / 1e10) = 2e-5
    assert course["A"].values[0] == pytest.approx(expected, rel=1e-4)


def test_the_mean_share_of_a_neutral_clone_is_kept():
    course = ld.simulate(
        one_niche(),
        times=[0.0, 4.0, 10.0],
        replicates=400,
        seed=5,
        clones=ld.Clones(6, "A", outliers=ld.Outlier(1.0, cells=10), step=0.25),
    )
    share = course["outlier_fraction"].values[0]
    assert (share[:, 0] == 10 / 70).all()
    for place in (1, 2):
        error = share[:, place].std() / np.sqrt(share.shape[0])
        assert abs(share[:, place].mean() - 10 / 70) < 5 * error
    assert share[:, 2].std() > 0.05  # it drifts


def test_fitness_multiplies_divisions_and_nothing_else():
    model = birth_death(start=3e12, birth=0.4, death=0.3)
    clones = ld.Clones(
        1, "A", step=0.5, outliers=(ld.Outlier(2.0, 10**12), ld.Outlier(0.0, 10**12))
    )
    course = ld.simulate(model, times=[0.0, 7.0], clones=clones, rtol=1e-9)
    expected = 1e12 * np.exp(np.array([0.8, 0.0, 0.4]) * 7 - 2.1)
    # standard deviations are 1e-5 of these sizes and less
    assert course["clone_size"].values[0, -1] == pytest.approx(expected, rel=1e-4)
    assert course["clone_fitness"].values[0].tolist() == [2.0, 0.0, 1.0]
    assert course["clone_number"].values[0].tolist() == [0, 1, 2]


def test_the_niche_feels_the_fitness_of_the_clones_within_a_step():
    times, room = [0.0, 1.0, 5.0], 1.5e12
    expected = ld.simulate(
        rivals(first=2e11, second=2e11, fitness=2.5, room=room), times=times, rtol=1e-9
    )
    clones = ld.Clones(1, "A", outliers=ld.Outlier(2.5, 2 * 10**11), step=0.25)
    course = ld.simulate(one_niche(start=4e11, room=room), times=times, clones=clones, rtol=1e-9)
    for place, name in enumerate("BA"):
        # off by 5e-4 at this step; by 5 and 20 % where the model takes every clone for typical
        got = course["clone_size"].values[0, 1:, place]
        assert got == pytest.approx(expected[name].values[0, 1:], rel=2e-3)


def test_phenotypes_converge_in_the_step_with_order_two():
    model, times = phenotypes(), [0.0, 4.0]
    exact = ld.simulate(model, times=times, rtol=1e-10)
    errors = []
    for step in (0.5, 0.25, 0.125):
        clones = ld.Clones(2, PHENOTYPES, step=step)
        course = ld.simulate(model, times=times, clones=clones, rtol=1e-9)
        errors.append([float(course[n][0, -1] / exact[n][0, -1]) - 1 for n in ("E", "M", "X")])
        # no cell of I divides, so its law is exact; 1e12 exp(-10) cells are known to 2e-4
        assert float(course["I"][0, -1]) == pytest.approx(float(exact["I"][0, -1]), rel=1e-3)
    # 1e12 cells: noise is some 1e-6, far below errors of 1e-2 to 1e-4
    ratios = np.array(errors[:-1]) / np.array(errors[1:])
    assert (ratios > 3.3).all()
    assert (ratios < 5.0).all()
    assert np.abs(errors[1]).max() < 0.02  # the default step


def test_phenotypes_are_as_in_exact_jumps():
    model, times, replicates = phenotypes(start=40.0), [0.0, 1.0, 3.0], 500
    exact = ld.simulate(model, times=times, method="ssa", replicates=replicates, seed=1)
    clones = ld.Clones(4, PHENOTYPES, step=0.1)
    course = ld.simulate(model, times=times, clones=clones, replicates=replicates, seed=2)
    for name in PHENOTYPES:
        expected, got = exact[name].values[0, :, 1:], course[name].values[0, :, 1:]
        error = np.sqrt((expected.var(axis=0) + got.var(axis=0)) / replicates)
        # the step leaves a bias of 0.5 % of the mean and less
        allowed = 5 * error + 5e-3 * expected.mean(axis=0)
        assert (np.abs(got.mean(axis=0) - expected.mean(axis=0)) < allowed).all(), name
        spread = expected.var(axis=0)
        # kurtosis below 8
        assert (np.abs(got.var(axis=0) / spread - 1) < 5 * np.sqrt(2 * 7 / replicates)).all(), name


def test_a_concentration_is_counted_in_its_place():
    model = in_a_volume(start=2.5e8)
    doses = (ld.Dose("infusion", 1e9, time=1.0), ld.Dose("switch", 0.75, "1", time=2.0))
    cohort = ld.cohort_from_arrays(model, {"b": [0.5]}, regimen=ld.Regimen(doses))
    times = [0.0, 1.0, 1.5, 2.0, 4.0]
    course = ld.simulate(model, cohort, times=times, clones=ld.Clones(10, "A", keep=10))
    exact = ld.simulate(model, cohort, times=times)
    assert course["clone_size"].values[0, 0].tolist() == [1e8] * 10
    assert course["A"].values == pytest.approx(exact["A"].values, rel=3e-4)
    cells = course["clone_size"].sum("clone").values
    assert course["A"].values * 4 == pytest.approx(cells, rel=1e-12)


def test_every_infusion_brings_the_clones_of_the_product():
    model = phenotypes(start=0.0)
    doses = (
        ld.Dose("infusion", 2e9),
        ld.Dose("infusion", 2e9, time=3.3),
        ld.Dose("switch", 0.9, "1", time=5.0),
    )
    cohort = ld.cohort_from_arrays(model, {"b": [0.9]}, regimen=ld.Regimen(doses))
    clones = ld.Clones(10, PHENOTYPES, outliers=ld.Outlier(1.0, 10**8), keep=11)
    times = [0.0, 3.3, 4.9, 5.0, 6.0]
    course = ld.simulate(model, cohort, times=times, clones=clones, seed=3)
    exact = ld.simulate(model, cohort, times=times)
    assert course["clone_size"].values[0, 0, 0] == 1e8
    assert course["clone_size"].values[0, 0, 1:].tolist() == [9e7] * 10
    for name in PHENOTYPES:
        assert course[name].values[0] == pytest.approx(exact[name].values[0], rel=0.02)
    # all clones are alike and large: their shares stay
    assert course["outlier_fraction"].values[0] == pytest.approx(0.1, rel=2e-3)
    assert course["event_name"].values.tolist() == ["infusion", "infusion", "switch"]


def test_a_run_does_not_depend_on_who_else_is_simulated(monkeypatch):
    model = changing_rates(start=60.0)
    clones = ld.Clones(30, "A", fitness_cv=0.3, size_cv=1.0)
    doses = ld.Regimen((ld.Dose("infusion", 40.0, time=0.7),))
    three = ld.cohort_from_arrays(model, {"b": [1.2, 1.3, 1.4]}, regimen=doses)
    one = three.isel(subject=[1], dose=[1])
    names = ["A", "clone_size", "clone_number", "clone_fitness", "shannon", "gini"]
    options = {"times": [0.0, 1.0, 3.0], "clones": clones, "seed": 9}
    whole = ld.simulate(model, three, replicates=4, **options)
    alone = ld.simulate(model, one, replicates=2, **options)
    monkeypatch.setattr(clonal, "_CHUNK", 1)
    single = ld.simulate(model, three, replicates=4, threads=2, **options)
    for name in names:
        assert np.array_equal(whole[name].values, single[name].values), name
        assert np.array_equal(whole[name].values[1:2, :2], alone[name].values), name
    other = ld.simulate(model, three, replicates=4, **options | {"seed": 10})
    assert not np.array_equal(other["A"].values, whole["A"].values)
    # replicates are fates of one product; subjects have their own
    fitness = [clonal.Product(clones, 9, subject).fitness for subject in (0, 0, 1)]
    assert np.array_equal(fitness[0], fitness[1])
    assert not np.array_equal(fitness[0], fitness[2])
    assert fitness[0].std() == pytest.approx(0.3, abs=0.15)


def test_a_product_of_unequal_clones():
    model = birth_death(start=1e7, birth=0.0, death=0.0)
    clones = ld.Clones(5_000, "A", size_cv=2.0, keep=5_000)
    sizes = ld.simulate(model, times=[0.0], clones=clones)["clone_size"].values[0, 0]
    assert sizes.sum() == 1e7
    assert sizes.min() >= 1
    # log-normal with this spread: a sample of 5,000 gives it to some 10 %
    assert sizes.std() / sizes.mean() == pytest.approx(2.0, rel=0.3)


def test_an_empty_course_of_clones_says_so():
    course = ld.simulate(
        birth_death(start=5.0, birth=0.0, death=5.0), times=[0.0, 30.0], clones=ld.Clones(5, "A")
    )
    assert course["clones_alive"].values.tolist() == [[5.0, 0.0]]
    assert course["A"].values[0, 1] == 0.0
    assert np.isnan(course["shannon"].values[0, 1])
    assert check_course(course) == []


def test_net_rates_divide_by_their_turnover():
    model = ld.get_model("kimmel2021")
    clones = ld.Clones(20, "C", outliers=ld.Outlier(1.5, 10**7))
    options = {"times": [0.0, 30.0], "clones": clones}
    shares = []
    for turnover in (0.0, 0.1):
        stochastic = ld.Stochastic(turnover={"C": turnover})
        course = ld.simulate(model, stochastic=stochastic, **options)
        shares.append(float(course["outlier_fraction"][0, -1]))
    # the advantage over 30 days of turnover: exp(0.5 x 0.1 x 30), as far as shares are small
    odds = [share / (1 - share) for share in shares]
    assert np.log(odds[1] / odds[0]) == pytest.approx(1.5, rel=0.03)
