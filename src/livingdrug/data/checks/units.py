"""Two units in one column: values of some people that no living person has in the unit given."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from livingdrug.data.checks.finding import Finding, count_text, finding
from livingdrug.data.checks.ranges import Range, range_of
from livingdrug.data.measured import Measured

__all__ = ["check_units"]

_MIXTURE_SHARE = 0.01
"""Values beyond the range, as a share, from which on they are a unit and not an accident."""
_MIXTURE_PEOPLE = 2
_FACTORS = tuple(10.0**power for power in range(1, 7))


def check_units(values: Measured) -> list[Finding]:
    """Look for values beyond the range of living people, and for the unit that explains them.

    Parameters
    ----------
    values : Measured

    Returns
    -------
    list of Finding
        An error where several people and a hundredth of the values are concerned (a unit), a
        warning where it is a few values (an accident).
    """
    limits = range_of(values.term, values.unit)
    if limits is None:
        return []
    found = []
    for beyond, side, bound in (
        (values.known & (values.value > limits.high), "above", limits.high),
        # a negative number is no other unit; it is looked for elsewhere
        (values.known & (values.value < limits.low) & _may_be_low(values), "below", limits.low),
    ):
        if beyond.any():
            found.append(_finding(values, beyond, side, bound, limits))
    return found


def _may_be_low(values: Measured) -> NDArray[np.bool_]:
    return np.ones(len(values.value), dtype=bool) if values.signed else values.value >= 0


def _finding(
    values: Measured, beyond: NDArray[np.bool_], side: str, bound: float, limits: Range
) -> Finding:
    counts = f"{count_text(values, beyond)}, are {side} {bound:g} {values.unit}"
    if not _is_mixture(values, beyond):
        fix = "look these values up; correct or remove them"
        return finding("beyond range", "warning", values, beyond, counts, fix)
    here = set(values.subject[beyond].tolist())
    theirs = values.known & np.isin(values.subject, list(here))
    whole = [name for name in here if beyond[theirs & (values.subject == name)].all()]
    within = len(here) - len(whole)
    # a temperature is shifted by another unit, not only stretched
    factor = None if values.signed else _factor(values.value[beyond], side, limits)
    words = [counts]
    if beyond.sum() < values.known.sum():
        words.append(
            f"the others fit it: in {len(whole)} people every value is beyond, in {within} some are"
        )
    if factor is not None:
        verb = "divided" if side == "above" else "multiplied"
        words.append(f"{verb} by {factor:g} all of them fit")
    elif limits.hint:
        words.append(limits.hint)
    mixture = beyond.sum() < values.known.sum()
    check = "unit mixture" if mixture else "wrong unit"
    fix = (
        f"do not use the column as {values.unit} before the unit is settled for each person; the "
        "values of these people that fit the range may be in the other unit too"
        if mixture
        else f"the column is not in {values.unit}; give the unit that it is in"
    )
    return finding(check, "error", values, beyond, "; ".join(words), fix)


def _is_mixture(values: Measured, beyond: NDArray[np.bool_]) -> bool:
    people = len(set(values.subject[beyond].tolist()))
    everyone = len(set(values.subject[values.known].tolist()))
    enough = people >= min(_MIXTURE_PEOPLE, everyone)
    return enough and bool(beyond.sum() >= _MIXTURE_SHARE * values.known.sum())


def _factor(beyond: NDArray[np.float64], side: str, limits: Range) -> float | None:
    """Return the smallest power of ten that brings every value into the range."""
    if (beyond <= 0).any():
        return None
    for factor in _FACTORS:
        moved = beyond / factor if side == "above" else beyond * factor
        if (moved <= limits.high).all() and (moved >= limits.low).all():
            return factor
    return None
