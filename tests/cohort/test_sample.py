"""Virtual subjects: keyed by seed, subject and name, with the distributions that were asked for."""

import numpy as np
import pytest
from scipy import stats

from livingdrug.cohort.sample import draw_cohort
from livingdrug.core.errors import DataError, OptionError
from livingdrug.core.schema import check_cohort
from livingdrug.model.builder import ModelBuilder
from livingdrug.model.regimen import Regimen
from livingdrug.model.variability import IIV

N = 4000


def make(*parameters, setup=None):
    """Build a model with parameters ``(name, value, IIV or None)``."""
    m = ModelBuilder("varied", dimensions="off", population="two patients")
    m.species("A", initial=1.0, unit="1")
    m.dose("infusion", "cell", {"A": "dose"})
    for name, value, iiv in parameters:
        m.parameter(name, value, "1/day", iiv=iiv)
    if setup:
        setup(m)
    return m.build()


def drawn(iiv, value=2.0, **options):
    return draw_cohort(make(("k", value, iiv)), N, seed=1, **options)["k"].values


def assert_normal(z):
    # deterministic given the seed; 1e-3 says that this is not the one sample in a thousand
    assert stats.kstest(z, "norm").pvalue > 1e-3
    assert abs(z.mean()) < 5 / np.sqrt(N)
    assert abs(z.std() - 1) < 5 / np.sqrt(2 * N)


# -- keyed draws

KL = (("k", 2.0, IIV.sd(0.5)), ("L", 3.0, IIV.sd(0.2)))


def test_subject_17_is_the_same_alone_and_among_others():
    model = make(*KL)
    alone = draw_cohort(model, 1, first_subject=17, seed=3)
    among = draw_cohort(model, 40, seed=3).sel(subject=[17])
    for name in ("k", "L"):
        assert alone[name].values.tolist() == among[name].values.tolist()
    assert alone["subject"].values.tolist() == [17]


def test_a_cohort_can_be_drawn_in_pieces():
    model = make(*KL)
    whole = draw_cohort(model, 10, seed=3)
    pieces = [
        draw_cohort(model, 4, seed=3),
        draw_cohort(model, 6, first_subject=4, seed=3),
    ]
    assert np.concatenate([p["k"].values for p in pieces]).tolist() == whole["k"].values.tolist()
    assert np.concatenate([p["subject"].values for p in pieces]).tolist() == list(range(10))


def test_another_parameter_changes_no_draw():
    few = draw_cohort(make(KL[0]), 10, seed=3)
    more = draw_cohort(make(("z", 1.0, IIV.sd(1.0)), *KL), 10, seed=3)
    assert few["k"].values.tolist() == more["k"].values.tolist()


def test_the_order_of_parameters_changes_no_draw():
    one, other = draw_cohort(make(*KL), 10, seed=3), draw_cohort(make(*KL[::-1]), 10, seed=3)
    for name in ("k", "L"):
        assert one[name].values.tolist() == other[name].values.tolist()


def test_the_seed_decides_and_is_written_down():
    model = make(*KL)
    first, again, other = (draw_cohort(model, 10, seed=s) for s in (1, 1, 2))
    assert first["k"].values.tolist() == again["k"].values.tolist()
    assert (first["k"].values != other["k"].values).all()
    assert first.attrs["seed"] == 1


def test_parameters_are_independent_without_a_correlation():
    cohort = draw_cohort(make(*KL), N, seed=1)
    logs = np.log([cohort["k"].values, cohort["L"].values])
    assert abs(np.corrcoef(logs)[0, 1]) < 5 / np.sqrt(N)


# -- distributions


def test_lognormal_by_the_sd_of_the_logarithm():
    assert_normal(np.log(drawn(IIV.sd(0.4)) / 2.0) / 0.4)


def test_lognormal_by_its_variance():
    assert_normal(np.log(drawn(IIV.variance(0.16)) / 2.0) / 0.4)


def test_lognormal_by_its_cv():
    values = drawn(IIV.cv(0.5))
    assert_normal(np.log(values / 2.0) / np.sqrt(np.log(1.25)))
    # the CV of a log-normal with CV 0.5 has a standard error of about 0.9/sqrt(n)
    assert values.std() / values.mean() == pytest.approx(0.5, abs=5 * 0.9 / np.sqrt(N))
    assert np.median(values) == pytest.approx(2.0, rel=5 * 1.25 * 0.47 / np.sqrt(N))


