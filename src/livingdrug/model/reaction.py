"""Reactions, plain rates, assignments and auxiliary integrals."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from livingdrug.core.errors import ModelError
from livingdrug.core.source import Origin
from livingdrug.model.expression.nodes import ONE, Node, number
from livingdrug.model.expression.parse import parse
from livingdrug.model.expression.text import to_text

__all__ = ["Assignment", "Integral", "PlainRate", "Reaction", "parse_reaction"]

Side = tuple[tuple[str, Node], ...]


@dataclass(frozen=True, slots=True)
class Reaction:
    """One mechanism: what it consumes, what it makes, and how fast.

    Attributes
    ----------
    name : str
    reactants, products : tuple of (str, Node)
        Species and stoichiometry; the stoichiometry may be an expression.
    rate : Node
        Extent per time, not negative unless `net`; in the unit of the species per time, or in
        amount per time for species in compartments.
    net : bool
        The rate may be negative: right as a rate of change, without a reading as jumps of single
        entities.
    at, doc : str
    fast : bool
        So much faster than everything else that it is in equilibrium at all times: its rate says
        only where that lies, which is where it would lead from here if all else stood still.
    """

    name: str
    reactants: Side
    products: Side
    rate: Node
    net: bool = False
    at: str = ""
    doc: str = ""
    fast: bool = field(default=False, metadata={"unhashed_default": True})

    @property
    def text(self) -> str:
        """What becomes what, as `parse_reaction` reads it."""
        return f"{_side_text(self.reactants)} -> {_side_text(self.products)}".strip()


@dataclass(frozen=True, slots=True)
class PlainRate:
    """A time derivative given as such: it has no reading as jumps of single entities.

    Attributes
    ----------
    name : str
        Species, parameter or compartment that it changes.
    rate : Node
    at, doc : str
    """

    name: str
    rate: Node
    at: str = ""
    doc: str = ""


@dataclass(frozen=True, slots=True)
class Assignment:
    """A quantity computed from others at every time.

    Attributes
    ----------
    name : str
    expression : Node
    unit : str
    at, doc : str
    """

    name: str
    expression: Node
    unit: str
    at: str = ""
    doc: str = ""


@dataclass(frozen=True, slots=True)
class Integral:
    """The integral of an expression from the start of the simulation, outside error control.

    Attributes
    ----------
    name : str
    integrand : Node
    unit : str
    at, doc : str
    origin : Origin
    """

    name: str
    integrand: Node
    unit: str
    at: str = ""
    doc: str = ""
    origin: Origin = Origin.DERIVED


def _side_text(side: Side) -> str:
    pieces = []
    for name, count in side:
        if count.is_number(1.0):
            pieces.append(name)
        elif count.is_number():
            pieces.append(f"{to_text(count)} {name}")
        else:
            pieces.append(f"({to_text(count)}) {name}")
    return " + ".join(pieces)


_TERM = re.compile(
    r"^\s*(?:(?P<count>\d+(?:\.\d+)?)\s*\*?\s*|\((?P<expression>.+)\)\s*\*?\s*)?(?P<name>[A-Za-z_]\w*)\s*$"
)


def parse_reaction(text: str, *, where: str) -> tuple[Side, Side]:
    """Read the species of a reaction.

    Parameters
    ----------
    text : str
        As ``"naive -> 2 effector"``; either side may be empty; a stoichiometry in parentheses
        is an expression: ``"A -> (n) B"``.
    where : str
        Place named in a failure.

    Returns
    -------
    tuple
        Reactants and products.

    Raises
    ------
    ModelError
        When the text is not a reaction.

    Examples
    --------
    >>> reactants, products = parse_reaction("A + 2 B -> C", where="reaction bind")
    >>> [name for name, count in reactants]
    ['A', 'B']
    """
    sides = text.split("->")
    if len(sides) != 2:
        raise ModelError(f"{where}: {text!r} needs exactly one '->', as in 'A + 2 B -> C'")
    return _side(sides[0], text, where), _side(sides[1], text, where)


def _side(side: str, text: str, where: str) -> Side:
    terms = []
    for piece in _split_plus(side):
        found = _TERM.match(piece)
        if not found:
            raise ModelError(f"{where}: cannot read {piece.strip()!r} in {text!r}")
        count = ONE
        if found["count"]:
            count = number(float(found["count"]))
        elif found["expression"]:
            count = parse(found["expression"], where=where)
        terms.append((found["name"], count))
    return tuple(terms)


def _split_plus(side: str) -> list[str]:
    """Split at the plus signs outside parentheses."""
    if not side.strip():
        return []
    pieces, depth, start = [], 0, 0
    for position, character in enumerate(side):
        depth += (character == "(") - (character == ")")
        if character == "+" and depth == 0:
            pieces.append(side[start:position])
            start = position + 1
    return [*pieces, side[start:]]
