"""Text of units to unit definitions."""

from __future__ import annotations

import libsbml

from livingdrug.core.errors import UnitError
from livingdrug.core.units import BASE_DIMENSIONS, parse_unit
from livingdrug.interop.sbml.write.ids import Ids

__all__ = ["UnitIds"]

_KINDS = {
    "length": libsbml.UNIT_KIND_METRE,
    "mass": libsbml.UNIT_KIND_KILOGRAM,
    "time": libsbml.UNIT_KIND_SECOND,
    "substance": libsbml.UNIT_KIND_MOLE,
    "cell": libsbml.UNIT_KIND_ITEM,
    "copy": libsbml.UNIT_KIND_ITEM,
    "bioactivity": libsbml.UNIT_KIND_ITEM,
    "temperature": libsbml.UNIT_KIND_KELVIN,
    "current": libsbml.UNIT_KIND_AMPERE,
    "luminosity": libsbml.UNIT_KIND_CANDELA,
}
"""Dimensions that SBML has; of others the factor is kept and the text stands in the name."""


class UnitIds:
    """Unit definitions of a model, made as they are needed.

    Parameters
    ----------
    model : libsbml.Model
    """

    def __init__(self, model: libsbml.Model) -> None:
        self._model, self._ids = model, Ids()
        self._known: dict[str, str] = {}

    def id(self, text: str) -> str:
        """Return the id of a unit; empty where the text is none.

        Parameters
        ----------
        text : str

        Returns
        -------
        str
        """
        if text not in self._known:
            self._known[text] = self._define(text)
        return self._known[text]

    def _define(self, text: str) -> str:
        try:
            unit = parse_unit(text)
        except UnitError:
            return ""
        parts = [
            (_KINDS.get(name, libsbml.UNIT_KIND_DIMENSIONLESS), float(exponent))
            for name, exponent in zip(BASE_DIMENSIONS, unit.dimension, strict=True)
            if exponent
        ]
        if not parts and unit.factor == 1.0:
            return "dimensionless"
        made = self._model.createUnitDefinition()
        made.setId(self._ids.other(f"unit_{text.replace('/', '_per_')}"))
        made.setName(text)
        if (unit.factor != 1.0 and [exponent for _, exponent in parts] != [1.0]) or not parts:
            parts.insert(0, (libsbml.UNIT_KIND_DIMENSIONLESS, 1.0))
        for place, (kind, exponent) in enumerate(parts):
            item = made.createUnit()
            item.setKind(kind)
            item.setExponent(exponent)
            item.setScale(0)
            item.setMultiplier(unit.factor if place == 0 and unit.factor != 1.0 else 1.0)
        return str(made.getId())
