"""Small tables of visits."""

from __future__ import annotations

from livingdrug.clinical.response.assessments import Assessments, from_long
from livingdrug.clinical.response.categories import response_text

NAN = float("nan")


def person(days: list[float], **columns: list[float]) -> Assessments:
    """Return one person; the first row is the baseline, on day 0."""
    return from_long(["p1"] * (len(days) + 1), [0.0, *days], columns)


def row(result: object, *, immune: bool = False) -> list[str]:
    """Return the categories of the only person in short words."""
    return [response_text(value, immune=immune) for value in result.category[0]]  # type: ignore[attr-defined]
