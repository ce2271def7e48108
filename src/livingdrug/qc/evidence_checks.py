"""Whether the evidence of an entry speaks about its model: names, units, places, tolerances."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from livingdrug.catalogue.entry import Entry
from livingdrug.catalogue.readout import PrintedEquation, Readout
from livingdrug.core.errors import Issue, LivingDrugError, unknown_name
from livingdrug.core.units import same_dimension
from livingdrug.model.expression.parse import parse
from livingdrug.model.expression.walk import free_symbols
from livingdrug.model.model import Model

__all__ = ["check_equations", "check_readouts"]

_PERIOD = ("maximum", "minimum", "auc", "first day", "day of", "event day")


def check_readouts(entry: Entry, models: Mapping[str, Model]) -> Iterator[Issue]:
    """Yield what is wrong with the read-outs of an entry.

    Parameters
    ----------
    entry : Entry
    models : mapping from variant to Model
        Those that could be built.

    Yields
    ------
    Issue
    """
    seen: set[tuple[str, str, str, float]] = set()
    variants = entry.published.variants
    for readout in entry.readouts:
        where = f"{entry.id}, read-out {readout.label!r}"
        key = (readout.label, readout.variant, readout.at, readout.equals)
        if key in seen:
            yield Issue("error", where, "is given twice", "delete one, or name what differs")
        seen.add(key)
        if readout.variant and readout.variant not in variants:
            yield unknown_name("variant", readout.variant, variants, where=where)
        if not readout.at:
            yield Issue("error", where, "has no locator", "at='Fig. 2', where the number stands")
        if not (readout.rtol >= 0 and readout.atol >= 0):
            yield Issue("error", where, "a tolerance is not a number >= 0", "rtol=..., atol=...")
        yield from _time_issues(readout, where)
        model = models.get(readout.variant or next(iter(variants)))
        if model is not None:
            yield from _quantity_issues(readout, model, where)


def _time_issues(readout: Readout, where: str) -> Iterator[Issue]:
    if readout.take == "value" and readout.day != readout.day:
        yield Issue("error", where, "takes a value and says no day", "day=...")
    if readout.take.startswith(_PERIOD) and not readout.end >= readout.start:
        yield Issue("error", where, "looks at a period and says no end", "start=..., end=...")
    if readout.take.startswith("first day") and readout.level != readout.level:
        yield Issue("error", where, "waits for a level and says none", "level=...")


def _quantity_issues(readout: Readout, model: Model, where: str) -> Iterator[Issue]:
    units = dict(model.units) | {item.name: item.unit for item in model.observables}
    known = set(units)
    if readout.take == "event day":
        known = {item.name for item in model.events} | {item.name for item in model.doses}
        known |= {f"extinct({item.name})" for item in model.species}
    if readout.take == "expression":
        try:
            names = free_symbols([parse(readout.of, where=where)])
        except LivingDrugError as error:
            yield from error.issues
            return
        for name in names:
            if name not in units:
                yield unknown_name("symbol", name, units, where=where)
    elif readout.of not in known:
        kind = "event" if readout.take == "event day" else "quantity"
        yield unknown_name(kind, readout.of, known, where=where)
    elif readout.take in ("value", "maximum", "minimum"):
        unit = units[readout.of]
        if not same_dimension(readout.unit, unit):
            text = f"is in {readout.unit or '1'!r}, and {readout.of} in {unit or '1'!r}"
            yield Issue("error", where, text, f"give it in {unit or '1'!r}")
    for name in readout.values:
        if name not in units and name not in {item.name for item in model.covariates}:
            yield unknown_name("quantity", name, units, where=f"{where}, values")
    doses = {item.name for item in model.doses}
    for dose in readout.doses:
        if dose.name not in doses:
            yield unknown_name("dose", dose.name, doses, where=where)


def check_equations(entry: Entry, models: Mapping[str, Model]) -> Iterator[Issue]:
    """Yield what is wrong with the printed equations of an entry.

    Parameters
    ----------
    entry : Entry
    models : mapping from variant to Model
        Those that could be built.

    Yields
    ------
    Issue
    """
    variants = entry.published.variants
    for item in entry.equations:
        where = f"{entry.id}, printed equation of {item.state}"
        if item.variant and item.variant not in variants:
            yield unknown_name("variant", item.variant, variants, where=where)
        if not item.at:
            yield Issue("error", where, "has no locator", "at='Eq. 1'")
        for variant in [item.variant] if item.variant else list(variants):
            if variant in models:
                yield from _equation_issues(item, models[variant], where)


def _equation_issues(item: PrintedEquation, model: Model, where: str) -> Iterator[Issue]:
    states = {s.name for s in model.species} | {rate.name for rate in model.rates}
    if item.state not in states:
        yield unknown_name("state", item.state, states, where=where)
    try:
        names = free_symbols([parse(item.rate, where=where)])
    except LivingDrugError as error:
        yield from error.issues
        return
    for name in names:
        if name not in model.units:
            yield unknown_name("symbol", name, model.units, where=where)
