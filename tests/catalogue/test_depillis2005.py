"""What depillis2005 says beyond its read-outs."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from livingdrug.catalogue.index import get_model
from livingdrug.cohort.cohort import cohort_from_arrays
from livingdrug.solve.simulate import simulate

pytestmark = pytest.mark.filterwarnings("ignore::livingdrug.core.errors.DraftModelWarning")


def run(days: list[float], **values: float) -> xr.Dataset:
    cohort = cohort_from_arrays(get_model("depillis2005"), values)
    return simulate(get_model("depillis2005"), cohort, times=days, rtol=1e-9, on_failure="raise")


def test_without_a_tumour_nk_cells_return_to_their_level_and_prime_nothing() -> None:
    days = np.array([1.0, 16.8236, 100.0])
    level = 13000 / 0.0412
    for start in (0.0, 1000.0, 5e6):
        course = run(days.tolist(), T=0.0, N=start)
        expected = level + (start - level) * np.exp(-0.0412 * days)
        assert course["N"].values[0] == pytest.approx(expected, rel=1e-6)
        assert not course["L"].values.any()


def test_nk_cells_never_expand_above_their_level_by_the_tumour() -> None:
    """Recruitment of at most g is below death f: the level may rise to sigma / (f - g)."""
    course = run(np.linspace(0, 40, 401).tolist(), N=13000 / 0.0412)
    assert float(course["N"].max()) < 13000 / (0.0412 - 0.025)
    many = run([0.0, 1.0, 5.0], N=5e6, T=1e5, p=0.0)["N"].values[0]
    assert (np.diff(many) < 0).all()


def test_only_nk_cells_that_meet_the_tumour_prime_cd8_cells() -> None:
    days = [5.0, 20.0]
    assert not run(days, r=0.0)["L"].values.any()
    assert not run(days, N=0.0, sigma=0.0)["L"].values.any()
    assert run(days)["L"].values[0, 1] > 1e4


def test_the_tumour_alone_is_logistic() -> None:
    days = np.array([5.0, 20.0, 50.0])
    capacity = 1 / 1.02e-9
    expected = capacity / (1 + (capacity / 100 - 1) * np.exp(-0.514 * days))
    course = run(days.tolist(), N=0.0, sigma=0.0)
    assert course["T"].values[0] == pytest.approx(expected, rel=1e-6)


def test_many_nk_cells_reject_a_small_challenge() -> None:
    """NK cells hold a tumour where c N is above a: 1.6 million cells."""
    for factor, falls in ((0.9, False), (1.1, True)):
        number = factor * 0.514 / 3.23e-7
        course = run([0.0, 0.5], T=10.0, N=number, r=0.0)["T"].values[0]
        assert (course[1] < course[0]) == falls


def test_cd8_cells_kill_by_their_ratio_to_the_tumour_within_limits() -> None:
    for tumor in (1e2, 1e6):
        course = run([0.0], T=tumor, L=tumor)
        assert float(course["D"][0, 0]) == pytest.approx(1.43 * tumor / 3.73, rel=1e-9)
    assert float(run([0.0], T=1e3, L=1e15)["D"][0, 0]) == pytest.approx(1430, rel=1e-6)


def test_a_rejected_tumour_stays_a_number() -> None:
    """The power of a ratio has no value below 0, where an integrator may step."""
    for tumor in (10.0, 1e4):
        course = run([1.0, 10.0, 30.0, 45.0], T=tumor, N=2e7)
        assert np.isfinite(course["T"].values).all()
        assert abs(float(course["T"][0, 2])) < 1e-3
