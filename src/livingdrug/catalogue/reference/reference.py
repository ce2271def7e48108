"""The reference model, version 0.1, UNCALIBRATED: one structure for CAR-T and CAR-NK cells.

Blood cancers and solid tumours, autologous and donor cells, lymphodepletion, cytokines, cytokine
release syndrome and its drugs, in 25 states. A product, a disease, an edit or a treatment is a set
of parameter values, never a new equation. The values were set by hand within what is known of
each; they are not fitted, so that agreement with response rates is no evidence.

Infused cells I engraft as effector cells ES, which expand where there is antigen, form memory M
and exhausted cells X, and move to and from lesions as EL. Antigen per effector cell (sS, sL) ends
expansion when the antigen is gone; the niche capacity KE and the reserve of divisions G/Gm end it
before. They kill antigen-positive tumour TP, normal target cells B, and by the way antigen-lost
tumour TN. Host T cells H and NK cells HN compete for homeostatic cytokine C and come back after
lymphodepletion; donor-specific T cells R and NK cells that miss self reject donor cells. Killing
and stimulated cells activate monocytes Y by interferon gamma; IL-6 is cleared by its receptor,
which tocilizumab blocks; CRP, a vascular severity V and a nervous severity Z follow.

Day 0 is the first infusion. Doses: `infusion` (cell); `fludarabine`, `cyclophosphamide` and
`alemtuzumab` (mg/L, a step of concentration); `tocilizumab` and `dexamethasone` (mg);
`safety_switch` (the fraction of infused cells and their offspring that dies); `pd1_block` (the
factor on `tme` from then on; 1 ends it) and `il15` (1/day, input of homeostatic cytokine from then
on; 0 ends it). Alemtuzumab spares the infused cells unless `cd52` is 1. What a person gets of the
written cell dose varies by `infused_fraction`.
"""

from __future__ import annotations

from livingdrug.catalogue.entry import published
from livingdrug.catalogue.reference._reference_evidence import DEVIATIONS, EQUATIONS, READOUTS
from livingdrug.catalogue.reference._reference_parameters import add_parameters
from livingdrug.core.source import Origin, Source
from livingdrug.model.builder import ModelBuilder
from livingdrug.model.model import Model
from livingdrug.model.variability import ResidualError

__all__ = ["DEVIATIONS", "EQUATIONS", "READOUTS", "SOURCE", "model"]

SOURCE = Source(
    doi="",
    authors=("The livingdrug developers",),
    year=2026,
    title="Reference model of engineered immune cells, version 0.1, uncalibrated",
    note="No publication stands behind it as a whole. Each number names its own source.",
)

NOTICE = (
    "uncalibrated: the values of version 0.1 were set by hand within what is known of each and "
    "fitted to nothing, so that agreement with a trial is no evidence"
)


@published(source=SOURCE, variants={"v0.1": "4-1BB CD19 CAR-T cells in B-ALL"})
def model(variant: str) -> Model:
    """Build the model."""
    m = ModelBuilder(
        "reference",
        title="Reference model of CAR-T and CAR-NK therapy (uncalibrated)",
        organism="human",
        population="B-ALL, CD19 CAR-T cells with 4-1BB; nobody's data",
        source=SOURCE,
        variant=variant,
        dimensions="strict",
        notice=NOTICE,
    )
    _species(m)
    add_parameters(m)
    _factors(m)
    _car_cells(m)
    _tumor(m)
    _host(m)
    _signals(m)
    _drugs(m)
    _doses(m)
    _observables(m)
    return m.build()


