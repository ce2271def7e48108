"""Open whatever stands for a study: a name, a study folder, a table, or a known data set."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from livingdrug.core.errors import DataError, Issue, UnknownNameError, raise_issues, unknown_name
from livingdrug.data.datasets import list_studies, load_study
from livingdrug.data.measured import Measured, measured_of_study

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["OpenedStudy", "open_study"]


@dataclass(frozen=True, slots=True)
class OpenedStudy:
    """A study, and what stands behind it.

    Attributes
    ----------
    study : xarray.Dataset or None
        None when an issue is an error.
    measured : tuple of Measured
        Individual values with the rows of the file.
    issues : tuple of Issue
        What the reader found.
    known : str
        Name of the known data set that the folder holds; ``""`` for a study in our own form.
    """

    study: xr.Dataset | None
    measured: tuple[Measured, ...]
    issues: tuple[Issue, ...] = ()
    known: str = ""

    def get(self) -> xr.Dataset:
        """Return the study, or raise what the reader found.

        Returns
        -------
        xarray.Dataset

        Raises
        ------
        DataError
        """
        raise_issues(self.issues, DataError)
        if self.study is None:  # pragma: no cover - missing only beside an error
            raise DataError("the study cannot be built")
        return self.study


def open_study(place: str) -> OpenedStudy:
    """Open a study for looking at it and for checking it.

    Parameters
    ----------
    place : str
        Name of a study of the package, a study folder, a CSV file in our columns, a
        NONMEM-type table (recognized by its columns ID, TIME and DV; described by the file of the
        same name that ends in ``.toml``), a folder of ADaM frames (with ``adpc`` or ``adsl``), or
        the folder of a known data set, which is recognized by its files.

    Returns
    -------
    OpenedStudy

    Raises
    ------
    UnknownNameError
        When it is neither a name nor a place.
    """
    from livingdrug.data.readers.adam import adam_files, open_adam
    from livingdrug.data.readers.known import read_known_set, recognize_set
    from livingdrug.data.readers.known_record import list_known
    from livingdrug.data.readers.nonmem_place import is_nonmem, open_nonmem
    from livingdrug.data.readers.table import read_study_tables

    if place in list_studies():
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # studies of the package are tested to give none
            study = load_study(place)
        return OpenedStudy(study, measured_of_study(study))
    path = Path(place)
    if not path.exists():
        known = (*list_studies(), *list_known())
        if place in list_known():
            raise DataError(
                f"{place!r} does not come with the package; give the folder that holds its files "
                f"(see 'livingdrug studies show {place}')"
            )
        fix = unknown_name("study", place, known)
        raise UnknownNameError([Issue("error", fix.where, f"{fix.message}, nor is it a place",
                                      fix.fix)])  # fmt: skip
    name = recognize_set(path)
    if name is not None:
        data = read_known_set(path, name)
        return OpenedStudy(data.study, data.measured, known=name)
    columns = ("time", "value")
    file = "observations.csv" if path.is_dir() else path.name
    if adam_files(path):
        columns, file = ("NFRLT", "AVAL"), "adpc"
        read, rows, issues = open_adam(path)
    elif is_nonmem(path):
        columns = ("TIME", "DV")
        read, rows, issues = open_nonmem(path)
    else:
        read, rows, issues = read_study_tables(path)
    if read is None:
        return OpenedStudy(None, (), tuple(issues))
    measured = measured_of_study(read, file=file, rows=rows, columns=columns)
    return OpenedStudy(read, measured, tuple(issues))
