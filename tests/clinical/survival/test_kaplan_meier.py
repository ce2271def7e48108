"""Kaplan-Meier with Greenwood: the printed example of Freireich 1963, and lifelines."""

from __future__ import annotations

import numpy as np
import pytest
from tests.clinical.survival.freireich import MERCAPTOPURINE, PLACEBO

from livingdrug.clinical.survival.kaplan_meier import kaplan_meier
from livingdrug.core.errors import DataError, OptionError, UnknownNameError


def test_the_curve_of_mercaptopurine_by_hand() -> None:
    curve = kaplan_meier(*MERCAPTOPURINE)
    at = {t: i for i, t in enumerate(curve.times.tolist())}
    # survival as products of (1 - d/n), Greenwood as S sqrt(sum d / (n (n - d)))
    by_hand = {
        6: (21, 3, 18 / 21),
        7: (17, 1, 18 / 21 * 16 / 17),
        10: (15, 1, 18 / 21 * 16 / 17 * 14 / 15),
        13: (12, 1, 18 / 21 * 16 / 17 * 14 / 15 * 11 / 12),
        16: (11, 1, 18 / 21 * 16 / 17 * 14 / 15 * 11 / 12 * 10 / 11),
        22: (7, 1, 18 / 21 * 16 / 17 * 14 / 15 * 10 / 12 * 6 / 7),
        23: (6, 1, 18 / 21 * 16 / 17 * 14 / 15 * 10 / 12 * 5 / 7),
    }
    total = 0.0
    for week, (n, d, survival) in by_hand.items():
        i = at[week]
        total += d / (n * (n - d))
        assert (curve.at_risk[i], curve.events[i]) == (n, d)
        assert curve.survival[i] == pytest.approx(survival, rel=1e-14)
        assert curve.standard_error[i] == pytest.approx(survival * total**0.5, rel=1e-13)
    # as every textbook rounds them
    assert np.round(curve.at([6, 23])["survival"], 3).tolist() == [0.857, 0.448]
    assert curve.median().value == 23
    assert kaplan_meier(*PLACEBO).median().value == 8


@pytest.mark.parametrize("sample", [MERCAPTOPURINE, PLACEBO])
def test_lifelines_agrees(sample: tuple[list[float], list[bool]]) -> None:
    lifelines = pytest.importorskip("lifelines")
    fit = lifelines.KaplanMeierFitter().fit(*sample)
    ours = kaplan_meier(*sample)
    times = ours.times
    found = ours.at(times)
    theirs = fit.survival_function_at_times(times).to_numpy()
    assert found["survival"] == pytest.approx(theirs, abs=1e-12)
    limits = fit.confidence_interval_survival_function_.loc[times].to_numpy()
    inside = found["survival"] > 0  # at 0 theirs is undefined
    assert found["lower"][inside] == pytest.approx(limits[inside, 0], abs=1e-9)
    assert found["upper"][inside] == pytest.approx(limits[inside, 1], abs=1e-9)
    assert ours.median().value == fit.median_survival_time_


def test_without_censoring_it_is_the_share_left_and_greenwood_the_binomial_variance() -> None:
    curve = kaplan_meier([1, 2, 2, 3, 5, 8, 9, 9], [True] * 8, interval="plain")
    share = np.array([7, 5, 4, 3, 2, 0]) / 8
    assert curve.survival == pytest.approx(share, abs=1e-15)
    assert curve.standard_error == pytest.approx(np.sqrt(share * (1 - share) / 8), abs=1e-15)


def test_a_curve_is_not_continued_past_the_last_person() -> None:
    curve = kaplan_meier([2, 4], [True, False])
    found = curve.at([0, 2, 3.9, 4, 5])["survival"]
    assert found[:4].tolist() == [1.0, 0.5, 0.5, 0.5]
    assert np.isnan(found[4])
    assert kaplan_meier([2, 4], [True, True]).at([9])["survival"].tolist() == [0.0]
    assert curve.at_risk_at([0, 2, 2.1, 4, 5]).tolist() == [2, 2, 1, 1, 0]
    assert curve.median().value == 2
    assert np.isinf(kaplan_meier([2, 4], [False, False]).median().value)


def test_events_come_before_censoring_on_the_same_day() -> None:
    curve = kaplan_meier([5, 5], [True, False])
    assert (curve.at_risk[0], curve.survival[0]) == (2, 0.5)


def test_wrong_input_is_named() -> None:
    with pytest.raises(DataError, match=r"index 1 \(nan\)"):
        kaplan_meier([1, np.nan, -1], [True, True, False])
    with pytest.raises(DataError, match="nobody"):
        kaplan_meier([], [])
    with pytest.raises(DataError, match="true or false"):
        kaplan_meier([1], [2])
    with pytest.raises(OptionError, match="level"):
        kaplan_meier([1], [True], level=95)
    with pytest.raises(UnknownNameError, match="log-log"):
        kaplan_meier([1], [True], interval="loglog")
