"""Population pharmacokinetics of siltuximab (healthy people, Castleman's disease, tumours).

An antibody against interleukin 6 itself, given as an infusion of one or two hours; two
compartments and linear elimination. With ``c = A1 / V1``:

    dA1/dt = -CL c - Q c + Q A2 / V2
    dA2/dt =  Q c - Q A2 / V2

Clearance depends on albumin, ALT and disease, both volumes on weight, albumin, creatinine and
disease, by the same factors: the source models the volume of distribution as a whole, and one
random effect moves both. The reference is a patient of 73 kg with a tumour.

The kinetics are those of the antibody. That it binds interleukin 6, whose total rises while the
free part falls, is not in the source.

Doses are mg per person; the usual 11 mg/kg is ``Dose("siltuximab", 11, "mg", duration=1/24,
per="kg")``.

Nikanjam M, Yang J, Capparelli EV. Cancer Chemother Pharmacol 2019;84:993-1001.
doi:10.1007/s00280-019-03939-7
"""

from __future__ import annotations

from collections.abc import Iterator

from livingdrug.catalogue.entry import published
from livingdrug.catalogue.readout import Deviation, PrintedEquation, Readout
from livingdrug.core.source import Origin, Source
from livingdrug.model.builder import ModelBuilder
from livingdrug.model.model import Model
from livingdrug.model.regimen import Dose
from livingdrug.model.variability import IIV, ResidualError

SOURCE = Source(
    doi="10.1007/s00280-019-03939-7",
    authors=("Nikanjam, Mina", "Yang, Jin", "Capparelli, Edmund V."),
    year=2019,
    title="Population pharmacokinetics of siltuximab: impact of disease state",
    journal="Cancer Chemotherapy and Pharmacology",
    volume="84",
    pages="993-1001",
    note=(
        "The abstract was read, and Table 2 through a transcription that quotes it row by row "
        "(nlmixr2lib)."
    ),
)

_TABLE, _STRUCTURE = "Table 2", "Results: two compartments"


@published(source=SOURCE, variants={"published": "the final model of Table 2"})
def model(variant: str) -> Model:
    """Build the final model."""
    m = ModelBuilder(
        "nikanjam2019",
        title="Population pharmacokinetics of siltuximab",
        organism="human",
        population=(
            "healthy volunteers, Castleman's disease, myeloma and other tumours, 460 people of "
            "seven trials"
        ),
        source=SOURCE,
        variant=variant,
        dimensions="strict",
    )
    for name, doc in (("A1", "siltuximab in blood"), ("A2", "siltuximab in the periphery")):
        m.species(
            name, initial=0.0, unit="mg", nominal=1.0, origin=Origin.FIXED,
            at="no drug before a dose", doc=doc,
        )  # fmt: skip
    _parameters(m)
    _covariates(m)
    m.assign("c", "A1 / V1", "ug/mL", at=_STRUCTURE, doc="siltuximab in serum")
    m.reaction("elimination", "A1 ->", rate="CL * c", at=_STRUCTURE)
    m.reaction("to_periphery", "A1 -> A2", rate="Q * c", at=_STRUCTURE)
    m.reaction("from_periphery", "A2 -> A1", rate="Q * A2 / V2", at=_STRUCTURE)
    m.dose(
        "siltuximab", "mg", {"A1": "dose"}, entity="siltuximab", typical=803.0,
        at="11 mg/kg for 73 kg, infused over 1 h", doc="into blood",
    )  # fmt: skip
    m.observable(
        "siltuximab", "c", "ug/mL",
        residual=ResidualError.combined(sd_proportional=0.224, sd_additive=0.0217, at=_TABLE),
        term="siltuximab_serum", at=_STRUCTURE, doc="siltuximab in serum",
    )  # fmt: skip
    return m.build()


def _parameters(m: ModelBuilder) -> None:
    table: tuple[tuple[str, float, str, float, str], ...] = (
        ("CL", 0.214, "L/day", 0.20, "clearance"),
        ("V1", 3.66, "L", 0.42, "central volume"),
        ("V2", 3.13, "L", 0.42, "peripheral volume"),
        ("Q", 0.624, "L/day", 0.0, "exchange with the periphery"),
    )
    for name, value, unit, cv, doc in table:
        m.parameter(
            name, value, unit, origin=Origin.ESTIMATED, at=_TABLE, lower=0.0, doc=doc,
            iiv=IIV.cv(cv, at=_TABLE) if cv else None,
        )  # fmt: skip
    # one random effect, on the volume of distribution
    m.correlation(("V1", "V2"), ((1.0, 1.0), (1.0, 1.0)), origin=Origin.FIXED, at=_TABLE)


