"""One test for each rule of the consensus texts, from rows of a ward to grades."""

from __future__ import annotations

import pytest
from tests.clinical.grading.wards import ADULT, FEVER, LOW, NO_FEVER, NORMAL, at, crs

from livingdrug.clinical.grading.rules import GradingRules
from livingdrug.clinical.grading.summary import summarize
from livingdrug.clinical.monitoring.schema import WAIVERS

ALL = ("astct", "lee", "penn", "mskcc")
# what every test needs besides its own rows: age, fever and normal pressure from day 1 on
BASE = (ADULT, FEVER, NORMAL)
FIO2_LOW, FIO2_HIGH = "fio2,1,,30,%", "fio2,1,,60,%"


def bounds(person, time=1.0):
    return {scale: at(person, scale, time) for scale in person.grades}


def exact(person, time=1.0):
    found = bounds(person, time)
    assert all(low == high for low, high in found.values()), found
    return tuple(low for low, _ in found.values())


def test_fever_from_38_0_on(tmp_path):
    assert exact(crs(tmp_path, ADULT, "temperature,1,,38.0,degC", NORMAL)) == (1,)
    assert exact(crs(tmp_path, ADULT, "temperature,1,,37.9,degC", NORMAL)) == (0,)


def test_low_pressure_without_treatment_is_astct_2_lee_1(tmp_path):
    assert exact(crs(tmp_path, ADULT, FEVER, LOW, scales=("astct", "lee", "penn"))) == (2, 1, 2)


def test_the_limit_of_pressure_is_below_90(tmp_path):
    assert exact(crs(tmp_path, ADULT, FEVER, "sbp,1,,90,mmHg")) == (1,)
    assert exact(crs(tmp_path, ADULT, FEVER, "sbp,1,,89,mmHg")) == (2,)
    rules = GradingRules(sbp_below=100)
    assert exact(crs(tmp_path, ADULT, FEVER, "sbp,1,,95,mmHg", rules=rules)) == (2,)


def test_fluids_are_lee_2_and_penn_3(tmp_path):
    person = crs(tmp_path, *BASE, "fluid_bolus,1,2,500,mL", scales=("astct", "lee", "penn"))
    assert exact(person) == (2, 2, 3)


def test_fluid_for_another_reason_does_not_count(tmp_path):
    assert exact(crs(tmp_path, *BASE, "fluid_bolus,1,2,500,mL,,other")) == (1,)


@pytest.mark.parametrize(("dose", "grades"), [("low", (3, 2, 3)), ("high", (3, 3, 4))])
def test_one_vasopressor(tmp_path, dose, grades):
    person = crs(tmp_path, *BASE, f"norepinephrine,1,2,{dose}", scales=("astct", "lee", "penn"))
    assert exact(person) == grades


def test_without_a_confirmed_definition_a_rate_is_neither_low_nor_high(tmp_path):
    person = crs(tmp_path, *BASE, "norepinephrine,1,2,5,ug/min", scales=("astct", "lee", "penn"))
    assert bounds(person) == {"astct": (3, 3), "lee": (2, 3), "penn": (3, 4)}
    assert "no confirmed source" in person.reasons("lee", 0)


@pytest.mark.parametrize(
    ("row", "after", "lee", "penn"),
    [
        ("norepinephrine,1,2,19.9,ug/min", 0.5, 2, 3),
        ("norepinephrine,1,2,20,ug/min", 0.5, 3, 4),
        ("norepinephrine,1,2,20,ug/min", 0.1, 2, 3),  # not yet for three hours
        ("norepinephrine,1,2,0.25,ug/kg/min", 0.5, 3, 4),  # 80 kg: 20 ug/min
        ("norepinephrine,1,2,0.24,ug/kg/min", 0.5, 2, 3),
        ("epinephrine,1,2,10,ug/min", 0.5, 3, 4),
        ("phenylephrine,1,2,200,ug/min", 0.5, 3, 4),
        ("dopamine,1,2,10,ug/kg/min", 0.5, 3, 4),
        ("dopamine,1,2,9.9,ug/kg/min", 0.5, 2, 3),
    ],
)
def test_high_dose_by_the_unconfirmed_definition(tmp_path, row, after, lee, penn):
    scales = ("lee_unconfirmed", "penn_unconfirmed")
    person = crs(tmp_path, *BASE, "weight,,,80,kg", row, scales=scales)
    assert exact(person, 1 + after) == (lee, penn)


