"""What all grades of a ward share in how they are printed and written."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Protocol, TypeVar

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from livingdrug.core.errors import Issue

__all__ = [
    "DISCLAIMER",
    "day_text",
    "explained",
    "grade_cells",
    "graded_json",
    "interval_text",
    "number",
    "peak",
    "peak_reason",
    "print_end",
    "print_reasons",
    "write_adae",
    "write_rows",
]

_SHOWN = 20
DISCLAIMER = "Research software, not medical advice; no grade here replaces a clinician's."


class Person(Protocol):
    """Somebody who was graded."""

    @property
    def subject(self) -> str:
        """Label."""
        ...


class Course(Protocol):
    """Grades of one person over time, of the mildest and the worst reading."""

    @property
    def grades(self) -> NDArray[np.int64]:
        """Of shape (2, n_times)."""
        ...

    def reasons(self, place: int) -> str:
        """Say why a grade is open at one time."""
        ...


AnyPerson = TypeVar("AnyPerson", bound=Person)
AnyPerson_co = TypeVar("AnyPerson_co", bound=Person, covariant=True)


class Noted(Protocol):
    """What is told beside all results of a ward."""

    @property
    def left_out(self) -> Mapping[str, Sequence[Issue]]:
        """Everybody without a result, and why."""
        ...

    @property
    def warnings(self) -> Sequence[Issue]:
        """What was found in the record."""
        ...


class Graded(Noted, Protocol[AnyPerson_co]):
    """A ward that was graded or scored."""

    @property
    def people(self) -> Sequence[AnyPerson_co]:
        """Everybody with a result."""
        ...


def peak(person: Course) -> tuple[int, int]:
    """Return the bounds of the highest grade.

    Parameters
    ----------
    person : Course

    Returns
    -------
    tuple of int
    """
    return int(person.grades[0].max()), int(person.grades[1].max())


def peak_reason(person: Course) -> str:
    """Say why the highest grade is open.

    Parameters
    ----------
    person : Course

    Returns
    -------
    str
        Empty where it is not.
    """
    low, high = peak(person)
    return person.reasons(int(person.grades[1].argmax())) if low < high else ""


def grade_cells(low: int, high: int) -> list[object]:
    """Return the cells of a grade: itself where it is certain, and its bounds.

    Parameters
    ----------
    low, high : int

    Returns
    -------
    list
    """
    return [low if low == high else None, low, high]


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


def print_end(noted: Noted, written: Sequence[str]) -> None:
    """Print who was left out, the warnings, and what was written.

    Parameters
    ----------
    noted : Noted
    written : sequence of str
    """
    from livingdrug.cli.tables import echo

    print_issues(noted.left_out, noted.warnings)
    for path in written:
        echo(f"wrote {path}")
    echo(DISCLAIMER)


def explained(graded: Graded[AnyPerson], explain: str) -> AnyPerson:
    """Find the person who is explained, and print what the rows of the explanation are.

    Parameters
    ----------
    graded : Graded
    explain : str
        Somebody who was graded.

    Returns
    -------
    Person
    """
    from livingdrug.cli.tables import echo

    echo(f"{explain}: rows are lines of the file, the header is row 1.")
    return next(person for person in graded.people if person.subject == explain)


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


def write_rows(
    out: str, header: Sequence[str], rows: Iterable[Sequence[object]], *, force: bool
) -> None:
    """Write a CSV table, if it was asked for.

    Parameters
    ----------
    out : str
        Empty for none.
    header : sequence of str
    rows : iterable of sequence
    force : bool
    """
    from livingdrug.core.files import write_text

    if out:
        write_text(out, table_text(header, list(rows)), force=force)


def write_adae(
    adae: str, records: Callable[[], Sequence[Mapping[str, object]]], *, force: bool
) -> None:
    """Write ADAE-style records, if they were asked for.

    Parameters
    ----------
    adae : str
        Empty for none.
    records : callable
        Makes them.
    force : bool
    """
    from livingdrug.clinical.grading.adae import ADAE_COLUMNS

    if adae:
        lines = [[record[name] for name in ADAE_COLUMNS] for record in records()]
        write_rows(adae, ADAE_COLUMNS, lines, force=force)


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


def graded_json(
    noted: Noted, people: Sequence[Mapping[str, object]], written: Sequence[str]
) -> dict[str, object]:
    """Return the JSON object of a grading or of scores.

    Parameters
    ----------
    noted : Noted
    people : sequence of mapping
        What is told of each person.
    written : sequence of str

    Returns
    -------
    dict
    """
    return {
        "patients": list(people),
        "left_out": issues_json(noted.left_out),
        "warnings": [str(warning) for warning in noted.warnings],
        "written": list(written),
        "disclaimer": DISCLAIMER,
    }
