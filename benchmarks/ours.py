"""livingdrug's own engines as solvers of a benchmark."""

from __future__ import annotations

import math
import time

import numpy as np
from numpy.typing import NDArray
from problems import Problem

import livingdrug as ld
from livingdrug.solve.engines import BACKENDS
from livingdrug.solve.plan import make_plan

__all__ = ["Native", "NativeSimulate", "Reference"]

Values = NDArray[np.float64]


class _Engine:
    """A backend, prepared once; binding a cohort and making a dataset are not timed."""

    name = ""
    backend, method = "", ""
    subjects, repeats = 16, 1

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.engine = BACKENDS.get(self.backend)()
        names = [slot.name for slot in problem.system.outputs]
        self.places = [names.index(slot.name) for slot in problem.system.layout.states]
        index = problem.system.layout.constant_index
        self.scale = np.ones((len(problem.constants), problem.n_states))
        for i, slot in enumerate(problem.system.layout.states):
            if slot.compartment:  # reported as a concentration, solved as an amount
                self.scale[:, i] = problem.constants[:, index[slot.compartment]]

    @staticmethod
    def missing() -> str:
        """Say why this cannot run; empty when it can."""
        return ""

    def run(self, rtol: float, n: int, repeats: int = 1) -> tuple[Values, float]:
        """Run the first `n` subjects; values (n, times, states) and CPU seconds."""
        system = self.problem.system
        plan = make_plan(
            system, method=self.method, rtol=rtol, atol=None, extinction="model", seed=0,
            max_steps=10_000_000,
        )  # fmt: skip
        kernel, tasks = self.engine.prepare(system, plan), self.problem.bound.tasks[:n]
        self.engine.run(kernel, tasks[:1])
        best = math.inf
        for _ in range(repeats):
            begin = time.process_time()
            results = self.engine.run(kernel, tasks)
            best = min(best, time.process_time() - begin)
        block = np.stack([result.values[self.places].T for result in results])
        return block * self.scale[:n, None, :], best


class Native(_Engine):
    """The native backend."""

    name = "livingdrug native"
    backend, method = "native", "rodas5p"
    subjects, repeats = 1024, 3


class Reference(_Engine):
    """The reference backend."""

    name = "livingdrug reference"
    backend, method = "reference", "lsoda"
    subjects = 4


class NativeSimulate(_Engine):
    """The whole of `simulate` on the native backend: binding, loading code, making a dataset."""

    name = "livingdrug simulate()"
    backend, method = "native", "rodas5p"
    subjects, repeats = 1024, 3

    def run(self, rtol: float, n: int, repeats: int = 1) -> tuple[Values, float]:
        """Run the first `n` subjects; values (n, times, states) and CPU seconds."""
        problem, best = self.problem, math.inf
        for _ in range(repeats):
            begin = time.process_time()
            course = ld.simulate(
                problem.system, problem.cohort, times=problem.times.tolist(), rtol=rtol,
                backend="native", max_steps=10_000_000,
            )  # fmt: skip
            best = min(best, time.process_time() - begin)
        names = [slot.name for slot in problem.system.layout.states]
        block = np.stack([course[name].values for name in names], axis=-1)
        return block * self.scale[:n, None, :], best
