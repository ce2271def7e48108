"""Targeted radionuclide therapy and CS1 CAR-T cells against multiple myeloma of mice.

Myeloma cells N_T grow exponentially, are irradiated, which turns them into doomed cells N_R that
still count, and are killed by CAR-T cells N_C as in CARRGO. With the activity A in the mouse and
the dose rate ``R = eta A``:

    dN_T/dt = rho N_T - alpha_T R N_T - k1 N_T N_C                              (Eq. 1)
    dN_R/dt = alpha_T R N_T - k1 N_R N_C - k_cl N_R                             (Eq. 2)
    dN_C/dt = k2 (N_T + N_R) N_C - alpha_C R N_C - theta N_C                    (Eq. 3)
    R(t) = eta A0 exp(-lambda (t - t_TRT)) from the day of injection on         (Eq. 4)

The exponential of Eq. 4 is written as an activity that decays, so that injections add up. The
alpha emitter has no quadratic term (beta is 0).

Day 0 is the graft, not the infusion; the first therapy is on day 7. The source reads the day of
the lowest burden N_T + N_R, the end of the time below the burden of day 7 (progression-free), and
the day of 1e11 cells (overall survival). Do not read the model beyond that day: k2 N_T explodes
above some 1e13 cells, and CAR-T cells "cure".

Adhikarla V, Awuah D, Brummer AB, et al. Cancers 2021;13:5171. doi:10.3390/cancers13205171
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from livingdrug.catalogue.entry import published
from livingdrug.catalogue.readout import Deviation, PrintedEquation, Readout, Take, trajectory
from livingdrug.core.source import Origin, Source
from livingdrug.model.builder import ModelBuilder
from livingdrug.model.model import Model
from livingdrug.model.regimen import Dose

SOURCE = Source(
    doi="10.3390/cancers13205171",
    authors=("Adhikarla, Vikram", "Awuah, Dennis", "Brummer, Alexander B.", "Caserta, Enrico",
             "Krishnan, Amrita", "Pichiorri, Flavia", "Minnix, Megan", "Shively, John E.",
             "Wong, Jeffrey Y. C.", "Wang, Xiuli", "Rockne, Russell C."),
    year=2021,
    title="A mathematical modeling approach for targeted radionuclide and chimeric antigen "
    "receptor T cell combination therapy",
    journal="Cancers",
    volume="13",
    pages="5171",
    licence="CC-BY-4.0",
    note="Values are those of Table 1, read-outs of Table 2; the authors' code "
    "(cohmathonc/TRT-and-CAR-T-cell-combination-therapy, commit b4375d3) was read for the clock "
    "of the decay. The numbers of Eq. 1 to 3 are (unconfirmed).",
)  # fmt: skip

_TABLE = "Table 1"


@published(
    source=SOURCE,
    variants={
        "published": "decay of the radionuclide counted from its injection, as in the code",
        "printed_decay": "Eq. 4 as printed, exp(-lambda t): the decay counted from the graft",
    },
)
def model(variant: str) -> Model:
    """Build the model with the constants of Table 1."""
    m = ModelBuilder(
        "adhikarla2021",
        title="Targeted radionuclide therapy and CAR-T cells in myeloma of mice",
        organism="mouse",
        population="mice with MM1S multiple myeloma, CS1 CAR-T cells",
        source=SOURCE,
        variant=variant,
        dimensions="strict",
    )
    _species(m)
    _parameters(m)
    printed = variant == "printed_decay"
    since_graft = " * exp(-decay * time)" if printed else ""
    m.assign("R", "eta * A" + since_graft, "Gy/day", at="Eq. 4", doc="dose rate in the tumour")
    m.assign("burden", "N_T + N_R", "cell", at="Table 2", doc="all myeloma cells")
    _reactions(m)
    if not printed:
        m.reaction("radioactive_decay", "A ->", rate="decay * A", at="Eq. 4")
    m.event(
        "survival_limit", {}, when="N_T + N_R > N_limit", at="Table 2: survival ends at 1e11 cells"
    )
    m.dose("infusion", "cell", {"N_C": "dose"}, entity="CAR-T cells", typical=1e6,
           at="authors' code, N_C0: 1e6 cells, on day 7 when first")  # fmt: skip
    m.dose("radionuclide", "uCi", {"A": "dose"}, entity="actinium-225 on an antibody",
           typical=0.1, at="regimens of Table 2: 100 nCi, on day 7 when first")  # fmt: skip
    m.observable(
        "car_t_cells", "N_C", "cell", term="car_t_tumor", at="Eq. 3",
        doc="CAR-T cells at the tumour",
    )  # fmt: skip
    m.observable(
        "myeloma_cells",
        "burden",
        "cell",
        term="tumor_burden",
        at="Table 2",
        doc="all myeloma cells",
    )
    return m.build()


def _species(m: ModelBuilder) -> None:
    m.species(
        "N_T", initial=5e6, unit="cell", count_per_unit=1.0,
        log_state=True,  # grows by orders of magnitude
        origin=Origin.FIXED, at="regimens of Table 2 (place unconfirmed); see the deviations",
        doc="live myeloma cells",
    )  # fmt: skip
    for name, doc in (("N_R", "irradiated myeloma cells"), ("N_C", "CAR-T cells at the tumour")):
        m.species(
            name, initial=0.0, unit="cell", count_per_unit=1.0, origin=Origin.FIXED,
            at="0 at the graft", doc=doc,
        )  # fmt: skip
    m.species(
        "A", initial=0.0, unit="uCi", nominal=0.1, origin=Origin.FIXED, at="0 at the graft",
        doc="activity in the mouse; in the variant printed_decay the activity given",
    )  # fmt: skip


def _parameters(m: ModelBuilder) -> None:
    for name, value, unit, origin, doc in (
        ("decay", 0.07, "1/day", Origin.FIXED, "effective decay rate of the radionuclide"),
        ("rho", 0.27, "1/day", Origin.ESTIMATED, "growth rate of myeloma cells"),
        ("k_cl", 0.5, "1/day", Origin.ESTIMATED, "clearance of irradiated cells"),
        ("k1", 4.49e-7, "1/(cell*day)", Origin.ESTIMATED, "killing by CAR-T cells"),
        ("k2", 3.6e-13, "1/(cell*day)", Origin.ESTIMATED, "net proliferation of CAR-T cells"),
        ("theta", 0.042, "1/day", Origin.ESTIMATED, "death rate of CAR-T cells"),
        ("alpha_T", 1.5, "1/Gy", Origin.ESTIMATED, "radiosensitivity of myeloma cells"),
        ("alpha_C", 1.5, "1/Gy", Origin.ESTIMATED, "radiosensitivity of CAR-T cells"),
        ("eta", 3.48, "Gy/(day*uCi)", Origin.ESTIMATED, "dose rate of an activity"),
    ):
        symbol = "lambda" if name == "decay" else ""
        m.parameter(name, value, unit, origin=origin, at=_TABLE, lower=0.0, doc=doc, symbol=symbol)
    m.parameter(
        "N_limit", 1e11, "cell", origin=Origin.FIXED, at="Table 2", lower=0.0,
        doc="burden at the end of survival",
    )  # fmt: skip


def _reactions(m: ModelBuilder) -> None:
    for name, species, rate, at in (
        ("tumor_growth", "-> N_T", "rho * N_T", "Eq. 1"),
        ("irradiation", "N_T -> N_R", "alpha_T * R * N_T", "Eq. 1 and 2"),
        ("tumor_killing", "N_T ->", "k1 * N_T * N_C", "Eq. 1"),
        ("killing_of_irradiated_cells", "N_R ->", "k1 * N_R * N_C", "Eq. 2"),
        ("clearance", "N_R ->", "k_cl * N_R", "Eq. 2"),
        ("car_t_proliferation", "-> N_C", "k2 * (N_T + N_R) * N_C", "Eq. 3"),
        ("irradiation_of_car_t_cells", "N_C ->", "alpha_C * R * N_C", "Eq. 3"),
        ("car_t_death", "N_C ->", "theta * N_C", "Eq. 3"),
    ):
        m.reaction(name, species, rate=rate, at=at)


def _cells(day: float) -> Dose:
    return Dose("infusion", 1e6, "cell", time=day)


def _activity(day: float) -> Dose:
    return Dose("radionuclide", 0.1, "uCi", time=day)


_CAR_T, _TRT = (_cells(7),), (_activity(7),)
_RUN = "own integration, DOP853 at rtol 1e-11"
_DAY_7 = 5e6 * 6.619368682  # exp(0.27 * 7): cells on day 7, the level of progression-free survival


def _marks(
    label: str,
    doses: tuple[Dose, ...],
    marks: tuple[float, float, float],
    *,
    room: tuple[float, float, float],
    at: str,
    witness: Literal["source", "independent run"],
) -> Iterator[Readout]:
    """Give day of the nadir, end of progression-free and of overall survival."""
    rows: tuple[tuple[str, Take, float], ...] = (
        ("nadir", "day of minimum", 0.0),
        ("progression-free survival", "first day above", _DAY_7),
        ("overall survival", "first day above", 1e11),
    )
    # looks begin after the day of the nadir, when all that is left is growth
    starts = (max(dose.time for dose in doses) + 0.1, marks[0], marks[0])
    for (name, take, level), equals, atol, start in zip(rows, marks, room, starts, strict=True):
        yield Readout(
            f"{label}: {name}", take, "myeloma_cells", equals, "day", at, atol=atol,
            witness=witness, start=start, end=min(110.0, start + 60.0), level=level, doses=doses,
            variant="published",
        )  # fmt: skip


_ROOM = (1.0, 1.0, 1.0)  # whole days, partly cut and partly rounded
_GRID = 0.015  # days were read off an output grid: up to 0.014 day beside the exact ones
_LAST = (_GRID, _GRID, _GRID)
_CELLS_FIRST = {gap: (_cells(7), _activity(7 + gap)) for gap in (7, 25, 27, 54)}
_TRT_FIRST = {gap: (_activity(7), _cells(7 + gap)) for gap in (7, 21, 22, 56)}


def _largest() -> Iterator[Readout]:
    """Give the marks of the combinations, each at the interval where it is largest."""
    for label, regimens, rows in (
        ("CAR-T cells first", _CELLS_FIRST,
         (("nadir", 25, 44.0, 43.69), ("progression-free survival", 27, 55.0, 55.96),
          ("overall survival", 54, 97.0, 97.85))),
        ("radionuclide first", _TRT_FIRST,
         (("nadir", 21, 34.0, 34.42), ("progression-free survival", 22, 43.0, 42.91),
          ("overall survival", 56, 96.0, 98.18))),
    ):  # fmt: skip
        for name, gap, printed, own in rows:
            lowest = name == "nadir"
            take: Take = "day of minimum" if lowest else "first day above"
            # from the second therapy; its effect ends the time below the level some days later
            start, end = 7.1 + gap + (0.0 if lowest else 9.0), 60.0 if lowest else 110.0
            # up to 2.2 days apart: neither the interval nor its grid is printed
            for equals, atol, at in ((printed, 2.5, "Table 2"), (own, _GRID, _RUN)):
                yield Readout(
                    f"{label}, {gap} days apart: {name}", take, "myeloma_cells", equals, "day", at,
                    atol=atol, witness="source" if at == "Table 2" else "independent run",
                    start=start, end=end, doses=regimens[gap], variant="published",
                    level=1e11 if name == "overall survival" else _DAY_7,
                )  # fmt: skip


def _nadir(label: str, doses: tuple[Dose, ...], cells: float, digits: float) -> Readout:
    return Readout(
        f"{label}: fewest cells", "minimum", "myeloma_cells", cells, "cell", _RUN, rtol=digits,
        witness="independent run", start=max(dose.time for dose in doses) + 0.1, end=60.0,
        doses=doses, variant="published",
    )  # fmt: skip


def _survival(cells: float, day: float, atol: float, at: str) -> Readout:
    return Readout(
        f"control from {cells:g} cells: overall survival", "event day", "survival_limit", day,
        "day", at, atol=atol, witness="source" if at == "Table 2" else "independent run", end=60.0,
        values={"N_T": cells},
    )  # fmt: skip


_COURSES = (
    ("CAR-T cells on day 7", ("N_T", "N_C"), _CAR_T, (
        (10, 2.0985366e7, 881639.83), (14, 1.4385827e7, 745315.99),
        (28, 1.8246204e7, 414004.73), (60, 3.9057553e9, 108701.14))),
    ("radionuclide on day 7", ("N_T", "N_R"), _TRT, (
        (10, 1.8118574e7, 1.6231307e7), (14, 1.2191483e7, 1.0560506e7),
        (28, 3.0780527e7, 6573994.3), (60, 3.7602561e10, 7.0061519e8))),
    ("CAR-T cells, radionuclide on day 14", ("N_T", "N_R", "N_C"), _CELLS_FIRST[7], (
        (21, 2803099.1, 2428100.4, 30911.567), (44, 3.4411438e7, 3503240.9, 304.20563))),
)  # fmt: skip

READOUTS = (
    _survival(1e6, 43.0, 0.5, "Table 2"),
    _survival(5e6, 36.69, _GRID, _RUN),
    _survival(1e6, 42.64, _GRID, _RUN),
    *_marks("radionuclide", _TRT, (19, 27, 64), room=_ROOM, at="Table 2", witness="source"),
    *_marks("radionuclide", _TRT, (18.61, 27.06, 63.73), room=_LAST, at=_RUN,
            witness="independent run"),
    *_marks("CAR-T cells", _CAR_T, (19, 33, 73), room=_ROOM, at="Table 2", witness="source"),
    *_marks("CAR-T cells", _CAR_T, (19.11, 33.68, 73.99), room=_LAST, at=_RUN,
            witness="independent run"),
    *_marks("CAR-T cells first, 7 days", _CELLS_FIRST[7], (25.78, 43.31, 76.55), room=_LAST,
            at=_RUN, witness="independent run"),
    *_marks("radionuclide first, 7 days", _TRT_FIRST[7], (21.47, 36.31, 69.76), room=_LAST,
            at=_RUN, witness="independent run"),
    *_largest(),
    _nadir("radionuclide", _TRT, 1.84916e7, 5e-6),
    _nadir("CAR-T cells", _CAR_T, 1.22672e7, 5e-6),
    _nadir("CAR-T cells first, 7 days", _CELLS_FIRST[7], 4.114e6, 2e-4),
    _nadir("radionuclide first, 7 days", _TRT_FIRST[7], 5.6093e6, 2e-5),
    *(item for label, names, doses, rows in _COURSES
      for item in trajectory(label, [(name, "cell") for name in names], rows, at=_RUN,
                             # 8 digits; the loose run at 1e-6 collects some 1e-6
                             rtol=1e-5, doses=doses, variant="published")),
    *trajectory("radionuclide on day 7", (("N_T", "cell"), ("N_R", "cell")),
                ((10, 3.1315179e7, 1.3781805e7), (28, 2.8468882e8, 3.3935563e7)),
                at="own integration of Eq. 4 as printed, DOP853 at rtol 1e-12", rtol=1e-5,
                doses=_TRT, variant="printed_decay"),
)  # fmt: skip

EQUATIONS = (
    PrintedEquation("N_T", "rho * N_T - alpha_T * R * N_T - k1 * N_T * N_C", "Eq. 1"),
    PrintedEquation("N_R", "alpha_T * R * N_T - k1 * N_R * N_C - k_cl * N_R", "Eq. 2"),
    PrintedEquation("N_C", "k2 * (N_T + N_R) * N_C - alpha_C * R * N_C - theta * N_C", "Eq. 3"),
    PrintedEquation("A", "-decay * A", "Eq. 4, differentiated", "published"),
)

_DEVIATIONS = (  # what, instead, why
    ("exp(-lambda t) in Eq. 4", "decay from the day of injection",
     "so in the authors' code, which gives the published numbers; as printed it is the variant "
     "printed_decay"),
    ("overall survival of the control group, 43 days", "36.69 days with 5e6 cells at the graft",
     "43 needs 1e6 cells, the number grafted in the mice of the control fit; all other rows of "
     "Table 2 need 5e6"),
    ("Table 2: the second therapy seven days after the first", "read as the largest value over all "
     "intervals", "at seven days the equations give 25.78, 43.31 and 76.55 days (CAR-T cells "
     "first) and 21.47, 36.31 and 69.76 (radionuclide first); the largest values come to within "
     "1 day of print, and 2.2 days for survival with the radionuclide first"),
    ("quadratic radiosensitivity beta", "left out", "it is 0 for an alpha emitter"),
    ("day 0 is the graft", "the same: therapies are on day 7 or later",
     "the initial number belongs to that day; elsewhere in the catalogue day 0 is the infusion"),
)  # fmt: skip
DEVIATIONS = tuple(Deviation(*row) for row in _DEVIATIONS)
