"""Simulated and real people go through the same call."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import livingdrug as ld
from livingdrug.clinical.grading.crs import grade_crs
from livingdrug.clinical.grading.episodes import crs_episodes
from livingdrug.clinical.grading.simulated import simulated_ward
from livingdrug.clinical.grading.summary import summarize
from livingdrug.clinical.monitoring.daily import read_daily_folder
from livingdrug.clinical.monitoring.read import read_monitoring
from livingdrug.clinical.severity import REFERENCE_LADDER, support_in_course
from livingdrug.core.errors import OptionError

SCALES = ("astct", "lee", "penn")
DAYS = np.arange(0.0, 30.0, 0.5)
WARD = Path(__file__).parents[3] / "shared" / "data" / "bwh_crs_icans"


@pytest.fixture(scope="module")
def simulated():
    """Twenty people of the reference model, and what was seen of them."""
    made = ld.course("car_t_cd19_41bb", "b_all", policy="none", days=30, subjects=40)
    course = made.course.sel(time=DAYS, method="nearest").assign_coords(time=DAYS)
    fever, pressure, oxygen = support_in_course(REFERENCE_LADDER, course)
    # the file holds a temperature, so that a person's own fever threshold is in the reading
    warm = np.where(fever, 38.5, 37.0)
    return course, warm, fever, pressure, oxygen


def test_a_simulated_ward_is_graded_as_the_simulation_was(simulated, tmp_path):
    course, warm, fever, pressure, oxygen = simulated
    labels = [str(label) for label in course["subject"].values]
    file = tmp_path / "ward.csv"
    file.write_text(simulated_ward(labels, DAYS, warm, pressure, oxygen), encoding="utf-8")
    graded = grade_crs(read_monitoring(file, recorded=["all"]), SCALES)
    assert len(graded.people) == len(labels)
    assert graded.left_out == {}
    expected = crs_episodes(DAYS, fever, pressure, oxygen, scales=SCALES)
    assert expected.peak("astct").max() >= 3
    for row, person in enumerate(graded.people):
        for scale in SCALES:
            peak = int(expected.peak(scale)[row])
            assert summarize(person, scale).peak == (peak, peak), (row, scale)


@pytest.mark.skipif(not WARD.is_dir(), reason="the ward data are not there")
def test_a_real_ward_is_graded_by_the_same_call():
    graded = grade_crs(read_daily_folder(WARD), SCALES)
    assert len(graded.people) > 100
    low, high = zip(*(summarize(person, "astct").peak for person in graded.people), strict=True)
    # vasopressors and oxygen are not recorded there: fever bounds a grade from below only
    assert max(low) == 1
    assert max(high) == 4


def test_shapes_must_fit():
    blank = np.zeros((1, 2))
    with pytest.raises(OptionError, match=r"all must be \(1, 3\)"):
        simulated_ward(["a"], [0, 1, 2], blank, blank, blank)
