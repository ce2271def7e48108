"""What kareva_gevertz2023_exhaustion says beyond its read-outs."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from livingdrug.catalogue.index import get_model
from livingdrug.cohort.cohort import cohort_from_arrays
from livingdrug.model.regimen import Dose, Regimen
from livingdrug.solve.simulate import simulate

pytestmark = pytest.mark.filterwarnings("ignore::livingdrug.core.errors.DraftModelWarning")

HORIZON = 7000.0  # hours


def run(
    hours: list[float],
    dose: float = 0.0,
    spacing: int = 1,
    *,
    variant: str = "",
    name: str = "inhibitor",
    number: int = 10,
    **values: float,
) -> xr.Dataset:
    """Give doses every `spacing` days from hour 100 on."""
    model = get_model("kareva_gevertz2023_exhaustion", variant)
    doses = [Dose(name, dose, time=(100 + 24 * spacing * i) / 24) for i in range(number)]
    cohort = cohort_from_arrays(model, values, regimen=Regimen(tuple(doses)) if dose else None)
    days = (np.array(hours) / 24).tolist()
    return simulate(model, cohort, times=days, rtol=1e-8, on_failure="raise")


def eradicated(dose: float, spacing: int) -> bool:
    return "eradication" in run([HORIZON], dose, spacing)["event_name"].values


def test_the_outcome_is_no_monotone_function_of_dose_and_spacing() -> None:
    assert not eradicated(2, 2)
    assert eradicated(3, 3)
    assert eradicated(5, 5)
    assert not eradicated(10, 10)
    assert eradicated(10, 1)


def test_cells_exhaust_terminally_only_where_inflammation_passed_the_second_threshold() -> None:
    hours = np.arange(0.0, 372.0, 1.0).tolist()
    gentle = run(hours, 10, 1)
    assert float(gentle["F"].max()) < 25
    assert not gentle["y3"].values.any()
    late = run(np.arange(0.0, 700.0, 1.0).tolist())
    passed = late["F"].values[0] > 25
    assert not late["y3"].values[0, : np.argmax(passed)].any()
    assert late["y3"].values[0, -1] > 0


@pytest.mark.parametrize("variant", ["published", "human_pk", "pk_per_day"])
def test_the_drug_is_conserved_without_clearance(variant: str) -> None:
    v1, v2 = (39.3, 39.0) if variant == "human_pk" else (70.0, 33.0)
    course = run([100.0, 110.0, 400.0], 3.0, number=1, variant=variant, Cl1=0.0)
    amount = (course["Da"] + course["Dp"]) * v1 + course["Dt"] * v2
    assert amount.values[0] == pytest.approx(3000.0, rel=1e-6)  # ng/kg


def test_into_a_vein_the_drug_leaves_as_two_exponentials() -> None:
    """The eigenvalues of the two compartments, with rates of the mouse per hour."""
    hours = np.array([0.0, 1.0, 3.0, 10.0])
    course = run((100 + hours).tolist(), 3.0, number=1, name="inhibitor_iv")
    matrix = np.array([[-(20 + 22) / 70, 22 / 70], [22 / 33, -22 / 33]])
    values, vectors = np.linalg.eig(matrix)
    parts = np.linalg.solve(vectors, [3000 / 70, 0.0])
    expected = [(vectors @ (parts * np.exp(values * hour)))[0] for hour in hours]
    assert course["Dp"].values[0] == pytest.approx(expected, rel=1e-6)


def test_cells_are_made_by_killing_and_lost_by_death_only() -> None:
    given = {"b1": 0.0, "c1": 0.0, "d1": 0.0, "d3": 0.0, "y1": 50.0, "F": 60.0}
    course = run([0.0, 20.0, 100.0, 300.0], **given)
    total = sum(course[name].values[0] for name in ("y1", "y2", "y3"))
    assert total == pytest.approx(50.0, rel=1e-6)
    assert float(course["y3"][0, -1]) > 1.0


def test_per_day_the_same_doses_keep_a_higher_level() -> None:
    hours = [100 + 24.0 * 30]  # the end of the tenth interval of three days
    coded, per_day = (
        float(run(hours, 3, 3, variant=variant)["Dp"].values[0, 0])
        for variant in ("published", "pk_per_day")
    )
    assert per_day > 20 * coded
