"""Melanoma, tumour-associated macrophages and CAR-T cells: a theoretical study.

Tumour cells T grow logistically, faster beside macrophages M, which they attract, and are killed
by CAR-T cells C. These expand with the antigen they find, are lost, and may be inactivated by the
tumour:

    dT/dt = alpha1 T (1 - T / K1) (1 + beta1 M) - mu1 T C
    dM/dt = alpha2 T M (1 - M / K2) - kappa2 M
    dC/dt = alpha3 T C / (K3 + T) - mu3 C T - kappa3 C

With mu3 = 0 all three coexist at ``T* = kappa3 K3 / (alpha3 - kappa3)``,
``M* = K2 (1 - kappa2 / (alpha2 T*))``, ``C* = alpha1 / mu1 (1 - T* / K1) (1 + beta1 M*)``. CAR-T
cells can grow at all only below ``mu3 = (sqrt(alpha3) - sqrt(kappa3))**2 / K3``.

No state without a tumour is ever reached: the author calls fewer than 100 cells cleared for a
while. The largest doses pass through few cells or less, where a tumour of whole cells would be
gone; these equations relapse. Day 0 is the infusion, which is the initial value of C.

Rodrigues G. Comput Appl Math 2025. doi:10.1007/s40314-024-03060-3 (co-authors unconfirmed)
"""

from __future__ import annotations

from collections.abc import Iterator

from livingdrug.catalogue.entry import published
from livingdrug.catalogue.readout import Deviation, PrintedEquation, Readout, Take, trajectory
from livingdrug.core.source import Origin, Source
from livingdrug.model.builder import ModelBuilder
from livingdrug.model.model import Model

SOURCE = Source(
    doi="10.1007/s40314-024-03060-3",
    authors=("Rodrigues, Guilherme", "others (unconfirmed)"),
    year=2025,
    title="A mathematical model to the melanoma dynamics involving CAR T-cells",
    journal="Computational and Applied Mathematics",
    note="Equations, values and printed results are those of the author's notebook "
    "(g-rodrigues2/Melanoma-TAM-CART-Modeling, commit 9832965); the article was not opened. Year "
    "of the issue, co-authors and pages are (unconfirmed).",
)

_BOOK = "author's notebook"
# kappa3, beta1, mu3, C(0), section of the notebook
_CASES: dict[str, tuple[float, float, float, float, str]] = {
    "coexistence": (0.35, 0.0, 0.0, 1e7, "existence of coexistence"),
    "spiral": (0.5, 0.0, 0.0, 1e7, "oscillating solutions, panel a"),
    "sink": (0.86, 0.0, 0.0, 1e7, "oscillating solutions, panel b"),
    "inactivation": (0.35, 2.3e-10, 1e-9, 5e5, "scenario 1"),
    "high_dose": (0.35, 2.3e-10, 6.752e-10, 7e7, "scenario 2"),
}


@published(
    source=SOURCE,
    variants={
        "coexistence": "kappa3 0.35, no effect of macrophages or of the tumour on CAR-T cells",
        "spiral": "kappa3 0.5: slowly damped oscillation",
        "sink": "kappa3 0.86: CAR-T cells die too fast, the tumour settles near its capacity",
        "inactivation": "the tumour inactivates CAR-T cells (mu3 1e-9): escape",
        "high_dose": "mu3 6.752e-10 and 7e7 CAR-T cells: below 100 tumour cells for 12 days",
    },
)
def model(variant: str) -> Model:
    """Build one of the author's cases."""
    kappa3, beta1, mu3, dose, section = _CASES[variant]
    m = ModelBuilder(
        "rodrigues2024_melanoma_tam",
        title="Melanoma, tumour-associated macrophages and CAR-T cells",
        organism="not stated",
        population="theoretical: cutaneous melanoma, no data were fitted",
        source=SOURCE,
        variant=variant,
        dimensions="strict",
    )
    for name, value, term, doc in (
        ("T", 2e6, "tumor_burden", "melanoma cells"),
        ("M", 1e6, "", "tumour-associated macrophages"),
        ("C", dose, "car_t_tumor", "CAR-T cells"),
    ):
        m.species(
            name, initial=value, unit="cell", count_per_unit=1.0,
            log_state=True,  # each falls and returns by many orders of magnitude
            term=term, origin=Origin.FIXED, at=f"{_BOOK}, {section}", doc=doc,
        )  # fmt: skip
    for name, value, unit, doc in (
        ("alpha1", 0.69, "1/day", "growth rate of the tumour (0.69 to 0.97)"),
        ("K1", 1e9, "cell", "carrying capacity of the tumour"),
        ("mu1", 1e-7, "1/(cell*day)", "killing by CAR-T cells"),
        ("beta1", beta1, "1/cell", "macrophages promote growth"),
        ("alpha2", 1e-7, "1/(cell*day)", "recruitment of macrophages by the tumour"),
        ("K2", 1e9, "cell", "carrying capacity of macrophages"),
        ("kappa2", 0.34, "1/day", "death of macrophages"),
        ("alpha3", 0.9, "1/day", "maximal expansion of CAR-T cells"),
        ("K3", 2e7, "cell", "tumour at half-maximal expansion"),
        ("mu3", mu3, "1/(cell*day)", "inactivation of CAR-T cells by the tumour"),
        ("kappa3", kappa3, "1/day", "death of CAR-T cells"),
    ):
        varied = name in ("beta1", "mu3", "kappa3")
        m.parameter(
            name, value, unit, lower=0.0, doc=doc,
            origin=Origin.FIXED,
            at=f"{_BOOK}, {section}" if varied else f"{_BOOK} (Table 1 of the article, not read)",
        )  # fmt: skip
    _reactions(m)
    m.dose_stand_in("C", "the infusion is the initial value of C")
    return m.build()


