"""Reductions, and results in pieces, on the command line."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr
import zarr

import livingdrug as ld
from livingdrug.cli import pieces
from livingdrug.core.provenance import read_manifest
from livingdrug.interop.course_files import read_course
from livingdrug.interop.pieces import PIECE_FORMATS

RUN = "simulate kimmel2021 --subjects 12 --days 40 --seed 4"
SUFFIXES = list(PIECE_FORMATS)
# the package under test, also where it is not installed and the path to it is relative
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(Path(ld.__file__).resolve().parents[1])}


def edit(path: Path, change) -> None:
    content = json.loads(path.read_text())
    change(content)
    path.write_text(json.dumps(content))


def test_summary(livingdrug, folder):
    done = livingdrug(f"{RUN} --reduce")
    assert (done.code, done.err) == (0, "")
    assert list(folder.iterdir()) == []
    for text in (
        "12 virtual subjects, until day 40",
        "cmax: maximum of car_t_blood from day 2 to day 40",
        "first_day_progression: event day of progression; 12 of 12 without a value",
        "0 of 12 failed",
        "not medical advice",
    ):
        assert text in done.out


def test_summary_as_json(livingdrug):
    found = livingdrug(f"{RUN} --reduce --json").json
    model = ld.get_model("kimmel2021")
    expected = ld.simulate(
        model,
        ld.draw_cohort(model, 12, seed=4),
        times=[0.0, 40.0],
        reduce=ld.headline_reductions(model, 40.0),
    )
    assert (found["subjects"], found["simulated"], found["failed"]) == (12, 12, 0)
    assert found["days"] == 40
    assert list(found["reductions"]) == [
        "cmax", "tmax", "auc_0_28d", "car_day_40", "tumor_nadir", "tumor_nadir_day",
        "tumor_day_40", "cure_probability", "first_day_progression",
    ]  # fmt: skip
    for name, entry in found["reductions"].items():
        values = expected[name].values
        if np.isnan(values).all():
            assert (entry["median"], entry["missing"]) == (None, 12)
            continue
        for key, p in (("p05", 0.05), ("median", 0.5), ("p95", 0.95)):
            assert entry[key] == np.quantile(values, p), name
        assert entry["unit"] == expected[name].attrs["units"]
    assert found["written"] == []


def test_days_before_the_end_of_the_window(livingdrug):
    found = livingdrug("simulate kimmel2021 --subjects 3 --days 1.5 --reduce --json").json
    assert "auc_0_1p5d" in found["reductions"]
    assert "day 0 to day 1.5" in found["reductions"]["cmax"]["label"]


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("reduce", ["", " --reduce"])
def test_written_repeated_and_changed(livingdrug, folder, suffix, reduce):
    name = f"x{suffix}"
    done = livingdrug(f"{RUN}{reduce} --piece-size 5 --out {name}")
    assert (done.code, done.err) == (0, "")
    assert f"written: {name} in pieces of 5 subjects (with manifest)" in done.out
    manifest = read_manifest(folder / name / PIECE_FORMATS[suffix].manifest_name)
    command = f"livingdrug {RUN.replace('40', '40.0')} --out {name}{reduce} --piece-size 5"
    assert " ".join(manifest.command) == command
    assert ("cmax, quantile 0.5" in manifest.results) is bool(reduce)
    done = livingdrug(f"rerun {name}")
    assert (done.code, done.out) == (0, f"identical: {manifest.outputs['pieces']}\n")
    assert livingdrug(f"rerun {name} --json").json["pieces"] == manifest.outputs["pieces"]
    variable = "cmax" if reduce else "B"
    if suffix == ".zarr":
        array = zarr.open_array(folder / name / variable, mode="r+")
        array[6] = array[6] * 1.25
    else:
        part = folder / name / "part-000001.parquet"
        table = pd.read_parquet(part)
        if reduce:
            table.loc[table["subject"] == 6, variable] *= 1.25
        else:
            table.loc[(table["subject"] == 6) & (table["variable"] == variable), "value"] *= 1.25
        table.to_parquet(part, index=False)
    done = livingdrug(f"rerun {name}")
    assert done.code == 2
    first, line = done.out.splitlines()
    assert first == "different:"
    # 1.25 times the right value lies 0.2 of itself away from it
    assert f"subjects 5 to 9, stored variable {variable}: " in line
    assert "difference 0.2" in line


def test_changed_manifest_of_pieces(livingdrug, folder):
    livingdrug(f"{RUN} --reduce --piece-size 5 --out x.parquet")
    path = folder / "x.parquet" / "_manifest.json"

    def change(content):
        words = content["command"]
        words[words.index("--seed") + 1] = "5"

    edit(path, change)
    done = livingdrug("rerun x.parquet")
    assert done.code == 2
    assert "the pieces: its digest is not" in done.out
    assert "cmax, quantile 0.5: " in done.out
    (folder / "x.parquet" / "part-000001.parquet").unlink()
    assert "part-000001.parquet: cannot be read" in livingdrug("rerun x.parquet").out
    copy = folder / "copy.manifest.json"
    copy.write_bytes(path.read_bytes())
    assert "part" not in livingdrug("rerun copy.manifest.json").out  # nothing is stored beside it


def test_other_options_are_carried_into_pieces(livingdrug, folder):
    options = (
        "--variant quartile --set r_B=0.2 --assume-cv N=0.1 --visits 2.25,7 --lloq 1 --rtol 1e-5"
    )
    assert livingdrug(f"{RUN} {options} --out whole.zarr").code == 0
    assert livingdrug(f"{RUN} {options} --out x.zarr --piece-size 5 --threads 2").code == 0
    whole, found = (read_course(folder / name) for name in ("whole.zarr", "x.zarr"))
    xr.testing.assert_identical(found.drop_attrs(deep=False), whole.drop_attrs(deep=False))
    assert livingdrug("rerun x.zarr").out.startswith("identical: ")


def test_a_large_course_goes_in_pieces_by_itself(livingdrug, folder, monkeypatch):
    monkeypatch.setattr(pieces, "STREAM_BYTES", 10_000)
    for line in ("--out x.zarr", "--out x.parquet"):
        assert "in pieces of" in livingdrug(f"{RUN} {line}").out
    # what needs the whole course keeps it
    assert "in pieces of" not in livingdrug(f"{RUN} --out y.zarr --plot y.png").out
    assert "in pieces of" not in livingdrug(f"{RUN} --out y.csv").out
    assert "in pieces of" not in livingdrug("simulate kimmel2021 --days 40 --out z.zarr").out


def test_failed_subjects(livingdrug, folder):
    # see test_failures.py: some of these tumours exceed every number
    line = "simulate kimmel2021 --days 7000 --subjects 6 --reduce --piece-size 2"
    done = livingdrug(f"{line} --out x.parquet --json")
    assert done.code == 4
    assert 0 < done.json["failed"] < 6
    assert len(done.json["failures"]) == done.json["failed"]
    assert "they are marked in the result" in done.err
    table = pd.read_parquet(folder / "x.parquet")
    assert (table["status"] != 0).sum() == done.json["failed"]
    assert table.loc[table["status"] != 0, "cmax"].isna().all()
    assert livingdrug("rerun x.parquet").out.startswith("identical: ")


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_interrupted_and_resumed(livingdrug, folder, monkeypatch, suffix):
    line = f"{RUN} --reduce --piece-size 5 --out x{suffix}"
    straight = livingdrug(f"{RUN} --reduce --piece-size 5 --out straight{suffix} --json").json
    sort = PIECE_FORMATS[suffix]
    with monkeypatch.context() as patch:
        write = sort.write

        def stopping(self, number, first, ds):
            if number == 1:
                raise KeyboardInterrupt
            write(self, number, first, ds)

        patch.setattr(sort, "write", stopping)
        done = livingdrug(line)
    assert (done.code, done.out) == (3, "")
    assert done.err == (
        f"livingdrug: interrupted; 5 of 12 subjects are finished in x{suffix} and can be read; go "
        "on with the same call and resume (--resume)\n"
    )
    done = livingdrug(line)
    assert (done.code, done.out) == (2, "")
    assert "holds an unfinished result (5 of 12 subjects)" in done.err
    assert "no manifest is with it" in livingdrug(f"rerun x{suffix}").err
    done = livingdrug(f"{line} --resume --seed 5")
    assert (done.code, done.out) == (2, "")
    assert "seed: 4 then, 5 now" in done.err
    found = livingdrug(f"{line} --resume --json").json
    assert found["simulated"] == 7
    assert (found["digest"], found["reductions"]) == (straight["digest"], straight["reductions"])
    again = livingdrug(f"{line} --resume --json").json
    assert (again["simulated"], again["reductions"]) == (0, straight["reductions"])
    assert livingdrug(f"{line} --resume").out.count("12 subjects were finished before") == 1
    assert livingdrug(f"rerun x{suffix}").out.startswith("identical: ")


INTERRUPTED = """
import os, signal
from livingdrug.interop.zarr_pieces import ZarrPieces

