"""The outcome of every run: from reductions exactly, or from a course on its days."""

from __future__ import annotations

import json
import math
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from livingdrug.clinical.outcomes.rules import CURE, NONE, PROGRESSION, OutcomeRules
from livingdrug.core.errors import DataError, Issue, raise_issues

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["FAILED", "OUTCOME_SCHEMA", "outcomes", "reduction_name"]

Floats = NDArray[np.float64]

OUTCOME_SCHEMA = "livingdrug.outcomes"
FAILED = -1
"""Code of a run that could not be simulated to the end."""

KINDS = ("extinction", "below", "back", "nadir", "nadir_day", "last")
_GONE = 1e-6
"""Part of one cell that is none: a count in another unit has a rounding."""


def reduction_name(kind: str, label: str) -> str:
    """Return the name of a reduction that `outcomes` reads.

    Parameters
    ----------
    kind : {"extinction", "below", "back", "nadir", "nadir_day", "last"}
    label : str
        Of the tumour population.

    Returns
    -------
    str
    """
    return f"{kind}({label})"


@dataclass(frozen=True, slots=True)
class _Signals:
    """What decides an outcome; arrays of shape (n_tumors, n_subjects, n_replicates)."""

    extinction: Floats
    below: Floats
    back: Floats
    nadir: Floats
    nadir_day: Floats
    last: Floats
    progression: Floats  # (n_subjects, n_replicates)
    start: float
    end: float


def outcomes(found: xr.Dataset, rules: OutcomeRules) -> xr.Dataset:
    """Give every run of every person its outcome.

    Parameters
    ----------
    found : xarray.Dataset
        Of ``simulate(reduce=outcome_reductions(...))``: days are exact; or a course with the
        tumour populations: days are those of the course, except of extinction and progression.
    rules : OutcomeRules

    Returns
    -------
    xarray.Dataset
        Dimensions ``subject``, ``replicate`` and ``tumor``: ``outcome`` (code, its names in the
        attribute ``classes``; -1 for a run that failed), ``outcome_day`` (the horizon where there
        is none, NaN for a failed run), ``remission_day``, ``relapse_day``, ``progression_day``
        (NaN where there is none), and of each population ``extinction_day``, ``nadir`` and
        ``nadir_day``.

    Raises
    ------
    DataError
        When a quantity is missing, naming it.
    """
    import xarray as xr

    signals = _from_course(found, rules) if "time" in found.dims else _from_reduced(found, rules)
    failed = _lead(found["status"].values) != 0
    code, day, remission, relapse = _classify(signals, rules)
    code = np.where(failed, FAILED, code).astype(np.int8)

    def days(values: Floats, text: str) -> tuple[tuple[str, ...], Floats, dict[str, str]]:
        lead = ("subject", "replicate") if values.ndim == 2 else ("tumor", "subject", "replicate")
        return lead, np.where(failed, math.nan, values), {"units": "day", "long_name": text}

    replicates = (
        found["replicate"].values if "replicate" in found.dims else np.zeros(1, dtype=np.int64)
    )
    kept = ("model", "variant", "model_status", "method", "seed", "notice", "variability", "source")
    assumed = [*json.loads(str(found.attrs.get("assumed", "[]"))), *rules.assumed]
    nadir = {"units": ", ".join(dict.fromkeys(rules.units.values())), "long_name": "smallest size"}
    return xr.Dataset(
        {
            "outcome": (("subject", "replicate"), code, {"classes": json.dumps(rules.classes)}),
            "outcome_day": days(day, "day of the outcome"),
            "remission_day": days(remission, "first day of remission"),
            "relapse_day": days(relapse, "first day of relapse"),
            "progression_day": days(signals.progression, "day of progression"),
            "extinction_day": days(signals.extinction, "last day of extinction"),
            "nadir": (
                ("tumor", "subject", "replicate"), np.where(failed, math.nan, signals.nadir), nadir
            ),
            "nadir_day": days(signals.nadir_day, "day of the smallest size"),
        },
        coords={
            "subject": found["subject"].values,
            "replicate": replicates,
            "tumor": list(rules.tumors),
        },
        attrs={key: found.attrs[key] for key in kept if key in found.attrs}
        | {
            "schema": OUTCOME_SCHEMA,
            "schema_version": "1",
            "start": signals.start,
            "horizon": signals.end,
            "rules": rules.text(),
            "assumed": json.dumps(assumed),
        }
        | _first_failure(found),
    )  # fmt: skip


def _first_failure(found: xr.Dataset) -> dict[str, str]:
    """Say why the first run that failed did, for the attributes."""
    texts = found["status_message"].values[found["status"].values != 0]
    return {"failure": str(texts[0])} if texts.size else {}


