"""Compiled models are kept, and what is spoilt is made again."""

from __future__ import annotations

import itertools
import subprocess
import sys

import numpy as np
import pytest

from livingdrug.catalogue.index import get_entry, get_model, list_models
from livingdrug.core.caches import CacheWarning, cache_folder
from livingdrug.solve.backends.native import kernel, modules, programs
from livingdrug.solve.backends.native.kernel import NativeKernel
from livingdrug.solve.backends.native.programs import print_system
from livingdrug.solve.plan import make_plan
from livingdrug.solve.simulate import simulate
from livingdrug.system.compile import compile_model
from tests.solve.small import builder, decay


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("LIVINGDRUG_CACHE_DIR", str(tmp_path))
    cache_folder.cache_clear()
    modules._LOADED.clear()
    yield tmp_path
    cache_folder.cache_clear()
    modules._LOADED.clear()


def run():
    modules._LOADED.clear()
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


def varied(**changes):
    """Build a small model with everything that code may depend on, but for what is changed."""
    told = {
        "log": True, "rate": "-k * A * (time < 2)", "dose": "A", "integral": "A",
        "output": "A / 2", "event": "A / 3", "trigger": "A < 0.1", "start": "2 * half", "extra": (),
        "value": 1.0, "unit": "1", "doc": "",
    } | changes  # fmt: skip
    m = builder("varied")
    m.species("A", initial=1.0, unit=told["unit"], log_state=told["log"], doc=told["doc"])
    m.species("B", initial=1.0, unit="1")
    for name in (*told["extra"], "k", "half"):
        m.parameter(name, told["value"], "1/day" if name == "k" else "1")
    m.initial("B", told["start"])
    m.rate("A", told["rate"])
    m.rate("B", "-k * B")
    m.integral("area", told["integral"], "1")
    m.assign("seen", told["output"], "1")
    m.dose("d", "1", {told["dose"]: "dose"})
    m.event("e", {"B": told["event"]}, when=told["trigger"])
    return compile_model(m.build())


def text_of(system, width=8):
    """Print a system, with the key under which its code is kept."""
    return modules.system_key(system, width), print_system(system, width)


def test_systems_with_one_key_have_one_text():
    systems = [
        varied(),
        varied(log=False),
        varied(rate="-k * A * (time < 3)"),
        varied(rate="-k * A * (time <= 2)"),
        varied(rate="-k * A"),
        varied(dose="B"),
        varied(integral="A * B"),
        varied(output="A / 4"),
        varied(event="A / 4"),
        varied(trigger="A < 0.2"),
        varied(start="3 * half"),
        varied(extra=("first",)),
        *(
            compile_model(get_model(name, variant))
            for name in list_models()
            for variant in get_entry(name).published.variants
        ),
    ]
    printed = [text_of(system) for system in systems]
    for (key, text), (other_key, other_text) in itertools.combinations(printed, 2):
        assert key != other_key or text == other_text
    # and what code does not depend on is not in the key
    assert len({key for key, _ in printed[:12]}) == 12
    assert len({text for _, (text, _) in printed[:12]}) == 12
    for same in (varied(value=2.0), varied(doc="other")):
        assert text_of(same) == printed[0]


def test_the_width_is_in_the_key():
    system = varied()
    assert len({text_of(system, width) for width in (1, 2, 4, 8, 16)}) == 5
    assert len({modules.system_key(system, width) for width in (None, 1, 2, 4, 8, 16)}) == 6


def test_code_from_the_disk_comes_with_what_the_loop_needs(folder, monkeypatch):
    system = varied()
    plan = make_plan(
        system, method="rodas5p", rtol=1e-6, atol=None, extinction="model", seed=0, max_steps=100
    )
    new = NativeKernel(system, plan)
    modules._LOADED.clear()

    def refuse(*_):
        raise AssertionError("lowered again")

    monkeypatch.setattr(programs, "lower_linear", refuse)
    again = NativeKernel(system, plan)
    assert (again.width, again.has_time) == (new.width, new.has_time)
    assert again.workspace == new.workspace
    assert again.offsets.tolist() == new.offsets.tolist()
    assert again.module.object_bytes == new.module.object_bytes
    with pytest.raises(AssertionError, match="lowered"):
        NativeKernel(varied(log=False), plan)
