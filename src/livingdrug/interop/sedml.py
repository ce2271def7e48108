"""A uniform time course of one model as SED-ML Level 1 Version 4."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from xml.etree import ElementTree

from livingdrug.model.model import Model

__all__ = ["Course", "document_text", "sedml_text"]

_SEDML = "http://sed-ml.org/sed-ml/level1/version4"
_SBML = "http://www.sbml.org/sbml/level3/version2/core"
_MATHML = "http://www.w3.org/1998/Math/MathML"
_CVODE = ("KISAO:0000019", "CVODE")
"""Which every tool that reads SED-ML has. Our own is a Rosenbrock method (KISAO:0000033), which
few have; the mathematics asked for is the same, to the tolerances asked for."""
_RELATIVE = ("KISAO:0000209", "relative tolerance")
_ABSOLUTE = ("KISAO:0000211", "absolute tolerance")
_ABSOLUTE_SHARE = 1e-4
"""Of the relative tolerance: species of order one and less are then as exact as large ones."""


@dataclass(frozen=True, slots=True)
class Course:
    """What is simulated.

    Attributes
    ----------
    end : float
        Last time on the clock of the model, which starts at 0.
    points : int
        Both ends included.
    shift : float
        Added to the clock where times are reported: 0, or the day of the first dose.
    rtol : float
    """

    end: float
    points: int
    shift: float
    rtol: float


def sedml_text(model: Model, ids: Mapping[str, str], course: Course) -> str:
    """Describe a simulation and the report of it.

    Parameters
    ----------
    model : Model
        Written as ``model.xml``.
    ids : mapping from str to str
        Reported quantities, and their ids in the file.
    course : Course

    Returns
    -------
    str
    """
    root = ElementTree.Element("sedML", {"xmlns": _SEDML, "level": "1", "version": "4"})
    models = ElementTree.SubElement(root, "listOfModels")
    source = {"id": "model", "language": "urn:sedml:language:sbml.level-3.version-2"}
    ElementTree.SubElement(models, "model", source | {"source": "model.xml"})
    _simulation(root, course)
    tasks = ElementTree.SubElement(root, "listOfTasks")
    task = {"id": "task", "modelReference": "model", "simulationReference": "course"}
    ElementTree.SubElement(tasks, "task", task)
    generators = ElementTree.SubElement(root, "listOfDataGenerators")
    time = {"id": "variable_time", "symbol": "urn:sedml:symbol:time", "taskReference": "task"}
    _generator(generators, "time", time, course.shift)
    for name, sbml_id in ids.items():
        variable = {"id": f"variable_{sbml_id}", "target": _target(model, name, sbml_id)}
        _generator(generators, sbml_id, variable | {"taskReference": "task"})
    outputs = ElementTree.SubElement(root, "listOfOutputs")
    report = ElementTree.SubElement(outputs, "report", {"id": "report", "name": "expected.csv"})
    sets = ElementTree.SubElement(report, "listOfDataSets")
    for label, sbml_id in {"time": "time", **ids}.items():
        reference = {"id": f"data_{sbml_id}", "label": label, "dataReference": f"of_{sbml_id}"}
        ElementTree.SubElement(sets, "dataSet", reference)
    root.set("xmlns:sbml", _SBML)  # used inside paths, which the writer cannot see
    return document_text(root)


def _simulation(root: ElementTree.Element, course: Course) -> None:
    simulations = ElementTree.SubElement(root, "listOfSimulations")
    made = ElementTree.SubElement(
        simulations,
        "uniformTimeCourse",
        {
            "id": "course",
            "initialTime": "0",
            "outputStartTime": "0",
            "outputEndTime": repr(course.end),
            "numberOfSteps": str(course.points - 1),
        },
    )
    term, name = _CVODE
    algorithm = ElementTree.SubElement(made, "algorithm", {"kisaoID": term, "name": name})
    options = ElementTree.SubElement(algorithm, "listOfAlgorithmParameters")
    for (term, name), value in (
        (_RELATIVE, course.rtol), (_ABSOLUTE, _ABSOLUTE_SHARE * course.rtol),
    ):  # fmt: skip
        option = {"kisaoID": term, "name": name, "value": f"{value:g}"}
        ElementTree.SubElement(options, "algorithmParameter", option)


def _target(model: Model, name: str, sbml_id: str) -> str:
    """Return where a quantity stands in the document."""
    species = {item.name for item in model.species}
    places = {item.name for item in model.compartments}
    kind, listing = ("species", "listOfSpecies") if name in species else (
        ("compartment", "listOfCompartments") if name in places
        else ("parameter", "listOfParameters")
    )  # fmt: skip
    return f"/sbml:sbml/sbml:model/sbml:{listing}/sbml:{kind}[@id='{sbml_id}']"


def _generator(
    parent: ElementTree.Element, name: str, variable: dict[str, str], shift: float = 0.0
) -> None:
    made = ElementTree.SubElement(parent, "dataGenerator", {"id": f"of_{name}"})
    variables = ElementTree.SubElement(made, "listOfVariables")
    ElementTree.SubElement(variables, "variable", variable)
    math = ElementTree.SubElement(made, "math", {"xmlns": _MATHML})
    if shift:
        math = ElementTree.SubElement(math, "apply")
        ElementTree.SubElement(math, "plus")
    ElementTree.SubElement(math, "ci").text = variable["id"]
    if shift:
        ElementTree.SubElement(math, "cn").text = repr(shift)


def document_text(root: ElementTree.Element) -> str:
    """Return a tree as the text of an XML document.

    Parameters
    ----------
    root : xml.etree.ElementTree.Element

    Returns
    -------
    str
    """
    ElementTree.indent(root)
    text = ElementTree.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'
