"""Amounts, concentrations, compartments and the parts that compute with them."""

import numpy as np
import pytest

from livingdrug.cohort.cohort import cohort_from_arrays

from .small import CLOSE, builder, curve, run


def vessel(*, size=2.0, **options):
    m = builder("vessel")
    m.compartment("V", size, "L")
    m.species("c", initial=3.0, unit="mg/L", compartment="V", **options)
    return m


def test_a_reaction_changes_the_amount_and_the_symbol_is_the_concentration():
    m = vessel()
    m.reaction("feed", "-> c", rate=4.0)
    model = m.build()
    course = run(model, cohort_from_arrays(model, {"V": [2.0, 8.0]}), times=[1.0])
    assert course["c"].values[:, 0] == pytest.approx([5.0, 3.5], rel=CLOSE)


def test_halving_the_volume_keeps_the_amount():
    m = vessel()
    m.event("halve", {"V": "V / 2"}, at_time=1.0)
    course = run(m.build(), times=[0.5, 1.0, 2.0])
    assert course["c"].values[0].tolist() == [3.0, 6.0, 6.0]
    assert course["V"].values[0].tolist() == [2.0, 1.0, 1.0]


@pytest.mark.parametrize("volume_is_state", [False, True])
def test_a_concentration_written_with_its_volume_is_an_amount_of_the_old_volume(volume_is_state):
    m = vessel()
    if volume_is_state:
        m.rate("V", "0 * V")
    m.event("both", {"V": "2 * V", "c": "c"}, at_time=1.0)
    assert curve(m.build(), name="c", times=[0.0, 2.0]) == pytest.approx([3.0, 1.5], rel=1e-14)


def test_a_volume_that_grows_dilutes():
    m = vessel()
    m.rate("V", "0.5 * V")
    got = run(m.build(), times=[2.0])
    assert got["c"].item() == pytest.approx(3.0 * np.exp(-1.0), rel=CLOSE)
    assert got["V"].item() == pytest.approx(2.0 * np.exp(1.0), rel=CLOSE)


def test_a_volume_given_by_an_assignment_dilutes():
    m = vessel()
    m.assign("V", "2 + time", "L")
    assert curve(m.build(), name="c", times=[4.0])[0] == pytest.approx(1.0, rel=CLOSE)


def test_a_rate_rule_holds_for_the_concentration_whatever_the_volume_does():
    m = vessel()
    m.rate("V", "0.5 * V")
    m.rate("c", "-c")
    assert curve(m.build(), name="c", times=[2.0])[0] == pytest.approx(3 * np.exp(-2.0), rel=CLOSE)


def test_only_substance_means_the_symbol_is_the_amount():
    m = vessel(only_substance=True)
    m.event("halve", {"V": "V / 2"}, at_time=1.0)
    m.reaction("feed", "-> c", rate=4.0)
    assert curve(m.build(), name="c", times=[2.0])[0] == pytest.approx(11.0, rel=CLOSE)


def test_a_boundary_species_is_read_and_not_changed():
    m = vessel(boundary=True)
    m.species("P", initial=0.0, unit="1")
    m.reaction("convert", "c -> P", rate="c")
    course = run(m.build(), times=[2.0])
    assert course["c"].item() == 3.0
    assert course["P"].item() == pytest.approx(6.0, rel=CLOSE)


def test_a_boundary_species_may_have_a_rate_of_its_own():
    m = builder()
    m.species("S", initial=1.0, unit="1", boundary=True)
    m.species("P", initial=0.0, unit="1")
    m.reaction("convert", "S -> P", rate="S")
    m.rate("S", "-2 * S")
    course = run(m.build(), times=[1.0])
    assert course["S"].item() == pytest.approx(np.exp(-2.0), rel=CLOSE)
    assert course["P"].item() == pytest.approx(-np.expm1(-2.0) / 2, rel=CLOSE)


def test_a_constant_species_keeps_its_value_per_subject():
    m = builder()
    m.species("S", initial=1.0, unit="1", constant=True)
    m.species("P", initial=0.0, unit="1")
    m.reaction("make", "-> P", rate="S")
    model = m.build()
    course = run(model, cohort_from_arrays(model, {"S": [1.0, 4.0]}), times=[2.0])
    assert course["S"].values[:, 0].tolist() == [1.0, 4.0]
    assert course["P"].values[:, 0] == pytest.approx([2.0, 8.0], rel=CLOSE)


