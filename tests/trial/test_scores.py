"""Interval score, coverage and the two baselines, against numbers worked out by hand."""

import dataclasses
import math

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.optimize import minimize
from scipy.stats import norm
from scipy.stats import t as student

from livingdrug.core.errors import OptionError
from livingdrug.data.published_readouts import (
    PublishedReadout,
    PublishedTrial,
    choose,
    published_readouts,
    published_trials,
)
from livingdrug.trial.baselines import class_mean, others_of, regression
from livingdrug.trial.scores import (
    Prediction,
    crps,
    interval_score,
    ranked_score,
    score,
    score_all,
)


def trial(name, disease="LBCL", costim="CD28", kind="autologous T", pool=()):
    return PublishedTrial(name, name, "p", "CAR-T", kind, costim, disease, disease, "", pool)


def row(trial, value, n=100, unit="%", endpoint="ORR"):
    nan = float("nan")
    return PublishedReadout(
        trial, endpoint, "infused", "", n, value, nan, nan, unit, "", True, "", "c", "", ""
    )


def test_the_interval_score_is_equation_43():
    # alpha = 0.1: 2 / alpha = 20 for each unit outside
    assert interval_score(40, 60, 35).item() == pytest.approx(20 + 20 * 5)
    assert interval_score(40, 60, 60).item() == pytest.approx(20)
    assert interval_score(40, 60, 61, level=0.5).item() == pytest.approx(20 + 4)
    with pytest.raises(OptionError, match="between 0 and 1"):
        interval_score(0, 1, 0, level=90)


def test_the_true_quantiles_have_the_smallest_expected_score():
    values = np.random.default_rng(1).normal(size=20_000)
    best = interval_score(-1.645, 1.645, values).mean()
    for half in (1.2, 2.2):  # narrower and wider intervals both lose, by more than the noise
        assert interval_score(-half, half, values).mean() > best + 0.05


@pytest.mark.parametrize("value", [-1.0, 0.3, 2.0, 7.0])
def test_the_ranked_score_is_the_integral_of_equation_20(value):
    values = np.array([0.0, 0.5, 0.5, 3.0, 4.0])
    # equation 20: the area between the squared step of what was seen and the distribution
    edges = np.sort(np.append(values, value))
    middles = (edges[1:] + edges[:-1]) / 2
    steps = np.array([(values <= x).mean() - (x >= value) for x in middles])
    assert crps(values, value) == pytest.approx(float((steps**2 * np.diff(edges)).sum()))
    # equation 21: pairs of draws
    pairs = np.abs(values[:, None] - values).mean()
    assert crps(values, value) == pytest.approx(np.abs(values - value).mean() - pairs / 2)
    assert crps([2.0], value) == pytest.approx(abs(value - 2.0))  # of a number: the distance


def test_the_ranked_score_of_a_normal_distribution():
    values = norm.ppf((np.arange(2000) + 0.5) / 2000)
    for value in (0.0, 1.3):
        exact = value * (2 * norm.cdf(value) - 1) + 2 * norm.pdf(value) - 1 / math.sqrt(math.pi)
        area = quad(lambda x, v=value: (norm.cdf(x) - (x >= v)) ** 2, -9, 9, points=[value])[0]
        assert exact == pytest.approx(area, abs=1e-6)
        assert crps(values, value) == pytest.approx(exact, abs=1e-3)  # of 2,000 steps
    with pytest.raises(OptionError, match="none given"):
        crps([], 1.0)


def test_the_true_distribution_has_the_smallest_expected_ranked_score():
    seen = np.random.default_rng(4).normal(size=3000)
    base = norm.ppf((np.arange(100) + 0.5) / 100)

    def mean(values):
        return np.mean([crps(values, one) for one in seen])

    for wrong in (0.6 * base, 1.6 * base, base + 0.4):
        assert mean(wrong) > mean(base) + 0.01


def test_ranked_scores_are_in_points_or_logarithms_and_need_a_finite_distribution():
    rates = Prediction(50, 40, 60, values=(40.0, 60.0))
    assert ranked_score(rates, 50, "%") == pytest.approx(5)
    days = Prediction(10, 5, 20, values=(5.0, 20.0))
    assert ranked_score(days, 10, "d") == pytest.approx(math.log(2) / 2)
    for nothing in (
        Prediction(why="no"),
        Prediction(10, 5, 20),
        Prediction(10, 5, math.inf, values=(5.0, math.inf)),
    ):
        assert math.isnan(ranked_score(nothing, 10, "mo"))
    found = score_all([(rates, 50, "%"), (days, 10, "d"), (Prediction(10, 5, 20), 10, "d")])
    assert (found.n_crps_rates, found.n_crps_others, found.n_others) == (1, 1, 2)
    assert found.crps_rates == pytest.approx(5)


def test_beside_another_prediction_only_what_both_can_score_counts():
    good = Prediction(10, 5, 20, values=(5.0, 20.0))
    endless = Prediction(10, 5, math.inf, values=(5.0, math.inf))
    ours = [(good, 10, "d"), (endless, 30, "d"), (endless, 10, "d")]
    theirs = [(good, 20, "d"), (good, 10, "d"), (good, 10, "d")]
    found, other = score_all(ours, theirs), score_all(theirs, ours)
    assert (found.n, other.n) == (3, 3)
    assert (found.covered, other.covered) == (3, 3)
    assert (found.n_others, other.n_others) == (1, 1) == (found.n_crps_others, other.n_crps_others)
    assert other.others == pytest.approx(score(good, 20, "d"))
    assert score_all(theirs).n_others == 3


