"""Virtual trials of known people: statistics, spread, attrition, and what cannot be given."""

import dataclasses
import math

import numpy as np
import pytest
import xarray as xr

from livingdrug.core.errors import OptionError
from livingdrug.data.published_readouts import choose, published_readouts
from livingdrug.trial.estimands import DAYS_PER_MONTH, Measure, measure_of
from livingdrug.trial.virtual import _drawn, over_trials, predict, trial_values

N = 4000


def people(**columns):
    rng = np.random.default_rng(2)
    response = np.arange(N) % 10 < 7
    cmax = np.exp(rng.normal(np.where(response, 3.0, 2.0), 0.8))
    given = {
        "response": response,
        "no_response": ~response,
        "cmax": cmax,
        "tmax": np.where(np.arange(N) % 5 == 0, np.nan, 10.0),
        "failure_day": rng.exponential(365.0, N),
        "dose": np.where(np.arange(N) < 1000, 1.5e8, 4.5e8),
        "crs_ge3": np.zeros(N, bool),
    } | columns
    return xr.Dataset(
        {name: ("subject", np.asarray(v)) for name, v in given.items()},
        {"subject": np.arange(N)},
        {"followed_until": 730.0, "no_residual_negative": "no marrow"},
    )


def test_a_rate_has_the_spread_of_counting():
    found = predict(people(), Measure("response", "rate"), 50, unit="%")
    sd = 100 * math.sqrt(0.7 * 0.3 / 50)
    assert found.median == pytest.approx(70, abs=2.1)  # one person of 50 is 2 points
    assert found.sd == pytest.approx(sd, rel=0.1)  # 1000 trials: SD known to 2 %
    assert found.upper - found.lower == pytest.approx(2 * 1.645 * sd, abs=3)


def test_nobody_of_n_is_not_a_certainty():
    found = predict(people(), Measure("crs_ge3", "rate"), 11, unit="%")
    assert (found.median, found.lower, found.upper) == (0, 0, 0)
    assert found.sd == pytest.approx(100 * math.sqrt((0.5 / 12) * (11.5 / 12) / 11))


def test_a_geometric_mean_among_responders():
    found = predict(
        people(), Measure("cmax", "geometric mean", among="response"), 79, unit="copies/ug"
    )
    assert math.log(found.median) == pytest.approx(3.0, abs=0.05)
    assert found.sd == pytest.approx(0.8 / math.sqrt(79), rel=0.1)


def test_who_has_no_value_is_left_out_of_a_median():
    found = predict(people(), Measure("tmax", "median"), 20, unit="d")
    assert found.median == 10.0
    assert math.isnan(found.sd)  # every trial gives the same visit: no spread to measure with


def test_event_free_and_median_time_follow_the_survival_curve():
    free = predict(people(), Measure("failure_day", "event-free", 365.0), 400, unit="%")
    assert free.median == pytest.approx(100 * math.exp(-1), abs=2)
    middle = predict(people(), Measure("failure_day", "median time"), 401, unit="mo")
    assert middle.median == pytest.approx(365 * math.log(2) / DAYS_PER_MONTH, rel=0.06)


def test_a_median_that_is_not_reached_is_infinite_and_has_no_sd():
    late = np.where(np.arange(N) % 10 < 2, 100.0, np.inf)
    found = predict(people(failure_day=late), Measure("failure_day", "median time"), 60, unit="mo")
    assert math.isinf(found.median)
    assert math.isnan(found.sd)
    assert found.exists


def test_the_not_infused_have_no_response_and_fail_at_once():
    whole = Measure("response", "rate", from_enrolment=True)
    found = predict(people(), whole, 100, unit="%", infused_share=0.8)
    assert found.median == pytest.approx(0.8 * 70, abs=2)
    free = Measure("failure_day", "event-free", 1.0, from_enrolment=True)
    assert predict(people(), free, 100, unit="%", infused_share=0.8).median == pytest.approx(
        80, abs=2
    )


def test_a_dose_arm_and_a_ratio():
    response = np.concatenate([np.ones(1000, bool), np.zeros(N - 1000, bool)])
    arm = Measure("response", "rate", dose=1.5e8)
    assert predict(people(response=response), arm, 54, unit="%").median == 100
    ratio = Measure("cmax", "ratio", ratio_of="geometric mean")
    assert math.log(predict(people(), ratio, 200, unit="ratio").median) == pytest.approx(1, abs=0.1)


def test_what_cannot_be_given_says_why():
    nobody = Measure("cmax", "median", among="crs_ge3")
    assert "nobody" in predict(people(), nobody, 10, unit="d").why
    assert predict(people(), Measure("residual_negative", "rate"), 10, unit="%").why == "no marrow"
    late = Measure("failure_day", "event-free", 36 * DAYS_PER_MONTH)
    never = Measure("failure_day", "median time", 36 * DAYS_PER_MONTH)
    assert "month 36" in predict(people(), never, 10, unit="mo").why
    why = predict(people(), late, 10, unit="%").why
    assert why == "at month 36; people are followed to day 730 (--days 1096)"
    assert "most virtual trials" in over_trials(np.array([np.nan, np.nan, 1.0]), "d", 5).why


