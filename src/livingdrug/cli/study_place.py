"""Tell a study from a plain table, where a command takes either."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["origin_note", "study_at"]


def study_at(place: str) -> xr.Dataset | None:
    """Open a study where the place is one: a folder, or the name of one of the package.

    Parameters
    ----------
    place : str

    Returns
    -------
    xarray.Dataset or None
        None for a file, which the command reads as its own table, and for a place that is nothing.
    """
    from livingdrug.data.datasets import list_studies
    from livingdrug.data.open_study import open_study

    if Path(place).is_dir() or (place in list_studies() and not Path(place).exists()):
        return open_study(place).get()
    return None


def origin_note(study: xr.Dataset) -> str:
    """Name the data of a figure or table, so that synthetic people are never taken for patients.

    Parameters
    ----------
    study : xarray.Dataset

    Returns
    -------
    str
    """
    facts = study.attrs
    return f"Data: {facts['title']} (licence {facts['licence'] or 'not stated'})."
