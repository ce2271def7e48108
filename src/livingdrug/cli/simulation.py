"""Run what a simulation command asks for."""

from __future__ import annotations

import time
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from livingdrug.cli.draw import make_cohort, n_subjects, trial_numbers
from livingdrug.cli.record import make_manifest
from livingdrug.cli.request import Request, check_clock, last_day, load_any_study, output_times
from livingdrug.core.errors import LivingDrugWarning, OptionError, SubjectFailureWarning

if TYPE_CHECKING:
    import xarray as xr

    from livingdrug.clinical.estimand import Comparison
    from livingdrug.clinical.headline import Metric
    from livingdrug.core.provenance import Manifest
    from livingdrug.model.model import Model
    from livingdrug.solve.backends.base import Progress

__all__ = ["Outcome", "limit_of", "notes_of", "run_request"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came out of a simulation command.

    Attributes
    ----------
    request : Request
    model : Model
    course : xarray.Dataset
    study : xarray.Dataset or None
    metrics : list of Metric
    comparisons : list of Comparison
        At the visits of the study.
    readouts : list of Comparison
        Of the study's read-outs with metrics of individual curves.
    manifest : Manifest
    wall_s : float
        Of the simulation itself.
    warnings : tuple of str
    """

    request: Request
    model: Model
    course: xr.Dataset
    study: xr.Dataset | None
    metrics: list[Metric]
    comparisons: list[Comparison]
    readouts: list[Comparison]
    manifest: Manifest
    wall_s: float
    warnings: tuple[str, ...]

    @property
    def n_subjects(self) -> int:
        """Number of subjects."""
        return int(self.course.sizes["subject"])

    @property
    def n_runs(self) -> int:
        """Number of runs: of subjects, or of their replicates."""
        return int(self.course["status"].size)

    @property
    def between(self) -> str:
        """What the spread of a metric is between."""
        return "between runs" if "replicate" in self.course.dims else "between people"

    @property
    def n_failed(self) -> int:
        """Number of runs that could not be simulated."""
        return int((self.course["status"].values != 0).sum())


def run_request(request: Request, progress: Progress | None = None) -> Outcome:
    """Run a simulation command.

    Parameters
    ----------
    request : Request
    progress : callable, optional
        Called with the number of subjects finished.

    Returns
    -------
    Outcome

    Raises
    ------
    LivingDrugError
        When something is wrong with the request; nothing has been written.
    """
    from livingdrug.catalogue.index import get_model
    from livingdrug.core.provenance import utc_now

    started = utc_now()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        model = get_model(request.model, request.variant)
        check_clock(request, model)
        study = load_any_study(request.study, request.data) if request.study else None
        course, wall = _simulate(request, model, study, progress)
        metrics, comparisons, readouts = _summarise(request, course, study)
    notes = (*((model.notice,) if model.notice else ()), *notes_of(caught))
    if study is not None and "replicate" in course.dims:
        notes = (*notes, f"{request.study} gives baselines only: people are not compared with runs")
    manifest = make_manifest(request, model, course, study, metrics, started, notes)
    return Outcome(
        request, model, course, study, metrics, comparisons, readouts, manifest, wall, notes
    )


def notes_of(caught: Sequence[warnings.WarningMessage]) -> tuple[str, ...]:
    """Return our warnings as text; others go where warnings go.

    Parameters
    ----------
    caught : sequence of warnings.WarningMessage

    Returns
    -------
    tuple of str
    """
    notes = []
    for item in caught:
        if not issubclass(item.category, LivingDrugWarning):
            warnings.warn_explicit(item.message, item.category, item.filename, item.lineno)
        elif not issubclass(item.category, SubjectFailureWarning):  # the result lists failures
            notes.append(str(item.message))
    return tuple(dict.fromkeys(notes))


def _simulate(
    request: Request, model: Model, study: xr.Dataset | None, progress: Progress | None
) -> tuple[xr.Dataset, float]:
    """Return the course, and the seconds that its simulation took."""
    from livingdrug.solve.methods import JUMP_METHODS
    from livingdrug.solve.plan import check_memory
    from livingdrug.solve.simulate import simulate
    from livingdrug.system.compile import compile_model

    n = n_subjects(request, study)
    visits = _visits(request, study)
    end = request.days or last_day(model, visits)
    visits = [day for day in visits if day <= end]
    times = output_times(end, visits, min([0.0, *visits]), unit=model.time_unit)
    system = compile_model(model)
    replicates = request.jumps.replicates or 1
    # before drawing, which takes memory too
    check_memory(n or 1, len(system.outputs), len(times), replicates)
    jumps = request.method in JUMP_METHODS
    cohort = make_cohort(request, model, study, n)
    begin = time.perf_counter()
    course = simulate(
        system,
        cohort,
        times=times,
        method=request.method or None,
        threads=request.threads,
        seed=request.seed,
        rtol=request.rtol,
        atol=request.atol,
        lloq=limit_of(request, model),
        replicates=request.jumps.replicates,
        stochastic=request.jumps.stochastic() if jumps else None,
        progress=progress,
    )
    return course, time.perf_counter() - begin


def _visits(request: Request, study: xr.Dataset | None) -> list[float]:
    days = set(request.visits)
    if study is not None and "obs_time" in study:
        days |= {float(day) for day in study["obs_time"].values}
    return sorted(days)


def limit_of(request: Request, model: Model) -> dict[str, float] | None:
    """Return the limit of quantification that a command sets.

    Parameters
    ----------
    request : Request
    model : Model

    Returns
    -------
    dict from str to float, or None

    Raises
    ------
    OptionError
        When the model has no observable.
    """
    if request.lloq is None:
        return None
    names = [item.name for item in model.observables]
    cells = [item.name for item in model.observables if item.term.startswith("car_")]
    if not names:
        raise OptionError(f"--lloq: {model.id} has no observable with an assay")
    return {(cells or names)[0]: request.lloq}


def _summarise(
    request: Request, course: xr.Dataset, study: xr.Dataset | None
) -> tuple[list[Metric], list[Comparison], list[Comparison]]:
    from livingdrug.cli.runs import as_runs
    from livingdrug.clinical.headline import (
        end_values,
        has_kinetics,
        headline,
        primary_kinetics,
        primary_variable,
    )

    runs = as_runs(course)
    if course["time"].attrs["units"] != "day" or not has_kinetics(runs):
        return end_values(runs), [], []
    found = primary_kinetics(runs)
    metrics = headline(runs, found)
    if "replicate" in course.dims:
        # a subject simulated twice is not two people, and no study holds runs
        return metrics, [], []
    if study is None or not (course["status"].values == 0).any():
        return metrics, [], []
    from livingdrug.clinical.estimand import compare, compare_readouts

    trials = None
    if request.trials:
        trials = trial_numbers(course.sizes["subject"], request.trials)
    rows = compare(course, study, trials=trials, failures="exclude") if "obs_time" in study else []
    endpoints = {primary_variable(course): found}
    readouts = compare_readouts(course, study, endpoints, trials=trials)
    return metrics, rows, [row for row in readouts if row.is_comparison]
