"""``livingdrug models new``: the first version of a model file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["new_command"]


def new_command(
    doi: Annotated[str, typer.Option(metavar="DOI", help="Of the publication.")],
    model_id: Annotated[
        str,
        typer.Option("--id", metavar="ID", help="Author, year and what it is, as smith2026_aml."),
    ],
    folder: Annotated[
        str, typer.Option(metavar="DIR", help="Where the file is written [here].")
    ] = ".",
) -> None:
    """Write the first version of a model file: it loads, and its check says what to write."""
    from livingdrug.catalogue.places import find_places
    from livingdrug.catalogue.scaffold import scaffold
    from livingdrug.core.errors import OptionError
    from livingdrug.core.files import check_output, write_text

    text = scaffold(model_id, doi)
    place = find_places()[0].get(model_id)
    if place is not None:
        raise OptionError(
            f"--id: {model_id!r} is taken by {place.owner} ({place.module}); choose another, "
            f"as {model_id}_variant"
        )
    path = Path(folder) / f"{model_id}.py"
    if path.exists():
        raise OptionError(f"{path} exists and is never replaced; choose another --id or --folder")
    write_text(check_output(path), text)
    typer.echo(f"{path} written; it loads, and what begins with TODO is to be filled in:")
    typer.echo(f"  livingdrug models check {path}")
    typer.echo(f"  livingdrug simulate {path}")
