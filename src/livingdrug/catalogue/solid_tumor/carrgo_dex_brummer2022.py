"""CARRGO with dexamethasone: glioma lines, CAR-T cells and a decaying drug in culture.

Glioma cells x and CAR-T cells y, both on the scale of the cell index (CI, impedance; 1 CI is about
10,000 glioma cells). Dexamethasone is given at the start and decays with a half-life of 3.33 h:

    dx/dt = rho x (1 - kappainv x) - c0 e x - k1 x y
    dy/dt = k2 x y - (theta + c3 e) y,    e = exp(-ln 2 (t - t0) / 3.33 h)

Here c0 and c3 stand as in the authors' code: positive harms the cells. Many of their fits are
negative, so that dexamethasone promotes growth or survival at first; then the same term is a gain.

Day 0 is t0, the first fitted reading of a well, 27 to 33 hours after plating, some hours after
the CAR-T cells. Rates are per hour, as fitted. Each variant is one pair of wells: no variability
between subjects can be read from it. The growth rate was fitted anew in each and is 3 to 7 times
that of the untreated wells, so it trades off with k1: do not read k1 alone.

Brummer AB, Yang X, Ma E, et al. PLoS Comput Biol 2022;18:e1009504.
doi:10.1371/journal.pcbi.1009504
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from livingdrug.catalogue.entry import published
from livingdrug.catalogue.readout import Deviation, PrintedEquation, Readout, trajectory
from livingdrug.core.source import Origin, Source
from livingdrug.model.builder import ModelBuilder
from livingdrug.model.model import Model

SOURCE = Source(
    doi="10.1371/journal.pcbi.1009504",
    authors=("Brummer, Alexander B.", "Yang, Xin", "Ma, E.", "Gutova, Margarita",
             "Brown, Christine E.", "Rockne, Russell C."),
    year=2022,
    title="Dose-dependent thresholds of dexamethasone destabilize CAR T-cell treatment efficacy",
    journal="PLoS Computational Biology",
    volume="18",
    pages="e1009504",
    note="Equations, fits and readings are those of the authors' repository "
    "(alexbbrummer/CARRGODEX, commit a21bace0, MIT licence); the article was not opened, and its "
    "DOI is (unconfirmed). Two of its lines are here, without the further levels of dexamethasone.",
)  # fmt: skip

_FITS = "fit_parameters.csv"
_NAMES = ("rho", "kappainv", "c0", "k1", "k2", "theta", "c3")


@dataclass(frozen=True, slots=True)
class _Well:
    """A pair of wells: its column of the readings, what was plated and what was fitted."""

    line: str
    column: str
    ratio: str
    reading: float  # cell index at t0
    y0: float
    fitted: tuple[float, ...]  # in the order of _NAMES

    @property
    def dosed(self) -> bool:
        return self.fitted[2] != 0.0


_WELLS = {
    "pbt030_1to4": _Well("PBT030", "Y(B1,B2)", "1:4", 0.4669, 0.25,
        (0.302972074, 0.32303399, 0, 0.556784512, 0.02420882, 8.6e-14, 0)),
    "pbt030_1to8": _Well("PBT030", "Y(C1,C2)", "1:8", 0.4633, 0.125,
        (0.230303627, 0.558779003, 0, 0.399998831, 0.046346801, 0.023015543, 0)),
    "pbt030_1to20": _Well("PBT030", "Y(D1,D2)", "1:20", 0.5035, 0.05,
        (0.158646737, 0.735855735, 0, 0.063431384, 0.085333041, 0.091327037, 0)),
    "pbt030_alone": _Well("PBT030", "Y(A1,A2)", "", 0.52185, 0.0,
        (0.04547757, 0.1883974, 0, 0, 0, 0, 0)),
    "pbt030_1to4_dex": _Well("PBT030", "Y(B3,B4)", "1:4", 0.4929, 0.25,
        (0.035114743, 0.118481123, -0.207692609, 0.194126583, 0.041179547, 1e-4, 0.155507623)),
    "pbt128_1to4": _Well("PBT128", "Y(G1,G2)", "1:4", 1.16285, 0.25,
        (0.470864464, 0.270507179, 0, 0.554935982, 0.031874228, 0.001817259, 0)),
    "pbt128_1to8": _Well("PBT128", "Y(F1,F2)", "1:8", 1.13565, 0.125,
        (0.358709044, 0.175863091, 0, 1.04663218, 0.015867745, 0.013712831, 0)),
    "pbt128_1to20": _Well("PBT128", "Y(E1,E2)", "1:20", 1.2567, 0.05,
        (0.228899836, 0.162551309, 0, 1.511460225, 0.024406502, 0.064472821, 0)),
    "pbt128_alone": _Well("PBT128", "Y(H1,H2)", "", 1.20025, 0.0,
        (0.109995193, 0.13043253, 0, 0, 0, 0, 0)),
}  # fmt: skip


def _about(well: _Well) -> str:
    cells = f"CAR-T cells at {well.ratio}" if well.ratio else "no CAR-T cells"
    drug = ", lowest level of dexamethasone" if well.dosed else ""
    return f"{well.line} with {cells}{drug}"


@published(source=SOURCE, variants={name: _about(well) for name, well in _WELLS.items()})
def model(variant: str) -> Model:
    """Build one pair of wells."""
    well = _WELLS[variant]
    m = ModelBuilder(
        "carrgo_dex_brummer2022",
        title="CARRGO with dexamethasone: CAR-T cells against glioma lines",
        organism="in vitro",
        population=f"patient-derived glioma line {_about(well)}",
        source=SOURCE,
        variant=variant,
        dimensions="strict",
    )
    m.species(
        "x", initial=well.reading, unit="1", nominal=1.0,
        log_state=True,  # falls to 1e-5
        term="cell_index", origin=Origin.FIXED,
        at=f"car_T_dex_pbt1_pbt2_lines.csv, {well.column}, first fitted reading",
        doc="glioma cells, as cell index",
    )  # fmt: skip
    m.species(
        "y", initial=well.y0, unit="1", nominal=0.1, origin=Origin.FIXED,
        at=f"{_FITS}, {well.column}: plated cells / 10,000",
        doc="CAR-T cells, on the scale of the cell index",
    )  # fmt: skip
    _parameters(m, well)
    _reactions(m)
    m.dose_stand_in("y", "the plated CAR-T cells are the initial value")
    return m.build()


def _parameters(m: ModelBuilder, well: _Well) -> None:
    about = {
        "rho": ("1/hour", "growth rate of glioma cells"),
        "kappainv": ("1", "1 / carrying capacity"),
        "c0": ("1/hour", "effect of dexamethasone on glioma cells; positive harms"),
        "k1": ("1/hour", "killing rate"),
        "k2": ("1/hour", "net proliferation of CAR-T cells per contact"),
        "theta": ("1/hour", "death rate of CAR-T cells"),
        "c3": ("1/hour", "effect of dexamethasone on CAR-T cells; positive harms"),
    }
    for name, value in zip(_NAMES, well.fitted, strict=True):
        unit, doc = about[name]
        estimated = value != 0.0
        m.parameter(
            name, value, unit, doc=doc,
            origin=Origin.ESTIMATED if estimated else Origin.FIXED,
            at=f"{_FITS}, {well.column}" + ("" if estimated else ": absent from these wells"),
            lower=float("-inf") if name in ("c0", "c3") else 0.0,
        )  # fmt: skip
    m.parameter(
        "half_life", 3.33, "hour", origin=Origin.FIXED, at="authors' code, f_growth", lower=0.0,
        doc="half-life of dexamethasone",
    )  # fmt: skip


_HOURS = "quantity(24, 'hour/day')"
_E = f"exp(-log(2) * time * {_HOURS} / half_life)"


def _reactions(m: ModelBuilder) -> None:
    at = "authors' code, f_growth"
    m.assign("e", _E, "1", at=at, doc="dexamethasone, relative to the start")
    for name, species, rate in (
        ("tumor_growth", "-> x", "rho * x"),
        ("tumor_crowding", "x ->", "rho * kappainv * x * x"),
        ("tumor_killing", "x ->", "k1 * x * y"),
        ("dexamethasone_on_tumor_loss", "x ->", "max(c0, 0) * e * x"),
        ("dexamethasone_on_tumor_gain", "-> x", "max(-c0, 0) * e * x"),
        ("car_t_proliferation", "-> y", "k2 * x * y"),
        ("car_t_death", "y ->", "theta * y"),
        ("dexamethasone_on_car_t_loss", "y ->", "max(c3, 0) * e * y"),
        ("dexamethasone_on_car_t_gain", "-> y", "max(-c3, 0) * e * y"),
    ):
        m.reaction(name, species, rate=f"{_HOURS} * {rate}", at=at)


_RUN = "own integration, LSODA at rtol 1e-10"
_OWN = "own integration from the first fitted reading, LSODA at rtol 1e-11"
_COURSES: dict[str, tuple[Sequence[float], Sequence[float]]] = {  # from x = 1; at the hours below
    "pbt030_1to8": ((1, 1.20908, 1.24538, 1.08812, 0.677869, 0.463138),
                    (0.125, 0.148721, 0.182789, 0.267382, 0.405600, 0.422998)),
    "pbt030_1to4_dex": ((1, 1.88690, 2.03252, 1.06014, 0.0537164, 6.12371e-5),
                        (0.25, 0.212359, 0.299881, 0.627645, 0.898065, 0.907892)),
    "pbt128_1to20": ((1, 1.90723, 3.00426, 3.94869, 2.89421, 2.63845),
                     (0.05, 0.0418125, 0.0407309, 0.0548196, 0.0889320, 0.0857612)),
}  # fmt: skip
_HOURS_OF_COURSES = (0, 6, 12, 24, 48, 96)
# variant, hours from the first fitted reading to the last, glioma and CAR-T cells there
_ENDS = (
    ("pbt030_1to4", 111.366667 - 26.583889, 0.02266513, 0.6676210),
    ("pbt030_1to8", 164.490556 - 26.583889, 0.4978724, 0.4127001),
    ("pbt030_1to20", 164.490556 - 26.583889, 1.193027, 0.3304047),
    ("pbt030_alone", 123.119444 - 27.834167, 4.737693, 0.0),
    ("pbt030_1to4_dex", 101.363056 - 26.583889, 0.02535876, 0.6406376),
    ("pbt128_1to4", 87.608611 - 32.837222, 0.04484294, 1.002481),
    ("pbt128_1to8", 164.490556 - 32.837222, 0.9029207, 0.2885147),
    ("pbt128_1to20", 164.490556 - 32.837222, 2.643183, 0.08649304),
    ("pbt128_alone", 63.851667 - 30.335556, 6.754903, 0.0),
)
_FLOW = {"pbt030_1to4": 0.6598, "pbt030_1to8": 0.4155, "pbt030_1to20": 0.33095}  # column t_cell_end
_STEADY = (
    ("pbt030_1to8", 0.496593994), ("pbt030_1to20", 1.070242381), ("pbt030_1to4_dex", 0.00242839),
    ("pbt128_1to4", 0.057013428), ("pbt128_1to8", 0.864195322), ("pbt128_1to20", 2.641624801),
)  # fmt: skip


def _courses() -> Iterator[Readout]:
    for variant, columns in _COURSES.items():
        for quantity, numbers in zip("xy", columns, strict=True):
            for hour, number in zip(_HOURS_OF_COURSES, numbers, strict=True):
                yield from trajectory(
                    f"from x = 1, hour {hour}", ((quantity, "1"),), ((hour / 24, number),),
                    at=_RUN, rtol=1e-5,  # printed to 6 digits
                    values={"x": 1.0}, variant=variant,
                )  # fmt: skip


def _ends() -> Iterator[Readout]:
    for variant, hours, *cells in _ENDS:
        day = hours / 24
        for quantity, number in zip("xy", cells, strict=True):
            yield Readout(
                f"{quantity} at the last fitted reading", "value", quantity, number, "1", _OWN,
                rtol=1e-5,  # 7 digits; the loose run at 1e-6 collects some 1e-6
                atol=1e-12,  # without CAR-T cells there are none
                witness="independent run", day=day, variant=variant,
            )  # fmt: skip
        if variant in _FLOW:
            yield Readout("CAR-T cells at the end, by flow cytometry", "value", "y",
                          _FLOW[variant], "1", _FITS,
                          rtol=0.015,  # a fit passes beside its data; so close here
                          day=day, variant=variant)  # fmt: skip


READOUTS = (
    *(Readout("glioma cells at coexistence", "expression", "theta / k2", number, "1",
              f"{_FITS}, column theta/kappac2", rtol=5e-6,  # 6 digits, from unrounded fits
              variant=variant)
      for variant, number in _STEADY),
    *_ends(),
    *_courses(),
)  # fmt: skip

EQUATIONS = (
    PrintedEquation(
        "x",
        "24 * (rho * x - rho * x * x * kappainv - c0 * exp(-24 * time * log(2) / half_life) * x"
        " - k1 * x * y)",
        "authors' code, f_growth",
    ),
    PrintedEquation(
        "y",
        "24 * (k2 * x * y - (theta + c3 * exp(-24 * time * log(2) / half_life)) * y)",
        "authors' code, f_growth",
    ),
)

_DEVIATIONS = (  # what, instead, why
    ("c0 and c3 plotted with the other sign than in the code", "the sign of the code",
     "the fitted numbers are those of the code; each term is a loss where positive and a gain "
     "where negative, as two reactions that are never negative"),
    ("time in hours since plating, columns t_start and t_end of the fits in rows of the readings",
     "days since the first fitted reading; rates stay per hour",
     "t - t0 is all the equations know; the column heads say hours, and the code uses them as "
     "row numbers"),
    ("levels of dexamethasone 1e-10 to 1e-6 'ug/ml' in the table of fits",
     "the variant with it says 'lowest level'",
     "the cytometry of the same experiment has 1e-4 to 1 ug/mL, so the table is in g/mL "
     "(inferred)"),
    ("chi-square of the wells with CAR-T cells", "not recomputed",
     "it holds zeros that pad a series which ends early, and a last point of weight 50; that of "
     "the wells without CAR-T cells is met by the printed fits"),
    ("fits of PBT128 beside flow cytometry: CAR-T cells at the end 0.558, 0.3206 and 0.2164",
     "not a read-out", "the printed fits give 1.002, 0.289 and 0.086 there: they miss that point"),
    ("wells of untreated PBT030: chi-square 174.5", "the printed fit, which gives 187.8",
     "the printed rate and capacity are kept; whether the window or the fit differs is open"),
)  # fmt: skip
DEVIATIONS = tuple(Deviation(*row) for row in _DEVIATIONS)
