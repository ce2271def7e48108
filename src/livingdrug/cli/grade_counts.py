"""Print and write grades of neutrophils and platelets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from livingdrug.cli.grade_frame import (
    explained,
    grade_cells,
    graded_json,
    interval_text,
    number,
    print_end,
    print_reasons,
    write_rows,
)
from livingdrug.clinical.grading.counts import COUNT_COLUMNS

if TYPE_CHECKING:
    from livingdrug.clinical.grading.counts import CountGrades, WardCounts

__all__ = ["counts_json", "print_counts", "write_counts"]

_MOST_ROWS = 8


def print_counts(graded: WardCounts, explain: str, written: Sequence[str]) -> None:
    """Print a table of people, or the explanation of one.

    Parameters
    ----------
    graded : WardCounts
    explain : str
        A person, or empty.
    written : sequence of str
    """
    from livingdrug.cli.tables import echo, print_table

    if explain:
        person = explained(graded, explain)
        print_table(
            ("scale", "grade", "rule", "found", "rows", "missing"),
            [
                (name, interval_text(*g.grade), g.rule, g.found, _rows(g.rows), g.missing)
                for name, g in person.grades.items()
            ],
        )
    elif graded.people:
        echo("ICAHT of day 0 to 30 and after it; platelets are a scale of their own.")
        heads = [name.replace("_unconfirmed", "\n_unconfirmed") for name in COUNT_COLUMNS]
        print_table(
            ("patient", *heads, "days at\n<= 500", "days at\n<= 100"),
            [
                (
                    person.subject,
                    *(interval_text(*g.grade) for g in person.grades.values()),
                    _days(person.days_500),
                    _days(person.days_100),
                )
                for person in graded.people
            ],
        )
        print_table(
            ("patient", "lowest neutrophils/uL (day)", "lowest platelets/uL (day)"),
            [(p.subject, _nadir(p, "anc"), _nadir(p, "platelets")) for p in graded.people],
        )
        print_reasons(
            [
                (p.subject, name, g.missing)
                for p in graded.people
                for name, g in p.grades.items()
                if g.missing
            ]
        )
    print_end(graded, written)


def _days(pair: tuple[float, float]) -> str:
    return "-" if number(pair[0]) is None else interval_text(*pair)


def _nadir(person: CountGrades, item: str) -> str:
    value, day = person.nadirs[item]
    return "-" if number(value) is None else f"{value:g} ({day:.4g})"


def _rows(rows: Sequence[int]) -> str:
    """Write lines of the file; of many the first and the last, since --json has all."""
    if len(rows) > _MOST_ROWS:
        return f"{rows[0]} ... {rows[-1]} ({len(rows)} rows)"
    return ", ".join(str(row) for row in rows)


def write_counts(graded: WardCounts, out: str, *, force: bool) -> list[str]:
    """Write a row for each person.

    Parameters
    ----------
    graded : WardCounts
    out : str
        Empty for none.
    force : bool

    Returns
    -------
    list of str
        What was written.
    """
    header = ["subject"]
    header += [f"{name}{end}" for name in COUNT_COLUMNS for end in ("", "_low", "_high")]
    header += [f"days_{limit}_{end}" for limit in (500, 100) for end in ("low", "high")]
    header += ["anc_lowest", "anc_lowest_day", "platelets_lowest", "platelets_lowest_day"]
    rows: list[list[object]] = []
    for person in graded.people:
        row: list[object] = [person.subject]
        for found in person.grades.values():
            row += grade_cells(*found.grade)
        pairs = (person.days_500, person.days_100, *person.nadirs.values())
        row += [number(value) for pair in pairs for value in pair]
        missing = dict.fromkeys(g.missing for g in person.grades.values() if g.missing)
        rows.append([*row, "; ".join(missing)])
    write_rows(out, [*header, "missing"], rows, force=force)
    return [out] if out else []


def counts_json(graded: WardCounts, explain: str, written: Sequence[str]) -> dict[str, object]:
    """Return the JSON object of a grading.

    Parameters
    ----------
    graded : WardCounts
    explain : str
        A person whose explanation is added, or empty.
    written : sequence of str

    Returns
    -------
    dict
    """
    people = []
    for person in graded.people:
        entry: dict[str, object] = {"patient": person.subject}
        for name, found in person.grades.items():
            entry[name] = {
                "grade_low": found.grade[0],
                "grade_high": found.grade[1],
                "reason": found.missing,
            }
        for limit, pair in (("500", person.days_500), ("100", person.days_100)):
            entry[f"days_{limit}"] = {"least": number(pair[0]), "most": number(pair[1])}
        for item, (value, day) in person.nadirs.items():
            entry[f"{item}_lowest"] = {"value": number(value), "unit": "1/uL", "day": number(day)}
        if person.subject == explain:
            entry["explanation"] = [
                {
                    "scale": name,
                    "grade_low": g.grade[0],
                    "grade_high": g.grade[1],
                    "rule": g.rule,
                    "found": g.found,
                    "rows": list(g.rows),
                    "missing": g.missing,
                }
                for name, g in person.grades.items()
            ]
        people.append(entry)
    return graded_json(graded, people, written)
