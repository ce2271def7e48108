"""The numbers of the reference model: value, unit, where it is known from, spread over people.

``LITERATURE`` is a number that stands in the source named, ``DERIVED`` one computed from numbers of
it. ``ASSUMED`` is set by hand; where a source is named, it is what the number was set near to. (M)
and (unconfirmed) mark what was not seen in a source.
"""

from __future__ import annotations

import math

from livingdrug.core.source import Origin
from livingdrug.model.builder import ModelBuilder
from livingdrug.model.variability import IIV

__all__ = ["add_parameters"]

_A, _L, _D, _F = Origin.ASSUMED, Origin.LITERATURE, Origin.DERIVED, Origin.FIXED
_STEIN = "stein2019 (10.1002/psp4.12388)"
_OGASAWARA = "ogasawara2021 (10.1007/s40262-021-01039-5)"
_KIMMEL = "kimmel2021 (10.1098/rspb.2021.0229), Table 1"
_MOES = "frey2010, variant of intensive care (Moes 2022)"
_KRZYZANSKI = "krzyzanski2021, 9.29 L/h and 51.3 L"
_OFF = "off in this product"
_TUNED = "tuned together: T cells 10 /uL on day 0 and 483 on day 28 (ZUMA-1: 5.7 and 478)"
_WATANABE = "Watanabe 2015, J Immunol 194:911 (unconfirmed)"

Row = tuple[str, float, str, Origin, str, str]

_CELLS: tuple[Row, ...] = (
    ("keng", 0.15, "1/day", _A, f"15 % engraft; {_OGASAWARA}: lag of 3.27 d",
     "engraftment of infused cells"),
    ("kloss", 0.85, "1/day", _A, "with keng, 15 % engraft", "loss of infused cells"),
    ("rho", 1.0, "1/day", _A,
     f"set near net rates: {_STEIN} 0.889; {_OGASAWARA} ln 2 / 0.755 = 0.918",
     "expansion rate at full antigen, support and reserve"),
    ("Kc", 1.0, "1", _A, "", "homeostatic cytokine at half of its effect"),
    ("Cref", 4.0, "1", _A, "", "homeostatic cytokine after lymphodepletion, the reference of rho"),
    ("kap", 0.3, "1", _A, "", "antigen-bearing cells that one effector cell keeps busy"),
    ("alpha", 0.16, "1/day", _L, f"{_STEIN}; {_OGASAWARA} has 0.139", "contraction rate"),
    ("eps", 0.00124, "1/day", _D, f"{_STEIN}: F_B (alpha - beta) = 0.0079 x 0.1568",
     "memory formation"),
    ("beta", 0.0032, "1/day", _L, f"{_STEIN}; {_OGASAWARA} has 0.00197", "death of memory cells"),
    ("rre", 0.05, "1/day", _A, "", "recall of memory cells at full antigen"),
    ("xi", 0.01, "1/day", _A, "", "exhaustion at full antigen"),
    ("dX", 0.05, "1/day", _A, "", "death of exhausted cells"),
    ("KE", 3e11, "cell", _A,
     f"{_KIMMEL}: K_C 7e10 (6.2e10 to 9.7e10); median peak of car22 488 /uL, 2.4e11",
     "niche capacity of CAR cells at the reference support"),
    ("Gm", 11.3, "1", _A,
     f"{_STEIN}: ln 3900 = 8.27; at most 10 divisions in CARCADE (unconfirmed)",
     "e-folds that the effector pool can spend"),
    ("ng", 10.0, "1", _A, "", "steepness of the end of the reserve"),
    ("kx", 0.2, "1", _A, "", "killing that is left without reserve"),
    ("kin", 0.0, "1/day", _A, _OFF, "effector cells into lesions"),
    ("kout", 0.1, "1/day", _A, "", "effector cells out of lesions"),
    ("a15", 0.0, "1", _A, _OFF, "support that the product makes itself (IL-15)"),
    ("nkd", 0.0, "1/day", _A, _OFF, "death for want of support"),
    ("K15s", 0.6, "1", _A, "", "support at half of that death"),
)  # fmt: skip

