"""What the page on response says of neurotoxicity by grade, where a user has the data."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from livingdrug.clinical.survival import kaplan_meier

BWH = Path(__file__).resolve().parents[4] / "shared" / "data" / "bwh_crs_icans"


@pytest.mark.skipif(not BWH.is_dir(), reason="the daily ward data are not here")
def test_icans_by_grade_of_crs():
    with (BWH / "patients.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    event = np.array([float(r["icans_max"]) > 0 for r in rows])
    time = np.array(
        [
            float(r["icans_onset_day"] if e else r["last_day"])
            for r, e in zip(rows, event, strict=True)
        ]
    )
    severe = np.array([float(r["crs_peak_grade"]) >= 2 for r in rows])
    seen = time > 0
    assert (len(rows), seen.sum(), (time[seen] > 14).sum()) == (136, 133, 4)
    free = {}
    for group in (False, True):
        people = seen & (severe == group)
        curve = kaplan_meier(time[people], event[people])
        free[group] = [round(100 * float(x)) for x in curve.at([7, 14])["survival"]]
        assert (people.sum(), event[people].sum()) == ((54, 40) if group else (79, 28))
    assert free == {False: [77, 67], True: [48, 28]}
    both = [
        float(r["icans_onset_day"]) - float(r["crs_onset_day"])
        for r in rows
        if float(r["icans_max"]) > 0 and r["crs_onset_day"]
    ]
    assert (len(both), sum(x < 0 for x in both), np.median(both)) == (50, 3, 5)
