"""What rodrigues2024_melanoma_tam says beyond its read-outs."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from livingdrug.catalogue.index import get_model
from livingdrug.cohort.cohort import cohort_from_arrays
from livingdrug.solve.simulate import simulate

pytestmark = pytest.mark.filterwarnings("ignore::livingdrug.core.errors.DraftModelWarning")


def run(days: list[float], variant: str = "", rtol: float = 1e-8, **values: float) -> xr.Dataset:
    model = get_model("rodrigues2024_melanoma_tam", variant)
    cohort = cohort_from_arrays(model, values)
    return simulate(model, cohort, times=days, rtol=rtol, on_failure="raise")


def equilibrium(beta1: float) -> dict[str, float]:
    """Return the state in which all three coexist, for kappa3 0.35 and mu3 0."""
    tumor = 0.35 * 2e7 / 0.55
    macrophages = 1e9 * (1 - 0.34 / (1e-7 * tumor))
    cells = 0.69 / 1e-7 * (1 - tumor / 1e9) * (1 + beta1 * macrophages)
    return {"T": tumor, "M": macrophages, "C": cells}


def test_no_organism_is_stated_and_no_variability() -> None:
    model = get_model("rodrigues2024_melanoma_tam")
    assert model.organism == "not stated"
    assert not model.iiv


def test_in_coexistence_nothing_moves() -> None:
    start = equilibrium(0.0)
    course = run([1.0, 50.0], **start)
    for name, value in start.items():
        assert course[name].values[0] == pytest.approx(value, rel=1e-6)


@pytest.mark.parametrize(("beta1", "grows"), [(3e-11, False), (9e-11, True)])
def test_macrophages_turn_coexistence_into_a_growing_oscillation(beta1: float, grows: bool) -> None:
    """The author prints a Hopf bifurcation at beta1 = 5.9056e-11 per cell."""
    start = equilibrium(beta1)
    days = np.linspace(0, 1500, 6001)
    tumor = run(days.tolist(), rtol=1e-9, beta1=beta1, **start | {"T": 1.02 * start["T"]})["T"]
    swing = np.abs(np.log(tumor.values[0] / start["T"]))
    early, late = swing[days < 200].max(), swing[days > 1300].max()
    assert late > 1.05 * early if grows else late < 0.95 * early


@pytest.mark.parametrize(("dose", "printed"), [(1e6, 0.0), (1e7, 0.0), (7e7, 12.40), (9e7, 21.70)])
def test_days_below_100_tumour_cells_are_those_the_author_prints(
    dose: float, printed: float
) -> None:
    days = np.arange(0.0, 60.0, 0.1)
    tumor = run(days.tolist(), "high_dose", C=dose)["T"].values[0]
    # summed on the author's grid of 0.1 day, which may shift by a point
    assert 0.1 * np.sum(tumor < 100) == pytest.approx(printed, abs=0.11)


def test_a_high_dose_passes_through_few_cells_and_relapses() -> None:
    tumor = run([5.0, 60.0], "high_dose")["T"].values[0]
    assert tumor[0] < 4
    assert tumor[1] > 9e8


def test_above_the_limit_the_tumour_inactivates_whatever_expands() -> None:
    limit = (np.sqrt(0.9) - np.sqrt(0.35)) ** 2 / 2e7
    best = np.sqrt(0.35) / (np.sqrt(0.9) - np.sqrt(0.35)) * 2e7  # tumour of the best net growth
    for factor, grows in ((0.99, True), (1.01, False)):
        # the tumour is held there: it neither grows nor is killed
        course = run([0.0, 10.0], T=best, mu3=factor * limit, alpha1=0.0, mu1=0.0)
        before, after = course["C"].values[0]
        assert (after > before) == grows


def test_fast_death_of_car_t_cells_ends_the_oscillation() -> None:
    days = np.linspace(60, 400, 3401)
    turns = {}
    for variant in ("spiral", "sink"):
        tumor = run(days.tolist(), variant)["T"].values[0]
        turns[variant] = int(np.sum(np.diff(np.sign(np.diff(tumor))) != 0))
    assert turns["spiral"] > 10
    assert turns["sink"] <= 1
