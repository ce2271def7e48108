"""Reading study tables: good ones come back unchanged, bad ones name file, row and column."""

import csv
import io
import math
import tempfile
import warnings
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from livingdrug.core.censoring import censoring_codes, upper_limits
from livingdrug.core.errors import DataError
from livingdrug.core.schema import STATISTICS, check_study
from livingdrug.data.readers.folder import COVARIATE_COLUMNS, READOUT_COLUMNS, VALUE_COLUMNS
from livingdrug.data.readers.observations import OPTIONAL_COLUMNS, REQUIRED_COLUMNS
from livingdrug.data.readers.table import StudyTableWarning, check_study_table, read_study
from livingdrug.data.views import study_visits

HEADER = "time,term,value,unit,subject"
GOOD = f"{HEADER}\n0,car_t_blood,1,cell/uL,a\n7,car_t_blood,30,cell/uL,a\n"


@pytest.fixture
def table(tmp_path):
    def write(content, name="obs.csv"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True, parents=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


def problems(path):
    with pytest.raises(DataError) as caught:
        read_study(path)
    return [str(issue) for issue in caught.value.issues]


def test_a_plain_table(table):
    study = read_study(table(GOOD))
    assert check_study(study) == []
    assert study.attrs["id"] == "obs"
    assert study.obs_value.values.tolist() == [1.0, 30.0]
    assert study.obs_statistic.values.tolist() == ["individual"] * 2
    assert study.obs_assay.values.tolist() == ["unknown"] * 2


def test_the_four_required_columns_are_enough_for_one_person(table):
    study = read_study(table("time,term,value,unit\n0,a,1,cell\n1,a,2,cell\n"))
    assert study.obs_subject.values.tolist() == ["1", "1"]


@pytest.mark.parametrize(
    "text",
    [
        "\ufeff" + GOOD,  # byte order mark, as spreadsheets write it
        GOOD.replace(",", ";"),
        GOOD.replace(",", "\t"),
        GOOD.replace("\n", "\r\n"),
        GOOD.replace("\n", "\n\n"),
        GOOD.replace(HEADER, "Time, Term ,VALUE,unit,subject"),
    ],
)
def test_harmless_differences_of_form(table, text):
    # the lines of the file are kept as they stand
    one, other = (read_study(path).drop_vars("table_line")
                  for path in (table(text), table(GOOD, "again.csv")))  # fmt: skip
    assert one.equals(other)


@pytest.mark.parametrize(
    "text",
    [
        "time [hour],term,value,unit\n12,a,1,cell\n",
        "time,term,value,unit,time_unit\n12,a,1,cell,hour\n",
        "time [week],term,value,unit,time_unit\n12,a,1,cell,h\n",
    ],
)
def test_time_units(table, text):
    assert read_study(table(text)).obs_time.values.tolist() == [0.5]


def test_below_the_limit_without_a_number_is_nan(table):
    text = "time,term,value,unit,blq,lloq\n1,a,,cell,true,0.5\n2,a,0.1,cell,yes,0.5\n"
    study = read_study(table(text))
    assert math.isnan(study.obs_value.values[0])
    assert study.obs_value.values[1] == 0.1
    assert study.obs_blq.values.tolist() == [True, True]
    assert study.obs_lloq.values.tolist() == [0.5, 0.5]


ROWS = [
    # header, row that is wrong, column, words of the message
    (HEADER, "0,t,abc,cell/uL,a", "value", "'abc' is not a finite number"),
    (HEADER, "0,t,<0.1,cell/uL,a", "value", "give the limit in column 'lloq'"),
    (HEADER, "0,t,-1,cell/uL,a", "value", "-1 is negative"),
    (HEADER, "0,t,,cell/uL,a", "value", "the value is missing"),
    (HEADER, "0,t,NaN,cell/uL,a", "value", "the value is missing ('NaN')"),
    (HEADER, "0,t,inf,cell/uL,a", "value", "'inf' is not a finite number"),
    (HEADER, "0,t,1_000,cell/uL,a", "value", "'1_000' is not a finite number"),
    (HEADER, "x,t,1,cell/uL,a", "time", "'x' is not a finite number"),
    (HEADER, ",t,1,cell/uL,a", "time", "the time is missing"),
    (HEADER, "0,,1,cell/uL,a", "term", "the term is missing"),
    (HEADER, "0,t,1,,a", "unit", "the unit is missing"),
    (HEADER, "0,t,1,cels,a", "unit", "'cels' is not a unit"),
    (HEADER, "0,t,1,cell/uL,", "subject", "an individual value without a subject"),
    (HEADER + ",statistic", "0,t,1,cell/uL,a,medain", "statistic", "did you mean 'median'?"),
    (HEADER + ",statistic", "0,t,1,cell/uL,a,median", "subject", "belongs to no single person"),
    (HEADER + ",n", "0,t,1,cell/uL,a,3", "n", "3 people behind an individual value"),
    (HEADER + ",n", "0,t,1,cell/uL,a,0.5", "n", "not a whole number"),
    (HEADER + ",blq", "0,t,1,cell/uL,a,true", "lloq", "there is no limit"),
    (HEADER + ",blq", "0,t,1,cell/uL,a,perhaps", "blq", "write true or false"),
    (HEADER + ",lloq", "0,t,1,cell/uL,a,-1", "lloq", "-1 is negative"),
    (HEADER + ",lloq", "0,t,1,cell/uL,a,0", "lloq", "the limit is 0"),
    (HEADER + ",lloq,blq", "0,t,2,cell/uL,a,1,true", "value", "2 is above the limit 1"),
    (HEADER + ",lower,upper", "0,t,1,cell/uL,a,3,2", "lower", "lower 3 is above upper 2"),
    (HEADER + ",time_unit", "0,t,1,cell/uL,a,cell", "time_unit", "unit of time"),
    (
        "time,term,value,unit,statistic,n,lower,upper",
        "0,t,5,cell,median,9,6,7",
        "value",
        "not between lower and upper",
    ),
]


@pytest.mark.parametrize(("header", "row", "column", "words"), ROWS)
def test_one_wrong_cell(table, header, row, column, words):
    path = table(f"{header}\n{row}\n")
    (message,) = problems(path)
    assert message.startswith(f"{path}, row 2, column {column}: ")
    assert words in message


def test_a_decimal_comma_is_named(table):
    (message,) = problems(table("time;term;value;unit\n0;t;1,5;cell\n"))
    assert "row 2, column value: '1,5' is not a finite number (write a decimal point" in message


def test_units_of_one_term_share_a_dimension(table):
    rows = "0,t,1,cell/uL,a\n1,t,1,cell/mL,a\n2,t,1,copies/ug,a\n0,u,1,copies/ug,a\n"
    (message,) = problems(table(f"{HEADER}\n{rows}"))
    assert "row 4, column unit: 'copies/ug'" in message
    assert "'cell/uL' ([cell] / [length]^3) in row 2" in message


def test_duplicates_and_order(table):
    rows = "1,t,1,cell,a\n3,t,1,cell,a\n1,t,2,cell,a\n2,t,2,cell,a\n2,t,2,cell,b\n"
    twice, backwards = problems(table(f"{HEADER}\n{rows}"))
    assert "row 4, column time: subject 'a', t, individual at day 1 is also in row 2" in twice
    assert "row 5, column time: day 2 comes after day 3 in row 3" in backwards


def test_two_statistics_and_two_assays_are_no_duplicates(table):
    text = (
        "time,term,value,unit,statistic,n,assay\n0,t,1,cell,mean,5,flow\n"
        "0,t,1,cell,median,5,flow\n0,t,1,cell,mean,5,pcr\n"
    )
    assert read_study(table(text)).sizes["observation"] == 3


def test_all_problems_at_once(table):
    rows = "x,t,-1,cels,\n0,t,1,cell,a\n0,t,1\n"
    messages = problems(table(f"{HEADER}\n{rows}"))
    assert [message.split(": ")[0].split(", ", 1)[1] for message in messages] == [
        "row 4",
        "row 2, column time",
        "row 2, column unit",
        "row 2, column subject",
        "row 2, column value",
    ]


def test_line_numbers_are_those_of_the_file(table):
    text = 'time,term,value,unit,assay\n0,t,1,cell,"two\nlines"\n\n1,t,x,cell,flow\n'
    (message,) = problems(table(text))
    assert "row 5, column value" in message


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "the file is empty"),
        (b" \n\n", "the file is empty"),
        (b"\xef\xbb\xbf", "the file is empty"),
        (b"time,term,value,unit\n", "a header and no rows"),
        (b"PK\x03\x04rest", "a zip or Excel file"),
        (b"\x00\x01\x02\x03", "a binary file"),
        (b"\xff\xfet\x00", "in UTF-16"),
        (b"time,term,value,unit\n0,t,1,\xb5g\n", "row 2 is not UTF-8"),
        (b'time,term,value,unit\n0,"t,1,cell\n', "not a well-formed table"),
        (b"time term value unit\n0 t 1 cell\n", "separate columns by comma"),
        (b"time,trem,value,unit\n0,t,1,cell\n", "column 'term' is missing (rename column 'trem')"),
        (b"term,value\nt,1\n", "required: time, term, value, unit"),
        (b"time,term,value,unit,unit\n0,t,1,cell,cell\n", "column 'unit' appears 2 times"),
        (b"time,term,value,unit\n0,t,1\n", "row 2: 3 cells, the header has 4"),
    ],
)
def test_files_that_are_no_tables(table, content, words):
    path = table(content)
    message = "\n".join(problems(path))
    assert str(path) in message
    assert words in message


