"""Laws of jump processes in closed form: the oracles of the stochastic tests.

Nothing here simulates. Means and covariances of a network whose propensities are linear obey
linear differential equations; a network of one conserved chain is a matrix exponential; a birth
and death process with rates that change in time has Kendall's generating function.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.integrate import cumulative_trapezoid, solve_ivp
from scipy.linalg import expm

Array = NDArray[np.float64]


def linear_moments(
    changes: Array, slope: Array, constant: Array, start: Array, times: Array
) -> tuple[Array, Array]:
    """Return means and variances of a network whose propensities are ``constant + slope x``.

    With S the changes and a(x) = c + W x: dm/dt = S a(m) and dV/dt = S W V + V (S W)' +
    S diag(a(m)) S', which closes because a is linear (van Kampen, Stochastic Processes, ch. 8).

    Parameters
    ----------
    changes : ndarray, shape (n_species, n_jumps)
    slope : ndarray, shape (n_jumps, n_species)
    constant : ndarray, shape (n_jumps,)
    start : ndarray, shape (n_species,)
    times : ndarray, shape (n_times,)

    Returns
    -------
    tuple of ndarray, shape (n_times, n_species)
        Means and variances.
    """
    n = start.size
    drift = changes @ slope

    def rates(_: float, y: Array) -> Array:
        mean, cov = y[:n], y[n:].reshape(n, n)
        spread = changes @ np.diag(constant + slope @ mean) @ changes.T
        return np.concatenate(
            [
                changes @ (constant + slope @ mean),
                (drift @ cov + cov @ drift.T + spread).ravel(),
            ]
        )

    y0 = np.concatenate([start, np.zeros(n * n)])
    span = (float(times[0]), float(times[-1]))
    done = solve_ivp(rates, span, y0, t_eval=times, rtol=1e-11, atol=1e-9, method="DOP853")
    cov = done.y[n:].T.reshape(times.size, n, n)
    return done.y[:n].T, np.diagonal(cov, axis1=1, axis2=2).copy()


def chain(generator: Array, times: Array) -> Array:
    """Return the law of a chain that begins in its first state; times are equally spaced.

    Parameters
    ----------
    generator : ndarray, shape (n_states, n_states)
        Rate from column to row.
    times : ndarray, shape (n_times,)

    Returns
    -------
    ndarray, shape (n_times, n_states)
    """
    step = expm(generator * float(times[1] - times[0]))
    law = np.zeros((times.size, len(generator)))
    law[0, 0] = 1.0
    for place in range(1, times.size):
        law[place] = step @ law[place - 1]
    return law


def pairing(start: int, join: float, part: float, *, most: int | None = None) -> Array:
    """Return the generator of pairs that form and part: A + 2 pairs is kept.

    Parameters
    ----------
    start : int
        Of A.
    join, part : float
        Rates of ``join A (A - 1)`` and ``part pairs``.
    most : int, optional
        The pair after so many puts everything back to the start.

    Returns
    -------
    ndarray, shape (n, n)
    """
    size = start // 2 + 1 if most is None else most + 1
    rates = np.zeros((size, size))
    for pairs in range(size):
        free = start - 2 * pairs
        if pairs + 1 < size:
            rates[pairs + 1, pairs] += join * free * (free - 1)
        elif most is not None:
            rates[0, pairs] += join * free * (free - 1)
        if pairs > 0:
            rates[pairs - 1, pairs] += part * pairs
        rates[pairs, pairs] = -rates[:, pairs].sum()
    return rates


def moments_of_law(law: Array, values: Sequence[float] | Array) -> tuple[Array, Array]:
    """Return mean and variance of a law over states with values, at each time."""
    x = np.asarray(values, dtype=float)
    mean = law @ x
    return mean, law @ x**2 - mean**2


def birth_death_law(n: int, birth: float, death: float, t: float) -> tuple[float, float, float]:
    """Return mean, variance and the chance of extinction of n cells after t (birth != death)."""
    growth = np.exp((birth - death) * t)
    mean = n * growth
    variance = n * (birth + death) / (birth - death) * growth * (growth - 1.0)
    gone = (death * (growth - 1.0) / (birth * growth - death)) ** n
    return float(mean), float(variance), float(gone)


def kendall(n: float, birth: float, death: Callable[[Array], Array], grid: Array) -> Array:
    """Return the chance that n cells at the first time are gone at every time of a grid.

    P = [1 - 1 / (E + b I)]^n with E(t) = exp(int (d - b)) and I the integral of E (Kendall DG.
    Ann Math Stat 1948;19:1-15. doi:10.1214/aoms/1177730285), by the trapezoidal rule.

    Parameters
    ----------
    n : float
        Cells at ``grid[0]``; may be 1e11.
    birth : float
    death : callable
        Death rate at times.
    grid : ndarray, shape (n_times,)

    Returns
    -------
    ndarray, shape (n_times,)
    """
    exponent = cumulative_trapezoid(death(grid) - birth, grid, initial=0.0)
    # in units of the largest E, which overflows where cures are sure
    top = exponent.max()
    scaled = np.exp(exponent - top)
    total = scaled + birth * cumulative_trapezoid(scaled, grid, initial=0.0)
    with np.errstate(divide="ignore"):
        return np.exp(n * np.log1p(-np.minimum(np.exp(-top) / total, 1.0)))
