"""A tumour that holds cells which engineered cells do not see.

Leukaemic cells in the product may be transduced with the receptor; it binds their own antigen and
hides it (Ruella 2018, doi:10.1038/s41591-018-0201-9). Such cells divide and die as the tumour does,
share its room, and are not killed. They are not seen, so nothing else of the model reacts to them.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Sequence

from livingdrug.core.errors import (
    CapabilityError,
    Issue,
    OptionError,
    raise_issues,
    unknown_name,
)
from livingdrug.core.source import Origin
from livingdrug.model.event import DoseDefinition, DoseTarget
from livingdrug.model.expression.nodes import (
    Kind,
    Node,
    add,
    multiply,
    number,
    symbol,
)
from livingdrug.model.expression.text import to_text
from livingdrug.model.expression.walk import divide_out, free_symbols, substitute
from livingdrug.model.model import Model, Role
from livingdrug.model.observable import Observable
from livingdrug.model.parameter import Parameter
from livingdrug.model.reaction import PlainRate, Reaction
from livingdrug.model.species import Species

__all__ = ["with_masked_cells"]


def with_masked_cells(
    model: Model,
    tumor: str,
    *,
    kill: str | Sequence[str] = (),
    car: str | Sequence[str] = (),
    turnover: float = 0.0,
    name: str = "masked",
) -> Model:
    """Add cells of a tumour that engineered cells do not see.

    Parameters
    ----------
    model : Model
    tumor : str
        Species that is a state and has a count.
    kill : str or sequence of str, optional
        Reactions by which engineered cells kill the tumour.
    car : str or sequence of str, optional
        In place of `kill`: species of engineered cells. Losses of the tumour that depend on them
        are the kill.
    turnover : float, optional, 1/day
        Divisions and deaths of a masked cell beyond those that the model states, equally many. No
        growth curve shows it, and the fate of a single cell depends on it. It becomes the
        parameter ``<name>_turnover``.
    name : str, optional
        Of the species of masked cells.

    Returns
    -------
    Model
        With the species, an observable ``<tumor>_with_<name>``, and the dose ``<name>_cells`` that
        brings such cells, in cells.

    Raises
    ------
    UnknownNameError, OptionError
        When a name is not there or is taken already.
    CapabilityError
        When it is not clear which part of a rate is the kill, naming the rate.

    Examples
    --------
    >>> import livingdrug as ld
    >>> model = ld.with_masked_cells(ld.get_model("kimmel2021"), "B", kill="tumor_killing")
    >>> [item.name for item in model.reactions if "masked" in item.name]
    ['tumor_division(masked)', 'masked_division', 'masked_death']
    """
    kills = (kill,) if isinstance(kill, str) else tuple(kill)
    cars = (car,) if isinstance(car, str) else tuple(car)
    _check(model, tumor, kills, cars, turnover, name)
    maker = _Maker(model, tumor, kills, cars, name)
    reactions = [made for item in model.reactions for made in maker.reaction(item)]
    rates = [maker.plain(item) for item in model.rates]
    maker.refuse_no_kill()
    raise_issues(maker.issues, CapabilityError)
    return dataclasses.replace(
        model,
        species=(*model.species, maker.species()),
        parameters=(*model.parameters, maker.parameter(turnover)),
        reactions=(*reactions, *maker.copies, *maker.turnover()),
        rates=tuple(rates),
        observables=(*model.observables, maker.observable()),
        doses=(*model.doses, maker.dose()),
    )


def _check(
    model: Model,
    tumor: str,
    kill: Sequence[str],
    car: Sequence[str],
    turnover: float,
    name: str,
) -> None:
    known = [item.name for item in model.species if model.roles[item.name] is Role.STATE]
    wanted = [(tumor, "tumor"), *((item, "car") for item in car)]
    issues = [
        unknown_name("species", item, known, where=where)
        for item, where in wanted
        if item not in known
    ]
    own = [item.name for item in model.reactions if tumor in _changed(item)]
    issues += [unknown_name("reaction", n, own, where="kill") for n in kill if n not in own]
    if bool(kill) == bool(car):
        text = "give either the reactions of the kill (kill=) or the engineered cells (car=)"
        issues.append(Issue("error", "with_masked_cells", text))
    if not 0.0 <= turnover < float("inf"):
        issues.append(Issue("error", "turnover", f"is {turnover!r}", "allowed: 0 or more per day"))
    taken = {*model.units, *(item.name for item in model.doses)}
    for item in (name, f"{name}_turnover", f"{name}_cells", f"{tumor}_with_{name}"):
        if item in taken or not item.isidentifier():
            fix = "give another name="
            issues.append(Issue("error", "name", f"{item!r} is taken or no name", fix))
    if tumor in known and not model.species_named(tumor).count_per_unit:
        issues.append(Issue("error", f"{model.id}, {tumor}", "has no count_per_unit: no cells"))
    raise_issues(issues, OptionError)


def _changed(reaction: Reaction) -> set[str]:
    return {name for name, _ in (*reaction.reactants, *reaction.products)}


class _Maker:
    """Make what a model needs for cells that are not seen; what is not clear is collected."""

    def __init__(
        self, model: Model, tumor: str, kill: Sequence[str], car: Sequence[str], name: str
    ) -> None:
        self.model, self.tumor, self.kill, self.name = model, tumor, kill, name
        self.own, self.masked = symbol(tumor), symbol(name)
        self.issues: list[Issue] = []
        self.copies: list[Reaction] = []
        self._item = model.species_named(tumor)
        self._assigned = {symbol(item.name): item.expression for item in model.assignments}
        self._car, self._found = set(car), bool(kill)
        self._together = {self.own: add(self.own, self.masked)}

    # -- what the tumour does ---------------------------------------------------------------------

    def reaction(self, item: Reaction) -> list[Reaction]:
        """Return a reaction as it is with masked cells beside; note its copy for these."""
        if self.tumor not in _changed(item):
            return [item]
        where = f"reaction {item.name}"
        if item.name in self.kill:
            return [item]
        if self._reads_car(item.rate):
            if not item.net and self._is_loss(item):
                self._found = True
                return [item]
            parts = self._parts(item.rate, where) if item.net else None
            if parts is None:
                self._unclear(where, "it depends on engineered cells and is more than a loss")
                return [item]
            kept, killed = parts
        else:
            each = self._each(item.rate, where)
            if each is None:
                return [item]
            kept, killed = [each], []
        return [self._both(item, kept, killed)]

    def plain(self, item: PlainRate) -> PlainRate:
        """Return a rate given as such with masked cells beside; note theirs."""
        if item.name != self.tumor:
            return item
        parts = self._parts(item.rate, f"rate of {item.name}")
        if parts is None:
            return item
        kept, killed = parts
        shared = substitute([add(*kept)], self._together)[0]
        extent = multiply(shared, self.masked)
        if self._item.is_concentration:
            extent = multiply(extent, symbol(self._item.compartment))
        growth = f"growth({self.name})"
        self.copies.append(Reaction(growth, (), ((self.name, number(1.0)),), extent, net=True))
        return dataclasses.replace(item, rate=multiply(add(shared, *killed), self.own))

    def _both(self, item: Reaction, kept: list[Node], killed: list[Node]) -> Reaction:
        shared = substitute([add(*kept)], self._together)[0]
        sides = [
            tuple((self.name if n == self.tumor else n, count) for n, count in side)
            for side in (item.reactants, item.products)
        ]
        copy = f"{item.name}({self.name})"
        self.copies.append(
            Reaction(
                copy,
                sides[0],
                sides[1],
                multiply(shared, self.masked),
                net=item.net,
                fast=item.fast,
            )
        )
        return dataclasses.replace(item, rate=multiply(add(shared, *killed), self.own))

    def _is_loss(self, item: Reaction) -> bool:
        gains = [name for name, _ in item.products]
        return gains.count(self.tumor) < [name for name, _ in item.reactants].count(self.tumor)

    def _parts(self, rate: Node, where: str) -> tuple[list[Node], list[Node]] | None:
        """Split a net rate per cell into what is not and what is the kill."""
        each = self._each(rate, where)
        if each is None:
            return None
        terms = each.args if each.kind is Kind.ADD else (each,)
        killed = [term for term in terms if self._reads_car(term)]
        kept = [term for term in terms if not self._reads_car(term)]
        if killed and not kept:
            self._unclear(where, f"all of `{to_text(rate)}` depends on engineered cells")
            return None
        if killed:
            self._found = True
        return kept, killed

    def _each(self, rate: Node, where: str) -> Node | None:
        """Return a rate per cell of the tumour, assignments that read the tumour written out."""
        written = self._written(rate)
        each = divide_out(written, self.own)
        if each is None:
            text = f"`{to_text(rate)}` is not a rate per cell of {self.tumor}"
            self._unclear(where, text)
        return each

    def _written(self, node: Node) -> Node:
        for _ in range(len(self._assigned) + 1):
            used = {
                symbol(name): self._assigned[symbol(name)]
                for name in free_symbols([node])
                if symbol(name) in self._assigned
                and self._reads(self._assigned[symbol(name)], {self.tumor})
            }
            if not used:
                break
            node = substitute([node], used)[0]
        return node

    def _reads_car(self, node: Node) -> bool:
        return self._reads(node, self._car)

    def _reads(self, node: Node, names: Collection[str]) -> bool:
        """Tell whether an expression reads some states, through assignments too."""
        waiting, seen = list(free_symbols([node])), set[str]()
        while waiting:
            name = waiting.pop()
            if name in names:
                return True
            if name not in seen and symbol(name) in self._assigned:
                waiting += free_symbols([self._assigned[symbol(name)]])
            seen.add(name)
        return False

    def _unclear(self, where: str, problem: str) -> None:
        where = f"{self.model.id}, {where}"
        fix = "write births, deaths and the kill of the tumour as reactions and name them: kill="
        self.issues.append(Issue("error", where, f"which part is the kill? {problem}", fix))

    def refuse_no_kill(self) -> None:
        """Refuse a tumour that nothing kills."""
        if not self._found and not self.issues:
            shown = ", ".join(sorted(self._car))
            self._unclear(self.tumor, f"no loss depends on {shown}")

    # -- the new parts ----------------------------------------------------------------------------

    def species(self) -> Species:
        """Return the species of masked cells."""
        return dataclasses.replace(
            self._item,
            name=self.name,
            initial=0.0,
            log_state=False,
            extinction=None,
            term="",
            symbol="",
            origin=Origin.ASSUMED,
            at="",
            doc=f"cells of {self.tumor} that engineered cells do not see",
        )

    def parameter(self, turnover: float) -> Parameter:
        """Return the turnover that no growth curve shows."""
        doc = "divisions and deaths of a masked cell beyond those of the model"
        return Parameter(f"{self.name}_turnover", turnover, "1/day", lower=0.0, doc=doc)

    def turnover(self) -> tuple[Reaction, Reaction]:
        """Return its division and its death."""
        rate = multiply(symbol(f"{self.name}_turnover"), self.masked)
        if self._item.is_concentration:
            rate = multiply(rate, symbol(self._item.compartment))
        one, two = number(1.0), number(2.0)
        return (
            Reaction(f"{self.name}_division", ((self.name, one),), ((self.name, two),), rate),
            Reaction(f"{self.name}_death", ((self.name, one),), (), rate),
        )

    def observable(self) -> Observable:
        """Return the whole tumour."""
        return Observable(
            f"{self.tumor}_with_{self.name}",
            add(self.own, self.masked),
            self._item.unit,
            doc=f"{self.tumor} and cells of it that are not seen",
        )

    def dose(self) -> DoseDefinition:
        """Return the dose that brings masked cells."""
        count = self._item.count_per_unit or 1.0
        amount = multiply(symbol("dose"), number(1.0 / count))
        text = "transduced leukaemic cells in the product"
        target = DoseTarget(self.name, amount)
        return DoseDefinition(f"{self.name}_cells", "cell", (target,), entity=text)