@given(st.binary(max_size=200))
@settings(max_examples=200, deadline=None)
def test_no_bytes_give_anything_but_a_data_error(content):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "obs.csv"
        path.write_bytes(content)
        issues = check_study_table(path)
    assert any(issue.level == "error" for issue in issues)  # 200 random bytes are no table


@given(st.text(alphabet='time,value;term unit\n"0.19-[]abcNn/', max_size=120))
@settings(max_examples=200, deadline=None)
def test_no_text_under_a_good_header_escapes(text):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "obs.csv"
        path.write_text("time,term,value,unit\n" + text, encoding="utf-8")
        issues = check_study_table(path)
        if any(issue.level == "error" for issue in issues):
            with pytest.raises(DataError):
                read_study(path)
        else:
            assert read_study(path).sizes["observation"] > 0


def test_paths_that_lead_nowhere(tmp_path):
    assert "the file does not exist" in problems(tmp_path / "none.csv")[0]
    assert "the file does not exist" in problems("a\0b.csv")[0]  # no path at all
    (tmp_path / "empty").mkdir()
    missing = "\n".join(problems(tmp_path / "empty"))
    assert "study.toml: the file does not exist" in missing
    assert "observations.csv: the file does not exist" in missing


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (HEADER + ",colour\n0,t,1,cell,a,red\n", "unknown column 'colour' is not read"),
        ("time,term,value,unit,statistic\n0,t,1,cell,mean\n", "a mean without the number of"),
        (HEADER + ",lloq\n0,t,1,cell,a,2\n", "1 is below the limit 2, and blq is false"),
    ],
)
def test_warnings_do_not_stop_the_reading(table, text, words):
    path = table(text)
    with pytest.warns(StudyTableWarning, match=words):
        assert read_study(path).sizes["observation"] == 1
    (issue,) = check_study_table(path)
    assert issue.level == "warning"


