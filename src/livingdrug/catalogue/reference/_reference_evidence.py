"""What the reference model has to reproduce, its equations in full, and what was tried before."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping

from livingdrug.catalogue.readout import Deviation, PrintedEquation, Readout
from livingdrug.catalogue.reference._reference_tables import COLUMNS, TRAJECTORIES
from livingdrug.model.regimen import Dose

__all__ = ["DEVIATIONS", "EQUATIONS", "LYMPHODEPLETION", "READOUTS", "SETTINGS"]

_RUN = "version 0.1, reference trajectories: LSODA at rtol 1e-10"
_EQUATIONS = "version 0.1, equations"

LYMPHODEPLETION = tuple(
    dose
    for day in (-5.0, -4.0, -3.0)
    for dose in (
        Dose("fludarabine", 0.7, "mg/L", day),
        Dose("cyclophosphamide", 27.0, "mg/L", day + 0.02),
    )
)
"""Steps of concentration that stand for 30 and 500 mg/m2 on three days."""

SETTINGS: Mapping[str, tuple[float, Mapping[str, float]]] = {
    "A": (1e8, {}),
    "B": (
        1.5e8,
        {
            "rho": 1.55, "alpha": 0.22, "eps": 6e-4, "beta": 0.012, "r": 0.05, "KT": 5e12,
            "kap": 1.2, "h": 6e8, "psi": 0.9, "kin": 0.03, "kout": 0.15, "tme": 0.4, "T0": 8e10,
        },
    ),
    "C": (
        1e8,
        {
            "rho": 0.5, "keng": 0.4, "kloss": 0.6, "alpha": 0.005, "eps": 0.0, "beta": 0.0,
            "rre": 0.0, "gam": 0.5, "h": 5e8, "nkd": 1.0, "K15s": 0.3, "fI": 0.1, "pI": 2e-9,
            "Gm": 6.5, "mmT": 0.03, "r": 0.03, "KT": 5e12, "a15": 15.0, "T0": 6e10,
            "krej": 0.6,  # see the deviations
        },
    ),
    "D": (1e8, {}),
}  # fmt: skip
"""Infused cells and values other than the model's of each trajectory.

