"""What hoffman2018 says beyond its read-outs."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from livingdrug.catalogue.index import get_model
from livingdrug.cohort.cohort import cohort_from_arrays
from livingdrug.solve.simulate import simulate

pytestmark = pytest.mark.filterwarnings("ignore::livingdrug.core.errors.DraftModelWarning")


def run(days: list[float], **values: float) -> xr.Dataset:
    cohort = cohort_from_arrays(get_model("hoffman2018"), values)
    return simulate(get_model("hoffman2018"), cohort, times=days, rtol=1e-9, on_failure="raise")


def test_it_is_a_well_without_variability() -> None:
    assert get_model("hoffman2018").organism == "in vitro"
    assert not get_model("hoffman2018").iiv


def test_without_antibody_or_nk_cells_no_target_cell_dies() -> None:
    for given in ({"A": 0.0}, {"u": 0.0}):
        assert run([1.0, 100.0], **given)["S"].values[0] == pytest.approx(1.0, abs=1e-12)


def test_bound_and_free_antibody_add_up_while_no_target_cell_dies() -> None:
    course = run([0.5, 1.0, 10.0], fk=0.0, a1=2.0)
    total = (course["A"] + course["R"]).values[0]
    assert total == pytest.approx(1.0, rel=1e-8)
    assert float(course["R"][0, -1]) > 0.3


def test_a_dead_target_cell_leaves_with_its_complex() -> None:
    """With no engagement and no release, C and S fall by the same number."""
    course = run([0.0, 1.0, 5.0], C=0.6, R=0.5, v1=0.0, v2=0.0)
    lost_c = 0.6 - course["C"].values[0]
    lost_s = 1.0 - course["S"].values[0]
    assert lost_c == pytest.approx(lost_s, abs=1e-9)
    assert lost_s[-1] > 0.05


def test_higher_affinity_kills_more_up_to_the_limit_of_a_complex() -> None:
    alive = [float(run([5.0], a1=a1)["S"][0, 0]) for a1 in (1e-3, 1e-1, 1e1, 1e3)]
    assert (np.diff(alive) < 0).all()
    # fk / (1 + rk) is the rate of loss with all receptors bound and all target cells engaged;
    # here 96 % and 99 % are, after some hours
    assert np.exp(-5 / 1.5) < alive[-1] < 1.08 * np.exp(-5 / 1.5)


def test_engaged_target_cells_follow_the_quasi_steady_state() -> None:
    course = run([50.0])
    s = float(course["S"][0, 0])
    half = (20 + s + 14.4 / 120) / 2
    # killing at 1.4e-3 per day is nothing beside engagement at 2,400 per day
    assert float(course["C"][0, 0]) == pytest.approx(half - np.sqrt(half**2 - 20 * s), rel=1e-4)
