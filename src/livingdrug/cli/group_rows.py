"""Measurements of people with their groups, from a study."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from livingdrug.core.censoring import ABOVE, BELOW, censoring_codes, lower_limits, upper_limits
from livingdrug.core.errors import DataError, Issue, UnknownNameError, raise_issues, unknown_name

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["Rows", "study_rows"]

_MOST_GROUPS = 7
"""Groups that a figure tells apart."""


@dataclass(frozen=True, slots=True)
class Rows:
    """Measurements with the group of the person.

    Attributes
    ----------
    subject, unit, analyte, group : tuple of str
    day, value : ndarray, shape (n_rows,)
    warnings : tuple of Issue
    notes : tuple of str
        Of a figure: whose values they are.
    """

    subject: tuple[str, ...]
    day: NDArray[np.float64]
    value: NDArray[np.float64]
    unit: tuple[str, ...]
    analyte: tuple[str, ...]
    group: tuple[str, ...]
    warnings: tuple[Issue, ...]
    notes: tuple[str, ...] = ()


def study_rows(study: xr.Dataset, by: str, terms: Sequence[str], labels: Mapping[str, str]) -> Rows:
    """Return the individual values of a study with a variable of its people as group.

    Parameters
    ----------
    study : xarray.Dataset
    by : str
        Name of the variable.
    terms : sequence of str
        All when empty.
    labels : mapping of str to str
        Names of groups.

    Returns
    -------
    Rows
        A value below its limit counts as half of it, one above as the limit; a warning says so.

    Raises
    ------
    UnknownNameError
        When there is no such variable or term.
    DataError
        When the variable makes too many groups, or there are no individual values.
    """
    from livingdrug.cli.study_place import origin_note

    group = _groups(study, by)
    subject = study["obs_subject"].values.astype(np.str_)
    analyte = study["obs_term"].values.astype(np.str_)
    there = list(dict.fromkeys(analyte[subject != ""].tolist()))
    where = f"study {study.attrs['id']}"
    raise_issues(
        [unknown_name("term", term, there, where=where) for term in terms if term not in there],
        UnknownNameError,
    )
    value, codes = _values(study)
    signed = [] if terms else sorted({str(name) for name in analyte[value < 0]})
    kept = (subject != "") & (np.isin(analyte, list(terms)) if terms else ~np.isin(analyte, signed))
    kept &= np.array([bool(group.get(name)) for name in subject.tolist()], dtype=bool)
    if not kept.any():
        raise DataError(f"{where}: no individual values of people with a known {by}")
    out = "left out: it has values below 0"
    warnings = [Issue("warning", f"term {t}", out, f"--term {t} shows it") for t in signed]
    censored = _censored(codes[kept], where)
    return Rows(
        subject=tuple(subject[kept].tolist()),
        day=study["obs_time"].values[kept].astype(np.float64),
        value=value[kept],
        unit=tuple(study["obs_unit"].values.astype(np.str_)[kept].tolist()),
        analyte=tuple(analyte[kept].tolist()),
        group=tuple(labels.get(group[name], group[name]) for name in subject[kept].tolist()),
        warnings=(*warnings, *censored),
        notes=(
            *(f"{one.message}." for one in censored),
            origin_note(study),
        ),
    )


def _groups(study: xr.Dataset, by: str) -> dict[str, str]:
    """Return the group of each person, as text."""
    from livingdrug.data.persons import person_texts, study_person, study_persons

    study_person(study, by)  # an unknown name is refused with what there is
    (variable,) = (one for one in study_persons(study) if one.name == by)
    names = study["subject"].values.astype(np.str_).tolist()
    group = dict(zip(names, person_texts(variable), strict=True))
    count = len({word for word in group.values() if word})
    if count > _MOST_GROUPS:
        raise DataError(
            f"--by {by}: {count} groups; a {variable.type} with so many values cannot be compared "
            f"by groups, at most {_MOST_GROUPS}"
        )
    return group


def _values(study: xr.Dataset) -> tuple[NDArray[np.float64], NDArray[np.int8]]:
    """Return values, half the lower limit below it and the upper limit above it, and codes."""
    codes = censoring_codes(study)
    value = study["obs_value"].values.astype(np.float64)
    value = np.where(codes == BELOW, 0.5 * lower_limits(study), value)
    return np.where(codes == ABOVE, upper_limits(study), value), codes


def _censored(codes: NDArray[np.int8], where: str) -> list[Issue]:
    words = {
        BELOW: "below the limit of their assay count as half of it",
        ABOVE: "above the upper limit count as it: medians of peaks may be lower bounds",
    }
    counts = {code: int((codes == code).sum()) for code in words}
    return [Issue("warning", where, f"{n} values {words[c]}") for c, n in counts.items() if n]
