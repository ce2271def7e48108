"""What an assay reports of a simulated course at the visits of a trial.

Endpoints of a trial come from a few samples with error and a limit, not from the dense curve: a
peak between two visits is missed, and what is below the limit has no value.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from livingdrug.clinical.kinetics import KineticsRules, kinetics
from livingdrug.core.errors import DataError, OptionError
from livingdrug.core.random import Purpose, normals

if TYPE_CHECKING:
    import xarray as xr

__all__ = [
    "GENOMES_PER_MICROGRAM",
    "Samples",
    "at_visits",
    "measure",
    "neutrophils",
    "qpcr",
    "sampled_kinetics",
]

Floats = NDArray[np.float64]

GENOMES_PER_MICROGRAM = 1.5e5
"""Diploid genomes in a microgram of DNA, 6.6 pg each."""

_SAME_DAY = 1e-9

_NEUTROPHILS = ((-5.0, 3000.0), (5.0, 200.0), (14.0, 200.0), (28.0, 3000.0))
"""Day and neutrophils/uL after lymphodepletion that ends some days before day 0: from 3,000 to a
nadir of 200 and back. ASSUMED, until neutrophils are simulated."""


@dataclass(frozen=True, slots=True)
class Samples:
    """Measured values of many people at the same visits.

    Attributes
    ----------
    visits : ndarray, shape (n_visits,), day
    values : ndarray, shape (n_subjects, n_visits)
        NaN where nothing was measured, and below the limit.
    below : ndarray of bool, shape (n_subjects, n_visits)
        Measured, and below the limit of quantification.
    lloq : float
        NaN when there is none.
    unit : str
    """

    visits: Floats
    values: Floats
    below: NDArray[np.bool_]
    lloq: float
    unit: str


def qpcr(
    car_cells: ArrayLike, other_cells: ArrayLike, *, copies_per_cell: ArrayLike = 1.0
) -> Floats:
    """Return transgene copies in a microgram of DNA from cells in blood.

    DNA is taken from all nucleated cells, so the reading saturates at the copies per cell times
    `GENOMES_PER_MICROGRAM` when nearly all cells are CAR cells, and it rises when the others
    fall, as after lymphodepletion.

    Parameters
    ----------
    car_cells, other_cells : array_like, cell/uL
        CAR cells, and all other nucleated cells.
    copies_per_cell : array_like, optional
        Vector copies of a CAR cell.

    Returns
    -------
    ndarray, copies/ug

    Raises
    ------
    DataError
        When a number is negative, or there is no cell at all.

    Examples
    --------
    >>> qpcr([10.0, 1e9], 990.0).round().tolist()
    [1500.0, 150000.0]
    """
    car, other, copies = np.broadcast_arrays(
        *(np.asarray(item, dtype=np.float64) for item in (car_cells, other_cells, copies_per_cell))
    )
    if (car < 0).any() or (other < 0).any() or (copies < 0).any():
        raise DataError("cells and copies per cell cannot be negative")
    if ((car + other) == 0).any():
        raise DataError("there are no cells to take DNA from; give the other nucleated cells")
    found: Floats = GENOMES_PER_MICROGRAM * copies * car / (car + other)
    return found


def neutrophils(days: ArrayLike) -> Floats:
    """Return neutrophils in blood after lymphodepletion, the same for everybody: ASSUMED.

    Parameters
    ----------
    days : array_like, day
        Day 0 is the infusion.

    Returns
    -------
    ndarray, cell/uL

    Examples
    --------
    >>> neutrophils([-5, 10, 90]).round().tolist()
    [3000.0, 200.0, 3000.0]
    """
    known, counts = zip(*_NEUTROPHILS, strict=True)
    found: Floats = np.exp(np.interp(np.asarray(days, dtype=np.float64), known, np.log(counts)))
    return found


def at_visits(times: ArrayLike, values: ArrayLike, visits: ArrayLike) -> Floats:
    """Read curves at the visits.

    Parameters
    ----------
    times : array_like, shape (n_times,), day
        Increasing.
    values : array_like, shape (n_subjects, n_times)
    visits : array_like, shape (n_visits,), day

    Returns
    -------
    ndarray, shape (n_subjects, n_visits)
        Exact where the visit is one of the times, else straight between its neighbours on the log
        scale, on the plain scale where one of them is not positive.

    Raises
    ------
    DataError
        When shapes do not fit or a visit lies outside the times.

    Examples
    --------
    >>> at_visits([0, 2, 4], [[1, 100, 0]], [1, 2, 3]).round(6).tolist()
    [[10.0, 100.0, 50.0]]
    """
    days = np.asarray(times, dtype=np.float64)
    curve = np.asarray(values, dtype=np.float64)
    wanted = np.asarray(visits, dtype=np.float64)
    if curve.ndim != 2 or days.shape != curve.shape[1:] or (np.diff(days) <= 0).any():
        raise DataError(
            f"times {days.shape} must increase, one for each column of the values {curve.shape}"
        )
    outside = wanted[(wanted < days[0] - _SAME_DAY) | (wanted > days[-1] + _SAME_DAY)]
    if outside.size:
        raise DataError(
            f"visit on day {outside[0]:g} lies outside the course, day {days[0]:g} to {days[-1]:g}"
        )
    right = np.clip(np.searchsorted(days, wanted - _SAME_DAY), 1, days.size - 1)
    share = np.clip((wanted - days[right - 1]) / (days[right] - days[right - 1]), 0.0, 1.0)
    share = np.where(np.abs(wanted - days[right]) <= _SAME_DAY, 1.0, share)
    low, high = curve[:, right - 1], curve[:, right]
    plain = low + share * (high - low)
    with np.errstate(divide="ignore", invalid="ignore"):
        bent = np.exp(np.log(low) + share * (np.log(high) - np.log(low)))
    found: Floats = np.where((low > 0) & (high > 0) & (share > 0) & (share < 1), bent, plain)
    # a sum with a weight of 1 is not the number itself to the last bit
    return np.where(share == 1.0, high, np.where(share == 0.0, low, found))


def measure(
    values: ArrayLike,
    visits: ArrayLike,
    *,
    unit: str,
    log_sd: float,
    lloq: float | None,
    seed: int,
    subjects: ArrayLike,
    name: str,
) -> Samples:
    """Add the error of an assay, log-normal, and its limit of quantification.

    Parameters
    ----------
    values : array_like, shape (n_subjects, n_visits)
        True values at the visits.
    visits : array_like, shape (n_visits,), day
    unit : str
    log_sd : float
        SD of the error on the log scale; 0 for none.
    lloq : float or None
        In `unit`.
    seed : int
    subjects : array_like, shape (n_subjects,)
        Labels: each person, assay and day has its own random number, whatever else is measured.
    name : str
        Of the assay.

    Returns
    -------
    Samples

    Raises
    ------
    OptionError
        When the error or the limit is not allowed.
    """
    if not (np.isfinite(log_sd) and log_sd >= 0):
        raise OptionError(f"log_sd = {log_sd:g}; allowed are 0 and more")
    if lloq is not None and not lloq > 0:
        raise OptionError(f"lloq = {lloq:g}; allowed are numbers above 0, or none")
    days = np.asarray(visits, dtype=np.float64)
    measured = np.asarray(values, dtype=np.float64)
    if log_sd > 0:
        errors = [
            normals(
                seed=seed, purpose=Purpose.RESIDUAL, subjects=subjects, name=f"{name}@{day.hex()}"
            )[:, 0]
            for day in days.tolist()
        ]
        measured = measured * np.exp(log_sd * np.stack(errors, axis=1))
    limit = np.nan if lloq is None else float(lloq)
    below = np.isfinite(measured) & (measured < limit)
    return Samples(days, np.where(below, np.nan, measured), below, limit, unit)


def sampled_kinetics(
    samples: Samples, subjects: ArrayLike, *, rules: KineticsRules | None = None
) -> xr.Dataset:
    """Compute Cmax, Tmax, exposure and half-lives from what was measured.

    Parameters
    ----------
    samples : Samples
    subjects : array_like, shape (n_subjects,)
    rules : KineticsRules, optional

    Returns
    -------
    xarray.Dataset
        As `livingdrug.clinical.kinetics.kinetics` returns it, dimension ``subject``.
    """
    import xarray as xr

    shown = xr.Dataset(
        {
            "observed": (("observable", "subject", "time"), samples.values[np.newaxis]),
            "blq": (("observable", "subject", "time"), samples.below[np.newaxis]),
            "lloq": (("observable",), np.array([samples.lloq])),
            "samples": (("subject", "time"), samples.values, {"units": samples.unit}),
        },
        coords={
            "observable": ["samples"],
            "subject": np.asarray(subjects),
            "time": ("time", samples.visits, {"units": "day"}),
        },
    )
    chosen = KineticsRules() if rules is None else rules
    return kinetics(shown, "samples", observed=True, rules=chosen, failures="exclude")
