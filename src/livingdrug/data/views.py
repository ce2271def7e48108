"""Read-only views of a study data set.

Each view answers one question and refuses an ambiguous one: rows that differ in statistic or
assay are different estimands and are never merged silently.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from livingdrug.core.censoring import ABOVE, BELOW, censoring_codes, upper_limits
from livingdrug.core.errors import DataError, UnknownNameError, unknown_name
from livingdrug.core.source import Source
from livingdrug.core.units import convert
from livingdrug.data.study import INDIVIDUAL, StudyDose, StudyReadout

if TYPE_CHECKING:
    import xarray as xr

__all__ = [
    "Visit",
    "study_covariate_quantiles",
    "study_covariate_values",
    "study_doses",
    "study_readouts",
    "study_source",
    "study_terms",
    "study_visits",
]


@dataclass(frozen=True, slots=True)
class Visit:
    """All values of one term, of one statistic and assay, at one nominal time.

    Attributes
    ----------
    term : str
    time : float
        Day.
    statistic : str
    assay : str
    unit : str
        Of `value`, `lower`, `upper`, `lloq` and `uloq`.
    n : int
        People behind a pooled value (0: not stated), or people sampled where values are
        individual.
    n_blq : int
        Rows below the limit of quantification.
    value, lower, upper, lloq : float
        The pooled value as published; NaN where values are individual, since no statistic of
        them was published.
    rows : tuple of int
        Positions along the dim ``observation``.
    uloq : float
        As `lloq`.
    n_alq : int
        Rows above the upper limit of quantification.
    """

    term: str
    time: float
    statistic: str
    assay: str
    unit: str
    n: int
    n_blq: int
    value: float
    lower: float
    upper: float
    lloq: float
    rows: tuple[int, ...]
    uloq: float = math.nan
    n_alq: int = 0


def study_terms(study: xr.Dataset) -> tuple[str, ...]:
    """Return the observed terms, in order of appearance.

    Parameters
    ----------
    study : xarray.Dataset
        Schema ``livingdrug.study``.

    Returns
    -------
    tuple of str
    """
    return tuple(dict.fromkeys(str(term) for term in study["obs_term"].values))


def study_visits(
    study: xr.Dataset,
    term: str,
    *,
    statistic: str | None = None,
    assay: str | None = None,
    unit: str | None = None,
) -> tuple[Visit, ...]:
    """Return the visits at which a term was observed, in order of time.

    Parameters
    ----------
    study : xarray.Dataset
        Schema ``livingdrug.study``.
    term : str
    statistic, assay : str, optional
        Needed only when the term was reported in more than one way.
    unit : str, optional
        Unit of the result; by default that of the term's first row.

    Returns
    -------
    tuple of Visit

    Raises
    ------
    UnknownNameError
        When the study has no such term, or the term no such statistic or assay.
    DataError
        When the term was reported in several ways and none was chosen.
    UnitError
        When the values cannot be converted to `unit`.
    """
    where = f"study {study.attrs['id']}"
    terms = study["obs_term"].values.astype(str)
    if term not in terms:
        raise UnknownNameError([unknown_name("term", term, set(terms.tolist()), where=where)])
    rows = np.flatnonzero(terms == term)
    where = f"{where}, term {term}"
    rows = _choose(study, rows, "statistic", statistic, where)
    rows = _choose(study, rows, "assay", assay, where)
    unit = unit or str(study["obs_unit"].values[rows[0]])
    time = study["obs_time"].values[rows]
    return tuple(_visit(study, rows[time == moment], unit) for moment in np.unique(time))


def _choose(
    study: xr.Dataset, rows: NDArray[np.intp], field: str, wanted: str | None, where: str
) -> NDArray[np.intp]:
    given = study[f"obs_{field}"].values.astype(str)[rows]
    found = sorted(set(given.tolist()))
    if wanted is None:
        if len(found) > 1:
            listed = ", ".join(repr(name) for name in found)
            raise DataError(
                f"{where}: reported with more than one {field} ({listed}), and these are not the "
                f"same quantity; choose one with {field}=..."
            )
        return rows
    if wanted not in found:
        raise UnknownNameError([unknown_name(field, wanted, found, where=where)])
    chosen: NDArray[np.intp] = rows[given == wanted]
    return chosen


def _visit(study: xr.Dataset, rows: NDArray[np.intp], unit: str) -> Visit:
    """Summarise rows of one term, statistic, assay and time."""
    first = study.isel(observation=int(rows[0]))
    n = int(first["obs_n"])
    numbers = [math.nan] * 5
    if str(first["obs_statistic"].values) == INDIVIDUAL:
        n = len(set(study["obs_subject"].values.astype(str)[rows].tolist()))
    else:
        given = str(first["obs_unit"].values)
        names = ("value", "lower", "upper", "lloq")
        found = [*(float(first[f"obs_{name}"]) for name in names), upper_limits(study)[rows[0]]]
        numbers = [convert(float(number), given, unit) for number in found]
    value, lower, upper, lloq, uloq = numbers
    codes = censoring_codes(study)[rows]
    return Visit(
        term=str(first["obs_term"].values),
        time=float(first["obs_time"]),
        statistic=str(first["obs_statistic"].values),
        assay=str(first["obs_assay"].values),
        unit=unit,
        n=n,
        n_blq=int((codes == BELOW).sum()),
        value=value,
        lower=lower,
        upper=upper,
        lloq=lloq,
        rows=tuple(int(row) for row in rows),
        uloq=uloq,
        n_alq=int((codes == ABOVE).sum()),
    )


def study_readouts(
    study: xr.Dataset, endpoint: str | None = None, *, confirmed_only: bool = True
) -> tuple[StudyReadout, ...]:
    """Return published readouts.

    Parameters
    ----------
    study : xarray.Dataset
        Schema ``livingdrug.study``.
    endpoint : str, optional
        Only this endpoint.
    confirmed_only : bool, optional
        Leave out numbers that were not read in the cited text, as anything that checks a
        simulation must.

    Returns
    -------
    tuple of StudyReadout
        May be empty when `endpoint` has only unconfirmed numbers.

    Raises
    ------
    UnknownNameError
        When the study has no such endpoint, confirmed or not.
    """
    names = [field.name for field in fields(StudyReadout)]
    readouts = [
        StudyReadout(**{name: study[f"ro_{name}"].values[row].item() for name in names})
        for row in range(study.sizes["readout"])
    ]
    if endpoint is not None:
        known = {readout.endpoint for readout in readouts}
        if endpoint not in known:
            where = f"study {study.attrs['id']}"
            raise UnknownNameError([unknown_name("endpoint", endpoint, known, where=where)])
        readouts = [readout for readout in readouts if readout.endpoint == endpoint]
    return tuple(readout for readout in readouts if readout.confirmed or not confirmed_only)


def study_covariate_quantiles(study: xr.Dataset, name: str) -> xr.DataArray:
    """Return the quantiles of a baseline covariate.

    Parameters
    ----------
    study : xarray.Dataset
        Schema ``livingdrug.study``.
    name : str

    Returns
    -------
    xarray.DataArray
        Dim ``quantile`` (probability); attributes ``units`` and ``n`` (people, 0: not stated).

    Raises
    ------
    UnknownNameError
        When the study does not describe that covariate.
    """
    return _covariate(study, name, "cov_value")


def study_covariate_values(study: xr.Dataset, name: str) -> xr.DataArray:
    """Return the individual values of a baseline covariate, where the study holds them.

    Parameters
    ----------
    study : xarray.Dataset
        Schema ``livingdrug.study``.
    name : str

    Returns
    -------
    xarray.DataArray
        Dim ``patient``; attributes ``units`` and ``n``.

    Raises
    ------
    UnknownNameError
        When the study does not describe that covariate.
    DataError
        When it does so by quantiles only.
    """
    missing = f"study {study.attrs['id']}: covariate {name!r} is given by quantiles only; use those"
    if "cov_values" not in study:
        _covariate(study, name, "cov_value")  # an unknown name is the better message
        raise DataError(missing)
    values = _covariate(study, name, "cov_values").dropna("patient")
    if not values.size:
        raise DataError(missing)
    return values


def _covariate(study: xr.Dataset, name: str, variable: str) -> xr.DataArray:
    names = [str(known) for known in study["covariate"].values]
    if name not in names:
        where = f"study {study.attrs['id']}"
        raise UnknownNameError([unknown_name("covariate", name, names, where=where)])
    row = names.index(name)
    array = study[variable].isel(covariate=row, drop=True).rename(name)
    n = int(study["cov_n"].values[row]) if "cov_n" in study else 0
    return array.assign_attrs(units=str(study["cov_unit"].values[row]), n=n)


def study_doses(study: xr.Dataset) -> tuple[StudyDose, ...]:
    """Return the planned doses of the protocol.

    Parameters
    ----------
    study : xarray.Dataset
        Schema ``livingdrug.study``.

    Returns
    -------
    tuple of StudyDose
    """
    records = json.loads(study.attrs.get("doses", "[]"))
    return tuple(
        StudyDose(**{**record, "cap": math.nan if record["cap"] is None else record["cap"]})
        for record in records
    )


def study_source(study: xr.Dataset) -> Source | None:
    """Return the publication the study rests on.

    Parameters
    ----------
    study : xarray.Dataset
        Schema ``livingdrug.study``.

    Returns
    -------
    Source or None
        None when the study names none.
    """
    record = json.loads(study.attrs["source"])
    if not record["title"]:
        return None
    return Source(**{**record, "authors": tuple(record["authors"])})
