"""Caches cost time when they are missing, never a result."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from livingdrug.core.caches import CacheWarning, cache_folder, source_hash


@pytest.fixture(autouse=True)
def _fresh():
    cache_folder.cache_clear()
    yield
    cache_folder.cache_clear()


def test_the_folder_is_where_the_variable_says(tmp_path, monkeypatch):
    monkeypatch.setenv("LIVINGDRUG_CACHE_DIR", str(tmp_path / "here"))
    folder = cache_folder("pieces")
    assert folder == tmp_path / "here" / "pieces"
    assert folder.is_dir()
    assert not list(folder.iterdir())


def test_a_place_that_cannot_be_written_is_replaced_with_one_warning(tmp_path, monkeypatch):
    blocked = tmp_path / "file"
    blocked.write_text("no folder")
    monkeypatch.setenv("LIVINGDRUG_CACHE_DIR", str(blocked))
    with pytest.warns(CacheWarning, match="LIVINGDRUG_CACHE_DIR"):
        folder = cache_folder("pieces")
    assert folder.is_dir()
    assert blocked.read_text() == "no folder"


def test_edited_sources_get_another_hash(tmp_path):
    first, second = tmp_path / "a.py", tmp_path / "b.py"
    first.write_text("x = 1")
    second.write_text("y = 1")
    before = source_hash([first, second], "1.0")
    assert source_hash([second, first], "1.0") == before
    assert source_hash([first, second], "1.1") != before
    second.write_text("y = 2")
    assert source_hash([first, second], "1.0") != before


def test_a_home_that_is_not_set_is_no_error(tmp_path):
    left_out = ("HOME", "USERPROFILE", "XDG_CACHE_HOME", "LIVINGDRUG_CACHE_DIR")
    environment = {key: value for key, value in os.environ.items() if key not in left_out}
    code = "from livingdrug.core.caches import cache_folder; print(cache_folder('x').is_dir())"
    command = [sys.executable, "-W", "ignore", "-c", code]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "True"
