"""Doses as parts of a model: what a regimen gives, as events, for tools that know no regimens.

A dose has a parameter for its amount, so that another tool can change it, and an event at its
time. One that flows in over time has an event that sets the rate of an inflow, and one that stops
it. Doses of one time share an event, so that no other comes between them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from livingdrug.core.errors import CapabilityError, Issue, raise_issues
from livingdrug.model.event import DoseDefinition, DoseTarget, Event
from livingdrug.model.expression.nodes import (
    ONE,
    TIME,
    ZERO,
    Kind,
    Node,
    add,
    divide,
    multiply,
    number,
    symbol,
)
from livingdrug.model.expression.walk import free_symbols, postorder, substitute
from livingdrug.model.model import Model, Role
from livingdrug.model.parameter import Parameter
from livingdrug.model.reaction import PlainRate, Reaction
from livingdrug.model.regimen import Dose
from livingdrug.model.rename import names_of, replace_nodes

__all__ = ["shift_clock", "with_doses"]


def shift_clock(model: Model, start: float) -> Model:
    """Return a model whose time 0 is another day.

    Parameters
    ----------
    model : Model
    start : float
        Day, on the clock of the model, that becomes time 0.

    Returns
    -------
    Model
        With a notice that says so; the model itself for a start of 0.
    """
    if start == 0.0:
        return model
    unit = model.time_unit
    moved = replace_nodes(model, {TIME: add(TIME, number(start, unit))})
    events = tuple(
        replace(event, times=tuple(_later(time, -start, unit) for time in event.times))
        for event in moved.events
    )
    told = f"time 0 is {model.time_unit} {start:g} of the regimen"
    notice = f"{model.notice.rstrip('.')}; {told}" if model.notice else told
    return replace(moved, events=events, notice=notice)


def _later(time: Node, by: float, unit: str) -> Node:
    if time.is_number():
        return number(time.value + by, unit)
    return add(time, number(by, unit))


def with_doses(model: Model, doses: Sequence[Dose]) -> Model:
    """Return a model that gives itself these doses.

    Parameters
    ----------
    model : Model
    doses : sequence of Dose
        In record order: at equal times the first goes first, and all before other events. Amounts
        are totals in the unit that the model declares; times are on the clock of the model.

    Returns
    -------
    Model
        With a parameter and an event for each dose; for each target of one that flows in over
        time also an inflow. What it declares can still be given besides.

    Raises
    ------
    CapabilityError
        Listing the doses that cannot be such events.
    UnknownNameError
        For a dose that the model does not declare.
    """
    if not doses:
        return model
    giving = _Giving(model)
    for group in _together(model, doses):
        giving.give(group)
    raise_issues(giving.issues, CapabilityError)
    return giving.model()


_Placed = tuple[int, Dose]
"""A dose and its place in the regimen, from 1."""


def _together(model: Model, doses: Sequence[Dose]) -> list[list[_Placed]]:
    """Return the doses that are one event: those of one time, and of one lag."""
    groups: dict[tuple[float, bytes], list[_Placed]] = {}
    for place, dose in enumerate(doses):
        lag = model.dose(dose.name).lag
        groups.setdefault((dose.time, (lag or ZERO).key), []).append((place + 1, dose))
    return list(groups.values())


class _Giving:
    """The parts that doses add to a model."""

    def __init__(self, model: Model) -> None:
        self.old = model
        self.issues: list[Issue] = []
        self._taken = names_of(model)
        self._by_rate = {item.name for item in model.rates}
        self._sizes = {s.name: s.compartment for s in model.species if s.is_concentration}
        self._base = _above(model)
        self._parameters: list[Parameter] = []
        self._events: list[Event] = []
        self._inflows: dict[str, list[Node]] = {}  # by quantity
        self._lanes: dict[tuple[str, str], list[tuple[float, str]]] = {}

    def model(self) -> Model:
        """Return the model with what was added."""
        old = self.old
        species = {item.name: item for item in old.species}
        rates, reactions = list(old.rates), list(old.reactions)
        for quantity, inflows in self._inflows.items():
            rate = add(*inflows)
            item = species.get(quantity)
            if quantity in self._by_rate:
                rates = [
                    replace(r, rate=add(r.rate, rate)) if r.name == quantity else r for r in rates
                ]
            elif item is None or item.boundary:
                rates.append(PlainRate(quantity, rate, doc="inflow of doses"))
            else:
                if item.conversion_factor:
                    rate = divide(rate, symbol(item.conversion_factor))
                name = self._name(f"inflow_into_{quantity}")
                made = Reaction(name, (), ((quantity, ONE),), rate, doc="inflow of doses")
                reactions.append(made)
        written = {name for event in self._events for name, _ in event.assignments}
        return replace(
            old,
            title=f"{old.title or old.id}, with doses",
            parameters=(*old.parameters, *self._parameters),
            rates=tuple(rates),
            reactions=tuple(reactions),
            events=(*(_after_doses(event, written, old) for event in old.events), *self._events),
        )

    def give(self, group: Sequence[_Placed]) -> None:
        """Add the doses of one time: one after the other, though all at once."""
        now: dict[Node, Node] = {}  # what the doses before have made of a quantity
        for place, dose in group:
            definition = self.old.dose(dose.name)
            where = f"dose {place} of the regimen ({dose.name})"
            problems = [*self._lag_problems(definition), *self._flow_problems(definition, dose)]
            self.issues += [Issue("error", where, problem) for problem in problems]
            if not problems:
                given = self._assignments(place, dose, definition, where)
                values = substitute([value for _, value in given], now)
                now |= {symbol(name): v for (name, _), v in zip(given, values, strict=True)}
        if not now:
            return
        places = [place for place, _ in group]
        label = f"dose_{places[0]}_{group[0][1].name}"
        if len(group) > 1:
            label = f"doses_{'_'.join(map(str, places))}"
        told = f"{', '.join(dose.name for _, dose in group)} of the regimen"
        start = self._start(group[0][1])
        written = tuple((quantity.name, value) for quantity, value in now.items())
        # among lags that happen to end together the first of the records goes first
        self._event(label, written, start, 1.0 + 1.0 / places[0], told)

    def _start(self, dose: Dose) -> Node:
        time = number(dose.time, self.old.time_unit)
        lag = self.old.dose(dose.name).lag
        return time if lag is None else add(time, lag)

    def _assignments(
        self, place: int, dose: Dose, definition: DoseDefinition, where: str
    ) -> list[tuple[str, Node]]:
        """Return what one dose writes; what flows in writes the rate of an inflow."""
        label = f"{place}_{dose.name}"
        amount = self._parameter(f"amount_{label}", dose.amount, definition.unit, where)
        values = substitute(
            [target.amount for target in definition.targets], {symbol("dose"): amount}
        )
        pairs = list(zip(definition.targets, values, strict=True))
        if dose.duration == 0.0:
            return [(target.quantity, _written(target, value)) for target, value in pairs]
        unit = self.old.time_unit
        span = self._parameter(f"duration_{label}", dose.duration, unit, f"duration of {where}")
        on = []
        for target, value in pairs:
            size = self._flow_size(target.quantity)
            total = multiply(value, symbol(size)) if size else value
            on.append((self._lane(dose, target.quantity), divide(total, span)))
        off = tuple((name, ZERO) for name, _ in on)
        end = add(self._start(dose), span)
        self._event(f"dose_{label}_end", off, end, 0.0, f"end of {where}")
        return on

    def _lane(self, dose: Dose, quantity: str) -> str:
        """Return an inflow that is free while a dose flows in; a free one serves again."""
        lanes = self._lanes.setdefault((dose.name, quantity), [])
        end = dose.time + dose.duration
        for place, (busy, name) in enumerate(lanes):
            if busy < dose.time:
                lanes[place] = (end, name)
                return name
        size = self._flow_size(quantity)
        unit = self.old.units[quantity] + (f"*{self.old.units[size]}" if size else "")
        wanted = f"inflow_{f'{len(lanes) + 1}_' if lanes else ''}{dose.name}_{quantity}"
        told = f"rate of {dose.name} into {quantity}"
        made = self._parameter(wanted, 0.0, f"{unit}/{self.old.time_unit}", told)
        lanes.append((end, made.name))
        self._inflows.setdefault(quantity, []).append(made)
        return made.name

    def _flow_size(self, quantity: str) -> str:
        """Return the compartment by which an inflow into a concentration is an amount."""
        return "" if quantity in self._by_rate else self._sizes.get(quantity, "")

    def _event(
        self, name: str, written: tuple[tuple[str, Node], ...], time: Node, rank: float, doc: str
    ) -> None:
        priority = number(self._base + rank)
        self._events.append(
            Event(
                self._name(name), written, times=(time,), priority=priority,
                initial_value=False, values_from_trigger=False, doc=doc,
            )
        )  # fmt: skip

    def _parameter(self, wanted: str, value: float, unit: str, doc: str) -> Node:
        name = self._name(wanted)
        self._parameters.append(Parameter(name, value, unit, doc=doc))
        return symbol(name)

    def _name(self, wanted: str) -> str:
        name = wanted
        while name in self._taken:
            name += "_"
        self._taken.add(name)
        return name

    def _lag_problems(self, definition: DoseDefinition) -> list[str]:
        lag, roles = definition.lag, self.old.roles
        if lag is None:
            return []
        timed = any(part.kind is Kind.TIME for part in postorder([lag]))
        if timed or any(roles.get(name) is not Role.CONSTANT for name in free_symbols([lag])):
            return ["has a lag that changes in time, and an event has a time of its own"]
        return []

    def _flow_problems(self, definition: DoseDefinition, dose: Dose) -> list[str]:
        if dose.duration == 0.0:
            return []
        roles, found = self.old.roles, []
        for target in definition.targets:
            name = target.quantity
            size = self._sizes.get(name, "")
            if target.mode == "assign":
                found.append(f"flows in over time, and assigns {name!r} rather than adding to it")
            elif roles[name] is not Role.STATE:
                found.append(f"flows in over time, and {name!r} is not a state")
            elif name in self._by_rate and size and roles[size] is not Role.CONSTANT:
                found.append(f"flows in over time, and the size of {size!r} changes")
        return found


def _after_doses(event: Event, written: set[str], model: Model) -> Event:
    """Return an event that reads what doses of the same time have written.

    A regimen goes before the events of a model, and an event among others fires at once with them:
    it has to compute its values when its turn comes. Where it also reads what other events of the
    model write, it keeps the values of its trigger, which are before these.
    """
    if event.delay is not None or not event.values_from_trigger:
        return event
    rules = {item.name: item.expression for item in model.assignments}
    read, todo = set[str](), free_symbols([node for _, node in event.assignments])
    while todo:
        name = todo.pop()
        if name not in read:
            read.add(name)
            todo += free_symbols([rules[name]]) if name in rules else []
    others = {name for other in model.events if other is not event for name, _ in other.assignments}
    if read & written and not read & others:
        return replace(event, values_from_trigger=False)
    return event


def _written(target: DoseTarget, value: Node) -> Node:
    return add(symbol(target.quantity), value) if target.mode == "add" else value


def _above(model: Model) -> float:
    """Return a priority above that of the events of the model."""
    given = [event.priority for event in model.events if event.priority is not None]
    if not given:
        return 1.0
    if all(node.is_number() for node in given):
        return max(0.0, *(node.value for node in given)) + 1.0
    return 1e9
