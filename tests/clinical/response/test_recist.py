"""RECIST 1.1: one test for each rule."""

from __future__ import annotations

import pytest
from tests.clinical.response.visits import NAN, person, row

from livingdrug.clinical.response.categories import Response
from livingdrug.clinical.response.recist import recist
from livingdrug.core.errors import DataError

WEEKS_8 = [56.0, 112.0, 168.0, 224.0]


def test_partial_at_30_percent_below_the_baseline() -> None:
    assert row(recist(person(WEEKS_8[:2], sum=[100, 71, 70]))) == ["SD", "PR"]


def test_progression_from_the_smallest_sum_by_20_percent_and_5_mm() -> None:
    assert row(recist(person(WEEKS_8[:3], sum=[100, 50, 59, 60]))) == ["PR", "PR", "PD"]
    assert row(recist(person(WEEKS_8[:2], sum=[20, 15, 19]))) == ["SD", "SD"]  # 27 %, but 4 mm
    assert row(recist(person(WEEKS_8[:1], sum=[100, 120]))) == ["PD"]  # the baseline is smallest
    assert row(recist(person(WEEKS_8[:3], sum=[100, 80, NAN, 96]))) == ["SD", "NE", "PD"]


def test_complete_when_targets_are_gone_or_nodes_are_small() -> None:
    assert row(recist(person(WEEKS_8[:1], sum=[40, 0]))) == ["CR"]
    assert row(recist(person(WEEKS_8[:1], sum=[40, 9], targets_gone=[0, 1]))) == ["CR"]


def test_non_target_lesions() -> None:
    left = person(WEEKS_8[:3], sum=[40, 0, 0, 0], nontarget=[1, 1, 0, 2])
    assert row(recist(left)) == ["PR", "CR", "PD"]
    assert row(recist(person(WEEKS_8[:1], sum=[40, 0], nontarget=[1, NAN]))) == ["PR"]


def test_a_new_lesion_is_progression() -> None:
    assert row(recist(person(WEEKS_8[:1], sum=[40, 10], new_lesions=[0, 1]))) == ["PD"]


def test_without_target_lesions() -> None:
    visits = person(WEEKS_8, sum=[NAN] * 5, nontarget=[1, 1, NAN, 0, 2])
    assert row(recist(visits)) == ["non-CR/non-PD", "NE", "CR", "PD"]


def test_confirmation_after_four_weeks_for_a_single_arm() -> None:
    once = person(WEEKS_8[:2], sum=[100, 60, 90])
    assert row(recist(once)) == ["PR", "PD"]
    assert recist(once).best.tolist() == [Response.STABLE]
    assert recist(once, confirm=False).best.tolist() == [Response.PARTIAL]
    twice = person([56.0, 83.0, 84.0], sum=[100, 60, 60, 60])
    assert recist(person([56.0, 83.0], sum=[100, 60, 60])).best.tolist() == [Response.STABLE]
    assert recist(twice).best.tolist() == [Response.PARTIAL]


def test_a_confirmed_partial_response_goes_on_until_progression() -> None:
    # the printed example: 100, 70, 70, 80, 80, 80 stays partial
    visits = person([56.0, 112.0, 168.0, 224.0, 280.0], sum=[100, 70, 70, 80, 80, 80])
    assert row(recist(visits)) == ["PR"] * 5
    unconfirmed = person(WEEKS_8[:3], sum=[100, 70, 80, 80])
    assert row(recist(unconfirmed)) == ["PR", "SD", "SD"]
    # the other printed example, without confirmation: 165, 63, 65
    assert row(recist(person(WEEKS_8[:2], sum=[165, 63, 65]), confirm=False)) == ["PR", "PR"]


def test_stable_disease_needs_six_weeks() -> None:
    early = person([28.0, 56.0], sum=[100, 100, 130])
    assert recist(early).best.tolist() == [Response.PROGRESSIVE]
    assert recist(early, stable_from=0.0).best.tolist() == [Response.STABLE]


def test_a_baseline_is_needed() -> None:
    with pytest.raises(DataError, match="'sum' or 'nontarget'"):
        recist(person([56.0], sum=[NAN, 30]))
