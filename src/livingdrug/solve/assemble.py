"""Raw blocks to a Course."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from livingdrug.core.schema import COURSE_SCHEMA, REDUCED_SCHEMA, SCHEMA_VERSION
from livingdrug.core.status import Status, status_attributes
from livingdrug.solve.backends.base import SubjectResult
from livingdrug.solve.bind import Bound
from livingdrug.solve.reductions import ReductionPlan, reduced_variables
from livingdrug.system.system import OutputSlot, System

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["assemble_course", "assemble_records", "assemble_reduced"]

_KINDS = {"state": "assigned", "held": "assigned", "input": "assigned"}


def assemble_course(
    system: System,
    bound: Bound,
    results: Sequence[SubjectResult],
    times: NDArray[np.float64],
    attrs: dict[str, str | float | int],
) -> xr.Dataset:
    """Wrap the values of all subjects.

    Parameters
    ----------
    system : System
    bound : Bound
    results : sequence of SubjectResult
        One for each subject.
    times : ndarray, shape (n_times,), day
    attrs : dict
        Of the course.

    Returns
    -------
    xarray.Dataset
        A course, dimensions ``subject``, ``replicate`` where asked for, and ``time``.
    """
    import xarray as xr

    block = np.stack([result.values for result in results])
    failed = np.array([result.status is not Status.OK for result in results])
    block[failed] = np.nan
    lead, shape = leading(bound)
    variables = {
        slot.name: (
            (*lead, "time"),
            block[:, place].reshape(*shape, times.size),
            _attributes(slot),
        )
        for place, slot in enumerate(system.outputs)
    }
    unit = system.model.time_unit
    since = "time since first infusion" if unit == "day" else "time"
    time = {"units": unit, "long_name": since}
    return xr.Dataset(
        variables | _common(bound, results, system.model.time_unit),
        coords={**_coords(bound), "time": ("time", times, time)},
        attrs=_attrs(system, attrs),
    )


def leading(bound: Bound) -> tuple[tuple[str, ...], tuple[int, ...]]:
    """Return the dimensions of a number for each task, and their sizes.

    Parameters
    ----------
    bound : Bound

    Returns
    -------
    tuple of str
    tuple of int
    """
    n = len(bound.labels)
    if bound.replicates:
        return ("subject", "replicate"), (n, bound.replicates)
    return ("subject",), (n,)


def _coords(bound: Bound) -> dict[str, tuple[str, NDArray[np.generic]]]:
    coords = {"subject": ("subject", bound.labels)}
    if bound.replicates:
        coords["replicate"] = ("replicate", np.arange(bound.replicates, dtype=np.int64))
    return coords


def assemble_records(
    system: System,
    bound: Bound,
    results: Sequence[SubjectResult],
    attrs: dict[str, str | float | int],
) -> xr.Dataset:
    """Wrap the values at the observation records of a table, in the order of the table.

    Parameters
    ----------
    system : System
    bound : Bound
        With record columns.
    results : sequence of SubjectResult
    attrs : dict

    Returns
    -------
    xarray.Dataset
        Dimensions ``record`` and ``subject``.
    """
    import xarray as xr

    records = bound.records
    if records is None:
        raise ValueError("no records were bound")
    rows, places = records.row, records.place
    block = np.array(
        [results[row].values[:, place] for row, place in zip(rows, places, strict=True)]
    ).reshape(rows.size, len(system.outputs))
    failed = [result.status is not Status.OK for result in results]
    block[[failed[row] for row in rows]] = np.nan
    variables = {
        slot.name: (("record",), block[:, place], _attributes(slot))
        for place, slot in enumerate(system.outputs)
    }
    return xr.Dataset(
        variables | _common(bound, results, system.model.time_unit),
        coords={
            "subject": ("subject", bound.labels),
            "record_subject": ("record", records.subject),
            "record_time": ("record", records.time, {"units": "day"}),
        },
        attrs=_attrs(system, attrs) | {"schema": "livingdrug.records"},
    )


def assemble_reduced(
    system: System,
    bound: Bound,
    results: Sequence[SubjectResult],
    plan: ReductionPlan,
    attrs: dict[str, str | float | int],
) -> xr.Dataset:
    """Wrap the reductions of all subjects.

    Parameters
    ----------
    system : System
    bound : Bound
    results : sequence of SubjectResult
    plan : ReductionPlan
    attrs : dict

    Returns
    -------
    xarray.Dataset
        One variable for each reduction, dimensions ``subject`` and ``replicate`` where asked
        for; ``status`` and the event log.
    """
    import xarray as xr

    lead, shape = leading(bound)
    return xr.Dataset(
        reduced_variables(system, plan, results, lead, shape)
        | _common(bound, results, system.model.time_unit),
        coords=_coords(bound),
        attrs=_attrs(system, attrs)
        | {
            "schema": REDUCED_SCHEMA,
            "first_day": float(plan.days[0]),
            "last_day": float(plan.days[-1]),
        },
    )


def _attributes(slot: OutputSlot) -> dict[str, str | float]:
    attributes: dict[str, str | float] = {
        "units": slot.unit,
        "kind": _KINDS.get(slot.kind, slot.kind),
        "long_name": slot.doc or slot.name,
    }
    if slot.term:
        attributes["term"] = slot.term
    if slot.assay:
        attributes["assay"] = slot.assay
    if slot.count_per_unit:
        attributes["count_per_unit"] = slot.count_per_unit
    return attributes


def _common(
    bound: Bound, results: Sequence[SubjectResult], unit: str
) -> dict[str, tuple[tuple[str, ...], object] | tuple[tuple[str, ...], object, object]]:
    log = [(task, entry) for task, r in zip(bound.tasks, results, strict=True) for entry in r.log]
    subjects = np.array([task.label for task, _ in log], dtype=bound.labels.dtype)
    names = np.array([entry.name for _, entry in log], dtype=str)
    lead, shape = leading(bound)
    status = np.array([int(result.status) for result in results], dtype=np.int8)
    messages = np.array([r.message for r in results], dtype=object)
    found: dict[str, tuple[tuple[str, ...], object] | tuple[tuple[str, ...], object, object]] = {
        "status": (lead, status.reshape(shape), status_attributes()),
        "status_message": (lead, messages.reshape(shape)),
        "event_subject": (("event_log",), subjects),
        "event_time": (
            ("event_log",),
            np.array([entry.time for _, entry in log], dtype=float),
            {"units": unit},
        ),
        "event_name": (("event_log",), names),
        "event_count": (("event_log",), np.ones(len(log), dtype=np.int64)),
    }
    if bound.replicates:
        replicates = np.array([task.replicate for task, _ in log], dtype=np.int64)
        found["event_replicate"] = (("event_log",), replicates)
    return found


def _attrs(system: System, attrs: dict[str, str | float | int]) -> dict[str, str | float | int]:
    model = system.model
    notice: dict[str, str | float | int] = {"notice": model.notice} if model.notice else {}
    return (
        notice
        | {
            "schema": COURSE_SCHEMA,
            "schema_version": SCHEMA_VERSION,
            "model": model.id,
            "variant": model.variant,
            "model_status": model.status,
            "organism": model.organism,
        }
        | attrs
    )
