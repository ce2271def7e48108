"""B-cell aplasia: how long normal B cells stay away, a sign that CAR cells work."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from livingdrug.clinical.response.assessments import Rule
from livingdrug.core.errors import DataError, OptionError

__all__ = ["APLASIA_LIMIT", "RULES", "Aplasia", "b_cell_aplasia"]

Floats = NDArray[np.float64]

APLASIA_LIMIT = 100.0
"""CD19-positive cells per uL of blood above which aplasia is lost."""

RULES = (
    Rule(
        "aplasia is lost at 100 or more CD19-positive cells per uL (or above 1 % of lymphocytes), "
        "confirmed on a later sample",
        "methods of a study of repeated tisagenlecleucel at Cincinnati Children's Hospital, "
        "authorea.com/users/453372/articles/614197; other texts use 20 per uL",
    ),
)


@dataclass(frozen=True, slots=True)
class Aplasia:
    """Aplasia of each person.

    Attributes
    ----------
    begins : ndarray, shape (n_subjects,), day
        First sample below the limit on day 0 or later; NaN where there is none.
    duration : ndarray, shape (n_subjects,), day
        From `begins` to the loss, or to the last sample.
    lost : ndarray of bool, shape (n_subjects,)
        The loss was seen; else `duration` is censored.
    limit : float, cell/uL
    """

    begins: Floats
    duration: Floats
    lost: NDArray[np.bool_]
    limit: float


def b_cell_aplasia(
    day: ArrayLike, b_cells: ArrayLike, *, limit: float = APLASIA_LIMIT, confirm: bool = True
) -> Aplasia:
    """Find when B-cell aplasia begins and when it is lost.

    Parameters
    ----------
    day : array_like, shape (n_times,) or (n_subjects, n_times), day
        Increasing in each row.
    b_cells : array_like, shape (n_subjects, n_times), cell/uL
        NaN where not measured.
    limit : float, cell/uL, optional
        Aplasia is below, its loss at or above.
    confirm : bool, optional
        The next sample must be at or above the limit too.

    Returns
    -------
    Aplasia

    Examples
    --------
    >>> found = b_cell_aplasia([0, 28, 90, 180, 270], [[300, 2, 0, 150, 210]])
    >>> found.begins.tolist(), found.duration.tolist(), found.lost.tolist()
    ([28.0], [152.0], [True])
    """
    counts = np.asarray(b_cells, dtype=np.float64)
    if counts.ndim != 2:
        raise DataError(f"b_cells has shape {counts.shape}; people by samples are needed")
    if not (np.isfinite(limit) and limit > 0):
        raise OptionError(f"limit: {limit} cells/uL given; it must be larger than 0")
    days = np.broadcast_to(np.asarray(day, dtype=np.float64), counts.shape)
    known = np.isfinite(counts) & np.isfinite(days) & (days >= 0)
    n, m = counts.shape
    begins, ends = np.full(n, np.nan), np.full(n, np.nan)
    last, doubt = np.full(n, np.nan), np.full(n, np.nan)
    for j in range(m):  # over samples, never over people
        here, low = known[:, j], known[:, j] & (counts[:, j] < limit)
        begins = np.where(low & np.isnan(begins), days[:, j], begins)
        high = here & ~low & np.isfinite(begins) & np.isnan(ends)
        if confirm:
            seen_before = high & np.isfinite(doubt)
            ends = np.where(seen_before, doubt, ends)
            doubt = np.where(high & np.isnan(doubt), days[:, j], np.where(low, np.nan, doubt))
        else:
            ends = np.where(high, days[:, j], ends)
        last = np.where(here, days[:, j], last)
    lost = np.isfinite(ends)
    return Aplasia(begins, np.where(lost, ends, last) - begins, lost, limit)
