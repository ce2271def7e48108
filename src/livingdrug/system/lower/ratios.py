"""Stoichiometry that is an expression of parameters, as a ratio of two volumes.

Whole entities are moved for certain values of the parameters only, those of the model. A subject
for whom the expression has another value cannot be counted, and is refused.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from livingdrug.core.errors import CapabilityError, Issue, raise_issues
from livingdrug.model.expression.evaluate import evaluate
from livingdrug.model.expression.nodes import Kind, Node
from livingdrug.model.expression.text import to_text
from livingdrug.model.expression.walk import free_symbols, postorder
from livingdrug.model.model import Model
from livingdrug.system.layout import Layout

__all__ = ["Ratio", "check_ratios", "ratio_of"]

_SAME = 1e-9  # relative: as closely as whole numbers of entities are asked for


@dataclass(frozen=True, slots=True)
class Ratio:
    """An expression that jumps take to have the value that it has in the model.

    Attributes
    ----------
    expression : Node
        Over constants of the layout.
    value : float
    """

    expression: Node
    value: float


def ratio_of(expression: Node, model: Model, layout: Layout) -> Ratio | None:
    """Return the value of an expression of parameters; None where anything else is in it.

    Parameters
    ----------
    expression : Node
    model : Model
    layout : Layout

    Returns
    -------
    Ratio or None
    """
    if any(part.kind is Kind.TIME for part in postorder([expression])):
        return None
    used = set(free_symbols([expression]))
    known = used & layout.constant_index.keys()
    values = {item.name: item.value for item in model.parameters if item.name in known}
    if values.keys() != used:
        return None
    value = evaluate(expression, values)
    return Ratio(expression, value) if math.isfinite(value) else None


def check_ratios(
    ratios: Collection[Ratio], constants: Mapping[str, float], label: object, where: str
) -> None:
    """Refuse a subject for whom an expression has another value.

    Parameters
    ----------
    ratios : collection of Ratio
    constants : mapping from name to float
        Of the subject.
    label : object
        Of the subject.
    where : str
        The model.

    Raises
    ------
    CapabilityError
        Naming every expression and both values.
    """
    issues = []
    for ratio in ratios:
        value = evaluate(ratio.expression, constants)
        if not math.isclose(value, ratio.value, rel_tol=_SAME):
            text = to_text(ratio.expression)
            issues.append(
                Issue(
                    "error",
                    f"{where}, subject {label}",
                    f"`{text}` is {value:g}; whole entities are moved where it is {ratio.value:g}",
                    "leave its parameters at the values of the model, or count other species",
                )
            )
    raise_issues(issues, CapabilityError)
