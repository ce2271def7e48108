"""Second reading of Brummer et al. 2022, CARRGO with dexamethasone, two glioma lines in vitro
(doi:10.1371/journal.pcbi.1009504).

Tumour x and CAR-T cells y as predator and prey, with dexamethasone that fades. Written from the
published equations alone, as a check of the catalogue's model.

Units: cell index; constants per hour as printed, time in days. ``c0`` and ``c3`` may be negative:
dexamethasone then favors growth or survival.
"""

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tests.rebuilt.car_t.spread import Spread
from tests.rebuilt.compare import Compare
from tests.rebuilt.pieces import integrate

Array = NDArray[np.float64]

HOURS = 24.0  # per day

PARAMETERS: dict[str, float] = {
    "c0": 0.0,  # 1/hour
    "c3": 0.0,  # 1/hour
    "half_life": 3.33,  # hour
}
# x0 is the reading of the authors' file (car_T_dex_pbt1_pbt2_lines.csv) at the first fitted hour.
_ROWS = {  # x0, y0 (CI); rho (1/h), kappainv (1/CI), k1, k2 (1/(CI h)), theta (1/h)
    "pbt030_alone": (0.52185, 0.0, 0.04547757, 0.1883974, 0.0, 0.0, 0.0),
    "pbt030_1to4": (0.4669, 0.25, 0.302972074, 0.32303399, 0.556784512, 0.02420882, 8.6e-14),
    "pbt030_1to8": (0.4633, 0.125, 0.230303627, 0.558779003, 0.399998831, 0.046346801, 0.023015543),
    "pbt030_1to20": (0.5035, 0.05, 0.158646737, 0.735855735, 0.063431384, 0.085333041, 0.091327037),
    "pbt128_alone": (1.20025, 0.0, 0.109995193, 0.13043253, 0.0, 0.0, 0.0),
    "pbt128_1to4": (1.16285, 0.25, 0.470864464, 0.270507179, 0.554935982, 0.031874228, 0.001817259),
    "pbt128_1to8": (1.13565, 0.125, 0.358709044, 0.175863091, 1.04663218, 0.015867745, 0.013712831),
    "pbt128_1to20": (1.2567, 0.05, 0.228899836, 0.162551309, 1.511460225, 0.024406502, 0.064472821),
    "pbt030_1to4_dex": (0.4929, 0.25, 0.035114743, 0.118481123, 0.194126583, 0.041179547, 1e-4),
}
VARIANTS: dict[str, dict[str, float]] = {
    name: dict(zip(("x0", "y0", "rho", "kappainv", "k1", "k2", "theta"), row, strict=True))
    for name, row in _ROWS.items()
}
VARIANTS["pbt030_1to4_dex"] |= {"c0": -0.207692609, "c3": 0.155507623}

# Wells of a cell culture, each fitted by itself.
IIV: dict[str, dict[str, Spread]] = {name: {} for name in VARIANTS}

COMPARE = Compare(
    days=(0.0, 0.25, 0.5, 1.0, 2.0, 4.0),
    initial={"x0": "x", "y0": "y"},
    mechanisms={  # dexamethasone is one signed term here and a loss and a gain in the entry
        "growth": "tumor_growth",
        "crowding": "tumor_crowding",
        "killing": "tumor_killing",
        "expansion": "car_t_proliferation",
        "death": "car_t_death",
    },
)


def INITIAL(parameters: dict[str, float]) -> dict[str, float]:  # noqa: N802
    """State at the first fitted time (cell index)."""
    return {"x": parameters["x0"], "y": parameters["y0"]}


def propensities(
    t: float, state: dict[str, float], parameters: dict[str, float]
) -> dict[str, float]:
    """Every process by itself, cell index per day; of dexamethasone with its sign."""
    x, y, p = state["x"], state["y"], parameters
    left = math.exp(-math.log(2.0) * HOURS * t / p["half_life"])
    return {
        "growth": HOURS * p["rho"] * x,
        "crowding": HOURS * p["rho"] * p["kappainv"] * x**2,
        "killing": HOURS * p["k1"] * x * y,
        "expansion": HOURS * p["k2"] * x * y,
        "death": HOURS * p["theta"] * y,
        "dexamethasone on x": HOURS * p["c0"] * left * x,
        "dexamethasone on y": HOURS * p["c3"] * left * y,
    }


def rhs(t: float, state: dict[str, float], parameters: dict[str, float]) -> dict[str, float]:
    """Time derivatives of x and y (cell index per day)."""
    v = propensities(t, state, parameters)
    return {
        "x": v["growth"] - v["crowding"] - v["dexamethasone on x"] - v["killing"],
        "y": v["expansion"] - v["death"] - v["dexamethasone on y"],
    }


def solve(parameters: dict[str, float], times: ArrayLike) -> dict[str, Array]:
    """Course at ``times`` (day, any order) of x and y (cell index)."""
    start = INITIAL(parameters)

    def slope(t: float, y: Array) -> list[float]:
        state = {"x": math.exp(y[0]), "y": y[1]}
        change = rhs(t, state, parameters)
        return [change["x"] / state["x"], change["y"]]

    y = integrate(slope, [math.log(start["x"]), start["y"]], times, atol=1e-13)
    return {"x": np.exp(y[0]), "y": y[1]}


def coexistence(parameters: dict[str, float]) -> dict[str, float]:
    """Rest point with both populations, once dexamethasone is gone."""
    p = parameters
    x = p["theta"] / p["k2"]
    return {"x": x, "y": p["rho"] * (1.0 - p["kappainv"] * x) / p["k1"]}
