"""Checkpoint inhibitor and two stages of T-cell exhaustion: a conceptual model.

Not a CAR model: endogenous cytotoxic T cells y1 kill a tumour x at a rate that saturates with
their ratio to it. Inflammation F from killing turns them into reversibly exhausted cells y2
(above F1) and those into terminally exhausted cells y3 (above F2); the drug brings y2 back. With
H(u) = 1 for u > 0 and else 0, and ``kill = b y1 / (xi1 x + y1) + c y3 / (xi2 x + y3)``:

    dx/dt  = lambda x (1 - x / K) - x kill
    dy1/dt = x (b1 y1 / (xi1 x + y1) + c1 y3 / (xi2 x + y3)) - d1 y1
             - g1 y1 H(F - F1) + g2 y2 H(F1 - F) + pd1 Dp y2
    dy2/dt = g1 y1 H(F - F1) - g2 y2 H(F1 - F) - g3 y2 H(F - F2) - pd1 Dp y2
    dy3/dt = g3 y2 H(F - F2) - d3 y3
    dF/dt  = b2 x kill - d4 F,    or  b2a x - d4 F  where antigen drives it

and a drug in depot (Da), plasma (Dp) and tissue (Dt) with clearances Cl1, Cl2 and volumes V1, V2.

The authors' clock counts hours: doses are 24 freq apart from 100 on. But the clearances they name
per day enter it undivided, so that the drug leaves 24 times too fast. The default variant is that
program, with clearances per hour; do not take its drug to a forecast. Sizes of tumour, cells and
inflammation have no unit. A tumour below 1 counts as eradicated; it is logged and goes on. The
outcome is no monotone function of dose and spacing.

Kareva I, Gevertz JL. npj Syst Biol Appl 2024;10. doi:10.1038/s41540-024-00336-6
"""

from __future__ import annotations

from collections.abc import Iterator

from livingdrug.catalogue.entry import published
from livingdrug.catalogue.readout import Deviation, PrintedEquation, Readout, trajectory
from livingdrug.core.source import Origin, Source
from livingdrug.model.builder import ModelBuilder
from livingdrug.model.model import Model
from livingdrug.model.regimen import Dose

SOURCE = Source(
    doi="10.1038/s41540-024-00336-6",
    authors=("Kareva, Irina", "Gevertz, Jana L."),
    year=2024,
    title="Mitigating non-genetic resistance to checkpoint inhibition based on multiple states of "
    "immune exhaustion",
    journal="npj Systems Biology and Applications",
    volume="10",
    note="Equations and values are those of the authors' code (jgevertz/T_Cell_Exhaustion, commit "
    "ec29f58b86be); the article was not opened, its page is not recorded.",
)

_CODE = "exhaustion_stages_model_protocol_sweeps.m"
_ANTIGEN = "exhaustion_stages_model_protocol_sweeps_antigen.m"
_SET = f"{_CODE}, set_parameters_ICs"
_ODE = f"{_CODE}, ode_model"


@published(
    source=SOURCE,
    variants={
        "published": "as coded: inflammation from killing; the drug's clearances act per hour",
        "antigen": "as coded, with inflammation in proportion to the tumour (antigen)",
        "human_pk": "as coded, with the volumes and clearances that the code has for human",
        "pk_per_day": "all rates of the drug per day, as the code's comments name the clearances",
    },
)
def model(variant: str) -> Model:
    """Build the model as coded, or with one part exchanged."""
    m = ModelBuilder(
        "kareva_gevertz2023_exhaustion",
        title="Checkpoint inhibition with reversible and terminal T-cell exhaustion",
        organism="human" if variant == "human_pk" else "mouse",
        population="conceptual: no data were fitted",
        source=SOURCE,
        variant=variant,
        dimensions="strict",
    )
    _states(m, variant)
    _drug(m, variant)
    _numbers(m, variant == "antigen")
    _reactions(m, variant == "antigen")
    m.event("eradication", {}, when="x < 1", at=f"{_CODE}: eradication is a volume below 1")
    for name, target, way in (("inhibitor", "Da", "s.c."), ("inhibitor_iv", "Dp", "i.v.")):
        m.dose(name, "ug/kg", {target: "dose * quantity(1000, 'ng/ug') / V1"},
               entity=f"checkpoint inhibitor {way}, of which the code gives dose * 1000 / V1 ng/mL",
               typical=3.0, at=f"{_CODE}, from hour 100 on; unit (unconfirmed)")  # fmt: skip
    m.observable("tumor", "x", "1", at=_ODE, doc="tumour, on the scale of the source")
    m.observable("cytotoxic_cells", "y1", "1", at=_ODE, doc="cytotoxic T cells")
    m.observable("exhausted_cells", "y2 + y3", "1", at=_ODE, doc="exhausted T cells")
    m.observable("inflammation", "F", "1", at=_ODE, doc="inflammatory factor")
    return m.build()


