"""Partial rank correlations: by hand, by regression, against theory."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.special import ndtri
from scipy.stats import rankdata

from livingdrug.core.random import Purpose, uniforms
from livingdrug.influence.prcc import bootstrap, latin_hypercube, rank_correlations


def by_regression(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Marino 2008: correlate what regressions on the other factors' ranks leave."""
    ranks, target = rankdata(x, axis=0), rankdata(y)
    found = []
    for j in range(x.shape[1]):
        others = np.column_stack([np.ones(len(y)), np.delete(ranks, j, axis=1)])
        left = [
            values - others @ np.linalg.lstsq(others, values, rcond=None)[0]
            for values in (ranks[:, j], target)
        ]
        found.append(np.corrcoef(left[0], left[1])[0, 1])
    return np.array(found)


def test_it_is_the_correlation_of_what_regressions_leave() -> None:
    rng = np.random.default_rng(3)
    x = rng.normal(size=(80, 4))
    x[:, 3] += 0.7 * x[:, 0]  # correlated factors too
    y = np.exp(x[:, 0]) - 2 * x[:, 1] + rng.normal(size=80)
    # two ways through 80 x 5 matrices: rounding of some 1e-13
    assert rank_correlations(x, y).prcc == pytest.approx(by_regression(x, y), abs=1e-11)


def test_it_agrees_with_the_textbook_formula_by_hand() -> None:
    # ranks x1 1 2 3 4 5, x2 2 1 4 3 5, y 1 3 2 5 4: Spearman r12 = 1 - 6 * 4 / 120 = 0.8,
    # r1y = 1 - 6 * 4 / 120 = 0.8, r2y = 1 - 6 * 14 / 120 = 0.3
    x = np.array([[1, 20], [2, 10], [3, 40], [4, 30], [5, 50]], dtype=float)
    y = np.array([0.1, 0.3, 0.2, 0.5, 0.4])
    by_hand = (0.8 - 0.8 * 0.3) / math.sqrt((1 - 0.8**2) * (1 - 0.3**2))
    assert rank_correlations(x, y).prcc[0] == pytest.approx(by_hand, abs=1e-12)


def test_tied_values_share_their_mean_rank() -> None:
    rng = np.random.default_rng(4)
    x = np.round(rng.normal(size=(60, 3)), 1)
    y = np.round(x[:, 0] + rng.normal(size=60))
    assert rank_correlations(x, y).prcc == pytest.approx(by_regression(x, y), abs=1e-11)


def test_a_resample_is_the_analysis_of_its_rows() -> None:
    rng = np.random.default_rng(5)
    x, n = rng.normal(size=(40, 2)), 40
    y = x[:, 0] + rng.normal(size=n)
    found = bootstrap(x, y, resamples=70, seed=9)
    labels = [69]
    u = uniforms(seed=9, purpose=Purpose.RESAMPLING, subjects=labels, name="prcc", draws=n)[0]
    rows = (u * n).astype(int)
    assert found.prcc[69] == pytest.approx(by_regression(x[rows], y[rows]), abs=1e-11)


def test_a_linear_model_of_normals_has_the_theoretical_values() -> None:
    n, slopes = 20_000, np.array([1.0, -0.5, 0.0])
    x = ndtri(latin_hypercube(["a", "b", "c"], n, seed=1))
    noise = ndtri(latin_hypercube(["noise"], n, seed=1))[:, 0]
    found = rank_correlations(x, x @ slopes + noise)
    # rank correlation of normals with correlation r: 6/pi asin(r/2)
    total = math.sqrt(1 + 0.25 + 1)
    spearman = 6 / math.pi * np.arcsin(slopes / total / 2)
    left = 1 - np.sum(spearman**2)
    expected = spearman / np.sqrt(spearman**2 + left)
    # standard error of a correlation over 20,000 rows: 0.007 at most
    assert found.prcc == pytest.approx(expected, abs=0.025)
    assert found.explained == pytest.approx(1 - left, abs=0.02)
    assert found.weight.sum() == pytest.approx(1 - left, abs=0.03)


def test_a_monotone_change_of_the_read_out_changes_nothing() -> None:
    x = latin_hypercube(["a", "b"], 200, seed=2)
    y = x[:, 0] + 0.3 * x[:, 1]
    assert (
        rank_correlations(x, np.exp(9 * y)).prcc.tolist() == rank_correlations(x, y).prcc.tolist()
    )


def test_intervals_cover_the_true_value_as_often_as_they_say() -> None:
    slopes, n, hits, trials = np.array([0.6, 0.0]), 100, 0, 120
    spearman = 6 / math.pi * np.arcsin(slopes / math.sqrt(1.36) / 2)
    truth = spearman / np.sqrt(spearman**2 + 1 - np.sum(spearman**2))
    for seed in range(trials):
        x = ndtri(latin_hypercube(["a", "b"], n, seed))
        noise = ndtri(latin_hypercube(["noise"], n, seed))[:, 0]
        again = bootstrap(x, x @ slopes + noise, 200, seed).prcc[:, 0]
        low, high = np.quantile(again, (0.025, 0.975))
        hits += low <= truth[0] <= high
    # 120 intervals of 95 %: 114 expected; 104 or fewer have a chance of 1e-4
    assert hits >= 105


def test_each_column_of_a_hypercube_has_one_point_in_each_stratum() -> None:
    u = latin_hypercube(["a", "b", "c"], 50, seed=7)
    assert ((u > 0) & (u < 1)).all()
    for column in u.T:
        assert sorted((column * 50).astype(int)) == list(range(50))
    more = latin_hypercube(["z", "a", "b", "c"], 50, seed=7)
    assert (more[:, 1:] == u).all()  # a factor more changes no other column
    assert (latin_hypercube(["a"], 50, seed=8) != u[:, :1]).any()


def test_a_read_out_that_does_not_vary_has_none() -> None:
    x = latin_hypercube(["a", "b"], 30, seed=1)
    assert np.isnan(rank_correlations(x, np.ones(30)).prcc).all()


def test_where_one_factor_is_everything_the_others_are_nothing() -> None:
    x = latin_hypercube(["a", "b", "c"], 100, seed=3)
    assert rank_correlations(x, np.exp(x[:, 0])).prcc == pytest.approx([1, 0, 0], abs=1e-9)
    again = bootstrap(x, x[:, 0], 20, seed=1).prcc
    assert np.abs(again[:, 1:]).max() == 0.0
