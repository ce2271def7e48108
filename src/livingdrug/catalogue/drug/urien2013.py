"""Population pharmacokinetics of anakinra under the skin (autoinflammatory disease in the young).

The receptor antagonist of interleukin 1, injected under the skin once a day, in 87 children and
adolescents of 4 to 83 kg. One compartment after one of absorption (``c = A / V``):

    dS/dt = -ka S,    dA/dt = ka S - CL c

so that a dose D gives ``c = D ka / (V (ka - k)) (exp(-k t) - exp(-ka t))`` with ``k = CL / V``.
Clearance and volume are apparent, relative to the part that is absorbed, and scale with weight by
estimated powers; the numbers are for 70 kg.

The half-life is 7.2 hours, so that inflammation is treated every 6 to 12 hours. The drug leaves by
the kidney, which the source does not model; it is slower in renal failure. No kinetics during
cytokine release were found.

Urien S, Bardin C, Bader-Meunier B, et al. BMC Pharmacol Toxicol 2013;14:40.
doi:10.1186/2050-6511-14-40
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from livingdrug.catalogue.entry import published
from livingdrug.catalogue.readout import Deviation, PrintedEquation, Readout, Take
from livingdrug.core.source import Origin, Source
from livingdrug.model.builder import ModelBuilder
from livingdrug.model.model import Model
from livingdrug.model.regimen import Dose
from livingdrug.model.variability import IIV, ResidualError

SOURCE = Source(
    doi="10.1186/2050-6511-14-40",
    authors=(
        "Urien, Saïk",
        "Bardin, Christophe",
        "Bader-Meunier, Brigitte",
        "Mouy, Richard",
        "Compeyrot-Lacassagne, Sandrine",
        "Foissac, Frantz",
        "others",
    ),
    year=2013,
    title=(
        "Anakinra pharmacokinetics in children and adolescents with systemic-onset juvenile "
        "idiopathic arthritis and autoinflammatory syndromes"
    ),
    journal="BMC Pharmacology and Toxicology",
    volume="14",
    pages="40",
    note=(
        "Table 1 was read through a transcription that quotes it row by row (nlmixr2lib); the "
        "article itself was not opened."
    ),
)

_TABLE, _STRUCTURE = "Table 1", "Results: one compartment, first-order absorption"


@published(
    source=SOURCE,
    variants={
        "published": (
            "one occasion: the variability of the volume between occasions is drawn once for each "
            "subject"
        ),
        "no_occasion": "without the variability between occasions",
    },
)
def model(variant: str) -> Model:
    """Build the final model."""
    m = ModelBuilder(
        "urien2013",
        title="Population pharmacokinetics of anakinra under the skin",
        organism="human",
        population=(
            "systemic juvenile idiopathic arthritis and autoinflammatory syndromes, 87 children "
            "and adolescents aged 8 months to 21 years"
        ),
        source=SOURCE,
        variant=variant,
        dimensions="strict",
    )
    for name, doc in (("S", "anakinra under the skin"), ("A", "anakinra in the body")):
        m.species(
            name, initial=0.0, unit="mg", nominal=0.1, origin=Origin.FIXED,
            at="no drug before a dose", doc=doc,
        )  # fmt: skip
    occasion = IIV.sd(0.47, at=f"{_TABLE}, between occasions") if variant == "published" else None
    table: tuple[tuple[str, float, str, IIV | None, str, str], ...] = (
        ("ka", 0.38, "1/hour", None, "Ka", "absorption"),
        ("CL", 6.24, "L/hour", IIV.sd(0.28, at=_TABLE), "CL/F", "apparent clearance at 70 kg"),
        ("V", 65.2, "L", occasion, "V/F", "apparent volume at 70 kg"),
    )
    for name, value, unit, iiv, symbol, doc in table:
        m.parameter(
            name, value, unit, origin=Origin.ESTIMATED, at=_TABLE, lower=0.0, symbol=symbol,
            doc=doc, iiv=iiv,
        )  # fmt: skip
    m.covariate("weight", "kg", reference=70.0, at=_TABLE, doc="body weight")
    m.covariate_effect("CL", "weight", 0.47, form="power", at=_TABLE)
    m.covariate_effect("V", "weight", 0.76, form="power", at=_TABLE)
    day = "quantity(24, 'hour/day')"
    m.assign("c", "A / V", "mg/L", at=_STRUCTURE, doc="anakinra in plasma")
    m.reaction("absorption", "S -> A", rate=f"{day} * ka * S", at=_STRUCTURE)
    m.reaction("elimination", "A ->", rate=f"{day} * CL * c", at=_STRUCTURE)
    m.dose(
        "anakinra", "mg", {"S": "dose"}, entity="anakinra", typical=100.0,
        at="Methods: 2 mg/kg a day, at most 100 mg", doc="under the skin",
    )  # fmt: skip
    m.observable(
        "anakinra", "c", "mg/L", lloq=0.04, residual=ResidualError("additive", 0.072, at=_TABLE),
        term="anakinra_plasma", at=_STRUCTURE, doc="anakinra in plasma",
    )  # fmt: skip
    return m.build()


HOUR = 1.0 / 24.0
_ONCE = (Dose("anakinra", 100.0, "mg"),)
_DAILY = tuple(Dose("anakinra", 100.0, "mg", float(day)) for day in range(10))
_RUN, _CLOSED = "own integration, LSODA", "closed form"
_K, _KA = 6.24 / 65.2, 0.38
_TMAX = math.log(_KA / _K) / (_KA - _K)  # hours


def _make(
    label: str, take: Take, equals: float, at: str, *, rtol: float = 1e-5, atol: float = 0.0,
    hour: float = 0.0, start: float = 0.0, end: float = 1.0, doses: tuple[Dose, ...] = _ONCE,
) -> Readout:  # fmt: skip
    unit = {"day of maximum": "day", "auc": "mg/L*day"}.get(take, "mg/L")
    return Readout(
        label, take, "anakinra", equals, unit, at, rtol=rtol, atol=atol, witness="independent run",
        day=hour * HOUR, start=start, end=end, doses=doses,
    )  # fmt: skip


def _readouts() -> Iterator[Readout]:
    # the text prints the scaling without the 70 kg, rounded
    yield Readout(
        "clearance of 1 kg", "expression", "CL / 70**0.47", 0.847, "L/hour", "Results",
        atol=0.0005,
    )  # fmt: skip
    yield Readout(
        "volume of 1 kg", "expression", "V / 70**0.76", 2.581, "L", "Results", atol=0.0015
    )  # fmt: skip
    yield Readout(
        "half-life", "expression", "log(2) * V / CL", 7.24, "hour", _CLOSED, atol=0.005,
        witness="independent run",
    )  # fmt: skip
    yield Readout(
        "elimination rate", "expression", "CL / V", 0.0957055, "1/hour", _CLOSED, rtol=1e-6,
        witness="independent run",
    )  # fmt: skip
    yield _make("100 mg, peak", "maximum", 0.964174, _CLOSED)
    yield _make(
        "100 mg, peak, as a formula", "maximum", 100 / 65.2 * math.exp(-_K * _TMAX), _CLOSED
    )  # fmt: skip
    yield _make(
        "100 mg, time of the peak", "day of maximum", 4.850236 * HOUR, _CLOSED,
        atol=0.007 * HOUR, rtol=0.0,  # a flat top: 1e-6 of the level is 0.007 h
    )  # fmt: skip
    for hour, level in (
        (2, 0.734183), (4, 0.949636), (8, 0.855286), (12, 0.628674), (24, 0.205944),
        (48, 0.0207337),
    ):  # fmt: skip
        yield _make(f"100 mg, {hour} h", "value", level, _RUN, hour=hour)
    yield _make(
        "100 mg a day, AUC of the last interval", "auc", 100 / 6.24 * HOUR, _CLOSED, start=9.0,
        end=10.0, doses=_DAILY,
    )  # fmt: skip


READOUTS = tuple(_readouts())

EQUATIONS = (
    PrintedEquation("S", "-24 * ka * S", _STRUCTURE),
    PrintedEquation("A", "24 * (ka * S - CL / V * A)", _STRUCTURE),
)

DEVIATIONS = (
    Deviation(
        "0.47 as variability of the volume between occasions",
        "drawn once for each subject; the variant 'no_occasion' leaves it out",
        "a course here is one occasion, in which the volume does not change",
    ),
    Deviation(
        "32 girls and 52 boys among 87",
        "87 children and adolescents",
        "the numbers do not add up in the source; sex is not in the model",
    ),
    Deviation(
        "clearance and volume of 1 kg, 0.847 L/h and 2.581 L (Results)",
        "6.24 L/h and 65.2 L at 70 kg (Table 1)",
        "the same numbers rounded: 65.2 / 70**0.76 is 2.582",
    ),
    Deviation(
        "rates per hour",
        "the same numbers, multiplied by 24 hours per day in the rates",
        "time is in days",
    ),
)
