"""Cumulative incidence of outcomes over people and their runs."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from livingdrug.clinical.outcomes.classify import FAILED
from livingdrug.clinical.survival.competing import cumulative_incidence
from livingdrug.core.errors import DataError, OptionError

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["outcome_incidence"]

Floats = NDArray[np.float64]

_POINTS = 201


def outcome_incidence(
    found: xr.Dataset, days: Sequence[float] | None = None, *, level: float = 0.95
) -> xr.Dataset:
    """Return how many people had each outcome by each day, as competing risks.

    The incidence of Aalen and Johansen of the runs of each person, averaged over people, so that
    everyone counts alike.

    Parameters
    ----------
    found : xarray.Dataset
        From `outcomes`. Runs that failed are left out.
    days : sequence of float, day, optional
        Increasing; 201 from the start to the horizon when not given.
    level : float, optional

    Returns
    -------
    xarray.Dataset
        Dimensions ``outcome`` (all but none by the horizon) and ``day``: ``incidence``;
        ``simulation_error``, its standard error given these people; ``spread``, the standard
        deviation between people without that error; ``lower`` and ``upper`` for all people, or of
        the simulation alone for one person; and ``free``, the share without any of them.

    Raises
    ------
    DataError
        When every run failed.
    OptionError
        When days lie outside the simulated period or do not increase.
    """
    import xarray as xr
    from scipy.special import ndtri, stdtrit

    if not 0.0 < level < 1.0:
        raise OptionError(f"level: {level} given; it must lie between 0 and 1, as 0.95")
    classes = json.loads(str(found["outcome"].attrs["classes"]))
    start, end = float(found.attrs["start"]), float(found.attrs["horizon"])
    grid = np.linspace(start, end, _POINTS) if days is None else np.asarray(days, dtype=np.float64)
    bad = not grid.size or bool((np.diff(grid) <= 0).any())
    if bad or not (start <= grid[0] and grid[-1] <= end):
        raise OptionError(f"days must increase within {start:g} to {end:g}; {grid.tolist()} given")
    code = found["outcome"].transpose("subject", "replicate").values.astype(np.int64)
    day = found["outcome_day"].transpose("subject", "replicate").values
    people = [
        _of_person(
            day[i][code[i] != FAILED] - start, code[i][code[i] != FAILED], classes, grid - start
        )
        for i in range(len(code))
        if (code[i] != FAILED).any()
    ]
    if not people:
        raise DataError("every run failed; there is no outcome to count")
    shares = np.stack([share for share, _ in people])  # person, class, day
    own = np.stack([share * (1.0 - share) / max(runs - 1, 1) for share, runs in people])
    n = len(people)
    value = shares.mean(axis=0)
    # a person with one run says nothing of the error of the simulation
    own[[runs < 2 for _, runs in people]] = np.nan
    error = np.sqrt(own.sum(axis=0)) / n
    spread = np.full_like(value, np.nan)
    whole = error
    quantile = float(ndtri(0.5 + level / 2.0))
    if n > 1:
        variance = shares.var(axis=0, ddof=1)
        spread = np.sqrt(np.maximum(variance - own.mean(axis=0), 0.0))
        whole = np.sqrt(variance / n)
        quantile = float(stdtrit(n - 1, 0.5 + level / 2.0))
    lower, upper = _limits(value, whole, quantile)
    shape = ("outcome", "day")
    return xr.Dataset(
        {
            "incidence": (shape, value),
            "simulation_error": (shape, error),
            "spread": (shape, spread),
            "lower": (shape, lower),
            "upper": (shape, upper),
            "free": (("day",), 1.0 - value.sum(axis=0)),
        },
        coords={"outcome": classes[1:], "day": ("day", grid, {"units": "day"})},
        attrs=dict(found.attrs)
        | {
            "level": level,
            "n_subjects": n,
            "n_runs": int((code != FAILED).sum()),
            "interval": "of the simulation alone" if n == 1 else "for all people",
        },
    )


def _of_person(
    day: Floats, code: NDArray[np.int64], classes: Sequence[str], since: Floats
) -> tuple[Floats, int]:
    """Return the incidence of each class in the runs of one person, and their number."""
    share = np.zeros((len(classes) - 1, since.size))
    if (code > 0).any():
        found = cumulative_incidence(day, code - 1)  # -1 is censored: at the horizon
        for cause in found.causes:
            share[cause] = found.at(cause, since)
    return share, int(code.size)


def _limits(value: Floats, error: Floats, z: float) -> tuple[Floats, Floats]:
    """Return an interval that is symmetric on the scale of the logit; as `value` where certain."""
    with np.errstate(divide="ignore", invalid="ignore"):
        middle = np.log(value / (1.0 - value))
        half = z * error / (value * (1.0 - value))
        low, high = 1.0 / (1.0 + np.exp(half - middle)), 1.0 / (1.0 + np.exp(-half - middle))
    certain = (value <= 0.0) | (value >= 1.0)
    nothing = np.where(np.isnan(error), math.nan, value)
    return np.where(certain, nothing, low), np.where(certain, nothing, high)
