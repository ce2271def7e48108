"""``livingdrug models list|show|verify``."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated

import typer

from livingdrug.cli.exits import DATA_ERROR

if TYPE_CHECKING:
    from livingdrug.catalogue.entry import Entry
    from livingdrug.model.model import Model
    from livingdrug.qc.verify import Verification

__all__ = ["app"]

app = typer.Typer(
    help="Published models: list them, show one, re-run its evidence.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.command(name="list")
def list_command(as_json: AsJson = False) -> None:
    """List the published models and functions."""
    from livingdrug.catalogue.index import get_entry, list_entries, list_functions, status_rows

    rows: list[dict[str, object]] = []
    statuses = status_rows()
    functions = list_functions()
    for model_id in list_entries():
        entry = get_entry(model_id)
        source = entry.published.source
        recorded = statuses.get(model_id, {})
        rows.append(
            {
                "id": model_id,
                "kind": "function" if model_id in functions else "model",
                "organism": recorded.get("organism", ""),
                "status": recorded.get("status", "draft"),
                "variants": list(entry.published.variants),
                "title": source.title,
                "doi": source.doi,
            }
        )
    if as_json:
        typer.echo(json.dumps(rows, indent=2))
        return
    from livingdrug.cli.tables import print_table

    print_table(
        ("model", "kind", "organism", "status", "variants", "title"),
        [
            [
                *(str(r[key]) for key in ("id", "kind", "organism", "status")),
                _variants(r),
                str(r["title"]),
            ]
            for r in rows
        ],
    )


def _variants(row: dict[str, object]) -> str:
    names = row["variants"]
    return ", ".join(names) if isinstance(names, list) else ""


@app.command(name="show")
def show_command(
    model_id: Annotated[str, typer.Argument(metavar="ID")],
    variant: Annotated[str, typer.Option(help="Variant of the model.")] = "",
    as_json: AsJson = False,
) -> None:
    """Show equations, parameters with origins, switches and deviations of a model."""
    from livingdrug.catalogue.index import get_entry, get_model, list_functions
    from livingdrug.cli.tables import echo
    from livingdrug.model.render import equations_text, parameter_table, summary
    from livingdrug.system.compile import compile_model

    if model_id in list_functions():
        from livingdrug.cli.functions import show_function

        show_function(model_id, variant, as_json=as_json)
        return
    model, entry = get_model(model_id, variant), get_entry(model_id)
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
    echo("Deviations from print:")
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


@app.command(name="verify")
def verify_command(
    model_ids: Annotated[
        list[str] | None, typer.Argument(metavar="[ID]...", help="All when none is named.")
    ] = None,
    all_readouts: Annotated[
        bool, typer.Option("--all", help="Show every read-out, not only the failing ones.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Re-run the evidence of models: read-outs, and reactions against printed equations."""
    from livingdrug.catalogue.index import get_entry, list_entries
    from livingdrug.qc.verify import verify

    entries = [get_entry(model_id) for model_id in model_ids or list_entries()]
    results = []
    for entry in entries:
        for variant in entry.published.variants:
            results.append(verify(entry, variant))
            if not as_json:  # as they come: each takes seconds
                _print_verification(results[-1], all_readouts=all_readouts)
    if as_json:
        typer.echo(json.dumps([_verification_json(result) for result in results], indent=2))
    if not all(result.passed for result in results):
        raise typer.Exit(DATA_ERROR)


def _verification_json(result: Verification) -> dict[str, object]:
    return {
        "id": result.entry.id,
        "variant": result.variant,
        "passed": result.passed,
        "readouts": [
            {
                "label": check.readout.label,
                "expected": check.readout.equals,
                "got": check.got,
                "unit": check.readout.unit,
                "witness": check.readout.witness,
                "at": check.readout.at,
                "passed": check.passed,
            }
            for check in result.checks
        ],
        "equations": [
            {"state": item.equation.state, "at": item.equation.at, "passed": item.passed}
            for item in result.equations
        ],
    }


def _print_verification(result: Verification, *, all_readouts: bool) -> None:
    from livingdrug.cli.tables import echo, print_table

    good = sum(check.passed for check in result.checks)
    equal = sum(item.passed for item in result.equations)
    echo(
        f"{result.entry.id}, variant {result.variant}: {'passed' if result.passed else 'FAILED'}; "
        f"{good} of {len(result.checks)} read-outs, {equal} of {len(result.equations)} printed "
        "equations"
    )
    shown = [check for check in result.checks if all_readouts or not check.passed]
    if shown:
        print_table(
            ("read-out", "expected", "got", "unit", "tolerance", "witness", ""),
            [
                (
                    check.readout.label,
                    f"{check.readout.equals:.8g}",
                    f"{check.got:.8g}",
                    check.readout.unit,
                    f"{check.readout.atol + check.readout.rtol * abs(check.readout.equals):.2g}",
                    check.readout.witness,
                    "ok" if check.passed else "FAILED",
                )
                for check in shown
            ],
        )
    for item in result.equations:
        if not item.passed:
            echo(f"  printed equation of {item.equation.state} differs by {item.worst:.3g}")
