"""Read a table of declared columns: text, numbers, and words that stand for numbers."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from livingdrug.core.delimited import RawTable, RowCells, column_issues, read_raw_table
from livingdrug.core.errors import DataError, Issue, raise_issues

__all__ = ["ColumnRule", "ColumnTable", "read_columns"]


@dataclass(frozen=True, slots=True)
class ColumnRule:
    """What a column may hold.

    Attributes
    ----------
    kind : {"text", "number", "code"}
        A code is one of the words of `codes`.
    needed : bool
        No row may leave it empty.
    low, high : float
        Of a number.
    codes : mapping of str to float
        Words, in lower case, and the numbers that they stand for.
    """

    kind: Literal["text", "number", "code"] = "number"
    needed: bool = False
    low: float = -math.inf
    high: float = math.inf
    codes: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ColumnTable:
    """The columns of a table that were asked for and are there.

    Attributes
    ----------
    label : str
    places : tuple of str
        Of each row, as ``"visits.csv, row 7"``.
    text : mapping of str to tuple of str
    numbers : mapping of str to ndarray
        NaN where a cell is empty.
    warnings : tuple of Issue
        Columns that were not read.
    """

    label: str
    places: tuple[str, ...]
    text: Mapping[str, tuple[str, ...]]
    numbers: Mapping[str, NDArray[np.float64]]
    warnings: tuple[Issue, ...] = ()


def read_columns(
    path: str | PathLike[str],
    rules: Mapping[str, ColumnRule],
    *,
    required: Sequence[str],
    quiet: bool = False,
) -> ColumnTable:
    """Read a delimited table of known columns.

    Parameters
    ----------
    path : path
        Comma, semicolon or tab separated, in UTF-8.
    rules : mapping of str to ColumnRule
    required : sequence of str
        Columns that must be there.
    quiet : bool, optional
        Say nothing about other columns.

    Returns
    -------
    ColumnTable

    Raises
    ------
    DataError
        With every problem; each names file, row (header = row 1) and column.
    """
    issues: list[Issue] = []
    label = Path(path).name
    table = read_raw_table(Path(path), label, tuple(rules), issues)
    if table is None:
        raise_issues(issues, DataError)
        raise DataError(f"{label}: nothing could be read")  # pragma: no cover
    optional = [name for name in rules if name not in required]
    found = column_issues(table, required, optional)
    issues += [issue for issue in found if issue.level == "error" or not quiet]
    raise_issues([issue for issue in issues if "missing" in issue.message], DataError)
    here = [name for name in rules if name in table.columns]
    rows = [RowCells(table, line, cells, issues) for line, cells in table.rows]
    text = {name: _texts(rows, name, rules[name]) for name in here if rules[name].kind == "text"}
    numbers = {
        name: np.array([_number(cells, name, rules[name]) for cells in rows], dtype=np.float64)
        for name in here
        if rules[name].kind != "text"
    }
    raise_issues(issues, DataError)
    return ColumnTable(label, _places(table), text, numbers, tuple(issues))


def _places(table: RawTable) -> tuple[str, ...]:
    return tuple(f"{table.label}, row {line}" for line, _ in table.rows)


def _texts(rows: Sequence[RowCells], name: str, rule: ColumnRule) -> tuple[str, ...]:
    for cells in rows:
        _empty(cells, name, rule)
    return tuple(cells.text(name) for cells in rows)


def _empty(cells: RowCells, name: str, rule: ColumnRule) -> bool:
    if cells.has(name):
        return False
    if rule.needed:
        cells.complain(name, "the cell is empty", "every row needs a value here")
    return True


def _number(cells: RowCells, name: str, rule: ColumnRule) -> float:
    if _empty(cells, name, rule):
        return math.nan
    if rule.kind == "code":
        word = cells.text(name).lower()
        if word not in rule.codes:
            allowed = ", ".join(dict.fromkeys(rule.codes))
            cells.complain(name, f"{cells.text(name)!r} is not allowed", f"allowed: {allowed}")
        return rule.codes.get(word, math.nan)
    value = cells.number(name)
    if value is None:
        return math.nan
    if not rule.low <= value <= rule.high:
        message = f"{value:g} is not allowed"
        cells.complain(name, message, f"allowed: {_range(rule)}")
    return value


def _range(rule: ColumnRule) -> str:
    if math.isinf(rule.high):
        return f"{rule.low:g} or more"
    if math.isinf(rule.low):
        return f"{rule.high:g} or less"
    return f"{rule.low:g} to {rule.high:g}"
