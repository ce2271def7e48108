"""A model whose small populations are counted: a piecewise-deterministic Markov process.

Each species that can be counted gets a flag. While the flag is up, reactions that change the
species leave the differential equations and become jumps: their propensities add up to a hazard,
which is integrated with everything else, and a jump is made where the integral reaches a level of
``-log(u)``. The level, which jump it is, and the rounding of a species that begins to be counted
are drawn. So jumps, extinction and outgrowth are exact in the number of entities; what is
continuous moves on between them, and propensities follow it without being frozen.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from livingdrug.core.errors import CapabilityError, Issue, raise_issues
from livingdrug.model.event import Event
from livingdrug.model.expression.nodes import (
    ONE,
    ZERO,
    Node,
    add,
    call,
    divide,
    logic,
    multiply,
    negate,
    number,
    piecewise,
    relation,
    subtract,
    symbol,
)
from livingdrug.model.model import Model, Role
from livingdrug.model.parameter import Parameter
from livingdrug.model.reaction import PlainRate, Reaction
from livingdrug.model.species import Species
from livingdrug.system.layout import make_layout
from livingdrug.system.lower.flatten import DRAWS
from livingdrug.system.lower.jumps import Jump, entity_amounts, entity_node, lower_jumps
from livingdrug.system.lower.ratios import Ratio

__all__ = ["COUNTED", "HybridModel", "hybrid_model"]

HAZARD, LEVEL = "jump hazard", "jump level"
COUNTED = "counted({})"
_FIRST, _SECOND = (symbol(name) for name in DRAWS)


@dataclass(frozen=True, slots=True)
class HybridModel:
    """A model with counting built in.

    Attributes
    ----------
    model : Model
    species : tuple of str
        Those that are counted when they are few.
    left_out : dict from str to str
        Species that have a count and cannot be counted, and why.
    ratios : tuple of Ratio
        Stoichiometry that every subject has to share with the model.
    """

    model: Model
    species: tuple[str, ...]
    left_out: dict[str, str]
    ratios: tuple[Ratio, ...] = ()


def hybrid_model(
    model: Model,
    *,
    species: Collection[str] | None = None,
    turnover: Mapping[str, float] | None = None,
    threshold: float = 1e4,
    release: float = 1.5,
) -> HybridModel:
    """Build counting into a model.

    Parameters
    ----------
    model : Model
    species : collection of str, optional
        Those to be counted when they are few; all that can be when not given.
    turnover : mapping from species to float, 1/day, optional
        Births and deaths that net rates hide.
    threshold : float, optional
        Entities at or below which a species is counted.
    release : float, optional
        A counted species above ``release * threshold`` is continuous again.

    Returns
    -------
    HybridModel

    Raises
    ------
    CapabilityError
        When a species that is asked for cannot be counted, naming the term; or none can be.
    """
    turnover = dict(turnover or {})
    chosen, left_out = _choose(model, species, turnover)
    layout = make_layout(model)
    jumps = lower_jumps(model, layout, chosen, turnover)
    by_name = {item.name: item for item in model.species}
    items = [by_name[name] for name in chosen]
    entities = {
        name: entity_node(by_name[name], amount)
        for name, amount in entity_amounts(model, layout).items()
    }
    gates = {item.name: symbol(COUNTED.format(item.name)) for item in items}
    names = [slot.name for slot in layout.states]
    active = {jump.name: subtract(ONE, _silent(jump, names, gates)) for jump in jumps}
    reactions, rates = _changed(model, jumps, names, gates)
    events = [*_starts(jumps, active, names, chosen, entities)]
    for item in items:
        events += _switches(item, entities[item.name], gates[item.name], threshold, release)
    hazard = [multiply(active[jump.name], jump.rate) for jump in jumps]
    made = dataclasses.replace(
        model,
        reactions=reactions,
        species=tuple(
            dataclasses.replace(item, extinction=None) if item.name in chosen else item
            for item in model.species
        ),
        parameters=(
            *model.parameters,
            *(Parameter(COUNTED.format(item.name), 0.0, "1") for item in items),
            Parameter(HAZARD, 0.0, "1"),
            Parameter(LEVEL, 0.0, "1"),
        ),
        rates=(*rates, PlainRate(HAZARD, add(*hazard))),
        events=(*model.events, *events),
    )
    ratios = tuple(dict.fromkeys(ratio for jump in jumps for ratio in jump.ratios))
    return HybridModel(made, tuple(chosen), left_out, ratios)


def _choose(
    model: Model, species: Collection[str] | None, turnover: Mapping[str, float]
) -> tuple[list[str], dict[str, str]]:
    layout = make_layout(model)
    countable = [
        item.name
        for item in model.species
        if item.count_per_unit and model.roles[item.name] is Role.STATE
    ]
    if species is not None:
        lower_jumps(model, layout, species, turnover)
        return [name for name in countable if name in species], {}
    chosen, left_out = [], {}
    for name in countable:
        mine = {key: value for key, value in turnover.items() if key == name}
        try:
            lower_jumps(model, layout, {name}, mine)
        except CapabilityError as error:
            left_out[name] = str(error)
        else:
            chosen.append(name)
    if not chosen:
        raise_issues(
            [Issue("error", f"{model.id}, {name}", text) for name, text in left_out.items()]
            or [Issue("error", model.id, "no species has a count_per_unit: nothing to count")],
            CapabilityError,
        )
    return chosen, left_out


def _silent(jump: Jump, names: Sequence[str], gates: Mapping[str, Node]) -> Node:
    """Return 1 where a reaction is continuous: none of the species that it changes is counted."""
    mine = [gates[names[place]] for place, _ in jump.changes if names[place] in gates]
    return multiply(*(subtract(ONE, gate) for gate in mine))


def _changed(
    model: Model, jumps: Sequence[Jump], names: Sequence[str], gates: Mapping[str, Node]
) -> tuple[tuple[Reaction, ...], tuple[PlainRate, ...]]:
    """Take what is a jump out of the differential equations."""
    silent: dict[str, Node] = {}
    for jump in jumps:
        own = jump.name.removesuffix(" (gain)").removesuffix(" (loss)")
        silent[own] = _silent(jump, names, gates)
    reactions = tuple(
        dataclasses.replace(item, rate=multiply(item.rate, silent[item.name]))
        if item.name in silent
        else item
        for item in model.reactions
    )
    rates = tuple(
        dataclasses.replace(item, rate=multiply(item.rate, silent[f"rate of {item.name}"]))
        if f"rate of {item.name}" in silent
        else item
        for item in model.rates
    )
    return reactions, rates


def _starts(
    jumps: Sequence[Jump],
    active: Mapping[str, Node],
    names: Sequence[str],
    chosen: Collection[str],
    entities: Mapping[str, Node],
) -> list[Event]:
    """Return the event that draws the first level, and the one that jumps."""
    level, hazard = symbol(LEVEL), symbol(HAZARD)
    drawn = negate(call("log", _FIRST))
    first = Event(
        ".first level",
        ((LEVEL, drawn),),
        trigger=relation("<=", level, ZERO),
        initial_value=False,
        values_from_trigger=False,
    )
    parts = [multiply(active[jump.name], jump.rate) for jump in jumps]
    sums = [add(*parts[: place + 1]) for place in range(len(parts))]
    aim = multiply(_SECOND, sums[-1])
    targets: list[tuple[str, Node]] = [(HAZARD, ZERO), (LEVEL, drawn)]
    for place, name in enumerate(names):
        gains = [dict(jump.changes).get(place, 0) for jump in jumps]
        if not any(gains):
            continue
        own, entity = symbol(name), entities[name]
        moved: list[Node] = []
        for count, until in zip(gains, sums, strict=True):
            moved += [number(float(count)), relation("<", aim, until)]
        gain = piecewise(*moved[:-1]) if len(gains) > 1 else number(float(gains[0]))
        exact = call("floor", add(divide(own, entity), gain, number(0.5)))
        # a species that is not counted takes the jump and keeps its fraction of an entity
        value = multiply(exact, entity) if name in chosen else add(own, multiply(gain, entity))
        targets.append((name, value))
    jump = Event(
        ".jump",
        tuple(targets),
        trigger=logic("and", relation(">=", hazard, level), relation(">", level, ZERO)),
        values_from_trigger=False,
    )
    return [first, jump]


def _switches(
    item: Species, entity: Node, gate: Node, threshold: float, release: float
) -> list[Event]:
    """Return the events that begin and end the counting of a species, and note that it is gone."""
    own = symbol(item.name)
    begins = logic(
        "and",
        relation("<=", own, multiply(number(threshold), entity)),
        relation("<", gate, number(0.5)),
    )
    whole = multiply(call("floor", add(divide(own, entity), _FIRST)), entity)
    ends = logic(
        "and",
        relation(">", own, multiply(number(threshold * release), entity)),
        relation(">", gate, number(0.5)),
    )
    gone = logic(
        "and",
        relation("<", own, multiply(number(0.5), entity)),
        relation(">", gate, number(0.5)),
    )
    name = COUNTED.format(item.name)
    return [
        Event(
            f".count {item.name}",
            ((name, ONE), (item.name, whole)),
            trigger=begins,
            initial_value=False,
            values_from_trigger=False,
        ),
        Event(f".release {item.name}", ((name, ZERO),), trigger=ends),
        Event(f"extinct({item.name})", (), trigger=gone),
    ]
