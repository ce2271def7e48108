"""Daily ward data: on invented files always, on the real ones where a user has them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from livingdrug.clinical.grading.crs import grade_crs
from livingdrug.clinical.grading.icans import grade_icans
from livingdrug.clinical.grading.summary import summarize
from livingdrug.clinical.monitoring.daily import read_daily_folder
from livingdrug.core.errors import DataError

REAL = Path(__file__).resolve().parents[4] / "shared" / "data" / "bwh_crs_icans"


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "patients.csv").write_text("id,age,sex\nA,60,F\nB,70,M\n", encoding="utf-8")
    (tmp_path / "daily.csv").write_text(
        "id,day,temp_c,crp_mg_per_l,ferritin_ug_per_l,icans_grade\n"
        "A,0,37.0,5,,0\nA,1,38.6,50,900,0\nA,2,37.1,,,1.5\nB,0,390,,,0\n",
        encoding="utf-8",
    )
    return tmp_path


def test_invented_files(folder):
    ward = read_daily_folder(folder)
    assert "390 is impossible" in str(ward.left_out["B"][0])
    (person,) = grade_crs(ward).people
    assert summarize(person, "astct").peak == (1, 4)
    assert "vasopressors are not recorded" in summarize(person, "astct").reason
    (mind,) = grade_icans(ward).people
    assert np.nanmax(mind.recorded) == 1.5
    assert not any(e.item == "crp" for e in ward.people["A"])


def test_a_missing_file_or_column(folder):
    (folder / "patients.csv").write_text("id\nA\n", encoding="utf-8")
    with pytest.raises(DataError, match="'age' is missing"):
        read_daily_folder(folder)
    (folder / "daily.csv").unlink()
    with pytest.raises(DataError, match=r"daily\.csv: the file does not exist"):
        read_daily_folder(folder)


@pytest.mark.skipif(not REAL.is_dir(), reason="the daily ward data are not here")
def test_real_data_give_intervals_because_pressors_and_oxygen_are_not_recorded():
    ward = read_daily_folder(REAL)
    assert len(ward.people) == 136
    graded = grade_crs(ward, ("astct",))
    for person in graded.people:
        found = summarize(person, "astct")
        assert found.peak in {(0, 4), (1, 4)}
        for word in ("vasopressors are not recorded", "oxygen is not recorded"):
            assert word in found.reason
    fevers = {
        subject
        for subject, entries in ward.people.items()
        if any(e.item == "temperature" and e.value >= 38 and e.start >= 0 for e in entries)
    }
    assert {p.subject for p in graded.people if summarize(p, "astct").peak[0]} == fevers


@pytest.mark.skipif(not REAL.is_dir(), reason="the daily ward data are not here")
def test_real_data_hold_the_recorded_icans_grades():
    people = grade_icans(read_daily_folder(REAL)).people
    recorded = [np.nanmax(p.recorded) for p in people if not np.isnan(p.recorded).all()]
    assert max(recorded) <= 4
    assert min(recorded) >= 0
    assert all(p.grades[0].max() == 0 and p.grades[1].max() == 4 for p in people)
