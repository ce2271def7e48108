"""Interventions and people of a study folder: what is read, and what is refused with its row."""

import math

import pytest

from livingdrug.core.errors import DataError, UnknownNameError
from livingdrug.data.interventions import study_interventions
from livingdrug.data.persons import person_texts, study_person, study_persons
from livingdrug.data.readers.columns import ColumnRule
from livingdrug.data.readers.person_columns import person_columns
from livingdrug.data.readers.table import check_study_table, read_study

OBSERVATIONS = "time,term,value,unit,subject\n0,il6_serum,3,pg/mL,A\n1,il6_serum,9,pg/mL,B\n"
HEADER = 'id = "mine"\norganism = "human"\n'
PERSONS = """
[[person]]
name = "response"
type = "category"
levels = ["PD", "SD", "PR", "CR"]

[[person]]
name = "crs_grade_max"
type = "grade"
levels = [0, 1, 2, 3, 4]

[[person]]
name = "crs"
type = "flag"

[[person]]
name = "age"
type = "number"
unit = "year"
role = "covariate"
"""


@pytest.fixture
def folder(tmp_path):
    def write(interventions="", people="", header=HEADER):
        (tmp_path / "study.toml").write_text(header, "utf-8")
        (tmp_path / "observations.csv").write_text(OBSERVATIONS, "utf-8")
        for name, text in (("interventions.csv", interventions), ("people.csv", people)):
            if text:
                (tmp_path / name).write_text(text, "utf-8")
        return tmp_path

    return write


def test_interventions_are_typed(folder):
    study = read_study(
        folder(
            "subject,name,kind,status,start,stop,amount,unit,count\n"
            "A,tocilizumab,,,2.5,,8,mg/kg,1\n"
            "A,dexamethasone,,,3,5,10,mg,\n"
            "B,steroid,,,,,,,2\n"
            "B,tocilizumab,,not given,,,,,\n"
            ",fludarabine,,planned,-5,,30,mg/m2,\n"
            "B,plasma exchange,procedure,,4,,,,\n"
        )
    )
    found = study_interventions(study)
    assert [(one.name, one.kind, one.subject, one.status) for one in found] == [
        ("tocilizumab", "cytokine blockade", "A", "given"),
        ("dexamethasone", "corticosteroid", "A", "given"),
        ("steroid", "corticosteroid", "B", "given, day unknown"),
        ("tocilizumab", "cytokine blockade", "B", "not given"),
        ("fludarabine", "lymphodepletion", "", "planned"),
        ("plasma exchange", "procedure", "B", "given"),
    ]
    assert (found[0].start, found[0].amount, found[0].unit, found[0].count) == (2.5, 8, "mg/kg", 1)
    assert (found[1].start, found[1].stop) == (3.0, 5.0)
    assert math.isnan(found[2].start)
    assert found[2].count == 2
    assert [one.name for one in study_interventions(study, subject="A")] == [
        "tocilizumab", "dexamethasone",
    ]  # fmt: skip
    assert len(study_interventions(study, "tocilizumab")) == 2
    with pytest.raises(UnknownNameError, match="did you mean 'tocilizumab'"):
        study_interventions(study, "tocilizumb")


def test_times_are_in_the_unit_of_the_header(folder):
    study = read_study(folder("subject,name,start,stop\nA,steroid,24,48\n",
                              header=HEADER + 'time_unit = "hour"\n'))  # fmt: skip
    (one,) = study_interventions(study)
    assert (one.start, one.stop) == (1.0, 2.0)


BAD = [
    ("A,tocilizumb,,,2,,,,", "row 2, column kind: 'tocilizumb' is not a usual name"),
    ("A,tocilizumb,,,2,,,,", "did you mean 'tocilizumab'"),
    ("A,,,,2,,,,", "column name: the name is missing"),
    ("A,steroid,corticosteroids,,2,,,,", "did you mean 'corticosteroid'"),
    ("A,steroid,,maybe,2,,,,", "column status: unknown status 'maybe'"),
    ("A,steroid,,given,,,,,", "column start: given, and no day"),
    ("A,steroid,,not given,2,,,,", "a day beside the status 'not given'"),
    ("A,steroid,,not given,,,10,mg,", "an amount or a count of what was not given"),
    ("A,steroid,,,3,2,,,", "column stop: 2 is before start 3"),
    ("A,steroid,,,,2,,,", "column stop: given without start"),
    ("A,steroid,,,2,,10,,", "column unit: the unit is missing"),
    ("A,steroid,,,2,,10,mgs,", "column unit: 'mgs' is not a unit"),
    ("A,steroid,,,2,,-10,mg,", "column amount: -10 is negative"),
    ("A,steroid,,,soon,,,,", "column start: 'soon' is not a finite number"),
    ("A,steroid,,,2,,,,1.5", "column count: '1.5' is not a whole number"),
    ("A,steroid,,,2,,,,\nA,steroid,,,2,,,,", "row 3, column name: equal to row 2"),
]


