"""The order of events in a NONMEM-type table: sides of observations, additional doses, resets."""

from __future__ import annotations

import dataclasses
import math

from livingdrug.data.readers.nonmem_events import Dose, Record, Reset, Rows

__all__ = ["expand_doses", "record_sides"]

_SAME_TIME = 1e-9
"""Relative distance below which an implied (ADDL) dose is taken to hit an observation."""


def record_sides(rows: Rows) -> list[str]:
    """Return the side of every observation row, from its place among the dose rows of its time.

    Parameters
    ----------
    rows : Rows
        What cannot be placed is added to its issues.

    Returns
    -------
    list of str
        ``"left"``: before the dose; ``"right"``: after it, or no dose at that time.
    """
    sides = []
    doses: dict[str, list[tuple[int, Dose]]] = {}
    for position, event in enumerate(rows.events):
        if isinstance(event, Dose):
            doses.setdefault(event.subject, []).append((position, event))
    for position, event in enumerate(rows.events):
        if not isinstance(event, Record):
            continue
        own = doses.get(event.subject, [])
        # what was given before a reset is gone, and what comes after the next is not there yet
        own = [(place, dose) for place, dose in own if dose.resets == event.resets]
        at_time = [place for place, dose in own if dose.time == event.time]
        if any(_hits(dose, event.time) for _, dose in own):
            fix = "write the additional dose as a row of its own, before or after the observation"
            what = "an observation at the time of a dose implied by ADDL"
            rows.refuse(event.cells, "TIME", what, fix)
        before = [place for place in at_time if place < position]
        if before and len(before) < len(at_time):
            what = "an observation between two doses of the same time"
            rows.refuse(event.cells, "TIME", what, "move it before or after both")
        sides.append("right" if before or not at_time else "left")
    return sides


def _hits(dose: Dose, time: float) -> bool:
    """Whether one of the additional doses falls on a time, within rounding."""
    if dose.additional == 0 or dose.interval <= 0:
        return False
    count = min(max(round((time - dose.time) / dose.interval), 1), dose.additional)
    return math.isclose(
        dose.time + count * dose.interval, time, rel_tol=_SAME_TIME, abs_tol=_SAME_TIME
    )


def expand_doses(rows: Rows) -> list[tuple[float, Dose]]:
    """Return times and doses with ADDL written out, in order of time within each subject.

    A reset ends the doses that are still to come.

    Parameters
    ----------
    rows : Rows

    Returns
    -------
    list of (float, Dose)
    """
    doses = [event for event in rows.events if isinstance(event, Dose)]
    order = {event.subject: rank for rank, event in reversed(list(enumerate(rows.events)))}
    cancelled = _cancelled_from(rows)
    expanded: list[tuple[float, Dose]] = []
    for dose in doses:
        end = cancelled.get((dose.subject, dose.resets), math.inf)
        times = [dose.time + count * dose.interval for count in range(dose.additional + 1)]
        # only the first dose of a pattern is in steady state: the others continue from it
        later = dataclasses.replace(dose, steady=0)
        expanded.append((dose.time, dose))
        expanded += [(time, later) for time in times[1:] if time < end]
    return sorted(expanded, key=lambda entry: (order[entry[1].subject], entry[1].resets, entry[0]))


def _cancelled_from(rows: Rows) -> dict[tuple[str, int], float]:
    """Time from which the implied doses of a stretch are not given: that of the reset.

    Where time falls at the reset, the clock of the stretch has gone as far as its last row.
    """
    last: dict[tuple[str, int], float] = {}
    count: dict[str, int] = {}
    found: dict[tuple[str, int], float] = {}
    for event in rows.events:
        if isinstance(event, Reset):
            ended = (event.subject, count.get(event.subject, 0))
            count[event.subject] = ended[1] + 1
            latest = last.get(ended, -math.inf)
            found[ended] = event.time if event.time >= latest else math.nextafter(latest, math.inf)
        else:
            stretch = (event.subject, count.get(event.subject, 0))
            last[stretch] = max(last.get(stretch, -math.inf), event.time)
    return found
