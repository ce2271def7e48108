"""Second reading of Owens and Bozic 2021, CAR-T after lymphodepletion.

doi:10.1007/s11538-021-00869-5

Tumour T, endogenous effectors E, CAR-T cells C and the concentration M of chemotherapy, in four
patients: two with lymphoma or leukaemia, two with melanoma. Written from the published equations
alone, as a check of the catalogue's model.

Units: day, cells, uM.
"""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tests.rebuilt.car_t.spread import Spread
from tests.rebuilt.compare import Compare, Given
from tests.rebuilt.pieces import integrate

Array = NDArray[np.float64]

PARAMETERS: dict[str, float] = {  # first patient, Table 1
    "a": 0.255,  # 1/day
    "b": 1 / 2e12,  # 1/cell
    "d_E": 2.03,  # 1/day
    "d_C": 2.25,  # 1/day
    "g": 1.4e3,  # cells/day
    "j_E": 1.1e-2,  # 1/day
    "j_C": 0.242,  # 1/day
    "K": 1.65e9,  # cells
    "k": 2.019e5,  # cells^2/day^2
    "l": 1.395,
    "m_E": 7e-3,  # 1/day
    "m_C": 2.93e-2,  # 1/day
    "q_E": 3.42e-11,  # 1/(cell day)
    "q_C": 3.0e-11,  # 1/(cell day)
    "s": 0.305,
    "K_T": 0.70,  # 1/day
    "K_E": 0.60,  # 1/day
    "K_C": 0.60,  # 1/day
    "gamma": 0.90,  # 1/day
    "width": 1.0,  # of a pulse of chemotherapy, over half an hour
    "reaching": 0.01,  # of the injected cells
    "T0": 5e9,  # cells, the medium burden
    "E0": 4e5,  # cells
}
_MELANOMA = {
    "a": 0.514,
    "b": 1 / 9.804e8,
    "g": 1.3e4,
    "j_E": 2.7e-2,
    "j_C": 0.60,
    "K": 1.65e8,
    "k": 2.0e7,
    "m_E": 2e-2,
    "q_E": 3.42e-10,
    "q_C": 1.53e-9,
    "T0": 5e8,
}
_PATIENTS: dict[str, dict[str, float]] = {
    "p1": {},
    "p2": {
        "a": 0.176,
        "g": 4.7e4,
        "j_E": 7.46e-3,
        "j_C": 0.165,
        "k": 7.0e7,
        "l": 1.419,
        "m_E": 3.4e-2,
        "q_E": 6.716e-11,
    },
    "p3": {**_MELANOMA, "d_E": 5.8, "l": 1.36, "s": 0.25},
    "p4": {**_MELANOMA, "d_E": 4.23, "l": 1.43, "s": 0.36},
}
WIDE = 1.25  # width that gives the printed outcomes: 0.625 h
VARIANTS: dict[str, dict[str, float]] = {
    **_PATIENTS,
    **{f"{name}_as_published": change | {"width": WIDE} for name, change in _PATIENTS.items()},
}
HALF_HOUR = 0.5 / 24.0  # day; pulse of chemotherapy as stated

# Four patients, of whom only the burden is varied.
IIV: dict[str, dict[str, Spread]] = {name: {} for name in VARIANTS}

STATES = ("T", "E", "C", "M")
STRENGTH = {3: 125.0, 5: 77.0}  # uM/day, by number of days


def protocol(chemo_days: int, cells: float, rest: int, width: float = 1.0) -> list[Given]:
    """Chemotherapy (uM of a pulse of half an hour) on days 0, 1, ... and the injected cells.

    The pulse lasts ``width`` half hours; so much more of the drug comes of it in `solve`.
    """
    amount = STRENGTH.get(chemo_days, 0.0) * HALF_HOUR
    chemo = [
        Given("chemotherapy", amount, float(day), width * HALF_HOUR) for day in range(chemo_days)
    ]
    return [*chemo, Given("infusion", cells, float(chemo_days + rest))]


COMPARE = Compare(
    days=(0.5, 1.0, 2.5, 5.0, 8.0, 10.0, 14.0, 20.0),
    initial={"T0": "T", "E0": "E"},
    mechanisms={
        "T growth": "tumor_division",
        "T crowding": "tumor_crowding",
        "T killed by E": "effector_killing",
        "T killed by C": "car_t_killing",
        "T killed by drug": "chemotherapy_on_T",
        "E influx": "effector_supply",
        "E death": "effector_death",
        "E expansion": "effector_recruitment",
        "E exhaustion": "effector_exhaustion",
        "E killed by drug": "chemotherapy_on_E",
        "C death": "car_t_death",
        "C expansion": "car_t_recruitment",
        "C exhaustion": "car_t_exhaustion",
        "C killed by drug": "chemotherapy_on_C",
        "M loss": "chemotherapy_loss",
    },
    doses=tuple(protocol(3, 2.5e8, 4)),
)


