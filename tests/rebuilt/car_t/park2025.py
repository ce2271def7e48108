"""Second writing of Park, Mugundu and Singh 2025, CD19 CAR-T cells in lupus (10.1002/cts.70146).

CD4 and CD8 CAR-T cells of four phenotypes in blood and marrow, complexes of CAR and CD19, B cells,
lymphodepletion with host T cells and neutrophils, and the markers of the disease. Written from the
published equations before the catalogue's entry, with numerics of its own, but by the same hand as
the entry: it guards against slips of typing and of the engine, not of reading.

Units: day; cell/L for CAR-T and B cells, 1/L for complexes, cell/uL for host cells; mg, IU, pg.
Numbers per body are those of 70 kg.
"""

import math
from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.integrate import solve_ivp

from tests.rebuilt.car_t.spread import Spread
from tests.rebuilt.compare import Compare, Given

Array = NDArray[np.float64]

SAME_HAND: Final = True
WEIGHT: Final = 70.0  # kg
SECONDS: Final = 86400.0  # in a day

PARAMETERS: dict[str, float] = {
    "Kexp_CD8": 1.8,  # 1/day
    "Kexp_ratio": 1.12,  # CD8 to CD4
    "EC50_exp": 1.9e-5,  # complexes/cell
    "Rm1": 0.15,  # 1/day, TN to TCM
    "Rm2": 0.11,  # TCM to TEM
    "Rm3": 0.72,  # TEM to TEff
    "Kel_e": 47.38,  # 1/day
    "Kel_m": 0.69,  # 1/day
    "K12": 1.41,  # 1/day
    "K21": 0.0017,  # 1/day
    "Kkill_max": 2.76,  # 1/day
    "KC50": 7.71,  # complexes/cell
    "Kg": 0.0193,  # 1/day
    "CART_min": 2.38,  # cell/uL
    "K0_rev": 1.58e6,  # cell/L/day
    "B_max": 449e6,  # cell/L
    "AAb_B_min": 1e6,  # cell/L
    "Ag_CAR": 15000.0,  # 1/cell
    "Ag_B": 14000.0,  # 1/cell
    "kon": 2.1e5,  # 1/(mol/L)/s
    "koff": 6.81e-5,  # 1/s
    "N_A": 6.023e23,  # 1/mol
    "seed": 1e-12,  # cell/L of marrow, 1/L of complexes
    "Vb": 5.0,  # L
    "Vbm": 1.6,  # L
    "product_CD4": 0.759,
    "product_CD8": 0.230,
    "product_TN": 0.0729,
    "product_TCM": 0.221,
    "product_TEM": 0.609,
    "product_TEff": 0.0977,
    "Kel_L": 1.39,  # 1/day
    "Kp_CD4": 0.0007,  # 1/day
    "K0_CD4": 210.18,  # cell/uL/day
    "Kout_CD4": 1.02,  # 1/day
    "Emax_CD4": 0.85,
    "EC50_CD4": 0.15,  # mg/L
    "Kp_CD8": 0.00045,
    "K0_CD8": 525.59,
    "Kout_CD8": 1.49,
    "Emax_CD8": 0.96,
    "EC50_CD8": 0.067,
    "Circ0": 5617.22,  # cell/uL
    "MTT": 4.35,  # day
    "gamma_N": 0.14,
    "Emax_N": 27.32,
    "EC50_N": 1203.42,  # mg/L
    "Ksyn_AAb": 15875.77,  # IU/cell/day
    "gamma_IFN_AAb": 0.09,
    "AAb0": 470000.0,  # IU/L
    "Kdeg_IFN": 23.04,  # 1/day
    "IFN0": 21.0,  # pg/mL
    "C3_synthesis": 36.0 * WEIGHT,  # mg/day
    "gamma_C3": 0.1,
    "C3_0": 555.0,  # mg/L
    "PTU_synthesis": 1000.0,  # mg/day
    "gamma_PTU": 1.09,
    "gamma_IFN_PTU": 0.8,
    "Vu": 0.24 * WEIGHT,  # dL
    "PTU0": 3060.0,  # mg/g
    "B0_blood": 1.43e8,  # cell/L
    "B0_marrow": 1.50e9,  # cell/L
}

VARIANTS: dict[str, dict[str, float]] = {"published": {}, "no_seed": {"seed": 0.0}}

_OMEGA: Final = {
    "Kexp_CD8": 0.05,
    "Kkill_max": 0.087,
    "EC50_exp": 0.2,
    "CART_min": 0.81,
    "K0_rev": 1.04,
    "B_max": 0.81,
    "K0_CD4": 0.68,
    "Kout_CD4": 0.15,
    "Kout_CD8": 0.5,
    "Circ0": 0.29,
    "MTT": 0.2,
    "Emax_N": 0.26,
    "Ksyn_AAb": 0.4,
    "Kdeg_IFN": 0.2,
}
IIV: dict[str, dict[str, Spread]] = {
    variant: {name: Spread("lognormal", (omega,)) for name, omega in _OMEGA.items()}
    for variant in VARIANTS
}

