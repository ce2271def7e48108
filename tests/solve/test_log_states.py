"""States integrated as logarithms."""

import numpy as np
import pytest

from livingdrug.core.errors import ModelError
from livingdrug.solve.methods import METHODS

from .small import builder, curve, decay, run


def predator(log_state):
    m = builder("predator")
    m.species("x", initial=10.0, unit="1", log_state=log_state)
    m.species("y", initial=5.0, unit="1", log_state=log_state)
    m.rate("x", "1.1 * x - 0.4 * x * y")
    m.rate("y", "0.1 * x * y - 0.4 * y")
    return m.build()


@pytest.mark.parametrize("method", METHODS)
def test_a_log_state_agrees_with_the_plain_state(method):
    # rtol 1e-8; the orbit is neutrally stable, and bdf loses three digits over it
    times = [1.0, 5.0, 12.0]
    plain = run(predator(False), times=times, rtol=1e-8, method=method)
    logarithm = run(predator(True), times=times, rtol=1e-8, method=method)
    for name in ("x", "y"):
        assert logarithm[name].values == pytest.approx(plain[name].values, rel=1e-5)


def test_a_log_state_keeps_its_relative_accuracy_down_to_1e_200():
    model = decay(initial=1.0, log_state=True).build()
    days = np.log(10.0) * np.array([50.0, 100.0, 200.0])
    # rtol is the error of the logarithm
    assert curve(model, times=days) == pytest.approx([1e-50, 1e-100, 1e-200], rel=1e-7)


def test_a_log_state_comes_back_from_1e_200():
    m = builder()
    m.species("A", initial=1.0, unit="1", log_state=True)
    m.rate("A", "piecewise(-1, time < T, 1) * A")
    m.parameter("T", 200 * np.log(10.0), "day")
    got = curve(m.build(), times=[400 * np.log(10.0)])[0]
    assert got == pytest.approx(1.0, rel=1e-7)


def test_a_log_state_that_starts_at_zero_stays_there():
    assert curve(decay(initial=0.0, log_state=True).build(), times=[0.0, 3.0]).tolist() == [0, 0]


def test_a_log_state_underflows_to_zero_without_failing():
    course = run(decay(initial=1.0, log_state=True).build(), times=[1e4])
    assert course["status"].item() == 0
    assert course["A"].item() == 0.0


def test_a_log_state_may_be_a_concentration_in_a_changing_volume():
    m = builder()
    m.compartment("V", 2.0, "L")
    m.species("c", initial=3.0, unit="1", compartment="V", log_state=True)
    m.reaction("loss", "c ->", rate="0.5 * c * V")
    m.event("halve", {"V": "V / 2"}, at_time=1.0)
    got = curve(m.build(), name="c", times=[1.0, 2.0])
    assert got == pytest.approx([6 * np.exp(-0.5), 6 * np.exp(-1.0)], rel=1e-7)


def test_a_rate_without_the_factor_is_refused():
    m = builder()
    m.species("A", initial=1.0, unit="1", log_state=True)
    m.rate("A", "1 - A")
    with pytest.raises(ModelError, match="log state"):
        m.build()
