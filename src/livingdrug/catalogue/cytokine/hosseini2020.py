"""Cytokine release after a T-cell engaging bispecific (diffuse large B-cell lymphoma).

Mosunetuzumab (CD20/CD3) or blinatumomab (CD19/CD3) lets CD8 T cells meet B cells in blood, spleen
(sp), lymph nodes (ln), bone marrow (bm) and tumour (tu). Resting T cells (Tr) are activated (Ta),
kill B cells, release interleukin 6, and leave post-activated daughters (T0). B cells are made in
marrow (pro-B cells Bp, then B_bm), pass to blood and from there to spleen and lymph nodes. The
first dose empties blood of B cells, so that later doses find no target there: IL-6 follows the
product of activated T cells and B cells, which is why the first peak is the largest.

With ``hill(x, k, n) = x**n / (k**n + x**n)`` and drug ``D = 1000 C`` ng/mL (Kp D in a tissue):

    act  = VmT hill(B / (Tr + T0), KmBT, S) hill(D, KdT, nd)            tissue: times fTact
    kill = VmB hill(Ta / B, KmTB, nk) D / (KdB + D)                     tissue: KmTB times fKm
    A1 = kTact (act Tr - fdeact Ta),   A2 = kTact (act T0 - fdeact Ta)
    J_r = kTrexit V_bl ((1 + inj) Tr / V_bl KT - Tr_i / V_i),           J_0 with T0
    J_a = kTaexit V_bl ((1 + fa0 inj) Ta / V_bl KT fap - Ta_i / V_i)
    E_i = kTaexit V_bl max(0, B / V_bl KB - B_i / V_i)                  spleen, lymph nodes
    X = kexit3 V_bl max(0, B_bm / V_bm - B / V_bl KB_bm)

    Tr' = -sum J_r - A1 + f0d T0 + thymic output - death of an excess;  Tr_i' = J_r - A1 + f0d T0
    Ta' = A1 + A2 - sum J_a - kTaap (Ta + fAICD Ta**2 / (V_bl Tref));   Ta_i' = J_a + A1 + A2
    T0' = fTap kTprol Ta - (f0a kTaap + f0d) T0 - A2 -+ J_0
    B'  = X - E_sp - E_ln + division - kBkill kill B                    (tissues: fBkill kBkill)
    IL6' = kIL6 Ta / V B / (V Bref KB) hill(D, KdT, nd) - ln(2) / half-life IL6

each as the sum of its births, deaths and moves; `EQUATIONS` has all 29 in full. Serum IL-6 is that
of blood plus a small part of that of the tissues. Each dose also drives T cells out of blood for
a day or so (`inj`). Amounts are cells of the body; day 0 is the first dose.

Rates bend (do not jump) where B cells or T cells reach their normal number: all ``max(0, ...)``.

Hosseini I, Gadkar K, Stefanich E, et al. npj Syst Biol Appl 2020;6:28.
doi:10.1038/s41540-020-00145-7
"""

from __future__ import annotations

from livingdrug.catalogue.cytokine._hosseini2020_evidence import DEVIATIONS, EQUATIONS, READOUTS
from livingdrug.catalogue.entry import published
from livingdrug.core.source import Origin, Source
from livingdrug.model.builder import ModelBuilder
from livingdrug.model.model import Model

__all__ = ["DEVIATIONS", "EQUATIONS", "READOUTS", "SOURCE", "model"]

SOURCE = Source(
    doi="10.1038/s41540-020-00145-7",
    authors=(
        "Hosseini, Iraj",
        "Gadkar, Kapil",
        "Stefanich, Eric",
        "Li, Chi-Chung",
        "Sun, Liping L.",
        "Chu, Yu-Waye",
        "Ramanujan, Saroja",
    ),
    year=2020,
    title=(
        "Mitigating the risk of cytokine release syndrome in a Phase I trial of CD20/CD3 "
        "bispecific antibody mosunetuzumab in NHL: impact of translational system modeling"
    ),
    journal="npj Systems Biology and Applications",
    volume="6",
    pages="28",
    licence="CC-BY-4.0",
    note=(
        "Read: the article, Supplementary Table 2, and a Julia translation of the authors' code "
        "(yuezheli/hosseini-2020, commit 3767c883fe5b), from which the equations come; the code "
        "itself and Supplementary Methods 1 and 2 were not seen."
    ),
)

