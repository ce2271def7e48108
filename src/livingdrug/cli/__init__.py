"""The command line: thin commands over the library."""

from __future__ import annotations

__all__ = ["main"]


def main() -> None:
    """Run the command ``livingdrug``."""
    from livingdrug.cli.app import run

    run()
