"""Population pharmacokinetics of cyclophosphamide, and neutrophils after it (breast cancer).

The first cycle of chemotherapy in 267 women in Ethiopia, 500 or 600 mg/m2 as an infusion of half an
hour; one compartment (``c = A / V``):

    dA/dt = -CL c,                 V = 46.5 L (body surface / 1.58 m2)**0.861
    ANC = ANC0 - slope AUC                                                    (Eq. 5)

Neutrophils were counted before and on day 20, and AUC is that of the parent drug up to then; the
observable ``neutrophils`` follows the AUC so far, and means something on day 20 only.

Clearance is a third lower with the 500 mg/m2 regimen (variant ``regimen_500``). That regimen holds
fluorouracil besides, so that the effect is not one of the dose. The parent drug alone is modelled:
neither its active metabolite nor the induction of its own clearance by repeated doses, and no
lymphocytes.

Doses are mg per person: ``Dose("cyclophosphamide", 500, "mg", -5, 0.5/24, "m2")``, as
`Regimen.lymphodepletion` gives them.

Ahmed JH, Makonnen E, Bisaso RK, et al. Front Pharmacol 2020;11:406. doi:10.3389/fphar.2020.00406
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from livingdrug.catalogue.entry import published
from livingdrug.catalogue.readout import Deviation, PrintedEquation, Readout
from livingdrug.core.source import Origin, Source
from livingdrug.model.builder import ModelBuilder
from livingdrug.model.model import Model
from livingdrug.model.regimen import Dose
from livingdrug.model.variability import IIV, ResidualError

SOURCE = Source(
    doi="10.3389/fphar.2020.00406",
    authors=(
        "Ahmed, Jemal Hussien",
        "Makonnen, Eyasu",
        "Bisaso, Ronald Kuteesa",
        "Mukonzo, Jackson Kijumba",
        "Fotoohi, Alan",
        "Aseffa, Abraham",
        "Howe, Rawleigh",
        "Hassan, Moustapha",
        "Aklillu, Eleni",
    ),
    year=2020,
    title=(
        "Population pharmacokinetic, pharmacogenetic, and pharmacodynamic analysis of "
        "cyclophosphamide in Ethiopian breast cancer patients"
    ),
    journal="Frontiers in Pharmacology",
    volume="11",
    pages="406",
    note=(
        "The abstract was read, and Tables 3 and 4 through a transcription that quotes them "
        "(nlmixr2lib)."
    ),
)

_THREE, _FOUR, _EFFECT = "Table 3", "Table 4", "Results, pharmacodynamic modeling"
_STRUCTURE = "Results: one compartment"
_MOLAR_MASS = 261.09


@published(
    source=SOURCE,
    variants={
        "regimen_600": "600 mg/m2 with doxorubicin, the reference of the source",
        "regimen_500": "500 mg/m2 with doxorubicin and fluorouracil",
    },
)
def model(variant: str) -> Model:
    """Build the final model of one regimen."""
    m = ModelBuilder(
        "ahmed2020",
        title="Population pharmacokinetics of cyclophosphamide, and neutrophils after it",
        organism="human",
        population="breast cancer, first cycle of chemotherapy, 267 women in Ethiopia",
        source=SOURCE,
        variant=variant,
        dimensions="strict",
    )
    m.species(
        "A", initial=0.0, unit="mg", nominal=1.0, origin=Origin.FIXED, at="no drug before a dose",
        doc="cyclophosphamide in the body",
    )  # fmt: skip
    _parameters(m, low=variant == "regimen_500")
    m.covariate("body_surface_area", "m**2", reference=1.58, at=_FOUR, doc="median of the women")
    m.covariate_effect("V", "body_surface_area", 0.861, form="power", at=_FOUR)
    m.assign("c", "A / V", "mg/L", at=_STRUCTURE, doc="cyclophosphamide in plasma")
    m.reaction("elimination", "A ->", rate="quantity(24, 'hour/day') * CL * c", at=_STRUCTURE)
    m.integral("exposure", "c", "mg/L*day", at="Eq. 5", doc="area under cyclophosphamide so far")
    m.assign(
        "AUC", "exposure * quantity(24000, 'hour*g*umol/(day*mg*mol)') / molar_mass",
        "umol*hour/L", at="Eq. 5", doc="area under cyclophosphamide so far",
    )  # fmt: skip
    m.dose(
        "cyclophosphamide", "mg", {"A": "dose"}, entity="cyclophosphamide",
        typical=790.0 if variant == "regimen_500" else 948.0,
        at="Methods: 500 or 600 mg/m2, here for 1.58 m2, infused over 0.5 h", doc="into blood",
    )  # fmt: skip
    m.observable(
        "cyclophosphamide", "c", "mg/L", residual=ResidualError("additive", 1.54, at=_THREE),
        term="cyclophosphamide_plasma", at=_STRUCTURE, doc="cyclophosphamide in plasma",
    )  # fmt: skip
    m.observable(
        "neutrophils", "max(ANC0 - slope * AUC, 0 * ANC0)", "cell/uL", at="Eq. 5",
        doc="neutrophils on day 20, from the area so far",
    )  # fmt: skip
    return m.build()


def _parameters(m: ModelBuilder, *, low: bool) -> None:
    at, origin = _THREE, Origin.ESTIMATED
    clearance, volume = 5.41, 46.5
    if low:
        at, origin = "Table 3, times 1 + theta of Table 4", Origin.DERIVED
        clearance, volume = 5.41 * (1 - 0.323), 46.5 * (1 - 0.371)
    m.parameter(
        "CL", clearance, "L/hour", origin=origin, at=at, lower=0.0, doc="clearance",
        iiv=IIV.cv(0.464, at=f"{_THREE}, final model"),
    )  # fmt: skip
    m.parameter(
        "V", volume, "L", origin=origin, at=at, lower=0.0, doc="volume at 1.58 m2",
        iiv=IIV.cv(0.359, at=f"{_THREE}, final model"),
    )  # fmt: skip
    m.parameter(
        "ANC0", 3450.0, "cell/uL", origin=Origin.ESTIMATED, at=_EFFECT, lower=0.0, symbol="ANCo",
        doc="neutrophils without the drug",
    )  # fmt: skip
    m.parameter(
        "slope", 1.42, "cell*L/(uL*umol*hour)", origin=Origin.ESTIMATED, at=_EFFECT, lower=0.0,
        doc="neutrophils lost per area under the drug",
    )  # fmt: skip
    m.parameter(
        "molar_mass", _MOLAR_MASS, "g/mol", origin=Origin.LITERATURE,
        at="C7H15Cl2N2O2P, as the transcription converts", lower=0.0,
        doc="molar mass of cyclophosphamide",
    )  # fmt: skip


HOUR = 1.0 / 24.0
_ONCE = (Dose("cyclophosphamide", 948.0, "mg", 0.0, 0.5 * HOUR),)
_THRICE = tuple(Dose("cyclophosphamide", 950.0, "mg", float(day), 0.5 * HOUR) for day in range(3))
_RUN, _CLOSED = "own integration, LSODA", "closed form"
_LARGE = 46.5 * (1 - 0.371) * (1.9 / 1.58) ** 0.861  # volume at 1.9 m2


def _number(label: str, of: str, equals: float, unit: str, at: str, variant: str,
            rtol: float = 2e-6, **values: float) -> Readout:  # fmt: skip
    return Readout(
        label, "expression", of, equals, unit, at, rtol=rtol,
        witness="independent run" if at == _CLOSED else "source", variant=variant, values=values,
    )  # fmt: skip


def _value(label: str, of: str, equals: float, unit: str, day: float, doses: tuple[Dose, ...],
           variant: str, at: str = _RUN, **values: float) -> Readout:  # fmt: skip
    return Readout(
        label, "value", of, equals, unit, at, rtol=1e-5,  # six digits, and the run at 1e-6
        witness="independent run", day=day, variant=variant, doses=doses, values=values,
    )  # fmt: skip


def _readouts() -> Iterator[Readout]:
    high, low = "regimen_600", "regimen_500"
    yield _number("clearance", "CL", 5.41, "L/hour", "abstract", high)
    yield _number("volume", "V", 46.5, "L", "abstract", high)
    yield _number("half-life", "log(2) * V / CL", 5.957735, "hour", _CLOSED, high)
    for hour, level in ((0.5, 19.8055), (6, 10.4444), (24, 1.28643)):
        yield _value(
            f"948 mg, {hour:g} h", "cyclophosphamide", level, "mg/L", hour * HOUR, _ONCE, high
        )
    area = 948 / 5.41 * 1000 / _MOLAR_MASS
    yield _value("948 mg, AUC", "AUC", area, "umol*hour/L", 20.0, _ONCE, high, _CLOSED)
    yield _value("948 mg, neutrophils on day 20", "neutrophils", 3450 - 1.42 * area, "cell/uL",
                 20.0, _ONCE, high, _CLOSED)  # fmt: skip
    yield _number("clearance lower by 32.3 %", "CL / 5.41", 0.677, "1", "abstract", low, rtol=1e-9)
    yield _number("volume lower by 37.1 %", "V / 46.5", 0.629, "1", _FOUR, low, rtol=1e-9)
    yield _number("clearance", "CL", 3.66257, "L/hour", _CLOSED, low)
    yield _number("volume at 1.9 m2", "V", 34.2820, "L", _CLOSED, low, V=_LARGE)
    yield _number("half-life at 1.9 m2", "log(2) * V / CL", 6.48793, "hour", _CLOSED, low, V=_LARGE)
    for hour, level in ((0.5, 26.9842), (48.5, 29.2216)):
        yield _value(
            f"950 mg three times, 1.9 m2, {hour:g} h", "cyclophosphamide", level, "mg/L",
            hour * HOUR, _THRICE, low, V=_LARGE,
        )  # fmt: skip
    # steady state is near: the peak of the third of equal doses a day apart
    k = math.log(2) / 6.48793
    sum_of_three = 1 + math.exp(-24 * k) + math.exp(-48 * k)
    yield Readout(
        "950 mg three times, accumulation", "value", "cyclophosphamide", 26.9842 * sum_of_three,
        "mg/L", _CLOSED, rtol=1e-5, witness="independent run", day=48.5 * HOUR, variant=low,
        values={"V": _LARGE}, doses=_THRICE,
    )  # fmt: skip


READOUTS = tuple(_readouts())

EQUATIONS = (PrintedEquation("A", "-24 * CL / V * A", _STRUCTURE),)

DEVIATIONS = (
    Deviation(
        "Eq. 5 subtracts slope times AUC, and the slope is printed as -1.42",
        "neutrophils fall by 1.42 cell/uL per umol h/L",
        "read literally they would rise; the Results say that they fall, and Fig. 7 shows it",
    ),
    Deviation(
        "a line that falls below zero at 2430 umol h/L",
        "0 there",
        "a single dose of the source stays far above; three doses of lymphodepletion do not, and "
        "the line says nothing about them",
    ),
    Deviation(
        "a combined error of the neutrophils, of unknown size",
        "none",
        "the source does not print it",
    ),
    Deviation(
        "variability of clearance of 54.5 % (abstract)",
        "46.4 %",
        "Table 3 has the latter for the final model, which explains part of it by the regimen",
    ),
    Deviation(
        "neutrophils in '10^3 cells/mm^3' with a median of 3645.5 (Table 1)",
        "cells/mm^3",
        "the inclusion criterion of 1500/mm^3",
    ),
    Deviation(
        "500 or 600 mg/m2 as a covariate",
        "two variants",
        "there are two regimens, and nothing between them",
    ),
    Deviation(
        "rates per hour",
        "the same numbers, multiplied by 24 hours per day in the rates",
        "time is in days",
    ),
)
