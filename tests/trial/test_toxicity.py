"""Grades and drugs of each person."""

import numpy as np
import pytest

from livingdrug.clinical.grading.rungs import PressureRung
from livingdrug.core.errors import DataError
from livingdrug.records.read import Number
from livingdrug.records.trial import NeurologicalBackground
from livingdrug.trial.policies.simulate import Watched
from livingdrug.trial.toxicity import (
    grade_columns,
    hyperinflammation,
    neurological_events,
    toxicity,
)

DAYS = np.array([-1.0, 0, 1, 2, 3, 4, 5])


def test_onset_duration_and_worst_grade():
    grades = np.array([[0, 0, 1, 2, 0, 1, 0], [3, 0, 0, 0, 0, 0, 0], [0, 0, 0, 0, 4, 4, 4]])
    found = grade_columns(DAYS, grades, "crs")
    assert found["crs_grade"].tolist() == [2, 0, 4]
    assert found["crs_any"].tolist() == [True, False, True]
    assert found["crs_ge3"].tolist() == [False, False, True]
    assert found["crs_onset"].tolist() == pytest.approx([1, np.nan, 3], nan_ok=True)
    assert found["crs_duration"].tolist() == pytest.approx([3, np.nan, 2], nan_ok=True)
    with pytest.raises(DataError, match="do not fit"):
        grade_columns(DAYS, grades[:, 1:], "crs")


def test_what_was_seen_is_graded_on_the_scale_of_the_trial():
    none = np.zeros((2, 7), np.int8)
    pressure = none.copy()
    pressure[0, 3] = PressureRung.ONE_PRESSOR_LOW
    icans = none.copy()
    icans[1, 5] = 2
    fever = np.zeros((2, 7), bool)
    fever[0, 2:5] = True
    watched = Watched(
        days=np.arange(7.0), fever=fever, pressure=pressure, oxygen=none, icans=icans,
        treated=np.zeros((2, 7), bool), doses={"tocilizumab": np.array([2, 0])},
        first={"tocilizumab": np.array([3.0, np.nan])},
    )  # fmt: skip
    for scale, grade in (("penn", 3), ("lee", 2)):  # the same people, two scales
        _, found = toxicity(scale, watched)
        assert found["crs_grade"].tolist() == [grade, 0]
        assert found["crs_onset"].tolist() == pytest.approx([2, np.nan], nan_ok=True)
    assert found["icans_any"].tolist() == [False, True]
    assert found["tocilizumab"].tolist() == [True, False]
    assert found["tocilizumab_doses"].tolist() == [2, 0]
    assert found["steroid"].tolist() == [False, False]


HALVES = np.arange(0.0, 12.0, 0.5)


def monocytes(*spans):
    """Return activation 0.9 within the spans of days and 0.7 outside, so that 0.8 is half-way."""
    found = np.full((1, HALVES.size), 0.7)
    for first, last in spans:
        found[0, (first <= HALVES) & (last >= HALVES)] = 0.9
    return found


@pytest.mark.parametrize(
    ("spans", "resolution", "onset"),
    [
        (((2, 6),), 1.0, 1.75),  # from half-way between two samples
        (((2, 6),), 3.0, 3.0),  # only what comes after the syndrome counts: 3.25 days
        (((2, 6),), 3.25, np.nan),  # 3 days is not more than 3
        (((2, 6),), 9.0, np.nan),
        (((2, 6),), np.nan, np.nan),  # no syndrome, or it goes on
        (((2, 4), (6, 8)), 1.0, np.nan),  # a break starts it anew
        (((2, 3), (5, 9)), 1.0, 4.75),
        (((9, 12),), 1.0, np.nan),  # 2.75 days until the end
    ],
)
def test_hyperinflammation_lasts_and_follows_the_syndrome(spans, resolution, onset):
    found = hyperinflammation(HALVES, monocytes(*spans), np.array([resolution]))
    assert found["iechs_onset"][0] == pytest.approx(onset, nan_ok=True)
    assert found["iechs_any"][0] == np.isfinite(onset)


def test_hyperinflammation_does_not_depend_on_the_other_people_or_on_the_samples():
    rng = np.random.default_rng(2)
    walks = np.clip(0.8 + 0.1 * rng.normal(size=(40, HALVES.size)).cumsum(axis=1), 0, 1)
    ends = rng.uniform(0, 6, 40)
    whole = hyperinflammation(HALVES, walks, ends)
    assert 0 < whole["iechs_any"].sum() < 40
    alone = hyperinflammation(HALVES, walks[7:8], ends[7:8])
    assert alone["iechs_any"][0] == whole["iechs_any"][7]
    fine = np.arange(0.0, HALVES[-1] + 0.01, 0.125)  # the same straight lines, read more often
    finer = np.stack([np.interp(fine, HALVES, walk) for walk in walks])
    again = hyperinflammation(fine, finer, ends)
    assert again["iechs_onset"] == pytest.approx(whole["iechs_onset"], nan_ok=True)


def test_a_failed_person_has_none_and_shapes_must_fit():
    found = hyperinflammation(HALVES, np.full((1, HALVES.size), np.nan), np.array([1.0]))
    assert not found["iechs_any"][0]
    with pytest.raises(DataError, match="do not fit"):
        hyperinflammation(HALVES[1:], monocytes((2, 6)), np.array([1.0]))


def test_other_neurological_events_come_on_top_whoever_has_neurotoxicity():
    n = 20_000
    own = np.arange(n) % 5 == 0
    columns = {"icans_any": own, "icans_ge3": own & (np.arange(n) % 10 == 0)}
    background = NeurologicalBackground(Number(0.3, "1"), Number(0.05, "1"))
    found = neurological_events(columns, background, np.arange(n), seed=1)
    # 20,000 people give a share to 0.003
    assert found["neuro_any"].mean() == pytest.approx(1 - 0.8 * 0.7, abs=0.012)
    assert found["neuro_ge3"].mean() == pytest.approx(1 - 0.9 * 0.95, abs=0.01)
    assert (found["neuro_any"] >= found["neuro_ge3"]).all()
    assert (found["neuro_any"] >= own).all()
    part = neurological_events(
        {name: column[50:90] for name, column in columns.items()}, background, np.arange(50, 90), 1
    )
    assert np.array_equal(part["neuro_any"], found["neuro_any"][50:90])