TISSUES = {"sp": "spleen", "ln": "lymph nodes", "bm": "bone marrow", "tu": "tumour"}
_PLACES = {"": "blood"} | {f"_{i}": name for i, name in TISSUES.items()}
_FAR = ("_sp", "_ln", "_bm", "_tu")
_ALL = ("", *_FAR)

_E, _F, _L = Origin.ESTIMATED, Origin.FIXED, Origin.LITERATURE
_CODE = "translation of the authors' code (unconfirmed)"
_TABLE: tuple[tuple[str, float, str, Origin, str, str], ...] = (
    ("VmT", 0.9, "1", _F, "VmT", "largest activation signal"),
    ("fTact", 0.25, "1", _E, "fTact", "activation in tissues relative to blood"),
    ("KmBT", 0.716, "1", _E, "KmBT_act", "B cells per T cell at half-maximal activation"),
    ("nd", 0.8, "1", _E, "ndrugactT", "Hill exponent of drug in activation"),
    ("S", 1.4, "1", _E, "S", "Hill exponent of B cells per T cell in activation"),
    ("KdT", 130.083, "ng/mL", _E, "KdrugactT", "drug at half-maximal activation"),
    ("VmB", 0.95, "1", _F, "VmB", "largest killing signal"),
    ("KmTB", 0.75, "1", _E, "KmTB_kill", "activated T cells per B cell at half-maximal killing"),
    ("fKm", 10.0, "1", _E, "fKmTB_kill", "factor on KmTB in tissues, which are not well stirred"),
    ("nk", 1.027, "1", _E, "nkill", "Hill exponent of T cells per B cell in killing"),
    ("KdB", 1.302, "ng/mL", _E, "KdrugB", "drug at half-maximal killing"),
    ("kBap", 0.02, "1/day", _E, "kBapop", "death of B cells in marrow"),
    ("kBkill", 275.189, "1/day", _E, "kBkill", "killing of B cells"),
    ("fBkill", 0.1, "1", _E, "fBkill", "killing in tissues relative to blood"),
    ("kBprol", 0.05, "1/day", _E, "kBprolif", "division of B cells below their normal number"),
    ("kTprol", 0.7, "1", _F, "kTprolif", "part of activated T cells that divides"),
    ("kTaexit", 0.123, "1/day", _E, "kTaexit", "passage of activated T cells and of B cells"),
    ("kTact", 9.828, "1/day", _E, "kTact", "activation and deactivation of T cells"),
    ("fdeact", 0.005, "1", _E, "fTadeact", "deactivation relative to activation"),
    ("fap", 3.773, "1", _E, "fTap", "partition of activated relative to resting T cells"),
    ("kTaap", 0.061, "1/day", _E, "kTaapop", "death of activated T cells"),
    ("fTap", 2.106, "1/day", _E, "fTaprolif", "division of activated T cells"),
    ("frap", 0.2, "1", _E, "fTrapop", "death of excess resting relative to activated T cells"),
    ("kTrexit", 0.045, "1/day", _E, "kTrexit", "passage of resting and post-activated T cells"),
    ("fa0", 0.002, "1", _E, "fa0", "effect of a dose on activated relative to resting T cells"),
    ("fAICD", 1.497, "1", _E, "fAICD", "activation-induced death"),
    ("f0d", 0.001, "1/day", _E, "fTa0deact", "return of post-activated T cells to rest"),
    ("f0a", 2.019, "1", _E, "fTa0apop", "death of post-activated relative to activated T cells"),
    ("rmat", 0.25, "1", _F, "kBmat_kBapop_ratio", "death relative to maturation of pro-B cells"),
    ("rno20", 0.25, "1", _L, "B19no20_B1920_ratio", "pro-B cells per B cell in marrow"),
    ("kBt", 0.025, "1/day", _L, "kBtumorprolif", "division of tumour cells"),
    ("Tref", 5e5, "cell/mL", _L, "Trpbref_perml", "normal resting CD8 T cells in blood"),
    ("Bref", 5e5, "cell/mL", _L, "Bpbref_perml", "normal B cells in blood"),
    ("V_bl", 5000.0, "mL", _L, "Vpb", "volume of blood"),
    ("kIL6", 14.0, "pg/cell/day", _E, "kIL6prod", "production of IL-6"),
    ("IL6_half_life", 20.0 / 1440.0, "day", _F, "thalfIL6", "20 min"),
    ("IL6_tissue_fraction", 4e-4, "1", _E, "IL6_tiss_contribution", "part that reaches serum"),
)  # fmt: skip
_TISSUE_TABLE = {  # volume in mL; T cells, B cells and drug relative to blood
    "sp": (210.0, 200.0, 333.0, 0.14),
    "ln": (400.0, 190.0, 190.0, 0.07),
    "bm": (500.0, 60.0, 80.0, 0.07),
    "tu": (49.6, 125.0, 6500.0, 0.05),
}
_FROM_CODE: tuple[tuple[str, float, str, str], ...] = (
    ("kTgen", 1.0, "1/day", "thymic output"),
    ("kexit3", 0.03, "1/day", "passage of B cells from marrow to blood"),
    ("precursor_boost", 5.0, "1", "rise of the generation of pro-B cells without B cells"),
    ("inj_half_life", 1.0, "day", "half-life of the effect of a dose on passage"),
    ("Km", 4.74, "ug/mL", "drug at half-maximal saturable elimination"),
)
_PK_DOC = {
    "CL": ("mL/day", "clearance"), "V1": ("mL", "central volume"),
    "Q": ("mL/day", "exchange with the periphery"), "V2": ("mL", "peripheral volume"),
    "Vm": ("ug/day", "largest saturable elimination"),
}  # fmt: skip
_TWO, _KG = "Suppl. Table 2", "mL/kg of Suppl. Table 2 for 75 kg (assumed)"
_MOSUN: dict[str, tuple[float, Origin, str]] = {
    "CL": (405.0, Origin.DERIVED, f"5.4/day {_KG}"), "V1": (2758.5, Origin.DERIVED, f"36.78 {_KG}"),
    "Q": (1812.75, Origin.DERIVED, f"24.17/day {_KG}"),
    "V2": (13010.25, Origin.DERIVED, f"173.47 {_KG}"),
    "Vm": (0.0, _F, "Methods: linear two-compartment model"),
}  # fmt: skip
_PK = {
    "published": _MOSUN,
    "translation": _MOSUN | {
        "CL": (637.5, Origin.DERIVED, f"8.5/day {_KG}, the monkey's"), "Vm": (212.0, _F, _CODE),
    },
    "blinatumomab": {
        "CL": (22300.0, _L, _TWO), "V1": (1610.0, _L, _TWO), "Vm": (0.0, _F, _TWO),
        "Q": (0.0, _F, f"{_TWO}: one compartment"),
        "V2": (1610.0, Origin.ASSUMED, "has no effect without exchange"),
    },
}  # fmt: skip
_BLINATUMOMAB = {"KdT": 0.1, "nd": 1.0, "KdB": 0.15}

