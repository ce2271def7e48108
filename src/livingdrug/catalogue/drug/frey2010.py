"""Population pharmacokinetics of tocilizumab (rheumatoid arthritis; intensive care).

An antibody against the interleukin-6 receptor, given as an infusion of one hour. It leaves blood by
a linear clearance, and by a saturable one that is thought to be its target. With ``c = A1 / V1``:

    dA1/dt = -CL c - VM c / (KM + c) - Q c + Q A2 / V2        (rheumatoid arthritis)
    dA2/dt =  Q c - Q A2 / V2

The half-life is 21 days at high concentrations and ever shorter below KM. Clearance depends on body
surface, sex, HDL cholesterol and rheumatoid factor, V1 on protein and albumin, VM on albumin,
creatinine clearance and smoking.

The variant ``icu`` is a second paper: 29 people in intensive care with COVID-19, all on
dexamethasone (Moes et al. 2022). It has one compartment, no covariates, and a linear clearance
that is 2.4 times as high; an inflamed patient is nearer to it than to rheumatoid arthritis. No
population analysis of people with CAR-T cells was found.

Doses are mg per person. The labelled 8 mg/kg, at most 800 mg, is
``Dose("tocilizumab", 8, "mg", duration=1/24, per="kg", cap=800)``.

Frey N, Grange S, Woodworth T. J Clin Pharmacol 2010;50:754-766. doi:10.1177/0091270009350623
Moes DJAR, van Westerloo DJ, Arend SM, et al. Clin Pharmacokinet 2022;61:231-247.
doi:10.1007/s40262-021-01074-2
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
    doi="10.1177/0091270009350623",
    authors=("Frey, Nicolas", "Grange, Susan", "Woodworth, Thasia"),
    year=2010,
    title=(
        "Population pharmacokinetic analysis of tocilizumab in patients with rheumatoid arthritis"
    ),
    journal="Journal of Clinical Pharmacology",
    volume="50",
    pages="754-766",
    note=(
        "Tables II to IV were read through a transcription that quotes them row by row "
        "(nlmixr2lib); the article itself was not opened."
    ),
)

ICU_SOURCE = Source(
    doi="10.1007/s40262-021-01074-2",
    authors=("Moes, Dirk Jan A. R.", "van Westerloo, David J.", "Arend, Sandra M.", "others"),
    year=2022,
    title=(
        "Towards fixed dosing of tocilizumab in ICU-admitted COVID-19 patients: results of an "
        "observational population pharmacokinetic and descriptive pharmacodynamic study"
    ),
    journal="Clinical Pharmacokinetics",
    volume="61",
    pages="231-247",
    note="Read through a transcription of Table 3 and of the deposited control stream.",
)

_TABLE, _TABLE_III, _TABLE_3 = "Table II", "Table II and III", "Moes 2022, Table 3"
_STREAM = "Moes 2022, ESM 1, control stream"


@published(
    source=SOURCE,
    variants={
        "published": "rheumatoid arthritis, 1793 adults, two compartments and covariates",
        "icu": (
            "intensive care with COVID-19 and dexamethasone, 29 adults, one compartment "
            "(Moes et al. 2022, doi:10.1007/s40262-021-01074-2)"
        ),
    },
)
def model(variant: str) -> Model:
    """Build the final model of one of the two papers."""
    icu = variant == "icu"
    m = ModelBuilder(
        "frey2010",
        title="Population pharmacokinetics of tocilizumab",
        organism="human",
        population=(
            "COVID-19 in intensive care, on dexamethasone, 29 adults"
            if icu
            else "moderate to severe rheumatoid arthritis, 1793 adults of four phase III studies"
        ),
        source=ICU_SOURCE if icu else SOURCE,
        variant=variant,
        dimensions="strict",
    )
    where = "Moes 2022, Fig. 1" if icu else "Methods, p. 756"
    m.species(
        "A1", initial=0.0, unit="mg", nominal=1.0, origin=Origin.FIXED, at="no drug before a dose",
        doc="tocilizumab in blood",
    )  # fmt: skip
    if icu:
        _icu_parameters(m)
    else:
        _parameters(m)
        _covariates(m)
    m.assign("c", "A1 / V1", "ug/mL", at=where, doc="tocilizumab in serum")
    m.reaction("linear_elimination", "A1 ->", rate="CL * c", at=where)
    m.reaction("saturable_elimination", "A1 ->", rate="VM * c / (KM + c)", at=where)
    if not icu:
        m.species(
            "A2", initial=0.0, unit="mg", nominal=1.0, origin=Origin.FIXED,
            at="no drug before a dose", doc="tocilizumab in the periphery",
        )  # fmt: skip
        m.reaction("to_periphery", "A1 -> A2", rate="Q * c", at=where)
        m.reaction("from_periphery", "A2 -> A1", rate="Q * A2 / V2", at=where)
    m.dose(
        "tocilizumab", "mg", {"A1": "dose"}, entity="tocilizumab", typical=560.0,
        at="8 mg/kg for 70 kg, infused over 1 h", doc="into blood",
    )  # fmt: skip
    m.observable(
        "tocilizumab", "c", "ug/mL",
        residual=ResidualError.combined(
            sd_proportional=0.171 if icu else 0.22, sd_additive=0.139 if icu else 2.4,
            at=_TABLE_3 if icu else "Table II",
        ),
        assay="ELISA", term="tocilizumab_serum", at=where, doc="tocilizumab in serum",
    )  # fmt: skip
    return m.build()


def _parameters(m: ModelBuilder) -> None:
    table: tuple[tuple[str, float, str, float, str], ...] = (
        ("CL", 0.3, "L/day", 0.39, "linear clearance"),
        ("V1", 3.5, "L", 0.37, "central volume"),
        ("Q", 0.2, "L/day", 0.0, "exchange with the periphery"),
        ("V2", 2.9, "L", 0.66, "peripheral volume"),
        ("VM", 7.5, "mg/day", 0.54, "largest saturable elimination"),
        ("KM", 2.7, "ug/mL", 0.0, "concentration at half of it"),
    )
    for name, value, unit, cv, doc in table:
        m.parameter(
            name, value, unit, origin=Origin.ESTIMATED, at=_TABLE, lower=0.0, doc=doc,
            iiv=IIV.cv(cv, at=_TABLE) if cv else None,
        )  # fmt: skip
    m.correlation(
        ("CL", "V1", "V2", "VM"),
        (
            (1.0, 0.6, -0.1, -0.5),
            (0.6, 1.0, 0.5, 0.2),
            (-0.1, 0.5, 1.0, 0.2),
            (-0.5, 0.2, 0.2, 1.0),
        ),
        at=_TABLE,
    )


def _covariates(m: ModelBuilder) -> None:
    for name, unit, reference, doc in (
        ("body_surface_area", "m**2", 1.8, "the formula is not stated"),
        ("female", "1", 0.0, "1 for women"),
        ("hdl_cholesterol", "mg/dL", 54.0, "HDL cholesterol in serum"),
        ("log_rheumatoid_factor", "1", 4.7, "natural logarithm of rheumatoid factor in U/mL"),
        ("total_protein", "g/L", 74.0, "total protein in serum"),
        ("albumin", "g/L", 38.0, "albumin in serum"),
        ("creatinine_clearance", "mL/min", 106.0, "not normalised to body surface"),
        ("smoker", "1", 0.0, "1 for current smokers"),
    ):
        m.covariate(name, unit, reference=reference, at=_TABLE_III, doc=doc)
    for parameter, covariate, exponent in (
        ("CL", "body_surface_area", 0.7),
        ("CL", "hdl_cholesterol", -0.2),
        ("CL", "log_rheumatoid_factor", 0.1),
        ("V1", "total_protein", -1.1),
        ("V1", "albumin", 0.7),
        ("VM", "albumin", -0.4),
        ("VM", "creatinine_clearance", 0.2),
    ):
        m.covariate_effect(parameter, covariate, exponent, form="power", at=_TABLE_III)
    m.covariate_effect("CL", "female", -0.16, form="linear", at=_TABLE_III)
    m.covariate_effect("VM", "smoker", 0.11, form="linear", at=_TABLE_III)


def _icu_parameters(m: ModelBuilder) -> None:
    table: tuple[tuple[str, float, str, float, str], ...] = (
        ("CL", 0.725, "L/day", 0.0351, "linear clearance"),
        ("V1", 4.34, "L", 0.043, "volume"),
        ("VM", 4.19, "mg/day", 0.0, "largest saturable elimination"),
        ("KM", 0.22, "ug/mL", 0.0, "concentration at half of it"),
    )
    for name, value, unit, variance, doc in table:
        m.parameter(
            name, value, unit, origin=Origin.ESTIMATED, at=_TABLE_3, lower=0.0, doc=doc,
            iiv=IIV.variance(variance, at=_STREAM) if variance else None,
        )  # fmt: skip
    r = 0.0355 / math.sqrt(0.0351 * 0.043)  # covariance 0.0355
    m.correlation(("CL", "V1"), ((1.0, r), (r, 1.0)), at=_STREAM)


HOUR = 1.0 / 24.0


def _infusions(mg: float, *days: float) -> tuple[Dose, ...]:
    return tuple(Dose("tocilizumab", mg, "mg", day, HOUR) for day in days)


_ONCE = _infusions(560.0, 0.0)
_THRICE = _infusions(560.0, 0.0, 8 * HOUR, 16 * HOUR)
_MONTHLY = tuple(28.0 * k for k in range(12))
_RUN, _CLOSED = "own integration, LSODA", "closed form"
_TABLE_IV = "Table IV, mean after 48 weeks"


def _level(
    variant: str, label: str, doses: tuple[Dose, ...], day: float, equals: float,
    at: str = _RUN, rtol: float = 1e-5, atol: float = 0.0,  # six digits, and the run at 1e-6
) -> Readout:  # fmt: skip
    return Readout(
        f"{label}, day {day:.4g}", "value", "tocilizumab", equals, "ug/mL", at, rtol=rtol,
        atol=atol, witness="independent run" if at == _RUN else "source", day=day,
        variant=variant, doses=doses,
    )  # fmt: skip


def _area(
    variant: str, label: str, doses: tuple[Dose, ...], start: float, end: float, equals: float,
    at: str = _RUN, rtol: float = 1e-5, **values: float,
) -> Readout:  # fmt: skip
    return Readout(
        f"{label}, AUC of days {start:g} to {end:g}", "auc", "tocilizumab", equals, "ug/mL*day",
        at, rtol=rtol, witness="independent run" if at in (_RUN, _CLOSED) else "source",
        start=start, end=end, variant=variant, doses=doses, values=values,
    )  # fmt: skip


def _readouts() -> Iterator[Readout]:
    yield Readout(
        "half-life at high concentrations", "expression",
        "log(2) / (0.5 * (CL / V1 + Q / V1 + Q / V2"
        " - sqrt((CL / V1 + Q / V1 + Q / V2)**2 - 4 * CL / V1 * Q / V2)))",
        21.0, "day", "Discussion, p. 762", atol=0.5, variant="published",
    )  # fmt: skip
    p = "published"
    once = ((1, 137.425), (3, 101.374), (7, 56.4858), (14, 21.4395), (21, 7.94535), (28, 2.69237))
    yield _level(p, "560 mg", _ONCE, HOUR, 159.442)
    for day, level in once:
        yield _level(p, "560 mg", _ONCE, day, level)
    yield _area(p, "560 mg", _ONCE, 0, 28, 1070.58)
    yield _level(p, "560 mg at 0, 8 and 16 h", _THRICE, 17 * HOUR, 455.418)
    for day, level in ((1, 436.476), (7, 195.692), (14, 92.9538), (28, 32.2537)):
        yield _level(p, "560 mg at 0, 8 and 16 h", _THRICE, day, level)
    yield _area(p, "560 mg at 0, 8 and 16 h", _THRICE, 0, 28, 3802.66)
    steady = _infusions(560.0, *_MONTHLY)
    label = "560 mg every 4 weeks, dose 12"
    yield _level(p, label, steady, 308 + HOUR, 165.239)
    yield _level(p, label, steady, 336, 5.76843)
    yield _area(p, label, steady, 308, 336, 29888.3 / 24)
    # the typical person of 70 kg lies below the mean of a skewed population of 38 to 150 kg
    yield _level(p, "8 mg/kg, peak", steady, 308 + HOUR, 183.0, _TABLE_IV, rtol=0.15)
    yield _level(p, "8 mg/kg, trough", steady, 336, 9.7, _TABLE_IV, atol=5.0, rtol=0.0)
    yield _area(p, "8 mg/kg", steady, 308, 336, 35e3 / 24, _TABLE_IV, rtol=0.2)
    half = _infusions(280.0, *_MONTHLY)
    yield _level(p, "4 mg/kg, peak", half, 308 + HOUR, 88.0, _TABLE_IV, rtol=0.15)
    yield _level(p, "4 mg/kg, trough", half, 336, 1.5, _TABLE_IV, atol=1.5, rtol=0.0)
    yield _area(p, "4 mg/kg", half, 308, 336, 13e3 / 24, _TABLE_IV, rtol=0.2)
    yield from _icu_readouts()


def _icu_readouts() -> Iterator[Readout]:
    yield Readout(
        "concentration at which both clearances are equal", "expression", "VM / CL - KM", 5.0,
        "ug/mL", "Moes 2022, section 3.4 and Fig. 6: about 5", atol=0.6, variant="icu",
    )  # fmt: skip
    mean = _infusions(21879.0 / 29.0, 0.0)
    at = "Moes 2022, section 3.4: mean of 29 people"
    yield _area("icu", "mean dose 754 mg", mean, 0, 60, 938.0, at, rtol=0.03)
    k = 0.725 / 4.34  # without the saturable part: dose over clearance, less what is left
    left = 4.34 / 0.725 * 560.0 / 4.34 * math.exp(-60 * k) * math.expm1(k * HOUR) / (k * HOUR)
    yield _area(
        "icu", "560 mg, VM = 0", _ONCE, 0, 60, 560.0 / 0.725 - left, _CLOSED, VM=0.0
    )  # fmt: skip
    fixed = _infusions(800.0, 0.0)
    yield _level("icu", "560 mg", _ONCE, HOUR, 128.545)
    for day, level in ((1, 108.675), (3, 76.172), (7, 36.2438), (14, 7.33559)):
        yield _level("icu", "560 mg", _ONCE, day, level)
    # the end of the drug: falls by half in 0.16 day, from a value that is known to 1e-5
    yield _level("icu", "560 mg", _ONCE, 21, 1.346e-4, rtol=2e-3)
    yield _area("icu", "560 mg", _ONCE, 0, 28, 664.573)
    yield _level("icu", "800 mg", fixed, HOUR, 183.652)
    for day, level in ((1, 155.63), (3, 109.789), (7, 53.4732), (14, 12.6625), (21, 0.353268)):
        # on day 21 the drug is about to end, which makes the curve steep
        yield _level("icu", "800 mg", fixed, day, level, rtol=1e-4 if day == 21 else 1e-5)
    yield _area("icu", "800 mg", fixed, 0, 28, 983.73)


READOUTS = tuple(_readouts())

_LOST = "-CL * A1 / V1 - VM * (A1 / V1) / (KM + A1 / V1)"

EQUATIONS = (
    PrintedEquation("A1", f"{_LOST} - Q * A1 / V1 + Q * A2 / V2", "Methods, p. 756", "published"),
    PrintedEquation("A2", "Q * A1 / V1 - Q * A2 / V2", "Methods, p. 756", "published"),
    PrintedEquation("A1", _LOST, _STREAM, "icu"),
)

DEVIATIONS = (
    Deviation(
        "'Additive (sigma_prop) 2.4 ug/mL' and 'Proportional (sigma_add) 22 %' (Table II)",
        "2.4 ug/mL is additive and 22 % proportional, as the row labels say",
        "the subscripts in brackets are exchanged against the error equation of p. 756",
    ),
    Deviation(
        "y-axis 'VM (mg/h)' of Fig. 1",
        "7.5 mg/day",
        "Table II and the text; 7.5 mg/h would clear 560 mg within four days",
    ),
    Deviation(
        "rheumatoid factor in U/mL, in the equations as its logarithm over 4.7",
        "the covariate is that logarithm",
        "a power of a logarithm has no other form among the covariate effects here",
    ),
    Deviation(
        "correlation of clearance and volume not printed in Moes 2022, Table 3",
        "0.914, from the covariance 0.0355 of the control stream",
        "the variances there give the printed 18.9 and 21.0 %",
    ),
    Deviation(
        "half-life of 151 h and clearance of 0.29 mL/h/kg after one dose of 10 mg/kg (label)",
        "not used as a read-out",
        "it comes from another analysis, and the numbers are (unconfirmed)",
    ),
)
