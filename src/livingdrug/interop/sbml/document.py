"""From a file to a checked libSBML document: safe to open, valid, flat, without packages."""

from __future__ import annotations

import os
import re
from pathlib import Path

import libsbml

from livingdrug.core.errors import CapabilityError, DataError, Issue, ModelError
from livingdrug.interop.sbml.submodels import (
    convert_times,
    has_conversion,
    holds_rates,
    restore_rates,
)

__all__ = ["MAX_BYTES", "open_document"]

MAX_BYTES = 64 * 2**20
"""A larger file is refused: libSBML needs 10 to 30 times its size in memory."""

_MOST_SHOWN = 20
_ENCODINGS = {"utf-8", "utf8", "us-ascii", "ascii", "iso-8859-1", "latin-1", "windows-1252"}
_PROLOG = re.compile(rb"\s+|<\?.*?\?>|<!--.*?-->", re.DOTALL)
_DECLARED = re.compile(rb"<\?xml[^>]*?encoding\s*=\s*[\"']([^\"']*)[\"']")
_IGNORED_CHECKS = (
    libsbml.LIBSBML_CAT_UNITS_CONSISTENCY,
    libsbml.LIBSBML_CAT_MODELING_PRACTICE,
    libsbml.LIBSBML_CAT_SBO_CONSISTENCY,
    libsbml.LIBSBML_CAT_OVERDETERMINED_MODEL,
)
_ALLOWED = {
    # without one the encoding is UTF-8
    libsbml.MissingXMLEncoding,
    # packages are looked at apart
    libsbml.RequiredPackagePresent,
    libsbml.UnrequiredPackagePresent,
    # a unit that is not defined changes no number; its id is kept as the unit's text
    libsbml.DanglingUnitReference,
    libsbml.DanglingUnitSIdRef,
}
_UNDERSTOOD = {"comp", "l3v2extendedmath"}


def open_document(path: str | os.PathLike[str]) -> libsbml.SBMLDocument:
    """Read and check a file; models made of submodels come back flat.

    Parameters
    ----------
    path : str or path

    Returns
    -------
    libsbml.SBMLDocument
        With a model.

    Raises
    ------
    DataError
        When the file cannot be read, is too large, or declares a document type.
    ModelError
        With libSBML's messages and the lines they are about.
    CapabilityError
        When it needs a package that cannot be translated.
    """
    shown = os.fspath(path)
    _check_file(Path(path), shown)
    document = libsbml.readSBMLFromFile(str(Path(path)))
    _raise_errors(document, shown)
    _check_packages(document, shown)
    _check_external(document, Path(path).parent, shown, set())
    for category in _IGNORED_CHECKS:
        document.setConsistencyChecks(category, False)
    document.checkConsistency()
    _raise_errors(document, shown)
    if document.getModel() is None:
        raise ModelError(f"{shown}: holds no <model>")
    if document.isPackageEnabled("comp"):
        _flatten(document, Path(path), shown)
    return document


# -- before libSBML sees the file -------------------------------------------------------------


def _check_file(path: Path, shown: str) -> None:
    if path.is_dir():
        raise DataError(f"{shown}: is a folder; name an SBML file")
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise DataError(
                f"{shown}: has {size / 2**20:,.0f} MiB; SBML files above {MAX_BYTES // 2**20} MiB "
                "are refused, because reading takes many times their size in memory"
            )
        content = path.read_bytes()
    except OSError as error:
        raise DataError(f"{shown}: cannot be read: {error.strerror or error}") from error
    if content.startswith((b"\xff\xfe", b"\xfe\xff", b"\x00")):
        raise DataError(f"{shown}: is not written in UTF-8, as SBML is; save it in UTF-8")
    content = content.removeprefix(b"\xef\xbb\xbf")
    declared = _DECLARED.match(content)
    if declared and declared[1].decode("latin-1").lower() not in _ENCODINGS:
        raise DataError(
            f"{shown}, line 1: declares the encoding {declared[1].decode('latin-1')!r}; "
            "SBML is written in UTF-8"
        )
    place = 0
    while found := _PROLOG.match(content, place):
        place = found.end()
    if content.startswith(b"<!", place):
        line = content.count(b"\n", 0, place) + 1
        raise DataError(
            f"{shown}, line {line}: declares a document type, which can define entities that "
            "expand without limit; SBML has none, so remove the declaration"
        )