_AT = "version 0.1, states"
_CELLS: tuple[tuple[str, float, str], ...] = (
    ("I", 0.0, "infused CAR cells, not engrafted yet"),
    ("ES", 0.0, "effector CAR cells in blood, lymphoid tissue and marrow"),
    ("M", 0.0, "memory CAR cells"),
    ("X", 0.0, "exhausted CAR cells"),
    ("EL", 0.0, "effector CAR cells in lesions"),
    ("B", 5e10, "normal cells with the target"),
    ("H", 1e11, "host T cells"),
    ("HN", 1.5e10, "host NK cells"),
    ("R", 0.0, "host T cells that are specific for the donor"),
)
_AMOUNTS: tuple[tuple[str, float, str, float, str, str], ...] = (
    ("C", 1.0, "1", 1.0, "", "homeostatic cytokine, 1 in health"),
    ("FLU", 0.0, "mg/L", 1.0, "", "fludarabine"),
    ("CY", 0.0, "mg/L", 10.0, "", "cyclophosphamide"),
    ("ALM", 0.0, "mg/L", 1.0, "", "alemtuzumab"),
    ("IFN", 3.0, "pg/mL", 10.0, "ifng_serum", "interferon gamma"),
    ("Y", 0.0, "1", 0.1, "", "activated monocytes, fraction"),
    ("IL6", 4.0, "pg/mL", 10.0, "il6_serum", "interleukin 6"),
    ("CRP", 2.0, "mg/L", 10.0, "crp_serum", "C-reactive protein"),
    ("V", 0.0, "1", 0.1, "", "vascular and febrile severity"),
    ("Z", 0.0, "1", 0.1, "", "nervous severity"),
    ("TCZ", 0.0, "mg", 100.0, "", "tocilizumab"),
    ("DEX", 0.0, "mg", 10.0, "", "dexamethasone"),
    ("FD", 0.0, "1", 0.1, "", "genomic effect of steroid"),
    ("G", 0.0, "1", 1.0, "", "e-folds that the effector pool has spent"),
)


def _species(m: ModelBuilder) -> None:
    for name, start, doc in _CELLS:
        m.species(
            name, initial=start, unit="cell", count_per_unit=1.0, origin=Origin.ASSUMED, at=_AT,
            doc=doc,
        )  # fmt: skip
    for name, doc in (("TP", "antigen-positive tumour"), ("TN", "antigen-lost tumour")):
        m.species(
            name, initial=0.0, unit="cell", count_per_unit=1.0, extinct_below=1.0,
            origin=Origin.ASSUMED, at="version 0.1: gone below one cell", doc=doc,
        )  # fmt: skip
    m.initial("TP", "T0 * (1 - f)")
    m.initial("TN", "piecewise(T0 * f, T0 * f >= quantity(1, 'cell'), 0)")
    for name, start, unit, nominal, term, doc in _AMOUNTS:
        m.species(
            name, initial=start, unit=unit, nominal=nominal, term=term, origin=Origin.ASSUMED,
            at=_AT, doc=doc,
        )  # fmt: skip
    m.parameter(
        "tme_left", 1.0, "1", origin=Origin.ASSUMED, at="1: no drug", lower=0.0, upper=1.0,
        doc="suppression inside lesions that a checkpoint drug leaves; set by pd1_block",
    )  # fmt: skip
    m.parameter(
        "iC", 0.0, "1/day", origin=Origin.ASSUMED, at="0: no drug", lower=0.0,
        doc="input of IL-15 or IL-2; set by il15",
    )  # fmt: skip


