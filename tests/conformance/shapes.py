"""FEATURES: one small model for each thing that an engine must be able to do, defined once.

A case has a closed form where there is one; else it is compared with the reference backend.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike
from scipy.linalg import expm
from scipy.special import lambertw

from livingdrug.cohort.cohort import add_records, cohort_from_arrays
from livingdrug.model.builder import ModelBuilder
from livingdrug.model.model import Model

__all__ = ["FEATURES", "Case", "builder", "give", "knots"]


@dataclass(frozen=True)
class Case:
    """One subject of a small model.

    `exact` maps names to values at `times`; `log` is the event log, pairs (name, day).
    """

    model: Model
    times: ArrayLike
    exact: dict[str, ArrayLike] = field(default_factory=dict)
    cohort: xr.Dataset | None = None
    log: list[tuple[str, float]] | None = None
    side: Literal["left", "right"] = "right"


FEATURES: dict[str, Callable[[], Case]] = {}
"""Name to case. Everything in this folder that loops over features loops over this table."""


def feature(make: Callable[[], Case]) -> Callable[[], Case]:
    FEATURES[make.__name__] = make
    return make


# -- building -------------------------------------------------------------------------------------


def builder(*species: str, **initial: float) -> ModelBuilder:
    """Start a model whose species, with their initial values, are plain numbers."""
    m = ModelBuilder("shape", dimensions="off")
    for name, value in {**dict.fromkeys(species, 0.0), **initial}.items():
        m.species(name, initial=value, unit="1", nominal=1.0, non_negative=False)
    return m


def decaying(initial: float = 1.0, k: float = 1.0, **options: object) -> ModelBuilder:
    m = ModelBuilder("shape", dimensions="off")
    m.species("A", initial=initial, unit="1", nominal=1.0, **options)
    m.parameter("k", k, "1/day")
    m.rate("A", "-k * A")
    m.dose("d", "1", {"A": "dose"})
    return m


def give(model: Model, *rows: tuple[object, ...], cohort: xr.Dataset | None = None) -> xr.Dataset:
    """Add dose records ``(name, day, amount[, duration[, subject]])`` in this order."""
    cohort = cohort_from_arrays(model, {}) if cohort is None else cohort
    full = [(*row, *(0.0, 0)[len(row) - 3 :]) for row in rows]
    names, days, amounts, durations, subjects = zip(*full, strict=True)
    columns = {
        "subject": np.array(subjects),
        "name": np.array(names),
        "time": np.array(days, dtype=float),
        "amount": np.array(amounts, dtype=float),
        "unit": np.array([model.dose(name).unit for name in names]),
        "duration": np.array(durations, dtype=float),
    }
    return add_records(cohort, "dose", columns)


def knots(cohort: xr.Dataset, name: str, days: ArrayLike, values: ArrayLike) -> xr.Dataset:
    """Give subject 0 the records of an input."""
    n = np.size(days)
    columns = {
        "subject": np.zeros(n, dtype=np.int64),
        "input": np.array([name] * n),
        "time": np.asarray(days, dtype=float),
        "value": np.asarray(values, dtype=float),
    }
    return add_records(cohort, "knot", columns)


def infused(t: ArrayLike, start: float, amount: float, duration: float) -> np.ndarray:
    """One compartment with elimination rate 1."""
    t = np.asarray(t, dtype=float) - start
    during = amount / duration * -np.expm1(-np.clip(t, 0.0, duration))
    return np.where(t <= duration, during, during * np.exp(-(t - duration)))


grid = np.array([0.5, 1.0, 2.0, 4.0])

# -- right-hand sides -----------------------------------------------------------------------------


@feature
def linear_exchange() -> Case:
    m = builder(A=1.0, B=0.0)
    m.reaction("move", "A -> B", rate="2 * A", reverse="0.5 * B")
    m.reaction("out", "B ->", rate="0.3 * B")
    matrix = np.array([[-2.0, 0.5], [2.0, -0.8]])
    A, B = np.array([expm(matrix * t) @ [1.0, 0.0] for t in grid]).T
    return Case(m.build(), grid, {"A": A, "B": B})


@feature
def stiff_forcing() -> Case:
    m = builder("y")
    m.rate("y", "-1e3 * (y - cos(time))")
    t, k = np.array([0.5, 1.0]), 1e3  # the transient is exp(-500)
    return Case(m.build(), t, {"y": (k**2 * np.cos(t) + k * np.sin(t)) / (1 + k**2)})


@feature
def michaelis_menten() -> Case:
    m = builder(S=3.0, P=0.0)
    m.reaction("turn", "S -> P", rate="1.5 * S / (0.7 + S)")
    S = 0.7 * lambertw(3 / 0.7 * np.exp((3 - 1.5 * grid) / 0.7)).real
    return Case(m.build(), grid, {"S": S, "P": 3 - S})


@feature
def hill_production() -> Case:
    m = builder(A=0.0, B=2.0)
    m.rate("A", "3 * hill(B, 1.2, 2.5) - 0.4 * A")
    m.rate("B", "1 - hill(A, 0.8, 4) * B")
    return Case(m.build(), grid)


@feature
def hill_below_one_from_zero() -> Case:
    m = builder(A=0.0, B=0.0)
    m.rate("A", "1 - A")
    m.rate("B", "hill(A, 1, 0.6) - B")
    return Case(m.build(), grid)


@feature
def power_law() -> Case:
    m = builder(A=4.0)
    m.rate("A", "-A ** 1.5")
    return Case(m.build(), grid, {"A": (0.5 + grid / 2) ** -2.0})


@feature
def ratio_of_zeros() -> Case:
    m = builder(A=0.0, B=0.0, C=0.0)
    m.rate("C", "safe_ratio(A, B, 2) - C")
    return Case(m.build(), grid, {"C": 2 * -np.expm1(-grid)})


@feature
def kinks() -> Case:
    m = builder(A=0.0)
    m.rate("A", "1 + max(A, 1) + 0 * (min(A, 2) + abs(A - 1))")
    t = np.array([0.25, 0.5, 1.5])
    return Case(m.build(), t, {"A": np.where(t <= 0.5, 2 * t, 2 * np.exp(t - 0.5) - 1)})


@feature
def rate_of() -> Case:
    m = builder(A=1.0, B=0.0)
    m.rate("A", "-A")
    m.rate("B", "-rate_of(A)")
    return Case(m.build(), grid, {"B": -np.expm1(-grid)})


@feature
def assigned_quantities_and_observables() -> Case:
    m = decaying()
    m.assign("twice", "2 * A", "1")
    m.assign("later", "twice + time", "1")
    m.observable("seen", "later / 2", "1")
    m.species("B", initial=0.0, unit="1")
    m.rate("B", "twice")
    return Case(m.build(), grid, {"seen": np.exp(-grid) + grid / 2, "B": 2 * -np.expm1(-grid)})


@feature
def integral_of_a_state() -> Case:
    m = decaying()
    m.integral("area", "A", "1")
    return Case(m.build(), grid, {"area": -np.expm1(-grid)})


@feature
def integral_of_a_function_of_time() -> Case:
    m = decaying()
    m.integral("area", "sin(time)**2", "1")
    t = np.array([1.0, 50.0])
    return Case(m.build(), t, {"area": t / 2 - np.sin(2 * t) / 4})


@feature
def no_states() -> Case:
    m = builder()
    m.parameter("k", 2.0, "1")
    m.assign("y", "k * time", "1")
    return Case(m.build(), grid, {"y": 2 * grid})


# -- quantities -----------------------------------------------------------------------------------


@feature
def log_state() -> Case:
    m = decaying(k=3.0, log_state=True)
    m.species("B", initial=0.0, unit="1", nominal=1.0)
    m.rate("B", "A - B")
    return Case(
        m.build(), grid, {"A": np.exp(-3 * grid), "B": (np.exp(-grid) - np.exp(-3 * grid)) / 2}
    )


@feature
def log_state_that_starts_at_zero() -> Case:
    m = decaying(initial=0.0, log_state=True)
    m.species("B", initial=1.0, unit="1", nominal=1.0)
    m.rate("B", "A - B")
    return Case(m.build(), grid, {"A": 0 * grid, "B": np.exp(-grid)})


@feature
def root_of_a_log_state_at_zero() -> Case:
    m = decaying(initial=0.0, log_state=True)
    m.species("B", initial=1.0, unit="1", nominal=1.0)
    m.rate("B", "sqrt(A) + A ** 0.7 - B")
    return Case(m.build(), grid, {"A": 0 * grid, "B": np.exp(-grid)})


@feature
def concentration() -> Case:
    m = ModelBuilder("shape", dimensions="off")
    m.compartment("V", 4.0, "L")
    m.species("c", initial=3.0, unit="mg/L", compartment="V")
    m.reaction("loss", "c ->", rate="V * c")
    return Case(m.build(), grid, {"c": 3 * np.exp(-grid)})


@feature
def concentration_in_a_changing_volume() -> Case:
    m = ModelBuilder("shape", dimensions="off")
    m.compartment("V", 2.0, "L")
    m.species("c", initial=3.0, unit="mg/L", compartment="V")
    m.rate("V", "0.5 * V")
    m.reaction("feed", "-> c", rate="V")
    return Case(m.build(), grid, {"c": 2 + np.exp(-0.5 * grid)})


@feature
def boundary_constant_and_converted_species() -> Case:
    m = builder(P=0.0)
    m.parameter("f", 0.5, "1")
    m.species("S", initial=10.0, unit="1", conversion_factor="f")
    m.species("C", initial=2.0, unit="1", constant=True)
    m.species("W", initial=3.0, unit="1", boundary=True)
    m.reaction("convert", "S + W -> (n) P", rate="C")
    m.parameter("n", 3.0, "1")
    return Case(
        m.build(), grid, {"S": 10 - grid, "P": 6 * grid, "C": 2 + 0 * grid, "W": 3 + 0 * grid}
    )


@feature
def initial_value_by_expression() -> Case:
    m = decaying(initial=9.0)
    m.parameter("p", 3.0, "1")
    m.initial("A", "p + 1")
    return Case(m.build(), grid, {"A": 4 * np.exp(-grid)})


def computed(m: ModelBuilder, name: str, unit: str = "1") -> None:
    """Add a constant whose value, 1.5, is computed at the start; its stated value is 99."""
    m.parameter(name, 99.0, unit)
    m.parameter("half", 0.75, "1")
    m.initial(name, "2 * half")


@feature
def computed_constant_in_an_event_time() -> Case:
    m = decaying(k=0.0)
    computed(m, "day", "day")
    m.event("e", {"A": "A + 1"}, at_time="day")
    return Case(m.build(), grid, {"A": np.where(grid < 1.5, 1.0, 2.0)}, log=[("e", 1.5)])


@feature
def computed_constant_in_a_switch_time() -> Case:
    m = builder("A")
    computed(m, "day", "day")
    m.rate("A", "piecewise(1, time < day, 3)")
    return Case(m.build(), grid, {"A": np.where(grid < 1.5, grid, 1.5 + 3 * (grid - 1.5))})


@feature
def computed_constant_in_a_dose() -> Case:
    m = builder("A")
    computed(m, "F")
    m.dose("d", "1", {"A": "F * dose"}, lag="F")
    model = m.build()
    cohort = give(model, ("d", 0.0, 2.0), ("d", 1.0, 2.0, 1.0))
    A = np.where(grid < 1.5, 0.0, 3.0) + 3 * np.clip(grid - 2.5, 0, 1)
    return Case(model, grid, {"A": A}, cohort, [("d", 1.5), ("d", 2.5)])


@feature
def computed_constant_in_an_extinction_threshold() -> Case:
    m = ModelBuilder("shape", dimensions="off")
    m.compartment("V", 99.0, "L")
    m.parameter("half", 0.75, "1")
    m.initial("V", "2 * half")
    m.species("A", initial=10.0, unit="1", compartment="V", extinct_below=1.0)
    m.reaction("loss", "A ->", rate="V * A")
    gone = np.log(10.0)
    exact = np.where(grid < gone, 10 * np.exp(-grid), 0.0)
    return Case(m.build(), grid, {"A": exact}, log=[("extinct(A)", gone)])


# -- extinction -----------------------------------------------------------------------------------


@feature
def extinction_and_revival() -> Case:
    m = decaying(initial=10.0, extinct_below=1.0)
    model = m.build()
    t, gone = np.array([2.0, 2.5, 6.0]), np.log(10.0)
    exact = [10 * np.exp(-2.0), 0.0, 4 * np.exp(-1.0)]
    log = [("extinct(A)", gone), ("d", 5.0)]
    return Case(model, t, {"A": exact}, give(model, ("d", 5.0, 4.0)), log)


@feature
def extinction_of_a_log_state() -> Case:
    m = decaying(initial=10.0, extinct_below=1.0, log_state=True)
    model = m.build()
    t, log = np.array([2.0, 2.5, 6.0]), [("extinct(A)", np.log(10.0)), ("d", 5.0)]
    exact = [10 * np.exp(-2.0), 0.0, 4 * np.exp(-1.0)]
    return Case(model, t, {"A": exact}, give(model, ("d", 5.0, 4.0)), log)


@feature
def seed_below_the_extinction_threshold() -> Case:
    model = decaying(initial=0.5, extinct_below=1.0).build()
    return Case(model, grid, {"A": 0.5 * np.exp(-grid)}, log=[])
