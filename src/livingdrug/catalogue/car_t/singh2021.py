"""Multiscale kinetics and effect of idecabtagene vicleucel (bb2121) in multiple myeloma.

Effector cells E and memory cells M go from blood (b) to marrow (m) and back and are lost from
blood. In marrow the CARs bind BCMA of myeloma cells T; the complexes X per CAR-T cell drive the
expansion of effector cells, the complexes per myeloma cell drive the killing. M-protein P and
soluble BCMA S follow the tumour as turnover markers. With ``c = (Em + Mm) / Vbm``, ``q = X / c``,
``w = X / T`` (SI Eq. 14 and 15):

    dEb/dt = -K12 Eb + K21 Em - Kel_e Eb,    dMb/dt = -K12 Mb + K21 Mm - Kel_m Mb
    dEm/dt = K12 Eb - K21 Em + Kexp_max q / (EC50_exp + q) Em - Rm Em
    dMm/dt = K12 Mb - K21 Mm + Rm Em
    dX/dt  = kon (c Ag_CAR - X) (T Ag_tum - X) - koff X
    dT/dt  = Kg T - Kkill_max w / (KC50 + w) T
    dP/dt  = Pm T0 (T / T0)**gamma_m - Km P,  dS/dt = Pb T0 (T / T0)**gamma_b - Kb S

A bolus of 50, 150, 450 or 800 million CAR-positive cells goes into Eb on day 0. Day 0 starts with
P and S at balance. Complexes leave X by dissociation only, also when their cells die or move.

The seed of the authors' code, 1e-6 effector cells per litre of marrow, keeps X / c from being
0 / 0 before a cell has come. Beside an infusion it is nothing, but *without* one it grows up and
treats the tumour: take the variant ``no_seed`` for an untreated arm. Every typical subject
responds deeply; lack of response comes from the variability only. The source has no residual
error, and random effects on the mean parameters were fitted to response categories.

Singh AP, Chen W, Zheng X, et al. CPT Pharmacometrics Syst Pharmacol 2021;10:362-376.
doi:10.1002/psp4.12598
"""

from __future__ import annotations

from collections.abc import Iterator

from livingdrug.catalogue.entry import published
from livingdrug.catalogue.readout import Deviation, PrintedEquation, Readout, Take
from livingdrug.core.source import Origin, Source
from livingdrug.model.builder import ModelBuilder
from livingdrug.model.model import Model
from livingdrug.model.regimen import Dose
from livingdrug.model.variability import IIV

SOURCE = Source(
    doi="10.1002/psp4.12598",
    authors=(
        "Singh, A. P.",
        "Chen, W.",
        "Zheng, X.",
        "Mody, H.",
        "Carpenter, T. J.",
        "Zong, A.",
        "Heald, D. L.",
    ),
    year=2021,
    title=(
        "Bench-to-bedside translation of chimeric antigen receptor (CAR) T cells using a "
        "multiscale systems pharmacokinetic-pharmacodynamic model: a case study with anti-BCMA "
        "CAR-T"
    ),
    journal="CPT: Pharmacometrics & Systems Pharmacology",
    volume="10",
    pages="362-376",
    note=(
        "Clinical model only. Equations, Table 1 and the deposited Monolix code were read through "
        "a transcription (nlmixr2lib) that quotes them line by line. The models of mice and of "
        "cell cultures cannot be rebuilt from what is public."
    ),
)

_CODE = "deposited Monolix code (supplement s002)"
_TABLE = "Table 1, clinical model"


@published(
    source=SOURCE,
    variants={
        "published": "with the seed of the deposited code, 1e-6 effector cells per L of marrow",
        "no_seed": "without the seed; q is 0 while there are no cells, which is its limit",
    },
)
def model(variant: str) -> Model:
    """Build the clinical model."""
    m = ModelBuilder(
        "singh2021",
        title="Multiscale kinetics and effect of idecabtagene vicleucel",
        organism="human",
        population="relapsed or refractory multiple myeloma, CRB-401, 33 adults",
        source=SOURCE,
        variant=variant,
        dimensions="strict",
    )
    _species(m)
    _parameters(m)
    _seed(m, variant)
    _assignments(m)
    _cells(m)
    _tumor_and_markers(m)
    m.dose(
        "infusion", "cell", {"Eb": "dose"}, entity="CAR-positive T cells", typical=450e6,
        at="CRB-401 dose levels 50, 150, 450 and 800 million cells",
        doc="bolus into the effector cells of blood",
    )  # fmt: skip
    _observables(m)
    return m.build()


