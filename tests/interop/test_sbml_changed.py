"""What our annotations say to others, and what holds of them after a file was changed."""

from __future__ import annotations

import json
import re
import warnings
from xml.etree import ElementTree

import libsbml
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import livingdrug as ld
from livingdrug.core.errors import ModelError
from livingdrug.core.source import Origin
from livingdrug.interop.sbml.read import ChangedFileWarning
from livingdrug.interop.sbml.write.write import sbml_text
from livingdrug.model.builder import ModelBuilder

SBML = "{http://www.sbml.org/sbml/level3/version2/core}"
OURS = "{https://livingdrug.org/ns/sbml-annotation/1}"


def written(folder, text):
    path = folder / "m.xml"
    path.write_text(text, encoding="utf-8")
    return path


def edited(model, change):
    """Change a document as another tool would: read, change, write."""
    document = libsbml.readSBMLFromString(sbml_text(model))
    change(document.getModel())
    return libsbml.writeSBMLToString(document)


def mixed():
    """Two species, of which one is a concentration, with a dose and a measurement."""
    m = ModelBuilder("mixed", dimensions="off")
    m.compartment("plasma", 3.0, "L", origin=Origin.FIXED, at="Methods")
    m.species("C", initial=2.0, unit="mg/L", compartment="plasma")
    m.species("A", initial=5.0, unit="mg")
    m.parameter("k", 0.5, "1/day", origin=Origin.ESTIMATED, at="Table 1", lower=0.0, upper=2.0)
    m.parameter("base", 1.0, "mg", origin=Origin.LITERATURE, at="ref 3")
    m.input("diet", "1", default=1.0)
    m.reaction("move", "A -> C", rate="k * A * diet")
    m.integral("area", "C", "mg*day/L")
    m.initial("A", "5 * base")
    m.dose("drug", "mg", {"A": "dose"})
    m.observable("seen", "C * 2", "mg/L")
    return m.build()


def test_origins_and_variability_stand_beside_what_they_are_about():
    model = ld.get_model("stein2019")
    root = ElementTree.fromstring(sbml_text(model))
    found = {}
    for element in root.iter(f"{SBML}parameter"):
        for record in element.iter(f"{OURS}record"):
            found.setdefault(element.get("id"), {})[record.get("field")] = json.loads(record.text)
    for item in model.parameters:
        record = found[item.name]["parameters"]
        assert record["origin"] == {"origin": item.origin.value}
        value = record["value"]  # JSON has no infinity
        value = float(value["float"]) if isinstance(value, dict) else value
        assert (value, record.get("at", "")) == (item.value, item.at)
    varied = dict(model.iiv)
    assert varied
    for name, iiv in varied.items():
        told = found[name]["iiv"][1]
        assert (told["scale"], told["distribution"]) == (iiv.scale, iiv.distribution)


def test_publications_are_named_as_sbml_tools_know_it():
    model = ld.get_model("stein2019")
    source = libsbml.readSBMLFromString(sbml_text(model)).getModel()
    assert source.getNumCVTerms() == 1
    term = source.getCVTerm(0)
    assert term.getModelQualifierType() == libsbml.BQM_IS_DESCRIBED_BY
    assert term.getResourceURI(0) == f"https://identifiers.org/doi:{model.source.doi}"


def test_a_number_that_was_changed_counts_and_the_rest_is_kept(tmp_path):
    model = ld.get_model("stein2019")
    name, _ = model.iiv[0]
    path = written(tmp_path, edited(model, lambda m: m.getParameter(name).setValue(0.0123)))
    with pytest.warns(ChangedFileWarning, match=rf"the value of {name} was changed"):
        back = ld.read_sbml(path)
    assert (back.parameter(name).value, back.parameter(name).origin) == (0.0123, Origin.ASSUMED)
    assert back.parameter(name).at == ""
    others = [item for item in back.parameters if item.name != name]
    assert others == [item for item in model.parameters if item.name != name]
    assert (back.iiv, back.source, back.observables) == (model.iiv, model.source, model.observables)
    assert back.math_hash == model.math_hash
    assert back.evidence_hash != model.evidence_hash


