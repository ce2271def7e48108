"""Plain text to Markdown that shows it as it is."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["escape_markdown", "markdown_table"]


def escape_markdown(text: str) -> str:
    """Write a text so that Markdown, in a table or outside, shows it as it is.

    Parameters
    ----------
    text : str

    Returns
    -------
    str
        On one line.
    """
    escaped = "".join(f"\\{letter}" if letter in "\\`*_[]<>|$#{}~" else letter for letter in text)
    return " ".join(escaped.split())


def markdown_table(
    header: Sequence[str], rows: Sequence[Sequence[str]], *, code: Sequence[str] = ()
) -> list[str]:
    """Write a table.

    Parameters
    ----------
    header : sequence of str
    rows : sequence of sequence of str
        Plain text; it is escaped.
    code : sequence of str, optional
        Names of columns that are shown as code.

    Returns
    -------
    list of str
        Lines; empty without rows.
    """
    if not rows:
        return []
    lines = ["| " + " | ".join(header) + " |", "| " + " | ".join("---" for _ in header) + " |"]
    for row in rows:
        cells = [
            _code(cell) if name in code else escape_markdown(cell)
            for name, cell in zip(header, row, strict=True)
        ]
        lines.append("| " + " | ".join(cells) + " |")
    return [*lines, ""]


def _code(text: str) -> str:
    shown = " ".join(text.split()).replace("|", "\\|")
    return f"`{shown}`" if shown else ""