def test_normal_by_its_sd_in_the_unit():
    assert_normal((drawn(IIV.sd(0.3, distribution="normal")) - 2.0) / 0.3)


def test_normal_by_its_cv_is_relative():
    assert_normal((drawn(IIV.cv(0.1, distribution="normal")) - 2.0) / 0.2)


def test_reciprocal_normal_varies_the_reciprocal():
    assert_normal((1 / drawn(IIV.cv(0.1, distribution="reciprocal_normal")) - 0.5) / 0.05)


def test_split_lognormal_meets_its_quartiles():
    values = drawn(IIV.quartiles(1.0, 2.0, 8.0))
    # standard error of a quantile at p: sqrt(p (1 - p) / n) as a share of the subjects
    for quartile, p in ((1.0, 0.25), (2.0, 0.5), (8.0, 0.75)):
        assert (values <= quartile).mean() == pytest.approx(p, abs=5 * 0.5 / np.sqrt(N))


def test_values_are_clipped_to_the_limits():
    values = drawn(IIV.sd(1.0, distribution="normal", lower=1.5, upper=2.5))
    assert values.min() == 1.5
    assert values.max() == 2.5


def test_a_parameter_without_variability_is_not_drawn():
    assert "L" not in draw_cohort(make(KL[0], ("L", 3.0, None)), 3)


# -- correlation


def block(matrix):
    return lambda m: m.correlation(["k", "L", "M"], matrix)


def test_a_block_has_its_correlations_and_its_margins():
    matrix = [[1.0, 0.6, -0.3], [0.6, 1.0, 0.2], [-0.3, 0.2, 1.0]]
    model = make(*KL, ("M", 1.0, IIV.sd(0.7)), setup=block(matrix))
    cohort = draw_cohort(model, N, seed=1)
    z = np.array(
        [
            np.log(cohort[name].values / value) / sd
            for name, value, sd in (("k", 2.0, 0.5), ("L", 3.0, 0.2), ("M", 1.0, 0.7))
        ]
    )
    for row in z:
        assert_normal(row)
    # standard error of a correlation: (1 - r^2) / sqrt(n)
    assert np.corrcoef(z) == pytest.approx(np.array(matrix), abs=5 / np.sqrt(N))


def test_a_singular_block_is_allowed():
    matrix = [[1.0, 1.0, 0.0], [1.0, 1.0, 0.0], [0.0, 0.0, 1.0]]
    model = make(*KL, ("M", 1.0, IIV.sd(0.7)), setup=block(matrix))
    cohort = draw_cohort(model, 50, seed=1)
    z_k, z_l = np.log(cohort["k"].values / 2) / 0.5, np.log(cohort["L"].values / 3) / 0.2
    assert z_k == pytest.approx(z_l, abs=1e-7)  # square root of rounding in the eigenvalues


def test_correlated_subjects_are_keyed_as_well():
    matrix = [[1.0, 0.5, 0.0], [0.5, 1.0, 0.0], [0.0, 0.0, 1.0]]
    model = make(*KL, ("M", 1.0, IIV.sd(0.7)), setup=block(matrix))
    whole, piece = draw_cohort(model, 30, seed=1), draw_cohort(model, 1, first_subject=17, seed=1)
    # a product of matrices may round differently with their shape
    assert piece["k"].item() == pytest.approx(whole["k"].values[17], rel=1e-15)


# -- covariates


def with_effect(form, coefficient, iiv=None):
    def setup(m):
        m.covariate("age", "year", reference=50.0)
        m.covariate_effect("k", "age", coefficient, form=form)

    return make(("k", 2.0, iiv), KL[1], setup=setup)


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        ("exponential", lambda x: np.exp(0.1 * (x - 50))),
        ("power", lambda x: (x / 50) ** 0.1),
        ("linear", lambda x: 1 + 0.1 * (x - 50)),
    ],
)
def test_a_covariate_shifts_the_typical_value(form, expected):
    ages = np.array([45.0, 50.0, 70.0])
    cohort = draw_cohort(with_effect(form, 0.1), 3, covariates={"age": ages})
    assert cohort["k"].values == pytest.approx(2.0 * expected(ages), rel=1e-14)
    assert cohort["age"].attrs["role"] == "covariate"