def test_every_kind_of_number_can_be_changed(tmp_path):
    def change(m):
        m.getSpecies("C").unsetInitialConcentration()
        m.getSpecies("C").setInitialAmount(12.0)  # as some tools prefer it
        m.getSpecies("A").setInitialAmount(77.0)  # computed at the start, so without meaning
        m.getCompartment("plasma").setSize(4.0)
        m.getParameter("diet").setValue(0.5)

    path = written(tmp_path, edited(mixed(), change))
    with pytest.warns(ChangedFileWarning, match="plasma, C, diet|C, diet|plasma"):
        back = ld.read_sbml(path)
    assert back.species_named("C").initial == 3.0
    assert back.compartments[0].size == 4.0
    assert back.compartments[0].origin is Origin.ASSUMED
    assert back.inputs[0].default == 0.5
    assert back.species_named("A") == mixed().species_named("A")
    assert back.doses == mixed().doses


@settings(deadline=None, max_examples=20)
@given(
    new=st.dictionaries(
        st.sampled_from([item.name for item in ld.get_model("kimmel2021").parameters]),
        st.floats(1e-6, 1e3), max_size=4,
    )
)  # fmt: skip
def test_any_numbers_come_back_as_they_were_written(new, tmp_path_factory):
    model = ld.get_model("kimmel2021")
    bounds = {item.name: (item.lower, item.upper) for item in model.parameters}
    computed = dict(model.initial_assignments)  # whose numbers mean nothing
    new = {k: v for k, v in new.items() if bounds[k][0] <= v <= bounds[k][1] and k not in computed}

    def change(m):
        for name, value in new.items():
            m.getParameter(name).setValue(value)

    path = written(tmp_path_factory.mktemp("any"), edited(model, change))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ChangedFileWarning)
        back = ld.read_sbml(path)
    for item in model.parameters:
        assert back.parameter(item.name).value == pytest.approx(
            new.get(item.name, item.value), rel=1e-14
        )
    assert back.iiv == model.iiv


def test_a_file_that_was_only_saved_again_is_the_same_model(tmp_path):
    def change(m):
        m.setName("another title")
        m.getParameter(0).setName("another name")
        m.getSpecies(0).setNotes("<p xmlns='http://www.w3.org/1999/xhtml'>a note</p>")
        m.getReaction(0).appendAnnotation("<tool:x xmlns:tool='https://tool.org'>1</tool:x>")
        last = m.removeParameter(m.getNumParameters() - 1)
        m.getListOfParameters().insert(0, last)
        m.getListOfReactions().sort()

    model = ld.get_model("hardiansyah2019")
    text = edited(model, change).replace("  ", "\t")
    back = ld.read_sbml(written(tmp_path, text))
    assert (back.evidence_hash, back.title) == (model.evidence_hash, model.title)


@pytest.mark.filterwarnings("ignore::livingdrug.core.errors.DraftModelWarning")
def test_what_libroadrunner_saves_keeps_variability_and_doses(tmp_path):
    roadrunner = pytest.importorskip("roadrunner", reason="libroadrunner is in the bench extra")
    model = ld.get_model("stein2019")
    peer = roadrunner.RoadRunner(sbml_text(model))
    peer["foldx"] = 40.0
    path = written(tmp_path, peer.getCurrentSBML())
    # it writes numbers where initial assignments were: E is Cmax / foldx no longer
    with pytest.warns(ChangedFileWarning, match="value of E, foldx was changed"):
        back = ld.read_sbml(path)
    assert back.parameter("foldx").value == 40.0
    assert "E" not in dict(back.initial_assignments)
    assert (back.species_named("E").origin, back.iiv) == (Origin.ASSUMED, model.iiv)
    theirs = roadrunner.RoadRunner(path.read_text(encoding="utf-8"))
    theirs.timeCourseSelections = ["E"]
    theirs.integrator.relative_tolerance = 1e-9
    course = ld.simulate(back, times=range(29), rtol=1e-9)["E"].values[0]
    assert course == pytest.approx(theirs.simulate(0, 28, 29)[:, 0], rel=1e-6, abs=1e-6)


