"""Reading study folders: the header, the readouts and the covariates beside the observations."""

import numpy as np
import pytest

from livingdrug.core.errors import DataError
from livingdrug.core.schema import check_study
from livingdrug.data.readers.table import StudyTableWarning, read_study
from livingdrug.data.views import study_doses, study_readouts, study_source


@pytest.fixture
def table(tmp_path):
    def write(text, name):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    return write


def problems(path):
    with pytest.raises(DataError) as caught:
        read_study(path)
    return [str(issue) for issue in caught.value.issues]


TOML = """
id = "demo"
organism = "mouse"
assay = "flow cytometry"
time_unit = "hour"
[source]
doi = "10.1/x"
authors = ["Doe, Jane", "Roe, Richard"]
year = 2020
title = "A title"
[[dose]]
name = "car_t"
time = 0
amount = 1e6
unit = "cell"
"""
OBSERVED = "time,term,value,unit\n24,t,1,cell\n"


def folder(table, **files):
    contents = {"study.toml": TOML, "observations.csv": OBSERVED}
    contents |= {name.replace("_csv", ".csv"): text for name, text in files.items()}
    for name, text in contents.items():
        path = table(text, f"demo/{name}").parent
    return path


def test_a_folder(table):
    path = folder(
        table,
        readouts_csv="endpoint,value,unit,statistic,confirmed,n,citation,doi\n"
        "cmax,5,cell,median of peaks,true,8,Doe 2020,10.1/x\n",
        covariates_csv="covariate,unit,probability,value,n\nage,year,0,1,9\nage,year,1,5,9\n",
        baseline_values_csv="covariate,unit,value\nweight,g,20\nweight,g,24\n",
    )
    study = read_study(path)
    assert check_study(study) == []
    assert study.obs_time.values.tolist() == [1.0]
    assert study.obs_assay.values.tolist() == ["flow cytometry"]
    assert study_source(study).authors == ("Doe, Jane", "Roe, Richard")
    assert study_doses(study)[0].amount == 1e6
    assert study_readouts(study)[0].citation == "Doe 2020, doi:10.1/x"
    np.testing.assert_array_equal(study.cov_value.values, [[1.0, 5.0], [20.0, 24.0]])
    np.testing.assert_array_equal(study.cov_values.values, [[np.nan, np.nan], [20.0, 24.0]])


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('id = "demo"', "", "study.toml, id: the key is missing"),
        ('id = "demo"', "id = 3", "study.toml, id: 3 is not text"),
        ('id = "demo"', "id = ", "not valid TOML"),
        ('time_unit = "hour"', 'time_unit = "cell"', "study.toml, time_unit: unit 'cell'"),
        ("year = 2020", 'year = "2020"', "source 1, year: '2020' is not a number"),
        ("year = 2020", "year = 2020.5", "source 1, year: 2020.5 is not a year"),
        ('["Doe, Jane", "Roe, Richard"]', "[]", "source 1, authors: there is no author"),
        ('["Doe, Jane", "Roe, Richard"]', "[1]", "authors: [1] is not a list of texts"),
        ("[source]", "[[source]]\n[[source]]", "keep one, name others in its note"),
        ("amount = 1e6", "amount = -1", "dose 1, amount: -1 is negative"),
        ("amount = 1e6", "amount = nan", "dose 1, amount: nan is not a finite number"),
        ("amount = 1e6", "amount = true", "dose 1, amount: True is not a number"),
        ('unit = "cell"', 'unit = "cels"', "dose 1, unit: 'cels' is not a unit"),
        ('unit = "cell"', 'unit = "cell"\ncap = 5', "cap and cap_unit belong together"),
    ],
)
def test_wrong_headers(table, old, new, words):
    assert old in TOML
    path = folder(table)
    (path / "study.toml").write_text(TOML.replace(old, new, 1), encoding="utf-8")
    assert words in "\n".join(problems(path))


