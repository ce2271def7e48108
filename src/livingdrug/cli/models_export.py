"""``livingdrug models export``: a model for other tools."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from livingdrug.cli.options import parse_number, parse_whole

__all__ = ["export_command"]

_FORMS = {
    ".xml": "SBML Level 3 Version 2",
    ".sbml": "SBML Level 3 Version 2",
    ".ant": "Antimony",
    ".omex": "COMBINE archive with SBML, SED-ML and expected results",
}


def export_command(
    model: Annotated[str, typer.Argument(metavar="MODEL", help="Model id, or a file of a model.")],
    to: Annotated[str, typer.Option(metavar="FILE", help="What is written: .xml, .ant or .omex.")],
    variant: Annotated[str, typer.Option(metavar="NAME", help="Variant [its first].")] = "",
    dose: Annotated[
        float | None,
        typer.Option(
            parser=parse_number, metavar="NUMBER", help="Infused on day 0, written as an event."
        ),
    ] = None,
    days: Annotated[
        float,
        typer.Option(parser=parse_number, metavar="NUMBER", help=".omex: last time."),
    ] = 100.0,
    points: Annotated[
        int, typer.Option(parser=parse_whole, metavar="N", help=".omex: times.")
    ] = 101,
    force: Annotated[bool, typer.Option("--force", help="Replace an existing file.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Write a model as SBML, Antimony or a COMBINE archive, for other tools to run."""
    from livingdrug.catalogue.index import get_model
    from livingdrug.core.errors import OptionError
    from livingdrug.core.files import check_output
    from livingdrug.model.regimen import Regimen

    form = Path(to).suffix.lower()
    if form not in _FORMS:
        raise OptionError(f"--to: {to!r} ends in none of {', '.join(_FORMS)}")
    path = check_output(to, force)
    made = get_model(model, variant)
    if dose is not None and not made.doses:
        raise OptionError(f"--dose: {made.id} declares no dose")
    regimen = None if dose is None else Regimen.infusion(dose, dose=made.doses[0].name)
    if form == ".ant":
        from livingdrug.interop.antimony import write_antimony

        write_antimony(made, path, regimen=regimen)
    elif form == ".omex":
        from livingdrug.interop.omex import write_omex

        write_omex(made, path, end=days, points=points, regimen=regimen)
    else:
        from livingdrug.interop.sbml.write.write import write_sbml

        write_sbml(made, path, regimen=regimen)
    if as_json:
        facts = {"written": str(path), "format": _FORMS[form], "model": made.id}
        typer.echo(json.dumps(facts | {"variant": made.variant, "math_hash": made.math_hash}))
        return
    typer.echo(f"written: {path} ({_FORMS[form]})")
