"""Nodes and their constructors."""

from __future__ import annotations

import copy
import pickle

import pytest
from hypothesis import given, settings

from livingdrug.model.expression.nodes import (
    FALSE,
    ONE,
    TIME,
    TRUE,
    ZERO,
    Kind,
    Node,
    add,
    call,
    divide,
    hill,
    logic,
    multiply,
    negate,
    number,
    piecewise,
    power,
    relation,
    subtract,
    symbol,
)

from .expressions import expressions

A, B, C = symbol("a"), symbol("b"), symbol("c")
TWO = number(2.0)


def test_equal_content_is_one_node() -> None:
    assert add(A, multiply(B, C)) is add(symbol("a"), multiply(symbol("b"), symbol("c")))
    assert hash(add(A, B)) == hash(add(A, B))
    assert add(A, B) != add(B, A)  # the order of terms is kept: rounding depends on it


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (symbol("a"), call("a")),
        (number(1.0), number(1.0, "day")),
        (number(0.1), number(0.1 + 2**-56)),
        (relation("<", A, B), relation("<=", A, B)),
        (logic("and", A, B), logic("or", A, B)),
        (hill(A, B, C), hill(B, A, C)),
        (symbol("ab"), symbol("a")),
    ],
)
def test_different_content_is_two_nodes(first: Node, second: Node) -> None:
    assert first != second
    assert first.key != second.key


def test_a_node_is_not_equal_to_other_things() -> None:
    assert A != "a"
    assert ONE != 1.0


def test_nodes_are_built_by_constructors_and_never_changed() -> None:
    with pytest.raises(TypeError, match="build nodes with"):
        Node()
    with pytest.raises(AttributeError, match="cannot be changed"):
        A.name = "b"


@pytest.mark.parametrize(
    ("got", "expected"),
    [
        (add(), ZERO),
        (add(A), A),
        (add(A, ZERO), A),
        (add(add(A, B), C), add(A, B, C)),
        (add(number(1.0), A, TWO), add(number(3.0), A)),
        (add(A, number(1.0), B, TWO), add(A, number(3.0), B)),
        (multiply(), ONE),
        (multiply(A, ONE), A),
        (multiply(A, ZERO, B), ZERO),
        (multiply(A, TWO, multiply(B, TWO)), multiply(number(4.0), A, B)),
        (multiply(power(A, number(-1.0)), B), divide(B, A)),
        (negate(negate(A)), A),
        (subtract(A, B), add(A, multiply(number(-1.0), B))),
        (divide(A, multiply(B, C)), divide(divide(A, B), C)),
        (divide(A, divide(B, C)), divide(multiply(A, C), B)),
        (power(A, ONE), A),
        (power(A, ZERO), ONE),
        (power(ONE, A), ONE),
        (power(power(A, TWO), number(-1.0)), power(A, number(-2.0))),
        (piecewise(A), A),
    ],
)
def test_rewrites_of_the_constructors(got: Node, expected: Node) -> None:
    assert got is expected


def test_a_number_with_a_unit_is_not_folded() -> None:
    day = number(2.0, "day")
    assert add(day, TWO).args == (day, TWO)
    assert multiply(day, TWO).args == (TWO, day)


def test_is_number() -> None:
    assert number(2.0).is_number()
    assert number(2.0).is_number(2.0)
    assert not number(2.0).is_number(3.0)
    assert number(2.0, "day").is_number()
    assert not number(2.0, "day").is_number(2.0)
    assert not A.is_number()


def test_refusals_name_what_is_allowed() -> None:
    with pytest.raises(ValueError, match="unknown relation '=<'; allowed: <, <="):
        relation("=<", A, B)
    with pytest.raises(ValueError, match="unknown operator 'nand'; allowed: and, or"):
        logic("nand", A, B)
    with pytest.raises(ValueError, match="last value for otherwise"):
        piecewise(A, relation("<", A, B))


def test_depth() -> None:
    assert A.depth == 0
    assert add(A, multiply(B, C)).depth == 2


def test_a_shared_part_is_stored_once() -> None:
    node = A
    for _ in range(200):  # 2**200 terms if written out
        node = multiply(call("sin", node), call("cos", node))
    assert node.depth == 400
    assert pickle.loads(pickle.dumps(node)) is node


@settings(max_examples=200, deadline=None)
@given(expressions)
def test_pickling_gives_the_same_node(node: Node) -> None:
    assert pickle.loads(pickle.dumps(node)) is node


def test_deep_nesting_can_be_pickled_and_copied() -> None:
    node = A
    for place in range(20_000):
        node = call("tanh", add(node, symbol(f"p{place % 7}")))
    assert pickle.loads(pickle.dumps(node)) is node
    assert copy.deepcopy(node) is node


def test_constants_of_the_language() -> None:
    assert (TIME.kind, TRUE.kind, FALSE.name) == (Kind.TIME, Kind.LOGIC, "false")
    assert symbol("time") != TIME


def test_repr_is_the_text() -> None:
    assert repr(divide(A, B)) == "Node('a / b')"
