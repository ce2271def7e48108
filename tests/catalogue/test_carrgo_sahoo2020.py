"""What carrgo_sahoo2020 says beyond its read-outs."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from livingdrug.catalogue.index import get_model
from livingdrug.cohort.cohort import cohort_from_arrays
from livingdrug.cohort.sample import draw_cohort
from livingdrug.core.errors import OptionError
from livingdrug.solve.simulate import simulate

pytestmark = pytest.mark.filterwarnings("ignore::livingdrug.core.errors.DraftModelWarning")


def run(variant: str, days: list[float], rtol: float = 1e-9, **values: float) -> xr.Dataset:
    model = get_model("carrgo_sahoo2020", variant)
    cohort = cohort_from_arrays(model, values)
    return simulate(model, cohort, times=days, rtol=rtol, on_failure="raise")


def columns(course: xr.Dataset) -> tuple[np.ndarray, np.ndarray]:
    return course["X"].values[0], course["Y"].values[0]


def test_lesions_are_human_and_scaled_cases_are_nobodys() -> None:
    assert get_model("carrgo_sahoo2020").organism == "human"
    assert get_model("carrgo_sahoo2020", "scaled_success").organism.startswith("none")
    with pytest.raises(OptionError, match="states no variability"):
        draw_cohort(get_model("carrgo_sahoo2020"), n=3)


@pytest.mark.parametrize("variant", ["scaled_success", "scaled_exhaustion"])
@pytest.mark.parametrize("start", [(0.5, 0.5), (0.5, 2.0), (0.9, 0.01)])
def test_without_death_of_car_t_cells_the_path_is_a_known_curve(
    variant: str, start: tuple[float, float]
) -> None:
    """For A = 0, dx/dy = (1 - x - y) / (B y) is linear in x and has a closed form."""
    b = 0.2 if variant == "scaled_success" else -0.2
    x, y = columns(run(variant, [0.0, 1.0, 3.0, 10.0, 30.0], X=start[0], Y=start[1]))
    constant = (start[0] - 1 + start[1] / (1 + b)) * start[1] ** (1 / b)
    expected = 1 - y / (1 + b) + constant * y ** (-1 / b)
    assert x == pytest.approx(expected, abs=1e-6)  # rtol 1e-9 a step, on ln y times 1/B = 5
    assert (np.diff(y) * b > 0).all()


def test_the_tumour_grows_at_first_exactly_where_y_is_below_1_minus_x() -> None:
    for variant in ("scaled_success", "scaled_exhaustion"):
        for y0, grows in ((0.4, True), (0.6, False)):
            x, _ = columns(run(variant, [0.0, 0.01], X=0.5, Y=y0))
            assert (x[1] > x[0]) is np.True_ if grows else x[1] < x[0]


def test_coexistence_is_reached_by_a_damped_oscillation() -> None:
    x, _ = columns(run("scaled_coexistence", np.linspace(0, 150, 1501).tolist()))
    turns = np.flatnonzero(np.diff(np.sign(np.diff(x)))) + 1
    swings = np.abs(x[turns] - 0.0875)
    peaks = swings[x[turns] > 0.0875]
    assert len(peaks) >= 5
    assert (np.diff(peaks) < 0).all()


def test_a_lesion_is_the_scaled_system() -> None:
    rho, capacity, k1, k2, theta = 0.06, 2e9, 6e-9, 0.3e-10, 0.1e-5
    days = np.array([10.0, 30.0, 60.0, 120.0])
    lesion = run("lesion_t6", days.tolist())
    scaled = run(
        "scaled_success",
        (rho * days).tolist(),
        X=0.5,
        Y=k1 * 1e6 / rho,
        k2=k2 * capacity / rho,
        theta=theta / rho,
    )
    assert lesion["X"].values / capacity == pytest.approx(scaled["X"].values, rel=1e-7)
    assert lesion["Y"].values * k1 / rho == pytest.approx(scaled["Y"].values, rel=1e-7)


def test_car_t_cells_grow_in_the_responding_lesions_only() -> None:
    for variant, grows in (("lesion_t6", True), ("lesion_t7", True), ("lesion_t9", False)):
        _, cells = columns(run(variant, [0.0, 10.0, 30.0, 60.0]))
        assert (np.diff(cells) > 0).all() if grows else (np.diff(cells) < 0).all()


def test_without_car_t_cells_the_tumour_is_logistic() -> None:
    days = np.array([10.0, 50.0, 200.0])
    x, y = columns(run("lesion_t6", days.tolist(), Y=0.0))
    assert not y.any()
    assert x == pytest.approx(2e9 / (1 + np.exp(-0.06 * days)), rel=1e-7)  # from half of K
