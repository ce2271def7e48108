"""Our annotation of an SBML document: the whole Model, and a digest of what it belongs to.

What SBML has no element for, variability, doses, residual errors, the origin of every number,
stands here as readable records. The digest is that of the document without the annotation: where
another tool has changed the document, the annotation no longer describes it and is not used.
"""

from __future__ import annotations

import hashlib
import re
from xml.sax.saxutils import escape, unescape

import libsbml

from livingdrug.interop.sbml.write.records import model_of, records_of
from livingdrug.model.model import Model

__all__ = ["NAMESPACE", "annotate", "annotated_model"]

NAMESPACE = "https://livingdrug.org/ns/sbml-annotation/1"
"""A name, not an address to be fetched; the number is the version of the records."""

_RECORD = re.compile(r'<ld:record field="(\w+)"\s*>(.*?)</ld:record>', re.S)
_DIGEST = re.compile(r'<ld:model [^>]*digest="([0-9a-f]{64})"')
_COMMENT = re.compile(r"<!--.*?-->", re.S)


def annotate(document: libsbml.SBMLDocument, model: Model) -> None:
    """Write a model into the annotation of its document.

    Parameters
    ----------
    document : libsbml.SBMLDocument
    model : Model
    """
    lines = [
        f'<ld:record field="{name}">{escape(text)}</ld:record>' for name, text in records_of(model)
    ]
    text = (
        f'<annotation><ld:model xmlns:ld="{NAMESPACE}" digest="{_digest(document)}">\n'
        + "\n".join(lines)
        + "\n</ld:model></annotation>"
    )
    document.getModel().setAnnotation(text)


def annotated_model(document: libsbml.SBMLDocument) -> tuple[Model | None, bool]:
    """Return the model in the annotation of a document.

    Parameters
    ----------
    document : libsbml.SBMLDocument

    Returns
    -------
    Model or None
        None where there is no annotation of ours, or it is of another document.
    bool
        Whether there is one.

    Raises
    ------
    ModelError
        When the annotation does not hold the records of a model.
    """
    text = document.getModel().getAnnotationString() or ""
    found = _DIGEST.search(text)
    if NAMESPACE not in text or found is None:
        return None, False
    if found[1] != _digest(document):
        return None, True
    entities = {"&quot;": '"', "&apos;": "'"}
    records = [(name, unescape(body, entities)) for name, body in _RECORD.findall(text)]
    return model_of(records), True


def _digest(document: libsbml.SBMLDocument) -> str:
    """Return a digest of a document without our annotation."""
    plain = document.clone()
    model = plain.getModel()
    if model.isSetAnnotation() and NAMESPACE in model.getAnnotationString():
        model.unsetAnnotation()
    text = _COMMENT.sub("", libsbml.writeSBMLToString(plain))
    return hashlib.sha256(re.sub(r"\s+", " ", text).encode()).hexdigest()