def _classify(
    signals: _Signals, rules: OutcomeRules
) -> tuple[NDArray[np.int64], Floats, Floats, Floats]:
    """Return code, day, day of remission and day of relapse of every run."""
    labels, classes = list(rules.tumors), rules.classes
    entities = np.array([rules.entities.get(label, 0.0) for label in labels])
    gone = (signals.last <= _GONE * entities[:, None, None]).all(axis=0)
    # a population that was never there has no day of extinction
    cure = np.fmax.reduce(signals.extinction, axis=0)
    cure = np.where(gone, np.where(np.isnan(cure), signals.start, cure), np.nan)
    back = np.where(np.isnan(signals.back), np.inf, signals.back)
    first = back.min(axis=0)
    # NaN where one population was never below its level
    remission = signals.below.max(axis=0)
    # a population that grew up while another had not gone down yet ends no remission
    remission = np.where(first < remission, np.nan, remission)
    relapse = np.where(np.isfinite(first) & np.isfinite(remission), first, np.nan)
    progression = signals.progression
    early = np.isfinite(progression) & ~(relapse <= progression)
    none = classes.index(NONE)
    code = np.full(gone.shape, none)
    day = np.full(gone.shape, signals.end)
    if PROGRESSION in classes:
        code = np.where(early, classes.index(PROGRESSION), code)
        day = np.where(early, progression, day)
    relapsed = np.isfinite(relapse) & ~early
    of = np.array([classes.index(rules.relapse_of(label)) for label in labels])
    code = np.where(relapsed, of[back.argmin(axis=0)], code)
    day = np.where(relapsed, relapse, day)
    code = np.where(gone, classes.index(CURE), code)
    return code, np.where(gone, cure, day), remission, relapse


def _lead(values: NDArray[np.generic]) -> NDArray[np.generic]:
    """Give values of runs without replicates a dimension for them."""
    return values[:, None] if values.ndim == 1 else values


def _from_reduced(found: xr.Dataset, rules: OutcomeRules) -> _Signals:
    names = [reduction_name(kind, label) for kind in KINDS for label in rules.tumors]
    names += [PROGRESSION] if rules.progression else []
    issues = [
        Issue(
            "error", "outcomes", f"the result has no {name!r}",
            "simulate(..., reduce=outcome_reductions(rules, start, end))",
        )
        for name in names
        if name not in found
    ]  # fmt: skip
    raise_issues(issues, DataError)

    def block(kind: str) -> Floats:
        parts = [_lead(found[reduction_name(kind, label)].values) for label in rules.tumors]
        return np.stack(parts).astype(np.float64)

    last = block("last")
    progression = np.full(last.shape[1:], np.nan)
    if rules.progression:
        progression = _lead(found[PROGRESSION].values).astype(np.float64)
    return _Signals(
        extinction=block("extinction"),
        below=block("below"),
        back=block("back"),
        nadir=block("nadir"),
        nadir_day=block("nadir_day"),
        last=last,
        progression=progression,
        start=float(found.attrs["first_day"]),
        end=float(found.attrs["last_day"]),
    )


def _from_course(course: xr.Dataset, rules: OutcomeRules) -> _Signals:
    missing = [
        Issue("error", "outcomes", f"the course has no {name!r}")
        for name in rules.tumors.values()
        if name not in course
    ]
    raise_issues(missing, DataError)
    times = course["time"].values.astype(np.float64)
    curves = []
    for name in rules.tumors.values():
        values = course[name].transpose(..., "time").values.astype(np.float64)
        curves.append(values[:, None] if values.ndim == 2 else values)
    v = np.stack(curves)
    level = np.array([rules.levels[label] for label in rules.tumors])[:, None, None, None]
    was_below = np.maximum.accumulate(v < level, axis=-1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # of failed runs all values are NaN
        nadir = np.nanmin(v, axis=-1)
    return _Signals(
        np.stack([_event_days(course, f"extinct({name})") for name in rules.tumors.values()]),
        _first(times, v <= level),
        _first(times, was_below & (v >= level)),
        nadir,
        _first(times, v == nadir[..., None]),
        v[..., -1],
        _event_days(course, rules.progression, first=True),
        float(times[0]),
        float(times[-1]),
    )


def _first(times: Floats, marks: NDArray[np.bool_]) -> Floats:
    days: Floats = np.where(marks.any(axis=-1), times[marks.argmax(axis=-1)], np.nan)
    return days


def _event_days(course: xr.Dataset, name: str, *, first: bool = False) -> Floats:
    """Return the last, or first, day of an event in every run."""
    shape = (course.sizes["subject"], course.sizes.get("replicate", 1))
    days = np.full(shape, np.nan)
    chosen = course["event_name"].values == name
    if not name or not chosen.any():
        return days
    rows = {label: row for row, label in enumerate(course["subject"].values.tolist())}
    columns = {0: 0}
    numbers = np.zeros(int(chosen.sum()), dtype=np.int64)
    if "replicate" in course.dims:
        columns = {
            number: place for place, number in enumerate(course["replicate"].values.tolist())
        }
        numbers = course["event_replicate"].values[chosen]
    order = np.argsort(course["event_time"].values[chosen], kind="stable")
    at = (
        np.array([rows[label] for label in course["event_subject"].values[chosen].tolist()])[order],
        np.array([columns[number] for number in numbers.tolist()])[order],
    )
    time = course["event_time"].values[chosen][order]
    if first:
        np.fmin.at(days, at, time)
    else:
        np.fmax.at(days, at, time)
    return days
