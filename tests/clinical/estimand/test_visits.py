"""Comparisons at visits, on hand-made courses where the answer is known."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
import xarray as xr

from livingdrug.clinical.estimand import compare, estimand_text
from livingdrug.core.errors import DataError, OptionError, SolveError
from livingdrug.core.schema import validate_study

NAN = math.nan
TERM = "car_t_blood"


def make_course(
    values, times=(0.0, 7.0, 14.0), *, unit="cell/uL", term=TERM, status=None, **variables
):
    values = np.asarray(values, dtype=float)
    n = values.shape[0]
    attrs = {"units": unit, "kind": "observable", "long_name": "CAR-T cells in blood", "term": term}
    status = np.zeros(n, np.int8) if status is None else np.asarray(status, np.int8)
    return xr.Dataset(
        {
            "cells": (("subject", "time"), values, attrs),
            "status": (("subject",), status),
            "status_message": (("subject",), np.where(status == 0, "", "too stiff").astype(object)),
            **variables,
        },
        coords={"subject": np.arange(n), "time": ("time", list(times), {"units": "day"})},
        attrs={"organism": "human", "model": "toy"},
    )


def observed_course(values, *, lloq, observed=None):
    """A course whose observations carry a limit."""
    course = make_course(values)
    seen = np.asarray(values if observed is None else observed, dtype=float)
    below = seen < lloq
    dims = ("observable", "subject", "time")
    return course.assign(
        observed=(dims, np.where(below, np.nan, seen)[None]),
        blq=(dims, below[None]),
        lloq=(("observable",), [lloq]),
    ).assign_coords(observable=("observable", ["cells"]))


def make_study(*rows, organism="human"):
    """Each row: dict with the columns that differ from the defaults."""
    base = {
        "time": 7.0, "term": TERM, "value": 5.0, "unit": "cell/uL", "statistic": "median",
        "subject": "", "n": 0, "lower": NAN, "upper": NAN, "lloq": NAN, "blq": False,
        "assay": "unknown",
    }  # fmt: skip
    rows = [base | row for row in rows]
    columns = {
        f"obs_{name}": (("observation",), np.array([row[name] for row in rows])) for name in base
    }
    texts = ("title", "product", "disease", "licence", "assay", "note")
    source = {"doi": "", "authors": [], "year": 2020, "title": ""}
    study = xr.Dataset(
        columns,
        attrs={
            "schema": "livingdrug.study", "schema_version": "1", "id": "made_up",
            "organism": organism, "source": json.dumps(source), **dict.fromkeys(texts, ""),
        },
    )  # fmt: skip
    validate_study(study)
    return study


# Nine people whose value at day 7 is 1 to 9, in no order.
AT_7 = np.array([5, 1, 9, 2, 8, 3, 7, 4, 6], float)
VALUES = np.stack([np.zeros(9), AT_7, 100 * AT_7], axis=1)


@pytest.mark.parametrize(
    ("statistic", "expected"),
    [
        ("median", 5.0),
        ("mean", 5.0),
        # ninth root of 9!
        ("geometric mean", math.factorial(9) ** (1 / 9)),
    ],
)
def test_the_statistic_is_that_of_the_study_at_its_visit(statistic, expected):
    (row,) = compare(make_course(VALUES), make_study({"statistic": statistic, "n": 12}))
    assert row.simulated == pytest.approx(expected, rel=1e-12)  # round-off of logarithms
    # linear quantiles of 1 to 9: 1 + 8 p
    assert (row.lower, row.upper) == pytest.approx((1.4, 8.6))
    assert row.interval == "5-95 % between people"
    assert row.source == "model value"
    assert (row.published, row.n, row.n_simulated, row.variable) == (5.0, 12, 9, "cells")
    assert row.is_comparison
    assert row.note == ""


def test_values_are_converted_to_the_unit_of_the_study():
    course = make_course(1000 * VALUES, unit="cell/mL")
    (row,) = compare(course, make_study({"time": 14.0}))
    assert row.simulated == pytest.approx(500.0)
    assert row.unit == "cell/uL"


def test_another_dimension_is_no_comparison():
    (row,) = compare(make_course(VALUES, unit="copies/ug"), make_study({}))
    assert math.isnan(row.simulated)
    assert not row.is_comparison
    assert row.source == ""
    assert "copies/ug" in row.note
    assert "cell/uL" in row.note


def test_another_term_is_no_comparison_and_lists_what_there_is():
    (row,) = compare(make_course(VALUES), make_study({"term": "il6_serum"}))
    assert not row.is_comparison
    assert "il6_serum" in row.note
    assert TERM in row.note
    assert row.variable == ""


def test_a_visit_that_was_not_simulated_is_named_with_its_neighbours():
    rows = compare(make_course(VALUES), make_study({"time": 7.0}, {"time": 10.0}))
    assert rows[0].is_comparison
    assert not rows[1].is_comparison
    assert "day 10" in rows[1].note
    assert "7 and 14" in rows[1].note
    assert rows[1].published == 5.0


def test_a_visit_is_found_in_spite_of_the_round_off_of_a_unit():
    course = make_course(VALUES, times=(0.0, 0.1 + 0.2, 14.0))  # 0.30000000000000004
    (row,) = compare(course, make_study({"time": 0.3}))
    assert row.simulated == 5.0


def test_another_organism_is_no_comparison():
    (row,) = compare(make_course(VALUES), make_study({}, organism="mouse"))
    assert not row.is_comparison
    assert "mouse" in row.note
    assert row.variable == ""


def test_one_subject_is_no_sample_of_people():
    (row,) = compare(make_course(VALUES[:1]), make_study({}))
    assert math.isnan(row.simulated)
    assert "one simulated subject" in row.note


def test_an_observable_goes_before_the_species_below_it_and_two_observables_are_refused():
    species = (
        ("subject", "time"),
        2 * VALUES,
        {"units": "cell/uL", "kind": "species", "term": TERM},
    )
    (row,) = compare(make_course(VALUES, species=species), make_study({}))
    assert (row.variable, row.simulated) == ("cells", 5.0)
    twin = (*species[:2], species[2] | {"kind": "observable"})
    (row,) = compare(make_course(VALUES, twin=twin), make_study({}))
    assert not row.is_comparison
    assert "cells, twin" in row.note


def test_the_observation_is_read_where_there_is_one():
    course = observed_course(VALUES, lloq=0.5, observed=VALUES + 10)
    (row,) = compare(course, make_study({}))
    assert row.source == "observation"
    assert row.simulated == 15.0


@pytest.mark.parametrize(("limit", "median"), [(3.5, 5.0), (5.5, 2.75), (20.0, 10.0)])
def test_below_the_limit_counts_as_half_of_it(limit, median):
    (row,) = compare(observed_course(VALUES, lloq=limit), make_study({}))
    assert row.simulated == median
    assert row.lloq == limit
    n_below = sum(value < limit for value in AT_7)
    assert f"{n_below} of 9 simulated values below the limit" in row.note
    assert ("the simulated median is below the limit" in row.note) == (median < limit)


def test_the_limit_of_the_study_holds_for_model_values_too():
    (row,) = compare(make_course(VALUES), make_study({"lloq": 6000.0, "unit": "cell/mL"}))
    assert row.source == "model value"
    assert row.simulated == 3000.0  # five of nine are below 6 cell/uL
    assert row.lloq == 6000.0


def test_of_two_limits_the_higher_one_holds():
    course = observed_course(VALUES, lloq=5.5)
    low, high = compare(course, make_study({"lloq": 2.5}, {"lloq": 8.5, "time": 7.0}))
    assert (low.lloq, low.simulated) == (5.5, 2.75)
    assert "higher than the study's" in low.note
    assert (high.lloq, high.simulated) == (8.5, 4.25)


def test_a_published_value_below_the_limit_counts_alike():
    (row,) = compare(make_course(VALUES), make_study({"value": NAN, "blq": True, "lloq": 20.0}))
    assert row.published == row.simulated == 10.0
    assert "published as below the limit" in row.note


def test_a_mark_without_a_limit_is_no_comparison():
    course = observed_course(VALUES, lloq=5.5)
    course["lloq"] = (("observable",), [NAN])
    (row,) = compare(course, make_study({}))
    assert not row.is_comparison
    assert "does not give" in row.note


def test_individual_values_are_summarised_by_their_median_and_the_row_says_so():
    person = {"statistic": "individual", "n": 1}
    study = make_study(
        {**person, "subject": "a", "value": 1.0},
        {**person, "subject": "b", "value": 2.0},
        {**person, "subject": "c", "value": NAN, "blq": True, "lloq": 3.0},
        {**person, "subject": "d", "value": 9000.0, "unit": "cell/mL"},
        {**person, "subject": "a", "value": 5.0, "time": 14.0},
    )
    first, second = compare(make_course(VALUES), study)
    # 1, 1.5 (half the limit), 2, 9; the limit of 3 holds for the nine simulated people: 1.5 twice
    assert (first.published, first.n, first.statistic) == (1.75, 4, "median")
    assert first.lloq == 3.0
    assert first.simulated == 5.0
    assert "median is ours" in first.note
    assert "1 of 4 published values below the limit" in first.note
    assert (second.published, second.n) == (5.0, 1)


def test_a_person_measured_twice_counts_once():
    person = {"statistic": "individual", "n": 1}
    study = make_study(
        *({**person, "subject": "a", "value": value} for value in (1.0, 1.0, 1.0, 1.0)),
        {**person, "subject": "b", "value": 3.0},
    )
    (row,) = compare(make_course(VALUES), study)
    assert (row.published, row.n) == (2.0, 2)


def test_statistics_and_assays_stay_apart_and_terms_together():
    study = make_study(
        {"time": 14.0},
        {"term": "other"},
        {"statistic": "mean"},
        {"assay": "qPCR"},
        {"time": 7.0},
    )
    rows = compare(make_course(VALUES), study)
    found = [(row.term, row.statistic, row.assay, row.visit) for row in rows]
    assert found == [
        (TERM, "median", "unknown", 7.0),
        (TERM, "median", "unknown", 14.0),
        (TERM, "mean", "unknown", 7.0),
        (TERM, "median", "qPCR", 7.0),
        ("other", "median", "unknown", 7.0),
    ]


def test_assays_that_differ_are_named():
    course = make_course(VALUES)
    course["cells"].attrs["assay"] = "flow cytometry"
    differs, same, unknown = compare(
        course, make_study({"assay": "qPCR"}, {"assay": "flow cytometry"}, {})
    )
    assert "assays differ" in differs.note
    assert same.note == unknown.note == ""


def test_failed_subjects_stop_the_comparison_unless_told_otherwise():
    values = VALUES.copy()
    values[2] = np.nan  # the largest value
    course = make_course(values, status=np.where(np.arange(9) == 2, 3, 0))
    with pytest.raises(SolveError, match=r"1 of 9 simulations failed.*\n.*subject 2.*too stiff"):
        compare(course, make_study({}))
    (row,) = compare(course, make_study({}), failures="exclude")
    assert (row.simulated, row.n_simulated) == (4.5, 8)
    assert "1 failed subject left out" in row.note
    with pytest.raises(OptionError, match="ignore"):
        compare(course, make_study({}), failures="ignore")


def test_replicates_are_refused():
    course = make_course(VALUES).expand_dims(replicate=[0, 1])
    with pytest.raises(DataError, match="replicates"):
        compare(course, make_study({}))


def test_a_geometric_mean_with_a_zero_does_not_exist():
    (row,) = compare(make_course(VALUES), make_study({"time": 0.0, "statistic": "geometric mean"}))
    assert not row.is_comparison
    assert "does not exist" in row.note


def test_a_study_without_observations_has_no_rows():
    study = make_study({}).drop_dims("observation")
    assert compare(make_course(VALUES), study) == []


# Trials


def test_each_trial_uses_as_many_people_as_the_study_had_at_that_visit():
    # three trials of three; of each the first two are used
    trials = [0, 0, 0, 1, 1, 1, 2, 2, 2]
    (row,) = compare(make_course(VALUES), make_study({"n": 2}), trials=trials)
    medians = [3.0, 5.0, 5.5]  # of (5, 1), (2, 8), (7, 4)
    assert row.simulated == 5.0
    assert (row.lower, row.upper) == pytest.approx(tuple(np.quantile(medians, [0.05, 0.95])))
    assert row.interval == "5-95 % of the trial statistic, n = 2, 3 trials"
    assert row.n_simulated == 6


def test_trials_need_not_be_in_order_of_the_subjects():
    trials = [0, 0, 0, 1, 1, 1, 2, 2, 2]
    order = np.array([8, 0, 3, 6, 1, 4, 7, 2, 5])
    shuffled = make_course(VALUES[order])
    rows = [
        compare(make_course(VALUES), make_study({"n": 3}), trials=trials)[0],
        compare(shuffled, make_study({"n": 3}), trials=np.array(trials)[order])[0],
    ]
    assert rows[0].lower == rows[1].lower
    assert rows[0].simulated == rows[1].simulated


def test_whole_trials_are_used_when_the_study_does_not_state_its_n():
    (row,) = compare(make_course(VALUES), make_study({"n": 0}), trials=np.arange(9) % 3)
    assert "n = 3, 3 trials" in row.interval
    assert "does not state its n" in row.note


@pytest.mark.parametrize(
    ("trials", "match"),
    [
        ([0, 1], "shape"),
        (np.zeros(9), "whole numbers"),
        (np.zeros(9, int), "two or more"),
        (np.arange(9) % 3, "a trial has 3 subjects, the study 5 people"),
    ],
)
def test_trials_that_do_not_fit_are_refused(trials, match):
    with pytest.raises(OptionError, match=match):
        compare(make_course(VALUES), make_study({"n": 5}), trials=trials)


def test_a_trial_made_smaller_by_failures_is_named():
    course = make_course(VALUES, status=[1] + [0] * 8)
    (row,) = compare(course, make_study({"n": 3}), trials=np.arange(9) // 3, failures="exclude")
    assert "n = 2 to 3" in row.interval
    assert "smaller than the study" in row.note


def test_the_interval_over_trials_is_that_of_theory():
    """The median of n = 101 uniform numbers is Beta(51, 51) distributed."""
    n, m = 101, 2000
    values = np.random.default_rng(7).uniform(size=(n * m, 1))
    course = make_course(values, times=(7.0,))
    (row,) = compare(course, make_study({"n": n}), trials=np.repeat(np.arange(m), n))
    sd = math.sqrt(0.25 / (n + 2))  # of Beta(51, 51): 1 / sqrt(4 * 103)
    half = 1.6449 * sd  # Beta(51, 51) is normal to 3e-4 in its 5 and 95 % points
    # standard error of a 5 % quantile over 2000 trials: sqrt(p q / m) / density = 0.047 sd; 4 of it
    assert row.lower == pytest.approx(0.5 - half, abs=0.2 * sd)
    assert row.upper == pytest.approx(0.5 + half, abs=0.2 * sd)
    # standard error of the median over trials: 1.25 sd / sqrt(m); 4 of it
    assert row.simulated == pytest.approx(0.5, abs=0.12 * sd)
    (people,) = compare(course, make_study({"n": n}))
    assert people.upper - people.lower > 5 * (row.upper - row.lower)  # between people is wider


# Words


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        (
            {"n": 101},
            "median over 101 people at day 7, CAR-T cells in blood, cell/uL, assay unknown",
        ),
        (
            {"n": 1, "assay": "qPCR", "lloq": 0.25},
            "median over 1 person at day 7, CAR-T cells in blood, cell/uL, assay qPCR, "
            "limit of quantification 0.25 cell/uL",
        ),
        (
            {"time": 0.5, "statistic": "mean", "term": "other"},
            "mean over people (n not stated) at day 0.5, other, cell/uL, assay unknown",
        ),
    ],
)
def test_one_line_names_the_estimand(fields, expected):
    (row,) = compare(make_course(VALUES), make_study(fields))
    assert estimand_text(row) == expected
