"""What a check found: where, in whom, how often, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from livingdrug.core.errors import Issue, Level
from livingdrug.data.measured import Measured

__all__ = ["Finding", "count_text", "finding"]

_MOST_ROWS = 5
"""Rows that a message names; the record holds them all."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault of a set of measured values.

    Attributes
    ----------
    check : str
        As ``"unit mixture"``.
    level : {"error", "warning"}
        An error: numbers cannot be used as they are labelled.
    file, column : str
    rows : tuple of int
        Rows of the file; its header is row 1.
    subjects : tuple of str
    total : int
        Values that were looked at.
    message, fix : str
    """

    check: str
    level: Level
    file: str
    column: str
    rows: tuple[int, ...]
    subjects: tuple[str, ...]
    total: int
    message: str
    fix: str

    @property
    def where(self) -> str:
        """File, column and the first rows."""
        shown = ", ".join(str(row) for row in self.rows[:_MOST_ROWS])
        more = ", ..." if len(self.rows) > _MOST_ROWS else ""
        rows = f", row{'s' if len(self.rows) > 1 else ''} {shown}{more}" if shown else ""
        column = f", column {self.column}" if self.column else ""
        return f"{self.file}{column}{rows}"

    def issue(self) -> Issue:
        """Return the finding as an issue.

        Returns
        -------
        Issue
        """
        return Issue(self.level, self.where, f"{self.check}: {self.message}", self.fix)


def finding(
    check: str, level: Level, values: Measured, hit: NDArray[np.bool_], message: str, fix: str
) -> Finding:
    """Make a finding about some of the values.

    Parameters
    ----------
    check : str
    level : {"error", "warning"}
    values : Measured
    hit : ndarray of bool, shape (n_values,)
    message, fix : str

    Returns
    -------
    Finding
    """
    people = tuple(dict.fromkeys(values.subject[hit].tolist()))
    rows = tuple(int(row) for row in values.row[hit])
    total = int(values.known.sum())
    return Finding(check, level, values.file, values.column, rows, people, total, message, fix)


def count_text(values: Measured, hit: NDArray[np.bool_]) -> str:
    """Say how many values, and in how many people.

    Parameters
    ----------
    values : Measured
    hit : ndarray of bool, shape (n_values,)

    Returns
    -------
    str
        As ``"492 of 2,379 values (21 %), in 69 of 134 people"``.
    """
    total = int(values.known.sum())
    people, everyone = (len(set(values.subject[w].tolist())) for w in (hit, values.known))
    word = "person" if everyone == 1 else "people"
    share = f"{100 * hit.sum() / total:.2g}" if hit.sum() < total else "100"
    return f"{hit.sum():,} of {total:,} values ({share} %), in {people} of {everyone} {word}"
