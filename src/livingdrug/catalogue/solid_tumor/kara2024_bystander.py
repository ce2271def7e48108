"""CAR-T cells against mixed tumours of mice, and bystander cells that kill what the CAR misses.

A tumour of antigen-positive (T_s) and antigen-negative (T_r) volume. CAR-T cells C kill the first;
bystander immune cells B, which CAR-T cells wake, kill both. With ``T = T_s + T_r`` and

    D(d, E, V) = d (E / V)**l / (s + (E / V)**l)
    D_C = D(d_C, C, T_s),  D_S = D(d_B, B, T_s),  D_R = D(d_B, B, T_r)

the authors' code has

    dT_s/dt = r_1 T_s (1 - T / K_1) - D_C T_s - D_S T_s
    dT_r/dt = r_2 T_r (1 - T / K_1) - D_R T_r
    dC/dt   = -gamma_C C - mu_C ln((B + C) / K_2) D_C**2 / (k + D_C**2) C - w_C C T_s
    dB/dt   = b - gamma_B B - mu_B ln((B + C) / K_2) D_S**2 / (k + D_S**2) C - w_B T

C and B are volumes on the scale of the tumour (mm3), not numbers of cells. The last growth term is
proportional to C, not to B, and the loss w_B T does not depend on B, so that B becomes negative in
a large tumour that meets no CAR-T cells; such bystanders do not kill here. Where B + C is negative
while C is not, the logarithm has no value and a simulation stops with that message.

Day 0 is day 3 of the source, when the tumour has 50 mm3; its infusions of 0.1 on days 4 and 6 are
days 1 and 3 here. Killing depends on (C / T_s)**l and k is tiny, so that there is a sharp switch
between control and escape, in the dose and in the share of antigen-positive cells.

Kara E, Jackson TL, Jones C, Sison R, McGee RL. npj Syst Biol Appl 2024;10:105.
doi:10.1038/s41540-024-00435-4
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from livingdrug.catalogue.entry import published
from livingdrug.catalogue.readout import Deviation, PrintedEquation, Readout, trajectory
from livingdrug.core.source import Origin, Source
from livingdrug.model.builder import ModelBuilder
from livingdrug.model.model import Model
from livingdrug.model.regimen import Dose

SOURCE = Source(
    doi="10.1038/s41540-024-00435-4",
    authors=("Kara, Erdi", "Jackson, Trachette L.", "Jones, Chartese", "Sison, Rockford",
             "McGee, Reginald L."),
    year=2024,
    title="Mathematical modeling insights into improving CAR T cell therapy for solid tumors with "
    "bystander effects",
    journal="npj Systems Biology and Applications",
    volume="10",
    pages="105",
    note="Equations and values are those of the authors' repository "
    "(erkara/Bystander-Effect-CAR-T-Modeling, commit 30251107007e).",
)  # fmt: skip

_ODE, _SWEEP, _FIT = "get_ode.m", "sp_vs_cart.m", "ode_solve_with_data.m"
_FULL = ("full", "full_more_bystanders")
_FITTED = ("r_1", "r_2", "K_1", "l", "d_C", "mu_C", "d_B", "mu_B")  # in parameter_fitting.m
# name, value, unit, variants that have it (all, with CAR-T cells, with bystanders), meaning
_TABLE: tuple[tuple[str, float, str, int, str], ...] = (
    ("r_1", 0.18, "1/day", 0, "growth rate of antigen-positive tumour"),
    ("r_2", 0.21, "1/day", 0, "growth rate of antigen-negative tumour"),
    ("K_1", 5100.0, "mm^3", 0, "carrying capacity of the tumour"),
    ("l", 1.56, "1", 1, "exponent of the ratio of immune cells to tumour"),
    ("s", 0.305, "1", 1, "steepness of killing"),
    ("d_C", 0.41, "1/day", 1, "maximal killing rate of CAR-T cells"),
    ("mu_C", 0.6, "1/day", 1, "expansion rate of CAR-T cells"),
    ("gamma_C", 0.0293, "1/day", 1, "death rate of CAR-T cells"),
    ("k", 2.019e-7, "1/day^2", 1, "square of the killing rate at half-maximal expansion"),
    ("w_C", 3e-5, "1/(mm^3*day)", 1, "loss of CAR-T cells to the tumour"),
    ("K_2", 1650.0, "mm^3", 1, "carrying capacity of immune cells"),
    ("b", 1.4e-3, "mm^3/day", 1, "influx of bystander cells"),
    ("d_B", 0.3, "1/day", 2, "maximal killing rate of bystander cells"),
    ("mu_B", 0.89, "1/day", 2, "expansion rate of bystander cells, per CAR-T cell"),
    ("gamma_B", 7e-3, "1/day", 2, "death rate of bystander cells"),
    ("w_B", 3.42e-6, "1/day", 2, "loss of bystander cells to the tumour"),
)


@published(
    source=SOURCE,
    variants={
        "full": "CAR-T and bystander cells, B(0) = 0.1 as in the sweep over doses",
        "full_more_bystanders": "CAR-T and bystander cells, B(0) = 0.4 as in the fitting script",
        "car_t_only": "CAR-T cells without bystander cells",
        "growth_only": "the untreated tumour",
    },
)
def model(variant: str) -> Model:
    """Build the full model or one of its parts."""
    level = {"growth_only": 0, "car_t_only": 1}.get(variant, 2)
    m = ModelBuilder(
        "kara2024_bystander",
        title="CAR-T and bystander cells against antigen-heterogeneous tumours of mice",
        organism="mouse",
        population="mice with AE17 tumours that express the antigen in part",
        source=SOURCE,
        variant=variant,
        dimensions="strict",
    )
    _tumor(m)
    for name, value, unit, needs, doc in _TABLE:
        if needs <= level:
            origin = Origin.ESTIMATED if name in _FITTED else Origin.FIXED
            at = f"{_ODE}, baseline"
            m.parameter(name, value, unit, origin=origin, at=at, lower=0.0, doc=doc)
    if level >= 1:
        _car_t_cells(m, "B" if level == 2 else "b * quantity(1, 'day')")
        m.dose("infusion", "mm^3", {"C": "dose"}, entity="CAR-T cells, as a volume", typical=0.1,
               at=f"{_SWEEP}: days 4 and 6 of the source, 1 and 3 here")  # fmt: skip
    if level == 2:
        _bystanders(m, 0.1 if variant == "full" else 0.4, _SWEEP if variant == "full" else _FIT)
    m.observable(
        "tumor_volume", "T_s + T_r", "mm^3", term="tumor_volume", at=_SWEEP, doc="whole tumour"
    )
    return m.build()


def _tumor(m: ModelBuilder) -> None:
    m.parameter("sp", 0.9, "1", origin=Origin.FIXED, at="experiments: 0.5, 0.75, 0.9 and 1",
                lower=0.0, upper=1.0, doc="part of the tumour that has the antigen")  # fmt: skip
    m.parameter("T_start", 50.0, "mm^3", origin=Origin.FIXED, at=_SWEEP, lower=0.0,
                doc="tumour on day 0 (day 3 of the source)")  # fmt: skip
    for name, value, part, doc in (
        ("T_s", 45.0, "sp * T_start", "antigen-positive tumour"),
        ("T_r", 5.0, "(1 - sp) * T_start", "antigen-negative tumour"),
    ):
        m.species(name, initial=value, unit="mm^3", nominal=1.0, log_state=True,
                  origin=Origin.DERIVED, at=part, doc=doc)  # fmt: skip
        m.initial(name, part)
    for name, rate in (("T_s", "r_1"), ("T_r", "r_2")):
        kind = "positive" if name == "T_s" else "negative"
        at = f"{_ODE}, {name}"
        m.reaction(f"{kind}_growth", f"-> {name}", rate=f"{rate} * {name}", at=at)
        m.reaction(
            f"{kind}_crowding", f"{name} ->", rate=f"{rate} * {name} * (T_s + T_r) / K_1", at=at
        )


def _killing(d: str, cells: str, volume: str) -> str:
    """Write ``d (E / V)**l / (s + (E / V)**l)`` so that it has a value at E = 0 and at V = 0."""
    return f"{d} * hill({cells}, s**(1 / l) * {volume}, l)"


def _car_t_cells(m: ModelBuilder, others: str) -> None:
    m.species("C", initial=0.0, unit="mm^3", nominal=1.0, origin=Origin.FIXED, at=_SWEEP,
              doc="CAR-T cells, as a volume")  # fmt: skip
    m.assign("D_C", _killing("d_C", "C", "T_s"), "1/day", at=_ODE, doc="killing by CAR-T cells")
    logarithm = f"log(({others} + C) / K_2)"
    active = "D_C**2 / (k + D_C**2)"
    m.reaction("killing_by_car_t_cells", "T_s ->", rate="D_C * T_s", at=f"{_ODE}, T_s")
    for name, species, sign in (
        ("car_t_expansion", "-> C", "-"), ("car_t_crowding", "C ->", ""),
    ):  # fmt: skip
        m.reaction(
            name, species,
            # no CAR-T cells: nothing, whatever the logarithm is
            rate=f"piecewise(0, C <= 0, mu_C * max({sign}{logarithm}, 0) * {active} * C)",
            at=f"{_ODE}, C: the logarithm, below or above K_2",
        )  # fmt: skip
    m.reaction("car_t_death", "C ->", rate="gamma_C * C", at=f"{_ODE}, C")
    m.reaction("car_t_loss_to_tumor", "C ->", rate="w_C * C * T_s", at=f"{_ODE}, C")


def _bystanders(m: ModelBuilder, start: float, at: str) -> None:
    m.species("B", initial=start, unit="mm^3", nominal=1.0, non_negative=False,
              origin=Origin.FIXED, at=at, doc="bystander immune cells, as a volume")  # fmt: skip
    m.assign("D_S", _killing("d_B", "B", "T_s"), "1/day", at=_ODE,
             doc="killing of antigen-positive tumour by bystanders")  # fmt: skip
    m.assign("D_R", _killing("d_B", "B", "T_r"), "1/day", at=_ODE,
             doc="killing of antigen-negative tumour by bystanders")  # fmt: skip
    m.reaction("positive_killing_by_bystanders", "T_s ->", rate="D_S * T_s", at=f"{_ODE}, T_s")
    m.reaction("negative_killing_by_bystanders", "T_r ->", rate="D_R * T_r", at=f"{_ODE}, T_r")
    # neither its growth nor its loss is proportional to B: no birth and no death of its cells
    m.rate(
        "B",
        "b - gamma_B * B - w_B * (T_s + T_r) - piecewise(0, C <= 0,"
        " mu_B * log((B + C) / K_2) * D_S**2 / (k + D_S**2) * C)",
        at=f"{_ODE}, B",
    )


_RUN = "own integration, Radau at rtol 1e-10"
_NUMERIC = 1e-5  # printed to 6 digits


def _given(dose: float) -> tuple[Dose, ...]:
    """Give the source's days 4 and 6."""
    return tuple(Dose("infusion", dose, "mm^3", time=day - 3.0) for day in (4.0, 6.0))


