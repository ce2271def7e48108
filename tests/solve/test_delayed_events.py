"""Delays with doses, events, inputs and outputs; and what of delays is refused."""

from __future__ import annotations

import math

import numpy as np
import pytest

from livingdrug.cohort.cohort import cohort_from_arrays
from livingdrug.core.errors import CapabilityError, OptionError, SubjectFailureWarning
from livingdrug.core.status import Status
from livingdrug.solve.reductions import Reduction
from livingdrug.solve.simulate import simulate
from livingdrug.system.compile import compile_model

from .small import builder, curve, decay, dosed, happenings, knots, run


def follower(lag="1.5", **parameters):
    """Build ``A' = -A`` with doses, and ``B' = delay(A, lag)``."""
    m = decay()
    for name, value in parameters.items():
        m.parameter(name, value, "1")
    m.species("B", initial=0.0, unit="1", non_negative=False)
    m.rate("B", f"delay(A, {lag})")
    m.assign("late", f"delay(A, {lag})", "1")
    return m


# -- doses --------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["lsoda", "bdf", "dop853", "rk45"])
def test_a_dose_shows_one_delay_later(method):
    model = follower().build()
    doses = dosed(model, ("d", 1.0, 4.0), ("d", 2.0, 8.0))
    times = [1.0, 2.4, 2.5, 3.0, 3.5, 6.0]
    course = run(model, doses, times=times, rtol=1e-9, method=method)

    def area(t):  # of A from the start
        return sum(a * -math.expm1(-(t - day)) for day, a in ((1.0, 4.0), (2.0, 8.0)) if t > day)

    expected = [area(t - 1.5) for t in times]
    assert course["B"].values[0] == pytest.approx(expected, rel=1e-7, abs=1e-9)
    amounts = [0, 0, 4, 4 * math.exp(-0.5), 8 + 4 * math.exp(-1), 8 * math.exp(-2.5)]
    amounts[-1] += 4 * math.exp(-3.5)
    # at 2.5 days the value after the jump
    assert course["late"].values[0] == pytest.approx(amounts, rel=1e-7, abs=1e-9)


def test_the_left_side_of_a_delayed_jump():
    model = follower().build()
    got = curve(model, dosed(model, ("d", 1.0, 4.0)), "late", times=[2.5], side="left")
    assert got == pytest.approx([0.0], abs=1e-12)


def test_infusions_show_one_delay_later():
    model = follower("0.5").build()
    times = [0.5, 1.5, 2.0, 4.0]
    doses = dosed(model, ("d", 1.0, 3.0, 1.0))
    now = curve(model, doses, times=[t - 0.5 for t in times], rtol=1e-9)
    late = curve(model, doses, "late", times=times, rtol=1e-9)
    assert late == pytest.approx(now, rel=1e-7, abs=1e-9)


def test_a_jump_that_a_changing_delay_passes():
    # A jumps to 4 at day 1 and stays; the delay is 1 + t/4, so that it shows from t = 8/3 on
    m = decay(k=0.0)
    m.species("B", initial=0.0, unit="1")
    m.rate("B", "delay(A, 1 + time / 4)")
    model = m.build()
    errors = []
    for rtol in (1e-4, 1e-9):
        got = curve(model, dosed(model, ("d", 1.0, 4.0)), "B", times=[2.6, 5.0], rtol=rtol)
        errors.append(np.max(np.abs(got - [0.0, 4.0 * (5 - 8 / 3)])))
    assert errors[0] < 1e-3
    assert errors[1] < 1e-8


def test_a_jump_that_passes_two_changing_delays():
    # A jumps at 1; t (1 - 1/4) - 1/2 looks back to what looks back by t/4, so t = 2.44444
    m = decay(k=0.0)
    m.species("B", initial=0.0, unit="1")
    m.rate("B", "delay(delay(A, time / 4), 0.5 + time / 4)")
    model = m.build()
    shown = (1 / 0.75 + 0.5) / 0.75
    for method in ("lsoda", "rk45"):
        got = curve(
            model, dosed(model, ("d", 1.0, 4.0)), "B", times=[2.4, 5.0], rtol=1e-5, method=method
        )
        # exact but for where the jump is located, as the rate is constant on either side
        assert got == pytest.approx([0.0, 4.0 * (5 - shown)], abs=1e-7)


def test_inputs_have_a_past():
    m = builder()
    m.input("u", "1", default=1.0, interpolation="linear")
    m.species("y", initial=0.0, unit="1")
    m.rate("y", "delay(u, 1)")
    model = m.build()
    cohort = knots(cohort_from_arrays(model, {}), "u", [0.0, 2.0], [2.0, 6.0])
    # before its first record its default; then from 2 up by 2 each day to 6
    got = curve(model, cohort, "y", times=[1.0, 3.0, 4.0], rtol=1e-9)
    assert got == pytest.approx([1.0, 9.0, 15.0], rel=1e-8)


# -- events -------------------------------------------------------------------------------------


