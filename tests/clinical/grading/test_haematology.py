"""Neutrophils by duration, platelets apart, and criteria of IEC-HS."""

from __future__ import annotations

import numpy as np
import pytest

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
    [(0, 400, 0), (1, 500, 1), (6, 400, 1), (7, 400, 2), (13, 400, 2), (14, 400, 3),
     (6, 100, 1), (7, 100, 3), (13, 100, 3), (14, 100, 4), (14, 101, 3)],
)  # fmt: skip
def test_early(low_days, low, early):
    assert icaht_unconfirmed(*daily(low_days, low)).early == early


def test_never_above_500_is_4():
    days = np.arange(31.0)
    assert icaht_unconfirmed(days, np.full(31, 450.0)).early == 4


@pytest.mark.parametrize(
    ("anc", "late"), [(1501, 0), (1500, 1), (1000, 2), (500, 3), (100, 4), (0, 4)]
)
def test_late(anc, late):
    days, values = daily(0)
    found = icaht_unconfirmed([*days, 31, 40], [*values, 3000, anc])
    assert (found.early, found.late) == (0, late)


def test_a_month_not_followed_to_its_end_has_no_early_grade():
    found = icaht_unconfirmed(*daily(8, last=20))
    assert found.early is None
    assert found.late is None
    assert np.isnan(found.days_500)


def test_a_longer_neutropenia_never_lowers_the_grade():
    grades = [icaht_unconfirmed(*daily(n)).early for n in range(27)]
    assert grades == sorted(grades)


def test_the_longest_run_counts_not_the_sum():
    assert days_at_most([0, 1, 2, 3, 6], [400, 900, 400, 400, 900], 500) == 4.0


def test_bad_series():
    for days, values in (([0, 0], [1, 1]), ([0], [1, 2]), ([], []), ([0], [-1])):
        with pytest.raises(OptionError):
            icaht_unconfirmed(days, values)


def test_platelets_have_their_own_scale():
    values = [150e3, 149e3, 75e3, 74.9e3, 50e3, 49e3, 25e3, 24e3]
    assert platelet_grade_unconfirmed(values).tolist() == [0, 1, 1, 2, 2, 3, 3, 4]
    with pytest.raises(OptionError):
        platelet_grade_unconfirmed([-1])


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
