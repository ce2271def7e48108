"""Numbers per subject taken along the interpolant, by every engine that offers them."""

from __future__ import annotations

import math
import warnings

import numpy as np
import pytest
import xarray as xr
from scipy.integrate import simpson
from scipy.special import lambertw

import livingdrug as ld
from livingdrug import Reduction
from livingdrug.core.errors import CapabilityError, OptionError, SubjectFailureWarning
from livingdrug.model.model import Model
from livingdrug.solve.backends.base import TRACKED
from livingdrug.solve.engines import BACKENDS
from tests.conformance.shapes import builder, decaying, give

ENGINES = BACKENDS.names()
"""Engines that keep trackers."""

RTOL = 1e-9
# errors of a solution are several times its tolerance; a day of an extremum is known to about the
# square root of rounding, since the curve is flat there
NEAR, NEAR_DAY = 1e-7, 1e-6

pytestmark = pytest.mark.parametrize("engine", ENGINES)

KINDS = {
    "max": "maximum", "max_day": "day of maximum", "min": "minimum", "min_day": "day of minimum",
    "auc": "auc",
}  # fmt: skip


def reduced(
    model: Model, engine: str, reduce: dict[str, Reduction], end: float, **options: object
) -> dict[str, float]:
    """Return the reductions of one subject."""
    cohort = options.pop("cohort", None)
    times = options.pop("times", [0.0, end])
    found = ld.simulate(
        model, cohort, times=times, reduce=reduce, backend=engine, rtol=RTOL, **options
    )
    return {name: float(found[name].values[0]) for name in reduce}


def all_of(name: str, **period: float) -> dict[str, Reduction]:
    return {key: Reduction(take, name, **period) for key, take in KINDS.items()}


def rise_and_fall() -> Model:
    """A = exp(-t) feeds B = t exp(-t)."""
    m = builder("B", A=1.0)
    m.rate("A", "-A")
    m.rate("B", "A - B")
    m.observable("square", "B**2", "1")
    return m.build()


def check(found: dict[str, float], **expected: float) -> None:
    for name, value in expected.items():
        near = NEAR_DAY if "day" in name else NEAR
        assert found[name] == pytest.approx(value, rel=near, abs=near), name


def test_a_peak_between_two_days(engine):
    found = reduced(rise_and_fall(), engine, all_of("B"), 10.0)
    check(found, max=1 / math.e, max_day=1, min=0, min_day=0, auc=1 - 11 * math.exp(-10))


def test_an_observable(engine):
    found = reduced(rise_and_fall(), engine, all_of("square"), 10.0)
    # the integral of t**2 exp(-2 t) is 1/4 - exp(-2 t) (t**2 / 2 + t / 2 + 1/4)
    area = 0.25 - math.exp(-20) * 55.25
    check(found, max=math.exp(-2), max_day=1, auc=area)


def test_a_trough_is_a_minimum(engine):
    m = builder(A=1.0)
    m.rate("A", "-A")
    m.observable("V", "1 - A * time", "1")
    found = reduced(m.build(), engine, all_of("V"), 8.0)
    check(found, min=1 - 1 / math.e, min_day=1, max=1, max_day=0)


@pytest.mark.parametrize(
    ("start", "end"), [(0.25, 0.7), (0.25, 1.5), (1.25, 3.3), (0.999, 1.001), (2.0, 2.0001)]
)
def test_a_period_that_cuts_steps(engine, start, end):
    def b(t: float) -> float:
        return t * math.exp(-t)

    found = reduced(rise_and_fall(), engine, all_of("B", start=start, end=end), 10.0)
    top = min(max(1.0, start), end)
    bottom = min((b(t), t) for t in (start, end))
    area = (1 + start) * math.exp(-start) - (1 + end) * math.exp(-end)
    check(found, max=b(top), max_day=top, min=bottom[0], min_day=bottom[1], auc=area)


