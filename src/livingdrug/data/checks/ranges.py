"""Ranges within which a measured quantity of a living person lies."""

from __future__ import annotations

import csv
import functools
from dataclasses import dataclass
from importlib import resources

from livingdrug.core.errors import UnitError
from livingdrug.core.units import conversion_factor

__all__ = ["Range", "list_ranges", "range_of"]


@dataclass(frozen=True, slots=True)
class Range:
    """Bounds of a quantity in people, beyond which a value is more likely in another unit.

    Attributes
    ----------
    term, unit : str
    low, high : float
    hint : str
        How another unit would show; ``""`` when nothing is usual.
    source : str
    """

    term: str
    unit: str
    low: float
    high: float
    hint: str
    source: str


@functools.cache
def list_ranges() -> tuple[Range, ...]:
    """Return every range, from ``ranges.csv`` beside this file.

    Returns
    -------
    tuple of Range
    """
    text = (resources.files("livingdrug.data.checks") / "ranges.csv").read_text("utf-8")
    return tuple(
        Range(r["term"], r["unit"], float(r["low"]), float(r["high"]), r["hint"], r["source"])
        for r in csv.DictReader(text.splitlines())
    )


def range_of(term: str, unit: str) -> Range | None:
    """Return the range of a term in a unit.

    Parameters
    ----------
    term : str
    unit : str

    Returns
    -------
    Range or None
        None when the term has no range, or not in a unit of this kind.

    Examples
    --------
    >>> range_of("crp_serum", "mg/L").high
    500.0
    """
    for one in list_ranges():
        if one.term != term:
            continue
        try:
            factor = conversion_factor(one.unit, unit)
        except UnitError:
            return None
        return Range(term, unit, one.low * factor, one.high * factor, one.hint, one.source)
    return None
