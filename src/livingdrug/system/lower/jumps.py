"""Read reactions as jumps of single entities: propensities and whole-number changes.

The rate law of a reaction is extent per time. One firing changes each species by whole entities,
so the propensity is the rate divided by the extent of one firing. What an entity is, and what
changes about a rate law when entities are counted, is decided here and nowhere else:

- One entity of a species is ``1 / count_per_unit`` of its unit; in a compartment, of its unit at
  the size that the model declares, so that an entity stays the same amount when the size changes.
- A law that holds ``X**m`` of a reactant taken m times, and X nowhere else, counts distinct
  partners: ``X**m`` becomes ``X (X - e) ... (X - (m-1) e)`` with e one entity. Any other law is
  taken as it is written.
- Stoichiometry may be an expression of parameters, as a ratio of volumes, whose value is that of
  the model; see `ratios`.
- A reaction cannot take more than there is: where the law does not vanish by itself, it is cut.
- A net rate r of X is read as births ``max(r, 0) + turnover X`` and deaths
  ``max(-r, 0) + turnover X``. The turnover is not in a net rate; it has to be stated.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from livingdrug.core.errors import CapabilityError, Issue, raise_issues
from livingdrug.model.expression.nodes import (
    ZERO,
    Kind,
    Node,
    add,
    call,
    multiply,
    negate,
    number,
    piecewise,
    power,
    relation,
    subtract,
    symbol,
)
from livingdrug.model.expression.text import to_text
from livingdrug.model.expression.walk import divide_out, free_symbols, postorder, substitute
from livingdrug.model.model import Model, Role
from livingdrug.model.reaction import Reaction
from livingdrug.model.species import Species
from livingdrug.system.layout import Layout
from livingdrug.system.lower.ratios import Ratio, ratio_of
from livingdrug.system.lower.symbols import expand_assignments

__all__ = ["Jump", "entity_amounts", "entity_node", "lower_jumps"]

_WHOLE = 1e-9  # relative: count_per_unit and stoichiometry are written in decimal
_MOST_PARTNERS = 8


@dataclass(frozen=True, slots=True)
class Jump:
    """One kind of jump.

    Attributes
    ----------
    name : str
        Of the reaction, with ``" (gain)"`` or ``" (loss)"`` where a net rate was split.
    rate : Node
        Firings per day, over the symbols of the model.
    propensity : Node
        The same over slots.
    changes : tuple of (int, int)
        Position in the state vector, and entities gained by one firing.
    reads : frozenset of int
        Positions in the state vector that the propensity depends on.
    timed : bool
        The propensity depends on time as such.
    ratios : tuple of Ratio
        Stoichiometry that has to have the value that it has in the model.
    """

    name: str
    rate: Node
    propensity: Node
    changes: tuple[tuple[int, int], ...]
    reads: frozenset[int]
    timed: bool
    ratios: tuple[Ratio, ...] = ()


def entity_amounts(model: Model, layout: Layout) -> dict[str, float]:
    """Return the amount of one entity of every species that can be counted.

    Parameters
    ----------
    model : Model
    layout : Layout

    Returns
    -------
    dict from str to float
        Species to the amount in the unit of its slot.
    """
    sizes = {item.name: item.size for item in model.compartments}
    found = {}
    for species in model.species:
        if species.count_per_unit and species.name in layout.state_index:
            size = sizes[species.compartment] if species.is_concentration else 1.0
            found[species.name] = size / species.count_per_unit
    return found


def entity_node(species: Species, amount: float) -> Node:
    """Return one entity in the unit of the symbol of a species.

    Parameters
    ----------
    species : Species
    amount : float
        Of one entity; see `entity_amounts`.

    Returns
    -------
    Node
    """
    if species.is_concentration:
        return multiply(number(amount), power(symbol(species.compartment), number(-1.0)))
    return number(amount)


def lower_jumps(
    model: Model,
    layout: Layout,
    species: Collection[str] | None = None,
    turnover: Mapping[str, float] | None = None,
) -> tuple[Jump, ...]:
    """Return the jumps of the reactions that change certain species.

    Parameters
    ----------
    model : Model
    layout : Layout
    species : collection of str, optional
        Those that are to be counted; all states of the model when not given.
    turnover : mapping from species to float, 1/day, optional
        Births and deaths per entity that a net rate hides.

    Returns
    -------
    tuple of Jump

    Raises
    ------
    CapabilityError
        Listing everything that has no reading as jumps of single entities.
    """
    turnover = dict(turnover or {})
    counted = set(layout.state_index if species is None else species)
    reader = _Reader(model, layout, counted, turnover)
    jumps = [jump for item in model.reactions for jump in reader.jumps(item)]
    jumps += [jump for name in sorted(turnover) for jump in reader.plain(name)]
    reader.refuse_plain_rates()
    raise_issues(reader.issues, CapabilityError)
    return tuple(jumps)


class _Reader:
    """Read the reactions of one model; what cannot be read is collected."""

    def __init__(
        self, model: Model, layout: Layout, counted: set[str], turnover: dict[str, float]
    ) -> None:
        self.model, self.layout, self.counted, self.turnover = model, layout, counted, turnover
        self.roles = model.roles  # taken once: it is found by the hash of the whole model
        self.known = expand_assignments(model, layout.views)
        self.entities = entity_amounts(model, layout)
        self.species: dict[str, Species] = {item.name: item for item in model.species}
        self.slots = {slot.symbol: place for place, slot in enumerate(layout.states)}
        self.issues: list[Issue] = []
        self._rates = {item.name: item.rate for item in model.rates}

    # -- one reaction ---------------------------------------------------------------------------

    def jumps(self, reaction: Reaction) -> list[Jump]:
        """Return the jumps of a reaction: none where it changes nothing that is counted."""
        gains = self._gains(reaction)
        if gains is None or not self.counted.intersection(gains):
            return []
        where = f"reaction {reaction.name}"
        if reaction.fast:
            self._cannot(where, "it is fast: in equilibrium at all times, it has no single firings")
            return []
        firing = self._firing(gains, where)
        if firing is None:
            return []
        extent, counts = firing
        if not reaction.net:
            law = self._law(reaction, counts)
            jump = self._jump(reaction.name, law, extent, counts)
            return [replace(jump, ratios=self._ratios(reaction))]
        if len(counts) > 1:
            self._cannot(where, f"the net rate `{to_text(reaction.rate)}` moves several species")
            return []
        return self._split(reaction.name, reaction.rate, extent, counts, next(iter(counts)))

    def _gains(self, reaction: Reaction) -> dict[str, float] | None:
        """Return the amount of each species that one unit of extent gains."""
        gains: dict[str, float] = {}
        for sign, side in ((-1.0, reaction.reactants), (1.0, reaction.products)):
            for name, count in side:
                item = self.species.get(name)
                if item is None or item.boundary or self.roles[name] is not Role.STATE:
                    continue
                factor = self._factor(item)
                taken = ratio_of(count, self.model, self.layout)
                if taken is None or factor is None:
                    if name in self.counted:
                        what = f"the stoichiometry `{to_text(count)}` of {name} is not a number"
                        self._cannot(f"reaction {reaction.name}", what)
                    return None
                gains[name] = gains.get(name, 0.0) + sign * taken.value * factor
        return {name: gain for name, gain in gains.items() if gain != 0.0}

    def _ratios(self, reaction: Reaction) -> tuple[Ratio, ...]:
        sides = (*reaction.reactants, *reaction.products)
        found = [ratio_of(n, self.model, self.layout) for _, n in sides if not n.is_number()]
        return tuple(ratio for ratio in found if ratio is not None)

    def _factor(self, item: Species) -> float | None:
        if not item.conversion_factor:
            return 1.0
        found = next(p for p in self.model.parameters if p.name == item.conversion_factor)
        return found.value

    def _firing(self, gains: dict[str, float], where: str) -> tuple[float, dict[str, int]] | None:
        """Return the extent of one firing and the entities that it gains of each species."""
        without = [name for name in gains if name not in self.entities]
        for name in without:
            self._cannot(
                where,
                f"it changes {name}, which cannot be counted",
                f"say how many entities one {self.species[name].unit or 'unit'} of {name} stands "
                "for: count_per_unit",
            )
        if without:
            return None
        for extent in self._extents(gains):
            moved = {n: gain * extent / self.entities[n] for n, gain in gains.items()}
            if all(_is_whole(count) for count in moved.values()):
                return extent, {name: round(count) for name, count in moved.items()}
        shown = ", ".join(f"{g / self.entities[n]:g} of {n}" for n, g in gains.items())
        self._cannot(
            where,
            f"no firing changes whole entities of every species: one unit of extent gains {shown}",
            "give the species of one reaction the same count_per_unit",
        )
        return None

    def _extents(self, gains: dict[str, float]) -> list[float]:
        """Return what one firing may be: one entity of extent, or else one entity of a species."""
        factors = {name: self._factor(self.species[name]) or 1.0 for name in gains}
        one = {self.entities[name] / abs(factors[name]) for name in gains}
        return [*sorted(one), *sorted(self.entities[n] / abs(gain) for n, gain in gains.items())]

    def _law(self, reaction: Reaction, counts: Mapping[str, int]) -> Node:
        """Return the rate law for entities that are counted."""
        law = reaction.rate
        taken: dict[str, float] = {}
        for name, count in reaction.reactants:
            taken[name] = taken.get(name, 0.0) + (count.value if count.is_number() else math.nan)
        for name, partners in taken.items():
            if name not in self.entities or math.isnan(partners) or not _is_whole(partners):
                continue
            m = round(partners)
            own = symbol(name)
            entity = self._entity(name)
            rest = _without(law, own, m)
            if 2 <= m <= _MOST_PARTNERS and rest is not None:
                distinct = [subtract(own, multiply(number(k), entity)) for k in range(m)]
                law = multiply(rest, *distinct)
            needed = -counts.get(name, 0)
            if needed > 0 and (needed > 1 or divide_out(reaction.rate, own) is None):
                # half an entity of room: the count is a float and may be off by a rounding
                enough = relation(">", own, multiply(number(needed - 0.5), entity))
                law = piecewise(law, enough, ZERO)
        return law

    def _entity(self, name: str) -> Node:
        return entity_node(self.species[name], self.entities[name])

    # -- net rates ------------------------------------------------------------------------------

    def plain(self, name: str) -> list[Jump]:
        """Return the jumps of a species whose rate is given as such, with its stated turnover."""
        if name not in self._rates or name not in self.counted:
            if name not in self.counted or not self._is_net(name):
                self._cannot(
                    f"turnover of {name}",
                    "no net rate changes it, so there is nothing hidden",
                    "leave it out",
                )
            return []
        if name not in self.entities:
            self._cannot(f"rate of {name}", "it cannot be counted", "give it a count_per_unit")
            return []
        rate = self._rates[name]
        if self.species[name].is_concentration:
            rate = multiply(rate, symbol(self.species[name].compartment))
        return self._split(f"rate of {name}", rate, self.entities[name], {name: 1}, name)

    def _is_net(self, name: str) -> bool:
        return any(
            item.net and name in dict((*item.reactants, *item.products))
            for item in self.model.reactions
        )

    def _split(
        self, label: str, rate: Node, extent: float, counts: dict[str, int], name: str
    ) -> list[Jump]:
        """Split a net rate into gain and loss, each with the turnover."""
        amount = symbol(name)
        if self.species[name].is_concentration:
            amount = multiply(amount, symbol(self.species[name].compartment))
        # in the unit of the extent; the factor is 1 where one extent is one unit of the species
        factor = extent / (self.entities[name] * abs(counts[name]))
        hidden = multiply(number(self.turnover.get(name, 0.0) * _short(factor)), amount)
        gain = add(call("max", rate, ZERO), hidden)
        loss = add(call("max", negate(rate), ZERO), hidden)
        some = relation(">", symbol(name), multiply(number(0.5), self._entity(name)))
        lost = {species: -count for species, count in counts.items()}
        return [
            self._jump(f"{label} (gain)", gain, extent, counts),
            self._jump(f"{label} (loss)", piecewise(loss, some, ZERO), extent, lost),
        ]

    def refuse_plain_rates(self) -> None:
        """Refuse rates given as such that change what is counted."""
        for item in self.model.rates:
            if item.name in self.counted and item.name not in self.turnover:
                self._cannot(
                    f"rate of {item.name}",
                    f"`{to_text(item.rate)}` is a net rate without births and deaths",
                    f"state the turnover that it hides: turnover={{{item.name!r}: 0.0}}, in 1/day",
                )
        for integral in self.model.integrals:
            if integral.name in self.counted:
                self._cannot(f"integral {integral.name}", "an integral has no entities")

    # -- the end --------------------------------------------------------------------------------

    def _jump(self, name: str, law: Node, extent: float, counts: Mapping[str, int]) -> Jump:
        per_day = multiply(law, number(_short(1.0 / extent)))
        propensity = substitute([per_day], self.known)[0]
        index = self.layout.state_index
        changes = tuple((index[species], count) for species, count in counts.items())
        reads = frozenset(
            self.slots[used] for used in free_symbols([propensity]) if used in self.slots
        )
        timed = any(
            part.kind is Kind.TIME
            or (part.kind is Kind.SYMBOL and part.name.startswith(("level(", "slope(")))
            for part in postorder([propensity])
        )
        return Jump(name, per_day, propensity, changes, reads, timed)

    def _cannot(self, where: str, problem: str, fix: str = "") -> None:
        where = f"{self.model.id}, {where}"
        self.issues.append(Issue("error", where, f"no reading as jumps: {problem}", fix))


def _is_whole(value: float) -> bool:
    return math.isclose(value, round(value), rel_tol=_WHOLE) and round(value) != 0


def _short(value: float) -> float:
    """Take the rounding of a reciprocal back: 1e9, not 999999999.9999999."""
    return float(f"{value:.15g}")


def _without(law: Node, own: Node, times: int) -> Node | None:
    """Divide a law by a species as often as it is taken; None if the species still occurs."""
    rest: Node | None = law
    for _ in range(times):
        rest = None if rest is None else divide_out(rest, own)
    return None if rest is None or own.name in free_symbols([rest]) else rest
