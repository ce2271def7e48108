"""The endpoints of one series, of a Course and of a long table."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Literal, cast

import numpy as np
from numpy.typing import ArrayLike

from livingdrug.clinical.kinetics import checks
from livingdrug.clinical.kinetics.engine import Block, compute, every_endpoint
from livingdrug.clinical.kinetics.read import failure_issues, read_course, read_table
from livingdrug.clinical.kinetics.rules import AucFlag, Kinetics, KineticsRules, rules_record
from livingdrug.core.errors import DataError, Issue, OptionError, SolveError, raise_issues

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

__all__ = ["kinetics", "kinetics_from_table", "kinetics_of"]

DEFAULT_RULES = KineticsRules()

_LONG_NAMES = {
    "cmax": "largest quantifiable value after the infusion peak",
    "tmax": "time of cmax",
    "c0": "largest value in the infusion peak window",
    "auc": "area under the curve, linear up and logarithmic down",
    "auc_flag": "how the end of the AUC window was reached",
    "auc_extrapolated_fraction": "part of the AUC after the last value",
    "auc_start_assumed": "0 was taken at the start of the AUC window",
    "clast": "last quantifiable value",
    "tlast": "time of the last quantifiable value",
    "tlast_censored": "still quantifiable at the last visit",
    "half_life_initial": "half-life of the decline that starts at tmax",
    "initial_r2_adjusted": "adjusted R2 of the initial decline",
    "initial_n_points": "points of the initial decline",
    "half_life_terminal": "half-life of the last decline",
    "terminal_r2_adjusted": "adjusted R2 of the terminal decline",
    "terminal_n_points": "points of the terminal decline",
    "n_quantifiable": "values used as measured",
    "n_below_limit": "values below the limit of quantification",
}
_DAYS = {"tmax", "tlast", "half_life_initial", "half_life_terminal"}
_VALUES = {"cmax", "c0", "clast"}
_KEPT_ATTRS = ("model", "variant", "model_status", "organism", "notice", "provenance")


def kinetics_of(
    times: ArrayLike,
    values: ArrayLike,
    *,
    lloq: float | None = None,
    blq: ArrayLike | None = None,
    rules: KineticsRules = DEFAULT_RULES,
) -> Kinetics:
    """Compute the endpoints of one series.

    Parameters
    ----------
    times : array_like, shape (n_times,), day
        Strictly increasing; day 0 is the infusion.
    values : array_like, shape (n_times,)
        NaN is missing.
    lloq : float, optional
        Lower limit of quantification, unit of `values`; None or NaN when there is none.
    blq : array_like of bool, shape (n_times,), optional
        Marks values below the limit; a value smaller than `lloq` is below it in any case.
    rules : KineticsRules, optional

    Returns
    -------
    Kinetics

    Raises
    ------
    DataError
        When the shapes differ, times are not finite and increasing, or a value is negative or
        infinite; all problems are listed.

    References
    ----------
    Denney et al. (2015), doi:10.1007/s10928-015-9432-2; Purves (1992), doi:10.1007/BF01062525.

    Examples
    --------
    >>> days = [0, 7, 10, 14, 18, 22, 26, 30]
    >>> result = kinetics_of(days, [0, 40, 80, 40, 20, 10, 5, 2.5])
    >>> result.cmax, result.tmax, round(result.half_life_terminal, 6)
    (80.0, 10.0, 4.0)
    """
    issues: list[Issue] = []
    limit = np.nan if lloq is None else float(lloq)
    t = checks.number_array(times, "times", issues)
    v = checks.number_array(values, "values", issues)
    marks = np.zeros(v.shape, dtype=bool) if blq is None else np.asarray(blq)
    if marks.dtype != np.bool_:
        issues.append(Issue("error", "blq", f"has dtype {marks.dtype}", "give True and False"))
    shapes = {"times": t.shape, "values": v.shape, "blq": marks.shape}
    if t.ndim != 1 or len(set(shapes.values())) > 1:
        given = ", ".join(f"{name} {shape}" for name, shape in shapes.items())
        issues.append(Issue("error", "series", f"shapes differ or are not (n_times,): {given}"))
    t, v, marks = t.reshape(1, -1), v.reshape(1, -1), marks.reshape(1, -1)
    issues += checks.time_issues(t, _series)
    issues += checks.value_issues(v, rules, _series)
    issues += checks.limit_issues(np.array([[limit]]), _series)
    lloqs = np.full(v.shape, limit)
    if not issues:
        issues += checks.half_limit_issues(v, lloqs, marks, rules, _series)
    raise_issues(issues, DataError)
    block = compute(t, checks.without_round_off(v), lloqs, marks, rules)
    return _record(block, rules)


def _series(row: int) -> str:
    return "series"


def _record(block: Block, rules: KineticsRules) -> Kinetics:
    """Return the one series of a block."""
    return Kinetics(
        cmax=float(block.cmax[0]),
        tmax=float(block.tmax[0]),
        c0=float(block.c0[0]),
        auc=float(block.auc[0]),
        auc_flag=cast(AucFlag, str(block.auc_flag[0])),
        auc_extrapolated_fraction=float(block.auc_extrapolated_fraction[0]),
        auc_start_assumed=bool(block.auc_start_assumed[0]),
        clast=float(block.clast[0]),
        tlast=float(block.tlast[0]),
        tlast_censored=bool(block.tlast_censored[0]),
        half_life_initial=float(block.half_life_initial[0]),
        initial_r2_adjusted=float(block.initial_r2_adjusted[0]),
        initial_n_points=int(block.initial_n_points[0]),
        half_life_terminal=float(block.half_life_terminal[0]),
        terminal_r2_adjusted=float(block.terminal_r2_adjusted[0]),
        terminal_n_points=int(block.terminal_n_points[0]),
        n_quantifiable=int(block.n_quantifiable[0]),
        n_below_limit=int(block.n_below_limit[0]),
        reasons=block.reasons[0],
        rules=rules,
    )


def kinetics(
    course: xr.Dataset,
    variable: str,
    *,
    observed: bool = False,
    lloq: float | None = None,
    rules: KineticsRules = DEFAULT_RULES,
    failures: Literal["raise", "exclude"] = "raise",
) -> xr.Dataset:
    """Compute the endpoints of every subject (and replicate) of a Course.

    Parameters
    ----------
    course : xarray.Dataset
        Dims `subject`, `time` and perhaps `replicate`.
    variable : str
        A data variable, or with `observed` an entry of the coordinate `observable`.
    observed : bool, optional
        Read `observed`, `blq` and `lloq` (what the assay saw) instead of the variable itself.
    lloq : float, optional
        Lower limit of quantification, unit of the variable. With `observed` it replaces the one
        of the dataset.
    rules : KineticsRules, optional
    failures : {"raise", "exclude"}, optional
        What to do when `status` marks failed simulations: refuse the course, or give these
        subjects NaN and the failure as reason.

    Returns
    -------
    xarray.Dataset
        Dims (subject,) or (subject, replicate): the fields of `Kinetics`, the area under the
        name `KineticsRules.auc_name`, units in attrs, the rules as JSON in ``attrs["rules"]``.

    Raises
    ------
    UnknownNameError
        When there is no such variable or observable.
    DataError
        When dims, units, times or values do not fit; all problems are listed.
    SolveError
        When simulations failed and `failures` is ``"raise"``.
    OptionError
        When `failures` is something else.
    """
    if failures not in ("raise", "exclude"):
        raise OptionError(f"failures is {failures!r}; allowed: 'raise', 'exclude'")
    data = read_course(course, variable, observed=observed, lloq=lloq)
    failed = data.failed
    if failed.any() and failures == "raise":
        raise SolveError(failure_issues(data))
    values = np.where(failed[:, None], np.nan, data.values)
    marks = data.blq & ~failed[:, None]
    issues = checks.time_issues(data.times[None, :], lambda _: "time")
    issues += checks.value_issues(values, rules, data.label)
    issues += checks.limit_issues(np.array([[data.lloq]]), lambda _: variable)
    lloqs = np.full((1, 1), data.lloq)
    issues += checks.half_limit_issues(values, lloqs, marks, rules, data.label)
    raise_issues(issues, DataError)
    block = compute(data.times, checks.without_round_off(values), lloqs, marks, rules)
    for row in np.flatnonzero(failed):
        block.reasons[row] = (f"{every_endpoint(rules)}: excluded, {data.failure_text(int(row))}",)
    result = _dataset(block, data.dims, data.shape, data.unit, rules)
    result = result.assign_coords(data.coords)
    result.attrs |= {
        **{name: course.attrs[name] for name in _KEPT_ATTRS if name in course.attrs},
        "variable": variable,
        "observed": int(observed),
        "n_excluded": int(failed.sum()),
    }
    return result


def kinetics_from_table(
    frame: pd.DataFrame,
    *,
    subject: str,
    time: str,
    value: str,
    unit: str,
    lloq: str | float | None = None,
    blq: str | None = None,
    rules: KineticsRules = DEFAULT_RULES,
) -> xr.Dataset:
    """Compute the endpoints of every subject of a long table.

    Parameters
    ----------
    frame : pandas.DataFrame
        One row per subject and time; the rows of a subject in order of time.
    subject, time, value : str
        Columns; the time in days, day 0 is the infusion; a missing value is NaN.
    unit : str
        Unit of the values.
    lloq : str or float, optional
        Lower limit of quantification: a column (NaN where there is none) or one number.
    blq : str, optional
        Column that marks values below the limit, bool or 0 and 1.
    rules : KineticsRules, optional

    Returns
    -------
    xarray.Dataset
        Dim `subject`, in order of first appearance; see `kinetics`.

    Raises
    ------
    DataError
        When a column is absent or not numeric, times are not finite and increasing within a
        subject, or a value is negative or infinite; all problems are listed.
    """
    data = read_table(frame, subject=subject, time=time, value=value, lloq=lloq, blq=blq)
    label = checks.subject_label(data.labels)
    issues = checks.time_issues(data.times, label, data.padding)
    issues += checks.value_issues(data.values, rules, label)
    issues += checks.limit_issues(data.lloq, label)
    issues += checks.half_limit_issues(data.values, data.lloq, data.blq, rules, label)
    raise_issues(issues, DataError)
    block = compute(data.times, checks.without_round_off(data.values), data.lloq, data.blq, rules)
    result = _dataset(block, ("subject",), (len(data.labels),), unit, rules)
    result = result.assign_coords(subject=data.labels)
    result.attrs["variable"] = value
    return result


def _dataset(
    block: Block,
    dims: tuple[str, ...],
    shape: tuple[int, ...],
    unit: str,
    rules: KineticsRules,
) -> xr.Dataset:
    import xarray as xr

    area_unit = "day" if unit.strip() in {"", "1"} else f"{unit}*day"
    units = dict.fromkeys(_DAYS, "day") | dict.fromkeys(_VALUES, unit)
    units |= {"auc": area_unit, "auc_extrapolated_fraction": "1"}
    result = xr.Dataset()
    for field, long_name in _LONG_NAMES.items():
        name = rules.auc_name if field == "auc" else field
        attrs = {"long_name": long_name}
        if field in units:
            attrs["units"] = units[field]
        result[name] = (dims, getattr(block, field).reshape(shape), attrs)
    texts = np.array(["; ".join(row) for row in block.reasons], dtype=np.str_)
    result["reasons"] = (dims, texts.reshape(shape), {"long_name": "why a number is missing"})
    result.attrs = {
        "schema": "livingdrug.kinetics",
        "schema_version": "1",
        "rules": json.dumps(rules_record(rules)),
        "below_limit": _below_limit_text(int(block.n_below_limit.sum()), rules),
    }
    return result


def _below_limit_text(count: int, rules: KineticsRules) -> str:
    if count == 0:
        return "no value is below a limit of quantification"
    after = "half the limit" if rules.below_limit_after == "half" else "left out"
    return (
        f"{count} values below the limit: 0 before the first quantifiable value, missing between "
        f"quantifiable ones, {after} after the last"
    )
