"""``livingdrug grade crs|icans|icaht|iechs|example``."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated

import typer

from livingdrug.cli.exits import PARTIAL
from livingdrug.cli.options import parse_number
from livingdrug.cli.ward_file import (
    Adults,
    AsJson,
    Columns,
    Explain,
    File,
    Force,
    Hold,
    Ignore,
    Recorded,
    Unconfirmed,
    names_of,
    read_ward,
)

if TYPE_CHECKING:
    from livingdrug.cli.grade_frame import Noted

__all__ = ["app"]

app = typer.Typer(
    help="Grade toxicity from a record of a ward: CRS, ICANS, blood counts, IEC-HS.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


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
    column: Columns = None,
    adults: Adults = False,
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
    from livingdrug.cli import grade_checks, grade_crs
    from livingdrug.clinical.grading.crs import UNCONFIRMED_SCALES
    from livingdrug.clinical.grading.crs import grade_crs as grade
    from livingdrug.clinical.grading.rules import GradingRules

    grade_checks.check_files(out, adae, plot, force=force)
    scales = names_of(scale)
    grade_checks.check_scales(scales, unconfirmed=unconfirmed)
    if unconfirmed:
        scales += [s for s in UNCONFIRMED_SCALES if s not in scales]
    rules = GradingRules(
        adults=adults, sbp_below=parse_number(sbp_below), quiet=parse_number(quiet_hours) / 24
    )
    hold = grade_checks.check_hold(parse_number(hold_hours)) / 24
    ward = read_ward(file, recorded, ignore, column)
    graded = grade(ward, scales, rules=rules, hold=hold)
    grade_checks.check_people(graded, explain)
    written = grade_crs.write_crs(graded, out, adae, plot, only=explain, force=force)
    show = grade_crs.crs_json if as_json else grade_crs.print_crs
    _deliver(graded, show(graded, explain, written))


@app.command(name="icans")
def icans_command(
    file: File,
    explain: Explain = "",
    out: Annotated[str, typer.Option(metavar="FILE", help="Write grades over time, CSV.")] = "",
    adae: Annotated[str, typer.Option(metavar="FILE", help="Write ADAE-style records, CSV.")] = "",
    recorded: Recorded = "",
    ignore: Ignore = "",
    column: Columns = None,
    hold_hours: Hold = "28",
    as_json: AsJson = False,
    force: Force = False,
) -> None:
    """Grade ICANS: by ICE for adults, by CAPD for children under 12."""
    from livingdrug.cli import grade_checks, grade_icans
    from livingdrug.clinical.grading.icans import grade_icans as grade

    grade_checks.check_files(out, adae, "", force=force)
    hold = grade_checks.check_hold(parse_number(hold_hours)) / 24
    graded = grade(read_ward(file, recorded, ignore, column), hold=hold)
    grade_checks.check_people(graded, explain)
    written = grade_icans.write_icans(graded, out, adae, force=force)
    show = grade_icans.icans_json if as_json else grade_icans.print_icans
    _deliver(graded, show(graded, explain, written))


@app.command(name="icaht")
def icaht_command(
    file: File,
    unconfirmed: Unconfirmed = False,
    explain: Explain = "",
    out: Annotated[str, typer.Option(metavar="FILE", help="Write a row for each person.")] = "",
    ignore: Ignore = "",
    column: Columns = None,
    platelets_below: Annotated[
        str,
        typer.Option(metavar="10^9/L", help="Lower limit of the normal range of platelets."),
    ] = "150",
    hold_hours: Hold = "28",
    as_json: AsJson = False,
    force: Force = False,
) -> None:
    """Grade neutropenia (ICAHT, early and late) and, apart from it, platelets."""
    from livingdrug.cli import grade_checks, grade_counts
    from livingdrug.clinical.grading.counts import grade_counts as grade

    grade_checks.check_unconfirmed("ICAHT and of the scale of platelets", given=unconfirmed)
    grade_checks.check_files(out, "", "", force=force)
    hold = grade_checks.check_hold(parse_number(hold_hours)) / 24
    limit = grade_checks.check_platelets(parse_number(platelets_below)) * 1000
    graded = grade(read_ward(file, "", ignore, column), hold=hold, platelet_limit=limit)
    grade_checks.check_people(graded, explain)
    written = grade_counts.write_counts(graded, out, force=force)
    show = grade_counts.counts_json if as_json else grade_counts.print_counts
    _deliver(graded, show(graded, explain, written))


@app.command(name="iechs")
def iechs_command(
    file: File,
    unconfirmed: Unconfirmed = False,
    explain: Explain = "",
    out: Annotated[str, typer.Option(metavar="FILE", help="Write criteria over time, CSV.")] = "",
    recorded: Recorded = "",
    ignore: Ignore = "",
    column: Columns = None,
    adults: Adults = False,
    ferritin_uln: Annotated[
        str,
        typer.Option(metavar="UG/L", help="Upper limit of normal of whoever has no row of it."),
    ] = "",
    hold_hours: Hold = "28",
    as_json: AsJson = False,
    force: Force = False,
) -> None:
    """Say which criteria of IEC-HS are met, and which grades that leaves."""
    from livingdrug.cli import grade_checks, grade_iechs
    from livingdrug.clinical.grading.iechs_ward import grade_iechs as grade
    from livingdrug.clinical.grading.rules import GradingRules

    grade_checks.check_unconfirmed("IEC-HS", given=unconfirmed)
    grade_checks.check_files(out, "", "", force=force)
    hold = grade_checks.check_hold(parse_number(hold_hours)) / 24
    limit = parse_number(ferritin_uln) if ferritin_uln else float("nan")
    ward = read_ward(file, recorded, ignore, column)
    graded = grade(ward, rules=GradingRules(adults=adults), hold=hold, ferritin_limit=limit)
    grade_checks.check_people(graded, explain)
    written = grade_iechs.write_iechs(graded, out, force=force)
    show = grade_iechs.iechs_json if as_json else grade_iechs.print_iechs
    _deliver(graded, show(graded, explain, written))


def _deliver(graded: Noted, found: dict[str, object] | None) -> None:
    """Print a JSON object, where there is one, and say with the exit code who was left out."""
    if found is not None:
        typer.echo(json.dumps(found, indent=2))
    if graded.left_out:
        raise typer.Exit(PARTIAL)


@app.command(name="example")
def example_command(
    out: Annotated[str, typer.Argument(metavar="OUT", help="CSV file to write.")],
    people: Annotated[str, typer.Option(metavar="N", help="How many, 1 to 500.")] = "12",
    seed: Annotated[str, typer.Option(metavar="N", help="Seed of the random numbers.")] = "1",
    labs: Annotated[
        bool,
        typer.Option("--labs", help="Add blood counts and laboratory values of 60 days, too."),
    ] = False,
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
    write_text(out, example_ward(parse_whole(people), seed=number, labs=labs), force=force)
    typer.echo(f"wrote {out}: a SYNTHETIC ward, invented for trying the grading")
