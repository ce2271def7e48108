"""CD19 CAR-T cells, leukaemia and cytokines of two people with CLL (UPN1 and UPN3).

Effector cells E expand on contact with leukaemic B cells, kill them and release cytokines;
effector cells become memory cells M where antigen is gone, memory cells return to effector cells
where it is there. Both exchange between blood and tissue (index t). IL-10 damps the release of
interferon gamma. With ``f = B / (B + h)`` (Eq. 9) and ``Fd = a_G + (1 - a_G) b_G / (IL10 + b_G)``:

    dB/dt   = (r_B - d_B) B - K_BC E B                                             (Eq. 1)
    dIL6/dt = d_IL6 (IL6_0 - IL6) + P_IL6 B E;  IL-10 alike                        (Eq. 2, 3)
    dIFNg/dt = d_IFNg (IFNg_0 - IFNg) + P_IFNg B E Fd                              (Eq. 4)
    dE/dt   = r_E E B - d_E E - k_in E + k_out Et - a_E E (1 - f) + a_M M f        (Eq. 5)
    dM/dt   = (r_M - d_M) M - k_in M + k_out Mt + a_E E (1 - f) - a_M M f          (Eq. 7)
    dEt/dt  = k_in E - k_out Et,   dMt/dt = k_in M - k_out Mt                      (Eq. 6, 8)

Cells are counted in 1e9 (Gcell). The infusions go into E as a bolus each: 10 % of the dose on
day 0, 30 % on day 1, 60 % on day 2; in all 1.1e9 cells (UPN1) and 1.4e7 cells (UPN3). Memory
cells are absent at the start. Two people were fitted one by one: no variability between people,
no residual error. The expansion rate carries the burden, the infusion only starts it: a burden
from half to twice moves the peaks 6 to 155 fold, a dose from half to twice less than 4 %.

With h = 1e5 Gcell the switch f is 0 throughout (see the deviations).

Hardiansyah D, Ng CM. Clin Transl Sci 2019;12:343-349. doi:10.1111/cts.12636
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from livingdrug.catalogue.entry import published
from livingdrug.catalogue.readout import Deviation, PrintedEquation, Readout, Take, trajectory
from livingdrug.core.source import Origin, Source
from livingdrug.model.builder import ModelBuilder
from livingdrug.model.model import Model
from livingdrug.model.regimen import Dose, Regimen

SOURCE = Source(
    doi="10.1111/cts.12636",
    authors=("Hardiansyah, D.", "Ng, C. M."),
    year=2019,
    title=("Quantitative systems pharmacology model of chimeric antigen receptor T-cell therapy"),
    journal="Clinical and Translational Science",
    volume="12",
    pages="343-349",
    note=(
        "The supplement (equations 1 to 9, Tables S1 and S2) was read through a transcription "
        "(nlmixr2lib), which also read the figures. The deposit MODEL2009230001 is not used: it "
        "holds numbers of cells with rate constants per 1e9 cells and a constant infusion. The "
        "baselines of the cytokines are printed nowhere (unconfirmed)."
    ),
)

_PER_CONTACT = "pg/uL/(Pcell*cell)/day"
_PATIENT: dict[str, dict[str, float]] = {
    "upn1": {
        "P_IL6": 1.8e-3, "P_IL10": 7e-4, "P_IFNg": 3e-4, "r_E": 16.16, "d_E": 23.04,
        "a_E": 0.024, "K_BC": 0.19, "IL6": 1.7, "IL10": 4.5, "IFNg": 2.3, "B": 4.14,
        "dose": 1.1e9,
    },
    "upn3": {
        "P_IL6": 6e-3, "P_IL10": 1.7e-2, "P_IFNg": 6e-3, "r_E": 14.40, "d_E": 1.44,
        "a_E": 0.12, "K_BC": 2.21, "IL6": 1.0, "IL10": 0.5, "IFNg": 1.7, "B": 0.93,
        "dose": 1.4e7,
    },
}  # fmt: skip


@published(
    source=SOURCE,
    variants={
        "upn1": "patient UPN1: 4.14e9 leukaemic cells in blood, 1.1e9 CAR-T cells",
        "upn3": "patient UPN3: 9.3e8 leukaemic cells in blood, 1.4e7 CAR-T cells",
        "upn1_eq7_printed": "UPN1 with Eq. 7 as printed; there are never any memory cells",
    },
)
def model(variant: str) -> Model:
    """Build the model of one patient."""
    patient = variant.removesuffix("_eq7_printed")
    m = ModelBuilder(
        "hardiansyah2019",
        title="CD19 CAR-T cells and cytokines in chronic lymphocytic leukaemia",
        organism="human",
        population=f"advanced chronic lymphocytic leukaemia, patient {patient.upper()}",
        source=SOURCE,
        variant=variant,
        dimensions="strict",
    )
    own = _PATIENT[patient]
    _species(m, own)
    _parameters(m, own)
    m.assign("f", "B / (B + h)", "1", at="Eq. 9", doc="antigen switch")
    m.assign(
        "Fd", "a_G + (1 - a_G) * b_G / (IL10 + b_G)", "1", at="Eq. 4",
        doc="what IL-10 leaves of the release of interferon gamma",
    )  # fmt: skip
    _cells(m, as_printed=variant == "upn1_eq7_printed")
    _cytokines(m)
    m.dose(
        "infusion", "cell", {"E": "dose * quantity(1e-9, 'Gcell/cell')"},
        entity="CAR-T cells", typical=own["dose"],
        at="supplement, data: 10, 30 and 60 % of it on days 0, 1 and 2",
    )  # fmt: skip
    m.observable("car_t", "E + M", "Gcell", at="Fig. 1b", doc="CAR-T cells in blood")
    return m.build()


def _species(m: ModelBuilder, own: dict[str, float]) -> None:
    m.species(
        "B", initial=own["B"], unit="Gcell", count_per_unit=1e9, term="tumor_burden",
        origin=Origin.LITERATURE, at="Fig. 2, caption", doc="leukaemic B cells in blood",
    )  # fmt: skip
    for name, doc in (
        ("E", "effector CAR-T cells in blood"),
        ("Et", "effector CAR-T cells in tissue"),
        ("M", "memory CAR-T cells in blood"),
        ("Mt", "memory CAR-T cells in tissue"),
    ):
        m.species(
            name, initial=0.0, unit="Gcell", count_per_unit=1e9, origin=Origin.FIXED,
            at="supplement", doc=doc,
        )  # fmt: skip
    for name, term, doc in (
        ("IL6", "il6_serum", "interleukin 6"),
        ("IL10", "", "interleukin 10"),
        ("IFNg", "ifng_serum", "interferon gamma"),
    ):
        m.species(
            name, initial=own[name], unit="pg/mL", nominal=1.0, term=term,
            origin=Origin.DERIVED, at=f"{name}_0", doc=doc,
        )  # fmt: skip
        m.initial(name, f"{name}_0")


def _parameters(m: ModelBuilder, own: dict[str, float]) -> None:
    shared: tuple[tuple[str, float, str, str], ...] = (
        ("r_B", 9.30e-3, "1/day", "division rate of leukaemic cells"),
        ("d_B", 7.60e-3, "1/day", "death rate of leukaemic cells"),
        ("r_M", 5.09e-2, "1/day", "division rate of memory cells"),
        ("d_M", 0.408, "1/day", "death rate of memory cells"),
        ("a_M", 1.0, "1/day", "rate from memory to effector cells at full antigen"),
        ("k_in", 76.78, "1/day", "rate from blood to tissue"),
        ("k_out", 1.84, "1/day", "rate from tissue to blood"),
        ("h", 1e5, "Gcell", "leukaemic cells at half of the switch; see the deviations"),
        ("d_IL6", 3.96, "1/day", "loss rate of IL-6"),
        ("d_IL10", 4.68, "1/day", "loss rate of IL-10"),
        ("d_IFNg", 1.51, "1/day", "loss rate of interferon gamma"),
        ("a_G", 0.59, "1", "release of interferon gamma under much IL-10"),
        ("b_G", 650.0, "pg/mL", "IL-10 at half of its effect"),
    )
    for name, value, unit, doc in shared:
        m.parameter(name, value, unit, origin=Origin.LITERATURE, at="Table S1", lower=0.0, doc=doc)
    fitted: tuple[tuple[str, str, str], ...] = (
        ("P_IL6", _PER_CONTACT, "release of IL-6"),
        ("P_IL10", _PER_CONTACT, "release of IL-10"),
        ("P_IFNg", _PER_CONTACT, "release of interferon gamma"),
        ("r_E", "1/(Gcell*day)", "expansion rate of effector cells on contact"),
        ("d_E", "1/day", "death rate of effector cells"),
        ("a_E", "1/day", "rate from effector to memory cells without antigen"),
        ("K_BC", "1/(Gcell*day)", "killing rate on contact"),
    )
    for name, unit, doc in fitted:
        m.parameter(
            name, own[name], unit, origin=Origin.ESTIMATED, at="Table S2", lower=0.0, doc=doc
        )
    for name in ("IL6", "IL10", "IFNg"):
        m.parameter(
            f"{name}_0", own[name], "pg/mL", origin=Origin.DIGITISED, lower=0.0,
            at="Fig. 1b, late plateau, read by the transcriber to 30 % (unconfirmed)",
            doc=f"baseline of {name}",
        )  # fmt: skip


def _cells(m: ModelBuilder, *, as_printed: bool) -> None:
    m.reaction("b_cell_division", "-> B", rate="r_B * B", at="Eq. 1")
    m.reaction("b_cell_death", "B ->", rate="d_B * B", at="Eq. 1")
    m.reaction("b_cell_killing", "B ->", rate="K_BC * E * B", at="Eq. 1")
    m.reaction("effector_expansion", "-> E", rate="r_E * E * B", at="Eq. 5")
    m.reaction("effector_death", "E ->", rate="d_E * E", at="Eq. 5")
    m.reaction("effector_to_tissue", "E -> Et", rate="k_in * E", at="Eq. 5 and 6")
    m.reaction("effector_to_blood", "Et -> E", rate="k_out * Et", at="Eq. 5 and 6")
    leaving = "a_E * E * (1 - f)"
    if as_printed:
        m.reaction("memory_formation", "E ->", rate=leaving, at="Eq. 5")
        m.reaction("memory_gain", "-> M", rate="a_E * M * (1 - f)", at="Eq. 7 as printed")
    else:
        m.reaction("memory_formation", "E -> M", rate=leaving, at="Eq. 5, Fig. 1a")
    m.reaction("reactivation", "M -> E", rate="a_M * M * f", at="Eq. 5 and 7")
    m.reaction("memory_division", "-> M", rate="r_M * M", at="Eq. 7")
    m.reaction("memory_death", "M ->", rate="d_M * M", at="Eq. 7")
    m.reaction("memory_to_tissue", "M -> Mt", rate="k_in * M", at="Eq. 7 and 8")
    m.reaction("memory_to_blood", "Mt -> M", rate="k_out * Mt", at="Eq. 7 and 8")


def _cytokines(m: ModelBuilder) -> None:
    contact = "quantity(1e6, 'pg/mL/Gcell**2*uL*Pcell*cell/pg') * B * E"
    for name, label, damping, at in (
        ("IL6", "il6", "", "Eq. 2"),
        ("IL10", "il10", "", "Eq. 3"),
        ("IFNg", "ifng", " * Fd", "Eq. 4"),
    ):
        m.reaction(f"{label}_baseline", f"-> {name}", rate=f"d_{name} * {name}_0", at=at)
        m.reaction(f"{label}_release", f"-> {name}", rate=f"P_{name} * {contact}{damping}", at=at)
        m.reaction(f"{label}_loss", f"{name} ->", rate=f"d_{name} * {name}", at=at)


Patient = Literal["upn1", "upn3"]
_RUN = "own integration, LSODA at rtol 1e-11"


def _split(patient: Patient, factor: float = 1.0) -> tuple[Dose, ...]:
    total = factor * _PATIENT[patient]["dose"]
    return Regimen.split(total, "cell", fractions=(0.1, 0.3, 0.6), days=(0, 1, 2)).doses


def _readout(
    patient: Patient, take: Take, of: str, equals: float, rtol: float, atol: float = 0.0,
    at: str = _RUN, day: float = 0.0, end: float = 120.0,
) -> Readout:  # fmt: skip
    """Make a read-out of one patient; what figures and text show is the source's."""
    unit = "pg/mL" if of.startswith("I") else "Gcell"
    return Readout(
        f"{patient}, {take} of {of}" + (f" on day {day:g}" if day else "")
        + ("" if at == _RUN else f" ({at})"),
        take, of, equals, {"day of maximum": "day", "auc": "Gcell*day"}.get(take, unit), at,
        rtol, atol, "independent run" if at == _RUN else "source", day, end=end,
        variant=patient, doses=_split(patient),
    )  # fmt: skip


