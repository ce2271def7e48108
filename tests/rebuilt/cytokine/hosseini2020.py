"""Second reading of Hosseini et al. 2020, mosunetuzumab and IL-6 (doi:10.1038/s41540-020-00145-7).

T cells at rest (Tr), activated (Ta) and after activation (T0), B cells and IL-6 in blood,
spleen, lymph nodes, marrow and tumour, under a T-cell engaging antibody. Written from the published
equations alone, as a check of the catalogue's model.

Units: day, cells, mL, ug/mL (drug), pg/mL (IL-6). Human, diffuse large B-cell lymphoma.
"""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tests.rebuilt.car_t.spread import Spread
from tests.rebuilt.compare import Compare, Given
from tests.rebuilt.pieces import integrate

Array = NDArray[np.float64]

PARAMETERS: dict[str, float] = {
    "VmT": 0.9,
    "fTact": 0.25,
    "KmBT": 0.716,
    "nd": 0.8,
    "S": 1.4,
    "KdT": 130.083,  # ng/mL
    "VmB": 0.95,
    "KmTB": 0.75,
    "fKm": 10.0,
    "nk": 1.027,
    "KdB": 1.302,  # ng/mL
    "kBap": 0.02,  # 1/day, as all k below
    "kBkill": 275.189,
    "fBkill": 0.1,
    "kBprol": 0.05,
    "kTprol": 0.7,
    "kTaexit": 0.123,
    "kTact": 9.828,
    "fdeact": 0.005,
    "fap": 3.773,
    "kTaap": 0.061,
    "fTap": 2.106,
    "frap": 0.2,
    "kTrexit": 0.045,
    "fa0": 0.002,
    "fAICD": 1.497,
    "f0d": 0.001,  # 1/day
    "f0a": 2.019,
    "kTgen": 1.0,
    "kexit3": 0.03,
    "rmat": 0.25,
    "rno20": 0.25,
    "kBt": 0.025,
    "Tref": 5e5,  # 1/mL
    "Bref": 5e5,  # 1/mL
    "V_bl": 5000.0,  # mL, as all V below
    "V_sp": 210.0,
    "V_ln": 400.0,
    "V_bm": 500.0,
    "V_tu": 49.6,
    "KT_sp": 200.0,
    "KT_ln": 190.0,
    "KT_bm": 60.0,
    "KT_tu": 125.0,
    "KB_sp": 333.0,
    "KB_ln": 190.0,
    "KB_bm": 80.0,
    "KB_tu": 6500.0,
    "Kp_sp": 0.14,
    "Kp_ln": 0.07,
    "Kp_bm": 0.07,
    "Kp_tu": 0.05,
    "kIL6": 14.0,  # pg/mL/day
    "IL6_half_life": 20.0 / 1440.0,  # day
    "precursor_boost": 5.0,  # of the precursors when mature B cells are gone
    "CL": 637.5,  # mL/day
    "Q": 1812.75,  # mL/day
    "V1": 2758.5,  # mL
    "V2": 13010.25,  # mL
    "Vm": 212.0,  # ug/day
    "Km": 4.74,  # ug/mL
    "inj_per_dose": 10.0,  # rise of the injection signal at a dose
    "inj_half_life": 1.0,  # day
    "IL6_tissue_fraction": 0.0004,  # of tissue IL-6 in the combined read-out
}

# Of a virtual population the source says that it exists; its ranges were not read.
# The card gives the clearance of the translation of the authors' code, with saturable elimination.
IIV: dict[str, dict[str, Spread]] = {"translation": {}}

TISSUES = ("sp", "ln", "bm", "tu")
STATES = (
    *("Tr", "Ta", "T0", "B"),
    *(f"{cell}_{i}" for i in TISSUES for cell in ("Tr", "Ta", "T0", "B")),
    "Bp",
    *("IL6", *(f"IL6_{i}" for i in TISSUES)),
    *("C", "Cp", "inj"),
)
MG = 1000.0  # ug
STEP_UP = tuple(
    Given("bispecific", mg * MG, day)
    for mg, day in ((1.0, 0.0), (2.0, 7.0), (60.0, 14.0), (60.0, 21.0), (30.0, 42.0))
)