def test_a_trigger_on_a_delayed_value():
    m = decay(initial=1.0)
    m.parameter("seen", 0.0, "1")
    m.event("half", {"seen": "delay(A, 1)"}, when="delay(A, 2) < 0.5")
    course = run(m.build(), times=[2.0, 3.0], rtol=1e-10)
    ((name, day),) = happenings(course)
    assert name == "half"
    assert day == pytest.approx(2 + math.log(2), rel=1e-9)
    assert course["seen"].values[0] == pytest.approx([0.0, math.exp(-1 - math.log(2))], rel=1e-8)


def quick():
    """Build a pulse of 0.001 days after a dose, and what sees it 20 days later."""
    m = builder()
    m.species("depot", initial=0.0, unit="1")
    m.species("x", initial=0.0, unit="1")
    m.rate("depot", "-1000 * depot")
    m.rate("x", "1000 * (depot - x)")
    m.dose("d", "1", {"depot": "dose"})
    m.assign("late", "delay(x, 20)", "1")
    m.event("back", {"mark": "1"}, when="late > 0.3")
    m.parameter("mark", 0.0, "1")
    return m


def test_a_short_pulse_is_not_missed_when_it_comes_back():
    # by day 21 the steps are long; the pulse was 0.002 days wide, made by the states or by events
    m = builder()
    m.species("x", initial=0.0, unit="1")
    m.rate("x", "0")
    m.event("up", {"x": "1"}, at_time=[1.0])
    m.event("down", {"x": "0"}, at_time=[1.002])
    m.species("g", initial=0.0, unit="1", non_negative=False)
    m.rate("g", "cos(time)")
    m.event("back", {"mark": "1"}, when="delay(x, 20) > 0.5")
    m.parameter("mark", 0.0, "1")
    names = dict(happenings(run(m.build(), times=[40.0], rtol=1e-6)))
    assert names["back"] == pytest.approx(21.0, rel=1e-12)

    model = quick().build()
    course = run(model, dosed(model, ("d", 1.0, 1.0)), times=[40.0], rtol=1e-6)
    # the pulse rises through 0.3 before its peak exp(-1) after 1 / 1000 day
    assert 21.0 < dict(happenings(course))["back"] < 21.001


def test_a_condition_may_be_delayed():
    m = builder()
    m.species("x", initial=0.0, unit="1")
    m.rate("x", "1")
    m.parameter("mark", 0.0, "1")
    m.event("e", {"mark": "x"}, when="delay(x > 1 and x < 2, 1.5)")
    m.species("y", initial=0.0, unit="1")
    m.rate("y", "piecewise(1, delay(x < 1, 0.5), 0)")
    system = compile_model(m.build())
    assert any("delay(x > 1 and x < 2, 1.5)" in switch.text for switch in system.switches)
    course = run(system, times=[1.0, 4.0], rtol=1e-10)
    assert happenings(course) == [("e", pytest.approx(2.5, rel=1e-12))]
    assert course["mark"].values[0] == pytest.approx([0.0, 2.5], rel=1e-9)
    assert course["y"].values[0] == pytest.approx([1.0, 1.5], rel=1e-9)


def test_an_event_may_change_the_delay():
    m = follower("tau", tau=1.0)
    m.event("longer", {"tau": "2"}, at_time=[3.0])
    model = m.build()
    got = curve(model, dosed(model, ("d", 0.0, 1.0)), "late", times=[2.0, 3.0, 5.0], rtol=1e-9)
    assert got == pytest.approx(np.exp([-1.0, -1.0, -3.0]), rel=1e-7)


def test_constants_that_events_change_have_a_past():
    m = builder()
    m.parameter("level", 1.0, "1")
    m.species("y", initial=0.0, unit="1")
    m.rate("y", "delay(level, 2)")
    m.event("up", {"level": "level + 1"}, at_time=[1.0, 1.5, 4.0])
    got = curve(m.build(), name="y", times=[3.0, 3.5, 6.0, 7.0], rtol=1e-9)
    assert got == pytest.approx([3.0, 4.0, 11.5, 15.5], rel=1e-9)


def test_event_delays_and_priorities_look_back():
    m = builder()
    m.species("x", initial=0.0, unit="1")
    m.rate("x", "1")
    m.parameter("order", 0.0, "1")
    m.event("a", {"order": "1"}, when="x > 1.5", priority="delay(x, 1)")
    m.event("b", {"order": "2"}, when="x > 1.5", priority="1")
    m.event("c", {"order": "3"}, when="x > 1.5", delay="delay(x, 0.5)")
    course = run(m.build(), times=[2.0, 3.0], rtol=1e-10)
    assert [name for name, _ in happenings(course)] == ["b", "a", "c"]
    assert course["order"].values[0] == pytest.approx([1.0, 3.0])
    assert happenings(course)[-1][1] == pytest.approx(2.5, rel=1e-9)


def test_extinction_and_what_is_tracked():
    m = decay(initial=1.0)
    m.assign("late", "delay(A, 1)", "1")
    m.observable("echo", "late", "1")
    found = simulate(
        m.build(),
        times=[0.0, 6.0],
        rtol=1e-9,
        extinction={"A": 0.1},
        reduce={
            "area": Reduction("auc", "late", start=0.0, end=6.0),
            "low": Reduction("first day below", "late", start=0.0, end=6.0, level=0.05),
        },
    )
    gone = math.log(10)
    assert found["area"].item() == pytest.approx(1 + 0.9, rel=1e-7)
    assert found["low"].item() == pytest.approx(1 + gone, rel=1e-8)


