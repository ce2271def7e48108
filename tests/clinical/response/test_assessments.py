"""From rows of a table to visits of people."""

from __future__ import annotations

import numpy as np
import pytest

from livingdrug.clinical.response.assessments import from_long, need_baseline
from livingdrug.core.errors import DataError

NAN = float("nan")


def test_rows_in_any_order_become_visits() -> None:
    found = from_long(
        ["b", "a", "a", "b", "a"],
        [28, 56, -3, 0, 28],
        {"sum": [40, 25, 50, 60, 30], "extra": [1, NAN, NAN, NAN, 2]},
    )
    assert found.subjects == ("b", "a")
    assert np.array_equal(found.day, [[28, NAN], [28, 56]], equal_nan=True)
    assert np.array_equal(found.at("sum"), [[40, NAN], [30, 25]], equal_nan=True)
    assert found.start("sum").tolist() == [60, 50]
    assert np.array_equal(found.latest("extra"), [[1, 1], [2, 2]])
    assert np.isnan(found.at("never measured")).all()
    assert found.visited().tolist() == [[True, False], [True, True]]


def test_the_last_known_value_before_treatment_is_the_baseline() -> None:
    found = from_long(["a"] * 4, [-10, -2, 0, 28], {"sum": [44, 50, NAN, 30]})
    assert found.start("sum").tolist() == [50]


def test_all_faults_are_listed() -> None:
    with pytest.raises(DataError) as caught:
        from_long(["a", "a", "a", "c"], [0, 28, 28, 0], {"sum": [1, 2, 3, 4]})
    text = str(caught.value)
    assert "already has a row on day 28" in text
    assert "'c' has no visit after day 0" in text
    with pytest.raises(DataError, match="4 rows"):
        from_long(["a"] * 4, [0, 1, 2, 3], {"sum": [1]})


def test_a_missing_baseline_is_named_for_each_person() -> None:
    found = from_long(["a", "b", "b"], [28, 0, 28], {"sum": [1, 2, 3]})
    with pytest.raises(DataError, match="subject a: has no 'sum' on day 0"):
        need_baseline(found, ["sum"], "RECIST")
