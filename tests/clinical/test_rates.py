"""Intervals of proportions against closed forms and scipy."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binomtest

from livingdrug.clinical.rates import clopper_pearson, rate, wilson
from livingdrug.core.errors import OptionError, UnknownNameError


def test_clopper_pearson_at_none_and_all_has_a_closed_form() -> None:
    # nobody of n: the upper limit p solves (1 - p)**n = 0.025
    for n in (1, 5, 40):
        lower, upper = clopper_pearson(0, n)
        assert (float(lower), float(upper)) == (0.0, pytest.approx(1 - 0.025 ** (1 / n), rel=1e-12))
        lower, upper = clopper_pearson(n, n)
        assert (float(lower), float(upper)) == (pytest.approx(0.025 ** (1 / n), rel=1e-12), 1.0)


@pytest.mark.parametrize(("hits", "n"), [(0, 7), (3, 11), (29, 40), (40, 40)])
@pytest.mark.parametrize("level", [0.8, 0.95])
def test_both_intervals_agree_with_scipy(hits: int, n: int, level: float) -> None:
    for method, name in (("clopper-pearson", "exact"), ("wilson", "wilson")):
        theirs = binomtest(hits, n).proportion_ci(level, method=name)
        ours = rate(hits, n, method=method, level=level)
        # scipy finds the exact limits by bisection to about 1e-12
        assert (ours.lower, ours.upper) == pytest.approx((theirs.low, theirs.high), abs=1e-10)
        assert ours.value == hits / n


def test_many_at_once_and_nobody() -> None:
    lower, upper = clopper_pearson([0, 5], [0, 10])
    assert (lower[0], upper[0]) == (0.0, 1.0)
    assert lower[1] == pytest.approx(binomtest(5, 10).proportion_ci().low, abs=1e-10)
    assert np.isnan(rate(0, 0, method="wilson").value)


def test_wrong_numbers_are_refused() -> None:
    for hits, n in ((5, 4), (-1, 4), (1.5, 4)):
        with pytest.raises(OptionError, match="whole numbers"):
            clopper_pearson(hits, n)
    with pytest.raises(OptionError, match="level"):
        wilson(1, 2, level=95)
    with pytest.raises(UnknownNameError, match="clopper-pearson"):
        rate(1, 2, method="clopper")
