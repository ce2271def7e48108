"""Responses that a study recorded, and visits of a study in the shape that criteria read."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from livingdrug.clinical.response.assessments import Assessments, from_long
from livingdrug.clinical.response.categories import Response
from livingdrug.clinical.response.criteria import COLUMNS, CRITERIA
from livingdrug.core.censoring import ABOVE, BELOW, censoring_codes
from livingdrug.core.errors import DataError, UnknownNameError, unknown_name
from livingdrug.core.units import convert

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["LEVELS", "Recorded", "recorded_response", "study_assessments"]

LEVELS: Mapping[str, Response] = MappingProxyType(
    {
        "scr": Response.STRINGENT_COMPLETE,
        "cr": Response.COMPLETE,
        "crh": Response.COMPLETE_PARTIAL_COUNTS,
        "cri": Response.COMPLETE_INCOMPLETE_COUNTS,
        "vgpr": Response.VERY_GOOD_PARTIAL,
        "pr": Response.PARTIAL,
        "mr": Response.MINIMAL,
        "sd": Response.STABLE,
        "nr": Response.STABLE,
        "pd": Response.PROGRESSIVE,
        "ne": Response.NOT_EVALUABLE,
    }
)
"""First word of a level, in lower case, and the category that it stands for."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """One recorded response for each person.

    Attributes
    ----------
    name : str
        Of the variable.
    subjects : tuple of str
    level : tuple of str
        As the study has it; ``""`` where unknown.
    category : tuple of Response
        `Response.NOT_EVALUABLE` where unknown.
    levels : tuple of str
    about : str
    """

    name: str
    subjects: tuple[str, ...]
    level: tuple[str, ...]
    category: tuple[Response, ...]
    levels: tuple[str, ...]
    about: str


def recorded_response(study: xr.Dataset, name: str = "response") -> Recorded:
    """Read a response that the source of a study recorded; nothing is classified again.

    Parameters
    ----------
    study : xarray.Dataset
        Schema ``livingdrug.study``.
    name : str, optional
        A category of people whose levels begin with the usual letters, as ``"CR, MRD negative"``.

    Returns
    -------
    Recorded

    Raises
    ------
    UnknownNameError
        When the study has no such variable.
    DataError
        When it is no category of responses.
    """
    where = f"study {study.attrs['id']}"
    categories = {
        str(key): variable
        for key, variable in study.data_vars.items()
        if variable.dims == ("subject",) and variable.attrs.get("type") == "category"
    }
    if name not in categories:
        if not categories:
            raise DataError(f"{where}: it records no category of people, so no response")
        found = unknown_name("category of people", name, categories, where=where)
        raise UnknownNameError([found])
    variable = categories[name]
    levels = tuple(str(level) for level in json.loads(variable.attrs["levels"]))
    strange = [level for level in levels if _category(level) is None]
    if strange:
        raise DataError(
            f"{where}, {name}: {', '.join(map(repr, strange))} is no response; levels begin with "
            f"one of {', '.join(word.upper() for word in LEVELS)}"
        )
    words = tuple(variable.values.astype(np.str_).tolist())
    return Recorded(
        name=name,
        subjects=tuple(study["subject"].values.astype(np.str_).tolist()),
        level=words,
        category=tuple(_category(word) or Response.NOT_EVALUABLE for word in words),
        levels=levels,
        about=str(variable.attrs.get("long_name", "")),
    )


def _category(level: str) -> Response | None:
    first = level.replace(",", " ").split()
    return LEVELS.get(first[0].lower()) if first else None


def study_assessments(study: xr.Dataset, criterion: str) -> Assessments:
    """Arrange the observations of a study by person and visit, for a criterion.

    Parameters
    ----------
    study : xarray.Dataset
        Observations whose terms are columns of the criterion, as ``"sum"`` or ``"deauville"``;
        codes and flags are numbers.
    criterion : str
        A name in `livingdrug.clinical.response.criteria.CRITERIA`.

    Returns
    -------
    Assessments

    Raises
    ------
    DataError
        When the study has none of the columns that the criterion needs, or a value is out of range.
    """
    rule, where = CRITERIA[criterion], f"study {study.attrs['id']}"
    terms = study["obs_term"].values.astype(np.str_)
    subject = study["obs_subject"].values.astype(np.str_)
    kept = np.flatnonzero(np.isin(terms, rule.columns) & (subject != ""))
    if not set(terms[kept].tolist()) & set(rule.one_of):
        needed = " or ".join(rule.one_of)
        raise DataError(
            f"{where}: no individual observations of the term {needed}, which {criterion} needs"
        )
    days, units = study["obs_time"].values, study["obs_unit"].values.astype(np.str_)
    values, codes = study["obs_value"].values, censoring_codes(study)
    visits = sorted({(str(subject[row]), float(days[row])) for row in kept})
    place = {visit: at for at, visit in enumerate(visits)}
    columns = {str(name): np.full(len(visits), np.nan) for name in np.unique(terms[kept])}
    for row in kept:
        term = str(terms[row])
        if codes[row] == ABOVE:
            continue  # larger than the limit, and not known by how much
        wanted = COLUMNS[term]
        # below the limit of its assay is as good as none: no criterion counts it
        number = 0.0 if codes[row] == BELOW else float(values[row])
        unit = wanted.unit.replace("24 h", "day") or "1"
        number = convert(number, str(units[row]), unit, where=f"{where}, {term}")
        if not wanted.low <= number <= wanted.high:
            raise DataError(
                f"{where}, {subject[row]}, day {days[row]:g}, {term}: {number:g} is not allowed; "
                f"allowed: {wanted.low:g} to {wanted.high:g} {wanted.unit}".rstrip()
            )
        columns[term][place[str(subject[row]), float(days[row])]] = number
    return from_long(
        [name for name, _ in visits], [day for _, day in visits], columns,
        places=[f"{name}, day {day:g}" for name, day in visits],
    )  # fmt: skip
