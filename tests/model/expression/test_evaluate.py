"""Evaluating expressions on numbers."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from livingdrug.core.errors import CapabilityError, UnknownNameError
from livingdrug.model.expression.evaluate import compare, evaluate, evaluate_all
from livingdrug.model.expression.nodes import Kind, Node, add, call, symbol
from livingdrug.model.expression.parse import parse
from livingdrug.model.expression.walk import postorder

from .expressions import NAMES, expressions


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a + b - 2*c", -3.0),
        ("a / b", 0.5),
        ("b**c", 8.0),
        ("b**-1", 0.5),
        ("-a**2", -1.0),
        ("hill(b, a, 2)", 0.8),
        ("safe_ratio(a, 0*a, 7)", 7.0),
        ("piecewise(1, a > b, 2, b < c, 3)", 2.0),
        ("piecewise(1, a > b, 2, b > c, 3)", 3.0),
        ("a < b", 1.0),
        ("a < b and b > c", 0.0),
        ("a > b or b < c", 1.0),
        ("not a < b", 0.0),
        ("xor(a < b, b < c, a < c)", 1.0),
        ("xor(a < b, b < c)", 0.0),
        ("True", 1.0),
        ("False", 0.0),
        ("max(a, b, c) + min(a, b, c)", 4.0),
        ("2 * time", 10.0),
        ("quantity(4, 'day')", 4.0),
        ("1 / (a - a)", math.inf),
    ],
)
def test_values(text: str, value: float) -> None:
    at = {"a": 1.0, "b": 2.0, "c": 3.0}
    assert evaluate(parse(text), at, 5.0) == pytest.approx(value, rel=1e-15)


@settings(max_examples=300)
@given(expressions, st.lists(st.floats(), min_size=len(NAMES) + 1, max_size=len(NAMES) + 1))
def test_no_expression_raises_on_any_floats(node: Node, values: list[float]) -> None:
    if any(part.kind in (Kind.RATE_OF, Kind.DELAY) for part in postorder([node])):
        return
    assert type(evaluate(node, dict(zip(NAMES, values, strict=False)), values[-1])) is float


def test_a_missing_value_is_named_with_the_nearest() -> None:
    with pytest.raises(UnknownNameError, match=r"unknown symbol 'rho' \(did you mean 'rho_C'"):
        evaluate(parse("rho * 2"), {"rho_C": 1.0})


@pytest.mark.parametrize("text", ["rate_of(a)", "delay(a, 1)"])
def test_what_needs_a_simulation_is_refused(text: str) -> None:
    with pytest.raises(CapabilityError, match="outside a simulation"):
        evaluate(parse(text), {"a": 1.0})


def test_several_expressions_share_their_parts() -> None:
    assert evaluate_all([parse("a*b"), parse("a*b + 1")], {"a": 2.0, "b": 3.0}) == [6.0, 7.0]


def test_deep_expressions_do_not_recurse() -> None:
    node = symbol("x")
    for _ in range(20_000):
        node = call("tanh", add(node, symbol("x")))
    assert 0.0 < evaluate(node, {"x": 0.1}) < 1.0


@pytest.mark.parametrize(
    ("operator", "results"),
    [
        ("<", (True, False, False)), ("<=", (True, True, False)), (">", (False, False, True)),
        (">=", (False, True, True)), ("==", (False, True, False)), ("!=", (True, False, True)),
    ],
)  # fmt: skip
def test_compare(operator: str, results: tuple[bool, ...]) -> None:
    pairs = ((1.0, 2.0), (2.0, 2.0), (3.0, 2.0))
    assert tuple(compare(operator, *pair) for pair in pairs) == results
    assert compare(operator, math.nan, 1.0) is (operator == "!=")
