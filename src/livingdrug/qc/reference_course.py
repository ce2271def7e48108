"""The course behind the read-outs of an entry, with the read-outs on it, for its figure."""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr

from livingdrug.catalogue.entry import Entry
from livingdrug.catalogue.index import model_of
from livingdrug.catalogue.readout import Readout
from livingdrug.cohort.cohort import cohort_from_arrays
from livingdrug.core.errors import DraftModelWarning
from livingdrug.model.model import Model
from livingdrug.model.regimen import Dose, Regimen
from livingdrug.solve.simulate import simulate

__all__ = ["ReferenceCourse", "reference_course"]

_MOST_PANELS = 6
_POINTS = 801
_DAYS = 28.0
_DRAWN = {"value", "maximum", "minimum", "day of maximum", "day of minimum", "first day above",
          "first day below", "auc"}  # fmt: skip

Setting = tuple[tuple[tuple[str, float], ...], tuple[Dose, ...]]


@dataclass(frozen=True, slots=True)
class ReferenceCourse:
    """One simulated course and what is known of it.

    Attributes
    ----------
    model : Model
    course : xarray.Dataset
        One subject.
    quantities : tuple of str
        To be drawn, the most often read first.
    readouts : tuple of Readout
        Of this course.
    setting : str
        Values and doses other than the model's, in words.
    """

    model: Model
    course: xr.Dataset
    quantities: tuple[str, ...]
    readouts: tuple[Readout, ...]
    setting: str


def reference_course(entry: Entry) -> ReferenceCourse:
    """Simulate the setting that most read-outs of the default variant are of.

    Parameters
    ----------
    entry : Entry
        Of a model.

    Returns
    -------
    ReferenceCourse
        Without read-outs, the typical doses on day 0 for 28 days.
    """
    model = model_of(entry)
    groups: dict[Setting, list[Readout]] = {}
    for readout in entry.readouts:
        mine = readout.variant in ("", model.variant) and readout.population is None
        if mine and readout.take in _DRAWN:
            key = (tuple(sorted(readout.values.items())), readout.doses)
            groups.setdefault(key, []).append(readout)
    if groups:
        (values, doses), chosen = max(groups.items(), key=lambda item: len(item[1]))
    else:
        chosen, values, doses = [], (), _typical(model)
    days = _days(chosen, doses)
    cohort = cohort_from_arrays(model, dict(values), regimen=Regimen(doses) if doses else None)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DraftModelWarning)  # the page says so
        course = simulate(model, cohort, times=days.tolist(), on_failure="raise")
    names = _quantities(model, course, chosen)
    kept = tuple(item for item in chosen if item.of in names)
    return ReferenceCourse(model, course, names, kept, _setting(values, doses, chosen))


def _typical(model: Model) -> tuple[Dose, ...]:
    return tuple(
        Dose(item.name, item.typical, item.unit) for item in model.doses if item.typical is not None
    )


def _days(readouts: Sequence[Readout], doses: Sequence[Dose]) -> np.ndarray:
    """Return a grid from the first dose to the last read-out, with every read-out on it."""
    marks = [day for r in readouts for day in (r.day, r.start, r.end)]
    marks = [day for day in marks if math.isfinite(day)]
    end = max([*marks, *(dose.time for dose in doses)], default=_DAYS) or _DAYS
    start = min([0.0, *marks, *(dose.time for dose in doses)])
    return np.unique([*np.linspace(start, end, _POINTS), *marks])


def _quantities(model: Model, course: xr.Dataset, readouts: Sequence[Readout]) -> tuple[str, ...]:
    """Return what is drawn: what is read, most often first, or else what the model shows."""
    counts: dict[str, int] = {}
    for readout in readouts:
        if readout.of in course:
            counts[readout.of] = counts.get(readout.of, 0) + 1
    names = sorted(counts, key=lambda name: -counts[name])
    if not names:
        names = [item.name for item in model.observables] or [s.name for s in model.species]
    return tuple(name for name in names if name in course)[:_MOST_PANELS]


def _setting(
    values: Sequence[tuple[str, float]], doses: Sequence[Dose], readouts: Sequence[Readout]
) -> str:
    parts = [f"{name} = {value:g}" for name, value in values[:6]]
    if len(values) > 6:
        parts.append(f"{len(values) - 6} more values")
    given: dict[tuple[str, float, str], list[float]] = {}
    for dose in doses:
        given.setdefault((dose.name, dose.amount, dose.unit), []).append(dose.time)
    for (name, amount, unit), times in list(given.items())[:4]:
        days = ", ".join(f"{time:g}" for time in times[:4]) + (", ..." if len(times) > 4 else "")
        parts.append(f"{name} {amount:g} {unit} on day {days}")
    if not readouts:
        parts.append("no read-out is of a course")
    return "; ".join(parts) or "all values as published"