def test_periods_do_not_disturb_each_other(engine):
    model = rise_and_fall()
    many = {
        f"{key}{i}": Reduction(take, "B", start=0.3 * i, end=0.3 * i + 0.77)
        for i in range(4)
        for key, take in KINDS.items()
    }
    together = reduced(model, engine, many, 10.0)
    for name, item in many.items():
        assert together[name] == reduced(model, engine, {name: item}, 10.0)[name]


def test_first_day_at_or_beyond_a_level(engine):
    level = 0.2
    reduce = {
        "up_day": Reduction("first day above", "B", level=level),
        "down_day": Reduction("first day below", "B", level=level, start=1.0),
        "low_day": Reduction("first day below", "A", level=0.01),
        "never": Reduction("first day above", "B", level=0.37),  # 1/e is 0.3679
        "barely_day": Reduction("first day above", "B", level=0.36787),
        "start_day": Reduction("first day below", "B", level=0.1),
        "late_day": Reduction("first day above", "B", level=level, start=0.5),
    }
    found = reduced(rise_and_fall(), engine, reduce, 10.0)
    assert math.isnan(found.pop("never"))
    # on both sides of the flat top, where days are known to the root of the error of the value
    barely = -lambertw(-0.36787, 0).real
    assert found.pop("barely_day") == pytest.approx(barely, abs=1e-5)
    check(
        found,
        up_day=-lambertw(-level, 0).real,
        down_day=-lambertw(-level, -1).real,
        low_day=math.log(100),
        start_day=0.0,
        late_day=0.5,
    )


def test_first_day_back_above_a_level(engine):
    m = builder(A=1.0)
    m.rate("A", "-0.001 * A")
    m.observable("V", "1.5 + cos(time)", "1")
    back = "first day back above"
    reduce = {
        "back_day": Reduction(back, "V", level=1.0),  # below it from 2/3 pi to 4/3 pi
        "second_day": Reduction(back, "V", level=1.0, start=5.0),
        "inside_day": Reduction(back, "V", level=1.0, start=3.0),
        "never": Reduction(back, "V", level=0.499),  # it does not go below 0.5
        "late": Reduction(back, "V", level=1.0, start=0.0, end=4.0),
        "down_day": Reduction("first day below", "V", level=1.0),
    }
    found = reduced(m.build(), engine, reduce, 12.0)
    assert math.isnan(found.pop("never"))
    assert math.isnan(found.pop("late"))
    check(
        found,
        back_day=4 * math.pi / 3,
        second_day=10 * math.pi / 3,
        inside_day=4 * math.pi / 3,
        down_day=2 * math.pi / 3,
    )


def test_a_jump_back_above_a_level(engine):
    model = decaying().build()
    cohort = give(model, ("d", 2.0, 5.0), ("d", 3.0, 1.0))
    reduce = {
        "back_day": Reduction("first day back above", "A", level=0.5),
        "never": Reduction("first day back above", "A", level=20.0),
        "first_day": Reduction("event day", "d"),
        "last_day": Reduction("last event day", "d"),
    }
    found = reduced(model, engine, reduce, 4.0, cohort=cohort)
    assert math.isnan(found.pop("never"))
    check(found, back_day=2, first_day=2, last_day=3)


def test_a_wiggle_inside_one_step(engine):
    """Steps of a smooth slow state do not see a bump of an assigned quantity."""
    m = builder(A=1.0)
    m.rate("A", "-0.001 * A")
    m.observable("V", "exp(-(time - 3)**2)", "1")
    found = reduced(m.build(), engine, all_of("V") | {"v": Reduction("value", "V", day=3.0)}, 6.0)
    assert found["v"] == 1.0
    # not an equality: no engine can promise to find what its steps do not resolve
    assert found["max"] >= 0.99


def test_both_values_of_a_jump_count(engine):
    model = decaying().build()
    cohort = give(model, ("d", 2.0, 5.0))
    found = reduced(model, engine, all_of("A"), 3.0, cohort=cohort)
    top, bottom = math.exp(-2) + 5, math.exp(-2)
    area = (1 - bottom) + top * (1 - math.exp(-1))
    check(found, max=top, max_day=2, min=bottom, min_day=2, auc=area)