_FACTORS: tuple[tuple[str, str, str, str], ...] = (
    ("A", "psi * TP + wB * B", "cell", "antigen outside lesions"),
    ("AL", "(1 - psi) * TP", "cell", "antigen in lesions"),
    ("Ce", "C + a15", "1", "support"),
    ("fC", "Ce / (Ce + Kc) * (Cref + Kc) / Cref", "1", "effect of support, 1 at Cref"),
    ("sS", "A / (A + kap * ES + quantity(1, 'cell'))", "1", "antigen per effector cell"),
    ("sL", "AL / (AL + kap * EL + quantity(1, 'cell'))", "1", "the same in lesions"),
    ("q", "1 - hill(G, Gm, ng)", "1", "proliferative reserve"),
    ("qk", "kx + (1 - kx) * q", "1", "killing reserve"),
    ("cap", "max(0, 1 - (ES + EL + M) / (KE * max(Ce, 1e-30) / Cref))", "1", "room in the niche"),
    ("tm", "tme * tme_left", "1", "suppression inside lesions"),
    ("rej", "mmT * krej * R / (hR + R) + mmN * krejN * HN / (hN + HN)", "1/day", "rejection"),
    ("surv", "nkd * (1 - Ce / (Ce + K15s))", "1/day", "death for want of support"),
    ("uS", "rho * fC * sS * cap * q * (1 - ImP * FD)", "1/day", "expansion"),
    ("uL", "rho * fC * sL * cap * q * (1 - ImP * FD) * (1 - tm)", "1/day", "the same in lesions"),
    ("kS", "qk * gam * aK * ES / (h + ES + eta * (psi * TP + B))", "1/day", "killing"),
    ("kL", "qk * gam * aK * (1 - tm) * EL / (h + EL + eta * AL + quantity(1, 'cell'))", "1/day",
     "killing in lesions"),
    ("kill", "psi * kS + (1 - psi) * kL", "1/day", "killing of the tumour"),
    ("ld", "quantity(0.25, '1/day') * (EmF * FLU / (FLU + E50F) + EmC * CY / (CY + E50C))",
     "1/day", "depletion by fludarabine and cyclophosphamide"),
    ("la", "EmA * ALM / (ALM + E50A)", "1/day", "depletion by alemtuzumab"),
    ("D", "I + ES + EL + M + X", "cell", "infused cells and their offspring"),
    ("Ph0", "aC * qk * ((ES + fI * I) * sS + (1 - tm) * EL * sL)", "cell", "stimulated cells"),
    # the floor keeps the slope of the power finite where nothing is stimulated
    ("Phi", "quantity(1e10, 'cell') * (max(Ph0, quantity(1e-30, 'cell'))"
     " / quantity(1e10, 'cell'))**nu", "cell", "the same, limited by tissue"),
    ("Fk", "kill * TP", "cell/day", "tumour cells killed"),
    ("c", "TCZ / Vt", "mg/L", "tocilizumab concentration"),
    ("RO", "c / (c + KD)", "1", "occupancy of the IL-6 receptor"),
    ("sig", "(1 - RO) * IL6", "pg/mL", "IL-6 that signals"),
    ("cd", "quantity(1000, 'ng/mL*L/mg') * DEX / Vd", "ng/mL", "dexamethasone concentration"),
)  # fmt: skip


def _factors(m: ModelBuilder) -> None:
    for name, expression, unit, doc in _FACTORS:
        m.assign(name, expression, unit, at="version 0.1, equations", doc=doc)


def _car_cells(m: ModelBuilder) -> None:
    def add(name: str, species: str, rate: str) -> None:
        m.reaction(name, species, rate=rate, at="version 0.1, equations")

    add("engraftment", "I -> ES", "keng * I")
    add("infusion_loss", "I ->", "kloss * I")
    for place, own, antigen, tissue in (("", "ES", "sS", ""), ("_lesion", "EL", "sL", "_lesion")):
        harder = "" if own == "ES" else " * (1 + 4 * tm)"
        add(f"expansion{tissue}", f"{own} -> 2 {own}", f"u{own[1]} * {own}")
        add(f"contraction{tissue}", f"{own} ->", f"alpha * (1 - {antigen} * q) * {own}")
        add(f"exhaustion{place}", f"{own} -> X", f"xi * {antigen}{harder} * {own}")
    add("memory_formation", "ES -> M", "eps * (1 - sS) * ES")
    add("memory_recall", "M -> M + ES", "rre * sS * M")
    add("memory_death", "M ->", "beta * M")
    add("exhausted_death", "X ->", "dX * X")
    add("to_lesion", "ES -> EL", "kin * ES")
    add("from_lesion", "EL -> ES", "kout * EL")
    for own in ("I", "ES", "M", "X", "EL"):
        add(f"rejection_{own}", f"{own} ->", f"rej * {own}")
    for own in ("ES", "M", "EL"):
        add(f"starvation_{own}", f"{own} ->", f"surv * {own}")
    for own in ("I", "ES", "M", "X"):
        add(f"alemtuzumab_{own}", f"{own} ->", f"cd52 * la * {own}")
    pool = "(ES + EL + quantity(1, 'cell'))"
    add("reserve_spent", "-> G", f"rho * fC * q * (sS * ES + (1 - tm) * sL * EL) / {pool}")
    add("reserve_diluted", "G ->", f"(keng * I + rre * sS * M) * G / {pool}")