_ASSIGNED: tuple[tuple[str, str, str, str], ...] = (
    ("drug{e}", "quantity(1000, 'ng/ug') * {Kp}C", "ng/mL", "drug"),
    ("engaged{e}", "hill(drug{e}, KdT, nd)", "1", "part of T cells that drug engages"),
    ("act{e}", "{fTact}VmT * hill({target}, KmBT * (Tr{e} + T0{e}), S) * engaged{e}", "1",
     "signal that activates T cells"),
    ("kill{e}", "VmB * hill(Ta{e}, {fKm}KmTB * {target}, nk) * drug{e} / (KdB + drug{e})", "1",
     "signal that kills B cells"),
)  # fmt: skip
_MATURE = "(Bref * (V_bl + KB_sp * V_sp + KB_ln * V_ln))"
_IL6_NORMAL = {
    "": "V_bl * Bref", "_sp": "V_sp * Bref * KB_sp", "_ln": "V_ln * Bref * KB_ln",
    "_bm": "n_bm * (1 + sees_proB * rno20)", "_tu": "V_tu * Bref * KB_tu",
}  # fmt: skip

_REACTIONS: tuple[tuple[tuple[str, ...], str, str, str], ...] = (  # where, name, species, rate
    (_ALL, "Tr{e}_activation", "Tr{e} -> Ta{e}", "kTact * act{e} * Tr{e}"),
    (_ALL, "T0{e}_reactivation", "T0{e} -> Ta{e}", "kTact * act{e} * T0{e}"),
    (_ALL, "Ta{e}_to_resting", "Ta{e} -> Tr{e}", "kTact * fdeact * Ta{e}"),
    (_ALL, "Ta{e}_to_post_activated", "Ta{e} -> T0{e}", "kTact * fdeact * Ta{e}"),
    (_ALL, "Ta{e}_division", "-> T0{e}", "fTap * kTprol * Ta{e}"),
    (_ALL, "T0{e}_to_resting", "T0{e} -> Tr{e}", "f0d * T0{e}"),
    (_ALL, "T0{e}_death", "T0{e} ->", "f0a * kTaap * T0{e}"),
    (_FAR, "Tr_to{e}", "Tr -> Tr{e}", "kTrexit * (1 + inj) * Tr * KT{e}"),
    (_FAR, "T0_to{e}", "T0 -> T0{e}", "kTrexit * (1 + inj) * T0 * KT{e}"),
    (_FAR, "Ta_to{e}", "Ta -> Ta{e}", "kTaexit * (1 + fa0 * inj) * Ta * KT{e} * fap"),
    (_FAR, "Tr_from{e}", "Tr{e} -> Tr", "kTrexit * V_bl / V{e} * Tr{e}"),
    (_FAR, "T0_from{e}", "T0{e} -> T0", "kTrexit * V_bl / V{e} * T0{e}"),
    (_FAR, "Ta_from{e}", "Ta{e} -> Ta", "kTaexit * V_bl / V{e} * Ta{e}"),
    (("",), "thymic_output", "-> Tr",
     "kTgen * V_bl * Tref * max(0, 1 - (Tr + Ta + T0) / (V_bl * Tref))**2"),
    (("",), "Tr_excess_death", "Tr ->", "frap * kTaap * max(0, Tr - Tref * V_bl)"),
    (("",), "Ta_death", "Ta ->", "kTaap * Ta"),
    (("",), "Ta_activation_induced_death", "Ta ->", "kTaap * fAICD * Ta**2 / (V_bl * Tref)"),
    (("",), "B_division", "-> B", "kBprol * Bref * V_bl * max(0, 1 - B / (Bref * V_bl))"),
    (("",), "B_killing", "B ->", "kBkill * kill * B"),
    (_FAR, "B{e}_killing", "B{e} ->", "fBkill * kBkill * kill{e} * B{e}"),
    (("_sp", "_ln"), "B_to{e}", "B -> B{e}",
     "kTaexit * V_bl * max(0, B / V_bl * KB{e} - B{e} / V{e})"),
    (("_sp", "_ln"), "B{e}_division", "-> B{e}",
     "kBprol * KB{e} * Bref * V{e} * max(0, 1 - B{e} / (KB{e} * Bref * V{e}))"),
    (("",), "B_tu_division", "-> B_tu", "kBt * B_tu"),
    (("",), "B_bm_to_blood", "B_bm -> B",
     "kexit3 * V_bl * max(0, B_bm / V_bm - B / V_bl * KB_bm)"),
    (("",), "B_bm_division", "-> B_bm", "kBprol * n_bm * max(0, 1 - B_bm / n_bm)"),
    (("",), "B_bm_death", "B_bm ->", "kBap * B_bm"),
    (("",), "Bp_generation", "-> Bp", "n_bm * rno20 * (kBap + kBap / rmat)"
     f" * (1 + precursor_boost * max(0, 1 - (B + B_sp + B_ln) / {_MATURE}))"),
    (("",), "Bp_division", "-> Bp", "kBprol * n_bm * rno20 * max(0, 1 - Bp / (n_bm * rno20))"),
    (("",), "Bp_maturation", "Bp -> B_bm", "kBap / rmat * Bp"),
    (("",), "Bp_death", "Bp ->", "kBap * Bp"),
    (("",), "Bp_killing", "Bp ->", "sees_proB * fBkill * kBkill * kill_bm * Bp"),
    (_ALL, "IL6{e}_production", "-> IL6{e}",
     "kIL6 * Ta{e} / {volume} * {target} / ({normal}) * engaged{e}"),
    (_ALL, "IL6{e}_clearance", "IL6{e} ->", "log(2) / IL6_half_life * IL6{e}"),
    (("",), "elimination", "C ->", "CL / V1 * C"),
    (("",), "saturable_elimination", "C ->", "Vm / V1 * C / (Km + C)"),
    (("",), "distribution", "C -> (V1 / V2) Cp", "Q / V1 * C"),
    (("",), "redistribution", "Cp -> (V2 / V1) C", "Q / V2 * Cp"),
    (("",), "injection_decay", "inj ->", "log(2) / inj_half_life * inj"),
)  # fmt: skip


