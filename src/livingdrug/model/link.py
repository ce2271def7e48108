"""What every link between two models knows: its numbers, and the models side by side."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass, field, replace

from livingdrug.core.errors import Issue, ModelError, raise_issues, unknown_name
from livingdrug.core.source import Origin
from livingdrug.core.units import convert
from livingdrug.model.dependence import upstream
from livingdrug.model.expression.nodes import ONE, Node, hill, multiply, symbol
from livingdrug.model.model import Model
from livingdrug.model.observable import Observable
from livingdrug.model.parameter import Parameter
from livingdrug.model.reaction import Assignment

__all__ = ["AbstractLink", "Joined", "Value", "occupancy", "scaled", "with_parameter"]


@dataclass(frozen=True, slots=True)
class Value:
    """A number of a link, with its unit and where it comes from.

    Attributes
    ----------
    value : float
    unit : str
    origin : Origin
    at : str
        Locator; may be empty only for ``ASSUMED``.
    """

    value: float
    unit: str
    origin: Origin = Origin.ASSUMED
    at: str = ""


@dataclass(frozen=True, slots=True)
class Joined:
    """Two models side by side, on the way to one.

    Attributes
    ----------
    model : Model
        With the quantities of both.
    host : Model
        The one that is acted upon.
    names : dict from str to str
        New names of what the module calls otherwise.
    """

    model: Model
    host: Model
    names: dict[str, str]

    def drug(self, name: str, where: str) -> Observable:
        """Return the observable of the module that is the level of the drug.

        Parameters
        ----------
        name : str
            As the module calls it.
        where : str

        Returns
        -------
        Observable

        Raises
        ------
        UnknownNameError
        """
        given = {item.name for item in self.host.observables}
        found = {o.name: o for o in self.model.observables if o.name not in given}
        if self.names.get(name, name) not in found:
            back = {new: old for old, new in self.names.items()}
            known = [back.get(one, one) for one in found]
            raise ModelError([unknown_name("observable of the module", name, known, where=where)])
        return found[self.names.get(name, name)]

    def quantity(self, name: str, where: str) -> tuple[str, Node, str]:
        """Return name, expression and unit of what the host shows under a name or term.

        Parameters
        ----------
        name : str
            Observable, species or term.
        where : str

        Returns
        -------
        (str, Node, str)

        Raises
        ------
        ModelError
        """
        shown = [(o.name, o.term, o.expression, o.unit) for o in self.host.observables]
        shown += [(s.name, s.term, symbol(s.name), s.unit) for s in self.host.species]
        for mine, term, node, unit in shown:
            if name in (mine, term):
                return mine, node, unit
        known = {part for row in shown for part in row[:2] if part}
        raise ModelError([unknown_name("observable, species or term", name, known, where=where)])


@dataclass(frozen=True, slots=True)
class AbstractLink(ABC):
    """What a link has to know of itself.

    Attributes
    ----------
    drug : str
        Observable of the module: the level that acts.
    label : str
        Ends the names of what the link adds; the name of the drug when not given. Two links of one
        drug need two labels.
    """

    drug: str
    label: str = field(default="", kw_only=True)

    def key(self, drug: Observable) -> str:
        """Return how the names of what the link adds end."""
        return self.label or drug.name

    @abstractmethod
    def apply(self, joined: Joined) -> Model:
        """Return the joined model with the action of the drug in it."""

    @abstractmethod
    def changed(self, joined: Joined) -> set[str]:
        """Return the names of the reactions of the host that the link changes or adds."""

    @abstractmethod
    def describe(self) -> str:
        """Return the link in words."""

    def silence(self, joined: Joined, name: str) -> str:
        """Say why the link gives no answer on an observable or species of the host.

        Parameters
        ----------
        joined : Joined
        name : str

        Returns
        -------
        str
            Empty when it gives one.
        """
        touched = {
            one
            for reaction in joined.host.reactions
            if reaction.name in self.changed(joined)
            for one, _ in (*reaction.reactants, *reaction.products)
        }
        if touched & upstream(joined.host, [name]):
            return ""
        return f"{self.describe()} changes nothing that {name} depends on"


def scaled(joined: Joined, names: tuple[str, ...], factor: Node, where: str) -> Model:
    """Multiply the rates of some reactions of the host.

    Parameters
    ----------
    joined : Joined
    names : tuple of str
    factor : Node
    where : str

    Returns
    -------
    Model

    Raises
    ------
    ModelError
        Naming the reactions nearest to unknown ones.
    """
    known = [item.name for item in joined.host.reactions]
    raise_issues(
        [unknown_name("reaction", n, known, where=where) for n in names if n not in known],
        ModelError,
    )
    reactions = tuple(
        replace(item, rate=multiply(item.rate, factor)) if item.name in names else item
        for item in joined.model.reactions
    )
    return replace(joined.model, reactions=reactions)


def with_parameter(
    model: Model, name: str, given: Value, unit: str, doc: str, *, upper: float = math.inf
) -> Model:
    """Add a number of a link, in the unit in which it is used.

    Parameters
    ----------
    model : Model
    name : str
    given : Value
    unit : str
    doc : str
    upper : float, optional

    Returns
    -------
    Model

    Raises
    ------
    ModelError
        When it is out of bounds.
    UnitError
        When its unit has another dimension.
    """
    where = f"{name} of the link"
    value = convert(given.value, given.unit, unit, where=where)
    if not 0.0 <= value <= upper:
        allowed = f"0 to {upper:g}" if math.isfinite(upper) else "0 or more"
        raise ModelError([Issue("error", where, f"{value:g} given", f"allowed are {allowed}")])
    # a number of the link that is only assumed is so by whoever wrote the link
    at = given.at or "assumed for the link"
    item = Parameter(name, value, unit, given.origin, at, 0.0, upper, doc=doc)
    return replace(model, parameters=(*model.parameters, item))


def occupancy(joined: Joined, drug: Observable, key: str, kd: Value) -> Model:
    """Add the occupancy of a target by a drug at equilibrium, ``occupancy_<key>``.

    Parameters
    ----------
    joined : Joined
    drug : Observable
    key : str
    kd : Value
        Level of the drug at half occupancy.

    Returns
    -------
    Model
    """
    constant = f"KD_{key}"
    model = with_parameter(joined.model, constant, kd, drug.unit, f"dissociation of {drug.name}")
    rule = Assignment(
        f"occupancy_{key}", hill(drug.expression, symbol(constant), ONE), "1", "link",
        f"part of the receptor that {drug.name} holds",
    )  # fmt: skip
    return replace(model, assignments=(*model.assignments, rule))
