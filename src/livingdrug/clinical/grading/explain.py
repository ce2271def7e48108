"""Why a grade is what it is: the rows and the rule of each stretch of time."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from livingdrug.clinical.grading.crs import CrsGrades, base_scale, oxygen_axis, pressure_axis
from livingdrug.clinical.grading.point import Point
from livingdrug.clinical.grading.rungs import CRS_TABLES, CRS_UPPER, PressureRung

__all__ = ["Stretch", "explain_crs"]

_PRESSURE_RULES = (
    "", "low blood pressure without treatment", "fluids", "one vasopressor, low dose",
    "one vasopressor, high dose", "several vasopressors",
)  # fmt: skip
_EITHER_DOSE = (0, PressureRung.ONE_PRESSOR_LOW, PressureRung.ONE_PRESSOR_HIGH)
_OXYGEN_RULES = (
    "", "low-flow oxygen", "high-flow oxygen or mask", "CPAP or BiPAP", "ventilator",
)  # fmt: skip
_FRACTION_RULES = ("", "oxygen below 40 %", "oxygen of 40 % or more", "CPAP or BiPAP", "ventilator")


@dataclass(frozen=True, slots=True)
class Stretch:
    """A time during which one grade has one rule.

    Attributes
    ----------
    start, stop : float, day
        `stop` is NaN for the last one.
    scale : str
    grade : tuple of int
        Lowest and highest.
    rule : str
        What the scale says about what was found.
    found : str
        What was found at its start, with the rows of the file.
    rows : tuple of int
        All rows of the stretch that bear on it.
    missing : str
        Why the grade is not exact.
    """

    start: float
    stop: float
    scale: str
    grade: tuple[int, int]
    rule: str
    found: str
    rows: tuple[int, ...]
    missing: str


def explain_crs(person: CrsGrades, scales: Sequence[str]) -> list[Stretch]:
    """Explain the grades of one person.

    Parameters
    ----------
    person : CrsGrades
    scales : sequence of str

    Returns
    -------
    list of Stretch
        By scale, in the order of time; a stretch ends where grade or rule change.
    """
    stretches = []
    for scale in scales:
        pieces = [_piece(person, scale, k) for k in range(len(person.times))]
        start = 0
        for k in range(1, len(pieces) + 1):
            if k < len(pieces) and pieces[k][:3] == pieces[start][:3]:
                continue
            grade, rule, missing, found, _ = pieces[start]
            rows = tuple(sorted({row for piece in pieces[start:k] for row in piece[4]}))
            stop = person.times[k] if k < len(pieces) else math.nan
            stretches.append(
                Stretch(person.times[start], stop, scale, grade, rule, found, rows, missing)
            )
            start = k
    return stretches


_Piece = tuple[tuple[int, int], str, str, str, tuple[int, ...]]
"""Grade, rule, what is missing, what was found, rows."""


def _piece(person: CrsGrades, scale: str, place: int) -> _Piece:
    def axis(name: str) -> Point:
        return person.axes[name][place]

    low, high = (int(g) for g in person.grades[scale][:, place])
    base = base_scale(scale)
    points = [axis("fever"), axis("waiver"), axis(pressure_axis(scale)), axis(oxygen_axis(scale))]
    rules = []
    if high:
        rules = [
            _axis_rule(base, 0, points[2], _PRESSURE_RULES),
            _axis_rule(
                base,
                1,
                points[3],
                _FRACTION_RULES if oxygen_axis(scale) == "fraction" else _OXYGEN_RULES,
            ),
        ]
        for name in (f"organs_{base}",):
            if name in person.axes and axis(name).high:
                points.append(axis(name))
                rules.append(f"organs {_interval(axis(name).low, axis(name).high)}")
        if base == "penn" and axis("care").high:
            points.append(axis("care"))
            rules.append(f"hospital or vein {_interval(2 * axis('care').low, 2)}")
        if base == "mskcc" and axis("pressor_day").high:
            rules.append("a vasopressor for 24 h or more 3")
        if axis("death").high:
            points.append(axis("death"))
            rules.append("death 5")
        rules = [rule for rule in rules if rule] or ["fever alone 1"]
    elif axis("fever").high == 0 and not axis("waiver").high:
        rules = ["no fever of the syndrome, and none before that a treatment would waive"]
    else:
        rules = ["no sign of the syndrome"]
    words = [_found(point) for point in points if point.text]
    rows = tuple(sorted({row for point in points for row in point.rows}))
    missing = person.reasons(scale, place)
    return (low, high), "; ".join(rules), missing, ", ".join(words), rows


def _axis_rule(base: str, which: int, point: Point, names: Sequence[str]) -> str:
    if point.high == 0:
        return ""
    low = CRS_TABLES[base][which][point.low]
    high = CRS_UPPER.get(base, CRS_TABLES[base])[which][point.high]
    name = names[point.high]
    if point.low != point.high:
        name = f"{names[point.low] or 'nothing'} to {names[point.high]}"
        if (which, point.low, point.high) == _EITHER_DOSE:
            name = "one vasopressor of a low or high dose"
    return f"{name} {_interval(low, high)}"


def _interval(low: int, high: int) -> str:
    return str(low) if low == high else f"{low}-{high}"


def _found(point: Point) -> str:
    if not point.rows:
        return point.text
    rows = np.unique(point.rows).tolist()
    return f"{point.text} [row {', '.join(str(row) for row in rows)}]"
