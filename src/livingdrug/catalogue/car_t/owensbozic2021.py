"""CAR-T cells after preconditioning by chemotherapy (two blood cancers, two melanomas).

Endogenous effector cells E and CAR-T cells C kill tumour cells T at a rate that saturates with
their ratio to the tumour, are recruited by the killing up to a common capacity, and are used up by
the tumour. Chemotherapy M kills all three, which gives a small number of CAR-T cells the lead.
For X = E and C:

    D_X = d_X (X/T)**l / (s + (X/T)**l) T
    dT/dt = a T (1 - b T) - D_E - D_C - K_T (1 - exp(-M)) T
    dE/dt = g - m_E E - j_E ln((E + C) / K) D_E**2 / (k + D_E**2) E - q_E E T - K_E (1 - exp(-M)) E
    dC/dt =   - m_C C - j_C ln((E + C) / K) D_C**2 / (k + D_C**2) C - q_C C T - K_C (1 - exp(-M)) C
    dM/dt = v_M(t) - gamma M

v_M is S for half an hour on each day of chemotherapy: S is 125 uM/day on three days ("C3") or
77 uM/day on five ("C5"). The dose ``chemotherapy`` is what such a pulse brings, ``S / 48`` in uM
over 1/48 day. Of the infused CAR-T cells 1 % reach C. They follow after two days of rest or more.

The source's program took steps as long as a pulse, and its numbers are those of longer pulses:
the variants ``..._as_published`` have 0.625 h (give the dose that duration).

Day 0 is the first day of chemotherapy, not the infusion, and T(0) belongs to it: low, medium and
high burdens are 1e9, 5e9 and 1e10 cells (patients 1 and 2), 1e8, 5e8 and 9.8e8 (3 and 4). The
equations know no time of their own, so a regimen may as well put the infusion on day 0.

The tumour is either eradicated (T falls without end; there is no cut-off, the source calls a cure
what is below 1e-3 cells) or grows to its capacity. Whole body in cells. Every patient is one set
of constants: no variability between people, no residual error.

Owens K, Bozic I. Bull Math Biol 2021;83:42. doi:10.1007/s11538-021-00869-5
"""

from __future__ import annotations

from livingdrug.catalogue.car_t._owensbozic2021_evidence import (
    AS_PUBLISHED,
    DEVIATIONS,
    EQUATIONS,
    READOUTS,
    WIDE,
)
from livingdrug.catalogue.entry import published
from livingdrug.core.source import Origin, Source
from livingdrug.model.builder import ModelBuilder
from livingdrug.model.model import Model

__all__ = ["DEVIATIONS", "EQUATIONS", "READOUTS", "SOURCE", "model"]

SOURCE = Source(
    doi="10.1007/s11538-021-00869-5",
    authors=("Owens, Katherine", "Bozic, Ivana"),
    year=2021,
    title="Modeling CAR T-cell therapy with patient preconditioning",
    journal="Bulletin of Mathematical Biology",
    volume="83",
    pages="42",
    note="Article text read; whether a number of Table 1 was fitted or taken over was not recorded "
    "and is (unconfirmed).",
)

# name: patients 1 to 4, unit, meaning
_TABLE: tuple[tuple[str, tuple[float, float, float, float], str, str], ...] = (
    ("a", (0.255, 0.176, 0.514, 0.514), "1/day", "growth of the tumour"),
    ("b", (1 / 2e12, 1 / 2e12, 1 / 9.804e8, 1 / 9.804e8), "1/cell", "1 / capacity of the tumour"),
    ("d_E", (2.03, 2.03, 5.8, 4.23), "1/day", "maximal killing by effector cells"),
    ("d_C", (2.25, 2.25, 2.25, 2.25), "1/day", "maximal killing by CAR-T cells"),
    ("g", (1.4e3, 4.7e4, 1.3e4, 1.3e4), "cell/day", "supply of effector cells"),
    ("j_E", (1.1e-2, 7.46e-3, 2.7e-2, 2.7e-2), "1/day", "recruitment of effector cells"),
    ("j_C", (0.242, 0.165, 0.60, 0.60), "1/day", "recruitment of CAR-T cells"),
    ("K", (1.65e9, 1.65e9, 1.65e8, 1.65e8), "cell", "capacity of effector and CAR-T cells"),
    ("k", (2.019e5, 7.0e7, 2.0e7, 2.0e7), "cell**2/day**2",
     "square of the killing at half of the recruitment"),
    ("l", (1.395, 1.419, 1.36, 1.43), "1", "exponent of the ratio of killer to tumour cells"),
    ("m_E", (7e-3, 3.4e-2, 2e-2, 2e-2), "1/day", "death of effector cells"),
    ("m_C", (2.93e-2, 2.93e-2, 2.93e-2, 2.93e-2), "1/day", "death of CAR-T cells"),
    ("q_E", (3.42e-11, 6.716e-11, 3.42e-10, 3.42e-10), "1/(cell*day)",
     "effector cells used up by the tumour"),
    ("q_C", (3.0e-11, 3.0e-11, 1.53e-9, 1.53e-9), "1/(cell*day)",
     "CAR-T cells used up by the tumour"),
    ("s", (0.305, 0.305, 0.25, 0.36), "1", "steepness of the killing"),
    ("K_T", (0.70, 0.70, 0.70, 0.70), "1/day", "maximal killing of the tumour by chemotherapy"),
    ("K_E", (0.60, 0.60, 0.60, 0.60), "1/day", "maximal killing of effector cells by it"),
    ("K_C", (0.60, 0.60, 0.60, 0.60), "1/day", "maximal killing of CAR-T cells by it"),
    ("gamma", (0.90, 0.90, 0.90, 0.90), "1/day", "loss of chemotherapy"),
)  # fmt: skip
_DISEASE = ("diffuse large B-cell lymphoma", "chronic lymphocytic leukaemia", "melanoma, first set",
            "melanoma, second set")  # fmt: skip


