"""Second reading of Chaudhury et al. 2020, simple kinetic-pharmacodynamic models of CAR-T
(doi:10.1002/jcph.1691).

Expanding CAR-T C_E, persistent CAR-T C_P and tumour cells U, in three variants: predator and prey
("lotka_volterra"), expansion that saturates in the tumour ("ec50") and expansion of first order
("first_order"). Written from the published equations alone, as a check of the catalogue's model.

Units: day, cells/uL of blood. Which variant it is shows in the parameters: only "ec50" has EC_rho,
and only "lotka_volterra" has no T_max.
"""

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit

from tests.rebuilt.car_t.spread import Spread
from tests.rebuilt.compare import Compare
from tests.rebuilt.pieces import integrate

Array = NDArray[np.float64]

PARAMETERS: dict[str, float] = {  # in all three
    "k_E": 0.16,  # 1/day
    "C_E0": 10.0,  # cells/uL
    "U0": 900.0,  # cells/uL
}
_PERSISTENCE = {
    "k_EP": 0.0012,  # 1/day
    "beta": 0.0032,  # 1/day
    "U_crit": 0.1,  # cells/uL
    "h": 3.0,
    "T_max": 9.3,  # day
}
VARIANTS: dict[str, dict[str, float]] = {
    "lotka_volterra": {
        "rho": 0.0018,  # uL/(cell day)
        "g": 0.15,  # 1/day
        "d": 0.00015,  # uL/(cell day)
    },
    "ec50": {
        "rho": 8.8,  # 1/day
        "EC_rho": 1.0,  # cells/uL
        "g": 0.2,  # 1/day
        "d": 0.35,  # 1/day
        "EC_d": 10.0,  # cells/uL
        "U_max": 1000.0,  # cells/uL
        **_PERSISTENCE,
    },
    "first_order": {
        "rho": 1.0,  # 1/day
        "g": 0.3,  # 1/day
        "d": 0.0007,  # uL/(cell day)
        "U_max": 100.0,  # cells/uL; below the tumour at the start
        **_PERSISTENCE,
    },
}

# A review of equations: typical values only.
IIV: dict[str, dict[str, Spread]] = {name: {} for name in VARIANTS}

COMPARE = Compare(
    # "first_order" with parameters 10 % higher takes U below the smallest number soon after
    days=(0.0, 1.0, 3.0, 5.0, 8.0, 9.0, 9.5, 10.0),
    initial={"C_E0": "C_E", "U0": "U"},
    mechanisms={  # those of all three
        "expansion": "expansion",
        "death": "car_t_death",
        "growth": "tumor_growth",
        "killing": "tumor_killing",
    },
)


def INITIAL(parameters: dict[str, float]) -> dict[str, float]:  # noqa: N802
    """State at infusion (cells/uL)."""
    start = {"C_E": parameters["C_E0"], "U": parameters["U0"]}
    return start | ({"C_P": 0.0} if "T_max" in parameters else {})


def propensities(
    t: float, state: dict[str, float], parameters: dict[str, float]
) -> dict[str, float]:
    """Every process by itself, cells/uL/day.

    The growth of the tumour is negative above U_max, and the expansion ends at T_max.
    """
    c, u, p = state["C_E"], state["U"], parameters
    if "T_max" not in p:
        return {
            "expansion": p["rho"] * c * u,
            "death": p["k_E"] * c,
            "growth": p["g"] * u,
            "killing": p["d"] * c * u,
        }
    late = t > p["T_max"]
    # 1 / (1 + (U_crit / U)^h), in a form that holds for tumours near nothing
    cure = float(expit(p["h"] * math.log(u / p["U_crit"])))
    level = 1.0 - math.log(u) / math.log(p["U_max"])
    if "EC_rho" in p:
        expansion = p["rho"] * c * u / (p["EC_rho"] + c + u)
        killing = p["d"] * c * u / (p["EC_d"] + c + u)
    else:
        expansion, killing = p["rho"] * c, p["d"] * c * u
    return {
        "expansion": 0.0 if late else expansion,
        "death": p["k_E"] * c if late else 0.0,
        "persistence": p["k_EP"] * c if late else 0.0,
        "persistent death": p["beta"] * state["C_P"] if late else 0.0,
        "growth": cure * p["g"] * u * level,
        "killing": killing,
    }


def rhs(t: float, state: dict[str, float], parameters: dict[str, float]) -> dict[str, float]:
    """Time derivatives (cells/uL/day)."""
    v = propensities(t, state, parameters)
    change = {
        "C_E": v["expansion"] - v["death"] - v.get("persistence", 0.0),
        "U": v["growth"] - v["killing"],
    }
    if "T_max" in parameters:
        change["C_P"] = v["persistence"] - v["persistent death"]
    return change


def log_course(parameters: dict[str, float], times: ArrayLike) -> Array:
    """Logs of C_E and U and, where there is one, C_P itself, at ``times``."""
    start = INITIAL(parameters)

    def slope(t: float, y: Array) -> list[float]:
        state = {"C_E": math.exp(y[0]), "U": math.exp(y[1]), "C_P": y[-1]}
        change = rhs(t, state, parameters)
        logs = [change["C_E"] / state["C_E"], change["U"] / state["U"]]
        return [*logs, change["C_P"]] if len(start) == 3 else logs

    return integrate(
        slope,
        [math.log(start["C_E"]), math.log(start["U"]), *[0.0] * (len(start) - 2)],
        times,
        atol=1e-11,
        edges=[parameters["T_max"]] if "T_max" in parameters else (),
    )


def solve(parameters: dict[str, float], times: ArrayLike) -> dict[str, Array]:
    """Course at ``times`` (day, any order) of C_E, U and, where there is one, C_P (cells/uL)."""
    y = log_course(parameters, times)
    course = {"C_E": np.exp(y[0]), "U": np.exp(y[1])}
    return course | ({"C_P": y[2]} if len(y) == 3 else {})
