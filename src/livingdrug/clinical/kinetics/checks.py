"""Checks of the data that cellular-kinetic endpoints are computed from."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from livingdrug.clinical.kinetics.engine import assign_roles
from livingdrug.clinical.kinetics.rules import Bools, Floats, KineticsRules
from livingdrug.core.errors import Issue

__all__ = [
    "half_limit_issues",
    "limit_issues",
    "number_array",
    "subject_label",
    "time_issues",
    "value_issues",
    "without_round_off",
]

_SHOWN = 5


def time_issues(
    times: Floats, label: Callable[[int], str], padding: Bools | None = None
) -> list[Issue]:
    """Check that times are finite and increase along each row.

    Parameters
    ----------
    times : array, shape (n, n_times), day
    label : callable
        Row number to the words that name the series.
    padding : array of bool, shape (n, n_times), optional
        Places that hold no time.

    Returns
    -------
    list of Issue
    """
    bad = ~np.isfinite(times)
    if padding is not None:
        bad &= ~padding
    issues = _listed(bad, label, lambda row, at: f"time number {at + 1} is {times[row, at]}", "")
    step = np.diff(np.where(np.isfinite(times), times, np.nan), axis=1)
    issues += _listed(
        step < 0,
        label,
        lambda row, at: f"times are not in order: {times[row, at + 1]:g} after {times[row, at]:g}",
        "sort the data by time",
    )
    issues += _listed(
        step == 0,
        label,
        lambda row, at: f"time {times[row, at]:g} occurs twice",
        "keep or average one value per time",
    )
    return issues


def value_issues(values: Floats, rules: KineticsRules, label: Callable[[int], str]) -> list[Issue]:
    """Check that values are neither infinite nor negative.

    Parameters
    ----------
    values : array, shape (n, n_times)
        NaN is missing and always allowed.
    rules : KineticsRules
    label : callable
        Row number to the words that name the series.

    Returns
    -------
    list of Issue
    """
    infinite = np.isinf(values)
    issues = _listed(
        infinite, label, lambda row, at: f"value number {at + 1} is {values[row, at]}", ""
    )
    issues += _listed(
        (values < -_allowance(values, rules)) & ~infinite,
        label,
        lambda row, at: f"value number {at + 1} is negative: {values[row, at]:g}",
        "mark it as missing (NaN) or below the limit; for the round-off of a solver set "
        "KineticsRules.negative_tolerance",
    )
    return issues


def limit_issues(lloq: Floats, label: Callable[[int], str]) -> list[Issue]:
    """Check that each limit of quantification is a positive number or NaN.

    Parameters
    ----------
    lloq : array, shape (n, n_times)
    label : callable
        Row number to the words that name the series.

    Returns
    -------
    list of Issue
    """
    return _listed(
        ~(np.isnan(lloq) | ((lloq > 0) & np.isfinite(lloq))),
        label,
        lambda row, at: f"the limit of quantification is {lloq[row, at]:g}",
        "give a positive number, or NaN where there is none",
    )


def half_limit_issues(
    values: Floats, lloq: Floats, blq: Bools, rules: KineticsRules, label: Callable[[int], str]
) -> list[Issue]:
    """Check that half the limit is known wherever the rules ask for it.

    Parameters
    ----------
    values, lloq : array, shape (n, n_times)
    blq : array of bool, shape (n, n_times)
    rules : KineticsRules
    label : callable
        Row number to the words that name the series.

    Returns
    -------
    list of Issue
    """
    roles = assign_roles(values, lloq, blq, rules)
    return _listed(
        roles.used & np.isnan(roles.value),
        label,
        lambda row, at: (
            f"value number {at + 1} is below the limit after the last quantifiable "
            "one, and no limit is given to take half of"
        ),
        "give lloq, or use KineticsRules(below_limit_after='drop')",
    )


def without_round_off(values: Floats) -> Floats:
    """Return the values with negative ones, which `value_issues` let pass, set to 0.

    Parameters
    ----------
    values : array, shape (n, n_times)

    Returns
    -------
    array, shape (n, n_times)
    """
    return np.where(values < 0, 0.0, values)


def number_array(data: ArrayLike, where: str, issues: list[Issue]) -> Floats:
    """Return the data as floats; None is NaN, and text or dates add an issue.

    Parameters
    ----------
    data : array_like
    where : str
        Name of the data in a message.
    issues : list of Issue
        Extended in place.

    Returns
    -------
    array
        NaN throughout when the data are not numbers.
    """
    try:
        raw = np.asarray(data)
        if raw.dtype.kind in "iufO":
            return raw.astype(np.float64)
    except (TypeError, ValueError):  # ragged nesting, or objects that are not numbers
        raw = np.asarray(data, dtype=object)
    fix = "convert it to numbers, with NaN where a value is missing"
    issues.append(Issue("error", where, f"is not numeric (dtype {raw.dtype})", fix))
    return np.full(raw.shape, np.nan)


def _allowance(values: Floats, rules: KineticsRules) -> Floats:
    if rules.negative_tolerance == 0 or values.shape[1] == 0:
        return np.zeros((len(values), 1))
    largest = np.where(np.isfinite(values), values, 0.0).max(axis=1, keepdims=True)
    return np.asarray(rules.negative_tolerance * np.maximum(largest, 0.0))


def _listed(
    bad: Bools, label: Callable[[int], str], text: Callable[[int, int], str], fix: str
) -> list[Issue]:
    """One issue per series with the first place it happens, for at most a few series."""
    rows = np.flatnonzero(bad.any(axis=1))
    issues = []
    for row in rows[:_SHOWN]:
        places = np.flatnonzero(bad[row])
        more = f" (and {len(places) - 1} more of this kind)" if len(places) > 1 else ""
        issues.append(Issue("error", label(int(row)), text(int(row), int(places[0])) + more, fix))
    if len(rows) > _SHOWN:
        issues.append(
            Issue("error", "", f"{len(rows) - _SHOWN} more series have the last problem, too", fix)
        )
    return issues


def subject_label(labels: NDArray[np.generic]) -> Callable[[int], str]:
    """Return a function from row number to ``"subject <label>"``.

    Parameters
    ----------
    labels : array, shape (n,)

    Returns
    -------
    callable
    """
    return lambda row: f"subject {labels[row]}"
