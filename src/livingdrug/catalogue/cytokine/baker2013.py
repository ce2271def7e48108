"""A switch of pro- and anti-inflammatory cytokines (rheumatoid arthritis).

Two pools without units: p of pro-inflammatory cytokines, which drive their own production and that
of the anti-inflammatory pool a, and a, which damps the production of p:

    da/dt = -a + alpha4 p**2 / (alpha3**2 + p**2)
    dp/dt = -gamma p + (alpha1 + alpha2 p**2 / (1 + p**2)) / (1 + a**2)

At weak feedback (alpha2 = 1) every stimulus dies out. Between about 7.33 and 15.67 there are two
states, quiet and inflamed, and a stimulus above a threshold switches between them; beyond, the
quiet state is gone and inflammation starts by itself. In the variant ``ageing`` the feedback grows
with time, from 1 to 50.

A smallest module with a threshold, for what may make cytokine release severe; it has no clinical
calibration. The dose ``stimulus`` adds to p. Time has no unit in the source: here its unit is
``tau``, 1 day unless set.

Baker M, Denman-Johnson S, Brook BS, Gaywood I, Owen MR. Math Med Biol 2013;30:311-337.
"""

from __future__ import annotations

from collections.abc import Iterator

from livingdrug.catalogue.entry import published
from livingdrug.catalogue.readout import Deviation, PrintedEquation, Readout, Take
from livingdrug.core.source import Origin, Source
from livingdrug.model.builder import ModelBuilder
from livingdrug.model.model import Model

SOURCE = Source(
    doi="",
    authors=(
        "Baker, M.",
        "Denman-Johnson, S.",
        "Brook, B. S.",
        "Gaywood, I.",
        "Owen, M. R.",
    ),
    year=2013,
    title="Mathematical modelling of cytokine-mediated inflammation in rheumatoid arthritis",
    journal="Mathematical Medicine and Biology",
    volume="30",
    pages="311-337",
    note=(
        "PubMed 23002057; the DOI was not seen. Read: the abstract, and the models deposited as "
        "BIOMD0000000550 and BIOMD0000000549 (public domain, CC0), from which everything comes. "
        "The article itself was not opened."
    ),
)

_DEPOSIT = {"published": "BIOMD0000000550", "ageing": "BIOMD0000000549"}
_A0, _P0 = 0.00577667577789773, 0.0203298264712407


@published(
    source=SOURCE,
    variants={
        "published": "constant feedback, at rest (BIOMD0000000550)",
        "ageing": "feedback that grows with time (BIOMD0000000549)",
    },
)
def model(variant: str) -> Model:
    """Build one of the two deposited models."""
    ageing, at = variant == "ageing", _DEPOSIT[variant]
    m = ModelBuilder(
        "baker2013",
        title="A switch of pro- and anti-inflammatory cytokines",
        organism="human",
        population="rheumatoid arthritis, a joint; without units and without a fit to data",
        source=SOURCE,
        variant=variant,
        dimensions="strict",
    )
    for name, value, doc in (
        ("a", _A0, "anti-inflammatory cytokines"), ("p", _P0, "pro-inflammatory cytokines"),
    ):  # fmt: skip
        m.species(
            name, initial=value, unit="1", nominal=0.01, origin=Origin.FIXED,
            at=f"{at}, initial concentration: the state at rest for alpha2 = 1, alpha4 = 3.5",
            doc=doc,
        )  # fmt: skip
    table: list[tuple[str, float, str]] = [
        ("alpha1", 0.025, "production of p without feedback"),
        ("alpha3", 0.5, "p at half of the production of a"),
        ("alpha4", 7.0 if ageing else 3.5, "largest production of a"),
        ("gamma", 1.25, "loss of p relative to that of a"),
    ]
    if ageing:
        table += [
            ("alpha2_min", 1.0, "feedback of p in the young"),
            ("alpha2_max", 50.0, "feedback of p in the end"),
            ("age", 15.0, "time at which it is half-way, in units of tau"),
        ]
    else:
        table.append(("alpha2", 1.0, "feedback of p on its production"))
    for name, value, doc in table:
        symbol = "alpha2T" if name == "age" else ""
        m.parameter(name, value, "1", origin=Origin.FIXED, at=at, lower=0.0, symbol=symbol, doc=doc)
    m.parameter(
        "tau", 1.0, "day", origin=Origin.ASSUMED, at="the source has no unit of time",
        lower=1e-6, doc="unit of time; the life of a",
    )  # fmt: skip
    if ageing:
        m.assign(
            "alpha2", "alpha2_min + (alpha2_max - alpha2_min) * hill(time / tau, age, 2)", "1",
            at=at, doc="feedback of p on its production",
        )  # fmt: skip
    for name, species, rate in (
        ("a_production", "-> a", "alpha4 * hill(p, alpha3, 2)"),
        ("a_loss", "a ->", "a"),
        ("p_production", "-> p", "alpha1 / (1 + a**2)"),
        ("p_feedback", "-> p", "alpha2 * hill(p, 1, 2) / (1 + a**2)"),
        ("p_loss", "p ->", "gamma * p"),
    ):
        m.reaction(name, species, rate=f"{rate} / tau", at=at)
    m.dose(
        "stimulus", "1", {"p": "dose"}, entity="pro-inflammatory cytokines", typical=0.4,
        at="not in the deposits; about 20 times the state at rest", doc="a pulse of p",
    )  # fmt: skip
    m.observable("pro_inflammatory", "p", "1", at=at, doc="pro-inflammatory cytokines")
    m.observable("anti_inflammatory", "a", "1", at=at, doc="anti-inflammatory cytokines")
    return m.build()


