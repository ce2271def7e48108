"""Methylprednisolone and the interleukin 6 of heart surgery (neonates).

64 neonates of 3.2 kg got 30 mg/kg of methylprednisolone sodium succinate once or twice around
cardiopulmonary bypass, which sets off a surge of interleukin 6. Two compartments after the
formation from the prodrug, and an indirect response:

    dD/dt = -kf D,   dA/dt = kf D - CL C - Q C + Q P / Vp,   dP/dt = Q C - Q P / Vp,   C = A / Vc
    CL -> CL (bypass / 156.5 min)**-0.47  after bypass
    X = CPBE  from 0.5 h after the start of bypass to its end, then  CPBE exp(-0.693 t / 9.08 h)
    E = Imax C**2.53 / (IC50**2.53 + C**2.53)                                    (Eq. 5)
    dIL6/dt = kin ((1 + X (1 - f)) (1 - E) + X f) - kout IL6,  kin = kout base   (Eq. 3, 4)

A part f of the surge does not answer to the steroid. Its effect saturates far below the levels
reached, and *delays* the rest: the drug is gone before the surge is, which then rebounds. Bypass
starts at ``t_bypass`` (day 0 unless set, infinity for never) and lasts ``bypass`` minutes.

This is the one clinical model found that links a steroid to interleukin 6. Its surge is that of
surgery in neonates, not of cytokine release after CAR-T cells.

Hornik CP, Gonzalez D, Dumond J, et al. CPT Pharmacometrics Syst Pharmacol 2019;8:913-922.
doi:10.1002/psp4.12470
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

from livingdrug.catalogue.entry import published
from livingdrug.catalogue.readout import Deviation, PrintedEquation, Readout, Take
from livingdrug.core.source import Origin, Source
from livingdrug.model.builder import ModelBuilder
from livingdrug.model.model import Model
from livingdrug.model.regimen import Dose
from livingdrug.model.variability import IIV, ResidualError

SOURCE = Source(
    doi="10.1002/psp4.12470",
    authors=(
        "Hornik, Christoph P.",
        "Gonzalez, Daniel",
        "Dumond, Julie",
        "Wu, Huali",
        "Graham, Eric M.",
        "Hill, Kevin D.",
        "Cohen-Wolkowiez, Michael",
    ),
    year=2019,
    title=(
        "Population pharmacokinetic/pharmacodynamic modeling of methylprednisolone in neonates "
        "undergoing cardiopulmonary bypass"
    ),
    journal="CPT: Pharmacometrics & Systems Pharmacology",
    volume="8",
    pages="913-922",
    note=(
        "The abstract was read, and Tables 2 and 3 and the control streams (Data S2 and S3) "
        "through a transcription that quotes them (nlmixr2lib). Interleukin 10 is left out."
    ),
)

_PK, _PD, _S2 = "Table 2", "Table 3", "Eq. 6 and Data S2"


@published(source=SOURCE, variants={"published": "the final models of Tables 2 and 3"})
def model(variant: str) -> Model:
    """Build the kinetics and the response of interleukin 6."""
    m = ModelBuilder(
        "hornik2019",
        title="Methylprednisolone and interleukin 6 around cardiopulmonary bypass",
        organism="human",
        population="neonates in heart surgery with cardiopulmonary bypass, 64 aged 3 to 30 days",
        source=SOURCE,
        variant=variant,
        dimensions="strict",
    )
    for name, doc in (
        ("D", "prodrug"),
        ("A", "methylprednisolone in blood"),
        ("P", "methylprednisolone in the periphery"),
    ):
        m.species(
            name, initial=0.0, unit="mg", nominal=1e-3, origin=Origin.FIXED,
            at="no drug before a dose", doc=doc,
        )  # fmt: skip
    m.species(
        "IL6", initial=7.9, unit="pg/mL", nominal=1.0, origin=Origin.DERIVED,
        at="base", doc="interleukin 6 in plasma",
    )  # fmt: skip
    m.initial("IL6", "base")
    _kinetic_parameters(m)
    _response_parameters(m)
    _assignments(m)
    _reactions(m)
    m.dose(
        "methylprednisolone", "mg", {"D": "dose"}, entity="methylprednisolone sodium succinate",
        typical=96.0, at="Methods: 30 mg/kg, here for 3.2 kg, infused over 1 h",
        doc="prodrug into blood",
    )  # fmt: skip
    m.observable(
        "methylprednisolone", "C", "ng/mL", lloq=1.0,
        residual=ResidualError("proportional", 0.428, at=_PK), term="methylprednisolone_plasma",
        at="Data S3", doc="methylprednisolone in plasma",
    )  # fmt: skip
    m.observable(
        "il6", "IL6", "pg/mL", residual=ResidualError("proportional", 0.541, at=_PD),
        term="il6_serum", at="Eq. 3", doc="interleukin 6 in plasma",
    )  # fmt: skip
    return m.build()


def _kinetic_parameters(m: ModelBuilder) -> None:
    table: tuple[tuple[str, float, str, float, str, str], ...] = (
        ("CL", 3.88, "L/hour", 0.472, "CL/F", "clearance before bypass, at 3.2 kg"),
        ("Vc", 8.92, "L", 0.264, "Vc/F", "central volume at 3.2 kg"),
        ("Q", 0.10, "L/hour", 0.326, "Q/F", "exchange with the periphery at 3.2 kg"),
        ("Vp", 16.81, "L", 0.0, "Vp/F", "peripheral volume at 3.2 kg"),
        ("kf", 0.41, "1/hour", 0.0, "Kf", "formation from the prodrug"),
        ("e_bypass", -0.47, "1", 0.0, "CPB time on CL", "exponent of the time on bypass"),
    )
    for name, value, unit, cv, symbol, doc in table:
        m.parameter(
            name, value, unit, origin=Origin.ESTIMATED, at=_PK, symbol=symbol, doc=doc,
            lower=-math.inf if name == "e_bypass" else 0.0,
            iiv=IIV.cv(cv, at=_PK) if cv else None,
        )  # fmt: skip
    m.covariate("weight", "kg", reference=3.2, at=_PK, doc="weight at the first sample")
    for name in ("CL", "Q"):
        m.covariate_effect(name, "weight", 1.24, form="power", at=_PK)
    for name in ("Vc", "Vp"):
        m.covariate_effect(
            name, "weight", 1.0, form="power", origin=Origin.FIXED, at="Methods and Data S3"
        )


def _response_parameters(m: ModelBuilder) -> None:
    estimated, fixed = Origin.ESTIMATED, Origin.FIXED
    table: tuple[tuple[str, float, str, Origin, str, float, str, str], ...] = (
        ("Imax", 1.0, "1", fixed, _PD, 0.0, "Imax", "largest inhibition of production"),
        ("IC50", 14.0, "ng/mL", estimated, _PD, 0.0, "IC50", "level at half of it"),
        ("n", 2.53, "1", estimated, _PD, 0.0, "HILL", "Hill exponent"),
        ("base", 7.9, "pg/mL", estimated, _PD, 1.005, "IL-6base", "interleukin 6 before all"),
        ("kout", 0.171, "1/hour", estimated, _PD, 0.0, "Rout", "loss of interleukin 6"),
        ("CPBE", 48.6, "1", estimated, _PD, 0.836, "CPBE", "surge relative to base production"),
        ("f", 0.214, "1", estimated, _PD, 0.0, "PER", "part of the surge without an answer"),
        ("half_life", 9.08, "hour", estimated, _PD, 0.0, "CPBH", "of the surge after bypass"),
        ("ln2", 0.693, "1", fixed, _S2, 0.0, "0.693", "logarithm of 2 as printed"),
        ("onset", 0.5, "hour", fixed, _S2, 0.0, "CPBES", "from the start of bypass to the surge"),
        ("bypass", 156.5, "minute", fixed, "Table 1, median; 64 to 251", 0.0, "CPBTIME",
         "duration of bypass"),
        ("bypass_median", 156.5, "minute", fixed, "footnote of Table 2", 0.0, "156.5",
         "time on bypass at which clearance stays the same"),
    )  # fmt: skip
    for name, value, unit, origin, at, cv, symbol, doc in table:
        m.parameter(
            name, value, unit, origin=origin, at=at, symbol=symbol, doc=doc,
            lower=30.0 if name == "bypass" else 0.0,  # it ends no earlier than the surge begins
            upper=1.0 if name in ("Imax", "f") else math.inf,
            iiv=IIV.cv(cv, at=_PD) if cv else None,
        )  # fmt: skip
    m.parameter(
        "t_bypass", 0.0, "day", origin=Origin.ASSUMED, at="per subject",
        doc="start of bypass; infinity is never",
    )  # fmt: skip
    m.covariate(
        "high_risk_surgery", "1", reference=0.0, at=_PD, doc="1 for a RACHS-1 category of 4 to 6"
    )
    m.covariate_effect("CPBE", "high_risk_surgery", 2.59 - 1.0, form="linear", at=_PD)


def _assignments(m: ModelBuilder) -> None:
    m.assign(
        "t_end", "t_bypass + bypass / quantity(1440, 'minute/day')", "day", at=_S2,
        doc="end of bypass",
    )  # fmt: skip
    m.assign(
        "CL_now", "CL * piecewise((bypass / bypass_median)**e_bypass, time >= t_end, 1)", "L/hour",
        at="footnote of Table 2", doc="clearance",
    )  # fmt: skip
    m.assign(
        "C", "A / Vc * quantity(1000, 'ng*L/(mg*mL)')", "ng/mL", at="Data S3",
        doc="methylprednisolone in plasma",
    )  # fmt: skip
    m.assign(
        "X",
        "piecewise(CPBE * exp(-ln2 * max(quantity(0, 'day'), time - t_end)"
        " * quantity(24, 'hour/day') / half_life),"
        " time >= t_bypass + onset / quantity(24, 'hour/day'), 0)",
        "1", at="Eq. 6", doc="surge of production relative to its base",
    )  # fmt: skip
    m.assign("E", "Imax * hill(C, IC50, n)", "1", at="Eq. 5", doc="inhibition of production")
    m.assign("kin", "kout * base", "pg/mL/hour", at="Eq. 4", doc="base production")


def _reactions(m: ModelBuilder) -> None:
    for name, species, rate, at in (
        ("formation", "D -> A", "kf * D", "Data S3"),
        ("elimination", "A ->", "CL_now / Vc * A", "Data S3"),
        ("to_periphery", "A -> P", "Q / Vc * A", "Data S3"),
        ("from_periphery", "P -> A", "Q / Vp * P", "Data S3"),
        ("base_production", "-> IL6", "kin * (1 - E)", "Eq. 3"),
        ("surge_with_answer", "-> IL6", "kin * X * (1 - f) * (1 - E)", "Eq. 3"),
        ("surge_without_answer", "-> IL6", "kin * X * f", "Eq. 3"),
        ("il6_loss", "IL6 ->", "kout * IL6", "Eq. 3"),
    ):
        m.reaction(name, species, rate=f"quantity(24, 'hour/day') * {rate}", at=at)


HOUR = 1.0 / 24.0
_RUN = "own integration, LSODA = Radau, of a surge that decays from 0.5 h on"
_SHORT: Mapping[str, float] = {"bypass": 30.0, "e_bypass": 0.0, "ln2": math.log(2)}
"""A bypass that ends when the surge begins, with an exact half-life and one clearance."""
_NEVER: Mapping[str, float] = {"t_bypass": math.inf}


def _give(mg: float) -> tuple[Dose, ...]:
    return (Dose("methylprednisolone", mg, "mg"),) if mg else ()


def _make(
    label: str, take: Take, of: str, equals: float, mg: float, at: str = _RUN, *,
    rtol: float = 1e-5, atol: float = 0.0, hour: float = 0.0,
    values: Mapping[str, float] = _SHORT,
) -> Readout:  # fmt: skip
    unit = "day" if take.startswith("day") else "ng/mL" if of == "C" else "pg/mL"
    return Readout(
        label, take, of, equals, unit, at, rtol=rtol, atol=atol,
        witness="independent run" if at.startswith("own") or at == "closed form" else "source",
        day=hour * HOUR, end=3.0, values=values, doses=_give(mg),
    )  # fmt: skip


def _readouts() -> Iterator[Readout]:
    yield _make("IL-6 without bypass", "value", "IL6", 7.9, 0.0, _PD, hour=72, values=_NEVER)
    yield Readout(
        "surge in surgery of high risk", "expression", "CPBE * 2.59", 48.6 * 2.59, "1",
        "Results: 48.6 x 2.59", rtol=1e-12,
    )  # fmt: skip
    for surge, mg, f, peak, at, h6, h24, h48 in (
        (48.6, 0, 0.214, 208.259, 9.02, 192.877, 110.771, 26.1576),
        (48.6, 32, 0.214, 66.3575, 25.08, 42.4264, 65.8931, 25.3878),
        (48.6, 96, 0.214, 51.4912, 28.53, 42.4190, 44.6453, 24.6121),
        (48.6, 96, 0.0, 44.7718, 30.75, 2.83396, 28.0196, 24.2564),
        (125.874, 0, 0.214, 526.829, 9.02, 486.991, 274.337, 55.1871),
        (125.874, 96, 0.214, 125.103, 28.06, 105.360, 111.118, 51.5642),
    ):
        values = {**_SHORT, "CPBE": surge, "f": f}
        label = f"surge {surge:g}, {mg:g} mg, f {f:g}"
        yield _make(f"{label}: peak", "maximum", "IL6", peak, mg, values=values)
        yield _make(
            f"{label}: time of the peak", "day of maximum", "IL6", at * HOUR, mg,
            atol=0.03 * HOUR, rtol=0.0,  # a flat top: 1e-6 of the level is 0.02 h
            values=values,
        )  # fmt: skip
        for hour, level in ((6, h6), (24, h24), (48, h48)):
            yield _make(f"{label}: {hour} h", "value", "IL6", level, mg, hour=hour, values=values)
    for mg, peak, late in ((32, 1264.44, 2.34281), (96, 3793.32, 7.02843)):
        yield _make(f"{mg} mg, peak of the drug", "maximum", "C", peak, mg)
        yield _make(
            f"{mg} mg, time of the peak of the drug", "day of maximum", "C", 2.34 * HOUR, mg,
            atol=0.01 * HOUR, rtol=0.0,
        )  # fmt: skip
        yield _make(f"{mg} mg, drug at 24 h", "value", "C", late, mg, hour=24)
    yield from _as_studied()


def _as_studied() -> Iterator[Readout]:
    """Yield read-outs with the bypass of the source, and with a long one of high risk."""
    infusion = (Dose("methylprednisolone", 96.0, "mg", 0.0, HOUR),)
    long: Mapping[str, float] = {"bypass": 251.0, "CPBE": 125.874}
    for label, values, mg, levels in (
        ("156.5 min", {}, 0, (219.993604, 230.674058, 128.522718, 29.3540546)),
        ("156.5 min", {}, 96, (48.2623535, 48.7107921, 48.2825059, 27.5023715)),
        ("251 min, high risk", long, 0, (595.582758, 647.182984, 358.752602, 70.5392542)),
        (
            "251 min, high risk",
            long,
            96,
            (128.639283, 137.844433, 93.4252912, 62.7050594),
        ),
    ):
        for hour, level in zip((6, 12, 24, 48), levels, strict=True):
            yield Readout(
                f"bypass of {label}, {mg} mg in 1 h: {hour} h", "value", "IL6", level, "pg/mL",
                "own integration, LSODA, piece by piece", rtol=1e-5, witness="independent run",
                day=hour * HOUR, values=values, doses=infusion if mg else (),
            )  # fmt: skip


READOUTS = tuple(_readouts())

_C = "(1000 * A / Vc)"
_SURGE = (
    "piecewise(0, time < t_bypass + onset / 24, CPBE, time < t_bypass + bypass / 1440,"
    " CPBE * exp(-ln2 * 24 * (time - t_bypass - bypass / 1440) / half_life))"
)
_INHIBITION = f"(Imax * {_C}**n / (IC50**n + {_C}**n))"
_CLEARANCE = (
    "piecewise(CL, time < t_bypass + bypass / 1440, CL * (bypass / bypass_median)**e_bypass)"
)

EQUATIONS = (
    PrintedEquation("D", "-24 * kf * D", "Data S3"),
    PrintedEquation(
        "A", f"24 * (kf * D - {_CLEARANCE} / Vc * A - Q / Vc * A + Q / Vp * P)", "Data S3"
    ),
    PrintedEquation("P", "24 * (Q / Vc * A - Q / Vp * P)", "Data S3"),
    PrintedEquation(
        "IL6",
        f"24 * (kout * base * ((1 + {_SURGE} * (1 - f)) * (1 - {_INHIBITION}) + {_SURGE} * f)"
        " - kout * IL6)",
        "Eq. 3 to 6",
    ),
)

DEVIATIONS = (
    Deviation(
        "exp(-0.693 t / half-life) (Eq. 6)",
        "0.693 as printed, a parameter",
        "the reference runs use the exact logarithm; it moves the level at 48 h by 0.04 %",
    ),
    Deviation(
        "a surge that stays up until bypass ends",
        "so; the reference runs have a bypass of 30 minutes, whose surge only decays",
        "with 156.5 minutes the peak is 15 % higher",
    ),
    Deviation(
        "bypass by record flags of the data",
        "a start and a duration for each subject",
        "the same, without data; the duration cannot be shorter than the 30 minutes to the surge",
    ),
    Deviation(
        "period flags STA2 + STA3 for clearance (control streams) beside POSTCPB (text)",
        "the clearance changes at the end of bypass",
        "the text; at the median time on bypass nothing changes",
    ),
    Deviation(
        "'proportional error' of 54.1 % (Table 3), in Data S2 as exp of an error",
        "proportional",
        "the table; both are the same to first order, in which it was fitted",
    ),
    Deviation(
        "rates per hour",
        "the same numbers, multiplied by 24 hours per day in the rates",
        "time is in days",
    ),
)
