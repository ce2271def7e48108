"""Arrays for the kinetic endpoints out of a Course or a long table, with the checks of shape."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from livingdrug.clinical.kinetics.checks import number_array
from livingdrug.clinical.kinetics.rules import Bools, Floats
from livingdrug.core.errors import (
    DataError,
    Issue,
    UnknownNameError,
    raise_issues,
    unknown_name,
)

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

__all__ = ["CourseData", "TableData", "failure_issues", "read_course", "read_table"]

_SHOWN = 5
_DAY_NAMES = ("day", "days", "d")


@dataclass(frozen=True, slots=True)
class CourseData:
    """One variable of a Course; the rows of the arrays are subjects, or subject x replicate.

    Attributes
    ----------
    times : array, shape (n_times,), day
    values : array, shape (n, n_times)
    blq : array of bool, shape (n, n_times)
    lloq : float
        NaN when there is none.
    failed : array of bool, shape (n,)
        The simulation of the row failed.
    unit : str
    dims : tuple of str
        ``("subject",)`` or ``("subject", "replicate")``.
    shape : tuple of int
        Lengths of `dims`.
    coords : dict of str to xarray.DataArray
        Coordinates along `dims`.
    label : callable
        Row number to the words that name it.
    failure_text : callable
        Row number to what happened to it.
    """

    times: Floats
    values: Floats
    blq: Bools
    lloq: float
    failed: Bools
    unit: str
    dims: tuple[str, ...]
    shape: tuple[int, ...]
    coords: dict[str, xr.DataArray]
    label: Callable[[int], str]
    failure_text: Callable[[int], str]


@dataclass(frozen=True, slots=True)
class TableData:
    """A long table as padded rows, one for each subject.

    Attributes
    ----------
    times, values, lloq : array, shape (n, n_times)
    blq, padding : array of bool, shape (n, n_times)
    labels : array, shape (n,)
        Subjects in order of first appearance.
    """

    times: Floats
    values: Floats
    lloq: Floats
    blq: Bools
    padding: Bools
    labels: NDArray[np.generic]


def read_course(
    course: xr.Dataset, variable: str, *, observed: bool, lloq: float | None
) -> CourseData:
    """Take one variable out of a Course.

    Parameters
    ----------
    course : xarray.Dataset
    variable : str
    observed : bool
        Read `observed` and its limits at the entry `variable` of the coordinate `observable`.
    lloq : float or None
        Replaces the limit of the dataset.

    Returns
    -------
    CourseData

    Raises
    ------
    UnknownNameError
        When there is no such variable or observable.
    DataError
        When dims or units do not fit; all problems are listed.
    """
    array, marks, limit = _select(course, variable, observed=observed)
    dims = tuple(name for name in ("subject", "replicate") if name in array.dims)
    issues = []
    if set(array.dims) != {*dims, "time"} or "subject" not in dims:
        found = ", ".join(str(name) for name in array.dims)
        fix = "a Course variable has the dims subject, time and perhaps replicate"
        issues.append(Issue("error", f"variable {variable!r}", f"has the dims ({found})", fix))
    if "time" not in course.coords:
        issues.append(Issue("error", "course", "has no coordinate 'time'"))
    time_unit = course["time"].attrs.get("units", "day") if "time" in course.coords else "day"
    if time_unit not in _DAY_NAMES:
        issues.append(
            Issue("error", "time", f"has the unit {time_unit!r}", "convert the times to days")
        )
    unit = _unit(course, variable, array, observed=observed)
    if unit is None:
        fix = "set attrs['units'], as 'cell/uL' ('1' for a plain number)"
        issues.append(Issue("error", f"variable {variable!r}", "has no unit", fix))
    raise_issues(issues, DataError)

    if course.sizes["time"] == 0:
        raise DataError("course: has no times")
    times = number_array(course["time"].to_numpy(), "time", issues)
    ordered = array.transpose(*dims, "time")
    shape = tuple(ordered.sizes[name] for name in dims)
    rows = (int(np.prod(shape)), len(times))
    values = number_array(ordered.to_numpy(), f"variable {variable!r}", issues).reshape(rows)
    blq = np.zeros(rows, dtype=bool)
    if marks is not None:
        blq = marks.transpose(*dims, "time").to_numpy().astype(bool).reshape(rows)
    raise_issues(issues, DataError)
    label = _row_label(course, dims, shape)
    failed, failure_text = _failures(course, dims, ordered.isel(time=0, drop=True))
    return CourseData(
        times=times,
        values=values,
        blq=blq,
        lloq=limit if lloq is None else float(lloq),
        failed=failed,
        unit=str(unit),
        dims=dims,
        shape=shape,
        coords={name: course[name] for name in dims if name in course.coords},
        label=label,
        failure_text=failure_text,
    )


def _select(
    course: xr.Dataset, variable: str, *, observed: bool
) -> tuple[xr.DataArray, xr.DataArray | None, float]:
    """Return values, marks "below the limit", and the limit."""
    if not observed:
        if variable not in course.data_vars:
            names = [str(name) for name in course.data_vars if "time" in course[name].dims]
            raise UnknownNameError([unknown_name("variable", variable, names, where="course")])
        return course[variable], None, np.nan
    if "observed" not in course.data_vars or "observable" not in course.coords:
        raise DataError(
            "the course has no observed values ('observed' over the coordinate 'observable'); "
            "leave observed=False to read the variable itself"
        )
    names = [str(name) for name in course["observable"].to_numpy()]
    if variable not in names:
        raise UnknownNameError([unknown_name("observable", variable, names, where="course")])
    entry = course.isel(observable=names.index(variable))
    marks = entry["blq"] if "blq" in entry.data_vars else None
    limit = float(entry["lloq"]) if "lloq" in entry.data_vars else np.nan
    return entry["observed"], marks, limit


def _unit(course: xr.Dataset, variable: str, array: xr.DataArray, *, observed: bool) -> str | None:
    if observed and variable in course.data_vars:  # `observed` holds observables of many units
        array = course[variable]
    unit = array.attrs.get("units")
    return None if unit is None else str(unit)


def _row_label(
    course: xr.Dataset, dims: tuple[str, ...], shape: tuple[int, ...]
) -> Callable[[int], str]:
    def label(row: int) -> str:
        places = np.unravel_index(row, shape)
        return ", ".join(
            f"{name} {course[name].to_numpy()[place]}"
            for name, place in zip(dims, places, strict=True)
        )

    return label


def _failures(
    course: xr.Dataset, dims: tuple[str, ...], first: xr.DataArray
) -> tuple[Bools, Callable[[int], str]]:
    """Return which rows failed, and what happened; `first` has the dims of one time."""
    if "status" not in course.data_vars:
        return np.zeros(first.size, dtype=bool), lambda _: ""

    def rows(name: str) -> NDArray[np.generic]:
        # a status for each subject holds for all its replicates
        return np.asarray(course[name].broadcast_like(first).transpose(*dims).to_numpy()).ravel()

    codes = rows("status")
    messages = rows("status_message") if "status_message" in course.data_vars else None

    def failure_text(row: int) -> str:
        said = "" if messages is None or not str(messages[row]) else f": {messages[row]}"
        return f"the simulation failed with status {codes[row]}{said}"

    return np.asarray(codes != 0), failure_text


def failure_issues(data: CourseData) -> list[Issue]:
    """List the failed simulations of a Course, the first few by name.

    Parameters
    ----------
    data : CourseData

    Returns
    -------
    list of Issue
    """
    rows = np.flatnonzero(data.failed)
    issues = [
        Issue("error", data.label(int(row)), data.failure_text(int(row))) for row in rows[:_SHOWN]
    ]
    if len(rows) > _SHOWN:
        issues.append(Issue("error", "", f"{len(rows) - _SHOWN} more simulations failed"))
    fix = "pass failures='exclude' to go on without them, or simulate them again"
    summary = f"{len(rows)} of {len(data.failed)} simulations failed"
    return [Issue("error", "course", summary, fix), *issues]


def read_table(
    frame: pd.DataFrame,
    *,
    subject: str,
    time: str,
    value: str,
    lloq: str | float | None,
    blq: str | None,
) -> TableData:
    """Turn a long table into padded rows.

    Parameters
    ----------
    frame : pandas.DataFrame
    subject, time, value : str
    lloq : str, float or None
        Column or one number.
    blq : str or None

    Returns
    -------
    TableData

    Raises
    ------
    DataError
        When columns are absent or hold other things than numbers, or rows lack subject or time;
        all problems are listed.
    """
    import pandas as pd

    wanted = [subject, time, value, *(name for name in (lloq, blq) if isinstance(name, str))]
    columns = [str(name) for name in frame.columns]
    issues = [
        unknown_name("column", name, columns, where="table")
        for name in wanted
        if name not in columns
    ]
    raise_issues(issues, DataError)

    t = number_array(frame[time].to_numpy(), f"table, column {time!r}", issues)
    v = number_array(frame[value].to_numpy(), f"table, column {value!r}", issues)
    if isinstance(lloq, str):
        limit = number_array(frame[lloq].to_numpy(), f"table, column {lloq!r}", issues)
    else:
        limit = np.full(len(frame), np.nan if lloq is None else float(lloq))
    marks = np.zeros(len(frame), dtype=bool)
    if blq is not None:
        marks = _marks(frame[blq], f"table, column {blq!r}", issues)
    codes, labels = pd.factorize(frame[subject])
    issues += _missing_rows(codes < 0, subject)
    issues += _missing_rows(np.isnan(t), time)
    raise_issues(issues, DataError)

    place = frame.groupby(codes, sort=False).cumcount().to_numpy()
    shape = (len(labels), int(place.max()) + 1 if len(place) else 0)
    padded = [np.full(shape, np.nan) for _ in range(3)]
    for target, column in zip(padded, (t, v, limit), strict=True):
        target[codes, place] = column
    blq_rows, padding = np.zeros(shape, dtype=bool), np.ones(shape, dtype=bool)
    blq_rows[codes, place] = marks
    padding[codes, place] = False
    t_rows, v_rows, limit_rows = padded
    return TableData(t_rows, v_rows, limit_rows, blq_rows, padding, np.asarray(labels))


def _marks(column: pd.Series, where: str, issues: list[Issue]) -> Bools:
    raw = column.to_numpy()
    if raw.dtype == np.bool_:
        return np.asarray(raw, dtype=bool)
    if raw.dtype.kind in "iuf" and np.isin(raw, (0, 1)).all():
        return np.asarray(raw == 1)
    issues.append(Issue("error", where, "is not a mark", "give True and False, or 1 and 0"))
    return np.zeros(len(raw), dtype=bool)


def _missing_rows(missing: Bools, column: str) -> list[Issue]:
    rows = np.flatnonzero(missing) + 1
    if len(rows) == 0:
        return []
    shown = ", ".join(str(row) for row in rows[:_SHOWN]) + (", ..." if len(rows) > _SHOWN else "")
    return [Issue("error", f"table, column {column!r}", f"is missing in row {shown}")]
