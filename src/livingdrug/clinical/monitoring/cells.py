"""One row of cells as an entry, with every problem named."""

from __future__ import annotations

import math

from livingdrug.clinical.lab_units import to_unit
from livingdrug.clinical.monitoring.record import Entry
from livingdrug.clinical.monitoring.schema import (
    ALIASES,
    ATTRIBUTIONS,
    DETAILS,
    INDICATIONS,
    ITEMS,
    METHODS,
    Item,
)
from livingdrug.clinical.monitoring.times import Clock, read_time
from livingdrug.core.delimited import RowCells
from livingdrug.core.errors import UnitError, nearest_names

__all__ = ["parse_entry"]

_SAID = {"no": 0.0, "false": 0.0, "yes": 1.0, "true": 1.0}
_WITHOUT_FLOW = ("room_air", "cpap", "bipap", "ventilator")
_MARKS = ("infusion", "lymphodepletion", "blood_product", "organ")
_FAHRENHEIT = (86.0, 113.0)
"""30 to 45 degC; no body is that warm in Celsius."""
_RANGE_WORDS = "a body temperature in degC lies between 25 and 45"


def parse_entry(cells: RowCells, clock: Clock) -> Entry | None:
    """Read one row of the long form.

    Parameters
    ----------
    cells : RowCells
    clock : Clock

    Returns
    -------
    Entry or None
        None when something is wrong, which the issues of `cells` then say.
    """
    found = _item(cells)
    if found is None:
        return None
    name, detail = found
    item = ITEMS[name]
    start, stop = _times(cells, item, clock)
    given = _value(cells, name, item, detail)
    indication = _choice(cells, "indication", INDICATIONS)
    method = _choice(cells, "method", METHODS)
    attribution = _choice(cells, "attribution", ATTRIBUTIONS)
    ctcae = cells.number("ctcae")
    if ctcae is not None and (ctcae not in (0, 1, 2, 3, 4, 5)):
        cells.complain("ctcae", f"{ctcae:g} is not a CTCAE grade", "allowed: 0 to 5")
    if name == "organ" and ctcae is None and not cells.has("ctcae"):
        fix = "give it in column 'ctcae'"
        cells.complain("ctcae", "an organ toxicity without its CTCAE grade", fix)
    if start is None or given is None:
        return None
    value, per_kg = given
    return Entry(
        row=cells.line,
        item=name,
        start=start,
        stop=math.nan if stop is None else stop,
        value=value,
        per_kg=per_kg,
        detail=detail,
        indication=indication,
        method=method,
        attribution=attribution,
        ctcae=math.nan if ctcae is None else ctcae,
    )


def _item(cells: RowCells) -> tuple[str, str] | None:
    given = cells.text("item").lower()
    name, detail = ALIASES.get(given, (given, ""))
    if not given:
        cells.complain("item", "the item is missing", "name what was recorded, as 'temperature'")
        return None
    if name not in ITEMS:
        near = nearest_names(given, [*ITEMS, *ALIASES], count=2)
        hint = f"did you mean {' or '.join(map(repr, near))}? " if near else ""
        fix = f"{hint}what is not needed is left out with --ignore {given}"
        cells.complain("item", f"unknown item {given!r}", fix)
        return None
    written = cells.text("detail").lower()
    if written and detail and ALIASES.get(written, ("", written))[1] != detail:
        cells.complain("detail", f"{written!r} given for the item {given!r}", "leave it empty")
    detail = detail or (ALIASES.get(written, ("", written))[1] if name in DETAILS else written)
    if name in DETAILS and detail not in DETAILS[name]:
        allowed = ", ".join(DETAILS[name])
        near = nearest_names(detail, DETAILS[name], count=1)
        hint = f"did you mean {near[0]!r}? " if near else ""
        what = f"{written!r} is not known for {name}" if written else f"{name} without its detail"
        cells.complain("detail", what, f"{hint}allowed: {allowed}")
        return None
    return name, detail