def a_row(draw, index):
    """One valid row; the time rises with the index, so that order and uniqueness hold."""
    number = st.floats(0, 1e12, allow_nan=False, allow_subnormal=False)
    statistic = draw(st.sampled_from(STATISTICS))
    individual = statistic == "individual"
    value = draw(number)
    lloq = draw(st.one_of(st.none(), st.floats(1e-9, 1e12)))
    blq = lloq is not None and value <= lloq  # anything else would draw a warning or an error
    return {
        "time": index + draw(st.floats(0, 0.5)),
        "term": draw(st.sampled_from(["car_t_blood", "il6, serum", 'a "quoted" term'])),
        "value": value,
        "unit": draw(st.sampled_from(["cell/uL", "cell/mL", "cells/L"])),
        "statistic": statistic,
        "subject": draw(st.sampled_from(["a", "B 2", "007", "µ"])) if individual else "",
        "n": 1 if individual else draw(st.integers(1, 10**9)),
        "lower": value if draw(st.booleans()) else None,
        "upper": value if draw(st.booleans()) else None,
        "lloq": lloq,
        "blq": blq,
        "assay": draw(st.sampled_from(["flow", "ddPCR", "line\nbreak"])),
    }


@st.composite
def tables(draw):
    count = draw(st.integers(1, 12))
    return [a_row(draw, index) for index in range(count)]


