"""Four CAR-T phenotypes and tumour volume after axicabtagene ciloleucel (large B-cell lymphoma).

Naive CAR-T cells TN turn into central memory TCM, effector memory TEM and effector cells TEff. The
first three expand on contact with CD19-positive tumour V, all four kill it. With ``e = Vmax1 V``:

    dTN/dt   = e TN / (KM1 + TN) + (kp1 - k12 - ke1) TN                              (Eq. 5)
    dTCM/dt  = e TCM / (KM1 + TCM) + k12 TN + (kp2 - k23 - ke2) TCM                  (Eq. 6)
    dTEM/dt  = e TEM / (KM1 + TEM) + k23 TCM + (kp3 - k34 - ke3) TEM                 (Eq. 7)
    dTEff/dt = k34 TEM - ke4 TEff                                                    (Eq. 8)
    dV/dt    = k5 V (1 - V / K0) - V / (KM5 + V) (Vmax5_1 TN + Vmax5_2 TCM
               + Vmax5_3 TEM + Vmax5_4 TEff)                                         (Eq. 9)

People are of two classes: 80.3 % expand with Vmax1_ref (Eq. 10), the others with the much lower
Vmax1_low (Eq. 11). The class is drawn by ``class_score``, standard normal, against the quantile
``class_limit`` of it; set class_score to 9 for the low class and to -9 for the other one. A prior
transplant (covariate asct) raises both, more CD4 than CD8 cells on day 7 lower Vmax1_ref; a drawn
cohort has these effects, for one subject set Vmax1_ref itself.

Cells per uL of blood, tumour volume in mL. Day 0 is the infusion. The dose is not in the model:
each phenotype starts at C_start, imputed for the time after distribution, and V at the volume of
the patient (2.54 to 3555 mL, median 85.7 mL). There is no state without a tumour, and as expansion
goes with its volume, a large one is cleared more deeply than a small one.

Mueller-Schoell A, Puebla-Osorio N, Michelet R, et al. Cancers 2021;13:2782.
doi:10.3390/cancers13112782
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

from livingdrug.catalogue.entry import published
from livingdrug.catalogue.readout import Deviation, PrintedEquation, Readout, Take, trajectory
from livingdrug.core.source import Origin, Source
from livingdrug.model.builder import ModelBuilder
from livingdrug.model.model import Model
from livingdrug.model.variability import IIV, ResidualError

SOURCE = Source(
    doi="10.3390/cancers13112782",
    authors=(
        "Mueller-Schoell, Anna",
        "Puebla-Osorio, Nahum",
        "Michelet, Robin",
        "Green, Michael R.",
        "Kuenkele, Annette",
        "Huisinga, Wilhelm",
        "others",
    ),
    year=2021,
    title=(
        "Early survival prediction framework in CD19-specific CAR-T cell immunotherapy using a "
        "quantitative systems pharmacology model"
    ),
    journal="Cancers",
    volume="13",
    pages="2782",
    licence="CC-BY-4.0",
    note=(
        "Equations 5 to 11 and Table 1 were read through a transcription (nlmixr2lib) that quotes "
        "them line by line. Supplementary Tables S1 and S2, with the covariates and the kinetics "
        "of each patient, were not accessible."
    ),
)

_TABLE = "Table 1"
_SECTION = "Section 3.1.4"
_PHENOTYPES = (
    ("TN", "naive", 0.591),
    ("TCM", "central memory", 0.859),
    ("TEM", "effector memory", 1.20),
    ("TEff", "effector", 0.706),
)
_KILLING = (2.57, 4.04, 3.78, 4.24)
_LIMIT = 0.85239  # of a standard normal variable, 0.803 are below


@published(
    source=SOURCE,
    variants={
        "published": "only the killing by central memory cells differs between people",
        "shared_killing": (
            "the killing by all phenotypes differs, in fixed ratios: Table 1 derives the other "
            "three from that of central memory cells"
        ),
    },
)
def model(variant: str) -> Model:
    """Build the final model of Table 1."""
    m = ModelBuilder(
        "muellerschoell2021",
        title="Four CAR-T phenotypes and tumour volume after axicabtagene ciloleucel",
        organism="human",
        population="relapsed or refractory large B-cell lymphoma, 19 adults",
        source=SOURCE,
        variant=variant,
        dimensions="strict",
    )
    _species(m)
    _parameters(m)
    _killing_rates(m, shared=variant == "shared_killing")
    _expansion(m)
    _reactions(m)
    m.dose_stand_in("C_start", "each phenotype starts at C_start after distribution")
    _observables(m)
    return m.build()


def _species(m: ModelBuilder) -> None:
    for name, doc, _ in _PHENOTYPES:
        m.species(
            name, initial=0.1, unit="cell/uL", nominal=1.0, origin=Origin.FIXED, at=_SECTION,
            doc=f"{doc} CAR-T cells in blood",
        )  # fmt: skip
        m.initial(name, "C_start")
    m.species(
        "V", initial=85.7, unit="mL", nominal=1.0,
        log_state=True,  # a large tumour falls by five orders of magnitude
        term="tumor_volume", origin=Origin.FIXED, at="Table S1: median of 19 people",
        doc="CD19-positive metabolic tumour volume",
    )  # fmt: skip


def _parameters(m: ModelBuilder) -> None:
    estimated, fixed, literature = Origin.ESTIMATED, Origin.FIXED, Origin.LITERATURE
    table: tuple[tuple[str, float, str, Origin, str], ...] = (
        ("KM1", 1.13, "cell/uL", estimated, "cells of a phenotype at half-maximal expansion"),
        ("k12", 0.140, "1/day", estimated, "rate from naive to central memory cells"),
        ("k23", 0.191, "1/day", estimated, "rate from central to effector memory cells"),
        ("k34", 0.355, "1/day", estimated, "rate from effector memory to effector cells"),
        ("ke1", 0.0104, "1/day", fixed, "death of naive cells"),
        ("ke2", 0.0104, "1/day", fixed, "death of central memory cells"),
        ("ke3", 0.0104, "1/day", fixed, "death of effector memory cells"),
        ("ke4", 0.518, "1/day", estimated, "death of effector cells"),
        ("kp1", 0.0005, "1/day", literature, "homeostatic division of naive cells"),
        ("kp2", 0.007, "1/day", literature, "homeostatic division of central memory cells"),
        ("kp3", 0.007, "1/day", literature, "homeostatic division of effector memory cells"),
        ("KM5", 276.0, "mL", estimated, "tumour volume at half-maximal killing"),
        ("k5", 0.0023, "1/day", fixed, "growth of the tumour"),
        ("K0", 5000.0, "mL", fixed, "capacity of the tumour"),
    )
    for name, value, unit, origin, doc in table:
        m.parameter(name, value, unit, origin=origin, at=_TABLE, lower=0.0, doc=doc)
    m.parameter(
        "C_start", 0.1, "cell/uL", origin=fixed, at=_SECTION, lower=0.0,
        doc="CAR-T cells of each phenotype after distribution",
    )  # fmt: skip


def _killing_rates(m: ModelBuilder, *, shared: bool) -> None:
    unit, spread = "mL/day*uL/cell", IIV.cv(3.07, at=_TABLE)
    for number, ((_, cells, _), value) in enumerate(zip(_PHENOTYPES, _KILLING, strict=True), 1):
        name, doc = f"Vmax5_{number}", f"maximal killing by {cells} cells"
        if number == 2:
            m.parameter(name, value, unit, origin=Origin.ESTIMATED, at=_TABLE, lower=0.0,
                        iiv=spread, doc=doc)  # fmt: skip
        elif shared:
            m.parameter(f"ratio_{number}", value / _KILLING[1], "1", origin=Origin.DERIVED,
                        at="Table 1, over Vmax5,2", lower=0.0, doc=doc + ", relative")  # fmt: skip
            m.assign(name, f"ratio_{number} * Vmax5_2", unit, at=_TABLE, doc=doc)
        else:
            m.parameter(name, value, unit, origin=Origin.FIXED, at=_TABLE, lower=0.0, doc=doc)


def _expansion(m: ModelBuilder) -> None:
    unit = "cell/uL/day/mL"
    m.parameter(
        "Vmax1_ref", 0.00846, unit, origin=Origin.ESTIMATED, at=_TABLE, lower=0.0,
        iiv=IIV.cv(1.50, at=_TABLE), doc="maximal expansion per mL of tumour, reference class",
    )  # fmt: skip
    m.parameter(
        "Vmax1_low", 0.000700, unit, origin=Origin.ESTIMATED, at=_TABLE, lower=0.0,
        doc="maximal expansion per mL of tumour, low class",
    )  # fmt: skip
    m.parameter(
        "class_score", 0.0, "1", origin=Origin.DERIVED, at="Table 1: classes of a mixture",
        iiv=IIV.sd(1.0, distribution="normal", origin=Origin.DERIVED, at="standard normal"),
        doc="draws the class; the typical subject is of the reference class",
    )  # fmt: skip
    m.parameter(
        "class_limit", _LIMIT, "1", origin=Origin.DERIVED,
        at="Table 1: standard normal quantile at 0.803", doc="highest score of the reference class",
    )  # fmt: skip
    m.assign(
        "Vmax1", "piecewise(Vmax1_ref, class_score <= class_limit, Vmax1_low)", unit,
        at="Eq. 10 and 11", doc="maximal expansion per mL of tumour",
    )  # fmt: skip
    m.covariate("asct", "1", reference=0.0, at="Table S1", doc="1 after a stem cell transplant")
    m.covariate(
        "cd4_cd8_ratio", "1", reference=1.0, at="Table S1",
        doc="CD4 over CD8 CAR-T cells on day 7, 0.0512 to 8.94",
    )  # fmt: skip
    for name in ("Vmax1_ref", "Vmax1_low"):
        m.covariate_effect(name, "asct", 2.53, form="linear", at=_TABLE)
    m.covariate_effect("Vmax1_ref", "cd4_cd8_ratio", -0.385, form="power", at=_TABLE)


def _reactions(m: ModelBuilder) -> None:
    following = ("TCM", "TEM", "TEff")
    for number, (name, doc, _) in enumerate(_PHENOTYPES, 1):
        label, at = doc.replace(" ", "_"), f"Eq. {number + 4}"
        if number < 4:
            into, rate = following[number - 1], f"k{number}{number + 1} * {name}"
            m.reaction(
                f"{label}_expansion", f"-> {name}", rate=f"Vmax1 * V * {name} / (KM1 + {name})",
                at=at,
            )  # fmt: skip
            m.reaction(f"{label}_division", f"-> {name}", rate=f"kp{number} * {name}", at=at)
            m.reaction(f"{label}_conversion", f"{name} -> {into}", rate=rate, at=at)
        m.reaction(f"{label}_death", f"{name} ->", rate=f"ke{number} * {name}", at=at)
        m.reaction(
            f"killing_by_{label}", "V ->", rate=f"Vmax5_{number} * {name} * V / (KM5 + V)",
            at="Eq. 9",
        )  # fmt: skip
    m.reaction("tumor_division", "-> V", rate="k5 * V", at="Eq. 9")
    m.reaction("tumor_crowding", "V ->", rate="k5 * V * V / K0", at="Eq. 9")


def _log_normal(cv: float) -> ResidualError:
    return ResidualError("log_additive", math.sqrt(math.log1p(cv**2)), at=f"Table 1: CV {cv:.1%}")


def _observables(m: ModelBuilder) -> None:
    m.observable(
        "car_t_blood", "TN + TCM + TEM + TEff", "cell/uL", assay="flow cytometry",
        term="car_t_blood", at="sum of Eq. 5 to 8", doc="CAR-T cells in blood",
    )  # fmt: skip
    for name, doc, cv in _PHENOTYPES:
        m.observable(
            name, name, "cell/uL", residual=_log_normal(cv), assay="flow cytometry", at="Eq. 3",
            doc=f"{doc} CAR-T cells in blood",
        )  # fmt: skip
    m.observable(
        "tumor_volume", "V", "mL", residual=_log_normal(1.15), assay="FDG-PET",
        term="tumor_volume", at="Eq. 3", doc="CD19-positive metabolic tumour volume",
    )  # fmt: skip


_RUN = "own integration, LSODA at rtol 1e-11"
_ASCT, _LOW = {"Vmax1_ref": 0.00846 * 3.53}, {"class_score": 9.0}


def _read(
    label: str, take: Take, of: str, equals: float, unit: str, *, rtol: float = 0.0,
    atol: float = 0.0, day: float = math.nan, end: float = 60.0, at: str = _RUN,
    values: Mapping[str, float] | None = None,
) -> Readout:  # fmt: skip
    return Readout(
        label, take, of, equals, unit, at, rtol=rtol, atol=atol, day=day, end=end,
        witness="independent run" if at == _RUN else "source", values=values or {},
    )  # fmt: skip


def _person(
    label: str, values: Mapping[str, float], peak: tuple[float, float], area: float,
    low: tuple[float, float | None], volumes: tuple[float, float, float],
) -> Iterator[Readout]:  # fmt: skip
    """Give a line of the reference table: peak and its day, area, nadir and its day, volumes."""
    # printed to 6 digits, which are 5e-6; the loose run at 1e-6 collects as much
    tight = 2e-5
    of = "car_t_blood"
    yield _read(f"{label}: peak", "maximum", of, peak[0], "cell/uL", rtol=tight, values=values)
    yield _read(f"{label}: day of the peak", "day of maximum", of, peak[1], "day", atol=0.01,
                values=values)  # fmt: skip
    yield _read(f"{label}: AUC to day 28", "auc", of, area, "cell/uL*day", rtol=tight, end=28.0,
                values=values)  # fmt: skip
    yield _read(f"{label}: nadir of the tumour", "minimum", "V", low[0], "mL", rtol=tight,
                end=365.0, values=values)  # fmt: skip
    if low[1] is not None:  # printed to 0.1 day
        yield _read(f"{label}: day of the nadir", "day of minimum", "V", low[1], "day", atol=0.06,
                    end=365.0, values=values)  # fmt: skip
    for day, volume in zip((28.0, 90.0, 365.0), volumes, strict=True):
        yield _read(f"{label}: tumour on day {day:g}", "value", "V", volume, "mL", rtol=tight,
                    day=day, values=values)  # fmt: skip


READOUTS = (
    *_person("85.7 mL", {}, (7.18036, 16.33), 139.259, (8.89009, 72.2),
             (18.4069, 9.05955, 16.9034)),
    *_person("85.7 mL, transplant", _ASCT, (22.2507, 8.41), 350.821, (0.796391, 54.4),
             (1.16275, 0.848673, 1.59689)),
    *_person("85.7 mL, ratio 0.3", {"Vmax1_ref": 0.00846 * 0.3**-0.385}, (11.4311, 12.61),
             210.962, (4.09736, None), (7.35433, 4.25756, 7.99293)),
    *_person("85.7 mL, ratio 3", {"Vmax1_ref": 0.00846 * 3**-0.385}, (4.27396, 21.12), 81.6297,
             (17.0211, None), (37.124, 17.0816, 31.3232)),
    *_person("85.7 mL, low class", _LOW, (0.4, 0.0), 4.64877, (85.1994, 7.8),
             (87.0382, 99.5512, 184.147)),
    *_person("1000 mL", {"V": 1000.0}, (78.6236, 6.38), 1045.09, (0.0200577, None),
             (0.0370778, 0.0214324, 0.040339)),
    *_person("1000 mL, low class", _LOW | {"V": 1000.0}, (10.2098, 22.24), 189.649,
             (155.073, None), (535.399, 156.62, 264.97)),
    *trajectory(
        "85.7 mL",
        (("TN", "cell/uL"), ("TCM", "cell/uL"), ("TEM", "cell/uL"), ("TEff", "cell/uL"),
         ("V", "mL")),
        (
            (3, 0.32719443, 0.40303753, 0.33349717, 0.14357294, 84.429529),
            (7, 0.90399704, 1.2303902, 0.9933498, 0.46753355, 77.5789),
            (14, 1.5742826, 2.3419019, 1.882703, 1.1714847, 51.760202),
            (28, 0.86840518, 1.5705712, 1.270558, 0.96654473, 18.406862),
            (60, 0.060850807, 0.15048858, 0.12985413, 0.10427233, 9.0595779),
        ),
        at=_RUN,
        rtol=2e-5,
    ),
    # "minor impact", on the day of the peak only: the height stays within a tenth
    *(
        _read(f"the peak hardly depends on C_start: {start:g}", "maximum", "car_t_blood", 7.18,
              "cell/uL", rtol=0.1, at="Fig. S5, by its description", values={"C_start": start})
        for start in (0.01, 1.0)
    ),
    _read("deaths are 0.02 of those of effector cells", "expression", "0.02 * ke4", 0.0104,
          "1/day", atol=5e-5, at=f"{_SECTION}, printed to three digits"),
)  # fmt: skip

_GAIN = "Vmax1 * V * {0} / (KM1 + {0})".format

EQUATIONS = (
    PrintedEquation("TN", f"{_GAIN('TN')} + kp1 * TN - k12 * TN - ke1 * TN", "Eq. 5"),
    PrintedEquation(
        "TCM", f"{_GAIN('TCM')} + kp2 * TCM + k12 * TN - k23 * TCM - ke2 * TCM", "Eq. 6"
    ),
    PrintedEquation(
        "TEM", f"{_GAIN('TEM')} + kp3 * TEM + k23 * TCM - k34 * TEM - ke3 * TEM", "Eq. 7"
    ),
    PrintedEquation("TEff", "k34 * TEM - ke4 * TEff", "Eq. 8"),
    PrintedEquation(
        "V",
        "k5 * (1 - V / K0) * V - (Vmax5_1 * TN + Vmax5_2 * TCM + Vmax5_3 * TEM + Vmax5_4 * TEff)"
        " * V / (KM5 + V)",
        "Eq. 9",
    ),
)

DEVIATIONS = (
    Deviation(
        "a mixture of two classes with 0.803 for the reference class",
        "the parameter class_score, standard normal between people, and its limit 0.85239",
        "the same probabilities, with one random number a person",
    ),
    Deviation(
        "Vmax5,1, Vmax5,3 and Vmax5,4 derived from Vmax5,2, the only one with variability",
        "fixed at the printed values; in the variant 'shared_killing' they vary along",
        "the transcription has the random effect on Vmax5,2 alone; whether a person's other three "
        "follow is not said (unconfirmed)",
    ),
    Deviation(
        "variability and residual error in percent CV",
        "log-normal with the standard deviation sqrt(ln(1 + CV**2)) of the logarithm",
        "as the transcription reads them (variance 1.17865 for 150 %)",
    ),
    Deviation(
        "volumes, prior transplants and CD4/CD8 ratios of the 19 patients (Table S1)",
        "the median volume and the reference values, without variability",
        "the table was not accessible; volumes differ 1,400-fold, so give them to a cohort",
    ),
    Deviation(
        "observed and predicted Cmax, Tmax and AUC of each patient (Table S2)",
        "not among the read-outs",
        "the table was not accessible; the reference values are own integrations",
    ),
)