SUBSETS: Final = ("CD8", "CD4")
PHENOTYPES: Final = ("TN", "TCM", "TEM", "TEff")
CAR: Final = tuple(f"{s}_{i}" for s in SUBSETS for i in PHENOTYPES)
NAMES: Final = (
    *(f"{name}_blood" for name in CAR),
    *(f"{name}_marrow" for name in CAR),
    *(f"X_{s}_blood" for s in SUBSETS),
    *(f"X_{s}_marrow" for s in SUBSETS),
    *("B_blood", "B_marrow", "B_recovering", "L"),
    *("host_CD4_precursor", "host_CD4", "host_CD8_precursor", "host_CD8"),
    *("neutrophil_1", "neutrophil_2", "neutrophil_3", "neutrophil_4", "neutrophils"),
    *("IFN", "AAb", "C3", "PTU"),
)


def INITIAL(parameters: dict[str, float]) -> dict[str, float]:  # noqa: N802
    """State before the infusion and the lymphodepletion."""
    p = parameters
    start = dict.fromkeys(NAMES, 0.0)
    start |= {
        name: p["seed"] for name in NAMES if name.endswith("_marrow") or name.startswith("X_")
    }
    start |= {"B_blood": p["B0_blood"], "B_marrow": p["B0_marrow"]}
    for s in ("CD4", "CD8"):
        start[f"host_{s}_precursor"] = p[f"K0_{s}"] / p[f"Kp_{s}"]
        start[f"host_{s}"] = p[f"K0_{s}"] / p[f"Kout_{s}"]
    start |= {name: p["Circ0"] for name in NAMES if name.startswith("neutrophil")}
    return start | {"IFN": p["IFN0"], "AAb": p["AAb0"], "C3": p["C3_0"], "PTU": p["PTU0"]}


def _infused(p: dict[str, float], cells: float) -> Array:
    """Rise of the blood pools (cell/L), CD8 first, phenotypes in their order."""
    return np.array(
        [
            cells * p[f"product_{s}"] * p[f"product_{i}"] / p["Vb"]
            for s in SUBSETS
            for i in PHENOTYPES
        ]
    )


def _over(top: float, bottom: float) -> float:
    return top / bottom if bottom > 0.0 else 0.0


def _site(p: dict[str, float], cells: Array, bound: Array, b: float) -> tuple[Array, Array, float]:
    """Within one site: rates of cells by expansion and conversion, of complexes and of B cells.

    Cells have shape (subset, phenotype) in cell/L, complexes (subset,) in 1/L.
    """
    kon, koff = p["kon"] * SECONDS / p["N_A"], p["koff"] * SECONDS
    fastest = (p["Kexp_CD8"], p["Kexp_CD8"] / p["Kexp_ratio"])
    grown, made = np.zeros((2, 4)), np.zeros(2)
    free = max(b * p["Ag_B"] - float(bound.sum()), 0.0)
    for s in range(2):
        total = float(cells[s].sum())
        q = _over(float(bound[s]), total)
        expansion = fastest[s] * q / (p["EC50_exp"] + q)
        made[s] = kon * max(total * p["Ag_CAR"] - bound[s], 0.0) * free - koff * bound[s]
        for i, rate in enumerate((p["Rm1"], p["Rm2"], p["Rm3"])):
            grown[s, i] += (expansion - rate) * cells[s, i]
            grown[s, i + 1] += rate * cells[s, i]
    # w / (KC50 + w) with w = X / B, written so that it stays a number when both are gone
    all_bound, alive = max(float(bound.sum()), 0.0), max(b, 0.0)
    killed = p["Kkill_max"] * _over(all_bound * alive, p["KC50"] * alive + all_bound)
    return grown, made, p["Kg"] * b - killed


def _host(p: dict[str, float], y: Array, drug: float) -> list[float]:
    """Rates of host CD4 and CD8 cells with their precursors, then of the five of neutrophils."""
    rates = []
    for s, (pre, cell) in (("CD4", y[0:2]), ("CD8", y[2:4])):
        effect = p[f"Emax_{s}"] * drug / (p[f"EC50_{s}"] + drug)
        out = p[f"Kp_{s}"] * pre * (1.0 - effect)
        rates += [p[f"K0_{s}"] - out, out - p[f"Kout_{s}"] * cell]
    n0, n1, n2, n3, n = y[4:9]
    ktr = 4.0 / p["MTT"]
    effect = p["Emax_N"] * drug / (p["EC50_N"] + drug)
    feedback = (p["Circ0"] / n) ** p["gamma_N"]
    rates.append(ktr * n0 * ((1.0 - effect) * feedback - 1.0))
    return [*rates, ktr * (n0 - n1), ktr * (n1 - n2), ktr * (n2 - n3), ktr * (n3 - n)]


