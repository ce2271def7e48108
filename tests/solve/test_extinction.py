"""Extinction: a located downward crossing, and nothing else."""

import numpy as np
import pytest

from livingdrug.cohort.cohort import cohort_from_arrays
from livingdrug.core.errors import OptionError
from livingdrug.solve.methods import METHODS

from .small import CLOSE, builder, curve, decay, dosed, happenings, run


def dying(initial=10.0, **options):
    return decay(initial=initial, extinct_below=1.0, **options)


def test_without_a_threshold_there_is_no_extinction():
    got = curve(decay(initial=10.0).build(), times=[50.0])[0]
    assert got == pytest.approx(10 * np.exp(-50.0), rel=1e-5)  # atol is 1e-12


@pytest.mark.parametrize("method", METHODS)
def test_the_value_is_zero_from_the_crossing_on(method):
    model = dying().build()
    course = run(model, times=[2.3, 2.303, 9.0], rtol=1e-8, method=method)
    assert course["A"].values[0] == pytest.approx([10 * np.exp(-2.3), 0.0, 0.0], rel=1e-5)
    assert course["A"].values[0, 1:].tolist() == [0.0, 0.0]
    ((name, day),) = happenings(course)
    assert name == "extinct(A)"
    assert day == pytest.approx(np.log(10.0), abs=1e-5)  # bdf: a few hundred times rtol


def test_a_seed_below_the_threshold_is_untouched():
    course = run(dying(initial=0.5).build(), times=[3.0])
    assert course["A"].item() == pytest.approx(0.5 * np.exp(-3.0), rel=CLOSE)
    assert course.sizes["event_log"] == 0


def influx(rate):
    m = builder()
    m.species("A", initial=0.0, unit="1", extinct_below=1.0)
    m.rate("A", rate)
    return m.build()


def test_a_slow_influx_from_below_is_untouched():
    got = curve(influx("0.5 - 0.1 * A"), times=[1.0, 5.0])
    assert got == pytest.approx(5.0 * -np.expm1(-0.1 * np.array([1.0, 5.0])), rel=CLOSE)


def test_growth_above_the_threshold_arms_it():
    # sine hump: up through 1, down again; 2 sin(t) falls through 1 at 5 pi / 6
    course = run(influx("2 * cos(time)"), times=[0.3, 2.0, 2.7])
    expected = [2 * np.sin(0.3), 2 * np.sin(2.0)]
    assert course["A"].values[0, :2] == pytest.approx(expected, rel=CLOSE)
    ((_, day),) = happenings(course)
    assert day == pytest.approx(5 * np.pi / 6, abs=1e-7)


def test_an_influx_revives_a_population_and_it_can_die_again():
    m = builder()
    m.species("A", initial=5.0, unit="1", extinct_below=1.0)
    m.parameter("p", 0.0, "1")
    m.rate("A", "p - A")
    m.event("flow", {"p": 3.0}, at_time=10.0)
    m.event("stop", {"p": 0.0}, at_time=15.0)
    course = run(m.build(), times=[9.0, 12.0, 20.0])
    assert course["A"].values[0] == pytest.approx([0.0, 3 * -np.expm1(-2.0), 0.0], rel=CLOSE)
    names = [name for name, _ in happenings(course)]
    assert names == ["extinct(A)", "flow", "stop", "extinct(A)"]


def test_a_dose_revives_an_extinct_population():
    model = dying().build()
    got = curve(model, dosed(model, ("d", 5.0, 4.0)), times=[4.9, 5.0, 6.0])
    assert got == pytest.approx([0.0, 4.0, 4.0 * np.exp(-1.0)], rel=CLOSE)


def test_a_dose_below_the_threshold_is_a_seed():
    model = dying().build()
    got = curve(model, dosed(model, ("d", 5.0, 0.5)), times=[6.0])
    assert got[0] == pytest.approx(0.5 * np.exp(-1.0), rel=CLOSE)


def test_it_can_be_switched_off():
    got = curve(dying().build(), times=[5.0], extinction="off")
    assert got[0] == pytest.approx(10 * np.exp(-5.0), rel=CLOSE)


def test_a_mapping_replaces_the_thresholds_of_the_model():
    course = run(dying().build(), times=[3.0, 5.0], extinction={"A": 0.1})
    assert course["A"].values[0] == pytest.approx([10 * np.exp(-3.0), 0.0], rel=CLOSE)
    assert '"A": 0.1' in course.attrs["extinction"]


@pytest.mark.parametrize("given", ["on", {"B": 1.0}, {"A": 0.0}, {"A": np.nan}])
def test_a_wrong_option_is_refused(given):
    with pytest.raises(OptionError):
        run(dying().build(), times=[1.0], extinction=given)


@pytest.mark.parametrize("log_state", [False, True])
def test_the_threshold_of_a_concentration_follows_each_subjects_volume(log_state):
    m = builder()
    m.compartment("V", 1.0, "L")
    m.species("A", initial=10.0, unit="1", compartment="V", extinct_below=1.0, log_state=log_state)
    m.reaction("loss", "A ->", rate="V * A")
    model = m.build()
    course = run(model, cohort_from_arrays(model, {"V": [1.0, 2.0, 0.25]}), times=[5.0])
    assert course["event_time"].values == pytest.approx([np.log(10.0)] * 3, rel=1e-7)


def test_a_log_state_becomes_exactly_zero_and_takes_a_new_seed():
    model = dying(log_state=True).build()
    got = curve(model, dosed(model, ("d", 5.0, 4.0)), times=[3.0, 5.0, 6.0, 8.0])
    assert got == pytest.approx([0.0, 4.0, 4 * np.exp(-1.0), 0.0], rel=CLOSE)
    assert got[0] == 0.0


def test_others_go_on_when_one_population_is_gone():
    m = builder()
    m.species("A", initial=4.0, unit="1", extinct_below=1.0)
    m.species("B", initial=0.0, unit="1")
    m.reaction("death", "A -> B", rate="A")
    got = curve(m.build(), name="B", times=[5.0, 9.0])
    assert got == pytest.approx([3.0, 3.0], rel=CLOSE)
