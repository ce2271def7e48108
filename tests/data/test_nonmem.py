"""Reading NONMEM-type tables: record order decides the side of an observation."""

import math
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from livingdrug.core.censoring import censoring_codes, upper_limits
from livingdrug.core.errors import CapabilityError, DataError, UnitError
from livingdrug.core.schema import SIDES, check_study
from livingdrug.data.interventions import study_interventions
from livingdrug.data.readers.nonmem import read_nonmem
from livingdrug.data.readers.table import StudyTableWarning

OPTIONS = {"term": "car_t_blood", "unit": "cell/uL", "dose_names": "car_t"}


@pytest.fixture
def read(tmp_path):
    def call(text, **options):
        path = tmp_path / "events.csv"
        path.write_text(text, encoding="utf-8")
        return read_nonmem(path, **{**OPTIONS, **options})

    return call


def test_record_order_decides_the_side(read):
    table = read(
        "ID,TIME,AMT,EVID,DV\n"
        "1,0,0,0,1\n"  # before the dose of its time
        "1,0,1e6,1,.\n"
        "1,0,0,0,2\n"  # after it
        "1,7,0,0,3\n"  # no dose at that time
        "2,0,2e6,1,.\n"
        "2,7,0,0,4\n"
        "2,7,1e6,1,.\n"
    )
    assert table.subjects == ("1", "2")
    assert table.record_side.tolist() == ["left", "right", "right", "left"]
    assert table.record_subject.tolist() == ["1", "1", "1", "2"]
    assert table.record_value.tolist() == [1.0, 2.0, 3.0, 4.0]
    assert table.dose_subject.tolist() == ["1", "2", "2"]
    assert table.dose_amount.tolist() == [1e6, 2e6, 1e6]
    assert table.dose_name.tolist() == ["car_t"] * 3
    assert table.dose_unit.tolist() == ["cell"] * 3


def test_the_dose_of_another_subject_does_not_count(read):
    table = read("ID,TIME,AMT,DV\n1,0,1,.\n2,0,0,5\n")
    assert table.record_side.tolist() == ["right"]


def test_without_evid_an_amount_makes_a_dose(read):
    table = read("ID,TIME,AMT,DV\n1,0,1e6,.\n1,1,.,5\n1,2,0,6\n")
    assert table.dose_time.tolist() == [0.0]
    assert table.record_time.tolist() == [1.0, 2.0]


def test_infusions_and_time_units(read):
    text = "ID;TIME;AMT;RATE;DUR;DV\n1;0;100;50;.;.\n1;24;100;.;6;.\n1;30;100;0;0;.\n1;48;.;.;.;3\n"
    table = read(text, time_unit="hour", dose_unit="mg")
    assert table.dose_duration.tolist() == [2 / 24, 0.25, 0.0]  # 100 mg at 50 mg/h last 2 h
    assert table.dose_time.tolist() == [0.0, 1.0, 1.25]
    assert table.record_time.tolist() == [2.0]


def test_additional_doses_are_written_out_in_time(read):
    table = read("ID,TIME,AMT,ADDL,II,DV\n1,0,10,2,5,.\n1,3,7,0,0,.\n1,4,.,.,.,1\n2,0,3,0,0,.\n")
    assert table.dose_subject.tolist() == ["1", "1", "1", "1", "2"]
    assert table.dose_time.tolist() == [0.0, 3.0, 5.0, 10.0, 0.0]
    assert table.dose_amount.tolist() == [10.0, 7.0, 10.0, 10.0, 3.0]


def test_doses_of_one_time_keep_their_order(read):
    text = "ID,TIME,AMT,DOSE,DV\n1,0,5,second,.\n1,0,3,first,.\n"
    assert read(text).dose_name.tolist() == ["second", "first"]


def test_dose_names_by_compartment(read):
    text = "ID,TIME,AMT,CMT,DV\n1,0,5,2,.\n1,1,3,1,.\n1,2,.,4,1\n"
    table = read(text, dose_names={"1": "tocilizumab", "2": "car_t"})
    assert table.dose_name.tolist() == ["car_t", "tocilizumab"]