def _disease(p: dict[str, float], y: Array, cells: tuple[float, ...], made: bool) -> list[float]:
    """Rates of interferon, autoantibody, C3 and proteinuria."""
    ifn, aab, c3, ptu = y
    b, cd4, cd8, n = cells
    cd4_0, cd8_0 = p["K0_CD4"] / p["Kout_CD4"], p["K0_CD8"] / p["Kout_CD8"]
    k = p["Ksyn_AAb"] if made else 0.0
    synthesis = k * b * (cd4 / cd4_0) * (ifn / p["IFN0"]) ** p["gamma_IFN_AAb"]
    loss_c3 = p["C3_synthesis"] / (p["C3_0"] * p["Vb"])
    rise = (p["C3_0"] / c3) ** p["gamma_PTU"] * (ifn / p["IFN0"]) ** p["gamma_IFN_PTU"]
    rise *= math.exp(cd8 / cd8_0) * math.exp(n / p["Circ0"])
    loss_ptu = p["PTU_synthesis"] / (p["Vu"] * p["PTU0"])
    return [
        p["Kdeg_IFN"] * (p["IFN0"] * (aab / p["AAb0"]) * (n / p["Circ0"]) - ifn),
        synthesis - p["B0_blood"] * k / p["AAb0"] * aab,
        (p["C3_synthesis"] - loss_c3 * c3 * p["Vb"] * (aab / p["AAb0"]) ** p["gamma_C3"]) / p["Vb"],
        (p["PTU_synthesis"] * rise - ptu * p["Vu"] * loss_ptu) / p["Vu"],
    ]


def _rates(y: Array, p: dict[str, float], recovering: bool, made: bool) -> Array:
    """Rates of all states in the order of NAMES."""
    blood, marrow = y[0:8].reshape(2, 4), y[8:16].reshape(2, 4)
    change = np.empty(len(NAMES))
    out, back = p["K12"] * blood, p["K21"] * marrow
    loss = np.array([p["Kel_m"]] * 3 + [p["Kel_e"]])
    grown, change[16:18], change[20] = _site(p, blood, y[16:18], float(y[20]))
    change[0:8] = (grown - out + back * p["Vbm"] / p["Vb"] - loss * blood).ravel()
    grown, change[18:20], change[21] = _site(p, marrow, y[18:20], float(y[21]))
    change[8:16] = (grown + out * p["Vb"] / p["Vbm"] - back).ravel()
    change[22] = p["K0_rev"] * (1.0 - (y[20] + y[22]) / p["B_max"]) if recovering else 0.0
    change[23] = -p["Kel_L"] * y[23]
    change[24:33] = _host(p, y[24:33], float(y[23]) / p["Vb"])
    change[33:37] = _disease(p, y[33:37], (y[20], y[25], y[27], y[32]), made)
    return change


def _conditions(y: Array, p: dict[str, float]) -> tuple[float, float]:
    """Positive where B cells recover, and where autoantibody is made."""
    return p["CART_min"] * 1e6 - float(y[0:8].sum()), float(y[20]) - p["AAb_B_min"]


def rhs(t: float, state: dict[str, float], parameters: dict[str, float]) -> dict[str, float]:
    """Time derivatives per day."""
    y = np.array([state[name] for name in NAMES])
    recovering, made = (value > 0.0 for value in _conditions(y, parameters))
    return dict(zip(NAMES, _rates(y, parameters, recovering, made).tolist(), strict=True))


def propensities(
    t: float, state: dict[str, float], parameters: dict[str, float]
) -> dict[str, float]:
    """Births, deaths and conversions that the source states one by one, per day."""
    p, s = parameters, state
    drug = s["L"] / p["Vb"]
    effect = p["Emax_N"] * drug / (p["EC50_N"] + drug)
    feedback = (p["Circ0"] / s["neutrophils"]) ** p["gamma_N"]
    total = sum(s[f"CD4_{i}_marrow"] for i in PHENOTYPES)
    q = s["X_CD4_marrow"] / total
    fastest = p["Kexp_CD8"] / p["Kexp_ratio"]
    w = (s["X_CD8_marrow"] + s["X_CD4_marrow"]) / s["B_marrow"]
    return {
        "CD4 TCM expands in marrow": fastest * q / (p["EC50_exp"] + q) * s["CD4_TCM_marrow"],
        "CD8 TEM to TEff in blood": p["Rm3"] * s["CD8_TEM_blood"],
        "CD8 TEff lost in blood": p["Kel_e"] * s["CD8_TEff_blood"],
        "CD8 TN lost in blood": p["Kel_m"] * s["CD8_TN_blood"],
        "CD4 complexes lost in blood": p["koff"] * SECONDS * s["X_CD4_blood"],
        "B grows in marrow": p["Kg"] * s["B_marrow"],
        "B killed in marrow": p["Kkill_max"] * w / (p["KC50"] + w) * s["B_marrow"],
        "stem proliferates": 4.0 / p["MTT"] * feedback * s["neutrophil_1"],
        "stem killed": 4.0 / p["MTT"] * feedback * effect * s["neutrophil_1"],
    }