def _volumes(
    variant: str, sp: float, days: Sequence[float], volumes: Sequence[float], dose: float
) -> Iterator[Readout]:
    """Give tumour volumes on days of the source."""
    for day, volume in zip(days, volumes, strict=True):
        yield from trajectory(
            f"sp {sp:g}, day {day:g} of the source", (("tumor_volume", "mm^3"),),
            ((day - 3.0, volume),), at=_RUN, rtol=_NUMERIC, values={"sp": sp}, variant=variant,
            doses=_given(dose) if dose else (),
        )  # fmt: skip


_GROWTH_DAYS = (4, 8, 12, 15, 20, 30)
_GROWTH = {
    1.0: (59.7454, 121.245, 242.999, 403.231, 889.174, 2860.67),
    0.9: (59.9251, 123.158, 250.145, 419.204, 937.034, 3002.37),
    0.75: (60.1948, 126.026, 260.832, 442.988, 1006.99, 3185.95),
    0.5: (60.6442, 130.799, 278.557, 482.163, 1118.93, 3433.02),
}
_CAR_T_DAYS = (9, 12, 15, 20, 23, 27, 30)
_CAR_T = {
    0.5: (105.323, 168.977, 296.046, 753.917, 1251.52, 2190.44, 2986.78),
    0.75: (103.849, 110.291, 162.748, 404.495, 704.494, 1377.69, 2090.33),
    0.9: (118.130, 83.7392, 85.2429, 173.829, 306.436, 651.209, 1097.83),
    0.99: (138.337, 82.8024, 45.7656, 29.4252, 37.8395, 74.9649, 135.622),
}
_FULL_DAYS = (6, 9, 12, 15, 20, 30)
_FULL_COURSES = (
    ("full", 0.75, (87.1155, 70.8734, 28.9509, 16.8848, 9.67690, 3.87214)),
    ("full", 0.9, (85.9259, 105.633, 30.0579, 11.4674, 4.93854, 1.88734)),
    ("full_more_bystanders", 0.9, (84.9706, 131.043, 44.8376, 13.3958, 4.22485, 1.50075)),
)
_FILE = "meta_data/cart_sp_response.csv"
# dose, sp, volume on day 30 of the source: in the authors' file, by own integration
_ENDS = (
    (0.1, 0.50476, 5.2076, 5.04070), (0.5, 0.95, 0.33846, 0.347979),
    (0.01, 0.1, 31.8596, 32.9756), (0.01, 0.12024, 3653.3917, 3700.67),
)  # fmt: skip


