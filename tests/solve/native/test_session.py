"""A run that pauses: what it is at a pause, what may be added there, and that it goes on."""

import math

import numpy as np
import pytest

from livingdrug.cohort.cohort import cohort_from_arrays
from livingdrug.core.errors import OptionError, UnknownNameError
from livingdrug.model.builder import ModelBuilder
from livingdrug.model.regimen import Dose, Regimen
from livingdrug.solve.backends.native.backend import NativeBackend
from livingdrug.solve.backends.native.session import NativeSession
from livingdrug.solve.bind import bind_inputs
from livingdrug.solve.plan import make_plan
from livingdrug.system.compile import compile_model

TIMES = [0.0, 1.0, 2.5, 4.0, 6.0, 9.0, 12.0]
K = np.linspace(0.2, 1.4, 21)


def model():
    m = ModelBuilder("paused", dimensions="off")
    m.species("A", initial=1.0, unit="1", nominal=1.0, log_state=True)
    m.species("B", initial=0.0, unit="1", nominal=1.0)
    m.parameter("k", 1.0, "1/day")
    m.parameter("boost", 1.0, "1")
    m.rate("A", "-k * A")
    m.rate("B", "k * A * boost - 0.3 * B + piecewise(0.2, A > 0.5, 0)")
    m.observable("total", "A + B", "1")
    m.dose("d", "1", {"A": "dose"})
    m.event("late", {"B": "B + 0.5"}, when="A < 0.2", delay="1.5")
    m.event("high", {"boost": "boost * 0.5"}, when="B > 0.6", priority="2")
    return m.build()


def prepared(regimen=None, times=TIMES):
    built = model()
    system = compile_model(built)
    plan = make_plan(
        system, method="rodas5p", rtol=1e-8, atol=None, extinction="model", seed=3, max_steps=10_000
    )
    cohort = cohort_from_arrays(built, {"k": K}, regimen=regimen)
    bound = bind_inputs(system, cohort, times, left=False)
    return NativeBackend(), NativeBackend().prepare(system, plan), bound.tasks


def bits(results):
    return [
        (r.values.tobytes(), r.status, r.n_steps, [(e.time, e.name) for e in r.log])
        for r in results
    ]


def test_a_session_without_a_pause_is_a_run():
    engine, kernel, tasks = prepared()
    assert bits(NativeSession(kernel, tasks).finish()) == bits(engine.run(kernel, tasks))


def test_a_dose_given_at_a_pause_is_a_dose_of_the_regimen_to_the_bit():
    engine, kernel, tasks = prepared(Regimen([Dose("d", 2.0, "1", time=4.0)]))
    expected = bits(engine.run(kernel, tasks))
    _, _, undosed = prepared()
    session = NativeSession(kernel, undosed)
    session.advance(4.0)
    for row in range(len(undosed)):
        session.give(row, "d", 2.0)
    assert bits(session.finish()) == expected


def test_doses_given_together_are_those_given_one_by_one():
    amounts = np.linspace(0.1, 2.0, 6)
    rows = np.array([7, 2, 11, 2, 0, 20])  # one subject twice
    _, kernel, tasks = prepared(Regimen([Dose("d", 0.3, "1", time=9.0)]))
    together, single = NativeSession(kernel, tasks), NativeSession(kernel, tasks)
    for day in (2.5, 4.0):
        together.advance(day)
        together.give(rows, "d", amounts)
        single.advance(day)
        for row, amount in zip(rows, amounts, strict=True):
            single.give(row, "d", amount)
    assert bits(together.finish()) == bits(single.finish())


def test_the_log_holds_any_number_of_doses():
    _, kernel, tasks = prepared()
    session = NativeSession(kernel, tasks[:1])
    for day in np.arange(1, 601) / 60:
        session.advance(day)
        session.give(0, "d", 1e-3)
    result = session.finish()[0]
    assert (result.status, [e.name for e in result.log].count("d")) == (0, 600)


def test_pauses_move_values_by_no_more_than_the_tolerance():
    engine, kernel, tasks = prepared()
    session = NativeSession(kernel, tasks)
    for day in (0.7, 2.5, 3.3, 8.8):
        session.advance(day)
    expected = engine.run(kernel, tasks)
    for got, want in zip(session.finish(), expected, strict=True):
        # a hundred steps of 1e-8, around events whose day moves as much
        assert got.values == pytest.approx(want.values, rel=1e-6, abs=1e-6)
        assert [e.name for e in got.log] == [e.name for e in want.log]
        days = [e.time for e in want.log]
        assert [e.time for e in got.log] == pytest.approx(days, abs=1e-6)


def test_what_is_seen_at_a_pause_is_what_a_course_reports_there():
    engine, kernel, tasks = prepared()
    session = NativeSession(kernel, tasks)
    assert session.day == -math.inf
    assert session.running.all()
    session.advance(2.5)
    outputs = [slot.name for slot in kernel.system.outputs]
    expected = np.array([r.values[outputs.index("total"), 2] for r in engine.run(kernel, tasks)])
    assert session.now("total") == pytest.approx(expected, rel=1e-7)


def test_the_value_reported_on_the_day_of_a_pause_is_the_one_after_the_change():
    _, kernel, tasks = prepared()
    session = NativeSession(kernel, tasks)
    session.advance(4.0)
    session.set(5, "B", 0.05)
    session.set(6, "boost", 0.0)
    results = session.finish()
    outputs = [slot.name for slot in kernel.system.outputs]
    assert results[5].values[outputs.index("B"), 3] == 0.05
    assert np.diff(results[6].values[outputs.index("B"), 3:])[0] != 0.0


def test_a_checkpoint_goes_on_to_the_bit(tmp_path):
    _, kernel, tasks = prepared()
    session = NativeSession(kernel, tasks)
    session.advance(3.3)  # some have an event pending now
    session.give(2, "d", 0.5)
    np.savez(tmp_path / "pause.npz", **session.checkpoint())
    expected = bits(session.finish())
    with np.load(tmp_path / "pause.npz") as kept:
        again = NativeSession(kernel, tasks, dict(kept))
    assert again.day == 3.3
    assert bits(again.finish()) == expected


def test_a_subject_that_has_ended_stays_as_it_is():
    _, kernel, tasks = prepared(times=[0.0, 1.0])
    session = NativeSession(kernel, tasks)
    session.advance(5.0)
    assert not session.running.any()
    assert np.isnan(session.now("A")).all()
    with pytest.raises(OptionError, match="subject 0 does not stand at a pause"):
        session.give(0, "d", 1.0)
    assert all(result.status == 0 for result in session.finish())


def test_what_is_unknown_is_named():
    _, kernel, tasks = prepared()
    session = NativeSession(kernel, tasks)
    session.advance(1.0)
    with pytest.raises(UnknownNameError, match="dosis"):
        session.give(0, "dosis", 1.0)
    with pytest.raises(UnknownNameError, match="totall"):
        session.now("totall")
    with pytest.raises(UnknownNameError, match="C"):
        session.set(0, "C", 1.0)
    with pytest.raises(OptionError, match=r"until = 0\.5 must be later than day 1"):
        session.advance(0.5)


def test_a_checkpoint_of_other_subjects_is_refused():
    _, kernel, tasks = prepared()
    session = NativeSession(kernel, tasks)
    session.advance(1.0)
    with pytest.raises(OptionError, match="other subjects, another model or another version"):
        NativeSession(kernel, tasks[:3], session.checkpoint())
