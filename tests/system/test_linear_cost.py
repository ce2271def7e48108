"""What factorising and solving cost."""

import numpy as np
from hypothesis import given, settings

from livingdrug.model.expression.evaluate import evaluate
from livingdrug.model.expression.nodes import ZERO
from livingdrug.model.expression.parse import parse
from livingdrug.system.interpret import run_program
from livingdrug.system.lower.linear import lower_matrix

from .matrices import arithmetic, lower_values, systems


def cost(ordering):
    """Count the operations of factorising and solving from the pattern of the factors."""
    pairs = [
        (sum(k in row for row in ordering.lower), len(ordering.upper[k])) for k in range(ordering.n)
    ]
    solve = ordering.n + 2 * sum(below + right for below, right in pairs)
    return ordering.n + sum(below * (1 + 2 * right) for below, right in pairs), solve


@settings(max_examples=60, deadline=None)
@given(systems(largest=9))
def test_never_more_operations_than_a_dense_matrix(given):
    jacobian, _, _ = given
    n = len(jacobian)
    programs, _ = lower_values(jacobian, 1.0)
    dense, _ = lower_values(np.ones((n, n)), 1.0)
    assert arithmetic(programs.jaclu) <= arithmetic(dense.jaclu)
    assert arithmetic(programs.solve) <= arithmetic(dense.solve) == 2 * n * n - n
    factorise, solve = cost(programs.ordering)
    assert arithmetic(programs.solve) == solve
    # besides the elimination: an entry has a sign or a sum, an entry of fill-in an opposite, a
    # pivot at most a size, a sum, a reciprocal's size, two products and two comparisons, a change
    # of a pivot a size and a sum, an entry of U a product; the guards end with two divisions
    n_entries = programs.n_entries
    assert arithmetic(programs.jaclu) <= factorise + n_entries + 7 * n + 3 * n_entries + 2


def test_integrals_and_constants_stay_cheap():
    dense = [[1.5, 2.0, 3.0], [4.0, 5.5, 6.0], [7.0, 8.0, 9.5]]
    plain, _ = lower_values(dense, 1.0)
    jacobian = np.zeros((9, 9))
    jacobian[:3, :3] = dense
    jacobian[:3, 3:6] = 0.5  # three constants act on all
    jacobian[6:, :6] = 0.25  # three integrals of everything
    programs, _ = lower_values(jacobian, 1.0)
    assert programs.ordering.fill == 0
    n_more = int(np.count_nonzero(jacobian)) - 9
    assert programs.n_entries == plain.n_entries + n_more + 6
    # an entry in a solve is a product and a sum, a pivot a product
    assert arithmetic(programs.solve) == arithmetic(plain.solve) + 2 * n_more + 6
    # the six pivots are w: they share one reciprocal and need no guard; an integral's entry is
    # its sign at most, a constant's entry its sign and its multiplier
    divisions = [step.op for step in programs.jaclu.instructions].count("div")
    assert divisions == [step.op for step in plain.jaclu.instructions].count("div") + 1


def test_a_system_at_rest_costs_one_reciprocal():
    programs = lower_matrix([[ZERO] * 5] * 5, {})
    assert arithmetic(programs.jaclu) == 1
    assert arithmetic(programs.solve) == 5


def test_the_sign_of_an_entry_costs_nothing_where_a_term_is_negative():
    slots = {"a": "p[0]", "b": "p[1]", "c": "p[2]"}
    for text, n_operations in (("-a", 0), ("b - a", 1), ("-a - b", 1), ("-a * b", 1), ("a", 1)):
        programs = lower_matrix([[ZERO, parse(text)], [ZERO, ZERO]], slots)
        assert arithmetic(programs.jaclu) == n_operations + 2  # and 1 / w, and their product
        stored = run_program(programs.jaclu, {"w": 1.0, "p[0]": 3.0, "p[1]": 5.0})
        value = evaluate(parse(text), {"a": 3.0, "b": 5.0})
        assert stored[f"lu[{programs.positions[0, 1]}]"] == -value


def test_shared_parts_of_entries_are_computed_once():
    entries = [[parse("-exp(x)"), parse("exp(x) * k")], [parse("2 * exp(x)"), parse("-k")]]
    programs = lower_matrix(entries, {"x": "y[0]", "k": "p[0]"})
    assert [step.op for step in programs.jaclu.instructions].count("exp") == 1


def test_a_system_without_states():
    programs = lower_matrix([], {})
    assert run_program(programs.jaclu, {}) == {"guard[0]": 1.0, "guard[1]": 1.0}
    assert run_program(programs.solve, {}) == {}