def _states(m: ModelBuilder, variant: str) -> None:
    human = variant == "human_pk"
    for name, mouse, man in (("V1", 70.0, 39.3), ("V2", 33.0, 39.0)):
        m.compartment(name, man if human else mouse, "mL/kg", origin=Origin.FIXED, at=_SET,
                      doc="volume of plasma" if name == "V1" else "volume of tissue")  # fmt: skip
    for name, place, doc in (
        ("Da", "V1", "drug in the depot, over the volume of plasma"),
        ("Dp", "V1", "drug in plasma"),
        ("Dt", "V2", "drug in tissue"),
    ):
        m.species(name, initial=0.0, unit="ng/mL", compartment=place, nominal=1.0,
                  origin=Origin.FIXED, at=_SET, doc=doc)  # fmt: skip
    for name, value, doc in (
        ("x", 50.0, "tumour"),
        ("y1", 0.1, "cytotoxic T cells"),
        ("y2", 0.0, "reversibly exhausted T cells"),
        ("y3", 0.0, "terminally exhausted T cells"),
        ("F", 0.0, "inflammatory factor"),
    ):
        m.species(name, initial=value, unit="1", nominal=1.0, origin=Origin.FIXED, at=_SET,
                  doc=doc, log_state=name == "x")  # fmt: skip


_HOURS = "quantity(24, 'hour/day')"


def _drug(m: ModelBuilder, variant: str) -> None:
    time = "day" if variant == "pk_per_day" else "hour"
    clearances = (3.06, 15.65) if variant == "human_pk" else (20.0, 22.0)
    said = "named 'ml/kg/day'" + ("" if time == "day" else ", but acts per unit of an hourly clock")
    for name, value, doc in zip(
        ("Cl1", "Cl2"), clearances, ("clearance", "distribution clearance"), strict=True
    ):
        m.parameter(name, value, f"mL/kg/{time}", origin=Origin.FIXED, at=f"{_SET}: {said}",
                    lower=0.0, doc=doc)  # fmt: skip
    m.parameter("k01", 0.11, f"1/{time}", origin=Origin.FIXED,
                at=f"{_SET}; its unit is (unconfirmed)", lower=0.0, doc="absorption")  # fmt: skip
    per = "1" if time == "day" else _HOURS
    for name, species, rate in (
        ("absorption", "Da -> Dp", "k01 * Da * V1"),
        ("drug_elimination", "Dp ->", "Cl1 * Dp"),
        ("drug_to_tissue", "Dp -> Dt", "Cl2 * Dp"),
        ("drug_to_plasma", "Dt -> Dp", "Cl2 * Dt"),
    ):
        m.reaction(name, species, rate=f"{per} * {rate}", at=_ODE)


