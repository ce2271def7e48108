"""Reading a record: both forms, units, times, and every kind of bad input."""

from __future__ import annotations

import math

import pytest

from livingdrug.clinical.monitoring.example import example_ward
from livingdrug.clinical.monitoring.intervals import PersonRecord
from livingdrug.clinical.monitoring.read import read_monitoring
from livingdrug.core.errors import DataError, OptionError

HEAD = "subject,item,start,stop,value,unit,detail,indication,method,attribution,ctcae\n"


def read(tmp_path, text, **options):
    path = tmp_path / "ward.csv"
    path.write_text(text, encoding="utf-8")
    return read_monitoring(path, **options)


def rows(tmp_path, *lines, **options):
    """A long table; cells at the end of a row may be left out."""
    wide = HEAD.count(",")
    text = HEAD + "".join(line + "," * (wide - line.count(",")) + "\n" for line in lines)
    return read(tmp_path, text, **options)


def only(ward):
    assert not ward.left_out, ward.left_out
    ((_, entries),) = ward.people.items()
    return entries


def problem(ward, subject="P"):
    (issue,) = ward.left_out[subject]
    return str(issue)


def test_a_row_in_all_its_parts(tmp_path):
    (entry,) = only(
        rows(tmp_path, "P,cpap,1,2.5,8,L/min,,sleep apnoea,,unknown"),
    )
    assert (entry.item, entry.detail, entry.start, entry.stop) == ("oxygen", "cpap", 1.0, 2.5)
    assert (entry.value, entry.indication, entry.attribution) == (8.0, "sleep_apnoea", "unknown")
    assert entry.row == 2


@pytest.mark.parametrize(
    ("row", "value"),
    [
        ("creatinine,1,,88.4,umol/L", 1.0),
        ("creatinine,1,,1.2,mg/dL", 1.2),
        ("crp,1,,3,mg/dL", 30.0),
        ("ferritin,1,,650,ng/mL", 650.0),
        ("platelets,1,,75,10^9/L", 75e3),
        ("anc,1,,1.2,G/L", 1200.0),
        ("fibrinogen,1,,1.5,g/L", 150.0),
        ("ldh,1,,250,IU/L", 250.0),
        ("fio2,1,,0.4,1", 40.0),
        ("fio2,1,,40,%", 40.0),
        ("temperature,1,,38.5,°C", 38.5),
        ("sbp,1,,16,kPa", pytest.approx(120.01, abs=0.01)),
        ("age,,,30,month", 2.5),
        ("norepinephrine,1,,0.1,mg/min", pytest.approx(100.0)),
    ],
)
def test_units(tmp_path, row, value):
    (entry,) = only(rows(tmp_path, f"P,{row}"))
    assert entry.value == value


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("temperature,1,,101.3,degC", ("Fahrenheit", "38.5 degC", "row 2, column value")),
        ("temperature,1,,101.3,degF", ("Fahrenheit", "38.5 degC")),
        ("temperature,1,,38.6,K", ("degC", "column unit")),
        ("temperature,1,,50,degC", ("impossible", "25 to 45")),
        ("temperature,1,,38.6,", ("unit of temperature is missing",)),
        ("temperature,1,,,degC", ("value of temperature is missing",)),
        ("temperature,1,,38.6C,degC", ("'38.6C'", "without its unit")),
        ("temperature,,,38.6,degC", ("start is missing",)),
        ("temperature,soon,,38.6,degC", ("'soon'", "column start")),
        ("temperature,2,1,38.6,degC", ("stop 1 is not later than start 2",)),
        ("sbp,1,,1200,mmHg", ("impossible", "20 to 300")),
        ("sbp,1,,-5,mmHg", ("impossible",)),
        ("sbp,1,,120,furlong", ("column unit", "kept in mmHg")),
        ("creatinine,1,,2,mg/dL,,,,,7", ("7 is not a CTCAE grade", "0 to 5")),
        ("creatinine,1,,2,mg/dL,,,,,1.5", ("1.5 is not a CTCAE grade",)),
        ("organ,1,,,,cardiac", ("without its CTCAE grade",)),
        ("ice,1,,11", ("impossible", "0 to 10")),
        ("ice,1,,7.5", ("whole numbers",)),
        ("ice_naming,1,,4", ("0 to 3",)),
        ("capd,1,,33", ("0 to 32",)),
        ("icans_recorded,1,,6", ("0 to 5",)),
        ("consciousness,1,,drowsy", ("'drowsy'",)),
        ("seizure,1,,", ("none, brief",)),
        ("norepinephrin,1,,5,ug/min", ("did you mean 'norepinephrine'",)),
        ("vasopressor,1,,5,ug/min,dobutamine", ("'dobutamine'", "other_pressor")),
        ("vasopressor,1,,5,ug/min", ("without its detail",)),
        ("norepinephrine,1,,5,ug/min,epinephrine", ("'epinephrine' given",)),
        ("oxygen,1,,2,L/min,canula", ("'canula'", "did you mean")),
        ("nasal_cannula,1,,2,%", ("column unit",)),
        ("temperature,1,,38.6,degC,,,,maybe", ("'maybe'", "infection")),
        ("temperature,1,,38.6,degC,,,ear", ("'ear'", "tympanic")),
        ("cpap,1,,,,,snoring", ("'snoring'", "sleep_apnoea")),
        ("age,,,150,year", ("impossible",)),
    ],
)
def test_bad_rows_leave_out_the_person_and_say_why(tmp_path, row, words):
    ward = rows(tmp_path, f"P,{row}", "Q,temperature,1,,37,degC")
    text = problem(ward)
    assert "ward.csv, row 2" in text
    for word in words:
        assert word in text
    assert list(ward.people) == ["Q"]