def _reactions(m: ModelBuilder) -> None:
    at = f"{_BOOK}, function sis"
    for name, species, rate in (
        ("tumor_growth", "-> T", "alpha1 * T * (1 + beta1 * M)"),
        ("tumor_crowding", "T ->", "alpha1 * T * T / K1 * (1 + beta1 * M)"),
        ("tumor_killing", "T ->", "mu1 * T * C"),
        ("macrophage_recruitment", "-> M", "alpha2 * T * M"),
        ("macrophage_crowding", "M ->", "alpha2 * T * M * M / K2"),
        ("macrophage_death", "M ->", "kappa2 * M"),
        ("car_t_expansion", "-> C", "alpha3 * T * C / (K3 + T)"),
        ("car_t_inactivation", "C ->", "mu3 * C * T"),
        ("car_t_death", "C ->", "kappa3 * C"),
    ):
        m.reaction(name, species, rate=rate, at=at)


_RUN = "own integration, LSODA at rtol 1e-11"
_DAYS = (5.0, 10.0, 20.0, 30.0, 60.0)
_COURSES: dict[str, dict[str, tuple[float, ...]]] = {
    "spiral": {
        "T": (7.55449e6, 1.09665e8, 5.57170e6, 8.89680e7, 9.64654e6),
        "M": (869358.602, 967528805, 695910581, 960087774, 612873677),
        "C": (1.48150e6, 1.70550e6, 1.18304e7, 2.94284e6, 4.35722e6),
    },
    "sink": {
        "T": (1.71373e7, 3.30986e8, 9.73955e8, 9.70376e8, 9.43383e8),
        "M": (2831116.35, 989582292, 996509040, 996496229, 996395998),
        "C": (329558, 143135, 169581, 211045, 403447),
    },
    "inactivation": {
        "T": (5.05048e7, 6.50467e8, 9.94851e8, 9.99950e8, 1e9),
        "M": (251148354, 994756358, 996582322, 996599830, 996600000),
        "C": (409961, 933758, 20100.6, 189.222, 1.52798826e-4),
    },
    "high_dose": {
        "T": (3.36984264, 5.76740357, 3159.23, 3.06941e6, 9.99927e8),
        "M": (188934.797, 34515.3272, 1152.42616, 60.0368279, 996599752),
        "C": (1.23386e7, 2.14414e6, 64760.6, 2349.27, 513.567),
    },
    "coexistence": {
        "T": (4106785.80, 38753841.0, 2085978.90, 52555625.7, 5686521.17),
        "M": (552926.989, 206342089, 397771448, 932073783, 318427035),
        "C": (2712793.14, 2856347.80, 7291490.22, 4688767.02, 3485352.54),
    },
}


