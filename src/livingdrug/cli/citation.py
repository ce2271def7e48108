"""``livingdrug citation``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from livingdrug.core.provenance import Citation

__all__ = ["citation_command"]


def citation_command(
    target: Annotated[
        str,
        typer.Argument(
            metavar="TARGET", help="A result, its manifest, a model id or the name of a study."
        ),
    ],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Print the BibTeX entries of what a run used."""
    found = _citations(target)
    if as_json:
        rows = [{"doi": item.doi, "bibtex": item.bibtex} for item in found]
        typer.echo(json.dumps(rows, indent=2))
        return
    for item in found:
        typer.echo(item.bibtex)


def _citations(target: str) -> list[Citation]:
    from livingdrug.catalogue.index import get_entry, list_entries
    from livingdrug.catalogue.load import OWN_SOURCE
    from livingdrug.core.errors import DataError, UnknownNameError, unknown_name
    from livingdrug.core.provenance import Citation, read_manifest
    from livingdrug.data.datasets import list_studies, load_study
    from livingdrug.data.views import study_source

    if target in list_entries() or target.endswith(".py"):
        cited = get_entry(target).published.source
        return [] if cited is OWN_SOURCE else [Citation.of(cited)]
    if target in list_studies():
        source = study_source(load_study(target))
        return [Citation.of(source)] if source else []
    if target and Path(target).exists():
        from livingdrug.cli.rerun import find_manifest
        from livingdrug.interop.course_files import carried_manifest

        try:
            manifest = read_manifest(find_manifest(target))
        except DataError:
            carried = carried_manifest(target)  # of a file that was moved alone
            if carried is None:
                raise
            manifest = carried
        return list(manifest.citations)
    known = [*list_entries(), *list_studies()]
    raise UnknownNameError([unknown_name("result, model or study", target, known)])
