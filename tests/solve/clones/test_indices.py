"""Indices of inequality, against values by hand and bounds."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from livingdrug.core.errors import DataError
from livingdrug.solve.clones.indices import clonality


def test_values_by_hand():
    found = clonality([1, 3, 0, 4])
    assert found.alive == 3
    assert found.dominant == 0.5
    # -(1/8 ln 1/8 + 3/8 ln 3/8 + 1/2 ln 1/2)
    assert found.shannon == pytest.approx(0.97431, abs=1e-5)
    # mean absolute difference of two, with itself: 2 (2 + 3 + 1) / 9; by twice the mean 16/3
    assert found.gini == pytest.approx((12 / 9) / (16 / 3))


def test_one_clone_and_equal_clones():
    one = clonality([0, 7])
    assert (one.alive, one.shannon, one.gini, one.dominant) == (1, 0.0, 0.0, 1.0)
    equal = clonality([5] * 8)
    assert equal.shannon == pytest.approx(np.log(8))
    assert equal.gini == pytest.approx(0.0, abs=1e-15)


def test_nothing_has_no_clonality():
    found = clonality([0, 0])
    assert found.alive == 0
    assert np.isnan([found.shannon, found.gini, found.dominant]).all()


@given(st.lists(st.integers(0, 10**9), min_size=1, max_size=40).filter(any), st.integers(1, 1000))
def test_bounds_and_scale(sizes, factor):
    found = clonality(sizes)
    assert 0.0 <= found.gini < 1.0
    assert 0.0 <= found.shannon <= np.log(found.alive) + 1e-12
    assert 1.0 / found.alive - 1e-12 <= found.dominant <= 1.0
    scaled = clonality([size * factor for size in sizes])
    assert scaled.gini == pytest.approx(found.gini, abs=1e-9)
    assert scaled.shannon == pytest.approx(found.shannon, abs=1e-9)


def test_what_is_no_size_is_refused():
    with pytest.raises(DataError, match="finite numbers >= 0"):
        clonality([1.0, -2.0])
    with pytest.raises(DataError, match="finite numbers >= 0"):
        clonality([np.nan])