def _covariates(m: ModelBuilder) -> None:
    for name, unit, reference, doc in (
        ("weight", "kg", 73.0, "body weight"),
        ("albumin", "g/dL", 4.1, "albumin in serum"),
        ("alt", "IU/L", 19.0, "alanine aminotransferase in serum"),
        ("creatinine", "mg/dL", 0.9, "creatinine in serum"),
        ("healthy", "1", 0.0, "1 for healthy volunteers"),
        ("castleman", "1", 0.0, "1 for Castleman's disease"),
        ("smoldering_myeloma", "1", 0.0, "1 for smouldering multiple myeloma"),
    ):
        m.covariate(name, unit, reference=reference, at=_TABLE, doc=doc)
    both = ("V1", "V2")
    for parameters, covariate, exponent in (
        (("CL",), "albumin", -0.84),
        (("CL",), "alt", -0.096),
        (both, "weight", 0.65),
        (both, "albumin", -0.35),
        (both, "creatinine", 0.16),
    ):
        for name in parameters:
            m.covariate_effect(name, covariate, exponent, form="power", at=_TABLE)
    for parameters, covariate, factor in (
        (("CL",), "healthy", 0.77),
        (("CL",), "castleman", 1.24),
        (both, "healthy", 0.83),
        (both, "smoldering_myeloma", 0.77),
    ):
        for name in parameters:
            m.covariate_effect(name, covariate, factor - 1.0, form="linear", at=_TABLE)


HOUR = 1.0 / 24.0
_ONCE = (Dose("siltuximab", 803.0, "mg", 0.0, HOUR),)
_RUN = "own integration, LSODA"
_SUM = "(CL / V1 + Q / V1 + Q / V2)"
_ROOT = f"sqrt({_SUM}**2 - 4 * CL / V1 * Q / V2)"
TERMINAL = f"log(2) / (0.5 * ({_SUM} - {_ROOT}))"
_INITIAL = f"log(2) / (0.5 * ({_SUM} + {_ROOT}))"


def _half_life(who: str, day: float, **values: float) -> Readout:
    """Make a read-out of the abstract: the median of simulated people, here the typical person."""
    return Readout(
        f"terminal half-life, {who}", "expression", TERMINAL, day, "day",
        "abstract, median of simulated people",
        rtol=0.08,  # the simulation drew weight, albumin and laboratory values of the trials
        values=values,
    )  # fmt: skip


def _run(take: str, of: str, equals: float, unit: str) -> Readout:
    return Readout(
        f"{take} half-life", "expression", of, equals, unit, "closed form", rtol=1e-6,
        witness="independent run",
    )  # fmt: skip


def _readouts() -> Iterator[Readout]:
    yield _half_life("other tumours", 22.2)
    yield _half_life("Castleman's disease", 19.1, CL=0.214 * 1.24)
    yield _half_life("healthy people", 24.5, CL=0.214 * 0.77, V1=3.66 * 0.83, V2=3.13 * 0.83)
    yield _run("terminal", TERMINAL, 23.73299, "day")
    yield _run("initial", _INITIAL, 1.736703, "day")
    for day, level in (
        (HOUR, 218.358), (1, 178.229), (3, 128.590), (7, 89.6210), (14, 67.5392), (21, 54.7141),
        (28, 44.5769),
    ):  # fmt: skip
        yield Readout(
            f"803 mg, day {day:.4g}", "value", "siltuximab", level, "ug/mL", _RUN,
            rtol=1e-5,  # six digits, and the run at 1e-6
            witness="independent run", day=day, doses=_ONCE,
        )  # fmt: skip
    yield Readout(
        "803 mg, AUC of days 0 to 28", "auc", "siltuximab", 2226.10, "ug/mL*day", _RUN, rtol=1e-5,
        witness="independent run", end=28.0, doses=_ONCE,
    )  # fmt: skip


READOUTS = tuple(_readouts())

EQUATIONS = (
    PrintedEquation("A1", "-(CL / V1) * A1 - (Q / V1) * A1 + (Q / V2) * A2", _STRUCTURE),
    PrintedEquation("A2", "(Q / V1) * A1 - (Q / V2) * A2", _STRUCTURE),
)

DEVIATIONS = (
    Deviation(
        "effects of weight, albumin, creatinine and disease on 'Vss'",
        "on V1 and V2 alike, with one random effect",
        "as the transcription of Table 2 has it; on V1 alone they would leave the half-life of the "
        "healthy at 27.8 days, beside the 24.5 of the abstract",
    ),
    Deviation(
        "half-lives of 22.2, 19.1 and 24.5 days (abstract)",
        "23.7, 19.5 and 25.1 days follow from Table 2",
        "the printed ones are medians of people drawn with the covariates of the trials",
    ),
    Deviation(
        "clearance varies 1.8-fold over the albumin of the study, 1.5 to 5.2 g/dL (abstract)",
        "2.84-fold, from the exponent -0.84 of Table 2",
        "not explained: 1.8-fold is what the exponent gives from 2.6 to 5.2 g/dL",
    ),
    Deviation(
        "a clearance that is higher in the healthy and lower in Castleman's disease (an earlier "
        "conference abstract of the same analysis)",
        "lower in the healthy (0.77), higher in Castleman's disease (1.24)",
        "Table 2, and the exposures that the same conference abstract prints",
    ),
)
