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

__all__ = ["CRS_TABLES", "OxygenRung", "PressureRung", "crs_from_rungs"]


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


CRS_TABLES: Mapping[str, tuple[tuple[int, ...], tuple[int, ...]]] = MappingProxyType(
    {
        # of no support (fever alone gives 1), then of each rung
        "astct": ((0, 2, 2, 3, 3, 4), (0, 2, 3, 4, 4)),
        "lee": ((0, 1, 2, 2, 3, 3), (0, 2, 3, 3, 4)),
        "penn": ((0, 2, 3, 3, 4, 4), (0, 3, 3, 3, 4)),
    }
)
"""Grade of each pressure rung and each oxygen rung, by scale.

ASTCT: Lee 2019, doi:10.1016/j.bbmt.2018.12.758. Lee: Lee 2014,
doi:10.1182/blood-2014-05-552729. Penn: Porter 2018, doi:10.1186/s13045-018-0571-y.
"""


def crs_from_rungs(
    scale: str,
    fever: ArrayLike,
    pressure: ArrayLike,
    oxygen: ArrayLike,
    *,
    intravenous: ArrayLike = False,
) -> NDArray[np.int64]:
    """Grade cytokine release syndrome from the two ladders: the worse axis decides.

    Parameters
    ----------
    scale : {"astct", "lee", "penn"}
    fever : array_like of bool
        Fever that is attributed to the syndrome, or a fever that no longer needs to be there
        because an antipyretic, tocilizumab or steroid was given in this episode.
    pressure : array_like of PressureRung
    oxygen : array_like of OxygenRung
    intravenous : array_like of bool, optional
        Treatment by vein for the syndrome or neutropenic fever, which Penn counts as 2.

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
    by_pressure, by_oxygen = (np.array(rungs, dtype=np.int64) for rungs in CRS_TABLES[scale])
    pressed, breathed = np.asarray(pressure), np.asarray(oxygen)
    least = np.where(np.asarray(intravenous), 2, 1) if scale == "penn" else np.int64(1)
    worst = np.maximum(by_pressure[pressed], by_oxygen[breathed])
    graded: NDArray[np.int64] = np.where(np.asarray(fever), np.maximum(worst, least), 0)
    return graded
