"""What hardiansyah2019 says beyond its read-outs."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
import xarray as xr

from livingdrug.catalogue.index import get_entry, get_model
from livingdrug.cohort.cohort import cohort_from_arrays
from livingdrug.model.regimen import Dose, Regimen
from livingdrug.qc.verify import compare_equations
from livingdrug.solve.simulate import simulate

BURDEN = {"upn1": 4.14, "upn3": 0.93}
DOSE = {"upn1": 1.1e9, "upn3": 1.4e7}


def run(
    variant: str = "upn1",
    times: Sequence[float] = tuple(np.linspace(0, 120, 1201)),
    *,
    dose: float = 1.0,
    rtol: float = 1e-8,
    **values: float,
) -> xr.Dataset:
    """Simulate a patient with the published split, times a factor; 0 for no dose."""
    patient = variant[:4]
    split = Regimen.split(dose * DOSE[patient], "cell", fractions=(0.1, 0.3, 0.6), days=(0, 1, 2))
    cohort = cohort_from_arrays(
        get_model("hardiansyah2019", variant), values, regimen=split if dose else None
    )
    return simulate(get_model("hardiansyah2019", variant), cohort, times=times, rtol=rtol)


@pytest.mark.parametrize("variant", ["upn1", "upn3"])
def test_without_a_dose_the_leukaemia_grows_and_cytokines_stay(variant: str) -> None:
    course = run(variant, np.linspace(0, 350, 71), dose=0)
    days = course["time"].values
    expected = BURDEN[variant] * np.exp(0.0017 * days)
    assert course["B"].values[0] == pytest.approx(expected, rel=1e-6)
    for name in ("IL6", "IL10", "IFNg"):
        # production and loss are two terms that cancel to rounding
        assert np.ptp(course[name].values[0]) < 1e-9
    assert not course["car_t"].values.any()


def test_each_infusion_adds_its_part_to_the_effector_cells() -> None:
    days = [0.0, 1.0, 2.0]
    model = get_model("hardiansyah2019")
    split = Regimen.split(1.1e9, "cell", fractions=(0.1, 0.3, 0.6), days=days)
    cohort = cohort_from_arrays(model, {}, regimen=split)
    after = simulate(model, cohort, times=days, rtol=1e-8)
    before = simulate(model, cohort, times=days, side="left", rtol=1e-8)
    gain = after["E"].values[0] - before["E"].values[0]
    # differences of numbers up to 1, each known to 1e-8
    assert gain == pytest.approx([0.11, 0.33, 0.66], abs=1e-7)
    for name in ("Et", "M", "Mt", "B", "IL6"):
        assert after[name].values == pytest.approx(before[name].values, abs=1e-6)
    assert after["event_name"].values.tolist() == ["infusion"] * 3


def test_cells_are_neither_made_nor_lost_but_by_growth_and_death() -> None:
    course = run(times=[0.5, 1.5, 10.0, 60.0], r_E=0.0, d_E=0.0, r_M=0.0, d_M=0.0)
    total = sum(course[name].values[0] for name in ("E", "Et", "M", "Mt"))
    assert total == pytest.approx([0.11, 0.44, 1.1, 1.1], rel=1e-6)
    assert float(course["Mt"].max()) > 1e-2  # so that the conversion is part of the test


@pytest.mark.parametrize("variant", ["upn1", "upn3"])
def test_the_burden_moves_the_peaks_and_the_dose_does_not(variant: str) -> None:
    burden, dose = BURDEN[variant], (0.5, 2.0)
    folds = {
        "burden": [run(variant, B=factor * burden) for factor in (0.5, 2.0)],
        "dose": [run(variant, dose=factor) for factor in dose],
    }
    for name in ("car_t", "IL6", "IFNg"):
        fold = {
            key: float(high[name].max() / low[name].max()) for key, (low, high) in folds.items()
        }
        assert 6.0 < fold["burden"] < 160.0
        assert 1 / 1.04 < fold["dose"] < 1.04  # more cells may peak a little lower


def test_memory_is_shared_between_tissue_and_blood_in_the_end() -> None:
    course = run(times=np.linspace(250, 350, 11))
    ratio = course["Mt"].values[0] / course["M"].values[0]
    # the quasi-equilibrium is passed by 0.5 %, as the cells die in blood
    assert ratio == pytest.approx(np.full(11, 76.78 / 1.84), rel=0.01)
    level = course["car_t"].values[0]
    slope = np.log(level[0] / level[-1]) / 100
    assert slope == pytest.approx((0.408 - 0.0509) / (1 + 76.78 / 1.84), rel=0.01)


def test_the_switch_is_without_effect_at_the_value_that_is_used() -> None:
    course = run()
    without = run(h=1e12)
    for name in ("car_t", "M", "IL6"):
        # f is at most 4e-5
        assert course[name].values == pytest.approx(without[name].values, rel=1e-3, abs=1e-12)


def test_equation_7_as_printed_belongs_to_its_variant() -> None:
    equations = get_entry("hardiansyah2019").equations
    (printed,) = [item for item in equations if item.variant == "upn1_eq7_printed"]
    (own,) = compare_equations(get_model("hardiansyah2019", "upn1_eq7_printed"), [printed])
    (other,) = compare_equations(get_model("hardiansyah2019", "upn1"), [printed])
    assert own.passed
    assert not other.passed


def test_a_dose_may_be_given_in_the_unit_of_the_model() -> None:
    model = get_model("hardiansyah2019")
    for amount, unit in ((1.1e8, "cell"), (0.11, "Gcell")):
        cohort = cohort_from_arrays(model, {}, regimen=Regimen((Dose("infusion", amount, unit),)))
        assert float(simulate(model, cohort, times=[0.0])["E"][0, 0]) == pytest.approx(0.11)