def other_start(m):
    m.getInitialAssignmentBySymbol("A").setMath(libsbml.parseL3Formula("6 * base"))


def halve(m):
    law = m.getReaction(0).getKineticLaw()
    law.setMath(libsbml.parseL3Formula(f"0.5 * ({libsbml.formulaToL3String(law.getMath())})"))


def another_unit(m):
    m.getParameter("k").setUnits("dimensionless")


def a_new_event(m):
    event = m.createEvent()
    event.setUseValuesFromTriggerTime(True)
    trigger = event.createTrigger()
    trigger.setMath(libsbml.parseL3Formula("time >= 1"))
    trigger.setInitialValue(False)
    trigger.setPersistent(True)
    assignment = event.createEventAssignment()
    assignment.setVariable("C")
    assignment.setMath(libsbml.parseL3Formula("C / 2"))


def a_start_that_has_no_place(m):
    m.getParameter("area").setValue(5.0)  # an integral starts at zero


@pytest.mark.parametrize(
    "change", [halve, other_start, another_unit, a_new_event, a_start_that_has_no_place]
)
def test_a_file_with_other_equations_is_read_as_it_is_now(tmp_path, change):
    path = written(tmp_path, edited(mixed(), change))
    with pytest.warns(ChangedFileWarning, match="not only in its numbers"):
        back = ld.read_sbml(path)
    assert back.doses == ()
    if change is a_start_that_has_no_place:
        assert ld.simulate(back, times=[0.0])["area"].values[0, 0] == 5.0


def test_a_number_that_the_model_does_not_allow_is_named(tmp_path):
    path = written(tmp_path, edited(mixed(), lambda m: m.getParameter("k").setValue(3.0)))
    with pytest.raises(ModelError, match=r"m\.xml, parameter k: .*outside its bounds"):
        ld.read_sbml(path)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('"is": "Species"', '"is": "S"', "records of a model"),
        ('field="source" place="0"', 'field="title" place="0"', "title is no text"),
        ('field="species" place="0"', 'field="species" place="7"', "missing or doubled"),
        ('field="species" place="0"', 'field="species" place="x"', "no number"),
        ('field="species" place="0"', 'field="species" place="\u00b2"', "no number"),
    ],
)
def test_a_spoilt_annotation_is_named(tmp_path, old, new, words):
    text = sbml_text(ld.get_model("stein2019"))
    quoted = old if old in text else old.replace('"', "&quot;")
    assert quoted in text
    spoilt = text.replace(quoted, new if old in text else new.replace('"', "&quot;"), 1)
    with pytest.raises(ModelError, match=rf"m\.xml.*{words}"):
        ld.read_sbml(written(tmp_path, spoilt))


def test_without_its_annotations_a_file_is_read_without_a_warning(tmp_path):
    bare = re.sub(r"<annotation>.*?</annotation>", "", sbml_text(mixed()), flags=re.S)
    assert ld.read_sbml(written(tmp_path, bare)).doses == ()


@pytest.mark.parametrize("field", ["observables", "doses", "integrals"])
def test_a_record_that_was_taken_out_is_missed(tmp_path, field):
    text = sbml_text(mixed())
    left = re.sub(rf'<ld:record field="{field}".*?</ld:record>', "", text, count=1, flags=re.DOTALL)
    assert left != text
    with pytest.warns(ChangedFileWarning, match="not only in its numbers"):
        model = ld.read_sbml(written(tmp_path, left))
    assert not model.doses
