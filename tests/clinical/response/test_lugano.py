"""Lugano 2014: one test for each rule."""

from __future__ import annotations

import pytest
from tests.clinical.response.visits import NAN, person, row

from livingdrug.clinical.response.assessments import from_long
from livingdrug.clinical.response.categories import Response
from livingdrug.clinical.response.lugano import RULES, lugano, node_progressed
from livingdrug.core.errors import DataError, UnknownNameError

DAYS = [30.0, 90.0, 180.0]


@pytest.mark.parametrize(
    ("deauville", "uptake", "new", "short"),
    [
        (1, NAN, 0, "CR"),
        (3, NAN, 0, "CR"),
        (4, -1, 0, "PR"),
        (5, -1, 0, "PR"),
        (4, 0, 0, "SD"),
        (5, 1, 0, "PD"),
        (2, NAN, 1, "PD"),  # a new avid focus
        (4, NAN, 0, "NE"),  # reduced or not was not said
        (NAN, NAN, 0, "NE"),
    ],
)
def test_pet(deauville: float, uptake: float, new: float, short: str) -> None:
    visit = person([30.0], deauville=[5, deauville], uptake=[NAN, uptake], new_lesions=[0, new])
    assert row(lugano(visit, "pet")) == [short]


def ct(**columns: list[float]) -> list[str]:
    given = {"spd": [4000.0, 4000.0], "longest": [60.0, 60.0], **columns}
    return row(lugano(person([30.0], **given), "ct"))


def test_ct_complete_needs_every_target_at_15_mm_or_less() -> None:
    assert ct(spd=[4000, 300], longest=[60, 15]) == ["CR"]
    assert ct(spd=[4000, 300], longest=[60, 16]) == ["PR"]
    assert ct(spd=[4000, 300], longest=[60, 15], nonmeasured=[1, 1]) == ["PR"]
    assert ct(spd=[4000, 300], longest=[60, 15], extranodal=[1, 1]) == ["PR"]
    assert ct(spd=[4000, 300], longest=[60, 15], spleen=[150, 131]) == ["PR"]


def test_ct_partial_needs_half_the_products_and_of_the_enlarged_spleen() -> None:
    assert ct(spd=[4000, 2000]) == ["PR"]
    assert ct(spd=[4000, 2001]) == ["SD"]
    # 150 mm is 20 beyond normal: more than half of that has to go
    assert ct(spd=[4000, 2000], spleen=[150, 140]) == ["SD"]
    assert ct(spd=[4000, 2000], spleen=[150, 139]) == ["PR"]


def test_ct_progression() -> None:
    assert ct(new_lesions=[0, 1]) == ["PD"]
    assert ct(node_progression=[0, 1]) == ["PD"]
    assert ct(nonmeasured=[1, 2]) == ["PD"]
    assert ct(marrow_involved=[0, 1]) == ["PD"]
    assert ct(marrow_involved=[1, 1]) == ["SD"]
    # the printed example: 15 cm must exceed 16 cm; without enlargement 2 cm more
    assert ct(spleen=[150, 160]) == ["SD"]
    assert ct(spleen=[150, 161]) == ["PD"]
    assert ct(spleen=[125, 145]) == ["PD"]
    assert ct(spleen=[125, 144]) == ["SD"]


def test_single_nodes_progress_by_product_and_diameter() -> None:
    found = node_progressed(
        [18, 15, 18, 25, 26, 18],
        [12, 14, 9, 10, 10, 10],
        smallest_product=[120, 90, 120, 130, 130, 120],
        smallest_long=[13, 9, 13, 16, 16, 13],
        smallest_short=[10, 10, 9, 9, 9, 10],
    )
    # up 5 mm and 80 %; not above 15 mm; 35 % only; 9 mm at 25 mm; 10 mm at 26 mm; exactly 50 %
    assert found.tolist() == [True, False, False, False, True, True]


def test_the_record_ends_with_progression_and_nothing_is_confirmed() -> None:
    visits = person(DAYS, deauville=[5, 2, 5, 1], uptake=[NAN, NAN, 1, NAN])
    found = lugano(visits)
    assert row(found) == ["CR", "PD", "PD"]
    assert found.best.tolist() == [Response.COMPLETE]
    assert found.criterion == "Lugano 2014, PET"


def test_what_is_missing_or_not_read_is_said() -> None:
    with pytest.raises(UnknownNameError, match="pet"):
        lugano(person([30.0]), "mri")
    with pytest.raises(DataError, match="spd"):
        lugano(from_long(["a"], [30.0], {"spd": [1.0]}), "ct")
    assert any("unconfirmed" in str(rule) for rule in RULES if not rule.confirmed)
