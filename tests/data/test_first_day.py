"""Day 0 and day 1: declared, converted, never guessed; of folders and of tables in our columns."""

import pytest

from livingdrug.core.errors import DataError
from livingdrug.data.interventions import study_interventions
from livingdrug.data.persons import study_person
from livingdrug.data.readers.table import read_study
from livingdrug.data.views import study_doses

HEADER = """id = "s"
organism = "human"
{day_one}
[[dose]]
name = "car_t"
time = {dose}
amount = 1e6
unit = "cell"
[[person]]
name = "death"
type = "day"
[[person]]
name = "age"
type = "number"
"""


@pytest.fixture
def folder(tmp_path):
    def make(day_one, *, dose=1, times=(-1, 1, 8.5)):
        header = HEADER.format(day_one=f"day_one = {day_one}" if day_one else "", dose=dose)
        rows = "".join(f"{time},car_t_blood,5,cell/uL,P1\n" for time in times)
        files = {
            "study.toml": header,
            "observations.csv": "time,term,value,unit,subject\n" + rows,
            "interventions.csv": "subject,name,start,stop\nP1,car_t,1,\nP1,dexamethasone,3,5\n",
            "people.csv": "subject,death,age\nP1,29,60\nP2,,1\n",
        }
        for name, text in files.items():
            (tmp_path / name).write_text(text, encoding="utf-8")
        return tmp_path

    return make


def days(study):
    given = [(one.start, one.stop) for one in study_interventions(study)]
    return study["obs_time"].values.tolist(), given, study_doses(study)[0].time


def test_study_days_are_converted_everywhere(folder):
    study = read_study(folder("true"))
    times, given, dose = days(study)
    assert times == [-1.0, 0.0, 7.5]
    assert given[0][0] == 0.0
    assert given[1] == (2.0, 4.0)
    assert dose == 0.0
    assert study_person(study, "death")["P1"] == 28.0
    assert study_person(study, "age") == {"P1": 60.0, "P2": 1.0}  # no day


def test_days_since_the_infusion_stay(folder):
    times, given, dose = days(read_study(folder("false")))
    assert times == [-1.0, 1.0, 8.5]
    assert (given[0][0], dose) == (1.0, 1.0)


def test_what_is_not_declared_is_asked_for(folder):
    with pytest.raises(DataError, match=r"study.toml, day_one: the first engineered cells .*day 1"):
        read_study(folder(""))
    # a time of 0 shows that days count from the infusion
    assert days(read_study(folder("", times=(0, 1, 8))))[0] == [0.0, 1.0, 8.0]


def test_what_is_no_study_day_is_named_with_row_and_column(folder):
    with pytest.raises(DataError) as caught:
        read_study(folder("true", dose=0, times=(0.5, 1)))
    found = str(caught.value)
    assert "observations.csv, row 2, column time: 0.5 is no study day" in found
    assert "study.toml, dose 1, time: 0 is no study day" in found
    with pytest.raises(DataError, match=r"day_one: 'yes' is not true or false"):
        read_study(folder('"yes"'))


def test_study_days_in_hours(folder):
    path = folder("true", times=(-24, 24, 36))
    table = path / "observations.csv"
    table.write_text(table.read_text("utf-8").replace("time,", "time [hour],"), encoding="utf-8")
    assert days(read_study(path))[0] == [-1.0, 0.0, 0.5]


def test_a_column_of_study_days_says_so_by_its_name(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("Study_Day,term,value,unit\n-1,a,2,1\n1,a,3,1\n15,a,3,1\n", encoding="utf-8")
    assert read_study(path)["obs_time"].values.tolist() == [-1.0, 0.0, 14.0]
    path.write_text("Study_Day,term,value,unit\n0,a,2,1\n", encoding="utf-8")
    with pytest.raises(DataError, match=r"row 2, column Study_Day: 0 is no study day.*'time'"):
        read_study(path)
