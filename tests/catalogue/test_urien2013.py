"""What urien2013 says beyond its read-outs."""

from __future__ import annotations

import numpy as np
import pytest

from livingdrug.catalogue.index import get_model
from livingdrug.cohort.cohort import cohort_from_arrays
from livingdrug.cohort.sample import draw_cohort
from livingdrug.model.regimen import Dose, Regimen
from livingdrug.solve.simulate import simulate

pytestmark = pytest.mark.filterwarnings("ignore::livingdrug.core.errors.DraftModelWarning")


def bateman(mg: float, hours: np.ndarray, cl: float, v: float, ka: float = 0.38) -> np.ndarray:
    k = cl / v
    return mg * ka / (v * (ka - k)) * (np.exp(-k * hours) - np.exp(-ka * hours))


def test_the_course_is_the_closed_form_for_any_subject_and_weight() -> None:
    model = get_model("urien2013")
    weight = np.linspace(5.0, 85.0, 40)
    regimen = Regimen((Dose("anakinra", 2.0, "mg", per="kg", cap=100.0),))
    cohort = draw_cohort(model, 40, seed=4, covariates={"weight": weight}, regimen=regimen)
    hours = np.array([1.0, 4.0, 12.0, 36.0, 72.0])
    course = simulate(model, cohort, times=(hours / 24).tolist(), rtol=1e-9)
    for row in range(40):
        cl, v = float(cohort["CL"].values[row]), float(cohort["V"].values[row])
        expected = bateman(min(2 * weight[row], 100.0), hours, cl, v)
        # rtol 1e-9 per step
        assert course["anakinra"].values[row] == pytest.approx(expected, rel=1e-6, abs=1e-8)


def test_scaling_with_weight_is_that_of_the_text() -> None:
    model = get_model("urien2013")
    weight = np.array([8.0, 21.0, 70.0])
    usual = draw_cohort(model, 3, seed=1)
    cohort = draw_cohort(model, 3, seed=1, covariates={"weight": weight})
    for name, of_one_kg, power in (("CL", 0.847, 0.47), ("V", 2.581, 0.76)):
        scale = cohort[name].values / usual[name].values
        typical = {"CL": 6.24, "V": 65.2}[name] * scale
        # the text rounds to three and four digits
        assert typical == pytest.approx(of_one_kg * weight**power, rel=6e-4)


def test_random_effects_are_those_of_table_1() -> None:
    cohort = draw_cohort(get_model("urien2013"), 20_000, seed=1)
    # 20,000 draws know a standard deviation to 0.5 %
    assert np.log(cohort["CL"].values).std() == pytest.approx(0.28, rel=0.02)
    assert np.log(cohort["V"].values).std() == pytest.approx(0.47, rel=0.02)
    plain = draw_cohort(get_model("urien2013", "no_occasion"), 10, seed=1)
    assert set(plain["V"].values) == {65.2}


def test_more_frequent_doses_keep_the_level_up_in_proportion() -> None:
    model = get_model("urien2013")
    level = {}
    for hours in (6, 24):
        doses = tuple(Dose("anakinra", 100, "mg", k * hours / 24) for k in range(10 * 24 // hours))
        cohort = cohort_from_arrays(model, {}, regimen=Regimen(doses))
        days = np.linspace(9, 10, 481)
        level[hours] = simulate(model, cohort, times=days.tolist())["anakinra"].values[0]
    assert level[6].mean() == pytest.approx(4 * level[24].mean(), rel=0.01)
    # half-lives of 7.2 h: four times a day is level, once a day is not
    assert level[6].max() / level[6].min() < 1.25
    assert level[24].max() / level[24].min() > 4
