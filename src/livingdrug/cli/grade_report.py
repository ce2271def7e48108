"""Print and write grades of cytokine release syndrome."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from livingdrug.clinical.grading.crs import WardCrs
    from livingdrug.clinical.grading.explain import Stretch
    from livingdrug.core.errors import Issue

__all__ = [
    "DISCLAIMER",
    "crs_json",
    "day_text",
    "interval_text",
    "issues_json",
    "number",
    "print_crs",
    "print_issues",
    "print_reasons",
    "table_text",
    "write_crs",
]

_SHOWN = 20
DISCLAIMER = "Research software, not medical advice; no grade here replaces a clinician's."


def interval_text(low: float, high: float) -> str:
    """Write a grade or its bounds.

    Parameters
    ----------
    low, high : float

    Returns
    -------
    str
    """
    return f"{low:g}" if low == high else f"{low:g}-{high:g}"


def day_text(pair: tuple[float, float]) -> str:
    """Write a day, or the days of the mildest and the worst reading.

    Parameters
    ----------
    pair : tuple of float

    Returns
    -------
    str
    """
    first, second = ("-" if math.isnan(day) else f"{day:.2f}" for day in pair)
    return first if first == second else f"{first} / {second}"


def print_issues(left_out: Mapping[str, Sequence[Issue]], warnings: Sequence[Issue]) -> None:
    """Print who was left out and why, and the warnings.

    Parameters
    ----------
    left_out : mapping of str to sequence of Issue
    warnings : sequence of Issue
    """
    from livingdrug.cli.tables import echo

    if left_out:
        echo(f"Left out ({len(left_out)}): {', '.join(left_out)}")
        lines = [str(issue) for issues in left_out.values() for issue in issues]
        for line in lines[:_SHOWN]:
            echo(f"  {line}")
        if len(lines) > _SHOWN:
            echo(f"  ... and {len(lines) - _SHOWN} more problems; --json lists all")
    for warning in warnings[:_SHOWN]:
        echo(f"warning: {warning}")
    if len(warnings) > _SHOWN:
        echo(f"... and {len(warnings) - _SHOWN} more warnings; --json lists all")


def print_crs(graded: WardCrs, explain: str, written: Sequence[str]) -> None:
    """Print a table of people, or the explanation of one.

    Parameters
    ----------
    graded : WardCrs
    explain : str
        A person, or empty.
    written : sequence of str
    """
    from livingdrug.cli.tables import echo, print_table
    from livingdrug.clinical.grading.explain import explain_crs
    from livingdrug.clinical.grading.summary import summarize

    for person in graded.people:
        if explain and person.subject == explain:
            _print_explanation(explain, explain_crs(person, graded.scales))
    if not explain:
        rows, reasons, done, flags = [], [], [], []
        for person in graded.people:
            found = [summarize(person, scale) for scale in graded.scales]
            first = found[0]
            rows.append(
                (
                    person.subject,
                    *(interval_text(*summary.peak) for summary in found),
                    day_text(first.onset),
                    day_text(first.peak_day),
                    day_text(first.duration),
                    interval_text(*first.episodes),
                )
            )
            if first.flag:
                flags.append(f"{person.subject}: {first.flag}")
            if first.interventions:
                done.append((person.subject, first.interventions))
            reasons += [(person.subject, s.scale, s.reason) for s in found if s.reason]
        # the mark stays whole when the columns are narrow
        names = [scale.replace("_unconfirmed", "\n_unconfirmed") for scale in graded.scales]
        head = ("patient", *names, "onset", "peak day", "days", "episodes")
        if rows:
            echo(f"Peak grade by scale; onset, peak day and duration by {graded.scales[0]}.")
            print_table(head, rows)
        for flag in flags:
            echo(flag)
        if done:
            print_table(("patient", "interventions"), done)
        print_reasons(reasons)
    print_issues(graded.left_out, graded.warnings)
    for path in written:
        echo(f"wrote {path}")
    echo(DISCLAIMER)


def print_reasons(
    reasons: Sequence[tuple[str, str, str]], lead: str = "Grades are intervals because:"
) -> None:
    """Print each reason once, with how many people and on which scales it leaves a grade open.

    Parameters
    ----------
    reasons : sequence of tuple of str
        Person, scale, and reasons joined by a semicolon.
    lead : str, optional
    """
    from livingdrug.cli.tables import echo

    if not reasons:
        return
    people: dict[str, set[str]] = {}
    scales: dict[str, dict[str, None]] = {}
    for subject, scale, text in reasons:
        for part in text.split("; "):
            people.setdefault(part, set()).add(subject)
            scales.setdefault(part, {})[scale] = None
    echo(lead)
    ordered = sorted(people, key=lambda part: -len(people[part]))
    for part in ordered[:_SHOWN]:
        count = f"{len(people[part])} patient" + ("s" if len(people[part]) > 1 else "")
        echo(f"  {part} ({count}; {', '.join(scales[part])})")
    if len(ordered) > _SHOWN:
        echo(f"  ... and {len(ordered) - _SHOWN} more; --json lists all")
    if any("recorded" in part for part in people):
        echo("  What was recorded and never happened is declared with --recorded.")


def _print_explanation(name: str, stretches: Sequence[Stretch]) -> None:
    from livingdrug.cli.tables import echo, print_table

    echo(f"{name}: rows are lines of the file, the header is row 1.")
    print_table(
        ("scale", "from day", "to day", "grade", "rule", "found", "missing"),
        [
            (
                s.scale,
                f"{s.start:.3f}",
                "end" if math.isnan(s.stop) else f"{s.stop:.3f}",
                interval_text(*s.grade),
                s.rule,
                s.found,
                s.missing,
            )
            for s in stretches
        ],
    )


def table_text(header: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Return a CSV table; None is an empty cell.

    Parameters
    ----------
    header : sequence of str
    rows : sequence of sequence

    Returns
    -------
    str
    """
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(header)
    writer.writerows([["" if cell is None else cell for cell in row] for row in rows])
    return stream.getvalue()


