"""One row for each simulated person: what a trial would have written down about them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from livingdrug.clinical.assay import (
    Samples,
    at_visits,
    measure,
    neutrophils,
    qpcr,
    sampled_kinetics,
)
from livingdrug.clinical.response import (
    BURDEN_RULES,
    RESPONDERS,
    BurdenResponse,
    Response,
    best_response,
    m_protein,
    respond,
)
from livingdrug.clinical.survival.estimand import ESTIMANDS, Estimand, Event, Start
from livingdrug.clinical.survival.events import constant_hazard_days, observe
from livingdrug.core.errors import DataError
from livingdrug.core.random import Purpose, uniforms

if TYPE_CHECKING:
    import xarray as xr

    from livingdrug.records.trial import Trial

__all__ = ["RULES", "Follow", "person_readouts", "readout_times"]

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

RULES = {
    "leukemia": "leukaemia",
    "lymphoma": "lymphoma",
    "myeloma": "myeloma",
    "solid": "solid",
}
"""Rules of response by the word that a disease record uses."""

_EARLY, _LATE = 0.25, 7.0


@dataclass(frozen=True, slots=True)
class Follow:
    """How people of a trial are watched, from its record.

    Attributes
    ----------
    trial : Trial
    response : str
        Rule of the disease: a key of `RULES`.
    death_rate : float, 1/day
        Hazard of death without relapse.
    start, end : float, day
        Of the simulation.
    decisions_until : float, day
        Last day on which fever and grade are looked at four times a day.
    copies_per_cell : float
        Vector copies of a CAR cell, for PCR.
    """

    trial: Trial
    response: str
    death_rate: float
    start: float
    end: float
    decisions_until: float = 45.0
    copies_per_cell: float = 1.0

    @property
    def visits(self) -> tuple[float, ...]:
        """Days of tumour assessment inside the simulation.

        Beyond the visits of the record people are seen at its last interval, and on the last
        day; both are assumed.
        """
        known = list(self.trial.response_visits)
        step = known[-1] - (known[-2] if len(known) > 1 else 0.0)
        while known[-1] + step <= self.end:
            known.append(known[-1] + step)
        if self.end > known[-1]:
            known.append(self.end)
        return tuple(day for day in known if 0 < day <= self.end)

    @property
    def samples(self) -> tuple[float, ...]:
        """Days of blood samples inside the simulation."""
        return tuple(day for day in self.trial.assay.visits if 0 <= day <= self.end)


def readout_times(follow: Follow) -> Floats:
    """Return the times that the read-outs of a trial need.

    Parameters
    ----------
    follow : Follow

    Returns
    -------
    ndarray, day
        Every six hours while the syndrome may last, then weekly, and every visit.
    """
    early = np.arange(follow.start, min(follow.decisions_until, follow.end) + 1e-9, _EARLY)
    late = np.arange(follow.decisions_until, follow.end, _LATE)
    visits = np.array([*follow.visits, *follow.samples, follow.end])
    times = np.unique(np.round(np.concatenate([early, late, visits]), 9))
    return times[(times >= follow.start) & (times <= follow.end)]


def person_readouts(
    course: xr.Dataset,
    follow: Follow,
    *,
    seed: int,
    capacity: Floats,
    dose: Floats,
    wait: Floats,
    more: Mapping[str, NDArray[np.generic]] | None = None,
) -> xr.Dataset:
    """Write down what a trial would have recorded about each simulated person.

    Parameters
    ----------
    course : xarray.Dataset
        Of the reference model, at least at `readout_times`.
    follow : Follow
    seed : int
        Of residual errors and of deaths without relapse.
    capacity : ndarray, shape (n_subjects,), cell
        Carrying capacity of the tumour.
    dose : ndarray, shape (n_subjects,), cell
    wait : ndarray, shape (n_subjects,), day
        From enrolment to infusion.
    more : mapping from str to ndarray, optional
        Further columns, as grades and drugs given.

    Returns
    -------
    xarray.Dataset
        Dimension ``subject``, people that could not be simulated left out. Attributes
        ``no_<column>`` say why a column is absent.
    """
    import xarray as xr

    done: Flags = np.asarray(course["status"].values == 0)
    if not done.any():
        raise DataError("no person of the virtual trial could be simulated")
    people = course.isel(subject=np.flatnonzero(done))
    days = people["time"].values.astype(np.float64)
    columns: dict[str, NDArray[np.generic]] = {"dose": dose[done], "wait": wait[done]}
    absent: dict[str, str] = {}
    response = _response(people, days, follow, capacity[done])
    columns |= _response_columns(response, follow, absent)
    columns |= _event_columns(people, response, follow, wait[done], seed)
    samples = _samples(people, days, follow, seed)
    columns |= _kinetic_columns(people, samples)
    columns |= {name: np.asarray(values)[done] for name, values in (more or {}).items()}
    return xr.Dataset(
        {name: ("subject", values) for name, values in columns.items()},
        coords={"subject": people["subject"].values},
        attrs={
            "schema": "livingdrug.person_readouts",
            "followed_until": max(follow.visits, default=0.0),
            "not_simulated": int((~done).sum()),
            **{f"no_{name}": why for name, why in absent.items()},
        },
    )


def _response(people: xr.Dataset, days: Floats, follow: Follow, capacity: Floats) -> BurdenResponse:
    rules = BURDEN_RULES[RULES[follow.response]]
    visits = np.asarray(follow.visits)
    whole = people["TP"].values + people["TN"].values
    # the baseline assessment stands before lymphodepletion, where the simulation begins
    baseline = whole[:, 0]
    marker = None
    if rules.measure == "marker":
        marker = at_visits(days, m_protein(days, whole, baseline=baseline), visits)
    return respond(
        at_visits(days, whole, visits),
        visits,
        rules,
        baseline=baseline,
        capacity=capacity,
        antigen_lost=at_visits(days, people["TN"].values, visits),
        marker=marker,
    )


def _response_columns(
    found: BurdenResponse, follow: Follow, absent: dict[str, str]
) -> dict[str, NDArray[np.generic]]:
    counted = found.visits <= follow.trial.best_by
    best = best_response(found.category[:, counted])
    columns: dict[str, NDArray[np.generic]] = {
        "best": best,
        "response": best >= RESPONDERS,
        "no_response": best < RESPONDERS,
        "complete": best >= Response.COMPLETE_INCOMPLETE_COUNTS,
        "partial": (best >= RESPONDERS) & (best < Response.COMPLETE_INCOMPLETE_COUNTS),
        "controlled": best >= Response.STABLE,
        "relapse": found.relapse,
        "antigen_negative": found.antigen_negative,
        "progression_day": found.progression_day,
        "response_day": found.response_day,
    }
    if RULES[follow.response] == "leukaemia":
        columns["residual_negative"] = np.asarray(found.residual_negative[:, counted].any(axis=1))
    else:
        absent["residual_negative"] = "residual disease is only read in the marrow of leukaemia"
    return columns


def _event_columns(
    people: xr.Dataset, found: BurdenResponse, follow: Follow, wait: Floats, seed: int
) -> dict[str, NDArray[np.generic]]:
    """Days to the events of each estimand; infinite where there was none by the last visit."""
    last = max(follow.visits, default=0.0)
    chance = uniforms(
        seed=seed,
        purpose=Purpose.TRIAL,
        subjects=people["subject"].values,
        name="death without relapse",
    )[:, 0]
    death = constant_hazard_days(chance, follow.death_rate)
    death = np.where(death <= last, death, np.nan)
    # what a visit finds after a death was never found
    alive = ~(found.progression_day > np.where(np.isnan(death), np.inf, death))
    progression = np.where(alive, found.progression_day, np.nan)
    late = ~(found.response_day > np.where(np.isnan(death), np.inf, death))
    response = np.where(late, found.response_day, np.nan)
    complete = found.category >= Response.COMPLETE_INCOMPLETE_COUNTS
    first = np.where(complete, found.visits, np.inf).min(axis=1, initial=np.inf)
    complete_day = np.where(np.isfinite(first) & late, first, np.nan)
    start = -wait if follow.trial.endpoint_origin == "enrolment" else np.zeros(wait.size)

    def days(estimand: Estimand, answered: Floats) -> Floats:
        seen = observe(
            estimand.on(follow.visits),
            last_assessment=np.full(wait.size, last),
            last_contact=np.full(wait.size, last),
            progression=progression,
            response=answered,
            death=death,
            start=start,
        )
        return np.where(seen.event, seen.time, np.where(seen.included, np.inf, np.nan))

    efs = ESTIMANDS["efs"]
    if math.isfinite(follow.trial.best_by):
        efs = replace(efs, response_by=follow.trial.best_by)
    if RULES[follow.response] != "leukaemia":
        # in lymphoma and myeloma an event is progression or death; treatment is not simulated
        efs = replace(efs, events=(Event.PROGRESSION, Event.DEATH), response_by=math.nan)
    dor = replace(ESTIMANDS["dor"], start=Start.RESPONSE)
    return {
        "death_day": np.where(np.isnan(death), np.inf, death),
        "event_day": days(ESTIMANDS["pfs"], response),
        "failure_day": days(efs, response),
        "response_duration": days(dor, response),
        "complete_duration": days(dor, complete_day),
    }


def _samples(people: xr.Dataset, days: Floats, follow: Follow, seed: int) -> Samples:
    assay = follow.trial.assay
    visits = np.asarray(follow.samples)
    cells = at_visits(days, people["car_cells_blood"].values, visits)
    unit = "cell/uL"
    if assay.method == "qPCR":
        others = at_visits(days, people["t_cells_blood"].values, visits) + neutrophils(visits)
        cells = qpcr(np.maximum(cells, 0.0), others, copies_per_cell=follow.copies_per_cell)
        unit = "copies/ug"
    return measure(
        cells,
        visits,
        unit=unit,
        log_sd=assay.residual.value,
        lloq=None if math.isnan(assay.lloq) else assay.lloq,
        seed=seed,
        subjects=people["subject"].values,
        name=assay.observable,
    )


def _kinetic_columns(people: xr.Dataset, samples: Samples) -> dict[str, NDArray[np.generic]]:
    found = sampled_kinetics(samples, people["subject"].values)
    names = ("cmax", "tmax", "auc_0_28d", "half_life_terminal", "tlast")
    columns: dict[str, NDArray[np.generic]] = {name: found[name].values for name in names}
    # below the limit counts as half of it: smaller than every value, so that a median is right
    held = np.where(samples.below, 0.5 * samples.lloq, samples.values)
    for place, day in enumerate(samples.visits):
        columns[f"car_day_{day:g}"] = held[:, place]
    return columns
