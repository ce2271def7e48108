"""``livingdrug response``: classification, rates, figures and refusals."""

from __future__ import annotations

from pathlib import Path

import pytest

RECIST = """subject,day,sum,nontarget,new_lesions
a,0,100,present,0
a,42,60,present,0
a,84,50,present,0
b,-2,80,absent,0
b,42,100,absent,0
c,0,50,absent,0
c,42,30,absent,0
"""
ALL = """subject,day,marrow,neutrophils,platelets,mrd,extramedullary
a,0,60,,,,no
a,28,1,1500,150000,0.00001,no
b,0,70,,,,no
b,28,1,300,20000,0.01,no
"""


@pytest.fixture
def visits(folder: Path) -> Path:
    path = folder / "visits.csv"
    path.write_text(RECIST, encoding="utf-8")
    (folder / "all.csv").write_text(ALL, encoding="utf-8")
    return path


def test_recist_with_and_without_confirmation(livingdrug, visits):
    done = livingdrug("response visits.csv --criterion recist")
    assert (done.code, done.err) == (0, "")
    assert "1/3, 33.3 % (0.8 to 90.6)" in done.out  # c was seen once
    assert "unconfirmed" in done.out
    found = livingdrug("response visits.csv --criterion recist --no-confirm --json").json
    assert [row["best"] for row in found["subjects"]] == ["PR", "PD", "PR"]
    assert found["rates"]["overall response"][0]["hits"] == 2
    assert found["subjects"][0]["first_response"] == 42
    assert all(rule["source"] for rule in found["rules"])


def test_the_rates_may_be_of_all_enrolled(livingdrug, visits, refused):
    found = livingdrug("response visits.csv --criterion recist --enrolled 10 --json").json
    assert found["rates"]["overall response"][0]["n"] == 10
    refused("response visits.csv --criterion recist --enrolled 2", "3 people are in the file")


def test_leukaemia_tells_counts_and_residual_disease_apart(livingdrug, visits):
    found = livingdrug("response all.csv --criterion all --json").json
    assert [row["best"] for row in found["subjects"]] == ["CR", "CRi"]
    rates = {name: pair[0]["hits"] for name, pair in found["rates"].items()}
    assert rates == {
        "overall response": 2,
        "complete, any counts": 2,
        "complete, MRD negative": 1,
        "complete response": 1,
    }


def test_irecist_and_imwg_and_lugano(livingdrug, folder):
    (folder / "i.csv").write_text("subject,day,sum\na,0,50\na,42,61\na,84,66\n")
    row = livingdrug("response i.csv --criterion irecist --json").json["subjects"][0]
    assert (row["best"], row["progression"]) == ("iCPD", 42)
    (folder / "m.csv").write_text("subject,day,m_serum\na,0,4\na,28,1\na,56,1\n")
    assert livingdrug("response m.csv --criterion imwg").out.count("PR") >= 2
    (folder / "l.csv").write_text("subject,day,deauville,uptake\na,0,5,\na,30,4,reduced\n")
    done = livingdrug("response l.csv --criterion lugano --modality pet --json")
    assert done.json["subjects"][0]["best"] == "PR"
    assert done.json["criterion"] == "Lugano 2014, PET"


@pytest.mark.parametrize("kind", ["swimmer", "waterfall", "spider"])
def test_figures(livingdrug, refused, visits, kind):
    line = f"response visits.csv --criterion recist --plot {kind} x.svg"
    assert "wrote x.svg" in livingdrug(line).out
    refused(line, "exists")
    assert livingdrug(line + " --force").code == 0


def test_every_fault_of_a_table_is_named(refused, folder):
    (folder / "bad.csv").write_text(
        "subject,day,sum,nontarget\na,0,wide,gone\na,42,-3,absent\n,50,3,absent\n"
    )
    message = refused("response bad.csv --criterion recist", "problems")
    for part in (
        "row 2, column sum: 'wide'",
        "row 2, column nontarget: 'gone' is not allowed (allowed: absent, present, progressive)",
        "row 3, column sum: -3 is not allowed",
        "row 4, column subject: the cell is empty",
    ):
        assert part in message


def test_rows_that_do_not_fit_together(refused, folder):
    (folder / "twice.csv").write_text("subject,day,sum\na,0,50\na,42,40\na,42,40\n")
    refused("response twice.csv --criterion recist", "row 4, column day", "row 3")
    (folder / "start.csv").write_text("subject,day,sum\na,42,40\n")
    refused("response start.csv --criterion recist", "subject a", "day 0 or before")


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("visits.csv --criterion recis", "recist"),
        ("visits.csv --criterion lugano", "by pet or by ct"),
        ("visits.csv --criterion recist --modality ct", "belongs to lugano"),
        ("visits.csv --criterion recist --maintained 28", "belongs to all"),
        ("visits.csv --criterion recist --stable-from -1", "0 or more"),
        ("visits.csv --criterion imwg", "no column m_serum"),
        ("visits.csv --criterion recist --plot pie x.png", "unknown figure"),
        ("visits.csv --criterion recist --plot swimmer x.jpg", ".png"),
        ("none.csv --criterion recist", "does not exist"),
    ],
)
def test_refusals(refused, visits, line, text):
    refused(f"response {line}", text)
