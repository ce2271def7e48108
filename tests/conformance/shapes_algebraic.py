"""Features: algebraic rules, solved beforehand where affine, by the integrator otherwise."""

from __future__ import annotations

import math

import numpy as np

from .shapes import Case, builder, decaying, feature, give

TIMES = np.linspace(0.0, 2.0, 9)


def root(*, start: float = 1.0):
    """A falls as exp(-2 t); the rule makes z the root of it on the side where it starts."""
    m = builder(A=1.0)
    m.parameter("z", start, "1")
    m.rate("A", "-2 * z**2")
    m.algebraic("z**2 - A", "z")
    return m


@feature
def rule_affine():
    m = decaying()
    m.parameter("x", 0.0, "1")
    m.parameter("y", 0.0, "1")
    m.assign("twice", "2 * y", "1")
    m.algebraic("twice - A - x", "x")
    m.algebraic("x + y - 3 * A", "y")
    a = np.exp(-TIMES)
    return Case(m.build(), TIMES, {"A": a, "x": 5 / 3 * a, "y": 4 / 3 * a})


@feature
def rule_with_a_root():
    return Case(root().build(), TIMES, {"A": np.exp(-2 * TIMES), "z": np.exp(-TIMES)})


@feature
def rule_on_the_other_branch():
    m = root(start=-1.0)
    return Case(m.build(), TIMES, {"A": np.exp(-2 * TIMES), "z": -np.exp(-TIMES)})


@feature
def rule_whose_start_is_far_from_consistent():
    return Case(root(start=40.0).build(), TIMES, {"z": np.exp(-TIMES)})


@feature
def rule_in_time():
    m = builder("A")
    m.parameter("z", 1.0, "1")
    m.rate("A", "z**3")
    m.algebraic("z**3 - 1 - time", "z")
    return Case(m.build(), TIMES, {"A": TIMES + TIMES**2 / 2, "z": (1 + TIMES) ** (1 / 3)})


@feature
def rules_that_hold_each_other():
    m = builder(A=0.5)
    m.parameter("u", 0.4, "1")
    m.parameter("v", 0.2, "1")
    m.rate("A", "-u")
    m.algebraic("u**3 + v - A**3 - A**2", "u")
    m.algebraic("u**3 * v - A**5", "v")
    a = 0.5 * np.exp(-TIMES)
    return Case(m.build(), TIMES, {"A": a, "u": a, "v": a**2})


@feature
def rule_for_a_concentration():
    m = builder(A=1.0)
    m.compartment("plasma", 2.0, "L")
    m.species("C", initial=1.0, unit="1/L", compartment="plasma", boundary=True)
    m.rate("A", "-2 * C**2")
    m.algebraic("C**2 - A", "C")
    return Case(m.build(), TIMES, {"C": np.exp(-TIMES)})


@feature
def rule_at_a_dose():
    m = root()
    m.dose("infusion", "1", {"A": "dose"})
    model = m.build()
    after = TIMES >= 1.0
    start = math.sqrt(math.exp(-2.0) + 3.0)
    z = np.where(after, start * np.exp(-(TIMES - 1.0)), np.exp(-TIMES))
    return Case(
        model, TIMES, {"z": z, "A": z**2}, cohort=give(model, ("infusion", 1.0, 3.0)),
        log=[("infusion", 1.0)],
    )  # fmt: skip


@feature
def rule_that_sets_off_an_event():
    m = root()
    m.event("low", {"A": "1"}, when="z < 0.5")
    day = math.log(2.0)
    z = np.exp(-np.mod(TIMES, day))
    log = [("low", day), ("low", 2 * day)]
    return Case(m.build(), TIMES, {"z": z}, log=log)


@feature
def rule_with_a_condition():
    m = builder(A=1.0)
    m.parameter("z", 1.0, "1")
    m.rate("A", "-2 * A")
    m.algebraic("z**2 - piecewise(A, A > 0.5, 4 * A)", "z")
    z = np.where(np.exp(-2 * TIMES) > 0.5, 1.0, 2.0) * np.exp(-TIMES)
    return Case(m.build(), TIMES, {"z": z})
