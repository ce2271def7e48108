"""Places that cannot be written: refused before any work, and nothing is lost."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

RUN = "simulate kimmel2021 --days 7"


@pytest.fixture
def refused_at_once(refused, monkeypatch):
    """Like `refused`, and before any work is done."""

    def simulate(*_args, **_kwargs):
        pytest.fail("the simulation ran before the output was checked")

    monkeypatch.setattr("livingdrug.cli.simulation.run_request", simulate)
    return refused


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("--out x.txt", ["x.txt", "'.txt'", ".zarr, .nc, .parquet, .csv"]),
        ("--out x", ["x: no suffix", ".zarr, .nc, .parquet, .csv"]),
        ("--out nowhere/x.csv", ["'nowhere' does not exist", "create it first"]),
        ("--out nowhere/x.zarr", ["'nowhere' does not exist"]),
        ("--plot x.gif", ["x.gif", ".png, .svg, .pdf"]),
        ("--plot x", ["x: ", ".png, .svg, .pdf"]),
        ("--plot nowhere/x.png", ["'nowhere' does not exist"]),
        ("--plot x.csv --out x.csv", ["x.csv", ".png"]),
    ],
)
def test_is_refused(refused_at_once, line, expected):
    refused_at_once(f"{RUN} {line}", *expected)


@pytest.mark.parametrize(
    ("option", "name"),
    [("--out", "x.csv"), ("--out", "x.parquet"), ("--plot", "x.png"), ("--plot", "x.pdf")],
)
def test_existing_file(refused_at_once, folder, option, name):
    (folder / name).write_text("mine")
    refused_at_once(f"{RUN} {option} {name}", f"{name} exists", "--force")


@pytest.mark.parametrize(("option", "name"), [("--out", "x.csv"), ("--plot", "x.png")])
def test_existing_manifest(refused_at_once, folder, option, name):
    (folder / f"{name}.manifest.json").write_text("mine")
    refused_at_once(f"{RUN} {option} {name}", f"{name}.manifest.json exists", "--force")


@pytest.mark.parametrize("force", ["", " --force"])
@pytest.mark.parametrize(("option", "name"), [("--out", "d.csv"), ("--plot", "d.png")])
def test_a_folder_is_never_replaced_by_a_file(refused_at_once, folder, option, name, force):
    (folder / name).mkdir()
    refused_at_once(f"{RUN} {option} {name}{force}", f"{name} is a directory")


def test_store_over_a_file_or_a_foreign_folder(refused_at_once, folder):
    (folder / "x.zarr").write_text("mine")
    refused_at_once(f"{RUN} --out x.zarr --force", "x.zarr is a file")
    (folder / "y.zarr").mkdir()
    (folder / "y.zarr" / "thesis.docx").write_text("mine")
    refused_at_once(f"{RUN} --out y.zarr", "not replaced even with --force")
    refused_at_once(f"{RUN} --out y.zarr --force", "not replaced even with --force")


def test_parent_is_a_file(refused_at_once, folder):
    (folder / "file").write_text("mine")
    refused_at_once(f"{RUN} --out file/x.csv", "'file' is a file, not a folder")


def test_folder_that_may_not_be_written(refused_at_once, folder, monkeypatch):
    (folder / "locked").mkdir()
    # root may write everywhere, so permissions alone would not show it
    monkeypatch.setattr(os, "access", lambda *_args, **_kwargs: False)
    refused_at_once(f"{RUN} --out locked/x.csv", "no permission to write in the folder 'locked'")


def _full_disk(*_args, **_kwargs):
    raise OSError(errno.ENOSPC, "No space left on device")


WRITERS = [
    ("--out x.csv", "pandas.DataFrame.to_csv"),
    ("--out x.parquet", "pyarrow.parquet.write_table"),
    ("--out x.zarr", "xarray.Dataset.to_zarr"),
    ("--out x.nc", "xarray.Dataset.to_netcdf"),
    ("--plot x.png", "matplotlib.figure.Figure.savefig"),
    ("--out x.csv --plot x.png", "matplotlib.figure.Figure.savefig"),
    ("--out x.csv --plot x.png", "livingdrug.core.provenance.write_manifest"),
    ("--out x.zarr", "livingdrug.core.provenance.write_manifest"),
]


@pytest.mark.parametrize(("line", "writer"), WRITERS)
def test_full_disk(livingdrug, content, monkeypatch, line, writer):
    done = livingdrug(f"{RUN} {line}")
    assert done.code == 0
    before = content()
    monkeypatch.setattr(writer, _full_disk)
    done = livingdrug(f"{RUN} --seed 2 {line} --force")
    assert done.code == 3
    assert done.err.startswith("livingdrug: x.")
    assert "No space left on device" in done.err
    assert ".part-" not in done.err
    assert done.err.count("\n") == 1
    assert content() == before  # the old results are whole, no temporary file is left


def test_interrupt_while_writing(livingdrug, content, monkeypatch):
    def interrupt(*_args, **_kwargs):
        raise KeyboardInterrupt

    monkeypatch.setattr("matplotlib.figure.Figure.savefig", interrupt)
    done = livingdrug(f"{RUN} --out x.csv --plot x.png")
    assert (done.code, done.out) == (3, "")
    assert done.err == "livingdrug: interrupted; nothing was written\n"
    assert content() == {}


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="needs a folder nobody can write to")
def test_place_that_only_fails_when_written(livingdrug):
    done = livingdrug(f"{RUN} --out /proc/livingdrug.csv")
    assert done.code in (2, 3)  # 2 where the permissions already tell, 3 for root
    assert done.err.startswith("livingdrug: /proc/livingdrug.csv: ")


@pytest.mark.parametrize("name", ["x.csv", "x.parquet", "x.zarr"])
def test_force_replaces(livingdrug, content, name):
    assert livingdrug(f"{RUN} --out {name}").code == 0
    before = content()
    assert livingdrug(f"{RUN} --out {name} --set r_B=0.2 --force").code == 0
    after = content()
    assert sorted(before) == sorted(after)
    assert before != after
