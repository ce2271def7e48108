"""What ahmed2020 says beyond its read-outs."""

from __future__ import annotations

import numpy as np
import pytest

from livingdrug.catalogue.index import get_model
from livingdrug.cohort.cohort import cohort_from_arrays
from livingdrug.cohort.sample import draw_cohort
from livingdrug.model.regimen import Dose, Regimen
from livingdrug.solve.simulate import simulate

pytestmark = pytest.mark.filterwarnings("ignore::livingdrug.core.errors.DraftModelWarning")

REGIMENS = ("regimen_600", "regimen_500")
HALF_AN_HOUR = 0.5 / 24


@pytest.mark.parametrize("variant", REGIMENS)
def test_the_course_is_the_closed_form_for_any_subject(variant: str) -> None:
    model = get_model("ahmed2020", variant)
    regimen = Regimen((Dose("cyclophosphamide", 900.0, "mg", 0.0, HALF_AN_HOUR),))
    surface = np.linspace(1.2, 2.2, 30)
    covariates = {"body_surface_area": surface}
    cohort = draw_cohort(model, 30, seed=6, covariates=covariates, regimen=regimen)
    hours = np.array([0.5, 3.0, 12.0, 48.0])
    course = simulate(model, cohort, times=(hours / 24).tolist(), rtol=1e-9)
    for row in range(30):
        cl, v = float(cohort["CL"].values[row]), float(cohort["V"].values[row])
        k = cl / v
        expected = 900 / v * np.expm1(k * 0.5) / (k * 0.5) * np.exp(-k * hours)
        # rtol 1e-9 per step
        assert course["cyclophosphamide"].values[row] == pytest.approx(expected, rel=1e-6, abs=1e-8)


def test_body_surface_acts_on_the_volume_alone() -> None:
    model = get_model("ahmed2020")
    usual = draw_cohort(model, 10, seed=1)
    large = draw_cohort(model, 10, seed=1, covariates={"body_surface_area": 2.0})
    ratio = large["V"].values / usual["V"].values
    assert ratio == pytest.approx(np.full(10, (2.0 / 1.58) ** 0.861), rel=1e-12)
    assert large["CL"].values == pytest.approx(usual["CL"].values, rel=1e-12)


@pytest.mark.parametrize("variant", REGIMENS)
def test_random_effects_are_those_of_table_3(variant: str) -> None:
    cohort = draw_cohort(get_model("ahmed2020", variant), 20_000, seed=1)
    for name, cv in (("CL", 0.464), ("V", 0.359)):
        # 20,000 draws know a standard deviation to 0.5 %
        spread = np.sqrt(np.expm1(np.log(cohort[name].values).var()))
        assert spread == pytest.approx(cv, rel=0.03)


def test_neutrophils_stay_at_zero_beyond_the_range_of_the_source() -> None:
    model = get_model("ahmed2020", "regimen_500")
    doses = [Dose("cyclophosphamide", 950.0, "mg", float(k), HALF_AN_HOUR) for k in range(3)]
    area = 950 / (5.41 * 0.677) / 261.09 * 1000  # of one dose
    for n, expected in ((0, 3450.0), (1, 3450.0 - 1.42 * area), (3, 0.0)):
        cohort = cohort_from_arrays(model, {}, regimen=Regimen(tuple(doses[:n])))
        first, last = simulate(model, cohort, times=[0.0, 20.0])["neutrophils"].values[0]
        assert first == 3450.0
        assert last == pytest.approx(expected, rel=1e-5)


def test_the_usual_lymphodepletion_can_be_given_by_surface() -> None:
    model = get_model("ahmed2020", "regimen_500")
    regimen = Regimen.lymphodepletion(fludarabine=0.0, cyclophosphamide=500.0)
    cohort = cohort_from_arrays(model, {"body_surface_area": 1.9}, regimen=regimen)
    assert cohort["dose_amount"].values == pytest.approx(np.full(3, 950.0))
    level = simulate(model, cohort, times=[-5.0, 0.0])["cyclophosphamide"].values[0]
    assert level[1] < 1e-2 * level[0]  # gone when the cells come
