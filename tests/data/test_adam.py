"""ADaM frames as a place: opened, checked, and written again row by row."""

import json

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from livingdrug.cli.app import app
from livingdrug.core.errors import DataError
from livingdrug.data.example import example_study
from livingdrug.data.open_study import open_study
from livingdrug.data.persons import study_person
from livingdrug.data.readers.adam import read_adam
from livingdrug.data.readers.table import read_study_folder
from livingdrug.data.table_lines import table_texts
from livingdrug.interop.adam import adam_frames, write_adam

ADPC = (
    "USUBJID,PARAMCD,AVAL,AVALU,NFRLT,NFRLTU,ADY,BLQFL,ALLOQ,SITEID\n"
    "S-1,CART,,cell/uL,-24,HOURS,-1,Y,0.2,9\n"
    "S-1,CART,30.5,cell/uL,36,HOURS,2,N,0.2,9\n"
)


@pytest.fixture(scope="module")
def example(tmp_path_factory):
    folder = tmp_path_factory.mktemp("example")
    for name, text in example_study(6, seed=2).items():
        (folder / name).write_text(text, encoding="utf-8")
    return read_study_folder(folder, "example")[0]


@pytest.fixture
def frames(tmp_path):
    def make(adpc=ADPC, **others):
        for name, text in {"adpc": adpc, **others}.items():
            (tmp_path / f"{name}.csv").write_text(text, encoding="utf-8")
        return tmp_path

    return make


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_frames_of_a_study_of_frames_are_the_same_row_by_row(example, tmp_path, suffix):
    write_adam(tmp_path, example, suffix=suffix)
    before, after = adam_frames(example), adam_frames(read_adam(tmp_path))
    for name, frame in before.items():
        pd.testing.assert_frame_equal(after[name], frame, obj=name)


def test_files_of_any_origin_come_back_byte_by_byte(example, frames, tmp_path):
    (tmp_path / "own").mkdir()
    write_adam(tmp_path / "own", example)
    for folder in (tmp_path / "own", frames(ADPC.replace("\n", "\r\n"), adsl="SUBJID,AGE\n1,60")):
        texts = table_texts(read_adam(folder))
        assert texts == {path.name: path.read_bytes().decode()
                         for path in folder.iterdir() if path.is_file()}  # fmt: skip


def test_parquet_has_no_lines(example, tmp_path):
    write_adam(tmp_path, example, suffix=".parquet")
    assert table_texts(read_adam(tmp_path)) == {}


def test_a_frame_that_is_there_twice_is_named(frames):
    folder = frames()
    pd.read_csv(folder / "adpc.csv").head(1).to_parquet(folder / "adpc.parquet")
    with pytest.raises(DataError, match=r"adpc is there twice: adpc\.csv, adpc\.parquet"):
        read_adam(folder)


def test_parquet_with_lists_in_its_cells_is_named(tmp_path):
    row = {"SUBJID": ["1"], "PARAM": ["x"], "AVAL": [[1.0, 2.0]], "AVALU": ["1"], "ADY": [1]}
    pd.DataFrame(row).to_parquet(tmp_path / "adpc.parquet")
    with pytest.raises(DataError, match="cells hold more than one value: AVAL"):
        read_adam(tmp_path)


def test_hours_and_study_days_are_converted(frames):
    folder = frames()
    opened = open_study(str(folder))
    study = opened.get()
    assert study["obs_time"].values.tolist() == [-1.0, 1.5]
    assert study["obs_blq"].values.tolist() == [True, False]
    warnings = " ".join(map(str, opened.issues))
    assert "adpc.csv, row 1: kept but not read: SITEID" in warnings
    assert "no adsl.csv" in warnings
    frames("USUBJID,PARAMCD,AVAL,AVALU,ADY\nS-1,CART,2,1,-3\nS-1,CART,3,1,1\nS-1,CART,3,1,29\n")
    assert read_adam(folder)["obs_time"].values.tolist() == [-3.0, 0.0, 28.0]
    frames(ADPC.replace(",2,N", ",1,N"))
    (issue,) = [one for one in open_study(str(folder)).issues if "ADY" in one.where]
    assert (issue.level, "row 3, column ADY" in issue.where) == ("warning", True)


