"""The next-reaction method: the same path as the plain one, the same law as the direct method."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

import livingdrug as ld
from livingdrug.core.errors import OptionError, SubjectFailureWarning
from livingdrug.core.status import Status
from livingdrug.model.builder import ModelBuilder
from livingdrug.solve.backends.stochastic.backend import StochasticBackend
from livingdrug.solve.backends.stochastic.kernel import JumpKernel
from livingdrug.solve.backends.stochastic.plain import run_plainly
from livingdrug.solve.bind import bind_inputs
from livingdrug.solve.plan import make_plan
from livingdrug.solve.stochastic import Stochastic
from livingdrug.system.compile import compile_model

from .models import UNIT, birth_death, dimers, immigration

TIMES = [0.0, 0.5, 2.0, 5.0]
CLOCKS = Stochastic(algorithm="next reaction")


def kernel_of(model, stochastic=CLOCKS):
    system = compile_model(model)
    plan = make_plan(
        system, method="ssa", rtol=1e-6, atol=None, extinction="model", seed=3, max_steps=100,
        stochastic=stochastic,
    )  # fmt: skip
    return JumpKernel(system, plan)


def ring(size: int):
    """Places between which cells move, divide and die: one jump changes two of many."""
    m = ModelBuilder("ring", dimensions="off")
    m.parameter("b", 0.3, "1/day")
    m.parameter("d", 0.4, "1/day")
    m.parameter("k", 0.5, "1/day")
    for place in range(size):
        m.species(f"A{place}", initial=40.0 if place == 0 else 0.0, **UNIT)
    for place in range(size):
        m.reaction(f"birth{place}", f"A{place} -> 2 A{place}", rate=f"b * A{place}")
        m.reaction(f"death{place}", f"A{place} ->", rate=f"d * A{place}")
        m.reaction(f"move{place}", f"A{place} -> A{(place + 1) % size}", rate=f"k * A{place}")
    return m.build()


@pytest.mark.parametrize("make", [birth_death, immigration, dimers, lambda: ring(5)])
def test_every_path_is_that_of_the_plain_method(make):
    kernel = kernel_of(make())
    bound = bind_inputs(kernel.system, None, TIMES, left=False, replicates=21)
    results = StochasticBackend().run(kernel, bound.tasks)
    for task, result in zip(bound.tasks, results, strict=True):
        path, reported = run_plainly(kernel, task)
        assert result.values.T.tolist() == reported
        assert result.n_steps == len(path) - 1


def test_paths_with_doses_are_those_of_the_plain_method():
    regimen = ld.Regimen.infusion(7.0, "cell", time=1.0)
    cohort = ld.cohort_from_arrays(birth_death(), {"A": [0.0, 5.0]}, regimen=regimen)
    kernel = kernel_of(birth_death())
    bound = bind_inputs(kernel.system, cohort, TIMES, left=False, replicates=10)
    for task, result in zip(bound.tasks, StochasticBackend().run(kernel, bound.tasks), strict=True):
        assert result.values.T.tolist() == run_plainly(kernel, task)[1]
        assert [entry.name for entry in result.log if entry.name == "infusion"] == ["infusion"]


def test_a_jump_renews_what_sees_it_and_nothing_else():
    kernel = kernel_of(ring(6))
    names = [jump.name for jump in kernel.jumps]
    seen = {names[k]: {names[j] for j in row} for k, row in enumerate(kernel.graph)}
    assert seen["birth2"] == {"birth2", "death2", "move2"}
    assert seen["move2"] == {"birth2", "death2", "move2", "birth3", "death3", "move3"}


def test_the_law_is_that_of_the_direct_method():
    options = {"times": [0.0, 3.0], "method": "ssa", "replicates": 3_000}
    clocks = ld.simulate(dimers(), stochastic=CLOCKS, **options)["A"].values[0, :, -1]
    direct = Stochastic(algorithm="direct")
    other = ld.simulate(dimers(), stochastic=direct, seed=5, **options)["A"].values[0, :, -1]
    assert stats.ks_2samp(clocks, other).pvalue > 1e-6
    assert not np.array_equal(clocks, other)


def test_cells_on_a_ring_have_their_mean_and_variance():
    # moves change no number: the total is one birth-death process of 40 cells
    b, d, n, t = 0.3, 0.4, 40, 2.0
    model = ring(120)  # 360 kinds of jumps
    assert kernel_of(model, Stochastic()).by_clocks  # chosen by their number
    course = ld.simulate(model, times=[0.0, t], method="ssa", replicates=4_000)
    total = sum(course[f"A{k}"].values[0, :, -1] for k in range(120))
    growth = np.exp((b - d) * t)
    variance = n * (b + d) / (b - d) * growth * (growth - 1.0)
    assert abs(total.mean() - n * growth) < 5 * np.sqrt(variance / total.size)
    assert abs(total.var() - variance) < 5 * variance * np.sqrt(2 / total.size)


def test_a_path_depends_on_neither_chunks_nor_when_it_is_looked_at(monkeypatch):
    options = {"method": "ssa", "stochastic": CLOCKS}
    whole = ld.simulate(birth_death(), times=TIMES, replicates=50, threads=2, **options)
    monkeypatch.setattr("livingdrug.solve.backends.stochastic.backend.CHUNK", 7)
    pieces = ld.simulate(birth_death(), times=TIMES, replicates=20, **options)
    assert np.array_equal(whole["A"].values[:, :20], pieces["A"].values)
    few = ld.simulate(birth_death(), times=[0.0, 5.0], replicates=20, **options)
    assert np.array_equal(few["A"].sel(time=5.0).values, pieces["A"].sel(time=5.0).values)


def test_extinction_is_logged_and_the_last_cell_dies_when_it_must():
    n, d = 5, 0.4
    course = ld.simulate(
        birth_death(start=n, birth=0.0, death=d),
        times=[0.0, 100.0],
        method="ssa",
        replicates=5_000,
        stochastic=CLOCKS,
        reduce={"end": ld.Reduction("event day", "extinct(A)")},
    )
    law = stats.kstest(course["end"].values[0], lambda x: (1 - np.exp(-d * x)) ** n)
    assert law.pvalue > 1e-6


def test_an_explosion_is_stopped_with_a_status():
    model = birth_death(start=100.0, birth=50.0, death=0.0)
    stop = Stochastic(algorithm="next reaction", max_events=50_000)
    with pytest.warns(SubjectFailureWarning, match="max_events"):
        course = ld.simulate(model, times=TIMES, method="ssa", replicates=3, stochastic=stop)
    assert (course["status"].values == int(Status.TOO_MANY_EVENTS)).all()


def test_an_unknown_algorithm_is_refused():
    with pytest.raises(OptionError, match="'next reaction'"):
        Stochastic(algorithm="next")