def _words(e: str) -> dict[str, str]:
    """Return what the braces stand for in a place."""
    return {
        "e": e,
        "Kp": f"Kp{e} * " if e else "",
        "fTact": "fTact * " if e else "",
        "fKm": "fKm * " if e else "",
        "target": "(B_bm + sees_proB * Bp)" if e == "_bm" else f"B{e}",
        "volume": f"V{e or '_bl'}",
        "normal": _IL6_NORMAL[e],
    }


@published(
    source=SOURCE,
    variants={
        "published": (
            "mosunetuzumab with the linear kinetics of the article and the human clearance of "
            "Supplementary Table 2"
        ),
        "translation": (
            "as 'published', but with the monkey's clearance and a saturable elimination besides, "
            "which the translation of the authors' code has"
        ),
        "blinatumomab": (
            "blinatumomab, amounts per m2 of body surface; its target CD19 is on pro-B cells too"
        ),
    },
)
def model(variant: str) -> Model:
    """Build the model with the DLBCL column of Supplementary Table 2."""
    m = ModelBuilder(
        "hosseini2020",
        title="Cytokine release and B-cell killing by mosunetuzumab or blinatumomab",
        organism="human",
        population="diffuse large B-cell lymphoma, reference patient",
        source=SOURCE,
        variant=variant,
        dimensions="strict",
    )
    blinatumomab = variant == "blinatumomab"
    per = "/m**2" if blinatumomab else ""
    _parameters(m, variant, per)
    _species(m)
    m.assign("n_bm", "KB_bm * Bref * V_bm", "cell", at=_CODE, doc="normal B cells in marrow")
    for e in _ALL:
        for name, expression, unit, doc in _ASSIGNED:
            text = expression.format(**_words(e))
            m.assign(name.format(e=e), text, unit, at=_CODE, doc=f"{doc}, {_PLACES[e]}")
    for places, name, species, rate in _REACTIONS:
        for e in places:
            words = _words(e)
            law = rate.format(**words)
            m.reaction(name.format(**words), species.format(**words), rate=law, at=_CODE)
    m.dose(
        "bispecific",
        f"ug{per}",
        {"C": "dose / V1", "inj": "inj_per_dose"},
        entity="blinatumomab" if blinatumomab else "mosunetuzumab",
        typical=60.0 * 7 if blinatumomab else 1000.0,
        at="60 ug/m2/day for a week" if blinatumomab else "first dose of the label, 1 mg",
    )
    _observables(m)
    return m.build()


