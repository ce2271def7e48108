"""The linear system of a step against fractions, numpy and partial pivoting."""

import os
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from livingdrug.core.errors import CapabilityError, OptionError
from livingdrug.model.builder import ModelBuilder
from livingdrug.model.expression.nodes import ZERO, symbol
from livingdrug.model.expression.parse import parse
from livingdrug.system.compile import compile_model
from livingdrug.system.interpret import run_program
from livingdrug.system.lower.linear import lower_linear, lower_matrix

from .matrices import (
    EPS,
    accepted,
    dense_factors,
    exact_matrix,
    exact_solution,
    guards,
    lower_values,
    residual,
    solve_with,
    stiff_network,
    systems,
)


def backward_bound(programs, stored, solution):
    """Bound the residual of each equation by rounding alone, whatever the pivots are."""
    ordering = programs.ordering
    lower, upper = dense_factors(programs, stored)
    n = ordering.n
    spread = np.abs(lower) @ np.abs(upper) @ np.abs(solution[list(ordering.columns)])
    bound = np.empty(n)
    # Higham, Accuracy and Stability of Numerical Algorithms, theorem 9.4: |dW| <= gamma_3n |L||U|;
    # one more rounding for w - J and two for each use of a reciprocal pivot
    bound[list(ordering.rows)] = (3 * n + 8) * EPS * spread
    return bound


# -- random matrices ----------------------------------------------------------------------------


@settings(max_examples=150, deadline=None)
@given(systems())
def test_the_error_is_rounding_whatever_the_pivots_are(given):
    jacobian, w, right = given
    programs, slots = lower_values(jacobian, w)
    stored = run_program(programs.jaclu, slots)
    assume(np.isfinite(list(stored.values())).all())
    solution = solve_with(programs, stored, right)
    assume(np.isfinite(solution).all())
    left = residual(exact_matrix(jacobian, w), solution, right)
    assert (np.abs(left) <= backward_bound(programs, stored, solution)).all()


@settings(max_examples=100, deadline=None)
@given(systems(largest=10))
def test_a_dominant_diagonal_is_solved_as_numpy_does(given):
    jacobian, w, right = given
    sums = np.abs(jacobian).sum(axis=0) + np.abs(jacobian).sum(axis=1)
    np.fill_diagonal(jacobian, -1.1 * sums)
    n = len(jacobian)
    programs, slots = lower_values(jacobian, w)
    stored = run_program(programs.jaclu, slots)
    matrix = w * np.eye(n) - jacobian
    solution = solve_with(programs, stored, right)
    expected = np.linalg.solve(matrix, right)
    # entries of a dominant matrix grow by 2 at most; both solutions carry n eps times condition
    tolerance = 20 * n * EPS * np.linalg.cond(matrix, np.inf) * np.abs(expected).max()
    assert np.abs(solution - expected).max() <= tolerance
    # elimination changes a dominant diagonal by less than 10/11 of itself
    smallest, largest = guards(stored)
    assert smallest > 0.04
    assert largest < 2.0


def test_what_the_guards_say_is_the_error():
    generator = np.random.default_rng(7)
    n_checked = 0
    for _ in range(250):
        n = int(generator.integers(2, 8))
        jacobian = generator.choice([-1.0, 0.0, 1.0], (n, n)) * 10 ** generator.uniform(
            -6, 6, (n, n)
        )
        w = 10 ** generator.uniform(-3, 3)
        right = generator.normal(size=n)
        programs, slots = lower_values(jacobian, w)
        stored = run_program(programs.jaclu, slots)
        smallest, largest = guards(stored)
        if not largest <= 1e8 * smallest:
            continue
        n_checked += 1
        exact = exact_solution(exact_matrix(jacobian, w), right)
        error = np.abs(solve_with(programs, stored, right) - exact).max() / np.abs(exact).max()
        # digits lost: guard[1] / guard[0]; the factor is for sums of several such terms
        assert error <= 1e3 * EPS * largest / smallest
    assert n_checked > 100


