"""Variability with an explicit scale."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from livingdrug.core.errors import ModelError
from livingdrug.core.source import Origin
from livingdrug.model.model import plain_data
from livingdrug.model.variability import IIV, ResidualError

cvs = st.floats(1e-3, 3.0)


def test_standard_deviation_and_variance() -> None:
    assert IIV.sd(0.3).scale == 0.3
    assert IIV.variance(0.09).scale == pytest.approx(0.3, rel=1e-15)
    assert (IIV.sd(0.3).written, IIV.variance(0.09).written) == ("sd 0.3", "variance 0.09")
    assert IIV.sd(2.0, distribution="normal").relative is False


@given(cvs)
def test_the_lognormal_of_a_cv_has_that_cv(cv: float) -> None:
    scale = IIV.cv(cv).scale
    assert scale == math.sqrt(math.log1p(cv**2))
    # closed form of the log-normal: cv = sqrt(exp(sd**2) - 1)
    assert math.sqrt(math.expm1(scale**2)) == pytest.approx(cv, rel=1e-12)


@pytest.mark.parametrize("distribution", ["normal", "reciprocal_normal"])
def test_the_cv_of_a_normal_is_relative(distribution: str) -> None:
    iiv = IIV.cv(0.05, distribution=distribution)  # type: ignore[arg-type]
    assert (iiv.scale, iiv.relative, iiv.written) == (0.05, True, "cv 0.05")


@given(st.floats(0.1, 1.0), st.floats(1.0, 2.0), st.floats(2.0, 9.0))
def test_quartiles_are_met(low: float, median: float, high: float) -> None:
    iiv = IIV.quartiles(low, median, high)
    z = 0.6744897501960817  # Phi**-1(0.75)
    assert iiv.distribution == "split_lognormal"
    assert median * math.exp(iiv.scale * z) == pytest.approx(high, rel=1e-14)
    assert median * math.exp(-iiv.scale_below * z) == pytest.approx(low, rel=1e-14)


def test_quartiles_of_a_drawn_sample() -> None:
    iiv = IIV.quartiles(2.0, 3.0, 7.0, at="Table 1")
    z = np.random.default_rng(1).standard_normal(200_000)
    values = 3.0 * np.exp(np.where(z > 0, iiv.scale, iiv.scale_below) * z)
    # standard error of a quartile of 200,000 is about 0.3 % of the value
    assert np.quantile(values, [0.25, 0.5, 0.75]) == pytest.approx([2.0, 3.0, 7.0], rel=0.015)
    assert (iiv.origin, iiv.at) == (Origin.DERIVED, "Table 1")


def test_quartiles_may_coincide_with_the_median() -> None:
    assert IIV.quartiles(1.0, 2.0, 2.0).scale == 0.0


@pytest.mark.parametrize(
    "quartiles", [(0.0, 1.0, 2.0), (1.5, 1.0, 2.0), (0.5, 3.0, 2.0), (-1.0, 1.0, 2.0)]
)
def test_quartiles_that_do_not_enclose_the_median(quartiles: tuple[float, float, float]) -> None:
    with pytest.raises(ModelError, match="must be positive and enclose the median"):
        IIV.quartiles(*quartiles)


@pytest.mark.parametrize("make", [IIV.sd, IIV.variance, IIV.cv])
@pytest.mark.parametrize("value", [-0.1, math.nan, math.inf])
def test_scales_are_finite_and_not_negative(make: object, value: float) -> None:
    with pytest.raises(ModelError, match="must be a finite number >= 0"):
        make(value)  # type: ignore[operator]


def test_an_error_without_an_additive_part_keeps_its_place_in_a_hash():
    """Models that were verified before there was such a part keep their hashes."""
    plain = plain_data(ResidualError("proportional", 0.2, at="Table 1"), set())
    assert sorted(plain) == ["at", "kind", "origin", "sd"]
    both = plain_data(ResidualError.combined(sd_proportional=0.2, sd_additive=3.0), set())
    assert both["sd_additive"] == (3.0).hex()