def test_high_dose_counts_hours_over_rows_that_join(tmp_path):
    rows = ("norepinephrine,1,1.1,25,ug/min", "norepinephrine,1.1,2,30,ug/min")
    person = crs(tmp_path, *BASE, *rows, scales=("lee_unconfirmed",))
    assert [exact(person, t)[0] for t in (1.05, 1.12, 1.13)] == [2, 2, 3]


def test_a_rate_per_kilogram_needs_the_weight(tmp_path):
    row = "norepinephrine,1,2,0.25,ug/kg/min"
    person = crs(tmp_path, *BASE, row, scales=("lee_unconfirmed",))
    assert bounds(person, 1.5) == {"lee_unconfirmed": (2, 3)}
    assert "weight" in person.reasons("lee_unconfirmed", 0)


def test_a_missing_rate_is_neither_low_nor_high(tmp_path):
    scales = ("astct", "lee_unconfirmed")
    person = crs(tmp_path, *BASE, "norepinephrine,1,2,", scales=scales)
    assert bounds(person) == {"astct": (3, 3), "lee_unconfirmed": (2, 3)}
    assert "rate of norepinephrine in row 5 is missing" in person.reasons("lee_unconfirmed", 0)


def test_vasopressin_is_not_a_second_vasopressor(tmp_path):
    rows = ("norepinephrine,1,2,low", "vasopressin,1,2,0.03,U/min")
    assert exact(crs(tmp_path, *BASE, *rows)) == (3,)
    assert exact(crs(tmp_path, *BASE, rows[1])) == (3,)
    assert exact(crs(tmp_path, *BASE, rows[0], "epinephrine,1,2,low")) == (4,)


def test_a_rate_of_zero_is_a_stopped_vasopressor(tmp_path):
    person = crs(tmp_path, *BASE, "norepinephrine,1,,low", "norepinephrine,1.5,,0")
    assert [exact(person, t)[0] for t in (1.2, 1.5)] == [3, 1]


@pytest.mark.parametrize(
    ("row", "astct", "penn"),
    [
        ("nasal_cannula,1,2,6,L/min", 2, 3),
        ("nasal_cannula,1,2,6.5,L/min", 3, 3),
        ("high_flow_cannula,1,2,40,L/min", 3, 3),
        ("high_flow_cannula,1,2", 3, 3),
        ("blow_by,1,2", 2, 3),
        ("face_mask,1,2", 3, 3),
        ("venturi_mask,1,2", 3, 3),
        ("non_rebreather,1,2", 3, 3),
        ("cpap,1,2,,,,hypoxia", 4, 3),
        ("bipap,1,2,,,,hypoxia", 4, 3),
        ("ventilator,1,2", 4, 4),
        ("room_air,1,2", 1, 1),
        ("nasal_cannula,1,2,0", 1, 1),
    ],
)
def test_oxygen_devices(tmp_path, row, astct, penn):
    assert exact(crs(tmp_path, *BASE, row, scales=("astct", "penn"))) == (astct, penn)


def test_the_flow_of_a_cannula_decides_and_must_be_known(tmp_path):
    person = crs(tmp_path, *BASE, "nasal_cannula,1,2")
    assert bounds(person) == {"astct": (2, 3)}
    assert "flow" in person.reasons("astct", 0)


@pytest.mark.parametrize(("fio2", "lee"), [(39, 2), (40, 3)])
def test_lee_divides_at_40_per_cent(tmp_path, fio2, lee):
    rows = ("nasal_cannula,1,2,4,L/min", f"fio2,1,,{fio2},%")
    assert exact(crs(tmp_path, *BASE, *rows, scales=("lee",))) == (lee,)


def test_without_a_fraction_lee_is_an_interval(tmp_path):
    person = crs(tmp_path, *BASE, "nasal_cannula,1,2,4,L/min", scales=("astct", "lee"))
    assert bounds(person) == {"astct": (2, 2), "lee": (2, 3)}


