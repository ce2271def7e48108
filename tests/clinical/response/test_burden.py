"""Response read off a simulated burden: one test for each rule, then loops against arrays."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from livingdrug.clinical.response import BURDEN_RULES, BurdenRules, Response, m_protein, respond
from livingdrug.core.errors import DataError, UnknownNameError

SD, PD, PR, CR = Response.STABLE, Response.PROGRESSIVE, Response.PARTIAL, Response.COMPLETE
FULL = 1.2e12


def test_leukaemia_is_complete_below_five_percent_of_a_full_marrow() -> None:
    cells = [[0.051 * FULL, 0.049 * FULL, 0.9e-4 * FULL]]
    found = respond(cells, [28, 60, 90], "leukaemia", baseline=[2.5e11], capacity=FULL)
    assert found.category.tolist() == [[SD, CR, CR]]
    assert found.residual_negative.tolist() == [[False, False, True]]
    assert (found.best_day[0], found.response_day[0]) == (60, 60)


def test_lymphoma_is_complete_below_one_percent_and_few_cells() -> None:
    base = [1e12, 1e11]
    cells = [[6e9, 4.9e9, 4e11], [0.02e11, 0.009e11, 0.51e11]]
    found = respond(cells, [30, 60, 90], "lymphoma", baseline=base)
    # 6e9 of 1e12 is below 1 % and still too many cells
    assert found.category.tolist() == [[PR, CR, PD], [PR, CR, PD]]
    assert found.relapse.tolist() == [True, True]


def test_progression_above_one_point_two_times_the_baseline() -> None:
    found = respond([[1.19e11, 1.21e11, 1e8]], [28, 60, 90], "lymphoma", baseline=[1e11])
    assert found.category.tolist() == [[SD, PD, PD]]  # the record ends there
    assert (found.progression_day[0], found.best[0]) == (60, SD)
    assert not found.relapse[0]


def test_regrowth_counts_after_a_response_and_above_5e9_cells() -> None:
    base = [1e11] * 3
    cells = [[4e10, 9e10], [6e10, 1.19e11], [2e9, 4.9e9]]
    found = respond(cells, [28, 60], "lymphoma", baseline=base)
    assert found.category[:, 1].tolist() == [PD, SD, PR]


def test_the_type_of_relapse_is_read_at_its_visit() -> None:
    cells = [[1e8, 2e10], [1e8, 2e10], [5e10, 6e10]]
    lost = [[0.9e8, 1.1e10], [0.9e8, 0.9e10], [4e10, 5e10]]
    found = respond(cells, [28, 60], "lymphoma", baseline=[1e11] * 3, antigen_lost=lost)
    assert found.antigen_negative.tolist() == [True, False, False]


def test_solid_tumours_follow_the_diameter() -> None:
    base = 6e10
    cells = np.array([[0.35, 0.34, 0.34 * 1.2**3 * 1.01], [0.35, 0.36, 0.37], [1.7, 1.75, 1.0]])
    found = respond(cells * base, [42, 84, 126], "solid", baseline=[base] * 3)
    # 0.343 = 0.7**3; 1.728 = 1.2**3
    assert found.category.tolist() == [[SD, PR, PD], [SD, SD, SD], [SD, PD, PD]]


def test_solid_tumours_progress_from_the_smallest_size_without_a_response() -> None:
    base = 6e10
    found = respond([[0.5 * base, 0.9 * base]], [42, 84], "solid", baseline=[base])
    assert found.category.tolist() == [[SD, PD]]  # (0.9 / 0.5)**(1/3) = 1.216


def test_m_protein_follows_with_its_half_life() -> None:
    times = np.linspace(0, 60, 7)
    gone = m_protein(times, [[0.0] * 7], baseline=[1e11])
    # the burden falls on day 0: a pure decay
    assert gone[0] == pytest.approx(np.exp(-0.117 * times), rel=1e-12)
    line = m_protein([0.0, 10.0], [[1e11, 3e11]], baseline=[1e11], rate=0.2)[0, 1]
    # P' = 0.2 (1 + 0.2 t - P), P(0) = 1: P = 0.2 t + exp(-0.2 t)
    assert line == pytest.approx(0.2 * 10 + math.exp(-2.0), rel=1e-12)


def test_myeloma_depth_lags_behind_the_burden() -> None:
    visits = np.array([14.0, 28.0, 45.0])
    grid = np.arange(0.0, 46.0)
    cells = np.full((1, grid.size), 1e8)
    cells[0, 0] = 1e11
    level = m_protein(grid, cells, baseline=[1e11])[:, visits.astype(int)]
    found = respond(
        cells[:, visits.astype(int)],
        visits,
        "myeloma",
        baseline=[1e11],
        capacity=3e12,
        marker=level,
    )
    assert found.category.tolist() == [[PR, Response.VERY_GOOD_PARTIAL, CR]]


def test_a_missed_visit_is_not_evaluable() -> None:
    found = respond([[np.nan, 1e8], [np.nan, np.nan]], [28, 60], "lymphoma", baseline=[1e11] * 2)
    assert found.category.tolist() == [[Response.NOT_EVALUABLE, CR], [0, 0]]
    assert found.best.tolist() == [CR, 0]
    assert np.isnan(found.best_day[1])


def one_by_one(cells: list[float], base: float, rule: BurdenRules) -> list[int]:
    """The rules of cells, written as one reads them: the second witness."""
    lowest, responded, over, row = 1.0, False, False, []
    for value in cells:
        ratio = value / base
        depth = SD
        if ratio <= rule.partial:
            depth = PR
        if ratio < rule.complete and value < rule.complete_cells:
            depth = CR
        again = responded and ratio > rule.regrowth * lowest and value > rule.regrowth_cells
        over = over or ratio > rule.growth or again
        row.append(int(PD if over else depth))
        responded = responded or depth >= PR
        lowest = min(lowest, ratio)
    return row


@given(
    st.lists(st.floats(0.0, 3e11), min_size=1, max_size=8),
    st.floats(1e9, 1e12),
)
def test_arrays_agree_with_the_rules_one_by_one(cells: list[float], base: float) -> None:
    rule = BURDEN_RULES["lymphoma"]
    days = np.arange(1.0, len(cells) + 1)
    found = respond([cells], days, rule, baseline=[base])
    assert found.category[0].tolist() == one_by_one(cells, base, rule)


def test_what_is_missing_is_named_all_at_once() -> None:
    with pytest.raises(DataError) as caught:
        respond([[1.0]], [28, 14], "myeloma", baseline=[0.0])
    text = str(caught.value)
    for word in ("visits", "burden", "baseline", "capacity", "marker"):
        assert word in text
    with pytest.raises(UnknownNameError, match="leukaemia"):
        respond([[1.0]], [28], "leukemia", baseline=[1.0])
