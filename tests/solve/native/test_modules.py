"""Compiled models are kept, and what is spoilt is made again."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from livingdrug.core.caches import CacheWarning, cache_folder
from livingdrug.solve.backends.native import kernel, modules
from livingdrug.solve.simulate import simulate
from tests.solve.small import decay


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("LIVINGDRUG_CACHE_DIR", str(tmp_path))
    cache_folder.cache_clear()
    modules.module_of.cache_clear()
    yield tmp_path
    cache_folder.cache_clear()
    modules.module_of.cache_clear()


def run():
    modules.module_of.cache_clear()
    kernel._KEPT.clear()
    return simulate(decay(initial=3.0).build(), times=[0.0, 1.0], backend="native")["A"].values


def kept(folder):
    return [path for path in folder.rglob("*.o") if path.parent.name.startswith("kernels-")]


def test_a_kernel_is_kept_and_used_again(folder, monkeypatch):
    first = run()
    (file,) = kept(folder)
    content = file.read_bytes()

    def refuse(text):
        raise AssertionError("compiled again")

    monkeypatch.setattr(modules, "compile_module", refuse)
    assert np.array_equal(run(), first)
    assert file.read_bytes() == content


@pytest.mark.parametrize("damage", ["cut", "changed", "empty", "text"])
def test_a_spoilt_kernel_is_compiled_again_and_said_once(folder, damage):
    first = run()
    (file,) = kept(folder)
    content = bytearray(file.read_bytes())
    if damage == "changed":
        content[len(content) // 2] ^= 0xFF
    spoilt = {"cut": content[:-100], "changed": content, "empty": b"", "text": b"no object"}[damage]
    file.write_bytes(bytes(spoilt))
    with pytest.warns(CacheWarning, match="compiled again") as caught:
        again = run()
    assert len(caught) == 1
    assert np.array_equal(again, first)
    assert np.array_equal(run(), first)  # and is whole again


def test_two_processes_may_compile_at_once(folder):
    code = (
        "import livingdrug as ld; m = ld.ModelBuilder('two', dimensions='off'); "
        "m.species('A', initial=3.0, unit='1'); m.rate('A', '-0.5 * A'); "
        "print(ld.simulate(m.build(), times=[0, 1], backend='native')['A'].values.tolist())"
    )
    command = [sys.executable, "-c", code]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    printed = [process.communicate()[0] for process in running]
    assert [process.returncode for process in running] == [0, 0]
    assert printed[0] == printed[1] != ""
    assert len(kept(folder)) == 1