def test_censoring_and_missing_values(read):
    table = read(
        "ID,TIME,DV,MDV,CENS,LIMIT\n1,0,2.5,0,1,0.1\n1,1,.,1,0,.\n1,2,4,0,0,9\n1,3,2.5,0,1,.\n"
    )
    np.testing.assert_array_equal(table.record_value, [math.nan, math.nan, 4.0, math.nan])
    assert table.record_cens.tolist() == [1, 0, 0, 1]
    np.testing.assert_array_equal(table.record_lloq, [2.5, math.nan, math.nan, 2.5])
    np.testing.assert_array_equal(table.record_limit, [0.1, math.nan, math.nan, math.nan])
    study = table.study
    assert check_study(study) == []
    assert study.obs_time.values.tolist() == [0.0, 2.0, 3.0]  # MDV 1 is no observation
    np.testing.assert_array_equal(study.obs_value.values, [math.nan, 4.0, math.nan])
    assert study.obs_blq.values.tolist() == [True, False, True]
    np.testing.assert_array_equal(study.obs_lloq.values, [2.5, math.nan, 2.5])


def test_a_value_above_the_upper_limit_and_the_doses_are_kept_in_the_study(read):
    table = read(
        "ID,TIME,DV,CENS,LIMIT,AMT,EVID,DUR,DOSE\n1,0,.,.,.,50,1,2,car_t\n"
        "1,1,400,-1,5000,.,0,.,\n1,2,9,0,.,.,0,.,\n"
    )
    assert table.record_cens.tolist() == [-1, 0]
    np.testing.assert_array_equal(table.record_value, [math.nan, 9.0])
    np.testing.assert_array_equal(table.record_uloq, [400.0, math.nan])
    np.testing.assert_array_equal(table.record_limit, [5000.0, math.nan])
    assert check_study(table.study) == []
    assert censoring_codes(table.study).tolist() == [-1, 0]
    np.testing.assert_array_equal(upper_limits(table.study), [400.0, math.nan])
    (dose,) = study_interventions(table.study)
    assert (dose.name, dose.kind, dose.subject, dose.amount) == (
        "car_t", "engineered cells", "1", 50.0,
    )  # fmt: skip
    assert (dose.start, dose.stop, dose.unit) == (0.0, 2.0, "cell")


REFUSED = [
    ("ID,TIME,DV\n1,8:30,5\n", "row 2, column TIME: the clock time '8:30'"),
    ("C,ID,TIME,DV\nC,1,0,5\n", "row 2, column C: rows commented out"),
    ("ID,TIME,DV,DATE\n1,0,5,2020-01-01\n", "row 2, column DATE: calendar dates"),
    ("ID,TIME,AMT,ALAG1,DV\n1,0,5,0.1,.\n", "row 2, column ALAG1: a lag of the table"),
    ("ID,TIME,AMT,F1,DV\n1,0,5,0.5,.\n", "row 2, column F1: a bioavailability of the table"),
    (
        "ID,TIME,AMT,ADDL,II,DV\n1,0,5,3,0.1,.\n1,0.3,.,.,.,1\n",  # 3 * 0.1 is not 0.3 in floats
        "row 3, column TIME: an observation at the time of a dose implied by ADDL",
    ),
    (
        "ID,TIME,AMT,DV\n1,0,5,.\n1,0,.,1\n1,0,5,.\n",
        "row 3, column TIME: an observation between two doses of the same time",
    ),
]


@pytest.mark.parametrize(("text", "words"), REFUSED)
def test_what_is_not_handled_is_refused_by_name(read, text, words):
    with pytest.raises(CapabilityError) as caught:
        read(text)
    (issue,) = caught.value.issues
    assert words in str(issue)
    assert "events.csv" in str(issue)


@pytest.mark.parametrize("value", ["0", "0.0", ".", ""])
def test_unused_columns_are_no_reason_to_refuse(read, value):
    text = f"ID,TIME,AMT,SS,RATE,ADDL,II,DV\n1,0,5,{value},0,0,0,.\n1,1,.,{value},.,.,.,2\n"
    assert read(text).dose_amount.tolist() == [5.0]


def test_columns_that_are_not_read_are_named(read):
    with pytest.warns(StudyTableWarning, match="unknown column 'WT' is not read"):
        table = read("ID,TIME,DV,WT\n1,0,5,70\n")
    assert table.record_value.tolist() == [5.0]


