"""iRECIST: one test for each rule, and the printed scenarios of best response."""

from __future__ import annotations

import numpy as np
import pytest
from tests.clinical.response.visits import NAN, person, row

from livingdrug.clinical.response.assessments import Assessments
from livingdrug.clinical.response.categories import response_text
from livingdrug.clinical.response.irecist import irecist

MONTHS = [42.0, 84.0, 126.0, 168.0, 210.0]


def seen(visits: Assessments) -> list[str]:
    return row(irecist(visits), immune=True)


def sums(*values: float) -> Assessments:
    return person(MONTHS[: len(values) - 1], sum=list(values))


def test_progression_is_unconfirmed_first_and_confirmed_by_5_mm_more() -> None:
    assert seen(sums(50, 61, 66)) == ["iUPD", "iCPD"]
    found = irecist(sums(50, 61, 66))
    assert found.extra["first_unconfirmed"].tolist() == [42.0]


def test_without_a_further_increase_it_stays_unconfirmed_and_small_steps_add_up() -> None:
    assert seen(sums(50, 61, 63, 65, 66)) == ["iUPD", "iUPD", "iUPD", "iCPD"]


def test_scans_before_four_weeks_do_not_confirm() -> None:
    assert seen(person([42.0, 69.0, 70.0], sum=[50, 61, 70, 70])) == ["iUPD", "iUPD", "iCPD"]


def test_a_better_visit_resets_and_progression_has_to_be_found_anew() -> None:
    assert seen(sums(50, 61, 50, 34, 42)) == ["iUPD", "iSD", "iPR", "iUPD"]


def test_new_lesions() -> None:
    days = MONTHS[:2]
    one = {"sum": [50, 50, 50], "new_lesions": [0, 1, 1]}
    assert seen(person(days, **one)) == ["iUPD", "iUPD"]
    assert seen(person(days, sum=[50, 50, 50], new_lesions=[0, 1, 2])) == ["iUPD", "iCPD"]
    assert seen(person(days, **one, new_sum=[NAN, 10, 15])) == ["iUPD", "iCPD"]
    assert seen(person(days, **one, new_sum=[NAN, 10, 14])) == ["iUPD", "iUPD"]
    assert seen(person(days, **one, new_growth=[NAN, 0, 1])) == ["iUPD", "iCPD"]


def test_a_new_lesion_that_stays_allows_a_partial_response_and_no_complete_one() -> None:
    visits = person(MONTHS[:3], sum=[50, 45, 30, 0], new_lesions=[0, 1, 1, 1])
    assert seen(visits) == ["iUPD", "iPR", "iPR"]
    less = person(MONTHS[:2], sum=[50, 45, 40], new_lesions=[0, 1, 1])
    assert seen(less) == ["iUPD", "iUPD"]


def test_non_target_lesions_confirm_with_any_further_growth() -> None:
    grown = {"sum": [50, 50, 50], "nontarget": [1, 2, 2]}
    assert seen(person(MONTHS[:2], **grown)) == ["iUPD", "iUPD"]
    assert seen(person(MONTHS[:2], **grown, nontarget_growth=[0, 1, 1])) == ["iUPD", "iCPD"]


def test_progression_of_another_kind_confirms() -> None:
    assert seen(person(MONTHS[:2], sum=[50, 61, 61], new_lesions=[0, 0, 1])) == ["iUPD", "iCPD"]
    assert seen(person(MONTHS[:2], sum=[50, 61, 61], nontarget=[1, 1, 2])) == ["iUPD", "iCPD"]


@pytest.mark.parametrize(
    ("values", "best"),
    [
        ((50, 0, 0, 0, 6, 12), "iCR"),  # printed example 1: response, then confirmed progression
        ((50, 61, 50, 0, 0, 0), "iCR"),  # 2
        ((50, 61, 34, 34, 34, 45), "iPR"),  # 3
        ((50, 61, 52, 34, 34, 34), "iPR"),  # 4
        ((50, 61, 52, 52, 61, 67), "iSD"),  # 5
        ((50, 61, 67, 20, 20, 20), "iCPD"),  # 6
        ((50, 61, 61, 67, 20, 20), "iCPD"),  # 7
        ((50, 61, NAN, NAN, NAN, NAN), "iUPD"),  # 8
    ],
)
def test_the_printed_scenarios_of_best_response(values: tuple[float, ...], best: str) -> None:
    found = irecist(sums(*values))
    assert response_text(found.best[0], immune=True) == best


def test_people_do_not_touch_each_other() -> None:
    from livingdrug.clinical.response.assessments import from_long

    both = from_long(["a"] * 3 + ["b"] * 3, [0, 42, 84] * 2, {"sum": [50, 61, 66, 50, 50, 20.0]})
    found = irecist(both)
    assert [response_text(v, immune=True) for v in found.category.ravel()] == [
        "iUPD", "iCPD", "iSD", "iPR",
    ]  # fmt: skip
    assert np.isnan(found.extra["first_unconfirmed"][1])