def _ends() -> Iterator[Readout]:
    for dose, sp, theirs, ours in _ENDS:
        for equals, rtol, at in ((theirs, 0.05, _FILE), (ours, 2e-4, _RUN)):
            yield Readout(
                f"dose {dose:g}, sp {sp:g}: volume on day 30 of the source", "value",
                "tumor_volume", equals, "mm^3", at,
                rtol=rtol,  # their ode23s at rtol 1e-5 is some percent off; ours took sp rounded
                witness="source" if at == _FILE else "independent run",
                day=27.0, values={"sp": sp}, variant="full", doses=_given(dose),
            )  # fmt: skip


READOUTS = (
    *(item for sp, volumes in _GROWTH.items()
      for item in _volumes("growth_only", sp, _GROWTH_DAYS, volumes, 0.0)),
    *(item for sp, volumes in _CAR_T.items()
      for item in _volumes("car_t_only", sp, _CAR_T_DAYS, volumes, 0.1)),
    *(item for variant, sp, volumes in _FULL_COURSES
      for item in _volumes(variant, sp, _FULL_DAYS, volumes, 0.1)),
    *trajectory("sp 0.9, day 30 of the source", (("C", "mm^3"), ("B", "mm^3")),
                ((27.0, 513.169, 1089.17),), at=_RUN, rtol=_NUMERIC, values={"sp": 0.9},
                variant="full", doses=_given(0.1)),
    *_ends(),
)  # fmt: skip