WRONG = [
    ("ID,TIME,DV\n1,0,x\n", "column DV: 'x' is not a finite number"),
    ("ID,TIME,DV\n1,0,.\n", "column DV: the value is missing ('.') (or set MDV to 1)"),
    ("ID,TIME,DV\n1,0,-2\n", "column DV: -2 is negative"),
    ("ID,TIME,DV\n,0,2\n", "column ID: the subject is missing"),
    ("ID,TIME,DV\n1,.,2\n", "column TIME: the time is missing"),
    ("ID,TIME,DV\n1,1,2\n1,0,2\n", "row 3, column TIME: time 0 comes after 1 in row 2"),
    ("ID,TIME,DV\n1,1,2\n2,0,2\n1,3,2\n", "row 4, column ID: subject '1' appears in two"),
    ("ID,TIME,AMT,DV\n1,0,-5,.\n", "column AMT: the amount -5 is negative"),
    ("ID,TIME,AMT,EVID,DV\n1,0,5,0,1\n", "column AMT: an observation row with an amount"),
    ("ID,TIME,AMT,EVID,DV\n1,0,0,1,.\n", "column AMT: a dose row without an amount"),
    ("ID,TIME,AMT,EVID,DV\n1,0,5,7,.\n", "column EVID: 7 is not an event type"),
    ("ID,TIME,AMT,EVID,DV\n1,0,5,1.5,.\n", "column EVID: '1.5' is not a whole number"),
    ("ID,TIME,AMT,RATE,DUR,DV\n1,0,5,1,1,.\n", "column DUR: RATE and DUR are both given"),
    ("ID,TIME,AMT,DUR,DV\n1,0,5,-1,.\n", "column DUR: the duration -1 is negative"),
    ("ID,TIME,AMT,ADDL,DV\n1,0,5,2,.\n", "column II: ADDL is 2 and II is 0"),
    ("ID,TIME,AMT,ADDL,II,DV\n1,0,5,-2,1,.\n", "column ADDL: '-2' is not a whole number"),
    ("ID,TIME,DV,MDV\n1,0,5,2\n", "column MDV: '2' is not allowed"),
    ("ID,TIME,DV,CENS\n1,0,0,1\n", "column DV: CENS is 1 and DV is 0"),
    ("ID,TIME,DV,CENS,LIMIT\n1,0,2,1,3\n", "column LIMIT: 3 is not below DV 2"),
    ("ID,TIME,DV,CENS,LIMIT\n1,0,2,-1,1\n", "column LIMIT: 1 is not above DV 2"),
    ("ID,TIME,DV,CENS\n1,0,2,-2\n", "column CENS: '-2' is not allowed"),
    ("ID,TIME,DV,CMT\n1,0,5,1\n1,1,5,2\n", "row 3, column CMT: more than one observed CMT"),
    ("ID,TIME,DV,DVID\n1,0,5,1\n1,1,5,2\n", "row 3, column DVID: more than one observed DVID"),
    ("ID,TIME,AMT,CMT,DV\n1,0,5,1,.\n1,1,5,2,.\n", "row 3, column CMT: more than one dosed CMT"),
    ("ID,TIME,AMT,RATE,DV\n1,0,5,-3,.\n", "column RATE: -3 is not allowed"),
    ("ID,TIME,AMT,RATE,DUR,DV\n1,0,5,-2,1,.\n", "column DUR: RATE is -2 and DUR is given"),
    ("ID,TIME,AMT,SS,II,DV\n1,0,5,3,1,.\n", "column SS: 3 is not allowed"),
    ("ID,TIME,AMT,SS,DV\n1,0,5,1,.\n", "column II: SS is 1 and II is 0"),
    ("ID,TIME,AMT,EVID,DV\n1,0,5,3,.\n", "column AMT: a row with EVID 3 with an amount"),
    ("ID,TIME,AMT,DV\n1,1,5,.\n1,2,.,3\n", "row 2, column TIME: the first dose of a person is at"),
    ("ID,TIME\n1,0\n", "column 'DV' is missing"),
    ("ID TIME DV\n1 0 5\n", "row 1: the columns are separated by blanks"),
    ("ID,TIME,AMT,RATE,DV\n1,0,5,.,.\n1,1,.,10,3\n", "row 3, column RATE: 10 in a row that is no"),
    ("ID,TIME,AMT,ADDL,II,DV\n1,0,5,1e9,1,.\n", "column ADDL: 1,000,000,000 additional doses"),
    ("id,time,amt,dv\n1,0,5,.\n1,x,.,3\n", "row 3, column time: 'x' is not a finite number"),
    ("ID,TIME,AMT,ADM,Y\n1,0,5,1,.\n1,1,.,1,x\n", "row 3, column Y: 'x' is not a finite number"),
    ("", "the file is empty"),
]


@pytest.mark.parametrize(("text", "words"), WRONG)
def test_wrong_tables_name_row_and_column(read, text, words):
    with pytest.raises(DataError) as caught:
        read(text)
    assert words in str(caught.value)
    assert "events.csv" in str(caught.value)


