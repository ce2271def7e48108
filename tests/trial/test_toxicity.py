"""Grades and drugs of each person."""

import numpy as np
import pytest
import xarray as xr

from livingdrug.core.errors import DataError
from livingdrug.trial.toxicity import drug_columns, grade_columns

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


def test_drugs_are_counted_from_the_log():
    course = xr.Dataset(
        {
            "event_name": ("event", ["tocilizumab", "infusion", "tocilizumab", "dexamethasone"]),
            "event_subject": ("event", [7, 5, 7, 5]),
            "event_time": ("event", [6.0, 0.0, 5.0, 9.0]),
        },
        {"subject": [5, 6, 7]},
    )
    found = drug_columns(course)
    assert found["tocilizumab"].tolist() == [False, False, True]
    assert found["tocilizumab_doses"].tolist() == [0, 0, 2]
    assert found["tocilizumab_day"].tolist() == pytest.approx([np.nan, np.nan, 5], nan_ok=True)
    assert found["steroid"].tolist() == [True, False, False]
