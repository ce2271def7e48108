"""What chaudhury2020 says beyond its read-outs."""

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

VARIANTS = ("lotka_volterra", "ec50", "first_order")


def run(variant: str, days: list[float], **values: float) -> xr.Dataset:
    model = get_model("chaudhury2020", variant)
    cohort = cohort_from_arrays(model, values)
    return simulate(model, cohort, times=days, rtol=1e-9, on_failure="raise")


@pytest.mark.parametrize("variant", VARIANTS)
def test_it_states_no_variability(variant: str) -> None:
    with pytest.raises(OptionError, match="states no variability"):
        draw_cohort(get_model("chaudhury2020", variant), n=3)


@pytest.mark.parametrize("cells", [0.1, 10.0, 1000.0])
def test_the_conserved_quantity_of_lotka_and_volterra(cells: float) -> None:
    course = run("lotka_volterra", np.linspace(0.0, 400.0, 401).tolist(), C_E=cells)
    c, u = course["C_E"].values[0], course["U"].values[0]
    parts = 0.0018 * u, -0.16 * np.log(u), 0.00015 * c, -0.15 * np.log(c)
    conserved = sum(parts)
    # rtol 1e-9 per step, over some thousand steps
    assert np.ptp(conserved) < 1e-6 * max(np.ptp(part) for part in parts)


def test_the_period_is_that_of_the_orbit() -> None:
    first, second = (run("lotka_volterra", [7.0 + wave * 118.60])["C_E"].values[0, 0]
                     for wave in (0, 1))  # fmt: skip
    # the period is printed to 0.005 day, in which C_E falls by 0.16 of itself a day
    assert second == pytest.approx(first, rel=0.005 * 0.16 + 1e-4)


def test_without_car_t_cells_the_tumour_grows() -> None:
    days = np.array([5.0, 60.0, 400.0])
    growing = run("lotka_volterra", days.tolist(), C_E=0.0)["U"].values[0]
    assert growing == pytest.approx(900 * np.exp(0.15 * days), rel=1e-6)
    limited = run("ec50", days.tolist(), C_E=0.0)["U"].values[0]
    # far above U_crit Eq. 9 is Gompertz growth
    gompertz = 1000 * np.exp(np.log(0.9) * np.exp(-0.2 / np.log(1000) * days))
    assert limited == pytest.approx(gompertz, rel=1e-6)


def test_a_tumour_of_less_than_the_critical_number_does_not_grow() -> None:
    small, large = (run("ec50", [200.0], C_E=0.0, U=start)["U"].values[0, 0] for start in (1e-3, 1))
    assert small == pytest.approx(1e-3, rel=1e-3)
    assert large > 100.0


@pytest.mark.parametrize("variant", ["ec50", "first_order"])
def test_the_decline_is_the_closed_form(variant: str) -> None:
    days = np.array([9.3, 20.0, 90.0, 300.0])
    course = run(variant, days.tolist())
    k_e, k_ep, beta, peak = 0.16, 0.0012, 0.0032, float(course["C_E"][0, 0])
    tau, fast = days - 9.3, k_e + k_ep
    expanding = peak * np.exp(-fast * tau)
    persistent = k_ep * peak * (np.exp(-beta * tau) - np.exp(-fast * tau)) / (fast - beta)
    assert course["C_E"].values[0] == pytest.approx(expanding, rel=1e-6)
    assert course["C_P"].values[0] == pytest.approx(persistent, rel=1e-6, abs=1e-6)
    assert course["car_t_blood"].values[0] == pytest.approx(expanding + persistent, rel=1e-6)


def test_expansion_needs_a_tumour_except_in_first_order() -> None:
    assert run("ec50", [5.0], U=0.0)["C_E"].values[0, 0] == pytest.approx(10.0, rel=1e-9)
    alone = run("first_order", [5.0], U=0.0)["C_E"].values[0, 0]
    assert alone == pytest.approx(10 * np.exp(5.0), rel=1e-6)
    assert run("lotka_volterra", [5.0], U=0.0)["C_E"].values[0, 0] < 10.0


def test_cure_and_relapse_differ_in_the_growth_of_few_cells() -> None:
    """The orbit of Lotka and Volterra returns from 0.0016 cells, F_cure keeps them small."""
    wave = run("lotka_volterra", [28.0, 120.0])["U"].values[0]
    assert wave[0] < 0.01 < 100.0 < wave[1]
    cured = run("ec50", [365.0])["U"].values[0, 0]
    relapsed = run("ec50", [365.0], U_crit=1e-4)["U"].values[0, 0]
    assert cured < 0.1 < 10.0 < relapsed
