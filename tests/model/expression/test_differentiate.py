"""Symbolic derivatives against numerical ones."""

from __future__ import annotations

import math

import mpmath
import pytest
from hypothesis import assume, given, settings

from livingdrug.core.errors import CapabilityError
from livingdrug.model.expression.differentiate import (
    differentiate,
    is_affine_in_time,
    jacobian,
    time_derivative,
)
from livingdrug.model.expression.evaluate import evaluate
from livingdrug.model.expression.functions import FUNCTIONS
from livingdrug.model.expression.nodes import ONE, ZERO, Node, add, call, symbol
from livingdrug.model.expression.parse import parse

from .expressions import smooth

X = symbol("x")
AT = {"a": 0.7, "b": -0.4, "k_B": 0.6, "x": 1.3, "y": 0.9}


@settings(max_examples=300, deadline=None)
@given(smooth)
def test_derivatives_agree_with_finite_differences(node: Node) -> None:
    step = 1e-5
    ahead = evaluate(node, AT | {"x": AT["x"] + step})
    behind = evaluate(node, AT | {"x": AT["x"] - step})
    slope = (ahead - behind) / (2 * step)
    size = max(abs(evaluate(node, AT)), abs(slope), 1.0)
    assume(size < 1e6)
    # truncation step**2 times the third derivative, rounding 1e-16 / step: both far below 1e-5
    assert evaluate(differentiate(node, X), AT) == pytest.approx(slope, abs=1e-5 * size)


@pytest.mark.parametrize("name", [f.name for f in FUNCTIONS.values() if f.arity == 1])
@pytest.mark.parametrize("x", [0.3, 0.8])
def test_derivatives_of_functions(name: str, x: float) -> None:
    if name in ("sign", "floor", "ceil", "factorial"):
        assert differentiate(call(name, X), X) == ZERO
        return
    x = x + 1.0 if name == "acosh" else x
    names = {"abs": mpmath.fabs, "log10": lambda v: mpmath.log(v, 10)}
    expected = float(mpmath.diff(names.get(name, getattr(mpmath, name, None)), x))
    got = evaluate(differentiate(call(name, X), X), {"x": x})
    assert got == pytest.approx(expected, rel=1e-13)  # mpmath.diff carries doubled digits


@pytest.mark.parametrize(
    ("text", "derivative"),
    [
        ("5", "0"),
        ("y", "0"),
        ("x", "1"),
        ("a*x + x*y", "a + y"),
        ("x**3", "3*x**2"),
        ("1/x", "-1/x**2"),
        ("log(x)", "1/x"),
        ("exp(a*x)", "exp(a*x)*a"),
        ("hill(x, k, n)", "hill_dx(x, k, n)"),
        ("x < y", "0"),
        ("piecewise(a*x, time < 2, b)", "piecewise(a, time < 2, 0)"),
        ("piecewise(a, x < 2, b)", "0"),
        ("sign(x)", "0"),
    ],
)
def test_derivatives_in_closed_form(text: str, derivative: str) -> None:
    assert differentiate(parse(text), X) is parse(derivative)


def test_the_power_with_a_varying_exponent_is_finite_at_zero() -> None:
    slope = differentiate(parse("b**x"), X)
    assert evaluate(slope, {"b": 0.0, "x": 2.0}) == 0.0
    assert evaluate(slope, {"b": 2.0, "x": 3.0}) == pytest.approx(8 * math.log(2), rel=1e-15)


def test_hill_and_safe_ratio_are_finite_at_zero() -> None:
    for text in (
        "hill(x, k, 2)",
        "hill(x, k, 0.5)",
        "safe_ratio(a, x, 0)",
        "safe_ratio(x*x, x + y, 0)",
    ):
        for variable in "xky":
            slope = differentiate(parse(text), symbol(variable))
            value = evaluate(slope, {"a": 1.0, "x": 0.0, "k": 2.0, "y": 0.0})
            assert math.isfinite(value), (text, variable)


def test_safe_ratio_takes_the_slope_at_zero_from_its_third_argument() -> None:
    slope = differentiate(parse("safe_ratio(x, y, 3*x)"), X)
    assert evaluate(slope, {"x": 5.0, "y": 2.0}) == 0.5
    assert evaluate(slope, {"x": 5.0, "y": 0.0}) == 3.0


def test_jacobian_has_structural_zeros() -> None:
    rows = jacobian([parse("a*x"), parse("y**2"), ONE], [X, symbol("y")])
    assert rows == [[symbol("a"), ZERO], [ZERO, parse("2*y")], [ZERO, ZERO]]
    assert jacobian([X], []) == [[]]


@pytest.mark.parametrize("text", ["delay(x, 1)", "rate_of(x)"])
def test_what_cannot_be_differentiated(text: str) -> None:
    with pytest.raises(CapabilityError, match="cannot differentiate"):
        differentiate(parse(text), X)


def test_second_derivatives_of_hill_are_refused() -> None:
    with pytest.raises(NotImplementedError):
        differentiate(differentiate(parse("hill(x, k, n)"), X), X)


def test_time_derivative_follows_the_states() -> None:
    rates = {"x": parse("-k*x"), "y": parse("k*x")}
    total = time_derivative(parse("x*y + 2*time + k"), rates)
    at = {"x": 3.0, "y": 5.0, "k": 0.5}
    assert evaluate(total, at, 1.0) == pytest.approx(-1.5 * 5 + 3 * 1.5 + 2, rel=1e-15)


def test_affine_in_time() -> None:
    assert is_affine_in_time(parse("2*time - a"), {"x"}) == (parse("-a"), parse("2"))
    for text in ("a", "time**2", "x + time", "exp(time)"):
        assert is_affine_in_time(parse(text), {"x"}) is None, text


def test_deep_expressions_do_not_recurse() -> None:
    node = X
    for _ in range(2000):
        node = add(call("sin", node), symbol("y"))
    # the product of 2,000 cosines, all below one
    assert abs(evaluate(differentiate(node, X), {"x": 0.1, "y": 0.2})) < 1.0
