"""Second writing of Hardiansyah and Ng 2019, CD19 CAR T cells in CLL (doi:10.1111/cts.12636).

Leukaemic B cells, effector and memory CAR T cells of blood and tissue, IL-6, IL-10 and
interferon gamma of two patients. Written from the published equations and tables before the
catalogue's entry, with numerics of its own, but by the same hand as the entry: it guards
against slips of typing and of the engine, not of reading.

Units: day, 1e9 cells, pg/mL. Doses are in cells.
"""

import itertools
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.integrate import solve_ivp

from tests.rebuilt.car_t.spread import Spread
from tests.rebuilt.compare import Compare, Given

Array = NDArray[np.float64]

SAME_HAND: Final = True

PARAMETERS: dict[str, float] = {  # UPN1
    "r_B": 9.30e-3,  # 1/day
    "d_B": 7.60e-3,  # 1/day
    "r_M": 5.09e-2,  # 1/day
    "d_M": 0.408,  # 1/day
    "a_M": 1.0,  # 1/day
    "k_in": 76.78,  # 1/day
    "k_out": 1.84,  # 1/day
    "h": 1e5,  # 1e9 cells
    "d_IL6": 3.96,  # 1/day
    "d_IL10": 4.68,  # 1/day
    "d_IFNg": 1.51,  # 1/day
    "a_G": 0.59,
    "b_G": 650.0,  # pg/mL
    "P_IL6": 1.8e-3,  # (pg/uL)/(1e15 cell**2)/day
    "P_IL10": 7e-4,
    "P_IFNg": 3e-4,
    "r_E": 16.16,  # 1/(1e9 cells)/day
    "d_E": 23.04,  # 1/day
    "a_E": 0.024,  # 1/day
    "K_BC": 0.19,  # 1/(1e9 cells)/day
    "IL6_0": 1.7,  # pg/mL
    "IL10_0": 4.5,
    "IFNg_0": 2.3,
    "B0": 4.14,  # 1e9 cells
}

VARIANTS: dict[str, dict[str, float]] = {
    "upn1": {},
    "upn3": {
        "P_IL6": 6e-3,
        "P_IL10": 1.7e-2,
        "P_IFNg": 6e-3,
        "r_E": 14.40,
        "d_E": 1.44,
        "a_E": 0.12,
        "K_BC": 2.21,
        "IL6_0": 1.0,
        "IL10_0": 0.5,
        "IFNg_0": 1.7,
        "B0": 0.93,
    },
}

# Two people, each fitted alone: nothing varies.
IIV: dict[str, dict[str, Spread]] = {variant: {} for variant in VARIANTS}

COMPARE = Compare(
    days=(0.0, 0.05, 1.0, 1.5, 2.0, 2.5, 5.0, 14.0, 28.0, 60.0),
    initial={"B0": "B"},
    mechanisms={
        "b_birth": "b_cell_division",
        "b_death": "b_cell_death",
        "b_kill": "b_cell_killing",
        "e_birth": "effector_expansion",
        "e_death": "effector_death",
        "e_in": "effector_to_tissue",
        "e_out": "effector_to_blood",
        "to_memory": "memory_formation",
        "recall": "reactivation",
        "m_birth": "memory_division",
        "m_death": "memory_death",
        "m_in": "memory_to_tissue",
        "m_out": "memory_to_blood",
        "il6": "il6_release",
        "il10": "il10_release",
        "ifng": "ifng_release",
    },
    doses=(
        Given("infusion", 1.1e8, 0.0),
        Given("infusion", 3.3e8, 1.0),
        Given("infusion", 6.6e8, 2.0),
    ),
)
NAMES: Final = ("B", "E", "Et", "M", "Mt", "IL6", "IL10", "IFNg")


def INITIAL(parameters: dict[str, float]) -> dict[str, float]:  # noqa: N802
    """State on day 0 before the first infusion."""
    p = parameters
    empty = dict.fromkeys(("E", "Et", "M", "Mt"), 0.0)
    return {"B": p["B0"], **empty, "IL6": p["IL6_0"], "IL10": p["IL10_0"], "IFNg": p["IFNg_0"]}


