"""Names and constants of Park et al. 2025; see `park2025`."""

from __future__ import annotations

from livingdrug.core.source import Origin

__all__ = ["DIVIDING", "OMEGA", "PARAMETERS", "PHENOTYPES", "SITES", "STEPS", "SUBSETS", "Row"]

SUBSETS = ("CD8", "CD4")
SITES = ("blood", "marrow")
STEPS = (("TN", "TCM", "Rm1"), ("TCM", "TEM", "Rm2"), ("TEM", "TEff", "Rm3"))
"""Phenotype, the next one, and the rate of the conversion."""
DIVIDING = ("TN", "TCM", "TEM")
PHENOTYPES = (*DIVIDING, "TEff")

Row = tuple[str, float, str, Origin, str, str, str]
"""Name, value, unit, origin, locator, symbol of the paper (empty if the same), meaning."""

_E, _F, _L = Origin.ESTIMATED, Origin.FIXED, Origin.LITERATURE
_D, _DIG = Origin.DERIVED, Origin.DIGITISED
_T1 = "Table 1"
_T1F = "Table 1, held constant after a first estimate"
_S1E = "Fig. S1E, median of the five patients, digitised (unconfirmed)"
_M21 = "Methods 2.1"
_S2 = "Appendix S2"

PARAMETERS: tuple[Row, ...] = (
    # CAR-T cells
    ("Kexp_CD8", 1.8, "1/day", _E, _T1, "Kexp1_max", "largest expansion rate, CD8"),
    ("Kexp_ratio", 1.12, "1", _F, _S2 + ", after Salem 2023", "", "the same, CD8 to CD4"),
    ("EC50_exp", 1.9e-5, "1/cell", _F, _T1F, "", "complexes per CAR-T cell, half expansion"),
    ("Rm1", 0.15, "1/day", _E, _T1, "rm1", "naive to central memory"),
    ("Rm2", 0.11, "1/day", _E, _T1, "rm2", "central to effector memory"),
    ("Rm3", 0.72, "1/day", _E, _T1, "rm3", "effector memory to effector"),
    ("Kel_e", 47.38, "1/day", _E, _T1, "", "elimination of effectors from blood"),
    ("Kel_m", 0.69, "1/day", _E, _T1, "", "elimination of naive and memory cells from blood"),
    ("K12", 1.41, "1/day", _E, _T1, "", "blood to marrow"),
    ("K21", 0.0017, "1/day", _E, _T1, "", "marrow to blood"),
    ("product_CD4", 0.759, "1", _L, _M21, "", "CD4 cells of the product"),
    ("product_CD8", 0.230, "1", _L, _M21, "", "CD8 cells of the product"),
    ("product_TN", 0.0729, "1", _L, _M21, "", "naive cells of the product"),
    ("product_TCM", 0.221, "1", _L, _M21, "", "central memory cells of the product"),
    ("product_TEM", 0.609, "1", _L, _M21, "", "effector memory cells of the product"),
    ("product_TEff", 0.0977, "1", _L, _M21, "", "effector cells of the product"),
    # receptors and B cells
    ("kon", 2.1e5, "L/mol/s", _L, _T1, "Kon_orig", "association of CAR and CD19"),
    ("koff", 6.81e-5, "1/s", _L, _T1, "Koff_orig", "dissociation of CAR and CD19"),
    ("N_A", 6.023e23, "1/mol", _L, _S2, "", "Avogadro number as the source writes it"),
    ("Ag_CAR", 15000.0, "1/cell", _L, _T1, "Density_CAR", "receptors"),
    ("Ag_B", 14000.0, "1/cell", _L, _T1, "Density_CD19B", "CD19 of a B cell"),
    ("Kkill_max", 2.76, "1/day", _E, _T1, "", "largest killing rate"),
    ("KC50", 7.71, "1/cell", _E, _T1, "IC50", "complexes per B cell at half killing"),
    ("Kg", 0.0193, "1/day", _L, _T1, "Kg_CD19B", "growth of autoreactive B cells"),
    ("B0_blood", 1.43e8, "cell/L", _L, _T1, "CD19B_PB_int", "autoreactive B cells at the start"),
    ("B0_marrow", 1.50e9, "cell/L", _L, _T1, "CD19B_T_0", "B cells of the marrow at the start"),
    ("CART_min", 2.38, "cell/uL", _E, _T1 + " (prints cells/L); " + _S2, "CARTrev.min",
     "CAR-T cells in blood below which B cells recover"),
    ("K0_rev", 1.58e6, "cell/L/day", _E, _T1, "K0_rev_CD19B", "influx of new B cells"),
    ("B_max", 449e6, "cell/L", _E, _T1, "CD19B_PB_MAX", "ceiling of B cells in blood"),
    ("seed", 1e-12, "cell/L", _F, _S2, "", "each pool of marrow, complexes per L"),
    # body, at 70 kg
    ("Vb", 5.0, "L", _L, _T1, "", "blood; 5 L per 70 kg"),
    ("Vbm", 1.6, "L", _L, _T1, "Vt", "marrow; 1.6 L per 70 kg"),
    # lymphodepletion and host cells
    ("Kel_L", 1.39, "1/day", _E, _T1, "Kel", "loss of the lymphodepleting drugs"),
    ("Kp_CD4", 0.0007, "1/day", _L, _T1, "Pc_CD4_Kp", "precursor to CD4 cell"),
    ("K0_CD4", 210.18, "cell/uL/day", _E, _T1, "Pc_CD4_K0", "production of CD4 precursors"),
    ("Kout_CD4", 1.02, "1/day", _E, _T1, "CD4_Kout", "loss of CD4 cells"),
    ("Emax_CD4", 0.85, "1", _E, _T1, "", "largest effect of the drugs on CD4 cells"),
    ("EC50_CD4", 0.15, "mg/L", _F, _T1F, "", "half of it"),
    ("Kp_CD8", 0.00045, "1/day", _L, _T1, "Pc_CD8_Kp", "precursor to CD8 cell"),
    ("K0_CD8", 525.59, "cell/uL/day", _E, _T1, "Pc_CD8_K0", "production of CD8 precursors"),
    ("Kout_CD8", 1.49, "1/day", _E, _T1, "CD8_Kout", "loss of CD8 cells"),
    ("Emax_CD8", 0.96, "1", _E, _T1, "", "largest effect of the drugs on CD8 cells"),
    ("EC50_CD8", 0.067, "mg/L", _F, _T1F, "", "half of it"),
    ("Circ0", 5617.22, "cell/uL", _E, _T1, "Circ0_NT", "neutrophils at rest"),
    ("MTT", 4.35, "day", _L, _T1, "MTT_NT", "mean transit time of neutrophils"),
    ("gamma_N", 0.14, "1", _E, _T1, "gam_NT", "exponent of the feedback"),
    ("Emax_N", 27.32, "1", _E, _T1, "Emax_NT", "largest effect of the drugs on neutrophils"),
    ("EC50_N", 1203.42, "mg/L", _F, _T1F, "EC50_NT", "half of it"),
    # markers of the disease
    ("Ksyn_AAb", 15875.77, "IU/cell/day", _E, _T1, "", "release of autoantibody"),
    ("AAb_B_min", 1e6, "cell/L", _F, "Appendix S1, Eq. 45", "",
     "autoreactive B cells below which no autoantibody is made"),
    ("gamma_IFN_AAb", 0.09, "1", _E, _T1, "gam_IFNA_4", "interferon on autoantibody"),
    ("AAb0", 470000.0, "IU/L", _DIG, _S1E, "dsDNA0", "anti-dsDNA at the start"),
    ("Kdeg_IFN", 23.04, "1/day", _L, _T1, "", "loss of interferon alpha"),
    ("IFN0", 21.0, "pg/mL", _DIG, _S1E, "INFA0", "interferon alpha at the start"),
    ("C3_synthesis", 2520.0, "mg/day", _D, "Table 1: 1.5 mg/kg/h, of 70 kg", "C3_BP_Ksyn",
     "synthesis of complement C3"),
    ("gamma_C3", 0.1, "1", _E, _T1, "C3gam", "autoantibody on the loss of C3"),
    ("C3_0", 555.0, "mg/L", _DIG, _S1E, "C30", "C3 at the start"),
    ("gamma_PTU", 1.09, "1", _E, _T1, "PTUgam", "C3 on proteinuria"),
    ("gamma_IFN_PTU", 0.8, "1", _E, _T1, "gam_IFNA_8", "interferon on proteinuria"),
    ("PTU_synthesis", 1000.0, "mg/day", _F, _S2 + " (Table 1 prints 100)", "PTU_Ksyn",
     "protein excretion"),
    ("Vu", 16.8, "dL/day", _D, _S2 + ": 1 mL/kg/h, of 70 kg", "", "urine"),
    ("PTU0", 3060.0, "mg/g", _DIG, _S1E, "PTU0", "protein per creatinine at the start"),
)  # fmt: skip

OMEGA: dict[str, tuple[float, Origin]] = {
    "Kexp_CD8": (0.05, _E),
    "Kkill_max": (0.087, _E),
    "EC50_exp": (0.2, _F),
    "CART_min": (0.81, _E),
    "K0_rev": (1.04, _E),
    "B_max": (0.81, _E),
    "K0_CD4": (0.68, _E),
    "Kout_CD4": (0.15, _E),
    "Kout_CD8": (0.5, _E),
    "Circ0": (0.29, _E),
    "MTT": (0.2, _F),
    "Emax_N": (0.26, _E),
    "Ksyn_AAb": (0.4, _E),
    "Kdeg_IFN": (0.2, _F),
}
"""Standard deviations of the logarithm."""
