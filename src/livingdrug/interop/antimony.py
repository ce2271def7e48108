"""Antimony, the short form of SBML that people write by hand, through the package ``antimony``."""

from __future__ import annotations

import dataclasses
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType

from livingdrug.cohort.one_subject import one_subject
from livingdrug.core.errors import CapabilityError, DataError, ModelError
from livingdrug.core.files import write_text
from livingdrug.model.model import Model
from livingdrug.model.regimen import Regimen

__all__ = ["antimony_text", "read_antimony", "write_antimony"]

_LOST = (
    "Not in this file: variability, covariates, residual errors, declared doses and the origin of "
    "each number. SBML written by livingdrug has them."
)


def read_antimony(path: str | os.PathLike[str]) -> Model:
    """Read a model from an Antimony file.

    Parameters
    ----------
    path : str or path
        Of its last module, as Antimony has it, if it holds several.

    Returns
    -------
    Model
        As `read_sbml` reads what Antimony makes of it.

    Raises
    ------
    DataError
        When the file cannot be read.
    ModelError
        With Antimony's message and line, or when there is nothing in the file.
    CapabilityError
        Without the package ``antimony``, or naming what cannot be translated.
    """
    from livingdrug.interop.sbml.read import read_sbml

    antimony, shown = _package(), os.fspath(path)
    try:
        text = Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or error
        raise DataError(f"{shown}: cannot be read: {reason}") from error
    antimony.clearPreviousLoads()
    if antimony.loadAntimonyString(text) < 0:
        raise ModelError(f"{shown}: {' '.join(antimony.getLastError().split())}")
    sbml = antimony.getSBMLString(antimony.getMainModuleName())
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / f"{Path(path).stem}.xml"
        file.write_text(sbml, encoding="utf-8")
        try:
            model = read_sbml(file)
        except (ModelError, CapabilityError) as error:
            issues = [
                dataclasses.replace(item, where=item.where.replace(str(file), shown))
                for item in error.issues
            ]
            raise type(error)(issues) from error
    if not model.units:  # Antimony makes a model of any file without errors, also of an empty one
        raise ModelError(f"{shown}: holds no model; it needs species, variables or parameters")
    return model


def write_antimony(
    model: Model,
    path: str | os.PathLike[str],
    *,
    regimen: Regimen | None = None,
    values: Mapping[str, float] | None = None,
) -> None:
    """Write a model as Antimony.

    Antimony has no annotation for what SBML has no element for: declared doses, variability and
    origins are not in the file, which says so, and `read_antimony` gives a model with the same
    mathematics. The doses of a regimen are in it, as events.

    Parameters
    ----------
    model : Model
    path : str or path
        Written to a temporary name first.
    regimen, values : optional
        As for `write_sbml`.

    Raises
    ------
    CapabilityError
        Without the package ``antimony``, or as for `write_sbml`.
    ModelError
        When Antimony does not take the document, with its message.
    OutputError
        When the file cannot be written.
    """
    write_text(Path(path), antimony_text(model, regimen=regimen, values=values), force=True)


def antimony_text(
    model: Model, *, regimen: Regimen | None = None, values: Mapping[str, float] | None = None
) -> str:
    """Return a model as Antimony.

    Parameters
    ----------
    model : Model
    regimen, values : optional
        As for `write_sbml`.

    Returns
    -------
    str

    Raises
    ------
    CapabilityError, ModelError
        As for `write_antimony`.
    """
    from livingdrug.interop.sbml.write.document import native_document
    from livingdrug.interop.sbml.write.write import text_of

    antimony = _package()
    antimony.clearPreviousLoads()
    written = one_subject(model, regimen, values).model
    sbml = text_of(native_document(written), annotated=False)
    if antimony.loadSBMLString(sbml) < 0:
        raise ModelError(f"{model.id}: {' '.join(antimony.getLastError().split())}")
    text = antimony.getAntimonyString(antimony.getMainModuleName())
    head = [
        f"# {' '.join(line.split())}" for line in (written.title, written.notice, _LOST) if line
    ]
    return "\n".join([*head, str(text)])


def _package() -> ModuleType:
    try:
        import antimony
    except ImportError:
        raise CapabilityError(
            "Antimony needs the package antimony: pip install 'livingdrug[sbml]'"
        ) from None
    module: ModuleType = antimony
    return module
