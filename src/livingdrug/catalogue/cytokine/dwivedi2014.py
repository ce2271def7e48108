"""Interleukin 6, its soluble receptor and antibodies against them (Crohn's disease).

IL-6 binds the receptor of liver cells (R), or its soluble form (sR), which then signals on cells
that have gp130 only, as in the gut. Soluble gp130 (sgp) buffers the latter. Serum (S), liver (L),
gut (G); concentrations in nM, rates per hour. With ``L`` for IL-6 bound:

    sR + IL6 <-> sRL,   sRL + sgp <-> T            everywhere                  (kon koff, gon goff)
    R + IL6 <-> RL,   RL + gp <-> X,   sRL + gp <-> X    cis in liver, trans in liver and gut
    X -> Xa  (kact),   Xa -> X  Vrd Xa / (Krd + Xa),   X, RL ->  (kint),   Xa ->  (kia)
    STAT -> pSTAT  kc Xa STAT / (Ks + STAT),   pSTAT -> STAT  Vsd pSTAT / (Ksd + pSTAT)
    -> CRP_L  ksec Vp pSTAT_L / (Kp + pSTAT_L),   -> sR_S  kssR + ksh CRP_S
    serum -> tissue  kST,   tissue -> serum  kTS

besides production and loss of each. The variants give a drug: an antibody A against the receptor
(``anti_il6r``, as tocilizumab) binds sR and R; one against IL-6 (``anti_il6``) binds IL6; soluble
gp130 with an antibody tail (``sgp130fc``) binds sRL as sgp does. Drug and complexes pass between
compartments and are lost together at kdA. The course starts at rest in Crohn's disease, in
``healthy`` with less IL-6 production.

Blocking the receptor raises free IL-6 in serum while the signal falls; blocking IL-6 lowers both.
The model was made for chronic inflammation, and its CRP falls over weeks, because an active
receptor stays on for days (kia): after an antibody against the receptor it is still at 87 % on
day 7, whereas in cytokine release it halves in about a day (unconfirmed). IL-6 rises 1.7-fold.

Dwivedi G, Fitz L, Hegen M, et al. CPT Pharmacometrics Syst Pharmacol 2014;3:e89.
doi:10.1038/psp.2013.64
"""

from __future__ import annotations

from livingdrug.catalogue.cytokine._dwivedi2014_evidence import DEVIATIONS, EQUATIONS, READOUTS
from livingdrug.catalogue.cytokine._dwivedi2014_tables import (
    DRUG_PARAMETERS,
    PARAMETERS,
    STATE_DOCS,
    STATES,
)
from livingdrug.catalogue.entry import published
from livingdrug.core.source import Origin, Source
from livingdrug.model.builder import ModelBuilder
from livingdrug.model.model import Model

__all__ = ["DEVIATIONS", "EQUATIONS", "READOUTS", "SOURCE", "model"]

SOURCE = Source(
    doi="10.1038/psp.2013.64",
    authors=(
        "Dwivedi, Gaurav",
        "Fitz, Lori",
        "Hegen, Martin",
        "Martin, Steven W.",
        "Harrold, John",
        "Heatherington, Anne",
        "Li, Cheng",
    ),
    year=2014,
    title=(
        "A multiscale model of interleukin-6-mediated immune regulation in Crohn's disease and "
        "its application in drug discovery and development"
    ),
    journal="CPT: Pharmacometrics & Systems Pharmacology",
    volume="3",
    pages="e89",
    note=(
        "Read: the abstract, and the models deposited as BIOMD0000000534 (healthy), 535 (antibody "
        "against IL-6), 536 (sgp130Fc) and 537 (antibody against the receptor). Which numbers "
        "were fitted was not seen. The deposits are in the public domain (CC0)."
    ),
)

_DEPOSIT = {
    "anti_il6r": "BIOMD0000000537",
    "anti_il6": "BIOMD0000000535",
    "sgp130fc": "BIOMD0000000536",
    "healthy": "BIOMD0000000534",
}
_PLACES = {"S": "serum", "L": "liver", "G": "gut", "P": "periphery"}
_TISSUES = ("L", "G")

