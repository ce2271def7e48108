"""What leontriana2020 says beyond its read-outs."""

from __future__ import annotations

import math

import numpy as np
import pytest
import xarray as xr

from livingdrug.catalogue.index import get_model
from livingdrug.cohort.cohort import cohort_from_arrays
from livingdrug.cohort.sample import draw_cohort
from livingdrug.core.errors import OptionError
from livingdrug.model.regimen import Dose, Regimen
from livingdrug.solve.simulate import simulate

pytestmark = pytest.mark.filterwarnings("ignore::livingdrug.core.errors.DraftModelWarning")

VARIANTS = ("eqs4", "eqs3", "sbml_eqs3")
ALPHA, RHO_L, TAU_C, TAU_B, K = 4.5e-11, 1 / 30, 14.0, 60.0, 0.25


def run(
    days: list[float], *doses: tuple[float, float], variant: str = "eqs4", **values: float
) -> xr.Dataset:
    model = get_model("leontriana2020", variant)
    given = tuple(Dose("reinfusion", amount, "cell", time=day) for day, amount in doses)
    regimen = Regimen(given) if given else None
    cohort = cohort_from_arrays(model, values, regimen=regimen)
    return simulate(model, cohort, times=days, rtol=1e-9, on_failure="raise")


def last(course: xr.Dataset, name: str) -> float:
    return float(course[name].values[0, -1])


def test_it_states_no_variability_and_no_cut_off() -> None:
    model = get_model("leontriana2020")
    with pytest.raises(OptionError, match="states no variability"):
        draw_cohort(model, n=3)
    assert not any(species.extinction for species in model.species)


@pytest.mark.parametrize("variant", VARIANTS)
def test_without_car_t_cells_the_others_are_exponentials(variant: str) -> None:
    days = np.array([1.0, 30.0, 120.0])
    beta = 0.0 if variant == "sbml_eqs3" else 0.1  # the deposit makes CAR-T cells out of none
    extra = {} if variant == "eqs4" else {"beta": beta}
    course = run(days.tolist(), variant=variant, C=0.0, **extra)
    balance = 0.0 if variant == "eqs4" else 1e7 / 6.0 * TAU_B
    assert not course["C"].values.any()
    # rtol 1e-9 per step
    assert course["L"].values[0] == pytest.approx(5e10 * np.exp(RHO_L * days), rel=1e-6)
    healthy = balance + (2.5e10 - balance) * np.exp(-days / TAU_B)
    assert course["B"].values[0] == pytest.approx(healthy, rel=1e-6)


def test_the_deposit_makes_car_t_cells_out_of_none() -> None:
    """What the missing factor means: the variant says so, and Eq. 3 does not do it."""
    assert last(run([60.0], variant="sbml_eqs3", C=0.0), "C") > 0.0
    assert last(run([60.0], variant="eqs3", C=0.0), "C") == 0.0


def test_a_conserved_quantity_of_the_predator_and_its_prey() -> None:
    """With B = 0 the equations are those of Lotka and Volterra, whose orbits are closed."""
    days = np.linspace(0.0, 400.0, 81)
    course = run(days.tolist(), B=0.0)
    c, leuk = course["C"].values[0], course["L"].values[0]
    rho_c = K * ALPHA
    first = rho_c * leuk - np.log(leuk) / TAU_C + ALPHA * c - RHO_L * np.log(c)
    assert np.ptp(first) < 1e-6 * np.ptp(ALPHA * c)


def test_the_steady_state_stands_still() -> None:
    values = {"C": RHO_L / ALPHA, "L": 1 / (K * ALPHA * TAU_C), "B": 0.0}
    course = run([50.0, 500.0], **values)
    for name, value in values.items():
        assert course[name].values[0] == pytest.approx(np.full(2, value), rel=1e-6)


def test_a_200_fold_dose_moves_the_peak_by_14_percent() -> None:
    days = np.linspace(0.0, 30.0, 601).tolist()
    peaks = [float(run(days, C=dose)["C"].max()) for dose in (5e5, 1e8)]
    assert 1 - peaks[1] / peaks[0] == pytest.approx(0.14, abs=0.005)


def test_a_source_of_b_cells_keeps_them_and_damps_the_second_wave() -> None:
    assert last(run([400.0]), "B") < 100.0
    assert last(run([400.0], variant="eqs3"), "B") == pytest.approx(1e8, rel=0.01)
    days = np.linspace(300.0, 600.0, 601).tolist()
    peaks = [
        float(run(days, variant="eqs3", C=1e8, I_0=influx)["C"].max()) for influx in (1e7, 3e8, 5e8)
    ]
    assert peaks[0] > 1.5 * peaks[1] > 2.5 * peaks[2]


def test_a_reinfusion_adds_and_holds_leukaemia_back() -> None:
    before, after = (last(run([350.0], (350.0, amount)), "C") for amount in (0.0, 1e7))
    assert after - before == pytest.approx(1e7, rel=1e-9)
    untreated, treated = (
        float(run(np.linspace(350, 450, 201).tolist(), *doses)["L"].max())
        for doses in ((), ((350.0, 1e7),))
    )
    assert untreated > 7e10 > 2.5 * treated


def test_every_cell_that_is_killed_becomes_k_cells_where_losses_are_switched_off() -> None:
    values = {"tau_C": 1e12, "tau_B": 1e12, "rho_L": 0.0}
    peak = last(run([60.0], **values), "C")
    assert peak == pytest.approx(1e7 + K * 7.5e10, rel=1e-6)
    assert math.isclose(1.876e10, 1e7 + K * 7.5e10, rel_tol=1e-4)
