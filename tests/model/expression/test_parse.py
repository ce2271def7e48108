"""Reading expressions from text."""

from __future__ import annotations

import pytest

from livingdrug.core.errors import ModelError
from livingdrug.model.expression.nodes import (
    FALSE,
    TIME,
    TRUE,
    Kind,
    Node,
    add,
    call,
    delay,
    hill,
    logic,
    multiply,
    negate,
    number,
    piecewise,
    power,
    rate_of,
    relation,
    safe_ratio,
    subtract,
    symbol,
)
from livingdrug.model.expression.parse import FunctionDefinition, parse

A, B, C = symbol("a"), symbol("b"), symbol("c")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a", A),
        (" a ", A),
        ("2", number(2.0)),
        ("1e-3", number(0.001)),
        ("inf", number(float("inf"))),
        ("time", TIME),
        ("True", TRUE),
        ("False", FALSE),
        ("a + b - c", add(A, B, negate(C))),
        ("-a**2", negate(power(A, number(2.0)))),
        ("+a", A),
        ("2**-a", power(number(2.0), negate(A))),
        ("a - (b - c)", subtract(A, subtract(B, C))),
        ("a < b", relation("<", A, B)),
        ("a < b <= c", logic("and", relation("<", A, B), relation("<=", B, C))),
        (
            "not a == b or a != c",
            logic("or", logic("not", relation("==", A, B)), relation("!=", A, C)),
        ),
        ("xor(a > b, b > c)", logic("xor", relation(">", A, B), relation(">", B, C))),
        ("a if b >= c else c", piecewise(A, relation(">=", B, C), C)),
        ("piecewise(a, b < c, c)", piecewise(A, relation("<", B, C), C)),
        ("hill(a, b, 2)", hill(A, B, number(2.0))),
        ("safe_ratio(a, b, 0)", safe_ratio(A, B, number(0.0))),
        ("rate_of(a)", rate_of(A)),
        ("delay(a, 2)", delay(A, number(2.0))),
        ("quantity(2, 'day')", number(2.0, "day")),
        ("quantity(-2, 'day')", number(-2.0, "day")),
        ("min(a, b, c)", call("min", A, B, C)),
        ("log(a)", call("log", A)),
    ],
)
def test_syntax(text: str, expected: Node) -> None:
    assert parse(text) is expected


def test_numbers_and_nodes_are_taken_as_they_are() -> None:
    assert parse(2) is number(2.0)
    assert parse(A) is A


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", r"reaction r: cannot read ''"),
        ("a b", r"reaction r: cannot read 'a b'"),
        ("exp(a", r"'\(' was never closed, column 4"),
        ("lambda * a", r"cannot read 'lambda \* a'"),
        ("a ^ b", r"use \+ - \* / \*\*; at 'a \^ b' in 'a \^ b'"),
        ("2 * (a % b)", r"at 'a % b' in '2 \* \(a % b\)'"),
        ("a.b", r"Attribute is not part of an expression at 'a.b'"),
        ("[a]", r"List is not part of an expression"),
        ("'a'", r"only numbers are allowed at \"'a'\""),
        ("1j", r"only numbers are allowed"),
        ("~a", r"this operator is not allowed"),
        ("a in b", r"use < <= > >= == !=; at 'a in b'"),
        ("ecp(a)", r"unknown function 'ecp' \(did you mean exp"),
        ("zzzzzz(a)", r"unknown function 'zzzzzz' at"),
        ("exp(a, b)", r"exp takes 1 arguments, 2 given; at 'exp\(a, b\)'"),
        ("hill(a, b)", r"hill takes 3 arguments, 2 given"),
        ("min()", r"min needs arguments"),
        ("exp(x=a)", r"call a function by its name, with plain arguments"),
        ("a.f(b)", r"call a function by its name"),
        ("exp(*a)", r"Starred is not part of an expression"),
        ("piecewise(a, b < c)", r"piecewise needs value, condition, ..., otherwise"),
        ("rate_of(a + b)", r"rate_of takes the name of a quantity"),
        ("quantity(a, 'day')", r"write quantity\(number, 'unit'\)"),
        ("quantity(1, day)", r"write quantity\(number, 'unit'\)"),
        ("a\0b", r"cannot read"),
    ],
)
def test_messages_name_the_place_and_the_piece(text: str, message: str) -> None:
    with pytest.raises(ModelError, match=message) as caught:
        parse(text, where="reaction r")
    assert "reaction r: " in str(caught.value)


def test_what_nests_too_deeply_for_text_is_refused_with_the_way_out() -> None:
    for text in ("x" + "**2" * 3000, "-" * 5000 + "x"):
        with pytest.raises(ModelError, match="nested too deeply"):
            parse(text)


def test_a_sum_of_a_thousand_terms() -> None:
    # each operator is one level of Python's own parser, so a much longer sum is refused
    node = parse(" + ".join(f"x{i}" for i in range(1000)))
    assert node.kind is Kind.ADD
    assert len(node.args) == 1000


def test_functions_of_the_model_are_expanded() -> None:
    square = FunctionDefinition("square", ("u",), parse("u*u"))
    functions = {"square": square}
    assert parse("square(a + b)", functions=functions) is multiply(add(A, B), add(A, B))
    with pytest.raises(ModelError, match="square takes 1 arguments, 2 given"):
        parse("square(a, b)", functions=functions)
    with pytest.raises(ModelError, match=r"did you mean square"):
        parse("squar(a)", functions=functions)


def test_the_arguments_of_a_model_function_are_put_in_at_once() -> None:
    swap = FunctionDefinition("f", ("a", "b"), parse("a - b"))
    assert parse("f(b, a)", functions={"f": swap}) is parse("b - a")