# -- what libSBML says ------------------------------------------------------------------------


def _raise_errors(document: libsbml.SBMLDocument, shown: str) -> None:
    """Raise every error; warnings of libSBML are dropped."""
    errors = [document.getError(k) for k in range(document.getNumErrors())]
    serious = [e for e in errors if (e.isError() or e.isFatal()) and e.getErrorId() not in _ALLOWED]
    found = [Issue("error", f"{shown}, line {item.getLine()}", _message(item)) for item in serious]
    issues = list(dict.fromkeys(found))
    if len(issues) > _MOST_SHOWN:
        rest = Issue("error", shown, f"and {len(issues) - _MOST_SHOWN} more errors")
        issues = [*issues[:_MOST_SHOWN], rest]
    if issues:
        raise ModelError(issues)


def _message(error: libsbml.SBMLError) -> str:
    """Return the short message, and the sentence that names the element."""
    text = " ".join(error.getShortMessage().split())
    lines = [" ".join(line.split()) for line in error.getMessage().splitlines() if line.strip()]
    detail = lines[-1] if lines else ""
    if detail and not detail.startswith("Reference:") and detail != text:
        text = f"{text}: {detail}" if text else detail
    return text or f"libSBML error {error.getErrorId()}"


def _check_packages(document: libsbml.SBMLDocument, shown: str) -> None:
    if document.getLevel() < 3:
        return  # before Level 3 a package is an annotation, which changes nothing
    needed = [
        document.getPlugin(k).getPackageName()
        for k in range(document.getNumPlugins())
        if document.getPackageRequired(document.getPlugin(k).getPackageName())
    ]
    needed += [
        document.getUnknownPackagePrefix(k)
        for k in range(document.getNumUnknownPackages())
        if document.getPackageRequired(document.getUnknownPackageURI(k))
    ]
    refused = [name for name in needed if name not in _UNDERSTOOD]
    if refused:
        raise CapabilityError(
            f"{shown}: needs the SBML package {', '.join(map(repr, refused))} (required='true'), "
            "which changes what the model means and cannot be translated"
        )


# -- comp -------------------------------------------------------------------------------------


def _flatten(document: libsbml.SBMLDocument, path: Path, shown: str) -> None:
    properties = libsbml.ConversionProperties()
    properties.addOption("flatten comp", True)
    properties.addOption("leavePorts", False)
    properties.addOption("performValidation", True)
    properties.addOption("abortIfUnflattenable", "requiredOnly")
    properties.addOption("basePath", str(path.parent))
    document.getErrorLog().clearLog()
    convert_times(document)
    if document.convert(properties) != libsbml.LIBSBML_OPERATION_SUCCESS:
        _raise_errors(document, shown)
        raise CapabilityError(f"{shown}: libSBML cannot flatten the submodels of this file")
    restore_rates(document)


def _check_external(
    document: libsbml.SBMLDocument,
    folder: Path,
    shown: str,
    seen: set[Path],
    converted: bool = False,
) -> None:
    """Files that submodels come from pass the same checks."""
    converted = converted or has_conversion(document)
    plugin = document.getPlugin("comp")
    if plugin is None:
        return
    for k in range(plugin.getNumExternalModelDefinitions()):
        definition = plugin.getExternalModelDefinition(k)
        source = definition.getSource()
        where = f"{shown}, external model {definition.getId()}"
        if re.match(r"[A-Za-z][A-Za-z0-9+.-]+:", source) and not source.startswith("file:"):
            raise CapabilityError(f"{where}: {source!r} is not a file on this machine")
        target = (folder / source.removeprefix("file://").removeprefix("file:")).resolve()
        if target in seen:
            continue
        seen.add(target)
        _check_file(target, f"{where}, {source}")
        other = libsbml.readSBMLFromFile(str(target))
        if converted and holds_rates(other):
            raise CapabilityError(
                f"{where}, {source}: uses rateOf, and a submodel has a timeConversionFactor: this "
                "is read only where the submodel is defined in the same file"
            )
        _check_external(other, target.parent, str(target), seen, converted)
