"""Errors of the elementary functions, counted in units in the last place."""

import importlib.util
import math
import sys
from pathlib import Path

import mpmath
import numpy as np
import pytest

from livingdrug.system.printers import coefficients
from livingdrug.system.printers.elementary import ELEMENTARY
from livingdrug.system.printers.elementary_trig import FARTHEST

from .compiled import EDGES, Compiled, bits, constant_power_program, program_of, scalar

ROOT = Path(__file__).resolve().parents[2]

BOUND = dict.fromkeys(ELEMENTARY, 2.0) | {"exp": 1.0, "log": 1.0, "tanh": 1.0}
ONE = sorted(ELEMENTARY - {"pow"})
CIRCULAR = ("sin", "cos", "tan")
INVERSE = {"asin": "arcsin", "acos": "arccos", "atan": "arctan"}
INVERSE |= {f"{name}h": f"{numpy}h" for name, numpy in INVERSE.items()}

EXPONENTS = [*range(-16, 17), 0.5, 1.5, 2.5, -0.5, -1.5, -2.5, 3.5, 17, 0.1]


@pytest.fixture(scope="module")
def compiled():
    powers = [constant_power_program(float(e), f"power_{i}") for i, e in enumerate(EXPONENTS)]
    return Compiled([*(program_of(op) for op in sorted(ELEMENTARY)), *powers], 8)


def scattered(rng, count, low, high):
    """Numbers of both signs, their sizes even on a logarithmic scale."""
    return np.exp(rng.uniform(math.log(low), math.log(high), count)) * rng.choice([-1, 1], count)


def positive(rng, count):
    """Any positive finite numbers: random bits."""
    return rng.integers(1, 0x7FF0000000000000, count, dtype=np.int64).view(float)


def arguments(op, rng, count):
    """Arguments where the function is defined, a third of them where it is hard."""
    part = count // 3
    rest = count - 2 * part
    small = scattered(rng, part, 1e-18, 0.9)
    near_one = 1.0 + scattered(rng, part, 1e-16, 0.3)
    parts = {
        "exp": (rng.uniform(-745, 709, rest), rng.uniform(-1, 1, part), small),
        "expm1": (rng.uniform(-40, 709, rest), rng.uniform(-1, 1, part), small),
        "sinh": (rng.uniform(-710, 710, rest), rng.uniform(-2, 2, part), small),
        "cosh": (rng.uniform(-710, 710, rest), rng.uniform(-2, 2, part), small),
        "tanh": (rng.uniform(-22, 22, rest), rng.uniform(-2, 2, part), small),
        "log": (positive(rng, rest), rng.uniform(0.5, 2, part), near_one),
        "log10": (positive(rng, rest), rng.uniform(0.5, 2, part), near_one),
        "log1p": (positive(rng, rest), rng.uniform(-1, 2, part), small),
        "asinh": (positive(rng, rest), rng.uniform(-3, 3, part), small),
        "acosh": (
            1.0 + positive(rng, rest) / 2,
            rng.uniform(1, 4, part),
            1.0 + abs(small),
        ),
        "atanh": (rng.uniform(-1, 1, rest), rng.uniform(-0.2, 0.2, part), small),
        "asin": (rng.uniform(-1, 1, rest), 1 - abs(small), small),
        "atan": (rng.uniform(-3, 3, rest), scattered(rng, part, 1e-3, 1e18), small),
    }
    parts["acos"] = parts["asin"]
    for name in CIRCULAR:
        zeros = np.round(rng.uniform(-1e5, 1e5, part)) * (math.pi / 2)
        parts[name] = (scattered(rng, rest, 1e-3, FARTHEST), zeros, rng.uniform(-10, 10, part))
    return np.concatenate(parts[op])


def power_arguments(rng, count):
    """Bases and exponents with ``abs(y log x) < 700``; half of the bases near 1."""
    half = count // 2
    x = np.concatenate([rng.uniform(0.5, 2, half), np.exp(rng.uniform(-690, 690, count - half))])
    limit = 700.0 / np.abs(np.log(x))
    y = rng.uniform(-1, 1, count) * limit
    y[::4] = rng.uniform(-6, 6, len(y[::4])).clip(-limit[::4], limit[::4])
    return x, y


def ulp_of(exact):
    """Size of the last place of a double near an exact value."""
    _, exponent = mpmath.frexp(exact)
    return mpmath.ldexp(1, max(int(exponent) - 53, -1074))


def exact_value(op, *args):
    numbers = [mpmath.mpf(float(arg)) for arg in args]
    return mpmath.power(*numbers) if op == "pow" else getattr(mpmath, op)(*numbers)


def error(op, got, *args):
    """Error in units in the last place, by 120 bits of mpmath."""
    with mpmath.workprec(120 + 1100 * (op in ("acosh", "log1p") and abs(args[0]) > 1e10)):
        exact = exact_value(op, *args)
        return float(abs(mpmath.mpf(float(got)) - exact) / ulp_of(exact))


def worst_error(op, got, *columns):
    errors = [error(op, *row) for row in zip(got, *columns, strict=True)]
    place = int(np.argmax(errors))
    return errors[place], [float(column[place]) for column in columns]