def _times(cells: RowCells, item: Item, clock: Clock) -> tuple[float | None, float | None]:
    start, stop = read_time(cells, "start", clock), read_time(cells, "stop", clock)
    if start is None and not cells.has("start"):
        if item.kind == "fact" and item.needs_value:
            return math.nan, None
        cells.complain("start", "the start is missing", "give the time of the row")
    if start is not None and stop is not None and stop <= start:
        message = f"stop {cells.text('stop')} is not later than start {cells.text('start')}"
        cells.complain("stop", message, "correct one of them, or leave stop empty")
    return start, stop


def _value(cells: RowCells, name: str, item: Item, detail: str) -> tuple[float, bool] | None:
    text = cells.text("value").lower()
    said = cells.raw("value").strip().lower()
    if said in item.words:  # "none" is a finding here, and a missing value elsewhere
        return item.words[said], False
    if not text:
        if item.needs_value and not (name == "vasopressor" and cells.has("stop")):
            fix = "remove the row, or give the value"
            if item.words:
                fix += ": " + ", ".join(item.words)
            cells.complain("value", f"the value of {name} is missing", fix)
            return None
        return math.nan, False
    if item.kind == "treatment" or name in _MARKS:
        if text in _SAID:  # a wide table says for every time whether it was given
            return _SAID[text], False
        dose = cells.number("value")
        return None if dose is None else (dose, False)
    if name == "oxygen" and text in _SAID:
        return (math.nan if _SAID[text] else 0.0), False
    number = cells.number("value")
    if number is None:
        return None
    if detail in _WITHOUT_FLOW and number == 1 and not cells.has("unit"):
        return math.nan, False  # a mark of a wide table, no flow
    value, per_kg = _in_unit(cells, name, item, detail, number)
    if value is None:
        return None
    bound = f"{item.low:g} to {item.high:g}{' ' + item.unit if item.unit else ''}"
    if not item.low <= value <= item.high:
        cells.complain("value", f"{name} {number:g} is impossible", f"allowed: {bound}")
        return None
    if item.whole and value != int(value):
        allowed = ", ".join(item.words) or f"whole numbers, {bound}"
        cells.complain("value", f"{name} {number:g} is not allowed", f"allowed: {allowed}")
        return None
    return value, per_kg


def _in_unit(
    cells: RowCells, name: str, item: Item, detail: str, number: float
) -> tuple[float | None, bool]:
    """Return the value in the unit of the item, and whether it is a rate per kilogram."""
    unit = cells.text("unit")
    if name == "temperature" and _FAHRENHEIT[0] <= number <= _FAHRENHEIT[1]:
        celsius = (number - 32) / 1.8
        message = f"temperature {number:g} is in Fahrenheit: it would be {celsius:.1f} degC"
        cells.complain("value", message, f"{_RANGE_WORDS}; convert the whole column to degC")
        return None, False
    if not item.unit:
        if unit not in ("", "1"):
            cells.complain("unit", f"{name} has no unit and {unit!r} was given", "leave it empty")
            return None, False
        return number, False
    if not unit:
        if number == 0:  # nothing runs, in whatever unit
            return 0.0, False
        cells.complain("unit", f"the unit of {name} is missing", f"write {item.unit}")
        return None, False
    if detail == "vasopressin":
        return number, False  # in units of its own; no rule reads the rate
    try:
        if name == "vasopressor" and "/kg" in unit:
            return to_unit(number, unit, "ug/kg/min"), True
        if item.unit == "%" and unit == "1":
            return number * 100, False
        return to_unit(number, unit, item.unit, quantity=name), False
    except UnitError as error:
        cells.complain("unit", str(error), f"{name} is kept in {item.unit}")
        return None, False


def _choice(cells: RowCells, column: str, allowed: tuple[str, ...]) -> str:
    text = cells.text(column).lower().replace(" ", "_")
    if text and text not in allowed:
        fix = f"allowed: {', '.join(allowed)}, or empty"
        cells.complain(column, f"unknown {column} {cells.text(column)!r}", fix)
    return text
