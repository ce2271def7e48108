"""Record what a simulation command did: its manifest."""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import xarray as xr

    from livingdrug.cli.request import Request
    from livingdrug.clinical.headline import Metric
    from livingdrug.core.provenance import Failure, InputFile, Manifest
    from livingdrug.model.model import Model

__all__ = ["bundled_study", "input_files", "make_manifest", "recorded_files"]


def make_manifest(
    request: Request,
    model: Model,
    course: xr.Dataset,
    study: xr.Dataset | None,
    metrics: Sequence[Metric],
    started: str,
    notes: Sequence[str],
) -> Manifest:
    """Describe a run.

    Parameters
    ----------
    request : Request
    model : Model
    course : xarray.Dataset
    study : xarray.Dataset or None
    metrics : sequence of Metric
    started : str
        UTC.
    notes : sequence of str
        Warnings.

    Returns
    -------
    Manifest
    """
    from livingdrug.core.provenance import Citation, ModelRecord, dataset_digest, new_manifest
    from livingdrug.data.views import study_source

    sources = [*model.sources, study_source(study) if study is not None else None]
    citations = {source.doi: Citation.of(source) for source in sources if source is not None}
    tolerances = {"rtol": float(course.attrs["rtol"])}
    tolerances |= {f"atol:{k}": v for k, v in json.loads(course.attrs["atol"]).items()}
    manifest = new_manifest(
        command=request.arguments(),
        started=started,
        inputs=input_files(request),
        model=ModelRecord(
            model.id, model.variant, model.status, model.math_hash, model.evidence_hash
        ),
        seed=request.seed,
        method=str(course.attrs["method"]),
        tolerances=tolerances,
        backend=str(course.attrs["backend"]),
        failures=_failures(course),
        citations=citations.values(),
        outputs={"course": dataset_digest(course)},
        assumptions=json.loads(course.attrs["assumed"]),
        warnings=notes,
    )
    results = {
        f"{metric.name}, quantile {p:g}": metric.quantile(p)
        for metric in metrics
        for p in (0.05, 0.5, 0.95)
    }
    finite = {name: value for name, value in results.items() if math.isfinite(value)}
    inputs = [*manifest.inputs, *bundled_study(request, study)]
    return dataclasses.replace(manifest, results=finite, inputs=tuple(inputs))


def bundled_study(request: Request, study: xr.Dataset | None) -> list[InputFile]:
    """Record a study of the package by the digest of its content: it may change with a version.

    Parameters
    ----------
    request : Request
    study : xarray.Dataset or None

    Returns
    -------
    list of InputFile
    """
    from livingdrug.core.provenance import InputFile, dataset_digest
    from livingdrug.data.datasets import list_studies

    if study is None or request.study not in list_studies():
        return []
    return [InputFile(f"study {request.study}", dataset_digest(study))]


def input_files(request: Request) -> list[Path]:
    """Return the files that a request reads.

    Parameters
    ----------
    request : Request

    Returns
    -------
    list of Path
    """
    from livingdrug.catalogue.load import is_path
    from livingdrug.data.datasets import list_studies

    files = [Path(request.model)] if is_path(request.model) else []
    if request.study and request.study not in list_studies():
        files.append(Path(request.study))
    if request.data:
        files.append(Path(request.data))
    return files


def recorded_files(request: Request) -> list[InputFile]:
    """Return the files that a request reads, as a manifest records them.

    Parameters
    ----------
    request : Request

    Returns
    -------
    list of InputFile
    """
    from livingdrug.core.provenance import InputFile, sha256_file
    from livingdrug.core.redact import portable_path

    return [InputFile(portable_path(path), sha256_file(path)) for path in input_files(request)]


def _failures(course: xr.Dataset) -> list[Failure]:
    import numpy as np

    from livingdrug.core.provenance import Failure
    from livingdrug.core.status import Status

    status, messages = course["status"].values, course["status_message"].values
    labels = course["subject"].values.tolist()
    numbers = course["replicate"].values.tolist() if status.ndim == 2 else [None]
    table = status.reshape(len(labels), -1)
    return [
        Failure(
            labels[row], Status(int(table[row, column])).name,
            str(messages.reshape(table.shape)[row, column]), numbers[column],
        )
        for row, column in np.argwhere(table != 0).tolist()
    ]  # fmt: skip
