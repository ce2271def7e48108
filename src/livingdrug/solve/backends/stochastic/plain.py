"""The direct method one event after the other: slow, obvious; what the compiled loop means."""

from __future__ import annotations

import math

import numpy as np

from livingdrug.core.random import Purpose, uniforms
from livingdrug.solve.backends.base import SubjectTask
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
        while 2 * event + 1 >= self.values.size:
            self.values = uniforms(
                seed=self.kernel.plan.seed,
                purpose=Purpose.STOCHASTIC,
                subjects=np.array([self.task.label]),
                name=STREAM,
                replicate=self.task.replicate,
                draws=self.values.size + _BATCH,
            )[0]
        return float(self.values[2 * event]), float(self.values[2 * event + 1])


def run_plainly(
    kernel: JumpKernel, task: SubjectTask
) -> tuple[list[tuple[float, list[int]]], list[list[float]]]:
    """Run one replicate.

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
    system, jumps = kernel.system, kernel.jumps
    layout = system.layout
    block = Block("jumps", tuple(j.name for j in jumps), tuple(j.propensity for j in jumps))
    propensities = load_block(block, layout)
    outputs = load_block(system.blocks["outputs"], layout)
    p, entities = task.constants.tolist(), kernel.entities
    start = kernel.init(task.start, [], p, [])[: system.n_states]
    counts = [round(value / entity) for value, entity in zip(start, entities, strict=True)]
    doses = sorted(task.doses, key=lambda dose: dose.time)
    wanted = list(zip(task.outputs.times.tolist(), task.outputs.left.tolist(), strict=True))
    draws, event, t = _Draws(kernel, task), 0, task.start
    path, reported = [(t, list(counts))], []

    def amounts() -> list[float]:
        return [count * entity for count, entity in zip(counts, entities, strict=True)]

    while wanted:
        first, second = draws.pair(event)
        rates = propensities(t, amounts(), p, [])
        total = sum(rates)
        following = t - math.log(first) / total if total > 0 else math.inf
        due = min(doses[0].time if doses else math.inf, following)
        while wanted and (wanted[0][0] < due or (wanted[0][0] == due and wanted[0][1])):
            reported.append(outputs(wanted.pop(0)[0], amounts(), p, []))
        if not wanted:
            break
        event += 1
        if doses and doses[0].time <= following:
            dose = doses.pop(0)
            t = dose.time
            for target in system.doses[dose.name]:
                value = load_block(Block("dose", ("v",), (target.value,)), layout)
                gain = value(t, amounts(), p, [], dose.amount)[0] / entities[target.state]
                old = counts[target.state] if target.mode == "add" else 0
                counts[target.state] = old + round(gain)
        else:
            t, aim, chosen = following, second * total, 0
            while sum(rates[: chosen + 1]) <= aim:
                chosen += 1
            for place, gain_of in jumps[chosen].changes:
                counts[place] += gain_of
        path.append((t, list(counts)))
    return path, reported