def test_tracked_peaks_of_a_delayed_output_are_those_of_then():
    model = quick().build()
    reduce = {name: Reduction("maximum", name, start=0.0, end=40.0) for name in ("x", "late")}
    doses = dosed(model, ("d", 1.0, 1.0))
    found = simulate(model, doses, times=[0.0, 40.0], rtol=1e-6, reduce=reduce)
    assert found["x"].item() == pytest.approx(math.exp(-1), rel=1e-5)
    assert found["late"].item() == pytest.approx(found["x"].item(), rel=1e-5)


# -- what is refused ----------------------------------------------------------------------------


def test_a_negative_delay_is_a_status_of_its_subject():
    model = follower("tau", tau=1.0).build()
    cohort = cohort_from_arrays(model, {"tau": np.array([1.0, -0.5, math.nan])[:2]})
    with pytest.warns(SubjectFailureWarning, match=r"subject 1.*delay.*is -0\.5"):
        course = run(model, cohort, times=[1.0])
    assert course["status"].values.tolist() == [0, int(Status.BAD_DELAY)]
    assert np.isnan(course["B"].values[1]).all()


@pytest.mark.parametrize("lag", ["1 - time", "y - 0.5"])
@pytest.mark.parametrize("method", ["lsoda", "rk45"])
@pytest.mark.parametrize("where", ["rate", "output"])
def test_a_delay_that_becomes_negative_is_found(lag, method, where):
    m = builder()
    m.species("y", initial=1.0, unit="1", non_negative=False)
    m.rate("y", "-y")
    m.species("z", initial=0.0, unit="1", non_negative=False)
    m.rate("z", f"delay(y, {lag})" if where == "rate" else "1")
    m.assign("late", f"delay(y, {lag})", "1")
    with pytest.warns(SubjectFailureWarning, match=r"delay\(y, .*the delay is -"):
        course = run(m.build(), times=[0.5, 3.0], method=method, rtol=1e-6)
    assert course["status"].item() == int(Status.BAD_DELAY)


def refusal(m):
    with pytest.raises(CapabilityError) as caught:
        compile_model(m.build())
    return str(caught.value)


def test_neutral_equations_are_refused():
    m = builder()
    m.species("y", initial=1.0, unit="1")
    m.rate("y", "-y + delay(rate_of(y), 1) / 2")
    assert "rate of y" in refusal(m)
    assert "neutral" in refusal(m)
    m = builder()
    m.species("y", initial=1.0, unit="1")
    m.assign("speed", "rate_of(y)", "1")
    m.rate("y", "-y + delay(speed, 1) / 2")
    assert "neutral" in refusal(m)


def test_other_delays_that_are_refused_by_name():
    m = builder()
    m.species("y", initial=1.0, unit="1")
    m.rate("y", "-delay(y, -1)")
    assert "rate of y" in refusal(m)
    assert "negative" in refusal(m)

    m = builder()
    m.species("y", initial=1.0, unit="1")
    m.rate("y", "-y")
    m.parameter("z", 0.5, "1")
    m.algebraic("z**3 + z - delay(y, 1)", "z")
    assert "algebraic rule for z" in refusal(m)

    m = builder()
    m.species("y", initial=1.0, unit="1")
    m.rate("y", "-delay(z, 1)")
    m.parameter("z", 0.5, "1")
    m.algebraic("z**3 + z - y", "z")
    assert "rate of y" in refusal(m)
    assert "algebraic" in refusal(m)

    m = builder()
    m.species("y", initial=1.0, unit="1")
    m.rate("y", "-y")
    m.dose("d", "1", {"y": "delay(dose, 1)"})
    assert "dose d" in refusal(m)

    m = builder()
    m.species("y", initial=1.0, unit="1")
    m.rate("y", "-y")
    m.dose("d", "1", {"y": "dose"}, lag="delay(y, 1)")
    assert "dose d" in refusal(m)
    assert "lag" in refusal(m)

    m = builder()
    m.species("y", initial=1.0, unit="1")
    m.rate("y", "-y")
    m.event("e", {"y": "0"}, at_time=["delay(y, 1)"])
    assert "event e" in refusal(m)


@pytest.mark.parametrize(
    "options",
    [
        {"method": "ssa"},
        {"method": "tau"},
        {"method": "langevin"},
        {"method": "hybrid"},
        {"method": "radau"},
        {"backend": "native"},
        {"method": "rodas5p"},
    ],
)
def test_methods_that_read_no_delayed_values_say_so(options):
    model = follower().build()
    with pytest.raises((CapabilityError, OptionError), match=r"delay"):
        run(model, times=[1.0], **options)


def test_auto_takes_the_reference_engine():
    course = run(follower().build(), times=[1.0])
    assert course.attrs["backend"] == "reference"
    assert course.attrs["method"] == "lsoda"
