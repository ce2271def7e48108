"""What stein2019 says beyond its read-outs, and the table of its documentation page."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from livingdrug.catalogue.index import get_model
from livingdrug.cohort.cohort import cohort_from_arrays
from livingdrug.cohort.sample import draw_cohort
from livingdrug.core.random import Purpose, normals
from livingdrug.solve.simulate import simulate

PAGE = Path(__file__).resolve().parents[2] / "docs/explanation/scale_of_random_effects.md"
PEOPLE, TRIALS = 79, 2000


def numbers(line: str) -> list[float]:
    return [float(text) for text in re.findall(r"\d+(?:\.\d+)?", line)]


def geometric_cv(values: np.ndarray) -> float:
    return float(np.sqrt(np.expm1(np.var(np.log(values)))))


def test_the_page_shows_what_the_variants_predict() -> None:
    lines = {
        line.split("|")[1].strip(): line for line in PAGE.read_text().splitlines() if "|" in line
    }
    for column, variant in ((2, "omega_sd"), (3, "omega_variance")):
        cohort = draw_cohort(get_model("stein2019", variant), n=PEOPLE * TRIALS, seed=1)
        cmax, tmax = cohort["Cmax"].values, cohort["Tmax"].values
        labels = cohort["subject"].values
        noise = normals(seed=1, purpose=Purpose.RESIDUAL, subjects=labels, name="page")[:, 0]
        trials = tmax.reshape(TRIALS, PEOPLE)

        def shown(start: str, column: int = column) -> list[float]:
            (line,) = [line for key, line in lines.items() if key.startswith(start)]
            return numbers(line.split("|")[column])

        # the page rounds to the digits it shows
        assert [100 * geometric_cv(cmax)] == pytest.approx(shown("geometric CV"), abs=0.6)
        observed = cmax * np.exp(0.56 * noise)
        assert [100 * geometric_cv(observed)] == pytest.approx(shown("the same"), abs=1.0)
        quantiles = np.quantile(tmax, [0.05, 0.95])
        assert quantiles == pytest.approx(shown("Tmax, 5 to 95"), abs=0.06)
        extremes = [np.median(trials.min(axis=1)), np.median(trials.max(axis=1))]
        assert extremes == pytest.approx(shown("Tmax, median"), abs=0.06)
        largest = np.quantile(trials.max(axis=1), [0.05, 0.95])
        assert largest == pytest.approx(shown("largest"), abs=0.6)


def test_the_cap_on_the_slow_fraction_holds() -> None:
    model = get_model("stein2019", "omega_variance")
    cohort = draw_cohort(model, n=2000, seed=1, values={"F_B": 0.6})
    assert cohort["F_B"].values.max() == 0.95


def test_the_course_is_the_closed_form_for_any_parameters() -> None:
    model = get_model("stein2019")
    cohort = draw_cohort(model, n=40, seed=9)
    days = np.array([0.0, 2.0, 5.0, 11.0, 20.0, 60.0, 200.0])
    course = simulate(model, cohort, times=days, rtol=1e-9)
    for row in range(40):
        p = {name: float(cohort[name].values[row]) for name in ("foldx", "Tmax", "Cmax")}
        p |= {name: float(cohort[name].values[row]) for name in ("alpha", "F_B", "beta")}
        rho = np.log(p["foldx"]) / p["Tmax"]
        tau = days - p["Tmax"]
        fast = (1 - p["F_B"]) * np.exp(-p["alpha"] * tau)
        slow = p["F_B"] * np.exp(-p["beta"] * tau)
        expected = np.where(
            tau < 0, p["Cmax"] / p["foldx"] * np.exp(rho * days), p["Cmax"] * (fast + slow)
        )
        # rtol 1e-9 per step; the absolute part is far below one copy
        assert course["car_transgene"].values[row] == pytest.approx(expected, rel=1e-6, abs=1e-6)


def test_comedication_acts_from_its_first_day_in_each_subject() -> None:
    model = get_model("stein2019")
    cohort = cohort_from_arrays(model, {"t_tocilizumab": [np.inf, 5.7, 5.0]})
    course = simulate(model, cohort, times=[5.0, 9.3], rtol=1e-9)
    level = course["car_transgene"].sel(time=9.3).values
    assert level == pytest.approx([24000.0, 45522.8, 51557.1], rel=1e-6)
    assert np.ptp(course["car_transgene"].sel(time=5.0).values) < 1e-3


def test_covariates_shift_the_peak_in_the_full_model() -> None:
    model = get_model("stein2019", "full_covariates")
    yes = {"no_fludarabine": 1.0, "transduction_efficiency": 38.0}
    shifted = draw_cohort(model, n=500, seed=1, covariates=yes | {"female": 0.0})
    reference = draw_cohort(model, n=500, seed=1, covariates={"female": 0.0})
    ratio = shifted["Cmax"].values / reference["Cmax"].values
    assert ratio == pytest.approx(np.full(500, np.exp(-0.63) * 2**0.22), rel=1e-12)


def test_the_simulated_observation_scatters_with_the_residual_error() -> None:
    model = get_model("stein2019")
    cohort = cohort_from_arrays(model, {"Cmax": np.full(3000, 24000.0)})
    course = simulate(model, cohort, times=[28.0], seed=1)
    ratio = course["observed"].values[0, :, 0] / course["car_transgene"].values[:, 0]
    # 3,000 draws know a standard deviation to 1.3 %
    assert np.std(np.log(ratio)) == pytest.approx(0.56, rel=0.05)
