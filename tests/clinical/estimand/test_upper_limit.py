"""Values above the upper limit: both sides are held to it, and a statistic at it is a bound."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.clinical.estimand.test_visits import make_course

from livingdrug.clinical.estimand import compare, estimand_text
from livingdrug.clinical.estimand.statistics import above_limit
from livingdrug.data.study import Observation, build_study


def person(name, value, **more):
    return Observation(7.0, "car_t_blood", value, "cell/uL", subject=name, **more)


def capped(name, limit=400.0):
    return person(name, math.nan, uloq=limit, alq=True)


def course(*values):
    return make_course([[0.0, value, 0.0] for value in values])


def compared(observations, *values):
    study = build_study("ward", observations, organism="human")
    (row,) = compare(course(*values), study)
    return row


def test_a_median_below_the_limit_does_not_depend_on_what_lies_above_it():
    rows = [person("A", 10.0), person("B", 20.0), capped("C")]
    near, far = (compared(rows, 5.0, 15.0, top) for top in (401.0, 1e6))
    assert (near.published, near.simulated, near.uloq) == (20.0, 15.0, 400.0)
    assert (far.published, far.simulated, far.upper) == (near.published, near.simulated, near.upper)
    assert "1 of 3 published values above the upper limit" in near.note
    assert "1 of 3 simulated values above the upper limit" in near.note
    assert "upper limit of quantification 400 cell/uL" in estimand_text(near)


def test_a_median_at_the_limit_is_called_a_bound():
    row = compared([person("A", 10.0), capped("B"), capped("C")], 500.0, 600.0, 5.0)
    assert (row.published, row.simulated) == (400.0, 400.0)
    assert "published median is at or above the upper limit" in row.note
    assert "simulated median is at or above the upper limit" in row.note


def test_the_smallest_of_several_limits_holds_for_all():
    row = compared([person("A", 900.0), capped("B", 400.0), capped("C", 600.0)], 450.0, 500.0, 1.0)
    assert (row.uloq, row.published, row.simulated) == (400.0, 400.0, 400.0)
    assert "the smallest held for all" in row.note


def test_both_limits_of_one_visit():
    below = person("A", math.nan, lloq=2.0, blq=True, uloq=400.0)
    row = compared([below, person("B", 30.0, lloq=2.0, uloq=400.0), capped("C")], 1.0, 30.0, 900.0)
    assert (row.published, row.simulated) == (30.0, 30.0)
    assert (row.lloq, row.uloq) == (2.0, 400.0)


def test_a_pooled_value_above_the_limit_counts_as_it():
    pooled = Observation(7.0, "car_t_blood", math.nan, "cell/uL", "median", "", 9, uloq=400.0,
                         alq=True)  # fmt: skip
    row = compared([pooled], 500.0, 600.0)
    assert (row.published, row.simulated) == (400.0, 400.0)
    assert "published as above the upper limit" in row.note


def test_without_an_upper_limit_nothing_changes():
    row = compared([person("A", 10.0), person("B", 5000.0)], 10.0, 9000.0)
    assert math.isnan(row.uloq)
    assert row.simulated == pytest.approx(4505.0)
    assert "upper limit" not in row.note


@given(
    st.lists(st.floats(0.1, 1e6), min_size=1, max_size=30),
    st.floats(1.0, 1e5),
)
def test_quantiles_below_the_limit_are_those_of_the_full_values(values, limit):
    full = np.array(values)
    held, n = above_limit(full, np.zeros(full.size, dtype=bool), limit)
    assert n == int((full > limit).sum())
    assert held.max() <= limit or n == 0
    # an order statistic below the limit is not moved
    for quantile in (0.1, 0.5, 0.9):
        true = np.quantile(full, quantile, method="lower")
        assert np.quantile(held, quantile, method="lower") == min(true, limit)
