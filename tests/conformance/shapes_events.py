"""The FEATURES with events. Importing this fills the table."""

from __future__ import annotations

import numpy as np

from livingdrug.model.builder import ModelBuilder

from .shapes import Case, builder, decaying, feature, give, grid

__all__: list[str] = []


@feature
def scheduled_event_repeated() -> Case:
    m = decaying(initial=0.0)
    m.parameter("gap", 0.5, "day")
    m.event("e", {"A": "A + 1"}, at_time=[1.0, "2 * gap + 1"], every="gap", count=2)
    days = np.array([1.0, 2.0, 2.5, 3.0])
    A = [np.exp(days[days <= t] - t).sum() for t in grid]
    return Case(m.build(), grid, {"A": A}, log=[("e", day) for day in days])


@feature
def scheduled_event_twice_at_one_time() -> Case:
    m = decaying(k=0.0)
    m.event("e", {"A": "2 * A"}, at_time=[1.0, 1.0])
    # both values are computed before the first is written
    return Case(m.build(), grid, {"A": [1.0, 2.0, 2.0, 2.0]}, log=[("e", 1.0), ("e", 1.0)])


@feature
def scheduled_event_twice_with_values_of_the_execution() -> Case:
    m = decaying(k=0.0)
    m.event("e", {"A": "2 * A"}, at_time=[1.0, 1.0], values_from_trigger=False)
    return Case(m.build(), grid, {"A": [1.0, 4.0, 4.0, 4.0]}, log=[("e", 1.0), ("e", 1.0)])


@feature
def many_events() -> Case:
    m = decaying(k=0.0)
    m.event("e", {"A": "A + 1"}, at_time=0.01, every=0.01, count=299)
    t = np.array([1.005, 4.0])
    return Case(m.build(), t, {"A": [101.0, 301.0]})


@feature
def event_that_swaps_after_a_dose() -> Case:
    m = builder(x=1.0, y=2.0)
    m.dose("d", "1", {"x": "dose"})
    m.event("swap", {"x": "y", "y": "x"}, at_time=1.0)
    model = m.build()
    x, y = [1.0, 2.0, 2.0, 2.0], [2.0, 4.0, 4.0, 4.0]
    log = [("d", 1.0), ("swap", 1.0)]
    return Case(model, grid, {"x": x, "y": y}, give(model, ("d", 1.0, 3.0)), log)


@feature
def event_that_changes_a_computed_parameter() -> Case:
    m = builder("A")
    m.parameter("p", 99.0, "1")
    m.parameter("half", 0.75, "1")
    m.initial("p", "2 * half")
    m.rate("A", "p")
    m.event("e", {"p": "p + 1"}, at_time=1.0)
    A = 1.5 * grid + np.clip(grid - 1, 0, None)
    return Case(m.build(), grid, {"A": A, "p": np.where(grid < 1, 1.5, 2.5)})


@feature
def triggered_event() -> Case:
    m = builder(x=0.05)
    m.rate("x", "x * (1 - x)")
    m.event("cut", {"x": 0.05}, when="x > 0.5")
    period = np.log(0.95 / 0.05)
    t = np.array([1.0, period + 1.0, 2 * period + 2.0])
    x = 1 / (1 + 19 * np.exp(-np.array([1.0, 1.0, 2.0])))
    return Case(m.build(), t, {"x": x}, log=[("cut", period), ("cut", 2 * period)])


@feature
def trigger_on_time_and_state() -> Case:
    m = builder(x=0.0, n=0.0)
    m.rate("x", "1")
    m.event("e", {"n": "x"}, when="(x > 1 and time > 1.75) or x > 7")
    return Case(m.build(), grid, {"n": np.where(grid < 1.75, 0.0, 1.75)}, log=[("e", 1.75)])


@feature
def trigger_true_from_the_start() -> Case:
    m = builder(x=5.0, n=0.0)
    m.rate("x", "1")
    m.event("e", {"n": "n + 1"}, when="x > 1", initial_value=False)
    return Case(m.build(), grid, {"n": [1.0] * 4}, log=[("e", 0.0)])


