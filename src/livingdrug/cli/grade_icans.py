"""Print and write grades of ICANS."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from livingdrug.cli.grade_report import (
    DISCLAIMER,
    day_text,
    interval_text,
    issues_json,
    number,
    print_issues,
    print_reasons,
    table_text,
)

if TYPE_CHECKING:
    from livingdrug.clinical.grading.icans import IcansGrades, WardIcans

__all__ = ["icans_json", "print_icans", "write_icans"]


def _bounds(person: IcansGrades) -> tuple[int, int]:
    return int(person.grades[0].max()), int(person.grades[1].max())


def _recorded(person: IcansGrades) -> float:
    found = [grade for grade in person.recorded if not math.isnan(grade)]
    return max(found) if found else math.nan


def _reason(person: IcansGrades) -> str:
    low, high = _bounds(person)
    return person.reasons(int(person.grades[1].argmax())) if low < high else ""


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
        person = next(p for p in graded.people if p.subject == explain)
        echo(f"{explain}: rows are lines of the file, the header is row 1.")
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
                    interval_text(*_bounds(p)),
                    "" if math.isnan(_recorded(p)) else f"{_recorded(p):g}",
                    *(day_text(pair) for pair in _days(p).values()),
                )
                for p in graded.people
            ],
        )
    if not explain:
        print_reasons([(p.subject, "icans", _reason(p)) for p in graded.people if _reason(p)])
    print_issues(graded.left_out, graded.warnings)
    for path in written:
        echo(f"wrote {path}")
    echo(DISCLAIMER)


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
    from livingdrug.core.files import write_text

    if out:
        _write_course(graded, out, force=force)
    if adae:
        from livingdrug.clinical.grading.adae import ADAE_COLUMNS, icans_records

        records = icans_records(graded.people)
        lines = [[record[name] for name in ADAE_COLUMNS] for record in records]
        write_text(adae, table_text(ADAE_COLUMNS, lines), force=force)
    return [path for path in (out, adae) if path]


def _write_course(graded: WardIcans, out: str, *, force: bool) -> None:
    from livingdrug.core.files import write_text

    rows: list[list[object]] = []
    for person in graded.people:
        for k, day in enumerate(person.times):
            low, high = (int(g) for g in person.grades[:, k])
            exact = low if low == high else None
            rows.append(
                [person.subject, round(day, 6), exact, low, high, number(person.recorded[k])]
            )
    header = ("subject", "day", "icans", "icans_low", "icans_high", "recorded")
    write_text(out, table_text(header, rows), force=force)


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
        low, high = _bounds(person)
        entry: dict[str, object] = {
            "patient": person.subject,
            "peak_low": low,
            "peak_high": high,
            "recorded": number(_recorded(person)),
            **{
                name: {"mildest": number(pair[0]), "worst": number(pair[1])}
                for name, pair in _days(person).items()
            },
            "reason": _reason(person),
        }
        if person.subject == explain:
            entry["explanation"] = _stretches(person)
        people.append(entry)
    return {
        "patients": people,
        "left_out": issues_json(graded.left_out),
        "warnings": [str(warning) for warning in graded.warnings],
        "written": list(written),
        "disclaimer": DISCLAIMER,
    }
