"""One series: half-lives on closed forms, and the published curve as a whole."""

import math

import numpy as np
import pytest

from livingdrug.clinical.kinetics import KineticsRules, kinetics_of

EXACT = 1e-12  # relative: closed forms differ from the result by a few roundings only


def exponential(times, *, peak=800.0, at=8.0, half_life=4.0):
    """Zero at day 0, linear to the peak, then one exponential."""
    t = np.asarray(times, dtype=float)
    return np.where(t < at, peak * t / at, peak * 0.5 ** ((t - at) / half_life))


def stein(times):
    """Published tisagenlecleucel curve (doi:10.1002/psp4.12388, Table 1), closed form."""
    t = np.asarray(times, dtype=float)
    rho, tau = math.log(3900) / 9.3, np.maximum(t - 9.3, 0)
    decline = (1 - 0.0079) * np.exp(-0.16 * tau) + 0.0079 * np.exp(-0.0032 * tau)
    return 24000 * np.where(t < 9.3, np.exp(-rho * (9.3 - np.minimum(t, 9.3))), decline)


def grid(end, step, *extra):
    return np.unique(np.append(np.round(np.arange(0, end + step / 2, step), 9), extra))


# --- half-lives ---


def test_single_exponential_gives_both_half_lives():
    times = grid(28, 1)
    result = kinetics_of(times, exponential(times))
    assert result.half_life_initial == pytest.approx(4, rel=EXACT)
    assert result.half_life_terminal == pytest.approx(4, rel=EXACT)
    assert result.terminal_r2_adjusted == pytest.approx(1, abs=1e-12)
    # the peak belongs to the initial decline, not to the terminal one
    assert (result.initial_n_points, result.terminal_n_points) == (21, 20)


def test_terminal_window_must_span_two_half_lives():
    enough = kinetics_of([0, 8, 9, 13, 17], exponential([0, 8, 9, 13, 17]))
    assert enough.half_life_terminal == pytest.approx(4, rel=EXACT)
    short = kinetics_of([0, 8, 9, 13, 16.9], exponential([0, 8, 9, 13, 16.9]))
    assert math.isnan(short.half_life_terminal)
    assert "half_life_terminal: the decline after tmax spans less than 2 half-lives" in (
        short.reasons
    )


def test_terminal_window_takes_the_best_adjusted_r2_and_then_more_points():
    # fast half-life 1 day to day 10, then exactly 5 days: the four late points are one line
    times = np.array([0, 4, 5, 6, 7, 8, 9, 10, 20, 30, 40.0])
    late = 2.0**-6 * 0.5 ** ((times - 10) / 5)
    values = np.where(times <= 10, 0.5 ** (times - 4), late)
    values[0] = 0
    result = kinetics_of(times, values)
    assert result.half_life_terminal == pytest.approx(5, rel=EXACT)
    assert result.terminal_n_points == 4  # three of them would fit as well


def test_adjusted_r2_is_that_of_the_regression():
    times = np.array([0, 8, 10, 14, 18, 22.0])
    values = exponential(times) * np.array([1, 1, 1.1, 0.95, 1.05, 0.9])
    result = kinetics_of(times, values)
    x, y = times[2:], np.log(values[2:])
    slope, _ = np.polyfit(x, y, 1)
    r2 = np.corrcoef(x, y)[0, 1] ** 2
    assert result.terminal_n_points == 4
    assert result.half_life_terminal == pytest.approx(-math.log(2) / slope, rel=1e-10)
    assert result.terminal_r2_adjusted == pytest.approx(1 - (1 - r2) * 3 / 2, rel=1e-10)


def test_two_phases_forced_into_one_line_are_refused():
    times = [0, 1, 3, 7, 10, 14, 21, 28, 60, 90, 180, 270, 365]
    result = kinetics_of(times, stein(times))
    assert math.isnan(result.half_life_terminal)
    assert any("adjusted R2 below 0.8" in reason for reason in result.reasons)
    loose = kinetics_of(times, stein(times), rules=KineticsRules(terminal_min_r2_adjusted=0.0))
    # what would have been reported: far from the true 216.6 days
    assert loose.half_life_terminal < 100
    assert loose.terminal_r2_adjusted < 0.6


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ([0, 9, 5], "half_life_terminal: fewer than 3 quantifiable values after tmax"),
        ([0, 9, 2, 3, 4, 5], "half_life_terminal: no decline after tmax"),
        ([0, 9, 2, 2, 2, 2], "half_life_terminal: no decline after tmax"),
        ([0, 9], "half_life_initial: fewer than 3 quantifiable values from tmax to day 28"),
        ([0, 9, 8.9, 8.8, 8.7], "half_life_initial: the decline from tmax to day 28 spans less"),
    ],
)
def test_missing_half_life_has_its_reason(values, reason):
    result = kinetics_of(7.0 * np.arange(len(values)), values)
    assert any(text.startswith(reason) for text in result.reasons)


def test_initial_decline_ends_at_its_last_day():
    times = [0, 10, 20, 27, 30, 40]
    values = exponential(times, at=10)
    values[4:] = values[3]  # a plateau that must not matter
    assert kinetics_of(times, values).half_life_initial == pytest.approx(4, rel=EXACT)
    early = kinetics_of(times, values, rules=KineticsRules(initial_end=20))
    assert math.isnan(early.half_life_initial)


# --- the published curve ---


def test_published_curve_on_a_dense_grid():
    result = kinetics_of(grid(28, 0.01, 9.3), stein(grid(28, 0.01, 9.3)))
    # the rise is integrated linearly: relative error (rho step)^2 / 12 = 7e-6 at most
    assert result.auc_0_28d == pytest.approx(171774.29, rel=7e-6)
    assert result.cmax == pytest.approx(24000, rel=EXACT)
    assert result.tmax == 9.3
    # ln 2 / 0.16 = 4.332 days; the slow phase under it flattens the window by up to 4 %
    assert 4.3321 < result.half_life_initial < 4.3321 * 1.04


def test_published_curve_followed_for_long():
    times = grid(1500, 1, 9.3)
    result = kinetics_of(times, stein(times))
    # windows within 1e-4 of the best R2 reach a little into the fast phase
    assert result.half_life_terminal == pytest.approx(216.608, rel=0.003)
    late = grid(1500, 1, 9.3)
    late = late[(late < 10) | (late > 200)]
    # after day 200 the fast phase is below 1e-11 of the slow one
    assert kinetics_of(late, stein(late)).half_life_terminal == pytest.approx(216.608, rel=1e-4)


def test_published_curve_without_the_slow_phase_gives_the_exact_initial_half_life():
    times = grid(28, 0.1, 9.3)
    values = np.where(times < 9.3, stein(times), 24000 * np.exp(-0.16 * (times - 9.3)))
    result = kinetics_of(times, values)
    assert result.half_life_initial == pytest.approx(math.log(2) / 0.16, rel=1e-9)
