"""The limits of quantification of a row, and on which side of them its value lies."""

from __future__ import annotations

import math
from dataclasses import dataclass

from livingdrug.core.censoring import ABOVE, BELOW, MEASURED
from livingdrug.core.delimited import RowCells

__all__ = ["Limits", "check_side", "not_negative", "read_limits"]


@dataclass(frozen=True, slots=True)
class Limits:
    """What a row says about the limits of its assay.

    Attributes
    ----------
    lloq, uloq : float
        In the unit of the row; NaN when not stated.
    blq, alq : bool
        Whether the value lies below the lower, or above the upper limit.
    """

    lloq: float = math.nan
    blq: bool = False
    uloq: float = math.nan
    alq: bool = False


def read_limits(cells: RowCells) -> Limits:
    """Read the columns ``lloq``, ``blq``, ``uloq``, ``alq`` and ``cens``.

    Parameters
    ----------
    cells : RowCells
        ``cens`` (1 below, 0, -1 above) stands for ``blq`` and ``alq``.

    Returns
    -------
    Limits
        Complete only when nothing was added to the issues of the row.
    """
    blq, alq = cells.flag("blq"), cells.flag("alq")
    if cells.has("cens"):
        code = cells.number("cens")
        if code is not None and code not in {BELOW, MEASURED, ABOVE}:
            fix = "1 below the lower limit, -1 above the upper one, else 0"
            cells.complain("cens", f"{cells.text('cens')!r} is not allowed", fix)
        for mark, flag, side in (("blq", blq, BELOW), ("alq", alq, ABOVE)):
            if cells.has(mark) and code is not None and flag != (code == side):
                cells.complain("cens", f"{code:g} contradicts {mark}", "keep one of the columns")
        blq, alq = code == BELOW, code == ABOVE
    lloq, uloq = not_negative(cells, "lloq"), not_negative(cells, "uloq")
    for name, limit, marked, mark in (
        ("lloq", lloq, blq, "blq"), ("uloq", uloq, alq, "alq"),
    ):  # fmt: skip
        if limit == 0:
            cells.complain(name, "the limit is 0", "leave the cell empty when there is no limit")
        if marked and not cells.has(name):
            word = "lower" if name == "lloq" else "upper"
            fix = f"give the {word} limit of quantification in column '{name}'"
            cells.complain(name, f"{mark} is true and there is no limit", fix)
    if blq and alq:
        cells.complain("alq", "true beside blq", "a value is below one limit or above the other")
    if lloq is not None and uloq is not None and lloq > uloq:
        cells.complain("uloq", f"{uloq:g} is below lloq {lloq:g}", "exchange them")
    return Limits(math.nan if lloq is None else lloq, blq, math.nan if uloq is None else uloq, alq)


def check_side(cells: RowCells, value: float, limits: Limits) -> None:
    """Compare a number with the limits and with the side that its row states.

    Parameters
    ----------
    cells : RowCells
    value : float
    limits : Limits
    """
    lloq, uloq = limits.lloq, limits.uloq
    if limits.blq and value > lloq:
        message = f"{value:g} is above the limit {lloq:g}, and blq is true"
        cells.complain("value", message, "set 'blq' to false, or correct the number")
    elif not limits.blq and value < lloq:
        message = f"{value:g} is below the limit {lloq:g}, and blq is false"
        cells.warn("value", message, "set 'blq' to true if it is not quantified")
    if limits.alq and value < uloq:
        message = f"{value:g} is below the limit {uloq:g}, and alq is true"
        cells.complain("value", message, "set 'alq' to false, or correct the number")
    elif not limits.alq and value > uloq:
        message = f"{value:g} is above the limit {uloq:g}, and alq is false"
        cells.warn("value", message, "set 'alq' to true if it is not quantified")


def not_negative(cells: RowCells, column: str) -> float | None:
    """Return a number of 0 or more; None, with the reason in the issues, for another.

    Parameters
    ----------
    cells : RowCells
    column : str

    Returns
    -------
    float or None
    """
    value = cells.number(column)
    if value is not None and value < 0:
        fix = "give the quantity itself, not its logarithm or a change"
        cells.complain(column, f"{cells.text(column)} is negative", fix)
        return None
    return value
