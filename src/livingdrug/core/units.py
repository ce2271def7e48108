"""Parse, convert and compare units.

Text goes through pint once, at a boundary; inside, a dimension is a plain tuple of exponents
and a unit is a factor to the canonical units. pint is imported on first use, so that
``import livingdrug`` stays fast.

Cells and gene copies are dimensions of their own: ``cell/uL`` never passes for ``1/uL``.
"""

from __future__ import annotations

import functools
import re
import threading
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from livingdrug.core.errors import UnitError

if TYPE_CHECKING:
    import pint

__all__ = [
    "BASE_DIMENSIONS",
    "DIMENSIONLESS",
    "Dimension",
    "Unit",
    "conversion_factor",
    "convert",
    "dimension_text",
    "parse_unit",
    "round_factor",
    "same_dimension",
]

BASE_DIMENSIONS: tuple[str, ...] = (
    "length",
    "mass",
    "time",
    "substance",
    "cell",
    "copy",
    "blast_percent",
    "bioactivity",
    "temperature",
    "current",
    "luminosity",
)
"""Order of the exponents in a `Dimension`. ``bioactivity`` is the international unit (IU)."""

Dimension = tuple[Fraction, ...]
"""Exponents of the base dimensions, in the order of `BASE_DIMENSIONS`."""

DIMENSIONLESS: Dimension = (Fraction(0),) * len(BASE_DIMENSIONS)

