"""Print the outcome of a simulation, for people and for machines."""

from __future__ import annotations

import contextlib
import json
import math
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from livingdrug.cli.report_json import DISCLAIMER, extinctions, outcome_json
from livingdrug.cli.tables import console, echo, name_of, print_table, whom

if TYPE_CHECKING:
    from livingdrug.cli.simulation import Outcome
    from livingdrug.clinical.estimand import Comparison
    from livingdrug.clinical.headline import Metric

__all__ = ["interval", "number", "print_outcome", "progress_bar"]

_READOUT_OF = {"peak": "cmax", "day_of_peak": "tmax", "auc_0_28d": "auc_0_28d"}


@contextlib.contextmanager
def progress_bar(total: int, *, quiet: bool = False) -> Iterator[Callable[[int], None] | None]:
    """Show a bar on the error stream while subjects are simulated.

    Parameters
    ----------
    total : int
        Number of subjects.
    quiet : bool, optional
        Show nothing.

    Yields
    ------
    callable or None
        To be called with the number of subjects finished.
    """
    if quiet or total < 20 or not sys.stderr.isatty():
        yield None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

    columns = ("subjects", BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console(error=True), transient=True) as bar:
        task = bar.add_task("subjects", total=total)
        yield lambda done: bar.advance(task, done)


def print_outcome(outcome: Outcome, written: Sequence[str], *, as_json: bool) -> None:
    """Print an outcome.

    Parameters
    ----------
    outcome : Outcome
    written : sequence of str
        Files that hold it.
    as_json : bool
    """
    if as_json:
        sys.stdout.write(json.dumps(outcome_json(outcome, written), indent=2) + "\n")
        return
    _print_heading(outcome)
    _print_metrics(outcome)
    _print_extinctions(outcome)
    _print_visits(outcome.comparisons)
    _print_run(outcome, written)


def _print_heading(outcome: Outcome) -> None:
    model = outcome.model
    echo(f"{model.title or model.id}{whom(model)}")
    end, unit = float(outcome.course["time"].values[-1]), model.time_unit
    until = f"day {end:g}" if unit == "day" else f"time {end:g} {unit if unit != '1' else ''}"
    echo(f"{name_of(model)}, status: {model.status}; {_who(outcome)}, until {until}".rstrip())
    for line in json.loads(str(outcome.course.attrs["assumed"])):
        echo(f"ASSUMED: {line.removesuffix(', ASSUMED')}")
    for line in outcome.warnings:
        echo(f"warning: {line}")


def _who(outcome: Outcome) -> str:
    request, n = outcome.request, outcome.n_subjects
    if request.trials:
        return f"{request.trials:,} virtual trials of {n // request.trials:,} subjects"
    often = ""
    if request.jumps.replicates is not None:
        often = f", {request.jumps.replicates:,} run{'s' if request.jumps.replicates > 1 else ''}"
    if request.subjects is None:
        return f"one subject at the values of the model{often}"
    return f"{n:,} virtual subject{'s' if n > 1 else ''}{often}{' each' * bool(often and n > 1)}"


def number(value: float) -> str:
    """Write a number with three digits; a dash when there is none.

    Parameters
    ----------
    value : float

    Returns
    -------
    str
    """
    if not math.isfinite(value):
        return "-"
    if value == 0 or 1e-3 <= abs(value) < 1e5:
        digits = 3 if abs(value) < 1000 else max(3, len(str(int(abs(value)))))
        return f"{value:.{digits}g}"
    return f"{value:.2e}"


def interval(low: float, high: float) -> str:
    """Write an interval; a dash when there is none.

    Parameters
    ----------
    low, high : float

    Returns
    -------
    str
    """
    return f"{number(low)} to {number(high)}" if math.isfinite(low + high) else "-"


def _print_metrics(outcome: Outcome) -> None:
    single = outcome.n_runs == 1
    published = {row.endpoint: row for row in outcome.readouts}
    header = ["from the model's curve", "value" if single else "median"]
    header += [] if single else [f"5-95 % {outcome.between}"]
    header += ["unit"] + (["published"] if outcome.readouts else [])
    rows = []
    for metric in outcome.metrics:
        row = [metric.label, number(metric.quantile(0.5))]
        if not single:
            row.append(interval(metric.quantile(0.05), metric.quantile(0.95)))
        row.append(metric.unit)
        if outcome.readouts:
            readout = published.get(_READOUT_OF.get(metric.name, ""))
            row.append("-" if readout is None else number(readout.published))
        rows.append(row)
    print_table(header, rows)
    _print_notes(
        f"{metric.label}: {note}"
        for metric in outcome.metrics
        if (note := _metric_note(metric, single=single))
    )


