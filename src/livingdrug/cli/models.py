"""``livingdrug models``: list, search and show; the other commands are in files of their own."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated

import typer

from livingdrug.cli.exits import complain
from livingdrug.cli.models_check import check_command, verify_command
from livingdrug.cli.models_export import export_command
from livingdrug.cli.models_new import new_command
from livingdrug.cli.options import parse_whole

if TYPE_CHECKING:
    from livingdrug.catalogue.entry import Entry
    from livingdrug.model.model import Model
    from livingdrug.qc.facts import Facts

__all__ = ["app"]

app = typer.Typer(
    help="Published models: find one, show it, re-run its evidence, write one of your own.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.command(name="list")
def list_command(
    cells: Annotated[
        str, typer.Option(metavar="NAME", help="Only with these cells: CAR-T, CAR-NK, NK, B, ...")
    ] = "",
    disease: Annotated[
        str, typer.Option(metavar="TEXT", help="Only whose description holds these words.")
    ] = "",
    endpoint: Annotated[
        str, typer.Option(metavar="TERM", help="Only which show this term, or a part: tumor.")
    ] = "",
    stochastic: Annotated[
        bool, typer.Option("--stochastic", help="Only with states that can be read as jumps.")
    ] = False,
    max_states: Annotated[
        int | None,
        typer.Option(parser=parse_whole, metavar="N", help="Only with at most this many states."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """List the published models and functions."""
    from livingdrug.qc.facts import fits

    rows = [
        facts
        for facts in _all_facts(jumps=stochastic or as_json)
        if fits(
            facts,
            cells=cells,
            disease=disease,
            endpoint=endpoint,
            stochastic=stochastic,
            max_states=max_states,
        )
    ]
    if as_json:
        typer.echo(json.dumps([_facts_json(facts) for facts in rows], indent=2))
        return
    _print_facts(rows, [", ".join(facts.variants) for facts in rows], "variants")


@app.command(name="search")
def search_command(
    text: Annotated[str, typer.Argument(metavar="TEXT", help="Words; all have to be found.")],
    as_json: AsJson = False,
) -> None:
    """Find models by id, title, author, DOI, population, term or description."""
    from livingdrug.qc.facts import search

    found = [(facts, search(facts, text)) for facts in _all_facts(jumps=as_json)]
    found = [(facts, places) for facts, places in found if places]
    if as_json:
        rows = [_facts_json(facts) | {"found_in": places} for facts, places in found]
        typer.echo(json.dumps(rows, indent=2))
        return
    _print_facts([facts for facts, _ in found], [", ".join(p) for _, p in found], "found in")


def _all_facts(*, jumps: bool) -> list[Facts]:
    """Describe every entry; a plug-in that is broken is named, and does not hide the others."""
    from livingdrug.catalogue.index import get_entry
    from livingdrug.catalogue.places import find_places
    from livingdrug.core.errors import LivingDrugError
    from livingdrug.qc.facts import facts_of

    found, (places, doubled) = [], find_places()
    for model_id in places:
        try:
            found.append(facts_of(get_entry(model_id), jumps=jumps))
        except LivingDrugError as error:
            if places[model_id].field != "plug-in" and model_id not in doubled:
                raise
            complain(str(error))
    return found


def _facts_json(facts: Facts) -> dict[str, object]:
    names = (
        "id", "kind", "owner", "organism", "population", "status", "variants", "title", "authors",
        "year", "doi", "cells", "terms", "states", "stochastic", "counted",
    )  # fmt: skip
    return {name: getattr(facts, name) for name in names}


def _print_facts(rows: list[Facts], last: list[str], header: str) -> None:
    from livingdrug.cli.tables import echo, print_table

    if not rows:
        echo("none; 'livingdrug models list' shows all")
        return
    print_table(
        ("model", "kind", "organism", "status", header, "title"),
        [
            (facts.id, facts.kind, facts.organism, facts.status, text, facts.title)
            for facts, text in zip(rows, last, strict=True)
        ],
    )


@app.command(name="show")
def show_command(
    model_id: Annotated[
        str, typer.Argument(metavar="ID", help="An id, or the file of a model, which is run.")
    ],
    variant: Annotated[str, typer.Option(help="Variant of the model.")] = "",
    as_json: AsJson = False,
) -> None:
    """Show equations, parameters with origins, switches and deviations of a model."""
    from livingdrug.catalogue.index import get_entry, model_of
    from livingdrug.catalogue.load import OWN_SOURCE
    from livingdrug.cli.tables import echo
    from livingdrug.model.render import equations_text, parameter_table, summary
    from livingdrug.system.compile import compile_model

    entry = get_entry(model_id)
    if entry.is_function:
        from livingdrug.cli.functions import show_function

        show_function(entry, variant, as_json=as_json)
        return
    model = model_of(entry, variant)
    switches = [
        f"{switch.text} ({' and '.join(switch.uses)})" for switch in compile_model(model).switches
    ]
    if as_json:
        typer.echo(json.dumps(_show_json(model, entry, switches), indent=2))
        return
    echo(summary(model, switches=switches))
    echo()
    echo(entry.about)
    echo()
    echo(equations_text(model))
    echo()
    from livingdrug.cli.tables import print_table

    print_table(
        ("parameter", "value", "unit", "origin", "at", "variability", "meaning"),
        [
            tuple(
                str(row[key])
                for key in ("name", "value", "unit", "origin", "at", "variability", "doc")
            )
            for row in parameter_table(model)
        ],
    )
    echo()
    if entry.published.source is OWN_SOURCE:
        return
    echo("Deviations from print:" if entry.deviations else "Deviations from print: none")
    for deviation in entry.deviations:
        echo(f"  - {deviation.what}: {deviation.instead}. {deviation.why}.")
    echo()
    echo(entry.published.source.citation())


def _show_json(model: Model, entry: Entry, switches: list[str]) -> dict[str, object]:
    from livingdrug.model.render import equations_text, parameter_table

    return {
        "id": model.id,
        "variant": model.variant,
        "variants": dict(entry.published.variants),
        "status": model.status,
        "organism": model.organism,
        "population": model.population,
        "notice": model.notice,
        "math_hash": model.math_hash,
        "evidence_hash": model.evidence_hash,
        "equations": equations_text(model).splitlines(),
        "parameters": parameter_table(model),
        "switches": switches,
        "deviations": [
            {"what": d.what, "instead": d.instead, "why": d.why} for d in entry.deviations
        ],
        "doi": entry.published.source.doi,
    }


app.command(name="verify")(verify_command)
app.command(name="check")(check_command)
app.command(name="new")(new_command)
app.command(name="export")(export_command)
