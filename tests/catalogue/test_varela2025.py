"""What varela2025 says beyond its read-outs."""

from __future__ import annotations

import numpy as np
import pytest

from livingdrug.catalogue.drug.varela2025 import COURSE
from livingdrug.catalogue.index import get_model
from livingdrug.cohort.cohort import cohort_from_arrays
from livingdrug.cohort.sample import draw_cohort
from livingdrug.model.regimen import Dose, Regimen
from livingdrug.solve.simulate import simulate

pytestmark = pytest.mark.filterwarnings("ignore::livingdrug.core.errors.DraftModelWarning")

VOLUMES = (41.2, 14.5, 10.8)


def rates(cl: float, q2: float = 4.8, q3: float = 3.6) -> np.ndarray:
    """Return the rates per hour between blood and the two peripheries."""
    v1, v2, v3 = VOLUMES
    return np.array(
        [
            [-(cl + q2 + q3) / v1, q2 / v2, q3 / v3],
            [q2 / v1, -q2 / v2, 0.0],
            [q3 / v1, 0.0, -q3 / v3],
        ]
    )


def test_half_lives_are_those_of_the_three_compartments() -> None:
    found = np.sort(-np.log(2) / np.linalg.eigvals(rates(6.1)).real)
    assert found == pytest.approx([1.15073, 2.08563, 8.49341], rel=1e-5)
    model = get_model("varela2025")
    cohort = cohort_from_arrays(model, {}, regimen=Regimen(COURSE[:1]))
    late = simulate(model, cohort, times=[4.0, 5.0], rtol=1e-9)["fludarabine"].values[0]
    # after four days only the slowest is left; it is printed to six digits
    assert 24 * np.log(2) / np.log(late[0] / late[1]) == pytest.approx(8.49341, rel=2e-6)


def test_the_area_is_dose_over_clearance_for_any_subject() -> None:
    model = get_model("varela2025")
    covariates = {
        "weight": np.linspace(52, 101, 30),
        "creatinine_clearance": np.linspace(39, 214, 30),
        "tisagenlecleucel": np.arange(30) % 2,
    }
    cohort = draw_cohort(model, 30, seed=3, covariates=covariates, regimen=Regimen(COURSE))
    # the slowest of them is past ten half-lives on day 60
    area = simulate(model, cohort, times=[60.0])["auc"].values[:, 0]
    clearance = (cohort["CL_nonrenal"] + cohort["CL_renal"]).values * cohort["f_CL"].values
    assert area == pytest.approx(3 * 0.78 * 57 / clearance, rel=1e-5)


def test_covariates_act_as_above_table_2() -> None:
    model = get_model("varela2025")
    usual = draw_cohort(model, 4, seed=1)
    heavy = draw_cohort(model, 4, seed=1, covariates={"weight": 101.0})
    scale = 101 / 70
    assert heavy["CL_nonrenal"].values == pytest.approx(np.full(4, 4.4 * scale**0.75), rel=1e-12)
    assert heavy["CL_renal"].values == pytest.approx(np.full(4, 1.7 * scale**0.75), rel=1e-12)
    assert heavy["Q3"].values == pytest.approx(np.full(4, 3.6 * scale**0.75), rel=1e-12)
    assert heavy["V1"].values == pytest.approx(usual["V1"].values * scale, rel=1e-12)
    assert heavy["V3"].values == pytest.approx(np.full(4, 10.8 * scale), rel=1e-12)
    kidney = draw_cohort(model, 2, seed=1, covariates={"creatinine_clearance": [48.0, 192.0]})
    assert kidney["CL_renal"].values == pytest.approx([0.85, 3.4], rel=1e-12)
    assert set(kidney["CL_nonrenal"].values) == {4.4}
    tisa = draw_cohort(model, 2, seed=1, covariates={"tisagenlecleucel": [0.0, 1.0]})
    assert tisa["CL_nonrenal"].values == pytest.approx([4.4, 3.9], rel=1e-12)


def test_random_effects_are_those_of_table_2() -> None:
    cohort = draw_cohort(get_model("varela2025"), 20_000, seed=1)
    logs = np.log([cohort["f_CL"].values, cohort["V1"].values])
    # 20,000 draws know a standard deviation to 0.5 %, and this correlation to 0.0013
    assert np.sqrt(np.expm1(logs.var(axis=1))) == pytest.approx([0.298, 0.348], rel=0.02)
    assert np.corrcoef(logs)[0, 1] == pytest.approx(0.9, abs=0.005)


def test_the_usual_lymphodepletion_can_be_given() -> None:
    model = get_model("varela2025")
    regimen = Regimen.lymphodepletion(cyclophosphamide=0.0)
    cohort = cohort_from_arrays(model, {"body_surface_area": 1.9}, regimen=regimen)
    assert cohort["dose_amount"].values == pytest.approx(np.full(3, 57.0))
    course = simulate(model, cohort, times=[-5.0, 0.0, 25.0])
    area = course["auc"].values[0]
    assert area[2] == pytest.approx(21.8656, rel=1e-5)
    assert area[1] > 0.99 * area[2]  # all of it before the cells come
    assert course["fludarabine"].values[0, 1] < 10.0  # ng/mL that the cells still meet


def test_failing_kidneys_raise_the_exposure() -> None:
    model = get_model("varela2025")
    doses = tuple(Dose("fludarabine", 30, "mg", float(day), 0.5 / 24, "m2") for day in range(3))
    cohort = cohort_from_arrays(
        model, {"body_surface_area": 1.9, "CL_renal": [1.7, 0.85]}, regimen=Regimen(doses)
    )
    normal, impaired = simulate(model, cohort, times=[30.0])["auc"].values[:, 0]
    assert impaired / normal == pytest.approx(6.1 / 5.25, rel=1e-5)