@settings(max_examples=60, deadline=None)
@given(systems(), st.lists(st.integers(-60, 60), min_size=7, max_size=7))
def test_the_guards_do_not_depend_on_units(given, exponents):
    jacobian, w, _ = given
    scale = 2.0 ** np.array(exponents[: len(jacobian)], dtype=float)
    programs, slots = lower_values(jacobian, w)
    other_programs, other_slots = lower_values(scale[:, None] * jacobian / scale, w)
    assert other_programs.jaclu == programs.jaclu
    one, other = (run_program(programs.jaclu, values) for values in (slots, other_slots))
    # powers of two scale without rounding, so the guards are equal to the last bit
    assert np.array_equal(guards(one), guards(other), equal_nan=True)


# -- guards -------------------------------------------------------------------------------------


def run_values(jacobian, w, **options):
    programs, slots = lower_values(jacobian, w, **options)
    return programs, run_program(programs.jaclu, slots)


@pytest.mark.parametrize(
    ("back", "pivot", "expected"),
    [
        # W = [[2, -2], [back, 5]] with w = 1: the second pivot is 5 + back, of 1 + 4 + |back|
        (-3.0, 2.0, (2 / 8, 2 / 5)),
        (3.0, 8.0, (8 / 8, 8 / 5)),
    ],
)
def test_the_guards_by_hand(back, pivot, expected):
    programs, stored = run_values([[-1.0, 2.0], [-back, -4.0]], 1.0)
    assert 1.0 / stored[f"lu[{programs.positions[1, 1]}]"] == pivot
    # one rounding each of quotients and reciprocals
    assert guards(stored) == pytest.approx(expected, rel=1e-15)


@pytest.mark.parametrize("near", [1e-6, 1e-9, 1e-12])
def test_a_pivot_near_zero_is_seen(near):
    # growth at the rate 1 / (h gamma): 2 - 2 (1 - near) in a sum of terms of size 4
    _, stored = run_values([[2.0 * (1 - near), 1.0], [0.0, -1.0]], 2.0)
    smallest, largest = guards(stored)
    assert smallest == pytest.approx(near / 2, rel=1e-3)
    assert accepted(stored) == (near > 1e-10)
    assert largest == 1.0  # nothing has been added to a pivot


def test_a_circle_of_large_multipliers_is_seen_and_does_harm():
    jacobian, w = [[0.0, -1e10], [-1e10, 0.0]], 1.0
    right = [1.0, 0.0]
    programs, stored = run_values(jacobian, w)
    exact = exact_solution(exact_matrix(jacobian, w), right)
    assert guards(stored)[1] == pytest.approx(1e20)
    assert not accepted(stored)
    error = np.abs(solve_with(programs, stored, right) - exact).max() / np.abs(exact).max()
    assert error > 1e-8
    pivoted = np.linalg.solve(np.eye(2) - np.array(jacobian), right)
    assert np.abs(pivoted - exact).max() / np.abs(exact).max() < 1e-15
    # a smaller step makes any matrix well conditioned
    assert accepted(run_values(jacobian, 1e8)[1])


def test_a_large_multiplier_of_unlike_units_is_no_reason_to_refuse():
    # 1e11 cells that react to 1 pg/mL: the multiplier is 1e11, the matrix is triangular
    programs, stored = run_values([[-0.1, 1e11], [0.0, -1.0]], 0.5)
    assert guards(stored) == (1.0, 1.0)
    solution = solve_with(programs, stored, [1.0, 1.0])
    assert solution == pytest.approx([(1 + 1e11 / 1.5) / 0.6, 1 / 1.5], rel=1e-15)


