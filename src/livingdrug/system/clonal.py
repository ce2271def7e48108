"""A model that carries clones along: per-cell rates, mean fitness, and what a dose brings.

The cells of some species belong to clones. Given everything else, a clone is a branching process:
each of its cells divides, dies and changes into cells of another species at the rates of the model
per cell. This model integrates those rates beside the differential equations, takes the mean
fitness of the clones as a factor of every division, and keeps account of the cells that doses add
and of the part that they leave. Clones themselves are drawn outside, at pauses.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from livingdrug.core.errors import CapabilityError, Issue, raise_issues
from livingdrug.model.event import DoseDefinition, DoseTarget
from livingdrug.model.expression.nodes import (
    ONE,
    ZERO,
    Node,
    add,
    multiply,
    number,
    safe_ratio,
    subtract,
    symbol,
)
from livingdrug.model.expression.walk import divide_out
from livingdrug.model.model import Model, Role
from livingdrug.model.parameter import Parameter
from livingdrug.model.reaction import PlainRate, Reaction
from livingdrug.model.species import Species
from livingdrug.system.layout import make_layout
from livingdrug.system.lower.jumps import Jump, entity_amounts, entity_node, lower_jumps

__all__ = ["ARRIVED", "FITNESS", "KEPT", "Channel", "ClonalModel", "clonal_model"]

FITNESS = "mean fitness({})"
ARRIVED = "arrived({})"
KEPT = "kept({})"
_INTEGRAL = "per cell({})"

Kind = Literal["division", "death", "change", "budding"]


@dataclass(frozen=True, slots=True)
class Channel:
    """Something that a cell of a clone does.

    Attributes
    ----------
    kind : {"division", "death", "change", "budding"}
        Budding is a division of which one cell is of another species.
    source : int
        Place among the species of the clones.
    target : int
        The same; of a change or budding.
    gives : int
        Cells of the target that one firing makes.
    integral : str
        Quantity of the model: the rate per cell, integrated from the start.
    """

    kind: Kind
    source: int
    target: int
    gives: int
    integral: str


@dataclass(frozen=True, slots=True)
class ClonalModel:
    """A model that carries clones.

    Attributes
    ----------
    model : Model
    species : tuple of str
        Those whose cells belong to clones.
    entities : tuple of float
        Amount of one cell of each, in the unit of its slot.
    channels : tuple of Channel
    product_doses : frozenset of str
        Doses that add cells.
    accounts : frozenset of str
        Quantities that keep account of what doses do to cells.
    """

    model: Model
    species: tuple[str, ...]
    entities: tuple[float, ...]
    channels: tuple[Channel, ...]
    product_doses: frozenset[str]
    accounts: frozenset[str]


def clonal_model(
    model: Model, species: Sequence[str], turnover: Mapping[str, float] | None = None
) -> ClonalModel:
    """Build the bookkeeping of clones into a model.

    Parameters
    ----------
    model : Model
    species : sequence of str
        States of the model whose cells belong to clones.
    turnover : mapping from species to float, 1/day, optional
        Births and deaths per cell that a net rate hides.

    Returns
    -------
    ClonalModel

    Raises
    ------
    CapabilityError
        Listing everything that has no reading per cell of a clone.
    """
    _check_species(model, species)
    layout = make_layout(model)
    jumps = lower_jumps(model, layout, species, turnover)
    names = [slot.name for slot in layout.states]
    reader = _Reader(model, tuple(species), entity_amounts(model, layout), names)
    for jump in jumps:
        reader.read(jump)
    reader.refuse_events()
    doses = [reader.dose(item) for item in model.doses]
    raise_issues(reader.issues, CapabilityError)
    made = dataclasses.replace(
        model,
        species=tuple(
            # a clone that is gone stays gone, and none is gone before its last cell
            dataclasses.replace(item, extinction=None, log_state=False)
            if item.name in species
            else item
            for item in model.species
        ),
        parameters=(*model.parameters, *reader.parameters()),
        reactions=(*reader.reactions(), *reader.advantages),
        rates=(*reader.plain_rates(), *reader.integrals()),
        doses=tuple(doses),
    )
    entities = tuple(reader.entities[name] for name in species)
    return ClonalModel(
        made,
        tuple(species),
        entities,
        reader.channels(),
        frozenset(reader.product),
        frozenset(reader.accounts),
    )


def _check_species(model: Model, species: Sequence[str]) -> None:
    issues = []
    for name in species:
        where = f"{model.id}, {name}"
        if model.roles.get(name) is not Role.STATE:
            issues.append(Issue("error", where, "no state of the model: it has no clones"))
        elif not model.species_named(name).count_per_unit:
            fix = "say how many cells one unit stands for: count_per_unit"
            issues.append(Issue("error", where, "cannot be counted: it has no clones", fix))
        elif model.species_named(name).conversion_factor:
            issues.append(Issue("error", where, "a conversion factor has no reading in clones"))
    raise_issues(issues, CapabilityError)


class _Reader:
    """Read jumps as what cells of clones do; what cannot be read is collected."""

    def __init__(
        self,
        model: Model,
        species: tuple[str, ...],
        entities: dict[str, float],
        states: Sequence[str],
    ) -> None:
        self.model, self.chosen, self.entities, self.states = model, species, entities, states
        self.species: dict[str, Species] = {item.name: item for item in model.species}
        self.known: dict[str, Reaction] = {item.name: item for item in model.reactions}
        self.issues: list[Issue] = []
        self.product: set[str] = set()
        self.accounts: set[str] = set()
        self.advantages: list[Reaction] = []
        self._rates: dict[tuple[Kind, int, int, int], list[Node]] = {}
        self._scaled: dict[str, Node] = {}
        self._faster: dict[str, Node] = {}

    # -- jumps ------------------------------------------------------------------------------------

    def read(self, jump: Jump) -> None:
        """Add what a jump means to a cell of a clone."""
        moved = {self.states[place]: count for place, count in jump.changes}
        mine = {name: count for name, count in moved.items() if name in self.chosen}
        if not mine:
            return
        lost = [name for name, count in mine.items() if count < 0]
        gained = [name for name, count in mine.items() if count > 0]
        if jump.ratios:  # nothing checks a subject's ratio here
            self._cannot(jump, "its stoichiometry is not a number")
        elif any(mine[name] < -1 for name in lost) or len(lost) > 1:
            self._cannot(jump, "it takes several cells at once")
        elif len(gained) > 1:
            self._cannot(jump, "it makes cells of several species at once")
        elif lost and gained:
            self._add("change", lost[0], gained[0], mine[gained[0]], jump)
        elif lost:
            self._add("death", lost[0], lost[0], 0, jump)
        else:
            self._gain(jump, gained[0], mine[gained[0]], moved)

    def _gain(self, jump: Jump, gained: str, count: int, moved: Mapping[str, int]) -> None:
        """Find which cell makes the new one."""
        own, is_net = _plain_name(jump.name), jump.name.endswith(" (gain)")
        reaction = self.known.get(own)
        parent, clear = gained, True
        if is_net:
            rate = reaction.rate if reaction else self._plain(gained).rate
            clear = divide_out(rate, symbol(gained)) is not None
        else:
            reactants = [name for name, _ in self.known[own].reactants if name in self.chosen]
            if len(set(reactants)) == 1:
                parent = reactants[0]
            else:
                clear = not reactants and divide_out(jump.rate, symbol(gained)) is not None
        if not clear:
            others = [name for name, change in moved.items() if change < 0]
            fix = f"list {others[0]} too, where these cells come from" if others else ""
            self._cannot(jump, f"cells of {gained} appear that no cell of a clone makes", fix)
            return
        if count > 1 and parent == gained:
            self._cannot(jump, f"one division makes {count} cells more")
            return
        self._add("division" if parent == gained else "budding", parent, gained, count, jump)
        factor = symbol(FITNESS.format(parent))
        if not is_net:
            self._scaled[own] = factor
            return
        more = multiply(subtract(factor, ONE), jump.rate)
        if reaction:
            extra = multiply(more, number(self.entities[gained] * count))
            name = f"advantage({own})"
            self.advantages.append(Reaction(name, (), ((gained, ONE),), extra, net=True))
        else:
            entity = entity_node(self.species[gained], self.entities[gained])
            self._faster[gained] = multiply(more, entity)

    def _add(self, kind: Kind, source: str, target: str, gives: int, jump: Jump) -> None:
        amount = symbol(source)
        if self.species[source].is_concentration:
            amount = multiply(amount, symbol(self.species[source].compartment))
        rate = divide_out(jump.rate, symbol(source))
        if rate is not None and not self.species[source].is_concentration:
            each = multiply(rate, number(self.entities[source]))
        else:
            each = safe_ratio(multiply(jump.rate, number(self.entities[source])), amount, ZERO)
        place = self.chosen.index
        self._rates.setdefault((kind, place(source), place(target), gives), []).append(each)

    def _plain(self, name: str) -> PlainRate:
        return next(item for item in self.model.rates if item.name == name)

    def _cannot(self, jump: Jump, problem: str, fix: str = "") -> None:
        where = f"{self.model.id}, {jump.name}"
        self.issues.append(Issue("error", where, f"no reading in clones: {problem}", fix))

    def refuse_events(self) -> None:
        """Refuse events that set a species of the clones."""
        for event in self.model.events:
            for name in {name for name, _ in event.assignments} & set(self.chosen):
                where = f"{self.model.id}, event {event.name}"
                text = f"it sets {name}; which clones its cells are of is not known"
                self.issues.append(Issue("error", where, f"no reading in clones: {text}"))

    # -- the parts of the model -------------------------------------------------------------------

    def dose(self, item: DoseDefinition) -> DoseDefinition:
        """Keep account of what a dose does to the cells."""
        more: list[DoseTarget] = []
        for target in item.targets:
            name = target.quantity
            if name not in self.chosen:
                continue
            arrived = ARRIVED.format(name)
            if target.mode == "add":
                self.product.add(item.name)
                more.append(DoseTarget(arrived, target.amount))
                continue
            left = safe_ratio(target.amount, symbol(name), ONE)
            for account in (arrived, KEPT.format(name)):
                more.append(DoseTarget(account, multiply(symbol(account), left), "assign"))
        if more and item.lag is not None:
            where = f"{self.model.id}, dose {item.name}"
            text = "no reading in clones: it acts with a delay"
            self.issues.append(Issue("error", where, text))
        self.accounts |= {target.quantity for target in more}
        return dataclasses.replace(item, targets=(*item.targets, *more))

    def parameters(self) -> list[Parameter]:
        """Return mean fitness, accounts and the start of integrals."""
        found = []
        for name in self.chosen:
            found += [
                Parameter(FITNESS.format(name), 1.0, "1"),
                Parameter(ARRIVED.format(name), 0.0, self.species[name].unit),
                Parameter(KEPT.format(name), 1.0, "1"),
            ]
        return found + [Parameter(channel.integral, 0.0, "1") for channel in self.channels()]

    def channels(self) -> tuple[Channel, ...]:
        """Return what cells do, each once."""
        return tuple(
            Channel(*key, _INTEGRAL.format(place)) for place, key in enumerate(self._rates)
        )

    def integrals(self) -> list[PlainRate]:
        """Return the rates per cell as rates of their integrals."""
        return [
            PlainRate(channel.integral, add(*rates))
            for channel, rates in zip(self.channels(), self._rates.values(), strict=True)
        ]

    def reactions(self) -> list[Reaction]:
        """Return the reactions, divisions times the mean fitness."""
        return [
            dataclasses.replace(item, rate=multiply(item.rate, self._scaled[item.name]))
            if item.name in self._scaled
            else item
            for item in self.model.reactions
        ]

    def plain_rates(self) -> list[PlainRate]:
        """Return the rates given as such, with the advantage of what divides faster."""
        return [
            dataclasses.replace(item, rate=add(item.rate, self._faster[item.name]))
            if item.name in self._faster
            else item
            for item in self.model.rates
        ]


def _plain_name(name: str) -> str:
    """Return the reaction of a jump."""
    return name.removesuffix(" (gain)").removesuffix(" (loss)")
