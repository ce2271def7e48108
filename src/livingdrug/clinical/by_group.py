"""Peaks of a measurement in groups of people, as of CAR cells in responders and others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from livingdrug.core.errors import DataError

__all__ = ["GroupPeaks", "peaks_by_group", "rank_sum"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class GroupPeaks:
    """The largest value of each person of one group.

    Attributes
    ----------
    group : str
    subjects : tuple of str
    peaks, days : ndarray, shape (n_people,)
        Largest value, and the first day of it.
    median, lower_quartile, upper_quartile : float
        Of the peaks.
    median_day : float, day
    """

    group: str
    subjects: tuple[str, ...]
    peaks: Floats
    days: Floats
    median: float
    lower_quartile: float
    upper_quartile: float
    median_day: float


def peaks_by_group(
    subject: Sequence[str], day: ArrayLike, value: ArrayLike, group: Sequence[str]
) -> tuple[GroupPeaks, ...]:
    """Return the peaks of each group.

    Parameters
    ----------
    subject : sequence of str, shape (n_rows,)
    day, value : array_like, shape (n_rows,)
        Missing values are left out.
    group : sequence of str, shape (n_rows,)
        Of the person in each row; rows with an empty group are left out.

    Returns
    -------
    tuple of GroupPeaks
        In alphabetical order.

    Raises
    ------
    DataError
        When a person is in two groups, or no value is left.

    Examples
    --------
    >>> found = peaks_by_group(["a", "a", "b"], [7, 14, 14], [1.0, 9.0, 4.0], ["x", "x", "y"])
    >>> [(one.group, one.median, one.median_day) for one in found]
    [('x', 9.0, 14.0), ('y', 4.0, 14.0)]
    """
    days, values = np.asarray(day, dtype=np.float64), np.asarray(value, dtype=np.float64)
    names, kinds = np.array(list(subject)), np.array(list(group))
    if not names.shape == kinds.shape == days.shape == values.shape:
        raise DataError("a person, a day, a value and a group are needed in each row")
    kept = np.isfinite(values) & np.isfinite(days) & (kinds != "")
    if not kept.any():
        raise DataError("no row has a day, a value and a group")
    order = np.lexsort((days[kept], -values[kept], names[kept]))
    people, first = np.unique(names[kept][order], return_index=True)
    for name in people:
        if np.unique(kinds[kept][names[kept] == name]).size > 1:
            raise DataError(f"{name!r} is in two groups; give each person one")
    peak, at, kind = (part[kept][order][first] for part in (values, days, kinds))
    return tuple(
        GroupPeaks(
            group=str(one),
            subjects=tuple(str(name) for name in people[kind == one]),
            peaks=peak[kind == one],
            days=at[kind == one],
            median=float(np.median(peak[kind == one])),
            lower_quartile=float(np.quantile(peak[kind == one], 0.25)),
            upper_quartile=float(np.quantile(peak[kind == one], 0.75)),
            median_day=float(np.median(at[kind == one])),
        )
        for one in np.unique(kind)
    )


def rank_sum(groups: Sequence[GroupPeaks]) -> float:
    """Return the p value that the peaks of all groups have one law.

    Parameters
    ----------
    groups : sequence of GroupPeaks

    Returns
    -------
    float
        Of Wilcoxon, Mann and Whitney for two groups, of Kruskal and Wallis for more; NaN for one
        group, or when all peaks are equal.
    """
    from scipy.stats import kruskal, mannwhitneyu

    samples = [one.peaks for one in groups]
    if len(samples) < 2 or np.ptp(np.concatenate(samples)) == 0:
        return float("nan")
    if len(samples) == 2:
        return float(mannwhitneyu(samples[0], samples[1]).pvalue)
    return float(kruskal(*samples).pvalue)
