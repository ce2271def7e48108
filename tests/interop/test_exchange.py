"""Antimony and COMBINE archives."""

from __future__ import annotations

import csv
import dataclasses
import importlib.util
import io
import json
import subprocess
import sys
import zipfile
from xml.etree import ElementTree

import numpy as np
import pytest

import livingdrug as ld
from livingdrug.core.errors import CapabilityError, DataError, ModelError, OptionError


def test_antimony_goes_out_and_comes_back_with_the_same_answer(tmp_path):
    pytest.importorskip("antimony", reason="antimony is in the sbml extra")
    model = ld.get_model("kimmel2021")
    ld.write_antimony(model, tmp_path / "k.ant")
    back = ld.read_antimony(tmp_path / "k.ant")
    times = np.linspace(0.0, 60.0, 13)
    ours, theirs = (ld.simulate(m, times=times, rtol=1e-9) for m in (model, back))
    for name in ("N", "C", "B", "cure_probability"):
        assert theirs[name].values == pytest.approx(ours[name].values, rel=1e-6, abs=1e-12)


ANTIMONY_GIVEN = {
    "reference": (
        ld.Regimen.infusion(5e7, "cell", time=-1.0).then(ld.Regimen.infusion(1e8, time=2.0)), {},
    ),
    "frey2010": (
        ld.Regimen.infusion(8.0, per="kg", duration=1 / 24, dose="tocilizumab"), {"weight": 80.0},
    ),
}  # fmt: skip


@pytest.mark.filterwarnings("ignore::livingdrug.core.errors.DraftModelWarning")
@pytest.mark.parametrize("model_id", ANTIMONY_GIVEN)
def test_antimony_gives_the_doses_of_a_regimen(tmp_path, model_id):
    pytest.importorskip("antimony", reason="antimony is in the sbml extra")
    model, (regimen, values) = ld.get_model(model_id), ANTIMONY_GIVEN[model_id]
    ld.write_antimony(model, tmp_path / "m.ant", regimen=regimen, values=values)
    text = (tmp_path / "m.ant").read_text(encoding="utf-8")
    assert "# Not in this file: variability" in text
    start = min(0.0, *(dose.time for dose in regimen.doses), 0.0)
    assert ("time 0 is day -1 of the regimen" in text.lower()) == (start == -1.0)
    days = np.linspace(start, 14.0, 31)
    cohort = ld.cohort_from_arrays(model, values, regimen=regimen)
    ours = ld.simulate(model, cohort, times=days, rtol=1e-9)
    theirs = ld.simulate(ld.read_antimony(tmp_path / "m.ant"), times=days - start, rtol=1e-9)
    for item in (s for s in model.species if s.name in ours and s.name in theirs):
        mine, other = ours[item.name].values[0], theirs[item.name].values[0]
        # two ways of writing one model at 1e-9
        assert np.abs(mine - other).max() <= 1e-6 * np.abs(mine).max(), item.name


def test_antimony_by_hand_is_read(tmp_path):
    pytest.importorskip("antimony", reason="antimony is in the sbml extra")
    (tmp_path / "decay.ant").write_text("model decay\n A -> ; k * A\n A = 10; k = 0.5\nend\n")
    course = ld.simulate(ld.read_antimony(tmp_path / "decay.ant"), times=[0, 2], rtol=1e-9)
    assert course["A"].values[0] == pytest.approx([10.0, 10.0 * np.exp(-1.0)], rel=1e-7)


def test_antimony_that_cannot_be_read_is_named(tmp_path):
    pytest.importorskip("antimony", reason="antimony is in the sbml extra")
    (tmp_path / "bad.ant").write_text("model bad\n A -> B; k *\nend\n")
    with pytest.raises(ModelError, match=r"bad.ant.*line 2"):
        ld.read_antimony(tmp_path / "bad.ant")
    for empty in ("", "// words alone\n"):
        (tmp_path / "empty.ant").write_text(empty)
        with pytest.raises(ModelError, match=r"empty\.ant: holds no model"):
            ld.read_antimony(tmp_path / "empty.ant")
    with pytest.raises(DataError, match=r"none\.ant"):
        ld.read_antimony(tmp_path / "none.ant")


def test_without_the_package_the_extra_is_named(tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "antimony", None)
    with pytest.raises(CapabilityError, match=r"pip install 'livingdrug\[sbml\]'"):
        ld.write_antimony(ld.get_model("stein2019"), tmp_path / "s.ant")


def archive_of(path):
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name).decode() for name in archive.namelist()}


