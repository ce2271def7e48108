"""``livingdrug models export``: a model for other tools."""

from __future__ import annotations

import json
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from livingdrug.cli.doses import parse_regimen
from livingdrug.cli.options import parse_number, parse_pairs, parse_whole

if TYPE_CHECKING:
    from livingdrug.model.model import Model
    from livingdrug.model.regimen import Regimen

__all__ = ["export_command"]

_FORMS = {
    ".xml": "SBML Level 3 Version 2",
    ".sbml": "SBML Level 3 Version 2",
    ".ant": "Antimony",
    ".omex": "COMBINE archive with SBML, SED-ML and expected results",
}


To = Annotated[
    str, typer.Option(metavar="FILE", help="What is written: .xml, .sbml, .ant or .omex.")
]
Variant = Annotated[str, typer.Option(metavar="NAME", help="Variant [its first].")]
DoseOption = Annotated[
    list[str] | None,
    typer.Option(
        metavar="DOSE",
        help="Given in the file: infused cells, NAME=AMOUNT@DAY of any dose that the model "
        "declares, or NAME=AMOUNT@DAY+DAYS over so many days, in its unit; or 'reference' for the "
        "doses of the model's own read-outs. May be given again [none].",
    ),
]
Set = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="NAME=VALUE",
        help="Parameter, initial value or covariate of the one subject, as weight=70.",
    ),
]
Days = Annotated[
    float | None,
    typer.Option(parser=parse_number, metavar="NUMBER", help=".omex: last time [100]."),
]
Points = Annotated[
    int | None,
    typer.Option(parser=parse_whole, metavar="N", help=".omex: times, both ends too [101]."),
]


def export_command(
    model: Annotated[str, typer.Argument(metavar="MODEL", help="Model id, or a file of a model.")],
    to: To,
    variant: Variant = "",
    dose: DoseOption = None,
    set_: Set = None,
    days: Days = None,
    points: Points = None,
    force: Annotated[bool, typer.Option("--force", help="Replace an existing file.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Write a model as SBML, Antimony or a COMBINE archive, for other tools to run."""
    from livingdrug.catalogue.index import get_model
    from livingdrug.core.files import check_output

    form = Path(to).suffix.lower()
    _check(to, form, days, points)
    path = check_output(to, force)
    made = get_model(model, variant)
    regimen = _regimen(made, model, dose or [])
    values = parse_pairs("--set", set_ or [])
    if form == ".ant":
        from livingdrug.interop.antimony import write_antimony

        write_antimony(made, path, regimen=regimen, values=values)
    elif form == ".omex":
        _write_archive(made, path, regimen, values, days, points)
    else:
        from livingdrug.interop.sbml.write.write import write_sbml

        write_sbml(made, path, regimen=regimen, values=values)
    _report(made, path, form, 0 if regimen is None else len(regimen.doses), as_json=as_json)


def _write_archive(
    model: Model,
    path: Path,
    regimen: Regimen | None,
    values: dict[str, float],
    days: float | None,
    points: int | None,
) -> None:
    from livingdrug.core.errors import DraftModelWarning
    from livingdrug.interop.omex import write_omex

    end, number = 100.0 if days is None else days, 101 if points is None else points
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DraftModelWarning)  # its status is printed
        write_omex(model, path, end=end, points=number, regimen=regimen, values=values)


def _report(model: Model, path: Path, form: str, doses: int, *, as_json: bool) -> None:
    if as_json:
        facts = {"written": str(path), "format": _FORMS[form], "model": model.id}
        facts |= {"variant": model.variant, "math_hash": model.math_hash, "status": model.status}
        typer.echo(json.dumps(facts | {"doses": doses}))
        return
    typer.echo(f"written: {path} ({_FORMS[form]})")
    typer.echo(f"model: {model.id}, variant {model.variant or '-'}, {model.status}")
    if doses or model.doses:
        typer.echo(f"doses: {doses or 'none; --dose gives some'}")
    if form == ".ant":
        typer.echo(
            "not in it: variability, origins and declared doses, for which Antimony has no place"
        )


def _check(to: str, form: str, days: float | None, points: int | None) -> None:
    from livingdrug.core.errors import Issue, OptionError, raise_issues

    issues = []
    if form not in _FORMS:
        issues.append(Issue("error", "--to", f"{to!r} ends in none of {', '.join(_FORMS)}"))
    for option, value in (("--days", days), ("--points", points)):
        if value is not None and form in _FORMS and form != ".omex":
            issues.append(Issue("error", option, f"{form} holds no simulation; .omex does"))
    raise_issues(issues, OptionError)


def _regimen(model: Model, model_id: str, texts: list[str]) -> Regimen | None:
    from livingdrug.catalogue.index import get_entry
    from livingdrug.compare.handles import reference_regimen
    from livingdrug.core.errors import OptionError

    if "reference" not in texts:
        return parse_regimen(model, texts)
    if len(texts) > 1:
        raise OptionError("--dose: 'reference' is all doses of the read-outs; give it alone")
    found = reference_regimen(model, get_entry(model_id))
    if found is None:
        raise OptionError(f"--dose reference: {model.id} states no doses; write them, or none")
    return found
