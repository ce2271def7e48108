"""Fast reactions: equilibria by closed forms, by limits of ordinary reactions, and refusals."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
import scipy.integrate
import scipy.linalg
from hypothesis import given, settings
from hypothesis import strategies as st

import livingdrug as ld
from livingdrug.core.errors import CapabilityError, SubjectFailureWarning
from livingdrug.core.status import Status
from livingdrug.model.equations import equations_of

from .small import builder, curve, dosed, run

RTOL = 1e-10
# the equilibrium holds to rounding; what moves along it carries the error of the integrator
CLOSE = 1e-7


def binding(*, fast: bool = True, speed: float = 1.0):
    """Drug C binds R with K_D 2; free drug is lost, receptor is made and lost."""
    m = builder("binding")
    for name, initial in (("C", 10.0), ("R", 4.0), ("X", 0.0)):
        m.species(name, initial=initial, unit="1")
    m.parameter("speed", speed, "1/day")
    options = {"fast": True} if fast else {}
    m.reaction("bind", "C + R -> X", rate="speed * C * R", reverse="2 * speed * X", **options)
    m.reaction("loss", "C ->", rate="0.3 * C")
    m.reaction("made", "-> R", rate="1.0")
    m.reaction("lost", "R ->", rate="0.25 * R")
    m.dose("d", "1", {"C": "dose"})
    return m.build()


def quasi_equilibrium(days, boluses=()):
    """Totals of drug and receptor, the free ones from the quadratic; Mager and Krzyzanski 2005."""

    def free(total_c, total_r):
        gap = total_c - total_r - 2.0
        return 0.5 * (gap + np.sqrt(gap * gap + 8.0 * total_c))

    def rates(_, y):
        c = free(*y)
        return [-0.3 * c, 1.0 - 0.25 * (y[1] - (y[0] - c))]

    y, start, rows = np.array([10.0, 4.0]), 0.0, []
    for stop, amount in (*boluses, (days[-1] + 1.0, 0.0)):
        inside = days[(days >= start) & (days < stop)]
        path = scipy.integrate.solve_ivp(
            rates, (start, stop), y, dense_output=True, rtol=1e-11, atol=1e-12
        )
        for total_c, total_r in path.sol(inside).T:
            c = free(total_c, total_r)
            rows.append((c, total_r - (total_c - c), total_c - c))
        y, start = path.y[:, -1] + [amount, 0.0], stop
    return np.array(rows).T


@pytest.mark.parametrize("method", ["lsoda", "bdf", "radau", "rk45", "dop853"])
def test_quasi_equilibrium_binding(method):
    days = np.linspace(0.0, 8.0, 17)
    course = run(binding(), times=days, rtol=RTOL, method=method)
    # bdf accumulates errors of a few times rtol per step over a hundred steps
    for name, values in zip("CRX", quasi_equilibrium(days), strict=True):
        assert course[name].values.ravel() == pytest.approx(values, rel=1e-6), name


def test_a_dose_is_shared_out_at_once():
    days = np.array([0.0, 1.0, 2.0, 2.5, 6.0])
    cohort = dosed(binding(), ("d", 2.0, 30.0))
    course = ld.simulate(binding(), cohort, times=days, rtol=RTOL)
    for name, values in zip("CRX", quasi_equilibrium(days, [(2.0, 30.0)]), strict=True):
        assert course[name].values.ravel() == pytest.approx(values, rel=CLOSE), name


def test_it_is_the_limit_of_ever_faster_reactions():
    days = [0.5, 1.0, 4.0]
    exact = run(binding(), times=days, rtol=RTOL)["C"].values
    gaps = []
    for speed in (1e3, 1e4, 1e5):
        course = run(binding(fast=False, speed=speed), times=days, rtol=RTOL, method="bdf")
        gaps.append(np.max(np.abs(course["C"].values / exact - 1.0)))
    # the distance falls like one over the speed
    assert gaps[0] / gaps[1] == pytest.approx(10.0, rel=0.05)
    assert gaps[1] / gaps[2] == pytest.approx(10.0, rel=0.05)


@pytest.mark.parametrize(("k", "expected"), [(0.5, (0.0, 5.0)), (-0.5, (5.0, 0.0)), (0.0, (2, 3))])
def test_of_several_equilibria_the_one_it_leads_to(k, expected):
    m = builder()
    m.species("A", initial=2.0, unit="1")
    m.species("B", initial=3.0, unit="1")
    m.parameter("k", k, "1")
    m.reaction("convert", "A -> B", rate="k * A * B", net=True, fast=True)
    course = run(m.build(), times=[0.0, 1.0])
    found = [course[name].values.ravel() for name in "AB"]
    assert found[0] == pytest.approx(np.full(2, expected[0]), abs=1e-12)
    assert found[1] == pytest.approx(np.full(2, expected[1]), abs=1e-12)


def test_a_reaction_that_an_event_switches_on():
    m = builder()
    for name, initial in (("A", 1.0), ("B", 0.0), ("C", 0.0)):
        m.species(name, initial=initial, unit="1")
    m.parameter("k", 0.0, "1/day")
    m.reaction("feed", "-> A", rate="1")
    m.reaction("convert", "A -> B", rate="k * A", fast=True)
    m.reaction("on", "B -> C", rate="B")
    m.event("start", {"k": "1"}, when="time >= 1")
    days = np.array([0.0, 0.5, 1.0, 1.5, 3.0])
    course = run(m.build(), times=days, rtol=RTOL)
    # while k is zero A grows alone; then all of it is B, which grows and decays
    after = np.where(days >= 1.0, 1.0 + np.exp(-(days - 1.0)), 0.0)
    before = np.where(days < 1.0, 1.0 + days, 0.0)
    assert course["A"].values.ravel() == pytest.approx(before, rel=CLOSE, abs=1e-12)
    assert course["B"].values.ravel() == pytest.approx(after, rel=CLOSE, abs=1e-12)


def conditional(rate, start=-1.0, event=None):
    """A, of which 1 flows in a day, becomes B at once while a condition holds."""
    m = builder()
    for name, initial in (("A", 3.0), ("B", 0.0)):
        m.species(name, initial=initial, unit="1")
    m.parameter("k", start, "1")
    m.parameter("clock", 0.0, "1")
    m.rate("clock", "1")
    m.reaction("feed", "-> A", rate="1")
    m.reaction("convert", "A -> B", rate=rate, fast=True)
    if event:
        m.event("change", event, when="time >= 1.25")
    return m.build()


OFF_THEN_ON = [3.0, 3.5, 0.0, 0.0], [0.0, 0.0, 5.0, 6.0]
ON_THEN_OFF = [0.0, 0.0, 0.75, 1.75], [3.0, 3.5, 4.25, 4.25]
ADDED = [0.0, 0.0, 4.75, 5.75], ON_THEN_OFF[1]
ON_OFF_ON = [0.0, 0.0, 0.0, 0.75], [3.0, 3.5, 8.75, 9.0]


@pytest.mark.parametrize(
    ("rate", "start", "event", "expected"),
    [
        ("piecewise(0, time < 1, A)", 0.0, None, OFF_THEN_ON),
        ("piecewise(0, clock < 1, A)", 0.0, None, OFF_THEN_ON),
        ("A * floor(clock)", 0.0, None, OFF_THEN_ON),
        ("piecewise(A, k > 0, 0)", -1.0, {"k": "1"}, OFF_THEN_ON),
        ("piecewise(A, time < 1.25, 0)", 0.0, None, ON_THEN_OFF),
        ("piecewise(A, k > 0, 0)", 1.0, {"k": "-1"}, ON_THEN_OFF),
        # what the event adds comes after the condition has turned, so that none of it is lost
        ("piecewise(A, k > 0, 0)", 1.0, {"k": "-1", "A": "4"}, ADDED),
        ("piecewise(A, time < 1.25, 0)", 1.0, {"A": "4"}, ADDED),
        ("piecewise(A, clock < 1, 0)", 1.0, {"clock": "0", "A": "4"}, ON_OFF_ON),
    ],
)
def test_no_fast_reaction_runs_under_a_condition_that_does_not_hold(rate, start, event, expected):
    """At the start, at a crossing and after an event; what has run cannot be undone."""
    course = run(conditional(rate, start, event), times=[0.0, 0.5, 2.0, 3.0], rtol=RTOL)
    for name, values in zip("AB", expected, strict=True):
        assert course[name].values.ravel() == pytest.approx(values, rel=CLOSE, abs=1e-9)


def test_a_condition_on_what_a_fast_reaction_has_moved_on():
    """An event writes A, which is gone at once: a condition on A never holds."""
    m = builder()
    for name, initial in (("A", 3.0), ("B", 0.0)):
        m.species(name, initial=initial, unit="1")
    m.parameter("seen", 0.0, "1")
    m.rate("seen", "piecewise(1, A > 2, 0)")
    m.reaction("convert", "A -> B", rate="A", fast=True)
    m.event("add", {"A": "4"}, when="time >= 1")
    course = run(m.build(), times=[0.0, 0.5, 2.0], rtol=RTOL)
    assert course["seen"].values.ravel() == pytest.approx([0.0, 0.0, 0.0], abs=1e-12)
    assert course["B"].values.ravel() == pytest.approx([3.0, 3.0, 7.0])


def test_a_rate_that_vanishes_quadratically():
    m = builder()
    m.species("A", initial=3.0, unit="1")
    m.species("D", initial=0.0, unit="1")
    m.reaction("pair", "2 A -> D", rate="A**2", fast=True)
    m.reaction("loss", "D ->", rate="0.5 * D")
    course = run(m.build(), times=[0.0, 2.0], rtol=RTOL)
    # Newton's method halves such a distance down to 1e-13 of what there is
    assert course["A"].values.ravel() == pytest.approx([0.0, 0.0], abs=1e-11)
    assert course["D"].values.ravel() == pytest.approx([1.5, 1.5 * np.exp(-1.0)], rel=CLOSE)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.integers(0, 3), st.integers(0, 3), st.sampled_from([0.0, 1e-3, 0.5, 1.0, 40.0])
        ),
        min_size=1,
        max_size=7,
    ),
    st.lists(st.sampled_from([0.0, 0.1, 1.0, 7.0]), min_size=4, max_size=4),
)
def test_linear_networks_end_where_their_own_time_leads(reactions, start):
    m = builder()
    names = "ABCD"
    for name, value in zip(names, start, strict=True):
        m.species(name, initial=value, unit="1")
    generator = np.zeros((4, 4))
    for count, (source, target, k) in enumerate(reactions):
        if source == target:
            continue
        rate = f"{k} * {names[source]}"
        m.reaction(f"r{count}", f"{names[source]} -> {names[target]}", rate=rate, fast=True)
        generator[:, source] += k * (np.eye(4)[target] - np.eye(4)[source])
    m.reaction("still", "A -> B", rate="0")
    shares = scipy.linalg.expm(generator)
    for _ in range(60):  # 2**60 times as long; each column is a distribution, kept as one
        shares = shares @ shares
        shares /= shares.sum(axis=0)
    expected = shares @ start
    course = run(m.build(), times=[0.0])
    found = np.array([course[name].values.item() for name in names])
    # 60 squarings, each with a few roundings; a fast reaction has conditions up to 4e4
    assert found == pytest.approx(expected, rel=1e-9, abs=1e-10)
    assert found.sum() == pytest.approx(sum(start), rel=1e-12, abs=1e-12)


def test_concentrations_in_places_of_other_sizes_and_a_conversion_factor():
    m = builder()
    m.compartment("V", 2.0, "L")
    m.compartment("W", 5.0, "L")
    m.parameter("f", 3.0, "1")
    m.species("A", initial=4.0, unit="mol/L", compartment="V")
    m.species("B", initial=0.0, unit="mol/L", compartment="W", conversion_factor="f")
    m.reaction("move", "A -> B", rate="A", reverse="B", fast=True)
    m.reaction("loss", "A ->", rate="A")
    course = run(m.build(), times=[0.0, 1.0], rtol=RTOL)
    # extent e: (8 - e) / 2 = 3 e / 5; then the amounts 2 A + 5 B / 3 fall by A
    level, slope = 24.0 / 11.0, 3.0 / 11.0
    expected = level * np.exp(-slope * np.array([0.0, 1.0]))
    assert course["A"].values.ravel() == pytest.approx(expected, rel=CLOSE)
    assert course["B"].values.ravel() == pytest.approx(expected, rel=CLOSE)


def _converting(rate="A", **options):
    m = builder()
    m.species("A", initial=2.0, unit="1", **options)
    m.species("B", initial=3.0, unit="1")
    m.reaction("convert", "A -> B", rate=rate, net=True, fast=True)
    return m


@pytest.mark.parametrize(
    ("rate", "start"),
    [
        ("1", "no stable equilibrium of the fast reactions convert"),  # never stands still
        ("A**2", ""),
        ("A * (B - 3)", "no stable equilibrium"),  # stands on a ridge
    ],
)
def test_no_equilibrium_is_a_status(rate, start):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SubjectFailureWarning)
        course = run(_converting(rate).build(), times=[0.0, 1.0])
    expected = Status.BAD_INITIAL if start else Status.OK
    assert course["status"].values.tolist() == [expected]
    if start:
        assert start in course["status_message"].values.item()


def test_an_equilibrium_that_turns_unstable_ends_the_subject():
    m = _converting("(1 - time) * A * B")
    m.reaction("feed", "-> A", rate="0.1")
    with pytest.warns(SubjectFailureWarning):
        course = run(m.build(), times=[0.0, 1.5])
    assert course["status"].values.tolist() == [Status.NOT_FINITE]
    assert "no stable equilibrium" in course["status_message"].values.item()


def test_what_is_not_computed_is_refused_together():
    m = _converting("max(A, B) - 1")
    m.species("L", initial=1.0, unit="1", log_state=True)
    m.reaction("logs", "L -> (1 + A) B", rate="L", fast=True)
    m.parameter("speed", 0.0, "1")
    m.assign("seen", "rate_of(A)", "1")
    m.parameter("x", 1.0, "1")
    m.algebraic("x**2 - A", "x")
    with pytest.raises(CapabilityError) as caught:
        ld.compile_model(m.build())
    for part in (
        r"reaction convert: is fast, and its rate has an edge in what it changes: `max(A, B)`",
        "reaction logs: is fast, and the stoichiometry of B depends on what it changes",
        "species L: is a log state",
        "assignment seen: `rate_of(A)`",
        "algebraic rules for x",
    ):
        assert part in str(caught.value)


@pytest.mark.parametrize("how", [{"backend": "native"}, {"method": "ssa"}])
def test_engines_that_cannot_say_so(how):
    with pytest.raises(CapabilityError, match="fast"):
        run(_converting().build(), times=[1.0], **how)


def test_no_word_for_it_in_sbml(tmp_path):
    with pytest.raises(CapabilityError, match="reaction convert: is fast"):
        ld.write_sbml(_converting().build(), tmp_path / "fast.xml")


def test_how_it_is_shown():
    model = _converting("2 * A").build()
    shown = {item.label: item.text for item in equations_of(model)}
    assert shown["equilibrium convert"] == "A -> B at once, by 2 * A"
    assert shown["rate of change A"] == "dA/dt = 0"


def test_only_a_fast_reaction_has_another_hash():
    m = builder()
    m.species("A", initial=2.0, unit="1")
    m.reaction("loss", "A ->", rate="A")
    slow = m.build()
    m = builder()
    m.species("A", initial=2.0, unit="1")
    m.reaction("loss", "A ->", rate="A", fast=True)
    fast = m.build()
    assert slow.math_hash != fast.math_hash
    assert curve(fast, times=[0.0, 1.0]) == pytest.approx([0.0, 0.0], abs=1e-12)


def test_delayed_values_of_what_is_in_equilibrium():
    m = builder()
    for name, initial in (("A", 4.0), ("B", 0.0), ("C", 0.0)):
        m.species(name, initial=initial, unit="1")
    m.reaction("share", "A -> B", rate="3 * A", reverse="B", fast=True)
    m.reaction("loss", "A ->", rate="2 * A")
    m.rate("C", "delay(A, 1)")
    days = np.array([0.0, 0.5, 1.0, 3.0])
    course = run(m.build(), times=days, rtol=RTOL)
    # before the start A has its initial value, from then on a quarter of exp(-t/2) times 4
    past = np.maximum(days - 1.0, 0.0)
    expected = 4.0 * np.minimum(days, 1.0) + 2.0 * (1.0 - np.exp(-past / 2.0))
    assert course["C"].values.ravel() == pytest.approx(expected, rel=CLOSE, abs=CLOSE)


def test_a_fast_rate_that_looks_back_is_refused():
    m = _converting("A - delay(B, 1)")
    with pytest.raises(CapabilityError, match=r"reaction convert: is fast, and .* `delay\(B, 1\)`"):
        ld.compile_model(m.build())
