"""What one axis of a grade is at one time: between which bounds, and because of which rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Point", "bounds"]


@dataclass(frozen=True, slots=True)
class Point:
    """A rung, grade or flag that may not be known exactly.

    Attributes
    ----------
    low, high : int
        Lowest and highest that the record allows.
    text : str
        What was found, for the explanation.
    rows : tuple of int
        Lines of the file that it was found in.
    why : str
        What is missing, where `low` and `high` differ.
    """

    low: int
    high: int
    text: str = ""
    rows: tuple[int, ...] = ()
    why: str = ""


def bounds(points: Sequence[Point]) -> NDArray[np.int64]:
    """Return the lower and the upper bounds as two rows.

    Parameters
    ----------
    points : sequence of Point

    Returns
    -------
    array of int, shape (2, n)
    """
    pairs = [(point.low, point.high) for point in points]
    return np.array(pairs, dtype=np.int64).reshape(-1, 2).T
