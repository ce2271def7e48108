"""Every method solves the same problems; tolerances mean what they say."""

import json

import numpy as np
import pytest
from scipy.linalg import expm

from livingdrug.cohort.cohort import cohort_from_arrays
from livingdrug.core.errors import CapabilityError, OptionError, UnknownNameError
from livingdrug.solve import plan
from livingdrug.solve.backends.native.capability import missing_capability
from livingdrug.solve.methods import METHODS
from livingdrug.system.compile import compile_model

from .small import builder, decay, dosed, run


def exchange():
    m = builder("exchange")
    m.species("A", initial=1.0, unit="1")
    m.species("B", initial=0.0, unit="1")
    m.reaction("there", "A -> B", rate="2 * A")
    m.reaction("back", "B -> A", rate="0.5 * B")
    m.reaction("out", "B ->", rate="0.3 * B")
    times = np.array([0.5, 2.0, 6.0])
    matrix = np.array([[-2.0, 0.5], [2.0, -0.8]])
    return (
        m.build(),
        None,
        times,
        "B",
        np.array([(expm(matrix * t) @ [1.0, 0.0])[1] for t in times]),
    )


def stiff():
    """Follow a cosine closely: after the transient y lags by a thousandth of a day."""
    m = builder("stiff")
    m.species("y", initial=0.0, unit="1", non_negative=False)
    m.rate("y", "-1e3 * (y - cos(time))")
    times, k = np.array([0.5, 1.0]), 1e3
    # exact: (k^2 cos t + k sin t) / (1 + k^2), the transient is exp(-500)
    return m.build(), None, times, "y", (k**2 * np.cos(times) + k * np.sin(times)) / (1 + k**2)


def infusion():
    model = decay().build()
    times = np.array([1.0, 2.0, 4.0])
    exact = np.where(times <= 2, 3 * -np.expm1(-times), 3 * -np.expm1(-2.0) * np.exp(2 - times))
    return model, dosed(model, ("d", 0.0, 6.0, 2.0)), times, "A", exact


def reset():
    """Logistic growth that an event cuts to a tenth whenever it passes one half."""
    m = builder("reset")
    m.species("x", initial=0.05, unit="1")
    m.rate("x", "x * (1 - x)")
    m.event("cut", {"x": 0.05}, when="x > 0.5")
    period = np.log(0.95 / 0.05)
    times = np.array([1.0, period + 1.0, 2 * period + 2.0])
    phase = np.array([1.0, 1.0, 2.0])
    return m.build(), None, times, "x", 1 / (1 + 19 * np.exp(-phase))


def relay():
    m = builder("relay")
    m.species("A", initial=2.0, unit="1")
    m.rate("A", "piecewise(-A, A > 1, -0.25)")
    times = np.array([0.5, 1.0, 2.0])
    return (
        m.build(),
        None,
        times,
        "A",
        np.where(times < np.log(2), 2 * np.exp(-times), 1 - 0.25 * (times - np.log(2))),
    )


def logarithm():
    m = builder("logarithm")
    m.species("A", initial=1.0, unit="1", log_state=True)
    m.species("B", initial=0.0, unit="1")
    m.rate("A", "-3 * A")
    m.rate("B", "A - B")
    times = np.array([1.0, 4.0])
    return m.build(), None, times, "B", (np.exp(-times) - np.exp(-3 * times)) / 2


def volume():
    m = builder("volume")
    m.compartment("V", 2.0, "L")
    m.species("c", initial=3.0, unit="mg/L", compartment="V")
    m.rate("V", "0.5 * V")
    m.reaction("feed", "-> c", rate="V")
    times = np.array([1.0, 3.0])
    return m.build(), None, times, "c", 2 + np.exp(-0.5 * times)


PROBLEMS = [exchange, stiff, infusion, reset, relay, logarithm, volume]


@pytest.mark.parametrize("problem", PROBLEMS)
@pytest.mark.parametrize("method", METHODS)
def test_every_method_solves_every_problem(method, problem):
    model, cohort, times, name, exact = problem()
    if METHODS[method].backend == "native" and missing_capability(compile_model(model)):
        with pytest.raises(CapabilityError, match="backend='reference'"):
            run(model, cohort, times=times, method=method)
        return
    got = run(model, cohort, times=times, rtol=1e-8, method=method)[name].values[0]
    # bdf, of low order, loses up to a factor of 1,000 over its many steps
    assert got == pytest.approx(exact, rel=1e-5)


