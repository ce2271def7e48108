"""Draw virtual subjects: random effects, covariates and baseline distributions."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from livingdrug.cohort.cohort import check_bounds, check_value_names, make_cohort, settable
from livingdrug.cohort.covariates import draw_covariates
from livingdrug.cohort.typical import Typical
from livingdrug.core.errors import DataError, Issue, OptionError, raise_issues
from livingdrug.core.random import Purpose, normals
from livingdrug.model.model import Model
from livingdrug.model.variability import IIV, Correlation

if TYPE_CHECKING:
    import xarray as xr

    from livingdrug.model.regimen import Regimen

__all__ = ["apply_iiv", "draw_cohort"]

FloatArray = NDArray[np.float64]


def draw_cohort(
    model: Model,
    n: int,
    *,
    seed: int = 0,
    first_subject: int = 0,
    study: xr.Dataset | None = None,
    values: Mapping[str, float] | None = None,
    covariates: Mapping[str, ArrayLike] | None = None,
    assume_cv: Mapping[str, float] | None = None,
    regimen: Regimen | None = None,
) -> xr.Dataset:
    """Draw a cohort from the variability that a model states.

    Subject 17 is the same whatever else is drawn: every random number is keyed by the seed,
    the subject and the name of what it is for.

    Parameters
    ----------
    model : Model
    n : int
        Number of subjects.
    seed : int, optional
    first_subject : int, optional
        Label of the first; a cohort can be drawn in pieces.
    study : xarray.Dataset, optional
        A study whose baseline covariates are resampled: from individual values where it holds
        them, from its quantiles otherwise. A covariate ``baseline_<term>`` sets the initial
        value of the species with that term.
    values : mapping from name to float, optional
        Typical values in place of the model's; variability goes around them.
    covariates : mapping from name to array_like, shape (n,) or (), optional
        Covariates of the subjects; others stand at the reference of the model.
    assume_cv : mapping from name to float, optional
        Log-normal variability that the model does not state, as a coefficient of variation
        (0.3 is 30 %). The result is marked as assumed.
    regimen : Regimen, optional

    Returns
    -------
    xarray.Dataset
        A cohort, dimension ``subject``, with the drawn parameters and initial values.

    Raises
    ------
    OptionError
        When `n` is not a positive whole number, or the model states no variability and none is
        given: a model fitted to two patients says nothing about a population.
    DataError
        When names, units or values do not fit.

    Examples
    --------
    >>> import livingdrug as ld
    >>> cohort = ld.draw_cohort(ld.get_model("stein2019"), n=3, seed=1)
    >>> sorted(cohort.data_vars)[:3]
    ['Cmax', 'F_B', 'Tmax']
    """
    if isinstance(n, bool) or not isinstance(n, (int, np.integer)) or n < 1:
        raise OptionError(f"n = {n!r}: the number of subjects must be a whole number >= 1")
    assume_cv, values = dict(assume_cv or {}), dict(values or {})
    _check_names(model, values, assume_cv)
    labels = np.arange(first_subject, first_subject + int(n), dtype=np.int64)
    baseline = draw_covariates(model, study, labels, seed)
    given = _given_covariates(model, covariates, len(labels))
    raise_issues(
        [
            Issue("error", f"values, {name}", "is drawn from the study", "leave one of them out")
            for name in values
            if name in baseline
        ],
        DataError,
    )
    effects = _effects(model, assume_cv)
    if not effects and not baseline and not given:
        raise OptionError(no_variability(model))
    columns: dict[str, FloatArray] = dict(baseline) | given
    typical = Typical(model, values, columns)
    z = _normal_scores(model.correlations, list(effects), labels, seed)
    for name, iiv in effects.items():
        columns[name] = apply_iiv(iiv, typical(name), z[name])
    for name in sorted({*values, *(e.parameter for e in model.covariate_effects)} - set(columns)):
        columns[name] = np.broadcast_to(typical(name), labels.shape).astype(float)
    issues = [
        issue
        for name, column in columns.items()
        for issue in check_bounds(model, name, column, f"draw, {name}")
    ]
    raise_issues(issues, DataError)
    assumed = [f"CV of {name} = {cv:g} (log-normal), ASSUMED" for name, cv in assume_cv.items()]
    return make_cohort(
        model,
        labels,
        columns,
        regimen=regimen,
        seed=seed,
        variability=_describe(model, effects, baseline, study),
        assumed=assumed,
        source="" if study is None else str(study.attrs.get("id", "")),
    )


def no_variability(model: Model) -> str:
    """Say that a model has no variability to draw from, and what can be done.

    Parameters
    ----------
    model : Model

    Returns
    -------
    str
    """
    whom = f" (its numbers describe: {model.population})" if model.population else ""
    return (
        f"{model.id} states no variability between subjects{whom}, so there is no cohort to "
        "draw; simulate one subject, or assume a coefficient of variation: "
        "assume_cv={'name': 0.3}, on the command line --assume-cv name=0.3; the result is then "
        "marked ASSUMED"
    )


def _check_names(model: Model, values: dict[str, float], assume_cv: dict[str, float]) -> None:
    issues = check_value_names(model, list(values), "values")
    issues += check_value_names(model, list(assume_cv), "assume_cv")
    known = settable(model)
    stated = {name for name, _ in model.iiv}
    for name, value in values.items():
        if name in known:
            issues += check_bounds(model, name, np.array([value], dtype=float), f"{name}")
        if known.get(name, ("", ""))[0] == "covariate":
            issues.append(Issue("error", f"values, {name}", "is a covariate", "use covariates="))
    for name, cv in assume_cv.items():
        if not (math.isfinite(cv) and cv > 0):
            issues.append(
                Issue("error", f"assume_cv, {name}", f"{cv!r} must be a number > 0", "0.3 is 30 %")
            )
        if name in stated:
            issues.append(
                Issue(
                    "error",
                    f"assume_cv, {name}",
                    "the model states the variability of this parameter",
                    "leave it out",
                )
            )
        if known.get(name, ("", ""))[0] == "covariate":
            issues.append(Issue("error", f"assume_cv, {name}", "a covariate has no variability"))
    raise_issues(issues, DataError)


def _given_covariates(
    model: Model, covariates: Mapping[str, ArrayLike] | None, n: int
) -> dict[str, FloatArray]:
    known = settable(model)
    issues, columns = [], {}
    for name, value in (covariates or {}).items():
        array = np.asarray(value, dtype=float)
        if known.get(name, ("", ""))[0] != "covariate":
            names = ", ".join(key for key, (role, _) in known.items() if role == "covariate")
            issues.append(Issue("error", "covariates", f"unknown {name!r}", f"known: {names}"))
        elif array.shape not in ((), (n,)):
            issues.append(Issue("error", f"covariate {name}", f"shape {array.shape}, not ({n},)"))
        else:
            columns[name] = np.broadcast_to(array, (n,)).copy()
    raise_issues(issues, DataError)
    return columns


def _effects(model: Model, assume_cv: Mapping[str, float]) -> dict[str, IIV]:
    return dict(model.iiv) | {name: IIV.cv(cv) for name, cv in assume_cv.items()}


def _normal_scores(
    correlations: Sequence[Correlation], names: list[str], labels: NDArray[np.int64], seed: int
) -> dict[str, FloatArray]:
    """Draw a standard normal number for each parameter and subject, correlated in blocks."""
    z = {
        name: normals(seed=seed, purpose=Purpose.VARIABILITY, subjects=labels, name=name)[:, 0]
        for name in names
    }
    for block in correlations:
        matrix = np.asarray(block.matrix)
        # eigenvectors rather than Cholesky: a singular correlation matrix is allowed
        levels, vectors = np.linalg.eigh(matrix)
        root = vectors * np.sqrt(np.clip(levels, 0.0, None)) @ vectors.T
        mixed = np.stack([z[name] for name in block.parameters], axis=1) @ root
        z |= dict(zip(block.parameters, mixed.T, strict=True))
    return z


def apply_iiv(iiv: IIV, typical: FloatArray, z: FloatArray) -> FloatArray:
    """Turn standard normal numbers into values of a parameter.

    Parameters
    ----------
    iiv : IIV
    typical : ndarray, shape () or (n,)
    z : ndarray, shape (n,)

    Returns
    -------
    ndarray, shape (n,)
        In the unit of the parameter.
    """
    if iiv.distribution == "lognormal":
        values = typical * np.exp(iiv.scale * z)
    elif iiv.distribution == "split_lognormal":
        values = typical * np.exp(np.where(z < 0, iiv.scale_below, iiv.scale) * z)
    elif iiv.distribution == "reciprocal_normal":
        values = typical / (1.0 + iiv.scale * z)
    elif iiv.relative:
        values = typical * (1.0 + iiv.scale * z)
    else:
        values = typical + iiv.scale * z
    return np.clip(values, iiv.lower, iiv.upper)


def _describe(
    model: Model,
    effects: Mapping[str, IIV],
    baseline: Mapping[str, FloatArray],
    study: xr.Dataset | None,
) -> str:
    stated = [name for name in effects if name in dict(model.iiv)]
    parts = []
    if stated:
        label = f"variant {model.variant!r}" if model.variant else "the model"
        parts.append(f"{', '.join(stated)} from {label}")
    assumed = [name for name in effects if name not in stated]
    if assumed:
        parts.append(f"{', '.join(assumed)} ASSUMED")
    if baseline and study is not None:
        parts.append(f"{', '.join(baseline)} resampled from study {study.attrs.get('id', '?')}")
    return "; ".join(parts) or "covariates only"