def test_duplicates_overlaps_and_a_second_infusion(tmp_path):
    ward = rows(
        tmp_path,
        "A,temperature,1,,37,degC",
        "A,temperature,1,,37,degC",
        "B,nasal_cannula,1,3,2,L/min",
        "B,cpap,2,4,,,,hypoxia",
        "C,norepinephrine,1,3,5,ug/min",
        "C,norepinephrine,2,4,6,ug/min",
        "D,infusion,0",
        "D,infusion,3",
        "E,age,,,5,year",
        "E,age,,,6,year",
    )
    assert "also in row 2" in problem(ward, "A")
    assert "cpap starts before nasal_cannula of row 4 stops" in problem(ward, "B")
    assert "overlap" in problem(ward, "C")
    assert "second infusion" in problem(ward, "D")
    assert "another in row 10" in problem(ward, "E")


def test_two_agents_may_run_at_once(tmp_path):
    ward = rows(tmp_path, "P,norepinephrine,1,3,5,ug/min", "P,epinephrine,2,4,5,ug/min")
    assert len(only(ward)) == 2


def test_a_missing_baseline_of_capd_is_a_warning(tmp_path):
    ward = rows(tmp_path, "P,capd,1,,5")
    assert "capd_baseline" in str(ward.warnings[0])
    assert "P" in ward.people


def test_a_row_without_a_subject_stops_the_reading(tmp_path):
    with pytest.raises(DataError, match="row 2, column subject"):
        rows(tmp_path, ",temperature,1,,37,degC")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", ("empty",)),
        ("subject,item\nP,sbp\n", ("column 'start' is missing",)),
        ("subject;item;start;value;unit\n", ("no rows",)),
        ("subject,item,start,value,uint\nP,sbp,1,120,mmHg\n", ("'uint'", "did you mean 'unit'")),
        ("subject,item,start,start\nP,sbp,1,1\n", ("appears twice",)),
        ("subject item start\nP sbp 1\n", ("separate columns",)),
        ("subject,start,temprature [degC]\nP,1,37\n", ("did you mean 'temperature'",)),
        ("subject,item,start [furlong]\nP,death,1\n", ("unit of time",)),
        ("subject,item,start [hour],stop [day]\nP,death,1,\n", ("different units",)),
    ],
)
def test_bad_files(tmp_path, text, words):
    with pytest.raises(DataError) as error:
        read(tmp_path, text)
    for word in words:
        assert word in str(error.value)


def test_a_decimal_comma_is_not_guessed(tmp_path):
    text = "subject;item;start;value;unit\nP;temperature;1;38,6;degC\n"
    assert "decimal point" in problem(read(tmp_path, text))


def test_a_missing_file(tmp_path):
    with pytest.raises(DataError, match="does not exist"):
        read_monitoring(tmp_path / "no.csv")


# times


def test_hours_in_the_header(tmp_path):
    text = "subject,item,start [hour],stop [hour],value,unit\nP,temperature,36,,37,degC\n"
    assert only(read(tmp_path, text))[0].start == 1.5


