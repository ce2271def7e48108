"""Second reading of Singh et al. 2021, ide-cel in myeloma (doi:10.1002/psp4.12598).

Clinical model: effector and memory CAR-T cells in blood and marrow, CAR-BCMA complexes in marrow,
myeloma cells, serum M-protein and soluble BCMA. Written from the published equations alone, as a
check of the catalogue's model.

Units: day; cells in the body (E, M of blood and marrow), 1/L of marrow (X, T), g/L (P), ng/mL (S).
The printed supplement puts the kill term on Em; the deposited code has it on T, as here.
"""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tests.rebuilt.car_t.spread import Spread
from tests.rebuilt.compare import Compare, Given
from tests.rebuilt.pieces import integrate

Array = NDArray[np.float64]

SECONDS = 86400.0  # per day

PARAMETERS: dict[str, float] = {
    "Kexp_max": 1.73,  # 1/day
    "EC50_exp": 10.0,  # complexes per CAR-T cell
    "Rm": 2e-5,  # 1/day
    "Kel_e": 113.0,  # 1/day
    "Kel_m": 0.219,  # 1/day
    "K12": 1.71,  # 1/day
    "K21": 0.176,  # 1/day
    "Kkill_max": 0.343,  # 1/day
    "KC50": 2.24,  # complexes per tumour cell
    "gamma_m": 0.215,
    "gamma_b": 1.0,
    "Kg": 0.008,  # 1/day
    "Kon": 7.103e4,  # 1/M/s
    "Koff": 2.385e-3,  # 1/s
    "Ag_CAR": 15000.0,  # per cell
    "Ag_tum": 12590.0,  # per cell
    "Vb": 5.0,  # L
    "Vbm": 3.65,  # L
    "TransC": 0.002,  # (copies/ug)/(cells/L)
    "Km": 0.117,  # 1/day
    "Pm": 12.1,  # pg/cell/day
    "Kb": 0.7,  # 1/day
    "Pb": 0.175,  # pg/cell/day
    "T0": 2.5e9,  # cells/L
    "N_A": 6.023e23,  # per mole, with the digits of the authors' code
    "seed": 1e-6,  # effector cells per L of marrow before the infusion; keeps X/c defined
}

# Without a seed X grows from nothing like t^2 and c like t, so that q = X/c starts at 0.
VARIANTS: dict[str, dict[str, float]] = {"no_seed": {"seed": 0.0}}

# Standard deviations of the logs as printed in Table 1.
OMEGA = {
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
    variant: {name: Spread("lognormal", (omega,)) for name, omega in OMEGA.items()}
    for variant in ("published", *VARIANTS)
}

STATES = ("Eb", "Mb", "Em", "Mm", "X", "T", "P", "S")
DOSE = (Given("infusion", 450e6, 0.0),)

COMPARE = Compare(
    days=(0.0, 1.0, 3.0, 7.0, 14.0, 28.0, 60.0, 180.0, 365.0),
    mechanisms={
        "effectors to marrow": "effector_to_marrow",
        "effectors to blood": "effector_to_blood",
        "memory to marrow": "memory_to_marrow",
        "memory to blood": "memory_to_blood",
        "effector loss": "effector_elimination",
        "memory loss": "memory_elimination",
        "expansion": "expansion",
        "memory formation": "conversion",
        "binding": "binding",
        "unbinding": "dissociation",
        "tumour growth": "tumor_growth",
        "tumour killing": "tumor_killing",
        "M-protein production": "m_protein_production",
        "M-protein loss": "m_protein_loss",
        "sBCMA production": "bcma_shedding",
        "sBCMA loss": "bcma_loss",
    },
    doses=DOSE,
)


def INITIAL(parameters: dict[str, float]) -> dict[str, float]:  # noqa: N802
    """State before the infusion; M-protein and soluble BCMA are in balance with the tumour."""
    p = parameters
    return {
        "Eb": 0.0,
        "Mb": 0.0,
        "Em": p["seed"] * p["Vbm"],
        "Mm": 0.0,
        "X": 0.0,
        "T": p["T0"],
        "P": p["Pm"] * 1e-12 * p["T0"] / p["Km"],  # 1 pg/L is 1e-12 g/L
        "S": p["Pb"] * 1e-6 * p["T0"] / p["Kb"],  # 1 pg/L is 1e-6 ng/mL
    }


