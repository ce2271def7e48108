"""One series: area, limits of quantification and peaks, each rule on a closed form."""

import math

import numpy as np
import pytest

from livingdrug.clinical.kinetics import KineticsRules, kinetics_of
from livingdrug.core.errors import OptionError

NAN = math.nan
EXACT = 1e-12  # relative: closed forms differ from the result by a few roundings only


def exponential(times, *, peak=800.0, at=8.0, half_life=4.0):
    """Zero at day 0, linear to the peak, then one exponential."""
    t = np.asarray(times, dtype=float)
    return np.where(t < at, peak * t / at, peak * 0.5 ** ((t - at) / half_life))


# --- AUC ---


def test_auc_is_linear_up_and_logarithmic_down():
    times = [0, 4, 8, 12, 20, 28]
    result = kinetics_of(times, exponential(times))
    up = 0.5 * 800 * 8
    down = 800 * 4 / math.log(2) * (1 - 0.5**5)
    assert result.auc == pytest.approx(up + down, rel=EXACT)
    assert result.auc_0_28d == result.auc
    assert (result.auc_flag, result.auc_extrapolated_fraction) == ("observed", 0.0)


def test_auc_goes_linearly_down_to_zero_and_along_a_plateau():
    result = kinetics_of([0, 7, 14, 21, 28], [0, 10, 10, 0, 0])
    assert result.auc == pytest.approx(0.5 * 70 + 70 + 0.5 * 70, rel=EXACT)


def test_auc_of_a_nearly_flat_decline_keeps_its_digits():
    low = 10 * (1 - 1e-13)
    result = kinetics_of([0, 4, 28], [10, 10, low])
    # the logarithmic mean lies between both values; a naive quotient is off by 1e-3 here
    assert 24 * low + 40 <= result.auc <= 280


@pytest.mark.parametrize("last", [30.0, 35.0, 90.0])
def test_auc_is_cut_at_day_28_on_a_decline(last):
    times = [0, 8, 12, 20, 24, last]
    result = kinetics_of(times, exponential(times))
    expected = 3200 + 800 * 4 / math.log(2) * (1 - 0.5**5)
    assert result.auc == pytest.approx(expected, rel=EXACT)
    assert (result.auc_flag, result.auc_extrapolated_fraction) == ("interpolated", 0.0)


def test_auc_is_cut_at_day_28_on_a_rise():
    result = kinetics_of([0, 20, 40], [0, 0, 20])
    assert result.auc == pytest.approx(0.5 * 8 * 8, rel=EXACT)
    assert result.auc_flag == "interpolated"


def test_auc_is_extrapolated_with_the_terminal_slope():
    times = [0, 8, 10, 12, 16, 20]
    result = kinetics_of(times, exponential(times))
    tail = 800 * 4 / math.log(2) * (0.5**3 - 0.5**5)
    total = 3200 + 800 * 4 / math.log(2) * (1 - 0.5**5)
    assert result.half_life_terminal == pytest.approx(4, rel=EXACT)
    assert result.auc == pytest.approx(total, rel=EXACT)
    assert result.auc_flag == "extrapolated"
    assert result.auc_extrapolated_fraction == pytest.approx(tail / total, rel=EXACT)


def test_auc_is_extrapolated_with_the_last_declining_slope_when_there_is_no_terminal_one():
    # the last pair rises: the slope is that of days 8 to 12, from the last value on
    result = kinetics_of([0, 8, 12, 16], [0, 80, 40, 50])
    assert math.isnan(result.half_life_terminal)
    rate = math.log(2) / 4
    tail = 50 / rate * (1 - math.exp(-12 * rate))
    inner = 320 + 40 / rate + 0.5 * (40 + 50) * 4
    assert result.auc == pytest.approx(inner + tail, rel=EXACT)
    assert result.auc_extrapolated_fraction == pytest.approx(tail / (inner + tail), rel=EXACT)


def test_auc_after_a_last_zero_adds_nothing():
    result = kinetics_of([0, 7, 14], [0, 10, 0])
    assert result.auc == pytest.approx(70, rel=EXACT)
    assert (result.auc_flag, result.auc_extrapolated_fraction) == ("extrapolated", 0.0)


def test_auc_is_null_when_nothing_declines_before_its_end():
    result = kinetics_of([0, 7, 14], [0, 10, 20])
    assert math.isnan(result.auc)
    assert math.isnan(result.auc_extrapolated_fraction)
    assert result.auc_flag == "none"
    assert any(r.startswith("auc_0_28d: the values end before day 28") for r in result.reasons)


def test_auc_start_is_zero_or_unknown_as_the_rules_say():
    times, values = [8, 12, 28], exponential([8, 12, 28])
    result = kinetics_of(times, values)
    assert result.auc_start_assumed
    assert result.auc == pytest.approx(
        3200 + 800 * 4 / math.log(2) * (1 - 0.5**5), rel=EXACT
    )  # the missing rise is the same straight line
    strict = kinetics_of(times, values, rules=KineticsRules(auc_before_first="missing"))
    assert math.isnan(strict.auc)
    assert not strict.auc_start_assumed
    assert any("no value at day 0" in reason for reason in strict.reasons)


def test_values_before_day_0_only_support_the_value_at_day_0():
    result = kinetics_of([-10, 10, 28], [4, 8, 8])
    assert result.auc == pytest.approx(0.5 * (6 + 8) * 10 + 8 * 18, rel=EXACT)
    assert not result.auc_start_assumed
    high_before = kinetics_of([-3, 0, 7, 28], [900, 0, 5, 5])
    assert (high_before.cmax, high_before.c0) == (5, 0)