def test_a_conversion_factor_turns_extent_into_amount():
    m = builder()
    m.parameter("f", 0.5, "1")
    m.species("S", initial=10.0, unit="1", conversion_factor="f")
    m.species("P", initial=0.0, unit="1")
    m.reaction("convert", "S -> P", rate=1.0)
    course = run(m.build(), times=[4.0])
    assert course["S"].item() == pytest.approx(8.0, rel=CLOSE)
    assert course["P"].item() == pytest.approx(4.0, rel=CLOSE)


@pytest.mark.parametrize("order", [("a", "b", "c"), ("c", "b", "a"), ("b", "c", "a")])
def test_initial_assignments_do_not_depend_on_their_order(order):
    m = builder()
    m.parameter("p", 2.0, "1")
    for name in ("a", "b", "c"):
        m.species(name, initial=0.0, unit="1")
    expressions = {"a": "p + 1", "b": "2 * a", "c": "a + b + d"}
    m.assign("d", "100 * p", "1")
    for name in order:
        m.initial(name, expressions[name])
    model = m.build()
    course = run(model, cohort_from_arrays(model, {"p": 3.0}), times=[0.0])
    assert [course[name].item() for name in "abc"] == [4.0, 8.0, 312.0]


def test_an_initial_assignment_of_a_parameter_reads_initial_values():
    m = vessel()
    m.parameter("c0", 0.0, "mg/L")
    m.initial("c0", "c")
    m.reaction("loss", "c ->", rate="V * c")
    m.observable("fold", "c / c0", "1")
    model = m.build()
    course = run(model, cohort_from_arrays(model, {"c": [1.0, 7.0]}), times=[1.0])
    assert course["fold"].values[:, 0] == pytest.approx([np.exp(-1.0)] * 2, rel=CLOSE)


def test_an_initial_concentration_is_multiplied_by_an_initial_volume():
    m = vessel()
    m.parameter("w", 5.0, "1")
    m.initial("V", "2 * w")
    m.initial("c", "w / 5")
    m.reaction("feed", "-> c", rate=10.0)
    assert curve(m.build(), name="c", times=[0.0, 1.0]) == pytest.approx([1.0, 2.0], rel=CLOSE)


def test_an_integral_counts_as_zero_in_an_initial_value():
    m = builder()
    m.species("A", initial=0.0, unit="1")
    m.integral("area", "A", "day")
    m.initial("A", "area + 1")
    assert curve(m.build(), times=[0.0])[0] == 1.0


def test_assigned_quantities_are_computed_from_each_other():
    m = builder()
    m.species("A", initial=1.0, unit="1")
    m.rate("A", "-fast")
    m.assign("fast", "2 * slow", "1")  # before what it uses
    m.assign("slow", "A / 2", "1")
    course = run(m.build(), times=[1.0])
    assert course["A"].item() == pytest.approx(np.exp(-1.0), rel=CLOSE)
    assert course["slow"].item() == course["A"].item() / 2


def test_rate_of_is_the_derivative_everywhere():
    m = vessel()
    m.reaction("loss", "c ->", rate="0.5 * V * c")
    m.assign("speed", "-rate_of(c)", "1")
    m.observable("twice", "2 * speed", "1")
    m.event("slow", {}, when="speed < 0.3")
    course = run(m.build(), times=[1.0, 6.0])
    expected = 1.5 * np.exp(-0.5 * np.array([1.0, 6.0]))
    assert course["speed"].values[0] == pytest.approx(expected, rel=CLOSE)
    assert course["twice"].values[0] == pytest.approx(2 * expected, rel=CLOSE)
    assert course["event_time"].values == pytest.approx([2 * np.log(5.0)], rel=CLOSE)


def test_rate_of_an_assigned_quantity_is_its_total_derivative():
    m = builder()
    m.species("A", initial=1.0, unit="1")
    m.rate("A", "-A")
    m.assign("square", "time * A**2", "1")
    m.observable("slope", "rate_of(square)", "1")
    got = curve(m.build(), name="slope", times=[2.0])[0]
    assert got == pytest.approx((1 - 2 * 2.0) * np.exp(-4.0), rel=CLOSE)


