"""What a study looks like as `xarray.Dataset`, and how it is checked."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from livingdrug.core.columns import SCHEMA_VERSION, Checker, Column, Values
from livingdrug.core.errors import Issue
from livingdrug.core.study_people import check_interventions, check_persons

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["STATISTICS", "STUDY_SCHEMA", "check_study"]

STUDY_SCHEMA = "livingdrug.study"
STATISTICS = ("individual", "median", "mean", "geometric mean")
"""Values of ``obs_statistic``."""

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
_UPPER = (
    Column("obs_uloq", "number", missing=True, above=0),
    Column("obs_alq", "flag"),
)
"""Upper limit: both are there, or neither."""
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
_EVENTS = {
    "observation": (
        Column("obs_limit", "number", missing=True),
        Column("obs_occasion", "text", missing=True),
        Column("obs_side", "text", allowed=("left", "right")),
        Column("obs_resets", "integer", low=0),
    ),
    "intervention": (
        Column("iv_occasion", "text", missing=True),
        Column("iv_resets", "integer", low=0),
        Column("iv_modelled", "integer", low=-2),
        Column("iv_steady", "integer", low=0),
        Column("iv_interval", "number", low=0),
    ),
    "reset": (Column("reset_subject", "text"), Column("reset_time", "number")),
}
"""What a study may keep of a NONMEM-type table; each is there only where the table uses it."""
_PARTS = {"observation", "readout", "covariate", "subject", "intervention"}
"""Dimensions of which a study has one or more."""


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
    if not _PARTS & set(map(str, ds.dims)):
        check.error("", "holds no observation, readout, covariate, subject or intervention")
    upper = _UPPER if any(column.name in ds.variables for column in _UPPER) else ()
    observed = check.table("observation", (*_OBSERVATIONS, *upper))
    _check_observations(check, observed)
    readouts = check.table("readout", _READOUTS)
    _check_interval(check, readouts.get("ro_lower"), readouts.get("ro_upper"), "ro")
    if {"covariate", "quantile"} & set(map(str, ds.dims)) or "cov_value" in ds.variables:
        _check_covariates(check)
    people = check_persons(check, observed.get("obs_subject"))
    check_interventions(check, people)
    for dim, columns in _EVENTS.items():
        used = [column for column in columns if column.name in ds.variables]
        if used:
            check.table(dim, used if dim != "reset" else columns)
    return check.issues


def _check_interval(
    check: Checker,
    low: Values | None,
    high: Values | None,
    prefix: str,
    names: tuple[str, str] = ("lower", "upper"),
) -> None:
    if low is not None and high is not None:
        crossed = low.astype(np.float64) > high.astype(np.float64)
        check.bad(f"variable {prefix}_{names[0]}", crossed, f"larger than {prefix}_{names[1]}", low)


def _check_observations(check: Checker, found: dict[str, Values]) -> None:
    _check_interval(check, found.get("obs_lower"), found.get("obs_upper"), "obs")
    _check_interval(check, found.get("obs_lloq"), found.get("obs_uloq"), "obs", ("lloq", "uloq"))
    value, blq = found.get("obs_value"), found.get("obs_blq")
    above = found.get("obs_alq", None if blq is None else np.zeros(blq.shape, dtype=bool))
    if value is not None and blq is not None and above is not None:
        lost = np.isnan(value.astype(np.float64)) & ~blq.astype(bool) & ~above.astype(bool)
        words = "NaN is allowed only where obs_alq or obs_blq is true"
        check.bad("variable obs_value", lost, words)
        both = blq.astype(bool) & above.astype(bool)
        check.bad("variable obs_alq", both, "true where obs_blq is true; a value is one of them")
    for mark, limit in (("blq", "lloq"), ("alq", "uloq")):
        marked, given = found.get(f"obs_{mark}"), found.get(f"obs_{limit}")
        if marked is not None and given is not None:
            unknown = marked.astype(bool) & np.isnan(given.astype(np.float64))
            words = f"NaN where obs_{mark} is true; give the limit"
            check.bad(f"variable obs_{limit}", unknown, words)
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
