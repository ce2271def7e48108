"""What hornik2019 says beyond its read-outs."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from scipy.integrate import solve_ivp

from livingdrug.catalogue.index import get_model
from livingdrug.cohort.cohort import cohort_from_arrays
from livingdrug.cohort.sample import draw_cohort
from livingdrug.core.errors import DataError
from livingdrug.model.regimen import Dose, Regimen
from livingdrug.solve.simulate import simulate

pytestmark = pytest.mark.filterwarnings("ignore::livingdrug.core.errors.DraftModelWarning")

HOUR = 1 / 24
HOURS = np.linspace(0.0, 72.0, 721)


def give(mg_per_kg: float, *starts: float, **values: float) -> xr.Dataset:
    """Simulate infusions of an hour at these hours, for 3.2 kg."""
    model = get_model("hornik2019")
    doses = [
        Dose("methylprednisolone", mg_per_kg, "mg", h * HOUR, HOUR, "kg")
        for h in starts
        if mg_per_kg
    ]
    cohort = cohort_from_arrays(model, {"weight": 3.2} | values, regimen=Regimen(tuple(doses)))
    return simulate(model, cohort, times=(HOURS * HOUR).tolist(), on_failure="raise")


def by_hand(p: dict[str, float], mg: float, hours: np.ndarray) -> np.ndarray:
    """Integrate the printed equations, in hours, piece by piece between their jumps."""
    end = p["bypass"] / 60

    def slope(t: float, y: np.ndarray, infused: float, surge: str) -> list[float]:
        d, a, q, il6 = y
        x = {"none": 0.0, "full": p["CPBE"]}.get(surge)
        if x is None:
            x = p["CPBE"] * np.exp(-0.693 * (t - end) / 9.08)
        cl = p["CL"] * ((p["bypass"] / 156.5) ** -0.47 if surge == "waning" else 1.0)
        c = max(1000 * a / p["Vc"], 0.0)
        e = c**2.53 / (14**2.53 + c**2.53)
        made = 0.171 * p["base"] * ((1 + x * (1 - 0.214)) * (1 - e) + x * 0.214)
        there, back = p["Q"] / p["Vc"] * a, p["Q"] / 16.81 * q
        return [
            infused - 0.41 * d,
            0.41 * d - cl / p["Vc"] * a - there + back,
            there - back,
            made - 0.171 * il6,
        ]

    y, found = np.array([0.0, 0.0, 0.0, p["base"]]), []
    for start, stop, infused, surge in (
        (0.0, 0.5, mg, "none"), (0.5, 1.0, mg, "full"), (1.0, end, 0.0, "full"),
        (end, 72.0, 0.0, "waning"),
    ):  # fmt: skip
        inside = hours[(hours > start) & (hours <= stop)]
        run = solve_ivp(
            slope, (start, stop), y, "LSODA", args=(infused, surge), rtol=1e-10, atol=1e-12,
            t_eval=np.union1d(inside, stop),
        )  # fmt: skip
        found += run.y[3, : inside.size].tolist()
        y = run.y[:, -1]
    return np.array(found)


def test_il6_follows_the_printed_equations_for_any_subject() -> None:
    model = get_model("hornik2019")
    regimen = Regimen((Dose("methylprednisolone", 96.0, "mg", 0.0, HOUR),))
    drawn = draw_cohort(model, 8, seed=2)
    names = ("CL", "Vc", "Q", "base", "CPBE")
    values = {name: drawn[name].values for name in names}
    values["bypass"] = np.linspace(64.0, 251.0, 8)  # the range of Table 1
    cohort = cohort_from_arrays(model, values, regimen=regimen)
    hours = np.array([2.0, 6.0, 24.0, 48.0, 72.0])
    course = simulate(model, cohort, times=(hours * HOUR).tolist(), rtol=1e-8)
    for row in range(8):
        p = {name: float(values[name][row]) for name in (*names, "bypass")}
        # rtol 1e-8 per step
        expected = by_hand(p, 96.0, hours)
        assert course["IL6"].values[row] == pytest.approx(expected, rel=1e-5)


def test_a_dose_inhibits_and_three_times_as_much_adds_little() -> None:
    # abstract: 10 mg/kg inhibits IL-6 compared with placebo; 30 mg/kg or two doses add nothing
    none, ten, thirty = (give(mg, 0.0)["il6"].values[0] for mg in (0.0, 10.0, 30.0))
    twice = give(30.0, 0.0, 10.0)["il6"].values[0]
    area = [np.trapezoid(curve, HOURS) for curve in (none, ten, thirty, twice)]
    assert area[1] < 0.6 * area[0]
    assert area[1] - area[2] < 0.5 * (area[0] - area[1])
    assert area[2] - area[3] < 0.5 * (area[0] - area[1])


def test_the_steroid_delays_the_rest_of_the_surge() -> None:
    none, given = (give(mg, 0.0)["il6"].values[0] for mg in (0.0, 30.0))
    assert HOURS[given.argmax()] > HOURS[none.argmax()] + 10
    late = HOURS >= 48
    assert given[late] == pytest.approx(none[late], rel=0.1)


def test_without_bypass_the_steroid_lowers_the_base() -> None:
    curve = give(30.0, 0.0, t_bypass=np.inf)["il6"].values[0]
    assert curve[0] == 7.9
    assert curve.max() == 7.9
    assert curve.min() < 1.0
    assert curve[-1] > 7.0  # and comes back


def test_clearance_changes_at_the_end_of_bypass() -> None:
    long, short = (give(30.0, 0.0, bypass=minutes) for minutes in (251.0, 64.0))
    before = HOURS <= 1.0
    name = "methylprednisolone"
    assert long[name].values[0, before] == pytest.approx(short[name].values[0, before], rel=1e-5)
    ratio = (251 / 64) ** -0.47
    assert long["CL_now"].values[0, -1] / short["CL_now"].values[0, -1] == pytest.approx(ratio)
    assert long["CL_now"].values[0, 0] == 3.88


def test_a_bypass_shorter_than_its_onset_is_refused() -> None:
    with pytest.raises(DataError, match="bypass"):
        give(30.0, 0.0, bypass=20.0)


def test_covariates_and_random_effects_are_those_of_the_tables() -> None:
    model = get_model("hornik2019")
    usual = draw_cohort(model, 20_000, seed=1)
    for name, cv in (("CL", 0.472), ("Vc", 0.264), ("Q", 0.326), ("base", 1.005), ("CPBE", 0.836)):
        # 20,000 draws know a standard deviation to 0.5 %
        spread = np.sqrt(np.expm1(np.log(usual[name].values).var()))
        assert spread == pytest.approx(cv, rel=0.03)
    plain = draw_cohort(model, 5, seed=1)
    shifted = draw_cohort(model, 5, seed=1, covariates={"weight": 4.3, "high_risk_surgery": 1.0})
    for name, factor in (
        ("CL", (4.3 / 3.2) ** 1.24), ("Q", (4.3 / 3.2) ** 1.24), ("Vc", 4.3 / 3.2),
        ("CPBE", 2.59),
    ):  # fmt: skip
        ratio = shifted[name].values / plain[name].values
        assert ratio == pytest.approx(np.full(5, factor), rel=1e-12)
    assert shifted["Vp"].values == pytest.approx(np.full(5, 16.81 * 4.3 / 3.2), rel=1e-12)
