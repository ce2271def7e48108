"""A monitoring record from a study: what is written, what is left out, and that it is graded."""

import numpy as np
import pytest

from livingdrug.clinical.grading.crs import grade_crs
from livingdrug.clinical.monitoring.read import read_monitoring
from livingdrug.clinical.monitoring.study_record import study_record
from livingdrug.core.errors import DataError
from livingdrug.data.interventions import DAY_UNKNOWN, NOT_GIVEN, Intervention
from livingdrug.data.persons import PersonVariable
from livingdrug.data.study import Observation, build_study


def fever(name, *days):
    return [
        Observation(float(day), "body_temperature", 1.9 if day in days else -0.2, "delta_degC",
                    subject=name)
        for day in range(6)
    ]  # fmt: skip


def drug(name, subject, **more):
    kinds = {"tocilizumab": "cytokine blockade", "dexamethasone": "corticosteroid",
             "steroid": "corticosteroid", "paracetamol": "antipyretic",
             "antipyretic": "antipyretic", "ivig": "immunoglobulin"}  # fmt: skip
    return Intervention(name, kinds[name], subject, **more)


@pytest.fixture
def ward(tmp_path):
    def read(observations, interventions=(), persons=(), subjects=(), **more):
        study = build_study("ward", observations, interventions=interventions, persons=persons,
                            subjects=subjects)  # fmt: skip
        record = study_record(study, **more)
        (tmp_path / "record.csv").write_text(record.text, "utf-8")
        return record, read_monitoring(tmp_path / "record.csv", recorded=record.recorded)

    return read


def test_values_drugs_and_ages_are_written(ward):
    record, found = ward(
        [*fever("A", 1, 2), Observation(1.0, "ferritin_serum", 900.0, "ug/L", subject="A"),
         Observation(2.0, "fibrinogen_plasma", 1.5, "g/L", subject="A")],
        [drug("tocilizumab", "A", start=2.5, amount=8.0, unit="mg/kg"),
         drug("dexamethasone", "A", start=2.6, amount=10.0, unit="mg")],
        [PersonVariable("age", "number", (12.0,), "covariate", "year")], ["A"],
    )  # fmt: skip
    entries = {(one.item, one.start): one for one in found.people["A"]}
    assert entries["temperature", 1.0].value == pytest.approx(38.9)
    assert entries["ferritin", 1.0].value == 900.0
    assert entries["fibrinogen", 2.0].value == pytest.approx(150.0)
    assert entries["tocilizumab", 2.5].value == 8.0
    assert entries["steroid", 2.6].detail == "dexamethasone"
    assert [one.value for one in found.people["A"] if one.item == "age"] == [12.0]
    assert record.notes == ()


def test_the_day_of_a_drug_decides_whether_low_pressure_without_fever_counts(ward):
    """After tocilizumab fever is no longer needed (Lee 2019), without it low pressure is no CRS."""
    others = [drug(name, "A", status=NOT_GIVEN) for name in ("antipyretic", "steroid")]
    persons = [PersonVariable("age", "number", (60.0,), "covariate", "year")]
    pressure = [Observation(day, "sbp", 80.0 if day == 2.0 else 120.0, "mmHg", subject="A")
                for day in (0.0, 1.0, 2.0, 3.0, 4.0, 5.0)]  # fmt: skip
    grades = {}
    for name, given in {
        "tocilizumab": drug("tocilizumab", "A", start=1.5),
        "none": drug("tocilizumab", "A", status=NOT_GIVEN),
    }.items():
        _, found = ward([*fever("A", 1), *pressure], [given, *others], persons, ["A"])
        (graded,) = grade_crs(found).people
        on = int(np.searchsorted(graded.times, 2.0, side="right")) - 1
        grades[name] = graded.grades["astct"][:, on].tolist()
    assert grades["tocilizumab"][0] >= 2
    assert grades["none"] == [0, 0]


def test_a_drug_on_an_unknown_day_is_not_written_and_said(ward):
    record, found = ward(fever("A", 1), [drug("tocilizumab", "A", status=DAY_UNKNOWN)])
    (note,) = record.notes
    assert "given on an unknown day, and not written, to A" in note.message
    assert "tocilizumab" not in {one.item for one in found.people["A"]}
    assert "treatment" not in record.recorded


def test_what_is_stated_for_everybody_counts_as_recorded(ward):
    names = ("antipyretic", "tocilizumab", "steroid")
    everybody = [drug(name, who, status=NOT_GIVEN) for name in names for who in "AB"]
    rows = [*fever("A", 1), *fever("B", 2)]
    assert "treatment" in ward(rows, everybody)[0].recorded
    assert "treatment" not in ward(rows, everybody[:-1])[0].recorded  # one person is not stated


def test_values_outside_limits_and_unwanted_terms_are_left_out(ward):
    rows = [*fever("A", 1),
            Observation(1.0, "ferritin_serum", np.nan, "ug/L", subject="A", uloq=1e5, alq=True),
            Observation(1.0, "crp_serum", 30.0, "mg/L", subject="A")]  # fmt: skip
    record, found = ward(rows, leave_out=["crp_serum"])
    assert {one.item for one in found.people["A"]} == {"temperature"}
    assert "1 values below or above a limit" in record.notes[0].message


def test_a_study_without_such_values_is_refused():
    study = build_study("mice", [Observation(1.0, "tumor_signal", 3.0, "1", subject="M")])
    with pytest.raises(DataError, match="no individual value that a monitoring record can hold"):
        study_record(study)