def _sweep(
    of: str, equals: float, rtol: float, burden: float = 1.0, dose: float = 1.0, h: float = 1e5
) -> Readout:
    """Make a read-out of UPN1 with another burden, dose or switch."""
    return Readout(
        f"upn1, maximum of {of} at {burden:g} times the burden, {dose:g} times the dose, h {h:g}",
        "maximum", of, equals, "pg/mL" if of == "IL6" else "Gcell", _RUN, rtol,
        witness="independent run", end=120.0, values={"B": 4.14 * burden, "h": h},
        variant="upn1", doses=_split("upn1", dose),
    )  # fmt: skip


def _figures(patient: Patient, *peaks: tuple[str, float]) -> Iterator[Readout]:
    for of, equals in peaks:
        # reading a curve off an axis of six decades is worth a factor of 1.5
        yield _readout(patient, "maximum", of, equals, 0.25, at="Fig. 1b, digitised")


def _peaks(patient: Patient, *peaks: tuple[str, float, float]) -> Iterator[Readout]:
    for of, equals, day in peaks:
        # printed to 6 digits or more; the loose run at 1e-6 moves a peak by some 1e-6
        yield _readout(patient, "maximum", of, equals, 1e-5)
        # a point of that run's output grid, up to 0.0013 day away; for M printed to 0.01 day
        yield _readout(patient, "day of maximum", of, day, 0.0, 0.006 if of == "M" else 0.0015)