def _tumor(m: ModelBuilder) -> None:
    for own in ("TP", "TN"):
        m.reaction(f"division_{own}", f"{own} -> 2 {own}", rate=f"r * {own}", at="version 0.1")
        crowding = f"r * {own} * (TP + TN) / KT"
        m.reaction(f"crowding_{own}", f"{own} ->", rate=crowding, at="version 0.1")
        m.reaction(f"innate_{own}", f"{own} ->", rate=f"inn * {own}", at="version 0.1")
    m.reaction("killing", "TP ->", rate="kill * TP", at="version 0.1")
    m.reaction("bystander_killing", "TN ->", rate="kby * kill * TN", at="version 0.1")
    m.reaction("antigen_loss", "TP -> TN", rate="mu * TP", at="version 0.1")
    m.reaction("target_influx", "-> B", rate="pB", at="version 0.1")
    m.reaction("target_division", "B -> 2 B", rate="rB * B", at="version 0.1")
    m.reaction("target_crowding", "B ->", rate="rB * B * B / KB", at="version 0.1")
    m.reaction("target_killing", "B ->", rate="kS * B", at="version 0.1")
    m.reaction("target_depletion", "B ->", rate="0.15 * (4 * ld + la) * B", at="version 0.1")


def _host(m: ModelBuilder) -> None:
    at = "version 0.1"
    for own, rate, limit, depletion in (("H", "rH", "KH", "la"), ("HN", "rN", "KN", "0.3 * la")):
        # the floor keeps the logarithm finite where there is no cell
        gap = f"log(max({own}, quantity(1e-30, 'cell')) / {limit})"
        m.reaction(f"recovery_{own}", f"-> {own}", rate=f"-{rate} * {own} * {gap}", net=True, at=at)
        m.reaction(f"depletion_{own}", f"{own} ->", rate=f"(ld + {depletion}) * {own}", at=at)
    lack = "max(0, log(KH / max(H, quantity(1e-30, 'cell'))))"
    m.reaction("donor_priming", "-> R", rate=f"mmT * fpre * rH * H * {lack}", at=at)
    room = "max(0, 1 - R / KRc) * min(1, 1.5 * Ce / (Ce + 1))"
    m.reaction("donor_response", "R -> 2 R", rate=f"mmT * rhoR * R * D / (D + KR) * {room}", at=at)
    loss = "(dR + ld + la + quantity(0.3, '1/day') * ImE * FD) * R"
    m.reaction("donor_response_end", "R ->", rate=loss, at=at)
    m.reaction("support_production", "-> C", rate="pC + iC", at=at)
    uptake = "C * (dC0 + dC1 * (H + HN + ES + EL + M) / (KH + KN))"
    m.reaction("support_uptake", "C ->", rate=uptake, at=at)


def _signals(m: ModelBuilder) -> None:
    at = "version 0.1"
    calm = "(1 - ImI * FD)"
    m.reaction("ifn_release", "-> IFN", rate=f"pI * Phi * {calm} + kI15 * iC", at=at)
    m.reaction("ifn_rest", "-> IFN", rate="dI * IFN0", at=at)
    m.reaction("ifn_loss", "IFN ->", rate="dI * IFN", at=at)
    stir = "(IFN / (IFN + KI) + wD * Fk / (Fk + KF)) * (1 - Y) * (1 - 0.7 * FD)"
    m.reaction("monocyte_activation", "-> Y", rate=f"kY * {stir}", at=at)
    m.reaction("monocyte_calming", "Y ->", rate="dY * Y", at=at)
    flow = "(max(Fk, quantity(1e-30, 'cell/day')) / KF)**0.8"
    m.reaction("il6_release", "-> IL6", rate=f"p6 * Y * {flow} * {calm}", at=at)
    m.reaction("il6_rest", "-> IL6", rate="(klin + Vr / (1 + IL60 / Kr)) * IL60", at=at)
    m.reaction("il6_loss", "IL6 ->", rate="klin * IL6", at=at)
    m.reaction("il6_uptake", "IL6 ->", rate="Vr * (1 - RO) * IL6 / (1 + IL6 / Kr)", at=at)
    m.reaction("crp_production", "-> CRP", rate="kcrp * sig / (sig + K6c)", at=at)
    m.reaction("crp_rest", "-> CRP", rate="dcrp * CRP0", at=at)
    m.reaction("crp_loss", "CRP ->", rate="dcrp * CRP", at=at)
    vascular = "log(1 + sig / K6) + wI * log(1 + IFN / KIv) + wY * Y"
    m.reaction("vascular_rise", "-> V", rate=f"kV * ({vascular})", at=at)
    m.reaction("vascular_fall", "V ->", rate="kV * V", at=at)
    nervous = "wI * log(1 + IFN / KIv) + 0.5 * log(1 + IL6 / K6)"
    m.reaction("nervous_rise", "-> Z", rate=f"kZ * ({nervous})", at=at)
    m.reaction("nervous_fall", "Z ->", rate="kZ * Z", at=at)