def test_a_baseline_has_the_distribution_behind_its_interval():
    trials, rows = published_trials(), choose(published_readouts())
    seen = 0
    for item in rows:
        for baseline in (class_mean, regression):
            if item.trial in trials and item.n and item.people not in ("control arm", "both arms"):
                found = baseline(item, rows, trials)
                if found.exists:
                    seen += 1
                    below, above = (
                        np.mean(np.array(found.values) < edge)
                        for edge in (found.lower, found.upper)
                    )
                    # a step of one in 1,000 values
                    assert (below, above) == pytest.approx((0.05, 0.95), abs=1.1e-3)
    assert seen > 50


def test_proportions_are_scored_in_points_and_others_as_logarithms():
    assert score(Prediction(50, 40, 60), 50, "%") == 20
    assert score(Prediction(10, 5, 20), 10, "d") == pytest.approx(math.log(4))
    assert math.isnan(score(Prediction(why="no"), 50, "%"))
    assert math.isnan(score(Prediction(10, 5, math.inf), 10, "mo"))
    found = score_all(
        [
            (Prediction(50, 40, 60), 50, "%"),
            (Prediction(50, 40, 60), 61, "%"),
            (Prediction(10, 5, 20), 10, "d"),
            (Prediction(why="no"), 1, "d"),
        ]
    )
    assert (found.n, found.covered, found.n_rates, found.n_others) == (3, 2, 2, 1)
    assert found.rates == pytest.approx((20 + 40) / 2)


def test_the_class_mean_leaves_out_the_trial_its_pools_and_other_classes():
    trials = {t.id: t for t in [
        *(trial(name) for name in "abcd"), trial("pool", pool=("a", "x")),
        trial("donor", kind="donor T"),
    ]}  # fmt: skip
    rows = [row(name, 50) for name in (*"abcd", "pool", "donor")]
    others = others_of(rows[0], rows, trials)
    assert [o.trial for o in others] == ["b", "c", "d", "donor"]
    found = class_mean(rows[0], rows, trials)
    moved = class_mean(rows[0], [dataclasses.replace(rows[0], value=1.0), *rows[1:]], trials)
    assert found == moved
    # equal trials: no variance between them, so that of the pool of 3 and of the trial itself
    spread = math.sqrt((1 / 3) * (2 / 50.5) + 1 / (100 * 0.25))
    high = 1 / (1 + math.exp(-student.ppf(0.95, 1) * spread))
    assert found.median == pytest.approx(50)
    assert found.upper == pytest.approx(100 * high)


def test_too_few_trials_give_no_prediction_and_the_reason():
    trials = {name: trial(name) for name in "abc"}
    rows = [row(name, 50) for name in "abc"]
    assert "2 other trials" in class_mean(rows[0], rows, trials).why
    assert not class_mean(rows[0], rows, trials).exists


def test_days_are_pooled_as_logarithms():
    trials = {name: trial(name) for name in "abcd"}
    rows = [row(n, v, unit="d") for n, v in zip("abcd", (99, 1, 10, 100), strict=True)]
    found = class_mean(rows[0], rows, trials)
    assert found.median == pytest.approx(10)
    spread = math.log(10) * math.sqrt(4 / 3)
    assert found.upper == pytest.approx(10 * math.exp(student.ppf(0.95, 2) * spread))


def test_the_regression_is_the_penalised_maximum_likelihood():
    groups = [
        ("a", "LBCL", "CD28", 80), ("b", "LBCL", "4-1BB", 60), ("c", "MM", "4-1BB", 90),
        ("d", "MM", "4-1BB", 70), ("e", "LBCL", "CD28", 75), ("t", "MM", "4-1BB", 5),
    ]  # fmt: skip
    trials = {name: trial(name, d, c) for name, d, c, _ in groups}
    rows = [row(name, v) for name, _, _, v in groups]
    found = regression(rows[-1], rows, trials)
    x = np.array([[1, c == "CD28", d == "MM"] for _, d, c, _ in groups[:-1]], float)
    y = np.array([v for *_, v in groups[:-1]], float)

    def loss(b):
        z = x @ b
        return -(y * z - 100 * np.logaddexp(0, z)).sum() + (b[1:] ** 2).sum() / (2 * 2.5**2)

    best = minimize(loss, np.zeros(3), tol=1e-10).x
    expected = 100 / (1 + math.exp(-(best[0] + best[2])))
    assert found.median == pytest.approx(expected, abs=0.01)
    assert found.lower < found.median < found.upper


def test_the_regression_says_why_it_has_nothing_to_say():
    trials = {n: trial(n, "LBCL") for n in "abcd"} | {
        "m": trial("m", "MM"),
        "x": trial("x", costim=""),
    }
    rows = [row(n, 50) for n in "abcdmx"]
    assert "no other trial in MM" in regression(rows[4], rows, trials).why
    assert "unknown" in regression(rows[5], rows, trials).why
    assert "proportion" in regression(row("a", 5, unit="d"), rows, trials).why


def test_the_baselines_predict_most_of_the_real_table():
    trials, rows = published_trials(), choose(published_readouts())
    rates = [r for r in rows if r.endpoint in ("ORR", "CRS_any", "CRS_ge3") and r.n and not r.part]
    assert len(rates) > 25
    for item in rates:
        for baseline in (class_mean, regression):
            found = baseline(item, rows, trials)
            if found.exists:
                assert 0 < found.lower < found.median < found.upper < 100
    scores = score_all([(class_mean(r, rows, trials), r.value, r.unit) for r in rates])
    # a 90 % interval that is honest about trials: far from 50 %, and not always right
    assert 0.75 < scores.coverage <= 1