def _parameters(m: ModelBuilder, variant: str, per: str) -> None:
    at, blinatumomab = f"{_TWO}, DLBCL", variant == "blinatumomab"
    changed = _BLINATUMOMAB if blinatumomab else {}
    for name, value, unit, origin, symbol, doc in _TABLE:
        used, source = changed.get(name, value), _L if name in changed else origin
        m.parameter(name, used, unit, origin=source, at=at, lower=0.0, symbol=symbol, doc=doc)
    for i, numbers in _TISSUE_TABLE.items():
        rows = (
            ("V", "mL", _L, "volume"), ("KT", "1", _F, "normal T cells relative to blood"),
            ("KB", "1", _F, "normal B cells relative to blood"),
            ("Kp", "1", _L, "drug relative to blood"),
        )  # fmt: skip
        for (kind, unit, origin, what), value in zip(rows, numbers, strict=True):
            doc = f"{what}, {TISSUES[i]}"
            m.parameter(f"{kind}_{i}", value, unit, origin=origin, at=at, lower=0.0, doc=doc)
    for name, value, unit, doc in _FROM_CODE:
        m.parameter(name, value, unit, origin=_F, at=_CODE, lower=0.0, doc=doc)
    for name, (value, origin, where) in _PK[variant].items():
        unit, doc = _PK_DOC[name]
        m.parameter(name, value, unit + per, origin=origin, at=where, lower=0.0, doc=doc)
    jump, seen = (0.0, 1.0) if blinatumomab else (10.0, 0.0)
    doc = "effect of a dose on the passage of T cells"
    m.parameter("inj_per_dose", jump, "1", origin=_F, at=_CODE, lower=0.0, doc=doc)
    doc = "1 when pro-B cells carry the target, as CD19"
    m.parameter("sees_proB", seen, "1", origin=_F, at="Fig. 1 and Methods, item 8", doc=doc)


