"""Reader of the daily ward data that accompany Amidi 2022, doi:10.1136/jitc-2022-005459.

The folder is brought by the user: ``daily.csv`` with ``id``, ``day``, ``temp_c``, ``icans_grade``
and laboratory values, ``patients.csv`` with ``id`` and ``age``. Neither blood pressure nor
vasopressors, oxygen or dates of treatments are in it, so that CRS can only be bounded. CRP is not
read: its unit is not settled.
"""

from __future__ import annotations

import math
from collections import defaultdict
from pathlib import Path

from livingdrug.clinical.monitoring.record import Entry, Ward
from livingdrug.clinical.monitoring.schema import ITEMS
from livingdrug.core.delimited import RawTable, RowCells, column_issues, read_raw_table
from livingdrug.core.errors import DataError, Issue, raise_issues

__all__ = ["read_daily_folder"]

_COLUMNS = {
    "temp_c": "temperature",
    "icans_grade": "icans_recorded",
    "ferritin_ug_per_l": "ferritin",
}
_DAILY, _PATIENTS = "daily.csv", "patients.csv"


def read_daily_folder(folder: str | Path) -> Ward:
    """Read the folder.

    Parameters
    ----------
    folder : str or Path

    Returns
    -------
    Ward
        A daily value holds for its day; day 0 is taken for the infusion, as the data's own note
        assumes. Nothing is declared as recorded that is not there.

    Raises
    ------
    DataError
        When a file or a column is missing.
    """
    base = Path(folder)
    issues: list[Issue] = []
    patients = _table(base / _PATIENTS, ("id", "age"), issues)
    daily = _table(base / _DAILY, ("id", "day", *_COLUMNS), issues)
    raise_issues(issues, DataError)
    assert patients is not None and daily is not None  # noqa: PT018  # raised otherwise
    entries: dict[str, list[Entry]] = defaultdict(list)
    problems: dict[str, list[Issue]] = defaultdict(list)
    for line, cells in patients.rows:
        subject = cells[patients.columns.index("id")].strip()
        row = RowCells(patients, line, cells, problems[subject])
        age = row.number("age")
        if age is not None:
            entries[subject].append(Entry(line, "age", math.nan, value=age))
    for line, cells in daily.rows:
        subject = cells[daily.columns.index("id")].strip()
        row = RowCells(daily, line, cells, problems[subject])
        day = row.number("day")
        if day is None:
            row.complain("day", "the day is missing", "give the day of the row")
            continue
        for column, item in _COLUMNS.items():
            value = row.number(column)
            if value is None:
                continue
            rule = ITEMS[item]
            if not rule.low <= value <= rule.high:
                fix = f"allowed: {rule.low:g} to {rule.high:g}"
                row.complain(column, f"{item} {value:g} is impossible", fix)
                continue
            entries[subject].append(Entry(line, item, day, day + 1, value))
    people = {s: tuple(sorted(e, key=_time)) for s, e in entries.items() if not problems[s]}
    left_out = {s: tuple(p) for s, p in problems.items() if p}
    return Ward(base.name, people, frozenset(), left_out)


def _time(entry: Entry) -> float:
    return -math.inf if math.isnan(entry.start) else entry.start


def _table(path: Path, required: tuple[str, ...], issues: list[Issue]) -> RawTable | None:
    table = read_raw_table(path, path.name, set(required), issues)
    if table is not None:
        found = column_issues(table, required, table.columns)
        issues += [issue for issue in found if issue.level == "error"]
    return table
