import contextlib
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from livingdrug.core.errors import UnitError
from livingdrug.core.units import (
    BASE_DIMENSIONS,
    DIMENSIONLESS,
    conversion_factor,
    convert,
    dimension_text,
    parse_unit,
    round_factor,
    same_dimension,
)

# (from, to, factor): exact by definition of the units
FACTORS = [
    ("day", "hour", 24.0),
    ("week", "day", 7.0),
    ("1/hour", "1/day", 24.0),
    ("cell/uL", "cell/mL", 1e3),
    ("cell/uL", "cell/L", 1e6),
    ("cells/uL", "cell/uL", 1.0),
    ("copies/ug", "copy/ng", 1e-3),
    ("copies/ug", "copies/mg", 1e3),
    ("pg/mL", "ng/L", 1.0),
    ("mg/kg", "ug/g", 1.0),
    ("percent", "1", 0.01),
    ("", "dimensionless", 1.0),
    ("kg", "lb", 1 / 0.45359237),
    ("IU/mL", "IU/L", 1e3),
    ("mL", "L", 1e-3),
    ("nM", "mol/m^3", 1e-6),
    ("cell**2", "cell^2", 1.0),
]


@pytest.mark.parametrize(("source", "target", "factor"), FACTORS)
def test_conversion_factors(source, target, factor):
    # factors are rounded to 14 digits
    assert conversion_factor(source, target) == pytest.approx(factor, rel=1e-13)
    assert conversion_factor(target, source) == pytest.approx(1 / factor, rel=1e-13)


@given(st.sampled_from(FACTORS), st.floats(-1e12, 1e12))
def test_conversion_there_and_back_returns_the_value(case, value):
    source, target, _ = case
    there = convert(value, source, target)
    # two factors good to 14 digits each
    assert convert(there, target, source) == pytest.approx(value, rel=1e-13, abs=1e-300)


def test_conversion_factors_have_no_noise_in_the_last_digit():
    assert conversion_factor("cell/uL", "cell/L") == 1e6
    assert round_factor(999999.9999999999) == 1e6
    assert round_factor(1 / 3) == pytest.approx(1 / 3, rel=1e-14)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("cell", "1"),
        ("cell/uL", "1/uL"),
        ("copies", "cell"),
        ("copies/ug", "1/ug"),
        ("cell", "mol"),
        ("blast_pct", "percent"),
        ("IU", "umol/min"),
        ("IU", "mol"),
        ("day", "1/day"),
        ("kg", "L"),
    ],
)
def test_different_dimensions_do_not_convert(first, second):
    assert not same_dimension(first, second)
    with pytest.raises(UnitError, match="cannot be converted"):
        convert(1.0, first, second)


def test_messages_name_the_place_the_units_and_the_dimensions():
    with pytest.raises(UnitError) as caught:
        conversion_factor("cell/uL", "1/uL", where="study.csv, row 3")
    assert str(caught.value) == (
        "study.csv, row 3: unit 'cell/uL' ([cell] / [length]^3) cannot be converted to '1/uL' "
        "(1 / [length]^3)"
    )


@pytest.mark.parametrize("text", ["florps", "cell/", "1/0", "cell//uL", "degC", "3 +", "{"])
def test_what_is_no_unit_is_refused_by_name(text):
    with pytest.raises(UnitError) as caught:
        parse_unit(text)
    assert repr(text) in str(caught.value)


@pytest.mark.parametrize("text", ["", "1", " 1 ", "dimensionless", "percent", "cell/cell"])
def test_dimensionless_texts(text):
    assert parse_unit(text).dimension == DIMENSIONLESS
    assert parse_unit(text).text == text


def test_dimensions_are_exponents_in_the_stated_order():
    dimension = dict(zip(BASE_DIMENSIONS, parse_unit("cell^2/mL/day^0.5").dimension, strict=True))
    assert {name: power for name, power in dimension.items() if power} == {
        "cell": Fraction(2),
        "length": Fraction(-3),
        "time": Fraction(-1, 2),
    }


def test_dimension_text():
    assert dimension_text(DIMENSIONLESS) == "dimensionless"
    assert dimension_text(parse_unit("copies/ug").dimension) == "[copy] / [mass]"
    assert dimension_text(parse_unit("cell*kg^2").dimension) == "[mass]^2 [cell]"


@given(st.text(max_size=15))
def test_any_text_is_a_unit_or_a_unit_error(text):
    with contextlib.suppress(UnitError):
        assert len(parse_unit(text).dimension) == len(BASE_DIMENSIONS)


def test_units_may_be_parsed_from_several_threads():
    texts = [f"cell^{n}/uL^{m}" for n in range(1, 9) for m in range(1, 9)]
    parse_unit.cache_clear()
    with ThreadPoolExecutor(4) as pool:
        units = list(pool.map(parse_unit, texts * 2))
    assert units[: len(texts)] == units[len(texts) :]


def test_import_does_not_load_pint():
    code = "import sys, livingdrug.core.units; sys.exit('pint' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