def _species(m: ModelBuilder) -> None:
    cells: list[tuple[str, str, float]] = [
        ("Tr", "Tref * V_bl", 2.5e9),
        ("B", "Bref * V_bl", 2.5e9),
        ("Bp", "rno20 * KB_bm * Bref * V_bm", 5e9),
    ]
    for i, (volume, t_cells, b_cells, _) in _TISSUE_TABLE.items():
        cells.append((f"Tr_{i}", f"KT_{i} * Tref * V_{i}", t_cells * 5e5 * volume))
        cells.append((f"B_{i}", f"KB_{i} * Bref * V_{i}", b_cells * 5e5 * volume))
    cells += [(f"{kind}{e}", "0", 0.0) for kind in ("Ta", "T0") for e in _ALL]
    kinds = {
        "Tr": "resting CD8 T cells", "Ta": "activated CD8 T cells",
        "T0": "post-activated CD8 T cells", "B": "B cells", "Bp": "pro-B cells, CD19+CD20-",
    }  # fmt: skip
    for name, expression, value in cells:
        kind, _, place = name.partition("_")
        m.species(
            name,
            initial=value,
            unit="cell",
            count_per_unit=1.0,
            log_state=name == "B_tu",  # killed by hundreds of orders of magnitude
            origin=Origin.DERIVED,
            at=f"normal numbers of {_TWO}; no T cell is activated",
            doc=f"{kinds[kind]}, {TISSUES.get(place, 'marrow' if kind == 'Bp' else 'blood')}",
        )
        if value:
            m.initial(name, expression)
    rest = [(f"IL6{e}", "pg/mL", 1.0, f"interleukin 6, {_PLACES[e]}") for e in _ALL]
    rest += [("C", "ug/mL", 1e-3, "drug, blood"), ("Cp", "ug/mL", 1e-3, "drug, periphery")]
    rest.append(("inj", "1", 1.0, "effect of doses on the passage of T cells out of blood"))
    for name, unit, nominal, doc in rest:
        m.species(name, initial=0.0, unit=unit, nominal=nominal, origin=_F, at="no drug", doc=doc)


def _observables(m: ModelBuilder) -> None:
    spill = " + ".join(f"IL6_{i} * V_{i}" for i in TISSUES)
    for name, expression, unit, term, doc in (
        ("il6", f"IL6 + IL6_tissue_fraction * ({spill}) / V_bl", "pg/mL", "il6_serum",
         "interleukin 6 in serum, with the part of the tissues"),
        ("b_cells_blood", "B / V_bl", "cell/mL", "b_cells_blood", "B cells in blood"),
        ("cd8_blood", "(Tr + Ta + T0) / V_bl", "cell/mL", "", "CD8 T cells in blood"),
        ("activated_blood", "safe_ratio(Ta, Tr + Ta + T0, 0)", "1", "", "activated part of them"),
        ("tumor_burden", "B_tu", "cell", "tumor_burden", "tumour cells"),
    ):  # fmt: skip
        m.observable(name, expression, unit, term=term, at=_CODE, doc=doc)