def test_the_same_seed_gives_the_same_trials_and_another_other_ones():
    first, again, other = (
        trial_values(people(), Measure("response", "rate"), 30, seed=seed) for seed in (1, 1, 2)
    )
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_trials_of_few_lots_differ_more_than_trials_of_many():
    """Lots of 20 of which half respond fully: a trial of 40 has two of them."""
    lot = np.arange(N) // 20
    response = np.random.default_rng(5).random(N // 20)[lot] < 0.5
    given = people(response=response, lot=lot)
    given.attrs["people_per_lot"] = 20
    found = trial_values(given, Measure("response", "rate"), 40, seed=1)
    share = response.mean()
    assert set(found) <= {0.0, 50.0, 100.0}
    # two lots: the variance of one person's response, halved; 1000 trials give it to 2 %
    assert found.std() == pytest.approx(100 * math.sqrt(share * (1 - share) / 2), rel=0.06)
    assert found.mean() == pytest.approx(100 * share, abs=4)
    mixed = people(response=np.arange(N) % 10 < 7, lot=lot)
    mixed.attrs["people_per_lot"] = 20
    alike = trial_values(mixed, Measure("response", "rate"), 50, seed=1)
    assert alike.std() == pytest.approx(100 * math.sqrt(0.7 * 0.3 / 50), rel=0.1)


def test_people_of_a_trial_come_from_its_lots_only_and_each_is_equally_likely():
    lot = np.arange(N) // 20
    given = people(lot=lot, cmax=np.arange(N, dtype=float))
    given.attrs["people_per_lot"] = 20
    pool = np.flatnonzero(np.arange(N) % 7 != 0)
    places = pool[_drawn(pool, given, 50, 1, 1000)]
    assert np.isin(places, pool).all()
    lots = np.sort(lot[places], axis=1)
    assert (1 + (np.diff(lots, axis=1) != 0).sum(axis=1)).max() <= 3  # 50 people, lots of 20
    # a mean over 1,000 trials of 3 lots
    assert places.mean() == pytest.approx(pool.mean(), abs=3.5 * N / math.sqrt(12 * 2600))


def test_impossible_sizes_are_refused():
    with pytest.raises(OptionError, match="n = 0"):
        predict(people(), Measure("response", "rate"), 0, unit="%")


def published(trial, endpoint, **where):
    rows = [
        row
        for row in choose(published_readouts(trial))
        if row.endpoint == endpoint and all(getattr(row, k) == v for k, v in where.items())
    ]
    assert len(rows) == 1
    return rows[0]


@pytest.mark.parametrize(
    ("trial", "endpoint", "where", "expected"),
    [
        ("eliana", "CR_or_CRi", {}, Measure("complete", "rate")),
        ("eliana", "Cmax_geomean", {"people": "responders"},
         Measure("cmax", "geometric mean", among="response")),
        ("eliana", "EFS_36mo", {}, Measure("failure_day", "event-free", 36 * DAYS_PER_MONTH)),
        ("zuma2", "ORR", {"people": "enrolled"}, Measure("response", "rate", from_enrolment=True)),
        ("zuma7", "EFS_24mo", {},
         Measure("failure_day", "event-free", 24 * DAYS_PER_MONTH, from_enrolment=True)),
        ("karmma", "ORR", {"part": "450e6 cells"}, Measure("response", "rate", dose=4.5e8)),
        ("karmma", "Cmax_ratio_responder_to_nonresponder", {}, Measure("cmax", "ratio")),
        ("zuma1", "CAR_T_median_day28", {}, Measure("car_day_28", "median", 28.0)),
    ],
)  # fmt: skip
def test_a_published_endpoint_is_one_statistic(trial, endpoint, where, expected):
    assert measure_of(published(trial, endpoint, **where)) == expected


@pytest.mark.parametrize(
    ("trial", "endpoint", "where", "why"),
    [
        ("eliana", "OS_36mo", {}, "deaths from the disease"),
        ("eliana", "infused", {}, "an input"),
        ("eliana", "RFS_36mo", {"part": "not censored at transplant"}, "transplants"),
        ("eliana", "Tmax_typical", {}, "typical value of a population model"),
        ("zuma1", "ORR", {"people": "enrolled"}, "investigators"),
        ("zuma5", "PFS_median", {"part": "follicular lymphoma"}, "follicular lymphoma"),
        ("zuma7", "EFS_HR", {}, "comparator"),
        ("liu2020", "GvHD_any", {}, "not simulated"),
        ("felix", "CR", {}, "CRi"),
    ],
)
def test_what_has_no_simulated_counterpart_is_named_with_the_reason(trial, endpoint, where, why):
    found = measure_of(published(trial, endpoint, **where))
    assert isinstance(found, str)
    assert why in found


def test_every_row_of_the_table_is_a_measure_or_has_a_reason():
    rows = choose(published_readouts())
    found = [measure_of(row) for row in rows]
    assert all(isinstance(item, Measure) or len(item) > 10 for item in found)
    # most of the table can be compared in principle; a rule that refuses all would be no use
    assert sum(isinstance(item, Measure) for item in found) > 200


def test_a_measured_part_of_a_control_arm_is_still_refused():
    row = dataclasses.replace(published("eliana", "CR_or_CRi"), people="control arm")
    assert measure_of(row) == "no comparator is simulated"
