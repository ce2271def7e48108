"""Numbers that fill a gap."""

import numpy as np

from livingdrug.data.checks.placeholders import check_placeholders


def ward(first):
    """Thirty people with eight days each; some of them start at one value."""
    values = np.random.default_rng(3).lognormal(3, 1, (30, 8)).round(2)
    values[:12, 0] = first
    return values


def column_of(column, values):
    n, days = values.shape
    return column(
        "il6_serum", "pg/mL", values.ravel(), days=np.tile(np.arange(days), n),
        subjects=[f"P{who}" for who in range(n) for _ in range(days)],
    )  # fmt: skip


def test_one_value_in_many_people_on_one_day_is_found(column):
    (found,) = check_placeholders(column_of(column, ward(2.0)))
    assert (found.level, len(found.rows), len(found.subjects)) == ("warning", 12, 12)
    assert "2 on day 0 in 12 people" in found.message


def test_a_value_that_is_common_on_all_days_is_none(column):
    values = ward(2.0)
    values[12:, 1:3] = 2.0
    assert check_placeholders(column_of(column, values)) == []


def test_a_set_of_one_day_and_a_grade_have_none(column):
    assert check_placeholders(column_of(column, ward(2.0)[:, :1])) == []
    assert check_placeholders(column_of(column, np.clip(ward(2.0), 0, 4).round())) == []