_TUMOR: tuple[Row, ...] = (
    ("psi", 1.0, "1", _A, "no lesions in this disease", "share of the tumour outside lesions"),
    ("gam", 0.9, "1/day", _A, f"set near {_KIMMEL}: 1.15 (quartiles 0.64 to 1.35)",
     "largest killing rate"),
    ("h", 1e9, "cell", _A, f"set near {_KIMMEL}: k_B 2.02e9 (quartiles 1.4e9 to 3.1e9)",
     "effector cells at half"),
    ("eta", 0.1, "1", _A,
     "gam / eta = 9 kills per cell and day at most; Halle 2016 (unconfirmed): 2 to 16",
     "targets that hold one effector cell back"),
    ("aK", 1.0, "1", _A,
     f"1: antigen in plenty; else D / (D + D_k), D_k about 200 a cell; {_WATANABE}",
     "killing at this antigen density"),
    ("aC", 1.0, "1", _A, f"1: antigen in plenty; else D / (D + 10 D_k); {_WATANABE}",
     "cytokines at this antigen density"),
    ("tme", 0.0, "1", _A, "no lesions in this disease", "suppression inside lesions"),
    ("inn", 0.0, "1/day", _A, _OFF, "killing that needs no antigen"),
    ("kby", 0.0, "1", _A, _OFF, "bystander killing of antigen-lost cells, relative"),
    ("r", 0.06, "1/day", _A,
     f"{_KIMMEL}: 0.01 to 0.5; singh2021 0.008; clones 0.097 to 0.106 (unconfirmed)",
     "tumour growth rate"),
    ("KT", 1.2e12, "cell", _A, "a marrow that is full", "tumour at its limit"),
    ("T0", 2.5e11, "cell", _A,
     "kimmel2021: median 94.8 mL of 1e9 /mL; blasts in marrow; singh2021 2.5e9 /L",
     "tumour at the start"),
    ("f", 3e-12, "1", _A, "about 30 % of relapses of ZUMA-1 without CD19 (unconfirmed)",
     "share of antigen-lost cells at the start"),
    ("mu", 0.0, "1/day", _A, _OFF, "loss of the antigen"),
    ("wB", 1.0, "1", _A, "", "normal target cells as antigen, relative to tumour cells"),
)  # fmt: skip

_HOST: tuple[Row, ...] = (
    ("pB", 1e7, "cell/day", _A, "", "influx of normal target cells"),
    ("rB", 0.05, "1/day", _A, "", "growth rate of normal target cells"),
    ("KB", 1.5e11, "cell", _A, "", "normal target cells at their limit"),
    ("rH", 0.17, "1/day", _L, f"{_KIMMEL}: r_N", "recovery rate of host T cells"),
    ("KH", 2.5e11, "cell", _L, f"{_KIMMEL}: K_N", "host T cells at their limit"),
    ("rN", 0.12, "1/day", _A, "", "recovery rate of host NK cells"),
    ("KN", 5e10, "cell", _A, "", "host NK cells at their limit"),
    ("kflu", 2.4, "1/day", _A,
     "one rate for three compartments; varela2025: CL/V1 3.55, CL/(V1 + V2 + V3) 2.20",
     "loss of fludarabine"),
    ("kcy", 2.56, "1/day", _D, "ahmed2020, second dose: CL/V = 3.66257 x 24 / 34.282 at 1.9 m2",
     "loss of cyclophosphamide"),
    ("kalm", 0.12, "1/day", _A, "", "loss of alemtuzumab"),
    ("EmF", 9.0, "1", _A, _TUNED, "fludarabine, largest effect"),
    ("E50F", 0.3, "mg/L", _A, _TUNED, "fludarabine at half of it"),
    ("EmC", 7.0, "1", _A, _TUNED, "cyclophosphamide, largest effect"),
    ("E50C", 6.0, "mg/L", _A, _TUNED, "cyclophosphamide at half of it"),
    ("EmA", 0.9, "1/day", _A, _TUNED, "alemtuzumab, largest effect"),
    ("E50A", 0.3, "mg/L", _A, _TUNED, "alemtuzumab at half of it"),
    ("cd52", 0.0, "1", _A, "0: donor cells without CD52, or no alemtuzumab",
     "sensitivity of the infused cells to alemtuzumab"),
    ("pC", 1.0, "1/day", _A,
     "IL-15 peaks 2 days after lymphodepletion (10.1200/JCO.2016.71.3024, unconfirmed)",
     "production of homeostatic cytokine"),
    ("dC0", 0.2, "1/day", _A, "", "its loss without lymphocytes"),
    ("dC1", 0.8, "1/day", _A, "", "its uptake by lymphocytes"),
    ("kI15", 0.0, "pg/mL", _A, "no size is known", "interferon per unit of infused cytokine"),
    ("mmT", 0.0, "1", _F, "autologous: nothing to reject", "mismatch seen by host T cells"),
    ("mmN", 0.0, "1", _F, "autologous: nothing is missed", "missing self seen by host NK cells"),
    ("fpre", 1e-3, "1", _A, "", "share of recovering T cells that see the donor"),
    ("rhoR", 0.5, "1/day", _A, "", "division of donor-specific T cells"),
    ("dR", 0.05, "1/day", _A, "", "death of donor-specific T cells"),
    ("KR", 1e9, "cell", _A, "", "donor cells at half of their stimulus"),
    ("KRc", 2e10, "cell", _A, "", "donor-specific T cells at their limit"),
    ("krej", 1.0, "1/day", _A, "", "rejection by T cells, largest rate"),
    ("hR", 3e9, "cell", _A, "", "donor-specific T cells at half of it"),
    ("krejN", 0.6, "1/day", _A, "", "rejection by NK cells, largest rate"),
    ("hN", 1e10, "cell", _A, "", "host NK cells at half of it"),
)  # fmt: skip