WRONG = [
    (ADPC.replace("HOURS", "FORTNIGHTISH"), "row 2, column NFRLTU: 'FORTNIGHTISH' is no unit of"),
    (ADPC.replace(",NFRLTU", ",X"), "row 1: the unit of NFRLT is not stated"),
    (ADPC.replace("AVALU", "U"), "row 1: column 'AVALU' is missing"),
    (ADPC.replace("PARAMCD", "P"), "row 1: column 'PARAM' or 'PARAMCD' is missing"),
    (ADPC.replace("-1,Y", "0,Y"), "row 2, column ADY: 0 is no study day"),
    (ADPC.replace("-24", ""), "row 2, column NFRLT: the time since the first infusion is missing"),
    (ADPC.replace("30.5", "many"), "row 3, column AVAL: 'many' is not a finite number"),
    (ADPC.replace("30.5", ""), "row 3, column AVAL: the value is missing"),
    (ADPC.replace("Y,0.2", "Y,"), "row 2, column ALLOQ: BLQFL is Y and there is no limit"),
    (ADPC.replace("BLQFL", "AVALU"), "row 1: column 'AVALU' appears twice"),
    (ADPC.replace("S-1,CART,30.5", ",CART,30.5"), "row 3, column USUBJID: the cell is empty"),
    (ADPC.replace("30.5,cell/uL", "30.5,zork"), "row 3, column AVALU"),
]


@pytest.mark.parametrize(("text", "words"), WRONG)
def test_wrong_frames_name_row_and_column(frames, text, words):
    with pytest.raises(DataError) as caught:
        read_adam(frames(text))
    assert f"adpc.csv, {words}" in str(caught.value)


DEFINE = "VARIABLE,NAME,LABEL,TYPE,ROLE,UNIT,TERM,LEVELS\n"
DEFINE += 'RESP,response,,category,outcome,1,,"[""none"", ""CR""]"\n'


def test_people_are_read_as_define_says(frames):
    study = read_adam(frames(adsl="SUBJID,RESP\nS-1,none\nS-2,CR\nS-3,\n", define=DEFINE))
    assert study_person(study, "response") == {"S-1": "none", "S-2": "CR", "S-3": ""}


@pytest.mark.parametrize(
    ("adsl", "define", "words"),
    [
        ("SUBJID,RESP\n1,PR\n", DEFINE, "adsl.csv, row 2, column RESP: 'PR' is no level"),
        ("SUBJID,RESP\n1,CR\n1,CR\n", DEFINE, "adsl.csv, row 3, column SUBJID: '1' is also in row"),
        ("SUBJID,X\n1,CR\n", DEFINE, "define.csv, row 2, column VARIABLE: ADSL has no column"),
        ("SUBJID,RESP\n1,CR\n", DEFINE.replace("category", "kind"), "unknown type 'kind'"),
        ("SUBJID,RESP\n1,CR\n", DEFINE.replace('[""none"", ""CR""]', "[CR"), "column LEVELS"),
        ("RESP\nCR\n", DEFINE, "column 'SUBJID' or 'USUBJID' is missing"),
    ],
)
def test_wrong_people(frames, adsl, define, words):
    with pytest.raises(DataError) as caught:
        read_adam(frames(adsl=adsl, define=define))
    assert words in str(caught.value)


def test_commands_open_frames(example, frames, tmp_path):
    run = CliRunner().invoke
    folder = tmp_path / "own"
    folder.mkdir()
    write_adam(folder, example)
    shown = run(app, ["studies", "show", str(folder), "--json"])
    assert shown.exit_code == 0
    assert json.loads(shown.stdout)["id"] == example.attrs["id"]
    assert run(app, ["studies", "check", str(folder)]).exit_code in {0, 2}
    again = tmp_path / "again"
    assert run(app, ["studies", "convert", str(folder), str(again), "--to", "same"]).exit_code == 0
    assert {path.name: path.read_bytes() for path in again.iterdir()} == {
        path.name: path.read_bytes() for path in folder.iterdir()
    }
    made = tmp_path / "made"
    assert run(app, ["studies", "convert", str(folder), str(made), "--to", "adam"]).exit_code == 0
    assert (made / "adpc.csv").read_bytes() == (folder / "adpc.csv").read_bytes()
    checked = run(app, ["studies", "check", str(frames(ADPC.replace("30.5", "many")))])
    assert checked.exit_code == 2
    assert "adpc.csv, row 3, column AVAL" in checked.stdout


