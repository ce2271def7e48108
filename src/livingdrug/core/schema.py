"""What a course, a cohort and a study look like as `xarray.Dataset`, and how they are checked.

``docs/reference/schemas.md`` lists every dimension, variable and attribute. A check collects all
problems; ``validate_*`` raises them together as one `DataError`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from livingdrug.core.columns import SCHEMA_VERSION, Checker, Column, Values
from livingdrug.core.errors import DataError, Issue, raise_issues
from livingdrug.core.status import STATUS_MESSAGES, Status, status_attributes
from livingdrug.core.study_schema import STATISTICS, STUDY_SCHEMA, check_study

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

COURSE_SCHEMA = "livingdrug.course"
REDUCED_SCHEMA = "livingdrug.reduced"
COHORT_SCHEMA = "livingdrug.cohort"

KINDS = ("species", "observable", "assigned", "integral")
"""Values of the attribute ``kind`` of a course variable."""
ROLES = ("parameter", "initial", "covariate")
"""Values of the attribute ``role`` of a cohort variable."""
SIDES = ("left", "right")
"""Values of ``record_side``: just before or just after the events of that time."""


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
_RESETS = (Column("reset_subject", "label"), Column("reset_time", "number"))


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
    known = {"subject", "dose", "knot", "record", "reset"}
    for key, variable in ds.data_vars.items():
        name = str(key)
        if not set(map(str, variable.dims)) <= known or len(variable.dims) != 1:
            check.error(
                f"variable {name}",
                f"has dims {variable.dims}; allowed is one of {', '.join(sorted(known))}",
            )
        elif variable.dims == ("subject",):
            _check_subject_values(check, name)
    for dim, columns in (
        ("dose", _DOSES), ("knot", _KNOTS), ("record", _RECORDS), ("reset", _RESETS),
    ):  # fmt: skip
        counted = "reset" in ds.dims and dim in {"dose", "record"}
        more = (Column(f"{dim}_resets", "integer", low=0),) if counted else ()
        found = check.table(dim, (*columns, *more))
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
