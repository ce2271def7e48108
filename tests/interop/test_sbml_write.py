"""Models leave as SBML and come back hash for hash; without our annotations they run the same."""

from __future__ import annotations

import dataclasses
import re

import libsbml
import numpy as np
import pytest

import livingdrug as ld
from livingdrug.catalogue.index import get_entry
from livingdrug.interop.sbml.write.write import sbml_text
from livingdrug.model.builder import ModelBuilder

VARIANTS = [(i, v) for i in ld.list_models() for v in get_entry(i).published.variants]
MODELS = [(i, next(iter(get_entry(i).published.variants))) for i in ld.list_models()]


def distance(ours, theirs):
    """Largest difference relative to the value and a millionth of the largest."""
    floor = 1e-6 * max(np.nanmax(np.abs(ours)), 1e-6)
    return np.nanmax(np.abs(ours - theirs) / (np.abs(ours) + floor))


def plain(text):
    return re.sub(r"<annotation>.*?</annotation>", "", text, flags=re.S)


@pytest.mark.parametrize(("model_id", "variant"), VARIANTS)
def test_a_model_comes_back_hash_for_hash(model_id, variant, tmp_path):
    model = ld.get_model(model_id, variant)
    ld.write_sbml(model, tmp_path / "m.xml")
    back = ld.read_sbml(tmp_path / "m.xml")
    assert back.math_hash == model.math_hash
    assert back.evidence_hash == model.evidence_hash
    # the hashes leave texts out, and the catalogue alone gives a status
    assert back == dataclasses.replace(model, status="")


@pytest.mark.parametrize(("model_id", "variant"), MODELS)
def test_libsbml_finds_no_fault(model_id, variant):
    document = libsbml.readSBMLFromString(sbml_text(ld.get_model(model_id, variant)))
    document.setConsistencyChecks(libsbml.LIBSBML_CAT_UNITS_CONSISTENCY, False)
    document.checkConsistency()
    found = [document.getError(k) for k in range(document.getNumErrors())]
    assert [e.getMessage() for e in found if e.isError() or e.isFatal()] == []


def own():
    """A model with what the catalogue has not: rules, delays of events, odd names."""
    m = ModelBuilder("own", title="A < B & C", dimensions="off", time_unit="hour")
    m.compartment("plasma", 2.0, "L")
    m.species("A", initial=3.0, unit="nmol/L", compartment="plasma", boundary=True)
    m.species("B", initial=8.0, unit="nmol", non_negative=False)
    m.parameter("k", 0.2, "1/hour")
    m.parameter("n", 2.0, "1")
    m.parameter("time_", 1.0, "hour")
    m.parameter("held", 1.0, "1")
    m.parameter("z", 1.0, "1")
    m.rate("A", "-k * A")
    m.reaction("loss", "(n) B ->", rate="k * B * hill(B, held, n) / (1 + log1p(B))")
    m.assign("half", "A / 2", "nmol/L")
    m.integral("area", "A", "nmol hour/L")
    m.algebraic("z**3 - B", "z")
    m.event("late", {"held": "held + 1"}, at_time="2 * time_", every="3", count=2, priority="5")
    m.event("low", {"A": "3"}, when="A < 1.5", delay="0.5", persistent=False)
    m.observable("seen", "safe_ratio(A, B, 0)", "1/L", lloq=0.1)
    return m.build()


def test_a_model_of_ones_own_comes_back_and_runs_elsewhere(tmp_path):
    model = own()
    ld.write_sbml(model, tmp_path / "own.xml")
    assert ld.read_sbml(tmp_path / "own.xml") == model
    (tmp_path / "plain.xml").write_text(plain(sbml_text(model)), encoding="utf-8")
    times = np.linspace(0.0, 12.0, 25)
    ours = ld.simulate(model, times=times, rtol=1e-9)
    theirs = ld.simulate(ld.read_sbml(tmp_path / "plain.xml"), times=times, rtol=1e-9)
    for name in ("A", "B", "half", "area", "z", "held", "seen"):
        assert distance(ours[name].values, theirs[name].values) < 1e-6, name
    assert ours["held"].values[0, -1] == 4.0
