"""What hosseini2020 says beyond its read-outs."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from livingdrug.catalogue.cytokine._hosseini2020_evidence import STEP_UP, WEEKS
from livingdrug.catalogue.index import get_model
from livingdrug.cohort.cohort import cohort_from_arrays
from livingdrug.model.regimen import Dose, Regimen
from livingdrug.solve.simulate import simulate

pytestmark = pytest.mark.filterwarnings("ignore::livingdrug.core.errors.DraftModelWarning")

DAYS = np.linspace(0.0, 21.0, 2101)


def give(*doses: tuple[float, float], variant: str = "") -> xr.Dataset:
    """Simulate doses of (day, mg)."""
    regimen = tuple(Dose("bispecific", amount, "mg", day) for day, amount in doses)
    return run(regimen, variant=variant)


def run(doses: tuple[Dose, ...], days: np.ndarray = DAYS, variant: str = "") -> xr.Dataset:
    model = get_model("hosseini2020", variant)
    cohort = cohort_from_arrays(model, {}, regimen=Regimen(doses))
    return simulate(model, cohort, times=days.tolist(), on_failure="raise")


def peak(course: xr.Dataset, start: float, end: float) -> float:
    return float(course["il6"].sel(time=slice(start, end)).max())


def test_without_drug_everything_but_the_tumour_rests() -> None:
    model = get_model("hosseini2020")
    course = simulate(model, times=[0, 30, 300])
    for species in model.species:
        values = course[species.name].values[0]
        if species.name != "B_tu":
            # the rates bend exactly here; what moves is within the tolerance of 1e-6
            assert values == pytest.approx(np.full(3, values[0]), rel=1e-6), species.name


def test_a_lower_first_dose_lowers_the_first_peak_and_later_ones_stay_below_it() -> None:
    flat, thirds, steps = (
        give(*doses) for doses in (((0, 20),), ((0, 6.7), (7, 6.7), (14, 6.7)), ((0, 1.6), (7, 20)))
    )
    # Fig. 5a, b and d
    assert peak(flat, 0, 7) > peak(thirds, 0, 7) > peak(steps, 0, 7)
    assert peak(steps, 7, 14) < 0.2 * peak(steps, 0, 7)  # 12 times the dose
    assert max(peak(thirds, 7, 14), peak(thirds, 14, 21)) < 0.2 * peak(thirds, 0, 7)


def test_the_first_peak_comes_from_blood_and_later_ones_from_tissue() -> None:
    course = run(STEP_UP, np.linspace(0.0, 28.0, 2801))
    part = (course["IL6"] / course["il6"]).values[0]
    il6 = course["il6"].values[0]
    first = int(np.argmax(np.where(course["time"] < 7, il6, 0.0)))
    second = int(np.argmax(np.where((course["time"] >= 14) & (course["time"] < 15), il6, 0.0)))
    assert part[first] > 0.9  # Results: "primarily driven by production in the PB"
    assert part[second] < 0.5  # "primarily reflect the contribution of tissue/tumor IL6"


def test_target_cells_in_blood_are_gone_within_two_days_of_the_first_dose() -> None:
    course = give((0, 1))
    b_cells = course["b_cells_blood"].values[0]
    assert b_cells[DAYS == 2.0] < 0.01 * b_cells[0]


def test_stepped_blinatumomab_peaks_within_a_day_and_falls_within_two() -> None:
    course = run(WEEKS, variant="blinatumomab")
    il6 = course["il6"].values[0]
    assert 0.0 < DAYS[int(np.argmax(il6))] < 1.0
    assert float(il6[DAYS == 2.0][0]) < 0.2 * il6.max()
    constant = (Dose("bispecific", 21 * 60.0, "ug/m**2", 0.0, 21.0),)
    assert peak(run(constant, variant="blinatumomab"), 0, 1) > il6.max()  # Fig. 4c and d


def test_only_a_drug_against_cd19_kills_pro_b_cells() -> None:
    constant = (Dose("bispecific", 21 * 60.0, "ug/m**2", 0.0, 21.0),)
    cd19 = run(constant, variant="blinatumomab")["Bp"].values[0]
    cd20 = run(STEP_UP)["Bp"].values[0]
    assert cd19[-1] < 0.1 * cd19[0]
    assert cd20[-1] > cd20[0]  # they are made faster, and none is killed


def test_each_dose_adds_drug_and_one_impulse() -> None:
    course = run(
        (Dose("bispecific", 1.0, "mg", 0.0), Dose("bispecific", 2.0, "mg", 7.0)),
        np.array([0.0, 7.0]),
    )
    assert course["C"].values[0, 0] == pytest.approx(1000.0 / 2758.5, rel=1e-12)
    # 10 that halves every day, and 10 more
    assert course["inj"].values[0] == pytest.approx([10.0, 10.0 + 10.0 / 128.0], rel=1e-5)


def test_a_tumour_below_one_cell_ends_when_asked_and_stays_small_but_alive_otherwise() -> None:
    model = get_model("hosseini2020")
    cohort = cohort_from_arrays(model, {}, regimen=Regimen(STEP_UP))
    kept = simulate(model, cohort, times=[0, 42])
    ended = simulate(model, cohort, times=[0, 42], extinction={"B_tu": 1.0})
    assert 0.0 < kept["B_tu"].values[0, -1] < 1e-3
    assert ended["B_tu"].values[0, -1] == 0.0
