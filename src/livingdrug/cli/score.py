"""``livingdrug score easix|hematotox``."""

from __future__ import annotations

from typing import Annotated

import typer

from livingdrug.cli.exits import PARTIAL
from livingdrug.cli.options import parse_number
from livingdrug.cli.ward_file import (
    AsJson,
    Columns,
    Explain,
    File,
    Force,
    Ignore,
    Unconfirmed,
    names_of,
    read_ward,
)

__all__ = ["app"]

app = typer.Typer(
    help="Risk scores from laboratory values of a ward: the EASIX family and CAR-HEMATOTOX.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

Out = Annotated[str, typer.Option(metavar="FILE", help="Write a row for each person, CSV.")]
Lymphodepletion = Annotated[
    str,
    typer.Option(
        metavar="DAY", help="Start of lymphodepletion of whoever has no row that says so, as -5."
    ),
]
Within = Annotated[
    str, typer.Option(metavar="DAYS", help="How old a value before lymphodepletion may be.")
]


@app.command(name="easix")
def easix_command(
    file: File,
    when: Annotated[
        str, typer.Option(metavar="TIME", help="before, day-1 or day+1: no other was evaluated.")
    ],
    member: Annotated[
        str, typer.Option(metavar="NAMES", help="easix, simplified, modified; by comma.")
    ] = "easix,simplified,modified",
    explain: Explain = "",
    out: Out = "",
    lymphodepletion: Lymphodepletion = "",
    within: Within = "7",
    ignore: Ignore = "",
    column: Columns = None,
    as_json: AsJson = False,
    force: Force = False,
) -> None:
    """Compute EASIX, simplified and modified EASIX of everybody."""
    from livingdrug.cli import grade_checks, score_report
    from livingdrug.clinical.scores.ward import easix_of_ward

    grade_checks.check_files(out, "", "", force=force)
    members = score_report.check_members(list(dict.fromkeys(names_of(member))))
    time = score_report.check_when(when)
    day = parse_number(lymphodepletion) if lymphodepletion else float("nan")
    ward = read_ward(file, "", ignore, column)
    scored = easix_of_ward(
        ward, members, when=time, lymphodepletion=day, within=parse_number(within)
    )
    grade_checks.check_people(scored, explain)
    report = score_report.easix_report(scored, members, time)
    score_report.deliver(report, explain, out, as_json=as_json, force=force)
    if scored.left_out:
        raise typer.Exit(PARTIAL)


@app.command(name="hematotox")
def hematotox_command(
    file: File,
    disease: Annotated[
        str, typer.Option(metavar="NAME", help="Of everybody: lbcl; the score has no other.")
    ],
    product: Annotated[
        str, typer.Option(metavar="NAME", help="Of everybody: axi-cel or tisa-cel.")
    ],
    unconfirmed: Unconfirmed = False,
    explain: Explain = "",
    out: Out = "",
    lymphodepletion: Lymphodepletion = "",
    within: Within = "7",
    ignore: Ignore = "",
    column: Columns = None,
    as_json: AsJson = False,
    force: Force = False,
) -> None:
    """Compute CAR-HEMATOTOX of everybody from values before lymphodepletion."""
    from livingdrug.cli import grade_checks, score_report
    from livingdrug.clinical.scores.ward import hematotox_of_ward

    grade_checks.check_unconfirmed("CAR-HEMATOTOX (its cut-offs)", given=unconfirmed)
    grade_checks.check_files(out, "", "", force=force)
    day = parse_number(lymphodepletion) if lymphodepletion else float("nan")
    ward = read_ward(file, "", ignore, column)
    scored = hematotox_of_ward(
        ward, disease=disease, product=product, lymphodepletion=day, within=parse_number(within)
    )
    grade_checks.check_people(scored, explain)
    report = score_report.hematotox_report(scored, disease, product)
    score_report.deliver(report, explain, out, as_json=as_json, force=force)
    if scored.left_out:
        raise typer.Exit(PARTIAL)
