"""What a course says about one term at one visit, with the checks that come before."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from livingdrug.clinical.estimand.comparison import Origin
from livingdrug.core.errors import DataError, Issue, OptionError, SolveError
from livingdrug.core.units import conversion_factor, same_dimension

if TYPE_CHECKING:
    import xarray as xr

__all__ = [
    "Failures",
    "Values",
    "curve_names",
    "find_variable",
    "organism_problem",
    "sample_problem",
    "usable_people",
    "values_at",
]

Failures = Literal["raise", "exclude"]

_SHOWN = 5
_SAME_DAY = 1e-9
"""Days below which two times are the same: round-off of a conversion of units."""


@dataclass(frozen=True, slots=True)
class Values:
    """What was simulated for one visit, in the unit asked for.

    Attributes
    ----------
    values : ndarray, shape (n_subjects,)
        NaN for a failed subject, and for an observation below the limit.
    marks : ndarray of bool, shape (n_subjects,)
        Below the limit of the course.
    limit : float
        NaN when the course has none.
    source : {"observation", "model value"}
    """

    values: NDArray[np.float64]
    marks: NDArray[np.bool_]
    limit: float
    source: Origin


def curve_names(course: xr.Dataset) -> list[str]:
    """Return the variables over subject and time.

    Parameters
    ----------
    course : xarray.Dataset

    Returns
    -------
    list of str
    """
    return [str(name) for name, v in course.data_vars.items() if set(v.dims) == {"subject", "time"}]


def usable_people(course: xr.Dataset, failures: Failures) -> NDArray[np.bool_]:
    """Return which subjects were simulated to the end.

    Parameters
    ----------
    course : xarray.Dataset
    failures : {"raise", "exclude"}

    Returns
    -------
    ndarray of bool, shape (n_subjects,)

    Raises
    ------
    OptionError
        When `failures` is something else.
    DataError
        When the dataset is not a course of subjects over time.
    SolveError
        When simulations failed and `failures` is ``"raise"``.
    """
    if failures not in ("raise", "exclude"):
        raise OptionError(f"failures is {failures!r}; allowed: 'raise', 'exclude'")
    if "replicate" in course.dims:
        raise DataError(
            "the course has replicates: a subject simulated twice is not two people; choose one, "
            "as course.isel(replicate=0)"
        )
    if not {"subject", "time"} <= set(course.coords):
        raise DataError("the course has no coordinates 'subject' and 'time'")
    if "status" not in course:
        return np.ones(course.sizes["subject"], dtype=bool)
    codes = course["status"].values
    failed = np.flatnonzero(codes != 0)
    if failed.size and failures == "raise":
        raise SolveError(_failure_issues(course, failed))
    return np.asarray(codes == 0)


def _failure_issues(course: xr.Dataset, failed: NDArray[np.intp]) -> list[Issue]:
    fix = "pass failures='exclude' to go on without them, or simulate them again"
    summary = f"{failed.size} of {course.sizes['subject']} simulations failed"
    issues = [Issue("error", "course", summary, fix)]
    for row in failed[:_SHOWN]:
        text = f"status {int(course['status'].values[row])}"
        if "status_message" in course and str(course["status_message"].values[row]):
            text += f": {course['status_message'].values[row]}"
        issues.append(Issue("error", f"subject {course['subject'].values[row]}", text))
    if failed.size > _SHOWN:
        issues.append(Issue("error", "", f"{failed.size - _SHOWN} more simulations failed"))
    return issues


def organism_problem(course: xr.Dataset, study: xr.Dataset) -> str:
    """Say when model and study describe different organisms.

    Parameters
    ----------
    course, study : xarray.Dataset

    Returns
    -------
    str
        Empty when they do not, or one does not say.
    """
    ours, theirs = (str(item.attrs.get("organism", "")) for item in (course, study))
    stated = [text for text in (ours, theirs) if text not in ("", "unknown")]
    if len(stated) == 2 and ours != theirs:
        return f"the model describes {ours}, the study {theirs}"
    return ""


def sample_problem(course: xr.Dataset) -> str:
    """Say when a course holds too few subjects for a statistic over people.

    Parameters
    ----------
    course : xarray.Dataset

    Returns
    -------
    str
        Empty when it does not.
    """
    if course.sizes["subject"] < 2:
        return "one simulated subject is no sample of people; draw a cohort"
    return ""


def find_variable(course: xr.Dataset, term: str, unit: str) -> tuple[str, str]:
    """Find the variable that measures a term in a unit of the same dimension.

    Parameters
    ----------
    course : xarray.Dataset
    term, unit : str

    Returns
    -------
    name : str
        Empty when there is none.
    problem : str
        Why there is none; else empty.
    """
    names = curve_names(course)
    same = [name for name in names if course[name].attrs.get("term") == term]
    if not term or not same:
        known = sorted({str(course[n].attrs["term"]) for n in names if course[n].attrs.get("term")})
        return "", f"the course has no {term!r}; its terms: {', '.join(known) or 'none'}"
    fitting = [name for name in same if same_dimension(_unit(course, name), unit)]
    if not fitting:
        units = " and ".join(sorted({_unit(course, name) for name in same}))
        return (
            "",
            f"simulated in {units}, published in {unit}: one cannot be converted to the other",
        )
    # an observable is what an assay sees; the species below it may carry the same term
    observed = [name for name in fitting if course[name].attrs.get("kind") == "observable"]
    best = observed or fitting
    if len(best) > 1:
        return "", f"several variables are {term!r}: {', '.join(best)}; keep one in the course"
    return best[0], ""


def _unit(course: xr.Dataset, name: str) -> str:
    return str(course[name].attrs.get("units", "1"))


def values_at(
    course: xr.Dataset, name: str, day: float, unit: str, people: NDArray[np.bool_]
) -> tuple[Values | None, str]:
    """Read one variable at exactly one day: as observed where the course has observations of it.

    Parameters
    ----------
    course : xarray.Dataset
    name : str
        From `find_variable`.
    day : float
    unit : str
        Of the result.
    people : ndarray of bool, shape (n_subjects,)
        Others get NaN.

    Returns
    -------
    values : Values or None
        None when the course lacks the day.
    problem : str
        Why it is None; else empty.
    """
    times = np.asarray(course["time"].values, dtype=np.float64)
    places = np.flatnonzero(np.abs(times - day) <= _SAME_DAY)
    if places.size == 0:
        near = times[np.argsort(np.abs(times - day))[:2]]
        shown = " and ".join(f"{time:g}" for time in np.sort(near))
        return None, (
            f"not simulated at day {day:g} (nearest: {shown or 'none'}); simulate at the visits of "
            "the study"
        )
    at = int(places[0])
    factor = conversion_factor(_unit(course, name), unit)
    names = [str(item) for item in course["observable"].values] if "observed" in course else []
    marks, limit, source = np.zeros(people.shape, dtype=bool), math.nan, "model value"
    array = course[name]
    if name in names:
        entry = course.isel(observable=names.index(name))
        array, source = entry["observed"], "observation"
        if "blq" in entry:
            marks = entry["blq"].transpose("subject", "time").values[:, at].astype(bool)
        if "lloq" in entry:
            limit = float(entry["lloq"]) * factor
    values = array.transpose("subject", "time").values[:, at].astype(np.float64) * factor
    origin: Origin = "observation" if source == "observation" else "model value"
    return Values(np.where(people, values, np.nan), marks & people, limit, origin), ""
