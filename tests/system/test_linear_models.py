"""The linear systems of catalogue models and of stiff networks, against partial pivoting."""

import numpy as np
import pytest
import scipy.integrate

from livingdrug.catalogue.index import get_model, list_models
from livingdrug.solve.bind import bind_inputs
from livingdrug.system.compile import compile_model
from livingdrug.system.interpret import run_program
from livingdrug.system.lower.flatten import flatten_block
from livingdrug.system.lower.linear import lower_linear
from livingdrug.system.printers.python import load_block

from .matrices import (
    EPS,
    accepted,
    dense_factors,
    exact_matrix,
    exact_solution,
    guards,
    solve_with,
    stiff_network,
)
from .test_jacobian import rich


def start_of(system):
    """Return the states and constants at the start."""
    layout, n = system.layout, system.n_states
    p = bind_inputs(system, None, [0.0], left=False).tasks[0].constants.tolist()
    initial = load_block(system.blocks["init"], layout)(0.0, [], p, [])
    labels = system.blocks["init"].labels
    for label, value in zip(labels[n:], initial[n:], strict=True):
        p[layout.constant_index[label.removeprefix("constant ")]] = value
    # without a dose nothing would happen
    return np.array([value if value > 0.0 else 1.0 for value in initial[:n]]), p


def slots_at(system, t, y, p):
    conditions = load_block(system.blocks["conditions"], system.layout)
    slots = {"t": t}
    truths = conditions(t, list(y), p, [])
    for group, values in (("y", y), ("p", p), ("s", truths)):
        slots |= {f"{group}[{k}]": float(value) for k, value in enumerate(values)}
    return slots


def trajectory(system, days, n_points):
    """Yield slots at states along a course, then at its start with one state at 1e-12.

    And whether the state is one of the course.
    """
    layout = system.layout
    rates = load_block(system.blocks["rhs"], layout)
    conditions = load_block(system.blocks["conditions"], layout)
    start, p = start_of(system)
    logs = [k for k, slot in enumerate(layout.states) if slot.log_state]

    def outward(z):
        y = z.copy()
        y[logs] = np.exp(z[logs])
        return y

    def rhs(t, z):
        y = outward(z).tolist()
        return rates(t, y, p, conditions(t, y, p, []))

    z = start.copy()
    z[logs] = np.log(start[logs])
    times = np.geomspace(days * 1e-5, days, n_points)
    course = scipy.integrate.solve_ivp(rhs, (0, days), z, "BDF", t_eval=times, rtol=1e-3, atol=1e-6)
    assert course.success, course.message
    for t, column in zip(times, course.y.T, strict=True):
        yield slots_at(system, t, outward(column), p), True
    for k in range(0, len(start), max(1, len(start) // 8)):
        y = np.where(np.arange(len(start)) == k, 1e-12, start)
        yield slots_at(system, 0.0, y, p), False


def z_jacobian(system):
    """Return a function from slots to the derivatives for what the integrator works on."""
    program = flatten_block(system.blocks["jacobian"], system.layout, "j")
    n, states = system.n_states, system.layout.states

    def at(slots):
        stored = run_program(program, slots)
        matrix = np.array([stored[f"j[{k}]"] for k in range(n * n)]).reshape(n, n)
        for k, slot in enumerate(states):
            if slot.log_state:
                matrix[:, k] *= slots[f"y[{k}]"]
        for k, slot in enumerate(states):
            # a log state that is 0 stands still
            if slot.log_state and slots[f"y[{k}]"] == 0.0:
                matrix[k, :] = 0.0
        return matrix

    return at


MODELS = {name: (lambda name=name: get_model(name)) for name in list_models()}
MODELS |= {
    "network": lambda: stiff_network(8),
    "log network": lambda: stiff_network(8, log_every=2),
}


@pytest.mark.parametrize("name", [*MODELS, "rich"])
def test_the_factors_are_those_of_the_matrix(name):
    system = compile_model((MODELS | {"rich": rich})[name]())
    programs, jacobian_at = lower_linear(system), z_jacobian(system)
    n, order = system.n_states, programs.ordering
    generator = np.random.default_rng(2)
    for w in (1e-3, 1.0, 1e6):
        p = generator.uniform(0.5, 3.0, len(system.layout.constants))
        slots = slots_at(system, 2.0, generator.uniform(0.5, 3.0, n), p) | {"w": w}
        lower, upper = dense_factors(programs, run_program(programs.jaclu, slots))
        matrix = (w * np.eye(n) - jacobian_at(slots))[np.ix_(order.rows, order.columns)]
        # rounding of the elimination; of the entries, which the program sums in another order
        spread = np.abs(lower) @ np.abs(upper)
        entries = np.abs(matrix) + w * np.eye(n)
        assert (np.abs(lower @ upper - matrix) <= EPS * ((n + 6) * spread + 100 * entries)).all()


@pytest.mark.parametrize("name", MODELS)
def test_along_a_course_it_is_as_good_as_partial_pivoting(name):
    system = compile_model(MODELS[name]())
    programs, jacobian_at = lower_linear(system), z_jacobian(system)
    n = system.n_states
    right = np.random.default_rng(3).normal(size=n)
    for slots, natural in trajectory(system, days=30.0, n_points=6):
        jacobian = jacobian_at(slots)
        for h in (1e-6, 1e-2, 1.0, 100.0):
            w = 1.0 / (h * 0.21193756319429014)
            stored = run_program(programs.jaclu, slots | {"w": w})
            solution = solve_with(programs, stored, right)
            exact = exact_solution(exact_matrix(jacobian, w), right)
            matrix = w * np.eye(n) - jacobian
            pivoted = np.linalg.solve(matrix, right)
            ours, theirs = (
                np.abs(x - exact).max() / np.abs(exact).max() for x in (solution, pivoted)
            )
            smallest, largest = guards(stored)
            # feedback on a population that is all but gone may be too strong for a long step
            assert accepted(stored) or (not natural and h > 0.1), (h, smallest, largest)
            # the entries themselves are rounded where the programs sum in another order, which
            # the condition of the matrix enlarges
            slack = 100 * EPS * np.linalg.cond(matrix / np.abs(matrix).max(axis=1)[:, None])
            assert ours <= 10 * theirs + min(slack, 1e-9), (name, h)


@pytest.mark.parametrize("log_every", [0, 3])
def test_a_stiff_network_of_forty_states(log_every):
    system = compile_model(stiff_network(40, log_every=log_every))
    assert system.n_states == 41
    programs, jacobian_at = lower_linear(system), z_jacobian(system)
    generator = np.random.default_rng(11)
    slots = slots_at(system, 0.0, *start_of(system))
    for h in (1e-8, 1e-4, 1.0, 100.0):
        slots["w"] = 1.0 / (h * 0.21193756319429014)
        for k in range(40):
            slots[f"y[{k}]"] = 10 ** generator.uniform(-4, 2)
        stored = run_program(programs.jaclu, slots)
        assert accepted(stored)
        right = generator.normal(size=41)
        solution = solve_with(programs, stored, right)
        matrix = slots["w"] * np.eye(41) - jacobian_at(slots)
        spread = np.abs(matrix) @ np.abs(solution)
        # componentwise backward error; growth of the entries is what guard[1] measures
        allowed = 150 * EPS * max(1.0, guards(stored)[1]) * (spread + np.abs(right))
        assert (np.abs(matrix @ solution - right) <= allowed).all()
