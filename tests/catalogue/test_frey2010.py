"""What frey2010 says beyond its read-outs."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from livingdrug.catalogue.index import get_model
from livingdrug.cohort.cohort import cohort_from_arrays
from livingdrug.cohort.sample import draw_cohort
from livingdrug.core.random import Purpose, normals
from livingdrug.model.regimen import Dose, Regimen
from livingdrug.solve.simulate import simulate

pytestmark = pytest.mark.filterwarnings("ignore::livingdrug.core.errors.DraftModelWarning")

HOUR = 1 / 24
REFERENCES = {
    "body_surface_area": 1.8, "female": 0.0, "hdl_cholesterol": 54.0, "log_rheumatoid_factor": 4.7,
    "total_protein": 74.0, "albumin": 38.0, "creatinine_clearance": 106.0, "smoker": 0.0,
}  # fmt: skip


def give(mg: float, days: list[float], variant: str = "", **values: float) -> xr.Dataset:
    """Simulate one infusion of an hour."""
    model = get_model("frey2010", variant)
    regimen = Regimen((Dose("tocilizumab", mg, "mg", 0.0, HOUR),))
    return simulate(model, cohort_from_arrays(model, values, regimen=regimen), times=days)


def test_the_mean_exposure_of_a_trial_population_is_that_of_table_iv() -> None:
    model = get_model("frey2010")
    n = 300
    z = {
        name: normals(seed=1, purpose=Purpose.COVARIATE, subjects=np.arange(n), name=name)[:, 0]
        for name in ("weight", "female", "albumin")
    }
    weight = np.clip(70 + 17 * z["weight"], 38, 150)  # Table I: median 70 kg, 38 to 150 kg
    covariates = {
        "weight": weight,
        "body_surface_area": 1.8 * np.sqrt(weight / 70),
        "female": (z["female"] < 0.915).astype(float),  # 82 %
        "albumin": np.clip(38 + 4 * z["albumin"], 24, 50),
    }
    dose = [Dose("tocilizumab", 8, "mg", 28.0 * k, HOUR, "kg") for k in range(12)]
    cohort = draw_cohort(model, n, seed=1, covariates=covariates, regimen=Regimen(tuple(dose)))
    course = simulate(model, cohort, times=[308 + HOUR, 336], on_failure="raise")
    peak, trough = course["tocilizumab"].mean("subject").values
    # 300 people know a mean to 3 % of the peak, and to 10 % of the trough; covariates are guessed
    assert peak == pytest.approx(183, rel=0.1)
    assert trough == pytest.approx(9.7, rel=0.4)
    spread = course["tocilizumab"].std("subject").values
    assert spread == pytest.approx([86, 11], rel=0.4)


@pytest.mark.parametrize(
    ("covariate", "value", "parameter", "factor"),
    [
        ("body_surface_area", 2.2, "CL", (2.2 / 1.8) ** 0.7),
        ("female", 1.0, "CL", 0.84),
        ("hdl_cholesterol", 80.0, "CL", (80 / 54) ** -0.2),
        ("log_rheumatoid_factor", 6.0, "CL", (6.0 / 4.7) ** 0.1),
        ("total_protein", 60.0, "V1", (60 / 74) ** -1.1),
        ("albumin", 25.0, "V1", (25 / 38) ** 0.7),
        ("albumin", 25.0, "VM", (25 / 38) ** -0.4),
        ("creatinine_clearance", 50.0, "VM", (50 / 106) ** 0.2),
        ("smoker", 1.0, "VM", 1.11),
    ],
)
def test_covariates_act_as_in_table_iii(
    covariate: str, value: float, parameter: str, factor: float
) -> None:
    model = get_model("frey2010")
    shifted = draw_cohort(model, 20, seed=1, covariates=REFERENCES | {covariate: value})
    usual = draw_cohort(model, 20, seed=1, covariates=REFERENCES)
    ratio = shifted[parameter].values / usual[parameter].values
    assert ratio == pytest.approx(np.full(20, factor), rel=1e-12)


def test_random_effects_are_correlated_as_in_table_ii() -> None:
    cohort = draw_cohort(get_model("frey2010"), 20_000, seed=1)
    logs = np.array([np.log(cohort[name].values) for name in ("CL", "V1", "V2", "VM")])
    # 20,000 draws know a standard deviation to 0.5 % and a correlation to 0.007
    assert np.sqrt(np.expm1(logs.var(axis=1))) == pytest.approx([0.39, 0.37, 0.66, 0.54], rel=0.02)
    expected = [[1, 0.6, -0.1, -0.5], [0.6, 1, 0.5, 0.2], [-0.1, 0.5, 1, 0.2], [-0.5, 0.2, 0.2, 1]]
    assert np.corrcoef(logs) == pytest.approx(np.array(expected), abs=0.03)
    icu = draw_cohort(get_model("frey2010", "icu"), 20_000, seed=1)
    both = np.log([icu["CL"].values, icu["V1"].values])
    assert np.sqrt(np.expm1(both.var(axis=1))) == pytest.approx([0.189, 0.210], rel=0.02)
    assert np.corrcoef(both)[0, 1] == pytest.approx(0.914, abs=0.01)


def test_a_higher_dose_lasts_longer_than_in_proportion() -> None:
    days = np.linspace(0, 60, 601).tolist()
    areas = [np.trapezoid(give(mg, days)["tocilizumab"].values[0], days) for mg in (140, 560)]
    assert areas[1] > 5 * areas[0]
    linear = [
        np.trapezoid(give(mg, days, VM=0.0)["tocilizumab"].values[0], days) for mg in (140, 560)
    ]
    assert linear[1] == pytest.approx(4 * linear[0], rel=1e-5)


def test_an_inflamed_patient_loses_the_drug_within_three_weeks() -> None:
    days = [14.0, 21.0, 24.0]
    arthritis, icu = (give(560, days, v)["tocilizumab"].values[0] for v in ("published", "icu"))
    assert arthritis[2] > 4.0
    assert icu[0] > 1.0  # 1 ug/mL saturates the receptor
    assert icu[1] < 1e-3


def test_doses_by_weight_are_capped() -> None:
    model = get_model("frey2010")
    dose = Dose("tocilizumab", 8, "mg", 0.0, HOUR, "kg", 800.0)
    cohort = cohort_from_arrays(model, {"weight": [70.0, 130.0]}, regimen=Regimen((dose,)))
    assert cohort["dose_amount"].values.tolist() == [560.0, 800.0]


@pytest.mark.parametrize(
    ("variant", "proportional", "additive"), [("", 0.22, 2.4), ("icu", 0.171, 0.139)]
)
def test_the_residual_error_has_both_printed_parts(variant, proportional, additive):
    (seen,) = (o for o in get_model("frey2010", variant).observables if o.name == "tocilizumab")
    assert seen.residual is not None
    assert (seen.residual.kind, seen.residual.sd, seen.residual.sd_additive) == (
        "combined",
        proportional,
        additive,
    )
