"""Two units in one column."""

import numpy as np
import pytest

from livingdrug.core.units import parse_unit
from livingdrug.data.checks.ranges import list_ranges, range_of
from livingdrug.data.checks.units import check_units


def mixture():
    """CRP of 10 people in mg/L; three of them were written tenfold on their high days."""
    values = np.tile([2.0, 5, 30, 110, 180, 120, 60, 30, 9, 4], (10, 1))
    values[7:, 3:6] *= 10
    return values.ravel()


def test_a_mixture_is_found_with_its_people_rows_and_factor(column):
    (found,) = check_units(column("crp_serum", "mg/L", mixture()))
    assert (found.check, found.level) == ("unit mixture", "error")
    assert found.subjects == ("P7", "P8", "P9")
    assert found.rows[:3] == (75, 76, 77)  # the header is row 1
    assert len(found.rows) == 9
    assert "9 of 100 values (9 %), in 3 of 10 people, are above 500 mg/L" in found.message
    assert "in 0 people every value is beyond, in 3 some are" in found.message
    assert "divided by 10 all of them fit" in found.message


def test_the_range_follows_the_unit_of_the_column(column):
    in_grams = check_units(column("crp_serum", "g/L", mixture() / 1000))
    assert "above 0.5 g/L" in in_grams[0].message


def test_one_value_beyond_the_range_is_no_unit(column):
    values = np.tile([2.0, 5, 30, 110, 180], 40)
    values[17] = 900.0
    (found,) = check_units(column("crp_serum", "mg/L", values))
    assert (found.check, found.level, found.rows) == ("beyond range", "warning", (19,))


def test_a_column_wholly_beyond_is_in_another_unit(column):
    (found,) = check_units(column("ldh_serum", "IU/L", np.linspace(2.0, 9.0, 30)))
    assert (found.check, found.level) == ("wrong unit", "error")
    assert "are below 20 IU/L" in found.message
    assert "multiplied by 10 all of them fit" in found.message


def test_fahrenheit_has_no_power_of_ten_and_gets_a_hint(column):
    values = np.array([0.1, 1.2, 2.5, 0.4] * 5 + [62.0, 64.1, 61.5, 62.2] * 5)
    (found,) = check_units(column("body_temperature", "delta_degC", values, signed=True))
    assert found.check == "unit mixture"
    assert "Fahrenheit" in found.message
    assert "divided by" not in found.message


@pytest.mark.parametrize(
    ("term", "unit"), [("crp_serum", "mg/L"), ("no_such_term", "mg/L"), ("crp_serum", "cell")]
)
def test_silent_within_the_range_and_where_there_is_none(column, term, unit):
    assert check_units(column(term, unit, np.linspace(0.3, 320.0, 50))) == []


def test_values_that_the_source_censors_are_not_judged(column):
    values = mixture()
    assert check_units(column("crp_serum", "mg/L", values, censored=values > 500)) == []


def test_every_range_has_bounds_a_unit_and_a_source():
    terms = [one.term for one in list_ranges()]
    assert len(set(terms)) == len(terms) > 10
    for one in list_ranges():
        parse_unit(one.unit)
        assert one.low < one.high
        assert one.source
        assert range_of(one.term, one.unit) == one
