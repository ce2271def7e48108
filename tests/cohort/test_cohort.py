"""Cohorts from arrays and regimens."""

import numpy as np
import pytest

from livingdrug.cohort.cohort import add_records, cohort_from_arrays, settable
from livingdrug.cohort.regimen import add_regimen
from livingdrug.cohort.sample import draw_cohort
from livingdrug.core.errors import DataError, OptionError
from livingdrug.core.schema import check_cohort
from livingdrug.model.builder import ModelBuilder
from livingdrug.model.regimen import Regimen


def make():
    m = ModelBuilder("cohort", dimensions="off")
    m.compartment("V", 2.0, "L")
    m.species("A", initial=1.0, unit="mg")
    m.species("B", initial=1.0, unit="mg")
    m.parameter("k", 1.0, "1/day", lower=0.0, upper=10.0)
    m.parameter("twice", 1.0, "1/day")
    m.covariate("sex", "1", reference=0.0)
    m.assign("twice", "2 * k", "1/day")
    m.initial("B", "2 * A")
    m.dose("infusion", "mg", {"A": "dose"})
    m.dose("other", "mg", {"A": "dose"})
    return m.build()


def test_what_can_be_set_and_in_which_role():
    known = settable(make())
    assert known["k"] == ("parameter", "1/day")
    assert known["A"] == ("initial", "mg")
    assert known["V"] == ("parameter", "L")
    assert known["sex"] == ("covariate", "1")
    assert known["weight"] == ("covariate", "kg")
    assert "B" not in known  # computed at the start
    assert "twice" not in known  # computed always


def test_scalars_hold_for_all_subjects():
    cohort = cohort_from_arrays(make(), {"k": [1.0, 2.0, 3.0], "A": 5.0})
    assert cohort["A"].values.tolist() == [5.0, 5.0, 5.0]
    assert cohort["subject"].values.tolist() == [0, 1, 2]
    assert check_cohort(cohort) == []


def test_subjects_may_have_labels():
    cohort = cohort_from_arrays(make(), {"A": 5.0}, subjects=["p1", "p2"])
    assert cohort["A"].sel(subject="p2").item() == 5.0


def test_every_problem_is_listed_at_once():
    with pytest.raises(DataError) as caught:
        cohort_from_arrays(
            make(), {"kk": [1.0], "B": [1.0], "k": [1.0, 99.0], "A": [-1.0, 1.0, 1.0]}
        )
    text = str(caught.value)
    for part in ("'kk'", "computed by the model", "99", "-1", "lengths differ"):
        assert part in text


@pytest.mark.parametrize("bad", [["a", "b"], [np.nan, 1.0], [[1.0, 2.0]]])
def test_values_that_are_no_numbers_are_refused(bad):
    with pytest.raises(DataError, match="cohort, A"):
        cohort_from_arrays(make(), {"A": bad})


def test_records_are_appended_in_order():
    cohort = cohort_from_arrays(make(), {})
    row = {"subject": [0], "unit": ["mg"], "duration": [0.0]}
    first = {"name": ["infusion"], "time": [5.0], "amount": [1.0]}
    second = {"name": ["other"], "time": [1.0], "amount": [2.0]}
    cohort = add_records(add_records(cohort, "dose", row | first), "dose", row | second)
    assert cohort["dose_name"].values.tolist() == ["infusion", "other"]
    assert cohort["dose_time"].values.tolist() == [5.0, 1.0]
    assert check_cohort(cohort) == []


def test_a_regimen_goes_to_every_subject_in_its_order():
    model = make()
    regimen = Regimen.infusion(1.0, "g", time=2.0).then(Regimen.infusion(3.0, dose="other"))
    cohort = add_regimen(cohort_from_arrays(model, {"A": [1.0, 1.0]}), model, regimen)
    assert cohort["dose_subject"].values.tolist() == [0, 0, 1, 1]
    assert cohort["dose_name"].values.tolist() == ["infusion", "other"] * 2
    assert cohort["dose_amount"].values == pytest.approx([1000.0, 3.0] * 2)
    assert set(cohort["dose_unit"].values.tolist()) == {"mg"}


