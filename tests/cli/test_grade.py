"""``livingdrug grade``: tables, files, explanations, exit codes and refusals."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

BAD = "subject,item,start,value,unit\nP,temperature,1,101.3,degC\n"
MIXED = BAD + "Q,temperature,1,38.5,degC\n"


@pytest.fixture
def ward(livingdrug):
    done = livingdrug("grade example ward.csv --people 6")
    assert (done.code, done.err) == (0, "")
    assert "SYNTHETIC" in done.out
    return "ward.csv"


def peaks(done, scale):
    return [
        (p["scales"][scale]["peak_low"], p["scales"][scale]["peak_high"])
        for p in done.json["patients"]
    ]


def table(path):
    return list(csv.DictReader(Path(path).read_text(encoding="utf-8").splitlines()))


def test_crs(livingdrug, ward):
    done = livingdrug(f"grade crs {ward}")
    assert (done.code, done.err) == (0, "")
    for text in ("SYNTHETIC-005", "tocilizumab x1", "1-4", "--recorded", "not medical advice"):
        assert text in done.out


def test_crs_json(livingdrug, ward):
    done = livingdrug(f"grade crs {ward} --json --recorded all --scale astct,penn")
    assert done.json["scales"] == ["astct", "penn"]
    assert peaks(done, "astct") == [(g, g) for g in (0, 1, 2, 3, 4, 0)]
    assert peaks(done, "penn") == [(0, 0), (1, 1), (3, 3), (3, 4), (4, 4), (0, 0)]
    first = done.json["patients"][0]["scales"]["astct"]
    assert first["onset"] == {"mildest": None, "worst": None}


def test_unconfirmed_scales_are_named_so(livingdrug, ward):
    done = livingdrug(f"grade crs {ward} --json --recorded all --unconfirmed --out grades.csv")
    added = [s for s in done.json["scales"] if s.endswith("_unconfirmed")]
    assert len(added) == 4
    assert peaks(done, "penn_unconfirmed") == [(g, g) for g in (0, 1, 3, 3, 4, 0)]
    header = Path("grades.csv").read_text(encoding="utf-8").splitlines()[0]
    assert "penn_unconfirmed,penn_unconfirmed_low,penn_unconfirmed_high" in header
    shown = livingdrug(f"grade crs {ward} --unconfirmed").out
    assert "_unconfirmed" in shown


def test_files(livingdrug, ward, content):
    command = f"grade crs {ward} --out g.csv --adae a.csv --plot t.png"
    done = livingdrug(command)
    assert done.code == 0
    assert all(f"wrote {name}" in done.out for name in ("g.csv", "a.csv", "t.png"))
    rows = table("g.csv")
    for row in rows:
        assert (row["penn"] == "") == (row["penn_low"] != row["penn_high"])
    records = table("a.csv")
    assert {r["AESCALE"] for r in records} == {"astct", "lee", "penn"}
    before = content()
    assert livingdrug(command).code == 2
    assert content() == before
    assert livingdrug(command + " --force").code == 0
    assert content() == before  # the same figure and tables, to the byte


def test_explain(livingdrug, ward):
    done = livingdrug(f"grade crs {ward} --scale astct --explain SYNTHETIC-004")
    assert done.code == 0
    for text in ("norepinephrine", "[row ", "one vasopressor", "fever not needed after"):
        assert text in done.out
    assert "SYNTHETIC-005" not in done.out
    found = livingdrug(f"grade crs {ward} --scale astct --explain SYNTHETIC-004 --json").json
    (explained,) = [p for p in found["patients"] if "explanation" in p]
    assert max(x["grade_low"] for x in explained["explanation"]) == 3
    assert all(x["rows"] and x["rule"] for x in explained["explanation"])


def test_icans(livingdrug, ward):
    done = livingdrug(f"grade icans {ward}")
    assert done.code == 0
    assert "seizure is not recorded (6 patients" in done.out
    found = livingdrug(f"grade icans {ward} --recorded all --json --explain SYNTHETIC-005").json
    assert all(p["peak_low"] == p["peak_high"] for p in found["patients"])
    assert found["patients"][4]["peak_low"] >= 2
    assert found["patients"][4]["explanation"]
    assert all(x["rule"] for x in found["patients"][4]["explanation"])
    ill = found["patients"][4]
    assert ill["resolution"]["mildest"] - ill["onset"]["mildest"] == ill["duration"]["mildest"]
    command = f"grade icans {ward} --explain SYNTHETIC-005 --out i.csv --adae a.csv"
    assert livingdrug(command).code == 0
    assert {row["AESCALE"] for row in table("a.csv")} == {"astct"}
    header = Path("i.csv").read_text(encoding="utf-8").splitlines()[0]
    assert header == "subject,day,icans,icans_low,icans_high,recorded"


def test_a_folder_of_daily_data(livingdrug, folder):
    (folder / "daily").mkdir()
    (folder / "daily/patients.csv").write_text("id,age\nA,60\n", encoding="utf-8")
    (folder / "daily/daily.csv").write_text(
        "id,day,temp_c,ferritin_ug_per_l,icans_grade\nA,1,38.6,,1.5\n", encoding="utf-8"
    )
    assert peaks(livingdrug("grade crs daily --json"), "astct") == [(1, 4)]
    assert "1.5" in livingdrug("grade icans daily").out


def test_who_is_left_out_is_named_and_the_others_are_graded(livingdrug, folder):
    (folder / "ward.csv").write_text(MIXED, encoding="utf-8")
    done = livingdrug("grade crs ward.csv")
    assert done.code == 4
    for text in ("Left out (1): P", "row 2, column value", "Fahrenheit", " Q "):
        assert text in done.out
    found = livingdrug("grade crs ward.csv --json")
    assert found.code == 4
    assert list(found.json["left_out"]) == ["P"]


def test_when_nobody_is_sound_the_problems_are_the_message(refused, folder):
    (folder / "ward.csv").write_text(BAD, encoding="utf-8")
    refused("grade crs ward.csv --out g.csv", "row 2, column value", "38.5 degC")
    refused("grade icans ward.csv", "row 2, column value")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ("--scale astct,cartox", ("unknown scale 'cartox'", "mskcc")),
        ("--scale ctcae5_unconfirmed", ("--unconfirmed",)),
        ("--scale ,", ("no scale given",)),
        ("--recorded vasopresor", ("did you mean 'vasopressor'",)),
        ("--explain SYNTHETIC-05", ("did you mean 'SYNTHETIC-005'",)),
        ("--plot x.gif", (".png, .svg, .pdf",)),
        ("--out x.txt", (".csv",)),
        ("--out no/x.csv", ("does not exist",)),
        ("--hold-hours 0", ("0 given", "168")),
        ("--quiet-hours -1", ("quiet", "0 or more")),
        ("--sbp-below 300", ("300", "40 to 140")),
        ("--sbp-below low", ("'low' is not a number",)),
    ],
)
def test_bad_options(refused, ward, options, words):
    refused(f"grade crs {ward} {options}", *words)


def test_bad_files_and_examples(refused, ward):
    refused("grade crs no.csv", "does not exist")
    refused(f"grade example {ward}", "--force")
    refused("grade example x.csv --people 0", "1 to 500")
    refused("grade example x.csv --seed -1", "--seed")
    refused("grade example x.csv --seed a", "not a whole number")
    refused("grade example x.txt", ".csv")


def test_a_figure_that_cannot_hold_everybody_is_refused_before_anything_is_written(refused, folder):
    rows = "".join(f"P{n},temperature,1,37,degC\n" for n in range(301))
    (folder / "many.csv").write_text("subject,item,start,value,unit\n" + rows, encoding="utf-8")
    refused("grade crs many.csv --scale astct --out g.csv --plot t.png", "300 at most", "--explain")
