"""``livingdrug groups``."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from livingdrug.core.errors import DataError, Issue, OptionError, raise_issues

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from livingdrug.cli.group_rows import Rows
    from livingdrug.clinical.by_group import GroupPeaks

__all__ = ["groups_command"]

_FIGURES = ("kinetics", "panels")
_NAMES = ("subject", "day", "value", "unit", "analyte")


Measurements = Annotated[
    str,
    typer.Argument(
        metavar="FILE", help="Measurements: subject, day, value [unit, analyte]; or a study."
    ),
]
By = Annotated[
    str,
    typer.Option(metavar="HEADER", help="Column of --people, or variable, that holds the groups."),
]
People = Annotated[
    str | None,
    typer.Option(metavar="FILE", help="Table of one row for each person; not with a study."),
]
Term = Annotated[
    list[str] | None, typer.Option(metavar="TERM", help="Of a study: only this. Repeatable.")
]
Name = Annotated[
    str, typer.Option(metavar="TEXT", help="What was measured, where there is no analyte.")
]
UnitName = Annotated[
    str, typer.Option(metavar="UNIT", help="Its unit, where there is no column unit.")
]
Label = Annotated[
    list[str] | None,
    typer.Option(metavar="VALUE=TEXT", help="Name of a group, as 1=responders. Repeatable."),
]
Header = Annotated[
    list[str] | None,
    typer.Option(metavar="NAME=HEADER", help="Header for a name, as subject=id. Repeatable."),
]
ByName = Annotated[
    str | None, typer.Option(metavar="TEXT", help="The groups in words, as 'CRS grade'.")
]
Plot = Annotated[
    tuple[str, str] | None,
    typer.Option(
        metavar="KIND FILE", help="Write a figure: kinetics (one analyte) or panels (many)."
    ),
]


def groups_command(
    file: Measurements,
    by: By,
    people: People = None,
    term: Term = None,
    name: Name = "measurement",
    unit: UnitName = "1",
    label: Label = None,
    column: Header = None,
    by_name: ByName = None,
    plot: Plot = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace an existing figure.")] = False,
) -> None:
    """Compare the peaks of measurements between groups of people, as CAR cells by response."""
    from livingdrug.cli.group_rows import study_rows
    from livingdrug.cli.people import check_figure, say, write_figure
    from livingdrug.cli.study_place import study_at
    from livingdrug.clinical.by_group import peaks_by_group, rank_sum

    check_figure(plot, _FIGURES, force=force)
    study = study_at(file)
    if study is not None:
        if people is not None:
            raise OptionError(f"--people: the study {file} has people of its own; leave it out")
        rows = study_rows(study, by, term or [], _labels(label or []))
    elif people is None:
        raise OptionError(f"--people: the table {file} needs one with a row for each person")
    elif term:
        raise OptionError("--term: belongs to a study; leave it out")
    else:
        rows = _read(file, people, by, column or [], _labels(label or []), name, unit)
    found: dict[str, tuple[GroupPeaks, ...]] = {}
    for analyte in dict.fromkeys(rows.analyte):
        here = [i for i, one in enumerate(rows.analyte) if one == analyte]
        found[analyte] = peaks_by_group(
            [rows.subject[i] for i in here], rows.day[here], rows.value[here],
            [rows.group[i] for i in here],
        )  # fmt: skip
    p = {analyte: rank_sum(groups) for analyte, groups in found.items()}
    say(rows.warnings)
    words = by_name or by.replace("_", " ")
    written = write_figure(plot, lambda kind: _figure(kind, rows, found, p, words), force=force)
    units = _units(rows)
    if as_json:
        typer.echo(
            json.dumps(
                {"by": by, "data": list(rows.notes), **_json(found, p, units), "written": written},
                indent=2,
            )
        )
        return
    _print(found, p, units, by, (*rows.notes, *(f"wrote {path}" for path in written)))


def _labels(given: list[str]) -> dict[str, str]:
    found = {}
    for item in given:
        value, equals, text = (part.strip() for part in item.partition("="))
        if not equals or not text:
            raise OptionError(f"--label: {item!r} given; write it as 1=responders")
        found[value] = text
    return found


def _read(
    file: str,
    people: str,
    by: str,
    renamed: list[str],
    labels: Mapping[str, str],
    name: str,
    unit: str,
) -> Rows:
    from livingdrug.cli.group_rows import Rows
    from livingdrug.cli.people import parse_columns
    from livingdrug.data.readers.columns import ColumnRule, read_columns

    header = parse_columns(renamed, _NAMES)
    text, number = ColumnRule("text"), ColumnRule("number")
    needed = ColumnRule("text", needed=True)
    who = read_columns(
        people,
        {header["subject"]: needed, by: text},
        required=[header["subject"], by],
        quiet=True,
    )
    table = read_columns(
        file,
        {
            header["subject"]: needed,
            header["day"]: ColumnRule("number", needed=True),
            header["value"]: number,
            header["unit"]: text,
            header["analyte"]: text,
        },
        required=[header[key] for key in ("subject", "day", "value")],
        quiet=True,
    )
    group = _groups(who.places, who.text[header["subject"]], who.text[by], labels)
    subjects = table.text[header["subject"]]
    issues = [
        Issue("error", f"{place}, column {header['subject']}", f"{one!r} is not in --people")
        for place, one in zip(table.places, subjects, strict=True)
        if one not in group
    ]
    raise_issues(issues, DataError)
    n = len(subjects)
    return Rows(
        subject=subjects,
        day=table.numbers[header["day"]],
        value=table.numbers[header["value"]],
        unit=table.text.get(header["unit"], (unit,) * n),
        analyte=table.text.get(header["analyte"], (name,) * n),
        group=tuple(group[one] for one in subjects),
        warnings=(*who.warnings, *table.warnings),
    )


def _groups(
    places: tuple[str, ...],
    subjects: tuple[str, ...],
    words: tuple[str, ...],
    labels: Mapping[str, str],
) -> dict[str, str]:
    group: dict[str, str] = {}
    issues = []
    for place, subject, word in zip(places, subjects, words, strict=True):
        if subject in group:
            issues.append(Issue("error", place, f"{subject!r} occurs twice", "keep one row"))
        group[subject] = labels.get(word, word)
    raise_issues(issues, DataError)
    return group


def _units(rows: Rows) -> dict[str, str]:
    found: dict[str, set[str]] = {}
    for analyte, unit in zip(rows.analyte, rows.unit, strict=True):
        found.setdefault(analyte, set()).add(unit)
    mixed = [analyte for analyte, units in found.items() if len(units) > 1]
    if mixed:
        raise DataError(f"{', '.join(mixed)}: more than one unit; convert the values to one")
    return {analyte: units.pop() for analyte, units in found.items()}


def _figure(
    kind: str,
    rows: Rows,
    found: Mapping[str, tuple[GroupPeaks, ...]],
    p: Mapping[str, float],
    by: str,
) -> Figure:
    from livingdrug.plot.by_group import kinetics_figure, panels_figure

    units = _units(rows)
    if kind == "panels":
        return panels_figure(found, units=units, by=by, p=p, notes=rows.notes)
    if len(found) != 1:
        raise OptionError(f"--plot kinetics: {len(found)} analytes are in the file; it draws one")
    ((analyte, peaks),) = found.items()
    return kinetics_figure(
        rows.subject, rows.day, rows.value, rows.group, peaks,
        name=analyte, unit=units[analyte], by=by, p=p[analyte], notes=rows.notes,
    )  # fmt: skip


def _json(
    found: Mapping[str, tuple[GroupPeaks, ...]], p: Mapping[str, float], units: Mapping[str, str]
) -> dict[str, object]:
    from livingdrug.cli.people import finite

    return {
        "analytes": [
            {
                "analyte": analyte,
                "unit": units[analyte],
                "p": finite(p[analyte]),
                "groups": [
                    {
                        "group": one.group,
                        "n": len(one.subjects),
                        "median": one.median,
                        "lower_quartile": one.lower_quartile,
                        "upper_quartile": one.upper_quartile,
                        "median_day": one.median_day,
                    }
                    for one in groups
                ],
            }
            for analyte, groups in found.items()
        ]
    }


def _print(
    found: Mapping[str, tuple[GroupPeaks, ...]],
    p: Mapping[str, float],
    units: Mapping[str, str],
    by: str,
    last: Sequence[str],
) -> None:
    from livingdrug.cli.tables import echo, print_table

    print_table(
        ("analyte", by, "n", "median peak", "quartiles", "unit", "median day of peak", "p"),
        [
            (
                analyte, one.group, str(len(one.subjects)), f"{one.median:.4g}",
                f"{one.lower_quartile:.4g} to {one.upper_quartile:.4g}", units[analyte],
                f"{one.median_day:g}", f"{p[analyte]:.2g}" if one is groups[0] else "",
            )
            for analyte, groups in found.items()
            for one in groups
        ],
    )  # fmt: skip
    echo("p: rank-sum test that the peaks of all groups have one law, not adjusted.")
    for line in last:
        echo(line)
    echo("Research simulation, not medical advice.")
