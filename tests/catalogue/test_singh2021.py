"""What singh2021 says beyond its read-outs."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from livingdrug.catalogue.index import get_model
from livingdrug.cohort.cohort import cohort_from_arrays
from livingdrug.cohort.sample import draw_cohort
from livingdrug.model.regimen import Regimen
from livingdrug.solve.simulate import simulate

DAYS = np.linspace(0, 90, 361)


def run(million: float = 450.0, variant: str = "published", **values: float) -> xr.Dataset:
    """Simulate the typical subject; without a dose for 0 cells."""
    model = get_model("singh2021", variant)
    regimen = Regimen.infusion(million * 1e6, "cell") if million else None
    return simulate(model, cohort_from_arrays(model, values, regimen=regimen), times=DAYS)


def peak(course: xr.Dataset) -> float:
    return float(course["car_transgene"].sel(time=slice(1, None)).max())


def test_the_peak_hardly_depends_on_the_dose_and_strongly_on_the_tumour() -> None:
    by_dose = [peak(run(million)) for million in (50, 150, 450, 800)]
    assert max(by_dose) / min(by_dose) < 1.1
    by_burden = [peak(run(50, T0=2.5e9 * factor)) for factor in (0.2, 5.0)]
    # the peaks are taken on a grid of a quarter of a day, which costs less than 1 %
    assert by_burden[1] / by_burden[0] == pytest.approx(5484, rel=0.01)


def test_the_course_has_four_phases() -> None:
    level = run()["car_transgene"].values[0]
    at = dict(zip(DAYS.tolist(), level.tolist(), strict=True))
    assert at[0] > 1000 * at[1.0]  # distribution
    assert at[14.0] > 1000 * at[1.0]  # expansion
    assert at[28.0] < at[14.0] / 4  # contraction
    fall = [np.log(at[a] / at[a + 5]) / 5 for a in (20.0, 80.0)]
    assert fall[1] < fall[0] / 3  # persistence


def test_the_seed_changes_no_treated_course() -> None:
    with_seed, without = run(), run(variant="no_seed")
    for name in ("car_transgene", "T", "P", "S"):
        # 4e-6 seeded beside 5e8 infused cells; the rest is tolerance
        assert without[name].values == pytest.approx(with_seed[name].values, rel=2e-5)


def test_the_seed_alone_treats_and_without_it_the_tumour_just_grows() -> None:
    seeded = run(0)
    assert peak(seeded) > 5e4
    assert float(seeded["m_protein_change"].min()) < -90
    untreated = run(0, "no_seed")
    assert not untreated["car_transgene"].values.any()
    # ln T is a line, which the integrator follows to its tolerance
    assert untreated["T"].values[0] == pytest.approx(2.5e9 * np.exp(0.008 * DAYS), rel=1e-5)


def test_the_rounded_constants_of_the_table_move_the_peak_by_half_a_percent() -> None:
    ratio = peak(run(Kon=7.1e4, Koff=2.39e-3)) / peak(run())
    assert ratio == pytest.approx(0.9948, abs=2e-4)


def test_complexes_are_close_to_equilibrium_in_marrow() -> None:
    course = run()
    late = course.sel(time=slice(1, 60))
    cells = (late["Em"] + late["Mm"]).values[0] / 3.65
    kd = 2.385e-3 / 7.103e4 * 6.023e23  # per litre
    free = late["T"].values[0] * 12590 - late["X"].values[0]
    expected = cells * 15000 * free / (kd + free)
    # cells multiply at most at 2 per day, complexes form at 206 per day
    assert late["X"].values[0] == pytest.approx(expected, rel=0.02)


def test_the_burden_sets_both_markers_on_day_0() -> None:
    course = run(450, T0=5e9)
    assert float(course["P"][0, 0]) == pytest.approx(2 * 0.25854701, rel=1e-7)
    assert float(course["S"][0, 0]) == pytest.approx(1250.0)


def test_random_effects_are_those_of_the_table() -> None:
    cohort = draw_cohort(get_model("singh2021"), n=20_000, seed=1)
    for name, omega in (("Kexp_max", 0.22), ("Kkill_max", 0.5), ("K12", 0.5), ("gamma_m", 0.21)):
        # 20,000 draws know a standard deviation to 0.5 %
        assert np.std(np.log(cohort[name].values)) == pytest.approx(omega, rel=0.02)
    assert np.ptp(cohort["Rm"].values) < 1e-8
    assert "EC50_exp" not in cohort


def test_lack_of_response_comes_from_the_variability() -> None:
    model = get_model("singh2021")
    cohort = draw_cohort(model, n=60, seed=1, regimen=Regimen.infusion(450e6, "cell"))
    course = simulate(model, cohort, times=np.linspace(0, 120, 25), on_failure="raise")
    best = course["m_protein_change"].min("time").values
    assert np.median(best) < -50
    assert best.max() > -50  # less than a partial response
