"""COMBINE archives: a model, a simulation of it, and what it gave, for other tools to repeat."""

from __future__ import annotations

import io
import json
import os
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree

import numpy as np

from livingdrug.core.errors import OptionError
from livingdrug.core.files import atomic_path
from livingdrug.interop.sbml.write.document import native_document
from livingdrug.interop.sbml.write.write import text_of
from livingdrug.model.model import Model, Role
from livingdrug.model.regimen import Regimen

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["write_omex"]

_SEDML = "http://sed-ml.org/sed-ml/level1/version4"
_SBML = "http://www.sbml.org/sbml/level3/version2/core"
_SPECIFICATIONS = "http://identifiers.org/combine.specifications"
_MANIFEST = f"{_SPECIFICATIONS}/omex-manifest"
_KISAO = "KISAO:0000019"
"""CVODE, which every tool that reads SED-ML has; our own method is named in the metadata."""


def write_omex(
    model: Model,
    path: str | os.PathLike[str],
    *,
    end: float,
    points: int = 101,
    regimen: Regimen | None = None,
    rtol: float = 1e-8,
) -> None:
    """Write a simulation as a COMBINE archive (OMEX) with SED-ML Level 1 Version 4.

    The archive holds the model as SBML, one uniform time course as SED-ML with every species,
    integral, assigned quantity and observable, and ``expected.csv``: what livingdrug computed for
    the typical subject.

    Parameters
    ----------
    model : Model
    path : str or path
        Written to a temporary name first.
    end : float
        Last time, in the unit of the model; the first is 0.
    points : int, optional
        Times, both ends included.
    regimen : Regimen, optional
        Boluses, as for `write_sbml`.
    rtol : float, optional
        Relative tolerance of the expected results.

    Raises
    ------
    OptionError
        For fewer than two points, or an end that is not after 0.
    CapabilityError, SolveError
        As for `write_sbml` and `simulate`.
    OutputError
        When the file cannot be written.
    """
    if not end > 0 or points < 2:
        raise OptionError(f"end = {end:g}, points = {points}: an end above 0 and 2 points or more")
    times = np.linspace(0.0, end, points)
    written = native_document(model, regimen)
    expected = _expected(model, times, regimen, rtol)
    ids = {name: written.ids.of[name] for name in expected}
    files = {
        "model.xml": text_of(written, annotated=regimen is None),
        "simulation.sedml": _sedml(model, ids, end, points),
        "expected.csv": _csv(times, expected),
        "metadata.json": _metadata(model, rtol),
    }
    with (
        atomic_path(Path(path), force=True) as temporary,
        zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED) as archive,
    ):
        archive.writestr("manifest.xml", _manifest())
        for name, text in files.items():
            archive.writestr(name, text)


def _expected(
    model: Model, times: np.ndarray, regimen: Regimen | None, rtol: float
) -> dict[str, np.ndarray]:
    """Return what each reported quantity is at the times."""
    from livingdrug.cohort.cohort import cohort_from_arrays
    from livingdrug.solve.simulate import simulate

    cohort = None if regimen is None else cohort_from_arrays(model, {}, regimen=regimen)
    course = simulate(model, cohort, times=times.tolist(), rtol=rtol, on_failure="raise")
    return {name: course[name].values[0] for name in _reported(model, course)}


def _reported(model: Model, course: xr.Dataset) -> list[str]:
    roles = model.roles
    names = [item.name for item in model.species if roles[item.name] is not Role.CONSTANT]
    names += [item.name for item in model.assignments]
    names += [item.name for item in model.integrals]
    names += [item.name for item in model.observables]
    found = dict.fromkeys(names)
    return [name for name in found if name in course and course[name].dims == ("subject", "time")]