# Pools that die out; below these levels every integrator shows noise.
_FLOORS: Final = {
    name: 1.0 for name in NAMES if name.startswith("X_") or name in ("B_blood", "B_marrow")
}

COMPARE = Compare(
    days=(1.0, 5.0, 9.0, 14.0, 28.0, 90.0, 180.0),
    mechanisms={
        "CD4 TCM expands in marrow": "expansion_CD4_TCM_marrow",
        "CD8 TEM to TEff in blood": "conversion_CD8_TEM_blood",
        "CD8 TEff lost in blood": "elimination_CD8_TEff",
        "CD8 TN lost in blood": "elimination_CD8_TN",
        "CD4 complexes lost in blood": "dissociation_CD4_blood",
        "B grows in marrow": "growth_B_marrow",
        "B killed in marrow": "killing_B_marrow",
        "stem proliferates": "proliferation_neutrophils",
        "stem killed": "killing_neutrophils",
    },
    floors=_FLOORS,
    doses=(Given("lymphodepletion", 1935.0, 0.0), Given("infusion", 7e7, 0.0)),
)


def _jacobian(slope: Callable[[float, Array], Array], t: float, z: Array) -> Array:
    """Forward differences; SciPy's own steps overflow where a rate ignores a state."""
    base = slope(t, z)
    matrix = np.empty((z.size, z.size))
    for j, step in enumerate(1e-7 * np.maximum(np.abs(z), 1e-3)):
        shifted = np.array(z)
        shifted[j] += step
        matrix[:, j] = (slope(t, shifted) - base) / step
    return matrix


def _until_switch(
    p: dict[str, float], y: Array, span: tuple[float, float], stops: Array, modes: Sequence[bool]
) -> Any:  # the result class of SciPy is untyped
    """Integrate until one of the two conditions turns, or to the end."""

    def slope(t: float, y: Array) -> Array:
        return _rates(y, p, modes[0], modes[1])

    def recovery(t: float, y: Array) -> float:
        return _conditions(y, p)[0]

    def antibody(t: float, y: Array) -> float:
        return _conditions(y, p)[1]

    for condition, mode in zip((recovery, antibody), modes, strict=True):
        condition.terminal, condition.direction = True, -1.0 if mode else 1.0  # type: ignore[attr-defined]
    atol = np.full(len(NAMES), 1e-9)
    atol[16:24] = 1e-6  # complexes and B cells, which start near 1e8 per litre and die out
    run = solve_ivp(
        slope,
        span,
        y,
        method="BDF",
        jac=lambda t, y: _jacobian(slope, t, y),
        t_eval=stops,
        events=[recovery, antibody],
        rtol=1e-10,
        atol=atol,
    )
    if not run.success:
        raise RuntimeError(f"integration stopped at day {run.t[-1]:g}: {run.message}")
    return run


def solve(
    parameters: dict[str, float], times: ArrayLike, doses: Sequence[Given] = ()
) -> dict[str, Array]:
    """Numerical course at ``times`` (day, >= 0, increasing) after doses on day 0.

    BDF at 1e-10, restarted where one of the two hard switches turns.
    """
    p = parameters
    at = np.atleast_1d(np.asarray(times, dtype=float))
    y = np.array([INITIAL(p)[name] for name in NAMES])
    for dose in doses:
        if dose.day != 0.0:
            raise ValueError(f"doses are given on day 0; got {dose}")
        if dose.name == "infusion":
            y[0:8] += _infused(p, dose.amount)
        else:
            y[23] += dose.amount
    values = np.empty((len(NAMES), at.size))
    values[:, at <= 0.0] = y[:, None]
    t, end = 0.0, float(at.max())
    modes = [value > 0.0 for value in _conditions(y, p)]
    while t < end:
        run = _until_switch(p, y, (t, end), at[at > t], modes)
        for day, column in zip(run.t, np.reshape(run.y, (len(NAMES), -1)).T, strict=True):
            values[:, at == day] = column[:, None]
        if run.status == 0:
            break
        place = 0 if run.t_events[0].size else 1
        t, y = float(run.t_events[place][0]), run.y_events[place][0]
        modes[place] = not modes[place]
    return dict(zip(NAMES, values, strict=True))
