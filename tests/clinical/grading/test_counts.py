"""Neutrophils and platelets of a ward: bounds, rows and reasons."""

from __future__ import annotations

import math

import pytest
from tests.clinical.grading.wards import ward

from livingdrug.clinical.grading.counts import COUNT_COLUMNS, grade_counts

EARLY, LATE, PLATELETS = COUNT_COLUMNS


def counted(tmp_path, *rows, **options):
    graded = grade_counts(ward(tmp_path, *rows, recorded=()), **options)
    assert not graded.left_out, graded.left_out
    (person,) = graded.people
    return person


def month(low_from, low_to, low="0.4"):
    """Daily neutrophils in 10^9/L, low from one day to before another."""
    days = range(31)
    return [f"anc,{d},,{low if low_from <= d < low_to else '2.0'},10^9/L" for d in days]


def test_the_names_say_that_the_rules_were_not_confirmed():
    assert all(name.endswith("_unconfirmed") for name in COUNT_COLUMNS)


def test_rows_and_rule_of_the_early_grade(tmp_path):
    found = counted(tmp_path, *month(3, 11)).grades[EARLY]
    assert found.grade == (2, 2)
    assert found.rule == ("longest time at or below 500/uL 8 d, at or below 100/uL 0 d")
    assert found.found == "at or below 500/uL day 3 to 11"
    assert found.rows == tuple(range(5, 14))  # days 3 to 10, and day 11 that ends it
    assert found.missing == ""


def test_never_above_500_names_its_rule(tmp_path):
    found = counted(tmp_path, *month(0, 31)).grades[EARLY]
    assert (found.grade, found.rule) == ((4, 4), "never above 500/uL")


def test_the_late_grade_names_the_lowest_count(tmp_path):
    rows = (*month(0, 0), "anc,40,,0.9,10^9/L", "anc,50,,1.8,10^9/L")
    found = counted(tmp_path, *rows).grades[LATE]
    assert (found.grade, found.rows, found.found) == ((2, 2), (33,), "on day 40")


def test_platelets_do_not_change_icaht_nor_the_reverse(tmp_path):
    alone = counted(tmp_path, *month(3, 11))
    both = counted(tmp_path, *month(3, 11), "platelets,9,,12,10^9/L")
    assert both.grades[EARLY] == alone.grades[EARLY]
    assert both.grades[LATE] == alone.grades[LATE]
    assert (both.grades[PLATELETS].grade, both.grades[PLATELETS].rows) == ((4, 4), (33,))
    assert alone.grades[PLATELETS].grade == (0, 4)
    assert "no platelet count" in alone.grades[PLATELETS].missing


def test_the_limit_of_the_laboratory(tmp_path):
    row = "platelets,9,,145,10^9/L"
    assert counted(tmp_path, row).grades[PLATELETS].grade == (1, 1)
    assert counted(tmp_path, row, platelet_limit=140e3).grades[PLATELETS].grade == (0, 0)


def test_without_neutrophils_icaht_is_open(tmp_path):
    person = counted(tmp_path, "platelets,9,,100,10^9/L")
    for name in (EARLY, LATE):
        assert person.grades[name].grade == (0, 4)
        assert person.grades[name].missing == "no neutrophil count"
    assert math.isnan(person.days_500[0])
    assert person.nadirs["platelets"] == (100e3, 9)


def test_counts_before_the_infusion_are_no_nadir(tmp_path):
    person = counted(tmp_path, "anc,-3,,0.1,10^9/L", *month(0, 0), "platelets,-3,,5,10^9/L",
                     "platelets,1,,200,10^9/L")  # fmt: skip
    assert person.nadirs == {"anc": (2000.0, 0.0), "platelets": (200e3, 1.0)}
    assert person.grades[EARLY].grade == (0, 0)
    assert person.grades[PLATELETS].grade == (0, 0)


@pytest.mark.parametrize("rows", [("age,,,50,year",), ("anc,-3,,0.1,10^9/L",)])
def test_people_without_counts_are_left_out_and_named(tmp_path, rows):
    graded = grade_counts(ward(tmp_path, *rows))
    assert graded.people == ()
    assert "no neutrophils and no platelets" in str(graded.left_out["P"][0])
