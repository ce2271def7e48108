"""``livingdrug compare``: table, JSON, figure, refusals."""

from __future__ import annotations

import pytest

LINE = "compare singh2021 kimmel2021 stein2019 --vary tumor_burden=0.2,1,5 --vary dose=0.1,1,10"


def test_the_table_has_elasticities_and_says_who_cannot_answer(livingdrug) -> None:
    done = livingdrug(LINE)
    assert (done.code, done.err) == (0, "")
    for text in (
        "tumor burden times 0.2, 1, 5",
        "dose times 0.1, 1, 10",
        "stein2019 cannot answer: no dose",
        "kimmel2021 cannot answer (peak, day of peak, AUC to day 28): the equations of car_t_blood",
        "singh2021: turned is the parameter T0",
        "+2.69",
    ):
        assert text in done.out


def test_json_has_no_nan(livingdrug) -> None:
    rows = livingdrug(LINE + " --json").json
    assert len(rows) == 3 * 2 * 5
    peak = rows[0]
    assert (peak["model"], peak["axis"], peak["outcome"]) == ("singh2021", "tumor_burden", "peak")
    assert len(peak["values"]) == 3
    assert len(peak["elasticities"]) == 2
    refused = [row for row in rows if row["reason"]]
    assert refused
    assert all(row["elasticity"] is None and row["values"] == [] for row in refused)


def test_the_figure_is_written_once(livingdrug, folder) -> None:
    done = livingdrug(LINE + " --plot look.svg")
    assert done.code == 0
    first = (folder / "look.svg").read_bytes()
    assert b"<svg" in first
    assert done.out.endswith("wrote look.svg\n")
    assert livingdrug(LINE + " --plot look.svg").code == 2
    assert livingdrug(LINE + " --plot look.svg --force").code == 0
    assert (folder / "look.svg").read_bytes() == first


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("compare singh2021", "--vary: nothing to turn"),
        ("compare singh2021 --vary dose", "'dose' given; write it as in dose=0.1,1,10"),
        ("compare singh2021 --vary dose=a,b", "'dose=a,b' given"),
        ("compare singh2021 --vary dose=1,2 --vary dose=3,4", "'dose' is given twice"),
        ("compare singh2021 --vary dos=1,2", "did you mean 'dose'?"),
        ("compare singh2021 --vary dose=1,1", "two or more different factors"),
        ("compare singh2021 --vary dose=1,2 --days 7", "allowed are 28 or more"),
        ("compare sing2021 --vary dose=1,2", "did you mean 'singh2021'"),
        ("compare singh2021 --vary dose=1,2 --plot look.gif", "a figure is written as"),
    ],
)
def test_what_cannot_be_asked_is_refused(refused, line, expected) -> None:
    refused(line, expected)
