"""Where a model uses expressions, in one list that checks and printers loop over."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from livingdrug.model.expression.nodes import Node
from livingdrug.model.model import Model

__all__ = ["Use", "expressions_of"]


@dataclass(frozen=True, slots=True)
class Use:
    """One expression of a model and what it stands for.

    Attributes
    ----------
    where : str
        In the user's words.
    kind : {"assignment", "rate", "reaction", "stoichiometry", "algebraic", "integral", \
"observable", "initial", "time", "trigger", "priority", "value", "dose", "delay"}
    node : Node
    target : str
        Quantity that the expression gives a value or rate to; empty when there is none.
    """

    where: str
    kind: str
    node: Node
    target: str = ""


def expressions_of(model: Model) -> Iterator[Use]:
    """List every expression of a model.

    Parameters
    ----------
    model : Model

    Yields
    ------
    Use
    """
    for assignment in model.assignments:
        name = assignment.name
        yield Use(f"assignment {name}", "assignment", assignment.expression, name)
    for rate in model.rates:
        yield Use(f"rate of {rate.name}", "rate", rate.rate, rate.name)
    for reaction in model.reactions:
        where = f"reaction {reaction.name}"
        yield Use(where, "reaction", reaction.rate, reaction.name)
        for _, count in (*reaction.reactants, *reaction.products):
            yield Use(where, "stoichiometry", count)
    for rule, name in zip(model.algebraic, model.algebraic_variables, strict=False):
        yield Use(f"algebraic rule for {name}", "algebraic", rule)
    for integral in model.integrals:
        yield Use(f"integral {integral.name}", "integral", integral.integrand, integral.name)
    for observable in model.observables:
        where = f"observable {observable.name}"
        yield Use(where, "observable", observable.expression, observable.name)
    for name, node in model.initial_assignments:
        yield Use(f"initial value of {name}", "initial", node, name)
    yield from _event_expressions(model)
    for dose in model.doses:
        where = f"dose {dose.name}"
        for target in dose.targets:
            yield Use(where, "dose", target.amount, target.quantity)
        if dose.lag is not None:
            yield Use(where, "time", dose.lag)


def _event_expressions(model: Model) -> Iterator[Use]:
    for event in model.events:
        where = f"event {event.name}"
        for time in event.times:
            yield Use(where, "time", time)
        for span in (event.every, event.delay):
            if span is not None:
                yield Use(where, "time", span)
        if event.trigger is not None:
            yield Use(where, "trigger", event.trigger)
        if event.priority is not None:
            yield Use(where, "priority", event.priority)
        for name, value in event.assignments:
            yield Use(where, "value", value, name)