def write_crs(
    graded: WardCrs, out: str, adae: str, plot: str, *, only: str = "", force: bool
) -> list[str]:
    """Write the files that were asked for.

    Parameters
    ----------
    graded : WardCrs
    out, adae, plot : str
        Empty for none.
    only : str, optional
        The person that is drawn; everybody when empty.
    force : bool

    Returns
    -------
    list of str
        What was written.
    """
    from livingdrug.core.files import write_text

    figure = _figure(graded, only) if plot else None  # may be refused, before anything is written
    if out:
        header = ["subject", "day"]
        header += [f"{s}{end}" for s in graded.scales for end in ("", "_low", "_high")]
        write_text(out, table_text([*header, "episode"], _course_rows(graded)), force=force)
    if adae:
        from livingdrug.clinical.grading.adae import ADAE_COLUMNS, adae_records

        records = adae_records(graded.people, graded.scales)
        rows = [[record[name] for name in ADAE_COLUMNS] for record in records]
        write_text(adae, table_text(ADAE_COLUMNS, rows), force=force)
    if figure is not None:
        from livingdrug.plot.course import save_figure

        save_figure(figure, plot, force=force)
    return [path for path in (out, adae, plot) if path]


def _figure(graded: WardCrs, only: str) -> Figure:
    from livingdrug.plot.toxicity import plot_grades

    synthetic = all(p.subject.startswith("SYNTHETIC") for p in graded.people)
    note = "SYNTHETIC ward: invented courses, no patient." if synthetic else ""
    return plot_grades(graded, graded.scales[0], note=note, subjects=[only] if only else None)


def _course_rows(graded: WardCrs) -> list[list[object]]:
    rows: list[list[object]] = []
    for person in graded.people:
        for k, day in enumerate(person.times):
            row: list[object] = [person.subject, round(day, 6)]
            for scale in graded.scales:
                low, high = (int(g) for g in person.grades[scale][:, k])
                row += [low if low == high else None, low, high]
            rows.append([*row, int(person.certain.episode[0, k])])
    return rows


def number(value: float) -> float | None:
    """Return a number for JSON, which has no NaN.

    Parameters
    ----------
    value : float

    Returns
    -------
    float or None
    """
    return None if math.isnan(value) else round(float(value), 6)


def issues_json(left_out: Mapping[str, Sequence[Issue]]) -> dict[str, list[str]]:
    """Return who was left out and why.

    Parameters
    ----------
    left_out : mapping of str to sequence of Issue

    Returns
    -------
    dict
    """
    return {subject: [str(issue) for issue in issues] for subject, issues in left_out.items()}


def crs_json(graded: WardCrs, explain: str, written: Sequence[str]) -> dict[str, object]:
    """Return the JSON object of a grading.

    Parameters
    ----------
    graded : WardCrs
    explain : str
        A person whose explanation is added, or empty.
    written : sequence of str

    Returns
    -------
    dict
    """
    from livingdrug.clinical.grading.explain import explain_crs
    from livingdrug.clinical.grading.summary import summarize

    def pair(values: tuple[float, float]) -> dict[str, float | None]:
        return {"mildest": number(values[0]), "worst": number(values[1])}

    people = []
    for person in graded.people:
        entry: dict[str, object] = {"patient": person.subject, "scales": {}}
        scales: dict[str, object] = {}
        for scale in graded.scales:
            s = summarize(person, scale)
            entry["interventions"], entry["flag"] = s.interventions, s.flag
            scales[scale] = {
                "peak_low": s.peak[0],
                "peak_high": s.peak[1],
                "reason": s.reason,
                "episodes": {"mildest": s.episodes[0], "worst": s.episodes[1]},
                "onset": pair(s.onset),
                "peak_day": pair(s.peak_day),
                "duration": pair(s.duration),
                "resolution": pair(s.resolution),
            }
        entry["scales"] = scales
        if person.subject == explain:
            entry["explanation"] = [
                {
                    "scale": x.scale,
                    "from": number(x.start),
                    "to": number(x.stop),
                    "grade_low": x.grade[0],
                    "grade_high": x.grade[1],
                    "rule": x.rule,
                    "found": x.found,
                    "rows": list(x.rows),
                    "missing": x.missing,
                }
                for x in explain_crs(person, graded.scales)
            ]
        people.append(entry)
    return {
        "scales": list(graded.scales),
        "patients": people,
        "left_out": issues_json(graded.left_out),
        "warnings": [str(warning) for warning in graded.warnings],
        "written": list(written),
        "disclaimer": DISCLAIMER,
    }
