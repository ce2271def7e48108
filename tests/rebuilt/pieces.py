"""Numerical course of a rebuild, piece by piece: no integrator steps across a jump."""

from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.integrate import solve_ivp

Array = NDArray[np.float64]
Slope = Callable[[float, Array], Sequence[float] | Array]
Jump = tuple[float, Callable[[Array], Array]]


def integrate(
    slope: Slope,
    start: Sequence[float],
    times: ArrayLike,
    *,
    atol: ArrayLike,
    rtol: float = 1e-11,
    edges: Iterable[float] = (),
    jumps: Iterable[Jump] = (),
    method: str = "LSODA",
    max_step: float = np.inf,
) -> Array:
    """States (state, time) at ``times`` (>= 0, any order) of y' = slope(t, y), y(0) = start.

    Parameters
    ----------
    edges : iterable of float
        Times at which the slope jumps. It is evaluated strictly between two of them, never on one.
    jumps : iterable of (float, callable)
        Times at which the state jumps, with the state after it as a function of that before. At
        such a time the state after the jump is returned.
    max_step : float
        Keeps the interpolant of DOP853 as good as its steps.
    """
    at = np.atleast_1d(np.asarray(times, dtype=float))
    if at.min() < 0.0:
        raise ValueError(f"times start at day 0; got {at.min()}")
    end, jumps = float(at.max()), list(jumps)
    inside_course = {t for t in (*edges, *(t for t, _ in jumps)) if 0.0 < t < end}
    stops = sorted({0.0, end} | inside_course)
    out = np.empty((len(start), at.size))
    y = np.array(start, dtype=float)
    for low, high in pairwise((*stops, np.inf)):
        for _, jump in (j for j in jumps if j[0] == low):
            y = jump(y)
        out[:, at == low] = y[:, None]
        if not np.isfinite(high):
            continue
        first, last = np.nextafter(low, np.inf), np.nextafter(high, -np.inf)
        inside = (at > low) & (at < high)
        grid = np.append(np.unique(at[inside]), high)
        run = solve_ivp(
            lambda t, y, first=first, last=last: slope(min(max(t, first), last), y),
            (low, high),
            y,
            method=method,
            t_eval=grid,
            rtol=rtol,
            atol=atol,
            max_step=max_step,
        )
        if not run.success:
            raise RuntimeError(f"integration stopped in days {low:g}-{high:g}: {run.message}")
        out[:, inside] = run.y[:, np.searchsorted(grid, at[inside])]
        y = run.y[:, -1]
    return out