Rows = tuple[tuple[str, str, str, str], ...]
_REACTIONS: Rows = (  # places, name, species, rate; {p} is the place
    ("SLG", "IL6_sR_binding_{p}", "IL6_{p} + sR_{p} -> sRL_{p}", "kon * sR_{p} * IL6_{p}"),
    ("SLG", "IL6_sR_release_{p}", "sRL_{p} -> IL6_{p} + sR_{p}", "koff * sRL_{p}"),
    ("SLG", "sgp_binding_{p}", "sRL_{p} + sgp_{p} -> T_{p}", "gon * sRL_{p} * sgp_{p}"),
    ("SLG", "sgp_release_{p}", "T_{p} -> sRL_{p} + sgp_{p}", "goff * T_{p}"),
    ("L", "IL6_R_binding", "IL6_L + R_L -> RL_L", "kon * R_L * IL6_L"),
    ("L", "IL6_R_release", "RL_L -> IL6_L + R_L", "koff * RL_L"),
    ("L", "cis_binding", "RL_L + gp_L -> X_L", "gon * RL_L * gp_L"),
    ("L", "cis_release", "X_L -> RL_L + gp_L", "goff * X_L"),
    ("LG", "trans_binding_{p}", "sRL_{p} + gp_{p} -> X_{p}", "gon * sRL_{p} * gp_{p}"),
    ("LG", "trans_release_{p}", "X_{p} -> sRL_{p} + gp_{p}", "goff * X_{p}"),
    ("LG", "activation_{p}", "X_{p} -> Xa_{p}", "kact * X_{p}"),
    ("LG", "deactivation_{p}", "Xa_{p} -> X_{p}", "Vrd * Xa_{p} / (Krd + Xa_{p})"),
    ("LG", "X_internalisation_{p}", "X_{p} ->", "kint * X_{p}"),
    ("LG", "Xa_internalisation_{p}", "Xa_{p} ->", "kia * Xa_{p}"),
    ("L", "RL_internalisation", "RL_L ->", "kint * RL_L"),
    ("LG", "phosphorylation_{p}", "STAT_{p} -> pSTAT_{p}",
     "kc * Xa_{p} * STAT_{p} / (Ks + STAT_{p})"),
    ("LG", "dephosphorylation_{p}", "pSTAT_{p} -> STAT_{p}",
     "Vsd * pSTAT_{p} / (Ksd + pSTAT_{p})"),
    ("L", "R_synthesis", "-> R_L", "ksR"),
    ("L", "R_internalisation", "R_L ->", "kib * R_L"),
    ("LG", "gp_synthesis_{p}", "-> gp_{p}", "ksR"),
    ("LG", "gp_internalisation_{p}", "gp_{p} ->", "kib * gp_{p}"),
    ("L", "CRP_secretion", "-> CRP_L", "ksec * CRP_cell"),
    ("S", "CRP_synthesis", "-> CRP_S", "ksC"),
    ("S", "CRP_loss", "CRP_S ->", "kdC * CRP_S"),
    ("S", "IL6_production_serum", "-> IL6_S", "ks6"),
    ("S", "IL6_loss_serum", "IL6_S ->", "kd6 * IL6_S"),
    ("G", "IL6_production_gut", "-> IL6_G", "ks6G"),
    ("G", "IL6_loss_gut", "IL6_G ->", "kd6G * IL6_G"),
    ("S", "sR_production", "-> sR_S", "kssR"),
    ("S", "sR_shedding", "-> sR_S", "ksh * CRP_S"),
    ("S", "sR_loss", "sR_S ->", "kdsR * sR_S"),
    ("S", "sgp_production", "-> sgp_S", "ksg"),
    ("S", "sgp_loss", "sgp_S ->", "kdg * sgp_S"),
)  # fmt: skip

