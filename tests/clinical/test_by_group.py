"""Peaks by group, also of real people when their data are there."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from livingdrug.clinical.by_group import peaks_by_group, rank_sum
from livingdrug.core.errors import DataError

CAR22 = Path(__file__).resolve().parents[3] / "shared" / "data" / "car22_nci_pediatric_all"


def test_peaks_are_the_largest_values_on_their_first_day() -> None:
    found = peaks_by_group(
        ["a", "a", "a", "b", "c", "c"],
        [7, 14, 21, 14, 7, np.nan],
        [1, 9, 9, np.nan, 4, 99],
        ["x", "x", "x", "x", "y", "y"],
    )
    assert [one.subjects for one in found] == [("a",), ("c",)]
    assert [one.median_day for one in found] == [14, 7]
    assert [one.median for one in found] == [9, 4]


def test_the_test_is_the_one_it_says() -> None:
    groups = peaks_by_group(
        list("abcdef"), [1] * 6, [1, 2, 3, 10, 11, 12], ["x", "x", "x", "y", "y", "y"]
    )
    # all of one group above all of the other: 2 of 20 arrangements
    assert rank_sum(groups) == pytest.approx(0.1)
    assert np.isnan(rank_sum(groups[:1]))


def test_wrong_rows_are_refused() -> None:
    with pytest.raises(DataError, match="two groups"):
        peaks_by_group(["a", "a"], [1, 2], [1, 2], ["x", "y"])
    with pytest.raises(DataError, match="no row"):
        peaks_by_group(["a"], [1], [1], [""])
    with pytest.raises(DataError, match="each row"):
        peaks_by_group(["a"], [1, 2], [1, 2], ["x"])


@pytest.mark.skipif(not CAR22.is_dir(), reason="the data of car22 are not beside the checkout")
def test_complete_responders_of_car22_peak_higher() -> None:
    with (CAR22 / "patients.csv").open(encoding="utf-8") as file:
        group = {row["id"]: row["cr"] for row in csv.DictReader(file)}
    with (CAR22 / "cellular_kinetics.csv").open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["car_cells_per_ul"]]
    no, yes = peaks_by_group(
        [row["id"] for row in rows],
        [float(row["day"]) for row in rows],
        [float(row["car_cells_per_ul"]) for row in rows],
        [group[row["id"]] for row in rows],
    )
    # what the data's own page states: medians of 611 and 9 cells per uL
    assert (len(yes.subjects), len(no.subjects)) == (28, 11)
    assert (round(yes.median), round(no.median)) == (611, 9)
    assert rank_sum([no, yes]) < 1e-3
