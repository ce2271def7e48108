"""Algebraic rules: what is solved beforehand, what is left, what is refused."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import livingdrug as ld
from livingdrug.core.errors import CapabilityError, SubjectFailureWarning
from livingdrug.core.status import Status
from livingdrug.model.builder import ModelBuilder
from livingdrug.model.model import Role
from livingdrug.system.compile import compile_model
from livingdrug.system.lower.algebraic import solve_algebraic


def small(**parameters):
    m = ModelBuilder("small", dimensions="off")
    m.species("A", initial=1.0, unit="1", non_negative=False)
    m.rate("A", "-A")
    for name, value in parameters.items():
        m.parameter(name, value, "1")
    return m


def test_an_affine_rule_becomes_an_assignment():
    m = small(x=0.0)
    m.algebraic("x * (A + 1) - 3", "x")
    model = m.build()
    solved = solve_algebraic(model)
    assert solved.roles["x"] is Role.ASSIGNED
    assert not solved.algebraic
    assert not compile_model(model).layout.has_algebraic
    assert compile_model(model).model is model  # the description stays what it was


def test_what_is_not_affine_is_left_to_the_integrator():
    m = small(x=1.0, y=0.0)
    m.algebraic("x**2 - A", "x")
    m.algebraic("y - x - A", "y")
    solved = solve_algebraic(m.build())
    assert solved.algebraic_variables == ("x",)
    assert solved.roles["y"] is Role.ASSIGNED
    layout = compile_model(m.build()).layout
    assert [slot.name for slot in layout.states if slot.algebraic] == ["x"]


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.lists(st.integers(-4, 4), min_size=3, max_size=3), min_size=3, max_size=3),
    st.lists(st.integers(-4, 4), min_size=3, max_size=3),
)
def test_affine_rules_have_the_solution_of_the_linear_system(matrix, right):
    matrix, right = np.array(matrix, dtype=float), np.array(right, dtype=float)
    m = small(x=0.0, y=0.0, z=0.0)
    for row, value, name in zip(matrix, right, "xyz", strict=True):
        terms = " + ".join(f"({c:g}) * {n}" for c, n in zip(row, "xyz", strict=True))
        m.algebraic(f"{terms} - ({value:g}) * A", name)
    assume(abs(np.linalg.det(matrix)) > 0.5)  # of whole numbers: a whole number
    course = ld.simulate(m.build(), times=[0.0, 1.0])
    exact = np.linalg.solve(matrix, right)
    for name, value in zip("xyz", exact, strict=True):
        expected = value * np.exp(-np.array([0.0, 1.0]))
        # rtol 1e-6 of A, enlarged by the solution; entries of one digit lose little
        assert course[name].values[0] == pytest.approx(expected, rel=1e-5, abs=1e-8)


def test_rules_that_repeat_each_other_are_refused():
    m = small(x=0.0, y=0.0)
    m.algebraic("x + y - A", "x")
    m.algebraic("2 * x + 2 * y - 2 * A", "y")
    with pytest.raises(CapabilityError, match=r"rules for x, y.*not determined by the others"):
        compile_model(m.build())


@pytest.mark.parametrize("backend", ["native", "reference"])
def test_a_start_without_a_solution_ends_the_subject(backend):
    m = small(x=1.0)
    m.algebraic("x**2 + A", "x")
    with pytest.warns(SubjectFailureWarning, match="consistent start"):
        course = ld.simulate(m.build(), times=[0.0, 1.0], backend=backend)
    assert course["status"].item() == int(Status.BAD_INITIAL)
    assert np.isnan(course["A"].values).all()


@pytest.mark.parametrize("backend", ["native", "reference"])
def test_a_solution_that_ceases_ends_the_subject(backend):
    # x**2 = A - 0.5 has none from day ln 2 on, to which 30 steps lead; there x falls infinitely
    # fast, and the reference creeps until the limit of steps
    m = small(x=1.0)
    m.algebraic("x**2 + 0.5 - A", "x")
    with pytest.warns(SubjectFailureWarning, match=r"day 0\.69314"):
        course = ld.simulate(m.build(), times=[0.0, 0.5, 2.0], backend=backend, max_steps=1000)
    assert course["status"].item() != 0


def test_a_rate_of_what_is_solved_for_is_refused():
    m = small(x=1.0)
    m.algebraic("x**2 - A", "x")
    m.observable("slope", "rate_of(x)", "1")
    with pytest.raises(CapabilityError, match="rate of change of 'x'"):
        compile_model(m.build())


def test_a_rate_of_what_is_solved_beforehand_is_computed():
    m = small(x=1.0)
    m.algebraic("x - 2 * A", "x")
    m.observable("slope", "rate_of(x)", "1")
    course = ld.simulate(m.build(), times=[0.0])
    assert course["slope"].item() == pytest.approx(-2.0)


def test_an_initial_value_cannot_read_what_is_solved_for():
    m = small(x=1.0)
    m.species("B", initial=0.0, unit="1")
    m.rate("B", "0")
    m.initial("B", "2 * x")
    m.algebraic("x**2 - A", "x")
    with pytest.raises(CapabilityError, match=r"initial value of B.*solved for only after"):
        compile_model(m.build())


def test_subjects_have_solutions_of_their_own():
    m = small(x=1.0, c=1.0)
    m.algebraic("x**2 - c * A", "x")
    model = m.build()
    cohort = ld.cohort_from_arrays(model, {"c": np.arange(1.0, 21.0)})
    course = ld.simulate(model, cohort, times=[0.0, 1.0])
    expected = np.sqrt(np.arange(1.0, 21.0)[:, None] * np.exp(-np.array([0.0, 1.0])))
    assert course["x"].values == pytest.approx(expected, rel=1e-5)
