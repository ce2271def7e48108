"""The rebuild of Hosseini 2020, against the printed reference values of its model card."""

import numpy as np
import pytest

from .compare import Given
from .cytokine import hosseini2020 as rebuild

P = rebuild.PARAMETERS


@pytest.fixture(scope="module")
def step_up():
    days = np.arange(0.0, 28.0, 0.005)  # the grid of the card
    course = rebuild.solve(P, days)
    return days, course, rebuild.combined(P, course)


@pytest.mark.parametrize(
    ("day", "blood", "at", "both", "both_at"),
    [
        (0, 976.704, 0.150, 996.278, None),
        (7, 1.70979, 0.100, 8.61603, None),
        (14, 8.22078, None, 54.3847, 0.315),
        (21, 20.5443, None, 120.422, None),
    ],
)
def test_peaks_of_the_cycles(step_up, day, blood, at, both, both_at):
    days, course, combined = step_up
    # what is left of the cycle before has half-lives of 20 minutes: none
    cycle = (days > day) & (days < day + 7)
    # six printed digits
    assert course["IL6"][cycle].max() == pytest.approx(blood, rel=4e-6)
    assert combined[cycle].max() == pytest.approx(both, rel=5e-6)
    if at is not None:
        assert days[cycle][course["IL6"][cycle].argmax()] - day == pytest.approx(at, abs=1e-6)
    if both_at is not None:
        assert days[cycle][combined[cycle].argmax()] - day == pytest.approx(both_at, abs=1e-6)


def test_states_of_the_step_up():
    got = rebuild.solve(P, [1.0, 15.0, 21.0 - 1e-9, 42.0 - 1e-9])
    assert got["C"][:3] == pytest.approx([0.155737, 9.53245, 1.97026], rel=4e-6)
    assert got["B"][0] == pytest.approx(1.34265e7, rel=4e-6)
    assert got["Ta"][0] == pytest.approx(1.71782e8, rel=4e-6)
    assert got["B_tu"][2] == pytest.approx(1.68443e11, rel=4e-6)
    assert got["B_tu"][3] < 1.0


@pytest.mark.parametrize(
    ("mg", "peak"),
    [
        (0.05, 75.8764),
        (0.2, 314.195),
        (0.4, 550.665),
        (2.8, 1509.51),
        (6.0, 1859.45),
        (13.5, 2145.19),
        (20.0, 2250.84),
        (60.0, 2443.99),
    ],
)
def test_first_dose(mg, peak):
    days = np.arange(0.0, 1.0, 0.005)
    got = rebuild.solve(P, days, [Given("bispecific", mg * 1000.0, 0.0)])
    assert got["IL6"].max() == pytest.approx(peak, rel=4e-6)


@pytest.mark.parametrize(("step", "peak"), [(0.0, 1322.36), (1.0, 1172.30)])
def test_injection_effect(step, peak):
    days = np.arange(0.0, 1.0, 0.005)
    got = rebuild.solve(P | {"inj_per_dose": step}, days, [Given("bispecific", 1000.0, 0.0)])
    assert got["IL6"].max() == pytest.approx(peak, rel=4e-6)


def test_without_drug():
    got = rebuild.solve(P, [0.0, 50.0], [])
    assert got["B"][1] == pytest.approx(2.5e9, rel=1e-9)
    assert got["Tr"][1] == pytest.approx(2.5e9, rel=1e-9)
    assert got["B_tu"][1] / got["B_tu"][0] == pytest.approx(np.exp(0.025 * 50.0), rel=1e-9)
    assert got["B_tu"][0] == pytest.approx(6500 * 5e5 * 49.6, rel=1e-14)
