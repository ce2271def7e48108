"""Names to indices: turn a cohort into one task for each subject."""

from __future__ import annotations

import dataclasses
import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from livingdrug.core.errors import CapabilityError, DataError, Issue, raise_issues, unknown_name
from livingdrug.core.units import conversion_factor
from livingdrug.solve.backends.base import DoseRecord, KnotRecord, OutputRequest, SubjectTask
from livingdrug.solve.stretches import resets_of, with_stretches
from livingdrug.system.layout import initial_name
from livingdrug.system.system import System

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["Bound", "bind_inputs"]

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Records:
    """Observation records of a table, in its order.

    Attributes
    ----------
    subject : ndarray, shape (n_records,)
    time : ndarray, shape (n_records,), day
    row : ndarray of int, shape (n_records,)
        Position of the subject.
    place : ndarray of int, shape (n_records,)
        Position among the outputs of the subject.
    """

    subject: NDArray[np.generic]
    time: FloatArray
    row: NDArray[np.int64]
    place: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Bound:
    """A cohort in terms of slots.

    Attributes
    ----------
    labels : ndarray, shape (n,)
    tasks : list of SubjectTask
        Subject by subject, replicate by replicate.
    records : Records or None
        For output at observation records.
    replicates : int
        Of each subject; 0 where the caller asks for none and each subject is run once.
    """

    labels: NDArray[np.generic]
    tasks: list[SubjectTask]
    records: Records | None = None
    replicates: int = 0

    @property
    def task_labels(self) -> list[str | int]:
        """The subject of each task."""
        return [task.label for task in self.tasks]


def bind_inputs(
    system: System,
    cohort: xr.Dataset | None,
    times: Sequence[float] | str,
    *,
    left: bool,
    replicates: int = 0,
) -> Bound:
    """Match a cohort to the slots of a system, reporting every mismatch together.

    Parameters
    ----------
    system : System
    cohort : xarray.Dataset or None
        None is one subject at the values of the model.
    times : sequence of float, day, or "records"
    left : bool
        Report the value before inputs and events at a time.
    replicates : int, optional
        Of each subject; the tasks of one subject share their arrays.

    Returns
    -------
    Bound

    Raises
    ------
    DataError
        Listing every name, unit and value that does not fit.
    """
    if cohort is not None:
        _check_model(system, cohort)
        _check_clock(system, cohort)
    labels = np.arange(1) if cohort is None else cohort["subject"].values
    issues: list[Issue] = []
    constants = _constants(system, cohort, len(labels), issues)
    doses = _doses(system, cohort, labels, issues)
    knots = _knots(system, cohort, labels, issues)
    requests, records = _requests(cohort, labels, times, left, issues)
    resets = resets_of(cohort, labels, requests, issues, at_records=records is not None)
    raise_issues(issues, DataError)
    tasks = []
    for row, label in enumerate(labels.tolist()):
        start = _start(doses[row], knots[row], requests[row])
        given, known = tuple(doses[row]), tuple(knots[row])
        whole = SubjectTask(label, constants[row], start, given, known, requests[row])
        whole = with_stretches(whole, resets[row])
        _check_start(system, min((one.task.start for one in whole.stretches), default=start))
        tasks += [
            dataclasses.replace(whole, replicate=replicate) if replicate else whole
            for replicate in range(max(replicates, 1))
        ]
    return Bound(labels, tasks, records, replicates)


def _check_model(system: System, cohort: xr.Dataset) -> None:
    made_for = str(cohort.attrs.get("model", ""))
    if made_for and made_for != system.model.id:
        raise DataError(
            f"the cohort was made for the model {made_for!r}, not for {system.model.id!r}; draw or "
            "build it again from this model"
        )


def _check_clock(system: System, cohort: xr.Dataset) -> None:
    """A cohort counts its records in days; a model in another unit takes none."""
    unit = system.model.time_unit
    dated = [
        name
        for name in ("dose_time", "knot_time", "record_time", "reset_time", "obs_time")
        if name in cohort
    ]
    if unit != "day" and dated:
        raise DataError(
            f"{system.model.id} counts time in {unit!r}, and the cohort holds {', '.join(dated)} "
            "in days: leave these records out, or write the model in days"
        )


def _start(doses: list[DoseRecord], knots: list[KnotRecord], request: OutputRequest) -> float:
    """Day 0, or the earliest record, input or requested time when that is earlier."""
    times = [0.0, *(dose.time for dose in doses), *(knot.time for knot in knots)]
    if request.times.size:
        times.append(float(request.times[0]))
    return min(times)


