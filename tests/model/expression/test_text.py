"""Writing expressions as text and as LaTeX."""

from __future__ import annotations

import math

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from livingdrug.model.expression.nodes import (
    Node,
    add,
    call,
    divide,
    multiply,
    number,
    symbol,
)
from livingdrug.model.expression.parse import parse
from livingdrug.model.expression.text import format_number, symbol_latex, to_latex, to_text

from .expressions import expressions


@settings(max_examples=500, deadline=None)
@given(expressions)
@example(number(math.inf))
@example(number(math.nan))
@example(number(-2.0, "day"))
@example(multiply(number(-1.0), number(2.0, "day")))
def test_text_reads_back_to_the_same_node(node: Node) -> None:
    assert parse(to_text(node)) is node


def test_several_numbers_in_a_denominator_read_back() -> None:
    node = divide(divide(symbol("x"), number(2.0)), number(3.0))
    assert parse(to_text(node)) is node


@given(st.floats())
def test_numbers_read_back(value: float) -> None:
    again = float(format_number(value))
    assert again == value or (math.isnan(again) and math.isnan(value))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (5.0, "5"),
        (0.1, "0.1"),
        (-3.0, "-3"),
        (1e6, "1000000.0"),
        (5e8, "500000000.0"),
        (1e-7, "1e-07"),
    ],
)
def test_format_number(value: float, text: str) -> None:
    assert format_number(value) == text


@pytest.mark.parametrize(
    ("given", "written"),
    [
        ("k_B - a*C/(k_B + C)", "k_B - a * C / (k_B + C)"),
        ("a/b/c", "a / (b * c)"),
        ("x**-2", "1 / x**2"),
        ("(-x)**2", "(-x)**2"),
        ("-(a + b)", "-(a + b)"),
        ("(a and b) or c", "a and b or c"),
        ("a and (b or c)", "a and (b or c)"),
        ("x if x > 0 else 0", "piecewise(x, x > 0, 0)"),
    ],
)
def test_to_text(given: str, written: str) -> None:
    assert to_text(parse(given)) == written


def test_the_text_of_nested_products_is_written_once() -> None:
    node = symbol("x")
    for _ in range(300):  # a printer that visits shared parts anew would never end
        node = multiply(symbol("x"), add(node, symbol("y")))
    assert to_text(node).count("y") == 300
    assert to_latex(node).count("y") == 300


def test_deep_nesting_does_not_recurse() -> None:
    node = symbol("x")
    for _ in range(3000):
        node = call("sin", add(node, number(1.0)))
    assert to_text(node).count("sin") == 3000
    assert to_latex(node).count("sin") == 3000


@pytest.mark.parametrize(
    ("given", "written"),
    [
        ("a*b", r"a \, b"),
        ("a/b", r"\frac{a}{b}"),
        ("1/(a + b)", r"\frac{1}{a + b}"),
        ("-r*N*log(T/K)", r"-r \, N \, \ln\left(\frac{T}{K}\right)"),
        ("a*(b + c)", r"a \, \left(b + c\right)"),
        ("(a + b)**2", r"{\left(a + b\right)}^{2}"),
        ("x**-2", r"\frac{1}{{x}^{2}}"),
        ("2**(a + b)", r"{2}^{a + b}"),
        ("a - 2*b", r"a - 2 \, b"),
        ("exp(-k*time)", r"e^{-k \, t}"),
        ("exp(a)**2", r"{\left(e^{a}\right)}^{2}"),
        ("sqrt(a + b)", r"\sqrt{a + b}"),
        ("log10(a)", r"\log_{10}\left(a\right)"),
        ("max(a, b)", r"\max\left(a, b\right)"),
        ("hill(x, k, 2)", r"\frac{{x}^{2}}{{k}^{2} + {x}^{2}}"),
        (
            "hill(a + b, k, n)",
            r"\frac{{\left(a + b\right)}^{n}}{{k}^{n} + {\left(a + b\right)}^{n}}",
        ),
        ("safe_ratio(a, b, 0)", r"\frac{a}{b}"),
        ("a <= b", r"a \le b"),
        ("not (a < b and c >= 2)", r"\lnot \left(a < b \land c \ge 2\right)"),
        (
            "piecewise(a, time < b, c)",
            r"\begin{cases} a & t < b \\ c & \text{otherwise} \end{cases}",
        ),
        ("rate_of(a)", r"\frac{da}{dt}"),
        ("1.5e-8*a", r"1.5 \times 10^{-8} \, a"),
        ("quantity(3, '%')", r"3\,\mathrm{\%}"),
    ],
)
def test_to_latex(given: str, written: str) -> None:
    assert to_latex(parse(given)) == written


def test_latex_takes_the_symbols_of_the_paper() -> None:
    assert to_latex(parse("growth * N"), {"growth": r"\rho"}) == r"\rho \, N"


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("a", "a"),
        ("rho", r"\rho"),
        ("gamma_B", r"\gamma_{B}"),
        ("K_max", r"K_{\mathrm{max}}"),
        ("Tmax", r"\mathrm{Tmax}"),
    ],
)
def test_symbol_latex(name: str, written: str) -> None:
    assert symbol_latex(name) == written
