"""Open a delimited text file and hand out its cells, naming file, row and column of a problem.

Nothing here knows what a column means. Problems are appended to a list that the caller raises
once, so that a user sees all of them.
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.resources.abc import Traversable

from livingdrug.core.errors import Issue, nearest_names

__all__ = ["RawTable", "RowCells", "column_issues", "is_missing", "read_raw_table", "read_text"]

_MISSING = frozenset({"", "na", "n/a", "nan", ".", "null", "none"})
_DELIMITERS = (",", ";", "\t")
_BINARY_KINDS = (
    (b"PK\x03\x04", "a zip or Excel file"),
    (b"\xd0\xcf\x11\xe0", "an old Excel file"),
    (b"PAR1", "a Parquet file"),
    (b"\x89HDF", "an HDF5 file"),
    (b"%PDF", "a PDF file"),
    (b"\x1f\x8b", "a gzip file"),
)
_TRUE = frozenset({"true", "t", "yes", "y", "1"})
_FALSE = frozenset({"false", "f", "no", "n", "0"})


def is_missing(text: str) -> bool:
    """Tell whether a cell stands for "no value": empty, ``NA``, ``NaN``, ``.``, ``null``.

    Parameters
    ----------
    text : str

    Returns
    -------
    bool
    """
    return text.strip().lower() in _MISSING


@dataclass(frozen=True, slots=True)
class RawTable:
    """Cells of a delimited file.

    Attributes
    ----------
    label : str
        The file as messages name it.
    columns : tuple of str
        Header, stripped.
    rows : tuple of (int, tuple of str)
        Line number in the file (header = line 1) and the cells, as many as columns.
    written : mapping from str to str
        What the file calls a column, where a reader has renamed it.
    """

    label: str
    columns: tuple[str, ...]
    rows: tuple[tuple[int, tuple[str, ...]], ...]
    written: Mapping[str, str] = field(default_factory=dict)

    def renamed(self, columns: Sequence[str]) -> RawTable:
        """Return the table with other names of its columns; messages keep those of the file.

        Parameters
        ----------
        columns : sequence of str
            As many as there are.

        Returns
        -------
        RawTable
        """
        was = (self.written.get(name, name) for name in self.columns)
        return RawTable(self.label, tuple(columns), self.rows, dict(zip(columns, was, strict=True)))


class RowCells:
    """Typed access to one row; what does not parse is appended to the issues.

    Parameters
    ----------
    table : RawTable
    line : int
    cells : sequence of str
    issues : list of Issue
        Receives problems.
    """

    def __init__(
        self, table: RawTable, line: int, cells: Sequence[str], issues: list[Issue]
    ) -> None:
        self.label = table.label
        self.line = line
        self._cells = dict(zip(table.columns, cells, strict=True))
        self._issues = issues
        self._written, self.columns = table.written, table.columns

    def _where(self, column: str) -> str:
        return f"{self.label}, row {self.line}, column {self._written.get(column, column)}"

    def complain(self, column: str, message: str, fix: str = "") -> None:
        """Record an error in a cell of this row.

        Parameters
        ----------
        column : str
        message, fix : str
        """
        self._issues.append(Issue("error", self._where(column), message, fix))

    def warn(self, column: str, message: str, fix: str = "") -> None:
        """Record a warning in a cell of this row.

        Parameters
        ----------
        column : str
        message, fix : str
        """
        self._issues.append(Issue("warning", self._where(column), message, fix))

    def has(self, column: str) -> bool:
        """Tell whether the cell holds a value.

        Parameters
        ----------
        column : str

        Returns
        -------
        bool
        """
        return not is_missing(self._cells.get(column, ""))

    def raw(self, column: str) -> str:
        """Return the cell as it stands in the file; ``""`` when there is no such column.

        Parameters
        ----------
        column : str

        Returns
        -------
        str
        """
        return self._cells.get(column, "")

    def text(self, column: str, default: str = "") -> str:
        """Return the cell's text, or the default when it is missing.

        Parameters
        ----------
        column : str
        default : str, optional

        Returns
        -------
        str
        """
        return self._cells[column].strip() if self.has(column) else default

    def number(self, column: str) -> float | None:
        """Return the cell as a finite number; None when it is missing or not one.

        Parameters
        ----------
        column : str

        Returns
        -------
        float or None
        """
        if not self.has(column):
            return None
        text = self.text(column)
        try:
            value = float(text) if "_" not in text else math.nan  # Python would take 1_000
        except ValueError:
            value = math.nan
        if math.isfinite(value):
            return value
        self.complain(column, f"{text!r} is not a finite number", _number_fix(text))
        return None

    def whole(self, column: str) -> int | None:
        """Return the cell as a whole number >= 0; None when it is missing or not one.

        Parameters
        ----------
        column : str

        Returns
        -------
        int or None
        """
        value = self.number(column)
        if value is None:
            return None
        if value < 0 or value != int(value):
            self.complain(column, f"{self.text(column)!r} is not a whole number of 0 or more")
            return None
        return int(value)

    def flag(self, column: str) -> bool:
        """Return the cell as true or false; false when it is missing.

        Parameters
        ----------
        column : str

        Returns
        -------
        bool
        """
        text = self.text(column).lower()
        if text and text not in _TRUE | _FALSE:
            self.complain(column, f"{self.text(column)!r} is not allowed", "write true or false")
        return text in _TRUE


def _number_fix(text: str) -> str:
    if text.startswith(("<", "≤")):
        return "give the limit in column 'lloq' and set 'blq' to true"
    if text.startswith((">", "≥")):
        return "give the limit in column 'uloq' and set 'alq' to true"
    if text.count(",") == 1 and text.replace(",", "").replace("-", "").isdigit():
        return "write a decimal point, and no thousands separator"
    return "write a number as 12.5 or 1.25e1, without its unit"


def read_text(source: Traversable, label: str, issues: list[Issue]) -> str | None:
    """Read a UTF-8 text file; None, with the reason in the issues, when it is not one.

    Parameters
    ----------
    source : Traversable
        A path, or a file of an installed package.
    label : str
    issues : list of Issue
        Receives problems.

    Returns
    -------
    str or None
        Without a byte order mark.
    """
    try:
        kind = "is a folder" if source.is_dir() else "does not exist"
        content = source.read_bytes() if source.is_file() else None
    except (OSError, ValueError) as error:  # ValueError: a path with a NUL character
        message = f"the file cannot be read: {error}"
        issues.append(Issue("error", label, message, "check the path and your permissions"))
        return None
    if content is None:
        issues.append(Issue("error", label, f"the file {kind}", "give the path of a text file"))
        return None
    message, fix = _why_not_text(content)
    if message:
        issues.append(Issue("error", label, message, fix))
        return None
    return content.decode("utf-8-sig")


def _why_not_text(content: bytes) -> tuple[str, str]:
    """Return message and fix for content that is not UTF-8 text; empty texts when it is."""
    if not content.strip():
        return "the file is empty", "it needs content"
    for magic, kind in _BINARY_KINDS:
        if content.startswith(magic):
            return f"this is {kind}, not text", "export the table as CSV in UTF-8"
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "the file is in UTF-16", "save it in UTF-8"
    if b"\x00" in content:
        return "this is a binary file, not text", "export the table as CSV in UTF-8"
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        return f"row {line} is not UTF-8 text", "save the file in UTF-8"
    return ("", "") if text.strip() else ("the file is empty", "it needs content")


def read_raw_table(
    source: Traversable,
    label: str,
    known: Collection[str],
    issues: list[Issue],
    *,
    skip: Callable[[Sequence[str], Sequence[str]], bool] | None = None,
) -> RawTable | None:
    """Read a table separated by comma, semicolon or tab; None when there is nothing to read.

    Parameters
    ----------
    source : Traversable
    label : str
    known : collection of str
        Column names in lower case; the separator is the one that finds most of them.
    issues : list of Issue
        Receives problems.
    skip : callable, optional
        Takes the header (empty before it) and the cells of a row, and says whether to leave the
        row out.

    Returns
    -------
    RawTable or None
    """
    text = read_text(source, label, issues)
    if text is None:
        return None
    lines = [line for line in text.splitlines() if line.strip()]
    header_line = next((line for line in lines if not (skip and skip((), (line,)))), lines[0])
    delimiter = max(_DELIMITERS, key=lambda mark: _names_found(header_line, mark, known))
    # newline="" keeps line breaks inside quotes, so that line numbers stay those of the file
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    header: tuple[str, ...] = ()
    rows: list[tuple[int, tuple[str, ...]]] = []
    ragged: list[Issue] = []
    start = 1
    try:
        for cells in reader:
            line, start = start, reader.line_num + 1
            if not any(cell.strip() for cell in cells) or (skip and skip(header, cells)):
                continue
            if not header:
                header = tuple(cell.strip() for cell in cells)
            elif len(cells) != len(header):
                ragged.append(_ragged(label, line, len(cells), len(header)))
            else:
                rows.append((line, tuple(cells)))
    except csv.Error as error:
        message = f"not a well-formed table: {error}"
        fix = "check the quotation marks from this row on"
        issues.append(Issue("error", f"{label}, row {start}", message, fix))
        return None
    issues.extend(ragged)
    if not rows and not ragged:
        issues.append(Issue("error", label, "the table has a header and no rows", "add rows"))
    return RawTable(label, header, tuple(rows))


def _names_found(header: str, delimiter: str, known: Collection[str]) -> int:
    cells = [cell.strip().strip('"').lower() for cell in header.split(delimiter)]
    return sum(cell.split("[")[0].strip() in known for cell in cells)


def _ragged(label: str, line: int, given: int, wanted: int) -> Issue:
    return Issue(
        "error",
        f"{label}, row {line}",
        f"{given} cells, the header has {wanted}",
        "check for a missing separator, or a comma inside a cell that is not in quotes",
    )


def column_issues(table: RawTable, required: Sequence[str], optional: Sequence[str]) -> list[Issue]:
    """Compare a header with the columns a reader knows.

    Parameters
    ----------
    table : RawTable
    required, optional : sequence of str

    Returns
    -------
    list of Issue
        An error for a missing or repeated column, a warning for an unknown one.
    """
    allowed = [*required, *optional]
    where = f"{table.label}, row 1"
    unknown = [name for name in table.columns if name not in allowed]
    issues = []
    for name in required:
        if name in table.columns:
            continue
        near = nearest_names(name, [other for other in unknown if other], count=1)
        fix = f"rename column {near[0]!r}" if near else f"required: {', '.join(required)}"
        if len(table.columns) == 1:
            fix = (
                f"the header holds the single column {table.columns[0]!r}: separate columns by "
                f"comma, semicolon or tab; required: {', '.join(required)}"
            )
        issues.append(Issue("error", where, f"column {name!r} is missing", fix))
    for name in dict.fromkeys(table.columns):
        if table.columns.count(name) > 1:
            message = f"column {name!r} appears {table.columns.count(name)} times"
            issues.append(Issue("error", where, message, "keep one of them"))
    for name in dict.fromkeys(unknown):
        fix = f"allowed: {', '.join(allowed)}"
        issues.append(Issue("warning", where, f"unknown column {name!r} is not read", fix))
    return issues
