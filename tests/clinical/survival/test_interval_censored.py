"""Turnbull's curve: Kaplan-Meier where days are known, the likelihood elsewhere."""

from __future__ import annotations

import numpy as np
import pytest
from tests.clinical.survival.freireich import MERCAPTOPURINE

from livingdrug.clinical.survival import kaplan_meier, turnbull
from livingdrug.core.errors import DataError, SolveError


def test_with_known_days_it_is_kaplan_meier() -> None:
    time, event = (np.array(part) for part in MERCAPTOPURINE)
    curve = turnbull(time, np.where(event, time, np.inf), tolerance=1e-12)
    ours = curve.at([5, 6, 7, 10, 13, 16, 22, 23])[1]
    theirs = kaplan_meier(time, event).at([5, 6, 7, 10, 13, 16, 22, 23])["survival"]
    # steps of 1e-12 leave an error that the slow convergence may sum to more
    assert ours == pytest.approx(theirs, abs=1e-9)


def test_on_a_grid_it_counts() -> None:
    # everyone attends: the share at each visit is what has not failed
    lower = [0] * 4 + [28] * 3 + [90] * 3
    upper = [28] * 4 + [90] * 3 + [np.inf] * 3
    curve = turnbull(lower, upper)
    assert curve.at([28, 90])[0].tolist() == pytest.approx([0.6, 0.3])
    low, high = (float(x) for x in curve.at(60))
    assert (low, high) == pytest.approx((0.3, 0.6))  # somewhere in the gap


def test_no_other_shares_are_more_likely() -> None:
    rng = np.random.default_rng(2)
    lower = rng.integers(0, 5, 40) * 10.0
    upper = np.where(rng.random(40) < 0.3, np.inf, lower + rng.integers(1, 4, 40) * 10.0)
    curve = turnbull(lower, upper, tolerance=1e-12)
    inside = (lower[:, None] <= curve.left) & (curve.right <= upper[:, None])

    def log_likelihood(mass: np.ndarray) -> float:
        return float(np.log(inside @ mass).sum())

    best = log_likelihood(curve.mass)
    for _ in range(200):
        other = rng.dirichlet(1 + 200 * curve.mass)
        assert log_likelihood(other) <= best + 1e-9
    assert curve.mass.sum() == pytest.approx(1.0)


def test_wrong_limits_are_refused() -> None:
    for lower, upper in (([2.0], [1.0]), ([np.nan], [1.0]), ([-1.0], [1.0]), ([], [])):
        with pytest.raises(DataError):
            turnbull(lower, upper)
    with pytest.raises(SolveError, match="settle"):
        turnbull([0, 0, 28, 90], [28, 90, 90, np.inf], iterations=1)
