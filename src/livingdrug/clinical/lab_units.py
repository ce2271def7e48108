"""Laboratory values in one unit, from the units that laboratories print.

A unit that is not known is refused: a factor of 10 in CRP or of 88.4 in creatinine changes a score.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from livingdrug.core.errors import UnitError
from livingdrug.core.units import convert

__all__ = ["CREATININE_UMOL_PER_MG_DL", "to_unit"]

CREATININE_UMOL_PER_MG_DL = 88.4
"""umol/L of creatinine in 1 mg/dL."""

_SPELLINGS: Mapping[str, str] = MappingProxyType(
    {
        "degc": "degC", "°c": "degC", "c": "degC", "celsius": "degC",
        "degf": "degF", "°f": "degF", "f": "degF", "fahrenheit": "degF",
        "iu/l": "U/L", "u/l": "U/L", "years": "year", "lpm": "L/min",
        "mcg/min": "ug/min", "µg/min": "ug/min", "mcg/kg/min": "ug/kg/min",
        "µg/kg/min": "ug/kg/min", "percent": "%", "mmol/mol": "mmol/mol",
    }
)  # fmt: skip
_COUNTS: Mapping[str, float] = MappingProxyType(
    {
        "1/ul": 1.0, "/ul": 1.0, "cell/ul": 1.0, "cells/ul": 1.0, "1/µl": 1.0, "/µl": 1.0,
        "1/mm3": 1.0, "10^9/l": 1e3, "1e9/l": 1e3, "x10^9/l": 1e3, "g/l": 1e3, "10^3/ul": 1e3,
        "k/ul": 1e3, "1e3/ul": 1e3,
    }
)  # fmt: skip
"""Units of blood cells in cells per microlitre; G is the giga of 10^9/L here."""


def to_unit(value: float, unit: str, wanted: str, *, quantity: str = "") -> float:
    """Convert a laboratory value.

    Parameters
    ----------
    value : float
    unit : str
        As printed; letter case does not matter for the usual spellings.
    wanted : str
    quantity : str, optional
        ``"creatinine"`` may be given in mol, other things may not: that takes a molar mass.

    Returns
    -------
    float

    Raises
    ------
    UnitError
        When the unit is not known or is of another quantity.

    Examples
    --------
    >>> to_unit(150, "10^9/L", "1/uL"), to_unit(88.4, "umol/L", "mg/dL", quantity="creatinine")
    (150000.0, 1.0)
    """
    given = unit.strip()
    key = given.lower()
    if wanted == "1/uL":
        if key not in _COUNTS:
            raise UnitError(f"{unit!r} is not a unit of blood cells; allowed: 1/uL, 10^9/L, K/uL")
        return value * _COUNTS[key]
    text = _SPELLINGS.get(key, given)
    if text == wanted:
        return value
    if wanted == "degC":
        if text == "degF":
            message = f"{value:g} degF is {(value - 32) / 1.8:.1f} degC"
            raise UnitError(f"{message}; temperatures are given in degC, convert the column")
        raise UnitError(f"{unit!r} is not a unit of temperature here; write degC")
    if quantity == "creatinine" and text.lower() in ("umol/l", "µmol/l"):
        return value / CREATININE_UMOL_PER_MG_DL * convert(1.0, "mg/dL", wanted)
    return convert(value, text, wanted)