def propensities(
    t: float, state: dict[str, float], parameters: dict[str, float]
) -> dict[str, float]:
    """Every process by itself: cells/day, 1/L/day for X and T, g/L/day for P, ng/mL/day for S."""
    s, p = state, parameters
    c = (s["Em"] + s["Mm"]) / p["Vbm"]
    q, w = s["X"] / c if c > 0.0 else 0.0, s["X"] / s["T"]
    fold = s["T"] / p["T0"]
    return {
        "effectors to marrow": p["K12"] * s["Eb"],
        "effectors to blood": p["K21"] * s["Em"],
        "memory to marrow": p["K12"] * s["Mb"],
        "memory to blood": p["K21"] * s["Mm"],
        "effector loss": p["Kel_e"] * s["Eb"],
        "memory loss": p["Kel_m"] * s["Mb"],
        "expansion": p["Kexp_max"] * q / (p["EC50_exp"] + q) * s["Em"],
        "memory formation": p["Rm"] * s["Em"],
        "binding": p["Kon"]
        * SECONDS
        / p["N_A"]
        * (c * p["Ag_CAR"] - s["X"])
        * (s["T"] * p["Ag_tum"] - s["X"]),
        "unbinding": p["Koff"] * SECONDS * s["X"],
        "tumour growth": p["Kg"] * s["T"],
        "tumour killing": p["Kkill_max"] * w / (p["KC50"] + w) * s["T"],
        "M-protein production": p["Pm"] * 1e-12 * p["T0"] * fold ** p["gamma_m"],
        "M-protein loss": p["Km"] * s["P"],
        "sBCMA production": p["Pb"] * 1e-6 * p["T0"] * fold ** p["gamma_b"],
        "sBCMA loss": p["Kb"] * s["S"],
    }


def rhs(t: float, state: dict[str, float], parameters: dict[str, float]) -> dict[str, float]:
    """Time derivatives of all states."""
    v = propensities(t, state, parameters)
    return {
        "Eb": v["effectors to blood"] - v["effectors to marrow"] - v["effector loss"],
        "Mb": v["memory to blood"] - v["memory to marrow"] - v["memory loss"],
        "Em": v["effectors to marrow"]
        - v["effectors to blood"]
        + v["expansion"]
        - v["memory formation"],
        "Mm": v["memory to marrow"] - v["memory to blood"] + v["memory formation"],
        "X": v["binding"] - v["unbinding"],
        "T": v["tumour growth"] - v["tumour killing"],
        "P": v["M-protein production"] - v["M-protein loss"],
        "S": v["sBCMA production"] - v["sBCMA loss"],
    }


def solve(
    parameters: dict[str, float], times: ArrayLike, doses: Sequence[Given] = DOSE
) -> dict[str, Array]:
    """Course at ``times`` (day, any order) of all states, with the doses (cells) given into Eb."""
    begin = INITIAL(parameters)

    def slope(_: float, y: Array) -> list[float]:
        # T runs as a log; it falls by six decades
        state = dict(zip(STATES, y.tolist(), strict=True)) | {"T": math.exp(y[5])}
        change = rhs(0.0, state, parameters)
        return [*list(change.values())[:5], change["T"] / state["T"], change["P"], change["S"]]

    def given(cells: float):
        return lambda y: y + np.array([cells, *[0.0] * 7])

    y = integrate(
        slope,
        list((begin | {"T": math.log(begin["T"])}).values()),
        times,
        # far below what each state has reached when it first matters
        atol=[1e-7, 1e-9, 1e-14, 1e-9, 1e-6, 1e-11, 1e-13, 1e-10],
        jumps=[(dose.day, given(dose.amount)) for dose in doses],
    )
    y[5] = np.exp(y[5])
    return dict(zip(STATES, y, strict=True))


def observed(parameters: dict[str, float], course: dict[str, Array]) -> dict[str, Array]:
    """Transgene in blood (copies/ug) and change of P and S from their start (%)."""
    start = INITIAL(parameters)
    cells = course["Eb"] + course["Mb"]
    return {
        "transgene": parameters["TransC"] * cells / parameters["Vb"],
        "P change": 100.0 * (course["P"] / start["P"] - 1.0),
        "S change": 100.0 * (course["S"] / start["S"] - 1.0),
    }