DATES = "subject,item,start,value,unit\nP,infusion,{},,\nP,temperature,{},38,degC\n"


def test_dates_are_counted_from_the_infusion(tmp_path):
    text = DATES.format("2024-03-01T12:00", "2024-03-03T00:00")
    assert only(read(tmp_path, text))[1].start == 1.5


def test_time_zones_are_taken_into_account(tmp_path):
    text = DATES.format("2024-03-01T12:00+02:00", "2024-03-01T12:00+00:00")
    assert only(read(tmp_path, text))[1].start == pytest.approx(2 / 24)


@pytest.mark.parametrize(
    ("first", "second"),
    [("2024-03-01T12:00", "2024-03-02T12:00+01:00"), ("2024-03-01T12:00", "2")],
)
def test_times_in_several_ways_are_refused(tmp_path, first, second):
    with pytest.raises(DataError, match=r"row 3, column start: times are written in several ways"):
        read(tmp_path, DATES.format(first, second))


def test_dates_without_an_infusion_leave_the_person_out(tmp_path):
    text = "subject,item,start,value,unit\nP,temperature,2024-03-01T12:00,38,degC\n"
    assert "no infusion" in problem(read(tmp_path, text))


def test_an_infusion_moves_day_0_of_numbers_too(tmp_path):
    ward = rows(tmp_path, "P,infusion,2", "P,temperature,5,,37,degC")
    assert [e.start for e in only(ward)] == [0.0, 3.0]


# the wide form


def test_the_wide_form_is_the_long_form(tmp_path):
    wide = (
        "subject,time [hour],temperature [degC],sbp [mmHg],norepinephrine [ug/min],"
        "nasal_cannula [L/min],tocilizumab,attribution\n"
        "P,24,38.5,,5,2,yes,crs\nP,36,37,120,0,,no,\n"
    )
    long = [
        "P,temperature,1,,38.5,degC,,,,crs", "P,norepinephrine,1,,5,ug/min,,,,crs",
        "P,nasal_cannula,1,,2,L/min,,,,crs", "P,tocilizumab,1,,yes,,,,,crs",
        "P,temperature,1.5,,37,degC", "P,sbp,1.5,,120,mmHg", "P,norepinephrine,1.5,,0,ug/min",
    ]  # fmt: skip

    def plain(entries):
        return [(e.item, e.detail, e.start, e.value, e.attribution) for e in entries]

    assert plain(only(read(tmp_path, wide))) == plain(only(rows(tmp_path, *long)))


def test_a_treatment_of_0_was_not_given_and_is_recorded(tmp_path):
    text = "subject,start,antipyretic,tocilizumab,steroid,sbp [mmHg]\nP,1,0,no,0,120\n"
    ward = read(tmp_path, text)
    assert [e.item for e in only(ward)] == ["sbp"]
    assert "treatment" in ward.recorded


def test_unused_devices_of_a_wide_table_are_no_second_device(tmp_path):
    text = (
        "subject,start,nasal_cannula [L/min],high_flow_cannula [L/min],ventilator\n"
        "P,1,0,0,no\nP,2,2,0,0\nP,3,0,40,no\nP,4,0,0,yes\nP,5,0,0,1\nP,6,0,0,0\n"
    )
    found = [(e.start, e.detail) for e in only(read(tmp_path, text)) if e.value != 0]
    assert found == [
        (2.0, "nasal_cannula"),
        (3.0, "high_flow_cannula"),
        (4.0, "ventilator"),
        (5.0, "ventilator"),
    ]
    assert len(only(read(tmp_path, text))) == 6


def test_two_devices_at_one_time_are_refused(tmp_path):
    ward = rows(tmp_path, "P,nasal_cannula,1,,2,L/min", "P,face_mask,1,,6,L/min")
    assert "also in row 2" in problem(ward)


# what is recorded


def test_what_has_a_row_is_recorded_for_everybody(tmp_path):
    ward = rows(tmp_path, "P,norepinephrine,1,2,5,ug/min", "Q,temperature,1,,37,degC")
    assert ward.recorded == {"vasopressor"}


def test_antipyretics_alone_do_not_show_that_steroids_are_recorded(tmp_path):
    lines = ["P,antipyretic,1", "P,tocilizumab,1"]
    assert "treatment" not in rows(tmp_path, *lines).recorded
    assert "treatment" in rows(tmp_path, *lines, "P,steroid,1").recorded