def test_problems_of_one_row_do_not_hide_each_other(read):
    with pytest.raises(DataError) as caught:
        read("ID,TIME,AMT,RATE,ADDL,DV,CENS\n1,x,-5,-7,2,.,.\n1,1,.,.,.,y,3\n")
    places = [issue.where.split(", ", 1)[1] for issue in caught.value.issues]
    assert sorted(places) == [
        "row 2, column AMT", "row 2, column II", "row 2, column RATE", "row 2, column TIME",
        "row 3, column CENS", "row 3, column DV",
    ]  # fmt: skip


def test_a_dose_that_is_written_twice_is_named(read):
    with pytest.warns(StudyTableWarning, match="row 3, column AMT: the dose of row 2 again"):
        table = read("ID,TIME,AMT,DV\n1,0,5,.\n1,0,5,.\n")
    assert table.dose_amount.tolist() == [5.0, 5.0]


def test_names_of_monolix(read):
    table = read(
        "ID,TIME,AMT,TINF,ADM,Y,YTYPE,CENS,LIMIT\n1,0,5,0.5,2,.,.,.,.\n1,1,.,.,.,0.2,1,1,0.1\n"
        "1,2,.,.,.,40,2,0,.\n",
        dose_names={"2": "car_t"}, term={"1": "a", "2": "b"}, unit={"1": "1", "2": "1"},
    )  # fmt: skip
    assert table.dose_duration.tolist() == [0.5]
    assert table.record_observed.tolist() == ["1", "2"]
    np.testing.assert_array_equal(table.record_limit, [0.1, math.nan])
    # with a column DV, Y is a column like any other
    with pytest.warns(StudyTableWarning, match="unknown column 'Y' is not read"):
        assert read("ID,TIME,DV,Y\n1,0,5,7\n").record_value.tolist() == [5.0]


def test_all_problems_at_once_are_a_data_error(read):
    with pytest.raises(DataError) as caught:
        read("ID,TIME,AMT,EVID,DV\n1,0,5,5,.\n1,x,.,0,y\n")
    assert len(caught.value.issues) == 3


def test_a_compartment_without_a_name(read):
    with pytest.raises(DataError, match="no dose name for compartment '3'"):
        read("ID,TIME,AMT,CMT,DV\n1,0,5,3,.\n", dose_names={"1": "car_t"})


@pytest.mark.parametrize("name", ["unit", "dose_unit", "time_unit"])
def test_units_are_checked_before_the_file(name):
    with pytest.raises(UnitError, match="cels"):
        read_nonmem("nowhere.csv", **{**OPTIONS, name: "cels"})


@st.composite
def event_tables(draw):
    rows = []
    for subject in range(draw(st.integers(1, 3))):
        time = 0.0
        for _ in range(draw(st.integers(1, 8))):
            time += draw(st.sampled_from([0.0, 0.0, 0.5, 1.25]))
            rows.append((str(subject), time, draw(st.booleans()), draw(st.floats(0.1, 1e9))))
    return rows


@given(event_tables())
@settings(max_examples=150, deadline=None)
@pytest.mark.filterwarnings("ignore::livingdrug.data.readers.table.StudyTableWarning")
def test_any_table_keeps_its_numbers_and_its_order(rows):
    lines = ["ID,TIME,AMT,EVID,DV"]
    for subject, time, is_dose, number in rows:
        cells = (number, 1, ".") if is_dose else (".", 0, number)
        lines.append(",".join(map(str, (subject, time, *cells))))
    between = False
    expected = []
    for position, (subject, time, is_dose, number) in enumerate(rows):
        if is_dose:
            continue
        doses = [i for i, row in enumerate(rows) if row[2] and row[:2] == (subject, time)]
        before = sum(i < position for i in doses)
        between |= 0 < before < len(doses)
        expected.append((subject, time, number, "left" if doses and not before else "right"))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "events.csv"
        path.write_text("\n".join(lines), encoding="utf-8")
        if between:
            with pytest.raises(CapabilityError, match="between two doses"):
                read_nonmem(path, **OPTIONS, day_one=False)
            return
        table = read_nonmem(path, **OPTIONS, day_one=False)
    columns = (table.record_subject, table.record_time, table.record_value, table.record_side)
    found = list(zip(*(column.tolist() for column in columns), strict=True))
    assert found == expected
    assert set(table.record_side.tolist()) <= set(SIDES)
    doses = [(subject, time, number) for subject, time, is_dose, number in rows if is_dose]
    columns = (table.dose_subject, table.dose_time, table.dose_amount)
    assert list(zip(*(column.tolist() for column in columns), strict=True)) == doses
