"""Onset, peak, duration and resolution of each person, and what was done."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from livingdrug.clinical.grading.crs import CrsGrades
from livingdrug.clinical.grading.episodes import CrsCourse
from livingdrug.clinical.grading.point import Point
from livingdrug.clinical.grading.rungs import OxygenRung, PressureRung
from livingdrug.clinical.monitoring.schema import WAIVERS

__all__ = ["Episode", "Summary", "episodes_of", "summarize"]

Pair = tuple[float, float]
"""Open questions answered in the mildest and in the worst way; NaN where there is none."""


_UNSEEN = "fever not seen: treated within 24 hours before the first reading"


@dataclass(frozen=True, slots=True)
class Summary:
    """One person on one scale. Each pair holds the mildest and the worst reading of the record.

    Attributes
    ----------
    subject, scale : str
    episodes : tuple of int
    onset, resolution : tuple of float, day
        Of the first episode, and of the last; NaN where there is none or it is not over.
    duration : tuple of float, day
        From the first onset to the last resolution, or NaN.
    peak : tuple of int
    peak_day : tuple of float, day
    interventions : str
    reason : str
        What is missing, where the peak is not exact.
    flag : str
        What to know about the grades that are there.
    """

    subject: str
    scale: str
    episodes: tuple[int, int]
    onset: Pair
    peak: tuple[int, int]
    peak_day: Pair
    duration: Pair
    resolution: Pair
    interventions: str
    reason: str
    flag: str


@dataclass(frozen=True, slots=True)
class Episode:
    """One episode of one person on one scale.

    Attributes
    ----------
    number : int
    onset, resolution : float, day
        The resolution is NaN where the episode is not over.
    peak : tuple of int
        Lowest and highest.
    fever_seen : bool
    """

    number: int
    onset: float
    resolution: float
    peak: tuple[int, int]
    fever_seen: bool


def summarize(person: CrsGrades, scale: str) -> Summary:
    """Summarise one person on one scale.

    Parameters
    ----------
    person : CrsGrades
    scale : str

    Returns
    -------
    Summary
    """
    low, high = person.grades[scale]
    courses = (person.certain, person.possible)
    onset = _pair([float(c.onset()[0]) for c in courses])
    resolution = _pair([float(c.resolution()[0]) for c in courses])
    peaks = (int(low.max(initial=0)), int(high.max(initial=0)))
    days = [
        next((t for t, g in zip(person.times, row, strict=True) if g == peak > 0), math.nan)
        for row, peak in zip((low, high), peaks, strict=True)
    ]
    reason = ""
    if peaks[0] != peaks[1]:
        reason = person.reasons(scale, int(high.argmax()))
    return Summary(
        person.subject,
        scale,
        (int(courses[0].count()[0]), int(courses[1].count()[0])),
        onset,
        peaks,
        _pair(days),
        (resolution[0] - onset[0], resolution[1] - onset[1]),
        resolution,
        interventions(person),
        reason,
        _UNSEEN if bool(person.certain.unseen.any()) else "",
    )


def _pair(values: Sequence[float]) -> Pair:
    return values[0], values[1]


def episodes_of(person: CrsGrades, scale: str) -> list[Episode]:
    """List the episodes that are certain; where none is, those that are possible.

    Parameters
    ----------
    person : CrsGrades
    scale : str

    Returns
    -------
    list of Episode
    """
    course = person.certain if person.certain.count()[0] else person.possible
    numbers = course.episode[0]
    found = []
    for number in range(1, int(course.count()[0]) + 1):
        places = [k for k, n in enumerate(numbers.tolist()) if n == number]
        if not places:
            continue
        low, high = (int(row[places].max()) for row in person.grades[scale])
        seen = not bool(course.unseen[0, places[0]])
        onset = person.times[places[0]]
        found.append(
            Episode(number, onset, _resolution(course, places[-1], number), (low, high), seen)
        )
    return found


def _resolution(course: CrsCourse, last: int, number: int) -> float:
    latest = number == int(course.count()[0])
    if latest and not course.resolved[0]:
        return math.nan
    return float(course.times[last + 1])


def interventions(person: CrsGrades) -> str:
    """Return what was done, in words.

    Parameters
    ----------
    person : CrsGrades

    Returns
    -------
    str
    """
    counts = Counter(entry.item for entry in person.treatments if entry.item in WAIVERS)
    words = [f"{name} x{counts[name]}" for name in WAIVERS if counts[name]]
    pressure = _most(person.axes["pressure"])
    if pressure >= PressureRung.SEVERAL_PRESSORS:
        words.append("several vasopressors")
    elif pressure >= PressureRung.ONE_PRESSOR_LOW:
        words.append("one vasopressor")
    elif pressure == PressureRung.FLUIDS:
        words.append("fluids")
    oxygen = _most(person.axes["device"])
    names = ("", "low-flow oxygen", "high-flow oxygen or mask", "CPAP or BiPAP", "ventilator")
    if oxygen > OxygenRung.NONE:
        words.append(names[oxygen])
    return ", ".join(words)


def _most(points: Sequence[Point]) -> int:
    return max((point.low for point in points), default=0)
