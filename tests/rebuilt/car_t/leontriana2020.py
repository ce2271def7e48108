"""Second reading of Leon-Triana et al. 2021, CAR-T in B-cell acute lymphoblastic leukaemia
(doi:10.1016/j.cnsns.2020.105570).

CAR-T cells C, leukaemic cells L and healthy B cells B. Model A (Eqs 4) has no source of B cells;
model B (Eqs 3) has one, from progenitors that the CAR-T cells hold down and that stimulate them.
Written from the published equations alone, as a check of the catalogue's model.

Units: day, cells. The deposited file of model B leaves out the factor C of the stimulation by
progenitors; with it the term is a rate per cell as its neighbors are, and so it is here.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tests.rebuilt.car_t.spread import Spread
from tests.rebuilt.compare import Compare
from tests.rebuilt.pieces import integrate

Array = NDArray[np.float64]

PARAMETERS: dict[str, float] = {  # model A: no progenitors
    "alpha": 4.5e-11,  # 1/(cell day)
    "rho_C": 0.25 * 4.5e-11,  # 1/(cell day)
    "rho_L": 0.03333333333,  # 1/day, as deposited; 1/30 in print
    "tau_C": 14.0,  # day
    "tau_B": 60.0,  # day
    "C0": 1e7,  # cells
    "L0": 5e10,
    "B0": 2.5e10,
}
VARIANTS: dict[str, dict[str, float]] = {
    "b_cell_source": {
        "rho_L": 1 / 30,
        "I_0": 1e7,  # cells
        "C_50": 1e9,  # cells
        "tau_I": 6.0,  # day
        "beta": 0.1,
    }
}

# One set of constants for a typical patient; nothing about how patients differ.
IIV: dict[str, dict[str, Spread]] = {"reduced": {}, "b_cell_source": {}}

COMPARE = Compare(
    days=(0.0, 5.0, 10.0, 12.0, 15.0, 20.0, 30.0, 60.0, 200.0),
    initial={"C0": "C", "L0": "L", "B0": "B"},
)


def INITIAL(parameters: dict[str, float]) -> dict[str, float]:  # noqa: N802
    """State at infusion (cells)."""
    return {"C": parameters["C0"], "L": parameters["L0"], "B": parameters["B0"]}


def propensities(
    t: float, state: dict[str, float], parameters: dict[str, float]
) -> dict[str, float]:
    """Every process by itself, cells/day."""
    c, leukaemia, b = state["C"], state["L"], state["B"]
    p = parameters
    v = {
        "C expansion": p["rho_C"] * (leukaemia + b) * c,
        "C death": c / p["tau_C"],
        "L growth": p["rho_L"] * leukaemia,
        "L killing": p["alpha"] * leukaemia * c,
        "B killing": p["alpha"] * b * c,
        "B death": b / p["tau_B"],
    }
    if "I_0" in p:
        progenitors = p["I_0"] / (1.0 + c / p["C_50"])
        v["C expansion on progenitors"] = p["rho_C"] * p["beta"] * progenitors * c
        v["B maturation"] = progenitors / p["tau_I"]
    return v


def rhs(t: float, state: dict[str, float], parameters: dict[str, float]) -> dict[str, float]:
    """Time derivatives of C, L and B (cells/day)."""
    v = propensities(t, state, parameters)
    return {
        "C": v["C expansion"] + v.get("C expansion on progenitors", 0.0) - v["C death"],
        "L": v["L growth"] - v["L killing"],
        "B": v.get("B maturation", 0.0) - v["B killing"] - v["B death"],
    }


def solve(parameters: dict[str, float], times: ArrayLike) -> dict[str, Array]:
    """Course at ``times`` (day, any order) of C, L and B, integrated as logs."""
    start = INITIAL(parameters)

    def slope(_: float, y: Array) -> list[float]:
        state = dict(zip(start, np.exp(y).tolist(), strict=True))
        change = rhs(0.0, state, parameters)
        return [change[name] / state[name] for name in start]

    y = integrate(
        slope,
        np.log(list(start.values())),
        times,
        method="DOP853",
        rtol=1e-12,
        atol=1e-12,
        max_step=1.0,
    )
    return dict(zip(start, np.exp(y), strict=True))
