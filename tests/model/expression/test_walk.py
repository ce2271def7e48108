"""Walks over expressions: visiting, substitution, factors, flat form."""

from __future__ import annotations

import math
import re

import pytest
from hypothesis import assume, given, settings

from livingdrug.model.expression.evaluate import evaluate
from livingdrug.model.expression.nodes import (
    ONE,
    TIME,
    ZERO,
    Node,
    add,
    call,
    multiply,
    number,
    piecewise,
    symbol,
)
from livingdrug.model.expression.parse import parse
from livingdrug.model.expression.walk import (
    divide_out,
    flatten,
    free_symbols,
    has_factor,
    postorder,
    rebuild,
    restore,
    substitute,
)

from .expressions import expressions, smooth

X, Y = symbol("x"), symbol("y")


def deep(levels: int) -> Node:
    node = X
    for place in range(levels):
        node = call("tanh", add(node, symbol(f"p{place % 7}")))
    return node


@given(expressions)
def test_postorder_visits_each_node_once_after_its_arguments(node: Node) -> None:
    order = list(postorder([node]))
    place = {part.key: index for index, part in enumerate(order)}
    assert len(place) == len(order)
    assert order[-1] == node
    assert all(place[arg.key] < place[part.key] for part in order for arg in part.args)


def test_postorder_shares_between_roots() -> None:
    roots = [parse("x*y + 1"), parse("x*y - 2")]
    assert sum(part == parse("x*y") for part in postorder(roots)) == 1


def test_walks_of_deep_expressions_do_not_recurse() -> None:
    node = deep(20_000)
    assert sum(1 for _ in postorder([node])) == 40_008  # 7 names and x
    assert free_symbols([node])[0] == "x"
    replaced = substitute([node], {X: ZERO})[0]
    assert "x" not in free_symbols([replaced])
    assert divide_out(multiply(node, X), X) == node
    assert restore(flatten(node)) is node


@given(expressions)
def test_rebuild_over_the_same_arguments_is_the_node(node: Node) -> None:
    for part in postorder([node]):
        assert rebuild(part, part.args) is part


@pytest.mark.parametrize(
    "text",
    [
        "x + a",
        "x * a",
        "x**a",
        "hill(x, a, b)",
        "safe_ratio(x, a, b)",
        "piecewise(x, a < b, 1)",
        "rate_of(x)",
        "delay(x, a)",
        "x < a",
        "xor(x < a, a < b)",
        "not x < a",
        "exp(x)",
        "max(x, a, b)",
    ],
)
def test_rebuild_over_other_arguments(text: str) -> None:
    node = parse(text)
    args = tuple(substitute(node.args, {X: Y}))
    assert rebuild(node, args) is parse(re.sub(r"\bx\b", "y", text))


def test_rebuild_simplifies_as_the_constructor_does() -> None:
    node = parse("x * a")
    assert rebuild(node, (ZERO, symbol("a"))) is ZERO


def test_substitute_does_not_look_into_replacements() -> None:
    swapped = substitute([parse("x - y")], {X: Y, Y: X})[0]
    assert swapped == parse("y - x")


def test_substitute_replaces_time_and_inner_nodes() -> None:
    assert substitute([parse("exp(-k*time)")], {TIME: ZERO})[0] == call("exp", ZERO)
    assert substitute([parse("(a + b) * c")], {parse("a + b"): X})[0] == parse("x * c")


@settings(max_examples=200)
@given(smooth)
def test_substitution_commutes_with_evaluation(node: Node) -> None:
    values = {"a": 0.7, "b": 1.1, "k_B": 0.6, "x": 1.3, "y": 0.9}
    inner = parse("a*b + 1")
    replaced = substitute([node], {X: inner})[0]
    direct = evaluate(node, values | {"x": evaluate(inner, values)})
    assume(math.isfinite(direct))
    # folding constants may round differently in the last digits
    assert evaluate(replaced, values) == pytest.approx(direct, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize(
    ("text", "quotient"),
    [
        ("x", "1"),
        ("0", "0"),
        ("k*x", "k"),
        ("x*y/z", "y/z"),
        ("k*x - l*x*y", "k - l*y"),
        ("k*(x + 2*x)", "k*(1 + 2)"),
        ("x**2", "x"),
        ("x**2.5*y", "x**1.5*y"),
        ("piecewise(k*x, time < 2, x)", "piecewise(k, time < 2, 1)"),
        ("-(piecewise(0, time < 2, x*y))", "-(piecewise(0, time < 2, y))"),
    ],
)
def test_divide_out(text: str, quotient: str) -> None:
    assert divide_out(parse(text), X) == parse(quotient)
    assert has_factor(parse(text), X)


@pytest.mark.parametrize(
    "text",
    [
        "y",
        "1",
        "x + y",
        "exp(x)",
        "x**0.5",
        "1/x",
        "piecewise(x, time < 2, y)",
        "k*(x + 1)",
        "hill(x, k, n)",
    ],
)
def test_what_has_not_the_factor(text: str) -> None:
    assert divide_out(parse(text), X) is None
    assert not has_factor(parse(text), X)


def test_divide_out_of_a_shared_graph_is_fast() -> None:
    node = X
    for place in range(100):  # 2**100 paths
        node = add(multiply(node, symbol(f"p{place}")), multiply(node, Y))
    assert has_factor(node, X)


def test_a_composite_factor() -> None:
    assert divide_out(parse("a*log(x/k)"), parse("log(x/k)")) == symbol("a")


def test_free_symbols_in_order_of_first_use() -> None:
    assert free_symbols([parse("b*x + a*b"), parse("y + x + time")]) == ["b", "x", "a", "y"]
    assert free_symbols([number(2.0, "day"), ONE, piecewise(ONE)]) == []


@given(expressions)
def test_flat_form_restores(node: Node) -> None:
    assert restore(flatten(node)) is node
