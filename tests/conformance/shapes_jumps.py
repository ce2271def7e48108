"""The FEATURES that jump: doses, inputs, events and switches. Importing this fills the table."""

from __future__ import annotations

import numpy as np

from livingdrug.cohort.cohort import cohort_from_arrays
from livingdrug.model.builder import ModelBuilder

from .shapes import Case, builder, decaying, feature, give, grid, infused, knots

__all__: list[str] = []

# -- doses ----------------------------------------------------------------------------------------


@feature
def bolus_doses() -> Case:
    m = decaying()
    m.dose("put", "1", {"A": "dose"}, mode="assign")
    model = m.build()
    cohort = give(model, ("d", 1.0, 2.0), ("d", 2.0, 3.0), ("put", 2.0, 5.0), ("d", 2.0, 1.0))
    A = np.exp(-grid) + np.where(grid >= 1, 2 * np.exp(1 - grid), 0)
    A = np.where(grid >= 2, 6 * np.exp(2 - grid), A)
    log = [("d", 1.0), ("d", 2.0), ("put", 2.0), ("d", 2.0)]
    return Case(model, grid, {"A": A}, cohort, log)


@feature
def dose_before_day_zero() -> Case:
    model = decaying(initial=0.0).build()
    cohort = give(model, ("d", -4.0, 1.0), ("d", 0.0, 1.0))
    return Case(model, grid, {"A": np.exp(-grid) + np.exp(-4 - grid)}, cohort)


@feature
def overlapping_infusions() -> Case:
    model = decaying(initial=0.0).build()
    cohort = give(model, ("d", 0.0, 4.0, 3.0), ("d", 0.75, 6.0, 1.0), ("d", 3.0, 1.0, 1.0))
    A = (
        infused(grid, 0, 4, 3)
        + infused(grid, 0.75, 6, 1) * (grid > 0.75)
        + infused(grid, 3, 1, 1) * (grid > 3)
    )
    return Case(model, grid, {"A": A}, cohort, [("d", 0.0), ("d", 0.75), ("d", 3.0)])


@feature
def very_short_infusion() -> Case:
    model = decaying(k=0.0).build()
    # the spacing of floats at day 1 is 2e-16, a fifth of this duration
    return Case(model, grid, {"A": [1.0, 1.0, 6.0, 6.0]}, give(model, ("d", 1.0, 5.0, 1e-15)))


@feature
def lag_and_several_targets() -> Case:
    m = builder(A=0.0, B=1.0)
    m.parameter("F", 0.25, "1")
    m.dose("d", "1", {"A": "F * dose", "B": "(1 - F) * dose"}, lag="2 * F")
    model = m.build()
    cohort = give(model, ("d", 0.5, 8.0), ("d", 1.5, 8.0, 2.0))
    given = np.where(grid >= 1, 1.0, 0.0) + np.clip((grid - 2) / 2, 0, 1)
    return Case(model, grid, {"A": 2 * given, "B": 1 + 6 * given}, cohort, [("d", 1.0), ("d", 2.0)])


@feature
def dose_into_a_concentration() -> Case:
    m = ModelBuilder("shape", dimensions="off")
    m.compartment("V", 4.0, "L")
    m.species("c", initial=1.0, unit="mg/L", compartment="V")
    m.dose("d", "mg", {"c": "dose / V"})
    model = m.build()
    cohort = give(model, ("d", 1.0, 8.0), ("d", 2.0, 8.0, 1.0))
    return Case(model, grid, {"c": [1.0, 3.0, 3.0, 5.0]}, cohort)


@feature
def dose_into_a_parameter() -> Case:
    m = builder("A")
    m.parameter("p", 2.0, "1")
    m.rate("A", "p")
    m.dose("d", "1", {"p": "dose"})
    model = m.build()
    p = np.where(grid < 1, 2.0, 5.0)
    return Case(
        model,
        grid,
        {"p": p, "A": 2 * grid + 3 * np.clip(grid - 1, 0, None)},
        give(model, ("d", 1.0, 3.0)),
    )


@feature
def dose_that_depends_on_the_state() -> Case:
    m = decaying()
    m.dose("top_up", "1", {"A": "max(dose - A, 0)"})
    model = m.build()
    A = np.where(grid < 1, np.exp(-grid), 5 * np.exp(1 - grid))
    return Case(model, grid, {"A": A}, give(model, ("top_up", 1.0, 5.0)))


# -- inputs and time ------------------------------------------------------------------------------


@feature
def constant_input() -> Case:
    m = builder("A")
    m.input("u", "1", default=1.0)
    m.rate("A", "u")
    model = m.build()
    cohort = knots(cohort_from_arrays(model, {}), "u", [1.0, 2.0], [3.0, 0.0])
    return Case(model, grid, {"A": [0.5, 1.0, 4.0, 4.0], "u": [1.0, 3.0, 0.0, 0.0]}, cohort)


