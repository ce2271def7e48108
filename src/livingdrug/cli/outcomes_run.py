"""Run what the outcomes command asks for: people times replicates, for every turnover."""

from __future__ import annotations

import dataclasses
import json
import time
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from livingdrug.cli.outcomes_request import OutcomesRequest
from livingdrug.core.errors import SolveError

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

    from livingdrug.clinical.outcomes.rules import OutcomeRules
    from livingdrug.compare.turnover import TurnoverCase
    from livingdrug.core.provenance import Manifest
    from livingdrug.model.model import Model
    from livingdrug.solve.backends.base import Progress

__all__ = ["OutcomesResult", "outcome_table", "run_outcomes", "sample_course"]

RUNS_AT_ONCE = 20_000
"""Runs simulated together: memory holds these, and a few numbers of each that is finished."""
_DRAWN_PEOPLE, _DRAWN_RUNS = 4, 200


@dataclass(frozen=True, slots=True)
class OutcomesResult:
    """What came out.

    Attributes
    ----------
    request : OutcomesRequest
    model : Model
    rules : OutcomeRules
    cases : tuple of TurnoverCase
    incidences : tuple of xarray.Dataset
        At the days asked for, of each case.
    manifest : Manifest
    wall_s : float
    warnings : tuple of str
    """

    request: OutcomesRequest
    model: Model
    rules: OutcomeRules
    cases: tuple[TurnoverCase, ...]
    incidences: tuple[xr.Dataset, ...]
    manifest: Manifest
    wall_s: float
    warnings: tuple[str, ...]


def run_outcomes(request: OutcomesRequest, progress: Progress | None = None) -> OutcomesResult:
    """Simulate everything.

    Parameters
    ----------
    request : OutcomesRequest
    progress : callable, optional
        Called with the number of runs finished.

    Returns
    -------
    OutcomesResult

    Raises
    ------
    LivingDrugError
        When something is wrong with the request; nothing has been written.
    """
    from livingdrug.catalogue.index import get_model
    from livingdrug.cli.simulation import notes_of
    from livingdrug.clinical.outcomes.incidence import outcome_incidence
    from livingdrug.clinical.outcomes.probability import cure_probability
    from livingdrug.compare.turnover import TurnoverCase, turnover_cases
    from livingdrug.core.provenance import utc_now
    from livingdrug.solve.outcome_reductions import outcome_rules

    started, begin = utc_now(), time.perf_counter()
    base = request.base
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        model = get_model(base.model, base.variant)
        rules = outcome_rules(model, tumors=request.tumors, detection=request.detection)
        cohort, study = _cohort(request, model)
        cases = []
        for turnover in turnover_cases(model, rules, request.turnover):
            found = _run_case(request, model, cohort, rules, turnover, progress)
            if (found["outcome"].values < 0).all():
                raise SolveError(
                    f"every run failed, nothing was written; the first: {found.attrs['failure']}"
                )
            cure = cure_probability(found, level=request.level)
            cases.append(TurnoverCase(turnover, cure, found))
        days = request.at or (request.end,)
        incidences = [outcome_incidence(x.outcomes, days, level=request.level) for x in cases]
    wall = time.perf_counter() - begin
    notes = (*((model.notice,) if model.notice else ()), *notes_of(caught))
    manifest = _manifest(request, model, cases, study, started, notes)
    return OutcomesResult(
        request, model, rules, tuple(cases), tuple(incidences), manifest, wall, notes
    )


def _cohort(request: OutcomesRequest, model: Model) -> tuple[xr.Dataset, xr.Dataset | None]:
    from livingdrug.cli.draw import make_cohort
    from livingdrug.cli.request import load_any_study

    base = request.base
    study = load_any_study(base.study, base.data) if base.study else None
    return make_cohort(base, model, study, base.subjects), study


