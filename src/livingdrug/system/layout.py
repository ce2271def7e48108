"""Names to slots: where each quantity lives in the arrays of a backend."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from livingdrug.model.expression.nodes import (
    TIME,
    Kind,
    Node,
    add,
    divide,
    multiply,
    subtract,
    symbol,
)
from livingdrug.model.expression.walk import postorder
from livingdrug.model.model import Model, Role
from livingdrug.model.parameter import Parameter
from livingdrug.model.species import Compartment

__all__ = [
    "InputSlot",
    "Layout",
    "StateSlot",
    "control_timed_integrals",
    "extend_layout",
    "make_layout",
]


@dataclass(frozen=True, slots=True)
class StateSlot:
    """One entry of the state vector.

    Attributes
    ----------
    name : str
        Quantity of the model.
    symbol : str
        Name of the slot in lowered expressions: the quantity itself, or ``amount(name)``.
    compartment : str
        Its size turns the amount into the concentration; empty otherwise.
    log_state : bool
        The integrator works on the logarithm.
    controlled : bool
        Whether the entry counts in error control; auxiliary integrals do not.
    algebraic : bool
        Its row of the right-hand side is no rate but has to be zero.
    """

    name: str
    symbol: str
    compartment: str = ""
    log_state: bool = False
    controlled: bool = True
    algebraic: bool = False


@dataclass(frozen=True, slots=True)
class InputSlot:
    """The three constants of one time-varying input: ``level + slope * (time - knot)``.

    Attributes
    ----------
    name : str
    level, slope, knot : int
        Positions in the constant vector.
    default : float
    linear : bool
    """

    name: str
    level: int
    slope: int
    knot: int
    default: float
    linear: bool


@dataclass(frozen=True, slots=True)
class Layout:
    """The slots of a system.

    Attributes
    ----------
    states : tuple of StateSlot
    constants : tuple of str
        Names of the constant vector: values that change at events only.
    inputs : tuple of InputSlot
    views : dict from Node to Node
        What each symbol of the model is in terms of slots, without assignments.
    state_index : dict from str to int
        Quantity name to position in the state vector.
    constant_index : dict from str to int
        Constant name to position in the constant vector.
    """

    states: tuple[StateSlot, ...]
    constants: tuple[str, ...]
    inputs: tuple[InputSlot, ...]
    views: dict[Node, Node] = field(hash=False, compare=False)
    # made once: they are looked into a million times while jumps are read
    state_index: dict[str, int] = field(init=False, repr=False, hash=False, compare=False)
    constant_index: dict[str, int] = field(init=False, repr=False, hash=False, compare=False)

    def __post_init__(self) -> None:
        states = {slot.name: place for place, slot in enumerate(self.states)}
        object.__setattr__(self, "state_index", states)
        constants = {name: place for place, name in enumerate(self.constants)}
        object.__setattr__(self, "constant_index", constants)

    @property
    def has_algebraic(self) -> bool:
        """Whether the integrator solves algebraic equations beside the differential ones."""
        return any(slot.algebraic for slot in self.states)


def initial_name(name: str) -> str:
    """Return the name of the constant that holds a plain initial value.

    Parameters
    ----------
    name : str

    Returns
    -------
    str
    """
    return f"initial({name})"


def control_timed_integrals(
    layout: Layout, rates: Sequence[Node], delayed: Collection[str]
) -> Layout:
    """Put integrals of explicit functions of time, and of delayed values, under error control.

    The steps that the states ask for say nothing about such an integrand.

    Parameters
    ----------
    layout : Layout
    rates : sequence of Node
        One for each state, over slots.
    delayed : collection of str
        Slots of delayed values.

    Returns
    -------
    Layout
    """
    states = tuple(
        dataclasses.replace(slot, controlled=True)
        if any(part.kind is Kind.TIME or part.name in delayed for part in postorder([rate]))
        else slot
        for slot, rate in zip(layout.states, rates, strict=True)
    )
    return dataclasses.replace(layout, states=states)


def extend_layout(layout: Layout, followed: Sequence[Node], names: Sequence[str]) -> Layout:
    """Add what conditions and delays need: states that make the steps follow time, and constants.

    Parameters
    ----------
    layout : Layout
    followed : sequence of Node
        Rates of the states, which start at zero; nothing reads them.
    names : sequence of str
        Of constant slots: held floors, delayed values.

    Returns
    -------
    Layout
        Slots that were there before keep their positions.
    """
    added = tuple(StateSlot(f"follow({k})", f"follow({k})") for k in range(len(followed)))
    return dataclasses.replace(
        layout, states=layout.states + added, constants=(*layout.constants, *names)
    )


def make_layout(model: Model) -> Layout:
    """Assign slots.

    Parameters
    ----------
    model : Model

    Returns
    -------
    Layout
    """
    roles = model.roles
    states: list[StateSlot] = []
    constants: list[str] = []
    views: dict[Node, Node] = {}
    for species in model.species:
        role = roles[species.name]
        size = species.compartment if species.is_concentration else ""
        if role is Role.STATE:
            slot = f"amount({species.name})" if size else species.name
            states.append(StateSlot(species.name, slot, size, species.log_state))
            if size:
                views[symbol(species.name)] = divide(symbol(slot), symbol(size))
        elif role is Role.ALGEBRAIC:  # the rule is about the symbol, whatever it means
            states.append(StateSlot(species.name, species.name, algebraic=True))
        elif role in (Role.CONSTANT, Role.HELD):
            constants.append(species.name)
    sized: list[Parameter | Compartment] = [*model.parameters, *model.compartments]
    for item in sized:
        if roles[item.name] in (Role.STATE, Role.ALGEBRAIC):
            algebraic = roles[item.name] is Role.ALGEBRAIC
            states.append(StateSlot(item.name, item.name, algebraic=algebraic))
        elif roles[item.name] in (Role.CONSTANT, Role.HELD):
            constants.append(item.name)
    states += [
        StateSlot(integral.name, integral.name, controlled=False) for integral in model.integrals
    ]
    constants += [initial_name(slot.name) for slot in states if slot.controlled]
    inputs = []
    for source in model.inputs:
        first = len(constants)
        names = [f"{part}({source.name})" for part in ("level", "slope", "knot")]
        constants += names
        linear = source.interpolation == "linear"
        inputs.append(InputSlot(source.name, first, first + 1, first + 2, source.default, linear))
        level, slope, knot = (symbol(name) for name in names)
        views[symbol(source.name)] = (
            add(level, multiply(slope, subtract(TIME, knot))) if linear else level
        )
    return Layout(tuple(states), tuple(constants), tuple(inputs), views)
