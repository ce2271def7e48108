"""The hybrid method against the exact one, and every method against the smooth engine."""

from __future__ import annotations

import json
from functools import cache

import numpy as np
import pytest
from scipy import stats

import livingdrug as ld
from livingdrug.solve.stochastic import Stochastic

from .models import hunting, promoter, schloegl

N = 300
PROBLEMS = {
    "hunting": (hunting, "T", 2.0, 120.0),
    "schloegl": (schloegl, "X", 0.5, 260.0),
    "promoter": (promoter, "X", 4.0, 5.0),
}
"""Model, species looked at, last day, a threshold amid its numbers."""


@cache
def exact(problem):
    make, name, day, _ = PROBLEMS[problem]
    course = ld.simulate(make(), times=[0.0, day], method="ssa", replicates=10_000, seed=1)
    return course[name].values[0, :, -1]


def hybrid(problem, threshold):
    make, name, day, _ = PROBLEMS[problem]
    course = ld.simulate(
        make(),
        times=[0.0, day],
        method="hybrid",
        replicates=N,
        seed=3,
        threads=2,
        stochastic=Stochastic(threshold=threshold),
    )
    return course[name].values[0, :, -1]


def distances(found, truth):
    """Return Kolmogorov-Smirnov, and Wasserstein in standard deviations of the truth."""
    ks = stats.ks_2samp(found, truth).statistic
    return ks, stats.wasserstein_distance(found, truth) / truth.std()


@pytest.mark.parametrize("problem", PROBLEMS)
def test_with_everything_counted_only_chance_is_left(problem):
    found = hybrid(problem, np.inf)
    assert np.array_equal(found, np.round(found))
    ks, far = distances(found, exact(problem))
    # 300 against 10,000: chance exceeds 0.16 once in a million (Kolmogorov), and the Wasserstein
    # distance, about 1 / sqrt(300) = 0.06, is then not above four times that
    assert ks < 0.16
    assert far < 0.24


@pytest.mark.parametrize("problem", PROBLEMS)
def test_with_a_threshold_amid_the_numbers_the_law_is_near(problem):
    found = hybrid(problem, PROBLEMS[problem][3])
    assert not np.array_equal(found, np.round(found))  # some are continuous at the end
    truth = exact(problem)
    ks, far = distances(found, truth)
    # beside chance: what is continuous has no noise of its own, which with 1,000 replicates is
    # 0.10 and 0.25 for the worst, a tumour that spends most of its time above the threshold
    assert ks < 0.16 + 0.10
    assert far < 0.24 + 0.25
    assert abs(found.mean() - truth.mean()) < 5 * truth.std() / np.sqrt(N)


@pytest.mark.parametrize(
    ("method", "cells", "replicates", "near"),
    [
        # a relative deviation of the mean of 20 paths: noise 1 / sqrt(20 cells) = 2e-4 for 1e6
        # and 2e-3 for 1e4, times 5; leaps lag by what epsilon = 0.03 lets rates change in one
        ("ssa", 1e4, 20, 1.2e-2),
        ("tau", 1e6, 20, 5e-3),
        ("langevin", 1e6, 20, 5e-3),
        ("hybrid", 1e6, 3, 1e-5),
    ],
)
def test_large_numbers_are_those_of_the_smooth_engine(method, cells, replicates, near):
    model = hunting(hunters=0.3 * cells, tumor=cells, kill=2.4 / cells)
    times = np.linspace(0.0, 2.0, 5).tolist()
    smooth = ld.simulate(model, times=times, rtol=1e-9)
    course = ld.simulate(model, times=times, method=method, replicates=replicates, seed=5)
    for name in ("E", "T"):
        mean = course[name].values[0].mean(axis=0)
        assert mean == pytest.approx(smooth[name].values[0], rel=near)
    if method == "hybrid":
        assert json.loads(course.attrs["stochastic"])["threshold"] < cells
