"""What park2025 says beyond its read-outs."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import xarray as xr

from livingdrug.catalogue.index import get_model
from livingdrug.cohort.cohort import cohort_from_arrays
from livingdrug.cohort.sample import draw_cohort
from livingdrug.model.model import Model
from livingdrug.model.regimen import Dose, Regimen
from livingdrug.solve.simulate import simulate

pytestmark = pytest.mark.filterwarnings("ignore::livingdrug.core.errors.DraftModelWarning")

CHEMO = Dose("lymphodepletion", 1935.0)
INFUSION = Dose("infusion", 7e7)


def _run(
    model: Model, days: list[float], *doses: Dose, rtol: float = 1e-8, **values: float
) -> xr.Dataset:
    cohort = cohort_from_arrays(model, values, regimen=Regimen(doses))
    return simulate(model, cohort, times=days, rtol=rtol, on_failure="raise")


def test_the_infusion_has_the_composition_of_the_product() -> None:
    course = _run(get_model("park2025"), [0.0], CHEMO, INFUSION)
    # 7e7 cells in 5 L; the printed percentages add up to 98.9 and 100.06
    assert course["car_t_blood"].item() == pytest.approx(14.0 * 0.989 * 1.0006, rel=1e-12)
    assert course["CD4_TEM_blood"].item() == pytest.approx(1.4e7 * 0.759 * 0.609, rel=1e-12)
    assert course["L"].item() == 1935.0


def test_half_of_the_neutrophils_come_back_with_one_small_overshoot() -> None:
    model = get_model("park2025")
    kept = tuple(item for item in model.initial_assignments if item[0] != "neutrophils")
    free = dataclasses.replace(model, initial_assignments=kept)  # its start can be set now
    days = np.linspace(0.0, 90.0, 901)
    curve = _run(free, days.tolist(), neutrophils=5617.22 / 2)["neutrophils"].values[0] / 5617.22
    peak = int(np.argmax(curve))
    assert curve[peak] == pytest.approx(1.069, abs=5e-4)  # as the card prints it
    assert days[peak] == pytest.approx(8.5, abs=0.25)  # of a grid of half days
    assert curve[-1] == pytest.approx(1.0, abs=1e-4)


def test_autoantibody_stands_still_at_its_balance_at_the_switch() -> None:
    model = get_model("park2025")
    days = np.linspace(5.0, 5.2, 2001)
    course = _run(model, days.tolist(), CHEMO, INFUSION, rtol=1e-10)
    b = course["B_blood"].values[0]
    place = int(np.argmax(b < 1e6))
    balance = (
        470000.0
        * (1e6 / 1.43e8)
        * (course["host_CD4"].values[0, place] / (210.18 / 1.02))
        * (course["IFN"].values[0, place] / 21.0) ** 0.09
    )
    aab = course["AAb"].values[0]
    # autoantibody turns over 5e6 times a day, so it stands on its balance; the grid of 1e-4 day
    # puts 4e-5 between the crossing and the next point
    assert aab[-1] == pytest.approx(balance, rel=1e-4)
    assert np.ptp(aab[place:]) == pytest.approx(0.0, abs=1e-9 * aab[-1])


def test_a_hundredth_of_the_dose_lowers_the_peak_less_than_twofold_and_delays_it() -> None:
    model = get_model("park2025")
    days = np.linspace(1.0, 20.0, 1901)
    curves = [
        _run(model, days.tolist(), CHEMO, Dose("infusion", dose))["car_t_blood"].values[0]
        for dose in (7e7, 7e5)
    ]
    assert curves[0].max() / curves[1].max() == pytest.approx(1.84, abs=0.005)
    assert days[curves[1].argmax()] - days[curves[0].argmax()] > 3.0  # Results 3.5: delayed


def test_without_an_infusion_only_the_seed_of_the_code_makes_cells() -> None:
    days = [0.0, 10.0, 60.0]
    none = _run(get_model("park2025", "no_seed"), days, CHEMO)
    assert not none["car_t_blood"].values.any()
    # 1.43e8 cells at 1.93 % a day
    assert none["B_blood"].values[0, -1] == pytest.approx(1.43e8 * np.exp(0.0193 * 60), rel=1e-6)
    assert none["B_recovering"].values[0, -1] >= 0.0
    seeded = _run(get_model("park2025"), days, CHEMO)
    assert seeded["car_t_blood"].values[0, 1] < 1e-6
    assert seeded["car_t_blood"].values[0, -1] > 1.0


@pytest.mark.parametrize("variant", ["no_seed", "typeset_proteinuria", "table_proteinuria"])
def test_variants_leave_the_cells_alone(variant: str) -> None:
    days = [1.0, 9.0, 90.0]
    usual = _run(get_model("park2025"), days, CHEMO, INFUSION)
    other = _run(get_model("park2025", variant), days, CHEMO, INFUSION)
    for name in ("car_t_blood", "b_cells_blood", "AAb", "C3"):
        # both runs are good to some 1e-7
        assert other[name].values == pytest.approx(usual[name].values, rel=1e-6)


def test_proteinuria_rests_in_the_typeset_form_only() -> None:
    def start(variant: str) -> float:
        values = _run(get_model("park2025", variant), [0.0, 1e-3]).PTU.values[0]
        return float(values[1] / values[0] - 1.0)

    assert start("typeset_proteinuria") == pytest.approx(0.0, abs=1e-6)  # B cells grow meanwhile
    # exp(1) exp(1) times the synthesis: (e**2 - 1) 1000 / (16.8 x 3060) per day
    assert start("published") == pytest.approx(
        (np.exp(2) - 1) * 1000 / 16.8 / 3060 * 1e-3, rel=1e-3
    )


def test_weight_scales_the_body_and_the_dose_with_it() -> None:
    model = get_model("park2025")
    regimen = Regimen((CHEMO, Dose("infusion", 1e6, "cell", per="kg")))
    fixed = dataclasses.replace(model, iiv=())
    cohort = draw_cohort(fixed, n=2, seed=1, covariates={"weight": [70.0, 105.0]}, regimen=regimen)
    assert cohort["Vb"].values == pytest.approx([5.0, 7.5])
    course = simulate(fixed, cohort, times=[0.0, 9.0, 90.0], rtol=1e-9)
    for name in ("car_t_blood", "b_cells_blood"):
        first, second = course[name].values
        # the same concentrations; the drug's differs, and touches no CAR-T cell
        assert second == pytest.approx(first, rel=1e-6)
    light, heavy = course["PTU"].values[:, -1]
    assert heavy > light  # more urine dilutes the same excretion: a slower turnover


def test_random_effects_are_standard_deviations_of_the_logarithm() -> None:
    cohort = draw_cohort(get_model("park2025"), n=20_000, seed=5)
    for name, omega in (("K0_rev", 1.04), ("CART_min", 0.81), ("Kexp_CD8", 0.05)):
        # 20,000 draws know a standard deviation to 0.5 %
        assert np.std(np.log(cohort[name].values)) == pytest.approx(omega, rel=0.02)
    assert len(get_model("park2025").iiv) == 14


def test_lymphodepletion_on_its_own_days_comes_first() -> None:
    early = Dose("lymphodepletion", 1935.0, time=-3.0)
    course = _run(get_model("park2025"), [-3.0, 0.0, 9.0], early, INFUSION)
    cd4 = course["host_CD4"].values[0]
    assert cd4[0] == pytest.approx(210.18 / 1.02)
    assert cd4[1] < 50.0
    assert course["car_t_blood"].values[0, 0] < 1e-12


def test_disease_activity_falls() -> None:
    course = _run(get_model("park2025"), [0.0, 90.0], CHEMO, INFUSION)
    # Fig. 4B1 as read by the transcription: about 10 falling to a plateau near 7
    assert course["sledai_c3"].values[0] == pytest.approx([11.44, 5.875], abs=5e-3)
    assert course["sledai_ifn"].values[0, 1] == pytest.approx(4.21, abs=5e-3)