@pytest.mark.parametrize(("start", "end"), [(2.0, 3.0), (1.0, 2.0)])
def test_both_values_of_a_jump_at_an_end_of_the_period_count(engine, start, end):
    model = decaying().build()
    cohort = give(model, ("d", 2.0, 5.0))
    reduce = all_of("A", start=start, end=end)
    reduce["above_day"] = Reduction("first day above", "A", level=4.0, start=start, end=end)
    found = reduced(model, engine, reduce, 4.0, cohort=cohort)
    check(found, max=math.exp(-2) + 5, max_day=2, min=math.exp(-2), min_day=2, above_day=2)


def test_a_dose_at_the_start(engine):
    model = decaying(initial=0.0).build()
    found = reduced(model, engine, all_of("A"), 3.0, cohort=give(model, ("d", 0.0, 5.0)))
    check(found, max=5, max_day=0, min=0, min_day=0, auc=5 * (1 - math.exp(-3)))


def test_a_period_before_the_dose(engine):
    model = decaying(initial=0.0).build()
    found = reduced(
        model, engine, all_of("A"), 3.0, cohort=give(model, ("d", 0.0, 5.0)), times=[-2.0, 1.0]
    )
    check(found, max=5, max_day=0, min=0, min_day=-2, auc=5 * (1 - math.exp(-1)))


def test_an_infusion(engine):
    """The peak is a corner: the end of the infusion."""
    model = decaying(initial=0.0).build()
    cohort = give(model, ("d", 1.0, 6.0, 2.0))
    found = reduced(model, engine, all_of("A"), 9.0, cohort=cohort)
    check(found, max=3 * (1 - math.exp(-2)), max_day=3, min=0, min_day=0)


def test_a_crossing_counts_once(engine):
    """An event resets A each time that it falls to 0.1: the area is that of each piece, once."""
    m = builder(A=1.0)
    m.rate("A", "-A")
    m.event("refill", {"A": "1"}, when="A < 0.1")
    period = math.log(10)
    reduce = all_of("A") | {"event_day": Reduction("event day", "refill")}
    found = reduced(m.build(), engine, reduce, 2.5 * period)
    area = 2 * 0.9 + 1 - 10**-0.5
    check(found, max=1, max_day=0, min=0.1, auc=area, event_day=period)
    # which of the two equal minima comes first is a matter of rounding
    assert min(abs(found["min_day"] - k * period) for k in (1, 2)) < NEAR_DAY


def test_a_condition_that_flips(engine):
    m = builder(A=0.0)
    m.rate("A", "piecewise(1, time < 2, -A)")
    found = reduced(m.build(), engine, all_of("A"), 5.0)
    check(found, max=2, max_day=2, min=0, min_day=0, auc=2 + 2 * (1 - math.exp(-3)))


def test_extinction(engine):
    m = builder()
    m.species("T", initial=100.0, unit="1", nominal=1.0, extinct_below=1.0)
    m.rate("T", "-T")
    reduce = all_of("T") | {
        "gone_day": Reduction("event day", "extinct(T)"),
        "zero_day": Reduction("first day below", "T", level=0.0),
    }
    found = reduced(m.build(), engine, reduce, 10.0)
    day = math.log(100)
    check(found, min=0, min_day=day, gone_day=day, zero_day=day, auc=99, max=100, max_day=0)


def test_a_log_state(engine):
    """In ln T the solution of a decay with a changing rate is exact in shape, T is not a line."""
    m = builder()
    m.species("T", initial=1e6, unit="1", nominal=1e6, log_state=True)
    m.rate("T", "(time - 2) * T")
    found = reduced(m.build(), engine, all_of("T"), 5.0)

    def curve(t):
        return 1e6 * np.exp(t**2 / 2 - 2 * t)

    days = np.linspace(0, 5, 20001)
    check(
        found,
        min=curve(2),
        min_day=2,
        max=curve(5),
        max_day=5,
        auc=float(simpson(curve(days), x=days)),
    )


