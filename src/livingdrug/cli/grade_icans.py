"""Print and write grades of ICANS."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from livingdrug.cli.grade_frame import (
    day_text,
    explained,
    grade_cells,
    graded_json,
    interval_text,
    number,
    peak,
    peak_reason,
    print_end,
    print_reasons,
    write_adae,
    write_rows,
)

if TYPE_CHECKING:
    from livingdrug.clinical.grading.icans import IcansGrades, WardIcans

__all__ = ["icans_json", "print_icans", "write_icans"]


def _recorded(person: IcansGrades) -> float:
    found = [grade for grade in person.recorded if not math.isnan(grade)]
    return max(found) if found else math.nan


def _text(person: IcansGrades, place: int) -> tuple[str, list[int]]:
    points = [points[place] for points in person.axes.values()]
    rows = sorted({row for p in points for row in p.rows})
    return ", ".join(p.text for p in points if p.text), rows


def _stretches(person: IcansGrades) -> list[dict[str, object]]:
    found: list[dict[str, object]] = []
    for k, day in enumerate(person.times):
        text, rows = _text(person, k)
        piece: dict[str, object] = {
            "grade_low": int(person.grades[0, k]),
            "grade_high": int(person.grades[1, k]),
            "rule": person.rule(k),
            "found": text,
            "rows": rows,
            "missing": person.reasons(k),
        }
        if found and all(found[-1][key] == value for key, value in piece.items()):
            continue
        found.append({"from": number(day), **piece})
    return found


def print_icans(graded: WardIcans, explain: str, written: Sequence[str]) -> None:
    """Print a table of people, or the explanation of one.

    Parameters
    ----------
    graded : WardIcans
    explain : str
        A person, or empty.
    written : sequence of str
    """
    from livingdrug.cli.tables import echo, print_table

    if explain:
        person = explained(graded, explain)
        print_table(
            ("from day", "grade", "rule", "found", "rows", "missing"),
            [
                (
                    f"{s['from']}",
                    f"{s['grade_low']}"
                    if s["grade_low"] == s["grade_high"]
                    else f"{s['grade_low']}-{s['grade_high']}",
                    str(s["rule"]),
                    str(s["found"]),
                    str(s["rows"]).strip("[]"),
                    str(s["missing"]),
                )
                for s in _stretches(person)
            ],
        )
    elif graded.people:
        echo("Peak grade; 'recorded' is what graders wrote down, which decides nothing here.")
        print_table(
            ("patient", "icans", "recorded", "onset", "peak day", "resolved", "days"),
            [
                (
                    p.subject,
                    interval_text(*peak(p)),
                    "" if math.isnan(_recorded(p)) else f"{_recorded(p):g}",
                    *(day_text(pair) for pair in _days(p).values()),
                )
                for p in graded.people
            ],
        )
    if not explain:
        print_reasons(
            [(p.subject, "icans", peak_reason(p)) for p in graded.people if peak_reason(p)]
        )
    print_end(graded, written)


def _days(person: IcansGrades) -> dict[str, tuple[float, float]]:
    """Return days of the mildest and the worst reading of the record."""
    mild, worst = person.course(0), person.course(1)
    names = ("onset", "peak_day", "resolution")
    found = {name: (mild[k], worst[k]) for k, name in enumerate(names)}
    return found | {"duration": (mild[2] - mild[0], worst[2] - worst[0])}


def write_icans(graded: WardIcans, out: str, adae: str = "", *, force: bool) -> list[str]:
    """Write grades over time, and ADAE-style records.

    Parameters
    ----------
    graded : WardIcans
    out, adae : str
        Empty for none.
    force : bool

    Returns
    -------
    list of str
        What was written.
    """
    from livingdrug.clinical.grading.adae import icans_records

    header = ("subject", "day", "icans", "icans_low", "icans_high", "recorded")
    write_rows(out, header, _course_rows(graded), force=force)
    write_adae(adae, lambda: icans_records(graded.people), force=force)
    return [path for path in (out, adae) if path]


def _course_rows(graded: WardIcans) -> list[list[object]]:
    rows: list[list[object]] = []
    for person in graded.people:
        for k, day in enumerate(person.times):
            low, high = (int(g) for g in person.grades[:, k])
            recorded = number(person.recorded[k])
            rows.append([person.subject, round(day, 6), *grade_cells(low, high), recorded])
    return rows


def icans_json(graded: WardIcans, explain: str, written: Sequence[str]) -> dict[str, object]:
    """Return the JSON object of a grading.

    Parameters
    ----------
    graded : WardIcans
    explain : str
        A person whose explanation is added, or empty.
    written : sequence of str

    Returns
    -------
    dict
    """
    people = []
    for person in graded.people:
        low, high = peak(person)
        entry: dict[str, object] = {
            "patient": person.subject,
            "peak_low": low,
            "peak_high": high,
            "recorded": number(_recorded(person)),
            **{
                name: {"mildest": number(pair[0]), "worst": number(pair[1])}
                for name, pair in _days(person).items()
            },
            "reason": peak_reason(person),
        }
        if person.subject == explain:
            entry["explanation"] = _stretches(person)
        people.append(entry)
    return graded_json(graded, people, written)