def test_an_empty_regimen_adds_nothing():
    model = make()
    cohort = add_regimen(cohort_from_arrays(model, {}), model, Regimen())
    assert cohort.sizes["dose"] == 0
    assert check_cohort(cohort) == []


def test_a_regimen_lists_all_that_does_not_fit():
    model = make()
    regimen = Regimen.infusion(1.0, "mg", per="kg").then(Regimen.infusion(1.0, "mg", dose="x"))
    regimen = regimen.then(Regimen.infusion(1.0, "day"))
    with pytest.raises(DataError) as caught:
        add_regimen(cohort_from_arrays(model, {}), model, regimen)
    for part in ("'weight'", "'x'", "day"):
        assert part in str(caught.value)


def test_a_stand_in_is_named_where_a_model_has_no_dose():
    m = ModelBuilder("no_dose", dimensions="off")
    m.species("A", initial=1.0, unit="1")
    m.dose_stand_in("A", "the source fixes the initial value")
    model = m.build()
    with pytest.raises(DataError, match="'A' stands for it"):
        cohort_from_arrays(model, {}, regimen=Regimen.infusion(1.0))


@pytest.mark.parametrize("parts", [((0.5, 0.4), (0, 1)), ((0.5, 0.5), (0,))])
def test_parts_of_a_split_dose_add_up(parts):
    fractions, days = parts
    with pytest.raises(OptionError, match="adding up to 1"):
        Regimen.split(1.0, "mg", fractions=fractions, days=days)


def test_the_cap_of_a_split_dose_is_on_its_total():
    model = make()
    split = Regimen.split(2.0, "mg", fractions=(0.25, 0.75), days=(0, 7), per="kg", cap=100.0)
    cohort = add_regimen(cohort_from_arrays(model, {"weight": [40.0, 80.0]}), model, split)
    assert cohort["dose_amount"].values == pytest.approx([20.0, 60.0, 25.0, 75.0])


def with_effects():
    m = ModelBuilder("effects", dimensions="off")
    m.species("A", initial=1.0, unit="mg")
    m.parameter("CL", 2.0, "L/day")
    m.parameter("V", 5.0, "L", upper=20.0)
    m.parameter("other", 1.0, "1")
    m.covariate("weight", "kg", reference=70.0)
    m.covariate("female", "1", reference=0.0)
    m.covariate_effect("CL", "weight", 0.75, form="power", at="Table 1")
    m.covariate_effect("CL", "female", -0.16, form="linear", at="Table 1")
    m.covariate_effect("V", "weight", 0.01, form="exponential", at="Table 1")
    return m.build()


def test_a_covariate_shifts_the_parameters_that_are_not_given():
    cohort = cohort_from_arrays(with_effects(), {"weight": [70.0, 35.0, 140.0], "female": 1.0})
    weight = np.array([70.0, 35.0, 140.0])
    assert cohort["CL"].values == pytest.approx(2.0 * (weight / 70) ** 0.75 * 0.84)
    assert cohort["V"].values == pytest.approx(5.0 * np.exp(0.01 * (weight - 70)))
    assert "other" not in cohort
    assert check_cohort(cohort) == []


def test_a_given_parameter_is_the_value_of_the_subject():
    cohort = cohort_from_arrays(with_effects(), {"weight": 35.0, "CL": [1.0, 3.0]})
    assert cohort["CL"].values.tolist() == [1.0, 3.0]
    assert cohort["V"].values == pytest.approx([5.0 * np.exp(-0.35)] * 2)


def test_without_covariates_nothing_is_set():
    assert set(cohort_from_arrays(with_effects(), {"CL": [1.0]}).data_vars) == {"CL"}


def test_a_covariate_that_shifts_beyond_bounds_is_refused():
    with pytest.raises(DataError, match=r"V, after covariate effects: value .* out of bounds"):
        cohort_from_arrays(with_effects(), {"weight": 250.0})


def test_arrays_and_draws_agree_on_typical_values():
    drawn = draw_cohort(
        with_effects(), 2, covariates={"weight": [50.0, 90.0]}, values={"other": 3.0}
    )
    built = cohort_from_arrays(with_effects(), {"weight": [50.0, 90.0]})
    for name in ("CL", "V"):
        assert drawn[name].values.tolist() == built[name].values.tolist()
