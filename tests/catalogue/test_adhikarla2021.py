"""What adhikarla2021 says beyond its read-outs."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from livingdrug.catalogue.index import get_model
from livingdrug.cohort.cohort import cohort_from_arrays
from livingdrug.model.regimen import Dose, Regimen
from livingdrug.solve.simulate import simulate

pytestmark = pytest.mark.filterwarnings("ignore::livingdrug.core.errors.DraftModelWarning")


def run(
    days: list[float], *doses: tuple[str, float, float], variant: str = "", **values: float
) -> xr.Dataset:
    model = get_model("adhikarla2021", variant)
    regimen = Regimen(tuple(Dose(name, amount, time=day) for name, amount, day in doses))
    cohort = cohort_from_arrays(model, values, regimen=regimen if doses else None)
    return simulate(model, cohort, times=days, rtol=1e-9, on_failure="raise")


def test_it_is_a_mouse_and_the_graft_is_on_day_0() -> None:
    model = get_model("adhikarla2021")
    assert model.organism == "mouse"
    assert not model.iiv
    course = run([0.0, 7.0])
    assert course["myeloma_cells"].values[0] == pytest.approx([5e6, 5e6 * np.exp(0.27 * 7)])


def test_a_second_injection_adds_to_what_is_left_of_the_first() -> None:
    course = run([7.0, 12.0, 20.0], ("radionuclide", 0.1, 7.0), ("radionuclide", 0.2, 12.0))
    left = [0.1, 0.2 + 0.1 * np.exp(-0.35), (0.2 + 0.1 * np.exp(-0.35)) * np.exp(-0.56)]
    assert course["R"].values[0] == pytest.approx(3.48 * np.array(left), rel=1e-7)


def test_radiation_alone_has_a_closed_form() -> None:
    """Without CAR-T cells ln N_T is the integral of the growth rate less the dose rate."""
    days = np.array([8.0, 15.0, 40.0])
    course = run(days.tolist(), ("radionuclide", 0.1, 7.0))
    dose = 3.48 * 0.1 / 0.07 * (1 - np.exp(-0.07 * (days - 7)))  # Gy
    expected = 5e6 * np.exp(0.27 * days - 1.5 * dose)
    assert course["N_T"].values[0] == pytest.approx(expected, rel=1e-6)
    assert not course["N_C"].values.any()


def test_irradiated_cells_are_neither_made_nor_lost_but_by_clearance() -> None:
    course = run([7.0, 9.0, 20.0], ("radionuclide", 0.1, 7.0), rho=0.0, k_cl=0.0)
    assert course["myeloma_cells"].values[0] == pytest.approx(5e6, rel=1e-7)
    assert float(course["N_R"][0, -1]) > 4e6


def test_as_printed_the_decay_is_that_of_the_days_since_the_graft() -> None:
    doses = ("radionuclide", 0.1, 7.0)
    printed = run([7.0, 10.0], doses, variant="printed_decay")["R"].values
    counted = run([7.0, 10.0], doses)["R"].values
    assert printed / counted == pytest.approx(np.exp(-0.07 * 7))


def test_each_order_has_an_interval_that_delays_progression_most() -> None:
    """Too close, the radionuclide kills the CAR-T cells; too far apart, the tumour escapes."""
    for first, second, best in (("infusion", "radionuclide", 27), ("radionuclide", "infusion", 22)):
        amount = {"infusion": 1e6, "radionuclide": 0.1}
        ends = []
        for gap in (7.0, float(best), 45.0):
            given = ((first, amount[first], 7.0), (second, amount[second], 7.0 + gap))
            grid = np.linspace(7, 90, 1661)
            burden = run(grid.tolist(), *given)["myeloma_cells"].values[0]
            ends.append(grid[burden <= burden[0]].max())
        assert ends[1] == max(ends)


def test_beyond_the_survival_limit_the_equations_lose_their_meaning() -> None:
    """CAR-T cells grow with the tumour without bound, and 'cure' it after the mouse has died."""
    course = run([74.5, 85.0, 95.0, 110.0], ("infusion", 1e6, 7.0))
    assert course["event_name"].values.tolist() == ["infusion", "survival_limit"]
    cells, burden = course["N_C"].values[0], course["myeloma_cells"].values[0]
    assert cells[2] > 20 * cells[0]
    assert burden[1] > 1e12 > 1e8 > burden[3]