@given(tables(), st.sampled_from([",", ";", "\t"]), st.sampled_from(["", "\ufeff"]))
@settings(max_examples=150, deadline=None)
def test_any_valid_table_comes_back_unchanged(rows, delimiter, mark):
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), delimiter=delimiter)
    writer.writeheader()
    writer.writerows(rows)
    with tempfile.TemporaryDirectory() as path, warnings.catch_warnings():
        warnings.simplefilter("error")
        file = Path(path) / "obs.csv"
        file.write_text(mark + text.getvalue(), encoding="utf-8", newline="")
        study = read_study(file)
    for name, values in {key: [row[key] for row in rows] for key in rows[0]}.items():
        expected = [math.nan if value is None else value for value in values]
        # floats are written with repr and must come back to the last bit
        np.testing.assert_array_equal(study[f"obs_{name}"].values, expected, err_msg=name)


def test_the_guide_names_every_column():
    guide = Path(__file__).parents[2] / "docs" / "how_to" / "bring_a_study.md"
    text = guide.read_text(encoding="utf-8")
    for name in (*REQUIRED_COLUMNS, *OPTIONAL_COLUMNS):
        assert f"`{name}`" in text, name
    for part in (READOUT_COLUMNS, COVARIATE_COLUMNS, VALUE_COLUMNS):
        assert f"`{', '.join(part[0])}`" in text
        assert f"`{', '.join(part[1])}`" in text


HEAD = "time,term,value,unit,subject,lloq,blq,uloq,alq,cens\n"


@pytest.mark.parametrize(
    ("cells", "codes"),
    [
        (",pg/mL,P,1,true,400,,", 1),
        ("30,pg/mL,P,1,,400,,", 0),
        (",pg/mL,P,1,,400,true,", -1),
        ("400,pg/mL,P,1,,400,true,", -1),
        (",pg/mL,P,1,,400,,-1", -1),
        (",pg/mL,P,1,,400,,1", 1),
        ("30,pg/mL,P,1,,400,,0", 0),
    ],
)
def test_each_side_of_the_limits_has_its_code(tmp_path, cells, codes):
    (tmp_path / "a.csv").write_text(f"{HEAD}1,il6_serum,{cells}\n", "utf-8")
    study = read_study(tmp_path / "a.csv")
    assert censoring_codes(study).tolist() == [codes]
    assert upper_limits(study).tolist() == [400.0]
    (visit,) = study_visits(study, "il6_serum")
    assert (visit.n_blq, visit.n_alq) == (int(codes == 1), int(codes == -1))


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        (",pg/mL,P,,,,true,", "column uloq: alq is true and there is no limit"),
        ("30,pg/mL,P,1,,400,true,", "30 is below the limit 400, and alq is true"),
        ("30,pg/mL,P,1,true,400,true,", "column alq: true beside blq"),
        ("30,pg/mL,P,500,,400,,", "column uloq: 400 is below lloq 500"),
        ("30,pg/mL,P,1,,0,,", "column uloq: the limit is 0"),
        ("30,pg/mL,P,1,,400,,2", "column cens: '2' is not allowed"),
        (",pg/mL,P,1,true,400,,-1", "column cens: -1 contradicts blq"),
        (">400,pg/mL,P,1,,400,,", "give the limit in column 'uloq' and set 'alq' to true"),
        ("500,pg/mL,P,1,,400,,", "500 is above the limit 400, and alq is false"),
    ],
)
def test_a_contradiction_about_limits_is_named(tmp_path, cells, words):
    (tmp_path / "a.csv").write_text(f"{HEAD}1,il6_serum,{cells}\n", "utf-8")
    issues = check_study_table(tmp_path / "a.csv")
    assert any(words in str(issue) for issue in issues), [str(issue) for issue in issues]