def _species(m: ModelBuilder) -> None:
    for name, doc in (
        ("Eb", "effector CAR-T cells in blood"),
        ("Mb", "memory CAR-T cells in blood"),
        ("Em", "effector CAR-T cells in marrow"),
        ("Mm", "memory CAR-T cells in marrow"),
    ):
        m.species(
            name, initial=0.0, unit="cell", count_per_unit=1.0, origin=Origin.FIXED, at=_CODE,
            doc=doc,
        )  # fmt: skip
    litres = 3.65  # of marrow, so that one cell or complex per litre is 3.65 of them
    m.species(
        "X", initial=0.0, unit="1/L", count_per_unit=litres, origin=Origin.FIXED, at=_CODE,
        doc="CAR-BCMA complexes in marrow",
    )  # fmt: skip
    m.species(
        "T", initial=2.5e9, unit="cell/L", count_per_unit=litres, origin=Origin.FIXED, at=_CODE,
        log_state=True,  # falls by five orders of magnitude and regrows
        doc="myeloma cells in marrow",
    )  # fmt: skip
    m.species(
        "P", initial=12.1e-12 * 2.5e9 / 0.117, unit="g/L", nominal=0.1, term="m_protein_serum",
        origin=Origin.DERIVED, at="balance of SI Eq. 19", doc="M-protein in serum",
    )  # fmt: skip
    m.species(
        "S", initial=0.175e-6 * 2.5e9 / 0.7, unit="ng/mL", nominal=1.0,
        origin=Origin.DERIVED, at="balance of SI Eq. 20", doc="soluble BCMA in serum",
    )  # fmt: skip


def _parameters(m: ModelBuilder) -> None:
    estimated, fixed = Origin.ESTIMATED, Origin.FIXED
    assumed_half = IIV.sd(0.5, origin=fixed, at="SI page 4: assumed 50 %")
    table: tuple[tuple[str, float, str, Origin, str, IIV | None, str], ...] = (
        ("Kexp_max", 1.73, "1/day", estimated, _TABLE, IIV.sd(0.22),
         "maximal expansion rate of effector cells"),
        ("EC50_exp", 10.0, "1/cell", estimated, _TABLE, None,
         "complexes per CAR-T cell at half-maximal expansion"),
        ("Rm", 2e-5, "1/day", estimated, _TABLE, IIV.sd(4e-5, origin=fixed),
         "net conversion rate from effector to memory cells"),
        ("Kel_e", 113.0, "1/day", estimated, _TABLE, assumed_half,
         "elimination rate of effector cells from blood"),
        ("Kel_m", 0.219, "1/day", estimated, _TABLE, assumed_half,
         "elimination rate of memory cells from blood"),
        ("K12", 1.71, "1/day", estimated, _TABLE, assumed_half, "rate from blood to marrow"),
        ("K21", 0.176, "1/day", estimated, _TABLE, assumed_half, "rate from marrow to blood"),
        ("Kkill_max", 0.343, "1/day", estimated, _TABLE, IIV.sd(0.5), "maximal killing rate"),
        ("KC50", 2.24, "1/cell", fixed, _TABLE + "; in vitro fit", None,
         "complexes per myeloma cell at half-maximal killing"),
        ("gamma_m", 0.215, "1", estimated, _TABLE, IIV.sd(0.21),
         "exponent of the tumour in the production of M-protein"),
        ("gamma_b", 1.0, "1", fixed, _TABLE, IIV.sd(1.0),
         "exponent of the tumour in the production of soluble BCMA"),
        ("Kg", 0.008, "1/day", fixed, _TABLE, None, "growth rate of myeloma cells"),
        ("Kon", 7.103e4, "L/mol/s", fixed, _CODE, None, "association of CAR and BCMA"),
        ("Koff", 2.385e-3, "1/s", fixed, _CODE, None, "dissociation of CAR and BCMA"),
        ("N_A", 6.023e23, "1/mol", fixed, _CODE, None, "Avogadro's number of the code"),
        ("Ag_CAR", 15000.0, "1/cell", fixed, _TABLE, None, "CARs of a CAR-T cell"),
        ("Ag_tum", 12590.0, "1/cell", fixed, _TABLE, None, "BCMA of a myeloma cell"),
        ("Vb", 5.0, "L", fixed, _TABLE, None, "blood"),
        ("Vbm", 3.65, "L", fixed, _TABLE, None, "marrow"),
        ("TransC", 0.002, "copies/ug*L/cell", fixed, _TABLE, None,
         "CAR transgene in blood of one CAR-T cell per litre"),
        ("Km", 0.117, "1/day", fixed, _TABLE, None, "loss rate of M-protein"),
        ("Pm", 12.1, "pg/cell/day", fixed, _TABLE, None, "M-protein of a myeloma cell"),
        ("Kb", 0.7, "1/day", fixed, _TABLE, None, "loss rate of soluble BCMA"),
        ("Pb", 0.175, "pg/cell/day", fixed, _TABLE, None, "soluble BCMA of a myeloma cell"),
        ("T0", 2.5e9, "cell/L", fixed, _CODE, None, "myeloma cells in marrow on day 0"),
    )  # fmt: skip
    for name, value, unit, origin, at, iiv, doc in table:
        m.parameter(name, value, unit, origin=origin, at=at, lower=0.0, iiv=iiv, doc=doc)


