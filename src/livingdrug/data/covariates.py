"""Covariates that change in time, with a stated rule for the time between two values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from livingdrug.core.errors import DataError, OptionError, UnknownNameError, unknown_name

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["CARRY_RULES", "CovariateValue", "covariate_at", "keep_covariates"]

CARRY_RULES = ("forward", "backward", "none")
"""Between two values: the earlier one holds, the later one holds (the rule of NONMEM's PREDPP for a
covariate of a record, which acts over the interval that ends there), or nothing is known."""


@dataclass(frozen=True, slots=True)
class CovariateValue:
    """One value of one covariate at one time.

    Attributes
    ----------
    subject, name : str
    time : float
        Day.
    value : float
    unit : str
    """

    subject: str
    name: str
    time: float
    value: float
    unit: str


def keep_covariates(study: xr.Dataset, values: Sequence[CovariateValue], carry: str) -> xr.Dataset:
    """Return a study that also holds covariates in time.

    Parameters
    ----------
    study : xarray.Dataset
    values : sequence of CovariateValue
    carry : str
        One of `CARRY_RULES`.

    Returns
    -------
    xarray.Dataset
        With ``tc_subject, tc_name, tc_time, tc_value, tc_unit`` over ``covariate_record``, and the
        attribute ``covariate_carry``.

    Raises
    ------
    OptionError
        For another rule.
    """
    if carry not in CARRY_RULES:
        raise OptionError(f"carry={carry!r} is not a rule; allowed: {', '.join(CARRY_RULES)}")
    if not values:
        return study
    columns = {name: np.array([getattr(one, name) for one in values])
               for name in CovariateValue.__dataclass_fields__}  # fmt: skip
    found = study.assign(
        {f"tc_{name}": ("covariate_record", column) for name, column in columns.items()}
    )
    found["tc_time"].attrs["units"] = "day"
    return found.assign_attrs(covariate_carry=carry)


def covariate_at(
    study: xr.Dataset, name: str, subject: str, times: ArrayLike
) -> NDArray[np.float64]:
    """Return a covariate of a person at given times, by the rule of the study.

    Parameters
    ----------
    study : xarray.Dataset
    name, subject : str
    times : array_like of float, day

    Returns
    -------
    ndarray, shape of `times`
        NaN where the rule says nothing: before the first value (carried forward), after the last
        (carried backward), or beside a value (``"none"``).

    Raises
    ------
    DataError
        When the study has no covariates in time.
    UnknownNameError
        When it has no such covariate, or no value of it for the person.
    """
    where = f"study {study.attrs['id']}"
    if "tc_name" not in study:
        raise DataError(f"{where}: it has no covariates in time")
    names, people = (study[key].values.astype(np.str_) for key in ("tc_name", "tc_subject"))
    for kind, given, known in (("covariate", name, names), ("subject", subject, people)):
        if given not in known:
            raise UnknownNameError([unknown_name(kind, given, set(known.tolist()), where=where)])
    own = (names == name) & (people == subject)
    order = np.argsort(study["tc_time"].values[own], kind="stable")
    days = study["tc_time"].values[own][order].astype(np.float64)
    values = study["tc_value"].values[own][order].astype(np.float64)
    wanted = np.asarray(times, np.float64)
    if not days.size:
        return np.full(wanted.shape, np.nan)
    # of several values at one time the last row counts
    before = np.searchsorted(days, wanted, side="right") - 1
    after = np.searchsorted(days, wanted, side="left")
    exact = (before >= 0) & (days[np.maximum(before, 0)] == wanted)
    carry = study.attrs["covariate_carry"]
    place = before if carry == "forward" else np.where(exact, before, after)
    known = exact if carry == "none" else (place >= 0) & (place < days.size)
    return np.where(known, values[np.clip(place, 0, days.size - 1)], np.nan)