@pytest.mark.parametrize(("row", "words"), BAD)
def test_a_bad_row_is_refused(folder, row, words):
    head = "subject,name,kind,status,start,stop,amount,unit,count\n"
    issues = check_study_table(folder(head + row + "\n"))
    assert any(words in str(issue) for issue in issues), [str(issue) for issue in issues]


def test_people_are_typed(folder):
    study = read_study(
        folder(people="subject,response,crs_grade_max,crs,age\nA,CR,2,yes,61\nB,,,0,\n",
               header=HEADER + PERSONS)
    )  # fmt: skip
    kinds = {one.name: (one.type, one.role, one.unit) for one in study_persons(study)}
    assert kinds == {
        "response": ("category", "outcome", "1"),
        "crs_grade_max": ("grade", "outcome", "1"),
        "crs": ("flag", "outcome", "1"),
        "age": ("number", "covariate", "year"),
    }
    assert study_person(study, "response") == {"A": "CR", "B": ""}
    assert study_person(study, "crs") == {"A": 1.0, "B": 0.0}
    assert [person_texts(one) for one in study_persons(study)] == [
        ("CR", ""), ("2", ""), ("1", "0"), ("61", ""),
    ]  # fmt: skip
    assert [one.name for one in study_persons(study, "covariate")] == ["age"]
    with pytest.raises(UnknownNameError, match="did you mean 'response'"):
        study_person(study, "respons")


BAD_PEOPLE = [
    ("A,CRR,2,yes,61", "row 2, column response: 'CRR' is no level of response (did you mean 'CR'"),
    ("A,CR,5,yes,61", "column crs_grade_max: 5 is outside"),
    ("A,CR,2,often,61", "column crs: 'often' is not allowed"),
    ("A,CR,2,yes,old", "column age: 'old' is not a finite number"),
    (",CR,2,yes,61", "column subject: the subject is missing"),
    ("A,CR,2,yes,61\nA,CR,2,yes,61", "row 3, column subject: 'A' is also in row 2"),
]


@pytest.mark.parametrize(("rows", "words"), BAD_PEOPLE)
def test_a_bad_person_is_refused(folder, rows, words):
    head = "subject,response,crs_grade_max,crs,age\n"
    issues = check_study_table(folder(people=head + rows + "\n", header=HEADER + PERSONS))
    assert any(words in str(issue) for issue in issues), [str(issue) for issue in issues]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ('type = "grad"', "unknown type 'grad' (did you mean 'grade'"),
        ('type = "grade"', "a grade needs numbers as levels"),
        ('type = "category"', "a category needs texts as levels"),
        ('type = "flag"\nlevels = [0, 1]', "a flag has no levels"),
        ('type = "flag"\nrole = "result"', "unknown role 'result'"),
        ("", "person 1, type: the key is missing"),
        ('type = "flag"\nunits = "1"', "unknown key 'units' is not read"),
    ],
)
def test_a_bad_declaration_is_refused(folder, line, words):
    header = f'{HEADER}\n[[person]]\nname = "x"\n{line}\n'
    issues = check_study_table(folder(people="subject,x\nA,1\n", header=header))
    assert any(words in str(issue) for issue in issues), [str(issue) for issue in issues]


def test_a_column_that_is_not_declared_is_named(folder):
    issues = check_study_table(folder(people="subject,age\nA,61\n"))
    assert any("unknown column 'age' is not read" in str(issue) for issue in issues)
    assert any("[[person]]" in issue.fix for issue in issues)


def test_declared_people_without_a_file_are_refused(folder):
    issues = check_study_table(folder(header=HEADER + PERSONS))
    assert any("people.csv: the file is missing" in str(issue) for issue in issues)


def test_people_stand_for_a_table(folder):
    study = read_study(
        folder(people="subject,response,crs_grade_max,crs,age\nA,CR,2,yes,61\nB,PD,0,no,\n",
               header=HEADER + PERSONS)
    )  # fmt: skip
    rules = {"subject": ColumnRule("text"), "response": ColumnRule("text"),
             "crs": ColumnRule("code", codes={"yes": 1.0, "no": 0.0}), "other": ColumnRule(),
             "age": ColumnRule()}  # fmt: skip
    table = person_columns(study, rules, required=[])
    assert table.text["response"] == ("CR", "PD")
    assert table.numbers["crs"].tolist() == [1.0, 0.0]
    assert "other" not in table.numbers
    assert table.places == ("mine, A", "mine, B")
    with pytest.raises(DataError, match="mine, B, age: is not known"):
        person_columns(study, {"age": ColumnRule(needed=True)}, required=["age"])
    with pytest.raises(DataError, match="mine, A, age: 61 is not allowed"):
        person_columns(study, {"age": ColumnRule(high=60)}, required=["age"])
    with pytest.raises(DataError, match="response: is a category"):
        person_columns(study, {"response": ColumnRule()}, required=["response"])
    with pytest.raises(UnknownNameError, match="did you mean 'age'"):
        person_columns(study, {"ages": ColumnRule()}, required=["ages"])
