"""Properties over random series, and agreement with a plain-loop reference."""

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from livingdrug.clinical.kinetics import KineticsRules, kinetics_of
from livingdrug.core.errors import DataError

COMMON = settings(max_examples=200, deadline=None, derandomize=True)
ROUND = 1e-9  # relative; sums of at most 15 terms and one logarithm each


@st.composite
def series(draw, min_size=1):
    n = draw(st.integers(min_size, 15))
    steps = draw(st.lists(st.sampled_from([0.5, 1.0, 2.0, 3.0, 7.0, 30.0]), min_size=n, max_size=n))
    start = draw(st.sampled_from([-2.0, 0.0, 0.0, 5.0]))
    times = start + np.concatenate([[0.0], np.cumsum(steps)[:-1]])
    # quarter powers of two: many ties, and declines that are straight on the log scale
    level = st.integers(-12, 40).map(lambda k: 2.0 ** (k / 4))
    value = st.one_of(level, level, level, st.just(0.0), st.just(math.nan))
    values = np.array(draw(st.lists(value, min_size=n, max_size=n)))
    lloq = draw(st.sampled_from([None, 1.0, 4.0]))
    after = draw(st.sampled_from(["half", "drop"]))
    return times, values, lloq, KineticsRules(below_limit_after=after)


# --- reference: one value after the other, no arrays ---


def classify(values, lloq):
    below = [lloq is not None and v < lloq for v in values]
    good = [not math.isnan(v) and v > 0 and not b for v, b in zip(values, below, strict=True)]
    return below, good


def curve_points(times, values, lloq, rules):
    below, good = classify(values, lloq)
    if not any(good):
        return []
    first, last = good.index(True), len(good) - 1 - good[::-1].index(True)
    points = []
    for i, (t, v) in enumerate(zip(times, values, strict=True)):
        if math.isnan(v):
            continue
        if not below[i]:
            points.append((t, v))
        elif i < first:
            points.append((t, 0.0))
        elif i > last and rules.below_limit_after == "half":
            points.append((t, lloq / 2))
    return points


def between(p, q, t):
    (t1, v1), (t2, v2) = p, q
    part = (t - t1) / (t2 - t1)
    return v1 * (v2 / v1) ** part if 0 < v2 < v1 else v1 + (v2 - v1) * part


def piece(p, q):
    (t1, v1), (t2, v2) = p, q
    if 0 < v2 < v1:
        return (v1 - v2) / math.log(v1 / v2) * (t2 - t1)
    return (v1 + v2) / 2 * (t2 - t1)


def regression(x, y):
    slope, cut = np.polyfit(x - x[0], y, 1)
    left = y - (slope * (x - x[0]) + cut)
    total = ((y - y.mean()) ** 2).sum()
    r2 = 1 - (left**2).sum() / total if total > 0 else math.nan
    return slope, 1 - (1 - r2) * (len(x) - 1) / (len(x) - 2)


def reference_fit(windows, min_half_lives, floor, rules):
    fits = []
    for x, y in windows:
        slope, adjusted = regression(x, y)
        if slope < -1e-12:
            half_life = math.log(2) / -slope
            if x[-1] - x[0] >= min_half_lives * half_life * (1 - 1e-9):
                fits.append((len(x), half_life, adjusted))
    best = max((fit[2] for fit in fits), default=-math.inf)
    if not fits or best < floor:
        return math.nan
    # round-off may decide between windows at the edge of the tolerance: all are acceptable
    return [fit[1] for fit in fits if fit[2] >= best - rules.r2_tolerance - 1e-9]


def reference(times, values, lloq, rules):
    _, good = classify(values, lloq)
    kept = [(t, v) for t, v, g in zip(times, values, good, strict=True) if g and t >= 0]
    late = [p for p in kept if p[0] > 2]
    tmax, cmax = max(late, key=lambda p: p[1]) if late else (math.nan, math.nan)
    after = np.array([p for p in kept if p[0] > tmax]).reshape(-1, 2)
    begin = np.array([p for p in kept if tmax <= p[0] <= 28]).reshape(-1, 2)
    log = np.log
    ends = [(after[i:, 0], log(after[i:, 1])) for i in range(len(after) - 2)]
    starts = [(begin[:j, 0], log(begin[:j, 1])) for j in range(3, len(begin) + 1)]
    return {
        "cmax": cmax,
        "tmax": tmax,
        "tlast": kept[-1][0] if kept else math.nan,
        "terminal": reference_fit(ends, 2.0, 0.8, rules),
        "initial": reference_fit(starts, 1.0, -math.inf, rules),
        "points": curve_points(times, values, lloq, rules) if kept else [],
    }


def reference_auc(points, tmax, terminal):
    """Area over days 0 to 28, or NaN."""
    if len(points) < 2 or points[0][0] >= 28:
        return math.nan
    if points[0][0] > 0:
        points = [(0.0, 0.0), *points]
    total = 0.0
    for p, q in pairwise(points):
        low, high = max(p[0], 0.0), min(q[0], 28.0)
        if low < high:
            total += piece((low, between(p, q, low)), (high, between(p, q, high)))
    t, v = points[-1]
    if t >= 28 or v == 0:
        return total
    rate = math.log(2) / terminal
    if math.isnan(terminal):
        pairs = pairwise(points)
        falls = [(p, q) for p, q in pairs if p[0] >= tmax and 0 < q[1] < p[1]]
        if not falls:
            return math.nan
        p, q = falls[-1]
        rate = math.log(p[1] / q[1]) / (q[0] - p[0])
    return total + v / rate * (1 - math.exp(-rate * (28 - t)))


