"""Values with units as scores need them, and refusals outside of what a score was made for."""

from __future__ import annotations

import math
from collections.abc import Sequence

from livingdrug.clinical.lab_units import to_unit
from livingdrug.core.errors import Issue, UnitError

__all__ = ["Quantity", "check_choice", "in_unit"]

Quantity = tuple[float, str]
"""A value and its unit, as ``(1.2, "mg/dL")``."""


def in_unit(name: str, given: Quantity, unit: str, issues: list[Issue]) -> float:
    """Return a value in a unit; NaN, with the reason in the issues, when it cannot be used.

    Parameters
    ----------
    name : str
    given : tuple of float and str
    unit : str
    issues : list of Issue
        Receives problems.

    Returns
    -------
    float
    """
    value, text = given
    if not (math.isfinite(value) and value >= 0):
        issues.append(Issue("error", name, f"{value:g} given", "a finite number of 0 or more"))
        return math.nan
    try:
        return to_unit(value, text, unit, quantity=name)
    except UnitError as error:
        issues.append(Issue("error", name, str(error)))
        return math.nan


def check_choice(
    name: str, given: str, allowed: Sequence[str], why: str, issues: list[Issue]
) -> None:
    """Refuse what a score was not made for.

    Parameters
    ----------
    name, given : str
    allowed : sequence of str
    why : str
    issues : list of Issue
        Receives problems.
    """
    if given not in allowed:
        issues.append(
            Issue("error", name, f"{given!r} given; {why}", f"allowed: {', '.join(allowed)}")
        )