def propensities(
    t: float, state: dict[str, float], parameters: dict[str, float]
) -> dict[str, float]:
    """Events per day of 1e9 cells each; pg/mL/day of cytokine released on contact."""
    p, s = parameters, state
    f = s["B"] / (s["B"] + p["h"])
    damped = p["a_G"] + (1.0 - p["a_G"]) * p["b_G"] / (s["IL10"] + p["b_G"])
    # 1e3 from uL to mL, 1e3 from 1e15 cell**2 to (1e9 cell)**2
    contact = 1e6 * s["B"] * s["E"]
    return {
        "b_birth": p["r_B"] * s["B"],
        "b_death": p["d_B"] * s["B"],
        "b_kill": p["K_BC"] * s["E"] * s["B"],
        "e_birth": p["r_E"] * s["E"] * s["B"],
        "e_death": p["d_E"] * s["E"],
        "e_in": p["k_in"] * s["E"],
        "e_out": p["k_out"] * s["Et"],
        "to_memory": p["a_E"] * s["E"] * (1.0 - f),
        "recall": p["a_M"] * s["M"] * f,
        "m_birth": p["r_M"] * s["M"],
        "m_death": p["d_M"] * s["M"],
        "m_in": p["k_in"] * s["M"],
        "m_out": p["k_out"] * s["Mt"],
        "il6": p["P_IL6"] * contact,
        "il10": p["P_IL10"] * contact,
        "ifng": p["P_IFNg"] * contact * damped,
    }


def rhs(t: float, state: dict[str, float], parameters: dict[str, float]) -> dict[str, float]:
    """Time derivatives of all eight states, per day."""
    p, s, a = parameters, state, propensities(t, state, parameters)
    exchange_e, exchange_m = a["e_in"] - a["e_out"], a["m_in"] - a["m_out"]
    return {
        "B": (p["r_B"] - p["d_B"]) * s["B"] - a["b_kill"],
        "E": a["e_birth"] - a["e_death"] - exchange_e - a["to_memory"] + a["recall"],
        "Et": exchange_e,
        "M": (p["r_M"] - p["d_M"]) * s["M"] - exchange_m + a["to_memory"] - a["recall"],
        "Mt": exchange_m,
        "IL6": p["d_IL6"] * (p["IL6_0"] - s["IL6"]) + a["il6"],
        "IL10": p["d_IL10"] * (p["IL10_0"] - s["IL10"]) + a["il10"],
        "IFNg": p["d_IFNg"] * (p["IFNg_0"] - s["IFNg"]) + a["ifng"],
    }


def _stretch(y: Array, low: float, high: float, at: Array, p: dict[str, float]) -> Array:
    """States at ``at`` and, last, at ``high``, by Radau."""

    def slope(t: float, z: Array) -> list[float]:
        change = rhs(t, dict(zip(NAMES, z, strict=True)), p)
        return [change[name] for name in NAMES]

    run = solve_ivp(
        slope, (low, high), y, method="Radau", rtol=1e-10, atol=1e-18, t_eval=np.append(at, high)
    )
    if not run.success:
        raise RuntimeError(f"integration stopped at day {run.t[-1]:g}: {run.message}")
    return np.asarray(run.y)


def solve(
    parameters: dict[str, float], times: ArrayLike, doses: Sequence[Given] = ()
) -> dict[str, Array]:
    """Course at ``times`` (day, >= 0, any order); at a dose the value is the one after it."""
    asked = np.atleast_1d(np.asarray(times, dtype=float))
    order = np.unique(asked)
    found = np.empty((len(NAMES), order.size))
    y = np.array(list(INITIAL(parameters).values()))
    y[1] += sum(dose.amount for dose in doses if dose.day == 0.0) / 1e9
    found[:, order == 0.0] = y[:, None]
    last = float(order[-1])
    inner = {dose.day for dose in doses if 0.0 < dose.day <= last}
    for low, high in itertools.pairwise([0.0, *sorted(inner | {last})]):
        here = (order > low) & (order < high)
        columns = _stretch(y, low, high, order[here], parameters)
        found[:, here], y = columns[:, :-1], columns[:, -1].copy()
        y[1] += sum(dose.amount for dose in doses if dose.day == high) / 1e9
        found[:, order == high] = y[:, None]
    places = np.searchsorted(order, asked)
    return {name: found[i, places] for i, name in enumerate(NAMES)}
