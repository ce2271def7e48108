"""Print and write the criteria of IEC-HS."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from livingdrug.cli.grade_frame import (
    explained,
    grade_cells,
    graded_json,
    interval_text,
    number,
    peak,
    peak_reason,
    print_end,
    print_reasons,
    write_rows,
)
from livingdrug.clinical.grading.iechs import COMMON

if TYPE_CHECKING:
    from livingdrug.clinical.grading.iechs_ward import IechsGrades, WardIechs
    from livingdrug.clinical.grading.point import Point

__all__ = ["iechs_json", "print_iechs", "write_iechs"]

_COLUMN = "iechs_unconfirmed"


def _first_ferritin(person: IechsGrades) -> float:
    """Return the first day on which the required criterion is surely met."""
    points = zip(person.times, person.criteria["ferritin"], strict=True)
    return next((t for t, point in points if point.low), math.nan)


def _most_common(person: IechsGrades) -> tuple[int, int]:
    """Return how many common criteria were met at once where the required one may be."""
    open_to = [k for k, point in enumerate(person.criteria["ferritin"]) if point.high]
    counts = [person.common(k) for k in open_to] or [(0, 0)]
    return max(low for low, _ in counts), max(high for _, high in counts)


def _word(point: Point) -> str:
    return "open" if point.low != point.high else "yes" if point.low else "no"


def _stretches(person: IechsGrades) -> list[dict[str, object]]:
    """Return the times between which all criteria stay as they are, with their rows."""
    states = [
        tuple((p[k].low, p[k].high, p[k].text) for p in person.criteria.values())
        for k in range(len(person.times))
    ]
    found: list[dict[str, object]] = []
    for _, group in itertools.groupby(range(len(person.times)), key=lambda k: states[k]):
        k = next(group)
        points = {name: points[k] for name, points in person.criteria.items()}
        found.append(
            {
                "from": number(person.times[k]),
                "grade_low": int(person.grades[0, k]),
                "grade_high": int(person.grades[1, k]),
                "criteria": {name: _word(point) for name, point in points.items()},
                "found": ", ".join(p.text for p in points.values() if p.text),
                "rows": sorted({row for p in points.values() for row in p.rows}),
                "missing": person.reasons(k),
            }
        )
    return found


def print_iechs(graded: WardIechs, explain: str, written: Sequence[str]) -> None:
    """Print a table of people, or the explanation of one.

    Parameters
    ----------
    graded : WardIechs
    explain : str
        A person, or empty.
    written : sequence of str
    """
    from livingdrug.cli.tables import echo, print_table

    if explain:
        person = explained(graded, explain)
        print_table(
            ("from day", "grade", "ferritin", "common criteria", "found", "rows"),
            [_explained(stretch) for stretch in _stretches(person)],
        )
        print_reasons([(explain, _COLUMN, peak_reason(person))] if peak_reason(person) else [])
    elif graded.people:
        echo(
            "Ferritin is required, most of five common criteria are: 'common' is how many are met "
            "at once, surely and possibly."
        )
        print_table(
            (
                "patient",
                _COLUMN,
                "ferritin met\nfrom day",
                "common",
                "highest ferritin\nug/L (day)",
            ),
            [
                (
                    p.subject,
                    interval_text(*peak(p)),
                    "-" if math.isnan(_first_ferritin(p)) else f"{_first_ferritin(p):.2f}",
                    interval_text(*_most_common(p)),
                    "-"
                    if math.isnan(p.ferritin[0])
                    else f"{p.ferritin[0]:g} ({p.ferritin[1]:.4g})",
                )
                for p in graded.people
            ],
        )
        print_reasons(
            [(p.subject, _COLUMN, peak_reason(p)) for p in graded.people if peak_reason(p)]
        )
    print_end(graded, written)


def _explained(stretch: dict[str, object]) -> tuple[str, ...]:
    criteria = stretch["criteria"]
    assert isinstance(criteria, dict)
    return (
        f"{stretch['from']}",
        interval_text(float(str(stretch["grade_low"])), float(str(stretch["grade_high"]))),
        str(criteria["ferritin"]),
        ", ".join(f"{name} {criteria[name]}" for name in COMMON),
        str(stretch["found"]),
        str(stretch["rows"]).strip("[]"),
    )


def write_iechs(graded: WardIechs, out: str, *, force: bool) -> list[str]:
    """Write criteria and grades over time.

    Parameters
    ----------
    graded : WardIechs
    out : str
        Empty for none.
    force : bool

    Returns
    -------
    list of str
        What was written.
    """
    rows: list[list[object]] = []
    for person in graded.people:
        for k, day in enumerate(person.times):
            low, high = (int(g) for g in person.grades[:, k])
            words = [_word(points[k]) for points in person.criteria.values()]
            cells = grade_cells(low, high)
            rows.append([person.subject, round(day, 6), *cells, *words, *person.common(k)])
    header = ["subject", "day", _COLUMN, f"{_COLUMN}_low", f"{_COLUMN}_high"]
    header += ["ferritin", *COMMON, "common_low", "common_high"]
    write_rows(out, header, rows, force=force)
    return [out] if out else []


def iechs_json(graded: WardIechs, explain: str, written: Sequence[str]) -> dict[str, object]:
    """Return the JSON object of a grading.

    Parameters
    ----------
    graded : WardIechs
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
        common = _most_common(person)
        entry: dict[str, object] = {
            "patient": person.subject,
            _COLUMN: {"peak_low": low, "peak_high": high, "reason": peak_reason(person)},
            "ferritin_met_from": number(_first_ferritin(person)),
            "common": {"least": common[0], "most": common[1]},
            "ferritin_highest": {
                "value": number(person.ferritin[0]),
                "unit": "ug/L",
                "day": number(person.ferritin[1]),
            },
        }
        if person.subject == explain:
            entry["explanation"] = _stretches(person)
        people.append(entry)
    return graded_json(graded, people, written)