_SIGNALS: tuple[Row, ...] = (
    ("pI", 3.5e-8, "pg/mL/cell/day", _A, "from the median peak of interferon in car22, 962 pg/mL",
     "release of interferon gamma"),
    ("nu", 0.45, "1", _A, "", "release limited by tissue, exponent"),
    ("fI", 5.0, "1", _A, "", "release by infused cells, relative"),
    ("dI", 1.51, "1/day", _L, "hardiansyah2019 (10.1111/cts.12636), Table S1",
     "loss of interferon gamma"),
    ("IFN0", 3.0, "pg/mL", _A, "", "interferon gamma at rest"),
    ("kY", 2.0, "1/day", _A, "", "activation of monocytes"),
    ("KI", 400.0, "pg/mL", _A, "", "interferon gamma at half of it"),
    ("wD", 0.6, "1", _A, "", "weight of dying cells in it"),
    ("KF", 2e10, "cell/day", _A, "", "cells killed per day at half of that"),
    ("dY", 0.6, "1/day", _A, "", "calming of monocytes"),
    ("p6", 700.0, "pg/mL/day", _A,
     "from the median untreated peak of IL-6 in car22, 167 pg/mL, partly inflated by drug",
     "release of IL-6"),
    ("IL60", 4.0, "pg/mL", _A, "", "IL-6 at rest"),
    ("klin", 1.5, "1/day", _A,
     "with Vr 15 /d: hosseini2020 50, hornik2019 4.1, hardiansyah2019 3.96",
     "loss of IL-6 without its receptor"),
    ("Vr", 13.5, "1/day", _A, "see klin", "loss of IL-6 by its receptor"),
    ("Kr", 1500.0, "pg/mL", _A, "", "IL-6 at half saturation of that"),
    ("kcrp", 90.0, "mg/L/day", _A, "", "production of CRP"),
    ("dcrp", 0.876, "1/day", _D, "ln 2 / 19 h (M)", "loss of CRP"),
    ("K6c", 60.0, "pg/mL", _A, "", "IL-6 signal at half of it"),
    ("CRP0", 2.0, "mg/L", _A, "", "CRP at rest"),
    ("K6", 30.0, "pg/mL", _A, "", "IL-6 signal that counts for severity"),
    ("KIv", 100.0, "pg/mL", _A, "", "interferon gamma that counts for severity"),
    ("wI", 0.5, "1", _A, "", "weight of interferon gamma in severity"),
    ("wY", 1.0, "1", _A, "", "weight of monocytes in severity"),
    ("kV", 1.5, "1/day", _A, "", "rate at which vascular severity follows"),
    ("kZ", 0.7, "1/day", _A, "", "rate at which nervous severity follows"),
    ("Vt", 4.34, "L", _L, _MOES, "volume of tocilizumab"),
    ("CLt", 0.725, "L/day", _L, _MOES, "linear clearance of tocilizumab"),
    ("VMt", 4.19, "mg/day", _L, _MOES, "saturable elimination of tocilizumab"),
    ("KMt", 0.22, "mg/L", _L, _MOES, "its half saturation"),
    ("KD", 0.37, "mg/L", _L, "affinity to the IL-6 receptor (M)", "tocilizumab at half occupancy"),
    ("CLd", 223.0, "L/day", _D, _KRZYZANSKI, "clearance of dexamethasone"),
    ("Vd", 51.3, "L", _L, _KRZYZANSKI, "volume of dexamethasone"),
    ("kfd", 0.6, "1/day", _A, "effect of 36 to 54 h (M)", "turnover of the genomic effect"),
    ("IC50", 15.0, "ng/mL", _A, "set near hornik2019: 14 ng/mL", "dexamethasone at half of it"),
    ("ImI", 0.85, "1", _A, "hornik2019: 1 - 0.214 of the surge is sensitive",
     "steroid on cytokines, largest effect"),
    ("ImP", 0.30, "1", _A, "stein2019: no effect of steroid on the rate was seen",
     "steroid on expansion, largest effect"),
    ("ImE", 0.35, "1", _A, "", "steroid on donor-specific cells, largest effect"),
)  # fmt: skip

