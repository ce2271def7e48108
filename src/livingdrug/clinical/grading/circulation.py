"""Fever and the pressure ladder, from the rows of one person at one time."""

from __future__ import annotations

import math
from dataclasses import dataclass

from livingdrug.clinical.grading.point import Point
from livingdrug.clinical.grading.rules import (
    FEVER,
    HIGH_DOSE,
    HIGH_DOSE_HOURS,
    GradingRules,
)
from livingdrug.clinical.grading.rungs import PressureRung
from livingdrug.clinical.monitoring.intervals import PersonRecord
from livingdrug.clinical.monitoring.record import Entry
from livingdrug.clinical.monitoring.schema import RATE_HIGH, RATE_LOW

__all__ = ["counts", "fever_at", "pressor_day_at", "pressure_at"]

_EPSILON = 1e-9
"""Day; far below a second, above the rounding of sums of hours."""
_ADULT = 18.0


def counts(entry: Entry, syndrome: str = "crs") -> tuple[int, int]:
    """Return whether a row counts for a syndrome: surely and possibly, as 0 or 1.

    Parameters
    ----------
    entry : Entry
    syndrome : {"crs", "icans"}, optional

    Returns
    -------
    tuple of int
        Without an attribution nothing else is known to be the cause, and the row counts.
    """
    excluded = ("infection", "other", "icans") if syndrome == "crs" else ("infection", "other")
    if entry.attribution in excluded:
        return 0, 0
    return (0, 1) if entry.attribution == "unknown" else (1, 1)


def fever_at(person: PersonRecord, time: float) -> Point:
    """Tell whether there is a fever of the syndrome.

    Parameters
    ----------
    person : PersonRecord
    time : float, day

    Returns
    -------
    Point
        0 or 1.
    """
    held = person.at(time, "temperature")
    if held.state != "on":
        last = "" if held.entry is None else f" since day {held.entry.start:g}"
        return Point(0, 1, "temperature not known", why=f"no temperature{last}")
    entry = held.row()
    text = f"{entry.value:.1f} degC" + (f" ({entry.method})" if entry.method else "")
    if entry.value < FEVER:
        return Point(0, 0, text, (entry.row,))
    surely, perhaps = counts(entry)
    if not perhaps:
        return Point(0, 0, f"{text}, attributed to {entry.attribution}", (entry.row,))
    why = "" if surely else "fever of unknown attribution"
    return Point(surely, 1, f"fever {text}", (entry.row,), why)


@dataclass(frozen=True, slots=True)
class _Agent:
    """A vasopressor that runs or may run."""

    entry: Entry
    surely: bool
    low: PressureRung
    high: PressureRung
    why: str


def pressure_at(
    person: PersonRecord, time: float, rules: GradingRules, *, define_high: bool = False
) -> Point:
    """Return the pressure rung.

    Parameters
    ----------
    person : PersonRecord
    time : float, day
    rules : GradingRules
    define_high : bool, optional
        Use the unconfirmed definition of a high dose.

    Returns
    -------
    Point
    """
    agents = _agents(person, time, define_high=define_high)
    base = _without_pressors(person, time, rules)
    low = _rung([a for a in agents if a.surely], base.low, upper=False)
    high = _rung(agents, base.high, upper=True)
    text = ", ".join(_words(agent) for agent in agents) or base.text
    rows = tuple(agent.entry.row for agent in agents) or base.rows
    reasons = [agent.why for agent in agents if agent.why]
    if not agents or low < PressureRung.ONE_PRESSOR_LOW:
        reasons += [base.why] if base.why else []
    if "vasopressor" not in person.recorded:
        high = int(PressureRung.SEVERAL_PRESSORS)
        reasons.append("vasopressors are not recorded")
    return Point(low, high, text, rows, "; ".join(reasons) if low < high else "")


