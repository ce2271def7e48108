"""Second reading of Hardiansyah and Ng 2019, CD19 CAR-T in two patients with chronic lymphocytic
leukaemia (doi:10.1111/cts.12636).

Leukaemic B cells, effector and memory CAR-T cells in blood and tissue, and IL-6, IL-10 and
IFN-gamma that come from the encounters of B and effector cells. Written from the published
equations alone, as a check of the catalogue's model.

Units: day, 1e9 cells, pg/mL. The supplement prints the gain of memory as a_E M, which would leave M
at zero for ever; it is the loss of E, as its figure draws it. h = 1e5 is used in 1e9 cells.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tests.rebuilt.car_t.spread import Spread
from tests.rebuilt.compare import Compare, Given
from tests.rebuilt.pieces import integrate

Array = NDArray[np.float64]

PARAMETERS: dict[str, float] = {
    # Table S1, both patients
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
    # Table S2, first patient
    "P_IL6": 1.8e-3,  # pg/uL per 1e15 cell^2 per day
    "P_IL10": 7e-4,
    "P_IFNg": 3e-4,
    "r_E": 16.16,  # 1/(1e9 cells day)
    "d_E": 23.04,  # 1/day
    "a_E": 0.024,  # 1/day
    "K_BC": 0.19,  # 1/(1e9 cells day)
    # first patient at infusion
    "B_0": 4.14,  # 1e9 cells
    "IL6_0": 1.7,  # pg/mL
    "IL10_0": 4.5,
    "IFNg_0": 2.3,
}
VARIANTS: dict[str, dict[str, float]] = {
    "upn3": {
        "P_IL6": 6e-3,
        "P_IL10": 1.7e-2,
        "P_IFNg": 6e-3,
        "r_E": 14.40,
        "d_E": 1.44,
        "a_E": 0.12,
        "K_BC": 2.21,
        "B_0": 0.93,
        "IL6_0": 1.0,
        "IL10_0": 0.5,
        "IFNg_0": 1.7,
    }
}
TOTAL = {"upn1": 1.1e9, "upn3": 1.4e7}  # CAR-T cells in all

# Two patients fitted one by one: nothing is said about how others differ.
IIV: dict[str, dict[str, Spread]] = {"upn1": {}, "upn3": {}}

STATES = ("B", "E", "Et", "M", "Mt", "IL6", "IL10", "IFNg")
TO_PG_PER_ML = 1e6  # from pg/uL per 1e15 cell^2 to pg/mL per (1e9 cells)^2


def split(total: float) -> tuple[Given, ...]:
    """10, 30 and 60 % of ``total`` (cells) on days 0, 1 and 2."""
    return tuple(
        Given("infusion", part * total, day) for part, day in ((0.1, 0.0), (0.3, 1.0), (0.6, 2.0))
    )


COMPARE = Compare(
    days=(0.5, 1.5, 2.5, 5.0, 14.0, 28.0, 60.0),
    initial={"B_0": "B"},
    mechanisms={
        "B division": "b_cell_division",
        "B death": "b_cell_death",
        "B killing": "b_cell_killing",
        "E expansion": "effector_expansion",
        "E death": "effector_death",
        "E in": "effector_to_tissue",
        "E out": "effector_to_blood",
        "E to M": "memory_formation",
        "M to E": "reactivation",
        "M division": "memory_division",
        "M death": "memory_death",
        "M in": "memory_to_tissue",
        "M out": "memory_to_blood",
        **{
            f"{cytokine} {theirs}": f"{cytokine.lower()}_{ours}"
            for cytokine in ("IL6", "IL10", "IFNg")
            for theirs, ours in (
                ("baseline", "baseline"),
                ("production", "release"),
                ("loss", "loss"),
            )
        },
    },
    doses=split(TOTAL["upn1"]),
)


def INITIAL(parameters: dict[str, float]) -> dict[str, float]:  # noqa: N802
    """State before the first infusion."""
    cells = {"B": parameters["B_0"], "E": 0.0, "Et": 0.0, "M": 0.0, "Mt": 0.0}
    return cells | {name: parameters[f"{name}_0"] for name in ("IL6", "IL10", "IFNg")}


def propensities(
    t: float, state: dict[str, float], parameters: dict[str, float]
) -> dict[str, float]:
    """Every process by itself: 1e9 cells/day, pg/mL/day."""
    s, p = state, parameters
    f = s["B"] / (s["B"] + p["h"])
    damping = p["a_G"] + (1.0 - p["a_G"]) * p["b_G"] / (s["IL10"] + p["b_G"])
    encounters = TO_PG_PER_ML * s["B"] * s["E"]
    return {
        "B division": p["r_B"] * s["B"],
        "B death": p["d_B"] * s["B"],
        "B killing": p["K_BC"] * s["E"] * s["B"],
        "E expansion": p["r_E"] * s["E"] * s["B"],
        "E death": p["d_E"] * s["E"],
        "E in": p["k_in"] * s["E"],
        "E out": p["k_out"] * s["Et"],
        "E to M": p["a_E"] * s["E"] * (1.0 - f),
        "M to E": p["a_M"] * s["M"] * f,
        "M division": p["r_M"] * s["M"],
        "M death": p["d_M"] * s["M"],
        "M in": p["k_in"] * s["M"],
        "M out": p["k_out"] * s["Mt"],
        "IL6 baseline": p["d_IL6"] * p["IL6_0"],
        "IL6 production": p["P_IL6"] * encounters,
        "IL6 loss": p["d_IL6"] * s["IL6"],
        "IL10 baseline": p["d_IL10"] * p["IL10_0"],
        "IL10 production": p["P_IL10"] * encounters,
        "IL10 loss": p["d_IL10"] * s["IL10"],
        "IFNg baseline": p["d_IFNg"] * p["IFNg_0"],
        "IFNg production": p["P_IFNg"] * encounters * damping,
        "IFNg loss": p["d_IFNg"] * s["IFNg"],
    }


def rhs(t: float, state: dict[str, float], parameters: dict[str, float]) -> dict[str, float]:
    """Time derivatives of all states."""
    v = propensities(t, state, parameters)
    exchange = v["M to E"] - v["E to M"]
    e_moves, m_moves = v["E in"] - v["E out"], v["M in"] - v["M out"]
    return {
        "B": v["B division"] - v["B death"] - v["B killing"],
        "E": v["E expansion"] - v["E death"] - e_moves + exchange,
        "Et": e_moves,
        "M": v["M division"] - v["M death"] - m_moves - exchange,
        "Mt": m_moves,
        **{
            name: v[f"{name} baseline"] + v[f"{name} production"] - v[f"{name} loss"]
            for name in ("IL6", "IL10", "IFNg")
        },
    }


def solve(
    parameters: dict[str, float], times: ArrayLike, doses: Sequence[Given]
) -> dict[str, Array]:
    """Course at ``times`` (day, any order) of all states, the doses (cells) given into E."""

    def slope(_: float, y: Array) -> list[float]:
        return list(rhs(0.0, dict(zip(STATES, y.tolist(), strict=True)), parameters).values())

    def given(cells: float):
        return lambda y: y + 1e-9 * cells * (np.arange(len(STATES)) == 1)

    y = integrate(
        slope,
        list(INITIAL(parameters).values()),
        times,
        # E and M fall by many decades and nothing depends on them then
        atol=[1e-13, 1e-15, 1e-14, 1e-15, 1e-14, 1e-11, 1e-11, 1e-11],
        jumps=[(dose.day, given(dose.amount)) for dose in doses],
    )
    return dict(zip(STATES, y, strict=True))
