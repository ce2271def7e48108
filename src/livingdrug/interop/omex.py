"""COMBINE archives: a model, a simulation of it, and what it gave, for other tools to repeat."""

from __future__ import annotations

import dataclasses
import io
import json
import os
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from livingdrug.cohort.one_subject import OneSubject, one_subject
from livingdrug.core.errors import OptionError
from livingdrug.core.files import atomic_path
from livingdrug.interop.omex_metadata import manifest_text, rdf_text
from livingdrug.interop.sbml.write.document import native_document
from livingdrug.interop.sbml.write.write import text_of
from livingdrug.interop.sedml import Course, sedml_text
from livingdrug.model.model import Model, Role
from livingdrug.model.regimen import Regimen

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["write_omex"]

_SAME_DATE = (1980, 1, 1, 0, 0, 0)
"""The same content is the same file, whenever it is written."""


def write_omex(
    model: Model,
    path: str | os.PathLike[str],
    *,
    end: float,
    points: int = 101,
    regimen: Regimen | None = None,
    values: Mapping[str, float] | None = None,
    rtol: float = 1e-8,
) -> None:
    """Write a simulation as a COMBINE archive (OMEX) with SED-ML Level 1 Version 4.

    The archive holds the model as SBML, one uniform time course as SED-ML with every species,
    integral, assigned quantity and observable, and ``expected.csv``: what livingdrug computed for
    the one subject, at the time of a dose the value after it.

    Parameters
    ----------
    model : Model
    path : str or path
        Written to a temporary name first.
    end : float
        Last time, in the unit of the model; the first is 0, or the first dose where that is
        earlier.
    points : int, optional
        Times, both ends included.
    regimen, values : optional
        Doses, and the one subject, as for `write_sbml`; the typical subject without them.
    rtol : float, optional
        Relative tolerance of the expected results, and of the simulation that the archive asks for.

    Raises
    ------
    OptionError
        For fewer than two points, or an end that is not after 0.
    CapabilityError, DataError, SolveError
        As for `write_sbml` and `simulate`.
    OutputError
        When the file cannot be written.

    Examples
    --------
    >>> import livingdrug as ld
    >>> model = ld.get_model("frey2010")
    >>> regimen = ld.Regimen((ld.Dose("tocilizumab", 8.0, "mg", per="kg", duration=1 / 24),))
    >>> ld.write_omex(model, "f.omex", end=28, regimen=regimen,
    ...               values={"weight": 70.0})  # doctest: +SKIP
    """
    if not 0.0 < end < np.inf or points < 2:
        raise OptionError(f"end = {end:g}, points = {points}: an end above 0 and 2 points or more")
    subject = one_subject(model, regimen, values)
    clock = np.linspace(0.0, end - subject.start, points)
    written = native_document(subject.model)
    days = clock + subject.start
    expected = _expected(model, subject, days, rtol)
    ids = {name: written.ids.of[name] for name in expected}
    course = Course(float(clock[-1]), points, subject.start, rtol)
    files = {
        "manifest.xml": manifest_text(),
        "model.xml": text_of(written),
        "simulation.sedml": sedml_text(subject.model, ids, course),
        "expected.csv": _csv(days, expected),
        "metadata.rdf": rdf_text(model),
        "metadata.json": _metadata(model, subject, given=dict(values or {}), rtol=rtol),
    }
    with (
        atomic_path(Path(path), force=True) as temporary,
        zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED) as archive,
    ):
        for name, text in files.items():
            entry = zipfile.ZipInfo(name, _SAME_DATE)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 3  # the same bytes whatever writes them
            archive.writestr(entry, text)


def _expected(
    model: Model, subject: OneSubject, days: np.ndarray, rtol: float
) -> dict[str, np.ndarray]:
    """Return what each reported quantity is on the days, by the regimen itself."""
    from livingdrug.solve.simulate import simulate

    course = simulate(model, subject.cohort, times=days.tolist(), rtol=rtol, on_failure="raise")
    return {name: course[name].values[0] for name in _reported(model, course)}


def _reported(model: Model, course: xr.Dataset) -> list[str]:
    roles = model.roles
    names = [item.name for item in model.species if roles[item.name] is not Role.CONSTANT]
    names += [item.name for item in model.assignments]
    names += [item.name for item in model.integrals]
    names += [item.name for item in model.observables]
    found = dict.fromkeys(names)
    return [name for name in found if name in course and course[name].dims == ("subject", "time")]


def _csv(times: np.ndarray, expected: Mapping[str, np.ndarray]) -> str:
    out = io.StringIO()
    out.write(",".join(["time", *expected]) + "\n")
    rows: Sequence[Sequence[float]] = np.column_stack([times, *expected.values()]).tolist()
    for row in rows:
        out.write(",".join(repr(value) for value in row) + "\n")
    return out.getvalue()


def _metadata(model: Model, subject: OneSubject, *, given: Mapping[str, float], rtol: float) -> str:
    from livingdrug._version import __version__

    facts = {
        "created_by": f"livingdrug {__version__}",
        "model": model.id,
        "variant": model.variant,
        "math_hash": model.math_hash,
        "evidence_hash": model.evidence_hash,
        "time_unit": model.time_unit,
        "first_time": subject.start,
        "values": given,
        "doses": [
            {k: v for k, v in dataclasses.asdict(dose).items() if k not in ("per", "cap")}
            for dose in subject.doses
        ],
        "expected": {
            "file": "expected.csv",
            "subject": "as in values" if given else "typical",
            "side": "right",
            "rtol": rtol,
        },
        "citations": [source.citation() for source in model.sources],
        "notice": model.notice or "Research simulation, not medical advice.",
    }
    return json.dumps(facts, indent=2, ensure_ascii=False) + "\n"
