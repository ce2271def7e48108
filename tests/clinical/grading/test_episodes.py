"""When a fever counts, when it is waived, when an episode ends."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from livingdrug.clinical.grading.episodes import grade_over_time
from livingdrug.clinical.grading.rungs import CRS_TABLES
from livingdrug.core.errors import OptionError

DAYS = np.arange(0, 5, 0.25)
N = DAYS.size


def course(*, fever=(), pressure=0, oxygen=0, treated=(), scale="astct"):
    """One person; fever and treatment by index, support constant or by index."""

    def at(places, value=True, kind=bool):
        row = np.zeros((1, N), dtype=kind)
        for place in places:
            row[0, place] = value
        return row

    def rungs(given):
        if isinstance(given, int):
            return np.full((1, N), given)
        row = np.zeros((1, N), dtype=int)
        for place, rung in given.items():
            row[0, place] = rung
        return row

    return grade_over_time(
        scale, DAYS, at(fever), rungs(pressure), rungs(oxygen), treated=at(treated)
    )


def test_without_a_fever_nothing_counts():
    assert course(pressure=3).peak.tolist() == [0]
    assert np.isnan(course(pressure=3).onset[0])


def test_a_fever_opens_an_episode_and_support_counts_from_then_on():
    found = course(fever=range(4, 12), pressure={2: 3, 6: 2})
    assert found.grade[0, 2] == 0
    assert found.grade[0, 4] == 1
    assert found.grade[0, 6] == 2
    assert (found.onset[0], found.peak[0], found.peak_day[0]) == (1.0, 2, 1.5)
    assert found.resolution[0] == DAYS[12]


def test_a_fever_that_is_gone_for_more_than_a_day_counts_no_longer():
    found = course(fever=[0, 1], pressure=3)
    assert found.grade[0, 1 + 4] == 3  # a day after the last fever
    assert found.grade[0, 1 + 5] == 0


def test_after_treatment_support_counts_without_fever():
    found = course(fever=[0, 1], pressure=3, treated=[1])
    assert (found.grade[0] == 3).all()


def test_a_waiver_ends_with_the_episode():
    # treated, then a day without fever and support; low pressure later is no syndrome
    found = course(fever=[0], treated=[0], pressure={12: 3})
    assert found.grade[0, 12] == 0


def test_a_new_fever_opens_a_second_episode():
    found = course(fever=[0, 1, 12, 13])
    assert found.episode[0].max() == 2
    assert found.onset[0] == 0.0


def test_a_treatment_before_any_fever_waives_nothing():
    found = course(fever=[4], treated=[0], pressure={4: 2, 12: 3})
    assert found.grade[0, 12] == 0


def test_a_syndrome_that_goes_on_has_no_resolution():
    assert np.isnan(course(fever=range(N)).resolution[0])


@given(st.data(), st.sampled_from(sorted(CRS_TABLES)))
def test_more_support_never_lowers_a_grade(data, scale):
    fever = np.ones((1, N), bool)
    low = np.array([data.draw(st.lists(st.integers(0, 4), min_size=N, max_size=N))])
    more = np.array([data.draw(st.lists(st.integers(0, 1), min_size=N, max_size=N))])
    oxygen = np.array([data.draw(st.lists(st.integers(0, 4), min_size=N, max_size=N))])
    before = grade_over_time(scale, DAYS, fever, low, oxygen)
    after = grade_over_time(scale, DAYS, fever, low + more, oxygen)
    assert (after.grade >= before.grade).all()


def test_people_are_graded_apart():
    fever = np.array([[True] * N, [False] * N])
    found = grade_over_time("lee", DAYS, fever, np.full((2, N), 2), np.zeros((2, N), int))
    assert found.peak.tolist() == [2, 0]


@pytest.mark.parametrize("days", [[0, 1, 1], [0, 2, 1]])
def test_days_must_increase(days):
    blank = np.zeros((1, 3), int)
    with pytest.raises(OptionError, match="increase"):
        grade_over_time("astct", days, blank > 0, blank, blank)


def test_shapes_must_agree():
    with pytest.raises(OptionError, match="shapes"):
        grade_over_time("astct", [0, 1], np.zeros((1, 2), bool), np.zeros((1, 3)), np.zeros((1, 2)))
