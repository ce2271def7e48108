"""The parts of a study about single people, and limits on both sides, as the schema sees them."""

import json

import numpy as np
import pytest
import xarray as xr

from livingdrug.core.censoring import censoring_codes, lower_limits, upper_limits
from livingdrug.core.schema import check_study, validate_study
from livingdrug.data.interventions import DAY_UNKNOWN, NOT_GIVEN, Intervention
from livingdrug.data.persons import PersonVariable
from livingdrug.data.study import Observation, build_study


def make_study():
    return build_study(
        "ward",
        [
            Observation(0.0, "il6_serum", np.nan, "pg/mL", subject="A", lloq=1.0, blq=True,
                        uloq=400.0),
            Observation(1.0, "il6_serum", 30.0, "pg/mL", subject="A", lloq=1.0, uloq=400.0),
            Observation(2.0, "il6_serum", np.nan, "pg/mL", subject="A", uloq=400.0, alq=True),
        ],
        interventions=[
            Intervention("tocilizumab", "cytokine blockade", "A", start=2.0, amount=8.0,
                         unit="mg/kg"),
            Intervention("steroid", "corticosteroid", "B", status=DAY_UNKNOWN),
            Intervention("anakinra", "cytokine blockade", "B", status=NOT_GIVEN),
        ],
        subjects=["A", "B"],
        persons=[
            PersonVariable("response", "category", ("CR", ""), levels=("PD", "CR")),
            PersonVariable("crs_grade_max", "grade", (2.0, np.nan), levels=(0.0, 4.0)),
            PersonVariable("crs", "flag", (1.0, 0.0)),
            PersonVariable("crs_onset_day", "day", (1.0, np.nan), unit="day"),
        ],
    )  # fmt: skip


def test_a_study_with_every_part_is_one():
    study = make_study()
    assert check_study(study) == []
    assert censoring_codes(study).tolist() == [1, 0, -1]
    np.testing.assert_array_equal(upper_limits(study), [400.0, 400.0, 400.0])
    np.testing.assert_array_equal(lower_limits(study), [1.0, 1.0, np.nan])


def test_a_study_without_an_upper_limit_is_one_too():
    old = make_study().isel(observation=slice(0, 2)).drop_vars(["obs_uloq", "obs_alq"])
    assert check_study(old) == []
    assert censoring_codes(old).tolist() == [1, 0]
    assert np.isnan(upper_limits(old)).all()


def test_it_survives_as_plain_text():
    kept = make_study().drop_dims(["readout", "covariate", "quantile"])  # empty tables
    text = json.dumps(kept.to_dict())
    read = xr.Dataset.from_dict(json.loads(text))
    validate_study(read)
    assert censoring_codes(read).tolist() == [1, 0, -1]
    assert read.response.values.tolist() == ["CR", ""]


def change(ds, name, values):
    return ds.assign({name: ds[name].copy(data=np.asarray(values))})


def attribute(ds, name, **attrs):
    ds[name].attrs.update(attrs)
    return ds


NAN = np.nan
PROBLEMS = [
    (lambda ds: change(ds, "obs_alq", [True, False, True]), "true where obs_blq is true"),
    (lambda ds: change(ds, "obs_uloq", [400.0, 400.0, NAN]), "NaN where obs_alq is true"),
    (lambda ds: change(ds, "obs_uloq", [0.5, 400.0, 400.0]), "larger than obs_uloq"),
    (lambda ds: change(ds, "obs_alq", [False] * 3), "only where obs_alq or obs_blq"),
    (lambda ds: ds.drop_vars("obs_alq"), "variable obs_alq: is missing"),
    (lambda ds: change(ds, "iv_status", ["give", DAY_UNKNOWN, NOT_GIVEN]), "allowed are 'given'"),
    (lambda ds: change(ds, "iv_kind", ["drug"] * 3), "allowed are 'engineered cells'"),
    (lambda ds: change(ds, "iv_start", [NAN, NAN, NAN]), "its status is 'given, day unknown'"),
    (lambda ds: change(ds, "iv_start", [2.0, 3.0, NAN]), "says that there is none"),
    (lambda ds: change(ds, "iv_stop", [1.0, NAN, NAN]), "before iv_start"),
    (lambda ds: change(ds, "iv_stop", [NAN, 3.0, NAN]), "without iv_start"),
    (lambda ds: change(ds, "iv_amount", [-1.0, NAN, NAN]), "at least 0"),
    (lambda ds: change(ds, "iv_amount", [8.0, NAN, 3.0]), "amount of what was not given"),
    (lambda ds: change(ds, "iv_unit", ["", "", ""]), "empty beside an amount"),
    (lambda ds: change(ds, "iv_unit", ["mgs", "", ""]), "mgs"),
    (lambda ds: change(ds, "iv_subject", ["A", "B", "C"]), "no such subject"),
    (lambda ds: change(ds, "response", ["CR", "MR"]), "allowed are 'PD', 'CR', or empty"),
    (lambda ds: change(ds, "crs_grade_max", [5.0, 0.0]), "between 0 and 4"),
    (lambda ds: change(ds, "crs", [2.0, 0.0]), "must be 0, 1 or NaN"),
    (lambda ds: attribute(ds, "crs", type="bool"), "attribute type: is 'bool'"),
    (lambda ds: attribute(ds, "crs", role="label"), "attribute role: is 'label'"),
    (lambda ds: attribute(ds, "crs_onset_day", units="week"), "must be 'day'"),
    (lambda ds: attribute(ds, "response", levels="PD CR"), "not a JSON list"),
    (lambda ds: attribute(ds, "response", levels=json.dumps(["CR", "CR"])), "different levels"),
    (lambda ds: attribute(ds, "crs_grade_max", levels=json.dumps([4, 0])), "numbers that rise"),
]


@pytest.mark.parametrize(("spoil", "words"), PROBLEMS)
def test_each_fault_is_found(spoil, words):
    issues = check_study(spoil(make_study()))
    assert any(words in str(issue) for issue in issues), [str(issue) for issue in issues]
    assert all(issue.level == "error" for issue in issues)


def test_an_observed_person_who_is_not_listed_is_a_warning():
    (issue,) = check_study(change(make_study(), "obs_subject", ["A", "A", "Z"]))
    assert (issue.level, "Z" in issue.message) == ("warning", True)