def _seed(m: ModelBuilder, variant: str) -> None:
    value, at = (1e-6, _CODE) if variant == "published" else (0.0, "variant without the seed")
    m.parameter(
        "seed", value, "cell/L", origin=Origin.FIXED, at=at, lower=0.0,
        doc="effector cells in marrow before the infusion",
    )  # fmt: skip


def _assignments(m: ModelBuilder) -> None:
    m.initial("Em", "seed * Vbm")
    m.initial("T", "T0")
    m.initial("P", "P0")
    m.initial("S", "S0")
    m.assign(
        "P0", "Pm * quantity(1e-12, 'g/pg') * T0 / Km", "g/L", at="SI Eq. 19",
        doc="M-protein on day 0",
    )  # fmt: skip
    m.assign(
        "S0", "Pb * quantity(1e-6, 'ng*L/(pg*mL)') * T0 / Kb", "ng/mL", at="SI Eq. 20",
        doc="soluble BCMA on day 0",
    )  # fmt: skip
    day = "quantity(86400, 's/day')"
    m.assign("kon", f"Kon * {day} / N_A", "L/day", at=_CODE, doc="association, per molecule")
    m.assign("koff", f"Koff * {day}", "1/day", at=_CODE, doc="dissociation")
    m.assign("c", "(Em + Mm) / Vbm", "cell/L", at="SI Eq. 11", doc="CAR-T cells in marrow")
    m.assign("q", "safe_ratio(X, c, 0)", "1/cell", at="SI Eq. 14", doc="complexes per CAR-T cell")
    m.assign("w", "safe_ratio(X, T, 0)", "1/cell", at="SI Eq. 15", doc="complexes per myeloma cell")


def _cells(m: ModelBuilder) -> None:
    for kind, name, eq in (("effector", "E", "SI Eq. 6 and 9"), ("memory", "M", "SI Eq. 7 and 10")):
        b, t = f"{name}b", f"{name}m"
        loss = f"Kel_{name.lower()}"
        m.reaction(f"{kind}_to_marrow", f"{b} -> {t}", rate=f"K12 * {b}", at=eq)
        m.reaction(f"{kind}_to_blood", f"{t} -> {b}", rate=f"K21 * {t}", at=eq)
        m.reaction(f"{kind}_elimination", f"{b} ->", rate=f"{loss} * {b}", at=eq)
    m.reaction(
        "expansion", "-> Em", rate="Kexp_max * q / (EC50_exp + q) * Em", at="SI Eq. 9 and 16"
    )
    m.reaction("conversion", "Em -> Mm", rate="Rm * Em", at="SI Eq. 9 and 10")


def _tumor_and_markers(m: ModelBuilder) -> None:
    m.reaction(
        "binding",
        "-> X",
        rate="kon * (c * Ag_CAR - X) * (T * Ag_tum - X)",
        at="SI Eq. 11 to 13",
        doc="free CARs meet free BCMA",
    )
    m.reaction("dissociation", "X ->", rate="koff * X", at="SI Eq. 13")
    m.reaction("tumor_growth", "-> T", rate="Kg * T", at="SI Eq. 18")
    m.reaction(
        "tumor_killing",
        "T ->",
        rate="Kkill_max * w / (KC50 + w) * T",
        at="SI Eq. 17 and the deposited code; see the deviations",
    )
    m.reaction("m_protein_production", "-> P", rate="Km * P0 * (T / T0)**gamma_m", at="SI Eq. 19")
    m.reaction("m_protein_loss", "P ->", rate="Km * P", at="SI Eq. 19")
    m.reaction("bcma_shedding", "-> S", rate="Kb * S0 * (T / T0)**gamma_b", at="SI Eq. 20")
    m.reaction("bcma_loss", "S ->", rate="Kb * S", at="SI Eq. 20")


