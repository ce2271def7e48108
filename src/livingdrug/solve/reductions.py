"""Numbers per subject in place of a course: extremes, areas, first days, values on a day.

Engines take them from the interpolant of every step, not from the days that happen to be
reported, so that a peak between two visits is found.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from livingdrug.core.errors import CapabilityError, Issue, OptionError, raise_issues, unknown_name
from livingdrug.core.status import Status
from livingdrug.solve.backends.base import TRACKED, SubjectResult, Tracker
from livingdrug.solve.bind import check_times
from livingdrug.system.system import System

if TYPE_CHECKING:
    pass

__all__ = ["Reduction", "ReductionPlan", "Take", "plan_reductions", "reduced_variables"]

Take = Literal[
    "value", "maximum", "day of maximum", "minimum", "day of minimum", "auc", "first day above",
    "first day below", "first day back above", "event day", "last event day",
]  # fmt: skip
_EVENT = ("event day", "last event day")


Variable = tuple[tuple[str, ...], NDArray[np.float64], dict[str, str]]


@dataclass(frozen=True, slots=True)
class Reduction:
    """One number to keep of each subject.

    Attributes
    ----------
    take : str
        ``"value"`` on a day; ``"maximum"``, ``"day of maximum"``, ``"minimum"``,
        ``"day of minimum"`` or ``"auc"`` (the integral over time) over a period;
        ``"first day above"`` or ``"first day below"``, the first day of the period on which the
        quantity is at or beyond `level`; ``"first day back above"``, the first day at or above
        `level` after a value below it; ``"event day"`` or ``"last event day"``, the first or last
        time of an event.
    of : str
        Species, assigned quantity or observable; an event, a dose or ``"extinct(T)"`` for
        the day of an event.
    day : float
        For ``"value"``.
    start, end : float
        Period in days; the simulated one where they are not given.
    level : float
        In the unit of the quantity.
    """

    take: Take
    of: str
    day: float = math.nan
    start: float = math.nan
    end: float = math.nan
    level: float = math.nan


@dataclass(frozen=True, slots=True)
class ReductionPlan:
    """What an engine has to keep, and where each reduction finds its number.

    Attributes
    ----------
    reductions : mapping from name to Reduction
    trackers : tuple of Tracker
    days : ndarray, day
        Increasing: both ends of the period, and the days of plain values.
    homes : mapping from name to tuple of int
        Tracker and column; or output and place among `days`; empty for the day of an event.
    """

    reductions: Mapping[str, Reduction]
    trackers: tuple[Tracker, ...]
    days: NDArray[np.float64]
    homes: Mapping[str, tuple[int, ...]]


def plan_reductions(
    system: System, reduce: Mapping[str, Reduction], times: Sequence[float]
) -> ReductionPlan:
    """Check reductions and share what several of them need.

    Parameters
    ----------
    system : System
    reduce : mapping from name to Reduction
    times : sequence of float, day
        The first and last bound the period.

    Returns
    -------
    ReductionPlan

    Raises
    ------
    OptionError
        Listing every unknown name and every day or level that is not allowed.
    """
    grid = check_times(times)
    first, last = float(grid[0]), float(grid[-1])
    issues: list[Issue] = []
    if not reduce:
        issues.append(Issue("error", "reduce", "is empty", "name at least one reduction"))
    for name, reduction in reduce.items():
        issues += _check(system, name, reduction, first, last)
    raise_issues(issues, OptionError)
    places = {slot.name: place for place, slot in enumerate(system.outputs)}
    days = np.array(sorted({r.day for r in reduce.values() if r.take == "value"} | {first, last}))
    trackers: dict[Tracker, int] = {}
    homes: dict[str, tuple[int, ...]] = {}
    for name, item in reduce.items():
        if item.take in _EVENT:
            homes[name] = ()
        elif item.take == "value":
            homes[name] = (places[item.of], int(np.searchsorted(days, item.day)))
        else:
            start = first if math.isnan(item.start) else item.start
            end = last if math.isnan(item.end) else item.end
            level = item.level if item.take.startswith("first day") else 0.0
            tracker = Tracker(places[item.of], start, end, level)
            homes[name] = (trackers.setdefault(tracker, len(trackers)), TRACKED.index(item.take))
    return ReductionPlan(dict(reduce), tuple(trackers), days, homes)


def _check(system: System, name: str, item: Reduction, first: float, last: float) -> list[Issue]:
    where = f"reduce {name!r}"
    takes = get_args(Take)
    if item.take not in takes:
        return [unknown_name("take", item.take, takes, where=where)]
    outputs = [slot.name for slot in system.outputs]
    events = [event.name for event in system.events if not event.silent] + list(system.doses)
    events += [f"extinct({slot.name})" for slot in system.layout.states]
    known, kind = (events, "event") if item.take in _EVENT else (outputs, "quantity")
    issues = [] if item.of in known else [unknown_name(kind, item.of, known, where=where)]
    period = f"the simulated period is day {first:g} to {last:g}"
    if item.take == "value" and not first <= item.day <= last:
        issues.append(Issue("error", where, f"day = {item.day:g} is not simulated", period))
    start = first if math.isnan(item.start) else item.start
    end = last if math.isnan(item.end) else item.end
    if item.take not in ("value", *_EVENT) and not first <= start < end <= last:
        issues.append(Issue("error", where, f"period {start:g} to {end:g}", period))
    if item.take.startswith("first day") and not math.isfinite(item.level):
        issues.append(Issue("error", where, f"level = {item.level}", "give a finite level"))
    return issues


def reduced_variables(
    system: System,
    plan: ReductionPlan,
    results: Sequence[SubjectResult],
    lead: tuple[str, ...],
    shape: tuple[int, ...],
) -> dict[str, Variable]:
    """Collect the numbers of all subjects.

    Parameters
    ----------
    system : System
    plan : ReductionPlan
    results : sequence of SubjectResult
    lead, shape : tuple
        Dimensions of a number for each result, and their sizes.

    Returns
    -------
    dict
        Name to dimensions, values and attributes; NaN for a subject that
        failed, and for days on which nothing happened.

    Raises
    ------
    CapabilityError
        When the engine has not followed what the reductions need.
    """
    kept = (len(plan.trackers), len(TRACKED))
    if any(r.tracked.shape != kept for r in results if r.status is Status.OK):
        raise CapabilityError(
            "this backend keeps no reductions: leave reduce out, or use backend='native' or "
            "backend='reference'"
        )
    units = {slot.name: slot.unit for slot in system.outputs}
    clock = system.model.time_unit
    made: dict[str, Variable] = {}
    for name, item in plan.reductions.items():
        home = plan.homes[name]
        values = np.array([_number(result, item, home) for result in results])
        unit = units.get(item.of, "")
        if "day" in item.take:
            unit = clock
        elif item.take == "auc":
            unit = f"({unit}) {clock}" if " " in unit or "/" in unit else f"{unit} {clock}"
        made[name] = (lead, values.reshape(shape), {"units": unit, "long_name": describe(item)})
    return made


def _number(result: SubjectResult, item: Reduction, home: tuple[int, ...]) -> float:
    if result.status is not Status.OK:
        return math.nan
    if item.take in _EVENT:
        days = [entry.time for entry in result.log if entry.name == item.of]
        return math.nan if not days else days[0 if item.take == "event day" else -1]
    number = float((result.values if item.take == "value" else result.tracked)[home])
    # a quantity that never came back is marked by the engine as waiting
    return number if "back" not in item.take or math.isfinite(number) else math.nan


def describe(item: Reduction) -> str:
    """Say in words what a reduction is.

    Parameters
    ----------
    item : Reduction

    Returns
    -------
    str
    """
    text = f"{item.take} of {item.of}" if "first" not in item.take else f"first day of {item.of}"
    if item.take.startswith("first day"):
        text += f" {item.take.removeprefix('first day ')} {item.level:g}"
    if item.take == "value":
        text += f" on day {item.day:g}"
    elif not (math.isnan(item.start) and math.isnan(item.end)):
        start = "" if math.isnan(item.start) else f" from day {item.start:g}"
        text += start + ("" if math.isnan(item.end) else f" to day {item.end:g}")
    return text
