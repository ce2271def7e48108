"""Numbers that fill a gap: one value in many people, on one day and hardly on any other."""

from __future__ import annotations

import numpy as np

from livingdrug.data.checks.finding import Finding, count_text, finding
from livingdrug.data.measured import Measured

__all__ = ["check_placeholders"]

_FEWEST_PEOPLE = 10
_FEWEST_LEVELS = 10
"""A scale of fewer steps, as a grade, has its usual value on a usual day."""
_ONE_DAY = 0.75
"""Share of the occurrences of a value on one day that no measurement explains."""
_USUAL_DAY = 0.3
"""A day with this share of all values holds many of every value."""


def check_placeholders(values: Measured) -> list[Finding]:
    """Look for values that many people have on one day and hardly anybody on another.

    Parameters
    ----------
    values : Measured

    Returns
    -------
    list of Finding
        One warning for the column.
    """
    known = values.known
    levels, counts = np.unique(values.value[known], return_counts=True)
    if levels.size < _FEWEST_LEVELS:
        return []
    marked = np.zeros_like(known)
    words = []
    for level in levels[counts >= _FEWEST_PEOPLE].tolist():
        here = known & (values.value == level)
        days, times = np.unique(values.day[here], return_counts=True)
        day = days[times.argmax()]
        on_day = here & (values.day == day)
        people = len(set(values.subject[on_day].tolist()))
        usual = (known & (values.day == day)).sum() >= _USUAL_DAY * known.sum()
        if people >= _FEWEST_PEOPLE and on_day.sum() >= _ONE_DAY * here.sum() and not usual:
            marked |= on_day
            words.append(f"{level:g} on day {day:g} in {people} people")
    if not words:
        return []
    message = (
        f"{count_text(values, marked)}, are the same on one day and rare on others "
        f"({'; '.join(words)}): probably filled in or set, not measured"
    )
    fix = "ask the source; leave these rows out of a fit until it is known"
    return [finding("placeholder", "warning", values, marked, message, fix)]