def _drugs(m: ModelBuilder) -> None:
    at = "version 0.1"
    for own, rate in (("FLU", "kflu"), ("CY", "kcy"), ("ALM", "kalm")):
        m.reaction(f"loss_{own}", f"{own} ->", rate=f"{rate} * {own}", at=at)
    m.reaction("tocilizumab_clearance", "TCZ ->", rate="CLt * c", at=at)
    m.reaction("tocilizumab_elimination", "TCZ ->", rate="VMt * c / (KMt + c)", at=at)
    m.reaction("dexamethasone_clearance", "DEX ->", rate="CLd / Vd * DEX", at=at)
    m.reaction("steroid_effect", "-> FD", rate="4 * kfd * cd / (cd + IC50) * (1 - FD)", at=at)
    m.reaction("steroid_effect_end", "FD ->", rate="kfd * FD", at=at)


def _doses(m: ModelBuilder) -> None:
    m.dose(
        "infusion", "cell", {"I": "dose * infused_fraction"}, entity="CAR cells", typical=1e8,
        at="version 0.1",
    )  # fmt: skip
    for name, unit, state in (
        ("fludarabine", "mg/L", "FLU"),
        ("cyclophosphamide", "mg/L", "CY"),
        ("alemtuzumab", "mg/L", "ALM"),
        ("tocilizumab", "mg", "TCZ"),
        ("dexamethasone", "mg", "DEX"),
    ):
        m.dose(name, unit, {state: "dose"}, entity=name, at="version 0.1")
    killed = {own: f"{own} * (1 - dose)" for own in ("I", "ES", "EL", "M", "X")}
    m.dose(
        "safety_switch", "1", killed, mode="assign", at="version 0.1: the dose is what is killed"
    )
    m.dose("pd1_block", "1", {"tme_left": "dose"}, mode="assign", at="version 0.1: what is left")
    m.dose("il15", "1/day", {"iC": "dose"}, mode="assign", at="version 0.1: input until the next")


def _observables(m: ModelBuilder) -> None:
    flow = "(I + ES + M + X) / U"
    m.observable(
        "car_cells_blood", flow, "cell/uL", assay="flow cytometry", term="car_t_blood",
        residual=ResidualError("log_additive", 0.45, Origin.ASSUMED, "0.4 to 0.56"),
        at="version 0.1, read-outs", doc="CAR cells in blood",
    )  # fmt: skip
    m.observable(
        "car_transgene", f"VCN * genomes * ({flow}) / ({flow} + H / U + ANC)", "copies/ug",
        assay="qPCR", term="car_transgene_blood",
        residual=ResidualError("log_additive", 0.45, Origin.ASSUMED, "0.4 to 0.56"),
        at="version 0.1, read-outs", doc="CAR transgene in blood",
    )  # fmt: skip
    for name, expression, unit, term, doc in (
        ("tumor_burden", "TP + TN", "cell", "tumor_burden", "tumour"),
        ("t_cells_blood", "H / U", "cell/uL", "non_car_t_blood", "host T cells in blood"),
        ("nk_cells_blood", "HN / U", "cell/uL", "", "host NK cells in blood"),
        ("b_cells_blood", "B / U", "cell/uL", "b_cells_blood", "normal target cells in blood"),
        ("tocilizumab_serum", "c", "mg/L", "tocilizumab_serum", "tocilizumab in serum"),
        ("temperature", "(0.85 * V - 0.5) * quantity(1, 'delta_degC')", "delta_degC",
         "body_temperature", "temperature above 37 degrees Celsius"),
    ):  # fmt: skip
        m.observable(name, expression, unit, term=term, at="version 0.1, read-outs", doc=doc)
