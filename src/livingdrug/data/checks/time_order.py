"""Times within a person: rows that go back, and days that occur twice."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from livingdrug.data.checks.finding import Finding
from livingdrug.data.measured import Measured

__all__ = ["check_time_order"]

_KINDS = (
    ("after a later day of the same person", "sort the rows by person and day"),
    ("the value of the same person and day again", "keep one of them"),
    ("a second value for the same person and day",
     "keep one, or give the hour, or say that it is another sample"),
)  # fmt: skip


def check_time_order(everything: Sequence[Measured]) -> list[Finding]:
    """Look for rows of a person that go back in time or repeat a time, file by file.

    Parameters
    ----------
    everything : sequence of Measured

    Returns
    -------
    list of Finding
        Warnings, one for each kind of fault and file.
    """
    found = []
    for file in dict.fromkeys(values.file for values in everything):
        here = [values for values in everything if values.file == file]
        faults = [_faults(values) for values in here]
        total = sum(len(values.row) for values in here)
        for kind, (words, fix) in enumerate(_KINDS):
            rows: dict[int, str] = {}
            columns: list[str] = []
            for values, masks in zip(here, faults, strict=True):
                hit = masks[kind]
                if hit.any():
                    columns.append(values.column)
                    rows |= dict(zip(values.row[hit].tolist(), values.subject[hit], strict=True))
            if rows:
                people = tuple(dict.fromkeys(str(rows[row]) for row in sorted(rows)))
                who = f"person {people[0]}" if len(people) == 1 else f"{len(people)} people"
                count = "1 row" if len(rows) == 1 else f"{len(rows):,} rows"
                message = f"{count}, of {who}: {words} ({'; '.join(columns)})"
                found.append(
                    Finding(
                        "time order", "warning", file, here[0].time_column, tuple(sorted(rows)),
                        people, total, message, fix,
                    )
                )  # fmt: skip
    return found


def _faults(values: Measured) -> tuple[NDArray[np.bool_], ...]:
    """Return which rows go back in time, repeat a value, and give another value."""
    back, same, other = (np.zeros(len(values.day), dtype=bool) for _ in range(3))
    latest: dict[tuple[str, int], float] = {}
    seen: dict[tuple[tuple[str, int], float], float] = {}
    resets = np.zeros(len(values.day), int) if values.resets is None else values.resets
    people = zip(values.subject.tolist(), resets.tolist(), strict=True)
    rows = zip(people, values.day.tolist(), values.value.tolist(), strict=True)
    for place, (who, day, value) in enumerate(rows):
        if (who, day) in seen:
            same[place] = np.array_equal(seen[who, day], value, equal_nan=True)
            other[place] = not same[place]
        else:
            seen[who, day] = value
            back[place] = day < latest.get(who, -np.inf)
        latest[who] = max(day, latest.get(who, -np.inf))
    return back, same, other
