"""The rebuilds are proven here, against printed reference values and by routes of their own.

Only after this may anybody compare the catalogue with them. Reference numbers are those of the
model cards (shared folder, models/kimmel2021.md, kimmel2021_stochastic.md, stein2019.md).
"""

from itertools import pairwise

import numpy as np
import pytest
from scipy.integrate import quad, solve_ivp
from scipy.interpolate import CubicSpline
from scipy.optimize import brentq, minimize_scalar
from scipy.stats import norm, qmc

from .car_t import kimmel2021, stein2019

# Reference tables carry at least seven digits: half a unit of the last one is 5e-7 at most.
PRINTED = 5e-7

KIMMEL = kimmel2021.PARAMETERS
SBML = {**KIMMEL, "K_C": 139.0, "k_B": 4.05, "r_B": 0.01}
STEIN = stein2019.PARAMETERS


def _log_tumour(parameters, day):
    """ln(B / B0) at one day."""
    return np.log(kimmel2021.solve(parameters, [day])["B"][0] / parameters["B0"])


# ---- kimmel2021: deterministic part

TRAJECTORY = [  # day, N (cell/uL), C (cell/uL), B (mL); SBML constants
    (5, 65.659802, 24.289325, 3.8167754),
    (7, 108.644938, 30.108814, 0.52174136),
    (10, 186.874482, 22.008275, 0.026815823),
    (14, 295.214469, 8.9746287, 7.8945469e-4),
    (28, 472.883135, 2.4865042, 3.7707026e-7),
    (60, 498.798716, 0.88524893, 2.374917e-11),
    (90, 499.582848, 0.33769885, 4.7595042e-13),
    (180, 499.976897, 0.018736008, 7.8565783e-14),
]


@pytest.mark.parametrize(("day", "n", "c", "b"), TRAJECTORY)
def test_kimmel_trajectory(day, n, c, b):
    course = kimmel2021.solve(SBML, [day])
    got = [course[name][0] for name in ("N", "C", "B")]
    assert got == pytest.approx([n, c, b], rel=PRINTED)


def test_kimmel_table_1_in_cells():
    # Table 1 constants, r_B 0.01 1/day, day 14: printed in cells.
    course = kimmel2021.solve({**KIMMEL, "r_B": 0.01}, [14.0])
    blood = kimmel2021.CELLS_PER_PER_UL
    assert course["N"][0] * blood == pytest.approx(1.475317e11, rel=PRINTED)
    assert course["C"][0] * blood == pytest.approx(4.522588e9, rel=PRINTED)
    assert course["B"][0] * 1e9 == pytest.approx(780647.33, rel=PRINTED)


@pytest.mark.parametrize("method", ["LSODA", "Radau"])
def test_kimmel_concentration_form_equals_cell_form(method):
    # The same patient in cells, written out again, by two unrelated integrators.
    def slope(t, y):
        n, c, _ = y
        total, k_n = n + c, 2.5e11
        gap = (total - k_n) ** 2
        r_c = 0.0251 + 0.525 * gap / (0.423 * total**2 + gap)
        return [
            -0.170 * n * np.log(total / k_n),
            -r_c * c * np.log(total / 6.96e10),
            0.105 - 1.15 * c / (2.024e9 + c),
        ]

    days = np.linspace(0.0, 180.0, 61)
    start = [3.0e9, 1.8e8, np.log(9.486e10)]
    run = solve_ivp(slope, (0, 180), start, method=method, rtol=1e-12, atol=1e-10, t_eval=days)
    course = kimmel2021.solve(KIMMEL, days)
    # Both integrators are told 1e-12 to 1e-11 per step; some hundred steps give about 2e-10.
    np.testing.assert_allclose(course["N"], run.y[0] / 5e8, rtol=2e-9)
    np.testing.assert_allclose(course["C"], run.y[1] / 5e8, rtol=2e-9)
    np.testing.assert_allclose(course["B"], np.exp(run.y[2]) / 1e9, rtol=2e-9)