def _observables(m: ModelBuilder) -> None:
    m.observable(
        "car_transgene", "TransC * (Eb + Mb) / Vb", "copies/ug", assay="qPCR",
        term="car_transgene_blood", at="SI Eq. 8", doc="CAR transgene in blood",
    )  # fmt: skip
    for name, of, doc in (("m_protein_change", "P", "M-protein"), ("bcma_change", "S", "BCMA")):
        m.observable(
            name, f"({of} / {of}0 - 1) * quantity(100, 'percent')", "percent",
            at="Fig. 3 and the deposited code", doc=f"change of serum {doc} from day 0",
        )  # fmt: skip
    m.observable(
        "tumor_burden", "T * Vbm", "cell", term="tumor_burden", at="SI Eq. 18",
        doc="all myeloma cells of the marrow",
    )  # fmt: skip


_RUN = "own integration, LSODA at rtol 1e-10; Radau and BDF agree to 8 digits"


def _given(million: float) -> tuple[Dose, ...]:
    return (Dose("infusion", million * 1e6, "cell"),)


def _peak(million: float, equals: float, burden: float = 1.0) -> Readout:
    return Readout(
        f"peak after day 1, {million:g} million cells, {burden:g} times the tumour",
        "maximum", "car_transgene", equals, "copies/ug", _RUN,
        rtol=2e-5,  # printed to 5 digits or more; the loose run at 1e-6 moves it by 7e-6
        witness="independent run", start=1.0, end=60.0, values={"T0": 2.5e9 * burden},
        doses=_given(million),
    )  # fmt: skip


def _timing(million: float, peak_day: float, low: float, low_day: float) -> Iterator[Readout]:
    """Give the day of the peak, the nadir of M-protein and its day for one dose level."""
    takes: tuple[tuple[Take, str, float, str, float], ...] = (
        # the printed day is a point of an output grid, up to 0.008 day after the peak
        ("day of maximum", "car_transgene", peak_day, "day", 0.01),
        ("minimum", "m_protein_change", low, "percent", 1e-4),  # printed so
        # the nadir is flat: values that agree to 1e-8 place it to 0.02 day
        ("day of minimum", "m_protein_change", low_day, "day", 0.02),
    )
    for take, quantity, equals, unit, atol in takes:
        yield Readout(
            f"{take} of {quantity}, {million:g} million cells", take, quantity, equals, unit,
            _RUN, atol=atol, witness="independent run", start=1.0,
            end=60.0 if quantity == "car_transgene" else 120.0,
            values={"T0": 2.5e9}, doses=_given(million),
        )  # fmt: skip


def _course(day: float, level: float, tumor: float, *changes: float) -> Iterator[Readout]:
    """Give a line of the reference table at 450 million cells."""
    columns = (
        # printed to 7 digits or more; the loose run at 1e-6 collects some 1e-6
        ("car_transgene", level, "copies/ug", 1e-5, 0.0),
        ("T", tumor, "cell/L", 1e-5, 0.0),
        # printed to 1e-6 percent; the loose run is within 1e-4 of 100 percent
        ("m_protein_change", changes[0], "percent", 0.0, 1e-4),
        *(("bcma_change", change, "percent", 0.0, 2e-4) for change in changes[1:]),
    )
    for quantity, equals, unit, rtol, atol in columns:
        yield Readout(
            f"{quantity} on day {day:g}, 450 million cells", "value", quantity, equals, unit,
            _RUN, rtol=rtol, atol=atol, witness="independent run", day=day, doses=_given(450),
        )  # fmt: skip


