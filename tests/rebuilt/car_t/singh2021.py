"""Second writing of Singh et al. 2021, anti-BCMA CAR T cells in myeloma (doi:10.1002/psp4.12598).

Effector and memory CAR T cells of blood and marrow, CAR-BCMA complexes, myeloma cells, M-protein
and soluble BCMA. Written from the published equations and Table 1 before the catalogue's entry,
with numerics of its own, but by the same hand as the entry: it guards against slips of typing
and of the engine, not of reading.

Units: day; cells in number; complexes and myeloma cells per litre of marrow; g/L; ng/mL.
"""

import itertools
import math
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.integrate import solve_ivp

from tests.rebuilt.car_t.spread import Spread
from tests.rebuilt.compare import Compare, Given

Array = NDArray[np.float64]

SAME_HAND: Final = True
SECONDS: Final = 86400.0  # in a day

PARAMETERS: dict[str, float] = {
    "Kexp_max": 1.73,  # 1/day
    "EC50_exp": 10.0,  # complexes/CAR T cell
    "Rm": 2e-5,  # 1/day
    "Kel_e": 113.0,  # 1/day
    "Kel_m": 0.219,  # 1/day
    "K12": 1.71,  # 1/day
    "K21": 0.176,  # 1/day
    "Kkill_max": 0.343,  # 1/day
    "KC50": 2.24,  # complexes/myeloma cell
    "gamma_m": 0.215,
    "gamma_b": 1.0,
    "Kg": 0.008,  # 1/day
    "Kon": 7.103e4,  # 1/(mol/L)/s
    "Koff": 2.385e-3,  # 1/s
    "Ag_CAR": 15000.0,  # 1/cell
    "Ag_tum": 12590.0,  # 1/cell
    "N_A": 6.023e23,  # 1/mol
    "Vb": 5.0,  # L
    "Vbm": 3.65,  # L
    "TransC": 0.002,  # (copies/ug)/(cell/L)
    "Km": 0.117,  # 1/day
    "Pm": 12.1,  # pg/cell/day
    "Kb": 0.7,  # 1/day
    "Pb": 0.175,  # pg/cell/day
    "T0": 2.5e9,  # cell/L
    "seed": 1e-6,  # cell/L
}

VARIANTS: dict[str, dict[str, float]] = {"published": {}, "no_seed": {"seed": 0.0}}

_OMEGA: Final = {
    "Kexp_max": 0.22,
    "Rm": 4e-5,
    "Kel_e": 0.5,
    "Kel_m": 0.5,
    "K12": 0.5,
    "K21": 0.5,
    "Kkill_max": 0.50,
    "gamma_m": 0.21,
    "gamma_b": 1.0,
}
IIV: dict[str, dict[str, Spread]] = {
    variant: {name: Spread("lognormal", (omega,)) for name, omega in _OMEGA.items()}
    for variant in VARIANTS
}

COMPARE = Compare(
    days=(0.0, 0.02, 1.0, 3.0, 7.0, 14.0, 28.0, 90.0, 365.0),
    mechanisms={
        "e_out": "effector_to_marrow",
        "e_back": "effector_to_blood",
        "e_loss": "effector_elimination",
        "m_out": "memory_to_marrow",
        "m_back": "memory_to_blood",
        "m_loss": "memory_elimination",
        "expand": "expansion",
        "convert": "conversion",
        "bind": "binding",
        "unbind": "dissociation",
        "grow": "tumor_growth",
        "kill": "tumor_killing",
    },
    doses=(Given("infusion", 450e6, 0.0),),
)
NAMES: Final = ("Eb", "Mb", "Em", "Mm", "X", "T", "P", "S")


def INITIAL(parameters: dict[str, float]) -> dict[str, float]:  # noqa: N802
    """State before the infusion: the seed, the tumour and its markers at balance."""
    p = parameters
    return {
        "Eb": 0.0,
        "Mb": 0.0,
        "Em": p["seed"] * p["Vbm"],
        "Mm": 0.0,
        "X": 0.0,
        "T": p["T0"],
        "P": p["Pm"] * 1e-12 * p["T0"] / p["Km"],
        "S": p["Pb"] * 1e-6 * p["T0"] / p["Kb"],
    }


