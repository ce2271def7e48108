"""A proportion of people with its interval: Clopper-Pearson and Wilson."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from livingdrug.core.errors import OptionError, UnknownNameError, unknown_name

__all__ = ["RATE_METHODS", "Rate", "clopper_pearson", "rate", "wilson"]

Floats = NDArray[np.float64]

RATE_METHODS = ("clopper-pearson", "wilson")


@dataclass(frozen=True, slots=True)
class Rate:
    """A proportion.

    Attributes
    ----------
    hits, n : int
        People with the event, and all people asked about.
    value : float
        NaN when there is nobody.
    lower, upper : float
        Interval at `level`.
    method : {"clopper-pearson", "wilson"}
    level : float
    """

    hits: int
    n: int
    value: float
    lower: float
    upper: float
    method: str
    level: float


def rate(hits: int, n: int, *, method: str = "clopper-pearson", level: float = 0.95) -> Rate:
    """Return a proportion with its interval.

    Parameters
    ----------
    hits, n : int
    method : {"clopper-pearson", "wilson"}, optional
        Clopper-Pearson is what trials report: exact, never too short, often too long. Wilson is
        shorter and covers the level on average.
    level : float, optional

    Returns
    -------
    Rate

    Examples
    --------
    >>> found = rate(81, 101)
    >>> f"{found.value:.2f} ({found.lower:.2f}-{found.upper:.2f})"
    '0.80 (0.71-0.87)'
    """
    if method not in RATE_METHODS:
        raise UnknownNameError([unknown_name("method of an interval", method, RATE_METHODS)])
    lower, upper = (clopper_pearson if method == RATE_METHODS[0] else wilson)(hits, n, level=level)
    value = hits / n if n else math.nan
    return Rate(int(hits), int(n), value, float(lower), float(upper), method, level)


def clopper_pearson(hits: ArrayLike, n: ArrayLike, *, level: float = 0.95) -> tuple[Floats, Floats]:
    """Return the exact interval of Clopper and Pearson (1934), from quantiles of the beta law.

    Parameters
    ----------
    hits, n : array_like of int
        They broadcast.
    level : float, optional

    Returns
    -------
    lower, upper : ndarray
        0 to 1 where `n` is 0.
    """
    from scipy.special import betaincinv

    k, m = _checked(hits, n, level)
    tail = (1.0 - level) / 2.0
    with np.errstate(invalid="ignore"):
        lower = betaincinv(np.maximum(k, 1.0), m - k + 1.0, tail)
        upper = betaincinv(k + 1.0, np.maximum(m - k, 1.0), 1.0 - tail)
    return np.where(k == 0, 0.0, lower), np.where(k == m, 1.0, upper)


def wilson(hits: ArrayLike, n: ArrayLike, *, level: float = 0.95) -> tuple[Floats, Floats]:
    """Return the score interval of Wilson (1927), without continuity correction.

    Parameters
    ----------
    hits, n : array_like of int
        They broadcast.
    level : float, optional

    Returns
    -------
    lower, upper : ndarray
        0 to 1 where `n` is 0.
    """
    from scipy.special import ndtri

    k, m = _checked(hits, n, level)
    z = float(ndtri(0.5 + level / 2.0))
    size = np.maximum(m, 1.0)
    share = k / size
    middle = (share + z**2 / (2 * size)) / (1 + z**2 / size)
    half = z / (1 + z**2 / size) * np.sqrt(share * (1 - share) / size + z**2 / (4 * size**2))
    nobody = m == 0
    # at 0 and n the exact end is 0 and 1; the formula misses it by a rounding
    lower = np.where(nobody | (k == 0), 0.0, middle - half)
    upper = np.where(nobody | (k == m), 1.0, middle + half)
    return lower, upper


def _checked(hits: ArrayLike, n: ArrayLike, level: float) -> tuple[Floats, Floats]:
    k, m = np.broadcast_arrays(np.asarray(hits, np.float64), np.asarray(n, np.float64))
    if not 0.0 < level < 1.0:
        raise OptionError(f"level: {level} given; it must lie between 0 and 1, as 0.95")
    if not ((k >= 0) & (k <= m) & (k == np.floor(k)) & (m == np.floor(m))).all():
        raise OptionError("people with the event must be whole numbers from 0 to all people")
    return k, m
