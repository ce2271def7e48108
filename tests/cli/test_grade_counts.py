"""``livingdrug grade icaht`` and ``iechs``: tables, files, explanations, refusals."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

COUNTS = ("icaht_early_unconfirmed", "icaht_late_unconfirmed", "platelets_unconfirmed")
BAD = "subject,item,start,value,unit\nP,anc,1,0.4,furlong\nP,ferritin,1,900,furlong\n"
MIXED = BAD + "Q,anc,1,0.4,10^9/L\nQ,ferritin,1,900,ug/L\n"
TIDY = (
    "id,analyte,day,value,unit,visit\nA,ANC,1,0.4,10^9/L,V1\nA,Platelets,1,20,10^9/L,V1\n"
    "A,Ferritin,1,9000,ug/L,V1\n"
)


@pytest.fixture
def ward(livingdrug):
    done = livingdrug("grade example ward.csv --people 6 --labs")
    assert (done.code, done.err) == (0, "")
    return "ward.csv"


def table(path):
    return list(csv.DictReader(Path(path).read_text(encoding="utf-8").splitlines()))


def test_laboratory_values_change_no_other_row_and_no_grade(livingdrug, ward):
    livingdrug("grade example plain.csv --people 6")
    rows, plain = (Path(p).read_text(encoding="utf-8").splitlines() for p in (ward, "plain.csv"))
    assert [row for row in rows if row in set(plain)] == plain
    graded = [livingdrug(f"grade crs {p} --json --recorded all").json for p in (ward, "plain.csv")]
    peaks = [[p["scales"]["astct"]["peak_low"] for p in g["patients"]] for g in graded]
    assert peaks[0] == peaks[1] == [0, 1, 2, 3, 4, 0]


def test_icaht(livingdrug, ward):
    done = livingdrug(f"grade icaht {ward} --unconfirmed")
    assert (done.code, done.err) == (0, "")
    for text in ("_unconfirmed", "SYNTHETIC-005", "scale of their own", "not medical advice"):
        assert text in done.out
    found = livingdrug(f"grade icaht {ward} --unconfirmed --json").json
    grades = {p["patient"]: [p[name]["grade_low"] for name in COUNTS] for p in found["patients"]}
    assert grades["SYNTHETIC-001"][:2] == [2, 1]
    assert grades["SYNTHETIC-005"] == [4, 1, 4]
    assert all(p[n]["grade_low"] == p[n]["grade_high"] for p in found["patients"] for n in COUNTS)


def test_icaht_explained_and_written(livingdrug, ward, content):
    command = f"grade icaht {ward} --unconfirmed --explain SYNTHETIC-001 --out c.csv"
    done = livingdrug(command)
    assert done.code == 0
    for text in ("longest time at or below 500/uL 8 d", "wrote c.csv", "lowest platelets"):
        assert text in done.out
    assert "SYNTHETIC-002" not in done.out
    rows = table("c.csv")
    assert [r["icaht_early_unconfirmed"] for r in rows][:1] == ["2"]
    assert rows[0]["days_500_low"] == rows[0]["days_500_high"] == "8.0"
    (explained,) = [
        p for p in livingdrug(command + " --json --force").json["patients"] if "explanation" in p
    ]
    assert all(line["rows"] and line["rule"] for line in explained["explanation"])
    before = content()
    assert livingdrug(command).code == 2
    assert content() == before


def test_iechs(livingdrug, ward):
    done = livingdrug(f"grade iechs {ward} --unconfirmed --out i.csv")
    assert (done.code, done.err) == (0, "")
    for text in ("iechs_unconfirmed", "grades 2 to 4 are not known", "1-4"):
        assert text in done.out
    rows = table("i.csv")
    assert {r["ferritin"] for r in rows} == {"yes", "no", "open"}
    for row in rows:
        assert (row["iechs_unconfirmed"] == "") == (
            row["iechs_unconfirmed_low"] != row["iechs_unconfirmed_high"]
        )
    shown = livingdrug(f"grade iechs {ward} --unconfirmed --explain SYNTHETIC-005").out
    for text in ("haemophagocytosis yes", "ferritin 2", "CRS resolving or over"):
        assert text in shown
    found = livingdrug(f"grade iechs {ward} --unconfirmed --json --explain SYNTHETIC-005").json
    (ill,) = [p for p in found["patients"] if "explanation" in p]
    assert (ill["iechs_unconfirmed"]["peak_low"], ill["common"]["most"]) == (1, 5)
    assert all(line["rows"] for line in ill["explanation"])


def test_a_tidy_table_of_laboratory_values(livingdrug, folder):
    (folder / "labs.csv").write_text(TIDY, encoding="utf-8")
    names = "--column subject=id --column item=analyte --column start=day --ignore visit"
    found = livingdrug(f"grade icaht labs.csv --unconfirmed --json {names}").json
    assert found["patients"][0]["platelets_unconfirmed"]["grade_low"] == 4
    done = livingdrug(f"grade iechs labs.csv --unconfirmed --ferritin-uln 300 --json {names}")
    assert done.json["patients"][0]["ferritin_met_from"] == 1


def test_a_folder_of_daily_data(livingdrug, refused, folder):
    (folder / "daily").mkdir()
    (folder / "daily/patients.csv").write_text("id,age\nA,60\n", encoding="utf-8")
    (folder / "daily/daily.csv").write_text(
        "id,day,temp_c,ferritin_ug_per_l,icans_grade\nA,1,38.6,9000,0\n", encoding="utf-8"
    )
    assert "0-4" in livingdrug("grade iechs daily --unconfirmed").out
    refused("grade icaht daily --unconfirmed", "no neutrophils and no platelets")
    refused("grade crs daily --recorded all", "--recorded", "folder of daily data")


@pytest.mark.parametrize("kind", ["icaht", "iechs"])
def test_who_is_left_out_is_named_and_the_others_are_graded(livingdrug, refused, folder, kind):
    (folder / "ward.csv").write_text(MIXED, encoding="utf-8")
    done = livingdrug(f"grade {kind} ward.csv --unconfirmed")
    assert done.code == 4
    for text in ("Left out (1): P", "row 2, column unit", "furlong", " Q "):
        assert text in done.out
    (folder / "bad.csv").write_text(BAD, encoding="utf-8")
    refused(f"grade {kind} bad.csv --unconfirmed --out g.csv", "row 2, column unit")
    refused(f"grade {kind} ward.csv --unconfirmed --explain P", "left out")


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("icaht ward.csv", ("were not confirmed", "--unconfirmed")),
        ("iechs ward.csv", ("were not confirmed", "--unconfirmed")),
        ("icaht ward.csv --unconfirmed --platelets-below 60", ("75 to 400",)),
        ("icaht ward.csv --unconfirmed --platelets-below a", ("'a' is not a number",)),
        ("icaht ward.csv --unconfirmed --hold-hours 0", ("168",)),
        ("icaht ward.csv --unconfirmed --out c.txt", (".csv",)),
        ("icaht ward.csv --unconfirmed --explain SYNTHETIC-07", ("did you mean",)),
        ("icaht ward.csv --unconfirmed --column item=none", ("no column 'none'", "columns:")),
        ("icaht ward.csv --unconfirmed --column x=item", ("as subject=id",)),
        ("iechs ward.csv --unconfirmed --ferritin-uln -3", ("more than 0",)),
        ("iechs no.csv --unconfirmed", ("does not exist",)),
    ],
)
def test_bad_options(refused, ward, command, words):
    refused(f"grade {command}", *words)
