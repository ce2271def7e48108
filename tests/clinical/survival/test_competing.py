"""Cumulative incidence: a printed example, lifelines, and the binomial law without censoring."""

from __future__ import annotations

import numpy as np
import pytest

from livingdrug.clinical.survival import cumulative_incidence, kaplan_meier
from livingdrug.core.errors import DataError

# Satagopan 2004, doi:10.1038/sj.bjc.6602102 Table 2: of 305 women nine end in the first 27 months;
# 0 dead of breast cancer, 1 dead of another cause. The rest are later than month 27.
MONTHS = [7, 10, 14, 16, 18, 23, 24, 26, 27]
CAUSES = [-1, 0, -1, 0, 1, 0, -1, 1, 0]


def test_the_printed_example() -> None:
    time = np.array([*MONTHS, *[30] * 296], dtype=float)
    cause = np.array([*CAUSES, *[-1] * 296])
    found = cumulative_incidence(time, cause)
    shown = [round(100 * x, 1) for x in found.at(0, [0, 10, 16, 23, 27])]
    # printed: 0, 0.3, 0.6, 0.9, 1.2 by adding rounded steps; unrounded the sums are these
    by_hand = np.cumsum(
        [
            0,
            1 / 304,
            (1 - 1 / 304) / 302,
            (1 - 1 / 304) * (1 - 1 / 302) * (1 - 1 / 301) / 300,
            (1 - 1 / 304) * (1 - 1 / 302) * (1 - 1 / 301) * (1 - 1 / 300) * (1 - 1 / 298) / 297,
        ]
    )
    assert found.at(0, [0, 10, 16, 23, 27]) == pytest.approx(by_hand, rel=1e-12)
    assert np.abs(np.array(shown) - [0, 0.3, 0.6, 0.9, 1.2]).max() <= 0.1 + 1e-9


def test_shares_add_up_and_one_minus_kaplan_meier_is_too_large() -> None:
    rng = np.random.default_rng(5)
    time, cause = rng.integers(1, 15, 80), rng.integers(-1, 2, 80)
    found = cumulative_incidence(time, cause)
    assert found.incidence.sum(axis=0) + found.free == pytest.approx(np.ones(found.times.size))
    naive = 1 - kaplan_meier(time, cause == 0).at(found.times)["survival"]
    assert (naive >= found.incidence[0] - 1e-12).all()
    assert naive[-1] > found.incidence[0, -1] + 0.05
    any_cause = kaplan_meier(time, cause >= 0).at(found.times)["survival"]
    assert found.free == pytest.approx(any_cause, abs=1e-12)


def test_without_censoring_it_is_a_share_with_binomial_variance() -> None:
    time = np.arange(1.0, 41.0)
    cause = np.tile([0, 1, 1, 0, 1], 8)
    found = cumulative_incidence(time, cause)
    share = np.cumsum(cause == 0) / 40
    assert found.incidence[0] == pytest.approx(share, abs=1e-12)
    # with one event at a time the delta method is the binomial variance up to terms of 1/n**2;
    # the last time has nobody left
    expected = np.sqrt(share * (1 - share) / 40)
    assert found.standard_error[0][:-1] == pytest.approx(expected[:-1], rel=0.05)


def test_lifelines_agrees() -> None:
    lifelines = pytest.importorskip("lifelines")
    rng = np.random.default_rng(8)
    time = rng.permutation(np.arange(1.0, 61.0))  # without ties: theirs adds noise to them
    cause = rng.integers(-1, 2, 60)
    fit = lifelines.AalenJohansenFitter(calculate_variance=True)
    fit.fit(time, cause + 1, event_of_interest=1)
    ours = cumulative_incidence(time, cause)
    theirs = fit.cumulative_density_.iloc[:, 0].reindex(ours.times).to_numpy()
    assert ours.incidence[0] == pytest.approx(theirs, abs=1e-12)
    variance = fit.variance_.reindex(ours.times).to_numpy().ravel()
    there = np.isfinite(variance)  # theirs is undefined where nobody is left
    assert there.sum() >= ours.times.size - 1
    assert ours.standard_error[0][there] == pytest.approx(np.sqrt(variance[there]), rel=1e-6)


def test_wrong_causes_are_refused() -> None:
    with pytest.raises(DataError, match="whole numbers"):
        cumulative_incidence([1.0], [0.5])
    with pytest.raises(DataError, match="nobody"):
        cumulative_incidence([1.0], [-1])
