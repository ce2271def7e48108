"""Antibody-dependent cellular cytotoxicity: binding, engagement of NK cells, loss of target cells.

A scaled model of an assay. Antibody A binds receptors of the target cells, of which the part R is
then bound. NK cells, u for each target cell at the start, form complexes C with the target cells S
that survive; a complex ends by leaving, or by death of the target cell at the rate f of the bound
receptors:

    dA/dt = -a1 (1 - R) A S + a2 y R S,          dR/dt = a1 / y (1 - R) A - a2 R
    dC/dt = v1 (u - C) (S - C) - v2 C - f C,     dS/dt = -f C
    f = fk R / (R + rk),    y = e**n with e = a1

All states and the clock are scaled: a day stands for one unit of time. n is 0 in the deposit, so
that y is 1. Antibody is not cleared. The affinity of the deposit leaves few receptors bound, some
7e-4, so that killing is slow. Antibody and NK cells are there at the start, as in a plate.

Hoffman F, Gavaghan D, Osborne J, et al. J Theor Biol 2018;436:39-50.
doi:10.1016/j.jtbi.2017.09.031
"""

from __future__ import annotations

from livingdrug.catalogue.entry import published
from livingdrug.catalogue.readout import Deviation, PrintedEquation, Readout, trajectory
from livingdrug.core.source import Origin, Source
from livingdrug.model.builder import ModelBuilder
from livingdrug.model.model import Model

SOURCE = Source(
    doi="10.1016/j.jtbi.2017.09.031",
    authors=("Hoffman, F.", "Gavaghan, D.", "Osborne, J.", "Barrett, I. P.", "You, T.",
             "Ghadially, H.", "Sainson, R.", "Wilkinson, R. W.", "Byrne, H. M."),
    year=2018,
    title="A mathematical model of antibody-dependent cellular cytotoxicity (ADCC)",
    journal="Journal of Theoretical Biology",
    volume="436",
    pages="39-50",
    note="Equations and values are those of a transcription of the deposit BIOMD0000000802; the "
    "article was not opened.",
)  # fmt: skip

_SBML = "BIOMD0000000802"


@published(source=SOURCE, variants={"published": "the values of the deposit"})
def model(variant: str) -> Model:
    """Build the scaled model with the values of the deposit."""
    m = ModelBuilder(
        "hoffman2018",
        title="Antibody-dependent cellular cytotoxicity of NK cells",
        organism="in vitro",
        population="target cells, NK cells and antibody in one well, scaled",
        source=SOURCE,
        variant=variant,
        dimensions="strict",
    )
    for name, value, term, doc in (
        ("A", 1.0, "", "free antibody, relative to the start"),
        ("R", 0.0, "", "part of the receptors of a target cell that are bound"),
        ("S", 1.0, "tumor_burden", "target cells that survive, relative to the start"),
        ("C", 0.0, "", "complexes of a target cell and an NK cell"),
    ):
        m.species(name, initial=value, unit="1", nominal=1.0, term=term, origin=Origin.FIXED,
                  at=_SBML, doc=doc)  # fmt: skip
    for name, value, unit, doc in (
        ("a1", 0.001, "1/day", "binding of antibody"),
        ("a2", 1.44, "1/day", "release of antibody"),
        ("n", 0.0, "1", "exponent of the scale y"),
        ("v1", 120.0, "1/day", "formation of complexes"),
        ("u", 20.0, "1", "NK cells, relative to target cells at the start"),
        ("v2", 14.4, "1/day", "end of a complex without killing"),
        ("fk", 1.0, "1/day", "maximal killing rate of a complex"),
        ("rk", 0.5, "1", "bound receptors at half-maximal killing"),
    ):
        m.parameter(
            name, value, unit, origin=Origin.FIXED, at=_SBML, doc=doc,
            lower=float("-inf") if name == "n" else 0.0,
        )  # fmt: skip
    m.assign("y", "(a1 * quantity(1, 'day'))**n", "1", at=f"{_SBML}, y", doc="scale, e**n")
    m.assign("f", "fk * R / (R + rk)", "1/day", at=f"{_SBML}, f", doc="killing rate of a complex")
    for name, species, rate in (
        ("antibody_binding", "A ->", "a1 * (1 - R) * A * S"),
        ("antibody_release", "-> A", "a2 * y * R * S"),
        ("receptor_binding", "-> R", "a1 / y * (1 - R) * A"),
        ("receptor_release", "R ->", "a2 * R"),
        ("engagement", "-> C", "v1 * (u - C) * (S - C)"),
        ("disengagement", "C ->", "v2 * C"),
        ("killing", "C + S ->", "f * C"),  # a dead target cell is one of a complex
    ):
        m.reaction(name, species, rate=rate, at=_SBML)
    m.dose_stand_in("A", "the antibody is in the well at the start, and 1 by its scale")
    return m.build()


_RUN = "own integration, Radau at rtol 1e-12"

READOUTS = (
    # without killing A + R is 1, and R is the root of a1 (1 - R)^2 = a2 R
    Readout("bound receptors at balance, no killing", "value", "R", 6.93481610e-4, "1",
            "fixed point of the equations of the deposit", rtol=1e-6, day=100.0,
            values={"fk": 0.0}),
    Readout("complexes at balance, no killing", "value", "C", 0.993725917, "1",
            "fixed point of the equations of the deposit", rtol=1e-7, day=100.0,
            values={"fk": 0.0}),
    *trajectory(
        "course", (("A", "1"), ("R", "1"), ("S", "1"), ("C", "1")),
        (
            (0.01, 0.999990072, 9.92824532e-6, 0.999999901, 0.993725810),
            (1, 0.999471, 5.29505e-4, 0.999352, 0.993082),
            (10, 0.999306849, 6.93481460e-4, 0.987272, 0.981081809),
            (50, 0.999306849, 6.93481839e-4, 0.934387, 0.928544495),
            (100, 0.999306849, 6.93481839e-4, 0.872245, 0.866809),
        ),
        at=_RUN,
        rtol=5e-6,  # 6 digits or more; the loose run at 1e-6 collects some 1e-6
    ),
    *(item for name, number in (("R", 2.19445409e-5), ("S", 0.997851983))
      for item in trajectory("n = -0.5, course", ((name, "1"),), ((50, number),), at=_RUN,
                             rtol=5e-6, values={"n": -0.5})),
)  # fmt: skip

EQUATIONS = (
    PrintedEquation("A", "-a1 * (1 - R) * A * S + a2 * a1**n * R * S", f"{_SBML}, A"),
    PrintedEquation("R", "a1 / a1**n * (1 - R) * A - a2 * R", f"{_SBML}, R"),
    PrintedEquation("C", "v1 * (u - C) * (S - C) - v2 * C - fk * R / (R + rk) * C", f"{_SBML}, C"),
    PrintedEquation("S", "-fk * R / (R + rk) * C", f"{_SBML}, S"),
)

_DEVIATIONS = (  # what, instead, why
    ("a clock without a unit", "a day stands for one unit of it",
     "the deposit is scaled; what a unit is in hours is not in it (unconfirmed)"),
    ("f C in the equations of C and of S", "one reaction that takes a complex and its target cell",
     "they are the same event"),
    ("binding in the equations of A and R, with different factors", "a reaction in each",
     "A is scaled by the antibody and R by the receptors: no common extent"),
)  # fmt: skip
DEVIATIONS = tuple(Deviation(*row) for row in _DEVIATIONS)
