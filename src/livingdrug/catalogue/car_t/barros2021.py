"""CARTmath: effector and memory CAR-T cells against a blood tumour of immunodeficient mice.

Effector cells proliferate, are lost (by death and by turning into memory cells), are inhibited by
tumour contact, and kill. Memory cells arise from effectors, die slowly, and turn back into
effectors when they meet tumour cells, so that a mouse can reject a second tumour.

    dC_T/dt = phi C_T - rho C_T + theta T C_M - alpha T C_T
    dC_M/dt = eps C_T - theta T C_M - mu C_M
    dT/dt   = r T (1 - b T) - gamma C_T T

Elimination is no steady state of these equations (it is always a saddle): as in the authors' code
a population that falls through 1e-6 cells is set to zero, and without that every tumour returns.
Doses of CAR-T cells, and of tumour cells as a challenge, are added to what is there.

Two systems: HDLM-2 (Hodgkin lymphoma) with CAR-T 123, logistic growth; Raji (Burkitt lymphoma)
with CAR-T 19, exponential growth, where the tumour may express IDO, which inhibits CAR-T cells
and is blocked by 1-methyl-tryptophan (1-MT).

Whole mouse, in cells: one unit of bioluminescence counts as one cell. Day 0 is the injection of
the tumour, not the infusion: CAR-T cells are given on day 42 (HDLM-2) or 7 (Raji).

Barros LRC, Paixao EA, Valli AMP, et al. Cancers 2021;13:2941. doi:10.3390/cancers13122941
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from livingdrug.catalogue.entry import published
from livingdrug.catalogue.readout import Deviation, PrintedEquation, Readout, Take, trajectory
from livingdrug.core.source import Origin, Source
from livingdrug.model.builder import ModelBuilder
from livingdrug.model.model import Model
from livingdrug.model.regimen import Dose, Regimen

SOURCE = Source(
    doi="10.3390/cancers13122941",
    authors=("Barros, Luciana R. C.", "Paixao, Emanuelle A.", "Valli, Andrea M. P.",
             "Naozuka, Gustavo T.", "Fassoni, Artur C.", "Almeida, Regina C."),
    year=2021,
    title="CARTmath - a mathematical model of CAR-T immunotherapy in preclinical studies of "
    "hematological cancers",
    journal="Cancers",
    volume="13",
    pages="2941",
    licence="CC-BY-4.0",
    note="Values are those of Table 2; the authors' code (tmglncc/CARTmath) was read for the "
    "cut-off, BIOMD0000001019 and BIOMD0000001020 for their events.",
)  # fmt: skip

CUT_OFF = 1e-6
_START = "Results (place in the article not recorded)"
_CODE = "authors' code: a population below 1e-6 cells becomes 0 (smallest number of cells)"
# name: HDLM-2, Raji, unit, fitted in (HDLM-2, Raji), meaning
_TABLE: tuple[tuple[str, float, float, str, tuple[bool, bool], str], ...] = (
    ("phi", 0.265, 0.830, "1/day", (False, False), "proliferation of effector cells"),
    ("rho", 0.350, 0.8300536, "1/day", (False, False), "death and conversion of effector cells"),
    ("eps", 0.150, 1.59795, "1/day", (False, False), "effective conversion to memory cells"),
    ("theta", 6.0e-6, 2.3e-4, "1/(cell*day)", (False, False), "return of memory to effector cells"),
    ("alpha", 4.5e-8, 1.248506e-8, "1/(cell*day)", (False, True), "inhibition by the tumour"),
    ("mu", 5.0e-3, 6.89e-7, "1/day", (False, False), "death of memory cells"),
    ("r", 5.650026e-2, 0.5071721, "1/day", (True, True), "growth of the tumour"),
    ("b", 1.404029e-12, 0.0, "1/cell", (True, False), "1 / carrying capacity of the tumour"),
    ("gamma", 3.715843e-6, 3.365388e-8, "1/(cell*day)", (True, True), "killing"),
)  # fmt: skip
_ALPHA = {"raji_ido": 1.461699e-8, "raji_ido_1mt": 1.261662e-8}  # Table 2, calibrated
_MICE = ("HDLM-2 (Hodgkin lymphoma), CAR-T 123", "Raji (Burkitt lymphoma), CAR-T 19")


@published(
    source=SOURCE,
    variants={
        "hdlm2": "HDLM-2 with CAR-T 123; logistic growth",
        "raji": "Raji control with CAR-T 19; exponential growth",
        "raji_ido": "Raji that expresses IDO, with CAR-T 19: other alpha",
        "raji_ido_1mt": "Raji that expresses IDO, with CAR-T 19 and 1-MT: other alpha",
        "sbml_hdlm2": "as in BIOMD0000001019: no cut-off, CT is set to 2e6 on day 45, a challenge "
        "replaces the tumour",
        "sbml_raji": "as in BIOMD0000001020: no cut-off, CT is set to 1e7 on day 7",
    },
)
def model(variant: str) -> Model:
    """Build one of the two systems with the constants of Table 2."""
    raji, deposit = "raji" in variant, variant.startswith("sbml")
    m = ModelBuilder(
        "barros2021",
        title="CARTmath: effector and memory CAR-T cells in immunodeficient mice",
        organism="mouse",
        population=f"immunodeficient mice with {_MICE[raji]}",
        source=SOURCE,
        variant=variant,
        dimensions="strict",
    )
    _species(m, raji, deposit)
    for name, hdlm2, burkitt, unit, fitted, doc in _TABLE:
        value = _ALPHA.get(variant, burkitt) if raji and name == "alpha" else (hdlm2, burkitt)[raji]
        origin = Origin.ESTIMATED if fitted[raji] else Origin.FIXED
        m.parameter(name, value, unit, origin=origin, at="Table 2", lower=0.0, doc=doc)
    _reactions(m)
    _doses(m, raji, deposit)
    m.observable("car_t_cells", "CT + CM", "cell", at="sum of C_T and C_M", doc="all CAR-T cells")
    return m.build()


def _species(m: ModelBuilder, raji: bool, deposit: bool) -> None:
    for name, initial, symbol, term, doc in (
        ("CT", 0.0, "C_T", "", "effector CAR-T cells of the mouse"),
        ("CM", 0.0, "C_M", "", "long-term memory CAR-T cells of the mouse"),
        ("T", 3e6 if raji else 2e6, "T", "tumor_burden", "tumour cells of the mouse"),
    ):
        m.species(
            name,
            initial=initial,
            unit="cell",
            count_per_unit=1.0,
            extinct_below=None if deposit else CUT_OFF,
            log_state=name == "T",  # falls below one cell, and may regrow from there
            term=term,
            symbol=symbol,
            origin=Origin.FIXED,
            at=_START if deposit else f"{_START}; {_CODE}",
            doc=doc,
        )


def _reactions(m: ModelBuilder) -> None:
    for name, species, rate, at, doc in (
        ("effector_proliferation", "-> CT", "phi * CT", "Eq. of C_T, term 1", ""),
        ("effector_loss", "CT ->", "rho * CT", "Eq. of C_T, term 2", "death and conversion"),
        ("reactivation", "CM -> CT", "theta * T * CM", "Eq. of C_T, term 3; of C_M, term 2", ""),
        ("effector_inhibition", "CT ->", "alpha * T * CT", "Eq. of C_T, term 4", ""),
        ("memory_formation", "-> CM", "eps * CT", "Eq. of C_M, term 1", "not paired with the loss"),
        ("memory_death", "CM ->", "mu * CM", "Eq. of C_M, term 3", ""),
        ("tumor_division", "-> T", "r * T", "Eq. of T, r T of r T (1 - b T)", ""),
        ("tumor_crowding", "T ->", "r * b * T * T", "Eq. of T, r b T^2 of r T (1 - b T)", ""),
        ("tumor_killing", "T ->", "gamma * CT * T", "Eq. of T, last term", ""),
    ):  # fmt: skip
        m.reaction(name, species, rate=rate, at=at, doc=doc)


def _doses(m: ModelBuilder, raji: bool, deposit: bool) -> None:
    amount, day = (1e7, 7.0) if raji else (2e6, 45.0 if deposit else 42.0)
    m.dose(
        "tumor_challenge",
        "cell",
        {"T": "dose"},
        mode="assign" if deposit else "add",
        entity="tumour cells",
        typical=1e6,
        at="Results: 1e6 cells on day 250",
    )
    if not deposit:
        at = f"Results: day {day:g}"
        m.dose("infusion", "cell", {"CT": "dose"}, entity="CAR-T cells", typical=amount, at=at)
        return
    file = "BIOMD0000001020" if raji else "BIOMD0000001019"
    m.parameter("infused", amount, "cell", origin=Origin.FIXED, at=file, lower=0.0)
    m.parameter("day_infused", day, "day", origin=Origin.FIXED, at=file)
    m.event("infusion", {"CT": "infused"}, at_time="day_infused", at=f"{file}: an event that sets")
    m.dose_stand_in("infused", f"the infusion is an event of {file} that sets the effector cells")


_PAPER = "Results, HDLM-2 (place in the article not recorded)"
_PAPER_RAJI = "Results, Raji (place in the article not recorded)"


def _infusions(*given: tuple[float, float]) -> tuple[Dose, ...]:
    return tuple(Dose("infusion", amount, "cell", time=day) for day, amount in given)


_SINGLE, _RAJI = _infusions((42, 2e6)), _infusions((7, 1e7))
_CHALLENGE = Dose("tumor_challenge", 1e6, "cell", time=250.0)
_AGAIN = (*_SINGLE, _CHALLENGE)
_MOST, _HALF, _FIFTH = (_infusions((42, dose)) for dose in (1.5e6, 0.5e6, 0.2e6))
_WEEKLY = _infusions((42, 0.5e6), (49, 0.5e6), (56, 0.5e6), (63, 0.5e6))
_FORTNIGHTLY = _infusions((42, 0.5e6), (56, 0.5e6), (70, 0.5e6), (84, 0.5e6))
_PARTS = Regimen.split(2e6, "cell", fractions=(0.1, 0.3, 0.6), days=(42, 43, 44)).doses
_BELOW, _ABOVE, _COMPLETE = (_infusions((42, dose)) for dose in (2.50e5, 2.55e5, 2.7e5))
_RUN = "own integration (LSODA at rtol 1e-11, or Radau in ln T), cut-off as terminal event"
_NUMERIC = 1e-5  # of a value: the second run is at rtol 1e-6
_STEEP = 2e-4  # where errors of the second run have grown exponentially

# label, how, what, first and last day, number, room, doses
_Row = tuple[str, Take, str, tuple[float, float], float, float, tuple[Dose, ...]]


def _readouts(
    variant: str, rows: Sequence[_Row], *, source: str = "", level: float = math.nan
) -> Iterator[Readout]:
    """Turn rows into read-outs: of the source, or else of an independent run."""
    for label, take, of, (start, end), equals, room, doses in rows:
        yield Readout(
            label, take, of, equals, "day" if "day" in take else "cell", source or _RUN, day=end,
            rtol=0.0 if source else _NUMERIC, atol=room, start=start, end=end, variant=variant,
            witness="source" if source else "independent run", doses=doses, level=level,
        )  # fmt: skip


_PRINTED: tuple[_Row, ...] = (  # the room is that of the words: "about", "a few"
    ("untreated to day 42: about 2e7", "value", "T", (0, 42), 2e7, 2e6, ()),
    ("2e6: tumour gone in a few days", "event day", "extinct(T)", (42, 300), 45, 3, _SINGLE),
    ("day 250: challenge is rejected", "event day", "extinct(T)", (250, 300), 275, 25, _AGAIN),
    ("1.5e6: tumour gone around day 55", "event day", "extinct(T)", (42, 300), 55, 5, _MOST),
    ("1.5e6: memory, printed for day 200", "value", "CM", (0, 300), 7e5, 0.5e5, _MOST),
    ("0.2e6: carrying capacity by day 350", "value", "T", (0, 350), 7.1224e11, 7e9, _FIFTH),
    # percentages are over a single dose of 2e6, 1.536557e6 memory cells on day 200; room 1 %
    ("weekly: 7 % more memory", "value", "CM", (0, 200), 1.07 * 1.536557e6, 1.5e4, _WEEKLY),
    ("14 days: 15 % more memory", "value", "CM", (0, 200), 1.15 * 1.536557e6, 1.5e4, _FORTNIGHTLY),
    ("10, 30, 60 %: 1.5e6 memory cells", "value", "CM", (0, 200), 1.5e6, 0.05e6, _PARTS),
    # complete response: at most 8e5 cells on day 300; the threshold dose is about 2.6e5
    ("2.7e5: complete response", "value", "T", (0, 300), 4e5, 4e5, _COMPLETE),
)  # fmt: skip

_LEVELS: dict[float, _Row] = {  # no response is 1e10 cells by day 300; the 10 cells are ours
    1e10: ("2.50e5: no response", "first day above", "T", (42, 300), 171, 129, _BELOW),
    10.0: ("0.5e6: regrows around day 150", "first day above", "T", (75, 300), 150, 15, _HALF),
}
_OWN: tuple[_Row, ...] = (  # the room is one unit of the last digit, unless a comment says why
    ("untreated: T on day 42", "value", "T", (0, 42), 2.14587e7, 100, ()),
    ("2e6: day of elimination", "event day", "extinct(T)", (42, 300), 47.570, 1e-3, _SINGLE),
    ("2e6: no tumour cell on day 300", "value", "T", (0, 300), 0, 1e-12, _SINGLE),
    ("2e6: most memory cells", "maximum", "CM", (42, 300), 2.66226e6, 10, _SINGLE),
    # read off a coarse grid at a flat maximum, which lies at 77.949
    ("2e6: day of most memory cells", "day of maximum", "CM", (42, 300), 77.99, 0.05, _SINGLE),
    ("challenge: elimination", "event day", "extinct(T)", (250, 300), 260.407, 1e-3, _AGAIN),
    ("challenge: CM on day 300", "value", "CM", (0, 300), 1.65052e6, 10, _AGAIN),
    ("1.5e6: day of elimination", "event day", "extinct(T)", (42, 300), 50.43, 0.01, _MOST),
    ("1.5e6: CM on day 200", "value", "CM", (0, 200), 1.11604e6, 10, _MOST),
    ("1.5e6: CM on day 300", "value", "CM", (0, 300), 6.76914e5, 1, _MOST),
    ("0.5e6: T on day 75", "value", "T", (0, 75), 0.95, 0.01, _HALF),
    ("0.5e6: fewest tumour cells", "minimum", "T", (42, 150), 0.768006, 3e-4, _HALF),  # _STEEP
    ("0.5e6: day of fewest cells", "day of minimum", "T", (42, 150), 83.3748, 0.01, _HALF),
    ("0.5e6: T on day 150", "value", "T", (0, 150), 16.749, 4e-3, _HALF),  # _STEEP
    ("0.5e6: T on day 250", "value", "T", (0, 250), 884.83, 0.01, _HALF),
    ("0.5e6: T on day 500", "value", "T", (0, 500), 1033.74, 0.01, _HALF),
    ("0.5e6: CT on day 500", "value", "CT", (0, 500), 15126.6, 0.1, _HALF),
    ("0.5e6: CM on day 500", "value", "CM", (0, 500), 207479, 1, _HALF),
    ("0.2e6: T on day 300", "value", "T", (0, 300), 6.6516e11, 1e7, _FIFTH),
    ("0.2e6: T on day 350", "value", "T", (0, 350), 7.0926e11, 1e7, _FIFTH),
    ("weekly: CM on day 200", "value", "CM", (0, 200), 1.653619e6, 1, _WEEKLY),
    ("every 14 days: CM on day 200", "value", "CM", (0, 200), 1.757825e6, 1, _FORTNIGHTLY),
    ("10, 30, 60 %: CM on day 200", "value", "CM", (0, 200), 1.540400e6, 1, _PARTS),
    ("2.50e5: T on day 300", "value", "T", (0, 300), 3.60e11, 1e9, _BELOW),
    ("2.55e5: T on day 300", "value", "T", (0, 300), 1233, 1, _ABOVE),
)  # fmt: skip

_PRINTED_RAJI: tuple[_Row, ...] = (
    ("Raji: almost 1e8 cells on day 7", "value", "T", (0, 7), 1e8, 0.05e8, _RAJI),
    ("Raji: effector cells 30 % up", "maximum", "CT", (7, 14), 1.3e7, 0.05e7, _RAJI),
    ("Raji: effector cells peak by day 9", "day of maximum", "CT", (7, 14), 9, 0.5, _RAJI),
    ("Raji: about 6e8 cells on day 14", "value", "T", (0, 14), 6e8, 0.5e8, _RAJI),
    # no memory: less than one in 10,000 of the infused cells
    ("Raji: no memory cells", "maximum", "CM", (7, 14), 0, 1e3, _RAJI),
)  # fmt: skip

_OWN_RAJI: dict[str, tuple[_Row, ...]] = {  # days of the peak were read off a grid of 0.01 day
    "raji": (
        ("Raji: T on day 7, 3e6 exp(7 r)", "value", "T", (0, 7), 1.0446133e8, 10, _RAJI),
        ("Raji: peak of CT", "maximum", "CT", (7, 14), 1.277513e7, 10, _RAJI),
        ("Raji: day of the peak", "day of maximum", "CT", (7, 14), 8.873, 0.01, _RAJI),
        ("Raji: most memory cells", "maximum", "CM", (7, 14), 712, 1, _RAJI),
    ),
    "raji_ido": (
        ("Raji IDO: peak of CT", "maximum", "CT", (7, 14), 1.009596e7, 10, _RAJI),
        ("Raji IDO: day of the peak", "day of maximum", "CT", (7, 14), 7.27, 0.01, _RAJI),
        ("Raji IDO: T on day 14", "value", "T", (0, 14), 1.709658e9, 1e3, _RAJI),
    ),
    "raji_ido_1mt": (
        ("Raji IDO with 1-MT: peak of CT", "maximum", "CT", (7, 14), 1.233001e7, 10, _RAJI),
        ("Raji IDO with 1-MT: its day", "day of maximum", "CT", (7, 14), 8.63, 0.01, _RAJI),
        ("Raji IDO with 1-MT: T on day 14", "value", "T", (0, 14), 7.049538e8, 100, _RAJI),
    ),
}  # fmt: skip

# steady states: roots of (phi - rho - alpha T)(theta T + mu) + theta eps T = 0
_LINEAR = "((phi - rho) * theta - alpha * mu + theta * eps)"
_ROOT = f"sqrt({_LINEAR}**2 + 4 * alpha * theta * (phi - rho) * mu)"
_T2 = f"(({_LINEAR} + {_ROOT}) / (2 * alpha * theta))"
_T3 = f"(({_LINEAR} - {_ROOT}) / (2 * alpha * theta))"
_CT = "r * (1 - b * {}) / gamma".format
_CM = "eps * r * (1 - b * {0}) / gamma / (theta * {0} + mu)".format
_STEADY: tuple[_Row, ...] = (
    ("P2, saddle: CT", "expression", _CT(_T2), (0, 0), 1.5205e4, 1, ()),
    ("P2, saddle: CM", "expression", _CM(_T2), (0, 0), 2.63e2, 1, ()),
    ("P2, saddle: T", "expression", _T2, (0, 0), 1.442522e6, 5, ()),  # last digit is off
    ("P3, stable: CT", "expression", _CT(_T3), (0, 0), 1.5205e4, 1, ()),
    ("P3, stable: CM", "expression", _CM(_T3), (0, 0), 1.97519e5, 1, ()),
    ("P3, stable: T", "expression", _T3, (0, 0), 1.089e3, 2.5, ()),  # 0.2 % off
)
_STEADY_OWN: tuple[_Row, ...] = (
    ("P2 by root finding: CT", "expression", _CT(_T2), (0, 0), 15205.2, 0.1, ()),
    ("P2 by root finding: CM", "expression", _CM(_T2), (0, 0), 263.366, 1e-3, ()),
    ("P2 by root finding: T", "expression", _T2, (0, 0), 1.44252e6, 10, ()),
    ("P3 by root finding: CT", "expression", _CT(_T3), (0, 0), 15205.2, 0.1, ()),
    ("P3 by root finding: CM", "expression", _CM(_T3), (0, 0), 197519, 1, ()),
    ("P3 by root finding: T", "expression", _T3, (0, 0), 1091.2, 0.1, ()),
)

_COLUMNS = (("CT", "cell"), ("CM", "cell"), ("T", "cell"))
_ROWS = (
    (42.5, 1775061.1, 31376.93, 737689.57),
    (43, 1726596.1, 127988.91, 29191.155),
    (45, 1460363, 597068.5, 0.23880766),
)
_ROWS_AFTER = (  # no tumour cells are left
    (50, 954741.31, 1462761.7),
    (55, 624181.02, 2002247.8),
    (75, 114027.59, 2656873.9),
    (200, 2.7709652, 1536556.7),
    (300, 5.6380e-4, 931971.92),
)
_ROWS_RAJI = (
    (8, 12174817, 711.28244, 1.1892015e8),
    (9, 12762743, 686.14642, 1.2923018e8),
    (10, 11714044, 575.36285, 1.4145039e8),
    (12, 4016078.4, 125.85893, 2.2170048e8),
    (14, 12151.356, 0.14899279, 5.6664986e8),
)
_ROWS_DEPOSIT = (
    (46, 1688085.8, 115846.65, 39626.179),
    (48, 1428900.5, 573458.87, 0.41873732),
    (100, 17195.724, 2475717.1, 1.2471965e-26),
    (200, 3.498786, 1521147.5, 1.6722703e-24),
)
_ROWS_DEPOSIT_CHALLENGED = (
    (252, 944902.87, 344918.60, 1139.0359),
    (255, 732834.74, 711684.62, 0.12283351),
    (1000, 4836.2974, 52236.799, 1923.1063),
)
_LOG = 1e-3  # T near 1e-26 cells: ln T is about -60
_RADAU = "own integration, Radau in ln T at rtol 1e-10, without a cut-off"

_TRAJECTORIES = (
    ("2e6", _ROWS, _RUN, _STEEP, "hdlm2", _SINGLE),
    ("2e6", _ROWS_AFTER, _RUN, 2e-5, "hdlm2", _SINGLE),
    ("Raji", _ROWS_RAJI, _RUN, _STEEP, "raji", _RAJI),
    # before day 7 there are no effector cells, so that to set is to add
    ("BIOMD0000001020", _ROWS_RAJI, _RUN, _STEEP, "sbml_raji", ()),
    ("BIOMD0000001019", _ROWS_DEPOSIT, _RADAU, _LOG, "sbml_hdlm2", ()),
    ("with challenge", _ROWS_DEPOSIT_CHALLENGED, _RADAU, _LOG, "sbml_hdlm2", (_CHALLENGE,)),
)

READOUTS = (
    *_readouts("hdlm2", _PRINTED, source=_PAPER),
    *(item for level, row in _LEVELS.items()
      for item in _readouts("hdlm2", (row,), source=_PAPER, level=level)),
    *_readouts("hdlm2", _STEADY, source="section 2.3"),
    *_readouts("hdlm2", (*_STEADY_OWN, *_OWN)),
    *_readouts("raji", _PRINTED_RAJI, source=_PAPER_RAJI),
    *(item for variant, rows in _OWN_RAJI.items() for item in _readouts(variant, rows)),
    *(
        item
        for label, rows, at, rtol, variant, doses in _TRAJECTORIES
        for item in trajectory(
            label, _COLUMNS[: len(rows[0]) - 1], rows,
            at=at, rtol=rtol, variant=variant, doses=doses,
        )
    ),
)  # fmt: skip

EQUATIONS = (
    PrintedEquation("CT", "phi * CT - rho * CT + theta * T * CM - alpha * T * CT", "Eq. of C_T"),
    PrintedEquation("CM", "eps * CT - theta * T * CM - mu * CM", "Eq. of C_M"),
    PrintedEquation("T", "r * T * (1 - b * T) - gamma * CT * T", "Eq. of T"),
)

_DEVIATIONS = (  # what, instead, why
    ("virtual mice (section 3.4): every parameter uniform within 60 % of the HDLM-2 value, "
     "phi < rho, phi > rho - eps, kept when untreated survival lies within 100 to 207 days; "
     "mean survival 137 days; responders 95, 87, 62 and 7 % for 1.5, 1.0, 0.5 and 0.1e6 cells",
     "no variability",
     "a joint law with acceptance cannot be said by the variability of single parameters. Run "
     "apart, the printed rule gives 141 days and 97, 92, 65 and 7 %; without the lower bound of "
     "100 days it gives 136 days and 95, 86, 59 and 7 %"),
    ("day 0 is the injection of the tumour",
     "the same: infusions are on day 42 or 7",
     "the initial number belongs to that day; elsewhere in the catalogue day 0 is the infusion"),
    ("rho as death and conversion together, eps as effective conversion",
     "loss at rho and formation of memory cells at eps as two reactions, not paired",
     "the source gives no separate death, and eps is above rho for Raji"),
    ("every population below 1e-6 cells is set to 0 after each step of a Runge-Kutta method "
     "(steps of 1e-3 day, Raji 1e-5 day)",
     "a population that falls through 1e-6 cells is set to 0, located in time",
     "the same for whatever was larger before; in the code a slow influx cannot start from 0"),
    ("about 7e5 memory cells on day 200 after 1.5e6 CAR-T cells",
     "read as day 300",
     "equations and constants give 1.12e6 on day 200 and 6.77e5 on day 300"),
    ("1.089e3 tumour cells in the steady state P3",
     "1.0912e3",
     "follows from the constants of Table 2"),
    ("BIOMD0000001019 sets C_T to 2e6 on day 45, and T to 1e6 at the challenge; BIOMD0000001020 "
     "sets C_T to 1e7 on day 7, and has alpha 1.26166e-8 with IDO and 1-MT; no cut-off",
     "only in the variants sbml_hdlm2 and sbml_raji, alpha as in Table 2; a challenge is a dose "
     "there too",
     "article and code infuse HDLM-2 on day 42, and add; the deposit's day of the challenge is "
     "(unconfirmed)"),
)  # fmt: skip
DEVIATIONS = tuple(Deviation(*row) for row in _DEVIATIONS)
