"""Doses: what is given, when, how fast, and in which order."""

import numpy as np
import pytest

from livingdrug.cohort.cohort import add_records, cohort_from_arrays
from livingdrug.cohort.regimen import add_regimen
from livingdrug.core.errors import CapabilityError, DataError
from livingdrug.model.regimen import Dose, Regimen

from .small import CLOSE, builder, curve, decay, dosed, happenings, run


def infused(t, start, amount, duration, k):
    """One-compartment infusion: closed form."""
    t = np.asarray(t, dtype=float) - start
    during = amount / duration / k * -np.expm1(-k * np.clip(t, 0.0, duration))
    return np.where(t <= duration, during, during * np.exp(-k * (t - duration)))


def test_a_bolus_adds_its_amount():
    model = decay(initial=1.0).build()
    got = curve(model, dosed(model, ("d", 1.0, 2.0)), times=[1.0, 2.0])
    assert got == pytest.approx([np.exp(-1) + 2.0, np.exp(-2) + 2.0 * np.exp(-1)], rel=CLOSE)


def test_a_bolus_that_assigns_replaces_the_amount():
    m = decay(initial=5.0)
    m.dose("set", "1", {"A": "dose"}, mode="assign")
    model = m.build()
    got = curve(model, dosed(model, ("set", 1.0, 2.0)), times=[1.0, 2.0])
    assert got == pytest.approx([2.0, 2.0 * np.exp(-1)], rel=CLOSE)


def test_an_infusion_follows_its_closed_form():
    model = decay(k=0.7).build()
    times = [0.5, 1.0, 2.0, 2.5, 3.0, 6.0]
    got = curve(model, dosed(model, ("d", 0.5, 10.0, 2.0)), times=times)
    assert got == pytest.approx(infused(times, 0.5, 10.0, 2.0, 0.7), rel=CLOSE, abs=1e-12)


def test_an_infusion_stops_exactly_at_its_end():
    model = decay(k=0.0).build()
    end = 0.1 + 0.7
    got = curve(model, dosed(model, ("d", 0.1, 3.0, 0.7)), times=[end, end + 1e-9, 5.0])
    # nothing flows in or out after the end, and an integrator adds a constant rate to rounding
    assert got == pytest.approx([3.0, 3.0, 3.0], rel=1e-13)
    assert got[0] == got[2]


def test_overlapping_infusions_add_their_rates():
    model = decay().build()
    times = np.linspace(0.0, 8.0, 17)
    got = curve(model, dosed(model, ("d", 0.0, 4.0, 3.0), ("d", 1.0, 6.0, 1.5)), times=times)
    expected = infused(times, 0.0, 4.0, 3.0, 1.0) + infused(times, 1.0, 6.0, 1.5, 1.0) * (times > 1)
    assert got == pytest.approx(expected, rel=CLOSE)


def test_an_infusion_that_ends_where_the_next_begins_leaves_no_gap():
    model = decay().build()
    times = [1.0, 2.0, 3.0]
    got = curve(model, dosed(model, ("d", 0.0, 1.0, 1.0), ("d", 1.0, 1.0, 1.0)), times=times)
    assert got == pytest.approx(infused(times, 0.0, 2.0, 2.0, 1.0), rel=CLOSE)


def test_repeated_doses_add_up():
    model = decay().build()
    days = np.arange(0.0, 5.0)
    got = curve(model, dosed(model, *(("d", day, 1.0) for day in days)), times=[6.0])
    assert got[0] == pytest.approx(np.exp(days - 6.0).sum(), rel=CLOSE)


@pytest.mark.parametrize("duration", [1e-17, 1e-9])
def test_an_infusion_of_any_shortness_gives_its_whole_amount(duration):
    # the spacing of floats at day 1 is 2e-16, which is 2e-7 of 1e-9 day
    model = decay(k=0.0).build()
    got = curve(model, dosed(model, ("d", 1.0, 10.0, duration)), times=[2.0])
    assert got[0] == pytest.approx(10.0, rel=1e-6)


def test_a_dose_reaches_several_targets_by_expressions_of_parameters():
    m = builder()
    m.species("A", initial=0.0, unit="1")
    m.species("B", initial=1.0, unit="1")
    m.parameter("F", 0.25, "1")
    m.parameter("V", 4.0, "1")
    m.dose("d", "1", {"A": "F * dose / V", "B": "(1 - F) * dose"})
    model = m.build()
    course = run(model, dosed(model, ("d", 0.0, 8.0), F=0.5), times=[0.0, 1.0])
    assert course["A"].values[0, 1] == 1.0  # 0.5 * 8 / 4: exact in binary
    assert course["B"].values[0, 1] == 5.0


