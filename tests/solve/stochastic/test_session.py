"""Sessions of jumps: a pause changes nothing, and what is done at one is as in a regimen."""

from __future__ import annotations

import numpy as np
import pytest

import livingdrug as ld
from livingdrug.core.errors import OptionError, UnknownNameError
from livingdrug.solve.backends.base import Tracker
from livingdrug.solve.backends.stochastic.backend import StochasticBackend
from livingdrug.solve.backends.stochastic.kernel import JumpKernel
from livingdrug.solve.backends.stochastic.session import JumpSession
from livingdrug.solve.bind import bind_inputs
from livingdrug.solve.plan import make_plan
from livingdrug.solve.stochastic import Stochastic
from livingdrug.system.compile import compile_model

from .models import birth_death

TIMES = [0.0, 0.5, 2.0, 5.0]
EXACT = ["direct", "next reaction"]


def made(algorithm="direct", *, method="ssa", doses=(), replicates=9, start=40.0):
    model = birth_death(start=start)
    system = compile_model(model)
    plan = make_plan(
        system, method=method, rtol=1e-6, atol=None, extinction="model", seed=3, max_steps=100,
        trackers=(Tracker(0, 0.0, 5.0, 35.0), Tracker(1, 1.0, 4.0, 60.0)),
        stochastic=Stochastic(algorithm=algorithm),
    )  # fmt: skip
    regimen = None
    if doses:
        rows = tuple(ld.Dose("infusion", amount, "cell", time=day) for day, amount in doses)
        regimen = ld.Regimen(rows)
    cohort = ld.cohort_from_arrays(model, {"A": [start, 5.0]}, regimen=regimen)
    bound = bind_inputs(system, cohort, TIMES, left=False, replicates=replicates)
    return JumpKernel(system, plan), bound.tasks


def bits(results):
    return [
        (r.values.tobytes(), r.tracked.tobytes(), int(r.status), [(e.time, e.name) for e in r.log])
        for r in results
    ]


@pytest.mark.parametrize("algorithm", EXACT)
@pytest.mark.parametrize("days", [[], [1.0], [0.5, 0.6, 2.0, 4.9, 7.0]])
def test_pauses_change_no_bit(algorithm, days):
    kernel, tasks = made(algorithm)
    session = JumpSession(kernel, tasks)
    for day in days:
        session.advance(day)
    assert session.running.all() == (not days or days[-1] < TIMES[-1])
    assert bits(session.finish()) == bits(StochasticBackend().run(kernel, tasks))


@pytest.mark.parametrize("method", ["tau", "langevin"])
def test_a_pause_ends_a_leap_and_keeps_the_law(method):
    kernel, tasks = made(method=method, start=1000.0, replicates=400)
    session = JumpSession(kernel, tasks)
    session.advance(1.7)
    paused = np.array([r.values[0, -1] for r in session.finish()])[:400]
    whole = np.array([r.values[0, -1] for r in StochasticBackend().run(kernel, tasks)])[:400]
    b, d, t = 0.3, 0.4, TIMES[-1]
    growth = np.exp((b - d) * t)
    spread = np.sqrt(1000 * (b + d) / (b - d) * growth * (growth - 1.0) / 400)
    for values in (paused, whole):
        assert abs(values.mean() - 1000 * growth) < 5 * spread


@pytest.mark.parametrize("algorithm", EXACT)
def test_a_dose_at_a_pause_is_that_of_a_regimen(algorithm):
    kernel, dosed = made(algorithm, doses=[(1.0, 7.0), (2.0, 3.0)])
    expected = StochasticBackend().run(kernel, dosed)
    kernel, tasks = made(algorithm, doses=[(2.0, 3.0)])
    session = JumpSession(kernel, tasks)
    session.advance(1.0)
    session.give(np.arange(len(tasks)), "infusion", 7.0)
    assert bits(session.finish()) == bits(expected)


@pytest.mark.parametrize("algorithm", EXACT)
def test_a_checkpoint_goes_on_in_another_session(algorithm, tmp_path):
    kernel, tasks = made(algorithm, doses=[(2.0, 3.0)])
    session = JumpSession(kernel, tasks)
    session.advance(1.5)
    np.savez(tmp_path / "kept.npz", **session.checkpoint())
    expected = bits(session.finish())
    with np.load(tmp_path / "kept.npz") as kept:
        other = JumpSession(kernel, tasks, dict(kept))
    assert other.day == 1.5
    assert bits(other.finish()) == expected


def test_what_is_seen_and_set_at_a_pause():
    kernel, tasks = made()
    session = JumpSession(kernel, tasks)
    session.advance(1.0)
    seen = session.now("A")
    assert np.array_equal(session.now("twice"), 2 * seen)
    few = np.flatnonzero(seen < 20)
    assert 0 < few.size < len(tasks)
    session.set(few, "A", 0.0)
    session.set([0], "b", 0.0)
    assert (session.now("A")[few] == 0).all()
    results = session.finish()
    for row, result in enumerate(results):
        assert (result.values[0, -1] == 0.0) >= (row in few)
    # without births a population only falls
    assert results[0].values[0, 2] <= seen[0]
    assert results[0].values[0, 3] <= results[0].values[0, 2]


def test_areas_see_a_change_at_a_pause():
    kernel, tasks = made(replicates=1)
    session = JumpSession(kernel, tasks)
    session.advance(2.0)
    session.set([0, 1], "b", 0.0)
    session.set([0, 1], "d", 0.0)
    session.set([0, 1], "A", 10.0)
    area = session.finish()[0].tracked[1, 4]  # of `twice`, days 1 to 4
    kernel, tasks = made(replicates=1)
    until = JumpSession(kernel, tasks)
    until.advance(2.0)
    until.set([0], "A", 0.0)
    before = until.finish()[0].tracked[1, 4]
    assert area == pytest.approx(before + 2 * 2 * 10.0, rel=1e-12)


def test_what_cannot_be_done_is_refused_and_changes_nothing():
    kernel, tasks = made()
    session = JumpSession(kernel, tasks)
    with pytest.raises(OptionError, match="does not stand at a pause"):
        session.set([0], "A", 1.0)
    session.advance(1.0)
    before = session.checkpoint()
    with pytest.raises(OptionError, match=r"2.5 entities, which is no whole number"):
        session.give([0, 1], "infusion", [1.0, 2.5])
    with pytest.raises(UnknownNameError, match="'A'"):
        session.set([0], "AA", 1.0)
    with pytest.raises(UnknownNameError, match="infusion"):
        session.give([0], "infusio", 1.0)
    with pytest.raises(OptionError, match="later than day 1"):
        session.advance(1.0)
    after = session.checkpoint()
    assert all(before[name].tobytes() == after[name].tobytes() for name in before)
    other_kernel, other = made(replicates=3)
    with pytest.raises(OptionError, match="belongs to other subjects"):
        JumpSession(other_kernel, other, before)


def test_a_log_that_overflows_is_made_larger():
    kernel, tasks = made(doses=[(k * 0.01, 1.0) for k in range(1, 100)], replicates=2)
    session = JumpSession(kernel, tasks)
    session.advance(0.995)
    assert bits(session.finish()) == bits(StochasticBackend().run(kernel, tasks))
