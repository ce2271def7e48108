"""``livingdrug grade crs|icans|example``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from livingdrug.cli.exits import PARTIAL
from livingdrug.cli.options import parse_number

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from livingdrug.clinical.monitoring.record import Ward
    from livingdrug.core.errors import Issue

__all__ = ["app"]

app = typer.Typer(
    help="Grade toxicity from a record of a ward: cytokine release syndrome and ICANS.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

File = Annotated[
    str, typer.Argument(metavar="FILE", help="Monitoring record (CSV), or a folder of daily data.")
]
Recorded = Annotated[
    str,
    typer.Option(
        metavar="GROUPS",
        help="What the ward records although the file has no row of it, as 'vasopressor,oxygen' "
        "or 'all': then there was none.",
    ),
]
Ignore = Annotated[str, typer.Option(metavar="ITEMS", help="Items or columns not to be read.")]
Hold = Annotated[
    str, typer.Option(metavar="HOURS", help="For which a row without a stop holds at most.")
]
Explain = Annotated[
    str, typer.Option(metavar="PATIENT", help="Show the rows and rules behind each grade.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
Force = Annotated[bool, typer.Option("--force", help="Replace existing results.")]


@app.command(name="crs")
def crs_command(
    file: File,
    scale: Annotated[
        str, typer.Option(metavar="SCALES", help="astct, lee, penn, mskcc; by comma.")
    ] = "astct,lee,penn",
    explain: Explain = "",
    plot: Annotated[
        str, typer.Option(metavar="FILE", help="Draw a timeline: .png, .svg or .pdf.")
    ] = "",
    out: Annotated[str, typer.Option(metavar="FILE", help="Write grades over time, CSV.")] = "",
    adae: Annotated[str, typer.Option(metavar="FILE", help="Write ADAE-style records, CSV.")] = "",
    unconfirmed: Annotated[
        bool,
        typer.Option(
            "--unconfirmed",
            help="Add scales whose rules were not confirmed; their names end in _unconfirmed.",
        ),
    ] = False,
    recorded: Recorded = "",
    ignore: Ignore = "",
    adults: Annotated[
        bool, typer.Option("--adults", help="Whoever has no age recorded is 18 or older.")
    ] = False,
    sbp_below: Annotated[
        str, typer.Option(metavar="MMHG", help="Systolic pressure below which an adult is low.")
    ] = "90",
    quiet_hours: Annotated[
        str, typer.Option(metavar="HOURS", help="Without signs, after which an episode is over.")
    ] = "24",
    hold_hours: Hold = "28",
    as_json: AsJson = False,
    force: Force = False,
) -> None:
    """Grade cytokine release syndrome, with bounds where the record leaves a grade open."""
    from livingdrug.cli import grade_checks, grade_report
    from livingdrug.clinical.grading.crs import UNCONFIRMED_SCALES, grade_crs
    from livingdrug.clinical.grading.rules import GradingRules

    grade_checks.check_files(out, adae, plot, force=force)
    scales = _names(scale)
    grade_checks.check_scales(scales, unconfirmed=unconfirmed)
    if unconfirmed:
        scales += [s for s in UNCONFIRMED_SCALES if s not in scales]
    rules = GradingRules(
        adults=adults, sbp_below=parse_number(sbp_below), quiet=parse_number(quiet_hours) / 24
    )
    hold = grade_checks.check_hold(parse_number(hold_hours)) / 24
    ward = _read(file, recorded, ignore)
    graded = grade_crs(ward, scales, rules=rules, hold=hold)
    _check_somebody(graded.people, graded.left_out)
    if explain:
        grade_checks.check_patient(explain, [p.subject for p in graded.people], graded.left_out)
    written = grade_report.write_crs(graded, out, adae, plot, only=explain, force=force)
    if as_json:
        typer.echo(json.dumps(grade_report.crs_json(graded, explain, written), indent=2))
    else:
        grade_report.print_crs(graded, explain, written)
    if graded.left_out:
        raise typer.Exit(PARTIAL)


@app.command(name="icans")
def icans_command(
    file: File,
    explain: Explain = "",
    out: Annotated[str, typer.Option(metavar="FILE", help="Write grades over time, CSV.")] = "",
    recorded: Recorded = "",
    ignore: Ignore = "",
    hold_hours: Hold = "28",
    as_json: AsJson = False,
    force: Force = False,
) -> None:
    """Grade ICANS: by ICE for adults, by CAPD for children under 12."""
    from livingdrug.cli import grade_checks, grade_icans
    from livingdrug.clinical.grading.icans import grade_icans as grade

    grade_checks.check_files(out, "", "", force=force)
    hold = grade_checks.check_hold(parse_number(hold_hours)) / 24
    graded = grade(_read(file, recorded, ignore), hold=hold)
    _check_somebody(graded.people, graded.left_out)
    if explain:
        grade_checks.check_patient(explain, [p.subject for p in graded.people], graded.left_out)
    written = grade_icans.write_icans(graded, out, force=force)
    if as_json:
        typer.echo(json.dumps(grade_icans.icans_json(graded, explain, written), indent=2))
    else:
        grade_icans.print_icans(graded, explain, written)
    if graded.left_out:
        raise typer.Exit(PARTIAL)


@app.command(name="example")
def example_command(
    out: Annotated[str, typer.Argument(metavar="OUT", help="CSV file to write.")],
    people: Annotated[str, typer.Option(metavar="N", help="How many, 1 to 500.")] = "12",
    seed: Annotated[str, typer.Option(metavar="N", help="Seed of the random numbers.")] = "1",
    force: Force = False,
) -> None:
    """Write a small synthetic ward with which grading can be tried; no real person is in it."""
    from livingdrug.cli.grade_checks import check_files
    from livingdrug.cli.options import parse_whole
    from livingdrug.clinical.monitoring.example import example_ward
    from livingdrug.core.errors import OptionError
    from livingdrug.core.files import write_text

    check_files(out, "", "", force=force)
    number = parse_whole(seed)
    if number < 0:
        raise OptionError(f"--seed: {number} given; allowed are whole numbers from 0 on")
    write_text(out, example_ward(parse_whole(people), seed=number), force=force)
    typer.echo(f"wrote {out}: a SYNTHETIC ward, invented for trying the grading")


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]


def _read(file: str, recorded: str, ignore: str) -> Ward:
    from livingdrug.clinical.monitoring.daily import read_daily_folder
    from livingdrug.clinical.monitoring.read import read_monitoring

    if Path(file).is_dir():
        return read_daily_folder(file)
    return read_monitoring(file, recorded=_names(recorded), ignore=_names(ignore))


def _check_somebody(people: Sequence[object], left_out: Mapping[str, Sequence[Issue]]) -> None:
    """Refuse when nobody could be graded: then the problems are the message."""
    from livingdrug.core.errors import DataError

    if not people:
        raise DataError([issue for issues in left_out.values() for issue in issues])