_COLUMNS = (
    *((name, "Gcell") for name in ("B", "E", "Et", "M", "Mt")),
    *((name, "pg/mL") for name in ("IL6", "IL10", "IFNg")),
)


def _course(patient: Patient, *rows: tuple[float, ...], rtol: float = 1e-5) -> Iterator[Readout]:
    # printed to 7 digits or more; the loose run at 1e-6 collects some 1e-6
    label = f"{patient}, reference"
    doses = _split(patient)
    return trajectory(
        label, _COLUMNS, rows, at=_RUN, rtol=rtol, variant=patient, doses=doses
    )  # fmt: skip


READOUTS = (
    *_figures("upn1", ("car_t", 2.3), ("M", 7.0e-3), ("IL6", 2800.0), ("IFNg", 700.0)),
    *_figures("upn3", ("car_t", 0.12), ("M", 7.5e-3), ("IL6", 50.0), ("IL10", 150.0)),
    *_figures("upn3", ("IFNg", 110.0)),
    # read off a linear axis up to 5
    _readout("upn1", "value", "B", 0.30, 0.0, 0.05, "Fig. S1, digitised", 50.0),
    _readout("upn1", "value", "B", 0.45, 0.0, 0.05, "Fig. S1, digitised", 350.0),
    *(  # "between 15 and 23 days postinfusion"
        _readout("upn3", "day of maximum", of, 19.0, 0.0, 4.0, "Results")
        for of in ("IL6", "IL10", "IFNg")
    ),
    *_peaks("upn1", ("car_t", 2.5497705, 3.827), ("M", 7.3444906e-3, 13.79)),
    *_peaks("upn1", ("IL6", 2747.56, 3.249), ("IL10", 915.306, 3.211), ("IFNg", 828.42, 3.590)),
    *_peaks("upn3", ("car_t", 0.096898672, 27.206), ("M", 7.1838305e-3, 73.17)),
    *_peaks("upn3", ("IL6", 49.3097, 19.247), ("IL10", 116.367, 19.209), ("IFNg", 119.595, 19.640)),
    # printed to 5 digits; the last one of UPN3 is 1 too low (two integrators agree on 1.06820)
    _readout("upn1", "auc", "car_t", 14.592, 1e-4, end=28.0),
    _readout("upn3", "auc", "car_t", 1.0681, 1.5e-4, end=28.0),
    # to the digits printed, and not below the 1e-5 that the loose run collects
    _sweep("IL6", 189.8, 3e-4, burden=0.5),
    _sweep("IL6", 10715.8, 1e-5, burden=1.5),
    _sweep("IL6", 29706.0, 2e-5, burden=2.0),
    _sweep("IL6", 2730.6, 2e-5, dose=0.5),
    _sweep("IL6", 2787.9, 2e-5, dose=2.0),
    _sweep("car_t", 0.679, 1e-3, burden=0.5),
    _sweep("car_t", 33.64, 2e-4, burden=2.0),
    # two other readings of h, from the run of the transcription
    _sweep("M", 0.00228830, 1e-5, h=0.5),
    _sweep("M", 7.7e-7, 7e-3, h=1e-4),
    Readout(
        "upn1, memory cells with Eq. 7 as printed", "maximum", "M", 0.0, "Gcell", "Eq. 7",
        atol=1e-15, end=120.0, variant="upn1_eq7_printed", doses=_split("upn1"),
    ),
    *_course(
        "upn1",
        (2.5, 3.3778205, 1.6162129, 40.531378, 0.0010803106, 0.024926996, 2045.9643, 700.10097,
         530.50934),
        (5, 1.1203213, 2.2161512, 98.2095, 0.0044667206, 0.1589317, 1332.664, 431.27207, 575.5219),
        (14, 0.29249414, 0.12502725, 6.4393772, 0.0073440486, 0.3062466, 20.059209, 10.445163,
         11.939547),
    ),
    *_course(  # effector cells are printed to 4 digits here, which are 0.6 of one cell
        "upn1",
        (100, 0.31643651, 6.568e-10, 2.750e-8, 0.0036714349, 0.15389854, 1.7, 4.5, 2.3),
        rtol=1e-4,
    ),
    *_course(
        "upn3",
        (5, 0.93123156, 0.0014402227, 0.051076986, 1.1048665e-5, 3.7177342e-4, 2.878586,
         5.0567893, 6.0741407),
        (20, 0.44677236, 0.069875775, 2.7348366, 0.00103944, 0.039126266, 48.702282, 114.7562,
         119.27786),
        (50, 0.0029985438, 0.049493696, 2.1051477, 0.0063717492, 0.26393577, 1.2333208,
         1.0561338, 2.3520632),
    ),
)  # fmt: skip

