"""``livingdrug studies list|show|check``."""

from pathlib import Path

import pytest

from livingdrug.data.datasets import list_studies
from livingdrug.data.readers.known_record import list_known

BOSTON = Path(__file__).resolve().parents[3] / "shared" / "data" / "bwh_crs_icans"

ONE_PERSON = "time,term,value,unit,subject,lloq,blq\n0,car_t_blood,,cell/uL,P1,0.2,true\n"


@pytest.fixture
def crp(folder):
    """Write CRP of ten made-up people, of whom the last three are written tenfold."""

    def write(factor):
        rows = ["time,term,value,unit,subject"]
        rows += [
            f"{day},crp_serum,{value * (1 + who / 27) * tenfold:.4g},mg/L,P{who}"
            for who in range(10)
            for day, value in enumerate((2.0, 5, 30, 110, 180, 120, 60, 30, 9, 4))
            for tenfold in [factor if who > 6 and value > 100 else 1]
        ]
        (folder / "crp.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")

    return write


def test_list_names_every_study_and_says_what_is_shipped(livingdrug):
    rows = livingdrug("studies list --json").json
    assert {row["name"]: row["shipped"] for row in rows} == {
        **dict.fromkeys(list_studies(), True),
        **dict.fromkeys(list_known(), False),
    }
    assert all(row["licence"] for row in rows)
    assert "zuma1" in livingdrug("studies list").out


def test_show_a_study_of_the_package(livingdrug):
    facts = livingdrug("studies show zuma1 --json").json
    assert facts["licence"] == "CC-BY-4.0"
    assert facts["doses"][0]["cap"] == 2e8
    car = facts["terms"][0]
    assert (car["term"], car["people"], car["last_day"], car["lloq"]) == (
        "car_t_blood", 101, 180, [],
    )  # fmt: skip
    shown = livingdrug("studies show zuma1").out
    for words in ("licence: CC-BY-4.0", "at most 2e+08 cell", "not stated", "10.1098"):
        assert words in shown


def test_show_a_file(livingdrug, folder):
    (folder / "mine.csv").write_text(ONE_PERSON, encoding="utf-8")
    (term,) = livingdrug("studies show mine.csv --json").json["terms"]
    assert (term["lloq"], term["below_limit"], term["people"]) == ([0.2], 1, 1)


def test_show_a_set_that_is_not_shipped(livingdrug):
    facts = livingdrug("studies show bwh_crs_icans --json").json
    assert facts["shipped"] is False
    assert facts["files"] == ["daily.csv", "patients.csv"]
    assert "github.com" in facts["origin"]
    assert "CC BY-NC" in livingdrug("studies show bwh_crs_icans").out


def test_check_ends_with_2_on_a_mixture_and_says_where(livingdrug, crp):
    crp(10)
    done = livingdrug("studies check crp.csv")
    assert done.code == 2
    for words in ("error: unit mixture", "crp.csv, column value, crp_serum, rows", "3 of 10 people",
                  "what to do", "1 error"):  # fmt: skip
        assert words in done.out
    found = livingdrug("studies check crp.csv --json").json
    assert found["errors"] == 1
    assert found["findings"][0]["subjects"] == ["P7", "P8", "P9"]


def test_check_is_clean_on_a_clean_table(livingdrug, crp):
    crp(1)
    done = livingdrug("studies check crp.csv")
    assert (done.code, done.out.splitlines()[-1]) == (0, "crp.csv: 0 errors, 0 warnings")


def test_warnings_alone_end_with_0(livingdrug, folder):
    rows = ["time,term,value,unit,subject"]
    rows += [f"{day},il6_serum,{min(3 * 1.2**day, 400):.4g},pg/mL,P1" for day in range(40)]
    (folder / "il6.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    done = livingdrug("studies check il6.csv")
    assert done.code == 0
    assert "warning: assay ceiling" in done.out


def test_check_lists_what_the_reader_refuses(livingdrug, folder):
    (folder / "bad.csv").write_text("time,term,value,unit\n0,x,much,mg/L\n", encoding="utf-8")
    done = livingdrug("studies check bad.csv")
    assert done.code == 2
    assert "bad.csv, row 2, column value" in done.out
    found = livingdrug("studies check bad.csv --json").json
    assert found["errors"] == len(found["reader"]) == 1


@pytest.mark.parametrize("name", list_studies())
def test_every_study_of_the_package_passes(livingdrug, name):
    assert livingdrug(f"studies check {name}").code == 0


@pytest.mark.skipif(not BOSTON.is_dir(), reason="the data set bwh_crs_icans is not beside it")
def test_check_of_a_known_set_finds_crp_and_interleukin_6(livingdrug):
    done = livingdrug(f"studies check {BOSTON}")
    assert done.code == 2
    assert "daily.csv, column crp_mg_per_l" in done.out
    assert "(21 %), in 69 of 134 people, are above 500 mg/L" in done.out
    assert "141 of 1,269 values (11 %)" in done.out


def test_refusals(refused):
    refused("studies check zuma", "unknown study 'zuma', nor is it a place", "'zuma1'")
    refused("studies check bwh_crs_icans", "does not come with the package", "studies show")
    refused("studies show nowhere.csv", "unknown study")


def test_plot_writes_one_figure_and_refuses_what_it_cannot_draw(livingdrug, refused, crp, folder):
    crp(10)
    written = livingdrug("studies plot crp.csv crp.png --json").json["written"]
    assert written == ["crp.png"]
    assert (folder / "crp.png").read_bytes().startswith(b"\x89PNG")
    refused("studies plot crp.csv crp.png", "crp.png", "--force")
    refused("studies plot crp.csv other.png --term cpr_serum", "unknown term", "'crp_serum'")
    refused("studies plot crp.csv other.gif", "gif")
