"""Cellular-kinetic endpoints of many series at once, on plain arrays.

Rows are series and columns are times; everything is vectorised over both. The callers in
``kinetics.py`` check the data first: times increase along a row, values are not negative.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from livingdrug.clinical.kinetics.area import area_under
from livingdrug.clinical.kinetics.decline import Decline, best_window
from livingdrug.clinical.kinetics.rules import (
    TIME_TOLERANCE,
    Bools,
    Floats,
    Ints,
    KineticsRules,
    last_true,
)

__all__ = ["Block", "compute"]

_ELEMENTS_AT_ONCE = 2_000_000


@dataclass(slots=True)
class Block:
    """Endpoints of n series, each an array of shape (n,); fields as in `Kinetics`."""

    cmax: Floats
    tmax: Floats
    c0: Floats
    auc: Floats
    auc_flag: NDArray[np.str_]
    auc_extrapolated_fraction: Floats
    auc_start_assumed: Bools
    clast: Floats
    tlast: Floats
    tlast_censored: Bools
    half_life_initial: Floats
    initial_r2_adjusted: Floats
    initial_n_points: Ints
    half_life_terminal: Floats
    terminal_r2_adjusted: Floats
    terminal_n_points: Ints
    n_quantifiable: Ints
    n_below_limit: Ints
    reasons: list[tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Roles:
    """What each value counts as after the below-limit rules; arrays of shape (n, n_times).

    Attributes
    ----------
    value : array
        Values with the substitutions made.
    quantifiable : array of bool
        Measured and above the limit (above 0 where there is no limit).
    measured : array of bool
        Quantifiable, or 0: read as 0, or below the limit before the first quantifiable value.
    used : array of bool
        What the AUC is made of: measured, or half the limit.
    present : array of bool
        There was a visit: a number, or a mark "below the limit".
    below : array of bool
        Below the limit.
    """

    value: Floats
    quantifiable: Bools
    measured: Bools
    used: Bools
    present: Bools
    below: Bools


class Notes:
    """Reasons, gathered per series in the order of the checks."""

    def __init__(self, n_series: int) -> None:
        self._rows: list[list[str]] = [[] for _ in range(n_series)]

    def add(self, where: Bools, text: str) -> None:
        """Give the reason `text` to the series marked in `where`."""
        for row in np.flatnonzero(where):
            self._rows[row].append(text)

    def tuples(self) -> list[tuple[str, ...]]:
        """Return the reasons of each series."""
        return [tuple(row) for row in self._rows]


def compute(times: Floats, values: Floats, lloq: Floats, blq: Bools, rules: KineticsRules) -> Block:
    """Compute the endpoints of all rows.

    Parameters
    ----------
    times : array, shape (n_times,) or (n, n_times), day
        Increasing along a row. Padding at the end of a row is NaN, with NaN in `values`.
    values : array, shape (n, n_times)
        NaN is missing.
    lloq : array, broadcastable to the shape of `values`
        Lower limit of quantification; NaN where there is none.
    blq : array of bool, shape (n, n_times)
    rules : KineticsRules

    Returns
    -------
    Block
    """
    parts = [
        _compute(
            np.broadcast_to(times, values.shape)[rows],
            values[rows],
            np.broadcast_to(lloq, values.shape)[rows],
            blq[rows],
            rules,
        )
        for rows in _slices(*values.shape)
    ]
    if len(parts) == 1:
        return parts[0]
    joined = {
        name: np.concatenate([getattr(part, name) for part in parts])
        for name in Block.__dataclass_fields__
        if name != "reasons"
    }
    return Block(**joined, reasons=[row for part in parts for row in part.reasons])


def _slices(n_series: int, n_times: int) -> Iterator[slice]:
    step = max(1, _ELEMENTS_AT_ONCE // max(1, n_times))
    for start in range(0, max(1, n_series), step):
        yield slice(start, start + step)


def _compute(
    times: Floats, values: Floats, lloq: Floats, blq: Bools, rules: KineticsRules
) -> Block:
    if values.shape[1] < 2:  # missing values change nothing, and spare the rest a special case
        pad = ((0, 0), (0, 2 - values.shape[1]))
        times, values, lloq = (
            np.pad(array, pad, constant_values=np.nan) for array in (times, values, lloq)
        )
        blq = np.pad(blq, pad)
    notes = Notes(len(values))
    roles = assign_roles(values, lloq, blq, rules)
    inside = times >= rules.first_day - TIME_TOLERANCE
    quantifiable = roles.quantifiable & inside
    exists = np.asarray(quantifiable.any(axis=1))
    notes.add(
        ~exists,
        f"{every_endpoint(rules)}: no quantifiable value from day {rules.first_day:g} onwards",
    )
    cmax, tmax, c0 = _peaks(times, roles, inside=inside, exists=exists, rules=rules, notes=notes)
    clast, tlast, censored = _last(times, roles, quantifiable, exists)
    initial, terminal = _declines(times, values, quantifiable, tmax, rules=rules, notes=notes)
    area = area_under(
        times,
        roles.value,
        roles.used & exists[:, None],
        tmax=tmax,
        half_life=terminal.half_life,
        rules=rules,
    )
    for where, why in area.problems:
        notes.add(where & exists, f"{rules.auc_name}: {why}")
    return Block(
        cmax=cmax,
        tmax=tmax,
        c0=c0,
        auc=area.total,
        auc_flag=area.flag,
        auc_extrapolated_fraction=area.extrapolated_fraction,
        auc_start_assumed=area.start_assumed,
        clast=clast,
        tlast=tlast,
        tlast_censored=censored,
        half_life_initial=initial.half_life,
        initial_r2_adjusted=initial.r2_adjusted,
        initial_n_points=initial.n_points,
        half_life_terminal=terminal.half_life,
        terminal_r2_adjusted=terminal.r2_adjusted,
        terminal_n_points=terminal.n_points,
        n_quantifiable=quantifiable.sum(axis=1),
        n_below_limit=roles.below.sum(axis=1),
        reasons=notes.tuples(),
    )


def assign_roles(values: Floats, lloq: Floats, blq: Bools, rules: KineticsRules) -> Roles:
    """Apply the below-limit rules.

    Parameters
    ----------
    values, lloq : array, shape (n, n_times)
    blq : array of bool, shape (n, n_times)
    rules : KineticsRules

    Returns
    -------
    Roles
    """
    number = ~np.isnan(values)
    below = blq | (values < lloq)
    quantifiable = number & ~below & (values > 0)
    started = np.logical_or.accumulate(quantifiable, axis=1)
    ahead = np.logical_or.accumulate(quantifiable[:, ::-1], axis=1)[:, ::-1]
    before, after = below & ~started, below & started & ~ahead
    measured = quantifiable | before | (number & ~below & (values == 0))
    half = after & (rules.below_limit_after == "half")
    value = np.where(before, 0.0, np.where(half, 0.5 * lloq, values))
    return Roles(value, quantifiable, measured, measured | half, number | below, below)


def _peaks(
    times: Floats,
    roles: Roles,
    *,
    inside: Bools,
    exists: Bools,
    rules: KineticsRules,
    notes: Notes,
) -> tuple[Floats, Floats, Floats]:
    end = -math.inf if rules.excluded_until is None else rules.excluded_until + TIME_TOLERANCE
    late = roles.quantifiable & inside & (times > end)
    found = late.any(axis=1)
    rows = np.arange(len(times))
    where = np.where(late, roles.value, -np.inf).argmax(axis=1)
    cmax = np.where(found, roles.value[rows, where], np.nan)
    tmax = np.where(found, times[rows, where], np.nan)
    notes.add(
        exists & ~found,
        "cmax, tmax: every quantifiable value is in the infusion peak, up to day "
        f"{rules.excluded_until}",
    )
    early = roles.measured & inside & (times <= end)
    has_c0 = early.any(axis=1) & exists
    c0 = np.where(has_c0, np.where(early, roles.value, -np.inf).max(axis=1), np.nan)
    why = (
        "the rules exclude no infusion peak"
        if rules.excluded_until is None
        else f"no value from day {rules.first_day:g} to day {rules.excluded_until:g}"
    )
    notes.add(exists & ~has_c0, f"c0: {why}")
    return cmax, tmax, c0


def _last(
    times: Floats, roles: Roles, quantifiable: Bools, exists: Bools
) -> tuple[Floats, Floats, Bools]:
    rows = np.arange(len(times))
    last = last_true(quantifiable)
    clast = np.where(exists, roles.value[rows, last], np.nan)
    tlast = np.where(exists, times[rows, last], np.nan)
    return clast, tlast, exists & (last == last_true(roles.present))


def _declines(
    times: Floats,
    values: Floats,
    quantifiable: Bools,
    tmax: Floats,
    *,
    rules: KineticsRules,
    notes: Notes,
) -> tuple[Decline, Decline]:
    has_tmax = ~np.isnan(tmax)
    notes.add(
        quantifiable.any(axis=1) & ~has_tmax,
        "half_life_initial, half_life_terminal: there is no tmax",
    )
    peak = tmax[:, None]
    initial = best_window(
        times,
        values,
        quantifiable & (times >= peak) & (times <= rules.initial_end + TIME_TOLERANCE),
        from_end=False,
        min_points=rules.initial_min_points,
        min_half_lives=rules.initial_min_half_lives,
        min_r2_adjusted=-math.inf,
        r2_tolerance=rules.r2_tolerance,
    )
    terminal = best_window(
        times,
        values,
        quantifiable & (times > peak),
        from_end=True,
        min_points=rules.terminal_min_points,
        min_half_lives=rules.terminal_min_half_lives,
        min_r2_adjusted=rules.terminal_min_r2_adjusted,
        r2_tolerance=rules.r2_tolerance,
    )
    _decline_notes(
        notes,
        has_tmax,
        initial,
        words=("half_life_initial", f"from tmax to day {rules.initial_end:g}"),
        limits=(rules.initial_min_points, rules.initial_min_half_lives),
    )
    _decline_notes(
        notes,
        has_tmax,
        terminal,
        words=("half_life_terminal", "after tmax"),
        limits=(rules.terminal_min_points, rules.terminal_min_half_lives),
    )
    notes.add(
        has_tmax & terminal.long_enough & np.isnan(terminal.half_life),
        "half_life_terminal: no window after tmax is straight enough on the log scale (adjusted "
        f"R2 below {rules.terminal_min_r2_adjusted:g})",
    )
    return initial, terminal


def _decline_notes(
    notes: Notes,
    has_tmax: Bools,
    fit: Decline,
    *,
    words: tuple[str, str],
    limits: tuple[int, float],
) -> None:
    (name, stretch), (min_points, min_half_lives) = words, limits
    notes.add(
        has_tmax & ~fit.enough, f"{name}: fewer than {min_points} quantifiable values {stretch}"
    )
    notes.add(has_tmax & fit.enough & ~fit.declining, f"{name}: no decline {stretch}")
    notes.add(
        has_tmax & fit.declining & ~fit.long_enough,
        f"{name}: the decline {stretch} spans less than {min_half_lives:g} half-lives",
    )


def every_endpoint(rules: KineticsRules) -> str:
    """Return the names of all endpoints that can be missing, as a reason starts with them.

    Parameters
    ----------
    rules : KineticsRules

    Returns
    -------
    str
    """
    return f"cmax, tmax, c0, {rules.auc_name}, clast, tlast, half_life_initial, half_life_terminal"