_MEMORY = (
    "(r_M - d_M) * M - k_in * M + k_out * Mt + a_E * {} * (1 - B / (B + h)) - a_M * M * B / (B + h)"
)

EQUATIONS = (
    PrintedEquation("B", "r_B * B - d_B * B - K_BC * E * B", "Eq. 1"),
    PrintedEquation("IL6", "d_IL6 * IL6_0 + 1e6 * P_IL6 * B * E - d_IL6 * IL6", "Eq. 2"),
    PrintedEquation("IL10", "d_IL10 * IL10_0 + 1e6 * P_IL10 * B * E - d_IL10 * IL10", "Eq. 3"),
    PrintedEquation(
        "IFNg",
        "d_IFNg * IFNg_0 + 1e6 * P_IFNg * B * E * (a_G + (1 - a_G) * b_G / (IL10 + b_G))"
        " - d_IFNg * IFNg",
        "Eq. 4",
    ),
    PrintedEquation(
        "E",
        "r_E * E * B - d_E * E - k_in * E + k_out * Et - a_E * E * (1 - B / (B + h))"
        " + a_M * M * B / (B + h)",
        "Eq. 5 and 9",
    ),
    PrintedEquation("Et", "k_in * E - k_out * Et", "Eq. 6"),
    PrintedEquation("M", _MEMORY.format("E"), "Eq. 7, gain from E (Fig. 1a)", "upn1"),
    PrintedEquation("M", _MEMORY.format("E"), "Eq. 7, gain from E (Fig. 1a)", "upn3"),
    PrintedEquation("M", _MEMORY.format("M"), "Eq. 7 as printed", "upn1_eq7_printed"),
    PrintedEquation("Mt", "k_in * M - k_out * Mt", "Eq. 8"),
)