def test_an_archive_holds_what_another_tool_needs(tmp_path):
    model = ld.get_model("stein2019")
    ld.write_omex(model, tmp_path / "s.omex", end=28.0, points=15)
    files = archive_of(tmp_path / "s.omex")
    assert set(files) == {
        "manifest.xml", "model.xml", "simulation.sedml", "expected.csv", "metadata.rdf",
        "metadata.json",
    }  # fmt: skip
    for name in set(files) - {"manifest.xml"}:
        assert f"./{name}" in files["manifest.xml"]
    assert json.loads(files["metadata.json"])["math_hash"] == model.math_hash
    rows = list(csv.DictReader(io.StringIO(files["expected.csv"])))
    assert [float(row["time"]) for row in rows] == np.linspace(0, 28, 15).tolist()
    course = ld.simulate(model, times=np.linspace(0, 28, 15), rtol=1e-8)
    assert [float(row["E"]) for row in rows] == course["E"].values[0].tolist()
    ld.write_omex(model, tmp_path / "again.omex", end=28.0, points=15)
    assert (tmp_path / "again.omex").read_bytes() == (tmp_path / "s.omex").read_bytes()


DC, TERMS = "{http://purl.org/dc/elements/1.1/}", "{http://purl.org/dc/terms/}"
RESOURCE = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}resource"


def described(path):
    root = ElementTree.fromstring(archive_of(path)["metadata.rdf"])
    return {item.tag: item.text or item.get(RESOURCE) for item in root[0]}


def test_the_metadata_say_what_the_archive_is_and_name_nobody(tmp_path):
    model = ld.get_model("kimmel2021")
    ld.write_omex(model, tmp_path / "k.omex", end=60.0, points=3)
    told = described(tmp_path / "k.omex")
    assert model.title in told[f"{DC}title"]
    assert model.evidence_hash in told[f"{TERMS}hasVersion"]
    assert model.source.doi in told[f"{TERMS}bibliographicCitation"]
    assert told[f"{TERMS}license"].endswith("spdx:Apache-2.0")
    assert not any("creator" in tag for tag in told)
    # what a model of one's own is licensed under, we do not know
    own = dataclasses.replace(model, parts=(), organism="mouse")
    ld.write_omex(own, tmp_path / "own.omex", end=60.0, points=3)
    assert f"{TERMS}license" not in described(tmp_path / "own.omex")


VALIDATE = """
import json, sys, zipfile, libsedml
text = zipfile.ZipFile(sys.argv[1]).read("simulation.sedml").decode()
document = libsedml.readSedMLFromString(text)
errors = [document.getError(k) for k in range(document.getNumErrors())]
course, report = document.getSimulation(0), document.getOutput(0)
print(json.dumps({
    "errors": [e.getMessage() for e in errors if e.getSeverity() >= 2],
    "course": [course.getOutputEndTime(), course.getNumberOfSteps()],
    "algorithm": course.getAlgorithm().getKisaoID(),
    "sets": [document.getNumDataGenerators(), report.getNumDataSets()],
}))
"""

REPEAT = """
import csv, io, json, sys, zipfile
from xml.etree import ElementTree
import libsedml, numpy as np, roadrunner
roadrunner.Logger.disableLogging()
archive = zipfile.ZipFile(sys.argv[1])
document = libsedml.readSedMLFromString(archive.read("simulation.sedml").decode())
course, report = document.getSimulation(0), document.getOutput(0)
model = archive.read(document.getModel(0).getSource()).decode()
peer = roadrunner.RoadRunner(model)
asked = course.getAlgorithm()
assert asked.getKisaoID() == "KISAO:0000019"  # CVODE, which is what libRoadRunner has
for k in range(asked.getNumAlgorithmParameters()):
    option = asked.getAlgorithmParameter(k)
    name = {"KISAO:0000209": "relative", "KISAO:0000211": "absolute"}[option.getKisaoID()]
    peer.integrator.setValue(f"{name}_tolerance", float(option.getValue()))
species = ElementTree.fromstring(model).iter("{http://www.sbml.org/sbml/level3/version2/core}species")
concentrations = {s.get("id") for s in species if s.get("hasOnlySubstanceUnits") == "false"}
columns = ["time"]
generators = {}
for k in range(document.getNumDataGenerators()):
    generator = document.getDataGenerator(k)
    variable = generator.getVariable(0)
    path = variable.getTarget()
    column = path.split("'")[1] if path else "time"
    column = f"[{column}]" if column in concentrations else column
    if column not in columns:
        columns.append(column)
    generators[generator.getId()] = (variable.getId(), column, generator.getMath())
peer.timeCourseSelections = columns
table = peer.simulate(0, course.getOutputEndTime(), course.getNumberOfSteps() + 1)
rows = list(csv.DictReader(io.StringIO(archive.read("expected.csv").decode())))
worst = {}
for k in range(report.getNumDataSets()):
    item = report.getDataSet(k)
    variable, column, math = generators[item.getDataReference()]
    text = libsedml.formulaToL3String(math)
    values = {variable: np.array(table[:, columns.index(column)])}
    found = eval(text, {"__builtins__": {}}, values)
    expected = np.array([float(row[item.getLabel()]) for row in rows])
    size = np.abs(expected).max() or 1.0
    worst[item.getLabel()] = float(np.abs(found - expected).max() / size)
print(json.dumps(worst))
"""


