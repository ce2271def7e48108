"""What varies, from what distribution, and what is said of it."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import ndtri

from livingdrug.catalogue.index import get_model
from livingdrug.core.errors import DataError, OptionError
from livingdrug.core.source import Origin
from livingdrug.influence.space import make_space
from livingdrug.model.builder import ModelBuilder
from livingdrug.model.variability import IIV

from .models import product

U = np.array([0.1, 0.5, 0.9])


def names(space) -> list[str]:
    return [factor.name for factor in space.factors]


def test_stated_variability_is_the_default() -> None:
    space = make_space(product())
    assert names(space) == ["a", "b"]
    a, b = space.factors
    assert (a.origin, a.spread_origin, a.is_assumed) == (Origin.ESTIMATED, Origin.ESTIMATED, False)
    assert (b.origin, b.spread_origin, b.is_assumed) == (Origin.ASSUMED, Origin.ESTIMATED, True)
    assert a.spread == "lognormal, sd 0.3"
    assert a.quantile(U) == pytest.approx(2.0 * np.exp(0.3 * ndtri(U)), rel=1e-14)


def test_every_distribution_has_its_quantiles() -> None:
    model = get_model("kimmel2021", "quartile")
    assert {iiv.distribution for _, iiv in model.iiv} == {"split_lognormal"}
    for factor in make_space(model).factors:
        low, middle, high = factor.quantile(np.array([0.25, 0.5, 0.75]))
        assert middle == pytest.approx(factor.value)
        words = factor.spread.split()
        # printed quartiles have 6 digits in the text
        assert (low, high) == pytest.approx((float(words[-3]), float(words[-1])), rel=1e-5)


def test_without_any_all_parameters_have_an_assumed_range() -> None:
    model = get_model("leontriana2020")
    assert not model.iiv
    space = make_space(model, span=2.0)
    assert len(space.factors) > 3
    for factor in space.factors:
        assert factor.spread_origin is Origin.ASSUMED
        assert factor.is_assumed
        low, middle, high = factor.quantile(np.array([1e-12, 0.5, 1 - 1e-12]))
        assert low >= factor.value / 2.0000001
        assert high <= factor.value * 2.0000001
        assert low < middle < high
    assert any("ASSUMED" in note and "value / 2" in note for note in space.notes)


def test_a_range_ends_at_the_bounds_and_is_even_in_the_logarithm() -> None:
    m = ModelBuilder("bounded", organism="test")
    m.species("x", initial=1.0, unit="cell", count_per_unit=1.0)
    published = {"origin": Origin.ESTIMATED, "at": "Table 1"}
    m.parameter("f", 0.8, "1", **published, lower=0.0, upper=1.0)
    m.parameter("g", -2.0, "1", **published)
    m.parameter("p", 0.9, "1", **published, upper=1.0, iiv=IIV.sd(0.5, at="Table 1"))
    m.reaction("loss", "x ->", rate="f * p * exp(g) * x * quantity(1, '1/day')")
    space = make_space(m.build(), parameters=["f", "g", "p"])
    f, g, p = space.factors
    assert (f.low, f.high) == pytest.approx((0.8 / 1.5, 1.0))
    assert f.quantile(np.array([0.5]))[0] == pytest.approx((0.8 / 1.5) ** 0.5)
    assert sorted(g.quantile(U)) == g.quantile(U).tolist()
    assert g.quantile(np.array([0.0, 1.0])) == pytest.approx([-3.0, -2 / 1.5])
    assert p.quantile(np.array([0.9]))[0] == 1.0
    assert (p.outside(U), f.outside(U)) == (1, 0)


def test_zero_does_not_vary_and_is_said() -> None:
    space = make_space(product(), parameters="all")
    assert names(space) == ["a", "b", "k"]
    assert "held, because they are 0, infinite or at their bounds: off" in space.notes
    with pytest.raises(OptionError, match="nothing varies"):
        make_space(product(), parameters=["off"])


def test_what_the_caller_gives_is_assumed() -> None:
    space = make_space(product(), values={"a": 5.0, "k": 0.2}, assume_cv={"k": 0.3})
    a, _, k = space.factors
    assert (a.value, a.origin, a.at) == (5.0, Origin.ASSUMED, "given by the caller")
    assert (k.value, k.spread_origin, k.spread) == (0.2, Origin.ASSUMED, "lognormal, cv 0.3")
    assert space.fixed == {}
    assert make_space(product(), values={"k": 0.2}).fixed == {"k": 0.2}


def test_correlations_are_ignored_and_it_is_said() -> None:
    space = make_space(product(correlated=True))
    assert any("the model correlates a, b; here each varies on its own" in n for n in space.notes)
    alone = make_space(product(correlated=True), parameters=["a"])
    assert not any("correlates" in note for note in alone.notes)


def test_covariates_shift_what_varies_and_what_does_not() -> None:
    model = get_model("muellerschoell2021")
    effects = model.covariate_effects
    assert effects
    effect = effects[0]
    reference = next(c.reference for c in model.covariates if c.name == effect.covariate)
    other = reference + 1.0
    plain = make_space(model)
    shifted = make_space(model, values={effect.covariate: other})
    assert shifted.fixed[effect.covariate] == other
    found = {f.name: f.value for f in shifted.factors} | dict(shifted.fixed)
    before = {f.name: f.value for f in plain.factors}
    before.setdefault(effect.parameter, model.parameter(effect.parameter).value)
    assert found[effect.parameter] != before[effect.parameter]
    assert any("covariates do not vary" in note for note in plain.notes)


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"parameters": ["aa"]}, "unknown parameter or initial value 'aa'"),
        ({"parameters": []}, "parameters is empty"),
        ({"parameters": "some"}, "give a list of names, or 'all'"),
        ({"parameters": ["weight"]}, "is a covariate"),
        ({"parameters": ["x"]}, "computed by the model"),
        ({"span": 1.0}, "needs > 1"),
        ({"values": {"q": 1.0}}, "unknown parameter or initial value 'q'"),
        ({"values": {"k": -1.0}}, "out of bounds"),
        ({"assume_cv": {"a": 0.3}}, "states the variability"),
        ({"assume_cv": {"k": 0.0}}, "must be a number > 0"),
    ],
)
def test_what_does_not_fit_is_named(options, text: str) -> None:
    with pytest.raises((OptionError, DataError), match=text):
        make_space(product(), **options)