def test_kimmel_rhs_and_solve_agree():
    names = ("N", "C", "B")

    def slope(t, y):
        change = kimmel2021.rhs(t, dict(zip(names, y, strict=True)), KIMMEL)
        return [change[name] for name in names]

    start = list(kimmel2021.INITIAL(KIMMEL).values())
    run = solve_ivp(slope, (0, 28), start, method="DOP853", rtol=1e-11, atol=1e-16)
    course = kimmel2021.solve(KIMMEL, [28.0])
    # Two integrations at 1e-11 per step.
    assert [course[name][0] for name in names] == pytest.approx(run.y[:, -1], rel=1e-8)


def test_kimmel_propensities_sum_to_rhs():
    state = {"N": 108.6, "C": 30.1, "B": 0.52}
    rate = kimmel2021.propensities(7.0, state, KIMMEL)
    # mL/day, by hand: 0.105 x 0.52 and 1.15 x 30.1 / (4.048 + 30.1) x 0.52.
    assert rate["birth"] == pytest.approx(0.0546, rel=1e-12)
    assert rate["death"] == pytest.approx(0.527111396, rel=1e-8)
    change = kimmel2021.rhs(7.0, state, KIMMEL)["B"]
    assert rate["birth"] - rate["death"] == pytest.approx(change, rel=1e-12)


@pytest.mark.parametrize(
    ("parameters", "day", "peak"),
    [(SBML, 7.010, 30.10896), (KIMMEL, 7.016, 1.5114e10 / 5e8)],  # day, cell/uL
)
def test_kimmel_peak(parameters, day, peak):
    # The card prints day 7.020 for the cell form; that is its output grid. The peak is flat
    # there, so its height does not tell.
    found = minimize_scalar(
        lambda t: -kimmel2021.solve(parameters, [t])["C"][0],
        bounds=(6.0, 8.0),
        method="bounded",
        options={"xatol": 1e-6},
    )
    assert found.x == pytest.approx(day, abs=5e-4)  # printed to 1e-3 day
    assert -found.fun == pytest.approx(peak, rel=3e-6)  # 1.5114e10 has five digits


def test_kimmel_nadir():
    # Table 1 constants: 6.19294e-5 cells at day 160.5 (r_B 0.01), 1006 cells at 63.4 (r_B 0.19).
    days = np.linspace(50.0, 200.0, 15001)
    for rate, cells, digit, day in ((0.01, 6.19294e-5, 5e-11, 160.5), (0.19, 1006.0, 0.5, 63.4)):
        tumour = kimmel2021.solve({**KIMMEL, "r_B": rate}, days)["B"] * 1e9
        assert tumour.min() == pytest.approx(cells, abs=digit)
        assert days[tumour.argmin()] == pytest.approx(day, abs=0.05)


@pytest.mark.parametrize(
    ("constants", "r_b", "day", "grid"),
    [
        (KIMMEL, 0.05, 741.32, 1e-2),
        (KIMMEL, 0.105, 353.01, 1e-2),
        (KIMMEL, 0.19, 194.53, 1e-2),
        (KIMMEL, 0.265, 137.41, 1e-2),
        (SBML, 0.065, 567.304, 1e-3),
        (SBML, 0.105, 351.182, 1e-3),
        (SBML, 0.19, 193.515, 1e-3),
        (SBML, 0.265, 136.659, 1e-3),
    ],
)
def test_kimmel_progression(constants, r_b, day, grid):
    # First regrowth to 1.2 B0. The printed day is the first grid point past the crossing.
    p = {**constants, "r_B": r_b}
    crossing = brentq(lambda t: _log_tumour(p, t) - np.log(1.2), day - 20.0, day + 20.0)
    assert -0.01 * grid < day - crossing < 1.01 * grid


def test_kimmel_zero_states_stay_zero():
    course = kimmel2021.solve({**KIMMEL, "C0": 0.0, "B0": 0.0}, [0.0, 30.0])
    assert not course["C"].any()
    assert not course["B"].any()
    # Gompertz alone: ln(N/K_N) = ln(N0/K_N) exp(-r_N t).
    gompertz = 500.0 * np.exp(np.log(6.0 / 500.0) * np.exp(-0.170 * 30.0))
    assert course["N"][1] == pytest.approx(gompertz, rel=1e-9)


# ---- kimmel2021: extinction of the tumour


