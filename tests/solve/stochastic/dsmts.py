"""The discrete stochastic models of the SBML Test Suite as models of ours, with their laws.

Source: SBML Test Suite, discrete stochastic model test suite, odd cases 00001 to 00039 (Evans TW,
Gillespie CS, Wilkinson DJ. Bioinformatics 2008;24:285-286. doi:10.1093/bioinformatics/btm566). The
suite is under the LGPL 2.1; the models are written anew here, and means and variances are computed
from their laws instead of copied. Its unit of time, the second, is called a day here.

Cases from 00041 on draw numbers from distributions (package `distrib`); they have no jumps and
are not stochastic simulations in this sense.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from livingdrug.model.builder import ModelBuilder
from livingdrug.model.model import Model

from .laws import chain, linear_moments, moments_of_law, pairing

Array = NDArray[np.float64]
Law = dict[str, tuple[Array, Array]]

TIMES = np.arange(51.0)
UNIT = {"unit": "cell", "count_per_unit": 1.0}


@dataclass(frozen=True)
class Case:
    """One case: a model, and the law of what is watched.

    Attributes
    ----------
    make : callable
        Builds the model.
    law : callable
        Returns means and variances of each watched name at `TIMES`.
    events : bool
        The model has events, which the direct method refuses.
    excess : callable or None
        Returns the excess kurtosis of X at `TIMES`, where the law is far from a normal one.
    """

    make: Callable[[], Model]
    law: Callable[[], Law]
    events: bool = False
    excess: Callable[[], Array] | None = None


# -- 001: birth and death -----------------------------------------------------------------------


def birth_death(
    birth: float = 0.1,
    death: float = 0.11,
    start: float = 100.0,
    *,
    laws: tuple[str, str] = ("Lambda * X", "Mu * X"),
    to: str = "",
    volume: float | None = None,
    concentration: bool = False,
    double: bool = False,
) -> Callable[[], Model]:
    """X divides and dies; `to` is where the dead go, in a compartment of some volume."""

    def make() -> Model:
        m = ModelBuilder("birth_death", dimensions="off")
        place = {} if volume is None else {"compartment": "Cell"}
        if volume is not None:
            m.compartment("Cell", volume, "L")
            place["only_substance"] = not concentration
        if concentration:
            # the symbol is a concentration; `start` is the number of entities
            m.species("X", initial=start / volume, unit="cell/L", count_per_unit=volume, **place)
        else:
            m.species("X", initial=start, **UNIT, **place)
        if to:
            m.species(to, initial=0.0, **UNIT, **place)
        m.parameter("Lambda", birth, "1/day")
        m.parameter("Mu", death, "1/day")
        if double:
            m.assign("y", "2 * X", "cell")
            m.observable("seen_y", "y", "cell")
        m.reaction("Birth", "X -> 2 X", rate=laws[0])
        m.reaction("Death", f"X -> {to}", rate=laws[1])
        if concentration:
            m.observable("amount_X", "X * Cell", "cell")
        return m.build()

    return make


def birth_death_law(
    birth: float = 0.1,
    death: float = 0.11,
    start: float = 100.0,
    *,
    names: tuple[str, ...] = ("X",),
) -> Callable[[], Law]:
    """X, and the dead as the second name."""

    def law() -> Law:
        changes = np.array([[1.0, -1.0], [0.0, 1.0]])
        slope = np.array([[birth, 0.0], [death, 0.0]])
        found = linear_moments(changes, slope, np.zeros(2), np.array([start, 0.0]), TIMES)
        return {name: (found[0][:, k], found[1][:, k]) for k, name in enumerate(names)}

    return law


def birth_death_excess(birth: float, death: float, start: float) -> Callable[[], Array]:
    """Excess kurtosis of X: cells are independent, each a geometric number or gone."""

    def excess() -> Array:
        growth = np.exp((birth - death) * TIMES)
        gone = death * (growth - 1) / (birth * growth - death)
        more = birth * (growth - 1) / (birth * growth - death)
        # factorial moments of a number that is 0, or geometric from 1 on
        f1, f2, f3, f4 = (
            (1 - gone) * factorial * more ** (k - 1) / (1 - more) ** k
            for k, factorial in ((1, 1.0), (2, 2.0), (3, 6.0), (4, 24.0))
        )
        return _excess(f1, f1 + f2, f1 + 3 * f2 + f3, f1 + 7 * f2 + 6 * f3 + f4) / start

    return excess


def _excess(m1: Array, m2: Array, m3: Array, m4: Array) -> Array:
    """Excess kurtosis from raw moments; 0 where nothing varies."""
    second = m2 - m1**2
    fourth = m4 - 4 * m3 * m1 - 3 * m2**2 + 12 * m2 * m1**2 - 6 * m1**4
    return np.divide(fourth, second**2, out=np.zeros_like(second), where=second > 0)


def doubled_law() -> Law:
    """y = 2 X beside X."""
    mean, variance = birth_death_law()()["X"]
    return {"X": (mean, variance), "seen_y": (2 * mean, 4 * variance)}


def in_volume_law() -> Law:
    """The law of case 00011 holds the concentration: at volume 2 everything is half as fast."""
    return {"amount_X": birth_death_law(0.05, 0.055)()["X"]}


# -- 002 and 004: immigration and death -----------------------------------------------------------


def immigration(
    influx: float = 1.0,
    death: float = 0.1,
    *,
    batch: int = 1,
    ends: bool = False,
    local: bool = False,
    reset: bool = False,
) -> Callable[[], Model]:
    """X arrives in batches and dies; with a boundary source and a sink, a local name, a reset."""

    def make() -> Model:
        m = ModelBuilder("immigration_death", dimensions="off")
        m.species("X", initial=0.0, **UNIT)
        if ends:
            m.species("Source", initial=0.0, boundary=True, **UNIT)
            m.species("Sink", initial=0.0, **UNIT)
        alpha, mu = ("Immigration_k", "Death_k") if local else ("Alpha", "Mu")
        if local:
            m.parameter("k", 2.0, "1")  # the global name that both local ones hide
        m.parameter(alpha, influx, "cell/day")
        m.parameter(mu, death, "1/day")
        left = "Source" if ends else ""
        m.reaction("Immigration", f"{left} -> {batch} X", rate=alpha)
        m.reaction("Death", f"X -> {'Sink' if ends else ''}", rate=f"{mu} * X")
        if reset:
            m.event("reset", {"X": 20.0}, at_time=22.5)
        return m.build()

    return make


def immigration_law(
    influx: float = 1.0,
    death: float = 0.1,
    *,
    batch: int = 1,
    names: tuple[str, ...] = ("X",),
    reset: bool = False,
) -> Callable[[], Law]:
    """X and the dead; from day 22.5 on as from 20 cells for sure, where it is reset."""
    changes = np.array([[float(batch), -1.0], [0.0, 1.0]])
    slope = np.array([[0.0, 0.0], [death, 0.0]])
    constant = np.array([influx, 0.0])

    def law() -> Law:
        mean, variance = linear_moments(changes, slope, constant, np.zeros(2), TIMES)
        if reset:
            late = TIMES > 22.5
            times = np.concatenate([[22.5], TIMES[late]])
            again = linear_moments(changes, slope, constant, np.array([20.0, 0.0]), times)
            mean[late], variance[late] = again[0][1:], again[1][1:]
        return {name: (mean[:, k], variance[:, k]) for k, name in enumerate(names)}

    return law


def batch_excess(influx: float, death: float, batch: int) -> Callable[[], Array]:
    """Excess kurtosis of X: batches arrive as a Poisson process, each cell survives by itself."""

    def excess() -> Array:
        # E[(cells left of a batch)**r] by Stirling numbers, integrated over its age
        falling = np.cumprod([batch - k for k in range(4)]).astype(float)
        lived = [(1 - np.exp(-k * death * TIMES)) / (k * death) for k in (1, 2, 3, 4)]
        second = influx * (falling[0] * lived[0] + falling[1] * lived[1])
        fourth = influx * sum(
            stirling * falling[k] * lived[k] for k, stirling in enumerate((1.0, 7.0, 6.0, 1.0))
        )
        return np.divide(fourth, second**2, out=np.zeros_like(second), where=second > 0)

    return excess


def with_source_law() -> Law:
    """A source that is a boundary stays at 0 however much is taken from it."""
    found = immigration_law(10.0, names=("X", "Sink"))()
    return {**found, "Source": (np.zeros(51), np.zeros(51))}


# -- 003: dimerisation ----------------------------------------------------------------------------


def dimers(
    start: int, join: float, part: float, *, reset: bool = False, only_pairs: bool = False
) -> Callable[[], Model]:
    """P pairs to P2 and back; reset at more than 30 pairs; or P written as what is left."""

    def make() -> Model:
        m = ModelBuilder("dimerisation", dimensions="off")
        m.species("P2", initial=0.0, **UNIT)
        m.parameter("k1", join, "1/day")
        m.parameter("k2", part, "1/day")
        if only_pairs:
            free = f"({start} - 2 * P2)"
            m.reaction("Dimerisation", "-> P2", rate=f"k1 * {free} * ({free} - 1) / 2")
            m.reaction("Disassociation", "P2 ->", rate="k2 * P2")
            return m.build()
        m.species("P", initial=float(start), **UNIT)
        m.reaction("Dimerisation", "2 P -> P2", rate="k1 * P * (P - 1) / 2")
        m.reaction("Disassociation", "P2 -> 2 P", rate="k2 * P2")
        if reset:
            m.event("reset", {"P": float(start), "P2": 0.0}, when="P2 > 30")
        return m.build()

    return make


def dimers_law(
    start: int, join: float, part: float, *, most: int | None = None, only_pairs: bool = False
) -> Callable[[], Law]:
    """Means and variances from the chain over pairs."""

    def law() -> Law:
        found = chain(pairing(start, join / 2, part, most=most), TIMES)
        pairs = np.arange(found.shape[1])
        laws = {"P2": moments_of_law(found, pairs)}
        return laws if only_pairs else {"P": moments_of_law(found, start - 2 * pairs), **laws}

    return law


CASES = {
    "00001": Case(birth_death(), birth_death_law()),
    "00003": Case(
        birth_death(1.0, 1.1),
        birth_death_law(1.0, 1.1),
        excess=birth_death_excess(1.0, 1.1, 100.0),
    ),
    "00005": Case(birth_death(start=1e4), birth_death_law(start=1e4)),
    "00007": Case(birth_death(to="Sink"), birth_death_law(names=("X", "Sink"))),
    "00009": Case(birth_death(volume=2.0), birth_death_law()),
    "00011": Case(birth_death(volume=2.0, concentration=True), in_volume_law),
    "00013": Case(birth_death(0.2, laws=("Lambda * X * 0.5", "Mu * X")), birth_death_law()),
    "00015": Case(birth_death(laws=("(Lambda * (X / 2)) / 0.5", "Mu * X")), birth_death_law()),
    "00017": Case(
        birth_death(volume=1.0, laws=("Cell * Lambda * X", "Cell * Mu * X")), birth_death_law()
    ),
    "00019": Case(birth_death(double=True), doubled_law),
    "00021": Case(immigration(10.0), immigration_law(10.0)),
    "00023": Case(immigration(1000.0), immigration_law(1000.0)),
    "00025": Case(immigration(10.0, ends=True), with_source_law),
    "00027": Case(immigration(local=True), immigration_law()),
    "00029": Case(immigration(reset=True), immigration_law(reset=True), events=True),
    "00031": Case(dimers(1000, 0.0002, 0.004), dimers_law(1000, 0.0002, 0.004)),
    "00033": Case(
        dimers(100, 0.001, 0.01, reset=True), dimers_law(100, 0.001, 0.01, most=30), events=True
    ),
    "00035": Case(
        dimers(100, 0.001, 0.01, only_pairs=True),
        dimers_law(100, 0.001, 0.01, only_pairs=True),
    ),
    "00037": Case(immigration(1.0, 0.2, batch=5), immigration_law(1.0, 0.2, batch=5)),
    "00039": Case(
        immigration(1.0, 4.0, batch=100),
        immigration_law(1.0, 4.0, batch=100),
        excess=batch_excess(1.0, 4.0, 100),
    ),
}
"""Of each case. In 00027 two local parameters hide a global one; the text of 00021 speaks of a
local one that its file does not have."""
