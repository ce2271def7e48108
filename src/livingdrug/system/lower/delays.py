"""Delayed values: each distinct ``delay(x, lag)`` becomes a constant slot that the engine fills.

The slot ``delayed(k)`` is read like any constant. What it holds is described by a `DelayProgram`:
an expression to be computed at an earlier time, how long ago that is, and the same expression as a
function of time alone for the times before the start, when the states have their initial values.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from livingdrug.core.errors import CapabilityError, Issue, raise_issues
from livingdrug.model.expression.differentiate import differentiate, time_derivative
from livingdrug.model.expression.nodes import (
    ONE,
    TIME,
    ZERO,
    Kind,
    Node,
    delay,
    multiply,
    number,
    piecewise,
    rate_of,
    relation,
    subtract,
    symbol,
)
from livingdrug.model.expression.text import to_text
from livingdrug.model.expression.walk import free_symbols, postorder, rebuild, substitute
from livingdrug.model.model import Model
from livingdrug.model.usage import expressions_of
from livingdrug.system.layout import Layout
from livingdrug.system.lower.symbols import SwitchTable
from livingdrug.system.system import DelayProgram, EventProgram

__all__ = ["DelayTable", "at_start", "check_delays"]


def check_delays(model: Model) -> None:
    """Refuse the delays that no engine computes.

    Parameters
    ----------
    model : Model
        After `solve_algebraic`.

    Raises
    ------
    CapabilityError
        Naming every place: delays in the lag or the amount of a dose that read the dose, delays
        in algebraic rules that are solved while the model runs, delays of what those determine,
        and negative delays.
    """
    unknowns = set(model.algebraic_variables)
    rules = {item.name: item.expression for item in model.assignments}
    issues = []
    for use in expressions_of(model):
        where = f"{model.id}, {use.where}"
        for part in postorder([use.node]):
            if part.kind is not Kind.DELAY:
                continue
            text = f"`{to_text(part)}`"
            read = _upstream(free_symbols([part.args[0]]), rules)
            if use.kind == "algebraic" or read & unknowns:
                fix = "write the rule so that it is affine in what it determines"
                issues.append(Issue("error", where, f"{text} with an algebraic rule that is "
                    "solved while the model runs: delay differential-algebraic equations are not "
                    "simulated", fix))  # fmt: skip
            if "dose" in free_symbols([part]):
                what = f"{text}: the amount of a dose has no past"
                issues.append(Issue("error", where, what, "delay quantities of the model"))
            if part.args[1].is_number() and part.args[1].value < 0.0:
                issues.append(Issue("error", where, f"{text}: a delay is not negative"))
    for dose in model.doses:
        if dose.lag is not None and _looks_back(dose.lag, rules):
            what = "its lag reads a delayed value, which is not known beforehand"
            issues.append(Issue("error", f"{model.id}, dose {dose.name}", what))
    raise_issues(issues, CapabilityError)


def _upstream(names: Iterable[str], rules: Mapping[str, Node]) -> set[str]:
    seen: set[str] = set()
    todo = list(names)
    while todo:
        name = todo.pop()
        if name not in seen:
            seen.add(name)
            todo += free_symbols([rules[name]]) if name in rules else []
    return seen


def _looks_back(node: Node, rules: Mapping[str, Node]) -> bool:
    nodes = [node, *(rules[n] for n in _upstream(free_symbols([node]), rules) if n in rules)]
    return any(part.kind is Kind.DELAY for part in postorder(nodes))


def _is_truth(node: Node) -> bool:
    while node.kind is Kind.DELAY:
        node = node.args[0]
    return node.kind in (Kind.RELATION, Kind.LOGIC)


@dataclass(slots=True)
class _Entry:
    """One delayed value on its way over slots; a condition is 1 or 0."""

    raw: Node
    where: str
    inner: Node
    value: Node = ZERO
    lag: Node = ZERO
    before: Node = ZERO


class DelayTable:
    """Collect the delayed values of a model.

    Parameters
    ----------
    model : Model

    Attributes
    ----------
    symbols : dict from Node to Node
        What each ``delay(x, lag)`` as the model writes it is over slots: the slot itself, or
        whether it is 1 where `x` is a condition.
    """

    def __init__(self, model: Model) -> None:
        self.model = model
        self.symbols: dict[Node, Node] = {}
        self._entries: dict[str, _Entry] = {}
        for use in expressions_of(model):
            for part in postorder([use.node]):
                if part.kind is Kind.DELAY and part not in self.symbols:
                    self._add(part, use.where)

    def _add(self, raw: Node, where: str) -> str:
        name = f"delayed({len(self._entries)})"
        inner, made = raw.args[0], symbol(name)
        if _is_truth(inner):
            self.symbols[raw] = relation(">", made, number(0.5))
            inner = piecewise(ONE, inner, ZERO)
        else:
            self.symbols[raw] = made
        self._entries[name] = _Entry(raw, where, inner)
        return name

    @property
    def written(self) -> dict[str, Node]:
        """What the model writes for each slot."""
        return {name: entry.raw for name, entry in self._entries.items()}

    def lower(self, known: Mapping[Node, Node]) -> None:
        """Write the delayed expressions over slots.

        Parameters
        ----------
        known : mapping from Node to Node
            What each symbol, and each delay as the model writes it, is over slots.
        """
        for entry in self._entries.values():
            entry.value, entry.lag = substitute([entry.inner, entry.raw.args[1]], known)

    @property
    def expressions(self) -> list[Node]:
        """What is delayed and by how much, over slots."""
        return [node for entry in self._entries.values() for node in (entry.value, entry.lag)]

    def slopes(self, node: Node, rates: Mapping[str, Node]) -> dict[str, Node]:
        """Return the derivative in time of the delayed values in an expression.

        Parameters
        ----------
        node : Node
            Over slots.
        rates : mapping from str to Node
            The rate of each state.

        Returns
        -------
        dict from str to Node
            By slot: ``x'(t - lag) * (1 - lag'(t))``, where ``x'`` has a slot of its own.
        """
        found = {}
        for name in free_symbols([node]):
            if name in self._entries:
                found[name] = self._slope(name, rates)
        return found

    def _slope(self, name: str, rates: Mapping[str, Node]) -> Node:
        entry = self._entries[name]
        raw = delay(rate_of(entry.inner), entry.raw.args[1])

        def derivative(node: Node) -> Node:
            return time_derivative(node, {**rates, **self.slopes(node, rates)})

        if raw not in self.symbols:
            made = self._entries[self._add(raw, entry.where)]
            made.value, made.lag = derivative(entry.value), entry.lag
        return multiply(self.symbols[raw], subtract(ONE, derivative(entry.lag)))

    def resolve(self, rates_of: Mapping[Node, Node]) -> None:
        """Put what each ``rate_of`` is in place of it.

        Parameters
        ----------
        rates_of : mapping from Node to Node

        Raises
        ------
        CapabilityError
            For a rate of change that depends on its own past: a neutral equation.
        """
        for entry in self._entries.values():
            entry.value, entry.lag = substitute([entry.value, entry.lag], rates_of)
        self._ordered()

    # -- before the start ---------------------------------------------------------------------

    def definitions(self) -> dict[Node, Node]:
        """Return what each slot holds at the start, over the symbols of the model and slots."""
        found = {}
        for name, entry in self._entries.items():
            parts = substitute([entry.inner, entry.raw.args[1]], self.symbols)
            found[symbol(name)] = delay(*parts)
        return found

    def look_back(self, values: Mapping[Node, Node]) -> None:
        """Keep what is delayed as a function of time before the start.

        Parameters
        ----------
        values : mapping from Node to Node
            What each symbol is before the start, over time and constants.
        """
        for entry in self._entries.values():
            inner = substitute([entry.inner], self.symbols)[0]
            entry.before = at_start(inner, values)

    # -- over switches ------------------------------------------------------------------------

    def freeze(
        self, table: SwitchTable, rates: Iterable[Node], events: Iterable[EventProgram]
    ) -> None:
        """Watch the conditions inside delayed values that rates and triggers read.

        A step ends where they turn, so that the turn comes back exactly one delay later.

        Parameters
        ----------
        table : SwitchTable
        rates : iterable of Node
            Over slots.
        events : iterable of EventProgram
        """
        triggers = [event.trigger for event in events if event.trigger is not None]
        roots = [switch.root for switch in table.switches]
        todo = self._read([*rates, *triggers, *roots])
        done: set[str] = set()
        while todo:
            name = todo.pop()
            if name not in done:
                done.add(name)
                entry = self._entries[name]
                todo += self._read([entry.value, entry.lag])
                entry.value = table.freeze(entry.value, "rate")
                entry.lag = table.freeze(entry.lag, "rate")

    def _read(self, nodes: Iterable[Node]) -> list[str]:
        return [name for name in free_symbols(nodes) if name in self._entries]

    def programs(self, layout: Layout) -> tuple[DelayProgram, ...]:
        """Return the delayed values, each after those that it reads.

        Parameters
        ----------
        layout : Layout
            With their slots.

        Returns
        -------
        tuple of DelayProgram
        """
        states = {slot.symbol for slot in layout.states}
        changed = {name for event in self.model.events for name, _ in event.assignments}
        changed |= {
            layout.constants[place]
            for source in layout.inputs
            for place in (source.level, source.slope, source.knot)
        }
        moving = states | changed | set(self._entries)
        programs = []
        for name in self._ordered():
            entry = self._entries[name]
            parts = list(postorder([entry.lag]))
            steady = not any(
                part.kind is Kind.TIME
                or (part.kind is Kind.SYMBOL and part.name in moving)
                or (part.kind is Kind.SYMBOL and part.name.startswith(("switch(", "level(")))
                for part in parts
            )
            programs.append(
                DelayProgram(
                    name,
                    layout.constant_index[name],
                    entry.value,
                    entry.lag,
                    entry.before,
                    steady,
                    f"`{to_text(entry.raw)}` in {entry.where}",
                )
            )
        return tuple(programs)

    def _ordered(self) -> list[str]:
        order: list[str] = []
        left = list(self._entries)
        while left:
            ready = [
                name
                for name in left
                if not set(left).intersection(
                    free_symbols([self._entries[name].value, self._entries[name].lag])
                )
            ]
            if not ready:
                issues = [
                    Issue(
                        "error",
                        f"{self.model.id}, {self._entries[name].where}",
                        f"`{to_text(self._entries[name].raw)}` is a rate of change that depends "
                        "on its own past: neutral delay equations are not simulated",
                        "write the model with delayed values instead of delayed rates",
                    )
                    for name in left
                ]
                raise_issues(issues, CapabilityError)
            order += ready
            left = [name for name in left if name not in ready]
        return order


def at_start(node: Node, values: Mapping[Node, Node]) -> Node:
    """Write an expression as a function of time up to the start.

    Parameters
    ----------
    node : Node
        Over symbols of the model and slots of delayed values.
    values : mapping from Node to Node
        What these are up to the start, over time and constants.

    Returns
    -------
    Node
        Delays shift time; a rate of change is the derivative in time, zero for a state.
    """
    done: dict[bytes, Node] = {}
    for part in postorder([node]):
        args = [done[arg.key] for arg in part.args]
        if part in values:
            made = values[part]
        elif part.kind is Kind.DELAY:
            made = _shifted(*args)
        elif part.kind is Kind.RATE_OF:
            made = differentiate(args[0], TIME)
        else:
            made = rebuild(part, tuple(args))
        done[part.key] = made
    return done[node.key]


def _shifted(node: Node, lag: Node) -> Node:
    if not any(part.kind is Kind.TIME for part in postorder([node])):
        return node
    earlier = substitute([node], {TIME: subtract(TIME, lag)})[0]
    if lag.is_number():
        return earlier
    return piecewise(earlier, relation(">=", lag, ZERO), number(float("nan")))
