"""Leukaemia and B-cell aplasia: one test for each rule."""

from __future__ import annotations

import numpy as np
import pytest
from tests.clinical.response.visits import NAN, person, row

from livingdrug.clinical.response.aplasia import b_cell_aplasia
from livingdrug.clinical.response.categories import Response
from livingdrug.clinical.response.leukaemia import leukaemia
from livingdrug.core.errors import DataError, OptionError

GOOD = {"neutrophils": [NAN, 1500.0], "platelets": [NAN, 150_000.0]}


def one(marrow: float, **columns: list[float]) -> list[str]:
    return row(leukaemia(person([28.0], marrow=[60.0, marrow], **columns)))


@pytest.mark.parametrize(
    ("neutrophils", "platelets", "short"),
    [
        (1000, 100_000, "CR"),
        (999, 150_000, "CRh"),
        (501, 50_001, "CRh"),
        (500, 150_000, "CRi"),
        (1500, 50_000, "CRi"),
        (NAN, NAN, "CRi"),
    ],
)
def test_counts_tell_the_complete_responses_apart(
    neutrophils: float, platelets: float, short: str
) -> None:
    found = one(4.9, neutrophils=[NAN, neutrophils], platelets=[NAN, platelets])
    assert found == [short]


def test_blasts_and_sites_that_preclude_a_complete_response() -> None:
    assert one(5.0, **GOOD) == ["PR"]
    assert one(1.0, **GOOD, blood_blasts=[5, 1]) == ["SD"]
    assert one(1.0, **GOOD, extramedullary=[1, 1]) == ["SD"]
    assert one(NAN) == ["NE"]


def test_partial_response() -> None:
    assert one(25.0, **GOOD) == ["PR"]
    assert one(26.0, **GOOD) == ["SD"]
    assert one(20.0) == ["SD"]  # without counts
    few = person([28.0], marrow=[30.0, 16.0], **GOOD)
    assert row(leukaemia(few)) == ["SD"]  # not down by half


def test_progression_and_relapse() -> None:
    assert one(75.0) == ["PD"]
    assert one(74.0) == ["SD"]
    assert one(40.0, extramedullary=[0, 1]) == ["PD"]
    for back in (
        {"marrow": [60.0, 1.0, 5.0]},
        {"marrow": [60.0, 1.0, 1.0], "blood_blasts": [NAN, 0, 2]},
        {"marrow": [60.0, 1.0, 1.0], "extramedullary": [1, 0, 1]},
    ):
        assert row(leukaemia(person([28.0, 90.0], **back))) == ["CRi", "PD"]
    strict = person([28.0, 90.0], marrow=[60.0, 1.0, 5.0])
    assert row(leukaemia(strict, relapse_blasts=25.0)) == ["CRi", "SD"]


def test_residual_disease() -> None:
    visits = person([28.0, 60.0, 90.0], marrow=[60, 1, 1, 30], mrd=[NAN, 0.9e-4, 1e-4, 1e-5])
    found = leukaemia(visits).extra["mrd_negative"][0]
    assert found[:2].tolist() == [1, 0]
    assert np.isnan(found[2])


def test_a_remission_may_have_to_last() -> None:
    short = person([28.0, 50.0], marrow=[60, 1, 1])
    assert leukaemia(short).best.tolist() == [Response.COMPLETE_INCOMPLETE_COUNTS]
    assert leukaemia(short, maintained=28.0).best.tolist() == [Response.STABLE]
    long = person([28.0, 56.0], marrow=[60, 1, 1])
    assert leukaemia(long, maintained=28.0).best.tolist() == [Response.COMPLETE_INCOMPLETE_COUNTS]
    with pytest.raises(DataError, match="marrow"):
        leukaemia(person([28.0], marrow=[NAN, 3.0]))


def test_aplasia_begins_and_is_lost_on_two_samples() -> None:
    day = [0.0, 14, 28, 60, 90, 120]
    counts = [
        [300, 5, 0, 120, 3, 0],  # one high sample only
        [300, 5, 0, 120, NAN, 130],
        [300, 200, 150, 200, 300, 400],
        [0, 0, 0, 0, 100, 100],
    ]
    found = b_cell_aplasia(day, counts)
    assert np.array_equal(found.begins, [14, 14, NAN, 0], equal_nan=True)
    assert np.array_equal(found.duration, [106, 46, NAN, 90], equal_nan=True)
    assert found.lost.tolist() == [False, True, False, True]
    once = b_cell_aplasia(day, counts, confirm=False)
    assert once.duration.tolist()[:2] == [46, 46]
    with pytest.raises(OptionError, match="limit"):
        b_cell_aplasia(day, counts, limit=0)
