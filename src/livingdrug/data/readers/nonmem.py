"""Read a NONMEM-type table of doses and observations.

Record order decides what an observation at the time of a dose means: a row before the dose row
saw the state before it, a row after the dose row the state after it. Whether a model can follow a
record (steady state, a reset, an infusion whose rate the model has) is decided where the cohort is
made. What this reader does not handle is refused by name and never read as something else.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from livingdrug.core.censoring import ABOVE, BELOW, MEASURED
from livingdrug.core.delimited import read_raw_table
from livingdrug.core.errors import (
    CapabilityError,
    DataError,
    OptionError,
    format_issues,
    raise_issues,
)
from livingdrug.core.units import convert, parse_unit
from livingdrug.data.covariates import CovariateValue, keep_covariates
from livingdrug.data.event_columns import keep_event_columns
from livingdrug.data.interventions import INTERVENTIONS, Intervention
from livingdrug.data.readers.first_day import from_first_infusion
from livingdrug.data.readers.ignore import ignore_rule
from livingdrug.data.readers.nonmem_events import Record, Reset, Rows
from livingdrug.data.readers.nonmem_order import expand_doses, record_sides
from livingdrug.data.readers.nonmem_rows import COLUMNS, parse_rows
from livingdrug.data.readers.table import StudyTableWarning
from livingdrug.data.study import UNKNOWN_ASSAY, Observation, build_study
from livingdrug.data.table_lines import keep_table

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["EventTable", "read_nonmem"]


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
    dose_interval : array of float, shape (n_doses,), day
        II of a dose in steady state; else 0.
    dose_steady, dose_modelled : array of int8, shape (n_doses,)
        SS (1 or 2), and RATE where it is -1 or -2; else 0.
    dose_row : array of int, shape (n_doses,)
        Row of the file (header = row 1).
    dose_resets, record_resets : array of int
        Resets (EVID 3 or 4) of the person up to the record.
    reset_subject : array of str, shape (n_resets,)
    reset_time : array of float, shape (n_resets,), day
        In the order of the rows. Time may fall at a reset.
    record_subject, record_side : array of str, shape (n_records,)
        Side ``"left"``: before the dose at that time; ``"right"``: after it, or no dose then.
    record_time : array of float, shape (n_records,), day
        In the order of the rows; also rows with EVID 2, as times where a prediction is wanted.
    record_observed : array of str, shape (n_records,)
        DVID of the row; without it CMT, without both ``"1"``.
    record_value : array of float, shape (n_records,)
        DV; NaN where censored or where only a prediction is wanted (MDV 1).
    record_cens : array of int8, shape (n_records,)
        1 where the truth lies below DV, -1 where it lies above, else 0.
    record_lloq, record_uloq : array of float, shape (n_records,)
        DV where the code is 1, and where it is -1; else NaN.
    record_limit : array of float, shape (n_records,)
        Where censored and LIMIT is given, the truth lies between it and DV; else NaN.
    observation_rows : tuple of int
        Row of the file of each observation of `study` (header = row 1).
    study : xarray.Dataset
        The observations (MDV 0), the doses as interventions, covariates in time, and the lines of
        the table; schema ``livingdrug.study``.
    """

    subjects: tuple[str, ...]
    dose_subject: NDArray[np.str_]
    dose_name: NDArray[np.str_]
    dose_time: NDArray[np.float64]
    dose_amount: NDArray[np.float64]
    dose_unit: NDArray[np.str_]
    dose_duration: NDArray[np.float64]
    dose_interval: NDArray[np.float64]
    dose_steady: NDArray[np.int8]
    dose_modelled: NDArray[np.int8]
    dose_row: NDArray[np.int64]
    dose_resets: NDArray[np.int64]
    reset_subject: NDArray[np.str_]
    reset_time: NDArray[np.float64]
    record_resets: NDArray[np.int64]
    record_observed: NDArray[np.str_]
    record_subject: NDArray[np.str_]
    record_time: NDArray[np.float64]
    record_side: NDArray[np.str_]
    record_value: NDArray[np.float64]
    record_cens: NDArray[np.int8]
    record_lloq: NDArray[np.float64]
    record_uloq: NDArray[np.float64]
    record_limit: NDArray[np.float64]
    observation_rows: tuple[int, ...]
    study: xr.Dataset


