"""Incidence of outcomes over people and runs."""

from __future__ import annotations

import numpy as np
import pytest
from tests.clinical.outcomes.tables import table

from livingdrug.clinical.outcomes.incidence import outcome_incidence
from livingdrug.clinical.survival.competing import cumulative_incidence
from livingdrug.core.errors import DataError, OptionError


def drawn(people: int, runs: int, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """Two exponential risks that differ between people, to day 100."""
    rng = np.random.default_rng(seed)
    rates = rng.gamma(2.0, 0.005, (2, people, 1))
    first, second = rng.exponential(1.0, (2, people, runs)) / rates
    day = np.minimum(np.minimum(first, second), 100.0)
    return np.where(day >= 100.0, 0, np.where(first < second, 1, 2)), day


def test_with_as_many_runs_of_each_it_is_that_of_all_runs_together():
    code, day = drawn(15, 40)
    found = outcome_incidence(table(code, day), [10.0, 50.0, 90.0])
    pooled = cumulative_incidence(day.ravel(), code.ravel() - 1)
    for row in range(2):
        expected = pooled.at(row, [10.0, 50.0, 90.0])
        np.testing.assert_allclose(found["incidence"].values[row], expected, rtol=1e-12)
    total = found["incidence"].sum("outcome") + found["free"]
    np.testing.assert_allclose(total.values, 1.0, rtol=1e-12)


def test_people_count_alike_however_many_runs_failed():
    code, day = drawn(2, 40)
    code[0, 10:] = -1
    found = outcome_incidence(table(code, day), [90.0])
    each = [
        np.mean((code[i][code[i] >= 0] == 1) & (day[i][code[i] >= 0] <= 90.0)) for i in range(2)
    ]
    assert found["incidence"].values[0, 0] == pytest.approx(np.mean(each))
    assert found.attrs["n_runs"] == 50


def test_the_interval_for_all_people_covers_the_truth():
    """Two equal risks with a gamma rate: F(t) = (1 - (1 + t s)**-4) / 2 for shape 2 each."""
    truth = 0.5 * (1 - (1 + 60.0 * 0.005) ** -4)
    inside = 0
    for seed in range(200):
        found = outcome_incidence(table(*drawn(40, 10, seed)), [60.0])
        inside += found["lower"].values[0, 0] <= truth <= found["upper"].values[0, 0]
    assert 0.90 < inside / 200 < 0.99  # 0.95, five standard errors below


def test_one_person_has_the_interval_of_the_simulation():
    code, day = drawn(1, 200)
    found = outcome_incidence(table(code, day))
    assert found.attrs["interval"] == "of the simulation alone"
    assert np.isnan(found["spread"].values).all()
    last = found["incidence"].values[0, -1]
    assert found["lower"].values[0, -1] < last < found["upper"].values[0, -1]
    assert (np.diff(found["incidence"].values, axis=1) >= 0).all()
    assert found["simulation_error"].values[0, -1] == pytest.approx(
        np.sqrt(last * (1 - last) / 199)
    )


def test_refusals():
    found = table(*drawn(2, 5))
    for days in ([], [5.0, 5.0], [-1.0, 5.0], [101.0]):
        with pytest.raises(OptionError, match="days must increase within 0 to 100"):
            outcome_incidence(found, days)
    with pytest.raises(OptionError, match="level"):
        outcome_incidence(found, level=0.0)
    with pytest.raises(DataError, match="every run failed"):
        outcome_incidence(table(np.full((2, 3), -1)))
