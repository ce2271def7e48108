"""What else Lee and Penn count: toxicity of organs, blood products, hospital and vein.

Organ toxicity never changes an ASTCT or MSKCC grade. CTCAE grades are taken from the record; no
laboratory value is turned into one here, because that needs the normal range of the laboratory.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from livingdrug.clinical.grading.circulation import counts
from livingdrug.clinical.grading.point import Point
from livingdrug.clinical.monitoring.intervals import PersonRecord
from livingdrug.clinical.monitoring.schema import COAGULATION_PRODUCTS, RECORD_GROUPS

__all__ = ["care_at", "organ_floor_at"]

_WORST = 4
_NOT_RECORDED = {
    "creatinine": "creatinine is",
    "transaminases": "transaminases are",
    "organ": "other organs are",
}


def care_at(person: PersonRecord, time: float) -> Point:
    """Tell whether treatment by vein or the hospital was needed, which Penn counts as 2.

    Parameters
    ----------
    person : PersonRecord
    time : float, day

    Returns
    -------
    Point
        0 or 1.
    """
    low, high, rows, reasons = 0, 0, [], []
    for item in ("iv_therapy", "hospitalised"):
        held = person.at(time, item)
        if held.state in ("on", "lapsed"):
            entry = held.row()
            if entry.value == 1:
                surely, perhaps = counts(entry)
                low = max(low, surely if held.state == "on" else 0)
                high = max(high, perhaps)
                rows.append(entry.row)
                if not (surely and held.state == "on"):
                    reasons.append(f"{item} in row {entry.row} may have ended or another cause")
        elif item not in person.recorded:
            high = 1
            reasons.append(f"{item} is not recorded")
    text = "in hospital or treated by vein" if low else ""
    return Point(low, high, text, tuple(rows), "; ".join(reasons) if low < high else "")


def organ_floor_at(person: PersonRecord, time: float, scale: str) -> Point:
    """Return the grade that organ toxicity alone has on a scale.

    Parameters
    ----------
    person : PersonRecord
    time : float, day
    scale : {"lee", "penn"}
        Any other scale does not count organs.

    Returns
    -------
    Point
    """
    if scale not in ("lee", "penn"):
        return Point(0, 0)
    creatinine = _ctcae(person, time, ("creatinine",), "creatinine")
    liver = _ctcae(person, time, RECORD_GROUPS["transaminases"], "transaminases")
    if scale == "lee":
        other = _ctcae(person, time, ("organ",), "organ")
        parts = [_mapped(p, _LEE_ORGAN) for p in (creatinine, other)]
        parts.append(_mapped(liver, _LEE_LIVER))
    else:
        kidney = _mapped(creatinine, _PENN_CREATININE)
        parts = [kidney, _mapped(liver, _PENN_LIVER), _coagulation(person, time)]
        if creatinine.low == _WORST:  # the text names grade 3 only
            why = "Penn does not say what a creatinine of CTCAE grade 4 is"
            parts[0] = Point(kidney.low, 4, kidney.text, kidney.rows, why)
    return _worst(parts)


# the grade of each CTCAE grade 0 to 5
_LEE_ORGAN = (0, 1, 2, 3, 4, 4)
_LEE_LIVER = (0, 1, 2, 3, 3, 3)
_PENN_CREATININE = (0, 0, 2, 3, 3, 3)
_PENN_LIVER = (0, 0, 0, 2, 3, 3)


def _mapped(point: Point, grades: Sequence[int]) -> Point:
    low, high = grades[point.low], grades[point.high]
    return Point(low, high, point.text, point.rows, point.why if low < high else "")


def _worst(parts: Sequence[Point]) -> Point:
    low, high = max(p.low for p in parts), max(p.high for p in parts)
    deciding = [p for p in parts if p.low and p.low == low]
    reasons = [p.why for p in parts if p.why and p.high > low]
    return Point(
        low,
        high,
        ", ".join(p.text for p in deciding if p.text),
        tuple(row for p in deciding for row in p.rows),
        "; ".join(reasons) if low < high else "",
    )


def _ctcae(person: PersonRecord, time: float, items: Sequence[str], group: str) -> Point:
    """Return the CTCAE grade of a group of items."""
    parts = []
    for item in items:
        for detail in person.details(item):
            held = person.at(time, item, detail)
            if held.state != "on":
                continue
            entry = held.row()
            surely, perhaps = counts(entry)
            if not perhaps:
                continue
            name = entry.detail or item
            if math.isnan(entry.ctcae):
                why = f"{name} in row {entry.row} has no CTCAE grade"
                parts.append(Point(0, _WORST, name, (entry.row,), why))
                continue
            grade = int(entry.ctcae)
            why = "" if surely else f"{name} of unknown attribution"
            text = f"{name} CTCAE {grade}"
            parts.append(Point(grade if surely else 0, grade, text, (entry.row,), why))
    if parts:
        return _worst(parts)
    if group in person.recorded:
        return Point(0, 0)
    return Point(0, _WORST, why=f"{_NOT_RECORDED[group]} not recorded with CTCAE grades")


def _coagulation(person: PersonRecord, time: float) -> Point:
    """Penn 3: a coagulopathy that needs plasma, cryoprecipitate or fibrinogen."""
    for product in COAGULATION_PRODUCTS:
        held = person.at(time, "blood_product", product)
        if held.state == "on" and held.row().value != 0 and counts(held.row())[1]:
            surely = counts(held.row())[0]
            text = product.replace("_", " ")
            why = "" if surely else f"{text} of unknown attribution"
            return Point(3 * surely, 3, text, (held.row().row,), why)
    if "blood_product" in person.recorded:
        return Point(0, 0)
    return Point(0, 3, why="blood products are not recorded")