_HERE = ("", *(f"_{i}" for i in TISSUES))
_RENEWED = ("", "_sp", "_ln", "_bm")
COMPARE = Compare(
    days=(0.1, 0.5, 1.0, 5.0, 8.0, 15.0, 21.5),
    mechanisms={
        **{f"activate Tr{i}": f"Tr{i}_activation" for i in _HERE},
        **{f"activate T0{i}": f"T0{i}_reactivation" for i in _HERE},
        **{f"deactivate to Tr{i}": f"Ta{i}_to_resting" for i in _HERE},
        **{f"deactivate to T0{i}": f"Ta{i}_to_post_activated" for i in _HERE},
        **{f"T0 from Ta{i}": f"Ta{i}_division" for i in _HERE},
        **{f"T0 to Tr{i}": f"T0{i}_to_resting" for i in _HERE},
        **{f"T0 death{i}": f"T0{i}_death" for i in _HERE},
        **{f"B killing{i}": f"B{i}_killing" for i in _HERE},
        **{f"IL6 production{i}": f"IL6{i}_production" for i in _HERE},
        **{f"IL6 loss{i}": f"IL6{i}_clearance" for i in _HERE},
        **{f"B renewal{i}": f"B{i}_division" for i in _RENEWED},
        **{
            f"{cell} {way} {i}": f"{cell}_{way}_{i}"
            for cell in ("Tr", "T0", "Ta")
            for way in ("to", "from")
            for i in TISSUES
        },
        "Tr generation": "thymic_output",
        "Tr death": "Tr_excess_death",
        "Ta death": "Ta_death",
        "Ta AICD": "Ta_activation_induced_death",
        "B to sp": "B_to_sp",
        "B to ln": "B_to_ln",
        "B from bm": "B_bm_to_blood",
        "B death_bm": "B_bm_death",
        "maturation": "Bp_maturation",
        "Bp generation": "Bp_generation",
        "Bp renewal": "Bp_division",
        "Bp death": "Bp_death",
        "tumour growth": "B_tu_division",
        "inj fading": "injection_decay",
        "drug to Cp": "distribution",
        "drug from Cp": "redistribution",
        "drug clearance": "elimination",
        "drug saturable loss": "saturable_elimination",
    },
    doses=STEP_UP[:4],
)


def capacity(p: dict[str, float], tissue: str) -> float:
    """B cells of a tissue in health, or of the tumour at the start."""
    return p[f"KB_{tissue}"] * p["Bref"] * p[f"V_{tissue}"]


def INITIAL(parameters: dict[str, float]) -> dict[str, float]:  # noqa: N802
    """State before the first dose: balance of all but the tumour."""
    p = parameters
    start = dict.fromkeys(STATES, 0.0) | {"Tr": p["Tref"] * p["V_bl"], "B": p["Bref"] * p["V_bl"]}
    for i in TISSUES:
        start[f"Tr_{i}"] = p[f"KT_{i}"] * p["Tref"] * p[f"V_{i}"]
        start[f"B_{i}"] = capacity(p, i)
    return start | {"Bp": p["rno20"] * capacity(p, "bm")}


def hill(x: float, k: float, n: float) -> float:
    """Saturation x^n / (k^n + x^n)."""
    return x**n / (k**n + x**n)


def _signals(s: dict[str, float], p: dict[str, float]) -> dict[str, tuple[float, float, float]]:
    """Activation, killing and drug effect (the one on IL-6) in blood ("") and each tissue."""
    found = {}
    for i in ("", *TISSUES):
        end = f"_{i}" if i else ""
        drug = 1000.0 * s["C"] * (p[f"Kp_{i}"] if i else 1.0)  # ng/mL
        r, a, o, b = (s[f"{cell}{end}"] for cell in ("Tr", "Ta", "T0", "B"))
        effect = hill(drug, p["KdT"], p["nd"])
        activation = p["VmT"] * hill(b / (r + o), p["KmBT"], p["S"]) * effect
        half = p["KmTB"] * (p["fKm"] if i else 1.0)
        kill = p["VmB"] * hill(a / b, half, p["nk"]) * drug / (p["KdB"] + drug)
        found[i] = (activation * (p["fTact"] if i else 1.0), kill, effect)
    return found