@pytest.mark.parametrize("device", ["cpap", "bipap"])
def test_home_cpap_for_sleep_apnoea_is_not_hypoxia(tmp_path, device):
    assert exact(crs(tmp_path, *BASE, f"{device},1,2,,,,sleep apnoea")) == (1,)


def test_cpap_without_its_indication_is_an_interval(tmp_path):
    person = crs(tmp_path, *BASE, "cpap,1,2")
    assert bounds(person) == {"astct": (1, 4)}
    assert "indication of cpap" in person.reasons("astct", 0)


def test_the_worse_axis_decides(tmp_path):
    rows = ("norepinephrine,1,2,low", "nasal_cannula,1,2,2,L/min")
    assert exact(crs(tmp_path, *BASE, *rows)) == (3,)


def test_organ_toxicity_does_not_change_astct(tmp_path):
    rows = ("creatinine,1,,,,,,,4", "alt,1,,,,,,,4", "organ,1,,,,cardiac,,,4")
    assert exact(crs(tmp_path, *BASE, *rows, scales=("astct", "mskcc"))) == (1, 1)


@pytest.mark.parametrize(
    ("row", "lee", "penn"),
    [
        ("creatinine,1,,,,,,,1", 1, 1),
        ("creatinine,1,,,,,,,2", 2, 2),
        ("creatinine,1,,,,,,,3", 3, 3),
        ("alt,1,,,,,,,2", 2, 1),
        ("alt,1,,,,,,,3", 3, 2),
        ("ast,1,,,,,,,4", 3, 3),  # transaminitis of grade 4 is not Lee 4
        ("organ,1,,,,cardiac,,,2", 2, 1),
        ("organ,1,,,,cardiac,,,3", 3, 1),
        ("organ,1,,,,cardiac,,,4", 4, 1),
        ("blood_product,1,,1,,ffp", 1, 3),
        ("blood_product,1,,1,,cryoprecipitate", 1, 3),
        ("blood_product,1,,1,,fibrinogen_concentrate", 1, 3),
        ("blood_product,1,,1,,platelets", 1, 1),
        ("iv_therapy,1,2,yes", 1, 2),
        ("hospitalised,1,2,yes", 1, 2),
    ],
)
def test_what_lee_and_penn_count_besides(tmp_path, row, lee, penn):
    assert exact(crs(tmp_path, *BASE, row, scales=("lee", "penn"))) == (lee, penn)


def test_a_laboratory_value_without_its_ctcae_grade_is_not_graded_here(tmp_path):
    person = crs(tmp_path, *BASE, "creatinine,1,,9,mg/dL", scales=("lee",))
    assert bounds(person) == {"lee": (1, 4)}
    assert "no CTCAE grade" in person.reasons("lee", 0)


@pytest.mark.parametrize(
    ("rows", "time", "low", "high"),
    [
        ((), 1.0, 1, 1),
        (("nasal_cannula,1,2,2,L/min", FIO2_LOW), 1.0, 2, 2),
        (("face_mask,1,2", FIO2_HIGH), 1.0, 3, 3),
        (("ventilator,1,2",), 1.0, 4, 4),
        (("norepinephrine,1,3,low",), 1.9, 2, 2),
        (("norepinephrine,1,3,low",), 2.0, 3, 3),  # for 24 hours
        (("norepinephrine,1,1.5,low", "epinephrine,1.5,3,low"), 2.0, 3, 3),
        (("norepinephrine,1,1.5,low", "epinephrine,1.6,3,low"), 2.0, 2, 2),  # with a gap
        (("norepinephrine,1,3,high",), 1.0, 2, 4),  # refractory is not recorded
        (("fluid_bolus,1,2,500,mL",), 1.0, 1, 2),  # not in the text
    ],
)
def test_mskcc(tmp_path, rows, time, low, high):
    fever = "temperature,2,,38.5,degC"
    person = crs(tmp_path, *BASE, fever, "sbp,2,,120,mmHg", *rows, scales=("mskcc",))
    assert at(person, "mskcc", time) == (low, high)


