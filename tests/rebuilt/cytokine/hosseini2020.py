"""Second reading of Hosseini et al. 2020 (doi:10.1038/s41540-020-00145-7).

A bispecific against CD3 and CD20 (mosunetuzumab) or CD19 (blinatumomab) activates CD8 T cells,
which kill B cells in blood and four tissues and release interleukin 6. Written from the equations
alone and before the catalogue's entry, with numerics of its own, but by the same hand: it guards
against slips of typing and of the engine, not of reading.

Units: day, cell, mL; drug in ug/mL and its potencies in ng/mL; interleukin 6 in pg/mL. Amounts of
blinatumomab, its volume and its clearance are per m2 of body surface.
"""

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Final, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.integrate import solve_ivp

from tests.rebuilt.compare import Compare, Given

Array = NDArray[np.float64]

SAME_HAND: Final = True

SITES: Final = ("sp", "ln", "bm", "tu")  # spleen, lymph nodes, bone marrow, tumour

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
    "kBap": 0.02,  # this and all k below: 1/day
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
    "precursor_boost": 5.0,
    "kBt": 0.025,
    "Tref": 5e5,  # cell/mL
    "Bref": 5e5,  # cell/mL
    "V_bl": 5000.0,  # mL
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
    "kIL6": 14.0,  # pg/cell/day
    "IL6_half_life": 20.0 / 1440.0,  # day
    "IL6_tissue_fraction": 0.0004,
    "inj_half_life": 1.0,  # day
    "inj_per_dose": 10.0,
    "CL": 637.5,  # mL/day
    "Q": 1812.75,  # mL/day
    "V1": 2758.5,  # mL
    "V2": 13010.25,  # mL
    "Vm": 212.0,  # ug/day
    "Km": 4.74,  # ug/mL
    "sees_proB": 0.0,  # 1 when CD19+CD20- cells carry the target, as for CD19
}

VARIANTS: dict[str, dict[str, float]] = {
    "published": {"CL": 405.0, "Vm": 0.0},  # 5.4 mL/kg/day of 75 kg, linear
    "translation": {},
    "blinatumomab": {
        "KdT": 0.1,
        "nd": 1.0,
        "KdB": 0.15,
        "sees_proB": 1.0,
        "inj_per_dose": 0.0,
        "CL": 22300.0,  # mL/day/m2
        "V1": 1610.0,  # mL/m2
        "V2": 1610.0,  # idle
        "Q": 0.0,
        "Vm": 0.0,
    },
}

IIV: dict[str, dict[str, object]] = {variant: {} for variant in VARIANTS}  # none is stated

STEP_UP: Final = tuple(
    Given("bispecific", 1000.0 * milligram, day)  # ug
    for milligram, day in ((1, 0.0), (2, 7.0), (60, 14.0), (60, 21.0), (30, 42.0))
)

NAMES: Final = (
    "Tr", "Ta", "T0", "B",
    *(f"{kind}_{i}" for i in SITES for kind in ("Tr", "Ta", "T0")),
    "B_sp", "B_ln", "B_bm", "Bp", "B_tu",
    "IL6", *(f"IL6_{i}" for i in SITES),
    "C", "Cp", "inj",
)  # fmt: skip


def _full(x: float, k: float, n: float) -> float:
    """Hill term x**n / (k**n + x**n)."""
    return 0.0 if x <= 0.0 else 1.0 / (1.0 + (k / x) ** n)


def _room(x: float, cap: float) -> float:
    return max(0.0, 1.0 - x / cap)


def INITIAL(parameters: Mapping[str, float]) -> dict[str, float]:  # noqa: N802
    """Rest before any drug (cells); the tumour starts at its capacity."""
    p = parameters
    state = dict.fromkeys(NAMES, 0.0)
    state["Tr"], state["B"] = p["Tref"] * p["V_bl"], p["Bref"] * p["V_bl"]
    for i in SITES:
        state[f"Tr_{i}"] = p[f"KT_{i}"] * p["Tref"] * p[f"V_{i}"]
        state[f"B_{i}"] = p[f"KB_{i}"] * p["Bref"] * p[f"V_{i}"]
    state["Bp"] = p["rno20"] * state["B_bm"]
    return state


