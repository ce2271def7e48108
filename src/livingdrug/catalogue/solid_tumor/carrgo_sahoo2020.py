"""CARRGO: glioma cells and CAR-T cells as prey and predator.

Glioma cells X grow logistically and are killed by mass action. Each contact changes the number of
CAR-T cells Y by k2, the net of proliferation (k2 > 0) and exhaustion (k2 < 0):

    dX/dt = rho X (1 - X / K) - k1 X Y                                        (Eq. 3.1)
    dY/dt = k2 X Y - theta Y                                                  (Eq. 3.2)

With ``x = X / K``, ``y = k1 Y / rho``, ``tau = rho t`` two numbers are left, ``A = theta / rho``
and ``B = k2 K / rho``:

    dx/dtau = x (1 - x) - x y,    dy/dtau = B x y - A y

Three lesions of one patient in cells, and the scaled cases of the source, where X, Y and the day
are x, y and tau (rho, K and k1 are 1, k2 is B, theta is A). The system is closed: the CAR-T cells
that reach a lesion, 5 to 10 % of an infusion, are the initial value of Y on day 0.

The printed lesions come without the carrying capacity and the numbers on day 0. Those used here
are choices for a run, so nothing of a lesion but its four rates is the source's.

Sahoo P, Yang X, Abler D, et al. J R Soc Interface 2020;17:20190734. doi:10.1098/rsif.2019.0734
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from livingdrug.catalogue.entry import published
from livingdrug.catalogue.readout import Deviation, PrintedEquation, Readout, trajectory
from livingdrug.core.source import Origin, Source
from livingdrug.model.builder import ModelBuilder
from livingdrug.model.model import Model

SOURCE = Source(
    doi="10.1098/rsif.2019.0734",
    authors=("Sahoo, Prativa", "Yang, Xin", "Abler, Daniel", "Maestrini, Davide",
             "Adhikarla, Vikram", "Frankhouser, David", "Cho, Heyrim", "Machuca, Vanessa",
             "Wang, Dongrui", "Barish, Michael", "Gutova, Margarita", "Branciamore, Sergio",
             "Brown, Christine E.", "Rockne, Russell C."),
    year=2020,
    title="Mathematical deconvolution of CAR T-cell proliferation and exhaustion from real-time "
    "killing assay data",
    journal="Journal of the Royal Society Interface",
    volume="17",
    pages="20190734",
    note="The text was read in full. The in-vitro fits are not here: Fig. 4 shows them as bars, "
    "without the carrying capacity and the numbers at the start.",
)  # fmt: skip

_LESIONS: dict[str, tuple[float, float, float, float]] = {  # rho, k1, k2, theta
    "lesion_t6": (0.06, 6e-9, 0.3e-10, 0.1e-5),
    "lesion_t7": (0.07, 6e-9, 0.3e-10, 0.1e-5),
    "lesion_t9": (0.2, 9e-8, -2e-13, 5e-5),
}
_SCALED: dict[str, tuple[float, float]] = {  # A, B
    "scaled_success": (0.0, 0.2),
    "scaled_exhaustion": (0.0, -0.2),
    "scaled_coexistence": (0.14, 1.6),
}
_RESULTS = "Results, scaled system (place in the article not recorded)"
_OURS = "chosen by us; the source prints none"


@published(
    source=SOURCE,
    variants={
        "lesion_t6": "lesion T6, which responded, in cells; K, X(0) and Y(0) are assumed",
        "lesion_t7": "lesion T7, which responded, in cells; K, X(0) and Y(0) are assumed",
        "lesion_t9": "lesion T9, which did not respond: k2 < 0; K, X(0) and Y(0) are assumed",
        "scaled_success": "scaled, A = 0, B = 0.2: every start ends without a tumour",
        "scaled_exhaustion": "scaled, A = 0, B = -0.2: CAR-T cells only exhaust",
        "scaled_coexistence": "scaled, A = 0.14, B = 1.6: damped oscillation into coexistence",
    },
)
def model(variant: str) -> Model:
    """Build a lesion in cells, or a case of the scaled system."""
    scaled = variant in _SCALED
    m = ModelBuilder(
        "carrgo_sahoo2020",
        title="CARRGO: predator-prey kinetics of glioma and CAR-T cells",
        organism="none (scaled equations)" if scaled else "human",
        population=(
            "nobody: a case of the scaled equations"
            if scaled
            else f"lesion {variant[-2:].upper()} of one patient with glioma, IL13Ra2 CAR-T cells"
        ),
        source=SOURCE,
        variant=variant,
        dimensions="strict",
    )
    if scaled:
        a, b = _SCALED[variant]
        _numbers(m, "1", (1.0, 1.0, 1.0, b, a), Origin.FIXED, _RESULTS, (0.5, 0.5))
    else:
        rho, k1, k2, theta = _LESIONS[variant]
        rates = (rho, 2e9, k1, k2, theta)
        _numbers(m, "cell", rates, Origin.ESTIMATED, "section 4.5", (1e9, 1e6))
    m.reaction("tumor_growth", "-> X", rate="rho * X", at="Eq. 3.1, rho X of rho X (1 - X / K)")
    m.reaction("tumor_crowding", "X ->", rate="rho * X * X / K", at="Eq. 3.1, of rho X (1 - X / K)")
    m.reaction("tumor_killing", "X ->", rate="k1 * X * Y", at="Eq. 3.1")
    m.reaction("car_t_proliferation", "-> Y", rate="max(k2, 0) * X * Y", at="Eq. 3.2, k2 > 0")
    m.reaction("car_t_exhaustion", "Y ->", rate="max(-k2, 0) * X * Y", at="Eq. 3.2, k2 < 0")
    m.reaction("car_t_death", "Y ->", rate="theta * Y", at="Eq. 3.2")
    m.dose_stand_in("Y", "the system is closed: cells that reach the lesion are there on day 0")
    return m.build()


def _numbers(
    m: ModelBuilder,
    unit: str,
    rates: Sequence[float],
    origin: Origin,
    at: str,
    start: tuple[float, float],
) -> None:
    """Declare states and parameters, in cells or scaled (unit 1)."""
    per = "1/day" if unit == "1" else "1/(cell*day)"
    for name, value, term, doc in (
        ("X", start[0], "tumor_burden", "glioma cells"),
        ("Y", start[1], "car_t_tumor" if unit == "cell" else "", "CAR-T cells at the glioma"),
    ):
        m.species(
            name, initial=value, unit=unit, count_per_unit=1.0 if unit == "cell" else None,
            nominal=1.0 if unit == "1" else None,
            log_state=True,  # either may fall by many orders of magnitude
            term=term, origin=Origin.ASSUMED if unit == "cell" else origin,
            at=_OURS if unit == "cell" else at, doc=doc,
        )  # fmt: skip
    for (name, its, lower, doc), value in zip(
        (
            ("rho", "1/day", 0.0, "growth rate of glioma cells"),
            ("K", unit, 0.0, "carrying capacity"),
            ("k1", per, 0.0, "killing rate"),
            ("k2", per, float("-inf"), "net proliferation and exhaustion per contact"),
            ("theta", "1/day", 0.0, "death rate of CAR-T cells"),
        ),
        rates,
        strict=True,
    ):
        assumed = name == "K" and unit == "cell"
        m.parameter(
            name, value, its, lower=lower, doc=doc,
            origin=Origin.ASSUMED if assumed else origin,
            at=f"{_OURS}; the figures have a scale of order 1e9 (unconfirmed)" if assumed else at,
        )  # fmt: skip


_RUN = "own integration, LSODA at rtol 1e-11"
_TAUS = (1.0, 5.0, 10.0, 20.0, 50.0, 100.0)
_DAYS = (10.0, 30.0, 60.0, 120.0)

_CASES: tuple[tuple[str, float, tuple[float, ...], tuple[float, ...]], ...] = (
    # variant, y on day 0, x and y at tau = 1, 5, 10, 20, 50, 100
    ("scaled_success", 0.5, (0.489124, 0.344970, 0.167923, 0.0271537, 7.19309e-5),
     (0.552170, 0.774848, 0.995293, 1.16597, 1.19865, 1.19874)),
    ("scaled_success", 2.0, (0.131284, 0.00119406, 3.65338e-6), (2.11103, 2.15732, 2.15776)),
    ("scaled_exhaustion", 0.5, (0.510429, 0.650406, 0.830873, 0.973158, 0.999932, 1.0),
     (0.452090, 0.285774, 0.135448, 0.0214736, 5.46922e-5)),
    ("scaled_exhaustion", 2.0, (0.148560, 0.00428006, 6.62822e-5), (1.89138, 1.83399, 1.83214)),
    ("scaled_coexistence", 0.5,
     (0.421013, 0.0329474, 0.0132023, 0.204803, 0.0781197, 0.0849466),
     (0.926446, 1.51256, 0.856447, 0.861250, 0.832992, 0.913038)),
    ("scaled_coexistence", 2.0,
     (0.0958116, 9.2367e-4, 3.79588e-4, 0.0849893, 0.0489870, 0.0885615),
     (2.58751, 1.63416, 0.814370, 0.245171, 1.02047, 0.935572)),
)  # fmt: skip
_LATE = (("scaled_success", "X", 3.479e-9), ("scaled_exhaustion", "Y", 2.484e-9))
_CELLS: dict[str, tuple[tuple[float, ...], tuple[float, ...]]] = {
    "lesion_t6": ((1.21578e9, 1.39954e9, 9.54481e8, 6.42641e7),
                  (1.39621e6, 3.12047e6, 9.50860e6, 1.88799e7)),
    "lesion_t7": ((1.26031e9, 1.47035e9, 9.79337e8, 6.09072e7),
                  (1.40608e6, 3.26708e6, 1.04184e7, 2.07196e7)),
    "lesion_t9": ((1.06545e9, 1.10098e9, 1.11203e9, 1.12665e9),
                  (997428, 992103, 984055, 968017)),
}  # fmt: skip


def _scaled_courses() -> Iterator[Readout]:
    for variant, y0, *courses in _CASES:
        for quantity, numbers in zip("XY", courses, strict=True):
            yield from trajectory(
                f"from (0.5, {y0:g})",
                ((quantity, "1"),),
                list(zip(_TAUS, numbers, strict=False)),
                at=_RUN,
                # printed to 6 digits, and once to 5; the loose run at 1e-6 collects some 1e-5
                rtol=3e-5,
                values={"Y": y0},
                variant=variant,
            )
    for variant, quantity, number in _LATE:
        yield Readout(
            f"from (0.5, 0.5): {quantity} at tau 100", "value", quantity, number, "1", _RUN,
            # the reference run had an absolute tolerance of 1e-12; printed to 4 digits
            atol=2e-12, witness="independent run", day=100.0, values={"Y": 0.5}, variant=variant,
        )  # fmt: skip


def _lesion_courses() -> Iterator[Readout]:
    for variant, courses in _CELLS.items():
        for quantity, numbers in zip("XY", courses, strict=True):
            yield from trajectory(
                "with the assumed K and start", ((quantity, "cell"),),
                list(zip(_DAYS, numbers, strict=True)),
                at=_RUN, rtol=1e-5,  # printed to 6 digits
                variant=variant,
            )  # fmt: skip


_FIXED_POINT = "fixed point P3 = (A / B, 1 - A / B) of the scaled system"

READOUTS = (
    Readout("P3: x", "expression", "theta / (k2 * K)", 0.0875, "1", _FIXED_POINT, rtol=1e-12,
            variant="scaled_coexistence"),
    Readout("P3: y", "expression", "rho / k1 * (1 - theta / (k2 * K))", 0.9125, "1",
            _FIXED_POINT, rtol=1e-12, variant="scaled_coexistence"),
    # an oscillation of 1e-3 of the value is left on day 300
    Readout("x comes to P3", "value", "X", 0.0875, "1", _FIXED_POINT, rtol=1e-3, day=300.0,
            variant="scaled_coexistence"),
    Readout("y comes to P3", "value", "Y", 0.9125, "1", _FIXED_POINT, rtol=1e-3, day=300.0,
            variant="scaled_coexistence"),
    # the words are "ends in x = 0" and "x = 1 in the long run"; 1e-3 is our reading of them
    Readout("success: x ends in 0", "value", "X", 0.0, "1", _RESULTS, atol=1e-3, day=100.0,
            variant="scaled_success"),
    Readout("exhaustion: x ends in 1", "value", "X", 1.0, "1", _RESULTS, atol=1e-3, day=100.0,
            variant="scaled_exhaustion"),
    *_scaled_courses(),
    *_lesion_courses(),
)  # fmt: skip

EQUATIONS = (
    PrintedEquation("X", "rho * X * (1 - X / K) - k1 * X * Y", "Eq. 3.1"),
    PrintedEquation("Y", "k2 * X * Y - theta * Y", "Eq. 3.2"),
)

_DEVIATIONS = (  # what, instead, why
    ("carrying capacity of the lesions not printed", "2e9 cells, assumed (unconfirmed)",
     "the figures have a scale of order 1e9; without a number nothing can be run"),
    ("numbers of cells in the lesions on day 0 not printed", "1e9 glioma and 1e6 CAR-T cells, "
     "assumed", "for the same reason; 5 to 10 % of each infusion reaches a lesion (section 3.6)"),
    ("caption of Fig. 6: T9 had the smaller killing rate", "k1 9e-8 per cell and day, the larger",
     "so printed as a number in section 4.5"),
    ("text: k2 is negative in HT1080-H only; its bars in Fig. 4 lie slightly above 0",
     "neither is used", "the in-vitro fits are left out; the text and its figure disagree"),
    ("in-vitro fits of PBT030 and HT1080-H at three effector:target ratios (Fig. 4)", "left out",
     "bars are read to 5 %, and carrying capacity and cell index at the start are not printed; "
     "carrgo_dex_brummer2022 has the same equations with printed fits"),
    ("k2 X Y as one term of either sign", "proliferation where k2 > 0 and exhaustion where k2 < 0, "
     "two reactions", "so that neither rate is negative"),
)  # fmt: skip
DEVIATIONS = tuple(Deviation(*row) for row in _DEVIATIONS)