@feature
def trigger_true_before_the_start() -> Case:
    m = builder(x=5.0, n=0.0)
    m.rate("x", "1")
    m.event("never", {"n": 1.0}, when="x > 1")
    return Case(m.build(), grid, {"n": [0.0] * 4}, log=[])


@feature
def trigger_set_off_by_a_dose_at_the_start() -> Case:
    m = decaying(initial=0.0)
    m.species("n", initial=0.0, unit="1")
    m.event("e", {"n": "n + 1"}, when="A > 5")
    model = m.build()
    log = [("d", 0.0), ("e", 0.0)]
    return Case(model, grid, {"n": [1.0] * 4}, give(model, ("d", 0.0, 10.0)), log)


@feature
def observer_of_another_event() -> Case:
    m = builder(x=0.0, n=0.0)
    m.rate("x", "1")
    m.event("act", {"n": 1.0}, when="x > 1.5")
    m.event("see", {}, when="n > 0.5")
    return Case(m.build(), grid, {"n": [0.0, 0.0, 1.0, 1.0]}, log=[("act", 1.5), ("see", 1.5)])


@feature
def several_acting_events() -> Case:
    m = builder("A")
    m.parameter("on", 1.0, "1")
    m.rate("A", "on - A")
    m.initial("A", "0.2")
    m.event("off", {"on": 0.0}, when="A > 0.8")
    m.event("back", {"on": 1.0}, when="A < 0.2")
    log = [(("off", "back")[k % 2], np.log(4.0) * (k + 1)) for k in range(2)]
    return Case(m.build(), grid, log=log)


@feature
def delayed_event() -> Case:
    m = builder(x=0.0, n=0.0)
    m.rate("x", "1")
    m.event("e", {"n": "x"}, when="x > 1", delay=0.5)
    return Case(m.build(), grid, {"n": np.where(grid < 1.5, 0.0, 1.0)}, log=[("e", 1.5)])


@feature
def values_of_the_execution() -> Case:
    m = builder(x=0.0, n=0.0)
    m.rate("x", "1")
    m.event("e", {"n": "x"}, when="x > 1", delay=0.5, values_from_trigger=False)
    return Case(m.build(), grid, {"n": np.where(grid < 1.5, 0.0, 1.5)}, log=[("e", 1.5)])


@feature
def event_with_priority() -> Case:
    m = builder(x=0.0, n=0.0)
    m.rate("x", "1")
    m.event("low", {"n": "n + 1"}, when="x > 1.5", priority=1, values_from_trigger=False)
    m.event("high", {"n": "2 * n + 5"}, when="x > 1.5", priority=2, values_from_trigger=False)
    log = [("high", 1.5), ("low", 1.5)]
    return Case(m.build(), grid, {"n": [0.0, 0.0, 6.0, 6.0]}, log=log)


@feature
def observer_that_is_not_persistent() -> Case:
    m = builder(x=0.0, n=0.0)
    m.rate("x", "1")
    m.event("act", {"n": "1"}, when="x > 1.5", priority=2)
    m.event("see", {}, when="x > 1.5 and n < 0.5", persistent=False, priority=1)
    return Case(m.build(), grid, {"n": [0.0, 0.0, 1.0, 1.0]}, log=[("act", 1.5)])


@feature
def event_into_a_concentration() -> Case:
    m = ModelBuilder("shape", dimensions="off")
    m.compartment("V", 4.0, "L")
    m.species("c", initial=1.0, unit="mg/L", compartment="V")
    m.event("e", {"c": "c + 2"}, at_time=1.0)
    return Case(m.build(), grid, {"c": [1.0, 3.0, 3.0, 3.0]})


@feature
def event_that_changes_a_volume() -> Case:
    m = ModelBuilder("shape", dimensions="off")
    m.compartment("V", 4.0, "L")
    m.species("c", initial=1.0, unit="mg/L", compartment="V")
    m.event("halve", {"V": "V / 2"}, at_time=1.0)
    return Case(m.build(), grid, {"c": [1.0, 2.0, 2.0, 2.0]})
