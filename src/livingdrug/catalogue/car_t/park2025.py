"""Anti-CD19 CAR-T cells in systemic lupus erythematosus, a quantitative systems pharmacology model.

CD8 and CD4 CAR-T cells (subset s) of four phenotypes (naive TN, central memory TCM, effector memory
TEM, effector TEff) live in blood and marrow. CARs bind CD19 of the B cells of their site; the
complexes X per CAR-T cell drive expansion, those per B cell drive killing. With ``S_s`` all cells
of a subset, ``q = X_s / S_s`` and ``w = (X_CD8 + X_CD4) / B`` in each site:

    kexp_s = Kexp_s q / (EC50_exp + q)
    blood   dc_i/dt = -K12 c_i + K21 (Vbm/Vb) m_i + (kexp_s - Rm_i - Kel_i) c_i + Rm_h c_h
    marrow  dm_i/dt = K12 (Vb/Vbm) c_i - K21 m_i + (kexp_s - Rm_i) m_i + Rm_h m_h
    dX_s/dt = kon (S_s Ag_CAR - X_s) (B Ag_B - X_CD8 - X_CD4) - koff X_s
    dB/dt   = Kg B - Kkill_max w / (KC50 + w) B

where h is the phenotype before i, and effectors neither divide nor convert. When fewer than
``CART_min`` CAR-T cells are left in blood, new B cells that the CAR-T cells do not see come in:
``dBr/dt = K0_rev (1 - (B + Br) / B_max)``.

Lymphodepletion L is a drug amount that decays. It holds back the precursors of host CD4 and CD8
cells and kills the dividing pool of a transit chain of neutrophils:

    P' = K0 - Kp P (1 - e),  T' = Kp P (1 - e) - Kout T,  e = Emax (L/Vb) / (EC50 + L/Vb)
    n1' = ktr n1 ((1 - e) (Circ0/n)**gamma_N - 1),  n2' = ktr (n1 - n2), ...,  ktr = 4 / MTT

Autoreactive B cells, host cells and neutrophils drive autoantibody AAb, interferon alpha IFN,
complement C3 and proteinuria PTU. Autoantibody is made above 1 B cell per uL only; below, its loss
stops too, so that it stands still at the level of the crossing.

Assumptions of the source: lymphodepletion and infusion both fall on day 0, though patients were
lymphodepleted on days -5 to -3. CAR-T cells of marrow do not die. B cells have no homeostasis, so
the model means something from the infusion onward only, and its seed of 1e-12 cells per litre of
marrow grows up *without* an infusion: take the variant ``no_seed`` for an untreated arm.

Volumes, urine and the synthesis of C3 go with body weight: draw a cohort with the covariate.

Park H, Mugundu GM, Singh AP. Clin Transl Sci 2025;18:e70146. doi:10.1111/cts.70146
"""

from __future__ import annotations

from itertools import pairwise

from livingdrug.catalogue.car_t._park2025_evidence import DEVIATIONS, EQUATIONS, READOUTS
from livingdrug.catalogue.car_t._park2025_tables import (
    DIVIDING,
    OMEGA,
    PARAMETERS,
    PHENOTYPES,
    SITES,
    STEPS,
    SUBSETS,
)
from livingdrug.catalogue.entry import published
from livingdrug.core.source import Origin, Source
from livingdrug.model.builder import ModelBuilder
from livingdrug.model.model import Model
from livingdrug.model.variability import IIV

__all__ = ["DEVIATIONS", "EQUATIONS", "READOUTS", "SOURCE", "model"]

SOURCE = Source(
    doi="10.1111/cts.70146",
    authors=("Park, H.", "Mugundu, G. M.", "Singh, A. P."),
    year=2025,
    title=(
        "Mechanistic evaluation of anti-CD19 CAR-T cell therapy repurposed in systemic lupus "
        "erythematosus using a quantitative systems pharmacology model"
    ),
    journal="Clinical and Translational Science",
    volume="18",
    pages="e70146",
    note=(
        "Read through a transcription (nlmixr2lib) that quotes Table 1, the typeset equations of "
        "Appendix S1 and the Monolix code of Appendix S2 line by line. Where the two appendices "
        "disagree, the code is followed. It has no residual error."
    ),
)

_CAR: dict[str, tuple[str, ...]] = {"subset": SUBSETS, "phenotype": PHENOTYPES}
_S1, _S2 = "Appendix S1, Eq. ", "Appendix S2"


