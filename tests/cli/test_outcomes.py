"""The stochastic methods and the outcomes command, from the command line."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import livingdrug as ld
from livingdrug.interop.course_files import carried_manifest, read_course, read_table

HYBRID = "simulate kimmel2021 --method hybrid --threshold 100 --replicates 6 --days 90"
SHORT = "outcomes kimmel2021 --threshold 100 --replicates 8 --days 90"

NET = """
from livingdrug import ModelBuilder

def model():
    m = ModelBuilder("net_tumor", dimensions="off")
    m.species("T", initial=6.5, unit="cell", count_per_unit=1.0, term="tumor_burden", at="chosen")
    m.parameter("g", {g}, "1/day", at="chosen")
    {rate}
    return m.build()
"""


def own_model(folder: Path, *, g: float = -0.05, net: bool = True, name: str = "net.py") -> None:
    rate = 'm.rate("T", "g * T")' if net else 'm.reaction("grow", "T -> 2 T", rate="g * T")'
    (folder / name).write_text(NET.format(g=g, rate=rate), encoding="utf-8")


@pytest.mark.parametrize("name", ["a.csv", "a.parquet", "a.zarr"])
def test_replicates_are_written_and_repeated(livingdrug, folder, name):
    done = livingdrug(f"{HYBRID} --out {name}")
    assert (done.code, done.err) == (0, "")
    assert "one subject at the values of the model, 6 runs, until day 90" in done.out
    assert "5-95 % between runs" in done.out
    assert "0 of 6 failed" in done.out
    assert re.search(r"died out by day 90: B in \d of 6 runs", done.out)
    expected = ld.simulate(
        ld.get_model("kimmel2021"), times=[0, 90], method="hybrid", replicates=6, seed=1,
        stochastic=ld.Stochastic(threshold=100),
    )  # fmt: skip
    if name.endswith("zarr"):
        course = read_course(folder / name)
        assert dict(course.sizes)["replicate"] == 6
        first = course["C"].values[0, :, 0]
    else:
        table = read_table(folder / name)
        rows = table[(table["variable"] == "C") & (table["time"] == 0)]
        assert sorted(rows["replicate"].astype(int)) == list(range(6))
        first = rows["value"].to_numpy()
    np.testing.assert_array_equal(first, expected["C"].values[0, :, 0])
    again = livingdrug(f"rerun {name}")
    assert (again.code, again.out[:10]) == (0, "identical:")


def test_figures_of_runs_with_and_without_a_tumour(livingdrug, folder):
    done = livingdrug(f"{HYBRID} --plot paths.png --json")
    assert done.code == 0
    assert done.json["replicates"] == 6
    assert set(done.json["extinctions"]) <= {"B"}
    assert {m["interval"] for m in done.json["metrics"].values()} == {"between runs"}
    text = NET.format(g=0.1, rate='m.reaction("grow", "T -> 2 T", rate="g * T")')
    (folder / "no.py").write_text(text.replace(', term="tumor_burden"', ""), encoding="utf-8")
    line = "simulate no.py --method ssa --round-initial --replicates 3 --days 5 --plot band.png"
    assert livingdrug(line).code == 0
    for name in ("paths.png", "band.png"):
        assert (folder / name).read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("--method hybrid --replicates 0", ["--replicates: 0 given", "1 to 1,000,000"]),
        ("--replicates 5", ["--replicates: needs a method that simulates jumps"]),
        ("--method lsoda --threshold 9", ["--threshold: needs a method", "lsoda does not"]),
        ("--method hybrid --release 1", ["--release: 1 given; more than 1", "threshold"]),
        (
            "--method hybrid --threshold 0 --max-events 0 --turnover N=-1",
            ["3 problems", "--threshold: 0", "--max-events: 0", "--turnover N: -1"],
        ),
        ("--method hybrid --epsilon 0.1", ["--epsilon: belongs to --method tau or langevin"]),
        ("--method ssa --threshold 10", ["--threshold: belongs to --method hybrid"]),
        ("--method hybrid --count Z", ["unknown species 'Z'"]),
        ("--method hybrid --count N", ["--turnover N=0"]),
        ("--method ssa", ["rate of N", "net rate", "--turnover N=0"]),
        ("--method hybrid --reduce --subjects 3", ["--reduce: does not go", "livingdrug outcomes"]),
        ("--method hybrid --piece-size 3 --subjects 9 --out x.zarr", ["--piece-size: does not"]),
        ("--method hybrid --resume --subjects 9 --out x.zarr", ["--resume: does not go"]),
        ("--method hybrid --trials 3 --study zuma1", ["--trials: does not go"]),
        (
            "--method hybrid --subjects 500 --replicates 1000",
            ["500 subjects x 1,000 replicates", "GiB", "livingdrug outcomes"],
        ),
        ("--method hybrid --subjects 9999 --replicates 9999", ["runs; allowed are 10,000,000"]),
    ],
)
def test_what_cannot_be_simulated(refused, line, expected):
    refused(f"simulate kimmel2021 {line}", *expected)


def test_initial_values_that_are_no_whole_number(livingdrug, folder):
    own_model(folder, g=0.1, net=False)
    done = livingdrug("simulate net.py --method ssa --replicates 2 --days 5")
    assert done.code == 3
    assert "6.5 entities" in done.err
    assert "--round-initial rounds" in done.err
    assert (
        livingdrug("simulate net.py --method ssa --replicates 2 --days 5 --round-initial").code == 0
    )


def test_an_explosion_is_stopped_and_marked(livingdrug, folder, refused):
    own_model(folder, g=1.0, net=False)
    line = "simulate net.py --method ssa --round-initial --replicates 3 --days 40 --max-events 200"
    done = livingdrug(line)
    assert done.code == 3
    for text in ("3 of 3 runs", "replicate 0", "more jumps than --max-events"):
        assert text in done.err
    refused(line.replace("simulate", "outcomes"), "every run failed", "--max-events", code=3)
    # some of the runs, at a rate at which about half of them get that far
    some = livingdrug(
        line.replace("simulate", "outcomes").replace("40", "4").replace("3 ", "40 ", 1)
    )
    assert some.code == 4
    assert "runs failed and are left out; the bounds" in some.out


def test_outcomes(livingdrug, folder):
    done = livingdrug(f"{SHORT} --subjects 3 --at 50,90 --out o.csv --plot paths p.png")
    assert (done.code, done.err) == (0, "")
    for text in (
        "3 virtual subjects, 8 runs each, until day 90",
        "ASSUMED: B is detected from 1 mL on",
        "95% simulation (these people)", "95% all people", "SD between people",
        "cumulative incidence", "day 50", "written: o.csv, p.png",
        "Research simulation, not medical advice.",
    ):  # fmt: skip
        assert text in done.out, text
    table = pd.read_csv(folder / "o.csv")
    assert len(table) == 24
    assert {"outcome", "outcome_day", "extinction_day(B)"} <= set(table)
    assert (folder / "p.png").read_bytes().startswith(b"\x89PNG")
    found = livingdrug(f"{SHORT} --subjects 3 --at 50,90 --json").json
    cure = found["cases"][0]["outcomes"]["cure"]
    share = (table["outcome"] == "cure").groupby(table["subject"]).mean().mean()
    assert cure["value"] == pytest.approx(share)
    assert cure["simulation"][0] <= cure["value"] <= cure["simulation"][1]
    assert [row["day"] for row in found["cases"][0]["incidence"]] == [50.0, 90.0]
    again = livingdrug("rerun o.csv")
    assert (again.code, again.out[:10]) == (0, "identical:")
    (folder / "o.csv").write_text("subject\n", encoding="utf-8")
    changed = livingdrug("rerun o.csv")
    assert changed.code == 2
    assert "not the file that the run wrote" in changed.out


def test_three_turnovers_where_the_source_hides_them(livingdrug, folder):
    own_model(folder)
    line = "outcomes net.py --replicates 60 --days 40 --round-initial --method ssa"
    done = livingdrug(f"{line} --detection 3 --out n.zarr")
    assert done.code == 0
    for text in ("T 0 ", "T 0.05 ", "T 0.2 ", "ASSUMED: turnover of T: 0.05 per day", "net rate"):
        assert text in done.out, text
    assert read_course(folder / "n.zarr")["turnover(T)"].values.tolist() == [0.0, 0.05, 0.2]
    assert livingdrug("rerun n.zarr").out.startswith("identical:")
    found = livingdrug(f"{line} --detection 3 --turnover T=0.1 --out n.parquet --json").json
    for name, turnovers in (("n.zarr", []), ("n.parquet", ["--turnover", "T=0.1"])):
        carried = carried_manifest(folder / name)
        assert carried is not None
        assert carried.command[:2] == ("livingdrug", "outcomes")
        assert {*turnovers} <= {*carried.command}
        assert carried.versions
    assert [case["turnover"]["T"] for case in found["cases"]] == [0.0, 0.1, 0.2]
    assert json.dumps(found["assumed"]).count("turnover of T") == 3


def test_people_in_parts_are_the_same(livingdrug, monkeypatch):
    from livingdrug.cli import outcomes_run

    whole = livingdrug(f"{SHORT} --subjects 5 --json").json["cases"]
    monkeypatch.setattr(outcomes_run, "RUNS_AT_ONCE", 16)
    assert livingdrug(f"{SHORT} --subjects 5 --json").json["cases"] == whole


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("kimmel2021 --replicates 0", ["--replicates: 0 given"]),
        ("kimmel2021 --method lsoda", ["lsoda does not"]),
        ("kimmel2021 --tumor Q --detection x=3", ["unknown species 'Q'", "unknown tumour 'x'"]),
        ("kimmel2021 --detection many", ["--detection: 'many' is not a number"]),
        ("kimmel2021 --detection -1", ["a finite number above 0"]),
        ("kimmel2021 --at 500 --level 2", ["2 problems", "--level: 2", "--at: day 500"]),
        ("kimmel2021 --turnover N", ["--turnover: 'N' is not name=values"]),
        ("kimmel2021 --turnover B=0.1", ["turnover of B", "nothing hidden"]),
        ("kimmel2021 --tumor =B", ["--tumor: '=B' given"]),
        ("kimmel2021 --out x.txt", [".zarr, .nc, .parquet, .csv"]),
        ("kimmel2021 --plot hist x.png", ["unknown figure 'hist'"]),
        ("stein2019", ["no species has a term that names a tumour", "among: E, M"]),
        ("chaudhury2020", ["detection level of U", "no count of cells"]),
    ],
)
def test_what_has_no_outcomes(refused, line, expected):
    refused(f"outcomes {line}", *expected)


def test_every_key_is_documented():
    root = Path(__file__).resolve().parents[2]
    text = (root / "docs" / "reference" / "command_line.md").read_text(encoding="utf-8")
    source = Path(ld.__file__).parent / "cli" / "report_outcomes.py"
    keys = re.findall(r'^ +"(\w+)":', source.read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert len(keys) > 25
    assert [key for key in keys if f"`{key}`" not in text] == []