@published(
    source=SOURCE,
    variants={
        f"p{i + 1}{suffix}": f"patient {i + 1}: {_DISEASE[i]}{note}"
        for suffix, note in (
            ("", ""),
            (AS_PUBLISHED, "; pulses of 0.625 h rather than half an hour, as the source's numbers"),
        )
        for i in range(4)
    },
)
def model(variant: str) -> Model:
    """Build the model of one patient."""
    patient = int(variant[1]) - 1
    m = ModelBuilder(
        "owensbozic2021",
        title="CAR-T cells after preconditioning by chemotherapy",
        organism="human",
        population=f"patient {patient + 1}: {_DISEASE[patient]}",
        source=SOURCE,
        variant=variant,
        dimensions="strict",
    )
    _species(m, patient)
    for name, values, unit, doc in _TABLE:
        m.parameter(
            name, values[patient], unit, origin=Origin.FIXED, at="Table 1", lower=0.0, doc=doc
        )
    wide = variant.endswith(AS_PUBLISHED)
    m.parameter(
        "width", WIDE if wide else 1.0, "1", origin=Origin.DERIVED if wide else Origin.FIXED,
        at="own fit to the published peak and outcomes" if wide else "Methods: half an hour",
        lower=0.0,
        doc="width of a pulse of chemotherapy over half an hour",
    )  # fmt: skip
    m.parameter(
        "reaching", 0.01, "1", origin=Origin.FIXED, at="Methods: 1 %", lower=0.0, upper=1.0,
        doc="fraction of the infused CAR-T cells that counts",
    )  # fmt: skip
    _assignments(m)
    _reactions(m)
    m.dose(
        "chemotherapy", "uM", {"M": "width * dose"}, entity="lymphodepleting chemotherapy",
        typical=125 / 48, at="Methods: 125 uM/day (C3) or 77 uM/day (C5) for half an hour",
        doc="a pulse; its duration is width * 1/48 day",
    )  # fmt: skip
    m.dose(
        "infusion", "cell", {"C": "reaching * dose"}, entity="CAR-T cells", typical=1e8,
        at="Methods: dose levels of 1e7, 1e8 and 2.5e8 cells",
    )  # fmt: skip
    m.observable("car_t_cells", "C", "cell", at="Fig. 3", doc="CAR-T cells of the body")
    return m.build()


def _species(m: ModelBuilder, patient: int) -> None:
    for name, initial, term, at, doc in (
        (
            "T",
            5e9 if patient < 2 else 5e8,
            "tumor_burden",
            "Methods: medium burden",
            "tumour cells",
        ),
        ("E", 4e5, "", "Methods", "endogenous effector cells"),
        ("C", 0.0, "", "Methods: none before the infusion", "CAR-T cells"),
    ):
        m.species(
            name, initial=initial, unit="cell", count_per_unit=1.0, log_state=name == "T",
            term=term, origin=Origin.FIXED, at=at, doc=doc,
        )  # fmt: skip
    m.species(
        "M", initial=0.0, unit="uM", nominal=1.0, origin=Origin.FIXED, at="Methods",
        doc="chemotherapy",
    )  # fmt: skip


def _assignments(m: ModelBuilder) -> None:
    for x, doc in (("E", "effector cells"), ("C", "CAR-T cells")):
        # X**l / (s T**l + X**l), as the source's program has it, needs no X / T
        m.assign(
            f"D_{x}", f"d_{x} * hill({x}, s**(1 / l) * T, l) * T", "cell/day", at="Eq. of D",
            doc=f"killing by {doc}",
        )  # fmt: skip
    m.assign(
        "room", "log(safe_ratio(K, E + C, 1))", "1", at="Eq. of E and of C",
        doc="how far effector and CAR-T cells are below their capacity; without any, nothing grows",
    )  # fmt: skip
    m.assign("effect", "-expm1(-M / quantity(1, 'uM'))", "1", at="Eq. of T",
             doc="of chemotherapy")  # fmt: skip


def _reactions(m: ModelBuilder) -> None:
    m.reaction("tumor_division", "-> T", rate="a * T", at="Eq. of T, a T of a T (1 - b T)")
    m.reaction("tumor_crowding", "T ->", rate="a * b * T * T", at="Eq. of T, a b T^2")
    for x, name in (("E", "effector"), ("C", "car_t")):
        at = f"Eq. of {x}"
        m.reaction(f"{name}_killing", "T ->", rate=f"d_{x} * hill({x}, s**(1 / l) * T, l) * T",
                   at="Eq. of T")  # fmt: skip
        m.reaction(
            f"{name}_recruitment", f"-> {x}", net=True, at=at,
            rate=f"j_{x} * room * hill(D_{x}, sqrt(k), 2) * {x}",
            doc="turns into a loss above the capacity",
        )  # fmt: skip
        m.reaction(f"{name}_death", f"{x} ->", rate=f"m_{x} * {x}", at=at)
        m.reaction(f"{name}_exhaustion", f"{x} ->", rate=f"q_{x} * {x} * T", at=at)
    m.reaction("effector_supply", "-> E", rate="g", at="Eq. of E")
    for x in "TEC":
        m.reaction(f"chemotherapy_on_{x}", f"{x} ->", rate=f"K_{x} * effect * {x}",
                   at=f"Eq. of {x}")  # fmt: skip
    m.reaction("chemotherapy_loss", "M ->", rate="gamma * M", at="Eq. of M")