_RUN, _ROOT = "own integration, LSODA", "root of the steady-state equation"


def _make(
    label: str, take: Take, of: str, equals: float, variant: str = "published", at: str = _RUN, *,
    rtol: float = 1e-5,  # six digits, and the run at 1e-6
    atol: float = 0.0, day: float = 0.0, end: float = 10.0, **values: float,
) -> Readout:  # fmt: skip
    source = at.startswith("BIOMD")
    return Readout(
        label, take, of, equals, "day" if take.startswith("day") else "1", at, rtol=rtol,
        atol=atol, witness="source" if source else "independent run", day=day, end=end,
        values=values, variant=variant,
    )  # fmt: skip


def _readouts() -> Iterator[Readout]:
    for of, level in (("a", _A0), ("p", _P0)):
        yield _make(
            f"{of} at rest, after 100 units of time", "value", of, level,
            at="BIOMD0000000550, initial concentration", rtol=1e-6, day=100.0,
        )  # fmt: skip
    for factor, most, day, later in (
        (5, 0.0413588, 0.746, 0.0203302989), (20, 0.453064, 0.802, 0.0203323186),
        (50, 1.29203, 1.014, 0.0203350618), (100, 1.89975, 1.258, 0.0203382611),
        (200, 2.35444, 1.544, 0.0203438575),
    ):  # fmt: skip
        label, start = f"p {factor} times its rest", factor * _P0
        yield _make(f"{label}: largest a", "maximum", "a", most, p=start)
        yield _make(
            f"{label}: time of it", "day of maximum", "a", day, atol=0.005, rtol=0.0, p=start
        )
        yield _make(f"{label}: p at 10", "value", "p", later, day=10.0, p=start)
    # three states at a feedback of 10; started at the outer two the model stays there
    for level, a in ((0.024991634, 0.0087223534), (0.391062660, 1.3303093)):
        yield _make(
            f"feedback 10: stays at p {level:.3g}", "value", "p", level, at=_ROOT, day=200.0,
            rtol=1e-4,  # the start is given to eight digits, and forgotten
            p=level, a=a, alpha2=10.0,
        )  # fmt: skip
    yield _make(
        "feedback 10: from rest to the quiet state", "value", "p", 0.0249916339, at=_ROOT,
        day=200.0, alpha2=10.0,
    )  # fmt: skip
    yield _make(
        "feedback 20: inflammation by itself", "value", "p", 0.8735854610, at=_ROOT, day=200.0,
        alpha2=20.0,
    )  # fmt: skip
    for day, p, a in (
        (5, 0.0216953, 0.0125327), (10, 0.0283326, 0.0195765), (20, 0.285751, 1.55211),
        (40, 0.510114, 3.54292), (80, 0.570976, 3.95942),
    ):  # fmt: skip
        yield _make(f"p at {day}", "value", "p", p, "ageing", day=day)
        yield _make(f"a at {day}", "value", "a", a, "ageing", day=day)


READOUTS = tuple(_readouts())

_FEEDBACK = {
    "published": "alpha2",
    "ageing": "(alpha2_min + (alpha2_max - alpha2_min) * (time / tau)**2"
    " / (age**2 + (time / tau)**2))",
}

EQUATIONS = tuple(
    PrintedEquation(state, rate, at, variant)
    for variant, at in _DEPOSIT.items()
    for state, rate in (
        ("a", "(-a + alpha4 * p**2 / (alpha3**2 + p**2)) / tau"),
        (
            "p",
            "(-gamma * p + 1 / (1 + a**2) * (alpha1"
            f" + {_FEEDBACK[variant]} * p**2 / (1 + p**2))) / tau",
        ),
    )
)

DEVIATIONS = (
    Deviation(
        "time without a unit",
        "1 day, the parameter tau (assumed)",
        "the source compares with no clock; results are in units of tau",
    ),
    Deviation(
        "both states as boundary species with rate rules (deposits)",
        "reactions",
        "the same rates, each production and loss by itself",
    ),
    Deviation(
        "no dose",
        "'stimulus', which adds to p",
        "so that inflammation can be set off at any time; the deposits stay at rest",
    ),
    Deviation(
        "the ageing model starts at rest for alpha4 = 3.5, but has alpha4 = 7",
        "as deposited",
        "a moves to its own rest within a few units of time, to 0.0125 at 5",
    ),
)
