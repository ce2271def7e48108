"""Tumour, natural killer cells and CD8 T cells, with killing by the ratio of cells (de Pillis).

NK cells N are made at a constant rate and kill by mass action; CD8 T cells L are primed where NK
cells kill (r), recruited by their own killing D, and kill at a rate of their ratio to the tumour:

    D = d T (L / T)**lambda / (s + (L / T)**lambda)
    dT/dt = a T (1 - b T) - c N T - D
    dN/dt = sigma - f N + g N T**2 / (h + T**2) - p N T
    dL/dt = -m L + j L D**2 / (k + D**2) - q L T + r N T

Without a tumour NK cells settle at sigma / f. Recruitment saturates at g, below their death rate f,
so that NK cells of this model never expand: expanding CAR-NK cells need a term it does not have.
(L / T)**lambda has an infinite slope at L = 0 and no value at T = 0; D is 0 in both, which is its
limit. Day 0 is the tumour challenge. The host's own cells; nothing is infused.

de Pillis LG, Radunskaya AE, Wiseman CL. Cancer Res 2005;65:7950-7958.
doi:10.1158/0008-5472.CAN-05-0564
"""

from __future__ import annotations

from livingdrug.catalogue.entry import published
from livingdrug.catalogue.readout import Deviation, PrintedEquation, Readout, trajectory
from livingdrug.core.source import Origin, Source
from livingdrug.model.builder import ModelBuilder
from livingdrug.model.model import Model

SOURCE = Source(
    doi="10.1158/0008-5472.CAN-05-0564",
    authors=("de Pillis, Lisette G.", "Radunskaya, Ami E.", "Wiseman, Charles L."),
    year=2005,
    title="A validated mathematical model of cell-mediated immune response to tumor growth",
    journal="Cancer Research",
    volume="65",
    pages="7950-7958",
    note="Equations and values are those of a transcription of the deposit MODEL1907260001; the "
    "article was not opened, and volume and pages are (unconfirmed).",
)

_SBML = "MODEL1907260001"


@published(source=SOURCE, variants={"published": "the values of the deposit"})
def model(variant: str) -> Model:
    """Build the model with the values of the deposit."""
    m = ModelBuilder(
        "depillis2005",
        title="Tumour, natural killer cells and CD8 T cells",
        organism="mouse",
        population="mice challenged with tumour cells; that the deposit has the values of mice and "
        "not those of patients is (unconfirmed)",
        source=SOURCE,
        variant=variant,
        dimensions="strict",
    )
    for name, value, term, doc in (
        ("T", 100.0, "tumor_burden", "tumour cells"),
        ("N", 1000.0, "", "natural killer cells"),
        ("L", 0.0, "", "tumour-specific CD8 T cells"),
    ):
        m.species(
            name, initial=value, unit="cell", count_per_unit=1.0, term=term, origin=Origin.FIXED,
            at=_SBML, doc=doc,
        )  # fmt: skip
    _parameters(m)
    per_cell = "d * hill(L, s**(1 / lam) * T, lam)"
    m.assign("kill", per_cell, "1/day", at=f"{_SBML}, D / T", doc="killing rate of CD8 T cells")
    m.assign("D", "kill * T", "cell/day", at=f"{_SBML}, D", doc="killing by CD8 T cells")
    _reactions(m)
    m.dose_stand_in("N", "the source infuses nothing; NK cells of the host are there on day 0")
    return m.build()


def _parameters(m: ModelBuilder) -> None:
    for name, value, unit, doc in (
        ("a", 0.514, "1/day", "growth rate of the tumour"),
        ("b", 1.02e-9, "1/cell", "1 / carrying capacity of the tumour"),
        ("c", 3.23e-7, "1/(cell*day)", "killing by NK cells"),
        ("d", 1.43, "1/day", "maximal killing by CD8 T cells"),
        ("lam", 0.58, "1", "exponent of the ratio of CD8 T cells to tumour"),
        ("s", 2.73, "1", "steepness of killing by CD8 T cells"),
        ("sigma", 13000.0, "cell/day", "source of NK cells"),
        ("f", 0.0412, "1/day", "death of NK cells"),
        ("g", 0.025, "1/day", "maximal recruitment of NK cells by the tumour"),
        ("h", 2.02e7, "cell^2", "square of the tumour at half-maximal recruitment"),
        ("p", 1e-7, "1/(cell*day)", "inactivation of NK cells by the tumour"),
        ("m", 0.02, "1/day", "death of CD8 T cells"),
        ("j", 0.0375, "1/day", "maximal recruitment of CD8 T cells"),
        ("k", 2.02e7, "cell^2/day^2", "square of the killing at half-maximal recruitment"),
        ("q", 3.42e-10, "1/(cell*day)", "inactivation of CD8 T cells by the tumour"),
        ("r", 1.1e-7, "1/(cell*day)", "priming of CD8 T cells where NK cells meet the tumour"),
    ):
        m.parameter(name, value, unit, origin=Origin.FIXED, at=_SBML, lower=0.0, doc=doc,
                    symbol="lambda" if name == "lam" else "")  # fmt: skip


