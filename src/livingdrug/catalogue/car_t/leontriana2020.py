"""CAR-T cells, leukaemia and healthy B cells as predator and prey (B-cell acute leukaemia).

CAR-T cells C expand on contact with any CD19-positive cell, leukaemic (L) or healthy (B), and kill
both at one rate. Once the prey is gone they fade with their lifetime; leukaemia that is left then
grows back, and with it the CAR-T cells. With ``rho_C = k alpha``:

    dC/dt = rho_C (L + B) C - C / tau_C                                              (Eq. 4a)
    dL/dt = rho_L L - alpha L C                                                      (Eq. 4b)
    dB/dt = -alpha B C - B / tau_B                                                   (Eq. 4c)

The variant ``eqs3`` adds the immature CD19-positive cells of the marrow, which mature into B cells
and stimulate CAR-T cells too. With ``I = I_0 / (1 + C / C_50)``:

    dC/dt = rho_C (L + B) C + rho_C beta I C - C / tau_C                             (Eq. 3a)
    dB/dt = I / tau_I - alpha B C - B / tau_B                                        (Eq. 3c)

Losses apart, every unit of prey that is killed becomes k CAR-T cells, so that the peak is near
``C(0) + k (L(0) + B(0))`` whatever the dose. The whole body in cells. Day 0 is the infusion, which
is the initial value of C; there is no cut-off, and between two waves C falls to some three cells,
where a real population would be gone. One set of constants: no variability, no residual error.

Leon-Triana O, Sabir S, Calvo GF, et al. Commun Nonlinear Sci Numer Simul 2021;94:105570.
doi:10.1016/j.cnsns.2020.105570
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from livingdrug.catalogue.entry import published
from livingdrug.catalogue.readout import Deviation, PrintedEquation, Readout, Take, trajectory
from livingdrug.core.source import Origin, Source
from livingdrug.model.builder import ModelBuilder
from livingdrug.model.model import Model

SOURCE = Source(
    doi="10.1016/j.cnsns.2020.105570",
    authors=(
        "Leon-Triana, Odelaisy",
        "Sabir, Soukaina",
        "Calvo, Gabriel F.",
        "Belmonte-Beitia, Juan",
        "Chulian, Salvador",
        "Martinez-Rubio, Alvaro",
        "others",
    ),
    year=2020,
    title=(
        "CAR T cell therapy in B-cell acute lymphoblastic leukaemia: insights from mathematical "
        "models"
    ),
    journal="Communications in Nonlinear Science and Numerical Simulation",
    volume="94 (2021)",
    pages="105570",
    note=(
        "The article was not opened. Equations and constants are those of the deposits "
        "BIOMD0000001011 (Eq. 4) and BIOMD0000001012 (Eq. 3); what the deposits do not say is "
        "(unconfirmed). The full model with stem cells and progenitors is not covered."
    ),
)

_DEPOSIT = "BIOMD0000001011 and BIOMD0000001012"
_MARROW = "BIOMD0000001012"


@published(
    source=SOURCE,
    variants={
        "eqs4": "Eq. 4: no source of B cells",
        "eqs3": (
            "Eq. 3: immature cells mature into B cells and stimulate CAR-T cells in proportion to "
            "their number (unconfirmed)"
        ),
        "sbml_eqs3": (
            "Eq. 3 as in BIOMD0000001012: immature cells bring CAR-T cells in at a rate that does "
            "not depend on how many there are"
        ),
    },
)
def model(variant: str) -> Model:
    """Build Eq. 4, or Eq. 3 with its source of B cells."""
    m = ModelBuilder(
        "leontriana2020",
        title="CAR-T cells, leukaemia and healthy B cells as predator and prey",
        organism="human",
        population="B-cell acute lymphoblastic leukaemia, one typical patient",
        source=SOURCE,
        variant=variant,
        dimensions="strict",
    )
    _species(m, variant)
    _parameters(m)
    m.assign(
        "rho_C", "k * alpha", "1/(cell*day)", at=_DEPOSIT,
        doc="expansion of CAR-T cells on contact with a CD19-positive cell",
    )  # fmt: skip
    _reactions(m)
    if variant != "eqs4":
        _marrow(m, as_deposited=variant == "sbml_eqs3")
    m.dose(
        "reinfusion", "cell", {"C": "dose"}, entity="CAR-T cells",
        at="abstract: re-challenge with stored CAR-T cells", doc="adds to the CAR-T cells",
    )  # fmt: skip
    m.dose_stand_in("C", "the infusion is the initial value of C, 1e7 cells")
    m.observable("car_t_cells", "C", "cell", at="Eq. 4a", doc="CAR-T cells of the body")
    m.observable("cd19_cells", "L + B", "cell", at="Eq. 4a", doc="CD19-positive cells of the body")
    return m.build()


def _species(m: ModelBuilder, variant: str) -> None:
    # all fall by many orders of magnitude and return; a source leaves no factor to integrate ln of
    logs = {"eqs4": "CLB", "eqs3": "CL", "sbml_eqs3": "L"}[variant]
    for name, initial, term, doc in (
        ("C", 1e7, "", "CAR-T cells of the body"),
        ("L", 5e10, "tumor_burden", "leukaemic cells of the body"),
        ("B", 2.5e10, "", "healthy mature B cells of the body"),
    ):
        m.species(
            name, initial=initial, unit="cell", count_per_unit=1.0, log_state=name in logs,
            term=term, origin=Origin.FIXED, at=_DEPOSIT, doc=doc,
        )  # fmt: skip


def _parameters(m: ModelBuilder) -> None:
    for name, value, unit, at, doc in (
        ("alpha", 4.5e-11, "1/(cell*day)", _DEPOSIT, "killing by a CAR-T cell"),
        ("k", 0.25, "1", _DEPOSIT, "CAR-T cells gained for each cell killed, losses apart"),
        ("rho_L", 1 / 30, "1/day", _DEPOSIT, "growth of leukaemia"),
        ("tau_C", 14.0, "day", _DEPOSIT, "lifetime of CAR-T cells"),
        ("tau_B", 60.0, "day", _DEPOSIT, "lifetime of B cells"),
    ):
        m.parameter(name, value, unit, origin=Origin.FIXED, at=at, lower=0.0, doc=doc)


def _reactions(m: ModelBuilder) -> None:
    for name, species, rate, at in (
        ("expansion", "-> C", "rho_C * (L + B) * C", "Eq. 4a"),
        ("car_t_death", "C ->", "C / tau_C", "Eq. 4a"),
        ("leukaemia_division", "-> L", "rho_L * L", "Eq. 4b"),
        ("leukaemia_killing", "L ->", "alpha * L * C", "Eq. 4b"),
        ("b_cell_killing", "B ->", "alpha * B * C", "Eq. 4c"),
        ("b_cell_death", "B ->", "B / tau_B", "Eq. 4c"),
    ):
        m.reaction(name, species, rate=rate, at=at)


def _marrow(m: ModelBuilder, *, as_deposited: bool) -> None:
    for name, value, unit, doc in (
        ("I_0", 1e7, "cell", "immature CD19-positive cells without CAR-T cells"),
        ("C_50", 1e9, "cell", "CAR-T cells that halve the immature ones"),
        ("tau_I", 6.0, "day", "time that immature cells take to mature"),
        ("beta", 0.1, "1", "stimulation by an immature cell, relative to a mature one"),
    ):
        m.parameter(name, value, unit, origin=Origin.FIXED, at=_MARROW, lower=0.0, doc=doc)
    m.assign("I", "I_0 / (1 + C / C_50)", "cell", at="Eq. 3", doc="immature CD19-positive cells")
    m.reaction("maturation", "-> B", rate="I / tau_I", at="Eq. 3c")
    driver = "quantity(1, 'cell')" if as_deposited else "C"
    m.reaction("marrow_stimulation", "-> C", rate=f"rho_C * beta * I * {driver}", at="Eq. 3a")


_RUN = "own integration, DOP853 at rtol 1e-12"
_RHO = {"rho_L": 0.03333333333}  # as the deposit stores it
# printed to 7 digits or more: what the loose run at 1e-6 collects until day 200, and until day 400
_PRINTED, _GROWN = 2e-5, 1e-4
_COLUMNS = (("C", "cell"), ("L", "cell"), ("B", "cell"))


def _one(
    label: str, take: Take, of: str, equals: float, period: tuple[float, float],
    *, rtol: float = 0.0, atol: float = 0.0, variant: str = "eqs4", at: str = "",
    values: Mapping[str, float] = _RHO,
) -> Readout:  # fmt: skip
    """Make a read-out of an extreme, of the own run unless a place in the source is given."""
    return Readout(
        label, take, of, equals, "day" if "day" in take else "cell", at or _RUN, rtol=rtol,
        atol=atol, witness="source" if at else "independent run", start=period[0], end=period[1],
        values=values, variant=variant,
    )  # fmt: skip


def _peak(dose: float, height: float, day: float) -> Iterator[Readout]:
    values = _RHO | {"C": dose}
    name = f"C(0) {dose:g}"
    yield _one(f"{name}: peak", "maximum", "C", height, (0, 30), rtol=1e-5, values=values)
    # printed to 0.001 day; the maximum is flat, and values good to 1e-8 place it to 0.0005 day
    yield _one(f"{name}: its day", "day of maximum", "C", day, (0, 30), atol=2e-3, values=values)


READOUTS = (
    Readout("rho_C", "expression", "rho_C", 1.125e-11, "1/(cell*day)", _DEPOSIT, rtol=1e-12),
    # the source gives no number for "not critically"; ours is a tenth, over a 200-fold dose
    *(
        _one(
            f"C(0) {dose:g}: the dose does not critically affect the outcome", "maximum", "C",
            1.64e10, (0, 30), rtol=0.1, at="abstract", values={"C": dose},
        )
        for dose in (5e5, 1e8)
    ),
    # C(0) + k (L(0) + B(0)) neglects the losses, which take 12.6 %
    _one("leading order of the peak", "maximum", "C", 1.876e10, (0, 30), rtol=0.13),
    *_peak(5e5, 1.78877e10, 15.208),
    *_peak(1e6, 1.75336e10, 14.530),
    *_peak(5e6, 1.67335e10, 12.907),
    *_peak(1e7, 1.64010e10, 12.186),
    *_peak(5e7, 1.56798e10, 10.444),
    *_peak(1e8, 1.54126e10, 9.656),
    *trajectory(
        "deposited constants",
        _COLUMNS,
        (
            (5, 5.5793543e8, 5.7315783e10, 2.2318788e10),
            (10, 1.3308702e10, 2.1217603e10, 6.4345633e9),
            (12, 1.6385894e10, 5.6893018e9, 1.5611775e9),
            (15, 1.4642419e10, 7.4929692e8, 1.769714e8),
            (20, 1.0419023e10, 5.3701947e7, 9.877921e6),
            (30, 5.1100245e9, 2.616591e6, 291920.2),
            (60, 5.9966884e8, 414717.28, 10323.779),
            (200, 27502.489, 3.0225855e7, 686.12586),
        ),
        at=_RUN,
        rtol=_PRINTED,
        values=_RHO,
        variant="eqs4",
    ),
    *(
        item
        for rtol, row in (
            (_GROWN, (400, 51.511997, 2.3750215e10, 24.476421)),
            (5e-4, (600, 261581.47, 1.0533825e7, 4.92858e-7)),  # after a second wave
        )
        for item in trajectory(
            "deposited constants", _COLUMNS, (row,), at=_RUN, rtol=rtol, values=_RHO,
            variant="eqs4",
        )
    ),
    _one("fewest leukaemic cells", "minimum", "L", 4.10706e5, (0, 200), rtol=2e-5),
    _one("day of fewest leukaemic cells", "day of minimum", "L", 57.04, (0, 200), atol=0.01),
    Readout(
        "leukaemia is back at a tenth of its start", "first day above", "L", 353.26, "day", _RUN,
        atol=0.01, witness="independent run", start=60.0, end=430.0, level=5e9, values=_RHO,
        variant="eqs4",
    ),
    _one("second peak of CAR-T cells", "maximum", "C", 1.67757e10, (300, 600), rtol=1e-4),
    _one("day of the second peak", "day of maximum", "C", 443.51, (300, 600), atol=0.01),
    _one("third wave of leukaemia", "maximum", "L", 7.71e10, (700, 1000), rtol=1e-3),
    _one("day of the third wave", "day of maximum", "L", 868.2, (700, 1000), atol=0.1),
    *trajectory(
        "I_0 1e7",
        _COLUMNS,
        (
            (12, 1.6387898e10, 5.6854335e9, 1.5608951e9),
            (60, 6.0063587e8, 413721.96, 1.0001306e7),
            (200, 30235.07, 3.0096369e7, 8.8675047e7),
        ),
        at=_RUN,
        rtol=_PRINTED,
        variant="eqs3",
    ),
    *trajectory(
        "I_0 1e7", _COLUMNS, ((400, 68.176889, 2.3648422e10, 9.9595873e7),),
        at=_RUN, rtol=_GROWN, variant="eqs3",
    ),
    *(
        _one(label, "maximum", "C", height, (200, 700), rtol=rtol, variant="eqs3", values=values)
        for label, height, rtol, values in (
            ("second peak, I_0 1e7", 1.653e10, 5e-4, {"I_0": 1e7}),
            ("second peak, I_0 3e8, C(0) 1e8", 9.04e9, 5e-4, {"I_0": 3e8, "C": 1e8}),
            ("second peak, I_0 5e8, C(0) 1e8", 4.93e9, 1e-3, {"I_0": 5e8, "C": 1e8}),
        )
    ),
    *(
        _one(label, "day of maximum", "C", day, (200, 700), atol=room, variant="eqs3",
             values={"I_0": influx, "C": 1e8})
        for label, day, room, influx in (
            ("its day, I_0 3e8", 413.0, 0.5, 3e8),
            ("its day, I_0 5e8", 404.5, 0.05, 5e8),
        )
    ),
    *trajectory(
        "as deposited",
        _COLUMNS,
        (
            (60, 6.0055035e8, 413811.52, 1.0002093e7),
            (200, 30185.623, 3.0105925e7, 8.8675941e7),
        ),
        at=_RUN,
        rtol=_PRINTED,
        variant="sbml_eqs3",
    ),
)  # fmt: skip

_C = "k * alpha * (L + B) * C - C / tau_C"
_SOURCE_B = "(I_0 / tau_I) / (1 + C / C_50) - alpha * B * C - B / tau_B"

EQUATIONS = (
    PrintedEquation("C", _C, "Eq. 4a", "eqs4"),
    PrintedEquation("B", "-alpha * B * C - B / tau_B", "Eq. 4c", "eqs4"),
    PrintedEquation("L", "rho_L * L - alpha * L * C", "Eq. 3b and 4b"),
    PrintedEquation("C", f"{_C} + k * alpha * beta * I_0 / (1 + C / C_50) * C", "Eq. 3a", "eqs3"),
    PrintedEquation("B", _SOURCE_B, "Eq. 3c", "eqs3"),
    PrintedEquation("C", f"{_C} + k * alpha * beta * I_0 / (1 + C / C_50)", _MARROW, "sbml_eqs3"),
    PrintedEquation("B", _SOURCE_B, "Eq. 3c", "sbml_eqs3"),
)

DEVIATIONS = (
    Deviation(
        "BIOMD0000001012: stimulation by immature cells without the factor C",
        "with the factor C; the deposit is the variant 'sbml_eqs3'",
        "a rate constant per cell and day times cells is no number of cells per day; an "
        "independent rebuild of the paper has the factor (unconfirmed). With I_0 1e7 the two "
        "differ by 0.3 % at most until day 400",
    ),
    Deviation(
        "rho_L 0.03333333333 1/day (both deposits)",
        "1/30 1/day",
        "the stored number is 1/30 rounded; that moves no state by more than 1e-8 until day 400",
    ),
    Deviation(
        "C(0) 5e5, 1.5e6 and 4.5e6 cells (Fig. 3a), k 0.05 (Fig. 3b), I_0 3e8 and 5e8 cells "
        "(Fig. 7), all (unconfirmed)",
        "the deposited 1e7 cells, 0.25 and 1e7 cells unless given",
        "those of the figures come from a rebuild by somebody else",
    ),
    Deviation(
        "re-challenge with stored CAR-T cells, whose amount and day were not seen",
        "the dose 'reinfusion', which adds to C",
        "so that one can be given; the first infusion is the initial value, as in the source",
    ),
    Deviation(
        "continuous numbers of cells at all times",
        "the same, without a cut-off",
        "the source has none, although C falls to 2.6 cells before leukaemia returns",
    ),
)