def propensities(
    t: float, state: dict[str, float], parameters: dict[str, float]
) -> dict[str, float]:
    """Every process by itself, none negative: cells/day, pg/mL/day, ug/mL/day."""
    s, p = state, parameters
    Vb, Tref, Bref = p["V_bl"], p["Tref"], p["Bref"]
    signals = _signals(s, p)
    v: dict[str, float] = {}
    for i in ("", *TISSUES):
        end = f"_{i}" if i else ""
        act, kill, effect = signals[i]
        v[f"activate Tr{end}"] = p["kTact"] * act * s[f"Tr{end}"]
        v[f"activate T0{end}"] = p["kTact"] * act * s[f"T0{end}"]
        # the same twice: once for each state that it came from
        v[f"deactivate to Tr{end}"] = p["kTact"] * p["fdeact"] * s[f"Ta{end}"]
        v[f"deactivate to T0{end}"] = p["kTact"] * p["fdeact"] * s[f"Ta{end}"]
        v[f"T0 from Ta{end}"] = p["fTap"] * p["kTprol"] * s[f"Ta{end}"]
        v[f"T0 death{end}"] = p["f0a"] * p["kTaap"] * s[f"T0{end}"]
        v[f"T0 to Tr{end}"] = p["f0d"] * s[f"T0{end}"]
        v[f"B killing{end}"] = p["kBkill"] * kill * s[f"B{end}"] * (p["fBkill"] if i else 1.0)
        volume, density = (p[f"V_{i}"], p[f"KB_{i}"]) if i else (Vb, 1.0)
        targets = s[f"B{end}"] / (volume * Bref * density)
        v[f"IL6 production{end}"] = p["kIL6"] * s[f"Ta{end}"] / volume * targets * effect
        v[f"IL6 loss{end}"] = math.log(2.0) / p["IL6_half_life"] * s[f"IL6{end}"]
    for i in TISSUES:
        partition, volume, r, a = p[f"KT_{i}"], p[f"V_{i}"], p["kTrexit"], p["kTaexit"]
        v[f"Tr to {i}"] = r * (1.0 + s["inj"]) * s["Tr"] * partition
        v[f"Tr from {i}"] = r * Vb * s[f"Tr_{i}"] / volume
        v[f"T0 to {i}"] = r * (1.0 + s["inj"]) * s["T0"] * partition
        v[f"T0 from {i}"] = r * Vb * s[f"T0_{i}"] / volume
        v[f"Ta to {i}"] = a * (1.0 + p["fa0"] * s["inj"]) * s["Ta"] * partition * p["fap"]
        v[f"Ta from {i}"] = a * Vb * s[f"Ta_{i}"] / volume
    in_blood = s["Tr"] + s["Ta"] + s["T0"]
    v["Tr generation"] = p["kTgen"] * Vb * Tref * max(0.0, 1.0 - in_blood / (Vb * Tref)) ** 2
    v["Tr death"] = p["frap"] * p["kTaap"] * max(0.0, s["Tr"] - Tref * Vb)
    v["Ta death"] = p["kTaap"] * s["Ta"]
    v["Ta AICD"] = p["kTaap"] * p["fAICD"] * s["Ta"] ** 2 / (Vb * Tref)
    v["B renewal"] = p["kBprol"] * Bref * Vb * max(0.0, 1.0 - s["B"] / (Bref * Vb))
    for i in ("sp", "ln", "bm"):
        cap = capacity(p, i)
        v[f"B renewal_{i}"] = p["kBprol"] * cap * max(0.0, 1.0 - s[f"B_{i}"] / cap)
    for i in ("sp", "ln"):
        excess = s["B"] / Vb * p[f"KB_{i}"] - s[f"B_{i}"] / p[f"V_{i}"]
        v[f"B to {i}"] = p["kTaexit"] * Vb * max(0.0, excess)
    excess = s["B_bm"] / p["V_bm"] - s["B"] / Vb * p["KB_bm"]
    v["B from bm"] = p["kexit3"] * Vb * max(0.0, excess)
    maturation = p["kBap"] / p["rmat"]
    v["maturation"] = maturation * s["Bp"]
    v["B death_bm"] = p["kBap"] * s["B_bm"]
    c2 = capacity(p, "bm") * p["rno20"]
    caps = Bref * Vb + capacity(p, "sp") + capacity(p, "ln")
    lack = max(0.0, 1.0 - (s["B"] + s["B_sp"] + s["B_ln"]) / caps)
    v["Bp generation"] = c2 * (p["kBap"] + maturation) * (1.0 + p["precursor_boost"] * lack)
    v["Bp renewal"] = p["kBprol"] * c2 * max(0.0, 1.0 - s["Bp"] / c2)
    v["Bp death"] = p["kBap"] * s["Bp"]
    v["tumour growth"] = p["kBt"] * s["B_tu"]
    # of the drug, what the compartment loses that it comes from (ug/mL/day)
    v["drug to Cp"] = p["Q"] / p["V1"] * s["C"]
    v["drug from Cp"] = p["Q"] / p["V2"] * s["Cp"]
    v["drug clearance"] = p["CL"] / p["V1"] * s["C"]
    v["drug saturable loss"] = p["Vm"] / p["V1"] * s["C"] / (p["Km"] + s["C"])
    v["inj fading"] = math.log(2.0) / p["inj_half_life"] * s["inj"]
    return v


