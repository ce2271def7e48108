"""The laboratory values of one person at the time that a score is made for."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from livingdrug.clinical.monitoring.record import Entry
from livingdrug.core.errors import Issue, OptionError

__all__ = ["BEFORE", "Window", "find_value", "find_window"]

BEFORE = "before lymphodepletion"
_NOMINAL = {"day -1": -1.0, "day +1": 1.0}
_HALF_DAY = 0.5
_MOST_DAYS = 60.0


@dataclass(frozen=True, slots=True)
class Window:
    """When values may have been taken.

    Attributes
    ----------
    start, stop : float, day
        From the infusion. A value at either end counts before lymphodepletion; 12 hours after a
        nominal day it does not.
    nominal : float, day
        The value nearest to it is used, of two equally near ones the earlier.
    """

    start: float
    stop: float
    nominal: float

    def holds(self, day: float) -> bool:
        """Tell whether a value of a day may be used."""
        before = self.nominal == self.stop
        return self.start <= day <= self.stop if before else self.start <= day < self.stop

    def __str__(self) -> str:
        return f"day {self.start:g} to {self.stop:g}"


def find_window(
    when: str, entries: Sequence[Entry], lymphodepletion: float, within: float
) -> Window | None:
    """Return the window of one person; None where the start of lymphodepletion is not known.

    Parameters
    ----------
    when : {"before lymphodepletion", "day -1", "day +1"}
        A nominal day is that day within 12 hours.
    entries : sequence of Entry
    lymphodepletion : float, day
        Its start for people without a row that says so; NaN for not known.
    within : float, day
        How old a value before lymphodepletion may be.

    Returns
    -------
    Window or None

    Raises
    ------
    OptionError
        When `within` or `lymphodepletion` is out of range.
    """
    if not (math.isfinite(within) and 0 < within <= _MOST_DAYS):
        raise OptionError(f"within: {within:g} days given; allowed are more than 0 to 60")
    if not (math.isnan(lymphodepletion) or -_MOST_DAYS <= lymphodepletion < 0):
        raise OptionError(f"lymphodepletion: day {lymphodepletion:g} given; it is -60 to below 0")
    if when != BEFORE:
        day = _NOMINAL[when]
        return Window(day - _HALF_DAY, day + _HALF_DAY, day)
    stated = [e.start for e in entries if e.item == "lymphodepletion"]
    start = stated[0] if stated else lymphodepletion
    return None if math.isnan(start) else Window(start - within, start, start)


def find_value(
    entries: Sequence[Entry], item: str, window: Window, label: str, issues: list[Issue]
) -> Entry | None:
    """Return the row whose value is used; None, with the reason, where there is none.

    Parameters
    ----------
    entries : sequence of Entry
    item : str
    window : Window
    label : str
        The file and the person, for messages.
    issues : list of Issue
        Receives problems.

    Returns
    -------
    Entry or None
    """
    rows = [e for e in entries if e.item == item and not math.isnan(e.value)]
    found = [e for e in rows if window.holds(e.start)]
    if found:
        return min(found, key=lambda e: (abs(e.start - window.nominal), e.start))
    nearest = min(rows, key=lambda e: abs(e.start - window.nominal), default=None)
    known = "none at all" if nearest is None else f"the nearest is of day {nearest.start:g}"
    message = f"no {item} of {window} ({known})"
    issues.append(Issue("error", label, message, "values of another time are not used"))
    return None