@settings(max_examples=60, deadline=None)
@given(systems(largest=5), st.data())
def test_a_singular_matrix_is_refused(given, data):
    jacobian, _, _ = given
    n = len(jacobian)
    w = 1.0
    matrix = np.round(np.clip(-jacobian, -9, 9)) + np.eye(n)
    weights = data.draw(st.lists(st.integers(-2, 2), min_size=n - 1, max_size=n - 1))
    matrix[-1] = np.array(weights) @ matrix[:-1] if n > 1 else 0.0
    jacobian = w * np.eye(n) - matrix  # whole numbers: no rounding
    _, stored = run_values(jacobian, w)
    # the pivots are quotients of whole determinants below 1e6; the last is rounding alone
    assert not accepted(stored)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_matrix_that_is_no_number_is_refused(bad):
    for place in ((0, 0), (0, 1), (1, 0), (1, 1)):
        jacobian = np.array([[-1.0, 2.0], [3.0, -4.0]])
        jacobian[place] = bad
        _, stored = run_values(jacobian, 1.0)
        assert not accepted(stored)


# -- algebraic equations ------------------------------------------------------------------------


@settings(max_examples=100, deadline=None)
@given(systems(), st.lists(st.booleans(), min_size=7, max_size=7))
def test_algebraic_equations(given, differential):
    jacobian, w, right = given
    mass = [float(value) for value in differential[: len(right)]]
    matrix = exact_matrix(jacobian, w, mass)
    try:
        programs, stored = run_values(jacobian, w, mass=mass)
    except CapabilityError:
        assert exact_solution(matrix, right) is None  # structurally singular is singular
        return
    assume(np.isfinite(list(stored.values())).all())
    solution = solve_with(programs, stored, right)
    assume(np.isfinite(solution).all())
    left = residual(matrix, solution, right)
    assert (np.abs(left) <= backward_bound(programs, stored, solution)).all()


def test_an_algebraic_equation_without_its_own_unknown():
    # x' = -x + z, 0 = x - y, y' = ...: z is found from the first equation
    jacobian = [[-1.0, 0.0, 1.0], [1.0, -2.0, 0.0], [0.0, 1.0, 0.0]]
    programs, stored = run_values(jacobian, 4.0, mass=[1.0, 1.0, 0.0])
    assert programs.ordering.rows != programs.ordering.columns
    assert accepted(stored)
    right = [1.0, 2.0, 3.0]
    exact = exact_solution(exact_matrix(jacobian, 4.0, [1.0, 1.0, 0.0]), right)
    # three equations, numbers of one digit: a few roundings
    assert solve_with(programs, stored, right) == pytest.approx(exact, rel=1e-14)


def test_a_rule_that_determines_nothing_is_refused_by_name():
    m = ModelBuilder("rule", dimensions="off")
    m.species("A", initial=1.0, unit="1")
    m.species("bound", initial=1.0, unit="1")
    m.rate("A", "-A")
    system = compile_model(m.build())
    with pytest.raises(CapabilityError, match=r"bound hold only 0 unknowns"):
        lower_linear(system, [1.0, 0.0])


def test_a_mass_that_is_not_one_or_zero_is_refused():
    system = compile_model(stiff_network(4))
    with pytest.raises(OptionError) as caught:
        lower_linear(system, [1.0, 2.0, 0.5])
    assert len(caught.value.issues) == 3
    assert "3 numbers for 5 states" in str(caught.value)


# -- log states and conditions -------------------------------------------------------------------


def test_columns_of_log_states_are_multiplied_by_their_value():
    m = ModelBuilder("logs", dimensions="off")
    m.species("L", initial=2.0, unit="1", log_state=True)
    m.species("A", initial=1.0, unit="1")
    m.rate("L", "L * (3 - 0.5 * A * L)")
    m.rate("A", "-A * L**0.75 + A / L + L")
    system = compile_model(m.build())
    programs = lower_linear(system)
    y = {"y[0]": 2.0, "y[1]": 5.0}
    stored = run_program(programs.jaclu, y | {"w": 7.0})
    # d(ln L)/dt = 3 - A L / 2; dA/dt = -A L**0.75 + A / L + L; columns for ln L and A
    expected = [
        [7 + 5.0, 0.5 * 2.0],
        [0.75 * 5 * 2**0.75 + 5 / 2 - 2.0, 7 + 2**0.75 - 1 / 2],
    ]
    lower, upper = dense_factors(programs, stored)
    order = list(programs.ordering.rows)
    # a dozen operations
    assert lower @ upper == pytest.approx(np.array(expected)[np.ix_(order, order)], rel=1e-14)


