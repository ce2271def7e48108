"""Building a study: the records survive, and what does not fit is refused at once."""

import math

import numpy as np
import pytest

from livingdrug.core.errors import DataError
from livingdrug.core.schema import validate_study
from livingdrug.core.source import Source
from livingdrug.data.study import (
    QUANTILE_PROBABILITIES,
    Observation,
    StudyCovariate,
    StudyDose,
    StudyReadout,
    build_study,
)
from livingdrug.data.views import study_doses, study_readouts, study_source

SOURCE = Source(
    doi="10.1/x", authors=("Doe, Jane",), year=2020, title="A title", note="opened in full"
)


def test_records_survive():
    observations = [
        Observation(0.0, "car_t_blood", 5.0, "cell/uL", subject="a"),
        Observation(
            7.0, "car_t_blood", math.nan, "cell/uL", subject="b", lloq=0.2, blq=True, assay="flow"
        ),
        Observation(7.0, "il6_serum", 3.0, "pg/mL", "median", "", 12, 2.0, 4.0),
    ]
    study = build_study("s", observations)
    validate_study(study)
    assert study.obs_subject.values.tolist() == ["a", "b", ""]
    assert study.obs_n.values.tolist() == [1, 1, 12]
    assert study.obs_blq.values.tolist() == [False, True, False]
    np.testing.assert_array_equal(study.obs_lower.values, [math.nan, math.nan, 2.0])
    assert study.obs_time.attrs["units"] == "day"


def test_attributes_and_round_trip_of_source_doses_and_readouts():
    doses = (
        StudyDose("car_t", 0.0, 2e6, "cell/kg", 2e8, "cell"),
        StudyDose("fludarabine", -5.0, 30.0, "mg/m^2"),
    )
    readouts = (StudyReadout("orr", 82.0, "percent", "percent infused", n=101, confirmed=True),)
    study = build_study("s", [], readouts=readouts, doses=doses, source=SOURCE, disease="lymphoma")
    assert study_source(study) == SOURCE
    # NaN differs from itself, so the dose without a cap is compared by its text
    assert [repr(dose) for dose in study_doses(study)] == [repr(dose) for dose in doses]
    assert repr(study_readouts(study)) == repr(readouts)
    assert study.attrs["disease"] == "lymphoma"


def test_a_study_without_a_source_says_so():
    assert study_source(build_study("s", [])) is None


def test_quantiles_follow_the_linear_rule():
    covariate = StudyCovariate.from_values("age", "year", [1.0, 2.0, 4.0], (0.0, 0.25, 0.5, 1.0))
    assert covariate.quantiles == (1.0, 1.5, 2.0, 4.0)
    assert covariate.n == 3
    assert len(QUANTILE_PROBABILITIES) == 21


def test_individual_values_are_padded():
    covariates = [
        StudyCovariate.from_values("age", "year", [1.0, 2.0, 4.0]),
        StudyCovariate.from_values("weight", "kg", [60.0, 70.0]),
    ]
    study = build_study("s", [], covariates=covariates)
    assert study.cov_values.dims == ("covariate", "patient")
    np.testing.assert_array_equal(study.cov_values.values[1], [60.0, 70.0, math.nan])


@pytest.mark.parametrize(
    ("covariates", "word"),
    [
        ([StudyCovariate("a", "1", (0.0, 1.0), (1.0,))], "2 probabilities and 1 quantiles"),
        ([StudyCovariate("a", "1", (), ())], "0 probabilities"),
        ([StudyCovariate("a", "1", (0.5, 0.5), (1.0, 2.0))], "must rise"),
        ([StudyCovariate("a", "1", (0.0, 1.2), (1.0, 2.0))], "must rise"),
        ([StudyCovariate("a", "1", (0.0, 1.0), (2.0, 1.0))], "must not fall"),
        ([StudyCovariate("a", "1", (0.0, 1.0), (1.0, 2.0))] * 2, "more than once"),
        (
            [
                StudyCovariate("a", "1", (0.0, 1.0), (1.0, 2.0)),
                StudyCovariate("b", "1", (0.5,), (1.0,)),
            ],
            "other probabilities than a",
        ),
    ],
)
def test_bad_covariates_are_named(covariates, word):
    with pytest.raises(DataError, match=word) as caught:
        build_study("s", [], covariates=covariates)
    assert f"covariate {covariates[-1].name}" in str(caught.value)


def test_the_schema_is_checked():
    bad = [
        Observation(0.0, "car_t_blood", 5.0, "cell/uL"),  # individual without a subject
        Observation(0.0, "car_t_blood", 5.0, "cell/uL", "mode", "a"),
    ]
    with pytest.raises(DataError) as caught:
        build_study("s", bad)
    assert len(caught.value.issues) >= 2