def _numbers(m: ModelBuilder, antigen: bool) -> None:
    hourly, plain = "1/hour", "1"
    rows: list[tuple[str, float, str, str]] = [
        ("lam", 0.025, hourly, "growth rate of the tumour"),
        ("K", 3000.0, plain, "carrying capacity of the tumour"),
        ("b", 0.09, hourly, "killing by cytotoxic cells"),
        ("c", 0.01, hourly, "killing by terminally exhausted cells"),
        ("b1", 0.1, hourly, "expansion of cytotoxic cells by their killing"),
        ("c1", 0.001, hourly, "expansion of cytotoxic cells by killing of exhausted cells"),
        ("xi1", 1.0, plain, "scale of the tumour against cytotoxic cells"),
        ("xi2", 1.0, plain, "scale of the tumour against exhausted cells"),
        ("d1", 0.045, hourly, "death of cytotoxic cells"),
        ("g1", 0.045, hourly, "reversible exhaustion above F1"),
        ("F1", 10.0, plain, "inflammation that exhausts"),
        ("g2", 0.01, hourly, "recovery below F1"),
        ("g3", 0.05, hourly, "terminal exhaustion above F2"),
        ("F2", 25.0, plain, "inflammation that exhausts terminally"),
        ("d3", 0.01, hourly, "death of terminally exhausted cells"),
        ("d4", 0.01, hourly, "decay of inflammation"),
        ("pd1", 0.001, "mL/ng/hour", "recovery by the drug"),
    ]
    if antigen:
        rows.append(("b2a", 2.7027e-4, hourly, "inflammation from antigen"))
    else:
        rows.append(("b2", 0.02, plain, "inflammation from killing"))
    for name, value, unit, doc in rows:
        at = _ANTIGEN if name == "b2a" else _SET
        m.parameter(name, value, unit, origin=Origin.FIXED, at=at, lower=0.0, doc=doc,
                    symbol="lambda" if name == "lam" else "")  # fmt: skip


def _reactions(m: ModelBuilder, antigen: bool) -> None:
    # no tumour and no cells: no killing
    one, three = "safe_ratio(y1, xi1 * x + y1, 0)", "safe_ratio(y3, xi2 * x + y3, 0)"
    m.assign("kill", f"{_HOURS} * (b * {one} + c * {three})", "1/day", at=_ODE, doc="killing rate")
    for name, species, rate in (
        ("tumor_growth", "-> x", "lam * x"),
        ("tumor_crowding", "x ->", "lam * x * x / K"),
        ("expansion", "-> y1", f"x * (b1 * {one} + c1 * {three})"),
        ("cytotoxic_death", "y1 ->", "d1 * y1"),
        ("exhaustion", "y1 -> y2", "piecewise(g1 * y1, F > F1, 0)"),
        ("recovery", "y2 -> y1", "piecewise(g2 * y2, F < F1, 0)"),
        ("recovery_by_drug", "y2 -> y1", "pd1 * Dp * y2"),
        ("terminal_exhaustion", "y2 -> y3", "piecewise(g3 * y2, F > F2, 0)"),
        ("exhausted_death", "y3 ->", "d3 * y3"),
        ("inflammation_decay", "F ->", "d4 * F"),
    ):
        m.reaction(name, species, rate=f"{_HOURS} * {rate}", at=_ODE)
    m.reaction("killing", "x ->", rate="x * kill", at=_ODE)
    source = f"{_HOURS} * b2a * x" if antigen else "b2 * x * kill"
    m.reaction("inflammation_source", "-> F", rate=source, at=_ANTIGEN if antigen else _ODE)