DEVIATIONS = (
    Deviation(
        "Eq. 7 with the gain a_E M (1 - f)",
        "a_E E (1 - f), what Eq. 5 takes from E; the print is the variant 'upn1_eq7_printed'",
        "Fig. 1a labels the arrow so, and as printed there are never any memory cells",
    ),
    Deviation(
        "h of 1e5 cells/mL",
        "1e5 in the cell unit of the model, 1e9 cells",
        "only so the memory peak of Fig. 1b comes out (7.3e-3 beside 7.0e-3); 1e5 cells/mL in 5 L "
        "of blood (h = 0.5 Gcell) give 2.3e-3, 1e5 cells (h = 1e-4) give 7.7e-7. It leaves the "
        "antigen switch without effect",
    ),
    Deviation("b_G of 650 ng", "650 pg/mL", "the unit of the IL-10 it is added to"),
    Deviation(
        "unit label of a_E that does not fit",
        "1/day",
        "the only unit in which Eq. 5 adds up",
    ),
    Deviation(
        "baselines of the cytokines not printed",
        "read off Fig. 1b by the transcriber, to about 30 % (unconfirmed)",
        "the equations need them as production; they do not touch the cells",
    ),
    Deviation(
        "IL-10 peak of UPN1 near 550 pg/mL (Fig. 1b)",
        "915 pg/mL follow from Table S2 and are kept",
        "not explained: rounding of P_IL10, 7e-4, allows 7 %; the other peaks agree",
    ),
    Deviation(
        "inflammatory response between 15 and 23 days after the infusion (Results)",
        "days 19 to 20 in UPN3, but days 3 to 4 in UPN1",
        "follows from the printed values; the sentence fits UPN3 only",
    ),
    Deviation(
        "release per contact in pg/uL per 1e15 cell^2",
        "the same numbers with a factor 1e6 to pg/mL per (1e9 cells)^2",
        "conversion of units",
    ),
)