_BOUND: dict[str, tuple[str, str, Rows]] = {  # drug, complexes, and what it binds
    "anti_il6r": ("A", "AsR", (
        ("SLG", "A_sR_binding_{p}", "A_{p} + sR_{p} -> AsR_{p}", "abon * A_{p} * sR_{p}"),
        ("SLG", "A_sR_release_{p}", "AsR_{p} -> A_{p} + sR_{p}", "aboff * AsR_{p}"),
        ("L", "A_R_binding", "A_L + R_L -> AR_L", "abon * A_L * R_L"),
        ("L", "A_R_release", "AR_L -> A_L + R_L", "aboff * AR_L"),
        ("L", "AR_loss", "AR_L ->", "kdA * AR_L"),
    )),
    "anti_il6": ("A", "AIL6", (
        ("SLG", "A_IL6_binding_{p}", "A_{p} + IL6_{p} -> AIL6_{p}", "abon * A_{p} * IL6_{p}"),
        ("SLG", "A_IL6_release_{p}", "AIL6_{p} -> A_{p} + IL6_{p}", "aboff * AIL6_{p}"),
    )),
    "sgp130fc": ("F", "FsRL", (
        ("SLG", "F_sRL_binding_{p}", "F_{p} + sRL_{p} -> FsRL_{p}", "gon * F_{p} * sRL_{p}"),
        ("SLG", "F_sRL_release_{p}", "FsRL_{p} -> F_{p} + sRL_{p}", "goff * FsRL_{p}"),
    )),
}  # fmt: skip
_DRUG_DOCS = {
    "A": "free antibody", "AsR": "antibody with soluble receptor",
    "AR": "antibody with membrane receptor", "AIL6": "antibody with IL-6",
    "F": "free sgp130Fc", "FsRL": "sgp130Fc with soluble receptor and IL-6",
}  # fmt: skip
_ENTITIES = {
    "anti_il6r": "antibody against the IL-6 receptor, as tocilizumab",
    "anti_il6": "antibody against IL-6",
    "sgp130fc": "sgp130Fc",
}


@published(
    source=SOURCE,
    variants={
        "anti_il6r": "Crohn's disease, antibody against the receptor",
        "anti_il6": "Crohn's disease, antibody against IL-6",
        "sgp130fc": "Crohn's disease, soluble gp130 with an antibody tail",
        "healthy": "healthy volunteer, antibody against IL-6",
    },
)
def model(variant: str) -> Model:
    """Build one of the deposited models."""
    healthy = variant == "healthy"
    m = ModelBuilder(
        "dwivedi2014",
        title="Interleukin 6, its soluble receptor and antibodies against them",
        organism="human",
        population="healthy volunteer" if healthy else "Crohn's disease, typical patient",
        source=SOURCE,
        variant=variant,
        dimensions="strict",
    )
    drug = "anti_il6" if healthy else variant
    at = _DEPOSIT[variant]
    _parameters(m, at, drug, healthy=healthy)
    for name, values in STATES.items():
        kind, place = name.rsplit("_", 1)
        m.species(
            name, initial=values[healthy], unit="nM", nominal=values[healthy],
            origin=Origin.DERIVED, at=f"{at}, state at rest",
            doc=f"{STATE_DOCS[kind]}, {_PLACES[place]}",
        )  # fmt: skip
    m.assign(
        "CRP_cell", "Vp * pSTAT_L / (Kp + pSTAT_L)", "nM", at=at,
        doc="C-reactive protein in liver cells",
    )  # fmt: skip
    _react(m, at, _REACTIONS)
    for kind, tissues in (*((k, "LG") for k in ("IL6", "sR", "sRL", "sgp", "T")), ("CRP", "L")):
        for p in tissues:
            _exchange(m, at, kind, p, f"kST * {kind}_S", f"kTS * {kind}_{p}")
    _drug(m, at, drug)
    m.initial("CRP_start", "CRP_S")
    _observables(m, at, drug)
    return m.build()


def _parameters(m: ModelBuilder, at: str, drug: str, *, healthy: bool) -> None:
    changed = {"ks6": 0.0011, "ks6G": 0.0017} if healthy else {}
    rows = [*PARAMETERS, *DRUG_PARAMETERS]
    if drug != "sgp130fc":
        rows += [
            ("abon", 1000.0, "1/(nM*hour)", "kIL6RBind or kIL6AbBind", "binding of the antibody"),
            ("aboff", 2.5, "1/hour", "kIL6RUnbind or kIL6AbUnbind", "release by the antibody"),
        ]
    for name, value, unit, symbol, doc in rows:
        m.parameter(
            name, changed.get(name, value), unit, origin=Origin.FIXED, at=at, lower=0.0,
            symbol=symbol, doc=doc,
        )  # fmt: skip
    m.parameter(
        "CRP_start", STATES["CRP_S"][healthy], "nM", origin=Origin.DERIVED, at="initial value",
        doc="C-reactive protein in serum at the start",
    )  # fmt: skip
    m.parameter(
        "M_IL6", 21.0, "kg/mol", origin=Origin.ASSUMED, at="not in the source (unconfirmed)",
        lower=0.0, doc="molar mass of IL-6",
    )  # fmt: skip
    m.parameter(
        "M_drug", 148.0, "kg/mol", origin=Origin.DERIVED, at="1 / (2.346 nM/mg * 2.88 L)",
        lower=0.0, doc="molar mass of the drug",
    )  # fmt: skip


