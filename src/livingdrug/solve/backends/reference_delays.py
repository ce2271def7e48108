"""Delayed values ready to compute, and what of them each part of a system reads."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from livingdrug.core.errors import CapabilityError
from livingdrug.model.expression.nodes import Node
from livingdrug.model.expression.walk import free_symbols
from livingdrug.solve.backends.base import Plan
from livingdrug.system.blocks import Block
from livingdrug.system.printers.python import BlockFunction, load_block
from livingdrug.system.system import DelayProgram, System

__all__ = ["DelayPart", "LoadedDelay", "echoes"]


@dataclass(frozen=True, slots=True, eq=False)
class LoadedDelay:
    """A delayed value as functions.

    Attributes
    ----------
    program : DelayProgram
    value : BlockFunction
        Of the earlier time, with the states, constants and switches of then.
    lag : BlockFunction
    before : BlockFunction
        Of a time before the start.
    inner : tuple of LoadedDelay
        Delayed values that `value` reads, each after those that it needs.
    aside : tuple of LoadedDelay
        Those that `lag` reads.
    """

    program: DelayProgram
    value: BlockFunction
    lag: BlockFunction
    before: BlockFunction
    inner: tuple[LoadedDelay, ...]
    aside: tuple[LoadedDelay, ...]

    @property
    def varies(self) -> bool:
        """Whether its lag, or one inside, changes."""
        return not self.program.steady or any(item.varies for item in self.inner)


class DelayPart:
    """The delayed values of a system.

    Parameters
    ----------
    system : System
    plan : Plan

    Attributes
    ----------
    all, rates, seen, watched, reported : tuple of LoadedDelay
        Every one, and those that rates, conditions or triggers, either of the two, or outputs
        read; each after those that it needs at the same time.

    Raises
    ------
    CapabilityError
        For a method whose steps say nothing certain about times between them.
    """

    def __init__(self, system: System, plan: Plan) -> None:
        self._system = system
        self._loaded: dict[str, LoadedDelay] = {}
        for program in system.delays:
            self._loaded[program.name] = LoadedDelay(
                program,
                self._load(program.value),
                self._load(program.lag),
                self._load(program.before),
                self.read([program.value]),
                self.read([program.lag]),
            )
        if system.delays and not plan.method.dense_output:
            raise CapabilityError(
                f"{system.model.id}, {system.delays[0].text}: the method {plan.method.name!r} is "
                "less accurate between its steps, so that it reads no delayed values; use "
                "'lsoda', 'bdf', 'dop853' or 'rk45'"
            )
        blocks = system.blocks
        self.all = tuple(self._loaded.values())
        self.rates = self.read(blocks["rhs"].outputs)
        triggers = (*blocks["roots"].outputs, *blocks["triggers"].outputs)
        self.watched = self.read(triggers)
        self.seen = self.read((*blocks["rhs"].outputs, *triggers))
        self.reported = self.read(blocks["outputs"].outputs)

    def _load(self, node: Node) -> BlockFunction:
        return load_block(Block("delay", ("delayed",), (node,)), self._system.layout)

    def read(self, nodes: Iterable[Node]) -> tuple[LoadedDelay, ...]:
        """Return the delayed values that expressions need at their own time.

        Parameters
        ----------
        nodes : iterable of Node

        Returns
        -------
        tuple of LoadedDelay
            With those that their lags read.
        """
        found: set[str] = set()
        todo = self._names(nodes)
        while todo:
            name = todo.pop()
            if name not in found:
                found.add(name)
                todo += self._names([self._loaded[name].program.lag])
        return tuple(item for name, item in self._loaded.items() if name in found)

    def _names(self, nodes: Iterable[Node]) -> list[str]:
        return [name for name in free_symbols(nodes) if name in self._loaded]


def echoes(item: LoadedDelay, constants: Sequence[float]) -> set[float]:
    """Return how much later a jump shows in a delayed value.

    Parameters
    ----------
    item : LoadedDelay
    constants : sequence of float

    Returns
    -------
    set of float
        In days, those above zero: its own lag, and each with that of a delayed value inside.
        Lags that change are left out.
    """
    if not item.program.steady:
        return set()
    own = item.lag(0.0, [], constants, [])[0]
    later = {own + more for part in item.inner for more in echoes(part, constants)}
    return {lag for lag in {own} | later if lag > 0.0}
