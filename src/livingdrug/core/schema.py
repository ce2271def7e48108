"""What a course, a cohort and a study look like as `xarray.Dataset`, and how they are checked.

``docs/reference/schemas.md`` lists every dimension, variable and attribute. A check collects all
problems; ``validate_*`` raises them together as one `DataError`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from livingdrug.core.columns import Checker, Column, Values
from livingdrug.core.errors import DataError, Issue, raise_issues
from livingdrug.core.status import STATUS_MESSAGES, Status, status_attributes

if TYPE_CHECKING:
    import xarray as xr

__all__ = [
    "COHORT_SCHEMA",
    "COURSE_SCHEMA",
    "KINDS",
    "REDUCED_SCHEMA",
    "ROLES",
    "SCHEMA_VERSION",
    "SIDES",
    "STATISTICS",
    "STATUS_MESSAGES",
    "STUDY_SCHEMA",
    "Status",
    "check_cohort",
    "check_course",
    "check_study",
    "status_attributes",
    "validate_cohort",
    "validate_course",
    "validate_study",
]

SCHEMA_VERSION = "1"
COURSE_SCHEMA = "livingdrug.course"
REDUCED_SCHEMA = "livingdrug.reduced"
COHORT_SCHEMA = "livingdrug.cohort"
STUDY_SCHEMA = "livingdrug.study"

KINDS = ("species", "observable", "assigned", "integral")
"""Values of the attribute ``kind`` of a course variable."""
ROLES = ("parameter", "initial", "covariate")
"""Values of the attribute ``role`` of a cohort variable."""
SIDES = ("left", "right")
"""Values of ``record_side``: just before or just after the events of that time."""
STATISTICS = ("individual", "median", "mean", "geometric mean")
"""Values of ``obs_statistic``."""


_EVENT_LOG = (
    Column("event_subject", "label"),
    Column("event_time", "number"),
    Column("event_name", "text"),
    Column("event_count", "integer", low=0),
)
_DOSES = (
    Column("dose_subject", "label"),
    Column("dose_name", "text"),
    Column("dose_time", "number"),
    Column("dose_amount", "number", low=0),
    Column("dose_unit", "unit"),
    Column("dose_duration", "number", low=0),
)
_KNOTS = (
    Column("knot_subject", "label"),
    Column("knot_input", "text"),
    Column("knot_time", "number"),
    Column("knot_value", "number"),
)
_RECORDS = (
    Column("record_subject", "label"),
    Column("record_time", "number"),
    Column("record_side", "text", allowed=SIDES),
)
_OBSERVATIONS = (
    Column("obs_time", "number"),
    Column("obs_term", "text"),
    Column("obs_value", "number", missing=True),
    Column("obs_unit", "unit"),
    Column("obs_statistic", "text", allowed=STATISTICS),
    Column("obs_subject", "text", missing=True),
    Column("obs_n", "integer", low=0),
    Column("obs_lower", "number", missing=True),
    Column("obs_upper", "number", missing=True),
    Column("obs_lloq", "number", missing=True, above=0),
    Column("obs_blq", "flag"),
    Column("obs_assay", "text", missing=True),
)
_READOUTS = (
    Column("ro_endpoint", "text"),
    Column("ro_term", "text", missing=True),
    Column("ro_value", "number"),
    Column("ro_unit", "unit"),
    Column("ro_statistic", "text"),
    Column("ro_n", "integer", low=0),
    Column("ro_confirmed", "flag"),
    Column("ro_lower", "number", missing=True),
    Column("ro_upper", "number", missing=True),
    Column("ro_citation", "text", missing=True),
    Column("ro_note", "text", missing=True),
)


def validate_course(ds: xr.Dataset) -> None:
    """Raise when a dataset is not a course.

    Parameters
    ----------
    ds : xarray.Dataset

    Raises
    ------
    DataError
        Listing every problem.
    """
    raise_issues(check_course(ds), DataError)


def validate_cohort(ds: xr.Dataset) -> None:
    """Raise when a dataset is not a cohort.

    Parameters
    ----------
    ds : xarray.Dataset

    Raises
    ------
    DataError
        Listing every problem.
    """
    raise_issues(check_cohort(ds), DataError)


def validate_study(ds: xr.Dataset) -> None:
    """Raise when a dataset is not a study.

    Parameters
    ----------
    ds : xarray.Dataset

    Raises
    ------
    DataError
        Listing every problem.
    """
    raise_issues(check_study(ds), DataError)


def check_course(ds: xr.Dataset) -> list[Issue]:
    """Find every way in which a dataset is not a course.

    Parameters
    ----------
    ds : xarray.Dataset

    Returns
    -------
    list of Issue
        Empty when it is one.
    """
    check = Checker(ds, "course")
    texts = {"model": False, "variant": True, "model_status": True, "organism": True}
    check.header(COURSE_SCHEMA, SCHEMA_VERSION, texts)
    check.json_attribute("provenance", dict)
    subjects = check.coordinate("subject", "label")
    times = check.coordinate("time", "number")
    if times is not None:
        check.timed("time")
        check.entries(Column("time", "number"), times)
        check.ordered("time", times, strict=True)
    lead: tuple[str, ...] = ("subject",)
    if "replicate" in ds.dims:
        check.coordinate("replicate", "integer")
        lead = ("subject", "replicate")
    status = _check_status(check, lead)
    curves = [
        str(name)
        for name, variable in ds.data_vars.items()
        if "time" in variable.dims and not {"observable", "clone"} & set(map(str, variable.dims))
    ]
    if not curves:
        check.error("", "holds no species or observable over time")
    for name in curves:
        _check_curve(check, name, lead, status)
    if "observable" in ds.dims or {"observed", "blq", "lloq"} & set(map(str, ds.variables)):
        _check_observed(check, (*lead, "time"), curves)
    if "clone" in ds.dims:
        _check_clones(check, lead)
    replicate = (Column("event_replicate", "integer"),) if len(lead) == 2 else ()
    log = check.table("event_log", (*_EVENT_LOG, *replicate))
    check.members("event_subject", log.get("event_subject"), subjects, "subject")
    if len(lead) == 2 and "replicate" in ds.coords:
        check.members(
            "event_replicate", log.get("event_replicate"), ds["replicate"].values, "replicate"
        )
    return check.issues


def _check_clones(check: Checker, lead: tuple[str, ...]) -> None:
    check.units("clone_size")
    sizes = check.values("clone_size", "number", (*lead, "time", "clone"))
    check.values("clone_number", "integer", (*lead, "clone"))
    fitness = check.values("clone_fitness", "number", (*lead, "clone"))
    for name, values in (("clone_size", sizes), ("clone_fitness", fitness)):
        if values is not None:
            check.bad(f"variable {name}", values.astype(np.float64) < 0, "is negative", values)


def _check_status(check: Checker, lead: tuple[str, ...]) -> Values | None:
    status = check.values("status", "integer", lead)
    check.values("status_message", "text", lead)
    if status is None:
        return None
    attrs = check.ds.variables["status"].attrs
    for key, expected in status_attributes().items():
        given = attrs.get(key)
        same = given == expected if isinstance(expected, str) else _as_list(given) == expected
        if not same:
            check.error(f"variable status, attribute {key}", f"is {given!r}, not {expected!r}")
    known = np.array([int(code) for code in Status])
    check.bad("variable status", ~np.isin(status, known), "no such status", status)
    return status


def _as_list(value: object) -> object:
    return value.tolist() if isinstance(value, np.ndarray) else value


def _check_curve(check: Checker, name: str, lead: tuple[str, ...], status: Values | None) -> None:
    check.units(name)
    attrs = check.ds.variables[name].attrs
    kind = attrs.get("kind")
    if kind not in KINDS:
        check.error(f"variable {name}, attribute kind", f"is {kind!r}; allowed are {KINDS}")
    for key in ("long_name", "term"):
        given = attrs.get(key, "" if key == "term" else None)
        if not isinstance(given, str):
            check.error(f"variable {name}, attribute {key}", f"is {given!r}; it must be text")
    values = check.values(name, "number", (*lead, "time"))
    # an observable may be undefined, as log10 of 0; a state of a subject that is OK may not
    if values is not None and status is not None and kind in {"species", "integral"}:
        lost = ~np.isfinite(values).all(axis=-1) & (status == Status.OK)
        check.bad(f"variable {name}", lost, "not finite though the subject's status is 0 (ok)")


def _check_observed(check: Checker, inner: tuple[str, ...], curves: list[str]) -> None:
    names = check.coordinate("observable", "text")
    if names is not None:
        check.members("observable", names, np.array(curves, dtype=np.str_), "variable over time")
    check.values("observed", "number", ("observable", *inner))
    check.values("blq", "flag", ("observable", *inner))
    limits = check.values("lloq", "number", ("observable",))
    if limits is not None:
        check.entries(Column("lloq", "number", missing=True, above=0), limits)


def check_cohort(ds: xr.Dataset) -> list[Issue]:
    """Find every way in which a dataset is not a cohort.

    Parameters
    ----------
    ds : xarray.Dataset

    Returns
    -------
    list of Issue
        Empty when it is one.
    """
    check = Checker(ds, "cohort")
    texts = {"model": False, "math_hash": False, "variability": True}
    check.header(COHORT_SCHEMA, SCHEMA_VERSION, texts)
    check.json_attribute("assumed", list)
    seed = ds.attrs.get("seed")
    number = int(seed) if isinstance(seed, int | np.integer) else -1
    if seed != "" and (isinstance(seed, bool) or not 0 <= number < 2**64):
        check.error(
            "attribute seed",
            f"is {seed!r}; it must be an integer from 0 to 2**64 - 1, or '' if none was used",
        )
    subjects = check.coordinate("subject", "label")
    known = {"subject", "dose", "knot", "record"}
    for key, variable in ds.data_vars.items():
        name = str(key)
        if not set(map(str, variable.dims)) <= known or len(variable.dims) != 1:
            check.error(
                f"variable {name}",
                f"has dims {variable.dims}; allowed is one of {', '.join(sorted(known))}",
            )
        elif variable.dims == ("subject",):
            _check_subject_values(check, name)
    for dim, columns in (("dose", _DOSES), ("knot", _KNOTS), ("record", _RECORDS)):
        found = check.table(dim, columns)
        check.members(f"{dim}_subject", found.get(f"{dim}_subject"), subjects, "subject")
    return check.issues


def _check_subject_values(check: Checker, name: str) -> None:
    check.units(name)
    role = check.ds.variables[name].attrs.get("role")
    if role not in ROLES:
        check.error(f"variable {name}, attribute role", f"is {role!r}; allowed are {ROLES}")
    values = check.values(name, "number", ("subject",))
    if values is not None:
        column = Column(name, "number", missing=role == "covariate", infinite=role == "parameter")
        check.entries(column, values)


def check_study(ds: xr.Dataset) -> list[Issue]:
    """Find every way in which a dataset is not a study.

    Parameters
    ----------
    ds : xarray.Dataset

    Returns
    -------
    list of Issue
        Empty when it is one; repeated measurements are a warning.
    """
    check = Checker(ds, "study")
    names = ("title", "organism", "product", "disease", "licence", "assay", "note")
    texts = dict.fromkeys(names, True)
    check.header(STUDY_SCHEMA, SCHEMA_VERSION, {"id": False, **texts})
    source = check.json_attribute("source", dict)
    if isinstance(source, dict):
        for key in ("doi", "authors", "year", "title"):
            if key not in source:
                check.error("attribute source", f"has no {key!r}")
    if not {"observation", "readout", "covariate"} & set(map(str, ds.dims)):
        check.error("", "holds no observation, readout or covariate")
    _check_observations(check, check.table("observation", _OBSERVATIONS))
    readouts = check.table("readout", _READOUTS)
    _check_interval(check, readouts.get("ro_lower"), readouts.get("ro_upper"), "ro")
    if {"covariate", "quantile"} & set(map(str, ds.dims)) or "cov_value" in ds.variables:
        _check_covariates(check)
    return check.issues


def _check_interval(check: Checker, low: Values | None, high: Values | None, prefix: str) -> None:
    if low is not None and high is not None:
        crossed = low.astype(np.float64) > high.astype(np.float64)
        check.bad(f"variable {prefix}_lower", crossed, f"larger than {prefix}_upper", low)


def _check_observations(check: Checker, found: dict[str, Values]) -> None:
    _check_interval(check, found.get("obs_lower"), found.get("obs_upper"), "obs")
    value, blq, lloq = (found.get(f"obs_{name}") for name in ("value", "blq", "lloq"))
    if value is not None and blq is not None:
        lost = np.isnan(value.astype(np.float64)) & ~blq.astype(bool)
        check.bad("variable obs_value", lost, "NaN is allowed only where obs_blq is true")
    if blq is not None and lloq is not None:
        unknown = blq.astype(bool) & np.isnan(lloq.astype(np.float64))
        check.bad("variable obs_lloq", unknown, "NaN where obs_blq is true; give the limit")
    keys = [f"obs_{name}" for name in ("statistic", "subject", "term", "time", "assay")]
    statistic, subject = found.get("obs_statistic"), found.get("obs_subject")
    if statistic is None or subject is None:
        return
    single = statistic == "individual"
    check.bad("variable obs_subject", single & (subject == ""), "empty for an individual value")
    pooled = ~single & (subject != "")
    check.bad("variable obs_subject", pooled, "must be '' for a pooled value", subject)
    if all(key in found for key in keys):
        rows = list(zip(*(found[key][single].tolist() for key in keys), strict=True))
        if len(set(rows)) < len(rows):
            count = len(rows) - len(set(rows))
            check.warn("observation", f"{count} repeat subject, term, time and assay of another")


def _check_covariates(check: Checker) -> None:
    check.coordinate("covariate", "text")
    levels = check.coordinate("quantile", "number")
    if levels is not None:
        numbers = levels.astype(np.float64)
        outside = ~((numbers >= 0) & (numbers <= 1))
        check.bad("coordinate quantile", outside, "must lie between 0 and 1", levels)
        check.ordered("quantile", levels, strict=True)
    values = check.values("cov_value", "number", ("covariate", "quantile"))
    if values is not None:
        check.entries(Column("cov_value", "number"), values)
        falls = np.diff(values.astype(np.float64), axis=1) < 0
        mask = np.concatenate([np.zeros((len(falls), 1), dtype=bool), falls], axis=1)
        check.bad("variable cov_value", mask, "must not decrease with the quantile", values)
    units = check.values("cov_unit", "unit", ("covariate",))
    if units is not None:
        check.entries(Column("cov_unit", "unit"), units)
