"""Draw the cohort that a simulation command asks for, after checking what it asks."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from livingdrug.cli.request import MAX_SUBJECTS, Request
from livingdrug.core.errors import Issue, OptionError, raise_issues

if TYPE_CHECKING:
    import numpy as np
    import xarray as xr
    from numpy.typing import NDArray

    from livingdrug.model.model import Model
    from livingdrug.model.regimen import Regimen

__all__ = ["Choices", "check_choices", "check_values", "make_cohort", "n_subjects", "trial_numbers"]


def n_subjects(request: Request, study: xr.Dataset | None) -> int | None:
    """Return how many subjects to draw; None for one at the values of the model.

    Parameters
    ----------
    request : Request
    study : xarray.Dataset or None

    Returns
    -------
    int or None

    Raises
    ------
    OptionError
        When the trials are smaller than the study, or its size is not known.
    """
    if not request.trials:
        return request.subjects
    size = _trial_size(study)
    per_trial = size if request.subjects is None else request.subjects
    if per_trial < 1:
        raise OptionError("--trials: the study does not state a number of people; give --subjects")
    if per_trial < size:
        raise OptionError(
            f"--subjects: {per_trial} given; with --trials it is the size of each trial, and the "
            f"study has {size} people: give {size} or more, or leave it out"
        )
    n = per_trial * request.trials
    if n > MAX_SUBJECTS:
        raise OptionError(
            f"--trials: {request.trials:,} trials of {per_trial:,} subjects are {n:,}; allowed are "
            f"{MAX_SUBJECTS:,} in all"
        )
    return n


def _trial_size(study: xr.Dataset | None) -> int:
    """Return the number of people behind the largest observation; 0 when it is not stated."""
    if study is None or "obs_n" not in study:
        return 0
    return int(study["obs_n"].values.max(initial=0))


def trial_numbers(n: int, trials: int) -> NDArray[np.int64]:
    """Return the trial that each subject belongs to.

    Parameters
    ----------
    n, trials : int

    Returns
    -------
    ndarray of int, shape (n,)
    """
    import numpy as np

    return np.repeat(np.arange(trials), n // trials)


def check_values(model: Model, option: str, values: Sequence[tuple[str, float]]) -> list[Issue]:
    """Check the names and values that a command sets.

    Parameters
    ----------
    model : Model
    option : str
        As ``"--set"``, for messages.
    values : sequence of (str, float)

    Returns
    -------
    list of Issue
    """
    import numpy as np

    from livingdrug.cohort.cohort import check_bounds, check_value_names

    issues = check_value_names(model, [name for name, _ in values], option)
    nominal = {item.name: item.value for item in model.parameters}
    for name, value in values:
        if math.isinf(value) and not math.isinf(nominal.get(name, 0.0)):
            issues.append(Issue("error", option, f"{name} = {value} is not finite"))
        else:
            issues += check_bounds(model, name, np.array([value]), f"{option} {name}")
    return issues


@dataclass(frozen=True, slots=True)
class Choices:
    """What a command chooses for the subjects: typical values, covariates and their dose."""

    values: dict[str, float]
    covariates: dict[str, float]
    regimen: Regimen | None


def check_choices(request: Request, model: Model, *, drawn: bool) -> Choices:
    """Check what a command chooses for the subjects.

    Parameters
    ----------
    request : Request
    model : Model
    drawn : bool
        They are drawn, rather than one at the values of the model.

    Returns
    -------
    Choices

    Raises
    ------
    OptionError
        Listing what does not fit the model.
    """
    from livingdrug.cohort.cohort import settable
    from livingdrug.cohort.regimen import missing_dose
    from livingdrug.model.regimen import Regimen

    issues = check_values(model, "--set", request.values)
    issues += _check_assumed(model, request, drawn=drawn)
    if request.dose is not None and "infusion" not in {dose.name for dose in model.doses}:
        issues.append(missing_dose(model, "infusion", "--dose"))
    raise_issues(issues, OptionError)
    known = settable(model)
    covariates = {k: v for k, v in request.values if known[k][0] == "covariate"}
    return Choices(
        {k: v for k, v in request.values if k not in covariates},
        covariates,
        None if request.dose is None else Regimen.infusion(request.dose),
    )


def make_cohort(
    request: Request, model: Model, study: xr.Dataset | None, n: int | None
) -> xr.Dataset:
    """Draw the cohort that a command asks for.

    Parameters
    ----------
    request : Request
    model : Model
    study : xarray.Dataset or None
    n : int or None

    Returns
    -------
    xarray.Dataset

    Raises
    ------
    OptionError
        Listing what does not fit the model.
    """
    import numpy as np

    from livingdrug.cohort.cohort import cohort_from_arrays
    from livingdrug.cohort.sample import draw_cohort
    from livingdrug.cohort.typical import Typical

    chosen = check_choices(request, model, drawn=n is not None)
    if n is None:
        covariates = {name: np.asarray(value) for name, value in chosen.covariates.items()}
        # a typical value of a parameter is that before covariate effects, as in a drawn cohort
        typical = Typical(model, chosen.values, covariates)
        values = {name: typical(name) for name in chosen.values}
        return cohort_from_arrays(model, values | covariates, regimen=chosen.regimen)
    return draw_cohort(
        model,
        n,
        seed=request.seed,
        study=study,
        values=chosen.values,
        covariates=chosen.covariates,
        assume_cv=dict(request.assume_cv),
        regimen=chosen.regimen,
    )


def _check_assumed(model: Model, request: Request, *, drawn: bool) -> list[Issue]:
    from livingdrug.cohort.cohort import check_value_names

    option = "--assume-cv"
    if request.assume_cv and not drawn:
        return [Issue("error", option, "needs --subjects, the number of people to draw")]
    issues = check_value_names(model, [name for name, _ in request.assume_cv], option)
    stated = {name for name, _ in model.iiv}
    for name, cv in request.assume_cv:
        if not (math.isfinite(cv) and cv > 0):
            issues.append(
                Issue("error", f"{option} {name}", f"{cv:g} must be a number > 0", "0.3 is 30 %")
            )
        if name in stated:
            issues.append(
                Issue(
                    "error",
                    f"{option} {name}",
                    f"{model.id} states the variability of this parameter",
                    "leave it out",
                )
            )
    return issues
