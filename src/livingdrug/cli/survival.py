"""``livingdrug survival``."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated

import typer

from livingdrug.cli.options import parse_days, parse_number, parse_visits
from livingdrug.core.errors import OptionError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from livingdrug.cli.survival_run import Analysis
    from livingdrug.cli.survival_times import Times

__all__ = ["survival_command"]

_FIGURES = ("curve", "incidence")

Column = Annotated[
    list[str] | None,
    typer.Option(
        "--column",
        metavar="NAME=HEADER",
        help="Header that stands for a name, as time=os_days. May be repeated.",
    ),
]
Definition = Annotated[
    str | None,
    typer.Option(
        "--estimand",
        metavar="NAME",
        help="pfs, efs, os or dor: apply it to days of events, or only state it beside times.",
    ),
]
Visits = Annotated[
    str | None, typer.Option(metavar="DAYS", help="Visits of the trial, as 28,90,180.")
]
At = Annotated[
    str | None, typer.Option("--at", metavar="TIMES", help="Times at which to report, as 90,180.")
]
Cox = Annotated[
    str | None,
    typer.Option(
        metavar="HEADERS",
        help="Fit a Cox regression on these numeric columns, as age,burden [extra stats].",
    ),
]
Plot = Annotated[
    tuple[str, str] | None,
    typer.Option(
        metavar="KIND FILE",
        help="Write a figure: curve (Kaplan-Meier with people at risk) or incidence.",
    ),
]


def survival_command(
    file: Annotated[
        str, typer.Argument(metavar="FILE", help="Table of one row for each person, or a study.")
    ],
    estimand: Definition = None,
    visits: Visits = None,
    population: Annotated[
        str | None, typer.Option(metavar="TEXT", help="Who is in the file, for the record.")
    ] = None,
    unit: Annotated[
        str, typer.Option(metavar="NAME", help="Unit of the times: day, week, month or year.")
    ] = "day",
    at: At = None,
    level: Annotated[
        float, typer.Option(parser=parse_number, metavar="NUMBER", help="Of intervals.")
    ] = 0.95,
    cox: Cox = None,
    column: Column = None,
    plot: Plot = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace an existing figure.")] = False,
) -> None:
    """Estimate survival: Kaplan-Meier, log-rank, Cox, competing risks, interval censoring."""
    from livingdrug.cli.people import check_figure, say, write_figure
    from livingdrug.cli.survival_run import analyse, analysis_json, draw
    from livingdrug.cli.survival_times import read_times

    if unit not in {"day", "week", "month", "year"}:
        raise OptionError(f"--unit: {unit!r} given; allowed are day, week, month and year")
    if not 0 < level < 1:
        raise OptionError(f"--level: {level:g} given; it must lie between 0 and 1, as 0.95")
    check_figure(plot, _FIGURES, force=force)
    times = read_times(
        file,
        estimand or "",
        visits=tuple(parse_visits(visits)) if visits else (),
        population=population or "",
        covariates=[name.strip() for name in cox.split(",")] if cox else [],
        renamed=column or [],
    )
    points = tuple(parse_days("--at", at)) if at is not None else ()
    analysis = analyse(times, level=level, at=points)
    say(times.warnings)
    written = write_figure(plot, lambda kind: draw(kind, times, analysis, unit=unit), force=force)
    if as_json:
        shown = analysis_json(times, analysis, unit=unit)
        typer.echo(json.dumps({**shown, "written": written}, indent=2))
        return
    _print(times, analysis, unit, written)


def _print(times: Times, analysis: Analysis, unit: str, written: list[str]) -> None:
    from livingdrug.cli.tables import echo, print_table

    for note in times.notes:
        echo(note)
    echo(times.definition)
    if times.left_out:
        echo(f"{times.left_out} people are not in the population and were left out.")
    print_table(
        ("group", "n", "events", f"median ({unit}s)", *(f"S({t:g})" for t in analysis.at)),
        [
            (
                name or "all", str(curve.n), str(int(curve.events.sum())), _median(curve.median()),
                *(_share(curve.at([t]), 0) for t in analysis.at),
            )
            for name, curve in analysis.curves.items()
        ],
    )  # fmt: skip
    test = analysis.test
    if test is not None:
        echo(f"log-rank: chi-squared {test.chi_squared:.4g} on {test.degrees}, p = {test.p:.3g}")
    for term in analysis.terms:
        echo(
            f"Cox, {term.name}: hazard ratio {term.hazard_ratio:.4g} "
            f"({term.lower:.4g} to {term.upper:.4g}), p = {term.p:.3g}"
        )
    incidence = analysis.incidence
    if incidence is not None:
        rows = [
            (times.causes[cause], *(f"{incidence.at(cause, [t])[0]:.3f}" for t in analysis.at),
             f"{incidence.incidence[row, -1]:.3f}")
            for row, cause in enumerate(incidence.causes)
        ]  # fmt: skip
        print_table(
            ("incidence of", *(f"F({t:g})" for t in analysis.at), "at the last event"), rows
        )
    if analysis.turnbull is not None and analysis.at:
        rows = []
        for t in analysis.at:
            low, high = analysis.turnbull.at([t])
            rows.append((f"S({t:g})", f"{low[0]:.3f} to {high[0]:.3f}"))
        print_table(("interval-censored", "Turnbull: lowest to highest"), rows)
    for path in written:
        echo(f"wrote {path}")
    echo("Research simulation, not medical advice.")


def _median(found: object) -> str:
    def number(value: float) -> str:
        return "not reached" if math.isinf(value) else f"{value:.4g}"

    value, lower, upper = (getattr(found, name) for name in ("value", "lower", "upper"))
    return f"{number(value)} ({number(lower)} to {number(upper)})"


def _share(found: Mapping[str, NDArray[np.float64]], place: int) -> str:

    value, lower, upper = (float(found[name][place]) for name in ("survival", "lower", "upper"))
    return "" if math.isnan(value) else f"{value:.3f} ({lower:.3f} to {upper:.3f})"