@published(
    source=SOURCE,
    variants={
        "published": "the Monolix code of Appendix S2",
        "no_seed": "without the seed of 1e-12 per litre, as Appendix S1 has it",
        "typeset_proteinuria": (
            "host CD8 cells, neutrophils and C3 drive proteinuria by the bare ratios of Appendix "
            "S1, Eq. 44 and 52, without exp() and with C3/C3_0"
        ),
        "table_proteinuria": "protein excretion of 100 mg/day, as Table 1 prints",
    },
)
def model(variant: str) -> Model:
    """Build the model."""
    m = ModelBuilder(
        "park2025",
        title="Anti-CD19 CAR-T cells in systemic lupus erythematosus",
        organism="human",
        population="refractory systemic lupus erythematosus, 5 patients aged 18 to 24",
        source=SOURCE,
        variant=variant,
        dimensions="strict",
    )
    _species(m)
    _parameters(m, variant)
    _initial_values(m)
    _binding(m)
    _car_t_cells(m)
    _b_cells(m)
    _host_cells(m)
    _markers(m, variant)
    _doses(m)
    _observables(m)
    return m.build()


def _species(m: ModelBuilder) -> None:
    start = f"{_S2}, initial values"
    for site, litres in (("blood", 5.0), ("marrow", 1.6)):
        where: dict[str, tuple[str, ...]] = {"site": (site,)}
        m.species(
            "{subset}_{phenotype}_{site}", initial=0.0 if site == "blood" else 1e-12,
            unit="cell/L", count_per_unit=litres, doc=f"CAR-T cells in {site}",
            origin=Origin.FIXED, at=start, over=_CAR | where,
        )  # fmt: skip
        m.species(
            "X_{subset}_{site}", initial=1e-12, unit="1/L", count_per_unit=litres,
            origin=Origin.FIXED, at=start, doc=f"complexes of CAR and CD19 in {site}",
            over=where | {"subset": SUBSETS},
        )  # fmt: skip
    for name, value, litres, doc in (
        ("B_blood", 1.43e8, 5.0, "autoreactive B cells in blood"),
        ("B_marrow", 1.50e9, 1.6, "B cells in marrow"),
        ("B_recovering", 0.0, 5.0, "new B cells in blood, not seen by CAR-T cells"),
    ):
        m.species(
            name, initial=value, unit="cell/L", count_per_unit=litres, origin=Origin.FIXED,
            at=start, doc=doc,
        )  # fmt: skip
    m.species(
        "L", initial=0.0, unit="mg", nominal=1.0, origin=Origin.FIXED, at="before the dose",
        doc="lymphodepleting drugs",
    )  # fmt: skip
    for name, value, unit, doc in (
        ("host_CD4_precursor", 210.18 / 0.0007, "cell/uL", "precursors of host CD4 cells"),
        ("host_CD4", 210.18 / 1.02, "cell/uL", "host CD4 cells in blood"),
        ("host_CD8_precursor", 525.59 / 0.00045, "cell/uL", "precursors of host CD8 cells"),
        ("host_CD8", 525.59 / 1.49, "cell/uL", "host CD8 cells in blood"),
        ("neutrophil_1", 5617.22, "cell/uL", "dividing precursors of neutrophils"),
        *((f"neutrophil_{i}", 5617.22, "cell/uL", "maturing neutrophils") for i in (2, 3, 4)),
        ("neutrophils", 5617.22, "cell/uL", "neutrophils in blood"),
        ("IFN", 21.0, "pg/mL", "interferon alpha in serum"),
        ("AAb", 470000.0, "IU/L", "anti-dsDNA autoantibody in serum"),
        ("C3", 555.0, "mg/L", "complement C3 in serum"),
        ("PTU", 3060.0, "mg/g", "protein per creatinine in urine"),
    ):
        m.species(
            name, initial=value, unit=unit, nominal=0.01 if name == "IFN" else value,
            origin=Origin.DERIVED, at=start, doc=doc,
        )  # fmt: skip