@pytest.mark.parametrize("method", METHODS)
def test_the_error_falls_with_rtol(method):
    model, cohort, times, name, exact = exchange()
    errors = [
        np.abs(run(model, cohort, times=times, rtol=r, method=method)[name].values[0] - exact).max()
        for r in (1e-3, 1e-6, 1e-9)
    ]
    # from each to the next rtol falls by 1,000; a third of that in the exponent is asked for
    assert errors[1] < errors[0] / 10
    assert errors[2] < errors[1] / 10
    assert errors[2] < 1e-6


def atol_of(model, **options):
    return json.loads(run(model, times=[0.1], **options).attrs["atol"])


def test_the_default_atol_is_a_thousandth_of_rtol_of_one_entity():
    m = builder()
    m.compartment("V", 4.0, "L")
    m.species("cells", initial=1.0, unit="cell", count_per_unit=1.0)
    m.species("blood", initial=1.0, unit="cell/uL", count_per_unit=5e8)
    m.species("drug", initial=7.0, unit="mg", nominal=100.0)
    m.species("other", initial=7.0, unit="mg")
    m.species("empty", initial=0.0, unit="mg")
    m.species("conc", initial=1.0, unit="cell/L", count_per_unit=2.0, compartment="V")
    m.species("ln", initial=1.0, unit="cell", count_per_unit=1.0, log_state=True)
    expected = {
        "cells": 1e-9,
        "blood": 1e-9 / 5e8,
        "drug": 1e-7,
        "other": 7e-9,
        "empty": 1e-9,
        "conc": 1e-9 / 2 * 4,  # of the amount, which is the state
        "ln": 1e-6,  # the relative tolerance, as an absolute one of the logarithm
    }
    assert atol_of(m.build(), rtol=1e-6) == pytest.approx(expected, rel=1e-12)


def test_a_given_atol_is_taken():
    model = exchange()[0]
    assert atol_of(model, atol=1e-3) == {"A": 1e-3, "B": 1e-3}
    assert atol_of(model, atol={"B": 1e-3}, rtol=1e-6) == {"A": pytest.approx(1e-9), "B": 1e-3}


@pytest.mark.parametrize(
    "options",
    [
        {"rtol": 0.5},
        {"rtol": 0.0},
        {"rtol": np.nan},
        {"atol": -1.0},
        {"atol": {"C": 1.0}},
        {"max_steps": 0},
        {"side": "middle"},
        {"on_failure": "ignore"},
        {"seed": -1},
    ],
)
def test_a_wrong_option_is_refused(options):
    with pytest.raises(OptionError):
        run(exchange()[0], times=[1.0], **options)


@pytest.mark.parametrize("options", [{"method": "lsoda2"}, {"backend": "references"}])
def test_a_misspelt_name_lists_the_nearest(options):
    with pytest.raises(UnknownNameError, match="did you mean"):
        run(exchange()[0], times=[1.0], **options)


def test_a_course_that_fills_the_memory_is_refused(monkeypatch):
    monkeypatch.setattr(plan, "MAX_COURSE_BYTES", 8 * 3 * 2 * 10)
    model = exchange()[0]
    cohort = cohort_from_arrays(model, {"A": [1.0, 1.0, 1.0]})
    run(model, cohort, times=np.arange(10.0))
    with pytest.raises(OptionError, match="3 subjects x 2 variables x 11 times"):
        run(model, cohort, times=np.arange(11.0))


def test_the_limit_of_memory_is_some_gibibytes():
    with pytest.raises(OptionError, match=r"reduce=.*--reduce.*simulate_to.*--out"):
        plan.check_memory(1_000_000, 10, 100)
    plan.check_memory(100_000, 10, 100)


def test_a_course_says_how_it_was_made():
    attrs = run(exchange()[0], times=[1.0], rtol=1e-5, method="radau", seed=3).attrs
    assert attrs["method"] == "radau"
    assert attrs["rtol"] == 1e-5
    assert attrs["seed"] == 3
    assert attrs["backend"] == "reference"
    assert attrs["n_steps"] > 0
