"""Our annotations of an SBML document: every part of the Model, beside the element it is about.

What SBML has no element for, variability, doses, residual errors, the origin of every number,
stands here as readable records. A digest of the structure of the document stands with them: where
another tool has changed equations, the records no longer describe it and are not used. Where it has
changed numbers alone, these count, and everything else that the records say still holds.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from xml.sax.saxutils import escape, quoteattr

import libsbml

from livingdrug.cohort.one_subject import with_values
from livingdrug.core.errors import ModelError, raise_issues
from livingdrug.interop.sbml.structure import initial_formulas, structure_digest
from livingdrug.interop.sbml.write.document import Writing, native_document
from livingdrug.interop.sbml.write.records import Record, model_of, records_of
from livingdrug.model.model import Model, Role
from livingdrug.model.value_checks import check_values

__all__ = ["NAMESPACE", "Own", "annotate", "own_model"]

NAMESPACE = "https://livingdrug.org/ns/sbml-annotation/1"
"""A name, not an address to be fetched; the number is the version of the records."""

_DIGITS = 1e-14
"""Relative difference of one number in two files, which have 15 digits."""


@dataclass(frozen=True, slots=True)
class Own:
    """What the annotations of a document hold.

    Attributes
    ----------
    present : bool
        Whether there are any of ours.
    model : Model or None
        None where there are none, or where they no longer describe the document.
    changed : tuple of str
        Quantities whose number in the document is another one than was written.
    """

    present: bool
    model: Model | None = None
    changed: tuple[str, ...] = ()


def annotate(document: libsbml.SBMLDocument, written: Writing) -> None:
    """Write a model into the annotations of its document.

    Parameters
    ----------
    document : libsbml.SBMLDocument
    written : Writing
        What the document was made from.
    """
    model, target = written.model, document.getModel()
    _cite(target, model)
    groups: dict[str, list[Record]] = defaultdict(list)
    for record in records_of(model):
        place = written.ids.of.get(record.about, "") if record.about else ""
        groups[place if target.getElementBySId(place) else ""].append(record)
    digest, count = structure_digest(document), sum(map(len, groups.values()))
    for place, records in groups.items():
        element = target.getElementBySId(place) if place else target
        attribute = "" if place else f' structure={quoteattr(digest)} records="{count}"'
        lines = [
            f'<ld:record field="{item.field}" place="{item.place}">{escape(item.text)}</ld:record>'
            for item in records
        ]
        element.appendAnnotation(
            f'<annotation><ld:part xmlns:ld="{NAMESPACE}"{attribute}>\n'
            + "\n".join(lines)
            + "\n</ld:part></annotation>"
        )


def _cite(target: libsbml.Model, model: Model) -> None:
    """Name the publications in the way that SBML tools know (MIRIAM)."""
    dois = [source.doi for source in model.sources if source.doi]
    if not dois:
        return
    target.setMetaId(f"meta_{target.getId()}")
    term = libsbml.CVTerm(libsbml.MODEL_QUALIFIER)
    term.setModelQualifierType(libsbml.BQM_IS_DESCRIBED_BY)
    for doi in dois:
        term.addResource(f"https://identifiers.org/doi:{doi}")
    target.addCVTerm(term)


def own_model(document: libsbml.SBMLDocument) -> Own:
    """Return the model in the annotations of a document.

    Parameters
    ----------
    document : libsbml.SBMLDocument

    Returns
    -------
    Own
        Numbers that were changed in the document are those of the model, with the origin
        ``assumed``.

    Raises
    ------
    ModelError
        When the annotations do not hold the records of a model, or a number that was changed is
        none that the model allows.
    """
    source = document.getModel()
    digest, count, records = "", "", []
    for element in _elements(source):
        for part in _parts(element):
            digest = digest or part.getAttrValue("structure")
            count = count or part.getAttrValue("records")
            records += [_record(item) for item in _children(part) if item.getName() == "record"]
    if not digest:
        return Own(present=bool(records))
    if digest != structure_digest(document) or count != str(len(records)):
        return Own(present=True)  # what a missing record said would have its default
    model = model_of(records)
    found = _changes(source, model)
    if found is None:
        return Own(present=True)
    if found.numbers:
        left = tuple(pair for pair in model.initial_assignments if pair[0] not in found.fixed)
        model = with_values(replace(model, initial_assignments=left), found.numbers)
        raise_issues(list(check_values(model)), ModelError)
    return Own(True, model, tuple(found.numbers))


@dataclass(frozen=True, slots=True)
class _Changes:
    """Numbers that are not those written; some stand where an initial assignment stood."""

    numbers: dict[str, float]
    fixed: frozenset[str]


def _changes(source: libsbml.Model, model: Model) -> _Changes | None:
    """Compare a document with what is written of a model.

    Parameters
    ----------
    source : libsbml.Model
    model : Model

    Returns
    -------
    _Changes or None
        None where a number has no place in the model, or an initial assignment is another one.
        Tools that save a state leave initial assignments out: then their numbers count.
    """
    written = native_document(model)
    # as a reader sees it, which is not always what was set
    document = libsbml.readSBMLFromString(libsbml.writeSBMLToString(written.document))
    then, now = _numbers(document.getModel()), _numbers(source)
    formulas, kept = initial_formulas(document.getModel()), initial_formulas(source)
    if kept.items() - formulas.items():
        return None
    names = {sbml_id: name for name, sbml_id in written.ids.of.items()}
    computed = {item.name for item in model.observables}
    computed |= {name for name, role in model.roles.items() if role is Role.ASSIGNED}
    computed |= {names[sbml_id] for sbml_id in kept}
    lost = {sbml_id for sbml_id in formulas if sbml_id not in kept} & set(now)
    lost = {sbml_id for sbml_id in lost if names[sbml_id] not in computed}
    fixed = {item.name for item in model.integrals}
    changed: dict[str, float] = {}
    for sbml_id, value in now.items():
        name = names.get(sbml_id, "")
        same = _equal(value, then.get(sbml_id, math.nan)) and sbml_id not in lost
        if same or name in computed:
            continue
        if name not in model.units or name in fixed or math.isnan(value):
            return None
        changed[name] = value
    return _Changes(changed, frozenset(names[sbml_id] for sbml_id in lost))


def _equal(one: float, other: float) -> bool:
    both_unset = math.isnan(one) and math.isnan(other)
    return both_unset or math.isclose(one, other, rel_tol=_DIGITS)


def _numbers(model: libsbml.Model) -> dict[str, float]:
    """Return the number at each id, of a species as its symbol means it; NaN for none."""
    found, sizes = {}, {}
    for place in range(model.getNumCompartments()):
        item = model.getCompartment(place)
        sizes[item.getId()] = item.getSize() if item.isSetSize() else math.nan
    for place in range(model.getNumSpecies()):
        item = model.getSpecies(place)
        size = sizes.get(item.getCompartment(), math.nan)
        amount = item.getInitialAmount() if item.isSetInitialAmount() else math.nan
        if item.isSetInitialConcentration():
            amount = item.getInitialConcentration() * size
            found[item.getId()] = item.getInitialConcentration()
        if item.getHasOnlySubstanceUnits():
            found[item.getId()] = amount
        elif not item.isSetInitialConcentration():
            found[item.getId()] = amount / size
    for place in range(model.getNumParameters()):
        item = model.getParameter(place)
        found[item.getId()] = item.getValue() if item.isSetValue() else math.nan
    return sizes | found


def _record(item: libsbml.XMLNode) -> Record:
    text = "".join(child.getCharacters() for child in _children(item))
    place = item.getAttrValue("place")
    if not place.isdecimal():
        raise ModelError(f"a record of the annotation has the place {place!r}, which is no number")
    return Record(item.getAttrValue("field"), int(place), text)


def _elements(model: libsbml.Model) -> Iterator[libsbml.SBase]:
    yield model
    for listing in (
        model.getListOfCompartments(), model.getListOfSpecies(), model.getListOfParameters(),
    ):  # fmt: skip
        for place in range(listing.size()):
            yield listing.get(place)


def _parts(element: libsbml.SBase) -> Iterator[libsbml.XMLNode]:
    annotation = element.getAnnotation() if element.isSetAnnotation() else None
    for item in _children(annotation):
        if item.getURI() == NAMESPACE and item.getName() == "part":
            yield item


def _children(node: libsbml.XMLNode | None) -> Iterator[libsbml.XMLNode]:
    if node is not None:
        for place in range(node.getNumChildren()):
            yield node.getChild(place)