def _parameters(m: ModelBuilder, variant: str) -> None:
    changes = {
        "no_seed": {"seed": (0.0, "Appendix S1, initial values")},
        "table_proteinuria": {"PTU_synthesis": (100.0, "Table 1")},
    }.get(variant, {})
    for name, value, unit, origin, at, symbol, doc in PARAMETERS:
        number, where = changes.get(name, (value, at))
        omega, how = OMEGA.get(name, (0.0, Origin.FIXED))
        m.parameter(
            name, number, unit, origin=origin, at=where, lower=0.0, symbol=symbol, doc=doc,
            iiv=IIV.sd(omega, origin=how, at="Table 1") if omega else None,
        )  # fmt: skip
    weight = f"{_S2}: everything of the body at 70 kg"
    m.covariate("weight", "kg", reference=70.0, at=weight)
    for name in ("Vb", "Vbm", "C3_synthesis", "Vu"):
        m.covariate_effect(name, "weight", 1.0, form="power", origin=Origin.FIXED, at=weight)


def _initial_values(m: ModelBuilder) -> None:
    for subset in SUBSETS:
        for phenotype in PHENOTYPES:
            m.initial(f"{subset}_{phenotype}_marrow", "seed")
        for site in SITES:
            m.initial(f"X_{subset}_{site}", "seed * quantity(1, '1/cell')")
        m.initial(f"host_{subset}_precursor", f"K0_{subset} / Kp_{subset}")
        m.initial(f"host_{subset}", f"{subset}_0")
    for pool in (*(f"neutrophil_{i}" for i in (1, 2, 3, 4)), "neutrophils"):
        m.initial(pool, "Circ0")
    for state, start in (("B_blood", "B0_blood"), ("B_marrow", "B0_marrow"), ("IFN", "IFN0"),
                         ("AAb", "AAb0"), ("C3", "C3_0"), ("PTU", "PTU0")):  # fmt: skip
        m.initial(state, start)


def _total(subset: str, site: str) -> str:
    return "(" + " + ".join(f"{subset}_{phenotype}_{site}" for phenotype in PHENOTYPES) + ")"


def _binding(m: ModelBuilder) -> None:
    day = "quantity(86400, 's/day')"
    m.assign("kon_day", f"kon * {day} / N_A", "L/day", at=_S2, doc="association, per molecule")
    m.assign("koff_day", f"koff * {day}", "1/day", at=_S2, doc="dissociation")
    m.assign("Kexp_CD4", "Kexp_CD8 / Kexp_ratio", "1/day", at=_S2, doc="largest expansion rate")
    for site in SITES:
        bound = f"X_CD8_{site} + X_CD4_{site}"
        m.assign(f"bound_{site}", f"max({bound}, 0)", "1/L", at=_S1 + "13", doc="all complexes")
        m.assign(
            f"free_CD19_{site}", f"max(B_{site} * Ag_B - ({bound}), 0)", "1/L", at=_S1 + "10",
            doc="CD19 without a CAR",
        )  # fmt: skip
        for s in SUBSETS:
            total, bound = f"{s}_{site}", f"max(X_{s}_{site}, 0)"
            m.assign(total, _total(s, site), "cell/L", at=_S1 + "9", doc="all phenotypes")
            m.assign(
                f"free_CAR_{total}", f"max({total} * Ag_CAR - X_{total}, 0)", "1/L",
                at=_S1 + "9", doc="CARs without CD19",
            )  # fmt: skip
            # q / (EC50_exp + q) with q = X / S, which is 0 / 0 before there are cells
            m.assign(
                f"kexp_{total}",
                f"Kexp_{s} * safe_ratio({bound}, EC50_exp * {total} + {bound}, 0)",
                "1/day", at=_S1 + "12 and 14", doc="expansion rate",
            )  # fmt: skip
    over = {"subset": SUBSETS, "site": SITES}
    m.reaction(
        "binding_{subset}_{site}", "-> X_{subset}_{site}",
        rate="kon_day * free_CAR_{subset}_{site} * free_CD19_{site}", at=_S1 + "11", over=over,
    )  # fmt: skip
    m.reaction(
        "dissociation_{subset}_{site}", "X_{subset}_{site} ->",
        rate="koff_day * X_{subset}_{site}", at=_S1 + "11", over=over,
    )  # fmt: skip