@COMMON
@given(series())
def test_agrees_with_the_plain_reference(case):
    times, values, lloq, rules = case
    result = kinetics_of(times, values, lloq=lloq, rules=rules)
    expected = reference(times.tolist(), values.tolist(), lloq, rules)
    for name in ("cmax", "tmax", "tlast"):
        np.testing.assert_equal(getattr(result, name), expected[name])
    for name in ("initial", "terminal"):
        found, allowed = getattr(result, f"half_life_{name}"), expected[name]
        if isinstance(allowed, list):
            assert any(found == pytest.approx(one, rel=1e-6) for one in allowed)
        else:
            assert math.isnan(found)
    area = reference_auc(expected["points"], expected["tmax"], result.half_life_terminal)
    assert result.auc == pytest.approx(area, rel=ROUND, abs=1e-12, nan_ok=True)


@COMMON
@given(series(), st.sampled_from([2.0**-10, 0.25, 8.0, 2.0**20]))
def test_another_unit_of_value_scales_values_and_area_only(case, factor):
    times, values, lloq, rules = case
    one = kinetics_of(times, values, lloq=lloq, rules=rules)
    scaled = kinetics_of(
        times, values * factor, lloq=None if lloq is None else lloq * factor, rules=rules
    )
    for name in ("cmax", "c0", "clast"):  # powers of two scale without rounding
        np.testing.assert_equal(getattr(scaled, name), getattr(one, name) * factor)
    for name in ("tmax", "tlast", "tlast_censored", "auc_flag", "n_below_limit", "reasons"):
        np.testing.assert_equal(getattr(scaled, name), getattr(one, name))
    if scaled.terminal_n_points == one.terminal_n_points:  # not a tie that round-off decided
        assert scaled.auc == pytest.approx(one.auc * factor, rel=ROUND, nan_ok=True)
        assert scaled.half_life_terminal == pytest.approx(
            one.half_life_terminal, rel=ROUND, nan_ok=True
        )


@COMMON
@given(series(), st.sampled_from([0.5, 4.0, 24.0]))
def test_another_unit_of_time_scales_times_and_area_only(case, factor):
    times, values, lloq, rules = case
    slow = KineticsRules(
        below_limit_after=rules.below_limit_after,
        excluded_until=2 * factor,
        auc_end=28 * factor,
        initial_end=28 * factor,
    )
    one = kinetics_of(times, values, lloq=lloq, rules=rules)
    scaled = kinetics_of(times * factor, values, lloq=lloq, rules=slow)
    np.testing.assert_equal(scaled.cmax, one.cmax)
    np.testing.assert_equal(scaled.tmax, one.tmax * factor)
    np.testing.assert_equal(scaled.tlast, one.tlast * factor)
    if scaled.terminal_n_points == one.terminal_n_points:  # not a tie that round-off decided
        assert scaled.auc == pytest.approx(one.auc * factor, rel=ROUND, nan_ok=True)


@COMMON
@given(series(min_size=2), st.randoms(use_true_random=False))
def test_any_other_order_of_time_is_refused(case, random):
    times, values, lloq, rules = case
    order = list(range(len(times)))
    random.shuffle(order)
    if order == sorted(order):
        order.reverse()
    with pytest.raises(DataError, match="not in order"):
        kinetics_of(times[order], values[order], lloq=lloq, rules=rules)


@COMMON
@given(series(), st.sampled_from([0.5, 10.0, 100.0]), st.sampled_from([4.0, 50.0]))
def test_a_later_quantifiable_value_becomes_tlast(case, later, value):
    times, values, lloq, rules = case
    longer = kinetics_of(
        np.append(times, max(times[-1], 0) + later),
        np.append(values, value),
        lloq=lloq,
        rules=rules,
    )
    before = kinetics_of(times, values, lloq=lloq, rules=rules)
    assert longer.tlast == max(times[-1], 0) + later
    assert longer.tlast_censored
    assert not before.tlast >= longer.tlast
    assert not before.cmax > longer.cmax


@COMMON
@given(series())
def test_missing_values_count_like_absent_ones(case):
    times, values, lloq, rules = case
    kept = ~np.isnan(values)
    # repr: NaN differs from itself
    assert repr(kinetics_of(times[kept], values[kept], lloq=lloq, rules=rules)) == repr(
        kinetics_of(times, values, lloq=lloq, rules=rules)
    )


@COMMON
@given(series())
def test_every_null_has_its_reason_and_only_nulls_have_one(case):
    times, values, lloq, rules = case
    result = kinetics_of(times, values, lloq=lloq, rules=rules)
    names = ["cmax", "tmax", "c0", "auc_0_28d", "clast", "tlast"]
    names += ["half_life_initial", "half_life_terminal"]
    nulls = [name for name in names if math.isnan(getattr(result, name))]
    explained = [name for reason in result.reasons for name in reason.split(":")[0].split(", ")]
    assert sorted(explained) == sorted(nulls)
    assert (result.auc_flag == "none") == math.isnan(result.auc)
    if not math.isnan(result.auc):
        assert result.auc >= 0
        assert 0 <= result.auc_extrapolated_fraction <= 1
        assert (result.auc_extrapolated_fraction > 0) <= (result.auc_flag == "extrapolated")