def _words(agent: _Agent) -> str:
    entry = agent.entry
    if entry.value in (RATE_LOW, RATE_HIGH):
        rate = "low dose" if entry.value == RATE_LOW else "high dose"
    elif math.isnan(entry.value):
        rate = "at a rate not given"
    else:
        unit = "U" if entry.detail == "vasopressin" else "ug/kg/min" if entry.per_kg else "ug/min"
        rate = f"{entry.value:g} {unit}"
    return f"{entry.detail} {rate}"


def _agents(person: PersonRecord, time: float, *, define_high: bool) -> list[_Agent]:
    found = []
    for detail in person.details("vasopressor"):
        held = person.at(time, "vasopressor", detail)
        if held.state not in ("on", "lapsed"):
            continue
        entry = held.row()
        surely, perhaps = counts(entry)
        if entry.value == 0 or not perhaps or entry.indication == "other":
            continue
        low, high, why = _dose(person, entry, time, define_high=define_high)
        if held.state == "lapsed":
            why = f"the stop of {detail} in row {entry.row} is missing"
        elif not surely:
            why = f"{detail} of unknown attribution"
        found.append(_Agent(entry, bool(surely) and held.state == "on", low, high, why))
    return found


def _dose(
    person: PersonRecord, entry: Entry, time: float, *, define_high: bool
) -> tuple[PressureRung, PressureRung, str]:
    """Return the rungs that one vasopressor alone may be, and why they differ."""
    low, high = PressureRung.ONE_PRESSOR_LOW, PressureRung.ONE_PRESSOR_HIGH
    if entry.value == RATE_LOW:
        return low, low, ""
    if entry.value == RATE_HIGH:
        return high, high, ""
    if math.isnan(entry.value):
        return low, high, f"the rate of {entry.detail} in row {entry.row} is missing"
    if not define_high:
        return low, high, "no confirmed source says from which rate on a dose is high"
    if entry.detail not in HIGH_DOSE:
        return low, high, f"no high dose is defined for {entry.detail}"
    above = _above(person, entry)
    if above is None:
        return low, high, f"the weight is not recorded, and the rate of {entry.detail} needs it"
    if not above:
        return low, low, ""
    # every earlier row of this agent that joins without a gap and is as high
    since = entry.start
    for before in reversed(person.rows("vasopressor")):
        if before.detail != entry.detail or before.start >= since:
            continue
        if person.end(before) < since - _EPSILON or not _above(person, before):
            break
        since = before.start
    reached = time - since >= HIGH_DOSE_HOURS / 24 - _EPSILON
    return (high, high, "") if reached else (low, low, "")


def _above(person: PersonRecord, entry: Entry) -> bool | None:
    """Whether a rate is high-dose by the unconfirmed definition; None when it cannot be known."""
    if entry.value in (RATE_HIGH, RATE_LOW):
        return entry.value == RATE_HIGH
    limit, limit_per_kg = HIGH_DOSE[entry.detail]
    if entry.per_kg == limit_per_kg:
        return entry.value >= limit
    weight = person.fact("weight")
    if math.isnan(weight):
        return None
    rate = entry.value * weight if entry.per_kg else entry.value / weight
    return rate >= limit


def _rung(agents: list[_Agent], base: int, *, upper: bool) -> int:
    """Return the rung of the agents, or that without any."""
    # vasopressin is not counted beside another vasopressor
    counted = [a for a in agents if a.entry.detail != "vasopressin"] or agents[:1]
    if len(counted) > 1:
        return int(PressureRung.SEVERAL_PRESSORS)
    if counted:
        return int(counted[0].high if upper else counted[0].low)
    return base


