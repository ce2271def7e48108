"""A virtual trial beside the published one, and the run behind it."""

import dataclasses
import math

import numpy as np
import pytest

from livingdrug.core.errors import DataError, OptionError, UnknownNameError
from livingdrug.data.published_readouts import PublishedReadout
from livingdrug.trial.compare import (
    Row,
    compare_trial,
    model_scores,
    scored,
    scores_beside,
)
from livingdrug.trial.course_plan import plan_course
from livingdrug.trial.run import plan_trial, run_trial, uncertain_trials
from livingdrug.trial.scores import Prediction

NAN = float("nan")


def published(value=50.0, n=100, unit="%", part="", endpoint="ORR", **limits):
    return PublishedReadout(
        "t", endpoint, "infused", part, n, value, limits.get("lower", NAN),
        limits.get("upper", NAN), unit, "", True, "", "c", "", "",
    )  # fmt: skip


def row(item, predicted, **baselines):
    return Row(item, item.n, predicted, baselines=baselines)


def test_z_is_in_points_for_a_rate_and_in_logarithms_otherwise():
    assert row(published(60.0), Prediction(50, 40, 60, 5.0)).z == pytest.approx(2)
    days = row(published(10.0, unit="d"), Prediction(5, 4, 6, 0.2))
    assert days.z == pytest.approx(math.log(2) / 0.2)
    for nothing in (
        Prediction(why="none"),
        Prediction(math.inf, 8, math.inf, NAN),
        Prediction(5, 5, 5, NAN),
    ):
        assert math.isnan(row(published(10.0, unit="mo"), nothing).z)


def test_a_published_interval_is_that_of_the_source_or_exact_from_n():
    given = row(published(52.0, n=93, lower=41.0, upper=62.0), Prediction(why="-"))
    assert given.published_interval == (41.0, 62.0, False)
    low, high, computed = row(published(73.0, n=11), Prediction(why="-")).published_interval
    assert computed
    assert (low, high) == pytest.approx((39.0, 94.0), abs=0.1)  # 8 of 11, Clopper-Pearson
    assert not row(published(10.0, unit="d"), Prediction(why="-")).published_interval[2]


def test_a_dose_level_does_not_count_beside_all_people():
    good = Prediction(50, 40, 60, 5.0)
    rows = [
        row(published(), good),
        row(published(part="450e6 cells"), good),
        row(published(endpoint="CR", part="450e6 cells"), good),
    ]
    assert [r.published.endpoint for r in scored(rows)] == ["ORR", "CR"]
    assert model_scores(rows).n == 2


def test_a_baseline_is_scored_on_the_readouts_that_both_predict():
    rows = [
        row(published(), Prediction(50, 40, 60, 5.0), base=Prediction(10, 0, 20)),
        row(published(endpoint="CR"), Prediction(50, 40, 60, 5.0), base=Prediction(why="none")),
        row(published(endpoint="PR"), Prediction(why="none"), base=Prediction(50, 40, 60)),
    ]
    theirs, ours = scores_beside(rows, "base")
    assert (theirs.n, theirs.covered, ours.n, ours.covered) == (1, 0, 1, 1)


@pytest.fixture(scope="module")
def liu():
    return run_trial(plan_trial("liu2020"), 60, seed=5)


def test_the_whole_table_of_a_trial_is_there(liu):
    rows = compare_trial(liu.plan.trial, liu.people, seed=5)
    found = {r.published.endpoint: r for r in rows}
    assert {"ORR", "CR", "CRS_any", "GvHD_any", "persistence_min"} <= set(found)
    assert found["ORR"].compared
    assert found["ORR"].n == 11
    assert "not simulated" in found["GvHD_any"].predicted.why
    # 11 people: what a trial can show is a multiple of 1 in 11
    assert (found["ORR"].predicted.median * 0.11) % 1 == pytest.approx(0, abs=1e-9)


def test_people_do_not_depend_on_the_piece_they_are_simulated_in(liu):
    again = run_trial(liu.plan, 60, seed=5, piece=17)
    for name in ("cmax", "event_day", "best", "dose"):
        assert np.array_equal(liu.people[name].values, again.people[name].values, equal_nan=True)


def test_the_same_seed_gives_the_same_people_and_another_seed_others(liu):
    other = run_trial(liu.plan, 60, seed=6)
    assert not np.array_equal(liu.people["cmax"].values, other.people["cmax"].values)


def test_a_draw_of_population_values_keeps_the_people_and_moves_what_happens(liu):
    draws = list(uncertain_trials(liu.plan, 2, 30, seed=5))
    assert len(draws) == 2
    for drawn in draws:
        assert np.array_equal(drawn["dose"].values, liu.people["dose"].values[:30])
        assert not np.array_equal(drawn["cmax"].values, liu.people["cmax"].values[:30])
    rows = compare_trial(liu.plan.trial, liu.people, seed=5, uncertain=draws)
    plain = compare_trial(liu.plan.trial, liu.people, seed=5)
    for one, other in zip(rows, plain, strict=True):
        assert one.predicted == other.predicted
        assert not other.uncertain.exists
        assert one.uncertain.exists == one.predicted.exists


