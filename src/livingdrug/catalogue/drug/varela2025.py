"""Population pharmacokinetics of fludarabine before CAR-T cells (large B-cell lymphoma).

Fludarabine phosphate (F-ara-AMP) loses its phosphate at once; what circulates and is measured is
F-ara-A, 0.78 of the mass. Infusions of half an hour on days -5, -4 and -3; three compartments:

    dA1/dt = -CL c - Q2 (c - A2 / V2) - Q3 (c - A3 / V3),    c = A1 / V1
    dA2/dt =  Q2 (c - A2 / V2),    dA3/dt = Q3 (c - A3 / V3)
    CL = (CL_nonrenal + CL_renal) f_CL,    CL_renal = 1.7 L/h at a creatinine clearance of 96 mL/min

Clearances scale with (weight / 70 kg)**0.75, volumes with weight / 70 kg. The part that is not
renal differs with the product that was planned, 4.4 L/h for axicabtagene ciloleucel (the reference
here) and 3.9 L/h for tisagenlecleucel (covariate ``tisagenlecleucel``). The cells came only after
the last sample, so that this marks the patients and is no effect of the product. ``f_CL`` is the
random effect on the sum.

The dose is that of the label, mg of fludarabine phosphate: ``Dose("fludarabine", 30, "mg", -5,
0.5/24, "m2")``, as `Regimen.lymphodepletion` gives it. The observable ``auc`` is the exposure so
far, whose sum over the course is what relapse has been related to.

Varela-González-Aller J, Sánchez-Salinas MA, Trocóniz I, et al. Pharmaceutics 2025;17:1592.
doi:10.3390/pharmaceutics17121592
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from livingdrug.catalogue.entry import published
from livingdrug.catalogue.readout import Deviation, PrintedEquation, Readout, Take
from livingdrug.core.source import Origin, Source
from livingdrug.model.builder import ModelBuilder
from livingdrug.model.model import Model
from livingdrug.model.regimen import Dose
from livingdrug.model.variability import IIV, ResidualError

SOURCE = Source(
    doi="10.3390/pharmaceutics17121592",
    authors=(
        "Varela, J.",  # Varela-González-Aller in full
        "Sánchez-Salinas, M. A.",
        "Trocóniz, I.",
        "Iacoboni, G.",
        "Alonso-Martínez, C.",
        "Carreras-Soler, M. J.",
        "others",
    ),
    year=2025,
    title=(
        "Towards personalized lymphodepletion: a population pharmacokinetic fludarabine model in "
        "patients receiving CAR T-cell therapy"
    ),
    journal="Pharmaceutics",
    volume="17",
    pages="1592",
    note=(
        "The first author's family name is Varela-González-Aller in full. Table 2 and the "
        "equations above it were read through a transcription that quotes them (nlmixr2lib); the "
        "article itself was not opened."
    ),
)

_TABLE = "Table 2"
_ABOVE = "equations above Table 2, p. 9"


@published(source=SOURCE, variants={"published": "the final model of Table 2"})
def model(variant: str) -> Model:
    """Build the final model."""
    m = ModelBuilder(
        "varela2025",
        title="Population pharmacokinetics of fludarabine before CAR-T cells",
        organism="human",
        population="relapsed or refractory large B-cell lymphoma, 56 adults before CAR-T cells",
        source=SOURCE,
        variant=variant,
        dimensions="strict",
    )
    for name, doc in (
        ("A1", "F-ara-A in blood"),
        ("A2", "F-ara-A in the shallow periphery"),
        ("A3", "F-ara-A in the deep periphery"),
    ):
        m.species(
            name, initial=0.0, unit="mg", nominal=0.1, origin=Origin.FIXED,
            at="no drug before a dose", doc=doc,
        )  # fmt: skip
    _parameters(m)
    _covariates(m)
    m.assign(
        "CL", "(CL_nonrenal + CL_renal) * f_CL", "L/hour", at=_ABOVE, doc="clearance of F-ara-A"
    )
    m.assign(
        "c", "A1 / V1 * quantity(1000, 'ng*L/(mg*mL)')", "ng/mL", at=_ABOVE,
        doc="F-ara-A in serum",
    )  # fmt: skip
    day = "quantity(24, 'hour/day')"
    m.reaction("elimination", "A1 ->", rate=f"{day} * CL / V1 * A1", at=_ABOVE)
    for i, where in ((2, "shallow"), (3, "deep")):
        m.reaction(
            f"to_{where}_periphery", f"A1 -> A{i}", rate=f"{day} * Q{i} / V1 * A1", at=_TABLE
        )
        m.reaction(
            f"from_{where}_periphery", f"A{i} -> A1", rate=f"{day} * Q{i} / V{i} * A{i}", at=_TABLE
        )
    m.integral("exposure", "c", "ng/mL*day", at=_ABOVE, doc="area under F-ara-A so far")
    m.dose(
        "fludarabine", "mg", {"A1": "nucleoside_part * dose"}, entity="fludarabine phosphate",
        typical=57.0, at="Methods 2.1.1: 30 mg/m2, here for 1.9 m2, infused over 0.5 h",
        doc="into blood",
    )  # fmt: skip
    m.observable(
        "fludarabine", "c", "ng/mL", lloq=1.0, assay="UPLC-MS/MS",
        residual=ResidualError("log_additive", 0.29, at=_TABLE), term="fludarabine_plasma",
        at=_ABOVE, doc="F-ara-A in serum",
    )  # fmt: skip
    m.observable(
        "auc", "exposure * quantity(0.024, 'mg*hour*mL/(L*ng*day)')", "mg*hour/L", at=_ABOVE,
        doc="area under F-ara-A so far",
    )  # fmt: skip
    return m.build()


def _parameters(m: ModelBuilder) -> None:
    table: tuple[tuple[str, float, str, str, str], ...] = (
        ("CL_nonrenal", 4.4, "L/hour", "theta_CART=1", "clearance that is not renal, at 70 kg"),
        ("CL_renal", 1.7, "L/hour", "theta_CRCL", "renal clearance at 96 mL/min and 70 kg"),
        ("V1", 41.2, "L", "theta_V1", "central volume at 70 kg"),
        ("V2", 14.5, "L", "theta_V2", "shallow peripheral volume at 70 kg"),
        ("V3", 10.8, "L", "theta_V3", "deep peripheral volume at 70 kg"),
        ("Q2", 4.8, "L/hour", "theta_CLD2", "exchange with the shallow periphery at 70 kg"),
        ("Q3", 3.6, "L/hour", "theta_CLD3", "exchange with the deep periphery at 70 kg"),
    )
    for name, value, unit, symbol, doc in table:
        m.parameter(
            name, value, unit, origin=Origin.ESTIMATED, at=_TABLE, lower=0.0, symbol=symbol,
            doc=doc, iiv=IIV.cv(0.348, at=_TABLE) if name == "V1" else None,
        )  # fmt: skip
    m.parameter(
        "f_CL", 1.0, "1", origin=Origin.FIXED, at=f"{_TABLE}: the random effect on CL", lower=0.0,
        doc="clearance relative to the typical one", iiv=IIV.cv(0.298, at=_TABLE),
    )  # fmt: skip
    m.parameter(
        "nucleoside_part", 0.78, "1", origin=Origin.FIXED, at="Methods 2.1.1", lower=0.0,
        doc="mass of F-ara-A relative to fludarabine phosphate",
    )  # fmt: skip
    m.correlation(("f_CL", "V1"), ((1.0, 0.9), (0.9, 1.0)), at="note above Table 2")


def _covariates(m: ModelBuilder) -> None:
    m.covariate("weight", "kg", reference=70.0, at="footnote of Table 2", doc="body weight")
    m.covariate(
        "creatinine_clearance", "mL/min", reference=96.0, at=_ABOVE,
        doc="Cockcroft-Gault, not normalised to body surface; before lymphodepletion",
    )  # fmt: skip
    m.covariate(
        "tisagenlecleucel", "1", reference=0.0, at=_TABLE,
        doc="1 where that product was planned, 0 for axicabtagene ciloleucel",
    )  # fmt: skip
    for name in ("CL_nonrenal", "CL_renal", "Q2", "Q3"):
        m.covariate_effect(
            name, "weight", 0.75, form="power", origin=Origin.FIXED, at="footnote of Table 2"
        )
    for name in ("V1", "V2", "V3"):
        m.covariate_effect(
            name, "weight", 1.0, form="power", origin=Origin.FIXED, at="footnote of Table 2"
        )
    m.covariate_effect(
        "CL_renal", "creatinine_clearance", 1.0, form="power", origin=Origin.FIXED, at=_ABOVE
    )
    m.covariate_effect("CL_nonrenal", "tisagenlecleucel", 3.9 / 4.4 - 1.0, form="linear", at=_TABLE)


HOUR = 1.0 / 24.0
COURSE = tuple(Dose("fludarabine", 57.0, "mg", float(day), 0.5 * HOUR) for day in range(3))
_RUN, _CLOSED = "own integration, LSODA", "dose over clearance"
_USUAL: Mapping[str, float] = {}
_TISA: Mapping[str, float] = {"CL_nonrenal": 3.9}
_IMPAIRED: Mapping[str, float] = {"CL_renal": 0.85}  # 48 mL/min


def _make(
    label: str, take: Take, of: str, equals: float, unit: str, at: str = _RUN, *,
    hour: float = 0.0, values: Mapping[str, float] = _USUAL,
) -> Readout:  # fmt: skip
    return Readout(
        label, take, of, equals, unit, at, rtol=1e-5,  # six digits, and the run at 1e-6
        witness="independent run", day=hour * HOUR, end=5.0, values=values, doses=COURSE,
    )  # fmt: skip


def _readouts() -> Iterator[Readout]:
    for who, clearance, values in (
        ("axicabtagene ciloleucel", 6.1, _USUAL), ("tisagenlecleucel", 5.6, _TISA),
    ):  # fmt: skip
        yield Readout(
            f"clearance at 70 kg and 96 mL/min, {who}", "expression", "CL", clearance, "L/hour",
            "Discussion", rtol=1e-12, values=values,
        )  # fmt: skip
    for hour, level in (
        (0.5, 992.189), (1.5, 733.471), (2, 645.860), (7, 308.793), (24, 74.7070), (48.5, 1074.03),
        (72, 86.7307), (120, 1.72551),
    ):  # fmt: skip
        yield _make(f"3 doses of 57 mg, {hour:g} h", "value", "fludarabine", level, "ng/mL",
                    hour=hour)  # fmt: skip
    yield _make("3 doses of 57 mg, peak", "maximum", "fludarabine", 1074.03, "ng/mL")
    # a month later nothing is left
    yield _make("3 doses of 57 mg, AUC", "value", "auc", 21.8656, "mg*hour/L", _CLOSED,
                hour=720)  # fmt: skip
    yield _make("3 doses of 57 mg, AUC at 48 mL/min", "value", "auc", 3 * 44.46 / 5.25,
                "mg*hour/L", _CLOSED, hour=720, values=_IMPAIRED)  # fmt: skip
    yield _make("3 doses of 57 mg, AUC, tisagenlecleucel", "value", "auc", 3 * 44.46 / 5.6,
                "mg*hour/L", _CLOSED, hour=720, values=_TISA)  # fmt: skip


READOUTS = tuple(_readouts())

_BACK = "Q2 / V2 * A2 + Q3 / V3 * A3"

EQUATIONS = (
    PrintedEquation(
        "A1",
        f"24 * (-(CL_nonrenal + CL_renal) * f_CL / V1 * A1 - (Q2 + Q3) / V1 * A1 + {_BACK})",
        _ABOVE,
    ),
    PrintedEquation("A2", "24 * Q2 * (A1 / V1 - A2 / V2)", _TABLE),
    PrintedEquation("A3", "24 * Q3 * (A1 / V1 - A3 / V3)", _TABLE),
)

DEVIATIONS = (
    Deviation(
        "doses as F-ara-A, 0.78 of the fludarabine phosphate given",
        "the dose is fludarabine phosphate, and the factor is in the model",
        "protocols and labels count fludarabine phosphate",
    ),
    Deviation(
        "renal function as 'eGFR, mL/min/1.73 m2' (Table 1)",
        "creatinine clearance in mL/min",
        "Cockcroft-Gault returns mL/min, which Table 2 and the Discussion print",
    ),
    Deviation(
        "creatinine clearance measured twice, before the first and the third dose",
        "one value for each subject",
        "covariates do not change with time here",
    ),
    Deviation(
        "continuous covariates normalised by their medians (Methods 2.3.2)",
        "weight by 70 kg, not by its median of 82.5 kg",
        "the footnote of Table 2, and the clearance that the Discussion prints for 70 kg",
    ),
    Deviation(
        "rates per hour",
        "the same numbers, multiplied by 24 hours per day in the rates",
        "time is in days",
    ),
)