def _reactions(m: ModelBuilder) -> None:
    for name, species, rate, at in (
        ("tumor_growth", "-> T", "a * T", "T, a T of a T (1 - b T)"),
        ("tumor_crowding", "T ->", "a * b * T * T", "T, a b T^2 of a T (1 - b T)"),
        ("killing_by_nk_cells", "T ->", "c * N * T", "T"),
        ("killing_by_cd8_cells", "T ->", "kill * T", "T"),
        ("nk_source", "-> N", "sigma", "N"),
        ("nk_death", "N ->", "f * N", "N"),
        ("nk_recruitment", "-> N", "g * N * T**2 / (h + T**2)", "N"),
        ("nk_inactivation", "N ->", "p * N * T", "N"),
        ("cd8_death", "L ->", "m * L", "L"),
        ("cd8_recruitment", "-> L", "j * L * D**2 / (k + D**2)", "L"),
        ("cd8_inactivation", "L ->", "q * L * T", "L"),
        ("cd8_priming", "-> L", "r * N * T", "L"),
    ):
        m.reaction(name, species, rate=rate, at=f"{_SBML}, equation of {at}")


_RUN = "own integration, LSODA at rtol 1e-11; Radau agrees to 9 digits"

READOUTS = (
    # after 24 times 1 / f nothing of the start is left
    Readout("NK cells without a tumour", "value", "N", 315534.0, "cell",
            "steady state sigma / f of the equation of N", rtol=2e-6, day=600.0,
            values={"T": 0.0}),
    Readout("half-life of NK cells", "expression", "log(2) / f", 16.8, "day", f"{_SBML}, f",
            atol=0.05),
    *trajectory(
        "course", (("T", "cell"), ("N", "cell"), ("L", "cell")),
        (
            (1, 166.154857, 13695.5546, 0.112962928), (5, 1138.43224, 59623.6869, 9.82237479),
            (10, 10402.2, 111655, 223.203), (20, 510416, 191187, 27517.3),
            (50, 9.74915e8, 133.324, 55512.7), (100, 9.77258e8, 133.003, 45142.4),
        ),
        at=_RUN,
        rtol=1e-5,  # 6 digits or more; the loose run at 1e-6 collects some 1e-6
    ),
)  # fmt: skip

_D = "(d * T * (L / T)**lam / (s + (L / T)**lam))"

EQUATIONS = (
    PrintedEquation("T", f"a * T * (1 - b * T) - c * N * T - {_D}", f"{_SBML}, T"),
    PrintedEquation("N", "sigma - f * N + g * N * T**2 / (h + T**2) - p * N * T", f"{_SBML}, N"),
    PrintedEquation(
        "L", f"-m * L + j * L * {_D}**2 / (k + {_D}**2) - q * L * T + r * N * T", f"{_SBML}, L"
    ),
)

_DEVIATIONS = (  # what, instead, why
    ("(L / T)**lambda / (s + (L / T)**lambda)", "hill(L, s**(1 / lambda) T, lambda)",
     "the same number, with its limit where there are no CD8 T cells or no tumour"),
    ("k in cells squared", "cells squared per day squared", "it is added to D squared, and D is a "
     "number of cells per day"),
    ("no organism in the deposit", "mouse (unconfirmed)", "the article fits mice and patients; "
     "the fits of patients have other d, lambda and s"),
)  # fmt: skip
DEVIATIONS = tuple(Deviation(*row) for row in _DEVIATIONS)