@pytest.mark.parametrize(
    ("rows", "low", "high"),
    [
        ((), 1, 1),
        (("fluid_bolus,1,2,500,mL",), 2, 2),
        (("nasal_cannula,1,2,2,L/min", FIO2_LOW), 2, 2),
        (("norepinephrine,1,2,low",), 3, 3),
        (("face_mask,1,2", FIO2_HIGH), 3, 3),
        (("norepinephrine,1,2,low", "epinephrine,1,2,low"), 3, 4),
    ],
)
def test_ctcae_is_unconfirmed(tmp_path, rows, low, high):
    person = crs(tmp_path, *BASE, *rows, scales=("ctcae5_unconfirmed",))
    assert at(person, "ctcae5_unconfirmed", 1.0) == (low, high)


def test_death_is_grade_5_if_the_syndrome_is_its_cause(tmp_path):
    for cause, expected in (("crs", (5, 5)), ("infection", (1, 1)), ("", (1, 5))):
        assert bounds(crs(tmp_path, *BASE, f"death,1,,,,,,{cause}")) == {"astct": expected}


# fever and its waiver

AFTER = ("temperature,1.5,,37.0,degC", "sbp,1.5,,80,mmHg")


@pytest.mark.parametrize("drug", WAIVERS)
def test_fever_is_waived_after_a_treatment(tmp_path, drug):
    assert exact(crs(tmp_path, *BASE, *AFTER), 1.5) == (0,)
    assert exact(crs(tmp_path, *BASE, *AFTER, f"{drug},1.2,,,"), 1.5) == (2,)


def test_fever_is_not_waived_without_an_earlier_fever(tmp_path):
    rows = (ADULT, NO_FEVER, NORMAL, "antipyretic,1.2", *AFTER)
    assert exact(crs(tmp_path, *rows), 1.5) == (0,)


def test_a_treatment_within_24_h_before_the_first_reading_waives_and_is_flagged(tmp_path):
    rows = (ADULT, NO_FEVER, LOW)
    person = crs(tmp_path, *rows, "antipyretic,0.2")
    assert exact(person) == (2,)
    assert person.certain.unseen.any()
    assert "not seen" in person.axes["waiver"][0].text
    assert "not seen" in summarize(person, "astct").flag
    assert exact(crs(tmp_path, *rows, "antipyretic,-0.2")) == (0,)  # more than 24 h before


def test_a_premedication_after_the_first_reading_waives_nothing(tmp_path):
    rows = ("antipyretic,-0.02", "temperature,0.5,,37,degC", "sbp,0.5,,80,mmHg")
    person = crs(tmp_path, ADULT, "temperature,-0.1,,36.8,degC", *rows)
    assert exact(person, 0.5) == (0,)
    assert not person.certain.unseen.any()
    assert exact(crs(tmp_path, ADULT, *rows), 0.5) == (2,)  # without that reading


def test_the_waiver_ends_at_resolution_and_a_new_fever_is_a_second_episode(tmp_path):
    well = [f"temperature,{d},,37.0,degC" for d in (2, 3, 5, 7)]
    fine = [f"sbp,{d},,120,mmHg" for d in (2, 3, 6, 7)]
    rows = (
        *BASE, "antipyretic,1.2", *well[:2], *fine[:2], "temperature,4,,38.4,degC",
        "sbp,4,,120,mmHg", well[2], "sbp,5,,80,mmHg",
    )  # fmt: skip
    person = crs(tmp_path, *rows)
    assert [exact(person, d)[0] for d in (1, 2, 4, 5)] == [1, 0, 1, 0]
    assert person.certain.count().tolist() == [2]
    again = crs(tmp_path, *rows, "tocilizumab,4.5")
    assert exact(again, 5) == (2,)


def test_what_has_another_cause_does_not_count(tmp_path):
    fever = "temperature,1,,39,degC,,,infection"
    assert exact(crs(tmp_path, ADULT, fever, LOW)) == (0,)
    assert exact(crs(tmp_path, ADULT, FEVER, "sbp,1,,80,mmHg,,,other")) == (1,)
    assert exact(crs(tmp_path, *BASE, "ventilator,1,2,,,,,icans")) == (1,)
    assert exact(crs(tmp_path, *BASE, "norepinephrine,1,2,low,,,,infection")) == (1,)


