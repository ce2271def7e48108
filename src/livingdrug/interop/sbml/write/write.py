"""write_sbml: from a Model to an SBML file."""

from __future__ import annotations

import os
from pathlib import Path

import libsbml

from livingdrug.core.files import write_text
from livingdrug.interop.sbml.annotation import annotate
from livingdrug.interop.sbml.write.document import Writing, native_document
from livingdrug.model.model import Model
from livingdrug.model.regimen import Regimen

__all__ = ["sbml_text", "text_of", "write_sbml"]


def write_sbml(
    model: Model, path: str | os.PathLike[str], *, regimen: Regimen | None = None
) -> None:
    """Write a model as SBML Level 3 Version 2.

    Other tools run the mathematics: integrals and observables are written as rules, thresholds of
    extinction as events, `hill` and `safe_ratio` as piecewise. What SBML has no element for, doses,
    variability, covariates, residual errors, counts and the origin of every number, stands in an
    annotation, from which `read_sbml` returns the same model, hash for hash.

    Parameters
    ----------
    model : Model
    path : str or path
        Written to a temporary name first.
    regimen : Regimen, optional
        Boluses that become events, so that other tools give them. `read_sbml` then returns the
        model with these events, as a model of its own.

    Raises
    ------
    CapabilityError
        Listing what cannot be written: infusions over time, doses per kilogram.
    OutputError
        When the file cannot be written.

    Examples
    --------
    >>> import livingdrug as ld
    >>> ld.write_sbml(ld.get_model("stein2019"), "stein2019.xml")  # doctest: +SKIP
    """
    write_text(Path(path), sbml_text(model, regimen=regimen), force=True)


def sbml_text(model: Model, *, regimen: Regimen | None = None, annotated: bool = True) -> str:
    """Return a model as the text of an SBML document.

    Parameters
    ----------
    model : Model
    regimen : Regimen, optional
        A model with a regimen as events is another one, so it has no annotation.
    annotated : bool, optional

    Returns
    -------
    str

    Raises
    ------
    CapabilityError
        As for `write_sbml`.
    """
    return text_of(native_document(model, regimen), annotated=annotated and regimen is None)


def text_of(written: Writing, *, annotated: bool) -> str:
    """Return a document as text.

    Parameters
    ----------
    written : Writing
    annotated : bool
        With its model as records.

    Returns
    -------
    str
    """
    text = str(libsbml.writeSBMLToString(written.document))
    if not annotated:
        return text
    # the digest is of what a reader will see, which is not always what was set
    document = libsbml.readSBMLFromString(text)
    annotate(document, written.model)
    return str(libsbml.writeSBMLToString(document))
