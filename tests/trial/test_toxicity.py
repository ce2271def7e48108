"""Grades and drugs of each person."""

import numpy as np
import pytest

from livingdrug.clinical.grading.rungs import PressureRung
from livingdrug.core.errors import DataError
from livingdrug.trial.policies.simulate import Watched
from livingdrug.trial.toxicity import grade_columns, toxicity

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
