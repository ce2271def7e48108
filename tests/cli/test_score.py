"""``livingdrug score``: tables, files, explanations, and what is refused."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

HEMATOTOX = "score hematotox ward.csv --disease lbcl --product axi-cel --unconfirmed"
ROW = "P,{},-1,{},{}\n"
HEADER = "subject,item,start,value,unit\n"


@pytest.fixture
def ward(livingdrug):
    assert livingdrug("grade example ward.csv --people 6 --labs").code == 0
    return "ward.csv"


def table(path):
    return list(csv.DictReader(Path(path).read_text(encoding="utf-8").splitlines()))


def test_easix(livingdrug, ward):
    done = livingdrug(f"score easix {ward} --when day-1 --out e.csv")
    assert (done.code, done.err) == (0, "")
    for text in (
        "LDH (U/L) x creatinine (mg/dL)", "within 12 hours", "population", "equality",
        "118 people", "SYNTHETIC-003", "wrote e.csv", "not medical advice",
    ):  # fmt: skip
        assert text in done.out
    rows = table("e.csv")
    assert list(rows[0]) == ["subject", "easix", "simplified", "modified", "missing"]
    found = livingdrug(f"score easix {ward} --when day-1 --member simplified --json").json
    assert [f"{p['simplified']:g}" for p in found["patients"]] == [
        f"{float(r['simplified']):g}" for r in rows
    ]
    assert set(found["stated"]) == {"simplified", "time", "population", "equality"}


def test_a_score_is_traced_to_its_rows(livingdrug, ward):
    text = livingdrug(f"score easix {ward} --when before --member modified --json --explain "
                      "SYNTHETIC-003").json  # fmt: skip
    (person,) = [p for p in text["patients"] if "explanation" in p]
    used = {line["item"]: line for line in person["explanation"]}
    lines = Path(ward).read_text(encoding="utf-8").splitlines()
    for item, line in used.items():
        cells = lines[line["row"] - 1].split(",")
        assert cells[:2] == ["SYNTHETIC-003", item]
        assert float(cells[2]) == line["day"] == -5.5  # the last before lymphodepletion
    by_hand = used["ldh"]["value"] * used["crp"]["value"] / 10 / used["platelets"]["value"] * 1000
    assert person["modified"] == pytest.approx(by_hand, abs=1e-6)  # rounded to six decimals


def test_hematotox(livingdrug, ward):
    done = livingdrug(HEMATOTOX + " --out h.csv")
    assert (done.code, done.err) == (0, "")
    for text in ("_unconfirmed", "else 1 (unconfirmed)", "large B-cell lymphoma", "'else'"):
        assert text in done.out
    rows = table("h.csv")
    for row in rows:
        points = [int(row[name]) for name in row if name.endswith("_points")]
        assert int(row["hematotox_unconfirmed"]) == sum(points)
        assert row["risk_unconfirmed"] == ("high" if sum(points) >= 2 else "low")
    assert {r["risk_unconfirmed"] for r in rows} == {"low", "high"}
    shown = livingdrug(HEMATOTOX + " --explain SYNTHETIC-005").out
    assert "above 175000/uL 0" in shown
    assert "-5.5" in shown


def test_missing_values_leave_out_or_open(livingdrug, folder):
    rows = [("ldh", 300, "U/L"), ("platelets", 150, "10^9/L")]
    text = HEADER + "".join(ROW.format(*row) for row in rows) + "Q,ldh,3,200,U/L\n"
    (folder / "ward.csv").write_text(text, encoding="utf-8")
    done = livingdrug("score easix ward.csv --when day-1")
    assert done.code == 4
    for part in ("Left out (1): Q", "the nearest is of day 3", "no creatinine of day -1.5"):
        assert part in done.out
    done = livingdrug(HEMATOTOX + " --lymphodepletion -0.5 --json")
    assert done.code == 4
    (person,) = done.json["patients"]
    assert person["hematotox_unconfirmed"] is None
    assert (person["hematotox_unconfirmed_low"], person["hematotox_unconfirmed_high"]) == (1, 6)
    assert person["risk_unconfirmed"] is None


def test_nobody_is_a_refusal(refused, folder):
    (folder / "ward.csv").write_text(HEADER + ROW.format("ldh", 3, "U/L"), encoding="utf-8")
    refused("score easix ward.csv --when day-1 --out e.csv", "no platelets of day -1.5")
    refused("score easix ward.csv --when before", "lymphodepletion is not known")
    refused(HEMATOTOX, "lymphodepletion is not known")


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("score easix ward.csv", ("--when",)),
        ("score easix ward.csv --when day7", ("before, day-1, day+1",)),
        ("score easix ward.csv --when day-1 --member easix-fc", ("not read in a source",)),
        ("score easix ward.csv --when day-1 --member easx", ("did you mean 'easix'",)),
        ("score easix ward.csv --when day-1 --member ,", ("no score given",)),
        ("score easix ward.csv --when before --within 0", ("more than 0 to 60",)),
        ("score easix ward.csv --when before --lymphodepletion 4", ("-60 to below 0",)),
        ("score easix ward.csv --when before --lymphodepletion x", ("'x' is not a number",)),
        ("score easix ward.csv --when day-1 --out e.txt", (".csv",)),
        ("score easix ward.csv --when day-1 --explain X", ("unknown patient",)),
        ("score hematotox ward.csv --disease lbcl --product axi-cel", ("--unconfirmed",)),
        (HEMATOTOX.replace("lbcl", "b_all"), ("not extrapolated", "lbcl")),
        (HEMATOTOX.replace("axi-cel", "ide-cel"), ("not extrapolated", "tisa-cel")),
    ],
)
def test_bad_options(refused, ward, command, words):
    refused(command, *words)


def test_what_everybody_lacks_is_said_once(refused, folder):
    rows = "".join(f"P{n},ldh,-1,200,U/L\n" for n in range(40))
    (folder / "ward.csv").write_text(HEADER + rows, encoding="utf-8")
    said = refused("score easix ward.csv --when day-1 --member simplified")
    assert said.count("no platelets") == 1
    assert "subjects 'P0', 'P1', 'P2' and 37 more" in said
