"""Second reading of Mueller-Schoell et al. 2021, axi-cel in large B-cell lymphoma
(doi:10.3390/cancers13112782).

Naive, central memory, effector memory and effector CAR-T cells in blood, and the metabolic volume
of the tumour. Written from the published equations alone, as a check of the catalogue's model.

Units: day, cells/uL (T...), mL (V). Patients fall into a reference class and one of low expansion:
the low one has a standard normal score above the limit.
"""

import math
from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import norm

from tests.rebuilt.car_t.spread import Spread
from tests.rebuilt.compare import Compare
from tests.rebuilt.pieces import integrate

Array = NDArray[np.float64]

P_REFERENCE = 0.803  # of patients

PARAMETERS: dict[str, float] = {
    "Vmax1_ref": 0.00846,  # (cells/uL)/day/mL
    "Vmax1_low": 0.000700,
    "class_score": 0.0,
    "class_limit": round(float(norm.ppf(P_REFERENCE)), 5),  # more digits than 0.803 warrants
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
    "C_start": 0.1,  # cells/uL, each of the four
    "V0": 85.7,  # mL
}
# 150 and 307 % are coefficients of variation of log-normals.
_CV = {"Vmax1_ref": 1.50, "Vmax5_2": 3.07}
IIV: dict[str, dict[str, Spread]] = {
    "published": {
        **{name: Spread("lognormal", (math.sqrt(math.log1p(cv**2)),)) for name, cv in _CV.items()},
        "class_score": Spread("additive", (1.0,)),
    }
}
RESIDUAL_CV = {"TN": 0.591, "TCM": 0.859, "TEM": 1.20, "TEff": 0.706, "V": 1.15}

STATES = ("TN", "TCM", "TEM", "TEff", "V")
_CELLS = {"TN": "naive", "TCM": "central_memory", "TEM": "effector_memory", "TEff": "effector"}
_PROCESSES = {
    "expansion": "expansion",
    "proliferation": "division",
    "differentiation": "conversion",
}
COMPARE = Compare(
    days=(0.0, 3.0, 7.0, 14.0, 28.0, 60.0, 90.0, 365.0),
    initial={"V0": "V"},
    mechanisms={
        **{
            f"{cell} {theirs}": f"{_CELLS[cell]}_{ours}"
            for cell in STATES[:3]
            for theirs, ours in _PROCESSES.items()
        },
        **{f"{cell} death": f"{name}_death" for cell, name in _CELLS.items()},
        **{f"killing by {cell}": f"killing_by_{name}" for cell, name in _CELLS.items()},
        "V growth": "tumor_division",
        "V crowding": "tumor_crowding",
    },
)

# Factors on Vmax1: of a transplant on both classes, of the ratio on the reference class alone.
ASCT_EFFECT = 2.53
RATIO_EXPONENT = -0.385


def individual(parameters: dict[str, float], covariates: Mapping[str, float]) -> dict[str, float]:
    """Parameters of a patient with these covariates.

    These are ``ASCT``, 1 after a transplant, and ``ratio``, CD4 to CD8 cells on day 7.
    """
    transplant = 1.0 + ASCT_EFFECT * covariates.get("ASCT", 0.0)
    ratio = covariates.get("ratio", 1.0) ** RATIO_EXPONENT
    return parameters | {
        "Vmax1_ref": parameters["Vmax1_ref"] * transplant * ratio,
        "Vmax1_low": parameters["Vmax1_low"] * transplant,
    }


def INITIAL(parameters: dict[str, float]) -> dict[str, float]:  # noqa: N802
    """State once the cells have distributed."""
    return dict.fromkeys(STATES[:4], parameters["C_start"]) | {"V": parameters["V0"]}


def expansion(p: dict[str, float]) -> float:
    """Vmax1 of this patient's class, (cells/uL)/day/mL."""
    return p["Vmax1_low"] if p["class_score"] > p["class_limit"] else p["Vmax1_ref"]


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