def test_a_dose_must_be_a_table(table):
    path = folder(table)
    text = 'id = "demo"\norganism = "mouse"\ndose = [1]\n'
    (path / "study.toml").write_text(text, encoding="utf-8")
    assert "dose: 1 is not a table (write [[dose]])" in "\n".join(problems(path))


def test_unknown_keys_and_files_are_named(table):
    path = folder(table, extra_csv="a,b\n1,2\n")
    (path / "study.toml").write_text('licnce = "x"\n' + TOML, encoding="utf-8")
    with pytest.warns(StudyTableWarning) as caught:
        read_study(path)
    message = str(caught[0].message)
    assert "unknown key 'licnce' is not read (did you mean 'licence'?)" in message
    assert "extra.csv: the file is not read" in message


BAD_PARTS = [
    ("readouts", "endpoint,value,unit,statistic\ncmax,,cell,median\n", "value: the number is"),
    ("readouts", "endpoint,value,unit,statistic\n,1,cell,median\n", "endpoint: the cell is empty"),
    ("readouts", "endpoint,value,unit\ncmax,1,cell\n", "column 'statistic' is missing"),
    (
        "readouts",
        "endpoint,value,unit,statistic,lower\ncmax,1,cell,median,2\n",
        "column value: 1 is not between lower 2 and upper inf",
    ),
    (
        "readouts",
        "endpoint,value,unit,statistic,confirmed\ncmax,1,cell,median,yes\n",
        "citation: a confirmed number without a citation",
    ),
    ("covariates", "covariate,unit,probability,value\na,1,50,1\n", "50 is not in [0, 1]"),
    ("covariates", "covariate,unit,probability,value\na,1,0.5,\n", "value: the number is missing"),
    ("covariates", "covariate,unit,probability,value\na,1,1,1\na,1,0,0\n", "0 does not rise"),
    ("covariates", "covariate,unit,probability,value\na,1,0,2\na,1,1,1\n", "1 falls below 2"),
    ("covariates", "covariate,unit,probability,value\na,kg,0,2\na,g,1,3\n", "use one unit"),
    (
        "covariates",
        "covariate,unit,probability,value\na,1,0,2\nb,1,1,3\n",
        "covariate b: described at other probabilities than a",
    ),
    ("baseline_values", "covariate,unit,value\na,kg,x\n", "'x' is not a finite number"),
    ("baseline_values", "covariate,value\na,1\n", "column 'unit' is missing"),
]


@pytest.mark.parametrize(("name", "text", "words"), BAD_PARTS)
def test_wrong_parts_of_a_folder(table, name, text, words):
    path = folder(table, **{f"{name}_csv": text})
    message = "\n".join(problems(path))
    assert words in message
    assert str(path) in message


def test_problems_of_all_files_come_together(table):
    path = folder(
        table,
        observations_csv="time,term,value,unit\n0,t,x,cell\n",
        readouts_csv="endpoint,value,unit,statistic\ncmax,x,cell,median\n",
    )
    (path / "study.toml").write_text(TOML.replace("1e6", "-1"), encoding="utf-8")
    message = "\n".join(problems(path))
    for name in ("study.toml", "observations.csv", "readouts.csv"):
        assert f"{path}/{name}" in message


@pytest.mark.parametrize("named", [True, False])
def test_a_negative_value_is_read_only_of_a_term_that_may_have_one(table, named):
    signed = 'signed = ["cell_index"]\n' if named else ""
    table(f'id = "demo"\norganism = "in vitro"\n{signed}', "demo/study.toml")
    path = table("time,term,value,unit\n0,cell_index,-0.1,1\n1,car_t_blood,2,cell/uL\n",
                 "demo/observations.csv").parent  # fmt: skip
    if named:
        assert read_study(path).obs_value.values.tolist() == [-0.1, 2.0]
    else:
        (problem,) = problems(path)
        assert "row 2, column value: -0.1 is negative" in problem