def test_a_log_state_at_zero_gives_finite_factors():
    entries = [[parse("-0.5 * A"), ZERO], [parse("0.75 * k * A**-0.25 - 2 * A**(n - 1)"), ZERO]]
    slots = {"A": "y[0]", "k": "p[0]", "n": "p[1]"}
    programs = lower_matrix(entries, slots, logarithms={0: symbol("A")})
    values = {"w": 2.0, "y[0]": 0.0, "p[0]": 1.0, "p[1]": 0.5}
    stored = run_program(programs.jaclu, values)
    assert accepted(stored)
    assert solve_with(programs, stored, [4.0, 6.0]).tolist() == [2.0, 3.0]


def test_an_infinite_slope_at_a_log_state_of_zero_counts_as_nothing():
    entries = [[parse("-1 / sqrt(A)"), ZERO], [parse("0.5 / sqrt(A)"), ZERO]]
    programs = lower_matrix(entries, {"A": "y[0]"}, logarithms={0: symbol("A")})
    stored = run_program(programs.jaclu, {"w": 2.0, "y[0]": 0.0})
    assert accepted(stored)
    assert solve_with(programs, stored, [4.0, 6.0]).tolist() == [2.0, 3.0]
    # A = 4: -A / sqrt(A) = -2 and 0.5 A / sqrt(A) = 1
    stored = run_program(programs.jaclu, {"w": 2.0, "y[0]": 4.0})
    assert solve_with(programs, stored, [4.0, 6.0]).tolist() == [1.0, 3.5]


def test_a_condition_as_a_derivative_counts_as_a_number():
    entries = [[parse("x < 1")]]
    programs = lower_matrix(entries, {"x": "y[0]"}, logarithms={0: symbol("x")})
    # w - 1 * x
    stored = run_program(programs.jaclu, {"w": 4.5, "y[0]": 0.5})
    assert stored["lu[0]"] == 0.25


# -- form ---------------------------------------------------------------------------------------


def test_every_entry_has_its_slot():
    system = compile_model(stiff_network(12))
    programs = lower_linear(system)
    assert sorted(programs.positions.values()) == list(range(programs.n_entries))
    stored = [slot for slot, _ in programs.jaclu.stores]
    assert stored == [f"lu[{k}]" for k in range(programs.n_entries)] + ["guard[0]", "guard[1]"]
    n = system.n_states
    assert [slot for slot, _ in programs.solve.stores] == [f"b[{k}]" for k in range(n)]
    loads = {step.args[0] for step in programs.solve.instructions if step.op == "load"}
    assert loads <= {*stored, *(f"b[{k}]" for k in range(n))}
    held = {(i, j) for i, j in programs.positions if i == j}
    assert len(held) == n


def test_only_plain_operations_are_added():
    jacobian = np.ones((4, 4))
    programs, _ = lower_values(jacobian, 1.0)
    used = {step.op for p in (programs.jaclu, programs.solve) for step in p.instructions}
    assert used <= {"load", "constant", "add", "sub", "mul", "div", "neg", "abs", "min", "max"}
    assert "div" not in {step.op for step in programs.solve.instructions}


SCRIPT = """
from livingdrug.catalogue.index import get_model
from livingdrug.system.compile import compile_model
from livingdrug.system.lower.linear import lower_linear
programs = lower_linear(compile_model(get_model("kimmel2021")))
print(programs.jaclu.listing(), programs.solve.listing(), programs.positions)
"""


def test_the_programs_are_the_same_in_every_process():
    outputs = [
        subprocess.run(
            [sys.executable, "-c", SCRIPT],
            env=os.environ | {"PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join(sys.path)},
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        for seed in ("1", "2")
    ]
    assert outputs[0] == outputs[1]
    assert "program jaclu" in outputs[0]