def _signals(state: Mapping[str, float], p: Mapping[str, float]) -> dict[str, dict[str, float]]:
    """Activation, killing and cytokine signal of blood ("bl") and each tissue."""
    found: dict[str, dict[str, float]] = {}
    for i in ("bl", *SITES):
        blood = i == "bl"
        end = "" if blood else f"_{i}"
        drug = 1000.0 * state["C"] * (1.0 if blood else p[f"Kp_{i}"])  # ng/mL
        target, resting = state[f"B{end}"], state[f"Tr{end}"] + state[f"T0{end}"]
        active = state[f"Ta{end}"]
        engaged = _full(drug, p["KdT"], p["nd"])
        normal = p[f"V_{i}"] * p["Bref"] * (1.0 if blood else p[f"KB_{i}"])
        if i == "bm":
            target += p["sees_proB"] * state["Bp"]
            normal *= 1.0 + p["sees_proB"] * p["rno20"]
        ratio = target / resting if resting > 0.0 else 0.0
        reach = p["KmTB"] * (1.0 if blood else p["fKm"])
        contact = _full(active, reach * target, p["nk"])
        found[i] = {
            "act": (1.0 if blood else p["fTact"]) * p["VmT"] * _full(ratio, p["KmBT"], p["S"])
            * engaged,
            "kill": p["VmB"] * contact * drug / (p["KdB"] + drug),
            "il6": p["kIL6"] * active / p[f"V_{i}"] * target / normal * engaged,
        }  # fmt: skip
    return found


def propensities(
    t: float, state: Mapping[str, float], parameters: Mapping[str, float]
) -> dict[str, float]:
    """Every birth, death, conversion and move by itself, per day."""
    p, s = parameters, state
    signal = _signals(s, p)
    v, caps = p["V_bl"], {i: p[f"KB_{i}"] * p["Bref"] * p[f"V_{i}"] for i in SITES}
    normal = p["Bref"] * v
    rest = p["Tref"] * v
    death = p["kTaap"]
    r: dict[str, float] = {
        "make T": p["kTgen"] * rest * _room(s["Tr"] + s["Ta"] + s["T0"], rest) ** 2,
        "trim Tr": p["frap"] * death * max(0.0, s["Tr"] - rest),
        "die Ta": death * s["Ta"],
        "AICD": death * p["fAICD"] * s["Ta"] ** 2 / rest,
        "leave sp": p["kTaexit"] * v
        * max(0.0, s["B"] / v * p["KB_sp"] - s["B_sp"] / p["V_sp"]),
        "leave ln": p["kTaexit"] * v
        * max(0.0, s["B"] / v * p["KB_ln"] - s["B_ln"] / p["V_ln"]),
        "egress": p["kexit3"] * v
        * max(0.0, s["B_bm"] / p["V_bm"] - s["B"] / v * p["KB_bm"]),
        "divide B": p["kBprol"] * normal * _room(s["B"], normal),
        "kill B": p["kBkill"] * signal["bl"]["kill"] * s["B"],
        "divide B_tu": p["kBt"] * s["B_tu"],
        "mature": p["kBap"] / p["rmat"] * s["Bp"],
        "die B_bm": p["kBap"] * s["B_bm"],
        "die Bp": p["kBap"] * s["Bp"],
        "kill Bp": p["sees_proB"] * p["fBkill"] * p["kBkill"] * signal["bm"]["kill"] * s["Bp"],
        "clear": p["CL"] / p["V1"] * s["C"],
        "clear by target": p["Vm"] / p["V1"] * s["C"] / (p["Km"] + s["C"]),
        "spread": p["Q"] / p["V1"] * s["C"],
        "return": p["Q"] / p["V2"] * s["Cp"],
        "calm down": math.log(2.0) / p["inj_half_life"] * s["inj"],
    }  # fmt: skip
    for i in ("sp", "ln", "bm"):
        r[f"divide B_{i}"] = p["kBprol"] * caps[i] * _room(s[f"B_{i}"], caps[i])
    for i in SITES:
        r[f"kill B_{i}"] = p["fBkill"] * p["kBkill"] * signal[i]["kill"] * s[f"B_{i}"]
    c2 = caps["bm"] * p["rno20"]
    mature = normal + caps["sp"] + caps["ln"]
    lack = _room(s["B"] + s["B_sp"] + s["B_ln"], mature)
    r["make Bp"] = c2 * (p["kBap"] + p["kBap"] / p["rmat"]) * (1.0 + p["precursor_boost"] * lack)
    r["divide Bp"] = p["kBprol"] * c2 * _room(s["Bp"], c2)
    for i in ("bl", *SITES):
        end = "" if i == "bl" else f"_{i}"
        r[f"activate Tr{end}"] = p["kTact"] * signal[i]["act"] * s[f"Tr{end}"]
        r[f"activate T0{end}"] = p["kTact"] * signal[i]["act"] * s[f"T0{end}"]
        r[f"calm to Tr{end}"] = p["kTact"] * p["fdeact"] * s[f"Ta{end}"]
        r[f"calm to T0{end}"] = p["kTact"] * p["fdeact"] * s[f"Ta{end}"]
        r[f"divide{end}"] = p["fTap"] * p["kTprol"] * s[f"Ta{end}"]
        r[f"die T0{end}"] = p["f0a"] * death * s[f"T0{end}"]
        r[f"rest T0{end}"] = p["f0d"] * s[f"T0{end}"]
        r[f"IL6{end} on"] = signal[i]["il6"]
        r[f"IL6{end} off"] = math.log(2.0) / p["IL6_half_life"] * s[f"IL6{end}"]
    inj = s["inj"]
    for i in SITES:
        k, volume = p[f"KT_{i}"], p[f"V_{i}"]
        r[f"Tr in {i}"] = p["kTrexit"] * (1.0 + inj) * s["Tr"] * k
        r[f"T0 in {i}"] = p["kTrexit"] * (1.0 + inj) * s["T0"] * k
        r[f"Ta in {i}"] = p["kTaexit"] * (1.0 + p["fa0"] * inj) * s["Ta"] * k * p["fap"]
        r[f"Tr out {i}"] = p["kTrexit"] * v / volume * s[f"Tr_{i}"]
        r[f"T0 out {i}"] = p["kTrexit"] * v / volume * s[f"T0_{i}"]
        r[f"Ta out {i}"] = p["kTaexit"] * v / volume * s[f"Ta_{i}"]
    return r


