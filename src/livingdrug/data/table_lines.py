"""The lines of the table that a study was read from, kept so that it can be written unchanged.

A study says what a table means. It does not say in which order the columns stood, which columns
were not read, or how numbers were written. That is in ``table_line``, one text for each line; of
several tables in one folder also in ``table_file``, the name of the file of each line.
"""

from __future__ import annotations

from collections.abc import Mapping
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from livingdrug.core.errors import DataError
from livingdrug.core.files import atomic_path

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["keep_table", "keep_tables", "table_text", "table_texts", "write_table"]


def keep_table(study: xr.Dataset, path: str | PathLike[str]) -> xr.Dataset:
    """Return a study that also holds the lines of its table.

    Parameters
    ----------
    study : xarray.Dataset
    path : path
        A text file in UTF-8.

    Returns
    -------
    xarray.Dataset
        With ``table_line`` over the dimension ``line``; a line keeps its carriage return, and a
        byte order mark stays in the first.
    """
    lines = Path(path).read_bytes().decode("utf-8").split("\n")
    return study.assign({"table_line": ("line", np.array(lines, np.str_))})


def keep_tables(study: xr.Dataset, files: Mapping[str, Path]) -> xr.Dataset:
    """Return a study that also holds the lines of the tables of its folder.

    Parameters
    ----------
    study : xarray.Dataset
    files : mapping from name to Path
        One that is not text, as Parquet, is left out, and then none is kept: a part of a folder
        cannot stand for it.

    Returns
    -------
    xarray.Dataset
        With ``table_line`` and ``table_file`` over the dimension ``line``.
    """
    lines: list[str] = []
    names: list[str] = []
    for name, path in files.items():
        try:
            text = path.read_bytes().decode("utf-8")
        except UnicodeDecodeError:
            return study
        found = text.split("\n")
        lines += found
        names += [name] * len(found)
    return study.assign({
        "table_line": ("line", np.array(lines, np.str_)),
        "table_file": ("line", np.array(names, np.str_)),
    })  # fmt: skip


def table_texts(study: xr.Dataset) -> dict[str, str]:
    """Return the tables of the folder that a study was read from, to the last character.

    Parameters
    ----------
    study : xarray.Dataset

    Returns
    -------
    dict of str to str
        Name of the file to its text; empty for a study that was not read from such a folder.
    """
    if "table_file" not in study:
        return {}
    texts: dict[str, list[str]] = {}
    for name, line in zip(
        study["table_file"].values.tolist(), study["table_line"].values.tolist(), strict=True
    ):
        texts.setdefault(name, []).append(line)
    return {name: "\n".join(lines) for name, lines in texts.items()}


def table_text(study: xr.Dataset) -> str:
    """Return the table that a study was read from, to the last character.

    Parameters
    ----------
    study : xarray.Dataset

    Returns
    -------
    str

    Raises
    ------
    DataError
        When the study was not read from one table.
    """
    if "table_line" not in study or "table_file" in study:
        raise DataError(
            f"study {study.attrs['id']}: it was not read from one table, so there are no lines to "
            "write; write it as another form"
        )
    return "\n".join(study["table_line"].values.tolist())


def write_table(study: xr.Dataset, path: str | PathLike[str], *, force: bool = False) -> None:
    """Write the table that a study was read from, byte by byte the same.

    Parameters
    ----------
    study : xarray.Dataset
    path : path
    force : bool, optional
        Replace an existing file.

    Raises
    ------
    DataError
        When the study was not read from one table.
    OutputError
    """
    content = table_text(study).encode("utf-8")
    with atomic_path(Path(path), force=force) as temporary:
        temporary.write_bytes(content)