@feature
def linear_input() -> Case:
    m = builder("A")
    m.input("u", "1", default=1.0, interpolation="linear")
    m.rate("A", "u - A")
    model = m.build()
    cohort = knots(cohort_from_arrays(model, {}), "u", [-1.0, 1.0, 3.0], [0.0, 2.0, 2.0])
    # u = 1 + t from day -1 to 1: A = t there - (-1) - (1 - exp(-(t + 1)))
    rising = (grid + 1) - -np.expm1(-(grid + 1))
    flat = 2 + (2 - -np.expm1(-2.0) - 2) * np.exp(-(grid - 1))
    return Case(model, grid, {"A": np.where(grid <= 1, rising, flat)}, cohort)


@feature
def input_in_an_event_time() -> Case:
    m = decaying(k=0.0)
    m.input("u", "day", default=1.5)
    m.event("e", {"A": 5.0}, at_time="u")
    return Case(m.build(), grid, {"A": np.where(grid < 1.5, 1.0, 5.0)}, log=[("e", 1.5)])


@feature
def start_before_day_zero() -> Case:
    m = decaying()
    m.event("e", {"A": "A + 1"}, at_time=[-9.0, -1.0])
    t = np.array([-2.0, -1.0, 1.0])
    return Case(m.build(), t, {"A": [1.0, 1 + np.exp(-1.0), np.exp(-3.0) + np.exp(-2.0)]})


@feature
def left_side() -> Case:
    m = decaying(k=0.0)
    m.event("e", {"A": "A + 1"}, at_time=1.0)
    model = m.build()
    cohort = give(model, ("d", 0.5, 2.0), ("d", 2.0, 4.0))
    return Case(model, grid, {"A": [1.0, 3.0, 4.0, 8.0]}, cohort, side="left")


# -- switches -------------------------------------------------------------------------------------


@feature
def switch_on_time() -> Case:
    m = builder("A")
    m.parameter("a", 2.0, "1")
    m.parameter("never", np.inf, "day")
    m.rate("A", "piecewise(1, a * time - 1 > 2, 0) + piecewise(5, time > never, 0)")
    return Case(m.build(), grid, {"A": np.clip(grid - 1.5, 0, None)})


@feature
def switch_on_a_time_that_changes() -> Case:
    m = builder("A")
    m.parameter("day", 3.0, "day")
    m.rate("A", "piecewise(1, time < day, 0)")
    m.event("e", {"day": 1.5}, at_time=1.0)
    return Case(m.build(), grid, {"A": np.minimum(grid, 1.5)})


@feature
def switch_on_a_state() -> Case:
    m = builder(A=2.0)
    m.rate("A", "piecewise(-A, A > 1, -0.25)")
    turn = np.log(2.0)
    return Case(
        m.build(), grid, {"A": np.where(grid < turn, 2 * np.exp(-grid), 1 - 0.25 * (grid - turn))}
    )


@feature
def many_flips_before_day_zero() -> Case:
    m = builder("A")
    m.parameter("on", 1.0, "1")
    m.rate("A", "on - 0.5")
    m.event("turn", {"on": "1 - on"}, when="A > 0.01 or A < -0.01")
    t = np.array([-8.0, -0.5, 0.0])
    # a triangle between -0.01 and 0.01: 7.5 days are 93.75 of its periods, 8 are 100
    return Case(m.build(), t, {"A": [0.0, -0.01, 0.0]})


@feature
def switch_inside_a_switch() -> Case:
    m = builder(A=0.0, Q=0.0)
    m.rate("A", "1")
    m.rate("Q", "piecewise(1, A > piecewise(1.5, time > 1, 5), 0)")
    return Case(m.build(), grid, {"Q": np.clip(grid - 1.5, 0, None)})


@feature
def switch_on_a_parameter() -> Case:
    m = builder("A")
    m.parameter("p", 1.0, "1")
    m.rate("A", "piecewise(1, p == 1, -1)")
    m.event("e", {"p": 2.0}, at_time=1.0)
    return Case(m.build(), grid, {"A": np.where(grid < 1, grid, 2 - grid)})


@feature
def switch_on_a_constant_input() -> Case:
    m = builder("A")
    m.input("u", "1", default=5.0)
    m.rate("A", "piecewise(1, u > 3, 0)")
    model = m.build()
    cohort = knots(cohort_from_arrays(model, {}), "u", [1.0, 2.0], [0.0, 4.0])
    return Case(model, grid, {"A": [0.5, 1.0, 1.0, 3.0]}, cohort)


@feature
def switch_on_a_linear_input() -> Case:
    m = builder("A")
    m.input("u", "1", default=5.0, interpolation="linear")
    m.rate("A", "piecewise(1, u > 3, 0)")
    model = m.build()
    cohort = knots(cohort_from_arrays(model, {}), "u", [0.0, 2.0], [0.0, 6.0])
    return Case(model, grid, {"A": [0.0, 0.0, 1.0, 3.0]}, cohort)


@feature
def switch_turned_by_a_dose_and_an_event() -> Case:
    m = builder("A")
    m.rate("A", "piecewise(1, A < 10, -1)")
    m.dose("d", "1", {"A": "dose"})
    m.event("e", {"A": 0.0}, at_time=2.0)
    model = m.build()
    return Case(model, grid, {"A": [0.5, 20.0, 0.0, 2.0]}, give(model, ("d", 1.0, 19.0)))