def propensities(
    t: float, state: dict[str, float], parameters: dict[str, float]
) -> dict[str, float]:
    """Events per day: of cells, of complexes per litre, of myeloma cells per litre."""
    p, s = parameters, state
    c = (s["Em"] + s["Mm"]) / p["Vbm"]
    q = s["X"] / c if c > 0.0 else 0.0  # nothing is bound before a cell arrives
    w = s["X"] / s["T"]
    kon = p["Kon"] * SECONDS / p["N_A"]
    return {
        "e_out": p["K12"] * s["Eb"],
        "e_back": p["K21"] * s["Em"],
        "e_loss": p["Kel_e"] * s["Eb"],
        "m_out": p["K12"] * s["Mb"],
        "m_back": p["K21"] * s["Mm"],
        "m_loss": p["Kel_m"] * s["Mb"],
        "expand": p["Kexp_max"] * q / (p["EC50_exp"] + q) * s["Em"],
        "convert": p["Rm"] * s["Em"],
        "bind": kon * (c * p["Ag_CAR"] - s["X"]) * (s["T"] * p["Ag_tum"] - s["X"]),
        "unbind": p["Koff"] * SECONDS * s["X"],
        "grow": p["Kg"] * s["T"],
        "kill": p["Kkill_max"] * w / (p["KC50"] + w) * s["T"],
    }


def rhs(t: float, state: dict[str, float], parameters: dict[str, float]) -> dict[str, float]:
    """Time derivatives of all eight states, per day."""
    p, a = parameters, propensities(t, state, parameters)
    ratio = state["T"] / p["T0"]
    return {
        "Eb": -a["e_out"] + a["e_back"] - a["e_loss"],
        "Mb": -a["m_out"] + a["m_back"] - a["m_loss"],
        "Em": a["e_out"] - a["e_back"] + a["expand"] - a["convert"],
        "Mm": a["m_out"] - a["m_back"] + a["convert"],
        "X": a["bind"] - a["unbind"],
        "T": a["grow"] - a["kill"],
        "P": p["Pm"] * 1e-12 * p["T0"] * ratio ** p["gamma_m"] - p["Km"] * state["P"],
        "S": p["Pb"] * 1e-6 * p["T0"] * ratio ** p["gamma_b"] - p["Kb"] * state["S"],
    }


def _stretch(start: Array, low: float, high: float, at: Array, p: dict[str, float]) -> Array:
    """Columns: the states at ``at`` and, last, at ``high``; integrated with ln T by Radau.

    Cells, complexes and proteins are divided by their size, so that one absolute tolerance
    holds: 1e-13 of 1e6 cells lets even the seed be seen.
    """
    size = np.array([1e6, 1e6, 1e6, 1e6, 1e10, 1.0, start[6], start[7]])

    def slope(t: float, z: Array) -> Array:
        y = z * size
        y[5] = math.exp(z[5])
        change = rhs(t, dict(zip(NAMES, y, strict=True)), p)
        out = np.array([change[name] for name in NAMES]) / size
        out[5] = change["T"] / y[5]
        return out

    z = start / size
    z[5] = math.log(start[5])
    stops = np.append(at, high)
    run = solve_ivp(
        slope, (low, high), z, method="Radau", rtol=1e-9, atol=1e-16, dense_output=False,
        t_eval=stops if high > low else None,
    )  # fmt: skip
    if not run.success:
        raise RuntimeError(f"integration stopped at day {run.t[-1]:g}: {run.message}")
    found = run.y * size[:, None]
    found[5] = np.exp(run.y[5])
    return found


def solve(
    parameters: dict[str, float], times: ArrayLike, doses: Sequence[Given] = ()
) -> dict[str, Array]:
    """Course at ``times`` (day, >= 0, any order); at a dose the value is the one after it."""
    asked = np.atleast_1d(np.asarray(times, dtype=float))
    order = np.unique(asked)
    found = np.empty((len(NAMES), order.size))
    y = np.array(list(INITIAL(parameters).values()))
    y += [sum(d.amount for d in doses if d.day == 0.0), 0, 0, 0, 0, 0, 0, 0]
    found[:, order == 0.0] = y[:, None]
    last = float(order[-1])
    inner = {dose.day for dose in doses if 0.0 < dose.day <= last}
    edges = [0.0, *sorted(inner | {last})]
    for low, high in itertools.pairwise(edges):
        here = (order > low) & (order < high)
        columns = _stretch(y, low, high, order[here], parameters)
        found[:, here], y = columns[:, :-1], columns[:, -1].copy()
        y[0] += sum(dose.amount for dose in doses if dose.day == high)
        found[:, order == high] = y[:, None]
    places = np.searchsorted(order, asked)
    return {name: found[i, places] for i, name in enumerate(NAMES)}


def transgene(course: dict[str, Array], parameters: dict[str, float]) -> Array:
    """CAR transgene in blood (copies/ug)."""
    return parameters["TransC"] * (course["Eb"] + course["Mb"]) / parameters["Vb"]
