"""write_sbml: from a Model to an SBML file."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import libsbml

from livingdrug.cohort.one_subject import one_subject
from livingdrug.core.files import write_text
from livingdrug.interop.sbml.annotation import annotate
from livingdrug.interop.sbml.write.document import Writing, native_document
from livingdrug.model.model import Model
from livingdrug.model.regimen import Regimen

__all__ = ["sbml_text", "text_of", "write_sbml"]


def write_sbml(
    model: Model,
    path: str | os.PathLike[str],
    *,
    regimen: Regimen | None = None,
    values: Mapping[str, float] | None = None,
) -> None:
    """Write a model as SBML Level 3 Version 2.

    Other tools run the mathematics: integrals and observables are written as rules, thresholds of
    extinction as events, `hill` and `safe_ratio` as piecewise. What SBML has no element for, doses,
    variability, covariates, residual errors, counts and the origin of every number, stands in
    annotations beside the elements, from which `read_sbml` returns the same model, hash for hash.

    Parameters
    ----------
    model : Model
    path : str or path
        Written to a temporary name first.
    regimen : Regimen, optional
        Doses that become part of the model, so that other tools give them: boluses are events,
        infusions inflows that events start and stop, both at exactly their time and after the lag
        of the dose. `read_sbml` then returns the model with these events, as a model of its own.
        Where the first dose lies before day 0, the clock of the file starts with it.
    values : mapping from name to float, optional
        Parameters, initial values and covariates of the one subject in the file, as ``weight`` for
        doses per kilogram.

    Raises
    ------
    CapabilityError
        Listing what cannot be written.
    DataError
        Listing doses and values that do not fit the model.
    OutputError
        When the file cannot be written.

    Examples
    --------
    >>> import livingdrug as ld
    >>> ld.write_sbml(ld.get_model("stein2019"), "stein2019.xml")  # doctest: +SKIP
    """
    write_text(Path(path), sbml_text(model, regimen=regimen, values=values), force=True)


def sbml_text(
    model: Model,
    *,
    regimen: Regimen | None = None,
    values: Mapping[str, float] | None = None,
    annotated: bool = True,
) -> str:
    """Return a model as the text of an SBML document.

    Parameters
    ----------
    model : Model
    regimen, values : optional
        As for `write_sbml`.
    annotated : bool, optional

    Returns
    -------
    str

    Raises
    ------
    CapabilityError, DataError
        As for `write_sbml`.
    """
    return text_of(native_document(one_subject(model, regimen, values).model), annotated=annotated)


def text_of(written: Writing, *, annotated: bool = True) -> str:
    """Return a document as text.

    Parameters
    ----------
    written : Writing
    annotated : bool, optional
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
    annotate(document, written)
    return str(libsbml.writeSBMLToString(document))
