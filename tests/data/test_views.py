"""Views of a study: same estimand or no answer."""

import math

import numpy as np
import pytest

from livingdrug.core.errors import DataError, UnitError, UnknownNameError
from livingdrug.data.study import Observation, StudyCovariate, StudyReadout, build_study
from livingdrug.data.views import (
    study_covariate_quantiles,
    study_covariate_values,
    study_readouts,
    study_terms,
    study_visits,
)

TERM = "car_t_blood"


@pytest.fixture
def study():
    return build_study(
        "s",
        [
            Observation(14.0, TERM, 9.0, "cell/uL", "median", n=20, lower=4.0, upper=30.0),
            Observation(7.0, TERM, 30_000.0, "cell/mL", "median", n=21, lloq=100.0),
            Observation(7.0, TERM, 45.0, "cell/uL", "mean", n=21),
            Observation(7.0, "il6", 5.0, "pg/mL", subject="a", assay="elisa"),
            Observation(
                7.0, "il6", math.nan, "pg/mL", subject="b", lloq=1, blq=True, assay="elisa"
            ),
            Observation(7.0, "il6", 6.0, "pg/mL", subject="a", assay="luminex"),
        ],
        readouts=[
            StudyReadout("cmax", 30.0, "cell/uL", "median", confirmed=True),
            StudyReadout("cmax", 40.0, "cell/uL", "median"),
            StudyReadout("tmax", 8.0, "day", "median"),
        ],
        covariates=[
            StudyCovariate.from_values("weight", "kg", [60.0, 80.0], (0.0, 0.5, 1.0)),
            StudyCovariate("age", "year", (0.0, 0.5, 1.0), (20.0, 50.0, 70.0), n=30),
        ],
    )


def test_terms_in_order(study):
    assert study_terms(study) == (TERM, "il6")


def test_visits_are_in_order_of_time_and_one_unit(study):
    first, second = study_visits(study, TERM, statistic="median", unit="cell/uL")
    assert (first.time, second.time) == (7.0, 14.0)
    assert (first.value, first.lloq) == (30.0, 0.1)  # 30000 and 100 per mL
    assert (first.n, second.n) == (21, 20)
    assert (second.lower, second.upper) == (4.0, 30.0)
    assert (first.rows, second.rows) == ((1,), (0,))


def test_the_unit_of_the_first_row_is_the_default(study):
    assert {visit.unit for visit in study_visits(study, TERM, statistic="median")} == {"cell/uL"}


def test_two_statistics_are_never_merged(study):
    with pytest.raises(DataError, match=r"'mean', 'median'.*choose one with statistic="):
        study_visits(study, TERM)


def test_two_assays_are_never_merged(study):
    with pytest.raises(DataError, match=r"'elisa', 'luminex'.*choose one with assay="):
        study_visits(study, "il6")


def test_individual_values_are_counted_and_not_summarised(study):
    (visit,) = study_visits(study, "il6", assay="elisa")
    assert (visit.n, visit.n_blq, visit.rows) == (2, 1, (3, 4))
    assert math.isnan(visit.value)


def test_unknown_names_list_the_nearest(study):
    with pytest.raises(UnknownNameError, match="did you mean 'car_t_blood'"):
        study_visits(study, "cart_blood")
    with pytest.raises(UnknownNameError, match="did you mean 'median'"):
        study_visits(study, TERM, statistic="medain")
    with pytest.raises(UnknownNameError, match="did you mean 'cmax'"):
        study_readouts(study, "c_max")
    with pytest.raises(UnknownNameError, match="did you mean 'weight'"):
        study_covariate_quantiles(study, "wieght")
    with pytest.raises(UnknownNameError, match="did you mean 'weight'"):
        study_covariate_values(study, "wieght")


def test_a_unit_of_another_dimension_is_refused(study):
    with pytest.raises(UnitError, match="copies/ug"):
        study_visits(study, TERM, statistic="median", unit="copies/ug")


def test_unconfirmed_readouts_must_be_asked_for(study):
    assert [readout.value for readout in study_readouts(study, "cmax")] == [30.0]
    assert len(study_readouts(study, "cmax", confirmed_only=False)) == 2
    assert study_readouts(study, "tmax") == ()


def test_covariates(study):
    quantiles = study_covariate_quantiles(study, "weight")
    np.testing.assert_array_equal(quantiles.values, [60.0, 70.0, 80.0])
    np.testing.assert_array_equal(quantiles["quantile"].values, [0.0, 0.5, 1.0])
    assert quantiles.attrs == {"units": "kg", "n": 2}
    np.testing.assert_array_equal(study_covariate_values(study, "weight").values, [60.0, 80.0])
    with pytest.raises(DataError, match="by quantiles only"):
        study_covariate_values(study, "age")


def test_values_of_a_study_without_any(study):
    with pytest.raises(DataError, match="by quantiles only"):
        study_covariate_values(study.drop_vars("cov_values"), "age")