def _courses() -> Iterator[Readout]:
    for variant, columns in _COURSES.items():
        for name, numbers in columns.items():
            yield from trajectory(
                "course", ((name, "cell"),), list(zip(_DAYS, numbers, strict=True)), at=_RUN,
                # 6 digits or more; near the steep relapse the loose run at 1e-6 is off by 2e-5
                rtol=5e-5, variant=variant,
            )  # fmt: skip


_T = "kappa3 * K3 / (alpha3 - kappa3)"
_M = f"K2 * (1 - kappa2 / (alpha2 * {_T}))"
_C = f"alpha1 / mu1 * (1 - {_T} / K1) * (1 + beta1 * {_M})"


def _printed(label: str, of: str, equals: float, unit: str, rtol: float, variant: str) -> Readout:
    return Readout(label, "expression", of, equals, unit, f"{_BOOK}, printed output", rtol=rtol,
                   variant=variant)  # fmt: skip


def _below(dose: float, falls: float, rises: float) -> Iterator[Readout]:
    """Give when a course falls through 100 tumour cells, and when it is back."""
    takes: tuple[tuple[Take, float, float], ...] = (
        ("first day below", falls, 0.0), ("first day above", rises, 8.0),
    )  # fmt: skip
    for take, day, start in takes:
        yield Readout(
            f"{take} 100 tumour cells, C(0) = {dose:g}", take, "T", day, "day", _RUN,
            atol=2e-4,  # the last scan has steps of some 1e-7 day; ln T is off by 2e-5 at 1e-6
            witness="independent run", start=start, end=40.0, level=100.0, values={"C": dose},
            variant="high_dose",
        )  # fmt: skip


READOUTS = (
    _printed("most inactivation that CAR-T cells outgrow",
             "(sqrt(alpha3) - sqrt(kappa3))**2 / K3", 6.375139198390881e-9, "1/(cell*day)", 1e-12,
             "coexistence"),
    _printed("least recruitment for macrophages", "kappa2 / K1", 3.4e-10, "1/(cell*day)", 1e-3,
             "coexistence"),
    _printed("least expansion for CAR-T cells", "kappa3 * (1 + K3 / K1)", 0.357, "1/day", 1e-6,
             "coexistence"),
    _printed("growth rate above which nothing oscillates",
             "4 * alpha2**2 * alpha3 * K1 * K3 * (alpha2 * K1 - kappa2)"
             " / (kappa2 * (alpha2 * K3 + kappa2)**2)", 3.854275e4, "1/day", 1e-6, "coexistence"),
    _printed("carrying capacity above which C* has a maximum",
             "kappa2 * (1 + beta1 * K2) / (alpha2 * beta1 * K2)", 1.818e7, "cell", 5e-4,
             "high_dose"),
    *(Readout(f"coexistence: {name}", "expression", of, equals, "cell",
              "the author's formula, evaluated", rtol=3e-6, witness="independent run",
              variant="coexistence")
      for name, of, equals in (("T*", _T, 1.27273e7), ("M*", _M, 7.32857e8),
                               ("C*", _C, 6.81218e6))),
    *_courses(),
    *_below(7e7, 2.42042309, 14.86052856),
    *_below(9e7, 1.57266816, 23.28280268),
)  # fmt: skip

EQUATIONS = (
    PrintedEquation(
        "T", "alpha1 * T * (1 - T / K1) * (1 + beta1 * M) - mu1 * T * C", f"{_BOOK}, dT"
    ),
    PrintedEquation("M", "alpha2 * T * M * (1 - M / K2) - kappa2 * M", f"{_BOOK}, dM"),
    PrintedEquation("C", "alpha3 * T * C / (K3 + T) - mu3 * C * T - kappa3 * C", f"{_BOOK}, dC"),
)

_DEVIATIONS = (  # what, instead, why
    ("days below 100 tumour cells, summed on a grid of 0.1 day, called control of the tumour",
     "the course itself", "no state without a tumour exists; with 7e7 cells the course passes "
     "through less than 4 tumour cells, where whole cells would die out"),
    ("boundary between oscillation and none at T* = 3.86e8 in the text, 3.867590e8 in the output",
     "not a read-out", "a root of the author's cubic; the variants lie far on either side"),
    ("beta1 2.3e-10, 5.9e-11, 1e-7 and 2e-6 per cell in different sections",
     "2.3e-10 in the two scenarios, 0 elsewhere", "so in the sections of the variants"),
)  # fmt: skip
DEVIATIONS = tuple(Deviation(*row) for row in _DEVIATIONS)
