"""The Jacobian of a system against differences of its right-hand side."""

import numpy as np
import pytest

from livingdrug.catalogue.index import get_model, list_models
from livingdrug.model.builder import ModelBuilder
from livingdrug.system.compile import compile_model
from livingdrug.system.printers.python import load_block


def rich():
    m = ModelBuilder("rich", dimensions="off")
    m.compartment("V", 2.0, "L")
    m.species("A", initial=1.3, unit="1", compartment="V")
    m.species("B", initial=0.7, unit="1")
    m.species("L", initial=0.4, unit="1", log_state=True)
    m.parameter("k", 0.9, "1")
    m.rate("V", "0.1 * V * hill(B, k, 3)")
    m.reaction("r", "A + 2 B ->", rate="k * A * sqrt(B) + exp(-B) * A**1.5")
    m.reaction("s", "-> B", rate="max(A, B) + piecewise(A * B, B < 5, 0) + safe_ratio(A, B, 0)")
    m.rate("L", "L * (tanh(A) - log1p(L))")
    m.integral("I", "A * L", "1")
    return m.build()


MODELS = {"rich": rich} | {name: (lambda name=name: get_model(name)) for name in list_models()}


@pytest.mark.parametrize("name", MODELS)
def test_the_jacobian_is_the_derivative_of_the_rates(name):
    system = compile_model(MODELS[name]())
    n = system.n_states
    if not n:
        pytest.skip(f"{name} has no states")
    rhs, jacobian = (load_block(system.blocks[b], system.layout) for b in ("rhs", "jacobian"))
    generator = np.random.default_rng(1)
    y = generator.uniform(0.5, 3.0, n)
    p = generator.uniform(0.5, 3.0, len(system.layout.constants)).tolist()
    switches = [True] * len(system.switches)
    got = np.array(jacobian(1.0, y.tolist(), p, switches)).reshape(n, n)
    step = 1e-5
    # a rate that is a difference of large terms is known to a rounding of these terms only
    noise = 1e-14 * np.abs(rhs(1.0, y.tolist(), p, switches)).max(initial=1.0) / step
    for place in range(n):
        up, down = y.copy(), y.copy()
        up[place] += step
        down[place] -= step
        difference = np.subtract(
            rhs(1.0, up.tolist(), p, switches), rhs(1.0, down.tolist(), p, switches)
        ) / (2 * step)
        # central differences: truncation near 1e-10, rounding near 1e-11 of the rate
        assert got[:, place] == pytest.approx(difference, rel=1e-5, abs=1e-7 + noise)
