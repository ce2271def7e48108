"""The files around the package agree with it and with each other."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from livingdrug._version import __version__

ROOT = Path(__file__).resolve().parents[2]
INSTALL_COMMAND = (
    "pip install . && livingdrug simulate kimmel2021 --study zuma1 --subjects 1000 --plot zuma1.png"
)
TEST_COMMAND = "pip install '.[test]' && pytest"

# Folders at the root of somebody's machine, not part of an address or a relative path.
# Written in pieces, or this file would find itself.
MACHINE_PATH = re.compile(r"(?<![\w.])/(?:" + "|".join(["work", "tmp", "root"]) + ")/")


def repository_files() -> list[Path]:
    """Files that are tracked, or would be if they were added."""
    if shutil.which("git") is None or not (ROOT / ".git").exists():
        pytest.skip("not a git checkout: the list of its files is unknown")
    # safe.directory: a container often runs as another user than the owner of the checkout.
    command = ["git", "-c", "safe.directory=*", "ls-files", "-z", "-co", "--exclude-standard"]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, check=True)
    names = os.fsdecode(result.stdout).split("\0")
    return [path for name in names if name and (path := ROOT / name).is_file()]


def machine_paths(data: bytes) -> list[str]:
    """Say which lines of a text file name a folder of one machine; binary files have no lines."""
    if b"\0" in data:
        return []
    lines = data.decode("utf-8", errors="replace").splitlines()
    return [
        f"{number}: {line.strip()}"
        for number, line in enumerate(lines, 1)
        if MACHINE_PATH.search(line)
    ]


def test_no_file_names_a_folder_of_one_machine() -> None:
    paths = repository_files()
    assert ROOT / "pyproject.toml" in paths
    found = {
        path.relative_to(ROOT).as_posix(): lines
        for path in paths
        if (lines := machine_paths(path.read_bytes()))
    }
    assert not found, "\n".join(f"{name}: {lines}" for name, lines in found.items())


@pytest.mark.parametrize(
    ("text", "is_fault"),
    [
        ("see /" + "work/main", True),
        ("'/" + "tmp/x.csv'", True),
        ("PATH=/" + "root/.local", True),
        ("https://example.org/work/", False),
        ("../work/x", False),
        ("framework/tmp.py", False),
        ("\0/" + "tmp/", False),
    ],
)
def test_machine_paths_are_told_from_others(text: str, is_fault: bool) -> None:
    assert bool(machine_paths(text.encode())) is is_fault


@pytest.mark.parametrize("name", ["README.md", "docs/index.md"])
def test_the_first_page_shows_both_commands(name: str) -> None:
    lines = [line.strip() for line in (ROOT / name).read_text(encoding="utf-8").splitlines()]
    assert INSTALL_COMMAND in lines
    assert TEST_COMMAND in lines


def test_the_ci_script_runs_the_test_command_of_the_readme() -> None:
    assert TEST_COMMAND in (ROOT / ".ci" / "run").read_text(encoding="utf-8")


def test_the_hosted_workflow_runs_the_ci_script_and_the_install_command() -> None:
    workflow = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text(encoding="utf-8"))
    runs = [step.get("run", "") for step in workflow["jobs"]["check"]["steps"]]
    lines = [line.strip() for run in runs for line in run.splitlines()]
    assert ".ci/run" in lines
    assert INSTALL_COMMAND in lines


def test_the_changelog_has_the_version() -> None:
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    versions = re.findall(r"^## \[([^\]]+)\]", text, flags=re.MULTILINE)
    assert __version__ in versions


def test_the_citation_file_is_complete_and_has_the_version() -> None:
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    required = {"cff-version", "message", "title", "authors"}  # by the CFF 1.2.0 schema
    assert required <= citation.keys()
    assert all(author.keys() & {"name", "family-names"} for author in citation["authors"])
    assert citation["version"] == __version__
    assert citation["license"] == "Apache-2.0"