def test_another_window_has_another_name():
    rules = KineticsRules(first_day=0.0, auc_end=90.0)
    result = kinetics_of([0, 10, 90], [0, 10, 10], rules=rules)
    assert result.auc == pytest.approx(50 + 800, rel=EXACT)
    assert rules.auc_name == "auc_0_90d"
    assert KineticsRules(first_day=-1, auc_end=7.5).auc_name == "auc_minus1_7p5d"
    with pytest.raises(OptionError, match="days 0 to 90"):
        _ = result.auc_0_28d


def test_round_off_of_a_time_grid_does_not_extrapolate():
    times = np.arange(0, 281) * 0.1
    times[-1] = 28 - 4e-15
    result = kinetics_of(times, exponential(times))
    assert result.auc_flag == "observed"


# --- below the limit of quantification ---


def test_below_limit_before_the_first_quantifiable_is_zero():
    times = [0, 3, 7, 10, 28]
    with_limit = kinetics_of(times, [0.4, 0.9, 10, 20, 5], lloq=1.0)
    zeros = kinetics_of(times, [0, 0, 10, 20, 5])
    assert with_limit.auc == pytest.approx(zeros.auc, rel=EXACT)
    assert with_limit.c0 == 0
    assert (with_limit.n_below_limit, with_limit.below_limit) == (2, "half")
    assert zeros.below_limit == "none"


def test_below_limit_after_the_last_quantifiable_is_half_the_limit_for_all():
    times = [0, 7, 14, 21, 28]
    result = kinetics_of(times, [0, 8, 4, 0.9, 0.0], lloq=2.0)
    expected = kinetics_of(times, [0, 8, 4, 1.0, 1.0])
    assert result.auc == pytest.approx(expected.auc, rel=EXACT)
    assert (result.clast, result.tlast, result.tlast_censored) == (4, 14, False)
    assert (expected.tlast, expected.tlast_censored) == (28, True)


def test_below_limit_after_the_last_quantifiable_can_be_dropped():
    times = [0, 7, 14, 21, 28]
    rules = KineticsRules(below_limit_after="drop")
    result = kinetics_of(times, [0, 8, 4, 0.9, 0.0], lloq=2.0, rules=rules)
    expected = kinetics_of(times[:3], [0, 8, 4])
    assert result.auc == pytest.approx(expected.auc, rel=EXACT)
    assert (result.auc_flag, result.below_limit) == ("extrapolated", "drop")
    assert not result.tlast_censored  # a later visit saw nothing, dropped or not


def test_below_limit_between_quantifiable_values_is_missing():
    times = [0, 7, 14, 21, 28]
    result = kinetics_of(times, [0, 8, 0.5, 4, 2], lloq=1.0)
    expected = kinetics_of([0, 7, 21, 28], [0, 8, 4, 2])
    assert result.auc == pytest.approx(expected.auc, rel=EXACT)


def test_half_limits_enter_neither_cmax_nor_a_half_life():
    times = [0, 1, 8, 12, 16, 20, 24, 28]
    values = exponential(times)
    values[-2:] = 0.0
    result = kinetics_of(times, values, lloq=90.0)  # half of it exceeds nothing quantifiable
    assert result.half_life_terminal == pytest.approx(4, rel=EXACT)
    assert (result.terminal_n_points, result.clast) == (3, 100)
    only_early = kinetics_of([0, 1, 7, 28], [90.0, 80.0, 0, 0], lloq=50.0)
    assert math.isnan(only_early.cmax)
    assert only_early.c0 == 90


def test_marks_and_limit_agree():
    times, values = [0, 7, 14, 21], [0.2, 8, 4, 0.3]
    limited = kinetics_of(times, values, lloq=1.0)
    marked = kinetics_of(times, [NAN, 8, 4, NAN], lloq=1.0, blq=[True, False, False, True])
    assert repr(marked) == repr(limited)  # repr: NaN differs from itself


def test_no_limit_leaves_zeros_and_small_values_alone():
    result = kinetics_of([0, 7, 14, 21, 28], [0, 8, 0, 1e-9, 0])
    # the zero in between stays a zero, the tiny value is quantifiable
    assert result.auc == pytest.approx(28 + 28 + 2 * 3.5e-9, rel=EXACT)
    assert (result.tlast, result.clast, result.tlast_censored) == (21, 1e-9, False)
    without = kinetics_of([0, 7, 14], [0, 8, 4])
    assert repr(kinetics_of([0, 7, 14], [0, 8, 4], lloq=NAN)) == repr(without)


# --- Cmax, Tmax, C0, Clast, Tlast ---


def test_infusion_peak_is_c0_and_never_cmax():
    result = kinetics_of([0, 1, 2, 5, 9, 28], [50, 900, 800, 3, 40, 10])
    assert (result.cmax, result.tmax, result.c0) == (40, 9, 900)
    everything = kinetics_of(
        [0, 1, 2, 5, 9, 28], [50, 900, 800, 3, 40, 10], rules=KineticsRules(excluded_until=None)
    )
    assert (everything.cmax, everything.tmax) == (900, 1)
    assert math.isnan(everything.c0)
    assert "c0: the rules exclude no infusion peak" in everything.reasons


def test_first_of_tied_peaks_is_tmax():
    assert kinetics_of([0, 7, 14, 28], [0, 9, 9, 1]).tmax == 7


def test_tlast_is_censored_at_a_quantifiable_last_visit_only():
    assert kinetics_of([0, 7, 28], [0, 9, 1]).tlast_censored
    assert not kinetics_of([0, 7, 28], [0, 9, 0.1], lloq=1.0).tlast_censored
    # a missing value is no visit
    assert kinetics_of([0, 7, 28], [0, 9, NAN]).tlast_censored
