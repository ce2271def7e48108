"""What nikanjam2019 says beyond its read-outs."""

from __future__ import annotations

import numpy as np
import pytest

from livingdrug.catalogue.drug.nikanjam2019 import TERMINAL
from livingdrug.catalogue.index import get_model
from livingdrug.cohort.cohort import cohort_from_arrays
from livingdrug.cohort.sample import draw_cohort
from livingdrug.model.expression.evaluate import evaluate
from livingdrug.model.expression.parse import parse
from livingdrug.model.regimen import Dose, Regimen
from livingdrug.solve.simulate import simulate

pytestmark = pytest.mark.filterwarnings("ignore::livingdrug.core.errors.DraftModelWarning")

HOUR = 1 / 24


def half_life(values: dict[str, float]) -> float:
    return float(evaluate(parse(TERMINAL), values, 0.0))


def biexponential(mg: float, days: np.ndarray, p: dict[str, float]) -> np.ndarray:
    """Return the level after an infusion of an hour, for days after its end, in closed form."""
    k, k12, k21 = p["CL"] / p["V1"], p["Q"] / p["V1"], p["Q"] / p["V2"]
    fast, slow = np.roots([1.0, -(k + k12 + k21), k * k21])
    total = np.zeros_like(days)
    for one, other in ((fast, slow), (slow, fast)):
        part = mg / p["V1"] * (one - k21) / (one - other)
        total += part * np.exp(-one * days) * np.expm1(one * HOUR) / (one * HOUR)
    return total


def test_the_course_is_the_closed_form_for_any_parameters() -> None:
    model = get_model("nikanjam2019")
    regimen = Regimen((Dose("siltuximab", 803.0, "mg", 0.0, HOUR),))
    cohort = draw_cohort(model, 30, seed=2, regimen=regimen)
    days = np.array([HOUR, 1.0, 7.0, 60.0, 200.0])
    course = simulate(model, cohort, times=days.tolist(), rtol=1e-9)
    for row in range(30):
        p = {name: float(cohort[name].values[row]) for name in ("CL", "V1", "V2")} | {"Q": 0.624}
        # rtol 1e-9 per step
        expected = biexponential(803.0, days, p)
        assert course["siltuximab"].values[row] == pytest.approx(expected, rel=1e-6, abs=1e-9)


def test_one_random_effect_moves_both_volumes() -> None:
    cohort = draw_cohort(get_model("nikanjam2019"), 20_000, seed=1)
    ratio = cohort["V2"].values / cohort["V1"].values
    assert ratio == pytest.approx(np.full(20_000, 3.13 / 3.66), rel=1e-9)
    for name, cv in (("CL", 0.20), ("V1", 0.42), ("V2", 0.42)):
        # 20,000 draws know a standard deviation to 0.5 %
        spread = np.sqrt(np.expm1(np.log(cohort[name].values).var()))
        assert spread == pytest.approx(cv, rel=0.02)
    assert "Q" not in cohort


@pytest.mark.parametrize(
    ("covariate", "value", "factors"),
    [
        ("weight", 100.0, {"CL": 1.0, "V1": (100 / 73) ** 0.65, "V2": (100 / 73) ** 0.65}),
        ("albumin", 2.5, {"CL": (2.5 / 4.1) ** -0.84, "V1": (2.5 / 4.1) ** -0.35}),
        ("alt", 60.0, {"CL": (60 / 19) ** -0.096, "V1": 1.0}),
        ("creatinine", 1.8, {"CL": 1.0, "V2": 2**0.16}),
        ("healthy", 1.0, {"CL": 0.77, "V1": 0.83, "V2": 0.83}),
        ("castleman", 1.0, {"CL": 1.24, "V1": 1.0}),
        ("smoldering_myeloma", 1.0, {"CL": 1.0, "V1": 0.77, "V2": 0.77}),
    ],
)
def test_covariates_act_as_in_table_2(
    covariate: str, value: float, factors: dict[str, float]
) -> None:
    model = get_model("nikanjam2019")
    usual = draw_cohort(model, 20, seed=1)
    shifted = draw_cohort(model, 20, seed=1, covariates={covariate: value})
    for name, factor in factors.items():
        ratio = shifted[name].values / usual[name].values
        assert ratio == pytest.approx(np.full(20, factor), rel=1e-12)


def test_the_exponent_of_albumin_says_more_than_the_abstract() -> None:
    model = get_model("nikanjam2019")
    cohort = draw_cohort(model, 2, seed=1, covariates={"albumin": [1.5, 5.2]})
    plain = draw_cohort(model, 2, seed=1)
    low, high = cohort["CL"].values / plain["CL"].values
    # "1.8-fold over the range of albumin values" (abstract); a deviation of the entry
    assert low / high == pytest.approx(2.84, abs=0.01)


def test_the_order_of_half_lives_is_that_of_the_abstract() -> None:
    p = {"CL": 0.214, "V1": 3.66, "V2": 3.13, "Q": 0.624}
    healthy = half_life(p | {"CL": 0.214 * 0.77, "V1": 3.66 * 0.83, "V2": 3.13 * 0.83})
    castleman = half_life(p | {"CL": 0.214 * 1.24})
    assert healthy > half_life(p) > castleman


def test_repeated_doses_accumulate_as_the_kinetics_say() -> None:
    model = get_model("nikanjam2019")
    doses = tuple(Dose("siltuximab", 803.0, "mg", 21.0 * k, HOUR) for k in range(12))
    cohort = cohort_from_arrays(model, {}, regimen=Regimen(doses))
    days = np.linspace(231, 252, 2101)
    level = simulate(model, cohort, times=days.tolist())["siltuximab"].values[0]
    # at steady state the area over an interval is dose over clearance
    assert np.trapezoid(level, days) == pytest.approx(803 / 0.214, rel=2e-3)


@pytest.mark.parametrize(("variant", "proportional", "additive"), [("", 0.224, 0.0217)])
def test_the_residual_error_has_both_printed_parts(variant, proportional, additive):
    (seen,) = (o for o in get_model("nikanjam2019", variant).observables if o.name == "siltuximab")
    assert seen.residual is not None
    assert (seen.residual.kind, seen.residual.sd, seen.residual.sd_additive) == (
        "combined",
        proportional,
        additive,
    )
