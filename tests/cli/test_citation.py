"""BibTeX of a model, a study or a result."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

ENTRY = "@article{kimmel2021,"


@pytest.mark.parametrize("target", ["kimmel2021", "zuma1"])
def test_model_and_study(livingdrug, target):
    done = livingdrug(f"citation {target}")
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith(ENTRY)
    assert "10.1098/rspb.2021.0229" in done.out


@pytest.mark.parametrize("target", ["x.zarr", "x.png", "x.png.manifest.json"])
def test_result(livingdrug, target):
    done = livingdrug("simulate stein2019 --study zuma1 --days 9 --out x.zarr --plot x.png")
    assert done.code == 0
    done = livingdrug(f"citation {target}")
    assert done.code == 0
    # the model and the study that it was set beside
    assert done.out.count("@article{") == 2
    assert "10.1002/psp4.12388" in done.out
    assert "10.1098/rspb.2021.0229" in done.out


@pytest.mark.parametrize("name", ["x.parquet", "x.nc", "x.zarr", "pieces.parquet"])
def test_a_file_that_was_moved_alone(livingdrug, folder, name):
    pieces = " --piece-size 2" if name.startswith("pieces") else ""
    livingdrug(f"simulate stein2019 --subjects 3 --days 9 --out {name}{pieces}")
    source = f"{name}/part-000001.parquet" if pieces else name
    moved = folder / f"moved{Path(name).suffix}"
    (folder / source).rename(moved)
    if moved.is_dir():
        (moved / "manifest.json").unlink()
    assert livingdrug(f"citation {moved.name}").out == livingdrug("citation stein2019").out


def test_json(livingdrug):
    found = json.loads(livingdrug("citation stein2019 --json").out)
    assert [row["doi"] for row in found] == ["10.1002/psp4.12388"]
    assert found[0]["bibtex"].startswith("@article{stein2019,")


def test_unknown(refused, folder):
    refused("citation kimmel2012", "unknown result, model or study 'kimmel2012'", "'kimmel2021'")
    refused("citation ''", "unknown result, model or study ''")
    (folder / "notes.txt").write_text("mine")
    refused("citation notes.txt", "no manifest is with it")
