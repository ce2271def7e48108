"""Check that an expression adds, compares and exponentiates like with like.

Both the dimension and the scale must agree: ``cell/uL + cell/mL`` has one dimension and is
wrong by a factor of 1,000, which is what a unit check in a model is for.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from livingdrug.core.units import DIMENSIONLESS, Dimension, dimension_text, parse_unit
from livingdrug.model.expression.functions import FUNCTIONS
from livingdrug.model.expression.nodes import Kind, Node
from livingdrug.model.expression.text import to_text
from livingdrug.model.expression.walk import postorder

__all__ = ["Measure", "check_dimensions", "describe", "measure_of_unit", "same_measure"]

_SCALE_RTOL = 1e-9  # conversion factors are exact to far more digits than this


@dataclass(frozen=True, slots=True)
class Measure:
    """Scale and dimension of a quantity.

    Attributes
    ----------
    factor : float
        Size of the unit in canonical base units.
    dimension : Dimension
    """

    factor: float
    dimension: Dimension

    def times(self, other: Measure, exponent: Fraction | int = 1) -> Measure:
        """Return ``self * other**exponent``.

        Parameters
        ----------
        other : Measure
        exponent : Fraction or int, optional

        Returns
        -------
        Measure
        """
        dimension = tuple(
            a + b * exponent for a, b in zip(self.dimension, other.dimension, strict=True)
        )
        return Measure(self.factor * other.factor ** float(exponent), dimension)


PLAIN = Measure(1.0, DIMENSIONLESS)


def measure_of_unit(text: str) -> Measure:
    """Return the measure of a unit.

    Parameters
    ----------
    text : str

    Returns
    -------
    Measure

    Raises
    ------
    UnitError
        When the text is not a unit.
    """
    unit = parse_unit(text)
    return Measure(unit.factor, unit.dimension)


def same_measure(first: Measure, second: Measure) -> bool:
    """Tell whether two quantities may be added.

    Parameters
    ----------
    first, second : Measure

    Returns
    -------
    bool
    """
    return first.dimension == second.dimension and math.isclose(
        first.factor, second.factor, rel_tol=_SCALE_RTOL
    )


def describe(measure: Measure, other: Measure | None = None) -> str:
    """Write a measure for a message.

    Parameters
    ----------
    measure : Measure
    other : Measure, optional
        What it is compared with; a difference of scale alone is then spelt out.

    Returns
    -------
    str
    """
    text = dimension_text(measure.dimension)
    if other is not None and other.dimension == measure.dimension:
        text += f" at {measure.factor / other.factor:.6g} times the scale"
    return text


class _Checker:
    def __init__(self, units: Mapping[str, Measure | None], time: Measure) -> None:
        self.units = units
        self.time = time
        self.done: dict[bytes, Measure | None] = {}
        self.problems: list[str] = []

    def visit(self, node: Node) -> Measure | None:
        """Return the measure of a node; None means it fits anywhere or is not known."""
        kind = node.kind
        args = [self.done[arg.key] for arg in node.args]
        if kind is Kind.NUMBER:
            if node.name:
                return measure_of_unit(node.name)
            return None if node.value == 0.0 or not math.isfinite(node.value) else PLAIN
        if kind is Kind.SYMBOL:
            return self.units.get(node.name)
        if kind is Kind.TIME:
            return self.time
        if kind is Kind.ADD:
            return self.alike(node, list(node.args), args)
        if kind is Kind.MULTIPLY:
            return self.product(args)
        if kind is Kind.POWER:
            return self.power(node, args)
        if kind is Kind.HILL:
            self.alike(node, list(node.args[:2]), args[:2])
            self.plain(node, node.args[2], args[2])
            return PLAIN
        return self.visit_other(node, args)

    def visit_other(self, node: Node, args: list[Measure | None]) -> Measure | None:
        kind = node.kind
        if kind is Kind.SAFE_RATIO:
            over, under, at_zero = args
            ratio = over.times(under, -1) if over and under else None
            return self.alike(node, [node, node.args[2]], [ratio, at_zero])
        if kind is Kind.RELATION:
            self.alike(node, list(node.args), args)
            return PLAIN
        if kind is Kind.LOGIC:
            return PLAIN
        if kind is Kind.PIECEWISE:
            return self.alike(node, list(node.args[::2]), args[::2])
        if kind is Kind.RATE_OF:
            return args[0].times(self.time, -1) if args[0] else None
        if kind is Kind.DELAY:
            self.alike(node, [node.args[1], node.args[1]], [args[1], self.time])
            return args[0]
        return self.function(node, args)

    def function(self, node: Node, args: list[Measure | None]) -> Measure | None:
        if node.name == "sqrt":
            return PLAIN.times(args[0], Fraction(1, 2)) if args[0] else None
        rule = FUNCTIONS[node.name].dimension
        if rule == "same":
            return self.alike(node, list(node.args), args)
        if rule == "dimensionless":
            for arg, measure in zip(node.args, args, strict=True):
                self.plain(node, arg, measure)
        return PLAIN

    def product(self, args: list[Measure | None]) -> Measure | None:
        result = PLAIN
        for measure in args:
            if measure is None:
                return None
            result = result.times(measure)
        return result

    def power(self, node: Node, args: list[Measure | None]) -> Measure | None:
        base, exponent = node.args
        self.plain(node, exponent, args[1])
        if args[0] is None:
            return None
        if exponent.kind is Kind.NUMBER:
            return PLAIN.times(args[0], Fraction(exponent.value).limit_denominator(1000))
        self.plain(node, base, args[0], "under an exponent that is not a number, ")
        return PLAIN

    def plain(self, node: Node, arg: Node, measure: Measure | None, note: str = "") -> None:
        if measure is not None and not same_measure(measure, PLAIN):
            self.problems.append(
                f"in `{to_text(node)}`: {note}`{to_text(arg)}` must be dimensionless, "
                f"it is {describe(measure, PLAIN)}"
            )

    def alike(
        self, node: Node, terms: list[Node], measures: list[Measure | None]
    ) -> Measure | None:
        first: tuple[Node, Measure] | None = None
        agree = True
        for term, measure in zip(terms, measures, strict=True):
            if measure is None:
                continue
            if first is None:
                first = term, measure
            elif not same_measure(measure, first[1]):
                agree = False
                self.problems.append(
                    f"in `{to_text(node)}`: term `{to_text(term)}` is "
                    f"{describe(measure, first[1])}, but `{to_text(first[0])}` is "
                    f"{describe(first[1])}"
                )
        return first[1] if first and agree else None


def check_dimensions(
    node: Node,
    units: Mapping[str, Measure | None],
    time: Measure,
    expected: Measure | None = None,
) -> tuple[Measure | None, list[str]]:
    """Infer the measure of an expression and list what does not fit.

    Parameters
    ----------
    node : Node
    units : mapping from name to Measure or None
        None for a quantity whose unit is not known; it fits anywhere.
    time : Measure
        The unit of time.
    expected : Measure, optional
        What the whole expression has to be.

    Returns
    -------
    tuple of Measure or None, list of str
        The measure, None where it fits anywhere, and one message per offending term.
    """
    checker = _Checker(units, time)
    for part in postorder([node]):
        checker.done[part.key] = checker.visit(part)
    result = checker.done[node.key]
    if expected is not None and result is not None and not same_measure(result, expected):
        checker.problems.append(
            f"`{to_text(node)}` is {describe(result, expected)}, it has to be {describe(expected)}"
        )
    return result, checker.problems