def _run_case(
    request: OutcomesRequest,
    model: Model,
    cohort: xr.Dataset,
    rules: OutcomeRules,
    turnover: Mapping[str, float],
    progress: Progress | None,
) -> xr.Dataset:
    """Simulate all people with one turnover, some at a time."""
    import xarray as xr

    from livingdrug.compare.turnover import simulate_outcomes

    base = request.base
    options = dataclasses.replace(base.jumps.stochastic(), turnover=dict(turnover))
    at_once = max(1, RUNS_AT_ONCE // request.replicates)
    parts = [
        simulate_outcomes(
            model, _some(cohort, first, first + at_once), end=request.end, rules=rules,
            method=base.method, replicates=request.replicates, stochastic=options,
            seed=base.seed, rtol=base.rtol, atol=base.atol, threads=base.threads,
            progress=progress,
        )
        for first in range(0, cohort.sizes["subject"], at_once)
    ]  # fmt: skip
    whole: xr.Dataset = xr.concat(
        parts, dim="subject", data_vars="minimal", combine_attrs="override", join="exact"
    )
    return whole


def _some(cohort: xr.Dataset, first: int, last: int) -> xr.Dataset:
    """Return some people of a cohort, with what belongs to them."""
    if last >= cohort.sizes["subject"] and first == 0:
        return cohort
    from livingdrug.cohort.cohort import RECORD_COLUMNS

    part = cohort.isel(subject=slice(first, last))
    labels = part["subject"].values
    for dim in RECORD_COLUMNS:
        name = f"{dim}_subject"
        if name in part:
            part = part.isel({dim: [x in labels for x in part[name].values]})
    return part


def sample_course(request: OutcomesRequest, result: OutcomesResult) -> xr.Dataset:
    """Simulate the course of some runs again, to draw their paths.

    Parameters
    ----------
    request : OutcomesRequest
    result : OutcomesResult

    Returns
    -------
    xarray.Dataset
        Of the first people, with the middle one of the turnovers.
    """
    from livingdrug.cli.request import output_times
    from livingdrug.solve.simulate import simulate

    base = request.base
    cohort, _ = _cohort(request, result.model)
    case = result.cases[len(result.cases) // 2]
    people = _some(cohort, 0, _DRAWN_PEOPLE)
    course = simulate(
        result.model, people, times=output_times(request.end, []), method=base.method,
        replicates=min(request.replicates, _DRAWN_RUNS), seed=base.seed, rtol=base.rtol,
        atol=base.atol, threads=base.threads,
        stochastic=dataclasses.replace(base.jumps.stochastic(), turnover=case.turnover),
    )  # fmt: skip
    return course


def outcome_table(cases: Sequence[TurnoverCase]) -> pd.DataFrame:
    """Return one row for each run.

    Parameters
    ----------
    cases : sequence of TurnoverCase

    Returns
    -------
    pandas.DataFrame
        Columns ``turnover(NAME)``, ``subject``, ``replicate``, ``outcome``, its day and the other
        days, and of each tumour population its extinction and smallest size.
    """
    import numpy as np
    import pandas as pd

    frames = []
    for case in cases:
        found = case.outcomes
        n, runs = found.sizes["subject"], found.sizes["replicate"]
        classes = [*json.loads(str(found["outcome"].attrs["classes"])), "failed"]
        columns: dict[str, object] = {
            f"turnover({name})": np.full(n * runs, value) for name, value in case.turnover.items()
        }
        columns["subject"] = np.repeat(found["subject"].values, runs)
        columns["replicate"] = np.tile(found["replicate"].values, n)
        columns["outcome"] = [classes[code] for code in found["outcome"].values.ravel()]
        for name in ("outcome_day", "remission_day", "relapse_day", "progression_day"):
            columns[name] = found[name].values.ravel()
        for place, label in enumerate(found["tumor"].values.tolist()):
            for name in ("extinction_day", "nadir", "nadir_day"):
                columns[f"{name}({label})"] = found[name].values[place].ravel()
        frames.append(pd.DataFrame(columns))
    return pd.concat(frames, ignore_index=True)


def _manifest(
    request: OutcomesRequest,
    model: Model,
    cases: Sequence[TurnoverCase],
    study: xr.Dataset | None,
    started: str,
    notes: Sequence[str],
) -> Manifest:
    from livingdrug.cli.record import bundled_study, input_files
    from livingdrug.core.provenance import (
        Citation,
        ModelRecord,
        dataset_digest,
        new_manifest,
    )
    from livingdrug.data.views import study_source

    sources = [*model.sources, study_source(study) if study is not None else None]
    manifest = new_manifest(
        command=request.arguments(),
        started=started,
        inputs=input_files(request.base),
        model=ModelRecord(
            model.id, model.variant, model.status, model.math_hash, model.evidence_hash
        ),
        seed=request.base.seed,
        method=request.base.method,
        tolerances={"rtol": request.base.rtol},
        backend=request.base.method,
        failures=[],
        citations=[Citation.of(source) for source in sources if source is not None],
        outputs={
            f"outcomes{place or ''}": dataset_digest(case.outcomes)
            for place, case in enumerate(cases)
        },
        assumptions=list(
            dict.fromkeys(
                str(line)
                for case in cases
                for line in json.loads(str(case.outcomes.attrs["assumed"]))
            )
        ),
        warnings=list(notes),
    )
    inputs = (*manifest.inputs, *bundled_study(request.base, study))
    results = {
        f"probability of cure{f', turnover {case.turnover}' if case.turnover else ''}": (
            case.cure.value
        )
        for case in cases
    }  # fmt: skip
    return dataclasses.replace(manifest, inputs=inputs, results=results)
