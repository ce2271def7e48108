"""People and interventions of a study folder: what is read, and every fault by row and column."""

import numpy as np
import pytest

from livingdrug.core.censoring import censoring_codes, upper_limits
from livingdrug.core.errors import DataError
from livingdrug.core.schema import check_study
from livingdrug.data.interventions import study_interventions
from livingdrug.data.persons import study_person
from livingdrug.data.readers.table import read_study

HEADER = """
id = "own"
organism = "human"
[[person]]
name = "response"
type = "category"
levels = ["PD", "CR"]
[[person]]
name = "crs_grade_max"
type = "grade"
levels = [0, 1, 2, 3, 4, 5]
[[person]]
name = "treated"
type = "flag"
role = "covariate"
[[person]]
name = "progression"
type = "day"
"""
FILES = {
    "study.toml": HEADER,
    "observations.csv": "time,term,value,unit,subject,uloq,alq\n0,il6_serum,,pg/mL,A,400,true\n"
    "1,il6_serum,12,pg/mL,B,400,false\n",
    "people.csv": "subject,response,crs_grade_max,treated,progression\nA,CR,2,yes,\nB,,,no,30\n",
    "interventions.csv": "subject,name,status,start,amount,unit,count\n"
    "A,tocilizumab,,4,8,mg/kg,\nB,tocilizumab,not given,,,,\nA,dexamethasone,,,,,3\n",
}


@pytest.fixture
def study(tmp_path):
    def read(**changed):
        for name, text in FILES.items():
            (tmp_path / name).write_text(changed.get(name.split(".")[0], text), encoding="utf-8")
        return read_study(tmp_path)

    return read


def test_people_interventions_and_upper_limits_are_read(study):
    ds = study()
    assert check_study(ds) == []
    assert censoring_codes(ds).tolist() == [-1, 0]
    np.testing.assert_array_equal(upper_limits(ds), [400.0, 400.0])
    assert np.isnan(ds.obs_value.values[0])
    assert study_person(ds, "response") == {"A": "CR", "B": ""}
    assert ds.crs_grade_max.attrs["role"] == "outcome"
    np.testing.assert_array_equal(ds.treated.values, [1.0, 0.0])
    np.testing.assert_array_equal(ds.progression.values, [np.nan, 30.0])
    given = [(one.name, one.kind, one.subject, one.status) for one in study_interventions(ds)]
    assert given == [
        ("tocilizumab", "cytokine blockade", "A", "given"),
        ("tocilizumab", "cytokine blockade", "B", "not given"),
        ("dexamethasone", "corticosteroid", "A", "given, day unknown"),
    ]
    assert study_interventions(ds)[2].count == 3


FAULTS = [
    ("people", "subject,response,crs_grade_max,treated,progression\n"
     "A,RC,7,maybe,soon\nA,CR,1,1,2\n",
     ["row 2, column response: 'RC' is no level", "row 2, column crs_grade_max: 7 is outside",
      "row 2, column treated: 'maybe' is not allowed", "row 2, column progression: 'soon'",
      "row 3, column subject: 'A' is also in row 2"]),
    ("people", "subject,response,treated,progression\nA,CR,1,2\n",
     ["column 'crs_grade_max' is missing"]),
    ("interventions", "subject,name,kind,status,start,stop,amount\nA,leeches,,,1,,\n"
     "A,tocilizumab,,gven,1,,\nA,tocilizumab,,given,,,\nA,tocilizumab,,,4,2,\n"
     "A,tocilizumab,,not given,,,8\nA,tocilizumab,cytokine blokade,,1,,\n",
     ["row 2, column kind: 'leeches' is not a usual name",
      "row 3, column status: unknown status 'gven'", "row 4, column start: given, and no day",
      "row 5, column stop: 2 is before start 4", "row 6, column status: an amount",
      "did you mean 'cytokine blockade'"]),
    ("interventions", "subject,name,start\nA,tocilizumab,1\nA,tocilizumab,1\n",
     ["row 3, column name: equal to row 2"]),
    ("observations", "time,term,value,unit,subject,uloq,alq,cens\n0,il6_serum,,pg/mL,A,,true,\n"
     "0,il6_serum,,pg/mL,B,400,,2\n1,il6_serum,900,pg/mL,B,400,false,-1\n",
     ["row 2", "row 3, column cens: '2' is not allowed", "row 4, column cens: -1 contradicts alq"]),
    ("study", HEADER.replace('"category"', '"categry"'), ["did you mean 'category'"]),
    ("study", HEADER.replace('levels = ["PD", "CR"]', ""), ["a category needs texts as levels"]),
]  # fmt: skip


@pytest.mark.parametrize(("part", "text", "words"), FAULTS)
def test_every_fault_is_named_at_once(study, part, text, words):
    with pytest.raises(DataError) as caught:
        study(**{part: text})
    for word in words:
        assert word in str(caught.value)


SPOILED = [
    ("sex", lambda ds: ds.response.attrs.update(type="word"), "attribute type"),
    ("level", lambda ds: ds.response.values.__setitem__(0, "XX"), "allowed are 'PD', 'CR'"),
    ("grade", lambda ds: ds.crs_grade_max.values.__setitem__(0, 9), "between 0 and 5"),
    ("flag", lambda ds: ds.treated.values.__setitem__(0, 0.5), "must be 0, 1 or NaN"),
    ("status", lambda ds: ds.iv_start.values.__setitem__(0, np.nan), "NaN for what was given"),
    ("refused", lambda ds: ds.iv_start.values.__setitem__(1, 3.0), "says that there is none"),
    ("both", lambda ds: ds.obs_blq.values.__setitem__(0, True), "a value is one of them"),
    ("limit", lambda ds: ds.obs_uloq.values.__setitem__(0, np.nan), "give the limit"),
]


@pytest.mark.parametrize(("spoil", "words"), [one[1:] for one in SPOILED])
def test_the_schema_names_what_breaks_it(study, spoil, words):
    ds = study().copy(deep=True)
    spoil(ds)
    assert any(words in str(issue) for issue in check_study(ds))
