"""Compare a course with the observations of a study, visit by visit."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from livingdrug.clinical.estimand.comparison import (
    BETWEEN_PEOPLE,
    Comparison,
    counted,
    trial_label,
)
from livingdrug.clinical.estimand.course_values import (
    Failures,
    Values,
    find_variable,
    organism_problem,
    sample_problem,
    usable_people,
    values_at,
)
from livingdrug.clinical.estimand.published import Published, published_values
from livingdrug.clinical.estimand.statistics import (
    Indices,
    above_limit,
    below_limit,
    between_people,
    over_trials,
    trial_groups,
)
from livingdrug.core.errors import Issue, OptionError, raise_issues

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["compare"]


def compare(
    course: xr.Dataset,
    study: xr.Dataset,
    *,
    trials: ArrayLike | None = None,
    failures: Failures = "raise",
) -> list[Comparison]:
    """Set each observation of a study beside the simulated value of the same estimand.

    The simulated value has the same term, a unit of the same dimension, exactly the day of the
    visit, the same statistic over people and the same limit of quantification. It is read from
    the simulated observations where the course has them, else from the model's values. A value
    below the limit counts as half of it, one above the study's upper limit as that limit. Where
    the estimand differs, the row says why and holds no simulated value.

    Parameters
    ----------
    course : xarray.Dataset
        Schema ``livingdrug.course``, simulated at least at the visits of the study.
    study : xarray.Dataset
        Schema ``livingdrug.study``.
    trials : array_like of int, shape (n_subjects,), optional
        The simulated trial of each subject. The statistic is then computed in each trial, over
        as many of its people as the study had at that visit.
    failures : {"raise", "exclude"}, optional
        What to do when simulations failed: refuse, or go on without these subjects.

    Returns
    -------
    list of Comparison
        One row for each statistic, assay and visit of each term; individual values of a study
        are summarised by their median.

    Raises
    ------
    OptionError
        When `trials` does not fit the course or a trial is smaller than the study.
    DataError
        When the course has replicates.
    SolveError
        When simulations failed and `failures` is ``"raise"``.
    """
    people = usable_people(course, failures)
    wanted = published_values(study)
    groups = None if trials is None else trial_groups(trials, people.size)
    if groups is not None:
        raise_issues(_size_issues(groups, wanted), OptionError)
    other = organism_problem(course, study)
    return [_row(course, item, other, people, groups) for item in wanted]


def _size_issues(groups: Sequence[Indices], wanted: Sequence[Published]) -> list[Issue]:
    smallest = min(group.size for group in groups)
    needed = {item.term: item.n for item in sorted(wanted, key=lambda item: item.n)}
    return [
        Issue(
            "error",
            "trials",
            f"a trial has {smallest} subjects, the study {n} people ({term})",
            f"draw trials of at least {n}",
        )
        for term, n in needed.items()
        if n > smallest
    ]


def _row(
    course: xr.Dataset,
    item: Published,
    other: str,
    people: NDArray[np.bool_],
    groups: Sequence[Indices] | None,
) -> Comparison:
    row = Comparison(
        term=item.term,
        visit=item.visit,
        statistic=item.statistic,
        n=item.n,
        assay=item.assay,
        lloq=item.lloq,
        published=item.value,
        published_lower=item.lower,
        published_upper=item.upper,
        simulated=math.nan,
        lower=math.nan,
        upper=math.nan,
        interval="",
        unit=item.unit,
        source="",
        note="",
        quantity=item.term,
        uloq=item.uloq,
    )
    name, problem = find_variable(course, item.term, item.unit)
    if other or not name:
        return _refused(row, other or problem, item)
    row = replace(row, variable=name, quantity=str(course[name].attrs.get("long_name", item.term)))
    if few := sample_problem(course):
        return _refused(row, few, item)
    found, problem = values_at(course, name, item.visit, item.unit, people)
    if found is None:
        return _refused(row, problem, item)
    notes = list(item.notes) + _assay_notes(item.assay, str(course[name].attrs.get("assay", "")))
    if not people.all():
        notes.append(f"{counted(int((~people).sum()), 'failed subject')} left out")
    return _fill(row, found, notes, people, groups)


def _refused(row: Comparison, problem: str, item: Published) -> Comparison:
    return replace(row, note="; ".join([f"no comparison: {problem}", *item.notes]))


def _assay_notes(published: str, simulated: str) -> list[str]:
    if published in ("", "unknown") or not simulated or published == simulated:
        return []
    return [f"assays differ: published by {published}, simulated as {simulated}"]


def _fill(
    row: Comparison,
    found: Values,
    notes: list[str],
    people: NDArray[np.bool_],
    groups: Sequence[Indices] | None,
) -> Comparison:
    known = [limit for limit in (row.lloq, found.limit) if math.isfinite(limit)]
    limit = max(known) if known else math.nan
    if math.isnan(limit) and found.marks.any():
        why = "simulated values are marked as below a limit that the course does not give"
        return replace(row, note="; ".join([f"no comparison: {why}", *notes]))
    notes += _limit_notes(row.lloq, found.limit, row.unit)
    values, n_below = below_limit(found.values, found.marks, limit)
    if n_below:
        notes.append(
            f"{n_below} of {int(people.sum())} simulated values below the limit count as half of it"
        )
    values, n_above = above_limit(values, np.zeros_like(people), row.uloq)
    if n_above:
        words = "simulated values above the upper limit count as at it"
        notes.append(f"{n_above} of {int(people.sum())} {words}")
    missing = int((people & ~np.isfinite(values)).sum())
    if missing:
        notes.append(f"{counted(missing, 'subject')} without a value left out")
    if groups is None:
        estimate = between_people(values, row.statistic)
        label = BETWEEN_PEOPLE
    else:
        estimate = over_trials(values, row.statistic, groups, row.n)
        label = trial_label(estimate.n, estimate.trials)
        if row.n == 0:
            notes.append("the study does not state its n; whole trials used")
        elif estimate.n != str(row.n):
            notes.append("trials are smaller than the study after subjects were left out")
    if math.isnan(estimate.value):
        why = f"the {row.statistic} of the simulated values does not exist"
        return replace(row, note="; ".join([f"no comparison: {why}", *notes]))
    if estimate.value < limit:
        notes.append(f"the simulated {row.statistic} is below the limit")
    if estimate.value >= row.uloq:
        notes.append(f"the simulated {row.statistic} is at or above the upper limit")
    return replace(
        row,
        lloq=limit,
        simulated=estimate.value,
        lower=estimate.lower,
        upper=estimate.upper,
        interval=label,
        source=found.source,
        note="; ".join(notes),
        n_simulated=estimate.n_people,
    )


def _limit_notes(published: float, simulated: float, unit: str) -> list[str]:
    if math.isnan(simulated):
        return []
    if math.isnan(published):
        return [f"the study states no limit, that of the simulation is {simulated:.4g} {unit}"]
    if simulated > published * (1 + 1e-9):  # more than the round-off of a conversion
        return [f"the simulated limit is higher than the study's ({published:.4g} {unit})"]
    return []
