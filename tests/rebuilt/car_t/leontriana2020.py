"""Second reading of Leon-Triana et al. 2021, CAR-T in B-cell acute lymphoblastic leukaemia
(doi:10.1016/j.cnsns.2020.105570).

CAR-T cells C, leukaemic cells L and healthy B cells B. Model A (Eqs 4) has no source of B cells;
model B (Eqs 3) has one, from progenitors that the CAR-T cells hold down and that stimulate them.
Written from the published equations alone, as a check of the catalogue's model.

Units: day, cells. The deposited file of model B leaves out the factor C of the stimulation by
progenitors; with it the term is a rate per cell as its neighbors are, and so it is here.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tests.rebuilt.car_t.spread import Spread
from tests.rebuilt.compare import Compare, Given
from tests.rebuilt.pieces import integrate

Array = NDArray[np.float64]

PARAMETERS: dict[str, float] = {  # model A: no progenitors
    "alpha": 4.5e-11,  # 1/(cell day)
    "k": 0.25,  # CAR-T cells gained per cell killed; rho_C = k alpha
    "rho_L": 1 / 30,  # 1/day
    "tau_C": 14.0,  # day
    "tau_B": 60.0,  # day
    "C0": 1e7,  # cells
    "L0": 5e10,
    "B0": 2.5e10,
}
VARIANTS: dict[str, dict[str, float]] = {
    "eqs3": {
        "I_0": 1e7,  # cells
        "C_50": 1e9,  # cells
        "tau_I": 6.0,  # day
        "beta": 0.1,
    }
}

# One set of constants for a typical patient; nothing about how patients differ.
IIV: dict[str, dict[str, Spread]] = {"eqs4": {}, "eqs3": {}}

COMPARE = Compare(
    days=(0.0, 5.0, 10.0, 12.0, 15.0, 20.0, 30.0, 60.0, 200.0),
    initial={"C0": "C", "L0": "L", "B0": "B"},
    mechanisms={  # those of both models
        "C expansion": "expansion",
        "C death": "car_t_death",
        "L growth": "leukaemia_division",
        "L killing": "leukaemia_killing",
        "B killing": "b_cell_killing",
        "B death": "b_cell_death",
    },
    doses=(Given("reinfusion", 1e8, 40.0),),  # cells; a second one once the first wave is over
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
    rho_c = p["k"] * p["alpha"]  # 1/(cell day)
    v = {
        "C expansion": rho_c * (leukaemia + b) * c,
        "C death": c / p["tau_C"],
        "L growth": p["rho_L"] * leukaemia,
        "L killing": p["alpha"] * leukaemia * c,
        "B killing": p["alpha"] * b * c,
        "B death": b / p["tau_B"],
    }
    if "I_0" in p:
        progenitors = p["I_0"] / (1.0 + c / p["C_50"])
        v["C expansion on progenitors"] = rho_c * p["beta"] * progenitors * c
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


def solve(
    parameters: dict[str, float], times: ArrayLike, doses: Sequence[Given] = ()
) -> dict[str, Array]:
    """Course at ``times`` (day, any order) of C, L and B, integrated as logs.

    The first infusion is the initial value; ``doses`` (cells) come on top of it.
    """
    start = INITIAL(parameters)

    def slope(_: float, y: Array) -> list[float]:
        state = dict(zip(start, np.exp(y).tolist(), strict=True))
        change = rhs(0.0, state, parameters)
        return [change[name] / state[name] for name in start]

    def given(cells: float):
        return lambda y: np.array([np.logaddexp(y[0], np.log(cells)), *y[1:]])

    y = integrate(
        slope,
        np.log(list(start.values())),
        times,
        method="DOP853",
        rtol=1e-12,
        atol=1e-12,
        max_step=1.0,
        jumps=[(dose.day, given(dose.amount)) for dose in doses],
    )
    return dict(zip(start, np.exp(y), strict=True))
