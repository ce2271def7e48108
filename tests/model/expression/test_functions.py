"""The function table: values never raise and follow IEEE 754."""

from __future__ import annotations

import math

import mpmath
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from livingdrug.model.expression.evaluate import evaluate
from livingdrug.model.expression.functions import (
    FUNCTIONS,
    Function,
    hill_value,
    ieee_divide,
    ieee_power,
    ratio_value,
)
from livingdrug.model.expression.nodes import symbol

SPECIAL = [
    0.0,
    -0.0,
    1.0,
    -1.0,
    0.5,
    -2.0,
    3.0,
    5e-324,
    1e308,
    -1e308,
    math.inf,
    -math.inf,
    math.nan,
]
NUMPY = {
    "asin": "arcsin", "acos": "arccos", "atan": "arctan",
    "asinh": "arcsinh", "acosh": "arccosh", "atanh": "arctanh",
}  # fmt: skip
MPMATH = {"abs": mpmath.fabs, "log10": lambda x: mpmath.log(x, 10)}
EDGES = {"log": (0.0,), "log10": (0.0,), "log1p": (-1.0,), "atanh": (1.0, -1.0)}
ONE_ARGUMENT = [f for f in FUNCTIONS.values() if f.arity == 1 and f.name != "factorial"]
anything = st.floats() | st.sampled_from(SPECIAL)


def same(got: float, expected: float) -> bool:
    return got == expected or (math.isnan(got) and math.isnan(expected))


@pytest.mark.parametrize("k", [0, 1, 5, 20, 100, 170])
def test_a_factorial_agrees_with_mpmath(k: int) -> None:
    assert FUNCTIONS["factorial"].value(float(k)) == float(mpmath.factorial(k))


def test_a_factorial_is_of_whole_numbers() -> None:
    values = [FUNCTIONS["factorial"].value(x) for x in (-1.0, 0.5, math.nan, 171.0, math.inf)]
    assert all(math.isnan(value) for value in values[:3])
    assert values[3:] == [math.inf, math.inf]


@pytest.mark.parametrize("function", FUNCTIONS.values(), ids=lambda f: f.name)
@settings(max_examples=200)
@given(data=st.data())
def test_a_function_returns_a_float_for_any_floats(function: Function, data: st.DataObject) -> None:
    n = function.arity or data.draw(st.integers(1, 4))
    args = data.draw(st.lists(anything, min_size=n, max_size=n))
    assert type(function.value(*args)) is float


@pytest.mark.parametrize("function", ONE_ARGUMENT, ids=lambda f: f.name)
@settings(max_examples=200)
@given(x=anything)
@example(x=-1000.0)
@example(x=1000.0)
def test_values_agree_with_numpy(function: Function, x: float) -> None:
    with np.errstate(all="ignore"):
        expected = float(getattr(np, NUMPY.get(function.name, function.name))(x))
    got = function.value(x)
    # both libraries promise a few units in the last place, not the same ones
    assert same(got, expected) or got == pytest.approx(expected, rel=4e-15, abs=5e-324)


@pytest.mark.parametrize("function", ONE_ARGUMENT, ids=lambda f: f.name)
@settings(max_examples=100)
@given(x=st.floats(-20, 20))
def test_values_agree_with_mpmath(function: Function, x: float) -> None:
    exact = MPMATH.get(function.name, getattr(mpmath, function.name, None))
    expected = exact(mpmath.mpf(x)) if x not in EDGES.get(function.name, ()) else mpmath.mpc(0, 1)
    if isinstance(expected, mpmath.mpc):
        return  # outside the real domain or at its edge, which the comparison with NumPy covers
    assert function.value(x) == pytest.approx(float(expected), rel=1e-13, abs=1e-300)


@settings(max_examples=300)
@given(st.lists(anything, min_size=1, max_size=4))
def test_extremes(values: list[float]) -> None:
    with np.errstate(all="ignore"):
        assert same(FUNCTIONS["min"].value(*values), float(np.min(values)))
        assert same(FUNCTIONS["max"].value(*values), float(np.max(values)))


@settings(max_examples=500)
@given(anything, anything)
def test_division_and_power_follow_the_processor(x: float, y: float) -> None:
    with np.errstate(all="ignore"):
        assert same(ieee_divide(x, y), float(np.divide(x, y)))
    power = ieee_power(x, y)
    # exponents that NumPy sends through sqrt, where it departs from IEEE 754 at -inf
    if y not in (0.5, -0.5):
        with np.errstate(all="ignore"):
            expected = float(np.float_power(x, y))
        assert same(power, expected) or power == pytest.approx(expected, rel=1e-12)