def _print_extinctions(outcome: Outcome) -> None:
    """Say in how many runs each population has died out."""
    gone = extinctions(outcome)
    if gone:
        end = float(outcome.course["time"].values[-1])
        text = ", ".join(f"{name} in {n:,} of {outcome.n_runs:,} runs" for name, n in gone.items())
        echo(f"died out by day {end:g}: {text}")
        echo()


def _print_notes(notes: Iterable[str]) -> None:
    lines = [f"  {note}" for note in notes]
    if lines:
        echo("\n".join(lines))
        echo()


def _metric_note(metric: Metric, *, single: bool) -> str:
    import numpy as np

    notes = [metric.note] if metric.note else []
    if metric.name == "cure_probability":
        found = metric.values[np.isfinite(metric.values)]
        mean = number(float(found.mean()) if found.size else math.nan)
        notes = [] if single else [f"mean, the expected cured fraction: {mean}"]
    if metric.n_missing and metric.name != "day_of_progression":
        notes.append(
            "no value" if single else f"{metric.n_missing} of {metric.values.size} without a value"
        )
    return "; ".join(notes)


def _print_visits(comparisons: Sequence[Comparison]) -> None:
    """Print one table for each estimand: a statistic of one quantity over people at visits."""
    groups: dict[tuple[str, str, str], list[Comparison]] = {}
    for row in comparisons:
        groups.setdefault((row.term, row.statistic, row.assay), []).append(row)
    for rows in groups.values():
        spans = "; ".join(dict.fromkeys(row.interval for row in rows if row.interval))
        echo(f"at the study's visits: {_estimand(rows)}")
        print_table(
            ("day", "people", "simulated", *([spans] if spans else []), "published", "unit"),
            [_visit_row(row, spans=bool(spans)) for row in rows],
        )
        _print_notes(_notes(rows))


def _estimand(rows: Sequence[Comparison]) -> str:
    first = rows[0]
    parts = [f"{first.statistic} of {first.quantity or first.term}"]
    parts += [] if first.assay in ("", "unknown") else [first.assay]
    limits = {f"LLOQ {row.lloq:g} {row.unit}" for row in rows if math.isfinite(row.lloq)}
    sources = {f"simulated: {row.source}" for row in rows if row.source}
    return ", ".join([*parts, *sorted(limits), *sorted(sources)])


def _visit_row(row: Comparison, *, spans: bool) -> list[str]:
    cells = [f"{row.visit:g}", f"{row.n}" if row.n else "not stated", number(row.simulated)]
    cells += [interval(row.lower, row.upper)] if spans else []
    return [*cells, number(row.published) + ("" if row.confirmed else " (unconfirmed)"), row.unit]


def _notes(rows: Sequence[Comparison]) -> list[str]:
    """Return each note once, with the days that it is about where these are not all."""
    found: dict[str, list[str]] = {}
    for row in rows:
        if row.note:
            found.setdefault(row.note, []).append(f"{row.visit:g}")
    return [
        note if len(days) == len(rows) else f"day {', '.join(days)}: {note}"
        for note, days in found.items()
    ]


def _print_run(outcome: Outcome, written: Sequence[str]) -> None:
    attrs, request = outcome.course.attrs, outcome.request
    echo(
        f"seed {request.seed}; method {attrs['method']} ({attrs['backend']} backend), rtol "
        f"{attrs['rtol']:g}, atol {'per state' if request.atol is None else f'{request.atol:g}'}; "
        f"{outcome.n_failed:,} of {outcome.n_runs:,} failed; {outcome.wall_s:.2f} s"
    )
    echo(f"variability: {attrs['variability']}")
    if outcome.study is not None:
        study = outcome.study.attrs
        licence = study.get("licence", "")
        title = ": ".join(part for part in (study.get("id", ""), study.get("title", "")) if part)
        echo(f"study {title}" + (f" ({licence})" if licence else ""))
    for failure in outcome.manifest.failures[:3]:
        which = "" if failure.replicate is None else f", replicate {failure.replicate}"
        echo(f"subject {failure.subject}{which}: {failure.status}: {failure.message}")
    if len(outcome.manifest.failures) > 3:
        kind = "subjects" if outcome.request.jumps.replicates is None else "runs"
        echo(f"and {len(outcome.manifest.failures) - 3:,} more failed {kind}")
    if written:
        echo(f"written: {', '.join(written)} ({'each ' if len(written) > 1 else ''}with manifest)")
    echo(DISCLAIMER)
