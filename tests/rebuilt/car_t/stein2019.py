"""Second reading of Stein et al. 2019, tisagenlecleucel (doi:10.1002/psp4.12388).

Exponential expansion of the transgene in blood to a peak, then a two-phase decline. Written from
the published equations alone, as a check of the catalogue's model.

Units: day, copies/ug of genomic DNA. The paper states a curve, no mechanisms, so there are no
propensities here.
"""

import math
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.integrate import solve_ivp

from tests.rebuilt.car_t.spread import Spread
from tests.rebuilt.compare import Compare

Array = NDArray[np.float64]

PARAMETERS: dict[str, float] = {
    "foldx": 3900.0,
    "Tmax": 9.3,  # day
    "Cmax": 24000.0,  # copies/ug
    "alpha": 0.16,  # 1/day
    "F_B": 0.0079,
    "beta": 0.0032,  # 1/day
    "Ftoci": 1.2,
    "Fster": 1.0,
    "t_tocilizumab": math.inf,  # day of the first dose; never
    "t_steroid": math.inf,  # day of the first dose; never
}

OMEGA: Final[dict[str, float]] = {
    "foldx": 2.4,
    "Tmax": 0.38,
    "Cmax": 0.65,
    "alpha": 0.91,
    "F_B": 0.8,
    "beta": 0.86,
}
RESIDUAL: Final = 0.56  # additive on the log scale

# The printed omegas are read as standard deviations of the logs (the convention of the fitting
# program) or, as one transcription has it, as variances. F_B is a fraction, so it is capped.
_CAP: Final = {"F_B": 0.95}
IIV: dict[str, dict[str, Spread]] = {
    "omega_sd": {
        name: Spread("lognormal", (omega,), upper=_CAP.get(name, math.inf))
        for name, omega in OMEGA.items()
    },
    "omega_variance": {
        name: Spread("lognormal", (math.sqrt(omega),), upper=_CAP.get(name, math.inf))
        for name, omega in OMEGA.items()
    },
}


def _growth(t: float, p: dict[str, float]) -> float:
    """Expansion rate (1/day) at ``t`` before the peak; after both drugs both factors hold."""
    rho = math.log(p["foldx"]) / p["Tmax"]
    rho *= p["Ftoci"] if t > p["t_tocilizumab"] else 1.0
    rho *= p["Fster"] if t > p["t_steroid"] else 1.0
    return rho


COMPARE = Compare(days=(0.0, 2.0, 9.3, 11.0, 28.0, 90.0, 365.0))


def INITIAL(parameters: dict[str, float]) -> dict[str, float]:  # noqa: N802
    """State at infusion (copies/ug): E = Cmax / foldx, M = 0."""
    return {"E": parameters["Cmax"] / parameters["foldx"], "M": 0.0}


def rhs(t: float, state: dict[str, float], parameters: dict[str, float]) -> dict[str, float]:
    """Time derivatives of E and M (copies/ug/day); the decline begins at t = Tmax exactly."""
    p = parameters
    if t < p["Tmax"]:
        return {"E": _growth(t, p) * state["E"], "M": 0.0}
    to_memory = p["F_B"] * (p["alpha"] - p["beta"])
    return {
        "E": -p["alpha"] * state["E"],
        "M": to_memory * state["E"] - p["beta"] * state["M"],
    }


def _edges(p: dict[str, float], end: float) -> list[float]:
    """Days between which the rates are constant, from 0 to ``end``."""
    before_peak = [t for t in (p["t_tocilizumab"], p["t_steroid"]) if t < p["Tmax"]]
    inner = {t for t in (p["Tmax"], *before_peak) if 0.0 < t < end}
    return [0.0, *sorted(inner), end]


def solve(parameters: dict[str, float], times: ArrayLike) -> dict[str, Array]:
    """Numerical course at ``times`` (day, >= 0, any order): E, M and R = E + M (copies/ug)."""
    at = np.atleast_1d(np.asarray(times, dtype=float))
    if at.min() < 0.0:
        raise ValueError(f"times start at the infusion, day 0; got {at.min()}")
    start = INITIAL(parameters)
    out = np.tile([[start["E"]], [start["M"]]], at.size)
    state = np.array([start["E"], start["M"]])
    edges = _edges(parameters, float(at.max()))
    for low, high in pairwise(edges):
        if high <= low:
            continue
        middle = 0.5 * (low + high)  # the rates of this piece, never those across its edge

        def slope(t: float, y: Array, middle: float = middle) -> list[float]:
            change = rhs(middle, {"E": y[0], "M": y[1]}, parameters)
            return [change["E"], change["M"]]

        inside = (at > low) & (at <= high)
        stops = np.unique(np.append(at[inside], high))
        run = solve_ivp(
            slope,
            (low, high),
            state,
            method="DOP853",
            t_eval=stops,
            rtol=1e-11,
            atol=1e-13 * start["E"],
            max_step=2.0,  # keeps the interpolant between steps as good as the steps
        )
        if not run.success:
            raise RuntimeError(f"integration stopped in days {low:g}-{high:g}: {run.message}")
        out[:, inside] = run.y[:, np.searchsorted(stops, at[inside])]
        state = run.y[:, -1]
    return {"E": out[0], "M": out[1], "R": out[0] + out[1]}


def _primitive(rate: float, width: Array) -> Array:
    """Integral of exp(rate s) over s from 0 to ``width``."""
    return width if rate == 0.0 else np.expm1(rate * width) / rate


def closed_form(parameters: dict[str, float], times: ArrayLike) -> dict[str, Array]:
    """Exact course at ``times`` (day, >= 0, any order), comedication included.

    Before the peak ln E is piecewise linear; the decline starts from the level reached at Tmax,
    which is Cmax without comedication.

    Returns
    -------
    dict
        E, M, R (copies/ug) and "auc", the area under R from day 0 to each time (copies/ug day).
    """
    p = parameters
    at = np.atleast_1d(np.asarray(times, dtype=float))
    if at.min() < 0.0:
        raise ValueError(f"times start at the infusion, day 0; got {at.min()}")
    effector, memory, auc = np.empty_like(at), np.zeros_like(at), np.zeros_like(at)
    level = INITIAL(p)["E"]
    edges = _edges(p, p["Tmax"])
    for low, high in pairwise(edges):
        if high <= low:
            continue
        rate = _growth(0.5 * (low + high), p)
        inside = (at >= low) & (at < high)
        effector[inside] = level * np.exp(rate * (at[inside] - low))
        auc += level * _primitive(rate, np.clip(at - low, 0.0, high - low))
        level *= math.exp(rate * (high - low))
    alpha, beta, fraction = p["alpha"], p["beta"], p["F_B"]
    late = at >= p["Tmax"]
    tau = np.maximum(at - p["Tmax"], 0.0)
    fast, slow = np.exp(-alpha * tau), np.exp(-beta * tau)
    effector[late] = level * fast[late]
    memory[late] = level * fraction * (slow - fast)[late]
    decline = (1.0 - fraction) * _primitive(-alpha, tau) + fraction * _primitive(-beta, tau)
    auc += level * decline
    return {"E": effector, "M": memory, "R": effector + memory, "auc": auc}