def test_targets_of_one_dose_are_computed_before_any_is_written():
    m = builder()
    m.species("A", initial=2.0, unit="1")
    m.species("B", initial=3.0, unit="1")
    m.dose("d", "1", {"A": "B * dose", "B": "A * dose"}, mode="assign")
    model = m.build()
    course = run(model, dosed(model, ("d", 0.0, 10.0)), times=[0.0])
    assert (course["A"].item(), course["B"].item()) == (30.0, 20.0)


def test_a_lag_shifts_a_dose_by_an_expression_of_parameters():
    m = decay()
    m.parameter("half_lag", 0.75, "day")
    m.dose("oral", "1", {"A": "dose"}, lag="2 * half_lag")
    model = m.build()
    got = curve(model, dosed(model, ("oral", 1.0, 1.0), half_lag=1.0), times=[2.9, 3.0, 4.0])
    assert got == pytest.approx([0.0, 1.0, np.exp(-1)], rel=CLOSE)


def test_a_lag_shifts_the_whole_infusion():
    m = decay()
    m.dose("slow", "1", {"A": "dose"}, lag=0.5)
    model = m.build()
    times = [1.0, 1.5, 2.0, 4.0]
    got = curve(model, dosed(model, ("slow", 1.0, 3.0, 1.0)), times=times)
    expected = infused(times, 1.5, 3.0, 1.0, 1.0) * (np.array(times) > 1.5)
    assert got == pytest.approx(expected, rel=CLOSE, abs=1e-15)


def test_an_amount_per_kilogram_is_scaled_by_weight_and_capped():
    m = builder()
    m.species("A", initial=0.0, unit="cell")
    m.dose("infusion", "cell", {"A": "dose"})
    model = m.build()
    cohort = cohort_from_arrays(model, {"weight": [50.0, 100.0, 150.0]})
    cohort = add_regimen(cohort, model, Regimen.infusion(2e6, "cell", per="kg", cap=2e8))
    assert run(model, cohort, times=[0.0])["A"].values[:, 0].tolist() == [1e8, 2e8, 2e8]


def test_split_doses_add_up_to_the_total():
    m = builder()
    m.species("A", initial=0.0, unit="cell")
    m.dose("infusion", "cell", {"A": "dose"})
    model = m.build()
    split = Regimen.split(100.0, "cell", fractions=(0.1, 0.3, 0.6), days=(0, 1, 2))
    got = curve(model, cohort_from_arrays(model, {}, regimen=split), times=[0.0, 1.0, 2.0])
    assert got == pytest.approx([10.0, 40.0, 100.0], rel=1e-14)  # sums of three numbers


def test_lymphodepletion_starts_five_days_before_the_cells():
    m = builder()
    m.species("L", initial=100.0, unit="1")
    m.parameter("k", 1e-3, "1")
    m.dose("fludarabine", "mg", {"L": "-k * dose"})
    m.dose("cyclophosphamide", "mg", {"L": "-k * dose"})
    model = m.build()
    cohort = cohort_from_arrays(model, {"body_surface_area": 2.0})
    cohort = add_regimen(cohort, model, Regimen.lymphodepletion())
    got = curve(model, cohort, "L", times=[-5.0, -4.0, -3.0, 0.0])
    # (30 + 500) mg/m2 * 2 m2 * 0.001 = 1.06 on each of three days
    assert got == pytest.approx([98.94, 97.88, 96.82, 96.82], rel=1e-12)


@pytest.mark.parametrize(("order", "expected"), [(("add", "set"), 5.0), (("set", "add"), 7.0)])
def test_doses_at_one_time_act_in_record_order(order, expected):
    m = builder()
    m.species("A", initial=1.0, unit="1")
    m.dose("add", "1", {"A": "dose"})
    m.dose("set", "1", {"A": "dose"}, mode="assign")
    model = m.build()
    amounts = {"add": 2.0, "set": 5.0}
    cohort = dosed(model, *((name, 1.0, amounts[name]) for name in order))
    assert curve(model, cohort, times=[1.0])[0] == expected


@pytest.mark.parametrize(("mode", "expected"), [("add", 5.0), ("assign", 3.0)])
def test_a_dose_changes_a_held_parameter(mode, expected):
    m = builder()
    m.species("A", initial=0.0, unit="1")
    m.parameter("p", 2.0, "1")
    m.rate("A", "p")
    m.dose("d", "1", {"p": "dose"}, mode=mode)
    model = m.build()
    course = run(model, dosed(model, ("d", 1.0, 3.0)), times=[0.0, 1.0, 2.0])
    assert course["p"].values[0].tolist() == [2.0, expected, expected]
    assert course["A"].values[0, 2] == pytest.approx(2.0 + expected, rel=CLOSE)


