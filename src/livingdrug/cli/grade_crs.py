"""Print and write grades of cytokine release syndrome."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from livingdrug.cli.grade_frame import (
    day_text,
    grade_cells,
    graded_json,
    interval_text,
    number,
    print_end,
    print_reasons,
    write_adae,
    write_rows,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from livingdrug.clinical.grading.crs import WardCrs
    from livingdrug.clinical.grading.explain import Stretch

__all__ = ["crs_json", "print_crs", "write_crs"]


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
    print_end(graded, written)


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
    from livingdrug.clinical.grading.adae import adae_records

    figure = _figure(graded, only) if plot else None  # may be refused, before anything is written
    if out:
        header = ["subject", "day"]
        header += [f"{s}{end}" for s in graded.scales for end in ("", "_low", "_high")]
        write_rows(out, [*header, "episode"], _course_rows(graded), force=force)
    write_adae(adae, lambda: adae_records(graded.people, graded.scales), force=force)
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
                row += grade_cells(low, high)
            rows.append([*row, int(person.certain.episode[0, k])])
    return rows


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
    return {"scales": list(graded.scales), **graded_json(graded, people, written)}
