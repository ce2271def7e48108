"""Print text and tables on the terminal, and plainly into a pipe."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from livingdrug.model.model import Model

__all__ = ["console", "echo", "name_of", "print_table", "whom"]

_PIPE_WIDTH = 160


def console(*, error: bool = False) -> Console:
    """Return a console; in a pipe it is wide and without colour.

    Parameters
    ----------
    error : bool, optional
        On the error stream.

    Returns
    -------
    rich.console.Console
    """
    stream = sys.stderr if error else sys.stdout
    given = stream.isatty() or "COLUMNS" in os.environ
    return Console(file=stream, width=None if given else _PIPE_WIDTH, highlight=False)


def echo(text: str = "") -> None:
    """Print text as it is: wrapped at words on a terminal, line by line into a pipe.

    Parameters
    ----------
    text : str, optional
    """
    console().print(text, markup=False, soft_wrap=not sys.stdout.isatty())


def print_table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a table; its first column, the names, is never broken.

    Parameters
    ----------
    header : sequence of str
    rows : sequence of sequence of str
    """
    from rich import box
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for place, name in enumerate(header):
        table.add_column(Text(name), overflow="fold", no_wrap=place == 0)
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    console().print(table)


def name_of(model: Model) -> str:
    """Return what a heading calls a model.

    Parameters
    ----------
    model : Model

    Returns
    -------
    str
    """
    return f"model {model.id}" + (f", variant {model.variant}" if model.variant else "")


def whom(model: Model) -> str:
    """Return whom a model describes, in brackets; empty where it does not say.

    Parameters
    ----------
    model : Model

    Returns
    -------
    str
    """
    known = [text for text in (model.organism, model.population) if text]
    return f" ({'; '.join(known)})" if known else ""
