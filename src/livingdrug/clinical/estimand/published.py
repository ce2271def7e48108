"""The observations of a study as one record for each statistic and visit."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from livingdrug.clinical.estimand.statistics import above_limit, below_limit
from livingdrug.core.censoring import ABOVE, BELOW, censoring_codes, lower_limits, upper_limits
from livingdrug.core.units import convert

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["Published", "published_values"]

_INDIVIDUAL = "individual"


@dataclass(frozen=True, slots=True)
class Published:
    """One statistic over people at one visit.

    Attributes
    ----------
    term : str
    visit : float
        Day.
    statistic : str
    n : int
        0 when not stated.
    assay, unit : str
    lloq, value, lower, upper : float
        In `unit`; NaN when there is none.
    notes : tuple of str
    uloq : float
        In `unit`; NaN when there is none.
    """

    term: str
    visit: float
    statistic: str
    n: int
    assay: str
    unit: str
    lloq: float
    value: float
    lower: float
    upper: float
    notes: tuple[str, ...] = ()
    uloq: float = math.nan


def published_values(study: xr.Dataset) -> list[Published]:
    """Read the observations of a study; individual values become a median over people.

    Parameters
    ----------
    study : xarray.Dataset
        Schema ``livingdrug.study``.

    Returns
    -------
    list of Published
        Terms in order of appearance; within a statistic and assay, in order of time.
    """
    if "obs_time" not in study:
        return []
    fields = ("term", "statistic", "assay", "time", "subject")
    columns = {name: study[f"obs_{name}"].values for name in fields}
    order: dict[tuple[str, str, str], list[int]] = {}
    for row in range(study.sizes["observation"]):
        key = (
            str(columns["term"][row]),
            str(columns["statistic"][row]),
            str(columns["assay"][row]),
        )
        order.setdefault(key, []).append(row)
    found = []
    for (_, statistic, _), members in order.items():
        rows = np.asarray(members)
        days = columns["time"][rows]
        for day in np.unique(days):
            at = rows[days == day]
            if statistic == _INDIVIDUAL:
                found.append(_individual(study, at))
            else:
                found += [_pooled(study, int(row)) for row in at]
    terms = list(dict.fromkeys(item.term for item in found))
    return sorted(found, key=lambda item: terms.index(item.term))


def _number(study: xr.Dataset, name: str, row: int) -> float:
    return float(study[f"obs_{name}"].values[row])


def _pooled(study: xr.Dataset, row: int) -> Published:
    lloq, value = _number(study, "lloq", row), _number(study, "value", row)
    uloq, code = float(upper_limits(study)[row]), int(censoring_codes(study)[row])
    notes: tuple[str, ...] = ()
    if code == BELOW:
        value = 0.5 * lloq
        notes = ("published as below the limit, counted as half of it",)
    elif code == ABOVE:
        value = uloq
        notes = ("published as above the upper limit, counted as at it",)
    return Published(
        term=str(study["obs_term"].values[row]),
        visit=_number(study, "time", row),
        statistic=str(study["obs_statistic"].values[row]),
        n=int(study["obs_n"].values[row]),
        assay=str(study["obs_assay"].values[row]),
        unit=str(study["obs_unit"].values[row]),
        lloq=lloq,
        value=value,
        lower=_number(study, "lower", row),
        upper=_number(study, "upper", row),
        notes=notes,
        uloq=uloq,
    )


def _individual(study: xr.Dataset, rows: NDArray[np.intp]) -> Published:
    """Summarise the people of one visit by their median."""
    first = int(rows[0])
    unit = str(study["obs_unit"].values[first])
    units = [str(study["obs_unit"].values[row]) for row in rows]
    values, limits, uppers = (
        np.array([convert(float(x), one, unit) for x, one in zip(column, units, strict=True)])
        for column in (
            study["obs_value"].values[rows], lower_limits(study)[rows], upper_limits(study)[rows],
        )
    )  # fmt: skip
    codes = censoring_codes(study)[rows]
    marks = codes == BELOW
    held = np.array(
        [
            below_limit(values[i : i + 1], marks[i : i + 1], float(limits[i]))[0][0]
            for i in range(rows.size)
        ]
    )
    # the smallest holds for all: what lies above it in one plate may be above the limit in another
    uloq = float(np.nanmin(uppers)) if np.isfinite(uppers).any() else math.nan
    held, n_above = above_limit(held, codes == ABOVE, uloq)
    labels = study["obs_subject"].values[rows].astype(str)
    people = np.unique(labels)
    # a person measured twice at a visit still counts once
    each = np.array([np.median(held[labels == label]) for label in people])
    notes = [f"the median is ours, over the {people.size} individual values of the study"]
    n_below = int((held < limits).sum())
    if n_below:
        notes.append(f"{n_below} of {rows.size} published values below the limit count as half")
    known = np.unique(limits[np.isfinite(limits)])
    if known.size > 1:
        notes.append(f"limits from {known[0]:.4g} to {known[-1]:.4g}, the largest held for all")
    if n_above:
        notes.append(
            f"{n_above} of {rows.size} published values above the upper limit count as at it"
        )
    if np.unique(uppers[np.isfinite(uppers)]).size > 1:
        notes.append(f"upper limits from {uloq:.4g}, the smallest held for all")
    median = float(np.median(each))
    if median >= uloq:
        notes.append("the published median is at or above the upper limit")
    return Published(
        term=str(study["obs_term"].values[first]),
        visit=_number(study, "time", first),
        statistic="median",
        n=people.size,
        assay=str(study["obs_assay"].values[first]),
        unit=unit,
        lloq=float(known[-1]) if known.size else math.nan,
        value=median,
        lower=math.nan,
        upper=math.nan,
        notes=tuple(notes),
        uloq=uloq,
    )
