"""Three simple models of CAR-T cells and tumour cells from a review (B-cell cancers).

Expanding CAR-T cells C_E grow on tumour cells U; after the peak they decline, and in two of the
models a part of them turns into persistent cells C_P. What is measured is C_E + C_P.

Lotka and Volterra (variant ``lotka_volterra``), an orbit that closes, so that all waves are equal:

    dC_E/dt = rho C_E U - k_E C_E                                                    (Eq. 4)
    dU/dt   = g U - d C_E U                                                          (Eq. 5)

Saturating contact (variant ``ec50``), with expansion until T_max and decline from then on:

    t <= T_max:  dC_E/dt = rho C_E U / (EC_rho + C_E + U),  dC_P/dt = 0              (Eq. 7)
    t >  T_max:  dC_E/dt = -(k_EP + k_E) C_E,  dC_P/dt = k_EP C_E - beta C_P         (Eq. 8)
    dU/dt = F_cure g U (lg U_max - lg U) / lg U_max - d C_E U / (EC_d + C_E + U)     (Eq. 9)

where ``F_cure = 1 / (1 + (U_crit / U)**h)`` takes the growth away from a tumour below U_crit.
First-order expansion (variant ``first_order``) is the same with ``dC_E/dt = rho C_E`` until T_max,
tumour or not, and killing ``d C_E U``.

Cells per uL of blood. Day 0 is the start of the expansion, with C_E(0) 10 cells/uL, which stands
for the infusion. Constants of one typical patient: no variability, no residual error.

Chaudhury A, Zhu X, Chu L, et al. J Clin Pharmacol 2020;60(S1):S147-S159. doi:10.1002/jcph.1691
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from livingdrug.catalogue.entry import published
from livingdrug.catalogue.readout import Deviation, PrintedEquation, Readout, Take, trajectory
from livingdrug.core.source import Origin, Source
from livingdrug.model.builder import ModelBuilder
from livingdrug.model.model import Model

SOURCE = Source(
    doi="10.1002/jcph.1691",
    authors=(
        "Chaudhury, Anwesha",
        "Zhu, Xu",
        "Chu, Lulu",
        "Goliaei, Ardeshir",
        "June, Carl H.",
        "Kearns, Jeffrey D.",
        "Stein, Andrew M.",
    ),
    year=2020,
    title=(
        "Chimeric antigen receptor T cell therapies: a review of cellular kinetic-pharmacodynamic "
        "modeling approaches"
    ),
    journal="Journal of Clinical Pharmacology",
    volume="60 (S1)",
    pages="S147-S159",
    note=(
        "The article was not opened: equations and constants are those of the deposits "
        "BIOMD0000001024 (Eq. 4 and 5), BIOMD0000001025 (Eq. 7 to 9) and MODEL2109110005 (Eq. S1 "
        "to S3), the last not curated and called unfinished by its curators. The review's models "
        "with Michaelis-Menten kinetics or memory cells are not deposited and not covered."
    ),
)

_LV, _EC50, _FO = "lotka_volterra", "ec50", "first_order"
_DEPOSIT = {
    _LV: "BIOMD0000001024",
    _EC50: "BIOMD0000001025",
    _FO: "MODEL2109110005 (unconfirmed)",
}
_RATE = "uL/(cell*day)"
# name: value, unit, meaning, for each variant
_TABLE: dict[str, tuple[tuple[str, float, str, str], ...]] = {
    _LV: (
        ("rho", 0.0018, _RATE, "expansion on contact with a tumour cell"),
        ("k_E", 0.16, "1/day", "death of expanding cells"),
        ("g", 0.15, "1/day", "growth of tumour cells"),
        ("d", 0.00015, _RATE, "killing by an expanding cell"),
    ),
    _EC50: (
        ("rho", 8.8, "1/day", "maximal expansion"),
        ("EC_rho", 1.0, "cell/uL", "constant of the saturation of expansion"),
        ("k_E", 0.16, "1/day", "death of expanding cells"),
        ("g", 0.2, "1/day", "growth of tumour cells"),
        ("d", 0.35, "1/day", "maximal killing by an expanding cell"),
        ("EC_d", 10.0, "cell/uL", "constant of the saturation of killing"),
        ("k_EP", 0.0012, "1/day", "conversion into persistent cells"),
        ("beta", 0.0032, "1/day", "death of persistent cells"),
        ("U_crit", 0.1, "cell/uL", "tumour cells that grow at half of their rate"),
        ("U_max", 1000.0, "cell/uL", "capacity of tumour cells"),
        ("h", 3.0, "1", "exponent of F_cure"),
        ("T_max", 9.3, "day", "end of the expansion"),
    ),
    _FO: (
        ("rho", 1.0, "1/day", "expansion"),
        ("k_E", 0.16, "1/day", "death of expanding cells"),
        ("g", 0.3, "1/day", "growth of tumour cells"),
        ("d", 0.0007, _RATE, "killing by an expanding cell"),
        ("k_EP", 0.0012, "1/day", "conversion into persistent cells"),
        ("beta", 0.0032, "1/day", "death of persistent cells"),
        ("U_crit", 0.1, "cell/uL", "tumour cells that grow at half of their rate"),
        ("U_max", 100.0, "cell/uL", "capacity of tumour cells"),
        ("h", 3.0, "1", "exponent of F_cure"),
        ("T_max", 9.3, "day", "end of the expansion"),
    ),
}


@published(
    source=SOURCE,
    variants={
        _LV: "Lotka and Volterra, Eq. 4 and 5",
        _EC50: "saturating contact until T_max, Eq. 7 to 9",
        _FO: "first-order expansion until T_max, Eq. S1 to S3; constants (unconfirmed)",
    },
)
def model(variant: str) -> Model:
    """Build one of the three models."""
    m = ModelBuilder(
        "chaudhury2020",
        title="Simple models of CAR-T cells and tumour cells",
        organism="human",
        population="B-cell cancer treated with CD19 CAR-T cells, one typical patient (unconfirmed)",
        source=SOURCE,
        variant=variant,
        dimensions="strict",
    )
    at = _DEPOSIT[variant]
    names = [("C_E", 10.0, "expanding CAR-T cells in blood"), ("U", 900.0, "tumour cells")]
    if variant != _LV:
        names.append(("C_P", 0.0, "persistent CAR-T cells in blood"))
    for name, initial, doc in names:
        m.species(
            name, initial=initial, unit="cell/uL", nominal=1.0,
            log_state=name != "C_P",  # both fall by many orders of magnitude
            term="tumor_burden" if name == "U" else "",
            origin=Origin.FIXED, at=at, doc=doc,
        )  # fmt: skip
    for name, value, unit, doc in _TABLE[variant]:
        m.parameter(name, value, unit, origin=Origin.FIXED, at=at, lower=0.0, doc=doc)
    if variant == _LV:
        _lotka_volterra(m)
    else:
        _switched(m, saturating=variant == _EC50)
    m.dose_stand_in("C_E", "the infusion is the initial value of C_E, 10 cell/uL")
    m.observable(
        "car_t_blood", "C_E" if variant == _LV else "C_E + C_P", "cell/uL", term="car_t_blood",
        at="observed are C_E and C_P together", doc="CAR-T cells in blood",
    )  # fmt: skip
    return m.build()


def _lotka_volterra(m: ModelBuilder) -> None:
    m.reaction("expansion", "-> C_E", rate="rho * C_E * U", at="Eq. 4")
    m.reaction("car_t_death", "C_E ->", rate="k_E * C_E", at="Eq. 4")
    m.reaction("tumor_growth", "-> U", rate="g * U", at="Eq. 5")
    m.reaction("tumor_killing", "U ->", rate="d * C_E * U", at="Eq. 5")


def _switched(m: ModelBuilder, *, saturating: bool) -> None:
    expansion, killing = "rho * C_E", "d * C_E * U"
    if saturating:
        expansion += " * U / (EC_rho + C_E + U)"
        killing += " / (EC_d + C_E + U)"
    m.assign("F_cure", "hill(U, U_crit, h)", "1", at="Eq. 9 and S3",
             doc="part of the growth that a small tumour has")  # fmt: skip
    for name, species, before, after, at in (
        ("expansion", "-> C_E", expansion, "0", "Eq. 7 and S1"),
        ("car_t_death", "C_E ->", "0", "k_E * C_E", "Eq. 8 and S1"),
        ("conversion", "C_E -> C_P", "0", "k_EP * C_E", "Eq. 8 and S2"),
        ("persistent_death", "C_P ->", "0", "beta * C_P", "Eq. 8 and S2"),
    ):
        m.reaction(name, species, rate=f"piecewise({before}, time <= T_max, {after})", at=at)
    m.reaction(
        "tumor_growth", "-> U", net=True, at="Eq. 9 and S3",
        # natural or decimal logarithms: their ratio is the same
        rate="F_cure * g * U"
        " * (1 - log(U / quantity(1, 'cell/uL')) / log(U_max / quantity(1, 'cell/uL')))",
        doc="net growth: a loss above the capacity",
    )  # fmt: skip
    m.reaction("tumor_killing", "U ->", rate=killing, at="Eq. 9 and S3")


_RUN = "own integration of the deposit at rtol 1e-10 or better"
_EXACT = "closed form of the equations"
_STEIN = "Stein et al. 2019, Table 1 (doi:10.1002/psp4.12388), the same decline"


def _one(
    variant: str, label: str, take: Take, of: str, equals: float, unit: str,
    *, rtol: float = 0.0, atol: float = 0.0, day: float = math.nan,
    period: tuple[float, float] = (0.0, 60.0), at: str = _RUN,
) -> Readout:  # fmt: skip
    return Readout(
        f"{variant}: {label}", take, of, equals, unit, at, rtol=rtol, atol=atol, day=day,
        witness="independent run" if at in (_RUN, _EXACT) else "source",
        start=period[0], end=period[1], variant=variant,
    )  # fmt: skip


def _course(
    variant: str, names: Sequence[str], rows: Sequence[Sequence[float]], rtol: float
) -> Iterator[Readout]:
    columns = [(name, "cell/uL") for name in names]
    return trajectory(variant, columns, rows, at=_RUN, rtol=rtol, variant=variant)


def _waves() -> Iterator[Readout]:
    """Give the peaks of Lotka and Volterra, all alike and 118.60 days apart."""
    for number, day in enumerate((4.99, 123.59, 242.19, 360.79)):
        period = (max(0.0, day - 40.0), day + 40.0)
        # the orbit closes, so the height is that of the first; the loose run drifts by 1e-5 a wave
        yield _one(_LV, f"peak {number + 1}", "maximum", "C_E", 14557.3, "cell/uL", rtol=1e-4,
                   period=period)  # fmt: skip
        yield _one(_LV, f"day of peak {number + 1}", "day of maximum", "C_E", day, "day",
                   atol=0.01, period=period)  # fmt: skip


READOUTS = (
    *_course(
        _LV,
        ("C_E", "U"),
        (
            (1, 48.812286, 1041.8956),
            (2, 309.86231, 1185.6418),
            (3, 2347.7244, 1184.4897),
            (5, 14557.078, 87.350454),
            (7, 11432.097, 2.2465346),
            (10, 7094.048, 0.058730316),
            (14, 3741.13, 0.0046129302),
            (28, 398.29224, 0.0016402999),
            (60, 2.384145, 0.13750945),
            (100, 0.0076842721, 55.350693),
        ),
        5e-5,
    ),
    _one(_LV, "peak of tumour cells", "maximum", "U", 1228.96, "cell/uL", rtol=1e-5),
    _one(_LV, "day of the peak of tumour cells", "day of maximum", "U", 2.579, "day", atol=1e-3),
    *_waves(),
    *_course(
        _EC50,
        ("C_E", "C_P", "U"),
        (
            (10, 20383.421, 18.104819, 56.281381),
            (14, 10696.557, 89.476728, 20.634964),
            (28, 1119.7684, 154.73252, 1.3666334),
            (60, 6.4396692, 147.30006, 0.024866919),
            (100, 0.010198416, 129.64541, 0.0086724837),
        ),
        2e-5,
    ),
    *_course(
        _EC50,
        ("C_E", "U"),
        (
            (1, 2714.1058, 796.44439),
            (3, 12288.107, 433.33363),
            (5, 17839.575, 233.50557),
            (9.3, 22818.278, 67.906424),
        ),
        2e-5,
    ),
    _one(_EC50, "persistent cells on day 9.3", "value", "C_P", 0.0, "cell/uL", atol=1e-12, day=9.3),
    _one(_EC50, "persistent cells at one year", "value", "C_P", 55.523353, "cell/uL", rtol=2e-5,
         day=365.0),
    # ln C_E falls to -47, which the loose run at 1e-6 follows to some 1e-5
    _one(_EC50, "expanding cells at one year", "value", "C_E",
         22818.278 * math.exp(-0.1612 * 355.7), "cell/uL", rtol=1e-4, day=365.0, at=_EXACT),
    _one(_EC50, "tumour at one year", "value", "U", 0.0092201048, "cell/uL", rtol=2e-5, day=365.0),
    _one(_EC50, "peak", "maximum", "car_t_blood", 22818.28, "cell/uL", rtol=2e-5),
    *_course(_FO, ("C_E",), ((1, 27.182818), (3, 200.85537), (5, 1484.1316), (7, 10966.332),
                             (9.3, 109380.19), (14, 51274.308)), 2e-5),
    *(
        _one(_FO, f"ln U {log:g} on day {day:g}", "value", "U", math.exp(log), "cell/uL",
             rtol=rtol, day=day)
        # printed to 1e-5 of ln U or better; the loose run is within 1e-6 of its size
        for day, log, rtol in (
            (1, 6.6521142, 2e-5), (3, 6.2857464, 2e-5), (5, 5.2209725, 2e-5),
            (7, -1.2056084, 2e-5), (9.3, -70.037325, 1e-4), (14, -322.35816, 5e-4),
        )
    ),
    _one(_FO, "persistent cells on day 14", "value", "C_P", 428.90973, "cell/uL", rtol=2e-5,
         day=14.0),
    _one(_FO, "peak", "maximum", "car_t_blood", 10.0 * math.exp(9.3), "cell/uL", rtol=2e-5,
         at=_EXACT),
    # T_max is by its name the day of the peak
    *(
        _one(variant, "day of the peak", "day of maximum", "car_t_blood", 9.3, "day", atol=1e-3,
             at=f"{_DEPOSIT[variant]}: T_max")
        for variant in (_EC50, _FO)
    ),
    *(
        item
        for variant in (_EC50, _FO)
        for item in (
            # printed to two digits in both places
            _one(variant, "k_EP is F_B (alpha - beta)", "expression", "k_EP",
                 0.0079 * (0.16 - 0.0032), "1/day", atol=5e-5, at=_STEIN),
            _one(variant, "k_E is alpha", "expression", "k_E", 0.16, "1/day", atol=0.005,
                 at=_STEIN),
        )
    ),
    # the same order: within a factor of two
    _one(_EC50, "peak near that of the transgene, 24,000 copies/ug", "maximum", "car_t_blood",
         24000.0, "cell/uL", rtol=0.5, at=_STEIN),
)  # fmt: skip

_GROWTH = "1 / (1 + (U_crit / U)**h) * g * U * (log10(U_max) - log10(U)) / log10(U_max)"
_SWITCH = "piecewise({}, time <= T_max, {})".format

EQUATIONS = (
    PrintedEquation("C_E", "rho * C_E * U - k_E * C_E", "Eq. 4", _LV),
    PrintedEquation("U", "g * U - d * C_E * U", "Eq. 5", _LV),
    PrintedEquation(
        "C_E", _SWITCH("rho * C_E * U / (EC_rho + C_E + U)", "-(k_EP + k_E) * C_E"),
        "Eq. 7 and 8", _EC50,
    ),
    PrintedEquation("U", f"{_GROWTH} - d * C_E * U / (EC_d + C_E + U)", "Eq. 9", _EC50),
    PrintedEquation("C_E", _SWITCH("rho * C_E", "-(k_EP + k_E) * C_E"), "Eq. S1", _FO),
    PrintedEquation("U", f"{_GROWTH} - d * C_E * U", "Eq. S3, natural logarithms", _FO),
    *(
        PrintedEquation("C_P", _SWITCH("0", "k_EP * C_E - beta * C_P"), at, variant)
        for at, variant in (("Eq. 7 and 8", _EC50), ("Eq. S2", _FO))
    ),
)  # fmt: skip

DEVIATIONS = (
    Deviation(
        "BIOMD0000001024: rho with its unit upside down",
        "uL/(cell*day)",
        "the only unit in which Eq. 4 adds up",
    ),
    Deviation(
        "BIOMD0000001025: a constant h_T of 3 that nothing uses",
        "left out; the switch at T_max is a jump",
        "the article may have a smooth switch, 1 / (1 + (t / T_max)**h_T) (unconfirmed)",
    ),
    Deviation(
        "MODEL2109110005: U_max 100 cells/uL below U(0) 900 cells/uL",
        "kept; the growth is negative at first",
        "the constants of this variant are (unconfirmed) and its curators call it unfinished; the "
        "tumour falls to exp(-322) cells/uL by day 14, for there is no cut-off",
    ),
    Deviation(
        "F_cure as 1 / (1 + (U_crit / U)**h)",
        "U**h / (U_crit**h + U**h)",
        "the same number, and one for a tumour of nothing",
    ),
)
