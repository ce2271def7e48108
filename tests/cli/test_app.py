"""The application around the commands: help, version, streams, real processes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import livingdrug
from livingdrug._version import __version__
from livingdrug.cli.exits import exit_code_of
from livingdrug.core.errors import DataError, OutputError, SolveError

COMMAND = [sys.executable, "-m", "livingdrug"]
# the package under test, also where it is not installed and the path to it is relative
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(Path(livingdrug.__file__).resolve().parents[1])}


def start(*words: str, cwd, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *words],
        cwd=cwd,
        env={**ENVIRONMENT, **environment},
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )


def test_version(livingdrug):
    assert livingdrug("--version").out == f"livingdrug {__version__}\n"


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("--help", ["simulate", "models", "citation", "rerun", "not medical advice"]),
        ("simulate --help", ["MODEL", "--subjects", "--out", "NAME=VALUE", "--json", "--force"]),
        ("models --help", ["list", "show", "verify"]),
        ("models list --help", ["--json"]),
        ("models show --help", ["ID", "--variant"]),
        ("models verify --help", ["--all"]),
        ("citation --help", ["TARGET", "--json"]),
        ("rerun --help", ["FILE", "--json"]),
    ],
)
def test_help(livingdrug, monkeypatch, line, words):
    monkeypatch.setenv("COLUMNS", "80")
    done = livingdrug(line)
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("Usage: livingdrug ")
    assert len(done.out.splitlines()) <= 60  # one screen of a large terminal
    assert max(map(len, done.out.splitlines())) <= 80
    text = " ".join(done.out.split())
    assert [word for word in words if word not in text] == []


@pytest.mark.parametrize("line", ["", "models"])
def test_no_command_shows_the_help(livingdrug, line):
    done = livingdrug(line)
    assert done.code == 2
    assert "Usage: livingdrug" in done.out + done.err


def test_exit_codes():
    disk = OutputError("x")
    disk.__cause__ = OSError(28, "No space left on device")
    assert [exit_code_of(e) for e in (DataError("x"), OutputError("x"), disk, SolveError("x"))] == [
        2, 2, 3, 3
    ]  # fmt: skip


def test_process(tmp_path):
    done = start("simulate", "kimmel2021", "--days", "9", "--out", "x.csv", "--json", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["model"] == "kimmel2021"
    assert {path.name for path in tmp_path.iterdir()} == {"x.csv", "x.csv.manifest.json"}


def test_process_that_fails(tmp_path):
    done = start("simulate", "kimmel2012", "--out", "x.csv", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    # more names are near, the nearest comes first
    assert done.stderr.startswith(
        "livingdrug: unknown model 'kimmel2012' (did you mean 'kimmel2021'"
    )
    assert done.stderr.endswith("?)\n")
    assert done.stderr.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_terminal_without_unicode(tmp_path):
    environment = {"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    done = start("models", "show", "kimmel2021", cwd=tmp_path, **environment)
    assert (done.returncode, done.stderr) == (0, "")
    assert "dN/dt" in done.stdout


@pytest.mark.skipif(sys.platform == "win32", reason="pipes end otherwise there")
def test_reader_that_stops_early(tmp_path):
    with subprocess.Popen(
        [*COMMAND, "models", "show", "kimmel2021"],
        cwd=tmp_path,
        env=ENVIRONMENT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