def elsewhere(script, archive):
    """Run a script without livingdrug: libsedml and libsbml break each other in one process."""
    done = subprocess.run(
        [sys.executable, "-c", script, str(archive)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    # CVODE prints warnings of its own around it
    return json.loads(next(line for line in done.stdout.splitlines() if line.startswith("{")))


def needs(*names):
    for name in names:
        if importlib.util.find_spec(name) is None:
            pytest.skip(f"{name} is not installed")


def test_the_description_of_the_simulation_is_valid(tmp_path):
    needs("libsedml")
    ld.write_omex(ld.get_model("kimmel2021"), tmp_path / "k.omex", end=60.0)
    found = elsewhere(VALIDATE, tmp_path / "k.omex")
    assert found["errors"] == []
    assert found["course"] == [60.0, 100]
    assert found["algorithm"] == "KISAO:0000019"
    assert found["sets"][0] == found["sets"][1]


def test_another_tool_repeats_what_is_in_the_archive(tmp_path):
    needs("libsedml", "roadrunner")
    ld.write_omex(ld.get_model("kimmel2021"), tmp_path / "k.omex", end=60.0, points=31)
    worst = elsewhere(REPEAT, tmp_path / "k.omex")
    assert {"time", "N", "C", "B", "T", "cure_probability"} <= set(worst)
    # CVODE and ours at 1e-8, of the largest value; the chance of cure is a power of about 1e11
    # cells and enlarges what its states differ by
    assert max(worst.values()) < 1e-3, worst
    assert max(worst[name] for name in ("N", "C", "B", "T")) < 1e-5, worst


LYMPHODEPLETION = ld.Regimen.lymphodepletion(
    fludarabine=1.0, cyclophosphamide=1.0, unit="mg/L", per=""
).then(ld.Regimen.infusion(1e8, "cell"))
GIVEN = [
    ("reference", LYMPHODEPLETION, {}, -5.0),
    ("frey2010", ld.Regimen.infusion(8.0, per="kg", duration=1 / 24, dose="tocilizumab"),
     {"weight": 80.0}, 0.0),
    ("owensbozic2021", ld.Regimen.infusion(1e8, time=3.5).then(
        ld.Regimen.infusion(5.0, duration=2.0, dose="chemotherapy")), {}, 0.0),
]  # fmt: skip


@pytest.mark.filterwarnings("ignore::livingdrug.core.errors.DraftModelWarning")
@pytest.mark.parametrize(("model_id", "regimen", "values", "start"), GIVEN)
def test_another_tool_repeats_a_simulation_with_its_doses(
    tmp_path, model_id, regimen, values, start
):
    needs("libsedml", "roadrunner")
    model, path = ld.get_model(model_id), tmp_path / "m.omex"
    points = int(28.0 - start) + 1
    ld.write_omex(model, path, end=28.0, points=points, regimen=regimen, values=values)
    assert elsewhere(VALIDATE, path)["errors"] == []
    rows = list(csv.DictReader(io.StringIO(archive_of(path)["expected.csv"])))
    # days of the regimen, though the clock of the model starts at its first dose
    assert [float(row["time"]) for row in rows] == np.linspace(start, 28.0, points).tolist()
    cohort = ld.cohort_from_arrays(model, values, regimen=regimen)
    course = ld.simulate(model, cohort, times=np.linspace(start, 28.0, points), rtol=1e-8)
    for item in (s for s in model.species if s.name in course):
        expected = [float(row[item.name]) for row in rows]
        assert expected == course[item.name].values[0].tolist()
    worst = elsewhere(REPEAT, path)
    assert set(worst) == set(rows[0])
    # CVODE and ours at 1e-8, of the largest value, over a dozen jumps
    assert max(worst.values()) < 1e-4, worst
    facts = json.loads(archive_of(path)["metadata.json"])
    assert len(facts["doses"]) == len(regimen.doses)
    assert facts["first_time"] == start


def test_times_that_make_no_course_are_refused(tmp_path):
    with pytest.raises(OptionError, match="2 points or more"):
        ld.write_omex(ld.get_model("stein2019"), tmp_path / "s.omex", end=28.0, points=1)
    assert not list(tmp_path.iterdir())
