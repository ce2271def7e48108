"""Order of time, impossible values, and all checks together."""

import numpy as np

from livingdrug.data.checks.impossible import check_impossible
from livingdrug.data.checks.run import check_measured
from livingdrug.data.checks.time_order import check_time_order


def test_rows_that_go_back_repeat_or_contradict(column):
    data = column(
        "crp_serum", "mg/L", [1, 2, 3, 3, 4, 5],
        subjects=["A", "A", "A", "A", "A", "B"], days=[0, 5, 3, 3, 5, 0],
    )  # fmt: skip
    found = check_time_order([data])
    assert [one.rows for one in found] == [(4,), (5,), (6,)]
    assert all(one.level == "warning" and one.subjects == ("A",) for one in found)
    assert check_time_order([column("crp_serum", "mg/L", np.arange(30.0))]) == []


def test_one_finding_for_all_columns_of_a_file(column):
    twice = [column(t, "mg/L", [1, 2], subjects=["A", "A"], days=[0, 0]) for t in ("a", "b")]
    (found,) = check_time_order(twice)
    assert found.rows == (3,)


def test_impossible_values(column):
    (found,) = check_impossible(column("crp_serum", "mg/L", [1, -2, 3]))
    assert (found.level, found.rows) == ("error", (3,))
    assert check_impossible(column("x", "1", [1, -2, 3], signed=True)) == []
    assert check_impossible(column("x", "percent", [40, 101]))[0].rows == (3,)
    assert check_impossible(column("x", "1", [1, np.inf]))[0].message == "1 values are infinite"


def test_errors_come_first_and_nothing_is_found_in_nothing(column):
    values = np.concatenate([[0.0] * 5, np.geomspace(1, 300, 60), [-1.0]])
    levels = [one.level for one in check_measured([column("crp_serum", "mg/L", values)])]
    assert levels == ["error", "warning"]
    assert check_measured([]) == ()
