"""The cure of kimmel2021 against the exact law of births and deaths (Kendall's quadrature).

Published: Kimmel GJ et al. Proc R Soc B 2021;288:20210229. doi:10.1098/rspb.2021.0229, whose hybrid
algorithm counts the tumour below 100 cells.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

import livingdrug as ld
from livingdrug.solve.stochastic import Stochastic

from .laws import kendall

DAYS = 600.0
K_B = 4.048


def patient(r_B):
    model = ld.get_model("kimmel2021")
    values = {"r_B": [r_B], "B": [94.86], "K_C": [139.2], "k_B": [K_B]}
    return model, ld.cohort_from_arrays(model, values)


@cache
def law(r_B, threshold):
    """Return days and the chance of a cure by each, and the day at which counting begins.

    The tumour does not act on the T cells, so that the smooth course of C gives the death rate.
    """
    model, cohort = patient(r_B)
    grid = np.linspace(0.0, DAYS, 30_001)
    course = ld.simulate(model, cohort, times=grid.tolist(), rtol=1e-10)
    C, cells = course["C"].values[0], course["B"].values[0] * 1e9
    gamma = next(p.value for p in model.parameters if p.name == "gamma_B")
    death = gamma * C / (K_B + C)
    first = 0 if threshold is None else int(np.argmax(cells <= threshold))
    start = cells[0] if threshold is None else threshold
    chance = kendall(start, r_B, lambda _: death[first:], grid[first:])
    return grid[first:], chance, grid[first]


@pytest.mark.parametrize(
    ("r_B", "from_start", "from_100", "crossing"),
    [
        (0.065, 0.986813, 0.986812, 36.340),
        (0.105, 0.661785, 0.660691, 42.405),
        (0.130, 0.0626027, 0.0568235, 48.676),
        (0.150, 1.14984e-5, 4.99e-7, 58.990),
    ],
)
def test_the_quadrature_gives_the_table(r_B, from_start, from_100, crossing):
    assert law(r_B, None)[1][-1] == pytest.approx(from_start, rel=2e-4)
    _, chance, first = law(r_B, 100.0)
    assert first == pytest.approx(crossing, abs=0.021)  # one step of the grid
    # counting begins up to a step late, where rare cures are sensitive: 3 % in the last row
    assert chance[-1] == pytest.approx(from_100, rel=2e-3 if r_B < 0.15 else 0.05)


@pytest.mark.parametrize(("r_B", "median"), [(0.065, 56.70), (0.105, 73.18)])
def test_the_quadrature_gives_the_median_day_of_the_cured(r_B, median):
    days, chance, _ = law(r_B, None)
    assert np.interp(0.5 * chance[-1], chance, days) == pytest.approx(median, abs=0.02)


@pytest.mark.parametrize(
    # jumps of a path grow with the threshold, thousands of them from 10,000 cells: fewer paths
    ("threshold", "r_B", "n"),
    [
        (100.0, 0.065, 2_000),
        (100.0, 0.105, 2_000),
        (100.0, 0.130, 1_000),
        (1e4, 0.065, 40),
        (1e4, 0.105, 20),
        (1e4, 0.130, 12),
    ],
)
def test_cures_and_their_days_have_the_law(threshold, r_B, n):
    days = cure_days(threshold, r_B, n)
    grid, chance, _ = law(r_B, threshold)
    p = chance[-1]
    assert abs(np.isfinite(days).mean() - p) < 5 * np.sqrt(p * (1 - p) / n)
    # half of the cured before the median of the law, which in the table is 56.70 and 73.18
    cured = days[np.isfinite(days)]
    median = float(np.interp(0.5 * p, chance, grid))
    early = int(np.sum(cured < median))
    assert abs(early - cured.size / 2) <= 5 * np.sqrt(max(cured.size, 1)) / 2


def test_where_a_cure_is_one_in_ten_thousand_there_is_none():
    # at r_B = 0.15 the law gives 1.1e-5 from the start and 5e-7 from 100 cells
    assert not np.isfinite(cure_days(100.0, 0.15, 200)).any()


def cure_days(threshold, r_B, n):
    model, cohort = patient(r_B)
    course = ld.simulate(
        model,
        cohort,
        times=[0.0, DAYS],
        method="hybrid",
        replicates=n,
        stochastic=Stochastic(threshold=threshold),
        threads=2,
        reduce={"cure": ld.Reduction("event day", "extinct(B)")},
    )
    return course["cure"].values[0]
