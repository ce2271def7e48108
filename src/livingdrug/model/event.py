"""Events, dose declarations and what stands in for a dose that a model does not have."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from livingdrug.model.expression.nodes import Node

__all__ = ["DoseDefinition", "DoseStandIn", "DoseTarget", "Event"]


@dataclass(frozen=True, slots=True)
class Event:
    """A change of state at given times, or when a condition becomes true.

    Attributes
    ----------
    name : str
    assignments : tuple of (str, Node)
        All values are computed before any is written.
    trigger : Node or None
        Condition; the event fires when it turns from false to true. None for a scheduled event.
    times : tuple of Node
        Of a scheduled event, in days; may be expressions of parameters. A time that is not
        finite, or before the start, never comes.
    every : Node or None
        Period of repetition of the last time.
    count : int
        How many repetitions after the first, with `every`.
    delay : Node or None
        Time between trigger and execution.
    priority : Node or None
        Among events at one time the highest goes first; ties are ordered by a keyed random draw.
    persistent : bool
        False: the trigger must still be true at execution.
    initial_value : bool
        Value of the trigger just before the start: with False, a trigger true at the start fires.
    values_from_trigger : bool
        Compute the assigned values at trigger time rather than at execution.
    at, doc : str
    """

    name: str
    assignments: tuple[tuple[str, Node], ...]
    trigger: Node | None = None
    times: tuple[Node, ...] = ()
    every: Node | None = None
    count: int = 0
    delay: Node | None = None
    priority: Node | None = None
    persistent: bool = True
    initial_value: bool = True
    values_from_trigger: bool = True
    at: str = ""
    doc: str = ""


@dataclass(frozen=True, slots=True)
class DoseTarget:
    """What one dose does to one quantity.

    Attributes
    ----------
    quantity : str
        A species or parameter.
    amount : Node
        Of the quantity's unit; the symbol ``dose`` is the administered amount in the unit of
        the dose, and parameters may enter (bioavailability, blood volume).
    mode : {"add", "assign"}
        Added to the quantity, or put in its place.
    """

    quantity: str
    amount: Node
    mode: Literal["add", "assign"] = "add"


@dataclass(frozen=True, slots=True)
class DoseDefinition:
    """A way of giving something to the subject.

    Attributes
    ----------
    name : str
        As ``"infusion"`` or ``"tocilizumab"``; the name used in a regimen.
    unit : str
        Of the administered amount; ``"cell"`` for viable CAR-positive cells.
    targets : tuple of DoseTarget
    entity : str
        What is counted, as ``"CAR+ viable cells"``.
    lag : Node or None
        Delay between administration and effect, in days.
    typical : float or None
        The label's or the source's dose, in `unit`; what `--dose` replaces.
    at, doc : str
    """

    name: str
    unit: str
    targets: tuple[DoseTarget, ...]
    entity: str = ""
    lag: Node | None = None
    typical: float | None = None
    at: str = ""
    doc: str = ""


@dataclass(frozen=True, slots=True)
class DoseStandIn:
    """Says which number stands for the infused dose in a model that has no dose.

    Attributes
    ----------
    quantity : str
        Species (its initial value) or parameter.
    reason : str
        Why the source has no dose.
    """

    quantity: str
    reason: str