def _without_pressors(person: PersonRecord, time: float, rules: GradingRules) -> Point:
    """Return the rung as far as blood pressure and fluids decide it."""
    low_pressure = _hypotension(person, time, rules)
    given = person.at(time, "fluid_bolus")
    fluids = int(PressureRung.FLUIDS)
    if given.state == "on" and given.row().value != 0:
        entry = given.row()
        surely, perhaps = counts(entry)
        if perhaps and entry.indication in ("", "hypotension"):
            text = "fluid for low blood pressure"
            why = "" if surely else "fluid of unknown attribution"
            low = fluids if surely else low_pressure.low
            return Point(low, fluids, text, (entry.row,), why)
    if "fluid_bolus" not in person.recorded:
        why = "; ".join(t for t in (low_pressure.why, "fluids are not recorded") if t)
        return Point(low_pressure.low, fluids, low_pressure.text, low_pressure.rows, why)
    return low_pressure


def _hypotension(person: PersonRecord, time: float, rules: GradingRules) -> Point:
    judged, measured = person.at(time, "hypotension"), person.at(time, "sbp")
    if judged.state == "on":
        return _low_pressure(judged.row(), judged.row().value == 1, "judged low")
    if measured.state != "on":
        if person.at(time, "map").state == "on":
            why = "a mean pressure alone has no limit in the consensus: record 'hypotension'"
        else:
            last = "" if measured.entry is None else f" since day {measured.row().start:g}"
            why = f"no blood pressure{last}"
        return Point(0, 1, "blood pressure not known", why=why)
    entry = measured.row()
    limit, age = person.fact("sbp_limit"), person.fact("age")
    if math.isnan(limit) and (age >= _ADULT or (math.isnan(age) and rules.adults)):
        limit = rules.sbp_below
    if math.isnan(limit):
        whose = (
            "the age is not recorded" if math.isnan(age) else "children need a limit of their own"
        )
        why = f"{whose}: give 'sbp_limit' or 'hypotension'" + (
            ", or say that all are adults" if math.isnan(age) else ""
        )
        return Point(0, 1, f"systolic {entry.value:g} mmHg", (entry.row,), why)
    return _low_pressure(entry, entry.value < limit, f"systolic {entry.value:g} mmHg")


def _low_pressure(entry: Entry, is_low: bool, text: str) -> Point:
    surely, perhaps = counts(entry)
    if not is_low or not perhaps:
        return Point(0, 0, text, (entry.row,))
    why = "" if surely else "low blood pressure of unknown attribution"
    rung = int(PressureRung.UNTREATED)
    return Point(rung if surely else 0, rung, f"low blood pressure, {text}", (entry.row,), why)


def pressor_day_at(person: PersonRecord, time: float) -> Point:
    """Tell whether vasopressors have been given without a gap for 24 hours.

    Parameters
    ----------
    person : PersonRecord
    time : float, day

    Returns
    -------
    Point
        0 or 1.
    """
    if "vasopressor" not in person.recorded:
        return Point(0, 1, why="vasopressors are not recorded")
    found = []
    for bound in (0, 1):
        since = math.inf
        rows = [e for e in person.rows("vasopressor") if e.value != 0 and counts(e)[bound]]
        ends = {e.row: _stop(person, e, lasting=bool(bound)) for e in rows}
        running = [e for e in rows if e.start <= time < ends[e.row]]
        if running:
            since = min(e.start for e in running)
            for entry in sorted(rows, key=lambda e: -e.start):
                if entry.start < since <= ends[entry.row] + _EPSILON:
                    since = entry.start
        found.append(int(time - since >= 1.0 - _EPSILON))
    rows_now = tuple(e.row for e in person.rows("vasopressor") if e.start <= time)
    why = "the stop of a vasopressor is missing" if found[0] < found[1] else ""
    return Point(found[0], found[1], "", rows_now, why)


def _stop(person: PersonRecord, entry: Entry, *, lasting: bool) -> float:
    """Return when a vasopressor stops; with `lasting`, the latest time that is possible."""
    end = person.end(entry)
    if lasting and math.isnan(entry.stop) and end >= entry.start + person.hold - _EPSILON:
        later = [e.start for e in person.rows("vasopressor")
                 if e.detail == entry.detail and e.start > entry.start]  # fmt: skip
        return min(later, default=math.inf)
    return end
