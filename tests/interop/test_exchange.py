"""Antimony and COMBINE archives."""

from __future__ import annotations

import csv
import importlib.util
import io
import json
import subprocess
import sys
import zipfile

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
        "manifest.xml", "model.xml", "simulation.sedml", "expected.csv", "metadata.json",
    }  # fmt: skip
    for name in set(files) - {"manifest.xml"}:
        assert f"./{name}" in files["manifest.xml"]
    assert json.loads(files["metadata.json"])["math_hash"] == model.math_hash
    rows = list(csv.DictReader(io.StringIO(files["expected.csv"])))
    assert [float(row["time"]) for row in rows] == np.linspace(0, 28, 15).tolist()
    course = ld.simulate(model, times=np.linspace(0, 28, 15), rtol=1e-8)
    assert [float(row["E"]) for row in rows] == course["E"].values[0].tolist()


VALIDATE = """
import json, sys, zipfile, libsedml
text = zipfile.ZipFile(sys.argv[1]).read("simulation.sedml").decode()
document = libsedml.readSedMLFromString(text)
errors = [document.getError(k) for k in range(document.getNumErrors())]
course, report = document.getSimulation(0), document.getOutput(0)
print(json.dumps({
    "errors": [e.getMessage() for e in errors if e.getSeverity() >= 2],
    "course": [course.getOutputEndTime(), course.getNumberOfSteps()],
    "sets": [document.getNumDataGenerators(), report.getNumDataSets()],
}))
"""

REPEAT = """
import csv, io, json, sys, zipfile
import libsedml, numpy as np, roadrunner
roadrunner.Logger.disableLogging()
archive = zipfile.ZipFile(sys.argv[1])
document = libsedml.readSedMLFromString(archive.read("simulation.sedml").decode())
course, report = document.getSimulation(0), document.getOutput(0)
peer = roadrunner.RoadRunner(archive.read(document.getModel(0).getSource()).decode())
peer.integrator.relative_tolerance, peer.integrator.absolute_tolerance = 1e-9, 1e-12
targets = {}
for k in range(document.getNumDataGenerators()):
    generator = document.getDataGenerator(k)
    path = generator.getVariable(0).getTarget()
    targets[generator.getId()] = path.split("'")[1] if path else "time"
sets = [report.getDataSet(k) for k in range(report.getNumDataSets())]
peer.timeCourseSelections = [targets[item.getDataReference()] for item in sets]
table = peer.simulate(0, course.getOutputEndTime(), course.getNumberOfSteps() + 1)
rows = list(csv.DictReader(io.StringIO(archive.read("expected.csv").decode())))
worst = {}
for place, item in enumerate(sets):
    expected = np.array([float(row[item.getLabel()]) for row in rows])
    size = np.abs(expected).max() or 1.0
    worst[item.getLabel()] = float(np.abs(table[:, place] - expected).max() / size)
print(json.dumps(worst))
"""


def elsewhere(script, archive):
    """Run a script without livingdrug: libsedml and libsbml break each other in one process."""
    done = subprocess.run(
        [sys.executable, "-c", script, str(archive)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[0])


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
    assert found["sets"][0] == found["sets"][1]


def test_another_tool_repeats_what_is_in_the_archive(tmp_path):
    needs("libsedml", "roadrunner")
    # every species of it is an amount, which is what SED-ML's targets mean to all tools
    ld.write_omex(ld.get_model("kimmel2021"), tmp_path / "k.omex", end=60.0, points=31)
    worst = elsewhere(REPEAT, tmp_path / "k.omex")
    assert {"time", "N", "C", "B", "T", "cure_probability"} <= set(worst)
    # CVODE at 1e-9 beside ours at 1e-8, of the largest value; the chance of cure is a power of
    # about 1e11 cells and enlarges what its states differ by
    assert max(worst.values()) < 1e-4, worst
    assert max(worst[name] for name in ("N", "C", "B", "T")) < 1e-6, worst


def test_times_that_make_no_course_are_refused(tmp_path):
    with pytest.raises(OptionError, match="2 points or more"):
        ld.write_omex(ld.get_model("stein2019"), tmp_path / "s.omex", end=28.0, points=1)
    assert not list(tmp_path.iterdir())