A: 4-1BB CD19 CAR-T cells in B-ALL. B: CD28 CD19 CAR-T cells in lymphoma. C: CAR-NK cells that
make IL-15. D: as A, with 560 mg of tocilizumab on day 10.
"""


def half_digit(value: float) -> float:
    """Return half a unit of the last of six digits, and a hundredth of it for rounding of a run."""
    return 1e-12 if value == 0 else 0.505 * 10.0 ** (math.floor(math.log10(abs(value))) - 5)


def _trajectory(name: str) -> Iterator[Readout]:
    cells, values = SETTINGS[name]
    given = (*LYMPHODEPLETION, Dose("infusion", cells, "cell", 0.0))
    for day, *numbers in TRAJECTORIES[name]:
        doses = given
        if name == "D" and day > 10:
            doses = (*given, Dose("tocilizumab", 560.0, "mg", 10.0))
        for (state, unit), number in zip(COLUMNS, numbers, strict=True):
            yield Readout(
                f"{name}: {state} on day {day:g}", "value", state, number, unit, _RUN,
                atol=half_digit(number), witness="independent run", day=day,
                values=values, doses=doses,
            )  # fmt: skip


def _readouts() -> Iterator[Readout]:
    for name in TRAJECTORIES:
        yield from _trajectory(name)
    doses = (*LYMPHODEPLETION, Dose("infusion", 1e8, "cell", 0.0))
    yield Readout(
        "A: the last antigen-positive tumour cell is gone", "event day", "extinct(TP)", 92.3212,
        "day", _RUN, atol=5e-5, witness="independent run", end=365.0, doses=doses,
    )  # fmt: skip


READOUTS = tuple(_readouts())

_DEFINED = {
    "A": "psi * TP + wB * B",
    "AL": "(1 - psi) * TP",
    "Ce": "C + a15",
    "fC": "Ce / (Ce + Kc) * (Cref + Kc) / Cref",
    "sS": "A / (A + kap * ES + 1)",
    "sL": "AL / (AL + kap * EL + 1)",
    "q": "1 / (1 + (G / Gm)**ng)",
    "qk": "kx + (1 - kx) * q",
    "cap": "max(0, 1 - (ES + EL + M) / (KE * Ce / Cref))",
    "tm": "tme * tme_left",
    "rej": "mmT * krej * R / (hR + R) + mmN * krejN * HN / (hN + HN)",
    "surv": "nkd * (1 - Ce / (Ce + K15s))",
    "uS": "rho * fC * sS * cap * q * (1 - ImP * FD)",
    "uL": "rho * fC * sL * cap * q * (1 - ImP * FD) * (1 - tm)",
    "gS": "uS - alpha * (1 - sS * q) - surv - rej",
    "gL": "uL - alpha * (1 - sL * q) - xi * sL * (1 + 4 * tm) - surv - rej",
    "kS": "qk * gam * aK * ES / (h + ES + eta * (psi * TP + B))",
    "kL": "qk * gam * aK * (1 - tm) * EL / (h + EL + eta * AL + 1)",
    "kill": "psi * kS + (1 - psi) * kL",
    "ld": "0.25 * (EmF * FLU / (FLU + E50F) + EmC * CY / (CY + E50C))",
    "la": "EmA * ALM / (ALM + E50A)",
    "D": "I + ES + EL + M + X",
    "Ph0": "aC * qk * ((ES + fI * I) * sS + (1 - tm) * EL * sL)",
    "Phi": "1e10 * (Ph0 / 1e10)**nu",
    "Fk": "kill * TP",
    "c": "TCZ / Vt",
    "RO": "c / (c + KD)",
    "sig": "(1 - RO) * IL6",
    "cd": "1000 * DEX / Vd",
}
"""The abbreviations, each over parameters, states and those before it."""

_RATES = {
    "I": "-(keng + kloss) * I - rej * I - cd52 * la * I",
    "ES": "keng * I + (gS - xi * sS - eps * (1 - sS)) * ES - kin * ES + kout * EL + rre * sS * M"
    " - cd52 * la * ES",
    "M": "eps * (1 - sS) * ES - beta * M - rej * M - surv * M - cd52 * la * M",
    "X": "xi * sS * ES + xi * sL * (1 + 4 * tm) * EL - dX * X - rej * X - cd52 * la * X",
    "EL": "kin * ES - kout * EL + gL * EL",
    "TP": "r * TP * (1 - (TP + TN) / KT) - kill * TP - mu * TP - inn * TP",
    "TN": "r * TN * (1 - (TP + TN) / KT) + mu * TP - kby * kill * TN - inn * TN",
    "B": "pB + rB * B * (1 - B / KB) - kS * B - 0.15 * (4 * ld + la) * B",
    "H": "-rH * H * log(H / KH) - (ld + la) * H",
    "HN": "-rN * HN * log(HN / KN) - (ld + 0.3 * la) * HN",
    "R": "mmT * (rhoR * R * D / (D + KR) * max(0, 1 - R / KRc) * min(1, 1.5 * Ce / (Ce + 1))"
    " + fpre * rH * H * max(0, log(KH / H))) - (dR + ld + la + 0.3 * ImE * FD) * R",
    "C": "pC + iC - C * (dC0 + dC1 * (H + HN + ES + EL + M) / (KH + KN))",
    "FLU": "-kflu * FLU",
    "CY": "-kcy * CY",
    "ALM": "-kalm * ALM",
    "IFN": "pI * Phi * (1 - ImI * FD) - dI * (IFN - IFN0) + kI15 * iC",
    "Y": "kY * (IFN / (IFN + KI) + wD * Fk / (Fk + KF)) * (1 - Y) * (1 - 0.7 * FD) - dY * Y",
    "IL6": "p6 * Y * (max(0, Fk) / KF)**0.8 * (1 - ImI * FD) + (klin + Vr / (1 + IL60 / Kr)) * IL60"
    " - klin * IL6 - Vr * (1 - RO) * IL6 / (1 + IL6 / Kr)",
    "CRP": "kcrp * sig / (sig + K6c) - dcrp * (CRP - CRP0)",
    "V": "kV * (log(1 + sig / K6) + wI * log(1 + IFN / KIv) + wY * Y - V)",
    "Z": "kZ * (wI * log(1 + IFN / KIv) + 0.5 * log(1 + IL6 / K6) - Z)",
    "TCZ": "-CLt * c - VMt * c / (KMt + c)",
    "DEX": "-CLd / Vd * DEX",
    "FD": "4 * kfd * cd / (cd + IC50) * (1 - FD) - kfd * FD",
    "G": "(rho * fC * q * (sS * ES + (1 - tm) * sL * EL) - (keng * I + rre * sS * M) * G)"
    " / (ES + EL + 1)",
}
"""The 25 equations; those terms that only a drug or an edit switches on stand last."""


def _in_full(rate: str) -> str:
    """Write a rate over parameters and states alone, so that nothing of the model's is used."""
    for name, meaning in reversed(_DEFINED.items()):
        rate = re.sub(rf"\b{name}\b", f"({meaning})", rate)
    return rate


EQUATIONS = tuple(
    PrintedEquation(state, _in_full(rate), _EQUATIONS) for state, rate in _RATES.items()
)

DEVIATIONS: tuple[Deviation, ...] = (
    Deviation(
        "trajectory C lists its values without krej, which would leave 1 /day",
        "krej 0.6 /day in the read-outs of C",
        "with 0.6 all its numbers come out to six digits; with 1 they are off by up to 1e-4 of "
        "their value on day 14 and 6e-3 on day 365",
    ),
)
