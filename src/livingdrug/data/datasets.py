"""The studies that come with the package."""

from __future__ import annotations

import dataclasses
import warnings
from importlib import resources
from importlib.resources.abc import Traversable
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from livingdrug.core.delimited import RowCells, read_raw_table
from livingdrug.core.errors import (
    DataError,
    Issue,
    UnknownNameError,
    format_issues,
    raise_issues,
    unknown_name,
)

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["list_studies", "load_study", "raw_files"]


@dataclasses.dataclass(frozen=True, slots=True)
class _RawValues:
    """Individual values that may lie in a user's data folder but are not shipped."""

    covariate: str
    file: str
    column: str


_RAW_VALUES: dict[str, tuple[_RawValues, ...]] = {
    "zuma1": (
        _RawValues(
            covariate="baseline_tumor_volume",
            file="kimmel2021_zuma1_mtv/baseline_mtv.csv",
            column="baseline_mtv_ml",
        ),
    ),
}


def _studies_folder() -> Traversable:
    return resources.files("livingdrug.data") / "studies"


def list_studies() -> tuple[str, ...]:
    """Return the names of the bundled studies.

    Returns
    -------
    tuple of str
        Sorted.

    Examples
    --------
    >>> "zuma1" in list_studies()
    True
    """
    folders = _studies_folder().iterdir()
    return tuple(sorted(f.name for f in folders if (f / "study.toml").is_file()))


def load_study(name: str, *, data_dir: str | PathLike[str] | None = None) -> xr.Dataset:
    """Load a bundled study.

    Parameters
    ----------
    name : str
        One of `list_studies`.
    data_dir : path, optional
        Folder with raw data that are not shipped: the individual values behind a covariate
        (``kimmel2021_zuma1_mtv/baseline_mtv.csv`` for ``zuma1``) are added as
        ``cov_values`` with dims ``covariate, patient``; the shipped quantiles stay, and must
        follow from the values.

    Returns
    -------
    xarray.Dataset
        Schema ``livingdrug.study``.

    Raises
    ------
    UnknownNameError
        When there is no such study.
    DataError
        When `data_dir` is not a folder, lacks the file, or its file does not hold the values the
        study was made from.

    Examples
    --------
    >>> study = load_study("zuma1")
    >>> study.sizes["observation"]
    11
    """
    from livingdrug.data.readers.table import StudyTableWarning, read_study_folder

    known = list_studies()
    if name not in known:
        raise UnknownNameError([unknown_name("study", name, known)])
    study, issues = read_study_folder(_studies_folder() / name, f"bundled study {name}")
    raise_issues(issues, DataError)
    if study is None:
        raise DataError(f"bundled study {name} cannot be built; reinstall the package")
    if issues:
        warnings.warn(format_issues(issues), StudyTableWarning, stacklevel=2)
    if data_dir is None:
        return study
    folder = Path(data_dir)
    if not folder.is_dir():
        raise DataError(f"data_dir {data_dir}: not a folder; give the folder of the raw data")
    for file, raw in zip(raw_files(name, folder), _RAW_VALUES.get(name, ()), strict=True):
        if not file.is_file():
            raise DataError(f"data_dir {data_dir}: holds no {raw.file}; leave it out for quantiles")
        study = _with_values(study, raw, folder)
    return study


def raw_files(name: str, data_dir: str | PathLike[str]) -> list[Path]:
    """Return the files with individual values that a bundled study reads from a folder.

    Parameters
    ----------
    name : str
        One of `list_studies`.
    data_dir : path

    Returns
    -------
    list of Path
    """
    return [Path(data_dir) / raw.file for raw in _RAW_VALUES.get(name, ())]


def _with_values(study: xr.Dataset, raw: _RawValues, folder: Path) -> xr.Dataset:
    """Add individual values after checking that the shipped quantiles follow from them."""
    label = str(folder / raw.file)
    values = _column(folder / raw.file, label, raw.column)
    names = [str(name) for name in study["covariate"].values]
    row = names.index(raw.covariate)
    expected = study["cov_value"].values[row]
    computed = np.quantile(values, study["quantile"].values, method="linear")
    # the shipped numbers have ten significant digits
    if len(values) != int(study["cov_n"].values[row]) or not np.allclose(
        computed, expected, rtol=1e-8, atol=0.0
    ):
        raise DataError(
            f"{label}, column {raw.column}: these {len(values)} values are not those behind the "
            f"shipped quantiles of {raw.covariate!r}; use the original file, or read your own "
            "values with read_study"
        )
    table = np.full((len(names), len(values)), np.nan)
    table[row] = values
    return study.assign(cov_values=(("covariate", "patient"), table))


def _column(path: Path, label: str, column: str) -> list[float]:
    issues: list[Issue] = []
    values: list[float] = []
    table = read_raw_table(path, label, (column,), issues)
    if table is not None and column not in table.columns:
        found = ", ".join(repr(name) for name in table.columns)
        message = f"column {column!r} is missing; there is {found}"
        issues.append(Issue("error", f"{label}, row 1", message, "use the original file"))
    elif table is not None:
        for line, row in table.rows:
            cells = RowCells(table, line, row, issues)
            value = cells.number(column)
            if value is not None:
                values.append(value)
            elif not cells.has(column):
                cells.complain(column, "the value is missing", "use the original file")
    raise_issues(issues, DataError)
    return values
