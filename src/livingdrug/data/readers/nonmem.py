"""Read a NONMEM-type table of doses and observations.

Record order decides what an observation at the time of a dose means: a row before the dose row
saw the state before it, a row after the dose row the state after it. What this reader does not
handle (steady state, EVID 2 to 4, modelled infusions, several observed compartments) is refused
by name and never read as something else.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from livingdrug.core.censoring import ABOVE, BELOW, MEASURED
from livingdrug.core.delimited import read_raw_table
from livingdrug.core.errors import CapabilityError, DataError, format_issues, raise_issues
from livingdrug.core.units import convert, parse_unit
from livingdrug.data.interventions import INTERVENTIONS, Intervention
from livingdrug.data.readers.nonmem_rows import COLUMNS, Dose, Record, Rows, parse_rows
from livingdrug.data.readers.table import StudyTableWarning
from livingdrug.data.study import UNKNOWN_ASSAY, Observation, build_study

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["EventTable", "read_nonmem"]

_SAME_TIME = 1e-9
"""Relative distance below which an implied (ADDL) dose is taken to hit an observation."""


@dataclass(frozen=True, slots=True)
class EventTable:
    """Doses and observation records of a table, as a cohort needs them.

    Attributes
    ----------
    subjects : tuple of str
        In order of appearance.
    dose_subject, dose_name, dose_unit : array of str, shape (n_doses,)
    dose_time, dose_duration : array of float, shape (n_doses,), day
        Sorted by time within a subject; doses at one time keep the order of their rows.
        Duration 0 is a bolus.
    dose_amount : array of float, shape (n_doses,), in `dose_unit`
    record_subject, record_side : array of str, shape (n_records,)
        Side ``"left"``: before the dose at that time; ``"right"``: after it, or no dose then.
    record_time : array of float, shape (n_records,), day
        In the order of the rows.
    record_value : array of float, shape (n_records,)
        DV; NaN where censored or where only a prediction is wanted (MDV 1).
    record_cens : array of int8, shape (n_records,)
        1 where the truth lies below DV, -1 where it lies above, else 0.
    record_lloq, record_uloq : array of float, shape (n_records,)
        DV where the code is 1, and where it is -1; else NaN.
    record_limit : array of float, shape (n_records,)
        Where censored and LIMIT is given, the truth lies between it and DV; else NaN.
    study : xarray.Dataset
        The observations (MDV 0) and, as interventions, the doses; schema ``livingdrug.study``.
    """

    subjects: tuple[str, ...]
    dose_subject: NDArray[np.str_]
    dose_name: NDArray[np.str_]
    dose_time: NDArray[np.float64]
    dose_amount: NDArray[np.float64]
    dose_unit: NDArray[np.str_]
    dose_duration: NDArray[np.float64]
    record_subject: NDArray[np.str_]
    record_time: NDArray[np.float64]
    record_side: NDArray[np.str_]
    record_value: NDArray[np.float64]
    record_cens: NDArray[np.int8]
    record_lloq: NDArray[np.float64]
    record_uloq: NDArray[np.float64]
    record_limit: NDArray[np.float64]
    study: xr.Dataset


def read_nonmem(
    path: str | PathLike[str],
    *,
    term: str,
    unit: str,
    dose_names: str | Mapping[str, str],
    dose_unit: str = "cell",
    time_unit: str = "day",
    assay: str = UNKNOWN_ASSAY,
) -> EventTable:
    """Read a NONMEM-type table (comma, semicolon or tab separated, with a header).

    Columns: ``ID, TIME, DV`` and, where used, ``AMT, RATE`` or ``DUR, EVID`` (0 or 1), ``CMT`` or
    ``DOSE`` (name of the dose), ``MDV`` (0 or 1), ``CENS`` (-1, 0 or 1), ``LIMIT, ADDL,
    II``. Without ``EVID`` a row with an amount is a dose. A missing cell is empty or ``.``.

    Parameters
    ----------
    path : path
    term : str
        What DV measures, as ``"car_t_blood"``.
    unit : str
        Unit of DV.
    dose_names : str or mapping
        Name of the dose, or ``{CMT: name}``; a column ``DOSE`` takes precedence.
    dose_unit : str, optional
        Unit of AMT.
    time_unit : str, optional
        Unit of TIME, II and DUR; RATE is AMT per this unit. Time 0 must be the first infusion.
    assay : str, optional

    Returns
    -------
    EventTable

    Raises
    ------
    DataError
        With every problem; each names file, row (header = row 1) and column.
    CapabilityError
        When the only problems are features of NONMEM this reader does not handle.
    UnitError
        When one of the units is not one.

    Warns
    -----
    StudyTableWarning
        For columns that are not read, as covariates.

    References
    ----------
    Beal SL, Boeckmann AJ, Sheiner LB. NONMEM Users Guide, Part VI (PREDPP), chapter V.
    Censoring columns as in Monolix: with CENS 1, DV holds the upper end and LIMIT the lower;
    with CENS -1, the other way round.
    """
    for text in (unit, dose_unit):
        parse_unit(text)
    convert(0.0, time_unit, "day", where="time_unit")  # refuse a wrong unit before the file
    rows = Rows(dose_names)
    known = [name.lower() for name in COLUMNS]
    table = read_raw_table(Path(path), str(path), known, rows.issues)
    if table is not None:
        parse_rows(table, rows)
    sides = _sides(rows)
    errors = [issue for issue in rows.issues if issue.level == "error"]
    only_refused = all(issue in rows.refused for issue in errors)
    raise_issues(errors, CapabilityError if only_refused else DataError)
    if rows.issues:
        warnings.warn(format_issues(rows.issues), StudyTableWarning, stacklevel=2)
    observations = [
        Observation(
            time=convert(record.time, time_unit, "day"),
            term=term,
            value=math.nan if record.cens else record.value,
            unit=unit,
            subject=record.subject,
            lloq=record.value if record.cens == BELOW else math.nan,
            blq=record.cens == BELOW,
            assay=assay,
            uloq=record.value if record.cens == ABOVE else math.nan,
            alq=record.cens == ABOVE,
        )
        for record in rows.events
        if isinstance(record, Record) and record.value is not None
    ]
    study = build_study(
        Path(path).stem,
        observations,
        interventions=_interventions(rows, dose_unit, time_unit),
        organism="unknown",
        assay=assay,
    )
    return _event_table(rows, sides, study, dose_unit=dose_unit, time_unit=time_unit)


def _interventions(rows: Rows, unit: str, time_unit: str) -> list[Intervention]:
    """Return the doses as a study keeps them; a bolus has no last day."""
    found = []
    for time, dose in _expand(rows):
        start, length = (convert(days, time_unit, "day") for days in (time, dose.duration))
        kind = INTERVENTIONS.get(dose.name, "other")
        stop = start + length if length > 0 else math.nan
        found.append(
            Intervention(dose.name, kind, dose.subject, start=start, stop=stop,
                         amount=dose.amount, unit=unit)
        )  # fmt: skip
    return found


def _sides(rows: Rows) -> list[str]:
    """Side of every observation row, from where it stands among the dose rows of its time."""
    sides = []
    doses: dict[str, list[tuple[int, Dose]]] = {}
    for position, event in enumerate(rows.events):
        if isinstance(event, Dose):
            doses.setdefault(event.subject, []).append((position, event))
    for position, event in enumerate(rows.events):
        if isinstance(event, Dose):
            continue
        own = doses.get(event.subject, [])
        at_time = [place for place, dose in own if dose.time == event.time]
        if any(_hits(dose, event.time) for _, dose in own):
            fix = "write the additional dose as a row of its own, before or after the observation"
            what = "an observation at the time of a dose implied by ADDL"
            rows.refuse(event.cells, "TIME", what, fix)
        before = [place for place in at_time if place < position]
        if before and len(before) < len(at_time):
            what = "an observation between two doses of the same time"
            rows.refuse(event.cells, "TIME", what, "move it before or after both")
        sides.append("right" if before or not at_time else "left")
    return sides


def _hits(dose: Dose, time: float) -> bool:
    """Whether one of the additional doses falls on a time, within rounding."""
    if dose.additional == 0 or dose.interval <= 0:
        return False
    count = min(max(round((time - dose.time) / dose.interval), 1), dose.additional)
    return math.isclose(
        dose.time + count * dose.interval, time, rel_tol=_SAME_TIME, abs_tol=_SAME_TIME
    )


def _expand(rows: Rows) -> list[tuple[float, Dose]]:
    """Return times and doses with ADDL written out, in order of time within each subject."""
    doses = [event for event in rows.events if isinstance(event, Dose)]
    order = {event.subject: rank for rank, event in reversed(list(enumerate(rows.events)))}
    expanded = [
        (dose.time + count * dose.interval, dose)
        for dose in doses
        for count in range(dose.additional + 1)
    ]
    return sorted(expanded, key=lambda entry: (order[entry[1].subject], entry[0]))


def _event_table(
    rows: Rows, sides: list[str], study: xr.Dataset, *, dose_unit: str, time_unit: str
) -> EventTable:
    def days(time: float) -> float:
        return convert(time, time_unit, "day")

    doses = _expand(rows)
    records = [event for event in rows.events if isinstance(event, Record)]
    limits = [math.nan if record.limit is None else record.limit for record in records]
    values = [math.nan if record.value is None else record.value for record in records]
    dv = np.array(values, np.float64)
    cens = np.array([record.cens for record in records], np.int8)
    return EventTable(
        subjects=tuple(dict.fromkeys(event.subject for event in rows.events)),
        dose_subject=np.array([dose.subject for _, dose in doses], np.str_),
        dose_name=np.array([dose.name for _, dose in doses], np.str_),
        dose_time=np.array([days(time) for time, _ in doses], np.float64),
        dose_amount=np.array([dose.amount for _, dose in doses], np.float64),
        dose_unit=np.array([dose_unit for _ in doses], np.str_),
        dose_duration=np.array([days(dose.duration) for _, dose in doses], np.float64),
        record_subject=np.array([record.subject for record in records], np.str_),
        record_time=np.array([days(record.time) for record in records], np.float64),
        record_side=np.array(sides, np.str_),
        record_value=np.where(cens == MEASURED, dv, math.nan),
        record_cens=cens,
        record_lloq=np.where(cens == BELOW, dv, math.nan),
        record_uloq=np.where(cens == ABOVE, dv, math.nan),
        record_limit=np.array(limits, np.float64),
        study=study,
    )