def _sedml(model: Model, ids: Mapping[str, str], end: float, points: int) -> str:
    root = ElementTree.Element("sedML", {"xmlns": _SEDML, "level": "1", "version": "4"})
    models = ElementTree.SubElement(root, "listOfModels")
    source = {"id": "model", "language": "urn:sedml:language:sbml.level-3.version-2"}
    ElementTree.SubElement(models, "model", source | {"source": "model.xml"})
    simulations = ElementTree.SubElement(root, "listOfSimulations")
    course = ElementTree.SubElement(
        simulations,
        "uniformTimeCourse",
        {
            "id": "course",
            "initialTime": "0",
            "outputStartTime": "0",
            "outputEndTime": repr(float(end)),
            "numberOfSteps": str(points - 1),
        },
    )
    ElementTree.SubElement(course, "algorithm", {"kisaoID": _KISAO})
    tasks = ElementTree.SubElement(root, "listOfTasks")
    task = {"id": "task", "modelReference": "model", "simulationReference": "course"}
    ElementTree.SubElement(tasks, "task", task)
    generators = ElementTree.SubElement(root, "listOfDataGenerators")
    time = {"id": "variable_time", "symbol": "urn:sedml:symbol:time", "taskReference": "task"}
    _generator(generators, "time", time)
    for name, sbml_id in ids.items():
        variable = {"id": f"variable_{sbml_id}", "target": _target(model, name, sbml_id)}
        _generator(generators, sbml_id, variable | {"taskReference": "task"})
    outputs = ElementTree.SubElement(root, "listOfOutputs")
    report = ElementTree.SubElement(outputs, "report", {"id": "report", "name": "expected.csv"})
    sets = ElementTree.SubElement(report, "listOfDataSets")
    for label, sbml_id in {"time": "time", **ids}.items():
        reference = {"id": f"data_{sbml_id}", "label": label, "dataReference": f"of_{sbml_id}"}
        ElementTree.SubElement(sets, "dataSet", reference)
    return _document(root, {"sbml": _SBML})


def _target(model: Model, name: str, sbml_id: str) -> str:
    """Return where a quantity stands in the document."""
    species = {item.name for item in model.species}
    places = {item.name for item in model.compartments}
    kind, listing = ("species", "listOfSpecies") if name in species else (
        ("compartment", "listOfCompartments") if name in places
        else ("parameter", "listOfParameters")
    )  # fmt: skip
    return f"/sbml:sbml/sbml:model/sbml:{listing}/sbml:{kind}[@id='{sbml_id}']"


def _generator(parent: ElementTree.Element, name: str, variable: dict[str, str]) -> None:
    made = ElementTree.SubElement(parent, "dataGenerator", {"id": f"of_{name}"})
    variables = ElementTree.SubElement(made, "listOfVariables")
    ElementTree.SubElement(variables, "variable", variable)
    math = ElementTree.SubElement(made, "math", {"xmlns": "http://www.w3.org/1998/Math/MathML"})
    ElementTree.SubElement(math, "ci").text = variable["id"]


def _manifest() -> str:
    root = ElementTree.Element("omexManifest", {"xmlns": _MANIFEST})
    for location, form, master in (
        (".", f"{_SPECIFICATIONS}/omex", False),
        ("./manifest.xml", _MANIFEST, False),
        ("./model.xml", f"{_SPECIFICATIONS}/sbml.level-3.version-2", False),
        ("./simulation.sedml", f"{_SPECIFICATIONS}/sed-ml.level-1.version-4", True),
        ("./expected.csv", "http://purl.org/NET/mediatypes/text/csv", False),
        ("./metadata.json", "http://purl.org/NET/mediatypes/application/json", False),
    ):  # fmt: skip
        content = {"location": location, "format": form}
        ElementTree.SubElement(root, "content", content | ({"master": "true"} if master else {}))
    return _document(root)


def _document(root: ElementTree.Element, prefixes: Mapping[str, str] | None = None) -> str:
    for prefix, uri in (prefixes or {}).items():
        root.set(f"xmlns:{prefix}", uri)  # used inside paths, which the writer cannot see
    ElementTree.indent(root)
    text = ElementTree.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'


def _csv(times: np.ndarray, expected: Mapping[str, np.ndarray]) -> str:
    out = io.StringIO()
    out.write(",".join(["time", *expected]) + "\n")
    rows: Sequence[Sequence[float]] = np.column_stack([times, *expected.values()]).tolist()
    for row in rows:
        out.write(",".join(repr(value) for value in row) + "\n")
    return out.getvalue()


def _metadata(model: Model, rtol: float) -> str:
    from livingdrug._version import __version__

    facts = {
        "created_by": f"livingdrug {__version__}",
        "model": model.id,
        "variant": model.variant,
        "math_hash": model.math_hash,
        "evidence_hash": model.evidence_hash,
        "time_unit": model.time_unit,
        "expected": {"file": "expected.csv", "subject": "typical", "rtol": rtol},
        "citations": [source.citation() for source in model.sources],
        "notice": model.notice or "Research simulation, not medical advice.",
    }
    return json.dumps(facts, indent=2, ensure_ascii=False) + "\n"
