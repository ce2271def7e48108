"""What the reference model has to reproduce, its equations in full, and what was tried before."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping

from livingdrug.catalogue.readout import Deviation, Population, PrintedEquation, Readout
from livingdrug.catalogue.reference._reference_tables import COLUMNS, TRAJECTORIES
from livingdrug.model.regimen import Dose

__all__ = ["DEVIATIONS", "EQUATIONS", "LYMPHODEPLETION", "READOUTS", "SETTINGS"]

_RUN = "version 0.1, reference trajectories: LSODA at rtol 1e-10"
_CHECKS = "checks of version 0 (cells as in version 0.1)"
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


def _checks() -> Iterator[Readout]:
    """Yield what version 0.1 says of lymphodepletion and of a drawn population."""
    cells, values = SETTINGS["A"]
    given = (*LYMPHODEPLETION, Dose("infusion", cells, "cell", 0.0))
    yield Readout(
        "the last antigen-positive tumour cell of A is gone", "event day", "extinct(TP)", 92.3212,
        "day", _RUN, atol=half_digit(92.3212), witness="independent run", end=365.0, doses=given,
    )  # fmt: skip
    recovery = ((0, 9.7, 0.05), (7, 150, 0.5), (14, 347, 0.5), (28, 483, 0.5))  # printed digits
    for day, number, half in recovery:
        yield Readout(
            f"host T cells on day {day}", "value", "t_cells_blood", number, "cell/uL", _CHECKS,
            atol=half, day=day, doses=given,
        )  # fmt: skip
    yield Readout(
        "homeostatic cytokine on day 0, relative to health", "value", "C", 3.4, "1", _CHECKS,
        atol=0.05, day=0.0, doses=given,
    )  # fmt: skip
    cells, values = SETTINGS["B"]
    given = (*LYMPHODEPLETION, Dose("infusion", cells, "cell", 0.0))
    for day, number in ((7, 42), (14, 20), (28, 2.5), (90, 0.31), (180, 0.10)):
        yield Readout(
            f"B, median of people on day {day}", "value", "car_cells_blood", number, "cell/uL",
            f"{_CHECKS}, 300 people",
            # two standard errors of that median: 2 x 1.25 x 1.3 (SD of the logarithm) / sqrt(300)
            rtol=0.2, witness="independent run", day=day, values=values, doses=given,
            population=Population(1000, 1, 0.5),
        )  # fmt: skip


READOUTS = (*(item for name in TRAJECTORIES for item in _trajectory(name)), *_checks())

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
    Deviation(
        "expansion ended by the lack of antigen alone (first version tried)",
        "also by the niche (KE) and by the reserve of divisions (G / Gm)",
        "98 % complete responses, and the weakest killers expanded most",
    ),
    Deviation(
        "expansion ended by antigen and the reserve of divisions (second version tried)",
        "also by the niche (KE)",
        "a tenth of the dose gave 0.29 of the peak; with the niche it gives 0.6",
    ),
    Deviation(
        "recall that uses up memory cells (tried)",
        "recall leaves the memory cell: division into unlike daughters",
        "with depletion the terminal half-life fell from 320 to 17 days",
    ),
    Deviation(
        "release of IL-6 as p6 Y^2 (version 0)",
        "p6 Y (Fk/KF)^0.8",
        "IL-6 did not follow burden, which it does in people. What version 0 said of cytokines "
        "therefore differs: tocilizumab on day 10 raises IL-6 4.7, 5.6 and 1.8 times after 0.5, 1 "
        "and 4 days (version 0: 4.9, 6.6 and 8.8), temperature falls from 39.2 to 38.2 degrees in "
        "a day (39.7 to 38.3), and dexamethasone on days 10 to 14 leaves 0.31 of the untreated "
        "IL-6 after 2 days (0.15), 0.11 of what was before it",
    ),
    Deviation(
        "a temperature of 36.5 + 0.85 V degrees Celsius",
        "the observable is what lies above 37 degrees, 0.85 V - 0.5",
        "units here have no zero point other than 0, and the vocabulary counts body temperature "
        "from 37 degrees",
    ),
    Deviation(
        "Ph0^nu, (Fk/KF)^0.8, logarithms of H and HN and the niche at no support, without a floor",
        "a floor of 1e-30 cells, cells a day, or of support, under each",
        "their slope or value would be infinite where nothing is there; no printed digit changes",
    ),
    Deviation(
        "what the infused cells, PD-1 antibody, infused IL-15 and alemtuzumab do to the model, in "
        "words",
        "the factors infused_fraction, tme_left and cd52 and the input iC with kI15 in the "
        "equations, at values that leave the trajectories as they are",
        "a treatment is a dose or a value here, never another equation",
    ),
)
