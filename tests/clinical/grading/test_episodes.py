"""Episodes: onset, waiver of fever, resolution, and that worse signs never lower a grade."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from livingdrug.clinical.grading.episodes import EpisodeTracker, crs_episodes
from livingdrug.clinical.grading.rungs import CRS_TABLES, OxygenRung, PressureRung
from livingdrug.core.errors import OptionError, UnknownNameError

FLUIDS = PressureRung.FLUIDS


def one(times, fever, pressure=0, oxygen=0, **options):
    """One subject; the grade by ASTCT and the episode of each time."""
    rows = {
        name: np.atleast_2d(value)
        for name, value in {"pressure": pressure, "oxygen": oxygen, **options}.items()
        if name not in ("quiet", "scales")
    }
    rest = {name: options[name] for name in ("quiet", "scales") if name in options}
    course = crs_episodes(times, np.atleast_2d(fever).astype(bool), **rows, **rest)
    return course


def grades(course, scale="astct"):
    return course.grade[scale][0].tolist()


def test_no_fever_no_syndrome():
    course = one([0, 1, 2], [0, 0, 0], pressure=[5, 5, 0], oxygen=[0, 4, 4])
    assert grades(course) == [0, 0, 0]
    assert course.count().tolist() == [0]
    assert np.isnan(course.onset()[0])
    assert np.isnan(course.resolution()[0])
    assert not course.resolved[0]


def test_fever_is_needed_until_a_treatment_waives_it():
    times, fever, pressure = [0, 0.25, 0.5], [1, 0, 0], [0, FLUIDS, FLUIDS]
    assert grades(one(times, fever, pressure)) == [1, 0, 0]
    assert grades(one(times, fever, pressure, treated=[0, 0, 1])) == [1, 0, 2]
    assert grades(one(times, fever, pressure, treated=[0, 1, 0])) == [1, 2, 2]


def test_a_treatment_at_the_onset_waives():
    assert grades(one([0, 1], [1, 0], [0, FLUIDS], treated=[1, 0])) == [1, 2]


def test_a_treatment_before_the_onset_does_not_waive():
    assert grades(one([0, 1, 2], [0, 1, 0], [0, 0, FLUIDS], treated=[1, 0, 0])) == [0, 1, 0]


def test_a_waiver_without_signs_is_no_grade():
    course = one(
        [0, 0.5, 1.0], [1, 0, 0], treated=[1, 0, 0], intravenous=[1, 1, 1], scales=("penn",)
    )
    assert grades(course, "penn") == [2, 0, 0]


def test_the_waiver_ends_with_the_episode():
    times = [0, 1, 2, 3, 4, 5]
    course = one(
        times, [1, 0, 0, 0, 1, 0], [0, 0, 0, FLUIDS, 0, FLUIDS], treated=[1, 0, 0, 0, 0, 0]
    )
    # resolved at day 1; fluids on day 3 belong to no episode; the second has no treatment
    assert grades(course) == [1, 0, 0, 0, 1, 0]
    assert course.episode[0].tolist() == [1, 0, 0, 0, 2, 2]


def test_a_new_episode_right_after_a_gap_has_no_waiver_either():
    # nothing was looked at between day 1 and 5: the old episode ends and a new one starts at once
    course = one([0, 1, 5, 6], [1, 0, 1, 0], [0, 0, 0, FLUIDS], treated=[1, 0, 0, 0])
    assert course.episode[0].tolist() == [1, 0, 2, 2]
    assert grades(course) == [1, 0, 1, 0]


def test_resolution_is_the_first_time_without_signs():
    course = one([0, 1, 1.5, 2, 2.5, 3], [1, 1, 0, 0, 0, 0])
    assert course.onset().tolist() == [0.0]
    assert course.resolution().tolist() == [1.5]
    assert course.episode[0].tolist() == [1, 1, 0, 0, 0, 0]
    assert course.resolved.tolist() == [True]


def test_a_record_that_ends_before_the_quiet_time_leaves_the_episode_open():
    course = one([0, 1, 1.5, 2.4], [1, 1, 0, 0])
    assert np.isnan(course.resolution()[0])
    assert course.episode[0].tolist() == [1, 1, 1, 1]
    assert one([0, 1, 1.5, 2.5], [1, 1, 0, 0]).resolution().tolist() == [1.5]


def test_fever_that_returns_within_the_quiet_time_is_the_same_episode():
    assert one([0, 0.5, 1.0], [1, 0, 1]).count().tolist() == [1]
    assert one([0, 0.5, 1.0], [1, 0, 1], quiet=0).count().tolist() == [2]
    assert one([0, 0.5, 1.5], [1, 0, 1]).count().tolist() == [2]


def test_hypotension_alone_keeps_an_episode_open_without_a_grade():
    course = one([0, 1, 3, 4], [1, 0, 0, 1], [0, FLUIDS, FLUIDS, 0])
    assert grades(course) == [1, 0, 0, 1]
    assert course.count().tolist() == [1]


def test_signs_under_a_treatment_before_the_record_are_an_episode_without_a_seen_fever():
    course = one([0, 1, 3], [0, 0, 0], [FLUIDS, FLUIDS, 0], masked=[1, 0, 0])
    assert grades(course) == [2, 2, 0]
    assert course.unseen[0].tolist() == [True, True, True]  # not known to be over
    assert grades(one([0, 1], [0, 0], [0, FLUIDS], masked=[1, 0])) == [0, 0]


def test_peak_is_the_first_day_with_the_highest_grade():
    course = one([0, 1, 2, 3], [1, 1, 1, 1], [0, 3, 2, 3])
    assert course.peak("astct").tolist() == [3]
    assert course.peak_day("astct").tolist() == [1.0]


def test_death_is_grade_5():
    assert grades(one([0, 1], [1, 0], death=[0, 1])) == [1, 5]


def test_every_scale_grades_the_same_episode():
    course = one([0, 1], [1, 1], [1, PressureRung.ONE_PRESSOR_HIGH], scales=tuple(CRS_TABLES)[:3])
    assert grades(course, "astct") == [2, 3]
    assert grades(course, "lee") == [1, 3]
    assert grades(course, "penn") == [2, 4]


def test_subjects_do_not_mix():
    course = crs_episodes(
        [0, 1], [[True, False], [False, True]], [[0, 2], [2, 2]], 0, treated=[[1, 0], [0, 0]]
    )
    assert course.grade["astct"].tolist() == [[1, 2], [0, 2]]
    assert course.onset().tolist() == [0.0, 1.0]


def test_the_tracker_says_since_when_there_is_fever():
    tracker = EpisodeTracker(2)
    tracker.advance(1.0, [True, False], 0, 0)
    tracker.advance(4.5, [True, True], 0, 0)
    assert tracker.fever_since.tolist() == [1.0, 4.5]
    tracker.advance(5.0, [False, True], 0, 0)
    assert np.isnan(tracker.fever_since[0])


def test_no_times_and_no_subjects():
    empty = crs_episodes([], np.zeros((2, 0), dtype=bool), 0, 0)
    assert empty.peak("astct").tolist() == [0, 0]
    assert np.isnan(empty.onset()).all()
    assert np.isnan(empty.resolution()).all()
    assert empty.count().tolist() == [0, 0]
    assert crs_episodes([0, 1], np.zeros((0, 2), dtype=bool), 0, 0).peak("astct").size == 0


def test_bad_arguments():
    with pytest.raises(OptionError, match="times must increase"):
        one([0, 0], [1, 1])
    with pytest.raises(OptionError, match="n_subjects, n_times"):
        crs_episodes([0, 1], [True, False], 0, 0)
    with pytest.raises(OptionError, match="quiet"):
        EpisodeTracker(1, quiet=-1)
    with pytest.raises(UnknownNameError, match="scale"):
        one([0], [1], scales=("aste",))


N = 7
FLAGS = st.lists(st.booleans(), min_size=N, max_size=N)
PRESSURES = st.lists(st.sampled_from(PressureRung), min_size=N, max_size=N)
OXYGENS = st.lists(st.sampled_from(OxygenRung), min_size=N, max_size=N)


@given(FLAGS, FLAGS, PRESSURES, OXYGENS, FLAGS, PRESSURES, OXYGENS, st.sampled_from([0, 1, 2.5]))
def test_worse_signs_never_lower_a_grade(fever, treated, press, oxygen, hot, worse, air, quiet):
    times = np.arange(N) * 0.5
    scales = ("astct", "lee", "penn")
    mild = one(times, fever, press, oxygen, treated=treated, quiet=quiet, scales=scales)
    bad = one(
        times,
        np.array(fever) | np.array(hot),
        np.maximum(press, worse),
        np.maximum(oxygen, air),
        treated=treated,
        quiet=quiet,
        scales=scales,
    )
    for scale in scales:
        assert (bad.grade[scale] >= mild.grade[scale]).all()


@given(FLAGS, FLAGS, PRESSURES, OXYGENS)
def test_more_treatment_never_lowers_a_grade(fever, treated, press, oxygen):
    times = np.arange(N) * 0.5
    few = one(times, fever, press, oxygen, treated=[False] * N)
    some = one(times, fever, press, oxygen, treated=treated)
    assert (some.grade["astct"] >= few.grade["astct"]).all()


@given(FLAGS, FLAGS, PRESSURES, OXYGENS)
def test_a_grade_lies_in_an_episode_that_began_with_fever(fever, treated, press, oxygen):
    course = one(np.arange(N) * 0.5, fever, press, oxygen, treated=treated)
    graded = course.grade["astct"][0] > 0
    assert (course.episode[0][graded] > 0).all()
    numbers = course.episode[0]
    for number in set(numbers[numbers > 0].tolist()):
        assert fever[int(np.argmax(numbers == number))]
