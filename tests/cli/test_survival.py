"""``livingdrug survival`` and ``livingdrug groups``."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.clinical.survival.freireich import MERCAPTOPURINE, PLACEBO

DAYS = """subject,last_assessment,last_contact,progression,response,death,arm
a,90,90,90,28,,x
b,180,200,,28,,x
c,,40,,,40,y
"""


@pytest.fixture
def remissions(folder: Path) -> Path:
    rows = ["time,event,group,treated,cause"]
    for (times, events), group in ((MERCAPTOPURINE, "6-MP"), (PLACEBO, "placebo")):
        for i, (t, e) in enumerate(zip(times, events, strict=True)):
            cause = ("death" if i % 4 == 0 else "relapse") if e else ""
            rows.append(f"{t},{'yes' if e else 'no'},{group},{int(group == '6-MP')},{cause}")
    path = folder / "remissions.csv"
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    (folder / "days.csv").write_text(DAYS, encoding="utf-8")
    return path


def test_curves_test_and_incidence(livingdrug, remissions):
    done = livingdrug("survival remissions.csv --unit week --at 10,20")
    assert (done.code, done.err) == (0, "")
    for text in ("23 (13 to not reached)", "8 (4 to 11)", "chi-squared 16.79 on 1", "relapse"):
        assert text in done.out
    found = livingdrug("survival remissions.csv --at 10 --json").json
    assert [g["n"] for g in found["groups"]] == [21, 21]
    assert found["groups"][0]["at"][0]["survival"] == pytest.approx(0.7529, abs=1e-4)
    assert found["groups"][0]["median"][2] is None
    assert len(found["incidence"]) == 2


def test_cox(livingdrug, remissions):
    pytest.importorskip("lifelines")
    (term,) = livingdrug("survival remissions.csv --cox treated --json").json["cox"]
    assert term["hazard_ratio"] == pytest.approx(0.2076, abs=2e-3)


def test_an_estimand_is_applied_to_days(livingdrug, remissions):
    line = "survival days.csv --estimand pfs --visits 28,90,180 --column group=arm --at 60 --json"
    found = livingdrug(line).json
    assert "from infusion to progression or death" in found["definition"]
    assert {g["group"]: g["events"] for g in found["groups"]} == {"x": 1, "y": 1}
    assert found["interval_censored"] is not None
    assert livingdrug("survival days.csv --estimand dor --json").json["left_out"] == 1


def test_interval_censored_times(livingdrug, folder):
    (folder / "i.csv").write_text("time,event,lower,upper\n28,yes,0,28\n90,yes,28,90\n90,no,90,\n")
    found = livingdrug("survival i.csv --at 60 --json").json["interval_censored"]
    assert found == [
        {"time": 60.0, "lowest": pytest.approx(1 / 3), "highest": pytest.approx(2 / 3)}
    ]


@pytest.mark.parametrize("kind", ["curve", "incidence"])
def test_figures(livingdrug, remissions, kind):
    assert "wrote x.png" in livingdrug(f"survival remissions.csv --plot {kind} x.png").out


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("days.csv", "no column time"),
        ("days.csv --estimand pf", "pfs"),
        ("remissions.csv --visits 28", "give --estimand"),
        ("remissions.csv --level 95", "--level"),
        ("remissions.csv --unit hours", "--unit"),
        ("remissions.csv --at x", "--at"),
        ("remissions.csv --cox nothing", "column 'nothing' is missing"),
        ("remissions.csv --column when=time", "names: time"),
        ("days.csv --estimand os --plot incidence x.png", "two kinds of event"),
    ],
)
def test_refusals(refused, remissions, line, text):
    refused(f"survival {line}", text)


def test_faults_of_times_are_named(refused, folder):
    (folder / "bad.csv").write_text("time,event\n-1,yes\n5,perhaps\n,no\n")
    refused(
        "survival bad.csv",
        "row 2, column time: -1 is not allowed",
        "row 3, column event: 'perhaps'",
        "row 4, column time: the cell is empty",
    )


@pytest.fixture
def measured(folder: Path) -> Path:
    (folder / "people.csv").write_text("id,cr\na,1\nb,0\nc,1\n")
    path = folder / "cells.csv"
    path.write_text("id,day,value\na,7,1\na,14,50\nb,14,2\nc,14,70\n")
    return path


def test_groups(livingdrug, measured):
    line = (
        "groups cells.csv --people people.csv --by cr --label 1=yes --column subject=id "
        "--name CAR --unit cell/uL --plot kinetics x.png"
    )
    done = livingdrug(line)
    assert (done.code, done.err) == (0, "")
    assert "wrote x.png" in done.out
    found = livingdrug(line.split(" --plot", maxsplit=1)[0] + " --json").json["analytes"][0]
    assert [(g["group"], g["median"]) for g in found["groups"]] == [("0", 2.0), ("yes", 60.0)]


def test_groups_refusals(refused, measured, folder):
    refused("groups cells.csv --people people.csv --by x --column subject=id", "'x' is missing")
    (folder / "few.csv").write_text("id,cr\na,1\n")
    message = refused("groups cells.csv --people few.csv --by cr --column subject=id", "not in")
    assert message.count("is not in --people") == 2
    refused(
        "groups cells.csv --people people.csv --by cr --column subject=id --label yes", "--label"
    )
