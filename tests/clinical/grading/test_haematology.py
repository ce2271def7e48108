"""Neutrophils by duration, platelets apart, and criteria of IEC-HS."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from livingdrug.clinical.grading.haematology import (
    days_at_most,
    icaht_unconfirmed,
    platelet_grade_unconfirmed,
)
from livingdrug.clinical.grading.iechs import iechs_criteria_unconfirmed
from livingdrug.core.errors import OptionError


def daily(low_days, low=400.0, last=30):
    """Neutrophils of a month that are low from day 5 on for some days."""
    days = np.arange(last + 1.0)
    return days, np.where((days >= 5) & (days < 5 + low_days), low, 2000.0)


@pytest.mark.parametrize(
    ("low_days", "low", "early"),
    [(0, 400, 0), (1, 500, 1), (1, 501, 0), (6, 400, 1), (7, 400, 2), (13, 400, 2), (14, 400, 3),
     (6, 100, 1), (7, 100, 3), (13, 100, 3), (14, 100, 4), (14, 101, 3)],
)  # fmt: skip
def test_early(low_days, low, early):
    found = icaht_unconfirmed(*daily(low_days, low))
    assert (found.early, found.early_why) == ((early, early), "")


def test_never_above_500_is_4():
    days = np.arange(31.0)
    values = np.full(31, 450.0)
    assert icaht_unconfirmed(days, values).early == (4, 4)
    values[17] = 501
    assert icaht_unconfirmed(days, values).early == (3, 3)


@pytest.mark.parametrize(
    ("anc", "late"), [(1501, 0), (1500, 1), (1000, 2), (500, 3), (100, 4), (0, 4)]
)
def test_late(anc, late):
    days, values = daily(0)
    found = icaht_unconfirmed([*days, 31, 40], [*values, 3000, anc])
    assert (found.early, found.late) == ((0, 0), (late, late))
    assert icaht_unconfirmed(days, values).late == (0, 4)  # nothing was measured then


def test_day_30_is_early():
    days, values = daily(0)
    values[30] = 100
    found = icaht_unconfirmed([*days, 31], [*values, 2000])
    assert (found.early, found.late) == ((1, 1), (0, 0))


def test_a_month_not_followed_to_its_end_has_an_open_early_grade():
    found = icaht_unconfirmed(*daily(8, last=20))
    assert found.early == (2, 3)  # nine days that are not known may all be at or below 100
    found = icaht_unconfirmed(*daily(8, last=14))
    assert found.early == (2, 4)
    assert "not known from day 15.17 to 30" in found.early_why
    assert found.days_500 == (8, 15)


def test_counts_too_far_apart_open_the_grade():
    days, values = [0, 4, 8, 12, 19, 26, 30], [2000, 400, 400, 900, 900, 900, 900]
    found = icaht_unconfirmed(days, values)
    assert found.days_500 == (5, 11)  # low from day 4 to 9 surely, from day 1 to 12 perhaps
    assert found.early == (1, 2)
    assert icaht_unconfirmed(days, values, hold=4).early == (2, 2)  # each count until the next
    seldom = icaht_unconfirmed([0, 10, 20, 30], [2000, 2000, 2000, 2000])
    assert seldom.early == (0, 3)  # a low count between two of them may have been missed


def test_samples_of_other_hours_do_not_change_whole_days():
    days, values = daily(7)
    shifted = days + np.where(np.arange(31) % 2, 0.2, -0.1)
    shifted[0] = 0
    assert icaht_unconfirmed(shifted, values).early == (2, 2)


def test_a_longer_neutropenia_never_lowers_the_grade():
    grades = [icaht_unconfirmed(*daily(n)).early for n in range(27)]
    assert grades == sorted(grades)


BLOCKS = st.lists(
    st.tuples(st.sampled_from([50.0, 100.0, 300.0, 500.0, 900.0]), st.integers(1, 12)),
    min_size=31, max_size=31,
)  # fmt: skip
MONTH = st.lists(st.floats(0, 3000), min_size=31, max_size=31)


@settings(max_examples=200, deadline=None)
@given(BLOCKS, st.integers(0, 30), st.integers(1, 14))
def test_leaving_counts_out_only_widens_the_bounds(blocks, first, length):
    values = np.repeat([v for v, _ in blocks], [n for _, n in blocks])[:31]
    days, last = np.arange(31.0), min(first + length, 31)
    kept = (days < first) | (days >= last)
    assume(kept.any())
    if first > 0 and last < 31 and length < 7:
        # between counts on one side, at most a week apart, the count is taken to stay there
        for limit in (100, 500):
            if (values[first - 1] <= limit) == (values[last] <= limit):
                values[first:last] = values[first - 1]
    whole = icaht_unconfirmed(days, values)
    assert whole.early[0] == whole.early[1]
    low, high = icaht_unconfirmed(days[kept], values[kept]).early
    assert low <= whole.early[0] <= high


@settings(max_examples=100, deadline=None)
@given(MONTH, st.integers(0, 30), st.floats(0, 3000))
def test_a_lower_count_never_lowers_the_early_grade(values, place, less):
    lower = list(values)
    lower[place] = min(values[place], less)
    days = np.arange(31.0)
    before, after = (icaht_unconfirmed(days, v).early for v in (values, lower))
    assert after >= before


def test_the_longest_run_counts_not_the_sum():
    days = [0, 1, 2, 3, 4, 5, *range(6, 31)]
    values = [400, 900, 400, 400, 400, 400, *[900] * 25]
    assert days_at_most(days, values, 500) == (4.0, 4.0)


def test_bad_series():
    for days, values in (([0, 0], [1, 1]), ([0], [1, 2]), ([], []), ([0], [-1])):
        with pytest.raises(OptionError):
            icaht_unconfirmed(days, values)


def test_platelets_have_their_own_scale():
    values = [150e3, 149e3, 75e3, 74.9e3, 50e3, 49e3, 25e3, 24e3]
    assert platelet_grade_unconfirmed(values).tolist() == [0, 1, 1, 2, 2, 3, 3, 4]
    assert platelet_grade_unconfirmed([145e3], lower_limit=140e3).tolist() == [0]
    with pytest.raises(OptionError):
        platelet_grade_unconfirmed([-1])
    with pytest.raises(OptionError, match="75000 or more"):
        platelet_grade_unconfirmed([100e3], lower_limit=60e3)


def test_iechs_says_what_is_met_and_gives_no_grade():
    found = iechs_criteria_unconfirmed(
        ferritin=2001, ferritin_reference=1000, transaminases=200, transaminases_reference=40,
        fibrinogen=149, after_crs=True, cytopenia=False,
    )  # fmt: skip
    assert found.ferritin is True
    assert found.transaminases is False  # exactly five times is not above
    assert found.fibrinogen is True
    assert found.common() == (2, 3)
    assert not hasattr(found, "grade")


def test_iechs_knows_what_it_does_not_know():
    assert iechs_criteria_unconfirmed(ferritin=2000).ferritin is None
    assert iechs_criteria_unconfirmed().common() == (0, 5)
    with pytest.raises(OptionError):
        iechs_criteria_unconfirmed(ferritin=-1)