def test_stoichiometry_may_be_an_expression():
    m = builder()
    m.parameter("n", 3.0, "1")
    m.species("A", initial=1.0, unit="1")
    m.species("B", initial=0.0, unit="1")
    m.reaction("burst", "A -> (2 * n) B", rate="A")
    model = m.build()
    course = run(model, cohort_from_arrays(model, {"n": [3.0, 0.5]}), times=[1.0])
    expected = -np.expm1(-1.0) * np.array([6.0, 1.0])
    assert course["B"].values[:, 0] == pytest.approx(expected, rel=CLOSE)


def test_a_species_on_both_sides_changes_by_the_difference():
    m = builder()
    m.species("A", initial=1.0, unit="1")
    m.reaction("divide", "A -> 2 A", rate="0.5 * A")
    assert curve(m.build(), times=[2.0])[0] == pytest.approx(np.exp(1.0), rel=CLOSE)


def test_a_reversible_reaction_becomes_two():
    m = builder()
    m.species("A", initial=1.0, unit="1")
    m.species("B", initial=0.0, unit="1")
    m.reaction("flip", "A -> B", rate="2 * A", reverse="1 * B")
    model = m.build()
    assert [r.name for r in model.reactions] == ["flip_forward", "flip_reverse"]
    got = curve(model, times=[0.7])[0]
    assert got == pytest.approx(1 / 3 + 2 / 3 * np.exp(-3 * 0.7), rel=CLOSE)


def test_an_integral_equals_its_closed_form_from_the_start():
    m = builder()
    m.species("A", initial=4.0, unit="1")
    m.rate("A", "-0.5 * A")
    m.integral("area", "A", "day")
    got = curve(m.build(), name="area", times=[-1.0, 0.0, 3.0])
    # the integral runs from day -1, where this simulation starts; it has no error control
    expected = 8.0 * -np.expm1(-0.5 * np.array([0.0, 1.0, 4.0]))
    assert got == pytest.approx(expected, rel=1e-6)


def test_an_integral_stays_out_of_error_control():
    def steps(with_integral):
        m = builder()
        m.species("A", initial=1.0, unit="1")
        m.rate("A", "-A")
        if with_integral:
            m.integral("huge", "1e6 * A", "day")
        course = run(m.build(), times=[10.0], rtol=1e-8)
        return course.attrs["n_steps"], course["A"].item()

    (plain, a), (more, b) = steps(False), steps(True)
    # the norm of LSODA is a mean over the states, so a silent one changes it a little
    assert abs(more - plain) <= 0.1 * plain
    assert b == pytest.approx(a, rel=1e-6)


def test_functions_of_the_model_are_expanded():
    m = builder()
    m.function("mm", "x, vmax, km", "vmax * x / (km + x)")
    m.function("half", "x", "mm(x, 1, x)")
    m.species("A", initial=1.0, unit="1")
    m.rate("A", "mm(A, 3, 0) - 2 * half(A) - 1")  # 3 - 1 - 1
    assert curve(m.build(), times=[2.0])[0] == pytest.approx(3.0, rel=CLOSE)


def test_indexed_species_and_reactions():
    m = builder()
    sites = {"site": ["blood", "marrow"]}
    m.species("T_{site}", initial=1.0, unit="1", over=sites)
    m.reaction("die_{site}", "T_{site} ->", rate="T_{site}", over=sites)
    course = run(m.build(), times=[1.0])
    for name in ("T_blood", "T_marrow"):
        assert course[name].item() == pytest.approx(np.exp(-1.0), rel=CLOSE)


def test_an_observable_may_be_the_species_itself():
    m = builder()
    m.species("A", initial=2.0, unit="cell")
    m.observable("A", "A", "cell", term="car_t_blood", assay="qPCR")
    course = run(m.build(), times=[0.0])
    assert course["A"].item() == 2.0
    assert course["A"].attrs["kind"] == "observable"
    assert course["A"].attrs["term"] == "car_t_blood"
