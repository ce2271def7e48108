"""``livingdrug response``."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated

import typer

from livingdrug.cli.options import parse_number, parse_whole
from livingdrug.core.errors import OptionError, UnknownNameError, unknown_name

if TYPE_CHECKING:
    import numpy as np
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    from livingdrug.clinical.rates import Rate
    from livingdrug.clinical.response.assessments import Assessed, Assessments
    from livingdrug.core.errors import Issue

__all__ = ["response_command"]

_CRITERIA = ("lugano", "recist", "irecist", "imwg", "all", "recorded")
_FIGURES = ("swimmer", "waterfall", "spider")

Confirm = Annotated[
    bool | None,
    typer.Option(
        "--confirm/--no-confirm",
        help="RECIST, iRECIST: a response must be seen again 4 weeks later [yes for RECIST].",
    ),
]
StableFrom = Annotated[
    float | None,
    typer.Option(
        parser=parse_number,
        metavar="DAYS",
        help="RECIST, iRECIST with --confirm: earliest day of stable disease [42].",
    ),
]
Maintained = Annotated[
    float | None,
    typer.Option(
        parser=parse_number,
        metavar="DAYS",
        help="ALL: a remission must still be there so much later [0].",
    ),
]
Enrolled = Annotated[
    int | None,
    typer.Option(
        parser=parse_whole,
        metavar="N",
        help="People that rates are of, who may not all be in the file [those in the file].",
    ),
]
Outcome = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="Recorded: the variable of people that holds it [response]."),
]
Plot = Annotated[
    tuple[str, str] | None,
    typer.Option(metavar="KIND FILE", help="Write a figure: swimmer, waterfall or spider."),
]


def response_command(
    file: Annotated[
        str,
        typer.Argument(
            metavar="FILE", help="Table of one row for each person and visit, or a study."
        ),
    ],
    criterion: Annotated[
        str,
        typer.Option(
            metavar="NAME",
            help="lugano, recist, irecist, imwg, all (leukaemia), or recorded: by the source.",
        ),
    ],
    modality: Annotated[
        str | None, typer.Option(metavar="NAME", help="Lugano: pet or ct. Needed there.")
    ] = None,
    confirm: Confirm = None,
    stable_from: StableFrom = None,
    maintained: Maintained = None,
    enrolled: Enrolled = None,
    outcome: Outcome = None,
    plot: Plot = None,
    rules: Annotated[
        bool, typer.Option("--rules", help="Print the rules with their sources too.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace an existing figure.")] = False,
) -> None:
    """Classify the response of each person at each visit by a clinical criterion."""
    from livingdrug.cli.people import check_figure, say, write_figure

    name, options = _options(criterion, modality, confirm, stable_from, maintained)
    if _recorded(name, file, outcome, enrolled, as_json=as_json, other=plot is not None or rules):
        return
    check_figure(plot, _FIGURES, force=force)
    assessments, warnings, note = _read(file, name)
    n = len(assessments.subjects)
    if enrolled is not None and enrolled < n:
        raise OptionError(f"--enrolled: {enrolled} given; {n} people are in the file")
    from livingdrug.clinical.response.criteria import CRITERIA

    result = CRITERIA[name].classify(assessments, **options)
    immune = name == "irecist"
    say(warnings)
    written = write_figure(
        plot,
        lambda kind: _figure(kind, name, assessments, result, note),
        force=force,
    )
    rates = _rates(name, result, enrolled or n)
    rows = _rows(assessments, result, immune=immune)
    if as_json:
        facts = _json(result, rows, rates, enrolled or n, written)
        typer.echo(json.dumps({"data": note, **facts}, indent=2))
    else:
        if note:
            typer.echo(note)
        _print(result, rows, rates, written, rules=rules)


def _options(
    criterion: str,
    modality: str | None,
    confirm: bool | None,
    stable_from: float | None,
    maintained: float | None,
) -> tuple[str, dict[str, float | bool]]:
    """Return the name of the criterion and what it is called with."""
    if criterion not in _CRITERIA:
        raise UnknownNameError(
            [unknown_name("criterion", criterion, _CRITERIA, where="--criterion")]
        )
    if criterion == "lugano":
        if modality not in {"pet", "ct"}:
            words = "it is not given" if modality is None else f"{modality!r} given"
            raise OptionError(f"--modality: {words}; Lugano is by pet or by ct, and they differ")
    elif modality is not None:
        raise OptionError(f"--modality: belongs to lugano, not to {criterion}; leave it out")
    given: dict[str, tuple[float | bool | None, set[str]]] = {
        "confirm": (confirm, {"recist", "irecist"}),
        "stable_from": (stable_from, {"recist", "irecist"}),
        "maintained": (maintained, {"all"}),
    }
    options: dict[str, float | bool] = {}
    for name, (value, where) in given.items():
        if value is None:
            continue
        option = "--" + name.replace("_", "-")
        if criterion not in where:
            raise OptionError(
                f"{option}: belongs to {' and '.join(sorted(where))}, not {criterion}"
            )
        if not value >= 0:
            raise OptionError(f"{option}: {value:g} days given; it must be 0 or more")
        options[name] = value
    return (f"lugano-{modality}" if criterion == "lugano" else criterion), options


def _recorded(
    name: str, file: str, outcome: str | None, enrolled: int | None, *, as_json: bool, other: bool
) -> bool:
    """Print a recorded response, where that was asked for; tell whether it was."""
    if name != "recorded":
        if outcome is not None:
            raise OptionError(f"--outcome: belongs to recorded, not to {name}; leave it out")
        return False
    if other:
        raise OptionError("--plot and --rules: a recorded response has no visits and no rules")
    from livingdrug.cli.response_recorded import run_recorded

    run_recorded(file, outcome or "response", enrolled, as_json=as_json)
    return True


def _read(file: str, name: str) -> tuple[Assessments, tuple[Issue, ...], str]:
    """Return the visits, warnings, and of a study whose data they are."""
    from livingdrug.cli.study_place import origin_note, study_at
    from livingdrug.clinical.response.recorded import study_assessments

    study = study_at(file)
    if study is not None:
        return study_assessments(study, name), (), origin_note(study)
    return *_table(file, name), ""


def _table(file: str, name: str) -> tuple[Assessments, tuple[Issue, ...]]:
    from livingdrug.clinical.response.assessments import from_long
    from livingdrug.clinical.response.criteria import COLUMNS, CRITERIA
    from livingdrug.core.errors import DataError
    from livingdrug.data.readers.columns import ColumnRule, read_columns

    measures = {column: COLUMNS[column] for column in CRITERIA[name].columns}
    rules = {
        "subject": ColumnRule("text", needed=True),
        "day": ColumnRule("number", needed=True),
    } | {
        column: ColumnRule("code" if m.codes else "number", low=m.low, high=m.high, codes=m.codes)
        for column, m in measures.items()
    }
    table = read_columns(file, rules, required=["subject", "day"])
    if not any(column in table.numbers for column in CRITERIA[name].one_of):
        needed = " or ".join(CRITERIA[name].one_of)
        raise DataError(f"{table.label}, row 1: no column {needed}, which {name} needs")
    columns = {column: table.numbers[column] for column in measures if column in table.numbers}
    found = from_long(table.text["subject"], table.numbers["day"], columns, places=table.places)
    return found, table.warnings


def _change(name: str, a: Assessments) -> tuple[str, NDArray[np.float64], tuple[float, ...]]:
    """Return what a waterfall shows: the measure, its change in per cent, and the limits."""
    import numpy as np

    measures = {
        "recist": ("sum", "sum of diameters", (20.0, -30.0)),
        "irecist": ("sum", "sum of diameters", (20.0, -30.0)),
        "lugano-ct": ("spd", "sum of products", (-50.0,)),
        "imwg": ("m_serum", "M-protein in serum", (-50.0, -90.0)),
        "all": ("marrow", "marrow blasts", (-50.0,)),
    }
    if name not in measures:
        raise OptionError("--plot: a score of PET has no change in per cent; draw a swimmer")
    column, words, lines = measures[name]
    start = a.start(column)[:, None]
    with np.errstate(divide="ignore", invalid="ignore"):
        change = 100.0 * (a.at(column) / np.where(start > 0, start, np.nan) - 1.0)
    return words, change, lines


def _figure(kind: str, name: str, a: Assessments, result: Assessed, origin: str) -> Figure:
    import numpy as np

    from livingdrug.clinical.response.categories import progression_visit
    from livingdrug.plot import response

    immune, notes = name == "irecist", (origin,) if origin else ()
    if kind == "swimmer":
        return response.swimmer(
            a.subjects,
            a.day,
            result.category,
            criterion=result.criterion,
            immune=immune,
            notes=notes,
        )
    words, change, lines = _change(name, a)
    if kind == "spider":
        return response.spider(
            a.day, change, result.best, criterion=result.criterion, measure=words, lines=lines,
            immune=immune, notes=notes,
        )  # fmt: skip
    last = progression_visit(result.category)
    past = (np.arange(change.shape[1]) > last[:, None]) & (last[:, None] >= 0)
    kept = np.where(past | np.isnan(change), np.inf, change).min(axis=1, initial=np.inf)
    return response.waterfall(
        np.where(np.isfinite(kept), kept, np.nan), result.best, criterion=result.criterion,
        measure=words, lines=lines, immune=immune, notes=notes,
    )  # fmt: skip


def _rates(name: str, result: Assessed, n: int) -> dict[str, tuple[Rate, Rate]]:
    """Return each proportion with its exact and its Wilson interval."""
    import numpy as np

    from livingdrug.clinical.rates import rate
    from livingdrug.clinical.response.categories import RESPONDERS, Response

    counts = {"overall response": result.best >= RESPONDERS}
    if name == "all":
        any_counts = result.best >= Response.COMPLETE_INCOMPLETE_COUNTS
        counts["complete, any counts"] = any_counts
        negative = (result.extra["mrd_negative"] == 1).any(axis=1)
        counts["complete, MRD negative"] = any_counts & negative
    counts["complete response"] = result.best >= Response.COMPLETE
    return {
        words: (rate(int(np.sum(hit)), n), rate(int(np.sum(hit)), n, method="wilson"))
        for words, hit in counts.items()
    }


def _rows(a: Assessments, result: Assessed, *, immune: bool) -> list[dict[str, object]]:
    import numpy as np

    from livingdrug.cli.people import finite
    from livingdrug.clinical.response.categories import (
        RESPONDERS,
        Response,
        first_day,
        response_text,
    )

    response = first_day(result.category >= RESPONDERS, a.day)
    progression = first_day(result.category == Response.PROGRESSIVE, a.day)
    if "first_unconfirmed" in result.extra:
        progression = np.asarray(result.extra["first_unconfirmed"], dtype=np.float64)
    rows: list[dict[str, object]] = []
    for i, subject in enumerate(a.subjects):
        known = np.isfinite(a.day[i])
        days, seen = a.day[i][known].tolist(), result.category[i][known]
        visits = [
            {"day": day, "response": response_text(value, immune=immune)}
            for day, value in zip(days, seen, strict=True)
        ]
        rows.append(
            {
                "subject": subject,
                "best": response_text(result.best[i], immune=immune),
                "best_unconfirmed": response_text(result.best_unconfirmed[i], immune=immune),
                "first_response": finite(response[i]),
                "progression": finite(progression[i]),
                "visits": visits,
            }
        )
    return rows


def _json(
    result: Assessed,
    rows: list[dict[str, object]],
    rates: dict[str, tuple[Rate, Rate]],
    n: int,
    written: list[str],
) -> dict[str, object]:
    from livingdrug.cli.people import rate_json

    return {
        "criterion": result.criterion,
        "confirmation": result.confirmation,
        "people": n,
        "rates": {words: [rate_json(one) for one in pair] for words, pair in rates.items()},
        "subjects": rows,
        "rules": [
            {"text": rule.text, "source": rule.source, "confirmed": rule.confirmed}
            for rule in result.rules
        ],
        "written": written,
    }


def _print(
    result: Assessed,
    rows: list[dict[str, object]],
    rates: dict[str, tuple[Rate, Rate]],
    written: list[str],
    *,
    rules: bool,
) -> None:
    from livingdrug.cli.people import LONGEST_TABLE, rate_text
    from livingdrug.cli.tables import echo, print_table

    def day(value: object) -> str:
        return f"{value:g}" if isinstance(value, float) else ""

    echo(f"{result.criterion}; confirmation: {result.confirmation}")
    echo()
    print_table(
        ("subject", "best", "without confirmation", "first response", "progression", "visits"),
        [
            (
                str(row["subject"]), str(row["best"]), str(row["best_unconfirmed"]),
                day(row["first_response"]), day(row["progression"]), _visits(row["visits"]),
            )
            for row in rows[:LONGEST_TABLE]
        ],
    )  # fmt: skip
    if len(rows) > LONGEST_TABLE:
        echo(f"{len(rows) - LONGEST_TABLE} more people; --json shows all.")
    print_table(
        ("rate", "95 % Clopper-Pearson", "95 % Wilson"),
        [(words, rate_text(exact), rate_text(score)) for words, (exact, score) in rates.items()],
    )
    shown = [rule for rule in result.rules if rules or not rule.confirmed]
    if shown:
        echo("Rules:" if rules else "Rules whose text was not read in a source:")
    for rule in shown:
        echo(f"  - {rule}")
    for path in written:
        echo(f"wrote {path}")
    echo("Research simulation, not medical advice.")


def _visits(visits: object) -> str:
    if not isinstance(visits, list):
        return ""
    return ", ".join(f"{visit['day']:g} {visit['response']}" for visit in visits)
