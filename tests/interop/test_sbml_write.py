"""Models leave as SBML, come back hash for hash, and run to the same answer elsewhere."""

from __future__ import annotations

import dataclasses
import re

import libsbml
import numpy as np
import pytest

import livingdrug as ld
from livingdrug.catalogue.index import get_entry
from livingdrug.core.errors import CapabilityError, ModelError
from livingdrug.interop.sbml.read import ChangedFileWarning
from livingdrug.interop.sbml.write.write import sbml_text
from livingdrug.model.builder import ModelBuilder

VARIANTS = [(i, v) for i in ld.list_models() for v in get_entry(i).published.variants]
MODELS = [(i, next(iter(get_entry(i).published.variants))) for i in ld.list_models()]
TIMES = np.linspace(0.0, 28.0, 15)


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
def test_what_other_tools_see_is_the_same_model(model_id, variant, tmp_path):
    model = dataclasses.replace(ld.get_model(model_id, variant), status="reproduced")
    (tmp_path / "m.xml").write_text(plain(sbml_text(model)), encoding="utf-8")
    seen = ld.read_sbml(tmp_path / "m.xml")
    assert seen.math_hash != model.math_hash  # nothing of ours is left to read
    ours = ld.simulate(model, times=TIMES, rtol=1e-9)
    theirs = ld.simulate(seen, times=TIMES, rtol=1e-9)
    for name in (n for n, v in ours.data_vars.items() if v.dims == ("subject", "time")):
        if name in theirs:
            # two ways of writing one model at rtol 1e-9, over some hundred steps
            assert distance(ours[name].values, theirs[name].values) < 1e-6, name
        else:  # what only doses or records from outside change is a constant
            assert np.ptp(ours[name].values) == 0.0, name
    assert seen.time_unit == model.time_unit
    units = {item.name: item.unit for item in model.parameters}
    kept = [item.name for item in seen.parameters if item.unit == units.get(item.name)]
    assert len(kept) > 0.9 * len(units)  # blast percent and the like have no kind in SBML


@pytest.mark.parametrize(("model_id", "variant"), MODELS)
def test_libroadrunner_runs_the_file_to_the_same_answer(model_id, variant):
    roadrunner = pytest.importorskip("roadrunner", reason="libroadrunner is in the bench extra")
    roadrunner.Logger.disableLogging()
    model = dataclasses.replace(ld.get_model(model_id, variant), status="reproduced")
    ours = ld.simulate(model, times=np.linspace(0.0, 28.0, 29), rtol=1e-9)
    peer = roadrunner.RoadRunner(sbml_text(model))
    peer.integrator.relative_tolerance = 1e-9
    peer.integrator.absolute_tolerance = 1e-12
    species = [item for item in model.species if item.name in ours and not item.constant]
    chosen = [f"[{s.name}]" if s.is_concentration else s.name for s in species]
    peer.timeCourseSelections = ["time", *chosen]
    theirs = peer.simulate(0, 28, 29)
    for place, item in enumerate(species):
        # CVODE's global error is ten to a thousand times its tolerance
        assert distance(ours[item.name].values[0], theirs[:, place + 1]) < 1e-5, item.name


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


def test_a_file_that_was_changed_is_read_as_it_is_now(tmp_path):
    model = ld.get_model("stein2019")
    text = sbml_text(model)
    name = model.parameters[0].name
    changed = re.sub(rf'(<parameter id="{name}"[^>]* value=")[^"]*', r"\g<1>0.123", text, count=1)
    assert changed != text
    (tmp_path / "m.xml").write_text(changed, encoding="utf-8")
    with pytest.warns(ChangedFileWarning, match="was changed since livingdrug wrote it"):
        back = ld.read_sbml(tmp_path / "m.xml")
    assert back.parameter(name).value == 0.123


def test_a_spoilt_annotation_is_named(tmp_path):
    text = sbml_text(ld.get_model("stein2019"))
    spoilt = text.replace("&quot;is&quot;: &quot;Species&quot;", "&quot;is&quot;: &quot;S&quot;")
    assert spoilt != text
    (tmp_path / "m.xml").write_text(spoilt, encoding="utf-8")
    with pytest.raises(ModelError, match="records of a model"):
        ld.read_sbml(tmp_path / "m.xml")


def test_a_regimen_becomes_events(tmp_path):
    model = dataclasses.replace(ld.get_model("reference"), status="reproduced")
    doses = (ld.Dose("infusion", 1e8, "cell"), ld.Dose("infusion", 5e7, "cell", time=3.0))
    regimen = ld.Regimen(doses)
    ld.write_sbml(model, tmp_path / "m.xml", regimen=regimen)
    cohort = ld.cohort_from_arrays(model, {}, regimen=regimen)
    ours = ld.simulate(model, cohort, times=TIMES, rtol=1e-9)
    theirs = ld.simulate(ld.read_sbml(tmp_path / "m.xml"), times=TIMES, rtol=1e-9)
    for name in ("I", "ES", "M", "TP"):
        assert distance(ours[name].values, theirs[name].values) < 1e-6, name


def test_doses_that_are_no_events_are_refused_together(tmp_path):
    model = ld.get_model("reference")
    doses = (
        ld.Dose("infusion", 1e6, "cell", per="kg"),
        ld.Dose("infusion", 1e8, "cell", duration=0.1),
        ld.Dose("infusion", 1e8, "cell", time=-1.0),
    )
    with pytest.raises(CapabilityError) as caught:
        ld.write_sbml(model, tmp_path / "m.xml", regimen=ld.Regimen(doses))
    assert len(caught.value.issues) == 3
    assert not list(tmp_path.iterdir())
