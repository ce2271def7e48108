"""Unit definitions as text."""

from __future__ import annotations

import math

import libsbml

from livingdrug.core.errors import UnitError
from livingdrug.core.units import BASE_DIMENSIONS, parse_unit

__all__ = ["UnitTexts"]

_KINDS = {
    "ampere": "A",
    "avogadro": "avogadro",
    "becquerel": "Bq",
    "candela": "cd",
    "celsius": "delta_degC",
    "coulomb": "C",
    "dimensionless": "1",
    "farad": "F",
    "gram": "g",
    "gray": "Gy",
    "henry": "H",
    "hertz": "Hz",
    "item": "item",
    "joule": "J",
    "katal": "kat",
    "kelvin": "K",
    "kilogram": "kg",
    "liter": "L",
    "litre": "L",
    "lumen": "lm",
    "lux": "lx",
    "meter": "m",
    "metre": "m",
    "mole": "mol",
    "newton": "N",
    "ohm": "ohm",
    "pascal": "Pa",
    "radian": "radian",
    "second": "s",
    "siemens": "S",
    "sievert": "Sv",
    "steradian": "steradian",
    "tesla": "T",
    "volt": "V",
    "watt": "W",
    "weber": "Wb",
}
_PREFIXES = {
    -18: "a", -15: "f", -12: "p", -9: "n", -6: "u", -3: "m", -2: "c", -1: "d", 0: "",
    1: "da", 2: "h", 3: "k", 6: "M", 9: "G", 12: "T",
}  # fmt: skip
_SECONDS = {60.0: "minute", 3600.0: "hour", 86400.0: "day", 604800.0: "week"}
_DEFAULTS = {
    "substance": "mol",
    "volume": "L",
    "area": "m**2",
    "length": "m",
    "time": "s",
}
"""Of Levels 1 and 2, where nothing else is said (L2V5, table 3)."""


class UnitTexts(dict[str, str]):
    """The text of each unit id of a model.

    Parameters
    ----------
    model : libsbml.Model
    """

    def __init__(self, model: libsbml.Model) -> None:
        super().__init__(_KINDS)
        if model.getLevel() < 3:
            self.update(_DEFAULTS)
        for k in range(model.getNumUnitDefinitions()):
            definition = model.getUnitDefinition(k)
            self[definition.getId()] = definition_text(definition)

    def text(self, unit: str, default: str = "1") -> str:
        """Return the text of a unit id, or of another where there is none.

        Parameters
        ----------
        unit : str
        default : str, optional

        Returns
        -------
        str
        """
        return self.get(unit, unit) if unit else default


def definition_text(definition: libsbml.UnitDefinition) -> str:
    """Write a unit definition, as ``"mmol/L"``.

    Parameters
    ----------
    definition : libsbml.UnitDefinition

    Returns
    -------
    str
        The name of the definition where that is a unit and means the same, as ``"cell/uL"`` does
        for items per volume. A factor without a name is written as a number in front: ``"7*s"``;
        such a text is kept and shown, not computed with.
    """
    if _is_named(definition):
        return str(definition.getName())
    over: list[str] = []
    under: list[str] = []
    for k in range(definition.getNumUnits()):
        unit = definition.getUnit(k)
        exponent = unit.getExponentAsDouble()
        text = _unit(unit)
        if exponent == 0.0 or text == "1":
            continue
        side = over if exponent > 0 else under
        size = abs(exponent)
        side.append(text if size == 1.0 else f"{_in_product(text)}**{size:g}")
    text = "*".join(over) or "1"
    return text + "".join(f"/{_in_product(part)}" for part in under)


_DIMENSIONS = {
    "metre": ("length",),
    "kilogram": ("mass",),
    "second": ("time",),
    "mole": ("substance",),
    "item": ("cell", "copy", "bioactivity"),
    "kelvin": ("temperature",),
    "ampere": ("current",),
    "candela": ("luminosity",),
    "dimensionless": ("blast_percent",),
}
"""Of ours, those that each kind of SBML's base units stands for."""


def _is_named(definition: libsbml.UnitDefinition) -> bool:
    """Tell whether the name of a definition is the text of the unit that it defines."""
    try:
        named = parse_unit(definition.getName()) if definition.getName().strip() else None
    except UnitError:
        named = None
    if named is None:
        return False
    base = libsbml.UnitDefinition.convertToSI(definition)
    factor, exponents = 1.0, dict.fromkeys(_DIMENSIONS, 0.0)
    for unit in (base.getUnit(k) for k in range(base.getNumUnits())):
        kind = libsbml.UnitKind_toString(unit.getKind())
        if kind not in exponents:
            return False
        exponents[kind] += unit.getExponentAsDouble()
        scaled = unit.getMultiplier() * 10.0 ** unit.getScale()
        factor *= scaled ** unit.getExponentAsDouble()
    powers = dict(zip(BASE_DIMENSIONS, named.dimension, strict=True))
    same = all(
        kind == "dimensionless"
        or exponent == float(sum(powers[name] for name in _DIMENSIONS[kind]))
        for kind, exponent in exponents.items()
    )
    # factors are products of powers of ten and a few others: they differ by roundings
    return same and math.isclose(factor, named.factor, rel_tol=1e-12)


def _in_product(text: str) -> str:
    return f"({text})" if "*" in text and "**" not in text else text


def _unit(unit: libsbml.Unit) -> str:
    kind = libsbml.UnitKind_toString(unit.getKind())
    name = _KINDS.get(kind, kind)
    factor, scale = unit.getMultiplier(), unit.getScale()
    if kind == "second" and scale == 0 and factor in _SECONDS:
        return _SECONDS[factor]
    if name in ("1", "kg", "avogadro", "item", "delta_degC") or scale not in _PREFIXES:
        factor *= 10.0**scale
    else:
        name = _PREFIXES[scale] + name
    return name if factor == 1.0 else f"{factor:.15g}" if name == "1" else f"{factor:.15g}*{name}"
