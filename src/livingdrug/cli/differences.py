"""What differs between a recorded run, its stored result and its repetition."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    import xarray as xr
    from numpy.typing import NDArray

    from livingdrug.cli.simulation import Outcome
    from livingdrug.core.provenance import Manifest

    FloatArray = NDArray[np.float64]

__all__ = [
    "Differences",
    "compare_manifests",
    "compare_runs",
    "course_differences",
    "piece_differences",
]


@dataclass(frozen=True, slots=True)
class Differences:
    """What differs.

    Attributes
    ----------
    results : tuple of str
        Numbers, now or as stored; empty when the run was repeated bit for bit.
    surroundings : tuple of str
        Versions, platform, status and evidence of the model, which alone change no number.
    """

    results: tuple[str, ...]
    surroundings: tuple[str, ...]


def compare_runs(manifest: Manifest, outcome: Outcome, path: Path, stored: Path) -> Differences:
    """List what differs between a recorded run and its repetition.

    Parameters
    ----------
    manifest : Manifest
    outcome : Outcome
        Of the repetition.
    path : Path
        Of the manifest.
    stored : Path
        The result that was asked about, or its manifest.

    Returns
    -------
    Differences
    """
    lines = _stored_differences(manifest, outcome, path, stored)
    return compare_manifests(manifest, outcome.manifest, "course", lines)


def compare_manifests(
    old: Manifest, new: Manifest, output: str, stored: Sequence[str]
) -> Differences:
    """List what differs between the manifests of a run and of its repetition.

    Parameters
    ----------
    old, new : Manifest
    output : str
        Name of the digest.
    stored : sequence of str
        What differs in the stored result.

    Returns
    -------
    Differences
    """
    lines = []
    if old.outputs.get(output) != new.outputs[output]:
        lines.append(f"the {output}: its digest is not the one that was recorded")
    lines += _model_differences(old, new)
    for name in sorted({*old.results, *new.results}):
        before, after = old.results.get(name, math.nan), new.results.get(name, math.nan)
        if before != after:
            gap = _relative(before, after)
            lines.append(f"{name}: {before:.9g} then, {after:.9g} now ({gap})")
    return Differences((*lines, *stored), tuple(_surroundings(old, new)))


def piece_differences(folder: Path, number: int, first: int, now: xr.Dataset) -> list[str]:
    """Compare a stored piece with its repetition.

    Parameters
    ----------
    folder : Path
        Of the result.
    number : int
    first : int
        Position of its first subject.
    now : xarray.Dataset

    Returns
    -------
    list of str
    """
    import numpy as np

    from livingdrug.core.errors import DataError
    from livingdrug.core.schema import REDUCED_SCHEMA
    from livingdrug.interop.course_files import long_table, read_table
    from livingdrug.interop.parquet_pieces import ParquetPieces
    from livingdrug.interop.pieces import PIECE_FORMATS
    from livingdrug.interop.zarr_pieces import ZarrPieces

    pieces = PIECE_FORMATS[folder.suffix.lower()](folder)
    count = now.sizes["subject"]
    try:
        if isinstance(pieces, ZarrPieces):
            return [f"stored {line}" for line in course_differences(pieces.read(first, count), now)]
        if isinstance(pieces, ParquetPieces) and now.attrs["schema"] != REDUCED_SCHEMA:
            table = read_table(pieces.part(number))
            return [f"stored {line}" for line in table_differences(table, long_table(now))]
        found = pieces.columns(number, first, count)
    except DataError as error:
        return [str(error)]
    lines = []
    for name, values in found.items():
        if values.dtype.kind != "f":
            if not np.array_equal(values.astype(object), now[name].values.astype(object)):
                lines.append(f"stored variable {name}")
            continue
        n, gap = _float_gap(values.astype(float), now[name].values)
        if n:
            lines.append(f"stored {_gap_text(name, n, values.size, gap)}")
    return lines


def _model_differences(old: Manifest, new: Manifest) -> list[str]:
    lines = []
    if old.model and new.model and old.model.math_hash != new.model.math_hash:
        lines.append(
            f"the equations of the model: hash {old.model.math_hash[:12]} then, "
            f"{new.model.math_hash[:12]} now"
        )
    before = {item.name: item.sha256 for item in old.inputs}
    for item in new.inputs:
        if before.get(item.name, item.sha256) != item.sha256:
            lines.append(f"input {item.name!r}: its content has changed since the run")
    if len(old.failures) != len(new.failures):
        lines.append(f"failed subjects: {len(old.failures)} then, {len(new.failures)} now")
    return lines


def _stored_differences(
    manifest: Manifest, outcome: Outcome, path: Path, stored: Path
) -> list[str]:
    """Compare what lies in the store or file itself, which may have changed since."""
    from livingdrug.core.provenance import dataset_digest, sha256_file
    from livingdrug.interop.course_files import FORMATS, long_table, read_course, read_table

    folder = path.parent
    if folder.suffix.lower() == ".zarr":
        course = read_course(folder)
        if dataset_digest(course) == outcome.manifest.outputs["course"]:
            return []
        changed = course_differences(course, outcome.course)
        return [f"stored {line}" for line in changed] or [
            f"stored course {folder.name}: names, labels or attributes"
        ]
    if not stored.is_file() or stored == path:
        return []
    recorded = set(manifest.outputs.values())
    if len(recorded) > 1 and sha256_file(stored) in recorded:
        return []
    if stored.suffix.lower() == ".nc":
        then = read_course(stored)
        kept = outcome.course[[name for name in outcome.course.data_vars if name in then]]
        return [f"stored {line}" for line in course_differences(then, kept)]
    if stored.suffix.lower() in FORMATS:
        now = long_table(outcome.course)
        return [f"stored {line}" for line in table_differences(read_table(stored), now)]
    return [f"stored {stored.name}: is not the file that the run wrote (its SHA-256 differs)"]


def _surroundings(old: Manifest, new: Manifest) -> list[str]:
    lines = []
    if old.model and new.model:
        if old.model.evidence_hash != new.model.evidence_hash:
            lines.append("model: its evidence (sources, locators, read-outs) was edited")
        if old.model.status != new.model.status:
            lines.append(f"model status: {old.model.status} then, {new.model.status} now")
    for name in sorted({*old.versions, *new.versions}):
        before, after = old.versions.get(name, "absent"), new.versions.get(name, "absent")
        if before != after:
            lines.append(f"package {name}: {before} then, {after} now")
    for name in ("python", "system", "machine", "backend", "method"):
        before, after = getattr(old, name), getattr(new, name)
        if before != after:
            lines.append(f"{name}: {before} then, {after} now")
    return lines


def course_differences(old: xr.Dataset, new: xr.Dataset) -> list[str]:
    """Compare two courses variable by variable.

    Parameters
    ----------
    old, new : xarray.Dataset

    Returns
    -------
    list of str
    """
    import numpy as np

    lines = []
    for name in sorted({*map(str, old.variables), *map(str, new.variables)}):
        if name not in old.variables or name not in new.variables:
            lines.append(f"variable {name}: only {'now' if name in new.variables else 'then'}")
            continue
        a, b = old[name].values, new[name].values
        if a.shape != b.shape:
            lines.append(f"variable {name}: shape {a.shape} then, {b.shape} now")
        elif a.dtype.kind == "f":
            n, gap = _float_gap(a, b)
            if n:
                lines.append(_gap_text(name, n, a.size, gap))
        elif not np.array_equal(a, b):
            lines.append(f"variable {name}: {int(np.sum(a != b))} of {a.size} values")
    return lines


def table_differences(old: pd.DataFrame, new: pd.DataFrame) -> list[str]:
    """Compare two tables of curves, variable by variable.

    Parameters
    ----------
    old, new : pandas.DataFrame
        As of `interop.course_files.long_table`.

    Returns
    -------
    list of str
    """
    if len(old) != len(new):
        return [f"table: {len(old)} rows then, {len(new)} now"]
    lines = []
    if list(old.columns) != list(new.columns):
        return [f"table: columns {_columns(old)} then, {_columns(new)} now"]
    for column in (name for name in new.columns if name != "value"):
        n = int((old[column].astype(str).to_numpy() != new[column].astype(str).to_numpy()).sum())
        if n:
            lines.append(f"column {column}: {n} of {len(old)} rows")
    for name in new["variable"].unique().tolist():
        rows = (new["variable"] == name).to_numpy()
        a = old["value"].to_numpy(dtype=float)[rows]
        n, gap = _float_gap(a, new["value"].to_numpy(dtype=float)[rows])
        if n:
            lines.append(_gap_text(name, n, a.size, gap))
    return lines


def _columns(table: pd.DataFrame) -> str:
    return ", ".join(map(str, table.columns))


def _gap_text(name: str, n: int, size: int, gap: float) -> str:
    return f"variable {name}: {n} of {size} values, largest relative difference {gap:.3g}"


def _float_gap(a: FloatArray, b: FloatArray) -> tuple[int, float]:
    """Return how many values differ, and by how much relative to the first at most."""
    import numpy as np

    different = ~((a == b) | (np.isnan(a) & np.isnan(b)))
    if not different.any():
        return 0, 0.0
    old, new = a[different].astype(float), b[different].astype(float)
    with np.errstate(all="ignore"):
        gap = np.abs(old - new) / np.maximum(np.abs(old), np.finfo(float).tiny)
    return int(different.sum()), float(np.where(np.isnan(gap), np.inf, gap).max())


def _relative(old: float, new: float) -> str:
    if not (math.isfinite(old) and math.isfinite(new)) or old == 0:
        return "not comparable"
    return f"{(new - old) / abs(old):+.3g} relative"