def rhs(t: float, state: Mapping[str, float], parameters: Mapping[str, float]) -> dict[str, float]:
    """Time derivatives in the units of the states per day."""
    p, s = parameters, state
    r = propensities(t, state, parameters)
    d: dict[str, float] = {}
    for i in ("bl", *SITES):
        end = "" if i == "bl" else f"_{i}"
        up, again = r[f"activate Tr{end}"], r[f"activate T0{end}"]
        down, down0 = r[f"calm to Tr{end}"], r[f"calm to T0{end}"]
        d[f"Tr{end}"] = down - up + r[f"rest T0{end}"]
        d[f"Ta{end}"] = up + again - down - down0
        d[f"T0{end}"] = r[f"divide{end}"] - r[f"die T0{end}"] - r[f"rest T0{end}"] - again + down0
        d[f"IL6{end}"] = r[f"IL6{end} on"] - r[f"IL6{end} off"]
    d["Tr"] += r["make T"] - r["trim Tr"]
    d["Ta"] -= r["die Ta"] + r["AICD"]
    for i in SITES:
        for kind in ("Tr", "Ta", "T0"):
            moved = r[f"{kind} in {i}"] - r[f"{kind} out {i}"]
            d[kind] -= moved
            d[f"{kind}_{i}"] += moved
    d["B"] = r["egress"] - r["leave sp"] - r["leave ln"] + r["divide B"] - r["kill B"]
    for i in ("sp", "ln"):
        d[f"B_{i}"] = r[f"leave {i}"] + r[f"divide B_{i}"] - r[f"kill B_{i}"]
    d["B_bm"] = r["divide B_bm"] - r["egress"] + r["mature"] - r["die B_bm"] - r["kill B_bm"]
    d["Bp"] = r["make Bp"] + r["divide Bp"] - r["mature"] - r["die Bp"] - r["kill Bp"]
    d["B_tu"] = r["divide B_tu"] - r["kill B_tu"]
    c, cp = s["C"], s["Cp"]
    saturable = p["Vm"] * c / (p["Km"] + c)
    d["C"] = -(p["Q"] * (c - cp) + p["CL"] * c + saturable) / p["V1"]
    d["Cp"] = p["Q"] * (c - cp) / p["V2"]
    d["inj"] = -math.log(2.0) / p["inj_half_life"] * s["inj"]
    return d