def test_values_are_those_of_the_frames(example, tmp_path):
    write_adam(tmp_path, example)
    study = open_study(str(tmp_path)).get()
    single = example["obs_statistic"].values == "individual"
    np.testing.assert_array_equal(study["obs_time"].values, example["obs_time"].values[single])


ADSL = "USUBJID,SUBJID\nS-1,1\nS-2,2\nS-3,3\n"
ADTTE = (
    "USUBJID,PARAM,AVAL,AVALU,CNSR,ADY\n"
    "S-1,Overall Survival,29,DAYS,0,29\n"  # counts the first day as 1, so ADY decides
    "S-2,Overall Survival,99.5,DAYS,1,100\n"  # agrees with ADY, so its part of a day is kept
    "S-4,Time to CRS,2,DAYS,0,3\n"
)
ADAE = (
    "USUBJID,AEDECOD,ATOXGR,ASTDY\n"
    "S-1,Cytokine release syndrome,2,4\nS-1,Cytokine release syndrome,3,6\n"
    "S-3,Neutropenia,4,\nS-3,Nausea,,-1\n"
)


def test_times_and_adverse_events_of_other_frames_are_read(frames):
    study = read_adam(frames(adsl=ADSL, adtte=ADTTE, adae=ADAE))
    assert study["subject"].values.tolist() == ["1", "2", "3", "S-4"]
    expected = {
        "overall_survival": [1, 0, np.nan, np.nan],
        "overall_survival_onset_day": [28, np.nan, np.nan, np.nan],
        "overall_survival_until": [np.nan, 99.5, np.nan, np.nan],
        "crs_onset_day": [np.nan, np.nan, np.nan, 2],
        "crs_grade_max": [3, np.nan, np.nan, np.nan],
        "neutropenia_grade_max": [np.nan, np.nan, 4, np.nan],
        "nausea_onset_day": [np.nan, np.nan, -1, np.nan],
    }
    for name, values in expected.items():
        np.testing.assert_array_equal(study[name].values, values, name)
    assert "nausea_grade_max" not in study
    assert study["obs_subject"].values.tolist() == ["1", "1"]  # USUBJID S-1 is SUBJID 1


def test_survival_is_estimated_from_frames(frames):
    people = "USUBJID,SUBJID\nS-1,1\nS-2,2\n"
    folder = frames(adsl=people, adtte="".join(ADTTE.splitlines(keepends=True)[:3]))
    survival = CliRunner().invoke(app, [
        "survival", str(folder), "--column", "time=overall_survival_onset_day",
        "--column", "until=overall_survival_until",
    ])  # fmt: skip
    assert survival.exit_code == 0, survival.output


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("adtte", ADTTE.replace(",ADY", ",X"), "row 1: column 'ADY' is missing"),
        ("adtte", ADTTE.replace("1,100", "1,"), "row 3, column ADY: the study day is missing"),
        ("adtte", ADTTE.replace("1,100", "1,0"), "row 3, column ADY: 0 is no study day"),
        ("adtte", ADTTE.replace("S-2", "S-1"), "row 3, column PARAM: Overall Survival of 1 is al"),
        ("adtte", ADTTE.replace(",1,100", ",,100"), "row 3, column CNSR: whether it happened is"),
        ("adtte", ADTTE.replace("DAYS,1", "MOON,1"), "row 3, column AVALU: 'MOON' is no unit"),
        ("adae", ADAE.replace(",4,\n", ",7,\n"), "row 4, column ATOXGR: 7 is no grade"),
        ("adae", ADAE.replace(",3,6", ",3,0"), "row 3, column ASTDY: 0 is no study day"),
        ("adae", ADAE.replace("S-1,Cy", ",Cy", 1), "row 2, column USUBJID: the cell is empty"),
        ("adae", ADAE.replace("Neutropenia", ""), "row 4, column AEDECOD: the cell is empty"),
    ],
)
def test_wrong_events_name_row_and_column(frames, name, text, words):
    with pytest.raises(DataError) as caught:
        read_adam(frames(**{"adsl": ADSL, name: text}))
    assert f"{name}.csv, {words}" in str(caught.value)