def INITIAL(parameters: dict[str, float]) -> dict[str, float]:  # noqa: N802
    """State before all treatment."""
    return {"T": parameters["T0"], "E": parameters["E0"], "C": 0.0, "M": 0.0}


def _lysis(d: float, cells: float, tumour: float, p: dict[str, float]) -> float:
    """D = d r^l / (s + r^l) T with r = cells / T (cells/day), as a form that holds for T near 0."""
    return d * tumour / (1.0 + p["s"] * (tumour / cells) ** p["l"]) if cells > 0.0 else 0.0


def propensities(
    t: float, state: dict[str, float], parameters: dict[str, float]
) -> dict[str, float]:
    """Every process by itself: cells/day and, of the drug, uM/day.

    The expansions are negative above K cells, where the source has them shrink.
    """
    tumour, e, c, m = (state[name] for name in STATES)
    p = parameters
    by_e, by_c = _lysis(p["d_E"], e, tumour, p), _lysis(p["d_C"], c, tumour, p)
    room = -math.log((e + c) / p["K"])
    effect = -math.expm1(-m)
    return {
        "T growth": p["a"] * tumour,
        "T crowding": p["a"] * p["b"] * tumour**2,
        "T killed by E": by_e,
        "T killed by C": by_c,
        "T killed by drug": p["K_T"] * effect * tumour,
        "E influx": p["g"],
        "E death": p["m_E"] * e,
        "E expansion": p["j_E"] * room * by_e**2 / (p["k"] + by_e**2) * e,
        "E exhaustion": p["q_E"] * e * tumour,
        "E killed by drug": p["K_E"] * effect * e,
        "C death": p["m_C"] * c,
        "C expansion": p["j_C"] * room * by_c**2 / (p["k"] + by_c**2) * c,
        "C exhaustion": p["q_C"] * c * tumour,
        "C killed by drug": p["K_C"] * effect * c,
        "M loss": p["gamma"] * m,
    }


def rhs(t: float, state: dict[str, float], parameters: dict[str, float]) -> dict[str, float]:
    """Time derivatives of T, E, C (cells/day) and M (uM/day), between the doses."""
    v = propensities(t, state, parameters)
    killed = v["T killed by E"] + v["T killed by C"] + v["T killed by drug"]
    return {
        "T": v["T growth"] - v["T crowding"] - killed,
        "E": v["E influx"]
        + v["E expansion"]
        - v["E death"]
        - v["E exhaustion"]
        - v["E killed by drug"],
        "C": v["C expansion"] - v["C death"] - v["C exhaustion"] - v["C killed by drug"],
        "M": -v["M loss"],
    }


def solve(
    parameters: dict[str, float], times: ArrayLike, doses: Sequence[Given]
) -> dict[str, Array]:
    """Course at ``times`` (day, any order) of T, E, C and M; T runs as a log."""
    start = INITIAL(parameters)
    pulses = [
        (d.day, d.day + d.duration, parameters["width"] * d.amount / d.duration)
        for d in doses
        if d.name == "chemotherapy"
    ]

    def slope(t: float, y: Array) -> list[float]:
        state = dict(zip(STATES, y.tolist(), strict=True)) | {"T": math.exp(max(y[0], -700.0))}
        change = rhs(t, state, parameters)
        given = sum(strength for begin, end, strength in pulses if begin < t < end)
        return [change["T"] / state["T"], change["E"], change["C"], change["M"] + given]

    def cells(amount: float):
        return lambda y: y + np.array([0.0, 0.0, amount, 0.0])

    y = integrate(
        slope,
        [math.log(start["T"]), start["E"], start["C"], start["M"]],
        times,
        atol=[1e-11, 1e-7, 1e-7, 1e-14],
        edges=[edge for begin, end, _ in pulses for edge in (begin, end)],
        jumps=[
            (d.day, cells(parameters["reaching"] * d.amount)) for d in doses if d.name == "infusion"
        ],
    )
    y[0] = np.exp(y[0])
    return dict(zip(STATES, y, strict=True))
