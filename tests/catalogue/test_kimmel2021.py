"""What kimmel2021 says beyond its read-outs."""

from __future__ import annotations

import numpy as np
import pytest

from livingdrug.catalogue.index import get_model
from livingdrug.cohort.cohort import cohort_from_arrays
from livingdrug.cohort.sample import draw_cohort
from livingdrug.data.datasets import load_study
from livingdrug.solve.simulate import simulate


def test_the_cure_probability_agrees_with_the_forward_equations_of_a_small_tumour() -> None:
    """Integrate the master equation of the birth-death process from five cells."""
    from scipy.integrate import solve_ivp

    model = get_model("kimmel2021")
    cells, size = 5, 400
    volume = cells / 1e9
    days = [2.0, 5.0, 10.0, 20.0]
    cohort = cohort_from_arrays(model, {"B": volume, "r_B": 0.19})
    course = simulate(model, cohort, times=days, rtol=1e-10)
    dense = simulate(model, cohort, times=np.linspace(0, 20, 4001), rtol=1e-10)
    car = dense["C"].values[0]

    def rhs(t: float, p: np.ndarray) -> np.ndarray:
        c = np.interp(t, dense["time"].values, car)
        birth, death = 0.19, 1.15 * c / (4.048 + c)
        n = np.arange(size)
        change = -(birth + death) * n * p
        change[1:] += birth * n[:-1] * p[:-1]
        change[:-1] += death * n[1:] * p[1:]
        return change

    start = np.zeros(size)
    start[cells] = 1.0
    found = solve_ivp(rhs, (0, 20), start, t_eval=days, rtol=1e-8, atol=1e-12, method="LSODA")
    # linear interpolation of C on a grid of 0.005 day and the cut at 400 cells leave 1e-5
    assert course["cure_probability"].values[0] == pytest.approx(found.y[0], abs=2e-5)


@pytest.mark.parametrize(
    ("r_B", "day", "hybrid"),
    [(0.065, 36.340, 0.986812), (0.105, 42.405, 0.660691), (0.130, 48.676, 0.0568235),
     (0.150, 58.990, 4.99e-7)],
)  # fmt: skip
def test_a_switch_at_100_cells_is_too_low_for_rare_cures(
    r_B: float, day: float, hybrid: float
) -> None:
    """Restart from 100 cells, where the authors turn stochastic, with the T cells of that day."""
    model = get_model("kimmel2021")
    start = simulate(model, cohort_from_arrays(model, {"r_B": r_B}), times=[day], rtol=1e-10)
    cells = {name: float(start[name].values[0, 0]) for name in ("N", "C")}
    cohort = cohort_from_arrays(model, {"r_B": r_B, "B": 1e-7, **cells})
    rest = simulate(model, cohort, times=[600.0 - day], rtol=1e-10)
    # printed to 3 digits or more, from a day that is known to 5e-4
    found = float(rest["cure_probability"].values[0, 0])
    assert found == pytest.approx(hybrid, rel=2e-3)
    exact = {0.065: 0.986813, 0.105: 0.661785, 0.130: 0.0626027, 0.150: 1.14984e-5}[r_B]
    assert found < exact


def test_fewer_normal_cells_and_more_room_for_car_cells_cure_more() -> None:
    model = get_model("kimmel2021")

    def cure(**values: float) -> float:
        course = simulate(model, cohort_from_arrays(model, values), times=[0, 600])
        return float(course["cure_probability"].values[0, -1])

    assert cure(N=2.0) > cure(N=6.0) > cure(N=12.0)  # Fig. 3d
    assert cure(K_C=100.0) < cure(K_C=139.2) < cure(K_C=200.0)  # Fig. 3c


def test_baselines_come_from_the_study() -> None:
    model, study = get_model("kimmel2021"), load_study("zuma1")
    cohort = draw_cohort(model, n=4000, seed=2, study=study)
    volume = cohort["B"].values
    assert volume.min() >= 2.3
    assert volume.max() <= 1275.3
    # the standard error of the median of 4,000 draws is 2 % of 0.5 in probability
    low, high = np.quantile(volume, [0.475, 0.525])
    assert low < 94.84 < high
    assert "zuma1" in cohort.attrs["variability"]


def test_the_default_variability_is_that_of_the_authors_code() -> None:
    cohort = draw_cohort(get_model("kimmel2021"), n=20_000, seed=4)
    for name in ("K_N", "K_C", "r_N", "rho_C", "a", "b", "r_B", "gamma_B"):
        values = cohort[name].values
        # 20,000 draws know a standard deviation to 0.5 %
        assert np.std(values) / np.mean(values) == pytest.approx(0.05, rel=0.02)
    reciprocal = 1 / cohort["k_B"].values
    assert np.std(reciprocal) / np.mean(reciprocal) == pytest.approx(0.05, rel=0.02)


def test_the_quartile_variant_meets_the_printed_quartiles() -> None:
    cohort = draw_cohort(get_model("kimmel2021", "quartile"), n=40_000, seed=4)
    assert "a" not in cohort
    assert "b" not in cohort
    printed = {"K_C": (123.0, 193.0), "rho_C": (0.0208, 0.0354), "gamma_B": (0.64, 1.35)}
    for name, expected in printed.items():
        # a quartile of 40,000 draws is known to about 1 % here
        assert np.quantile(cohort[name].values, [0.25, 0.75]) == pytest.approx(expected, rel=0.02)


def test_progression_is_logged_once_and_changes_nothing() -> None:
    model = get_model("kimmel2021")
    course = simulate(model, times=[0, 353, 354, 500])
    assert course["event_name"].values.tolist() == ["progression"]
    day = float(course["event_time"].values[0])
    before, after = course["B"].values[0, 1:3]
    assert before < 1.2 * 94.86 < after
    assert 353 < day < 354