def _car_t_cells(m: ModelBuilder) -> None:
    cell = "{subset}_{phenotype}"
    m.reaction(
        f"to_marrow_{cell}", f"{cell}_blood -> (Vb / Vbm) {cell}_marrow",
        rate=f"K12 * {cell}_blood", at=_S1 + "1 to 8", over=_CAR,
    )  # fmt: skip
    m.reaction(
        f"to_blood_{cell}", f"{cell}_marrow -> (Vbm / Vb) {cell}_blood",
        rate=f"K21 * {cell}_marrow", at=_S1 + "1 to 8", over=_CAR,
    )  # fmt: skip
    m.reaction(
        f"expansion_{cell}_{{site}}", f"-> {cell}_{{site}}",
        rate=f"kexp_{{subset}}_{{site}} * {cell}_{{site}}", at=_S1 + "1 to 8",
        over={"subset": SUBSETS, "phenotype": DIVIDING, "site": SITES},
    )  # fmt: skip
    for older, younger, rate in STEPS:
        m.reaction(
            f"conversion_{{subset}}_{older}_{{site}}",
            f"{{subset}}_{older}_{{site}} -> {{subset}}_{younger}_{{site}}",
            rate=f"{rate} * {{subset}}_{older}_{{site}}", at=_S1 + "1 to 8",
            over={"subset": SUBSETS, "site": SITES},
        )  # fmt: skip
    for phenotype in PHENOTYPES:
        loss = "Kel_m" if phenotype in DIVIDING else "Kel_e"
        m.reaction(
            f"elimination_{{subset}}_{phenotype}", f"{{subset}}_{phenotype}_blood ->",
            rate=f"{loss} * {{subset}}_{phenotype}_blood", at=_S1 + "1 to 4",
            over={"subset": SUBSETS},
        )  # fmt: skip


def _b_cells(m: ModelBuilder) -> None:
    over = {"site": SITES}
    m.reaction(
        "growth_B_{site}", "-> B_{site}", rate="Kg * B_{site}", at=_S1 + "16 and 26", over=over
    )
    # w / (KC50 + w) B with w = X / B, which is 0 / 0 when the last cell is gone
    m.reaction(
        "killing_B_{site}", "B_{site} ->",
        rate="Kkill_max * B_{site}"
        " * safe_ratio(bound_{site}, KC50 * max(B_{site}, 0) + bound_{site}, 0)",
        at=_S1 + "15, 16 and 26", over=over,
    )  # fmt: skip
    m.assign(
        "car_t", "(CD8_blood + CD4_blood) * quantity(1e-6, 'L/uL')", "cell/uL", at=_S2,
        doc="all CAR-T cells in blood",
    )  # fmt: skip
    m.reaction(
        "recovery_B", "-> B_recovering",
        rate="piecewise(0, car_t >= CART_min, K0_rev)"
        " * max(1 - (B_blood + B_recovering) / B_max, 0)",
        at=_S2 + "; see the deviations",
    )  # fmt: skip


def _host_cells(m: ModelBuilder) -> None:
    m.reaction("elimination_L", "L ->", rate="Kel_L * L", at=_S1 + "27")
    for name in (*SUBSETS, "N"):
        m.assign(
            f"effect_{name}", f"Emax_{name} * (L / Vb) / (EC50_{name} + L / Vb)", "1",
            at=_S1 + "28", doc="of the lymphodepleting drugs",
        )  # fmt: skip
    for s in SUBSETS:
        pre, cell = f"host_{s}_precursor", f"host_{s}"
        m.assign(f"{s}_0", f"K0_{s} / Kout_{s}", "cell/uL", at=_S1 + "29 and 30", doc="at rest")
        m.reaction(f"production_{s}", f"-> {pre}", rate=f"K0_{s}", at=_S1 + "31 and 33")
        m.reaction(
            f"release_{s}", f"{pre} -> {cell}", rate=f"Kp_{s} * {pre} * (1 - effect_{s})",
            at=_S1 + "31 to 34",
        )  # fmt: skip
        m.reaction(f"loss_{s}", f"{cell} ->", rate=f"Kout_{s} * {cell}", at=_S1 + "32 and 34")
    m.assign("ktr", "4 / MTT", "1/day", at=_S1 + "35", doc="transit of neutrophils")
    m.assign("feedback", "(Circ0 / neutrophils)**gamma_N", "1", at=_S1 + "36", doc="of their need")
    m.reaction(
        "proliferation_neutrophils", "-> neutrophil_1", rate="ktr * feedback * neutrophil_1",
        at=_S1 + "37",
    )  # fmt: skip
    m.reaction(
        "killing_neutrophils", "neutrophil_1 ->",
        rate="ktr * feedback * effect_N * neutrophil_1", at=_S1 + "37",
        doc="the drugs take away up to 27 times of what is made",
    )  # fmt: skip
    chain = (*(f"neutrophil_{i}" for i in (1, 2, 3, 4)), "neutrophils")
    for i, (older, younger) in enumerate(pairwise(chain), start=1):
        m.reaction(
            f"maturation_{i}", f"{older} -> {younger}", rate=f"ktr * {older}", at=_S1 + "37 to 41"
        )
    m.reaction("loss_neutrophils", "neutrophils ->", rate="ktr * neutrophils", at=_S1 + "41")