def read_nonmem(
    path: str | PathLike[str],
    *,
    term: str | Mapping[str, str],
    unit: str | Mapping[str, str],
    dose_names: str | Mapping[str, str],
    dose_unit: str = "cell",
    time_unit: str = "day",
    day_one: bool | None = None,
    ignore: str = "",
    covariates: Mapping[str, str] | None = None,
    carry: str | None = None,
    log_scale: bool = False,
    signed: bool = False,
    assay: str = UNKNOWN_ASSAY,
) -> EventTable:
    """Read a NONMEM-type table (comma, semicolon or tab separated, with a header).

    Columns: ``ID, TIME, DV`` and, where used, ``AMT, RATE`` or ``DUR, EVID`` (0 to 4), ``CMT`` or
    ``DOSE`` (name of the dose), ``DVID``, ``MDV`` (0 or 1), ``CENS`` (-1, 0 or 1), ``LIMIT, ADDL,
    II, SS, OCC``. Without ``EVID`` a row with an amount is a dose. A missing cell is empty or
    ``.``.

    Parameters
    ----------
    path : path
    term : str or mapping
        What DV measures, as ``"car_t_blood"``, or ``{DVID: term}``; without a column DVID by CMT.
    unit : str or mapping
        Unit of DV, or ``{DVID: unit}``.
    dose_names : str or mapping
        Name of the dose, or ``{CMT: name}``; a column ``DOSE`` takes precedence.
    dose_unit : str, optional
        Unit of AMT.
    time_unit : str, optional
        Unit of TIME, II and DUR; RATE is AMT per this unit. Time 0 must be the first infusion.
    day_one : bool, optional
        Whether TIME counts study days: the first infusion is on day 1, the day before is day -1,
        and there is no day 0. False: TIME 0 is the first infusion. It must be said where TIME is in
        days, a person's first dose is at TIME 1, and no row has a time from 0 to below 1: then the
        table itself does not tell.
    ignore : str, optional
        Rows to leave out, as IGNORE of $DATA: see `livingdrug.data.readers.ignore.ignore_rule`.
    covariates : mapping, optional
        Column to its unit.
    carry : {"forward", "backward", "none"}, optional
        What holds between two values of a covariate: see `livingdrug.data.covariates`. It must be
        said where a covariate changes in a person; else the one value holds from its time on.
    log_scale : bool, optional
        DV is measured on a scale of logarithms, as cells by PCR are: a 0 without CENS is named as
        probably below the limit, also where the other values do not span two powers of ten.
    signed : bool, optional
        DV may be negative.
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
        For columns that are not read, and for a DV of 0 without CENS where the other values span
        two powers of ten, another row states the limit, or `log_scale` says so: probably below it.

    References
    ----------
    Beal SL, Boeckmann AJ, Sheiner LB. NONMEM Users Guide, Part VI (PREDPP), chapter V.
    Censoring columns as in Monolix: with CENS 1, DV holds the upper end and LIMIT the lower;
    with CENS -1, the other way round.
    """
    terms, units = _by_observed(term, unit)
    wanted = {name.upper(): text for name, text in (covariates or {}).items()}
    for text in (*units.values(), dose_unit, *wanted.values()):
        parse_unit(text)
    convert(0.0, time_unit, "day", where="time_unit")  # refuse a wrong unit before the file
    rows = Rows(dose_names, () if isinstance(term, str) else tuple(terms), tuple(wanted), signed,
                carry, log_scale)  # fmt: skip
    known = [name.lower() for name in (*COLUMNS, *wanted)]
    table = read_raw_table(Path(path), str(path), known, rows.issues, skip=ignore_rule(ignore))
    if table is not None:
        parse_rows(table, rows)
        from_first_infusion(rows, day_one, time_unit)
    sides = record_sides(rows)
    errors = [issue for issue in rows.issues if issue.level == "error"]
    only_refused = all(issue in rows.refused for issue in errors)
    raise_issues(errors, CapabilityError if only_refused else DataError)
    if rows.issues:
        warnings.warn(StudyTableWarning(format_issues(rows.issues), rows.issues), stacklevel=2)
    observations = _observations(rows, terms, units, time_unit, assay)
    study = build_study(
        Path(path).stem,
        observations,
        interventions=_interventions(rows, dose_unit, time_unit),
        organism="unknown",
        assay=assay,
    )
    study = keep_covariates(study, _covariate_values(rows, wanted, time_unit),
                            carry or "forward")  # fmt: skip
    study = keep_event_columns(study, _event_columns(rows, sides, time_unit))
    study = keep_table(study, path)
    return _event_table(rows, sides, study, dose_unit=dose_unit, time_unit=time_unit)