write = ZarrPieces.write


def writing(self, number, first, ds):
    if number == 2:
        os.kill(os.getpid(), signal.SIGINT)
    write(self, number, first, ds)


ZarrPieces.write = writing
from livingdrug.cli.app import run
run("simulate kimmel2021 --subjects 12 --days 40 --piece-size 4 --out x.zarr".split())
"""


@pytest.mark.skipif(sys.platform == "win32", reason="os.kill has no SIGINT for itself there")
def test_a_real_interrupt(folder):
    done = subprocess.run(
        [sys.executable, "-c", INTERRUPTED],
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (3, "")
    assert "interrupted; 8 of 12 subjects are finished in x.zarr" in done.stderr
    assert "Traceback" not in done.stderr
    with xr.open_zarr(folder / "x.zarr") as found:
        assert (found["status"].values == 0).sum() == 8


def test_interrupted_before_anything_is_written(livingdrug, folder, monkeypatch):
    livingdrug(f"{RUN} --reduce --out x.parquet")
    before = sorted(path.name for path in (folder / "x.parquet").iterdir())

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("livingdrug.interop.pieces.simulate_piece", stop)
    done = livingdrug(f"{RUN} --reduce --out x.parquet --force --seed 9")
    assert (done.code, done.err) == (3, "livingdrug: interrupted; nothing was written\n")
    assert sorted(path.name for path in (folder / "x.parquet").iterdir()) == before


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("--reduce", ["--reduce", "needs --subjects"]),
        ("--subjects 4 --reduce --study zuma1", ["--study", "does not go with --reduce"]),
        ("--subjects 4 --reduce --plot x.png", ["--plot", "does not go with --reduce"]),
        ("--subjects 4 --reduce --visits 7", ["--visits", "does not go with --reduce"]),
        ("--subjects 4 --reduce --lloq 7", ["--lloq", "does not go with --reduce"]),
        ("--reduce --study zuma1 --trials 2", ["--trials", "--study", "does not go with --reduce"]),
        ("--subjects 4 --reduce --out x.csv", ["--reduce", ".parquet or FILE.zarr"]),
        ("--subjects 4 --piece-size 2", ["--piece-size", "is written with --out"]),
        ("--subjects 4 --piece-size 2 --out x.csv", ["--piece-size", "is written with --out"]),
        ("--subjects 4 --piece-size 0 --out x.zarr", ["--piece-size", "0 given"]),
        ("--piece-size 2 --out x.zarr", ["--piece-size", "needs --subjects"]),
        ("--subjects 4 --resume", ["--resume", "needs --out"]),
        ("--resume --out x.zarr", ["--resume", "needs --subjects"]),
        ("--subjects 4 --resume --out x.csv", ["--resume", "is written with --out"]),
        ("--subjects 4 --resume --force --out x.zarr", ["--resume", "--force"]),
        ("--subjects 4 --resume --study zuma1 --out x.zarr", ["--study", "--resume"]),
        ("--subjects 4 --reduce --out nowhere/x.zarr", ["nowhere", "does not exist"]),
    ],
)
def test_is_refused(refused, line, expected):
    refused(f"simulate kimmel2021 {line}", *expected)


def test_no_variability_to_draw(refused):
    refused("simulate hosseini2020 --subjects 4 --reduce --out x.zarr", "states no variability")