def _check_start(system: System, start: float) -> None:
    stand_in = system.model.dose_stand_in
    if start < 0 and stand_in is not None:
        raise DataError(
            f"{system.model.id} starts at the infusion, day 0, because {stand_in.quantity!r} "
            f"stands for the dose; day {start:g} lies before it: ask for days >= 0"
        )


def _constants(
    system: System, cohort: xr.Dataset | None, n: int, issues: list[Issue]
) -> FloatArray:
    """Fill the constant vector of every subject."""
    model, index = system.model, system.layout.constant_index
    row = np.zeros(len(index))
    values = {item.name: item.value for item in model.parameters}
    values |= {item.name: item.size for item in model.compartments}
    values |= {item.name: item.initial for item in model.species}
    for name, value in values.items():
        for slot in (name, initial_name(name)):
            if slot in index:
                row[index[slot]] = value
    table = np.tile(row, (n, 1))
    if cohort is None:
        return table
    units = model.units
    computed = {name for name, _ in model.initial_assignments}
    for key, variable in cohort.data_vars.items():
        name = str(key)
        if variable.dims != ("subject",) or variable.attrs.get("role") == "covariate":
            continue
        where = f"cohort, {name}"
        slot = name if name in index else initial_name(name)
        if slot not in index or name in computed:
            known = sorted({*values} - computed)
            issues.append(unknown_name("parameter or initial value", name, known, where=where))
            continue
        try:
            factor = conversion_factor(
                str(variable.attrs.get("units", units[name])), units[name], where=where
            )
        except ValueError as error:
            issues.append(Issue("error", "", str(error)))
            continue
        given = variable.values * factor
        issues += _bounds(system, name, given)
        table[:, index[slot]] = given
    return table


def _bounds(system: System, name: str, values: FloatArray) -> list[Issue]:
    for parameter in system.model.parameters:
        if parameter.name == name:
            bad = ~((values >= parameter.lower) & (values <= parameter.upper))
            if bad.any():
                shown = f"{values[bad][0]:g}" + (
                    f" and {bad.sum() - 1} more" if bad.sum() > 1 else ""
                )
                allowed = f"allowed are {parameter.lower:g} to {parameter.upper:g}"
                return [
                    Issue("error", f"cohort, {name}", f"value {shown} is out of bounds", allowed)
                ]
    return []


def _rows(
    cohort: xr.Dataset, column: str, labels: NDArray[np.generic], issues: list[Issue]
) -> list[int]:
    """Return the position of each record's subject; -1 where there is none."""
    place = {label: row for row, label in enumerate(labels.tolist())}
    rows = [place.get(label, -1) for label in cohort[column].values.tolist()]
    missing = {label for label in cohort[column].values.tolist() if label not in place}
    if missing:
        shown = ", ".join(map(repr, sorted(missing, key=str)[:5]))
        issues.append(Issue("error", f"cohort, {column}", f"unknown subjects {shown}"))
    return rows


def _doses(
    system: System, cohort: xr.Dataset | None, labels: NDArray[np.generic], issues: list[Issue]
) -> list[list[DoseRecord]]:
    table: list[list[DoseRecord]] = [[] for _ in labels]
    if cohort is None or "dose_subject" not in cohort:
        return table
    columns = [
        cohort[f"dose_{name}"].values.tolist()
        for name in ("name", "time", "amount", "unit", "duration")
    ]
    rows = _rows(cohort, "dose_subject", labels, issues)
    factors: dict[tuple[str, str], float] = {}
    for place, (row, name, time, amount, unit, duration) in enumerate(
        zip(rows, *columns, strict=True)
    ):
        where = f"cohort, dose record {place}"
        if (name, unit) not in factors:
            factors[name, unit] = _dose_factor(system, name, unit, where, issues)
        if not (math.isfinite(amount) and amount >= 0 and math.isfinite(time) and duration >= 0):
            issues.append(
                Issue(
                    "error",
                    where,
                    f"amount {amount}, time {time}, duration {duration}",
                    "amounts and durations must be finite numbers >= 0",
                )
            )
        if duration > 0 and name in system.doses:
            _check_infusion(system, name)
        if row >= 0:
            table[row].append(DoseRecord(name, time, amount * factors[name, unit], duration))
    return table


