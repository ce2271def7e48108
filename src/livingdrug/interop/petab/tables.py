"""Read the tab-separated tables of a PEtab problem, naming file, row and column of a problem."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from livingdrug.core.errors import Issue, nearest_names

__all__ = ["Row", "read_rows"]

_NUMBER = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?", re.ASCII)
_MISSING = ("", "nan", "na", "n/a", "none", "null")


@dataclass(frozen=True, slots=True)
class Row:
    """Cells of one row; what does not parse is appended to the issues.

    Attributes
    ----------
    file : str
    line : int
        In the file, the header being 1.
    cells : dict from str to str
        By column, stripped.
    issues : list of Issue
    """

    file: str
    line: int
    cells: dict[str, str]
    issues: list[Issue]

    def where(self, column: str) -> str:
        """Name a cell."""
        return f"{self.file}, row {self.line}, column {column}"

    def problem(self, column: str, message: str, fix: str = "") -> None:
        """Report a cell."""
        self.issues.append(Issue("error", self.where(column), message, fix))

    def missing(self, column: str) -> bool:
        """Tell whether a cell has no value: empty or ``NaN``."""
        return self.cells.get(column, "").lower() in _MISSING

    def text(self, column: str, default: str = "") -> str:
        """Return a cell that may be empty."""
        return default if self.missing(column) else self.cells[column]

    def need(self, column: str) -> str:
        """Return a cell that must not be empty."""
        if self.missing(column):
            self.problem(column, "there is no value")
            return ""
        return self.cells[column]

    def choice(self, column: str, allowed: Sequence[str], default: str = "") -> str:
        """Return a cell that takes one of a few words."""
        given = self.text(column, default)
        if given not in allowed:
            near = nearest_names(given, allowed, count=1)
            fix = f"did you mean {near[0]!r}?" if near else ""
            self.problem(column, f"{given!r}: allowed are {', '.join(allowed)}", fix)
            return allowed[0]
        return given

    def number(self, column: str, *, infinite: bool = False, optional: bool = False) -> float:
        """Return a number; NaN where there is none and it is optional."""
        if optional and self.missing(column):
            return math.nan
        text = self.need(column)
        if not text:
            return math.nan
        if _NUMBER.fullmatch(text):
            return float(text)
        if infinite and text.lower() in ("inf", "-inf", "+inf"):
            return float(text)
        self.problem(column, f"{text!r} is no {'number' if infinite else 'finite number'}")
        return math.nan

    def items(self, column: str) -> tuple[str, ...]:
        """Return what a cell lists, by semicolon."""
        text = self.text(column)
        return tuple(part.strip() for part in text.split(";")) if text else ()

    def rest(self, known: Sequence[str]) -> dict[str, str]:
        """Return the columns that are not among the known ones."""
        return {key: value for key, value in self.cells.items() if key not in known}


def read_rows(paths: Sequence[Path], needed: Sequence[str], issues: list[Issue]) -> list[Row]:
    """Read the rows of a table that may be spread over files.

    Parameters
    ----------
    paths : sequence of Path
    needed : sequence of str
        Columns that must be there.
    issues : list of Issue
        Receives problems.

    Returns
    -------
    list of Row
    """
    return [row for path in paths for row in _read_file(path, needed, issues)]


def _read_file(path: Path, needed: Sequence[str], issues: list[Issue]) -> Iterator[Row]:
    import pandas as pd

    try:
        table = pd.read_csv(
            path, sep="\t", dtype=str, keep_default_na=False, header=None, encoding="utf-8-sig",
            skip_blank_lines=False, quoting=0,
        )  # fmt: skip
    except (OSError, ValueError) as error:  # of pandas: empty files, rows that are too long
        why = error.strerror if isinstance(error, OSError) else str(error).strip()
        issues.append(Issue("error", path.name, f"cannot be read as a table: {why}"))
        return
    rows: list[list[str]] = table.to_numpy().tolist()
    header = [str(cell).strip() for cell in rows[0]]
    twice = sorted({name for name in header if name and header.count(name) > 1})
    for name in twice:
        issues.append(Issue("error", path.name, f"the column {name!r} stands there twice"))
    absent = [name for name in needed if name not in header]
    for name in absent:
        near = nearest_names(name, header, count=1)
        fix = f"it has {near[0]!r}" if near else f"it has {', '.join(filter(None, header))}"
        issues.append(Issue("error", path.name, f"there is no column {name!r}", fix))
    if absent or twice:
        return
    for place, cells in enumerate(rows[1:], start=2):
        texts = [str(cell).strip() for cell in cells]
        if any(texts):
            named = {key: text for key, text in zip(header, texts, strict=True) if key}
            yield Row(path.name, place, named, issues)
