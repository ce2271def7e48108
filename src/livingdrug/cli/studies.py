"""``livingdrug studies list|show|check|plot``: data sets, their licences, faults and figures."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

from livingdrug.cli.exits import DATA_ERROR, DONE

if TYPE_CHECKING:
    from livingdrug.core.errors import Issue
    from livingdrug.data.checks.finding import Finding
    from livingdrug.data.readers.known_record import KnownSet

__all__ = ["app"]

app = typer.Typer(
    help="Data sets: list them, show one, check it, draw it.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Place = Annotated[
    str,
    typer.Argument(
        metavar="PATH_OR_NAME",
        help="A study of the package, a study folder, a CSV or NONMEM-type table, a folder of ADaM "
        "frames, or the folder of a known set.",
    ),
]


@app.command(name="list")
def list_command(as_json: AsJson = False) -> None:
    """List the studies of the package, and the data sets that can be read from a folder."""
    from livingdrug.data.datasets import list_studies, load_study
    from livingdrug.data.readers.known_record import get_known, list_known

    rows = []
    for name in list_studies():
        facts = load_study(name).attrs
        rows.append({"name": name, "shipped": True, "organism": facts["organism"],
                     "licence": facts["licence"], "title": facts["title"]})  # fmt: skip
    for name in list_known():
        known = get_known(name)
        rows.append({"name": name, "shipped": False, "organism": known.organism,
                     "licence": known.licence, "title": known.title})  # fmt: skip
    if as_json:
        typer.echo(json.dumps(rows, indent=2))
        return
    from livingdrug.cli.tables import echo, print_table

    print_table(
        ("name", "in the package", "organism", "licence", "title"),
        [
            [str(row["name"]), "yes" if row["shipped"] else "no", str(row["organism"]),
             str(row["licence"]), str(row["title"])]
            for row in rows
        ],
    )  # fmt: skip
    echo("Sets outside the package are read from your folder; 'studies show NAME' says where from.")


@app.command(name="show")
def show_command(place: Place, as_json: AsJson = False) -> None:
    """Show what a study holds: terms, units, limits, doses, interventions, people, source."""
    from pathlib import Path

    from livingdrug.data.datasets import list_studies
    from livingdrug.data.open_study import open_study
    from livingdrug.data.readers.known_record import get_known, list_known

    if place in list_known() and place not in list_studies() and not Path(place).exists():
        _show_known(get_known(place), as_json)
        return
    from livingdrug.cli.studies_facts import print_facts, study_facts

    opened = open_study(place)
    study = opened.get()
    facts = study_facts(study)
    if as_json:
        typer.echo(json.dumps({"known_set": opened.known, **facts}, indent=2))
        return
    from livingdrug.cli.people import say

    say(opened.issues)
    print_facts(facts)


def _show_known(record: KnownSet, as_json: bool) -> None:
    columns: list[dict[str, Any]] = [
        {
            "file": table.file,
            "column": rule.column,
            "where": dict(rule.where),
            "term": rule.term or rule.endpoint,
            "unit": rule.unit,
        }
        for table in record.tables
        for rule in table.columns
    ]
    columns += [
        {
            "file": people.file,
            "column": rule.header,
            "where": {},
            "term": f"{rule.role} {rule.name}",
            "unit": rule.unit or rule.type,
        }
        for people in record.people
        for rule in people.variables
    ]
    columns += [
        {"file": one.file, "column": column, "where": {}, "term": f"intervention {one.name}",
         "unit": one.unit or "1"}
        for one in record.interventions
        for column in one.columns
    ]  # fmt: skip
    facts = {
        "id": record.id, "title": record.title, "organism": record.organism,
        "product": record.product, "disease": record.disease, "shipped": False,
        "licence": record.licence, "why_not_shipped": record.why_not_shipped,
        "origin": record.origin, "source": record.source.citation(), "note": record.note,
        "files": list(record.files), "columns": columns,
    }  # fmt: skip
    if as_json:
        typer.echo(json.dumps(facts, indent=2))
        return
    from livingdrug.cli.tables import echo, print_table

    echo(record.title)
    echo(f"Not in the package: {record.why_not_shipped}. Licence: {record.licence}.")
    echo(f"Origin: {record.origin}. {record.source.citation()}")
    echo(record.note)
    echo(f"Put {', '.join(record.files)} into one folder and give that folder instead of the name.")
    print_table(
        ("file", "column", "rows", "term", "unit"),
        [
            [one["file"], one["column"], " ".join(one["where"].values()), one["term"], one["unit"]]
            for one in columns
        ],
    )


@app.command(name="check")
def check_command(place: Place, as_json: AsJson = False) -> None:
    """Look for mixed units, assay limits, zeros, repeated people and impossible values.

    Ends with code 0 when there are warnings only, and with 2 when there is an error.
    """
    from livingdrug.data.checks.run import check_measured
    from livingdrug.data.open_study import open_study

    opened = open_study(place)
    findings = check_measured(opened.measured)
    levels = [one.level for one in opened.issues] + [one.level for one in findings]
    errors = levels.count("error")
    if as_json:
        typer.echo(json.dumps({
            "study": place, "known_set": opened.known, "errors": errors,
            "warnings": len(levels) - errors,
            "values": int(sum(one.known.sum() for one in opened.measured)),
            "reader": [_issue_json(one) for one in opened.issues],
            "findings": [_finding_json(one) for one in findings],
        }, indent=2))  # fmt: skip
    else:
        _print_findings(place, opened.issues, findings)
    raise typer.Exit(DATA_ERROR if errors else DONE)


def _issue_json(one: Issue) -> dict[str, str]:
    return {"level": one.level, "where": one.where, "message": one.message, "fix": one.fix}


def _finding_json(one: Finding) -> dict[str, object]:
    return {
        "check": one.check, "level": one.level, "file": one.file, "column": one.column,
        "rows": list(one.rows), "subjects": list(one.subjects), "values_looked_at": one.total,
        "message": one.message, "fix": one.fix,
    }  # fmt: skip


def _print_findings(place: str, issues: tuple[Issue, ...], findings: tuple[Finding, ...]) -> None:
    from livingdrug.cli.tables import echo

    shown: list[tuple[str, Issue]] = [("table", one) for one in issues]
    shown += [(one.check, one.issue()) for one in findings]
    for check, one in shown:
        echo(f"{one.level}: {check}")
        echo(f"  {one.where}")
        echo(f"  {one.message.removeprefix(f'{check}: ')}")
        if one.fix:
            echo(f"  what to do: {one.fix}")
    errors = sum(one.level == "error" for _, one in shown)
    echo(f"{place}: {_count(errors, 'error')}, {_count(len(shown) - errors, 'warning')}")


def _count(n: int, word: str) -> str:
    return f"{n} {word}" if n == 1 else f"{n} {word}s"


@app.command(name="plot")
def plot_command(
    place: Place,
    output: Annotated[
        str, typer.Argument(metavar="FILE", help="Figure to write: .png, .svg or .pdf.")
    ],
    term: Annotated[
        list[str] | None, typer.Option(metavar="TERM", help="Draw only this. Repeatable.")
    ] = None,
    as_json: AsJson = False,
    force: Annotated[bool, typer.Option("--force", help="Replace an existing figure.")] = False,
) -> None:
    """Draw the values of every person over time, with the limits of the assays."""
    from livingdrug.cli.people import check_figure, say, write_figure
    from livingdrug.cli.tables import echo
    from livingdrug.data.open_study import open_study
    from livingdrug.plot.study import study_figure

    check_figure(("study", output), ("study",), force=force)
    opened = open_study(place)
    study = opened.get()
    say(opened.issues)
    written = write_figure(
        ("study", output), lambda _: study_figure(study, terms=term or []), force=force
    )
    if as_json:
        typer.echo(json.dumps({"study": place, "known_set": opened.known, "written": written}))
        return
    for path in written:
        echo(f"wrote {path}")


Force = Annotated[bool, typer.Option("--force", help="Replace what is there.")]


@app.command(name="example")
def example_command(
    folder: Annotated[str, typer.Argument(metavar="FOLDER", help="Study folder to write.")],
    people: Annotated[str, typer.Option(metavar="N", help="How many, 1 to 500.")] = "12",
    seed: Annotated[str, typer.Option(metavar="N", help="Seed of the random numbers.")] = "1",
) -> None:
    """Write a small synthetic study to try the commands with; no real person is in it."""
    from pathlib import Path

    from livingdrug.cli.options import parse_whole
    from livingdrug.core.errors import OutputError
    from livingdrug.core.files import atomic_path, check_output
    from livingdrug.data.example import example_study

    if Path(folder).is_file() or (Path(folder).is_dir() and any(Path(folder).iterdir())):
        raise OutputError(f"{folder} exists, and nothing is replaced; choose another name")
    check_output(folder, kind="directory")
    files = example_study(parse_whole(people), seed=parse_whole(seed))
    with atomic_path(folder, kind="directory") as temporary:
        temporary.mkdir()
        for name, text in files.items():
            (temporary / name).write_text(text, encoding="utf-8")
    typer.echo(f"wrote {folder}: a SYNTHETIC study, invented for trying the commands")


@app.command(name="record")
def record_command(
    place: Place,
    output: Annotated[str, typer.Argument(metavar="FILE", help="Monitoring record to write.")],
    as_json: AsJson = False,
    force: Force = False,
) -> None:
    """Write values, drugs and ages of a study as a monitoring record, for livingdrug grade.

    Values in which the check finds an error, as of two units in one column, are left out.
    """
    from livingdrug.cli.people import say
    from livingdrug.clinical.monitoring.study_record import study_record
    from livingdrug.core.errors import Issue
    from livingdrug.core.files import check_output, write_text
    from livingdrug.data.checks.run import check_measured
    from livingdrug.data.event_columns import refuse_falling_time
    from livingdrug.data.open_study import open_study

    check_output(output, force)
    opened = open_study(place)
    study = opened.get()
    refuse_falling_time(study, "a monitoring record")
    wrong = {(one.file, one.column) for one in check_measured(opened.measured)
             if one.level == "error"}  # fmt: skip
    left = sorted({one.term for one in opened.measured if (one.file, one.column) in wrong})
    record = study_record(study, leave_out=left)
    found = [Issue("warning", f"term {term}", "not written: the check finds an error in it",
                   f"see 'livingdrug studies check {place}'") for term in left]  # fmt: skip
    say([*opened.issues, *found, *record.notes])
    write_text(output, record.text, force=force)
    recorded = sorted(record.recorded)
    if as_json:
        typer.echo(json.dumps({"study": place, "written": [output], "recorded": recorded,
                               "left_out": left}))  # fmt: skip
        return
    typer.echo(f"wrote {output}")
    if recorded:
        typer.echo(
            f"What was given is stated for everybody: grade it with --recorded {','.join(recorded)}"
        )
