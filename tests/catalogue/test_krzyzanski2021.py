"""What krzyzanski2021 says beyond its read-outs."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.linalg import expm

from livingdrug.catalogue.index import get_model
from livingdrug.cohort.cohort import cohort_from_arrays
from livingdrug.cohort.sample import draw_cohort
from livingdrug.core.errors import DataError
from livingdrug.model.regimen import Dose, Regimen
from livingdrug.solve.simulate import simulate

pytestmark = pytest.mark.filterwarnings("ignore::livingdrug.core.errors.DraftModelWarning")

HOUR = 1 / 24


def matrix(p: dict[str, float]) -> np.ndarray:
    """Return the rates per hour between muscle, gut, blood and periphery."""
    k, k12, k21 = p["CL"] / 51.3, 0.538 / 51.3, 0.538 / 5.06
    return np.array(
        [
            [-p["ka_im"], 0, 0, 0],
            [0, -p["ka_po"], 0, 0],
            [p["ka_im"], p["ka_po"], -k - k12, k21],
            [0, 0, k12, -k21],
        ]
    )


def test_the_course_is_the_matrix_exponential_for_any_parameters() -> None:
    model = get_model("krzyzanski2021")
    doses = (Dose("dexamethasone_oral", 6, "mg"), Dose("dexamethasone_im", 4, "mg"))
    cohort = draw_cohort(model, 25, seed=5, regimen=Regimen(doses))
    hours = np.array([0.5, 2.0, 6.0, 24.0, 72.0])
    course = simulate(model, cohort, times=(hours * HOUR).tolist(), rtol=1e-9)
    for row in range(25):
        p = {name: float(cohort[name].values[row]) for name in ("CL", "ka_im", "ka_po")}
        start = np.array([4.0, 1.04 * 6.0, 0.0, 0.0])
        expected = [1000 / 51.3 * (expm(matrix(p) * hour) @ start)[2] for hour in hours]
        # rtol 1e-9 per step; the last level is 1e-4 of the first
        got = course["dexamethasone"].values[row]
        assert got == pytest.approx(expected, rel=1e-6, abs=1e-6)


@pytest.mark.parametrize(("route", "part"), [("oral", 1.04), ("im", 1.0), ("iv", 1.0)])
def test_the_area_is_the_absorbed_dose_over_clearance(route: str, part: float) -> None:
    model = get_model("krzyzanski2021", "intravenous")
    regimen = Regimen((Dose(f"dexamethasone_{route}", 6, "mg"),))
    days = np.linspace(0, 6, 24_001)
    course = simulate(model, cohort_from_arrays(model, {}, regimen=regimen), times=days.tolist())
    area = np.trapezoid(course["dexamethasone"].values[0], days * 24)
    # the trapezoid misses 1e-6 of it, the run at 1e-6 as much
    assert area == pytest.approx(1000 * part * 6 / 9.29, rel=1e-5)


def test_only_the_variant_has_a_vein() -> None:
    model = get_model("krzyzanski2021")
    with pytest.raises(DataError, match="dexamethasone_iv"):
        cohort_from_arrays(model, {}, regimen=Regimen((Dose("dexamethasone_iv", 10, "mg"),)))


def test_random_effects_are_those_of_table_3() -> None:
    cohort = draw_cohort(get_model("krzyzanski2021"), 20_000, seed=1)
    for name, cv in (("CL", 0.164), ("ka_im", 0.256), ("ka_po", 0.696)):
        # 20,000 draws know a standard deviation to 0.5 %
        spread = np.sqrt(np.expm1(np.log(cohort[name].values).var()))
        assert spread == pytest.approx(cv, rel=0.03)
    assert not {"V1", "V2", "Q", "Fr"} & set(cohort)


def test_after_a_day_without_a_dose_hardly_anything_is_left() -> None:
    model = get_model("krzyzanski2021", "intravenous")
    doses = tuple(Dose("dexamethasone_iv", 10, "mg", 0.25 * k, 15 / 1440) for k in range(4))
    cohort = cohort_from_arrays(model, {}, regimen=Regimen(doses))
    first, later = simulate(model, cohort, times=[0.76, 1.75])["dexamethasone"].values[0]
    assert later < 0.05 * first
