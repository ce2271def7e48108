"""Run a virtual version of a trial from its record."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import numpy as np
from numpy.typing import NDArray

from livingdrug.clinical.severity import REFERENCE_LADDER
from livingdrug.core.errors import DraftModelWarning, OptionError, SubjectFailureWarning
from livingdrug.data.published_readouts import readouts_of
from livingdrug.records.check import check_record
from livingdrug.records.drugs import Policy
from livingdrug.records.index import load
from livingdrug.records.setting import Setting, apply, resolve
from livingdrug.records.trial import Trial
from livingdrug.trial.estimands import measure_of
from livingdrug.trial.people import Drawn, draw_people
from livingdrug.trial.person_readouts import Follow, person_readouts, readout_times
from livingdrug.trial.policies.simulate import simulate_with_policy
from livingdrug.trial.priors import draw_values
from livingdrug.trial.toxicity import (
    HYPERINFLAMED,
    HYPERINFLAMED_FOR,
    hyperinflammation,
    neurological_events,
    toxicity,
)

if TYPE_CHECKING:
    import xarray as xr

    from livingdrug.model.model import Model

__all__ = ["PIECE", "Plan", "VirtualTrial", "plan_trial", "run_trial", "uncertain_trials"]

PIECE = 1000
"""People that are simulated at once: 250 times of 60 quantities of each are 120 MB."""

LONGEST = 1830.0
"""Day up to which people are followed for published events unless more is asked for."""

SHOWN = 500
"""People whose courses are kept for a figure."""


@dataclass(frozen=True, slots=True)
class Plan:
    """A trial with everything that its record names.

    Attributes
    ----------
    name : str
    trial : Trial
    model : Model
        With the values of the setting.
    setting : Setting
    policy : str
        Name of the record; empty for none.
    follow : Follow
    """

    name: str
    trial: Trial
    model: Model
    setting: Setting
    policy: str
    follow: Follow


@dataclass(frozen=True, slots=True)
class VirtualTrial:
    """What came out.

    Attributes
    ----------
    plan : Plan
    people : xarray.Dataset
        Person read-outs of all.
    course : xarray.Dataset
        Of the first people, for a figure.
    grades : ndarray, shape (n_shown, n_times)
        Of cytokine release syndrome on the trial's scale, of the same people.
    assumed : tuple of str
        What was assumed, in words.
    not_simulated : int
        People whose simulation failed; left out of everything.
    """

    plan: Plan
    people: xr.Dataset
    course: xr.Dataset
    grades: NDArray[np.int64]
    assumed: tuple[str, ...]
    not_simulated: int


def plan_trial(name: str, *, days: float | None = None, policy: str | None = None) -> Plan:
    """Bring together what a trial record names.

    Parameters
    ----------
    name : str
        Of a record, or the path of a file.
    days : float, optional
        Last day; when not given the last visit of the record, or what the published read-outs of
        events need, up to five years.
    policy : str, optional
        In place of the trial's own.

    Returns
    -------
    Plan

    Raises
    ------
    UnknownNameError, DataError
        What is wrong with a record.
    OptionError
        When `days` is too early for a response.
    """
    from livingdrug.catalogue.index import get_model

    trial = cast("Trial", load("trials", name))
    model = get_model("reference")
    check_record(trial, model, name)
    setting = resolve(
        model,
        product=trial.product,
        disease=trial.disease,
        lymphodepletion=trial.lymphodepletion,
        treatments=trial.treatments,
        more=trial.parameters,
        more_from=f"trial {name}",
    )
    end = _last_day(trial) if days is None else days
    if not (math.isfinite(end) and end >= trial.response_visits[0]):
        raise OptionError(
            f"days = {end:g}: the first assessment of {trial.title} is on day "
            f"{trial.response_visits[0]:g}; give at least that"
        )
    chosen = trial.policy if policy is None else policy
    rules = cast("Policy", load("policies", chosen))
    applied = apply(setting, model)
    copies = next((p.value for p in applied.parameters if p.name == "VCN"), 1.0)
    first = min([dose.time for dose in setting.depletion.doses], default=-1.0)
    follow = Follow(
        trial, setting.response, setting.non_relapse_death, math.floor(first), end,
        decisions_until=rules.until, copies_per_cell=copies,
    )  # fmt: skip
    return Plan(name, trial, applied, setting, chosen, follow)


def _last_day(trial: Trial) -> float:
    """Return how long people have to be followed for what is published of them."""
    needed = [float(max(trial.response_visits))]
    for row in readouts_of(trial.readouts) if trial.readouts else ():
        measure = measure_of(row)
        if not isinstance(measure, str) and measure.statistic in ("event-free", "median time"):
            needed.append(float(math.ceil(measure.day)))
    return max(day for day in needed if day <= LONGEST or day == needed[0])


def run_trial(
    plan: Plan,
    subjects: int,
    *,
    seed: int,
    threads: int = 1,
    piece: int = PIECE,
    values: dict[str, float] | None = None,
    typical: bool = False,
    progress: Callable[[int], None] | None = None,
) -> VirtualTrial:
    """Simulate the people of a trial, piece by piece, and write down what it would have.

    Parameters
    ----------
    plan : Plan
    subjects : int
        People infused.
    seed : int
    threads : int, optional
    piece : int, optional
        People simulated at once; results do not depend on it.
    values : dict from str to float, optional
        Population values in place of the setting's.
    typical : bool, optional
        Everybody has the population values.
    progress : callable, optional
        Called with the number of people finished.

    Returns
    -------
    VirtualTrial

    Raises
    ------
    OptionError
        When a size is not positive.
    """
    import xarray as xr

    if subjects < 1 or piece < 1:
        raise OptionError(f"subjects = {subjects}, piece = {piece}: allowed are 1 and more")
    parts, shown = [], None
    for first in range(0, subjects, piece):
        n = min(piece, subjects - first)
        one = _piece(plan, n, first, seed=seed, threads=threads, values=values, typical=typical)
        if shown is None:
            keep = min(n, SHOWN)
            shown = (one.course.isel(subject=slice(0, keep)).load(), one.grades[:keep].copy())
        parts.append(one.people)
        if progress is not None:
            progress(n)
    people = xr.concat(parts, "subject", combine_attrs="override")
    failed = sum(int(part.attrs["not_simulated"]) for part in parts)
    course, grades = cast("tuple[xr.Dataset, NDArray[np.int64]]", shown)
    return VirtualTrial(
        plan, people, course, grades, tuple(_assumed(plan, typical=typical)), failed
    )


def uncertain_trials(
    plan: Plan,
    draws: int,
    subjects: int,
    *,
    seed: int,
    threads: int = 1,
    progress: Callable[[int], None] | None = None,
) -> Iterator[xr.Dataset]:
    """Simulate the trial at drawn population values, the same people in each draw.

    Parameters
    ----------
    plan : Plan
    draws : int
    subjects : int
        In each draw.
    seed : int
    threads : int, optional
    progress : callable, optional

    Yields
    ------
    xarray.Dataset
        Person read-outs of one draw.
    """
    for draw in range(draws):
        values = draw_values(plan.model, draw, seed=seed)
        made = run_trial(
            plan, subjects, seed=seed, threads=threads, values=values, progress=progress
        )
        yield made.people


@dataclass(frozen=True, slots=True)
class _Simulated:
    people: xr.Dataset
    course: xr.Dataset
    grades: NDArray[np.int64]


def _piece(
    plan: Plan,
    n: int,
    first: int,
    *,
    seed: int,
    threads: int,
    values: dict[str, float] | None,
    typical: bool,
) -> _Simulated:
    from livingdrug.model.regimen import Regimen

    regimen = Regimen(plan.setting.depletion.doses + plan.setting.given.doses)
    drawn = draw_people(
        plan.model, plan.trial, regimen, n, seed=seed, first_subject=first, values=values,
        typical=typical, lot=plan.setting.lot,
    )  # fmt: skip
    times = readout_times(plan.follow)
    with warnings.catch_warnings():
        # the status and the number of failures are part of what is returned
        for kind in (DraftModelWarning, SubjectFailureWarning):
            warnings.simplefilter("ignore", kind)
        course, grades, columns = _simulate(plan, drawn, times, seed=seed, threads=threads)
    lot = None if typical else plan.setting.lot
    if lot is not None:
        columns["lot"] = np.arange(first, first + n) // lot.people
    people = person_readouts(
        course,
        plan.follow,
        seed=seed,
        capacity=_capacity(plan.model, drawn, n),
        dose=drawn.dose,
        wait=drawn.wait,
        more=columns,
    )
    if lot is not None:
        people.attrs["people_per_lot"] = lot.people
    return _Simulated(people, course, grades)


def _capacity(model: Model, drawn: Drawn, n: int) -> NDArray[np.float64]:
    if "KT" in drawn.cohort:
        return np.asarray(drawn.cohort["KT"].values, dtype=np.float64)
    return np.full(n, next(item.value for item in model.parameters if item.name == "KT"))


def _assumed(plan: Plan, *, typical: bool) -> Iterator[str]:
    people = plan.trial.people
    yield (
        f"weight, log-normal with median {people.weight.value:g} kg; age is not drawn; neutrophils "
        "after lymphodepletion for PCR; visits where the record assumes them"
    )
    rate = plan.follow.death_rate
    yield (
        f"cut-points of neurotoxicity; IEC-HS as more than {100 * HYPERINFLAMED:g} % of monocytes "
        f"active for more than {HYPERINFLAMED_FOR:g} days after the syndrome"
    )
    other = plan.trial.neurological_background
    if other is not None:
        yield (
            f"other neurological events in {100 * other.any.value:g} % of people, of grade 3 and "
            f"more in {100 * other.ge3.value:g} %"
        )
    lot = plan.setting.lot
    if lot is not None and not typical:
        sizes = ", ".join(f"{name} {sd:g}" for name, sd in lot.sd.items())
        yield f"{lot.people} people share a donor lot, ln SD between lots: {sizes} ({lot.at})"
    if any(arm.highest > arm.amount for arm in plan.trial.arms):
        yield (
            "doses spread over the trial's range, around the median of the trial where it is "
            "published, else evenly on the log scale"
        )
    yield f"death without relapse: {'none' if rate == 0 else f'{rate:g} per day'}"
    if plan.follow.visits and plan.follow.visits[-1] > plan.trial.response_visits[-1]:
        yield "visits after the last of the record, at its last interval"


def _simulate(
    plan: Plan, drawn: Drawn, times: NDArray[np.float64], *, seed: int, threads: int
) -> tuple[xr.Dataset, NDArray[np.int64], dict[str, NDArray[np.generic]]]:
    """Return the course, grades at its times, and toxicity and drugs of each person."""
    course, watched = simulate_with_policy(
        plan.model,
        drawn.cohort,
        cast("Policy", load("policies", plan.policy)),
        REFERENCE_LADDER.of_class(plan.setting.costimulation),
        times=times.tolist(),
        seed=seed,
        threads=threads,
    )
    syndrome, columns = toxicity(plan.trial.crs_scale, watched)
    columns |= hyperinflammation(times, course["Y"].values, syndrome.resolution())
    background = plan.trial.neurological_background
    if background is not None:
        columns |= neurological_events(columns, background, course["subject"].values, seed)
    grades = np.zeros((drawn.dose.size, times.size), np.int64)
    # the times of the course hold every decision; in between and later nobody was looked at
    places = np.searchsorted(times, watched.days - 1e-6)
    same = (places < times.size) & (
        np.abs(times[np.minimum(places, times.size - 1)] - watched.days) < 1e-6
    )
    grades[:, places[same]] = syndrome.grade[plan.trial.crs_scale][:, same]
    return course, grades, columns