_DEFINITIONS = (
    "cell = [cell] = cells",
    "copy = [copy] = copies",
    "blast_pct = [blast_percent]",
    "activity_unit = [bioactivity]",
    "percent = 0.01 = pct",
)
_PINT_NAMES = {"[luminosity]": "luminosity"}
_ALLOWED = re.compile(r"(?!.*//)(?!.*[A-Za-z]\.)[A-Za-zµμ°%0-9 */^().+\-_]+\Z")
_INTERNATIONAL_UNIT = re.compile(r"(?<![A-Za-z])([kmunµ]?)IU\b")
_POWER_OF_LENGTH = re.compile(r"(?<![A-Za-z])([mcuµ]?m)([23])(?![0-9])")
"""``m2`` and ``mm3``, as doses per body surface and sizes of tumours are written."""
_lock = threading.Lock()


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit: its text, its factor to canonical base units, and its dimension.

    Attributes
    ----------
    text : str
        As the user wrote it.
    factor : float
        One of this unit in SI base units (metre, kilogram, second, mole, ...), cells and copies.
    dimension : Dimension
    """

    text: str
    factor: float
    dimension: Dimension


@functools.cache
def _registry() -> pint.UnitRegistry[float]:
    import pint

    registry: pint.UnitRegistry[float] = pint.UnitRegistry(on_redefinition="ignore")
    for definition in _DEFINITIONS:
        registry.define(definition)
    return registry


@functools.lru_cache(maxsize=4096)
def parse_unit(text: str) -> Unit:
    """Parse a unit.

    Parameters
    ----------
    text : str
        As ``"cell/uL"``, ``"1/day"``, ``"copies/ug"``; ``""`` and ``"1"`` are dimensionless.

    Returns
    -------
    Unit

    Raises
    ------
    UnitError
        When the text is not a unit, or is one with an offset (``degC``), which cannot enter
        products.

    Examples
    --------
    >>> dimension_text(parse_unit("1/day").dimension)
    '1 / [time]'
    """
    stripped = text.strip()
    if stripped in {"", "1", "dimensionless"}:
        return Unit(text, 1.0, DIMENSIONLESS)
    with _lock:
        registry = _registry()
        try:
            # pint knows IU as the enzyme unit (umol/min); in clinical data it is another thing
            plain = _POWER_OF_LENGTH.sub(r"\1^\2", stripped)
            units = registry.parse_units(_INTERNATIONAL_UNIT.sub(r"\1activity_unit", plain))
            if not (_ALLOWED.match(stripped) and _is_multiplicative(registry, units)):
                raise ValueError(stripped)
            quantity = registry.Quantity(1.0, units)
            base = quantity.to_base_units()
        except Exception as error:  # pint's parser raises errors without a common base class
            raise UnitError(
                f"{text!r} is not a unit that can be used here; write it as in 'cell/uL', "
                "'1/day' or 'copies/ug' (temperatures as differences: 'delta_degC')"
            ) from error
        exponents = dict.fromkeys(BASE_DIMENSIONS, Fraction(0))
        for name, exponent in quantity.dimensionality.items():
            key = _PINT_NAMES.get(name, name.strip("[]"))
            if key not in exponents:
                raise UnitError(f"unit {text!r} has the unsupported dimension {name}")
            exponents[key] = Fraction(float(exponent)).limit_denominator(1000)  # type: ignore[arg-type]
        factor = float(base.magnitude)
    return Unit(text, factor, tuple(exponents.values()))


def _is_multiplicative(registry: pint.UnitRegistry[float], units: pint.Unit) -> bool:
    return all(registry._units[name].is_multiplicative for name in units._units)


def round_factor(factor: float) -> float:
    """Remove the last-digit noise that chains of conversions leave, as 999999.9999999999.

    Parameters
    ----------
    factor : float

    Returns
    -------
    float
        `factor` to 14 significant digits.
    """
    return float(f"{factor:.14g}")


def convert(value: float, from_unit: str, to_unit: str, *, where: str = "") -> float:
    """Convert a value between units of the same dimension.

    Round numbers stay round: 24 hours are exactly 1 day, so that a dose and an observation given
    in different units of time stay together.

    Parameters
    ----------
    value : float
    from_unit, to_unit : str
    where : str, optional
        Place named in the message of a failure.

    Returns
    -------
    float

    Raises
    ------
    UnitError
        When a unit is unknown or the dimensions differ.

    Examples
    --------
    >>> convert(24.0, "hour", "day"), convert(2.0, "week", "day")
    (1.0, 14.0)
    """
    factor = conversion_factor(from_unit, to_unit, where=where)
    if factor >= 1.0:
        return value * factor
    return value / conversion_factor(to_unit, from_unit, where=where)


def conversion_factor(from_unit: str, to_unit: str, *, where: str = "") -> float:
    """Return the number that turns a value in one unit into a value in another.

    Parameters
    ----------
    from_unit, to_unit : str
    where : str, optional

    Returns
    -------
    float

    Raises
    ------
    UnitError
        When a unit is unknown or the dimensions differ.
    """
    if from_unit == to_unit:
        return 1.0
    source, target = parse_unit(from_unit), parse_unit(to_unit)
    if source.dimension != target.dimension:
        place = f"{where}: " if where else ""
        raise UnitError(
            f"{place}unit {from_unit!r} ({dimension_text(source.dimension)}) cannot be converted "
            f"to {to_unit!r} ({dimension_text(target.dimension)})"
        )
    return round_factor(source.factor / target.factor)


def same_dimension(first: str, second: str) -> bool:
    """Tell whether two units can be converted into each other.

    Parameters
    ----------
    first, second : str

    Returns
    -------
    bool

    Raises
    ------
    UnitError
        When a unit is unknown.
    """
    return parse_unit(first).dimension == parse_unit(second).dimension


def dimension_text(dimension: Dimension) -> str:
    """Write a dimension for a message.

    Parameters
    ----------
    dimension : Dimension

    Returns
    -------
    str

    Examples
    --------
    >>> dimension_text(parse_unit("cell/uL/day").dimension)
    '[cell] / [length]^3 / [time]'
    >>> dimension_text(DIMENSIONLESS)
    'dimensionless'
    """
    over, under = [], []
    for name, exponent in zip(BASE_DIMENSIONS, dimension, strict=True):
        if exponent > 0:
            over.append(f"[{name}]" + (f"^{exponent}" if exponent != 1 else ""))
        elif exponent < 0:
            under.append(f"[{name}]" + (f"^{-exponent}" if exponent != -1 else ""))
    if not over and not under:
        return "dimensionless"
    return " / ".join([" ".join(over) or "1", *under])
