"""The command that simulates, with good input."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

import livingdrug as ld
from livingdrug.interop.course_files import read_course, read_table

SHARED_DATA = Path(__file__).resolve().parents[3] / "shared" / "data"


def rows_of(text: str) -> list[list[str]]:
    """Cells of the printed tables."""
    return [re.split(r"\s{2,}", line.strip()) for line in text.splitlines()]


def test_the_command_of_the_readme(livingdrug, folder):
    done = livingdrug("simulate kimmel2021 --study zuma1 --subjects 25 --plot zuma1.png")
    assert (done.code, done.err) == (0, "")
    assert (folder / "zuma1.png").read_bytes().startswith(b"\x89PNG")
    assert (folder / "zuma1.png.manifest.json").is_file()
    heading, second, *_ = done.out.splitlines()
    assert "(human; large B-cell lymphoma" in heading
    status = ld.get_model("kimmel2021").status
    assert f"model kimmel2021, variant published, status: {status}; 25 virtual" in second
    rows = rows_of(done.out)
    names = [row[0] for row in rows]
    for name in ("peak of CAR-T cells in blood", "day of peak", "AUC to day 28", "smallest tumour"):
        assert name in names
    published = {row[0]: row[-2] for row in rows if row[-1] == "cell/uL" and row[1:2] == ["101"]}
    assert published == {
        "7": "31.6", "14": "9.05", "28": "2.13", "90": "0.115", "180": "0.106"
    }  # fmt: skip
    for text in (
        "median of CAR-T cells in blood, simulated: model value",
        "5-95 % between people",
        "seed 1; method rodas5p (native backend), rtol 1e-06",
        "0 of 25 failed",
        "B resampled from study zuma1",
        "ZUMA-1: axicabtagene ciloleucel",
        "CC-BY-4.0",
        "written: zuma1.png (with manifest)",
        "Research simulation, not medical advice.",
    ):
        assert text in done.out


def test_json(livingdrug):
    done = livingdrug("simulate kimmel2021 --study zuma1 --subjects 12 --seed 3 --out x.csv --json")
    assert (done.code, done.err) == (0, "")
    found = done.json  # the whole output is one document
    assert set(found) == {
        "model", "variant", "status", "organism", "population", "subjects", "replicates", "failed",
        "failures", "extinctions", "trials", "days", "end", "time_unit", "study", "wall_s", "seed",
        "method", "backend", "rtol", "atol", "variability", "assumed", "warnings", "metrics",
        "comparison", "written", "citations",
        "disclaimer",
    }  # fmt: skip
    assert found["model"] == "kimmel2021"
    assert found["status"] == ld.get_model("kimmel2021").status
    assert (found["subjects"], found["failed"], found["failures"]) == (12, 0, [])
    assert (found["seed"], found["study"], found["written"]) == (3, "zuma1", ["x.csv"])
    assert found["wall_s"] > 0
    assert found["citations"] == ["10.1098/rspb.2021.0229"]
    assert {"peak", "day_of_peak", "auc_0_28d", "tumor_nadir"} <= set(found["metrics"])
    for metric in found["metrics"].values():
        assert {"median", "p05", "p95", "unit", "interval"} <= set(metric)
        if metric["median"] is not None:
            assert metric["p05"] <= metric["median"] <= metric["p95"]
    assert found["metrics"]["peak"]["unit"] == "cell/uL"
    day_7 = next(row for row in found["comparison"] if (row["day"], row["n"]) == (7.0, 101))
    assert day_7["published"] == pytest.approx(31.552)  # data/studies/zuma1
    assert day_7["lower"] < day_7["simulated"] < day_7["upper"]


def test_every_key_is_documented():
    page = Path(__file__).resolve().parents[2] / "docs" / "reference" / "command_line.md"
    text = page.read_text(encoding="utf-8")
    source = Path(ld.__file__).parent / "cli" / "report_json.py"
    keys = re.findall(r'^ +"(\w+)":', source.read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert len(keys) > 40
    assert [key for key in keys if f"`{key}`" not in text] == []


@pytest.mark.filterwarnings("default::livingdrug.core.errors.DraftModelWarning")
def test_numbers_agree_with_python(livingdrug):
    found = livingdrug("simulate stein2019 --subjects 6 --seed 5 --days 60 --json").json
    model = ld.get_model("stein2019")
    cohort = ld.draw_cohort(model, n=6, seed=5)
    grid = np.unique(np.concatenate([np.arange(0, 28.1, 0.5), np.arange(29.0, 61.0)]))
    course = ld.simulate(model, cohort, times=grid.tolist())
    after = course["car_transgene"].sel(time=course["time"] > 2)
    expected = float(np.median(after.max("time")))
    assert found["metrics"]["peak"]["median"] == pytest.approx(expected, rel=1e-12)


def test_one_subject_at_the_values_of_the_model(livingdrug):
    done = livingdrug("simulate kimmel2021")
    assert "one subject at the values of the model, until day 365" in done.out
    assert "between people" not in done.out
    assert "variability: none" in done.out
    found = livingdrug("simulate kimmel2021 --json").json
    assert found["subjects"] == 1
    assert found["metrics"]["peak"]["p05"] == found["metrics"]["peak"]["p95"]


def test_one_drawn_subject_is_not_the_nominal_one(livingdrug):
    done = livingdrug("simulate kimmel2021 --subjects 1 --study zuma1 --days 30")
    assert "1 virtual subject, until day 30" in done.out
    assert "one subject at the values" not in done.out
    assert "no comparison: one simulated subject is no sample of people" in done.out


def test_seed(livingdrug):
    def metrics(seed: int):
        return livingdrug(f"simulate kimmel2021 --subjects 4 --seed {seed} --json").json["metrics"]

    first = metrics(1)
    assert metrics(1) == first
    assert metrics(2) != first
    assert metrics(2**64 - 1) != first


def test_subject_does_not_depend_on_the_others(livingdrug, folder):
    livingdrug("simulate kimmel2021 --study zuma1 --subjects 3 --days 9 --out a.zarr")
    livingdrug("simulate kimmel2021 --study zuma1 --subjects 5 --days 9 --out b.zarr")
    few, many = read_course(folder / "a.zarr"), read_course(folder / "b.zarr")
    assert np.array_equal(few["C"].values, many["C"].values[:3])


def test_trials(livingdrug):
    line = "simulate kimmel2021 --study zuma1 --trials 3 --days 8"
    done = livingdrug(line)
    assert done.code == 0
    assert "3 virtual trials of 101 subjects" in done.out
    assert "of the trial statistic" in done.out
    assert "5-95 % between people" in done.out  # of the metrics above
    found = livingdrug(f"{line} --json").json
    assert (found["trials"], found["subjects"]) == (3, 303)
    trial = found["comparison"][0]
    assert "of the trial statistic" in trial["interval"]
    people = livingdrug("simulate kimmel2021 --study zuma1 --subjects 99 --days 8 --json").json
    person = people["comparison"][0]
    assert person["interval"] == "5-95 % between people"
    # a median over 101 people varies far less than people do
    assert trial["upper"] - trial["lower"] < 0.5 * (person["upper"] - person["lower"])


def test_visits(livingdrug, folder):
    done = livingdrug("simulate stein2019 --visits 3.3,40.25 --out x.zarr")
    assert done.code == 0
    times = read_course(folder / "x.zarr")["time"].values
    assert {3.3, 40.25} <= set(times.tolist())
    assert done.out.splitlines()[1].endswith("until day 40.25")


def test_lloq(livingdrug, folder):
    line = "simulate kimmel2021 --study zuma1 --subjects 8 --days 100 --lloq 1 --out x.zarr"
    done = livingdrug(line)
    assert done.code == 0
    assert "LLOQ 1 cell/uL, simulated: observation" in done.out
    course = read_course(folder / "x.zarr")
    below = course["blq"].sel(observable="car_t_blood").values
    expected = course["car_t_blood"].values < 1.0
    assert expected.any()
    assert not expected.all()
    assert np.array_equal(below, expected)
    assert float(course["lloq"].sel(observable="car_t_blood")) == 1.0
    assert np.isnan(course["observed"].sel(observable="car_t_blood").values[below]).all()


def test_set_moves_the_typical_value(livingdrug):
    def cure(extra: str) -> float:
        line = f"simulate kimmel2021 --subjects 9 --days 200 {extra} --json"
        values = livingdrug(line).json["metrics"]["tumor_nadir"]
        return values["median"]

    assert cure("--set r_B=0.2") > cure("") > cure("--set r_B=0.05")
    one = livingdrug("simulate kimmel2021 --days 9 --set C=0.72 --set B=50 --out x.csv")
    assert one.code == 0
    table = read_table("x.csv").set_index(["variable", "time"])["value"]
    at_start = [table["C", 0.0], table["B", 0.0]]
    # B is solved as a logarithm: one rounding there and back
    assert at_start == pytest.approx([0.72, 50.0], rel=1e-14)


def test_set_covariate_of_a_cohort(livingdrug, folder):
    line = (
        "simulate stein2019 --variant full_covariates --subjects 3 --days 20 --json --set female="
    )
    women, men = (livingdrug(line + sex).json["metrics"]["peak"]["median"] for sex in "10")
    # Table 1: a coefficient of 0.25 in the logarithm of Cmax
    assert women / men == pytest.approx(np.exp(0.25), rel=1e-3)


def test_infinity_where_the_model_itself_has_it(livingdrug):
    assert livingdrug("simulate stein2019 --days 30 --set t_steroid=inf").code == 0


@pytest.mark.parametrize("variant", ["omega_sd", "omega_variance"])
def test_variant(livingdrug, variant):
    done = livingdrug(f"simulate stein2019 --variant {variant} --subjects 5 --days 30")
    assert f"variant {variant}," in done.out
    assert f"from variant '{variant}'" in done.out


@pytest.mark.parametrize("method", ["bdf", "radau", "dop853", "rk45"])
def test_method(livingdrug, method):
    line = "simulate kimmel2021 --days 30 --rtol 1e-8 --json"
    expected = livingdrug(line).json["metrics"]
    found = livingdrug(f"{line} --method {method}").json
    assert found["method"] == method
    # two methods at a relative tolerance of 1e-8 agree to a few hundred times that
    assert found["metrics"]["peak"]["median"] == pytest.approx(expected["peak"]["median"], rel=1e-5)


def test_tolerances_are_reported(livingdrug):
    done = livingdrug("simulate kimmel2021 --days 5 --rtol 1e-7 --atol 1e-12")
    assert "rtol 1e-07, atol 1e-12" in done.out
    found = livingdrug("simulate kimmel2021 --days 5 --rtol 1e-7 --atol 1e-12 --json").json
    assert found["rtol"] == 1e-7
    # B is integrated as its logarithm, where rtol is the absolute tolerance
    assert found["atol"] == {"N": 1e-12, "C": 1e-12, "B": 1e-7, "J": 1e-12}


def test_study_of_other_quantities_is_not_compared(livingdrug):
    done = livingdrug("simulate stein2019 --study zuma1 --subjects 3")
    assert done.code == 0
    assert "no comparison: the course has no 'car_t_blood'" in done.out
    assert done.out.count("no comparison") == 2  # once for each quantity, not for each visit


def test_study_from_a_table(livingdrug, folder):
    (folder / "s.csv").write_text(
        "time,term,value,unit,statistic,n\n7,car_t_blood,31.5,cell/uL,median,10\n"
        "14,car_t_blood,9,cell/uL,median,10\n"
    )
    found = livingdrug("simulate kimmel2021 --study s.csv --subjects 3 --out x.csv --json").json
    assert [row["published"] for row in found["comparison"]] == [31.5, 9.0]
    inputs = json.loads((folder / "x.csv.manifest.json").read_text())["inputs"]
    assert [item["name"] for item in inputs] == ["s.csv"]


@pytest.mark.skipif(not SHARED_DATA.is_dir(), reason="the folder of raw data is not here")
def test_raw_data(livingdrug):
    line = "simulate kimmel2021 --study zuma1 --subjects 40 --days 3 --json"
    quantiles = livingdrug(line)
    values = livingdrug(f"{line} --data '{SHARED_DATA}'")
    assert values.code == 0
    # the same distribution, read from its 96 values instead of their quantiles
    assert values.json["metrics"]["tumor_nadir"] != quantiles.json["metrics"]["tumor_nadir"]


@pytest.mark.parametrize("width", [80, 100, 160])
def test_tables_fit_the_terminal(livingdrug, monkeypatch, width):
    monkeypatch.setenv("COLUMNS", str(width))
    done = livingdrug("simulate kimmel2021 --study zuma1 --subjects 4")
    lines = done.out.splitlines()
    rules = [line for line in lines if "───" in line]
    assert len(rules) == 3
    assert all(len(line) <= width for line in rules)
    assert any(line.strip().startswith("peak of CAR-T cells in blood ") for line in lines)


@pytest.mark.parametrize("suffix", ["svg", "pdf", "PNG"])
def test_figure_formats(livingdrug, folder, suffix):
    assert livingdrug(f"simulate stein2019 --days 60 --plot x.{suffix}").code == 0
    start = {"svg": b"<?xml", "pdf": b"%PDF", "PNG": b"\x89PNG"}[suffix]
    assert (folder / f"x.{suffix}").read_bytes().startswith(start)


def test_store_opens_with_xarray_without_a_warning(livingdrug, folder):
    livingdrug("simulate kimmel2021 --subjects 2 --days 9 --out x.zarr")
    with xr.open_zarr(folder / "x.zarr") as course:  # a warning would fail the test
        assert course["C"].attrs["units"] == "cell/uL"
        assert course.attrs["schema"] == "livingdrug.course"
        manifest = json.loads(course.attrs["provenance"])
    assert manifest == json.loads((folder / "x.zarr" / "manifest.json").read_text())


def test_one_subject_with_a_covariate_has_its_effects(livingdrug):
    """A typical value that is set is that before the effects, as in a drawn cohort."""
    from livingdrug.catalogue.index import get_model

    model = get_model("stein2019", "full_covariates")
    effect = next(e for e in model.covariate_effects if e.form == "power")
    line = "simulate stein2019 --variant full_covariates --days 60 --json --set Cmax=1000"
    plain = livingdrug(line).json["metrics"]["peak"]["median"]
    reference = next(c.reference for c in model.covariates if c.name == effect.covariate)
    moved = livingdrug(f"{line} --set {effect.covariate}={2 * reference}").json
    assert effect.parameter == "Cmax"
    expected = plain * 2**effect.coefficient
    # the peak is read from the curve between reported days, as before
    assert abs(moved["metrics"]["peak"]["median"] / expected - 1) < 1e-6