_RUN = "own integration, LSODA at rtol 1e-10, stopped at F1 and F2"
_END = 7000.0  # hours, horizon of the source
_COLUMNS = (("Dp", "ng/mL"), ("x", "1"), ("y1", "1"), ("y2", "1"), ("F", "1"))
# dose, days between doses, most inflammation, hour of eradication (0 for none), hour 300
_CASES: tuple[tuple[float, int, float, float, tuple[float, ...]], ...] = (
    (0, 0, 43.633, 0, (0, 1053.83, 111.200, 935.717, 17.9027)),
    (1, 1, 43.277, 0, (2.88390, 728.400, 168.190, 934.602, 20.5020)),
    (2, 2, 44.101, 0, (5.04354, 740.146, 166.912, 934.157, 20.3683)),
    (3, 3, 29.820, 833.35, (0.0854265, 723.782, 147.524, 952.914, 20.5381)),
    (4, 4, 30.326, 830.76, (9.97323, 773.321, 166.970, 903.017, 19.2172)),
    (5, 5, 28.872, 1130.87, (0.0103674, 677.981, 128.895, 974.484, 20.6283)),
    (10, 1, 21.859, 371.60, (28.8390, 55.3100, 194.544, 482.467, 19.2379)),
    (10, 10, 42.899, 0, (3.86e-8, 1053.51, 111.189, 935.712, 17.9030)),
)
_LAST = (("x", 1151.24), ("y1", 167.747), ("y2", 150.972), ("y3", 754.862), ("F", 35.4728))
_BEFORE = (("x", 458.448), ("y1", 21.3734), ("F", 0.600735))


def _given(dose: float, spacing: int) -> tuple[Dose, ...]:
    """Give ten doses from hour 100 on."""
    hours = [100.0 + 24.0 * spacing * place for place in range(10)]
    return tuple(Dose("inhibitor", dose, "ug/kg", time=hour / 24) for hour in hours)


def _cases() -> Iterator[Readout]:
    for dose, spacing, most, cured, state in _CASES:
        doses = _given(dose, spacing) if dose else ()
        label = f"10 doses of {dose:g} every {spacing} days" if dose else "untreated"
        for (name, unit), number in zip(_COLUMNS, state, strict=True):
            if number == 0:
                continue  # no drug without a dose
            yield Readout(
                f"{label}: {name} at hour 300", "value", name, number, unit, _RUN,
                rtol=2e-5,  # printed to 6 digits; the loose run at 1e-6 collects some 1e-5
                atol=1e-10 if number < 1e-6 else 0.0,  # printed to 3 digits
                witness="independent run", day=300 / 24, variant="published", doses=doses,
            )  # fmt: skip
        yield Readout(
            f"{label}: most inflammation", "maximum", "F", most, "1", _RUN,
            rtol=5e-5,  # printed to 5 digits
            witness="independent run", end=(cured or _END) / 24, variant="published", doses=doses,
        )  # fmt: skip
        if cured:
            yield Readout(
                f"{label}: eradicated", "event day", "eradication", cured / 24, "day", _RUN,
                atol=0.02 / 24,  # printed to 0.01 hour
                witness="independent run", end=_END / 24, variant="published", doses=doses,
            )  # fmt: skip
        elif dose in (1, 2):  # "persists" is a tumour above 1 at the end
            yield Readout(
                f"{label}: the tumour persists", "value", "x", 1151.24, "1", _RUN, rtol=1e-5,
                witness="independent run", day=_END / 24, variant="published", doses=doses,
            )  # fmt: skip


_OTHERS: tuple[tuple[str, str, float, int, tuple[float, ...], tuple[float, ...]], ...] = (
    # variant, label, dose, days between doses, columns at an hour, at another hour
    ("antigen", "untreated", 0, 0,
     (300, 1378.354703, 129.4244994, 966.3636437, 23.41856836),
     (1000, 1162.127925, 163.8150661, 146.3639434, 30.26276725)),
    ("antigen", "10 doses of 3 every 3 days", 3, 3,
     (300, 0.08542651, 999.3040296, 177.8583229, 1014.393310, 20.30321674), ()),
    ("human_pk", "10 doses of 3 every 3 days", 3, 3,
     (150, 7.956926032, 756.7178871, 195.5657068, 0, 5.908171154),
     (300, 6.897447762, 112.4968291, 172.1209008, 660.5365788, 20.62847255)),
    ("pk_per_day", "10 doses of 3 every 3 days", 3, 3,
     (150, 5.460813752, 756.7178871, 195.5657068, 0, 5.908171154),
     (300, 20.77362248, 116.9708890, 246.8826672, 597.2215081, 21.57523606)),
)  # fmt: skip


