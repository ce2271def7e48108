"""Piles of values at the limits of an assay."""

import numpy as np
import pytest

from livingdrug.data.checks.assay_limits import check_assay_limits, find_ceiling, find_floor


def spread(n=200, top=300.0):
    return np.geomspace(1.3, top, n)


def test_a_cap_written_in_two_ways_is_one_ceiling(column):
    values = np.concatenate([spread(), [400.0] * 20, [401.0] * 4])
    (found,) = check_assay_limits(column("il6_serum", "pg/mL", values))
    assert (found.check, found.level, len(found.rows)) == ("assay ceiling", "warning", 24)
    assert "24 of 224 values (11 %), in 3 of 23 people, are 400 to 401 pg/mL" in found.message
    assert "give the limit, as 400, in 'uloq' and set 'alq' to true" in found.fix


@pytest.mark.parametrize("last", [[400.0], [400.0, 400.0], [380.0, 390.0, 395.0, 400.0, 400.0]])
def test_a_peak_is_no_ceiling(column, last):
    assert find_ceiling(column("il6_serum", "pg/mL", np.concatenate([spread(), last]))) is None


def test_a_repeated_minimum_is_a_floor(column):
    values = np.concatenate([[0.99] * 6, [1.0] * 10, spread()])
    (found,) = check_assay_limits(column("il6_serum", "pg/mL", values))
    assert (found.check, len(found.rows)) == ("assay floor", 16)
    assert "are 0.99 to 1 pg/mL" in found.message
    assert "lloq" in found.fix


def test_zeros_of_a_quantity_over_decades_are_below_a_limit(column):
    values = np.concatenate([[0.0] * 4, spread()])
    (found,) = check_assay_limits(column("car_t_blood", "cell/uL", values))
    assert (found.check, found.rows) == ("zeros", (2, 3, 4, 5))


def test_zeros_of_a_narrow_quantity_are_numbers(column):
    values = np.concatenate([[0.0] * 4, np.linspace(20.0, 90.0, 60)])
    assert check_assay_limits(column("x", "1", values)) == []


def test_a_count_of_whole_cells_can_be_zero(column):
    values = np.concatenate([[0.0] * 4, spread().round()])
    assert check_assay_limits(column("x", "cell", values)) == []


def test_zeros_that_the_source_censors_are_known(column):
    values = np.concatenate([[0.0] * 4, spread()])
    data = column("car_t_blood", "cell/uL", values, censored=values == 0)
    assert check_assay_limits(data) == []


def test_grades_percent_and_signed_values_have_no_assay_limit(column):
    assert check_assay_limits(column("grade", "1", np.tile([0, 1, 2, 3, 4, 4, 4.0], 30))) == []
    percent = np.concatenate([np.linspace(20, 90, 60), [100.0] * 20])
    assert check_assay_limits(column("x", "percent", percent)) == []
    signed = np.concatenate([spread(), [400.0] * 20])
    assert check_assay_limits(column("x", "1", signed, signed=True)) == []


def test_few_values_say_nothing(column):
    few = column("x", "pg/mL", [*np.geomspace(1, 100, 12), 400, 400, 400])
    assert find_ceiling(few) is find_floor(few) is None


def test_a_ceiling_below_a_diluted_sample_and_a_floor_above_another_plate_are_found(column):
    values = np.concatenate([[0.3, 0.35], [0.54] * 40, spread(), [1458.0] * 8, [12000.0]])
    data = column("il6_serum", "pg/mL", values)
    ceiling, floor = find_ceiling(data), find_floor(data)
    assert (ceiling.text, int(ceiling.hit.sum()), ceiling.beyond) == ("1458", 8, 1)
    assert (floor.text, int(floor.hit.sum()), floor.beyond) == ("0.54", 40, 2)
    words = [one.message for one in check_assay_limits(data)]
    assert "a pile with 1 values above it" in words[0]
    assert "a pile with 2 values below it" in words[1]