def test_kimmel_exact_law_from_infusion():
    for r_b, probability in ((0.065, 0.986813), (0.105, 0.661785), (0.130, 0.0626027)):
        got = kimmel2021.closed_form({**KIMMEL, "r_B": r_b}, [600.0])["extinct"][0]
        assert got == pytest.approx(probability, rel=1e-6)
    got = kimmel2021.closed_form({**KIMMEL, "r_B": 0.150}, [600.0])["extinct"][0]
    assert got == pytest.approx(1.14984e-5, rel=5e-6)
    for r_b, probability in ((0.01, 0.999958), (0.065, 0.984464), (0.105, 0.618767)):
        got = kimmel2021.closed_form({**SBML, "r_B": r_b}, [600.0])["extinct"][0]
        assert got == pytest.approx(probability, abs=5.1e-7)
    log10 = kimmel2021.closed_form({**SBML, "r_B": 0.19}, [600.0])["log_extinct"][0] / np.log(10)
    assert log10 == pytest.approx(np.log10(1.4e-73), abs=0.016)  # two printed digits


def test_kimmel_exact_law_in_time():
    got = kimmel2021.closed_form({**SBML, "r_B": 0.065}, [140.0, 60.0, 100.0])["extinct"]
    assert got == pytest.approx([0.984149, 0.626943, 0.976931], abs=5.1e-7)
    for r_b, median in ((0.065, 56.70), (0.105, 73.18)):  # day, given extinction
        p = {**KIMMEL, "r_B": r_b}
        half, end = kimmel2021.closed_form(p, [median, 600.0])["extinct"]
        # A day of 0.01 moves the probability by about 4e-4.
        assert half / end == pytest.approx(0.5, abs=4e-4)


@pytest.mark.parametrize("until", [50.0, 73.18, 120.0, 600.0])
def test_kimmel_exact_law_solves_backward_equation(until):
    # Kolmogorov backward equation for s, the chance that one cell's line lives on at `until`:
    # ds/dt = s (d - b (1 - s)), s(until) = 1, integrated backwards as ln s. No closed form used.
    days = np.linspace(0.0, until, 4001)
    log_c = CubicSpline(days, np.log(kimmel2021.solve(KIMMEL, days)["C"]))

    def slope(back, y):
        c = np.exp(log_c(until - back))
        return [0.105 * -np.expm1(y[0]) - 1.15 * c / (4.048 + c)]

    run = solve_ivp(slope, (0, until), [0.0], method="DOP853", rtol=1e-11, atol=1e-11)
    expected = np.exp(9.486e10 * np.log1p(-np.exp(run.y[0, -1])))
    got = kimmel2021.closed_form(KIMMEL, [until])["extinct"][0]
    # ln P is -15 at day 50 and its relative error that of the spline, about 1e-9.
    assert got == pytest.approx(expected, rel=1e-6)


HYBRID = [  # B0 (mL), r_B (1/day), day of B = 100 cells, P(extinct), its last digit, cure days
    (2.3, 0.05, 24.755, 0.999924, 5e-7, (33.7, 38.2, 47.7)),
    (2.3, 0.105, 28.668, 0.990038, 5e-7, (40.1, 46.6, 63.2)),
    (2.3, 0.19, 41.551, 0.022005, 5e-7, (62.6, 74.6, 93.4)),
    (94.86, 0.05, 34.664, 0.996877, 5e-7, (46.4, 52.8, 68.5)),
    (94.86, 0.065, 36.340, 0.986812, 5e-7, None),
    (94.86, 0.105, 42.405, 0.660691, 5e-7, (60.7, 73.3, 100.6)),
    (94.86, 0.130, 48.676, 0.0568235, 5e-8, None),
    (94.86, 0.150, 58.990, 4.99e-7, 5e-10, None),
    (1300.0, 0.05, 43.471, 0.958033, 5e-7, (59.0, 68.7, 95.4)),
    (1300.0, 0.105, 58.654, 0.002291, 5e-7, (87.0, 102.2, 126.7)),
]


@pytest.mark.parametrize(("b0", "r_b", "day", "probability", "digit", "quantiles"), HYBRID)
def test_kimmel_hybrid_from_100_cells(b0, r_b, day, probability, digit, quantiles):
    p = {**KIMMEL, "B0": b0, "r_B": r_b}
    target = np.log(1e-7 / b0)
    crossing = brentq(lambda t: _log_tumour(p, t) - target, day - 1.0, day + 0.5)
    # The card's day is the first point of its 1e-3 day grid past the crossing, its probability
    # counts 100 cells on that day.
    assert -1e-5 < day - crossing < 1.01e-3
    days = np.linspace(day, 600.0, 60001)
    chance = kimmel2021.closed_form(p, days, since=day, cells=100.0)["extinct"]
    assert chance[-1] == pytest.approx(probability, abs=1.02 * digit)
    if quantiles is not None:
        got = np.interp(np.array([0.05, 0.5, 0.95]) * chance[-1], chance, days)
        assert got == pytest.approx(quantiles, abs=0.051)  # printed to 0.1 day