def test_an_unknown_cause_is_an_interval(tmp_path):
    assert bounds(crs(tmp_path, ADULT, "temperature,1,,39,degC,,,unknown", NORMAL)) == {
        "astct": (0, 1)
    }
    person = crs(tmp_path, *BASE, "ventilator,1,2,,,,,unknown")
    assert bounds(person) == {"astct": (1, 4)}
    assert "unknown attribution" in person.reasons("astct", 0)


# age and pressure


def test_a_child_needs_a_limit_of_its_own(tmp_path):
    child = ("age,,,4,year", FEVER)
    person = crs(tmp_path, *child, LOW)
    assert bounds(person) == {"astct": (1, 2)}
    assert "children" in person.reasons("astct", 0)
    assert exact(crs(tmp_path, *child, LOW, "sbp_limit,,,78,mmHg")) == (1,)
    assert exact(crs(tmp_path, *child, "sbp,1,,77,mmHg", "sbp_limit,,,78,mmHg")) == (2,)
    assert exact(crs(tmp_path, *child, LOW, "hypotension,1,,yes")) == (2,)


def test_without_an_age_the_limit_of_adults_is_not_used_unless_all_are_adults(tmp_path):
    assert bounds(crs(tmp_path, FEVER, LOW)) == {"astct": (1, 2)}
    assert exact(crs(tmp_path, FEVER, LOW, rules=GradingRules(adults=True))) == (2,)


def test_a_mean_pressure_alone_decides_nothing(tmp_path):
    person = crs(tmp_path, ADULT, FEVER, "map,1,,50,mmHg")
    assert bounds(person) == {"astct": (1, 2)}
    assert "mean pressure" in person.reasons("astct", 0)


# what is missing


@pytest.mark.parametrize(
    ("declared", "high", "word"),
    [
        (("fluid_bolus", "oxygen", "treatment"), 4, "vasopressors are not recorded"),
        (("fluid_bolus", "vasopressor", "treatment"), 4, "oxygen is not recorded"),
        (("vasopressor", "oxygen", "treatment"), 2, "fluids are not recorded"),
        (("fluid_bolus", "vasopressor", "oxygen", "treatment"), 1, ""),
    ],
)
def test_what_is_not_recorded_opens_the_grade(tmp_path, declared, high, word):
    person = crs(tmp_path, *BASE, recorded=declared)
    assert bounds(person) == {"astct": (1, high)}
    assert word in person.reasons("astct", 0)


def test_without_treatments_in_the_record_the_waiver_is_open(tmp_path):
    declared = ("fluid_bolus", "vasopressor", "oxygen")
    person = crs(tmp_path, *BASE, *AFTER, recorded=declared)
    assert bounds(person, 1.5) == {"astct": (0, 2)}
    assert "antipyretic" in person.reasons("astct", len(person.times) - 1)


def test_a_reading_holds_until_the_next_and_not_for_ever(tmp_path):
    person = crs(tmp_path, *BASE, "oxygen,3,4,2,L/min,nasal_cannula")
    assert at(person, "astct", 2.1) == (1, 1)
    assert at(person, "astct", 2.5) == (0, 2)
    assert "no temperature since day 1" in person.reasons("astct", 2)


def test_a_vasopressor_without_its_stop_may_still_run(tmp_path):
    rows = [f"temperature,{d},,38.5,degC" for d in (2, 3)]
    rows += [f"sbp,{d},,120,mmHg" for d in (2, 3)]
    person = crs(tmp_path, *BASE, *rows, "norepinephrine,1,,low")
    assert at(person, "astct", 1.5) == (3, 3)
    assert at(person, "astct", 2.5) == (1, 3)
    assert "row 9 is missing" in person.reasons("astct", len(person.times) - 1)


def test_laboratory_values_of_days_without_signs_are_not_graded(tmp_path):
    later = ("alt,30,,20,U/L,,,,0", "creatinine,30,,1,mg/dL,,,,0")
    whole, before = crs(tmp_path, *BASE, *later), crs(tmp_path, *BASE)
    assert whole.times[-1] == before.times[-1] == 1.0
    assert bounds(whole) == bounds(before) == {"astct": (1, 1)}
