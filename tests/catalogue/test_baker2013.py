"""What baker2013 says beyond its read-outs."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import brentq

from livingdrug.catalogue.index import get_entry, get_model
from livingdrug.cohort.cohort import cohort_from_arrays
from livingdrug.model.regimen import Dose, Regimen
from livingdrug.solve.simulate import simulate

pytestmark = pytest.mark.filterwarnings("ignore::livingdrug.core.errors.DraftModelWarning")


def slope(p: float, feedback: float) -> float:
    """Return dp/dt where a is at its steady state for p."""
    a = 3.5 * p**2 / (0.25 + p**2)
    return -1.25 * p + (0.025 + feedback * p**2 / (1 + p**2)) / (1 + a**2)


def steady_states(feedback: float) -> list[float]:
    grid = np.geomspace(1e-3, 10, 20_001)
    signs = np.sign([slope(p, feedback) for p in grid])
    places = np.flatnonzero(signs[:-1] != signs[1:])
    return [brentq(slope, grid[i], grid[i + 1], args=(feedback,), xtol=1e-14) for i in places]


def end(days: float = 300.0, variant: str = "", **values: float | np.ndarray) -> np.ndarray:
    model = get_model("baker2013", variant)
    cohort = cohort_from_arrays(model, values)
    return simulate(model, cohort, times=[days], rtol=1e-8)["p"].values[:, 0]


@pytest.mark.parametrize(("feedback", "n"), [(1, 1), (7, 1), (7.4, 3), (10, 3), (15.6, 3), (16, 1)])
def test_two_states_exist_between_a_feedback_of_7_3_and_15_7(feedback: float, n: int) -> None:
    assert len(steady_states(feedback)) == n


def test_the_quiet_state_ends_at_a_feedback_of_15_7() -> None:
    feedback = np.array([12.0, 15.6, 15.7, 20.0])
    final = end(1500.0, alpha2=feedback)
    for p, value in zip(final, feedback, strict=True):
        states = steady_states(value)
        assert p == pytest.approx(states[0], rel=1e-4)
    assert final[1] < 0.1 < final[2]


def test_a_stimulus_above_the_threshold_switches_and_one_below_dies_out() -> None:
    quiet, threshold, inflamed = steady_states(10.0)
    assert (quiet, threshold, inflamed) == pytest.approx((0.024992, 0.105105, 0.391063), abs=1e-6)
    start = np.array([0.5, 0.9, 1.5, 2.0]) * threshold
    final = end(alpha2=10.0, p=start, a=3.5 * threshold**2 / (0.25 + threshold**2))
    assert final[:2] == pytest.approx([quiet, quiet], rel=1e-4)
    assert final[2:] == pytest.approx([inflamed, inflamed], rel=1e-4)


def test_a_stimulus_sets_inflammation_off_when_it_is_given() -> None:
    model = get_model("baker2013")
    cohort = cohort_from_arrays(
        model, {"alpha2": [1.0, 10.0]}, regimen=Regimen((Dose("stimulus", 0.4, "1", 30.0),))
    )
    p = simulate(model, cohort, times=[29.0, 31.0, 300.0])["p"].values
    assert p[:, 0] == pytest.approx([steady_states(v)[0] for v in (1.0, 10.0)], rel=1e-4)
    assert p[0, 2] == pytest.approx(steady_states(1.0)[0], rel=1e-4)
    assert p[1, 2] == pytest.approx(steady_states(10.0)[2], rel=1e-4)


def test_a_weak_feedback_forgets_any_stimulus() -> None:
    final = end(100.0, p=np.array([0.0, 1.0, 4.0, 100.0]))
    assert final == pytest.approx(np.full(4, steady_states(1.0)[0]), rel=1e-6)


def test_tau_is_a_scale_of_time_and_nothing_else() -> None:
    for variant in get_entry("baker2013").published.variants:
        slow = end(20.0, variant, tau=2.0, p=0.3)
        assert slow == pytest.approx(end(10.0, variant, p=0.3), rel=1e-6)


def test_feedback_grows_half_way_at_15_when_ageing() -> None:
    model = get_model("baker2013", "ageing")
    course = simulate(model, times=[0.0, 15.0, 1500.0])
    assert course["alpha2"].values[0] == pytest.approx([1.0, 25.5, 50.0], rel=1e-3)
