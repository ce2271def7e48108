"""The oxygen ladder of one person at one time: by device for some scales, by FiO2 for others."""

from __future__ import annotations

import math

from livingdrug.clinical.grading.circulation import counts
from livingdrug.clinical.grading.point import Point
from livingdrug.clinical.grading.rules import FIO2_LIMIT, LOW_FLOW_LIMIT
from livingdrug.clinical.grading.rungs import OxygenRung
from livingdrug.clinical.monitoring.intervals import PersonRecord
from livingdrug.clinical.monitoring.record import Entry

__all__ = ["device_at", "fraction_at"]

_PRESSURE = ("cpap", "bipap")


def device_at(person: PersonRecord, time: float) -> Point:
    """Return the oxygen rung by device and flow, as ASTCT and Penn have it.

    Parameters
    ----------
    person : PersonRecord
    time : float, day

    Returns
    -------
    Point
    """
    held = person.at(time, "oxygen")
    if held.state in ("never", "off"):
        if "oxygen" in person.recorded:
            return Point(0, 0, "no oxygen")
        high = int(OxygenRung.VENTILATOR)
        return Point(0, high, "oxygen not recorded", why="oxygen is not recorded")
    entry = held.row()
    low, high, why = _device(entry)
    text = f"{entry.detail.replace('_', ' ')}" + (
        "" if math.isnan(entry.value) else f" {entry.value:g} L/min"
    )
    if entry.indication in ("sleep_apnoea", "other"):
        text += f" for {entry.indication.replace('_', ' ')}: not hypoxia"
    surely, perhaps = counts(entry)
    if not surely:
        low = 0
        high = high if perhaps else 0
        why = f"{entry.detail} of unknown attribution" if perhaps else ""
    if held.state == "lapsed" and high:
        low, why = 0, f"the stop of {entry.detail} in row {entry.row} is missing"
    return Point(low, high, text, (entry.row,), why if low < high else "")


def _device(entry: Entry) -> tuple[int, int, str]:
    """Return lowest and highest rung of a device, and why they differ."""
    device, flow = entry.detail, entry.value
    if flow == 0 or device == "room_air" or entry.indication in ("sleep_apnoea", "other"):
        return 0, 0, ""
    if device in _PRESSURE:
        rung = int(OxygenRung.POSITIVE_PRESSURE)
        if entry.indication:
            return rung, rung, ""
        return 0, rung, f"the indication of {device} in row {entry.row} is missing"
    if device == "ventilator":
        return int(OxygenRung.VENTILATOR), int(OxygenRung.VENTILATOR), ""
    low, high = int(OxygenRung.LOW_FLOW), int(OxygenRung.HIGH_FLOW)
    if device == "blow_by":
        return low, low, ""
    if device in ("nasal_cannula", "high_flow_cannula"):
        if not math.isnan(flow):  # the flow, not the name, is in the consensus
            return (low, low, "") if flow <= LOW_FLOW_LIMIT else (high, high, "")
        if device == "nasal_cannula":
            return low, high, f"the flow of the cannula in row {entry.row} is missing"
    return high, high, ""


def fraction_at(person: PersonRecord, time: float) -> Point:
    """Return the oxygen rung by inspired fraction, as Lee, MSKCC and CTCAE have it.

    Parameters
    ----------
    person : PersonRecord
    time : float, day

    Returns
    -------
    Point
    """
    device = device_at(person, time)
    ambiguous = (int(OxygenRung.LOW_FLOW), int(OxygenRung.HIGH_FLOW))
    if device.low not in ambiguous and device.high not in ambiguous:
        return device
    held = person.at(time, "fio2")
    if held.state == "on":
        fraction = held.row()
        rung = ambiguous[fraction.value >= FIO2_LIMIT]
        low, high = ((rung if b in ambiguous else b) for b in (device.low, device.high))
        text, rows = f"{device.text}, FiO2 {fraction.value:g} %", (*device.rows, fraction.row)
        return Point(low, high, text, rows, device.why if low < high else "")
    low = ambiguous[0] if device.low in ambiguous else device.low
    high = ambiguous[1] if device.high in ambiguous else device.high
    missing = f"FiO2 is not recorded, and the scale divides at {FIO2_LIMIT:g} %"
    lapsed = device.why if device.low == 0 else ""
    why = "; ".join(part for part in (lapsed, missing) if part)
    return Point(low, high, device.text, device.rows, why)