def test_signs_of_zero_and_infinity() -> None:
    assert math.copysign(1.0, ieee_divide(1.0, -0.0)) == -1.0
    assert ieee_power(-0.0, -3.0) == -math.inf
    assert ieee_power(-0.0, -2.0) == math.inf
    assert math.isnan(ieee_power(-2.0, 0.5))


@settings(max_examples=500)
@given(anything, anything, anything)
def test_hill_and_ratio_never_raise(x: float, k: float, n: float) -> None:
    assert type(hill_value(x, k, n)) is float
    assert type(ratio_value(x, k, n)) is float


positive = st.floats(1e-100, 1e100)


@settings(max_examples=300)
@given(positive, positive, st.floats(0.1, 8.0))
def test_hill_agrees_with_mpmath(x: float, k: float, n: float) -> None:
    with mpmath.workdps(60):
        expected = mpmath.mpf(1) / (1 + (mpmath.mpf(k) / x) ** n)
        # the quotient's rounding is amplified by n * |ln(k/x)| in the power: 8 * 460 * 1e-16
        # and a power that overflows gives 0 for less than 1e-308
        assert hill_value(x, k, n) == pytest.approx(float(expected), rel=1e-12, abs=1e-307)


@given(positive, st.floats(0.1, 8.0))
def test_hill_at_its_landmarks(k: float, n: float) -> None:
    assert hill_value(0.0, k, n) == 0.0
    assert hill_value(-1.0, k, n) == 0.0
    assert hill_value(k, k, n) == 0.5
    assert hill_value(math.inf, k, n) == 1.0


@pytest.mark.parametrize("name", ["hill_dx", "hill_dk", "hill_dn"])
@pytest.mark.parametrize("n", [0.5, 1.0, 2.0])
def test_hill_slopes_are_finite_where_biology_starts(name: str, n: float) -> None:
    assert FUNCTIONS[name].value(0.0, 2.0, n) == 0.0


@settings(max_examples=200)
@given(st.floats(0.01, 100.0), st.floats(0.01, 100.0), st.floats(0.2, 5.0))
def test_hill_slopes_agree_with_mpmath(x: float, k: float, n: float) -> None:
    with mpmath.workdps(40):

        def hill(x: mpmath.mpf, k: mpmath.mpf, n: mpmath.mpf) -> mpmath.mpf:
            return 1 / (1 + (k / x) ** n)

        point = (mpmath.mpf(x), mpmath.mpf(k), mpmath.mpf(n))
        for name, order in (("hill_dx", (1, 0, 0)), ("hill_dk", (0, 1, 0)), ("hill_dn", (0, 0, 1))):
            expected = float(mpmath.diff(hill, point, order))
            # 1 - h cancels where h is near 1: the error is absolute in h
            scale = max(n / x, n / k, 10.0)
            assert FUNCTIONS[name].value(x, k, n) == pytest.approx(
                expected, rel=1e-9, abs=1e-15 * scale
            )


def test_ratio_at_zero() -> None:
    assert ratio_value(3.0, 0.0, 7.0) == 7.0
    assert ratio_value(3.0, -0.0, 7.0) == 7.0
    assert ratio_value(3.0, 2.0, 7.0) == 1.5


@pytest.mark.parametrize("function", FUNCTIONS.values(), ids=lambda f: f.name)
def test_every_function_has_one_derivative_for_each_argument(function: Function) -> None:
    args = [symbol(name) for name in "abc"[: function.arity or 3]]
    if function.name.startswith("hill_d"):
        with pytest.raises(NotImplementedError, match="second derivatives"):
            function.partials(args)
        return
    assert len(function.partials(args)) == len(args)


def test_the_derivative_of_a_maximum_goes_to_the_first_that_attains_it() -> None:
    partials = FUNCTIONS["max"].partials([symbol(name) for name in "abc"])
    for values, expected in (
        ((1, 2, 0), (0, 1, 0)),
        ((2, 2, 1), (1, 0, 0)),
        ((0, 3, 3), (0, 1, 0)),
    ):
        at = dict(zip("abc", map(float, values), strict=True))
        assert [evaluate(p, at) for p in partials] == list(map(float, expected))
