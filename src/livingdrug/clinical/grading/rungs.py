"""What each scale of cytokine release syndrome makes of the same support: one table for all.

A person's state at one time is a rung on two ladders, pressure and oxygen. Hospital records and
simulated courses are both brought to these rungs; only this table turns rungs into grades.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum
from types import MappingProxyType

import numpy as np
from numpy.typing import ArrayLike, NDArray

from livingdrug.core.errors import UnknownNameError, unknown_name

__all__ = [
    "CRS_TABLES",
    "CRS_UPPER",
    "UNCONFIRMED",
    "OxygenRung",
    "PressureRung",
    "crs_from_rungs",
]


class PressureRung(IntEnum):
    """Support of the circulation, from none to several vasopressors."""

    NONE = 0
    UNTREATED = 1
    """Low blood pressure, nothing given."""
    FLUIDS = 2
    ONE_PRESSOR_LOW = 3
    ONE_PRESSOR_HIGH = 4
    SEVERAL_PRESSORS = 5
    """Vasopressin not counted."""


class OxygenRung(IntEnum):
    """Support of oxygenation, from none to ventilation."""

    NONE = 0
    LOW_FLOW = 1
    """Low-flow cannula or blow-by; less than 40 % inspired oxygen."""
    HIGH_FLOW = 2
    """High-flow cannula or mask; 40 % inspired oxygen or more."""
    POSITIVE_PRESSURE = 3
    """CPAP or BiPAP."""
    VENTILATOR = 4


UNCONFIRMED = "_unconfirmed"
"""Ends the name of a scale or column whose rules were not confirmed in a source that was read."""

CRS_TABLES: Mapping[str, tuple[tuple[int, ...], tuple[int, ...]]] = MappingProxyType(
    {
        # of no support (fever alone gives 1), then of each rung
        "astct": ((0, 2, 2, 3, 3, 4), (0, 2, 3, 4, 4)),
        "lee": ((0, 1, 2, 2, 3, 3), (0, 2, 3, 3, 4)),
        "penn": ((0, 2, 3, 3, 4, 4), (0, 3, 3, 3, 4)),
        "mskcc": ((0, 1, 1, 2, 2, 2), (0, 2, 3, 3, 4)),
        "ctcae5_unconfirmed": ((0, 1, 2, 3, 3, 3), (0, 2, 3, 3, 3)),
    }
)
"""Grade of each pressure rung and each oxygen rung, by scale: the lowest that the text allows.

ASTCT: Lee 2019, doi:10.1016/j.bbmt.2018.12.758. Lee: Lee 2014,
doi:10.1182/blood-2014-05-552729. Penn: Porter 2018, doi:10.1186/s13045-018-0571-y. MSKCC: as
tabulated in PMC7006459, Table 2. CTCAE 5.0: not confirmed in a source that was read.
"""

CRS_UPPER: Mapping[str, tuple[tuple[int, ...], tuple[int, ...]]] = MappingProxyType(
    {
        # MSKCC says nothing of fluids; 4 is a pressure refractory to high-dose vasopressors
        "mskcc": ((0, 1, 2, 2, 4, 4), (0, 2, 3, 3, 4)),
        # "life-threatening" is a judgement; low pressure without treatment is not in the text
        "ctcae5_unconfirmed": ((0, 2, 2, 3, 4, 4), (0, 2, 3, 4, 4)),
    }
)
"""The highest grade that the text allows, for scales where rungs alone do not settle it."""

_PRESSOR_DAY = 3
"""MSKCC: a vasopressor for 24 hours or more."""


def crs_from_rungs(
    scale: str,
    fever: ArrayLike,
    pressure: ArrayLike,
    oxygen: ArrayLike,
    *,
    intravenous: ArrayLike = False,
    pressor_day: ArrayLike = False,
    upper: bool = False,
) -> NDArray[np.int64]:
    """Grade cytokine release syndrome from the two ladders: the worse axis decides.

    Parameters
    ----------
    scale : {"astct", "lee", "penn", "mskcc", "ctcae5_unconfirmed"}
    fever : array_like of bool
        Fever that is attributed to the syndrome, or a fever that no longer needs to be there
        because an antipyretic, tocilizumab or steroid was given in this episode.
    pressure : array_like of PressureRung
    oxygen : array_like of OxygenRung
    intravenous : array_like of bool, optional
        Treatment by vein for the syndrome or neutropenic fever, which Penn counts as 2.
    pressor_day : array_like of bool, optional
        A vasopressor has been given for 24 hours or more, which MSKCC counts as 3.
    upper : bool, optional
        Return the highest grade that the text allows instead of the lowest. They are the same for
        ASTCT, Lee and Penn.

    Returns
    -------
    ndarray of int
        0 where there is no syndrome. The arguments broadcast.

    Raises
    ------
    UnknownNameError
        When the scale has no such table.

    Examples
    --------
    >>> crs_from_rungs("penn", True, PressureRung.ONE_PRESSOR_HIGH, OxygenRung.LOW_FLOW).item()
    4
    """
    if scale not in CRS_TABLES:
        raise UnknownNameError([unknown_name("scale", scale, CRS_TABLES)])
    tables = CRS_UPPER if upper and scale in CRS_UPPER else CRS_TABLES
    by_pressure, by_oxygen = (np.array(rungs, dtype=np.int64) for rungs in tables[scale])
    pressed, breathed = np.asarray(pressure), np.asarray(oxygen)
    least = np.where(np.asarray(intravenous), 2, 1) if scale == "penn" else np.int64(1)
    worst = np.maximum(by_pressure[pressed], by_oxygen[breathed])
    if scale == "mskcc":
        lasting = np.asarray(pressor_day) & (pressed >= PressureRung.ONE_PRESSOR_LOW)
        worst = np.maximum(worst, np.where(lasting, _PRESSOR_DAY, 0))
    graded: NDArray[np.int64] = np.where(np.asarray(fever), np.maximum(worst, least), 0)
    return graded
