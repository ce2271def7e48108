"""Typed variables of people: outcomes and covariates, one value for each person."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from livingdrug.core.errors import DataError, Issue, UnknownNameError, unknown_name

if TYPE_CHECKING:
    import xarray as xr

__all__ = [
    "PersonVariable",
    "person_arrays",
    "person_issues",
    "person_texts",
    "study_person",
    "study_persons",
]

_RESERVED = ("obs_", "ro_", "cov_", "iv_")


@dataclass(frozen=True, slots=True)
class PersonVariable:
    """One value for each person.

    Attributes
    ----------
    name : str
    type : str
        One of `livingdrug.core.study_people.PERSON_TYPES`.
    values : tuple of float or of str
        One for each subject of the study: numbers with NaN where unknown, or, of a category, its
        levels with ``""`` where unknown. A flag is 0 or 1, a day is counted from day 0.
    role : {"outcome", "covariate"}
    unit : str
        ``"day"`` of a day, ``"1"`` of a grade or a flag.
    levels : tuple of float or of str
        Of a grade the lowest and highest value or all of them; of a category all of them, the
        least first where they have an order.
    term : str
        Name from the shared vocabulary, as ``"crs_grade"``; ``""`` when there is none.
    about : str
        In words, with what is not certain about it.
    """

    name: str
    type: str
    values: tuple[float, ...] | tuple[str, ...]
    role: str = "outcome"
    unit: str = "1"
    levels: tuple[float, ...] | tuple[str, ...] = ()
    term: str = ""
    about: str = ""


def person_issues(
    study_id: str, subjects: Sequence[str], persons: Sequence[PersonVariable]
) -> list[Issue]:
    """Find problems that arrays could not be built with.

    Parameters
    ----------
    study_id : str
    subjects : sequence of str
    persons : sequence of PersonVariable

    Returns
    -------
    list of Issue
    """
    issues = []
    names = [one.name for one in persons]
    for one in persons:
        where = f"study {study_id}, person variable {one.name}"
        if names.count(one.name) > 1:
            issues.append(Issue("error", where, "the name is given more than once"))
        if one.name.startswith(_RESERVED) or one.name in {"subject", "covariate", "quantile"}:
            fix = "call it something else"
            issues.append(Issue("error", where, "the name belongs to another part", fix))
        if len(one.values) != len(subjects):
            message = f"{len(one.values)} values for {len(subjects)} subjects"
            issues.append(Issue("error", where, message, "give one for each subject"))
    if persons and not subjects:
        issues.append(Issue("error", f"study {study_id}", "variables of people and no subjects"))
    return issues


def person_arrays(
    persons: Sequence[PersonVariable],
) -> dict[str, tuple[str, NDArray[np.generic], dict[str, str]]]:
    """Return one variable over ``subject`` for each.

    Parameters
    ----------
    persons : sequence of PersonVariable

    Returns
    -------
    dict of str to (dim, values, attributes)
    """
    return {
        one.name: (
            "subject",
            np.array(one.values, np.str_ if one.type == "category" else np.float64),
            {
                "units": "1" if one.type == "category" else one.unit,
                "long_name": one.about or one.name.replace("_", " "),
                "role": one.role,
                "type": one.type,
                "levels": json.dumps(list(one.levels)),
                "term": one.term,
            },
        )
        for one in persons
    }


def study_persons(study: xr.Dataset, role: str | None = None) -> tuple[PersonVariable, ...]:
    """Return the variables of people of a study.

    Parameters
    ----------
    study : xarray.Dataset
        Schema ``livingdrug.study``.
    role : {"outcome", "covariate"}, optional
        Only these.

    Returns
    -------
    tuple of PersonVariable
        Empty when the study has none.
    """
    found = []
    for key, variable in study.data_vars.items():
        attrs = variable.attrs
        if variable.dims != ("subject",) or role not in {None, attrs.get("role")}:
            continue
        found.append(
            PersonVariable(
                str(key), attrs["type"], tuple(variable.values.tolist()), attrs["role"],
                attrs["units"], tuple(json.loads(attrs.get("levels") or "[]")),
                attrs.get("term", ""), attrs.get("long_name", ""),
            )
        )  # fmt: skip
    return tuple(found)


def study_person(study: xr.Dataset, name: str) -> Mapping[str, float | str]:
    """Return one variable by person.

    Parameters
    ----------
    study : xarray.Dataset
        Schema ``livingdrug.study``.
    name : str

    Returns
    -------
    mapping of str to float or str
        From the subject; NaN or ``""`` where unknown.

    Raises
    ------
    UnknownNameError
        When the study has no such variable.
    DataError
        When it has no variables of people at all.
    """
    known = {one.name: one for one in study_persons(study)}
    where = f"study {study.attrs['id']}"
    if not known:
        raise DataError(f"{where}: it has no variables of people")
    if name not in known:
        raise UnknownNameError([unknown_name("person variable", name, known, where=where)])
    return dict(zip(study["subject"].values.astype(np.str_).tolist(), known[name].values,
                    strict=True))  # fmt: skip


def person_texts(one: PersonVariable) -> tuple[str, ...]:
    """Return the values as words, as a table of people would hold them.

    Parameters
    ----------
    one : PersonVariable

    Returns
    -------
    tuple of str
        Numbers as short as they can be written; ``""`` where unknown.

    Examples
    --------
    >>> person_texts(PersonVariable("crs", "flag", (1.0, 0.0, float("nan"))))
    ('1', '0', '')
    """
    if one.type == "category":
        return tuple(str(value) for value in one.values)
    return tuple("" if math.isnan(value) else f"{value:.15g}" for value in map(float, one.values))
