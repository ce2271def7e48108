"""What a COMBINE archive says of itself: its manifest, and its metadata as RDF."""

from __future__ import annotations

from xml.etree import ElementTree

from livingdrug._version import __version__
from livingdrug.core.errors import UnknownNameError
from livingdrug.interop.sedml import document_text
from livingdrug.model.model import Model

__all__ = ["manifest_text", "rdf_text"]

_SPECIFICATIONS = "http://identifiers.org/combine.specifications"
_MANIFEST = f"{_SPECIFICATIONS}/omex-manifest"
_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_DCTERMS = "http://purl.org/dc/terms/"
_DC = "http://purl.org/dc/elements/1.1/"
_BQMODEL = "http://biomodels.net/model-qualifiers/"
_LICENCE = "https://identifiers.org/spdx:Apache-2.0"
"""Of our own model files; what the licence of a user's model is, we do not know."""


def manifest_text() -> str:
    """Return the manifest of an archive.

    Returns
    -------
    str
    """
    root = ElementTree.Element("omexManifest", {"xmlns": _MANIFEST})
    for location, form, master in (
        (".", f"{_SPECIFICATIONS}/omex", False),
        ("./manifest.xml", _MANIFEST, False),
        ("./model.xml", f"{_SPECIFICATIONS}/sbml.level-3.version-2", False),
        ("./simulation.sedml", f"{_SPECIFICATIONS}/sed-ml.level-1.version-4", True),
        ("./expected.csv", "http://purl.org/NET/mediatypes/text/csv", False),
        ("./metadata.rdf", f"{_SPECIFICATIONS}/omex-metadata", False),
        ("./metadata.json", "http://purl.org/NET/mediatypes/application/json", False),
    ):  # fmt: skip
        content = {"location": location, "format": form}
        ElementTree.SubElement(root, "content", content | ({"master": "true"} if master else {}))
    return document_text(root)


def rdf_text(model: Model) -> str:
    """Return the metadata of an archive: title, version, licence, publications; nobody's name.

    Parameters
    ----------
    model : Model

    Returns
    -------
    str
    """
    root = ElementTree.Element(
        "rdf:RDF",
        {"xmlns:rdf": _RDF, "xmlns:dcterms": _DCTERMS, "xmlns:dc": _DC, "xmlns:bqmodel": _BQMODEL},
    )
    about = ElementTree.SubElement(root, "rdf:Description", {"rdf:about": "."})
    variant = f", variant {model.variant}" if model.variant else ""
    texts = [
        ("dc:title", f"{model.title or model.id}{variant}"),
        ("dc:description", model.notice or "Research simulation, not medical advice."),
        ("dcterms:hasVersion", f"{model.id}{variant}, sha256 {model.evidence_hash}"),
        ("dcterms:provenance", f"written by livingdrug {__version__}"),
        *(("dcterms:bibliographicCitation", item.citation()) for item in model.sources),
    ]
    for tag, text in texts:
        ElementTree.SubElement(about, tag).text = text
    if _is_ours(model):
        ElementTree.SubElement(about, "dcterms:license", {"rdf:resource": _LICENCE})
    for item in model.sources:
        if item.doi:
            link = {"rdf:resource": f"https://identifiers.org/doi:{item.doi}"}
            ElementTree.SubElement(about, "bqmodel:isDescribedBy", link)
    return document_text(root)


def _is_ours(model: Model) -> bool:
    from livingdrug.catalogue.index import get_model, list_models

    if model.id not in list_models() or not model.variant:
        return False
    try:
        return get_model(model.id, model.variant).evidence_hash == model.evidence_hash
    except UnknownNameError:
        return False