def _react(m: ModelBuilder, at: str, rows: Rows) -> None:
    for places, name, species, rate in rows:
        for p in places:
            law = f"quantity(24, 'hour/day') * {rate.format(p=p)}"
            m.reaction(name.format(p=p), species.format(p=p), rate=law, at=at)


def _exchange(m: ModelBuilder, at: str, kind: str, place: str, out: str, back: str) -> None:
    """Add the passage between serum and another place."""
    serum, there, where = f"{kind}_S", f"{kind}_{place}", _PLACES[place]
    _react(m, at, ((place, f"{kind}_to_{where}", f"{serum} -> {there}", out),))
    _react(m, at, ((place, f"{kind}_from_{where}", f"{there} -> {serum}", back),))


def _drug(m: ModelBuilder, at: str, drug: str) -> None:
    free, bound, rows = _BOUND[drug]
    states = [*(f"{free}_{p}" for p in "SLGP"), *(f"{bound}_{p}" for p in "SLG")]
    states += ["AR_L"] if drug == "anti_il6r" else []
    for name in states:
        kind, place = name.rsplit("_", 1)
        m.species(
            name, initial=0.0, unit="nM", nominal=1.0, origin=Origin.FIXED,
            at="no drug before a dose", doc=f"{_DRUG_DOCS[kind]}, {_PLACES[place]}",
        )  # fmt: skip
    _react(m, at, rows)
    for kind in (free, bound):
        loss = (f"{kind}_loss_{{p}}", f"{kind}_{{p}} ->", f"kdA * {kind}_{{p}}")
        _react(m, at, (("SLG", *loss),))
        for p in _TISSUES:
            _exchange(m, at, kind, p, f"Q_{p} / V_S * {kind}_S", f"Q_{p} / V_{p} * {kind}_{p}")
    _exchange(m, at, free, "P", f"Q_P / V_S * {free}_S", f"Q_P / V_P * {free}_P")
    m.dose(
        drug, "mg", {f"{free}_S": "nM_per_mg * dose"}, entity=_ENTITIES[drug],
        typical=560.0 if drug == "anti_il6r" else 300.0,
        at="8 mg/kg for 70 kg" if drug == "anti_il6r" else "dose of the deposit",
        doc="into serum",
    )  # fmt: skip


def _observables(m: ModelBuilder, at: str, drug: str) -> None:
    per_ml = "quantity(1e3, 'pg*mol*L/(kg*nmol*mL)')"
    held = "+ AIL6_S" if drug == "anti_il6" else "+ FsRL_S" if drug == "sgp130fc" else ""
    free, bound = _BOUND[drug][:2]
    for name, expression, unit, term, doc in (
        ("il6", f"M_IL6 * {per_ml} * IL6_S", "pg/mL", "il6_serum", "free interleukin 6 in serum"),
        ("il6_total", f"M_IL6 * {per_ml} * (IL6_S + sRL_S + T_S {held})", "pg/mL", "",
         "free and bound interleukin 6 in serum"),
        ("crp", "CRP_S", "nM", "", "C-reactive protein in serum"),
        ("crp_percent", "quantity(100, 'percent') * safe_ratio(CRP_S, CRP_start, 1)", "percent",
         "", "C-reactive protein in serum, of its start"),
        ("signal_liver", "Xa_L", "nM", "", "active receptor in the liver"),
        ("signal_gut", "Xa_G", "nM", "", "active receptor in the gut"),
        ("drug", f"M_drug * quantity(1e-3, 'ug*mol*L/(kg*nmol*mL)') * ({free}_S + {bound}_S)",
         "ug/mL", "tocilizumab_serum" if drug == "anti_il6r" else "",
         "drug in serum, free and bound"),
    ):  # fmt: skip
        m.observable(name, expression, unit, term=term, at=at, doc=doc)
