"""Compare groups: the log-rank test, and hazard ratios by Cox regression."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from livingdrug.clinical.survival.kaplan_meier import checked_times
from livingdrug.core.errors import DataError, OptionError
from livingdrug.core.optional import require

__all__ = ["CoxTerm", "LogRank", "cox", "log_rank"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class LogRank:
    """Result of the log-rank test.

    Attributes
    ----------
    groups : tuple of str
    n, observed, expected : tuple of float
        People, events, and events expected if all groups had one curve.
    chi_squared : float
    degrees : int
    p : float
    """

    groups: tuple[str, ...]
    n: tuple[int, ...]
    observed: tuple[float, ...]
    expected: tuple[float, ...]
    chi_squared: float
    degrees: int
    p: float


@dataclass(frozen=True, slots=True)
class CoxTerm:
    """One term of a Cox regression.

    Attributes
    ----------
    name : str
    hazard_ratio, lower, upper : float
        For one unit more of the covariate.
    coefficient, standard_error, p : float
        Of the logarithm, with the test of Wald.
    """

    name: str
    hazard_ratio: float
    lower: float
    upper: float
    coefficient: float
    standard_error: float
    p: float


def log_rank(time: ArrayLike, event: ArrayLike, group: Sequence[object]) -> LogRank:
    """Test whether groups have the same survival.

    Parameters
    ----------
    time : array_like, shape (n_subjects,), day
    event : array_like of bool, shape (n_subjects,)
    group : sequence, shape (n_subjects,)
        Compared as text.

    Returns
    -------
    LogRank
        With the variance of the hypergeometric law, ties included.

    Raises
    ------
    DataError
        When there is one group only, or no event.
    """
    from scipy.special import gammaincc

    days, hit = checked_times(time, event)
    labels = np.array([str(item) for item in group])
    if labels.shape != days.shape:
        raise DataError(f"there are {labels.size} groups for {days.size} people")
    names, member = np.unique(labels, return_inverse=True)
    if names.size < 2:
        raise DataError(f"all people are in the group {names[0]!r}; two or more are compared")
    if not hit.any():
        raise DataError("nobody had the event; there is nothing to compare")
    times = np.unique(days[hit])
    at_risk = np.stack(
        [
            np.sum(member == g) - np.searchsorted(np.sort(days[member == g]), times, side="left")
            for g in range(names.size)
        ]
    ).astype(np.float64)
    died = np.stack(
        [
            np.bincount(np.searchsorted(times, days[hit & (member == g)]), minlength=times.size)
            for g in range(names.size)
        ]
    ).astype(np.float64)
    n, d = at_risk.sum(axis=0), died.sum(axis=0)
    expected = (at_risk * d / n).sum(axis=1)
    share = at_risk / n
    with np.errstate(invalid="ignore", divide="ignore"):  # one person left: no variance
        factor = np.where(n > 1, d * (n - d) / (n - 1), 0.0)
    covariance = np.diag((share * factor).sum(axis=1)) - (share * factor) @ share.T
    gap = (died.sum(axis=1) - expected)[:-1]
    chi = float(gap @ np.linalg.pinv(covariance[:-1, :-1]) @ gap)
    degrees = names.size - 1
    return LogRank(
        groups=tuple(str(name) for name in names),
        n=tuple(int(count) for count in np.bincount(member)),
        observed=tuple(died.sum(axis=1).tolist()),
        expected=tuple(expected.tolist()),
        chi_squared=chi,
        degrees=degrees,
        p=float(gammaincc(degrees / 2.0, chi / 2.0)),
    )


def cox(
    time: ArrayLike,
    event: ArrayLike,
    covariates: Mapping[str, ArrayLike],
    *,
    level: float = 0.95,
) -> tuple[CoxTerm, ...]:
    """Fit a Cox regression with Efron's treatment of ties (package lifelines, extra ``stats``).

    Parameters
    ----------
    time : array_like, shape (n_subjects,), day
    event : array_like of bool, shape (n_subjects,)
    covariates : mapping of str to array_like of number, shape (n_subjects,)
    level : float, optional

    Returns
    -------
    tuple of CoxTerm

    Raises
    ------
    CapabilityError
        When lifelines is not installed.
    DataError
        When a covariate is missing for someone or the same for all, or the fit does not converge.
    OptionError
    """
    days, hit = checked_times(time, event)
    if not 0.0 < level < 1.0:
        raise OptionError(f"level: {level} given; it must lie between 0 and 1, as 0.95")
    columns = {name: np.asarray(values, dtype=np.float64) for name, values in covariates.items()}
    for name, values in columns.items():
        if values.shape != days.shape or not np.isfinite(values).all():
            raise DataError(
                f"covariate {name!r}: a number is needed for each of {days.size} people"
            )
        if np.ptp(values) == 0:
            raise DataError(f"covariate {name!r} is the same for everyone; leave it out")
    if not columns or not hit.any():
        raise DataError("a Cox regression needs a covariate and an event")
    lifelines = require("lifelines", "stats", "fit a Cox regression")
    import pandas as pd

    table = pd.DataFrame({**columns, "_time": days, "_event": hit})
    fitter = lifelines.CoxPHFitter(alpha=1.0 - level)
    try:
        fitter.fit(table, "_time", "_event", fit_options={"precision": 1e-9})
    except lifelines.exceptions.ConvergenceError as error:
        raise DataError(f"the Cox regression does not converge: {error}") from error
    limits = fitter.confidence_intervals_
    return tuple(
        CoxTerm(
            name=name,
            hazard_ratio=float(np.exp(fitter.params_[name])),
            lower=float(np.exp(limits.loc[name].iloc[0])),
            upper=float(np.exp(limits.loc[name].iloc[1])),
            coefficient=float(fitter.params_[name]),
            standard_error=float(fitter.standard_errors_[name]),
            p=float(fitter.summary.loc[name, "p"]),
        )
        for name in columns
    )
