"""Digests of files and datasets, equal on every machine."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from livingdrug.core.errors import DataError

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["dataset_digest", "sha256_file"]

_CHUNK = 1 << 20


def sha256_file(path: str | Path) -> str:
    """Return the SHA-256 of a file, or of a folder (names and contents of all its files).

    Parameters
    ----------
    path : str or Path

    Returns
    -------
    str
        64 hexadecimal digits.

    Raises
    ------
    DataError
        When it cannot be read.
    """
    source = Path(path)
    try:
        if not source.is_dir():
            with source.open("rb") as stream:
                return hashlib.file_digest(stream, "sha256").hexdigest()
        total = hashlib.sha256()
        names = sorted(p.relative_to(source).as_posix() for p in source.rglob("*") if p.is_file())
        for name in names:
            _add(total, name)
            _add(total, sha256_file(source / name))
        return total.hexdigest()
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror}") from error


def dataset_digest(ds: xr.Dataset) -> str:
    """Return a SHA-256 that is equal for equal datasets on every machine.

    It covers names, dims, types, shapes, little-endian values and attributes of all variables in
    alphabetical order, and the attributes of the dataset except ``provenance`` and ``timings``.
    How text is stored, the payload of a NaN and the order of variables do not matter.

    Parameters
    ----------
    ds : xarray.Dataset

    Returns
    -------
    str
        64 hexadecimal digits.

    Raises
    ------
    DataError
        When a variable or attribute holds objects that have no bytes of their own.
    """
    digest = hashlib.sha256()
    for name in sorted(map(str, ds.variables)):
        variable = ds.variables[name]
        _add(digest, name)
        _add(digest, json.dumps([list(map(str, variable.dims)), list(variable.shape)]))
        _add_values(digest, np.asarray(variable.values), name)
        _add(digest, _attributes(variable.attrs, name))
    kept = {key: value for key, value in ds.attrs.items() if key not in {"provenance", "timings"}}
    _add(digest, _attributes(kept, "the dataset"))
    return digest.hexdigest()


def _add(digest: hashlib._Hash, text: str) -> None:
    data = text.encode("utf-8")
    digest.update(len(data).to_bytes(8, "little") + data)


def _add_values(digest: hashlib._Hash, values: NDArray[np.generic], name: str) -> None:
    code = values.dtype.kind
    if code in "UTO":
        _add(digest, "text")
        for item in values.ravel().tolist():
            if not isinstance(item, str):
                raise DataError(f"variable {name}: {item!r} is no text; no digest can be made")
            _add(digest, item)
        return
    if code not in "biufcmM":
        raise DataError(f"variable {name}: no digest can be made of type {values.dtype}")
    kind = values.dtype.newbyteorder("<")
    _add(digest, kind.str)
    flat = np.ascontiguousarray(values).reshape(-1)
    for start in range(0, flat.size, _CHUNK):
        part = flat[start : start + _CHUNK].astype(kind)
        if code in "fc":
            part[np.isnan(part)] = np.nan  # NaNs differ in bits between processors
        digest.update(part.tobytes())


def _attributes(attrs: Mapping[str, object], name: str) -> str:
    def plain(value: object) -> object:
        if isinstance(value, np.ndarray | np.generic):
            return value.tolist()
        raise DataError(f"attribute of {name}: {value!r} cannot be written as JSON")

    return json.dumps(dict(attrs), sort_keys=True, default=plain)
