"""What muellerschoell2021 says beyond its read-outs."""

from __future__ import annotations

import math
from statistics import NormalDist

import numpy as np
import pytest
import xarray as xr

from livingdrug.catalogue.index import get_model
from livingdrug.cohort.cohort import cohort_from_arrays
from livingdrug.cohort.sample import draw_cohort
from livingdrug.solve.simulate import simulate

pytestmark = pytest.mark.filterwarnings("ignore::livingdrug.core.errors.DraftModelWarning")

PEOPLE = 20_000
CELLS = ("TN", "TCM", "TEM", "TEff")


def run(days: list[float], variant: str = "published", **values: float) -> xr.Dataset:
    model = get_model("muellerschoell2021", variant)
    cohort = cohort_from_arrays(model, values)
    return simulate(model, cohort, times=days, rtol=1e-8, on_failure="raise")


def test_the_limit_of_the_classes_is_the_quantile_of_the_mixture() -> None:
    limit = next(
        item.value for item in get_model("muellerschoell2021").parameters
        if item.name == "class_limit"
    )  # fmt: skip
    assert NormalDist().cdf(limit) == pytest.approx(0.803, abs=1e-5)
    cohort = draw_cohort(get_model("muellerschoell2021"), n=PEOPLE, seed=1)
    low = float((cohort["class_score"] > limit).mean())
    # the standard error of a fraction of 20,000 is 0.003
    assert low == pytest.approx(0.197, abs=0.009)


def test_random_effects_are_those_of_the_table() -> None:
    cohort = draw_cohort(get_model("muellerschoell2021"), n=PEOPLE, seed=1)
    for name, cv in (("Vmax1_ref", 1.50), ("Vmax5_2", 3.07)):
        # 20,000 draws know a standard deviation to 0.5 %
        expected = math.sqrt(math.log1p(cv**2))
        assert np.std(np.log(cohort[name].values)) == pytest.approx(expected, rel=0.02)
    for name in ("Vmax1_low", "Vmax5_1", "KM1", "V"):
        assert name not in cohort or np.ptp(cohort[name].values) == 0.0


def test_the_low_class_has_neither_variability_nor_the_effect_of_the_ratio() -> None:
    model = get_model("muellerschoell2021")
    covariates = {"cd4_cd8_ratio": 0.1, "asct": 1.0}
    cohort = draw_cohort(model, n=60, seed=3, values={"class_score": 9.0}, covariates=covariates)
    day0 = simulate(model, cohort, times=[0.0])["Vmax1"].values[:, 0]
    assert day0 == pytest.approx(np.full(60, 0.000700 * 3.53), rel=1e-12)


def test_covariates_shift_the_reference_class() -> None:
    model = get_model("muellerschoell2021")
    plain = {"cd4_cd8_ratio": 1.0, "asct": 0.0}
    reference = draw_cohort(model, n=300, seed=3, covariates=plain)["Vmax1_ref"].values
    for covariates, factor in (
        ({"asct": 1.0}, 3.53),
        ({"cd4_cd8_ratio": 0.3}, 0.3**-0.385),
        ({"cd4_cd8_ratio": 3.0, "asct": 1.0}, 3.53 * 3.0**-0.385),
    ):
        shifted = draw_cohort(model, n=300, seed=3, covariates=plain | covariates)
        ratio = shifted["Vmax1_ref"].values / reference
        assert ratio == pytest.approx(np.full(300, factor), rel=1e-12)


def test_killing_varies_together_only_in_the_variant() -> None:
    plain = run([20.0], Vmax5_2=8.08)["V"].values[0, 0]
    shared = run([20.0], "shared_killing", Vmax5_2=8.08)["V"].values[0, 0]
    all_four = run([20.0], Vmax5_1=5.14, Vmax5_2=8.08, Vmax5_3=7.56, Vmax5_4=8.48)
    assert shared == pytest.approx(float(all_four["V"][0, 0]), rel=1e-6)
    assert shared < 0.95 * plain


def test_without_a_tumour_cells_follow_a_linear_chain() -> None:
    from scipy.linalg import expm

    chain = np.zeros((4, 4))
    for place, (division, conversion, death) in enumerate(
        ((0.0005, 0.140, 0.0104), (0.007, 0.191, 0.0104), (0.007, 0.355, 0.0104), (0.0, 0.0, 0.518))
    ):
        chain[place, place] = division - conversion - death
        if place < 3:
            chain[place + 1, place] = conversion
    course = run([10.0, 40.0], V=0.0)
    for place, day in enumerate((10.0, 40.0)):
        expected = expm(chain * day) @ np.full(4, 0.1)
        got = [float(course[name][0, place]) for name in CELLS]
        assert got == pytest.approx(expected.tolist(), rel=1e-5)


def test_without_car_t_cells_the_tumour_is_logistic() -> None:
    days = np.array([30.0, 365.0, 2000.0])
    course = run(days.tolist(), C_start=0.0)
    expected = 5000 / (1 + (5000 / 85.7 - 1) * np.exp(-0.0023 * days))
    assert course["V"].values[0] == pytest.approx(expected, rel=1e-6)
    assert not course["car_t_blood"].values.any()


def test_a_large_tumour_is_cleared_more_deeply_and_a_transplant_helps() -> None:
    days = np.linspace(0.0, 120.0, 481).tolist()
    nadirs = [float(run(days, V=volume)["V"].min()) for volume in (85.7, 300.0, 1000.0)]
    assert nadirs[0] > nadirs[1] > nadirs[2]
    helped = float(run(days, Vmax1_ref=0.00846 * 3.53)["V"].min())
    assert helped < nadirs[0] / 10


def test_the_simulated_observation_scatters_with_the_residual_error() -> None:
    model = get_model("muellerschoell2021")
    cohort = cohort_from_arrays(model, {"V": np.full(3000, 85.7)})
    course = simulate(model, cohort, times=[14.0], seed=1)
    names = course["observable"].values.tolist()
    for name, cv in (("TEM", 1.20), ("tumor_volume", 1.15)):
        ratio = course["observed"].values[names.index(name), :, 0] / course[name].values[:, 0]
        # 3,000 draws know a standard deviation to 1.3 %
        assert np.std(np.log(ratio)) == pytest.approx(math.sqrt(math.log1p(cv**2)), rel=0.05)
