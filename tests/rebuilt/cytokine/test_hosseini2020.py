"""The rebuild against the numbers of the model card, and by routes of its own."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.linalg import expm

from livingdrug.catalogue.index import get_entry, get_model
from livingdrug.model.expression.evaluate import evaluate_all
from livingdrug.model.expression.walk import substitute
from livingdrug.system.compile import compile_model
from livingdrug.system.lower.symbols import expand_assignments
from tests.rebuilt.compare import Given
from tests.rebuilt.cytokine import hosseini2020 as rebuild

PRINTED = 3e-6  # six digits, half a unit of the last one on a leading 1 or 2
CARD = rebuild.PARAMETERS
GRID = np.arange(0.0, 42.0 + 1e-9, 0.005)  # of the card


def test_cells_and_drug_after_the_steps_of_the_label() -> None:
    course = rebuild.solve(CARD, [1.0, 15.0, 21.0, 42.0], rebuild.STEP_UP)
    assert course["C"][:2] == pytest.approx([0.155737, 9.53245], rel=PRINTED)
    assert course["B"][0] == pytest.approx(1.34265e7, rel=PRINTED)
    assert course["Ta"][0] == pytest.approx(1.71782e8, rel=PRINTED)
    assert course["B_tu"][2] == pytest.approx(1.68443e11, rel=PRINTED)
    assert course["B_tu"][3] < 1.0
    before = rebuild.solve(CARD, [21.0], rebuild.STEP_UP[:3])
    assert before["C"][0] == pytest.approx(1.97026, rel=PRINTED)


def test_peaks_after_the_steps_of_the_label() -> None:
    course = rebuild.solve(CARD, GRID, rebuild.STEP_UP)
    both = rebuild.combined(course, CARD)
    for start, end, blood, serum in (
        (0, 7, 976.704, 996.278),
        (7, 14, 1.70979, 8.61603),
        (14, 21, 8.22078, 54.3847),
        (21, 42, 20.5443, 120.422),
    ):
        inside = (start - 1e-9 <= GRID) & (end - 1e-6 > GRID)
        assert course["IL6"][inside].max() == pytest.approx(blood, rel=PRINTED)
        assert both[inside].max() == pytest.approx(serum, rel=5e-6)  # 8.61603: one unit


@pytest.mark.parametrize(
    ("milligram", "jump", "peak"),
    [
        (0.05, 10.0, 75.8764),
        (0.2, 10.0, 314.195),
        (0.4, 10.0, 550.665),
        (2.8, 10.0, 1509.51),
        (6.0, 10.0, 1859.45),
        (13.5, 10.0, 2145.19),
        (20.0, 10.0, 2250.84),
        (60.0, 10.0, 2443.99),
        (1.0, 0.0, 1322.36),
        (1.0, 1.0, 1172.30),
        (1.0, 10.0, 976.704),
    ],
)
def test_peak_after_one_dose(milligram: float, jump: float, peak: float) -> None:
    days = GRID[GRID < 0.8]
    course = rebuild.solve(
        CARD | {"inj_per_dose": jump}, days, [Given("bispecific", 1000 * milligram, 0.0)]
    )
    assert course["IL6"].max() == pytest.approx(peak, rel=4e-6)


def test_two_integrators_agree() -> None:
    first = rebuild.solve(CARD, [3.0, 9.0], rebuild.STEP_UP)
    second = rebuild.solve(CARD, [3.0, 9.0], rebuild.STEP_UP, method="BDF")
    for name, values in first.items():
        # 1e-10 a step over some thousand steps
        assert second[name] == pytest.approx(values, rel=1e-6, abs=1e-9), name


def test_linear_kinetics_are_a_matrix_exponential() -> None:
    p = CARD | rebuild.VARIANTS["published"]
    matrix = np.array(
        [
            [-(p["CL"] + p["Q"]) / p["V1"], p["Q"] / p["V1"]],
            [p["Q"] / p["V2"], -p["Q"] / p["V2"]],
        ]
    )
    expected = expm(9.0 * matrix) @ np.array([1000.0 / p["V1"], 0.0])
    got = rebuild.solve(p, [9.0], [Given("bispecific", 1000.0, 0.0)])
    assert [got["C"][0], got["Cp"][0]] == pytest.approx(expected, rel=1e-8)


@pytest.mark.parametrize("variant", rebuild.VARIANTS)
def test_entry_and_rebuild_have_the_same_rates_near_the_normal_numbers(variant: str) -> None:
    """Where B and T cells reach their normal number the rates bend; small states miss that."""
    p = CARD | rebuild.VARIANTS[variant]
    model = get_model("hosseini2020", variant)
    known = expand_assignments(model, compile_model(model).layout.views)
    laws = dict(
        zip(
            (reaction.name for reaction in model.reactions),
            substitute([reaction.rate for reaction in model.reactions], known),
            strict=True,
        )
    )
    names = rebuild.COMPARE.mechanisms
    assert set(names.values()) == set(laws)  # every mechanism has its counterpart
    rng = np.random.default_rng(5)
    start = rebuild.INITIAL(p)
    empty = 0
    for _ in range(100):
        state = {n: (v or 1.0) * float(np.exp(rng.normal(0, 0.5))) for n, v in start.items()}
        theirs = rebuild.propensities(0.0, state, p)
        ours = evaluate_all([laws[names[name]] for name in theirs], p | state, 0.0)
        for name, got in zip(theirs, ours, strict=True):
            # a difference of two large numbers in the max() keeps fewer digits
            assert got == pytest.approx(theirs[name], rel=1e-9, abs=1e-3), name
        empty += theirs["make T"] == 0.0
    assert 0 < empty < 100  # both sides of a bend were seen


def test_the_entry_counts_it_as_no_independent_witness() -> None:
    assert rebuild.SAME_HAND
    assert set(rebuild.IIV) == set(get_entry("hosseini2020").published.variants)
