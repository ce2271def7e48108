"""The System: a model compiled to slots and blocks, without any value of a subject."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from livingdrug.model.expression.nodes import ONE, Node
from livingdrug.model.expression.walk import free_symbols
from livingdrug.model.model import Model
from livingdrug.system.blocks import Block, Switch
from livingdrug.system.layout import Layout

__all__ = ["DelayProgram", "EventProgram", "OutputSlot", "System", "TargetProgram"]


@dataclass(frozen=True, slots=True)
class OutputSlot:
    """One reported quantity.

    Attributes
    ----------
    name : str
    kind : {"species", "state", "assigned", "integral", "input", "held", "observable"}
    unit, term, doc : str
    assay : str
        Of an observable.
    count_per_unit : float or None
        Entities that one unit stands for.
    """

    name: str
    kind: str
    unit: str
    term: str = ""
    doc: str = ""
    assay: str = ""
    count_per_unit: float | None = None


@dataclass(frozen=True, slots=True)
class TargetProgram:
    """Where an event or dose writes.

    Attributes
    ----------
    quantity : str
    state : int
        Position in the state vector, or -1.
    constant : int
        Position in the constant vector, or -1.
    value : Node
        New value, or dose contribution, in the unit of the symbol, over slots.
    scale : Node
        Amount per unit of the symbol: the size of the compartment, or one.
    mode : {"assign", "add"}
    """

    quantity: str
    state: int
    constant: int
    value: Node
    scale: Node
    mode: str

    @property
    def has_size(self) -> bool:
        """Whether the quantity is a concentration, kept as an amount."""
        return self.scale != ONE


@dataclass(frozen=True, slots=True)
class EventProgram:
    """An event over slots.

    Attributes
    ----------
    name : str
    targets : tuple of TargetProgram
    trigger : Node or None
        Over switch slots.
    times, every, delay, priority
        Expressions over constants (times, every) or slots.
    count : int
    persistent, initial_value, values_from_trigger : bool
    """

    name: str
    targets: tuple[TargetProgram, ...]
    trigger: Node | None
    times: tuple[Node, ...]
    every: Node | None
    count: int
    delay: Node | None
    priority: Node | None
    persistent: bool
    initial_value: bool
    values_from_trigger: bool

    @property
    def silent(self) -> bool:
        """Whether the log leaves the event out: it is the engine's own."""
        return self.name.startswith(".")

    @property
    def draws(self) -> bool:
        """Whether a value reads random numbers, the symbols ``draw(0)`` and ``draw(1)``."""
        return any(
            name.startswith("draw(") for name in free_symbols([t.value for t in self.targets])
        )

    @property
    def time_nodes(self) -> tuple[Node, ...]:
        """The times, then the period if there is one."""
        return self.times if self.every is None else (*self.times, self.every)

    def occurrences(self, values: Sequence[float]) -> list[float]:
        """Return every time at which the event is due.

        Parameters
        ----------
        values : sequence of float
            Values of `time_nodes`.

        Returns
        -------
        list of float
        """
        if self.every is None:
            return list(values)
        *times, period = values
        return [*times, *(times[-1] + period * k for k in range(1, self.count + 1))]


@dataclass(frozen=True, slots=True)
class DelayProgram:
    """A value of an earlier time.

    Attributes
    ----------
    name : str
        Constant slot that holds it; engines fill it before they read it.
    constant : int
        Position in the constant vector.
    value : Node
        What is delayed, over slots at the earlier time.
    lag : Node
        How long ago that is, in days, over slots at this time.
    before : Node
        What is delayed at times before the start, over time and constants.
    steady : bool
        The lag is the same at all times.
    text : str
        As written in the model, and where.
    """

    name: str
    constant: int
    value: Node
    lag: Node
    before: Node
    steady: bool
    text: str


@dataclass(frozen=True, slots=True)
class System:
    """A compiled model.

    Attributes
    ----------
    model : Model
    layout : Layout
    blocks : dict from str to Block
        ``init``, ``rhs``, ``jacobian``, ``roots``, ``conditions``, ``triggers``, ``outputs``,
        ``sizes``; with fast reactions those of `lower_fast` as well.
    switches : tuple of Switch
    events : tuple of EventProgram
    doses : dict from str to tuple of TargetProgram
    dose_lags : dict from str to Node
    outputs : tuple of OutputSlot
        What the block ``outputs`` reports, in its order.
    delays : tuple of DelayProgram
        Each after those that it reads.
    """

    model: Model
    layout: Layout
    blocks: dict[str, Block]
    switches: tuple[Switch, ...]
    events: tuple[EventProgram, ...]
    doses: dict[str, tuple[TargetProgram, ...]]
    dose_lags: dict[str, Node]
    outputs: tuple[OutputSlot, ...]
    delays: tuple[DelayProgram, ...] = ()

    @property
    def n_states(self) -> int:
        """Length of the state vector."""
        return len(self.layout.states)

    @property
    def has_fast(self) -> bool:
        """Whether some reactions are in equilibrium at all times."""
        return "fast rates" in self.blocks

    def listing(self) -> str:
        """Print every block.

        Returns
        -------
        str
        """
        return "\n\n".join(block.listing() for block in self.blocks.values())

    def __repr__(self) -> str:
        return (
            f"<System of {self.model.id}: {self.n_states} states, "
            f"{len(self.layout.constants)} constants, {len(self.switches)} switches>"
        )
