"""Best response, with and without confirmation."""

from __future__ import annotations

import numpy as np
import pytest

from livingdrug.clinical.response.categories import (
    Response,
    best_confirmed,
    best_response,
    first_day,
    progression_visit,
    response_text,
)
from livingdrug.core.errors import OptionError

NE, PD, SD, PR, CR = (
    Response.NOT_EVALUABLE,
    Response.PROGRESSIVE,
    Response.STABLE,
    Response.PARTIAL,
    Response.COMPLETE,
)


def test_the_best_response_ends_with_progression() -> None:
    seen = [[SD, PR, PD, CR], [NE, NE, NE, NE], [PD, SD, SD, SD]]
    assert best_response(seen).tolist() == [PR, NE, PD]
    assert progression_visit(seen).tolist() == [2, -1, 0]
    assert first_day(np.array(seen) == PD, [7, 14, 21, 28]).tolist()[::2] == [21, 7]


@pytest.mark.parametrize(
    ("row", "best"),
    [
        ([SD, PR, PR], PR),
        ([SD, PR, SD], SD),  # never seen again
        ([PR, CR, CR], CR),
        ([PR, SD, PR], PR),
        ([SD, CR, PD], SD),
        ([PD, CR, CR], PD),
        ([CR, PR, SD], PR),  # a complete response that is next partial confirms a partial one
        ([CR, NE, CR], CR),
    ],
)
def test_confirmation(row: list[int], best: int) -> None:
    assert best_confirmed([row], [28.0, 56.0, 84.0], 28.0).tolist() == [best]


def test_confirmation_waits_for_the_gap_and_may_have_to_be_consecutive() -> None:
    assert best_confirmed([[PR, PR]], [28.0, 55.0], 28.0).tolist() == [SD]
    assert best_confirmed([[PR, SD, PR]], [28.0, 56.0, 84.0], 0.0, consecutive=True).tolist() == [
        SD
    ]
    assert best_confirmed([[PR, NE, PR]], [28.0, 56.0, 84.0], 0.0, consecutive=True).tolist() == [
        PR
    ]


def test_early_stability_does_not_count_when_a_day_is_set() -> None:
    rows = [[SD, PD], [PR, NE]]
    assert best_confirmed(rows, [28.0, 56.0], 28.0, stable_from=42.0).tolist() == [PD, NE]
    with pytest.raises(OptionError, match="gap"):
        best_confirmed(rows, [28.0, 56.0], -1.0)


def test_every_category_has_a_short_name() -> None:
    assert len({response_text(value) for value in Response}) == len(Response)
    assert response_text(Response.UNCONFIRMED_PROGRESSIVE, immune=True) == "iUPD"
