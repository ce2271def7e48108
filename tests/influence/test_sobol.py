"""Sobol indices through our wrapper: closed forms, missing values, scales."""

from __future__ import annotations

import math
import sys

import numpy as np
import pytest

from livingdrug.core.errors import CapabilityError
from livingdrug.influence.sobol import saltelli_points, scaled, sobol_indices

pytest.importorskip("SALib", reason="the extra 'stats' is not installed")

A, B = 7.0, 0.1
NAMES = ["x1", "x2", "x3"]


def ishigami(n: int, seed: int = 1) -> np.ndarray:
    x = math.pi * (2 * saltelli_points(NAMES, n, seed) - 1)
    return np.sin(x[:, 0]) + A * np.sin(x[:, 1]) ** 2 + B * x[:, 2] ** 4 * np.sin(x[:, 0])


def closed_form() -> tuple[np.ndarray, np.ndarray]:
    """Ishigami and Homma 1990, integrated by hand."""
    v1 = 0.5 * (1 + B * math.pi**4 / 5) ** 2
    v2 = A**2 / 8
    v13 = B**2 * math.pi**8 * (1 / 18 - 1 / 50)
    total = v1 + v2 + v13
    return np.array([v1, v2, 0]) / total, np.array([v1 + v13, v2, v13]) / total


def test_ishigami() -> None:
    first, total = closed_form()
    found = sobol_indices(ishigami(4096), 3, resamples=200, seed=1)
    assert found is not None
    # 4,096 quasi-random points: errors of some 0.005
    assert found.first == pytest.approx(first, abs=0.02)
    assert found.total == pytest.approx(total, abs=0.02)
    for resampled, truth in ((found.first_resampled, first), (found.total_resampled, total)):
        assert resampled.shape == (200, 3)
        low, high = np.quantile(resampled, (0.001, 0.999), axis=0)
        assert ((low <= truth + 1e-9) & (truth - 1e-9 <= high)).all()


def test_more_points_bring_it_nearer() -> None:
    first, total = closed_form()
    errors = []
    for n in (64, 1024, 16384):
        found = [sobol_indices(ishigami(n, seed), 3, 10, seed) for seed in (1, 2, 3, 4)]
        errors.append(
            max(np.abs(np.concatenate([f.first - first, f.total - total])).max() for f in found)
        )
    assert errors[0] > 4 * errors[1] > 16 * errors[2]


def test_blocks_with_a_missing_value_are_left_out() -> None:
    y = ishigami(256)
    blocks = y.reshape(256, 5).copy()
    blocks[3, 2] = np.nan
    with_gap = sobol_indices(blocks.ravel(), 3, 20, seed=1)
    without = sobol_indices(np.delete(blocks, 3, axis=0).ravel(), 3, 20, seed=1)
    assert with_gap is not None
    assert without is not None
    assert with_gap.first.tolist() == without.first.tolist()
    blocks[:26, 0] = np.nan  # 27 of 256, with block 3 among the first 26: more than a tenth
    assert sobol_indices(blocks.ravel(), 3, 20, seed=1) is None


def test_what_does_not_vary_has_no_indices() -> None:
    assert sobol_indices(np.full(5 * 32, 3.7), 3, 20, seed=1) is None


@pytest.mark.parametrize("seed", [0, 5, 2**64 - 2])
def test_the_same_seed_gives_the_same_intervals(seed: int) -> None:
    y = ishigami(64, seed=3)
    one, two = (sobol_indices(y, 3, 30, seed) for _ in range(2))
    assert one is not None
    assert two is not None
    assert one.total_resampled.tolist() == two.total_resampled.tolist()
    assert (saltelli_points(NAMES, 16, seed) == saltelli_points(NAMES, 16, seed)).all()


def test_points_lie_inside_the_cube_in_blocks() -> None:
    u = saltelli_points(NAMES, 64, seed=1)
    assert u.shape == (64 * 5, 3)
    assert ((u > 0) & (u < 1)).all()
    blocks = u.reshape(64, 5, 3)
    for j in range(3):  # row j + 1 differs from the first in column j alone, as row 5 has it
        changed = np.arange(3) == j
        assert (blocks[:, j + 1, ~changed] == blocks[:, 0, ~changed]).all()
        assert (blocks[:, j + 1, j] == blocks[:, 4, j]).all()


def test_scales() -> None:
    y = np.array([1.0, 100.0, np.nan, 10.0])
    assert scaled(y, "log")[[0, 1, 3]].tolist() == [0, 2, 1]
    ranks = scaled(np.array([0.0, 0.0, np.nan, 7.0]), "rank")
    assert ranks[[0, 1, 3]] == pytest.approx([1 / 3, 1 / 3, 2.5 / 3])
    assert math.isnan(ranks[2])
    assert scaled(y, "linear") is y


def test_without_salib_it_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.startswith("SALib")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "SALib", None)
    with pytest.raises(CapabilityError, match=r"livingdrug\[stats\]"):
        saltelli_points(NAMES, 16, 1)
