"""Chances of outcomes against beta-binomial truth, and where the runs cannot tell."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import binom
from tests.clinical.outcomes.tables import table

from livingdrug.clinical.outcomes.probability import cure_probability, outcome_probability
from livingdrug.core.errors import DataError, OptionError, UnknownNameError

TRIALS = 400
# a 95 % interval covers fewer than 92 % of 400 truths, or more than 99 %, once in some 200 times
LEAST, MOST = 0.92, 0.99


@pytest.mark.parametrize(
    ("a", "b", "people", "runs"),
    [(2.0, 1.0, 40, 20), (0.3, 0.3, 60, 10), (0.3, 0.3, 60, 2), (50.0, 50.0, 50, 20)],
)
def test_both_intervals_cover_and_the_spread_is_unbiased(a, b, people, runs):
    rng = np.random.default_rng(8)
    truth, variance = a / (a + b), a * b / ((a + b) ** 2 * (a + b + 1))
    inner, outer, spreads = 0, 0, []
    for _ in range(TRIALS):
        chances = rng.beta(a, b, people)
        found = cure_probability(table(rng.random((people, runs)) < chances[:, None]))
        inner += found.simulation_lower <= chances.mean() <= found.simulation_upper
        outer += found.lower <= truth <= found.upper
        spreads.append(found.spread**2)
    assert LEAST < inner / TRIALS < MOST
    assert LEAST < outer / TRIALS < MOST
    # five standard errors of the mean; below 0 the variance is cut, which moves small ones up
    error = 5 * float(np.std(spreads)) / math.sqrt(TRIALS)
    assert abs(float(np.mean(spreads)) - variance) < error + 2e-4


def test_people_alike_have_no_spread_on_average():
    rng = np.random.default_rng(3)
    found = [cure_probability(table(rng.random((40, 50)) < 0.5)) for _ in range(50)]
    shares = [f.spread for f in found]
    # the raw variance of shares alone would be 0.0707**2 = p (1 - p) / R
    assert float(np.mean(np.square(shares))) < 0.3 * 0.25 / 50


def test_more_runs_shrink_one_interval_and_more_people_the_other():
    rng = np.random.default_rng(5)
    chances = rng.beta(2, 2, 200)

    def made(people: int, runs: int) -> tuple[float, float]:
        hit = rng.random((people, runs)) < chances[:people, None]
        found = cure_probability(table(hit))
        return found.simulation_upper - found.simulation_lower, found.upper - found.lower

    few, often, many = made(20, 10), made(20, 1000), made(200, 10)
    assert often[0] < few[0] / 5  # 100 times the runs: a tenth
    assert often[1] > few[1] / 1.5  # the people are the same
    assert many[1] < few[1] / 2


def test_one_person_is_the_binomial_interval_of_wilson():
    hit = np.arange(50)[None] < 30
    found = cure_probability(table(hit))
    assert found.value == pytest.approx(0.6)
    # statsmodels, proportion_confint(30, 50, method="wilson")
    assert found.simulation_lower == pytest.approx(0.4618, abs=5e-5)
    assert found.simulation_upper == pytest.approx(0.7239, abs=5e-5)
    assert math.isnan(found.spread)
    assert math.isnan(found.lower)
    assert math.isnan(found.upper)
    assert "one person" in found.notes[0]
    # its coverage, from the binomial law itself
    k = np.arange(51)
    limits = [cure_probability(table(np.arange(50)[None] < i)) for i in k]
    for p in (0.1, 0.35, 0.8):
        inside = [f.simulation_lower <= p <= f.simulation_upper for f in limits]
        assert binom.pmf(k, 50, p)[inside].sum() > 0.93


def test_one_run_each_cannot_tell_people_from_chance():
    rng = np.random.default_rng(2)
    found = cure_probability(table(rng.random((100, 1)) < 0.4))
    assert math.isnan(found.spread)
    assert math.isnan(found.spread_lower)
    assert "two or more replicates" in found.notes[0]
    assert found.lower < found.value < found.upper  # the sum of both is known
    assert found.simulation_lower < found.value < found.simulation_upper


@pytest.mark.parametrize(("code", "value"), [(1, 1.0), (0, 0.0)])
def test_all_or_none(code, value):
    found = cure_probability(table(np.full((20, 30), code)))
    assert found.value == value
    assert found.spread == 0.0
    near, far = sorted((abs(value - found.simulation_lower), abs(value - found.simulation_upper)))
    assert near == 0.0
    assert far == pytest.approx(3.84 / (600 + 3.84), rel=1e-3)
    # nothing is known of people who were not drawn, however often these were run
    assert max(abs(value - found.lower), abs(value - found.upper)) > 0.1
    assert any("counts each person once" in note for note in found.notes)


def test_few_people_unlike_the_rest_are_named():
    code = np.ones((30, 20), dtype=int)
    code[0] = 0
    found = cure_probability(table(code))
    assert any("only 1 of 30 people" in note for note in found.notes)


def test_failed_runs_are_left_out_and_bounded():
    code = np.array([[1, 1, 0, -1], [1, -1, -1, -1], [-1, -1, -1, -1]])
    found = cure_probability(table(code))
    assert found.value == pytest.approx((2 / 3 + 1) / 2)
    assert (found.n_subjects, found.n_runs, found.n_failed) == (2, 4, 8)
    assert found.lowest == pytest.approx((0.5 + 0.25 + 0) / 3)
    assert found.highest == pytest.approx((0.75 + 1 + 1) / 3)
    assert any("8 of 12 runs failed" in note for note in found.notes)


def test_by_a_day_and_refusals():
    code = np.array([[1, 1, 2, 0]])
    found = table(code, np.array([[5.0, 50.0, 7.0, 100.0]]))
    assert cure_probability(found, day=10.0).value == 0.25
    assert cure_probability(found).value == 0.5
    assert outcome_probability(found, "relapse").value == 0.25
    with pytest.raises(UnknownNameError, match="did you mean 'relapse'"):
        outcome_probability(found, "relaps")
    with pytest.raises(OptionError, match="the horizon is day 100"):
        cure_probability(found, day=101.0)
    with pytest.raises(OptionError, match="between 0 and 1"):
        cure_probability(found, level=95)
    with pytest.raises(DataError, match="every run failed"):
        cure_probability(table(np.full((2, 2), -1)))


def test_quantiles_between_people_need_enough_runs():
    rng = np.random.default_rng(4)
    chances = rng.beta(0.5, 0.5, 400)
    some = cure_probability(table(rng.random((400, 10)) < chances[:, None]))
    assert math.isnan(some.spread_lower)
    many = cure_probability(table(rng.random((400, 40)) < chances[:, None]))
    # the arcsine law: quantiles sin(pi p / 2)**2; shares are steps of 1/40
    assert many.spread_lower == pytest.approx(math.sin(math.pi * 0.025) ** 2, abs=0.03)
    assert many.spread_upper == pytest.approx(math.sin(math.pi * 0.475) ** 2, abs=0.03)