def test_a_dose_into_a_concentration_is_in_its_unit():
    m = builder()
    m.compartment("V", 4.0, "L")
    m.species("c", initial=1.0, unit="mg/L", compartment="V")
    m.dose("d", "mg", {"c": "dose / V"})
    model = m.build()
    got = curve(model, dosed(model, ("d", 1.0, 8.0), ("d", 2.0, 8.0, 1.0)), "c", times=[0, 1, 4])
    assert got == pytest.approx([1.0, 3.0, 5.0], rel=CLOSE)


def test_amounts_are_converted_to_the_unit_of_the_dose():
    m = builder()
    m.species("A", initial=0.0, unit="mg")
    m.dose("d", "mg", {"A": "dose"})
    model = m.build()
    columns = {"subject": [0], "name": ["d"], "time": [0.0], "amount": [2.0], "unit": ["g"]}
    cohort = add_records(cohort_from_arrays(model, {}), "dose", columns | {"duration": [0.0]})
    assert curve(model, cohort, times=[0.0])[0] == pytest.approx(2000.0, rel=1e-14)


def infusion_refused(m, name="d"):
    model = m.build()
    with pytest.raises(CapabilityError, match="cannot be infused") as caught:
        run(model, dosed(model, (name, 0.0, 1.0, 1.0)), times=[1.0])
    return str(caught.value)


def test_an_infusion_into_a_log_state_is_refused():
    assert "logarithm" in infusion_refused(decay(initial=1.0, log_state=True))


def test_an_infusion_that_assigns_is_refused():
    m = decay()
    m.dose("set", "1", {"A": "dose"}, mode="assign")
    assert "assigns" in infusion_refused(m, "set")


def test_an_infusion_into_a_parameter_is_refused():
    m = decay()
    m.dose("shift", "1", {"k": "dose"})
    assert "not a state" in infusion_refused(m, "shift")


def test_a_log_state_takes_a_bolus():
    model = decay(initial=1.0, log_state=True).build()
    got = curve(model, dosed(model, ("d", 1.0, 2.0)), times=[1.0, 2.0])
    assert got == pytest.approx([np.exp(-1) + 2.0, np.exp(-2) + 2.0 * np.exp(-1)], rel=CLOSE)


def test_doses_stand_in_the_event_log():
    model = decay().build()
    course = run(model, dosed(model, ("d", 1.0, 2.0), ("d", 3.0, 2.0, 1.0)), times=[5.0])
    assert happenings(course) == [("d", 1.0), ("d", 3.0)]


def test_an_unknown_dose_and_a_wrong_unit_are_reported_together():
    model = decay().build()
    columns = {
        "subject": [0, 0],
        "name": ["dd", "d"],
        "time": [0.0, 0.0],
        "amount": [1.0, 1.0],
        "unit": ["1", "day"],
        "duration": [0.0, 0.0],
    }
    cohort = add_records(cohort_from_arrays(model, {}), "dose", columns)
    with pytest.raises(DataError) as caught:
        run(model, cohort, times=[1.0])
    assert "'dd'" in str(caught.value)
    assert "day" in str(caught.value)


def test_stops_one_rounding_apart_are_both_reached():
    model = decay().build()
    day = 0.1 + 0.2  # 0.30000000000000004
    got = curve(model, dosed(model, ("d", 0.3, 1.0), ("d", day, 1.0)), times=[1.3])
    assert got[0] == pytest.approx(2.0 * np.exp(-1), rel=CLOSE)


@pytest.mark.parametrize("bad", [{"amount": -1.0}, {"time": np.inf}, {"duration": -1.0}])
def test_a_regimen_refuses_what_is_no_dose(bad):
    given = {"name": "d", "amount": 1.0, "unit": "1", "time": 0.0} | bad
    with pytest.raises(ValueError, match="dose d"):
        Dose(**given)


def test_a_negative_lag_is_refused():
    m = decay()
    m.parameter("lag", 1.0, "day")
    m.dose("oral", "1", {"A": "dose"}, lag="lag")
    model = m.build()
    with pytest.warns(match="lag"):
        course = run(model, dosed(model, ("oral", 1.0, 1.0), lag=-3.0), times=[5.0])
    assert course["status"].item() != 0
