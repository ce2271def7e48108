"""The exact methods one event after the other: slow, obvious; what the compiled loops mean."""

from __future__ import annotations

import math

import numpy as np

from livingdrug.core.random import Purpose, uniforms
from livingdrug.solve.backends.base import DoseRecord, SubjectTask
from livingdrug.solve.backends.stochastic.backend import STREAM
from livingdrug.solve.backends.stochastic.kernel import JumpKernel
from livingdrug.system.blocks import Block
from livingdrug.system.printers.python import load_block

__all__ = ["run_plainly"]

_BATCH = 4096


class _Draws:
    """The uniform numbers of the events of one replicate, made as they are needed."""

    def __init__(self, kernel: JumpKernel, task: SubjectTask) -> None:
        self.kernel, self.task = kernel, task
        self.values = np.empty(0)

    def pair(self, event: int) -> tuple[float, float]:
        return self.single(2 * event), self.single(2 * event + 1)

    def single(self, place: int) -> float:
        while place >= self.values.size:
            self.values = uniforms(
                seed=self.kernel.plan.seed,
                purpose=Purpose.STOCHASTIC,
                subjects=np.array([self.task.label]),
                name=STREAM,
                replicate=self.task.replicate,
                draws=self.values.size + _BATCH,
            )[0]
        return float(self.values[place])


Path = list[tuple[float, list[int]]]
"""Time and counts after each jump or dose, the start first."""


def run_plainly(kernel: JumpKernel, task: SubjectTask) -> tuple[Path, list[list[float]]]:
    """Run one replicate, by the method of the kernel.

    Parameters
    ----------
    kernel : JumpKernel
    task : SubjectTask

    Returns
    -------
    list of (float, list of int)
        The path: time and counts after each jump or dose, the start first.
    list of list of float
        The outputs at each output time.
    """
    return _Run(kernel, task).path()


class _Run:
    """One replicate."""

    def __init__(self, kernel: JumpKernel, task: SubjectTask) -> None:
        system, jumps = kernel.system, kernel.jumps
        layout = system.layout
        block = Block("jumps", tuple(j.name for j in jumps), tuple(j.propensity for j in jumps))
        self.kernel, self.system, self.task = kernel, system, task
        self.p, self.entities = task.constants.tolist(), kernel.entities
        self.outputs = load_block(system.blocks["outputs"], layout)
        self._propensities = load_block(block, layout)
        start = load_block(system.blocks["init"], layout)(task.start, [], self.p, [])
        pairs = zip(start[: system.n_states], self.entities, strict=True)
        self.counts = [round(value / entity) for value, entity in pairs]
        self.draws = _Draws(kernel, task)

    def amounts(self) -> list[float]:
        return [count * entity for count, entity in zip(self.counts, self.entities, strict=True)]

    def rates(self, t: float) -> list[float]:
        return list(self._propensities(t, self.amounts(), self.p, []))

    def path(self) -> tuple[Path, list[list[float]]]:
        task, t = self.task, self.task.start
        method = _Clocks(self) if self.kernel.by_clocks else _Direct(self)
        doses = sorted(task.doses, key=lambda dose: dose.time)
        wanted = list(zip(task.outputs.times.tolist(), task.outputs.left.tolist(), strict=True))
        path, reported = [(t, list(self.counts))], []
        while wanted:
            following, chosen = method.next_jump(t)
            due = min(doses[0].time if doses else math.inf, following)
            while wanted and (wanted[0][0] < due or (wanted[0][0] == due and wanted[0][1])):
                reported.append(self.outputs(wanted.pop(0)[0], self.amounts(), self.p, []))
            if not wanted:
                break
            if doses and doses[0].time <= following:
                t = doses[0].time
                self._give(doses.pop(0))
                method.dosed(t)
            else:
                t = following
                for place, gain in self.kernel.jumps[chosen].changes:
                    self.counts[place] += gain
                method.made(t, chosen)
            path.append((t, list(self.counts)))
        return path, reported

    def _give(self, dose: DoseRecord) -> None:
        for target in self.system.doses[dose.name]:
            value = load_block(Block("dose", ("v",), (target.value,)), self.system.layout)
            gain = value(dose.time, self.amounts(), self.p, [], dose.amount)[0]
            old = self.counts[target.state] if target.mode == "add" else 0
            self.counts[target.state] = old + round(gain / self.entities[target.state])


class _Direct:
    """One wait for all jumps together, then a choice."""

    def __init__(self, run: _Run) -> None:
        self.run, self.event = run, 0

    def next_jump(self, t: float) -> tuple[float, int]:
        rates = self.run.rates(t)
        first, second = self.run.draws.pair(self.event)
        total, chosen = sum(rates), 0
        if not total > 0:
            return math.inf, 0
        while sum(rates[: chosen + 1]) <= second * total:
            chosen += 1
        return t - math.log(first) / total, chosen

    def made(self, t: float, jump: int) -> None:
        self.event += 1

    def dosed(self, t: float) -> None:
        self.event += 1


class _Clocks:
    """An exponential time for each jump, used up at the pace of its propensity."""

    def __init__(self, run: _Run) -> None:
        self.run, self.event, self.now = run, 0, run.task.start
        self.pace = run.rates(self.now)
        self.left = [self._draw() for _ in self.pace]

    def _draw(self) -> float:
        self.event += 1
        return -math.log(self.run.draws.single(self.event - 1))

    def next_jump(self, t: float) -> tuple[float, int]:
        due = [
            t + max(left, 0.0) / pace if pace > 0 else math.inf
            for left, pace in zip(self._left(t), self.pace, strict=True)
        ]
        return min(due), due.index(min(due))

    def _left(self, t: float) -> list[float]:
        passed = t - self.now
        return [left - pace * passed for left, pace in zip(self.left, self.pace, strict=True)]

    def made(self, t: float, jump: int) -> None:
        self.left, self.now = self._left(t), t
        self.left[jump], self.pace = self._draw(), self.run.rates(t)

    def dosed(self, t: float) -> None:
        self.event += 1
        self.left, self.now, self.pace = self._left(t), t, self.run.rates(t)
