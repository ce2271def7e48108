"""Formulas of PEtab tables: against Python's own arithmetic, the specification, and petab."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from livingdrug.interop.petab.math import is_identifier, parse_formula
from livingdrug.model.expression.evaluate import evaluate

VALUES = {"a": 1.7, "b": 0.4, "c": -2.0, "x": 2.5}


def value(text: str) -> float:
    return evaluate(parse_formula(text), VALUES, time=3.0)


# expected by the rules of the specification: table of operators and of functions
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("-2^2", -4.0),
        ("2^3^2", 512.0),
        ("2^-1", 0.5),
        ("8 / 4 / 2", 1.0),
        ("8 - 4 - 2", 2.0),
        ("1 + 2 * 3", 7.0),
        ("+a - -b", 2.1),
        (".5 + 1.e1 + 2E-1", 10.7),
        ("time", 3.0),
        ("true + true", 2.0),
        ("1 && 0", 0.0),
        ("false && false || true", 1.0),
        ("true || false && false", 0.0),  # both bind alike, from left to right
        ("!a", 0.0),
        ("!(a < b)", 1.0),
        ("1 < 2 == 1", 1.0),
        ("piecewise(1, a < b, 2, a > b, 3)", 2.0),
        ("log(8, 2)", 3.0),
        ("log2(8)", 3.0),
        ("ln(exp(1))", 1.0),
        ("log10(1000)", 3.0),
        ("pow(2, 10)", 1024.0),
        ("min(a, b) + max(a, b)", 2.1),
        ("sign(c) * abs(c)", -2.0),
        ("log(0)", -math.inf),
        ("inf", math.inf),
        ("sec(a) * cos(a)", 1.0),
        ("cot(a) * tan(a)", 1.0),
        ("csch(a) * sinh(a)", 1.0),
        ("cos(arcsec(x))", 1 / 2.5),
        ("arccot(-1)", 3 * math.pi / 4),
        ("tanh(arccoth(x))", 1 / 2.5),
        ("cosh(arcsech(b))", 1 / 0.4),
    ],
)
def test_values(text: str, expected: float) -> None:
    assert value(text) == pytest.approx(expected, rel=1e-13)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the end at character 1"),
        ("a b", "'b' at character 3, expected is an operator"),
        ("a ** 2", r"powers are written \^"),
        ("a $ 2", r"'\$' at character 3 is not allowed"),
        ("(a", r"expected is '\)'"),
        ("foo(a)", "'foo' is no function"),
        ("exp(a, b)", "exp takes 1 arguments, not 2"),
        ("piecewise(1, a > 1)", "pairs of value and condition"),
        ("nan + 1", "NaN"),
        ("Time", "reserved"),
        ("exp", "reserved"),
        ("(" * 5000, "nested deeper than 200"),
        ("-" * 5000 + "1", "nested deeper than 200"),
    ],
)
def test_what_is_no_formula(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        parse_formula(text)


def test_identifiers() -> None:
    assert is_identifier("k_1")
    assert not any(map(is_identifier, ["1k", "a-b", "", "TIME", "Exp", "é"]))


def trees() -> st.SearchStrategy[str]:
    """Formulas in the syntax that PEtab and Python share, but for ^ and the names."""
    leaves = st.sampled_from([*VALUES, "time", "3", "0.25", "1e-2"])
    return st.recursive(
        leaves,
        lambda inner: st.one_of(
            st.builds("{} {} {}".format, inner, st.sampled_from("+-*/^"), inner),
            st.builds("-{}".format, inner),
            st.builds("({})".format, inner),
            st.builds("abs({})".format, inner),
        ),
        max_leaves=12,
    )


@given(trees())
def test_arithmetic_is_that_of_python(text: str) -> None:
    # the size of a complex number would be real again; here a root of -1 has no value
    names = {**VALUES, "time": 3.0, "abs": math.fabs}
    try:
        expected = eval(text.replace("^", "**"), {}, names)
    except (ZeroDivisionError, OverflowError, TypeError):
        return
    if isinstance(expected, complex) or not math.isfinite(expected):
        return
    found = value(text)
    # sums may be ordered otherwise: what cancels is compared with the size of 1
    assert found == pytest.approx(expected, rel=1e-9, abs=1e-9) or abs(expected) > 1e12


def test_agrees_with_petab() -> None:
    parser = pytest.importorskip("petab.v1.math", reason="the package petab reads them too")
    for text in (
        "a^b^2 - a / b * x", "-a^2 + piecewise(a, x > 2 && b < 1, b)", "a < b || x > 1",
        "a > b || a < b && b > x",
        "log(x, 3) + ln(x) + log2(x) + log10(x)", "arctan(a) + arcsinh(b) - tanh(c)",
        "-2^-2", "min(a, b) / max(x, c)",
    ):  # fmt: skip
        node = parser.sympify_petab(text)
        names = {symbol: VALUES[str(symbol)] for symbol in node.free_symbols}
        result = node.subs(names)
        expected = float(bool(result)) if result.is_Boolean else float(result)
        assert value(text) == pytest.approx(expected, rel=1e-12), text
