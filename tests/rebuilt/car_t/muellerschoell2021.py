"""Second reading of Mueller-Schoell et al. 2021, axi-cel in large B-cell lymphoma
(doi:10.3390/cancers13112782).

Naive, central memory, effector memory and effector CAR-T cells in blood, and the metabolic volume
of the tumour. Written from the published equations alone, as a check of the catalogue's model.

Units: day, cells/uL (T...), mL (V). Patients fall into a reference class and one of low expansion.
"""

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tests.rebuilt.car_t.spread import Spread
from tests.rebuilt.compare import Compare
from tests.rebuilt.pieces import integrate

Array = NDArray[np.float64]

PARAMETERS: dict[str, float] = {
    "Vmax1": 0.00846,  # (cells/uL)/day/mL
    "ASCT_effect": 2.53,
    "ASCT": 0.0,  # 1 after a transplant
    "ratio": 1.0,  # CD4 to CD8 on day 7
    "ratio_exponent": -0.385,
    "KM1": 1.13,  # cells/uL
    "k12": 0.140,  # 1/day
    "k23": 0.191,
    "k34": 0.355,
    "ke1": 0.0104,
    "ke2": 0.0104,
    "ke3": 0.0104,
    "ke4": 0.518,
    "kp1": 0.0005,
    "kp2": 0.007,
    "kp3": 0.007,
    "Vmax5_1": 2.57,  # mL/day per cells/uL
    "Vmax5_2": 4.04,
    "Vmax5_3": 3.78,
    "Vmax5_4": 4.24,
    "KM5": 276.0,  # mL
    "k5": 0.0023,  # 1/day
    "K0": 5000.0,  # mL
    "T0": 0.1,  # cells/uL, each of the four
    "V0": 85.7,  # mL
}
# The low class has an expansion of its own, on which the ratio of the cells does not act.
VARIANTS: dict[str, dict[str, float]] = {"low": {"Vmax1": 0.000700, "ratio_exponent": 0.0}}
P_REFERENCE = 0.803  # of patients

# 150 and 307 % are coefficients of variation of log-normals.
_CV = {"Vmax1": 1.50, "Vmax5_2": 3.07}
_SPREAD = {name: Spread("lognormal", (math.sqrt(math.log1p(cv**2)),)) for name, cv in _CV.items()}
IIV: dict[str, dict[str, Spread]] = {
    "reference": _SPREAD,
    "low": {"Vmax5_2": _SPREAD["Vmax5_2"]},
}
RESIDUAL_CV = {"TN": 0.591, "TCM": 0.859, "TEM": 1.20, "TEff": 0.706, "V": 1.15}

STATES = ("TN", "TCM", "TEM", "TEff", "V")
COMPARE = Compare(days=(0.0, 3.0, 7.0, 14.0, 28.0, 60.0, 90.0, 365.0), initial={"V0": "V"})


def INITIAL(parameters: dict[str, float]) -> dict[str, float]:  # noqa: N802
    """State once the cells have distributed."""
    return dict.fromkeys(STATES[:4], parameters["T0"]) | {"V": parameters["V0"]}


def expansion(p: dict[str, float]) -> float:
    """Vmax1 of this patient, (cells/uL)/day/mL."""
    return p["Vmax1"] * (1.0 + p["ASCT_effect"] * p["ASCT"]) * p["ratio"] ** p["ratio_exponent"]


def propensities(
    t: float, state: dict[str, float], parameters: dict[str, float]
) -> dict[str, float]:
    """Every process by itself, (cells/uL)/day and mL/day."""
    s, p = state, parameters
    e = expansion(p) * s["V"]
    reach = s["V"] / (p["KM5"] + s["V"])
    v: dict[str, float] = {}
    for i, cell in enumerate(STATES[:3], start=1):
        v[f"{cell} expansion"] = e * s[cell] / (p["KM1"] + s[cell])
        v[f"{cell} proliferation"] = p[f"kp{i}"] * s[cell]
        v[f"{cell} differentiation"] = p[f"k{i}{i + 1}"] * s[cell]
    for i, cell in enumerate(STATES[:4], start=1):
        v[f"{cell} death"] = p[f"ke{i}"] * s[cell]
        v[f"killing by {cell}"] = reach * p[f"Vmax5_{i}"] * s[cell]
    v["V growth"] = p["k5"] * s["V"]
    v["V crowding"] = p["k5"] * s["V"] ** 2 / p["K0"]
    return v


def rhs(t: float, state: dict[str, float], parameters: dict[str, float]) -> dict[str, float]:
    """Time derivatives of all states."""
    v = propensities(t, state, parameters)
    change: dict[str, float] = {}
    arriving = 0.0
    for cell in STATES[:4]:
        grown = v.get(f"{cell} expansion", 0.0) + v.get(f"{cell} proliferation", 0.0)
        leaving = v.get(f"{cell} differentiation", 0.0)
        change[cell] = grown + arriving - leaving - v[f"{cell} death"]
        arriving = leaving
    killed = sum(v[f"killing by {cell}"] for cell in STATES[:4])
    return change | {"V": v["V growth"] - v["V crowding"] - killed}


def solve(parameters: dict[str, float], times: ArrayLike) -> dict[str, Array]:
    """Course at ``times`` (day, any order) of all states, integrated as logs."""
    start = INITIAL(parameters)

    def slope(_: float, y: Array) -> list[float]:
        state = dict(zip(STATES, np.exp(y).tolist(), strict=True))
        change = rhs(0.0, state, parameters)
        return [change[name] / state[name] for name in STATES]

    y = integrate(slope, np.log(list(start.values())), times, atol=1e-11)
    return dict(zip(STATES, np.exp(y), strict=True))
