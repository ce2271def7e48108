"""A course from the records, and what a policy with a safety switch does in it."""

import numpy as np
import pytest

import livingdrug as ld
from livingdrug.core.errors import DataError, OptionError, UnknownNameError
from livingdrug.trial.course_plan import plan_course
from livingdrug.trial.run import run_trial


def test_a_course_is_the_run_of_its_plan():
    choices = {"dose": 2e8, "lymphodepletion": "cy", "policy": "none", "days": 28}
    made = ld.course("axi-cel", "lbcl", **choices, subjects=3, seed=4)
    again = run_trial(plan_course("axi-cel", "lbcl", **choices), 3, seed=4)
    assert made.people.equals(again.people)
    assert made.people["dose"].values.tolist() == [2e8] * 3


def test_without_a_number_of_people_it_is_the_one_at_the_population_values():
    made = ld.course("car_t_cd19_41bb", "b_all", policy="none", days=28)
    assert made.people.sizes["subject"] == 1
    # trajectory A of the reference model, day 14: (ES + M + X + I) / 5e8
    cells = (6.76603e10 + 1.41923e8 + 2.10834e9) / 5e8
    assert made.course["car_cells_blood"].sel(time=14).item() == pytest.approx(cells, rel=1e-4)


def test_a_parameter_of_the_user_reaches_the_model():
    made = ld.course("car_t_cd19_41bb", "b_all", values={"T0": 1e10}, days=28)
    assert made.course["tumor_burden"].values[0, 0] == pytest.approx(1e10)


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"subjects": 0}, OptionError),
        ({"dose": -1.0}, OptionError),
        ({"policy": "no_such"}, UnknownNameError),
        ({"edits": ("hla_e",)}, DataError),
    ],
)
def test_what_means_nothing_is_refused(changes, error):
    with pytest.raises(error):
        ld.course("car_t_cd19_41bb", "b_all", **changes)


def test_the_safety_switch_is_pulled_once_in_those_with_grade_3_and_kills_nine_in_ten():
    told = {"subjects": 40, "days": 28}
    before = ld.course("car_t_cd19_41bb", "b_all", policy="none", **told)
    after = ld.course("car_t_cd19_41bb", "b_all", policy="safety_switch_grade_3", **told)
    severe = before.people["crs_ge3"].values
    assert 0 < severe.sum() < 40  # so that both kinds of people are looked at
    log = after.course
    pulled = log["event_name"].values == "safety_switch"
    subjects, days = log["event_subject"].values[pulled], log["event_time"].values[pulled]
    assert sorted(subjects.tolist()) == np.flatnonzero(severe).tolist()
    for subject, day in zip(subjects, days, strict=True):
        first = before.course["time"].values[(before.grades[subject] >= 3).argmax()]
        assert day == pytest.approx(first)
        for state in ("I", "ES", "X"):
            whole = before.course[state].sel(subject=subject, time=day).item()
            # two runs agree within their tolerance of 1e-6, with room for what it grows to
            left = log[state].sel(subject=subject, time=day).item()
            assert left == pytest.approx(0.1 * whole, rel=1e-3, abs=1)
    untouched = np.flatnonzero(~severe)[0]
    same = log["ES"].sel(subject=untouched).values
    assert same == pytest.approx(before.course["ES"].sel(subject=untouched).values, rel=1e-3)