def _dose_factor(system: System, name: str, unit: str, where: str, issues: list[Issue]) -> float:
    known = {dose.name: dose for dose in system.model.doses}
    if name not in known:
        issues.append(unknown_name("dose", name, known, where=where))
        return 0.0
    try:
        return conversion_factor(unit, known[name].unit, where=where)
    except ValueError as error:
        issues.append(Issue("error", "", str(error)))
        return 0.0


def _check_infusion(system: System, name: str) -> None:
    states = system.layout.states
    for target in system.doses[name]:
        if target.mode == "assign":
            reason = f"it assigns {target.quantity!r} rather than adding to it"
        elif target.state < 0:
            reason = f"{target.quantity!r} is not a state"
        elif states[target.state].log_state:
            reason = f"{target.quantity!r} is integrated as a logarithm"
        else:
            continue
        raise CapabilityError(
            f"{system.model.id}: dose {name!r} cannot be infused over time, because {reason}; "
            "give it as a bolus (duration 0)"
        )


def _knots(
    system: System, cohort: xr.Dataset | None, labels: NDArray[np.generic], issues: list[Issue]
) -> list[list[KnotRecord]]:
    table: list[list[KnotRecord]] = [[] for _ in labels]
    if cohort is None or "knot_subject" not in cohort:
        return table
    inputs = {slot.name: (place, slot) for place, slot in enumerate(system.layout.inputs)}
    points: dict[tuple[int, str], list[tuple[float, float]]] = {}
    rows = _rows(cohort, "knot_subject", labels, issues)
    columns = [cohort[f"knot_{name}"].values.tolist() for name in ("input", "time", "value")]
    for row, name, time, value in zip(rows, *columns, strict=True):
        if name not in inputs:
            issues.append(unknown_name("input", name, inputs, where="cohort, knots"))
        elif row >= 0:
            points.setdefault((row, name), []).append((time, value))
    for (row, name), series in points.items():
        place, slot = inputs[name]
        times = [time for time, _ in series]
        if any(b <= a for a, b in itertools.pairwise(times)):
            issues.append(
                Issue("error", f"cohort, input {name}", f"knot times {times} must increase")
            )
            continue
        for k, (time, value) in enumerate(series):
            slope = 0.0
            if slot.linear and k + 1 < len(series):
                slope = (series[k + 1][1] - value) / (series[k + 1][0] - time)
            table[row].append(KnotRecord(place, time, value, slope))
    return table


def _requests(
    cohort: xr.Dataset | None,
    labels: NDArray[np.generic],
    times: Sequence[float] | str,
    left: bool,
    issues: list[Issue],
) -> tuple[list[OutputRequest], Records | None]:
    if not isinstance(times, str):
        grid = check_times(times)
        request = OutputRequest(grid, np.full(grid.size, left))
        return [request] * len(labels), None
    if times != "records" or cohort is None or "record_subject" not in cohort:
        raise DataError(
            f"times={times!r}: give days as numbers, or 'records' for a cohort with observation "
            "records (cohort_from_table)"
        )
    rows = np.array(_rows(cohort, "record_subject", labels, issues), dtype=np.int64)
    time = cohort["record_time"].values.astype(float)
    before = cohort["record_side"].values == "left"
    requests, place = [], np.zeros(rows.size, dtype=np.int64)
    resets = cohort["record_resets"].values if "record_resets" in cohort else place
    for row in range(len(labels)):
        mine = np.flatnonzero(rows == row)
        # at one time the values before the dose come first
        order = mine[np.lexsort((~before[mine], time[mine], resets[mine]))]
        place[order] = np.arange(order.size)
        requests.append(OutputRequest(time[order], before[order]))
    return requests, Records(cohort["record_subject"].values, time, rows, place)


def check_times(times: Sequence[float]) -> FloatArray:
    """Check the requested times.

    Parameters
    ----------
    times : sequence of float, day

    Returns
    -------
    ndarray, shape (n_times,)

    Raises
    ------
    DataError
        When they are not finite, increasing numbers.
    """
    try:
        grid = np.asarray(list(times), dtype=float)
    except (TypeError, ValueError) as error:
        raise DataError(f"times must be numbers in days, {times!r} given") from error
    if grid.ndim != 1 or grid.size == 0:
        raise DataError("times must be a non-empty list of days")
    if not np.all(np.isfinite(grid)):
        raise DataError(f"times must be finite, {grid[~np.isfinite(grid)][0]} given")
    steps = np.diff(grid)
    if np.any(steps <= 0):
        place = int(np.flatnonzero(steps <= 0)[0])
        raise DataError(f"times must increase: day {grid[place + 1]:g} follows day {grid[place]:g}")
    return grid
