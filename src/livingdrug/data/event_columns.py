"""What a study keeps of a NONMEM-type table beside days, values and doses.

The columns are there only where the table uses them, so that a study of another origin looks as it
always did. `livingdrug.interop.nonmem_table.nonmem_text` writes them again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from livingdrug.core.errors import DataError

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["EVENT_COLUMNS", "event_column", "keep_event_columns", "refuse_falling_time"]

EVENT_COLUMNS: dict[str, tuple[str, type, float | str]] = {
    "obs_limit": ("observation", np.float64, float("nan")),
    "obs_occasion": ("observation", np.str_, ""),
    "obs_side": ("observation", np.str_, "left"),
    "obs_resets": ("observation", np.int64, 0),
    "iv_occasion": ("intervention", np.str_, ""),
    "iv_resets": ("intervention", np.int64, 0),
    "iv_modelled": ("intervention", np.int64, 0),
    "iv_steady": ("intervention", np.int64, 0),
    "iv_interval": ("intervention", np.float64, 0.0),
    "reset_subject": ("reset", np.str_, ""),
    "reset_time": ("reset", np.float64, float("nan")),
}  # fmt: skip
"""Dimension, type and the entry that stands for nothing, of each variable."""
_NAN = frozenset({"obs_limit", "reset_time"})


def keep_event_columns(
    study: xr.Dataset, columns: Mapping[str, Sequence[object] | NDArray[np.generic]]
) -> xr.Dataset:
    """Return a study that also holds the columns that its table uses.

    Parameters
    ----------
    study : xarray.Dataset
    columns : mapping from name to sequence
        Names of `EVENT_COLUMNS`.

    Returns
    -------
    xarray.Dataset
    """
    added = {}
    for name, (dim, kind, nothing) in EVENT_COLUMNS.items():
        values: NDArray[np.generic] = np.asarray(columns.get(name, ()), kind)
        unused = np.isnan(values.astype(np.float64)) if name in _NAN else values == nothing
        if values.size and not np.all(unused):
            added[name] = (dim, values)
    found = study.assign(added)
    if "reset_time" in found:
        found["reset_time"].attrs["units"] = "day"
    return found


def event_column(study: xr.Dataset, name: str) -> NDArray[np.generic]:
    """Return a column of `EVENT_COLUMNS`, also where the study does not hold it.

    Parameters
    ----------
    study : xarray.Dataset
    name : str

    Returns
    -------
    ndarray
    """
    dim, kind, nothing = EVENT_COLUMNS[name]
    if name in study:
        found: NDArray[np.generic] = study[name].values
        return found
    return np.full(study.sizes.get(dim, 0), nothing, kind)


def refuse_falling_time(study: xr.Dataset, form: str) -> None:
    """Refuse a form in which values from before and after a reset could not be told apart.

    Parameters
    ----------
    study : xarray.Dataset
    form : str
        In words.

    Raises
    ------
    DataError
        Naming the person.
    """
    people, days = study["obs_subject"].values, study["obs_time"].values
    resets = event_column(study, "obs_resets").astype(np.int64)
    for person in dict.fromkeys(event_column(study, "reset_subject").tolist()):
        own = people == person
        in_order = days[own][np.argsort(resets[own], kind="stable")]
        if np.any(np.diff(in_order) < 0):
            raise DataError(
                f"study {study.attrs['id']}: the time of subject {person} falls at a reset (EVID 3 "
                f"or 4), and {form} has no resets; convert it with --to nonmem or --to same, or "
                "give the rows from the reset on an ID of their own"
            )
