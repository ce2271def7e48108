"""One person under two names."""

import numpy as np

from livingdrug.data.checks.people import check_people


def people(column, shift=0.0, change=0):
    rng = np.random.default_rng(7)
    series = [rng.lognormal(3, 1, 12).round(1) for _ in range(6)]
    series[5] = series[2].copy()
    series[5][:change] += 1.0
    days = [np.arange(12.0) + (shift if who == 5 else 0.0) for who in range(6)]
    return column(
        "crp_serum", "mg/L", np.concatenate(series), days=np.concatenate(days),
        subjects=[f"P{who}" for who in range(6) for _ in range(12)],
    )  # fmt: skip


def test_a_person_entered_twice_is_found_also_on_other_days(column):
    for shift in (0.0, 3.0):
        (found,) = check_people([people(column, shift)])
        assert found.subjects == ("P2", "P5")
        assert found.level == "warning"
        assert "share 9 runs of 4 equal values (crp_serum)" in found.message
        assert "split" in found.fix


def test_a_repeat_of_a_part_is_found_and_a_short_one_is_chance(column):
    assert len(check_people([people(column, change=6)])) == 1  # 6 values in common: 3 runs
    assert check_people([people(column, change=7)]) == []  # 5 values in common: 2 runs


def test_grades_repeat_in_everybody(column):
    values = np.tile([0, 0.5, 1, 2, 3, 2, 1, 0.5, 0, 0], 8)
    assert check_people([column("icans_grade", "1", values)]) == []
