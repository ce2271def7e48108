"""A fixed sample of the SBML Test Suite, where it is at hand; the whole is `benchmarks`."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SUITE = ROOT.parent / "shared" / "sbml_suite" / "semantic"


def _benchmark():
    spec = importlib.util.spec_from_file_location("sbml_suite", ROOT / "benchmarks/sbml_suite.py")
    module = importlib.util.module_from_spec(spec)
    import sys

    sys.modules["sbml_suite"] = module  # dataclasses look their own module up
    spec.loader.exec_module(module)
    return module


@pytest.mark.skipif(not SUITE.is_dir(), reason="needs ../shared/sbml_suite, the SBML Test Suite")
def test_every_twelfth_case_passes_or_is_refused():
    suite = _benchmark()
    folders = sorted(SUITE.iterdir())[::12]
    outcomes = [suite.run_case(folder, "reference") for folder in folders]
    wrong = [(item.case, item.reason) for item in outcomes if item.outcome == "wrong"]
    assert wrong == []
    core = [item for item in outcomes if suite.is_core(item) and item.kind == "TimeCourse"]
    assert [item.case for item in core if item.outcome != "passed"] == []
    assert len(core) > 50


def test_a_wrong_value_is_counted_as_wrong(tmp_path):
    suite = _benchmark()
    from tests.interop import sbml_text as x

    folder = tmp_path / "00001"
    folder.mkdir()
    text = x.model(Parameters=x.parameter("p", "1", "false"), Rules=x.rule("rate", "p", "1"))
    (folder / "00001-sbml-l3v2.xml").write_text(text)
    (folder / "00001-model.m").write_text("componentTags: Parameter\ntestType: TimeCourse\n")
    (folder / "00001-settings.txt").write_text(
        "start: 0\nduration: 2\nsteps: 2\nvariables: p\nabsolute: 0.001\nrelative: 0.001\n"
        "amount:\nconcentration:\n"
    )
    results = folder / "00001-results.csv"
    results.write_text("time,p\n0,1\n1,2\n2,3\n")
    assert suite.run_case(folder, "reference").outcome == "passed"
    results.write_text("time,p\n0,1\n1,2.01\n2,3\n")
    outcome = suite.run_case(folder, "reference")
    assert (outcome.outcome, outcome.reason) == (
        "wrong",
        "p at 1: 2, expected 2.01; 1 of 3 values",
    )
