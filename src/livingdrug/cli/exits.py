"""Exit codes, so that scripts can tell what happened, and the one message on the error stream."""

from __future__ import annotations

import typer

from livingdrug.core.errors import LivingDrugError, OutputError, SolveError

__all__ = ["DATA_ERROR", "DONE", "PARTIAL", "RUN_ERROR", "complain", "exit_code_of"]

DONE = 0
"""Done, also after a warning."""
DATA_ERROR = 2
"""The command, a file or a model is wrong; nothing was written."""
RUN_ERROR = 3
"""It failed while running; nothing was written, or a result in pieces that can be resumed."""
PARTIAL = 4
"""A partial result was kept: some subjects failed and are marked."""


def complain(message: str) -> None:
    """Print a message on the error stream.

    Parameters
    ----------
    message : str
    """
    typer.echo(f"livingdrug: {message}", err=True)


def exit_code_of(error: LivingDrugError) -> int:
    """Return the exit code of an error.

    Parameters
    ----------
    error : LivingDrugError

    Returns
    -------
    int
    """
    if isinstance(error, OutputError) and isinstance(error.__cause__, OSError):
        return RUN_ERROR  # the disk, not the command
    return RUN_ERROR if isinstance(error, SolveError) else DATA_ERROR