def solve(
    parameters: Mapping[str, float],
    times: ArrayLike,
    doses: Sequence[Given] = (),
    infusions: Sequence[tuple[float, float, float]] = (),
    *,
    method: Literal["LSODA", "BDF"] = "LSODA",
) -> dict[str, Array]:
    """Course at ``times`` (day, >= 0, any order).

    ``doses`` are in ug (per m2), ``infusions`` are (start, end, ug (per m2) a day). A value at
    the time of a dose is the one after it. The tumour runs as a logarithm, because it
    falls by hundreds of orders of magnitude.
    """
    p = parameters
    at = np.atleast_1d(np.asarray(times, dtype=float))
    if at.min() < 0.0:
        raise ValueError(f"times start at day 0; got {at.min()}")
    start = INITIAL(p)
    tumour = NAMES.index("B_tu")
    y = np.array([start[name] for name in NAMES])
    y[tumour] = math.log(y[tumour])
    atol = np.array(
        [1e-9 if n in ("C", "Cp", "inj") or n.startswith("IL6") else 1e-2 for n in NAMES]
    )
    atol[tumour] = 1e-9

    def slope(t: float, y: Array, inflow: float) -> list[float]:
        state = dict(zip(NAMES, y.tolist(), strict=True))
        # a tumour of 1e-217 cells is gone; the floor keeps ratios finite
        state["B_tu"] = math.exp(max(-500.0, state["B_tu"]))
        change = rhs(t, state, p)
        change["B_tu"] /= state["B_tu"]
        change["C"] += inflow / p["V1"]
        return [change[name] for name in NAMES]

    end = float(at.max())
    breaks = {0.0, end, *(g.day for g in doses), *(day for i in infusions for day in i[:2])}
    out = np.empty((len(NAMES), at.size))
    for low, high in pairwise([*sorted(day for day in breaks if day <= end), math.inf]):
        for given in doses:
            if given.day == low:
                y[NAMES.index("C")] += given.amount / p["V1"]
                y[NAMES.index("inj")] += p["inj_per_dose"]
        inside = (at >= low) & (at < high)
        if low == end:
            out[:, inside] = y[:, None]
            break
        inflow = sum(rate for first, last, rate in infusions if first <= low < last)
        stops = np.unique(np.concatenate(([low], at[inside], [high])))
        run = solve_ivp(
            slope,
            (low, high),
            y,
            method=method,
            t_eval=stops,
            rtol=1e-10,
            atol=atol,
            args=(inflow,),
        )
        if not run.success:
            raise RuntimeError(f"integration stopped at day {run.t[-1]:g}: {run.message}")
        out[:, inside] = run.y[:, np.searchsorted(stops, at[inside])]
        y = run.y[:, -1].copy()
    course = dict(zip(NAMES, out, strict=True))
    with np.errstate(under="ignore"):
        course["B_tu"] = np.exp(course["B_tu"])
    return course


def combined(course: Mapping[str, Array], parameters: Mapping[str, float]) -> Array:
    """Interleukin 6 of blood with what tissues pass on (pg/mL)."""
    p = parameters
    spill = sum(course[f"IL6_{i}"] * p[f"V_{i}"] for i in SITES) / p["V_bl"]
    return course["IL6"] + p["IL6_tissue_fraction"] * spill


def _mechanisms() -> dict[str, str]:
    """Name of each propensity here, to the reaction of the entry."""
    names = {
        "make T": "thymic_output", "trim Tr": "Tr_excess_death", "die Ta": "Ta_death",
        "AICD": "Ta_activation_induced_death", "leave sp": "B_to_sp", "leave ln": "B_to_ln",
        "egress": "B_bm_to_blood", "kill B": "B_killing", "divide B": "B_division",
        "divide B_tu": "B_tu_division", "mature": "Bp_maturation", "die B_bm": "B_bm_death",
        "die Bp": "Bp_death", "kill Bp": "Bp_killing", "make Bp": "Bp_generation",
        "divide Bp": "Bp_division", "clear": "elimination", "spread": "distribution",
        "clear by target": "saturable_elimination", "return": "redistribution",
        "calm down": "injection_decay",
    }  # fmt: skip
    names |= {f"divide B_{i}": f"B_{i}_division" for i in ("sp", "ln", "bm")}
    names |= {f"kill B_{i}": f"B_{i}_killing" for i in SITES}
    for end in ("", *(f"_{i}" for i in SITES)):
        names |= {
            f"activate Tr{end}": f"Tr{end}_activation",
            f"activate T0{end}": f"T0{end}_reactivation",
            f"calm to Tr{end}": f"Ta{end}_to_resting",
            f"calm to T0{end}": f"Ta{end}_to_post_activated",
            f"divide{end}": f"Ta{end}_division",
            f"die T0{end}": f"T0{end}_death",
            f"rest T0{end}": f"T0{end}_to_resting",
            f"IL6{end} on": f"IL6{end}_production",
            f"IL6{end} off": f"IL6{end}_clearance",
        }
    for i in SITES:
        for kind in ("Tr", "Ta", "T0"):
            names |= {f"{kind} in {i}": f"{kind}_to_{i}", f"{kind} out {i}": f"{kind}_from_{i}"}
    return names


COMPARE = Compare(
    # soon after doses: blinatumomab is gone within days, and a zero has no digits to compare
    days=(0.0, 0.1, 0.5, 7.1, 7.5, 14.1, 14.5, 21.1, 21.5),
    mechanisms=_mechanisms(),
    doses=STEP_UP[:4],
)
