"""Show a published function on the terminal."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from livingdrug.catalogue.entry import Entry

__all__ = ["show_function"]


def show_function(entry: Entry, variant: str, *, as_json: bool) -> None:
    """Print formulas, arguments, parameters with origins and deviations of a function.

    Parameters
    ----------
    entry : Entry
    variant : str
    as_json : bool
        One JSON object instead.
    """
    from livingdrug.catalogue.index import function_of
    from livingdrug.cli.tables import echo, print_table
    from livingdrug.qc.function_pages import argument_table, value_table

    form = function_of(entry, variant)
    deviations = [{"what": d.what, "instead": d.instead, "why": d.why} for d in entry.deviations]
    facts = {
        "id": form.id,
        "kind": "function",
        "variant": form.variant,
        "status": form.status,
        "organism": form.organism,
        "population": form.population,
    }
    if as_json:
        whole = facts | {
            "variants": dict(entry.published.variants),
            "math_hash": form.math_hash,
            "evidence_hash": form.evidence_hash,
            "formulas": [{"name": f.name, "text": f.text, "at": f.at} for f in form.formulas],
            "arguments": argument_table(form),
            "parameters": value_table(form),
            "deviations": deviations,
            "doi": form.source.doi,
        }
        typer.echo(json.dumps(whole, indent=2))
        return
    echo(f"{form.title}")
    for key, value in facts.items():
        echo(f"  {key:<24}{value}")
    echo()
    echo(entry.about)
    echo()
    for formula in form.formulas:
        echo(f"  {formula.name} = {formula.text}    [{formula.at}]")
    echo()
    arguments = argument_table(form)
    print_table(list(arguments[0]), [list(row.values()) for row in arguments])
    values = value_table(form)
    print_table(list(values[0]), [[str(cell) for cell in row.values()] for row in values])
    echo("Deviations from print:")
    for item in entry.deviations:
        echo(f"  - {item.what}: {item.instead}. {item.why}.")
    echo()
    echo(form.source.citation())
