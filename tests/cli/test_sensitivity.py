"""``livingdrug sensitivity``: table, JSON, figure, refusals."""

from __future__ import annotations

import json

import pytest

LINE = "sensitivity singh2021 --dose 1e8 --days 60 -n 64 --resamples 20"


def test_the_table_is_sorted_and_names_origins(livingdrug) -> None:
    done = livingdrug(LINE + " --readouts cmax,nadir --top 3")
    assert (done.code, done.err) == (0, "")
    for text in (
        "partial rank correlation over 64 points of 9 parameters, until day 60",
        "doses: infusion 1e+08 cell on day 0",
        "cmax: maximum of car_transgene from day 2 to day 60, copies/ug",
        "a regression on ranks explains",
        "due to ASSUMED numbers: 0 % (0 to 0)",
        "intervals: 95 %, 20 bootstrap resamples; seed 1",
        "0 of 64 failed",
    ):
        assert text in done.out
    first = done.out.split("cmax:")[1].split("nadir:")[0]
    rows = [line.split() for line in first.splitlines() if "lognormal" in line]
    sizes = [abs(float(row[1])) for row in rows]
    assert len(rows) == 3
    assert sizes == sorted(sizes, reverse=True)
    assert rows[0][0] == "Kkill_max"
    assert {"estimated"} <= set(rows[0])


def test_assumed_numbers_are_named(livingdrug) -> None:
    done = livingdrug(LINE + " --readouts cmax --parameters Kg,Kkill_max --span 2 --set Kg=0.01")
    assert done.code == 0
    short = "sensitivity singh2021 --days 30 -n 40 --resamples 20 --readouts cmax"
    assert "doses: none given, of infusion" in livingdrug(f"{short} --dose none").out
    # what the model's own read-outs are about, when nobody says otherwise
    assert "doses: infusion 4.5e+08 cell on day 0" in livingdrug(short).out
    assert "note: ASSUMED: 1 parameter without a stated variability, from value / 2" in done.out
    row = next(line for line in done.out.splitlines() if line.split()[:1] == ["Kg"])
    assert row.count("ASSUMED") == 2
    assert "0.005 to 0.02, even in the logarithm" in row


def test_json_has_every_parameter_and_no_nan(livingdrug) -> None:
    pytest.importorskip("SALib", reason="the extra 'stats' is not installed")
    line = LINE + " --method sobol --readouts cmax,day_below@1 --top 1 --json"
    done = livingdrug(line)
    found = json.loads(done.out, parse_constant=pytest.fail)
    assert (found["model"], found["method"], found["n"], found["simulations"]) == (
        "singh2021", "sobol", 64, 64 * 11,
    )  # fmt: skip
    assert len(found["parameters"]) == 9
    assert found["parameters"]["Kkill_max"]["origin"] == "estimated"
    cmax = found["readouts"]["cmax"]
    assert set(cmax["parameters"]) == set(found["parameters"])
    first = next(iter(cmax["parameters"].values()))["total"]
    assert first["lower"] < first["value"] < first["upper"]
    assert cmax["share_assumed"]["value"] == 0
    lacking = found["readouts"]["day_below@1"]
    assert "use prcc" in lacking["note"]
    assert lacking["parameters"]["Kkill_max"]["total"]["value"] is None
    assert livingdrug(line).out == done.out


def test_the_reference_model_says_that_it_is_uncalibrated(livingdrug) -> None:
    done = livingdrug(
        "sensitivity reference --dose fludarabine=0.7@-5 --dose 1e8 --days 30 -n 60 --resamples 20 "
        "--readouts cmax --json"
    )
    assert done.code == 0
    assert "uncalibrated" in done.json["notice"]
    assert done.json["doses"] == ["fludarabine 0.7 mg/L on day -5", "infusion 1e+08 cell on day 0"]
    assert any("correlates KE, gam, Gm" in note for note in done.json["notes"])
    assert done.json["readouts"]["cmax"]["share_assumed"]["value"] == 1


def test_the_figure_is_written_once(livingdrug, folder) -> None:
    done = livingdrug(LINE + " --readouts cmax,tmax --plot look.svg")
    assert done.code == 0
    assert "written: look.svg" in done.out
    first = (folder / "look.svg").read_bytes()
    assert b"<svg" in first
    again = livingdrug(LINE + " --readouts cmax,tmax --plot look.svg")
    assert again.code == 2
    assert "exists" in again.err
    assert livingdrug(LINE + " --readouts cmax,tmax --plot look.svg --force").code == 0
    assert (folder / "look.svg").read_bytes() == first


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ("sensitivity singh2012", "did you mean 'singh2021'"),
        (LINE + " --method anova", "unknown method 'anova'"),
        (LINE + " --readouts cmaxx", "did you mean 'cmax'"),
        (LINE + " --readouts cmax,", "has an empty name"),
        (LINE + " --parameters Kgg", "unknown parameter or initial value 'Kgg'"),
        (LINE + " --dose much", "write 1e8 for infused cells on day 0"),
        (LINE + " --dose tocilizumab=8@3", "unknown dose 'tocilizumab'"),
        ("sensitivity kimmel2021 --dose 1e8", "stands for it; set that instead"),
        (LINE + " --set Kg=-1", "out of bounds"),
        (LINE + " --top 0", "--top: 0 given"),
        (LINE + " --threads 0", "--threads: 0 given"),
        (LINE + " --seed -1", "--seed: -1 given"),
        ("sensitivity singh2021 --method sobol -n 1000", "powers of two"),
        (LINE + " --plot look.bmp", "a figure is written as .png, .svg, .pdf"),
    ],
)
def test_what_does_not_fit_is_refused(refused, options: str, text: str) -> None:
    refused(options, text)