def rhs(t: float, state: dict[str, float], parameters: dict[str, float]) -> dict[str, float]:
    """Time derivatives of all states."""
    v, p = propensities(t, state, parameters), parameters
    change: dict[str, float] = {}
    for i in ("", *TISSUES):
        end = f"_{i}" if i else ""
        a1 = v[f"activate Tr{end}"] - v[f"deactivate to Tr{end}"]
        a2 = v[f"activate T0{end}"] - v[f"deactivate to T0{end}"]
        homing = {
            cell: v[f"{cell} to {i}"] - v[f"{cell} from {i}"]
            if i
            else sum(v[f"{cell} from {j}"] - v[f"{cell} to {j}"] for j in TISSUES)
            for cell in ("Tr", "Ta", "T0")
        }
        change[f"Tr{end}"] = homing["Tr"] - a1 + v[f"T0 to Tr{end}"]
        change[f"Ta{end}"] = homing["Ta"] + a1 + a2
        change[f"T0{end}"] = (
            v[f"T0 from Ta{end}"] + homing["T0"] - v[f"T0 to Tr{end}"] - a2 - v[f"T0 death{end}"]
        )
        change[f"B{end}"] = v.get(f"B renewal{end}", 0.0) - v[f"B killing{end}"]
        change[f"IL6{end}"] = v[f"IL6 production{end}"] - v[f"IL6 loss{end}"]
    change["Tr"] += v["Tr generation"] - v["Tr death"]
    change["Ta"] -= v["Ta death"] + v["Ta AICD"]
    change["B"] += v["B from bm"] - v["B to sp"] - v["B to ln"]
    change["B_sp"] += v["B to sp"]
    change["B_ln"] += v["B to ln"]
    change["B_bm"] += v["maturation"] - v["B from bm"] - v["B death_bm"]
    change["Bp"] = v["Bp generation"] + v["Bp renewal"] - v["maturation"] - v["Bp death"]
    change["B_tu"] += v["tumour growth"]
    per_volume = p["V2"] / p["V1"]
    lost = v["drug to Cp"] + v["drug clearance"] + v["drug saturable loss"]
    change["C"] = v["drug from Cp"] * per_volume - lost
    change["Cp"] = v["drug to Cp"] / per_volume - v["drug from Cp"]
    change["inj"] = -v["inj fading"]
    return change


def solve(
    parameters: dict[str, float], times: ArrayLike, doses: Sequence[Given] = STEP_UP
) -> dict[str, Array]:
    """Course at ``times`` (day, any order) of all states, with the doses (ug) given."""
    tumour = STATES.index("B_tu")
    start = INITIAL(parameters)
    first = np.array([start[name] for name in STATES])
    first[tumour] = math.log(first[tumour])  # the tumour dies out; its log does not

    def slope(_: float, y: Array) -> list[float]:
        state = dict(zip(STATES, y.tolist(), strict=True))
        state["B_tu"] = math.exp(state["B_tu"])
        change = rhs(0.0, state, parameters)
        change["B_tu"] /= state["B_tu"]
        return [change[name] for name in STATES]

    def given(ug: float):
        rise = {"C": ug / parameters["V1"], "inj": parameters["inj_per_dose"]}
        return lambda y: y + np.array([rise.get(name, 0.0) for name in STATES])

    small = {"I": 1e-10, "C": 1e-13, "i": 1e-13, "T": 1e-5, "B": 1e-5}  # cells, pg/mL, ug/mL
    y = integrate(
        slope,
        list(first),
        times,
        atol=[1e-11 if name == "B_tu" else small[name[0]] for name in STATES],
        jumps=[(dose.day, given(dose.amount)) for dose in doses],
    )
    y[tumour] = np.exp(y[tumour])
    return dict(zip(STATES, y, strict=True))


def combined(parameters: dict[str, float], course: dict[str, Array]) -> Array:
    """IL-6 of blood with what reaches it from the tissues (pg/mL)."""
    tissue = sum(course[f"IL6_{i}"] * parameters[f"V_{i}"] for i in TISSUES)
    return course["IL6"] + parameters["IL6_tissue_fraction"] * tissue / parameters["V_bl"]