def test_kimmel_extinction_needs_the_cells_of_a_later_start():
    with pytest.raises(ValueError, match="number of cells"):
        kimmel2021.closed_form(KIMMEL, [60.0], since=40.0)


# ---- stein2019

LEVEL_DAYS = [0, 1, 3, 5, 7, 9, 9.3, 11, 14, 21, 28, 60, 90, 180, 365, 730]
LEVELS_UP = [6.1538462, 14.972096, 88.624658, 524.59788, 3105.2637, 18381.056]  # R, copies/ug
LEVELS_DOWN = [24000, 18328.626, 11411.534, 3845.0465, 1373.5588, 168.34614, 146.50767]
LEVELS_LATE = [109.80176, 60.744503, 18.890829]


@pytest.mark.parametrize("route", [stein2019.closed_form, stein2019.solve])
def test_stein_levels(route):
    course = route(STEIN, LEVEL_DAYS)
    printed = [*LEVELS_UP, *LEVELS_DOWN, *LEVELS_LATE]
    np.testing.assert_allclose(course["R"], printed, rtol=PRINTED)
    course = route(STEIN, [11, 14, 28])
    np.testing.assert_allclose(course["E"][[0, 2]], [18284.502, 1204.4871], rtol=PRINTED)
    np.testing.assert_allclose(course["M"], [44.123808, 97.387997, 169.07168], rtol=PRINTED)


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"t_tocilizumab": 5.7},
        {"t_tocilizumab": -1.0},
        {"t_tocilizumab": 12.0},
        {"t_tocilizumab": 3.0, "t_steroid": 6.0, "Fster": 0.7},
        {"t_tocilizumab": 4.0, "t_steroid": 4.0, "Fster": 0.7},
        {"alpha": 0.0032},
        {"foldx": 0.5},
        {"Tmax": 40.0},
    ],
)
def test_stein_closed_form_equals_ode(change):
    p = {**STEIN, **change}
    days = np.array([28.0, 0.0, 2.0, 4.0, 5.7, 9.3, 9.4, 15.0, 90.0])  # any order
    exact, numerical = stein2019.closed_form(p, days), stein2019.solve(p, days)
    for name in ("E", "M", "R"):
        # 1e-11 per step over some tens of steps; the absolute part lets a zero M be zero.
        np.testing.assert_allclose(numerical[name], exact[name], rtol=2e-9, atol=1e-9)


def test_stein_area():
    auc = stein2019.closed_form(STEIN, [28.0, 1e6])["auc"]
    assert auc[0] == pytest.approx(171774.29, rel=5e-8)  # copies/ug day, to infinity the next
    assert auc[1] == pytest.approx(235051.3, rel=5e-7)
    for change in ({}, {"t_tocilizumab": 5.7}, {"Tmax": 40.0}):
        p = {**STEIN, **change}
        edges = sorted({0.0, min(p["t_tocilizumab"], 28.0), min(p["Tmax"], 28.0), 28.0})
        area = sum(
            quad(lambda t, p=p: stein2019.closed_form(p, [t])["R"][0], low, high)[0]
            for low, high in pairwise(edges)
        )
        assert stein2019.closed_form(p, [28.0])["auc"][0] == pytest.approx(area, rel=1e-8)


def test_stein_derived_numbers():
    rho = np.log(STEIN["foldx"]) / STEIN["Tmax"]
    assert rho == pytest.approx(0.88911095, rel=1e-8)  # 1/day
    assert stein2019.INITIAL(STEIN)["E"] == pytest.approx(6.1538462, rel=1e-8)
    half_lives = [np.log(2) / rate for rate in (rho, STEIN["alpha"], STEIN["beta"])]
    assert half_lives == pytest.approx([0.779596, 4.332170, 216.608], rel=2.5e-6)  # day
    at_peak = stein2019.rhs(STEIN["Tmax"], {"E": 1.0, "M": 0.0}, STEIN)
    assert at_peak["M"] == pytest.approx(0.00123872, rel=1e-12)  # k, 1/day
    assert at_peak["E"] == -0.16
    assert stein2019.rhs(9.2999, {"E": 1.0, "M": 0.0}, STEIN)["E"] == pytest.approx(rho)