READOUTS = (
    # what is printed to fewer digits than the code has
    Readout("Kon in print", "expression", "Kon", 7.1e4, "L/mol/s", "Table 1", rtol=1e-3),
    Readout("Koff in print", "expression", "Koff", 2.39e-3, "1/s", "Table 1", atol=5.1e-6),
    Readout(
        "transgene at the end of the infusion of 50 million cells", "value", "car_transgene",
        20000.0, "copies/ug", "0.002 * 50e6 / 5", rtol=1e-12, witness="independent run", day=0.0,
        doses=_given(50),
    ),
    Readout("M-protein on day 0", "value", "P", 0.25854701, "g/L", "12.1e-12 * 2.5e9 / 0.117",
            rtol=2e-8, witness="independent run", day=0.0),
    Readout("soluble BCMA on day 0", "value", "S", 625.0, "ng/mL", "0.175e-6 * 2.5e9 / 0.7",
            rtol=1e-12, witness="independent run", day=0.0),
    _peak(50, 37444.99),
    _peak(150, 36537.17),
    _peak(450, 35774.23),
    _peak(800, 35498.11),
    _peak(50, 721.86, burden=0.2),
    _peak(50, 5404.9, burden=0.5),
    _peak(50, 3.6014e5, burden=2.0),
    _peak(50, 3.9585e6, burden=5.0),
    *_timing(50, 16.31, -92.4921, 88.75),
    *_timing(150, 15.25, -92.4141, 87.48),
    *_timing(450, 14.19, -92.3465, 86.24),
    *_timing(800, 13.63, -92.3215, 85.62),
    *_course(1, 11.372158, 2.5089407e9, 0.005250, 0.120078),
    *_course(3, 89.970339, 2.438332e9, -0.015899, -0.503093),
    *_course(7, 3652.0426, 1.2113041e9, -2.391068, -32.242547),
    *_course(10, 18893.798, 4.7206967e8, -8.451317, -68.036109),
    *_course(14, 35743.398, 1.2680179e8, -20.158666, -90.651522),
    *_course(28, 5991.7769, 1387052.8, -60.774553, -99.899467),
    *_course(60, 254.99399, 14838.3, -90.991338),
    *_course(180, 25.402062, 31806.744, -91.262283),
    *_course(365, 0.83306995, 137764.19, -88.031839),
)  # fmt: skip

_RATIO = "X * Vbm / (Em + Mm)"

EQUATIONS = (
    PrintedEquation("Eb", "-K12 * Eb + K21 * Em - Kel_e * Eb", "SI Eq. 6"),
    PrintedEquation("Mb", "-K12 * Mb + K21 * Mm - Kel_m * Mb", "SI Eq. 7"),
    PrintedEquation(
        "Em",
        f"K12 * Eb - K21 * Em + Kexp_max * ({_RATIO}) / (EC50_exp + {_RATIO}) * Em - Rm * Em",
        "SI Eq. 9 and 16",
    ),
    PrintedEquation("Mm", "K12 * Mb - K21 * Mm + Rm * Em", "SI Eq. 10"),
    PrintedEquation(
        "X",
        "Kon * 86400 / N_A * ((Em + Mm) / Vbm * Ag_CAR - X) * (T * Ag_tum - X) - Koff * 86400 * X",
        "SI Eq. 11 to 13",
    ),
    PrintedEquation(
        "T", "Kg * T - Kkill_max * (X / T) / (KC50 + X / T) * T", "deposited code (SI Eq. 18)"
    ),
    PrintedEquation("P", "Pm * 1e-12 * T0 * (T / T0)**gamma_m - Km * P", "SI Eq. 19"),
    PrintedEquation("S", "Pb * 1e-6 * T0 * (T / T0)**gamma_b - Kb * S", "SI Eq. 20"),
)

DEVIATIONS = (
    Deviation(
        "SI Eq. 18 with the killing term on the effector cells of marrow",
        "the killing term on the myeloma cells",
        "so in the deposited code, whose run the published fit is; a rate per myeloma cell times "
        "a number of CAR-T cells has not the unit of the left side",
    ),
    Deviation(
        "Kon 7.1e4 L/mol/s and Koff 2.39e-3 1/s (Table 1)",
        "7.103e4 and 2.385e-3, as in the deposited code",
        "the table rounds; its numbers lower the peak by 0.5 %",
    ),
    Deviation(
        "CAR-T pools and dose as cells per litre (deposited code)",
        "numbers of cells",
        "every flux is a rate times a concentration times a fixed volume, so it is the same model",
    ),
    Deviation(
        "baseline tumour and seed not in Table 1",
        "2.5e9 myeloma cells and 1e-6 effector cells per litre of marrow, from the deposited code",
        "the equations need both; without an infusion the seed alone expands and brings the "
        "M-protein down by 93 %, so the variant 'no_seed' is there for untreated arms",
    ),
    Deviation(
        "random effect of Rm, 4e-5",
        "kept as a standard deviation of the logarithm, which is next to none",
        "so printed, marked as not estimated; it is twice the typical value of Rm (unconfirmed)",
    ),
)
