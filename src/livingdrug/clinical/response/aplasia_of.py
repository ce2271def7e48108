"""B-cell aplasia of a simulated course or of a study, by the same call."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from livingdrug.clinical.response.aplasia import APLASIA_LIMIT, Aplasia, b_cell_aplasia
from livingdrug.core.censoring import ABOVE, BELOW, censoring_codes, upper_limits
from livingdrug.core.errors import DataError
from livingdrug.core.units import conversion_factor, convert

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["TERM", "PeopleAplasia", "aplasia_of"]

TERM = "b_cells_blood"
"""Term of the B cells of blood."""
_UNIT = "cell/uL"


@dataclass(frozen=True, slots=True)
class PeopleAplasia:
    """Aplasia of named people.

    Attributes
    ----------
    subjects : tuple of str
        People with a sample.
    aplasia : Aplasia
    """

    subjects: tuple[str, ...]
    aplasia: Aplasia


def aplasia_of(
    data: xr.Dataset, *, limit: float = APLASIA_LIMIT, confirm: bool = True
) -> PeopleAplasia:
    """Find B-cell aplasia of everybody in a course or a study.

    Parameters
    ----------
    data : xarray.Dataset
        Schema ``livingdrug.course`` with a variable of the term ``b_cells_blood``, or
        ``livingdrug.study`` with individual observations of it. What lies below the limit of its
        assay counts as none; what lies above an upper limit counts as that limit.
    limit : float, cell/uL, optional
    confirm : bool, optional
        As of `b_cell_aplasia`.

    Returns
    -------
    PeopleAplasia

    Raises
    ------
    DataError
        When the data have no B cells of blood.
    OptionError
        When the limit is not above 0.
    """
    subjects, days, counts = _of_study(data) if "obs_term" in data else _of_course(data)
    return PeopleAplasia(subjects, b_cell_aplasia(days, counts, limit=limit, confirm=confirm))


Grid = tuple[tuple[str, ...], NDArray[np.float64], NDArray[np.float64]]


def _of_course(course: xr.Dataset) -> Grid:
    names = [
        str(name)
        for name, variable in course.data_vars.items()
        if variable.attrs.get("term") == TERM and set(variable.dims) == {"subject", "time"}
    ]
    if not names:
        raise DataError(f"the course has no variable of the term {TERM!r} over subject and time")
    array = course[names[0]]
    factor = conversion_factor(str(array.attrs.get("units", "1")), _UNIT)
    values = array.transpose("subject", "time").values.astype(np.float64) * factor
    subjects = tuple(str(name) for name in course["subject"].values)
    return subjects, course["time"].values.astype(np.float64), values


def _of_study(study: xr.Dataset) -> Grid:
    subject = study["obs_subject"].values.astype(np.str_)
    rows = np.flatnonzero((study["obs_term"].values.astype(np.str_) == TERM) & (subject != ""))
    if not rows.size:
        where = f"study {study.attrs['id']}"
        raise DataError(f"{where}: no individual observations of the term {TERM!r}")
    day, codes = study["obs_time"].values.astype(np.float64), censoring_codes(study)
    value = np.where(codes == BELOW, 0.0, study["obs_value"].values.astype(np.float64))
    value = np.where(codes == ABOVE, upper_limits(study), value)
    units = study["obs_unit"].values.astype(np.str_)
    people = tuple(dict.fromkeys(subject[rows].tolist()))
    mine = {name: rows[subject[rows] == name] for name in people}
    shape = (len(people), max(len(found) for found in mine.values()))
    days, counts = np.full(shape, np.nan), np.full(shape, np.nan)
    for place, found in enumerate(mine.values()):
        ordered = found[np.argsort(day[found], kind="stable")]
        days[place, : ordered.size] = day[ordered]
        counts[place, : ordered.size] = [
            convert(float(value[row]), str(units[row]), _UNIT) for row in ordered
        ]
    return people, days, counts