def test_a_subject_that_fails_has_no_number(engine):
    m = builder(A=1.0)
    m.parameter("k", 1.0, "1")
    m.rate("A", "k * A**2")  # infinite on day 1 / k
    model = m.build()
    cohort = ld.cohort_from_arrays(model, {"k": [0.1, 1.0]})
    reduce = all_of("A") | {"v": Reduction("value", "A", day=1.0)}
    with pytest.warns(SubjectFailureWarning, match="1 of 2"):
        found = ld.simulate(
            model, cohort, times=[0.0, 2.0], reduce=reduce, backend=engine, rtol=1e-6
        )
    assert found["status"].values.tolist()[0] == 0
    for name in reduce:
        assert np.isnan(found[name].values).tolist() == [False, True], name


@pytest.mark.parametrize("name", ["stein2019", "kimmel2021", "hardiansyah2019", "park2025"])
def test_agrees_with_a_fine_course(engine, name):
    model = ld.get_model(name)
    end = 60.0
    grid = np.linspace(0.0, end, 6001)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        course = ld.simulate(model, times=grid.tolist(), backend=engine, rtol=1e-8)
        quantities = [n for n, v in course.data_vars.items() if v.attrs.get("term")]
        reduce = {
            f"{key} {of}": Reduction(take, of) for of in quantities for key, take in KINDS.items()
        }
        found = ld.simulate(model, times=[0.0, end], reduce=reduce, backend=engine, rtol=1e-8)
    assert quantities
    for of in quantities:
        _compare(found, course[of], of, grid)


def _compare(found: xr.Dataset, curve: xr.DataArray, of: str, grid: np.ndarray) -> None:
    values = curve.values[0]
    size = np.abs(values).max()
    got = {key: float(found[f"{key} {of}"].values[0]) for key in KINDS}
    # between two points of the grid a curve rises by at most about its second difference
    bend = np.abs(np.diff(values, 2)).max() + 1e-6 * size
    for key, best, sign in (("max", values.max(), 1), ("min", values.min(), -1)):
        assert sign * got[key] >= sign * best - 1e-6 * size, key
        assert abs(got[key] - best) <= bend, key
        near = np.interp(got[f"{key}_day"], grid, values)
        assert abs(near - best) <= bend, key
    # an area by the trapezoidal rule on the grid is off by the same second differences
    area = float(np.trapezoid(values, grid))
    wrong = float(np.abs(np.diff(values, 2)).sum() * (grid[1] - grid[0])) / 12
    assert got["auc"] == pytest.approx(area, rel=1e-6, abs=2 * wrong)


def test_what_cannot_be_reduced_is_refused(engine):
    model = rise_and_fall()
    for reduce, message in (
        ({"x": Reduction("maximum", "Q")}, "unknown quantity 'Q'"),
        ({"x": Reduction("value", "B", day=11.0)}, "day = 11 is not simulated"),
        ({"x": Reduction("auc", "B", start=3.0, end=2.0)}, "period 3 to 2"),
        ({"x": Reduction("first day above", "B")}, "give a finite level"),
        ({"x": Reduction("event day", "B")}, "unknown event 'B'"),
        ({}, "is empty"),
    ):
        with pytest.raises(OptionError, match=message):
            reduced(model, engine, reduce, 10.0)


def test_an_engine_that_follows_nothing_is_told(engine, monkeypatch):
    kind = BACKENDS.get(engine)
    run = kind.run

    def forgetful(self, kernel, tasks, progress=None):
        results = run(self, kernel, tasks, progress)
        for result in results:
            result.tracked = np.empty((0, len(TRACKED)))
        return results

    monkeypatch.setattr(kind, "run", forgetful)
    with pytest.raises(CapabilityError, match="keeps no reductions"):
        reduced(rise_and_fall(), engine, all_of("B"), 3.0)
