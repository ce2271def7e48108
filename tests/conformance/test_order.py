"""Rodas5P has order 5, its dense output order 4, and the engine uses both."""

import numpy as np
import pytest

from livingdrug.solve.backends.native import rodas5p
from livingdrug.solve.simulate import simulate

from .shapes import builder

START = np.array([1.0, 1.0])
DENSE = np.linspace(0.05, 0.95, 19)


def rates(t, y):
    """Non-linear, non-autonomous, time constants from 1/60 to 1: y = cos t, exp(-sin t)."""
    return np.array([-20 * (y[0] ** 3 - np.cos(t) ** 3) - np.sin(t), -y[0] * y[1]])


def matrix(t, y):
    return np.array([[-60 * y[0] ** 2, 0.0], [-y[1], -y[0]]])


def slope(t, y):
    return np.array([-60 * np.cos(t) ** 2 * np.sin(t) - np.cos(t), 0.0])


def exact(t):
    return np.array([np.cos(t), np.exp(-np.sin(t))])


def step(t, y, h):
    """One step by the published form; the new state and the polynomial inside the step."""
    stages = np.zeros((rodas5p.STAGES, y.size))
    system = np.eye(y.size) / (h * rodas5p.GAMMA) - matrix(t, y)
    for i in range(rodas5p.STAGES):
        argument = y + rodas5p.A[i] @ stages
        right = rates(t + rodas5p.NODES[i] * h, argument) + rodas5p.C[i] @ stages / h
        stages[i] = np.linalg.solve(system, right + h * rodas5p.D[i] * slope(t, y))
    new = argument + stages[-1]
    k1, k2, k3 = rodas5p.H @ stages

    def inside(s):
        return (1 - s) * y + s * (new + (1 - s) * (k1 + s * (k2 + s * k3)))

    return new, inside, stages[-1]


def errors(n):
    """Largest error at the ends of `n` steps over one day, and inside them."""
    h, y, at_ends, between = 1.0 / n, START, 0.0, 0.0
    for k in range(n):
        new, inside, _ = step(k * h, y, h)
        at_ends = max(at_ends, np.abs(new - exact((k + 1) * h)).max())
        for s in DENSE:
            between = max(between, np.abs(inside(s) - exact((k + s) * h)).max())
        y = new
    return at_ends, between


def test_the_order_is_5_at_steps_and_at_least_4_between():
    counts = np.array([16, 32, 64, 128])
    at_ends, between = np.array([errors(n) for n in counts]).T
    assert at_ends[-1] < 1e-10  # far above the rounding of some hundred steps
    # halving the step divides the error by 2**order; a tenth of an order for higher terms
    assert np.log2(at_ends[:-1] / at_ends[1:])[-2:] == pytest.approx([5.0, 5.0], abs=0.3)
    assert np.log2(between[:-1] / between[1:])[-1] > 3.7


def test_the_error_estimate_is_of_order_5_in_the_step():
    # the embedded method has order 4, so one step's estimate falls with h**5
    sizes = np.array([0.02, 0.01, 0.005])
    found = [np.abs(step(0.3, exact(0.3), h)[2]).max() for h in sizes]
    ratios = np.log2(np.array(found[:-1]) / found[1:])
    assert ratios[-1] == pytest.approx(5.0, abs=0.4)


def test_the_dense_output_joins_the_ends_of_the_step():
    new, inside, _ = step(0.2, exact(0.2), 0.1)
    assert inside(0.0).tolist() == exact(0.2).tolist()
    assert inside(1.0).tolist() == new.tolist()


def test_the_coefficients_keep_what_does_not_change():
    # sums that consistency demands: c_i = sum of alpha_ij, and the sum of C in terms of gamma
    assert rodas5p.NODES[5:].tolist() == [1.0, 1.0, 1.0]
    assert rodas5p.D[0] == rodas5p.GAMMA
    assert rodas5p.D[5:].tolist() == [0.0, 0.0, 0.0]


@pytest.mark.parametrize("place", ["ends", "inside"])
def test_the_engine_needs_steps_as_a_method_of_order_5_or_4(place):
    m = builder(y=1.0, x=1.0)
    m.rate("y", "-20 * (y**3 - cos(time)**3) - sin(time)")
    m.rate("x", "-y * x")
    model = m.build()
    times = [1.0] if place == "ends" else np.linspace(0.0, 1.0, 501)
    found = []
    for rtol in (1e-5, 1e-7, 1e-9):
        course = simulate(model, times=times, rtol=rtol, atol=rtol, method="rodas5p")
        got = np.array([course["y"].values[0], course["x"].values[0]])
        error = np.abs(got - exact(np.asarray(times))).max()
        assert error < 10 * rtol
        found.append((course.attrs["n_steps"], error))
    (few, large), (many, small) = found[0], found[-1]
    # error ~ steps**-order; step sizes are not equal, so the exponent is known to about a half
    assert np.log(large / small) / np.log(many / few) > (4.4 if place == "ends" else 3.5)
