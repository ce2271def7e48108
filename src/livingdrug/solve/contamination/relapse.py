"""Relapse of cells that are not seen: how likely, and when."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from livingdrug.cohort.cohort import add_records, cohort_from_arrays
from livingdrug.core.errors import (
    Issue,
    OptionError,
    UnknownNameError,
    raise_issues,
    unknown_name,
)
from livingdrug.core.schema import SCHEMA_VERSION
from livingdrug.model.model import Model
from livingdrug.model.regimen import Regimen
from livingdrug.solve.contamination.record import Contamination
from livingdrug.solve.reductions import Reduction
from livingdrug.solve.simulate import simulate
from livingdrug.solve.stochastic import Stochastic

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["masked_relapse"]

FloatArray = NDArray[np.float64]

_LEVEL = 0.95


def masked_relapse(
    model: Model,
    contaminations: Sequence[Contamination],
    *,
    detect: float,
    days: float,
    masked: str = "masked",
    given: float = 0.0,
    values: Mapping[str, float] | None = None,
    regimen: Regimen | None = None,
    replicates: int = 1000,
    quantiles: Sequence[float] = (0.1, 0.5, 0.9),
    threshold: float = 200.0,
    seed: int = 0,
    threads: int = 1,
) -> xr.Dataset:
    """Simulate what becomes of masked cells in a product, cell by cell while they are few.

    Parameters
    ----------
    model : Model
        With masked cells; see `livingdrug.with_masked_cells`.
    contaminations : sequence of Contamination
    detect : float
        Masked cells at which they are a relapse.
    days : float
        Last day that is looked at.
    masked : str, optional
        Species of masked cells.
    given : float, optional, day
        When the product is infused.
    values : mapping from parameter or initial value to float, optional
    regimen : Regimen, optional
        Other doses, the product itself included where it is a dose of the model.
    replicates : int, optional
        Products of each contamination.
    quantiles : sequence of float, optional
        Of the day of relapse, among those that relapse.
    threshold : float, optional
        Masked cells above which they are continuous. A line of so many dies out with probability
        ``(d/b)**threshold``, and what the days lose of their spread is one part in it.
    seed : int, optional
    threads : int, optional

    Returns
    -------
    xarray.Dataset
        By ``contamination``: ``expected_cells``, ``seeded`` (the mean number drawn),
        ``probability`` of relapse by the last day with Wilson's interval of 95 % in
        ``probability_low`` and ``probability_high``, ``relapse_day`` by ``quantile`` (NaN where
        nobody relapses); and by ``product`` the drawn ``cells`` and the ``day``, infinite where
        none came.

    Raises
    ------
    OptionError, UnknownNameError
        When an option is out of range or a name is not there.

    References
    ----------
    .. [1] Wilson EB. J Am Stat Assoc 1927;22:209-212. doi:10.1080/01621459.1927.10502953
    """
    _check(model, contaminations, detect, days, masked, given, replicates, quantiles)
    cells = np.concatenate(
        [item.draw(replicates, seed, f"contamination {k}") for k, item in enumerate(contaminations)]
    )
    day = np.full(cells.size, math.inf)
    some = np.flatnonzero(cells)
    if some.size:
        # a product keeps its number, so that one contamination more changes no other
        cohort = _cohort(model, masked, some, cells[some], given, values or {}, regimen)
        level = detect / (model.species_named(masked).count_per_unit or 1.0)
        course = simulate(
            model,
            cohort,
            times=[min(given, 0.0), days],
            method="hybrid",
            replicates=1,
            seed=seed,
            threads=threads,
            stochastic=Stochastic(species=(masked,), threshold=threshold),
            reduce={"day": Reduction("first day above", masked, level=level)},
            on_failure="raise",
        )
        first = course["day"].values[:, 0]
        day[some] = np.where(np.isnan(first), math.inf, first)
    shape = (len(contaminations), replicates)
    attrs: dict[str, str | float | int] = {
        "schema": "livingdrug.masked_relapse",
        "schema_version": SCHEMA_VERSION,
        "model": model.id,
        "detect": float(detect),
        "days": float(days),
        "seed": seed,
    }
    if model.notice:
        attrs["notice"] = model.notice
    return _summary(
        contaminations, cells.reshape(shape), day.reshape(shape), quantiles
    ).assign_attrs(attrs)


def _summary(
    contaminations: Sequence[Contamination],
    cells: FloatArray,
    table: FloatArray,
    quantiles: Sequence[float],
) -> xr.Dataset:
    import xarray as xr

    replicates = table.shape[1]
    relapsed = np.isfinite(table)
    low, high = _wilson(relapsed.sum(axis=1), replicates)
    levels = np.asarray(quantiles, dtype=np.float64)
    by = ("contamination",)
    return xr.Dataset(
        {
            "expected_cells": (by, [item.expected for item in contaminations], {"units": "cell"}),
            "seeded": (by, cells.mean(axis=1), {"units": "cell"}),
            "probability": (by, relapsed.mean(axis=1), {"units": "1"}),
            "probability_low": (by, low, {"units": "1"}),
            "probability_high": (by, high, {"units": "1"}),
            "relapse_day": ((*by, "quantile"), _quantiles(table, levels), {"units": "day"}),
            "cells": ((*by, "product"), cells, {"units": "cell"}),
            "day": ((*by, "product"), table, {"units": "day"}),
        },
        coords={"quantile": levels},
    )


def _check(
    model: Model,
    contaminations: Sequence[Contamination],
    detect: float,
    days: float,
    masked: str,
    given: float,
    replicates: int,
    quantiles: Sequence[float],
) -> None:
    doses = [item.name for item in model.doses]
    if f"{masked}_cells" not in doses:
        hint = Issue("error", model.id, "has no masked cells", "add them: with_masked_cells()")
        name = unknown_name("dose", f"{masked}_cells", doses)
        raise UnknownNameError([hint, name])
    issues = []
    if not contaminations:
        issues.append(Issue("error", "contaminations", "is empty", "give one or more"))
    if not (math.isfinite(detect) and detect > 1.0):
        issues.append(Issue("error", "detect", f"is {detect!r}", "allowed: more than 1 cell"))
    if not (math.isfinite(days) and days > given):
        text = f"is {days!r}, the product is given on day {given:g}"
        issues.append(Issue("error", "days", text, "give a later day"))
    if isinstance(replicates, bool) or not isinstance(replicates, int) or replicates < 1:
        issues.append(Issue("error", "replicates", f"is {replicates!r}", "a whole number >= 1"))
    if not all(0.0 <= level <= 1.0 for level in quantiles):
        issues.append(Issue("error", "quantiles", f"are {quantiles!r}", "allowed: 0 to 1"))
    raise_issues(issues, OptionError)


def _cohort(
    model: Model,
    masked: str,
    numbers: NDArray[np.int64],
    cells: FloatArray,
    given: float,
    values: Mapping[str, float],
    regimen: Regimen | None,
) -> xr.Dataset:
    n = numbers.size
    held = {f"{masked}_turnover": model.parameter(f"{masked}_turnover").value} | dict(values)
    arrays = {name: np.full(n, value) for name, value in held.items()}
    cohort = cohort_from_arrays(model, arrays, subjects=numbers.tolist(), regimen=regimen)
    return add_records(
        cohort,
        "dose",
        {
            "subject": cohort["subject"].values,
            "name": np.full(n, f"{masked}_cells"),
            "time": np.full(n, given),
            "amount": cells,
            "unit": np.full(n, "cell"),
            "duration": np.zeros(n),
        },
    )


def _wilson(found: NDArray[np.int64], n: int) -> tuple[FloatArray, FloatArray]:
    """Return the ends of Wilson's interval."""
    from scipy.special import ndtri

    z = float(ndtri(0.5 + 0.5 * _LEVEL))
    share = found / n
    centre = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * np.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    # a rounding must not leave the share itself outside
    return np.minimum(np.maximum(centre - half, 0.0), share), np.maximum(
        np.minimum(centre + half, 1.0), share
    )


def _quantiles(table: FloatArray, levels: FloatArray) -> FloatArray:
    """Return quantiles of the finite days of each row."""
    found = np.full((table.shape[0], levels.size), math.nan)
    for place, row in enumerate(table):
        days = row[np.isfinite(row)]
        if days.size:
            found[place] = np.quantile(days, levels)
    return found
