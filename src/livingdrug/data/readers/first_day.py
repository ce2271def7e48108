"""Study days (the first infusion is on day 1, there is no day 0) against time since the infusion.

The convention is declared and converted, and never guessed.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence

from livingdrug.core.delimited import RowCells
from livingdrug.core.errors import Issue
from livingdrug.core.units import convert
from livingdrug.data.interventions import INTERVENTIONS, Intervention
from livingdrug.data.readers.nonmem_events import Dose, Rows
from livingdrug.data.study import Observation, StudyDose

__all__ = ["doubtful_days", "elapsed_days", "elapsed_of_cell", "from_first_infusion"]


def elapsed_days(study_day: float) -> float:
    """Return the days since the first infusion of a study day.

    Parameters
    ----------
    study_day : float
        1 or more from the day of the infusion, negative before it.

    Returns
    -------
    float

    Raises
    ------
    ValueError
        For a number from 0 to below 1: no study day is called so.

    Examples
    --------
    >>> elapsed_days(1.0), elapsed_days(15.5), elapsed_days(-1.0)
    (0.0, 14.5, -1.0)
    """
    if 0 <= study_day < 1:
        raise ValueError(f"{study_day:g} is no study day: day 1 follows day -1")
    return study_day - 1 if study_day >= 1 else study_day


def elapsed_of_cell(
    cells: RowCells,
    column: str,
    day: float,
    *,
    day_one: bool,
    fix: str = "or write day_one = false",
) -> float:
    """Return the days since the first infusion, by the convention of the table.

    Parameters
    ----------
    cells : RowCells
        A number that is no study day is added to its issues.
    column : str
        Where the day stands.
    day : float
        In days; NaN stays NaN.
    day_one : bool
        The table counts study days.
    fix : str, optional
        What to do about a number that is no study day.

    Returns
    -------
    float
    """
    if not day_one or math.isnan(day):
        return day
    try:
        return elapsed_days(day)
    except ValueError as error:
        cells.complain(column, str(error), fix)
        return math.nan


def doubtful_days(
    doses: Sequence[StudyDose],
    interventions: Sequence[Intervention],
    observations: Sequence[Observation],
    where: str,
) -> list[Issue]:
    """Ask for the convention where a folder has engineered cells on day 1 and does not say it.

    Parameters
    ----------
    doses : sequence of StudyDose
    interventions : sequence of Intervention
    observations : sequence of Observation
    where : str
        The header, as messages name it.

    Returns
    -------
    list of Issue
        Empty where a time from 0 to below 1 shows that days count from the infusion.
    """
    first: dict[str, float] = {}
    for one in interventions:
        if one.kind == "engineered cells" and not math.isnan(one.start):
            first[one.subject] = min(one.start, first.get(one.subject, math.inf))
    for dose in doses:
        if INTERVENTIONS.get(dose.name, "") == "engineered cells":
            first[""] = min(dose.time, first.get("", math.inf))
    times = [*(one.time for one in observations), *first.values()]
    if 1 not in first.values() or any(0 <= time < 1 for time in times):
        return []
    return [Issue(
        "error", f"{where}, day_one",
        "the first engineered cells are given on day 1, which may be study day 1 or one day after "
        "the first infusion", "write day_one = true (study days, no day 0) or day_one = false",
    )]  # fmt: skip


def from_first_infusion(rows: Rows, day_one: bool | None, time_unit: str) -> None:
    """Turn the times of all rows into time since the first infusion, in the unit of the table.

    Parameters
    ----------
    rows : Rows
        Problems are added to its issues.
    day_one : bool or None
        None where nothing was said.
    time_unit : str
    """
    in_days = convert(1.0, time_unit, "day") == 1.0
    # a time from 0 to below 1 is no study day, so a table with one counts from the infusion
    if day_one is None and in_days and not any(0 <= event.time < 1 for event in rows.events):
        first: dict[str, Dose] = {}
        for event in rows.events:
            if isinstance(event, Dose):
                first.setdefault(event.subject, event)
        doubtful = next((dose for dose in first.values() if dose.time == 1), None)
        if doubtful is not None:
            doubtful.cells.complain(
                "TIME",
                "the first dose of a person is at TIME 1, which may be study day 1 or one day "
                "after the infusion",
                "say day_one=True or day_one=False (in a description: day_one = true or false)",
            )
    if not day_one:
        return
    per_day = convert(1.0, "day", time_unit)

    def moved(time: float) -> float:
        return elapsed_days(time / per_day) * per_day

    for place, event in enumerate(rows.events):
        try:
            rows.events[place] = dataclasses.replace(event, time=moved(event.time))
        except ValueError as error:
            event.cells.complain("TIME", str(error), "or say day_one=False")
    kept = [one for one in rows.values if not 0 <= one.time / per_day < 1]
    rows.values[:] = [dataclasses.replace(one, time=moved(one.time)) for one in kept]