_ASSAY: tuple[Row, ...] = (
    ("U", 5e8, "uL", _L, f"{_KIMMEL}: 500 /uL beside 2.5e11 cells",
     "cells of the body for one cell per uL of blood"),
    ("VCN", 1.0, "copies/cell", _A, "", "vector copies per CAR cell"),
    ("genomes", 1.5e5, "cell/ug", _A, "1 ug / 6.6 pg a diploid genome, rounded (M)",
     "cells whose DNA weighs 1 ug"),
    ("ANC", 3000.0, "cell/uL", _A, "3,000, at the nadir 200, until there is a neutrophil module",
     "nucleated blood cells that are not T cells"),
    ("infused_fraction", 1.0, "1", _A, "", "what arrives of the dose that is written"),
)  # fmt: skip

_SPREAD = {
    "rho": 0.14, "kap": 0.6, "h": 0.8, "alpha": 0.45, "eps": 0.8, "beta": 0.6, "r": 0.5,
    "keng": 1.2, "p6": 0.6, "pI": 0.5, "Kc": 0.3, "infused_fraction": 0.3, "T0": 1.0, "f": 3.0,
}  # fmt: skip
_OWN = {"KE": 1.2, "gam": 0.5, "Gm": 0.15}
_FITNESS = {"KE": 0.9, "gam": 0.5, "Gm": 0.05}
"""What one standard deviation of fitness, shared by the three, adds to their logarithms."""

_SECTION_5 = "version 0.1, spread between people"
_AT_MOST_ONE = {"psi", "tme", "f", "kx", "cd52", "fpre", "ImI", "ImP", "ImE", "aK", "aC"}


def add_parameters(m: ModelBuilder) -> None:
    """Declare every parameter with its spread.

    Parameters
    ----------
    m : ModelBuilder
    """
    total = {name: math.hypot(own, _FITNESS[name]) for name, own in _OWN.items()}
    spread = _SPREAD | total
    for name, value, unit, origin, at, doc in (*_CELLS, *_TUMOR, *_HOST, *_SIGNALS, *_ASSAY):
        upper = 1.0 if name in _AT_MOST_ONE else math.inf
        iiv = None
        if name in spread:
            iiv = IIV.sd(spread[name], upper=upper, origin=Origin.ASSUMED, at=_SECTION_5)
        m.parameter(
            name, value, unit, origin=origin, at=at or "version 0.1", lower=0.0, upper=upper,
            doc=doc, iiv=iiv,
        )  # fmt: skip
    names = list(_OWN)
    shares = [_FITNESS[name] / total[name] for name in names]
    matrix = [
        [1.0 if row == column else left * right for column, right in enumerate(shares)]
        for row, left in enumerate(shares)
    ]
    m.correlation(names, matrix, origin=Origin.ASSUMED, at=f"{_SECTION_5}: shared fitness")