def _markers(m: ModelBuilder, variant: str) -> None:
    m.assign(
        "k_AAb", "piecewise(Ksyn_AAb, B_blood > AAb_B_min, 0)", "IU/cell/day", at=_S1 + "45",
        doc="release of autoantibody from a B cell",
    )  # fmt: skip
    signal = "exp(host_CD8 / CD8_0) * exp(neutrophils / Circ0) * (C3_0 / C3)**gamma_PTU"
    if variant == "typeset_proteinuria":
        signal = "(host_CD8 / CD8_0) * (neutrophils / Circ0) * (C3 / C3_0)**gamma_PTU"
    m.assign("drive_PTU", signal, "1", at=_S2, doc="host cells and C3 on proteinuria")
    m.assign(
        "k_PTU", "PTU_synthesis / Vu * quantity(1, 'dL/g/day')", "mg/g/day", at=_S2,
        doc="protein excretion; see the deviations",
    )  # fmt: skip
    rates = (
        ("IFN", "Kdeg_IFN * IFN0 * (AAb / AAb0) * (neutrophils / Circ0)", "Kdeg_IFN * IFN",
         "48 and 49"),
        ("AAb", "k_AAb * B_blood * (host_CD4 / CD4_0) * (IFN / IFN0)**gamma_IFN_AAb",
         "k_AAb * B0_blood / AAb0 * AAb", "46 and 47"),
        ("C3", "C3_synthesis / Vb", "C3_synthesis / (C3_0 * Vb) * C3 * (AAb / AAb0)**gamma_C3",
         "50 and 51"),
        ("PTU", "k_PTU * drive_PTU * (IFN / IFN0)**gamma_IFN_PTU", "k_PTU / PTU0 * PTU",
         "52 and 53"),
    )  # fmt: skip
    for name, made, lost, eq in rates:
        m.reaction(f"synthesis_{name}", f"-> {name}", rate=made, at=_S1 + eq)
        m.reaction(f"loss_{name}", f"{name} ->", rate=lost, at=_S1 + eq)


def _doses(m: ModelBuilder) -> None:
    m.dose(
        "infusion", "cell",
        {
            f"{s}_{i}_blood": f"dose * product_{s} * product_{i} / Vb"
            for s in SUBSETS
            for i in PHENOTYPES
        },
        entity="CAR-positive T cells", typical=7e7, at="Methods 2.1: 1e6 per kg, of 70 kg",
        doc="bolus into blood, by the composition of the product",
    )  # fmt: skip
    m.dose(
        "lymphodepletion", "mg", {"L": "dose"}, entity="fludarabine and cyclophosphamide",
        typical=1935.0,
        at="reconstructed: 3 x 25 and 1000 mg/m2 of 1.8 m2 (unconfirmed); not in the source",
    )  # fmt: skip


def _observables(m: ModelBuilder) -> None:
    per_ul = "quantity(1e-6, 'L/uL')"
    for name, of, unit, term, at, doc in (
        ("car_t_blood", "car_t", "cell/uL", "car_t_blood", _S2, "CAR-T cells in blood"),
        ("b_cells_blood", f"(B_blood + B_recovering) * {per_ul}", "cell/uL", "b_cells_blood", _S2,
         "all B cells in blood"),
        ("non_car_t_blood", "host_CD4 + host_CD8", "cell/uL", "non_car_t_blood", _S2,
         "host T cells in blood"),
        ("neutrophils_blood", "neutrophils", "cell/uL", "neutrophils_blood", _S2,
         "neutrophils in blood"),
        ("sledai_c3", "16.99 - C3 * quantity(0.01, 'L/mg')", "1", "",
         "Fig. 4A1 and Appendix S1, regression output", "disease activity index, from C3"),
        ("sledai_ifn", "4.21 + IFN * quantity(0.08, 'mL/pg')", "1", "",
         "Fig. 4A2 and Appendix S1, regression output", "disease activity index, from IFN"),
    ):  # fmt: skip
        m.observable(name, of, unit, term=term, at=at, doc=doc)