@pytest.mark.parametrize(
    ("change", "level", "ratio"),
    [
        ({"t_tocilizumab": 5.7}, 45522.8, 1.897),
        ({"t_tocilizumab": 5.0}, 51557.1, 2.148),
        ({"t_steroid": 7.5}, 24000.0, 1.0),
        # both drugs, by hand: R0 exp(rho (3 + 1.2 x 3 + 1.2 x 0.7 x 3.3))
        ({"t_tocilizumab": 3.0, "t_steroid": 6.0, "Fster": 0.7}, 25586.6, 1.066),
    ],
)
def test_stein_comedication(change, level, ratio):
    got = stein2019.closed_form({**STEIN, **change}, [STEIN["Tmax"]])["R"][0]
    assert got == pytest.approx(level, abs=0.051)
    assert got / STEIN["Cmax"] == pytest.approx(ratio, abs=5.1e-4)


def test_stein_factor_holds_after_the_dose():
    p = {**STEIN, "t_tocilizumab": 5.0}
    rate = [stein2019.rhs(t, {"E": 1.0, "M": 0.0}, p)["E"] for t in (4.99, 5.0, 5.01)]
    rho = 0.88911095  # 1/day
    assert rate == pytest.approx([rho, rho, 1.2 * rho], rel=1e-8)  # t > T, strictly


def _population(variant, days, log2_people=17):
    """Log levels of a quasi-random population, (people, day), and its parameters."""
    names = list(stein2019.IIV[variant])
    # Sobol points, scrambled with a fixed seed: errors of 0.1 % where random ones give 0.5 %.
    z = norm.ppf(qmc.Sobol(len(names), seed=20190501).random_base2(log2_people))
    d = {n: stein2019.IIV[variant][n].value(STEIN[n], z[:, i]) for i, n in enumerate(names)}
    levels = []
    for day in days:
        tau = np.maximum(day - d["Tmax"], 0.0)
        late = (1.0 - d["F_B"]) * np.exp(-d["alpha"] * tau) + d["F_B"] * np.exp(-d["beta"] * tau)
        early = -np.log(d["foldx"]) * np.maximum(1.0 - day / d["Tmax"], 0.0)
        levels.append(np.log(d["Cmax"]) + early + np.log(late))
    return np.array(levels).T, d


def test_stein_population():
    levels, drawn = _population("omega_sd", (28.0, 90.0, 365.0))
    got = np.exp(np.quantile(levels, [0.05, 0.5, 0.95], axis=0)).T
    printed = [(86, 1620, 18500), (26, 179, 1959), (1.3, 50.7, 421)]  # copies/ug
    for (low, median, high), (p05, p50, p95) in zip(printed, got, strict=True):
        # The card's own 2e5 random patients: standard error 0.5 % of a median, 0.8 % of a tail
        # quantile; three of them, and the last printed digit (1.3: 4 %).
        assert p50 == pytest.approx(median, rel=0.015)
        assert p05 == pytest.approx(low, rel=0.025 if low > 2.0 else 0.04)
        assert p95 == pytest.approx(high, rel=0.025)
    for i in range(0, 100, 7):  # the formula above is the rebuild's
        p = {**STEIN, **{name: float(column[i]) for name, column in drawn.items()}}
        exact = stein2019.closed_form(p, (28.0, 90.0, 365.0))["R"]
        assert np.log(exact) == pytest.approx(levels[i], abs=1e-9)


def test_stein_range_of_peak_days():
    # 5th and 95th percentile in days. Exact; the card's 17.3 is 0.08 low, the rest agree.
    for variant, low, high in (("omega_sd", 4.9777, 17.3755), ("omega_variance", 3.3739, 25.6353)):
        got = stein2019.IIV[variant]["Tmax"].value(9.3, norm.ppf([0.05, 0.95]))
        assert got == pytest.approx([low, high], abs=5.1e-5)
