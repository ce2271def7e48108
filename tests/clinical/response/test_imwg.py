"""IMWG 2016: one test for each rule."""

from __future__ import annotations

import pytest
from tests.clinical.response.visits import NAN, person, row

from livingdrug.clinical.response.categories import Response, response_text
from livingdrug.clinical.response.imwg import imwg
from livingdrug.core.errors import DataError

DAYS = [28.0, 56.0, 84.0, 112.0]


def serum(*values: float, **columns: list[float]) -> object:
    return imwg(person(DAYS[: len(values) - 1], m_serum=list(values), **columns))


def test_depths_of_serum_protein() -> None:
    assert row(serum(4.0, 3.1, 3.0, 2.0, 0.4)) == ["SD", "MR", "PR", "VGPR"]


def test_urine_counts_where_it_was_measurable() -> None:
    both = {"m_urine": [1000.0, 600.0, 500.0, 199.0, 99.0]}
    assert row(serum(4.0, 2.9, 2.9, 1.9, 0.3, **both)) == ["SD", "MR", "PR", "VGPR"]
    alone = imwg(person(DAYS[:2], m_urine=[1000, 99, 300]))
    assert row(alone) == ["VGPR", "MR"]
    assert alone.extra["measured_by"].tolist() == ["urine"]


def test_complete_needs_immunofixation_and_marrow() -> None:
    gone = {"m_serum": [4.0, 0.0, 0.0], "immunofixation": [1, 0, 0]}
    assert row(imwg(person(DAYS[:2], **gone, marrow=[40, NAN, 4]))) == ["VGPR", "CR"]
    assert row(imwg(person(DAYS[:2], **gone, marrow=[40, 6, NAN]))) == ["VGPR", "VGPR"]
    # the marrow is not repeated
    assert row(imwg(person(DAYS[:2], **gone, marrow=[40, 3, NAN]))) == ["CR", "CR"]


def test_stringent_needs_the_ratio_and_no_clone() -> None:
    gone = {"m_serum": [4.0, 0, 0], "immunofixation": [1, 0, 0], "marrow": [40, 2, NAN]}
    full = imwg(person(DAYS[:2], **gone, flc_ratio_normal=[0, 1, 1], clonal=[1, 0, NAN]))
    assert row(full) == ["sCR", "sCR"]
    assert row(imwg(person(DAYS[:2], **gone, flc_ratio_normal=[0, 0, 1]))) == ["CR", "CR"]


def test_light_chains_where_nothing_else_is_measurable() -> None:
    chains = {"flc_involved": [100.0, 52.0, 12.0], "flc_uninvolved": [2.0, 3.0, 3.0]}
    found = imwg(person(DAYS[:2], m_serum=[0.5, 0.5, 0.5], **chains))
    assert found.extra["measured_by"].tolist() == ["light chains"]
    assert row(found) == ["PR", "VGPR"]  # 49 of 98, 9 of 98


def test_marrow_where_light_chains_are_not_measurable_either() -> None:
    found = imwg(person(DAYS[:2], marrow=[60.0, 30.0, 45.0]))
    assert found.extra["measured_by"].tolist() == ["marrow"]
    assert row(found) == ["PR", "SD"]


def test_plasmacytomas_must_halve() -> None:
    assert row(serum(4.0, 1.0, 1.0, plasmacytoma=[900, 500, 450])) == ["SD", "PR"]
    assert row(serum(4.0, 1.0, plasmacytoma=[900, NAN])) == ["SD"]  # not looked at again


def test_progression_from_the_lowest_value_found_twice() -> None:
    assert row(serum(4.0, 1.0, 1.5, 1.6, 1.6)) == ["PR", "PD", "PD", "PD"]
    assert row(serum(4.0, 1.0, 1.5, 1.2, 1.2)) == ["PR", "PR", "PR", "PR"]  # only once
    assert row(serum(4.0, 1.0, 1.49, 1.49)) == ["PR", "PR", "PR"]  # below 0.5 g/dL
    assert row(serum(6.0, 5.5, 6.9, 6.9)) == ["SD", "PD", "PD"]  # 1 g/dL from 5 g/dL on
    assert row(serum(6.0, 5.1, 5.9, 5.9)) == ["SD", "SD", "SD"]


def test_progression_of_urine_and_light_chains() -> None:
    urine = imwg(person(DAYS[:3], m_urine=[1000, 400, 600, 600]))
    assert row(urine)[1:] == ["PD", "PD"]
    chains = {"flc_involved": [100.0, 20.0, 31.0, 31.0], "flc_uninvolved": [2.0, 2.0, 2.0, 2.0]}
    assert row(imwg(person(DAYS[:3], **chains)))[1:] == ["PD", "PD"]
    # light chains do not count where serum is measurable
    assert row(imwg(person(DAYS[:3], m_serum=[4.0, 1, 1, 1], **chains))) == ["PR"] * 3


def test_progression_by_imaging_needs_no_second_time() -> None:
    assert row(serum(4.0, 1.0, new_lesions=[0, 1])) == ["PD"]
    assert row(serum(4.0, 1.0, 1.0, plasmacytoma=[900, 400, 600])) == ["PR", "PD"]


def test_the_best_response_was_seen_twice_in_a_row() -> None:
    found = serum(4.0, 1.0, 0.3, 1.0)
    assert row(found) == ["PR", "VGPR", "PR"]  # 0.7 g/dL up, but once
    assert response_text(found.best[0]) == "PR"  # type: ignore[attr-defined]
    assert response_text(found.best_unconfirmed[0]) == "VGPR"  # type: ignore[attr-defined]
    alone = serum(4.0, 3.9, 1.0)
    assert alone.best.tolist() == [Response.STABLE]  # type: ignore[attr-defined]


def test_a_baseline_is_needed() -> None:
    with pytest.raises(DataError, match="m_serum"):
        imwg(person([28.0], m_serum=[NAN, 1.0]))
