"""Second reading of Barros et al. 2021, CARTmath (doi:10.3390/cancers13122941).

Tumour, effector and long-term memory CAR-T cells in immunodeficient mice: HDLM-2 (Hodgkin) and
Raji with three levels of inhibition. Written from the published equations alone, as a check of the
catalogue's model.

Units: day, cells. As in the authors' code doses and tumour challenges are added to the state, and
a population that falls below 1e-6 cells is set to exactly zero.
"""

import math
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.integrate import solve_ivp

from tests.rebuilt.car_t.spread import Spread
from tests.rebuilt.compare import Compare, Given

Array = NDArray[np.float64]

PARAMETERS: dict[str, float] = {  # HDLM-2, Table 2
    "phi": 0.265,  # 1/day
    "rho": 0.350,  # 1/day
    "eps": 0.150,  # 1/day
    "theta": 6.0e-6,  # 1/(cell day)
    "alpha": 4.5e-8,  # 1/(cell day)
    "mu": 5.0e-3,  # 1/day
    "r": 5.650026e-2,  # 1/day
    "b": 1.404029e-12,  # 1/cell
    "gamma": 3.715843e-6,  # 1/(cell day)
    "T0": 2e6,  # cells
}
_RAJI = {
    "phi": 0.830,
    "rho": 0.8300536,
    "eps": 1.59795,
    "theta": 2.3e-4,
    "mu": 6.89e-7,
    "r": 0.5071721,
    "b": 0.0,
    "gamma": 3.365388e-8,
    "T0": 3e6,
}
VARIANTS: dict[str, dict[str, float]] = {
    "raji": {**_RAJI, "alpha": 1.248506e-8},
    "raji_ido": {**_RAJI, "alpha": 1.461699e-8},
    "raji_ido_1mt": {**_RAJI, "alpha": 1.261662e-8},
}

# The paper spreads each parameter evenly by 60 % either way, keeps the draws that satisfy two
# inequalities and an observed range of survival, and calls them virtual mice. That is a law of
# all parameters together, not a spread of one, and not a measured one.
IIV: dict[str, dict[str, Spread]] = {"hdlm2": {}, **{name: {} for name in VARIANTS}}

CUTOFF = 1e-6  # cells
STATES = ("CT", "CM", "T")
TARGET = {"infusion": "CT", "tumor_challenge": "T"}
COMPARE = Compare(
    days=(5.0, 7.5, 9.0, 12.0, 14.0, 19.0, 20.5, 21.0, 30.0),
    initial={"T0": "T"},
    mechanisms={
        "proliferation": "effector_proliferation",
        "effector loss": "effector_loss",
        "memory formation": "memory_formation",
        "reactivation": "reactivation",
        "inhibition": "effector_inhibition",
        "memory death": "memory_death",
        "tumour division": "tumor_division",
        "tumour crowding": "tumor_crowding",
        "killing": "tumor_killing",
    },
    doses=(Given("infusion", 1e7, 7.0), Given("tumor_challenge", 1e6, 20.0)),
    # In Raji the CAR-T cells die out; what is left of a thousandth of a cell is noise.
    floors={"CT": 1e-3, "CM": 1e-3},
)


def INITIAL(parameters: dict[str, float]) -> dict[str, float]:  # noqa: N802
    """State at the injection of the tumour."""
    return {"CT": 0.0, "CM": 0.0, "T": parameters["T0"]}


def propensities(
    t: float, state: dict[str, float], parameters: dict[str, float]
) -> dict[str, float]:
    """Every process by itself, cells/day.

    ``rho`` is the whole loss of effectors and ``eps`` the gain of memory from it; in Raji the gain
    is the larger of the two, so neither is a part of the other.
    """
    ct, cm, tumour = state["CT"], state["CM"], state["T"]
    p = parameters
    return {
        "proliferation": p["phi"] * ct,
        "effector loss": p["rho"] * ct,
        "memory formation": p["eps"] * ct,
        "reactivation": p["theta"] * tumour * cm,
        "inhibition": p["alpha"] * tumour * ct,
        "memory death": p["mu"] * cm,
        "tumour division": p["r"] * tumour,
        "tumour crowding": p["r"] * p["b"] * tumour**2,
        "tumour growth": p["r"] * tumour * (1.0 - p["b"] * tumour),
        "killing": p["gamma"] * ct * tumour,
    }


def rhs(t: float, state: dict[str, float], parameters: dict[str, float]) -> dict[str, float]:
    """Time derivatives of CT, CM and T (cells/day)."""
    v = propensities(t, state, parameters)
    return {
        "CT": v["proliferation"] - v["effector loss"] + v["reactivation"] - v["inhibition"],
        "CM": v["memory formation"] - v["reactivation"] - v["memory death"],
        "T": v["tumour growth"] - v["killing"],
    }


def _event(i: int):
    def below(t: float, y: Array) -> float:
        return y[i] - CUTOFF

    below.terminal, below.direction = True, -1.0
    return below


def run(
    parameters: dict[str, float], times: ArrayLike, doses: Sequence[Given] = ()
) -> tuple[dict[str, Array], list[tuple[str, float]]]:
    """Course at ``times``, and which population was set to zero on which day.

    A dose is added to its target. On the day of a dose the state after it is shown.
    """
    at = np.atleast_1d(np.asarray(times, dtype=float))
    end = float(at.max())
    events = [_event(i) for i in range(3)]

    def slope(_: float, y: Array) -> list[float]:
        return list(rhs(0.0, dict(zip(STATES, y.tolist(), strict=True)), parameters).values())

    out, gone = np.empty((3, at.size)), []
    y = np.array(list(INITIAL(parameters).values()))
    stops = sorted({0.0, end} | {d.day for d in doses if 0.0 < d.day < end})
    for low, high in pairwise((*stops, math.inf)):
        for dose in doses:
            if dose.day == low:
                y[STATES.index(TARGET[dose.name])] += dose.amount
        now = low
        while now < high and math.isfinite(high):
            leg = solve_ivp(
                slope,
                (now, high),
                y,
                method="LSODA",
                first_step=min(1e-7, high - now),  # its own guess is too short where CM is zero
                events=events,
                dense_output=True,
                rtol=1e-11,
                atol=1e-16,  # relative throughout: what is below 1e-6 is about to be zero
            )
            if not leg.success:
                raise RuntimeError(f"integration stopped on day {leg.t[-1]:g}: {leg.message}")
            inside = (at >= now) & (at < leg.t[-1])
            if inside.any():
                out[:, inside] = leg.sol(at[inside])
            now, y = float(leg.t[-1]), leg.y[:, -1].copy()
            for i, days in enumerate(leg.t_events):
                if days.size:
                    y[i] = 0.0
                    gone.append((STATES[i], now))
        out[:, at == low] = out[:, at == low] if low < end else y[:, None]
    return dict(zip(STATES, out, strict=True)), gone


def solve(
    parameters: dict[str, float], times: ArrayLike, doses: Sequence[Given] = ()
) -> dict[str, Array]:
    """Course at ``times`` (day, any order) of CT, CM and T (cells)."""
    return run(parameters, times, doses)[0]