def _others() -> Iterator[Readout]:
    for variant, label, dose, spacing, *rows in _OTHERS:
        for hour, *numbers in filter(None, rows):
            for (name, unit), number in zip(_COLUMNS[-len(numbers) :], numbers, strict=True):
                yield Readout(
                    f"{label}: {name} at hour {hour:g}", "value", name, number, unit, _RUN,
                    rtol=2e-5, atol=1e-9,  # as above; no exhausted cells before F1
                    witness="independent run", day=hour / 24, variant=variant,
                    doses=_given(dose, spacing) if dose else (),
                )  # fmt: skip


READOUTS = (
    # all that the code itself prints as a number to meet: what a dose of 3 adds
    Readout("depot after a dose of 3", "value", "Da", 3000 / 70, "ng/mL",
            f"{_CODE}: doseD1 = dose1 * 10^3 / V1_1", rtol=1e-12, day=0.0, variant="published",
            doses=(Dose("inhibitor", 3.0, "ug/kg"),)),
    *_cases(),
    *_others(),
    *(item for name, number in _LAST
      for item in trajectory("untreated, hour 7000", ((name, "1"),), ((_END / 24, number),),
                             at=_RUN, rtol=1e-5, variant="published")),
    *(item for name, number in _BEFORE
      for item in trajectory("before treatment, hour 100", ((name, "1"),), ((100 / 24, number),),
                             at=_RUN, rtol=1e-5, variant="published")),
)  # fmt: skip

_KILL = "(b * y1 / (xi1 * x + y1) + c * y3 / (xi2 * x + y3))"
_H1, _H2 = "piecewise(1, F > F1, 0)", "piecewise(1, F > F2, 0)"
_BELOW = "piecewise(1, F < F1, 0)"


def _equations() -> Iterator[PrintedEquation]:
    for state, rate in (
        ("x", f"lam * x * (1 - x / K) - x * {_KILL}"),
        ("y1", "x * (b1 * y1 / (xi1 * x + y1) + c1 * y3 / (xi2 * x + y3)) - d1 * y1"
               f" - g1 * y1 * {_H1} + g2 * y2 * {_BELOW} + pd1 * Dp * y2"),
        ("y2", f"g1 * y1 * {_H1} - g2 * y2 * {_BELOW} - g3 * y2 * {_H2} - pd1 * Dp * y2"),
        ("y3", f"g3 * y2 * {_H2} - d3 * y3"),
    ):  # fmt: skip
        yield PrintedEquation(state, f"24 * ({rate})", _ODE)
    for variant in ("published", "human_pk", "pk_per_day"):
        yield PrintedEquation("F", f"24 * (b2 * x * {_KILL} - d4 * F)", _ODE, variant)
    yield PrintedEquation("F", "24 * (b2a * x - d4 * F)", _ANTIGEN, "antigen")


EQUATIONS = tuple(_equations())

_DEVIATIONS = (  # what, instead, why
    ("a clock without a unit: doses at 100, then every 24 freq; clearances 'ml/kg/day'",
     "hours; in the default variant the clearances act per hour",
     "spacings are called days and plots hours, so the clearances lack a division by 24; "
     "reproduced as coded, and put right in the variant pk_per_day"),
    ("absorption 0.11 without a unit", "per hour as coded, per day in pk_per_day (unconfirmed)",
     "it stands beside clearances per day, and antibodies are absorbed over days"),
    ("dose without a unit, times 1000 / V1, 'to ng/ml'", "ug/kg (unconfirmed)",
     "that is the unit for which the factor gives ng/mL"),
    ("subplus(F - F1) / (F - F1)", "1 above F1 and else 0",
     "the same but at F = F1, where the code divides 0 by 0"),
    ("eradication: the tumour is below 1 at the end of the run", "the first time below 1, logged",
     "a day says more; the tumour goes on, as in the code"),
    ("concentrations in two volumes, with factors V2 / V1", "compartments V1 and V2",
     "the same equations, with the drug conserved"),
)  # fmt: skip
DEVIATIONS = tuple(Deviation(*row) for row in _DEVIATIONS)
