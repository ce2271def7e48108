"""Run the command in this process, in an empty folder, and look at what it left behind."""

from __future__ import annotations

import json
import shlex
import sys
import types
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from livingdrug.catalogue import index
from livingdrug.catalogue.entry import published
from livingdrug.catalogue.places import Place
from livingdrug.cli.app import run
from livingdrug.core.source import Source
from livingdrug.model.model import Model


@dataclass(frozen=True)
class Done:
    """What a command returned and printed."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> dict:
        return json.loads(self.out)


Command = Callable[[str], Done]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "160")
    return tmp_path


@pytest.fixture
def livingdrug(folder: Path, capsys: pytest.CaptureFixture[str]) -> Command:
    """Run a command line, without the name of the program."""

    def call(line: str) -> Done:
        capsys.readouterr()
        with pytest.raises(SystemExit) as stopped:
            run(shlex.split(line))
        printed = capsys.readouterr()
        assert isinstance(stopped.value.code, int)
        return Done(stopped.value.code, printed.out, printed.err)

    return call


@pytest.fixture
def refused(livingdrug: Command, content: Callable[[], dict[str, bytes]]) -> Callable[..., str]:
    """Run a command that must be refused: one message, nothing printed, written or changed."""

    def call(line: str, *expected: str, code: int = 2) -> str:
        before = content()
        done = livingdrug(line)
        assert done.code == code, done
        assert done.out == ""
        assert done.err.startswith("livingdrug: ")
        assert done.err.count("livingdrug: ") == 1
        assert "Traceback" not in done.err
        for text in expected:
            assert text in done.err
        assert content() == before
        return done.err

    return call


@pytest.fixture
def content(folder: Path) -> Callable[[], dict[str, bytes]]:
    """Return every file under the working folder with its bytes, and the folders themselves."""

    def read() -> dict[str, bytes]:
        return {
            path.relative_to(folder).as_posix(): path.read_bytes() if path.is_file() else b"/"
            for path in folder.rglob("*")
        }

    return read


@pytest.fixture
def add_model(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str, Callable], None]]:
    """Put a model into the catalogue for one test."""
    added = []

    def add(name: str, build: Callable[[str], Model]) -> None:
        source = Source(
            doi="10.1000/test", authors=("Test, A.",), year=2020, title="Test", journal="Tests"
        )
        module = types.ModuleType(f"livingdrug.catalogue.car_t.{name}")
        module.__doc__ = "A model of a test."
        module.SOURCE = source
        module.model = published(source=source, variants={"only": "the only one"})(build)
        module.READOUTS = module.EQUATIONS = module.DEVIATIONS = ()
        monkeypatch.setitem(sys.modules, module.__name__, module)
        known, doubled = index.find_places()
        place = Place(name, "car_t", module.__name__, "", "livingdrug")
        monkeypatch.setattr(index, "find_places", lambda: ({**known, name: place}, doubled))
        index._load.cache_clear()
        added.append(name)

    yield add
    if added:
        index._load.cache_clear()