def test_variability_goes_around_the_shifted_value():
    model = with_effect("linear", 0.1, IIV.sd(0.3))
    at_reference = draw_cohort(model, 5, covariates={"age": 50.0})["k"].values
    older = draw_cohort(model, 5, covariates={"age": 60.0})["k"].values
    assert older == pytest.approx(2.0 * at_reference, rel=1e-14)


def test_without_covariates_the_reference_holds():
    model = with_effect("linear", 0.1, IIV.sd(0.3))
    assert (
        draw_cohort(model, 5)["k"].values.tolist()
        == draw_cohort(model, 5, covariates={"age": 50.0})["k"].values.tolist()
    )


def test_covariates_of_the_wrong_name_or_length_are_refused_together():
    with pytest.raises(DataError) as caught:
        draw_cohort(with_effect("linear", 0.1), 3, covariates={"ag": 1.0, "age": [1.0, 2.0]})
    assert "'ag'" in str(caught.value)
    assert "(2,)" in str(caught.value)


# -- typical values, assumed variability, refusals


def test_values_replace_the_typical_ones():
    model = make(*KL)
    usual, other = draw_cohort(model, 5), draw_cohort(model, 5, values={"k": 4.0})
    assert other["k"].values == pytest.approx(2 * usual["k"].values, rel=1e-14)


def test_values_without_variability_hold_for_all():
    cohort = draw_cohort(make(KL[0]), 3, values={"A": 7.0})
    assert cohort["A"].values.tolist() == [7.0, 7.0, 7.0]


def test_a_covariate_among_the_values_is_refused():
    with pytest.raises(DataError, match="weight"):
        draw_cohort(make(*KL), 3, values={"weight": 80.0})


def test_a_model_without_variability_is_not_drawn_from():
    with pytest.raises(OptionError, match="--assume-cv") as caught:
        draw_cohort(make(("k", 2.0, None)), 5)
    assert "two patients" in str(caught.value)


def test_an_assumed_cv_is_drawn_and_marked():
    cohort = draw_cohort(make(("k", 2.0, None)), N, seed=1, assume_cv={"k": 0.3, "A": 0.1})
    assert_normal(np.log(cohort["k"].values / 2.0) / np.sqrt(np.log(1.09)))
    assert_normal(np.log(cohort["A"].values) / np.sqrt(np.log(1.01)))
    assert "ASSUMED" in cohort.attrs["variability"]
    assert "CV of k = 0.3" in cohort.attrs["assumed"]


@pytest.mark.parametrize(
    "assume_cv", [{"k": 0.3}, {"kk": 0.3}, {"M": 0.0}, {"M": np.nan}, {"weight": 0.1}]
)
def test_an_assumption_that_makes_no_sense_is_refused(assume_cv):
    with pytest.raises(DataError, match="assume_cv"):
        draw_cohort(make(*KL, ("M", 1.0, None)), 3, assume_cv=assume_cv)


@pytest.mark.parametrize("n", [0, -1, 2.5, True])
def test_the_number_of_subjects_is_a_whole_number(n):
    with pytest.raises(OptionError, match="whole number"):
        draw_cohort(make(*KL), n)


def test_draws_outside_the_bounds_of_a_parameter_are_refused():
    def setup(m):
        m.parameter("s", 1.0, "1", lower=0.0, iiv=IIV.sd(5.0, distribution="normal"))

    with pytest.raises(DataError, match=r"s.*out of bounds"):
        draw_cohort(make(setup=setup), 50)


def test_a_cohort_fits_its_schema_and_takes_a_regimen():
    cohort = draw_cohort(make(*KL), 4, regimen=Regimen.infusion(5.0, "cell"))
    assert check_cohort(cohort) == []
    assert cohort["dose_subject"].values.tolist() == [0, 1, 2, 3]
    assert cohort["dose_amount"].values.tolist() == [5.0] * 4