@pytest.mark.parametrize("op", ONE)
def test_random_arguments(compiled, op):
    x = arguments(op, np.random.default_rng(20260), 20_000)
    worst, where = worst_error(op, compiled(f"op_{op}", x), x)
    assert worst < BOUND[op], where


def test_random_powers(compiled):
    x, y = power_arguments(np.random.default_rng(20261), 20_000)
    worst, where = worst_error("pow", compiled("op_pow", x, y), x, y)
    assert worst < BOUND["pow"], where


def check_edge(op, got, *args, bound):
    """A zero, infinity or NaN of the reference is exact; other values are within the bound."""
    expected = scalar(op, *args)
    if math.isnan(expected):
        assert math.isnan(got), (op, args, got)
    elif expected == 0.0 or math.isinf(expected):
        assert got == expected, (op, args, got, expected)
        assert math.copysign(1, got) == math.copysign(1, expected), (op, args, got, expected)
    elif got != expected:
        assert error(op, got, *args) < bound, (op, args, got, expected)


@pytest.mark.parametrize("op", ONE)
def test_edge_arguments(compiled, op):
    for x, got in zip(EDGES.tolist(), compiled(f"op_{op}", EDGES).tolist(), strict=True):
        if op in CIRCULAR and abs(x) > FARTHEST:
            assert math.isnan(got)
        else:
            check_edge(op, got, x, bound=BOUND[op])


def test_edge_powers(compiled):
    x, y = (grid.ravel() for grid in np.meshgrid(EDGES, EDGES))
    got = compiled("op_pow", x, y)
    # below exp(-700), where results are subnormal, the bound of 2 holds as well
    for row in zip(got.tolist(), x.tolist(), y.tolist(), strict=True):
        check_edge("pow", *row, bound=2.0)


@pytest.mark.parametrize("place", range(len(EXPONENTS)))
def test_constant_exponents(compiled, place):
    exponent = float(EXPONENTS[place])
    rng = np.random.default_rng(place)
    x = np.exp(rng.uniform(-1, 1, 300) * min(700.0 / max(abs(exponent), 0.01), 700.0))
    if exponent.is_integer():
        x *= rng.choice([-1, 1], len(x))
    x = np.concatenate([x, EDGES])
    for value, got in zip(x.tolist(), compiled(f"power_{place}", x).tolist(), strict=True):
        check_edge("pow", got, value, exponent, bound=2.0)


@pytest.mark.parametrize("op", [op for op in ONE if scalar(op, 1e-200) == 1e-200])
def test_odd_functions_return_tiny_arguments(compiled, op):
    x = np.array([0.0, -0.0, 5e-324, -5e-324, 1.5e-323, 1e-310, -(2.0**-1022), 1e-200, -1e-100])
    assert np.array_equal(bits(compiled(f"op_{op}", x)), bits(x))


@pytest.mark.parametrize("op", CIRCULAR)
def test_circular_functions_are_not_wrong_far_away(compiled, op):
    x = np.array([FARTHEST * (1 + 2.0**-50), 1e15, -1e300])
    assert np.isnan(compiled(f"op_{op}", x)).all()


@pytest.mark.statistical
@pytest.mark.skipif(np.finfo(np.longdouble).nmant < 63, reason="no longer format to compare with")
@pytest.mark.parametrize("op", sorted(ELEMENTARY))
def test_a_million_arguments(compiled, op):
    rng = np.random.default_rng(20262)
    count = 1_000_000
    columns = power_arguments(rng, count) if op == "pow" else (arguments(op, rng, count),)
    got = compiled(f"op_{op}", *columns)
    function = np.power if op == "pow" else getattr(np, INVERSE.get(op, op))
    exact = function(*(column.astype(np.longdouble) for column in columns))
    size = np.abs(exact).astype(float)
    errors = np.abs(got - exact) / np.spacing(
        np.where(size > abs(exact), np.nextafter(size, 0), size)
    )
    place = int(np.argmax(errors))
    # the longer format is good to about 1/1000 of a unit of the shorter one
    assert errors[place] < BOUND[op] - 0.01, [float(column[place]) for column in columns]


def load_tool():
    path = ROOT / "tools" / "elementary_coefficients.py"
    spec = importlib.util.spec_from_file_location("elementary_coefficients", path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # its dataclass looks itself up
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def tool():
    before = mpmath.mp.dps
    yield load_tool()
    mpmath.mp.dps = before


def test_every_polynomial_fits_its_function(tool):
    for fit in tool.FITS:
        table = [mpmath.mpf(c) for c in getattr(coefficients, fit.name)]
        grid = [fit.low + (fit.high - fit.low) * i / 150 for i in range(151)]
        worst = max(
            abs(fit.target(x) - sum(c * x**j for j, c in enumerate(table))) * abs(fit.weight(x))
            for x in grid
        )
        # a 16th of a unit in the last place; the table for pairs is finer
        assert worst < mpmath.mpf(2) ** (-70 if fit.name == "LOG_TAIL" else -57), fit.name


def test_the_constants_are_those_of_the_tool(tool):
    for name, _, values in tool.CONSTANTS:
        assert list(getattr(coefficients, name)) == values, name


def test_the_tool_computes_the_table_again(tool):
    (fit,) = [fit for fit in tool.FITS if fit.name == "COS"]
    assert tool.fit_doubles(fit)[0] == list(coefficients.COS)