def _printed(d: str, cells: str, volume: str) -> str:
    return f"({d} * ({cells} / {volume})**l / (s + ({cells} / {volume})**l))"


def _equations() -> Iterator[PrintedEquation]:
    d_c, d_s = _printed("d_C", "C", "T_s"), _printed("d_B", "B", "T_s")
    d_r = _printed("d_B", "B", "T_r")
    for variant in (*_FULL, "car_t_only", "growth_only"):
        full, treated = variant in _FULL, variant != "growth_only"
        positive = f"r_1 * T_s * (1 - (T_s + T_r) / K_1) - {d_c if treated else 0} * T_s"
        negative = "r_2 * T_r * (1 - (T_s + T_r) / K_1)"
        if full:
            positive, negative = f"{positive} - {d_s} * T_s", f"{negative} - {d_r} * T_r"
            yield PrintedEquation(
                "B",
                f"b - gamma_B * B - mu_B * log((C + B) / K_2) * {d_s}**2 / (k + {d_s}**2) * C"
                " - w_B * (T_r + T_s)",
                f"{_ODE}, dydt(4)", variant,
            )  # fmt: skip
        yield PrintedEquation("T_s", positive, f"{_ODE}, dydt(1)", variant)
        yield PrintedEquation("T_r", negative, f"{_ODE}, dydt(2)", variant)
        if treated:
            yield PrintedEquation(
                "C",
                f"-gamma_C * C - mu_C * log(({'B' if full else 'b'} + C) / K_2)"
                f" * ({d_c}**2 / (k + {d_c}**2)) * C - w_C * C * T_s",
                f"{_ODE}, dydt(3)", variant,
            )  # fmt: skip


EQUATIONS = tuple(_equations())

_DEVIATIONS = (  # what, instead, why
    ("time from day 3, infusions on days 4 and 6", "day 0 is day 3 of the source, infusions are "
     "on days 1 and 3", "a simulation begins on day 0; the equations do not know the day"),
    ("(E / V)**l / (s + (E / V)**l)", "hill(E, s**(1 / l) V, l)", "the same number, with a value "
     "where there are no immune cells or no tumour; below 0 it is 0, where the printed power has "
     "no real value"),
    ("w_B T in the equation of B, not multiplied by B, and a growth term in C",
     "kept as printed, as one rate", "B may become negative: it is then no number of cells"),
    ("ln((b + C) / K_2) without bystander cells", "kept: b times one day",
     "so coded; an influx stands where an amount is meant"),
    ("0.1 bystander cells in the sweep and 0.4 in the fitting script", "two variants",
     "the source says neither is wrong"),
    ("a first infusion that sets C, a second that adds", "both add", "C is 0 before the first"),
    ("virtual cohorts: all 16 parameters uniform between 0.25 and 1.5 (or 0.7 and 1.3) times the "
     "baseline", "no variability", "the variability of a parameter cannot be uniform here; the "
     "ranges belong to a scan, not to measured mice"),
)  # fmt: skip
DEVIATIONS = tuple(Deviation(*row) for row in _DEVIATIONS)