def _observations(
    rows: Rows, terms: Mapping[str, str], units: Mapping[str, str], time_unit: str, assay: str
) -> list[Observation]:
    return [
        Observation(
            time=convert(record.time, time_unit, "day"),
            term=terms.get(record.observed, terms[_ONLY]),
            value=math.nan if record.cens else record.value,
            unit=units.get(record.observed, units[_ONLY]),
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


_ONLY = ""
"""Key of the term where there is one for everything."""


def _by_observed(
    term: str | Mapping[str, str], unit: str | Mapping[str, str]
) -> tuple[dict[str, str], dict[str, str]]:
    """Return term and unit by what is observed, with an entry for everything else."""
    terms = {_ONLY: term} if isinstance(term, str) else {_ONLY: "", **term}
    if isinstance(unit, str):
        return terms, {_ONLY: unit}
    missing = sorted(set(terms) - {_ONLY} - set(unit))
    if missing or isinstance(term, str):
        raise OptionError(f"unit={dict(unit)}: give the same keys as term, {list(terms)[1:]}")
    return terms, {_ONLY: "1", **unit}


def _covariate_values(rows: Rows, units: Mapping[str, str], time_unit: str) -> list[CovariateValue]:
    return [
        CovariateValue(one.subject, one.name, convert(one.time, time_unit, "day"), one.value,
                       units[one.name])
        for one in rows.values
    ]  # fmt: skip


def _interventions(rows: Rows, unit: str, time_unit: str) -> list[Intervention]:
    """Return the doses as a study keeps them; a bolus has no last day."""
    found = []
    for time, dose in expand_doses(rows):
        start, length = (convert(days, time_unit, "day") for days in (time, dose.duration))
        kind = INTERVENTIONS.get(dose.name, "other")
        stop = start + length if length > 0 else math.nan
        found.append(
            Intervention(dose.name, kind, dose.subject, start=start, stop=stop,
                         amount=dose.amount, unit=unit)
        )  # fmt: skip
    return found


def _event_columns(rows: Rows, sides: Sequence[str], time_unit: str) -> dict[str, Sequence[object]]:
    """Return what the table says beside days, values and doses, in the order of the study."""
    records = [event for event in rows.events if isinstance(event, Record)]
    seen = [(one, side) for one, side in zip(records, sides, strict=True) if one.value is not None]
    doses = [dose for _, dose in expand_doses(rows)]
    resets = [event for event in rows.events if isinstance(event, Reset)]
    dosed = {(dose.subject, dose.resets, time) for time, dose in expand_doses(rows)}
    return {
        "obs_limit": [math.nan if one.limit is None else one.limit for one, _ in seen],
        "obs_occasion": [one.occasion for one, _ in seen],
        # without a dose at that time there is no side to keep
        "obs_side": [side if (one.subject, one.resets, one.time) in dosed else "left"
                     for one, side in seen],
        "obs_resets": [one.resets for one, _ in seen],
        "iv_occasion": [dose.occasion for dose in doses],
        "iv_resets": [dose.resets for dose in doses],
        "iv_modelled": [dose.modelled for dose in doses],
        "iv_steady": [dose.steady for dose in doses],
        "iv_interval": [convert(dose.interval, time_unit, "day") if dose.steady else 0.0
                        for dose in doses],
        "reset_subject": [one.subject for one in resets],
        "reset_time": [convert(one.time, time_unit, "day") for one in resets],
    }  # fmt: skip


def _event_table(
    rows: Rows, sides: list[str], study: xr.Dataset, *, dose_unit: str, time_unit: str
) -> EventTable:
    def days(time: float) -> float:
        return convert(time, time_unit, "day")

    doses = expand_doses(rows)
    records = [event for event in rows.events if isinstance(event, Record)]
    resets = [event for event in rows.events if isinstance(event, Reset)]
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
        dose_interval=np.array(
            [days(dose.interval) if dose.steady else 0.0 for _, dose in doses], np.float64
        ),
        dose_steady=np.array([dose.steady for _, dose in doses], np.int8),
        dose_modelled=np.array([dose.modelled for _, dose in doses], np.int8),
        dose_row=np.array([dose.cells.line for _, dose in doses], np.int64),
        dose_resets=np.array([dose.resets for _, dose in doses], np.int64),
        reset_subject=np.array([reset.subject for reset in resets], np.str_),
        reset_time=np.array([days(reset.time) for reset in resets], np.float64),
        record_resets=np.array([record.resets for record in records], np.int64),
        record_observed=np.array([record.observed for record in records], np.str_),
        record_subject=np.array([record.subject for record in records], np.str_),
        record_time=np.array([days(record.time) for record in records], np.float64),
        record_side=np.array(sides, np.str_),
        record_value=np.where(cens == MEASURED, dv, math.nan),
        record_cens=cens,
        record_lloq=np.where(cens == BELOW, dv, math.nan),
        record_uloq=np.where(cens == ABOVE, dv, math.nan),
        record_limit=np.array(limits, np.float64),
        observation_rows=tuple(record.cells.line for record in records if record.value is not None),
        study=study,
    )