def test_a_trial_that_is_followed_longer_reads_later_endpoints():
    plan = plan_trial("eliana", days=1100.0)
    made = run_trial(plan, 20, seed=1)
    rows = {r.published.endpoint: r for r in compare_trial(plan.trial, made.people, seed=1)}
    assert rows["EFS_36mo"].compared
    assert "month 60" in rows["RFS_60mo"].predicted.why or not rows["RFS_60mo"].compared


def test_bad_names_and_numbers_are_refused_before_any_work(tmp_path):
    with pytest.raises(UnknownNameError, match="did you mean"):
        plan_trial("eliane")
    with pytest.raises(UnknownNameError, match="policy"):
        plan_trial("eliana", policy="nobody")
    with pytest.raises(OptionError, match="day 28"):
        plan_trial("eliana", days=10.0)
    bad = tmp_path / "mine.toml"
    bad.write_text("title = 'x'\n", encoding="utf-8")
    with pytest.raises(DataError, match="readouts"):
        plan_trial(str(bad))
    with pytest.raises(OptionError, match="subjects = 0"):
        run_trial(plan_trial("liu2020"), 0, seed=1)


def test_a_course_is_a_trial_of_one_arm():
    plan = plan_course("car_t_cd19_41bb", "b_all", dose=2e8)
    made = run_trial(plan, 1, seed=1, typical=True)
    assert made.people["dose"].item() == 2e8
    assert made.course.sizes["subject"] == 1
    parameters = {p.name: p.value for p in plan.model.parameters}
    # everybody at the population values: no draw of the burden
    assert made.course["TP"].values[0, 0] == pytest.approx(parameters["T0"], rel=1e-6)
    with pytest.raises(OptionError, match="dose = -1"):
        plan_course("car_t_cd19_41bb", "b_all", dose=-1)


def test_a_replaced_assay_changes_the_readouts_and_nothing_else(liu):
    assay = dataclasses.replace(liu.plan.trial.assay, method="flow", lloq=1.0)
    trial = dataclasses.replace(liu.plan.trial, assay=assay)
    follow = dataclasses.replace(liu.plan.follow, trial=trial)
    plan = dataclasses.replace(liu.plan, trial=trial, follow=follow)
    other = run_trial(plan, 60, seed=5)
    assert np.array_equal(other.people["best"].values, liu.people["best"].values)
    assert np.nanmedian(other.people["cmax"].values) < np.nanmedian(liu.people["cmax"].values)


def test_results_do_not_depend_on_threads_and_a_policy_changes_only_what_it_treats(liu):
    again = run_trial(liu.plan, 60, seed=5, threads=2)
    for name in ("cmax", "crs_grade", "tocilizumab_doses"):
        assert np.array_equal(liu.people[name].values, again.people[name].values, equal_nan=True)
    none = run_trial(dataclasses.replace(liu.plan, policy="none"), 60, seed=5)
    assert not none.people["tocilizumab"].values.any()
    assert not none.people["steroid"].values.any()
    # the same person before anything is given: who never had a grade is the same person
    calm = (liu.people["crs_grade"].values == 0) & (liu.people["icans_grade"].values == 0)
    assert calm.any()
    assert np.allclose(
        none.people["cmax"].values[calm], liu.people["cmax"].values[calm], equal_nan=True
    )


def test_neurological_events_are_compared_only_with_a_background_of_the_user(tmp_path):
    from importlib import resources

    plan = plan_trial("zuma1", days=91.0)
    made = run_trial(plan, 60, seed=1)
    rows = {r.published.endpoint: r for r in compare_trial(plan.trial, made.people, seed=1)}
    assert "neurological_background" in rows["ICANS_any"].predicted.why
    text = (resources.files("livingdrug.records") / "trials/zuma1.toml").read_text("utf-8")
    mine = tmp_path / "mine.toml"
    share = '{ value = 0.25, unit = "1" }'
    given = f"neurological_background = {{ any = {share}, ge3 = {share} }}\n"
    mine.write_text(given + text, encoding="utf-8")
    plan = plan_trial(str(mine), days=91.0)
    again = run_trial(plan, 60, seed=1)
    assert any("other neurological events in 25 %" in line for line in again.assumed)
    rows = {r.published.endpoint: r for r in compare_trial(plan.trial, again.people, seed=1)}
    for endpoint, own in (("ICANS_any", "icans_any"), ("ICANS_ge3", "icans_ge3")):
        share = float(again.people[own.replace("icans", "neuro")].mean())
        assert share > float(made.people[own].mean())
        # the median of 1,000 trials of 101 people, a step of a point
        assert rows[endpoint].predicted.median == pytest.approx(100 * share, abs=2)
    # what is simulated is the same
    assert np.array_equal(again.people["icans_grade"].values, made.people["icans_grade"].values)


def test_readouts_over_all_enrolled_hold_the_attrition_of_the_trial():
    made = run_trial(plan_trial("zuma2", days=365.0), 200, seed=1)
    rows = {
        (r.published.endpoint, r.published.people): r
        for r in compare_trial(made.plan.trial, made.people, seed=1)
    }
    infused, enrolled = rows["ORR", "infused"], rows["ORR", "enrolled"]
    assert (infused.n, enrolled.n) == (68, 74)
    # 68 of 74 enrolled were infused; medians of trials of 74 people are known to 1.4 points
    expected = infused.predicted.median * 68 / 74
    assert enrolled.predicted.median == pytest.approx(expected, abs=3.0)