def test_a_laboratory_value_without_a_grade_records_no_toxicity(tmp_path):
    assert "creatinine" not in rows(tmp_path, "P,creatinine,1,,1,mg/dL").recorded
    assert "creatinine" in rows(tmp_path, "P,creatinine,1,,1,mg/dL,,,,,0").recorded


def test_declared_groups(tmp_path):
    line = "P,temperature,1,,37,degC"
    assert rows(tmp_path, line, recorded=["oxygen"]).recorded == {"oxygen"}
    assert len(rows(tmp_path, line, recorded=["all"]).recorded) == 16
    with pytest.raises(OptionError, match="did you mean 'oxygen'"):
        rows(tmp_path, line, recorded=["oxigen"])


def test_ignored_items_and_columns(tmp_path):
    ward = rows(tmp_path, "P,temperature,1,,37,degC", "P,heart_rate,1,,90", ignore=["heart_rate"])
    assert len(only(ward)) == 1
    text = "subject,start,temperature [degC],heart_rate\nP,1,37,90\n"
    assert len(only(read(tmp_path, text, ignore=["heart_rate"]))) == 1


# what holds at a time


def test_a_row_holds_until_its_stop_the_next_row_or_too_long(tmp_path):
    person = PersonRecord(
        only(
            rows(
                tmp_path,
                "P,sbp,1,,120,mmHg", "P,sbp,1.5,,110,mmHg", "P,sbp,4,4.5,100,mmHg",
                "P,norepinephrine,1,2,5,ug/min", "P,epinephrine,1,,5,ug/min",
                "P,seizure,1,,brief",
            )
        ),
        frozenset(),
        hold=1.0,
    )  # fmt: skip
    states = {t: person.at(t, "sbp").state for t in (0.5, 1, 1.5, 2.4, 2.5, 4, 4.5)}
    assert list(states.values()) == ["never", "on", "on", "on", "lapsed", "on", "lapsed"]
    assert person.at(1.4, "sbp").row().value == 120
    assert person.at(2.0, "vasopressor", "norepinephrine").state == "off"
    assert person.at(2.0, "vasopressor", "epinephrine").state == "lapsed"
    assert person.at(2.0, "seizure").state == "off"  # it does not go on
    assert math.isnan(person.fact("age"))


def test_the_example_is_synthetic_and_the_same_for_a_seed(tmp_path):
    text = example_ward(7, seed=5)
    assert text == example_ward(7, seed=5) != example_ward(7, seed=6)
    ward = read(tmp_path, text)
    assert not ward.left_out
    assert not ward.warnings
    assert len(ward.people) == 7
    assert all(name.startswith("SYNTHETIC") for name in ward.people)
    for n in (0, 501):
        with pytest.raises(OptionError, match="1 to 500"):
            example_ward(n)


def test_the_start_of_lymphodepletion_has_a_day_in_both_forms(tmp_path):
    ward = rows(tmp_path, "P,lymphodepletion,-5", "P,infusion,1", "P,ldh,-4,,300,U/L")
    (start,) = [e.start for e in ward.people["P"] if e.item == "lymphodepletion"]
    assert start == -6.0  # from the infusion
    path = tmp_path / "wide.csv"
    path.write_text("subject,time,ldh [U/L],lymphodepletion\nP,-5,300,yes\n", encoding="utf-8")
    found = {e.item: e.start for e in read_monitoring(path).people["P"]}
    assert found == {"ldh": -5.0, "lymphodepletion": -5.0}
    twice = rows(tmp_path, "P,lymphodepletion,-5", "P,lymphodepletion,-3")
    assert "a second start" in str(twice.left_out["P"][0])


def test_columns_may_be_called_otherwise(tmp_path):
    path = tmp_path / "labs.csv"
    text = "ID,Analyte,Time [hour],result,unit\nP,LDH,24,300,U/L\n"
    path.write_text(text, encoding="utf-8")
    columns = {"subject": "ID", "item": "Analyte", "start": "Time", "value": "result"}
    (entry,) = read_monitoring(path, columns=columns).people["P"]
    assert (entry.item, entry.start, entry.value) == ("ldh", 1.0, 300.0)
    with pytest.raises(DataError, match="no column 'visit', which stands for 'start'"):
        read_monitoring(path, columns={"start": "visit"})
